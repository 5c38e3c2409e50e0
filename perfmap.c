/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perfmap.c - names for generated host code. perf: a text file of "START SIZE NAME" lines, hexadecimal
 * (Linux, tools/perf/Documentation/jit-interface.txt). gdb: symbol files in memory, one for a batch of
 * blocks (GDB manual, "JIT Compilation Interface").
 */
#include "perfmap.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what gdb looks for, under these names ---- */

struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};

enum { JIT_NOACTION, JIT_REGISTER, JIT_UNREGISTER };

struct jit_descriptor {
    uint32_t version;
    uint32_t action_flag;
    struct jit_code_entry *relevant_entry;
    struct jit_code_entry *first_entry;
};

/* gdb finds this one by its name: the interface asks for a global variable. */
struct jit_descriptor __jit_debug_descriptor = { 1, JIT_NOACTION, NULL, NULL };
void __jit_debug_register_code(void);

/* gdb has a breakpoint here. */
void __attribute__((noinline)) __jit_debug_register_code(void)
{
    __asm__ volatile("" : : : "memory");
}

/* ---- batches ---- */

enum { BATCH = 64 };

struct block_name {
    uint64_t start, size;
    char name[72];
};

struct batch {
    struct jit_code_entry entry; /* first: what gdb sees */
    struct batch *next;
    uint64_t start, end;
    struct buf elf;
};

struct perfmap {
    FILE *file;
    struct block_name waiting[BATCH]; /* gdb has not been told */
    unsigned count;
    struct batch *batches;
};

/*
 * Call frames of blocks, for gdb's backtraces: the prologue pushed RBX RBP R12-R15 and made room for
 * 8 bytes (cpu/tb/thunks.c). DWARF, "Call Frame Information".
 */
static const uint8_t frame_rules[] = {
    1,    0, 1,    0x78, 16,            /* version; code and data alignment; return address */
    0x0c, 7, 64,                        /* CFA: RSP + 64 */
    0x90, 1, 0x83, 2,    0x86, 3,       /* RIP, RBX, RBP below it */
    0x8c, 4, 0x8d, 5,    0x8e, 6, 0x8f, /* R12 R13 R14 ... */
    7,    0, 0,    0,    0,    0, 0,    /* R15; padding */
};

static void add32(struct buf *buf, uint32_t value)
{
    buf_add(buf, &value, sizeof value);
}

static void add64(struct buf *buf, uint64_t value)
{
    buf_add(buf, &value, sizeof value);
}

static void make_frames(const struct batch *batch, struct buf *frames)
{
    add32(frames, 4 + sizeof frame_rules);
    add32(frames, UINT32_MAX);
    buf_add(frames, frame_rules, sizeof frame_rules);
    add32(frames, 4 + 16 + 4);
    add32(frames, 0); /* the rules above */
    add64(frames, batch->start);
    add64(frames, batch->end - batch->start);
    add32(frames, 0); /* padding */
}

enum { S_NULL, S_TEXT, S_FRAME, S_SYMTAB, S_STRTAB, S_SHSTRTAB, S_COUNT };

static const char section_names[] = "\0.text\0.debug_frame\0.symtab\0.strtab\0.shstrtab";

static uint32_t section_name(const char *name)
{
    for (uint32_t i = 0; i < sizeof section_names; i++) {
        if (!strcmp(section_names + i, name))
            return i;
    }
    return 0;
}

/* Append a section's contents, aligned. */
static void put_section(struct batch *batch, Elf64_Shdr *header, const void *bytes, size_t size)
{
    static const uint8_t zeros[8];

    buf_add(&batch->elf, zeros, -batch->elf.length & 7);
    header->sh_offset = batch->elf.length;
    header->sh_size = size;
    header->sh_addralign = 8;
    buf_add(&batch->elf, bytes, size);
}

/* A symbol file with a symbol for each block; the code is where it is. */
static void make_elf(const struct perfmap *map, struct batch *batch)
{
    Elf64_Ehdr head = { .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT };
    Elf64_Shdr section[S_COUNT] = { 0 };
    Elf64_Sym symbols[BATCH + 1] = { 0 };
    struct buf strings = { 0 }, frames = { 0 };

    buf_add(&strings, "", 1);
    for (unsigned i = 0; i < map->count; i++) {
        const struct block_name *block = &map->waiting[i];

        symbols[i + 1] = (Elf64_Sym){ .st_name = (Elf64_Word)strings.length,
                                      .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                                      .st_shndx = S_TEXT,
                                      .st_value = block->start,
                                      .st_size = block->size };
        buf_add(&strings, block->name, strlen(block->name) + 1);
    }
    make_frames(batch, &frames);
    memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = ELFCLASS64;
    head.e_ident[EI_DATA] = ELFDATA2LSB;
    head.e_ident[EI_VERSION] = EV_CURRENT;
    head.e_ehsize = sizeof head;
    head.e_shentsize = sizeof section[0];
    head.e_shnum = S_COUNT;
    head.e_shstrndx = S_SHSTRTAB;
    head.e_shoff = sizeof head;
    buf_add(&batch->elf, &head, sizeof head);
    buf_add(&batch->elf, section, sizeof section);
    section[S_TEXT] = (Elf64_Shdr){ .sh_name = section_name(".text"),
                                    .sh_type = SHT_NOBITS,
                                    .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                    .sh_addr = batch->start,
                                    .sh_size = batch->end - batch->start,
                                    .sh_addralign = 16 };
    section[S_FRAME].sh_name = section_name(".debug_frame");
    section[S_FRAME].sh_type = SHT_PROGBITS;
    put_section(batch, &section[S_FRAME], frames.data, frames.length);
    section[S_SYMTAB] = (Elf64_Shdr){ .sh_name = section_name(".symtab"),
                                      .sh_type = SHT_SYMTAB,
                                      .sh_link = S_STRTAB,
                                      .sh_info = 1,
                                      .sh_entsize = sizeof symbols[0] };
    put_section(batch, &section[S_SYMTAB], symbols, (map->count + 1) * sizeof symbols[0]);
    section[S_STRTAB].sh_name = section_name(".strtab");
    section[S_STRTAB].sh_type = SHT_STRTAB;
    put_section(batch, &section[S_STRTAB], strings.data, strings.length);
    section[S_SHSTRTAB].sh_name = section_name(".shstrtab");
    section[S_SHSTRTAB].sh_type = SHT_STRTAB;
    put_section(batch, &section[S_SHSTRTAB], section_names, sizeof section_names);
    memcpy(batch->elf.data + head.e_shoff, section, sizeof section);
    buf_free(&strings);
    buf_free(&frames);
}

