/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/torture/world.c - a processor with 4 MiB, a device and events, as a program finds them. */
#include "tests/torture/world.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/segment.h"
#include "cpu/tlb.h"
#include "cpu/watch.h"

/* ---- what the outside sees ---- */

static void note(struct world *w, enum log_kind kind, uint64_t address, unsigned size,
                 uint64_t value)
{
    struct log_entry e = { clock_now(&w->clock), address, value, (uint8_t)kind, (uint8_t)size };

    if (w->logged < LOG_MAX)
        w->log[w->logged] = e;
    w->logged++;
    w->log_sum = (w->log_sum ^ e.tick ^ address << 20 ^ value << 7 ^ (uint64_t)kind << 60) *
                 UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t device_answer(struct world *w, unsigned size)
{
    w->device_value = w->device_value * 1664525 + 1013904223;
    return size == 8 ? w->device_value * UINT64_C(0x100000001)
                     : w->device_value & (uint32_t)(BIT(size * 8) - 1);
}

static uint64_t device_read(void *owner, uint64_t address, unsigned size)
{
    struct world *w = owner;
    uint64_t value = device_answer(w, size);

    note(w, LOG_READ, address, size, value);
    return value;
}

/* Some writes raise the interrupt line, some move an event. */
static void device_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct world *w = owner;

    note(w, LOG_WRITE, address, size, value);
    if ((value & 3) == 1)
        cpu_set_intr(w->cpu, 0, true);
    else if ((value & 7) == 2 && w->source[0].what)
        clock_schedule(&w->clock, &w->source[0].event, clock_now(&w->clock) + (value >> 3 & 31));
}

static uint64_t port_read(void *owner, uint64_t address, unsigned size)
{
    struct world *w = owner;
    uint64_t value = device_answer(w, size);

    note(w, LOG_IN, address, size, value);
    return value;
}

static void port_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct world *w = owner;

    note(w, LOG_OUT, address, size, value);
    if (address == PORT_END) {
        w->ended = true;
        clock_interrupt_run(&w->clock);
    } else if ((value & 3) == 1) {
        cpu_set_intr(w->cpu, 0, true);
    }
}

static int acknowledge(void *context)
{
    struct world *w = context;
    unsigned vector = 32 + (w->logged & 15);

    cpu_set_intr(w->cpu, 0, false);
    note(w, LOG_ACKNOWLEDGE, 0, 1, vector);
    return (int)vector;
}

static void fire(void *owner)
{
    struct source *s = owner;
    struct world *w = s->world;
    uint64_t value;

    switch (s->what->kind) {
    case EVENT_INTR:
        cpu_set_intr(w->cpu, 0, true);
        break;
    case EVENT_NMI:
        cpu_set_nmi(w->cpu, 0, true);
        break;
    default:
        value = space_read(&w->memory, s->what->address, 1);
        space_write(&w->memory, s->what->address, 1, value ^ s->what->value);
        break;
    }
    if (s->what->repeat)
        clock_schedule(&w->clock, &s->event, clock_now(&w->clock) + s->what->repeat);
}

/* ---- making and loading ---- */

static const struct io_range device_ranges[] = {
    { AT_DEVICE, 2 * PAGE_SIZE, IO_8 | IO_16 | IO_32 | IO_64, device_read, device_write, "device",
      NULL },
    { 0 },
};
static const struct io_range port_ranges[] = {
    { PORT_END, 32, IO_8 | IO_16 | IO_32, port_read, port_write, "ports", NULL },
    { 0 },
};

