/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_interp.c - what an engine promises (cpu/engine.h): exact limits, the same state
 * however a run is cut into pieces, code that changes under it, and stops at the right instruction.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/interp.h"
#include "cpu/sse.h"
#include "cpu/tlb.h"
#include "cpu/watch.h"
#include "tests/support/test_cpu.h"
#include "tests/support/test_engine.h"
#include "util/bits.h"

#define DEVICE 0xe0000u

/* ---- random programs -------------------------------------------------------------------------- */

struct program {
    uint8_t code[2048];
    unsigned count;
};

static void put(struct program *p, const char *hex, uint32_t value, unsigned value_bytes)
{
    while (*hex) {
        char *end;
        unsigned long byte = strtoul(hex, &end, 16);

        if (end == hex)
            break;
        p->code[p->count++] = (uint8_t)byte;
        hex = end;
    }
    for (unsigned i = 0; i < value_bytes; i++)
        p->code[p->count++] = (uint8_t)(value >> (8 * i));
}

/* One instruction or short sequence of 32-bit code; `patch` is where an INC EAX stands. */
static void put_random(struct program *p, uint64_t *seed, uint32_t patch)
{
    uint32_t r = (uint32_t)test_random(seed), data = TEST_DATA + (r >> 8 & 0xff);
    static const char *const plain[] = {
        "01 d8",    "29 c3",    "11 c8", "19 d1", "31 db", "21 d0",    "39 d8", "85 c0",
        "40",       "4b",       "f7 d8", "d1 e0", "d3 c8", "0f af c3", "98",    "99",
        "0f b6 c3", "93",       "f5",    "f9",    "9c 9d", "50 59",    "60 61", "0f 94 c0",
        "0f 4c c2", "8d 04 5b", "27",    "37",    "86 c4", "0f b6 1d",
    };
    unsigned choice = r % 44;

    if (choice < 29) {
        put(p, plain[choice], 0, 0);
        return;
    }
    switch (choice) {
    case 29:
        put(p, "8b 05", data, 4);
        break; /* mov eax, [data] */
    case 30:
        put(p, "01 05", data, 4);
        break; /* add [data], eax */
    case 31:
        put(p, "fe 0d", data, 4);
        break; /* dec byte [data] */
    case 32:
        put(p, "74", 1, 1);
        put(p, "40", 0, 0);
        break; /* jz over inc */
    case 33:
        put(p, "39 c3 7c", 2, 1);
        put(p, "89 c3", 0, 0);
        break; /* cmp, jl */
    case 34:
        put(p, "4a 75", 1, 1);
        put(p, "43", 0, 0);
        break; /* dec edx, jnz */
    case 35:   /* mov ecx, n; mov esi, data; mov edi, data + k; rep movsb */
        put(p, "b9", r >> 16 & 31, 4);
        put(p, "be", TEST_DATA, 4);
        put(p, "bf", TEST_DATA + (r >> 24), 4);
        put(p, "f3 a4", 0, 0);
        break;
    case 36:
        put(p, "b9", r >> 16 & 31, 4);
        put(p, "bf", data, 4);
        put(p, r & BIT(30) ? "f3 ab" : "f2 ae", 0, 0); /* rep stosd, repne scasb */
        break;
    case 37:
        put(p, "b9", (r >> 16 & 7) + 1, 4);
        put(p, "43 e2 fd", 0, 0);
        break; /* loop */
    case 38:
        put(p, "0f 0b", 0, 0);
        break; /* #UD: the handler skips two bytes */
    case 39:
        put(p, "31 c9 f7 f1", 0, 0);
        break; /* #DE */
    case 40:
        put(p, "80 35", patch, 4);
        put(p, "08", 0, 0);
        break; /* xor byte [patch], 8: INC <-> DEC */
    case 41:
        put(p, "e8", 1, 4);
        put(p, "90 58", 0, 0);
        break; /* call next; pop eax; nop in between */
    case 42:
        put(p, "cd 80", 0, 0);
        break; /* int 80h */
    default:
        put(p, "0f a2", 0, 0);
        break; /* cpuid */
    }
}

static void make_program(struct program *p, uint64_t *seed)
{
    uint32_t patch;
    unsigned half;

    p->count = 0;
    /* A jump over a byte that the program rewrites now and then. */
    patch = GUEST_CODE + (uint32_t)(test_random(seed) % 2 ? 0 : 1);
    put(p, "40 40", 0, 0);
    half = 20 + (unsigned)(test_random(seed) % 40);
    for (unsigned i = 0; i < half; i++)
        put_random(p, seed, patch);
    put(p, "e9", (uint32_t) - (int)(p->count + 5), 4);
}

