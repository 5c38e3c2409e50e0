/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_string.c - MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS and their REP forms. An iteration is
 * an instruction to the clock: REP runs as many as the limit allows and is resumed where it
 * stopped, with rCX, rSI and rDI as the manual says. MOVS and STOS run in bulk inside a page.
 * Source: SDM Vol. 2, "REP/REPE/REPZ/REPNE/REPNZ", the pages of the instructions.
 */
#include "cpu/exec.h"
#include "cpu/observer.h"
#include "cpu/segment.h"

/* One execution of a string instruction: how far it may go and has come. */
struct string {
    unsigned size; /* bytes of an element */
    int64_t step;  /* +size or -size */
    uint64_t mask; /* of the address size */
    uint64_t si, di, cx;
    enum seg source, dest;
    bool repeat;
    uint64_t budget, done; /* iterations */
};

static struct string string_begin(const struct cpu *cpu, const struct insn *insn, unsigned size)
{
    struct string s = {
        .size = size,
        .step = cpu->eflags & DF ? -(int64_t)size : (int64_t)size,
        .mask = insn->asize == ASIZE_64   ? ~UINT64_C(0)
                : insn->asize == ASIZE_32 ? UINT64_C(0xffffffff)
                                          : UINT64_C(0xffff),
        .source = MEM_SEG(insn),
        .dest = cpu_code64(cpu) ? SEG_FLAT : SEG_ES,
        .repeat = insn->rep != REP_NONE,
        .budget = 1,
    };

    s.si = cpu->gpr[RSI] & s.mask;
    s.di = cpu->gpr[RDI] & s.mask;
    s.cx = cpu->gpr[RCX] & s.mask;
    /* This instruction's own tick is charged already; single steps see every iteration. */
    if (s.repeat && !cpu->alone)
        s.budget = 1 + (uint64_t)cpu->remaining;
    if (s.repeat && s.budget > s.cx)
        s.budget = s.cx;
    return s;
}

static void string_advance(struct string *s, uint64_t iterations, bool source, bool dest)
{
    if (source)
        s->si = (s->si + (uint64_t)s->step * iterations) & s->mask;
    if (dest)
        s->di = (s->di + (uint64_t)s->step * iterations) & s->mask;
    s->cx -= iterations;
    s->done += iterations;
}

static void string_store(struct cpu *cpu, const struct insn *insn, const struct string *s,
                         bool source, bool dest)
{
    unsigned size = 2u << insn->asize;

    if (source)
        gpr_write(cpu, RSI, size, s->si);
    if (dest)
        gpr_write(cpu, RDI, size, s->di);
    if (s->repeat)
        gpr_write(cpu, RCX, size, s->cx);
}

/* A fault in an iteration: those before it are done and paid for. */
static enum exec string_fault(struct cpu *cpu, struct insn *insn, const struct string *s,
                              bool source, bool dest)
{
    if (s->done) {
        string_store(cpu, insn, s, source, dest);
        cpu->remaining -= (int64_t)s->done;
    }
    return EXEC_FAULT;
}

/* Registers and time are settled; go on, or come back for the rest. Events between two iterations
 * push RF, so that an instruction breakpoint does not hit again. "EFLAGS.RF". */
static bool string_finish(struct cpu *cpu, const struct insn *insn, const struct string *s,
                          bool source, bool dest, bool complete)
{
    if (s->done) {
        string_store(cpu, insn, s, source, dest);
        cpu->remaining -= (int64_t)s->done - 1;
    }
    cpu->in_rep = !complete;
    if (complete)
        return true;
    cpu->rip = insn_rip(cpu, insn);
    return false;
}

/*
 * Elements from offset (ascending) that lie in one page whose TLB entry allows the access at once;
 * *host is the first. 0: take the slow way.
 */
