/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/case.h - one instruction in a small world: where it is executed, from which state, and
 * what came of it. The test against the host processor makes them, files hold them, `-case` opens
 * them in the debugger.
 *
 * The world is a window of sixteen pages at CASE_WINDOW, all at CPL 3 in IA-32e mode. Nothing else
 * is mapped for the program. 32- and 64-bit code has flat segments; for 16-bit code all segments
 * are the window.
 */
#ifndef MACHINE_CASE_H
#define MACHINE_CASE_H

#include "cpu/cpu.h"

#define CASE_WINDOW UINT64_C(0x20000000) /* linear address */
#define CASE_WINDOW_BYTES 0x10000u
#define CASE_PAGES 16
/* Physical memory that the world needs: the window, then descriptor and page tables. */
#define CASE_PHYSICAL UINT64_C(0x100000)
#define CASE_PHYSICAL_END UINT64_C(0x140000)

enum case_rights { CASE_HOLE, CASE_CODE, CASE_DATA, CASE_READ_ONLY };
extern const uint8_t case_page_rights[CASE_PAGES]; /* enum case_rights */
/* What a byte of that page is when no chunk says otherwise: INT3 in code, 0 in data. */
uint8_t case_background(unsigned page);

/* Selectors: those that Linux gives its programs; the LDT's for 16-bit code. */
enum {
    CASE_CS64 = 0x33,
    CASE_CS32 = 0x23,
    CASE_DATA_SELECTOR = 0x2b,
    CASE_CS16 = 0x07,
    CASE_DATA16 = 0x0f
};

struct case_state {
    uint64_t gpr[16];
    uint64_t rip; /* in CS: 16-bit code counts from the window's start */
    uint64_t rflags;
    uint64_t fs_base, gs_base; /* 64-bit code */
    uint16_t seg[6];           /* selectors, by enum seg; follow from the mode in a new case */
    uint32_t mxcsr;
    struct fpu fpu;
    uint64_t vec[16][4];
};

/* Bytes of memory before the instruction, at linear addresses of the window. */
struct case_chunk {
    uint32_t address;
    uint16_t count;  /* bytes */
    uint16_t offset; /* of the first in pool[] */
};
#define CASE_CHUNKS 8
#define CASE_POOL 2560
#define CASE_WRITES 192
#define CASE_NO_VECTOR 256 /* it did not end with an exception */

/* How it ended: at the next instruction, which is INT3 everywhere, or at an earlier exception. */
struct case_result {
    struct case_state state;
    uint32_t vector; /* 0-31, or CASE_NO_VECTOR */
    uint32_t error;  /* 0 where the vector has none */
    uint64_t cr2;    /* #PF */
    uint32_t writes; /* aligned quadwords of memory that changed, by rising address */
    bool many;       /* ... more than there is room for */
    struct {
        uint32_t address;
        uint64_t value;
    } write[CASE_WRITES];
};

struct test_case {
    char row[48]; /* id of the instruction's row */
    uint8_t bits; /* 16, 32, 64 */
    uint8_t length;
    uint8_t code[15]; /* stands at state.rip */
    uint8_t chunks;
    uint16_t pooled;
    struct case_state state;
    struct case_chunk chunk[CASE_CHUNKS];
    uint8_t pool[CASE_POOL];
};

/* Linear address of the instruction. */
static inline uint64_t case_code_address(const struct test_case *tc)
{
    return tc->bits == 16 ? CASE_WINDOW + (uint16_t)tc->state.rip : tc->state.rip;
}

/* Power-on values for a case: all masked, stack empty, selectors of the mode. */
void case_init(struct test_case *tc, unsigned bits);
/* Add memory; what lies outside the window or in a hole is left out. False: no room. */
bool case_add_memory(struct test_case *tc, uint64_t address, const void *bytes, unsigned count);

/*
 * Make the world in `cpu`, whose memory space has RAM from CASE_PHYSICAL to CASE_PHYSICAL_END, for
 * cases of `bits`. `gates`: exceptions are delivered to a HLT at CPL 0; else no gate is present.
 */
void case_world(struct cpu *cpu, unsigned bits, bool gates);
/* Registers and flags; and back. */
void case_load(struct cpu *cpu, const struct test_case *tc);
void case_save(const struct cpu *cpu, struct case_state *state);
/* Memory and the instruction. */
void case_load_memory(struct cpu *cpu, const struct test_case *tc);

/* ---- the text form: case_text.c ---- */

/* With the host's result (NULL: none). */
void case_write(const struct test_case *tc, const struct case_result *expected, struct out *out);
/*
 * Strict. False: *error is one line "NAME:LINE: fact, expectation". *has_expected tells whether
 * *expected was set; what it does not name is as before the instruction.
 */
MUST_CHECK bool case_read(const char *name, const char *text, size_t length, struct test_case *tc,
                          struct case_result *expected, bool *has_expected, struct buf *error);
/* The same from a file. *exit_code: 4 when it cannot be read, 2 when it is malformed. */
MUST_CHECK bool case_read_file(const char *path, struct test_case *tc, struct case_result *expected,
                               bool *has_expected, struct buf *error, int *exit_code);

#endif
