/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/engine_tb.c - the translator as an engine. */
#include "cpu/engine.h"
#include "cpu/interp.h"

static void tb_forget(struct cpu *cpu, phys_addr pa, uint64_t bytes)
{
    engine_interp.forget(cpu, pa, bytes);
}

static void tb_forget_all(struct cpu *cpu)
{
    engine_interp.forget_all(cpu);
}

static void tb_describe(const struct cpu *cpu, struct out *out)
{
    engine_interp.describe(cpu, out);
}

const struct engine engine_tb = {
    .name = "tb",
    .run = interp_run,
    .forget = tb_forget,
    .forget_all = tb_forget_all,
    .describe = tb_describe,
};
