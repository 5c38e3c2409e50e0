/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/unit/test_smm.c - system-management mode of processors with and without Intel 64: nothing
 * is lost between SMI and RSM, the map is the manual's, a state that cannot be is a shutdown.
 * Source: SDM Vol. 3C, "System Management Mode".
 */
#include <stdlib.h>
#include <string.h>

#include "cpu/debug_reg.h"
#include "cpu/eflags.h"
#include "cpu/segment.h"
#include "cpu/smm.h"
#include "tests/support/cpu_setup.h"

static struct setup s;
static struct cpu *cpu;

enum { MAP = SMBASE_RESET + 0x8000 };

static void begin(const char *model)
{
    setup_create(&s, model);
    cpu = s.cpu;
}

/* Something else in every register that the model has. */
static void fill(bool wide)
{
    for (unsigned i = 0; i < (wide ? 16u : 8u); i++)
        cpu->gpr[i] = UINT64_C(0x0101010101010101) * (i + 1) & (wide ? UINT64_MAX : UINT32_MAX);
    cpu->rip = 0x1234;
    cpu->cr0 = CR0_PE | CR0_ET | CR0_TS | CR0_EM | CR0_WP;
    cpu->cr3 = 0x5000;
    cpu->cr4 = CR4_DE | CR4_PSE;
    cpu->dr[6] = DR6_FIXED | 5;
    cpu->dr[7] = DR7_FIXED | 0x300;
    for (unsigned i = 0; i <= SEG_GS; i++) {
        cpu->seg[i].base = 0x10000 * (i + 1);
        cpu->seg[i].limit = 0xfffff + i;
        cpu->seg[i].selector = (uint16_t)(8 * (i + 1));
    }
    cpu->tr.selector = 0x50;
    cpu->tr.base = 0x77000;
    cpu->ldtr.selector = 0x58;
    cpu->ldtr.limit = 0x3f;
    cpu->gdtr = (struct table_register){ 0x88000, 0x7f };
    cpu->idtr = (struct table_register){ 0x99000, 0x3ff };
    cpu->shadow = SHADOW_STI;
    for (unsigned i = 0; i < 4; i++)
        cpu->pdpte[i] = 0x1000 * i + 1;
    if (wide) {
        cpu->efer = EFER_SCE | EFER_NXE;
        cpu->seg[SEG_FS].base = UINT64_C(0xffff888000001000);
        cpu->gdtr.base = UINT64_C(0xfffffe0000001000);
    }
    cpu_set_eflags(cpu, CF | ZF | IF | DF | AC | EFLAGS_ONE);
    cpu_rebuild(cpu);
}

static const char *const models[] = { "pentium3", "max" };

START_TEST(nothing_is_lost_between_smi_and_rsm)
{
    static struct cpu before;
    const struct field *lost;

    begin(models[_i]);
    fill(_i == 1);
    memcpy(&before, cpu, sizeof before);
    smm_enter(cpu);
    ck_assert_ptr_nonnull(fields_compare(cpu_fields, &before, cpu));
    for (unsigned i = 0; i < GPR_COUNT; i++) /* what a handler may do */
        cpu->gpr[i] = 0;
    memset(cpu->seg, 0, sizeof cpu->seg);
    memset(cpu->pdpte, 0, sizeof cpu->pdpte);
    cpu->tr = cpu->ldtr = (struct segment){ 0 };
    cpu->gdtr = cpu->idtr = (struct table_register){ 0 };
    cpu->cr0 = CR0_PE;
    cpu->cr3 = cpu->dr[6] = 0;
    flags_load(cpu, 0);
    cpu->eflags = EFLAGS_ONE;
    ck_assert(smm_leave(cpu));
    cpu_settle(cpu);
    lost = fields_compare(cpu_fields, &before, cpu);
    ck_assert_msg(!lost, "%s", lost ? lost->name : "");
    setup_destroy(&s);
}
END_TEST

