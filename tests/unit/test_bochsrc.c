/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_bochsrc.c - configuration files of Bochs as options. */
#include <check.h>
#include <string.h>

#include "machine/bochsrc.h"

static struct bochsrc rc;
static struct buf error, options;

static const char *variable(const char *name)
{
    return !strcmp(name, "IMAGES") ? "/images" : !strcmp(name, "HOME") ? "/home/user" : NULL;
}

static bool exists(const char *path)
{
    return strcmp(path, "/usr/share/bochs/BIOS-bochs-latest") != 0;
}

static bool read_text(const char *path, struct buf *text, struct buf *why)
{
    if (!strcmp(path, "missing")) {
        buf_printf(why, "missing: is not there");
        return false;
    }
    buf_printf(text, "#include %s\n", path);
    if (!strcmp(path, "part")) {
        buf_clear(text);
        buf_add_text(text, "megs: 16\nfrobnicate: 1\n");
    }
    return true;
}

static const struct bochsrc_host host = { variable, exists, read_text };

static void teardown(void)
{
    bochsrc_free(&rc);
    buf_free(&error);
    buf_free(&options);
}

static bool parse(const char *text)
{
    teardown();
    rc.host = &host;
    return bochsrc_parse(&rc, "rc", text, strlen(text), &error);
}

/* The text stands for these options, each "-name value" with a blank between them. */
static void becomes(const char *text, const char *expected)
{
    rc.strict = false;
    ck_assert_msg(parse(text), "%s: %s", text, buf_text(&error));
    for (unsigned i = 0; i < rc.count; i++) {
        buf_printf(&options, "%s-%s", i ? " " : "", rc.option[i].name);
        if (rc.option[i].value)
            buf_printf(&options, " %s", rc.option[i].value);
    }
    ck_assert_str_eq(buf_text(&options), expected);
}

static void silently(const char *text, const char *expected)
{
    becomes(text, expected);
    ck_assert_str_eq(buf_text(&rc.notes), "");
}

static void noted(const char *text, const char *expected, const char *notes)
{
    becomes(text, expected);
    ck_assert_str_eq(buf_text(&rc.notes), notes);
}

static void refused(const char *text, const char *expected)
{
    rc.strict = false;
    ck_assert_msg(!parse(text), "'%s' was taken", text);
    ck_assert_str_eq(buf_text(&error), expected);
}

START_TEST(memory_processor_and_clock)
{
    silently("megs: 32", "-m 32M");
    silently("memory: guest=512, host=256", "-m 512M");
    silently("cpu: model=p3_katmai, count=1, ips=50000000", "-cpu pentium3 -ips 50000000");
    silently("cpu: model=corei7_haswell_4770", "-cpu x86-64-v3");
    silently("ips: 2000000", "-ips 2000000");
    silently("clock: sync=none, time0=946684800", "-rtc base=946684800");
    silently("clock: time0=local", "-rtc base=realtime");
    silently("clock: sync=slowdown", "-clock real");
    silently("clock: sync=realtime, time0=1", "-clock real -rtc base=1");
    noted("cpu: count=2, ips=1000", "-ips 1000000",
          "rc:1: cpu: count=2: one processor is emulated\n"
          "rc:1: cpu: 1000 instructions a second, 1000000 are the least\n");
    noted("cpu: model=z80", "", "rc:1: cpu: model=z80: not emulated, the default stays\n");
    refused("\nmegs: many", "rc:2: megs: 'many', expected megabytes");
    refused("megs:", "rc:1: megs: '', expected megabytes");
    refused("ips: fast", "rc:1: ips: 'fast', expected instructions a second");
    refused("clock: sync=sun",
            "rc:1: clock: 'sun', expected sync=none, slowdown, realtime or both");
    refused("time0: noon", "rc:1: time0: 'noon', expected local, utc or seconds since 1970");
}
END_TEST

START_TEST(the_last_line_of_a_directive_counts)
{
    silently("megs: 32\nboot: a\nmegs: 64", "-boot order=a -m 64M");
    silently("floppya: 1_44=a\nfloppya: status=ejected", "");
    silently("ata0-master: type=disk, path=a\nata0-master: type=none", "");
    silently("com1: enabled=1, mode=file, dev=x\ncom1: enabled=0", "");
}
END_TEST

START_TEST(boot_order)
{
    silently("boot: floppy", "-boot order=a");
    silently("boot: cdrom, disk, floppy", "-boot order=dca");
    silently("boot: c, a, none", "-boot order=ca");
    refused("boot: tape", "rc:1: boot: 'tape', expected floppy, disk, cdrom, network or none");
    refused("boot: none", "rc:1: boot: '', expected floppy, disk, cdrom or network");
}
END_TEST

