/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_io.c - IN and OUT and the port accesses of INS and OUTS (exec_string.c).
 * Source: SDM Vol. 2, "IN", "OUT"; Vol. 1, "Input/Output".
 */
#include "cpu/debug_reg.h"
#include "cpu/exec.h"
#include "cpu/observer.h"
#include "cpu/segment.h"

/* Debugger and DR0-DR3 learn of the access after it was made. */
static COLD void tell(struct cpu *cpu, uint16_t port, unsigned size, bool write, uint64_t value)
{
    struct observer *observer = cpu->observer;
    uint64_t hits = cpu->cr4 & CR4_DE ? debug_match(cpu, 1 << DR7_IO, port, size) : 0;

    if (hits) {
        cpu->pending_dr6 |= hits;
        cpu->pending |= PENDING_DB;
    }
    if (observer && observer->port &&
        observer->port(observer->context, cpu, port, size, write, value))
        observer->stop = true;
}

uint64_t port_read(struct cpu *cpu, const struct insn *insn, uint16_t port, unsigned size)
{
    uint64_t value;

    device_begin(cpu, insn);
    value = space_read(cpu->ports, port, size);
    device_end(cpu, insn);
    if (unlikely(cpu->observer || cpu->dr[7] & 0xff))
        tell(cpu, port, size, false, value);
    return value;
}

void port_write(struct cpu *cpu, const struct insn *insn, uint16_t port, unsigned size,
                uint64_t value)
{
    device_begin(cpu, insn);
    space_write(cpu->ports, port, size, value);
    device_end(cpu, insn);
    if (unlikely(cpu->observer || cpu->dr[7] & 0xff))
        tell(cpu, port, size, true, value);
}

static enum exec port_in(struct cpu *cpu, struct insn *insn, uint16_t port)
{
    unsigned size = op_size(insn, 0);

    if (!task_io_allowed(cpu, port, size))
        return EXEC_FAULT;
    /* AL, AX and EAX all begin at offset 0. */
    gpr_write(cpu, RAX, size, port_read(cpu, insn, port, size));
    return exec_leave(cpu, insn);
}

static enum exec port_out(struct cpu *cpu, struct insn *insn, uint16_t port)
{
    unsigned size = op_size(insn, 1);

    if (!task_io_allowed(cpu, port, size))
        return EXEC_FAULT;
    port_write(cpu, insn, port, size, gpr_read(cpu, RAX, size));
    return exec_leave(cpu, insn);
}

EXEC(in_imm)
{
    return port_in(cpu, insn, (uint8_t)insn->imm);
}

EXEC(in_dx)
{
    return port_in(cpu, insn, (uint16_t)cpu->gpr[RDX]);
}

EXEC(out_imm)
{
    return port_out(cpu, insn, (uint8_t)insn->imm);
}

EXEC(out_dx)
{
    return port_out(cpu, insn, (uint16_t)cpu->gpr[RDX]);
}
