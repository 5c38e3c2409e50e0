/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/pc.c - the schematic of the PC: memory map, chips, wires. */
#include "machine/pc.h"

#include <stdlib.h>
#include <string.h>

#include "bios/images.h"
#include "cpu/cpuid.h"
#include "cpu/engine.h"
#include "cpu/tlb.h"
#include "machine/image.h"
#include "util/bits.h"

#define ROM_LEAST KIB(64)
#define ROM_MOST MIB(16)
#define LOW_ROM_MOST KIB(128)

/* clang-format off */
/* Everything from one member to the one before another. */
#define NOT_SAVED_SPAN(name, first, next, text)                                                    \
    { name, offsetof(struct pc, first), offsetof(struct pc, next) - offsetof(struct pc, first), 1, \
      FMT_DERIVED, text }

const struct field pc_fields[] = {
    NOT_SAVED_SPAN("chips", machine, media, "the chips"),
    FIELDS(struct pc, media.id, FMT_DEC, "media in hda to hdd, fda, fdb, pflash0, pflash1; 0 none"),
    NOT_SAVED_SPAN("media", media.medium, a20_keyboard, "saved beside the rows"),
    FIELD(struct pc, a20_keyboard, FMT_BOOL, "A20 gate: opened by the keyboard controller"),
    FIELD(struct pc, a20_port92,   FMT_BOOL, "A20 gate: opened by port 92h"),
    FIELD(struct pc, com_irqs,     FMT_HEX,  "serial ports that raise their interrupt, as bits"),
    NOT_SAVED_SPAN("lines", serial, plan, "rows of their own: host_char_fields"),
    NOT_SAVED_SPAN("images", plan, ram_below_4g, "what is booted"),
    NOT_SAVED(struct pc, ram_below_4g, "configuration"),
    NOT_SAVED(struct pc, ram_above_4g, "configuration"),
    NOT_SAVED(struct pc, speaker, "listens to the state"),
    NOT_SAVED(struct pc, wav, "what it heard"),
    NOT_SAVED(struct pc, picture, "drawn from the state"),
    { 0 },
};
/* clang-format on */

/* The ISA bridge's interrupts reach both controllers; IRQ0 sits on pin 2 of the I/O APIC. */
static void interrupt(void *context, unsigned pin, bool level)
{
    struct pc *pc = context;

    pic_set_irq(pc->pic, pin, level);
    ioapic_set_irq(pc->ioapic, pin == 0 ? 2 : pin, level);
}

enum { A20_KEYBOARD, A20_PORT92 };

static void a20_gate(void *context, unsigned pin, bool level)
{
    struct pc *pc = context;

    if (pin == A20_KEYBOARD)
        pc->a20_keyboard = level;
    else
        pc->a20_port92 = level;
    cpu_set_a20(pc->machine->cpu, 0, pc->a20_keyboard || pc->a20_port92);
}

static void reset_request(void *context, unsigned pin, bool level)
{
    struct pc *pc = context;

    (void)pin;
    if (!level)
        return;
    pc->machine->reset_requested = true;
    clock_interrupt_run(&pc->machine->clock);
}

static void power_off(void *context)
{
    struct pc *pc = context;

    pc->machine->power_off_requested = true;
    clock_interrupt_run(&pc->machine->clock);
}

static void debug_exit(void *context, uint32_t code)
{
    struct pc *pc = context;

    pc->machine->exit_requested = true;
    pc->machine->exit_code = (int)(code << 1 | 1) & 0xff;
    clock_interrupt_run(&pc->machine->clock);
}

static int acknowledge(void *context)
{
    struct pc *pc = context;
    int vector = lapic_acknowledge(pc->lapic);

    return vector >= 0 ? vector : pic_acknowledge(pc->pic);
}

static uint64_t read_cr8(void *context)
{
    return lapic_get_tpr(((struct pc *)context)->lapic);
}

static void write_cr8(void *context, uint64_t value)
{
    lapic_set_tpr(((struct pc *)context)->lapic, (unsigned)value);
}

static void set_apic_base(void *context, uint64_t value)
{
    lapic_set_base(((struct pc *)context)->lapic, value);
}

static void set_tsc_deadline(void *context, uint64_t tick)
{
    lapic_set_tsc_deadline(((struct pc *)context)->lapic, tick);
}

