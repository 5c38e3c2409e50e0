/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/config.c - defaults and what can be checked before a machine exists. */
#include "machine/config.h"

#include <string.h>

#include "util/text.h"
#include "util/types.h"

#define RAM_LEAST MIB(1)
#define RAM_MOST GIB(64)
#define TB_LEAST MIB(4)
#define TB_MOST MIB(512)

void config_defaults(struct machine_config *config)
{
    memset(config, 0, sizeof *config);
    config->ram_bytes = MIB(512);
    config->cpu = "x86-64-v3";
    config->engine = "interp";
    config->tb_bytes = MIB(64);
    config->ips = UINT64_C(1000000000);
    config->seed = 1;
    config->rtc_base = UINT64_C(1735689600); /* 2025-01-01 00:00:00 */
    config->debug_exit_port = 0xf4;
}

bool config_is_foreign(const struct machine_config *config)
{
    return config->bios || config->pflash[0];
}

bool config_is_tour(const struct machine_config *config)
{
    for (unsigned i = 0; i < ARRAY_SIZE(config->ide); i++)
        if (config->ide[i] || config->ide_is_cd[i])
            return false;
    if (strchr(config->boot.order, 'n') || strchr(config->boot.once, 'n'))
        return false; /* from the network */
    return !config->kernel && !config->floppy[0] && !config->flat_count;
}

bool config_check(const struct machine_config *config, struct buf *error)
{
    if (config->ram_bytes < RAM_LEAST || config->ram_bytes > RAM_MOST ||
        config->ram_bytes % PAGE_SIZE) {
        buf_printf(error, "-m: %llu bytes of memory, expected 1M to 64G",
                   (unsigned long long)config->ram_bytes);
        return false;
    }
    if (config->tb_bytes < TB_LEAST || config->tb_bytes > TB_MOST) {
        buf_printf(error, "-tb-size: %llu bytes of host code, expected 4M to 512M",
                   (unsigned long long)config->tb_bytes);
        return false;
    }
    if (config->ips < 1000000 || config->ips > UINT64_C(100000000000)) {
        buf_printf(error, "-ips: %llu instructions a second, expected 1000000 to 100000000000",
                   (unsigned long long)config->ips);
        return false;
    }
    if (config->initrd && !config->kernel) {
        buf_printf(error, "-initrd: '%s' needs a kernel, expected -kernel FILE", config->initrd);
        return false;
    }
    if (config->append && !config->kernel) {
        buf_printf(error, "-append: a command line needs a kernel, expected -kernel FILE");
        return false;
    }
    if (config->kernel && config->flat_count) {
        buf_printf(error, "-kernel and -flat: both given, expected one of them");
        return false;
    }
    if (config->bios && config->pflash[0]) {
        buf_printf(error, "-bios: '%s', with firmware in flash memory, expected one of them",
                   config->bios);
        return false;
    }
    for (unsigned i = 0; i < config->nic_count; i++) {
        const struct nic_config *nic = &config->nic[i];

        if (!nic->has_network || !nic->has_card) {
            buf_printf(error, "-%s: '%s' has no %s, expected %s%s too",
                       nic->has_card ? "device" : "netdev", nic->id,
                       nic->has_card ? "network" : "card",
                       nic->has_card ? "-netdev user,id=" : "-device e1000,netdev=", nic->id);
            return false;
        }
    }
    return true;
}
