/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/torture/program.h - a random program, and the memory it lives in. Addresses are physical;
 * linear ones are equal, but for the aliases.
 */
#ifndef TESTS_TORTURE_PROGRAM_H
#define TESTS_TORTURE_PROGRAM_H

#include "tests/support/values.h"
#include "util/bits.h"

/* clang-format off */
enum {
    AT_GDT      = 0x01000,
    AT_TSS      = 0x01800, /* with an I/O map: ports from 200h up are denied to CPL 3 */
    AT_IDT      = 0x02000,
    AT_HANDLERS = 0x03000,
    AT_CONTROL  = 0x04000, /* what handlers and loops count, where they go on: CONTROL_* */
    AT_KERNEL   = 0x05000, /* stacks of CPL 0: below 6000h, of double faults below 6800h ... */
    AT_PML4     = 0x07000, /* then PDPT, PD, PT of the first mapping ... */
    AT_PT       = 0x0a000,
    AT_PML4_B   = 0x0c000, /* ... and of the second, in the same order */
    AT_PT_B     = 0x0f000,
    AT_PT_COPY  = 0x10000, /* the page table as it was: handlers restore it now and then */
    AT_NEXT     = 0x12000, /* for each byte of code: offset of the next instruction (2 bytes) */
    AT_CODE     = 0x20000,
    CODE_BYTES  = 0x04000,
    AT_DATA     = 0x30000,
    AT_STACK    = 0x40000, /* two pages */
    STACK_TOP   = 0x41e00,
    AT_ALIAS    = 0x48000, /* linear: the code once more, writable */
    AT_DEVICE   = 0x50000, /* two pages that no RAM answers */
    AT_SPARE    = 0x60000, /* physical: two data pages of the second mapping */
    AT_LARGE    = 0x200000, /* one page of 2 MiB, and again read-only at 400000h linear */
    RAM_BYTES   = 0x400000,

    CONTROL_FAULTS  = 0x00,
    CONTROL_LOOPS   = 0x10, /* 32-bit counters: the program's, then of inner loops */
    CONTROL_RECOVER = 0x40, /* where to go on when nothing else is known: RIP ... */
    CONTROL_STACK   = 0x48, /* ... and RSP */
    CONTROL_JUMPS   = 0x80, /* table of indirect branches */
    JUMPS           = 8,

    PORT_END     = 0xe0, /* written: the program is over */
    PORT_LOG     = 0xe4, /* reads a counter that the log shows */

    /* Segments of 16-bit programs. */
    REAL_ES = 0x3080, REAL_CS = 0x2000, REAL_SS = 0x4000, REAL_DS = 0x3000, REAL_FS = 0x0000,
    REAL_GS = 0x5000,

    SEG_GDT_CODE0 = 0x08, SEG_GDT_DATA0 = 0x10, SEG_GDT_CODE3 = 0x28, SEG_GDT_DATA3 = 0x20,
    SEG_GDT_TSS   = 0x30, SEG_GDT_SHORT = 0x43, GDT_BYTES = 0x48,
    SHORT_BASE    = 0x40, /* a data segment that ends with the second data page */
    SHORT_LIMIT   = 0x31fff - SHORT_BASE,
};
/* clang-format on */

/* Pages of AT_DATA. */
enum data_page {
    PAGE_RW,
    PAGE_RW_2,
    PAGE_READ_ONLY,
    PAGE_RW_3,
    PAGE_HOLE,
    PAGE_NX,
    PAGE_SUPERVISOR,
    PAGE_CHANGES, /* and the next two: the program changes their entries */
    DATA_PAGES = 10
};

#define PIECES_MAX 900
#define EVENTS_MAX 8

/* One instruction of the program. */
struct piece {
    uint16_t at; /* offset in the code */
    uint8_t length;
    bool keep; /* belongs to the frame: shrinking leaves it alone */
    bool gone; /* shrinking replaced it by a NOP */
};

/* Something from outside at a tick. */
enum outside_kind { EVENT_INTR, EVENT_NMI, EVENT_DMA };
struct torture_event {
    uint64_t tick;
    uint64_t repeat; /* again after so many ticks; 0: once */
    uint32_t address;
    uint8_t kind;
    uint8_t value;
};

struct breakpoint {
    uint64_t first, last;
    uint8_t kind; /* enum watch_kind */
    bool read, write;
};

struct program {
    uint64_t seed;
    unsigned bits;
    bool user;       /* CPL 3 */
    bool short_data; /* 32-bit code: DS and ES are SEG_GDT_SHORT */
    unsigned paging; /* PAGING_* */
    unsigned entry;  /* offset in the code */
    unsigned recover;
    unsigned rounds; /* of the outermost loop */
    uint64_t ticks;  /* it is cut off there */
    uint64_t gpr[16];
    uint32_t eflags, mxcsr, fcw;
    uint64_t cr0, cr4; /* more bits than the world needs */
    uint64_t fs_base, gs_base;
    unsigned pieces, events, breakpoints;
    struct piece piece[PIECES_MAX];
    struct torture_event event[EVENTS_MAX];
    struct breakpoint breakpoint[4];
    uint8_t code[CODE_BYTES];
    uint64_t jumps[JUMPS];
};

enum { PAGING_OFF, PAGING_32, PAGING_PAE, PAGING_LONG };

/* The rows of the instruction table that programs are made of, by class. */
struct rows;
void rows_classify(struct rows *rows);
/* Make program `number` of the run. `bits`: 16, 32, 64, or 0 for any. */
void generate_program(struct program *p, const struct rows *rows, uint64_t seed, uint64_t number,
                      unsigned bits, const uint64_t *features);

#endif