static uint64_t get_tsc_deadline(void *context)
{
    return lapic_tsc_deadline(((struct pc *)context)->lapic);
}

static uint64_t x2apic_read(void *context, unsigned index)
{
    return lapic_x2apic_read(((struct pc *)context)->lapic, index);
}

static void x2apic_write(void *context, unsigned index, uint64_t value)
{
    lapic_x2apic_write(((struct pc *)context)->lapic, index, value);
}

/* Other bytes are read at these addresses from now on: nothing that was decoded there is right. */
static void memory_changed(void *context, uint64_t first, uint64_t bytes)
{
    struct cpu *cpu = ((struct pc *)context)->machine->cpu;

    cpu->engine->forget(cpu, first, bytes);
    tlb_memory_changed(cpu);
}

/* The RAM behind the VGA's window is seen instead of it. */
static void show_smram(void *context, bool shown)
{
    struct pc *pc = context;
    struct space *memory = &pc->machine->memory;

    if (shown) {
        space_add_ram(memory, I440FX_SMRAM_FIRST, I440FX_SMRAM_BYTES, I440FX_SMRAM_FIRST);
    } else {
        space_remove(memory, I440FX_SMRAM_FIRST, I440FX_SMRAM_BYTES);
        device_map_memory(&pc->machine->devices, &pc->vga->dev);
    }
    memory_changed(pc, I440FX_SMRAM_FIRST, I440FX_SMRAM_BYTES);
}

static void set_smm(void *context, bool active)
{
    i440fx_set_smm(((struct pc *)context)->i440fx, active);
}

phys_addr pc_ram_address(const struct pc *pc, uint64_t offset)
{
    if (offset < pc->ram_below_4g)
        return offset;
    if (offset < pc->ram_below_4g + pc->ram_above_4g)
        return GIB(4) + (offset - pc->ram_below_4g);
    return (pc->vga->lfb_mapped ? pc->vga->lfb_mapped : VGA_LFB) + (offset - pc->vga->ram_offset);
}

/* COM1 and COM3 share IRQ 4, COM2 and COM4 IRQ 3. */
static void com_irq(void *context, unsigned n, bool level)
{
    struct pc *pc = context;
    uint8_t both = n & 1 ? 0x0a : 0x05;

    pc->com_irqs = (uint8_t)((pc->com_irqs & ~(1u << n)) | (unsigned)level << n);
    piix3_isa_irq(pc->piix3, n & 1 ? 3 : 4, pc->com_irqs & both);
}

static void set_ferr(void *context, bool level)
{
    piix3_isa_irq(((struct pc *)context)->piix3, 13, level);
}

