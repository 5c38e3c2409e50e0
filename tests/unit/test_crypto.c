/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_crypto.c - the rows of insns_crypto.def against the host, whole ciphers and
 * hashes made of them against the standards' examples, and GF(2^8) against its definition: few
 * hosts have those instructions.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/exec.h"
#include "cpu/sse.h"
#include "tests/support/row_judge.h"
#include "tests/support/test_cpu.h"

#ifndef CASES
#define CASES 6000
#endif

static const char *const row_ids[] = {
#define INSN(id, ...) #id,
#include "cpu/insns_crypto.def"
#undef INSN
};

START_TEST(each_row_does_what_the_host_does)
{
    row_judge(row_ids[_i], CASES);
}
END_TEST

/* ---- a processor with everything enabled ---- */

static struct cpu *cpu;

static void setup(void)
{
    cpu = test_cpu(MODE_LONG64, "90");
    cpu->cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    cpu->xcr0 = XCR0_AVX_STATE | XCR0_X87;
    sse_update_ready(cpu);
}

static void step(const char *hex)
{
    test_code(cpu, hex);
    if (test_step(cpu) != EXEC_OK)
        ck_abort_msg("%s: %s", hex, reason_text(cpu->fault.reason));
}

static void set_bytes(unsigned n, const uint8_t *bytes)
{
    for (unsigned i = 0; i < 16; i++)
        LANE_B(&cpu->vec[n], i) = bytes[i];
}

static void expect_bytes(unsigned n, const uint8_t *bytes)
{
    for (unsigned i = 0; i < 16; i++)
        ck_assert_msg(LANE_B(&cpu->vec[n], i) == bytes[i], "byte %u: %02x, not %02x", i,
                      LANE_B(&cpu->vec[n], i), bytes[i]);
}

/* ---- AES ---- */

static const uint8_t aes_key[] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
                                   0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f };
