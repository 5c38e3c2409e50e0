/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/pci.c - the PCI bus behind a host bridge. A window never covers what is there already: RAM
 * and the board's own devices answer first, as they do on the real board, where nothing that they
 * claim reaches the bus. So the map is a function of the configuration spaces alone, and is made
 * anew when one of them changes. Source: PCI Local Bus Specification 2.1, chapters 3 and 6.
 */
#include "iodev/pci.h"

#include <assert.h>
#include <inttypes.h>

#include "util/bits.h"

#define ADDRESS_ENABLE UINT32_C(0x80000000)
#define ADDRESS_BITS UINT32_C(0x80fffffc)
#define ROM_ENABLE 1u

static unsigned bar_offset(unsigned index)
{
    return index == PCI_ROM ? PCI_ROM_BASE : PCI_BAR0 + index * 4;
}

/* The bits of a BAR that say what it is. */
static uint32_t bar_type_bits(const struct pci_bar *bar)
{
    return bar->type & PCI_BAR_IO ? 3 : 15;
}

static uint16_t command(const struct pci_function *function)
{
    return load_le16(&function->config[PCI_COMMAND]);
}

bool pci_is_master(const struct pci_function *function)
{
    return command(function) & PCI_COMMAND_MASTER;
}

/* Of a BAR: the class's, and of a ROM the card's own. */
static uint32_t bar_bytes(const struct pci_function *function, unsigned index)
{
    return index == PCI_ROM ? function->wiring.rom_bytes : function->wiring.class->bar[index].bytes;
}

