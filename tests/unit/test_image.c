/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_image.c - disk images: every format keeps what is written to it, as an array of bytes
 * would; backing files, locks, full disks. Broken files are in test_image_bad.c.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/image.h"
#include "tests/support/scratch.h"
#include "util/bits.h"

#define MOST MIB(6)

static struct scratch scratch;
static struct buf error, messages;
static struct out message_out;
static struct log log_sink;
static int exit_code;
static uint64_t seed;
static uint8_t model[MOST], bytes[MOST];

static void setup(void)
{
    scratch_make(&scratch);
    out_to_buf(&message_out, &messages);
    log_sink = (struct log){ .out = &message_out };
    seed = 1;
    memset(model, 0, sizeof model);
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

static struct block *open_image(const char *path, const char *format, bool read_only)
{
    const struct image_options o = { .format = format, .read_only = read_only, .log = &log_sink };

    buf_clear(&error);
    return image_open(path, &o, &error, &exit_code);
}

static struct block *opened(const char *path)
{
    struct block *block = open_image(path, NULL, false);

    ck_assert_msg(block != NULL, "%s", buf_text(&error));
    return block;
}

static void created(const char *path, const struct image_create_options *o)
{
    buf_clear(&error);
    ck_assert_msg(image_create(path, o, &error, &exit_code), "%s", buf_text(&error));
}

static void refused(const char *path, const char *format, bool read_only, int code,
                    const char *words)
{
    struct block *block = open_image(path, format, read_only);

    ck_assert_msg(!block, "%s was opened", path);
    ck_assert_int_eq(exit_code, code);
    ck_assert_msg(strstr(buf_text(&error), words) != NULL, "'%s' is not in: %s", words,
                  buf_text(&error));
    ck_assert_ptr_null(strchr(buf_text(&error), '\n'));
}

/* One random write, kept in the model as well. */
static enum block_result scribble(struct block *block, unsigned most)
{
    unsigned count = 1 + number(number(4) ? 8 : most);
    uint64_t sector = number((uint32_t)block->sectors);
    size_t at = (size_t)sector * BLOCK_SECTOR;
    enum block_result result;

    if (count > block->sectors - sector)
        count = (unsigned)(block->sectors - sector);
    for (size_t i = 0; i < (size_t)count * BLOCK_SECTOR; i += 4)
        store_le32(bytes + i, number(16) ? number(UINT32_MAX) : 0);
    result = block_write(block, sector, count, bytes);
    if (!result)
        memcpy(model + at, bytes, (size_t)count * BLOCK_SECTOR);
    return result;
}

static void matches(struct block *block)
{
    /* In pieces that end everywhere, and the whole. */
    for (uint64_t sector = 0; sector < block->sectors;) {
        unsigned count = 1 + number(300);

        if (count > block->sectors - sector)
            count = (unsigned)(block->sectors - sector);
        memset(bytes, 0xaa, (size_t)count * BLOCK_SECTOR);
        ck_assert_int_eq(block_read(block, sector, count, bytes), BLOCK_OK);
        ck_assert_msg(!memcmp(bytes, model + sector * BLOCK_SECTOR, (size_t)count * BLOCK_SECTOR),
                      "sectors %llu ... differ", (unsigned long long)sector);
        sector += count;
    }
    ck_assert_int_eq(block_read(block, 0, (unsigned)block->sectors, bytes), BLOCK_OK);
    ck_assert_mem_eq(bytes, model, block->sectors * BLOCK_SECTOR);
}

static void is_sound(struct block *block, bool leaks_allowed)
{
    struct image_check result;
    struct buf text = { 0 };
    struct out out;

    out_to_buf(&out, &text);
    ck_assert_int_eq(image_check(block, &result, &out), BLOCK_OK);
    ck_assert_msg(result.errors == 0, "%s", buf_text(&text));
    if (!leaks_allowed)
        ck_assert_uint_eq(result.leaks, 0);
    buf_free(&text);
}

static const struct image_create_options kinds[] = {
    { .format = "raw", .bytes = MIB(3) },
    { .format = "growing", .bytes = MIB(3) },
    { .format = "sparse", .bytes = MIB(3) },
    { .format = "qcow2", .bytes = MIB(5) },
    { .format = "qcow2", .bytes = MIB(5) + 512, .cluster = 4096 },
    { .format = "qcow2", .bytes = MIB(5) + 512, .cluster = 512 },
    { .format = "qcow2", .bytes = MIB(5) + 512, .cluster = 512, .refcount_bits = 64 },
    { .format = "qcow2", .bytes = MIB(3), .cluster = 1024, .refcount_bits = 1 },
    { .format = "qcow2", .bytes = MIB(3), .cluster = 512, .refcount_bits = 2 },
    { .format = "qcow2", .bytes = MIB(3), .cluster = 2048, .refcount_bits = 4 },
    { .format = "qcow2", .bytes = MIB(3), .cluster = 512, .refcount_bits = 8 },
    { .format = "qcow2", .bytes = MIB(3), .cluster = 1024, .refcount_bits = 32 },
    { .format = "qcow2", .bytes = MIB(3), .cluster = MIB(2) },
};

START_TEST(every_format_keeps_what_is_written)
{
    const struct image_create_options *kind = &kinds[_i];
    const char *path = scratch_path(&scratch, "disk");
    struct block *block;

    created(path, kind);
    for (unsigned round = 0; round < 6; round++) {
        block = opened(path);
        ck_assert_str_eq(block->class->name, kind->format);
        ck_assert_uint_eq(block->sectors, kind->bytes / BLOCK_SECTOR);
        ck_assert_uint_eq(image_bytes(block), kind->bytes);
        matches(block);
        for (unsigned i = 0; i < 60; i++)
            ck_assert_int_eq(scribble(block, 700), BLOCK_OK);
        ck_assert_int_eq(block_flush(block), BLOCK_OK);
        is_sound(block, false);
        matches(block);
        block_close(block);
    }
    ck_assert_uint_eq(messages.length, 0);
}
END_TEST

START_TEST(an_image_written_from_end_to_end_is_sound)
{
    /* Tables of refcounts have to grow on the way, where clusters are small. */
    const struct image_create_options *kind = &kinds[_i];
    const char *path = scratch_path(&scratch, "disk");
    struct block *block;

    created(path, kind);
    block = opened(path);
    for (size_t i = 0; i < kind->bytes; i += 4)
        store_le32(model + i, (uint32_t)(i + 1));
    for (uint64_t sector = 0; sector < block->sectors; sector += 100) {
        uint64_t left = block->sectors - sector;

        ck_assert_int_eq(block_write(block, sector, left < 100 ? (unsigned)left : 100,
                                     model + sector * BLOCK_SECTOR),
                         BLOCK_OK);
    }
    is_sound(block, false);
    block_close(block);
    block = opened(path);
    matches(block);
    is_sound(block, false);
    ck_assert_uint_eq(image_zeros(block, 0, 1), 0);
    block_close(block);
}
END_TEST

START_TEST(zeros_are_known_where_nothing_was_written)
{
    const struct image_create_options *kind = &kinds[_i];
    const char *path = scratch_path(&scratch, "disk");
    struct block *block;
    uint64_t middle = kind->bytes / BLOCK_SECTOR / 2, zeros;

    created(path, kind);
    block = opened(path);
    ck_assert_uint_eq(image_zeros(block, 0, UINT64_MAX), block->sectors);
    memset(bytes, 1, BLOCK_SECTOR);
    ck_assert_int_eq(block_write(block, middle, 1, bytes), BLOCK_OK);
    zeros = image_zeros(block, 0, UINT64_MAX);
    ck_assert_uint_le(zeros, middle);
    ck_assert_uint_eq(image_zeros(block, middle, 1), 0);
    ck_assert_uint_eq(image_zeros(block, block->sectors, 1), 0);
    block_close(block);
}
END_TEST

START_TEST(sectors_behind_the_end_and_read_only_media_are_left_alone)
{
    const struct image_create_options *kind = &kinds[_i];
    const char *path = scratch_path(&scratch, "disk");
    struct block *block;

    created(path, kind);
    block = open_image(path, NULL, true);
    ck_assert(block->read_only);
    ck_assert_int_eq(block_write(block, 0, 1, bytes), BLOCK_PROTECTED);
    ck_assert_int_eq(block_read(block, block->sectors, 1, bytes), BLOCK_RANGE);
    ck_assert_int_eq(block_read(block, UINT64_MAX, 2, bytes), BLOCK_RANGE);
    ck_assert_int_eq(block_read(block, block->sectors - 1, 2, bytes), BLOCK_RANGE);
    ck_assert_int_eq(block_flush(block), BLOCK_OK);
    block_close(block);
}
END_TEST

START_TEST(a_part_of_a_sector_at_the_end_is_filled_with_zeros)
{
    const char *path;
    struct block *block;
    struct stat st;

    memset(model, 7, 1000);
    path = scratch_file(&scratch, "iso", model, 1000);
    block = opened(path);
    ck_assert_uint_eq(block->sectors, 2);
    ck_assert_uint_eq(image_bytes(block), 1000);
    matches(block);
    memset(bytes, 9, 1024);
    ck_assert_int_eq(block_write(block, 0, 2, bytes), BLOCK_OK);
    memset(model, 9, 1000);
    matches(block);
    block_close(block);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 1000);
}
END_TEST