static void wire(struct pc *pc)
{
    struct machine *machine = pc->machine;
    struct cpu *cpu = machine->cpu;

    /* Interrupt requests. */
    for (unsigned n = 0; n < PCI_PINS; n++)
        irq_connect(&pc->pci->pirq[n], piix3_pirq, pc->piix3, n);
    for (unsigned n = 0; n < 16; n++)
        irq_connect(&pc->piix3->irq[n], interrupt, pc, n);
    irq_connect(&pc->ide->channel[0]->irq, piix3_isa_irq, pc->piix3, 14);
    irq_connect(&pc->ide->channel[1]->irq, piix3_isa_irq, pc->piix3, 15);
    irq_connect(&pc->pit->out0, hpet_pit, pc->hpet, 0);
    irq_connect(&pc->cmos->irq, hpet_rtc, pc->hpet, 0);
    irq_connect(&pc->hpet->irq0, piix3_isa_irq, pc->piix3, 0);
    irq_connect(&pc->hpet->irq8, piix3_isa_irq, pc->piix3, 8);
    irq_connect(&pc->hpet->ioapic, ioapic_set_irq, pc->ioapic, 0);
    irq_connect(&pc->i8042->irq1, piix3_isa_irq, pc->piix3, 1);
    irq_connect(&pc->com1->irq, com_irq, pc, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(pc->com); i++) {
        if (pc->com[i])
            irq_connect(&pc->com[i]->irq, com_irq, pc, i + 1);
    }
    if (pc->lpt)
        irq_connect(&pc->lpt->irq, piix3_isa_irq, pc->piix3, 7);
    irq_connect(&pc->fdc->irq, piix3_isa_irq, pc->piix3, 6);
    irq_connect(&pc->power->sci, piix3_isa_irq, pc->piix3, 9);
    irq_connect(&pc->i8042->irq12, piix3_isa_irq, pc->piix3, 12);
    irq_connect(&pc->pic->intr, lapic_set_lint0, pc->lapic, 0);
    irq_connect(&pc->lapic->intr, cpu_set_intr, cpu, 0);
    irq_connect(&pc->lapic->nmi, cpu_set_nmi, cpu, 0);
    irq_connect(&pc->lapic->init, cpu_init_request, cpu, 0);
    irq_connect(&pc->lapic->smi, cpu_set_smi, cpu, 0);
    irq_connect(&pc->power->smi, cpu_set_smi, cpu, 0);
    irq_connect(&pc->port61->nmi, lapic_set_lint1, pc->lapic, 0);
    irq_connect(&pc->cmos->nmi_mask, port61_set, pc->port61, PORT61_NMI_MASK);
    pc->ioapic->deliver = lapic_deliver;
    pc->ioapic->context = pc->lapic;
    pc->lapic->eoi = ioapic_eoi;
    pc->lapic->eoi_context = pc->ioapic;
    /*
     * Foreign firmware knows QEMU's board: OVMF counts on a timer clock of 1 GHz, and old firmware
     * enables the APIC and expects the 8259A's interrupts all the same.
     */
    cpu->crystal_hz = config_is_foreign(&machine->config) ? 1000000000 : 0;
    pc->lapic->bus_hz = cpuid_crystal_hz(cpu);
    pc->lapic->virtual_wire = config_is_foreign(&machine->config);
    pc->lapic->has_deadline = cpu_has(cpu, F_TSCDL);

    /* Gates and resets. */
    irq_connect(&pc->i8042->a20, a20_gate, pc, A20_KEYBOARD);
    irq_connect(&pc->port92->a20, a20_gate, pc, A20_PORT92);
    irq_connect(&pc->i8042->reset, reset_request, pc, 0);
    irq_connect(&pc->port92->reset, reset_request, pc, 0);
    irq_connect(&pc->power->reset, reset_request, pc, 0);
    pc->power->power_off = power_off;
    pc->power->context = pc;

    /* Cables. */
    pc->port61->pit = pc->pit;
    speaker_connect(&pc->speaker, pc->pit, pc->port61);
    if (pc->wav.file)
        pc->speaker.sink = (struct speaker_sink){ wav_write, &pc->wav };
    i8042_plug_keyboard(pc->i8042, &pc->keyboard->cable);
    i8042_plug_aux(pc->i8042, &pc->mouse->cable);
    uart_connect(pc->com1, &pc->serial.line);
    for (unsigned i = 0; i < ARRAY_SIZE(pc->com); i++) {
        if (pc->com[i])
            uart_connect(pc->com[i], &pc->com_line[i].line);
    }
    if (pc->lpt)
        pc->lpt->output = &pc->printer.line;
    pc->debug_port->output = &pc->debugcon.line;
    pc->fw_cfg->memory = &machine->memory;
    pc->pci->memory_changed = memory_changed;
    pc->pci->context = pc;
    pc->i440fx->memory_changed = memory_changed;
    pc->i440fx->show_smram = show_smram;
    pc->i440fx->context = pc;
    pc->typist->keyboard = pc->keyboard;
    pc->vga->map_changed = memory_changed;
    pc->vga->map_context = pc;

    cpu->board = (struct cpu_board){
        .context = pc,
        .acknowledge = acknowledge,
        .read_cr8 = read_cr8,
        .write_cr8 = write_cr8,
        .set_apic_base = set_apic_base,
        .set_tsc_deadline = set_tsc_deadline,
        .get_tsc_deadline = get_tsc_deadline,
        .x2apic_read = x2apic_read,
        .x2apic_write = x2apic_write,
        .set_ferr = set_ferr,
        .set_smm = set_smm,
    };
}

/* What the processor reads in flash memory has changed; the end of the first is seen below 1 MiB, too. */
static void flash_changed(void *context, uint64_t first, uint64_t bytes)
{
    memory_changed(context, first, bytes);
    if (first + bytes == GIB(4))
        memory_changed(context, MIB(1) - LOW_ROM_MOST, LOW_ROM_MOST);
}

