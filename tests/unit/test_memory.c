/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_memory.c - RAM and address spaces. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "memory/space.h"
#include "util/bits.h"

/* A device that remembers its last accesses. */
struct probe {
    char trace[256];
    uint64_t value;
};

static uint64_t probe_read(void *owner, uint64_t address, unsigned size)
{
    struct probe *probe = owner;
    size_t length = strlen(probe->trace);

    snprintf(probe->trace + length, sizeof probe->trace - length, "r%x.%u ", (unsigned)address,
             size);
    return probe->value;
}

static void probe_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    struct probe *probe = owner;
    size_t length = strlen(probe->trace);

    snprintf(probe->trace + length, sizeof probe->trace - length, "w%x.%u=%llx ", (unsigned)address,
             size, (unsigned long long)value);
}

static uint64_t probe_peek(const void *owner, uint64_t address, unsigned size)
{
    (void)owner;
    (void)size;
    return address & 0xff;
}

static struct ram ram;
static struct space space;
static struct probe probe;

static void setup(void)
{
    ck_assert(ram_create(&ram, MIB(4)));
    space_init(&space, &ram, NULL);
    memset(&probe, 0, sizeof probe);
}

static void teardown(void)
{
    space_destroy(&space);
    ram_destroy(&ram);
}

START_TEST(dirty_pages_are_listed_once_until_they_are_clean)
{
    space_add_ram(&space, 0, MIB(4), 0);
    space_write(&space, 0x5ffe, 4, 1); /* pages 5 and 6 */
    space_write(&space, 0x2000, 1, 1);
    space_write(&space, 0x6000, 1, 1);
    ck_assert_uint_eq(ram.dirty_count, 3);
    ck_assert_uint_eq(ram.dirty[0], 5);
    ck_assert_uint_eq(ram.dirty[1], 6);
    ck_assert_uint_eq(ram.dirty[2], 2);
    ram_clear_dirty(&ram);
    ck_assert_uint_eq(ram.dirty_count, 0);
    ck_assert_uint_eq(ram.marks[6], RAM_WRITTEN);
    space_write(&space, 0x6000, 1, 1);
    ck_assert_uint_eq(ram.dirty_count, 1);
    ck_assert_uint_eq(ram.marks[6], RAM_DIRTY | RAM_WRITTEN);
    ram_clear(&ram);
    ck_assert_uint_eq(ram.dirty_count, 0);
    ck_assert_uint_eq(ram.marks[5] | ram.marks[6], 0);
}
END_TEST

START_TEST(ram_starts_as_zero_and_keeps_what_is_written)
{
    space_add_ram(&space, 0, MIB(4), 0);
    ck_assert_uint_eq(space_read(&space, 0x1234, 8), 0);
    space_write(&space, 0x1233, 8, UINT64_C(0x1122334455667788));
    ck_assert_uint_eq(space_read(&space, 0x1233, 8), UINT64_C(0x1122334455667788));
    ck_assert_uint_eq(space_read(&space, 0x1235, 2), 0x5566);
    ck_assert_uint_eq(space_read(&space, 0x1233, 1), 0x88);
    ram_clear(&ram);
    ck_assert_uint_eq(space_read(&space, 0x1233, 8), 0);
    ck_assert_uint_eq(ram.marks[1], 0);
}
END_TEST

START_TEST(much_untouched_ram_is_cheap)
{
    struct ram large;

    if (sizeof(size_t) < 8)
        return;
    ck_assert(ram_create(&large, GIB(16)));
    large.bytes[GIB(16) - 1] = 1;
    ram_clear(&large);
    ck_assert_uint_eq(large.bytes[GIB(16) - 1], 0);
    ram_destroy(&large);
    ck_assert(!ram_create(&large, 0));
    ck_assert(!ram_create(&large, 1000));
}
END_TEST

