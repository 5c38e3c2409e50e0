/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/dma.c - 8237A DMA controllers. The bus takes no time: what a device has ready is moved at once,
 * so single, demand and block transfers differ in what software requests do, not in their pace. Only
 * RAM and ROM answer; elsewhere bytes are lost and read as FFh. Sources: Intel 8237A data sheet; Intel
 * 82371SB (PIIX3) data sheet, "DMA Registers"; IBM PC/AT Technical Reference, "DMA page registers".
 */
#include "iodev/dma.h"

#include <string.h>

#include "util/bits.h"

enum {
    COMMAND_MEMORY_TO_MEMORY = 0x01,
    COMMAND_HOLD_ADDRESS = 0x02, /* of channel 0, in a transfer from memory to memory */
    COMMAND_OFF = 0x04,

    MODE_TYPE = 0x0c,
    MODE_VERIFY = 0x00,
    MODE_WRITE = 0x04, /* to memory */
    MODE_READ = 0x08,
    MODE_AUTO = 0x10,
    MODE_DOWN = 0x20,
    MODE_KIND = 0xc0,
    MODE_CASCADE = 0xc0,

    /* Registers of a controller behind the eight of addresses and counts. */
    REG_COMMAND = 8, /* read: status */
    REG_REQUEST = 9,
    REG_MASK_BIT = 10,
    REG_MODE = 11,
    REG_FLIP_FLOP = 12,
    REG_MASTER_CLEAR = 13, /* read: temporary register */
    REG_CLEAR_MASK = 14,
    REG_MASK = 15,
};

/* Which of ports 80h-8fh is a channel's page register. */
static const uint8_t page_register[8] = { 7, 3, 1, 2, 15, 11, 9, 10 };

static bool is_wide(unsigned channel)
{
    return channel >= 4;
}

/* The physical address of the channel's next transfer. */
static uint32_t address_of(const struct dma *dma, unsigned channel)
{
    uint32_t page = dma->page[page_register[channel]];
    uint32_t address = dma->controller[channel >> 2].channel[channel & 3].address;

    return is_wide(channel) ? (page & 0xfe) << 16 | address << 1 : page << 16 | address;
}

/* Bytes between memory and a device, upwards within what one counter reaches. */
static void copy(struct dma *dma, uint32_t address, uint8_t *bytes, uint32_t count, bool to_memory)
{
    while (count) {
        uint32_t n = space_memory_run(dma->memory, address, count);
        bool answered = n != 0;

        n = answered ? n : 1;
        if (answered && to_memory)
            space_write_block(dma->memory, address, bytes, n);
        else if (answered)
            space_read_block(dma->memory, address, bytes, n);
        else if (!to_memory)
            *bytes = 0xff;
        address += n;
        bytes += n;
        count -= n;
    }
}

/* After `n` transfers. True: that was the terminal count. */
static bool step(struct dma_controller *c, unsigned index, uint32_t n)
{
    struct dma_channel *ch = &c->channel[index];
    bool end = n > ch->count;

    ch->address = (uint16_t)(ch->mode & MODE_DOWN ? ch->address - n : ch->address + n);
    ch->count = (uint16_t)(ch->count - n);
    if (!end)
        return false;
    c->done |= (uint8_t)(1u << index);
    c->request &= (uint8_t) ~(1u << index);
    if (ch->mode & MODE_AUTO) {
        ch->address = ch->base_address;
        ch->count = ch->base_count;
    } else {
        c->mask |= (uint8_t)(1u << index);
    }
    return true;
}

/* As many transfers as `count` bytes make, but none after the terminal count. Returns the bytes. */
static uint32_t transfer(struct dma *dma, unsigned channel, uint8_t *bytes, uint32_t count,
                         bool to_memory, bool *end)
{
    struct dma_controller *c = &dma->controller[channel >> 2];
    struct dma_channel *ch = &c->channel[channel & 3];
    unsigned shift = is_wide(channel), unit = 1u << shift;
    uint32_t left = count >> shift;
    uint8_t type = ch->mode & MODE_TYPE;

    if (left > (uint32_t)ch->count + 1)
        left = (uint32_t)ch->count + 1;
    count = left << shift;
    while (left) {
        uint32_t n = ch->mode & MODE_DOWN ? 1 : 0x10000u - ch->address;

        n = n < left ? n : left;
        if (type == (to_memory ? MODE_WRITE : MODE_READ))
            copy(dma, address_of(dma, channel), bytes, n * unit, to_memory);
        else if (!to_memory)
            memset(bytes, 0xff, n * unit);
        bytes += n * unit;
        left -= n;
        if (step(c, channel & 3, n))
            *end = true;
    }
    return count;
}

