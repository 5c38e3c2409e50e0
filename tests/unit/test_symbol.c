/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_symbol.c - symbol files of every format, good and hostile. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/symbol.h"
#include "util/bits.h"

static bool parse(struct symbols *symbols, const char *text, const char **format)
{
    struct buf error = { 0 };
    size_t added = 0;
    bool ok = symbols_parse(symbols, "test.map", (const uint8_t *)text, strlen(text), 0, &added,
                            format, &error);

    if (!ok)
        ck_assert_uint_gt(error.length, 0);
    buf_free(&error);
    return ok;
}

static void check_format(const char *text, const char *wanted, const char *name, uint64_t address)
{
    struct symbols symbols = { 0 };
    const char *format = "";
    const struct symbol *symbol;

    ck_assert(parse(&symbols, text, &format));
    ck_assert_str_eq(format, wanted);
    symbol = symbols_find(&symbols, name);
    ck_assert_ptr_nonnull(symbol);
    ck_assert_uint_eq(symbol->address, address);
    symbols_free(&symbols);
}

START_TEST(text_formats_are_told_apart)
{
    check_format("ffffffff81000000 T _stext\nffffffff81000123 t start\n", "nm / System.map",
                 "start", UINT64_C(0xffffffff81000123));
    check_format("0000000000401000 000000000000002a T main\n                 U printf\n",
                 "nm / System.map", "main", 0x401000);
    check_format("00007c00 boot_start\n0x00007c10 loop\n", "address name", "loop", 0x7c10);
    check_format(
        "- NASM Map file ------\n\nReal              Virtual           Name\n"
        "            7C00              7C00  start\n               A                 A  low\n",
        "NASM map", "low", 10);
    check_format(" .text          0x0000000000100000       0x20 kernel.o\n"
                 "                0x0000000000100000                _start\n"
                 "                0x0000000000100020                _end = .\n",
                 "ld map", "_end", 0x100020);
}
END_TEST

START_TEST(the_nearest_symbol_has_an_offset)
{
    struct symbols symbols = { 0 };
    const char *format;
    char name[64];

    ck_assert(parse(&symbols, "00001000 T first\n00002000 t local\n00002000 T second\n", &format));
    ck_assert(symbols_name(&symbols, 0x1014, name, sizeof name));
    ck_assert_str_eq(name, "first+0x14");
    ck_assert(symbols_name(&symbols, 0x2000, name, sizeof name));
    ck_assert_str_eq(name, "second"); /* global before local */
    ck_assert(!symbols_name(&symbols, 0xfff, name, sizeof name));
    ck_assert(!symbols_name(&symbols, 0x2000 + MIB(1) + 1, name, sizeof name));
    ck_assert(!symbols_name(&symbols, UINT64_MAX, name, sizeof name));
    symbols_free(&symbols);
}
END_TEST

START_TEST(names_are_listed_by_prefix_and_guessed_when_wrong)
{
    struct symbols symbols = { 0 };
    const char *format, *close[3];
    size_t first;

    ck_assert(parse(&symbols, "00001000 T kmain\n00001100 T kmalloc\n00001200 T zap\n", &format));
    ck_assert_uint_eq(symbols_prefix(&symbols, "km", &first), 2);
    ck_assert_str_eq(symbol_text(&symbols, &symbols.list[symbols.by_name[first]]), "kmain");
    ck_assert_uint_eq(symbols_prefix(&symbols, "", &first), 3);
    ck_assert_uint_eq(symbols_prefix(&symbols, "x", &first), 0);
    ck_assert_uint_eq(symbols_close(&symbols, "kmian", close, 3), 1);
    ck_assert_str_eq(close[0], "kmain");
    ck_assert_ptr_null(symbols_find(&symbols, "kmai"));
    symbols_free(&symbols);
}
END_TEST

START_TEST(numbers_of_a_kernel_are_no_places)
{
    struct symbols symbols = { 0 };
    struct buf text = { 0 };
    const char *format;
    char name[64];

    buf_add_text(&text, "0000000000000000 D per_cpu_start\n");
    for (unsigned i = 0; i < 200; i++)
        buf_printf(&text, "ffffffff81%06x T function_%u\n", i * 16, i);
    ck_assert(parse(&symbols, buf_text(&text), &format));
    ck_assert(!symbols_name(&symbols, 0x7c00, name, sizeof name));
    ck_assert_ptr_nonnull(symbols_find(&symbols, "per_cpu_start"));
    symbols_free(&symbols);
    buf_free(&text);
}
END_TEST

