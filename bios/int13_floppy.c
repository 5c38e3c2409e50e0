/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int13_floppy.c - INT 13h for the diskette drives 00h and 01h: an 82077A with DMA channel 2. What
 * kind of drives there are stands in CMOS 10h; what a diskette is like is found out when it is first
 * asked for, and again after a change. 16-bit code. Sources: Intel 82077AA data sheet; IBM PC/AT
 * Technical Reference, "Diskette"; Ralf Brown's interrupt list.
 */
#include "far.h"
#include "io.h"

enum {
    PORT_DOR = 0x3f2,
    PORT_STATUS = 0x3f4,
    PORT_FIFO = 0x3f5,
    PORT_RATE = 0x3f7, /* read: bit 7, the disk change line */

    DOR_RUN = 0x0c, /* not reset, interrupts and DMA on */

    COMMAND_SPECIFY = 0x03,
    COMMAND_RECALIBRATE = 0x07,
    COMMAND_SENSE = 0x08,
    COMMAND_SEEK = 0x0f,
    COMMAND_WRITE = 0x45,
    COMMAND_READ = 0x46,
    COMMAND_READ_ID = 0x4a,
    COMMAND_FORMAT = 0x4d,

    DMA_VERIFY = 0x42, /* single transfers of channel 2 */
    DMA_TO_MEMORY = 0x46,
    DMA_FROM_MEMORY = 0x4a,

    INTERRUPT_SEEN = 0x80, /* in BDA_DISKETTE_SEEK; bits 0, 1: the drive was recalibrated */
    WAIT_TICKS = 37,       /* two seconds */
};

/* Of the diskette parameter table at INT 1Eh. */
enum {
    TABLE_SPECIFY = 0,
    TABLE_MOTOR = 2,
    TABLE_SIZE = 3,
    TABLE_GAP = 5,
    TABLE_LENGTH = 6,
    TABLE_FORMAT_GAP = 7,
    TABLE_FILLER = 8,
    TABLE_BYTES = 11,
};

enum status {
    OK = 0x00,
    BAD_COMMAND = 0x01,
    NO_ADDRESS_MARK = 0x02,
    WRITE_PROTECTED = 0x03,
    NO_SECTOR = 0x04,
    CHANGED = 0x06,
    OVERRUN = 0x08,
    BOUNDARY = 0x09, /* 64 KiB, where the DMA controller's address wraps */
    BAD_MEDIUM = 0x0c,
    BAD_CRC = 0x10,
    CONTROLLER = 0x20,
    SEEK_FAILED = 0x40,
    TIMEOUT = 0x80,
};

/* What a drive can take, the most likely first. `table`: its row of diskette_table. */
static const struct medium {
    uint8_t drive, rate, cylinders, sectors, state, table;
} media[] = {
    { 1, 2, 40, 9, 0x93, 1 },  { 2, 0, 80, 15, 0x15, 2 }, { 2, 1, 40, 9, 0x74, 1 },
    { 3, 2, 80, 9, 0x97, 1 },  { 4, 0, 80, 18, 0x17, 0 }, { 4, 2, 80, 9, 0x97, 1 },
    { 5, 3, 80, 36, 0xd7, 3 }, { 5, 0, 80, 18, 0x17, 0 }, { 5, 2, 80, 9, 0x97, 1 },
    { 6, 3, 80, 36, 0xd7, 3 }, { 6, 0, 80, 18, 0x17, 0 }, { 6, 2, 80, 9, 0x97, 1 },
};

#define LONG_SECTORS 21 /* 1.68M: looks like 1.44M until a sector behind the 18th is wanted */

static void finish(struct regs *r, enum status status)
{
    r->ah = (uint8_t)status;
    bda_write8(BDA_DISKETTE_STATUS, (uint8_t)status);
    set_carry(r, status != OK);
}

static uint8_t table_byte(unsigned index)
{
    uint32_t pointer = far_read32(0, 0x1e * 4);

    return far_read8((uint16_t)(pointer >> 16), (pointer & 0xffff) + index);
}

/* The controller */

