/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/builtin.c - symbols of the firmware and the tour kernel, for the debugger. */
#include "machine/builtin.h"

#include "bios/images.h"

unsigned builtin_symbols(const struct machine_config *config,
                         struct builtin_symbols list[BUILTIN_MOST])
{
    unsigned count = 0;

    if (!config_is_foreign(config))
        list[count++] = (struct builtin_symbols){ "bios", bios_symbols, bios_symbols_size };
    if (config_is_tour(config))
        list[count++] = (struct builtin_symbols){ "tour", tour_symbols, tour_symbols_size };
    return count;
}
