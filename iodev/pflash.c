/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/pflash.c - parallel flash memory with Intel's command set. Programming and erasing are over
 * when the command is: the status register never says busy. As the chip is eight bits wide, wider
 * accesses are cycles of a byte each. Sources: Intel 3 Volt StrataFlash memory (28F128J3) data sheet;
 * JEDEC JESD68.01, "Common Flash Interface"; Intel, "CFI publication: command set 0001h".
 */
#include "iodev/pflash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

enum {
    COMMAND_PROGRAM = 0x40,
    COMMAND_PROGRAM_TOO = 0x10,
    COMMAND_ERASE = 0x20,
    COMMAND_CLEAR_STATUS = 0x50,
    COMMAND_STATUS = 0x70,
    COMMAND_ID = 0x90,
    COMMAND_QUERY = 0x98,
    COMMAND_CONFIRM = 0xd0,
    COMMAND_BUFFER = 0xe8,

    ID_MAKER = 0x89, /* Intel */
    ID_DEVICE = 0x18,

    SEQUENCE_ERROR = PFLASH_PROGRAM_ERROR | PFLASH_ERASE_ERROR,
    QUERY_FIRST = 0x10,
    LOAD_BYTES = 64 * 1024,
};

/* ---- where it is ---------------------------------------------------------------------------- */

static uint32_t offset_of(const struct pflash *flash, uint64_t address)
{
    return (uint32_t)(address - flash->range.first);
}

static void changed(struct pflash *flash)
{
    if (flash->map_changed)
        flash->map_changed(flash->map_context, flash->range.first, flash->size);
}

static void map(struct pflash *flash)
{
    bool as_device = flash->mode != PFLASH_ARRAY;

    if (flash->mapped && flash->as_device == as_device)
        return;
    if (as_device)
        space_add_device(flash->memory, &flash->range, flash, flash->dev.name);
    else
        space_add_rom_device(flash->memory, &flash->range, flash->bytes, flash, flash->dev.name);
    flash->mapped = true;
    flash->as_device = as_device;
    changed(flash);
}

/* ---- contents ------------------------------------------------------------------------------- */

static bool is_locked(const struct pflash *flash)
{
    return !flash->medium || flash->medium->read_only;
}

/* Whole sectors: to the medium, and what it has taken to the copy. */
static bool store(struct pflash *flash, uint32_t at, const uint8_t *data, uint32_t bytes)
{
    if (block_write(flash->medium, at / BLOCK_SECTOR, bytes / BLOCK_SECTOR, data) != BLOCK_OK)
        return false; /* the host's error was told */
    memcpy(flash->bytes + at, data, bytes);
    return true;
}

/* Programming makes zeros of ones and nothing else; at most the buffer. */
static void program(struct pflash *flash, uint32_t at, const uint8_t *data, unsigned count)
{
    uint8_t sectors[2 * BLOCK_SECTOR];
    uint32_t first = at & ~(BLOCK_SECTOR - 1), bytes;

    flash->status |= PFLASH_READY;
    if (count > flash->size - at) {
        flash->status |= SEQUENCE_ERROR;
        return;
    }
    if (is_locked(flash)) {
        flash->status |= PFLASH_PROGRAM_ERROR | PFLASH_LOCKED;
        return;
    }
    bytes = ((at + count - first) + BLOCK_SECTOR - 1) & ~(BLOCK_SECTOR - 1);
    memcpy(sectors, flash->bytes + first, bytes);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *byte = &sectors[at - first + i];

        *byte &= data[i];
        if (*byte != data[i])
            flash->status |= PFLASH_PROGRAM_ERROR;
    }
    if (!store(flash, first, sectors, bytes))
        flash->status |= PFLASH_PROGRAM_ERROR;
}