static const uint8_t aes_plain[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                     0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
static const uint8_t aes_cipher[] = { 0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                      0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a };

/* Round keys of AES-128 to XMM2 to XMM12, as SDM Vol. 2, "AESKEYGENASSIST", describes their use. */
static void expand_key(void)
{
    static const char *const assist[] = {
        /* aeskeygenassist xmm1, xmm2.., RCON */
        "66 0f 3a df ca 01",    "66 0f 3a df cb 02",    "66 0f 3a df cc 04",
        "66 0f 3a df cd 08",    "66 0f 3a df ce 10",    "66 0f 3a df cf 20",
        "66 41 0f 3a df c8 40", "66 41 0f 3a df c9 80", "66 41 0f 3a df ca 1b",
        "66 41 0f 3a df cb 36",
    };

    set_bytes(2, aes_key);
    for (unsigned i = 0; i < 10; i++) {
        uint32_t word;

        step(assist[i]);
        word = (uint32_t)(cpu->vec[1].q[1] >> 32);
        for (unsigned k = 0; k < 4; k++) {
            word ^= LANE_D(&cpu->vec[2 + i], k);
            LANE_D(&cpu->vec[3 + i], k) = word;
        }
    }
}

/* FIPS 197, "Example Vectors", AES-128. */
START_TEST(aes_128_as_in_the_standard)
{
    static const uint8_t last_key[] = { 0x13, 0x11, 0x1d, 0x7f, 0xe3, 0x94, 0x4a, 0x17,
                                        0xf3, 0x07, 0xa7, 0x8b, 0x4d, 0x2b, 0x30, 0xc5 };

    expand_key();
    expect_bytes(12, last_key);
    set_bytes(0, aes_plain);
    for (unsigned k = 0; k < 2; k++)
        cpu->vec[0].q[k] ^= cpu->vec[2].q[k];
    for (unsigned i = 1; i < 10; i++) {
        cpu->vec[1] = cpu->vec[2 + i];
        step("66 0f 38 dc c1"); /* aesenc xmm0, xmm1 */
    }
    step("66 41 0f 38 dd c4"); /* aesenclast xmm0, xmm12 */
    expect_bytes(0, aes_cipher);

    /* The equivalent inverse cipher. */
    for (unsigned k = 0; k < 2; k++)
        cpu->vec[0].q[k] ^= cpu->vec[12].q[k];
    for (unsigned i = 9; i > 0; i--) {
        cpu->vec[1] = cpu->vec[2 + i];
        step("66 0f 38 db c9"); /* aesimc xmm1, xmm1 */
        step("66 0f 38 de c1"); /* aesdec xmm0, xmm1 */
    }
    step("66 0f 38 df c2"); /* aesdeclast xmm0, xmm2 */
    expect_bytes(0, aes_plain);
}
END_TEST

/* Two blocks in a YMM register are two blocks. */
START_TEST(vaes_works_on_each_lane)
{
    union vec wide, low, high;

    for (unsigned i = 0; i < 4; i++) {
        cpu->vec[1].q[i] = UINT64_C(0x0123456789abcdef) * (i + 1);
        cpu->vec[2].q[i] = UINT64_C(0xfedcba9876543210) * (i + 3);
    }
    step("c4 e2 75 dc c2"); /* vaesenc ymm0, ymm1, ymm2 */
    wide = cpu->vec[0];
    cpu->vec[0].q[2] = 1;
    step("c4 e2 71 dc c2"); /* vaesenc xmm0, xmm1, xmm2 */
    low = cpu->vec[0];
    ck_assert_uint_eq(low.q[2], 0);
    memcpy(cpu->vec[1].q, cpu->vec[1].q + 2, 16);
    memcpy(cpu->vec[2].q, cpu->vec[2].q + 2, 16);
    step("c4 e2 71 dc c2");
    high = cpu->vec[0];
    ck_assert_mem_eq(wide.q, low.q, 16);
    ck_assert_mem_eq(wide.q + 2, high.q, 16);
    ck_assert_mem_ne(low.q, high.q, 16);
}
END_TEST

/* ---- carry-less multiplication ---- */

/* By the definition: bit n of the product is the parity of the terms that meet there. */
START_TEST(pclmulqdq_by_its_definition)
{
    static const char *const code[] = {
        "66 0f 3a 44 ca 00", /* pclmulqdq xmm1, xmm2, .. */
        "66 0f 3a 44 ca 01", "66 0f 3a 44 ca 10", "66 0f 3a 44 ca ff", /* other bits mean nothing */
    };
    uint64_t seed = 1;

    for (unsigned i = 0; i < 400; i++) {
        unsigned which = i & 3;
        uint64_t a[2] = { test_random(&seed), test_random(&seed) };
        uint64_t b[2] = { test_random(&seed), test_random(&seed) };
        uint64_t x = a[which & 1], y = b[which >> 1], product[2] = { 0, 0 };

        for (unsigned bit = 0; bit < 127; bit++) {
            unsigned sum = 0;

            for (unsigned k = bit < 64 ? 0 : bit - 63; k <= bit && k < 64; k++)
                sum ^= (unsigned)(x >> k & y >> (bit - k)) & 1;
            product[bit / 64] |= (uint64_t)sum << (bit % 64);
        }
        memcpy(cpu->vec[1].q, a, 16);
        memcpy(cpu->vec[2].q, b, 16);
        step(code[which]);
        ck_assert_mem_eq(cpu->vec[1].q, product, 16);
    }
}
END_TEST

/* ---- SHA ---- */

/* "abc", padded to one block, as words. FIPS 180-4 example computations use it. */
static const uint32_t abc[16] = { 0x61626380, [15] = 24 };

/* SHA-1: words most significant first. */
static void set_words(unsigned n, uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
    cpu->vec[n].q[1] = (uint64_t)w0 << 32 | w1;
    cpu->vec[n].q[0] = (uint64_t)w2 << 32 | w3;
}

START_TEST(sha_1_of_abc)
{
    static const char *const rounds[] = {
        "0f 3a cc c1 00", /* sha1rnds4 xmm0, xmm1, .. */
        "0f 3a cc c1 01",
        "0f 3a cc c1 02",
        "0f 3a cc c1 03",
    };
    uint32_t h[] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };

    for (unsigned i = 0; i < 4; i++)
        set_words(4 + i, abc[4 * i], abc[4 * i + 1], abc[4 * i + 2], abc[4 * i + 3]);
    set_words(0, h[0], h[1], h[2], h[3]);
    for (unsigned i = 0; i < 20; i++) {
        if (i >= 4) { /* the next four words of the schedule, to XMM4; the others move down */
            step("0f 38 c9 e5"); /* sha1msg1 xmm4, xmm5 */
            for (unsigned k = 0; k < 2; k++)
                cpu->vec[4].q[k] ^= cpu->vec[6].q[k];
            step("0f 38 ca e7"); /* sha1msg2 xmm4, xmm7 */
            cpu->vec[8] = cpu->vec[4];
            for (unsigned k = 4; k < 8; k++)
                cpu->vec[k] = cpu->vec[k + 1];
        }
        cpu->vec[1] = cpu->vec[i < 4 ? 4 + i : 7];
        if (i == 0)
            LANE_D(&cpu->vec[1], 3) += h[4];
        else {
            cpu->vec[3] = cpu->vec[1];
            cpu->vec[1] = cpu->vec[2];
            step("0f 38 c8 cb"); /* sha1nexte xmm1, xmm3 */
        }
        cpu->vec[2] = cpu->vec[0]; /* its A is E, rotated, four rounds later */
        step(rounds[i / 5]);
    }
    set_words(3, 0, 0, 0, 0);
    cpu->vec[1] = cpu->vec[2];
    step("0f 38 c8 cb");
    ck_assert_uint_eq((uint32_t)(h[0] + LANE_D(&cpu->vec[0], 3)), 0xa9993e36);
    ck_assert_uint_eq((uint32_t)(h[1] + LANE_D(&cpu->vec[0], 2)), 0x4706816a);
    ck_assert_uint_eq((uint32_t)(h[2] + LANE_D(&cpu->vec[0], 1)), 0xba3e2571);
    ck_assert_uint_eq((uint32_t)(h[3] + LANE_D(&cpu->vec[0], 0)), 0x7850c26c);
    ck_assert_uint_eq((uint32_t)(h[4] + LANE_D(&cpu->vec[1], 3)), 0x9cd0d89d);
}
END_TEST

