/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/access.c - guest memory as instructions see it: the slow paths behind the TLB tags, and the
 * accesses that name a segment or a linear address at run time.
 *
 * Everything is looked at before the first byte moves: rights of both pages of a crossing access,
 * and whether it reaches a device or a watchpoint and must wait until the instruction runs alone.
 */
#include "cpu/access.h"

#include "cpu/debug_reg.h"
#include "cpu/segment.h"
#include "cpu/tlb.h"
#include "cpu/watch.h"

/* Offsets below read_end and write_end are good for this many bytes (segment_derive). */
#define FAST_BYTES 16

/* The one or two pages that an access touches. */
struct part {
    struct tlb_page *page;
    lin_addr la;
    unsigned bytes;
};

struct span {
    struct part part[2];
    unsigned count;
};

static phys_addr part_pa(const struct part *part)
{
    return part->page->pa | (part->la & PAGE_MASK);
}

/* Linear addresses of instructions wrap at 32 bits outside 64-bit mode, those of the processor's
 * own tables outside IA-32e mode. */
static uint64_t linear_mask(const struct cpu *cpu, enum privilege as)
{
    bool wide = as == AS_SUPERVISOR ? cpu_long_mode(cpu) : cpu_code64(cpu);

    return wide ? ~UINT64_C(0) : UINT64_C(0xffffffff);
}

static unsigned view_of(const struct cpu *cpu, enum privilege as)
{
    return as == AS_SUPERVISOR ? VIEW_SUPERVISOR : cpu->view;
}

/* A device or, if it is written, ROM, behind which one may be; or a watchpoint that this access hits. */
static bool wants_alone(struct cpu *cpu, const struct part *part, bool write)
{
    if (!part->page->host || (write && !part->page->marks))
        return true;
    return unlikely(cpu->watch->count) &&
           watch_data_hit(cpu, part->la, part_pa(part), part->bytes, write);
}

static bool find_pages(struct cpu *cpu, lin_addr la, unsigned bytes, enum access access,
                       enum privilege as, struct span *span)
{
    unsigned view = view_of(cpu, as), here = PAGE_SIZE - (la & PAGE_MASK);

    span->count = bytes > here ? 2 : 1;
    span->part[0].la = la;
    span->part[0].bytes = bytes > here ? here : bytes;
    span->part[0].page = tlb_page(cpu, la, access, view);
    if (!span->part[0].page)
        return false;
    if (span->count == 2) {
        span->part[1].la = (la + here) & linear_mask(cpu, as);
        span->part[1].bytes = bytes - here;
        span->part[1].page = tlb_page(cpu, span->part[1].la, access, view);
        if (!span->part[1].page)
            return false;
    }
    if (likely(cpu->alone))
        return true;
    for (unsigned i = 0; i < span->count; i++) {
        if (unlikely(wants_alone(cpu, &span->part[i], access & ACCESS_WRITE))) {
            cpu->want_alone = true;
            return false;
        }
    }
    return true;
}

/* A device sees the tick before this instruction retires; run alone, it is already charged. */
static void device_read(struct cpu *cpu, phys_addr pa, uint8_t *to, unsigned bytes)
{
    cpu->remaining++;
    if (bytes <= 8 && !(bytes & (bytes - 1)))
        store_le(to, bytes, space_read(cpu->memory, pa, bytes));
    else
        space_read_block(cpu->memory, pa, to, bytes);
    cpu->remaining--;
}

static void device_write(struct cpu *cpu, phys_addr pa, const uint8_t *from, unsigned bytes)
{
    cpu->remaining++;
    if (bytes <= 8 && !(bytes & (bytes - 1)))
        space_write(cpu->memory, pa, bytes, load_le(from, bytes));
    else
        space_write_block(cpu->memory, pa, from, bytes);
    cpu->remaining--;
}

