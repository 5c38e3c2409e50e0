/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/cmd_explain.c - why: an exception with its rule, its evidence and what followed from it.
 * Everything comes from the reasons and evidence that the processor recorded where it made the
 * check. `explain next` is explain_next.c.
 */
#include <string.h>

#include "cpu/decode_evex.h"
#include "cpu/disasm.h"
#include "cpu/segment.h"
#include "debugger/debugger.h"
#include "debugger/explain.h"
#include "debugger/operand_view.h"
#include "util/text.h"

/* What usually helps, for the reasons that beginners meet. */
/* clang-format off */
static const struct {
    enum reason reason;
    const char *text;
} fixes[] = {
    { REASON_PAGE_NOT_PRESENT, "map the page before it is used, or handle #PF and map it there" },
    { REASON_PAGE_NOT_WRITABLE, "set the RW bit in every level, or clear CR0.WP for supervisor code" },
    { REASON_PAGE_SUPERVISOR, "set the U bit in every level of the page's entries" },
    { REASON_PAGE_NX, "clear bit 63 (NX) in every level of the page's entries" },
    { REASON_PAGE_SMAP, "STAC around accesses to user memory" },
    { REASON_PAGE_KEY, "allow the key in PKRU (WRPKRU), or give the page another one (bits 62-59)" },
    { REASON_PAGE_RESERVED, "bits above the physical address width, and low bits of large pages, must be 0" },
    { REASON_GDT_LIMIT, "check LGDT's limit (bytes - 1) and the selector (index * 8)" },
    { REASON_SEGMENT_NULL, "load the segment register with a data selector first" },
    { REASON_IDT_LIMIT, "load an IDT that has an entry for this vector" },
    { REASON_IDT_GATE_TYPE, "fill the IDT entry with a gate of the right size (16 bytes in long mode)" },
    { REASON_IDT_GATE_NOT_PRESENT, "fill in the IDT entry, present bit included" },
    { REASON_IDT_GATE_DPL, "give the gate DPL 3 if programs may use INT with it" },
    { REASON_NON_CANONICAL, "a pointer was damaged or not sign-extended from bit 47" },
    { REASON_SSE_NOT_ENABLED, "set CR4.OSFXSR (and OSXMMEXCPT), clear CR0.EM before the first SSE instruction" },
    { REASON_FPU_NOT_AVAILABLE, "CLTS, or handle #NM and switch the FPU state" },
    { REASON_PRIVILEGED, "only ring 0 may do this; programs ask the kernel" },
    { REASON_IOPL, "give the program IOPL 3 or a bit in the TSS's I/O bitmap" },
    { REASON_DIVIDE, "check the divisor, and clear or sign-extend the upper half of the dividend" },
    { REASON_MISALIGNED, "align the data, or use the unaligned form (MOVUPS, MOVDQU)" },
    { REASON_STACK_NULL, "put a kernel stack into the TSS (SS0:ESP0) before leaving ring 0" },
    { REASON_CODE_L_AND_D, "64-bit code has L=1 and D=0" },
    { REASON_LONG_MODE_NEEDS_PAE, "set CR4.PAE before CR0.PG when EFER.LME is set" },
    { REASON_UNDEFINED_OPCODE, "the bytes may be data: look where the jump came from with 'bt' and 'trace'" },
};
/* clang-format on */

static const struct evidence *evidence_of(const struct fault *fault, enum evidence_kind kind)
{
    for (unsigned i = 0; i < EVIDENCE_MAX; i++)
        if (fault->evidence[i].kind == kind)
            return &fault->evidence[i];
    return NULL;
}

/* Base and mode of the code segment that the exception was raised in. */
static void code_segment(const struct cpu *cpu, uint16_t selector, uint64_t *base, unsigned *mode)
{
    struct buf ignored = { 0 };
    uint8_t raw[8];

    *base = cpu->seg[SEG_CS].base;
    *mode = cpu->mode;
    if (selector == cpu->seg[SEG_CS].selector)
        return;
    if (expr_segment_base(cpu, selector, base, &ignored) && cpu_protected(cpu) && !(selector & 4) &&
        cpu_peek(cpu, cpu->gdtr.base + (selector & ~7u), raw, 8)) {
        uint16_t attr = descriptor_attr(load_le64(raw));

        *mode = attr & ATTR_L && cpu_long_mode(cpu) ? MODE_CODE64
                : attr & ATTR_DB                    ? MODE_CODE32
                                                    : MODE_CODE16;
        if (*mode == MODE_CODE64)
            *base = 0;
    }
    buf_free(&ignored);
}