static bool wait_interrupt(void)
{
    uint32_t start = bda_read32(BDA_TICKS);

    while (!(bda_read8(BDA_DISKETTE_SEEK) & INTERRUPT_SEEN)) {
        if (bda_read32(BDA_TICKS) - start > WAIT_TICKS) {
            bios_data.diskette_ready = false;
            return false;
        }
        __asm__ volatile("sti\n\thlt\n\tcli");
    }
    bda_write8(BDA_DISKETTE_SEEK, bda_read8(BDA_DISKETTE_SEEK) & ~INTERRUPT_SEEN);
    return true;
}

static bool put(const uint8_t *bytes, unsigned count)
{
    for (; count; count--, bytes++) {
        unsigned tries = 0x4000;

        while ((in8(PORT_STATUS) & 0xc0) != 0x80)
            if (--tries == 0)
                return bios_data.diskette_ready = false;
        out8(PORT_FIFO, *bytes);
    }
    return true;
}

/* The result, which programs find in the BIOS data area as well. */
static void get(uint8_t *result)
{
    for (unsigned i = 0; i < 7 && (in8(PORT_STATUS) & 0xd0) == 0xd0; i++) {
        result[i] = in8(PORT_FIFO);
        bda_write8(BDA_DISKETTE_RESULT + i, result[i]);
    }
}

static bool sense(uint8_t *result)
{
    static const uint8_t bytes[] = { COMMAND_SENSE };

    if (!put(bytes, sizeof bytes))
        return false;
    get(result);
    return true;
}

static enum status reset(void)
{
    uint8_t motors = bda_read8(BDA_DISKETTE_MOTOR), result[7];
    uint8_t dor = (uint8_t)((motors & 3) << 4 | (motors >> 4 & 3) | 0x08);
    uint8_t specify[] = { COMMAND_SPECIFY, table_byte(TABLE_SPECIFY),
                          table_byte(TABLE_SPECIFY + 1) };

    bda_write8(BDA_DISKETTE_SEEK, 0);
    out8(PORT_DOR, dor);
    out8(PORT_DOR, dor | DOR_RUN);
    bios_data.diskette_ready = true;
    if (!wait_interrupt())
        return CONTROLLER;
    for (unsigned i = 0; i < 4; i++)
        if (!sense(result))
            return CONTROLLER;
    return put(specify, sizeof specify) ? OK : CONTROLLER;
}

static enum status move_heads(const uint8_t *bytes, unsigned count, uint8_t cylinder)
{
    uint8_t result[7] = { 0 };

    if (!put(bytes, count) || !wait_interrupt() || !sense(result))
        return TIMEOUT;
    return (result[0] & 0xf0) == 0x20 && result[1] == cylinder ? OK : SEEK_FAILED;
}

static enum status seek(uint8_t drive, uint8_t head, uint8_t cylinder)
{
    uint8_t done = bda_read8(BDA_DISKETTE_SEEK);
    uint8_t recalibrate[] = { COMMAND_RECALIBRATE, drive };
    uint8_t bytes[] = { COMMAND_SEEK, (uint8_t)(head << 2 | drive), cylinder };
    enum status status = OK;

    if (!(done & 1u << drive)) {
        if (move_heads(recalibrate, sizeof recalibrate, 0) != OK)
            status = move_heads(recalibrate, sizeof recalibrate, 0); /* from behind cylinder 79 */
        if (status != OK)
            return status;
        bda_write8(BDA_DISKETTE_SEEK, (uint8_t)(bda_read8(BDA_DISKETTE_SEEK) | 1u << drive));
        bda_write8(BDA_DISKETTE_CYLINDER + drive, 0);
    }
    if (bda_read8(BDA_DISKETTE_CYLINDER + drive) != cylinder) {
        status = move_heads(bytes, sizeof bytes, cylinder);
        if (status == OK)
            bda_write8(BDA_DISKETTE_CYLINDER + drive, cylinder);
    }
    return status;
}

/* A command that interrupts at its end, and what its result says. */
static enum status execute(const uint8_t *bytes, unsigned count)
{
    uint8_t result[7] = { 0 };

