/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/pci.h - the PCI bus: configuration mechanism #1, and what a function on it has: 256 bytes of
 * configuration space made from tables, windows (BARs and fixed ranges) that appear in the address
 * spaces as the guest sets them, an interrupt pin. A device that is a PCI function has a
 * `struct pci_function` behind its `struct device`, PCI_FIELDS among its rows, calls pci_attach()
 * once and pci_reset() in its reset.
 */
#ifndef IODEV_PCI_H
#define IODEV_PCI_H

#include "iodev/device.h"

#define PCI_FUNCTIONS 32 /* most on the bus */
#define PCI_BARS 7       /* six and the expansion ROM */
#define PCI_ROM 6        /* index of the latter */
#define PCI_ROM_LEAST 2048
#define PCI_WINDOWS 16 /* BARs, then the fixed ranges of the class */
#define PCI_PINS 4

#define PCI_DEVFN(slot, function) ((slot) << 3 | (function))

enum pci_offset {
    PCI_VENDOR = 0x00,
    PCI_DEVICE = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_CLASS = 0x09, /* three bytes: programming interface, subclass, class */
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM = 0x2e,
    PCI_ROM_BASE = 0x30,
    PCI_CAPABILITIES = 0x34,
    PCI_LINE = 0x3c,
    PCI_PIN = 0x3d,
};

enum {
    PCI_COMMAND_IO = 0x0001,
    PCI_COMMAND_MEMORY = 0x0002,
    PCI_COMMAND_MASTER = 0x0004,
    PCI_COMMAND_NO_INTX = 0x0400,
    PCI_STATUS_INTX = 0x0008,
};

/* The low bits of a BAR. */
enum { PCI_BAR_MEMORY = 0x0, PCI_BAR_IO = 0x1, PCI_BAR_PREFETCH = 0x8 };

struct pci_function;

/* A register of the function's own: what it is after reset, what can be written, what ones clear. */
struct pci_register {
    uint8_t offset, size; /* bytes: 1, 2, 4; size 0 ends a table */
    uint32_t reset, writable, clears;
    const char *text;
};

struct pci_bar {
    uint32_t type;
    uint32_t bytes; /* a power of two: 4 and more for I/O, 16 for memory; 0: none */
    /* Its row: widths and callbacks, which find their place by `address & (bytes - 1)`. */
    const struct io_range *row;
};

struct pci_class {
    uint16_t vendor, device;
    uint8_t revision;
    uint32_t class;           /* 24 bits */
    bool several;             /* the slot has other functions as well; to be set in function 0 */
    uint8_t pin;              /* 1 is INTA#; 0: no interrupt */
    uint16_t command, status; /* after reset */
    uint16_t command_bits;    /* that can be written */
    const struct pci_register *registers; /* behind the header, or in place of parts of it */
    struct pci_bar bar[PCI_ROM];
    bool rom_alone; /* the ROM, enabled, answers also while the command register shuts memory */
    /* Ranges that are no BARs; rows as in a device's port table. They are windows PCI_BARS and up. */
    const struct io_range *fixed;
    /* Where the fixed range `index` (from 0) is now, by the configuration space alone; false: shut. */
    bool (*place)(const struct pci_function *function, unsigned index, uint64_t *first);
    /* The guest wrote to bytes first..last (they have changed, windows not yet); may be NULL. */
    void (*written)(struct pci_function *function, unsigned first, unsigned last);
};

struct pci_window {
    struct io_range row; /* .first: where it is shown; .count 0: there is none */
    struct space *space;
    bool shown;
};

struct pci_bus;

/* Behind the struct device of whoever is on the bus. */
struct pci_function {
    uint8_t config[256];
    bool intx; /* asserts its pin */
    struct pci_wiring {
        const struct pci_class *class;
        struct pci_bus *bus;
        struct device *dev;
        uint8_t devfn;
        uint8_t writable[256], clears[256]; /* made from the tables */
        const uint8_t *rom;                 /* what the ROM BAR shows */
        uint32_t rom_bytes;                 /* of it; 0: none */
        struct pci_window window[PCI_WINDOWS];
    } wiring;
};

/* clang-format off */
#define PCI_FIELDS(type)                                                                           \
    FIELD(type, pci.config, FMT_BYTES, "configuration space"),                                     \
    FIELD(type, pci.intx,   FMT_BOOL,  "its interrupt pin is asserted"),                           \
    NOT_SAVED(type, pci.wiring, "tables and windows")
/* clang-format on */

struct pci_bus {
    struct device dev;
    uint32_t address;                             /* port CF8h */
    uint8_t pins;                                 /* bit n: PIRQ A + n is asserted */
    struct pci_function *function[PCI_FUNCTIONS]; /* in order of attachment */
    unsigned count;
    struct space *memory, *ports;
    struct irq_line pirq[PCI_PINS];
    /* Who answers accesses to CF8h-CFBh that are not 32 bits wide: port CF9h is not PCI's. */
    const struct io_range *byte_row;
    void *byte_owner;
    /* ROM appeared in or vanished from memory; plugged in by the board. */
    void (*memory_changed)(void *context, uint64_t first, uint64_t bytes);
    void *context;
};

extern const struct device_class pci_bus_class;

/* Put its ports over what is there: whoever has port CF9h keeps it for accesses of a byte. */
void pci_bus_setup(struct pci_bus *bus, struct space *memory, struct space *ports);
void pci_attach(struct pci_bus *bus, struct device *dev, struct pci_function *function,
                const struct pci_class *class, unsigned devfn);
/* After pci_attach(): an expansion ROM, a power of two from 2048 on, owned by the caller. */
void pci_set_rom(struct pci_function *function, const uint8_t *rom, uint32_t bytes);
/* The configuration space as the class's tables have it; the pin is released. */
void pci_reset(struct pci_function *function);
/* `size` 1, 2 or 4 bytes; offset + size is at most 256. */
uint32_t pci_config_read(const struct pci_function *function, unsigned offset, unsigned size);
void pci_config_write(struct pci_function *function, unsigned offset, unsigned size,
                      uint32_t value);
/* Drive its interrupt pin. */
void pci_set_intx(struct pci_function *function, bool level);
/* Where a BAR is; false: not mapped. */
bool pci_bar_base(const struct pci_function *function, unsigned index, uint64_t *first);
/* May it be master of the bus? */
bool pci_is_master(const struct pci_function *function);
/* A master addresses RAM and ROM only: how many of `bytes` from `address` on are that, of one range. */
uint64_t pci_memory_run(const struct pci_bus *bus, uint64_t address, uint64_t bytes);
/*
 * Its transfers. Where there is no memory nobody answers: ones are read, writes get lost, and the
 * result is false.
 */
bool pci_dma_read(const struct pci_function *function, uint64_t address, void *to, size_t bytes);
bool pci_dma_write(const struct pci_function *function, uint64_t address, const void *from,
                   size_t bytes);
/*
 * Show all windows where they belong. For those who changed what is under them (`all`), or anything
 * that a class's place() looks at.
 */
void pci_map(struct pci_bus *bus, bool all);
/* The lines that all functions have in common: identity, command, windows. */
void pci_describe(const struct pci_function *function, struct out *out);

#endif
