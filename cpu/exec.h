/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec.h - what instruction handlers are made of: operand access, the step to the next
 * instruction, and the macros that turn one body into a handler for each operand form and size.
 *
 * The order inside a handler is always: read, compute, write memory, then registers and flags, so
 * that a fault leaves the old state.
 */
#ifndef CPU_EXEC_H
#define CPU_EXEC_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "cpu/access.h"
#include "cpu/eflags.h"
#include "cpu/interp.h"

/* RIP of the executing instruction, and of the next one. */
ALWAYS_INLINE uint64_t insn_rip(const struct cpu *cpu, const struct insn *insn)
{
    return cpu->gpr[REG_TRACE_IP] + insn->offset;
}

ALWAYS_INLINE uint64_t insn_next_rip(const struct cpu *cpu, const struct insn *insn)
{
    return cpu->gpr[REG_TRACE_IP] + insn->offset + insn->length;
}

/*
 * Go on with the next instruction of the trace: the last thing a handler does. With tail calls
 * (configure; never without optimisation) handlers jump from one to the next, else the engine's
 * loop calls them one by one.
 */
#if defined HAVE_TAIL_CALLS && defined __OPTIMIZE__
#define CHAINED_HANDLERS 1
#define NEXT(cpu, insn) return (insn)[1].exec((cpu), (insn) + 1)
#define GO(cpu, insn) return (insn)->exec((cpu), (insn))
#else
#define NEXT(cpu, insn) return (cpu)->cursor = (insn) + 1, EXEC_NEXT
#define GO(cpu, insn) return (cpu)->cursor = (insn), EXEC_NEXT
#endif

/* Leave with a fault: the engine finds out where from cpu->cursor. */
ALWAYS_INLINE enum exec exec_fault(struct cpu *cpu, struct insn *insn)
{
    cpu->cursor = insn;
    return EXEC_FAULTED;
}
#define EXEC_FAULT exec_fault(cpu, insn)

/*
 * Ticks are charged when a trace is entered. Between these two clock_now() is the exact tick before
 * this instruction: for handlers that reach a device or read the clock (A_IO rows).
 */
ALWAYS_INLINE void device_begin(struct cpu *cpu, const struct insn *insn)
{
    cpu->remaining += insn->left;
}

ALWAYS_INLINE void device_end(struct cpu *cpu, const struct insn *insn)
{
    cpu->remaining -= insn->left;
}

/* End the trace after this instruction (an A_END row); the loop looks at time and events. */
ALWAYS_INLINE enum exec exec_leave(struct cpu *cpu, const struct insn *insn)
{
    cpu->rip = insn_next_rip(cpu, insn);
    return EXEC_LEAVE;
}

/* Registers. Byte registers by their offset into the register file. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define GPR8_OFFSET(n) (n)
#else
#define GPR8_OFFSET(n) ((n) ^ 7)
#endif

ALWAYS_INLINE uint64_t gpr_read(const struct cpu *cpu, unsigned n, unsigned size)
{
    return size == 1   ? ((const uint8_t *)cpu->gpr)[GPR8_OFFSET(n)]
           : size == 2 ? (uint16_t)cpu->gpr[n]
           : size == 4 ? (uint32_t)cpu->gpr[n]
                       : cpu->gpr[n];
}

/* 32-bit results clear the upper half, 8- and 16-bit ones leave the rest of the register. */
ALWAYS_INLINE void gpr_write(struct cpu *cpu, unsigned n, unsigned size, uint64_t value)
{
    if (size == 1)
        ((uint8_t *)cpu->gpr)[GPR8_OFFSET(n)] = (uint8_t)value;
    else if (size == 2)
        cpu->gpr[n] = (cpu->gpr[n] & ~UINT64_C(0xffff)) | (uint16_t)value;
    else if (size == 4)
        cpu->gpr[n] = (uint32_t)value;
    else
        cpu->gpr[n] = value;
}

