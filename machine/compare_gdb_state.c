/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine/compare_gdb_state.c - the registers that a foreign emulator describes and we have: both
 * values, which bits of them count, and ours written over theirs.
 */
#include <string.h>

#include "cpu/control.h"
#include "cpu/disasm.h"
#include "cpu/x87.h"
#include "machine/compare_gdb.h"
#include "util/bits.h"

/* Names of the descriptions org.gnu.gdb.i386.core, .sse and of QEMU's addition to them. */
static const struct {
    const char *name; /* with a '#': a number from 0 on */
    enum gdb_kind kind;
    unsigned n;
} names[] = {
    { "rip", GDB_RIP, 0 },
    { "eip", GDB_RIP, 0 },
    { "eflags", GDB_FLAGS, 0 },
    { "rflags", GDB_FLAGS, 0 },
    { "es", GDB_SELECTOR, SEG_ES },
    { "cs", GDB_SELECTOR, SEG_CS },
    { "ss", GDB_SELECTOR, SEG_SS },
    { "ds", GDB_SELECTOR, SEG_DS },
    { "fs", GDB_SELECTOR, SEG_FS },
    { "gs", GDB_SELECTOR, SEG_GS },
    { "fs_base", GDB_BASE, SEG_FS },
    { "gs_base", GDB_BASE, SEG_GS },
    { "k_gs_base", GDB_KERNEL_GS, 0 },
    { "cr0", GDB_CONTROL, 0 },
    { "cr2", GDB_CONTROL, 2 },
    { "cr3", GDB_CONTROL, 3 },
    { "cr4", GDB_CONTROL, 4 },
    { "cr8", GDB_CONTROL, 8 },
    { "efer", GDB_EFER, 0 },
    { "fctrl", GDB_FCTRL, 0 },
    { "fstat", GDB_FSTAT, 0 },
    { "ftag", GDB_FTAG, 0 },
    { "fiseg", GDB_UNKEPT, 0 },
    { "fioff", GDB_UNKEPT, 1 },
    { "foseg", GDB_UNKEPT, 2 },
    { "fooff", GDB_UNKEPT, 3 },
    { "fop", GDB_UNKEPT, 4 },
    { "mxcsr", GDB_MXCSR, 0 },
};

static bool numbered(const char *name, const char *stem, unsigned most, unsigned *n)
{
    size_t length = strlen(stem);
    unsigned value = 0;

    if (strncmp(name, stem, length) != 0 || !name[length] || strlen(name + length) > 2)
        return false;
    for (name += length; *name; name++) {
        if (*name < '0' || *name > '9')
            return false;
        value = value * 10 + (unsigned)(*name - '0');
    }
    *n = value;
    return value < most;
}

static bool find_name(const char *name, enum gdb_kind *kind, unsigned *n)
{
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(names[i].name, name)) {
            *kind = names[i].kind;
            *n = names[i].n;
            return true;
        }
    }
    for (*n = 0; *n < 16; ++*n) {
        if (!strcmp(name, gpr_name(*n, 8)) || (*n < 8 && !strcmp(name, gpr_name(*n, 4)))) {
            *kind = GDB_GENERAL;
            return true;
        }
    }
    *kind = GDB_ST;
    if (numbered(name, "st", 8, n))
        return true;
    *kind = GDB_XMM;
    return numbered(name, "xmm", 16, n);
}

/* ---- ignore= ---- */

static const struct {
    const char *name;
    uint32_t bits;
} flag_names[] = { { "cf", CF },   { "pf", PF }, { "af", AF }, { "zf", ZF }, { "sf", SF },
                   { "tf", TF },   { "if", IF }, { "df", DF }, { "of", OF }, { "iopl", IOPL },
                   { "nt", NT },   { "rf", RF }, { "vm", VM }, { "ac", AC }, { "vif", VIF },
                   { "vip", VIP }, { "id", ID } };

