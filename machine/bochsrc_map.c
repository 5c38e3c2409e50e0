/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/bochsrc_map.c - the directives of a Bochs configuration file, one row each: what they are
 * among our options, or what is said of them. Source: Bochs User Manual, "The configuration file
 * bochsrc"; older spellings by the change lists of its releases.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/bochsrc.h"
#include "util/text.h"

#define SEABIOS "/usr/share/seabios/bios-256k.bin"
#define LEAST_IPS 1000000

struct mapping {
    struct bochsrc *rc;
    const struct bochsrc_line *line;
    const struct directive *row;
    struct buf *error;
};

struct directive {
    const char *name;
    bool (*map)(struct mapping *m); /* NULL: nothing follows from it */
    const char *text;               /* without `map`: what is noted; NULL: nothing */
};

/* The value of "key=value"; NULL: it is not there. */
static const char *value(const struct mapping *m, const char *key)
{
    size_t length = strlen(key);
    const char *found = NULL;

    for (unsigned i = 0; i < m->line->count; i++)
        if (!strncmp(m->line->parameter[i], key, length) && m->line->parameter[i][length] == '=')
            found = m->line->parameter[i] + length + 1;
    return found;
}

/* The first parameter that has no "=", as old files have them. */
static const char *bare(const struct mapping *m)
{
    for (unsigned i = 0; i < m->line->count; i++)
        if (!strchr(m->line->parameter[i], '='))
            return m->line->parameter[i];
    return NULL;
}

static bool is_one_of(const char *word, const char *words)
{
    size_t length = strlen(word);

    for (const char *at = words; length && (at = strstr(at, word)) != NULL; at++)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static bool is_on(const char *word)
{
    return word && is_one_of(word, "1 true yes on");
}

/* "enabled=1", "enabled: true", or the directive alone. */
static bool enabled(const struct mapping *m)
{
    const char *word = value(m, "enabled");

    if (!word)
        word = bare(m);
    return word ? is_on(word) : m->line->count > 0;
}

static bool refuse(struct mapping *m, const char *what, const char *expected)
{
    buf_printf(m->error, "%s:%u: %s: '%s', expected %s", m->line->file, m->line->number,
               m->line->directive, what ? what : "", expected);
    return false;
}

static bool add(struct mapping *m, const char *option, const char *text)
{
    bochsrc_add(m->rc, m->line, option, text);
    return true;
}

static bool add_file(struct mapping *m, const char *option, const char *path)
{
    return path && *path ? add(m, option, path) : refuse(m, path, "a file");
}

static void note(struct mapping *m, const char *text)
{
    bochsrc_note(m->rc, m->line, "%s", text);
}

/* ---- The machine ---- */

static bool map_megs(struct mapping *m)
{
    const char *word = value(m, "guest");
    uint64_t megs;
    char text[32];

    if (!word)
        word = bare(m);
    if (!word || !text_number(word, &megs) || !megs || megs > 1048576)
        return refuse(m, word, "megabytes");
    snprintf(text, sizeof text, "%lluM", (unsigned long long)megs);
    return add(m, "m", text);
}

static bool add_ips(struct mapping *m, const char *word)
{
    uint64_t ips;
    char text[32];

    if (!text_number(word, &ips))
        return refuse(m, word, "instructions a second");
    if (ips < LEAST_IPS) {
        bochsrc_note(m->rc, m->line, "%s instructions a second, %d are the least", word, LEAST_IPS);
        ips = LEAST_IPS;
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)ips);
    return add(m, "ips", text);
}

/* clang-format off */
/* Processors of Bochs, and the nearest of ours. */
static const struct {
    const char *names, *model;
} models[] = {
    { "i386 i486dx4", "486" },
    { "pentium pentium_mmx amd_k6_2_chomper", "pentium" },
    { "p2_klamath p3_katmai", "pentium3" },
    { "p4_willamette p4_prescott_celeron_336 athlon64_clawhammer athlon64_venice turion64_tyler "
      "core_duo_t2400_yonah atom_n270", "x86-64-v1" },
    { "core2_extreme_x9770 core2_penryn_t9600 phenom_8650_toliman corei5_lynnfield_750 "
      "corei5_arrandale_m520 corei7_sandy_bridge_2600k corei7_ivy_bridge_3770k zambezi trinity_apu",
      "x86-64-v2" },
    { "bx_generic corei7_haswell_4770 broadwell_ult ryzen corei7_skylake_x corei3_cnl "
      "corei7_icelake_u tigerlake sapphire_rapids arrow_lake", "x86-64-v3" },
};
/* clang-format on */