/* Effective address, cut to the address size. */
ALWAYS_INLINE uint64_t insn_offset(const struct cpu *cpu, const struct insn *insn)
{
    uint64_t ea = cpu->gpr[insn->base] + (cpu->gpr[insn->index] << insn->scale) +
                  (uint64_t)(int64_t)insn->disp;

    return insn->asize == ASIZE_64 ? ea : insn->asize == ASIZE_32 ? (uint32_t)ea : (uint16_t)ea;
}

/* seg:offset of any memory operand -> linear address in cpu->slow_value; false: fault. */
bool operand_linear_slow(struct cpu *cpu, const struct insn *insn, uint64_t offset, unsigned size,
                         enum access access);

ALWAYS_INLINE bool is_flat_form(enum form form)
{
    return form == FORM_R_M || form == FORM_M_R || form == FORM_M_I || form == FORM_M;
}

ALWAYS_INLINE bool is_memory_form(enum form form)
{
    return form != FORM_R_R && form != FORM_R_I && form != FORM_R;
}

/* Linear address of the memory operand of `form`. */
ALWAYS_INLINE bool operand_linear(struct cpu *cpu, const struct insn *insn, enum form form,
                                  unsigned size, enum access access, lin_addr *la)
{
    uint64_t offset;
    const struct segment *seg;

    if (is_flat_form(form)) {
        *la = cpu->gpr[insn->base] + (cpu->gpr[insn->index] << insn->scale) +
              (uint64_t)(int64_t)insn->disp;
        return true;
    }
    offset = insn_offset(cpu, insn);
    seg = &cpu->seg[insn->seg];
    if (likely(offset < (access == ACCESS_READ ? seg->read_end : seg->write_end))) {
        *la = seg->base + offset;
        if (!(cpu->mode & MODE_CODE64))
            *la = (uint32_t)*la;
        return true;
    }
    if (!operand_linear_slow(cpu, insn, offset, size, access))
        return false;
    *la = cpu->slow_value;
    return true;
}

/* One compare and one host load when the TLB has the page. */
ALWAYS_INLINE bool read_linear(struct cpu *cpu, const struct insn *insn, lin_addr la, unsigned size,
                               enum access access, uint64_t *value)
{
    const struct tlb_entry *e = &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];

    if (likely((access == ACCESS_READ ? e->read_tag : e->write_tag) ==
               ((la + size - 1) & ~PAGE_MASK))) {
        *value = load_le((const void *)(uintptr_t)(la + e->addend), size);
        return true;
    }
    if (!access_read_slow(cpu, insn, la, size, access))
        return false;
    *value = cpu->slow_value;
    return true;
}

ALWAYS_INLINE bool write_linear(struct cpu *cpu, const struct insn *insn, lin_addr la,
                                unsigned size, uint64_t value)
{
    const struct tlb_entry *e = &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];

    if (likely(e->write_tag == ((la + size - 1) & ~PAGE_MASK))) {
        store_le((void *)(uintptr_t)(la + e->addend), size, value);
        return true;
    }
    return access_write_slow(cpu, insn, la, size, value);
}

/* The memory operand of a form, as a value. ACCESS_RMW: *la is kept for the write that follows. */
ALWAYS_INLINE bool memory_read(struct cpu *cpu, const struct insn *insn, enum form form,
                               unsigned size, enum access access, lin_addr *la, uint64_t *value)
{
    return operand_linear(cpu, insn, form, size, access, la) &&
           read_linear(cpu, insn, *la, size, access, value);
}

ALWAYS_INLINE bool memory_write(struct cpu *cpu, const struct insn *insn, enum form form,
                                unsigned size, uint64_t value)
{
    lin_addr la;

    return operand_linear(cpu, insn, form, size, ACCESS_WRITE, &la) &&
           write_linear(cpu, insn, la, size, value);
}

/*
 * Specialised bodies. BODY(add) opens an inline function in which `form` and `size` (bytes) are
 * constants. The destination and source of two-operand forms:
 */
