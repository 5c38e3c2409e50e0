/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/builtin.h - symbols of what is built into the emulator: the firmware, the tour kernel. */
#ifndef MACHINE_BUILTIN_H
#define MACHINE_BUILTIN_H

#include "machine/config.h"
#include "util/types.h"

struct builtin_symbols {
    const char *name;
    const char *text; /* as `nm` prints them: linear address, type, name */
    size_t length;
};

#define BUILTIN_MOST 2
/* Those that a machine of this configuration runs; how many. */
unsigned builtin_symbols(const struct machine_config *config,
                         struct builtin_symbols list[BUILTIN_MOST]);

#endif
