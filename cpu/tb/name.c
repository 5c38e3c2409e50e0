/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/tb/name.c - what stands at a host address that generated code holds: members of struct cpu by
 * their field rows, what the translator keeps, thunks, blocks.
 */
#include <stddef.h>

#include "cpu/tb/tb.h"
#include "util/bits.h"
#include "util/field.h"

struct member {
    const char *name;
    size_t offset, size;
};

/* clang-format off */
#define MEMBER(type, member) { #member, offsetof(type, member), sizeof(((type *)0)->member) }
static const struct member cache_members[] = {
#define M(member) MEMBER(struct tb_cache, member),
    M(cc_op) M(killed) M(vectors) M(x87) M(x87_c1) M(cc_a) M(cc_b) M(cc_c) M(cc_d) M(scratch) M(from)
    M(host_mxcsr) M(counters.indirect) M(counters.indirect_misses)
#undef M
};
static const struct member thunks[] = {
#define M(member) { #member, offsetof(struct tb_thunks, member), 1 },
    M(enter) M(leave) M(probe) M(helper) M(chain) M(alone) M(limit)
    M(segment) M(settle) M(load_cf) M(load_flags) M(vectors) M(x87) M(load_vec) M(store_vec)
    M(lookup)
#undef M
};
/* clang-format on */

/* Is the address within [base, base + size)? Then *offset. */
static bool within(uint64_t address, const void *base, size_t size, uint64_t *offset)
{
    *offset = address - (uint64_t)(uintptr_t)base;
    return base && *offset < size;
}

static void member_name(const struct member *m, uint64_t into, char *name, size_t size)
{
    if (into)
        snprintf(name, size, "%s+%llu", m->name, (unsigned long long)into);
    else
        snprintf(name, size, "%s", m->name);
}

static bool cpu_name(uint64_t offset, char *name, size_t size)
{
    for (const struct field *f = cpu_fields; f->name; f++) {
        uint64_t into = offset - f->offset;

        if (into >= (uint64_t)f->size * f->count)
            continue;
        if (offset < 16 * sizeof(uint64_t))
            snprintf(name, size, "%s of guest", f->name);
        else if (f->count > 1)
            snprintf(name, size, "%s[%llu]", f->name, (unsigned long long)(into / f->size));
        else
            member_name(&(struct member){ .name = f->name }, into, name, size);
        return true;
    }
    return false;
}

static bool cache_name(uint64_t offset, char *name, size_t size)
{
    for (unsigned i = 0; i < ARRAY_SIZE(cache_members); i++) {
        const struct member *m = &cache_members[i];

        if (offset - m->offset < m->size) {
            member_name(m, offset - m->offset, name, size);
            return true;
        }
    }
    return false;
}

/* The tables that code reaches into with an index. */
static bool table_name(const struct tb_cache *tbs, uint64_t address, char *name, size_t size)
{
    static const struct member entry[] = { MEMBER(struct tlb_entry, read_tag),
                                           MEMBER(struct tlb_entry, write_tag),
                                           MEMBER(struct tlb_entry, addend) };
    static const struct member jump[] = { MEMBER(struct tb_jump, la),
                                          MEMBER(struct tb_jump, generation),
                                          MEMBER(struct tb_jump, code) };
    uint64_t offset;

    for (unsigned view = 0; view < VIEW_COUNT; view++) {
        if (!within(address, tlb_entries(tbs->cpu, view), sizeof(struct tlb_entry), &offset))
            continue;
        for (unsigned i = 0; i < ARRAY_SIZE(entry); i++) {
            if (entry[i].offset == offset) {
                snprintf(name, size, "tlb.%s", entry[i].name);
                return true;
            }
        }
    }
    for (unsigned user = 0; user < 2; user++) {
        const struct tlb *fetched = &tbs->cpu->tlbs[TLB_FETCH + user];

        if (within(address, fetched->generation, sizeof fetched->generation, &offset)) {
            member_name(&(struct member){ .name = "generations" }, offset, name, size);
            return true;
        }
    }
    for (unsigned i = 0; i < TB_TABLES; i++) {
        if (!within(address, tbs->tables[i].jump, sizeof tbs->tables[i].jump, &offset))
            continue;
        offset %= sizeof(struct tb_jump);
        for (unsigned n = 0; n < ARRAY_SIZE(jump); n++) {
            if (jump[n].offset == offset) {
                snprintf(name, size, "jumps.%s", jump[n].name);
                return true;
            }
        }
    }
    return false;
}

static bool thunk_name(const struct tb_cache *tbs, uint64_t address, char *name, size_t size)
{
    uint64_t offset;

    for (unsigned i = 0; i < ARRAY_SIZE(thunks); i++) {
        const uint8_t *thunk;

        memcpy(&thunk, (const uint8_t *)&tbs->thunk + thunks[i].offset, sizeof thunk);
        if ((uint64_t)(uintptr_t)thunk == address) {
            snprintf(name, size, "thunk.%s", thunks[i].name);
            return true;
        }
    }
    if (!within(address, tbs->buffer_execute, (size_t)(tbs->thunks_end - tbs->buffer_write),
                &offset))
        return false;
    snprintf(name, size, "thunk+0x%llx", (unsigned long long)offset);
    return true;
}

/* Code of this block, or the beginning of another. */
static bool code_name(const struct tb_cache *tbs, const struct tb *tb, uint64_t address, char *name,
                      size_t size)
{
    uint64_t offset;

    if (tb && within(address, tb->code, tb->code_bytes, &offset)) {
        snprintf(name, size, "+0x%llx", (unsigned long long)offset);
        return true;
    }
    if (!within(address, tbs->buffer_execute, tbs->buffer_bytes, &offset))
        return false;
    for (unsigned i = 0; i < TB_REGIONS; i++) {
        for (const struct tb *t = tbs->region[i].first; t; t = t->region_next) {
            if ((uint64_t)(uintptr_t)t->code == address) {
                snprintf(name, size, "block 0x%llx", (unsigned long long)t->la);
                return true;
            }
        }
    }
    return false;
}

/* What is remembered for this block. */
static bool meta_name(const struct tb_cache *tbs, const struct tb *tb, uint64_t address, char *name,
                      size_t size)
{
    uint64_t offset;
    struct tb_site site;

    if (!tb || !within(address, tbs->meta, tbs->meta_bytes - sizeof site, &offset))
        return false;
    if (address == (uint64_t)(uintptr_t)&tb->executions) {
        snprintf(name, size, "executions");
        return true;
    }
    for (const struct tb_exit *e = tb->exits; e; e = e->next_own) {
        if (address == (uint64_t)(uintptr_t)e) {
            snprintf(name, size, "exit to 0x%llx", (unsigned long long)e->rip);
            return true;
        }
    }
    memcpy(&site, tbs->meta + offset, sizeof site);
    if (site.flags != tb->flags || site.rip - tb->rip >= tb->bytes)
        return false;
    snprintf(name, size, "site 0x%llx", (unsigned long long)site.rip);
    return true;
}

bool tb_host_name(const struct tb_cache *tbs, const struct tb *tb, uint64_t address, char *name,
                  size_t size)
{
    uint64_t offset;

    if (within(address, tbs->cpu, sizeof *tbs->cpu, &offset))
        return cpu_name(offset, name, size);
    if (within(address, tbs, sizeof *tbs, &offset) && cache_name(offset, name, size))
        return true;
    return table_name(tbs, address, name, size) || thunk_name(tbs, address, name, size) ||
           code_name(tbs, tb, address, name, size) || meta_name(tbs, tb, address, name, size);
}
