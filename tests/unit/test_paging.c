/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_paging.c - walks, rights and page faults. Values from SDM Vol. 3A, "Paging". */
#include <stdlib.h>

#include "cpu/paging.h"
#include "tests/support/cpu_setup.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80, G = 0x100 };
#define NX BIT(63)

static struct setup s;
static struct cpu *cpu;
static struct walk walk;

static void setup(void)
{
    setup_create(&s, NULL);
    cpu = s.cpu;
}

static void teardown(void)
{
    setup_destroy(&s);
}

/* Page directory at 1000h, page table at 2000h: linear 0-3FFFFFh. */
static void paging_32bit(void)
{
    setup_flat32(&s);
    cpu->cr0 |= CR0_PG;
    cpu->cr3 = 0x1000;
    cpu->cr4 = CR4_PSE;
    cpu_rebuild(cpu);
}

/* PML4 at 1000h, PDPT 2000h, PD 3000h, PT 4000h, all allowing everything. */
static void paging_long(void)
{
    setup_long_mode(&s, 0x1000);
    put64(&s, 0x1000, 0x2000 | P | W | U);
    put64(&s, 0x2000, 0x3000 | P | W | U);
    put64(&s, 0x3000, 0x4000 | P | W | U);
}

START_TEST(without_paging_linear_is_physical)
{
    ck_assert(paging_translate(cpu, 0x12345, ACCESS_WRITE, VIEW_SUPERVISOR, &walk));
    ck_assert_uint_eq(walk.pa, 0x12345);
    ck_assert_uint_eq(walk.count, 0);
}
END_TEST

START_TEST(walk_of_4_kib_page_in_32_bit_paging)
{
    paging_32bit();
    put32(&s, 0x1000 + 1 * 4, 0x2000 | P | W | U);
    put32(&s, 0x2000 + 3 * 4, 0x7000 | P | W | U);
    ck_assert(paging_translate(cpu, 0x403456, ACCESS_READ, VIEW_USER, &walk));
    ck_assert_uint_eq(walk.pa, 0x7456);
    ck_assert_uint_eq(walk.page_shift, 12);
    ck_assert_uint_eq(walk.count, 2);
    ck_assert_uint_eq(walk.step[1].address, 0x200c);
    ck_assert(!walk.dirty);
    ck_assert_uint_eq(get64(&s, 0x1004) & 0xffffffff, 0x2000 | P | W | U | A);
    ck_assert_uint_eq(get64(&s, 0x200c) & 0xffffffff, 0x7000 | P | W | U | A);
    ck_assert(paging_translate(cpu, 0x403456, ACCESS_WRITE, VIEW_USER, &walk));
    ck_assert(walk.dirty);
    ck_assert_uint_eq(get64(&s, 0x1004) & 0xffffffff, 0x2000 | P | W | U | A);
    ck_assert_uint_eq(get64(&s, 0x200c) & 0xffffffff, 0x7000 | P | W | U | A | D);
}
END_TEST

START_TEST(looking_sets_no_accessed_bit)
{
    paging_32bit();
    put32(&s, 0x1000, 0x2000 | P);
    put32(&s, 0x2000, 0x7000 | P);
    paging_walk(cpu, 0, &walk);
    ck_assert(walk.mapped);
    ck_assert_uint_eq(get64(&s, 0x1000), 0x2000 | P);
    ck_assert_uint_eq(get64(&s, 0x2000), 0x7000 | P);
}
END_TEST

START_TEST(accessed_bits_are_written_only_when_they_change)
{
    paging_32bit();
    put32(&s, 0x1000, 0x2000 | P | A);
    put32(&s, 0x2000, 0x7000 | P | A);
    s.ram.marks[1] = s.ram.marks[2] = 0;
    ck_assert(paging_translate(cpu, 0, ACCESS_READ, VIEW_SUPERVISOR, &walk));
    ck_assert_uint_eq(s.ram.marks[1] | s.ram.marks[2], 0);
    /* CR0.WP is clear: the write is allowed. Only the page entry becomes dirty. */
    ck_assert(paging_translate(cpu, 0, ACCESS_RMW, VIEW_SUPERVISOR, &walk));
    ck_assert_uint_eq(s.ram.marks[1], 0);
    ck_assert_uint_eq(s.ram.marks[2], RAM_DIRTY | RAM_WRITTEN);
}
END_TEST

