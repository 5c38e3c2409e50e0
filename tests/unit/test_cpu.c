/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_cpu.c - struct cpu: field rows, reset values, what is derived, the inputs. */
#include <stdlib.h>

#include "cpu/control.h"
#include "cpu/eflags.h"
#include "cpu/observer.h"
#include "tests/support/cpu_setup.h"

static struct setup s;
static struct cpu *cpu;

static void setup(void)
{
    setup_create(&s, NULL);
    cpu = s.cpu;
}

static void teardown(void)
{
    setup_destroy(&s);
}

START_TEST(every_member_has_a_field_row)
{
    size_t end = offsetof(struct cpu, observer) + sizeof cpu->observer;

    ck_assert_int_eq(fields_first_hole(cpu_fields, end), -1);
    ck_assert_uint_lt(sizeof(struct cpu) - end, 64); /* nothing behind it but alignment */
}
END_TEST

START_TEST(field_names_are_unique_and_lower_case)
{
    for (const struct field *a = cpu_fields; a->name; a++) {
        unsigned index;

        ck_assert_ptr_eq(field_find(cpu_fields, a->name, &index), a);
        for (const char *p = a->name; *p; p++)
            ck_assert(*p < 'A' || *p > 'Z');
    }
}
END_TEST

START_TEST(saved_state_comes_back)
{
    struct buf saved = { 0 }, again = { 0 }, error = { 0 };
    struct setup other;
    const uint8_t *from;

    setup_create(&other, NULL);
    cpu->gpr[R9] = 0x123456789;
    cpu->fpu.st[3].mantissa = 77;
    cpu->vec[5].q[1] = 42;
    cpu->seg[SEG_FS].base = 0x1000;
    cpu_set_eflags(cpu, CF | ZF | DF);
    cpu_settle(cpu);
    fields_save(cpu_fields, cpu, &saved);
    from = saved.data;
    ck_assert(fields_restore(cpu_fields, other.cpu, &from, saved.data + saved.length, &error));
    cpu_rebuild(other.cpu);
    ck_assert_ptr_null(fields_compare(cpu_fields, cpu, other.cpu));
    fields_save(cpu_fields, other.cpu, &again);
    ck_assert_uint_eq(again.length, saved.length);
    ck_assert_mem_eq(again.data, saved.data, saved.length);
    ck_assert_uint_eq(cpu_eflags(other.cpu), CF | ZF | DF | EFLAGS_ONE);
    buf_free(&saved);
    buf_free(&again);
    setup_destroy(&other);
}
END_TEST

/* SDM Vol. 3A, table "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT". */
static const struct {
    const char *name;
    uint64_t power_up, init; /* KEPT: not changed by INIT */
} reset_rows[] = {
#define KEPT UINT64_C(0xdeadbeefdeadbeef)
    { "eflags", 2, 2 },
    { "rip", 0xfff0, 0xfff0 },
    { "cr0", 0x60000010, 0x60000010 },
    { "cr2", 0, 0 },
    { "cr3", 0, 0 },
    { "cr4", 0, 0 },
    { "cs.selector", 0xf000, 0xf000 },
    { "cs.base", 0xffff0000, 0xffff0000 },
    { "cs.limit", 0xffff, 0xffff },
    { "cs.attr", 0x93, 0x93 },
    { "ss.selector", 0, 0 },
    { "ss.base", 0, 0 },
    { "ss.limit", 0xffff, 0xffff },
    { "ds.attr", 0x93, 0x93 },
    { "gs.limit", 0xffff, 0xffff },
    { "rdx", 0x106ca, 0x106ca },
    { "rax", 0, 0 },
    { "rsp", 0, 0 },
    { "gdtr.base", 0, 0 },
    { "gdtr.limit", 0xffff, 0xffff },
    { "idtr.limit", 0xffff, 0xffff },
    { "ldtr.limit", 0xffff, 0xffff },
    { "ldtr.attr", 0x82, 0x82 },
    { "tr.attr", 0x8b, 0x8b },
    { "dr[0]", 0, 0 },
    { "dr[6]", 0xffff0ff0, 0xffff0ff0 },
    { "dr[7]", 0x400, 0x400 },
    { "fpu.fcw", 0x40, KEPT },
    { "fpu.fsw", 0, KEPT },
    { "mxcsr", 0x1f80, KEPT },
    { "msr.pat", 0x0007040600070406, KEPT },
    { "msr.mtrr_def_type", 0, KEPT },
    { "msr.sysenter_cs", 0, KEPT },
    { "efer", 0, 0 },
};

