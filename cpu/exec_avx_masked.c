/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_masked.c - VMASKMOVPS and its kin, VMASKMOVDQU, gathers: memory is reached element by
 * element, and what the mask leaves out cannot fault (but in VMASKMOVDQU).
 * Source: SDM Vol. 2, "VMASKMOV", "VPMASKMOV", "VGATHERDPS/VGATHERQPS" and the like.
 */
#include "cpu/avx_int.h"

/* Elements in memory are exempt from alignment checks. */
static bool read_element(struct cpu *cpu, const struct insn *insn, uint64_t offset, unsigned size,
                         uint64_t *value)
{
    uint8_t bytes[8];

    if (!cpu_read_bytes(cpu, MEM_SEG(insn), offset, bytes, size, 1))
        return false;
    *value = load_le(bytes, size);
    return true;
}

/* Element i, of `size` (4 or 8) bytes. */
ALWAYS_INLINE uint64_t element(const union ymm *v, unsigned i, const unsigned size)
{
    return size == 8 ? v->q[i] : (uint32_t)(v->q[i / 2] >> (i % 2 * 32));
}

ALWAYS_INLINE void set_element(union ymm *v, unsigned i, const unsigned size, uint64_t value)
{
    unsigned shift = i % 2 * 32;

    if (size == 8)
        v->q[i] = value;
    else
        v->q[i / 2] = (v->q[i / 2] & ~(UINT64_C(0xffffffff) << shift)) | value << shift;
}

/* One bit for each element whose top bit is set. */
ALWAYS_INLINE unsigned element_mask(const union ymm *v, const unsigned bytes, const unsigned size)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < bytes / size; i++)
        mask |= (unsigned)(element(v, i, size) >> (8 * size - 1)) << i;
    return mask;
}

/*
 * ---- masked moves: one operand as any other ----
 *
 * What of it lies behind the last address of the address size is not at the first one: so in 64-bit mode
 * on an AMD Zen 5 processor, and elsewhere the limit of the segment comes first.
 */

/* The chosen elements one by one into cpu->slow_vec, the others zero: the first that faults does. */
static NOINLINE bool masked_read_slow(struct cpu *cpu, const struct insn *insn, unsigned mask,
                                      unsigned bytes, unsigned size)
{
    uint64_t offset = insn_offset(cpu, insn), value;
    union ymm v = { .q = { 0, 0, 0, 0 } };

    for (unsigned i = 0; i < bytes / size; i++) {
        if (!(mask >> i & 1))
            continue;
        if (!read_element(cpu, insn, offset + i * size, size, &value))
            return false;
        set_element(&v, i, size, value);
    }
    for (unsigned i = 0; i < 4; i++)
        cpu->slow_vec[i] = v.q[i];
    return true;
}

/* The chosen elements of cpu->slow_vec: all are looked at before the first is written. */
static NOINLINE bool masked_write_slow(struct cpu *cpu, const struct insn *insn, unsigned mask,
                                       unsigned bytes, unsigned size)
{
    uint64_t offset = insn_offset(cpu, insn);
    union ymm v;

    for (unsigned i = 0; i < 4; i++)
        v.q[i] = cpu->slow_vec[i];
    for (unsigned i = 0; i < bytes / size; i++) {
        if (mask >> i & 1 && !cpu_probe_write(cpu, MEM_SEG(insn), offset + i * size, size))
            return false;
    }
    for (unsigned i = 0; i < bytes / size; i++) {
        uint8_t value[8];

        if (!(mask >> i & 1))
            continue;
        store_le(value, size, element(&v, i, size));
        if (!cpu_write_bytes(cpu, MEM_SEG(insn), offset + i * size, value, size, 1))
            return false;
    }
    return true;
}

