/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/thunks.c - host code that all TBs share: prologue and epilogue, the calls of slow.c, and the
 * ways out.
 */
#include <stddef.h>

#include "cpu/tb/backend.h"

/* Guest registers that have a host register of their own. */
static const struct {
    uint8_t guest, host;
} homes[] = {
    { RAX, H_RAX },       { RCX, H_RCX }, { RDX, H_RDX }, { RBX, H_RBX },
    { RBP, H_RBP },       { RSI, H_RSI }, { RDI, H_RDI }, { R8, H_R8 },
    { RSP, H_GUEST_RSP }, { R12, H_R12 }, { R13, H_R13 },
};

static const uint8_t saved_by_callee[] = { H_RBX, H_RBP, H_R12, H_R13, H_R14, H_R15 };
static const uint8_t saved_by_caller[] = { H_RAX, H_RCX, H_RDX, H_RSI, H_RDI, H_R8, H_R9, H_R11 };

static void put_push(struct host_code *c, unsigned reg)
{
    if (reg & 8)
        put8(c, 0x41);
    put8(c, 0x50 | (reg & 7));
}

static void put_pop(struct host_code *c, unsigned reg)
{
    if (reg & 8)
        put8(c, 0x41);
    put8(c, 0x58 | (reg & 7));
}

static void put_move(struct host_code *c, unsigned to, unsigned from)
{
    put_op(c, 0x8b, true, to, rm_reg(from), 0);
}

static void put_ret(struct host_code *c)
{
    put8(c, 0xc3);
}

static void store_guest(struct host_code *c, struct cpu *cpu)
{
    for (unsigned i = 0; i < ARRAY_SIZE(homes); i++)
        put_store(c, 8, rm_abs(&cpu->gpr[homes[i].guest]), homes[i].host);
    put_store(c, 8, rm_abs(&cpu->remaining), H_LEFT);
}

static void load_guest(struct host_code *c, struct cpu *cpu)
{
    for (unsigned i = 0; i < ARRAY_SIZE(homes); i++)
        put_load(c, 8, homes[i].host, rm_abs(&cpu->gpr[homes[i].guest]));
    put_load(c, 8, H_LEFT, rm_abs(&cpu->remaining));
}

/* VMOVUPS ymm or MOVUPS xmm. */
static void move_vectors(struct host_code *c, const struct tb_cache *tbs, bool store)
{
    for (unsigned i = 0; i < 16; i++) {
        struct host_rm place = rm_abs(tbs->cpu->vec[i].b);

        if (tbs->host_avx) { /* VEX.256.0F.WIG 10 or 11 */
            put8(c, 0xc5);
            put8(c, (i & 8 ? 0x00 : 0x80) | 0x7c);
            put8(c, store ? 0x11 : 0x10);
            put_modrm(c, i, place);
        } else {
            put_op(c, store ? 0x0f11 : 0x0f10, false, i, place, 0);
        }
    }
}

static const uint8_t *begin(const struct host_code *c)
{
    return c->p + c->delta;
}

static void call(struct host_code *c, const uint8_t *thunk)
{
    patch_rel32(put_call(c), thunk - c->delta);
}

static void jump(struct host_code *c, const uint8_t *thunk)
{
    patch_rel32(put_jmp(c), thunk - c->delta);
}

static uint8_t *if_flag(struct host_code *c, const uint8_t *flag)
{
    put_op(c, 0x80, false, 7, rm_abs(flag), 0);
    put8(c, 0);
    return put_jcc(c, CC_E);
}

static void here(struct host_code *c, uint8_t *place)
{
    patch_rel32(place, c->p);
}

static void ldmxcsr(struct host_code *c, const void *from)
{
    put_op(c, 0x0fae, false, 2, rm_abs(from), 0);
}

static void stmxcsr(struct host_code *c, void *to)
{
    put_op(c, 0x0fae, false, 3, rm_abs(to), 0);
}

