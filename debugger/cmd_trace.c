/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/cmd_trace.c - each instruction as a line, to the terminal, to a file, or to a ring of
 * the last N that is written at the end. The words of an instruction are kept by address and
 * bytes, so that a loop is disassembled once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/paging.h"
#include "debugger/debugger.h"
#include "util/text.h"

enum { CACHE_ENTRIES = 16384, CACHED_TEXT = 184, FILE_BUFFER = 1 << 20, RING_MOST = 10000000 };

/* What follows "(0) [0x...] cs:ip" for an instruction seen before. */
struct cached {
    lin_addr la;
    uint64_t rip;
    phys_addr pa;
    uint8_t bytes[15];
    uint8_t length; /* of the instruction; 0: empty */
    uint8_t mode;
    uint8_t count; /* bytes that could be fetched */
    char text[CACHED_TEXT];
};

struct trace_log {
    FILE *file; /* NULL: to the terminal */
    char *file_name;
    char *file_buffer;
    bool fenced; /* a Markdown file */
    struct cached *cache;
    struct buf line; /* being made; with effects on it waits for the next instruction */
    bool pending;
    struct snapshot before;
    char **ring; /* the last `keep` lines */
    uint64_t keep, kept;
    uint64_t lines;
};

static void emit(struct debugger *dbg, const char *text, size_t length)
{
    struct trace_log *log = dbg->trace;

    log->lines++;
    if (log->ring) {
        char **slot = &log->ring[log->kept++ % log->keep];

        *slot = xrealloc(*slot, length + 1);
        memcpy(*slot, text, length);
        (*slot)[length] = 0;
    } else if (log->file) {
        (void)!fwrite(text, 1, length, log->file); /* an error shows when the file is closed */
    } else {
        out_bytes(&dbg->out, text, length);
    }
}

/* The line of the instruction before, now that its effects can be seen. */
static void finish_line(struct debugger *dbg)
{
    struct trace_log *log = dbg->trace;

    if (!log->pending)
        return;
    log->pending = false;
    show_effects(debugger_cpu(dbg), &log->before, &log->line);
    buf_add(&log->line, "\n", 1);
    emit(dbg, (const char *)log->line.data, log->line.length);
}

static void add_hex(struct buf *line, uint64_t value, unsigned digits)
{
    static const char hex[] = "0123456789abcdef";
    char text[16];

    for (unsigned i = digits; i-- > 0; value >>= 4)
        text[i] = hex[value & 15];
    buf_add(line, text, digits);
}

/* " (symbol): text ; bytes" */
static void describe(const struct debugger *dbg, const struct cpu *cpu, lin_addr la,
                     struct buf *tail, uint8_t bytes[15], unsigned *length)
{
    struct buf text = { 0 };
    char name[128];

    buf_printf(tail,
               " (%s): ", symbols_name(&dbg->symbols, la, name, sizeof name) ? name : "unk. ctxt");
    *length = show_insn(cpu, &dbg->symbols, la, cpu->rip, cpu->mode, &text, bytes);
    if (!*length) {
        buf_add_text(tail, "(not mapped)");
    } else {
        buf_printf(tail, "%-25s ; ", buf_text(&text));
        for (unsigned i = 0; i < *length; i++)
            add_hex(tail, bytes[i], 2);
    }
    buf_free(&text);
}

