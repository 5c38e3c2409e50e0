/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/compare.c - two machines in lockstep: slices, what is compared, the last equal state. */
#include "machine/compare.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/break.h"
#include "cpu/tlb.h"
#include "cpu/watch.h"
#include "machine/compare_gdb.h"
#include "util/text.h"

static struct machine *lead_of(const struct compare *compare)
{
    return compare->machine[compare->lead];
}

static struct machine *other_of(const struct compare *compare)
{
    return compare->machine[!compare->lead];
}

static bool same_events(const struct clock *a, const struct clock *b)
{
    const struct event *e = a->events, *f = b->events;

    for (; e && f; e = e->registered_before, f = f->registered_before) {
        if (e->queued != f->queued || (e->queued && e->when != f->when))
            return false;
    }
    return !e && !f;
}

static bool same_rows(struct machine *a, struct machine *b)
{
    const struct machine_rows *rows = machine_rows(a), *others = machine_rows(b);

    for (unsigned i = 0; i < rows->count; i++) {
        if (memcmp(rows->run[i].at, others->run[i].at, rows->run[i].bytes) != 0)
            return false;
    }
    return true;
}

static bool same_pages(struct compare *compare)
{
    const struct ram *a = &lead_of(compare)->ram, *b = &other_of(compare)->ram;

    for (uint64_t i = 0; i < a->dirty_count; i++) {
        uint64_t offset = (uint64_t)a->dirty[i] * PAGE_SIZE;

        if (memcmp(a->bytes + offset, b->bytes + offset, PAGE_SIZE) != 0)
            return false;
    }
    for (uint64_t i = 0; i < b->dirty_count; i++) {
        uint64_t offset = (uint64_t)b->dirty[i] * PAGE_SIZE;

        if (!ram_is_dirty(a, b->dirty[i]) &&
            memcmp(a->bytes + offset, b->bytes + offset, PAGE_SIZE) != 0)
            return false;
    }
    return true;
}

static bool same_media(struct machine *a, struct machine *b)
{
    enum media_unit unit;
    uint64_t sector;

    return !media_differ(a, b, &unit, &sector);
}

bool compare_equal(struct compare *compare)
{
    struct machine *a = lead_of(compare), *b = other_of(compare);

    cpu_settle(a->cpu);
    cpu_settle(b->cpu);
    return clock_now(&a->clock) == clock_now(&b->clock) && same_rows(a, b) &&
           same_events(&a->clock, &b->clock) && same_pages(compare) && same_media(a, b);
}

static void all_clean(struct machine *machine)
{
    ram_clear_dirty(&machine->ram);
    tlb_forget_writes(machine->cpu);
}

/* Dirty pages of a machine into the image of the last equal state. */
static void keep_pages(struct compare *compare, struct machine *machine)
{
    const struct ram *ram = &machine->ram;
    struct ram *image = &compare->base.image;

    for (uint64_t i = 0; i < ram->dirty_count; i++) {
        uint64_t offset = (uint64_t)ram->dirty[i] * PAGE_SIZE;

        memcpy(image->bytes + offset, ram->bytes + offset, PAGE_SIZE);
        image->marks[ram->dirty[i]] |= RAM_WRITTEN;
    }
    compare->pages += ram->dirty_count;
}

void compare_advance(struct compare *compare)
{
    keep_pages(compare, lead_of(compare));
    all_clean(lead_of(compare));
    if (!compare->gdb)
        media_join(lead_of(compare), other_of(compare));
    machine_state_save(&compare->base.state, lead_of(compare));
    if (compare->gdb)
        return;
    keep_pages(compare, other_of(compare));
    all_clean(other_of(compare));
    machine_state_save(&compare->base_of, other_of(compare));
    media_settle(lead_of(compare));
}

static void put_pages_back(struct compare *compare, struct machine *machine)
{
    const struct ram *ram = &machine->ram;
    uint64_t count = ram->dirty_count;

    for (uint64_t i = 0; i < count; i++)
        ram_page_put(machine, ram->dirty[i],
                     compare->base.image.bytes + (uint64_t)ram->dirty[i] * PAGE_SIZE);
}

void compare_go_back(struct compare *compare)
{
    put_pages_back(compare, lead_of(compare));
    machine_state_restore(&compare->base.state, lead_of(compare));
    all_clean(lead_of(compare));
    if (compare->gdb)
        return;
    put_pages_back(compare, other_of(compare));
    machine_state_restore(&compare->base_of, other_of(compare));
    all_clean(other_of(compare));
}