    if (!put(bytes, count) || !wait_interrupt())
        return TIMEOUT;
    get(result);
    if (!(result[0] & 0xc0))
        return OK;
    return result[1] & 0x02   ? WRITE_PROTECTED
           : result[1] & 0x84 ? NO_SECTOR
           : result[1] & 0x01 ? NO_ADDRESS_MARK
           : result[1] & 0x20 ? BAD_CRC
           : result[1] & 0x10 ? OVERRUN
                              : CONTROLLER;
}

static void program_dma(uint8_t mode, uint32_t address, uint32_t bytes)
{
    out8(0x0a, 0x06); /* channel 2 waits */
    out8(0x0c, 0);
    out8(0x0b, mode);
    out8(0x04, (uint8_t)address);
    out8(0x04, (uint8_t)(address >> 8));
    out8(0x81, (uint8_t)(address >> 16));
    out8(0x05, (uint8_t)(bytes - 1));
    out8(0x05, (uint8_t)((bytes - 1) >> 8));
    out8(0x0a, 0x02);
}

/* `count` sectors of one track. */
static enum status transfer(uint8_t command, uint8_t mode, uint8_t drive, uint8_t cylinder,
                            uint8_t head, uint8_t sector, uint8_t count, uint32_t address)
{
    uint8_t bytes[] = { command,
                        (uint8_t)(head << 2 | drive),
                        cylinder,
                        head,
                        sector,
                        table_byte(TABLE_SIZE),
                        (uint8_t)(sector + count - 1),
                        table_byte(TABLE_GAP),
                        table_byte(TABLE_LENGTH) };
    enum status status = seek(drive, head, cylinder);

    if (status != OK)
        return status;
    program_dma(mode, address, count * 512u);
    return execute(bytes, sizeof bytes);
}

static bool has_sector(uint8_t drive, uint8_t head, uint8_t sector)
{
    return transfer(COMMAND_READ, DMA_VERIFY, drive, 0, head, sector, 1, 0) == OK;
}

/* The drive and what is in it */

static void motor_on(uint8_t drive)
{
    uint8_t motors = bda_read8(BDA_DISKETTE_MOTOR);

    motors = (uint8_t)((motors & 0x83) | 1u << drive | drive << 4);
    bda_write8(BDA_DISKETTE_MOTOR, motors);
    bda_write8(BDA_DISKETTE_TIMER, 0xff);
    out8(PORT_DOR, (uint8_t)((motors & 3) << 4 | DOR_RUN | drive));
}

static bool change_line(void)
{
    return in8(PORT_RATE) & 0x80;
}

static void take_medium(uint8_t drive, const struct medium *medium)
{
    struct diskette *diskette = &bios_data.diskette[drive];

    diskette->cylinders = medium->cylinders;
    diskette->heads = 2;
    diskette->sectors = medium->sectors;
    diskette->rate = medium->rate;
    diskette->table = medium->table;
    bda_write8(BDA_DISKETTE_MEDIUM + drive, medium->state);
}

static enum status find_medium(uint8_t drive)
{
    struct diskette *diskette = &bios_data.diskette[drive];
    enum status status = seek(drive, 0, 0);

    for (unsigned i = 0; status != TIMEOUT && i < ARRAY_LENGTH(media); i++) {
        uint8_t bytes[] = { COMMAND_READ_ID, drive };

        if (media[i].drive != diskette->type)
            continue;
        out8(PORT_RATE, media[i].rate);
        status = execute(bytes, sizeof bytes);
        if (status != OK)
            continue;
        take_medium(drive, &media[i]);
        if (diskette->type == 1) { /* the old formats: 8 sectors, one side */
            if (!has_sector(drive, 0, 9))
                diskette->sectors = 8;
            if (!has_sector(drive, 1, 1))
                diskette->heads = 1;
        }
        diskette->known = true;
        return OK;
    }
    return status == OK ? NO_ADDRESS_MARK : status;
}

/* Controller and motor on; the line tells whether it is the diskette that we know. */
static enum status prepare(uint8_t drive)
{
    struct diskette *diskette = &bios_data.diskette[drive];
    enum status status = bios_data.diskette_ready ? OK : reset();
    bool known = diskette->known;

