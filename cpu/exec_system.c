/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_system.c - caches and TLB, identification, model-specific registers, time, random
 * numbers, waiting. Source: SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/cpuid.h"
#include "cpu/exec.h"
#include "cpu/msr.h"
#include "cpu/observer.h"
#include "cpu/smm.h"
#include "cpu/tlb.h"

static bool require_cpl0(struct cpu *cpu)
{
    return likely(!cpu->cpl) || RAISE(cpu, VEC_GP, 0, PRIVILEGED, { EV_CPL, cpu->cpl });
}

EXEC(ud)
{
    RAISE(cpu, VEC_UD, 0, UD_INSTRUCTION, { EV_NONE, 0 });
    return EXEC_FAULT;
}

/* A trace flag that the handler left set does not trap behind it. */
EXEC(rsm)
{
    if (!cpu->smm) {
        RAISE(cpu, VEC_UD, 0, NOT_IN_SMM, { EV_NONE, 0 });
        return EXEC_FAULT;
    }
    if (smm_leave(cpu))
        cpu->delivered_idle = true;
    return EXEC_LEAVE;
}

/* ---- caches and TLB: there is no cache to flush ---- */

EXEC(invlpg)
{
    lin_addr la = cpu->seg[insn->seg].base + insn_offset(cpu, insn);

    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    tlb_flush_page(cpu, cpu_code64(cpu) ? la : (uint32_t)la);
    return exec_leave(cpu, insn);
}

/*
 * The TLB holds what belongs to the current PCID only (exec_control.c), so that there is nothing to
 * do for another one. Global entries may be invalidated as well.
 */
enum { INVPCID_ADDRESS, INVPCID_CONTEXT, INVPCID_ALL, INVPCID_ALL_BUT_GLOBAL };

static bool invpcid_legal(struct cpu *cpu, uint64_t type, uint64_t pcid, uint64_t la)
{
    bool names_one = type == INVPCID_ADDRESS || type == INVPCID_CONTEXT;

    if (pcid >> 12 || (names_one && pcid && !(cpu->cr4 & CR4_PCIDE)))
        return RAISE(cpu, VEC_GP, 0, INVPCID_DESCRIPTOR, { EV_VALUE, pcid },
                     { EV_ALLOWED, cpu->cr4 & CR4_PCIDE ? 0xfff : 0 });
    if (type == INVPCID_ADDRESS && !is_canonical_base(cpu, la))
        return RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_LINEAR, la });
    return true;
}

EXEC(invpcid)
{
    uint64_t type = gpr_read(cpu, insn->dst, cpu_code64(cpu) ? 8 : 4), pcid, la, current;
    uint8_t descriptor[16];

    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    if (type > INVPCID_ALL_BUT_GLOBAL) {
        RAISE(cpu, VEC_GP, 0, INVPCID_TYPE, { EV_VALUE, type }, { EV_ALLOWED, 3 });
        return EXEC_FAULT;
    }
    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), descriptor, sizeof descriptor,
                        1))
        return EXEC_FAULT;
    pcid = load_le64(descriptor);
    la = load_le64(descriptor + 8);
    current = cpu->cr4 & CR4_PCIDE ? cpu->cr3 & 0xfff : 0;
    if (!invpcid_legal(cpu, type, pcid, la))
        return EXEC_FAULT;
    if (type == INVPCID_ALL)
        tlb_flush(cpu);
    else if (type == INVPCID_ALL_BUT_GLOBAL || (type == INVPCID_CONTEXT && pcid == current))
        tlb_flush_non_global(cpu);
    else if (type == INVPCID_ADDRESS && pcid == current)
        tlb_flush_page(cpu, la);
    return exec_leave(cpu, insn);
}

