/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/fuzz/fuzz_image.c - bytes as a disk image. Whatever they are: it is refused in one line, or can
 * be used. If its own check finds no contradiction, what is written is read again, nothing else has
 * changed, and the check finds none afterwards.
 */
#include "tests/fuzz/fuzz_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/image.h"
#include "util/bits.h"

#define OPERATIONS 24
#define COUNT_MOST 40

static void promise(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_image: %s\n", what);
    abort();
}

static uint32_t number(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % below);
}

static bool is_sound(struct block *block)
{
    struct image_check result;
    struct out nowhere;

    out_to_nothing(&nowhere);
    return image_check(block, &result, &nowhere) == BLOCK_OK && !result.errors;
}

static struct block *open_image(const char *path, const char *format, bool read_only)
{
    const struct image_options o = { .format = format, .read_only = read_only };
    struct buf error = { 0 };
    int code = 0;
    struct block *block = image_open(path, &o, &error, &code);

    if (block)
        promise(!error.length, "opened, with an error");
    else
        promise(error.length && !strchr(buf_text(&error), '\n') && (code == 2 || code == 4),
                "refused, not in one line");
    buf_free(&error);
    return block;
}

static uint64_t somewhere(uint64_t *seed, const struct block *block)
{
    uint64_t near = block->sectors < 512 ? block->sectors : 512;

    return number(seed, 4) ? number(seed, (uint32_t)near)
                           : ((uint64_t)number(seed, UINT32_MAX) << 22) % block->sectors;
}

static unsigned some(uint64_t *seed, const struct block *block, uint64_t sector)
{
    unsigned count = 1 + number(seed, COUNT_MOST);

    return block->sectors - sector < count ? (unsigned)(block->sectors - sector) : count;
}

/* A write in the middle of what is read before and after. */
static void write_and_read(struct block *block, uint64_t *seed, bool sound)
{
    static uint8_t before[COUNT_MOST * 512], after[COUNT_MOST * 512], data[COUNT_MOST * 512];
    uint64_t sector = somewhere(seed, block);
    unsigned count = some(seed, block, sector), from = number(seed, count);
    unsigned n = 1 + number(seed, count - from);
    bool known = block_read(block, sector, count, before) == BLOCK_OK, written;

    memset(data, (int)number(seed, 256), (size_t)n * 512);
    written = block_write(block, sector + from, n, data) == BLOCK_OK;
    if (block_read(block, sector, count, after) != BLOCK_OK) {
        promise(!sound || !known, "a sector that cannot be read any more");
        return;
    }
    if (!sound || !written)
        return;
    promise(!memcmp(after + (size_t)from * 512, data, (size_t)n * 512),
            "a write that is not there");
    promise(!known || (!memcmp(after, before, (size_t)from * 512) &&
                       !memcmp(after + (size_t)(from + n) * 512, before + (size_t)(from + n) * 512,
                               (size_t)(count - from - n) * 512)),
            "a write that changed something else");
}

static void look_at(struct block *block, uint64_t *seed)
{
    static uint8_t data[COUNT_MOST * 512];
    struct out nowhere;

    out_to_nothing(&nowhere);
    image_describe(block, &nowhere);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        uint64_t sector = somewhere(seed, block), zeros = image_zeros(block, sector, 4096);
        unsigned count = some(seed, block, sector);

        if (block_read(block, sector, count, data) == BLOCK_OK) {
            for (uint64_t k = 0; k < zeros && k < count; k++)
                promise(!data[k * 512] && !memcmp(data + k * 512, data + k * 512 + 1, 511),
                        "zeros that are none");
        }
    }
}

void fuzz_image(const char *format, const uint8_t *data, size_t size)
{
    static char path[64];
    uint64_t seed = size;
    struct block *block;
    bool sound = false;
    FILE *file;

    if (!*path)
        snprintf(path, sizeof path, "%s/fuzz-%ld-image",
                 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
    file = fopen(path, "wb");
    promise(file && fwrite(data, 1, size, file) == size && fclose(file) == 0, "no room for it");
    for (size_t i = 0; i < size; i += 1 + i / 16)
        seed = seed * 31 + data[i];
    block = open_image(path, format, true);
    if (block) {
        sound = is_sound(block);
        look_at(block, &seed);
        block_close(block);
    }
    block = open_image(path, format, false);
    if (block) {
        if (strcmp(format, "qcow2")) /* others need no table of what is free */
            sound = sound && is_sound(block);
        for (unsigned i = 0; i < OPERATIONS; i++)
            write_and_read(block, &seed, sound);
        promise(!sound || is_sound(block), "sound before, and not any more");
        block_close(block);
        block = open_image(path, format, true);
        promise(!sound || block, "sound before, and cannot be opened any more");
        if (block) {
            promise(!sound || is_sound(block), "sound before, and not when opened again");
            look_at(block, &seed);
            block_close(block);
        }
    }
    unlink(path);
}
