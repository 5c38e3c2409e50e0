/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bios/bios.h - what the parts of the firmware share: registers of a caller, our own state,
 * the BIOS data area. Files compiled for 16-bit mode define BIOS16.
 * Source: IBM PC/AT Technical Reference, "BIOS data area"; Ralf Brown's interrupt list.
 */
#ifndef BIOS_BIOS_H
#define BIOS_BIOS_H

#include <stdbool.h>
#include <stdint.h>

#define PACKED __attribute__((packed))
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#define EBDA_SEGMENT 0x9e00
#define EBDA_BASE 0x9e000u
#define EBDA_KIB 8
#define EBDA_RSDP 0x20     /* offset of the RSDP in the EBDA */
#define EBDA_MP 0x50       /* of the MP floating pointer */
#define EBDA_SMBIOS 0xe00u /* of the SMBIOS structures */
#define EBDA_SMBIOS_BYTES 0x200
#define BASE_MEMORY_KIB (EBDA_BASE / 1024)
#define ROM_SEGMENT 0xf000
#define ROM_BASE 0xe0000u        /* 64 KiB for 32-bit code, 64 KiB that are ROM_SEGMENT */
#define FIRMWARE_TABLES 0x10000u /* taken from the top of the RAM below 4 GiB */
#define FIRMWARE_NVS 0x1000u     /* the last part of it: FACS */

/* Type of an E820 range. Source: ACPI specification, "System Address Map Interfaces". */
enum e820_type {
    E820_RAM = 1,
    E820_RESERVED = 2,
    E820_ACPI = 3,
    E820_NVS = 4,
};

struct PACKED e820_range {
    uint64_t base;
    uint64_t length;
    uint32_t type;
};

#define E820_MAX 24

/* Where a real-mode payload starts. entry.asm knows the offsets. */
struct PACKED real_entry {
    uint16_t ip;
    uint16_t cs;
    uint16_t data; /* DS, ES, FS, GS */
    uint16_t ss;
    uint16_t sp;
    uint16_t flags;
    uint16_t dx;
};

/* A diskette drive, and what is in it. */
struct PACKED diskette {
    uint8_t type;      /* as CMOS 10h has it; 0: no drive */
    bool known;        /* the rest is true of the diskette in the drive */
    uint8_t cylinders; /* counts */
    uint8_t heads;
    uint8_t sectors;
    uint8_t rate;  /* as the controller's data rate register has it */
    uint8_t table; /* row of diskette_table */
};

/* A drive at an IDE channel. */
enum drive_kind { DRIVE_NONE, DRIVE_DISK, DRIVE_CD };

struct PACKED drive {
    uint8_t kind;
    uint8_t unit;  /* 0 hda ... 3 hdd */
    uint16_t base; /* ports: registers, control, bus master (0: none) */
    uint16_t control;
    uint16_t master;
    uint64_t sectors;   /* of a disk */
    uint16_t cylinders; /* as the drive counts them ... */
    uint8_t heads, track_sectors;
    uint16_t translated_cylinders; /* ... and as INT 13h does */
    uint8_t translated_heads, translated_sectors;
    uint8_t wide;   /* has commands of 48 bits */
    uint8_t locked; /* how often INT 13h, 45h has locked the tray */
    uint8_t media_change;
    char model[21];
};

#define DRIVES 4
#define ROM_VECTORS 4 /* entries of option ROMs that are remembered, of each kind */
#define ROM_FILES 8   /* option ROMs of no card */

/* A memory region of the bus master. */
struct PACKED prd {
    uint32_t address;
    uint16_t bytes; /* 0: 64 KiB */
    uint16_t flags;
};

#define PRD_LAST 0x8000

/* The image on a CD that is a drive, as INT 13h, 4Bh describes it. */
struct PACKED cd_image {
    uint8_t size;
    uint8_t media; /* 0 none, 1 1.2 MB, 2 1.44 MB, 3 2.88 MB, 4 hard disk */
    uint8_t drive;
    uint8_t controller;
    uint32_t lba;
    uint16_t specification; /* bit 0: the second drive on its cable */
    uint16_t buffer_segment;
    uint16_t load_segment;
    uint16_t load_sectors;
    uint8_t cylinders, sectors, heads; /* as INT 13h, 08h returns them in CH, CL, DH */
};

/* What could not be booted, and why: said when nothing can. */
struct PACKED boot_failure {
    const char *name, *text;
};

