/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main.c - arguments -> machine; then the debugger, or a run to the end. The only file that exits,
 * and the only one with mutable file-scope state: what a signal handler must reach.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "debugger/debugger.h"
#include "gui/frontend.h"
#include "image_command.h"
#include "machine/case.h"
#include "machine/pc.h"
#include "machine/screen.h"
#include "options.h"
#include "perfmap.h"
#include "util/text.h"

static struct machine *signal_machine;
static struct perfmap *perfmap;   /* NULL: not asked for */
static struct frontend *frontend; /* NULL: none */
static volatile bool timed_out, interrupted, debugger_wanted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = true;
    if (signal_machine)
        signal_machine->interrupt = true;
}

static void on_alarm(int number)
{
    (void)number;
    timed_out = true;
    if (signal_machine)
        signal_machine->interrupt = true;
}

/* The front end; Ctrl-A x and Ctrl-A c, typed on a serial line that is the terminal. */
static void look_at_keys(void *context, struct machine *machine)
{
    (void)context;
    if (frontend)
        frontend_poll(frontend);
    if (perfmap)
        perfmap_tell_gdb(perfmap);
    if (interrupted || debugger_wanted)
        machine->interrupt = true;
}

/* Looks for the -expect text in what the guest sends. */
struct expect {
    const char *text;
    size_t matched;
    bool seen;
    struct machine *machine;
};

