/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/smm.c - system-management mode: the state save map as a table, SMI and RSM.
 *
 * The manual gives places for what a handler may see; descriptor caches, limits and what else RSM
 * needs are "saved but not readable". They lie in its reserved areas: twelve bytes a segment.
 * Source: SDM Vol. 3C, "System Management Mode", tables "SMRAM State Save Map" and "SMRAM State
 * Save Map for Intel 64 Architecture".
 */
#include "cpu/smm.h"

#include "cpu/control.h"
#include "cpu/debug_reg.h"
#include "cpu/eflags.h"
#include "cpu/segment.h"
#include "cpu/sse.h"
#include "cpu/tlb.h"
#include "util/bits.h"

/* Offsets are from SMBASE + 8000h, as in the manual's tables. */
enum {
    MAP_FIRST = 0x7c00,
    MAP_BYTES = 0x400,
    MAP_HALT = 0x7f02,
    MAP_REVISION = 0x7efc,
    MAP_SMBASE = 0x7ef8,
    MAP_EFLAGS32 = 0x7ff4,
    MAP_EFLAGS64 = 0x7fe8,
    MAP_BASE = 0x8000, /* of the map, and of the handler, from SMBASE */
    HANDLER_RIP = 0x8000,
    REVISION_SMBASE = 0x20000, /* SMBASE relocation; bit 16, I/O restart, is clear */
    REVISION_32 = 0x0002,
    REVISION_64 = 0x0100,
};

/* One piece of struct cpu and its place in the two maps; 0: not there. */
struct smm_row {
    uint16_t at32, at64;
    uint8_t bytes32, bytes64; /* in the map */
    uint8_t bytes;            /* in struct cpu */
    uint16_t member;
};

#define ROW(at32, bytes32, at64, bytes64, name)                                                    \
    {                                                                                              \
        at32, at64, bytes32, bytes64, sizeof(((struct cpu *)0)->name), offsetof(struct cpu, name)  \
    }
/* Base (8 bytes), limit and attributes: hidden n. The 32-bit map keeps 4 bytes of the base. */
#define HIDDEN(n, name)                                                                            \
    ROW(0x7e00 + 12 * (n), 4, 0x7c00 + 16 * (n), 8, name.base),                                    \
        ROW(0x7e04 + 12 * (n), 4, 0x7c08 + 16 * (n), 4, name.limit),                               \
        ROW(0x7e08 + 12 * (n), 2, 0x7c0c + 16 * (n), 2, name.attr)

/* clang-format off */
static const struct smm_row rows[] = {
    ROW(0x7ffc, 4, 0x7ff8, 8, cr0),
    ROW(0x7ff8, 4, 0x7ff0, 8, cr3),
    ROW(0,      0, 0x7fe0, 8, efer),
    ROW(0x7ff0, 4, 0x7fd8, 8, rip),
    ROW(0x7fcc, 4, 0x7fd0, 8, dr[6]),
    ROW(0x7fc8, 4, 0x7fc8, 8, dr[7]),
    ROW(0x7fc4, 4, 0x7fc4, 4, tr.selector),
    ROW(0x7fc0, 4, 0x7fc0, 4, ldtr.selector),
    ROW(0x7fbc, 4, 0x7fbc, 4, seg[SEG_GS].selector),
    ROW(0x7fb8, 4, 0x7fb8, 4, seg[SEG_FS].selector),
    ROW(0x7fb4, 4, 0x7fb4, 4, seg[SEG_DS].selector),
    ROW(0x7fb0, 4, 0x7fb0, 4, seg[SEG_SS].selector),
    ROW(0x7fac, 4, 0x7fac, 4, seg[SEG_CS].selector),
    ROW(0x7fa8, 4, 0x7fa8, 4, seg[SEG_ES].selector),
    ROW(0x7fec, 4, 0x7f94, 8, gpr[RDI]),
    ROW(0x7fe8, 4, 0x7f8c, 8, gpr[RSI]),
    ROW(0x7fe4, 4, 0x7f84, 8, gpr[RBP]),
    ROW(0x7fe0, 4, 0x7f7c, 8, gpr[RSP]),
    ROW(0x7fdc, 4, 0x7f74, 8, gpr[RBX]),
    ROW(0x7fd8, 4, 0x7f6c, 8, gpr[RDX]),
    ROW(0x7fd4, 4, 0x7f64, 8, gpr[RCX]),
    ROW(0x7fd0, 4, 0x7f5c, 8, gpr[RAX]),
    ROW(0,      0, 0x7f54, 8, gpr[R8]),
    ROW(0,      0, 0x7f4c, 8, gpr[R9]),
    ROW(0,      0, 0x7f44, 8, gpr[R10]),
    ROW(0,      0, 0x7f3c, 8, gpr[R11]),
    ROW(0,      0, 0x7f34, 8, gpr[R12]),
    ROW(0,      0, 0x7f2c, 8, gpr[R13]),
    ROW(0,      0, 0x7f24, 8, gpr[R14]),
    ROW(0,      0, 0x7f1c, 8, gpr[R15]),
    ROW(0x7ef8, 4, 0x7ef8, 4, smbase),

    /* Saved, but not for the handler to read; the 64-bit map names CR4 and the lower bases. */
    HIDDEN(0, seg[SEG_ES]), HIDDEN(1, seg[SEG_CS]), HIDDEN(2, seg[SEG_SS]), HIDDEN(3, seg[SEG_DS]),
    HIDDEN(4, seg[SEG_FS]), HIDDEN(5, seg[SEG_GS]), HIDDEN(6, ldtr), HIDDEN(7, tr),
    ROW(0x7e60, 4, 0x7e40, 8, cr4),
    ROW(0x7e64, 4, 0x7c80, 8, gdtr.base),
    ROW(0x7e68, 2, 0x7c88, 2, gdtr.limit),
    ROW(0x7e6c, 4, 0x7c90, 8, idtr.base),
    ROW(0x7e70, 2, 0x7c98, 2, idtr.limit),
    ROW(0x7e74, 1, 0x7ca0, 1, cpl),
    ROW(0x7e75, 1, 0x7ca1, 1, shadow),
    ROW(0x7e78, 4, 0x7ca4, 4, pending_dr6),
    ROW(0x7e80, 8, 0x7cb0, 8, pdpte[0]),
    ROW(0x7e88, 8, 0x7cb8, 8, pdpte[1]),
    ROW(0x7e90, 8, 0x7cc0, 8, pdpte[2]),
    ROW(0x7e98, 8, 0x7cc8, 8, pdpte[3]),
};

