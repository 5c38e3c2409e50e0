/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_branch.c - near jumps, calls, returns and loops. In 64-bit mode (FORM_M) targets are 64
 * bits wide; otherwise (FORM_N) cut to the operand size and checked against the CS limit.
 * Source: SDM Vol. 2, "Jcc", "JMP", "CALL", "RET", "LOOP/LOOPcc".
 */
#include "cpu/exec.h"

/* Target of a direct branch. */
ALWAYS_INLINE uint64_t direct_target(const struct cpu *cpu, const struct insn *insn, enum form form,
                                     unsigned size)
{
    uint64_t rip = insn_next_rip(cpu, insn) + (uint64_t)(int64_t)insn->disp;

    return form == FORM_M ? rip : size == 2 ? (uint16_t)rip : (uint32_t)rip;
}

/* A link was checked when it was made. */
ALWAYS_INLINE bool target_ok(struct cpu *cpu, const struct insn *insn, uint64_t rip)
{
    return insn->link || branch_target_ok(cpu, rip);
}

#define HANDLERS_BRANCH(name)                                                                      \
    HANDLER_(name, M, 3)                                                                           \
    HANDLER_(name, N, 1)                                                                           \
    HANDLER_(name, N, 2)                                                                           \
    const struct handlers exec_##name = {                                                          \
        .fn = { [FORM_M] = { [3] = name##_M_3 }, [FORM_N] = { [1] = name##_N_1, name##_N_2 } }     \
    };

/* Jcc: when not taken the trace goes on; when taken, what was charged for its rest comes back. */
#define JCC(name, code)                                                                            \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t rip;                                                                              \
                                                                                                   \
        if (!flags_condition(cpu, code))                                                           \
            NEXT(cpu, insn);                                                                       \
        rip = direct_target(cpu, insn, form, size);                                                \
        if (unlikely(!target_ok(cpu, insn, rip)))                                                  \
            return EXEC_FAULT;                                                                     \
        cpu->remaining += insn->left - 1;                                                          \
        return exec_direct(cpu, insn, rip, form == FORM_M);                                        \
    }                                                                                              \
    HANDLERS_BRANCH(name)
JCC(jo, 0x0)
JCC(jno, 0x1)
JCC(jb, 0x2)
JCC(jnb, 0x3)
JCC(jz, 0x4)
JCC(jnz, 0x5)
JCC(jbe, 0x6)
JCC(jnbe, 0x7)
JCC(js, 0x8)
JCC(jns, 0x9)
JCC(jp, 0xa)
JCC(jnp, 0xb)
JCC(jl, 0xc)
JCC(jnl, 0xd)
JCC(jle, 0xe)
JCC(jnle, 0xf)

BODY(jmp)
{
    uint64_t rip = direct_target(cpu, insn, form, size);

    if (unlikely(!target_ok(cpu, insn, rip)))
        return EXEC_FAULT;
    return exec_direct(cpu, insn, rip, form == FORM_M);
}
HANDLERS_BRANCH(jmp)

/* LOOP, LOOPE, LOOPNE, JCXZ: the address size chooses the counter. Not taken: the next trace. */
ALWAYS_INLINE uint64_t counter_mask(const struct insn *insn)
{
    return insn->asize == ASIZE_64   ? ~UINT64_C(0)
           : insn->asize == ASIZE_32 ? UINT64_C(0xffffffff)
                                     : UINT64_C(0xffff);
}

ALWAYS_INLINE void counter_write(struct cpu *cpu, const struct insn *insn, uint64_t value)
{
    gpr_write(cpu, RCX, 2u << insn->asize, value);
}

#define LOOP(name, condition)                                                                      \
    BODY(name)                                                                                     \
    {                                                                                              \
        uint64_t count = (cpu->gpr[RCX] - 1) & counter_mask(insn), rip;                            \
                                                                                                   \
        if (!(count != 0 && (condition))) {                                                        \
            counter_write(cpu, insn, count);                                                       \
            NEXT(cpu, insn);                                                                       \
        }                                                                                          \
        rip = direct_target(cpu, insn, form, size);                                                \
        if (unlikely(!target_ok(cpu, insn, rip)))                                                  \
            return EXEC_FAULT;                                                                     \
        counter_write(cpu, insn, count);                                                           \
        return exec_direct(cpu, insn, rip, form == FORM_M);                                        \
    }                                                                                              \
    HANDLERS_BRANCH(name)
LOOP(loop, true)
LOOP(loope, flag_zf(cpu))
LOOP(loopne, !flag_zf(cpu))

