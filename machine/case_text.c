/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/case_text.c - test cases as text: one "key = value" a line, '#' begins a comment. What is
 * not named is as case_init() has it.
 *
 *     mode = 64
 *     row = shld_Ev_Gv_Ib
 *     code = 0f a4 d8 05
 *     rip = 0x20001040
 *     rbx = 0x8000000000000000
 *     st.r3 = 3fff:8000000000000000         x87 register R3: sign and exponent, significand
 *     ymm1 = 00000000000000000000000000000000:0000000000000000000000000000ffff
 *     memory 0x20004000 = 11 22 33
 *     expect.vector = 3                     how the host processor ended, and what was different
 *     expect.rax = 0x1
 *     expect.memory 0x20004000 = 1122334455667788
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine/case.h"
#include "util/bits.h"
#include "util/text.h"

/* ---- the names of a state ---- */

enum value_kind { NUMBER, EXTENDED, VECTOR };

struct name {
    const char *name; /* of the first, when `count` is more than 1: a prefix of the number */
    unsigned count;
    enum value_kind kind;
    size_t offset, size; /* in struct case_state; of one */
};

#define ONE_OF(text, member)                                                                       \
    {                                                                                              \
        text, 1, NUMBER, offsetof(struct case_state, member),                                      \
            sizeof(((struct case_state *)0)->member)                                               \
    }
/* clang-format off */
static const struct name names[] = {
    ONE_OF("rax", gpr[RAX]), ONE_OF("rcx", gpr[RCX]), ONE_OF("rdx", gpr[RDX]), ONE_OF("rbx", gpr[RBX]),
    ONE_OF("rsp", gpr[RSP]), ONE_OF("rbp", gpr[RBP]), ONE_OF("rsi", gpr[RSI]), ONE_OF("rdi", gpr[RDI]),
    ONE_OF("r8", gpr[8]), ONE_OF("r9", gpr[9]), ONE_OF("r10", gpr[10]), ONE_OF("r11", gpr[11]),
    ONE_OF("r12", gpr[12]), ONE_OF("r13", gpr[13]), ONE_OF("r14", gpr[14]), ONE_OF("r15", gpr[15]),
    ONE_OF("rip", rip), ONE_OF("rflags", rflags),
    ONE_OF("fs_base", fs_base), ONE_OF("gs_base", gs_base),
    ONE_OF("es", seg[SEG_ES]), ONE_OF("cs", seg[SEG_CS]), ONE_OF("ss", seg[SEG_SS]),
    ONE_OF("ds", seg[SEG_DS]), ONE_OF("fs", seg[SEG_FS]), ONE_OF("gs", seg[SEG_GS]),
    ONE_OF("fcw", fpu.fcw), ONE_OF("fsw", fpu.fsw), ONE_OF("ftw", fpu.ftw), ONE_OF("fop", fpu.fop),
    ONE_OF("fip", fpu.fip), ONE_OF("fdp", fpu.fdp), ONE_OF("mxcsr", mxcsr),
    { "st.r", 8, EXTENDED, offsetof(struct case_state, fpu.st), sizeof(struct float80) },
    { "ymm", 16, VECTOR, offsetof(struct case_state, vec), 32 },
};
/* clang-format on */

/* ---- writing ---- */

static bool is_same(const struct name *n, const uint8_t *a, const uint8_t *b)
{
    /* struct float80 has padding */
    size_t size = n->kind == EXTENDED ? 10 : n->size;

    return !memcmp(a, b, size);
}

static void write_value(const struct name *n, const uint8_t *at, struct out *out)
{
    switch (n->kind) {
    case NUMBER:
        out_printf(out, "0x%" PRIx64 "\n",
                   n->size == 8   ? *(const uint64_t *)(const void *)at
                   : n->size == 4 ? *(const uint32_t *)(const void *)at
                   : n->size == 2 ? *(const uint16_t *)(const void *)at
                                  : *at);
        break;
    case EXTENDED: {
        const struct float80 *f = (const void *)at;

        out_printf(out, "%04x:%016" PRIx64 "\n", f->sign_exponent, f->mantissa);
        break;
    }
    case VECTOR: {
        const uint64_t *q = (const void *)at;

        out_printf(out, "%016" PRIx64 "%016" PRIx64 ":%016" PRIx64 "%016" PRIx64 "\n", q[3], q[2],
                   q[1], q[0]);
        break;
    }
    }
}