static struct cpu *machine_for(const struct program *p)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "90");

    for (unsigned vector = 0; vector < 256; vector++) /* add dword [esp], 2; iret */
        space_write_block(cpu->memory, GUEST_HANDLERS + 16 * vector,
                          vector < 8 ? "\x83\x04\x24\x02\xcf" : "\xcf\xcf\xcf\xcf\xcf", 5);
    test_bytes(cpu, p->code, p->count);
    return cpu;
}

/* Offset of the first byte of RAM in which they differ, or its size. */
static unsigned first_difference(const struct cpu *a, const struct cpu *b)
{
    unsigned at = 0;

    while (at < MIB(1) && a->memory->ram->bytes[at] == b->memory->ram->bytes[at])
        at++;
    return at;
}

static void same(const struct cpu *a, const struct cpu *b, const char *what, unsigned round)
{
    unsigned at = first_difference(a, b);

    if (clock_now(a->clock) != clock_now(b->clock) || a->rip != b->rip ||
        cpu_eflags(a) != cpu_eflags(b) || memcmp(a->gpr, b->gpr, 16 * sizeof a->gpr[0]) != 0 ||
        memcmp(a->seg, b->seg, sizeof a->seg) != 0 || a->activity != b->activity || at < MIB(1))
        ck_abort_msg(
            "%s, program %u: ticks %lu %lu rip %lx %lx flags %lx %lx rax %lx %lx rcx %lx %lx "
            "esp %lx %lx activity %d %d first memory difference %x: %x %x",
            what, round, (long)clock_now(a->clock), (long)clock_now(b->clock), (long)a->rip,
            (long)b->rip, (long)cpu_eflags(a), (long)cpu_eflags(b), (long)a->gpr[RAX],
            (long)b->gpr[RAX], (long)a->gpr[RCX], (long)b->gpr[RCX], (long)a->gpr[RSP],
            (long)b->gpr[RSP], a->activity, b->activity, at, a->memory->ram->bytes[at % MIB(1)],
            b->memory->ram->bytes[at % MIB(1)]);
}

/* In pieces of `most` ticks at most (0: random), each checked against its limit. */
static void run_pieces(struct cpu *cpu, uint64_t ticks, uint64_t most, uint64_t *seed)
{
    uint64_t end = clock_now(cpu->clock) + ticks, before = clock_now(cpu->clock);
    unsigned idle = 0;

    while (before < end && idle < 3) {
        uint64_t limit = most ? most : 1 + test_random(seed) % (test_random(seed) % 8 ? 9 : 100);
        enum stop stop;

        if (limit > end - before)
            limit = end - before;
        stop = test_run(cpu, limit);
        ck_assert_uint_le(clock_now(cpu->clock) - before, limit);
        if (stop == STOP_HALTED || stop == STOP_SHUTDOWN)
            return;
        idle = clock_now(cpu->clock) == before ? idle + 1 : 0;
        before = clock_now(cpu->clock);
    }
    ck_assert_uint_eq(before, end);
}

START_TEST(the_engine_asked_for_runs_the_code)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "01 d8 01 d8 01 d8 f4"); /* add eax, ebx (3); hlt */
    uint64_t last;

    ck_assert_int_eq(strncmp(cpu->engine->name, test_engine_text(), strlen(cpu->engine->name)), 0);
    if (!test_engine_is_other())
        return;
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert(cpu->engine->get(cpu, "last", &last));
    ck_assert_uint_eq(last, GUEST_CODE);
    ck_assert_int_eq(test_run(cpu, 100), STOP_HALTED);
    ck_assert(cpu->engine->get(cpu, "last", &last));
    ck_assert_uint_eq(last, GUEST_CODE + 2);
}
END_TEST

START_TEST(a_return_address_of_32_bits_takes_four_bytes)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "e8 00 00 00 00"); /* call behind it */

    cpu->rip = 0xddd00000; /* in the upper half, as kernels lie */
    cpu->seg[SEG_CS].base = (uint32_t)(GUEST_CODE - cpu->rip);
    cpu_update_mode(cpu);
    cpu_derive_segments(cpu);
    test_write(cpu, TEST_STACK - 8, 8, UINT64_C(0x1111111111111111));
    test_write(cpu, TEST_STACK, 8, UINT64_C(0x2222222222222222));
    ck_assert_int_eq(test_step(cpu), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, 0xddd00005);
    ck_assert_uint_eq(test_read(cpu, TEST_STACK - 8, 8), UINT64_C(0xddd0000511111111));
    ck_assert_uint_eq(test_read(cpu, TEST_STACK, 8), UINT64_C(0x2222222222222222));
}
END_TEST

