/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/i440fx.c - 82441FX host bridge. What it says of the timing of DRAM is kept and means nothing.
 * D_CLS of the SMRAM register (data of system-management mode go to the VGA, its code to RAM) is
 * kept, too: here both go the same way. Source: Intel 82441FX (PMC) data sheet, "PAM" and "SMRAM".
 */
#include "iodev/i440fx.h"

#include <assert.h>
#include <stdlib.h>

#include "util/bits.h"

enum {
    REG_PAM = 0x59, /* seven registers; the first has F0000h in its upper half */
    REG_SMRAM = 0x72,

    PAM_READ = 1,
    PAM_WRITE = 2,

    SMRAM_ENABLED = 0x08, /* G_SMRAME */
    SMRAM_LOCKED = 0x10,  /* D_LCK */
    SMRAM_CLOSED = 0x20,  /* D_CLS */
    SMRAM_OPEN = 0x40,    /* D_OPEN */
};

/* Attribute bits of a piece of 16 KiB. */
static unsigned attribute_of(const struct i440fx *bridge, unsigned piece)
{
    const uint8_t *pam = &bridge->pci.config[REG_PAM];

    if (piece >= 12)
        return pam[0] >> 4 & 3;
    return pam[1 + piece / 2] >> (piece & 1 ? 4 : 0) & 3;
}

/* Show pieces from..to-1, which are of one kind. */
static void map_run(struct i440fx *bridge, unsigned from, unsigned to)
{
    uint64_t first = I440FX_PAM_FIRST + (uint64_t)from * I440FX_PAM_PIECE;
    uint64_t bytes = (uint64_t)(to - from) * I440FX_PAM_PIECE;
    /* Nothing writes through these ranges: a plain ROM has no way, the other's goes to RAM. */
    uint8_t *rom = (uint8_t *)(uintptr_t)bridge->rom[from];

    switch (bridge->attribute[from]) {
    case PAM_READ | PAM_WRITE:
        space_add_ram(bridge->memory, first, bytes, first);
        break;
    case PAM_READ:
        space_add_ram_protected(bridge->memory, first, bytes, first);
        break;
    case PAM_WRITE:
        space_add_rom_over_ram(bridge->memory, first, bytes, rom ? rom : bridge->blank, first,
                               rom ? "bios" : "nothing");
        break;
    default:
        space_remove(bridge->memory, first, bytes);
        if (rom)
            space_add_rom(bridge->memory, first, bytes, rom, "bios");
    }
}

/* Do two neighbours make one range? */
static bool belong_together(const struct i440fx *bridge, unsigned piece)
{
    const uint8_t *rom = bridge->rom[piece], *next = bridge->rom[piece + 1];

    if (bridge->attribute[piece] != bridge->attribute[piece + 1])
        return false;
    if (bridge->attribute[piece] & PAM_READ)
        return true;
    return rom && next ? next == rom + I440FX_PAM_PIECE : rom == next;
}

static void map_pam(struct i440fx *bridge, bool all)
{
    unsigned low = I440FX_PAM_PIECES, high = 0;

    if (!bridge->memory)
        return;
    for (unsigned piece = 0; piece < I440FX_PAM_PIECES; piece++) {
        unsigned now = attribute_of(bridge, piece);

        if (now == bridge->attribute[piece] && !all)
            continue;
        bridge->attribute[piece] = (uint8_t)now;
        low = piece < low ? piece : low;
        high = piece + 1;
    }
    if (low >= high)
        return;
    for (unsigned piece = 0, from = 0; piece < I440FX_PAM_PIECES; piece++) {
        if (piece + 1 < I440FX_PAM_PIECES && belong_together(bridge, piece))
            continue;
        map_run(bridge, from, piece + 1);
        from = piece + 1;
    }
    pci_map(bridge->pci.wiring.bus, true); /* where nothing is, a window may be */
    if (bridge->memory_changed)
        bridge->memory_changed(bridge->context, I440FX_PAM_FIRST + (uint64_t)low * I440FX_PAM_PIECE,
                               (uint64_t)(high - low) * I440FX_PAM_PIECE);
}

