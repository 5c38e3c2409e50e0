/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/config.h - what a machine is made of. Filled by main.c from the command line. */
#ifndef MACHINE_CONFIG_H
#define MACHINE_CONFIG_H

#include "machine/boot_order.h"
#include "util/out.h"

struct flat_image {
    const char *file;
    uint64_t address;
};

#define MAX_FLAT 8
#define MAX_MODULES 16

#define NICS_MOST 4
#define NIC_SLOT 3 /* of the first on the PCI bus, where others have it, too */
#define HOSTFWD_MOST 16
#define OPTION_ROMS_MOST 8
#define OPTION_ROM_MOST 0x100000 /* bytes */

enum network_kind {
    NETWORK_NONE, /* a cable to nobody */
    NETWORK_USER,
    NETWORK_TAP,
};
enum nic_model { NIC_E1000, NIC_NE2000 };

/* A network card and what its cable leads to. */
struct nic_config {
    enum network_kind kind;
    enum nic_model model;
    const char *id;             /* of -netdev, or NULL */
    bool has_network, has_card; /* -netdev and -device give one half each */
    uint8_t mac[6];
    bool has_mac; /* else 52:54:00:12:34:56 and following */
    const char *hostfwd[HOSTFWD_MOST];
    unsigned hostfwd_count;
    bool restricted;      /* user: nothing leaves for the host's networks */
    const char *tftp;     /* user: a folder, or NULL */
    const char *bootfile; /* user: what DHCP names */
    const char *hostname; /* user: likewise */
    const char *ifname;   /* tap */
    const char *romfile;  /* its expansion ROM, or NULL */
    const char *pcap;     /* all frames are written there, or NULL */
};

/* What -clock says of virtual time. */
enum clock_mode {
    CLOCK_UNSAID,
    CLOCK_REAL,  /* it goes no faster than the host's */
    CLOCK_TICKS, /* it goes as fast as the host can */
};

struct block;
struct cpu_host;
struct machine;

struct machine_config {
    uint64_t ram_bytes;          /* 512 MiB by default */
    const char *cpu;             /* model[,+flag,-flag] */
    const char *engine;          /* see cpu_choose_engine() */
    uint64_t tb_bytes;           /* room for the host code of "tb" */
    const struct cpu_host *host; /* what the host lends to the engine, or NULL: copied */
    uint64_t ips;                /* ticks a second of guest time */
    enum clock_mode clock;
    uint64_t seed;       /* RDRAND and RDSEED */
    uint64_t rtc_base;   /* calendar seconds since 1970 at tick 0 */
    const char *bios;    /* foreign ROM, or NULL: our own */
    const char *vgabios; /* the video BIOS for a foreign ROM, or NULL; ours has its own */
    const char *option_rom[OPTION_ROMS_MOST]; /* of no card on the bus */
    unsigned option_rom_count;
    const char *kernel;     /* bzImage or Multiboot, or NULL */
    const char *initrd;     /* one file; for Multiboot "file args,file args" */
    const char *append;     /* kernel command line */
    struct boot_order boot; /* of the drives, when nothing above is given */
    struct flat_image flat[MAX_FLAT];
    unsigned flat_count;
    /*
     * Media of hda to hdd, or NULL; a CD drive may have none. The machine closes them if they are
     * `taken`; else they stay the caller's, and live longer than it.
     */
    struct block *ide[4];
    bool ide_is_cd[4];
    struct nic_config nic[NICS_MOST];
    unsigned nic_count;
    bool ide_taken;
    const char *ide_name[4]; /* of the files, for people; or NULL */
    struct block *floppy[2]; /* likewise in fda and fdb; NULL: there is no such drive */
    const char *floppy_name[2];
    struct block *pflash[2]; /* likewise flash memory: firmware instead of `bios`, its variables */
    const char *pflash_name[2];
    bool snapshot;                     /* of media that are put in later: as -snapshot */
    const struct machine *ide_twin_of; /* media are twins of this machine's (medium.h); or NULL */
    const char *serial;                /* stdio, null, file:PATH, pty, tcp:HOST:PORT[,server] */
    const char *com[3];                /* likewise of COM2 to COM4; NULL: there is no such port */
    const char *speaker;               /* WAV file of what the PC speaker plays; NULL: none */
    const char *parallel;              /* where LPT1 prints: file:PATH, null; NULL: there is none */
    const char *debugcon;              /* where port E9h goes: stdio, null, file:PATH; NULL: null */
    bool debug_exit;                   /* isa-debug-exit at debug_exit_port */
    uint16_t debug_exit_port;
    bool no_reboot;   /* a guest reset ends the run */
    bool no_shutdown; /* power-off stops, but does not end, the run */
    bool quiet_bios;
    const char
        *break_row; /* comparison: the second engine gets this row wrong (break.h); or NULL */
};

/* The firmware is not ours. */
bool config_is_foreign(const struct machine_config *config);
/* Nothing to boot was given, and no drive: the built-in kernel it is. */
bool config_is_tour(const struct machine_config *config);
void config_defaults(struct machine_config *config);
/* Everything that can be checked before a machine exists. False: *error is one line. */
MUST_CHECK bool config_check(const struct machine_config *config, struct buf *error);

#endif
