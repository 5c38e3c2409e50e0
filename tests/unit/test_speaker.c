/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_speaker.c - samples of the PC speaker, and the file that keeps them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/speaker.h"
#include "machine/wav.h"
#include "tests/support/fake_board.h"
#include "tests/support/scratch.h"

static struct fake_board *board;
static struct speaker speaker;
static int16_t heard[SPEAKER_HZ];
static uint64_t count, silent;

static void hear(void *context, const int16_t *samples, uint64_t n)
{
    ck_assert_ptr_eq(context, board);
    ck_assert_uint_le(count + n, SPEAKER_HZ);
    if (samples)
        memcpy(heard + count, samples, n * sizeof *samples);
    else
        silent += n;
    count += n;
}

static void setup(void)
{
    struct pit *pit;
    struct port61 *port61;

    board = fake_board_create(1000000);
    pit = device_create(&board->list, &pit_class);
    port61 = device_create(&board->list, &port61_class);
    port61->pit = pit;
    memset(&speaker, 0, sizeof speaker);
    memset(heard, 0, sizeof heard);
    count = silent = 0;
    speaker_connect(&speaker, pit, port61);
    speaker.sink = (struct speaker_sink){ hear, board };
    device_reset_all(&board->list, RESET_POWER_ON);
}

static void teardown(void)
{
    fake_board_destroy(board);
}

static void tone(unsigned divisor)
{
    fake_out8(board, 0x43, 0xb6);
    fake_out8(board, 0x42, (uint8_t)divisor);
    fake_out8(board, 0x42, (uint8_t)(divisor >> 8));
}

static unsigned changes_of_sign(uint64_t from, uint64_t to)
{
    unsigned changes = 0;

    for (uint64_t i = from + 1; i < to; i++)
        changes += (heard[i] < 0) != (heard[i - 1] < 0);
    return changes;
}

START_TEST(a_tone_has_its_frequency_and_its_length)
{
    fake_run_us(board, 100000);
    tone(1193); /* 1000 Hz */
    fake_out8(board, 0x61, 0x03);
    fake_run_us(board, 100000);
    tone(2386); /* 500 Hz */
    fake_run_us(board, 100000);
    fake_out8(board, 0x61, 0x00);
    fake_run_us(board, 100000);
    speaker_catch_up(&speaker);
    ck_assert_uint_eq(count, 17640);
    ck_assert_uint_eq(silent, 8820);
    for (unsigned i = 0; i < 4410; i++)
        ck_assert_int_eq(heard[i], 0);
    ck_assert_uint_ge(changes_of_sign(4410, 8820), 198);
    ck_assert_uint_le(changes_of_sign(4410, 8820), 201);
    ck_assert_uint_ge(changes_of_sign(8820, 13230), 98);
    ck_assert_uint_le(changes_of_sign(8820, 13230), 101);
    ck_assert_int_eq(heard[4420], 8000);
}
END_TEST

START_TEST(it_does_not_matter_when_samples_are_asked_for)
{
    static int16_t first[4410];

    tone(700);
    fake_out8(board, 0x61, 0x03);
    fake_run_us(board, 100000);
    speaker_catch_up(&speaker);
    ck_assert_uint_eq(count, 4410);
    memcpy(first, heard, sizeof first);
    teardown();
    setup();
    tone(700);
    fake_out8(board, 0x61, 0x03);
    for (unsigned i = 0; i < 1000; i++) {
        fake_run_us(board, 100);
        speaker_catch_up(&speaker);
    }
    ck_assert_mem_eq(heard, first, sizeof first);
}
END_TEST

START_TEST(nothing_is_made_twice_after_going_back)
{
    fake_run_us(board, 50000);
    speaker_catch_up(&speaker);
    speaker.position = 4410; /* it had been further */
    fake_run_us(board, 25000);
    speaker_catch_up(&speaker);
    ck_assert_uint_eq(count, 2205);
    fake_run_us(board, 50000);
    speaker_catch_up(&speaker);
    ck_assert_uint_eq(count, 2205 + 5512 - 4410);
}
END_TEST

START_TEST(a_wav_file_has_the_sound_without_silence_around)
{
    static const int16_t samples[] = { 1, -2, 3 };
    struct scratch scratch;
    struct buf error = { 0 };
    struct wav wav;
    uint8_t bytes[64];
    size_t n;
    FILE *file;
    const char *path;

    scratch_make(&scratch);
    path = scratch_path(&scratch, "s.wav");
    ck_assert(wav_open(&wav, path, SPEAKER_HZ, NULL, &error));
    wav_write(&wav, NULL, 1000000);
    wav_write(&wav, samples, 3);
    wav_write(&wav, NULL, 2);
    wav_write(&wav, samples, 1);
    wav_write(&wav, NULL, 1000);
    wav_close(&wav);
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ck_assert_uint_eq(n, 44 + 12);
    ck_assert_mem_eq(
        bytes, "RIFF\x30\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0", 36);
    ck_assert_mem_eq(bytes + 36, "data\x0c\0\0\0\1\0\xfe\xff\3\0\0\0\0\0\1\0", 20);
    ck_assert(!wav_open(&wav, scratch_path(&scratch, "no/such"), SPEAKER_HZ, NULL, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "No such file"));
    buf_free(&error);
    scratch_remove(&scratch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("speaker");
    TCase *tcase = tcase_create("speaker");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_tone_has_its_frequency_and_its_length);
    tcase_add_test(tcase, it_does_not_matter_when_samples_are_asked_for);
    tcase_add_test(tcase, nothing_is_made_twice_after_going_back);
    tcase_add_test(tcase, a_wav_file_has_the_sound_without_silence_around);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