/* The lead has run alone: the other machine gets its state, and that is the last equal one. */
static void follow_lead(struct compare *compare)
{
    struct machine *lead = lead_of(compare), *other = other_of(compare);
    const struct ram *ram = &lead->ram;

    for (uint64_t i = 0; i < ram->dirty_count; i++)
        ram_page_put(other, ram->dirty[i], ram->bytes + (uint64_t)ram->dirty[i] * PAGE_SIZE);
    machine_state_save(&compare->base.state, lead);
    machine_state_restore(&compare->base.state, other);
    keep_pages(compare, lead);
    all_clean(lead);
    all_clean(other);
    machine_state_save(&compare->base_of, other);
}

/* Did the guest itself end the run? The other machine must then do the same. */
static bool is_guests_stop(enum machine_stop stop)
{
    return stop == MACHINE_SHUTDOWN || stop == MACHINE_POWER_OFF || stop == MACHINE_RESET ||
           stop == MACHINE_EXIT;
}

/* The lead is somewhere between two instructions where the other machine cannot be led: within the
 * delivery of something, in front of a breakpoint. */
static bool is_debuggers_stop(const struct machine *lead, enum machine_stop stop)
{
    return stop == MACHINE_BREAKPOINT || stop == MACHINE_WATCHPOINT ||
           (stop == MACHINE_REQUEST && lead->cpu->observer);
}

/*
 * The lead stopped within a slice that began at `start`. Where it delivered something in front of the
 * breakpoint, the other machine cannot come to the same place; then all but the last tick is compared.
 */
static bool check_unfinished(struct compare *compare, uint64_t start, enum machine_stop *stop)
{
    struct machine *lead = lead_of(compare), *other = other_of(compare);
    struct observer *observer = lead->cpu->observer;
    uint64_t ticks = clock_now(&lead->clock) - start;

    compare->resync = true;
    if (!ticks)
        return true;
    compare_run_exactly(other, ticks);
    if (compare_equal(compare)) {
        compare->ticks += ticks;
        compare->slices++;
        compare->resync = false;
        compare_advance(compare);
        return true;
    }
    if (ticks == 1)
        return true;
    compare_go_back(compare);
    lead->cpu->observer = NULL; /* it has seen all this */
    compare_run_exactly(lead, ticks - 1);
    lead->cpu->observer = observer;
    compare_run_exactly(other, ticks - 1);
    if (!compare_equal(compare))
        return false;
    compare->ticks += ticks - 1;
    compare_advance(compare);
    *stop = machine_run(lead, 1);
    return true;
}

/* One slice from an equal state. False: a difference. */
static bool run_slice(struct compare *compare, uint64_t ticks, enum machine_stop *stop)
{
    struct machine *lead = lead_of(compare), *other = other_of(compare);
    uint64_t start = clock_now(&lead->clock);
    enum machine_stop expected, is;

    *stop = machine_run(lead, ticks);
    if (is_debuggers_stop(lead, *stop))
        return check_unfinished(compare, start, stop);
    expected = is_guests_stop(*stop) ? *stop : MACHINE_LIMIT;
    if (*stop != MACHINE_LIMIT && !is_guests_stop(*stop))
        ticks = clock_now(&lead->clock) - start;
    is = machine_run(other, ticks);
    if (*stop == MACHINE_REQUEST)
        replay_poll(other); /* the lead may have looked already */
    if (is != expected || !compare_equal(compare))
        return false;
    compare->ticks += clock_now(&lead->clock) - start;
    compare->slices++;
    compare_advance(compare);
    return true;
}

/* xorshift64: the same slices in each run. */
static bool is_sampled(struct compare *compare)
{
    uint64_t x = compare->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    compare->random = x;
    return (double)(x >> 11) * 0x1p-53 < compare->options.sample;
}

