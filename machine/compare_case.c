/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare_case.c - the instruction that differs as a test case. The world of a case is a
 * window of sixteen pages at CPL 3 (case.h), so code, stack and memory operand are moved there, and
 * the file says what was moved and what cannot be the same.
 */
#include <inttypes.h>
#include <string.h>

#include "cpu/access.h"
#include "cpu/insn_table.h"
#include "machine/case.h"
#include "machine/compare.h"

enum {
    CODE_AT = CASE_WINDOW + 0x1000,
    MEMORY_AT = CASE_WINDOW + 0xa000, /* two pages of data follow each other here */
    STACK_AT = CASE_WINDOW + 0x4000,
    AROUND = 64, /* bytes of memory taken along on each side */
};

static bool has_base(const struct insn *insn)
{
    return insn->base != REG_ZERO && insn->base != REG_TRACE_IP;
}

/* Memory around la, as it is now, to the same place of a page of the window. */
static void take_memory(struct test_case *tc, const struct cpu *cpu, lin_addr la, uint64_t at)
{
    uint8_t bytes[2 * AROUND];
    unsigned before = at % PAGE_SIZE < AROUND ? (unsigned)(at % PAGE_SIZE) : AROUND;

    while (before && !cpu_peek(cpu, la - before, bytes, before + AROUND))
        before /= 2;
    if (!cpu_peek(cpu, la - before, bytes, before + AROUND))
        return;
    if (!case_add_memory(tc, at - before, bytes, before + AROUND))
        return; /* no room: the rest is 0 */
}

static uint64_t cut(const struct insn *insn, uint64_t value)
{
    return insn->asize == ASIZE_16   ? (uint16_t)value
           : insn->asize == ASIZE_32 ? (uint32_t)value
                                     : value;
}

/* The operand's base register is changed so that the operand lies in the window. */
static void move_operand(struct test_case *tc, const struct cpu *cpu, const struct insn *insn,
                         uint64_t rip, struct out *notes)
{
    uint64_t base = insn->base == REG_TRACE_IP ? rip + insn->length
                    : insn->base == REG_ZERO   ? 0
                                               : cpu->gpr[insn->base];
    uint64_t index = insn->index == REG_ZERO ? 0 : cpu->gpr[insn->index] << insn->scale;
    uint64_t offset = cut(insn, base + index + (uint64_t)(int64_t)insn->disp);
    enum seg seg = (enum seg)insn->seg;
    lin_addr la = cpu_code64(cpu)
                      ? (seg == SEG_FS || seg == SEG_GS ? cpu->seg[seg].base : 0) + offset
                      : (uint32_t)(cpu->seg[seg].base + offset);
    uint64_t at = MEMORY_AT + la % PAGE_SIZE;

    if (!has_base(insn)) {
        out_printf(notes,
                   "# its operand at linear 0x%" PRIx64 " has no base register to move it by\n",
                   la);
        return;
    }
    take_memory(tc, cpu, la, at);
    if (tc->bits == 16)
        at -= CASE_WINDOW;
    tc->state.gpr[insn->base] = cut(insn, at - index - (uint64_t)(int64_t)insn->disp);
    if (cpu_code64(cpu) && (seg == SEG_FS || seg == SEG_GS))
        tc->state.fs_base = tc->state.gs_base = 0;
    out_printf(notes, "# its operand was at linear 0x%" PRIx64 "; the base register is changed\n",
               la);
}

static void move_strings(struct test_case *tc, const struct cpu *cpu, const struct row *row,
                         struct out *notes)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned kind = OP_KIND(row->operands[i]), n = kind == K_X ? RSI : RDI;
        enum seg seg = kind == K_X ? SEG_DS : SEG_ES;
        uint64_t at = MEMORY_AT + (kind == K_X ? 0 : PAGE_SIZE) + cpu->gpr[n] % 0x800 + 0x100;
        lin_addr la = cpu_code64(cpu) ? cpu->gpr[n] : (uint32_t)(cpu->seg[seg].base + cpu->gpr[n]);

        if (kind != K_X && kind != K_Y)
            continue;
        take_memory(tc, cpu, la, at);
        tc->state.gpr[n] = at - (tc->bits == 16 ? CASE_WINDOW : 0);
        out_printf(notes, "# %s was 0x%" PRIx64 "\n", n == RSI ? "rsi" : "rdi", cpu->gpr[n]);
    }
}

