/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/engine.c - which engines there are, and the change from one to another. */
#include "cpu/engine.h"

#include <string.h>

const struct engine *const engines[] = {
    &engine_interp,
#ifdef HAVE_TB
    &engine_tb,
#endif
    NULL,
};

const struct engine *engine_find(const char *name, struct buf *error)
{
    for (const struct engine *const *e = engines; *e; e++) {
        if (!strcmp((*e)->name, name))
            return *e;
    }
    buf_printf(error, "engine: '%.40s', expected ", name);
    for (const struct engine *const *e = engines; *e; e++)
        buf_printf(error, "%s%s", e == engines ? "" : " or ", (*e)->name);
    return NULL;
}

bool cpu_set_engine(struct cpu *cpu, const struct engine *engine, struct buf *error)
{
    if (engine == cpu->engine)
        return true;
    if (engine->create && !engine->create(cpu, error))
        return false;
    cpu->engine->forget_all(cpu);
    cpu->engine = engine;
    engine->forget_all(cpu);
    return true;
}
