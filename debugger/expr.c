/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/expr.c - a recursive-descent parser into a tree, and its evaluation. */
#include "debugger/expr.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/access.h"
#include "cpu/segment.h"
#include "debugger/register.h"
#include "iodev/device.h"
#include "util/text.h"

enum node {
    NODE_NUMBER,
    NODE_SYMBOL, /* value: its address */
    NODE_REG,
    NODE_FIELD,  /* a device's state */
    NODE_HIT,    /* value: which member */
    NODE_LINEAR, /* memory at a; size: bytes, 0: by mode */
    NODE_PHYSICAL,
    NODE_SEG_OFF,
    NODE_UNARY,
    NODE_BINARY,
    NODE_CHOICE, /* a ? b : c */
};

enum op {
    OP_NOT,
    OP_INVERT,
    OP_NEGATE,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_ADD,
    OP_SUB,
    OP_SHL,
    OP_SHR,
    OP_COLON,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_EQ,
    OP_NE,
    OP_AND,
    OP_XOR,
    OP_OR,
    OP_LAND,
    OP_LOR,
    OP_NONE,
};

enum hit_member { HIT_VAL, HIT_OLD, HIT_ADDR, HIT_SIZE };

struct expr {
    enum node node;
    enum op op;
    unsigned size;
    uint64_t value;
    struct reg_ref reg;
    const struct field *field;
    const void *state;
    unsigned index;
    struct expr *a, *b, *c;
};

enum { DEPTH_MOST = 200, NODES_MOST = 2000, WORD_LONGEST = 256 };

struct parser {
    const struct expr_env *env;
    const char *text;
    struct buf *error;
    unsigned depth, nodes;
};

static struct expr *parse_choice(struct parser *p);

void expr_free(struct expr *expr)
{
    if (!expr)
        return;
    expr_free(expr->a);
    expr_free(expr->b);
    expr_free(expr->c);
    free(expr);
}

static struct expr *new_node(enum node node, struct expr *a, struct expr *b)
{
    struct expr *expr = xcalloc(1, sizeof *expr);

    expr->node = node;
    expr->a = a;
    expr->b = b;
    return expr;
}

static void skip_blanks(struct parser *p)
{
    while (isspace((unsigned char)*p->text))
        p->text++;
}

static bool accept(struct parser *p, char c)
{
    skip_blanks(p);
    if (*p->text != c)
        return false;
    p->text++;
    return true;
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static struct expr *refuse(struct parser *p, const char *expected)
{
    skip_blanks(p);
    if (!p->error->length) {
        if (*p->text)
            buf_printf(p->error, "'%.24s': %s expected here", p->text, expected);
        else
            buf_printf(p->error, "%s expected at the end", expected);
    }
    return NULL;
}

static struct expr *too_deep(struct parser *p)
{
    if (!p->error->length)
        buf_add_text(p->error, "the expression is nested too deeply");
    return NULL;
}

static struct expr *unknown_name(struct parser *p, const char *name)
{
    const char *close[3];
    size_t n = p->env->symbols ? symbols_close(p->env->symbols, name, close, 3) : 0;

    buf_printf(p->error, "no register or symbol '%s'", name);
    if (n) {
        buf_printf(p->error, " (%zu close:", n);
        for (size_t i = 0; i < n; i++)
            buf_printf(p->error, "%s %s", i ? "," : "", close[i]);
        buf_add_text(p->error, ")");
    } else if (strspn(name, "0123456789abcdefABCDEF") == strlen(name)) {
        buf_printf(p->error, "; as a number it is 0x%s", name);
    }
    if (!p->env->symbols || !p->env->symbols->count)
        buf_add_text(p->error, ". Load symbols with 'ldsym FILE'");
    return NULL;
}

/* DEVICE.FIELD or DEVICE.FIELD[N]: the state rows that every device has. */
static struct expr *device_field(struct parser *p, const char *word)
{
    const char *dot = strchr(word, '.');
    const struct device_list *devices = p->env->devices;

    if (!devices || !dot)
        return NULL;
    for (const struct device *dev = devices->first; dev; dev = dev->next) {
        const struct field *field;
        struct expr *expr;
        unsigned index = 0;
        char name[WORD_LONGEST];

        if (strlen(dev->class->name) != (size_t)(dot - word) || !dev->class->fields ||
            strncmp(dev->class->name, word, (size_t)(dot - word)))
            continue;
        if (*p->text == '[' && isdigit((unsigned char)p->text[1])) {
            const char *end = strchr(p->text, ']');

            if (end && end - p->text < 12) {
                snprintf(name, sizeof name, "%s%.*s", dot + 1, (int)(end - p->text + 1), p->text);
                p->text = end + 1;
            } else {
                snprintf(name, sizeof name, "%s", dot + 1);
            }
        } else {
            snprintf(name, sizeof name, "%s", dot + 1);
        }
        field = field_find(dev->class->fields, name, &index);
        if (!field || field->format == FMT_DERIVED || field->format == FMT_BYTES ||
            field->size > 8) {
            buf_printf(p->error, "%s has no number called '%s'; 'info device %s' lists its state",
                       dev->class->name, name, dev->class->name);
            return NULL;
        }
        expr = new_node(NODE_FIELD, NULL, NULL);
        expr->field = field;
        expr->state = dev;
        expr->index = index;
        return expr;
    }
    return NULL;
}

static struct expr *symbol_node(struct parser *p, const char *name)
{
    const struct symbol *symbol = p->env->symbols ? symbols_find(p->env->symbols, name) : NULL;
    struct expr *expr;

    if (!symbol)
        return unknown_name(p, name);
    expr = new_node(NODE_SYMBOL, NULL, NULL);
    expr->value = symbol->address;
    return expr;
}

static struct expr *parse_bracket(struct parser *p, unsigned size)
{
    struct expr *inner, *expr;

    inner = parse_choice(p);
    if (!inner)
        return NULL;
    if (!accept(p, ']')) {
        expr_free(inner);
        return refuse(p, "']'");
    }
    expr = new_node(NODE_LINEAR, inner, NULL);
    expr->size = size;
    return expr;
}

/* byte [x], dword ptr [x] */
static struct expr *sized_memory(struct parser *p, const char *word)
{
    static const char *const names[] = { "byte", "word", "dword", "qword" };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        const char *rest = p->text;

        if (strcmp(word, names[i]))
            continue;
        while (isspace((unsigned char)*rest))
            rest++;
        if (!strncmp(rest, "ptr", 3) && !word_char(rest[3]))
            rest += 3;
        while (isspace((unsigned char)*rest))
            rest++;
        if (*rest != '[')
            return NULL;
        p->text = rest + 1;
        return parse_bracket(p, 1u << i);
    }
    return NULL;
}