START_TEST(nobody_answers_with_all_ones)
{
    space_add_ram(&space, 0, MIB(1), 0);
    ck_assert_uint_eq(space_read(&space, MIB(2), 1), 0xff);
    ck_assert_uint_eq(space_read(&space, MIB(2), 2), 0xffff);
    ck_assert_uint_eq(space_read(&space, MIB(2), 8), UINT64_MAX);
    space_write(&space, MIB(2), 4, 5);
    ck_assert_uint_eq(space_read(&space, MIB(1) - 2, 4), 0xffff0000);
    ck_assert_uint_eq(space_read(&space, UINT64_MAX, 1), 0xff);
    ck_assert_uint_eq(space_read(&space, UINT64_MAX - 1, 8) & 0xffff, 0xffff);
    ck_assert_ptr_null(space_find(&space, MIB(1)));
    ck_assert_str_eq(space_find(&space, MIB(1) - 1)->name, "ram");
}
END_TEST

START_TEST(ram_above_the_hole_continues_where_ram_below_ended)
{
    uint8_t *marks;

    space_add_ram(&space, 0, MIB(3), 0);
    space_add_ram(&space, GIB(4), MIB(1), MIB(3));
    space_write(&space, GIB(4) + 0x2004, 4, 0xdeadbeef);
    ck_assert_uint_eq(load_le32(ram.bytes + MIB(3) + 0x2004), 0xdeadbeef);
    ck_assert_ptr_eq(space_page(&space, GIB(4) + 0x2004, &marks), ram.bytes + MIB(3) + 0x2000);
    ck_assert_ptr_eq(marks, &ram.marks[MIB(3) / 4096 + 2]);
    ck_assert_uint_eq(*marks, RAM_DIRTY | RAM_WRITTEN);
    ck_assert_uint_eq(ram.marks[2], 0);
}
END_TEST

static char code_trace[128];

static void code_written(void *context, phys_addr pa, uint64_t bytes)
{
    size_t length = strlen(code_trace);

    ck_assert_ptr_eq(context, &ram);
    snprintf(code_trace + length, sizeof code_trace - length, "%llx+%llx:%02x ",
             (unsigned long long)pa, (unsigned long long)bytes, ram.bytes[pa & 0x3fffff]);
}

START_TEST(writes_to_code_are_reported_before_bytes_change)
{
    code_trace[0] = 0;
    ram.code_written = code_written;
    ram.context = &ram;
    space_add_ram(&space, 0, MIB(4), 0);
    space_write(&space, 0x1ffe, 1, 0x11);
    ck_assert_str_eq(code_trace, "");
    ram.marks[1] |= RAM_CODE;
    space_write(&space, 0x1ffe, 4, 0xa1a2a3a4);
    ck_assert_str_eq(code_trace, "1ffe+2:11 ");
    ck_assert_uint_eq(ram.marks[1], RAM_CODE | RAM_DIRTY | RAM_WRITTEN);
    ck_assert_uint_eq(ram.marks[2], RAM_DIRTY | RAM_WRITTEN);
    ram.marks[3] |= RAM_CODE;
    code_trace[0] = 0;
    space_write_block(&space, 0x1800, ram.bytes + MIB(2), 0x2000);
    ck_assert_str_eq(code_trace, "1800+800:00 3000+800:00 ");
}
END_TEST

