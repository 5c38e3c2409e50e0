/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_control.c - what the control registers refuse, PCIDs, protection keys, UMIP and
 * 57-bit linear addresses, one instruction at a time. Guest programs: tests/guest/state64.asm.
 * Source: SDM Vol. 3A, "Control Registers", "Paging"; SDM Vol. 2, the pages of the instructions.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/control.h"
#include "cpu/cpuid.h"
#include "cpu/msr.h"
#include "cpu/paging.h"
#include "cpu/tlb.h"
#include "tests/support/test_cpu.h"

#define DATA 0xa000
#define RDPKRU "0f 01 ee"
#define WRPKRU "0f 01 ef"
#define INVPCID "66 0f 38 82 07" /* RAX, [RDI] */
#define MOV_CR3 "0f 22 d8"       /* from RAX */
#define READ "8b 07"             /* mov eax,[rdi] */
#define WRITE "89 07"            /* mov [rdi],eax */

static struct cpu *cpu;

static void setup(void)
{
    cpu = test_cpu(MODE_LONG64, "90");
    cpu->gpr[RDI] = DATA;
}

static int run(const char *hex)
{
    test_code(cpu, hex);
    return test_step(cpu);
}

static void expect(const char *hex, int vector, enum reason reason)
{
    ck_assert_int_eq(run(hex), vector);
    ck_assert_str_eq(reason_name(cpu->fault.reason), reason_name(reason));
}

static void expect_refused(unsigned number, uint64_t value, enum reason reason)
{
    uint64_t old = control_read(cpu, number);

    ck_assert(!control_write(cpu, number, value));
    ck_assert_uint_eq(cpu->fault.vector, VEC_GP);
    ck_assert_str_eq(reason_name(cpu->fault.reason), reason_name(reason));
    ck_assert_uint_eq(control_read(cpu, number), old);
}

static void set_level(unsigned level)
{
    cpu->cpl = (uint8_t)level;
    cpu_update_mode(cpu);
}

static void set_feature(unsigned feature, bool on)
{
    cpu->features[feature / 64] &= ~BIT(feature % 64);
    if (on)
        cpu->features[feature / 64] |= BIT(feature % 64);
}

/* ---- reserved bits: "MOV - Move to/from Control Registers" ---- */

START_TEST(reserved_bits_of_every_control_register)
{
    for (unsigned bit = 32; bit < 64; bit++)
        expect_refused(0, cpu->cr0 | BIT(bit), REASON_CR_RESERVED);
    for (unsigned bit = 6; bit < 29; bit++) { /* ignored, not kept */
        if (bit == 16 || bit == 18)
            continue;
        ck_assert(control_write(cpu, 0, cpu->cr0 | BIT(bit)));
        ck_assert(!(cpu->cr0 & BIT(bit)));
    }
    for (unsigned bit = cpu->physical_bits; bit < 64; bit++)
        expect_refused(3, cpu->cr3 | BIT(bit), REASON_CR_RESERVED);
    for (unsigned bit = 0; bit < 64; bit++) {
        if (!(control_cr4_allowed(cpu) >> bit & 1))
            expect_refused(4, cpu->cr4 | BIT(bit), REASON_CR_RESERVED);
        if (bit >= 4)
            expect_refused(8, BIT(bit), REASON_CR_RESERVED);
    }
}
END_TEST

/* A bit of CR4 exists with its feature only. */
START_TEST(cr4_bits_come_with_their_features)
{
    static const struct {
        uint16_t feature;
        uint32_t bit;
    } rows[] = {
        { F_UMIP, CR4_UMIP },  { F_LA57, CR4_LA57 },     { F_PKU, CR4_PKE },
        { F_PCID, CR4_PCIDE }, { F_XSAVE, CR4_OSXSAVE }, { F_SMEP, CR4_SMEP },
        { F_SMAP, CR4_SMAP },  { F_DE, CR4_DE },         { F_FSGSBASE, CR4_FSGSBASE },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        ck_assert(control_cr4_allowed(cpu) & rows[i].bit);
        set_feature(rows[i].feature, false);
        expect_refused(4, cpu->cr4 | rows[i].bit, REASON_CR_RESERVED);
        set_feature(rows[i].feature, true);
    }
}
END_TEST