static struct expr *parse_word(struct parser *p, bool register_only)
{
    char word[WORD_LONGEST];
    size_t length = 0;
    struct reg_ref reg;
    struct expr *expr;
    uint64_t number;
    static const char *const hits[] = { "val", "old", "addr", "size" };

    while (word_char(p->text[length]))
        length++;
    if (length >= sizeof word)
        return refuse(p, "a shorter name");
    memcpy(word, p->text, length);
    word[length] = 0;
    if (!register_only && isdigit((unsigned char)word[0])) {
        if (!text_number(word, &number)) {
            if (!p->error->length)
                buf_printf(p->error, "'%s' is not a number of 64 bits; 0x1f 1fh 0b11 037 1_000 are",
                           word);
            return NULL;
        }
        p->text += length;
        expr = new_node(NODE_NUMBER, NULL, NULL);
        expr->value = number;
        return expr;
    }
    p->text += length;
    if (p->env->cpu && reg_find(word, length, &reg)) {
        expr = new_node(NODE_REG, NULL, NULL);
        expr->reg = reg;
        return expr;
    }
    if (p->env->hit)
        for (unsigned i = 0; i < ARRAY_SIZE(hits); i++)
            if (!strcmp(word, hits[i])) {
                expr = new_node(NODE_HIT, NULL, NULL);
                expr->value = i;
                return expr;
            }
    if (!register_only) {
        expr = sized_memory(p, word);
        if (expr || p->error->length)
            return expr;
        expr = device_field(p, word);
        if (expr || p->error->length)
            return expr;
    }
    return symbol_node(p, word);
}

static struct expr *parse_quoted(struct parser *p)
{
    char name[WORD_LONGEST];
    const char *end = strchr(p->text, '"');

    if (!end || (size_t)(end - p->text) >= sizeof name)
        return refuse(p, "a closing quote");
    snprintf(name, sizeof name, "%.*s", (int)(end - p->text), p->text);
    p->text = end + 1;
    return symbol_node(p, name);
}

static struct expr *parse_unary(struct parser *p);

static struct expr *unary_node(struct parser *p, enum node node, enum op op)
{
    struct expr *a = parse_unary(p), *expr;

    if (!a)
        return NULL;
    expr = new_node(node, a, NULL);
    expr->op = op;
    return expr;
}

