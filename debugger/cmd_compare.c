/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_compare.c - two engines in lockstep from where the machine stands. */
#include <string.h>

#include "debugger/debugger.h"
#include "machine/compare.h"

/* The engine at hand and the reference, when nothing else is said. */
static void usual_engines(const struct debugger *dbg, struct compare_options *options)
{
    if (dbg->options.compare) {
        *options = *dbg->options.compare;
        return;
    }
    compare_defaults(options);
    if (!engine_find(options->engine[1], &(struct buf){ 0 })) /* a build without a translator */
        strcpy(options->engine[1], options->engine[0]);
}

static bool parse_start(struct debugger *dbg, const char *args, struct compare_options *options)
{
    struct buf error = { 0 };
    uint64_t now = clock_now(&dbg->machine->clock);

    if (!compare_parse(options, args, &error))
        return debugger_fail(dbg, &error);
    if (*options->gdb)
        return debugger_error(dbg, "gdb:%s is compared from the command line, without -dbg",
                              options->gdb);
    if (options->stop <= now || options->from >= options->stop)
        return debugger_error(dbg, "nothing lies between from=%llu and stop=%llu; it is t=%llu now",
                              (unsigned long long)(options->from > now ? options->from : now),
                              (unsigned long long)options->stop, (unsigned long long)now);
    return true;
}

/* The difference in one line, and the files. */
static void tell_difference(struct debugger *dbg, const struct compare *compare)
{
    const struct difference *d = &compare->difference;
    struct buf path = { 0 }, error = { 0 };
    struct out out;

    out_to_buf(&out, &dbg->compared);
    out_printf(&out, "first difference t=%llu: %s%s; %s%s\n", (unsigned long long)d->tick,
               d->place == PLACE_BLOCK   ? "a block that ends with "
               : d->place == PLACE_SLICE ? "somewhere from "
                                         : "",
               d->insn_text, buf_text((struct buf *)&d->fields),
               d->only_undefined ? " (undefined in the manual)" : "");
    if (d->row)
        out_printf(&out, "row %s, %s\n", d->row->id, d->row->title);
    if (compare_write(compare, "", &path, &error))
        out_printf(&out, "%s/ has report.txt and repro.case\n", buf_text(&path));
    else
        out_printf(&out, "not written: %s\n", buf_text(&error));
    buf_free(&path);
    buf_free(&error);
}

static bool start(struct debugger *dbg, const char *args)
{
    struct machine *machine = dbg->machine;
    struct run_request request = { .ticks = UINT64_MAX };
    struct compare_options options;
    struct buf error = { 0 };
    struct out out;
    int exit_code;

    if (!debugger_can_run(dbg))
        return false;
    usual_engines(dbg, &options);
    if (!parse_start(dbg, args, &options))
        return false;
    dbg->compare = compare_create(machine, &options, &error, &exit_code);
    if (!dbg->compare)
        return debugger_fail(dbg, &error);
    if (options.stop != UINT64_MAX)
        request.ticks = options.stop - clock_now(&machine->clock);
    buf_clear(&dbg->compared);
    debugger_go(dbg, &request);
    if (dbg->compare->different) {
        tell_difference(dbg, dbg->compare);
        dbg->exit_code = EXIT_DIVERGENCE;
    }
    out_to_buf(&out, &dbg->compared);
    compare_describe(dbg->compare, &out);
    out_text(&dbg->out, buf_text(&dbg->compared));
    compare_destroy(dbg->compare);
    dbg->compare = NULL;
    return true;
}

static bool cmd_compare(struct debugger *dbg, const struct call *call)
{
    size_t length = strcspn(call->args, " ");

    if (length == 5 && !strncmp(call->args, "start", 5))
        return start(dbg, call->args + 5);
    if (strcmp(call->args, "status") != 0)
        return debugger_error(dbg, "'%.20s': usage: %s", call->args, call->command->usage);
    out_text(&dbg->out, dbg->compared.length
                            ? buf_text(&dbg->compared)
                            : "nothing was compared yet; 'compare start' does it\n");
    return true;
}

static void complete_compare(struct debugger *dbg, const char *word, struct completions *list)
{
    static const char *const words[] = { "start", "status", "every=", "from=", "stop=", "sample=" };

    (void)dbg;
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strncmp(words[i], word, strlen(word)))
            completions_add(list, words[i]);
    }
}

const struct command compare_commands[] = {
    { NULL, "compare", NULL, cmd_compare, complete_compare,
      "compare start [every=N] [from=TICK] [stop=TICK] [sample=P] [A,B] | status",
      "run on two engines in lockstep",
      "A second machine is made from this one, for the other engine. Both run on, and all fields,\n"
      "events and written pages are compared after each N ticks (4096; 1: each instruction). At a\n"
      "difference the machine stands before the first instruction that differs, and a folder\n"
      "divergence-TICK has a report and a case. Breakpoints and Ctrl-C stop as in 'continue'.",
      false },
    { 0 },
};