bool pci_bar_base(const struct pci_function *function, unsigned index, uint64_t *first)
{
    const struct pci_class *class = function->wiring.class;
    uint32_t value = load_le32(&function->config[bar_offset(index)]);
    uint32_t bytes = bar_bytes(function, index), base = value & ~(bytes - 1);
    bool io = index != PCI_ROM && class->bar[index].type & PCI_BAR_IO;
    bool alone = index == PCI_ROM && class->rom_alone;

    if (!bytes || !base)
        return false;
    if (!alone && !(command(function) & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
        return false;
    if (index == PCI_ROM && !(value & ROM_ENABLE))
        return false;
    if (io && base > UINT16_MAX) /* the processor has no such port */
        return false;
    *first = base;
    return true;
}

uint64_t pci_memory_run(const struct pci_bus *bus, uint64_t address, uint64_t bytes)
{
    const struct range *range = space_find(bus->memory, address);

    if (!range || range->kind == RANGE_DEVICE || !bytes)
        return 0;
    return range->last - address < bytes - 1 ? range->last - address + 1 : bytes;
}

bool pci_dma_read(const struct pci_function *function, uint64_t address, void *to, size_t bytes)
{
    const struct pci_bus *bus = function->wiring.bus;
    uint8_t *at = to;

    while (bytes) {
        size_t n = (size_t)pci_memory_run(bus, address, bytes);

        if (!n) {
            memset(at, 0xff, bytes);
            return false;
        }
        space_read_block(bus->memory, address, at, n);
        address += n;
        at += n;
        bytes -= n;
    }
    return true;
}

bool pci_dma_write(const struct pci_function *function, uint64_t address, const void *from,
                   size_t bytes)
{
    const struct pci_bus *bus = function->wiring.bus;
    const uint8_t *at = from;

    while (bytes) {
        size_t n = (size_t)pci_memory_run(bus, address, bytes);

        if (!n)
            return false;
        space_write_block(bus->memory, address, at, n);
        address += n;
        at += n;
        bytes -= n;
    }
    return true;
}

static bool window_place(const struct pci_function *function, unsigned index, uint64_t *first)
{
    const struct pci_class *class = function->wiring.class;

    if (!function->wiring.window[index].row.count)
        return false;
    if (index < PCI_BARS)
        return pci_bar_base(function, index, first);
    return class->place(function, index - PCI_BARS, first);
}

static bool is_rom(unsigned index)
{
    return index == PCI_ROM;
}

static void memory_changed(struct pci_bus *bus, const struct pci_window *window)
{
    if (bus->memory_changed)
        bus->memory_changed(bus->context, window->row.first, window->row.count);
}

static void hide(struct pci_bus *bus, struct pci_window *window, unsigned index)
{
    if (!window->shown)
        return;
    space_remove_row(window->space, &window->row);
    window->shown = false;
    if (is_rom(index))
        memory_changed(bus, window);
}

static void show(struct pci_bus *bus, struct pci_function *function, unsigned index, uint64_t first)
{
    struct pci_window *window = &function->wiring.window[index];
    const char *name = function->wiring.dev->name;

    window->row.first = first;
    window->shown = true;
    if (is_rom(index)) {
        /* Nothing writes through a plain ROM range. */
        space_fill_rom(window->space, &window->row, (uint8_t *)(uintptr_t)function->wiring.rom,
                       name);
        memory_changed(bus, window);
    } else {
        space_fill_device(window->space, &window->row, function->wiring.dev, name);
    }
}

static bool is_right(const struct pci_function *function, unsigned index)
{
    const struct pci_window *window = &function->wiring.window[index];
    uint64_t first = 0;
    bool wanted = window_place(function, index, &first);

    return wanted == window->shown && (!wanted || first == window->row.first);
}

static bool all_right(const struct pci_bus *bus)
{
    for (unsigned f = 0; f < bus->count; f++) {
        for (unsigned w = 0; w < PCI_WINDOWS; w++) {
            if (!is_right(bus->function[f], w))
                return false;
        }
    }
    return true;
}

void pci_map(struct pci_bus *bus, bool all)
{
    if (!all && all_right(bus))
        return;
    for (unsigned f = 0; f < bus->count; f++) {
        for (unsigned w = 0; w < PCI_WINDOWS; w++)
            hide(bus, &bus->function[f]->wiring.window[w], w);
    }
    for (unsigned f = 0; f < bus->count; f++) {
        for (unsigned w = 0; w < PCI_WINDOWS; w++) {
            uint64_t first;

            if (window_place(bus->function[f], w, &first))
                show(bus, bus->function[f], w, first);
        }
    }
}

/* Slot 1's INTA# is PIRQ A, and each further slot begins with the next: the wiring of 440FX boards. */
static unsigned pirq_of(const struct pci_function *function)
{
    return (unsigned)((function->wiring.devfn >> 3) - 1 + function->wiring.class->pin - 1) %
           PCI_PINS;
}

/* Drive the four lines by what all functions assert. */
static void update_pins(struct pci_bus *bus)
{
    unsigned pins = 0, changed;

    for (unsigned f = 0; f < bus->count; f++) {
        struct pci_function *function = bus->function[f];

        if (function->intx && function->wiring.class->pin &&
            !(command(function) & PCI_COMMAND_NO_INTX))
            pins |= 1u << pirq_of(function);
    }
    changed = pins ^ bus->pins;
    bus->pins = (uint8_t)pins;
    for (unsigned n = 0; n < PCI_PINS; n++) {
        if (changed >> n & 1)
            irq_set(&bus->pirq[n], pins >> n & 1);
    }
}

void pci_set_intx(struct pci_function *function, bool level)
{
    if (function->intx == level)
        return;
    function->intx = level;
    if (function->wiring.bus)
        update_pins(function->wiring.bus);
}

uint32_t pci_config_read(const struct pci_function *function, unsigned offset, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = function->config[offset + i];

        if (offset + i == PCI_STATUS && function->intx)
            byte |= PCI_STATUS_INTX;
        value |= (uint32_t)byte << i * 8;
    }
    return value;
}

void pci_config_write(struct pci_function *function, unsigned offset, unsigned size, uint32_t value)
{
    struct pci_wiring *wiring = &function->wiring;

    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> i * 8), *old = &function->config[offset + i];
        uint8_t mask = wiring->writable[offset + i];

        *old = (uint8_t)(((*old & ~mask) | (byte & mask)) & ~(byte & wiring->clears[offset + i]));
    }
    if (wiring->class->written)
        wiring->class->written(function, offset, offset + size - 1);
    if (wiring->bus) {
        pci_map(wiring->bus, false);
        update_pins(wiring->bus);
    }
}

/* Registers of a table: into one of the three images of the configuration space. */
static void put(uint8_t *image, unsigned offset, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++)
        image[offset + i] = (uint8_t)(value >> i * 8);
}