static bool map_cpu(struct mapping *m)
{
    const char *model = value(m, "model"), *count = value(m, "count"), *ips = value(m, "ips");
    const char *nearest = NULL;

    if (count && strcmp(count, "1") && strcmp(count, "1:1:1"))
        bochsrc_note(m->rc, m->line, "count=%s: one processor is emulated", count);
    if (is_on(value(m, "reset_on_triple_fault")))
        note(m, "reset_on_triple_fault: not emulated, a triple fault ends the run");
    for (size_t i = 0; model && i < ARRAY_SIZE(models); i++)
        if (is_one_of(model, models[i].names))
            nearest = models[i].model;
    if (nearest)
        add(m, "cpu", nearest);
    else if (model)
        bochsrc_note(m->rc, m->line, "model=%s: not emulated, the default stays", model);
    return !ips || add_ips(m, ips);
}

static bool map_ips(struct mapping *m)
{
    const char *word = bare(m);

    return word ? add_ips(m, word) : refuse(m, word, "instructions a second");
}

static bool add_time(struct mapping *m, const char *word)
{
    uint64_t seconds;
    char text[40];

    if (!word)
        return refuse(m, word, "local, utc or seconds since 1970");
    if (is_one_of(word, "local utc"))
        return add(m, "rtc", "base=realtime");
    if (!text_number(word, &seconds))
        return refuse(m, word, "local, utc or seconds since 1970");
    snprintf(text, sizeof text, "base=%llu", (unsigned long long)seconds);
    return add(m, "rtc", text);
}

static bool map_clock(struct mapping *m)
{
    const char *sync = value(m, "sync"), *time0 = value(m, "time0");

    if (sync && is_one_of(sync, "realtime slowdown both"))
        add(m, "clock", "real");
    else if (sync && strcmp(sync, "none"))
        return refuse(m, sync, "sync=none, slowdown, realtime or both");
    return !time0 || add_time(m, time0);
}

static bool map_time0(struct mapping *m)
{
    return add_time(m, bare(m));
}

static bool map_boot(struct mapping *m)
{
    /* clang-format off */
    static const char words[][2][10] = {
        { "floppy", "a" }, { "a", "a" }, { "disk", "c" }, { "c", "c" }, { "cdrom", "d" },
        { "network", "n" }, { "none", "" },
    };
    /* clang-format on */
    char order[BOCHSRC_PARAMETERS + 8] = "order=";

    for (unsigned i = 0; i < m->line->count; i++) {
        size_t n = 0;

        while (n < ARRAY_SIZE(words) && strcmp(words[n][0], m->line->parameter[i]))
            n++;
        if (n == ARRAY_SIZE(words))
            return refuse(m, m->line->parameter[i], "floppy, disk, cdrom, network or none");
        if (!strchr(order + 6, words[n][1][0]))
            strcat(order, words[n][1]);
    }
    return order[6] ? add(m, "boot", order) : refuse(m, NULL, "floppy, disk, cdrom or network");
}

static const char *file_of(const struct mapping *m)
{
    const char *path = value(m, "file");

    return path ? path : bare(m);
}

/* The package of Bochs' own BIOS may be missing: there are others. */
static bool map_romimage(struct mapping *m)
{
    const char *path = file_of(m), *name = path ? strrchr(path, '/') : NULL;

    name = name ? name + 1 : path;
    if (!path || strncmp(name, "BIOS-bochs-", 11) || m->rc->host->exists(path))
        return add_file(m, "bios", path);
    if (m->rc->host->exists(SEABIOS)) {
        bochsrc_note(m->rc, m->line, "%s: is not there, %s is used", path, SEABIOS);
        return add(m, "bios", SEABIOS);
    }
    bochsrc_note(m->rc, m->line, "%s: is not there, our own firmware is used", path);
    bochsrc_drop(m->rc, m->line->directive);
    return true;
}

