/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/tb/backend_simd.c - vector and x87 instructions: the guest's own, on the host's registers. */
#include "cpu/tb/backend.h"

const struct emitter emitters_simd[] = { { NULL, NULL, 0 } };
const struct emitter emitters_x87[] = { { NULL, NULL, 0 } };

void backend_simd(struct backend *be, unsigned index)
{
    (void)be;
    (void)index;
}

void backend_x87(struct backend *be, unsigned index)
{
    (void)be;
    (void)index;
}

void backend_vector_slow(struct backend *be, struct stub *s)
{
    (void)be;
    (void)s;
}
