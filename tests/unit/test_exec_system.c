/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_exec_system.c - system instructions: control registers, calls, flags, ports. */
#include <check.h>
#include <stdlib.h>

#include "cpu/debug_reg.h"
#include "cpu/eflags.h"
#include "cpu/engine.h"
#include "cpu/msr.h"
#include "cpu/tlb.h"
#include "tests/support/guest_cpu.h"

static struct guest *guest;
static struct cpu *cpu;

static void setup(void)
{
    guest = guest_create();
    cpu = guest->cpu;
}

static void teardown(void)
{
    guest_destroy(guest);
}

static bool run(const char *hex)
{
    guest_code(guest, hex);
    return guest_step(guest);
}

static void expect_fault(const char *hex, unsigned vector, enum reason reason)
{
    ck_assert(!run(hex));
    ck_assert_uint_eq(cpu->fault.vector, vector);
    ck_assert_str_eq(reason_name(cpu->fault.reason), reason_name(reason));
    ck_assert_uint_eq(cpu->fault.error, 0);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE);
}

/* ---- privilege ---- */

static const struct {
    const char *hex;
    uint8_t vector;
} privileged[] = {
    { "0f 20 c0", VEC_GP }, /* mov rax,cr0 */
    { "0f 22 d8", VEC_GP }, /* mov cr3,rax */
    { "0f 21 c0", VEC_GP }, /* mov rax,dr0 */
    { "0f 23 f8", VEC_GP }, /* mov dr7,rax */
    { "0f 06", VEC_GP },    /* clts */
    { "0f 01 f0", VEC_GP }, /* lmsw ax */
    { "0f 01 38", VEC_GP }, /* invlpg [rax] */
    { "0f 08", VEC_GP },    /* invd */
    { "0f 09", VEC_GP },    /* wbinvd */
    { "0f 30", VEC_GP },    /* wrmsr */
    { "0f 32", VEC_GP },    /* rdmsr */
    { "0f 33", VEC_GP },    /* rdpmc */
    { "f4", VEC_GP },       /* hlt */
    { "fa", VEC_GP },       /* cli: IOPL 0 */
    { "fb", VEC_GP },       /* sti */
    { "48 0f 07", VEC_GP }, /* sysret */
    { "0f 01 f8", VEC_GP }, /* swapgs */
    { "0f 01 ca", VEC_UD }, /* clac */
    { "0f 01 cb", VEC_UD }, /* stac */
    { "0f 01 c8", VEC_UD }, /* monitor */
    { "0f 01 c9", VEC_UD }, /* mwait */
};

START_TEST(privileged_instructions_are_refused_at_cpl_3)
{
    guest_long(guest, 3);
    cpu->efer |= EFER_SCE;
    ck_assert(!run(privileged[_i].hex));
    ck_assert_uint_eq(cpu->fault.vector, privileged[_i].vector);
    ck_assert_uint_eq(cpu->fault.error, 0);
}
END_TEST

START_TEST(control_registers_that_do_not_exist_are_undefined)
{
    char hex[16];

    guest_long(guest, 0);
    for (unsigned n = 0; n < 16; n++) {
        bool exists = n == 0 || n == 2 || n == 3 || n == 4 || n == 8;

        snprintf(hex, sizeof hex, "%02x 0f 20 %02x", n & 8 ? 0x44 : 0x40, 0xc0 | (n & 7) << 3);
        ck_assert_int_eq(run(hex), exists);
        if (!exists)
            ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
    }
}
END_TEST

START_TEST(mov_cr_uses_the_whole_register_in_64_bit_mode)
{
    guest_long(guest, 0);
    cpu->cr2 = UINT64_C(0x123456789abcdef0);
    ck_assert(run("0f 20 d1")); /* mov rcx,cr2 */
    ck_assert_uint_eq(cpu->gpr[RCX], cpu->cr2);
    cpu->gpr[RAX] = cpu->cr0 | BIT(40);
    expect_fault("0f 22 c0", VEC_GP, REASON_CR_RESERVED);
}
END_TEST

