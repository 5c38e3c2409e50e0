/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/compare_gdb_report.c - a difference from a foreign emulator in words. */
#include <inttypes.h>
#include <string.h>

#include "cpu/insn_table.h"
#include "machine/compare_gdb.h"
#include "util/bits.h"

static bool is_zero(const uint8_t *bytes)
{
    static const uint8_t none[GDB_VALUE_BYTES];

    return !memcmp(bytes, none, sizeof none);
}

static void value_text(const struct gdb_pair *pair, const uint8_t *bytes, char text[40])
{
    char *at = text + sprintf(text, "0x");

    for (unsigned i = pair->reg->bytes; i--;)
        at += sprintf(at, "%02x", bytes[i]);
}

/* "CF" for a status flag, the register's name for the rest. */
static void add_names(const struct compare *compare, const struct gdb_pair *pair,
                      struct difference *d)
{
    uint8_t diff[GDB_VALUE_BYTES];
    struct buf flags = { 0 };

    if (!gdb_pair_differs(compare->machine[0]->cpu, pair, diff))
        return;
    if (d->fields.length)
        buf_add_text(&d->fields, ", ");
    if (pair->kind == GDB_FLAGS && !(load_le32(diff) & ~(uint32_t)EFLAGS_STATUS)) {
        const struct row *row = compare->gdb->step.row;
        uint32_t undefined = row ? row->flags_undefined : 0;

        d->flags = load_le32(diff);
        if (d->flags & ~undefined) /* the others are known to differ */
            d->flags &= ~undefined;
        compare_list_flags(d->flags, &flags);
        buf_add_text(&d->fields, buf_text(&flags));
        buf_free(&flags);
        return;
    }
    buf_add_text(&d->fields, pair->reg->name);
}

static void print_states(const struct compare *compare, struct out *out)
{
    const struct compare_gdb *gdb = compare->gdb;

    out_text(out, "\nstates; * differs\n");
    out_printf(out, "  %-10s %-34s %-34s %s\n", "", "before", compare->options.engine[0],
               compare->options.engine[1]);
    for (unsigned i = 0; i < gdb->pairs; i++) {
        const struct gdb_pair *pair = &gdb->pair[i];
        char before[40], ours[40], theirs[40];

        if (!pair->differs && is_zero(pair->ours) && is_zero(pair->before))
            continue;
        value_text(pair, pair->before, before);
        value_text(pair, pair->ours, ours);
        value_text(pair, pair->theirs, theirs);
        out_printf(out, "%c %-10s %-34s %-34s %s\n", pair->differs ? '*' : ' ', pair->reg->name,
                   before, ours, pair->known ? theirs : "not available");
    }
}

static void print_place(const struct compare *compare, const char *how, struct out *out)
{
    const struct difference *d = &compare->difference;
    struct buf flags = { 0 };

    if (d->place == PLACE_INSTRUCTION)
        out_printf(out, "first instruction that differs: %s\n", d->insn_text);
    else
        out_printf(out, "somewhere in %" PRIu64 " steps, the last is %s\n", d->ticks, d->insn_text);
    if (d->row)
        out_printf(out, "row: %s, %s\n", d->row->id, d->row->title);
    out_printf(out, "differs: %s%s%s\n", buf_text((struct buf *)&d->fields), how ? "; " : "",
               how ? how : "");
    if (d->row && d->row->flags_undefined && d->flags) {
        compare_list_flags(d->row->flags_undefined, &flags);
        out_printf(out, "undefined in the manual after this instruction: %s\n", buf_text(&flags));
    }
    buf_free(&flags);
}

void gdb_report(struct compare *compare, uint64_t tick, uint64_t steps, const char *how)
{
    struct compare_gdb *gdb = compare->gdb;
    struct difference *d = &compare->difference;
    struct out out;

    d->place = steps > 1 ? PLACE_SLICE : PLACE_INSTRUCTION;
    d->tick = tick;
    d->ticks = steps;
    d->flags = 0;
    d->only_flags = d->only_undefined = false;
    buf_clear(&d->fields);
    for (unsigned i = 0; i < gdb->pairs; i++) {
        if (gdb->pair[i].differs)
            add_names(compare, &gdb->pair[i], d);
    }
    if (gdb->memory.length)
        buf_printf(&d->fields, "%s%s", d->fields.length ? ", " : "", buf_text(&gdb->memory));
    if (!d->fields.length)
        buf_add_text(&d->fields, how ? how : "nothing");
    d->named = d->steps ? d->steps - 1 : 0;
    compare_name_instruction(d, compare->machine[0]->cpu);

    buf_clear(&d->report);
    out_to_buf(&out, &d->report);
    out_printf(&out, "%s and gdb:%s differ after tick %" PRIu64 "\n", compare->options.engine[0],
               compare->options.gdb, d->tick);
    print_place(compare, how, &out);
    compare_print_steps(compare, " up to the difference", &out);
    print_states(compare, &out);
    if (gdb->memory_report.length)
        out_printf(&out, "\nmemory that differs (physical address)\n%s",
                   buf_text(&gdb->memory_report));
    out_text(&out, "\nknown differences that were passed over up to here\n");
    gdb_known_reasons(gdb, &out);
    compare_go_back(compare);
    compare_report_case(compare);
}