/* Flags of the boot description. */
#define BOOT_TO_COM1 0x1u /* messages go to COM1 as well */
#define BOOT_QUIET 0x2u   /* no sign-on */

/* All our state that is not in the BIOS data area. In the EBDA, which is zero at the start. */
struct PACKED bios_data {
    uint32_t boot_flags;
    uint16_t boot_select; /* fw_cfg key of opt/org.vitrine/boot; 0: none */
    struct diskette diskette[2];
    bool diskette_ready; /* the controller has been reset */
    struct real_entry real_entry;
    uint32_t ram_below_4g; /* end of the usable RAM below 4 GiB, without our tables */
    uint16_t e820_count;
    struct e820_range e820[E820_MAX];
    struct drive drives[DRIVES];
    uint8_t disk_count, cd_count;
    uint8_t disks[DRIVES], cds[DRIVES]; /* which of the drives is 80h + n, E0h + n */
    struct prd prd[3] __attribute__((aligned(4)));
    uint8_t disk_table[2][16]; /* INT 41h and 46h point here */
    uint8_t extension_table[16];
    struct cd_image cd_image;
    bool cd_image_active;
    uint8_t cd_image_index;    /* of its CD drive */
    uint32_t cd_image_sectors; /* of 512 bytes */
    uint8_t boot_order[4];     /* enum boot_device, ended by 0 */
    bool boot_usual;           /* nobody has asked for it */
    uint8_t boot_next;         /* which of them INT 18h tries */
    uint8_t failure_count;
    struct boot_failure failures[9];
    uint8_t boot_menu;
    uint16_t boot_menu_wait; /* milliseconds */
    uint32_t rom_next;       /* where the next option ROM goes; 0: there was none yet */
    uint32_t rom_function;   /* PCI function and file in which it is looked for */
    uint16_t rom_file;
    uint8_t rom_left_out, bcv_count, bev_count;
    uint32_t bcv[ROM_VECTORS], bev[ROM_VECTORS]; /* far pointers: connects disks, boots */
};

/* As CMOS 3Dh and 38h name them. */
enum boot_device { BOOT_DEVICE_NONE, BOOT_DISKETTE, BOOT_DISK, BOOT_CD, BOOT_NETWORK };

_Static_assert(__builtin_offsetof(struct bios_data, prd) % 4 == 0, "the bus master wants it so");

/* What boot_load() found, for the message or the jump that 16-bit code makes of it. */
enum boot_result {
    BOOT_ENTER_REAL, /* bios_data.real_entry says where */
    BOOT_NOTHING,    /* the drives are to be tried */
    BOOT_NO_DMA,
    BOOT_BAD_HEADER,
    BOOT_BAD_KIND,
    BOOT_BAD_SEGMENT,
};

/* BIOS data area, offsets in segment 40h. */
enum bda_offset {
    BDA_COM = 0x00, /* ports of COM1 to COM4, then of LPT1 to LPT3; 0: there is none */
    BDA_LPT = 0x08,
    BDA_EBDA = 0x0e,
    BDA_EQUIPMENT = 0x10,
    BDA_MEMORY_KIB = 0x13,
    BDA_SHIFT_FLAGS = 0x17,
    BDA_SHIFT_KEYS = 0x18,
    BDA_ALT_KEYPAD = 0x19,
    BDA_KEY_HEAD = 0x1a,
    BDA_KEY_TAIL = 0x1c,
    BDA_KEY_BUFFER = 0x1e,
    BDA_KEY_BUFFER_END = 0x3e,
    BDA_DISKETTE_SEEK = 0x3e,
    BDA_DISKETTE_MOTOR = 0x3f,
    BDA_DISKETTE_TIMER = 0x40,
    BDA_DISKETTE_STATUS = 0x41,
    BDA_DISKETTE_RESULT = 0x42,
    BDA_VIDEO_MODE = 0x49,
    BDA_COLUMNS = 0x4a,
    BDA_PAGE_BYTES = 0x4c,
    BDA_PAGE_OFFSET = 0x4e,
    BDA_CURSOR = 0x50, /* 8 words: column, row */
    BDA_CURSOR_SHAPE = 0x60,
    BDA_PAGE = 0x62,
    BDA_CRTC = 0x63,
    BDA_MODE_SELECT = 0x65, /* the CGA's mode and colour registers */
    BDA_COLOUR_SELECT = 0x66,
    BDA_TICKS = 0x6c,
    BDA_MIDNIGHT = 0x70,
    BDA_BREAK = 0x71,
    BDA_RESET_FLAG = 0x72,
    BDA_DISK_STATUS = 0x74,
    BDA_DISK_COUNT = 0x75,
    BDA_LPT_TIMEOUT = 0x78, /* seconds, a byte for each port */
    BDA_COM_TIMEOUT = 0x7c,
    BDA_KEY_START = 0x80,
    BDA_KEY_END = 0x82,
    BDA_LAST_ROW = 0x84,
    BDA_CHARACTER_HEIGHT = 0x85,
    BDA_VIDEO_CONTROL = 0x87,
    BDA_VIDEO_SWITCHES = 0x88,
    BDA_VGA_FLAGS = 0x89,
    BDA_VGA_COMBINATION = 0x8a,
    BDA_DISK_INTERRUPT = 0x8e,
    BDA_DISKETTE_MEDIUM = 0x90,   /* a byte for each drive */
    BDA_DISKETTE_CYLINDER = 0x94, /* likewise */
    BDA_KEY_MODE = 0x96,
    BDA_WAIT_POINTER = 0x98,
    BDA_WAIT_MICROSECONDS = 0x9c,
    BDA_WAIT_ACTIVE = 0xa0,
    BDA_VIDEO_SAVE = 0xa8, /* far pointer to the save pointer table */
    BDA_VESA_MODE = 0xba,  /* 0: none is set */
};