/* From 4 GiB down: firmware, then its variables. */
static void make_pflash(struct pc *pc)
{
    const struct machine_config *config = &pc->machine->config;
    static const char *const names[] = { "pflash0", "pflash1" };
    uint64_t end = GIB(4);

    for (unsigned i = 0; i < ARRAY_SIZE(pc->pflash); i++) {
        uint32_t size = config->pflash[i] ? (uint32_t)image_bytes(config->pflash[i]) : 0;

        if (!size)
            continue;
        pc->pflash[i] = device_create(&pc->machine->devices, &pflash_class);
        pc->pflash[i]->dev.name = names[i];
        end -= size;
        pflash_setup(pc->pflash[i], &pc->machine->memory, end, size);
        pc->pflash[i]->map_changed = flash_changed;
        pc->pflash[i]->map_context = pc;
    }
}

static void make_ide(struct pc *pc)
{
    const struct machine_config *config = &pc->machine->config;
    struct device_list *list = &pc->machine->devices;
    struct ide_channel *primary = device_create(list, &ide_channel_class);
    struct ide_channel *secondary = device_create(list, &ide_channel_class);

    pc->ide = device_create(list, &ide_class);
    ide_setup(pc->ide, primary, secondary, pc->pci);
    pc->ide->open = config_is_foreign(config); /* OVMF expects it, as in QEMU */
    for (unsigned i = 0; i < ARRAY_SIZE(pc->drive); i++) {
        if (!config->ide[i] && !config->ide_is_cd[i])
            continue;
        pc->drive[i] = device_create(list, &ata_drive_class);
        ide_plug(pc->ide, pc->drive[i], i, config->ide_is_cd[i], NULL);
    }
}

/* What the drives begin with. */
static void insert_media(struct pc *pc)
{
    struct machine *machine = pc->machine;
    const struct machine_config *config = &machine->config;

    for (unsigned i = 0; i < MEDIA_UNITS; i++) {
        struct block *block = i >= MEDIA_PFLASH0 ? config->pflash[i - MEDIA_PFLASH0]
                              : i < MEDIA_FDA    ? config->ide[i]
                                                 : config->floppy[i - MEDIA_FDA];
        const char *name = i >= MEDIA_PFLASH0 ? config->pflash_name[i - MEDIA_PFLASH0]
                           : i < MEDIA_FDA    ? config->ide_name[i]
                                              : config->floppy_name[i - MEDIA_FDA];
        struct medium *medium = NULL;

        if (config->ide_twin_of)
            medium = medium_twin(config->ide_twin_of->pc->media.medium[i], machine);
        else if (block)
            medium =
                medium_create(machine, block, config->ide_taken, name ? name : block->class->name);
        media_insert(machine, (enum media_unit)i, medium);
        medium_drop(medium);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(pc->pflash); i++) {
        if (pc->pflash[i])
            pflash_load(pc->pflash[i]);
    }
}

/* Does the ROM say that it belongs to this PCI function? Others are given as files. */
static bool is_pci_rom(const struct buf *rom)
{
    unsigned at = rom->length ? load_le16(rom->data + 0x18) : 0;

    return at >= 0x1a && at + 8u <= VGA_ROM_BYTES && !memcmp(rom->data + at, "PCIR", 4) &&
           load_le16(rom->data + at + 4) == 0x1234 && load_le16(rom->data + at + 6) == 0x1111;
}

static void plug_rom(struct pci_function *function, const struct buf *rom)
{
    if (rom->length)
        pci_set_rom(function, rom->data, (uint32_t)rom->length);
}

static void make_nics(struct pc *pc)
{
    static const uint8_t first[NET_ADDRESS] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
    static const char *const names[][NICS_MOST] = { { "e1000", "e1000_2", "e1000_3", "e1000_4" },
                                                    { "ne2000", "ne2000_2", "ne2000_3",
                                                      "ne2000_4" } };
    const struct machine_config *config = &pc->machine->config;
    struct device_list *list = &pc->machine->devices;
    unsigned made[2] = { 0, 0 };

    for (unsigned i = 0; i < config->nic_count; i++) {
        const struct nic_config *nic = &config->nic[i];
        uint8_t mac[NET_ADDRESS];

        memcpy(mac, nic->has_mac ? nic->mac : first, NET_ADDRESS);
        if (!nic->has_mac)
            mac[5] = (uint8_t)(mac[5] + i);
        if (nic->model == NIC_NE2000) {
            struct ne2000 *card = device_create(list, &ne2000_class);

            card->dev.name = names[1][made[1]++];
            ne2000_setup(card, pc->pci, NIC_SLOT + i, mac, &pc->network[i].cable);
            plug_rom(&card->pci, &pc->nic_rom[i]);
        } else {
            struct e1000 *card = device_create(list, &e1000_class);

            card->dev.name = names[0][made[0]++];
            e1000_setup(card, pc->pci, NIC_SLOT + i, mac, &pc->network[i].cable);
            plug_rom(&card->pci, &pc->nic_rom[i]);
        }
    }
}