typedef bool (*slow_fn)(struct tb_cache *tbs, const void *site, uint64_t la, uint64_t value,
                        unsigned size);

/*
 * Call fn(tbs, r10, r9, r11, size) with all guest registers as they are. ZF: it returned false. R9
 * and R11 are kept; `result`: R11 is cpu->slow_value instead.
 */
static const uint8_t *slow_thunk(struct host_code *c, struct tb_cache *tbs, slow_fn fn,
                                 unsigned size, bool result)
{
    const uint8_t *start = begin(c);
    uint8_t *skip;

    for (unsigned i = 0; i < ARRAY_SIZE(saved_by_caller); i++)
        put_push(c, saved_by_caller[i]);
    put_push(c, H_RBX);
    put_move(c, H_RBX, H_RSP);
    put_alu_imm(c, ALU_AND, 8, rm_reg(H_RSP), -16);
    skip = if_flag(c, &tbs->vectors);
    put_push(c, H_R10);
    put_push(c, H_R10);
    call(c, tbs->thunk.store_vec);
    put_pop(c, H_R10);
    put_pop(c, H_R10);
    here(c, skip);
    put_store(c, 8, rm_abs(&tbs->cpu->remaining), H_LEFT);
    put_mov_imm(c, H_RDI, (uintptr_t)tbs);
    put_move(c, H_RSI, H_R10);
    put_move(c, H_RDX, H_R9);
    put_move(c, H_RCX, H_R11);
    put_mov_imm(c, H_R8, size);
    put_mov_imm(c, H_RAX, (uint64_t)(uintptr_t)fn);
    put_op(c, 0xff, false, 2, rm_reg(H_RAX), 0);
    skip = if_flag(c, &tbs->vectors);
    call(c, tbs->thunk.load_vec);
    here(c, skip);
    put_op(c, 0x84, false, H_RAX, rm_reg(H_RAX), 0); /* test al, al: the moves below keep it */
    put_move(c, H_RSP, H_RBX);
    put_pop(c, H_RBX);
    for (unsigned i = ARRAY_SIZE(saved_by_caller); i-- > 0;)
        put_pop(c, saved_by_caller[i]);
    if (result)
        put_load(c, 8, H_DATUM, rm_abs(&tbs->cpu->slow_value));
    put_ret(c);
    return start;
}

/* r9 := host address of what the TLB had not; r10: bytes | write << 8. ZF: there is none. Afterwards
 * r10 is the offset of the TLB entry, as behind the quick way. */
static const uint8_t *probe_thunk(struct host_code *c, struct tb_cache *tbs)
{
    const uint8_t *slow = slow_thunk(c, tbs, tb_slow_probe, 0, false), *start = begin(c);
    uint8_t *failed;

    call(c, slow);
    failed = put_jcc(c, CC_E);
    put_op(c, 0x8b, false, H_SCRATCH, rm_reg(H_ADDRESS), 0);
    put_op(c, 0xc1, false, 5, rm_reg(H_SCRATCH), 0);
    put8(c, 7);
    put_alu_imm(c, ALU_AND, 4, rm_reg(H_SCRATCH), (TLB_ENTRIES - 1) << 5);
    put_load(c, 8, H_ADDRESS, rm_abs(&tbs->cpu->slow_value));
    put_alu_imm(c, ALU_CMP, 8, rm_reg(H_ADDRESS), 0); /* NE */
    here(c, failed);
    put_ret(c);
    return start;
}

static void prologue(struct host_code *c, struct tb_cache *tbs)
{
    tbs->thunk.enter = begin(c);
    for (unsigned i = 0; i < ARRAY_SIZE(saved_by_callee); i++)
        put_push(c, saved_by_callee[i]);
    put_alu_imm(c, ALU_SUB, 8, rm_reg(H_RSP), 8);
    put_move(c, H_R9, H_RDI);
    load_guest(c, tbs->cpu);
    put_op(c, 0xff, false, 4, rm_reg(H_R9), 0);
}