static void map_smram(struct i440fx *bridge)
{
    uint8_t smram = bridge->pci.config[REG_SMRAM];
    bool shown = smram & SMRAM_ENABLED && (bridge->smm || smram & SMRAM_OPEN);

    if (shown == bridge->smram_shown)
        return;
    bridge->smram_shown = shown;
    if (bridge->show_smram)
        bridge->show_smram(bridge->context, shown);
}

void i440fx_set_smm(struct i440fx *bridge, bool active)
{
    bridge->smm = active;
    map_smram(bridge);
}

static void written(struct pci_function *function, unsigned first, unsigned last)
{
    struct i440fx *bridge = (struct i440fx *)function->wiring.dev;
    uint8_t *smram = &function->config[REG_SMRAM];

    if (first <= REG_SMRAM && last >= REG_SMRAM && *smram & SMRAM_LOCKED) {
        *smram &= (uint8_t)~SMRAM_OPEN;
        /* From now on only D_CLS can be changed, until the next reset. */
        function->wiring.writable[REG_SMRAM] = SMRAM_CLOSED;
    }
    map_pam(bridge, false);
    map_smram(bridge);
}

/* clang-format off */
static const struct pci_register i440fx_registers[] = {
    { 0x0d, 1, 0x00,   0xf8,   0, "latency timer" },
    { 0x50, 2, 0x0000, 0xffff, 0, "PMC configuration" },
    { 0x52, 1, 0x00,   0xff,   0, "deturbo counter" },
    { 0x53, 1, 0x83,   0xff,   0, "DBX buffer control" },
    { 0x54, 1, 0x00,   0xff,   0, "auxiliary control" },
    { 0x55, 2, 0x0000, 0xffff, 0, "DRAM row types" },
    { 0x57, 1, 0x01,   0xff,   0, "DRAM control" },
    { 0x58, 1, 0x10,   0xff,   0, "DRAM timing" },
    { 0x59, 1, 0x00,   0x30,   0, "PAM 0: F0000h-FFFFFh" },
    { 0x5a, 1, 0x00,   0x33,   0, "PAM 1: C0000h-C7FFFh" },
    { 0x5b, 1, 0x00,   0x33,   0, "PAM 2: C8000h-CFFFFh" },
    { 0x5c, 1, 0x00,   0x33,   0, "PAM 3: D0000h-D7FFFh" },
    { 0x5d, 1, 0x00,   0x33,   0, "PAM 4: D8000h-DFFFFh" },
    { 0x5e, 1, 0x00,   0x33,   0, "PAM 5: E0000h-E7FFFh" },
    { 0x5f, 1, 0x00,   0x33,   0, "PAM 6: E8000h-EFFFFh" },
    { 0x60, 4, 0x01010101, 0xffffffff, 0, "DRAM row boundaries" },
    { 0x64, 4, 0x01010101, 0xffffffff, 0, "DRAM row boundaries" },
    { 0x68, 1, 0x00,   0xc0,   0, "fixed DRAM hole" },
    { 0x70, 1, 0x00,   0xff,   0, "multi-transaction timer" },
    { 0x71, 1, 0x10,   0x1f,   0, "processor latency timer" },
    { 0x72, 1, 0x02,   0x78,   0, "SMRAM control" },
    { 0x90, 1, 0x00,   0xff,   0, "error command" },
    { 0x91, 1, 0x00,   0x00,   0x13, "error status" },
    { 0x93, 1, 0x00,   0xff,   0, "turbo reset control" },
    { 0 },
};

static const struct pci_class i440fx_pci = {
    .vendor = 0x8086,
    .device = 0x1237,
    .revision = 2,
    .class = 0x060000,
    .command = 0x0006,
    .command_bits = 0x0140,
    .status = 0x0280,
    .registers = i440fx_registers,
    .written = written,
};

static const struct field i440fx_fields[] = {
    NOT_SAVED(struct i440fx, dev, "device"),
    PCI_FIELDS(struct i440fx),
    NOT_SAVED(struct i440fx, smm, "the processor says so: cpu_rebuild()"),
    NOT_SAVED(struct i440fx, smram_shown, "by the SMRAM register and the mode"),
    NOT_SAVED(struct i440fx, attribute, "by the PAM registers"),
    NOT_SAVED(struct i440fx, rom, "wiring"),
    NOT_SAVED(struct i440fx, blank, "wiring"),
    NOT_SAVED(struct i440fx, memory, "wiring"),
    NOT_SAVED(struct i440fx, show_smram, "wiring"),
    NOT_SAVED(struct i440fx, memory_changed, "wiring"),
    NOT_SAVED(struct i440fx, context, "wiring"),
    { 0 },
};
/* clang-format on */