/* FIPS 180-4, "SHA-224 and SHA-256 Constants". */
static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

START_TEST(sha_256_of_abc)
{
    static const uint32_t h[] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    static const uint32_t digest[] = { 0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                       0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad };
    uint32_t result[8];

    for (unsigned i = 0; i < 4; i++) /* words least significant first */
        set_words(4 + i, abc[4 * i + 3], abc[4 * i + 2], abc[4 * i + 1], abc[4 * i]);
    set_words(2, h[0], h[1], h[4], h[5]); /* A B E F */
    set_words(1, h[2], h[3], h[6], h[7]); /* C D G H */
    for (unsigned i = 0; i < 16; i++) {
        if (i >= 4) {                        /* W(t) to W(t+3) from W(t-16) on, to XMM4 */
            step("0f 38 cc e5");             /* sha256msg1 xmm4, xmm5 */
            for (unsigned k = 0; k < 4; k++) /* W(t-7): from W(t-8) to W(t-1) */
                LANE_D(&cpu->vec[4], k) +=
                    k < 3 ? LANE_D(&cpu->vec[6], k + 1) : LANE_D(&cpu->vec[7], 0);
            step("0f 38 cd e7"); /* sha256msg2 xmm4, xmm7 */
            cpu->vec[8] = cpu->vec[4];
            for (unsigned k = 4; k < 8; k++)
                cpu->vec[k] = cpu->vec[k + 1];
        }
        cpu->vec[0] = cpu->vec[i < 4 ? 4 + i : 7];
        for (unsigned k = 0; k < 4; k++)
            LANE_D(&cpu->vec[0], k) += sha256_constants[4 * i + k];
        step("0f 38 cb ca"); /* sha256rnds2 xmm1, xmm2: C D G H becomes the new A B E F */
        cpu->vec[0].q[0] = cpu->vec[0].q[1];
        step("0f 38 cb d1"); /* sha256rnds2 xmm2, xmm1 */
    }
    for (unsigned i = 0; i < 2; i++) {
        result[i] = h[i] + LANE_D(&cpu->vec[2], 3 - i);
        result[2 + i] = h[2 + i] + LANE_D(&cpu->vec[1], 3 - i);
        result[4 + i] = h[4 + i] + LANE_D(&cpu->vec[2], 1 - i);
        result[6 + i] = h[6 + i] + LANE_D(&cpu->vec[1], 1 - i);
    }
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(result[i], digest[i]);
}
END_TEST