START_TEST(combinations_that_control_registers_refuse)
{
    expect_refused(0, (cpu->cr0 & ~(uint64_t)CR0_CD) | CR0_NW, REASON_CR0_COMBINATION);
    expect_refused(0, (cpu->cr0 & ~(uint64_t)CR0_PE) | CR0_PG, REASON_CR0_COMBINATION);
    expect_refused(0, cpu->cr0 & ~(uint64_t)CR0_PG, REASON_LONG_MODE_SWITCH);
    expect_refused(4, cpu->cr4 & ~(uint64_t)CR4_PAE, REASON_LONG_MODE_NEEDS_PAE);
    expect_refused(4, cpu->cr4 | CR4_LA57, REASON_LA57_IN_LONG_MODE);
}
END_TEST

/* ---- PCID ---- */

/* "Enabling Process-Context Identifiers (PCIDs)". */
START_TEST(pcide_needs_ia_32e_mode_and_pcid_0)
{
    cpu->cr3 |= 5;
    expect_refused(4, cpu->cr4 | CR4_PCIDE, REASON_PCIDE_RULE);
    cpu->cr3 &= ~UINT64_C(0xfff);
    ck_assert(control_write(cpu, 4, cpu->cr4 | CR4_PCIDE));
    expect_refused(0, cpu->cr0 & ~(uint64_t)CR0_PG, REASON_PCIDE_RULE);
    cpu = test_cpu(MODE_PROT32, "90");
    expect_refused(4, cpu->cr4 | CR4_PCIDE, REASON_PCIDE_RULE);
}
END_TEST

/* A page is read, its entry changes behind the TLB's back: is the old frame still seen? */
static bool stale_after(uint64_t entry, const char *hex, uint64_t rax)
{
    bool stale;

    test_write(cpu, entry, 8, DATA | 7);
    tlb_flush(cpu);
    test_write(cpu, DATA, 4, 0x1111);
    test_write(cpu, DATA + PAGE_SIZE, 4, 0x2222);
    ck_assert_int_eq(run(READ), EXEC_OK);
    test_write(cpu, entry, 8, (DATA + PAGE_SIZE) | 7);
    cpu->gpr[RAX] = rax;
    cpu->gpr[RDI] = 0x9000; /* the descriptor of INVPCID */
    ck_assert_int_eq(run(hex), EXEC_OK);
    cpu->gpr[RDI] = DATA;
    ck_assert_int_eq(run(READ), EXEC_OK);
    stale = cpu->gpr[RAX] == 0x1111;
    ck_assert(stale || cpu->gpr[RAX] == 0x2222);
    return stale;
}

/* "Operations that Invalidate TLBs and Paging-Structure Caches". */
START_TEST(mov_to_cr3_may_keep_the_entries_of_a_pcid)
{
    uint64_t entry = test_small_pages(cpu) + 8 * (DATA / PAGE_SIZE), base = cpu->cr3;

    expect_refused(3, base | BIT(63), REASON_CR_RESERVED);
    ck_assert(!stale_after(entry, MOV_CR3, base));
    ck_assert(control_write(cpu, 4, cpu->cr4 | CR4_PCIDE));
    ck_assert(!stale_after(entry, MOV_CR3, base));
    ck_assert(stale_after(entry, MOV_CR3, base | BIT(63))); /* our choice: they stay */
    ck_assert_uint_eq(cpu->cr3, base);                      /* bit 63 is not kept */
    /* Another PCID must not find them, kept or not. */
    ck_assert(!stale_after(entry, MOV_CR3, base | 7 | BIT(63)));
    ck_assert_uint_eq(cpu->cr3, base | 7);
    ck_assert(control_write(cpu, 4, cpu->cr4 & ~(uint64_t)CR4_PCIDE));
    ck_assert_uint_eq(cpu->cr3, base | 7); /* the bits stay */
}
END_TEST

static void descriptor(uint64_t low, uint64_t la)
{
    test_write(cpu, 0x9000, 8, low);
    test_write(cpu, 0x9008, 8, la);
}

