/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/drive.c - data from and to IDE drives, for INT 13h. 16-bit code: in virtual-8086 mode, too, so
 * memory is reached as the caller would, by PIO, where the bus master cannot know where it is.
 * Sources: ATA/ATAPI-6, "Protocol"; SFF-8038i, "Bus Master IDE"; MMC-3.
 */
#include "far.h"
#include "ide.h"

#define MASTER_STATUS 2 /* ports of a channel's bus master */
#define MASTER_TABLE 4

#define DISK_UNITS 128u /* sectors of one command: 64 KiB */
#define CD_UNITS 32u
#define PATIENCE_TICKS 180u       /* ten seconds */
#define PATIENCE_LOOKS 0x8000000u /* when no interrupt comes to count them */

/* What a wait looks at: the drive is not busy (an interrupt tells, or none does), the bus master is done. */
enum wanted { WANTED_READY, WANTED_SOON, WANTED_MASTER };

/* An interrupt of the drive reaches the processor: then there is no need to look all the time. */
static bool can_sleep(const struct drive *drive)
{
    return !in_protected_mode() && !(in8(PORT_PIC1_MASK) & 0x04) &&
           !(in8(PORT_PIC2_MASK) & (drive->unit & 2 ? 0x80 : 0x40));
}

/* False: it did not come. */
static bool wait_for(const struct drive *drive, enum wanted wanted)
{
    uint32_t start = bda_read32(BDA_TICKS), looks = 0;
    bool sleeps = wanted != WANTED_SOON && can_sleep(drive);

    for (;;) {
        if (wanted == WANTED_MASTER ? in8(drive->master + MASTER_STATUS) & 0x04
                                    : !(in8(drive->control) & IDE_BSY))
            return true;
        if (bda_read32(BDA_TICKS) - start > PATIENCE_TICKS || ++looks > PATIENCE_LOOKS)
            return false;
        if (sleeps)
            __asm__ volatile("sti\n\thlt\n\tcli");
    }
}

/* Where a linear address is in real mode; the offset is as small as can be. */
static uint32_t far_address(uint32_t at, uint16_t *segment)
{
    *segment = at >> 4 > 0xffff ? 0xffff : (uint16_t)(at >> 4);
    return at - *segment * 16u;
}

static void data_in(uint16_t port, uint32_t at, uint32_t bytes)
{
    uint16_t segment;
    uint32_t offset = far_address(at, &segment);

    bytes /= 2;
    __asm__ volatile("pushw %%es\n\tmovw %3, %%es\n\trep insw\n\tpopw %%es"
                     : "+D"(offset), "+c"(bytes)
                     : "d"(port), "r"(segment)
                     : "memory");
}

static void data_out(uint16_t port, uint32_t at, uint32_t bytes)
{
    uint16_t segment;
    uint32_t offset = far_address(at, &segment);

    bytes /= 2;
    __asm__ volatile("pushw %%ds\n\tmovw %3, %%ds\n\trep outsw\n\tpopw %%ds"
                     : "+S"(offset), "+c"(bytes)
                     : "d"(port), "r"(segment)
                     : "memory");
}

static void data_drop(uint16_t port, uint32_t bytes)
{
    for (; bytes; bytes -= 2)
        in16(port);
}

/* Can the bus master do it? What lies behind 1 MiB may be what A20 makes of it. */
static bool by_master(const struct drive *drive, uint32_t at, uint32_t bytes)
{
    return drive->master && !(at & 1) && !in_protected_mode() &&
           (at >= 0x110000 || at + bytes <= 0x100000) && at + bytes > at;
}

/* Regions do not cross 64 KiB. Up to 64 KiB in all. */
static void master_prepare(const struct drive *drive, uint32_t at, uint32_t bytes, bool to_memory)
{
    struct prd *prd = bios_data.prd;
    uint32_t first = 0x10000 - (at & 0xffff);

    if (first > bytes)
        first = bytes;
    prd[0] = (struct prd){ at, (uint16_t)first, first == bytes ? PRD_LAST : 0 };
    prd[1] = (struct prd){ at + first, (uint16_t)(bytes - first), PRD_LAST };
    out8(drive->master, to_memory ? 0x08 : 0);
    out32(drive->master + MASTER_TABLE, EBDA_BASE + (uint32_t)prd);
    out8(drive->master + MASTER_STATUS, in8(drive->master + MASTER_STATUS) | 0x06);
}

/* The command is given: start, and wait for its end. */
static bool master_run(const struct drive *drive, bool to_memory)
{
    bool came;

    out8(drive->master, to_memory ? 0x09 : 0x01);
    came = wait_for(drive, WANTED_MASTER);
    out8(drive->master, to_memory ? 0x08 : 0);
    return came;
}

static bool select_drive(const struct drive *drive, uint8_t bits)
{
    out8(drive->control, 0); /* interrupts; the registers' newer halves */
    if (!wait_for(drive, WANTED_SOON))
        return false;
    out8(drive->base + IDE_DEVICE, (uint8_t)(0xa0 | (drive->unit & 1) << 4 | bits));
    return wait_for(drive, WANTED_SOON);
}

