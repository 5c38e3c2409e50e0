/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.c - the command line: QEMU's spellings with one dash or two, and our own. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpu/cpuid.h"
#include "cpu/engine.h"
#include "debugger/command.h"
#include "debugger/insn_words.h"
#include "machine/network_options.h"
#include "util/text.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#else
#define PACKAGE_VERSION "unconfigured"
#endif

enum option_id {
    OPT_HELP,
    OPT_VERSION,
    OPT_M,
    OPT_CPU,
    OPT_KERNEL,
    OPT_INITRD,
    OPT_APPEND,
    OPT_FLAT,
    OPT_FDA,
    OPT_HD,
    OPT_CDROM,
    OPT_DRIVE,
    OPT_SNAPSHOT,
    OPT_BOOT,
    OPT_BIOS,
    OPT_SERIAL,
    OPT_DEBUGCON,
    OPT_NOGRAPHIC,
    OPT_DISPLAY,
    OPT_DEVICE,
    OPT_NIC,
    OPT_NETDEV,
    OPT_RTC,
    OPT_IPS,
    OPT_SEED,
    OPT_NO_REBOOT,
    OPT_NO_SHUTDOWN,
    OPT_DBG,
    OPT_X,
    OPT_RC,
    OPT_BATCH,
    OPT_EXPECT,
    OPT_TIMEOUT,
    OPT_MAX_ICOUNT,
    OPT_SCREENSHOT_AT,
    OPT_LOG,
    OPT_D,
    OPT_PLAIN,
    OPT_COLOR,
    OPT_MAGIC,
    OPT_SYMBOLS,
    OPT_CASE,
    OPT_STATS,
    OPT_QUIET_BIOS,
    OPT_MANUAL,
    OPT_INSTRUCTIONS,
    OPT_ENGINE,
    OPT_COMPARE,
    OPT_COMPARE_SAMPLE,
    OPT_TB_SIZE,
    OPT_PERFMAP,
    OPT_SMP,
};

struct option {
    const char *name;
    const char *argument; /* what it is called in -help; NULL: none */
    enum option_id id;
    const char *help;  /* NULL: an alias or an option taken for compatibility */
    const char *group; /* of the first option of a group */
};

/*
 * Two options share a line of -help where both are short; HELP_OPTION and HELP_TEXT are the widths.
 * An option without help is another spelling of the one with the same id, and shown beside it.
 */
