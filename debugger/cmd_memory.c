/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/cmd_memory.c - memory and code: x, xp, u, print, setpmem and friends. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/access.h"
#include "debugger/debugger.h"
#include "util/text.h"

enum { COUNT_MOST = 65536, STRING_MOST = 4096, INSNS_MOST = 4096 };

/* /nuf: a count, a unit b h w g, a format x d u o t c s i m. */
static bool parse_format(struct debugger *dbg, const char *text, uint64_t *count)
{
    *count = 1;
    if (isdigit((unsigned char)*text)) {
        char *end;

        errno = 0;
        *count = strtoull(text, &end, 10);
        if (errno || !*count || *count > COUNT_MOST)
            return debugger_error(dbg, "a count of %.*s; 1 to %u are possible", (int)(end - text),
                                  text, COUNT_MOST);
        text = end;
    }
    for (; *text; text++) {
        if (strchr("bhwg", *text))
            dbg->examine_unit = *text;
        else if (strchr("xduotcsim", *text))
            dbg->examine_format = *text;
        else
            return debugger_error(dbg, "format '%c' unknown; use x d u o t c s i m and b h w g",
                                  *text);
    }
    if (dbg->examine_format == 'm' || dbg->examine_format == 'c')
        dbg->examine_unit = 'b';
    return true;
}

struct view {
    struct debugger *dbg;
    bool physical;
};

static bool view_read(const struct view *view, uint64_t address, void *to, size_t bytes)
{
    struct cpu *cpu = debugger_cpu(view->dbg);

    return view->physical ? space_peek(cpu->memory, address, to, bytes)
                          : cpu_peek(cpu, address, to, bytes);
}

static void print_address(const struct view *view, uint64_t address)
{
    struct debugger *dbg = view->dbg;
    unsigned digits = address >> 32 || cpu_code64(debugger_cpu(dbg)) ? 16 : 8;
    char name[256];

    show_ink(&dbg->out, INK_ADDRESS);
    out_printf(&dbg->out, "0x%0*llx", (int)digits, (unsigned long long)address);
    show_ink(&dbg->out, INK_NONE);
    if (!view->physical && symbols_name(&dbg->symbols, address, name, sizeof name))
        out_printf(&dbg->out, " <%s>", name);
    out_text(&dbg->out, ":");
}

static bool print_hole(const struct view *view, uint64_t address)
{
    struct debugger *dbg = view->dbg;
    const struct range *range;
    struct buf why = { 0 };

    if (view->physical) {
        range = space_find(debugger_cpu(dbg)->memory, address);
        if (range && range->kind == RANGE_DEVICE)
            buf_printf(&why, "device %s; reading could disturb it", range->name);
        else
            buf_add_text(&why, range ? "memory ends here" : "nothing answers at this address");
    } else {
        show_hole(debugger_cpu(dbg), address, &why);
    }
    out_printf(&dbg->out, "0x%llx: %s\n", (unsigned long long)address, buf_text(&why));
    buf_free(&why);
    return false;
}

static void print_character(struct out *out, uint8_t c)
{
    static const char escapes[] = "0\0\0\0\0\0\0abtnvfr";

    if (c == '\\' || c == '\'')
        out_printf(out, "'\\%c'", c);
    else if (c < 14 && (c == 0 || escapes[c]))
        out_printf(out, "'\\%c'", c ? escapes[c] : '0');
    else if (c >= 0x20 && c < 0x7f)
        out_printf(out, "'%c'", c);
    else
        out_printf(out, "'\\x%02x'", c);
}

static void print_unit(struct out *out, char format, unsigned size, uint64_t value)
{
    switch (format) {
    case 'd':
        out_printf(out, "%lld", (long long)sign_extend(value, size));
        break;
    case 'u':
        out_printf(out, "%llu", (unsigned long long)value);
        break;
    case 'o':
        out_printf(out, "0%llo", (unsigned long long)value);
        break;
    case 't':
        for (unsigned bit = size * 8; bit-- > 0;)
            out_bytes(out, value >> bit & 1 ? "1" : "0", 1);
        break;
    case 'c':
        print_character(out, (uint8_t)value);
        break;
    default:
        out_printf(out, "0x%0*llx", (int)size * 2, (unsigned long long)value);
    }
}