static const uint8_t *epilogue(struct host_code *c)
{
    const uint8_t *start = begin(c);

    put_op(c, 0x8b, false, H_RAX, rm_reg(H_R11), 0);
    put_alu_imm(c, ALU_ADD, 8, rm_reg(H_RSP), 8);
    for (unsigned i = ARRAY_SIZE(saved_by_callee); i-- > 0;)
        put_pop(c, saved_by_callee[i]);
    put_ret(c);
    return start;
}

/* Guest vector registers and MXCSR out of the host's. */
static const uint8_t *release_vectors(struct host_code *c, struct tb_cache *tbs)
{
    const uint8_t *start = begin(c);

    call(c, tbs->thunk.store_vec);
    stmxcsr(c, &tbs->cpu->mxcsr);
    ldmxcsr(c, &tbs->host_mxcsr);
    put_store_imm(c, 1, rm_abs(&tbs->vectors), 0);
    put_ret(c);
    return start;
}

/* ... and into them, if no exception is unmasked. ZF: it is. */
static void acquire_vectors(struct host_code *c, struct tb_cache *tbs)
{
    uint8_t *unmasked;

    tbs->thunk.vectors = begin(c);
    put_load(c, 4, H_DATUM, rm_abs(&tbs->cpu->mxcsr));
    put_alu_imm(c, ALU_AND, 4, rm_reg(H_DATUM), 0x1f80);
    put_alu_imm(c, ALU_CMP, 4, rm_reg(H_DATUM), 0x1f80);
    unmasked = put_jcc(c, CC_NE);
    stmxcsr(c, &tbs->host_mxcsr);
    ldmxcsr(c, &tbs->cpu->mxcsr);
    call(c, tbs->thunk.load_vec);
    put_store_imm(c, 1, rm_abs(&tbs->vectors), 1);
    put_alu_imm(c, ALU_OR, 4, rm_reg(H_DATUM), 1);
    put_ret(c);
    here(c, unmasked);
    put_alu(c, ALU_XOR, 4, H_DATUM, rm_reg(H_DATUM));
    put_ret(c);
}

static void leave_with(struct host_code *c, struct tb_cache *tbs, enum tb_leave code)
{
    put_mov_imm(c, H_DATUM, code);
    jump(c, tbs->thunk.leave);
}

static void ways_out(struct host_code *c, struct tb_cache *tbs, const uint8_t *release)
{
    struct cpu *cpu = tbs->cpu;
    const uint8_t *finish = epilogue(c);
    uint8_t *skip;

    tbs->thunk.leave = begin(c); /* r11: enum tb_leave */
    store_guest(c, cpu);
    skip = if_flag(c, &tbs->vectors);
    call(c, release);
    here(c, skip);
    jump(c, finish);

    tbs->thunk.lookup = begin(c); /* r11: rip */
    put_store(c, 8, rm_abs(&cpu->rip), H_DATUM);
    put_store_imm(c, 8, rm_abs(&tbs->from), 0);
    leave_with(c, tbs, LEAVE_LOOKUP);
    tbs->thunk.limit = begin(c);
    put_store(c, 8, rm_abs(&cpu->rip), H_DATUM);
    leave_with(c, tbs, LEAVE_LIMIT);
    tbs->thunk.alone = begin(c);
    put_store(c, 8, rm_abs(&cpu->rip), H_DATUM);
    leave_with(c, tbs, LEAVE_ALONE);
    tbs->thunk.chain = begin(c); /* r10: struct tb_exit */
    put_store(c, 8, rm_abs(&tbs->from), H_SCRATCH);
    put_load(c, 8, H_DATUM, rm_mem(H_SCRATCH, offsetof(struct tb_exit, rip)));
    put_store(c, 8, rm_abs(&cpu->rip), H_DATUM);
    leave_with(c, tbs, LEAVE_LOOKUP);

    tbs->thunk.helper = begin(c); /* r10: struct tb_site */
    store_guest(c, cpu);
    put_alu_imm(c, ALU_SUB, 8, rm_reg(H_RSP), 8);
    skip = if_flag(c, &tbs->vectors);
    put_push(c, H_R10);
    put_push(c, H_R10);
    call(c, release);
    put_pop(c, H_R10);
    put_pop(c, H_R10);
    here(c, skip);
    put_mov_imm(c, H_RDI, (uintptr_t)tbs);
    put_move(c, H_RSI, H_R10);
    put_mov_imm(c, H_RAX, (uint64_t)(uintptr_t)tb_call_helper);
    put_op(c, 0xff, false, 2, rm_reg(H_RAX), 0);
    put_sized(c, 0x84, 4, H_RAX, rm_reg(H_RAX));
    skip = put_jcc(c, CC_S);
    put_op(c, 0x8b, false, H_DATUM, rm_reg(H_RAX), 0);
    put_alu_imm(c, ALU_ADD, 8, rm_reg(H_RSP), 16); /* and the return address */
    jump(c, finish);
    here(c, skip);
    put_alu_imm(c, ALU_ADD, 8, rm_reg(H_RSP), 8);
    load_guest(c, cpu);
    put_ret(c);
}

