/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/explain_next.c - the next instruction before it runs: what it does in words, from its
 * row; its operands with their values now; and what would happen, from a dry run.
 */
#include "cpu/disasm.h"
#include "debugger/dry_run.h"
#include "debugger/explain.h"
#include "debugger/insn_words.h"
#include "debugger/operand_view.h"

struct view {
    const struct cpu *cpu;
    const struct insn *insn;
};

/* As the disassembler writes it; string operands, which it leaves out, by their address. */
static bool operand_text(void *context, unsigned i, struct buf *text)
{
    static const char *const index_names[][3] = { { "si", "esi", "rsi" }, { "di", "edi", "rdi" } };
    const struct view *view = context;
    const struct insn *insn = view->insn;
    unsigned kind = OP_KIND(insn_row(insn)->operands[i]);

    if (kind == K_NONE)
        return false;
    if (kind == K_X || kind == K_Y)
        buf_printf(text, "[%s:%s]",
                   seg_names[kind == K_Y                           ? SEG_ES
                             : insn->seg_override && insn->seg < 6 ? insn->seg
                                                                   : SEG_DS],
                   index_names[kind == K_Y][insn->asize]);
    else if (kind == K_F)
        buf_add_text(text, "the flags");
    else
        disasm_operand(insn, view->cpu->mode, view->cpu->rip, i, text);
    return true;
}

static void print_operands(struct debugger *dbg, const struct view *view)
{
    static const char *const uses[] = { "", "read", "written", "read and written", "address" };
    const struct row *row = insn_row(view->insn);
    struct buf text = { 0 };

    for (unsigned i = 0; i < 4; i++) {
        unsigned access = OP_ACCESS(row->operands[i]);

        buf_clear(&text);
        if (!operand_describe(view->cpu, view->insn, view->cpu->rip, i, &text))
            break;
        out_printf(&dbg->out, "operand %u: %s (%s)\n", i + 1, buf_text(&text),
                   uses[access > ACC_ADDR ? 0 : access]);
    }
    buf_free(&text);
}

static void print_flags(struct debugger *dbg, const char *what, unsigned flags)
{
    struct buf text = { 0 };

    if (flags) {
        notation_flags(flags, &text);
        out_printf(&dbg->out, "%s:%s\n", what, buf_text(&text));
    }
    buf_free(&text);
}

static void print_row(struct debugger *dbg, const struct view *view)
{
    const struct row *row = insn_row(view->insn);
    struct buf text = { 0 };

    out_printf(&dbg->out, "instruction: %s (SDM Vol. 2)\n", row->title);
    words_say(row, operand_text, (void *)(uintptr_t)view, &text);
    out_printf(&dbg->out, "operation: %s\n", buf_text(&text));
    if (words_condition(row))
        out_printf(&dbg->out, "condition: %s, which %s now\n", words_condition(row),
                   words_condition_holds(row, cpu_eflags(view->cpu)) ? "holds" : "does not hold");
    print_operands(dbg, view);
    print_flags(dbg, "flags tested", row->flags_tested);
    print_flags(dbg, "flags written", row->flags_written & ~row->flags_undefined);
    buf_clear(&text);
    notation_flags(row->flags_undefined, &text);
    notation_undefined(row, &text);
    if (row->flags_undefined)
        out_printf(&dbg->out, "flags left undefined:%s\n", buf_text(&text));
    buf_clear(&text);
    notation_exceptions(row, &text);
    if (text.length)
        out_printf(&dbg->out, "may raise:%s\n", buf_text(&text));
    buf_free(&text);
}

void explain_next(struct debugger *dbg)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    struct buf text = { 0 };
    struct memory_operand memory;
    struct insn insn;
    bool has_memory = false;
    uint8_t bytes[15];
    uint64_t next = cpu->rip;
    unsigned count = show_fetch(cpu, show_code_address(cpu), bytes);

    show_stop_line(cpu, &dbg->symbols, &dbg->out);
    if (count && decode_insn(bytes, count, cpu->mode, cpu->features, &insn) == DECODE_OK) {
        print_row(dbg, &(struct view){ cpu, &insn });
        has_memory = operand_memory(cpu, &insn, cpu->rip, &memory);
        next += insn.length;
        if (!(cpu->mode & (MODE_CODE32 | MODE_CODE64)))
            next &= 0xffff;
    }
    if (cpu->fault_waits)
        buf_add_text(&text, "would wait: an exception is delivered first; 'explain' says which\n");
    else if (dbg->ended)
        buf_add_text(&text, "the machine has ended; nothing would run\n");
    else
        dry_run(dbg, next, has_memory ? &memory : NULL, &text);
    out_text(&dbg->out, buf_text(&text));
    buf_free(&text);
}