START_TEST(rom_reads_and_ignores_writes_but_can_be_poked)
{
    static uint8_t rom[8192] = { 1, 2, 3, 4 };
    uint8_t *marks;
    uint8_t byte = 9;

    space_add_ram(&space, 0, MIB(4), 0);
    space_add_rom(&space, 0xf0000, sizeof rom, rom, "bios");
    ck_assert_uint_eq(space_read(&space, 0xf0000, 4), 0x04030201);
    space_write(&space, 0xf0000, 4, 0);
    space_write_block(&space, 0xf0000, "zzzz", 4);
    ck_assert_uint_eq(space_read(&space, 0xf0000, 4), 0x04030201);
    ck_assert(space_poke(&space, 0xf0001, &byte, 1));
    ck_assert_uint_eq(rom[1], 9);
    rom[1] = 2;
    ck_assert_ptr_eq(space_page(&space, 0xf1fff, &marks), rom + 4096);
    ck_assert_ptr_null(marks);
    /* RAM on both sides is still itself. */
    space_write(&space, 0xf2000, 1, 7);
    ck_assert_uint_eq(ram.bytes[0xf2000], 7);
    space_write(&space, 0xeffff, 2, 0x5566);
    ck_assert_uint_eq(ram.bytes[0xeffff], 0x66);
    ck_assert_uint_eq(rom[0], 1);
    ck_assert_uint_eq(space_read(&space, 0xeffff, 2), 0x0166);
    space_write(&space, 0x100000, 1, 7); /* the part behind still knows its pages */
    ck_assert_uint_eq(ram.marks[0x100], RAM_DIRTY | RAM_WRITTEN);
    ck_assert_uint_eq(ram.marks[0x0e], 0);
    space_remove(&space, 0xf1000, 0x800);
    ck_assert_ptr_null(space_page(&space, 0xf1000, NULL));
    ck_assert_uint_eq(space_read(&space, 0xf1000, 1), 0xff);
    ck_assert_uint_eq(space_read(&space, 0xf1800, 1), 0);
}
END_TEST

START_TEST(device_accesses_are_split_to_what_the_device_takes)
{
    static const struct io_range bytes = { 0x60, 5, IO_8, probe_read, probe_write, "", NULL };
    static const struct io_range wide = {
        0x100, 8, IO_8 | IO_32, probe_read, probe_write, "", NULL
    };
    static const struct io_range only32 = { 0x200, 4, IO_32, probe_read, probe_write, "", NULL };

    space_add_device(&space, &bytes, &probe, "bytes");
    space_add_device(&space, &wide, &probe, "wide");
    space_add_device(&space, &only32, &probe, "only32");
    probe.value = 0xabcdef12345678ab;
    ck_assert_uint_eq(space_read(&space, 0x60, 2), 0xabab);
    ck_assert_str_eq(probe.trace, "r60.1 r61.1 ");
    probe.trace[0] = 0;
    space_write(&space, 0x64, 2, 0x1234); /* 65h is nobody's */
    ck_assert_str_eq(probe.trace, "w64.1=34 ");
    probe.trace[0] = 0;
    ck_assert_uint_eq(space_read(&space, 0x64, 4), 0xffffffab);
    ck_assert_str_eq(probe.trace, "r64.1 ");
    probe.trace[0] = 0;
    ck_assert_uint_eq(space_read(&space, 0x100, 8), 0x345678ab345678ab);
    space_write(&space, 0x102, 2, 0x5566);
    ck_assert_str_eq(probe.trace, "r100.4 r104.4 w102.1=66 w103.1=55 ");
    probe.trace[0] = 0;
    ck_assert_uint_eq(space_read(&space, 0x200, 2), 0xffff); /* too narrow for the device */
    space_write(&space, 0x201, 2, 1);
    space_write(&space, 0x1fe, 4, 1); /* hangs over */
    ck_assert_str_eq(probe.trace, "");
}
END_TEST

START_TEST(a_missing_callback_reads_ones_and_ignores_writes)
{
    static const struct io_range silent = { 0x80, 1, IO_8, NULL, NULL, "", NULL };

    space_add_device(&space, &silent, &probe, "silent");
    ck_assert_uint_eq(space_read(&space, 0x80, 1), 0xff);
    space_write(&space, 0x80, 1, 1);
}
END_TEST

