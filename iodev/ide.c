/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/ide.c - registers of the IDE channels, and their bus masters. A PRD may name any address: data
 * goes to and comes from RAM and ROM only. Where there is neither, nobody answers on the bus: the
 * transfer ends with the error bit, as after a master abort. Sources: Intel 82371SB (PIIX3) data
 * sheet, "IDE Configuration" and "PCI Bus Master IDE Registers"; SFF-8038i; ATA/ATAPI-6 (T13/1410D),
 * "Device 0 only configurations".
 */
#include "iodev/ide.h"

#include <inttypes.h>

#include "util/bits.h"

enum {
    BM_START = 0x01,
    BM_TO_MEMORY = 0x08,

    BM_ACTIVE = 0x01,
    BM_ERROR = 0x02,
    BM_INTERRUPT = 0x04,
    BM_CAPABLE = 0x60, /* the host remembers there which drives can */

    PRD_LAST = 0x80,

    NOBODY = 0x7f,      /* what a cable without drives reads as: one line of it is pulled down */
    DEVICE_CONTROL = 8, /* index besides the eight of enum ata_register */

    REG_TIMING = 0x40,
    TIMING_DECODE = 0x80, /* in its upper byte */
};

static struct ata_drive *selected(const struct ide_channel *channel)
{
    return channel->drive[channel->device & ATA_DEV1 ? 1 : 0];
}

/* The line is driven by the selected drive, if the host lets it. */
static void update_line(struct ide_channel *channel)
{
    const struct ata_drive *drive = selected(channel);
    bool level = drive && drive->intrq && !(channel->control & ATA_NIEN);

    if (level == channel->line)
        return;
    channel->line = level;
    if (level)
        channel->bm_status |= BM_INTERRUPT;
    irq_set(&channel->irq, level);
}

static void intrq_changed(void *context)
{
    update_line(context);
}

/* The bus master */

static bool dma_ready(void *context, bool to_memory)
{
    const struct ide_channel *channel = context;

    return channel->bm_command & BM_START && channel->bm_status & BM_ACTIVE &&
           !(channel->bm_command & BM_TO_MEMORY) == !to_memory && pci_is_master(&channel->ide->pci);
}

/* Nothing goes on until the host starts anew. */
static void stop(struct ide_channel *channel, uint8_t status)
{
    channel->bm_status = (uint8_t)((channel->bm_status | status) & ~BM_ACTIVE);
}

static bool next_region(struct ide_channel *channel)
{
    uint8_t entry[8];
    uint32_t count;

    if (channel->prd_last) {
        stop(channel, 0);
        return false;
    }
    if (!pci_dma_read(&channel->ide->pci, channel->prd_next, entry, sizeof entry)) {
        stop(channel, BM_ERROR);
        return false;
    }
    channel->prd_next += sizeof entry;
    count = load_le16(entry + 4) & 0xfffeu;
    channel->prd_address = load_le32(entry) & ~1u;
    channel->prd_left = count ? count : KIB(64);
    channel->prd_last = entry[7] & PRD_LAST;
    return true;
}

static uint32_t dma_move(void *context, uint8_t *bytes, uint32_t count, bool to_memory)
{
    struct ide_channel *channel = context;
    uint32_t done = 0;

    while (done < count && dma_ready(channel, to_memory)) {
        uint32_t n = count - done;

        if (!channel->prd_left && !next_region(channel))
            break;
        n = n < channel->prd_left ? n : channel->prd_left;
        n = (uint32_t)pci_memory_run(channel->ide->pci.wiring.bus, channel->prd_address, n);
        if (!n) {
            stop(channel, BM_ERROR);
            break;
        }
        if (to_memory)
            space_write_block(channel->memory, channel->prd_address, bytes + done, n);
        else
            space_read_block(channel->memory, channel->prd_address, bytes + done, n);
        channel->prd_address += n;
        channel->prd_left -= n;
        done += n;
    }
    if (!channel->prd_left && channel->prd_last)
        stop(channel, 0);
    return done;
}

