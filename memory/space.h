/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory/space.h - an address space: RAM, ROM and device ranges, sorted by address. The machine has
 * one for physical memory and one for the 64 Ki I/O ports.
 */
#ifndef MEMORY_SPACE_H
#define MEMORY_SPACE_H

#include "memory/ram.h"
#include "util/log.h"

/* Access widths that a device range takes, as bits; others are split or read as all ones. */
enum { IO_8 = 1, IO_16 = 2, IO_32 = 4, IO_64 = 8 };

/*
 * One row of a device's port or MMIO table. `address` in the callbacks is relative to nothing: the
 * full port or physical address. `size` is in bytes. A NULL read gives all ones, a NULL write is
 * ignored. `peek` answers the debugger without side effects; NULL: not to be looked at.
 */
struct io_range {
    uint64_t first;
    uint32_t count; /* addresses; 0 ends a table */
    uint32_t widths;
    uint64_t (*read)(void *owner, uint64_t address, unsigned size);
    void (*write)(void *owner, uint64_t address, unsigned size, uint64_t value);
    const char *text;
    uint64_t (*peek)(const void *owner, uint64_t address, unsigned size);
};

enum range_kind { RANGE_NONE, RANGE_RAM, RANGE_ROM, RANGE_DEVICE };

/* What writes to a ROM range do. Chipsets copy their ROM to RAM and make it look like ROM. */
enum rom_kind {
    ROM_PLAIN,    /* nothing */
    ROM_IN_RAM,   /* nothing: RAM that is write-protected */
    ROM_OVER_RAM, /* they go to the RAM behind it, which is not seen */
    ROM_DEVICE,   /* they go to a device: flash that is read as memory */
};

struct range {
    uint64_t first, last; /* both included */
    enum range_kind kind;
    enum rom_kind rom;
    uint8_t *host;       /* RAM, ROM: byte at `first` */
    uint64_t ram_offset; /* RAM, and ROM with RAM: of `first` within struct ram */
    const struct io_range
        *io; /* device, ROM_DEVICE; or whose ROM or RAM it is: space_remove_row() */
    void *owner;
    const char *name; /* "ram", "bios", "cmos" */
};

struct space {
    struct ram *ram;      /* NULL for ports */
    struct range *ranges; /* sorted, disjoint */
    unsigned count;
    unsigned main; /* index of the largest RAM range: most accesses go there */
    struct log *log;
};

void space_init(struct space *space, struct ram *ram, struct log *log);
void space_destroy(struct space *space);
/* Add a range. An overlap with what is there is resolved for the new one (the old is cut). */
void space_add_ram(struct space *space, uint64_t first, uint64_t bytes, uint64_t ram_offset);
void space_add_rom(struct space *space, uint64_t first, uint64_t bytes, uint8_t *host,
                   const char *name);
void space_add_device(struct space *space, const struct io_range *io, void *owner,
                      const char *name);
/* RAM as write-protected ROM; ROM that writes pass on their way to RAM. */
void space_add_ram_protected(struct space *space, uint64_t first, uint64_t bytes,
                             uint64_t ram_offset);
void space_add_rom_over_ram(struct space *space, uint64_t first, uint64_t bytes, uint8_t *host,
                            uint64_t ram_offset, const char *name);
/* ROM whose writes are io->write's; reads take the host's bytes, of which there are io->count. */
void space_add_rom_device(struct space *space, const struct io_range *io, uint8_t *host,
                          void *owner, const char *name);
/*
 * For buses: a device range, or a ROM or RAM of io->count bytes, only where nothing answers yet; what is
 * there wins. All its pieces are found again by `io`, which stays the caller's.
 */
void space_fill_device(struct space *space, const struct io_range *io, void *owner,
                       const char *name);
void space_fill_rom(struct space *space, const struct io_range *io, uint8_t *host,
                    const char *name);
void space_fill_ram(struct space *space, const struct io_range *io, uint64_t ram_offset);
void space_remove_row(struct space *space, const struct io_range *io);
void space_remove(struct space *space, uint64_t first, uint64_t bytes);

/* The range holding `address`, or NULL where nothing answers (reads give all ones). */
const struct range *space_find(const struct space *space, uint64_t address);
/* For DMA: how many of `bytes` (1 or more) from `address` on are RAM or ROM of one range; 0: none. */
uint32_t space_memory_run(const struct space *space, uint64_t address, uint32_t bytes);
/*
 * Read or write `size` bytes (1, 2, 4, 8), little-endian, any alignment; crosses ranges; RAM writes
 * mark pages dirty and report code (memory/ram.h). Writes to ROM and holes are ignored.
 */
uint64_t space_read(struct space *space, uint64_t address, unsigned size);
void space_write(struct space *space, uint64_t address, unsigned size, uint64_t value);
/* Block forms for DMA and loaders. */
void space_read_block(struct space *space, uint64_t address, void *to, size_t bytes);
void space_write_block(struct space *space, uint64_t address, const void *from, size_t bytes);
/* Without side effects; false where nothing can be looked at (a device without peek, a hole). */
MUST_CHECK bool space_peek(const struct space *space, uint64_t address, void *to, size_t bytes);
/* The debugger's write: RAM and ROM, no device or flash. False where there is neither. */
MUST_CHECK bool space_poke(struct space *space, uint64_t address, const void *from, size_t bytes);
/*
 * Host address of the 4 KiB page at `page` when the whole of it is RAM or ROM, else NULL.
 * *marks (may be NULL) is set to the page's mark byte in struct ram, NULL for ROM.
 */
uint8_t *space_page(const struct space *space, phys_addr page, uint8_t **marks);

#endif
