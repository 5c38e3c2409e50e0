/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/guest/simd.c - SSE2 integer instructions as picture and sound programs use them:
 * blending, a filter, block comparison, unpacking and packing.
 */
#include <emmintrin.h>

#include "work.h"

enum { PIXELS = 16384 }; /* bytes, a multiple of 16 */
static uint8_t above[PIXELS] __attribute__((aligned(16)));
static uint8_t below[PIXELS] __attribute__((aligned(16)));
static int16_t samples[PIXELS] __attribute__((aligned(16)));

static void simd_prepare(long rounds)
{
    uint64_t random = 0xd1342543de82ef95;

    (void)rounds;
    for (int i = 0; i < PIXELS; i++) {
        above[i] = (uint8_t)random_next(&random);
        below[i] = (uint8_t)(random >> 8);
        samples[i] = (int16_t)(random >> 16);
    }
}

/* below = above * alpha + below * (256 - alpha), bytes unpacked to words and packed again */
static void blend(int alpha)
{
    __m128i zero = _mm_setzero_si128(), a = _mm_set1_epi16((short)alpha);
    __m128i rest = _mm_set1_epi16((short)(256 - alpha));

    for (int i = 0; i < PIXELS; i += 16) {
        __m128i x = _mm_load_si128((const __m128i *)(above + i));
        __m128i y = _mm_load_si128((const __m128i *)(below + i));
        __m128i low = _mm_add_epi16(_mm_mullo_epi16(_mm_unpacklo_epi8(x, zero), a),
                                    _mm_mullo_epi16(_mm_unpacklo_epi8(y, zero), rest));
        __m128i high = _mm_add_epi16(_mm_mullo_epi16(_mm_unpackhi_epi8(x, zero), a),
                                     _mm_mullo_epi16(_mm_unpackhi_epi8(y, zero), rest));

        _mm_store_si128((__m128i *)(below + i),
                        _mm_packus_epi16(_mm_srli_epi16(low, 8), _mm_srli_epi16(high, 8)));
    }
}

/* An 8-tap filter over the samples: PMADDWD on unaligned loads, sums folded by shuffles. */
static uint32_t filter(void)
{
    __m128i taps = _mm_set_epi16(3, -9, 21, 64, 61, 23, -11, 5), sum = _mm_setzero_si128();

    for (int i = 0; i + 8 < PIXELS; i += 4) {
        __m128i products = _mm_madd_epi16(_mm_loadu_si128((const __m128i *)(samples + i)), taps);

        products = _mm_add_epi32(products, _mm_shuffle_epi32(products, 0x4e));
        sum = _mm_xor_si128(_mm_add_epi32(sum, products), _mm_srai_epi32(products, 6));
    }
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
    return (uint32_t)_mm_cvtsi128_si32(sum);
}

/* Sum of absolute differences, and how many bytes are larger than a limit. */
static uint64_t compare_blocks(int limit)
{
    __m128i total = _mm_setzero_si128(), bound = _mm_set1_epi8((char)limit);
    uint64_t larger = 0;

    for (int i = 0; i < PIXELS; i += 16) {
        __m128i x = _mm_load_si128((const __m128i *)(above + i));
        __m128i y = _mm_loadu_si128((const __m128i *)(below + (i ^ 16)));
        int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(x, bound), x));

        total = _mm_add_epi64(total, _mm_sad_epu8(x, y));
        larger += (uint64_t)(mask & 0xff) + (uint64_t)(mask >> 8);
    }
    total = _mm_add_epi64(total, _mm_unpackhi_epi64(total, total));
    return (uint64_t)_mm_cvtsi128_si64(total) + larger;
}

static uint64_t simd_run(long rounds)
{
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++) {
        blend((int)(round * 37 & 255));
        sum = mix(sum, filter());
        sum = mix(sum, compare_blocks((int)(round * 11 & 127)));
        samples[round % PIXELS] = (int16_t)sum;
        above[round * 5 % PIXELS] ^= (uint8_t)sum;
    }
    return sum;
}

const struct item simd_item = { .name = "simd",
                                .rounds = 2400,
                                .prepare = simd_prepare,
                                .run = simd_run };
