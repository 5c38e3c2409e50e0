/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/torture/special.c - what is not computing: flags, interrupts, ports, devices, pages, debug
 * registers, code that changes.
 */
#include "cpu/eflags.h"
#include "tests/torture/generate.h"

uint64_t gen_place(struct gen *g, unsigned bytes)
{
    struct rng *rng = &g->rng;
    unsigned room = bytes ? bytes : 1, page = PAGE_RW, offset;
    uint64_t base = AT_DATA;

    switch (rng_below(rng, 64)) {
    case 0: /* across two pages */
    case 1:
    case 2:
        return base + PAGE_RW_2 * PAGE_SIZE - 1 - rng_below(rng, room);
    case 3: /* from writable to read-only */
        return base + PAGE_READ_ONLY * PAGE_SIZE - 1 - rng_below(rng, room);
    case 4: /* to where nothing is, and from there */
        return base + PAGE_HOLE * PAGE_SIZE - 1 - rng_below(rng, room);
    case 5:
        return base + (PAGE_HOLE + 1) * PAGE_SIZE - 1 - rng_below(rng, room);
    case 6:
        page = PAGE_READ_ONLY;
        break;
    case 7:
        page = rng_once_in(rng, 2) ? PAGE_SUPERVISOR : PAGE_HOLE;
        break;
    case 8:
    case 9:
    case 10:
    case 11:
        page = PAGE_CHANGES + rng_below(rng, 3);
        break;
    case 12:
    case 13:
        page = PAGE_NX;
        break;
    case 14:
        return AT_DEVICE + 8 * rng_below(rng, 64);
    case 15: /* the code: whatever that gives */
        if (rng_below(rng, 3))
            break;
        return AT_CODE + rng_below(rng, CODE_BYTES);
    case 16:
    case 17:
    case 18:
        if (g->bits == 16)
            break;
        return (rng_once_in(rng, 4) ? 2 : 1) * AT_LARGE + 64 * rng_below(rng, 1024) + 8;
    case 19:
        if (g->bits == 16)
            return AT_DATA + 0x10000 - rng_below(rng, 2 * room);
        if (g->bits == 32)
            return UINT64_C(0x100000000) - rng_below(rng, 2 * room);
        return (rng_once_in(rng, 2) ? UINT64_C(0x800000000000) : UINT64_C(0xffff7fffffffff00)) +
               rng_below(rng, 512) - (rng_once_in(rng, 2) ? 8 : 0);
    case 20:
    case 21:
        if (g->bits == 64)
            base |= UINT64_C(0xffff800000000000);
        break;
    case 22:
    case 23:
        return AT_STACK + 64 + rng_below(rng, 0x1c00);
    default:
        break;
    }
    offset = 64 + rng_below(rng, PAGE_SIZE - 192);
    if (rng_below(rng, 8))
        offset &= ~((room & 32 ? 32u : room & 16 ? 16u : room & 8 ? 8u : room & 4 ? 4u : 2u) - 1);
    if (room >= 64)
        offset = 64 + (rng_below(rng, 48) << 6);
    return base + page * PAGE_SIZE + offset;
}

static void stable(struct gen *g, unsigned reg, uint64_t value)
{
    gen_load(g, reg, value);
    g->known[reg] = g->bits == 64 ? value : g->bits == 32 ? (uint32_t)value : (uint16_t)value;
    g->stable |= 1u << reg;
}

void gen_head(struct gen *g)
{
    uint64_t data = g->bits == 16 ? 0 : AT_DATA, stack = g->bits == 16 ? 0 : AT_STACK;

    stable(g, RSP, stack + (STACK_TOP - AT_STACK));
    stable(g, RBX, data + 0x400 + 16 * rng_below(&g->rng, 64));
    stable(g, RBP, stack + 0x1000 + 16 * rng_below(&g->rng, 16));
    if (g->bits != 64) {
        stable(g, RSI, data + 0xfc0 + 8 * rng_below(&g->rng, 10));
        return;
    }
    stable(g, R12, AT_DATA + 0xfc0 + 8 * rng_below(&g->rng, 10));
    stable(g, R13, AT_LARGE + 16 * rng_below(&g->rng, 512));
}