START_TEST(invpcid_invalidates_by_type)
{
    uint64_t entry = test_small_pages(cpu) + 8 * (DATA / PAGE_SIZE);

    ck_assert(control_write(cpu, 4, cpu->cr4 | CR4_PCIDE));
    ck_assert(control_write(cpu, 3, cpu->cr3 | 3));
    descriptor(3, DATA + 0x123);
    for (unsigned type = 0; type < 4; type++)
        ck_assert(!stale_after(entry, INVPCID, type));
    descriptor(3, DATA + PAGE_SIZE * 8); /* another page */
    ck_assert(stale_after(entry, INVPCID, 0));
    descriptor(4, DATA); /* another PCID */
    ck_assert(stale_after(entry, INVPCID, 0));
    ck_assert(stale_after(entry, INVPCID, 1));
    ck_assert(!stale_after(entry, INVPCID, 2));
}
END_TEST

/* "INVPCID - Invalidate Process-Context Identifier". */
START_TEST(invpcid_refuses_what_the_manual_says)
{
    cpu->gpr[RDI] = 0x9000;
    descriptor(0, DATA);
    cpu->gpr[RAX] = 4;
    expect(INVPCID, VEC_GP, REASON_INVPCID_TYPE);
    cpu->gpr[RAX] = BIT(32); /* 64 bits count */
    expect(INVPCID, VEC_GP, REASON_INVPCID_TYPE);
    for (unsigned type = 0; type < 4; type++) {
        cpu->gpr[RAX] = type;
        descriptor(0x1000, DATA);
        expect(INVPCID, VEC_GP, REASON_INVPCID_DESCRIPTOR);
        descriptor(1, DATA); /* CR4.PCIDE is clear */
        ck_assert_int_eq(run(INVPCID), type < 2 ? VEC_GP : EXEC_OK);
        descriptor(0, BIT(62)); /* the address counts for type 0 */
        ck_assert_int_eq(run(INVPCID), type == 0 ? VEC_GP : EXEC_OK);
    }
    cpu->gpr[RAX] = 0;
    descriptor(0, BIT(55)); /* the processor has 57 bits, CR4.LA57 or not */
    ck_assert_int_eq(run(INVPCID), EXEC_OK);
    set_feature(F_LA57, false);
    expect(INVPCID, VEC_GP, REASON_NON_CANONICAL);
    ck_assert_int_eq(run("66 0f 38 82 c7"), VEC_UD);
    ck_assert_int_eq(run("0f 38 82 07"), VEC_UD);
    set_level(3);
    expect(INVPCID, VEC_GP, REASON_PRIVILEGED);
    set_feature(F_INVPCID, false);
    ck_assert_int_eq(run(INVPCID), VEC_UD);
}
END_TEST

/* ---- protection keys ---- */

START_TEST(pkru_instructions)
{
    uint32_t regs[4];

    expect(RDPKRU, VEC_UD, REASON_PKU_NOT_ENABLED);
    expect(WRPKRU, VEC_UD, REASON_PKU_NOT_ENABLED);
    cpuid_query(cpu, 7, 0, regs);
    ck_assert_uint_eq(regs[CPUID_ECX] >> 3 & 3, 1); /* PKU, not OSPKE */
    ck_assert(control_write(cpu, 4, cpu->cr4 | CR4_PKE));
    cpuid_query(cpu, 7, 0, regs);
    ck_assert_uint_eq(regs[CPUID_ECX] >> 3 & 3, 3);
    set_level(3);
    cpu->gpr[RAX] = UINT64_C(0xffffffff89abcdef);
    cpu->gpr[RDX] = cpu->gpr[RCX] = UINT64_C(0x100000000); /* only 32 bits count */
    ck_assert_int_eq(run(WRPKRU), EXEC_OK);
    ck_assert_uint_eq(cpu->pkru, 0x89abcdef);
    cpu->gpr[RAX] = cpu->gpr[RDX] = UINT64_MAX;
    ck_assert_int_eq(run(RDPKRU), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x89abcdef);
    ck_assert_uint_eq(cpu->gpr[RDX], 0);
    cpu->gpr[RCX] = 1;
    expect(RDPKRU, VEC_GP, REASON_PKRU_ECX);
    expect(WRPKRU, VEC_GP, REASON_PKRU_ECX);
    cpu->gpr[RCX] = 0;
    cpu->gpr[RDX] = 1;
    expect(WRPKRU, VEC_GP, REASON_PKRU_ECX);
    ck_assert_uint_eq(cpu->pkru, 0x89abcdef);
}
END_TEST