START_TEST(debug_registers_have_aliases_and_a_guard)
{
    guest_protected(guest, 0);
    ck_assert(run("0f 21 e0")); /* mov eax,dr4 */
    ck_assert_uint_eq(cpu->gpr[RAX], DR6_FIXED);
    cpu->gpr[RAX] = 0xffffffff;
    ck_assert(run("0f 23 f0")); /* mov dr6,eax */
    ck_assert_uint_eq(cpu->dr[6], 0xffffefff);
    cpu->cr4 |= CR4_DE;
    ck_assert(!run("0f 21 e0"));
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
    cpu->dr[7] |= DR7_GD;
    ck_assert(!run("0f 21 c0"));
    ck_assert_uint_eq(cpu->fault.vector, VEC_DB);
    ck_assert_uint_eq(cpu->fault.dr6, DR6_BD);
}
END_TEST

START_TEST(machine_status_word)
{
    cpu->gpr[RAX] = 0xffff;
    ck_assert(run("0f 01 f0")); /* lmsw ax */
    ck_assert_uint_eq(cpu->cr0 & 0xf, 0xf);
    cpu->gpr[RAX] = 0;
    ck_assert(run("0f 01 f0"));
    ck_assert_uint_eq(cpu->cr0 & 0xf, CR0_PE); /* PE stays */
    cpu->cr0 |= CR0_TS;
    ck_assert(run("0f 06")); /* clts */
    ck_assert_uint_eq(cpu->cr0 & CR0_TS, 0);
    ck_assert(run("0f 01 e3")); /* smsw bx */
    ck_assert_uint_eq(cpu->gpr[RBX], cpu->cr0 & 0xffff);
}
END_TEST

START_TEST(invlpg_lets_a_new_entry_take_effect)
{
    uint64_t value;

    guest_long(guest, 0);
    ck_assert(cpu_read(cpu, SEG_FLAT, 0x1234, 1, &value));
    cpu->gpr[RAX] = 0x5000; /* another piece of the same 2 MiB page */
    ck_assert_uint_eq(cpu->tlb[1].read_tag, 0x1000);
    ck_assert(run("0f 01 38"));
    ck_assert_uint_eq(cpu->tlb[1].read_tag, TLB_NO_TAG);
}
END_TEST

/* ---- fast system calls ---- */

START_TEST(syscall_and_sysret_change_level_and_flags)
{
    guest_long(guest, 3);
    cpu->efer |= EFER_SCE;
    cpu->msr.star = (uint64_t)(COMPAT3 | 3) << 48 | (uint64_t)CODE0 << 32;
    cpu->msr.lstar = GUEST_HANDLERS;
    cpu->msr.fmask = IF | TF | DF | CF;
    cpu_set_eflags(cpu, IF | CF | ZF);
    cpu->gpr[RCX] = 1;
    ck_assert(run("0f 05"));
    ck_assert_uint_eq(cpu->rip, GUEST_HANDLERS);
    ck_assert_uint_eq(cpu->gpr[RCX], GUEST_CODE + 2);
    ck_assert_uint_eq(cpu->gpr[R11], IF | CF | ZF | EFLAGS_ONE);
    ck_assert_uint_eq(cpu_eflags(cpu), ZF | EFLAGS_ONE);
    ck_assert_uint_eq(cpu->cpl, 0);
    ck_assert_uint_eq(cpu->view, VIEW_SUPERVISOR);
    ck_assert_uint_eq(cpu->seg[SEG_CS].selector, CODE0);
    ck_assert_uint_eq(cpu->seg[SEG_CS].attr, 0xa09b);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, CODE0 + 8);
    ck_assert_uint_eq(cpu->seg[SEG_SS].attr, 0xc093);

    cpu->gpr[RCX] = 0x4800;
    cpu->gpr[R11] = ~UINT64_C(0);
    ck_assert(run("48 0f 07"));
    ck_assert_uint_eq(cpu->rip, 0x4800);
    ck_assert_uint_eq(cpu->cpl, 3);
    ck_assert_uint_eq(cpu->seg[SEG_CS].selector, (COMPAT3 + 16) | 3);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, (COMPAT3 + 8) | 3);
    ck_assert_uint_eq(cpu->seg[SEG_CS].attr, 0xa0fb);
    ck_assert_uint_eq(cpu_eflags(cpu), 0x3c7fd7);
    ck_assert_uint_eq(cpu->mode, MODE_CODE64);
}
END_TEST