static bool ignore_flag(struct gdb_pair *pair, const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(flag_names); i++) {
        if (!strcmp(name, flag_names[i].name)) {
            store_le32(pair->ignored, load_le32(pair->ignored) | flag_names[i].bits);
            return true;
        }
    }
    return false;
}

static bool ignore_word(struct compare_gdb *gdb, const char *word)
{
    size_t stem = strcspn(word, ".");

    if (!strcmp(word, "memory")) {
        gdb->ignore_memory = true;
        return true;
    }
    for (unsigned i = 0; i < gdb->pairs; i++) {
        struct gdb_pair *pair = &gdb->pair[i];

        if (strlen(pair->reg->name) != stem || strncmp(word, pair->reg->name, stem) != 0)
            continue;
        if (word[stem])
            return pair->kind == GDB_FLAGS && ignore_flag(pair, word + stem + 1);
        memset(pair->ignored, 0xff, sizeof pair->ignored);
        return true;
    }
    return false;
}

bool gdb_pairs(struct compare_gdb *gdb, const char *ignore)
{
    const struct gdb_target *target = &gdb->client.target;
    char word[32];

    for (unsigned i = 0; i < target->count; i++) {
        struct gdb_pair pair = { .reg = &target->reg[i] };

        if (pair.reg->bytes <= GDB_VALUE_BYTES && find_name(pair.reg->name, &pair.kind, &pair.n))
            gdb->pair[gdb->pairs++] = pair;
    }
    for (unsigned needed = 0; needed < 2; needed++) {
        bool found = false;

        for (unsigned i = 0; i < gdb->pairs; i++)
            found |= gdb->pair[i].kind == (needed ? GDB_FLAGS : GDB_RIP);
        if (!found)
            return gdb_fail(&gdb->client, "describes no %s, expected an x86 processor",
                            needed ? "eflags" : "rip");
    }
    while (*ignore) {
        size_t length = strcspn(ignore, " ");

        snprintf(word, sizeof word, "%.*s", (int)length, ignore);
        if (length && !ignore_word(gdb, word))
            return gdb_fail(&gdb->client, "describes no '%s', which ignore= names", word);
        ignore += length + strspn(ignore + length, " ");
    }
    return true;
}

/* ---- values ---- */

/* The tag word of FSTENV: two bits a physical register. */
static uint16_t full_tags(const struct cpu *cpu)
{
    uint16_t tags = 0;

    for (unsigned i = 0; i < 8; i++) {
        const struct float80 *st = &cpu->fpu.st[i];
        unsigned exponent = st->sign_exponent & 0x7fff, tag = 0; /* valid */

        if (!(cpu->fpu.ftw >> i & 1))
            tag = 3;
        else if (!exponent && !st->mantissa)
            tag = 1;
        else if (!exponent || exponent == 0x7fff || !(st->mantissa >> 63))
            tag = 2;
        tags |= (uint16_t)(tag << 2 * i);
    }
    return tags;
}

static void put_st(const struct cpu *cpu, unsigned physical, uint8_t *to)
{
    store_le64(to, cpu->fpu.st[physical].mantissa);
    store_le16(to + 8, cpu->fpu.st[physical].sign_exponent);
}

static void our_value(const struct cpu *cpu, const struct gdb_pair *pair, uint8_t *to)
{
    const uint64_t unkept[] = { cpu->fpu.fcs, cpu->fpu.fip, cpu->fpu.fds, cpu->fpu.fdp,
                                cpu->fpu.fop };
    uint64_t value = 0;

    memset(to, 0, GDB_VALUE_BYTES);
    switch (pair->kind) {
    case GDB_GENERAL:
        value = cpu->gpr[pair->n];
        break;
    case GDB_RIP:
        value = cpu->rip;
        break;
    case GDB_FLAGS:
        value = cpu_eflags(cpu);
        break;
    case GDB_SELECTOR:
        value = cpu->seg[pair->n].selector;
        break;
    case GDB_BASE:
        value = cpu->seg[pair->n].base;
        break;
    case GDB_KERNEL_GS:
        value = cpu->msr.kernel_gs_base;
        break;
    case GDB_CONTROL:
        value = control_read(cpu, pair->n);
        break;
    case GDB_EFER:
        value = cpu->efer;
        break;
    case GDB_FCTRL:
        value = cpu->fpu.fcw;
        break;
    case GDB_FSTAT:
        value = cpu->fpu.fsw;
        break;
    case GDB_FTAG:
        value = full_tags(cpu);
        break;
    case GDB_UNKEPT:
        value = unkept[pair->n];
        break;
    case GDB_MXCSR:
        value = cpu->mxcsr;
        break;
    case GDB_ST:
        put_st(cpu, fpu_physical(cpu, pair->n), to);
        return;
    case GDB_XMM:
        memcpy(to, cpu->vec[pair->n].b, GDB_VALUE_BYTES);
        return;
    }
    if (pair->reg->bytes < 8)
        value &= mask_bits(pair->reg->bytes * 8);
    store_le64(to, value);
}