static void erase(struct pflash *flash, uint32_t at)
{
    uint8_t ones[PFLASH_BLOCK];

    flash->status |= PFLASH_READY;
    memset(ones, 0xff, sizeof ones);
    if (is_locked(flash))
        flash->status |= PFLASH_ERASE_ERROR | PFLASH_LOCKED;
    else if (!store(flash, at & ~(uint32_t)(PFLASH_BLOCK - 1), ones, PFLASH_BLOCK))
        flash->status |= PFLASH_ERASE_ERROR;
}

void pflash_load(struct pflash *flash)
{
    uint8_t *part = xcalloc(1, LOAD_BYTES);
    bool other = false;

    for (uint32_t at = 0; at < flash->size; at += LOAD_BYTES) {
        uint32_t bytes = flash->size - at < LOAD_BYTES ? flash->size - at : LOAD_BYTES;

        if (!flash->medium ||
            block_read(flash->medium, at / BLOCK_SECTOR, bytes / BLOCK_SECTOR, part) != BLOCK_OK)
            memset(part, 0xff, bytes);
        if (memcmp(flash->bytes + at, part, bytes)) {
            memcpy(flash->bytes + at, part, bytes);
            other = true;
        }
    }
    free(part);
    if (other)
        changed(flash);
}

/* ---- reads ---------------------------------------------------------------------------------- */

/* Typical times are the data sheet's; features: none. */
static uint8_t query_byte(const struct pflash *flash, uint32_t at)
{
    unsigned blocks = flash->size / PFLASH_BLOCK - 1;
    unsigned size_bits = 12;
    uint8_t table[0x40 - QUERY_FIRST] = {
        [0x00] = 'Q',  [0x01] = 'R',  [0x02] = 'Y', [0x03] = 1, [0x05] = 0x31,
        [0x0b] = 0x45, [0x0c] = 0x55, [0x0f] = 7,   [0x10] = 7, [0x11] = 10,
        [0x13] = 4,    [0x14] = 4,    [0x15] = 4
    };

    while (size_bits < 31 && 1u << size_bits < flash->size)
        size_bits++;
    table[0x27 - QUERY_FIRST] = (uint8_t)size_bits;
    table[0x2a - QUERY_FIRST] = 8; /* the buffer: 256 bytes */
    table[0x2c - QUERY_FIRST] = 1; /* one region of equal blocks */
    store_le16(table + (0x2d - QUERY_FIRST), (uint16_t)blocks);
    store_le16(table + (0x2f - QUERY_FIRST), PFLASH_BLOCK / 256);
    memcpy(table + (0x31 - QUERY_FIRST), "PRI10", 5);
    return at >= QUERY_FIRST && at < QUERY_FIRST + sizeof table ? table[at - QUERY_FIRST] : 0;
}

static uint64_t pflash_peek(const void *owner, uint64_t address, unsigned size UNUSED)
{
    const struct pflash *flash = owner;
    uint32_t at = offset_of(flash, address), in_block = at % PFLASH_BLOCK;

    switch ((enum pflash_mode)flash->mode) {
    case PFLASH_ARRAY:
        break;
    case PFLASH_STATUS:
        return flash->status;
    case PFLASH_ID:
        if (in_block == 2)
            return is_locked(flash);
        return at == 0 ? ID_MAKER : at == 1 ? ID_DEVICE : 0;
    case PFLASH_QUERY:
        return query_byte(flash, at);
    }
    return flash->bytes[at];
}

static uint64_t pflash_read(void *owner, uint64_t address, unsigned size)
{
    return pflash_peek(owner, address, size);
}

/* ---- commands ------------------------------------------------------------------------------- */

static void command(struct pflash *flash, uint8_t value)
{
    flash->mode = PFLASH_STATUS;
    switch (value) {
    case COMMAND_PROGRAM:
    case COMMAND_PROGRAM_TOO:
        flash->cycle = PFLASH_PROGRAM;
        break;
    case COMMAND_ERASE:
        flash->cycle = PFLASH_ERASE;
        break;
    case COMMAND_BUFFER:
        flash->status |= PFLASH_READY;
        flash->cycle = PFLASH_COUNT;
        break;
    case COMMAND_CLEAR_STATUS:
        /* With the ready bit, until the next command: OVMF knows flash by that, which QEMU's does. */
        flash->status = 0;
        flash->mode = PFLASH_ARRAY;
        break;
    case COMMAND_STATUS:
        break;
    case COMMAND_ID:
        flash->mode = PFLASH_ID;
        break;
    case COMMAND_QUERY:
        flash->mode = PFLASH_QUERY;
        break;
    default: /* FFh, and what it does not know */
        flash->mode = PFLASH_ARRAY;
    }
}