static bool map_vgaromimage(struct mapping *m)
{
    const char *path = file_of(m);

    if (!path || m->rc->host->exists(path))
        return add_file(m, "vgabios", path);
    bochsrc_note(m->rc, m->line, "%s: is not there, the firmware's own is used", path);
    return true;
}

static bool map_vga(struct mapping *m)
{
    const char *extension = value(m, "extension");

    if (!extension)
        extension = bare(m);
    if (extension && !is_one_of(extension, "vbe none"))
        bochsrc_note(m->rc, m->line, "extension=%s: not emulated, vbe is", extension);
    return true;
}

static bool map_pci(struct mapping *m)
{
    const char *chipset = value(m, "chipset"), *on = value(m, "enabled");

    if (on && !is_on(on))
        note(m, "enabled=0: not emulated, the board has PCI");
    if (chipset && strcmp(chipset, "i440fx"))
        bochsrc_note(m->rc, m->line, "chipset=%s: not emulated, i440fx is", chipset);
    for (unsigned i = 0; i < m->line->count; i++)
        if (!strncmp(m->line->parameter[i], "slot", 4) && !strstr(m->line->parameter[i], "pcivga"))
            bochsrc_note(m->rc, m->line, "%s: not emulated", m->line->parameter[i]);
    return true;
}

/* ---- Drives ---- */

/* "file=PATH"; a comma is written twice. */
static void add_path(struct buf *drive, const char *path)
{
    buf_add_text(drive, "file=");
    for (; *path; path++) {
        buf_add(drive, path, 1);
        if (*path == ',')
            buf_add(drive, path, 1);
    }
}

static bool add_drive(struct mapping *m, struct buf *drive)
{
    add(m, "drive", buf_text(drive));
    buf_free(drive);
    return true;
}

static bool map_floppy(struct mapping *m)
{
    static const char *const sizes[] = { "image", "1_44", "2_88", "1_2",  "720k",
                                         "360k",  "320k", "180k", "160k", NULL };
    const char *path = NULL, *status = value(m, "status");
    bool second = !strcmp(m->line->directive, "floppyb");
    struct buf drive = { 0 };

    for (unsigned i = 0; sizes[i]; i++)
        if (value(m, sizes[i]))
            path = value(m, sizes[i]);
    bochsrc_drop(m->rc, m->line->directive);
    if (!path || !*path || !strcmp(path, "none") || (status && !strcmp(status, "ejected")))
        return true;
    if (!second && !is_on(value(m, "write_protected")))
        return add(m, "fda", path);
    add_path(&drive, path);
    buf_printf(&drive, ",if=floppy,index=%d,format=raw%s", second,
               is_on(value(m, "write_protected")) ? ",readonly=on" : "");
    return add_drive(m, &drive);
}

static bool map_channel(struct mapping *m)
{
    unsigned n = (unsigned)(m->line->directive[3] - '0');
    const char *address = value(m, "ioaddr1");
    uint64_t port = 0;

    if (!enabled(m))
        return true;
    if (n > 1)
        note(m, "not emulated, there are two channels");
    else if (address && (!text_number(address, &port) || port != (n ? 0x170 : 0x1f0)))
        bochsrc_note(m->rc, m->line, "ioaddr1=%s: not emulated, the port is 0x%x", address,
                     n ? 0x170 : 0x1f0);
    return true;
}

