/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/loader.h - images -> what our firmware loads: a boot plan, handed over through fw_cfg
 * (bios/README.md has the layout). Everything is checked here, before the machine starts.
 */
#ifndef MACHINE_LOADER_H
#define MACHINE_LOADER_H

#include "machine/config.h"
#include "util/types.h"

enum boot_kind { BOOT_NONE, BOOT_LINUX, BOOT_MULTIBOOT, BOOT_FLAT, BOOT_SECTOR };
enum { BOOT_FLAG_COM1 = 1, BOOT_FLAG_QUIET = 2 };

struct boot_segment {
    uint64_t address;
    uint64_t memory_size; /* at least the bytes of data; the rest is zeroed */
    const uint8_t *data;
    uint64_t size;
};

#define BOOT_SEGMENTS 64

struct boot_plan {
    enum boot_kind kind;
    uint32_t flags;
    uint64_t entry;    /* linear address; multiboot: 32-bit protected mode */
    uint64_t argument; /* multiboot: physical address of the information structure */
    unsigned count;
    struct boot_segment segment[BOOT_SEGMENTS];
    /* Linux. */
    struct boot_segment setup, kernel, initrd, command_line;
    /* What the pointers above point into. */
    struct buf files[4 + MAX_MODULES + MAX_FLAT];
    unsigned file_count;
    struct buf header; /* the plan as the firmware reads it */
};

/* False: *error is one line "object: fact, expectation"; *exit_code 2, or 4 for host I/O. */
MUST_CHECK bool boot_plan_make(struct boot_plan *plan, const struct machine_config *config,
                               uint64_t ram_below_4g, uint64_t ram_above_4g, struct buf *error,
                               int *exit_code);
void boot_plan_free(struct boot_plan *plan);

/* Inside the loader: a whole file, kept by the plan. NULL: *error is set. */
const struct buf *loader_read_file(struct boot_plan *plan, const char *path, uint64_t most,
                                   struct buf *error, int *exit_code);
/* loader_linux.c: is it a bzImage; lay it out. */
bool linux_recognise(const struct buf *file);
MUST_CHECK bool linux_plan(struct boot_plan *plan, const struct machine_config *config,
                           const struct buf *file, uint64_t ram_below_4g, struct buf *error,
                           int *exit_code);
/* loader_multiboot.c: the same for Multiboot 1. */
bool multiboot_recognise(const struct buf *file);
MUST_CHECK bool multiboot_plan(struct boot_plan *plan, const struct machine_config *config,
                               const struct buf *file, uint64_t ram_below_4g, uint64_t ram_above_4g,
                               struct buf *error, int *exit_code);

#endif