static bool cascade_open(const struct dma *dma)
{
    const struct dma_controller *second = &dma->controller[1];

    return !(second->command & COMMAND_OFF) && !(second->mask & 1) &&
           (second->channel[0].mode & MODE_KIND) == MODE_CASCADE;
}

static bool is_running(const struct dma *dma, unsigned channel)
{
    return !(dma->controller[channel >> 2].command & COMMAND_OFF) &&
           (is_wide(channel) || cascade_open(dma));
}

bool dma_ready(const struct dma *dma, unsigned channel, bool to_memory)
{
    const struct dma_controller *c = &dma->controller[channel >> 2];
    uint8_t mode = c->channel[channel & 3].mode, type = mode & MODE_TYPE;

    return is_running(dma, channel) && !(c->mask & 1u << (channel & 3)) &&
           (mode & MODE_KIND) != MODE_CASCADE &&
           (type == MODE_VERIFY || type == (to_memory ? MODE_WRITE : MODE_READ));
}

uint32_t dma_move(struct dma *dma, unsigned channel, uint8_t *bytes, uint32_t count, bool to_memory,
                  bool *end)
{
    *end = false;
    return dma_ready(dma, channel, to_memory) ? transfer(dma, channel, bytes, count, to_memory, end)
                                              : 0;
}

void dma_set_request(void *owner, unsigned channel, bool level)
{
    struct dma_controller *c = &((struct dma *)owner)->controller[channel >> 2];
    uint8_t bit = (uint8_t)(1u << (channel & 3));

    c->dreq = level ? c->dreq | bit : c->dreq & (uint8_t)~bit;
}

/* Channel 0 reads, channel 1 writes and counts: the whole block at once. */
static void move_memory(struct dma *dma)
{
    struct dma_controller *c = &dma->controller[0];
    bool end = false;

    while (!end) {
        copy(dma, address_of(dma, 0), &c->temporary, 1, false);
        copy(dma, address_of(dma, 1), &c->temporary, 1, true);
        if (!(c->command & COMMAND_HOLD_ADDRESS))
            step(c, 0, 1);
        end = step(c, 1, 1);
    }
    c->request &= ~1;
}

/* A request by software, which no mask holds back. Nobody drives the data lines: they read FFh. */
static void software_request(struct dma *dma, unsigned channel)
{
    struct dma_controller *c = &dma->controller[channel >> 2];
    uint8_t mode = c->channel[channel & 3].mode;
    uint8_t bytes[2] = { 0xff, 0xff };
    bool end = false;

    if (!is_running(dma, channel))
        return;
    if (channel == 0 && c->command & COMMAND_MEMORY_TO_MEMORY) {
        move_memory(dma);
        return;
    }
    if ((mode & MODE_KIND) == MODE_CASCADE)
        return;
    while (!end) {
        transfer(dma, channel, bytes, is_wide(channel) ? 2 : 1, (mode & MODE_TYPE) != MODE_READ,
                 &end);
        bytes[0] = bytes[1] = 0xff;
    }
}

static void master_clear(struct dma_controller *c)
{
    c->command = 0;
    c->done = 0;
    c->request = 0;
    c->temporary = 0;
    c->high_byte = false;
    c->mask = 0x0f;
}

static void write_half(struct dma_controller *c, uint16_t *base, uint16_t *current, uint8_t value)
{
    *base = c->high_byte ? (uint16_t)((*base & 0x00ff) | value << 8)
                         : (uint16_t)((*base & 0xff00) | value);
    *current = *base;
    c->high_byte = !c->high_byte;
}

