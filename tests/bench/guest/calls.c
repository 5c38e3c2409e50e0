/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/bench/guest/calls.c - calls and returns; a bytecode machine that calls through a table. */
#include "work.h"

static OPAQUE uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static OPAQUE uint32_t ackermann(uint32_t m, uint32_t n)
{
    if (m == 0)
        return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

static uint64_t call_run(long rounds)
{
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++) {
        sum = mix(sum, fibonacci(22 + (uint32_t)round % 3));
        sum = mix(sum, ackermann(2, 60 + (uint32_t)round % 5));
    }
    return sum;
}

const struct item call_item = { .name = "call", .rounds = 800, .run = call_run };

/* ---- bytecode ----------------------------------------------------------------------------------- */
struct vm {
    const uint8_t *code;
    uint32_t at, left; /* next byte; back jumps until the end */
    uint64_t stack[64], accumulator, locals[4];
    uint32_t depth;
};

typedef void operation(struct vm *vm);

static void op_push(struct vm *vm)
{
    vm->stack[vm->depth++ & 63] = vm->accumulator;
}

static void op_pop_add(struct vm *vm)
{
    vm->accumulator += vm->stack[--vm->depth & 63];
}

static void op_pop_xor(struct vm *vm)
{
    vm->accumulator ^= vm->stack[--vm->depth & 63];
}

static void op_constant(struct vm *vm)
{
    vm->accumulator = vm->code[vm->at++];
}

static void op_load(struct vm *vm)
{
    vm->accumulator = vm->locals[vm->code[vm->at++] & 3];
}

static void op_store(struct vm *vm)
{
    vm->locals[vm->code[vm->at++] & 3] = vm->accumulator;
}

static void op_multiply(struct vm *vm)
{
    vm->accumulator = vm->accumulator * UINT64_C(6364136223846793005) + 1442695040888963407;
}

static void op_shift(struct vm *vm)
{
    vm->accumulator ^= vm->accumulator >> 17;
}

static void op_skip_if_odd(struct vm *vm)
{
    if (vm->accumulator & 1)
        vm->at += 2;
}

static void op_loop(struct vm *vm)
{
    vm->left--;
    vm->at = 0;
}

static operation *const operations[] = {
    op_push,  op_pop_add,  op_pop_xor, op_constant,    op_load,
    op_store, op_multiply, op_shift,   op_skip_if_odd, op_loop,
};

enum { PUSH, ADD, XOR, CONST, LOAD, STORE, MUL, SHIFT, SKIP_ODD, LOOP };

static uint64_t bytecode_run(long rounds)
{
    static const uint8_t program[] = {
        LOAD, 0, MUL, SHIFT, STORE, 0, PUSH, LOAD, 1, XOR,      STORE, 1, SKIP_ODD, CONST, 77, PUSH,
        LOAD, 2, ADD, MUL,   STORE, 2, PUSH, LOAD, 3, SKIP_ODD, CONST, 5, ADD,      STORE, 3,  LOOP,
    };
    struct vm vm = { .code = program, .left = (uint32_t)rounds, .locals = { 1, 2, 3, 4 } };

    while (vm.left)
        operations[vm.code[vm.at++]](&vm);
    return mix(mix(mix(vm.locals[0], vm.locals[1]), vm.locals[2]), vm.locals[3]);
}

const struct item bytecode_item = { .name = "bytecode", .rounds = 1000000, .run = bytecode_run };
