/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * debugger/show.h - processor state as text: registers, flags, descriptors, page walks, the stack,
 * instructions. Nothing here changes the guest.
 */
#ifndef DEBUGGER_SHOW_H
#define DEBUGGER_SHOW_H

#include "cpu/access.h"
#include "cpu/paging.h"
#include "debugger/symbol.h"

/* Colours; every use of them goes through show_ink. */
enum ink { INK_NONE, INK_REASON, INK_ADDRESS, INK_SYMBOL, INK_CHANGED, INK_ERROR };
/* Switch to an ink, INK_NONE: back; nothing without out->colour. */
void show_ink(struct out *out, enum ink ink);

/* Register values of an earlier moment, so that changes can be marked. */
struct snapshot {
    bool valid;
    uint64_t gpr[16], rip, cr[9], eflags, tick;
    uint16_t selector[6];
};
void snapshot_take(struct snapshot *snapshot, const struct cpu *cpu);

/* CS:RIP as a linear address, cut to 32 bits outside IA-32e mode. */
lin_addr show_code_address(const struct cpu *cpu);
/* "0008:0000000000100000" with as many digits as the code size has. */
void show_code_pointer(uint16_t selector, uint64_t rip, unsigned mode, struct buf *text);
/* Up to 15 bytes of code at a linear address; how many can be read. */
unsigned show_fetch(const struct cpu *cpu, lin_addr la, uint8_t bytes[15]);
/* Disassemble at `la`, which is RIP `rip` in `mode`; returns the length, 0 when unreadable. */
unsigned show_insn(const struct cpu *cpu, const struct symbols *symbols, lin_addr la, uint64_t rip,
                   unsigned mode, struct buf *text, uint8_t bytes[15]);
/* `(0) [0x0000fffffff0] f000:fff0 (unk. ctxt): jmp far f000:e05b ; ea5be000f0` */
void show_stop_line(const struct cpu *cpu, const struct symbols *symbols, struct out *out);

/* All general registers; those that differ from *before (if valid) are marked with `*`. */
void show_registers(const struct cpu *cpu, const struct symbols *symbols,
                    const struct snapshot *before, struct out *out);
/* "id vip ... zf af PF cf": set flags in capitals, as in Bochs. */
void show_eflags(uint64_t eflags, struct buf *text);
/* "eax 3->0x1003  flags cf0 ..." : what an instruction did; empty when nothing changed. */
void show_effects(const struct cpu *cpu, const struct snapshot *before, struct buf *text);
/* ES: ... with base, limit, type; the GDT's version beside it when it differs. */
void show_segments(const struct cpu *cpu, struct out *out);
void show_control(const struct cpu *cpu, struct out *out);
void show_debug(const struct cpu *cpu, struct out *out);
void show_fpu(const struct cpu *cpu, struct out *out);
void show_sse(const struct cpu *cpu, struct out *out);
/* "32-bit code, base 0x0, limit 0xffffffff, DPL 0, readable, accessed" */
void show_descriptor(const struct cpu *cpu, uint64_t low, uint64_t high, struct buf *text);
/* "64-bit interrupt gate 0008:ffffffff80102000 <isr13> DPL 0 IST 0" */
void show_gate(const struct cpu *cpu, const struct symbols *symbols, uint64_t low, uint64_t high,
               struct buf *text);
/* "data read/write, accessed" from struct segment's attr */
void show_attributes(uint16_t attr, bool long_mode, struct buf *text);

/* Name of a paging entry by level: "PML4E", "PDPTE", "PDE", "PTE". */
const char *show_level(unsigned level, bool wide);
/* Every entry of the walk, where it stops, and whether the access would fault. */
void show_walk(const struct cpu *cpu, lin_addr la, enum access access, bool user, struct out *out);
/* In a few words why an address cannot be read: "PDE 2 not present". */
void show_hole(const struct cpu *cpu, lin_addr la, struct buf *text);

#endif