#define BODY(name)                                                                                 \
    ALWAYS_INLINE enum exec name##_body(struct cpu *cpu UNUSED, struct insn *insn UNUSED,          \
                                        const enum form form UNUSED, const unsigned size UNUSED)

/*
 * In the flat forms these four take the one fast way only: one compare, one host access, no call and
 * so no stack frame. When it is not open they return false and the body leaves with BODY_FAULT,
 * which runs the same instruction's general form instead (exec_general).
 */
ALWAYS_INLINE bool flat_access(const struct cpu *cpu, const struct insn *insn, unsigned size,
                               enum access access, uintptr_t *host)
{
    lin_addr la = cpu->gpr[insn->base] + (cpu->gpr[insn->index] << insn->scale) +
                  (uint64_t)(int64_t)insn->disp;
    const struct tlb_entry *e = &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];

    *host = la + e->addend;
    return likely((access == ACCESS_READ ? e->read_tag : e->write_tag) ==
                  ((la + size - 1) & ~PAGE_MASK));
}

ALWAYS_INLINE bool form_read(struct cpu *cpu, const struct insn *insn, enum form form,
                             unsigned size, enum access access, uint64_t *place, uint64_t *value)
{
    uintptr_t host;

    if (!is_flat_form(form))
        return memory_read(cpu, insn, form, size, access, place, value);
    if (!flat_access(cpu, insn, size, access, &host))
        return false;
    *place = host;
    *value = load_le((const void *)host, size);
    return true;
}

ALWAYS_INLINE bool form_write(struct cpu *cpu, const struct insn *insn, enum form form,
                              unsigned size, uint64_t value)
{
    uintptr_t host;

    if (!is_flat_form(form))
        return memory_write(cpu, insn, form, size, value);
    if (!flat_access(cpu, insn, size, ACCESS_WRITE, &host))
        return false;
    store_le((void *)host, size, value);
    return true;
}

/* Operand 1 read for a following write (RW rows) or read only; *place is for dest_write. */
ALWAYS_INLINE bool dest_read(struct cpu *cpu, const struct insn *insn, enum form form,
                             unsigned size, enum access access, uint64_t *place, uint64_t *value)
{
    if (form == FORM_M_R || form == FORM_N_R || form == FORM_M_I || form == FORM_N_I ||
        form == FORM_M || form == FORM_N)
        return form_read(cpu, insn, form, size, access, place, value);
    *value = gpr_read(cpu, insn->dst, size);
    return true;
}

ALWAYS_INLINE bool dest_write(struct cpu *cpu, const struct insn *insn, enum form form,
                              unsigned size, uint64_t place, uint64_t value)
{
    if (form == FORM_M_R || form == FORM_M_I || form == FORM_M) {
        store_le((void *)(uintptr_t)place, size, value);
        return true;
    }
    if (form == FORM_N_R || form == FORM_N_I || form == FORM_N)
        return write_linear(cpu, insn, place, size, value);
    gpr_write(cpu, insn->dst, size, value);
    return true;
}

/* Operand 2: register, immediate or (R_M, R_N) memory. */
ALWAYS_INLINE bool src_read(struct cpu *cpu, const struct insn *insn, enum form form, unsigned size,
                            uint64_t *value)
{
    uint64_t place;

    if (form == FORM_R_M || form == FORM_R_N)
        return form_read(cpu, insn, form, size, ACCESS_READ, &place, value);
    if (form == FORM_R_I || form == FORM_M_I || form == FORM_N_I)
        *value = zero_extend(insn->imm, size);
    else
        *value = gpr_read(cpu, insn->src, size);
    return true;
}

/* Eight bytes of the 64-bit stack at `la`, if its page is at hand. */
ALWAYS_INLINE bool stack_access(const struct cpu *cpu, lin_addr la, enum access access,
                                uintptr_t *host)
{
    const struct tlb_entry *e = &cpu->tlb[la / PAGE_SIZE % TLB_ENTRIES];

    *host = la + e->addend;
    return likely((access == ACCESS_READ ? e->read_tag : e->write_tag) == ((la + 7) & ~PAGE_MASK));
}