START_TEST(a_run_in_pieces_equals_a_run_in_one)
{
    uint64_t seed = 0x106689d45497fdb5u + (unsigned)_i;

    for (unsigned round = 0; round < 60; round++) {
        struct program program;
        uint64_t ticks = 500 + test_random(&seed) % 3000;
        struct cpu *one, *single, *pieces;

        make_program(&program, &seed);
        one = machine_for(&program);
        single = machine_for(&program);
        pieces = machine_for(&program);
        run_pieces(one, ticks, ticks, &seed);
        run_pieces(single, ticks, 1, &seed);
        same(one, single, "one piece, single steps", round);
        run_pieces(pieces, ticks, 0, &seed);
        same(one, pieces, "one piece, random pieces", round);
        test_cpu_teardown();
    }
}
END_TEST

START_TEST(random_bytes_run_the_same_in_pieces)
{
    uint64_t seed = 0x2127599bf4325c37u + (unsigned)_i;

    for (unsigned round = 0; round < 120; round++) {
        struct program program = { .count = 512 };
        struct cpu *one, *single;

        for (unsigned i = 0; i < program.count; i++)
            program.code[i] = (uint8_t)(test_random(&seed) >> 20);
        one = machine_for(&program);
        single = machine_for(&program);
        run_pieces(one, 2000, 2000, &seed);
        run_pieces(single, 2000, 1, &seed);
        same(one, single, "random bytes", round);
        test_cpu_teardown();
    }
}
END_TEST

/* ---- limits ----------------------------------------------------------------------------------- */

START_TEST(an_iteration_of_a_repeated_instruction_is_a_tick)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "f3 a4 90 90"); /* rep movsb */

    cpu->gpr[RCX] = 1000;
    cpu->gpr[RSI] = TEST_DATA;
    cpu->gpr[RDI] = TEST_DATA + 1;
    test_write(cpu, TEST_DATA, 1, 0x5a);
    for (unsigned done = 0; done < 1000;) {
        unsigned limit = 1 + done % 7;

        if (limit > 1000 - done)
            limit = 1000 - done;
        ck_assert_int_eq(test_run(cpu, limit), STOP_LIMIT);
        done += limit;
        ck_assert_uint_eq(clock_now(cpu->clock), done);
        ck_assert_uint_eq(cpu->gpr[RCX], 1000 - done);
        ck_assert_uint_eq(cpu->rip, done < 1000 ? GUEST_CODE : GUEST_CODE + 2);
        ck_assert_uint_eq(test_read(cpu, TEST_DATA + done, 1), 0x5a);
        ck_assert_uint_eq(test_read(cpu, TEST_DATA + done + 1, 1), 0);
    }
}
END_TEST

START_TEST(a_guest_that_only_faults_does_not_stop_time)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "0f 0b");

    /* The handler of #UD is itself undefined: a fault without end. */
    test_write(cpu, GUEST_HANDLERS + 16 * VEC_UD, 2, 0x0b0f);
    ck_assert_int_ne(test_run(cpu, 10000), STOP_BREAKPOINT);
    ck_assert(clock_now(cpu->clock) >= 1);
    ck_assert_uint_le(clock_now(cpu->clock), 10000);
}
END_TEST

/* ---- code that changes ------------------------------------------------------------------------ */

START_TEST(an_instruction_may_overwrite_the_next_one)
{
    /* mov byte [next], 43h (inc ebx); next: inc eax; hlt */
    struct cpu *cpu = test_cpu(MODE_PROT32, "c6 05 07 40 00 00 43 40 f4");

    ck_assert_int_eq(test_run(cpu, 10), STOP_HALTED);
    ck_assert_uint_eq(cpu->gpr[RAX], 0);
    ck_assert_uint_eq(cpu->gpr[RBX], 1);
    ck_assert_uint_eq(clock_now(cpu->clock), 3);
}
END_TEST

/* CMP and Jcc become one handler; VPBROADCASTB (VEX 0F38 78) only looks like JS (78). */
START_TEST(a_compare_is_fused_with_branches_only)
{
    /* cmp eax, ebx; vpbroadcastb ymm0, xmm1; hlt */
    struct cpu *cpu = test_cpu(MODE_LONG64, "39 d8 c4 e2 7d 78 c1 f4");

    cpu->cr4 |= CR4_OSXSAVE;
    cpu->xcr0 = XCR0_X87 | XCR0_AVX_STATE;
    sse_update_ready(cpu);
    cpu->gpr[RBX] = 1; /* SF */
    cpu->vec[1].q[0] = 0x5a;
    ck_assert_int_eq(test_run(cpu, 10), STOP_HALTED);
    ck_assert_uint_eq(clock_now(cpu->clock), 3);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(cpu->vec[0].q[i], UINT64_C(0x5a5a5a5a5a5a5a5a));
}
END_TEST