/* Text up to a zero byte; returns the bytes passed, 0 where nothing can be read. */
static uint64_t print_string(const struct view *view, uint64_t address)
{
    struct out *out = &view->dbg->out;
    uint64_t n = 0;
    uint8_t c;

    if (!view_read(view, address, &c, 1))
        return 0;
    out_text(out, "\"");
    for (; n < STRING_MOST && view_read(view, address + n, &c, 1) && c; n++) {
        if (c == '"' || c == '\\')
            out_printf(out, "\\%c", c);
        else if (c == '\n')
            out_text(out, "\\n");
        else if (c >= 0x20 && c < 0x7f)
            out_bytes(out, (const char *)&c, 1);
        else
            out_printf(out, "\\x%02x", c);
    }
    out_text(out, n == STRING_MOST ? "\"...\n" : "\"\n");
    return n + 1;
}

static bool examine_numbers(const struct view *view, uint64_t address, uint64_t count)
{
    struct debugger *dbg = view->dbg;
    unsigned size = dbg->examine_unit == 'b'   ? 1
                    : dbg->examine_unit == 'h' ? 2
                    : dbg->examine_unit == 'w' ? 4
                                               : 8;
    unsigned per_line = dbg->examine_format == 't' ? (size == 1 ? 4 : 1)
                        : size == 8                ? 2
                        : size == 4                ? 4
                                                   : 8;
    uint64_t i;
    bool ok = true;

    for (i = 0; i < count && ok; i++, address += size) {
        uint8_t raw[8] = { 0 };

        if (!view_read(view, address, raw, size)) {
            if (i % per_line)
                out_text(&dbg->out, "\n");
            ok = print_hole(view, address);
            i = 0;
            break;
        }
        if (i % per_line == 0)
            print_address(view, address);
        out_text(&dbg->out, i % per_line == 0 ? " " : "  ");
        print_unit(&dbg->out, dbg->examine_format, size, load_le64(raw));
        if (i % per_line == per_line - 1)
            out_text(&dbg->out, "\n");
    }
    if (i % per_line)
        out_text(&dbg->out, "\n");
    dbg->next_examine = address;
    return ok;
}

static bool examine_dump(const struct view *view, uint64_t address, uint64_t count)
{
    uint8_t bytes[16];
    uint64_t n;
    bool ok = true;

    for (; count && ok; count -= n, address += n) {
        n = count < sizeof bytes ? count : sizeof bytes;
        if (!view_read(view, address, bytes, n)) {
            ok = print_hole(view, address);
            break;
        }
        text_hexdump(&view->dbg->out, address, bytes, n);
    }
    view->dbg->next_examine = address;
    return ok;
}

/* `count` instructions from `la`; where each ends is where the next begins. */
static bool list_insns(struct debugger *dbg, lin_addr la, uint64_t rip, unsigned mode,
                       uint64_t count, lin_addr end)
{
    struct cpu *cpu = debugger_cpu(dbg);
    const struct view view = { dbg, false };
    lin_addr here = show_code_address(cpu);
    struct buf text = { 0 };
    uint8_t bytes[15];
    bool ok = true;

    while (count-- && la < end) {
        unsigned length;
        char name[256];

        buf_clear(&text);
        length = show_insn(cpu, &dbg->symbols, la, rip, mode, &text, bytes);
        if (!length) {
            ok = print_hole(&view, la);
            break;
        }
        out_printf(&dbg->out, "%s", la == here ? "=> " : "   ");
        show_ink(&dbg->out, INK_ADDRESS);
        out_printf(&dbg->out, "%0*llx", la >> 32 || cpu_code64(cpu) ? 16 : 8,
                   (unsigned long long)la);
        show_ink(&dbg->out, INK_NONE);
        if (!symbols_name(&dbg->symbols, la, name, sizeof name))
            name[0] = 0;
        out_printf(&dbg->out, ": (%s): %*s%-25s", name,
                   strlen(name) < 20 ? (int)(20 - strlen(name)) : 0, "", buf_text(&text));
        if (dbg->show_bytes) {
            out_text(&dbg->out, " ; ");
            for (unsigned i = 0; i < length; i++)
                out_printf(&dbg->out, "%02x", bytes[i]);
        }
        out_text(&dbg->out, "\n");
        la += length;
        rip += length;
        if (la < length)
            break; /* past the last address */
    }
    buf_free(&text);
    dbg->next_listing = la;
    dbg->listing_valid = true;
    return ok;
}

