/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_nic.c - any bytes as what a guest does to a network card: registers by memory and
 * ports, descriptors and data in RAM, configuration space, time, and frames from the cable. Whatever it
 * does, the card stays in its RAM, saves and restores all of its state, and sends again after a reset.
 */
#include <stdlib.h>
#include <string.h>

#include "iodev/e1000.h"
#include "iodev/ne2000.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/fake_cable.h"
#include "util/bits.h"

enum { SLOT = 3, BASE = 0xe0000000, PORT = 0xc000, WINDOW = 0x20000, STEPS_MOST = 4096 };
enum { RING = 0x1000, BUFFER = 0x2000 };

struct world {
    struct fake_board *board;
    struct fake_cable cable;
    struct device *card;
    bool is_e1000;
    const uint8_t *data;
    size_t size;
};

/* The next bytes, little-endian; zeros behind the end. */
static uint32_t take(struct world *w, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes && w->size; i++, w->data++, w->size--)
        value |= (uint32_t)*w->data << 8 * i;
    return value;
}

static void configure(struct world *w)
{
    unsigned devfn = PCI_DEVFN(SLOT, 0);

    fake_config_write(w->board, devfn, PCI_BAR0, 4, w->is_e1000 ? (uint32_t)BASE : PORT);
    if (w->is_e1000)
        fake_config_write(w->board, devfn, PCI_BAR0 + 4, 4, PORT);
    fake_config_write(w->board, devfn, PCI_COMMAND, 2, 7);
}

/* Registers: mostly those that exist, one by one or several bytes at once. */
static void reach(struct world *w, bool write, unsigned size)
{
    uint32_t offset = take(w, 3) % WINDOW;
    bool memory = offset & 1 && w->is_e1000;
    uint64_t at = memory ? BASE + (offset & (size == 1 ? ~0u : ~3u)) : PORT + offset % 64;

    if (write && memory)
        space_write(&w->board->memory, at, size, take(w, 4));
    else if (write)
        space_write(&w->board->ports, at, size, take(w, 4));
    else if (memory)
        space_read(&w->board->memory, at, size);
    else
        space_read(&w->board->ports, at, size);
}

/* One register of the e1000, and what its driver would write there: an address or an index. */
static void set_register(struct world *w)
{
    /* clang-format off */
    static const uint16_t registers[] = {
        0x0000, 0x0010, 0x0014, 0x0018, 0x0020, 0x00c4, 0x00c8, 0x00d0, 0x0100, 0x0400, 0x2800, 0x2804,
        0x2808, 0x2810, 0x2818, 0x2820, 0x282c, 0x3800, 0x3804, 0x3808, 0x3810, 0x3818, 0x3820, 0x5000,
    };
    /* clang-format on */
    uint16_t offset = registers[take(w, 1) % ARRAY_SIZE(registers)];

    space_write(&w->board->memory, BASE + offset, 4, take(w, 4));
}

static void fill_ram(struct world *w)
{
    uint32_t at = take(w, 3) % (FAKE_RAM + 0x1000);
    unsigned bytes = take(w, 1) % 65;

    for (unsigned i = 0; i < bytes; i++)
        space_write(&w->board->memory, at + i, 1, take(w, 1));
}

static void receive(struct world *w)
{
    static uint8_t frame[NET_MOST];
    size_t bytes = NET_HEADER + take(w, 2) % (NET_MOST - NET_HEADER + 1);
    struct net_cable *cable = &w->cable.cable;

    memset(frame, (int)take(w, 1), sizeof frame);
    memcpy(frame, take(w, 1) & 1 ? fake_station : fake_peer, NET_ADDRESS);
    if (cable->can_receive(cable->device))
        cable->receive(cable->device, frame, bytes);
}

static void step(struct world *w)
{
    uint32_t what = take(w, 1);

    switch (what % 8) {
    case 0:
    case 1:
        reach(w, what & 1, 1u << (what / 8 % 3));
        break;
    case 2:
        if (w->is_e1000)
            set_register(w);
        else
            reach(w, true, 1);
        break;
    case 3:
        fill_ram(w);
        break;
    case 4:
        fake_run_us(w->board, take(w, 1));
        break;
    case 5:
        receive(w);
        break;
    case 6:
        fake_config_write(w->board, PCI_DEVFN(SLOT, 0), take(w, 1) & 0xfc, 4, take(w, 4));
        break;
    default:
        fake_run_us(w->board, 1);
        break;
    }
}

/* A frame of 60 bytes leaves. */
static bool sends(struct world *w)
{
    unsigned before = w->cable.count;
    struct space *memory = &w->board->memory;

    if (w->is_e1000) {
        space_write(memory, RING, 8, BUFFER);
        space_write(memory, RING + 8, 8, 0x0b00003c); /* end of packet, FCS, report */
        space_write(memory, BASE + 0x3800, 4, RING);
        space_write(memory, BASE + 0x3804, 4, 0);
        space_write(memory, BASE + 0x3808, 4, 128);
        space_write(memory, BASE + 0x400, 4, 0x0a);
        space_write(memory, BASE + 0x3818, 4, 1);
    } else {
        static const uint8_t start[][2] = { { 0, 0x21 }, { 0xe, 0x49 }, { 0xd, 0 }, { 4, 0x40 },
                                            { 5, 60 },   { 6, 0 },      { 0, 0x26 } };

        for (unsigned i = 0; i < ARRAY_SIZE(start); i++)
            fake_out8(w->board, (uint16_t)(PORT + start[i][0]), start[i][1]);
    }
    fake_run_us(w->board, 10000);
    return w->cable.count == before + 1 && w->cable.bytes[before % FAKE_FRAMES] == 60;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = { .data = data, .size = size };

    w.is_e1000 = take(&w, 1) & 1;
    w.board = fake_board_create(1000000000);
    fake_pci(w.board);
    fake_cable_init(&w.cable);
    w.card = device_create(&w.board->list, w.is_e1000 ? &e1000_class : &ne2000_class);
    if (w.is_e1000)
        e1000_setup((struct e1000 *)w.card, w.board->pci, SLOT, fake_station, &w.cable.cable);
    else
        ne2000_setup((struct ne2000 *)w.card, w.board->pci, SLOT, fake_station, &w.cable.cable);
    device_reset_all(&w.board->list, RESET_POWER_ON);
    configure(&w);
    for (unsigned i = 0; w.size && i < STEPS_MOST; i++)
        step(&w);
    if (!*fake_describe(w.board, w.card) || !fake_round_trip(w.board, w.card))
        abort();
    device_reset_all(&w.board->list, RESET_POWER_ON);
    configure(&w);
    if (!sends(&w))
        abort();
    fake_board_destroy(w.board);
    return 0;
}