/* ---- GF(2^8), by the words of the manual, bit by bit ---- */

static uint8_t slow_multiply(uint8_t a, uint8_t b)
{
    unsigned product = 0;

    for (unsigned i = 0; i < 8; i++) {
        for (unsigned k = 0; k < 8; k++)
            product ^= (unsigned)((a >> i & 1) & (b >> k & 1)) << (i + k);
    }
    for (unsigned i = 14; i >= 8; i--) { /* modulo x^8 + x^4 + x^3 + x + 1 */
        if (product >> i & 1)
            product ^= 0x11bu << (i - 8);
    }
    return (uint8_t)product;
}

static uint8_t slow_inverse(uint8_t a)
{
    for (unsigned b = 1; a && b < 256; b++) {
        if (slow_multiply(a, (uint8_t)b) == 1)
            return (uint8_t)b;
    }
    return 0;
}

static uint8_t slow_affine(uint64_t matrix, uint8_t x, uint8_t constant)
{
    uint8_t result = 0;

    for (unsigned i = 0; i < 8; i++) {
        uint8_t row = (uint8_t)(matrix >> (8 * (7 - i)));
        unsigned parity = constant >> i & 1;

        for (unsigned k = 0; k < 8; k++)
            parity ^= (row >> k & 1) & (x >> k & 1);
        result |= (uint8_t)(parity << i);
    }
    return result;
}

enum { MULTIPLY, AFFINE, AFFINE_INVERSE };

/* XMM or YMM: operands 1 and 2 in registers 1 and 2, result in register 1 (SSE) or 3 (VEX). */
static const struct {
    const char *hex;
    unsigned operation, bytes, to;
} gf_codes[] = {
    { "66 0f 38 cf ca", MULTIPLY, 16, 1 },          { "c4 e2 71 cf da", MULTIPLY, 16, 3 },
    { "c4 e2 75 cf da", MULTIPLY, 32, 3 },          { "66 0f 3a ce ca 63", AFFINE, 16, 1 },
    { "c4 e3 f1 ce da 63", AFFINE, 16, 3 },         { "c4 e3 f5 ce da 63", AFFINE, 32, 3 },
    { "66 0f 3a cf ca 05", AFFINE_INVERSE, 16, 1 }, { "c4 e3 f1 cf da 05", AFFINE_INVERSE, 16, 3 },
    { "c4 e3 f5 cf da 05", AFFINE_INVERSE, 32, 3 },
};