START_TEST(faulting_access_changes_no_entry)
{
    paging_32bit();
    put32(&s, 0x1000, 0x2000 | P | W | U);
    put32(&s, 0x2000, 0x7000 | P | U);
    ck_assert(!paging_translate(cpu, 0x10, ACCESS_WRITE, VIEW_USER, &walk));
    ck_assert_fault(cpu, VEC_PF, PF_P | PF_W | PF_U, PAGE_NOT_WRITABLE);
    ck_assert_uint_eq(get64(&s, 0x1000), 0x2000 | P | W | U);
    ck_assert_uint_eq(get64(&s, 0x2000), 0x7000 | P | U);
}
END_TEST

START_TEST(fault_names_the_entry_that_stops_the_walk)
{
    paging_long();
    put64(&s, 0x4000 + 5 * 8, 0);
    ck_assert(!paging_translate(cpu, 0x5123, ACCESS_READ, VIEW_USER, &walk));
    ck_assert_fault(cpu, VEC_PF, PF_U, PAGE_NOT_PRESENT);
    ck_assert_uint_eq(cpu->fault.cr2, 0x5123);
    ck_assert_uint_eq(cpu->fault.evidence[0].kind, EV_LINEAR);
    ck_assert_uint_eq(fault_evidence(cpu, EV_ENTRY_ADDRESS), 0x4028);
    ck_assert_uint_eq(fault_evidence(cpu, EV_LEVEL), 1);
    put64(&s, 0x4028, 0x9000 | P | W | U);
    put64(&s, 0x2000, 0x3000 | P | W); /* supervisor from here on */
    ck_assert(!paging_translate(cpu, 0x5123, ACCESS_READ, VIEW_USER, &walk));
    ck_assert_fault(cpu, VEC_PF, PF_P | PF_U, PAGE_SUPERVISOR);
    ck_assert_uint_eq(fault_evidence(cpu, EV_ENTRY_ADDRESS), 0x2000);
    ck_assert_uint_eq(fault_evidence(cpu, EV_LEVEL), 3);
}
END_TEST

/* All combinations of rights in four levels, access, privilege and control bits (_i: a bit each). */
START_TEST(rights_are_the_conjunction_of_all_levels)
{
    static const enum access accesses[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC, ACCESS_RMW };
    bool wp = _i & 1, smep = _i & 2, smap = _i & 4;

    paging_long();
    cpu->cr0 = wp ? cpu->cr0 | CR0_WP : cpu->cr0 & ~(uint64_t)CR0_WP;
    cpu->cr4 |= (smep ? CR4_SMEP : 0) | (smap ? CR4_SMAP : 0);
    for (unsigned bits = 0; bits < 64; bits++) {
        bool user = (bits & 3) == 3, writable = (bits >> 2 & 3) == 3, nx = bits >> 4;

        /* Each right is in two entries, at different levels. */
        put64(&s, 0x2000, 0x3000 | P | (bits & 1 ? U : 0) | W | (bits & 16 ? NX : 0));
        put64(&s, 0x3000, 0x4000 | P | (bits & 4 ? W : 0) | U);
        put64(&s, 0x4000,
              0x9000 | P | (bits & 2 ? U : 0) | (bits & 8 ? W : 0) | (bits & 32 ? NX : 0));
        for (unsigned i = 0; i < 4; i++) {
            for (unsigned view = 0; view < VIEW_COUNT; view++) {
                bool as_user = view == VIEW_USER || view == VIEW_USER_ALIGN;
                bool write = accesses[i] == ACCESS_WRITE || accesses[i] == ACCESS_RMW;
                bool fetch = accesses[i] == ACCESS_EXEC;
                bool allowed = !(fetch && nx);
                unsigned error = PF_P | (write ? PF_W : 0) | (as_user ? PF_U : 0) |
                                 (fetch ? PF_I : 0); /* NXE is set */

                if (as_user)
                    allowed = allowed && user && (!write || writable);
                else
                    allowed = allowed && (!write || writable || !wp) && !(user && fetch && smep) &&
                              !(user && !fetch && smap && view != VIEW_SUPERVISOR_AC);
                ck_assert_int_eq(paging_translate(cpu, 0x123, accesses[i], view, &walk), allowed);
                if (!allowed)
                    ck_assert_uint_eq(cpu->fault.error, error);
            }
        }
    }
}
END_TEST