void i440fx_setup(struct i440fx *bridge, struct pci_bus *bus)
{
    bridge->memory = bus->memory;
    pci_attach(bus, &bridge->dev, &bridge->pci, &i440fx_pci, PCI_DEVFN(0, 0));
}

void i440fx_set_rom(struct i440fx *bridge, uint32_t first, uint32_t bytes, const uint8_t *rom)
{
    assert(first >= I440FX_PAM_FIRST && first % I440FX_PAM_PIECE == 0 &&
           bytes % I440FX_PAM_PIECE == 0 &&
           bytes <= I440FX_PAM_FIRST + I440FX_PAM_PIECES * I440FX_PAM_PIECE - first);
    for (uint32_t done = 0; done < bytes; done += I440FX_PAM_PIECE)
        bridge->rom[(first + done - I440FX_PAM_FIRST) / I440FX_PAM_PIECE] = rom + done;
}

static void i440fx_init(struct device *dev)
{
    struct i440fx *bridge = (struct i440fx *)dev;
    size_t bytes = (size_t)I440FX_PAM_PIECES * I440FX_PAM_PIECE;

    bridge->blank = xcalloc(1, bytes);
    memset(bridge->blank, 0xff, bytes);
}

static void i440fx_destroy(struct device *dev)
{
    free(((struct i440fx *)dev)->blank);
}

/* What can be written depends on the lock. */
static void set_lock(struct i440fx *bridge)
{
    bool locked = bridge->pci.config[REG_SMRAM] & SMRAM_LOCKED;

    bridge->pci.wiring.writable[REG_SMRAM] =
        locked ? SMRAM_CLOSED : SMRAM_ENABLED | SMRAM_LOCKED | SMRAM_CLOSED | SMRAM_OPEN;
}

static void i440fx_reset(struct device *dev, enum reset kind UNUSED)
{
    struct i440fx *bridge = (struct i440fx *)dev;

    pci_reset(&bridge->pci);
    set_lock(bridge);
    map_pam(bridge, true);
    map_smram(bridge);
}

static void i440fx_restored(struct device *dev)
{
    struct i440fx *bridge = (struct i440fx *)dev;

    set_lock(bridge);
    map_pam(bridge, true); /* all: RAM that looks like ROM has changed without anybody's notice */
    map_smram(bridge);
}

static void i440fx_describe(const struct device *dev, struct out *out)
{
    static const char *const words[] = { "the bus (ROM)", "RAM, protected",
                                         "the bus; writes go to RAM", "RAM" };
    const struct i440fx *bridge = (const struct i440fx *)dev;
    uint8_t smram = bridge->pci.config[REG_SMRAM];

    pci_describe(&bridge->pci, out);
    for (unsigned piece = 0, from = 0; piece < I440FX_PAM_PIECES; piece++) {
        unsigned attribute = attribute_of(bridge, piece);

        if (piece + 1 < I440FX_PAM_PIECES && attribute == attribute_of(bridge, piece + 1))
            continue;
        out_printf(out, "%05x-%05x %s\n", I440FX_PAM_FIRST + from * I440FX_PAM_PIECE,
                   I440FX_PAM_FIRST + (piece + 1) * I440FX_PAM_PIECE - 1, words[attribute]);
        from = piece + 1;
    }
    out_printf(out, "SMRAM at a0000 0x%02x: %s%s%s\n", smram,
               !(smram & SMRAM_ENABLED) ? "off"
               : smram & SMRAM_OPEN     ? "open to all"
                                        : "for system-management mode",
               smram & SMRAM_LOCKED ? ", locked" : "", bridge->smram_shown ? ", shown now" : "");
}

const struct device_class i440fx_class = {
    .name = "i440fx",
    .title = "82441FX host bridge: shadow RAM and SMRAM",
    .size = sizeof(struct i440fx),
    .fields = i440fx_fields,
    .init = i440fx_init,
    .reset = i440fx_reset,
    .describe = i440fx_describe,
    .restored = i440fx_restored,
    .destroy = i440fx_destroy,
};