START_TEST(diskettes)
{
    silently("floppya: 1_44=a.img, status=inserted", "-fda a.img");
    silently("floppya: image=\"./a b.img\"", "-fda ./a b.img");
    silently("floppya: 720k=a, write_protected=1",
             "-drive file=a,if=floppy,index=0,format=raw,readonly=on");
    silently("floppyb: 1_2=b", "-drive file=b,if=floppy,index=1,format=raw");
    silently("floppya: type=1_44", "");
}
END_TEST

START_TEST(disks_and_cds)
{
    silently("ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14", "");
    silently("ata0-master: type=disk, path=\"c.img\", mode=flat, cylinders=306, heads=4, spt=17",
             "-drive file=c.img,format=raw,if=ide,index=0,media=disk");
    silently("ata0-slave: type=disk, mode=growing, path=a,b",
             "-drive file=a,format=growing,if=ide,index=1,media=disk");
    silently("ata1-master: type=cdrom, path=\"a,b\", status=inserted",
             "-drive file=a,,b,format=raw,if=ide,index=2,media=cdrom");
    silently("ata1-slave: type=cdrom, path=x, status=ejected", "-drive if=ide,index=3,media=cdrom");
    silently("diskd: file=d, cyl=306, heads=4, spt=17",
             "-drive file=d,format=raw,if=ide,index=1,media=disk");
    silently("cdromd: dev=/dev/cdrom, status=inserted",
             "-drive file=/dev/cdrom,format=raw,if=ide,index=1,media=cdrom");
    noted("ata0-master: type=disk, path=a, mode=vmware4", "",
          "rc:1: ata0-master: mode=vmware4: not emulated, the drive is left out\n");
    noted("ata0-master: type=disk, path=a, mode=volatile",
          "-drive file=a,format=raw,if=ide,index=0,media=disk,snapshot=on",
          "rc:1: ata0-master: mode=volatile: what is written is lost at the end\n");
    noted("ata2: enabled=1, ioaddr1=0x1e8", "",
          "rc:1: ata2: not emulated, there are two channels\n");
    noted("ata1: enabled=true, ioaddr1=0x1e8", "",
          "rc:1: ata1: ioaddr1=0x1e8: not emulated, the port is 0x170\n");
    refused("ata0-master: type=tape, path=a", "rc:1: ata0-master: 'tape', expected disk, cdrom or "
                                              "none");
    refused("ata0-master: type=disk", "rc:1: ata0-master: '', expected path= of a disk image");
}
END_TEST

START_TEST(firmware)
{
    silently("romimage: file=bios.bin, address=0xf0000, options=fastboot", "-bios bios.bin");
    silently("romimage: $IMAGES/bios.bin", "-bios /images/bios.bin");
    silently("vgaromimage: file=~/vga.bin", "-vgabios /home/user/vga.bin");
    noted("romimage: file=$BXSHARE/BIOS-bochs-latest", "-bios /usr/share/seabios/bios-256k.bin",
          "rc:1: romimage: /usr/share/bochs/BIOS-bochs-latest: is not there, "
          "/usr/share/seabios/bios-256k.bin is used\n");
    silently("romimage: file=BIOS-bochs-legacy", "-bios BIOS-bochs-legacy");
    refused("romimage: file=", "rc:1: romimage: '', expected a file");
}
END_TEST

START_TEST(lines_in_and_out)
{
    silently("com1: enabled=1, mode=file, dev=serial.txt", "-serial file:serial.txt");
    silently("com1: enabled=true, mode=null", "-serial null");
    silently("com1: enabled=1, mode=socket-server, dev=localhost:8888",
             "-serial tcp:localhost:8888,server");
    silently("parport1: enabled=1, file=\"out.txt\"", "-parallel file:out.txt");
    silently("parport1: enabled=0", "");
    silently("port_e9_hack: enabled=1", "-debugcon stdio");
    silently("port_e9_hack: enabled=0", "");
    silently("display_library: x, options=\"gui_debug\"", "");
    silently("display_library: nogui", "-display none");
    noted("com1: enabled=1, mode=mouse, dev=x", "", "rc:1: com1: mode=mouse: not emulated\n");
    silently("com2: enabled=1, mode=file, dev=b", "-serial null -serial file:b");
    silently("com4: enabled=1, mode=file, dev=d\ncom1: enabled=1, mode=file, dev=a\n"
             "com2: enabled=1, mode=null",
             "-serial file:a -serial null -serial null -serial file:d");
    silently("com3: enabled=1, mode=file, dev=c\ncom3: enabled=0", "");
}
END_TEST