START_TEST(fetch_bit_of_the_error_code_needs_nxe_or_smep)
{
    paging_long();
    for (unsigned i = 0; i < 4; i++) {
        cpu->efer = i & 1 ? cpu->efer | EFER_NXE : cpu->efer & ~(uint64_t)EFER_NXE;
        cpu->cr4 = i & 2 ? cpu->cr4 | CR4_SMEP : cpu->cr4 & ~(uint64_t)CR4_SMEP;
        ck_assert(!paging_translate(cpu, 0x5000, ACCESS_EXEC, VIEW_SUPERVISOR, &walk));
        ck_assert_uint_eq(cpu->fault.error, i ? PF_I : 0);
    }
}
END_TEST

START_TEST(large_pages_of_each_size)
{
    paging_long();
    put64(&s, 0x3000 + 1 * 8, 0x400000 | P | W | U | PS | G);
    put64(&s, 0x2000 + 1 * 8, 0x40000000 | P | W | U | PS);
    ck_assert(paging_translate(cpu, 0x212345, ACCESS_WRITE, VIEW_USER, &walk));
    ck_assert_uint_eq(walk.pa, 0x412345);
    ck_assert_uint_eq(walk.page_shift, 21);
    ck_assert(walk.global && walk.dirty);
    ck_assert_uint_eq(get64(&s, 0x3008), 0x400000 | P | W | U | PS | G | A | D);
    ck_assert(paging_translate(cpu, 0x52345678, ACCESS_READ, VIEW_USER, &walk));
    ck_assert_uint_eq(walk.pa, 0x52345678);
    ck_assert_uint_eq(walk.page_shift, 30);
    ck_assert(!walk.global);
}
END_TEST

START_TEST(global_counts_only_with_pge)
{
    paging_long();
    put64(&s, 0x4000, 0x9000 | P | G);
    cpu->cr4 &= ~(uint64_t)CR4_PGE;
    paging_walk(cpu, 0, &walk);
    ck_assert(!walk.global);
}
END_TEST

/* Every reserved bit of every kind of entry, and no other, is refused. */
static const struct {
    phys_addr address;
    uint64_t entry, reserved;
} long_entries[] = {
    { 0x1000, 0x2000 | P, PS },
    { 0x2000, 0x3000 | P, 0 },
    { 0x2000, 0x40000000 | P | PS, 0x3fffe000 },
    { 0x3000, 0x4000 | P, 0 },
    { 0x3000, 0x400000 | P | PS, 0x1fe000 },
    { 0x4000, 0x9000 | P, 0 },
};

START_TEST(reserved_bits_of_4_level_entries)
{
    for (unsigned nxe = 0; nxe < 2; nxe++) {
        bool leaf = long_entries[_i].entry & PS || long_entries[_i].address == 0x4000;

        /* Another table address leads elsewhere: those bits only in entries that map a page. */
        for (unsigned bit = leaf ? 12 : 40; bit < 64; bit++) {
            uint64_t reserved = long_entries[_i].reserved | (mask_bits(12) << 40);

            if (!nxe)
                reserved |= NX;
            paging_long();
            if (!nxe)
                cpu->efer &= ~(uint64_t)EFER_NXE;
            put64(&s, 0x4000, 0x9000 | P);
            put64(&s, long_entries[_i].address, long_entries[_i].entry | BIT(bit));
            paging_walk(cpu, 0x10, &walk);
            ck_assert_uint_eq(walk.reserved, reserved & BIT(bit));
            if (walk.reserved) {
                ck_assert(!paging_translate(cpu, 0x10, ACCESS_READ, VIEW_SUPERVISOR, &walk));
                ck_assert_fault(cpu, VEC_PF, PF_P | PF_RSVD, PAGE_RESERVED);
            }
        }
    }
    paging_long();
    put64(&s, 0x1000, 0x2000 | P | W | U | PS);
    paging_walk(cpu, 0x10, &walk);
    ck_assert_uint_eq(walk.reserved, PS);
}
END_TEST

START_TEST(pse36_gives_40_bit_addresses)
{
    paging_32bit();
    put32(&s, 0x1000, 0x00c00000 | 0x12 << 13 | P | W | PS);
    paging_walk(cpu, 0x3456, &walk);
    ck_assert(walk.mapped);
    ck_assert_uint_eq(walk.pa, UINT64_C(0x1200c03456));
    ck_assert_uint_eq(walk.page_shift, 22);
    put32(&s, 0x1000, 0x00c00000 | P | W | PS | 1 << 21);
    paging_walk(cpu, 0, &walk);
    ck_assert_uint_eq(walk.reserved, 1 << 21);
    cpu->cr4 = 0; /* without PSE bit 7 means nothing */
    put32(&s, 0x1000, 0x2000 | P | W | PS);
    put32(&s, 0x2000, 0x5000 | P);
    paging_walk(cpu, 0x10, &walk);
    ck_assert_uint_eq(walk.pa, 0x5010);
}
END_TEST

