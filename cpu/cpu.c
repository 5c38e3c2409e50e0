/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cpu.c - creation, power-up and INIT values, what is derived from the mode, and the inputs.
 * Source: SDM Vol. 3A, "Processor State After Reset".
 */
#include "cpu/cpu.h"

#include <string.h>

#include "cpu/cpuid.h"
#include "cpu/debug_reg.h"
#include "cpu/eflags.h"
#include "cpu/interp.h"
#include "cpu/msr.h"
#include "cpu/observer.h"
#include "cpu/segment.h"
#include "cpu/smm.h"
#include "cpu/sse.h"
#include "cpu/tlb.h"
#include "cpu/watch.h"
#include "util/low.h"

/* Any seed gives a good start: one round of splitmix64. Never 0. */
static uint64_t random_start(uint64_t seed)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return z ? z : 1;
}

struct cpu *cpu_create(const char *model, struct space *memory, struct space *ports,
                       struct clock *clock, struct log *log, uint64_t seed, struct buf *error)
{
    struct cpu *cpu = low_create(sizeof *cpu);

    if (!cpu) {
        buf_add_text(error, "cpu: the host has no memory left");
        return NULL;
    }
    if (!cpuid_select(cpu, model, error)) {
        low_destroy(cpu, sizeof *cpu);
        return NULL;
    }
    cpu->memory = memory;
    cpu->ports = ports;
    cpu->clock = clock;
    cpu->log = log;
    cpu->random_state = random_start(seed);
    cpu->a20_mask = ~UINT64_C(0);
    clock_attach(clock, &cpu->remaining);
    watch_create(cpu);
    tlbs_create(cpu);
    interp_create(cpu);
    cpu->engine = &engine_interp;
    cpu_reset(cpu, false);
    return cpu;
}

void cpu_destroy(struct cpu *cpu)
{
    if (!cpu)
        return;
    for (const struct engine *const *e = engines; *e; e++) {
        if ((*e)->destroy)
            (*e)->destroy(cpu);
    }
    interp_destroy(cpu);
    tlbs_destroy(cpu);
    watch_destroy(cpu);
    clock_attach(cpu->clock, NULL);
    low_destroy(cpu, sizeof *cpu);
}

static void reset_segments(struct cpu *cpu)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        cpu->seg[i] = (struct segment){
            .limit = 0xffff,
            .attr = ATTR_P | ATTR_S | TYPE_WRITABLE | TYPE_ACCESSED,
        };
    cpu->seg[SEG_CS].selector = 0xf000;
    cpu->seg[SEG_CS].base = 0xffff0000;
    cpu->ldtr = (struct segment){ .limit = 0xffff, .attr = ATTR_P | 2 };
    cpu->tr = (struct segment){ .limit = 0xffff, .attr = ATTR_P | 11 };
    cpu->gdtr = cpu->idtr = (struct table_register){ .limit = 0xffff };
}

/* Power-up and RESET only: INIT leaves these alone. */
static void reset_fpu(struct cpu *cpu)
{
    cpu->fpu = (struct fpu){ .fcw = 0x40 };
    memset(cpu->vec, 0, sizeof cpu->vec);
    memset(cpu->opmask, 0, sizeof cpu->opmask);
    cpu->mxcsr = 0x1f80;
    cpu->xcr0 = XCR0_X87;
    cpu->pkru = 0;
}