static void fault_name(const struct fault *fault, struct buf *text)
{
    buf_add_text(text, vector_name(fault->vector));
    if (!fault->has_error)
        return;
    if (fault->vector == VEC_PF) {
        buf_printf(text, "(err=0x%04x)", fault->error);
    } else {
        buf_printf(text, "(%s%x", fault->error ? "0x" : "", fault->error);
        if (fault->error & 2)
            buf_printf(text, " = IDT entry %u", fault->error >> 3 & 0xff);
        else if (fault->error & ~7u)
            buf_printf(text, " = %s entry %u", fault->error & 4 ? "LDT" : "GDT", fault->error >> 3);
        if (fault->error & 1)
            buf_add_text(text, ", EXT");
        buf_add_text(text, ")");
    }
}

static void selector_text(const struct cpu *cpu, uint16_t selector, struct buf *text)
{
    buf_printf(text, "selector 0x%04x", selector);
    if (cpu_protected(cpu))
        buf_printf(text, " (%s index %u, RPL %u)", selector & 4 ? "LDT" : "GDT", selector >> 3,
                   selector & 3);
}

/* One row of evidence in words. */
static void evidence_text(const struct cpu *cpu, const struct fault *fault,
                          const struct evidence *e, struct buf *text)
{
    bool gate =
        fault->reason == REASON_IDT_GATE_TYPE || fault->reason == REASON_IDT_GATE_NOT_PRESENT;

    switch (e->kind) {
    case EV_SELECTOR:
        selector_text(cpu, (uint16_t)e->value, text);
        break;
    case EV_DESC:
        if (gate) {
            buf_printf(text, "its bytes %016llx: P=%u S=%u type %llu", (unsigned long long)e->value,
                       (unsigned)(e->value >> 47 & 1), (unsigned)(e->value >> 44 & 1),
                       (unsigned long long)(e->value >> 40 & 15));
            break;
        }
        buf_printf(text, "descriptor %016llx: ", (unsigned long long)e->value);
        show_descriptor(cpu, e->value, 0, text);
        break;
    case EV_SEGMENT:
        buf_printf(text, "segment %s", e->value < 6 ? seg_names[e->value] : "(flat)");
        if (e->value < 6 && !cpu_code64(cpu))
            buf_printf(text, " (base 0x%llx, limit 0x%x)",
                       (unsigned long long)cpu->seg[e->value].base, cpu->seg[e->value].limit);
        break;
    case EV_LEVEL:
        buf_printf(text, "level %llu: %s", (unsigned long long)e->value,
                   show_level((unsigned)e->value, true));
        break;
    case EV_CPL:
    case EV_DPL:
    case EV_RPL:
    case EV_SIZE:
        buf_printf(text, "%s %llu", evidence_name(e->kind), (unsigned long long)e->value);
        break;
    case EV_VECTOR:
        buf_printf(text, "vector %llu (%s)", (unsigned long long)e->value,
                   vector_name((unsigned)e->value));
        break;
    default:
        if (e->kind == EV_VALUE && fault->reason == REASON_IOPL) {
            buf_printf(text, "IOPL %llu", (unsigned long long)e->value);
            break;
        }
        buf_printf(text, "%s 0x%llx", evidence_name(e->kind), (unsigned long long)e->value);
    }
}

static void print_instruction(struct debugger *dbg, const struct fault *fault)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    struct buf text = { 0 };
    uint8_t bytes[15];
    uint64_t base;
    unsigned mode;
    lin_addr la;
    char name[256];

    code_segment(cpu, fault->cs, &base, &mode);
    la = mode & MODE_CODE64 ? fault->rip : (uint32_t)(base + fault->rip);
    fault_name(fault, &text);
    buf_add_text(&text, " at ");
    show_code_pointer(fault->cs, fault->rip, mode, &text);
    if (symbols_name(&dbg->symbols, la, name, sizeof name))
        buf_printf(&text, " <%s>", name);
    buf_add_text(&text, "  ");
    if (!show_insn(cpu, &dbg->symbols, la, fault->rip, mode, &text, bytes))
        buf_add_text(&text, "(the instruction cannot be read)");
    show_ink(&dbg->out, INK_REASON);
    out_printf(&dbg->out, "%s\n", buf_text(&text));
    show_ink(&dbg->out, INK_NONE);
    buf_free(&text);
}

