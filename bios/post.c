/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/post.c - power-on: interrupt vectors, BIOS data area, the chips. 32-bit code.
 * Nothing is tested and nothing is waited for: this board is emulated.
 * Source: Intel 8259A, 8254 and 8042 data sheets; IBM PC/AT Technical Reference.
 */
#include "flat.h"
#include "fw_cfg.h"
#include "ide.h"

extern const uint16_t ivt_table[], ivt_ignore;

#define BDA_BASE 0x400u

static void bda_set16(enum bda_offset offset, uint16_t value)
{
    write16(BDA_BASE + offset, value);
}

static void set_vectors(void)
{
    const uint16_t *row;

    for (uint32_t vector = 0; vector < 256; vector++)
        write32(vector * 4, (uint32_t)ROM_SEGMENT << 16 | ivt_ignore);
    for (row = ivt_table; row[0] != 0xffff; row += 2)
        write32(row[0] * 4u, (uint32_t)ROM_SEGMENT << 16 | row[1]);
    write32(0x1d * 4, 0); /* pointers to tables that we do not have */
    write32(0x1f * 4, 0);
    write32(0x41 * 4, 0);
    write32(0x43 * 4, 0);
    write32(0x46 * 4, 0);
    fill(0x60 * 4, 0, 8 * 4); /* for programs: free when zero */
}

/* Vectors 08h and 70h; timer, keyboard and cascade may interrupt. */
static void init_pics(void)
{
    out8(PORT_PIC1, 0x11); /* ICW1: edge, cascade, ICW4 */
    out8(PORT_PIC2, 0x11);
    out8(PORT_PIC1_MASK, 0x08); /* ICW2: vector */
    out8(PORT_PIC2_MASK, 0x70);
    out8(PORT_PIC1_MASK, 0x04); /* ICW3: slave on IRQ2 */
    out8(PORT_PIC2_MASK, 0x02);
    out8(PORT_PIC1_MASK, 0x01); /* ICW4: 8086 mode */
    out8(PORT_PIC2_MASK, 0x01);
    out8(PORT_PIC1_MASK, 0xf8);
    out8(PORT_PIC2_MASK, 0xff);
}

/* 1193182 Hz / 65536. Mode 2, not 3: a latched count then is the time since the last tick. */
static void init_pit(void)
{
    out8(PORT_PIT_COMMAND, 0x34);
    out8(PORT_PIT0, 0);
    out8(PORT_PIT0, 0);
}

static uint32_t from_bcd(uint8_t value)
{
    return (value >> 4) * 10u + (value & 15);
}

static void init_clock(void)
{
    uint32_t seconds, ticks;

    cmos_write(CMOS_A, 0x26); /* 32768 Hz crystal, periodic rate 1024 Hz */
    cmos_write(CMOS_B, CMOS_B_24_HOURS);
    cmos_read(CMOS_C);
    cmos_read(CMOS_D);
    seconds = from_bcd(cmos_read(CMOS_HOURS)) * 3600 + from_bcd(cmos_read(CMOS_MINUTES)) * 60 +
              from_bcd(cmos_read(CMOS_SECONDS));
    ticks = (uint32_t)((uint64_t)seconds * 1193182 >> 16);
    if (ticks >= TICKS_PER_DAY)
        ticks = 0;
    write32(BDA_BASE + BDA_TICKS, ticks);
}

static void kbd_write(uint16_t port, uint8_t value)
{
    for (int tries = 1000; tries && in8(PORT_KBD_STATUS) & 0x02; tries--) {
    }
    out8(port, value);
}