START_TEST(galois_fields_by_their_definition)
{
    const unsigned bytes = gf_codes[_i].bytes, to = gf_codes[_i].to;
    uint64_t seed = 7 + (unsigned)_i;

    for (unsigned n = 0; n < 300; n++) {
        union vec a, b, *r = &cpu->vec[to];
        uint64_t above;

        for (unsigned i = 0; i < 8; i++) {
            a.q[i] = test_random(&seed) & (n & 1 ? ~UINT64_C(0) : test_random(&seed));
            b.q[i] = test_random(&seed);
        }
        cpu->vec[1] = a;
        cpu->vec[2] = b;
        above = to == 1 ? a.q[2] : 0;
        step(gf_codes[_i].hex);
        for (unsigned i = 0; i < bytes; i++) {
            uint8_t x = LANE_B(&a, i), y = LANE_B(&b, i);
            uint64_t matrix = b.q[i / 8];
            uint8_t expected = gf_codes[_i].operation == MULTIPLY ? slow_multiply(x, y)
                               : gf_codes[_i].operation == AFFINE
                                   ? slow_affine(matrix, x, 0x63)
                                   : slow_affine(matrix, slow_inverse(x), 0x05);

            if (LANE_B(r, i) != expected)
                ck_abort_msg("%s: byte %u of %02x %02x: %02x, not %02x", gf_codes[_i].hex, i, x, y,
                             LANE_B(r, i), expected);
        }
        if (bytes == 16)
            ck_assert_uint_eq(r->q[2], above);
    }
}
END_TEST

/* The affine map of FIPS 197 on inverses is SubBytes: AESENCLAST with a key of 0 must agree. */
START_TEST(the_s_box_is_an_affine_map_of_inverses)
{
    for (unsigned x = 0; x < 256; x++) {
        cpu->vec[1].q[0] = cpu->vec[1].q[1] = x * UINT64_C(0x0101010101010101);
        cpu->vec[2].q[0] = cpu->vec[2].q[1] = UINT64_C(0xf1e3c78f1f3e7cf8);
        cpu->vec[4] = cpu->vec[1];
        memset(&cpu->vec[3], 0, sizeof cpu->vec[3]);
        step("66 0f 3a cf ca 63"); /* gf2p8affineinvqb xmm1, xmm2, 63h */
        step("66 0f 38 dd e3");    /* aesenclast xmm4, xmm3 */
        ck_assert_uint_eq(cpu->vec[1].q[0], cpu->vec[4].q[0]);
        ck_assert_uint_eq(cpu->vec[1].q[1], cpu->vec[4].q[1]);
    }
}
END_TEST

/* The identity matrix gives the inverse itself; a product with it is 1, and 0 stays 0. */
START_TEST(inverses_multiply_to_one)
{
    for (unsigned x = 0; x < 256; x++) {
        cpu->vec[1].q[0] = x;
        cpu->vec[2].q[0] = UINT64_C(0x0102040810204080);
        cpu->vec[4].q[0] = x;
        step("66 0f 3a cf ca 00"); /* gf2p8affineinvqb xmm1, xmm2, 0 */
        ck_assert(x || !LANE_B(&cpu->vec[1], 0));
        step("66 0f 38 cf cc"); /* gf2p8mulb xmm1, xmm4 */
        ck_assert_uint_eq(LANE_B(&cpu->vec[1], 0), x != 0);
    }
}
END_TEST

/* ---- what is asked for first ---- */

START_TEST(sse_forms_but_sha_want_aligned_memory)
{
    static const char *const aligned[] = {
        "66 0f 38 dc 07",    /* aesenc xmm0, [rdi] */
        "66 0f 3a 44 07 00", /* pclmulqdq */
        "66 0f 38 cf 07",    /* gf2p8mulb */
        "66 0f 3a ce 07 00", /* gf2p8affineqb */
    };
    static const char *const unaligned[] = {
        "c4 e2 71 dc 07",    "c4 e2 75 dc 07",    "c4 e3 71 44 07 00",
        "c4 e3 75 44 07 00", "c4 e2 75 cf 07",    "c4 e3 f5 ce 07 00",
        "c4 e2 79 db 07",    "c4 e3 79 df 07 01", "0f 38 cb 07", /* sha256rnds2 */
        "0f 3a cc 07 00",                                        /* sha1rnds4 */
    };

    cpu->gpr[RDI] = TEST_DATA + 8;
    for (unsigned i = 0; i < ARRAY_SIZE(aligned); i++) {
        test_code(cpu, aligned[i]);
        ck_assert_msg(test_step(cpu) == VEC_GP, "%s", aligned[i]);
        ck_assert_str_eq(reason_name(cpu->fault.reason), "MISALIGNED");
    }
    for (unsigned i = 0; i < ARRAY_SIZE(unaligned); i++)
        step(unaligned[i]);
}
END_TEST