START_TEST(the_32_bit_map_is_the_manuals)
{
    static const struct {
        unsigned at;
        uint32_t value;
    } words[] = {
        { 0x7ffc, CR0_PE | CR0_ET | CR0_TS | CR0_EM | CR0_WP },
        { 0x7ff8, 0x5000 },
        { 0x7ff4, CF | ZF | IF | DF | AC | EFLAGS_ONE },
        { 0x7ff0, 0x1234 },
        { 0x7fec, 0x08080808 }, /* EDI */
        { 0x7fe0, 0x05050505 }, /* ESP */
        { 0x7fd0, 0x01010101 }, /* EAX */
        { 0x7fcc, 0xffff0ff5 },
        { 0x7fc8, 0x700 },
        { 0x7fc4, 0x50 },
        { 0x7fac, 0x10 }, /* CS */
        { 0x7fa8, 0x08 }, /* ES */
        { 0x7f00, 0 },    /* I/O restart, auto HALT restart */
        { 0x7efc, 0x20002 },
        { 0x7ef8, SMBASE_RESET },
    };

    begin("pentium3");
    fill(false);
    put32(&s, MAP + 0x7dfc, 0x12345678); /* below the map of 512 bytes */
    smm_enter(cpu);
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        ck_assert_uint_eq(load_le32(s.ram.bytes + MAP + words[i].at), words[i].value);
    ck_assert_uint_eq(load_le32(s.ram.bytes + MAP + 0x7dfc), 0x12345678);
    ck_assert_uint_eq(cpu->seg[SEG_CS].selector, 0x3000);
    ck_assert_uint_eq(cpu->seg[SEG_CS].base, SMBASE_RESET);
    ck_assert_uint_eq(cpu->seg[SEG_DS].limit, UINT32_MAX);
    ck_assert_uint_eq(cpu->rip, 0x8000);
    ck_assert_uint_eq(cpu->cr0, CR0_ET | CR0_WP);
    setup_destroy(&s);
}
END_TEST

START_TEST(a_state_that_cannot_be_is_a_shutdown)
{
    static const struct {
        const char *model;
        unsigned at;
        uint32_t value;
        bool shutdown;
    } rows[] = {
        { "max", 0x7ff8, CR0_PG | CR0_ET, true },          /* PG without PE */
        { "max", 0x7ff8, CR0_PE | CR0_NW | CR0_ET, true }, /* NW without CD */
        { "max", 0x7ffc, 1, true },                        /* upper half of CR0 */
        { "max", 0x7e40, 0x80000000, true },               /* CR4 */
        { "max", 0x7fe0, EFER_LMA, true },                 /* LMA without LME and PG */
        { "max", 0x7fe0, 0x2, true },                      /* a reserved bit of EFER */
        { "max", 0x7ef8, 0x31000, false },                 /* SMBASE: any address ... */
        { "pentium", 0x7ef8, 0x31000, true },              /* ... on newer processors */
        { "pentium", 0x7ef8, 0x38000, false },
        { "pentium3", 0x7ffc, CR0_PE | CR0_ET, false },
        { "pentium3", 0x7e60, 0x80000000, true },
    };

    begin(rows[_i].model);
    smm_enter(cpu);
    put32(&s, MAP + rows[_i].at, rows[_i].value);
    ck_assert(smm_leave(cpu) == !rows[_i].shutdown);
    ck_assert_uint_eq(cpu->activity == CPU_SHUTDOWN, rows[_i].shutdown);
    setup_destroy(&s);
}
END_TEST

/* SMRAM in nowhere: nothing to read is all ones, and no access leaves the space. */
START_TEST(smram_need_not_exist)
{
    begin("max");
    cpu->smbase = 0xffff0000;
    smm_enter(cpu);
    ck_assert(!smm_leave(cpu));
    setup_destroy(&s);
}
END_TEST

START_TEST(smi_waits_for_mov_ss_and_for_rsm_and_reset_ends_the_mode)
{
    begin("max");
    cpu->shadow = SHADOW_MOV_SS;
    cpu_set_smi(cpu, 0, true);
    cpu_set_smi(cpu, 0, false);
    ck_assert(!interrupt_service(cpu));
    ck_assert(!cpu->smm);
    cpu->shadow = 0;
    ck_assert(interrupt_service(cpu));
    ck_assert(cpu->smm && cpu->nmi_blocked);
    cpu_set_smi(cpu, 0, true);
    cpu_init_request(cpu, 0, true);
    ck_assert(!interrupt_service(cpu)); /* INIT waits, too */
    ck_assert(smm_leave(cpu));
    ck_assert(!cpu->nmi_blocked);
    cpu->smbase = 0x40000;
    ck_assert(interrupt_service(cpu)); /* INIT */
    ck_assert_uint_eq(cpu->smbase, 0x40000);
    ck_assert_uint_eq(cpu->rip, 0xfff0);
    ck_assert(interrupt_service(cpu)); /* SMI */
    ck_assert(cpu->smm);
    cpu_reset(cpu, false);
    ck_assert(!cpu->smm);
    ck_assert_uint_eq(cpu->smbase, SMBASE_RESET);
    setup_destroy(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("smm");
    TCase *tcase = tcase_create("smm");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, nothing_is_lost_between_smi_and_rsm, 0, ARRAY_SIZE(models));
    tcase_add_test(tcase, the_32_bit_map_is_the_manuals);
    tcase_add_loop_test(tcase, a_state_that_cannot_be_is_a_shutdown, 0, 11);
    tcase_add_test(tcase, smram_need_not_exist);
    tcase_add_test(tcase, smi_waits_for_mov_ss_and_for_rsm_and_reset_ends_the_mode);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