static void notify(uint32_t action, struct jit_code_entry *entry)
{
    __jit_debug_descriptor.action_flag = action;
    __jit_debug_descriptor.relevant_entry = entry;
    __jit_debug_register_code();
    __jit_debug_descriptor.action_flag = JIT_NOACTION;
}

void perfmap_tell_gdb(struct perfmap *map)
{
    struct batch *batch;

    if (!map->count)
        return;
    batch = xcalloc(1, sizeof *batch);
    batch->start = UINT64_MAX;
    for (unsigned i = 0; i < map->count; i++) {
        const struct block_name *block = &map->waiting[i];

        if (block->start < batch->start)
            batch->start = block->start;
        if (block->start + block->size > batch->end)
            batch->end = block->start + block->size;
    }
    make_elf(map, batch);
    map->count = 0;
    batch->next = map->batches;
    map->batches = batch;
    batch->entry.symfile_addr = (const char *)batch->elf.data;
    batch->entry.symfile_size = batch->elf.length;
    batch->entry.next_entry = __jit_debug_descriptor.first_entry;
    if (batch->entry.next_entry)
        batch->entry.next_entry->prev_entry = &batch->entry;
    __jit_debug_descriptor.first_entry = &batch->entry;
    notify(JIT_REGISTER, &batch->entry);
}

static void drop_batch(struct batch *batch)
{
    struct jit_code_entry *entry = &batch->entry;

    if (entry->prev_entry)
        entry->prev_entry->next_entry = entry->next_entry;
    else
        __jit_debug_descriptor.first_entry = entry->next_entry;
    if (entry->next_entry)
        entry->next_entry->prev_entry = entry->prev_entry;
    notify(JIT_UNREGISTER, entry);
    buf_free(&batch->elf);
    free(batch);
}

/* ---- what the engine calls ---- */

static void code_made(void *context, const void *start, size_t bytes, const char *name)
{
    struct perfmap *map = context;
    struct block_name *block = &map->waiting[map->count++];

    fprintf(map->file, "%llx %zx %s\n", (unsigned long long)(uintptr_t)start, bytes, name);
    block->start = (uint64_t)(uintptr_t)start;
    block->size = bytes;
    snprintf(block->name, sizeof block->name, "%s", name);
    if (map->count == BATCH)
        perfmap_tell_gdb(map);
}

static void code_dropped(void *context, const void *start, size_t bytes)
{
    struct perfmap *map = context;
    uint64_t first = (uint64_t)(uintptr_t)start, end = first + bytes;
    unsigned kept = 0;

    for (struct batch **link = &map->batches; *link;) {
        struct batch *batch = *link;

        if (batch->start < end && batch->end > first) {
            *link = batch->next;
            drop_batch(batch);
        } else {
            link = &batch->next;
        }
    }
    for (unsigned i = 0; i < map->count; i++) {
        if (map->waiting[i].start >= end || map->waiting[i].start < first)
            map->waiting[kept++] = map->waiting[i];
    }
    map->count = kept;
}

void perfmap_lend(struct perfmap *map, struct cpu_host *host)
{
    host->context = map;
    host->code_made = code_made;
    host->code_dropped = code_dropped;
}

struct perfmap *perfmap_create(struct buf *error)
{
    struct perfmap *map = xcalloc(1, sizeof *map);
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    /* A file of an earlier process, not what somebody else lets us write to. */
    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    map->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!map->file) {
        buf_printf(error, "-perfmap: %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        free(map);
        return NULL;
    }
    setvbuf(map->file, NULL, _IOLBF, 0); /* perf top reads it while we run */
    return map;
}

void perfmap_destroy(struct perfmap *map)
{
    if (!map)
        return;
    while (map->batches) {
        struct batch *next = map->batches->next;

        drop_batch(map->batches);
        map->batches = next;
    }
    fclose(map->file);
    free(map);
}
