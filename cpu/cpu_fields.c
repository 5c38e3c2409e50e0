/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/cpu_fields.c - the field rows of struct cpu: what is saved, printed, set and compared. */
#include "cpu/cpu.h"

/* clang-format off */
/* A member under a name of its own. */
#define NAMED(name, member, format, text)                                                          \
    { name, offsetof(struct cpu, member), FIELD_SIZE_(struct cpu, member), 1, format, text }
#define HIDDEN(name, member, text) NAMED(name, member, FMT_DERIVED, text)

#define SEGMENT(name, member, text)                                                                \
    NAMED(name ".selector", member.selector, FMT_HEX, text ": selector"),                          \
    NAMED(name ".base", member.base, FMT_HEX, text ": base, linear"),                              \
    NAMED(name ".limit", member.limit, FMT_HEX, text ": limit in bytes"),                          \
    NAMED(name ".attr", member.attr, FMT_HEX, text ": descriptor bits 40-55"),                     \
    HIDDEN(name ".read_end", member.read_end, "derived from limit and type"),                      \
    HIDDEN(name ".write_end", member.write_end, "derived from limit and type")

#define TABLE(name, member, text)                                                                  \
    NAMED(name ".base", member.base, FMT_HEX, text ": base, linear"),                              \
    NAMED(name ".limit", member.limit, FMT_HEX, text ": limit in bytes")

