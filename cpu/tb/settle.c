/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/settle.c - state that generated code keeps elsewhere, back into struct cpu: status flags
 * from what they follow from, and the x87 registers from the host's.
 */
#include "cpu/exec.h"
#include "cpu/tb/tb.h"
#include "cpu/x87.h"

/* As in exec_shift.c: of a left or right shift by a count that is less than the width. */
static void settle_shift(struct cpu *cpu, unsigned ccop, uint64_t dest, unsigned count,
                         unsigned size)
{
    unsigned width = size * 8;
    uint64_t result;
    bool cf, of;

    dest = zero_extend(dest, size);
    if (ccop == CCOP_SHL) {
        result = zero_extend(dest << count, size);
        cf = dest >> (width - count) & 1;
        of = (result >> (width - 1) & 1) != cf;
    } else if (ccop == CCOP_SHR) {
        result = dest >> count;
        cf = dest >> (count - 1) & 1;
        of = (result ^ result << 1) >> (width - 1) & 1;
    } else {
        result = zero_extend((uint64_t)(sign_extend(dest, size) >> count), size);
        cf = sign_extend(dest, size) >> (count - 1) & 1;
        of = false;
    }
    flags_set_carry(cpu, cf, of, true);
    flags_set_result(cpu, result, size);
}

/* Does the upper half of a product matter? */
static bool product_overflows(unsigned kind, uint64_t c, uint64_t d, unsigned size)
{
    int64_t low = sign_extend(c, size);

    if (kind == PRODUCT_IMUL) {
        __int128 product = (__int128)low * sign_extend(d, size);

        return product != (__int128)sign_extend((uint64_t)product, size);
    }
    return sign_extend(d, size) != (kind == PRODUCT_MUL || low >= 0 ? 0 : -1);
}

static void settle_operation(struct tb_cache *tbs)
{
    struct cpu *cpu = tbs->cpu;
    unsigned size = tbs->cc_op >> 8 & 0xff;
    uint64_t a = tbs->cc_a, b = tbs->cc_b;

    switch (tbs->cc_op & 0xff) {
    case CCOP_NONE:
        return;
    case CCOP_CMP:
        flags_set_sub(cpu, a, b, a - b, size);
        break;
    case CCOP_SUB:
        flags_set_sub(cpu, a + b, b, a, size);
        break;
    case CCOP_ADD:
        flags_set_add(cpu, a - b, b, a, size);
        break;
    case CCOP_LOGIC:
        flags_set_logic(cpu, a, size);
        break;
    case CCOP_NEG:
        flags_set_sub(cpu, 0, -a, a, size);
        break;
    case CCOP_INC:
        flags_set_carry(cpu, b & 1, zero_extend(a, size) == BIT(size * 8 - 1), (a & 15) == 0);
        flags_set_result(cpu, a, size);
        break;
    case CCOP_DEC:
        flags_set_carry(cpu, b & 1, zero_extend(a + 1, size) == BIT(size * 8 - 1), (a & 15) == 15);
        flags_set_result(cpu, a, size);
        break;
    case CCOP_SHL:
    case CCOP_SHR:
    case CCOP_SAR:
        settle_shift(cpu, tbs->cc_op & 0xff, a, (unsigned)b & 63, size);
        break;
    default:
        flags_load(cpu, a);
        break;
    }
}

void tb_settle_flags(struct tb_cache *tbs)
{
    struct cpu *cpu = tbs->cpu;
    unsigned product = tbs->cc_op >> 16 & 0xff;

    if (!tbs->cc_op)
        return;
    settle_operation(tbs);
    if (product) { /* as in exec_muldiv.c */
        bool overflow = product_overflows(product >> 4, tbs->cc_c, tbs->cc_d, product & 15);

        cpu->flags_carry = (uint64_t)overflow << 63 | (cpu->flags_carry & 8);
    }
    if (tbs->cc_op >> 24) {
        cpu->flags_carry |= 8;
        cpu->flags_zero = 1;
        cpu->flags_sign = 1;
    }
    tbs->cc_op = CCOP_NONE;
}

/* FSAVE's image of 32-bit protected mode. Source: SDM Vol. 1, "x87 FPU State Saving and Restoring". */
struct fsave {
    uint32_t fcw, fsw, ftw, fip, fcs, fdp, fds;
    uint8_t st[80];
};

void tb_settle_fp(struct tb_cache *tbs)
{
    struct fpu *fpu = &tbs->cpu->fpu;
    struct fsave image;
    unsigned top;

    if (!tbs->x87)
        return;
    tbs->x87 = 0;
    __asm__ volatile("fnsave %0" : "=m"(image) : : "memory");
    fpu->fsw = (uint16_t)(image.fsw & ~(tbs->x87_c1 ? (unsigned)FSW_C1 : 0));
    top = fpu->fsw >> 11 & 7;
    fpu->ftw = 0;
    for (unsigned i = 0; i < 8; i++) {
        struct float80 *st = &fpu->st[(top + i) & 7];

        st->mantissa = load_le64(image.st + 10 * i);
        st->sign_exponent = load_le16(image.st + 10 * i + 8);
        if ((image.ftw >> 2 * i & 3) != 3)
            fpu->ftw |= (uint8_t)(1 << i);
    }
}

bool tb_load_x87(struct tb_cache *tbs, const void *site, uint64_t la, uint64_t value, unsigned size)
{
    const struct fpu *fpu = &tbs->cpu->fpu;
    struct fsave image = { .fcw = fpu->fcw | 0xffff0000, .fsw = fpu->fsw | 0xffff0000 };
    unsigned top = fpu->fsw >> 11 & 7;

    (void)site;
    (void)la;
    (void)value;
    (void)size;
    if ((fpu->fcw & 0x3f) != 0x3f || fpu->fsw & (FSW_ES | FSW_B))
        return false;
    image.ftw = 0xffff0000;
    for (unsigned i = 0; i < 8; i++) {
        const struct float80 *st = &fpu->st[(top + i) & 7];

        store_le64(image.st + 10 * i, st->mantissa);
        store_le16(image.st + 10 * i + 8, st->sign_exponent);
        if (!(fpu->ftw >> i & 1))
            image.ftw |= 3u << 2 * i;
    }
    __asm__ volatile("frstor %0" : : "m"(image));
    tbs->x87 = 1;
    tbs->x87_c1 = 0;
    tbs->counters.x87_loads++;
    return true;
}