static void add_instruction(struct debugger *dbg, struct cpu *cpu, struct buf *line)
{
    lin_addr la = show_code_address(cpu);
    struct cached *slot = &dbg->trace->cache[(la ^ la >> 14) % CACHE_ENTRIES];
    unsigned digits = cpu_code64(cpu) || cpu->rip >> 32 ? 16 : cpu->rip >> 16 ? 8 : 4;
    struct buf tail = { 0 };
    struct walk walk;
    uint8_t bytes[15] = { 0 };
    unsigned count = 0, length;

    if ((cpu->mode & MODE_CODE_MASK) == MODE_CODE32 && digits < 8)
        digits = 8;
    paging_walk(cpu, la, &walk);
    if (walk.mapped) {
        count = PAGE_SIZE - (la & PAGE_MASK) < 15 ? 0 : 15;
        if (!count || !space_peek(cpu->memory, walk.pa & cpu->a20_mask, bytes, 15))
            count = show_fetch(cpu, la, bytes);
        buf_add(line, "(0) [0x", 7);
        add_hex(line, walk.pa, 12);
        buf_add(line, "] ", 2);
    } else {
        buf_add_text(line, "(0) [not mapped    ] ");
    }
    add_hex(line, cpu->seg[SEG_CS].selector, 4);
    buf_add(line, ":", 1);
    add_hex(line, cpu->rip, digits);
    if (count && slot->length && slot->la == la && slot->rip == cpu->rip && slot->pa == walk.pa &&
        slot->mode == cpu->mode && !memcmp(slot->bytes, bytes, slot->length)) {
        buf_add_text(line, slot->text);
        return;
    }
    describe(dbg, cpu, la, &tail, bytes, &length);
    buf_add(line, tail.data, tail.length);
    slot->length = 0;
    if (length && tail.length < CACHED_TEXT) {
        *slot = (struct cached){
            .la = la, .rip = cpu->rip, .pa = walk.pa, .length = (uint8_t)length, .mode = cpu->mode
        };
        memcpy(slot->bytes, bytes, length);
        memcpy(slot->text, tail.data, tail.length + 1);
    }
    buf_free(&tail);
}

void trace_instruction(struct debugger *dbg, struct cpu *cpu)
{
    struct trace_log *log = dbg->trace;

    finish_line(dbg);
    buf_clear(&log->line);
    add_instruction(dbg, cpu, &log->line);
    if (dbg->trace_registers) {
        struct out out;

        buf_add(&log->line, "\n", 1);
        out_to_buf(&out, &log->line);
        show_registers(cpu, &dbg->symbols, &log->before, &out);
        snapshot_take(&log->before, cpu);
        log->line.length--; /* its last line end follows below */
    }
    if (dbg->effects) {
        snapshot_take(&log->before, cpu);
        log->pending = true;
        return;
    }
    buf_add(&log->line, "\n", 1);
    emit(dbg, (const char *)log->line.data, log->line.length);
}

void trace_flush(struct debugger *dbg)
{
    if (!dbg->trace)
        return;
    finish_line(dbg);
    if (dbg->trace->file && !dbg->trace->ring)
        fflush(dbg->trace->file);
}

static void write_ring(struct trace_log *log)
{
    uint64_t count = log->kept < log->keep ? log->kept : log->keep;

    for (uint64_t i = 0; i < count; i++)
        fputs(log->ring[(log->kept - count + i) % log->keep], log->file);
}

void trace_close(struct debugger *dbg)
{
    struct trace_log *log = dbg->trace;
    char lines[32];

    if (!log)
        return;
    trace_flush(dbg);
    if (log->file) {
        uint64_t written = log->ring && log->lines > log->keep ? log->keep : log->lines;
        bool failed;

        if (log->ring)
            write_ring(log);
        if (log->fenced)
            fputs("```\n", log->file);
        failed = ferror(log->file);
        failed = fclose(log->file) || failed;
        if (failed)
            debugger_error(dbg, "%s: could not be written to its end", log->file_name);
        else
            out_printf(&dbg->out, "%s instructions written to %s\n", text_thousands(written, lines),
                       log->file_name);
    }
    dbg->trace = NULL;
    if (log->ring)
        for (uint64_t i = 0; i < log->keep; i++)
            free(log->ring[i]);
    free(log->ring);
    free(log->file_name);
    free(log->file_buffer);
    free(log->cache);
    buf_free(&log->line);
    free(log);
    debugger_observe(dbg);
}

static struct trace_log *trace_new(void)
{
    struct trace_log *log = xcalloc(1, sizeof *log);

    log->cache = xcalloc(CACHE_ENTRIES, sizeof *log->cache);
    return log;
}