START_TEST(a_backing_file_shows_through_and_is_not_written)
{
    static uint8_t base[MIB(1) + 100];
    const char *raw, *middle = scratch_path(&scratch, "middle"),
                     *top = scratch_path(&scratch, "top");
    struct image_create_options o = { .format = "qcow2",
                                      .backing = "base",
                                      .backing_format = "raw" };
    struct block *block;
    FILE *file;

    for (size_t i = 0; i < sizeof base; i++)
        base[i] = (uint8_t)(i / 512 + i);
    memcpy(model, base, sizeof base);
    raw = scratch_file(&scratch, "base", base, sizeof base);
    created(middle, &o);
    block = opened(middle);
    ck_assert_uint_eq(block->sectors, MIB(1) / 512 + 1);
    for (unsigned i = 0; i < 40; i++)
        ck_assert_int_eq(scribble(block, 100), BLOCK_OK);
    matches(block);
    is_sound(block, false);
    block_close(block);
    /* Larger than what it lies on, and with other clusters. */
    o = (struct image_create_options){
        .format = "qcow2", .backing = "middle", .bytes = MIB(3), .cluster = 512
    };
    created(top, &o);
    for (unsigned round = 0; round < 3; round++) {
        block = opened(top);
        matches(block);
        for (unsigned i = 0; i < 60; i++)
            ck_assert_int_eq(scribble(block, 500), BLOCK_OK);
        matches(block);
        is_sound(block, false);
        block_close(block);
    }
    file = fopen(raw, "rb");
    ck_assert_uint_eq(fread(bytes, 1, MOST, file), sizeof base);
    fclose(file);
    ck_assert_mem_eq(bytes, base, sizeof base);
}
END_TEST