static unsigned listing_mode(struct debugger *dbg)
{
    switch (dbg->listing_size) {
    case 16:
        return MODE_CODE16;
    case 32:
        return MODE_CODE32;
    case 64:
        return MODE_CODE64;
    default:
        return debugger_cpu(dbg)->mode;
    }
}

/* RIP of a linear address in the current code segment. */
static uint64_t rip_of(struct debugger *dbg, lin_addr la)
{
    const struct cpu *cpu = debugger_cpu(dbg);

    return cpu_code64(cpu) ? la : (uint32_t)(la - cpu->seg[SEG_CS].base);
}

static bool examine(struct debugger *dbg, const struct call *call, bool physical)
{
    struct view view = { dbg, physical };
    uint64_t address = dbg->next_examine, count;

    if (!parse_format(dbg, call->slash, &count))
        return false;
    if (*call->args && !debugger_value(dbg, call->args, &address))
        return false;
    if (!*call->args && !dbg->next_examine)
        return debugger_error(dbg, "%s needs an address; usage: %s", call->name,
                              call->command->usage);
    if (dbg->examine_format == 'i' && !physical) {
        bool ok = list_insns(dbg, address, rip_of(dbg, address), listing_mode(dbg),
                             count < INSNS_MOST ? count : INSNS_MOST, UINT64_MAX);

        dbg->next_examine = dbg->next_listing;
        return ok;
    }
    if (dbg->examine_format == 'i')
        return debugger_error(dbg, "instructions are shown at linear addresses: x /%s or u",
                              call->slash);
    if (dbg->examine_format == 'm')
        return examine_dump(&view, address, *call->slash && count > 1 ? count : 128);
    if (dbg->examine_format != 's')
        return examine_numbers(&view, address, count);
    while (count--) {
        uint64_t passed;

        if (!view_read(&view, address, &(uint8_t){ 0 }, 1))
            return print_hole(&view, address);
        print_address(&view, address);
        out_text(&dbg->out, " ");
        passed = print_string(&view, address);
        address += passed;
    }
    dbg->next_examine = address;
    return true;
}

static bool cmd_examine(struct debugger *dbg, const struct call *call)
{
    return examine(dbg, call, false);
}

static bool cmd_examine_physical(struct debugger *dbg, const struct call *call)
{
    return examine(dbg, call, true);
}

static bool cmd_disasm(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    const char *rest = call->args;
    uint64_t la = show_code_address(cpu), end = UINT64_MAX, count = 0;
    struct buf error = { 0 };
    struct expr *expr;
    bool ok;

    if (!strncmp(rest, "size=", 5)) {
        uint64_t size;

        if (!debugger_value(dbg, rest + 5, &size))
            return false;
        if (size != 0 && size != 16 && size != 32 && size != 64)
            return debugger_error(dbg, "size is 16, 32, 64, or 0 for the current mode");
        dbg->listing_size = (unsigned)size;
        return true;
    }
    if (!strcmp(rest, "hex on") || !strcmp(rest, "hex off")) {
        dbg->show_bytes = !strcmp(rest, "hex on");
        return true;
    }
    if (*call->slash) {
        char *stop;

        count = strtoull(call->slash, &stop, 10);
        if (!count || (*stop && strcmp(stop, "i")))
            return debugger_error(dbg, "'/%s': a number of instructions expected", call->slash);
    }
    if (*rest) {
        expr = expr_parse(&dbg->env, &rest, &error);
        ok = expr && expr_eval(expr, &dbg->env, &la, &error);
        expr_free(expr);
        if (ok && *rest) {
            expr = expr_parse(&dbg->env, &rest, &error);
            ok = expr && expr_eval(expr, &dbg->env, &end, &error);
            expr_free(expr);
            if (ok && !count)
                count = INSNS_MOST;
        }
        if (!ok)
            return debugger_fail(dbg, &error);
        if (*rest)
            return debugger_error(dbg, "'%.24s': usage: %s", rest, call->command->usage);
    } else if (dbg->listing_valid) {
        la = dbg->next_listing;
    }
    if (!count)
        count = 8;
    return list_insns(dbg, la, rip_of(dbg, la), listing_mode(dbg),
                      count < INSNS_MOST ? count : INSNS_MOST, end);
}

