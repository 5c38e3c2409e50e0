/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/machine.h - one PC: create, reset, run, destroy. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "cpu/engine.h"
#include "iodev/device.h"
#include "machine/config.h"
#include "machine/pace.h"
#include "machine/replay.h"

/* Why machine_run() came back. */
enum machine_stop {
    MACHINE_LIMIT,      /* the ticks asked for have passed */
    MACHINE_BREAKPOINT, /* cpu->watch->hit */
    MACHINE_WATCHPOINT,
    MACHINE_REQUEST,   /* an observer or machine_interrupt() asked for it */
    MACHINE_SHUTDOWN,  /* triple fault: cpu->chain */
    MACHINE_POWER_OFF, /* ACPI S5 */
    MACHINE_RESET,     /* the guest reset the machine and config.no_reboot is set */
    MACHINE_EXIT,      /* isa-debug-exit: machine->exit_code */
    MACHINE_DEAD,      /* halted with no event that could ever wake it */
};

struct pc; /* the board's devices: pc.h */

struct machine {
    struct machine_config config;
    struct clock clock;
    struct ram ram;
    struct space memory, ports;
    struct cpu *cpu;
    struct device_list devices;
    struct pc *pc;
    struct log *log;
    /* Requests from devices during a run. */
    bool reset_requested, power_off_requested, exit_requested;
    int exit_code;
    /* HLT with interrupts off: so many instructions had retired, and it is so since this tick. */
    uint64_t asleep_retired, asleep_since;
    volatile bool interrupt; /* set by a signal handler or another part: stop soon */
    bool lost; /* what the guest wrote to a disk is not all in its file, which was told */
    /* Called between slices: host input. NULL: none. */
    void (*poll_host)(void *context, struct machine *machine);
    void *poll_context;
    uint64_t slice; /* ticks between polls */
    bool watched;   /* somebody looks on */
    struct pace pace;
    /* What came from the host is written here with its tick; NULL: nowhere (replay.h). */
    struct input_log *input;
    size_t input_next;         /* the machine has been given the records before this one */
    bool input_only;           /* no other input than these records: the host is not asked */
    struct machine_rows *rows; /* where the state lies (checkpoint.h); NULL: not looked up yet */
};

/* What of it is state of the guest. */
extern const struct field machine_fields[];

/* Check, load images, build the PC, power it on. NULL: *error has one line, *exit_code the code
 * of interface.md (2 usage, 4 host I/O). */
struct machine *machine_create(const struct machine_config *config, struct log *log,
                               struct buf *error, int *exit_code);
void machine_destroy(struct machine *machine);
/* RESET line or power-on. */
void machine_reset(struct machine *machine, enum reset kind);
/* Run at most `ticks` ticks of virtual time (UINT64_MAX: until something happens). Exact. */
enum machine_stop machine_run(struct machine *machine, uint64_t ticks);
/* Run exactly one instruction (or deliver one event). */
enum machine_stop machine_step(struct machine *machine);
const char *machine_stop_name(enum machine_stop stop);

#endif
