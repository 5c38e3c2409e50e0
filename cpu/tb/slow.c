/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/slow.c - what generated code calls when the quick way is closed: memory that the TLB has
 * not, segments, the interpreter's handlers.
 */
#include "cpu/exec.h"
#include "cpu/insn_table.h"
#include "cpu/tb/tb.h"

bool tb_slow_load(struct tb_cache *tbs, const struct tb_site *site, uint64_t la, uint64_t value,
                  unsigned size)
{
    (void)value;
    return access_read_slow(tbs->cpu, site->insn, la, size, ACCESS_READ);
}

/*
 * A store into translated code is the interpreter's, between two blocks: this one may be what is
 * changed. Asked before anything is done.
 */
static bool touches_code(struct cpu *cpu, lin_addr la, unsigned size)
{
    for (unsigned i = 0; i < 2; i++, la += size - 1) {
        const struct tlb_page *page = tlb_page(cpu, la, ACCESS_WRITE, cpu->view);

        if (!page)
            return false; /* the access finds the fault again */
        if (page->marks && *page->marks & RAM_TB && tb_code_at(cpu, page->pa | (la & PAGE_MASK), 1))
            return true;
    }
    return false;
}

static bool leave_alone(struct cpu *cpu)
{
    cpu->want_alone = true;
    return false;
}

static bool is_legal(const struct cpu *cpu, lin_addr la, unsigned size)
{
    return !(cpu->mode & MODE_CODE64) ||
           (is_canonical(cpu, la) && is_canonical(cpu, la + size - 1));
}

bool tb_slow_rmw(struct tb_cache *tbs, const struct tb_site *site, uint64_t la, uint64_t value,
                 unsigned size)
{
    struct cpu *cpu = tbs->cpu;

    (void)value;
    if (!access_read_slow(cpu, site->insn, la, size, ACCESS_RMW))
        return false;
    return !touches_code(cpu, la, size) || leave_alone(cpu);
}

bool tb_slow_store(struct tb_cache *tbs, const struct tb_site *site, uint64_t la, uint64_t value,
                   unsigned size)
{
    struct cpu *cpu = tbs->cpu;

    if (is_legal(cpu, la, size) && cpu->view != VIEW_USER_ALIGN && touches_code(cpu, la, size))
        return leave_alone(cpu);
    return access_write_slow(cpu, site->insn, la, size, value);
}

bool tb_slow_segment(struct tb_cache *tbs, const struct tb_site *site, uint64_t offset,
                     uint64_t what, unsigned size)
{
    struct cpu *cpu = tbs->cpu;
    struct insn insn = site->insn[0];

    (void)size;
    insn.seg = what >> 16 & 7;
    return operand_linear_slow(cpu, &insn, offset, what & 0xff, (enum access)(what >> 8 & 0xff));
}

bool tb_slow_settle(struct tb_cache *tbs, const struct tb_site *site, uint64_t la, uint64_t value,
                    unsigned size)
{
    (void)site;
    (void)la;
    (void)value;
    (void)size;
    tb_settle_flags(tbs);
    tbs->scratch[2] = flags_status(tbs->cpu) | EFLAGS_ONE | IF;
    return true;
}

enum exec tb_end_of_handler(struct cpu *cpu, struct insn *insn)
{
    (void)cpu;
    (void)insn;
    return EXEC_NEXT;
}

/* Might the handler look at x87 or MMX registers? */
static bool touches_x87(const struct row *row)
{
    return row->feature != F_NONE || row->attributes & (A_FPU | A_MMX | A_SSE | A_AVX);
}

int tb_call_helper(struct tb_cache *tbs, struct tb_site *site)
{
    struct cpu *cpu = tbs->cpu;
    struct insn *insn = site->insn;
    enum exec result;

    tb_settle_flags(tbs);
    if (tbs->x87 && touches_x87(insn_row(insn)))
        tb_settle_fp(tbs);
    tbs->killed = 0;
    cpu->gpr[REG_TRACE_IP] = site->rip;
    result = insn->exec(cpu, insn);
    if (likely(result == EXEC_NEXT)) {
        if (likely(!tbs->killed && tb_flags(cpu) == site->flags))
            return -1;
        cpu->rip = site->after;
        cpu->remaining += insn->left - 1;
        tbs->from = NULL;
        return LEAVE_LOOKUP;
    }
    tbs->from = NULL;
    if (result == EXEC_FAULTED) {
        cpu->rip = site->rip;
        cpu->remaining += insn->left;
        return LEAVE_FAULT;
    }
    return result == EXEC_BREAK ? LEAVE_BREAK : LEAVE_LOOKUP;
}
