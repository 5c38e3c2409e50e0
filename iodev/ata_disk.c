/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ata_disk.c - commands of a disk. Sectors are named by cylinder, head and sector, or by 28 or
 * 48 bits. A transfer that leaves the disk moves what is on it and ends with IDNF at the first sector
 * that is not. Source: ATA/ATAPI-6 (T13/1410D), "Command descriptions"; ATA-3 for geometry.
 */
#include <inttypes.h>

#include "iodev/ata_internal.h"
#include "util/bits.h"

enum { MULTIPLE_MOST = 16 };

enum {
    WRITES = 1,
    WIDE = 2, /* 48 bits */
    DMA = 4,
    MULTIPLE = 8,
    FLUSHES = 16, /* FUA: on the medium when it ends */
};

struct disk_command {
    uint8_t code;
    uint8_t flags;
    void (*run)(struct ata_drive *drive, unsigned flags);
    const char *name;
};

static uint64_t lba_of(const struct ata_drive *drive)
{
    uint64_t low = drive->low[0] | (uint64_t)drive->mid[0] << 8 | (uint64_t)drive->high[0] << 16;

    if (drive->wide)
        return low | (uint64_t)drive->low[1] << 24 | (uint64_t)drive->mid[1] << 32 |
               (uint64_t)drive->high[1] << 40;
    if (drive->device & ATA_LBA)
        return low | (uint64_t)(drive->device & 15) << 24;
    if (!drive->low[0] || drive->low[0] > drive->track_sectors ||
        (drive->device & 15) >= drive->heads)
        return UINT64_MAX; /* no such sector */
    return ((low >> 8) * drive->heads + (drive->device & 15)) * drive->track_sectors +
           (drive->low[0] - 1u);
}

static void set_lba(struct ata_drive *drive, uint64_t lba)
{
    if (!drive->wide && !(drive->device & ATA_LBA)) {
        uint64_t track = lba / drive->track_sectors;

        drive->low[0] = (uint8_t)(lba % drive->track_sectors + 1);
        drive->device = (uint8_t)((drive->device & 0xf0) | (track % drive->heads & 15));
        drive->mid[0] = (uint8_t)(track / drive->heads);
        drive->high[0] = (uint8_t)(track / drive->heads >> 8);
        return;
    }
    drive->low[0] = (uint8_t)lba;
    drive->mid[0] = (uint8_t)(lba >> 8);
    drive->high[0] = (uint8_t)(lba >> 16);
    if (drive->wide) {
        drive->low[1] = (uint8_t)(lba >> 24);
        drive->mid[1] = (uint8_t)(lba >> 32);
        drive->high[1] = (uint8_t)(lba >> 40);
    } else {
        drive->device = (uint8_t)((drive->device & 0xf0) | (lba >> 24 & 15));
    }
}

static uint32_t count_of(const struct ata_drive *drive)
{
    uint32_t count =
        drive->wide ? (uint32_t)drive->count[1] << 8 | drive->count[0] : drive->count[0];

    return count ? count : drive->wide ? 65536 : 256;
}

static void set_count(struct ata_drive *drive, uint32_t count)
{
    drive->count[0] = (uint8_t)count;
    if (drive->wide)
        drive->count[1] = (uint8_t)(count >> 8);
}

/* So many sectors are done: the registers name the last of them. */
static void progress(struct ata_drive *drive, uint32_t units)
{
    drive->lba += units;
    drive->units -= units;
    set_lba(drive, drive->lba - 1);
    set_count(drive, drive->units);
}

/* At drive->lba it goes no further. */
static void fail_here(struct ata_drive *drive, uint8_t error)
{
    if (drive->lba != UINT64_MAX)
        set_lba(drive, drive->lba);
    set_count(drive, drive->units);
    ata_fail(drive, error);
}

/* How many of `want` sectors from drive->lba on there are; 0: the command has failed. */
static uint32_t present(struct ata_drive *drive, uint32_t want)
{
    uint64_t sectors = drive->medium ? drive->medium->sectors : 0;

    if (drive->lba >= sectors) {
        fail_here(drive, ATA_IDNF);
        return 0;
    }
    return sectors - drive->lba < want ? (uint32_t)(sectors - drive->lba) : want;
}

static uint32_t units_at_once(const struct ata_drive *drive)
{
    uint32_t most = drive->dma ? ATA_BUFFER / BLOCK_SECTOR : drive->block_units;

    return drive->units < most ? drive->units : most;
}

