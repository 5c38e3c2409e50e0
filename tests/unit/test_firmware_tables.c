/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_firmware_tables.c - what our firmware leaves in memory for operating systems: SMBIOS and
 * MP tables, read as one that looks for them would. Sources: DMTF DSP0134 2.8; Intel MP Specification 1.4.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"
#include "machine/pc.h"
#include "tests/support/scratch.h"
#include "util/bits.h"

static struct scratch scratch;
static struct machine *machine;
static struct buf error;

/* A machine whose firmware has come to its end: the program halts. */
static void boot(uint64_t ram_bytes, const char *cpu)
{
    static const uint8_t halt[] = { 0xfa, 0xf4 };
    struct machine_config config;
    int exit_code;

    config_defaults(&config);
    config.ram_bytes = ram_bytes;
    config.quiet_bios = true;
    config.serial = "null";
    if (cpu)
        config.cpu = cpu;
    config.flat[0] =
        (struct flat_image){ scratch_file(&scratch, "image", halt, sizeof halt), 0x7c00 };
    config.flat_count = 1;
    machine = machine_create(&config, NULL, &error, &exit_code);
    ck_assert_msg(machine != NULL, "%s", buf_text(&error));
    ck_assert_int_eq(machine_run(machine, 10000000), MACHINE_LIMIT);
    ck_assert_uint_eq(machine->cpu->rip, 0x7c02);
}

static void setup(void)
{
    scratch_make(&scratch);
}

static void teardown(void)
{
    machine_destroy(machine);
    machine = NULL;
    buf_free(&error);
    scratch_remove(&scratch);
}

static void look(uint64_t address, void *to, size_t bytes)
{
    ck_assert(space_peek(&machine->memory, address, to, bytes));
}

static uint8_t sum(const uint8_t *bytes, size_t count)
{
    uint8_t total = 0;

    while (count--)
        total = (uint8_t)(total + *bytes++);
    return total;
}

/* The paragraph in a range that begins so; 0: none. */
static uint64_t find(uint64_t from, uint64_t to, const char *anchor)
{
    char text[8];

    for (; from < to; from += 16) {
        look(from, text, sizeof text);
        if (!memcmp(text, anchor, strlen(anchor)))
            return from;
    }
    return 0;
}

/* Walk the SMBIOS structures; those that are asked for go to `found` by type. */
static unsigned walk(uint8_t *table, uint16_t length, const uint8_t *found[128])
{
    unsigned count = 0;
    uint8_t *at = table;

    while (at < table + length) {
        uint8_t *text = at + at[1];

        ck_assert_uint_ge(at[1], 4);
        ck_assert_uint_lt(at[0], 128);
        found[at[0]] = at;
        count++;
        while (text + 1 < table + length && (text[0] || text[1]))
            text++;
        at = text + 2;
    }
    ck_assert_ptr_eq(at, table + length);
    return count;
}

/* String `number` of a structure. */
static const char *string(const uint8_t *structure, uint8_t number)
{
    const char *text = (const char *)structure + structure[1];

    while (--number)
        text += strlen(text) + 1;
    return text;
}

static void check_smbios(uint32_t mib)
{
    static const uint8_t types[] = { 0, 1, 3, 4, 16, 17, 19, 32, 127 };
    const uint8_t *found[128] = { NULL };
    uint8_t entry[0x1f], table[0x400];
    uint64_t at = find(0xf0000, 0x100000, "_SM_");
    uint16_t length;

    ck_assert_uint_ne(at, 0);
    look(at, entry, sizeof entry);
    ck_assert_uint_eq(entry[5], sizeof entry);
    ck_assert_uint_eq(sum(entry, sizeof entry), 0);
    ck_assert_mem_eq(entry + 0x10, "_DMI_", 5);
    ck_assert_uint_eq(sum(entry + 0x10, 0x0f), 0);
    ck_assert_uint_eq(entry[6] << 8 | entry[7], 0x0208);
    length = load_le16(entry + 0x16);
    ck_assert_uint_le(length, sizeof table);
    look(load_le32(entry + 0x18), table, length);
    ck_assert_uint_eq(walk(table, length, found), load_le16(entry + 0x1c));
    for (unsigned i = 0; i < sizeof types; i++)
        ck_assert_msg(found[types[i]] != NULL, "type %u", types[i]);
    ck_assert_str_eq(string(found[0], found[0][4]), "vitrine");
    ck_assert_str_eq(string(found[1], found[1][5]), "vitrine PC");
    ck_assert_str_eq(string(found[17], found[17][0x10]), "DIMM 0");
    ck_assert_uint_eq(load_le32(found[16] + 7), mib << 10);
    ck_assert_uint_eq(load_le16(found[17] + 0x0c), mib);
    ck_assert_uint_eq(load_le32(found[19] + 8), (mib << 10) - 1);
    ck_assert_uint_eq(found[17][1], 0x28);
    ck_assert_uint_eq(found[4][1], 0x2a);
}