bool world_create(struct world *w, const struct engine *engine, struct buf *error)
{
    memset(w, 0, sizeof *w);
    w->name = engine->name;
    if (!ram_create(&w->ram, RAM_BYTES)) {
        buf_printf(error, "memory: %d bytes are not to be had, expected them", RAM_BYTES);
        return false;
    }
    space_init(&w->memory, &w->ram, NULL);
    space_add_ram(&w->memory, 0, RAM_BYTES, 0);
    space_add_device(&w->memory, &device_ranges[0], w, "device");
    space_init(&w->ports, NULL, NULL);
    space_add_device(&w->ports, &port_ranges[0], w, "ports");
    clock_init(&w->clock, 100000000);
    out_to_file(&w->message_out, stderr);
    w->messages = (struct log){ .out = &w->message_out, .level = LOG_ERROR };
    w->cpu = cpu_create("max", &w->memory, &w->ports, &w->clock, &w->messages, 1, error);
    if (!w->cpu || !cpu_set_engine(w->cpu, engine, error) ||
        (engine->set && !engine->set(w->cpu, "check", 1)))
        return false;
    w->cpu->board = (struct cpu_board){ .context = w, .acknowledge = acknowledge };
    for (unsigned i = 0; i < EVENTS_MAX; i++) {
        w->source[i].world = w;
        event_init(&w->clock, &w->source[i].event, "torture", fire, &w->source[i]);
    }
    fields_save(cpu_fields, w->cpu, &w->fresh);
    return true;
}

void world_destroy(struct world *w)
{
    cpu_destroy(w->cpu);
    space_destroy(&w->memory);
    space_destroy(&w->ports);
    ram_destroy(&w->ram);
    buf_free(&w->fresh);
}

static uint64_t descriptor(unsigned attr)
{
    return 0xffff | (uint64_t)attr << 40 | (uint64_t)(attr & ATTR_G ? 0xf : 0) << 48;
}

static void load_tables(struct world *w, const struct program *p)
{
    enum {
        code = ATTR_P | ATTR_S | TYPE_CODE | TYPE_READABLE | TYPE_ACCESSED | ATTR_G,
        data = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED | ATTR_G | ATTR_DB,
    };
    uint8_t *ram = w->ram.bytes;
    unsigned size = p->bits == 64 ? ATTR_L : ATTR_DB;

    store_le64(ram + AT_GDT + SEG_GDT_CODE0, descriptor(code | size));
    store_le64(ram + AT_GDT + SEG_GDT_DATA0, descriptor(data));
    store_le64(ram + AT_GDT + SEG_GDT_CODE3, descriptor(code | size | ATTR_DPL));
    store_le64(ram + AT_GDT + SEG_GDT_DATA3, descriptor(data | ATTR_DPL));
    store_le64(ram + AT_GDT + SEG_GDT_TSS,
               0x00ff | (uint64_t)AT_TSS << 16 | (uint64_t)(ATTR_P | SYSTEM_TSS32_BUSY) << 40);
    store_le64(ram + AT_GDT + (SEG_GDT_SHORT & ~7),
               (SHORT_LIMIT & 0xffff) | (uint64_t)SHORT_BASE << 16 |
                   (uint64_t)((data | ATTR_DPL) & ~ATTR_G) << 40 |
                   (uint64_t)(SHORT_LIMIT >> 16) << 48);
    if (p->bits == 64) {
        store_le64(ram + AT_TSS + 4, AT_KERNEL + 0x400);
        store_le64(ram + AT_TSS + 0x24, AT_KERNEL + 0xe00);
        store_le64(ram + AT_TSS + 0x2c, AT_KERNEL + 0x1800);
    } else {
        store_le32(ram + AT_TSS + 4, AT_KERNEL + 0xe00);
        store_le32(ram + AT_TSS + 8, SEG_GDT_DATA0);
    }
    store_le16(ram + AT_TSS + 0x66, 0x68);
    memset(ram + AT_TSS + 0x68 + 0x40, 0xff, 0x58); /* 64 bytes: ports below 200h are allowed */
}

