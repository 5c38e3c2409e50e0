/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory/space.c - an address space: who answers at which address. */
#include "memory/space.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"

void space_init(struct space *space, struct ram *ram, struct log *log)
{
    *space = (struct space){ .ram = ram, .log = log };
}

void space_destroy(struct space *space)
{
    free(space->ranges);
    *space = (struct space){ 0 };
}

/* Number of ranges that begin at or below `address`: the one before that index may hold it. */
static unsigned ranges_up_to(const struct space *space, uint64_t address)
{
    unsigned low = 0, high = space->count;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (space->ranges[middle].first <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The ranges were changed: which RAM range is the largest now? */
static void choose_main(struct space *space)
{
    uint64_t most = 0;

    space->main = 0;
    for (unsigned i = 0; i < space->count; i++) {
        const struct range *range = &space->ranges[i];

        if (range->kind == RANGE_RAM && range->last - range->first >= most) {
            most = range->last - range->first;
            space->main = i;
        }
    }
}

const struct range *space_find(const struct space *space, uint64_t address)
{
    const struct range *range;
    unsigned index;

    if (unlikely(!space->count))
        return NULL;
    range = &space->ranges[space->main];
    if (likely(address - range->first <= range->last - range->first))
        return range;
    index = ranges_up_to(space, address);
    if (!index)
        return NULL;
    range = &space->ranges[index - 1];
    return address <= range->last ? range : NULL;
}

uint32_t space_memory_run(const struct space *space, uint64_t address, uint32_t bytes)
{
    const struct range *range = space_find(space, address);

    if (!range || range->kind == RANGE_DEVICE)
        return 0;
    return range->last - address < bytes - 1 ? (uint32_t)(range->last - address) + 1 : bytes;
}

static void insert_at(struct space *space, unsigned index, const struct range *range)
{
    space->ranges = xrealloc(space->ranges, (space->count + 1) * sizeof *space->ranges);
    memmove(&space->ranges[index + 1], &space->ranges[index],
            (space->count - index) * sizeof *space->ranges);
    space->ranges[index] = *range;
    space->count++;
}

static void delete_at(struct space *space, unsigned index)
{
    space->count--;
    memmove(&space->ranges[index], &space->ranges[index + 1],
            (space->count - index) * sizeof *space->ranges);
}

/* Let a range begin at a higher address. */
static void cut_front(struct range *range, uint64_t first)
{
    uint64_t gone = first - range->first;

    range->first = first;
    range->ram_offset += gone;
    if (range->host)
        range->host += gone;
}

static void remove_range(struct space *space, uint64_t first, uint64_t bytes)
{
    uint64_t last = first + (bytes - 1);
    unsigned i = 0;

    if (!bytes)
        return;
    while (i < space->count) {
        struct range *range = &space->ranges[i];

        if (range->last < first || range->first > last) {
            i++;
        } else if (range->first < first && range->last > last) { /* a hole in the middle */
            struct range upper = *range;

            range->last = first - 1;
            cut_front(&upper, last + 1);
            insert_at(space, i + 1, &upper);
            return;
        } else if (range->first < first) {
            range->last = first - 1;
            i++;
        } else if (range->last > last) {
            cut_front(range, last + 1);
            i++;
        } else {
            delete_at(space, i);
        }
    }
}

void space_remove(struct space *space, uint64_t first, uint64_t bytes)
{
    remove_range(space, first, bytes);
    choose_main(space);
}

static void add_range(struct space *space, const struct range *range)
{
    remove_range(space, range->first, range->last - range->first + 1);
    insert_at(space, ranges_up_to(space, range->first), range);
    choose_main(space);
}

void space_add_ram(struct space *space, uint64_t first, uint64_t bytes, uint64_t ram_offset)
{
    assert(space->ram && ram_offset <= space->ram->size && bytes <= space->ram->size - ram_offset);
    if (bytes)
        add_range(space, &(struct range){ .first = first,
                                          .last = first + bytes - 1,
                                          .kind = RANGE_RAM,
                                          .ram_offset = ram_offset,
                                          .host = space->ram->bytes + ram_offset,
                                          .name = "ram" });
}

void space_add_rom(struct space *space, uint64_t first, uint64_t bytes, uint8_t *host,
                   const char *name)
{
    if (bytes)
        add_range(space, &(struct range){ .first = first,
                                          .last = first + bytes - 1,
                                          .kind = RANGE_ROM,
                                          .host = host,
                                          .name = name });
}

void space_add_device(struct space *space, const struct io_range *io, void *owner, const char *name)
{
    if (io->count)
        add_range(space, &(struct range){ .first = io->first,
                                          .last = io->first + io->count - 1,
                                          .kind = RANGE_DEVICE,
                                          .io = io,
                                          .owner = owner,
                                          .name = name });
}

void space_add_ram_protected(struct space *space, uint64_t first, uint64_t bytes,
                             uint64_t ram_offset)
{
    assert(space->ram && ram_offset <= space->ram->size && bytes <= space->ram->size - ram_offset);
    if (bytes)
        add_range(space, &(struct range){ .first = first,
                                          .last = first + bytes - 1,
                                          .kind = RANGE_ROM,
                                          .rom = ROM_IN_RAM,
                                          .ram_offset = ram_offset,
                                          .host = space->ram->bytes + ram_offset,
                                          .name = "ram, protected" });
}

void space_add_rom_over_ram(struct space *space, uint64_t first, uint64_t bytes, uint8_t *host,
                            uint64_t ram_offset, const char *name)
{
    assert(space->ram && ram_offset <= space->ram->size && bytes <= space->ram->size - ram_offset);
    if (bytes)
        add_range(space, &(struct range){ .first = first,
                                          .last = first + bytes - 1,
                                          .kind = RANGE_ROM,
                                          .rom = ROM_OVER_RAM,
                                          .ram_offset = ram_offset,
                                          .host = host,
                                          .name = name });
}

void space_add_rom_device(struct space *space, const struct io_range *io, uint8_t *host,
                          void *owner, const char *name)
{
    if (io->count)
        add_range(space, &(struct range){ .first = io->first,
                                          .last = io->first + (io->count - 1),
                                          .kind = RANGE_ROM,
                                          .rom = ROM_DEVICE,
                                          .host = host,
                                          .io = io,
                                          .owner = owner,
                                          .name = name });
}

/* Put the pieces of `range` into the holes. */
static void fill(struct space *space, struct range range)
{
    uint64_t last = range.last;

    for (;;) {
        unsigned index = ranges_up_to(space, range.first);
        const struct range *next = index < space->count ? &space->ranges[index] : NULL;

        if (index && space->ranges[index - 1].last >= range.first) { /* taken: go on behind it */
            if (space->ranges[index - 1].last >= last)
                break;
            cut_front(&range, space->ranges[index - 1].last + 1);
            continue;
        }
        range.last = next && next->first <= last ? next->first - 1 : last;
        insert_at(space, index, &range);
        if (range.last == last)
            break;
        cut_front(&range, range.last + 1);
        range.last = last;
    }
    choose_main(space);
}

void space_fill_device(struct space *space, const struct io_range *io, void *owner,
                       const char *name)
{
    if (io->count)
        fill(space, (struct range){ .first = io->first,
                                    .last = io->first + (io->count - 1),
                                    .kind = RANGE_DEVICE,
                                    .io = io,
                                    .owner = owner,
                                    .name = name });
}

void space_fill_rom(struct space *space, const struct io_range *io, uint8_t *host, const char *name)
{
    if (io->count)
        fill(space, (struct range){ .first = io->first,
                                    .last = io->first + (io->count - 1),
                                    .kind = RANGE_ROM,
                                    .io = io,
                                    .host = host,
                                    .name = name });
}

void space_fill_ram(struct space *space, const struct io_range *io, uint64_t ram_offset)
{
    assert(space->ram && ram_offset <= space->ram->size &&
           io->count <= space->ram->size - ram_offset);
    if (io->count)
        fill(space, (struct range){ .first = io->first,
                                    .last = io->first + (io->count - 1),
                                    .kind = RANGE_RAM,
                                    .io = io,
                                    .ram_offset = ram_offset,
                                    .host = space->ram->bytes + ram_offset,
                                    .name = "ram" });
}

void space_remove_row(struct space *space, const struct io_range *io)
{
    unsigned left = 0;

    for (unsigned i = 0; i < space->count; i++) {
        if (space->ranges[i].io != io)
            space->ranges[left++] = space->ranges[i];
    }
    space->count = left;
    choose_main(space);
}

/* The whole of `size` bytes at `address` lies in the range. */
static bool holds(const struct range *range, uint64_t address, uint64_t size)
{
    return range->first <= address && address <= range->last && size - 1 <= range->last - address;
}

/* The widest access of at most `left` bytes that the device takes; 0: none. */
static unsigned device_width(const struct io_range *io, uint64_t left)
{
    unsigned width = 8;

    while (width && (width > left || !(io->widths & width))) /* IO_8 is 1, ... IO_64 is 8 */
        width /= 2;
    return width;
}

static uint64_t device_read(const struct range *range, uint64_t address, unsigned size)
{
    const struct io_range *io = range->io;
    void *owner = range->owner; /* a callback may change the ranges */
    uint64_t value = 0;
    unsigned done = 0;

    if (!io->read)
        return mask_bits(size * 8);
    while (done < size) {
        unsigned width = device_width(io, size - done);

        if (!width)
            return value | (mask_bits((size - done) * 8) << done * 8);
        value |= zero_extend(io->read(owner, address + done, width), width) << done * 8;
        done += width;
    }
    return value;
}

static void device_write(const struct range *range, uint64_t address, unsigned size, uint64_t value)
{
    const struct io_range *io = range->io;
    void *owner = range->owner; /* a callback may change the ranges */
    unsigned done = 0;

    if (!io->write)
        return;
    while (done < size) {
        unsigned width = device_width(io, size - done);

        if (!width)
            return;
        io->write(owner, address + done, width, zero_extend(value >> done * 8, width));
        done += width;
    }
}

/* Does the range hand writes to RAM? Then *to is the host byte at `address`. */
static inline bool writes_ram(const struct space *space, const struct range *range,
                              uint64_t address, uint8_t **to)
{
    if (likely(range->kind == RANGE_RAM))
        *to = range->host + (address - range->first);
    else if (range->kind == RANGE_ROM && range->rom == ROM_OVER_RAM)
        *to = space->ram->bytes + range->ram_offset + (address - range->first);
    else
        return false;
    return true;
}

static inline bool writes_device(const struct range *range)
{
    return range->kind == RANGE_DEVICE || (range->kind == RANGE_ROM && range->rom == ROM_DEVICE);
}

/* Before bytes of RAM change: tell the engine about code, remember what is dirty. */
static void ram_mark(const struct space *space, const struct range *range, uint64_t address,
                     uint64_t bytes)
{
    struct ram *ram = space->ram;
    uint64_t offset = range->ram_offset + (address - range->first);
    uint64_t page = offset / PAGE_SIZE;
    uint64_t last_page = (offset + bytes - 1) / PAGE_SIZE;

    for (; page <= last_page; page++) {
        if (unlikely(ram->marks[page] & (RAM_CODE | RAM_TB)) && ram->code_written) {
            uint64_t from = page * PAGE_SIZE > offset ? page * PAGE_SIZE - offset : 0;
            uint64_t to = (page + 1) * PAGE_SIZE - offset;

            ram->code_written(ram->context, address + from, (to < bytes ? to : bytes) - from);
        }
        ram_set_dirty(ram, page);
    }
}

/* The range at `address`; mostly the first, which is RAM. */
static inline const struct range *find_range(const struct space *space, uint64_t address)
{
    const struct range *range = space->ranges;

    if (likely(space->count) && address - range->first <= range->last - range->first)
        return range;
    return space_find(space, address);
}

static NOINLINE uint64_t read_across(struct space *space, uint64_t address, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= space_read(space, address + i, 1) << i * 8;
    return value;
}

uint64_t space_read(struct space *space, uint64_t address, unsigned size)
{
    const struct range *range = find_range(space, address);

    if (unlikely(!range))
        return size == 1 ? 0xff : read_across(space, address, size);
    if (unlikely(!holds(range, address, size)))
        return read_across(space, address, size);
    if (range->kind == RANGE_DEVICE)
        return device_read(range, address, size);
    return load_le(range->host + (address - range->first), size);
}

void space_write(struct space *space, uint64_t address, unsigned size, uint64_t value)
{
    const struct range *range = find_range(space, address);
    uint8_t *to;

    if (likely(range && holds(range, address, size))) {
        if (writes_ram(space, range, address, &to)) {
            ram_mark(space, range, address, size);
            store_le(to, size, value);
        } else if (writes_device(range)) {
            device_write(range, address, size, value);
        }
    } else if (size > 1) {
        for (unsigned i = 0; i < size; i++)
            space_write(space, address + i, 1, value >> i * 8 & 0xff);
    }
}

/* How many of `bytes` from `address` on lie in the same range or the same hole; *range set. */
static uint64_t run_length(const struct space *space, uint64_t address, uint64_t bytes,
                           const struct range **range)
{
    unsigned index = ranges_up_to(space, address);
    uint64_t left;

    *range = index && address <= space->ranges[index - 1].last ? &space->ranges[index - 1] : NULL;
    if (*range)
        left = (*range)->last - address;
    else if (index < space->count)
        left = space->ranges[index].first - 1 - address;
    else
        left = UINT64_MAX - address;
    return left < bytes - 1 ? left + 1 : bytes;
}

/* A power of two up to 8 that keeps the access aligned. */
static unsigned block_width(const struct io_range *io, uint64_t address, uint64_t left)
{
    unsigned width = device_width(io, left);

    while (width > 1 && address % width)
        width = device_width(io, width - 1);
    return width;
}

void space_read_block(struct space *space, uint64_t address, void *to, size_t bytes)
{
    uint8_t *p = to;

    while (bytes) {
        const struct range *range;
        uint64_t run = run_length(space, address, bytes, &range);

        if (!range) {
            memset(p, 0xff, run);
        } else if (range->kind != RANGE_DEVICE) {
            memcpy(p, range->host + (address - range->first), run);
        } else {
            unsigned width = block_width(range->io, address, run);
            uint64_t value = width ? device_read(range, address, width) : 0xff;

            run = width ? width : 1;
            store_le(p, (unsigned)run, value);
        }
        address += run;
        p += run;
        bytes -= run;
    }
}

void space_write_block(struct space *space, uint64_t address, const void *from, size_t bytes)
{
    const uint8_t *p = from;

    while (bytes) {
        const struct range *range;
        uint64_t run = run_length(space, address, bytes, &range);
        uint8_t *to;

        if (range && writes_ram(space, range, address, &to)) {
            ram_mark(space, range, address, run);
            memmove(to, p, run);
        } else if (range && writes_device(range)) {
            unsigned width = block_width(range->io, address, run);

            run = width ? width : 1;
            if (width)
                device_write(range, address, width, load_le(p, width));
        }
        address += run;
        p += run;
        bytes -= run;
    }
}

bool space_peek(const struct space *space, uint64_t address, void *to, size_t bytes)
{
    uint8_t *p = to;

    while (bytes) {
        const struct range *range;
        uint64_t run = run_length(space, address, bytes, &range);

        if (!range)
            return false;
        if (range->kind == RANGE_DEVICE) {
            unsigned width = block_width(range->io, address, run);

            if (!range->io->peek || !width)
                return false;
            run = width;
            store_le(p, width, range->io->peek(range->owner, address, width));
        } else {
            memcpy(p, range->host + (address - range->first), run);
        }
        address += run;
        p += run;
        bytes -= run;
    }
    return true;
}

bool space_poke(struct space *space, uint64_t address, const void *from, size_t bytes)
{
    const uint8_t *p = from;
    uint64_t check = address, left = bytes;

    while (left) { /* all or nothing */
        const struct range *range;
        uint64_t run = run_length(space, check, left, &range);

        if (!range || writes_device(range))
            return false;
        check += run;
        left -= run;
    }
    while (bytes) {
        const struct range *range;
        uint64_t run = run_length(space, address, bytes, &range);

        if (range->kind == RANGE_RAM || range->rom == ROM_IN_RAM)
            ram_mark(space, range, address, run);
        memmove(range->host + (address - range->first), p, run);
        address += run;
        p += run;
        bytes -= run;
    }
    return true;
}

uint8_t *space_page(const struct space *space, phys_addr page, uint8_t **marks)
{
    const struct range *range;

    page &= ~PAGE_MASK;
    range = space_find(space, page);
    if (!range || range->kind == RANGE_DEVICE || !holds(range, page, PAGE_SIZE))
        return NULL;
    if (marks) {
        uint64_t offset = range->ram_offset + (page - range->first);

        *marks = range->kind == RANGE_RAM ? &space->ram->marks[offset / PAGE_SIZE] : NULL;
    }
    return range->host + (page - range->first);
}