static void write_register(struct dma *dma, unsigned chip, unsigned reg, uint8_t value)
{
    struct dma_controller *c = &dma->controller[chip];
    struct dma_channel *ch = &c->channel[reg >> 1 & 3];
    uint8_t bit = (uint8_t)(1u << (value & 3));

    switch (reg) {
    case REG_COMMAND:
        c->command = value;
        break;
    case REG_REQUEST:
        c->request = value & 4 ? c->request | bit : c->request & (uint8_t)~bit;
        if (value & 4)
            software_request(dma, chip * 4 + (value & 3));
        break;
    case REG_MASK_BIT:
        c->mask = value & 4 ? c->mask | bit : c->mask & (uint8_t)~bit;
        break;
    case REG_MODE:
        c->channel[value & 3].mode = value & 0xfc;
        break;
    case REG_FLIP_FLOP:
        c->high_byte = false;
        break;
    case REG_MASTER_CLEAR:
        master_clear(c);
        break;
    case REG_CLEAR_MASK:
        c->mask = 0;
        break;
    case REG_MASK:
        c->mask = value & 0x0f;
        break;
    default:
        if (reg & 1)
            write_half(c, &ch->base_count, &ch->count, value);
        else
            write_half(c, &ch->base_address, &ch->address, value);
    }
}

static uint8_t peek_register(const struct dma_controller *c, unsigned reg)
{
    const struct dma_channel *ch = &c->channel[reg >> 1 & 3];
    uint16_t value;

    switch (reg) {
    case REG_COMMAND:
        return (uint8_t)((c->dreq | c->request) << 4 | c->done);
    case REG_MASTER_CLEAR:
        return c->temporary;
    case REG_MASK:
        return c->mask;
    case REG_REQUEST ... REG_FLIP_FLOP:
    case REG_CLEAR_MASK:
        return 0xff;
    default:
        value = reg & 1 ? ch->count : ch->address;
        return (uint8_t)(c->high_byte ? value >> 8 : value);
    }
}

static uint8_t read_register(struct dma_controller *c, unsigned reg)
{
    uint8_t value = peek_register(c, reg);

    if (reg == REG_COMMAND)
        c->done = 0;
    else if (reg < REG_COMMAND)
        c->high_byte = !c->high_byte;
    return value;
}

/* The second controller is wired one address line higher. */
static unsigned chip_of(uint64_t port)
{
    return port >= 0xc0;
}

static unsigned register_of(uint64_t port)
{
    return (unsigned)(chip_of(port) ? port >> 1 : port) & 15;
}

static void dma_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    write_register(owner, chip_of(port), register_of(port), (uint8_t)value);
}

static uint64_t dma_read(void *owner, uint64_t port, unsigned size UNUSED)
{
    return read_register(&((struct dma *)owner)->controller[chip_of(port)], register_of(port));
}

static uint64_t dma_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    return peek_register(&((const struct dma *)owner)->controller[chip_of(port)],
                         register_of(port));
}

static void page_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    ((struct dma *)owner)->page[port & 15] = (uint8_t)value;
}

static uint64_t page_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    return ((const struct dma *)owner)->page[port & 15];
}

static uint64_t page_read(void *owner, uint64_t port, unsigned size)
{
    return page_peek(owner, port, size);
}

/* clang-format off */
static const struct io_range dma_ports[] = {
    { 0x00, 16, IO_8, dma_read,  dma_write,  "8237A channels 0-3", dma_peek },
    { 0x80, 16, IO_8, page_read, page_write, "DMA page registers; 80h: POST code", page_peek },
    { 0xc0, 32, IO_8, dma_read,  dma_write,  "8237A channels 4-7", dma_peek },
    { 0 },
};

#define CHANNEL_ROWS(c, n)                                                                         \
    FIELD(struct dma, controller[c].channel[n].base_address, FMT_HEX, "base address"),             \
    FIELD(struct dma, controller[c].channel[n].base_count,   FMT_HEX, "base count"),               \
    FIELD(struct dma, controller[c].channel[n].address,      FMT_HEX, "address"),                  \
    FIELD(struct dma, controller[c].channel[n].count,        FMT_HEX, "transfers left, minus 1"),  \
    FIELD(struct dma, controller[c].channel[n].mode,         FMT_HEX,                              \
          "7-6 demand, single, block, cascade; 5 down; 4 auto; 3-2 verify, write, read")