static uint64_t bulk_run(struct cpu *cpu, enum seg seg, uint64_t offset, unsigned size, bool write,
                         uint64_t most, uint8_t **host)
{
    const struct segment *segment = &cpu->seg[seg];
    uint64_t end = write ? segment->write_end : segment->read_end, count, la;
    const struct tlb_entry *e;

    if (offset >= end)
        return 0;
    la = segment->base + offset;
    if (!cpu_code64(cpu))
        la = (uint32_t)la;
    e = &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];
    if ((write ? e->write_tag : e->read_tag) != (la & ~PAGE_MASK))
        return 0;
    count = (PAGE_SIZE - (la & PAGE_MASK)) / size;
    if (!cpu_code64(cpu) && count > (end - offset) / size)
        count = (end - offset) / size;
    *host = (uint8_t *)(uintptr_t)(la + e->addend);
    return count < most ? count : most;
}

/* REP MOVS of what lies in one source and one destination page. */
static uint64_t bulk_move(struct cpu *cpu, const struct string *s, uint64_t most)
{
    uint8_t *from, *to;
    uint64_t count = bulk_run(cpu, s->source, s->si, s->size, false, most, &from);

    if (count)
        count = bulk_run(cpu, s->dest, s->di, s->size, true, count, &to);
    if (!count)
        return 0;
    if (to > from && to < from + count * s->size) { /* each element may feed a later one */
        for (uint64_t i = 0; i < count; i++)
            memmove(to + i * s->size, from + i * s->size, s->size);
    } else {
        memmove(to, from, count * s->size);
    }
    return count;
}

static uint64_t bulk_store(struct cpu *cpu, const struct string *s, uint64_t most)
{
    uint64_t value = cpu->gpr[RAX], count;
    uint8_t *to;

    count = bulk_run(cpu, s->dest, s->di, s->size, true, most, &to);
    if (!count)
        return 0;
    if (s->size == 1 || value == (uint8_t)value * UINT64_C(0x0101010101010101)) {
        memset(to, (int)(value & 0xff), count * s->size);
    } else {
        for (uint64_t i = 0; i < count; i++)
            store_le(to + i * s->size, s->size, value);
    }
    return count;
}

EXEC(movs)
{
    struct string s = string_begin(cpu, insn, op_size(insn, 0));
    exec_fn self = insn->exec;

    /* An iteration that overwrites this instruction is the last of it: the next one is fetched. */
    while (s.done < s.budget && insn->exec == self) {
        uint64_t count =
            s.step > 0 && s.budget - s.done > 1 ? bulk_move(cpu, &s, s.budget - s.done) : 0;

        if (!count) {
            uint64_t value;

            if (!cpu_read(cpu, s.source, s.si, s.size, &value) ||
                !cpu_write(cpu, s.dest, s.di, s.size, value))
                return string_fault(cpu, insn, &s, true, true);
            count = 1;
        }
        string_advance(&s, count, true, true);
    }
    if (!string_finish(cpu, insn, &s, true, true, !s.repeat || s.cx == 0))
        return EXEC_LEAVE;
    return EXEC_NEXT;
}

EXEC(stos)
{
    struct string s = string_begin(cpu, insn, op_size(insn, 0));
    exec_fn self = insn->exec;

    /* An iteration that overwrites this instruction is the last of it: the next one is fetched. */
    while (s.done < s.budget && insn->exec == self) {
        uint64_t count =
            s.step > 0 && s.budget - s.done > 1 ? bulk_store(cpu, &s, s.budget - s.done) : 0;

        if (!count) {
            if (!cpu_write(cpu, s.dest, s.di, s.size, gpr_read(cpu, RAX, s.size)))
                return string_fault(cpu, insn, &s, false, true);
            count = 1;
        }
        string_advance(&s, count, false, true);
    }
    if (!string_finish(cpu, insn, &s, false, true, !s.repeat || s.cx == 0))
        return EXEC_LEAVE;
    return EXEC_NEXT;
}

