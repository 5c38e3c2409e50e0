/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/dispatch.c - how fast can a chain of handlers be? The loop of sketch.asm as five
 * handlers that jump to each other, with a TLB probe and lazy flags, and nothing else: no faults,
 * no segment, no sizes, no self-modifying code. Prints million instructions a second; the ratio of
 * the interpreter's own figure to it says what exactness costs.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define ROUNDS 40000
#define ELEMENTS 1024

struct state;
struct step {
    int (*run)(struct state *s, const struct step *step);
    unsigned a, b;
};

struct page {
    uintptr_t tag, addend;
};

struct state {
    uint64_t r[8];
    int64_t sign;
    uint64_t carry;
    int64_t left;
    struct page tlb[64];
};

static int load(struct state *s, const struct step *step)
{
    uint64_t la = s->r[3] + (s->r[1] << 2);
    const struct page *page = &s->tlb[la >> 12 & 63];

    if (__builtin_expect(page->tag != ((la + 3) & ~UINT64_C(0xfff)), 0))
        return 1;
    s->r[step->a] = *(const uint32_t *)(uintptr_t)(la + page->addend);
    return step[1].run(s, step + 1);
}

static int add(struct state *s, const struct step *step)
{
    uint32_t a = (uint32_t)s->r[step->a], b = (uint32_t)s->r[step->b], r = a + b;

    s->r[step->a] = r;
    s->sign = (int32_t)r;
    s->carry = (a & b) | ((a | b) & ~r);
    return step[1].run(s, step + 1);
}

static int increment(struct state *s, const struct step *step)
{
    uint32_t r = (uint32_t)s->r[step->a] + 1;

    s->r[step->a] = r;
    s->sign = (int32_t)r;
    s->carry = (s->carry & 0x80000000) | (r == 0x80000000 ? 0x40000000 : 0);
    return step[1].run(s, step + 1);
}

static int compare(struct state *s, const struct step *step)
{
    uint32_t a = (uint32_t)s->r[step->a], b = (uint32_t)s->r[step->b], r = a - b;

    s->sign = (int32_t)r;
    s->carry = (~a & b) | ((~a | b) & r);
    return step[1].run(s, step + 1);
}

static int branch_if_less(struct state *s, const struct step *step)
{
    int overflow = (s->carry >> 31 ^ s->carry >> 30) & 1;

    s->left -= 5;
    if (s->left <= 0)
        return 2;
    if ((s->sign < 0) != overflow)
        step -= 5;
    return step[1].run(s, step + 1);
}

static int finish(struct state *s, const struct step *step)
{
    (void)s;
    (void)step;
    return 0;
}

int main(void)
{
    static uint32_t memory[ELEMENTS] __attribute__((aligned(4096)));
    static const struct step loop[] = {
        { load, 0, 0 },           { add, 2, 0 },    { increment, 1, 0 }, { compare, 1, 7 },
        { branch_if_less, 0, 0 }, { finish, 0, 0 },
    };
    static struct state s;
    uintptr_t first = (uintptr_t)memory;
    struct timespec start, end;

    s.r[3] = 0x400000;
    s.r[7] = ELEMENTS;
    s.tlb[0x400 & 63] = (struct page){ 0x400000, first - 0x400000 };
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned i = 0; i < ROUNDS; i++) {
        s.r[1] = 0;
        s.left = INT32_MAX;
        if (loop[0].run(&s, loop) != 0)
            return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.0f\n", (double)ROUNDS * ELEMENTS * 5 /
                         ((double)(end.tv_sec - start.tv_sec) * 1e6 +
                          (double)(end.tv_nsec - start.tv_nsec) / 1e3));
    return 0;
}
