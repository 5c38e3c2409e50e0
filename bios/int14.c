/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int14.c - INT 14h: COM1 to COM4; INT 17h: LPT1 to LPT3; as many as power-on found. 16-bit code.
 * Source: 16550 data sheet; IBM PC/AT Technical Reference, "Parallel Printer Adapter"; Ralf Brown's
 * interrupt list.
 */
#include "far.h"
#include "io.h"

#define LINE_STATUS 5
#define MODEM_STATUS 6
#define LSR_DATA 0x01
#define LSR_SPACE 0x20
#define SERIAL_TIMEOUT 0x80

#define PRINTER_STATUS 1 /* ports of a printer */
#define PRINTER_CONTROL 2
#define PRINTER_READY 0x80
#define PRINTER_INVERTED 0x48 /* acknowledge and error: INT 17h has them as 1 */
#define PRINTER_BITS 0xf8
#define PRINTER_TIMEOUT 0x01
#define CONTROL_SELECTED 0x08 /* and held in reset */
#define CONTROL_READY 0x0c
#define CONTROL_STROBE 0x0d
#define RESET_LOOKS 1000 /* at a port: the reset pulse is longer than 50 microseconds */

#define SECOND_TICKS 18u
#define LOOKS_FOR_SPACE 0x40000u  /* it comes soon, and a tick is long: no sleep before */
#define PATIENCE_LOOKS 0x2000000u /* when no tick comes */

/*
 * Until `bit` of `port` is 1. False: it was not for `seconds`; after `awake` looks the processor halts between
 * them, if the timer can wake it.
 */
static bool wait_bit(uint16_t port, uint8_t bit, uint32_t awake, uint8_t seconds)
{
    uint32_t start = bda_read32(BDA_TICKS), looks = 0;
    bool sleeps = !in_protected_mode() && !(in8(PORT_PIC1_MASK) & 0x01);

    while (!(in8(port) & bit)) {
        if (bda_read32(BDA_TICKS) - start > seconds * SECOND_TICKS || ++looks > PATIENCE_LOOKS)
            return false;
        if (sleeps && looks > awake)
            __asm__ volatile("sti\n\thlt\n\tcli");
    }
    return true;
}

/* Port DX of the list, or 0. */
static uint16_t port_of(uint16_t dx, enum bda_offset list, unsigned count)
{
    return dx < count ? bda_read16(list + dx * 2u) : 0;
}

static bool wait_serial(uint16_t port, uint16_t dx, uint8_t bit)
{
    return wait_bit(port + LINE_STATUS, bit, bit == LSR_SPACE ? LOOKS_FOR_SPACE : 0,
                    bda_read8(BDA_COM_TIMEOUT + dx));
}

void serial_put(uint8_t character)
{
    uint16_t port = port_of(0, BDA_COM, COM_PORTS);

    if (port != 0 && wait_serial(port, 0, LSR_SPACE))
        out8(port, character);
}

static void set_line(uint16_t port, uint8_t parameters)
{
    static const uint16_t divisors[] = { 1047, 768, 384, 192, 96, 48, 24, 12 }; /* 110 to 9600 */
    uint16_t divisor = divisors[parameters >> 5];

    out8(port + 3, 0x80);
    out8(port + 0, (uint8_t)divisor);
    out8(port + 1, divisor >> 8);
    out8(port + 3, parameters & 0x1f);
    out8(port + 4, 0x03);
}

void int14_serial(struct regs *r)
{
    uint16_t port = port_of(r->dx, BDA_COM, COM_PORTS);

    if (port == 0) {
        r->ah = SERIAL_TIMEOUT;
        return;
    }
    switch (r->ah) {
    case 0x00:
        set_line(port, r->al);
        break;
    case 0x01:
        if (!wait_serial(port, r->dx, LSR_SPACE)) {
            r->ah = in8(port + LINE_STATUS) | SERIAL_TIMEOUT;
            return;
        }
        out8(port, r->al);
        r->ah = in8(port + LINE_STATUS) & 0x7f;
        return;
    case 0x02:
        if (!wait_serial(port, r->dx, LSR_DATA)) {
            r->ah = SERIAL_TIMEOUT;
            return;
        }
        r->ah = in8(port + LINE_STATUS) & 0x1e;
        r->al = in8(port);
        return;
    case 0x03:
        break;
    default:
        return;
    }
    r->ah = in8(port + LINE_STATUS) & 0x7f;
    r->al = in8(port + MODEM_STATUS);
}

static uint8_t printer_status(uint16_t port)
{
    return (in8(port + PRINTER_STATUS) ^ PRINTER_INVERTED) & PRINTER_BITS;
}

void int17_printer(struct regs *r)
{
    uint16_t port = port_of(r->dx, BDA_LPT, LPT_PORTS);

    if (port == 0) {
        r->ah = PRINTER_TIMEOUT;
        return;
    }
    switch (r->ah) {
    case 0x00:
        out8(port, r->al);
        if (!wait_bit(port + PRINTER_STATUS, PRINTER_READY, LOOKS_FOR_SPACE,
                      bda_read8(BDA_LPT_TIMEOUT + r->dx))) {
            r->ah = printer_status(port) | PRINTER_TIMEOUT;
            return;
        }
        out8(port + PRINTER_CONTROL, CONTROL_STROBE);
        out8(port + PRINTER_CONTROL, CONTROL_READY);
        break;
    case 0x01:
        out8(port + PRINTER_CONTROL, CONTROL_SELECTED);
        for (unsigned looks = RESET_LOOKS; looks; looks--)
            in8(port + PRINTER_STATUS);
        out8(port + PRINTER_CONTROL, CONTROL_READY);
        break;
    case 0x02:
        break;
    default:
        return;
    }
    r->ah = printer_status(port);
}