START_TEST(sysret_to_compatibility_mode)
{
    guest_long(guest, 0);
    cpu->efer |= EFER_SCE;
    cpu->msr.star = (uint64_t)COMPAT3 << 48;
    cpu->gpr[RCX] = UINT64_C(0x7700004800);
    cpu->gpr[R11] = IF;
    ck_assert(run("0f 07"));
    ck_assert_uint_eq(cpu->rip, 0x4800);
    ck_assert_str_eq(cpu_mode_name(cpu), "compat32");
    ck_assert_uint_eq(cpu->seg[SEG_CS].selector, COMPAT3 | 3);
    ck_assert_uint_ne(cpu->seg[SEG_SS].write_end, UINT64_MAX);
}
END_TEST

START_TEST(syscall_needs_sce_and_sysret_a_canonical_target)
{
    guest_long(guest, 0);
    ck_assert(!run("0f 05"));
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
    cpu->efer |= EFER_SCE;
    cpu->gpr[RCX] = BIT(47);
    expect_fault("48 0f 07", VEC_GP, REASON_NON_CANONICAL);
    guest_protected(guest, 0);
    ck_assert(!run("0f 05")); /* 64-bit mode only */
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
}
END_TEST

START_TEST(sysenter_and_sysexit_in_32_bit_mode)
{
    guest_protected(guest, 3);
    expect_fault("0f 34", VEC_GP, REASON_SYSENTER_CS);
    cpu->msr.sysenter_cs = CODE0;
    cpu->msr.sysenter_eip = 0x9000;
    cpu->msr.sysenter_esp = GUEST_STACK0;
    cpu_set_eflags(cpu, IF | CF);
    ck_assert(run("0f 34"));
    ck_assert_uint_eq(cpu->rip, 0x9000);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK0);
    ck_assert_uint_eq(cpu->cpl, 0);
    ck_assert_uint_eq(cpu_eflags(cpu), CF | EFLAGS_ONE);
    ck_assert_uint_eq(cpu->seg[SEG_CS].attr, 0xc09b);
    cpu->gpr[RCX] = GUEST_STACK3;
    cpu->gpr[RDX] = 0x4444;
    ck_assert(run("0f 35"));
    ck_assert_uint_eq(cpu->rip, 0x4444);
    ck_assert_uint_eq(cpu->gpr[RSP], GUEST_STACK3);
    ck_assert_uint_eq(cpu->cpl, 3);
    ck_assert_uint_eq(cpu->seg[SEG_CS].selector, (CODE0 + 16) | 3);
    ck_assert_uint_eq(cpu->seg[SEG_SS].selector, (CODE0 + 24) | 3);
    ck_assert_uint_eq(cpu->seg[SEG_CS].attr, 0xc0fb);
}
END_TEST