void cpu_reset(struct cpu *cpu, bool init)
{
    uint64_t cache_bits = init ? cpu->cr0 & (CR0_CD | CR0_NW) : CR0_CD | CR0_NW;

    memset(cpu->gpr, 0, sizeof cpu->gpr);
    cpu->gpr[RDX] = cpu->model->signature;
    flags_load(cpu, 0);
    cpu->eflags = EFLAGS_ONE;
    cpu->rip = 0xfff0;
    cpu->cpl = 0;
    reset_segments(cpu);
    cpu->cr0 = cache_bits | CR0_ET;
    cpu->cr2 = cpu->cr3 = cpu->cr4 = cpu->cr8 = 0;
    cpu->efer = 0;
    memset(cpu->pdpte, 0, sizeof cpu->pdpte);
    memset(cpu->dr, 0, sizeof cpu->dr);
    cpu->dr[6] = DR6_FIXED;
    cpu->dr[7] = DR7_FIXED;
    if (!init) {
        reset_fpu(cpu);
        msr_reset(cpu);
        cpu->ferr = false;
        cpu->pending &= PENDING_INTR; /* a level, not ours to drop */
        cpu->smm = false;
        cpu->smbase = SMBASE_RESET;
        if (cpu->board.set_smm)
            cpu->board.set_smm(cpu->board.context, false);
    }
    cpu->pending &= (uint8_t) ~(PENDING_INIT | PENDING_DB | PENDING_MONITOR);
    cpu->activity = CPU_RUNNING;
    cpu->shadow = 0;
    cpu->in_rep = false;
    cpu->nmi_blocked = false;
    cpu->pending_dr6 = 0;
    cpu->monitor_address = 0;
    cpu->monitor_armed = false;
    cpu->alone = cpu->want_alone = cpu->delivered_idle = false;
    cpu->chain_length = 0;
    tlb_flush(cpu);
    cpu_derive_segments(cpu);
    cpu_update_mode(cpu);
    sse_update_ready(cpu);
}

enum {
    NAME_REAL16,
    NAME_REAL32,
    NAME_V86,
    NAME_PROT16,
    NAME_PROT32,
    NAME_COMPAT16,
    NAME_COMPAT32,
    NAME_LONG64
};
static const char *const mode_names[] = { "real16", "real32",   "v86",      "prot16",
                                          "prot32", "compat16", "compat32", "long64" };

static unsigned mode_name_index(const struct cpu *cpu)
{
    unsigned code32 = cpu->mode & MODE_CODE32;

    if (cpu->mode & MODE_CODE64)
        return NAME_LONG64;
    if (cpu_long_mode(cpu))
        return NAME_COMPAT16 + code32;
    if (!(cpu->cr0 & CR0_PE))
        return NAME_REAL16 + code32;
    return cpu->eflags & VM ? NAME_V86 : NAME_PROT16 + code32;
}

const char *cpu_mode_name(const struct cpu *cpu)
{
    return mode_names[mode_name_index(cpu)];
}

static void tell_observer(struct cpu *cpu, unsigned old, unsigned now)
{
    struct observer *observer = cpu->observer;

    if (observer && observer->mode &&
        observer->mode(observer->context, cpu, mode_names[old], mode_names[now]))
        observer->stop = true;
}

static unsigned current_view(const struct cpu *cpu)
{
    if (cpu->cpl == 3)
        return unlikely(cpu->eflags & AC) && cpu->cr0 & CR0_AM ? VIEW_USER_ALIGN : VIEW_USER;
    return cpu->eflags & AC && cpu->cr4 & CR4_SMAP ? VIEW_SUPERVISOR_AC : VIEW_SUPERVISOR;
}

/* Code that may be fetched depends on user or supervisor, not on EFLAGS.AC. */
static bool set_view(struct cpu *cpu)
{
    unsigned view = current_view(cpu);
    bool other_class = view_is_user(view) != view_is_user(cpu->view);

    cpu->view = (uint8_t)view;
    cpu->tlb = cpu->tlbs[view].entry;
    return other_class;
}

void cpu_update_view(struct cpu *cpu)
{
    if (set_view(cpu))
        trace_select_jumps(cpu);
}

void cpu_derive_segments(struct cpu *cpu)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        segment_derive(cpu, (enum seg)i);
}

