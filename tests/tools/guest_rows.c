/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/tools/guest_rows.c - which rows of the instruction table a bare-metal program executes.
 *
 *   guest_rows PROGRAM ADDRESS TICKS
 *
 * Runs the image on the PC of tests/guest/run.sh, looking at each instruction, until it powers off,
 * shuts down or TICKS have passed, and notes the rows (tests/support/coverage.h). run.sh has run it
 * before, and calls this for programs that passed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cpu/observer.h"
#include "machine/machine.h"
#include "tests/support/coverage.h"
#include "util/buf.h"
#include "util/log.h"

static bool note(void *context, struct cpu *cpu)
{
    (void)context;
    coverage_note(coverage_next(cpu));
    return false;
}

int main(int argc, char **argv)
{
    struct observer observer = { .instruction = note };
    struct machine_config config;
    struct machine *machine;
    struct buf error = { 0 };
    struct log log = { 0 };
    enum machine_stop stop;
    int code;

    if (argc != 4) {
        fprintf(stderr, "usage: guest_rows PROGRAM ADDRESS TICKS\n");
        return 2;
    }
    config_defaults(&config);
    config.ram_bytes = UINT64_C(64) << 20;
    config.cpu = "max";
    config.no_reboot = true;
    config.serial = "null";
    config.flat[0] = (struct flat_image){ argv[1], strtoull(argv[2], NULL, 0) };
    config.flat_count = 1;
    machine = machine_create(&config, &log, &error, &code);
    if (!machine) {
        fprintf(stderr, "guest_rows: %s\n", buf_text(&error));
        buf_free(&error);
        return code;
    }
    machine->cpu->observer = &observer;
    stop = machine_run(machine, strtoull(argv[3], NULL, 0));
    printf("%s: %s\n", argv[1], machine_stop_name(stop));
    machine_destroy(machine);
    coverage_write("guest");
    buf_free(&error);
    return 0;
}