static void kick(struct ide_channel *channel)
{
    for (unsigned i = 0; i < 2; i++) {
        if (channel->drive[i])
            ata_dma_kick(channel->drive[i]);
    }
}

static void bm_write_command(struct ide_channel *channel, uint8_t value)
{
    uint8_t old = channel->bm_command;

    /* The direction stays as it is while a transfer is on its way. */
    if (old & value & BM_START)
        value = (uint8_t)((value & ~BM_TO_MEMORY) | (old & BM_TO_MEMORY));
    channel->bm_command = value & (BM_START | BM_TO_MEMORY);
    if (!(value & BM_START)) {
        channel->bm_status &= (uint8_t)~BM_ACTIVE;
    } else if (!(old & BM_START)) {
        channel->bm_status |= BM_ACTIVE;
        channel->prd_next = channel->bm_table;
        channel->prd_left = 0;
        channel->prd_last = false;
        kick(channel);
    }
}

static uint8_t bm_read_byte(const struct ide_channel *channel, unsigned offset)
{
    switch (offset) {
    case 0:
        return channel->bm_command;
    case 2:
        return channel->bm_status;
    case 4 ... 7:
        return (uint8_t)(channel->bm_table >> (offset - 4) * 8);
    default:
        return 0;
    }
}

static void bm_write_byte(struct ide_channel *channel, unsigned offset, uint8_t value)
{
    unsigned shift = offset % 4 * 8;

    switch (offset) {
    case 0:
        bm_write_command(channel, value);
        break;
    case 2:
        channel->bm_status =
            (uint8_t)((channel->bm_status & ~BM_CAPABLE & ~(value & (BM_ERROR | BM_INTERRUPT))) |
                      (value & BM_CAPABLE));
        break;
    case 4 ... 7:
        channel->bm_table = (channel->bm_table & ~(0xffu << shift)) | (uint32_t)value << shift;
        channel->bm_table &= ~3u;
        break;
    }
}

static struct ide_channel *bm_channel(const struct ide *ide, uint64_t port)
{
    return ide->channel[port >> 3 & 1];
}

static uint64_t bm_peek(const void *owner, uint64_t port, unsigned size)
{
    const struct ide_channel *channel = bm_channel(owner, port);
    uint64_t value = 0;

    for (unsigned i = 0; i < size && channel; i++)
        value |= (uint64_t)bm_read_byte(channel, (port & 7) + i) << i * 8;
    return value;
}

static uint64_t bm_read(void *owner, uint64_t port, unsigned size)
{
    return bm_peek(owner, port, size);
}

static void bm_write(void *owner, uint64_t port, unsigned size, uint64_t value)
{
    struct ide_channel *channel = bm_channel(owner, port);

    for (unsigned i = 0; i < size && channel; i++)
        bm_write_byte(channel, (port & 7) + i, (uint8_t)(value >> i * 8));
}

/* The cable */

static uint8_t read_byte(const struct ide_channel *channel, unsigned index)
{
    const struct ata_drive *drive = selected(channel);

    if (!drive && channel->drive[0]) {
        /* Device 0 answers for the one that is not there, which is never ready. */
        if (index == ATA_STATUS)
            return 0;
        drive = channel->drive[0];
    }
    if (!drive)
        return NOBODY;
    if (index == ATA_DEVICE)
        return (uint8_t)((drive->device & ~ATA_DEV1) | (channel->device & ATA_DEV1) | 0xa0);
    return ata_read_register(drive, index, channel->control & ATA_HOB);
}

static void write_device(struct ide_channel *channel, uint8_t value)
{
    channel->device = value & 0x5f;
    update_line(channel);
}

static void write_command(struct ide_channel *channel, uint8_t value)
{
    struct ata_drive *drive = selected(channel);

    if (value == 0x90) { /* EXECUTE DEVICE DIAGNOSTIC is for both */
        for (unsigned i = 0; i < 2; i++) {
            if (channel->drive[i])
                ata_command(channel->drive[i], value);
        }
        write_device(channel, 0);
    } else if (drive) {
        ata_command(drive, value);
        update_line(channel);
    }
}

