/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iodev/port61.h - system control port B: speaker, timer 2, refresh, NMI sources. */
#ifndef IODEV_PORT61_H
#define IODEV_PORT61_H

#include "iodev/pit.h"

struct port61 {
    struct device dev;
    uint8_t control; /* bits 0-3 as written: timer 2 gate, speaker, SERR# off, IOCHK# off */
    bool serr;       /* latched system error */
    bool iochk;      /* latched channel check */
    bool nmi_masked; /* bit 7 of port 70h */
    bool nmi_level;  /* what the line was last driven to */
    struct pit *pit; /* plugged in by the board */
    struct irq_line nmi;
    void (*listen)(void *listener); /* before the speaker's bits change; NULL: nobody */
    void *listener;
};

extern const struct device_class port61_class;

/* Inputs. Pin 0: IOCHK#, 1: SERR#, 2: NMI mask (from the CMOS index port). */
void port61_set(void *port61, unsigned pin, bool level);

enum { PORT61_IOCHK, PORT61_SERR, PORT61_NMI_MASK };

#endif