/* clang-format off */
static const struct option table[] = {
    { "kernel",      "FILE",  OPT_KERNEL,      "Linux or Multiboot", "Boot" },
    { "initrd",      "FILE",  OPT_INITRD,      "initial RAM disk", NULL },
    { "append",      "TEXT",  OPT_APPEND,      "kernel command line", NULL },
    { "fda",         "FILE",  OPT_FDA,         "boot diskette", NULL },
    { "hdb",         "FILE",  OPT_HD,          NULL, NULL },
    { "hdc",         "FILE",  OPT_HD,          NULL, NULL },
    { "hdd",         "FILE",  OPT_HD,          NULL, NULL },
    { "hda",         "FILE",  OPT_HD,          "disk; -hdb to -hdd", NULL },
    { "cdrom",       "FILE",  OPT_CDROM,       "a CD in hdc", NULL },
    { "drive",       "file=F,.", OPT_DRIVE,    "a drive in detail", NULL },
    { "boot",        "ORDER", OPT_BOOT,        "acd, once=, menu=on", NULL },
    { "snapshot",    NULL,    OPT_SNAPSHOT,    "images stay as is", NULL },
    { "flat",        "FILE@ADDR", OPT_FLAT,    "bytes, entered", NULL },
    { "bios",        "FILE",  OPT_BIOS,        "foreign firmware", "Machine" },
    { "m",           "SIZE",  OPT_M,           "memory (512M)", NULL },
    { "cpu",         "MODEL", OPT_CPU,         "'-cpu help' lists", NULL },
    { "ips",         "N",     OPT_IPS,         "ticks a second (1G)", NULL },
    { "smp",         "1",     OPT_SMP,         NULL, NULL },
    { "rtc",         "base=T", OPT_RTC,        "DATE or realtime", NULL },
    { "seed",        "N",     OPT_SEED,        "for RDRAND (1)", NULL },
    { "no-reboot",   NULL,    OPT_NO_REBOOT,   "reset ends the run", NULL },
    { "no-shutdown", NULL,    OPT_NO_SHUTDOWN, "power-off: debugger", NULL },
    { "device",      "DEV",   OPT_DEVICE,      "isa-debug-exit", NULL },
    { "nic",         "NET",   OPT_NIC,         "network: user, tap", NULL },
    { "netdev",      "NET",   OPT_NETDEV,      NULL, NULL },
    { "serial",      "DEV",   OPT_SERIAL,      "stdio, null, file:PATH, pty, tcp:HOST:PORT[,server]", "In, out" },
    { "debugcon",    "DEV",   OPT_DEBUGCON,    "port E9h's output", NULL },
    { "display",     "none",  OPT_DISPLAY,     NULL, NULL },
    { "nographic",   NULL,    OPT_NOGRAPHIC,   "-serial stdio", NULL },
    { "dbg",         NULL,    OPT_DBG,         "start in it", "Debugger" },
    { "S",           NULL,    OPT_DBG,         NULL, NULL },
    { "batch",       NULL,    OPT_BATCH,       "leave after -x", NULL },
    { "x",           "FILE",  OPT_X,           "run these commands", NULL },
    { "rc",          "FILE",  OPT_RC,          "these before -x", NULL },
    { "symbols",     "FILE",  OPT_SYMBOLS,     "ELF, System.map, nm", NULL },
    { "case",        "FILE",  OPT_CASE,        "a silicon case", NULL },
    { "magic",       NULL,    OPT_MAGIC,       "XCHG BX,BX stops", NULL },
    { "perfmap",     NULL,    OPT_PERFMAP,     "names for perf, gdb", NULL },
    { "engine",      "NAME",  OPT_ENGINE,      "interp or tb", "Automate" },
    { "tb-size",     "64M",   OPT_TB_SIZE,     "room for tb's code", NULL },
    { "expect",      "TEXT",  OPT_EXPECT,      "0 if serial sent it", NULL },
    { "timeout",     "30s",   OPT_TIMEOUT,     "end with 124", NULL },
    { "max-icount",  "N",     OPT_MAX_ICOUNT,  "at N ticks the same", NULL },
    { "compare",     "A,B",   OPT_COMPARE,     "engines, or gdb:H:P", NULL },
    { "screenshot-at", "N=FILE.png", OPT_SCREENSHOT_AT, "the screen at tick N; up to 32 of them", NULL },
    { "compare-sample", "P",  OPT_COMPARE_SAMPLE, NULL, NULL },
    { "log",         "FILE",  OPT_LOG,         "machine's messages", "Messages" },
    { "D",           "FILE",  OPT_LOG,         NULL, NULL },
    { "d",           "ITEMS", OPT_D,           "more of them", NULL },
    { "color",       "WHEN",  OPT_COLOR,       "auto, always, never", NULL },
    { "plain",       NULL,    OPT_PLAIN,       "one fact a line", NULL },
    { "quiet-bios",  NULL,    OPT_QUIET_BIOS,  "firmware is silent", NULL },
    { "stats",       NULL,    OPT_STATS,       "ticks and speed", NULL },
    { "version",     NULL,    OPT_VERSION,     "print it and leave", NULL },
    { "help",        NULL,    OPT_HELP,        "this; 'man vitrine'", NULL },
    { "h",           NULL,    OPT_HELP,        NULL, NULL },
    { "manual",      NULL,    OPT_MANUAL,      NULL, NULL }, /* part of vitrine-debugger(7) */
    { "instructions", NULL,  OPT_INSTRUCTIONS, NULL, NULL }, /* doc/instructions.md */
    { NULL, NULL, 0, NULL, NULL },
};