/* First bytes of a part as a number, for watchpoints. A device is only looked at. */
static uint64_t part_value(const struct cpu *cpu, const struct part *part)
{
    unsigned count = part->bytes < 8 ? part->bytes : 8;
    uint8_t bytes[8] = { 0 };

    if (part->page->host)
        memcpy(bytes, part->page->host + (part->la & PAGE_MASK), count);
    else if (!space_peek(cpu->memory, part_pa(part), bytes, count))
        return 0;
    return load_le64(bytes);
}

static COLD void report_watch(struct cpu *cpu, const struct part *part, bool write, uint64_t old,
                              uint64_t value)
{
    if (!watch_data_hit(cpu, part->la, part_pa(part), part->bytes, write))
        return;
    cpu->watch->hit.old_value = old;
    cpu->watch->hit.new_value = value;
    cpu->watch->hit_valid = true;
    clock_interrupt_run(cpu->clock);
}

/* DR0-DR3 data breakpoints: #DB after the instruction. */
static COLD void report_debug(struct cpu *cpu, const struct part *part, bool write)
{
    unsigned kinds = 1 << DR7_READ_WRITE | (write ? 1 << DR7_WRITE : 0);
    uint64_t hits = debug_match(cpu, kinds, part->la, part->bytes);

    if (!hits)
        return;
    cpu->pending_dr6 |= hits;
    cpu->pending |= PENDING_DB;
}

static void read_part(struct cpu *cpu, const struct part *part, uint8_t *to)
{
    if (likely(part->page->host != NULL))
        memcpy(to, part->page->host + (part->la & PAGE_MASK), part->bytes);
    else
        device_read(cpu, part_pa(part), to, part->bytes);
    if (unlikely(cpu->watch->count) && cpu->alone) {
        uint8_t bytes[8] = { 0 };

        memcpy(bytes, to, part->bytes < 8 ? part->bytes : 8);
        report_watch(cpu, part, false, load_le64(bytes), load_le64(bytes));
    }
    if (unlikely(cpu->dr[7] & 0xff))
        report_debug(cpu, part, false);
}

static void write_part(struct cpu *cpu, const struct part *part, const uint8_t *from)
{
    const struct tlb_page *page = part->page;
    uint64_t old = unlikely(cpu->watch->count) && cpu->alone ? part_value(cpu, part) : 0;

    if (likely(page->marks && !(*page->marks & (RAM_CODE | RAM_TB))))
        memcpy(page->host + (part->la & PAGE_MASK), from, part->bytes); /* tlb_page set RAM_DIRTY */
    else if (page->marks)
        space_write_block(cpu->memory, part_pa(part), from, part->bytes);
    else /* a device; or ROM: flash, or RAM behind it */
        device_write(cpu, part_pa(part), from, part->bytes);
    if (unlikely(cpu->watch->count) && cpu->alone) {
        uint8_t bytes[8] = { 0 };

        memcpy(bytes, from, part->bytes < 8 ? part->bytes : 8);
        report_watch(cpu, part, true, old, load_le64(bytes));
    }
    if (unlikely(cpu->dr[7] & 0xff))
        report_debug(cpu, part, true);
}

static COLD bool raise_non_canonical(struct cpu *cpu, enum seg seg, lin_addr la, unsigned bytes)
{
    enum vector vector = seg == SEG_SS || seg == SEG_FLAT_SS ? VEC_SS : VEC_GP;

    return RAISE(cpu, vector, 0, NON_CANONICAL, { EV_SEGMENT, seg }, { EV_LINEAR, la },
                 { EV_SIZE, bytes });
}

static bool check_canonical(struct cpu *cpu, enum seg seg, lin_addr la, unsigned bytes)
{
    if (!cpu_code64(cpu) || likely(is_canonical(cpu, la) && is_canonical(cpu, la + (bytes - 1))))
        return true;
    return raise_non_canonical(cpu, seg, la, bytes);
}

/*
 * What EFLAGS.AC asks for in an access of bytes that asks for no alignment by itself. Up to 8 they are
 * elements of masked moves and gathers, which are never refused.
 */