/* Does the stub say physical registers where the description says ST(i)? Known when that alone fits. */
static bool says_physical(const struct compare_gdb *gdb, const struct cpu *cpu)
{
    bool physical = true, relative = true, any = false;

    for (unsigned i = 0; i < gdb->pairs; i++) {
        const struct gdb_pair *pair = &gdb->pair[i];
        uint8_t value[GDB_VALUE_BYTES] = { 0 };

        if (pair->kind != GDB_ST || !pair->known)
            continue;
        any = true;
        relative = relative && !memcmp(pair->ours, pair->theirs, 10);
        put_st(cpu, pair->n, value);
        physical = physical && !memcmp(value, pair->theirs, 10);
    }
    return any && physical && !relative;
}

bool gdb_look(struct compare_gdb *gdb, const struct cpu *cpu)
{
    uint8_t bytes[GDB_REGISTERS_MOST * GDB_REGISTER_BYTES];
    bool known[GDB_REGISTERS_MOST];

    if (!gdb_read_registers(&gdb->client, bytes, known))
        return false;
    for (unsigned i = 0; i < gdb->pairs; i++) {
        struct gdb_pair *pair = &gdb->pair[i];

        pair->known = known[pair->reg - gdb->client.target.reg];
        pair->differs = false;
        memset(pair->theirs, 0, sizeof pair->theirs);
        memcpy(pair->theirs, bytes + pair->reg->offset, pair->reg->bytes);
        our_value(cpu, pair, pair->ours);
    }
    if (says_physical(gdb, cpu))
        gdb->counts[KNOWN_X87_ORDER] = 1;
    if (gdb->counts[KNOWN_X87_ORDER]) {
        for (unsigned i = 0; i < gdb->pairs; i++) {
            if (gdb->pair[i].kind == GDB_ST)
                put_st(cpu, gdb->pair[i].n, gdb->pair[i].ours);
        }
    }
    return true;
}

bool gdb_pair_differs(const struct cpu *cpu, const struct gdb_pair *pair, uint8_t *diff)
{
    bool any = false, wide = cpu_code64(cpu);
    unsigned bytes = pair->reg->bytes;

    memset(diff, 0, GDB_VALUE_BYTES);
    if (!pair->known)
        return false;
    /* Outside 64-bit code the upper halves and R8-R15 are not there, and a stub does not show them. */
    if (!wide && (pair->kind == GDB_GENERAL || pair->kind == GDB_RIP) && bytes > 4)
        bytes = pair->kind == GDB_GENERAL && pair->n >= 8 ? 0 : 4;
    for (unsigned i = 0; i < bytes; i++)
        diff[i] = pair->ours[i] ^ pair->theirs[i];
    if (pair->kind == GDB_FLAGS)
        diff[2] &= (uint8_t) ~(RF >> 16);
    for (unsigned i = 0; i < bytes; i++)
        any |= diff[i] != 0;
    return any;
}

bool gdb_give(struct compare_gdb *gdb, struct gdb_pair *pair)
{
    if (!gdb_write_register(&gdb->client, pair->reg, pair->ours))
        return false;
    memcpy(pair->theirs, pair->ours, sizeof pair->theirs);
    return true;
}

