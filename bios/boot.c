/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bios/boot.c - the course of the power-on, sign-on, INT 18h and 19h. 16-bit code. */
#include "bios.h"

/* To the screen, and to COM1 when the emulator asked for it. */
void message(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            video_teletype('\r');
            if (bios_data.boot_flags & BOOT_TO_COM1)
                serial_put('\r');
        }
        video_teletype((uint8_t)*text);
        if (bios_data.boot_flags & BOOT_TO_COM1)
            serial_put((uint8_t)*text);
    }
}

static void message_number(uint32_t value)
{
    char digits[11];
    unsigned i = sizeof(digits) - 1;

    digits[i] = 0;
    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    message(digits + i);
}

static void message_hex(uint16_t value)
{
    char digits[5];

    for (int i = 3; i >= 0; i--, value >>= 4)
        digits[i] = "0123456789abcdef"[value & 15];
    digits[4] = 0;
    message(digits);
}

__attribute__((noreturn)) static void halt(void)
{
    for (;;)
        __asm__ volatile("sti\n\thlt");
}

void post_main(void)
{
    call32(post_hardware, 0);
    video_set_mode_3();
    if (!(bios_data.boot_flags & BOOT_QUIET)) {
        uint32_t kib = bios_data.ram_below_4g / 1024;

        for (unsigned i = 0; i < bios_data.e820_count; i++)
            if (bios_data.e820[i].type == E820_RAM && bios_data.e820[i].base >> 32)
                kib += (uint32_t)(bios_data.e820[i].length >> 10);
        message("vitrine BIOS, ");
        message_number((kib + 512) / 1024);
        message(" MiB of memory\n");
    }
    __asm__ volatile("sti\n\tint $0x19");
    halt();
}

static const char *const messages[] = {
    [BOOT_NOTHING] = "nothing to boot: no kernel and no diskette was given",
    [BOOT_NO_DMA] = "fw_cfg: not found or without DMA; it says what to boot",
    [BOOT_BAD_HEADER] = "opt/org.vitrine/boot: not a boot description of version 1",
    [BOOT_BAD_KIND] = "opt/org.vitrine/boot: kind is not known",
    [BOOT_BAD_SEGMENT] = "boot: a part cannot be loaded; its place must be below 4 GiB",
    [BOOT_BAD_DISKETTE] = "diskette: empty or larger than 2949120 bytes",
    [BOOT_NO_SIGNATURE] = "diskette: sector 0 does not end in 55 aa, so it cannot be booted",
};

static void no_boot(const char *text)
{
    message(text);
    message("\nhalted\n");
    halt();
}

struct regs;

void int18_no_boot(struct regs *r)
{
    (void)r;
    no_boot("the boot program gave up (INT 18h)");
}

void int19_boot(struct regs *r)
{
    uint32_t result = call32(boot_load, 0);

    (void)r;
    if (result == BOOT_ENTER_REAL)
        enter_real(&bios_data.real_entry);
    no_boot(result < ARRAY_LENGTH(messages) ? messages[result] : messages[BOOT_BAD_KIND]);
}

/* Divide error and invalid opcode: nobody took the vector, and returning would only repeat it. */
void int_exception(struct regs *r)
{
    message("\nexception (#DE or #UD) that nobody handles, at ");
    message_hex(r->cs);
    message(":");
    message_hex(r->ip);
    no_boot("");
}
