/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/vectors/run_vectors.c - holds the CPU model against single-instruction tests recorded from
 * hardware: set registers and bytes, run up to the HLT, compare registers and every page that was
 * written.
 *
 *     run_vectors [-n FAILURES_SHOWN] FOLDER [OPCODE...]        OPCODE as in a file name: 00, D3.4
 *
 * Exit status: 0 all passed, 1 some failed, 2 usage, 4 unreadable.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/coverage.h"
#include "tests/vectors/rules.h"

enum {
    PAGE_BYTES = 4096,
    SHADOW_PAGES = 0x110, /* all that real mode reaches with A20 on */
    MAX_WRITTEN = 64,
    RUN_LIMIT = 200000, /* instructions; a REP iteration is one */
};

struct runner {
    struct vector_cpu *cpu;
    struct metadata metadata;
    uint8_t *expected;          /* what RAM should be, SHADOW_PAGES pages */
    bool touched[SHADOW_PAGES]; /* pages of `expected` and RAM that are not all zero */
    struct moo_test test;
    struct vector_regs got;
    unsigned long passed, failed, skipped;
    unsigned long applied[MAX_RULES];
    unsigned show; /* failures still to be printed */
};

static const char *const reg_names[VECTOR_REG_COUNT] = {
    "ax", "bx", "cx", "dx", "cs", "ss", "ds", "es", "sp", "bp", "si", "di", "ip", "flags",
};

/* A byte in RAM before the run, and in what is expected after it. */
static void set_byte(struct runner *runner, uint32_t address, uint8_t value)
{
    if (address >= SHADOW_PAGES * PAGE_BYTES)
        return;
    vector_cpu_write(runner->cpu, address, &value, 1);
    runner->expected[address] = value;
    runner->touched[address / PAGE_BYTES] = true;
}

static void set_up(struct runner *runner, const struct judged *judged)
{
    const struct moo_test *test = judged->test;
    struct vector_regs before = test->before;

    for (unsigned i = 0; i < test->ram_before.count; i++)
        set_byte(runner, test->ram_before.bytes[i].address, test->ram_before.bytes[i].value);
    if (judged->halt_at_target)
        set_byte(runner,
                 real_address(test->after.value[VECTOR_CS], test->after.value[VECTOR_IP] - 1u),
                 0xf4);
    before.value[VECTOR_FLAGS] &= 0x0fff;
    vector_cpu_load(runner->cpu, &before);
    for (unsigned i = 0; i < test->ram_after.count; i++) {
        uint32_t address = test->ram_after.bytes[i].address;

        if (address < SHADOW_PAGES * PAGE_BYTES) {
            runner->expected[address] = test->ram_after.bytes[i].value;
            runner->touched[address / PAGE_BYTES] = true;
        }
    }
}

/* All zero again, in RAM and in what is expected. */
static void clean_up(struct runner *runner)
{
    static const uint8_t zero[PAGE_BYTES];

    for (uint32_t page = 0; page < SHADOW_PAGES; page++)
        if (runner->touched[page]) {
            vector_cpu_write(runner->cpu, page * PAGE_BYTES, zero, PAGE_BYTES);
            memset(runner->expected + page * PAGE_BYTES, 0, PAGE_BYTES);
            runner->touched[page] = false;
        }
}

/* In a pushed FLAGS word only the bits count that count in FLAGS. */
static bool byte_matches(const struct runner *runner, const struct judged *judged, uint32_t address)
{
    uint8_t differ = vector_cpu_ram(runner->cpu)[address] ^ runner->expected[address];
    uint16_t ss = judged->test->after.value[VECTOR_SS];
    uint16_t mask = judged->compare[VECTOR_FLAGS];

    if (differ && judged->flags_pushed_at >= 0) {
        if (address == real_address(ss, (unsigned)judged->flags_pushed_at))
            return !(differ & mask & 0xff);
        if (address == real_address(ss, (unsigned)judged->flags_pushed_at + 1))
            return !(differ & mask >> 8);
    }
    return !differ;
}

