/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/dry_run.h - what the next instruction would do now, by letting a copy of the whole
 * program do it: the processor itself makes every check, and this machine, its devices and the host
 * notice nothing.
 */
#ifndef DEBUGGER_DRY_RUN_H
#define DEBUGGER_DRY_RUN_H

#include "debugger/debugger.h"
#include "debugger/operand_view.h"

/*
 * One or more lines: "would fault: #PF(...)", with rule and evidence; "would wait: ..." when
 * an interrupt comes first; or "would change: eax 1->2". `next` is the RIP behind the instruction:
 * another one afterwards is told. What happens to `memory` (NULL: none) is told, too. False: the host gives no second process; *text says so.
 */
bool dry_run(struct debugger *dbg, uint64_t next, const struct memory_operand *memory,
             struct buf *text);

#endif
