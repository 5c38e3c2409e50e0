/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_image_bad.c - broken disk images: a truncated or contradictory file is refused in one
 * line, or some of its sectors cannot be read; nothing else happens, whatever the bytes are.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/image.h"
#include "tests/support/scratch.h"
#include "util/bits.h"

#define DISK MIB(1)
#define MOST MIB(3)

static struct scratch scratch;
static struct buf error, messages;
static struct out message_out;
static struct log log_sink;
static int exit_code;
static uint64_t seed;
static uint8_t bytes[DISK], image[MOST], broken[MOST];
static size_t length;
static const char *path;

static void setup(void)
{
    scratch_make(&scratch);
    out_to_buf(&message_out, &messages);
    log_sink = (struct log){ .out = &message_out };
    seed = 11;
    path = scratch_path(&scratch, "disk");
}

static void teardown(void)
{
    scratch_remove(&scratch);
    buf_free(&error);
    buf_free(&messages);
}

static uint32_t number(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

static struct block *open_image(const char *format, bool read_only)
{
    const struct image_options o = { .format = format, .read_only = read_only, .log = &log_sink };

    buf_clear(&error);
    return image_open(path, &o, &error, &exit_code);
}

/* A sound image with something in it, in image[] and at `path`. */
static void make(const char *format)
{
    const struct image_create_options o = { .format = format,
                                            .bytes = DISK,
                                            .cluster = strcmp(format, "qcow2") ? 0 : 4096 };
    struct block *block;
    FILE *file;

    unlink(path);
    ck_assert_msg(image_create(path, &o, &error, &exit_code), "%s", buf_text(&error));
    block = open_image(NULL, false);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t sector = number(DISK / 512 - 60);

        memset(bytes, (int)i + 1, 60 * 512);
        ck_assert_int_eq(block_write(block, sector, 1 + number(60), bytes), BLOCK_OK);
    }
    block_close(block);
    file = fopen(path, "rb");
    length = fread(image, 1, MOST, file);
    ck_assert_uint_lt(length, MOST);
    fclose(file);
}

/* What can be done with it is done, and the host survives. True: it was opened. */
static bool use(bool write)
{
    struct block *block = open_image(NULL, !write);
    struct image_check result;
    struct out nowhere;

    out_to_nothing(&nowhere);
    if (!block) {
        ck_assert_ptr_null(strchr(buf_text(&error), '\n'));
        ck_assert_ptr_nonnull(strstr(buf_text(&error), ": "));
        return false;
    }
    for (unsigned i = 0; i < 12; i++) {
        unsigned count = 1 + number(200);
        uint64_t sector =
            block->sectors > 2048 && number(4) ? number(2048) : number(UINT32_MAX) % block->sectors;

        if (write && number(2))
            (void)!block_write(block, sector, count, image);
        else
            (void)!block_read(block, sector, count, bytes);
        (void)!image_zeros(block, sector, UINT64_MAX);
    }
    (void)!image_check(block, &result, &nowhere);
    image_describe(block, &nowhere);
    block_close(block);
    return true;
}

static const char *const formats[] = { "growing", "sparse", "qcow2" };

START_TEST(a_truncated_image_is_refused_or_missing_sectors_are)
{
    unsigned refused = 0;

    make(formats[_i]);
    for (size_t cut = 1; cut < length; cut += cut < 1024 ? 13 : 2049) {
        scratch_file(&scratch, "disk", image, cut);
        messages.length = 0;
        if (!use(false)) {
            refused++;
            ck_assert_int_eq(exit_code, 2);
        } else if (messages.length) {
            ck_assert_ptr_nonnull(strstr(buf_text(&messages), "but ends at"));
        }
    }
    ck_assert_uint_gt(refused, 10);
}
END_TEST

START_TEST(any_bytes_do_no_harm)
{
    make(formats[_i]);
    for (unsigned i = 0; i < 1500; i++) {
        size_t n = length;

        memcpy(broken, image, length);
        for (unsigned k = number(6) + 1; k; k--) {
            size_t at = number(3) ? number(number(2) ? 128 : 16384) : number((uint32_t)length);
            static const uint8_t likely_values[] = { 0, 1, 0x7f, 0x80, 0xff, 0x10 };

            if (at < n)
                broken[at] =
                    number(2) ? (uint8_t)number(256) : likely_values[number(sizeof likely_values)];
        }
        if (!number(5))
            n = number((uint32_t)length) + 1;
        scratch_file(&scratch, "disk", broken, n);
        use(number(2));
    }
}
END_TEST

/* Bytes at a place of a sound image, and what is said then. */
struct fault {
    const char *format;
    size_t at;
    const char *value;
    size_t count;
    const char *words;
};

