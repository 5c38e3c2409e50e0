/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/silicon/compare.c - two results of one case, bit by bit. */
#include "tests/silicon/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/disasm.h"

void compare_normalise(const struct test_case *tc, struct case_result *r, bool host)
{
    /* Traps are reported behind INT3 (1 byte), INTO or INT n; the interpreter was stopped before. */
    if (host && r->vector == VEC_BP)
        r->state.rip -= r->state.rip == tc->state.rip + tc->length ? tc->length : 1u;
    else if (host && r->vector == VEC_OF)
        r->state.rip -= tc->length;
    if (r->vector != VEC_PF)
        r->cr2 = 0;
    if (r->state.seg[SEG_CS] != CASE_CS64) {
        for (unsigned i = 0; i < 16; i++)
            r->state.gpr[i] = i < 8 ? (uint32_t)r->state.gpr[i] : 0;
        r->state.rip = (uint32_t)r->state.rip;
    }
    if (tc->bits == 16) /* above it, a piece of the kernel's own stack pointer shows through */
        r->state.gpr[RSP] = (uint32_t)r->state.gpr[RSP];
    if (tc->bits != 64)
        r->state.fs_base = r->state.gs_base = 0;
    r->state.rflags &= ~(uint64_t)VM;
    r->state.fpu.fcs = r->state.fpu.fds = 0; /* a 64-bit image has no room for them */
}

/* Two results, and where their differences are printed. */
struct part {
    const struct case_result *host, *model;
    struct out *out;
};

static void part(struct part *p, const char *name, uint64_t host, uint64_t model)
{
    if (host != model)
        out_printf(p->out, "    %-10s host %016" PRIx64 "  interpreter %016" PRIx64 "\n", name,
                   host, model);
}

static void flags_part(struct part *p)
{
    static const char *const names[] = { "cf", "1",  "pf", "3",   "af",  "5",  "zf", "sf",
                                         "tf", "if", "df", "of",  "12",  "13", "nt", "15",
                                         "rf", "vm", "ac", "vif", "vip", "id" };
    uint64_t host = p->host->state.rflags, model = p->model->state.rflags;

    part(p, "rflags", host, model);
    if (host == model)
        return;
    out_text(p->out, "              ");
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if ((host ^ model) >> i & 1)
            out_printf(p->out, " %s: host %u", names[i], (unsigned)(host >> i & 1));
    }
    out_text(p->out, "\n");
}

static void memory_parts(struct part *p)
{
    unsigned i = 0, j = 0;

    while (i < p->host->writes || j < p->model->writes) {
        uint64_t a = i < p->host->writes ? p->host->write[i].address : UINT64_MAX;
        uint64_t b = j < p->model->writes ? p->model->write[j].address : UINT64_MAX;
        char name[32];

        snprintf(name, sizeof name, "[%08" PRIx64 "]", a < b ? a : b);
        if (a == b) {
            part(p, name, p->host->write[i++].value, p->model->write[j++].value);
        } else {
            if (a < b)
                out_printf(p->out, "    %-10s host %016" PRIx64 "  interpreter unchanged\n", name,
                           p->host->write[i].value);
            else
                out_printf(p->out, "    %-10s host unchanged  interpreter %016" PRIx64 "\n", name,
                           p->model->write[j].value);
            if (a < b)
                i++;
            else
                j++;
        }
    }
}

static void parts(struct part *p)
{
    const struct case_state *a = &p->host->state, *b = &p->model->state;
    char name[16];

    part(p, "vector", p->host->vector, p->model->vector);
    part(p, "error", p->host->error, p->model->error);
    part(p, "cr2", p->host->cr2, p->model->cr2);
    part(p, "rip", a->rip, b->rip);
    flags_part(p);
    for (unsigned i = 0; i < 16; i++)
        part(p, gpr_name(i, 8), a->gpr[i], b->gpr[i]);
    for (unsigned i = 0; i < 6; i++)
        part(p, seg_names[i], a->seg[i], b->seg[i]);
    part(p, "fs_base", a->fs_base, b->fs_base);
    part(p, "gs_base", a->gs_base, b->gs_base);
    part(p, "fcw", a->fpu.fcw, b->fpu.fcw);
    part(p, "fsw", a->fpu.fsw, b->fpu.fsw);
    part(p, "ftw", a->fpu.ftw, b->fpu.ftw);
    part(p, "fop", a->fpu.fop, b->fpu.fop);
    part(p, "fip", a->fpu.fip, b->fpu.fip);
    part(p, "fdp", a->fpu.fdp, b->fpu.fdp);
    for (unsigned i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "r%u", i);
        part(p, name, a->fpu.st[i].mantissa, b->fpu.st[i].mantissa);
        snprintf(name, sizeof name, "r%u.exponent", i);
        part(p, name, a->fpu.st[i].sign_exponent, b->fpu.st[i].sign_exponent);
    }
    part(p, "mxcsr", a->mxcsr, b->mxcsr);
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned k = 0; k < 4; k++) {
            snprintf(name, sizeof name, "ymm%u.q%u", i, k);
            part(p, name, a->vec[i][k], b->vec[i][k]);
        }
    }
    part(p, "many", p->host->many, p->model->many);
    memory_parts(p);
}

static bool fpu_equal(const struct fpu *a, const struct fpu *b)
{
    bool equal = a->fcw == b->fcw && a->fsw == b->fsw && a->ftw == b->ftw && a->fop == b->fop &&
                 a->fip == b->fip && a->fdp == b->fdp;

    for (unsigned i = 0; i < 8; i++)
        equal &= a->st[i].mantissa == b->st[i].mantissa &&
                 a->st[i].sign_exponent == b->st[i].sign_exponent;
    return equal;
}

/* All that parts() prints. */
bool compare_equal(const struct case_result *host, const struct case_result *model)
{
    const struct case_state *a = &host->state, *b = &model->state;
    bool equal = host->vector == model->vector && host->error == model->error &&
                 host->cr2 == model->cr2 && a->rip == b->rip && a->rflags == b->rflags &&
                 !memcmp(a->gpr, b->gpr, sizeof a->gpr) && !memcmp(a->seg, b->seg, sizeof a->seg) &&
                 a->fs_base == b->fs_base && a->gs_base == b->gs_base && a->mxcsr == b->mxcsr &&
                 !memcmp(a->vec, b->vec, sizeof a->vec) && fpu_equal(&a->fpu, &b->fpu) &&
                 host->many == model->many && host->writes == model->writes;

    for (unsigned i = 0; equal && i < host->writes; i++)
        equal = host->write[i].address == model->write[i].address &&
                host->write[i].value == model->write[i].value;
    return equal;
}

void compare_print(const struct case_result *host, const struct case_result *model, struct out *out)
{
    struct part p = { host, model, out };

    parts(&p);
}