/* A small ELF64 file: header, string table, two symbols, three section headers. */
static size_t make_elf(uint8_t *file, size_t size)
{
    static const char strings[] = "\0kmain\0counter";
    uint8_t *symbol = file + 0x60, *section = file + 0x100;

    memset(file, 0, size);
    memcpy(file, "\177ELF\2\1\1", 7);
    store_le16(file + 18, 62);
    store_le64(file + 40, 0x100);
    store_le16(file + 58, 64);
    store_le16(file + 60, 3);
    memcpy(file + 0x40, strings, sizeof strings);
    store_le32(symbol + 24, 1);
    symbol[24 + 4] = 1 << 4 | 2; /* global function */
    store_le16(symbol + 24 + 6, 1);
    store_le64(symbol + 24 + 8, 0x100000);
    store_le64(symbol + 24 + 16, 0x40);
    store_le32(symbol + 48, 7);
    symbol[48 + 4] = 1 << 4 | 1;
    store_le16(symbol + 48 + 6, 1);
    store_le64(symbol + 48 + 8, 0x200000);
    store_le32(section + 64 + 4, 2); /* SHT_SYMTAB */
    store_le64(section + 64 + 24, 0x60);
    store_le64(section + 64 + 32, 72);
    store_le32(section + 64 + 40, 2);
    store_le64(section + 64 + 56, 24);
    store_le32(section + 128 + 4, 3); /* SHT_STRTAB */
    store_le64(section + 128 + 24, 0x40);
    store_le64(section + 128 + 32, sizeof strings);
    return 0x100 + 3 * 64;
}

static bool parse_bytes(struct symbols *symbols, const uint8_t *bytes, size_t length)
{
    struct buf error = { 0 };
    const char *format;
    size_t added = 0;
    bool ok = symbols_parse(symbols, "kernel.elf", bytes, length, 0, &added, &format, &error);

    if (!ok) {
        ck_assert_uint_gt(error.length, 0);
        ck_assert_ptr_null(strchr(buf_text(&error), '\n'));
    }
    buf_free(&error);
    return ok;
}

START_TEST(elf_symbols_are_read)
{
    struct symbols symbols = { 0 };
    uint8_t file[1024];
    size_t length = make_elf(file, sizeof file);
    const struct symbol *symbol;

    ck_assert(parse_bytes(&symbols, file, length));
    symbol = symbols_find(&symbols, "kmain");
    ck_assert_ptr_nonnull(symbol);
    ck_assert_uint_eq(symbol->address, 0x100000);
    ck_assert_uint_eq(symbol->size, 0x40);
    symbol = symbols_find(&symbols, "counter");
    ck_assert_ptr_nonnull(symbol);
    ck_assert_uint_eq(symbol->address, 0x200000);
    symbols_free(&symbols);
}
END_TEST

START_TEST(a_truncated_elf_is_refused_at_every_length)
{
    uint8_t file[1024];
    size_t length = make_elf(file, sizeof file);

    for (size_t n = 4; n < length; n++) {
        uint8_t *copy = malloc(n); /* exactly n bytes: a sanitizer sees a read behind them */
        struct symbols symbols = { 0 };

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, file, n);
        ck_assert(!parse_bytes(&symbols, copy, n));
        symbols_free(&symbols);
        free(copy);
    }
}
END_TEST

START_TEST(damaged_elf_bytes_do_no_harm)
{
    uint8_t file[1024], good[1024];
    size_t length = make_elf(good, sizeof good);
    uint64_t random = 1;

    for (unsigned round = 0; round < 20000; round++) {
        struct symbols symbols = { 0 };
        char name[32];

        memcpy(file, good, length);
        for (unsigned i = 0; i < 1 + round % 4; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            file[(random >> 33) % length] = (uint8_t)(random >> 56);
        }
        if (parse_bytes(&symbols, file, length))
            (void)symbols_name(&symbols, random, name, sizeof name);
        symbols_free(&symbols);
    }
}
END_TEST

START_TEST(garbage_is_no_symbol_file)
{
    static const char *const texts[] = { "hello world\nno symbols here\n", "\n\n\n",
                                         "dead beef cafe\n", "add eax, ebx\n" };
    uint8_t noise[4096];
    uint64_t random = 7;
    struct symbols symbols = { 0 };
    const char *format;

    for (unsigned i = 0; i < ARRAY_SIZE(texts); i++)
        ck_assert(!parse(&symbols, texts[i], &format));
    for (size_t i = 0; i < sizeof noise; i++) {
        random = random * UINT64_C(6364136223846793005) + 1;
        noise[i] = (uint8_t)(random >> 56);
    }
    ck_assert(!parse_bytes(&symbols, noise, sizeof noise));
    ck_assert(!parse_bytes(&symbols, noise, 0));
    symbols_free(&symbols);
}
END_TEST

START_TEST(a_missing_file_and_a_directory_are_named)
{
    struct symbols symbols = { 0 };
    struct buf error = { 0 };
    const char *format;
    size_t added;

    ck_assert(!symbols_load(&symbols, "/nonexistent/map", 0, &added, &format, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "/nonexistent/map"));
    buf_clear(&error);
    ck_assert(!symbols_load(&symbols, "/", 0, &added, &format, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "directory"));
    buf_free(&error);
    symbols_free(&symbols);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("symbol");
    TCase *tcase = tcase_create("symbol");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, text_formats_are_told_apart);
    tcase_add_test(tcase, the_nearest_symbol_has_an_offset);
    tcase_add_test(tcase, names_are_listed_by_prefix_and_guessed_when_wrong);
    tcase_add_test(tcase, numbers_of_a_kernel_are_no_places);
    tcase_add_test(tcase, elf_symbols_are_read);
    tcase_add_test(tcase, a_truncated_elf_is_refused_at_every_length);
    tcase_add_test(tcase, damaged_elf_bytes_do_no_harm);
    tcase_add_test(tcase, garbage_is_no_symbol_file);
    tcase_add_test(tcase, a_missing_file_and_a_directory_are_named);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