static struct expr *parse_primary(struct parser *p)
{
    struct expr *expr;

    skip_blanks(p);
    if (accept(p, '(')) {
        expr = parse_choice(p);
        if (expr && !accept(p, ')')) {
            expr_free(expr);
            return refuse(p, "')'");
        }
        return expr;
    }
    if (accept(p, '['))
        return parse_bracket(p, 0);
    if (accept(p, '"'))
        return parse_quoted(p);
    if (*p->text == '\'' && p->text[1] && p->text[2] == '\'') {
        expr = new_node(NODE_NUMBER, NULL, NULL);
        expr->value = (uint8_t)p->text[1];
        p->text += 3;
        return expr;
    }
    if (*p->text == '$') {
        p->text++;
        if (isalpha((unsigned char)*p->text) || *p->text == '_')
            return parse_word(p, true);
        return unary_node(p, NODE_LINEAR, OP_NONE);
    }
    if (word_char(*p->text))
        return parse_word(p, false);
    return refuse(p, "a number, register or symbol");
}

static struct expr *parse_unary(struct parser *p)
{
    struct expr *expr = NULL;

    if (p->depth >= DEPTH_MOST)
        return too_deep(p);
    p->depth++;
    skip_blanks(p);
    switch (*p->text) {
    case '!':
        p->text++;
        expr = unary_node(p, NODE_UNARY, OP_NOT);
        break;
    case '~':
        p->text++;
        expr = unary_node(p, NODE_UNARY, OP_INVERT);
        break;
    case '-':
        p->text++;
        expr = unary_node(p, NODE_UNARY, OP_NEGATE);
        break;
    case '+':
        p->text++;
        expr = parse_unary(p);
        break;
    case '*':
        p->text++;
        expr = unary_node(p, NODE_LINEAR, OP_NONE);
        break;
    case '@':
        p->text++;
        expr = unary_node(p, NODE_PHYSICAL, OP_NONE);
        break;
    default:
        expr = parse_primary(p);
    }
    p->depth--;
    return expr;
}

/* Binary operators by precedence; a longer one stands before its beginning. */
static const struct binary {
    const char *text;
    enum op op;
    unsigned level;
} binaries[] = {
    { "||", OP_LOR, 1 }, { "&&", OP_LAND, 2 }, { "|", OP_OR, 3 },   { "^", OP_XOR, 4 },
    { "&", OP_AND, 5 },  { "==", OP_EQ, 6 },   { "!=", OP_NE, 6 },  { "<<", OP_SHL, 9 },
    { ">>", OP_SHR, 9 }, { "<=", OP_LE, 7 },   { ">=", OP_GE, 7 },  { "<", OP_LT, 7 },
    { ">", OP_GT, 7 },   { ":", OP_COLON, 8 }, { "+", OP_ADD, 10 }, { "-", OP_SUB, 10 },
    { "*", OP_MUL, 11 }, { "/", OP_DIV, 11 },  { "%", OP_MOD, 11 },
};

static const struct binary *peek_binary(struct parser *p)
{
    skip_blanks(p);
    for (size_t i = 0; i < ARRAY_SIZE(binaries); i++)
        if (!strncmp(p->text, binaries[i].text, strlen(binaries[i].text)))
            return &binaries[i];
    return NULL;
}

static struct expr *parse_binary(struct parser *p, unsigned level, bool colon)
{
    struct expr *left = parse_unary(p);

    while (left) {
        const struct binary *binary = peek_binary(p);
        struct expr *right;

        if (!binary || binary->level < level || (binary->op == OP_COLON && !colon))
            break;
        if (p->nodes++ >= NODES_MOST) {
            expr_free(left);
            return refuse(p, "a shorter expression");
        }
        p->text += strlen(binary->text);
        right = parse_binary(p, binary->level + 1, colon);
        if (!right) {
            expr_free(left);
            return NULL;
        }
        left = new_node(binary->op == OP_COLON ? NODE_SEG_OFF : NODE_BINARY, left, right);
        left->op = binary->op;
    }
    return left;
}

static struct expr *parse_choice(struct parser *p)
{
    struct expr *test, *yes, *no, *expr;

    if (p->depth >= DEPTH_MOST)
        return too_deep(p);
    p->depth++;
    test = parse_binary(p, 1, true);
    p->depth--;
    if (!test || !accept(p, '?'))
        return test;
    p->depth++;
    yes = parse_binary(p, 1, false);
    no = yes && accept(p, ':') ? parse_choice(p) : refuse(p, "':'");
    p->depth--;
    if (!no) {
        expr_free(test);
        expr_free(yes);
        return NULL;
    }
    expr = new_node(NODE_CHOICE, test, yes);
    expr->c = no;
    return expr;
}