/* Everything that differs from `plain`. */
static void write_state(const struct case_state *state, const struct case_state *plain,
                        const char *prefix, struct out *out)
{
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        for (unsigned k = 0; k < names[i].count; k++) {
            size_t offset = names[i].offset + k * names[i].size;
            const uint8_t *at = (const uint8_t *)state + offset;

            if (is_same(&names[i], at, (const uint8_t *)plain + offset))
                continue;
            if (names[i].count > 1)
                out_printf(out, "%s%s%u = ", prefix, names[i].name, k);
            else
                out_printf(out, "%s%s = ", prefix, names[i].name);
            write_value(&names[i], at, out);
        }
    }
}

static void write_bytes(struct out *out, const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        out_printf(out, "%s%02x", i ? " " : "", bytes[i]);
    out_text(out, "\n");
}

/* Lines of 16 bytes in which there is something else than the page has anyway. */
static void write_memory(const struct test_case *tc, struct out *out)
{
    uint8_t *window = xcalloc(1, CASE_WINDOW_BYTES);

    for (unsigned page = 0; page < CASE_PAGES; page++)
        memset(window + page * PAGE_SIZE, case_background(page), PAGE_SIZE);
    for (unsigned i = 0; i < tc->chunks; i++) /* later ones may lie over earlier ones */
        memcpy(window + (tc->chunk[i].address - CASE_WINDOW), tc->pool + tc->chunk[i].offset,
               tc->chunk[i].count);
    for (unsigned at = 0; at < CASE_WINDOW_BYTES; at += 16) {
        uint8_t plain = case_background(at / PAGE_SIZE);
        bool special = false;

        for (unsigned k = 0; k < 16; k++)
            special |= window[at + k] != plain;
        if (!special)
            continue;
        out_printf(out, "memory 0x%x = ", (unsigned)CASE_WINDOW + at);
        write_bytes(out, window + at, 16);
    }
    free(window);
}

void case_write(const struct test_case *tc, const struct case_result *expected, struct out *out)
{
    struct test_case plain;

    case_init(&plain, tc->bits);
    out_printf(out, "mode = %u\n", tc->bits);
    if (*tc->row)
        out_printf(out, "row = %s\n", tc->row);
    out_text(out, "code = ");
    write_bytes(out, tc->code, tc->length);
    write_state(&tc->state, &plain.state, "", out);
    write_memory(tc, out);
    if (!expected)
        return;
    out_printf(out, "expect.vector = %u\n", expected->vector);
    if (expected->error)
        out_printf(out, "expect.error = 0x%x\n", expected->error);
    if (expected->cr2)
        out_printf(out, "expect.cr2 = 0x%" PRIx64 "\n", expected->cr2);
    write_state(&expected->state, &tc->state, "expect.", out);
    for (unsigned i = 0; i < expected->writes; i++)
        out_printf(out, "expect.memory 0x%x = %016" PRIx64 "\n", expected->write[i].address,
                   expected->write[i].value);
}

/* ---- reading ---- */

struct reader {
    const char *name;
    unsigned line;
    struct test_case *tc;
    struct case_result *expected;
    bool has_mode, has_code, has_expected;
    struct buf *error;
};

static bool wrong(struct reader *r, const char *fact, const char *expectation)
{
    buf_clear(r->error);
    buf_printf(r->error, "%s:%u: %.80s, expected %s", r->name, r->line, fact, expectation);
    return false;
}

static bool wrong_value(struct reader *r, const char *key, const char *value,
                        const char *expectation)
{
    char fact[96];

    snprintf(fact, sizeof fact, "%.30s = '%.40s'", key, value);
    return wrong(r, fact, expectation);
}

/* Hexadecimal digits at *p, at most 16; -1: none. */
static int hex_digits(const char **p, unsigned most, uint64_t *value)
{
    unsigned count = 0;

    for (*value = 0; count < most; count++, (*p)++) {
        char c = **p;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;

        if (digit == 16)
            break;
        *value = *value << 4 | digit;
    }
    return count ? (int)count : -1;
}

static bool read_number(struct reader *r, const char *key, const char *text, uint64_t most,
                        uint64_t *value)
{
    char expectation[48];

    if (text_number(text, value) && *value <= most)
        return true;
    snprintf(expectation, sizeof expectation, "a number up to 0x%" PRIx64, most);
    return wrong_value(r, key, text, expectation);
}