static void expect_data(const char *hex, uint32_t error, enum reason reason)
{
    if (reason == REASON_NONE) {
        ck_assert_int_eq(run(hex), EXEC_OK);
        return;
    }
    expect(hex, VEC_PF, reason);
    ck_assert_uint_eq(cpu->fault.error, error);
    ck_assert_uint_eq(cpu->fault.cr2, DATA);
}

/* "Protection Keys": user pages, data accesses, in both directions of every change of PKRU. */
START_TEST(protection_keys_guard_user_pages)
{
    uint64_t entry = test_small_pages(cpu) + 8 * (DATA / PAGE_SIZE);
    const uint64_t key = UINT64_C(9) << 59;
    const uint32_t deny = 1u << 18, read_only = 2u << 18;

    test_write(cpu, entry, 8, DATA | 7 | key);
    tlb_flush(cpu);
    ck_assert(control_write(cpu, 4, cpu->cr4 | CR4_PKE));
    cpu->cr0 |= CR0_WP;
    for (unsigned level = 0; level <= 3; level += 3) {
        uint32_t user = level ? PF_U : 0;

        set_level(level);
        for (unsigned round = 0; round < 2; round++) {
            cpu->gpr[RCX] = cpu->gpr[RDX] = 0;
            cpu->gpr[RAX] = ~(deny | read_only); /* every other key is denied */
            cpu->gpr[RAX] &= ~UINT64_C(3);       /* but that of the code */
            ck_assert_int_eq(run(WRPKRU), EXEC_OK);
            expect_data(READ, 0, REASON_NONE);
            expect_data(WRITE, 0, REASON_NONE);
            cpu->gpr[RAX] = deny;
            ck_assert_int_eq(run(WRPKRU), EXEC_OK);
            expect_data(READ, PF_P | PF_PK | user, REASON_PAGE_KEY);
            expect_data(WRITE, PF_P | PF_W | PF_PK | user, REASON_PAGE_KEY);
            cpu->gpr[RAX] = read_only;
            ck_assert_int_eq(run(WRPKRU), EXEC_OK);
            expect_data(READ, 0, REASON_NONE);
            expect_data(WRITE, PF_P | PF_W | PF_PK | user, REASON_PAGE_KEY);
        }
    }
    set_level(0); /* WD does not bind supervisor code while CR0.WP is clear; AD does */
    cpu->cr0 &= ~(uint64_t)CR0_WP;
    tlb_flush(cpu);
    expect_data(WRITE, 0, REASON_NONE);
    cpu->gpr[RAX] = deny;
    ck_assert_int_eq(run(WRPKRU), EXEC_OK);
    expect_data(WRITE, PF_P | PF_W | PF_PK, REASON_PAGE_KEY);
}
END_TEST

START_TEST(protection_keys_leave_the_rest_alone)
{
    uint64_t table = test_small_pages(cpu), entry = table + 8 * (DATA / PAGE_SIZE);
    uint64_t code = table + 8 * (GUEST_CODE / PAGE_SIZE);

    cpu->pkru = 0xfffffffc;
    test_write(cpu, entry, 8, DATA | 7 | UINT64_C(9) << 59);
    test_write(cpu, code, 8, GUEST_CODE | 7 | UINT64_C(9) << 59);
    tlb_flush(cpu);
    expect_data(READ, 0, REASON_NONE); /* CR4.PKE is clear: the bits are ignored */
    ck_assert(control_write(cpu, 4, cpu->cr4 | CR4_PKE));
    ck_assert_int_eq(run("90"), EXEC_OK); /* fetches are not data */
    expect_data(READ, PF_P | PF_PK, REASON_PAGE_KEY);
    test_write(cpu, entry, 8, DATA | 3 | UINT64_C(9) << 59);
    tlb_flush(cpu);
    expect_data(READ, 0, REASON_NONE); /* a supervisor page has no key */
    /* Another reason does not hide the key; without a translation there is none. */
    test_write(cpu, entry, 8, DATA | 5 | UINT64_C(9) << 59);
    set_level(3);
    tlb_flush(cpu);
    expect_data(WRITE, PF_P | PF_W | PF_U | PF_PK, REASON_PAGE_NOT_WRITABLE);
    test_write(cpu, entry, 8, DATA | 6 | UINT64_C(9) << 59);
    tlb_flush(cpu);
    expect_data(WRITE, PF_W | PF_U, REASON_PAGE_NOT_PRESENT);
}
END_TEST

/* ---- UMIP: "Control Registers", CR4.UMIP ---- */

