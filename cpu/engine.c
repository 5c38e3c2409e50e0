/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/engine.c - which engines there are, and the change from one to another. */
#include "cpu/engine.h"

#include <stdio.h>
#include <string.h>

#include "util/text.h"

const struct engine *const engines[] = {
    &engine_interp,
#ifdef HAVE_TB
    &engine_tb,
#endif
    NULL,
};

const struct engine *engine_find(const char *name, struct buf *error)
{
    size_t length = strcspn(name, ",");

    for (const struct engine *const *e = engines; *e; e++) {
        if (!strncmp((*e)->name, name, length) && !(*e)->name[length])
            return *e;
    }
    buf_printf(error, "engine: '%.*s', expected ", length < 40 ? (int)length : 40, name);
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

bool cpu_choose_engine(struct cpu *cpu, const char *text, struct buf *error)
{
    const struct engine *engine = engine_find(text, error);

    if (!engine || !cpu_set_engine(cpu, engine, error))
        return false;
    for (text += strlen(engine->name); *text == ','; text += strcspn(text, ",")) {
        int length = (int)strcspn(++text, ",");
        char word[32], *equals;
        uint64_t value;

        snprintf(word, sizeof word, "%.*s", length, text);
        equals = strchr(word, '=');
        if (equals)
            *equals++ = 0;
        if (!equals || !text_number(equals, &value) || !engine->set ||
            !engine->set(cpu, word, value)) {
            buf_printf(error, "engine: %s: '%.*s', expected %s", engine->name,
                       length < 40 ? length : 40, text,
                       engine->set ? "hot=0 to 255, most=1 to 64 or check=1"
                                   : "nothing behind its name");
            return false;
        }
    }
    return true;
}
