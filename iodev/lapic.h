/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/lapic.h - local APIC of the one processor. */
#ifndef IODEV_LAPIC_H
#define IODEV_LAPIC_H

#include "iodev/device.h"

/* Register offsets in the MMIO page. */
enum {
    LAPIC_ID = 0x20,
    LAPIC_VERSION = 0x30,
    LAPIC_TPR = 0x80,
    LAPIC_APR = 0x90,
    LAPIC_PPR = 0xa0,
    LAPIC_EOI = 0xb0,
    LAPIC_LDR = 0xd0,
    LAPIC_DFR = 0xe0,
    LAPIC_SVR = 0xf0,
    LAPIC_ISR = 0x100,
    LAPIC_TMR = 0x180,
    LAPIC_IRR = 0x200,
    LAPIC_ESR = 0x280,
    LAPIC_ICR_LOW = 0x300,
    LAPIC_ICR_HIGH = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_THERMAL = 0x330,
    LAPIC_LVT_PERF = 0x340,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INITIAL = 0x380,
    LAPIC_TIMER_CURRENT = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3e0,
    LAPIC_SELF_IPI = 0x3f0, /* x2APIC mode only */
};

enum { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };

/* Delivery modes of messages and local vector table entries. */
enum {
    APIC_FIXED,
    APIC_LOWEST,
    APIC_SMI,
    APIC_NMI = 4,
    APIC_INIT,
    APIC_STARTUP,
    APIC_EXTINT,
};

struct lapic {
    struct device dev;
    uint64_t base; /* MSR IA32_APIC_BASE: bit 8 boot processor, 10 x2APIC, 11 enabled */
    uint32_t id;   /* bits 31-24 */
    uint32_t tpr;
    uint32_t ldr;
    uint32_t dfr;
    uint32_t svr;
    uint32_t isr[8], tmr[8], irr[8];
    uint32_t esr;    /* as last written out for reading */
    uint32_t errors; /* collected since */
    uint32_t icr_low, icr_high;
    uint32_t lvt[LVT_COUNT];
    uint32_t timer_divide;  /* divide configuration register */
    uint32_t timer_initial; /* initial count */
    uint32_t timer_left;    /* count that was left at timer_start */
    uint64_t timer_start;   /* tick at which it began to count; meaningful while timer_left */
    uint64_t tsc_deadline;  /* tick; 0: not armed */
    bool lint0, lint1;      /* levels of the inputs */
    bool output;            /* what the INTR line was last driven to */
    bool warned[4];         /* of an error, a message, INIT, the base */
    struct event timer;
    uint64_t bus_hz;      /* timer clock before division; plugged in by the board */
    bool virtual_wire;    /* after reset LINT0 is ExtINT, not masked: configuration */
    bool has_deadline;    /* the timer has TSC-deadline mode; likewise */
    struct irq_line intr; /* level: a vector or ExtINT is to be fetched */
    struct irq_line nmi;  /* pulse */
    struct irq_line init; /* pulse: INIT message to this processor */
    struct irq_line smi;  /* pulse */
    /* End of a level-triggered interrupt: to the I/O APIC. Plugged in by the board. */
    void (*eoi)(void *context, uint8_t vector);
    void *eoi_context;
};

extern const struct device_class lapic_class;

/* A register by its offset; reading has no side effect. Unknown offsets set an ESR bit on write. */
uint32_t lapic_read(const struct lapic *lapic, unsigned offset);
void lapic_write(struct lapic *lapic, unsigned offset, uint32_t value);
/* The processor fetches: the vector, or -1 when the 8259A is to be asked (ExtINT). */
int lapic_acknowledge(struct lapic *lapic);
/* LINT0 carries INTR of the 8259A, LINT1 the NMI line; `pin` is ignored. */
void lapic_set_lint0(void *lapic, unsigned pin, bool level);
void lapic_set_lint1(void *lapic, unsigned pin, bool level);
/*
 * A message from the I/O APIC. `mode` as above; `dest` is an APIC ID, or a logical destination.
 * Fits struct ioapic's `deliver`.
 */
void lapic_deliver(void *lapic, uint8_t vector, unsigned mode, bool level, uint8_t dest,
                   bool logical);
/*
 * x2APIC mode: the register of MSR 800h + index. Who may read and write which, and reserved bits,
 * are the processor's business (cpu/msr_x2apic.c). Reading has no side effect.
 */
uint64_t lapic_x2apic_read(const struct lapic *lapic, unsigned index);
void lapic_x2apic_write(struct lapic *lapic, unsigned index, uint64_t value);
/*
 * MSR IA32_APIC_BASE; only the default base FEE00000h is mapped. The transition between disabled,
 * xAPIC and x2APIC is legal: the processor looks. Clearing bit 11 clears all registers.
 */
void lapic_set_base(struct lapic *lapic, uint64_t value);
bool lapic_enabled(const struct lapic *lapic); /* bit 11 of it */
/* CR8: bits 7-4 of the TPR. */
unsigned lapic_get_tpr(const struct lapic *lapic);
void lapic_set_tpr(struct lapic *lapic, unsigned cr8);
/*
 * MSR IA32_TSC_DEADLINE, as a tick (a TSC value already converted; one that has passed must not
 * become 0); 0 disarms. Ignored unless the timer is in TSC-deadline mode. Reads 0 when it fired.
 */
void lapic_set_tsc_deadline(struct lapic *lapic, uint64_t tick);
uint64_t lapic_tsc_deadline(const struct lapic *lapic);

#endif
