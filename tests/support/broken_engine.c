/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/broken_engine.c - an engine that is wrong on purpose. */
#include "tests/support/broken_engine.h"

#include "cpu/access.h"
#include "cpu/break.h"
#include "cpu/decode.h"
#include "cpu/insn_table.h"
#include "cpu/interp.h"
#include "cpu/observer.h"

struct mistake broken_mistake;

static void broken_forget(struct cpu *cpu, phys_addr pa, uint64_t bytes)
{
    engine_interp.forget(cpu, pa, bytes);
}

static void broken_forget_all(struct cpu *cpu)
{
    engine_interp.forget_all(cpu);
}

static void broken_describe(const struct cpu *cpu, struct out *out)
{
    engine_interp.describe(cpu, out);
}

static void broken_show(const struct cpu *cpu, lin_addr la, struct out *out)
{
    (void)cpu;
    out_printf(out, "the broken engine's block at 0x%llx\n", (unsigned long long)la);
}

static bool fetch(struct cpu *cpu, struct insn *insn)
{
    lin_addr la = cpu_code64(cpu) ? cpu->rip : (uint32_t)(cpu->seg[SEG_CS].base + cpu->rip);
    unsigned count = PAGE_SIZE - (unsigned)(la & PAGE_MASK);
    uint8_t bytes[15];

    if (count > 15 || cpu_peek(cpu, la, bytes, 15))
        count = 15;
    return cpu_peek(cpu, la, bytes, count) &&
           decode_insn(bytes, count, cpu->mode, cpu->features, insn) == DECODE_OK;
}

/* One instruction; *ends: nothing may follow in the block. */
static enum stop one(struct cpu *cpu, unsigned number, bool translated, bool *ends)
{
    struct mistake *m = &broken_mistake;
    uint64_t tick = clock_now(cpu->clock), rip = cpu->rip, old_fault = cpu->fault.tick;
    unsigned wakes = cpu->eflags & IF ? cpu->pending : cpu->pending & ~PENDING_INTR;
    bool interrupted = wakes && !cpu->shadow, known;
    struct insn insn = { 0 };
    enum stop stop;

    known = fetch(cpu, &insn);
    cpu->gpr[REG_TRACE_IP] = rip + insn.length;
    stop = interp_run(cpu, 1);
    *ends = !known || interrupted || insn_row(&insn)->attributes & (A_END | A_IO) ||
            clock_next_event(cpu->clock) <= clock_now(cpu->clock);
    if (translated && known && !interrupted && insn.row == cpu->break_row && cpu->break_row &&
        number >= m->joined && clock_now(cpu->clock) == tick + 1 &&
        !(cpu->fault.tick == tick && old_fault != tick)) {
        cpu->gpr[REG_TRACE_IP] = rip + insn.length;
        tb_break_after(cpu, &insn);
    }
    if (translated && m->poke && tick == m->tick && clock_now(cpu->clock) > tick && !m->made) {
        m->made = m->once;
        m->poke(cpu);
    }
    return stop;
}

static enum stop broken_run(struct cpu *cpu, uint64_t limit)
{
    uint64_t block = broken_mistake.block ? broken_mistake.block : 1;
    enum stop stop = STOP_LIMIT;
    bool ends = false;

    if (cpu->block_most && block > cpu->block_most)
        block = cpu->block_most;
    if (cpu->observer && cpu->observer->instruction)
        return interp_run(cpu, limit);
    for (unsigned i = 0; i < block && i < limit && stop == STOP_LIMIT && !ends; i++)
        stop = one(cpu, i, limit >= block, &ends);
    return stop;
}

const struct engine engine_broken = {
    .name = "broken",
    .run = broken_run,
    .forget = broken_forget,
    .forget_all = broken_forget_all,
    .describe = broken_describe,
    .show = broken_show,
};