/* The bus, and the functions that every such board has. */
static void make_pci(struct pc *pc)
{
    struct machine *machine = pc->machine;
    struct device_list *list = &machine->devices;
    const uint8_t *rom = pc->pflash[0] ? pc->pflash[0]->bytes : pc->rom.data;
    uint32_t size = pc->pflash[0] ? pc->pflash[0]->size : (uint32_t)pc->rom.length;
    uint32_t low = size < LOW_ROM_MOST ? size : LOW_ROM_MOST; /* of it below 1 MiB */

    pc->pci = device_create(list, &pci_bus_class);
    pci_bus_setup(pc->pci, &machine->memory, &machine->ports);
    pc->i440fx = device_create(list, &i440fx_class);
    i440fx_setup(pc->i440fx, pc->pci);
    i440fx_set_rom(pc->i440fx, MIB(1) - low, low, rom + size - low);
    if (pc->vga_rom.length) /* for a BIOS that does not look for it on the bus */
        i440fx_set_rom(pc->i440fx, 0xc0000, VGA_ROM_BYTES, pc->vga_rom.data);
    vga_setup_pci(pc->vga, pc->pci, is_pci_rom(&pc->vga_rom) ? pc->vga_rom.data : NULL);
    pc->piix3 = device_create(list, &piix3_class);
    piix3_setup(pc->piix3, pc->pci);
    make_ide(pc);
    make_nics(pc);
    power_setup(pc->power, pc->pci);
}

static void make_chips(struct pc *pc)
{
    struct machine *machine = pc->machine;
    struct device_list *list = &machine->devices;

    make_pflash(pc);
    pc->pic = device_create(list, &pic_class);
    pc->dma = device_create(list, &dma_class);
    pc->dma->memory = &machine->memory;
    pc->fdc = device_create(list, &fdc_class);
    pc->fdc->dma = pc->dma;
    for (unsigned i = 0; i < ARRAY_SIZE(machine->config.floppy); i++) {
        if (machine->config.floppy[i])
            fdc_plug(pc->fdc, i, machine->config.floppy[i]);
    }
    pc->pit = device_create(list, &pit_class);
    pc->port61 = device_create(list, &port61_class);
    pc->cmos = device_create(list, &cmos_class);
    pc->i8042 = device_create(list, &i8042_class);
    pc->keyboard = device_create(list, &ps2_keyboard_class);
    pc->mouse = device_create(list, &ps2_mouse_class);
    pc->port92 = device_create(list, &port92_class);
    pc->com1 = device_create(list, &uart_class);
    uart_setup(pc->com1, &machine->ports, 0x3f8, "com1");
    for (unsigned i = 0; i < ARRAY_SIZE(pc->com); i++) {
        static const char *const names[] = { "com2", "com3", "com4" };
        static const uint16_t bases[] = { 0x2f8, 0x3e8, 0x2e8 };

        if (!machine->config.com[i])
            continue;
        pc->com[i] = device_create(list, &uart_class);
        uart_setup(pc->com[i], &machine->ports, bases[i], names[i]);
    }
    if (machine->config.parallel)
        pc->lpt = device_create(list, &lpt_class);
    pc->debug_port = device_create(list, &debug_port_class);
    debug_port_setup(pc->debug_port, &machine->ports, 0xe9, "debug_port");
    if (machine->config.debug_exit) {
        pc->debug_exit = device_create(list, &isa_debug_exit_class);
        isa_debug_exit_setup(pc->debug_exit, &machine->ports, machine->config.debug_exit_port, 4);
        pc->debug_exit->exit_requested = debug_exit;
        pc->debug_exit->context = pc;
    }
    pc->power = device_create(list, &power_class);
    pc->lapic = device_create(list, &lapic_class);
    pc->ioapic = device_create(list, &ioapic_class);
    pc->hpet = device_create(list, &hpet_class);
    pc->vga = device_create(list, &vga_class);
    vga_plug_memory(pc->vga, &machine->memory, machine->config.ram_bytes);
    pc->fw_cfg = device_create(list, &fw_cfg_class);
    make_pci(pc);
    pc->typist = device_create(list, &typist_class);
}