static void make_masks(struct pci_wiring *wiring)
{
    const struct pci_class *class = wiring->class;

    put(wiring->writable, PCI_COMMAND, 2,
        class->command_bits | (class->pin ? PCI_COMMAND_NO_INTX : 0u));
    put(wiring->writable, PCI_LINE, 1, class->pin ? 0xff : 0);
    for (unsigned i = 0; i < PCI_ROM; i++) {
        const struct pci_bar *bar = &class->bar[i];

        if (bar->bytes)
            put(wiring->writable, bar_offset(i), 4, ~(bar->bytes - 1));
    }
    for (const struct pci_register *reg = class->registers; reg && reg->size; reg++) {
        put(wiring->writable, reg->offset, reg->size, reg->writable);
        put(wiring->clears, reg->offset, reg->size, reg->clears);
    }
}

static void make_windows(struct pci_wiring *wiring)
{
    const struct pci_class *class = wiring->class;
    struct pci_bus *bus = wiring->bus;
    unsigned w = PCI_BARS;

    for (unsigned i = 0; i < PCI_ROM; i++) {
        const struct pci_bar *bar = &class->bar[i];
        bool io = bar->type & PCI_BAR_IO;

        if (!bar->bytes || !bar->row)
            continue;
        wiring->window[i].row = *bar->row;
        wiring->window[i].row.count = bar->bytes;
        wiring->window[i].space = io ? bus->ports : bus->memory;
    }
    for (const struct io_range *row = class->fixed; row && row->count; row++, w++) {
        assert(w < PCI_WINDOWS);
        wiring->window[w].row = *row;
        wiring->window[w].space = bus->ports;
    }
}

void pci_attach(struct pci_bus *bus, struct device *dev, struct pci_function *function,
                const struct pci_class *class, unsigned devfn)
{
    assert(bus->count < PCI_FUNCTIONS);
    function->wiring = (struct pci_wiring){
        .class = class,
        .bus = bus,
        .dev = dev,
        .devfn = (uint8_t)devfn,
    };
    make_masks(&function->wiring);
    make_windows(&function->wiring);
    bus->function[bus->count++] = function;
}

void pci_set_rom(struct pci_function *function, const uint8_t *rom, uint32_t bytes)
{
    struct pci_wiring *wiring = &function->wiring;
    struct pci_window *window = &wiring->window[PCI_ROM];
    static const struct io_range row = { .text = "expansion ROM" };

    assert(bytes >= PCI_ROM_LEAST && !(bytes & (bytes - 1)));
    wiring->rom = rom;
    wiring->rom_bytes = bytes;
    put(wiring->writable, PCI_ROM_BASE, 4, ~(bytes - 1) | ROM_ENABLE);
    put(wiring->writable, PCI_COMMAND, 2,
        load_le16(&wiring->writable[PCI_COMMAND]) | PCI_COMMAND_MEMORY);
    window->row = row;
    window->row.count = bytes;
    window->space = wiring->bus->memory;
}

void pci_reset(struct pci_function *function)
{
    const struct pci_class *class = function->wiring.class;
    uint8_t *config = function->config;

    if (!class)
        return; /* a chip on no bus */
    memset(config, 0, sizeof function->config);
    put(config, PCI_VENDOR, 2, class->vendor);
    put(config, PCI_DEVICE, 2, class->device);
    put(config, PCI_COMMAND, 2, class->command);
    put(config, PCI_STATUS, 2, class->status);
    put(config, PCI_REVISION, 1, class->revision);
    put(config, PCI_CLASS, 3, class->class);
    put(config, PCI_HEADER_TYPE, 1, class->several ? 0x80 : 0);
    put(config, PCI_PIN, 1, class->pin);
    for (unsigned i = 0; i < PCI_ROM; i++)
        put(config, bar_offset(i), 4,
            class->bar[i].bytes ? class->bar[i].type & bar_type_bits(&class->bar[i]) : 0);
    for (const struct pci_register *reg = class->registers; reg && reg->size; reg++)
        put(config, reg->offset, reg->size, reg->reset);
    function->intx = false;
    pci_map(function->wiring.bus, false);
    update_pins(function->wiring.bus);
}