/* Visit every byte of the touched pages; stop at, or print, those that differ. */
static bool memory_matches(const struct runner *runner, const struct judged *judged, bool print)
{
    const uint8_t *ram = vector_cpu_ram(runner->cpu);
    bool matches = true;

    for (uint32_t page = 0; page < SHADOW_PAGES; page++) {
        uint32_t first = page * PAGE_BYTES;

        if (!runner->touched[page] ||
            memcmp(ram + first, runner->expected + first, PAGE_BYTES) == 0)
            continue;
        for (uint32_t address = first; address < first + PAGE_BYTES; address++) {
            if (byte_matches(runner, judged, address))
                continue;
            matches = false;
            if (!print)
                return false;
            printf("    [%06x]  hardware %02x  model %02x\n", address, runner->expected[address],
                   ram[address]);
        }
    }
    return matches;
}

static bool regs_match(const struct runner *runner, const struct judged *judged)
{
    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++)
        if ((runner->got.value[i] ^ judged->test->after.value[i]) & judged->compare[i])
            return false;
    return true;
}

/* Run once and compare. False in *inside: a page was written that real mode cannot reach. */
static bool attempt(struct runner *runner, const struct judged *judged, enum vector_stop *stop)
{
    uint32_t written[MAX_WRITTEN];
    unsigned count;

    *stop = vector_cpu_run(runner->cpu, RUN_LIMIT);
    vector_cpu_store(runner->cpu, &runner->got);
    count = vector_cpu_written(runner->cpu, written, MAX_WRITTEN);
    for (unsigned i = 0; i < count && i < MAX_WRITTEN; i++) {
        if (written[i] >= SHADOW_PAGES)
            return false;
        runner->touched[written[i]] = true;
    }
    return *stop == VECTOR_HALTED && regs_match(runner, judged) &&
           memory_matches(runner, judged, false);
}

static void print_failure(const struct runner *runner, const struct judged *judged,
                          const char *opcode, enum vector_stop stop)
{
    static const char *const ends[] = { "halted", "no HLT reached", "shutdown" };
    const struct moo_test *test = judged->test;

    printf("%s #%u: %s: %s\n    bytes", opcode, test->number, test->name, ends[stop]);
    for (unsigned i = 0; i < test->code_count; i++)
        printf(" %02x", test->code[i]);
    if (test->vector >= 0)
        printf("   hardware took vector %d", test->vector);
    printf("\n                ");
    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++)
        printf(" %5s", reg_names[i]);
    printf("\n    before      ");
    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++)
        printf("  %04x", test->before.value[i]);
    printf("\n    hardware    ");
    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++)
        printf("  %04x", test->after.value[i]);
    printf("\n    model       ");
    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++)
        printf("  %04x", runner->got.value[i]);
    printf("\n    differs     ");
    for (unsigned i = 0; i < VECTOR_REG_COUNT; i++) {
        unsigned differ = (runner->got.value[i] ^ test->after.value[i]) & judged->compare[i];

        if (differ)
            printf("  %04x", differ);
        else
            printf("     -");
    }
    printf("\n");
    memory_matches(runner, judged, true);
}

static void run_test(struct runner *runner, const char *opcode)
{
    struct judged judged;
    enum vector_stop stop;
    unsigned row;
    bool good;

    judged_init(&judged, &runner->test, &runner->metadata);
    for (unsigned i = 0; rules[i].name; i++) {
        if (!rules[i].apply(&judged))
            continue;
        runner->applied[i]++;
        if (rules[i].leaves_out) {
            runner->skipped++;
            return;
        }
    }
    set_up(runner, &judged);
    row = vector_cpu_row(runner->cpu);
    good = attempt(runner, &judged, &stop);
    if (!good && judged.vector_12_as_13) {
        /* Again, with vector 12 leading where vector 13 leads. */
        uint8_t entry[4];

        clean_up(runner);
        set_up(runner, &judged);
        memcpy(entry, runner->expected + 13 * 4, sizeof entry);
        for (unsigned i = 0; i < sizeof entry; i++)
            set_byte(runner, 12 * 4 + i, entry[i]);
        good = attempt(runner, &judged, &stop);
    }
    if (good) {
        runner->passed++;
        coverage_note(row);
    } else {
        runner->failed++;
        if (runner->show) {
            runner->show--;
            print_failure(runner, &judged, opcode, stop);
        }
    }
    clean_up(runner);
}

