/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/support/fake_ide.h - media in memory, and a board with an IDE function as firmware leaves it:
 * ports open, bus master at C000h. hda is a disk, hdc a CD drive; hdb and hdd are not there.
 */
#ifndef TESTS_FAKE_IDE_H
#define TESTS_FAKE_IDE_H

#include "iodev/ide.h"
#include "tests/support/fake_board.h"

struct memory_block {
    struct block block;
    uint8_t *bytes;    /* NULL: sectors are made of their number, writes are counted only */
    uint64_t fails_at; /* this sector cannot be read or written; UINT64_MAX: all can */
    unsigned reads, writes, flushes;
};

/* `fill`: every 32-bit word is its number. Destroyed by block_close(). */
struct memory_block *memory_block_create(uint64_t sectors, bool fill);
/* A large one that keeps nothing: the first eight bytes of a sector are its number. */
struct memory_block *numbered_block_create(uint64_t sectors);

struct fake_ide {
    struct fake_board *board;
    struct ide *ide;
    struct ide_channel *channel[2];
    struct ata_drive *disk, *cd;
    struct memory_block *disk_medium, *cd_medium;
    struct fake_line irq[2];
};

enum { FAKE_BM = 0xc000 };

void fake_ide_create(struct fake_ide *f, struct memory_block *disk, struct memory_block *cd);
void fake_ide_destroy(struct fake_ide *f);
/* Command block registers: `base` 1f0h or 170h. Wait until not busy; returns the status. */
uint8_t fake_ide_wait(struct fake_ide *f, uint16_t base);
/* Device, count, LBA of 28 bits, then the command. */
void fake_ide_command(struct fake_ide *f, uint8_t device, uint32_t lba, uint8_t count,
                      uint8_t command);
/* The same with 48 bits. */
void fake_ide_command48(struct fake_ide *f, uint64_t lba, uint16_t count, uint8_t command);
/* A packet to the CD drive, with this limit of bytes; waits for what comes after it. */
uint8_t fake_ide_packet(struct fake_ide *f, const uint8_t packet[12], uint16_t limit, bool dma);
/* All its data by PIO; returns how many bytes came. */
uint32_t fake_ide_packet_data(struct fake_ide *f, uint8_t *to, uint32_t most);

#endif