/* Bases of the 64-bit map that a handler may read: offset of the lower and the upper half. */
static const struct {
    uint16_t low, high, member;
} readable_bases[] = {
    { 0x7e8c, 0x7dd0, offsetof(struct cpu, gdtr.base) },
    { 0x7e94, 0x7dd8, offsetof(struct cpu, idtr.base) },
    { 0x7e9c, 0x7dd4, offsetof(struct cpu, ldtr.base) },
};
/* clang-format on */

struct map {
    uint8_t bytes[MAP_BYTES];
};

static void map_put(struct map *map, unsigned at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        map->bytes[at - MAP_FIRST + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t map_get(const struct map *map, unsigned at, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)map->bytes[at - MAP_FIRST + i] << 8 * i;
    return value;
}

/* A member of 1, 2, 4 or 8 bytes, in the host's order. */
static uint64_t member_get(const struct cpu *cpu, unsigned member, unsigned bytes)
{
    const uint8_t *from = (const uint8_t *)cpu + member;
    uint32_t word;
    uint16_t half;
    uint64_t value;

    switch (bytes) {
    case 1:
        return *from;
    case 2:
        memcpy(&half, from, 2);
        return half;
    case 4:
        memcpy(&word, from, 4);
        return word;
    default:
        memcpy(&value, from, 8);
        return value;
    }
}

static void member_put(struct cpu *cpu, unsigned member, unsigned bytes, uint64_t value)
{
    uint8_t *to = (uint8_t *)cpu + member;
    uint32_t word = (uint32_t)value;
    uint16_t half = (uint16_t)value;

    switch (bytes) {
    case 1:
        *to = (uint8_t)value;
        break;
    case 2:
        memcpy(to, &half, 2);
        break;
    case 4:
        memcpy(to, &word, 4);
        break;
    default:
        memcpy(to, &value, 8);
        break;
    }
}

/* Physical address of the map: paging is off where it counts. */
static phys_addr map_address(const struct cpu *cpu)
{
    return (cpu->smbase + (uint32_t)MAP_BASE + MAP_FIRST) & cpu->a20_mask;
}

static void save(struct cpu *cpu, bool halted)
{
    bool wide = cpu_has(cpu, F_LM);
    struct map map;

    /* Bytes that are in neither table stay as they are. */
    space_read_block(cpu->memory, map_address(cpu), map.bytes, sizeof map.bytes);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct smm_row *row = &rows[i];
        unsigned at = wide ? row->at64 : row->at32;

        if (at)
            map_put(&map, at, wide ? row->bytes64 : row->bytes32,
                    member_get(cpu, row->member, row->bytes));
    }
    for (unsigned i = 0; wide && i < ARRAY_SIZE(readable_bases); i++) {
        uint64_t base = member_get(cpu, readable_bases[i].member, 8);

        map_put(&map, readable_bases[i].low, 4, base);
        map_put(&map, readable_bases[i].high, 4, base >> 32);
    }
    map_put(&map, wide ? MAP_EFLAGS64 : MAP_EFLAGS32, wide ? 8 : 4,
            cpu_eflags(cpu) | (cpu->in_rep ? RF : 0));
    map_put(&map, MAP_HALT, 2, halted);
    map_put(&map, MAP_HALT - 2, 2, 0); /* I/O instruction restart */
    map_put(&map, MAP_REVISION, 4, REVISION_SMBASE | (wide ? REVISION_64 : REVISION_32));
    if (wide) {
        space_write_block(cpu->memory, map_address(cpu), map.bytes, sizeof map.bytes);
    } else {
        unsigned half = MAP_BYTES / 2;

        space_write_block(cpu->memory, map_address(cpu) + half, map.bytes + half, half);
    }
}