/* RAM and firmware at the top of 4 GiB. Below 1 MiB VGA and host bridge have the say. */
static void map_memory(struct pc *pc)
{
    struct space *memory = &pc->machine->memory;
    uint64_t size = pc->rom.length;

    space_add_ram(memory, 0, pc->ram_below_4g, 0);
    if (pc->ram_above_4g)
        space_add_ram(memory, GIB(4), pc->ram_above_4g, pc->ram_below_4g);
    space_remove(memory, 0xa0000, 0x20000);
    if (size)
        space_add_rom(memory, GIB(4) - size, size, pc->rom.data, "bios");
}

static bool load_firmware(struct pc *pc, struct buf *error, int *exit_code)
{
    const char *path = pc->machine->config.bios;
    struct boot_plan reader = { 0 };
    const struct buf *file;

    if (pc->machine->config.pflash[0])
        return true;
    if (!path) { /* bytes of this machine's own: the debugger may write to ROM */
        buf_add(&pc->rom, bios_image, bios_image_size);
        return true;
    }
    file = loader_read_file(&reader, path, ROM_MOST, error, exit_code);
    if (!file)
        return false;
    if (file->length < ROM_LEAST || file->length % KIB(64)) {
        buf_printf(error, "%s: %zu bytes, expected a multiple of 64 KiB up to 16 MiB", path,
                   file->length);
        *exit_code = 2;
        boot_plan_free(&reader);
        return false;
    }
    pc->rom = *file;
    return true;
}

/* A video BIOS for foreign firmware, filled up to the size that the bus shows; ROMs of other cards. */
static bool load_roms(struct pc *pc, struct buf *error, int *exit_code)
{
    const struct machine_config *config = &pc->machine->config;
    static const uint8_t blank[VGA_ROM_BYTES];

    if (config->vgabios && config_is_foreign(config)) {
        if (!option_rom_load(&pc->vga_rom, config->vgabios, "a video BIOS", VGA_ROM_BYTES, error,
                             exit_code))
            return false;
        buf_add(&pc->vga_rom, blank, VGA_ROM_BYTES - pc->vga_rom.length);
    }
    for (unsigned i = 0; i < config->nic_count; i++) {
        if (config->nic[i].romfile &&
            !option_rom_load(&pc->nic_rom[i], config->nic[i].romfile, "the ROM of a card",
                             OPTION_ROM_MOST, error, exit_code))
            return false;
    }
    for (unsigned i = 0; i < config->option_rom_count; i++) {
        if (!option_rom_load(&pc->option_rom[i], config->option_rom[i], "an option ROM",
                             OPTION_ROM_MOST, error, exit_code))
            return false;
    }
    return true;
}

static void add_item(struct fw_cfg *fw, const struct boot_segment *segment, unsigned address_key,
                     unsigned size_key, unsigned data_key)
{
    fw_cfg_add_u32(fw, address_key, (uint32_t)segment->address);
    fw_cfg_add_u32(fw, size_key, (uint32_t)segment->size);
    fw_cfg_add_bytes(fw, data_key, segment->data, (uint32_t)segment->size);
}

