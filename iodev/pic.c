/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iodev/pic.c - two 8259A interrupt controllers, the slave on input 2 of the master, and the
 * edge/level control registers of later chip sets. Sources: Intel 8259A data sheet; Intel
 * 82371SB (PIIX3) data sheet, "Interrupt Controller Registers".
 */
#include "iodev/pic.h"

#include "util/bits.h"

enum {
    ICW1_ICW4 = 0x01,
    ICW1_SINGLE = 0x02,
    ICW1_LEVEL = 0x08,
    ICW1_SELECT = 0x10, /* tells ICW1 from OCW2 and OCW3 */
    ICW4_8086 = 0x01,
    ICW4_AUTO_EOI = 0x02,
    ICW4_NESTED = 0x10, /* special fully nested mode */
    OCW3_SELECT = 0x08,
    CASCADE = 2,
    NO_INPUT = 8,
};

/* Inputs whose IRR bit follows the line. */
static uint8_t level_inputs(const struct pic_chip *chip)
{
    return chip->icw1 & ICW1_LEVEL ? 0xff : chip->elcr;
}

/* 0 is the highest priority, 7 the lowest, in the present rotation. */
static unsigned priority_of(const struct pic_chip *chip, unsigned input)
{
    return (input - chip->lowest - 1) & 7;
}

static unsigned highest(const struct pic_chip *chip, uint8_t inputs)
{
    for (unsigned i = 1; i <= 8; i++) {
        unsigned input = (chip->lowest + i) & 7;

        if (inputs & 1 << input)
            return input;
    }
    return NO_INPUT;
}

/* Inputs in service that hold back requests of the same and lower priority. */
static uint8_t blocking(const struct pic *pic, const struct pic_chip *chip)
{
    uint8_t inputs = chip->isr;

    if (chip->special_mask)
        inputs &= (uint8_t)~chip->imr;
    if (chip == &pic->master && chip->icw4 & ICW4_NESTED)
        inputs &= (uint8_t)~chip->icw3; /* a slave may interrupt itself with higher priority */
    return inputs;
}

/* The input that INT stands for, NO_INPUT when there is nothing to deliver. */
static unsigned deliverable(const struct pic *pic, const struct pic_chip *chip)
{
    unsigned input = highest(chip, chip->irr & (uint8_t)~chip->imr);
    unsigned block = highest(chip, blocking(pic, chip));

    if (!chip->initialised || input == NO_INPUT)
        return NO_INPUT;
    if (block != NO_INPUT && priority_of(chip, block) <= priority_of(chip, input))
        return NO_INPUT;
    return input;
}

static void set_line(struct pic_chip *chip, unsigned input, bool level)
{
    uint8_t bit = (uint8_t)(1 << input);

    if (!level) {
        /* A request that goes away before INTA is gone: the data sheet's "default IR7". */
        chip->lines &= (uint8_t)~bit;
        chip->irr &= (uint8_t)~bit;
    } else {
        if (level_inputs(chip) & bit || !(chip->lines & bit))
            chip->irr |= bit;
        chip->lines |= bit;
    }
}

/* Work out both INT outputs and drive what changed. */
static void update(struct pic *pic)
{
    bool level = deliverable(pic, &pic->slave) != NO_INPUT;

    if (level != pic->slave.output) {
        pic->slave.output = level;
        set_line(&pic->master, CASCADE, level);
    }
    level = deliverable(pic, &pic->master) != NO_INPUT;
    if (level != pic->master.output) {
        pic->master.output = level;
        irq_set(&pic->intr, level);
    }
}

void pic_set_irq(void *owner, unsigned pin, bool level)
{
    struct pic *pic = owner;

    if (pin == CASCADE || pin > 15)
        return;
    set_line(pin < 8 ? &pic->master : &pic->slave, pin & 7, level);
    update(pic);
}

/* An INTA or poll takes `input`. */
static void take(struct pic_chip *chip, unsigned input)
{
    uint8_t bit = (uint8_t)(1 << input);

    if (!(level_inputs(chip) & bit))
        chip->irr &= (uint8_t)~bit;
    if (!(chip->icw4 & ICW4_AUTO_EOI))
        chip->isr |= bit;
    else if (chip->rotate_aeoi)
        chip->lowest = (uint8_t)input;
}

/* INT of the slave falls for a moment at INTA: a further request is a new edge at the master. */
static void drop_slave_output(struct pic *pic)
{
    pic->slave.output = false;
    set_line(&pic->master, CASCADE, false);
}

