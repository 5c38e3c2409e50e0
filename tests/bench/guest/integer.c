/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/bench/guest/integer.c - integers, branches, arrays: a mix, the sieve, quicksort. */
#include <string.h>

#include "work.h"

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static uint32_t collatz_steps(uint64_t n)
{
    uint32_t steps = 0;

    while (n != 1) {
        n = n & 1 ? 3 * n + 1 : n >> 1;
        steps++;
    }
    return steps;
}

static uint32_t crc_of_word(uint32_t crc, uint32_t word)
{
    crc ^= word;
    for (int bit = 0; bit < 32; bit++)
        crc = crc & 1 ? crc >> 1 ^ UINT32_C(0xedb88320) : crc >> 1;
    return crc;
}

static uint32_t digits_reversed(uint32_t n)
{
    uint32_t reversed = 0;

    for (; n; n /= 10)
        reversed = reversed * 10 + n % 10;
    return reversed;
}

static uint64_t integer_run(long rounds)
{
    uint64_t random = 88172645463325252, sum = 0;

    for (long i = 0; i < rounds; i++) {
        uint32_t word = (uint32_t)random_next(&random);

        switch (random >> 61) {
        case 0:
            sum += common_divisor(word, word >> 7 | 1);
            break;
        case 1:
            sum ^= collatz_steps(word >> 12 | 1);
            break;
        case 2:
        case 3:
            sum = crc_of_word((uint32_t)sum, word);
            break;
        case 4:
            sum += digits_reversed(word);
            break;
        case 5:
            for (; word; word &= word - 1)
                sum += word >> 3;
            break;
        default:
            sum = (sum << 7 | sum >> 57) - word;
        }
        sum = mix(sum, (uint64_t)i);
    }
    return sum;
}

const struct item integer_item = { .name = "integer", .rounds = 4500000, .run = integer_run };

/* ---- the sieve of Eratosthenes ------------------------------------------------------------------ */
enum { SIEVE = 1 << 19 };
static uint8_t composite[SIEVE];

static uint64_t sieve_run(long rounds)
{
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++) {
        uint32_t count = 0;

        memset(composite, 0, sizeof composite);
        for (uint32_t i = 2; i < SIEVE; i++) {
            if (composite[i])
                continue;
            count++;
            for (uint32_t j = 2 * i; j < SIEVE; j += i)
                composite[j] = 1;
        }
        sum = mix(sum, count);
    }
    return sum;
}

const struct item sieve_item = { .name = "sieve", .rounds = 120, .run = sieve_run };

/* ---- quicksort ---------------------------------------------------------------------------------- */
enum { SORTED = 1 << 16 };
static int32_t numbers[SORTED];

static void quicksort(int32_t *low, int32_t *high)
{
    while (high - low > 12) {
        int32_t pivot = low[(high - low) / 2], *i = low, *j = high;

        for (;;) {
            while (*i < pivot)
                i++;
            while (*j > pivot)
                j--;
            if (i >= j)
                break;
            int32_t kept = *i;
            *i++ = *j;
            *j-- = kept;
        }
        quicksort(low, i - 1);
        low = i;
    }
    for (int32_t *i = low + 1; i <= high; i++) {
        int32_t value = *i, *j = i;

        for (; j > low && j[-1] > value; j--)
            *j = j[-1];
        *j = value;
    }
}

static uint64_t quicksort_run(long rounds)
{
    uint64_t random = 0x2545f4914f6cdd1d, sum = 0;

    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < SORTED; i++)
            numbers[i] = (int32_t)random_next(&random);
        quicksort(numbers, numbers + SORTED - 1);
        for (int i = 0; i < SORTED; i += 64)
            sum = mix(sum, (uint64_t)numbers[i]);
        for (int i = 1; i < SORTED; i++) {
            if (numbers[i - 1] > numbers[i])
                work_fail("quicksort: order");
        }
    }
    return sum;
}

const struct item quicksort_item = { .name = "quicksort", .rounds = 60, .run = quicksort_run };