/* trace to FILE [last N] */
static bool trace_to_file(struct debugger *dbg, const char *args)
{
    struct trace_log *log;
    struct buf name = { 0 };
    uint64_t keep = 0;
    size_t n;
    FILE *file;

    if (*args == '"') {
        n = strcspn(++args, "\"");
        buf_add(&name, args, n);
        args += n + (args[n] == '"');
    } else {
        n = strcspn(args, " ");
        buf_add(&name, args, n);
        args += n;
    }
    args += strspn(args, " ");
    if (!name.length) {
        buf_free(&name);
        return debugger_error(dbg, "trace to needs the name of a file");
    }
    if (!strncmp(args, "last ", 5)) {
        if (!debugger_value(dbg, args + 5, &keep)) {
            buf_free(&name);
            return false;
        }
        if (!keep || keep > RING_MOST) {
            buf_free(&name);
            return debugger_error(dbg, "last N: 1 to %d instructions", RING_MOST);
        }
    } else if (*args) {
        buf_free(&name);
        return debugger_error(dbg, "'%.20s': only 'last N' may follow the file", args);
    }
    file = fopen(buf_text(&name), "we");
    if (!file) {
        debugger_error(dbg, "%s: %s", buf_text(&name), strerror(errno));
        buf_free(&name);
        return false;
    }
    trace_close(dbg);
    log = trace_new();
    log->file = file;
    log->file_name = xstrdup(buf_text(&name));
    log->file_buffer = xrealloc(NULL, FILE_BUFFER);
    setvbuf(file, log->file_buffer, _IOFBF, FILE_BUFFER);
    log->keep = keep;
    if (keep)
        log->ring = xcalloc(keep, sizeof *log->ring);
    log->fenced = name.length > 3 && !strcmp(buf_text(&name) + name.length - 3, ".md");
    if (log->fenced)
        fputs("```text\n", file);
    dbg->trace = log;
    debugger_observe(dbg);
    if (keep)
        out_printf(&dbg->out, "the last %llu instructions go to %s at 'trace off' or quit\n",
                   (unsigned long long)keep, log->file_name);
    else
        out_printf(&dbg->out, "each instruction goes to %s until 'trace off'\n", log->file_name);
    buf_free(&name);
    return true;
}

static bool cmd_trace(struct debugger *dbg, const struct call *call)
{
    if (!strcmp(call->args, "off")) {
        trace_close(dbg);
        return true;
    }
    if (!strncmp(call->args, "to ", 3))
        return trace_to_file(dbg, call->args + 3 + strspn(call->args + 3, " "));
    if (!strcmp(call->args, "on")) {
        trace_close(dbg);
        dbg->trace = trace_new();
        debugger_observe(dbg);
        return true;
    }
    if (*call->args)
        return debugger_error(dbg, "'%.20s': usage: %s", call->args, call->command->usage);
    if (!dbg->trace)
        out_text(&dbg->out, "the trace is off\n");
    else
        out_printf(&dbg->out, "the trace goes to %s, %llu instructions so far\n",
                   dbg->trace->file ? dbg->trace->file_name : "the terminal",
                   (unsigned long long)dbg->trace->lines);
    return true;
}

static bool on_off(struct debugger *dbg, const struct call *call, bool *flag)
{
    if (!strcmp(call->args, "on") || !strcmp(call->args, "off")) {
        trace_flush(dbg);
        *flag = !strcmp(call->args, "on");
        return true;
    }
    if (*call->args)
        return debugger_error(dbg, "'%.20s': on or off", call->args);
    out_printf(&dbg->out, "%s is %s\n", call->command->name, *flag ? "on" : "off");
    return true;
}

static bool cmd_trace_registers(struct debugger *dbg, const struct call *call)
{
    return on_off(dbg, call, &dbg->trace_registers);
}

static bool cmd_effects(struct debugger *dbg, const struct call *call)
{
    return on_off(dbg, call, &dbg->effects);
}

const struct command trace_commands[] = {
    { NULL, "trace", NULL, cmd_trace, complete_file, "trace on | off | to FILE [last N]",
      "show each instruction that is executed, or write it to a file",
      "To a file at least 300,000 instructions a second; 'last N' keeps only the latest and writes\n"
      "them at 'trace off' or when the debugger is left. With 'effects on' each line says what\n"
      "changed.",
      false },
    { NULL, "trace-reg", NULL, cmd_trace_registers, complete_on_off, "trace-reg on|off",
      "show all registers at each stop and traced instruction", NULL, false },
    { NULL, "effects", NULL, cmd_effects, complete_on_off, "effects on|off",
      "show the registers and flags that each step changes",
      "Example: add eax, 0x1000  eax 3->0x1003  flags cf0 pf0 af0 zf0 sf0 of0", false },
    { 0 },
};
