/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu/decode_evex.c - the EVEX prefix: see decode_evex.h. */
#include "cpu/decode_evex.h"

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "util/buf.h"

bool evex_fields(uint32_t bytes, struct evex *evex)
{
    unsigned p0 = bytes & 0xff, p1 = bytes >> 8 & 0xff, p2 = bytes >> 16 & 0xff;

    *evex = (struct evex){
        .map = p0 & 7,
        .pp = p1 & 3,
        .opcode = (uint8_t)(bytes >> 24),
        .vvvv = (uint8_t)((~p1 >> 3 & 15) | (~p2 << 1 & 16)),
        .mask = p2 & 7,
        .length_bits = p2 >> 5 & 3,
        .r = !(p0 & 0x80),
        .x = !(p0 & 0x40),
        .b = !(p0 & 0x20),
        .r2 = !(p0 & 0x10),
        .w = p1 & 0x80,
        .zeroing = p2 & 0x80,
        .broadcast = p2 & 0x10,
    };
    return !(p0 & 8) && p1 & 4 && evex->map && evex->map != 4 && evex->map != 7;
}

unsigned evex_length(const uint8_t *bytes, unsigned count, unsigned asize)
{
    unsigned length = 5, modrm, mod, rm, map; /* P0 P1 P2 opcode ModRM */

    if (count < length)
        return length;
    map = bytes[0] & 7;
    modrm = bytes[4];
    mod = modrm >> 6;
    rm = modrm & 7;
    if (mod != 3 && asize == ASIZE_16) {
        length += mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
    } else if (mod != 3) {
        if (rm == 4) {
            if (count < ++length)
                return length;
            rm = bytes[5] & 7;
        }
        length += mod == 1 ? 1 : mod == 2 || rm == 5 ? 4 : 0;
    }
    return length + opcode_has_imm8(map, bytes[3]);
}

bool insn_is_evex(const struct insn *insn)
{
    return insn->exec == exec_evex;
}

void evex_text(const struct insn *insn, struct buf *text)
{
    static const char *const maps[] = { "?", "0f", "0f38", "0f3a", "?", "map5", "map6", "?" };
    static const char *const prefixes[] = { "", ".66", ".f3", ".f2" };
    static const char *const lengths[] = { "128", "256", "512", "lig" };
    struct evex evex;

    evex_fields((uint32_t)insn->imm, &evex);
    buf_printf(text, "(avx-512: evex.%s%s.%s.w%u %02x)", lengths[evex.length_bits],
               prefixes[evex.pp], maps[evex.map], evex.w, evex.opcode);
}

enum exec exec_evex(struct cpu *cpu, struct insn *insn)
{
    RAISE(cpu, VEC_UD, 0, AVX512_NOT_IMPLEMENTED, { EV_NONE, 0 });
    return EXEC_FAULT;
}
