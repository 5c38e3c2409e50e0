/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/compare_report.c - a difference in words: instruction, both states, both memory writes. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "cpu/disasm.h"
#include "cpu/eflags.h"
#include "cpu/insn_table.h"
#include "machine/compare.h"
#include "util/text.h"

enum { MOST_RANGES = 24, MOST_RANGE_BYTES = 32, MOST_PIECES = 32, MOST_NAMES = 12 };

/* One piece of a field, at most 8 bytes: before, and in both machines. */
struct piece {
    char name[48];
    const struct field *field;
    unsigned size;
    uint64_t before, value[2];
    bool differs, changed;
};

typedef void (*piece_fn)(void *context, const struct piece *piece);

static uint64_t load(const uint8_t *p, unsigned size)
{
    return load_le(p, size);
}

/* The three words behind the status flags are shown as EFLAGS bits. */
static bool is_flag_word(const struct field *field)
{
    return !strncmp(field->name, "flags_", 6);
}

static void visit_field(const char *part, const struct field *field, const uint8_t *before,
                        const uint8_t *a, const uint8_t *b, piece_fn visit, void *context)
{
    unsigned step = field->size > 8 ? 8 : field->size;
    bool one = field->count == 1 && field->size <= 8;
    unsigned told = 0;

    for (unsigned i = 0; i < field->count; i++) {
        for (unsigned at = 0; at < field->size; at += step) {
            size_t offset = (size_t)i * field->size + at;
            struct piece piece = { .field = field };
            int n;

            piece.size = field->size - at < step ? field->size - at : step;
            while (piece.size & (piece.size - 1)) /* the end of an odd run of bytes */
                piece.size &= piece.size - 1;
            piece.before = load(before + offset, piece.size);
            piece.value[0] = load(a + offset, piece.size);
            piece.value[1] = load(b + offset, piece.size);
            piece.differs = piece.value[0] != piece.value[1];
            piece.changed = piece.before != piece.value[0];
            n = snprintf(piece.name, sizeof piece.name, "%s%s%.24s", part, *part ? "." : "",
                         field->name);
            if (!one && field->size > 8 && field->count > 1)
                snprintf(piece.name + n, sizeof piece.name - (size_t)n, "[%u]+%u", i, at);
            else if (!one && field->size > 8)
                snprintf(piece.name + n, sizeof piece.name - (size_t)n, "+0x%x", at);
            else if (!one)
                snprintf(piece.name + n, sizeof piece.name - (size_t)n, "[%u]", i);
            if ((!one && !piece.differs && !piece.changed) || told++ >= MOST_PIECES)
                continue;
            visit(context, &piece);
        }
    }
}

/* Every field of every part, in order; of long ones only pieces that changed or differ. */
static void visit_fields(struct compare *compare, piece_fn visit, void *context)
{
    struct machine_part a[MACHINE_PARTS_MOST], b[MACHINE_PARTS_MOST];
    unsigned count = machine_parts(compare->machine[0], a, MACHINE_PARTS_MOST);
    const uint8_t *before = compare->base.state.rows.data;

    machine_parts(compare->machine[1], b, MACHINE_PARTS_MOST);
    for (unsigned i = 0; i < count; i++) {
        for (const struct field *f = a[i].fields; f->name; f++) {
            size_t bytes = (size_t)f->size * f->count;

            if (f->format == FMT_DERIVED || !bytes)
                continue;
            if (i || !is_flag_word(f)) /* part 0 is the processor */
                visit_field(i ? a[i].name : "", f, before, (uint8_t *)a[i].state + f->offset,
                            (uint8_t *)b[i].state + f->offset, visit, context);
            before += bytes;
        }
    }
}

/* ---- status flags ---- */

static const struct {
    uint32_t bit;
    const char *name;
} flag_names[] = { { OF, "OF" }, { SF, "SF" }, { ZF, "ZF" },
                   { AF, "AF" }, { PF, "PF" }, { CF, "CF" } };

void compare_list_flags(uint64_t flags, struct buf *text)
{
    bool first = true;

    for (unsigned i = 0; i < ARRAY_SIZE(flag_names); i++) {
        if (flags & flag_names[i].bit) {
            buf_printf(text, "%s%s", first ? "" : " ", flag_names[i].name);
            first = false;
        }
    }
    if (first)
        buf_add_text(text, "none");
}

/* The status flags of the last equal state. */
static uint32_t flags_before(const struct compare *compare)
{
    const uint8_t *before = compare->base.state.rows.data;
    static const struct cpu none;
    struct cpu words = none;

    for (const struct field *f = cpu_fields; f->name; f++) {
        if (f->format == FMT_DERIVED)
            continue;
        if (is_flag_word(f))
            memcpy((uint8_t *)&words + f->offset, before, f->size);
        before += (size_t)f->size * f->count;
    }
    return flags_status(&words);
}

