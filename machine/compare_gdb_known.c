/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare_gdb_known.c - what differs between two right processors, or between what a stub
 * shows and what is: one table with a reason each. What is not in it is a difference.
 */
#include <inttypes.h>
#include <string.h>

#include "cpu/insn_table.h"
#include "cpu/paging.h"
#include "machine/compare_gdb.h"
#include "util/text.h"

#define REG_BIT(n) (1u << (n))
enum { A_D = REG_BIT(RAX) | REG_BIT(RDX), ALL_FOUR = A_D | REG_BIT(RBX) | REG_BIT(RCX) };

/* x87 condition codes in FSW. */
enum { FSW_C0 = 1 << 8, FSW_C1 = 1 << 9, FSW_C2 = 1 << 10, FSW_C3 = 1 << 14 };

/* clang-format off */
const struct known gdb_known[KNOWN_COUNT] = {
    [KNOWN_UNDEFINED] = { "undefined flags", NULL, 0, 0,
        "the manual leaves these flags undefined after the instruction (flags_undefined of its row)" },
    [KNOWN_TIME] = { "time", " rdtsc rdtscp rdpmc ", A_D | REG_BIT(RCX), TAKE_GENERAL,
        "counters of two machines do not run together" },
    [KNOWN_RANDOM] = { "random numbers", " rdrand rdseed ", 0, TAKE_OPERANDS | TAKE_FLAGS,
        "they are not the same twice" },
    [KNOWN_IDENTITY] = { "identity", " cpuid rdmsr xgetbv rdpid ", ALL_FOUR, TAKE_GENERAL | TAKE_OPERANDS,
        "models of processors differ in what they say of themselves" },
    [KNOWN_PORT] = { "ports", " in insb insw insd out outsb outsw outsd ", REG_BIT(RAX), TAKE_GENERAL | TAKE_MEMORY,
        "what a device answers, and what it writes into memory, is ours" },
    [KNOWN_DEVICE] = { "device memory", NULL, 0, TAKE_OPERANDS | TAKE_FLAGS | TAKE_FLOATING | TAKE_MEMORY,
        "what a device answers is ours" },
    [KNOWN_HALT] = { "halts", " hlt mwait ", 0, NOT_STEPPED,
        "a step over it would wait for an interrupt that steps hold off" },
    [KNOWN_TABLES] = { "table registers", " sgdt sidt sldt str ", 0, TAKE_OPERANDS | TAKE_MEMORY,
        "the stub does not say where tables lie, so they could not be made equal at the start" },
    [KNOWN_INTERRUPT] = { "interrupts", NULL, 0, 0,
        "they come when our devices say; the foreign one's are held off (Qqemu.sstep)" },
    [KNOWN_SMM] = { "system management", NULL, 0, 0,
        "the stub cannot enter it" },
    [KNOWN_RF] = { "RF in a frame", NULL, 0, 0,
        "a fault pushes EFLAGS with RF set, which the foreign one may leave out" },
    [KNOWN_BSF] = { "bit scans of 0", " bsf bsr ", 0, 0,
        "the manual leaves the destination undefined when the source is 0" },
    [KNOWN_SYSCALL] = { "flags of SYSCALL", " syscall ", 0, TAKE_FLAGS,
        "the manual keeps the status flags that FMASK leaves; QEMU 7.2 puts back older ones" },
    [KNOWN_X87_CODES] = { "x87 condition codes", NULL, 0, 0,
        "C1 is not kept by every emulator; C0, C2 and C3 are undefined but after comparisons" },
    [KNOWN_X87_UNKEPT] = { "x87 tags and pointers", " fnsave fnstenv fxsave fxsave64 xsave xsave64 xsavec xsaveopt ", 0, TAKE_MEMORY,
        "QEMU does not keep the pointers and the opcode, and its stub says 0 for them and for the tags" },
    [KNOWN_X87_ORDER] = { "x87 order", NULL, 0, 0,
        "QEMU's stub says R0-R7 where the description says ST0-ST7" },
    [KNOWN_APPROXIMATE] = { "approximations", " fsin fcos fsincos fptan fpatan f2xm1 fyl2x fyl2xp1 rcpps rcpss rsqrtps rsqrtss ", 0, TAKE_FLOATING,
        "the manual promises so many bits, and processors differ in the last ones" },
    [KNOWN_MMX] = { "exponents of MMX", NULL, 0, TAKE_FLOATING,
        "QEMU leaves the exponent of an x87 register when its MMX half is written" },
    [KNOWN_REP] = { "whole strings", NULL, 0, 0,
        "a step of the foreign one was not one iteration" },
    [KNOWN_EMPTY] = { "empty steps", NULL, 0, 0,
        "QEMU's stub stops without an instruction when its interrupt controller wanted a look" },
    [KNOWN_START] = { "start", NULL, 0, 0,
        "what differed where the comparison began was set equal, or cannot be" },
    [KNOWN_USER] = { "ignored", NULL, 0, 0,
        "by ignore= of the command line" },
};
/* clang-format on */

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = words; at && (at = strstr(at, word)) != NULL; at++) {
        if (at[-1] == ' ' && at[length] == ' ')
            return true;
    }
    return false;
}