START_TEST(smbios_can_be_walked)
{
    boot(MIB(64), NULL);
    check_smbios(64);
}
END_TEST

START_TEST(smbios_knows_memory_above_4_gib)
{
    boot(MIB(5120), NULL);
    check_smbios(5120);
}
END_TEST

START_TEST(smbios_is_there_in_the_smallest_machine)
{
    boot(MIB(1), NULL);
    check_smbios(1);
}
END_TEST

START_TEST(the_mp_table_names_what_is_wired)
{
    uint64_t at;
    uint8_t pointer[16], table[0x400];
    unsigned count[5] = { 0 }, offset = 44;
    bool timer = false, sci = false, ide_bus = false;
    uint16_t length;

    boot(MIB(64), NULL);
    at = find(0x9e000, 0x9e400, "_MP_");
    ck_assert_uint_ne(at, 0);
    look(at, pointer, sizeof pointer);
    ck_assert_uint_eq(sum(pointer, sizeof pointer), 0);
    look(load_le32(pointer + 4), table, sizeof table);
    ck_assert_mem_eq(table, "PCMP", 4);
    length = load_le16(table + 4);
    ck_assert_uint_le(length, sizeof table);
    ck_assert_uint_eq(sum(table, length), 0);
    ck_assert_uint_eq(load_le32(table + 0x24), 0xfee00000);
    while (offset < length) {
        const uint8_t *entry = table + offset;

        ck_assert_uint_lt(entry[0], 5);
        count[entry[0]]++;
        if (entry[0] == 3 && entry[4] == 1 && entry[5] == 0)
            timer = entry[7] == 2;
        if (entry[0] == 3 && entry[4] == 1 && entry[5] == 9)
            sci = entry[2] == 0x0d;
        if (entry[0] == 1 && !memcmp(entry + 2, "PCI   ", 6))
            ide_bus = true;
        if (entry[0] == 2)
            ck_assert_uint_eq(load_le32(entry + 4), 0xfec00000);
        offset += entry[0] == 0 ? 20 : 8;
    }
    ck_assert_uint_eq(offset, length);
    ck_assert_uint_eq(count[0], 1);
    ck_assert_uint_eq(count[1], 2);
    ck_assert_uint_eq(count[2], 1);
    ck_assert_uint_ge(count[3], 16); /* 15 of ISA, and a PCI function with a pin */
    ck_assert_uint_eq(count[4], 2);
    ck_assert_uint_eq(count[0] + count[1] + count[2] + count[3] + count[4],
                      load_le16(table + 0x22));
    ck_assert(timer);
    ck_assert(sci);
    ck_assert(ide_bus);
}
END_TEST

START_TEST(no_apic_no_mp_table)
{
    boot(MIB(64), "486");
    ck_assert_uint_eq(find(0x9e000, 0x9e400, "_MP_"), 0);
    check_smbios(64);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("firmware tables");
    TCase *tc = tcase_create("tables");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, smbios_can_be_walked);
    tcase_add_test(tc, smbios_knows_memory_above_4_gib);
    tcase_add_test(tc, smbios_is_there_in_the_smallest_machine);
    tcase_add_test(tc, the_mp_table_names_what_is_wired);
    tcase_add_test(tc, no_apic_no_mp_table);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
