/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_util.c - bytes, text, state field rows, virtual time. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/field.h"
#include "util/log.h"
#include "util/text.h"

/* buf, out, log */

START_TEST(an_empty_buffer_is_empty_text)
{
    struct buf buf = { 0 };

    ck_assert_str_eq(buf_text(&buf), "");
    buf_clear(&buf);
    buf_free(&buf);
    ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(a_buffer_grows_and_stays_terminated)
{
    struct buf buf = { 0 };

    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%d,", i % 10);
    ck_assert_uint_eq(buf.length, 2000);
    ck_assert_uint_eq(buf.data[2000], 0);
    buf_add(&buf, "a\0b", 3);
    ck_assert_uint_eq(buf.length, 2003);
    ck_assert_uint_eq(buf.data[2003], 0);
    buf_clear(&buf);
    ck_assert_str_eq(buf_text(&buf), "");
    buf_free(&buf);
}
END_TEST

START_TEST(long_text_reaches_the_sink_whole)
{
    struct buf buf = { 0 };
    struct out out;

    out_to_buf(&out, &buf);
    out_printf(&out, "%0700d", 7);
    out_text(&out, "end");
    ck_assert_uint_eq(buf.length, 703);
    ck_assert_str_eq(buf_text(&buf) + 699, "7end");
    buf_free(&buf);
    out_to_nothing(&out);
    out_text(&out, "gone");
}
END_TEST

START_TEST(the_log_prints_up_to_its_level_and_counts_all)
{
    struct buf buf = { 0 };
    struct out out;
    struct log log = { .out = &out, .level = LOG_WARN };
    bool seen = false;

    out_to_buf(&out, &buf);
    log_line(&log, LOG_ERROR, "pic", "bad %d", 1);
    log_line(&log, LOG_DEBUG, "pic", "not shown");
    log_once(&log, &seen, LOG_WARN, "pit", "first");
    log_once(&log, &seen, LOG_WARN, "pit", "second");
    log_line(NULL, LOG_ERROR, "pic", "nobody");
    ck_assert_str_eq(buf_text(&buf), "pic: bad 1\npit: first\n");
    ck_assert_uint_eq(log.count[LOG_DEBUG], 1);
    ck_assert_uint_eq(log.count[LOG_WARN], 1);
    buf_free(&buf);
}
END_TEST

/* text */

static const struct {
    const char *text;
    bool good;
    uint64_t value;
} numbers[] = {
    { "0", true, 0 },
    { "42", true, 42 },
    { "0x1f", true, 0x1f },
    { "0X1F", true, 0x1f },
    { "1fh", true, 0x1f },
    { "0ffH", true, 0xff },
    { "0b101", true, 5 },
    { "0b1h", true, 0xb1 },
    { "017", true, 15 },
    { "1_000_000", true, 1000000 },
    { "0xffff_ffff_ffff_ffff", true, UINT64_MAX },
    { "18446744073709551615", true, UINT64_MAX },
    { "18446744073709551616", false, 0 },
    { "0x10000000000000000", false, 0 },
    { "", false, 0 },
    { "0x", false, 0 },
    { "h", false, 0 },
    { "fh", false, 0 },
    { "08", false, 0 },
    { "1f", false, 0 },
    { "-1", false, 0 },
    { "+1", false, 0 },
    { " 1", false, 0 },
    { "1_", false, 0 },
    { "_1", false, 0 },
    { "1__0", false, 0 },
    { "12x", false, 0 },
};

START_TEST(numbers_are_read_whole_or_not_at_all)
{
    uint64_t value = 99;

    ck_assert_msg(text_number(numbers[_i].text, &value) == numbers[_i].good, "%s",
                  numbers[_i].text);
    ck_assert_uint_eq(value, numbers[_i].good ? numbers[_i].value : 99);
}
END_TEST

START_TEST(sizes_take_a_suffix_or_a_unit)
{
    uint64_t bytes = 99;

    ck_assert(text_size("64", MIB(1), &bytes));
    ck_assert_uint_eq(bytes, MIB(64));
    ck_assert(text_size("64K", MIB(1), &bytes));
    ck_assert_uint_eq(bytes, KIB(64));
    ck_assert(text_size("2g", 1, &bytes));
    ck_assert_uint_eq(bytes, GIB(2));
    ck_assert(text_size("1T", 1, &bytes));
    ck_assert_uint_eq(bytes, GIB(1024));
    bytes = 99;
    ck_assert(!text_size("", 1, &bytes));
    ck_assert(!text_size("K", 1, &bytes));
    ck_assert(!text_size("64Q", 1, &bytes));
    ck_assert(!text_size("0x2000000000000000T", 1, &bytes));
    ck_assert_uint_eq(bytes, 99);
}
END_TEST

START_TEST(distance_counts_edits_and_swaps)
{
    ck_assert_uint_eq(text_distance("break", "break", 3), 0);
    ck_assert_uint_eq(text_distance("braek", "break", 3), 1);
    ck_assert_uint_eq(text_distance("brk", "break", 3), 2);
    ck_assert_uint_eq(text_distance("abc", "xyz", 1), 2);
    ck_assert_uint_eq(text_distance("", "ab", 3), 2);
}
END_TEST

START_TEST(the_nearest_name_is_found_or_none)
{
    static const char *const names[] = { "break", "continue", "step", "info", NULL };

    ck_assert_str_eq(text_nearest("contnue", names), "continue");
    ck_assert_str_eq(text_nearest("braek", names), "break");
    ck_assert_ptr_null(text_nearest("quux", names));
    ck_assert_ptr_null(text_nearest("", names));
}
END_TEST

START_TEST(thousands_are_separated)
{
    char out[32];

    ck_assert_str_eq(text_thousands(0, out), "0");
    ck_assert_str_eq(text_thousands(999, out), "999");
    ck_assert_str_eq(text_thousands(12345678, out), "12,345,678");
    ck_assert_str_eq(text_thousands(UINT64_MAX, out), "18,446,744,073,709,551,615");
}
END_TEST

START_TEST(a_hex_dump_shows_bytes_and_characters)
{
    struct buf buf = { 0 };
    struct out out;

    out_to_buf(&out, &buf);
    text_hexdump(&out, 0x7c00, (const uint8_t *)"\xeb\x3c\x90MSDOS5.0abcdefgh", 19);
    ck_assert_str_eq(
        buf_text(&buf),
        "00007c00  eb 3c 90 4d 53 44 4f 53  35 2e 30 61 62 63 64 65  |.<.MSDOS5.0abcde|\n"
        "00007c10  66 67 68                                          |fgh|\n");
    buf_free(&buf);
}
END_TEST

/* fields */

struct sample {
    uint8_t small;
    bool flag;
    uint16_t words[3];
    int32_t below;
    uint64_t large;
    uint8_t bytes[20];
    uint32_t tail;
    void *wire;
};

static const struct field sample_fields[] = {
    FIELD(struct sample, small, FMT_HEX, "a byte"),
    FIELD(struct sample, flag, FMT_BOOL, "a flag"),
    FIELDS(struct sample, words, FMT_DEC, "three words"),
    FIELD(struct sample, below, FMT_SIGNED, "a signed number"),
    FIELD(struct sample, large, FMT_HEX, "a large number"),
    FIELD(struct sample, bytes, FMT_HEX, "a run of bytes"),
    FIELD(struct sample, tail, FMT_DEC, "the last"),
    NOT_SAVED(struct sample, wire, "wiring"),
    { 0 },
};

static struct sample sample_state(void)
{
    return (struct sample){ .small = 0x5a,
                            .flag = true,
                            .words = { 1, 2, 65535 },
                            .below = -7,
                            .large = UINT64_C(0x123456789abcdef0),
                            .bytes = "bytes",
                            .tail = 9 };
}

START_TEST(rows_are_found_by_name_and_index)
{
    struct sample state = sample_state();
    unsigned index = 9;
    const struct field *field = field_find(sample_fields, "words[2]", &index);

    ck_assert_ptr_nonnull(field);
    ck_assert_uint_eq(index, 2);
    ck_assert_uint_eq(field_get(field, &state, index), 65535);
    field_set(field, &state, 1, 0x12345);
    ck_assert_uint_eq(state.words[1], 0x2345);
    ck_assert_ptr_nonnull(field_find(sample_fields, "words", &index));
    ck_assert_uint_eq(index, 0);
    ck_assert_ptr_null(field_find(sample_fields, "words[3]", &index));
    ck_assert_ptr_null(field_find(sample_fields, "words[]", &index));
    ck_assert_ptr_null(field_find(sample_fields, "words[1", &index));
    ck_assert_ptr_null(field_find(sample_fields, "[1]", &index));
    ck_assert_ptr_null(field_find(sample_fields, "none", &index));
    field = field_find(sample_fields, "flag", &index);
    field_set(field, &state, 0, 8);
    ck_assert(state.flag == true);
}
END_TEST

START_TEST(rows_print_in_their_format)
{
    struct sample state = sample_state();
    struct buf buf = { 0 };
    struct out out;

    out_to_buf(&out, &buf);
    fields_print(sample_fields, &state, &out);
    ck_assert_str_eq(
        buf_text(&buf),
        "small = 0x5a\nflag = true\nwords = 1 2 65535\nbelow = -7\nlarge = 0x123456789abcdef0\n"
        "bytes = \n"
        "00000000  62 79 74 65 73 00 00 00  00 00 00 00 00 00 00 00  |bytes...........|\n"
        "00000010  00 00 00 00                                       |....|\n"
        "tail = 9\n");
    buf_free(&buf);
}
END_TEST

START_TEST(comparing_names_the_row_that_differs)
{
    struct sample a = sample_state(), b = sample_state();

    ck_assert_ptr_null(fields_compare(sample_fields, &a, &b));
    b.wire = &b;
    ck_assert_ptr_null(fields_compare(sample_fields, &a, &b));
    b.words[2] = 5;
    ck_assert_str_eq(fields_compare(sample_fields, &a, &b)->name, "words");
}
END_TEST

START_TEST(what_was_saved_is_restored)
{
    struct sample a = sample_state(), b = { .wire = &a };
    struct buf saved = { 0 }, error = { 0 };
    const uint8_t *from;

    fields_save(sample_fields, &a, &saved);
    buf_add_text(&saved, "next");
    from = saved.data;
    ck_assert(fields_restore(sample_fields, &b, &from, saved.data + saved.length, &error));
    ck_assert_ptr_null(fields_compare(sample_fields, &a, &b));
    ck_assert_ptr_eq(b.wire, &a);
    ck_assert_mem_eq(from, "next", 4);
    buf_free(&saved);
    buf_free(&error);
}
END_TEST

START_TEST(a_truncated_or_altered_state_is_refused)
{
    struct sample a = sample_state(), b;
    struct buf saved = { 0 }, error = { 0 };
    const uint8_t *from;

    fields_save(sample_fields, &a, &saved);
    for (size_t length = 0; length < saved.length; length++) {
        uint8_t *copy = malloc(length ? length : 1); /* exact size: a sanitizer sees overruns */

        memcpy(copy, saved.data, length);
        from = copy;
        buf_clear(&error);
        ck_assert(!fields_restore(sample_fields, &b, &from, copy + length, &error));
        ck_assert_uint_gt(error.length, 0);
        free(copy);
    }
    saved.data[3] = 'S'; /* small -> Small */
    from = saved.data;
    buf_clear(&error);
    ck_assert(!fields_restore(sample_fields, &b, &from, saved.data + saved.length, &error));
    ck_assert_str_eq(buf_text(&error), "unknown row Small: expected small");
    saved.data[3] = 's';
    saved.data[8] = 2; /* its size */
    from = saved.data;
    buf_clear(&error);
    ck_assert(!fields_restore(sample_fields, &b, &from, saved.data + saved.length, &error));
    ck_assert_str_eq(buf_text(&error), "small: 2 bytes, expected 1");
    buf_free(&saved);
    buf_free(&error);
}
END_TEST

START_TEST(a_restored_bool_is_false_or_true)
{
    struct sample a = sample_state(), b;
    struct buf saved = { 0 }, error = { 0 };
    const uint8_t *from;
    uint8_t raw;

    fields_save(sample_fields, &a, &saved);
    saved.data[2 + 1 + 5 + 4 + 1 + 1 + 4 + 4] = 0x80; /* value of the second row, "flag" */
    from = saved.data;
    ck_assert(fields_restore(sample_fields, &b, &from, saved.data + saved.length, &error));
    memcpy(&raw, &b.flag, 1);
    ck_assert_uint_eq(raw, 1);
    buf_free(&saved);
    buf_free(&error);
}
END_TEST

START_TEST(a_forgotten_member_is_a_hole)
{
    static const struct field no_words[] = {
        FIELD(struct sample, small, FMT_HEX, ""),    FIELD(struct sample, flag, FMT_BOOL, ""),
        FIELD(struct sample, below, FMT_SIGNED, ""), FIELD(struct sample, large, FMT_HEX, ""),
        FIELD(struct sample, bytes, FMT_HEX, ""),    FIELD(struct sample, tail, FMT_DEC, ""),
        NOT_SAVED(struct sample, wire, ""),          { 0 },
    };
    static const struct field no_flag[] = {
        FIELD(struct sample, small, FMT_HEX, ""),
        FIELDS(struct sample, words, FMT_DEC, ""),
        FIELD(struct sample, below, FMT_SIGNED, ""),
        FIELD(struct sample, large, FMT_HEX, ""),
        FIELD(struct sample, bytes, FMT_HEX, ""),
        FIELD(struct sample, tail, FMT_DEC, ""),
        { 0 },
    };

    ck_assert_int_eq(fields_first_hole(sample_fields, sizeof(struct sample)), -1);
    ck_assert_int_eq(fields_first_hole(no_words, sizeof(struct sample)),
                     offsetof(struct sample, words));
    /* One byte before a 16-bit member could be alignment; the missing pointer could not. */
    ck_assert_int_eq(fields_first_hole(no_flag, sizeof(struct sample)),
                     offsetof(struct sample, wire));
}
END_TEST

/* clock */

struct fixture {
    struct clock clock;
    int64_t countdown;
    struct event event[4];
    char fired[64];
};

static void fire_0(void *owner)
{
    strcat(((struct fixture *)owner)->fired, "0");
}

static void fire_1(void *owner)
{
    strcat(((struct fixture *)owner)->fired, "1");
}

static void fire_again(void *owner)
{
    struct fixture *f = owner;

    strcat(f->fired, "2");
    clock_schedule(&f->clock, &f->event[2], clock_now(&f->clock) + 10);
    clock_schedule(&f->clock, &f->event[0], 0); /* now */
    clock_cancel(&f->clock, &f->event[3]);
}

static void fire_3(void *owner)
{
    strcat(((struct fixture *)owner)->fired, "3");
}

static struct fixture *fixture(uint64_t ips)
{
    static struct fixture f;

    memset(&f, 0, sizeof f);
    clock_init(&f.clock, ips);
    clock_attach(&f.clock, &f.countdown);
    event_init(&f.clock, &f.event[0], "0", fire_0, &f);
    event_init(&f.clock, &f.event[1], "1", fire_1, &f);
    event_init(&f.clock, &f.event[2], "2", fire_again, &f);
    event_init(&f.clock, &f.event[3], "3", fire_3, &f);
    return &f;
}

START_TEST(runs_cover_the_saved_rows_and_nothing_else)
{
    struct field_run runs[8];
    unsigned count = fields_runs(sample_fields, runs, 8);
    uint8_t covered[sizeof(struct sample)] = { 0 }, wanted[sizeof(struct sample)] = { 0 };

    ck_assert_uint_ge(count, 1);
    ck_assert_uint_lt(count, 7); /* neighbours are joined */
    for (unsigned i = 0; i < count; i++)
        memset(covered + runs[i].offset, 1, runs[i].bytes);
    for (const struct field *f = sample_fields; f->name; f++)
        if (f->format != FMT_DERIVED)
            memset(wanted + f->offset, 1, (size_t)f->size * f->count);
    ck_assert(!memcmp(covered, wanted, sizeof covered));
    ck_assert_uint_eq(fields_runs(sample_fields, NULL, 0), count);
}
END_TEST

START_TEST(time_goes_back_with_its_events)
{
    struct fixture *f = fixture(1000);
    struct event_state saved[4];

    clock_set_horizon(&f->clock, 100);
    clock_schedule(&f->clock, &f->event[3], 40);
    clock_schedule(&f->clock, &f->event[1], 40);
    f->countdown -= 10; /* tick 10 */
    clock_save(&f->clock, saved);
    ck_assert_str_eq(saved[3].name, "3");
    clock_cancel(&f->clock, &f->event[1]);
    clock_schedule(&f->clock, &f->event[0], 20);
    clock_skip_to(&f->clock, 50);
    clock_fire_due(&f->clock);
    ck_assert_str_eq(f->fired, "03");
    clock_restore(&f->clock, 10, saved);
    ck_assert_str_eq(f->fired, "03"); /* nothing fires */
    ck_assert_uint_eq(clock_now(&f->clock), 10);
    ck_assert_int_le(f->countdown, 0);
    ck_assert_uint_eq(clock_next_event(&f->clock), 40);
    ck_assert(!f->event[0].queued);
    clock_skip_to(&f->clock, 50);
    clock_fire_due(&f->clock);
    ck_assert_str_eq(f->fired, "0313"); /* of one tick, in order of registration */
}
END_TEST

START_TEST(time_passes_as_the_engine_counts_down)
{
    struct fixture *f = fixture(1000);

    clock_set_horizon(&f->clock, 100);
    ck_assert_uint_eq(clock_now(&f->clock), 0);
    f->countdown -= 30;
    ck_assert_uint_eq(clock_now(&f->clock), 30);
    clock_set_horizon(&f->clock, 50);
    ck_assert_uint_eq(clock_now(&f->clock), 30);
    ck_assert_uint_eq(f->clock.horizon, 80);
}
END_TEST

START_TEST(attaching_another_counter_keeps_the_tick)
{
    struct fixture *f = fixture(1000);
    int64_t other = 12345;

    clock_set_horizon(&f->clock, 100);
    f->countdown = 60;
    clock_attach(&f->clock, &other);
    ck_assert_uint_eq(clock_now(&f->clock), 40);
    clock_set_horizon(&f->clock, 10);
    other -= 10;
    ck_assert_uint_eq(clock_now(&f->clock), 50);
}
END_TEST

START_TEST(an_earlier_event_stops_the_engine_exactly_there)
{
    struct fixture *f = fixture(1000);

    clock_set_horizon(&f->clock, 100);
    f->countdown = 90;
    clock_schedule(&f->clock, &f->event[0], 15);
    ck_assert_uint_eq(clock_now(&f->clock), 10);
    ck_assert_int_eq(f->countdown, 5);
    clock_schedule(&f->clock, &f->event[1], 70); /* later than the horizon: nothing to cut */
    ck_assert_int_eq(f->countdown, 5);
    ck_assert_uint_eq(clock_next_event(&f->clock), 15);
}
END_TEST

START_TEST(an_event_in_the_past_fires_before_the_next_instruction)
{
    struct fixture *f = fixture(1000);

    clock_set_horizon(&f->clock, 100);
    f->countdown = 90;
    clock_schedule(&f->clock, &f->event[0], 3);
    ck_assert_int_eq(f->countdown, 0);
    ck_assert_uint_eq(f->event[0].when, 10);
    f->countdown -= 1; /* the instruction that did it retires */
    ck_assert_uint_eq(clock_now(&f->clock), 11);
    clock_fire_due(&f->clock);
    ck_assert_str_eq(f->fired, "0");
    ck_assert_uint_eq(clock_now(&f->clock), 11);
}
END_TEST

START_TEST(interrupting_a_run_keeps_the_tick)
{
    struct fixture *f = fixture(1000);

    clock_set_horizon(&f->clock, 100);
    f->countdown = 90;
    clock_interrupt_run(&f->clock);
    ck_assert_int_eq(f->countdown, 0);
    ck_assert_uint_eq(clock_now(&f->clock), 10);
    f->countdown = -1;
    clock_interrupt_run(&f->clock);
    ck_assert_int_eq(f->countdown, -1);
    ck_assert_uint_eq(clock_now(&f->clock), 11);
}
END_TEST

START_TEST(events_of_one_tick_fire_in_order_of_registration)
{
    struct fixture *f = fixture(1000);

    clock_schedule(&f->clock, &f->event[3], 5);
    clock_schedule(&f->clock, &f->event[1], 5);
    clock_schedule(&f->clock, &f->event[0], 5);
    clock_schedule(&f->clock, &f->event[3], 6); /* moved */
    clock_skip_to(&f->clock, 6);
    clock_fire_due(&f->clock);
    ck_assert_str_eq(f->fired, "013");
    ck_assert_uint_eq(clock_next_event(&f->clock), UINT64_MAX);
}
END_TEST

START_TEST(an_event_may_move_itself_and_others)
{
    struct fixture *f = fixture(1000);

    clock_schedule(&f->clock, &f->event[2], 5);
    clock_schedule(&f->clock, &f->event[3], 5);
    clock_skip_to(&f->clock, 5);
    clock_fire_due(&f->clock);
    ck_assert_str_eq(f->fired, "20");
    ck_assert_uint_eq(clock_next_event(&f->clock), 15);
    clock_cancel(&f->clock, &f->event[2]);
    clock_cancel(&f->clock, &f->event[2]);
    ck_assert_uint_eq(clock_next_event(&f->clock), UINT64_MAX);
}
END_TEST

START_TEST(a_skip_never_goes_back)
{
    struct fixture *f = fixture(1000);

    clock_skip_to(&f->clock, 50);
    ck_assert_uint_eq(clock_now(&f->clock), 50);
    clock_skip_to(&f->clock, 20);
    ck_assert_uint_eq(clock_now(&f->clock), 50);
    ck_assert_int_eq(f->countdown, 0);
}
END_TEST

START_TEST(conversions_are_exact_and_consistent)
{
    struct fixture *f = fixture(100000007);
    uint64_t count;

    ck_assert_uint_eq(clock_ticks_to(&f->clock, 100000007, 1193182), 1193182);
    for (count = 0; count < 3000; count++) {
        uint64_t tick = clock_ticks_until(&f->clock, count, 1193182);

        ck_assert_uint_ge(clock_ticks_to(&f->clock, tick, 1193182), count);
        if (tick)
            ck_assert_uint_lt(clock_ticks_to(&f->clock, tick - 1, 1193182), count);
    }
    /* A year at 4 GHz does not overflow; the end of time saturates. */
    f->clock.ips = 4000000000;
    count = UINT64_C(4000000000) * 31557600;
    ck_assert_uint_eq(clock_ticks_to(&f->clock, count, 1193182), UINT64_C(31557600) * 1193182);
    ck_assert_uint_eq(clock_ticks_until(&f->clock, UINT64_MAX, 1), UINT64_MAX);
    ck_assert_uint_eq(clock_ticks_from(&f->clock, 3, 2), 6000000000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util");
    TCase *tcase = tcase_create("util");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, an_empty_buffer_is_empty_text);
    tcase_add_test(tcase, a_buffer_grows_and_stays_terminated);
    tcase_add_test(tcase, long_text_reaches_the_sink_whole);
    tcase_add_test(tcase, the_log_prints_up_to_its_level_and_counts_all);
    tcase_add_loop_test(tcase, numbers_are_read_whole_or_not_at_all, 0, ARRAY_SIZE(numbers));
    tcase_add_test(tcase, sizes_take_a_suffix_or_a_unit);
    tcase_add_test(tcase, distance_counts_edits_and_swaps);
    tcase_add_test(tcase, the_nearest_name_is_found_or_none);
    tcase_add_test(tcase, thousands_are_separated);
    tcase_add_test(tcase, a_hex_dump_shows_bytes_and_characters);
    tcase_add_test(tcase, rows_are_found_by_name_and_index);
    tcase_add_test(tcase, rows_print_in_their_format);
    tcase_add_test(tcase, comparing_names_the_row_that_differs);
    tcase_add_test(tcase, what_was_saved_is_restored);
    tcase_add_test(tcase, a_truncated_or_altered_state_is_refused);
    tcase_add_test(tcase, a_restored_bool_is_false_or_true);
    tcase_add_test(tcase, a_forgotten_member_is_a_hole);
    tcase_add_test(tcase, runs_cover_the_saved_rows_and_nothing_else);
    tcase_add_test(tcase, time_goes_back_with_its_events);
    tcase_add_test(tcase, time_passes_as_the_engine_counts_down);
    tcase_add_test(tcase, attaching_another_counter_keeps_the_tick);
    tcase_add_test(tcase, an_earlier_event_stops_the_engine_exactly_there);
    tcase_add_test(tcase, an_event_in_the_past_fires_before_the_next_instruction);
    tcase_add_test(tcase, interrupting_a_run_keeps_the_tick);
    tcase_add_test(tcase, events_of_one_tick_fire_in_order_of_registration);
    tcase_add_test(tcase, an_event_may_move_itself_and_others);
    tcase_add_test(tcase, a_skip_never_goes_back);
    tcase_add_test(tcase, conversions_are_exact_and_consistent);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
