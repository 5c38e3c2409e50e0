/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int1a.c - time: the timer tick (INT 08h), the RTC interrupt (INT 70h), INT 1Ah. 16-bit code.
 * Source: MC146818 data sheet; Ralf Brown's interrupt list.
 */
#include "far.h"
#include "io.h"

#define RTC_PERIOD 976 /* microseconds, at 1024 Hz */
#define STATUS_PERIODIC 0x40
#define STATUS_ALARM 0x20

void int08_timer(struct regs *r)
{
    uint32_t ticks = bda_read32(BDA_TICKS) + 1;

    (void)r;
    if (ticks >= TICKS_PER_DAY) {
        ticks = 0;
        bda_write8(BDA_MIDNIGHT, 1);
    }
    bda_write32(BDA_TICKS, ticks);
    diskette_tick();
    __asm__ volatile("int $0x1c" : : : "memory", "eax", "ecx", "edx");
    out8(PORT_PIC1, PIC_EOI);
}

void int70_rtc(struct regs *r)
{
    uint8_t status = cmos_read(CMOS_C);

    (void)r;
    if (status & STATUS_ALARM)
        __asm__ volatile("int $0x4a" : : : "memory", "eax", "ecx", "edx");
    if (status & STATUS_PERIODIC && bda_read8(BDA_WAIT_ACTIVE) & 1) { /* INT 15h, 83h */
        uint32_t left = bda_read32(BDA_WAIT_MICROSECONDS);

        if (left <= RTC_PERIOD) {
            uint16_t segment = bda_read16(BDA_WAIT_POINTER + 2);
            uint16_t offset = bda_read16(BDA_WAIT_POINTER);

            far_write8(segment, offset, far_read8(segment, offset) | 0x80);
            bda_write8(BDA_WAIT_ACTIVE, 0);
            cmos_write(CMOS_B, cmos_read(CMOS_B) & (uint8_t)~CMOS_B_PERIODIC);
            left = RTC_PERIOD;
        }
        bda_write32(BDA_WAIT_MICROSECONDS, left - RTC_PERIOD);
    }
    out8(PORT_PIC2, PIC_EOI);
    out8(PORT_PIC1, PIC_EOI);
}

/* Read registers a, b, c of the clock as one: again until two readings agree. */
static void read_clock(uint8_t a, uint8_t b, uint8_t c, uint8_t value[3])
{
    do {
        value[0] = cmos_read(a);
        value[1] = cmos_read(b);
        value[2] = cmos_read(c);
    } while (value[0] != cmos_read(a) || value[1] != cmos_read(b) || value[2] != cmos_read(c));
}

static void write_clock(uint8_t a, uint8_t b, uint8_t c, uint8_t va, uint8_t vb, uint8_t vc)
{
    uint8_t mode = cmos_read(CMOS_B);

    cmos_write(CMOS_B, mode | CMOS_B_HOLD);
    cmos_write(a, va);
    cmos_write(b, vb);
    cmos_write(c, vc);
    cmos_write(CMOS_B, mode & (uint8_t)~CMOS_B_HOLD);
}

void int1a_clock(struct regs *r)
{
    uint8_t value[3];

    set_carry(r, false);
    switch (r->ah) {
    case 0x00:
        r->cx = bda_read16(BDA_TICKS + 2);
        r->dx = bda_read16(BDA_TICKS);
        r->al = bda_read8(BDA_MIDNIGHT);
        bda_write8(BDA_MIDNIGHT, 0);
        break;
    case 0x01:
        bda_write32(BDA_TICKS, (uint32_t)r->cx << 16 | r->dx);
        bda_write8(BDA_MIDNIGHT, 0);
        break;
    case 0x02:
        read_clock(CMOS_HOURS, CMOS_MINUTES, CMOS_SECONDS, value);
        r->ch = value[0];
        r->cl = value[1];
        r->dh = value[2];
        r->dl = cmos_read(CMOS_B) & 1; /* daylight saving */
        r->ax = value[0];
        break;
    case 0x03:
        write_clock(CMOS_HOURS, CMOS_MINUTES, CMOS_SECONDS, r->ch, r->cl, r->dh);
        break;
    case 0x04:
        read_clock(CMOS_YEAR, CMOS_MONTH, CMOS_DAY, value);
        r->ch = cmos_read(CMOS_CENTURY);
        r->cl = value[0];
        r->dh = value[1];
        r->dl = value[2];
        break;
    case 0x05:
        write_clock(CMOS_YEAR, CMOS_MONTH, CMOS_DAY, r->cl, r->dh, r->dl);
        cmos_write(CMOS_CENTURY, r->ch);
        break;
    case 0xb1:
        int1a_pci(r);
        break;
    default: /* no alarm */
        set_carry(r, true);
    }
}