/* "11 22 33": bytes; -1: malformed. */
static int read_bytes(const char *text, uint8_t *bytes, unsigned most)
{
    unsigned count = 0;

    while (*text) {
        uint64_t value;

        while (*text == ' ' || *text == '\t')
            text++;
        if (!*text)
            break;
        if (count == most || hex_digits(&text, 2, &value) != 2)
            return -1;
        bytes[count++] = (uint8_t)value;
        if (*text && *text != ' ' && *text != '\t')
            return -1;
    }
    return (int)count;
}

static bool read_value(struct reader *r, const struct name *n, const char *key, const char *text,
                       uint8_t *at)
{
    uint64_t value, q[4];
    const char *p = text;

    switch (n->kind) {
    case NUMBER:
        if (!read_number(r, key, text, mask_bits((unsigned)n->size * 8), &value))
            return false;
        if (n->size == 8)
            *(uint64_t *)(void *)at = value;
        else if (n->size == 4)
            *(uint32_t *)(void *)at = (uint32_t)value;
        else if (n->size == 2)
            *(uint16_t *)(void *)at = (uint16_t)value;
        else
            *at = (uint8_t)value;
        return true;
    case EXTENDED:
        if (hex_digits(&p, 4, &value) != 4 || *p++ != ':' || hex_digits(&p, 16, &q[0]) != 16 || *p)
            return wrong_value(r, key, text,
                               "4 and 16 hexadecimal digits, as 3fff:8000000000000000");
        *(struct float80 *)(void *)at = (struct float80){ q[0], (uint16_t)value };
        return true;
    default:
        if (hex_digits(&p, 16, &q[3]) != 16 || hex_digits(&p, 16, &q[2]) != 16 || *p++ != ':' ||
            hex_digits(&p, 16, &q[1]) != 16 || hex_digits(&p, 16, &q[0]) != 16 || *p)
            return wrong_value(r, key, text, "32, ':' and 32 hexadecimal digits");
        memcpy(at, q, sizeof q);
        return true;
    }
}

static bool read_state(struct reader *r, const char *key, const char *text,
                       struct case_state *state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        size_t length = strlen(names[i].name);
        uint64_t number = 0;

        if (names[i].count == 1 ? strcmp(key, names[i].name) != 0
                                : strncmp(key, names[i].name, length) != 0 || key[length] < '0' ||
                                      key[length] > '9' || !text_number(key + length, &number) ||
                                      number >= names[i].count)
            continue;
        return read_value(r, &names[i], key, text,
                          (uint8_t *)state + names[i].offset + number * names[i].size);
    }
    return wrong(r, key, "mode, row, code, memory ADDRESS, a register, or expect. before one");
}

static bool in_window(uint64_t address, uint64_t bytes)
{
    return address >= CASE_WINDOW && bytes <= CASE_WINDOW_BYTES &&
           address - CASE_WINDOW <= CASE_WINDOW_BYTES - bytes;
}

static bool read_memory(struct reader *r, const char *key, const char *address_text,
                        const char *text)
{
    struct test_case *tc = r->tc;
    uint8_t bytes[256];
    uint64_t address;
    int count = read_bytes(text, bytes, sizeof bytes);

    if (!text_number(address_text, &address))
        return wrong(r, key, "an address behind it");
    if (count < 1)
        return wrong_value(r, key, text, "1 to 256 bytes of two hexadecimal digits");
    if (!in_window(address, (unsigned)count))
        return wrong(r, key, "an address within 0x20000000-0x2000ffff");
    /* Lines that go on where the last one ended are one piece. */
    if (tc->chunks) {
        struct case_chunk *last = &tc->chunk[tc->chunks - 1];

        if (last->address + last->count == address && address % PAGE_SIZE &&
            tc->pooled + count <= CASE_POOL) {
            memcpy(tc->pool + tc->pooled, bytes, (size_t)count);
            tc->pooled = (uint16_t)(tc->pooled + count);
            last->count = (uint16_t)(last->count + count);
            return true;
        }
    }
    return case_add_memory(tc, address, bytes, (unsigned)count) ||
           wrong(r, key, "no more than 64 pieces and 2560 bytes");
}