START_TEST(segment_bases_without_descriptors)
{
    guest_long(guest, 0);
    cpu->seg[SEG_GS].base = 0x1111;
    cpu->msr.kernel_gs_base = 0x2222;
    ck_assert(run("0f 01 f8")); /* swapgs */
    ck_assert_uint_eq(cpu->seg[SEG_GS].base, 0x2222);
    ck_assert_uint_eq(cpu->msr.kernel_gs_base, 0x1111);
    ck_assert(!run("f3 48 0f ae c0")); /* rdfsbase rax: CR4.FSGSBASE is clear */
    ck_assert_uint_eq(cpu->fault.vector, VEC_UD);
    cpu->cr4 |= CR4_FSGSBASE;
    cpu->gpr[RAX] = UINT64_C(0xffff800012345678);
    ck_assert(run("f3 48 0f ae d0")); /* wrfsbase rax */
    ck_assert_uint_eq(cpu->seg[SEG_FS].base, UINT64_C(0xffff800012345678));
    ck_assert(run("f3 0f ae c3")); /* rdfsbase ebx */
    ck_assert_uint_eq(cpu->gpr[RBX], 0x12345678);
    ck_assert(run("f3 0f ae d8")); /* wrgsbase eax */
    ck_assert_uint_eq(cpu->seg[SEG_GS].base, 0x12345678);
    ck_assert(run("f3 48 0f ae c9")); /* rdgsbase rcx */
    ck_assert_uint_eq(cpu->gpr[RCX], 0x12345678);
    cpu->gpr[RAX] = BIT(63);
    expect_fault("f3 48 0f ae d8", VEC_GP, REASON_NON_CANONICAL);
}
END_TEST

/* ---- flags ---- */

START_TEST(single_flag_instructions)
{
    cpu_set_eflags(cpu, EFLAGS_STATUS);
    ck_assert(run("f8")); /* clc */
    ck_assert_uint_eq(cpu_eflags(cpu), (EFLAGS_STATUS & ~CF) | EFLAGS_ONE);
    ck_assert(run("f5")); /* cmc */
    ck_assert_uint_eq(cpu_eflags(cpu), EFLAGS_STATUS | EFLAGS_ONE);
    cpu_set_eflags(cpu, 0);
    ck_assert(run("f9")); /* stc */
    ck_assert(run("fd")); /* std */
    ck_assert_uint_eq(cpu_eflags(cpu), CF | DF | EFLAGS_ONE);
    ck_assert(run("fc")); /* cld */
    ck_assert_uint_eq(cpu_eflags(cpu), CF | EFLAGS_ONE);
}
END_TEST

START_TEST(lahf_and_sahf_move_five_flags)
{
    for (unsigned flags = 0; flags < 256; flags++) {
        cpu_set_eflags(cpu, OF);
        cpu->gpr[RAX] = flags << 8;
        ck_assert(run("9e")); /* sahf */
        ck_assert_uint_eq(cpu_eflags(cpu), OF | EFLAGS_ONE | (flags & 0xd5));
        cpu->gpr[RAX] = 0x12345678;
        ck_assert(run("9f")); /* lahf */
        ck_assert_uint_eq(cpu->gpr[RAX], 0x12340078 | (flags & 0xd5) << 8 | 0x200);
    }
}
END_TEST

/* CLI and STI: all CPL and IOPL. */
START_TEST(interrupt_flag_needs_cpl_up_to_iopl)
{
    for (unsigned level = 0; level <= 3; level += 3) {
        for (unsigned iopl = 0; iopl < 4; iopl++) {
            guest_protected(guest, level);
            cpu_set_eflags(cpu, IF | iopl << IOPL_SHIFT);
            ck_assert_int_eq(run("fa"), level <= iopl);
            ck_assert_uint_eq(cpu->eflags & IF, level <= iopl ? 0 : IF);
            cpu_set_eflags(cpu, iopl << IOPL_SHIFT);
            ck_assert_int_eq(run("fb"), level <= iopl);
            ck_assert_uint_eq(cpu->eflags & IF, level <= iopl ? IF : 0);
            ck_assert_uint_eq(cpu->shadow, level <= iopl ? SHADOW_STI : 0);
            cpu->shadow = 0;
        }
    }
}
END_TEST

