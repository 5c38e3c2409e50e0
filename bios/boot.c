/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/boot.c - the course of the power-on, sign-on, INT 18h and 19h: what is booted, in which order.
 * 16-bit code. Source: Phoenix and Compaq, "BIOS Boot Specification" 1.01.
 */
#include <stddef.h>

#include "far.h"
#include "ide.h"

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

static void message_size(uint64_t sectors)
{
    uint32_t mib = (uint32_t)(sectors >> 11);

    message_number(mib < 0x100000 ? mib : mib >> 10);
    message(mib < 0x100000 ? " MiB" : " GiB");
}

static const char *drive_name(uint8_t unit)
{
    static const char *const names[DRIVES] = { "hda", "hdb", "hdc", "hdd" };

    return names[unit];
}

/* What the power-on has found: name, version, memory, drives. */
static void sign_on(void)
{
    uint32_t kib = bios_data.ram_below_4g / 1024;

    for (unsigned i = 0; i < bios_data.e820_count; i++)
        if (bios_data.e820[i].type == E820_RAM && bios_data.e820[i].base >> 32)
            kib += (uint32_t)(bios_data.e820[i].length >> 10);
    message("vitrine BIOS " VERSION ", ");
    message_number((kib + 512) / 1024);
    message(" MiB of memory\n");
    for (unsigned i = 0; i < DRIVES; i++) {
        const struct drive *drive = &bios_data.drives[i];

        if (drive->kind == DRIVE_NONE)
            continue;
        message(drive_name((uint8_t)i));
        message(": ");
        message(drive->model);
        message(drive->kind == DRIVE_CD ? ", CD" : ", ");
        if (drive->kind == DRIVE_DISK)
            message_size(drive->sectors);
        message("\n");
    }
}

void post_main(void)
{
    call32(post_hardware, 0);
    video_set_mode_3();
    if (!(bios_data.boot_flags & BOOT_QUIET))
        sign_on();
    roms_init();
    __asm__ volatile("sti\n\tint $0x19");
    halt();
}

static const char *const messages[] = {
    [BOOT_NO_DMA] = "fw_cfg: not found or without DMA; it says what to boot",
    [BOOT_BAD_HEADER] = "opt/org.vitrine/boot: not a boot description of version 1",
    [BOOT_BAD_KIND] = "opt/org.vitrine/boot: kind is not known",
    [BOOT_BAD_SEGMENT] = "boot: a part cannot be loaded; its place must be below 4 GiB",
};

static void no_boot(const char *text)
{
    message(text);
    message("\nhalted\n");
    halt();
}

#define SECTOR_ENTRY 0x7c00

/* Sector 0 of a drive to 0000:7C00, as a program would read it. False: it cannot be read. */
static bool read_first_sector(uint8_t drive)
{
    for (unsigned tries = 3; tries; tries--) {
        uint16_t ax = 0x0201;
        uint8_t failed;

        __asm__ volatile("pushw %%es\n\tpushl %%ebx\n\txorw %%bx, %%bx\n\tmovw %%bx, %%es\n\t"
                         "movw $0x7c00, %%bx\n\tint $0x13\n\tpopl %%ebx\n\tpopw %%es\n\tsetc %1"
                         : "+a"(ax), "=qm"(failed)
                         : "c"(0x0001), "d"((uint16_t)drive)
                         : "memory", "cc");
        if (!failed)
            return true;
    }
    return false;
}

static const char *sector_boot(uint8_t drive)
{
    if (!read_first_sector(drive))
        return "its sector 0 cannot be read";
    if (far_read16(0, SECTOR_ENTRY + 510) != 0xaa55)
        return "its sector 0 does not end in 55 aa, so it cannot be booted";
    bios_data.real_entry = (struct real_entry){
        .ip = SECTOR_ENTRY, .sp = SECTOR_ENTRY, .flags = EFLAGS_IF | 2, .dx = drive
    };
    return NULL;
}

static void failed(const char *name, const char *text)
{
    if (bios_data.failure_count < ARRAY_LENGTH(bios_data.failures))
        bios_data.failures[bios_data.failure_count++] = (struct boot_failure){ name, text };
}

static const char *device_name(uint8_t device, uint8_t index)
{
    if (device == BOOT_DISKETTE)
        return "diskette";
    if (device == BOOT_NETWORK)
        return "network";
    if (device == BOOT_DISK && index >= bios_data.disk_count)
        return "disk of an option ROM";
    return drive_name(device == BOOT_CD ? bios_data.cds[index] : bios_data.disks[index]);
}