/* One drive, whatever line described it. */
static bool add_ata(struct mapping *m, unsigned index, bool is_cd, const char *path)
{
    const char *mode = value(m, "mode"), *status = value(m, "status");
    const char *format = NULL;
    struct buf drive = { 0 };
    bool undo = mode && is_one_of(mode, "undoable volatile");

    bochsrc_drop(m->rc, m->line->directive);
    if (!mode || undo || is_one_of(mode, "flat"))
        format = "raw";
    else if (is_one_of(mode, "growing sparse"))
        format = mode;
    if (!format) {
        bochsrc_note(m->rc, m->line, "mode=%s: not emulated, the drive is left out", mode);
        return true;
    }
    if (status && !strcmp(status, "ejected"))
        path = NULL;
    if (!is_cd && (!path || !*path))
        return refuse(m, NULL, "path= of a disk image");
    if (undo)
        bochsrc_note(m->rc, m->line, "mode=%s: what is written is lost at the end", mode);
    if (path && *path) {
        add_path(&drive, path);
        buf_printf(&drive, ",format=%s,", format);
    }
    buf_printf(&drive, "if=ide,index=%u,media=%s%s", index, is_cd ? "cdrom" : "disk",
               undo ? ",snapshot=on" : "");
    return add_drive(m, &drive);
}

/* ata0-master ... ata3-slave */
static bool map_ata(struct mapping *m)
{
    const char *name = m->line->directive, *type = value(m, "type"), *path = value(m, "path");
    unsigned index = (unsigned)(name[3] - '0') * 2 + !strcmp(name + 5, "slave");

    if (!type)
        type = "disk";
    if (is_one_of(type, "none disabled")) {
        bochsrc_drop(m->rc, name);
        return true;
    }
    if (!is_one_of(type, "disk cdrom"))
        return refuse(m, type, "disk, cdrom or none");
    if (index > 3) {
        note(m, "not emulated, there are two channels");
        return true;
    }
    return add_ata(m, index, *type == 'c', path);
}

/* diskc, diskd and cdromd of old files */
static bool map_old_drive(struct mapping *m)
{
    bool is_cd = *m->line->directive == 'c';

    return add_ata(m, !strcmp(m->line->directive, "diskc") ? 0 : 1, is_cd,
                   is_cd ? value(m, "dev") : value(m, "file"));
}

/* ---- Input and output ---- */

/* Where a line leads, or NULL with a note. */
static const char *line_spec(struct mapping *m, struct buf *spec)
{
    const char *mode = value(m, "mode"), *dev = value(m, "dev");

    if (!mode)
        mode = dev ? "term" : "null";
    if (is_one_of(mode, "null"))
        return "null";
    if (!dev || !*dev) {
        bochsrc_note(m->rc, m->line, "mode=%s: without dev=, left out", mode);
        return NULL;
    }
    if (is_one_of(mode, "file term raw pipe-server pipe-client"))
        buf_printf(spec, "file:%s", dev);
    else if (is_one_of(mode, "socket-client socket-server socket"))
        buf_printf(spec, "tcp:%s%s", dev, strcmp(mode, "socket-server") ? "" : ",server");
    else
        bochsrc_note(m->rc, m->line, "mode=%s: not emulated", mode);
    return spec->length ? buf_text(spec) : NULL;
}

/* The first -serial is COM1, and so on: all of them again, up to the last that leads somewhere. */
static bool map_com(struct mapping *m)
{
    static char names[][5] = { "com1", "com2", "com3", "com4" };
    char **com = m->rc->com;
    unsigned n = (unsigned)(m->line->directive[3] - '1'), count = 0;
    struct buf spec = { 0 };
    const char *text = NULL;

    if (enabled(m) || !value(m, "enabled"))
        text = line_spec(m, &spec);
    free(com[n]);
    com[n] = text ? xstrdup(text) : NULL;
    buf_free(&spec);
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        bochsrc_drop(m->rc, names[i]);
        if (com[i] && (!i || strcmp(com[i], "null")))
            count = i + 1;
    }
    for (unsigned i = 0; i < count; i++) {
        struct bochsrc_line line = *m->line;

        line.directive = names[i];
        bochsrc_add(m->rc, &line, "serial", com[i] ? com[i] : "null");
    }
    return true;
}