BODY(jcxz)
{
    uint64_t rip;

    if (cpu->gpr[RCX] & counter_mask(insn))
        NEXT(cpu, insn);
    rip = direct_target(cpu, insn, form, size);
    if (unlikely(!target_ok(cpu, insn, rip)))
        return EXEC_FAULT;
    return exec_direct(cpu, insn, rip, form == FORM_M);
}
HANDLERS_BRANCH(jcxz)

/* A CALL to where no code can be: a fault of the push comes first. */
static COLD bool refuse_call(struct cpu *cpu, unsigned size)
{
    uint64_t sp = (cpu->gpr[RSP] - size) & stack_mask(cpu);
    bool can_push = cpu_check_alignment(cpu, stack_seg(cpu), sp, size, size, ACCESS_WRITE) &&
                    cpu_probe_write(cpu, stack_seg(cpu), sp, size);

    (void)can_push; /* if not, its fault has taken the other's place */
    return false;
}

/* CALL when the stack's page is not at hand, and outside 64-bit mode. */
static NOINLINE enum exec call_slow(struct cpu *cpu, struct insn *insn)
{
    bool code64 = cpu_code64(cpu);
    unsigned size = insn_opsize(insn);
    uint64_t rip = direct_target(cpu, insn, code64 ? FORM_M : FORM_N, size);

    if (!target_ok(cpu, insn, rip) ? !refuse_call(cpu, size)
                                   : !stack_push(cpu, size, insn_next_rip(cpu, insn)))
        return EXEC_FAULT;
    return exec_direct(cpu, insn, rip, code64);
}

BODY(call)
{
    uint64_t rip = direct_target(cpu, insn, form, size);
    uintptr_t host;

    if (form != FORM_M || !stack_access(cpu, cpu->gpr[RSP] - 8, ACCESS_WRITE, &host) ||
        unlikely(!insn->link && !is_canonical(cpu, rip)))
        return call_slow(cpu, insn);
    store_le((void *)host, 8, insn_next_rip(cpu, insn));
    cpu->gpr[RSP] -= 8;
    return exec_direct(cpu, insn, rip, true);
}
HANDLERS_BRANCH(call)

/* Indirect branches: forms R, M (flat memory), N; 64-bit operand size means 64-bit mode. */
BODY(jmp_ind)
{
    uint64_t rip, place;

    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &place, &rip) || !branch_target_ok(cpu, rip))
        return BODY_FAULT;
    return exec_jump(cpu, rip, size == 8);
}
HANDLERS_1(jmp_ind)

BODY(call_ind)
{
    uint64_t rip, place;

    if (!dest_read(cpu, insn, form, size, ACCESS_READ, &place, &rip) ||
        (!branch_target_ok(cpu, rip) && !refuse_call(cpu, size)) ||
        !stack_push(cpu, size, insn_next_rip(cpu, insn)))
        return BODY_FAULT;
    return exec_jump(cpu, rip, size == 8);
}
HANDLERS_1(call_ind)

/* The return address, checked, into cpu->slow_value; the stack is released. */
static NOINLINE bool take_return(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn_opsize(insn);
    uint64_t rip;

    if (!stack_top(cpu, size, 0, &rip) || !branch_target_ok(cpu, rip))
        return false;
    stack_release(cpu, size + insn->imm);
    cpu->slow_value = rip;
    return true;
}

/* RET with the bytes to release, in any mode. */
static NOINLINE enum exec ret_slow(struct cpu *cpu, struct insn *insn)
{
    if (!take_return(cpu, insn))
        return EXEC_FAULT;
    return exec_jump(cpu, cpu->slow_value, cpu_code64(cpu));
}

BODY(ret)
{
    uintptr_t host;
    uint64_t rip;

    if (form != FORM_M || !stack_access(cpu, cpu->gpr[RSP], ACCESS_READ, &host))
        return ret_slow(cpu, insn);
    rip = load_le((const void *)host, 8);
    if (unlikely(!is_canonical(cpu, rip)))
        return ret_slow(cpu, insn);
    cpu->gpr[RSP] += 8;
    return exec_jump(cpu, rip, true);
}
HANDLERS_BRANCH(ret)

/* Not EXEC(): a branch has no next instruction in its trace. */
static enum exec ret_imm_any(struct cpu *cpu, struct insn *insn)
{
    return ret_slow(cpu, insn);
}
const struct handlers exec_ret_imm = { .any = ret_imm_any };