START_TEST(umip_hides_tables_and_status_word)
{
    static const char *const all[] = {
        "0f 01 07", /* sgdt [rdi] */
        "0f 01 0f", /* sidt [rdi] */
        "0f 00 07", /* sldt [rdi] */
        "0f 00 0f", /* str [rdi] */
        "0f 01 27", /* smsw [rdi] */
        "0f 01 e0", /* smsw eax */
        "0f 00 c8", /* str eax */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        set_level(3);
        ck_assert_int_eq(run(all[i]), EXEC_OK);
        ck_assert(control_write(cpu, 4, cpu->cr4 | CR4_UMIP));
        expect(all[i], VEC_GP, REASON_UMIP);
        ck_assert_uint_eq(cpu->fault.error, 0);
        set_level(0);
        ck_assert_int_eq(run(all[i]), EXEC_OK);
        ck_assert(control_write(cpu, 4, cpu->cr4 & ~(uint64_t)CR4_UMIP));
    }
}
END_TEST

/* Real mode is CPL 0; virtual-8086 mode is CPL 3, and SLDT and STR are not recognised at all. */
START_TEST(umip_in_real_and_virtual_8086_mode)
{
    struct guest *guest = guest_create();

    cpu = guest->cpu;
    cpu->cr4 |= CR4_UMIP;
    guest_code(guest, "0f 01 e0"); /* smsw ax */
    ck_assert(guest_step(guest));
    guest_v86(guest, 3);
    cpu->cr4 |= CR4_UMIP;
    guest_code(guest, "0f 01 e0");
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(cpu->fault.vector, VEC_GP);
    guest_code(guest, "0f 00 c0"); /* sldt ax */
    ck_assert(!guest_step(guest));
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
    guest_destroy(guest);
}
END_TEST

/* ---- 57-bit linear addresses ---- */

/* What CR4.LA57 cannot become in long mode, the test makes it. */
static void five_levels(void)
{
    const uint64_t top = GUEST_PAGES + 0x4000;

    for (unsigned i = 0; i < 512; i++)
        test_write(cpu, top + 8 * i, 8, 0);
    test_write(cpu, top, 8, cpu->cr3 | 7);
    test_write(cpu, top + 8 * 0x100, 8, cpu->cr3 | 7); /* FF00000000000000h on */
    cpu->cr3 = top;
    cpu->cr4 |= CR4_LA57;
    cpu_rebuild(cpu);
}

START_TEST(five_level_walk)
{
    struct walk walk;

    five_levels();
    paging_walk(cpu, UINT64_C(0xff0000000000a123), &walk);
    ck_assert(walk.mapped);
    ck_assert_uint_eq(walk.pa, 0xa123);
    ck_assert_uint_eq(walk.count, 4); /* the last is a 2 MiB page */
    ck_assert_uint_eq(walk.step[0].level, 5);
    ck_assert_uint_eq(walk.step[0].address, cpu->cr3 + 8 * 0x100);
    paging_walk(cpu, UINT64_C(0x000100000000a123), &walk); /* bit 48 counts */
    ck_assert(!walk.mapped);
    ck_assert_uint_eq(walk.count, 1);
    test_write(cpu, cpu->cr3, 8, test_read(cpu, cpu->cr3, 8) | 0x80); /* PS is reserved there */
    paging_walk(cpu, 0xa000, &walk);
    ck_assert(!walk.mapped);
    ck_assert_uint_eq(walk.reserved, 0x80);
}
END_TEST

START_TEST(addresses_of_57_bits_are_canonical_with_la57)
{
    const uint64_t high = UINT64_C(0xff00000000000000) + DATA;

    cpu->gpr[RDI] = high;
    expect(READ, VEC_GP, REASON_NON_CANONICAL);
    five_levels();
    test_write(cpu, DATA, 4, 0x12345678);
    ck_assert_int_eq(run(READ), EXEC_OK);
    ck_assert_uint_eq(cpu->gpr[RAX], 0x12345678);
    cpu->gpr[RDI] = DATA | BIT(56); /* bits 63-56 must be equal */
    expect(READ, VEC_GP, REASON_NON_CANONICAL);
    cpu->gpr[RDI] = DATA | BIT(55); /* canonical, not mapped */
    expect(READ, VEC_PF, REASON_PAGE_NOT_PRESENT);
    cpu->gpr[RAX] = high; /* jmp rax */
    ck_assert_int_eq(run("ff e0"), EXEC_OK);
    ck_assert_uint_eq(cpu->rip, high);
    cpu->gpr[RAX] = BIT(56);
    expect("ff e0", VEC_GP, REASON_NON_CANONICAL);
}
END_TEST