/* A card on the PCI bus, and what its cable leads to. */
static bool map_nic(struct mapping *m)
{
    static const char *const isa[] = { "ioaddr", "irq" };
    bool ne2k = *m->line->directive == 'n';
    const char *mac = value(m, "mac"), *way = value(m, "ethmod"), *device = value(m, "ethdev");
    bool tap = way && is_one_of(way, "tap tuntap");
    struct buf nic = { 0 };

    bochsrc_drop(m->rc, m->line->directive);
    if (value(m, "enabled") && !enabled(m))
        return true;
    for (unsigned i = 0; i < ARRAY_SIZE(isa); i++)
        if (ne2k && value(m, isa[i]))
            bochsrc_note(m->rc, m->line, "%s=%s: not emulated, the firmware chooses for a PCI card",
                         isa[i], value(m, isa[i]));
    if (way && !tap && !is_one_of(way, "slirp vnet"))
        bochsrc_note(m->rc, m->line, "ethmod=%s: not emulated, 'user' (as slirp) is", way);
    if (value(m, "script") && strcmp(value(m, "script"), "none"))
        note(m, "script: not emulated, nothing is run");
    buf_add_text(&nic, tap ? "tap" : "user");
    if (tap && device) /* "/dev/net/tun:tap0" */
        buf_printf(&nic, ",ifname=%s", strrchr(device, ':') ? strrchr(device, ':') + 1 : device);
    buf_printf(&nic, ",model=%s", ne2k ? "ne2k_pci" : "e1000");
    if (mac)
        buf_printf(&nic, ",mac=%s", mac);
    add(m, "nic", buf_text(&nic));
    buf_free(&nic);
    return true;
}

/* The one driver of sounds that fits: into a file, which gets those of the speaker. */
static bool map_sound(struct mapping *m)
{
    const char *driver = value(m, "waveoutdrv"), *path = value(m, "waveout");

    bochsrc_drop(m->rc, m->line->directive);
    return !driver || strcmp(driver, "file") || add_file(m, "speaker", path);
}

static bool map_speaker(struct mapping *m)
{
    if (value(m, "enabled") && !enabled(m))
        bochsrc_drop(m->rc, "sound");
    else if (!value(m, "mode") || strcmp(value(m, "mode"), "sound"))
        note(m,
             "it is heard in a file only, 'mode=sound' and 'sound: waveoutdrv=file, waveout=FILE'");
    return true;
}

static bool map_parport(struct mapping *m)
{
    struct buf spec = { 0 };
    const char *path = file_of(m);

    if (!enabled(m) || !value(m, "file"))
        return true;
    buf_printf(&spec, "file:%s", path);
    add(m, "parallel", buf_text(&spec));
    buf_free(&spec);
    return true;
}

static bool map_port_e9(struct mapping *m)
{
    return !enabled(m) || add(m, "debugcon", "stdio");
}

/* The window has its own default; only its absence is an option. */
static bool map_display(struct mapping *m)
{
    const char *library = bare(m);

    if (!library)
        return refuse(m, NULL, "the name of a library");
    bochsrc_drop(m->rc, m->line->directive);
    if (!strcmp(library, "nogui"))
        return add(m, "display", "none");
    if (is_one_of(library, "rfb vncsrv"))
        bochsrc_note(m->rc, m->line, "%s: not emulated", library);
    return true;
}

static bool map_mouse(struct mapping *m)
{
    const char *type = value(m, "type");

    if (type && is_one_of(type, "serial serial_wheel serial_msys usb bus inport"))
        bochsrc_note(m->rc, m->line, "type=%s: not emulated", type);
    return true;
}

static bool map_keyboard(struct mapping *m)
{
    const char *type = value(m, "type");

    if (type && strcmp(type, "mf"))
        bochsrc_note(m->rc, m->line, "type=%s: not emulated, mf is", type);
    if (value(m, "user_shortcut"))
        note(m, "user_shortcut: not emulated, 'sendkey' of the debugger types keys");
    return true;
}

/* ---- Debugging ---- */

static bool map_log(struct mapping *m)
{
    const char *path = file_of(m);

    bochsrc_drop(m->rc, m->line->directive);
    if (path && !strcmp(path, "-")) /* stderr, as always */
        return true;
    return add_file(m, "log", path);
}

static bool map_debug(struct mapping *m)
{
    const char *action = value(m, "action");

    return !action || strcmp(action, "report") || add(m, "d", "debug");
}