    if (status != OK)
        return status;
    motor_on(drive);
    if (!change_line())
        return OK;
    diskette->known = false;
    bda_write8(BDA_DISKETTE_MEDIUM + drive, 0);
    status = seek(drive, 0, 1); /* a step lets the line go, if there is a diskette */
    if (status == OK)
        status = seek(drive, 0, 0);
    if (change_line())
        return TIMEOUT;
    return known ? CHANGED : status;
}

static enum status prepare_medium(uint8_t drive)
{
    const struct diskette *diskette = &bios_data.diskette[drive];
    enum status status = prepare(drive);

    if (status == OK && !diskette->known)
        status = find_medium(drive);
    if (status == OK)
        out8(PORT_RATE, diskette->rate);
    return status;
}

/* Functions */

/* 02h, 03h, 04h: AL sectors from cylinder CH, sector CL, head DH on; ES:BX. AL: how many it were. */
static enum status move_sectors(struct regs *r)
{
    struct diskette *diskette = &bios_data.diskette[r->dl];
    uint8_t cylinder = r->ch, head = r->dh, sector = r->cl, left = r->al;
    uint8_t command = r->ah == 0x03 ? COMMAND_WRITE : COMMAND_READ;
    uint8_t mode = r->ah == 0x02 ? DMA_TO_MEMORY : r->ah == 0x03 ? DMA_FROM_MEMORY : DMA_VERIFY;
    uint32_t address = (uint32_t)r->es * 16 + r->bx;
    enum status status;

    r->al = 0;
    if (mode != DMA_VERIFY && (address & 0xffff) + left * 512u > 0x10000)
        return BOUNDARY;
    status = prepare_medium(r->dl);
    if (status != OK)
        return status;
    if (sector > diskette->sectors && diskette->sectors == 18 &&
        has_sector(r->dl, 0, LONG_SECTORS)) {
        diskette->sectors = LONG_SECTORS;
        diskette->table = 4;
    }
    if (left == 0 || sector == 0 || sector > diskette->sectors || head >= diskette->heads)
        return NO_SECTOR;
    while (left) {
        uint8_t count = (uint8_t)(diskette->sectors - sector + 1);

        count = count < left ? count : left;
        if (cylinder >= diskette->cylinders)
            return NO_SECTOR;
        status = transfer(command, mode, r->dl, cylinder, head, sector, count, address);
        if (status != OK)
            return status;
        r->al = (uint8_t)(r->al + count);
        left = (uint8_t)(left - count);
        address += count * 512u;
        sector = 1;
        if (++head == diskette->heads) {
            head = 0;
            cylinder++;
        }
    }
    return OK;
}

/* 05h: cylinder CH, head DH; ES:BX has cylinder, head, sector, size of each sector. */
static enum status format_track(struct regs *r)
{
    const struct diskette *diskette = &bios_data.diskette[r->dl];
    uint32_t address = (uint32_t)r->es * 16 + r->bx;
    enum status status = prepare_medium(r->dl);
    uint8_t bytes[] = {
        COMMAND_FORMAT,    (uint8_t)(r->dh << 2 | r->dl), table_byte(TABLE_SIZE),
        diskette->sectors, table_byte(TABLE_FORMAT_GAP),  table_byte(TABLE_FILLER)
    };

    if (status == OK && (r->ch >= diskette->cylinders || r->dh >= diskette->heads))
        status = NO_SECTOR;
    if (status == OK && (address & 0xffff) + diskette->sectors * 4u > 0x10000)
        status = BOUNDARY;
    if (status == OK)
        status = seek(r->dl, r->dh, r->ch);
    if (status != OK)
        return status;
    program_dma(DMA_FROM_MEMORY, address, diskette->sectors * 4u);
    return execute(bytes, sizeof bytes);
}

static uint8_t drive_count(void)
{
    return (uint8_t)((bios_data.diskette[0].type != 0) + (bios_data.diskette[1].type != 0));
}

static void point_to_table(struct regs *r, uint8_t table)
{
    r->es = ROM_SEGMENT;
    r->di = (uint16_t)((uint32_t)diskette_table + table * TABLE_BYTES);
}