struct expr *expr_parse(const struct expr_env *env, const char **text, struct buf *error)
{
    struct parser p = { .env = env, .text = *text, .error = error };
    struct expr *expr = parse_choice(&p);

    skip_blanks(&p);
    *text = p.text;
    return expr;
}

/* Evaluation. */

static unsigned mode_width(const struct cpu *cpu)
{
    return cpu_code64(cpu) ? 8 : 4;
}

static bool read_memory(const struct expr *expr, const struct expr_env *env, uint64_t address,
                        uint64_t *value, struct buf *error)
{
    unsigned size = expr->size ? expr->size : mode_width(env->cpu);
    uint8_t raw[8] = { 0 };

    if (expr->node == NODE_PHYSICAL) {
        if (!space_peek(env->cpu->memory, address, raw, size)) {
            buf_printf(error, "nothing can be read at physical 0x%llx",
                       (unsigned long long)address);
            return false;
        }
    } else if (!cpu_peek(env->cpu, address, raw, size)) {
        buf_printf(error, "0x%llx is not mapped to memory; 'page 0x%llx' shows why",
                   (unsigned long long)address, (unsigned long long)address);
        return false;
    }
    *value = load_le64(raw);
    return true;
}

bool expr_segment_base(const struct cpu *cpu, uint16_t selector, uint64_t *base, struct buf *error)
{
    const struct table_register ldt = { cpu->ldtr.base, cpu->ldtr.limit };
    const struct table_register *table = selector & 4 ? &ldt : &cpu->gdtr;
    uint8_t raw[8];

    if (!cpu_protected(cpu)) {
        *base = (uint64_t)selector << 4;
        return true;
    }
    if ((selector | 7u) > table->limit || !cpu_peek(cpu, table->base + (selector & ~7u), raw, 8)) {
        buf_printf(error, "selector 0x%04x is outside the %s (limit 0x%x)", selector,
                   selector & 4 ? "LDT" : "GDT", table->limit);
        return false;
    }
    *base = descriptor_base(load_le64(raw));
    return true;
}

static bool seg_off_base(const struct expr *expr, const struct expr_env *env, uint64_t *base,
                         struct buf *error)
{
    const struct expr *segment = expr->a;
    uint64_t selector;

    if (segment->node == NODE_REG && segment->reg.kind == REG_SEGMENT &&
        segment->reg.part == PART_SELECTOR) {
        struct reg_ref reg = segment->reg;

        reg.part = PART_BASE;
        reg.width = 64;
        *base = reg_get(env->cpu, &reg);
        if (cpu_code64(env->cpu) && reg.n != SEG_FS && reg.n != SEG_GS)
            *base = 0;
        return true;
    }
    if (!expr_eval(segment, env, &selector, error))
        return false;
    if (selector > 0xffff) {
        buf_printf(error, "0x%llx is not a segment selector (16 bits)",
                   (unsigned long long)selector);
        return false;
    }
    return expr_segment_base(env->cpu, (uint16_t)selector, base, error);
}

static bool binary_value(enum op op, uint64_t a, uint64_t b, uint64_t *value, struct buf *error)
{
    switch (op) {
    case OP_MUL:
        *value = a * b;
        break;
    case OP_DIV:
    case OP_MOD:
        if (!b) {
            buf_add_text(error, "division by 0");
            return false;
        }
        *value = op == OP_DIV ? a / b : a % b;
        break;
    case OP_ADD:
        *value = a + b;
        break;
    case OP_SUB:
        *value = a - b;
        break;
    case OP_SHL:
        *value = b > 63 ? 0 : a << b;
        break;
    case OP_SHR:
        *value = b > 63 ? 0 : a >> b;
        break;
    case OP_LT:
        *value = a < b;
        break;
    case OP_LE:
        *value = a <= b;
        break;
    case OP_GT:
        *value = a > b;
        break;
    case OP_GE:
        *value = a >= b;
        break;
    case OP_EQ:
        *value = a == b;
        break;
    case OP_NE:
        *value = a != b;
        break;
    case OP_AND:
        *value = a & b;
        break;
    case OP_XOR:
        *value = a ^ b;
        break;
    default:
        *value = a | b;
    }
    return true;
}