static uint64_t entry_address(const struct gen *g, uint32_t linear)
{
    return AT_PT + (uint64_t)(linear >> 12) * (g->p->paging == PAGING_32 ? 4 : 8);
}

static void reload_cr3(struct gen *g)
{
    gen_code(g, "0f 20 d8"); /* mov rax,cr3 */
    gen_code(g, "0f 22 d8");
}

/* A page that the program, not the handlers, lives in. */
static uint32_t changing_page(struct gen *g)
{
    struct rng *rng = &g->rng;

    switch (rng_below(rng, 16)) {
    case 0:
        return AT_CODE + PAGE_SIZE * rng_below(rng, CODE_BYTES / PAGE_SIZE);
    case 1:
        return AT_ALIAS + PAGE_SIZE * rng_below(rng, CODE_BYTES / PAGE_SIZE);
    default:
        return AT_DATA + PAGE_SIZE * (PAGE_CHANGES + rng_below(rng, 3));
    }
}

static void change_page(struct gen *g)
{
    static const uint8_t bits[] = { 1, 2, 2, 0x20, 0x40, 0x60, 4, 3 };
    struct rng *rng = &g->rng;
    uint32_t page = changing_page(g), often = AT_DATA + PAGE_SIZE * rng_below(rng, 2);
    uint64_t entry = entry_address(g, page), value = bits[rng_below(rng, ARRAY_SIZE(bits))];

    switch (rng_below(rng, 8)) {
    case 6: /* the same for pages that are in use all the time, and sometimes another frame */
    case 7:
        page = often;
        entry = entry_address(g, page);
        if (rng_below(rng, 3)) {
            gen_absolute(g, "80", 4, entry, 1, ~(uint64_t)0x60 & 0xff);
            break;
        }   /* fall through */
    case 0: /* another frame */
        gen_absolute(g, "81", 6, entry, 4, (page ^ AT_SPARE) & 0x3f000);
        break;
    case 1: /* never to be executed */
        if (g->p->paging != PAGING_32) {
            gen_absolute(g, "80", 6, entry + 7, 1, 0x80);
            break;
        } /* fall through */
    case 2:
        gen_absolute(g, "80", 4, entry, 1, ~(uint64_t)0x60 & 0xff); /* and: clear A, D */
        break;
    default:
        gen_absolute(g, "80", 6, entry, 1, value);
        break;
    }
    if (rng_below(rng, 3))
        gen_absolute(g, "0f 01", 7, page + rng_below(rng, PAGE_SIZE), 0, 0);
    else
        reload_cr3(g);
}

static void other_mapping(struct gen *g)
{
    uint32_t root = rng_once_in(&g->rng, 2) ? AT_PML4 : AT_PML4_B;

    if (g->p->paging == PAGING_32)
        root += 2 * PAGE_SIZE;
    else if (g->p->paging == PAGING_PAE)
        root += PAGE_SIZE;
    gen_load(g, RAX, root);
    gen_code(g, "0f 22 d8");
}

/* TS is set, or WP changes. */
static void control_registers(struct gen *g)
{
    gen_code(g, "0f 20 c0"); /* mov rax,cr0 */
    if (rng_once_in(&g->rng, 2))
        gen_code(g, "0c 08"); /* or al,8 */
    else
        gen_code(g, g->bits == 16 ? "66 0f ba f8 10" : "0f ba f8 10"); /* btc eax,16 */
    gen_code(g, "0f 22 c0");
}