/* Does not return when it can be booted. */
static void try_drive(uint8_t device, uint8_t index)
{
    const char *error;

    if (device == BOOT_NETWORK) {
        call_rom(bios_data.bev[index], 0);
        error = "the ROM gave up";
    } else if (device == BOOT_CD)
        error = cd_boot(index);
    else
        error = sector_boot((uint8_t)(device == BOOT_DISK ? 0x80 + index : 0));
    if (!error)
        enter_real(&bios_data.real_entry);
    failed(device_name(device, index), error);
}

/* How many there are of a kind. */
static uint8_t count_of(uint8_t device)
{
    switch (device) {
    case BOOT_DISKETTE:
        return bda_read16(BDA_EQUIPMENT) & 1;
    case BOOT_DISK:
        return bda_read8(BDA_DISK_COUNT); /* those of option ROMs are behind ours */
    case BOOT_CD:
        return bios_data.cd_count;
    case BOOT_NETWORK:
        return bios_data.bev_count;
    default:
        return 0;
    }
}

static void try_device(uint8_t device)
{
    static const char *const names[] = { "", "diskette", "disk", "CD", "network" };
    uint8_t count = count_of(device);

    for (uint8_t i = 0; i < count; i++)
        try_drive(device, i);
    if (!count)
        failed(names[device],
               device == BOOT_NETWORK ? "no card has a ROM that boots" : "there is none");
}

/* A key, or 0. */
static uint16_t key_pressed(void)
{
    uint16_t ax = 0x1100;
    uint8_t is;

    __asm__ volatile("int $0x16\n\tsetnz %1" : "+a"(ax), "=qm"(is) : : "memory", "cc");
    if (!is)
        return 0;
    ax = 0x1000;
    __asm__ volatile("int $0x16" : "+a"(ax) : : "memory", "cc");
    return ax;
}

#define KEY_F12 0x8600
#define KEY_ESCAPE 0x011b

/* The drives, one of which is tried first; Esc: none. */
static void choose(void)
{
    uint8_t device[1 + 2 * DRIVES], index[1 + 2 * DRIVES], count = 0, choice;
    uint16_t key;

    message("What to boot (Esc: as usual)\n");
    for (uint8_t d = BOOT_DISKETTE; d <= BOOT_NETWORK; d++)
        for (uint8_t i = 0; i < count_of(d) && count < ARRAY_LENGTH(device); i++) {
            device[count] = d;
            index[count++] = i;
            message("  ");
            message_number(count);
            message(" ");
            message(device_name(d, i));
            message(d == BOOT_CD ? " (CD)\n" : "\n");
        }
    do {
        do {
            __asm__ volatile("sti\n\thlt\n\tcli");
            key = key_pressed();
        } while (!key);
        choice = (uint8_t)((uint8_t)key - '1');
    } while (key != KEY_ESCAPE && choice >= count);
    if (key != KEY_ESCAPE)
        try_drive(device[choice], index[choice]);
}

static void boot_menu(void)
{
    uint32_t start = bda_read32(BDA_TICKS), ticks = bios_data.boot_menu_wait * 18u / 1000;

    message("F12 or Esc: boot menu\n");
    do {
        uint16_t key = key_pressed();

        if (key == KEY_F12 || key == KEY_ESCAPE) {
            choose();
            return;
        }
        __asm__ volatile("sti\n\thlt\n\tcli");
    } while (bda_read32(BDA_TICKS) - start <= ticks);
}

/* The rest of the order. */
__attribute__((noreturn)) static void try_next(void)
{
    while (bios_data.boot_next < ARRAY_LENGTH(bios_data.boot_order) &&
           bios_data.boot_order[bios_data.boot_next])
        try_device(bios_data.boot_order[bios_data.boot_next++]);
    bios_data.boot_flags |= BOOT_TO_COM1; /* who has no screen is to see it as well */
    message("no bootable device\n");
    for (uint8_t i = 0; i < bios_data.failure_count; i++) {
        message("  ");
        message(bios_data.failures[i].name);
        message(": ");
        message(bios_data.failures[i].text);
        message("\n");
    }
    message("halted\n");
    halt();
}

void int18_no_boot(struct regs *r)
{
    (void)r;
    failed("boot program", "it gave up (INT 18h)");
    try_next();
}

void int19_boot(struct regs *r)
{
    uint32_t result = call32(boot_load, 0);

    (void)r;
    if (result == BOOT_ENTER_REAL)
        enter_real(&bios_data.real_entry);
    if (result != BOOT_NOTHING)
        no_boot(result < ARRAY_LENGTH(messages) ? messages[result] : messages[BOOT_BAD_KIND]);
    bios_data.boot_next = bios_data.failure_count = 0;
    if (bios_data.boot_menu)
        boot_menu();
    try_next();
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