/* The flat form's way is closed or a check failed: the general form decides. */
enum exec exec_general(struct cpu *cpu, struct insn *insn);
#define BODY_FAULT (is_flat_form(form) ? exec_general(cpu, insn) : exec_fault(cpu, insn))

/* A handler: one function per form and size, collected in a struct handlers. */
#define HANDLER_(name, form, log2)                                                                 \
    static enum exec name##_##form##_##log2(struct cpu *cpu, struct insn *insn)                    \
    {                                                                                              \
        return name##_body(cpu, insn, FORM_##form, 1u << (log2));                                  \
    }
#define HANDLER_SIZES_(name, form)                                                                 \
    HANDLER_(name, form, 0)                                                                        \
    HANDLER_(name, form, 1) HANDLER_(name, form, 2) HANDLER_(name, form, 3)
#define HANDLER_ROW_(name, form)                                                                   \
    [FORM_##form] = { name##_##form##_0, name##_##form##_1, name##_##form##_2, name##_##form##_3 }

/* All two-operand forms: ADD, MOV, CMP, ... */
#define HANDLERS_2(name)                                                                           \
    HANDLER_SIZES_(name, R_R)                                                                      \
    HANDLER_SIZES_(name, R_I)                                                                      \
    HANDLER_SIZES_(name, R_M)                                                                      \
    HANDLER_SIZES_(name, R_N)                                                                      \
    HANDLER_SIZES_(name, M_R)                                                                      \
    HANDLER_SIZES_(name, N_R)                                                                      \
    HANDLER_SIZES_(name, M_I)                                                                      \
    HANDLER_SIZES_(name, N_I)                                                                      \
    const struct handlers exec_##name = {                                                          \
        .fn = { HANDLER_ROW_(name, R_R), HANDLER_ROW_(name, R_I), HANDLER_ROW_(name, R_M),         \
                HANDLER_ROW_(name, R_N), HANDLER_ROW_(name, M_R), HANDLER_ROW_(name, N_R),         \
                HANDLER_ROW_(name, M_I), HANDLER_ROW_(name, N_I) }                                 \
    };
/* Register destination only: CMOV, IMUL Gv,Ev, MOVZX, BSF ... */
#define HANDLERS_R_RM(name)                                                                        \
    HANDLER_SIZES_(name, R_R)                                                                      \
    HANDLER_SIZES_(name, R_M)                                                                      \
    HANDLER_SIZES_(name, R_N)                                                                      \
    const struct handlers exec_##name = {                                                          \
        .fn = { HANDLER_ROW_(name, R_R), HANDLER_ROW_(name, R_M), HANDLER_ROW_(name, R_N) }        \
    };
/* Register source, register or memory destination: BT Ev,Gv, XADD, SHLD, ... */
#define HANDLERS_RM_R(name)                                                                        \
    HANDLER_SIZES_(name, R_R)                                                                      \
    HANDLER_SIZES_(name, M_R)                                                                      \
    HANDLER_SIZES_(name, N_R)                                                                      \
    const struct handlers exec_##name = {                                                          \
        .fn = { HANDLER_ROW_(name, R_R), HANDLER_ROW_(name, M_R), HANDLER_ROW_(name, N_R) }        \
    };
/* One operand: INC, NOT, SETcc, PUSH, shifts by 1 or CL, ... */
#define HANDLERS_1(name)                                                                           \
    HANDLER_SIZES_(name, R)                                                                        \
    HANDLER_SIZES_(name, M)                                                                        \
    HANDLER_SIZES_(name, N)                                                                        \
    const struct handlers exec_##name = { .fn = { HANDLER_ROW_(name, R), HANDLER_ROW_(name, M),    \
                                                  HANDLER_ROW_(name, N) } };