/* "enabled=1, cx, bx", or with blanks between them, which the parser has left out. */
static bool map_magic(struct mapping *m)
{
    static const char *const others[] = { "cx", "dx", "bp", "si", "di" };
    const char *word = value(m, "enabled");

    if (!word ? !enabled(m) : *word != '1' && strncmp(word, "true", 4))
        return true;
    for (size_t n = 0; n < ARRAY_SIZE(others); n++) {
        bool named = word && strstr(word, others[n]);

        for (unsigned i = 0; i < m->line->count; i++)
            named |= !strcmp(m->line->parameter[i], others[n]);
        if (named)
            bochsrc_note(m->rc, m->line, "%s: not emulated, XCHG BX,BX stops", others[n]);
    }
    return add(m, "magic", NULL);
}

static bool map_gdbstub(struct mapping *m)
{
    const char *port = value(m, "port");
    char text[40];

    if (!enabled(m))
        return true;
    snprintf(text, sizeof text, "tcp::%.20s", port ? port : "1234");
    return add(m, "gdb", text);
}

static bool map_symbols(struct mapping *m)
{
    if (value(m, "offset"))
        note(m, "offset: not emulated, 'ldsym FILE OFFSET' of the debugger has it");
    return add_file(m, "symbols", file_of(m));
}

/* A device that is there only when it is on. */
static bool map_absent(struct mapping *m)
{
    if (!value(m, "enabled") || enabled(m))
        note(m, m->row->text ? m->row->text : "not emulated");
    return true;
}

/* clang-format off */
static const struct directive directives[] = {
    { "ata0",              map_channel, NULL },
    { "ata0-master",       map_ata,     NULL },
    { "ata0-slave",        map_ata,     NULL },
    { "ata1",              map_channel, NULL },
    { "ata1-master",       map_ata,     NULL },
    { "ata1-slave",        map_ata,     NULL },
    { "ata2",              map_channel, NULL },
    { "ata2-master",       map_ata,     NULL },
    { "ata2-slave",        map_ata,     NULL },
    { "ata3",              map_channel, NULL },
    { "ata3-master",       map_ata,     NULL },
    { "ata3-slave",        map_ata,     NULL },
    { "boot",              map_boot,    NULL },
    { "cdromd",            map_old_drive, NULL },
    { "clock",             map_clock,   NULL },
    { "cmosimage",         map_absent,  NULL },
    { "com1",              map_com,     NULL },
    { "com2",              map_com,     NULL },
    { "com3",              map_com,     NULL },
    { "com4",              map_com,     NULL },
    { "config_interface",  NULL,        NULL },
    { "cpu",               map_cpu,     NULL },
    { "cpuid",             map_absent,  "not emulated, 'model=' of cpu chooses" },
    { "debug",             map_debug,   NULL },
    { "debug_symbols",     map_symbols, NULL },
    { "debugger_log",      map_absent,  "not emulated, the debugger writes to the terminal" },
    { "diskc",             map_old_drive, NULL },
    { "diskd",             map_old_drive, NULL },
    { "display_library",   map_display, NULL },
    { "e1000",             map_nic,     NULL },
    { "error",             NULL,        NULL }, /* messages are always shown, and never ask */
    { "es1370",            map_absent,  NULL },
    { "floppy_bootsig_check", map_absent, NULL },
    { "floppy_command_delay", NULL,     NULL },
    { "floppya",           map_floppy,  NULL },
    { "floppyb",           map_floppy,  NULL },
    { "fullscreen",        NULL,        NULL },
    { "gdbstub",           map_gdbstub, NULL },
    { "i440fxsupport",     map_pci,     NULL },
    { "info",              NULL,        NULL },
    { "iodebug",           map_absent,  NULL },
    { "ips",               map_ips,     NULL },
    { "keyboard",          map_keyboard, NULL },
    { "keyboard_mapping",  NULL,        NULL },
    { "keyboard_paste_delay", NULL,     NULL },
    { "keyboard_serial_delay", NULL,    NULL },
    { "keyboard_type",     map_keyboard, NULL },
    { "load32bitOSImage",  map_absent,  "not emulated, -kernel starts kernels" },
    { "log",               map_log,     NULL },
    { "logprefix",         NULL,        NULL },
    { "magic_break",       map_magic,   NULL },
    { "max_ips",           NULL,        NULL },
    { "megs",              map_megs,    NULL },
    { "memory",            map_megs,    NULL },
    { "mouse",             map_mouse,   NULL },
    { "ne2k",              map_nic,     NULL },
    { "newharddrivesupport", NULL,      NULL },
    { "optramimage1",      map_absent,  NULL },
    { "optramimage2",      map_absent,  NULL },
    { "optramimage3",      map_absent,  NULL },
    { "optramimage4",      map_absent,  NULL },
    { "optromimage1",      map_absent,  NULL },
    { "optromimage2",      map_absent,  NULL },
    { "optromimage3",      map_absent,  NULL },
    { "optromimage4",      map_absent,  NULL },
    { "panic",             NULL,        NULL },
    { "parport1",          map_parport, NULL },
    { "parport2",          map_absent,  NULL },
    { "pass",              NULL,        NULL },
    { "pci",               map_pci,     NULL },
    { "pcidev",            map_absent,  NULL },
    { "pcipnic",           map_absent,  NULL },
    { "plugin_ctrl",       NULL,        NULL },
    { "pnic",              map_absent,  NULL },
    { "port_e9_hack",      map_port_e9, NULL },
    { "print_timestamps",  map_absent,  NULL },
    { "private_colormap",  NULL,        NULL },
    { "romimage",          map_romimage, NULL },
    { "sb16",              map_absent,  NULL },
    { "screenmode",        NULL,        NULL },
    { "snapshot_chk",      NULL,        NULL },
    { "sound",             map_sound,   NULL },
    { "speaker",           map_speaker, NULL },
    { "text_snapshot_check", NULL,      NULL },
    { "time0",             map_time0,   NULL },
    { "usb_ehci",          map_absent,  NULL },
    { "usb_ohci",          map_absent,  NULL },
    { "usb_uhci",          map_absent,  NULL },
    { "usb_xhci",          map_absent,  NULL },
    { "user_plugin",       map_absent,  NULL },
    { "user_shortcut",     map_absent,  "not emulated, 'sendkey' of the debugger types keys" },
    { "vga",               map_vga,     NULL },
    { "vga_update_interval", NULL,      NULL },
    { "vgaromimage",       map_vgaromimage, NULL },
    { "voodoo",            map_absent,  NULL },
};
/* clang-format on */