START_TEST(a_trace_may_overwrite_what_it_has_already_done)
{
    /* 4000 inc eax; 4001 mov byte [4000], 43h; 4008 dec ecx; 4009 jnz 4000; 400b hlt */
    struct cpu *cpu = test_cpu(MODE_PROT32, "40 c6 05 00 40 00 00 43 49 75 f5 f4");

    cpu->gpr[RCX] = 5;
    ck_assert_int_eq(test_run(cpu, 100), STOP_HALTED);
    ck_assert_uint_eq(cpu->gpr[RAX], 1);
    ck_assert_uint_eq(cpu->gpr[RBX], 4);
    ck_assert_uint_eq(clock_now(cpu->clock), 21);
}
END_TEST

START_TEST(a_link_into_a_killed_trace_finds_the_new_code)
{
    /* 4000 call 4010; dec ecx; jnz 4000; mov byte [4010], 43h; mov ecx, 2; jmp 4000 */
    struct cpu *cpu = test_cpu(MODE_PROT32, "e8 0b 00 00 00 49 75 f8 eb 16 90 90 90 90 90 90 "
                                            "40 c3 90 90 90 90 90 90 90 90 90 90 90 90 90 90 "
                                            "c6 05 10 40 00 00 43 b9 02 00 00 00 eb d2");

    cpu->gpr[RCX] = 50;
    ck_assert_int_eq(test_run(cpu, 50 * 5 + 1 + 3 + 2 * 5), STOP_LIMIT);
    ck_assert_uint_eq(cpu->gpr[RAX], 50);
    ck_assert_uint_eq(cpu->gpr[RBX], 2);
}
END_TEST

START_TEST(data_beside_code_may_be_written)
{
    /* inc dword [4040h], 100 times: the same page, the same line, not the same bytes */
    struct cpu *cpu = test_cpu(MODE_PROT32, "ff 05 40 40 00 00 49 75 f7 f4");
    uint64_t decoded;

    cpu->gpr[RCX] = 100;
    ck_assert_int_eq(test_run(cpu, 10), STOP_LIMIT);
    decoded = cpu->traces->counters.decoded;
    ck_assert_int_eq(test_run(cpu, 1000), STOP_HALTED);
    ck_assert_uint_eq(test_read(cpu, GUEST_CODE + 0x40, 4), 100);
    ck_assert_uint_le(cpu->traces->counters.decoded, decoded + 3);
}
END_TEST

START_TEST(an_instruction_across_two_pages_sees_changes_in_both)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "90");
    static const uint8_t code[] = { 0xb8, 1, 2, 3, 4, 0xf4 }; /* mov eax, 04030201h; hlt */

    for (unsigned cut = 1; cut < 5; cut++) {
        uint32_t at = 0x6000 - cut;

        space_write_block(cpu->memory, at, code, sizeof code);
        for (unsigned byte = 0; byte < 5; byte++) {
            cpu->rip = at;
            cpu->activity = CPU_RUNNING;
            ck_assert_int_eq(test_run(cpu, 10), STOP_HALTED);
            ck_assert_uint_eq(cpu->gpr[RAX], 0x04030201);
            /* The guest's own write to it. */
            test_code(cpu, byte == 0 ? "c6 03 bb f4" : "c6 03 77 f4"); /* mov byte [ebx], .. */
            cpu->gpr[RBX] = at + byte;
            cpu->activity = CPU_RUNNING;
            ck_assert_int_eq(test_run(cpu, 10), STOP_HALTED);
            cpu->rip = at;
            cpu->activity = CPU_RUNNING;
            ck_assert_int_eq(test_run(cpu, 10), STOP_HALTED);
            if (byte == 0)
                ck_assert_uint_eq(cpu->gpr[RBX], 0x04030201);
            else
                ck_assert_uint_eq(cpu->gpr[RAX] >> (8 * (byte - 1)) & 0xff, 0x77);
            space_write_block(cpu->memory, at, code, sizeof code); /* as DMA does */
        }
    }
}
END_TEST

/* Two pages with different code; one linear page that is mapped to either. */
static struct cpu *remapped(uint64_t *entry)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "90");

    *entry = test_small_pages(cpu) + 8 * (0x30000 / PAGE_SIZE);
    space_write_block(cpu->memory, 0x31000, "\xb8\x01\x00\x00\x00\xff\xe3",
                      7); /* mov eax, 1; jmp rbx */
    space_write_block(cpu->memory, 0x32000, "\xb8\x02\x00\x00\x00\xff\xe3", 7);
    space_write_block(cpu->memory, 0x31ffe, "\xb8\x05\x00", 2);
    test_write(cpu, *entry, 8, 0x31000 | 7);
    return cpu;
}