/* Control registers first: what a selector means depends on them. */
static unsigned rank(const struct gdb_pair *pair)
{
    switch (pair->kind) {
    case GDB_EFER:
        return 0;
    case GDB_CONTROL:
        return pair->n == 0 ? 2 : 1;
    case GDB_FLAGS: /* VM, too */
        return 3;
    case GDB_SELECTOR:
        return pair->n == SEG_CS ? 4 : 5;
    default:
        return 6;
    }
}

enum { RANKS = 7 };

static bool is_accepted(const struct gdb_pair *pair)
{
    return pair->accepted && !memcmp(pair->accepted_ours, pair->ours, sizeof pair->ours) &&
           !memcmp(pair->accepted_theirs, pair->theirs, sizeof pair->theirs);
}

bool gdb_give_all(struct compare_gdb *gdb, const struct cpu *cpu, bool accept)
{
    uint8_t diff[GDB_VALUE_BYTES];

    if (!gdb_look(gdb, cpu))
        return false;
    for (unsigned r = 0; r < RANKS; r++) {
        for (unsigned i = 0; i < gdb->pairs; i++) {
            struct gdb_pair *pair = &gdb->pair[i];

            if (rank(pair) != r || pair->kind == GDB_FTAG || pair->kind == GDB_UNKEPT ||
                !gdb_pair_differs(cpu, pair, diff))
                continue;
            if (!accept && is_accepted(pair))
                continue; /* it was tried at the start */
            gdb->counts[KNOWN_START] += accept;
            if (!gdb_give(gdb, pair))
                return false;
        }
    }
    if (!accept)
        return true;
    if (!gdb_look(gdb, cpu))
        return false;
    for (unsigned i = 0; i < gdb->pairs; i++) {
        struct gdb_pair *pair = &gdb->pair[i];

        pair->accepted = gdb_pair_differs(cpu, pair, diff) && pair->kind != GDB_RIP;
        memcpy(pair->accepted_ours, pair->ours, sizeof pair->ours);
        memcpy(pair->accepted_theirs, pair->theirs, sizeof pair->theirs);
    }
    return true;
}

bool gdb_judge(struct compare_gdb *gdb, const struct cpu *cpu, bool *equal)
{
    uint8_t diff[GDB_VALUE_BYTES];
    bool unkept = false;

    for (unsigned i = 0; i < gdb->pairs; i++) {
        struct gdb_pair *pair = &gdb->pair[i];
        enum known_id id;

        if (!gdb_pair_differs(cpu, pair, diff) || is_accepted(pair))
            continue;
        if (pair->kind == GDB_FTAG || pair->kind == GDB_UNKEPT) {
            gdb->counts[KNOWN_X87_UNKEPT] += !unkept;
            unkept = true;
            continue;
        }
        id = gdb_known_register(cpu, &gdb->step, pair, diff);
        if (id == KNOWN_COUNT) {
            pair->differs = true;
            *equal = false;
            continue;
        }
        gdb->counts[id]++;
        if (!gdb_give(gdb, pair))
            return false;
    }
    return true;
}

bool gdb_nothing_done(const struct compare_gdb *gdb)
{
    bool ours = false;

    for (unsigned i = 0; i < gdb->pairs; i++) {
        const struct gdb_pair *pair = &gdb->pair[i];

        if (memcmp(pair->theirs, pair->theirs_before, sizeof pair->theirs) != 0)
            return false;
        ours |= memcmp(pair->ours, pair->before, sizeof pair->ours) != 0;
    }
    return ours;
}

void gdb_keep_before(struct compare_gdb *gdb)
{
    for (unsigned i = 0; i < gdb->pairs; i++) {
        struct gdb_pair *pair = &gdb->pair[i];

        memcpy(pair->before, pair->ours, sizeof pair->ours);
        memcpy(pair->theirs_before, pair->theirs, sizeof pair->theirs);
    }
}