uint8_t pic_acknowledge(struct pic *pic)
{
    unsigned input = deliverable(pic, &pic->master);
    uint8_t vector;

    if (input == NO_INPUT) {
        log_line(pic->dev.log, LOG_DEBUG, "pic", "spurious IRQ7: the request was withdrawn");
        return pic->master.vector | 7;
    }
    take(&pic->master, input);
    vector = pic->master.vector | (uint8_t)input;
    if (input == CASCADE && !(pic->master.icw1 & ICW1_SINGLE)) {
        input = deliverable(pic, &pic->slave);
        if (input == NO_INPUT) {
            log_line(pic->dev.log, LOG_DEBUG, "pic", "spurious IRQ15: the request was withdrawn");
            vector = pic->slave.vector | 7;
        } else {
            take(&pic->slave, input);
            vector = pic->slave.vector | (uint8_t)input;
        }
        drop_slave_output(pic);
    }
    update(pic);
    return vector;
}

static void end_of_interrupt(struct pic_chip *chip, unsigned input, bool rotate)
{
    if (input == NO_INPUT)
        return;
    chip->isr &= (uint8_t) ~(1 << input);
    if (rotate)
        chip->lowest = (uint8_t)input;
}

static void write_ocw2(struct pic_chip *chip, uint8_t value)
{
    unsigned input = value & 7;
    uint8_t in_service = chip->isr;

    if (chip->special_mask)
        in_service &= (uint8_t)~chip->imr; /* a masked input needs a specific end */
    switch (value >> 5) {
    case 0: /* 000: rotate in automatic EOI mode, clear */
    case 4: /* 100: set */
        chip->rotate_aeoi = value & 0x80;
        break;
    case 1: /* 001: non-specific EOI */
    case 5: /* 101: rotate on it */
        end_of_interrupt(chip, highest(chip, in_service), value & 0x80);
        break;
    case 3: /* 011: specific EOI */
    case 7: /* 111: rotate on it */
        end_of_interrupt(chip, input, value & 0x80);
        break;
    case 6: /* 110: set priority */
        chip->lowest = (uint8_t)input;
        break;
    }
}

static void write_ocw3(struct pic_chip *chip, uint8_t value)
{
    if (value & 0x40)
        chip->special_mask = value & 0x20;
    if (value & 0x04)
        chip->poll = true;
    if (value & 0x02)
        chip->read_isr = value & 0x01;
}

static void write_icw1(struct pic_chip *chip, uint8_t value)
{
    chip->icw1 = value & (ICW1_ICW4 | ICW1_SINGLE | ICW1_LEVEL);
    chip->irr = chip->lines & level_inputs(chip); /* an edge must come again */
    chip->imr = 0;
    chip->isr = 0;
    chip->lowest = 7;
    chip->icw3 = 0;
    chip->icw4 = 0;
    chip->special_mask = false;
    chip->rotate_aeoi = false;
    chip->read_isr = false;
    chip->poll = false;
    chip->initialised = false;
    chip->next_icw = 2;
}

static void write_next_icw(struct pic *pic, struct pic_chip *chip, uint8_t value)
{
    bool needs_3 = !(chip->icw1 & ICW1_SINGLE), needs_4 = chip->icw1 & ICW1_ICW4;

    switch (chip->next_icw) {
    case 2:
        chip->vector = value & 0xf8;
        chip->next_icw = needs_3 ? 3 : needs_4 ? 4 : 0;
        break;
    case 3:
        chip->icw3 = value;
        chip->next_icw = needs_4 ? 4 : 0;
        break;
    default:
        chip->icw4 = value & 0x1f;
        chip->next_icw = 0;
        if (!(value & ICW4_8086))
            log_once(pic->dev.log, &pic->warned, LOG_WARN, "pic",
                     "ICW4 %02x asks for MCS-80 mode: vectors are given as in 8086 mode", value);
    }
    chip->initialised = chip->next_icw == 0;
}

static struct pic_chip *chip_at(struct pic *pic, uint64_t port)
{
    return port & 0x80 ? &pic->slave : &pic->master;
}

static void pic_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct pic *pic = owner;
    struct pic_chip *chip = chip_at(pic, port);

    if (port & 1) {
        if (chip->next_icw)
            write_next_icw(pic, chip, (uint8_t)value);
        else
            chip->imr = (uint8_t)value; /* OCW1 */
    } else if (value & ICW1_SELECT) {
        write_icw1(chip, (uint8_t)value);
    } else if (value & OCW3_SELECT) {
        write_ocw3(chip, (uint8_t)value);
    } else {
        write_ocw2(chip, (uint8_t)value);
    }
    update(pic);
}