START_TEST(code_of_a_remapped_page_is_found_after_invlpg)
{
    uint64_t entry;
    struct cpu *cpu = remapped(&entry);

    /* 4000: jmp rdi; and at rbx: mov [rsi], rdx; invlpg [rdi]; jmp rdi */
    test_code(cpu, "ff e7 90 90 48 89 16 0f 01 3f bb 20 40 00 00 ff e7");
    test_write(cpu, GUEST_CODE + 0x20, 1, 0xf4);
    cpu->gpr[RDI] = 0x30000;
    cpu->gpr[RBX] = GUEST_CODE + 4;
    cpu->gpr[RSI] = entry;
    cpu->gpr[RDX] = 0x32000 | 7;
    ck_assert_int_eq(test_run(cpu, 3), STOP_LIMIT);
    ck_assert_uint_eq(cpu->gpr[RAX], 1);
    ck_assert_int_eq(test_run(cpu, 100), STOP_HALTED);
    ck_assert_uint_eq(cpu->gpr[RAX], 2);
}
END_TEST

START_TEST(code_of_a_remapped_page_is_found_after_a_load_of_cr3)
{
    uint64_t entry;
    struct cpu *cpu = remapped(&entry);

    test_code(cpu, "ff e7 90 90 48 89 16 0f 22 d9 bb 20 40 00 00 ff e7"); /* mov cr3, rcx */
    test_write(cpu, GUEST_CODE + 0x20, 1, 0xf4);
    cpu->gpr[RDI] = 0x30000;
    cpu->gpr[RBX] = GUEST_CODE + 4;
    cpu->gpr[RSI] = entry;
    cpu->gpr[RDX] = 0x32000 | 7;
    cpu->gpr[RCX] = GUEST_PAGES;
    ck_assert_int_eq(test_run(cpu, 3), STOP_LIMIT);
    ck_assert_uint_eq(cpu->gpr[RAX], 1);
    ck_assert_int_eq(test_run(cpu, 100), STOP_HALTED);
    ck_assert_uint_eq(cpu->gpr[RAX], 2);
}
END_TEST

START_TEST(the_second_half_of_a_crossing_instruction_may_be_remapped)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "90");
    uint64_t table = test_small_pages(cpu);

    /* 30ffe: mov eax, imm32 with two bytes here and four in the next page; then hlt */
    space_write_block(cpu->memory, 0x30ffe, "\xb8\x11", 2);
    space_write_block(cpu->memory, 0x31000, "\x22\x33\x44\xf4", 4);
    space_write_block(cpu->memory, 0x32000, "\x55\x66\x77\xf4", 4);
    for (unsigned i = 0; i < 4; i++) {
        test_write(cpu, table + 8 * 0x31, 8, (i & 1 ? 0x32000 : 0x31000) | 7);
        tlb_flush_page(cpu, 0x31000);
        tlb_forget_jumps(cpu);
        cpu->rip = 0x30ffe;
        cpu->activity = CPU_RUNNING;
        ck_assert_int_eq(test_run(cpu, 10), STOP_HALTED);
        ck_assert_uint_eq(cpu->gpr[RAX], i & 1 ? 0x77665511 : 0x44332211);
    }
    test_write(cpu, table + 8 * 0x31, 8, 0);
    tlb_flush_page(cpu, 0x31000);
    cpu->rip = 0x30ffe;
    cpu->activity = CPU_RUNNING;
    ck_assert_int_eq(test_step(cpu), VEC_PF);
    ck_assert_uint_eq(cpu->cr2 ? cpu->cr2 : 0x31000, 0x31000);
    ck_assert_uint_eq(cpu->rip, 0x30ffe);
}
END_TEST

START_TEST(code_that_flows_into_a_remapped_page_finds_it)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "90");
    uint64_t table = test_small_pages(cpu);
    unsigned base = _i ? 0x10 : 0; /* pages are linear ones, whatever the offset */

    if (base) {
        cpu->seg[SEG_CS].base = base;
        cpu->seg[SEG_CS].attr ^= ATTR_L | ATTR_DB;
        cpu_update_mode(cpu);
        cpu_derive_segments(cpu);
    }

    /* 30ff8: eight NOPs; the page behind them is one of two */
    space_write_block(cpu->memory, 0x30ff8, "\x90\x90\x90\x90\x90\x90\x90\x90", 8);
    space_write_block(cpu->memory, 0x31000, "\xb0\x01\xf4", 3); /* mov al, 1; hlt */
    space_write_block(cpu->memory, 0x32000, "\xb0\x02\xf4", 3);
    for (unsigned i = 0; i < 400; i++) {
        unsigned which = i / 40 & 1; /* often each: what is learned by then is used */

        if (i % 40 == 0) {
            test_write(cpu, table + 8 * 0x31, 8, (which ? 0x32000 : 0x31000) | 7);
            tlb_flush_page(cpu, 0x31000);
        }
        cpu->rip = 0x30ff8 - base;
        cpu->activity = CPU_RUNNING;
        ck_assert_int_eq(test_run(cpu, 20), STOP_HALTED);
        ck_assert_uint_eq(cpu->gpr[RAX], which ? 2 : 1);
    }
}
END_TEST

