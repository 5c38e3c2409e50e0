/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.c - the command line: QEMU's spellings with one dash or two, and our own. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bochsrc_file.h"
#include "cpu/cpuid.h"
#include "cpu/engine.h"
#include "debugger/command.h"
#include "debugger/insn_words.h"
#include "gui/frontend.h"
#include "machine/network_options.h"
#include "options_print.h"
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
    OPT_FD,
    OPT_HD,
    OPT_CDROM,
    OPT_DRIVE,
    OPT_SNAPSHOT,
    OPT_BOOT,
    OPT_BIOS,
    OPT_VGABIOS,
    OPT_OPTION_ROM,
    OPT_PFLASH,
    OPT_SERIAL,
    OPT_PARALLEL,
    OPT_SPEAKER,
    OPT_AUDIO,
    OPT_DEBUGCON,
    OPT_NOGRAPHIC,
    OPT_DISPLAY,
    OPT_DEVICE,
    OPT_NIC,
    OPT_NETDEV,
    OPT_RTC,
    OPT_IPS,
    OPT_CLOCK,
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
    OPT_F,
    OPT_N,
    OPT_Q,
    OPT_STRICT_CONFIG,
    OPT_DUMP_CONFIG,
    OPT_COMPLETION,
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
    { "fdb",         "FILE",  OPT_FD,          NULL, NULL },
    { "fda",         "FILE",  OPT_FD,          "diskette; -fdb", NULL },
    { "hdb",         "FILE",  OPT_HD,          NULL, NULL },
    { "hdc",         "FILE",  OPT_HD,          NULL, NULL },
    { "hdd",         "FILE",  OPT_HD,          NULL, NULL },
    { "hda",         "FILE",  OPT_HD,          "disk; -hdb to -hdd", NULL },
    { "cdrom",       "FILE",  OPT_CDROM,       "a CD in hdc", NULL },
    { "drive",       "file=F,.", OPT_DRIVE,    "a drive in detail", NULL },
    { "boot",        "ORDER", OPT_BOOT,        "acdn once= menu=on", NULL },
    { "snapshot",    NULL,    OPT_SNAPSHOT,    "images stay as is", NULL },
    { "flat",        "FILE@ADDR", OPT_FLAT,    "bytes, entered", NULL },
    { "bios",        "FILE",  OPT_BIOS,        "foreign firmware", "Machine" },
    { "vgabios",     "FILE",  OPT_VGABIOS,     NULL, NULL },
    { "option-rom",  "FILE",  OPT_OPTION_ROM,  NULL, NULL },
    { "pflash",      "FILE",  OPT_PFLASH,      NULL, NULL },
    { "m",           "SIZE",  OPT_M,           "memory (512M)", NULL },
    { "cpu",         "MODEL", OPT_CPU,         "'-cpu help' lists", NULL },
    { "ips",         "N",     OPT_IPS,         "ticks a second (1G)", NULL },
    { "clock",       "WHAT",  OPT_CLOCK,       NULL, NULL },
    { "smp",         "1",     OPT_SMP,         NULL, NULL },
    { "rtc",         "base=T", OPT_RTC,        "DATE or realtime", NULL },
    { "seed",        "N",     OPT_SEED,        NULL, NULL },
    { "no-reboot",   NULL,    OPT_NO_REBOOT,   "reset ends the run", NULL },
    { "no-shutdown", NULL,    OPT_NO_SHUTDOWN, NULL, NULL },
    { "device",      "DEV",   OPT_DEVICE,      "isa-debug-exit", NULL },
    { "nic",         "NET",   OPT_NIC,         "network: user, tap", NULL },
    { "netdev",      "NET",   OPT_NETDEV,      NULL, NULL },
    { "serial",      "DEV",   OPT_SERIAL,      "stdio, null, file:PATH, pty, tcp:HOST:PORT[,server]", "In, out" },
    { "debugcon",    "DEV",   OPT_DEBUGCON,    "port E9h's output", NULL },
    { "parallel",    "file:F", OPT_PARALLEL,   NULL, NULL },
    { "speaker",     "FILE.wav", OPT_SPEAKER,  NULL, NULL },
    { "audio",       "WHAT",  OPT_AUDIO,       NULL, NULL },
    { "display",     "WHAT",  OPT_DISPLAY,     "sdl, curses, none", NULL },
    { "nographic",   NULL,    OPT_NOGRAPHIC,   "-serial stdio", NULL },
    { "f",           "FILE",  OPT_F,           "a bochsrc file", NULL },
    { "qf",          "FILE",  OPT_F,           NULL, NULL },
    { "n",           NULL,    OPT_N,           NULL, NULL },
    { "q",           NULL,    OPT_Q,           NULL, NULL },
    { "strict-config", NULL,  OPT_STRICT_CONFIG, NULL, NULL },
    { "dump-config", NULL,    OPT_DUMP_CONFIG, NULL, NULL },
    { "dbg",         NULL,    OPT_DBG,         "start in it", "Debugger" },
    { "S",           NULL,    OPT_DBG,         NULL, NULL },
    { "batch",       NULL,    OPT_BATCH,       "leave after -x", NULL },
    { "x",           "FILE",  OPT_X,           "run these commands", NULL },
    { "rc",          "FILE",  OPT_RC,          NULL, NULL },
    { "symbols",     "FILE",  OPT_SYMBOLS,     "ELF, System.map, nm", NULL },
    { "case",        "FILE",  OPT_CASE,        "a silicon case", NULL },
    { "magic",       NULL,    OPT_MAGIC,       "XCHG BX,BX stops", NULL },
    { "perfmap",     NULL,    OPT_PERFMAP,     NULL, NULL },
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
    { "completion",  "SHELL", OPT_COMPLETION,  NULL, NULL }, /* what the shell is told */
    { NULL, NULL, 0, NULL, NULL },
};