/* Translation on, IRQ1 on, mouse off. The keyboard's answer to F4h is dropped by INT 09h. */
static void init_keyboard(void)
{
    for (int tries = 16; tries && in8(PORT_KBD_STATUS) & 0x01; tries--)
        in8(PORT_KBD_DATA);
    kbd_write(PORT_KBD_STATUS, 0x60); /* write the command byte */
    kbd_write(PORT_KBD_DATA, 0x65);
    kbd_write(PORT_KBD_STATUS, 0xae); /* keyboard interface on */
    kbd_write(PORT_KBD_DATA, 0xf4);   /* to the keyboard: scanning on */

    bda_set16(BDA_KEY_HEAD, BDA_KEY_BUFFER);
    bda_set16(BDA_KEY_TAIL, BDA_KEY_BUFFER);
    bda_set16(BDA_KEY_START, BDA_KEY_BUFFER);
    bda_set16(BDA_KEY_END, BDA_KEY_BUFFER_END);
    bda_set16(BDA_KEY_MODE, 0x10); /* 101 keys */
}

/* A UART is where a scratch register keeps what it is given. Returns how many there are. */
static uint16_t init_serial(void)
{
    static const uint16_t ports[COM_PORTS] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
    uint16_t count = 0;

    for (unsigned i = 0; i < COM_PORTS; i++) {
        uint16_t port = ports[i];

        write8(BDA_BASE + BDA_COM_TIMEOUT + i, 1);
        out8(port + 7, 0x5a);
        if (in8(port + 7) != 0x5a)
            continue;
        out8(port + 1, 0);    /* no interrupts */
        out8(port + 3, 0x80); /* divisor latch */
        out8(port + 0, 1);    /* 115200 baud */
        out8(port + 1, 0);
        out8(port + 3, 0x03); /* 8n1 */
        out8(port + 4, 0x03); /* DTR, RTS */
        bda_set16(BDA_COM + 2 * count++, port);
    }
    return count;
}

/* A parallel port is where a data register does. Its printer is selected, without an interrupt. */
static uint16_t init_parallel(void)
{
    static const uint16_t ports[LPT_PORTS] = { 0x378, 0x278, 0x3bc };
    uint16_t count = 0;

    for (unsigned i = 0; i < LPT_PORTS; i++) {
        uint16_t port = ports[i];

        write8(BDA_BASE + BDA_LPT_TIMEOUT + i, 20);
        out8(port, 0xaa);
        if (in8(port) != 0xaa)
            continue;
        out8(port + 2, 0x0c);
        bda_set16(BDA_LPT + 2 * count++, port);
    }
    return count;
}

/* Returns their bits of the equipment word. The controller is reset when INT 13h is first called. */
static uint16_t init_diskettes(void)
{
    uint8_t types = cmos_read(CMOS_DISKETTES);

    out8(PORT_DMA2_MODE, 0xc0); /* channel 4: channels 0-3 behind it */
    out8(PORT_DMA2_MASK, 0x00);
    bios_data.diskette[0].type = types >> 4;
    bios_data.diskette[1].type = types & 15;
    if (!types)
        return 0;
    out8(PORT_PIC1_MASK, 0xb8);
    return types & 15 && types >> 4 ? 0x41 : 0x01;
}

uint32_t post_hardware(uint32_t unused)
{
    uint16_t equipment = 0x0022; /* 80x25 colour, x87 */

    (void)unused;
    chipset_init();
    pci_init();
    fill(BDA_BASE, 0, 0x100);
    set_vectors();
    init_pics();
    init_pit();
    init_clock();
    init_keyboard();
    equipment |= (uint16_t)(init_serial() << 9);
    equipment |= (uint16_t)(init_parallel() << 14);

    write8(EBDA_BASE, EBDA_KIB);
    bda_set16(BDA_EBDA, EBDA_SEGMENT);
    bda_set16(BDA_MEMORY_KIB, BASE_MEMORY_KIB);
    if (memory_map_init())
        mp_table_init(acpi_init()); /* in a machine of 2 MiB and more */
    smbios_init();
    ide_init();
    boot_find();
    equipment |= init_diskettes();
    bda_set16(BDA_EQUIPMENT, equipment);
    return 0;
}

uint32_t block_move(uint32_t request_linear)
{
    const struct block_move *request = (const struct block_move *)request_linear;

    copy(request->to, request->from, request->bytes);
    return 0;
}