START_TEST(sparse_images_lie_on_the_one_with_the_lower_digit)
{
    const struct image_create_options o = { .format = "sparse", .bytes = MIB(1) };
    const char *path[3] = { scratch_path(&scratch, "d0"), scratch_path(&scratch, "d1"),
                            scratch_path(&scratch, "d2") };
    struct block *block;

    for (unsigned i = 0; i < 3; i++) {
        created(path[i], &o);
        block = opened(path[i]);
        matches(block);
        for (unsigned n = 0; n < 10; n++)
            ck_assert_int_eq(scribble(block, 100), BLOCK_OK);
        matches(block);
        block_close(block);
    }
    /* Without its base the rest of the disk is empty. */
    unlink(path[0]);
    unlink(path[1]);
    block = opened(path[2]);
    ck_assert_int_eq(block_read(block, 0, (unsigned)block->sectors, bytes), BLOCK_OK);
    ck_assert(memcmp(bytes, model, MIB(1)) != 0);
    block_close(block);
}
END_TEST

START_TEST(a_chain_that_leads_back_to_itself_is_refused)
{
    struct image_create_options o = { .format = "qcow2", .backing = "b" };
    const uint8_t sector[512] = { 1 };
    const char *a = scratch_path(&scratch, "a"), *b = scratch_path(&scratch, "b");

    scratch_file(&scratch, "b", sector, sizeof sector);
    created(a, &o);
    unlink(b);
    ck_assert_int_eq(link(a, b), 0);
    refused(a, NULL, true, 2, "b: is its own backing file");
    refused(a, NULL, false, 4, "b: is being written");
    unlink(b);
    refused(a, NULL, true, 4, "b: No such file or directory (backing file of");
}
END_TEST