EXEC(wbinvd)
{
    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

/*
 * CLFLUSH, CLFLUSHOPT, CLWB fault like a load of one byte, but from a segment that can only be
 * executed too (SDM Vol. 2A, "CLFLUSH").
 */
EXEC(clflush)
{
    lin_addr la;

    if (!cpu_linear(cpu, MEM_SEG(insn), insn_offset(cpu, insn), 1, ACCESS_EXEC, &la) ||
        !linear_probe(cpu, la, 1, ACCESS_READ, AS_CPL))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

/* Memory is always in order here. */
EXEC(fence)
{
    return EXEC_NEXT;
}

/* ---- protection keys ---- */

static bool keys_usable(struct cpu *cpu, uint64_t zero)
{
    if (!(cpu->cr4 & CR4_PKE))
        return RAISE(cpu, VEC_UD, 0, PKU_NOT_ENABLED, { EV_REGISTER, 4 }, { EV_VALUE, cpu->cr4 });
    return !(uint32_t)zero || RAISE(cpu, VEC_GP, 0, PKRU_ECX, { EV_VALUE, zero });
}

EXEC(rdpkru)
{
    if (!keys_usable(cpu, cpu->gpr[RCX]))
        return EXEC_FAULT;
    cpu->gpr[RAX] = cpu->pkru;
    cpu->gpr[RDX] = 0;
    return EXEC_NEXT;
}

EXEC(wrpkru)
{
    uint32_t old = cpu->pkru;

    if (!keys_usable(cpu, cpu->gpr[RCX] | cpu->gpr[RDX]))
        return EXEC_FAULT;
    cpu->pkru = (uint32_t)cpu->gpr[RAX];
    if (old != cpu->pkru)
        tlb_keys_changed(cpu, old ^ cpu->pkru);
    return EXEC_NEXT;
}

/* ---- identification, model-specific registers, time ---- */

EXEC(cpuid)
{
    uint32_t regs[4];

    cpuid_query(cpu, (uint32_t)cpu->gpr[RAX], (uint32_t)cpu->gpr[RCX], regs);
    cpu->gpr[RAX] = regs[CPUID_EAX];
    cpu->gpr[RBX] = regs[CPUID_EBX];
    cpu->gpr[RCX] = regs[CPUID_ECX];
    cpu->gpr[RDX] = regs[CPUID_EDX];
    return EXEC_NEXT;
}

static void set_edx_eax(struct cpu *cpu, uint64_t value)
{
    cpu->gpr[RAX] = (uint32_t)value;
    cpu->gpr[RDX] = value >> 32;
}

static COLD void tell_msr(struct cpu *cpu, uint32_t index, bool write, uint64_t value)
{
    struct observer *observer = cpu->observer;

    if (observer->msr && observer->msr(observer->context, cpu, index, write, value))
        observer->stop = true;
}

EXEC(rdmsr)
{
    uint32_t index = (uint32_t)cpu->gpr[RCX];
    uint64_t value;
    bool ok;

    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    device_begin(cpu, insn);
    ok = msr_read(cpu, index, &value);
    device_end(cpu, insn);
    if (!ok)
        return EXEC_FAULT;
    set_edx_eax(cpu, value);
    if (unlikely(cpu->observer != NULL))
        tell_msr(cpu, index, false, value);
    return exec_leave(cpu, insn);
}

EXEC(wrmsr)
{
    uint32_t index = (uint32_t)cpu->gpr[RCX];
    uint64_t value = cpu->gpr[RDX] << 32 | (uint32_t)cpu->gpr[RAX];
    bool ok;

    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    device_begin(cpu, insn);
    ok = msr_write(cpu, index, value);
    device_end(cpu, insn);
    if (!ok)
        return EXEC_FAULT;
    if (unlikely(cpu->observer != NULL))
        tell_msr(cpu, index, true, value);
    return exec_leave(cpu, insn);
}

static bool read_time(struct cpu *cpu, const struct insn *insn)
{
    if (unlikely(cpu->cr4 & CR4_TSD) && cpu->cpl)
        return RAISE(cpu, VEC_GP, 0, TSD, { EV_CPL, cpu->cpl });
    device_begin(cpu, insn);
    set_edx_eax(cpu, cpu_tsc(cpu));
    device_end(cpu, insn);
    return true;
}

EXEC(rdtsc)
{
    if (!read_time(cpu, insn))
        return EXEC_FAULT;
    return exec_leave(cpu, insn);
}

EXEC(rdtscp)
{
    if (!read_time(cpu, insn))
        return EXEC_FAULT;
    cpu->gpr[RCX] = (uint32_t)cpu->msr.tsc_aux;
    return exec_leave(cpu, insn);
}

/* CPUID leaf 0Ah says that there are no counters: every number is wrong. */
EXEC(rdpmc)
{
    if (!(cpu->cr4 & CR4_PCE) && !require_cpl0(cpu))
        return EXEC_FAULT;
    RAISE(cpu, VEC_GP, 0, NO_COUNTER, { EV_REGISTER, (uint32_t)cpu->gpr[RCX] });
    return EXEC_FAULT;
}

/* xorshift64*: from the run's seed, so that a run can be repeated. Always succeeds: CF is set. */
EXEC(rdrand)
{
    uint64_t x = cpu->random_state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    cpu->random_state = x;
    gpr_write(cpu, insn->dst, insn_opsize(insn), x * UINT64_C(0x2545f4914f6cdd1d));
    flags_load(cpu, CF);
    return EXEC_NEXT;
}

/* ---- waiting ---- */

EXEC(hlt)
{
    if (!require_cpl0(cpu))
        return EXEC_FAULT;
    cpu->activity = CPU_HALTED;
    return exec_leave(cpu, insn);
}

static bool hints_ok(struct cpu *cpu, uint64_t allowed)
{
    uint32_t ecx = (uint32_t)cpu->gpr[RCX];

    return !(ecx & ~allowed) ||
           RAISE(cpu, VEC_GP, 0, HINT_RESERVED, { EV_VALUE, ecx }, { EV_ALLOWED, allowed });
}

/* The line at DS:rAX. */
EXEC(monitor)
{
    uint64_t mask = insn->asize == ASIZE_64   ? ~UINT64_C(0)
                    : insn->asize == ASIZE_32 ? UINT64_C(0xffffffff)
                                              : UINT64_C(0xffff);
    enum seg seg = insn->seg_override ? MEM_SEG(insn) : cpu_code64(cpu) ? SEG_FLAT : SEG_DS;
    lin_addr la;

    if (cpu->cpl)
        return exec_undefined(cpu, insn);
    if (!hints_ok(cpu, 0) || !cpu_linear(cpu, seg, cpu->gpr[RAX] & mask, 1, ACCESS_READ, &la) ||
        !linear_probe(cpu, la, 1, ACCESS_READ, AS_CPL))
        return EXEC_FAULT;
    cpu->monitor_address = la;
    cpu->monitor_armed = true;
    return EXEC_NEXT;
}

/*
 * Nobody else writes the monitored line while this processor waits, so that it waits for an
 * interrupt like HLT. With IF clear it goes on at once, which the manual allows.
 */
EXEC(mwait)
{
    if (cpu->cpl)
        return exec_undefined(cpu, insn);
    if (!hints_ok(cpu, 1))
        return EXEC_FAULT;
    if (cpu->monitor_armed && cpu->eflags & IF)
        cpu->activity = CPU_HALTED;
    cpu->monitor_armed = false;
    return exec_leave(cpu, insn);
}