/* What QEMU and Bochs have and we do not: names between blanks, the fact, what to use instead. */
static const struct {
    const char *names, *fact, *instead;
} foreign[] = {
    { " blockdev pflash sd mtdblock ", "disks and CDs are at the IDE controller", "-hda FILE, -cdrom FILE or -drive file=FILE" },
    { " fdb ", "there is one diskette drive", "-fda FILE" },
    { " gdb s ", "there is no GDB server", "-dbg, the debugger inside" },
    { " enable-kvm accel no-kvm enable-hax ", "every instruction is interpreted", "no such option" },
    { " machine M ", "one kind of PC is emulated", "-m, -cpu and -device for what varies" },
    { " monitor mon qmp qmp-pretty ", "there is no monitor", "-dbg, or Ctrl-A c during the run" },
    { " vga sdl gtk curses vnc spice g full-screen ", "there is no window yet", "-screenshot-at TICK=FILE.png" },
    { " net tftp redir ", "networks have one spelling", "-nic user[,hostfwd=...,tftp=...]" },
    { " usb usbdevice ", "USB is not emulated", "-serial DEV" },
    { " soundhw audio audiodev audio-help ", "sound is not emulated", "no such option" },
    { " parallel virtioconsole ", "parallel ports and virtio are not emulated", "-serial DEV or -debugcon DEV" },
    { " chardev ", "character devices are named where they are used", "-serial DEV" },
    { " virtfs fsdev ", "host folders are not shared", "-initrd FILE" },
    { " icount ", "time is always counted in instructions", "-ips N" },
    { " loadvm r restore incoming ", "states are not saved", "no such option: runs repeat exactly" },
    { " record replay ", "runs repeat exactly", "no such option" },
    { " singlestep one-insn-per-tb trace ", "tracing belongs to the debugger", "-dbg, then 'trace'" },
    { " f n q qf ", "bochsrc files are not read", "-m, -fda and the other options" },
    { " daemonize pidfile runas chroot sandbox ", "it is an ordinary process", "the shell's means" },
    { " nodefaults no-user-config no-acpi no-hpet no-fd-bootchk ", "there is nothing to leave out", "no such option" },
    { " name uuid smbios acpitable global object numa mem-path mem-prealloc k L option-rom watchdog ",
      "it is not emulated", "one of 'vitrine -help'" },
};
/* clang-format on */

#define HELP_LINE 80
#define HELP_MARGIN 9 /* the groups' titles */
#define HELP_OPTION 15
#define HELP_TEXT ((HELP_LINE - HELP_MARGIN - 1) / 2 - HELP_OPTION - 1)

/* "-log, -D FILE" */
static void option_text(const struct option *o, struct buf *text)
{
    buf_clear(text);
    buf_printf(text, "-%s", o->name);
    for (const struct option *alias = o + 1; alias->name && !alias->help; alias++)
        if (alias->id == o->id)
            buf_printf(text, ", -%s", alias->name);
    if (o->argument)
        buf_printf(text, " %s", o->argument);
}

/* At most 24 lines of 80 columns: a screen. The manual page has the details. */
static void print_help(struct out *out)
{
    struct buf text = { 0 };
    bool half = false; /* the left half of a line is written ... */
    int blanks = 0;    /* ... and is short by this much */

    out_text(out,
             "usage: vitrine [OPTION...]  without options, a tour; vitrine image -help: disks\n");
    for (const struct option *o = table; o->name; o++) {
        bool narrow;

        if (!o->help)
            continue;
        option_text(o, &text);
        narrow = text.length <= HELP_OPTION && strlen(o->help) <= HELP_TEXT;
        if (half && narrow && !o->group) {
            out_printf(out, "%*s %-*s %s\n", blanks, "", HELP_OPTION, buf_text(&text), o->help);
            half = false;
            continue;
        }
        out_printf(out, "%s%-*s%-*s %s%s", half ? "\n" : "", HELP_MARGIN, o->group ? o->group : "",
                   HELP_OPTION, buf_text(&text), o->help, narrow ? "" : "\n");
        half = narrow;
        blanks = HELP_TEXT - (int)strlen(o->help);
    }
    if (half)
        out_text(out, "\n");
    buf_free(&text);
}

static bool bad(struct buf *error, const char *option, const char *value, const char *expected)
{
    buf_printf(error, "-%s: '%s', expected %s", option, value, expected);
    return false;
}

/* days since 1970-01-01 of a date in the proleptic Gregorian calendar */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    int64_t era;
    unsigned yoe, doy, doe;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = (unsigned)(y - era * 400);
    doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;
    doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