static void print_value(struct debugger *dbg, uint64_t value)
{
    char name[256];

    out_printf(&dbg->out, "0x%llx  %llu", (unsigned long long)value, (unsigned long long)value);
    if ((int64_t)value < 0)
        out_printf(&dbg->out, "  %lld", (long long)value);
    else if (value <= UINT32_MAX && (int32_t)value < 0)
        out_printf(&dbg->out, "  %d", (int32_t)value);
    if (value >= 0x20 && value < 0x7f)
        out_printf(&dbg->out, "  '%c'", (int)value);
    if (symbols_name(&dbg->symbols, value, name, sizeof name))
        out_printf(&dbg->out, "  <%s>", name);
    out_text(&dbg->out, "\n");
}

static bool cmd_calc(struct debugger *dbg, const struct call *call)
{
    const char *rest = call->args;
    struct buf error = { 0 };
    struct expr *expr;
    uint64_t value;
    bool ok;

    if (!*rest)
        return debugger_error(dbg, "calc needs an expression; usage: %s", call->command->usage);
    expr = expr_parse(&dbg->env, &rest, &error);
    ok = expr && !*rest && expr_eval(expr, &dbg->env, &value, &error);
    expr_free(expr);
    if (!ok) {
        if (!error.length)
            buf_printf(&error, "'%.24s': unexpected after the expression", rest);
        return debugger_fail(dbg, &error);
    }
    if (strchr(call->slash, 't')) {
        out_text(&dbg->out, "0b");
        for (unsigned bit = 64; bit-- > 0;)
            if (value >> bit || !bit)
                out_text(&dbg->out, value >> bit & 1 ? "1" : "0");
        out_text(&dbg->out, "\n");
    } else {
        print_value(dbg, value);
    }
    return true;
}

/* p alone is Bochs' step over, p EXPR is gdb's print. */
static bool cmd_print(struct debugger *dbg, const struct call *call)
{
    if (*call->args || *call->slash)
        return cmd_calc(dbg, call);
    return debugger_execute(dbg, "next");
}

/* Arguments separated by blanks or commas; each an expression. */
static bool parse_values(struct debugger *dbg, const char *text, uint64_t *values, unsigned count,
                         const char *usage)
{
    struct buf error = { 0 };

    for (unsigned i = 0; i < count; i++) {
        struct expr *expr;
        bool ok;

        text += strspn(text, " ,");
        if (!*text)
            return debugger_error(dbg, "usage: %s", usage);
        expr = expr_parse(&dbg->env, &text, &error);
        ok = expr && expr_eval(expr, &dbg->env, &values[i], &error);
        expr_free(expr);
        if (!ok)
            return debugger_fail(dbg, &error);
    }
    return !*text ? true : debugger_error(dbg, "'%.24s': usage: %s", text, usage);
}

static bool cmd_setpmem(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    uint64_t v[3]; /* address, size, value */
    uint8_t raw[8];

    if (!parse_values(dbg, call->args, v, 3, call->command->usage))
        return false;
    if (v[1] != 1 && v[1] != 2 && v[1] != 4 && v[1] != 8)
        return debugger_error(dbg, "size %llu: 1, 2, 4 or 8 bytes", (unsigned long long)v[1]);
    store_le64(raw, v[2]);
    if (!space_poke(cpu->memory, v[0], raw, v[1]))
        return debugger_error(dbg, "there is no memory at physical 0x%llx",
                              (unsigned long long)v[0]);
    return true;
}