/* ---- memory ---- */

static phys_addr address_of(const struct machine *machine, uint64_t offset)
{
    return pc_ram_address(machine->pc, offset);
}

typedef void (*range_fn)(void *context, const struct compare *compare, uint64_t offset,
                         unsigned bytes);

/* Runs of bytes of a machine's memory that changed since the last equal state. */
static void visit_writes(const struct compare *compare, const struct machine *machine,
                         range_fn visit, void *context)
{
    const struct ram *ram = &machine->ram;
    const uint8_t *image = compare->base.image.bytes;

    for (uint64_t i = 0; i < ram->dirty_count; i++) {
        uint64_t first = (uint64_t)ram->dirty[i] * PAGE_SIZE, at = first;

        while (at < first + PAGE_SIZE) {
            uint64_t end = at;

            while (end < first + PAGE_SIZE && end - at < MOST_RANGE_BYTES &&
                   ram->bytes[end] != image[end])
                end++;
            if (end > at)
                visit(context, compare, at, (unsigned)(end - at));
            at = end > at ? end : at + 1;
        }
    }
}

struct writes {
    struct out *out;
    unsigned which, count;
};

static void print_write(void *context, const struct compare *compare, uint64_t offset,
                        unsigned bytes)
{
    struct writes *w = context;
    const uint8_t *was = compare->base.image.bytes + offset;
    const uint8_t *is = compare->machine[w->which]->ram.bytes + offset;
    bool same = !memcmp(is, compare->machine[!w->which]->ram.bytes + offset, bytes);

    if (w->count++ >= MOST_RANGES)
        return;
    out_printf(w->out, "%c 0x%010" PRIx64 ":", same ? ' ' : '*',
               address_of(compare->machine[0], offset));
    for (unsigned i = 0; i < bytes; i++)
        out_printf(w->out, " %02x", was[i]);
    out_text(w->out, " ->");
    for (unsigned i = 0; i < bytes; i++)
        out_printf(w->out, " %02x", is[i]);
    out_text(w->out, "\n");
}

static void print_writes(const struct compare *compare, unsigned which, struct out *out)
{
    struct writes w = { out, which, 0 };

    out_printf(out, "\nmemory that %s changed (physical address: before -> after)\n",
               compare->options.engine[which]);
    visit_writes(compare, compare->machine[which], print_write, &w);
    if (!w.count)
        out_text(out, "  none\n");
    else if (w.count > MOST_RANGES)
        out_printf(out, "  and %u more\n", w.count - MOST_RANGES);
}

struct places {
    struct buf *text;
    unsigned which, count;
};

static void add_place(void *context, const struct compare *compare, uint64_t offset, unsigned bytes)
{
    struct places *p = context;
    const struct ram *mine = &compare->machine[p->which]->ram;
    const struct ram *others = &compare->machine[!p->which]->ram;

    for (unsigned i = 0; i < bytes; i++) {
        if (mine->bytes[offset + i] == others->bytes[offset + i])
            continue;
        /* what both wrote was told of by the first */
        if (p->which &&
            compare->machine[0]->ram.bytes[offset + i] != compare->base.image.bytes[offset + i])
            return;
        if (p->count++ < MOST_NAMES)
            buf_printf(p->text, "%smemory 0x%" PRIx64, p->text->length ? ", " : "",
                       address_of(compare->machine[0], offset + i));
        return;
    }
}

/* ---- which fields ---- */

struct names {
    struct buf *text;
    unsigned count;
};

static void add_name(void *context, const struct piece *piece)
{
    struct names *names = context;

    if (!piece->differs)
        return;
    if (names->count < MOST_NAMES)
        buf_printf(names->text, "%s%s", names->text->length ? ", " : "", piece->name);
    else if (names->count == MOST_NAMES)
        buf_add_text(names->text, ", ...");
    names->count++;
}

static void add_medium(struct compare *compare, struct buf *text)
{
    enum media_unit unit;
    uint64_t sector;

    if (media_differ(compare->machine[0], compare->machine[1], &unit, &sector))
        buf_printf(text, "%s%s sector %" PRIu64, text->length ? ", " : "", media_unit_name(unit),
                   sector);
}

static void add_events(struct compare *compare, struct buf *text)
{
    const struct event *e = compare->machine[0]->clock.events;
    const struct event *f = compare->machine[1]->clock.events;

    for (; e && f; e = e->registered_before, f = f->registered_before) {
        if (e->queued != f->queued || (e->queued && e->when != f->when))
            buf_printf(text, "%sevent '%s'", text->length ? ", " : "", e->name);
    }
}

