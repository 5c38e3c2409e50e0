/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_bcd.c - decimal adjustment. Undefined flags follow the result, OF is cleared.
 * Source: SDM Vol. 2, "DAA", "DAS", "AAA", "AAS", "AAM", "AAD".
 */
#include "cpu/exec.h"

static void set_flags(struct cpu *cpu, uint8_t result, bool cf, bool af)
{
    flags_set_carry(cpu, cf, false, af);
    flags_set_result(cpu, result, 1);
}

EXEC(daa)
{
    uint8_t old = (uint8_t)cpu->gpr[RAX], al = old;
    bool old_cf = flag_cf(cpu), cf = false, af = (al & 15) > 9 || flag_af(cpu);

    if (af) {
        cf = old_cf || al > 0xf9;
        al = (uint8_t)(al + 6);
    }
    if (old > 0x99 || old_cf) {
        al = (uint8_t)(al + 0x60);
        cf = true;
    } else {
        cf = false;
    }
    gpr_write(cpu, RAX, 1, al);
    set_flags(cpu, al, cf, af);
    return EXEC_NEXT;
}

EXEC(das)
{
    uint8_t old = (uint8_t)cpu->gpr[RAX], al = old;
    bool old_cf = flag_cf(cpu), cf = false, af = (al & 15) > 9 || flag_af(cpu);

    if (af) {
        cf = old_cf || al < 6;
        al = (uint8_t)(al - 6);
    }
    if (old > 0x99 || old_cf) {
        al = (uint8_t)(al - 0x60);
        cf = true;
    }
    gpr_write(cpu, RAX, 1, al);
    set_flags(cpu, al, cf, af);
    return EXEC_NEXT;
}

/* AAA, AAS: AX +- 106h, upper nibble of AL cleared. */
static void ascii_adjust(struct cpu *cpu, int step)
{
    uint8_t al = (uint8_t)cpu->gpr[RAX];
    bool adjust = (al & 15) > 9 || flag_af(cpu);
    uint64_t ax = cpu->gpr[RAX] & 0xffff;

    if (adjust)
        ax += (uint64_t)(int64_t)(step * 0x106);
    gpr_write(cpu, RAX, 2, ax & 0xff0f);
    set_flags(cpu, (uint8_t)(ax & 0x0f), adjust, adjust);
}

EXEC(aaa)
{
    ascii_adjust(cpu, 1);
    return EXEC_NEXT;
}

EXEC(aas)
{
    ascii_adjust(cpu, -1);
    return EXEC_NEXT;
}

EXEC(aam)
{
    uint8_t al = (uint8_t)cpu->gpr[RAX], base = (uint8_t)insn->imm;

    if (base == 0) {
        RAISE(cpu, VEC_DE, 0, DIVIDE, { EV_VALUE, 0 });
        return EXEC_FAULT;
    }
    gpr_write(cpu, RAX, 2, (uint64_t)(al / base) << 8 | al % base);
    set_flags(cpu, al % base, false, false);
    return EXEC_NEXT;
}

EXEC(aad)
{
    uint8_t al = (uint8_t)cpu->gpr[RAX], ah = (uint8_t)(cpu->gpr[RAX] >> 8);
    uint8_t result = (uint8_t)(al + ah * (uint8_t)insn->imm);

    gpr_write(cpu, RAX, 2, result);
    set_flags(cpu, result, false, false);
    return EXEC_NEXT;
}

/* SALC: AL := CF ? FFh : 0; no flags. */
EXEC(salc)
{
    gpr_write(cpu, RAX, 1, flag_cf(cpu) ? 0xff : 0);
    return EXEC_NEXT;
}