/* Warned once for each name. */
static bool unknown(struct bochsrc *rc, const struct bochsrc_line *line, struct buf *error)
{
    const char *names[ARRAY_SIZE(directives) + 1], *nearest;
    struct buf text = { 0 };

    for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
        names[i] = directives[i].name;
    names[ARRAY_SIZE(directives)] = NULL;
    nearest = text_nearest(line->directive, names);
    buf_printf(&text, ": %.60s: unknown directive", line->directive);
    if (rc->strict) {
        buf_printf(error, "%s:%u%s", line->file, line->number, buf_text(&text));
        if (nearest)
            buf_printf(error, " (did you mean '%s'?)", nearest);
    } else if (!strstr(buf_text(&rc->notes), buf_text(&text))) {
        buf_printf(&rc->notes, "%s:%u%s, left out", line->file, line->number, buf_text(&text));
        if (nearest)
            buf_printf(&rc->notes, " (did you mean '%s'?)", nearest);
        buf_add_text(&rc->notes, "\n");
    }
    buf_free(&text);
    return !rc->strict;
}

bool bochsrc_map(struct bochsrc *rc, const struct bochsrc_line *line, struct buf *error)
{
    struct mapping m = { .rc = rc, .line = line, .error = error };

    for (size_t i = 0; i < ARRAY_SIZE(directives); i++) {
        m.row = &directives[i];
        if (strcmp(m.row->name, line->directive))
            continue;
        if (m.row->map)
            return m.row->map(&m);
        if (m.row->text)
            note(&m, m.row->text);
        return true;
    }
    return unknown(rc, line, error);
}