/* "FILE" ADDRESS [LENGTH]: the file's name, and where the rest begins. */
static bool file_argument(struct debugger *dbg, const struct call *call, struct buf *file,
                          const char **rest)
{
    const char *args = call->args;
    size_t length;

    if (*args == '"') {
        length = strcspn(++args, "\"");
        *rest = args + length + (args[length] == '"');
    } else {
        length = strcspn(args, " \t");
        *rest = args + length;
    }
    *rest += strspn(*rest, " \t");
    if (!length)
        return debugger_error(dbg, "usage: %s", call->command->usage);
    buf_add(file, args, length);
    return true;
}

static bool cmd_writemem(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    struct buf name = { 0 };
    const char *rest;
    uint64_t v[2], done;
    uint8_t page[4096];
    FILE *file;
    bool ok = true;

    if (!file_argument(dbg, call, &name, &rest) ||
        !parse_values(dbg, rest, v, 2, call->command->usage)) {
        buf_free(&name);
        return false;
    }
    file = fopen(buf_text(&name), "wbe");
    if (!file) {
        ok = debugger_error(dbg, "%s: %s", buf_text(&name), strerror(errno));
        buf_free(&name);
        return ok;
    }
    for (done = 0; done < v[1] && ok; done += sizeof page) {
        size_t n = v[1] - done < sizeof page ? v[1] - done : sizeof page;

        if (!cpu_peek(cpu, v[0] + done, page, n))
            ok = debugger_error(dbg, "0x%llx is not mapped to memory; %llu bytes were written",
                                (unsigned long long)(v[0] + done), (unsigned long long)done);
        else if (fwrite(page, 1, n, file) != n)
            ok = debugger_error(dbg, "%s: %s", buf_text(&name), strerror(errno));
    }
    if (fclose(file) && ok)
        ok = debugger_error(dbg, "%s: %s", buf_text(&name), strerror(errno));
    if (ok)
        out_printf(&dbg->out, "%llu bytes from 0x%llx written to %s\n", (unsigned long long)v[1],
                   (unsigned long long)v[0], buf_text(&name));
    buf_free(&name);
    return ok;
}

static bool cmd_loadmem(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    struct buf name = { 0 };
    const char *rest;
    uint64_t address, done = 0;
    uint8_t page[4096];
    size_t n;
    FILE *file;
    bool ok = true;

    if (!file_argument(dbg, call, &name, &rest) ||
        !parse_values(dbg, rest, &address, 1, call->command->usage)) {
        buf_free(&name);
        return false;
    }
    file = fopen(buf_text(&name), "rbe");
    if (!file) {
        ok = debugger_error(dbg, "%s: %s", buf_text(&name), strerror(errno));
        buf_free(&name);
        return ok;
    }
    while (ok && (n = fread(page, 1, sizeof page, file)) > 0) {
        if (!cpu_poke(cpu, address + done, page, n))
            ok = debugger_error(dbg, "0x%llx is not mapped to memory; %llu bytes were loaded",
                                (unsigned long long)(address + done), (unsigned long long)done);
        else
            done += n;
    }
    if (ok && ferror(file))
        ok = debugger_error(dbg, "%s: %s", buf_text(&name), strerror(errno));
    fclose(file);
    if (ok)
        out_printf(&dbg->out, "%llu bytes of %s loaded at 0x%llx\n", (unsigned long long)done,
                   buf_text(&name), (unsigned long long)address);
    buf_free(&name);
    return ok;
}