_Static_assert(sizeof(struct bios_data) <= 0x500 - 0x80, "bios.ld has 16-bit data at 500h");

#define COM_PORTS 4
#define LPT_PORTS 3

#define EFLAGS_CF 0x0001
#define EFLAGS_ZF 0x0040
#define EFLAGS_IF 0x0200

#define TICKS_PER_DAY 0x1800b0u /* of the 18.2 Hz timer */

#ifdef BIOS16

extern struct bios_data bios_data;

/* One general register in its usual views. */
#define REGISTER(dword, word, low, high)                                                           \
    union {                                                                                        \
        uint32_t dword;                                                                            \
        uint16_t word;                                                                             \
        struct {                                                                                   \
            uint8_t low, high;                                                                     \
        };                                                                                         \
    }

/* The caller's registers, as int_common in entry.asm saves and restores them. */
struct regs {
    union {
        uint32_t edi;
        uint16_t di;
    };
    union {
        uint32_t esi;
        uint16_t si;
    };
    union {
        uint32_t ebp;
        uint16_t bp;
    };
    uint32_t esp; /* not used */
    REGISTER(ebx, bx, bl, bh);
    REGISTER(edx, dx, dl, dh);
    REGISTER(ecx, cx, cl, ch);
    REGISTER(eax, ax, al, ah);
    uint16_t es, ds;
    uint16_t handler;
    uint16_t ip, cs, flags;
};

static inline void set_carry(struct regs *r, bool carry)
{
    r->flags = (uint16_t)(carry ? r->flags | EFLAGS_CF : r->flags & ~EFLAGS_CF);
}

uint32_t call32(uint32_t (*function)(uint32_t), uint32_t argument);
__attribute__((noreturn)) void enter_real(const struct real_entry *entry);

/* Far call of a ROM with AX and ES:DI = the Plug and Play entry, on a stack below 7C00h. */
void call_rom(uint32_t entry, uint32_t ax);

void int1a_pci(struct regs *r);
void roms_init(void);
void int13_diskette(struct regs *r);
void diskette_tick(void);
void video_set_mode_3(void);
void video_teletype(uint8_t character);
void serial_put(uint8_t character);
void message(const char *text);
void wait_microseconds(uint32_t microseconds);
extern const uint8_t config_table[], diskette_table[];

#else

extern struct bios_data bios_data_linear;
#define bios_data bios_data_linear

#endif

/* 32-bit functions that 16-bit code calls through call32(). */
uint32_t post_hardware(uint32_t unused);
uint32_t boot_load(uint32_t unused);
uint32_t block_move(uint32_t request_linear);
uint32_t rom_load(uint32_t unused);
uint32_t rom_keep(uint32_t segment);
uint32_t rom_close(uint32_t unused);

/* INT 15h, 87h: linear addresses, length in bytes. */
struct block_move {
    uint32_t from, to, bytes;
};

#endif