/* How the instruction came to its linear address: "(DS base 0x0 + 0x800000)". */
static void print_address_origin(struct debugger *dbg, const struct fault *fault, uint64_t linear)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    struct memory_operand m;
    struct insn insn;
    uint8_t bytes[15];
    uint64_t base;
    unsigned mode, count;

    code_segment(cpu, fault->cs, &base, &mode);
    if (mode != cpu->mode)
        return; /* the registers are not those of the access any more */
    count = show_fetch(cpu, mode & MODE_CODE64 ? fault->rip : (uint32_t)(base + fault->rip), bytes);
    if (!count || decode_insn(bytes, count, mode, cpu->features, &insn) != DECODE_OK ||
        !operand_memory(cpu, &insn, fault->rip, &m) || m.la != linear)
        return;
    if (m.seg < 6)
        out_printf(&dbg->out, " (%s base 0x%llx + 0x%llx)", seg_names[m.seg],
                   (unsigned long long)cpu->seg[m.seg].base, (unsigned long long)m.offset);
}

static void print_page_fault(struct debugger *dbg, const struct fault *fault)
{
    const struct evidence *address = evidence_of(fault, EV_ENTRY_ADDRESS);
    const struct evidence *entry = evidence_of(fault, EV_ENTRY);
    const struct evidence *level = evidence_of(fault, EV_LEVEL);
    const struct cpu *cpu = debugger_cpu(dbg);

    out_printf(&dbg->out, "access: %s %s, linear 0x%llx",
               fault->error & PF_U ? "user" : "supervisor",
               fault->error & PF_I   ? "fetch"
               : fault->error & PF_W ? "write"
                                     : "read",
               (unsigned long long)fault->cr2);
    print_address_origin(dbg, fault, fault->cr2);
    out_text(&dbg->out, "\n");
    if (!address || !entry || !level) {
        out_printf(&dbg->out, "failed: %s\n", reason_text(fault->reason));
        return;
    }
    out_printf(&dbg->out, "failed: %s[%u] at phys 0x%llx (value 0x%llx): %s\n",
               show_level((unsigned)level->value, true),
               (unsigned)((address->value & PAGE_MASK) / (cpu->cr4 & CR4_PAE ? 8 : 4)),
               (unsigned long long)address->value, (unsigned long long)entry->value,
               reason_text(fault->reason));
}

static void print_evidence(struct debugger *dbg, const struct fault *fault)
{
    struct buf text = { 0 };

    for (unsigned i = 0; i < EVIDENCE_MAX; i++) {
        if (fault->evidence[i].kind == EV_NONE)
            continue;
        if (text.length)
            buf_add_text(&text, "; ");
        evidence_text(debugger_cpu(dbg), fault, &fault->evidence[i], &text);
    }
    if (text.length)
        out_printf(&dbg->out, "evidence: %s\n", buf_text(&text));
    buf_free(&text);
}

/* Everything about one exception but what followed. */
static void print_fault(struct debugger *dbg, const struct fault *fault)
{
    print_instruction(dbg, fault);
    if (fault->vector == VEC_PF) {
        print_page_fault(dbg, fault);
    } else {
        out_printf(&dbg->out, "rule: %s\n",
                   fault->reason ? reason_text(fault->reason) : "no reason was recorded");
        print_evidence(dbg, fault);
    }
    if (fault->external)
        out_text(&dbg->out,
                 "origin: while an exception or external interrupt was being delivered\n");
}

static void print_fix(struct debugger *dbg, const struct fault *fault)
{
    for (unsigned i = 0; i < ARRAY_SIZE(fixes); i++)
        if (fixes[i].reason == (enum reason)fault->reason)
            out_printf(&dbg->out, "usual fix: %s\n", fixes[i].text);
}

void explain_fault(struct debugger *dbg, const struct fault *fault, struct buf *text)
{
    bool first = true;

    fault_name(fault, text);
    buf_printf(text, ": %s", fault->reason ? reason_text(fault->reason) : "no reason was recorded");
    for (unsigned e = 0; e < EVIDENCE_MAX; e++) {
        if (fault->evidence[e].kind == EV_NONE)
            continue;
        buf_add_text(text, first ? " (" : ", ");
        evidence_text(debugger_cpu(dbg), fault, &fault->evidence[e], text);
        first = false;
    }
    buf_add_text(text, first ? "" : ")");
}

