/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/support/fake_board.c - a board without a processor. */
#include "tests/support/fake_board.h"

#include <stdlib.h>
#include <string.h>

struct fake_board *fake_board_create(uint64_t ips)
{
    struct fake_board *board = xcalloc(1, sizeof *board);

    clock_init(&board->clock, ips);
    clock_attach(&board->clock, &board->countdown);
    if (!ram_create(&board->ram, FAKE_RAM + FAKE_VIDEO))
        abort();
    out_to_buf(&board->out, &board->messages);
    board->log = (struct log){ .out = &board->out, .level = LOG_DEBUG };
    space_init(&board->memory, &board->ram, &board->log);
    space_init(&board->ports, NULL, &board->log);
    space_add_ram(&board->memory, 0, FAKE_RAM, 0);
    board->list = (struct device_list){
        .clock = &board->clock,
        .log = &board->log,
        .memory = &board->memory,
        .ports = &board->ports,
    };
    return board;
}

void fake_board_destroy(struct fake_board *board)
{
    device_destroy_all(&board->list);
    space_destroy(&board->memory);
    space_destroy(&board->ports);
    ram_destroy(&board->ram);
    buf_free(&board->messages);
    free(board);
}

struct pci_bus *fake_pci(struct fake_board *board)
{
    if (!board->pci) {
        board->pci = device_create(&board->list, &pci_bus_class);
        pci_bus_setup(board->pci, &board->memory, &board->ports);
    }
    return board->pci;
}

static uint16_t config_port(struct fake_board *board, unsigned devfn, unsigned offset)
{
    fake_out32(board, 0xcf8, 0x80000000 | devfn << 8 | (offset & 0xfc));
    return (uint16_t)(0xcfc + (offset & 3));
}

uint32_t fake_config_read(struct fake_board *board, unsigned devfn, unsigned offset, unsigned size)
{
    return (uint32_t)space_read(&board->ports, config_port(board, devfn, offset), size);
}

void fake_config_write(struct fake_board *board, unsigned devfn, unsigned offset, unsigned size,
                       uint32_t value)
{
    space_write(&board->ports, config_port(board, devfn, offset), size, value);
}

uint8_t fake_in8(struct fake_board *board, uint16_t port)
{
    return (uint8_t)space_read(&board->ports, port, 1);
}

uint16_t fake_in16(struct fake_board *board, uint16_t port)
{
    return (uint16_t)space_read(&board->ports, port, 2);
}

uint32_t fake_in32(struct fake_board *board, uint16_t port)
{
    return (uint32_t)space_read(&board->ports, port, 4);
}

void fake_out8(struct fake_board *board, uint16_t port, uint8_t value)
{
    space_write(&board->ports, port, 1, value);
}

void fake_out16(struct fake_board *board, uint16_t port, uint16_t value)
{
    space_write(&board->ports, port, 2, value);
}

void fake_out32(struct fake_board *board, uint16_t port, uint32_t value)
{
    space_write(&board->ports, port, 4, value);
}

uint64_t fake_now(const struct fake_board *board)
{
    return clock_now(&board->clock);
}

void fake_run(struct fake_board *board, uint64_t ticks)
{
    uint64_t end = fake_now(board) + ticks;

    clock_fire_due(&board->clock);
    while (fake_now(board) < end) {
        uint64_t next = clock_next_event(&board->clock);

        clock_skip_to(&board->clock, next < end ? next : end);
        clock_fire_due(&board->clock);
    }
}

void fake_run_us(struct fake_board *board, uint64_t us)
{
    fake_run(board, clock_ticks_from(&board->clock, us, 1000000));
}

void fake_line_receive(void *owner, unsigned pin UNUSED, bool level)
{
    struct fake_line *line = owner;

    if (level && !line->level)
        line->rises++;
    if (!level && line->level)
        line->falls++;
    line->level = level;
}

void fake_connect(struct irq_line *output, struct fake_line *line)
{
    irq_connect(output, fake_line_receive, line, 0);
}

static void serial_written(void *owner, const uint8_t *bytes, size_t count)
{
    buf_add(&((struct fake_serial *)owner)->written, bytes, count);
}

static void serial_feed(void *owner)
{
    struct fake_serial *serial = owner;
    size_t room = serial->line.can_receive(serial->line.device);

    if (room > serial->left)
        room = serial->left;
    if (!room)
        return;
    serial->line.receive(serial->line.device, serial->feed, room);
    serial->feed += room;
    serial->left -= room;
}

void fake_serial_init(struct fake_serial *serial)
{
    *serial = (struct fake_serial){ 0 };
    serial->line.write = serial_written;
    serial->line.host = serial;
    serial->line.has_room = serial_feed;
}

void fake_serial_send(struct fake_serial *serial, const void *bytes, size_t count)
{
    serial->feed = bytes;
    serial->left = count;
    serial_feed(serial);
}

const char *fake_describe(struct fake_board *board, const struct device *dev)
{
    buf_clear(&board->messages);
    if (dev->class->describe)
        dev->class->describe(dev, &board->out);
    return buf_text(&board->messages);
}

bool fake_round_trip(struct fake_board *board, struct device *dev)
{
    const struct device_class *class = dev->class;
    struct buf before = { 0 }, after = { 0 }, error = { 0 };
    const uint8_t *from;
    bool same;

    fields_save(class->fields, dev, &before);
    if (class->reset)
        class->reset(dev, RESET_POWER_ON);
    from = before.data;
    same = fields_restore(class->fields, dev, &from, before.data + before.length, &error) &&
           from == before.data + before.length;
    if (class->restored)
        class->restored(dev);
    fields_save(class->fields, dev, &after);
    same = same && before.length == after.length &&
           memcmp(before.data, after.data, before.length) == 0;
    (void)board;
    buf_free(&before);
    buf_free(&after);
    buf_free(&error);
    return same;
}