/* clang-format off */
#define FAULT(format, at, value, words) { format, at, value, sizeof(value) - 1, words }
static const struct fault faults[] = {
    FAULT("qcow2", 4, "\0\0\0\4", "is qcow version 4, expected 2 or 3"),
    FAULT("qcow2", 8, "\0\0\0\0\0\1\0\0\0\0\0\4", "the name of a backing file at byte 65536"),
    FAULT("qcow2", 8, "\0\0\0\0\0\0\1\0\0\0\4\0", "1024 long, expected at most 1023"),
    FAULT("qcow2", 20, "\0\0\0\10", "clusters of 2^8 bytes"),
    FAULT("qcow2", 20, "\0\0\0\26", "clusters of 2^22 bytes"),
    FAULT("qcow2", 24, "\0\0\0\0\0\0\0\0", "is a disk of 0 bytes"),
    FAULT("qcow2", 24, "\xff\xff\xff\xff\xff\xff\xff\xff", "is a disk of 18446744073709551615"),
    FAULT("qcow2", 24, "\0\1\0\0\0\0\0\0", "has an L1 table of"),
    FAULT("qcow2", 32, "\0\0\0\1", "is encrypted (AES)"),
    FAULT("qcow2", 32, "\0\0\0\2", "is encrypted (LUKS)"),
    FAULT("qcow2", 36, "\xff\xff\xff\xff", "L1 table of 4294967295 entries"),
    FAULT("qcow2", 36, "\0\0\0\0", "L1 table of 0 entries, expected 1"),
    FAULT("qcow2", 40, "\0\0\0\0\0\0\0\1", "the L1 table is at byte 1, expected a cluster"),
    FAULT("qcow2", 40, "\x7f\xff\xff\xff\xff\xff\xf0\0", "the file ends at"),
    FAULT("qcow2", 48, "\0\0\0\0\0\xf0\0\0", "the refcount table is at byte 15728640"),
    FAULT("qcow2", 56, "\xff\xff\xff\xff", "has a refcount table of"),
    FAULT("qcow2", 60, "\xff\xff\xff\xff", "has 4294967295 snapshots"),
    FAULT("qcow2", 60, "\0\0\0\1\0\0\0\0\0\xf0\0\0", "has a snapshot table at byte 15728640"),
    FAULT("qcow2", 79, "\2", "is marked as corrupt, expected readonly=on"),
    FAULT("qcow2", 79, "\4", "external data file"),
    FAULT("qcow2", 79, "\20", "has extended L2 entries"),
    FAULT("qcow2", 79, "\40", "incompatible feature bits 0x20"),
    FAULT("qcow2", 79, "\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\160\2", "is compressed in way 2"),
    FAULT("qcow2", 96, "\0\0\0\7", "has refcounts of 2^7 bits"),
    FAULT("qcow2", 100, "\0\0\0\1", "has a header of 1 bytes"),
    FAULT("qcow2", 112, "\1\2\3\4\0\1\0\0", "header extension 0x01020304 of 65536 bytes"),
    FAULT("qcow2", 8, "\0\0\0\0\0\0\1\100\0\0\0\4", "backing file with control characters"),
    FAULT("growing", 32, "Vol\n\33[m", "is a 'Vol??[m"),
    FAULT("growing", 32, "Volatile", "is a 'Volatile' image of Bochs"),
    FAULT("growing", 48, "Undoable", "is a 'Undoable' redolog, of no use without its base"),
    FAULT("growing", 66, "\3", "has version 0x30000"),
    FAULT("growing", 68, "\1", "has a header of 513 bytes"),
    FAULT("growing", 72, "\0\0\0\0", "has a catalog of 0 entries"),
    FAULT("growing", 72, "\xff\xff\xff\xff", "has a catalog of 4294967295 entries"),
    FAULT("growing", 72, "\0\0\20\0", "the catalog is at byte 512 and 4194304 long"),
    FAULT("growing", 76, "\0\0\0\0", "has bitmaps of 0 bytes"),
    FAULT("growing", 80, "\1\0\0\0", "has extents of 1 bytes"),
    FAULT("growing", 80, "\0\0\0\xff", "has extents of 4278190080 bytes"),
    FAULT("growing", 88, "\0\0\0\0\0\0\0\x70", "is a disk of"),
    FAULT("growing", 512, "\x7e\0\0\0", "names extent 126"),
    FAULT("sparse", 4, "\2\0\0\0\0\0\0\0", "has pages of 0 bytes"),
    FAULT("sparse", 4, "\2\0\0\0\1\2\0\0", "has pages of 513 bytes"),
    FAULT("sparse", 12, "\0\0\0\0", "has 0 pages"),
    FAULT("sparse", 12, "\xff\xff\xff\xff", "has 4294967295 pages"),
    FAULT("sparse", 16, "\0\0\0\0\0\0\0\0", "is a disk of 0 bytes"),
    FAULT("sparse", 20, "\1", "is a disk of"),
    FAULT("sparse", 256, "\0\0\0\x10", "page 0 of the disk is page 268435456 of the file"),
};
/* clang-format on */

