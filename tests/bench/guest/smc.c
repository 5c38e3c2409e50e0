/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/guest/smc.c - code that changes while it is used, in one writable and executable page:
 * an immediate rewritten before each call; code that counts in data of its own page; functions
 * generated into one buffer, called a few times and overwritten, as small compilers do.
 */
#include <string.h>
#include <sys/mman.h>

#include "work.h"

typedef uint32_t function(uint32_t argument);

static uint8_t *page;

static void page_prepare(long rounds)
{
    (void)rounds;
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        work_fail("mmap of an executable page");
}

/* Where the function at `code` is called, through a pointer the compiler knows nothing of. */
static OPAQUE uint32_t call_code(const void *code, uint32_t argument)
{
    function *entry;

    memcpy(&entry, &code, sizeof entry);
    return entry(argument);
}

static void put32(uint8_t *at, uint32_t value)
{
    *(volatile uint32_t *)(void *)at = value;
}

/* ---- an immediate, rewritten before each call --------------------------------------------------- */
static uint64_t smc_run(long rounds)
{
    static const uint8_t code[] = {
        0xb8, 0,    0,    0, 0, /* mov eax, imm32: byte 1 */
        0x01, 0xf8,             /* add eax, edi */
        0x35, 0x5a, 0x5a, 0, 0, /* xor eax, 0x5a5a */
        0xc3,                   /* ret */
    };
    uint32_t value = 1;

    memcpy(page, code, sizeof code);
    for (long round = 0; round < rounds; round++) {
        put32(page + 1, value * 2654435761u);
        value = call_code(page, value + (uint32_t)round);
    }
    return mix(0, value);
}

const struct item smc_item = { .name = "smc",
                               .rounds = 50000,
                               .prepare = page_prepare,
                               .run = smc_run };

/* ---- code and its data in one page -------------------------------------------------------------- */
enum { COUNTER = 2048 };

static uint64_t smc_data_run(long rounds)
{
    uint8_t code[] = {
        0xb9, 8,    0, 0, 0,    /* mov ecx, 8 */
        0x01, 0x3d, 0, 0, 0, 0, /* add [rip+disp32], edi: bytes 5, 7 */
        0x83, 0xe9, 1,          /* sub ecx, 1 */
        0x75, 0xf5,             /* jnz to the add */
        0x8b, 0x05, 0, 0, 0, 0, /* mov eax, [rip+disp32]: bytes 16, 18 */
        0xc3,                   /* ret */
    };
    uint32_t to_counter = COUNTER - 11, to_counter_2 = COUNTER - 22, value = 1;

    memcpy(code + 7, &to_counter, 4);
    memcpy(code + 18, &to_counter_2, 4);
    memcpy(page, code, sizeof code);
    put32(page + COUNTER, 0);
    for (long round = 0; round < rounds; round++)
        value = call_code(page, value + (uint32_t)round);
    return mix(0, value);
}

const struct item smc_data_item = { .name = "smc-data",
                                    .rounds = 400000,
                                    .prepare = page_prepare,
                                    .run = smc_data_run };

/* ---- generated functions ------------------------------------------------------------------------ */
enum { GENERATED = 60, CALLS = 20 };

/* A straight function of random arithmetic on EAX; returns where it ends. */
static uint8_t *generate(uint8_t *at, uint64_t *random)
{
    static const uint8_t with_immediate[] = { 0x05, 0x2d, 0x35,
                                              0x0d }; /* add sub xor or eax, imm32 */

    *at++ = 0x89; /* mov eax, edi */
    *at++ = 0xf8;
    for (int i = 0; i < GENERATED; i++) {
        uint64_t r = random_next(random);

        if (r & 3) {
            *at++ = with_immediate[r >> 2 & 3];
            put32(at, (uint32_t)(r >> 32));
            at += 4;
        } else { /* rol eax, imm8 */
            *at++ = 0xc1;
            *at++ = 0xc0;
            *at++ = r >> 2 & 31;
        }
    }
    *at++ = 0xc3;
    return at;
}

static uint64_t smc_jit_run(long rounds)
{
    uint64_t random = 0xe7037ed1a0b428db, sum = 0;

    for (long round = 0; round < rounds; round++) {
        uint8_t *start = page + (round & 3) * 512;
        uint32_t value = (uint32_t)round;

        generate(start, &random);
        for (int call = 0; call < CALLS; call++)
            value = call_code(start, value);
        sum = mix(sum, value);
    }
    return sum;
}

const struct item smc_jit_item = { .name = "smc-jit",
                                   .rounds = 7000,
                                   .prepare = page_prepare,
                                   .run = smc_jit_run };