START_TEST(state_that_is_not_enabled_is_asked_for_first)
{
    cpu->cr4 &= ~(uint64_t)CR4_OSXSAVE;
    sse_update_ready(cpu);
    test_code(cpu, "c4 e2 71 dc c2"); /* vaesenc */
    ck_assert_int_eq(test_step(cpu), VEC_UD);
    step("66 0f 38 dc c2"); /* aesenc */
    cpu->cr4 &= ~(uint64_t)CR4_OSFXSR;
    sse_update_ready(cpu);
    test_code(cpu, "66 0f 38 dc c2");
    ck_assert_int_eq(test_step(cpu), VEC_UD);
    cpu->cr4 |= CR4_OSFXSR | CR4_OSXSAVE;
    cpu->cr0 |= CR0_TS;
    sse_update_ready(cpu);
    test_code(cpu, "0f 38 c8 c2"); /* sha1nexte */
    ck_assert_int_eq(test_step(cpu), VEC_NM);
    test_code(cpu, "c4 e3 f1 ce da 63"); /* vgf2p8affineqb */
    ck_assert_int_eq(test_step(cpu), VEC_NM);
}
END_TEST

START_TEST(w_and_l_that_have_no_meaning_are_undefined)
{
    static const char *const undefined[] = {
        "c4 e3 71 ce da 63", /* vgf2p8affineqb with W 0 */
        "c4 e3 71 cf da 63", /* vgf2p8affineinvqb with W 0 */
        "c4 e2 f1 cf da",    /* vgf2p8mulb with W 1 */
        "c4 e2 7d db c1",    /* vaesimc with L 1 */
        "c4 e2 71 db c1",    /* vaesimc with vvvv */
        "c4 e3 7d df c1 01", /* vaeskeygenassist with L 1 */
        "c4 e2 70 c8 c1",    /* SHA has no VEX form */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(undefined); i++) {
        test_code(cpu, undefined[i]);
        ck_assert_msg(test_step(cpu) == VEC_UD, "%s", undefined[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crypto");
    TCase *rows = tcase_create("rows"), *whole = tcase_create("whole");
    SRunner *runner;
    int failed;

    tcase_set_timeout(rows, 60);
    tcase_add_loop_test(rows, each_row_does_what_the_host_does, 0, ARRAY_SIZE(row_ids));
    tcase_add_checked_fixture(whole, setup, test_cpu_teardown);
    tcase_add_test(whole, aes_128_as_in_the_standard);
    tcase_add_test(whole, vaes_works_on_each_lane);
    tcase_add_test(whole, pclmulqdq_by_its_definition);
    tcase_add_test(whole, sha_1_of_abc);
    tcase_add_test(whole, sha_256_of_abc);
    tcase_add_loop_test(whole, galois_fields_by_their_definition, 0, ARRAY_SIZE(gf_codes));
    tcase_add_test(whole, the_s_box_is_an_affine_map_of_inverses);
    tcase_add_test(whole, inverses_multiply_to_one);
    tcase_add_test(whole, sse_forms_but_sha_want_aligned_memory);
    tcase_add_test(whole, state_that_is_not_enabled_is_asked_for_first);
    tcase_add_test(whole, w_and_l_that_have_no_meaning_are_undefined);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, whole);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