static uint64_t pic_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct pic *pic = owner;
    const struct pic_chip *chip = port & 0x80 ? &pic->slave : &pic->master;

    if (port & 1)
        return chip->imr;
    return chip->read_isr ? chip->isr : chip->irr;
}

static uint64_t pic_read(void *owner, uint64_t port, unsigned size)
{
    struct pic *pic = owner;
    struct pic_chip *chip = chip_at(pic, port);
    unsigned input;

    if (!chip->poll)
        return pic_peek(pic, port, size);
    chip->poll = false;
    input = deliverable(pic, chip);
    if (input == NO_INPUT)
        return 0;
    take(chip, input);
    if (chip == &pic->slave)
        drop_slave_output(pic);
    update(pic);
    return 0x80 | input;
}

static uint64_t elcr_peek(const void *owner, uint64_t port, unsigned size UNUSED)
{
    const struct pic *pic = owner;

    return port & 1 ? pic->slave.elcr : pic->master.elcr;
}

static uint64_t elcr_read(void *owner, uint64_t port, unsigned size)
{
    return elcr_peek(owner, port, size);
}

static void elcr_write(void *owner, uint64_t port, unsigned size UNUSED, uint64_t value)
{
    struct pic *pic = owner;
    struct pic_chip *chip = port & 1 ? &pic->slave : &pic->master;

    /* IRQ 0, 1, 2, 8 and 13 are edges. */
    chip->elcr = (uint8_t)(value & (port & 1 ? 0xde : 0xf8));
    chip->irr |= chip->lines & chip->elcr;
    update(pic);
}

/* clang-format off */
static const struct io_range pic_ports[] = {
    { 0x20,  2, IO_8, pic_read,  pic_write,  "master 8259A (IRQ 0-7): command, mask",  pic_peek },
    { 0xa0,  2, IO_8, pic_read,  pic_write,  "slave 8259A (IRQ 8-15): command, mask",  pic_peek },
    { 0x4d0, 2, IO_8, elcr_read, elcr_write, "edge/level control, IRQ 0-7 and 8-15",   elcr_peek },
    { 0 },
};

#define CHIP_ROWS(chip)                                                                            \
    FIELD(struct pic, chip.irr,          FMT_HEX,  "interrupt requests"),                          \
    FIELD(struct pic, chip.imr,          FMT_HEX,  "interrupt mask"),                              \
    FIELD(struct pic, chip.isr,          FMT_HEX,  "interrupts in service"),                       \
    FIELD(struct pic, chip.lines,        FMT_HEX,  "levels of the inputs"),                        \
    FIELD(struct pic, chip.elcr,         FMT_HEX,  "level triggered inputs"),                      \
    FIELD(struct pic, chip.vector,       FMT_HEX,  "vector of input 0 (ICW2)"),                    \
    FIELD(struct pic, chip.icw1,         FMT_HEX,  "ICW1: bit 0 ICW4 follows, 1 single, 3 level"), \
    FIELD(struct pic, chip.icw3,         FMT_HEX,  "ICW3: inputs with a slave, or slave number"),  \
    FIELD(struct pic, chip.icw4,         FMT_HEX,  "ICW4: bit 1 automatic EOI, 4 special nested"), \
    FIELD(struct pic, chip.lowest,       FMT_DEC,  "input of lowest priority"),                    \
    FIELD(struct pic, chip.next_icw,     FMT_DEC,  "initialisation word expected next, 0 none"),   \
    FIELD(struct pic, chip.initialised,  FMT_BOOL, "initialisation was completed"),                \
    FIELD(struct pic, chip.special_mask, FMT_BOOL, "special mask mode"),                           \
    FIELD(struct pic, chip.rotate_aeoi,  FMT_BOOL, "rotate at automatic EOI"),                     \
    FIELD(struct pic, chip.read_isr,     FMT_BOOL, "reads give ISR, not IRR"),                     \
    FIELD(struct pic, chip.poll,         FMT_BOOL, "the next read is a poll"),                     \
    FIELD(struct pic, chip.output,       FMT_BOOL, "level of the INT output")

static const struct field pic_fields[] = {
    NOT_SAVED(struct pic, dev, "device"),
    CHIP_ROWS(master),
    CHIP_ROWS(slave),
    NOT_SAVED(struct pic, warned, "a message was printed"),
    NOT_SAVED(struct pic, intr, "line to the processor"),
    { 0 },
};
/* clang-format on */

