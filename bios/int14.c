/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int14.c - INT 14h: COM1; INT 17h: no printer. 16-bit code.
 * Source: 16550 data sheet; Ralf Brown's interrupt list.
 */
#include "far.h"
#include "io.h"

#define LINE_STATUS 5
#define MODEM_STATUS 6
#define LSR_DATA 0x01
#define LSR_SPACE 0x20
#define STATUS_TIMEOUT 0x80

#define WAIT_TICKS 18 /* one second */

/* Sleep until `bit` of the line status is set. False: it was not, for a second. */
static bool wait_line(uint16_t port, uint8_t bit)
{
    uint32_t start = bda_read32(BDA_TICKS);

    while (!(in8(port + LINE_STATUS) & bit)) {
        if (bda_read32(BDA_TICKS) - start > WAIT_TICKS)
            return false;
        __asm__ volatile("sti\n\thlt\n\tcli");
    }
    return true;
}

void serial_put(uint8_t character)
{
    uint16_t port = bda_read16(BDA_COM1);

    if (port != 0 && wait_line(port, LSR_SPACE))
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
    uint16_t port = r->dx == 0 ? bda_read16(BDA_COM1) : 0;

    if (port == 0) {
        r->ah = STATUS_TIMEOUT;
        return;
    }
    switch (r->ah) {
    case 0x00:
        set_line(port, r->al);
        break;
    case 0x01:
        if (!wait_line(port, LSR_SPACE)) {
            r->ah = STATUS_TIMEOUT;
            return;
        }
        out8(port, r->al);
        r->ah = in8(port + LINE_STATUS);
        return;
    case 0x02:
        if (!wait_line(port, LSR_DATA)) {
            r->ah = STATUS_TIMEOUT;
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
    r->ah = in8(port + LINE_STATUS);
    r->al = in8(port + MODEM_STATUS);
}

void int17_printer(struct regs *r)
{
    r->ah = 0x01; /* time-out */
}