/* Immediate source: shifts by Ib, BT Ev,Ib, ... */
#define HANDLERS_RM_I(name)                                                                        \
    HANDLER_SIZES_(name, R_I)                                                                      \
    HANDLER_SIZES_(name, M_I)                                                                      \
    HANDLER_SIZES_(name, N_I)                                                                      \
    const struct handlers exec_##name = {                                                          \
        .fn = { HANDLER_ROW_(name, R_I), HANDLER_ROW_(name, M_I), HANDLER_ROW_(name, N_I) }        \
    };

/*
 * A handler that asks the instruction at run time: EXEC(lgdt) { ... } defines exec_lgdt. Its body
 * ends with `return EXEC_NEXT;`. Only the function around it goes on to the next instruction: a
 * body that has the address of a local variable in use could not be left by a tail call, and a
 * guest's loop would eat the host's stack. EXEC_PART(name) is the same for a part that other
 * handlers end in: return name(cpu, insn).
 */
#define EXEC_PART(name)                                                                            \
    static NOINLINE enum exec name##_run(struct cpu *cpu, struct insn *insn);                      \
    static enum exec name(struct cpu *cpu, struct insn *insn)                                      \
    {                                                                                              \
        enum exec result = name##_run(cpu, insn);                                                  \
                                                                                                   \
        if (likely(result == EXEC_NEXT))                                                           \
            NEXT(cpu, insn);                                                                       \
        return result;                                                                             \
    }                                                                                              \
    static enum exec name##_run(struct cpu *cpu UNUSED, struct insn *insn UNUSED)