static enum disk_status disk_error(const struct drive *drive, uint8_t status)
{
    uint8_t error = in8(drive->base + IDE_ERROR);

    if (!(status & (IDE_ERR | IDE_DF)))
        return DISK_OK;
    if (status & IDE_DF)
        return DISK_CONTROLLER;
    if (error & 0x10)
        return DISK_SECTOR_NOT_FOUND;
    return error & 0xc0 ? DISK_BAD_DATA : DISK_CONTROLLER;
}

static void put_address(const struct drive *drive, uint64_t lba, uint32_t count, bool wide)
{
    if (wide) {
        out8(drive->base + IDE_COUNT, (uint8_t)(count >> 8));
        out8(drive->base + IDE_LOW, (uint8_t)(lba >> 24));
        out8(drive->base + IDE_MID, (uint8_t)(lba >> 32));
        out8(drive->base + IDE_HIGH, (uint8_t)(lba >> 40));
    }
    out8(drive->base + IDE_COUNT, (uint8_t)count);
    out8(drive->base + IDE_LOW, (uint8_t)lba);
    out8(drive->base + IDE_MID, (uint8_t)(lba >> 8));
    out8(drive->base + IDE_HIGH, (uint8_t)(lba >> 16));
}

/* Sector by sector through the data register. */
static enum disk_status disk_pio(const struct drive *drive, enum transfer transfer, uint32_t count,
                                 uint32_t at)
{
    bool first = true;

    for (; count; count--, at += DISK_SECTOR) {
        uint8_t status;

        if (!wait_for(drive, first && transfer == TRANSFER_WRITE ? WANTED_SOON : WANTED_READY))
            return DISK_TIMEOUT;
        first = false;
        status = in8(drive->base + IDE_STATUS);
        if (!(status & IDE_DRQ))
            return status & (IDE_ERR | IDE_DF) ? disk_error(drive, status) : DISK_CONTROLLER;
        if (transfer == TRANSFER_READ)
            data_in(drive->base + IDE_DATA, at, DISK_SECTOR);
        else
            data_out(drive->base + IDE_DATA, at, DISK_SECTOR);
    }
    return DISK_OK;
}

/* One command, up to DISK_UNITS. */
static enum disk_status disk_command(const struct drive *drive, enum transfer transfer,
                                     uint64_t lba, uint32_t count, uint32_t at)
{
    static const uint8_t commands[][3] = {
        /* PIO, bus master; both of 28 and of 48 bits */
        { 0x20, 0x30, 0x40 },
        { 0xc8, 0xca, 0x40 },
        { 0x24, 0x34, 0x42 },
        { 0x25, 0x35, 0x42 },
    };
    bool wide = lba + count > 0xfffffff, reads = transfer == TRANSFER_READ, master;
    enum disk_status status = DISK_OK;

    if (wide && !drive->wide)
        return DISK_SECTOR_NOT_FOUND;
    master = transfer != TRANSFER_VERIFY && by_master(drive, at, count * DISK_SECTOR);
    if (!master && at >= 0x110000 && transfer != TRANSFER_VERIFY)
        return DISK_BAD_COMMAND;
    if (!select_drive(drive, (uint8_t)(0x40 | (wide ? 0 : lba >> 24 & 15))))
        return DISK_TIMEOUT;
    put_address(drive, lba, count, wide);
    if (master)
        master_prepare(drive, at, count * DISK_SECTOR, reads);
    out8(drive->base + IDE_STATUS, commands[wide * 2 + master][transfer]);
    if (master)
        status = master_run(drive, reads) ? DISK_OK : DISK_TIMEOUT;
    else if (transfer != TRANSFER_VERIFY)
        status = disk_pio(drive, transfer, count, at);
    if (status != DISK_OK)
        return status;
    if (!wait_for(drive, WANTED_READY))
        return DISK_TIMEOUT;
    return disk_error(drive, in8(drive->base + IDE_STATUS));
}

enum disk_status disk_transfer(const struct drive *drive, enum transfer transfer, uint64_t lba,
                               uint32_t count, uint32_t at, uint32_t *done)
{
    for (*done = 0; *done < count;) {
        uint32_t units = count - *done < DISK_UNITS ? count - *done : DISK_UNITS;
        enum disk_status status = disk_command(drive, transfer, lba + *done, units, at);

        if (status != DISK_OK)
            return status;
        *done += units;
        at += units * DISK_SECTOR;
    }
    return DISK_OK;
}

struct packet {
    uint8_t byte[12];
};

/*
 * Give the drive a packet. Of the data that comes, `skip` bytes are dropped, the next `bytes` go to
 * `at`, and what is behind them is dropped, too. Returns the drive's status; 0: it did not answer.
 */
