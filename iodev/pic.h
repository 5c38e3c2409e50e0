/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/pic.h - two cascaded 8259A interrupt controllers, as in every PC. */
#ifndef IODEV_PIC_H
#define IODEV_PIC_H

#include "iodev/device.h"

struct pic_chip {
    uint8_t irr;       /* interrupt request register */
    uint8_t imr;       /* interrupt mask register */
    uint8_t isr;       /* in-service register */
    uint8_t lines;     /* levels of the inputs */
    uint8_t elcr;      /* inputs that are level triggered (edge/level control register) */
    uint8_t vector;    /* of input 0: ICW2 bits 7-3 */
    uint8_t icw1;      /* bit 0: ICW4 follows, bit 1: single, bit 3: all level triggered */
    uint8_t icw3;      /* inputs with a slave, or a slave's number */
    uint8_t icw4;      /* bit 1: automatic end of interrupt, bit 4: special fully nested */
    uint8_t lowest;    /* input that has the lowest priority now; 7 after ICW1 */
    uint8_t next_icw;  /* the initialisation command word that comes next: 2-4; 0: none */
    bool initialised;  /* the sequence was completed: silent until then */
    bool special_mask; /* OCW3 */
    bool rotate_aeoi;  /* OCW2: rotate at each automatic end of interrupt */
    bool read_isr;     /* port reads give ISR instead of IRR */
    bool poll;         /* the next read is a poll */
    bool output;       /* level of INT */
};

struct pic {
    struct device dev;
    struct pic_chip master, slave;
    bool warned;          /* of MCS-80 mode */
    struct irq_line intr; /* INT of the master, to the processor */
};

extern const struct device_class pic_class;

/* Inputs 0-15; input 2 is where the slave sits and goes nowhere. */
void pic_set_irq(void *pic, unsigned pin, bool level);
/* The processor's INTA cycles: the vector. Without a request: input 7, "spurious". */
uint8_t pic_acknowledge(struct pic *pic);

#endif