START_TEST(blocks_cross_ranges)
{
    static const struct io_range io = {
        0x2000, 16, IO_8 | IO_32, probe_read, probe_write, "", NULL
    };
    uint8_t bytes[32];

    space_add_ram(&space, 0, 0x2000, 0);
    space_add_device(&space, &io, &probe, "probe");
    space_write(&space, 0x1ffe, 2, 0x2211);
    probe.value = 0x44;
    memset(bytes, 0, sizeof bytes);
    space_read_block(&space, 0x1ffe, bytes, 24);
    ck_assert_mem_eq(bytes, "\x11\x22\x44\0\0\0\x44", 7);
    ck_assert_uint_eq(bytes[18], 0xff);
    ck_assert_uint_eq(bytes[23], 0xff);
    ck_assert_uint_eq(bytes[24], 0);
    ck_assert_str_eq(probe.trace, "r2000.4 r2004.4 r2008.4 r200c.4 ");
    probe.trace[0] = 0;
    space_write_block(&space, 0x2003, "\1\2\3\4\5\6", 6);
    ck_assert_str_eq(probe.trace, "w2003.1=1 w2004.4=5040302 w2008.1=6 ");
    probe.trace[0] = 0;
    space_write_block(&space, 0x1fff, "\1\2", 2);
    ck_assert_str_eq(probe.trace, "w2000.1=2 ");
    ck_assert_uint_eq(ram.bytes[0x1fff], 1);
    space_write_block(&space, UINT64_MAX - 1, "\1\2\3", 2);
}
END_TEST

START_TEST(peek_asks_only_those_who_can_be_looked_at)
{
    static const struct io_range open = {
        0x2000, 8, IO_8, probe_read, probe_write, "", probe_peek
    };
    static const struct io_range closed = { 0x3000, 8, IO_8, probe_read, probe_write, "", NULL };
    uint8_t bytes[8];

    space_add_ram(&space, 0x1000, 0x1000, 0);
    space_add_device(&space, &open, &probe, "open");
    space_add_device(&space, &closed, &probe, "closed");
    ck_assert(space_peek(&space, 0x1ffe, bytes, 4));
    ck_assert_mem_eq(bytes, "\0\0\0\1", 4);
    ck_assert(!space_peek(&space, 0x3000, bytes, 1));
    ck_assert(!space_peek(&space, 0x5000, bytes, 1));
    ck_assert(!space_peek(&space, 0x2006, bytes, 4));
    ck_assert_str_eq(probe.trace, "");
    ck_assert(!space_poke(&space, 0x1ffe, "\7\7\7\7", 4)); /* reaches the device: nothing is done */
    ck_assert_uint_eq(ram.bytes[0xffe], 0);
    ck_assert(space_poke(&space, 0x1ffe, "\7\7", 2));
    ck_assert_uint_eq(ram.bytes[0xfff], 7);
    ck_assert_uint_eq(ram.marks[0], RAM_DIRTY | RAM_WRITTEN);
}
END_TEST

START_TEST(a_new_range_covers_old_ones)
{
    static const struct io_range io = { 0x1800, 0x1000, IO_8, probe_read, probe_write, "", NULL };

    space_add_ram(&space, 0, 0x1000, 0);
    space_add_ram(&space, 0x1000, 0x1000, 0x1000);
    space_add_ram(&space, 0x2000, 0x1000, 0x2000);
    space_add_device(&space, &io, &probe, "probe");
    ck_assert_uint_eq(space.count, 4);
    ck_assert_int_eq(space_find(&space, 0x17ff)->kind, RANGE_RAM);
    ck_assert_int_eq(space_find(&space, 0x1800)->kind, RANGE_DEVICE);
    ck_assert_int_eq(space_find(&space, 0x27ff)->kind, RANGE_DEVICE);
    ck_assert_int_eq(space_find(&space, 0x2800)->kind, RANGE_RAM);
    space_write(&space, 0x2800, 1, 0x77);
    ck_assert_uint_eq(ram.bytes[0x2800], 0x77);
    ck_assert_ptr_null(space_page(&space, 0x2000, NULL));
    space_add_ram(&space, 0, 0x3000, 0);
    ck_assert_uint_eq(space.count, 1);
}
END_TEST

static const struct io_range filler = { 0x3000,      0x4000, IO_8,      probe_read,
                                        probe_write, "",     probe_peek };