static bool cmd_deref(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    unsigned size = cpu_code64(cpu) ? 8 : 4;
    uint64_t v[2];

    if (!parse_values(dbg, call->args, v, 2, call->command->usage))
        return false;
    for (uint64_t i = 0; i < v[1] && i < 64; i++) {
        uint8_t raw[8] = { 0 };

        if (!cpu_peek(cpu, v[0], raw, size))
            return print_hole(&(struct view){ dbg, false }, v[0]);
        out_printf(&dbg->out, "%*s0x%llx -> ", (int)i, "", (unsigned long long)v[0]);
        v[0] = load_le64(raw);
        print_value(dbg, v[0]);
    }
    return true;
}

static bool cmd_print_string(struct debugger *dbg, const struct call *call)
{
    struct view view = { dbg, false };
    uint64_t address;

    if (!debugger_value(dbg, call->args, &address))
        return false;
    if (!print_string(&view, address))
        return print_hole(&view, address);
    return true;
}

/* CRC-32 as in Ethernet and zip. */
static bool cmd_crc(struct debugger *dbg, const struct call *call)
{
    struct cpu *cpu = debugger_cpu(dbg);
    uint32_t crc = UINT32_MAX;
    uint64_t v[2];

    if (!parse_values(dbg, call->args, v, 2, call->command->usage))
        return false;
    for (uint64_t a = v[0]; a < v[1]; a++) {
        uint8_t byte;

        if (dbg->machine->interrupt)
            return debugger_error(dbg, "interrupted at 0x%llx", (unsigned long long)a);
        if (!space_peek(cpu->memory, a, &byte, 1))
            return print_hole(&(struct view){ dbg, true }, a);
        crc ^= byte;
        for (unsigned i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    out_printf(&dbg->out, "0x%08x\n", ~crc);
    return true;
}

#define FORMAT_HELP                                                                                \
    "/nuf: a count, a unit b h w g (1, 2, 4, 8 bytes) and a format x d u o t c s i m (hex,\n"      \
    "signed, unsigned, octal, binary, characters, string, instructions, dump), in any order.\n"    \
    "Unit and format are kept; without ADDRESS it goes on where it ended."

const struct command memory_commands[] = {
    { NULL, "x", NULL, cmd_examine, complete_address, "x /nuf ADDRESS",
      "show memory at a linear address", FORMAT_HELP " Example: x /4xg $rsp", true },
    { NULL, "xp", NULL, cmd_examine_physical, complete_address, "xp /nuf ADDRESS",
      "show memory at a physical address", FORMAT_HELP " Example: xp /16bx 0x7c00", true },
    { "u", "disasm", "disas disassemble", cmd_disasm, complete_address,
      "disasm [/COUNT] [FROM [TO]]", "disassemble",
      "Without FROM: at CS:RIP, then on. 'u size=16|32|64|0' forces a code size, 'u "
      "hex on|off'\nshows the bytes.",
      true },
    { "?", "calc", NULL, cmd_calc, complete_address, "calc [/t] EXPR", "compute an expression",
      "Hexadecimal, decimal, signed, symbol; /t: binary. 'help expressions' lists what may be in "
      "one.",
      false },
    { "p", "print", NULL, cmd_print, complete_address, "p | print EXPR",
      "p alone steps over (as in Bochs), p EXPR computes (as in gdb)", NULL, true },
    { NULL, "setpmem", NULL, cmd_setpmem, NULL, "setpmem ADDRESS SIZE VALUE",
      "write 1, 2, 4 or 8 bytes of physical memory", NULL, false },
    { NULL, "writemem", NULL, cmd_writemem, complete_file, "writemem \"FILE\" ADDRESS LENGTH",
      "write guest memory (linear) to a file", NULL, false },
    { NULL, "loadmem", NULL, cmd_loadmem, complete_file, "loadmem \"FILE\" ADDRESS",
      "load a file into guest memory (linear)", NULL, false },
    { NULL, "deref", NULL, cmd_deref, complete_address, "deref ADDRESS DEPTH",
      "follow a chain of pointers", NULL, false },
    { NULL, "print-string", NULL, cmd_print_string, complete_address, "print-string ADDRESS",
      "show a zero-terminated string", NULL, false },
    { NULL, "crc", NULL, cmd_crc, NULL, "crc FROM TO", "CRC-32 of physical memory", NULL, false },
    { 0 },
};
