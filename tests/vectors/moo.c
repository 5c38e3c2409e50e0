/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/vectors/moo.c - every length in the file is checked before it is believed. */
#include "tests/vectors/moo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "util/bits.h"

/* A chunk, or the rest of one. */
struct chunk {
    char tag[5];
    const uint8_t *at, *end;
};

static size_t left(const struct chunk *chunk)
{
    return (size_t)(chunk->end - chunk->at);
}

/* Take the next chunk out of `from`; false at its end or when it does not fit. */
static bool next_chunk(struct chunk *from, struct chunk *chunk)
{
    uint32_t length;

    if (left(from) < 8)
        return false;
    memcpy(chunk->tag, from->at, 4);
    chunk->tag[4] = '\0';
    length = load_le32(from->at + 4);
    from->at += 8;
    if (length > left(from))
        return false;
    chunk->at = from->at;
    chunk->end = chunk->at + length;
    from->at = chunk->end;
    return true;
}

static bool take_u32(struct chunk *chunk, uint32_t *value)
{
    if (left(chunk) < 4)
        return false;
    *value = load_le32(chunk->at);
    chunk->at += 4;
    return true;
}

static bool is(const struct chunk *chunk, const char *tag)
{
    return memcmp(chunk->tag, tag, 4) == 0;
}

static bool read_regs(struct chunk *chunk, struct vector_regs *regs)
{
    uint16_t mask;

    if (left(chunk) < 2)
        return false;
    mask = load_le16(chunk->at);
    chunk->at += 2;
    for (unsigned i = 0; i < 16; i++) {
        if (!(mask >> i & 1))
            continue;
        if (i >= VECTOR_REG_COUNT || left(chunk) < 2)
            return false;
        regs->value[i] = load_le16(chunk->at);
        chunk->at += 2;
    }
    return true;
}

static bool read_ram(struct chunk *chunk, struct moo_ram *ram)
{
    uint32_t count;

    if (!take_u32(chunk, &count) || count > MOO_MAX_RAM || left(chunk) / 5 < count)
        return false;
    ram->count = count;
    for (uint32_t i = 0; i < count; i++) {
        ram->bytes[i].address = load_le32(chunk->at);
        ram->bytes[i].value = chunk->at[4];
        chunk->at += 5;
        if (ram->bytes[i].address >= MIB(16))
            return false;
    }
    return true;
}

static bool read_state(struct chunk *chunk, struct vector_regs *regs, struct moo_ram *ram)
{
    struct chunk part;

    while (left(chunk)) {
        if (!next_chunk(chunk, &part))
            return false;
        if (is(&part, "REGS") && !read_regs(&part, regs))
            return false;
        if (is(&part, "RAM ") && !read_ram(&part, ram))
            return false;
    }
    return true;
}

/* A length and that many bytes. */
static bool read_bytes(struct chunk *chunk, void *to, size_t max, unsigned *count)
{
    uint32_t length;

    if (!take_u32(chunk, &length) || length > left(chunk) || length > max)
        return false;
    memcpy(to, chunk->at, length);
    *count = length;
    return true;
}

static bool read_test(struct chunk *chunk, struct moo_test *test)
{
    struct chunk part;
    unsigned name_length = 0;

    test->vector = -1;
    test->code_count = test->ram_before.count = test->ram_after.count = 0;
    memset(&test->before, 0, sizeof test->before);
    if (!take_u32(chunk, &test->number))
        return false;
    while (left(chunk)) {
        if (!next_chunk(chunk, &part))
            return false;
        if (is(&part, "NAME")) {
            if (!read_bytes(&part, test->name, MOO_MAX_NAME - 1, &name_length))
                return false;
        } else if (is(&part, "BYTS")) {
            if (!read_bytes(&part, test->code, MOO_MAX_BYTES, &test->code_count))
                return false;
        } else if (is(&part, "INIT")) {
            if (!read_state(&part, &test->before, &test->ram_before))
                return false;
            test->after = test->before;
        } else if (is(&part, "FINA")) {
            if (!read_state(&part, &test->after, &test->ram_after))
                return false;
        } else if (is(&part, "EXCP") && left(&part) >= 1) {
            test->vector = part.at[0];
        }
    }
    test->name[name_length] = '\0';
    return test->code_count >= 1;
}

bool moo_open(struct moo_file *file, const char *path)
{
    gzFile gz = gzopen(path, "rb"); /* reads plain files as they are */
    size_t room = 0;
    int got = 0;

    *file = (struct moo_file){ .path = path };
    if (!gz) {
        fprintf(stderr, "%s: cannot be opened\n", path);
        return false;
    }
    do {
        file->size += (size_t)got;
        if (file->size == room) {
            uint8_t *grown = realloc(file->bytes, room = room ? room * 2 : 65536);

            if (!grown)
                break;
            file->bytes = grown;
        }
        got = gzread(gz, file->bytes + file->size, (unsigned)(room - file->size));
    } while (got > 0);
    gzclose(gz);
    if (got < 0 || file->size < 8 || memcmp(file->bytes, "MOO ", 4) != 0) {
        fprintf(stderr, "%s: not a MOO file, or damaged\n", path);
        moo_close(file);
        return false;
    }
    return true;
}

int moo_next(struct moo_file *file, struct moo_test *test)
{
    struct chunk all = { "", file->bytes + file->at, file->bytes + file->size };
    struct chunk chunk;

    while (left(&all)) {
        bool whole = next_chunk(&all, &chunk);

        file->at = (size_t)(all.at - file->bytes);
        if (whole && !is(&chunk, "TEST"))
            continue;
        if (whole && read_test(&chunk, test))
            return 1;
        fprintf(stderr, "%s: damaged near byte %zu\n", file->path, file->at);
        return -1;
    }
    return 0;
}

void moo_close(struct moo_file *file)
{
    free(file->bytes);
    file->bytes = NULL;
}