START_TEST(a_chain_of_backing_files_has_a_limit)
{
    struct image_create_options o = { .format = "qcow2" };
    const uint8_t sector[512] = { 1 };
    char below[8] = "0", name[8], path[96];

    scratch_file(&scratch, below, sector, sizeof sector);
    for (unsigned i = 1; i <= 16; i++) {
        o.backing = below;
        snprintf(name, sizeof name, "%u", i);
        snprintf(path, sizeof path, "%s/%s", scratch.folder, name);
        buf_clear(&error);
        if (i < 16) {
            ck_assert_msg(image_create(path, &o, &error, &exit_code), "%s", buf_text(&error));
            block_close(opened(path));
        } else {
            /* What it would lie on is a chain of 16 already: may be opened, but no more. */
            ck_assert(image_create(path, &o, &error, &exit_code));
            refused(path, NULL, true, 2, "expected at most 16");
        }
        strcpy(below, name);
    }
    for (unsigned i = 1; i <= 16; i++) {
        snprintf(path, sizeof path, "%s/%u", scratch.folder, i);
        unlink(path);
    }
}
END_TEST

START_TEST(one_writer_or_many_readers)
{
    const struct image_create_options o = { .format = "qcow2", .bytes = 65536 };
    const char *path = scratch_path(&scratch, "disk"), *base = scratch_path(&scratch, "base");
    struct block *first, *second;

    created(path, &o);
    first = opened(path);
    refused(path, NULL, false, 4, "is in use");
    refused(path, NULL, true, 4, "is being written");
    block_close(first);
    first = open_image(path, NULL, true);
    second = open_image(path, NULL, true);
    ck_assert_ptr_nonnull(second);
    refused(path, NULL, false, 4, "is in use");
    block_close(first);
    block_close(second);
    /* A backing file is a reader. */
    created(base, &o);
    unlink(path);
    created(path, &(struct image_create_options){ .format = "qcow2", .backing = "base" });
    first = opened(path);
    refused(base, NULL, false, 4, "is in use");
    second = open_image(base, NULL, true);
    ck_assert_ptr_nonnull(second);
    block_close(first);
    block_close(second);
    block_close(opened(base));
}
END_TEST

START_TEST(a_guest_cannot_make_a_raw_disk_another_format)
{
    static const uint8_t magic[512] = { 'Q', 'F', 'I', 0xfb, 0, 0, 0, 3 };
    const struct image_create_options o = { .bytes = 65536 };
    const char *path = scratch_path(&scratch, "disk");
    struct block *block;

    created(path, &o);
    block = opened(path);
    ck_assert_int_eq(block_write(block, 0, 1, magic), BLOCK_IO);
    ck_assert_int_eq(block_write(block, 1, 1, magic), BLOCK_OK);
    ck_assert_ptr_nonnull(strstr(buf_text(&messages), "format=raw"));
    block_close(block);
    /* Whoever said that it is raw may. */
    block = open_image(path, "raw", false);
    ck_assert_int_eq(block_write(block, 0, 1, magic), BLOCK_OK);
    block_close(block);
    block = open_image(path, "raw", false);
    ck_assert_str_eq(block->class->name, "raw");
    block_close(block);
}
END_TEST

