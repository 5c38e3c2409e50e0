/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/loader_multiboot.c - Multiboot 1: ELF32 and ELF64 files and the a.out kludge, modules,
 * memory map, command line. Source: Multiboot Specification 0.6.96.
 */
#include <stdlib.h>
#include <string.h>

#include "bios/images.h"
#include "machine/loader.h"
#include "util/bits.h"

#define HEADER_MAGIC 0x1badb002u
#define SEARCH 8192u
enum { WANTS_ALIGN = 1, WANTS_MEMORY = 2, HAS_ADDRESSES = 1 << 16 };
enum { INFO_MEMORY = 1, INFO_CMDLINE = 4, INFO_MODS = 8, INFO_MMAP = 64, INFO_LOADER = 512 };
#define INFO_SIZE 116u
#define FIRMWARE_RESERVE 0x20000u

/* Offset of the header, or SEARCH. */
static unsigned find_header(const struct buf *file)
{
    for (unsigned at = 0; at < SEARCH && at + 12 <= file->length; at += 4) {
        const uint8_t *p = file->data + at;

        if (load_le32(p) == HEADER_MAGIC && load_le32(p) + load_le32(p + 4) + load_le32(p + 8) == 0)
            return at;
    }
    return SEARCH;
}

bool multiboot_recognise(const struct buf *file)
{
    return find_header(file) < SEARCH;
}

static bool refuse(struct buf *error, int *exit_code)
{
    (void)error;
    *exit_code = 2;
    return false;
}

/* One loadable piece: inside the RAM, not in the firmware's way, not over another. */
static bool add_segment(struct boot_plan *plan, const char *name, uint64_t address,
                        const uint8_t *data, uint64_t size, uint64_t memory_size, uint64_t top,
                        struct buf *error, int *exit_code)
{
    uint64_t end = address + memory_size;

    if (memory_size == 0)
        return true;
    if (end < address || end > top || (end > 0x9e000 && address < 0x100000)) {
        buf_printf(error,
                   "%s: a segment at 0x%llx of 0x%llx bytes lies outside the RAM, expected it in "
                   "0x0-0x9dfff or 0x100000-0x%llx",
                   name, (unsigned long long)address, (unsigned long long)memory_size,
                   (unsigned long long)top - 1);
        return refuse(error, exit_code);
    }
    if (size > memory_size) {
        buf_printf(error,
                   "%s: a segment has 0x%llx bytes in the file and 0x%llx in memory, "
                   "expected no more in the file",
                   name, (unsigned long long)size, (unsigned long long)memory_size);
        return refuse(error, exit_code);
    }
    for (unsigned i = 0; i < plan->count; i++) {
        const struct boot_segment *other = &plan->segment[i];

        if (address < other->address + other->memory_size && other->address < end) {
            buf_printf(error, "%s: segments at 0x%llx and 0x%llx overlap, expected them apart",
                       name, (unsigned long long)other->address, (unsigned long long)address);
            return refuse(error, exit_code);
        }
    }
    if (plan->count == BOOT_SEGMENTS) {
        buf_printf(error, "%s: more than %u segments", name, BOOT_SEGMENTS);
        return refuse(error, exit_code);
    }
    plan->segment[plan->count++] = (struct boot_segment){ address, memory_size, data, size };
    return true;
}

static bool load_kludge(struct boot_plan *plan, const char *name, const struct buf *file,
                        unsigned at, uint64_t top, struct buf *error, int *exit_code)
{
    const uint8_t *h = file->data + at;
    uint32_t header_address, load_address, load_end, bss_end;
    uint64_t offset, size, memory_size;

    if (at + 32 > file->length) {
        buf_printf(error, "%s: the Multiboot header is cut off", name);
        return refuse(error, exit_code);
    }
    header_address = load_le32(h + 12);
    load_address = load_le32(h + 16);
    load_end = load_le32(h + 20);
    bss_end = load_le32(h + 24);
    plan->entry = load_le32(h + 28);
    if (header_address < load_address || header_address - load_address > at) {
        buf_printf(error,
                   "%s: header address 0x%x and load address 0x%x do not fit the header's "
                   "place at 0x%x in the file",
                   name, header_address, load_address, at);
        return refuse(error, exit_code);
    }
    offset = at - (header_address - load_address);
    size = load_end ? (uint64_t)load_end - load_address : file->length - offset;
    if ((load_end && load_end < load_address) || size > file->length - offset) {
        buf_printf(error, "%s: load end 0x%x is beyond the end of the file (truncated?)", name,
                   load_end);
        return refuse(error, exit_code);
    }
    memory_size = bss_end ? (uint64_t)bss_end - load_address : size;
    if (bss_end && (bss_end < load_address || memory_size < size)) {
        buf_printf(error, "%s: bss end 0x%x lies before the end of what is loaded", name, bss_end);
        return refuse(error, exit_code);
    }
    return add_segment(plan, name, load_address, file->data + offset, size, memory_size, top, error,
                       exit_code);
}