/* POPF: which flags change, for all CPL, IOPL and operand sizes. */
START_TEST(popf_changes_what_the_level_allows)
{
    for (unsigned level = 0; level <= 3; level += 3) {
        for (unsigned iopl = 0; iopl < 4; iopl++) {
            for (unsigned wide = 0; wide < 2; wide++) {
                uint64_t always = EFLAGS_STATUS | TF | DF | NT | (wide ? AC | ID : 0);
                uint64_t allowed = always | (level <= iopl ? IF : 0) | (level ? 0 : IOPL);
                uint64_t before = iopl << IOPL_SHIFT | EFLAGS_ONE;

                guest_protected(guest, level);
                cpu_set_eflags(cpu, before);
                guest_write(guest, cpu->gpr[RSP], 4, 0xffffffff);
                ck_assert(run(wide ? "9d" : "66 9d"));
                ck_assert_uint_eq(cpu_eflags(cpu), before | allowed);
                cpu->pending = 0;
                before |= EFLAGS_STATUS | DF | NT | IF | AC | ID | VIP;
                cpu->gpr[RSP] -= wide ? 4 : 2;
                cpu_set_eflags(cpu, before);
                guest_write(guest, cpu->gpr[RSP], 4, 0);
                ck_assert(run(wide ? "9d" : "66 9d"));
                ck_assert_uint_eq(cpu_eflags(cpu), before & ~allowed);
            }
        }
    }
}
END_TEST

static void set_flags(uint64_t flags)
{
    cpu_set_eflags(cpu, flags);
    cpu_update_mode(cpu);
}

/* CLI, STI: "Virtual-8086 Mode Extensions", "Protected-Mode Virtual Interrupts". */
static void virtual_interrupt_flag(uint64_t mode_bits)
{
    set_flags(mode_bits | IF | VIF);
    ck_assert(run("fa"));
    ck_assert_uint_eq(cpu->eflags & (IF | VIF), IF);
    ck_assert(run("fb"));
    ck_assert_uint_eq(cpu->eflags & (IF | VIF), IF | VIF);
    ck_assert_uint_eq(cpu->shadow, 0);
    set_flags(mode_bits | IF | VIP);
    expect_fault("fb", VEC_GP, REASON_VIRTUAL_PENDING);
    ck_assert_uint_eq(cpu->eflags & VIF, 0);
    ck_assert(run("fa")); /* VIP does not hinder CLI */
    set_flags(mode_bits | VIF);
    ck_assert(run("fa"));
    ck_assert_uint_eq(cpu->eflags & (IF | VIF), 0);
}

START_TEST(cli_and_sti_on_the_virtual_flag)
{
    guest_protected(guest, 3);
    cpu->cr4 |= CR4_VME; /* is for virtual-8086 mode */
    set_flags(IF);
    expect_fault("fa", VEC_GP, REASON_IOPL);
    cpu->cr4 = (cpu->cr4 & ~(uint64_t)CR4_VME) | CR4_PVI;
    virtual_interrupt_flag(0);
    guest_protected(guest, 0); /* not at level 0 to 2 */
    set_flags(IF | VIF);
    ck_assert(run("fa"));
    ck_assert_uint_eq(cpu->eflags & (IF | VIF), VIF);
    guest_v86(guest, 0);
    cpu->cr4 |= CR4_PVI;
    expect_fault("fa", VEC_GP, REASON_IOPL);
    cpu->cr4 = (cpu->cr4 & ~(uint64_t)CR4_PVI) | CR4_VME;
    virtual_interrupt_flag(VM);
    guest_v86(guest, 3); /* with IOPL 3 it is IF */
    set_flags(VM | IOPL | IF | VIF);
    ck_assert(run("fa"));
    ck_assert_uint_eq(cpu->eflags & (IF | VIF), VIF);
}
END_TEST

