/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/image/writer.c - writes to an image at random until it is killed, and looks afterwards whether
 * everything is there. A sector holds its own number and that of the write; the newest write of each
 * sector that has returned stands in a second file.
 *
 *     writer write IMAGE NOTES SEED [WRITES]    writer verify IMAGE NOTES    writer speed IMAGE MIB
 *     writer numbers IMAGE MIB                  each 32-bit word is its number, as guests of tests want it
 *     writer lines IMAGE BYTES                  each block of so many bytes that is one line of 16 again and
 *                                               again: its number and the line
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "machine/image.h"
#include "util/bits.h"

#define COUNT_MOST 512u

static uint64_t random_number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *seed >> 33;
}

static struct block *open_image(const char *path, bool read_only)
{
    static struct out out;
    static struct log log = { .out = &out };
    const struct image_options o = { .read_only = read_only, .log = &log };
    struct buf error = { 0 };
    int code = 0;
    struct block *block;

    out_to_file(&out, stderr);
    block = image_open(path, &o, &error, &code);
    if (!block) {
        fprintf(stderr, "writer: %s\n", buf_text(&error));
        exit(code);
    }
    return block;
}

static int write_some(struct block *block, int notes, uint64_t seed, uint64_t writes)
{
    static uint8_t data[COUNT_MOST * BLOCK_SECTOR];
    static uint64_t note[COUNT_MOST];
    uint64_t first = seed << 32;

    for (uint64_t i = 1; i <= writes; i++) {
        unsigned count = 1 + (unsigned)(random_number(&seed) % (i % 4 ? 16 : COUNT_MOST));
        uint64_t sector = random_number(&seed) % (block->sectors - count);

        for (unsigned k = 0; k < count; k++) {
            note[k] = first + i;
            for (unsigned w = 0; w < BLOCK_SECTOR / 16; w++) {
                store_le64(data + k * BLOCK_SECTOR + w * 16, sector + k);
                store_le64(data + k * BLOCK_SECTOR + w * 16 + 8, note[k]);
            }
        }
        if (block_write(block, sector, count, data) != BLOCK_OK)
            return 1;
        if (pwrite(notes, note, count * 8, (off_t)sector * 8) != (ssize_t)(count * 8))
            return 1;
    }
    return 0;
}

static int verify(struct block *block, int notes)
{
    uint8_t data[BLOCK_SECTOR];

    for (uint64_t sector = 0; sector < block->sectors; sector++) {
        uint64_t note = 0, words[2];

        if (pread(notes, &note, 8, (off_t)sector * 8) < 0 ||
            block_read(block, sector, 1, data) != BLOCK_OK)
            return 1;
        memcpy(words, data, sizeof words);
        for (unsigned w = 1; w < BLOCK_SECTOR / 16; w++) {
            if (memcmp(data + w * 16, data, 16)) {
                fprintf(stderr, "writer: sector %llu is of two writes\n",
                        (unsigned long long)sector);
                return 1;
            }
        }
        if (words[1] ? LE64(words[0]) != sector || LE64(words[1]) < note : note != 0) {
            fprintf(stderr, "writer: sector %llu has write %llx of sector %llu, expected %llx\n",
                    (unsigned long long)sector, (unsigned long long)words[1],
                    (unsigned long long)words[0], (unsigned long long)note);
            return 1;
        }
    }
    return 0;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* MB/s of new clusters, of the same again, and of reading, 64 KiB at once. */
static int speed(struct block *block, uint64_t bytes)
{
    static uint8_t data[65536];
    double start;

    memset(data, 0x5a, sizeof data);
    for (unsigned pass = 0; pass < 3; pass++) {
        start = seconds();
        for (uint64_t at = 0; at < bytes; at += sizeof data) {
            enum block_result result =
                pass < 2 ? block_write(block, at / BLOCK_SECTOR, sizeof data / BLOCK_SECTOR, data)
                         : block_read(block, at / BLOCK_SECTOR, sizeof data / BLOCK_SECTOR, data);

            if (result)
                return 1;
        }
        printf("%s %s %.0f MB/s\n", block->class->name,
               pass == 0   ? "new"
               : pass == 1 ? "again"
                           : "read",
               (double)bytes / 1e6 / (seconds() - start));
    }
    return 0;
}

static int write_numbers(struct block *block, uint64_t bytes)
{
    static uint8_t data[65536];

    for (uint64_t at = 0; at < bytes; at += sizeof data) {
        for (unsigned i = 0; i < sizeof data; i += 4)
            store_le32(data + i, (uint32_t)((at + i) / 4));
        if (block_write(block, at / BLOCK_SECTOR, sizeof data / BLOCK_SECTOR, data) != BLOCK_OK)
            return 1;
    }
    return 0;
}

static int print_lines(struct block *block, uint64_t bytes)
{
    static uint8_t data[65536];

    if (bytes < BLOCK_SECTOR || bytes > sizeof data || bytes % BLOCK_SECTOR)
        return 2;
    for (uint64_t at = 0; at + bytes <= block->sectors * BLOCK_SECTOR; at += bytes) {
        if (block_read(block, at / BLOCK_SECTOR, (unsigned)(bytes / BLOCK_SECTOR), data) !=
            BLOCK_OK)
            return 1;
        if (data[15] == '\n' && !memcmp(data, data + 16, (size_t)bytes - 16))
            printf("%llu %.15s\n", (unsigned long long)(at / bytes), (const char *)data);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct block *block;
    int notes = -1, code;

    if (argc < 4) {
        fprintf(stderr,
                "usage: writer write|verify|speed|numbers|lines IMAGE NOTES|MIB|BYTES [SEED "
                "[WRITES]]\n");
        return 2;
    }
    block = open_image(argv[2], *argv[1] == 'v' || *argv[1] == 'l');
    if (*argv[1] == 's') {
        code = speed(block, strtoull(argv[3], NULL, 0) << 20);
        block_close(block);
        return code;
    }
    if (*argv[1] == 'n') {
        code = write_numbers(block, strtoull(argv[3], NULL, 0) << 20);
        block_close(block);
        return code;
    }
    if (*argv[1] == 'l') {
        code = print_lines(block, strtoull(argv[3], NULL, 0));
        block_close(block);
        return code;
    }
    notes = open(argv[3], O_RDWR | O_CREAT, 0600);
    code = *argv[1] == 'v' ? verify(block, notes)
                           : write_some(block, notes, strtoull(argc > 4 ? argv[4] : "1", NULL, 0),
                                        argc > 5 ? strtoull(argv[5], NULL, 0) : UINT64_MAX);
    close(notes);
    block_close(block);
    return code;
}
