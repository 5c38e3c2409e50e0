/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_drive.c - what -drive says. */
#include <check.h>
#include <string.h>

#include "machine/drive.h"

static struct drive_options drive;
static struct buf error;

static void setup(void)
{
    buf_clear(&error);
}

static void teardown(void)
{
    drive_free(&drive);
    buf_free(&error);
}

static void parsed(const char *text)
{
    drive_free(&drive);
    ck_assert_msg(drive_parse(&drive, text, &error), "%s", buf_text(&error));
}

static void refused(const char *text, const char *words)
{
    buf_clear(&error);
    ck_assert_msg(!drive_parse(&drive, text, &error), "'%s' was taken", text);
    ck_assert_msg(strstr(buf_text(&error), words) != NULL, "'%s' is not in: %s", words,
                  buf_text(&error));
    ck_assert_ptr_null(drive.file);
}

START_TEST(a_file_alone_is_a_disk_of_any_format_at_the_next_place)
{
    parsed("file=disk.img");
    ck_assert_str_eq(drive.file, "disk.img");
    ck_assert_ptr_null(drive.format);
    ck_assert_int_eq(drive.bus, DRIVE_IDE);
    ck_assert_int_eq(drive.medium, DRIVE_DISK);
    ck_assert_int_eq(drive.index, -1);
    ck_assert(!drive.read_only && !drive.snapshot);
}
END_TEST

START_TEST(every_part_is_understood)
{
    parsed("index=2,file=a b,format=qcow2,if=ide,media=disk,readonly=on,snapshot=on");
    ck_assert_str_eq(drive.file, "a b");
    ck_assert_str_eq(drive.format, "qcow2");
    ck_assert_int_eq(drive.index, 2);
    ck_assert(drive.read_only && drive.snapshot);
    parsed("if=floppy,index=1,file=f,format=raw,readonly=off");
    ck_assert_int_eq(drive.bus, DRIVE_FLOPPY);
    ck_assert(!drive.read_only);
    parsed("file=a,file=b");
    ck_assert_str_eq(drive.file, "b");
}
END_TEST

START_TEST(a_cd_may_be_absent_and_is_never_written)
{
    parsed("media=cdrom");
    ck_assert_ptr_null(drive.file);
    ck_assert(drive.read_only);
    parsed("media=cdrom,file=x.iso,readonly=off");
    ck_assert(drive.read_only);
}
END_TEST

START_TEST(a_doubled_comma_is_one)
{
    parsed("file=a,,b=c,,,format=raw");
    ck_assert_str_eq(drive.file, "a,b=c,");
    ck_assert_str_eq(drive.format, "raw");
}
END_TEST

START_TEST(a_mistake_is_named)
{
    refused("", "'' has no value");
    refused("disk.img", "'disk.img' has no value");
    refused("fil=x", "did you mean 'file'?");
    refused("bootindex=1", "'bootindex' is unknown");
    refused("file=", "file='', expected the name");
    refused("format=raw", "no file, expected file=IMAGE");
    refused("file=x,index=4", "index='4', expected 0 to 3");
    refused("file=x,index=-1", "index='-1'");
    refused("file=x,index=18446744073709551616", "index=");
    refused("file=x,format=vmdk", "format='vmdk', expected raw");
    refused("file=x,if=virtio", "if='virtio', expected ide, floppy or pflash");
    refused("file=x,unit=4", "unit='4', expected 0 to 3");
    refused("file=x,if=pflash,unit=2", "a third flash memory");
    refused("file=x,if=pflash,media=cdrom", "a CD in flash memory");
    refused("file=x,media=tape", "media='tape', expected disk or cdrom");
    refused("file=x,readonly=yes", "readonly='yes', expected on or off");
    refused("file=x,snapshot", "'snapshot' has no value");
    refused("file=x,if=floppy,media=cdrom", "a CD in a diskette drive");
    refused("file=x,if=floppy,index=2", "index 0 or 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drive");
    TCase *tcase = tcase_create("drive");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_file_alone_is_a_disk_of_any_format_at_the_next_place);
    tcase_add_test(tcase, every_part_is_understood);
    tcase_add_test(tcase, a_cd_may_be_absent_and_is_never_written);
    tcase_add_test(tcase, a_doubled_comma_is_one);
    tcase_add_test(tcase, a_mistake_is_named);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