static uint8_t packet_run(const struct drive *drive, const struct packet *packet, uint32_t skip,
                          uint32_t bytes, uint32_t at, bool master)
{
    uint16_t data = drive->base + IDE_DATA;

    if (!select_drive(drive, 0))
        return 0;
    if (master)
        master_prepare(drive, at, bytes, true);
    out8(drive->base + IDE_ERROR, master);
    out8(drive->base + IDE_MID, 0x00);
    out8(drive->base + IDE_HIGH, 0xf8);
    out8(drive->base + IDE_STATUS, IDE_PACKET);
    if (!wait_for(drive, WANTED_SOON) || !(in8(drive->control) & IDE_DRQ))
        return 0;
    in8(drive->base + IDE_STATUS);
    data_out(data, EBDA_BASE + (uint32_t)packet, sizeof(*packet));
    if (master && !master_run(drive, true))
        return 0;
    for (;;) {
        uint32_t have, n;
        uint8_t status;

        if (!wait_for(drive, WANTED_READY))
            return 0;
        status = in8(drive->base + IDE_STATUS);
        if (!(status & IDE_DRQ))
            return status ? status : 0x40;
        have = in8(drive->base + IDE_MID) | (uint32_t)in8(drive->base + IDE_HIGH) << 8;
        have = (have + 1) & ~1u;
        n = skip < have ? skip : have;
        data_drop(data, n);
        skip -= n;
        have -= n;
        n = bytes < have ? bytes : have;
        data_in(data, at, n);
        at += n;
        bytes -= n;
        data_drop(data, have - n);
    }
}

/* Why the drive refused the last packet. *again: it only wanted to say that the disc is another one. */
static enum disk_status packet_sense(const struct drive *drive, bool *again)
{
    struct packet packet = { { 0x03, 0, 0, 0, 18 } };
    uint8_t sense[18];

    *again = false;
    for (unsigned i = 0; i < sizeof(sense); i++)
        sense[i] = 0;
    packet_run(drive, &packet, 0, sizeof(sense), EBDA_BASE + (uint32_t)sense, false);
    switch (sense[2] & 15) {
    case 2:
        return sense[12] == 0x3a ? DISK_NO_MEDIUM : DISK_NOT_READY;
    case 3:
        return DISK_BAD_DATA;
    case 5:
        return sense[12] == 0x21 ? DISK_SECTOR_NOT_FOUND : DISK_BAD_COMMAND;
    case 6:
        *again = true;
        return DISK_NOT_READY;
    default:
        return DISK_CONTROLLER;
    }
}

static enum disk_status packet_do(const struct drive *drive, const struct packet *packet,
                                  uint32_t skip, uint32_t bytes, uint32_t at, bool master)
{
    enum disk_status why = DISK_NOT_READY;
    bool again = true;

    for (unsigned tries = 4; tries && again; tries--) {
        uint8_t status = packet_run(drive, packet, skip, bytes, at, master);

        if (!status)
            return DISK_TIMEOUT;
        if (!(status & (IDE_ERR | IDE_DF)))
            return DISK_OK;
        why = packet_sense(drive, &again);
    }
    return why;
}

static struct packet read_packet(uint32_t lba, uint32_t count)
{
    return (struct packet){ { 0x28, 0, (uint8_t)(lba >> 24), (uint8_t)(lba >> 16),
                              (uint8_t)(lba >> 8), (uint8_t)lba, 0, (uint8_t)(count >> 8),
                              (uint8_t)count } };
}

enum disk_status cd_read(const struct drive *drive, uint32_t lba, uint32_t count, uint32_t at,
                         uint32_t *done)
{
    for (*done = 0; *done < count;) {
        uint32_t units = count - *done < CD_UNITS ? count - *done : CD_UNITS;
        struct packet packet = read_packet(lba + *done, units);
        bool master = by_master(drive, at, units * CD_SECTOR);
        enum disk_status status = DISK_BAD_COMMAND;

        if (master || at < 0x110000)
            status = packet_do(drive, &packet, 0, units * CD_SECTOR, at, master);
        if (status != DISK_OK)
            return status;
        *done += units;
        at += units * CD_SECTOR;
    }
    return DISK_OK;
}

enum disk_status cd_read_bytes(const struct drive *drive, uint32_t lba, uint32_t skip,
                               uint32_t bytes, uint32_t at)
{
    while (bytes) {
        uint32_t n = bytes < CD_SECTOR - skip ? bytes : CD_SECTOR - skip, done;
        struct packet packet = read_packet(lba, 1);
        enum disk_status status;

        if (skip == 0 && bytes >= CD_SECTOR) {
            n = bytes & ~(CD_SECTOR - 1);
            status = cd_read(drive, lba, n / CD_SECTOR, at, &done);
        } else {
            status = packet_do(drive, &packet, skip, n, at, false);
        }
        if (status != DISK_OK)
            return status;
        lba += (skip + n) / CD_SECTOR;
        skip = 0;
        bytes -= n;
        at += n;
    }
    return DISK_OK;
}

enum disk_status cd_command(const struct drive *drive, uint8_t opcode, uint8_t byte4)
{
    struct packet packet = { { opcode, 0, 0, 0, byte4 } };

    return packet_do(drive, &packet, 0, 0, 0, false);
}