static void fill(struct pflash *flash, uint32_t at, uint8_t value)
{
    if (!flash->filled)
        flash->first = at;
    if (at - flash->first < flash->count)
        flash->buffer[at - flash->first] = value;
    else
        flash->outside = true;
    if (++flash->filled == flash->count)
        flash->cycle = PFLASH_CONFIRM;
}

static void pflash_write(void *owner, uint64_t address, unsigned size UNUSED, uint64_t value)
{
    struct pflash *flash = owner;
    uint32_t at = offset_of(flash, address);
    enum pflash_cycle cycle = (enum pflash_cycle)flash->cycle;
    uint8_t byte = (uint8_t)value;
    bool confirmed = byte == COMMAND_CONFIRM;

    flash->cycle = PFLASH_COMMAND;
    switch (cycle) {
    case PFLASH_COMMAND:
        command(flash, byte);
        break;
    case PFLASH_PROGRAM:
        program(flash, at, &byte, 1);
        break;
    case PFLASH_ERASE:
        if (confirmed)
            erase(flash, at);
        break;
    case PFLASH_COUNT:
        flash->count = byte + 1;
        flash->filled = 0;
        flash->outside = false;
        memset(flash->buffer, 0xff, sizeof flash->buffer);
        flash->cycle = PFLASH_FILL;
        break;
    case PFLASH_FILL:
        flash->cycle = PFLASH_FILL;
        fill(flash, at, byte);
        break;
    case PFLASH_CONFIRM:
        confirmed = confirmed && !flash->outside;
        if (confirmed)
            program(flash, flash->first, flash->buffer, flash->count);
        break;
    }
    if ((cycle == PFLASH_ERASE || cycle == PFLASH_CONFIRM) && !confirmed)
        flash->status |= SEQUENCE_ERROR | PFLASH_READY;
    map(flash);
}

/* ---- the device ----------------------------------------------------------------------------- */

void pflash_setup(struct pflash *flash, struct space *memory, uint64_t base, uint32_t size)
{
    assert(size && !(size % PFLASH_BLOCK));
    flash->memory = memory;
    flash->size = size;
    flash->bytes = xcalloc(1, size);
    memset(flash->bytes, 0xff, size);
    flash->range = (struct io_range){ .first = base,
                                      .count = size,
                                      .widths = IO_8,
                                      .read = pflash_read,
                                      .write = pflash_write,
                                      .text = "flash memory",
                                      .peek = pflash_peek };
    map(flash);
}

void pflash_insert(struct pflash *flash, struct block *medium)
{
    flash->medium = medium;
}

/* clang-format off */
static const struct field pflash_fields[] = {
    NOT_SAVED(struct pflash, dev, "device"),
    FIELD(struct pflash, mode,    FMT_DEC,   "reads give: 0 contents, 1 status, 2 identity, 3 query"),
    FIELD(struct pflash, cycle,   FMT_DEC,   "the next write: 0 command, 1-5 a part of one"),
    FIELD(struct pflash, status,  FMT_HEX,   "status register: 7 ready, 5 erase, 4 program error"),
    FIELD(struct pflash, first,   FMT_HEX,   "offset of the write buffer's first byte"),
    FIELD(struct pflash, count,   FMT_DEC,   "bytes that the write buffer is to have"),
    FIELD(struct pflash, filled,  FMT_DEC,   "bytes that it was given"),
    FIELD(struct pflash, buffer,  FMT_BYTES, "write buffer"),
    FIELD(struct pflash, outside, FMT_BOOL,  "a byte for it lay elsewhere"),
    NOT_SAVED(struct pflash, medium, "the contents are saved beside the rows"),
    NOT_SAVED(struct pflash, bytes, "copy of the medium"),
    NOT_SAVED(struct pflash, size, "configuration"),
    NOT_SAVED(struct pflash, memory, "wiring"),
    NOT_SAVED(struct pflash, range, "where it is"),
    NOT_SAVED(struct pflash, mapped, "follows from mode"),
    NOT_SAVED(struct pflash, as_device, "follows from mode"),
    NOT_SAVED(struct pflash, map_changed, "wiring"),
    NOT_SAVED(struct pflash, map_context, "wiring"),
    { 0 },
};
/* clang-format on */

