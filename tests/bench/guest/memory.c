/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/guest/memory.c - copying, filling, following pointers. The copies are written out, as
 * the C library picks its own by the model of the processor.
 */
#include <emmintrin.h>

#include "work.h"

enum { AREA = 1 << 20 };
static uint8_t source[AREA + 64] __attribute__((aligned(64)));
static uint8_t target[AREA + 64] __attribute__((aligned(64)));

/* 16 bytes an instruction, the source unaligned. */
static OPAQUE void copy_sse2(uint8_t *to, const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 64) {
        __m128i a = _mm_loadu_si128((const __m128i *)(from + i));
        __m128i b = _mm_loadu_si128((const __m128i *)(from + i + 16));
        __m128i c = _mm_loadu_si128((const __m128i *)(from + i + 32));
        __m128i d = _mm_loadu_si128((const __m128i *)(from + i + 48));

        _mm_store_si128((__m128i *)(to + i), a);
        _mm_store_si128((__m128i *)(to + i + 16), b);
        _mm_store_si128((__m128i *)(to + i + 32), c);
        _mm_store_si128((__m128i *)(to + i + 48), d);
    }
}

/* 8 bytes an instruction. */
static OPAQUE void copy_words(uint8_t *to, const uint8_t *from, size_t bytes)
{
    __asm__ volatile("1:\n\t"
                     "mov (%1), %%rax\n\t"
                     "mov 8(%1), %%rdx\n\t"
                     "mov %%rax, (%0)\n\t"
                     "mov %%rdx, 8(%0)\n\t"
                     "add $16, %1\n\t"
                     "add $16, %0\n\t"
                     "sub $16, %2\n\t"
                     "jnz 1b"
                     : "+r"(to), "+r"(from), "+r"(bytes)
                     :
                     : "rax", "rdx", "memory", "cc");
}

static OPAQUE void copy_rep(uint8_t *to, const uint8_t *from, size_t bytes)
{
    size_t words = bytes / 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static OPAQUE void copy_rep_bytes(uint8_t *to, const uint8_t *from, size_t bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static uint64_t memcpy_run(long rounds)
{
    uint64_t random = 0xda942042e4dd58b5, sum = 0;

    for (int i = 0; i < AREA; i++)
        source[i] = (uint8_t)random_next(&random);
    for (long round = 0; round < rounds; round++) {
        size_t shift = (size_t)(round % 16);

        copy_sse2(target, source + shift, AREA);
        sum = mix(sum, target[round * 4099 % AREA]);
        copy_words(target, source + shift, AREA / 2);
        sum = mix(sum, target[round * 4099 % (AREA / 2)]);
        copy_rep(target, source, AREA);
        sum = mix(sum, target[round * 257 % AREA]);
        /* Many small ones, as programs do. */
        for (size_t i = 0; i < AREA / 16; i += 64)
            copy_rep_bytes(target + i + shift, source + i, 40);
        sum = mix(sum, target[round * 65 % (AREA / 16)]);
        source[round * 511 % AREA] ^= (uint8_t)sum;
    }
    return sum;
}

const struct item memcpy_item = { .name = "memcpy", .rounds = 60, .run = memcpy_run };

/* ---- filling ------------------------------------------------------------------------------------ */
static OPAQUE void fill_sse2(uint8_t *to, uint8_t byte, size_t bytes)
{
    __m128i value = _mm_set1_epi8((char)byte);

    for (size_t i = 0; i < bytes; i += 32) {
        _mm_store_si128((__m128i *)(to + i), value);
        _mm_store_si128((__m128i *)(to + i + 16), value);
    }
}

static OPAQUE void fill_rep(uint8_t *to, uint8_t byte, size_t bytes)
{
    uint64_t value = byte * UINT64_C(0x0101010101010101);
    size_t words = bytes / 8;

    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(value) : "memory");
}

static OPAQUE void fill_rep_bytes(uint8_t *to, uint8_t byte, size_t bytes)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(byte) : "memory");
}

static uint64_t memset_run(long rounds)
{
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++) {
        fill_sse2(target, (uint8_t)round, AREA);
        sum = mix(sum, target[round * 4099 % AREA]);
        fill_rep(target, (uint8_t)(round * 3), AREA);
        sum = mix(sum, target[round * 257 % AREA]);
        for (size_t i = 0; i < AREA / 16; i += 64)
            fill_rep_bytes(target + i, (uint8_t)i, 40);
        sum = mix(sum, target[round * 65 % (AREA / 16)]);
    }
    return sum;
}

const struct item memset_item = { .name = "memset", .rounds = 1200, .run = memset_run };

/* ---- pointers ----------------------------------------------------------------------------------- */
enum { NODES = 1 << 14 };
struct node {
    struct node *next;
    uint64_t value, unused[30]; /* 16 a page, so 1024 pages: more than a TLB holds */
};
static struct node *nodes;

/* One ring through all nodes, in an order without pattern (Sattolo's shuffle). */
static void chase_prepare(long rounds)
{
    uint32_t *order = work_alloc(NODES * sizeof *order);
    uint64_t random = 0xa0761d6478bd642f;

    (void)rounds;
    nodes = work_alloc(NODES * sizeof *nodes);
    for (uint32_t i = 0; i < NODES; i++)
        order[i] = i;
    for (uint32_t i = NODES - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(random_next(&random) % i), kept = order[i];

        order[i] = order[j];
        order[j] = kept;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = random_next(&random);
    }
    free(order);
}

static uint64_t chase_run(long rounds)
{
    uint64_t sum = 0;
    struct node *node = nodes;

    for (long round = 0; round < rounds; round++) {
        do {
            sum += node->value;
            node = node->next;
        } while (node != nodes);
    }
    return sum;
}

const struct item chase_item = { .name = "chase",
                                 .rounds = 280,
                                 .prepare = chase_prepare,
                                 .run = chase_run };