START_TEST(a_contradiction_in_a_header_is_named)
{
    const struct fault *f = &faults[_i];

    make(f->format);
    memcpy(image + f->at, f->value, f->count);
    memcpy(image + 320, "a\nb\33", 4); /* behind the header of qcow2 */
    scratch_file(&scratch, "disk", image, length);
    ck_assert(!use(true));
    ck_assert_int_eq(exit_code, 2);
    ck_assert_msg(strstr(buf_text(&error), f->words) != NULL, "'%s' is not in: %s", f->words,
                  buf_text(&error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "expected "));
}
END_TEST

START_TEST(a_said_format_must_be_that_one)
{
    static const char *const words[] = { "has no header of Bochs", "has no header of a sparse",
                                         "has no header of qcow2" };
    uint8_t sector[1024] = { 1 };

    scratch_file(&scratch, "disk", sector, sizeof sector);
    ck_assert_ptr_null(open_image(formats[_i], true));
    ck_assert_int_eq(exit_code, 2);
    ck_assert_msg(strstr(buf_text(&error), words[_i]) != NULL, "%s", buf_text(&error));
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    const struct image_options o = { .read_only = true };

    ck_assert_ptr_null(image_open(scratch.folder, &o, &error, &exit_code));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "is a directory, expected a file"));
    ck_assert_int_eq(exit_code, 2);
    buf_clear(&error);
    ck_assert_ptr_null(image_open("/dev/null", &o, &error, &exit_code));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "is a device or pipe, expected a file"));
    buf_clear(&error);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_ptr_null(image_open(path, &o, &error, &exit_code));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "is a device or pipe, expected a file"));
    unlink(path);
    buf_clear(&error);
    ck_assert_ptr_null(image_open(path, &o, &error, &exit_code));
    ck_assert_int_eq(exit_code, 4);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "disk: No such file or directory"));
    scratch_file(&scratch, "disk", "", 0);
    buf_clear(&error);
    ck_assert_ptr_null(image_open(path, &o, &error, &exit_code));
    ck_assert_int_eq(exit_code, 2);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "is empty, expected an image"));
}
END_TEST

START_TEST(two_uses_of_one_cluster_are_found_and_not_made_worse)
{
    struct image_check result;
    struct buf text = { 0 };
    struct block *block;
    struct out out;
    uint64_t l1, l2;

    out_to_buf(&out, &text);
    make("qcow2");
    l1 = __builtin_bswap64(load_le64(image + 40));
    l2 = __builtin_bswap64(load_le64(image + l1)) & ~BIT(63);
    /* The first cluster of the disk is the table that says so. */
    memcpy(image + l2, image + l1, 8);
    scratch_file(&scratch, "disk", image, length);
    block = open_image(NULL, true);
    ck_assert_int_eq(image_check(block, &result, &out), BLOCK_OK);
    ck_assert_uint_gt(result.errors, 0);
    ck_assert_ptr_nonnull(strstr(buf_text(&text), "is used for an L2 table and for data"));
    block_close(block);
    block = open_image(NULL, false);
    ck_assert_int_eq(block_write(block, 0, 1, bytes), BLOCK_IO);
    ck_assert_ptr_nonnull(strstr(buf_text(&messages), "where none can be"));
    block_close(block);
    buf_free(&text);
}
END_TEST

START_TEST(a_table_that_counts_as_free_is_not_given_away)
{
    uint64_t table, block_at;
    struct block *block;
    unsigned written = 0;

    make("qcow2");
    table = __builtin_bswap64(load_le64(image + 48));
    block_at = __builtin_bswap64(load_le64(image + table));
    memset(image + block_at, 0, 4096);
    scratch_file(&scratch, "disk", image, length);
    block = open_image(NULL, false);
    for (uint64_t sector = 0; sector < DISK / 512; sector += 8)
        written += block_write(block, sector, 8, bytes) == BLOCK_OK;
    ck_assert_uint_lt(written, DISK / 4096);
    ck_assert_ptr_nonnull(strstr(buf_text(&messages), "as free"));
    block_close(block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image_bad");
    TCase *tcase = tcase_create("image_bad");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_truncated_image_is_refused_or_missing_sectors_are, 0, 3);
    tcase_add_loop_test(tcase, any_bytes_do_no_harm, 0, 3);
    tcase_add_loop_test(tcase, a_contradiction_in_a_header_is_named, 0, (int)ARRAY_SIZE(faults));
    tcase_add_loop_test(tcase, a_said_format_must_be_that_one, 0, 3);
    tcase_add_test(tcase, what_is_no_file_is_refused);
    tcase_add_test(tcase, two_uses_of_one_cluster_are_found_and_not_made_worse);
    tcase_add_test(tcase, a_table_that_counts_as_free_is_not_given_away);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
