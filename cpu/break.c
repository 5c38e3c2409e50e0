/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/break.c - an instruction made wrong on purpose. */
#include "cpu/break.h"

#include <string.h>
#include <strings.h>

#include "cpu/engine.h"
#include "cpu/exec.h"
#include "cpu/insn_table.h"
#include "cpu/paging.h"
#include "cpu/x87.h"
#include "util/text.h"

static const char *const kind_names[BREAK_KINDS + 1] = { "result", "flag",  "memory",
                                                         "count",  "order", NULL };

static bool find_row(const char *id, uint16_t *row, struct buf *error)
{
    unsigned least = 4;
    const char *near = NULL;

    for (unsigned i = 1; i < insn_row_count; i++) {
        unsigned distance;

        if (!strcasecmp(insn_rows[i].id, id)) {
            *row = (uint16_t)i;
            return true;
        }
        distance = text_distance(insn_rows[i].id, id, least);
        if (distance < least) {
            least = distance;
            near = insn_rows[i].id;
        }
    }
    buf_printf(error, "'%.40s' is no row of the instruction table", id);
    if (near)
        buf_printf(error, " (did you mean '%s'?)", near);
    return false;
}

bool break_set(struct cpu *cpu, const char *text, struct buf *error)
{
    const char *colon = strchr(text, ':');
    char id[64];
    unsigned kind = BREAK_RESULT;
    uint16_t row;

    snprintf(id, sizeof id, "%.*s", colon ? (int)(colon - text) : 63, text);
    if (!find_row(id, &row, error))
        return false;
    if (colon) {
        while (kind < BREAK_KINDS && strcmp(kind_names[kind], colon + 1) != 0)
            kind++;
        if (kind == BREAK_KINDS) {
            buf_printf(error, "'%.40s', expected flag, result, memory, count or order", colon + 1);
            return false;
        }
    }
    cpu->break_row = row;
    cpu->break_kind = (uint8_t)kind;
    cpu->engine->forget_all(cpu);
    return true;
}

static void spoil(uint8_t *bytes, bool order)
{
    if (order) {
        uint8_t low = bytes[0];

        bytes[0] = bytes[1];
        bytes[1] = low;
    } else {
        bytes[0] ^= 1;
    }
}

static lin_addr linear(const struct cpu *cpu, enum seg seg, uint64_t offset)
{
    if (cpu_code64(cpu))
        return seg == SEG_FS || seg == SEG_GS ? cpu->seg[seg].base + offset : offset;
    return (uint32_t)(cpu->seg[seg].base + offset);
}

/* Where the instruction wrote, with its registers as they are afterwards. */
static bool written_memory(const struct cpu *cpu, const struct insn *insn, lin_addr *la)
{
    const struct row *row = insn_row(insn);

    for (unsigned i = 0; i < 4; i++) {
        uint32_t operand = row->operands[i];
        unsigned kind = OP_KIND(operand), access = OP_ACCESS(operand);

        if (access != ACC_W && access != ACC_RW)
            continue;
        if (kind == K_Y) { /* rDI has moved on */
            uint64_t size = op_size(insn, i);
            uint64_t rdi = cpu->gpr[RDI] + (cpu->eflags & DF ? size : -size);

            if (insn->asize != ASIZE_64)
                rdi = insn->asize == ASIZE_16 ? (uint16_t)rdi : (uint32_t)rdi;
            *la = linear(cpu, SEG_ES, rdi);
            return true;
        }
        if (kind == K_O || (insn->mem && operand_may_be_memory(operand))) {
            *la = linear(cpu, MEM_SEG(insn), kind == K_O ? insn->imm : insn_offset(cpu, insn));
            return true;
        }
    }
    if (row->attributes & A_CALL || !strncmp(row->mnemonic, "push", 4)) {
        *la = linear(cpu, SEG_SS, cpu->gpr[RSP] & stack_mask(cpu));
        return true;
    }
    return false;
}

static bool spoil_memory(struct cpu *cpu, const struct insn *insn, bool order)
{
    uint8_t bytes[2];
    struct walk walk;
    lin_addr la;

    if (!written_memory(cpu, insn, &la))
        return false;
    paging_walk(cpu, la, &walk);
    if (!walk.mapped || (walk.pa & PAGE_MASK) == PAGE_MASK ||
        !space_page(cpu->memory, walk.pa, NULL) || !space_peek(cpu->memory, walk.pa, bytes, 2))
        return false;
    spoil(bytes, order);
    return space_poke(cpu->memory, walk.pa, bytes, 2);
}

/* The register that the first written operand is, else RAX. */
static uint8_t *result_register(struct cpu *cpu, const struct insn *insn)
{
    const struct row *row = insn_row(insn);

    for (unsigned i = 0; i < 4; i++) {
        uint32_t operand = row->operands[i];
        unsigned n = insn_register(insn, i);

        if (OP_ACCESS(operand) != ACC_W && OP_ACCESS(operand) != ACC_RW)
            continue;
        if (insn->mem && operand_may_be_memory(operand))
            continue;
        switch (OP_KIND(operand)) {
        case K_E:
        case K_G:
        case K_R:
        case K_B:
        case K_Z:
            if (OP_SIZE(operand) == SZ_b) /* an offset into the register file */
                return (uint8_t *)&cpu->gpr[n / 8] + n % 8;
            return (uint8_t *)&cpu->gpr[n & 15];
        case K_REG:
            n = OP_VALUE(operand);
            return (uint8_t *)&cpu->gpr[n & 3];
        case K_V:
        case K_W:
        case K_U:
        case K_H:
            return cpu->vec[n & 31].b;
        case K_P:
        case K_Q:
        case K_N:
            return (uint8_t *)&cpu->fpu.st[n & 7].mantissa;
        case K_ST0:
        case K_STI:
            n = OP_KIND(operand) == K_STI ? n : 0;
            return (uint8_t *)&cpu->fpu.st[((cpu->fpu.fsw >> 11) + n) & 7].mantissa;
        default:
            break;
        }
    }
    return (uint8_t *)&cpu->gpr[RAX];
}

static void spoil_flag(struct cpu *cpu, const struct row *row)
{
    uint32_t flags = row->flags_written & ~row->flags_undefined & EFLAGS_STATUS;

    flags = flags ? flags & -flags : CF;
    flags_load(cpu, flags_status(cpu) ^ flags);
}

void tb_break_after(struct cpu *cpu, const struct insn *insn)
{
    bool order = cpu->break_kind == BREAK_ORDER;

    switch (cpu->break_kind) {
    case BREAK_FLAG:
        spoil_flag(cpu, insn_row(insn));
        break;
    case BREAK_COUNT:
        cpu->remaining--;
        break;
    case BREAK_MEMORY:
    case BREAK_ORDER:
        if (spoil_memory(cpu, insn, order))
            break;
        /* fall through */
    default:
        spoil(result_register(cpu, insn), order);
    }
}