static bool read_expected(struct reader *r, const char *key, const char *text)
{
    struct case_result *e = r->expected;
    uint64_t value;

    if (!r->has_expected) {
        memset(e, 0, sizeof *e);
        e->state = r->tc->state;
        e->vector = CASE_NO_VECTOR;
        r->has_expected = true;
    }
    if (!strcmp(key, "vector")) {
        if (!read_number(r, key, text, CASE_NO_VECTOR, &value))
            return false;
        e->vector = (uint32_t)value;
        return true;
    }
    if (!strcmp(key, "error")) {
        if (!read_number(r, key, text, UINT32_MAX, &value))
            return false;
        e->error = (uint32_t)value;
        return true;
    }
    if (!strcmp(key, "cr2"))
        return read_number(r, key, text, UINT64_MAX, &e->cr2);
    if (!strncmp(key, "memory ", 7)) {
        const char *p = text;

        if (!text_number(key + 7, &value) || !in_window(value, 8) || value % 8)
            return wrong(r, key, "a multiple of 8 within 0x20000000-0x2000ffff");
        if (e->writes == CASE_WRITES)
            return wrong(r, key, "no more than 192 of them");
        if (hex_digits(&p, 16, &e->write[e->writes].value) != 16 || *p)
            return wrong_value(r, key, text, "16 hexadecimal digits");
        e->write[e->writes++].address = (uint32_t)value;
        return true;
    }
    return read_state(r, key, text, &e->state);
}

static bool read_pair(struct reader *r, const char *key, const char *value)
{
    struct test_case *tc = r->tc;
    uint64_t number;

    if (!strcmp(key, "mode")) {
        if (r->has_mode)
            return wrong(r, "a second mode", "one, first");
        if (!text_number(value, &number) || (number != 16 && number != 32 && number != 64))
            return wrong_value(r, key, value, "16, 32 or 64");
        case_init(tc, (unsigned)number);
        r->has_mode = true;
        return true;
    }
    if (!r->has_mode)
        return wrong(r, key, "mode = 16, 32 or 64 first");
    if (!strcmp(key, "row")) {
        if (!*value || strlen(value) >= sizeof tc->row)
            return wrong_value(r, key, value, "the id of a row");
        strcpy(tc->row, value);
        return true;
    }
    if (!strcmp(key, "code")) {
        int count = read_bytes(value, tc->code, sizeof tc->code);

        if (count < 1)
            return wrong_value(r, key, value, "1 to 15 bytes of two hexadecimal digits");
        tc->length = (uint8_t)count;
        r->has_code = true;
        return true;
    }
    if (!strncmp(key, "memory ", 7))
        return read_memory(r, key, key + 7, value);
    if (!strncmp(key, "expect.", 7))
        return read_expected(r, key + 7, value);
    return read_state(r, key, value, &tc->state);
}

static char *trim(char *text)
{
    size_t length;

    while (*text == ' ' || *text == '\t')
        text++;
    for (length = strlen(text); length && strchr(" \t\r", text[length - 1]); length--)
        text[length - 1] = 0;
    return text;
}

static bool read_line(struct reader *r, char *line)
{
    char *comment = strchr(line, '#'), *equals, *key;

    if (comment)
        *comment = 0;
    line = trim(line);
    if (!*line)
        return true;
    equals = strchr(line, '=');
    if (!equals)
        return wrong(r, line, "'key = value'");
    *equals = 0;
    key = trim(line);
    return read_pair(r, key, trim(equals + 1));
}

bool case_read(const char *name, const char *text, size_t length, struct test_case *tc,
               struct case_result *expected, bool *has_expected, struct buf *error)
{
    struct reader r = { .name = name, .tc = tc, .expected = expected, .error = error };
    const char *end = text + length;
    char line[1024];

    for (const char *p = text; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t count = (size_t)((newline ? newline : end) - p);

        r.line++;
        if (count >= sizeof line)
            return wrong(&r, "a line of more than 1023 characters", "a shorter one");
        if (memchr(p, 0, count))
            return wrong(&r, "a zero byte", "text");
        memcpy(line, p, count);
        line[count] = 0;
        if (!read_line(&r, line))
            return false;
        p += count + (newline != NULL);
    }
    r.line += r.line == 0;
    if (!r.has_mode)
        return wrong(&r, "no mode", "mode = 16, 32 or 64");
    if (!r.has_code)
        return wrong(&r, "no code", "code = BYTES");
    if (!in_window(case_code_address(tc), tc->length))
        return wrong(&r, "rip is outside the window", "0x20000000-0x2000ffff");
    *has_expected = r.has_expected;
    return true;
}
