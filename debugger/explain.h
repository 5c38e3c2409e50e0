/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/explain.h - what the parts of `explain` share. */
#ifndef DEBUGGER_EXPLAIN_H
#define DEBUGGER_EXPLAIN_H

#include "debugger/debugger.h"

/* "#GP(0x18 = GDT entry 3): rule (evidence, evidence)". */
void explain_fault(struct debugger *dbg, const struct fault *fault, struct buf *text);
/* The instruction at CS:RIP in words, and what it would do. Changes nothing. */
void explain_next(struct debugger *dbg);

#endif