START_TEST(pae_walks_through_the_pdpte_registers)
{
    paging_32bit();
    cpu->cr4 |= CR4_PAE;
    cpu->efer = EFER_NXE;
    put64(&s, 0x1000 + 8, 0x3000 | P);
    ck_assert(paging_load_pdptes(cpu, 0x1000));
    put64(&s, 0x1008, 0); /* what was loaded counts */
    put64(&s, 0x3000 + 2 * 8, 0x4000 | P | W | U);
    put64(&s, 0x4000 + 3 * 8, 0x9000 | P | W | U | NX);
    ck_assert(paging_translate(cpu, 0x40403008, ACCESS_WRITE, VIEW_USER, &walk));
    ck_assert_uint_eq(walk.pa, 0x9008);
    ck_assert_uint_eq(walk.count, 3);
    ck_assert_uint_eq(get64(&s, 0x1008), 0); /* no accessed bit there */
    ck_assert_uint_eq(get64(&s, 0x4018), 0x9000 | P | W | U | NX | A | D);
    ck_assert(!paging_translate(cpu, 0x40403008, ACCESS_EXEC, VIEW_USER, &walk));
    ck_assert_fault(cpu, VEC_PF, PF_P | PF_U | PF_I, PAGE_NX);
    ck_assert(!paging_translate(cpu, 0x80000000, ACCESS_READ, VIEW_USER, &walk));
    ck_assert_fault(cpu, VEC_PF, PF_U, PAGE_NOT_PRESENT);
    ck_assert_uint_eq(fault_evidence(cpu, EV_LEVEL), 3);
}
END_TEST

START_TEST(pdpte_reserved_bits_are_gp_and_load_nothing)
{
    uint64_t reserved = 0x1e6 | ~mask_bits(40);

    paging_32bit();
    cpu->cr4 |= CR4_PAE;
    for (unsigned bit = 1; bit < 64; bit++) {
        put64(&s, 0x1000 + 3 * 8, 0x3000 | P | BIT(bit));
        cpu->pdpte[3] = 0x5555;
        ck_assert_int_eq(paging_load_pdptes(cpu, 0x1000), !(reserved & BIT(bit)));
        if (reserved & BIT(bit)) {
            ck_assert_fault(cpu, VEC_GP, 0, PDPTE_RESERVED);
            ck_assert_uint_eq(cpu->pdpte[3], 0x5555);
        }
    }
    put64(&s, 0x1018, ~UINT64_C(1)); /* not present: anything goes */
    ck_assert(paging_load_pdptes(cpu, 0x1000));
}
END_TEST

START_TEST(tables_in_nowhere_have_reserved_bits)
{
    setup_long_mode(&s, 0x900000); /* beyond RAM */
    ck_assert(!paging_translate(cpu, 0, ACCESS_READ, VIEW_SUPERVISOR, &walk));
    ck_assert_fault(cpu, VEC_PF, PF_P | PF_RSVD, PAGE_RESERVED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("paging");
    TCase *tc = tcase_create("paging");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, without_paging_linear_is_physical);
    tcase_add_test(tc, walk_of_4_kib_page_in_32_bit_paging);
    tcase_add_test(tc, looking_sets_no_accessed_bit);
    tcase_add_test(tc, accessed_bits_are_written_only_when_they_change);
    tcase_add_test(tc, faulting_access_changes_no_entry);
    tcase_add_test(tc, fault_names_the_entry_that_stops_the_walk);
    tcase_add_loop_test(tc, rights_are_the_conjunction_of_all_levels, 0, 8);
    tcase_add_test(tc, fetch_bit_of_the_error_code_needs_nxe_or_smep);
    tcase_add_test(tc, large_pages_of_each_size);
    tcase_add_test(tc, global_counts_only_with_pge);
    tcase_add_loop_test(tc, reserved_bits_of_4_level_entries, 0, ARRAY_SIZE(long_entries));
    tcase_add_test(tc, pse36_gives_40_bit_addresses);
    tcase_add_test(tc, pae_walks_through_the_pdpte_registers);
    tcase_add_test(tc, pdpte_reserved_bits_are_gp_and_load_nothing);
    tcase_add_test(tc, tables_in_nowhere_have_reserved_bits);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