/* What QEMU and Bochs have and we do not: names between blanks, the fact, what to use instead. */
static const struct {
    const char *names, *fact, *instead;
} foreign[] = {
    { " blockdev sd mtdblock ", "disks and CDs are at the IDE controller", "-hda FILE, -cdrom FILE or -drive file=FILE" },
    { " gdb s ", "there is no GDB server", "-dbg, the debugger inside" },
    { " enable-kvm accel no-kvm enable-hax ", "every instruction is interpreted", "no such option" },
    { " machine M ", "one kind of PC is emulated", "-m, -cpu and -device for what varies" },
    { " monitor mon qmp qmp-pretty ", "there is no monitor", "-dbg, or Ctrl-A c during the run" },
    { " vga sdl gtk vnc spice g full-screen ", "it has another name", "-display sdl, then Ctrl-Alt-F for the full screen" },
    { " net tftp redir ", "networks have one spelling", "-nic user[,hostfwd=...,tftp=...]" },
    { " usb usbdevice ", "USB is not emulated", "-serial DEV" },
    { " soundhw audiodev audio-help ", "there is the PC speaker alone", "-audio sdl, none or wav:FILE" },
    { " virtioconsole ", "virtio is not emulated", "-serial DEV or -debugcon DEV" },
    { " chardev ", "character devices are named where they are used", "-serial DEV" },
    { " virtfs fsdev ", "host folders are not shared", "-initrd FILE" },
    { " icount ", "time is always counted in instructions", "-ips N" },
    { " loadvm r restore incoming ", "states are not saved", "no such option: runs repeat exactly" },
    { " record replay ", "runs repeat exactly", "no such option" },
    { " singlestep one-insn-per-tb trace ", "tracing belongs to the debugger", "-dbg, then 'trace'" },
    { " daemonize pidfile runas chroot sandbox ", "it is an ordinary process", "the shell's means" },
    { " nodefaults no-user-config no-acpi no-hpet no-fd-bootchk ", "there is nothing to leave out", "no such option" },
    { " name uuid smbios acpitable global object numa mem-path mem-prealloc k L watchdog ",
      "it is not emulated", "one of 'vitrine -help'" },
};
/* clang-format on */

static bool bad(struct buf *error, const char *option, const char *value, const char *expected)
{
    buf_printf(error, "-%s: '%s', expected %s", option, value, expected);
    return false;
}