/* The lead alone to `tick`. False: it stopped, for *stop. */
static bool run_ahead(struct compare *compare, uint64_t tick, enum machine_stop *stop)
{
    struct machine *lead = lead_of(compare);
    uint64_t now = clock_now(&lead->clock);

    *stop = MACHINE_LIMIT;
    if (tick > now)
        *stop = machine_run(lead, tick - now);
    if (*stop == MACHINE_LIMIT)
        follow_lead(compare);
    return *stop == MACHINE_LIMIT;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool waits(const struct cpu *cpu)
{
    unsigned wakes = cpu->eflags & IF ? cpu->pending : cpu->pending & ~PENDING_INTR;

    return cpu->activity == CPU_HALTED && !wakes;
}

/* Ticks of the next slice. A processor that waits is not looked at until something happens. */
static uint64_t next_slice(const struct compare *compare)
{
    const struct machine *lead = lead_of(compare);
    uint64_t every = compare->options.every, now = clock_now(&lead->clock);
    uint64_t next = clock_next_event(&lead->clock);

    if (!waits(lead->cpu) || next <= now)
        return every;
    next = next - now < lead->slice ? next - now : lead->slice;
    return next > every ? next : every;
}

enum compare_end compare_run(struct compare *compare, uint64_t ticks, enum machine_stop *stop)
{
    struct machine *lead = lead_of(compare);
    const struct compare_options *options = &compare->options;
    uint64_t now = clock_now(&lead->clock),
             end = least(options->stop, now + ticks < now ? UINT64_MAX : now + ticks);

    if (compare->gdb)
        return compare_gdb_run(compare, end - now, stop);
    *stop = MACHINE_LIMIT;
    if (!compare->started && !run_ahead(compare, least(options->from, end), stop))
        return COMPARE_STOPPED;
    if (compare->started && compare->resync)
        follow_lead(compare);
    compare->started = true;
    compare->resync = false;
    while ((now = clock_now(&lead->clock)) < end) {
        uint64_t slice;

        if (options->sample > 0) {
            uint64_t next = now;

            while (next < end && !is_sampled(compare))
                next = end - next > options->every ? next + options->every : end;
            if (next > now && !run_ahead(compare, next, stop))
                return COMPARE_STOPPED;
            if (next >= end)
                break;
            now = next;
        }
        slice = least(next_slice(compare), end - now);
        if (!run_slice(compare, slice, stop)) {
            compare_find(compare, slice);
            compare->different = true;
            return COMPARE_DIFFERENT;
        }
        if (*stop != MACHINE_LIMIT)
            return COMPARE_STOPPED;
        if (compare->progress && compare->slices % 64 == 0)
            compare->progress(compare->progress_context, compare);
    }
    return COMPARE_STOPPED;
}

enum machine_stop compare_run_exactly(struct machine *machine, uint64_t ticks)
{
    uint64_t end = clock_now(&machine->clock) + ticks, now;
    enum machine_stop stop = MACHINE_LIMIT;

    while ((now = clock_now(&machine->clock)) < end) {
        machine->interrupt = false;
        machine->cpu->watch->passed_tick = now;
        stop = machine_run(machine, end - now);
        if (stop != MACHINE_BREAKPOINT && stop != MACHINE_WATCHPOINT && stop != MACHINE_REQUEST)
            break;
    }
    return stop;
}

static struct machine *make_other(struct compare *compare, struct machine *lead, const char *engine,
                                  struct buf *error, int *exit_code)
{
    struct machine_config config = lead->config;
    struct machine *other;

    config.engine = engine;
    config.serial = "null";
    config.debugcon = NULL;
    config.ide_twin_of = lead;
    for (unsigned i = 0; i < ARRAY_SIZE(config.com); i++)
        config.com[i] = config.com[i] ? "null" : NULL;
    config.speaker = NULL;
    config.parallel = config.parallel ? "null" : NULL;
    for (unsigned i = 0; i < config.nic_count; i++) { /* its frames come from the log */
        config.nic[i].kind = NETWORK_NONE;
        config.nic[i].pcap = NULL;
    }
    other = machine_create(&config, NULL, error, exit_code);
    if (!other)
        return NULL;
    other->input = &compare->log;
    other->input_only = true;
    return other;
}

/* Blocks no longer than a slice, or a slice of few instructions would never see one. */
static void limit_blocks(struct machine *machine, uint64_t every)
{
    machine->cpu->block_most = every < COMPARE_STEPS ? (uint8_t)every : 0;
    machine->cpu->engine->forget_all(machine->cpu);
}

/* VITRINE_BREAK_ROW: this machine's engine is made wrong. */
static bool break_row(const struct machine *lead, struct machine *wrong, struct buf *error)
{
    struct buf why = { 0 };

    if (!lead->config.break_row || break_set(wrong->cpu, lead->config.break_row, &why))
        return true;
    buf_printf(error, "VITRINE_BREAK_ROW: %s", buf_text(&why));
    buf_free(&why);
    return false;
}

/* The other one is a foreign emulator. */
static struct compare *create_beside_gdb(struct compare *compare, struct machine *lead,
                                         struct buf *error, int *exit_code)
{
    compare->machine[0] = lead;
    compare->lead = 0;
    if (!break_row(lead, lead, error)) {
        compare_destroy(compare);
        return NULL;
    }
    *exit_code = 4;
    if (!checkpoint_create(&compare->base, lead, error) ||
        !compare_gdb_create(compare, error, exit_code)) {
        compare_destroy(compare);
        return NULL;
    }
    checkpoint_save(&compare->base, lead);
    all_clean(lead);
    return compare;
}

struct compare *compare_create(struct machine *lead, const struct compare_options *options,
                               struct buf *error, int *exit_code)
{
    struct compare *compare = xcalloc(1, sizeof *compare);
    const char *engine = lead->cpu->engine->name;
    struct machine *other;

    *exit_code = 2;
    compare->options = *options;
    compare->random = lead->config.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    compare->lead = strcmp(engine, options->engine[0]) != 0;
    if (options->sample > 0 && !strcmp(engine, options->engine[1]))
        compare->lead = 1;
    if (strcmp(engine, options->engine[compare->lead]) != 0) {
        buf_printf(error, "compare: the machine runs on %s, expected %s or %s", engine,
                   options->engine[0], options->engine[1]);
        free(compare);
        return NULL;
    }
    if (*options->gdb)
        return create_beside_gdb(compare, lead, error, exit_code);
    other = make_other(compare, lead, options->engine[!compare->lead], error, exit_code);
    compare->machine[compare->lead] = lead;
    compare->machine[!compare->lead] = other;
    *exit_code = 4;
    replay_attach(lead, &compare->log);
    if (!other || !checkpoint_create(&compare->base, lead, error)) {
        compare_destroy(compare);
        return NULL;
    }
    checkpoint_save(&compare->base, lead);
    if (!checkpoint_restore(&compare->base, other, error)) {
        compare_destroy(compare);
        return NULL;
    }
    if (!break_row(lead, compare->machine[1], error)) {
        *exit_code = 2;
        compare_destroy(compare);
        return NULL;
    }
    limit_blocks(lead, options->every);
    limit_blocks(other, options->every);
    all_clean(lead);
    all_clean(other);
    machine_state_save(&compare->base_of, other);
    return compare;
}

/* The lead was set back: what had come meanwhile comes next. */
static void keep_unread_input(struct machine *lead)
{
    const struct input_log *log = lead->input;

    for (size_t i = lead->input_next; log && i < log->count; i++) {
        const struct input_record *r = &log->records[i];

        if (r->source < INPUT_LINES)
            buf_add(&host_line(lead, r->source)->input, log->bytes.data + r->offset, r->count);
        else
            replay_give(lead, log, r);
    }
}

void compare_destroy(struct compare *compare)
{
    struct machine *lead;

    if (!compare)
        return;
    lead = lead_of(compare);
    keep_unread_input(lead);
    replay_attach(lead, NULL);
    lead->input_only = false;
    lead->cpu->break_row = 0;
    lead->cpu->block_most = 0;
    lead->cpu->engine->forget_all(lead->cpu);
    compare_gdb_destroy(compare);
    machine_destroy(other_of(compare));
    checkpoint_destroy(&compare->base);
    machine_state_free(&compare->base_of);
    input_log_free(&compare->log);
    buf_free(&compare->error);
    buf_free(&compare->difference.fields);
    buf_free(&compare->difference.report);
    buf_free(&compare->difference.test_case);
    free(compare);
}

void compare_describe(const struct compare *compare, struct out *out)
{
    const struct compare_options *options = &compare->options;
    char a[32], b[32], c[32];

    if (compare->gdb) {
        compare_gdb_describe(compare, out);
        return;
    }
    out_printf(out, "%s and %s: %s ticks in %s slices of %llu compared, %s pages written",
               options->engine[0], options->engine[1], text_thousands(compare->ticks, a),
               text_thousands(compare->slices, b), (unsigned long long)options->every,
               text_thousands(compare->pages / 2, c));
    out_text(out, compare->different ? "; they differ\n" : "; no difference\n");
}

/* ---- options ---- */

void compare_defaults(struct compare_options *options)
{
    *options = (struct compare_options){ .every = COMPARE_SLICE, .stop = UINT64_MAX };
    strcpy(options->engine[0], "interp");
    strcpy(options->engine[1], "tb");
}

bool compare_parse_sample(const char *text, double *part)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text)
        return false;
    if (*end == '%') {
        value /= 100;
        end++;
    }
    if (*end || !(value > 0 && value <= 1))
        return false;
    *part = value;
    return true;
}