/* A row's mnemonic may have three forms, "insw|insd|insd": the first tells. */
static enum known_id find_by_mnemonic(const struct row *row)
{
    char word[24];

    snprintf(word, sizeof word, "%.*s", (int)strcspn(row->mnemonic, "|"), row->mnemonic);
    for (unsigned i = 0; i < KNOWN_COUNT; i++) {
        if (gdb_known[i].mnemonics && has_word(gdb_known[i].mnemonics, word))
            return (enum known_id)i;
    }
    return KNOWN_COUNT;
}

static bool is_memory(const struct cpu *cpu, lin_addr la)
{
    const struct range *range;
    struct walk walk;

    paging_walk(cpu, la, &walk);
    if (!walk.mapped)
        return true; /* it will fault */
    range = space_find(cpu->memory, walk.pa & cpu->a20_mask);
    return range && (range->kind == RANGE_RAM || range->kind == RANGE_ROM);
}

static uint64_t cut(const struct insn *insn, uint64_t value)
{
    return insn->asize == ASIZE_16   ? (uint16_t)value
           : insn->asize == ASIZE_32 ? (uint32_t)value
                                     : value;
}

static lin_addr linear(const struct cpu *cpu, unsigned seg, uint64_t offset)
{
    if (!cpu_code64(cpu))
        return (uint32_t)(cpu->seg[seg].base + offset);
    return offset + (seg == SEG_FS || seg == SEG_GS ? cpu->seg[seg].base : 0);
}

/* Does an operand lie where no RAM and no ROM is? */
static bool reaches_device(const struct cpu *cpu, const struct row *row, const struct insn *insn)
{
    uint64_t base, index;

    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]);

        if (kind == K_X && !is_memory(cpu, linear(cpu, insn->seg, cut(insn, cpu->gpr[RSI]))))
            return true;
        if (kind == K_Y && !is_memory(cpu, linear(cpu, SEG_ES, cut(insn, cpu->gpr[RDI]))))
            return true;
        if (kind == K_O && !is_memory(cpu, linear(cpu, insn->seg, insn->imm)))
            return true;
    }
    if (!insn->mem)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        if (OP_ACCESS(row->operands[i]) == ACC_ADDR)
            return false; /* LEA, PREFETCH: the address alone counts */
    }
    base = insn->base == REG_TRACE_IP ? cpu->rip + insn->length
           : insn->base == REG_ZERO   ? 0
                                      : cpu->gpr[insn->base];
    index = insn->index == REG_ZERO ? 0 : cpu->gpr[insn->index] << insn->scale;
    return !is_memory(
        cpu, linear(cpu, insn->seg, cut(insn, base + index + (uint64_t)(int64_t)insn->disp)));
}

void gdb_known_step(const struct cpu *cpu, struct gdb_step *step)
{
    step->known = KNOWN_COUNT;
    if (!step->row)
        return;
    step->known = find_by_mnemonic(step->row);
    if (step->known == KNOWN_COUNT && reaches_device(cpu, step->row, &step->insn))
        step->known = KNOWN_DEVICE;
    if (step->known == KNOWN_COUNT && step->row->attributes & A_MMX)
        step->known = KNOWN_MMX;
}

/* General registers that the row's operands write. */
static unsigned written_registers(const struct row *row, const struct insn *insn)
{
    unsigned set = 0;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t op = row->operands[i];
        unsigned kind = OP_KIND(op), access = OP_ACCESS(op), n;

        if (access != ACC_W && access != ACC_RW)
            continue;
        if (kind == K_REG) {
            n = OP_VALUE(op) & (OP_SIZE(op) == SZ_b ? 3 : 15);
        } else if (kind == K_G || kind == K_R || kind == K_Z || kind == K_B ||
                   (kind == K_E && !insn->mem)) {
            n = insn_register(insn, i);
            if (OP_SIZE(op) == SZ_b)
                n /= 8;
        } else {
            continue;
        }
        set |= 1u << (n & 15);
    }
    return set;
}