void cpu_update_mode(struct cpu *cpu)
{
    unsigned cs = cpu->seg[SEG_CS].attr;
    unsigned old = cpu->mode, mode, name;
    bool other_code;

    if (cs & ATTR_L && cpu_long_mode(cpu))
        mode = MODE_CODE64;
    else
        mode = (cs & ATTR_DB ? MODE_CODE32 : MODE_CODE16) |
               (cpu->seg[SEG_SS].attr & ATTR_DB ? MODE_STACK32 : 0);
    cpu->mode = (uint8_t)mode;
    if (unlikely((old ^ mode) & MODE_CODE64))
        cpu_derive_segments(cpu);
    other_code = set_view(cpu);
    if (other_code || old != mode)
        trace_select_jumps(cpu);
    if (!(mode & MODE_CODE64) &&
        (cpu->seg[SEG_CS].base != cpu->code_base || cpu->seg[SEG_CS].limit != cpu->code_limit)) {
        cpu->code_base = cpu->seg[SEG_CS].base;
        cpu->code_limit = cpu->seg[SEG_CS].limit;
        tlb_forget_jumps(cpu);
    }
    name = mode_name_index(cpu);
    if (unlikely(name != cpu->mode_name)) {
        unsigned before = cpu->mode_name;

        cpu->mode_name = (uint8_t)name;
        sse_update_ready(cpu);
        tell_observer(cpu, before, name);
    }
}

void cpu_rebuild(struct cpu *cpu)
{
    cpu_settle(cpu);
    if (cpu->board.set_smm)
        cpu->board.set_smm(cpu->board.context, cpu->smm);
    tlb_flush(cpu);
    cpu->engine->forget_all(cpu);
    cpu_derive_segments(cpu);
    cpu_update_mode(cpu);
    sse_update_ready(cpu);
}

void cpu_restored(struct cpu *cpu)
{
    struct observer *observer = cpu->observer;

    cpu->observer = NULL;
    cpu_settle(cpu);
    cpu->alone = cpu->want_alone = false;
    if (cpu->board.set_smm)
        cpu->board.set_smm(cpu->board.context, cpu->smm);
    tlb_flush(cpu);
    cpu_derive_segments(cpu);
    cpu_update_mode(cpu);
    sse_update_ready(cpu);
    cpu->observer = observer;
}

uint64_t cpu_eflags(const struct cpu *cpu)
{
    return cpu->eflags | flags_status(cpu);
}

void cpu_set_eflags(struct cpu *cpu, uint64_t value)
{
    flags_load(cpu, value);
    cpu->eflags =
        ((uint32_t)value & (TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID)) | EFLAGS_ONE;
}

void cpu_settle(struct cpu *cpu)
{
    flags_load(cpu, flags_status(cpu));
    cpu->gpr[REG_ZERO] = 0;
}

void cpu_set_intr(void *context, unsigned pin, bool level)
{
    struct cpu *cpu = context;

    (void)pin;
    if (level) {
        cpu->pending |= PENDING_INTR;
        clock_interrupt_run(cpu->clock);
    } else {
        cpu->pending &= (uint8_t)~PENDING_INTR;
    }
}

void cpu_set_nmi(void *context, unsigned pin, bool level)
{
    struct cpu *cpu = context;

    (void)pin;
    if (!level)
        return;
    cpu->pending |= PENDING_NMI;
    clock_interrupt_run(cpu->clock);
}

void cpu_set_a20(void *context, unsigned pin, bool level)
{
    struct cpu *cpu = context;
    uint64_t mask = level ? ~UINT64_C(0) : ~BIT(20);

    (void)pin;
    if (mask == cpu->a20_mask)
        return;
    cpu->a20_mask = mask;
    tlb_flush(cpu);
    clock_interrupt_run(cpu->clock);
}

void cpu_init_request(void *context, unsigned pin, bool level)
{
    struct cpu *cpu = context;

    (void)pin;
    if (!level)
        return;
    cpu->pending |= PENDING_INIT;
    clock_interrupt_run(cpu->clock);
}

void cpu_set_smi(void *context, unsigned pin, bool level)
{
    struct cpu *cpu = context;

    (void)pin;
    if (!level)
        return;
    cpu->pending |= PENDING_SMI;
    clock_interrupt_run(cpu->clock);
}