/* Rights of a page of the low 2 MiB, as bits of its entry; 0: not present. */
static uint64_t page_entry(const struct program *p, unsigned page, bool second)
{
    enum { P = 1, W = 2, U = 4 };
    uint64_t user = p->user ? U : 0, nx = p->paging >= PAGING_PAE ? BIT(63) : 0;
    uint64_t pa = (uint64_t)page << 12;

    if (page >= AT_DATA >> 12 && page < (AT_DATA >> 12) + DATA_PAGES) {
        unsigned n = page - (AT_DATA >> 12);

        if (second && n <= PAGE_RW_2)
            pa = AT_SPARE + (uint64_t)n * PAGE_SIZE;
        switch (n) {
        case PAGE_READ_ONLY:
            return pa | P | user;
        case PAGE_HOLE:
            return pa;
        case PAGE_NX:
            return pa | P | W | user | nx;
        case PAGE_SUPERVISOR:
            return pa | P | W | (user ^ U); /* in a program of CPL 0 the only one of users */
        default:
            return pa | P | W | user;
        }
    }
    if (page >= AT_ALIAS >> 12 && page < (AT_ALIAS + CODE_BYTES) >> 12)
        return (pa - AT_ALIAS + AT_CODE) | P | W | user;
    if (page >= AT_CODE >> 12 && page < (AT_CODE + CODE_BYTES) >> 12)
        return pa | P | W | user;
    if ((page >= AT_STACK >> 12 && page < (AT_STACK >> 12) + 2) || page == AT_CONTROL >> 12 ||
        (page >= AT_DEVICE >> 12 && page < (AT_DEVICE >> 12) + 2))
        return pa | P | W | user;
    if (page && page < AT_NEXT >> 12)
        return pa | P | W;
    if (page >= AT_NEXT >> 12 && page < (AT_NEXT + 2 * CODE_BYTES) >> 12)
        return pa | P;
    return 0;
}

static void load_mapping(struct world *w, const struct program *p, uint32_t root, bool second)
{
    uint8_t *ram = w->ram.bytes;
    uint32_t pdpt = root + PAGE_SIZE, pd = root + 2 * PAGE_SIZE, pt = root + 3 * PAGE_SIZE;
    uint64_t user = p->user ? 4 : 0;

    if (p->paging == PAGING_32) {
        store_le32(ram + pd, pt | 7);
        store_le32(ram + pd + 4, AT_LARGE * 2); /* 4 MiB pages; this one is not there */
        for (unsigned i = 0; i < 512; i++)
            store_le32(ram + pt + 4 * i, (uint32_t)page_entry(p, i, second));
        for (unsigned i = AT_LARGE >> 12; i < (AT_LARGE >> 12) + 16; i++)
            store_le32(ram + pt + 4 * i, (uint32_t)(i << 12 | 3 | user));
        return;
    }
    store_le64(ram + root, pdpt | 7);
    store_le64(ram + root + 256 * 8, pdpt | 7);
    store_le64(ram + pdpt, pd | (p->paging == PAGING_PAE ? 1 : 7));
    store_le64(ram + pd, pt | 7);
    store_le64(ram + pd + 8, AT_LARGE | 0x83 | user);
    store_le64(ram + pd + 16, AT_LARGE | 0x81 | user);
    for (unsigned i = 0; i < 512; i++)
        store_le64(ram + pt + 8 * i, page_entry(p, i, second));
}

static void load_memory(struct world *w, const struct program *p)
{
    uint8_t *ram = w->ram.bytes;
    struct rng rng = { p->seed };

    memset(ram, 0, AT_SPARE + 2 * PAGE_SIZE);
    for (uint32_t page = 0; page < RAM_BYTES / PAGE_SIZE; page++) {
        if (w->ram.marks[page] & RAM_DIRTY && page > AT_SPARE / PAGE_SIZE)
            memset(ram + page * PAGE_SIZE, 0, PAGE_SIZE);
        w->ram.marks[page] &= (uint8_t)~RAM_DIRTY;
    }
    handlers_load(w, p->bits);
    if (p->bits != 16)
        load_tables(w, p);
    if (p->paging) {
        load_mapping(w, p, AT_PML4, false);
        load_mapping(w, p, AT_PML4_B, true);
        memcpy(ram + AT_PT_COPY, ram + AT_PT, PAGE_SIZE);
    }
    memcpy(ram + AT_CODE, p->code, CODE_BYTES);
    for (unsigned i = 0; i < p->pieces; i++) {
        const struct piece *piece = &p->piece[i];

        for (unsigned k = 0; k < piece->length; k++)
            store_le16(ram + AT_NEXT + 2 * (piece->at + k), (uint16_t)(piece->at + piece->length));
    }
    store_le32(ram + AT_CONTROL + CONTROL_LOOPS, p->rounds);
    store_le64(ram + AT_CONTROL + CONTROL_RECOVER, p->recover + (p->bits == 16 ? 0 : AT_CODE));
    store_le64(ram + AT_CONTROL + CONTROL_STACK, STACK_TOP);
    for (unsigned i = 0; i < JUMPS; i++)
        store_le64(ram + AT_CONTROL + CONTROL_JUMPS + i * 8, p->jumps[i]);
    for (uint32_t at = AT_DATA; at < AT_DATA + DATA_PAGES * PAGE_SIZE; at += 64)
        value_lanes(&rng, ram + at, 64);
    for (uint32_t at = AT_SPARE; at < AT_SPARE + 2 * PAGE_SIZE; at += 64)
        value_lanes(&rng, ram + at, 64);
}