/* What happens at the tick comes first, an interrupt say: whatever the shape of the code before it. */
START_TEST(a_breakpoint_at_the_end_of_a_run_waits_for_the_next)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "90");

    test_small_pages(cpu);
    space_write_block(cpu->memory, 0x30ff8, "\x90\x90\x90\x90\x90\x90\x90\x66\x90\xf4", 10);
    watch_add(cpu, (struct watch_range){ .kind = WATCH_EXEC_LINEAR,
                                         .first = 0x30fff, /* 66 90 over the page's end */
                                         .last = 0x30fff });
    for (unsigned i = 0; i < 3; i++) {
        cpu->rip = 0x30ff8;
        cpu->activity = CPU_RUNNING;
        ck_assert_int_eq(test_run(cpu, 7), STOP_LIMIT);
        ck_assert_uint_eq(cpu->rip, 0x30fff);
        ck_assert_int_eq(test_run(cpu, 7), STOP_BREAKPOINT);
        ck_assert_uint_eq(cpu->rip, 0x30fff);
        cpu->watch->passed_tick = clock_now(cpu->clock);
        ck_assert_int_eq(test_run(cpu, 7), STOP_HALTED);
    }
}
END_TEST

START_TEST(the_page_behind_the_last_instruction_is_not_fetched_from)
{
    struct cpu *cpu = test_cpu(MODE_LONG64, "90");
    uint64_t entry = test_small_pages(cpu) + 8 * 0x31;

    space_write_block(cpu->memory, 0x30ff0, "\xe9\x0b\x00\x00\x00", 5); /* jmp 31000 */
    space_write_block(cpu->memory, 0x31000, "\x90\xf4", 2);
    for (unsigned i = 0; i < 3; i++) {
        test_write(cpu, entry, 8, 0x31000 | 7); /* not accessed */
        tlb_flush(cpu);
        cpu->rip = 0x30ff0;
        cpu->activity = CPU_RUNNING;
        ck_assert_int_eq(test_run(cpu, 1), STOP_LIMIT);
        ck_assert_uint_eq(cpu->rip, 0x31000);
        ck_assert_uint_eq(test_read(cpu, entry, 8), 0x31000 | 7);
        ck_assert_int_eq(test_run(cpu, 1), STOP_LIMIT);
        ck_assert_uint_eq(test_read(cpu, entry, 8), 0x31000 | 0x27);
    }
    test_write(cpu, entry, 8, 0); /* nor is there a fault */
    tlb_flush(cpu);
    cpu->fault.reason = 0;
    cpu->rip = 0x30ff0;
    ck_assert_int_eq(test_run(cpu, 1), STOP_LIMIT);
    ck_assert_uint_eq(cpu->fault.reason, 0);
}
END_TEST

/* ---- devices ---------------------------------------------------------------------------------- */

struct probe {
    struct cpu *cpu;
    uint64_t tick[16];
    unsigned count;
    bool raise;
};

static uint64_t probe_read(void *owner, uint64_t address, unsigned size)
{
    struct probe *probe = owner;

    (void)address;
    (void)size;
    probe->tick[probe->count++ % 16] = clock_now(probe->cpu->clock);
    return 0x42;
}

static void probe_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct probe *probe = owner;

    (void)value;
    probe_read(owner, address, size);
    if (probe->raise)
        cpu_set_intr(probe->cpu, 0, true);
}

static int probe_acknowledge(void *context)
{
    cpu_set_intr(((struct probe *)context)->cpu, 0, false);
    return 0x80;
}

static struct probe probe;
static const struct io_range probe_ports[] = {
    { 0x10, 1, IO_8, probe_read, probe_write, "probe", NULL },
    { 0 },
};
static const struct io_range probe_memory[] = {
    { DEVICE, PAGE_SIZE, IO_8 | IO_16 | IO_32 | IO_64, probe_read, probe_write, "probe", NULL },
    { 0 },
};