START_TEST(reset_and_init_give_the_values_of_the_manual)
{
    for (unsigned init = 0; init < 2; init++) {
        for (unsigned i = 0; i < ARRAY_SIZE(reset_rows); i++) {
            unsigned index;
            const struct field *field = field_find(cpu_fields, reset_rows[i].name, &index);
            uint64_t want = init ? reset_rows[i].init : reset_rows[i].power_up;

            ck_assert_ptr_nonnull(field);
            field_set(field, cpu, index, KEPT);
            if (want == KEPT)
                want = field_get(field, cpu, index);
            cpu->cr0 |= CR0_CD | CR0_NW;
            cpu_reset(cpu, init);
            ck_assert_msg(field_get(field, cpu, index) == want, "%s after %s", reset_rows[i].name,
                          init ? "INIT" : "RESET");
        }
    }
}
END_TEST

START_TEST(mode_and_view_follow_the_state)
{
    ck_assert_str_eq(cpu_mode_name(cpu), "real16");
    ck_assert_uint_eq(cpu->mode, MODE_CODE16);
    setup_flat32(&s);
    ck_assert_str_eq(cpu_mode_name(cpu), "prot32");
    ck_assert_uint_eq(cpu->mode, MODE_CODE32 | MODE_STACK32);
    cpu->eflags |= VM;
    ck_assert_str_eq(cpu_mode_name(cpu), "v86");
    cpu->eflags &= ~(uint32_t)VM;
    setup_long_mode(&s, 0x1000);
    ck_assert_str_eq(cpu_mode_name(cpu), "long64");
    ck_assert_uint_eq(cpu->mode, MODE_CODE64);
    ck_assert_uint_eq(cpu->seg[SEG_FLAT].read_end, UINT64_MAX);
    cpu->seg[SEG_CS].attr = (cpu->seg[SEG_CS].attr & ~ATTR_L) | ATTR_DB;
    cpu_update_mode(cpu);
    ck_assert_str_eq(cpu_mode_name(cpu), "compat32");
    ck_assert_uint_ne(cpu->seg[SEG_DS].read_end, UINT64_MAX); /* limits count again */
}
END_TEST

/* Every combination of CPL, AC, AM and SMAP. */
START_TEST(view_is_a_function_of_cpl_ac_am_smap)
{
    for (unsigned i = 0; i < 32; i++) {
        unsigned want;

        cpu->cpl = i & 3;
        cpu->eflags = EFLAGS_ONE | (i & 4 ? AC : 0);
        cpu->cr0 = i & 8 ? CR0_AM : 0;
        cpu->cr4 = i & 16 ? CR4_SMAP : 0;
        cpu_update_view(cpu);
        if (cpu->cpl == 3)
            want = (i & 12) == 12 ? VIEW_USER_ALIGN : VIEW_USER;
        else
            want = (i & 20) == 20 ? VIEW_SUPERVISOR_AC : VIEW_SUPERVISOR;
        ck_assert_uint_eq(cpu->view, want);
    }
}
END_TEST

START_TEST(eflags_go_in_and_come_out)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        uint64_t real = 0x3f7fd7;

        cpu_set_eflags(cpu, BIT(bit));
        ck_assert_uint_eq(cpu_eflags(cpu), (BIT(bit) & real) | EFLAGS_ONE);
        cpu_set_eflags(cpu, ~BIT(bit));
        ck_assert_uint_eq(cpu_eflags(cpu), (~BIT(bit) & real) | EFLAGS_ONE);
    }
}
END_TEST

START_TEST(inputs_end_the_run_and_wait)
{
    clock_set_horizon(&s.clock, 100);
    cpu_set_intr(cpu, 0, true);
    ck_assert_int_eq(cpu->remaining, 0);
    ck_assert_uint_eq(cpu->pending, PENDING_INTR);
    cpu_set_intr(cpu, 0, false);
    ck_assert_uint_eq(cpu->pending, 0);
    cpu_set_nmi(cpu, 0, true);
    cpu_set_nmi(cpu, 0, false);
    ck_assert_uint_eq(cpu->pending, PENDING_NMI); /* an edge is kept */
    ck_assert_uint_eq(clock_now(&s.clock), 0);
}
END_TEST

START_TEST(cr0_combinations)
{
    ck_assert(!control_write(cpu, 0, CR0_PG));
    ck_assert_fault(cpu, VEC_GP, 0, CR0_COMBINATION);
    ck_assert(!control_write(cpu, 0, CR0_NW));
    ck_assert(!control_write(cpu, 0, BIT(32)));
    ck_assert_fault(cpu, VEC_GP, 0, CR_RESERVED);
    ck_assert_uint_eq(cpu->cr0, 0x60000010);
    ck_assert(control_write(cpu, 0, CR0_PE | 0x1ff8ffc0)); /* reserved bits are ignored */
    ck_assert_uint_eq(cpu->cr0, CR0_PE | CR0_ET);
}
END_TEST