static void debug_registers(struct gen *g)
{
    struct rng *rng = &g->rng;
    unsigned n = rng_below(rng, 4);
    uint64_t type = rng_below(rng, 4), address;

    if (type == 2)
        type = 0;
    address = type ? gen_place(g, 8) : AT_CODE + g->at + rng_below(rng, 128);
    if (g->bits == 16)
        gen_code(g, "66 b8 %d", address);
    else
        gen_load(g, RAX, address);
    gen_code(g, "0f 23 %b", (uint64_t)(0xc0 | n << 3)); /* mov dr_n,rax */
    if (rng_once_in(rng, 4))
        type = address = 0;
    else
        address = 2u << 2 * n | (type | (uint64_t)(type ? rng_below(rng, 4) : 0) << 2)
                                    << (16 + 4 * n);
    if (g->bits == 16)
        gen_code(g, "66 b8 %d", address | 0x400);
    else
        gen_load(g, RAX, address | 0x400);
    gen_code(g, "0f 23 f8"); /* mov dr7,rax */
}

/* Flags of all kinds, by POPF. */
static void pop_flags(struct gen *g)
{
    struct rng *rng = &g->rng;
    uint64_t flags = (rng_next(rng) & (EFLAGS_STATUS | DF)) | EFLAGS_ONE;

    if (rng_below(rng, 3))
        flags &= ~(uint64_t)DF;
    if (rng_below(rng, 4))
        flags |= IF;
    if (rng_once_in(rng, 3))
        flags |= TF;
    if (rng_once_in(rng, 8))
        flags |= AC;
    flags |= g->p->eflags & IOPL;
    gen_code(g, "68 %v", flags); /* push */
    gen_code(g, "9d");
}

static void device_access(struct gen *g)
{
    struct rng *rng = &g->rng;
    uint64_t address = AT_DEVICE + 8 * rng_below(rng, 256) + (rng_once_in(rng, 8) ? 3 : 0);

    switch (rng_below(rng, 6)) {
    case 0:
        gen_absolute(g, "8b", rng_below(rng, 3), address, 0, 0);
        break;
    case 1:
        gen_absolute(g, "89", rng_below(rng, 8), address, 0, 0);
        break;
    case 2:
        gen_absolute(g, "c6", 0, address, 1, rng_next(rng));
        break;
    case 3: /* read, change, write */
        gen_absolute(g, "83", rng_below(rng, 8), address, 1, rng_next(rng));
        break;
    case 4:
        gen_absolute(g, "0f b6", rng_below(rng, 3), address, 0, 0);
        break;
    default:
        gen_absolute(g, "f3 0f 7f", rng_below(rng, 8), address, 0, 0);
        break;
    }
}

static void port_access(struct gen *g)
{
    struct rng *rng = &g->rng;
    uint64_t port = PORT_LOG + 4 * rng_below(rng, 4);

    switch (rng_below(rng, 5)) {
    case 0:
        gen_code(g, "e4 %b", port);
        break;
    case 1:
        gen_code(g, "e5 %b", port);
        break;
    case 2:
        gen_code(g, "e6 %b", port);
        break;
    default:
        gen_load(g, RDX, rng_once_in(rng, 6) ? 0x300 : port);
        gen_code(g, "%b", (uint64_t)(0xec + rng_below(rng, 4)));
        break;
    }
}