bool disk_fill(struct ata_drive *drive)
{
    uint32_t units;

    if (!drive->units) { /* cannot be, but for a state from a file */
        ata_abort(drive);
        return false;
    }
    units = present(drive, units_at_once(drive));
    if (!units)
        return false;
    if (block_read(drive->medium, drive->lba, units, drive->buffer) != BLOCK_OK) {
        fail_here(drive, ATA_UNC);
        return false;
    }
    drive->pos = 0;
    drive->end = drive->stop = units * BLOCK_SECTOR;
    progress(drive, units);
    return true;
}

bool disk_send(struct ata_drive *drive, uint64_t *moved)
{
    uint64_t sectors = drive->medium ? drive->medium->sectors : 0;
    uint32_t units = *moved < DMA_CHUNK ? (uint32_t)(DMA_CHUNK - *moved) / BLOCK_SECTOR : 0;
    uint32_t n, whole, rest;
    uint8_t bytes[DMA_CHUNK];

    units = units < drive->units ? units : drive->units;
    if (units <= ATA_BUFFER / BLOCK_SECTOR || drive->lba >= sectors || sectors - drive->lba < units)
        return false;
    if (block_read(drive->medium, drive->lba, units, bytes) != BLOCK_OK)
        return false; /* the buffer comes closer to the sector that is bad */
    n = drive->host.dma_move(drive->host.context, bytes, units * BLOCK_SECTOR, true);
    if (!n)
        return false;
    whole = n / BLOCK_SECTOR;
    if (n % BLOCK_SECTOR) { /* the rest of a sector waits in the buffer, with some behind it */
        rest =
            units - whole < ATA_BUFFER / BLOCK_SECTOR ? units - whole : ATA_BUFFER / BLOCK_SECTOR;
        memcpy(drive->buffer, bytes + (size_t)whole * BLOCK_SECTOR, (size_t)rest * BLOCK_SECTOR);
        drive->pos = n % BLOCK_SECTOR;
        drive->end = drive->stop = rest * BLOCK_SECTOR;
        whole += rest;
    }
    progress(drive, whole);
    *moved += n;
    return true;
}

bool disk_drain(struct ata_drive *drive)
{
    uint32_t units = drive->end / BLOCK_SECTOR, there;
    enum block_result result;

    if (drive->is_cd || !units || units > drive->units) {
        ata_abort(drive);
        return false;
    }
    there = present(drive, units);
    if (!there)
        return false;
    result = block_write(drive->medium, drive->lba, there, drive->buffer);
    if (result == BLOCK_OK && drive->flushes && there == drive->units)
        result = block_flush(drive->medium);
    if (result != BLOCK_OK) {
        fail_here(drive, result == BLOCK_PROTECTED ? ATA_ABRT : ATA_UNC);
        return false;
    }
    progress(drive, there);
    drive->pos = drive->end = drive->stop = 0;
    if (there < units) {
        fail_here(drive, ATA_IDNF);
        return false;
    }
    return true;
}

/* READ and WRITE in all their forms. */
static void transfer(struct ata_drive *drive, unsigned flags)
{
    if (flags & MULTIPLE && !drive->multiple) {
        ata_abort(drive);
        return;
    }
    drive->writes = flags & WRITES;
    drive->dma = flags & DMA;
    drive->lba = lba_of(drive);
    drive->units = count_of(drive);
    drive->block_units = flags & MULTIPLE ? drive->multiple : 1;
    drive->flushes = flags & FLUSHES;
    drive->power = POWER_ACTIVE;
    if (drive->lba == UINT64_MAX)
        fail_here(drive, ATA_IDNF);
    else if (flags & DMA)
        ata_busy(drive, NEXT_DMA, NS_DISK_ACCESS);
    else if (flags & WRITES)
        ata_busy(drive, NEXT_OUT, NS_COMMAND);
    else
        ata_busy(drive, NEXT_IN,
                 NS_DISK_ACCESS +
                     ata_transfer_ns(drive, (uint64_t)units_at_once(drive) * BLOCK_SECTOR));
}

static void verify(struct ata_drive *drive, unsigned flags UNUSED)
{
    uint32_t count, there;

    drive->lba = lba_of(drive);
    drive->units = count = count_of(drive);
    drive->power = POWER_ACTIVE;
    there = present(drive, count);
    if (!there)
        return;
    progress(drive, there);
    if (there < count)
        fail_here(drive, ATA_IDNF);
    else
        ata_busy(drive, NEXT_DONE,
                 NS_DISK_ACCESS + ata_transfer_ns(drive, (uint64_t)count * BLOCK_SECTOR));
}