static uint64_t hit_value(const struct expr *expr, const struct expr_env *env)
{
    if (!env->hit)
        return 0;
    switch (expr->value) {
    case HIT_VAL:
        return env->hit->new_value;
    case HIT_OLD:
        return env->hit->old_value;
    case HIT_ADDR:
        return env->hit->pa;
    default:
        return env->hit->size;
    }
}

static bool eval_binary(const struct expr *expr, const struct expr_env *env, uint64_t *value,
                        struct buf *error)
{
    uint64_t a, b;

    if (!expr_eval(expr->a, env, &a, error))
        return false;
    if (expr->op == OP_LAND || expr->op == OP_LOR) {
        *value = expr->op == OP_LOR;
        if (!a == (expr->op == OP_LAND))
            return true;
        if (!expr_eval(expr->b, env, &b, error))
            return false;
        *value = b != 0;
        return true;
    }
    return expr_eval(expr->b, env, &b, error) && binary_value(expr->op, a, b, value, error);
}

bool expr_eval(const struct expr *expr, const struct expr_env *env, uint64_t *value,
               struct buf *error)
{
    uint64_t a, b;

    switch (expr->node) {
    case NODE_NUMBER:
    case NODE_SYMBOL:
        *value = expr->value;
        return true;
    case NODE_REG:
        *value = reg_get(env->cpu, &expr->reg);
        return true;
    case NODE_FIELD:
        *value = field_get(expr->field, expr->state, expr->index);
        return true;
    case NODE_HIT:
        *value = hit_value(expr, env);
        return true;
    case NODE_LINEAR:
    case NODE_PHYSICAL:
        return expr_eval(expr->a, env, &a, error) && read_memory(expr, env, a, value, error);
    case NODE_SEG_OFF:
        if (!seg_off_base(expr, env, &a, error) || !expr_eval(expr->b, env, &b, error))
            return false;
        *value = cpu_long_mode(env->cpu) ? a + b : (uint32_t)(a + b);
        return true;
    case NODE_UNARY:
        if (!expr_eval(expr->a, env, &a, error))
            return false;
        *value = expr->op == OP_NOT ? !a : expr->op == OP_INVERT ? ~a : -a;
        return true;
    case NODE_CHOICE:
        return expr_eval(expr->a, env, &a, error) &&
               expr_eval(a ? expr->b : expr->c, env, value, error);
    default:
        return eval_binary(expr, env, value, error);
    }
}

bool expr_value(const struct expr_env *env, const char *text, uint64_t *value, struct buf *error)
{
    struct expr *expr = expr_parse(env, &text, error);
    bool ok;

    if (!expr)
        return false;
    ok = !*text && expr_eval(expr, env, value, error);
    if (*text)
        buf_printf(error, "'%.24s': unexpected after the expression", text);
    expr_free(expr);
    return ok;
}

enum expr_shape expr_shape(const struct expr *expr)
{
    enum expr_shape a, b;

    switch (expr->node) {
    case NODE_NUMBER:
        return SHAPE_NUMBER;
    case NODE_SYMBOL:
        return SHAPE_SYMBOL;
    case NODE_SEG_OFF:
        return SHAPE_SEG_OFF;
    case NODE_LINEAR:
    case NODE_PHYSICAL:
        return SHAPE_MEMORY;
    case NODE_BINARY: /* kmain+4 is as symbolic as kmain, 0x7c00+4 as much a number */
        a = expr_shape(expr->a);
        b = expr_shape(expr->b);
        return a == SHAPE_SYMBOL || b == SHAPE_SYMBOL   ? SHAPE_SYMBOL
               : a == SHAPE_NUMBER && b == SHAPE_NUMBER ? SHAPE_NUMBER
                                                        : SHAPE_OTHER;
    case NODE_UNARY:
        return expr_shape(expr->a) == SHAPE_NUMBER ? SHAPE_NUMBER : SHAPE_OTHER;
    default:
        return SHAPE_OTHER;
    }
}

bool expr_seg_off(const struct expr *expr, const struct expr_env *env, uint16_t *selector,
                  uint64_t *offset, struct buf *error)
{
    uint64_t value;

    if (!expr_eval(expr->a, env, &value, error) || !expr_eval(expr->b, env, offset, error))
        return false;
    *selector = (uint16_t)value;
    return true;
}

bool expr_address(const struct expr *expr, const struct expr_env *env, uint64_t *address,
                  unsigned *size, bool *physical, struct buf *error)
{
    *size = expr->size ? expr->size : mode_width(env->cpu);
    *physical = expr->node == NODE_PHYSICAL;
    return expr_eval(expr->a, env, address, error);
}
