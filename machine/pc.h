/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/pc.h - the board: which chips there are. The wiring is pc.c. */
#ifndef MACHINE_PC_H
#define MACHINE_PC_H

#include "iodev/cmos.h"
#include "iodev/debug_port.h"
#include "iodev/e1000.h"
#include "iodev/fdc.h"
#include "iodev/fw_cfg.h"
#include "iodev/hpet.h"
#include "iodev/i440fx.h"
#include "iodev/i8042.h"
#include "iodev/ide.h"
#include "iodev/ioapic.h"
#include "iodev/isa_debug_exit.h"
#include "iodev/lapic.h"
#include "iodev/lpt.h"
#include "iodev/ne2000.h"
#include "iodev/pflash.h"
#include "iodev/pic.h"
#include "iodev/picture.h"
#include "iodev/piix3.h"
#include "iodev/pit.h"
#include "iodev/port61.h"
#include "iodev/port92.h"
#include "iodev/power.h"
#include "iodev/ps2_keyboard.h"
#include "iodev/ps2_mouse.h"
#include "iodev/typist.h"
#include "iodev/uart.h"
#include "iodev/vga.h"
#include "machine/firmware.h"
#include "machine/host_char.h"
#include "machine/loader.h"
#include "machine/machine.h"
#include "machine/medium.h"
#include "machine/network.h"
#include "machine/option_rom.h"
#include "machine/speaker.h"
#include "machine/wav.h"

/* RAM below this stays in place; what is more appears from 4 GiB up. */
#define LOW_RAM_MOST GIB(3)

struct pc {
    struct machine *machine;
    struct pic *pic;
    struct dma *dma;
    struct fdc *fdc;
    struct pit *pit;
    struct hpet *hpet;
    struct port61 *port61;
    struct cmos *cmos;
    struct i8042 *i8042;
    struct ps2_keyboard *keyboard;
    struct ps2_mouse *mouse;
    struct typist *typist;
    struct port92 *port92;
    struct uart *com1;
    struct uart *com[3]; /* COM2 to COM4; NULL: none */
    struct lpt *lpt;     /* NULL: none */
    struct debug_port *debug_port;
    struct isa_debug_exit *debug_exit;
    struct power *power;
    struct lapic *lapic;
    struct ioapic *ioapic;
    struct vga *vga;
    struct fw_cfg *fw_cfg;
    struct pci_bus *pci;
    struct i440fx *i440fx;
    struct piix3 *piix3;
    struct ide *ide;
    struct pflash *pflash[2];      /* firmware, and its variables; NULL: none */
    struct ata_drive *drive[4];    /* hda to hdd; NULL: none */
    struct media_slots media;      /* what is in them, and in the diskette drives */
    bool a20_keyboard, a20_port92; /* either opens the gate */
    uint8_t com_irqs;              /* COM1 to COM4 as bits: who raises IRQ 4 and 3 */
    struct host_char serial, debugcon, com_line[3], printer;
    struct network network[NICS_MOST]; /* as many as config.nic_count */
    struct boot_plan plan;
    struct buf e820;
    uint8_t menu_wait[4]; /* a file of fw_cfg */
    struct buf rom;       /* the firmware, ours or another */
    struct buf vga_rom;   /* VGA_ROM_BYTES of video BIOS for another one, or nothing */
    struct buf nic_rom[NICS_MOST], option_rom[OPTION_ROMS_MOST];
    struct firmware_files firmware; /* what another one finds in fw_cfg */
    uint64_t ram_below_4g, ram_above_4g;
    struct speaker speaker; /* a listener, not a part of the state */
    struct wav wav;
    struct picture picture; /* what the screen shows: screen.h */
};

/* What of the board is state. */
extern const struct field pc_fields[];

/* Load images and firmware, make the chips, wire them. False: *error is one line. */
MUST_CHECK bool pc_create(struct machine *machine, struct buf *error, int *exit_code);
/* The last moment at which the chips are there: sound goes out, drives give their media back. */
void pc_finish(struct machine *machine);
void pc_destroy(struct machine *machine);
/* The address that the processor has for a byte of struct ram. */
phys_addr pc_ram_address(const struct pc *pc, uint64_t offset);
/* The RESET line or power-on: all chips, the processor. */
void pc_reset(struct machine *machine, enum reset kind);

#endif