static void load_segments(struct world *w, const struct program *p)
{
    static const uint16_t real[6] = { REAL_ES, REAL_CS, REAL_SS, REAL_DS, REAL_FS, REAL_GS };
    struct cpu *cpu = w->cpu;

    for (unsigned i = 0; i <= SEG_GS; i++) {
        unsigned selector = i == SEG_CS ? (p->user ? SEG_GDT_CODE3 | 3 : SEG_GDT_CODE0)
                                        : (p->user ? SEG_GDT_DATA3 | 3 : SEG_GDT_DATA0);

        if (p->short_data && (i == SEG_DS || i == SEG_ES))
            selector = SEG_GDT_SHORT;
        if (p->bits == 16)
            segment_load_real(cpu, (enum seg)i, real[i]);
        else
            segment_fill(cpu, &cpu->seg[i], (uint16_t)selector,
                         load_le64(w->ram.bytes + AT_GDT + (selector & ~7u)));
    }
    if (p->bits == 16)
        return;
    cpu->gdtr = (struct table_register){ AT_GDT, GDT_BYTES - 1 };
    cpu->idtr = (struct table_register){ AT_IDT, p->bits == 64 ? 64 * 16 - 1 : 64 * 8 - 1 };
    segment_fill(cpu, &cpu->tr, SEG_GDT_TSS, load_le64(w->ram.bytes + AT_GDT + SEG_GDT_TSS));
    if (p->bits == 64) {
        cpu->seg[SEG_FS].base = p->fs_base;
        cpu->seg[SEG_GS].base = p->gs_base;
    }
}

static void load_processor(struct world *w, const struct program *p)
{
    struct cpu *cpu = w->cpu;
    struct rng rng = { ~p->seed };

    cpu->cr0 = CR0_ET | CR0_NE | CR0_MP | p->cr0;
    cpu->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT | p->cr4;
    cpu->efer = EFER_SCE;
    if (p->bits != 16) {
        cpu->cr0 |= CR0_PE;
        cpu->cr4 |= CR4_OSXSAVE;
        cpu->xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX;
    }
    if (p->paging) {
        cpu->cr0 |= CR0_PG;
        cpu->cr3 = p->paging == PAGING_32    ? AT_PML4 + 2 * PAGE_SIZE
                   : p->paging == PAGING_PAE ? AT_PML4 + PAGE_SIZE
                                             : AT_PML4;
        if (p->paging == PAGING_32)
            cpu->cr4 |= CR4_PSE;
        else
            cpu->cr4 |= CR4_PAE, cpu->efer |= EFER_NXE;
        if (p->paging == PAGING_PAE)
            for (unsigned i = 0; i < 4; i++)
                cpu->pdpte[i] = load_le64(w->ram.bytes + AT_PML4 + PAGE_SIZE + i * 8);
        if (p->paging == PAGING_LONG)
            cpu->efer |= EFER_LME | EFER_LMA;
    }
    load_segments(w, p);
    cpu->cpl = p->user ? 3 : 0;
    for (unsigned i = 0; i < 16; i++)
        cpu->gpr[i] = p->gpr[i];
    cpu->rip = p->entry + (p->bits == 16 ? 0 : AT_CODE);
    cpu_set_eflags(cpu, p->eflags);
    cpu->mxcsr = p->mxcsr;
    cpu->fpu.fcw = (uint16_t)p->fcw;
    cpu->msr.star = (uint64_t)SEG_GDT_CODE0 << 32 | (uint64_t)(SEG_GDT_DATA3 - 8) << 48;
    cpu->msr.lstar = p->user ? w->syscall3 : w->syscall0;
    cpu->msr.fmask = TF;
    for (unsigned i = 0; i < 16; i++)
        value_lanes(&rng, &cpu->vec[i], VEC_BYTES);
    if (p->bits != 64)
        for (unsigned i = 8; i < 16; i++)
            cpu->vec[i] = (union vec){ 0 };
}