static struct cpu *with_probe(const char *hex)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, hex);

    probe = (struct probe){ .cpu = cpu };
    space_add_device(cpu->ports, probe_ports, &probe, "probe");
    space_add_device(cpu->memory, probe_memory, &probe, "probe");
    cpu->board.acknowledge = probe_acknowledge;
    cpu->board.context = &probe;
    tlb_memory_changed(cpu);
    return cpu;
}

START_TEST(a_device_in_the_middle_of_a_trace_sees_its_exact_tick)
{
    /* inc eax; inc eax; mov ecx, [device]; inc eax; in al, 10h; mov [device], eax; nop; hlt */
    struct cpu *cpu = with_probe("40 40 8b 0d 00 00 0e 00 40 e4 10 a3 00 00 0e 00 90 f4");

    for (unsigned pass = 0; pass < 3; pass++) { /* also when the trace is already there */
        uint64_t start = clock_now(cpu->clock);

        probe.count = 0;
        cpu->rip = GUEST_CODE;
        cpu->activity = CPU_RUNNING;
        while (test_run(cpu, 100) != STOP_HALTED)
            ck_assert_uint_lt(clock_now(cpu->clock), start + 100);
        ck_assert_uint_eq(probe.count, 3);
        ck_assert_uint_eq(probe.tick[0], start + 2);
        ck_assert_uint_eq(probe.tick[1], start + 4);
        ck_assert_uint_eq(probe.tick[2], start + 5);
        ck_assert_uint_eq(cpu->gpr[RCX], 0x42);
        ck_assert_uint_eq(clock_now(cpu->clock), start + 8);
    }
}
END_TEST

START_TEST(a_line_raised_by_an_instruction_interrupts_before_the_next)
{
    static const char *const ways[] = {
        "90 a3 00 00 0e 00 40 40 40 f4", /* nop; mov [device], eax; inc eax x 3 */
        "90 e6 10 90 90 90 40 40 40 f4", /* nop; out 10h, al; nop x 3 */
    };
    static const unsigned next[] = { 6, 3 };

    for (unsigned i = 0; i < 2; i++) {
        struct cpu *cpu = with_probe(ways[i]);

        cpu_set_eflags(cpu, IF);
        probe.raise = true;
        test_write(cpu, GUEST_HANDLERS + 16 * 0x80, 1, 0xf4);
        while (test_run(cpu, 100) != STOP_HALTED)
            ck_assert_uint_lt(clock_now(cpu->clock), 100);
        ck_assert_uint_eq(cpu->rip, GUEST_HANDLERS + 16 * 0x80 + 1);
        ck_assert_uint_eq(test_read(cpu, cpu->gpr[RSP], 4), GUEST_CODE + next[i]);
        ck_assert_uint_eq(clock_now(cpu->clock), 3);
    }
}
END_TEST

START_TEST(sti_holds_interrupts_for_one_more_instruction)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "fb 40 40 40 f4"); /* sti; inc eax ... */

    probe = (struct probe){ .cpu = cpu };
    cpu->board.acknowledge = probe_acknowledge;
    cpu->board.context = &probe;
    cpu_set_intr(cpu, 0, true);
    test_write(cpu, GUEST_HANDLERS + 16 * 0x80, 1, 0xf4);
    ck_assert_int_eq(test_run(cpu, 100), STOP_HALTED);
    ck_assert_uint_eq(cpu->gpr[RAX], 1);
    ck_assert_uint_eq(test_read(cpu, cpu->gpr[RSP], 4), GUEST_CODE + 2);
}
END_TEST

/* ---- breakpoints and watchpoints -------------------------------------------------------------- */

START_TEST(a_breakpoint_stops_before_its_instruction)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "40 40 40 49 75 fa f4"); /* inc eax x 3; dec ecx; jnz */
    unsigned id;

    cpu->gpr[RCX] = 3;
    ck_assert_int_eq(test_run(cpu, 5), STOP_LIMIT); /* the trace is there already */
    id = watch_add(cpu, (struct watch_range){ .kind = WATCH_EXEC_LINEAR,
                                              .first = GUEST_CODE + 1,
                                              .last = GUEST_CODE + 1 });
    for (unsigned pass = 0; pass < 2; pass++) {
        ck_assert_int_eq(test_run(cpu, 100), STOP_BREAKPOINT);
        ck_assert_uint_eq(cpu->watch->hit.id, id);
        ck_assert_uint_eq(cpu->rip, GUEST_CODE + 1);
        ck_assert_uint_eq(clock_now(cpu->clock), 6 + 5 * pass);
        ck_assert_uint_eq(cpu->gpr[RAX], 4 + 3 * pass);
        cpu->watch->passed_tick = clock_now(cpu->clock); /* as the debugger does to go on */
    }
    ck_assert(watch_remove(cpu, id));
    ck_assert_int_eq(test_run(cpu, 100), STOP_HALTED);
    ck_assert_uint_eq(clock_now(cpu->clock), 16);
}
END_TEST