static void write_control(struct ide_channel *channel, uint8_t value)
{
    uint8_t old = channel->control;

    channel->control = value & (ATA_NIEN | ATA_SRST | ATA_HOB);
    if ((old ^ value) & ATA_SRST) {
        for (unsigned i = 0; i < 2; i++) {
            if (channel->drive[i])
                ata_soft_reset(channel->drive[i], value & ATA_SRST);
        }
        channel->device = 0;
    }
    update_line(channel);
}

static void write_byte(struct ide_channel *channel, unsigned index, uint8_t value)
{
    if (index == ATA_STATUS) {
        channel->control &= (uint8_t)~ATA_HOB;
        write_command(channel, value);
        return;
    }
    channel->control &= (uint8_t)~ATA_HOB; /* any write to the command block does that */
    if (index == ATA_DEVICE)
        write_device(channel, value);
    for (unsigned i = 0; i < 2; i++) {
        if (channel->drive[i])
            ata_write_register(channel->drive[i], index, value);
    }
}

/* 1F0h-1F7h and 3F6h, 170h-177h and 376h: bit 7 tells the channels apart. */
static struct ide_channel *channel_of(const struct ide *ide, uint64_t port)
{
    return ide->channel[port & 0x80 ? 0 : 1];
}

static uint64_t command_peek(const void *owner, uint64_t port, unsigned size)
{
    const struct ide_channel *channel = channel_of(owner, port);
    unsigned index = port & 7;
    uint64_t value = 0;

    if (!channel)
        return mask_bits(size * 8);
    if (index == ATA_DATA)
        return selected(channel) ? ata_peek_data(selected(channel), size)
                                 : NOBODY * UINT64_C(0x0101010101010101) & mask_bits(size * 8);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)read_byte(channel, index + i) << i * 8;
    return value;
}

static uint64_t command_read(void *owner, uint64_t port, unsigned size)
{
    struct ide_channel *channel = channel_of(owner, port);
    struct ata_drive *drive = channel ? selected(channel) : NULL;
    unsigned index = port & 7;
    uint64_t value;

    if (drive && index == ATA_DATA)
        return ata_read_data(drive, size);
    value = command_peek(owner, port, size);
    if (drive && index + size > ATA_STATUS) { /* reading the status answers the interrupt */
        drive->intrq = false;
        update_line(channel);
    }
    return value;
}

static void command_write(void *owner, uint64_t port, unsigned size, uint64_t value)
{
    struct ide_channel *channel = channel_of(owner, port);
    unsigned index = port & 7;

    if (!channel)
        return;
    if (index == ATA_DATA) {
        if (selected(channel))
            ata_write_data(selected(channel), size, value);
        return;
    }
    for (unsigned i = 0; i < size; i++)
        write_byte(channel, index + i, (uint8_t)(value >> i * 8));
}

static uint64_t control_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct ide_channel *channel = channel_of(owner, port);

    return channel ? read_byte(channel, ATA_STATUS) : 0xff;
}

static uint64_t control_read(void *owner, uint64_t port, unsigned size)
{
    return control_peek(owner, port, size);
}

static void control_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct ide_channel *channel = channel_of(owner, port);

    if (channel)
        write_control(channel, (uint8_t)value);
}

/* clang-format off */
static const struct io_range ide_windows[] = {
    { 0x1f0, 8, IO_8 | IO_16 | IO_32, command_read, command_write,
      "IDE primary command block: 1F0h data", command_peek },
    { 0x3f6, 1, IO_8, control_read, control_write,
      "IDE primary alternate status, device control", control_peek },
    { 0x170, 8, IO_8 | IO_16 | IO_32, command_read, command_write,
      "IDE secondary command block: 170h data", command_peek },
    { 0x376, 1, IO_8, control_read, control_write,
      "IDE secondary alternate status, device control", control_peek },
    { 0 },
};