static void pflash_reset(struct device *dev, enum reset kind UNUSED)
{
    struct pflash *flash = (struct pflash *)dev;

    flash->mode = PFLASH_ARRAY;
    flash->cycle = PFLASH_COMMAND;
    flash->status = PFLASH_READY;
    flash->first = flash->count = flash->filled = 0;
    flash->outside = false;
    memset(flash->buffer, 0, sizeof flash->buffer);
    if (flash->memory)
        map(flash);
}

/* Rows came from a file that may say anything. */
static void pflash_restored(struct device *dev)
{
    struct pflash *flash = (struct pflash *)dev;
    bool filling = flash->cycle == PFLASH_FILL || flash->cycle == PFLASH_CONFIRM;

    if (flash->mode > PFLASH_QUERY || flash->cycle > PFLASH_CONFIRM ||
        (filling && (!flash->count || flash->count > PFLASH_BUFFER || flash->first >= flash->size ||
                     flash->filled > flash->count - (flash->cycle == PFLASH_FILL))))
        pflash_reset(dev, RESET_HARD);
    if (!flash->memory)
        return;
    pflash_load(flash);
    map(flash);
}

static void pflash_describe(const struct device *dev, struct out *out)
{
    static const char *const modes[] = { "contents", "the status register", "identity",
                                         "the query table" };
    static const char *const cycles[] = { "a command",
                                          "the byte to program",
                                          "the confirmation of an erasure",
                                          "the count of a buffer",
                                          "bytes of a buffer",
                                          "the confirmation of a buffer" };
    const struct pflash *flash = (const struct pflash *)dev;
    uint8_t status = flash->status;

    out_printf(out, "0x%08" PRIx64 ", %" PRIu32 " blocks of %d bytes, %s\n", flash->range.first,
               flash->size / PFLASH_BLOCK, PFLASH_BLOCK,
               is_locked(flash) ? "write-protected" : "writable");
    out_printf(out, "reads give %s; the next write is %s\n",
               flash->mode <= PFLASH_QUERY ? modes[flash->mode] : "?",
               flash->cycle <= PFLASH_CONFIRM ? cycles[flash->cycle] : "?");
    out_printf(out, "status 0x%02x:%s%s%s%s\n", status, status & PFLASH_READY ? " ready" : "",
               (status & SEQUENCE_ERROR) == SEQUENCE_ERROR ? " not a sequence of commands"
               : status & PFLASH_PROGRAM_ERROR             ? " programming failed"
               : status & PFLASH_ERASE_ERROR               ? " erasing failed"
                                                           : "",
               status & PFLASH_LOCKED ? " protected" : "",
               status & ~(PFLASH_READY | SEQUENCE_ERROR | PFLASH_LOCKED) ? " ?" : "");
}

static void pflash_destroy(struct device *dev)
{
    free(((struct pflash *)dev)->bytes);
}

const struct device_class pflash_class = {
    .name = "pflash",
    .title = "flash memory with Intel's command set",
    .size = sizeof(struct pflash),
    .fields = pflash_fields,
    .reset = pflash_reset,
    .describe = pflash_describe,
    .restored = pflash_restored,
    .destroy = pflash_destroy,
};