START_TEST(cards_and_sounds)
{
    silently("e1000: enabled=1, mac=52:54:00:12:34:56, ethmod=slirp",
             "-nic user,model=e1000,mac=52:54:00:12:34:56");
    silently("e1000: enabled=0, mac=52:54:00:12:34:56", "");
    noted("ne2k: ioaddr=0x300, irq=9, mac=b0:c4:20:00:00:00, ethmod=tuntap, "
          "ethdev=/dev/net/tun:tap0, script=./up",
          "-nic tap,ifname=tap0,model=ne2k_pci,mac=b0:c4:20:00:00:00",
          "rc:1: ne2k: ioaddr=0x300: not emulated, the firmware chooses for a PCI card\n"
          "rc:1: ne2k: irq=9: not emulated, the firmware chooses for a PCI card\n"
          "rc:1: ne2k: script: not emulated, nothing is run\n");
    noted("ne2k: enabled=1, ethmod=linux, ethdev=eth0", "-nic user,model=ne2k_pci",
          "rc:1: ne2k: ethmod=linux: not emulated, 'user' (as slirp) is\n");
    silently("sound: waveoutdrv=file, waveout=a.wav\nspeaker: enabled=1, mode=sound",
             "-speaker a.wav");
    silently("sound: waveoutdrv=file, waveout=a.wav\nspeaker: enabled=0", "");
    noted("speaker: enabled=1, mode=system", "",
          "rc:1: speaker: it is heard in a file only, 'mode=sound' and 'sound: waveoutdrv=file, "
          "waveout=FILE'\n");
}
END_TEST

START_TEST(debugging)
{
    silently("log: bochs.log", "-log bochs.log");
    silently("log: -", "");
    silently("panic: action=ask\nerror: action=report\ninfo: action=report\nlogprefix: %t%e%d", "");
    silently("debug: action=report", "-d debug");
    silently("debug: action=ignore", "");
    silently("magic_break: enabled=1", "-magic");
    silently("magic_break: enabled=0", "");
    silently("gdbstub: enabled=1, port=1234, text_base=0", "-gdb tcp::1234");
    silently("debug_symbols: file=kernel.sym", "-symbols kernel.sym");
    noted("magic_break: enabled=1 bx cx", "-magic",
          "rc:1: magic_break: cx: not emulated, XCHG BX,BX stops\n");
}
END_TEST

START_TEST(what_is_not_there_is_noted_only_when_it_is_on)
{
    noted("sb16: enabled=0\nvoodoo: enabled=1, model=a\nsound: driver=alsa\nspeaker: enabled=0", "",
          "rc:2: voodoo: not emulated\n");
}
END_TEST

START_TEST(an_unknown_directive_is_noted_once_and_strict_refuses_it)
{
    noted("\nflopya: 1\nflopya: 2\nbadly\n", "",
          "rc:2: flopya: unknown directive, left out (did you mean 'floppya'?)\n"
          "rc:4: badly: unknown directive, left out\n");
    teardown();
    rc.strict = true;
    rc.host = &host;
    ck_assert(!bochsrc_parse(&rc, "rc", "frobnicate: 1\n", 14, &error));
    ck_assert_str_eq(buf_text(&error), "rc:1: frobnicate: unknown directive");
}
END_TEST

START_TEST(comments_blanks_and_line_ends)
{
    silently("# megs: 1\r\n  megs :  32  \r\n\r\n\t# x\n", "-m 32M");
    silently("megs: 32\n#includes nothing", "-m 32M");
}
END_TEST

START_TEST(files_within_files)
{
    noted("megs: 8\n#include part\n", "-m 16M",
          "part:2: frobnicate: unknown directive, left out\n");
    refused("#include missing", "rc:1: #include: missing: is not there");
    refused("#include itself", "itself:1: #include: more than 8 files deep, expected an end");
}
END_TEST

START_TEST(a_zero_byte_is_refused)
{
    teardown();
    rc.host = &host;
    ck_assert(!bochsrc_parse(&rc, "rc", "megs: 1\n\0", 9, &error));
    ck_assert_str_eq(buf_text(&error), "rc:2: a zero byte, expected text");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bochsrc");
    TCase *tests = tcase_create("bochsrc");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, memory_processor_and_clock);
    tcase_add_test(tests, the_last_line_of_a_directive_counts);
    tcase_add_test(tests, boot_order);
    tcase_add_test(tests, diskettes);
    tcase_add_test(tests, disks_and_cds);
    tcase_add_test(tests, firmware);
    tcase_add_test(tests, lines_in_and_out);
    tcase_add_test(tests, cards_and_sounds);
    tcase_add_test(tests, debugging);
    tcase_add_test(tests, what_is_not_there_is_noted_only_when_it_is_on);
    tcase_add_test(tests, an_unknown_directive_is_noted_once_and_strict_refuses_it);
    tcase_add_test(tests, comments_blanks_and_line_ends);
    tcase_add_test(tests, files_within_files);
    tcase_add_test(tests, a_zero_byte_is_refused);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