static unsigned byte_alignment(unsigned bytes)
{
    switch (bytes) {
    case 10:
        return 8;
    case 16:
    case 32:
    case 64: /* MOVDIR64B */
        return 16;
    default:
        return bytes <= 8 ? 1 : bytes % 4 ? 2 : 4;
    }
}

/* Before the page tables are asked: a misaligned access to a page that is not there is #AC. */
static bool check_alignment(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as)
{
    if (likely(cpu->view != VIEW_USER_ALIGN) || as == AS_SUPERVISOR || !(la & (size - 1)))
        return true;
    return RAISE(cpu, VEC_AC, 0, ALIGNMENT_CHECK, { EV_LINEAR, la }, { EV_SIZE, size });
}

/* 1, 2, 4 or 8 bytes. */
static bool read_value(struct cpu *cpu, lin_addr la, unsigned size, enum access access,
                       enum privilege as, uint64_t *value)
{
    uint8_t bytes[8];
    struct span span;

    if (!check_alignment(cpu, la, size, as) || !find_pages(cpu, la, size, access, as, &span))
        return false;
    read_part(cpu, &span.part[0], bytes);
    if (span.count == 2)
        read_part(cpu, &span.part[1], bytes + span.part[0].bytes);
    *value = load_le(bytes, size);
    return true;
}

static bool write_value(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as,
                        uint64_t value)
{
    uint8_t bytes[8];
    struct span span;

    if (!check_alignment(cpu, la, size, as) || !find_pages(cpu, la, size, ACCESS_WRITE, as, &span))
        return false;
    store_le(bytes, size, value);
    write_part(cpu, &span.part[0], bytes);
    if (span.count == 2)
        write_part(cpu, &span.part[1], bytes + span.part[0].bytes);
    return true;
}

bool access_read_slow(struct cpu *cpu, const struct insn *insn, lin_addr la, unsigned size,
                      enum access access)
{
    return check_canonical(cpu, (enum seg)insn->seg, la, size) &&
           read_value(cpu, la, size, access, AS_CPL, &cpu->slow_value);
}

bool access_write_slow(struct cpu *cpu, const struct insn *insn, lin_addr la, unsigned size,
                       uint64_t value)
{
    return check_canonical(cpu, (enum seg)insn->seg, la, size) &&
           write_value(cpu, la, size, AS_CPL, value);
}

/* seg:offset -> linear address; canonical form is left to whoever misses the TLB. */
ALWAYS_INLINE bool segment_linear(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                                  enum access access, lin_addr *la)
{
    const struct segment *s = &cpu->seg[seg];
    uint64_t end = access == ACCESS_READ ? s->read_end : s->write_end;

    if (unlikely(offset >= end || bytes > FAST_BYTES) &&
        !segment_refuse(cpu, seg, offset, bytes, access))
        return false;
    if (cpu_code64(cpu))
        *la = (seg == SEG_FS || seg == SEG_GS ? s->base : 0) + offset;
    else
        *la = (uint32_t)(s->base + offset);
    return true;
}

bool cpu_linear(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes, enum access access,
                lin_addr *la)
{
    return segment_linear(cpu, seg, offset, bytes, access, la) &&
           check_canonical(cpu, seg, *la, bytes);
}

/* Host address of the bytes if the tag allows all of them. */
ALWAYS_INLINE uint8_t *fast_host(const struct tlb_entry *table, lin_addr la, unsigned bytes,
                                 bool write)
{
    const struct tlb_entry *e = &table[la / PAGE_SIZE % TLB_ENTRIES];

    if (likely((write ? e->write_tag : e->read_tag) == ((la + bytes - 1) & ~PAGE_MASK)))
        return (uint8_t *)(uintptr_t)(la + e->addend);
    return NULL;
}