void compare_name_fields(struct compare *compare, struct buf *text)
{
    struct difference *d = &compare->difference;
    struct names names = { text, 0 };
    struct cpu *a = compare->machine[0]->cpu, *b = compare->machine[1]->cpu;

    cpu_settle(a);
    cpu_settle(b);
    d->flags = flags_status(a) ^ flags_status(b);
    if (clock_now(a->clock) != clock_now(b->clock))
        buf_add_text(text, "the tick");
    visit_fields(compare, add_name, &names);
    add_events(compare, text);
    for (unsigned i = 0; i < 2; i++) {
        struct places places = { text, i, 0 };

        visit_writes(compare, compare->machine[i], add_place, &places);
    }
    add_medium(compare, text);
    d->only_flags = d->flags && !text->length;
    if (d->flags) {
        struct buf flags = { 0 };

        compare_list_flags(d->flags, &flags);
        if (text->length)
            buf_add_text(&flags, ", ");
        buf_add(&flags, text->data, text->length);
        buf_clear(text);
        buf_add(text, flags.data, flags.length);
        buf_free(&flags);
    }
    if (!text->length)
        buf_add_text(text, "how the run ended");
}

/* ---- the report ---- */

static void value_text(const struct piece *piece, uint64_t value, char text[24])
{
    if (piece->field->format == FMT_DEC && piece->size >= 4)
        snprintf(text, 24, "%" PRIu64, value);
    else
        snprintf(text, 24, "0x%0*" PRIx64, (int)piece->size * 2, value);
}

/* Of a state these are always told; the rest where it changed or differs. */
static bool is_main_field(const struct piece *piece)
{
    static const char *const names[] = {
        "rax",         "rcx",         "rdx",         "rbx",         "rsp",         "rbp",
        "rsi",         "rdi",         "r8",          "r9",          "r10",         "r11",
        "r12",         "r13",         "r14",         "r15",         "rip",         "eflags",
        "cpl",         "cr0",         "cr2",         "cr3",         "cr4",         "efer",
        "es.selector", "cs.selector", "ss.selector", "ds.selector", "fs.selector", "gs.selector"
    };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(piece->name, names[i]))
            return true;
    }
    return false;
}

static void print_row(struct out *out, bool differs, const char *name, const char *before,
                      const char *a, const char *b)
{
    out_printf(out, "%c %-22s %-20s %-20s %s\n", differs ? '*' : ' ', name, before, a, b);
}

static void print_piece(void *context, const struct piece *piece)
{
    char before[24], a[24], b[24];

    if (!piece->differs && !piece->changed && !is_main_field(piece))
        return;
    value_text(piece, piece->before, before);
    value_text(piece, piece->value[0], a);
    value_text(piece, piece->value[1], b);
    print_row(context, piece->differs, piece->name, before, a, b);
}

static void print_states(struct compare *compare, struct out *out)
{
    struct buf flags[3] = { { 0 } };
    char tick[3][24];
    uint64_t now[2];

    compare_list_flags(flags_before(compare), &flags[0]);
    for (unsigned i = 0; i < 2; i++) {
        compare_list_flags(flags_status(compare->machine[i]->cpu), &flags[i + 1]);
        now[i] = clock_now(&compare->machine[i]->clock);
        snprintf(tick[i + 1], sizeof tick[0], "%" PRIu64, now[i]);
    }
    snprintf(tick[0], sizeof tick[0], "%" PRIu64, compare->base.state.tick);
    out_text(out, "\nstates; * differs\n");
    print_row(out, false, "", "before", compare->options.engine[0], compare->options.engine[1]);
    print_row(out, now[0] != now[1], "tick", tick[0], tick[1], tick[2]);
    print_row(out, compare->difference.flags != 0, "status flags", buf_text(&flags[0]),
              buf_text(&flags[1]), buf_text(&flags[2]));
    visit_fields(compare, print_piece, out);
    for (unsigned i = 0; i < 3; i++)
        buf_free(&flags[i]);
}