static unsigned days_in_month(unsigned y, unsigned m)
{
    if (m == 2)
        return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28;
    return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

static bool parse_rtc(const char *text, uint64_t *seconds, struct buf *error)
{
    const char *base = strncmp(text, "base=", 5) ? text : text + 5;
    unsigned y, mo, d, h = 0, mi = 0, s = 0;
    uint64_t number;
    char rest;

    if (!strcmp(base, "realtime") || !strcmp(base, "utc")) {
        *seconds = (uint64_t)time(NULL);
        return true;
    }
    if (text_number(base, &number)) {
        *seconds = number;
        return true;
    }
    if ((sscanf(base, "%4u-%2u-%2uT%2u:%2u:%2u%c", &y, &mo, &d, &h, &mi, &s, &rest) == 6 ||
         sscanf(base, "%4u-%2u-%2u%c", &y, &mo, &d, &rest) == 3) &&
        y >= 1970 && mo >= 1 && mo <= 12 && d >= 1 && d <= days_in_month(y, mo) && h < 24 &&
        mi < 60 && s < 60) {
        *seconds = (uint64_t)days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + s;
        return true;
    }
    return bad(error, "rtc", text, "base=2025-01-01T00:00:00, base=SECONDS or base=realtime");
}

static bool parse_flat(struct options *o, char *text, struct buf *error)
{
    char *at = strrchr(text, '@');
    struct machine_config *c = &o->config;

    if (!at || at == text || c->flat_count == MAX_FLAT ||
        !text_number(at + 1, &c->flat[c->flat_count].address))
        return bad(error, "flat", text, "FILE@ADDRESS (up to eight times)");
    *at = 0;
    c->flat[c->flat_count++].file = text;
    return true;
}

static bool parse_network(struct options *o, enum network_option kind, const char *option,
                          char *text, struct buf *error)
{
    struct buf why = { 0 };
    bool ok = network_parse(&o->config, kind, text, &why);

    if (!ok)
        buf_printf(error, "-%s: %s", option, buf_text(&why));
    buf_free(&why);
    return ok;
}

static bool parse_device(struct options *o, char *text, struct buf *error)
{
    const char *base = strstr(text, "iobase=");
    uint64_t port = 0xf4;
    char number[16] = "";

    if (network_is_model(text))
        return parse_network(o, NETWORK_DEVICE, "device", text, error);
    if (strncmp(text, "isa-debug-exit", 14) || (text[14] && text[14] != ','))
        return bad(error, "device", text, "isa-debug-exit[,iobase=PORT], e1000 or ne2k_pci");
    if (base) {
        snprintf(number, sizeof number, "%.*s", (int)strcspn(base + 7, ","), base + 7);
        if (!text_number(number, &port) || port > 0xfffc)
            return bad(error, "device", text, "iobase= a port below 0xfffd");
    }
    o->config.debug_exit = true;
    o->config.debug_exit_port = (uint16_t)port;
    return true;
}

static bool parse_seconds(const char *text, double *seconds, struct buf *error)
{
    char *end;

    *seconds = strtod(text, &end);
    if (end != text && *seconds > 0) {
        if (!strcmp(end, "m"))
            *seconds *= 60;
        if (!*end || !strcmp(end, "s") || !strcmp(end, "m"))
            return true;
        if (!strcmp(end, "ms")) {
            *seconds /= 1000;
            return true;
        }
    }
    return bad(error, "timeout", text, "a time such as 30s, 2m or 500ms");
}

static bool parse_screenshot(struct options *o, char *text, struct buf *error)
{
    char *equals = strchr(text, '=');
    struct screenshot shot = { .file = equals ? equals + 1 : "" };
    unsigned at = o->screenshot_count;
    bool ok;

    if (equals)
        *equals = 0;
    ok = equals && text_number(text, &shot.tick) && *shot.file && at < SCREENSHOTS_MOST;
    if (equals)
        *equals = '=';
    if (!ok)
        return bad(error, "screenshot-at", text, "TICK=FILE.png (up to 32 times)");
    *equals = 0;
    for (; at && o->screenshot[at - 1].tick > shot.tick; at--)
        o->screenshot[at] = o->screenshot[at - 1];
    o->screenshot[at] = shot;
    o->screenshot_count++;
    return true;
}

static bool apply(struct options *o, const struct option *option, char *value, struct buf *error)
{
    struct machine_config *c = &o->config;

    switch (option->id) {
    case OPT_M:
        if (text_size(value, 1048576, &c->ram_bytes))
            return true;
        return bad(error, "m", value, "a size such as 512, 512M or 2G");
    case OPT_IPS:
        if (text_size(value, 1, &c->ips)) {
            if (strpbrk(value, "gG")) /* decimal, not binary, thousands */
                c->ips = c->ips / 1073741824 * 1000000000;
            else if (strpbrk(value, "mM"))
                c->ips = c->ips / 1048576 * 1000000;
            return true;
        }
        return bad(error, "ips", value, "a number such as 200M or 1G");
    case OPT_SEED:
        return text_number(value, &c->seed) || bad(error, "seed", value, "a number");
    case OPT_RTC:
        return parse_rtc(value, &c->rtc_base, error);
    case OPT_CPU:
        c->cpu = value;
        return true;
    case OPT_KERNEL:
        c->kernel = value;
        return true;
    case OPT_INITRD:
        c->initrd = value;
        return true;
    case OPT_APPEND:
        c->append = value;
        return true;
    case OPT_FLAT:
        return parse_flat(o, value, error);
    case OPT_FDA:
        c->fda = value;
        return true;
    case OPT_HD: /* hda ... hdd */
        return media_add_file(&o->media, option->name,
                              (enum media_unit)(MEDIA_HDA + option->name[2] - 'a'), value, error);
    case OPT_CDROM:
        return media_add_file(&o->media, option->name, MEDIA_HDC, value, error);
    case OPT_DRIVE:
        return media_add_drive(&o->media, value, error);
    case OPT_SNAPSHOT:
        return o->media.snapshot = true;
    case OPT_BOOT: {
        struct buf why = { 0 };
        bool ok = boot_order_parse(&c->boot, value, &why);

        if (!ok)
            buf_printf(error, "-boot: %s", buf_text(&why));
        buf_free(&why);
        return ok;
    }
    case OPT_BIOS:
        c->bios = value;
        return true;
    case OPT_SERIAL:
        c->serial = value;
        return true;
    case OPT_DEBUGCON:
        c->debugcon = value;
        return true;
    case OPT_NOGRAPHIC:
        c->serial = "stdio";
        return true;
    case OPT_DISPLAY:
        return !strcmp(value, "none") || bad(error, "display", value, "none (no window yet)");
    case OPT_ENGINE:
        c->engine = value;
        return engine_find(value, error) != NULL;
    case OPT_COMPARE: {
        struct buf why = { 0 };
        bool ok = compare_parse(&o->compare_options, value, &why);

        if (!ok)
            buf_printf(error, "-compare: %s", buf_text(&why));
        buf_free(&why);
        o->compare = true;
        return ok;
    }
    case OPT_COMPARE_SAMPLE:
        o->compare_sample = true;
        return compare_parse_sample(value, &o->compare_options.sample) ||
               bad(error, "compare-sample", value, "a part of the slices such as 0.01 or 1%");
    case OPT_TB_SIZE:
        if (text_size(value, 1048576, &c->tb_bytes)) {
            c->tb_bytes &= ~(uint64_t)PAGE_MASK;
            return true;
        }
        return bad(error, "tb-size", value, "a size such as 16M, 4M to 512M");
    case OPT_PERFMAP:
        o->perfmap = true;
        return true;
    case OPT_SMP:
        return !strcmp(value, "1") || bad(error, "smp", value, "1 (one processor is emulated)");
    case OPT_DEVICE:
        return parse_device(o, value, error);
    case OPT_NIC:
        return parse_network(o, NETWORK_NIC, "nic", value, error);
    case OPT_NETDEV:
        return parse_network(o, NETWORK_NETDEV, "netdev", value, error);
    case OPT_NO_REBOOT:
        c->no_reboot = true;
        return true;
    case OPT_NO_SHUTDOWN:
        c->no_shutdown = true;
        return true;
    case OPT_QUIET_BIOS:
        c->quiet_bios = true;
        return true;
    case OPT_DBG:
        o->debug = true;
        return true;
    case OPT_X:
        o->script = value;
        o->debug = true;
        return true;
    case OPT_RC:
        o->rc = value;
        o->debug = true;
        return true;
    case OPT_BATCH:
        o->batch = true;
        return true;
    case OPT_SYMBOLS:
        o->symbols = value;
        return true;
    case OPT_CASE:
        o->case_file = value;
        o->debug = true;
        return true;
    case OPT_MAGIC:
        o->magic = true;
        return true;
    case OPT_EXPECT:
        o->expect = value;
        return true;
    case OPT_TIMEOUT:
        return parse_seconds(value, &o->timeout, error);
    case OPT_MAX_ICOUNT:
        return (text_number(value, &o->max_icount) && o->max_icount) ||
               bad(error, "max-icount", value, "a number of ticks above 0");
    case OPT_SCREENSHOT_AT:
        return parse_screenshot(o, value, error);
    case OPT_LOG:
        o->log_file = value;
        return true;
    case OPT_D:
        o->verbose = true;
        return true;
    case OPT_STATS:
        o->stats = true;
        return true;
    case OPT_PLAIN:
        o->plain = true;
        return true;
    case OPT_COLOR:
        if (!strcmp(value, "auto") || !strcmp(value, "always") || !strcmp(value, "never")) {
            o->colour = *value == 'n' ? 0 : strcmp(value, "always") ? -1 : 1;
            return true;
        }
        return bad(error, "color", value, "auto, always or never");
    default:
        return true;
    }
}

static const struct option *find(const char *name)
{
    for (const struct option *o = table; o->name; o++) {
        if (!strcmp(o->name, name))
            return o;
    }
    return NULL;
}

static void unknown(const char *name, struct buf *error)
{
    char word[40];
    const char *names[ARRAY_SIZE(table)];
    unsigned count = 0;
    const char *nearest;

    snprintf(word, sizeof word, " %.36s ", name);
    for (unsigned i = 0; i < ARRAY_SIZE(foreign); i++)
        if (strstr(foreign[i].names, word)) {
            buf_printf(error, "-%s: %s, expected %s", name, foreign[i].fact, foreign[i].instead);
            return;
        }
    for (const struct option *o = table; o->name; o++)
        names[count++] = o->name;
    names[count] = NULL;
    nearest = text_nearest(name, names);
    buf_printf(error, "-%s: unknown option", name);
    if (nearest)
        buf_printf(error, " (did you mean '-%s'?)", nearest);
    buf_add_text(error, ", expected one of 'vitrine -help'");
}

/* The drives, once all options have been read. Of diskettes there is what -fda does. */
static bool place_drives(struct options *o, struct buf *error)
{
    const struct media_drive *fda = &o->media.drive[MEDIA_FDA], *fdb = &o->media.drive[MEDIA_FDB];

    if (fdb->option || (fda->option && o->config.fda)) {
        buf_printf(error, "-drive: '%s' is a second diskette, expected one",
                   fdb->option ? fdb->options.file : fda->options.file);
        return false;
    }
    if (fda->option)
        o->config.fda = fda->options.file;
    return media_place(&o->media, error);
}

enum options_result options_parse(struct options *options, int argc, char **argv, struct out *out,
                                  struct buf *error)
{
    memset(options, 0, sizeof *options);
    config_defaults(&options->config);
    compare_defaults(&options->compare_options);
    options->colour = -1;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const struct option *option;
        char *value = NULL;

        if (*name != '-') {
            buf_printf(error, "%s: not an option, expected -kernel %s or the like", name, name);
            return OPTIONS_BAD;
        }
        name += name[1] == '-' ? 2 : 1;
        option = find(name);
        if (!option) {
            unknown(name, error);
            return OPTIONS_BAD;
        }
        if (option->argument) {
            if (i + 1 == argc) {
                buf_printf(error, "-%s: no argument, expected %s", option->name, option->argument);
                return OPTIONS_BAD;
            }
            value = argv[++i];
        }
        if (option->id == OPT_HELP) {
            print_help(out);
            return OPTIONS_DONE;
        }
        if (option->id == OPT_VERSION) {
            out_printf(out, "vitrine %s\n", PACKAGE_VERSION);
            return OPTIONS_DONE;
        }
        if (option->id == OPT_MANUAL) {
            command_manual(out);
            return OPTIONS_DONE;
        }
        if (option->id == OPT_INSTRUCTIONS) {
            instruction_document(out);
            return OPTIONS_DONE;
        }
        if (option->id == OPT_CPU && !strcmp(value, "help")) {
            cpuid_list(out);
            return OPTIONS_DONE;
        }
        if (!apply(options, option, value, error))
            return OPTIONS_BAD;
    }
    if (!place_drives(options, error))
        return OPTIONS_BAD;
    if (options->compare_sample && !options->compare) {
        buf_add_text(error,
                     "-compare-sample: nothing is compared, expected -compare interp,tb too");
        return OPTIONS_BAD;
    }
    if (options->compare) /* between samples the second one runs */
        options->config.engine =
            options->compare_options.engine[options->compare_options.sample > 0];
    return OPTIONS_RUN;
}