/* The boot plan as the firmware reads it: bios/README.md. */
static void add_plan(struct pc *pc)
{
    struct boot_plan *plan = &pc->plan;
    struct fw_cfg *fw = pc->fw_cfg;
    uint8_t head[40], row[32];
    char name[40];

    memset(head, 0, sizeof head);
    memcpy(head, "VBOO", 4);
    store_le32(head + 4, 1);
    store_le32(head + 8, plan->kind);
    store_le32(head + 12, plan->flags);
    store_le64(head + 16, plan->entry);
    store_le64(head + 24, plan->argument);
    store_le32(head + 32, plan->count);
    buf_add(&plan->header, head, sizeof head);
    for (unsigned i = 0; i < plan->count; i++) {
        const struct boot_segment *segment = &plan->segment[i];

        snprintf(name, sizeof name, "opt/org.vitrine/segment%u", i);
        memset(row, 0, sizeof row);
        store_le64(row, segment->address);
        store_le64(row + 8, segment->size);
        store_le64(row + 16, segment->memory_size);
        store_le32(row + 24, fw_cfg_add_file(fw, name, segment->data, (uint32_t)segment->size));
        buf_add(&plan->header, row, sizeof row);
    }
    if (plan->kind == BOOT_LINUX) {
        add_item(fw, &plan->setup, FW_CFG_SETUP_ADDR, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA);
        add_item(fw, &plan->kernel, FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA);
        add_item(fw, &plan->initrd, FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA);
        add_item(fw, &plan->command_line, FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE,
                 FW_CFG_CMDLINE_DATA);
    }
    fw_cfg_add_file(fw, "opt/org.vitrine/boot", plan->header.data, (uint32_t)plan->header.length);
}

static void add_e820_entry(struct pc *pc, uint64_t first, uint64_t bytes)
{
    uint8_t entry[20];

    store_le64(entry, first);
    store_le64(entry + 8, bytes);
    store_le32(entry + 16, 1);
    buf_add(&pc->e820, entry, sizeof entry);
}

static void fill_fw_cfg(struct pc *pc)
{
    add_e820_entry(pc, 0, pc->ram_below_4g);
    if (pc->ram_above_4g)
        add_e820_entry(pc, GIB(4), pc->ram_above_4g);
    fw_cfg_add_u64(pc->fw_cfg, FW_CFG_RAM_SIZE, pc->machine->config.ram_bytes);
    fw_cfg_add_u16(pc->fw_cfg, FW_CFG_NB_CPUS, 1);
    fw_cfg_add_u16(pc->fw_cfg, FW_CFG_MAX_CPUS, 1);
    fw_cfg_add_file(pc->fw_cfg, "etc/e820", pc->e820.data, (uint32_t)pc->e820.length);
    if (pc->machine->config.boot.menu) {
        store_le32(pc->menu_wait, pc->machine->config.boot.menu_wait);
        fw_cfg_add_u16(pc->fw_cfg, FW_CFG_BOOT_MENU, 1);
        fw_cfg_add_file(pc->fw_cfg, "etc/boot-menu-wait", pc->menu_wait, sizeof pc->menu_wait);
    }
    if (pc->vga_rom.length && !is_pci_rom(&pc->vga_rom))
        fw_cfg_add_file(pc->fw_cfg, "vgaroms/vgabios.bin", pc->vga_rom.data,
                        (uint32_t)pc->vga_rom.length);
    for (unsigned i = 0; i < pc->machine->config.option_rom_count; i++) {
        char name[FW_CFG_FILE_NAME];

        snprintf(name, sizeof name, "genroms/%u.rom", i);
        fw_cfg_add_file(pc->fw_cfg, name, pc->option_rom[i].data,
                        (uint32_t)pc->option_rom[i].length);
    }
    if (config_is_foreign(&pc->machine->config)) {
        uint32_t id[4];

        cpuid_query(pc->machine->cpu, 1, 0, id);
        firmware_offer(&pc->firmware, pc->fw_cfg, &pc->machine->config, id[CPUID_EAX],
                       id[CPUID_EDX]);
    }
    add_plan(pc);
}

/* -boot; `first`: since power-on nothing was booted. Without it the firmware has its own order. */
static void set_boot_order(struct pc *pc, bool first)
{
    const struct boot_order *boot = &pc->machine->config.boot;
    const char *order = first && *boot->once ? boot->once : boot->order;
    uint8_t low, high;

    boot_order_cmos(order, &low, &high);
    cmos_set(pc->cmos, 0x3d, low);
    cmos_set(pc->cmos, 0x38, high);
}

/* What the set-up program of a real board writes. */
static void fill_cmos(struct pc *pc)
{
    uint8_t types = fdc_drive_types(pc->fdc);
    unsigned drives = (types >> 4 != 0) + (types % 16 != 0);

    cmos_set_memory(pc->cmos, pc->ram_below_4g, pc->ram_above_4g);
    cmos_set(pc->cmos, CMOS_DISKETTES, types);
    cmos_set(pc->cmos, CMOS_EQUIPMENT, (uint8_t)(2 | (drives ? 1 | (drives - 1) << 6 : 0)));
}

