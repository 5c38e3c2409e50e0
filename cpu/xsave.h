/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/xsave.h - the state components that XCR0 names, and where they lie in the images of XSAVE.
 * Source: SDM Vol. 1, "Managing State Using the XSAVE Feature Set".
 */
#ifndef CPU_XSAVE_H
#define CPU_XSAVE_H

#include "cpu/cpu.h"

/* An image: 512 bytes as of FXSAVE, a header, then the other components. Offsets in bytes. */
enum {
    XSAVE_MXCSR = 24,
    XSAVE_MXCSR_MASK = 28,
    XSAVE_SSE = 160,
    XSAVE_HEADER = 512,
    XSAVE_XSTATE_BV = 512,
    XSAVE_XCOMP_BV = 520,
    XSAVE_RESERVED = 528,
    XSAVE_EXTENDED = 576,
    XSAVE_MAX = 4096, /* more than any image of these components needs */
};
#define XCOMP_COMPACTED BIT(63) /* of XCOMP_BV: the image is in the compacted format */

enum { XSAVE_COMPONENTS = 10 }; /* numbers 0 (x87) to 9 (PKRU) */

/* `image` is the whole area for components 0 and 1, else the component's own bytes. */
struct xsave_component {
    uint16_t feature;                      /* what it comes with; F_NONE: no such component */
    uint16_t offset, size;                 /* in the standard format */
    bool aligned;                          /* compacted format: at a multiple of 64 */
    bool (*in_use)(const struct cpu *cpu); /* is it not in its initial configuration? */
    /* How many bytes from `offset` on are written in the current mode: component 1 and 2 have
     * only eight registers outside 64-bit mode. */
    unsigned (*put)(const struct cpu *cpu, uint8_t *image);
    void (*get)(struct cpu *cpu, const uint8_t *image);
    void (*init)(struct cpu *cpu);
};

extern const struct xsave_component xsave_components[XSAVE_COMPONENTS];

/* Bits that XCR0 may have on this model. */
uint64_t xsave_supported(const struct cpu *cpu);
/* XINUSE: which of all components are not in their initial configuration. Bit 1: XMM only. */
uint64_t xsave_in_use(const struct cpu *cpu);
/* Bytes of an image with these components, standard or compacted; at least XSAVE_EXTENDED. */
unsigned xsave_standard_size(uint64_t components);
unsigned xsave_compacted_size(uint64_t components);
/* Where component n (2 ...) is in a compacted image of these components. */
unsigned xsave_compacted_offset(uint64_t components, unsigned n);

#endif