/* False: the file is damaged. */
static bool run_file(struct runner *runner, const char *path, const char *opcode)
{
    struct moo_file file;
    unsigned long failed = runner->failed;
    bool empty = true;
    int more;

    if (!moo_open(&file, path))
        return false;
    while ((more = moo_next(&file, &runner->test)) > 0) {
        run_test(runner, opcode);
        empty = false;
    }
    moo_close(&file);
    if (more == 0 && empty) {
        fprintf(stderr, "%s: no test, expected at least one\n", path);
        return false;
    }
    if (runner->failed > failed)
        printf("%s: %lu failed\n", opcode, runner->failed - failed);
    return more == 0;
}

static int is_moo_file(const struct dirent *entry)
{
    return strstr(entry->d_name, ".MOO") != NULL;
}

static bool wanted(const char *opcode, char **list)
{
    if (!*list)
        return true;
    for (; *list; list++)
        if (strcmp(opcode, *list) == 0)
            return true;
    return false;
}

/* Exit status: 0, 1 some failed, 2 a file is damaged, 4 cannot be read; one line says so. */
static int run_folder(struct runner *runner, const char *folder, char **opcodes)
{
    struct dirent **entries;
    char path[4096];
    int count = scandir(folder, &entries, is_moo_file, alphasort);
    bool good;

    if (count <= 0) {
        fprintf(stderr, "%s: no folder with .MOO or .MOO.gz files\n", folder);
        return 4;
    }
    metadata_init(&runner->metadata);
    snprintf(path, sizeof path, "%s/metadata.json", folder);
    good = metadata_read(&runner->metadata, path);
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name;
        char opcode[32];

        if (good) {
            snprintf(opcode, sizeof opcode, "%.*s", (int)(strstr(name, ".MOO") - name), name);
            snprintf(path, sizeof path, "%s/%s", folder, name);
            good = !wanted(opcode, opcodes) || run_file(runner, path, opcode);
        }
        free(entries[i]);
    }
    free(entries);
    if (!good)
        return access(path, R_OK) ? 4 : 2;
    for (unsigned i = 0; rules[i].name; i++)
        printf("%-16s %-8s %7lu  %s\n", rules[i].name, rules[i].leaves_out ? "skipped" : "masked",
               runner->applied[i], rules[i].text);
    printf("%lu passed, %lu failed, %lu skipped\n", runner->passed, runner->failed,
           runner->skipped);
    return runner->failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct runner *runner;
    int status, first = 1;
    unsigned show = 5;

    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        show = (unsigned)strtoul(argv[2], NULL, 10);
        first = 3;
    }
    if (first >= argc || argv[first][0] == '-') {
        fprintf(stderr, "usage: run_vectors [-n FAILURES_SHOWN] FOLDER [OPCODE...]\n");
        return 2;
    }
    runner = calloc(1, sizeof *runner);
    if (runner) {
        runner->expected = calloc(SHADOW_PAGES, PAGE_BYTES);
        runner->cpu = vector_cpu_create();
        runner->show = show;
    }
    if (!runner || !runner->expected || !runner->cpu) {
        fprintf(stderr, "run_vectors: out of memory\n");
        return 4;
    }
    status = run_folder(runner, argv[first], argv + first + 1);
    coverage_write("vectors");
    vector_cpu_destroy(runner->cpu);
    free(runner->expected);
    free(runner);
    return status;
}
