/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/symbol_elf.c - the symbol table of an ELF32 or ELF64 file. Every offset and count comes
 * from the file and is checked against its length.
 * Source: System V ABI, "Object Files"; the x86-64 psABI for the machine numbers.
 */
#include <stdlib.h>
#include <string.h>

#include "debugger/symbol_file.h"
#include "util/bits.h"

enum {
    EI_CLASS = 4,
    EI_DATA = 5,
    CLASS_32 = 1,
    CLASS_64 = 2,
    DATA_LSB = 1,
    SHT_SYMTAB = 2,
    SHT_DYNSYM = 11,
    SHN_UNDEF = 0,
    SHN_ABS = 0xfff1,
    SHN_COMMON = 0xfff2,
    STT_OBJECT = 1,
    STT_FUNC = 2,
    STT_SECTION = 3,
    STT_FILE = 4,
    STT_TLS = 6,
    STB_LOCAL = 0,
    STB_WEAK = 2,
    SECTIONS_MOST = 1 << 20,
};
#define SYMBOLS_MOST (UINT64_C(64) << 20)

struct section {
    uint32_t type, link;
    uint64_t offset, size, entry_size;
};

struct elf {
    const struct symbol_source *source;
    bool wide; /* ELF64 */
    uint64_t sections, section_count;
    uint16_t section_size;
};

static bool read_section(const struct elf *elf, uint64_t index, struct section *section)
{
    uint8_t raw[64];
    uint64_t at;

    if (index >= elf->section_count ||
        __builtin_add_overflow(elf->sections, index * elf->section_size, &at) ||
        !source_read(elf->source, at, raw, elf->wide ? 64 : 40))
        return false;
    section->type = load_le32(raw + 4);
    if (elf->wide) {
        section->offset = load_le64(raw + 24);
        section->size = load_le64(raw + 32);
        section->link = load_le32(raw + 40);
        section->entry_size = load_le64(raw + 56);
    } else {
        section->offset = load_le32(raw + 16);
        section->size = load_le32(raw + 20);
        section->link = load_le32(raw + 24);
        section->entry_size = load_le32(raw + 36);
    }
    return true;
}

static bool open_elf(struct elf *elf, struct buf *error)
{
    const struct symbol_source *source = elf->source;
    uint8_t head[64];
    unsigned machine;

    if (!source_read(source, 0, head, 20)) {
        buf_printf(error, "%s: truncated ELF header", source->name);
        return false;
    }
    elf->wide = head[EI_CLASS] == CLASS_64;
    if ((!elf->wide && head[EI_CLASS] != CLASS_32) || head[EI_DATA] != DATA_LSB) {
        buf_printf(error, "%s: ELF class %u, data %u; expected little-endian ELF32 or ELF64",
                   source->name, head[EI_CLASS], head[EI_DATA]);
        return false;
    }
    machine = load_le16(head + 18);
    if (machine != 3 && machine != 62) {
        buf_printf(error, "%s: ELF machine %u, expected 3 (i386) or 62 (x86-64)", source->name,
                   machine);
        return false;
    }
    if (!source_read(source, 0, head, elf->wide ? 64 : 52)) {
        buf_printf(error, "%s: truncated ELF header", source->name);
        return false;
    }
    elf->sections = elf->wide ? load_le64(head + 40) : load_le32(head + 32);
    elf->section_size = load_le16(head + (elf->wide ? 58 : 46));
    elf->section_count = load_le16(head + (elf->wide ? 60 : 48));
    if (elf->sections && elf->section_size < (elf->wide ? 64 : 40)) {
        buf_printf(error, "%s: ELF section headers of %u bytes, expected %u", source->name,
                   elf->section_size, elf->wide ? 64 : 40);
        return false;
    }
    if (elf->sections && !elf->section_count) { /* more than 65279: the count is in section 0 */
        struct section zero;

        elf->section_count = 1;
        if (read_section(elf, 0, &zero))
            elf->section_count = zero.size;
    }
    if (elf->section_count > SECTIONS_MOST) {
        buf_printf(error, "%s: %llu ELF sections, at most %u expected", source->name,
                   (unsigned long long)elf->section_count, SECTIONS_MOST);
        return false;
    }
    return true;
}