static const struct io_range bm_row = {
    0, 16, IO_8 | IO_16 | IO_32, bm_read, bm_write, "IDE bus master: primary, from 8 secondary",
    bm_peek
};

static const struct pci_register ide_registers[] = {
    { 0x0d, 1, 0x00, 0xf0, 0, "latency timer" },
    { REG_TIMING, 2, 0x0000, 0xffff, 0, "primary timing: bit 15 its ports answer" },
    { REG_TIMING + 2, 2, 0x0000, 0xffff, 0, "secondary timing: bit 15 its ports answer" },
    { 0x44, 1, 0x00, 0xff, 0, "timing of the second drives" },
    { 0 },
};

static bool place(const struct pci_function *function, unsigned index, uint64_t *first)
{
    *first = ide_windows[index].first;
    return function->config[PCI_COMMAND] & PCI_COMMAND_IO &&
           function->config[REG_TIMING + (index < 2 ? 1 : 3)] & TIMING_DECODE;
}

/* Having become master of the bus, it goes on. */
static void written(struct pci_function *function, unsigned first UNUSED, unsigned last UNUSED)
{
    struct ide *ide = (struct ide *)function->wiring.dev;

    for (unsigned i = 0; i < 2; i++) {
        if (ide->channel[i])
            kick(ide->channel[i]);
    }
}

static const struct pci_class ide_pci = {
    .vendor = 0x8086,
    .device = 0x7010,
    .class = 0x010180, /* at the ports of old, with a bus master */
    .command_bits = 0x0005,
    .status = 0x0280,
    .registers = ide_registers,
    .bar = { [4] = { PCI_BAR_IO, 16, &bm_row } },
    .fixed = ide_windows,
    .place = place,
    .written = written,
};

static const struct field ide_fields[] = {
    NOT_SAVED(struct ide, dev, "device"),
    PCI_FIELDS(struct ide),
    NOT_SAVED(struct ide, channel, "wiring"),
    NOT_SAVED(struct ide, open, "wiring"),
    { 0 },
};

static const struct field ide_channel_fields[] = {
    NOT_SAVED(struct ide_channel, dev, "device"),
    FIELD(struct ide_channel, device,      FMT_HEX,  "device register: bit 4 who is selected"),
    FIELD(struct ide_channel, control,     FMT_HEX,  "device control: 1 nIEN, 2 SRST, 7 HOB"),
    FIELD(struct ide_channel, line,        FMT_BOOL, "level of the interrupt line"),
    FIELD(struct ide_channel, bm_command,  FMT_HEX,  "bus master command: 0 start, 3 to memory"),
    FIELD(struct ide_channel, bm_status,   FMT_HEX,  "its status: 0 active, 1 error, 2 interrupt"),
    FIELD(struct ide_channel, bm_table,    FMT_HEX,  "PRD table"),
    FIELD(struct ide_channel, prd_next,    FMT_HEX,  "next entry of it"),
    FIELD(struct ide_channel, prd_address, FMT_HEX,  "next byte of the region in hand"),
    FIELD(struct ide_channel, prd_left,    FMT_DEC,  "its bytes that are left"),
    FIELD(struct ide_channel, prd_last,    FMT_BOOL, "it is the last region"),
    NOT_SAVED(struct ide_channel, drive, "wiring"),
    NOT_SAVED(struct ide_channel, ide, "wiring"),
    NOT_SAVED(struct ide_channel, memory, "wiring"),
    NOT_SAVED(struct ide_channel, irq, "interrupt line"),
    { 0 },
};
/* clang-format on */