/* Who is addressed by port CF8h, or NULL. */
static struct pci_function *selected(const struct pci_bus *bus)
{
    if (!(bus->address & ADDRESS_ENABLE) || bus->address >> 16 & 0xff) /* bus 0 is all there is */
        return NULL;
    for (unsigned f = 0; f < bus->count; f++) {
        if (bus->function[f]->wiring.devfn == (bus->address >> 8 & 0xff))
            return bus->function[f];
    }
    return NULL;
}

static bool is_address(uint64_t port, unsigned size)
{
    return size == 4 && port == 0xcf8;
}

/* Is this access for whoever has ports among CF8h-CFBh besides us? */
static bool is_foreign(const struct pci_bus *bus, uint64_t port, unsigned size)
{
    return size == 1 && bus->byte_row && port - bus->byte_row->first < bus->byte_row->count;
}

static uint64_t address_peek(const void *owner, uint64_t port, unsigned size)
{
    const struct pci_bus *bus = owner;

    if (is_address(port, size))
        return bus->address;
    if (is_foreign(bus, port, size) && bus->byte_row->peek)
        return bus->byte_row->peek(bus->byte_owner, port, size);
    return mask_bits(size * 8);
}

static uint64_t address_read(void *owner, uint64_t port, unsigned size)
{
    struct pci_bus *bus = owner;

    if (is_foreign(bus, port, size) && bus->byte_row->read)
        return bus->byte_row->read(bus->byte_owner, port, size);
    return address_peek(owner, port, size);
}

static void address_write(void *owner, uint64_t port, unsigned size, uint64_t value)
{
    struct pci_bus *bus = owner;

    if (is_address(port, size))
        bus->address = (uint32_t)value & ADDRESS_BITS;
    else if (is_foreign(bus, port, size) && bus->byte_row->write)
        bus->byte_row->write(bus->byte_owner, port, size, value);
}

static uint64_t data_peek(const void *owner, uint64_t port, unsigned size)
{
    const struct pci_bus *bus = owner;
    const struct pci_function *function = selected(bus);

    if (!function)
        return mask_bits(size * 8);
    return pci_config_read(function, (bus->address & 0xfc) + (port & 3), size);
}

static uint64_t data_read(void *owner, uint64_t port, unsigned size)
{
    return data_peek(owner, port, size);
}

static void data_write(void *owner, uint64_t port, unsigned size, uint64_t value)
{
    const struct pci_bus *bus = owner;
    struct pci_function *function = selected(bus);

    if (function)
        pci_config_write(function, (bus->address & 0xfc) + (port & 3), size, (uint32_t)value);
}

/* clang-format off */
static const struct io_range pci_bus_ports[] = {
    { 0xcf8, 4, IO_8 | IO_16 | IO_32, address_read, address_write,
      "PCI configuration address; by bytes: what port CF9h is", address_peek },
    { 0xcfc, 4, IO_8 | IO_16 | IO_32, data_read, data_write, "PCI configuration data", data_peek },
    { 0 },
};

static const struct field pci_bus_fields[] = {
    NOT_SAVED(struct pci_bus, dev, "device"),
    FIELD(struct pci_bus, address, FMT_HEX, "port CF8h"),
    FIELD(struct pci_bus, pins,    FMT_HEX, "bit 0: PIRQ A is asserted, ... 3: PIRQ D"),
    NOT_SAVED(struct pci_bus, function, "who is on the bus"),
    NOT_SAVED(struct pci_bus, count, "... and how many"),
    NOT_SAVED(struct pci_bus, memory, "where windows are shown"),
    NOT_SAVED(struct pci_bus, ports, "where windows are shown"),
    NOT_SAVED(struct pci_bus, pirq, "PIRQ lines"),
    NOT_SAVED(struct pci_bus, byte_row, "wiring"),
    NOT_SAVED(struct pci_bus, byte_owner, "wiring"),
    NOT_SAVED(struct pci_bus, memory_changed, "wiring"),
    NOT_SAVED(struct pci_bus, context, "wiring"),
    { 0 },
};
/* clang-format on */