/* "PUSHF/PUSHFD/PUSHFQ", "POPF/POPFD/POPFQ": virtual-8086 mode with IOPL less than 3. */
START_TEST(pushf_and_popf_with_the_virtual_flag)
{
    const uint64_t stack = 0x20000 + 0x8000; /* SS:SP of guest_v86() */

    guest_v86(guest, 1);
    expect_fault("9c", VEC_GP, REASON_IOPL);
    expect_fault("9d", VEC_GP, REASON_IOPL);
    cpu->cr4 |= CR4_VME;
    expect_fault("66 9c", VEC_GP, REASON_IOPL); /* 32 bits */
    expect_fault("66 9d", VEC_GP, REASON_IOPL);
    set_flags(VM | 1 << IOPL_SHIFT | IF | ZF);
    ck_assert(run("9c"));
    ck_assert_uint_eq(guest_read(guest, stack - 2, 2), IOPL | ZF | EFLAGS_ONE); /* VIF is 0 */
    set_flags(VM | 1 << IOPL_SHIFT | VIF);
    cpu->gpr[RSP] = 0x8000;
    ck_assert(run("9c"));
    ck_assert_uint_eq(guest_read(guest, stack - 2, 2), IOPL | IF | EFLAGS_ONE);

    guest_write(guest, stack - 2, 2, IF | CF | DF | NT);
    set_flags(VM | 1 << IOPL_SHIFT);
    ck_assert(run("9d"));
    ck_assert_uint_eq(cpu_eflags(cpu),
                      VM | VIF | NT | 1 << IOPL_SHIFT | DF | CF | EFLAGS_ONE); /* IF stays */
    ck_assert_uint_eq(cpu->gpr[RSP], 0x8000);
    cpu->gpr[RSP] = 0x7ffe;
    set_flags(VM | 1 << IOPL_SHIFT | VIP);
    expect_fault("9d", VEC_GP, REASON_VIRTUAL_PENDING);
    ck_assert_uint_eq(cpu->gpr[RSP], 0x7ffe);
    guest_write(guest, stack - 2, 2, ZF);
    ck_assert(run("9d"));
    ck_assert_uint_eq(cpu->eflags & (VIF | VIP), VIP);
    cpu->gpr[RSP] = 0x7ffe;
    guest_write(guest, stack - 2, 2, TF);
    set_flags(VM | 1 << IOPL_SHIFT);
    expect_fault("9d", VEC_GP, REASON_VIRTUAL_PENDING);
}
END_TEST

START_TEST(pushf_hides_vm_and_rf)
{
    guest_protected(guest, 0);
    cpu_set_eflags(cpu, CF | IF | AC);
    ck_assert(run("9c"));
    ck_assert_uint_eq(guest_read(guest, cpu->gpr[RSP], 4), CF | IF | AC | EFLAGS_ONE);
    guest_v86(guest, 3);
    ck_assert(run("66 9c"));
    ck_assert_uint_eq(guest_read(guest, 0x20000 + cpu->gpr[RSP], 4), IOPL | EFLAGS_ONE);
    guest_v86(guest, 2);
    expect_fault("9c", VEC_GP, REASON_IOPL);
    expect_fault("9d", VEC_GP, REASON_IOPL);
    expect_fault("fa", VEC_GP, REASON_IOPL);
}
END_TEST

START_TEST(stac_and_clac_choose_the_view)
{
    guest_long(guest, 0);
    cpu->cr4 |= CR4_SMAP;
    ck_assert(run("0f 01 cb"));
    ck_assert_uint_eq(cpu->view, VIEW_SUPERVISOR_AC);
    ck_assert(run("0f 01 ca"));
    ck_assert_uint_eq(cpu->view, VIEW_SUPERVISOR);
    ck_assert_uint_eq(cpu->eflags & AC, 0);
}
END_TEST

/* ---- ports ---- */

static uint64_t port_log[8];
static unsigned port_count;

static uint64_t port_read(void *owner, uint64_t address, unsigned size)
{
    struct guest *g = owner;

    port_log[port_count++ % 8] = address << 8 | size;
    return clock_now(&g->clock) == 0 ? 0x87654321 : 0;
}

static void port_write(void *owner, uint64_t address, unsigned size, uint64_t value)
{
    (void)owner;
    port_log[port_count++ % 8] = value << 32 | address << 8 | size;
}

static const struct io_range ports[] = {
    { 0x80, 4, IO_8 | IO_16 | IO_32, port_read, port_write, "probe", NULL },
    { 0x1234, 4, IO_8 | IO_16 | IO_32, port_read, port_write, "probe", NULL },
};

