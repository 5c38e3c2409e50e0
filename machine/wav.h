/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine/wav.h - a WAV file of 16-bit samples, one channel. */
#ifndef MACHINE_WAV_H
#define MACHINE_WAV_H

#include <stdio.h>

#include "util/buf.h"
#include "util/log.h"
#include "util/types.h"

struct wav {
    FILE *file; /* NULL: not open */
    const char *path;
    struct log *log;
    uint32_t bytes;   /* of samples that were written */
    uint64_t silence; /* samples that are written when another sound follows */
    bool failed;      /* said once */
};

/* False: *error is one line. */
MUST_CHECK bool wav_open(struct wav *wav, const char *path, unsigned hertz, struct log *log,
                         struct buf *error);
/* NULL: so much silence. Silence before the first sound and after the last is left out. */
void wav_write(void *wav, const int16_t *samples, uint64_t count);
void wav_close(struct wav *wav);

#endif