#define X87(n)                                                                                     \
    NAMED("fpu.r" #n ".mantissa", fpu.st[n].mantissa, FMT_HEX, "R" #n ": 64 bits, also MM" #n),    \
    NAMED("fpu.r" #n ".sign_exponent", fpu.st[n].sign_exponent, FMT_HEX,                           \
          "R" #n ": sign and exponent")

#define EVIDENCE(name, member, n)                                                                  \
    NAMED(name ".evidence" #n ".kind", member.evidence[n].kind, FMT_DEC, "enum evidence_kind"),    \
    NAMED(name ".evidence" #n ".value", member.evidence[n].value, FMT_HEX, "evidence")

#define FAULT(name, member)                                                                        \
    NAMED(name ".vector", member.vector, FMT_DEC, "exception vector"),                             \
    NAMED(name ".has_error", member.has_error, FMT_BOOL, "it has an error code"),                  \
    NAMED(name ".external", member.external, FMT_BOOL, "while an external event was delivered"),   \
    NAMED(name ".new_task", member.new_task, FMT_BOOL, "raised by a task switch that was made"),   \
    NAMED(name ".reason", member.reason, FMT_DEC, "enum reason"),                                  \
    NAMED(name ".error", member.error, FMT_HEX, "error code"),                                     \
    NAMED(name ".cr2", member.cr2, FMT_HEX, "page fault: linear address"),                         \
    NAMED(name ".dr6", member.dr6, FMT_HEX, "debug exception: bits for DR6"),                      \
    NAMED(name ".tick", member.tick, FMT_DEC, "when"),                                             \
    NAMED(name ".cs", member.cs, FMT_HEX, "where: CS"),                                            \
    NAMED(name ".rip", member.rip, FMT_HEX, "where: RIP"),                                         \
    EVIDENCE(name, member, 0), EVIDENCE(name, member, 1), EVIDENCE(name, member, 2),               \
    EVIDENCE(name, member, 3), EVIDENCE(name, member, 4), EVIDENCE(name, member, 5)

const struct field cpu_fields[] = {
    /* General registers. */
    NAMED("rax",  gpr[RAX], FMT_HEX, "general register"),
    NAMED("rcx",  gpr[RCX], FMT_HEX, "general register"),
    NAMED("rdx",  gpr[RDX], FMT_HEX, "general register"),
    NAMED("rbx",  gpr[RBX], FMT_HEX, "general register"),
    NAMED("rsp",  gpr[RSP], FMT_HEX, "general register"),
    NAMED("rbp",  gpr[RBP], FMT_HEX, "general register"),
    NAMED("rsi",  gpr[RSI], FMT_HEX, "general register"),
    NAMED("rdi",  gpr[RDI], FMT_HEX, "general register"),
    NAMED("r8",   gpr[R8],  FMT_HEX, "general register"),
    NAMED("r9",   gpr[R9],  FMT_HEX, "general register"),
    NAMED("r10",  gpr[R10], FMT_HEX, "general register"),
    NAMED("r11",  gpr[R11], FMT_HEX, "general register"),
    NAMED("r12",  gpr[R12], FMT_HEX, "general register"),
    NAMED("r13",  gpr[R13], FMT_HEX, "general register"),
    NAMED("r14",  gpr[R14], FMT_HEX, "general register"),
    NAMED("r15",  gpr[R15], FMT_HEX, "general register"),
    HIDDEN("gpr_zero", gpr[REG_ZERO], "always 0"),
    HIDDEN("trace_ip", gpr[REG_TRACE_IP], "RIP of the trace that runs"),
    NAMED("flags_sign", flags_sign, FMT_HEX, "SF, PF of the last operation (eflags.h)"),
    NAMED("flags_zero", flags_zero, FMT_HEX, "ZF of the last operation"),
    NAMED("flags_carry", flags_carry, FMT_HEX, "CF, OF, AF of the last operation"),
    HIDDEN("remaining", remaining, "countdown of the clock"),
    HIDDEN("tlb", tlb, "entries of the current view"),
    HIDDEN("cursor", cursor, "instruction that executes"),
    HIDDEN("slow_value", slow_value, "result of a slow access"),
    HIDDEN("slow_vec", slow_vec, "result of a slow 16- or 32-byte access"),
    NAMED("rip", rip, FMT_HEX, "instruction pointer"),
    NAMED("eflags", eflags, FMT_HEX, "EFLAGS without the status flags"),
    HIDDEN("mode", mode, "MODE_*, from CS, SS and EFER"),
    NAMED("cpl", cpl, FMT_DEC, "current privilege level"),
    HIDDEN("view", view, "VIEW_*, from CPL, EFLAGS.AC, CR0, CR4"),
    HIDDEN("alone", alone, "one instruction runs singly"),
    HIDDEN("want_alone", want_alone, "an instruction asks to run singly"),
    HIDDEN("sse_ready", sse_ready, "from CR0 and CR4"),
    HIDDEN("avx_ready", avx_ready, "from CR0, CR4, XCR0 and the mode"),
    HIDDEN("mmx_ready", mmx_ready, "from CR0"),
    HIDDEN("mode_name", mode_name, "for the observer"),

    /* Segments and tables. */
    SEGMENT("es", seg[SEG_ES], "ES"),
    SEGMENT("cs", seg[SEG_CS], "CS"),
    SEGMENT("ss", seg[SEG_SS], "SS"),
    SEGMENT("ds", seg[SEG_DS], "DS"),
    SEGMENT("fs", seg[SEG_FS], "FS"),
    SEGMENT("gs", seg[SEG_GS], "GS"),
    HIDDEN("flat", seg[SEG_FLAT], "64-bit mode: no segment"),
    HIDDEN("flat_ss", seg[SEG_FLAT_SS], "64-bit mode: no segment, stack faults"),
    SEGMENT("ldtr", ldtr, "local descriptor table"),
    SEGMENT("tr", tr, "task register"),
    TABLE("gdtr", gdtr, "global descriptor table"),
    TABLE("idtr", idtr, "interrupt descriptor table"),

    /* Control, debug and model-specific registers. */
    FIELD(struct cpu, cr0, FMT_HEX, "protection, paging, FPU and cache control"),
    FIELD(struct cpu, cr2, FMT_HEX, "linear address of the last page fault"),
    FIELD(struct cpu, cr3, FMT_HEX, "paging-structure base"),
    FIELD(struct cpu, cr4, FMT_HEX, "extensions"),
    FIELD(struct cpu, cr8, FMT_HEX, "task priority, when no local APIC keeps it"),
    FIELD(struct cpu, efer, FMT_HEX, "IA32_EFER"),
    FIELD(struct cpu, xcr0, FMT_HEX, "extended state components"),
    FIELDS(struct cpu, pdpte, FMT_HEX, "PAE: page-directory-pointer registers"),
    FIELDS(struct cpu, dr, FMT_HEX, "debug registers"),
    FIELD(struct cpu, msr.apic_base, FMT_HEX, "IA32_APIC_BASE"),
    FIELD(struct cpu, msr.sysenter_cs, FMT_HEX, "IA32_SYSENTER_CS"),
    FIELD(struct cpu, msr.sysenter_esp, FMT_HEX, "IA32_SYSENTER_ESP"),
    FIELD(struct cpu, msr.sysenter_eip, FMT_HEX, "IA32_SYSENTER_EIP"),
    FIELD(struct cpu, msr.star, FMT_HEX, "IA32_STAR"),
    FIELD(struct cpu, msr.lstar, FMT_HEX, "IA32_LSTAR"),
    FIELD(struct cpu, msr.cstar, FMT_HEX, "IA32_CSTAR"),
    FIELD(struct cpu, msr.fmask, FMT_HEX, "IA32_FMASK"),
    FIELD(struct cpu, msr.kernel_gs_base, FMT_HEX, "IA32_KERNEL_GS_BASE"),
    FIELD(struct cpu, msr.tsc_aux, FMT_HEX, "IA32_TSC_AUX"),
    FIELD(struct cpu, msr.tsc_adjust, FMT_HEX, "IA32_TSC_ADJUST"),
    FIELD(struct cpu, msr.pat, FMT_HEX, "IA32_PAT"),
    FIELD(struct cpu, msr.misc_enable, FMT_HEX, "IA32_MISC_ENABLE"),
    FIELD(struct cpu, msr.mtrr_def_type, FMT_HEX, "IA32_MTRR_DEF_TYPE"),
    FIELD(struct cpu, msr.tsc_offset, FMT_HEX, "time-stamp counter minus tick"),
    FIELDS(struct cpu, msr.mtrr_fixed, FMT_HEX, "fixed-range MTRRs"),
    FIELDS(struct cpu, msr.mtrr_base, FMT_HEX, "IA32_MTRR_PHYSBASEn"),
    FIELDS(struct cpu, msr.mtrr_mask, FMT_HEX, "IA32_MTRR_PHYSMASKn"),
    FIELD(struct cpu, msr.mcg_status, FMT_HEX, "IA32_MCG_STATUS"),
    FIELD(struct cpu, msr.feature_control, FMT_HEX, "IA32_FEATURE_CONTROL"),
    FIELD(struct cpu, msr.tsc_deadline, FMT_HEX, "IA32_TSC_DEADLINE"),
    FIELD(struct cpu, msr.debugctl, FMT_HEX, "IA32_DEBUGCTL"),
    FIELD(struct cpu, msr.bios_sign, FMT_HEX, "IA32_BIOS_SIGN_ID"),
    FIELD(struct cpu, msr.xss, FMT_HEX, "IA32_XSS"),

    /* Floating point and vectors. */
    X87(0), X87(1), X87(2), X87(3), X87(4), X87(5), X87(6), X87(7),
    { "fpu.r7.rest", offsetof(struct cpu, fpu.st[7].sign_exponent) + 2,
      sizeof(struct float80) - offsetof(struct float80, sign_exponent) - 2, 1, FMT_DERIVED, "alignment" },
    FIELD(struct cpu, fpu.fcw, FMT_HEX, "x87 control word"),
    FIELD(struct cpu, fpu.fsw, FMT_HEX, "x87 status word"),
    FIELD(struct cpu, fpu.ftw, FMT_HEX, "registers that are not empty"),
    FIELD(struct cpu, fpu.fop, FMT_HEX, "last opcode"),
    FIELD(struct cpu, fpu.fcs, FMT_HEX, "last instruction: CS"),
    FIELD(struct cpu, fpu.fds, FMT_HEX, "last operand: segment"),
    FIELD(struct cpu, fpu.fip, FMT_HEX, "last instruction: offset"),
    FIELD(struct cpu, fpu.fdp, FMT_HEX, "last operand: offset"),
    { "vec", offsetof(struct cpu, vec), sizeof(union vec), 32, FMT_BYTES, "vector registers" },
    FIELDS(struct cpu, opmask, FMT_HEX, "mask registers"),
    FIELD(struct cpu, mxcsr, FMT_HEX, "SSE control and status"),
    FIELD(struct cpu, pkru, FMT_HEX, "rights of the protection keys"),

    /* Events. */
    FIELD(struct cpu, activity, FMT_DEC, "0 running, 1 halted, 2 shut down, 3 waits for SIPI"),
    FIELD(struct cpu, pending, FMT_HEX, "PENDING_*: events to look at"),
    FIELD(struct cpu, shadow, FMT_HEX, "SHADOW_*: STI or MOV SS just before"),
    FIELD(struct cpu, in_rep, FMT_BOOL, "between two iterations of a REP"),
    FIELD(struct cpu, nmi_blocked, FMT_BOOL, "NMI blocked until IRET"),
    FIELD(struct cpu, smm, FMT_BOOL, "in system-management mode"),
    FIELD(struct cpu, smbase, FMT_HEX, "where SMRAM begins"),
    FIELD(struct cpu, ferr, FMT_BOOL, "FERR# output"),
    FIELD(struct cpu, pending_dr6, FMT_HEX, "DR6 bits of a pending debug trap"),
    FIELD(struct cpu, idle_ticks, FMT_DEC, "ticks skipped by HLT"),
    FIELD(struct cpu, monitor_address, FMT_HEX, "line that MONITOR watches"),
    FIELD(struct cpu, monitor_armed, FMT_BOOL, "MONITOR is armed"),
    FIELD(struct cpu, random_state, FMT_HEX, "state of RDRAND and RDSEED"),

    /* Faults. */
    FAULT("fault", fault),
    FAULT("chain0", chain[0]), FAULT("chain1", chain[1]),
    FAULT("chain2", chain[2]), FAULT("chain3", chain[3]),
    FAULT("chain4", chain[4]), FAULT("chain5", chain[5]),
    FAULT("chain6", chain[6]), FAULT("chain7", chain[7]),
    FIELD(struct cpu, chain_length, FMT_DEC, "faults in the chain"),
    FIELD(struct cpu, delivered_idle, FMT_BOOL, "an event was delivered, nothing retired since"),
    FIELD(struct cpu, fault_waits, FMT_BOOL, "the fault is yet to be delivered"),

    /* Wiring and caches. */
    NOT_SAVED(struct cpu, clock, "virtual time"),
    NOT_SAVED(struct cpu, memory, "physical address space"),
    NOT_SAVED(struct cpu, ports, "I/O address space"),
    NOT_SAVED(struct cpu, log, "messages"),
    NOT_SAVED(struct cpu, board, "what the board plugs in"),
    NOT_SAVED(struct cpu, host, "what the host lends"),
    NOT_SAVED(struct cpu, features, "from the model"),
    NOT_SAVED(struct cpu, model, "from the configuration"),
    FIELD(struct cpu, a20_mask, FMT_HEX, "A20 gate: address bits that count"),
    NOT_SAVED(struct cpu, physical_bits, "from the model"),
    NOT_SAVED(struct cpu, crystal_hz, "configuration"),
    NOT_SAVED(struct cpu, code_base, "for the jump cache"),
    NOT_SAVED(struct cpu, code_limit, "for the jump cache"),
    NOT_SAVED(struct cpu, tlbs, "TLB"),
    NOT_SAVED(struct cpu, traces, "decoded traces"),
    NOT_SAVED(struct cpu, tbs, "translations"),
    NOT_SAVED(struct cpu, engine, "who runs this CPU"),
    NOT_SAVED(struct cpu, block_most, "longest block of a translator"),
    NOT_SAVED(struct cpu, break_kind, "how the broken row is broken"),
    NOT_SAVED(struct cpu, break_row, "row whose translation is wrong on purpose"),
    NOT_SAVED(struct cpu, watch, "breakpoints and watchpoints"),
    NOT_SAVED(struct cpu, observer, "who looks on"),
    { 0 },
};
/* clang-format on */