void ide_setup(struct ide *ide, struct ide_channel *primary, struct ide_channel *secondary,
               struct pci_bus *bus)
{
    ide->channel[0] = primary;
    ide->channel[1] = secondary;
    for (unsigned i = 0; i < 2; i++) {
        ide->channel[i]->ide = ide;
        ide->channel[i]->memory = bus->memory;
    }
    primary->dev.name = "ide0";
    secondary->dev.name = "ide1";
    pci_attach(bus, &ide->dev, &ide->pci, &ide_pci, PCI_DEVFN(1, 1));
}

void ide_plug(struct ide *ide, struct ata_drive *drive, unsigned unit, bool is_cd,
              struct block *medium)
{
    struct ide_channel *channel = ide->channel[unit >> 1 & 1];

    channel->drive[unit & 1] = drive;
    ata_setup(drive, unit, is_cd, medium,
              &(struct ata_host){ .context = channel,
                                  .intrq = intrq_changed,
                                  .dma_ready = dma_ready,
                                  .dma_move = dma_move });
}

static void ide_reset(struct device *dev, enum reset kind UNUSED)
{
    struct ide *ide = (struct ide *)dev;

    pci_reset(&ide->pci);
    if (ide->open)
        pci_config_write(&ide->pci, REG_TIMING, 4,
                         (uint32_t)TIMING_DECODE << 24 | TIMING_DECODE << 8);
}

static void ide_describe(const struct device *dev, struct out *out)
{
    const struct ide *ide = (const struct ide *)dev;

    pci_describe(&ide->pci, out);
    for (unsigned i = 0; i < 2; i++)
        out_printf(out, "%s channel %s\n", i ? "secondary" : "primary",
                   ide->pci.config[REG_TIMING + 2 * i + 1] & TIMING_DECODE ? "answers" : "shut");
}

static void ide_channel_reset(struct device *dev, enum reset kind UNUSED)
{
    struct ide_channel *channel = (struct ide_channel *)dev;

    channel->device = channel->control = 0;
    channel->bm_command = channel->bm_status = 0;
    channel->bm_table = channel->prd_next = channel->prd_address = channel->prd_left = 0;
    channel->prd_last = false;
    update_line(channel);
}

static void ide_channel_describe(const struct device *dev, struct out *out)
{
    const struct ide_channel *channel = (const struct ide_channel *)dev;

    for (unsigned i = 0; i < 2; i++) {
        const struct ata_drive *drive = channel->drive[i];

        out_printf(out, "device %u: %s%s\n", i, drive ? drive->dev.name : "none",
                   (channel->device & ATA_DEV1 ? 1u : 0u) == i ? ", selected" : "");
    }
    out_printf(out, "interrupt line %s%s%s\n", channel->line ? "asserted" : "not asserted",
               channel->control & ATA_NIEN ? ", shut by nIEN" : "",
               channel->control & ATA_SRST ? "; the drives are held in reset" : "");
    out_printf(out, "bus master %s, %s%s%s%s; PRD table 0x%08" PRIx32 "\n",
               channel->bm_command & BM_START ? "started" : "stopped",
               channel->bm_command & BM_TO_MEMORY ? "to memory" : "from memory",
               channel->bm_status & BM_ACTIVE ? ", active" : "",
               channel->bm_status & BM_ERROR ? ", error" : "",
               channel->bm_status & BM_INTERRUPT ? ", interrupt" : "", channel->bm_table);
    if (channel->bm_status & BM_ACTIVE)
        out_printf(out, "next byte at 0x%08" PRIx32 ", %" PRIu32 " left in the region%s\n",
                   channel->prd_address, channel->prd_left, channel->prd_last ? ", the last" : "");
}

const struct device_class ide_class = {
    .name = "ide",
    .title = "82371SB (PIIX3) IDE function",
    .size = sizeof(struct ide),
    .fields = ide_fields,
    .reset = ide_reset,
    .describe = ide_describe,
};

const struct device_class ide_channel_class = {
    .name = "ide_channel",
    .title = "IDE channel and its bus master",
    .size = sizeof(struct ide_channel),
    .fields = ide_channel_fields,
    .reset = ide_channel_reset,
    .describe = ide_channel_describe,
};