/* "Canonicality Checking": bases and MSRs go by what the processor has, not by CR4.LA57. */
START_TEST(bases_take_what_the_processor_could_translate)
{
    const uint64_t wide = BIT(55), wrong = BIT(56);
    static const uint32_t msrs[] = { MSR_FS_BASE, MSR_KERNEL_GS_BASE, MSR_LSTAR, MSR_SYSENTER_EIP };

    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
            ck_assert(!msr_write(cpu, msrs[i], wrong));
            ck_assert_int_eq(msr_write(cpu, msrs[i], wide), !round);
        }
        test_write(cpu, DATA, 2, 0xffff);
        test_write(cpu, DATA + 2, 8, wide);
        cpu->gpr[RDI] = DATA;
        ck_assert_int_eq(run("0f 01 17"), round ? VEC_GP : EXEC_OK); /* lgdt [rdi] */
        cpu->cr4 |= CR4_FSGSBASE;
        cpu->gpr[RDI] = wide;
        ck_assert_int_eq(run("f3 48 0f ae d7"), round ? VEC_GP : EXEC_OK); /* wrfsbase rdi */
        set_feature(F_LA57, false);
    }
}
END_TEST

START_TEST(cpuid_tells_the_width_of_addresses)
{
    uint32_t regs[4];

    cpuid_query(cpu, 0x80000008, 0, regs);
    ck_assert_uint_eq(regs[CPUID_EAX] >> 8 & 0xff, 57);
    set_feature(F_LA57, false);
    cpuid_query(cpu, 0x80000008, 0, regs);
    ck_assert_uint_eq(regs[CPUID_EAX] >> 8 & 0xff, 48);
}
END_TEST

/*
 * The interpreter's jump cache tells addresses apart that differ in bits 48 to 56 only, also those
 * it met before the mapping changed.
 */
START_TEST(the_jump_cache_knows_57_bits)
{
    const uint64_t mapped = UINT64_C(0xff00000000000000) + GUEST_CODE;

    five_levels();
    test_code(cpu, "eb fe"); /* jmp $ */
    for (unsigned i = 1; i < 600; i++) {
        uint64_t away = mapped ^ (uint64_t)(i & 0x1ff) << 48;

        if (!(i & 0x1ff) || !canonical_57(away) || away == GUEST_CODE)
            continue;
        cpu->rip = mapped;
        test_run(cpu, 3);
        ck_assert_uint_eq(cpu->rip, mapped);
        tlb_flush(cpu);
        cpu->rip = away; /* not mapped */
        ck_assert_int_eq(test_step(cpu), VEC_PF);
        cpu->fault_waits = false; /* not to be delivered */
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("control");
    TCase *tests = tcase_create("control");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, test_cpu_teardown);
    tcase_add_test(tests, reserved_bits_of_every_control_register);
    tcase_add_test(tests, cr4_bits_come_with_their_features);
    tcase_add_test(tests, combinations_that_control_registers_refuse);
    tcase_add_test(tests, pcide_needs_ia_32e_mode_and_pcid_0);
    tcase_add_test(tests, mov_to_cr3_may_keep_the_entries_of_a_pcid);
    tcase_add_test(tests, invpcid_invalidates_by_type);
    tcase_add_test(tests, invpcid_refuses_what_the_manual_says);
    tcase_add_test(tests, pkru_instructions);
    tcase_add_test(tests, protection_keys_guard_user_pages);
    tcase_add_test(tests, protection_keys_leave_the_rest_alone);
    tcase_add_test(tests, umip_hides_tables_and_status_word);
    tcase_add_test(tests, umip_in_real_and_virtual_8086_mode);
    tcase_add_test(tests, five_level_walk);
    tcase_add_test(tests, addresses_of_57_bits_are_canonical_with_la57);
    tcase_add_test(tests, bases_take_what_the_processor_could_translate);
    tcase_add_test(tests, cpuid_tells_the_width_of_addresses);
    tcase_add_test(tests, the_jump_cache_knows_57_bits);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