/* gdb:HOST:PORT */
static bool parse_gdb(struct compare_options *options, const char *address, struct buf *error)
{
    const char *port = strrchr(address, ':');

    if (*options->gdb) {
        buf_printf(error, "'gdb:%.80s' is a second foreign emulator, expected one", address);
        return false;
    }
    if (strlen(address) >= sizeof options->gdb || !port || !port[1]) {
        buf_printf(error, "'gdb:%.80s', expected gdb:HOST:PORT or gdb:unix:PATH", address);
        return false;
    }
    strcpy(options->gdb, address);
    return true;
}

/* ignore=NAME, also several times. */
static bool parse_ignore(struct compare_options *options, const char *name, struct buf *error)
{
    size_t length = strlen(options->ignore);

    if (!*name || length + strlen(name) + 2 > sizeof options->ignore) {
        buf_printf(error, "'ignore=%.40s', expected names of registers up to %zu characters", name,
                   sizeof options->ignore - 2);
        return false;
    }
    snprintf(options->ignore + length, sizeof options->ignore - length, "%s%s", length ? " " : "",
             name);
    return true;
}

static bool parse_word(struct compare_options *options, const char *word, unsigned *named,
                       struct buf *error)
{
    const char *value = strchr(word, '=');

    if (!strncmp(word, "gdb:", 4))
        return parse_gdb(options, word + 4, error);
    if (!value) {
        if (*named == 2) {
            buf_printf(error, "'%.40s' is a third engine, expected two", word);
            return false;
        }
        if (!engine_find(word, error))
            return false;
        snprintf(options->engine[(*named)++], sizeof options->engine[0], "%.15s", word);
        return true;
    }
    value++;
    if (!strncmp(word, "every=", 6) && text_number(value, &options->every) && options->every)
        return true;
    if (!strncmp(word, "from=", 5) && *value && strlen(value) < sizeof options->start) {
        strcpy(options->start, value);
        return true;
    }
    if (!strncmp(word, "stop=+", 6) && text_number(value + 1, &options->length) && options->length)
        return true;
    if (!strncmp(word, "stop=", 5) && text_number(value, &options->stop))
        return true;
    if (!strncmp(word, "sample=", 7) && compare_parse_sample(value, &options->sample))
        return true;
    if (!strncmp(word, "ignore=", 7))
        return parse_ignore(options, value, error);
    buf_printf(error,
               "'%.40s', expected every=TICKS, from=TICK, stop=TICK, sample=1%% or an engine",
               word);
    return false;
}