static bool load_elf(struct boot_plan *plan, const char *name, const struct buf *file, uint64_t top,
                     struct buf *error, int *exit_code)
{
    const uint8_t *e = file->data;
    bool wide;
    uint64_t table;
    unsigned count, entry_size;

    if (file->length < 64 || memcmp(e, "\177ELF", 4) || (e[4] != 1 && e[4] != 2) || e[5] != 1) {
        buf_printf(error,
                   "%s: not a little-endian ELF file, and its Multiboot header gives no "
                   "addresses (flag 16)",
                   name);
        return refuse(error, exit_code);
    }
    wide = e[4] == 2;
    plan->entry = wide ? load_le64(e + 24) : load_le32(e + 24);
    table = wide ? load_le64(e + 32) : load_le32(e + 28);
    entry_size = load_le16(e + (wide ? 54 : 42));
    count = load_le16(e + (wide ? 56 : 44));
    if (plan->entry >> 32) {
        buf_printf(error,
                   "%s: entry 0x%llx, expected a 32-bit address (Multiboot starts in 32-bit "
                   "mode)",
                   name, (unsigned long long)plan->entry);
        return refuse(error, exit_code);
    }
    if (entry_size < (wide ? 56u : 32u) || table > file->length ||
        (uint64_t)count * entry_size > file->length - table) {
        buf_printf(error, "%s: the program headers are beyond the end of the file (truncated?)",
                   name);
        return refuse(error, exit_code);
    }
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *p = e + table + (uint64_t)i * entry_size;
        uint64_t offset = wide ? load_le64(p + 8) : load_le32(p + 4);
        uint64_t address = wide ? load_le64(p + 24) : load_le32(p + 12);
        uint64_t size = wide ? load_le64(p + 32) : load_le32(p + 16);
        uint64_t memory_size = wide ? load_le64(p + 40) : load_le32(p + 20);

        if (load_le32(p) != 1)
            continue;
        if (offset > file->length || size > file->length - offset) {
            buf_printf(error, "%s: segment %u is beyond the end of the file (truncated?)", name, i);
            return refuse(error, exit_code);
        }
        if (!add_segment(plan, name, address, e + offset, size, memory_size, top, error, exit_code))
            return false;
    }
    if (plan->count == 0) {
        buf_printf(error, "%s: no loadable segment, expected one at least", name);
        return refuse(error, exit_code);
    }
    return true;
}

static uint64_t segments_end(const struct boot_plan *plan)
{
    uint64_t end = 0x100000;

    for (unsigned i = 0; i < plan->count; i++) {
        if (plan->segment[i].address + plan->segment[i].memory_size > end)
            end = plan->segment[i].address + plan->segment[i].memory_size;
    }
    return (end + PAGE_MASK) & ~PAGE_MASK;
}

struct module {
    uint64_t start, end;
    char *text; /* "FILE ARGS" */
};

/* "file args,file args": GRUB's "module file args". */
static bool load_modules(struct boot_plan *plan, const char *list, struct module *modules,
                         unsigned *count, uint64_t top, struct buf *error, int *exit_code)
{
    while (list && *list) {
        size_t length = strcspn(list, ","), name_length;
        char *text = xcalloc(1, length + 1), *path;
        const struct buf *file;
        uint64_t address = segments_end(plan);

        memcpy(text, list, length);
        list += length + (list[length] == ',');
        if (*count == MAX_MODULES) {
            buf_printf(error, "-initrd: more than %u modules", MAX_MODULES);
            free(text);
            return refuse(error, exit_code);
        }
        name_length = strcspn(text, " ");
        path = xcalloc(1, name_length + 1);
        memcpy(path, text, name_length);
        file = loader_read_file(plan, path, top, error, exit_code);
        free(path);
        if (!file || !add_segment(plan, text, address, file->data, file->length, file->length, top,
                                  error, exit_code)) {
            free(text);
            return false;
        }
        modules[(*count)++] = (struct module){ address, address + file->length, text };
    }
    return true;
}