/* days since 1970-01-01 of a date in the proleptic Gregorian calendar */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    int64_t year = y - (m <= 2), era = (year >= 0 ? year : year - 399) / 400;
    unsigned yoe = (unsigned)(year - era * 400);
    unsigned doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;

    return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
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
    case OPT_CLOCK:
        c->clock = strcmp(value, "real") ? CLOCK_TICKS : CLOCK_REAL;
        return c->clock == CLOCK_REAL || !strcmp(value, "ticks") ||
               bad(error, "clock", value, "real or ticks");
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
    case OPT_FD: /* fda, fdb */
        return media_add_file(&o->media, option->name,
                              (enum media_unit)(MEDIA_FDA + option->name[2] - 'a'), value, error);
    case OPT_HD: /* hda ... hdd */
        return media_add_file(&o->media, option->name,
                              (enum media_unit)(MEDIA_HDA + option->name[2] - 'a'), value, error);
    case OPT_CDROM:
        return media_add_file(&o->media, option->name, MEDIA_HDC, value, error);
    case OPT_DRIVE:
        return media_add_drive(&o->media, value, error);
    case OPT_PFLASH:
        return media_add_pflash(&o->media, value, error);
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
    case OPT_VGABIOS:
        c->vgabios = value;
        return true;
    case OPT_OPTION_ROM:
        if (c->option_rom_count == OPTION_ROMS_MOST)
            return bad(error, "option-rom", value, "at most eight option ROMs");
        c->option_rom[c->option_rom_count++] = value;
        return true;
    case OPT_SERIAL: /* the first is COM1 */
        if (o->serials > ARRAY_SIZE(c->com))
            return bad(error, "serial", value, "at most four serial ports");
        *(o->serials ? &c->com[o->serials - 1] : &c->serial) = value;
        o->serials++;
        return true;
    case OPT_SPEAKER:
        c->speaker = value;
        return true;
    case OPT_AUDIO:
        o->audio = value;
        c->speaker = strncmp(value, "wav:", 4) ? c->speaker : value + 4;
        return !strcmp(value, "sdl") || !strcmp(value, "none") || c->speaker == value + 4 ||
               bad(error, "audio", value, "sdl, none or wav:FILE");
    case OPT_PARALLEL:
        c->parallel = value;
        return !strcmp(value, "null") || !strncmp(value, "file:", 5) ||
               bad(error, "parallel", value, "file:PATH or null");
    case OPT_DEBUGCON:
        c->debugcon = value;
        return true;
    case OPT_NOGRAPHIC:
        if (!o->serials)
            c->serial = "stdio";
        o->display = "none";
        return true;
    case OPT_DISPLAY: {
        struct buf list = { 0 };
        bool ok = !strcmp(value, "none") || frontend_find(value);

        frontend_list(&list);
        o->display = value;
        ok = ok || bad(error, "display", value, buf_text(&list));
        buf_free(&list);
        return ok;
    }
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
    case OPT_COMPLETION:
        return bad(error, "completion", value, "bash");
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

/* May be there several times; of the others the last one counts. */
static bool is_repeatable(const struct option *option)
{
    static const char names[] =
        " flat device drive pflash serial screenshot-at compare netdev nic chardev ";
    char word[40];

    snprintf(word, sizeof word, " %.36s ", option->name);
    return strstr(names, word) != NULL;
}

/* For -dump-config. */
static void remember(struct options *o, const struct option *option, const char *value)
{
    unsigned kept = 0;

    switch (option->id) {
    case OPT_F:
    case OPT_N:
    case OPT_Q:
    case OPT_STRICT_CONFIG:
    case OPT_DUMP_CONFIG:
        return;
    default:
        break;
    }
    for (unsigned i = 0; i < o->given_count; i++) {
        const struct option *other = o->given[i].option;
        bool drive = option->id == OPT_FD || option->id == OPT_HD;

        if (is_repeatable(option) || other->id != option->id ||
            (drive && strcmp(other->name, option->name)) ||
            (option->argument && strcmp(other->name, option->name) && !option->help &&
             !other->help))
            o->given[kept++] = o->given[i];
        else
            free(o->given[i].value);
    }
    o->given = xrealloc(o->given, (kept + 1) * sizeof *o->given);
    o->given[kept] = (struct option_given){ option, value ? xstrdup(value) : NULL };
    o->given_count = kept + 1;
}

/* What is printed instead of a run. */
static bool print_only(enum option_id id, const char *value, struct out *out)
{
    switch (id) {
    case OPT_HELP:
        options_print_help(table, out);
        return true;
    case OPT_VERSION:
        out_printf(out, "vitrine %s\n", PACKAGE_VERSION);
        return true;
    case OPT_MANUAL:
        command_manual(out);
        return true;
    case OPT_INSTRUCTIONS:
        instruction_document(out);
        return true;
    case OPT_COMPLETION:
        if (!strcmp(value, "bash"))
            options_print_completion(table, out);
        return !strcmp(value, "bash");
    case OPT_CPU:
        if (!strcmp(value, "help"))
            cpuid_list(out);
        return !strcmp(value, "help");
    default:
        return false;
    }
}

/* The command line, read for what comes before it. */
struct first_look {
    const char *file; /* -f */
    bool strict, none;
    bool boots; /* something to boot is named, or nothing will run */
};