static const struct {
    const char *hex;
    uint64_t rax, log; /* afterwards; access */
} port_insns[] = {
    { "e4 80", 0xffffffffffffff21, 0x8001 },
    { "66 e5 80", 0xffffffffffff4321, 0x8002 },
    { "e5 80", 0x87654321, 0x8004 },
    { "ec", 0xffffffffffffff21, 0x123401 },
    { "66 ed", 0xffffffffffff4321, 0x123402 },
    { "48 ed", 0x87654321, 0x123404 },
    { "e6 80", UINT64_MAX, UINT64_C(0xff) << 32 | 0x8001 },
    { "e7 80", UINT64_MAX, UINT64_C(0xffffffff) << 32 | 0x8004 },
    { "ee", UINT64_MAX, UINT64_C(0xff) << 32 | 0x123401 },
    { "66 ef", UINT64_MAX, UINT64_C(0xffff) << 32 | 0x123402 },
    { "ef", UINT64_MAX, UINT64_C(0xffffffff) << 32 | 0x123404 },
};

START_TEST(ports_are_read_and_written_at_the_exact_tick)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ports); i++)
        space_add_device(&guest->ports, &ports[i], guest, "probe");
    guest_long(guest, 0);
    port_count = 0;
    cpu->gpr[RAX] = UINT64_MAX;
    cpu->gpr[RDX] = 0xffff1234;
    ck_assert(run(port_insns[_i].hex));
    ck_assert_uint_eq(cpu->gpr[RAX], port_insns[_i].rax);
    ck_assert_uint_eq(port_count, 1);
    ck_assert_uint_eq(port_log[0], port_insns[_i].log);
    ck_assert_uint_eq(clock_now(&guest->clock), 1);
}
END_TEST

/* ---- the rest ---- */

START_TEST(time_stamp_counter_is_the_tick_before_the_instruction)
{
    guest_long(guest, 0);
    guest_code(guest, "90 90 0f 31 0f 01 f9"); /* nop; nop; rdtsc; rdtscp */
    cpu->msr.tsc_aux = 0x77;
    cpu->engine->run(cpu, 3);
    ck_assert_uint_eq(cpu->gpr[RAX], 2);
    cpu->engine->run(cpu, 1);
    ck_assert_uint_eq(cpu->gpr[RAX], 3);
    ck_assert_uint_eq(cpu->gpr[RCX], 0x77);
    guest_long(guest, 3);
    cpu->cr4 |= CR4_TSD;
    expect_fault("0f 31", VEC_GP, REASON_TSD);
}
END_TEST

START_TEST(rdmsr_and_wrmsr_use_edx_eax)
{
    guest_long(guest, 0);
    cpu->gpr[RCX] = MSR_STAR;
    cpu->gpr[RAX] = UINT64_C(0xffffffff11223344);
    cpu->gpr[RDX] = UINT64_C(0xffffffff55667788);
    ck_assert(run("0f 30"));
    ck_assert_uint_eq(cpu->msr.star, UINT64_C(0x5566778811223344));
    cpu->gpr[RAX] = cpu->gpr[RDX] = 0;
    ck_assert(run("0f 32"));
    ck_assert_uint_eq(cpu->gpr[RAX], 0x11223344);
    ck_assert_uint_eq(cpu->gpr[RDX], 0x55667788);
    cpu->gpr[RCX] = 0x12345;
    expect_fault("0f 32", VEC_GP, REASON_MSR_UNKNOWN);
}
END_TEST