/* Functions before data before labels; global before weak before local. */
static unsigned symbol_rank(unsigned info)
{
    unsigned type = info & 15, bind = info >> 4;

    return (type == STT_FUNC     ? 0
            : type == STT_OBJECT ? 3
                                 : 6) +
           (bind == STB_LOCAL  ? 2
            : bind == STB_WEAK ? 1
                               : 0);
}

static void add_symbol(struct symbols *symbols, const struct elf *elf, const uint8_t *raw,
                       const char *strings, uint64_t string_bytes, uint64_t offset)
{
    uint32_t name = load_le32(raw);
    unsigned info = raw[elf->wide ? 4 : 12], type = info & 15;
    unsigned section = load_le16(raw + (elf->wide ? 6 : 14));
    uint64_t value = elf->wide ? load_le64(raw + 8) : load_le32(raw + 4);
    uint64_t size = elf->wide ? load_le64(raw + 16) : load_le32(raw + 8);

    if (section == SHN_UNDEF || section == SHN_COMMON || type == STT_SECTION || type == STT_FILE ||
        type == STT_TLS || name >= string_bytes)
        return;
    value += section == SHN_ABS ? 0 : offset;
    if (!elf->wide)
        value &= 0xffffffff;
    symbols_add(symbols, strings + name, strnlen(strings + name, string_bytes - name), value, size,
                symbol_rank(info));
}

static bool read_table(struct symbols *symbols, const struct elf *elf, const struct section *table,
                       uint64_t offset, struct buf *error)
{
    const struct symbol_source *source = elf->source;
    unsigned least = elf->wide ? 24 : 16;
    struct section names;
    char *strings;
    uint8_t *raw;
    uint64_t count;
    bool ok;

    if (table->entry_size != least || !read_section(elf, table->link, &names)) {
        buf_printf(error, "%s: damaged ELF symbol table (entries of %llu bytes, expected %u)",
                   source->name, (unsigned long long)table->entry_size, least);
        return false;
    }
    count = table->size / least;
    if (table->offset > source->length || table->size > source->length - table->offset ||
        names.offset > source->length || names.size > source->length - names.offset ||
        count > SYMBOLS_MOST || names.size > UINT32_MAX) {
        buf_printf(error, "%s: truncated, its ELF symbol table lies beyond the end of the file",
                   source->name);
        return false;
    }
    strings = xrealloc(NULL, names.size + 1);
    raw = xrealloc(NULL, table->size + 1);
    ok = source_read(source, names.offset, strings, names.size) &&
         source_read(source, table->offset, raw, table->size);
    if (ok)
        for (uint64_t i = 1; i < count; i++) /* entry 0 is reserved */
            add_symbol(symbols, elf, raw + i * least, strings, names.size, offset);
    else
        buf_printf(error, "%s: cannot be read to its end", source->name);
    free(strings);
    free(raw);
    return ok;
}

bool symbols_read_elf(struct symbols *symbols, const struct symbol_source *source, uint64_t offset,
                      const char **format, struct buf *error)
{
    struct elf elf = { .source = source };
    size_t before = symbols->count;
    static const uint32_t wanted[] = { SHT_SYMTAB, SHT_DYNSYM };

    if (!open_elf(&elf, error))
        return false;
    *format = elf.wide ? "ELF64" : "ELF32";
    for (unsigned w = 0; w < ARRAY_SIZE(wanted); w++)
        for (uint64_t i = 0; i < elf.section_count; i++) {
            struct section section;

            if (!read_section(&elf, i, &section)) {
                buf_printf(error, "%s: truncated, ELF section header %llu is missing", source->name,
                           (unsigned long long)i);
                return false;
            }
            if (section.type != wanted[w])
                continue;
            if (!read_table(symbols, &elf, &section, offset, error))
                return false;
            if (symbols->count > before)
                return true;
        }
    buf_printf(error, "%s: no symbols in this ELF file (stripped?)", source->name);
    return false;
}
