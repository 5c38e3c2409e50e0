/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare_gdb_memory.c - memory beside a foreign emulator. What an instruction of ours wrote
 * is asked of the stub at once, by physical address; what only the foreign one wrote shows when the
 * pages are looked at as a whole, or when it is read.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "machine/compare_gdb.h"

enum {
    GAP = 16,             /* equal bytes that are asked for rather than left out */
    MOST_NAMES = 8,       /* places in the first line */
    MOST_LINES = 24,      /* of a report */
    MOST_BYTES = 16,      /* in a line */
    LOW_MEMORY = 0xa0000, /* copied whatever was written */
};

static phys_addr address_of(const struct machine *machine, uint64_t offset)
{
    const struct pc *pc = machine->pc;

    return offset < pc->ram_below_4g ? offset : GIB(4) + (offset - pc->ram_below_4g);
}

/* Is this page of RAM what its address leads to? Below 1 MiB others may lie over it. */
static bool is_seen(const struct machine *machine, uint64_t page)
{
    const struct range *range = space_find(&machine->memory, address_of(machine, page * PAGE_SIZE));

    return range && range->kind == RANGE_RAM;
}

static void note_page(struct compare_gdb *gdb, uint32_t page)
{
    if (gdb->page_seen[page])
        return;
    gdb->page_seen[page] = true;
    gdb->pages[gdb->page_count++] = page;
}

typedef bool (*range_fn)(struct compare *compare, uint64_t offset, unsigned bytes, void *context);

/* Runs of bytes that ours changed since the last equal state, and pages that were written to no effect. */
static bool visit(struct compare *compare, range_fn fn, range_fn unchanged, void *context)
{
    const struct machine *machine = compare->machine[0];
    const struct ram *ram = &machine->ram;
    const uint8_t *image = compare->base.image.bytes;

    for (uint64_t i = 0; i < ram->dirty_count; i++) {
        uint64_t first = (uint64_t)ram->dirty[i] * PAGE_SIZE, end = first + PAGE_SIZE, at = first;

        if (!is_seen(machine, ram->dirty[i]))
            continue;
        note_page(compare->gdb, ram->dirty[i]);
        if (!memcmp(ram->bytes + first, image + first, PAGE_SIZE)) {
            /* What was written had been there: the foreign one may have written something else. */
            if (unchanged && !unchanged(compare, first, PAGE_SIZE, context))
                return false;
            continue;
        }
        while (at < end) {
            uint64_t last;

            if (ram->bytes[at] == image[at]) {
                at++;
                continue;
            }
            last = at;
            for (uint64_t k = at; k < end && k - last <= GAP; k++) {
                if (ram->bytes[k] != image[k])
                    last = k;
            }
            if (!fn(compare, at, (unsigned)(last + 1 - at), context))
                return false;
            at = last + 1;
        }
    }
    return true;
}

static bool give_range(struct compare *compare, uint64_t offset, unsigned bytes, void *context)
{
    const struct machine *machine = compare->machine[0];

    (void)context;
    return gdb_write_memory(&compare->gdb->client, address_of(machine, offset),
                            machine->ram.bytes + offset, bytes);
}

bool gdb_memory_give(struct compare *compare)
{
    return visit(compare, give_range, NULL, NULL);
}

/* One line of the report and a name for each run of bytes that differs. */
static void tell(struct compare *compare, uint64_t offset, const uint8_t *theirs, unsigned bytes)
{
    struct compare_gdb *gdb = compare->gdb;
    const struct machine *machine = compare->machine[0];
    const uint8_t *ours = machine->ram.bytes + offset;
    unsigned lines = 0, names = 0;

    for (size_t i = 0; i < gdb->memory_report.length; i++)
        lines += gdb->memory_report.data[i] == '\n';
    names = lines / 2;
    for (unsigned at = 0; at < bytes;) {
        unsigned n = 0;

        while (at + n < bytes && n < MOST_BYTES && ours[at + n] != theirs[at + n])
            n++;
        if (!n) {
            at++;
            continue;
        }
        if (names++ < MOST_NAMES)
            buf_printf(&gdb->memory, "%smemory 0x%" PRIx64, gdb->memory.length ? ", " : "",
                       address_of(machine, offset + at));
        if (names < MOST_LINES) {
            buf_printf(&gdb->memory_report, "* 0x%010" PRIx64 "  %-8s",
                       address_of(machine, offset + at), compare->options.engine[0]);
            for (unsigned i = 0; i < n; i++)
                buf_printf(&gdb->memory_report, " %02x", ours[at + i]);
            buf_printf(&gdb->memory_report, "\n                %-8s", compare->options.engine[1]);
            for (unsigned i = 0; i < n; i++)
                buf_printf(&gdb->memory_report, " %02x", theirs[at + i]);
            buf_add_text(&gdb->memory_report, "\n");
        }
        at += n;
    }
}