START_TEST(long_mode_needs_pae_then_sets_lma)
{
    setup_flat32(&s);
    cpu->efer = EFER_LME;
    ck_assert(!control_write(cpu, 0, CR0_PE | CR0_PG));
    ck_assert_fault(cpu, VEC_GP, 0, LONG_MODE_NEEDS_PAE);
    ck_assert(control_write(cpu, 4, CR4_PAE));
    ck_assert(control_write(cpu, 3, 0x1000));
    ck_assert(control_write(cpu, 0, CR0_PE | CR0_PG));
    ck_assert_uint_eq(cpu->efer, EFER_LME | EFER_LMA);
    ck_assert_str_eq(cpu_mode_name(cpu), "compat32");
    ck_assert(!control_write(cpu, 4, 0));
    ck_assert(control_write(cpu, 0, CR0_PE));
    ck_assert_uint_eq(cpu->efer, EFER_LME);
}
END_TEST

START_TEST(leaving_long_mode_from_64_bit_code_is_refused)
{
    setup_long_mode(&s, 0x1000);
    ck_assert(!control_write(cpu, 0, CR0_PE));
    ck_assert_fault(cpu, VEC_GP, 0, LONG_MODE_SWITCH);
}
END_TEST

START_TEST(cr4_takes_what_the_model_has)
{
    uint64_t allowed = control_cr4_allowed(cpu);

    for (unsigned bit = 0; bit < 64; bit++) {
        ck_assert(control_write(cpu, 4, 0));
        /* "CR4.PCIDE": only in IA-32e mode */
        ck_assert_int_eq(control_write(cpu, 4, BIT(bit)),
                         (allowed & BIT(bit)) != 0 && BIT(bit) != CR4_PCIDE);
    }
    ck_assert_uint_eq(allowed, CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_PCE |
                                   CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_FSGSBASE | CR4_SMEP |
                                   CR4_SMAP | CR4_VME | CR4_PVI | CR4_UMIP | CR4_PCIDE |
                                   CR4_OSXSAVE);
}
END_TEST

START_TEST(cr3_and_cr8_reserved_bits)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        ck_assert_int_eq(control_write(cpu, 3, BIT(bit)), bit < cpu->physical_bits);
        ck_assert_int_eq(control_write(cpu, 8, BIT(bit)), bit < 4);
    }
}
END_TEST

static char modes[64];

static bool mode_changed(void *context, struct cpu *who, const char *from, const char *to)
{
    (void)context;
    (void)who;
    snprintf(modes, sizeof modes, "%s>%s", from, to);
    return false;
}

static bool control_changed(void *context, struct cpu *who, unsigned number, uint64_t old,
                            uint64_t value)
{
    (void)who;
    *(uint64_t *)context = number << 16 | (old & 0xff) << 8 | (value & 0xff);
    return true;
}

START_TEST(observer_hears_of_mode_and_control_registers)
{
    uint64_t seen = 0;
    struct observer observer = { .context = &seen,
                                 .mode = mode_changed,
                                 .control = control_changed };

    cpu->observer = &observer;
    ck_assert(control_write(cpu, 0, CR0_PE));
    ck_assert_str_eq(modes, "real16>prot16");
    ck_assert_uint_eq(seen, 0x1011);
    ck_assert(observer.stop);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpu");
    TCase *tc = tcase_create("cpu");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, every_member_has_a_field_row);
    tcase_add_test(tc, field_names_are_unique_and_lower_case);
    tcase_add_test(tc, saved_state_comes_back);
    tcase_add_test(tc, reset_and_init_give_the_values_of_the_manual);
    tcase_add_test(tc, mode_and_view_follow_the_state);
    tcase_add_test(tc, view_is_a_function_of_cpl_ac_am_smap);
    tcase_add_test(tc, eflags_go_in_and_come_out);
    tcase_add_test(tc, inputs_end_the_run_and_wait);
    tcase_add_test(tc, cr0_combinations);
    tcase_add_test(tc, long_mode_needs_pae_then_sets_lma);
    tcase_add_test(tc, leaving_long_mode_from_64_bit_code_is_refused);
    tcase_add_test(tc, cr4_takes_what_the_model_has);
    tcase_add_test(tc, cr3_and_cr8_reserved_bits);
    tcase_add_test(tc, observer_hears_of_mode_and_control_registers);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