START_TEST(a_watchpoint_stops_behind_its_instruction)
{
    /* inc eax; mov [data], eax; inc eax; mov [data + 4], eax; hlt */
    struct cpu *cpu = test_cpu(MODE_PROT32, "40 a3 00 a0 00 00 40 a3 04 a0 00 00 f4");

    watch_add(cpu, (struct watch_range){ .kind = WATCH_DATA_LINEAR,
                                         .first = TEST_DATA + 5,
                                         .last = TEST_DATA + 5,
                                         .write = true });
    test_write(cpu, TEST_DATA + 4, 4, 0x11223344);
    ck_assert_int_eq(test_run(cpu, 100), STOP_WATCHPOINT);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 12);
    ck_assert_uint_eq(clock_now(cpu->clock), 4);
    ck_assert_uint_eq(cpu->watch->hit.old_value, 0x11223344);
    ck_assert_uint_eq(cpu->watch->hit.new_value, 2);
    ck_assert_uint_eq(test_read(cpu, TEST_DATA + 4, 4), 2);
    ck_assert_int_eq(test_run(cpu, 100), STOP_HALTED);
}
END_TEST

START_TEST(a_watchpoint_sees_the_iteration_of_a_string_instruction)
{
    struct cpu *cpu = test_cpu(MODE_PROT32, "f3 ab f4"); /* rep stosd */

    watch_add(cpu, (struct watch_range){ .kind = WATCH_DATA_LINEAR,
                                         .first = TEST_DATA + 40,
                                         .last = TEST_DATA + 43,
                                         .write = true });
    cpu->gpr[RCX] = 100;
    cpu->gpr[RDI] = TEST_DATA;
    cpu->gpr[RAX] = 7;
    ck_assert_int_eq(test_run(cpu, 1000), STOP_WATCHPOINT);
    ck_assert_uint_eq(cpu->gpr[RCX], 100 - 11);
    ck_assert_uint_eq(clock_now(cpu->clock), 11);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE);
    ck_assert_int_eq(test_run(cpu, 1000), STOP_HALTED);
    ck_assert_uint_eq(clock_now(cpu->clock), 101);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interp");
    TCase *tc = tcase_create("interp");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, test_cpu_teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, the_engine_asked_for_runs_the_code);
    tcase_add_test(tc, a_return_address_of_32_bits_takes_four_bytes);
    tcase_add_loop_test(tc, a_run_in_pieces_equals_a_run_in_one, 0, 3);
    tcase_add_loop_test(tc, random_bytes_run_the_same_in_pieces, 0, 2);
    tcase_add_test(tc, an_iteration_of_a_repeated_instruction_is_a_tick);
    tcase_add_test(tc, a_guest_that_only_faults_does_not_stop_time);
    tcase_add_test(tc, an_instruction_may_overwrite_the_next_one);
    tcase_add_test(tc, a_compare_is_fused_with_branches_only);
    tcase_add_test(tc, a_trace_may_overwrite_what_it_has_already_done);
    tcase_add_test(tc, a_link_into_a_killed_trace_finds_the_new_code);
    tcase_add_test(tc, data_beside_code_may_be_written);
    tcase_add_test(tc, an_instruction_across_two_pages_sees_changes_in_both);
    tcase_add_test(tc, code_of_a_remapped_page_is_found_after_invlpg);
    tcase_add_test(tc, code_of_a_remapped_page_is_found_after_a_load_of_cr3);
    tcase_add_test(tc, the_second_half_of_a_crossing_instruction_may_be_remapped);
    tcase_add_loop_test(tc, code_that_flows_into_a_remapped_page_finds_it, 0, 2);
    tcase_add_test(tc, a_breakpoint_at_the_end_of_a_run_waits_for_the_next);
    tcase_add_test(tc, the_page_behind_the_last_instruction_is_not_fetched_from);
    tcase_add_test(tc, a_device_in_the_middle_of_a_trace_sees_its_exact_tick);
    tcase_add_test(tc, a_line_raised_by_an_instruction_interrupts_before_the_next);
    tcase_add_test(tc, sti_holds_interrupts_for_one_more_instruction);
    tcase_add_test(tc, a_breakpoint_stops_before_its_instruction);
    tcase_add_test(tc, a_watchpoint_stops_behind_its_instruction);
    tcase_add_test(tc, a_watchpoint_sees_the_iteration_of_a_string_instruction);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