static uint32_t add_text(struct buf *info, uint64_t base, const char *text)
{
    uint32_t at = (uint32_t)(base + info->length);

    buf_add(info, text, strlen(text) + 1);
    return at;
}

static void add_range(struct buf *map, uint64_t first, uint64_t bytes, uint32_t type)
{
    uint8_t entry[24];

    store_le32(entry, 20); /* size of what follows */
    store_le64(entry + 4, first);
    store_le64(entry + 12, bytes);
    store_le32(entry + 20, type);
    buf_add(map, entry, sizeof entry);
}

/* The information structure with all it points to, behind the kernel and its modules. */
static bool add_information(struct boot_plan *plan, const struct machine_config *config,
                            const struct module *modules, unsigned module_count,
                            uint64_t ram_below_4g, uint64_t ram_above_4g, struct buf *error,
                            int *exit_code)
{
    struct buf *info = &plan->files[plan->file_count++];
    uint64_t base = segments_end(plan), top = ram_below_4g - FIRMWARE_RESERVE;
    uint8_t head[INFO_SIZE] = { 0 }, list[MAX_MODULES * 16] = { 0 };
    struct buf line = { 0 }, map = { 0 };

    buf_add(info, head, sizeof head);
    for (unsigned i = 0; i < module_count; i++) {
        store_le32(list + 16 * i, (uint32_t)modules[i].start);
        store_le32(list + 16 * i + 4, (uint32_t)modules[i].end);
        store_le32(list + 16 * i + 8, add_text(info, base, modules[i].text));
    }
    buf_printf(&line, "%s%s%s", config->kernel, config->append ? " " : "",
               config->append ? config->append : "");
    store_le32(head + 16, add_text(info, base, buf_text(&line)));
    buf_free(&line);
    store_le32(head + 64, add_text(info, base, "vitrine"));
    while (info->length % 16)
        buf_add(info, "", 1);
    store_le32(head + 20, module_count);
    store_le32(head + 24, (uint32_t)(base + info->length));
    buf_add(info, list, 16 * module_count);
    add_range(&map, 0, 0x9e000, 1);
    add_range(&map, 0x9e000, 0x2000, 2);
    add_range(&map, MIB(1) - bios_image_size, bios_image_size, 2);
    add_range(&map, 0x100000, top - 0x100000, 1);
    add_range(&map, top, FIRMWARE_RESERVE, 3);
    add_range(&map, GIB(4) - bios_image_size, bios_image_size, 2);
    if (ram_above_4g)
        add_range(&map, GIB(4), ram_above_4g, 1);
    store_le32(head + 44, (uint32_t)map.length);
    store_le32(head + 48, (uint32_t)(base + info->length));
    buf_add(info, map.data, map.length);
    buf_free(&map);
    store_le32(head, INFO_MEMORY | INFO_CMDLINE | INFO_MODS | INFO_MMAP | INFO_LOADER);
    store_le32(head + 4, 0x9e000 / 1024);
    store_le32(head + 8, (uint32_t)((top - 0x100000) / 1024));
    memcpy(info->data, head, sizeof head);
    plan->argument = base;
    return add_segment(plan, "Multiboot information", base, info->data, info->length, info->length,
                       top, error, exit_code);
}

bool multiboot_plan(struct boot_plan *plan, const struct machine_config *config,
                    const struct buf *file, uint64_t ram_below_4g, uint64_t ram_above_4g,
                    struct buf *error, int *exit_code)
{
    unsigned at = find_header(file), module_count = 0;
    uint32_t flags = load_le32(file->data + at + 4);
    uint64_t top = ram_below_4g - FIRMWARE_RESERVE;
    struct module modules[MAX_MODULES] = { 0 };
    bool ok;

    plan->kind = BOOT_MULTIBOOT;
    if (flags & 0xfffc) {
        buf_printf(error,
                   "%s: its Multiboot header requires features 0x%x, expected page alignment "
                   "and memory information only (0x3)",
                   config->kernel, flags & 0xffff);
        return refuse(error, exit_code);
    }
    ok = flags & HAS_ADDRESSES ? load_kludge(plan, config->kernel, file, at, top, error, exit_code)
                               : load_elf(plan, config->kernel, file, top, error, exit_code);
    ok = ok && load_modules(plan, config->initrd, modules, &module_count, top, error, exit_code) &&
         add_information(plan, config, modules, module_count, ram_below_4g, ram_above_4g, error,
                         exit_code);
    for (unsigned i = 0; i < module_count; i++)
        free(modules[i].text);
    return ok;
}