/* "then: #GP(...): rule; evidence" for each consequence; the end of the chain. */
static void print_consequences(struct debugger *dbg, unsigned from)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    struct buf text = { 0 };

    for (unsigned i = from; i < cpu->chain_length; i++) {
        buf_clear(&text);
        explain_fault(dbg, &cpu->chain[i], &text);
        out_printf(&dbg->out, "then: %s\n", buf_text(&text));
    }
    if (cpu->activity == CPU_SHUTDOWN) {
        out_text(&dbg->out, "then: shutdown (triple fault): #DF could not be delivered either\n");
        if (cpu->idtr.base == 0 && cpu->cr0 & CR0_PE)
            out_printf(&dbg->out,
                       "note: IDTR base=0 limit=0x%x is still the real-mode vector table; "
                       "its bytes are no gates\n",
                       cpu->idtr.limit);
    }
    buf_free(&text);
}

static void print_section(struct debugger *dbg, const struct fault *fault)
{
    if (fault->reason && *reason_section(fault->reason))
        out_printf(&dbg->out, "see: SDM, \"%s\"\n", reason_section(fault->reason));
}

static void explain_waiting(struct debugger *dbg)
{
    const struct fault *fault = &debugger_cpu(dbg)->fault;

    print_fault(dbg, fault);
    if (fault->vector == VEC_PF)
        out_printf(&dbg->out, "more: 'page 0x%llx%s%s' shows the walk\n",
                   (unsigned long long)fault->cr2,
                   fault->error & PF_I   ? " x"
                   : fault->error & PF_W ? " w"
                                         : "",
                   fault->error & PF_U ? " u" : "");
    out_text(&dbg->out, "state: not delivered yet; 's' delivers it\n");
    print_fix(dbg, fault);
    print_section(dbg, fault);
}

void explain_latest(struct debugger *dbg)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    const struct fault *fault = cpu->chain_length ? &cpu->chain[0] : debugger_past_fault(dbg, 0);
    uint64_t now = clock_now(cpu->clock);
    char age[32];

    if (cpu->fault_waits) {
        explain_waiting(dbg);
        return;
    }
    if (!fault) {
        out_text(&dbg->out, "no exception so far; 'explain next' looks at the next instruction\n");
        return;
    }
    print_fault(dbg, fault);
    if (cpu->chain_length)
        print_consequences(dbg, 1);
    if (cpu->activity != CPU_SHUTDOWN)
        out_printf(&dbg->out, "when: t=%llu, %s tick%s ago\n", (unsigned long long)fault->tick,
                   text_thousands(now - fault->tick, age), now - fault->tick == 1 ? "" : "s");
    print_fix(dbg, fault);
    if (cpu->chain_length > 1) {
        const struct fault *second = &cpu->chain[1];

        if (second->reason != fault->reason)
            print_fix(dbg, second);
    }
    print_section(dbg, fault);
}

static bool cmd_explain(struct debugger *dbg, const struct call *call)
{
    const struct cpu *cpu = debugger_cpu(dbg);
    uint64_t n;

    if (!*call->args) {
        explain_latest(dbg);
        return true;
    }
    if (!strcmp(call->args, "next")) {
        explain_next(dbg);
        return true;
    }
    if (!debugger_value(dbg, call->args, &n))
        return false;
    if (!n || n > cpu->chain_length)
        return debugger_error(dbg,
                              "the latest event has %u exception%s in its chain; 'info faults' "
                              "lists older events",
                              cpu->chain_length, cpu->chain_length == 1 ? "" : "s");
    print_fault(dbg, &cpu->chain[n - 1]);
    print_fix(dbg, &cpu->chain[n - 1]);
    print_section(dbg, &cpu->chain[n - 1]);
    return true;
}

const struct command explain_commands[] = {
    { NULL, "explain", "why", cmd_explain, NULL, "explain [N | next]",
      "say why the last exception was raised, and what followed",
      "What, the rule that was broken, the evidence (descriptors, paging entries, limits), the\n"
      "chain up to a triple fault, the manual's section. 'explain 2' shows the second exception of\n"
      "the chain; 'explain next' the next instruction: what it does, its operands now, its flags, what it\n"
      "may raise, and what would happen: a copy of the machine tries it. Nothing is changed.",
      false },
    { 0 },
};