static void load_outside(struct world *w, const struct program *p)
{
    struct cpu *cpu = w->cpu;

    for (unsigned i = 0; i < EVENTS_MAX; i++) {
        w->source[i].what = i < p->events ? &p->event[i] : NULL;
        if (i < p->events)
            clock_schedule(&w->clock, &w->source[i].event, p->event[i].tick);
    }
    cpu->watch->passed_tick = UINT64_MAX;
    cpu->watch->next_id = 1;
    for (unsigned i = 0; i < p->breakpoints; i++) {
        const struct breakpoint *b = &p->breakpoint[i];

        watch_add(cpu, (struct watch_range){ .kind = (enum watch_kind)b->kind,
                                             .first = b->first,
                                             .last = b->last,
                                             .read = b->read,
                                             .write = b->write });
    }
}

void world_load(struct world *w, const struct program *p)
{
    const uint8_t *from = (const uint8_t *)w->fresh.data;
    struct buf error = { 0 };
    struct cpu *cpu = w->cpu;

    /* Some programs are translated at once, some when they are a little warm, some as others are. */
    if (w->cpu->engine->set)
        w->cpu->engine->set(w->cpu, "hot", (unsigned[]){ 0, 2, 24 }[p->seed % 3]);

    for (unsigned i = 0; i < EVENTS_MAX; i++)
        clock_cancel(&w->clock, &w->source[i].event);
    while (cpu->watch->count)
        if (!watch_remove(cpu, cpu->watch->ranges[0].id))
            abort();
    if (!fields_restore(cpu_fields, cpu, &from, from + w->fresh.length, &error))
        abort();
    w->clock.horizon = 0;
    cpu->remaining = 0;
    w->ended = w->asleep = w->passed_limit = w->stuck = false;
    w->logged = 0;
    w->log_sum = 0;
    w->device_value = 1;
    load_memory(w, p);
    load_processor(w, p);
    cpu_rebuild(cpu);
    load_outside(w, p);
}

/* ---- running ---- */

bool world_over(const struct world *w)
{
    return w->ended || w->asleep || w->passed_limit || w->stuck || w->cpu->activity == CPU_SHUTDOWN;
}

static void sleep_until(struct world *w, uint64_t until)
{
    uint64_t now = clock_now(&w->clock), next = clock_next_event(&w->clock);

    if (next == UINT64_MAX) {
        w->asleep = true;
        return;
    }
    if (next > until)
        next = until;
    w->cpu->idle_ticks += next - now;
    clock_skip_to(&w->clock, next);
}

#define STUCK 1000 /* runs without progress */

void world_run(struct world *w, uint64_t until, uint64_t slice)
{
    struct cpu *cpu = w->cpu;
    unsigned idle = 0;

    for (;;) {
        uint64_t now, limit, next;
        enum stop stop;

        clock_fire_due(&w->clock);
        now = clock_now(&w->clock);
        if (now >= until || world_over(w))
            break;
        next = clock_next_event(&w->clock);
        limit = (next < until ? next : until) - now;
        if (limit > slice)
            limit = slice;
        stop = cpu->engine->run(cpu, limit);
        if (clock_now(&w->clock) > now + limit)
            w->passed_limit = true;
        idle = clock_now(&w->clock) == now ? idle + 1 : 0;
        if (idle > STUCK)
            w->stuck = true;
        switch (stop) {
        case STOP_BREAKPOINT:
            note(w, LOG_BREAK, cpu->watch->hit.la, 0, cpu->watch->hit.id);
            cpu->watch->passed_tick = clock_now(&w->clock);
            break;
        case STOP_WATCHPOINT:
            note(w, LOG_WATCH, cpu->watch->hit.la, cpu->watch->hit.size, cpu->watch->hit.id);
            break;
        case STOP_HALTED:
            sleep_until(w, until);
            break;
        default:
            break;
        }
    }
    cpu_settle(cpu);
}
