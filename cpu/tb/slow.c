/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/slow.c - what generated code calls when the quick way is closed: memory that the TLB has
 * not, segments, the interpreter's handlers.
 */
#include "cpu/break.h"
#include "cpu/exec.h"
#include "cpu/insn_table.h"
#include "cpu/tb/tb.h"

/*
 * The host address of an access that the tags did not allow: the TLB is filled, and data beside code
 * on one page may be written. False: the interpreter has to run the instruction, because it faults,
 * crosses a page, reaches a device or a watched page, or changes code.
 */
bool tb_slow_probe(struct tb_cache *tbs, const void *what, uint64_t la, uint64_t value,
                   unsigned size)
{
    struct cpu *cpu = tbs->cpu;
    unsigned bytes = (uintptr_t)what & 0xff;
    bool write = (uintptr_t)what >> 8;
    const struct tlb_entry *entry = &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];
    const struct tlb_page *page;
    phys_addr pa;

    (void)value;
    (void)size;
    if (cpu->view == VIEW_USER_ALIGN || (la & PAGE_MASK) + bytes > PAGE_SIZE ||
        (cpu->mode & MODE_CODE64 && !is_canonical(cpu, la)))
        return false;
    page = tlb_page(cpu, la, write ? ACCESS_WRITE : ACCESS_READ, cpu->view);
    if (!page || !page->host)
        return false;
    cpu->slow_value = la + entry->addend;
    if ((write ? entry->write_tag : entry->read_tag) == (la & ~PAGE_MASK))
        return true;
    if (!write || !page->marks || *page->marks & RAM_WATCH ||
        tlb_page_watched(cpu, page->page, page->pa))
        return false;
    pa = page->pa | (la & PAGE_MASK);
    return !tb_code_at(cpu, pa, bytes) && !trace_code_at(cpu, pa, bytes);
}

bool tb_slow_segment(struct tb_cache *tbs, const void *what, uint64_t offset, uint64_t value,
                     unsigned size)
{
    struct insn insn = { .seg = (uintptr_t)what >> 16 & 7 };

    (void)value;
    (void)size;
    return operand_linear_slow(tbs->cpu, &insn, offset, (uintptr_t)what & 0xff,
                               (enum access)((uintptr_t)what >> 8 & 0xff));
}

bool tb_slow_settle(struct tb_cache *tbs, const void *site, uint64_t la, uint64_t value,
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
    tbs->site = site;
    result = insn->exec(cpu, insn);
    tbs->site = NULL;
    if (likely(result == EXEC_NEXT)) {
        if (unlikely(insn->row == cpu->break_row) && cpu->break_row)
            tb_break_after(cpu, insn);
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