/* A frame in which RF alone differs: bit 16 of the flags. */
static bool only_rf(const uint8_t *ours, const uint8_t *theirs, unsigned bytes)
{
    unsigned count = 0;

    for (unsigned i = 0; i < bytes; i++) {
        if (ours[i] == theirs[i])
            continue;
        if (ours[i] != (theirs[i] | 1) || count++)
            return false;
    }
    return true;
}

/* May memory that the step wrote differ? */
static enum known_id known_memory(const struct compare_gdb *gdb, const uint8_t *ours,
                                  const uint8_t *theirs, unsigned bytes)
{
    const struct gdb_step *step = &gdb->step;

    if (step->delivery && only_rf(ours, theirs, bytes))
        return KNOWN_RF;
    if (step->known != KNOWN_COUNT && gdb_known[step->known].takes & TAKE_MEMORY)
        return step->known;
    return gdb->ignore_memory ? KNOWN_USER : KNOWN_COUNT;
}

static bool judge_range(struct compare *compare, uint64_t offset, unsigned bytes, void *context)
{
    struct compare_gdb *gdb = compare->gdb;
    const struct machine *machine = compare->machine[0];
    const uint8_t *ours = machine->ram.bytes + offset;
    uint8_t theirs[PAGE_SIZE];
    bool *equal = context;
    enum known_id id;

    if (!gdb_read_memory(&gdb->client, address_of(machine, offset), theirs, bytes))
        return false;
    if (!memcmp(ours, theirs, bytes))
        return true;
    id = known_memory(gdb, ours, theirs, bytes);
    if (id == KNOWN_COUNT) {
        tell(compare, offset, theirs, bytes);
        *equal = false;
        return true;
    }
    gdb->counts[id]++;
    return give_range(compare, offset, bytes, NULL);
}

/* A device may have written beside what ours changed, and of a frame RF may be all that differs and may
 * have been there: the whole pages. */
static bool judge_whole(struct compare *compare, bool *equal)
{
    const struct machine *machine = compare->machine[0];

    for (uint64_t i = 0; i < machine->ram.dirty_count; i++) {
        if (!is_seen(machine, machine->ram.dirty[i]))
            continue;
        note_page(compare->gdb, machine->ram.dirty[i]);
        if (!judge_range(compare, (uint64_t)machine->ram.dirty[i] * PAGE_SIZE, PAGE_SIZE, equal))
            return false;
    }
    return true;
}

bool gdb_memory_judge(struct compare *compare, bool *equal)
{
    const struct gdb_step *step = &compare->gdb->step;

    buf_clear(&compare->gdb->memory);
    buf_clear(&compare->gdb->memory_report);
    if (step->known == KNOWN_PORT || step->delivery)
        return judge_whole(compare, equal);
    return visit(compare, judge_range, judge_range, equal);
}

bool gdb_memory_pages(struct compare *compare, bool *equal)
{
    struct compare_gdb *gdb = compare->gdb;
    const struct ram *ram = &compare->machine[0]->ram;

    buf_clear(&gdb->memory);
    buf_clear(&gdb->memory_report);
    gdb->step = (struct gdb_step){ .known = KNOWN_COUNT };
    for (uint64_t i = 0; i < gdb->page_count; i++) {
        uint32_t page = gdb->pages[i];

        gdb->page_seen[page] = false;
        /* An instruction that ended the run was not given to the foreign one. */
        if (ram->marks[page] & RAM_DIRTY || !is_seen(compare->machine[0], page))
            continue;
        if (!judge_range(compare, (uint64_t)page * PAGE_SIZE, PAGE_SIZE, equal))
            return false;
    }
    gdb->page_count = 0;
    return true;
}

bool gdb_memory_copy(struct compare *compare)
{
    struct compare_gdb *gdb = compare->gdb;
    const struct machine *machine = compare->machine[0];
    uint8_t theirs[PAGE_SIZE];

    for (uint64_t page = 0; page < machine->ram.size / PAGE_SIZE; page++) {
        uint64_t offset = page * PAGE_SIZE;
        phys_addr pa = address_of(machine, offset);

        if (!(machine->ram.marks[page] & RAM_WRITTEN) && pa >= LOW_MEMORY)
            continue;
        if (!is_seen(machine, page))
            continue;
        if (!gdb_read_memory(&gdb->client, pa, theirs, PAGE_SIZE))
            return false;
        if (!memcmp(theirs, machine->ram.bytes + offset, PAGE_SIZE))
            continue;
        gdb->start_pages++;
        if (!gdb_write_memory(&gdb->client, pa, machine->ram.bytes + offset, PAGE_SIZE))
            return false;
    }
    return true;
}
