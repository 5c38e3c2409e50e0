/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/tools/ide_machine.c - a PC with a disk and a CD in memory, for boots that use them.
 *
 *   ide_machine ENGINE CUT MIB PROGRAM                a flat program, entered at 7C00h
 *   ide_machine ENGINE CUT MIB KERNEL INITRD APPEND   Linux
 *
 * hda has MIB megabytes, hdc a disc of 8; each 32-bit word of them is its number. COM1 is standard
 * output. With CUT above 0 the machine is saved and set back to what was saved each CUT ticks: nothing
 * may come of it. At the end the disk's checksum and what was run are told on standard error.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/checkpoint.h"
#include "machine/machine.h"
#include "tests/support/fake_ide.h"
#include "util/buf.h"
#include "util/log.h"

#define MOST_TICKS UINT64_C(30000000000)

static uint64_t checksum(const struct memory_block *medium)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (uint64_t i = 0; i < medium->block.sectors * BLOCK_SECTOR; i++)
        sum = (sum ^ medium->bytes[i]) * UINT64_C(1099511628211);
    return sum;
}

static enum machine_stop run(struct machine *machine, uint64_t cut)
{
    struct checkpoint cp;
    struct buf error = { 0 };
    enum machine_stop stop;

    if (!cut)
        return machine_run(machine, MOST_TICKS);
    if (!checkpoint_create(&cp, machine, &error))
        return MACHINE_REQUEST;
    do {
        stop = machine_run(machine, cut);
        checkpoint_save(&cp, machine);
        if (stop == MACHINE_LIMIT && !checkpoint_restore(&cp, machine, &error))
            stop = MACHINE_REQUEST;
    } while (stop == MACHINE_LIMIT && clock_now(&machine->clock) < MOST_TICKS);
    checkpoint_destroy(&cp);
    buf_free(&error);
    return stop;
}

int main(int argc, char **argv)
{
    struct memory_block *disk, *cd;
    struct machine_config config;
    struct machine *machine;
    struct buf error = { 0 };
    struct log log = { 0 };
    enum machine_stop stop;
    int code = 0;

    if (argc != 5 && argc != 7) {
        fprintf(stderr, "usage: ide_machine ENGINE CUT MIB (PROGRAM | KERNEL INITRD APPEND)\n");
        return 2;
    }
    disk = memory_block_create(strtoull(argv[3], NULL, 0) * 2048, true);
    cd = memory_block_create(UINT64_C(8) * 2048, true);
    config_defaults(&config);
    config.engine = argv[1];
    config.no_reboot = true;
    config.serial = "stdio";
    config.ram_bytes = MIB(256);
    if (argc == 5) {
        config.flat[0] = (struct flat_image){ argv[4], 0x7c00 };
        config.flat_count = 1;
    } else {
        config.kernel = argv[4];
        config.initrd = argv[5];
        config.append = argv[6];
    }
    config.ide[0] = &disk->block;
    config.ide[2] = &cd->block;
    config.ide_is_cd[2] = true;
    machine = machine_create(&config, &log, &error, &code);
    if (machine) {
        stop = run(machine, strtoull(argv[2], NULL, 0));
        fprintf(stderr, "%s at tick %" PRIu64 ", disk %016" PRIx64 ", flushed %s\n",
                machine_stop_name(stop), clock_now(&machine->clock), checksum(disk),
                disk->flushes ? "yes" : "no");
        machine_destroy(machine);
        code = stop == MACHINE_POWER_OFF ? 0 : 1;
    } else {
        fprintf(stderr, "ide_machine: %s\n", buf_text(&error));
    }
    buf_free(&error);
    block_close(&disk->block);
    block_close(&cd->block);
    return code;
}