bool cpu_read(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned size, uint64_t *value)
{
    const uint8_t *host;
    lin_addr la;

    if (!segment_linear(cpu, seg, offset, size, ACCESS_READ, &la))
        return false;
    host = fast_host(cpu->tlb, la, size, false);
    if (likely(host != NULL)) {
        *value = load_le(host, size);
        return true;
    }
    return check_canonical(cpu, seg, la, size) &&
           read_value(cpu, la, size, ACCESS_READ, AS_CPL, value);
}

bool cpu_write(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned size, uint64_t value)
{
    uint8_t *host;
    lin_addr la;

    if (!segment_linear(cpu, seg, offset, size, ACCESS_WRITE, &la))
        return false;
    host = fast_host(cpu->tlb, la, size, true);
    if (likely(host != NULL)) {
        store_le(host, size, value);
        return true;
    }
    return check_canonical(cpu, seg, la, size) && write_value(cpu, la, size, AS_CPL, value);
}

bool cpu_check_alignment(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                         unsigned align, enum access access)
{
    lin_addr la;

    return likely(cpu->view != VIEW_USER_ALIGN) ||
           (cpu_linear(cpu, seg, offset, bytes, access, &la) &&
            check_alignment(cpu, la, align, AS_CPL));
}

bool cpu_probe_write(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes)
{
    lin_addr la;

    return cpu_linear(cpu, seg, offset, bytes, ACCESS_WRITE, &la) &&
           linear_probe(cpu, la, bytes, ACCESS_WRITE, AS_CPL);
}

static COLD bool raise_misaligned(struct cpu *cpu, lin_addr la, unsigned bytes, unsigned align)
{
    /* FXSAVE and FXRSTOR are looked at in both ways; XSAVE and vectors that must be aligned not. */
    if (align == 16 && bytes > 64 && la & 3 && cpu->view == VIEW_USER_ALIGN)
        return RAISE(cpu, VEC_AC, 0, ALIGNMENT_CHECK, { EV_LINEAR, la }, { EV_SIZE, bytes });
    return RAISE(cpu, VEC_GP, 0, MISALIGNED, { EV_LINEAR, la }, { EV_SIZE, bytes },
                 { EV_ALLOWED, align });
}

/* A vector that must be aligned is refused for that first, whatever the segment says. */
static COLD bool refuse_bytes(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned bytes,
                              unsigned align)
{
    lin_addr la = cpu->seg[seg].base + offset;

    return bytes <= 32 && (la & (align - 1)) ? raise_misaligned(cpu, la, bytes, align) : false;
}

bool cpu_read_bytes(struct cpu *cpu, enum seg seg, uint64_t offset, void *to, unsigned bytes,
                    unsigned align)
{
    const uint8_t *host;
    struct span span;
    lin_addr la;

    if (!segment_linear(cpu, seg, offset, bytes, ACCESS_READ, &la))
        return refuse_bytes(cpu, seg, offset, bytes, align);
    if (unlikely(la & (align - 1)))
        return raise_misaligned(cpu, la, bytes, align);
    host = fast_host(cpu->tlb, la, bytes, false);
    if (likely(host != NULL)) {
        if (likely(bytes == 16)) /* by far the most frequent: two moves */
            memcpy(to, host, 16);
        else
            memcpy(to, host, bytes);
        return true;
    }
    if (!check_canonical(cpu, seg, la, bytes) ||
        !check_alignment(cpu, la, byte_alignment(bytes), AS_CPL) ||
        !find_pages(cpu, la, bytes, ACCESS_READ, AS_CPL, &span))
        return false;
    read_part(cpu, &span.part[0], to);
    if (span.count == 2)
        read_part(cpu, &span.part[1], (uint8_t *)to + span.part[0].bytes);
    return true;
}