static void reset_chip(struct pic_chip *chip)
{
    uint8_t lines = chip->lines; /* who drives them is reset on its own */

    *chip = (struct pic_chip){ .lines = lines, .lowest = 7 };
}

static void pic_reset(struct device *dev, enum reset kind UNUSED)
{
    struct pic *pic = (struct pic *)dev;

    reset_chip(&pic->master);
    reset_chip(&pic->slave);
    pic->master.lines &= (uint8_t) ~(1 << CASCADE);
    irq_set(&pic->intr, false);
}

static void pic_restored(struct device *dev)
{
    struct pic *pic = (struct pic *)dev;

    pic->master.lowest &= 7;
    pic->slave.lowest &= 7;
}

/* Why the request at `input` of a chip is not being delivered. */
static void describe_pending(const struct pic *pic, const struct pic_chip *chip, unsigned input,
                             struct out *out)
{
    const char *name = chip == &pic->master ? "PIC1" : "PIC2";
    unsigned first = chip == &pic->master ? 0 : 8;
    unsigned block = highest(chip, blocking(pic, chip));
    unsigned now = deliverable(pic, chip);

    out_printf(out, "  IRQ%u pending", first + input);
    if (!chip->initialised) {
        out_printf(out, " but %s is not initialised (ICW%u is missing)\n", name,
                   chip->next_icw ? chip->next_icw : 1);
    } else if (chip->imr & 1 << input) {
        out_printf(out, " but masked (%s IMR=0x%02x)\n", name, chip->imr);
    } else if (block != NO_INPUT && priority_of(chip, block) <= priority_of(chip, input)) {
        out_printf(out, " but IRQ%u is in service and has had no EOI (%s ISR=0x%02x)\n",
                   first + block, name, chip->isr);
    } else if (now != input) {
        out_printf(out, " behind IRQ%u of higher priority\n", first + now);
    } else if (chip == &pic->slave) {
        unsigned outer = highest(&pic->master, blocking(pic, &pic->master));

        if (!pic->master.initialised)
            out_text(out, " but PIC1 is not initialised\n");
        else if (pic->master.imr & 1 << CASCADE)
            out_printf(out, " but the cascade is masked (PIC1 IMR=0x%02x)\n", pic->master.imr);
        else if (outer != NO_INPUT &&
                 priority_of(&pic->master, outer) <= priority_of(&pic->master, CASCADE))
            out_printf(out, " but IRQ%u is in service and has had no EOI (PIC1 ISR=0x%02x)\n",
                       outer, pic->master.isr);
        else
            out_text(out, ", INTR is raised: waiting for the processor\n");
    } else {
        out_text(out, ", INTR is raised: waiting for the processor\n");
    }
}

static void describe_chip(const struct pic *pic, const struct pic_chip *chip, struct out *out)
{
    unsigned first = chip == &pic->master ? 0 : 8;

    out_printf(out, "PIC%u IRQ%u-%u: IRR=0x%02x IMR=0x%02x ISR=0x%02x ELCR=0x%02x", first ? 2 : 1,
               first, first + 7, chip->irr, chip->imr, chip->isr, chip->elcr);
    if (chip->initialised)
        out_printf(out, ", vectors 0x%02x-0x%02x", chip->vector, chip->vector + 7u);
    else
        out_text(out, ", not initialised");
    if (chip->icw4 & ICW4_AUTO_EOI)
        out_text(out, ", automatic EOI");
    if (chip->icw4 & ICW4_NESTED)
        out_text(out, ", special fully nested");
    if (chip->special_mask)
        out_text(out, ", special mask mode");
    if (chip->lowest != 7)
        out_printf(out, ", highest priority IRQ%u", first + ((chip->lowest + 1u) & 7));
    out_text(out, "\n");
    for (unsigned input = 0; input < 8; input++) {
        if (chip->irr & 1 << input && !(chip == &pic->master && input == CASCADE))
            describe_pending(pic, chip, input, out);
    }
}

static void pic_describe(const struct device *dev, struct out *out)
{
    const struct pic *pic = (const struct pic *)dev;

    describe_chip(pic, &pic->master, out);
    describe_chip(pic, &pic->slave, out);
}

const struct device_class pic_class = {
    .name = "pic",
    .title = "two 8259A interrupt controllers",
    .size = sizeof(struct pic),
    .ports = pic_ports,
    .fields = pic_fields,
    .reset = pic_reset,
    .describe = pic_describe,
    .restored = pic_restored,
};