static void move_stack(struct test_case *tc, const struct cpu *cpu)
{
    uint64_t at = STACK_AT + 0x400 + cpu->gpr[RSP] % 0x800;
    lin_addr la =
        cpu_code64(cpu) ? cpu->gpr[RSP] : (uint32_t)(cpu->seg[SEG_SS].base + cpu->gpr[RSP]);

    take_memory(tc, cpu, la, at);
    tc->state.gpr[RSP] = at - (tc->bits == 16 ? CASE_WINDOW : 0);
}

static void fill_case(struct test_case *tc, const struct compare *compare, struct out *notes)
{
    const struct difference *d = &compare->difference;
    const struct compare_step *step = &d->step[d->named];
    const struct cpu *cpu = compare->machine[0]->cpu;
    const struct case_state plain = tc->state;
    struct insn insn = d->insn;

    case_save(cpu, &tc->state);
    memcpy(tc->state.seg, plain.seg, sizeof plain.seg);
    tc->state.rip = plain.rip + step->rip % 0x800;
    tc->state.rflags = (tc->state.rflags & (EFLAGS_STATUS | DF)) | EFLAGS_ONE | IF;
    if (tc->bits != 64)
        tc->state.fs_base = tc->state.gs_base = 0;
    for (unsigned i = 0; i < 16 && tc->bits != 64; i++)
        tc->state.gpr[i] = i < 8 ? (uint32_t)tc->state.gpr[i] : 0;
    if (!d->row)
        return;
    snprintf(tc->row, sizeof tc->row, "%s", d->row->id);
    tc->length = insn.length;
    memcpy(tc->code, step->bytes, insn.length);
    move_stack(tc, cpu);
    move_strings(tc, cpu, d->row, notes);
    if (insn.mem)
        move_operand(tc, cpu, &insn, step->rip, notes);
}

/* What a world at CPL 3 with flat segments cannot show. */
static void say_limits(const struct compare *compare, struct out *notes)
{
    const struct difference *d = &compare->difference;
    const struct cpu *cpu = compare->machine[0]->cpu;

    if (d->row && d->row->attributes & A_CPL0)
        out_text(notes,
                 "# needs CPL 0: not expressible as a case, which runs at CPL 3 (#GP here)\n");
    else if (d->row && d->row->attributes & A_IO)
        out_text(notes, "# reaches a device: not expressible as a case\n");
    else if (cpu->cpl != 3)
        out_printf(notes, "# ran at CPL %u in %s; a case runs at CPL 3\n", cpu->cpl,
                   cpu_mode_name(cpu));
    if (d->place == PLACE_BLOCK)
        out_printf(notes,
                   "# a block of %" PRIu64 " differed, of which this is the last instruction\n",
                   d->ticks);
    if (d->steps > 1 && d->named)
        out_text(notes, "# the registers are those before the first instruction of the report\n");
}

void compare_report_case(struct compare *compare)
{
    struct difference *d = &compare->difference;
    const struct compare_step *step = &d->step[d->named];
    struct test_case tc;
    struct out out;

    buf_clear(&d->test_case);
    out_to_buf(&out, &d->test_case);
    out_printf(&out, "# %s and %s differ after tick %" PRIu64 ": %s\n# differs: %s\n",
               compare->options.engine[0], compare->options.engine[1], d->tick, d->insn_text,
               buf_text(&d->fields));
    case_init(&tc, !d->steps                  ? 64
                   : step->mode & MODE_CODE64 ? 64
                   : step->mode & MODE_CODE32 ? 32
                                              : 16);
    if (d->steps)
        fill_case(&tc, compare, &out);
    if (!tc.length) { /* the reader wants code */
        tc.length = 1;
        tc.code[0] = 0x90;
        out_text(&out, "# no instruction is known; a NOP stands for it\n");
    }
    say_limits(compare, &out);
    case_write(&tc, NULL, &out);
}