static void seek(struct ata_drive *drive, unsigned flags UNUSED)
{
    drive->lba = lba_of(drive);
    if (present(drive, 1))
        ata_busy(drive, NEXT_DONE, NS_DISK_ACCESS);
}

/* Commands with nothing to do. */
static void succeed(struct ata_drive *drive, unsigned flags UNUSED)
{
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

static void flush(struct ata_drive *drive, unsigned flags UNUSED)
{
    if (drive->medium && block_flush(drive->medium) != BLOCK_OK)
        ata_fail(drive, ATA_UNC);
    else
        ata_busy(drive, NEXT_DONE, NS_DISK_ACCESS);
}

static void read_native_max(struct ata_drive *drive, unsigned flags)
{
    uint64_t last = drive->medium->sectors - 1;

    if (!(flags & WIDE)) {
        drive->device |= ATA_LBA;
        last = last > 0xfffffff ? 0xfffffff : last;
    }
    set_lba(drive, last);
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

static void set_multiple(struct ata_drive *drive, unsigned flags UNUSED)
{
    uint8_t count = drive->count[0];

    if (count > MULTIPLE_MOST || count & (count - 1)) {
        ata_abort(drive);
        return;
    }
    drive->multiple = count;
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

/* The geometry by which the host counts from now on. */
static void set_geometry(struct ata_drive *drive, unsigned flags UNUSED)
{
    uint64_t cylinders;

    if (!drive->count[0]) {
        ata_abort(drive);
        return;
    }
    drive->track_sectors = drive->count[0];
    drive->heads = (uint8_t)((drive->device & 15) + 1);
    cylinders = drive->medium->sectors / ((unsigned)drive->heads * drive->track_sectors);
    drive->cylinders = cylinders > 65535 ? 65535 : (uint16_t)cylinders;
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

static void check_power(struct ata_drive *drive, unsigned flags UNUSED)
{
    drive->count[0] = drive->power;
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

/* The row has the new mode in place of flags. */
static void set_power(struct ata_drive *drive, unsigned mode)
{
    drive->power = (uint8_t)mode;
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

static bool is_mode(uint8_t mode)
{
    return mode <= 1 || (mode >= 0x08 && mode <= 0x0c) || (mode >= 0x20 && mode <= 0x22) ||
           (mode >= 0x40 && mode <= 0x45);
}

static void set_features(struct ata_drive *drive, unsigned flags UNUSED)
{
    switch (drive->feature[0]) {
    case 0x02:
    case 0x82:
        drive->cache = drive->feature[0] == 0x02;
        break;
    case 0x03:
        if (!is_mode(drive->count[0])) {
            ata_abort(drive);
            return;
        }
        drive->mode = drive->count[0];
        break;
    case 0x55:
    case 0xaa:
        drive->look_ahead = drive->feature[0] == 0xaa;
        break;
    case 0x66: /* settings survive a software reset, as they always do here, */
    case 0xcc: /* or not */
        break;
    default:
        ata_abort(drive);
        return;
    }
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

/* A sector of the drive's own. */
static void answer(struct ata_drive *drive)
{
    drive->units = 0;
    drive->pos = 0;
    drive->end = drive->stop = BLOCK_SECTOR;
    ata_busy(drive, NEXT_IN, NS_COMMAND);
}

static void seal(uint8_t *sector)
{
    uint8_t sum = 0;

    for (unsigned i = 0; i < BLOCK_SECTOR - 1; i++)
        sum = (uint8_t)(sum + sector[i]);
    sector[BLOCK_SECTOR - 1] = (uint8_t)-sum;
}

/* No attribute, no threshold, and never in danger. */
static void smart(struct ata_drive *drive, unsigned flags UNUSED)
{
    uint8_t what = drive->feature[0];

    if (drive->mid[0] != 0x4f || drive->high[0] != 0xc2 || (!drive->smart && what != 0xd8)) {
        ata_abort(drive);
        return;
    }
    switch (what) {
    case 0xd0: /* data, thresholds */
    case 0xd1:
        memset(drive->buffer, 0, BLOCK_SECTOR);
        drive->buffer[0] = 0x10;
        seal(drive->buffer);
        answer(drive);
        return;
    case 0xd2: /* autosave */
    case 0xda: /* status: the signature stays as it is when all is well */
        break;
    case 0xd8:
    case 0xd9:
        drive->smart = what == 0xd8;
        break;
    default:
        ata_abort(drive);
        return;
    }
    ata_busy(drive, NEXT_DONE, NS_COMMAND);
}

static void word(uint8_t *sector, unsigned index, uint32_t value)
{
    store_le16(sector + index * 2, (uint16_t)value);
}

static void dword(uint8_t *sector, unsigned index, uint64_t value)
{
    word(sector, index, (uint32_t)value & 0xffff);
    word(sector, index + 1, (uint32_t)(value >> 16) & 0xffff);
}

/* The geometry of disks that are too large for one. */
static uint32_t default_cylinders(const struct ata_drive *drive)
{
    uint64_t cylinders = drive->medium ? drive->medium->sectors / (16 * 63) : 0;

    return cylinders > 16383 ? 16383 : cylinders ? (uint32_t)cylinders : 1;
}

static void identify(struct ata_drive *drive, unsigned flags UNUSED)
{
    uint64_t sectors = drive->medium->sectors;
    uint64_t short_sectors = sectors > 0xfffffff ? 0xfffffff : sectors;
    uint8_t *id = drive->buffer;
    char serial[] = "VT00000001";

    memset(id, 0, BLOCK_SECTOR);
    serial[9] = (char)('1' + drive->unit);
    word(id, 0, 0x0040); /* fixed disk */
    word(id, 1, default_cylinders(drive));
    word(id, 3, 16);
    word(id, 6, 63);
    ata_string(id + 20, 20, serial);
    word(id, 22, 4);
    ata_string(id + 46, 8, "1.0");
    ata_string(id + 54, 40, "VITRINE HARDDISK");
    word(id, 47, 0x8000 | MULTIPLE_MOST);
    word(id, 48, 1);      /* 32-bit accesses of the data register */
    word(id, 49, 0x0f00); /* IORDY, LBA, DMA */
    word(id, 50, 0x4000);
    word(id, 51, 0x0200);
    word(id, 53, 0x0007);
    word(id, 54, drive->cylinders);
    word(id, 55, drive->heads);
    word(id, 56, drive->track_sectors);
    dword(id, 57, (uint64_t)drive->cylinders * drive->heads * drive->track_sectors);
    word(id, 59, drive->multiple ? 0x0100u | drive->multiple : 0);
    dword(id, 60, short_sectors);
    word(id, 63, 0x0007 | (drive->mode >> 4 == 2 ? 0x100u << (drive->mode & 7) : 0));
    word(id, 64, 0x0003); /* PIO 3 and 4 */
    for (unsigned i = 65; i <= 68; i++)
        word(id, i, 120); /* ns of a cycle */
    word(id, 80, 0x007e); /* ATA-1 to -6 */
    word(id, 81, 0x0018);
    word(id, 82, 0x4061 | 0x0008); /* NOP, look-ahead, write cache, power management, SMART */
    word(id, 83, 0x7400);          /* FLUSH CACHE (EXT), 48 bits */
    word(id, 84, 0x4040);          /* FUA */
    word(id, 85,
         0x4008 | (drive->smart ? 1u : 0) | (drive->cache ? 0x20u : 0) |
             (drive->look_ahead ? 0x40u : 0));
    word(id, 86, 0x3400);
    word(id, 87, 0x4040);
    word(id, 88, 0x003f | (drive->mode >> 4 == 4 ? 0x100u << (drive->mode & 7) : 0));
    word(id, 93, 0x6001 | (drive->unit & 1 ? 0x0a00u : 0x000au)); /* 80 conductors */
    dword(id, 100, sectors);
    dword(id, 102, sectors >> 32);
    answer(drive);
}

static void unknown(struct ata_drive *drive, unsigned flags UNUSED)
{
    ata_abort(drive);
}

/* clang-format off */
static const struct disk_command commands[] = {
    { 0x00, 0,                             unknown,  "NOP" },
    { 0x20, 0,                             transfer, "READ SECTORS" },
    { 0x21, 0,                             transfer, "READ SECTORS without retries" },
    { 0x24, WIDE,                          transfer, "READ SECTORS EXT" },
    { 0x25, WIDE | DMA,                    transfer, "READ DMA EXT" },
    { 0x27, WIDE,                          read_native_max, "READ NATIVE MAX ADDRESS EXT" },
    { 0x29, WIDE | MULTIPLE,               transfer, "READ MULTIPLE EXT" },
    { 0x30, WRITES,                        transfer, "WRITE SECTORS" },
    { 0x31, WRITES,                        transfer, "WRITE SECTORS without retries" },
    { 0x34, WRITES | WIDE,                 transfer, "WRITE SECTORS EXT" },
    { 0x35, WRITES | WIDE | DMA,           transfer, "WRITE DMA EXT" },
    { 0x39, WRITES | WIDE | MULTIPLE,      transfer, "WRITE MULTIPLE EXT" },
    { 0x3d, WRITES | WIDE | DMA | FLUSHES, transfer, "WRITE DMA FUA EXT" },
    { 0x40, 0,                             verify,   "READ VERIFY SECTORS" },
    { 0x41, 0,                             verify,   "READ VERIFY SECTORS without retries" },
    { 0x42, WIDE,                          verify,   "READ VERIFY SECTORS EXT" },
    { 0x70, 0,                             seek,     "SEEK" },
    { 0x91, 0,                             set_geometry, "INITIALIZE DEVICE PARAMETERS" },
    { 0x94, POWER_STANDBY,                 set_power, "STANDBY IMMEDIATE" },
    { 0x95, POWER_IDLE,                    set_power, "IDLE IMMEDIATE" },
    { 0x96, POWER_STANDBY,                 set_power, "STANDBY" },
    { 0x97, POWER_IDLE,                    set_power, "IDLE" },
    { 0x98, 0,                             check_power, "CHECK POWER MODE" },
    { 0x99, POWER_SLEEP,                   set_power, "SLEEP" },
    { 0xb0, 0,                             smart,    "SMART" },
    { 0xc4, MULTIPLE,                      transfer, "READ MULTIPLE" },
    { 0xc5, WRITES | MULTIPLE,             transfer, "WRITE MULTIPLE" },
    { 0xc6, 0,                             set_multiple, "SET MULTIPLE MODE" },
    { 0xc8, DMA,                           transfer, "READ DMA" },
    { 0xc9, DMA,                           transfer, "READ DMA without retries" },
    { 0xca, WRITES | DMA,                  transfer, "WRITE DMA" },
    { 0xcb, WRITES | DMA,                  transfer, "WRITE DMA without retries" },
    { 0xce, WRITES | WIDE | MULTIPLE | FLUSHES, transfer, "WRITE MULTIPLE FUA EXT" },
    { 0xe0, POWER_STANDBY,                 set_power, "STANDBY IMMEDIATE" },
    { 0xe1, POWER_IDLE,                    set_power, "IDLE IMMEDIATE" },
    { 0xe2, POWER_STANDBY,                 set_power, "STANDBY" },
    { 0xe3, POWER_IDLE,                    set_power, "IDLE" },
    { 0xe5, 0,                             check_power, "CHECK POWER MODE" },
    { 0xe6, POWER_SLEEP,                   set_power, "SLEEP" },
    { 0xe7, 0,                             flush,    "FLUSH CACHE" },
    { 0xea, WIDE,                          flush,    "FLUSH CACHE EXT" },
    { 0xec, 0,                             identify, "IDENTIFY DEVICE" },
    { 0xef, 0,                             set_features, "SET FEATURES" },
    { 0xf8, 0,                             read_native_max, "READ NATIVE MAX ADDRESS" },
};
/* clang-format on */

static const struct disk_command *find(uint8_t code)
{
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].code == code)
            return &commands[i];
    }
    return NULL;
}

bool disk_command(struct ata_drive *drive)
{
    const struct disk_command *row = find(drive->command);

    if (!drive->medium || !drive->medium->sectors)
        return false;
    if (!row && drive->command >> 4 == 1) { /* RECALIBRATE, and its speeds of old */
        succeed(drive, 0);
        return true;
    }
    if (!row)
        return false;
    drive->wide = row->flags & WIDE;
    row->run(drive, row->flags);
    return true;
}

void disk_reset(struct ata_drive *drive)
{
    drive->cylinders = (uint16_t)default_cylinders(drive);
    drive->heads = 16;
    drive->track_sectors = 63;
}

void disk_describe(const struct ata_drive *drive, struct out *out)
{
    const struct disk_command *row = find(drive->command);

    if (drive->medium)
        out_printf(out, "disk of %" PRIu64 " sectors%s", drive->medium->sectors,
                   drive->medium->read_only ? ", read-only" : "");
    else
        out_printf(out, "disk without a medium");
    out_printf(out, "; counted as %u cylinders, %u heads, %u sectors\n", drive->cylinders,
               drive->heads, drive->track_sectors);
    if (row)
        out_printf(out, "last command: %s\n", row->name);
}
