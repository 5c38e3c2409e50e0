/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_segment.c - segment registers, far transfers, software interrupts, descriptor tables and
 * the instructions that look at descriptors. Source: SDM Vol. 2, the pages of the instructions.
 */
#include "cpu/control.h"
#include "cpu/debug_reg.h"
#include "cpu/exec.h"
#include "cpu/protection.h"

/* End an instruction that loaded CS:RIP itself, or failed to. */
static enum exec transferred(struct cpu *cpu, struct insn *insn, bool done)
{
    if (done)
        return EXEC_LEAVE;
    if (!cpu->want_alone && cpu->fault.new_task) { /* the switch was made: the fault is its own */
        exception_deliver(cpu);
        return EXEC_LEAVE;
    }
    return EXEC_FAULT;
}

/* MOV and POP accept ES SS DS FS GS; encodings 6 and 7 do not exist. */
static bool loadable(unsigned seg)
{
    return seg <= SEG_GS && seg != SEG_CS;
}

EXEC(mov_from_sreg)
{
    if (insn->src > SEG_GS)
        return exec_undefined(cpu, insn);
    if (!op_write(cpu, insn, 0, cpu->seg[insn->src].selector))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(mov_to_sreg)
{
    uint64_t selector;

    if (!loadable(insn->dst))
        return exec_undefined(cpu, insn);
    if (!op_read(cpu, insn, 1, &selector) ||
        !segment_load(cpu, (enum seg)insn->dst, (uint16_t)selector))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

/* MOV SS: traps and interrupts wait for one more instruction. */
EXEC(mov_to_ss)
{
    uint64_t selector;

    if (!op_read(cpu, insn, 1, &selector) || !segment_load(cpu, SEG_SS, (uint16_t)selector))
        return EXEC_FAULT;
    cpu->shadow |= SHADOW_MOV_SS;
    return exec_leave(cpu, insn);
}

/* The selector, zero-extended: of the two ways that the manual leaves open for a doubleword. */
EXEC(push_sreg)
{
    if (!stack_push(cpu, insn_opsize(insn), cpu->seg[insn->dst].selector))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(pop_sreg)
{
    uint64_t selector;

    if (!stack_top(cpu, insn_opsize(insn), 0, &selector) ||
        !segment_load(cpu, (enum seg)insn->dst, (uint16_t)selector))
        return EXEC_FAULT;
    stack_release(cpu, insn_opsize(insn));
    return EXEC_NEXT;
}

EXEC(pop_ss)
{
    uint64_t selector, mask = stack_mask(cpu);
    uint64_t sp = (cpu->gpr[RSP] & ~mask) | ((cpu->gpr[RSP] + insn_opsize(insn)) & mask);

    if (!stack_top(cpu, insn_opsize(insn), 0, &selector) ||
        !segment_load(cpu, SEG_SS, (uint16_t)selector))
        return EXEC_FAULT;
    cpu->gpr[RSP] = sp; /* moved on the stack that it was popped from */
    cpu->shadow |= SHADOW_MOV_SS;
    return exec_leave(cpu, insn);
}

/* A far pointer in memory: offset, then selector. */
static bool read_pointer(struct cpu *cpu, const struct insn *insn, uint64_t *offset,
                         uint16_t *selector)
{
    static const uint64_t masks[] = { UINT64_C(0xffff), UINT32_MAX, UINT64_MAX };
    uint64_t ea = insn_offset(cpu, insn), word;
    unsigned size = insn_opsize(insn);

    if (!cpu_read(cpu, MEM_SEG(insn), ea, size, offset) ||
        !cpu_read(cpu, MEM_SEG(insn), (ea + size) & masks[insn->asize], 2, &word))
        return false;
    *selector = (uint16_t)word;
    return true;
}

static bool load_pointer(struct cpu *cpu, const struct insn *insn, enum seg seg)
{
    uint64_t offset;
    uint16_t selector;

    if (!read_pointer(cpu, insn, &offset, &selector) || !segment_load(cpu, seg, selector))
        return false;
    gpr_write(cpu, insn->dst, insn_opsize(insn), offset);
    return true;
}

EXEC(les)
{
    if (!load_pointer(cpu, insn, SEG_ES))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(lds)
{
    if (!load_pointer(cpu, insn, SEG_DS))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(lfs)
{
    if (!load_pointer(cpu, insn, SEG_FS))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(lgs)
{
    if (!load_pointer(cpu, insn, SEG_GS))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(lss)
{
    if (!load_pointer(cpu, insn, SEG_SS))
        return EXEC_FAULT;
    return exec_leave(cpu, insn);
}

/* Far transfers. */
EXEC(jmp_far)
{
    return transferred(cpu, insn,
                       far_jump(cpu, (uint16_t)(insn->imm >> 32), (uint32_t)insn->imm,
                                insn_opsize(insn), insn_next_rip(cpu, insn)));
}

EXEC(call_far)
{
    return transferred(cpu, insn,
                       far_call(cpu, (uint16_t)(insn->imm >> 32), (uint32_t)insn->imm,
                                insn_opsize(insn), insn_next_rip(cpu, insn)));
}

EXEC(jmp_far_ind)
{
    uint64_t offset;
    uint16_t selector;

    if (!read_pointer(cpu, insn, &offset, &selector))
        return EXEC_FAULT;
    return transferred(
        cpu, insn, far_jump(cpu, selector, offset, insn_opsize(insn), insn_next_rip(cpu, insn)));
}

EXEC(call_far_ind)
{
    uint64_t offset;
    uint16_t selector;

    if (!read_pointer(cpu, insn, &offset, &selector))
        return EXEC_FAULT;
    return transferred(
        cpu, insn, far_call(cpu, selector, offset, insn_opsize(insn), insn_next_rip(cpu, insn)));
}

EXEC(ret_far)
{
    return transferred(cpu, insn, far_return(cpu, insn_opsize(insn), 0));
}

EXEC(ret_far_imm)
{
    return transferred(cpu, insn, far_return(cpu, insn_opsize(insn), (uint16_t)insn->imm));
}

EXEC(iret)
{
    return transferred(cpu, insn,
                       interrupt_return(cpu, insn_opsize(insn), insn_next_rip(cpu, insn)));
}

/* Software interrupts. delivered_idle tells the engine that TF does not trap after them. */
static enum exec software_interrupt(struct cpu *cpu, struct insn *insn, unsigned vector,
                                    enum event_kind kind)
{
    bool done = interrupt_deliver(cpu, vector, kind, false, 0, insn_next_rip(cpu, insn));

    if (done)
        cpu->delivered_idle = true;
    return transferred(cpu, insn, done);
}

EXEC(int)
{
    return software_interrupt(cpu, insn, insn->imm & 0xff, EVENT_INT_N);
}

/* DR6 stays as it is; DR7.GD is cleared as by every debug exception. */
EXEC(int1)
{
    enum exec result = software_interrupt(cpu, insn, VEC_DB, EVENT_INT1);

    if (result == EXEC_LEAVE)
        cpu->dr[7] &= ~(uint64_t)DR7_GD;
    return result;
}

/* INT3 and INTO are exceptions by number: they begin a chain of their own. */
static enum exec trap_instruction(struct cpu *cpu, struct insn *insn, unsigned vector,
                                  enum reason reason)
{
    struct fault trap = {
        .vector = (uint8_t)vector,
        .reason = (uint16_t)reason,
        .tick = clock_now(cpu->clock) - insn->left, /* its ticks are charged already */
        .cs = cpu->seg[SEG_CS].selector,
        .rip = insn_rip(cpu, insn),
    };

    if (!interrupt_deliver(cpu, vector, EVENT_INT3_INTO, false, 0, insn_next_rip(cpu, insn)))
        return transferred(cpu, insn, false);
    cpu->delivered_idle = true;
    cpu->chain[0] = trap;
    cpu->chain_length = 1;
    return EXEC_LEAVE;
}

EXEC(int3)
{
    return trap_instruction(cpu, insn, VEC_BP, REASON_INT3);
}

EXEC(into)
{
    if (flag_of(cpu))
        return trap_instruction(cpu, insn, VEC_OF, REASON_INTO);
    return exec_leave(cpu, insn);
}

EXEC(bound)
{
    unsigned size = insn_opsize(insn);
    uint64_t ea = insn_offset(cpu, insn), low, high;
    int64_t index = sign_extend(cpu->gpr[insn->dst], size);
    uint64_t mask = insn->asize == ASIZE_16 ? 0xffff : UINT32_MAX;

    if (!cpu_read(cpu, MEM_SEG(insn), ea, size, &low) ||
        !cpu_read(cpu, MEM_SEG(insn), (ea + size) & mask, size, &high))
        return EXEC_FAULT;
    if (index < sign_extend(low, size) || index > sign_extend(high, size)) {
        RAISE(cpu, VEC_BR, 0, BOUND, { EV_VALUE, (uint64_t)index }, { EV_ALLOWED, low },
              { EV_ALLOWED, high });
        return EXEC_FAULT;
    }
    return EXEC_NEXT;
}

/*
 * LAR, LSL, VERR, VERW: may a program of this CPL and RPL see the segment? *visible says so; false
 * only for a page fault. `systems`: bit set of the system types that count.
 */
static bool look_at(struct cpu *cpu, uint16_t selector, unsigned systems, struct descriptor *desc,
                    bool *visible)
{
    unsigned rpl = selector & SELECTOR_RPL, dpl;
    uint16_t attr;

    *visible = false;
    if (selector_null(selector))
        return true;
    if (!descriptor_find(cpu, selector, false, desc, visible))
        return false;
    if (!*visible)
        return true;
    attr = descriptor_attr(desc->low);
    dpl = attr_dpl(attr);
    if (attr_is_conforming(attr))
        return true;
    *visible =
        dpl >= cpu->cpl && dpl >= rpl && ((attr & ATTR_S) || (systems >> (attr & ATTR_TYPE) & 1));
    return true;
}

static void set_zf(struct cpu *cpu, bool set)
{
    flags_load(cpu, (flags_status(cpu) & ~(uint32_t)ZF) | (set ? ZF : 0));
}

/* Rows with A_PROT: the decoder does not know, so the handler asks first. */
static bool require_protected(struct cpu *cpu)
{
    return likely(cpu_protected(cpu)) || RAISE(cpu, VEC_UD, 0, PROTECTED_MODE_ONLY, { EV_NONE, 0 });
}

#define SYSTEMS_32                                                                                 \
    (1u << SYSTEM_TSS16 | 1u << SYSTEM_LDT | 1u << SYSTEM_TSS16_BUSY | 1u << SYSTEM_TSS32 |        \
     1u << SYSTEM_TSS32_BUSY)
#define SYSTEMS_64 (1u << SYSTEM_LDT | 1u << SYSTEM_TSS32 | 1u << SYSTEM_TSS32_BUSY)

EXEC(lar)
{
    unsigned systems = cpu_long_mode(cpu) ? SYSTEMS_64 | 1u << SYSTEM_CALL_GATE32
                                          : SYSTEMS_32 | 1u << SYSTEM_CALL_GATE16 |
                                                1u << SYSTEM_TASK_GATE | 1u << SYSTEM_CALL_GATE32;
    struct descriptor desc;
    uint64_t selector;
    bool visible;

    if (!require_protected(cpu) || !op_read(cpu, insn, 1, &selector) ||
        !look_at(cpu, (uint16_t)selector, systems, &desc, &visible))
        return EXEC_FAULT;
    if (visible)
        gpr_write(cpu, insn->dst, insn_opsize(insn), desc.low >> 32 & 0xffff00);
    set_zf(cpu, visible);
    return EXEC_NEXT;
}

EXEC(lsl)
{
    unsigned systems = cpu_long_mode(cpu) ? SYSTEMS_64 : SYSTEMS_32;
    struct descriptor desc;
    uint64_t selector;
    bool visible;

    if (!require_protected(cpu) || !op_read(cpu, insn, 1, &selector) ||
        !look_at(cpu, (uint16_t)selector, systems, &desc, &visible))
        return EXEC_FAULT;
    if (visible)
        gpr_write(cpu, insn->dst, insn_opsize(insn), descriptor_limit(desc.low));
    set_zf(cpu, visible);
    return EXEC_NEXT;
}

EXEC(verr)
{
    struct descriptor desc;
    uint64_t selector;
    bool visible;

    if (!require_protected(cpu) || !op_read(cpu, insn, 0, &selector) ||
        !look_at(cpu, (uint16_t)selector, 0, &desc, &visible))
        return EXEC_FAULT;
    set_zf(cpu, visible && attr_is_readable(descriptor_attr(desc.low)));
    return EXEC_NEXT;
}

EXEC(verw)
{
    struct descriptor desc;
    uint64_t selector;
    bool visible;

    if (!require_protected(cpu) || !op_read(cpu, insn, 0, &selector) ||
        !look_at(cpu, (uint16_t)selector, 0, &desc, &visible))
        return EXEC_FAULT;
    set_zf(cpu, visible && attr_is_writable_data(descriptor_attr(desc.low)));
    return EXEC_NEXT;
}

EXEC(arpl)
{
    uint64_t dest, rpl = gpr_read(cpu, insn->src, 2) & SELECTOR_RPL;
    bool raise;

    if (!require_protected(cpu) || !op_read(cpu, insn, 0, &dest))
        return EXEC_FAULT;
    raise = (dest & SELECTOR_RPL) < rpl;
    if (raise && !op_write(cpu, insn, 0, (dest & ~(uint64_t)SELECTOR_RPL) | rpl))
        return EXEC_FAULT;
    set_zf(cpu, raise);
    return EXEC_NEXT;
}

static bool require_cpl0(struct cpu *cpu)
{
    if (cpu->cpl)
        return RAISE(cpu, VEC_GP, 0, PRIVILEGED, { EV_CPL, cpu->cpl });
    return true;
}

/* The memory image of GDTR and IDTR: limit, then a base of 4 or (64-bit mode) 8 bytes. */
static bool store_table(struct cpu *cpu, const struct insn *insn,
                        const struct table_register *table)
{
    static const uint64_t masks[] = { UINT64_C(0xffff), UINT32_MAX, UINT64_MAX };
    unsigned size = cpu_code64(cpu) ? 8 : 4;
    uint64_t ea = insn_offset(cpu, insn);
    lin_addr la;

    /* The base first: where that is aligned, the limit is, too. */
    return control_umip_allows(cpu) &&
           cpu_linear(cpu, MEM_SEG(insn), ea, 2 + size, ACCESS_WRITE, &la) &&
           linear_probe(cpu, la, 2 + size, ACCESS_WRITE, AS_CPL) &&
           cpu_write(cpu, MEM_SEG(insn), (ea + 2) & masks[insn->asize], size, table->base) &&
           cpu_write(cpu, MEM_SEG(insn), ea, 2, table->limit);
}

static bool load_table(struct cpu *cpu, const struct insn *insn, struct table_register *table)
{
    uint8_t image[10] = { 0 };
    uint64_t base;

    if (!require_cpl0(cpu) || !cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), image,
                                              cpu_code64(cpu) ? 10 : 6, 1))
        return false;
    base = load_le64(image + 2);
    if (!cpu_code64(cpu) && insn->opsize == OPSIZE_16)
        base &= 0xffffff;
    if (!is_canonical_base(cpu, base))
        return RAISE(cpu, VEC_GP, 0, NON_CANONICAL, { EV_LINEAR, base });
    *table = (struct table_register){ base, load_le16(image) };
    return true;
}

EXEC(sgdt)
{
    if (!store_table(cpu, insn, &cpu->gdtr))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(sidt)
{
    if (!store_table(cpu, insn, &cpu->idtr))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(lgdt)
{
    if (!load_table(cpu, insn, &cpu->gdtr))
        return EXEC_FAULT;
    return exec_leave(cpu, insn);
}

EXEC(lidt)
{
    if (!load_table(cpu, insn, &cpu->idtr))
        return EXEC_FAULT;
    return exec_leave(cpu, insn);
}

EXEC(sldt)
{
    if (!require_protected(cpu) || !control_umip_allows(cpu) ||
        !op_write(cpu, insn, 0, cpu->ldtr.selector))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(str)
{
    if (!require_protected(cpu) || !control_umip_allows(cpu) ||
        !op_write(cpu, insn, 0, cpu->tr.selector))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

/* A system descriptor for LDTR or TR: in the GDT, of 16 bytes in IA-32e mode. */
static bool read_system(struct cpu *cpu, uint16_t selector, struct descriptor *desc, uint64_t *base)
{
    bool wide = cpu_long_mode(cpu);

    if (selector & SELECTOR_LDT)
        return RAISE(cpu, VEC_GP, selector_error(selector, false), SYSTEM_IN_LDT,
                     { EV_SELECTOR, selector });
    if (!descriptor_read(cpu, selector, VEC_GP, false, wide, desc))
        return false;
    *base = descriptor_base(desc->low) | (wide ? desc->high << 32 : 0);
    return true;
}

/* Checks of LLDT and LTR that follow the type. */
static bool system_usable(struct cpu *cpu, uint16_t selector, const struct descriptor *desc,
                          uint64_t base, enum reason not_present)
{
    uint32_t error = selector_error(selector, false);

    if (!(descriptor_attr(desc->low) & ATTR_P))
        return cpu_raise(cpu, VEC_NP, error, not_present,
                         (const struct evidence[EVIDENCE_MAX]){ EV_DESCRIPTOR(selector, desc) });
    if (!is_canonical_base(cpu, base))
        return RAISE(cpu, VEC_GP, error, SYSTEM_BASE, EV_DESCRIPTOR(selector, desc),
                     { EV_LINEAR, base });
    return true;
}

static bool load_ldtr(struct cpu *cpu, uint16_t selector)
{
    struct descriptor desc;
    uint64_t base;

    if (selector_null(selector)) {
        cpu->ldtr = (struct segment){ .selector = selector };
        return true;
    }
    if (!read_system(cpu, selector, &desc, &base))
        return false;
    if (attr_kind(descriptor_attr(desc.low)) != SYSTEM_LDT)
        return RAISE(cpu, VEC_GP, selector_error(selector, false), LDT_TYPE,
                     EV_DESCRIPTOR(selector, &desc));
    if (!system_usable(cpu, selector, &desc, base, REASON_LDT_NOT_PRESENT))
        return false;
    segment_fill(cpu, &cpu->ldtr, selector, desc.low);
    cpu->ldtr.base = base;
    return true;
}

static bool load_tr(struct cpu *cpu, uint16_t selector)
{
    struct descriptor desc;
    uint64_t base;
    unsigned kind;

    if (selector_null(selector))
        return RAISE(cpu, VEC_GP, 0, TR_NULL, { EV_SELECTOR, selector });
    if (!read_system(cpu, selector, &desc, &base))
        return false;
    kind = attr_kind(descriptor_attr(desc.low));
    if (kind == SYSTEM_TSS32_BUSY || (kind == SYSTEM_TSS16_BUSY && !cpu_long_mode(cpu)))
        return RAISE(cpu, VEC_GP, selector_error(selector, false), TSS_BUSY,
                     EV_DESCRIPTOR(selector, &desc));
    if (kind != SYSTEM_TSS32 && (kind != SYSTEM_TSS16 || cpu_long_mode(cpu)))
        return RAISE(cpu, VEC_GP, selector_error(selector, false), TSS_TYPE,
                     EV_DESCRIPTOR(selector, &desc));
    if (!system_usable(cpu, selector, &desc, base, REASON_TSS_NOT_PRESENT) ||
        !descriptor_set_busy(cpu, desc.address, true))
        return false;
    segment_fill(cpu, &cpu->tr, selector, desc.low | BIT(41));
    cpu->tr.base = base;
    return true;
}

EXEC(lldt)
{
    uint64_t selector;

    if (!require_protected(cpu) || !require_cpl0(cpu) || !op_read(cpu, insn, 0, &selector) ||
        !load_ldtr(cpu, (uint16_t)selector))
        return EXEC_FAULT;
    return EXEC_NEXT;
}

EXEC(ltr)
{
    uint64_t selector;

    if (!require_protected(cpu) || !require_cpl0(cpu) || !op_read(cpu, insn, 0, &selector) ||
        !load_tr(cpu, (uint16_t)selector))
        return EXEC_FAULT;
    return EXEC_NEXT;
}