static void watch_serial(void *context, const uint8_t *bytes, size_t count)
{
    struct expect *e = context;
    size_t length = strlen(e->text);

    for (size_t i = 0; i < count && !e->seen; i++) {
        /* The longest prefix of the text that ends here. */
        while (e->matched && e->text[e->matched] != (char)bytes[i]) {
            size_t shorter = e->matched - 1;

            while (shorter && memcmp(e->text, e->text + e->matched - shorter, shorter))
                shorter--;
            e->matched = shorter;
        }
        if (e->text[e->matched] == (char)bytes[i])
            e->matched++;
        if (e->matched == length) {
            e->seen = true;
            e->machine->interrupt = true;
            clock_interrupt_run(&e->machine->clock);
        }
    }
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* For the translator's counters. */
static uint64_t nanoseconds(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void print_stats(const struct machine *machine, double seconds)
{
    uint64_t ticks = clock_now(&machine->clock), retired = cpu_retired(machine->cpu);
    char a[32], b[32];

    fprintf(stderr, "vitrine: %s ticks, %s instructions, %.3f s, %.1f MIPS\n",
            text_thousands(ticks, a), text_thousands(retired, b), seconds,
            seconds > 0 ? (double)retired / seconds / 1e6 : 0.0);
}

static void arm_timer(double seconds)
{
    struct itimerval timer = { 0 };

    timer.it_value.tv_sec = (time_t)seconds;
    timer.it_value.tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6);
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void debugger_runs(void *context, bool running)
{
    frontend_running(context, running);
}

static bool debugger_waits(void *context)
{
    return frontend_idle(context);
}

static struct debugger *make_debugger(struct machine *machine, const struct options *options,
                                      struct out *out)
{
    struct debugger_options how = {
        .out = out,
        .rc = options->rc,
        .script = options->script,
        .batch = options->batch,
        .plain = options->plain,
        .max_icount = options->max_icount,
        .timed_out = &timed_out,
        .compare = options->compare ? &options->compare_options : NULL,
        .host_context = frontend,
        .running = frontend ? debugger_runs : NULL,
        .waiting = frontend && frontend->class->shows_stopped ? debugger_waits : NULL,
    };
    struct debugger *debugger = debugger_create(machine, &how);

    if (options->magic)
        watch_set_magic(machine->cpu, true);
    if (options->symbols) {
        struct buf line = { 0 };

        buf_printf(&line, "ldsym \"%s\"", options->symbols);
        debugger_execute(debugger, buf_text(&line));
        buf_free(&line);
    }
    return debugger;
}

/* Where a comparison with a foreign emulator begins: an expression of the debugger, with its symbols. */
static bool find_start(struct machine *machine, struct options *options, struct out *out,
                       struct buf *error)
{
    struct compare_options *compare = &options->compare_options;
    struct debugger *debugger;
    struct buf why = { 0 };
    bool ok;

    if (!*compare->gdb || !*compare->start)
        return true;
    debugger = make_debugger(machine, options, out);
    ok = expr_value(&debugger->env, compare->start, &compare->start_at, &why);
    debugger_destroy(debugger);
    if (!ok)
        buf_printf(error, "-compare: from=%s: %s", compare->start, buf_text(&why));
    buf_free(&why);
    return ok;
}

/* What happened, to stderr: the triple fault with its whole story. */
static void report_end(struct machine *machine, const struct options *options,
                       enum machine_stop stop)
{
    struct out out;

    host_char_suspend(&machine->pc->serial);
    fprintf(stderr, "vitrine: %s at tick %llu\n", machine_stop_name(stop),
            (unsigned long long)clock_now(&machine->clock));
    if (stop != MACHINE_SHUTDOWN)
        return;
    out_to_file(&out, stderr);
    struct debugger *debugger = make_debugger(machine, options, &out);
    debugger_execute(debugger, "explain");
    debugger_destroy(debugger);
}

static int run_debugger(struct machine *machine, const struct options *options, struct out *out)
{
    struct debugger *debugger;
    int code;

    signal(SIGINT, on_interrupt);
    machine->pc->serial.quit = machine->pc->serial.break_in = &machine->interrupt;
    interrupted = debugger_wanted = false;
    if (frontend) {
        machine->poll_host = look_at_keys;
        frontend->break_in = &machine->interrupt;
        frontend_running(frontend, false);
    }
    debugger = make_debugger(machine, options, out);
    code = debugger_run(debugger);
    debugger_destroy(debugger);
    return code;
}

/* On a terminal, twice a second: how far a comparison is. */
struct progress {
    double start, last;
    bool shown;
};

static void show_progress(void *context, const struct compare *compare)
{
    struct progress *p = context;
    double now = seconds_now();
    char a[32], b[32];

    if (now - p->last < 0.5)
        return;
    p->last = now;
    p->shown = true;
    fprintf(stderr, "\r%s ticks, %s slices equal, %.1f MIPS ",
            text_thousands(clock_now(&compare->machine[compare->lead]->clock), a),
            text_thousands(compare->slices, b),
            (double)cpu_retired(compare->machine[compare->lead]->cpu) / (now - p->start) / 1e6);
    fflush(stderr);
}

/* The difference, to stderr in short and to a folder in full. */
static void report_difference(const struct compare *compare)
{
    const struct difference *d = &compare->difference;
    struct buf path = { 0 }, error = { 0 };

    fprintf(stderr, "vitrine: %s and %s differ at tick %llu: %s%s%s: %s%s\n",
            compare->options.engine[0], compare->options.engine[1], (unsigned long long)d->tick,
            d->place == PLACE_SLICE   ? compare->gdb ? "somewhere up to " : "somewhere from "
            : d->place == PLACE_BLOCK ? "block to "
                                      : "",
            d->insn_text, "", buf_text((struct buf *)&d->fields),
            d->only_undefined ? " (undefined in the manual)" : "");
    if (d->row)
        fprintf(stderr, "vitrine: row %s\n", d->row->id);
    if (compare_write(compare, "", &path, &error))
        fprintf(stderr, "vitrine: %s has the report and a case\n", buf_text(&path));
    else
        fprintf(stderr, "vitrine: %s\n", buf_text(&error));
    buf_free(&path);
    buf_free(&error);
}

/* Like machine_run(), with a second machine beside. */
static enum machine_stop run_compared(struct compare *compare, uint64_t ticks, bool *differ)
{
    struct progress progress = { .start = seconds_now() };
    enum machine_stop stop = MACHINE_LIMIT;
    enum compare_end end;

    if (isatty(2)) {
        compare->progress = show_progress;
        compare->progress_context = &progress;
    }
    end = compare_run(compare, ticks, &stop);
    *differ = end == COMPARE_DIFFERENT;
    compare->progress = NULL;
    if (progress.shown)
        fprintf(stderr, "\r%60s\r", "");
    if (end == COMPARE_FAILED && !interrupted && !timed_out)
        fprintf(stderr, "vitrine: %s\n", buf_text(&compare->error));
    return stop;
}

/* The pictures that are due. False: one could not be written. */
static bool take_screenshots(struct machine *machine, const struct options *options, unsigned *next)
{
    struct buf error = { 0 };
    bool ok = true;

    for (; *next < options->screenshot_count; ++*next) {
        const struct screenshot *shot = &options->screenshot[*next];

        if (shot->tick > clock_now(&machine->clock))
            break;
        if (screen_save(machine, shot->file, &error))
            continue;
        fprintf(stderr, "vitrine: -screenshot-at: %s\n", buf_text(&error));
        buf_clear(&error);
        ok = false;
    }
    buf_free(&error);
    return ok;
}

/* Run to the end, or to `ticks`, with a stop at each picture. */
static enum machine_stop run_with_screenshots(struct machine *machine, struct compare *compare,
                                              const struct options *options, uint64_t ticks,
                                              bool *differ, bool *written)
{
    unsigned next = 0;

    for (;;) {
        uint64_t now = clock_now(&machine->clock), left = now < ticks ? ticks - now : 0;
        enum machine_stop stop;

        *written &= take_screenshots(machine, options, &next);
        if (!left) /* a comparison may begin behind them */
            return MACHINE_LIMIT;
        if (next < options->screenshot_count && options->screenshot[next].tick - now < left)
            left = options->screenshot[next].tick - now;
        else if (ticks == UINT64_MAX)
            left = UINT64_MAX;
        stop = compare ? run_compared(compare, left, differ) : machine_run(machine, left);
        if (stop != MACHINE_LIMIT || *differ || clock_now(&machine->clock) >= ticks ||
            next == options->screenshot_count) {
            *written &= take_screenshots(machine, options, &next);
            return stop;
        }
    }
}

/* Headless: until the guest powers off. */
static int run(struct machine *machine, struct compare *compare, const struct options *options,
               struct out *out)
{
    struct expect expect = { .text = options->expect, .machine = machine };
    uint64_t ticks = options->max_icount ? options->max_icount : UINT64_MAX;
    double start = seconds_now();
    bool differ = false, written = true;
    enum machine_stop stop;
    int code;

    if (options->expect && *options->expect) {
        machine->pc->serial.watch = watch_serial;
        machine->pc->serial.watch_context = &expect;
    }
    machine->pc->serial.quit = &interrupted;
    machine->pc->serial.break_in = &debugger_wanted;
    machine->poll_host = look_at_keys;
    stop = run_with_screenshots(machine, compare, options, ticks, &differ, &written);
    host_char_flush(&machine->pc->serial);
    host_char_flush(&machine->pc->debugcon);
    for (unsigned i = 0; i < ARRAY_SIZE(machine->pc->com_line); i++)
        host_char_flush(&machine->pc->com_line[i]);
    host_char_flush(&machine->pc->printer);
    machine->poll_host = NULL;
    if (frontend)
        frontend_running(frontend, false);
    if (compare) {
        struct out err;

        host_char_suspend(&machine->pc->serial);
        out_to_file(&err, stderr);
        if (differ)
            report_difference(compare);
        if (differ || options->stats)
            out_text(&err, "vitrine: "), compare_describe(compare, &err);
    }
    if ((stop == MACHINE_REQUEST && debugger_wanted && !interrupted && !timed_out) ||
        (stop == MACHINE_POWER_OFF && options->config.no_shutdown)) {
        host_char_suspend(&machine->pc->serial);
        out_text(out, "\n");
        return run_debugger(machine, options, out);
    }
    switch (stop) {
    case MACHINE_POWER_OFF:
    case MACHINE_RESET:
        code = EXIT_OK;
        break;
    case MACHINE_EXIT:
        code = machine->exit_code;
        break;
    case MACHINE_SHUTDOWN:
        report_end(machine, options, stop);
        code = EXIT_TRIPLE_FAULT;
        break;
    case MACHINE_DEAD:
        report_end(machine, options, stop);
        code = EXIT_TIMEOUT;
        break;
    default:
        code = timed_out || stop == MACHINE_LIMIT ? EXIT_TIMEOUT : EXIT_OK;
        if (compare && compare->gdb && stop == MACHINE_LIMIT)
            code = timed_out ? EXIT_TIMEOUT : EXIT_OK; /* equal up to where it was to end */
        if (code == EXIT_TIMEOUT && !expect.seen && !differ)
            report_end(machine, options, MACHINE_LIMIT);
        break;
    }
    if (options->expect && !differ) {
        if (!expect.seen)
            fprintf(stderr, "vitrine: -expect: '%s' was not seen\n", options->expect);
        code = expect.seen ? EXIT_OK : code == EXIT_TIMEOUT ? EXIT_TIMEOUT : EXIT_ASSERTION;
    }
    if (differ)
        code = EXIT_DIVERGENCE;
    else if ((compare && compare->error.length && !interrupted && !timed_out) || !written)
        code = EXIT_HOST_IO;
    if (options->stats)
        print_stats(machine, seconds_now() - start);
    return code;
}

/*
 * What the serial line is when no option says so: the terminal. The debugger reads its commands
 * there, so with it the guest's output is shown and nothing can be typed into the guest.
 */
static const char *usual_serial(const struct options *options)
{
    static char spec[64];
    const char *name = isatty(0) && isatty(1) ? ttyname(1) : NULL;

    if (options->display && !strcmp(options->display, "curses"))
        return "null";
    if (!options->debug)
        return "stdio";
    if (!name || strlen(name) > sizeof spec - 6)
        return "null";
    snprintf(spec, sizeof spec, "file:%s", name);
    return spec;
}

/*
 * The window that opens when no option says so: where there is a display, and a person. Whatever looks
 * like a script, a test or a pipe has none.
 */
static const char *usual_display(const struct options *o)
{
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

    if (!(x11 && *x11) && !(wayland && *wayland))
        return "none";
    if (!isatty(0) || !isatty(1) || o->batch || o->script || o->case_file || o->compare ||
        o->expect || o->timeout > 0 || o->max_icount || o->screenshot_count || o->stats)
        return "none";
    return frontend_find("sdl") ? "sdl" : "none";
}

/* The speaker is heard where there is a window, or asked for; a run goes on without. */
static void open_audio(const struct options *options, struct buf *error)
{
    const char *name = options->audio;
    bool can = frontend && frontend->class->listen;

    if (name ? strcmp(name, "sdl") != 0 : !can)
        return;
    if (!can)
        buf_add_text(error, "-audio sdl: no window, expected -display sdl");
    else if (frontend->class->listen(frontend, error))
        return;
    fprintf(stderr, "vitrine: %s; going on without sound\n", buf_text(error));
    buf_clear(error);
}

/* False: the one that was asked for cannot be had. */
static bool open_frontend(struct machine *machine, const struct options *options, struct buf *error)
{
    const char *name = options->display ? options->display : usual_display(options);
    const struct frontend_class *class = frontend_find(name);

    if (class)
        frontend = frontend_open(class, machine, &interrupted, &debugger_wanted, error);
    if (!class || frontend)
        open_audio(options, error);
    if (!class || frontend || options->display)
        return !class || frontend;
    fprintf(stderr, "vitrine: %s; going on without a window\n", buf_text(error));
    buf_clear(error);
    return true;
}

/* The video BIOS that foreign firmware gets when no option says so, where it is installed. */
static const char *usual_vgabios(void)
{
    static const char seabios[] = "/usr/share/seabios/vgabios-stdvga.bin";

    return access(seabios, R_OK) == 0 ? seabios : NULL;
}

/* Can this file be read, if it is named at all? Asked before the machine exists. */
static bool readable(const char *path, struct buf *error, int *exit_code)
{
    FILE *file = path ? fopen(path, "r") : NULL;
    int why = errno;

    if (!path)
        return true;
    if (file) {
        why = fgetc(file) == EOF && ferror(file) ? errno : 0;
        fclose(file);
    }
    *exit_code = why == EISDIR ? EXIT_USAGE : EXIT_HOST_IO;
    if (why == EISDIR)
        buf_printf(error, "%s: is a directory, expected a file", path);
    else if (why)
        buf_printf(error, "%s: %s", path, strerror(why));
    return why == 0;
}

static bool use_colour(const struct options *options)
{
    const char *no_color = getenv("NO_COLOR");

    if (options->colour >= 0)
        return options->colour;
    return isatty(1) && !(no_color && *no_color) && !options->plain;
}

/* -case: the world of the case instead of the reset vector. */
static void open_case(struct machine *machine, const struct test_case *tc,
                      const struct case_result *expected, struct out *out)
{
    case_world(machine->cpu, tc->bits, true);
    case_load_memory(machine->cpu, tc);
    case_load(machine->cpu, tc);
    out_printf(out, "case: %s, %u-bit code", *tc->row ? tc->row : "no row", tc->bits);
    if (expected && expected->vector != CASE_NO_VECTOR)
        out_printf(out, "; the host ended with %s at rip 0x%llx", vector_name(expected->vector),
                   (unsigned long long)expected->state.rip);
    out_text(out, "\n");
}

static void show_copied(unsigned thousandths)
{
    fprintf(stderr, "\r%u.%u%% ", thousandths / 10, thousandths % 10);
    if (thousandths == 1000)
        fprintf(stderr, "\r%10s\r", "");
}

/* `vitrine image ...` */
static int run_image_command(int argc, char **argv, struct out *out)
{
    struct buf error = { 0 };
    int code = image_command(argc, argv, out, isatty(2) ? show_copied : NULL, &error);

    if (error.length)
        fprintf(stderr, "vitrine: %s\n", buf_text(&error));
    buf_free(&error);
    return code;
}

/* Lines about the configuration file. */
static void print_notes(const char *notes)
{
    for (; *notes; notes += strcspn(notes, "\n") + 1)
        fprintf(stderr, "vitrine: %.*s\n", (int)strcspn(notes, "\n"), notes);
}

int main(int argc, char **argv)
{
    static struct options options;
    struct buf error = { 0 };
    struct out out, messages;
    struct log log = { .out = &messages, .level = LOG_WARN };
    FILE *log_file = NULL;
    int code = EXIT_USAGE;

    out_to_file(&out, stdout);
    out_to_file(&messages, stderr);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like any other */
    if (argc > 1 && !strcmp(argv[1], "image"))
        return run_image_command(argc - 2, argv + 2, &out);
    enum options_result result = options_parse(&options, argc, argv, &out, &error);
    print_notes(buf_text(&options.bochsrc.notes));
    switch (result) {
    case OPTIONS_DONE:
        return EXIT_OK;
    case OPTIONS_BAD:
    case OPTIONS_FAIL:
        fprintf(stderr, "vitrine: %s\n", buf_text(&error));
        buf_free(&error);
        media_close(&options.media);
        return result == OPTIONS_FAIL ? EXIT_HOST_IO : EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    out.colour = use_colour(&options);
    if (options.verbose)
        log.level = LOG_DEBUG;
    if (options.log_file) {
        log_file = fopen(options.log_file, "w");
        if (!log_file) {
            fprintf(stderr, "vitrine: %s: cannot be written\n", options.log_file);
            media_close(&options.media);
            return EXIT_HOST_IO;
        }
        out_to_file(&messages, log_file);
    }
    signal(SIGPIPE, SIG_IGN);
    const char *broken = getenv("VITRINE_BREAK_ROW");
    options.config.break_row = broken && *broken ? broken : NULL;
    if (!options.config.serial)
        options.config.serial = usual_serial(&options);
    if (!options.config.vgabios)
        options.config.vgabios = usual_vgabios();
    static struct test_case tc;
    static struct case_result expected;
    bool has_expected = false;
    struct machine *machine = NULL;
    struct cpu_host host = { .nanoseconds = nanoseconds };
    options.config.host = &host;
    if (options.perfmap) {
        perfmap = perfmap_create(&error);
        if (!perfmap) {
            fprintf(stderr, "vitrine: %s\n", buf_text(&error));
            buf_free(&error);
            media_close(&options.media);
            return EXIT_HOST_IO;
        }
        perfmap_lend(perfmap, &host);
    }
    if (options.case_file)
        options.config.cpu = "max";
    if ((!options.case_file ||
         case_read_file(options.case_file, &tc, &expected, &has_expected, &error, &code)) &&
        readable(options.script, &error, &code) && readable(options.rc, &error, &code) &&
        readable(options.symbols, &error, &code) &&
        media_open(&options.media, &log, &error, &code)) {
        media_plug(&options.media, &options.config);
        machine = machine_create(&options.config, &log, &error, &code);
    }
    if (!machine) {
        fprintf(stderr, "vitrine: %s\n", buf_text(&error));
        buf_free(&error);
        media_close(&options.media);
        return code;
    }
    media_taken(&options.media);
    if (options.case_file)
        open_case(machine, &tc, has_expected ? &expected : NULL, &out);
    signal_machine = machine;
    if (options.timeout > 0)
        arm_timer(options.timeout);
    if (!open_frontend(machine, &options, &error)) {
        fprintf(stderr, "vitrine: %s\n", buf_text(&error));
        code = EXIT_HOST_IO;
    } else if (options.debug) {
        code = run_debugger(machine, &options, &out);
    } else {
        struct compare *compare = NULL;

        signal(SIGTERM, on_interrupt);
        if (!find_start(machine, &options, &out, &error))
            code = EXIT_USAGE;
        else if (options.compare)
            compare = compare_create(machine, &options.compare_options, &error, &code);
        if (options.compare && !compare)
            fprintf(stderr, "vitrine: %s\n", buf_text(&error));
        else
            code = run(machine, compare, &options, &out);
        compare_destroy(compare);
    }
    signal_machine = NULL;
    frontend_close(frontend);
    if (log_file) /* the last words about a disk are for whoever sees the exit code */
        out_to_file(&messages, stderr);
    pc_finish(machine);
    if (machine->lost && code != EXIT_DIVERGENCE)
        code = EXIT_HOST_IO;
    machine_destroy(machine);
    media_close(&options.media);
    perfmap_destroy(perfmap);
    if (log_file)
        fclose(log_file);
    buf_free(&error);
    return code;
}