static uint32_t low_word(const uint8_t *diff)
{
    return (uint32_t)diff[0] | (uint32_t)diff[1] << 8 | (uint32_t)diff[2] << 16 |
           (uint32_t)diff[3] << 24;
}

static bool only_user_bits(const struct gdb_pair *pair, const uint8_t *diff)
{
    for (unsigned i = 0; i < GDB_VALUE_BYTES; i++) {
        if (diff[i] & ~pair->ignored[i])
            return false;
    }
    return true;
}

/* After these the condition codes are the result. */
static bool is_x87_comparison(const struct row *row)
{
    static const char words[] = " fcom fcomp fcompp fucom fucomp fucompp ficom ficomp ftst fxam "
                                "fprem fprem1 fsin fcos fsincos fptan fldenv frstor fldcw fclex "
                                "fxrstor ";

    return has_word(words, row->mnemonic);
}

static enum known_id known_flags(const struct gdb_step *step, const struct gdb_pair *pair,
                                 const uint8_t *diff)
{
    uint32_t left = low_word(diff) & ~low_word(pair->ignored);

    if (!left)
        return KNOWN_USER;
    if (!step->row)
        return KNOWN_COUNT;
    left &= ~(uint32_t)step->row->flags_undefined;
    if (!left)
        return KNOWN_UNDEFINED;
    if (step->known != KNOWN_COUNT && gdb_known[step->known].takes & TAKE_FLAGS &&
        !(left & ~(uint32_t)EFLAGS_STATUS))
        return step->known;
    return KNOWN_COUNT;
}

static enum known_id known_general(const struct cpu *cpu, const struct gdb_step *step, unsigned n)
{
    const struct known *known;
    unsigned set = 0;

    if (step->known == KNOWN_COUNT)
        return KNOWN_COUNT;
    known = &gdb_known[step->known];
    if (known->takes & TAKE_GENERAL)
        set |= known->registers;
    if (known->takes & TAKE_OPERANDS || (step->known == KNOWN_BSF && cpu_eflags(cpu) & ZF))
        set |= written_registers(step->row, &step->insn);
    return set >> n & 1 ? step->known : KNOWN_COUNT;
}

static bool only_exponent(const uint8_t *diff)
{
    for (unsigned i = 0; i < 8; i++) {
        if (diff[i])
            return false;
    }
    return true;
}

static enum known_id known_floating(const struct gdb_step *step, const struct gdb_pair *pair,
                                    const uint8_t *diff)
{
    if (pair->kind == GDB_FSTAT && step->row && step->row->attributes & A_FPU &&
        !(low_word(diff) &
          ~(uint32_t)(FSW_C1 | (is_x87_comparison(step->row) ? 0 : FSW_C0 | FSW_C2 | FSW_C3))))
        return KNOWN_X87_CODES;
    if (step->known == KNOWN_COUNT || !(gdb_known[step->known].takes & TAKE_FLOATING))
        return KNOWN_COUNT;
    if (step->known == KNOWN_MMX && (pair->kind != GDB_ST || !only_exponent(diff)))
        return KNOWN_COUNT;
    return step->known;
}

enum known_id gdb_known_register(const struct cpu *cpu, const struct gdb_step *step,
                                 const struct gdb_pair *pair, const uint8_t *diff)
{
    enum known_id id = KNOWN_COUNT;

    switch (pair->kind) {
    case GDB_FLAGS:
        return known_flags(step, pair, diff);
    case GDB_GENERAL:
        id = known_general(cpu, step, pair->n);
        break;
    case GDB_ST:
    case GDB_FSTAT:
    case GDB_XMM:
    case GDB_MXCSR:
        id = known_floating(step, pair, diff);
        break;
    default:
        break;
    }
    if (id == KNOWN_COUNT && only_user_bits(pair, diff))
        id = KNOWN_USER;
    return id;
}

void gdb_known_counts(const struct compare_gdb *gdb, struct out *out)
{
    const char *between = "";
    char number[32];

    for (unsigned i = 0; i < KNOWN_COUNT; i++) {
        if (!gdb->counts[i])
            continue;
        out_printf(out, "%s%s %s", between, gdb_known[i].name,
                   text_thousands(gdb->counts[i], number));
        between = ", ";
    }
    if (!*between)
        out_text(out, "none");
}

void gdb_known_reasons(const struct compare_gdb *gdb, struct out *out)
{
    bool any = false;

    for (unsigned i = 0; i < KNOWN_COUNT; i++) {
        if (!gdb->counts[i])
            continue;
        out_printf(out, "  %-22s %8" PRIu64 "  %s\n", gdb_known[i].name, gdb->counts[i],
                   gdb_known[i].reason);
        any = true;
    }
    if (!any)
        out_text(out, "  none\n");
}
