/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/int15.c - INT 15h: memory sizes, A20, block move, waiting. 16-bit code.
 * Source: ACPI specification, "System Address Map Interfaces"; Ralf Brown's interrupt list.
 */
#include "far.h"
#include "fw_cfg.h"
#include "io.h"

#define NOT_SUPPORTED 0x86

static void not_supported(struct regs *r)
{
    r->ah = NOT_SUPPORTED;
    set_carry(r, true);
}

static void success(struct regs *r)
{
    r->ah = 0;
    set_carry(r, false);
}

/* E820h: range number EBX to ES:DI. */
static void memory_range(struct regs *r)
{
    const uint8_t *range;
    uint32_t index = r->ebx;

    if (r->edx != 0x534d4150 || r->ecx < sizeof(struct e820_range) ||
        index >= bios_data.e820_count) {
        not_supported(r);
        return;
    }
    range = (const uint8_t *)&bios_data.e820[index];
    for (unsigned i = 0; i < sizeof(struct e820_range); i++)
        far_write8(r->es, (uint16_t)(r->di + i), range[i]);
    r->eax = 0x534d4150; /* "SMAP" */
    r->ecx = sizeof(struct e820_range);
    r->ebx = index + 1 < bios_data.e820_count ? index + 1 : 0;
    set_carry(r, false);
}

/* E801h: KiB between 1 and 16 MiB; 64 KiB blocks from 16 MiB on. */
static void memory_sizes(struct regs *r)
{
    uint32_t top = bios_data.ram_below_4g;

    r->ax = (uint16_t)(((top < 0x1000000 ? top : 0x1000000) - 0x100000) >> 10);
    r->bx = top > 0x1000000 ? (uint16_t)((top - 0x1000000) >> 16) : 0;
    r->cx = r->ax;
    r->dx = r->bx;
    set_carry(r, false);
}

static void extended_memory(struct regs *r)
{
    uint32_t kib = (bios_data.ram_below_4g - 0x100000) >> 10;

    r->ax = (uint16_t)(kib < 0xfc00 ? kib : 0xfc00); /* at most 63 MiB */
    set_carry(r, false);
}

static bool a20_set(bool on)
{
    uint8_t old = in8(PORT_A20);

    out8(PORT_A20, (uint8_t)((old & 0xfc) | (on ? 2 : 0)));
    return old & 2;
}

static void a20_service(struct regs *r)
{
    switch (r->al) {
    case 0x00:
    case 0x01:
        a20_set(r->al);
        break;
    case 0x02:
        r->al = in8(PORT_A20) >> 1 & 1;
        r->cx = 0;
        break;
    case 0x03:
        r->bx = 0x0003; /* keyboard controller and port 92h */
        break;
    default:
        not_supported(r);
        return;
    }
    success(r);
}

/* Base address of descriptor `offset` of the table at ES:SI. */
static uint32_t descriptor_base(const struct regs *r, uint32_t offset)
{
    uint32_t at = r->si + offset;

    return (far_read32(r->es, at + 2) & 0xffffff) | (uint32_t)far_read8(r->es, at + 7) << 24;
}

/* 87h: CX words between two places given by descriptors. */
static void move_block(struct regs *r)
{
    struct block_move request = {
        .from = descriptor_base(r, 0x10),
        .to = descriptor_base(r, 0x18),
        .bytes = r->cx * 2u,
    };
    bool a20_was_on;

    if (r->cx > 0x8000) {
        r->ah = 0x02;
        set_carry(r, true);
        return;
    }
    a20_was_on = a20_set(true);
    call32(block_move, linear(&request));
    if (!a20_was_on)
        a20_set(false);
    success(r);
}

/* 1193182 Hz counter that grows: ticks since midnight and what the 8254 has counted since. */
static uint32_t timer_now(void)
{
    uint32_t ticks = bda_read32(BDA_TICKS);
    uint16_t count;

    out8(PORT_PIT_COMMAND, 0x00); /* latch channel 0 */
    count = in8(PORT_PIT0);
    count |= (uint16_t)(in8(PORT_PIT0) << 8);
    out8(PORT_PIC1, 0x0a); /* read IRR: a tick that waits for delivery is counted already */
    if (in8(PORT_PIC1) & 1 && count > 0x8000)
        ticks++;
    return (ticks << 16) - count;
}

static void rtc_periodic(bool on)
{
    uint8_t b = cmos_read(CMOS_B), mask = in8(PORT_PIC2_MASK);

    cmos_write(CMOS_B, (uint8_t)(on ? b | CMOS_B_PERIODIC : b & ~CMOS_B_PERIODIC));
    cmos_read(CMOS_C);
    out8(PORT_PIC2_MASK, (uint8_t)(on ? mask & ~1 : mask | 1));
}

/* Sleeps; the RTC's 1024 Hz interrupt wakes it up to look at the time. */
void wait_microseconds(uint32_t microseconds)
{
    uint32_t start = timer_now(), wait;

    if (microseconds > 0x70000000)
        microseconds = 0x70000000;
    wait = (uint32_t)((uint64_t)microseconds * 78196u >> 16); /* x 1.193182 */
    rtc_periodic(true);
    while (timer_now() - start < wait)
        __asm__ volatile("sti\n\thlt\n\tcli");
    rtc_periodic(bda_read8(BDA_WAIT_ACTIVE) & 1);
}

/* 83h: set bit 7 of ES:BX after CX:DX microseconds (AL 0), or forget it (AL 1). */
static void event_wait(struct regs *r)
{
    if (r->al == 0) {
        if (bda_read8(BDA_WAIT_ACTIVE) & 1) {
            r->ah = 0;
            set_carry(r, true);
            return;
        }
        bda_write32(BDA_WAIT_POINTER, (uint32_t)r->es << 16 | r->bx);
        bda_write32(BDA_WAIT_MICROSECONDS, (uint32_t)r->cx << 16 | r->dx);
        bda_write8(BDA_WAIT_ACTIVE, 1);
        rtc_periodic(true);
    } else {
        bda_write8(BDA_WAIT_ACTIVE, 0);
        rtc_periodic(false);
    }
    success(r);
}

void int15_system(struct regs *r)
{
    switch (r->ah) {
    case 0x24:
        a20_service(r);
        break;
    case 0x4f: /* keyboard intercept: key unchanged, go on with it */
        set_carry(r, true);
        break;
    case 0x83:
        event_wait(r);
        break;
    case 0x86:
        wait_microseconds((uint32_t)r->cx << 16 | r->dx);
        success(r);
        break;
    case 0x87:
        move_block(r);
        break;
    case 0x88:
        extended_memory(r);
        break;
    case 0x90: /* device busy, device ready: nobody else to run */
    case 0x91:
        success(r);
        break;
    case 0xc0:
        r->es = ROM_SEGMENT;
        r->bx = (uint16_t)(uint32_t)config_table;
        success(r);
        break;
    case 0xc1:
        r->es = EBDA_SEGMENT;
        set_carry(r, false);
        break;
    case 0xe8:
        if (r->al == 0x20)
            memory_range(r);
        else if (r->al == 0x01)
            memory_sizes(r);
        else
            not_supported(r);
        break;
    default: /* no APM (53h), no mouse (C2h) */
        not_supported(r);
    }
}