static struct first_look look_ahead(int argc, char **argv)
{
    static const char booting[] =
        " kernel flat fda fdb hda hdb hdc hdd cdrom drive pflash bios case "
        "help h version manual instructions completion ";
    struct first_look look = { 0 };

    for (int i = 1; i < argc; i++) {
        const char *name = argv[i] + (*argv[i] == '-' ? 1 + (argv[i][1] == '-') : 0);
        const struct option *option = *argv[i] == '-' ? find(name) : NULL;
        char word[40];

        if (!option)
            continue;
        snprintf(word, sizeof word, " %.36s ", option->name);
        look.boots |= strstr(booting, word) != NULL;
        look.none |= option->id == OPT_N;
        look.strict |= option->id == OPT_STRICT_CONFIG;
        if (option->argument && i + 1 < argc)
            i++;
        if (option->id == OPT_F && option->argument)
            look.file = argv[i];
    }
    return look;
}

/* The options that a Bochs configuration file stands for. */
static bool apply_bochsrc(struct options *o, struct buf *error)
{
    struct buf why = { 0 };
    bool ok = true;

    for (unsigned i = 0; i < o->bochsrc.count && ok; i++) {
        struct bochsrc_option *from = &o->bochsrc.option[i];
        const struct option *option = find(from->name);

        if (!option) {
            buf_printf(&o->bochsrc.notes, "%s: %s: not emulated\n", from->origin, from->directive);
            continue;
        }
        remember(o, option, from->value);
        ok = apply(o, option, from->value, &why);
        if (!ok)
            buf_printf(error, "%s: %s", from->origin, buf_text(&why));
    }
    buf_free(&why);
    return ok;
}

/* -f, or the file that lies here when the command line names nothing to boot. */
static enum options_result read_bochsrc(struct options *o, int argc, char **argv, struct buf *error)
{
    struct first_look look = look_ahead(argc, argv);
    bool missing = false;

    o->bochsrc.strict = look.strict;
    if (!look.file && !look.none && !look.boots) {
        look.file = bochsrc_file_find();
        if (look.file)
            buf_printf(&o->bochsrc.notes, "%s: read, as nothing to boot was named (-n: not read)\n",
                       look.file);
    }
    if (look.file && !bochsrc_file_read(&o->bochsrc, look.file, error, &missing))
        return missing ? OPTIONS_FAIL : OPTIONS_BAD;
    for (int i = 1; i < argc; i++) {
        const struct option *option =
            *argv[i] == '-' ? find(argv[i] + 1 + (argv[i][1] == '-')) : NULL;

        if (*argv[i] != '-' && strchr(argv[i], ':') &&
            !bochsrc_file_line(&o->bochsrc, argv[i], error))
            return OPTIONS_BAD;
        i += option && option->argument;
    }
    return apply_bochsrc(o, error) ? OPTIONS_RUN : OPTIONS_BAD;
}

enum options_result options_parse(struct options *options, int argc, char **argv, struct out *out,
                                  struct buf *error)
{
    enum options_result result;
    bool dump = false;

    memset(options, 0, sizeof *options);
    config_defaults(&options->config);
    compare_defaults(&options->compare_options);
    options->colour = -1;
    result = read_bochsrc(options, argc, argv, error);
    if (result != OPTIONS_RUN)
        return result;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const struct option *option;
        char *value = NULL;

        if (*name != '-' && strchr(name, ':')) /* a line of a bochsrc file, already read */
            continue;
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
        if (print_only(option->id, value, out))
            return OPTIONS_DONE;
        dump |= option->id == OPT_DUMP_CONFIG;
        remember(options, option, value);
        if (!apply(options, option, value, error))
            return OPTIONS_BAD;
    }
    if (!media_place(&options->media, error))
        return OPTIONS_BAD;
    if (options->compare_sample && !options->compare) {
        buf_add_text(error,
                     "-compare-sample: nothing is compared, expected -compare interp,tb too");
        return OPTIONS_BAD;
    }
    if (options->display && !strcmp(options->display, "curses") && options->config.serial &&
        strstr(options->config.serial, "stdio")) {
        buf_printf(error, "-display curses: -serial %s has the terminal, expected another",
                   options->config.serial);
        return OPTIONS_BAD;
    }
    if (options->compare) /* between samples the second one runs */
        options->config.engine =
            options->compare_options.engine[options->compare_options.sample > 0];
    if (dump)
        options_print_given(options, out);
    return dump ? OPTIONS_DONE : OPTIONS_RUN;
}
