/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/expr.h - expressions, parsed once into a tree and evaluated as often as needed.
 *
 *   numbers    42 0x2a 2ah 0b101010 052 1_000 'A'
 *   registers  rax $rax ah cs cs.base eflags.if cr0.pg gdtr.limit msr.star t cpl; a device's state: cmos.index
 *   symbols    kmain "a name with blanks"
 *   memory     *LIN [LIN] $(LIN)  as wide as the mode's addresses;  @PHYS  the same, physical;
 *              byte|word|dword|qword [LIN]
 *   S:O        linear address of offset O in segment S (a register, or a selector)
 *   operators  as in C: ! ~ - * / % + - << >> : < <= > >= == != & ^ | && || ? :   (unsigned, 64 bits)
 */
#ifndef DEBUGGER_EXPR_H
#define DEBUGGER_EXPR_H

#include "cpu/cpu.h"
#include "cpu/watch.h"
#include "debugger/symbol.h"

struct device_list;

/* What names mean. All but `cpu` may be NULL. */
struct expr_env {
    const struct cpu *cpu;
    const struct device_list *devices;
    const struct symbols *symbols;
    const struct watch_hit *hit; /* val, old, addr, size in the condition of a watchpoint */
};

struct expr;

/*
 * Parse as much of *text as is an expression and move *text behind it (and blanks). NULL: *error
 * is one line.
 */
struct expr *expr_parse(const struct expr_env *env, const char **text, struct buf *error);
/* False: *error says what cannot be computed (memory that is not mapped, division by 0). */
MUST_CHECK bool expr_eval(const struct expr *expr, const struct expr_env *env, uint64_t *value,
                          struct buf *error);
void expr_free(struct expr *expr);
/* Parse and evaluate the whole of `text`. */
MUST_CHECK bool expr_value(const struct expr_env *env, const char *text, uint64_t *value,
                           struct buf *error);

/* How an address was written, where that decides what it means. */
enum expr_shape { SHAPE_NUMBER, SHAPE_SYMBOL, SHAPE_SEG_OFF, SHAPE_MEMORY, SHAPE_OTHER };
enum expr_shape expr_shape(const struct expr *expr);
/* SHAPE_SEG_OFF: the selector and the offset. SHAPE_MEMORY: the address read. */
MUST_CHECK bool expr_seg_off(const struct expr *expr, const struct expr_env *env,
                             uint16_t *selector, uint64_t *offset, struct buf *error);
MUST_CHECK bool expr_address(const struct expr *expr, const struct expr_env *env, uint64_t *address,
                             unsigned *size, bool *physical, struct buf *error);
/* Base of the segment that `selector` names in the current mode (GDT or LDT, looked at only). */
MUST_CHECK bool expr_segment_base(const struct cpu *cpu, uint16_t selector, uint64_t *base,
                                  struct buf *error);

#endif