/* V H M; and M H V, whose register is insn->dst. */
#define AVX_MASKED_MOVE(name, size)                                                                \
    AVX_BODY(name##_load)                                                                          \
    {                                                                                              \
        union ymm mask = ymm_read(cpu, insn->src, bytes), v;                                       \
        unsigned chosen = element_mask(&mask, bytes, size);                                        \
        uintptr_t pointer;                                                                         \
                                                                                                   \
        if (likely(vec_host_pointer(cpu, insn, form, ACCESS_READ, bytes, 1, &pointer))) {          \
            for (unsigned i = 0; i < bytes / 8; i++)                                               \
                v.q[i] = load_le64((const uint8_t *)pointer + 8 * i);                              \
            for (unsigned i = 0; i < bytes / (size); i++) {                                        \
                if (!(chosen >> i & 1))                                                            \
                    set_element(&v, i, size, 0);                                                   \
            }                                                                                      \
        } else if (masked_read_slow(cpu, insn, chosen, bytes, size)) {                             \
            for (unsigned i = 0; i < 4; i++)                                                       \
                v.q[i] = cpu->slow_vec[i];                                                         \
        } else {                                                                                   \
            return false;                                                                          \
        }                                                                                          \
        ymm_write(cpu, insn->dst, bytes, &v);                                                      \
        return true;                                                                               \
    }                                                                                              \
    AVX_R_RM(name##_load)                                                                          \
    AVX_BODY(name##_store)                                                                         \
    {                                                                                              \
        union ymm mask = ymm_read(cpu, insn->src, bytes);                                          \
        union ymm v = ymm_read(cpu, insn->dst, bytes);                                             \
        unsigned chosen = element_mask(&mask, bytes, size);                                        \
        uintptr_t pointer;                                                                         \
                                                                                                   \
        if (likely(vec_host_pointer(cpu, insn, form, ACCESS_WRITE, bytes, 1, &pointer))) {         \
            for (unsigned i = 0; i < bytes / (size); i++) {                                        \
                if (chosen >> i & 1)                                                               \
                    store_le((uint8_t *)pointer + i * (size), size, element(&v, i, size));         \
            }                                                                                      \
            return true;                                                                           \
        }                                                                                          \
        for (unsigned i = 0; i < 4; i++)                                                           \
            cpu->slow_vec[i] = v.q[i];                                                             \
        return masked_write_slow(cpu, insn, chosen, bytes, size);                                  \
    }                                                                                              \
    AVX_RM_R(name##_store)
AVX_MASKED_MOVE(vpmaskmovd, 4) /* also VMASKMOVPS */
AVX_MASKED_MOVE(vpmaskmovq, 8) /* also VMASKMOVPD */

AVX_BODY(vmaskmovdqu)
{
    const uint64_t *value = cpu->vec[insn->dst].q, *mask = cpu->vec[insn->src].q;

    return sse_probe_masked(cpu, insn, 0) && sse_probe_masked(cpu, insn, 8) &&
           sse_store_masked(cpu, insn, value[0], mask[0], 0) &&
           sse_store_masked(cpu, insn, value[1], mask[1], 8);
}
AVX_R_RM_ANY(vmaskmovdqu)

/* ---- gathers: each element has an address of its own ---- */

/* An offset into the segment, cut to the address size. */
static uint64_t cut_offset(const struct insn *insn, uint64_t offset)
{
    return insn->asize == ASIZE_64   ? offset
           : insn->asize == ASIZE_32 ? (uint32_t)offset
                                     : (uint16_t)offset;
}

/*
 * V := elements of `size` bytes at base + index * scale, where the top bit of H is set; H := 0.
 * Indices have `index_size` bytes and are signed. Elements are fetched in order; when one faults,
 * those before it are done: they are in V and their elements of H are zero, and the rest of both
 * registers is as before, so that the instruction can be taken up again. The decoder has seen to it
 * that the three registers differ.
 */
static NOINLINE bool gather(struct cpu *cpu, const struct insn *insn, unsigned index_size,
                            unsigned size)
{
    unsigned widest = index_size > size ? index_size : size;
    unsigned count = (16u << insn->vlen) / widest, bytes = count * size < 16 ? 16 : count * size;
    union ymm index = ymm_read(cpu, insn->index, 32), dest = ymm_read(cpu, insn->dst, 32);
    union ymm mask = ymm_read(cpu, insn->src, 32);
    uint64_t base = cpu->gpr[insn->base] + (uint64_t)(int64_t)insn->disp;
    bool done = true;

    for (unsigned i = 0; i < count; i++) {
        if (element(&mask, i, size) >> (8 * size - 1)) {
            uint64_t distance = (uint64_t)sign_extend(element(&index, i, index_size), index_size);
            uint64_t offset = cut_offset(insn, base + (distance << insn->scale));
            uint64_t value;

            if (!read_element(cpu, insn, offset, size, &value)) {
                done = false;
                break;
            }
            set_element(&dest, i, size, value);
        }
        set_element(&mask, i, size, 0);
    }
    if (done) {
        if (count * size < 16) /* two doublewords by two quadwords: the upper half is zero too */
            dest.q[1] = 0;
        mask = (union ymm){ .q = { 0, 0, 0, 0 } };
    } else {
        bytes = 32;
    }
    ymm_write(cpu, insn->dst, bytes, &dest);
    ymm_write(cpu, insn->src, bytes, &mask);
    return done;
}

#define AVX_GATHER(name, index_size, size)                                                         \
    AVX_BODY(name)                                                                                 \
    {                                                                                              \
        return gather(cpu, insn, index_size, size);                                                \
    }                                                                                              \
    AVX_R_RM_ANY(name)
AVX_GATHER(vpgatherdd, 4, 4)
AVX_GATHER(vpgatherdq, 4, 8)
AVX_GATHER(vpgatherqd, 8, 4)
AVX_GATHER(vpgatherqq, 8, 8)