/* What the words mean together. */
static bool check_parsed(struct compare_options *options, unsigned named, bool every,
                         struct buf *error)
{
    if (*options->gdb) {
        if (named > 1) {
            buf_printf(error, "%s and %s beside a foreign emulator, expected one engine",
                       options->engine[0], options->engine[1]);
            return false;
        }
        if (options->sample > 0) {
            buf_add_text(error, "sample= beside a foreign emulator, which cannot run ahead");
            return false;
        }
        if (!every)
            options->every = 1;
        strcpy(options->engine[1], "gdb");
        return true;
    }
    if (*options->ignore || options->length) {
        buf_printf(error, "%s without gdb:HOST:PORT, which alone has it",
                   *options->ignore ? "ignore=" : "stop=+TICKS");
        return false;
    }
    if (*options->start && !text_number(options->start, &options->from)) {
        buf_printf(error, "'from=%.40s', expected from=TICK", options->start);
        return false;
    }
    if (named == 1) {
        buf_printf(error, "one engine, %s; expected two, such as interp,tb", options->engine[0]);
        return false;
    }
    return true;
}

bool compare_parse(struct compare_options *options, const char *text, struct buf *error)
{
    unsigned named = 0;
    bool every = false;
    char word[128];

    while (*text) {
        size_t length = strcspn(text, ", \t");

        if (length >= sizeof word) {
            buf_printf(error, "'%.40s...' is too long, expected every=TICKS or an engine", text);
            return false;
        }
        memcpy(word, text, length);
        word[length] = 0;
        if (length && !parse_word(options, word, &named, error))
            return false;
        every |= !strncmp(word, "every=", 6);
        text += length;
        text += strspn(text, ", \t");
    }
    return check_parsed(options, named, every, error);
}