#define EXEC(name)                                                                                 \
    static enum exec name##_any(struct cpu *cpu, struct insn *insn);                               \
    const struct handlers exec_##name = { .any = name##_any };                                     \
    EXEC_PART(name##_any)

/*
 * Run-time operand access for EXEC handlers (operand.c): operand n (0 first) of the instruction's
 * row, a general register, memory, immediate, fixed register or segment register; size by the row,
 * value zero-extended. op_la is the linear address of the memory operand for `bytes` bytes.
 */
MUST_CHECK bool op_read(struct cpu *cpu, const struct insn *insn, unsigned n, uint64_t *value);
MUST_CHECK bool op_write(struct cpu *cpu, const struct insn *insn, unsigned n, uint64_t value);
unsigned op_size(const struct insn *insn, unsigned n); /* bytes */
/* Bytes of the v operand size: 2, 4, 8. */
static inline unsigned insn_opsize(const struct insn *insn)
{
    return 1u << insn->opsize;
}
/* Memory operand of any row: offset is insn_offset(), segment insn->seg. */
#define MEM_SEG(insn) ((enum seg)(insn)->seg)

/* The stack, with SS.B or 64-bit mode deciding the width of SP. size: bytes of the slot. */
MUST_CHECK bool stack_push(struct cpu *cpu, unsigned size, uint64_t value);
/* Reads the top without moving SP: stack_release() does, once nothing can fault any more. */
MUST_CHECK bool stack_top(struct cpu *cpu, unsigned size, uint64_t skip, uint64_t *value);
void stack_release(struct cpu *cpu, uint64_t bytes);
/* Mask for SP arithmetic: 0xffff, 0xffffffff or all ones. */
static inline uint64_t stack_mask(const struct cpu *cpu)
{
    return cpu->mode & MODE_CODE64    ? ~UINT64_C(0)
           : cpu->mode & MODE_STACK32 ? UINT64_C(0xffffffff)
                                      : UINT64_C(0xffff);
}
/* Segment of the stack for faults. */
static inline enum seg stack_seg(const struct cpu *cpu)
{
    return cpu->mode & MODE_CODE64 ? SEG_FLAT_SS : SEG_SS;
}

/* Raise #UD for an encoding that the row allows but the state forbids. Returns EXEC_FAULT. */
enum exec exec_undefined(struct cpu *cpu, struct insn *insn);
extern const struct handlers exec_bad; /* raises #UD */
enum exec exec_bad_lock(struct cpu *cpu, struct insn *insn);
/* Can CS:rip be fetched from? #GP(0) otherwise. */
MUST_CHECK bool branch_target_ok(struct cpu *cpu, uint64_t rip);

/* Go on at CS:rip with a trace: charge its instructions, or leave when time is too short. */
ALWAYS_INLINE enum exec trace_enter(struct cpu *cpu, struct trace *trace, uint64_t rip)
{
    if (likely(cpu->remaining >= trace->count)) {
        cpu->remaining -= trace->count;
        cpu->gpr[REG_TRACE_IP] = rip;
        GO(cpu, trace->insns);
    }
    cpu->rip = rip;
    return EXEC_LEAVE;
}

/*
 * The end of a near branch to rip, which is legal. `code64`: a constant where possible. Does not
 * return to the caller's trace.
 */
ALWAYS_INLINE enum exec exec_jump(struct cpu *cpu, uint64_t rip, bool code64)
{
    const struct trace_cache *cache = cpu->traces;
    lin_addr la = code64 ? rip : (uint32_t)(cpu->seg[SEG_CS].base + rip);
    const struct jump_entry *e = &cache->jump[jump_hash(la)];
    struct trace *trace = e->trace;

    if (unlikely(!jump_matches(cache, e, la, 0))) {
        /* A look-up may set accessed bits, or fault: not before its time has come. */
        trace = cpu->remaining > 0 ? trace_find_slow(cpu, rip) : NULL;
        if (!trace) {
            cpu->rip = rip;
            return EXEC_LEAVE;
        }
    }
    if (likely(cpu->remaining >= trace->count)) {
        cpu->remaining -= trace->count;
        cpu->gpr[REG_TRACE_IP] = rip;
        GO(cpu, trace->insns);
    }
    cpu->rip = rip;
    return EXEC_LEAVE;
}

/* Do the instruction and rip lie in one linear page? The end of a trace may be the first byte of the
 * next page: what counts is the last before. */
ALWAYS_INLINE bool is_same_page(const struct cpu *cpu, const struct insn *insn, uint64_t rip,
                                bool code64)
{
    uint64_t from = insn_rip(cpu, insn) - (insn->length == 0);
    uint64_t base = code64 ? 0 : cpu->seg[SEG_CS].base; /* need not be that of a page */

    return (((base + from) ^ (base + rip)) & ~PAGE_MASK) == 0;
}

/*
 * The end of a direct branch (or a trace): within one page the target trace is linked for good,
 * because the mapping that fetched this instruction fetches that one too.
 */
ALWAYS_INLINE enum exec exec_direct(struct cpu *cpu, struct insn *insn, uint64_t rip, bool code64)
{
    struct trace *trace = insn->link;

    if (likely(trace != NULL) && (code64 || rip + trace->bytes - 1 <= cpu->seg[SEG_CS].limit)) {
        if (likely(cpu->remaining >= trace->count)) {
            cpu->remaining -= trace->count;
            cpu->gpr[REG_TRACE_IP] = rip;
            GO(cpu, trace->insns);
        }
        cpu->rip = rip;
        return EXEC_LEAVE;
    }
    if (is_same_page(cpu, insn, rip, code64))
        trace_link(cpu, insn, rip);
    return exec_jump(cpu, rip, code64);
}

/* One port access at its exact tick, reported to the observer (exec_io.c). Rights are checked. */
uint64_t port_read(struct cpu *cpu, const struct insn *insn, uint16_t port, unsigned size);
void port_write(struct cpu *cpu, const struct insn *insn, uint16_t port, unsigned size,
                uint64_t value);

/* Handlers of all files: one declaration per row. */
#define INSN(id, opcode, mnemonic, op1, op2, op3, op4, tested, written, undefined, attributes,     \
             feature, handler, title)                                                              \
    extern const struct handlers handler;
#include "cpu/insns.def"
#undef INSN

#endif