START_TEST(a_full_disk_is_an_error_of_the_guest_and_the_image_stays_sound)
{
    const struct image_create_options *kind = &kinds[_i];
    const char *path = scratch_path(&scratch, "disk");
    struct rlimit limit = { .rlim_max = RLIM_INFINITY };
    struct block *block;
    unsigned failed = 0;
    const char *line;

    if (!strcmp(kind->format, "raw"))
        return; /* its file has its size from the start */
    signal(SIGXFSZ, SIG_IGN);
    created(path, kind);
    block = opened(path);
    /* Not on a cluster's border, more and more. */
    for (limit.rlim_cur = 300100; limit.rlim_cur < MIB(2); limit.rlim_cur += 130100) {
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        for (unsigned i = 0; i < 40; i++) {
            unsigned count = 1 + number(100);
            uint64_t sector = number((uint32_t)(block->sectors - count));

            for (size_t k = 0; k < (size_t)count * BLOCK_SECTOR; k++)
                bytes[k] = (uint8_t)(number(255) + 1);
            /* What a failed write has done to its own sectors is not known. */
            if (block_write(block, sector, count, bytes) == BLOCK_OK) {
                memcpy(model + sector * BLOCK_SECTOR, bytes, (size_t)count * BLOCK_SECTOR);
            } else {
                failed++;
                ck_assert_int_eq(block_read(block, sector, count, bytes), BLOCK_OK);
                memcpy(model + sector * BLOCK_SECTOR, bytes, (size_t)count * BLOCK_SECTOR);
            }
        }
        matches(block);
        is_sound(block, true);
    }
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    if (kind->cluster < MIB(2)) /* one cluster of that size holds nearly all of it */
        ck_assert_uint_gt(failed, 0);
    line = strchr(buf_text(&messages), '\n');
    ck_assert_msg(!failed || (line && !line[1]), "not one line: %s", buf_text(&messages));
    for (unsigned i = 0; i < 20; i++)
        ck_assert_int_eq(scribble(block, 100), BLOCK_OK);
    matches(block);
    block_close(block);
    block = opened(path);
    matches(block);
    is_sound(block, true);
    block_close(block);
}
END_TEST

START_TEST(an_image_that_was_not_closed_gets_its_refcounts_back)
{
    const struct image_create_options o = { .format = "qcow2",
                                            .bytes = MIB(3),
                                            .cluster = _i ? 512 : 4096 };
    const char *path = scratch_path(&scratch, "disk");
    struct block *block;
    struct image_check result;
    struct out nowhere;
    uint8_t table[8], zeros[512] = { 0 }, dirty = 1;
    int fd;

    out_to_nothing(&nowhere);
    created(path, &o);
    block = opened(path);
    for (unsigned i = 0; i < 60; i++)
        ck_assert_int_eq(scribble(block, 300), BLOCK_OK);
    block_close(block);
    /* As with lazy refcounts: none was written down, and the image says so. */
    fd = open(path, O_RDWR);
    ck_assert_int_eq(pread(fd, table, 8, (off_t)o.cluster), 8);
    ck_assert_int_eq(pwrite(fd, zeros, o.cluster < 512 ? o.cluster : 512,
                            (off_t)__builtin_bswap64(load_le64(table))),
                     512);
    ck_assert_int_eq(pwrite(fd, &dirty, 1, 79), 1);
    close(fd);
    block = open_image(path, NULL, true);
    ck_assert_int_eq(image_check(block, &result, &nowhere), BLOCK_OK);
    ck_assert_uint_gt(result.errors, 0);
    matches(block);
    block_close(block);
    block = opened(path);
    is_sound(block, false);
    matches(block);
    for (unsigned i = 0; i < 60; i++)
        ck_assert_int_eq(scribble(block, 300), BLOCK_OK);
    is_sound(block, false);
    block_close(block);
    block = opened(path);
    matches(block);
    is_sound(block, false);
    block_close(block);
}
END_TEST