void compare_print_steps(const struct compare *compare, const char *title, struct out *out)
{
    const struct difference *d = &compare->difference;

    out_printf(out, "\ninstructions of %s%s\n", compare->options.engine[0], title);
    for (unsigned i = 0; i < d->steps; i++) {
        const struct compare_step *step = &d->step[i];
        struct buf text = { 0 }, bytes = { 0 };
        unsigned length = 0;

        if (step->count)
            length = disasm_bytes(step->bytes, step->count, step->mode, step->rip,
                                  compare->machine[0]->cpu->features, NULL, &text);
        for (unsigned k = 0; k < length; k++)
            buf_printf(&bytes, "%02x", step->bytes[k]);
        if (step->interrupt >= 0)
            out_printf(out, "                 interrupt 0x%02x is taken\n", step->interrupt);
        out_printf(out, "%c %-14" PRIu64 " %04x:%0*" PRIx64 "  %-22s %s", i == d->named ? '*' : ' ',
                   step->tick, step->cs, step->mode & MODE_CODE64 ? 16 : 8, step->rip,
                   buf_text(&bytes), length ? buf_text(&text) : "(cannot be read)");
        if (step->exception >= 0)
            out_printf(out, "    -> %s", vector_name((unsigned)step->exception));
        out_text(out, "\n");
        buf_free(&text);
        buf_free(&bytes);
    }
    if (!d->steps)
        out_text(out, "  none: the processor does not run\n");
}

static void print_place(const struct compare *compare, struct out *out)
{
    const struct difference *d = &compare->difference;
    struct buf flags = { 0 };

    switch (d->place) {
    case PLACE_INSTRUCTION:
        out_printf(out, "first instruction that differs: %s\n", d->insn_text);
        break;
    case PLACE_BLOCK:
        out_printf(out,
                   "first block that differs: %" PRIu64 " instruction%s, the last is %s\n"
                   "Each of them agrees when it is run alone.\n",
                   d->ticks, d->ticks == 1 ? "" : "s", d->insn_text);
        break;
    case PLACE_SLICE:
        out_printf(out,
                   "somewhere in %" PRIu64
                   " ticks: run again from the last equal state, the engines "
                   "agree\nWhat follows is the state in which they agree.\n",
                   d->ticks);
        break;
    }
    if (d->row)
        out_printf(out, "row: %s, %s\n", d->row->id, d->row->title);
    out_printf(out, "differs: %s\n", buf_text((struct buf *)&d->fields));
    if (d->row && d->row->flags_undefined) {
        compare_list_flags(d->row->flags_undefined, &flags);
        out_printf(out, "undefined in the manual after this instruction: %s%s\n", buf_text(&flags),
                   d->only_undefined ? "; nothing else differs" : "");
    } else if (d->flags && d->row) {
        out_text(out, "undefined in the manual after this instruction: nothing\n");
    }
    buf_free(&flags);
}

static void print_translations(struct compare *compare, struct out *out)
{
    const struct difference *d = &compare->difference;

    for (unsigned i = 0; i < 2; i++) {
        const struct cpu *cpu = compare->machine[i]->cpu;
        const struct compare_step *step = &d->step[d->place == PLACE_INSTRUCTION ? d->named : 0];
        lin_addr la =
            step->mode & MODE_CODE64 ? step->rip : (uint32_t)(cpu->seg[SEG_CS].base + step->rip);

        if (!cpu->engine->show || !d->steps)
            continue;
        out_printf(out, "\nwhat %s makes of it\n", compare->options.engine[i]);
        cpu->engine->show(cpu, la, out);
    }
}

void compare_report(struct compare *compare)
{
    struct difference *d = &compare->difference;
    struct out out;

    buf_clear(&d->report);
    out_to_buf(&out, &d->report);
    out_printf(&out, "%s and %s differ after tick %" PRIu64 "\n", compare->options.engine[0],
               compare->options.engine[1], d->tick);
    print_place(compare, &out);
    compare_print_steps(compare, " from the last equal state on", &out);
    print_states(compare, &out);
    print_writes(compare, 0, &out);
    print_writes(compare, 1, &out);
    print_translations(compare, &out);
}

static bool write_file(const char *folder, const char *name, struct buf *text, struct buf *error)
{
    struct buf path = { 0 };
    FILE *file;
    bool ok;

    buf_printf(&path, "%s/%s", folder, name);
    file = fopen(buf_text(&path), "w");
    ok = file && fwrite(buf_text(text), 1, text->length, file) == text->length;
    if (file && fclose(file) != 0)
        ok = false;
    if (!ok)
        buf_printf(error, "%s: %s", buf_text(&path), strerror(errno));
    buf_free(&path);
    return ok;
}

bool compare_write(const struct compare *compare, const char *folder, struct buf *path,
                   struct buf *error)
{
    const struct difference *d = &compare->difference;

    buf_clear(path);
    buf_printf(path, "%s%sdivergence-%" PRIu64, folder, *folder ? "/" : "", d->tick);
    if (mkdir(buf_text(path), 0777) != 0 && errno != EEXIST) {
        buf_printf(error, "%s: %s", buf_text(path), strerror(errno));
        return false;
    }
    return write_file(buf_text(path), "report.txt", (struct buf *)&d->report, error) &&
           write_file(buf_text(path), "repro.case", (struct buf *)&d->test_case, error);
}
