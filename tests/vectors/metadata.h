/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/vectors/metadata.h - what metadata.json of a vector folder says about FLAGS. */
#ifndef TESTS_VECTORS_METADATA_H
#define TESTS_VECTORS_METADATA_H

#include "util/types.h"

struct metadata {
    uint16_t one_byte[256][8]; /* defined FLAGS bits, by opcode and /reg */
    uint16_t two_byte[256][8]; /* after 0Fh */
};

/* Everything defined. */
void metadata_init(struct metadata *metadata);
/*
 * Take the masks from the JSON text at `path`. False: unreadable, or not JSON; one line on stderr.
 * Only "opcodes" -> OPCODE [-> "reg" -> REG] -> "flags-mask" is looked at.
 */
MUST_CHECK bool metadata_read(struct metadata *metadata, const char *path);

#endif