#define CONTROLLER_ROWS(c)                                                                         \
    CHANNEL_ROWS(c, 0), CHANNEL_ROWS(c, 1), CHANNEL_ROWS(c, 2), CHANNEL_ROWS(c, 3),                \
    FIELD(struct dma, controller[c].command,   FMT_HEX,  "command: 0 memory to memory, 2 off"),    \
    FIELD(struct dma, controller[c].done,      FMT_HEX,  "channels at their terminal count"),      \
    FIELD(struct dma, controller[c].dreq,      FMT_HEX,  "request lines"),                         \
    FIELD(struct dma, controller[c].request,   FMT_HEX,  "requests by software"),                  \
    FIELD(struct dma, controller[c].mask,      FMT_HEX,  "channels that are masked"),              \
    FIELD(struct dma, controller[c].temporary, FMT_HEX,  "last byte from memory to memory"),       \
    FIELD(struct dma, controller[c].high_byte, FMT_BOOL, "the next access is the high byte")

static const struct field dma_fields[] = {
    NOT_SAVED(struct dma, dev, "device"),
    CONTROLLER_ROWS(0),
    CONTROLLER_ROWS(1),
    FIELD(struct dma, page, FMT_BYTES, "page registers, ports 80h-8fh"),
    NOT_SAVED(struct dma, memory, "memory"),
    { 0 },
};
/* clang-format on */

static void dma_reset(struct device *dev, enum reset kind UNUSED)
{
    struct dma *dma = (struct dma *)dev;
    uint8_t lines[2] = { dma->controller[0].dreq, dma->controller[1].dreq };

    memset(dma->controller, 0, sizeof dma->controller);
    memset(dma->page, 0, sizeof dma->page);
    for (unsigned i = 0; i < 2; i++) {
        master_clear(&dma->controller[i]);
        dma->controller[i].dreq = lines[i]; /* the devices' */
    }
}

static void describe_channel(const struct dma *dma, unsigned channel, struct out *out)
{
    static const char *const kinds[] = { "demand", "single", "block", "cascade" };
    static const char *const types[] = { "verify", "to memory", "from memory", "no type" };
    const struct dma_controller *c = &dma->controller[channel >> 2];
    const struct dma_channel *ch = &c->channel[channel & 3];
    uint8_t bit = (uint8_t)(1u << (channel & 3));

    out_printf(out, "channel %u: ", channel);
    if ((ch->mode & MODE_KIND) == MODE_CASCADE)
        out_text(out, "cascade");
    else
        out_printf(out, "%s %s at 0x%06x, %u %s left, %s%s", kinds[ch->mode >> 6 & 3],
                   types[ch->mode >> 2 & 3], address_of(dma, channel), ch->count + 1u,
                   is_wide(channel) ? "words" : "bytes", ch->mode & MODE_DOWN ? "down" : "up",
                   ch->mode & MODE_AUTO ? ", then anew" : "");
    out_printf(out, "%s%s%s\n", c->mask & bit ? ", masked" : "",
               (c->dreq | c->request) & bit ? ", requested" : "",
               c->done & bit ? ", terminal count reached" : "");
}

static void dma_describe(const struct device *dev, struct out *out)
{
    const struct dma *dma = (const struct dma *)dev;

    for (unsigned i = 0; i < 2; i++) {
        const struct dma_controller *c = &dma->controller[i];

        out_printf(out, "channels %u-%u: %s%s, next byte of a register is the %s one\n", i * 4,
                   i * 4 + 3, c->command & COMMAND_OFF ? "off" : "on",
                   c->command & COMMAND_MEMORY_TO_MEMORY ? ", memory to memory" : "",
                   c->high_byte ? "high" : "low");
    }
    for (unsigned channel = 0; channel < 8; channel++)
        describe_channel(dma, channel, out);
    out_printf(out, "POST code (port 80h): 0x%02x\n", dma->page[0]);
}

const struct device_class dma_class = {
    .name = "dma",
    .title = "8237A DMA controllers",
    .size = sizeof(struct dma),
    .ports = dma_ports,
    .fields = dma_fields,
    .reset = dma_reset,
    .describe = dma_describe,
};