static void show_smram(struct cpu *cpu, bool active)
{
    cpu->smm = active;
    if (cpu->board.set_smm)
        cpu->board.set_smm(cpu->board.context, active);
}

/* Everything that is derived from the registers that were set. */
static void settle(struct cpu *cpu)
{
    tlb_flush(cpu);
    cpu_derive_segments(cpu);
    sse_update_ready(cpu);
    cpu_update_mode(cpu);
}

void smm_enter(struct cpu *cpu)
{
    bool halted = cpu->activity == CPU_HALTED;

    cpu->pending &= (uint8_t) ~(PENDING_SMI | PENDING_DB);
    show_smram(cpu, true);
    save(cpu, halted);
    cpu->activity = CPU_RUNNING;
    cpu->nmi_blocked = true;
    cpu->shadow = 0;
    cpu->in_rep = false;
    cpu->pending_dr6 = 0;
    cpu_set_eflags(cpu, EFLAGS_ONE);
    cpu->rip = HANDLER_RIP;
    cpu->cpl = 0;
    cpu->cr0 &= ~(uint64_t)(CR0_PE | CR0_EM | CR0_TS | CR0_PG);
    cpu->cr4 = 0;
    cpu->efer = 0;
    cpu->dr[7] = DR7_FIXED;
    for (unsigned i = 0; i <= SEG_GS; i++)
        cpu->seg[i] = (struct segment){
            .limit = UINT32_MAX,
            .attr = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED | ATTR_G,
        };
    cpu->seg[SEG_CS].selector = (uint16_t)(cpu->smbase >> 4);
    cpu->seg[SEG_CS].base = cpu->smbase;
    settle(cpu);
}

/* Is this a state that the processor can be in? "Exiting From SMM". */
static bool is_legal(const struct cpu *cpu, const struct map *map, bool wide)
{
    uint64_t cr0 = wide ? map_get(map, 0x7ff8, 8) : map_get(map, 0x7ffc, 4);
    uint64_t cr4 = wide ? map_get(map, 0x7e40, 8) : map_get(map, 0x7e60, 4);
    uint64_t efer = wide ? map_get(map, 0x7fe0, 8) : 0;
    bool active = (efer & EFER_LME) && (cr0 & CR0_PG);

    if (cr4 & ~control_cr4_allowed(cpu) || cr0 >> 32)
        return false;
    if ((cr0 & CR0_PG && !(cr0 & CR0_PE)) || (cr0 & CR0_NW && !(cr0 & CR0_CD)))
        return false;
    if (efer & ~(uint64_t)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE) ||
        !(efer & EFER_LMA) != !active || (active && !(cr4 & CR4_PAE)) ||
        (cr4 & CR4_PCIDE && !active))
        return false;
    /* Pentium and Intel486 want it on a 32-KiB border. */
    return cpu_has(cpu, F_CMOV) || !(map_get(map, MAP_SMBASE, 4) & 0x7fff);
}

bool smm_leave(struct cpu *cpu)
{
    const uint32_t flags = EFLAGS_STATUS | TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;
    bool wide = cpu_has(cpu, F_LM);
    struct map map;

    space_read_block(cpu->memory, map_address(cpu), map.bytes, sizeof map.bytes);
    if (!is_legal(cpu, &map, wide)) {
        cpu->activity = CPU_SHUTDOWN;
        return false;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct smm_row *row = &rows[i];
        unsigned at = wide ? row->at64 : row->at32;

        if (at)
            member_put(cpu, row->member, row->bytes,
                       map_get(&map, at, wide ? row->bytes64 : row->bytes32));
    }
    cpu->cr0 |= CR0_ET;
    cpu->cpl &= 3;
    cpu->shadow &= SHADOW_STI | SHADOW_MOV_SS;
    cpu_set_eflags(cpu, map_get(&map, wide ? MAP_EFLAGS64 : MAP_EFLAGS32, wide ? 8 : 4) & flags);
    if (cpu_long_mode(cpu))
        cpu->eflags &= ~(uint32_t)VM;
    cpu->dr[6] = (cpu->dr[6] & 0xe00f) | DR6_FIXED;
    cpu->dr[7] = (cpu->dr[7] & 0xffff27ff) | DR7_FIXED;
    if (cpu->pending_dr6)
        cpu->pending |= PENDING_DB;
    cpu->nmi_blocked = false; /* "NMI Handling While in SMM": whatever it was before */
    if (map_get(&map, MAP_HALT, 2) & 1)
        cpu->activity = CPU_HALTED; /* "Auto HALT Restart" */
    show_smram(cpu, false);
    settle(cpu);
    return true;
}