void pci_bus_setup(struct pci_bus *bus, struct space *memory, struct space *ports)
{
    const struct range *there = space_find(ports, 0xcf9);

    bus->memory = memory;
    bus->ports = ports;
    if (there && there->kind == RANGE_DEVICE) {
        bus->byte_row = there->io;
        bus->byte_owner = there->owner;
    }
    for (const struct io_range *row = pci_bus_ports; row->count; row++)
        space_add_device(ports, row, bus, bus->dev.name);
}

static void pci_bus_reset(struct device *dev, enum reset kind UNUSED)
{
    ((struct pci_bus *)dev)->address = 0;
}

static void pci_bus_restored(struct device *dev)
{
    pci_map((struct pci_bus *)dev, true);
}

static void describe_window(const struct pci_function *function, unsigned index, struct out *out)
{
    const struct pci_window *window = &function->wiring.window[index];
    const struct pci_bar *bar = index < PCI_ROM ? &function->wiring.class->bar[index] : NULL;
    uint64_t first;

    if (!window->row.count)
        return;
    if (index == PCI_ROM)
        out_printf(out, "expansion ROM, ");
    else if (bar)
        out_printf(out, "BAR %u, %s, ", index, bar->type & PCI_BAR_IO ? "I/O" : "memory");
    else
        out_printf(out, "I/O, ");
    out_printf(out, "%" PRIu32 " bytes ", window->row.count);
    if (window_place(function, index, &first))
        out_printf(out, "at 0x%" PRIx64, first);
    else
        out_printf(out, "not mapped");
    out_printf(out, ": %s\n", window->row.text ? window->row.text : "");
}

void pci_describe(const struct pci_function *function, struct out *out)
{
    const struct pci_class *class = function->wiring.class;
    uint16_t bits = command(function);

    if (!class) {
        out_printf(out, "on no PCI bus\n");
        return;
    }
    out_printf(out, "PCI 00:%02x.%u, %04x:%04x, class %06" PRIx32 "; command 0x%04x:%s%s%s%s\n",
               function->wiring.devfn >> 3, function->wiring.devfn & 7u, class->vendor,
               class->device, class->class, bits, bits & PCI_COMMAND_IO ? " I/O" : "",
               bits & PCI_COMMAND_MEMORY ? " memory" : "",
               bits & PCI_COMMAND_MASTER ? " master" : "", bits & 7 ? "" : " shut");
    if (class->pin)
        out_printf(out, "INT%c# is PIRQ %c, line %u for the guest, %sasserted\n", '@' + class->pin,
                   'A' + (int)pirq_of(function), function->config[PCI_LINE],
                   function->intx ? "" : "not ");
    for (unsigned w = 0; w < PCI_WINDOWS; w++)
        describe_window(function, w, out);
}

static void pci_bus_describe(const struct device *dev, struct out *out)
{
    const struct pci_bus *bus = (const struct pci_bus *)dev;

    out_printf(out, "configuration address 0x%08" PRIx32, bus->address);
    if (bus->address & ADDRESS_ENABLE)
        out_printf(out, ": %02x:%02x.%u, register 0x%02x%s\n", bus->address >> 16 & 0xff,
                   bus->address >> 11 & 31, bus->address >> 8 & 7, bus->address & 0xfc,
                   selected(bus) ? "" : ", where nobody is");
    else
        out_printf(out, ": shut\n");
    for (unsigned f = 0; f < bus->count; f++) {
        const struct pci_wiring *wiring = &bus->function[f]->wiring;

        out_printf(out, "00:%02x.%u %04x:%04x %s\n", wiring->devfn >> 3, wiring->devfn & 7u,
                   wiring->class->vendor, wiring->class->device, wiring->dev->name);
    }
    for (unsigned n = 0; n < PCI_PINS; n++) {
        if (bus->pins >> n & 1)
            out_printf(out, "PIRQ %c is asserted\n", 'A' + (int)n);
    }
}

const struct device_class pci_bus_class = {
    .name = "pci",
    .title = "PCI bus and its configuration ports",
    .size = sizeof(struct pci_bus),
    .fields = pci_bus_fields,
    .reset = pci_bus_reset,
    .describe = pci_bus_describe,
    .restored = pci_bus_restored,
};
