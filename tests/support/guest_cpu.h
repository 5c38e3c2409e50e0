/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/guest_cpu.h - a processor with 1 MiB of RAM, descriptor tables with something of
 * everything in them, and a step at a time.
 */
#ifndef TESTS_GUEST_CPU_H
#define TESTS_GUEST_CPU_H

#include "cpu/cpu.h"
#include "cpu/observer.h"
#include "cpu/segment.h"

/* Where things are. Handlers of vector n: entry n at GUEST_HANDLERS + 16 * n. */
enum {
    GUEST_GDT = 0x1000,
    GUEST_IDT = 0x2000,
    GUEST_TSS = 0x3000,   /* of the running task: SS0:ESP0 = DATA0:GUEST_STACK0 and so on */
    GUEST_TSS_B = 0x3800, /* of another one */
    GUEST_LDT = 0x3e00,
    GUEST_CODE = 0x4000,
    GUEST_HANDLERS = 0x8000,
    GUEST_STACK0 = 0x20000,
    GUEST_STACK1 = 0x24000,
    GUEST_STACK3 = 0x28000,
    GUEST_IST1 = 0x2c000,
    GUEST_PAGES = 0x40000,
};

/* Selectors of the GDT, without RPL. */
/* clang-format off */
enum {
    CODE0 = 0x08,      /* 32-bit (long mode: 64-bit) code, DPL 0 */
    DATA0 = 0x10,      /* flat data, DPL 0 */
    CODE3 = 0x18,      /* the same for DPL 3 */
    DATA3 = 0x20,
    CODE_CONFORMING = 0x28, /* DPL 0 */
    TSS_A = 0x30,      /* two slots */
    TSS_B = 0x40,      /* two slots */
    LDT_A = 0x50,      /* two slots */
    CODE16 = 0x60,     /* 16-bit code, DPL 0, limit FFFFh */
    DATA16 = 0x68,     /* 16-bit data, DPL 0, limit FFFFh */
    DATA_ABSENT = 0x70,
    CODE_ABSENT = 0x78,
    DATA_READ_ONLY = 0x80,
    CODE_EXECUTE_ONLY = 0x88,
    DATA_DOWN = 0x90,  /* expand-down, 16-bit, limit 0FFFh */
    CODE1 = 0x98,      /* DPL 1 */
    DATA1 = 0xa0,
    GATE_A = 0xb0,     /* two slots for the test's own gate */
    COMPAT3 = 0xc0,    /* 32-bit code, DPL 3, in every mode */
    FREE_SLOT = 0xc8,  /* for the test */
    GDT_END = 0xd8,
};
/* clang-format on */

struct guest {
    struct clock clock;
    struct ram ram;
    struct space memory, ports;
    struct log log;
    struct buf messages;
    struct observer observer;
    struct cpu *cpu;
    bool raised; /* an exception is in cpu->fault, not yet delivered */
};

struct guest *guest_create(void); /* in real mode at 0000:GUEST_CODE, interrupt table at 0 */
void guest_destroy(struct guest *guest);
/* Flat 32-bit protected mode at level 0 or 3, without paging. */
void guest_protected(struct guest *guest, unsigned level);
void guest_long(struct guest *guest, unsigned level);
void guest_v86(struct guest *guest, unsigned iopl);
/* Code at GUEST_CODE as hex bytes ("0f 01 d8"); CS:RIP points there. */
void guest_code(struct guest *guest, const char *hex);
/* One instruction: true if it was executed; false: it raised cpu->fault, not delivered yet. */
bool guest_step(struct guest *guest);
/* Deliver the fault of the last step. */
void guest_deliver(struct guest *guest);

uint64_t guest_read(struct guest *guest, uint64_t address, unsigned size);
void guest_write(struct guest *guest, uint64_t address, unsigned size, uint64_t value);
/* Descriptors. */
uint64_t guest_segment(uint32_t base, uint32_t limit, unsigned attr); /* attr as struct segment's */
void guest_set_descriptor(struct guest *guest, unsigned selector, uint64_t low);
uint64_t guest_gate(unsigned type, unsigned dpl, unsigned selector, uint32_t offset,
                    unsigned count); /* low 8 bytes; count: parameters or IST */
void guest_set_idt(struct guest *guest, unsigned vector, uint64_t low);

#endif