/* 08h: of the diskette, if we know it, else the most that the drive can take. */
static void drive_parameters(struct regs *r)
{
    struct diskette *diskette = &bios_data.diskette[r->dl];

    for (unsigned i = 0; !diskette->sectors && i < ARRAY_LENGTH(media); i++)
        if (media[i].drive == diskette->type)
            take_medium(r->dl, &media[i]);
    r->ax = 0;
    r->bx = diskette->type;
    r->ch = (uint8_t)(diskette->cylinders - 1);
    r->cl = diskette->sectors;
    r->dh = (uint8_t)(diskette->heads - 1);
    r->dl = drive_count();
    point_to_table(r, diskette->table);
    finish(r, OK);
}

/* 17h and 18h: what is going to be formatted. */
static enum status choose_medium(uint8_t drive, uint8_t cylinders, uint8_t sectors)
{
    struct diskette *diskette = &bios_data.diskette[drive];

    for (unsigned i = 0; i < ARRAY_LENGTH(media); i++) {
        if (media[i].drive != diskette->type || media[i].cylinders != cylinders ||
            media[i].sectors != sectors)
            continue;
        take_medium(drive, &media[i]);
        diskette->known = true;
        return OK;
    }
    return BAD_MEDIUM;
}

static enum status choose_by_number(uint8_t drive, uint8_t number)
{
    switch (number) {
    case 1:
    case 2:
        return choose_medium(drive, 40, 9);
    case 3:
        return choose_medium(drive, 80, 15);
    case 4:
        return choose_medium(drive, 80, 9);
    }
    return BAD_COMMAND;
}

static enum status serve(struct regs *r)
{
    enum status status;

    switch (r->ah) {
    case 0x00:
        return reset();
    case 0x02:
    case 0x03:
    case 0x04:
        return move_sectors(r);
    case 0x05:
        return format_track(r);
    case 0x16:
        return prepare(r->dl);
    case 0x17:
        status = prepare(r->dl);
        return status == OK || status == CHANGED ? choose_by_number(r->dl, r->al) : status;
    case 0x18:
        status = prepare(r->dl);
        if (status == OK || status == CHANGED)
            status = choose_medium(r->dl, (uint8_t)(r->ch + 1), r->cl & 0x3f);
        if (status == OK)
            point_to_table(r, bios_data.diskette[r->dl].table);
        return status;
    }
    return BAD_COMMAND;
}

void int13_diskette(struct regs *r)
{
    bool there = r->dl < ARRAY_LENGTH(bios_data.diskette) && bios_data.diskette[r->dl].type;

    if (r->ah == 0x01) {
        finish(r, (enum status)bda_read8(BDA_DISKETTE_STATUS));
    } else if (r->ah == 0x15) { /* 0 none, 1 a drive without, 2 with a change line */
        r->ah = !there ? 0 : bios_data.diskette[r->dl].type == 1 ? 1 : 2;
        set_carry(r, false);
    } else if (r->ah == 0x08 && there) {
        drive_parameters(r);
    } else if (r->ah == 0x08) {
        r->ax = r->bx = r->cx = 0;
        r->dh = 0;
        r->dl = drive_count();
        finish(r, r->dl ? OK : BAD_COMMAND);
    } else if (there) {
        finish(r, serve(r));
        bda_write8(BDA_DISKETTE_TIMER, table_byte(TABLE_MOTOR));
    } else if (r->ah == 0x00 && drive_count()) {
        finish(r, reset());
    } else {
        finish(r, r->ah == 0x00 && r->dl == 0 ? OK : r->ah <= 0x05 ? TIMEOUT : BAD_COMMAND);
    }
}

/* With each tick of the timer: motors that nobody used for a while are turned off. */
void diskette_tick(void)
{
    uint8_t left = bda_read8(BDA_DISKETTE_TIMER);

    if (left == 0)
        return;
    bda_write8(BDA_DISKETTE_TIMER, (uint8_t)(left - 1));
    if (left == 1) {
        bda_write8(BDA_DISKETTE_MOTOR, bda_read8(BDA_DISKETTE_MOTOR) & 0xf0);
        out8(PORT_DOR, DOR_RUN);
    }
}