START_TEST(random_numbers_follow_from_the_seed)
{
    struct guest *twin = guest_create();
    uint64_t first;

    guest_long(guest, 0);
    guest_long(twin, 0);
    guest_code(twin, "48 0f c7 f0");
    ck_assert(guest_step(twin));
    cpu_set_eflags(cpu, EFLAGS_STATUS);
    ck_assert(run("48 0f c7 f0")); /* rdrand rax */
    first = cpu->gpr[RAX];
    ck_assert_uint_eq(first, twin->cpu->gpr[RAX]);
    ck_assert_uint_eq(cpu_eflags(cpu), CF | EFLAGS_ONE);
    ck_assert(run("48 0f c7 f8")); /* rdseed rax */
    ck_assert_uint_ne(first, cpu->gpr[RAX]);
    ck_assert(run("66 0f c7 f3")); /* rdrand bx */
    ck_assert_uint_eq(cpu->gpr[RBX] >> 16, 0);
    guest_destroy(twin);
}
END_TEST

START_TEST(hlt_and_mwait_wait)
{
    guest_long(guest, 0);
    ck_assert(run("f4"));
    ck_assert_uint_eq(cpu->activity, CPU_HALTED);
    ck_assert_uint_eq(cpu->rip, GUEST_CODE + 1);
    cpu->activity = CPU_RUNNING;
    cpu->gpr[RAX] = 0x5000;
    cpu->gpr[RCX] = 0;
    ck_assert(run("0f 01 c8")); /* monitor */
    ck_assert(cpu->monitor_armed);
    cpu_set_eflags(cpu, IF);
    ck_assert(run("0f 01 c9")); /* mwait */
    ck_assert_uint_eq(cpu->activity, CPU_HALTED);
    cpu->activity = CPU_RUNNING;
    cpu->gpr[RCX] = 2;
    expect_fault("0f 01 c9", VEC_GP, REASON_HINT_RESERVED);
}
END_TEST

static const char *const undefined[] = { "0f 0b", "0f b9 c0", "0f ff c0" };

START_TEST(undefined_for_ever)
{
    guest_long(guest, 0);
    expect_fault(undefined[_i], VEC_UD, REASON_UD_INSTRUCTION);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec_system");
    TCase *tc = tcase_create("exec_system");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, privileged_instructions_are_refused_at_cpl_3, 0,
                        ARRAY_SIZE(privileged));
    tcase_add_test(tc, control_registers_that_do_not_exist_are_undefined);
    tcase_add_test(tc, mov_cr_uses_the_whole_register_in_64_bit_mode);
    tcase_add_test(tc, debug_registers_have_aliases_and_a_guard);
    tcase_add_test(tc, machine_status_word);
    tcase_add_test(tc, invlpg_lets_a_new_entry_take_effect);
    tcase_add_test(tc, syscall_and_sysret_change_level_and_flags);
    tcase_add_test(tc, sysret_to_compatibility_mode);
    tcase_add_test(tc, syscall_needs_sce_and_sysret_a_canonical_target);
    tcase_add_test(tc, sysenter_and_sysexit_in_32_bit_mode);
    tcase_add_test(tc, segment_bases_without_descriptors);
    tcase_add_test(tc, single_flag_instructions);
    tcase_add_test(tc, lahf_and_sahf_move_five_flags);
    tcase_add_test(tc, interrupt_flag_needs_cpl_up_to_iopl);
    tcase_add_test(tc, popf_changes_what_the_level_allows);
    tcase_add_test(tc, cli_and_sti_on_the_virtual_flag);
    tcase_add_test(tc, pushf_and_popf_with_the_virtual_flag);
    tcase_add_test(tc, pushf_hides_vm_and_rf);
    tcase_add_test(tc, stac_and_clac_choose_the_view);
    tcase_add_loop_test(tc, ports_are_read_and_written_at_the_exact_tick, 0,
                        ARRAY_SIZE(port_insns));
    tcase_add_test(tc, time_stamp_counter_is_the_tick_before_the_instruction);
    tcase_add_test(tc, rdmsr_and_wrmsr_use_edx_eax);
    tcase_add_test(tc, random_numbers_follow_from_the_seed);
    tcase_add_test(tc, hlt_and_mwait_wait);
    tcase_add_loop_test(tc, undefined_for_ever, 0, ARRAY_SIZE(undefined));
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
