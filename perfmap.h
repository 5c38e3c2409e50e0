/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perfmap.h - names for host code that the translator makes, for the host's tools: the map file that
 * `perf` reads, and symbols for a gdb that debugs this program.
 */
#ifndef PERFMAP_H
#define PERFMAP_H

#include "cpu/cpu.h"

struct perfmap;

/* The map file is /tmp/perf-PID.map, new. NULL: *error is one line. */
struct perfmap *perfmap_create(struct buf *error);
/* After the last block was dropped. The file stays, for `perf report`. */
void perfmap_destroy(struct perfmap *map);
/* What the engine is lent for it. */
void perfmap_lend(struct perfmap *map, struct cpu_host *host);
/* Let gdb know the blocks that it has not been told of yet; now and then. */
void perfmap_tell_gdb(struct perfmap *map);

#endif