START_TEST(what_exists_is_not_made_anew)
{
    const struct image_create_options o = { .bytes = 65536 };
    uint8_t sector[512] = { 5 };
    const char *path = scratch_file(&scratch, "disk", sector, sizeof sector);
    struct block *block;

    ck_assert(!image_create(path, &o, &error, &exit_code));
    ck_assert_int_eq(exit_code, 2);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "exists already"));
    block = opened(path);
    ck_assert_uint_eq(block->sectors, 1);
    block_close(block);
}
END_TEST

START_TEST(sizes_that_cannot_be_are_refused)
{
    static const struct {
        struct image_create_options o;
        const char *words;
    } bad[] = {
        { { .bytes = 0 }, "no size" },
        { { .bytes = UINT64_MAX }, "expected less than 8 EiB" },
        { { .format = "qcow2", .bytes = UINT64_C(1) << 60 }, "expected at most" },
        { { .format = "qcow2", .bytes = 512, .cluster = 1000 }, "a power of two" },
        { { .format = "qcow2", .bytes = 512, .cluster = MIB(4) }, "512 to 2M" },
        { { .format = "qcow2", .bytes = 512, .refcount_bits = 3 }, "refcounts of 3 bits" },
        { { .format = "growing", .bytes = UINT64_C(1) << 50 }, "at most 8 TiB" },
        { { .format = "sparse", .bytes = UINT64_C(1) << 60 }, "less than 16 PiB" },
        { { .format = "vmdk", .bytes = 512 }, "'vmdk' is unknown" },
        { { .format = "qcow", .bytes = 512 }, "did you mean 'qcow2'?" },
        { { .format = "raw", .backing = "x" }, "has no backing files" },
        { { .format = "qcow2", .backing = "nowhere" }, "nowhere: No such file" },
    };
    const char *path = scratch_path(&scratch, "disk");

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        buf_clear(&error);
        ck_assert(!image_create(path, &bad[i].o, &error, &exit_code));
        ck_assert_msg(strstr(buf_text(&error), bad[i].words) != NULL, "'%s' is not in: %s",
                      bad[i].words, buf_text(&error));
        ck_assert_int_ne(access(path, F_OK), 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image");
    TCase *tcase = tcase_create("image");
    SRunner *runner;
    const int all = (int)ARRAY_SIZE(kinds);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, every_format_keeps_what_is_written, 0, all);
    tcase_add_loop_test(tcase, an_image_written_from_end_to_end_is_sound, 0, all);
    tcase_add_loop_test(tcase, zeros_are_known_where_nothing_was_written, 0, all);
    tcase_add_loop_test(tcase, sectors_behind_the_end_and_read_only_media_are_left_alone, 0, all);
    tcase_add_test(tcase, a_part_of_a_sector_at_the_end_is_filled_with_zeros);
    tcase_add_test(tcase, a_backing_file_shows_through_and_is_not_written);
    tcase_add_test(tcase, sparse_images_lie_on_the_one_with_the_lower_digit);
    tcase_add_test(tcase, a_chain_that_leads_back_to_itself_is_refused);
    tcase_add_test(tcase, a_chain_of_backing_files_has_a_limit);
    tcase_add_test(tcase, one_writer_or_many_readers);
    tcase_add_test(tcase, a_guest_cannot_make_a_raw_disk_another_format);
    tcase_add_loop_test(tcase, a_full_disk_is_an_error_of_the_guest_and_the_image_stays_sound, 0,
                        all);
    tcase_add_loop_test(tcase, an_image_that_was_not_closed_gets_its_refcounts_back, 0, 2);
    tcase_add_test(tcase, what_exists_is_not_made_anew);
    tcase_add_test(tcase, sizes_that_cannot_be_are_refused);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
