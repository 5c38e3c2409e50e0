/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_media.c - which option means which drive, and what is opened for it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "machine/image.h"
#include "machine/media.h"
#include "tests/support/scratch.h"

static struct scratch scratch;
static struct media media;
static struct buf error;
static struct machine_config config;
static uint8_t sector[BLOCK_SECTOR];

static void setup(void)
{
    scratch_make(&scratch);
    config_defaults(&config);
}

static void teardown(void)
{
    media_close(&media);
    media = (struct media){ 0 };
    buf_free(&error);
    scratch_remove(&scratch);
}

static const char *disk(const char *name, unsigned sectors)
{
    uint8_t *bytes = calloc(sectors, BLOCK_SECTOR);
    const char *path;

    bytes[0] = (uint8_t)*name;
    path = scratch_file(&scratch, name, bytes, (size_t)sectors * BLOCK_SECTOR);
    free(bytes);
    return path;
}

static bool add_drive(const char *parts, const char *path)
{
    struct buf text = { 0 };
    bool ok;

    if (path)
        buf_printf(&text, "file=%s,", path);
    buf_add_text(&text, parts);
    buf_clear(&error);
    ok = media_add_drive(&media, buf_text(&text), &error);
    buf_free(&text);
    return ok;
}

static void opened(void)
{
    int code = 0;

    buf_clear(&error);
    ck_assert_msg(media_place(&media, &error) && media_open(&media, NULL, &error, &code), "%s",
                  buf_text(&error));
    media_plug(&media, &config);
}

/* The letter that a drive's image begins with; 0: no medium. */
static char letter(unsigned unit)
{
    if (!config.ide[unit])
        return 0;
    ck_assert_int_eq(block_read(config.ide[unit], 0, 1, sector), BLOCK_OK);
    return (char)sector[0];
}

START_TEST(options_of_old_have_their_drives_and_others_take_what_is_free)
{
    ck_assert(add_drive("media=disk", disk("first", 8)));
    ck_assert(media_add_file(&media, "hda", MEDIA_HDA, disk("a", 8), &error));
    ck_assert(media_add_file(&media, "cdrom", MEDIA_HDC, disk("cd", 8), &error));
    ck_assert(add_drive("media=cdrom", NULL));
    opened();
    ck_assert_int_eq(letter(0), 'a');
    ck_assert_int_eq(letter(1), 'f');
    ck_assert_int_eq(letter(2), 'c');
    ck_assert_int_eq(letter(3), 0);
    ck_assert(!config.ide_is_cd[0] && !config.ide_is_cd[1]);
    ck_assert(config.ide_is_cd[2] && config.ide_is_cd[3]);
    ck_assert(config.ide[2]->read_only && !config.ide[0]->read_only);
    ck_assert(!config_is_tour(&config));
}
END_TEST

START_TEST(a_drive_is_asked_for_once)
{
    ck_assert(media_add_file(&media, "hda", MEDIA_HDA, "one", &error));
    ck_assert(!media_add_file(&media, "hda", MEDIA_HDA, "two", &error));
    ck_assert_str_eq(buf_text(&error),
                     "-hda: 'two' would be hda, which is 'one' of -hda, expected another drive");
    ck_assert(!add_drive("index=0", "three"));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "'three' would be hda"));
    ck_assert(add_drive("index=2,media=cdrom", NULL));
    buf_clear(&error);
    ck_assert(!media_add_file(&media, "cdrom", MEDIA_HDC, "four", &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "which is 'no medium' of -drive"));
}
END_TEST

START_TEST(there_are_four_ide_drives)
{
    ck_assert(media_add_file(&media, "hdd", MEDIA_HDD, "d", &error));
    for (unsigned i = 0; i < 4; i++)
        ck_assert(add_drive("media=disk", "x"));
    ck_assert(!add_drive("media=disk", "last"));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "'last' is a fifth IDE drive"));
    buf_clear(&error);
    ck_assert(!media_place(&media, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "'x' is a fifth IDE drive"));
}
END_TEST

START_TEST(diskettes_have_places_of_their_own)
{
    ck_assert(add_drive("if=floppy", "a"));
    ck_assert(add_drive("if=floppy", "b"));
    ck_assert(!add_drive("if=floppy", "c"));
    ck_assert_str_eq(media.drive[MEDIA_FDA].options.file, "a");
    ck_assert_str_eq(media.drive[MEDIA_FDB].options.file, "b");
    ck_assert_str_eq(media_unit_name(MEDIA_FDB), "fdb");
}
END_TEST

START_TEST(a_snapshot_leaves_the_image_alone)
{
    const char *path = disk("kept", 8);
    const struct image_options how = { .read_only = true };
    struct block *block;
    int code;

    ck_assert(media_add_file(&media, "hda", MEDIA_HDA, path, &error));
    media.snapshot = true;
    opened();
    memset(sector, 'z', sizeof sector);
    ck_assert_int_eq(block_write(config.ide[0], 0, 1, sector), BLOCK_OK);
    ck_assert_int_eq(letter(0), 'z');
    media_close(&media);
    block = image_open(path, &how, &error, &code);
    ck_assert_int_eq(block_read(block, 0, 1, sector), BLOCK_OK);
    ck_assert_int_eq(sector[0], 'k');
    block_close(block);
}
END_TEST

START_TEST(what_cannot_be_opened_is_named)
{
    int code = 0;

    ck_assert(add_drive("readonly=on", disk("good", 8)));
    ck_assert(media_add_file(&media, "hdb", MEDIA_HDB, scratch_path(&scratch, "nowhere"), &error));
    ck_assert(media_place(&media, &error));
    ck_assert(!media_open(&media, NULL, &error, &code));
    ck_assert_int_eq(code, 4);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "nowhere: No such file"));
    ck_assert(media.drive[MEDIA_HDA].block->read_only);
}
END_TEST

START_TEST(an_image_is_in_one_drive_only_if_somebody_writes)
{
    const char *path = disk("shared", 8);
    int code = 0;

    ck_assert(media_add_file(&media, "hda", MEDIA_HDA, path, &error));
    ck_assert(media_add_file(&media, "hdb", MEDIA_HDB, path, &error));
    ck_assert(media_place(&media, &error));
    ck_assert(!media_open(&media, NULL, &error, &code));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "is in use as a disk already"));
    media_close(&media);
    buf_clear(&error);
    ck_assert(add_drive("readonly=on", path));
    ck_assert(add_drive("snapshot=on", path));
    opened();
    ck_assert_int_eq(letter(1), 's');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("media");
    TCase *tcase = tcase_create("media");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, options_of_old_have_their_drives_and_others_take_what_is_free);
    tcase_add_test(tcase, a_drive_is_asked_for_once);
    tcase_add_test(tcase, there_are_four_ide_drives);
    tcase_add_test(tcase, diskettes_have_places_of_their_own);
    tcase_add_test(tcase, a_snapshot_leaves_the_image_alone);
    tcase_add_test(tcase, what_cannot_be_opened_is_named);
    tcase_add_test(tcase, an_image_is_in_one_drive_only_if_somebody_writes);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