bool cpu_write_bytes(struct cpu *cpu, enum seg seg, uint64_t offset, const void *from,
                     unsigned bytes, unsigned align)
{
    uint8_t *host;
    struct span span;
    lin_addr la;

    if (!segment_linear(cpu, seg, offset, bytes, ACCESS_WRITE, &la))
        return refuse_bytes(cpu, seg, offset, bytes, align);
    if (unlikely(la & (align - 1)))
        return raise_misaligned(cpu, la, bytes, align);
    host = fast_host(cpu->tlb, la, bytes, true);
    if (likely(host != NULL)) {
        if (likely(bytes == 16))
            memcpy(host, from, 16);
        else
            memcpy(host, from, bytes);
        return true;
    }
    if (!check_canonical(cpu, seg, la, bytes) ||
        !check_alignment(cpu, la, byte_alignment(bytes), AS_CPL) ||
        !find_pages(cpu, la, bytes, ACCESS_WRITE, AS_CPL, &span))
        return false;
    write_part(cpu, &span.part[0], from);
    if (span.count == 2)
        write_part(cpu, &span.part[1], (const uint8_t *)from + span.part[0].bytes);
    return true;
}

bool linear_read(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as, uint64_t *value)
{
    const uint8_t *host;

    la &= linear_mask(cpu, as);
    host = fast_host(cpu->tlbs[view_of(cpu, as)].entry, la, size, false);
    if (likely(host != NULL)) {
        *value = load_le(host, size);
        return true;
    }
    return read_value(cpu, la, size, ACCESS_READ, as, value);
}

bool linear_write(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as, uint64_t value)
{
    uint8_t *host;

    la &= linear_mask(cpu, as);
    host = fast_host(cpu->tlbs[view_of(cpu, as)].entry, la, size, true);
    if (likely(host != NULL)) {
        store_le(host, size, value);
        return true;
    }
    return write_value(cpu, la, size, as, value);
}

bool linear_aligned(struct cpu *cpu, lin_addr la, unsigned size, enum privilege as)
{
    return check_alignment(cpu, la, size, as);
}

bool linear_probe(struct cpu *cpu, lin_addr la, unsigned bytes, enum access access,
                  enum privilege as)
{
    struct span span;

    return find_pages(cpu, la & linear_mask(cpu, as), bytes, access, as, &span);
}

/* The physical address of la as the debugger sees it; *bytes is cut at the page border. */
static bool debugger_translate(const struct cpu *cpu, lin_addr la, size_t *bytes, phys_addr *pa)
{
    size_t here = PAGE_SIZE - (la & PAGE_MASK);
    struct walk walk;

    if (!cpu_long_mode(cpu))
        la = (uint32_t)la;
    else if (!is_canonical(cpu, la))
        return false;
    paging_walk(cpu, la, &walk);
    if (!walk.mapped)
        return false;
    if (*bytes > here)
        *bytes = here;
    *pa = walk.pa & cpu->a20_mask;
    return true;
}

bool cpu_peek(const struct cpu *cpu, lin_addr la, void *to, size_t bytes)
{
    uint8_t *p = to;

    while (bytes) {
        size_t here = bytes;
        phys_addr pa;

        if (!debugger_translate(cpu, la, &here, &pa) || !space_peek(cpu->memory, pa, p, here))
            return false;
        la += here;
        p += here;
        bytes -= here;
    }
    return true;
}

bool cpu_poke(struct cpu *cpu, lin_addr la, const void *from, size_t bytes)
{
    const uint8_t *p = from;
    lin_addr check = la;
    size_t left = bytes;
    uint8_t byte;

    while (left) { /* all or nothing: every page must be there */
        size_t here = left;
        phys_addr pa;

        if (!debugger_translate(cpu, check, &here, &pa) || !space_peek(cpu->memory, pa, &byte, 1))
            return false;
        check += here;
        left -= here;
    }
    while (bytes) {
        size_t here = bytes;
        phys_addr pa;

        if (!debugger_translate(cpu, la, &here, &pa) || !space_poke(cpu->memory, pa, p, here))
            return false;
        la += here;
        p += here;
        bytes -= here;
    }
    return true;
}