START_TEST(a_filling_range_answers_where_nothing_else_does)
{
    static uint8_t rom[0x1000] = { 0xaa };
    static const struct io_range other = { 0x5800, 0x10, IO_8, NULL, NULL, "", NULL };

    space_add_ram(&space, 0, 0x4000, 0);
    space_add_rom(&space, 0x5000, 0x800, rom, "rom");
    space_add_device(&space, &other, &probe, "other");
    space_fill_device(&space, &filler, &probe, "filler");
    ck_assert_uint_eq(space_find(&space, 0x3fff)->kind, RANGE_RAM);
    ck_assert_ptr_eq(space_find(&space, 0x4000)->io, &filler);
    ck_assert_ptr_eq(space_find(&space, 0x4fff)->io, &filler);
    ck_assert_uint_eq(space_find(&space, 0x5000)->kind, RANGE_ROM);
    ck_assert_ptr_eq(space_find(&space, 0x5800)->io, &other);
    ck_assert_ptr_eq(space_find(&space, 0x5810)->io, &filler);
    ck_assert_ptr_eq(space_find(&space, 0x6fff)->io, &filler);
    ck_assert_ptr_null(space_find(&space, 0x7000));
    probe.trace[0] = 0;
    space_read(&space, 0x5811, 1);
    ck_assert_str_eq(probe.trace, "r5811.1 ");
    space_fill_device(&space, &filler, &probe, "filler"); /* full already */
    space_remove_row(&space, &filler);
    ck_assert_uint_eq(space.count, 3);
    ck_assert_ptr_null(space_find(&space, 0x4000));
    ck_assert_ptr_null(space_find(&space, 0x5810));
}
END_TEST

START_TEST(shadow_rom_takes_or_drops_writes)
{
    static uint8_t rom[0x1000] = { 0xaa, 0xbb };
    uint8_t bytes[2] = { 1, 2 };

    space_add_ram(&space, 0, 0x4000, 0);
    space_add_rom_over_ram(&space, 0x2000, 0x1000, rom, 0x2000, "rom");
    space_write(&space, 0x2000, 1, 0x11);
    space_write_block(&space, 0x2001, "\x22", 1);
    ck_assert_uint_eq(space_read(&space, 0x2000, 2), 0xbbaa);
    ck_assert_uint_eq(ram.bytes[0x2000], 0x11);
    ck_assert_uint_eq(ram.bytes[0x2001], 0x22);
    ck_assert(ram.marks[2] & RAM_WRITTEN);
    space_add_ram_protected(&space, 0x2000, 0x1000, 0x2000);
    ck_assert_uint_eq(space_read(&space, 0x2000, 2), 0x2211);
    space_write(&space, 0x2000, 2, 0x5555);
    space_write_block(&space, 0x2000, bytes, 2);
    ck_assert_uint_eq(space_read(&space, 0x2000, 2), 0x2211);
    ram_clear_dirty(&ram);
    ck_assert(space_poke(&space, 0x2000, bytes, 2)); /* the debugger's pen */
    ck_assert_uint_eq(space_read(&space, 0x2000, 2), 0x0201);
    ck_assert(ram.marks[2] & RAM_DIRTY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, dirty_pages_are_listed_once_until_they_are_clean);
    tcase_add_test(tcase, ram_starts_as_zero_and_keeps_what_is_written);
    tcase_add_test(tcase, much_untouched_ram_is_cheap);
    tcase_add_test(tcase, nobody_answers_with_all_ones);
    tcase_add_test(tcase, ram_above_the_hole_continues_where_ram_below_ended);
    tcase_add_test(tcase, writes_to_code_are_reported_before_bytes_change);
    tcase_add_test(tcase, rom_reads_and_ignores_writes_but_can_be_poked);
    tcase_add_test(tcase, device_accesses_are_split_to_what_the_device_takes);
    tcase_add_test(tcase, a_missing_callback_reads_ones_and_ignores_writes);
    tcase_add_test(tcase, blocks_cross_ranges);
    tcase_add_test(tcase, peek_asks_only_those_who_can_be_looked_at);
    tcase_add_test(tcase, a_new_range_covers_old_ones);
    tcase_add_test(tcase, a_filling_range_answers_where_nothing_else_does);
    tcase_add_test(tcase, shadow_rom_takes_or_drops_writes);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
