/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/power.h - 82371AB (PIIX4), function 3: ACPI fixed hardware (power management 1, PM timer),
 * SMI by port B2h, an SMBus with nothing on it; and the reset port CF9h.
 */
#ifndef IODEV_POWER_H
#define IODEV_POWER_H

#include "iodev/pci.h"

#define PM_TIMER_HZ 3579545

struct power {
    struct device dev;
    struct pci_function pci;
    uint16_t status;       /* PM1a status */
    uint16_t enable;       /* PM1a enable */
    uint16_t control;      /* PM1a control; bit 0 SCI_EN reads 1 */
    uint8_t reset_control; /* port CF9h */
    uint8_t apm_control;   /* port B2h: a command for the SMI handler */
    uint8_t apm_status;    /* port B3h: a byte of its data */
    uint32_t smi_enable;   /* at 30h: bit 0 all, 5 by a write to port B2h */
    uint32_t smi_status;   /* at 34h: bit 5 that was why */
    uint8_t general[36];   /* registers 0Ch-2Fh: kept; GLBCTL bit 0 enables SMI */
    uint8_t smbus[16];     /* the SMBus host controller's registers */
    bool output;           /* what the SCI line was last driven to */
    uint64_t checked;      /* PM timer clock up to which the overflow flag is worked out */
    bool warned;           /* of an unknown sleep type */
    struct event overflow; /* bit 31 of the timer changes, while that is enabled */
    struct irq_line sci;   /* IRQ9, level */
    struct irq_line reset; /* pulse */
    struct irq_line smi;   /* SMI#, pulse */
    void (*power_off)(void *context); /* the guest entered S5; plugged in by the board */
    void *context;
};

extern const struct device_class power_class;

/* Its place on the bus; before that only ports B2h, B3h and CF9h answer. */
void power_setup(struct power *power, struct pci_bus *bus);

/* Somebody presses the power button. */
void acpi_power_button(struct power *power);

#endif
