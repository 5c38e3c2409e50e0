/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_image_overlay.c - writes that go elsewhere: the base stays as it is, any moment can be
 * brought back, twins have their own contents and are compared, and a commit writes down what changed.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/image.h"
#include "tests/support/scratch.h"
#include "util/bits.h"

#define SIZE (MIB(2) + 1536)
#define SECTORS (SIZE / BLOCK_SECTOR)
#define MOMENTS 12

static struct scratch scratch;
static struct buf error, messages;
static struct out message_out;
static struct log log_sink;
static int exit_code;
static uint64_t seed;
static uint8_t base[SIZE], bytes[SIZE];
static const char *path;

static uint32_t number(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

static void setup(void)
{
    scratch_make(&scratch);
    out_to_buf(&message_out, &messages);
    log_sink = (struct log){ .out = &message_out };
    seed = 3;
    for (size_t i = 0; i < SIZE; i++)
        base[i] = (uint8_t)number(256);
    path = scratch_file(&scratch, "base", base, SIZE);
}

static void teardown(void)
{
    ck_assert_uint_eq(messages.length, 0);
    scratch_remove(&scratch);
    buf_free(&error);
    buf_free(&messages);
}

static struct block *open_image(bool snapshot, uint64_t most)
{
    const struct image_options o = { .snapshot = snapshot, .overlay = most, .log = &log_sink };
    struct block *block = image_open(path, &o, &error, &exit_code);

    ck_assert_msg(block != NULL, "%s", buf_text(&error));
    return block;
}

static void scribble(struct block *block, uint8_t *model, unsigned times)
{
    while (times--) {
        unsigned count = 1 + number(number(3) ? 6 : 900);
        uint64_t sector = number((uint32_t)SECTORS);

        if (count > SECTORS - sector)
            count = (unsigned)(SECTORS - sector);
        for (size_t i = 0; i < (size_t)count * BLOCK_SECTOR; i += 4)
            store_le32(model + sector * BLOCK_SECTOR + i, number(UINT32_MAX));
        ck_assert_int_eq(block_write(block, sector, count, model + sector * BLOCK_SECTOR),
                         BLOCK_OK);
    }
}

static void matches(struct block *block, const uint8_t *model)
{
    for (uint64_t sector = 0; sector < SECTORS;) {
        unsigned count = 1 + number(200);

        if (count > SECTORS - sector)
            count = (unsigned)(SECTORS - sector);
        ck_assert_int_eq(block_read(block, sector, count, bytes), BLOCK_OK);
        ck_assert_mem_eq(bytes, model + sector * BLOCK_SECTOR, (size_t)count * BLOCK_SECTOR);
        sector += count;
    }
}

static void file_is(const uint8_t *model)
{
    FILE *file = fopen(path, "rb");

    ck_assert_uint_eq(fread(bytes, 1, SIZE, file), SIZE);
    fclose(file);
    ck_assert_mem_eq(bytes, model, SIZE);
}

static uint8_t *copy(const uint8_t *model)
{
    return memcpy(xcalloc(1, SIZE), model, SIZE);
}

START_TEST(the_file_below_stays_as_it_is)
{
    uint8_t *model = copy(base);
    struct block *block = open_image(true, 0), *other = open_image(true, 0);

    ck_assert(!block->read_only);
    scribble(block, model, 200);
    matches(block, model);
    matches(other, base); /* two machines of one image */
    ck_assert_int_eq(block_flush(block), BLOCK_OK);
    block_close(block);
    block_close(other);
    file_is(base);
    free(model);
}
END_TEST

START_TEST(any_moment_can_be_brought_back)
{
    struct image_state *state[MOMENTS];
    uint8_t *model[MOMENTS], *now = copy(base);
    struct block *block = open_image(true, 0);

    for (unsigned i = 0; i < MOMENTS; i++) {
        scribble(block, now, i ? 20 : 0);
        model[i] = copy(now);
        state[i] = image_save(block);
    }
    for (unsigned i = 0; i < 60; i++) {
        unsigned which = number(MOMENTS);

        image_restore(block, state[which]);
        memcpy(now, model[which], SIZE);
        matches(block, now);
        scribble(block, now, 5);
        matches(block, now);
        if (!number(4)) { /* another future */
            image_state_free(state[which]);
            state[which] = image_save(block);
            memcpy(model[which], now, SIZE);
        }
    }
    /* States outlive the overlay that they are of. */
    for (unsigned i = 0; i < MOMENTS; i++) {
        if (i == 6)
            block_close(block);
        image_state_free(state[i]);
        free(model[i]);
    }
    free(now);
}
END_TEST

START_TEST(twins_are_compared_and_take_states_from_each_other)
{
    uint8_t *a = copy(base), *b = copy(base);
    struct block *one = open_image(true, 0), *two = image_overlay_twin(one);
    uint64_t sector, expected;
    struct image_state *state;

    ck_assert(!image_differ(one, two, &sector));
    for (unsigned round = 0; round < 20; round++) {
        /* The same writes, in two places. */
        uint64_t again = seed;

        scribble(one, a, 10);
        ck_assert(image_differ(one, two, &sector));
        seed = again;
        scribble(two, b, 10);
        ck_assert(!image_differ(one, two, &sector));
        state = image_save(one);
        image_restore(two, state);
        image_state_free(state);
        matches(two, b);
    }
    /* One bit. */
    expected = SECTORS - 1;
    memcpy(bytes, b + expected * BLOCK_SECTOR, BLOCK_SECTOR);
    bytes[511] ^= 1;
    ck_assert_int_eq(block_write(two, expected, 1, bytes), BLOCK_OK);
    ck_assert(image_differ(one, two, &sector));
    ck_assert_uint_eq(sector, expected);
    expected = 77;
    memset(bytes, 0x5a, BLOCK_SECTOR);
    ck_assert_int_eq(block_write(one, expected, 1, bytes), BLOCK_OK);
    ck_assert(image_differ(one, two, &sector));
    ck_assert_uint_eq(sector, expected);
    block_close(one); /* the other one lives on */
    memcpy(b + SIZE - 1, &(uint8_t){ (uint8_t)(b[SIZE - 1] ^ 1) }, 1);
    matches(two, b);
    block_close(two);
    free(a);
    free(b);
}
END_TEST

/* The model that image_changes() makes of the base. */
static bool apply_change(void *context, uint64_t sector, unsigned count, const void *data)
{
    memcpy((uint8_t *)context + sector * BLOCK_SECTOR, data, (size_t)count * BLOCK_SECTOR);
    return true;
}

static bool end_at_once(void *context, uint64_t sector, unsigned count, const void *data)
{
    ++*(unsigned *)context;
    (void)sector, (void)count, (void)data;
    return false;
}

START_TEST(what_changed_is_listed_and_written_down)
{
    uint8_t *model = copy(base), *listed = copy(base);
    struct block *disk = open_image(false, 0);
    struct block *overlay = image_overlay(disk, true, 0, &log_sink, &error);
    struct image_state *state;
    unsigned seen = 0;

    scribble(overlay, model, 30);
    ck_assert(image_changes(overlay, apply_change, listed));
    ck_assert_mem_eq(listed, model, SIZE);
    ck_assert(!image_changes(overlay, end_at_once, &seen));
    ck_assert_uint_eq(seen, 1);
    file_is(base);
    /* Not while something shows other contents. */
    state = image_save(overlay);
    scribble(overlay, model, 1);
    ck_assert_int_eq(image_commit(overlay), BLOCK_PROTECTED);
    image_state_free(state);
    file_is(base);
    ck_assert_int_eq(image_commit(overlay), BLOCK_OK);
    file_is(model);
    matches(overlay, model);
    seen = 0;
    ck_assert(image_changes(overlay, end_at_once, &seen));
    ck_assert_uint_eq(seen, 0);
    scribble(overlay, model, 10);
    matches(overlay, model);
    block_close(overlay);
    overlay = open_image(true, 0);
    ck_assert_int_eq(image_commit(overlay), BLOCK_PROTECTED); /* only read */
    block_close(overlay);
    free(model);
    free(listed);
}
END_TEST

static struct block *open_through(void)
{
    return image_overlay_through(open_image(false, 0), 0, &log_sink);
}

START_TEST(what_is_alone_writes_to_the_file_at_once)
{
    uint8_t *model = copy(base), *moment;
    struct block *disk = open_through();
    struct image_state *state;

    scribble(disk, model, 20);
    file_is(model);
    moment = copy(model);
    state = image_save(disk);
    scribble(disk, model, 20);
    ck_assert_int_eq(block_flush(disk), BLOCK_OK); /* owed */
    ck_assert_int_eq(image_settle(disk), BLOCK_PROTECTED);
    file_is(moment);
    matches(disk, model);
    image_restore(disk, state);
    matches(disk, moment);
    memcpy(model, moment, SIZE);
    scribble(disk, model, 20);
    image_state_free(state);
    file_is(moment); /* nobody asks */
    ck_assert_int_eq(image_settle(disk), BLOCK_OK);
    file_is(model);
    matches(disk, model);
    /* What it took when it was not alone goes before what comes after. */
    state = image_save(disk);
    scribble(disk, model, 20);
    image_state_free(state);
    scribble(disk, model, 1);
    file_is(model);
    state = image_save(disk);
    scribble(disk, model, 20);
    image_state_free(state);
    block_close(disk);
    file_is(model);
    free(model);
    free(moment);
}
END_TEST

START_TEST(twins_that_agree_are_written_down)
{
    uint8_t *model = copy(base);
    struct block *disk = open_through(), *twin = image_overlay_twin(disk);
    struct image_state *states[2] = { NULL, NULL };
    uint64_t sector;

    for (unsigned i = 0; i < 4; i++) {
        uint8_t *again = copy(model);
        uint64_t seed_before = seed;

        scribble(disk, model, 9);
        seed = seed_before;
        scribble(twin, again, 9);
        ck_assert(!image_differ(disk, twin, &sector));
        image_join(disk, twin);
        for (unsigned k = 0; k < 2; k++) {
            image_state_free(states[k]);
            states[k] = image_save(k ? twin : disk);
        }
        ck_assert_int_eq(image_settle(disk), BLOCK_OK); /* nobody asked */
        file_is(base);
        free(again);
    }
    ck_assert_int_eq(block_flush(twin), BLOCK_OK);
    ck_assert_int_eq(image_settle(twin), BLOCK_OK);
    file_is(base); /* it is the other's affair */
    ck_assert_int_eq(block_flush(disk), BLOCK_OK);
    file_is(model);
    matches(disk, model);
    matches(twin, model);
    memcpy(base, model, SIZE);
    scribble(disk, model, 9);
    image_restore(disk, states[1]);
    matches(disk, base);
    matches(twin, base);
    image_state_free(states[0]);
    image_state_free(states[1]);
    block_close(twin);
    block_close(disk);
    file_is(base);
    free(model);
}
END_TEST

START_TEST(an_overlay_takes_no_more_than_it_may)
{
    uint8_t *model = copy(base);
    struct block *block = open_image(true, KIB(64));
    struct image_state *state;

    memset(model, 1, KIB(64));
    ck_assert_int_eq(block_write(block, 0, KIB(64) / 512, model), BLOCK_OK);
    ck_assert_int_eq(block_write(block, 0, KIB(64) / 512, model), BLOCK_OK);
    ck_assert_int_eq(block_write(block, KIB(64) / 512, 1, model), BLOCK_IO);
    ck_assert_int_eq(block_write(block, KIB(64) / 512, 64, model), BLOCK_IO);
    matches(block, model);
    /* A state that is kept needs room of its own. */
    state = image_save(block);
    memset(bytes, 2, 512);
    ck_assert_int_eq(block_write(block, 0, 1, bytes), BLOCK_IO);
    matches(block, model);
    image_state_free(state);
    memset(model, 2, 512);
    ck_assert_int_eq(block_write(block, 0, 1, model), BLOCK_OK);
    matches(block, model);
    block_close(block);
    ck_assert_ptr_nonnull(strstr(buf_text(&messages), "holds 65536 bytes of writes"));
    ck_assert_ptr_eq(strchr(buf_text(&messages), '\n'), messages.data + messages.length - 1);
    buf_clear(&messages);
    free(model);
}
END_TEST

START_TEST(zeros_are_those_of_the_base_where_nothing_was_written)
{
    const struct image_create_options o = { .format = "qcow2", .bytes = GIB(100) };
    const struct image_options how = { .snapshot = true, .log = &log_sink };
    const char *empty = scratch_path(&scratch, "empty");
    uint64_t middle = GIB(50) / 512 + 3;
    struct block *block;

    ck_assert(image_create(empty, &o, &error, &exit_code));
    block = image_open(empty, &how, &error, &exit_code);
    ck_assert_uint_eq(image_zeros(block, 0, UINT64_MAX), GIB(100) / 512);
    ck_assert_int_eq(block_write(block, middle, 1, bytes), BLOCK_OK);
    ck_assert_uint_eq(image_zeros(block, 0, UINT64_MAX), middle / 8 * 8);
    ck_assert_uint_eq(image_zeros(block, middle, 1), 0);
    ck_assert_uint_eq(image_zeros(block, middle / 8 * 8 + 8, 5), 5);
    block_close(block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image_overlay");
    TCase *tcase = tcase_create("image_overlay");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_file_below_stays_as_it_is);
    tcase_add_test(tcase, any_moment_can_be_brought_back);
    tcase_add_test(tcase, twins_are_compared_and_take_states_from_each_other);
    tcase_add_test(tcase, what_changed_is_listed_and_written_down);
    tcase_add_test(tcase, what_is_alone_writes_to_the_file_at_once);
    tcase_add_test(tcase, twins_that_agree_are_written_down);
    tcase_add_test(tcase, an_overlay_takes_no_more_than_it_may);
    tcase_add_test(tcase, zeros_are_those_of_the_base_where_nothing_was_written);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