EXEC(lods)
{
    struct string s = string_begin(cpu, insn, op_size(insn, 0));

    while (s.done < s.budget) {
        uint64_t value;

        if (!cpu_read(cpu, s.source, s.si, s.size, &value))
            return string_fault(cpu, insn, &s, true, false);
        gpr_write(cpu, RAX, s.size, value);
        string_advance(&s, 1, true, false);
    }
    if (!string_finish(cpu, insn, &s, true, false, !s.repeat || s.cx == 0))
        return EXEC_LEAVE;
    return EXEC_NEXT;
}

/* REPE goes on while ZF is set, REPNE while it is clear. */
static bool goes_on(const struct cpu *cpu, const struct insn *insn)
{
    return flag_zf(cpu) == (insn->rep == REP_F3);
}

EXEC(cmps)
{
    struct string s = string_begin(cpu, insn, op_size(insn, 0));
    bool stop = false;

    while (s.done < s.budget && !stop) {
        uint64_t a, b;

        /* DS:rSI first, as Zen 5 does (Zen 3: ES:rDI): CR2 tells when both would fault. */
        if (!cpu_read(cpu, s.source, s.si, s.size, &a) || !cpu_read(cpu, s.dest, s.di, s.size, &b))
            return string_fault(cpu, insn, &s, true, true);
        flags_set_sub(cpu, a, b, a - b, s.size);
        string_advance(&s, 1, true, true);
        stop = s.repeat && !goes_on(cpu, insn);
    }
    if (!string_finish(cpu, insn, &s, true, true, !s.repeat || s.cx == 0 || stop))
        return EXEC_LEAVE;
    return EXEC_NEXT;
}

EXEC(scas)
{
    struct string s = string_begin(cpu, insn, op_size(insn, 0));
    uint64_t a = gpr_read(cpu, RAX, s.size);
    bool stop = false;

    while (s.done < s.budget && !stop) {
        uint64_t b;

        if (!cpu_read(cpu, s.dest, s.di, s.size, &b))
            return string_fault(cpu, insn, &s, false, true);
        flags_set_sub(cpu, a, b, a - b, s.size);
        string_advance(&s, 1, false, true);
        stop = s.repeat && !goes_on(cpu, insn);
    }
    if (!string_finish(cpu, insn, &s, false, true, !s.repeat || s.cx == 0 || stop))
        return EXEC_LEAVE;
    return EXEC_NEXT;
}

/* INS: the destination is checked first, so that no byte is taken from a device in vain. */
EXEC(ins)
{
    struct string s = string_begin(cpu, insn, op_size(insn, 0));
    uint16_t port = (uint16_t)cpu->gpr[RDX];
    uint64_t value;

    if (s.budget > 1)
        s.budget = 1;                        /* every transfer at its own tick */
    if (!task_io_allowed(cpu, port, s.size)) /* hardware asks even when the count is 0 */
        return EXEC_FAULT;
    if (s.budget) {
        if (!cpu_check_alignment(cpu, s.dest, s.di, s.size, s.size, ACCESS_WRITE) ||
            !cpu_probe_write(cpu, s.dest, s.di, s.size))
            return EXEC_FAULT;
        value = port_read(cpu, insn, port, s.size);
        if (!cpu_write(cpu, s.dest, s.di, s.size, value))
            return EXEC_FAULT;
        string_advance(&s, 1, false, true);
    }
    if (string_finish(cpu, insn, &s, false, true, !s.repeat || !s.cx))
        return exec_leave(cpu, insn);
    return EXEC_LEAVE;
}

EXEC(outs)
{
    struct string s = string_begin(cpu, insn, op_size(insn, 1));
    uint16_t port = (uint16_t)cpu->gpr[RDX];
    uint64_t value;

    if (s.budget > 1)
        s.budget = 1;
    if (!task_io_allowed(cpu, port, s.size))
        return EXEC_FAULT;
    if (s.budget) {
        if (!cpu_read(cpu, s.source, s.si, s.size, &value))
            return EXEC_FAULT;
        port_write(cpu, insn, port, s.size, value);
        string_advance(&s, 1, true, false);
    }
    if (string_finish(cpu, insn, &s, true, false, !s.repeat || !s.cx))
        return exec_leave(cpu, insn);
    return EXEC_LEAVE;
}