/* Flags that were saved, into the host's: CF alone, or all. R9 and R11 stay. */
static void flag_thunks(struct host_code *c, struct tb_cache *tbs)
{
    uint8_t *other;

    tbs->thunk.load_cf = begin(c);
    put_load(c, 4, H_SCRATCH, rm_abs(&tbs->cc_op));
    put_alu_imm(c, ALU_AND, 4, rm_reg(H_SCRATCH), 0xff00ff); /* without size and division */
    put_alu_imm(c, ALU_SUB, 4, rm_reg(H_SCRATCH), CCOP_INC);
    put_alu_imm(c, ALU_CMP, 4, rm_reg(H_SCRATCH), CCOP_DEC - CCOP_INC);
    other = put_jcc(c, CC_A);
    put_op(c, 0x0fba, false, 4, rm_abs(&tbs->cc_b), 0);
    put8(c, 0);
    put_ret(c);
    here(c, other);
    call(c, tbs->thunk.settle);
    put_op(c, 0x0fba, false, 4, rm_abs((const uint8_t *)&tbs->cpu->flags_carry + 4), 0);
    put8(c, 31);
    put_ret(c);

    tbs->thunk.load_flags = begin(c);
    call(c, tbs->thunk.settle);
    put_op(c, 0xff, false, 6, rm_abs(&tbs->scratch[2]), 0); /* push */
    put8(c, 0x9d);                                          /* popfq */
    put_ret(c);
}

void tb_make_thunks(struct tb_cache *tbs)
{
    struct host_code code = { .p = tbs->buffer_write,
                              .end = tbs->region[0].code,
                              .delta = tbs->delta };
    struct host_code *c = &code;
    const uint8_t *release;

    tbs->thunk.store_vec = begin(c);
    move_vectors(c, tbs, true);
    put_ret(c);
    tbs->thunk.load_vec = begin(c);
    move_vectors(c, tbs, false);
    put_ret(c);
    release = release_vectors(c, tbs);
    acquire_vectors(c, tbs);
    prologue(c, tbs);
    ways_out(c, tbs, release);
    tbs->thunk.probe = probe_thunk(c, tbs);
    tbs->thunk.segment = slow_thunk(c, tbs, tb_slow_segment, 0, true);
    tbs->thunk.settle = slow_thunk(c, tbs, tb_slow_settle, 0, false);
    tbs->thunk.x87 = slow_thunk(c, tbs, tb_load_x87, 0, false);
    flag_thunks(c, tbs);
    tbs->thunks_end = c->p;
}
