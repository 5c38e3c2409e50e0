/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/info.h - topics of `info` that stand in files of their own. */
#ifndef DEBUGGER_INFO_H
#define DEBUGGER_INFO_H

#include "debugger/command.h"

bool info_gdt(struct debugger *dbg, const struct call *call);
bool info_ldt(struct debugger *dbg, const struct call *call);
bool info_idt(struct debugger *dbg, const struct call *call);
bool info_ivt(struct debugger *dbg, const struct call *call);
bool info_tss(struct debugger *dbg, const struct call *call);
bool info_tab(struct debugger *dbg, const struct call *call);
bool info_one_device(struct debugger *dbg, const char *name);

#endif