/* An instruction that others change, or one that changes such. */
static void changing_code(struct gen *g)
{
    static const uint8_t flips[] = { 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38 };
    struct rng *rng = &g->rng;
    unsigned kind = rng_below(rng, 8);

    if (kind < 4 && g->sites < SITES_MAX) {
        unsigned reg = kind & 1 ? RAX : RDX;

        if (kind < 2) {
            g->site[g->sites++] = (struct site){ (uint16_t)g->at, SITE_OPCODE };
            gen_code(g, "%b %b", (uint64_t)(1 | rng_below(rng, 8) << 3),
                     (uint64_t)(0xc0 | RCX << 3 | reg)); /* add eax,ecx and so on */
        } else {
            g->site[g->sites++] = (struct site){ (uint16_t)(g->at + 1), SITE_IMMEDIATE };
            gen_code(g, "%b %v", (uint64_t)(0xb8 + reg), rng_next(rng));
        }
        return;
    }
    switch (kind) {
    case 4:
    case 5: /* xor byte [site],flip */
        gen_site_store(g, "80", 6, SITE_OPCODE, 1, flips[rng_below(rng, ARRAY_SIZE(flips))]);
        break;
    case 6: /* mov [site],eax; inc dword [site] */
        if (rng_once_in(rng, 2))
            gen_site_store(g, "89", RAX, SITE_IMMEDIATE, 0, 0);
        else
            gen_site_store(g, "ff", 0, SITE_IMMEDIATE, 0, 0);
        break;
    default: /* mov byte [site],opcode */
        gen_site_store(g, "c6", 0, SITE_OPCODE, 1, 1 | rng_below(rng, 8) << 3);
        break;
    }
}

static void interrupts(struct gen *g)
{
    struct rng *rng = &g->rng;

    switch (rng_below(rng, 8)) {
    case 0:
        gen_code(g, "fa");
        break;
    case 1:
        gen_code(g, "cc");
        break;
    case 2:
        gen_code(g, "cd %b", (uint64_t)(32 + rng_below(rng, 16)));
        break;
    case 3: /* sti; hlt */
        if (g->p->user || !g->p->events || g->p->event[0].kind != EVENT_INTR ||
            !g->p->event[0].repeat)
            break;
        gen_code(g, "fb");
        gen_code(g, "f4");
        break;
    case 4: /* a stack segment, and the instruction after it */
        gen_load(g, RAX, g->bits == 16 ? REAL_SS : g->p->user ? SEG_GDT_DATA3 | 3 : SEG_GDT_DATA0);
        gen_code(g, "8e d0");
        break;
    default:
        gen_code(g, "fb");
        break;
    }
}

static void system_instruction(struct gen *g)
{
    struct rng *rng = &g->rng;

    switch (rng_below(rng, 8)) {
    case 0:
    case 1:
        gen_code(g, "0f 31"); /* rdtsc */
        break;
    case 2:
        gen_code(g, "0f a2"); /* cpuid; RBX was a pointer */
        stable(g, RBX, g->known[RBX]);
        break;
    case 3:
        if (g->bits == 64 && !g->in_function)
            gen_code(g, "0f 05"); /* syscall */
        break;
    case 4:
        if (g->bits == 64)
            gen_code(g, "0f 01 f8"); /* swapgs */
        break;
    case 5:
        gen_code(g, "db e3"); /* fninit */
        break;
    case 6: /* wrmsr: FS base, as it was */
        if (g->bits != 64)
            break;
        gen_load(g, RCX, UINT64_C(0xc0000100));
        gen_load(g, RAX, g->p->fs_base);
        gen_load(g, RDX, 0);
        gen_code(g, "0f 30");
        break;
    default:
        gen_code(g, "0f 0b"); /* ud2 */
        break;
    }
}

void gen_special(struct gen *g)
{
    struct rng *rng = &g->rng;
    bool ring0 = !g->p->user || rng_once_in(rng, 12);

    switch (rng_below(rng, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        changing_code(g);
        break;
    case 5:
    case 6:
        if (g->p->paging && ring0)
            change_page(g);
        break;
    case 7:
        if (g->p->paging && ring0)
            other_mapping(g);
        break;
    case 8:
        if (ring0 && rng_once_in(rng, 2))
            control_registers(g);
        else if (ring0)
            debug_registers(g);
        break;
    case 9:
        if (!g->in_function)
            pop_flags(g);
        break;
    case 10:
    case 11:
        device_access(g);
        break;
    case 12:
        port_access(g);
        break;
    case 13:
    case 14:
        interrupts(g);
        break;
    default:
        system_instruction(g);
        break;
    }
}