static bool open_networks(struct pc *pc, struct buf *error, int *exit_code)
{
    const struct machine_config *config = &pc->machine->config;

    for (unsigned i = 0; i < config->nic_count; i++) {
        if (!network_open(&pc->network[i], &config->nic[i], pc->machine, i, error, exit_code))
            return false;
    }
    return true;
}

bool pc_create(struct machine *machine, struct buf *error, int *exit_code)
{
    struct pc *pc = xcalloc(1, sizeof *pc);
    uint64_t bytes = machine->config.ram_bytes;

    machine->pc = pc;
    pc->machine = machine;
    pc->serial.in = pc->serial.out = pc->serial.listener = -1;
    pc->debugcon.in = pc->debugcon.out = pc->debugcon.listener = -1;
    pc->printer.in = pc->printer.out = pc->printer.listener = -1;
    for (unsigned i = 0; i < ARRAY_SIZE(pc->com_line); i++)
        pc->com_line[i].in = pc->com_line[i].out = pc->com_line[i].listener = -1;
    pc->ram_below_4g = bytes < LOW_RAM_MOST ? bytes : LOW_RAM_MOST;
    pc->ram_above_4g = bytes - pc->ram_below_4g;
    if (!boot_plan_make(&pc->plan, &machine->config, pc->ram_below_4g, pc->ram_above_4g, error,
                        exit_code) ||
        !load_firmware(pc, error, exit_code) || !load_roms(pc, error, exit_code) ||
        !host_char_open(&pc->serial, machine->config.serial, machine->log, error, exit_code) ||
        !host_char_open(&pc->debugcon, machine->config.debugcon, machine->log, error, exit_code) ||
        !host_char_open(&pc->printer, machine->config.parallel, machine->log, error, exit_code) ||
        !open_networks(pc, error, exit_code))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(pc->com_line); i++) {
        if (!host_char_open(&pc->com_line[i], machine->config.com[i], machine->log, error,
                            exit_code))
            return false;
    }
    if (machine->config.speaker &&
        !wav_open(&pc->wav, machine->config.speaker, SPEAKER_HZ, machine->log, error)) {
        *exit_code = 4;
        return false;
    }
    map_memory(pc);
    make_chips(pc);
    insert_media(pc);
    fill_fw_cfg(pc);
    wire(pc);
    fill_cmos(pc);
    set_boot_order(pc, true);
    return true;
}

void pc_reset(struct machine *machine, enum reset kind)
{
    struct pc *pc = machine->pc;

    device_reset_all(&machine->devices, kind);
    fill_cmos(pc);
    set_boot_order(pc, kind == RESET_POWER_ON);
    /* The gate opens for the reset vector; our firmware and all others want it so. */
    pc->a20_keyboard = pc->a20_port92 = true;
    cpu_set_a20(machine->cpu, 0, true);
}

void pc_finish(struct machine *machine)
{
    struct pc *pc = machine->pc;

    if (pc && pc->speaker.pit)
        speaker_catch_up(&pc->speaker);
    if (pc)
        media_remove_all(machine);
}

void pc_destroy(struct machine *machine)
{
    struct pc *pc = machine->pc;

    if (!pc)
        return;
    host_char_close(&pc->serial);
    host_char_close(&pc->debugcon);
    for (unsigned i = 0; i < ARRAY_SIZE(pc->com_line); i++)
        host_char_close(&pc->com_line[i]);
    host_char_close(&pc->printer);
    wav_close(&pc->wav);
    for (unsigned i = 0; i < NICS_MOST; i++)
        network_close(&pc->network[i]);
    boot_plan_free(&pc->plan);
    picture_destroy(&pc->picture);
    buf_free(&pc->e820);
    buf_free(&pc->rom);
    buf_free(&pc->vga_rom);
    for (unsigned i = 0; i < NICS_MOST; i++)
        buf_free(&pc->nic_rom[i]);
    for (unsigned i = 0; i < OPTION_ROMS_MOST; i++)
        buf_free(&pc->option_rom[i]);
    firmware_free(&pc->firmware);
    free(pc);
    machine->pc = NULL;
}
