/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/decoder/judge_strings.c - byte strings to decode. */
#include <string.h>

#include "tests/decoder/judge.h"

static const uint8_t prefixes[] = { 0x66, 0x66, 0x66, 0xf3, 0xf3, 0xf2, 0xf2, 0x67,
                                    0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0 };

/*
 * VEX for map 1-3, prefix pp 0-3, and `bits`, which has R X B W vvvv L as they stand in the three
 * bytes: 0xe0 in the lower, 0xfc in the higher byte. Two bytes where they do.
 */
static unsigned put_vex(uint8_t *bytes, unsigned map, unsigned pp, unsigned bits, bool two)
{
    unsigned p0 = bits & 0xe0, p1 = bits >> 8 & 0xfc;

    if (two && map == 1 && (p0 & 0x60) == 0x60 && !(p1 & 0x80)) {
        bytes[0] = 0xc5;
        bytes[1] = (uint8_t)((p0 & 0x80) | p1 | pp);
        return 2;
    }
    bytes[0] = 0xc4;
    bytes[1] = (uint8_t)(p0 | map);
    bytes[2] = (uint8_t)(p1 | pp);
    return 3;
}

static bool names_vvvv(const struct row *row)
{
    for (unsigned i = 0; i < 4; i++) {
        if (OP_KIND(row->operands[i]) == K_H || OP_KIND(row->operands[i]) == K_B)
            return true;
    }
    return false;
}

static unsigned put_row_vex(struct judge *j, unsigned code, const struct row *row, uint8_t *bytes)
{
    uint32_t op = row->opcode;
    unsigned bits = (unsigned)next_random(j);

    if (!names_vvvv(row))
        bits |= 0x7800;
    if (code != 2)
        bits |= 0xc0;
    if (OPC_W(op))
        bits = (bits & ~0x8000u) | (OPC_W(op) == OPC_W(W1) ? 0x8000 : 0);
    if (OPC_L(op))
        bits = (bits & ~0x400u) | (OPC_L(op) == OPC_L(L1) ? 0x400 : 0);
    return put_vex(bytes, OPC_INDEX(op) >> 8 & 3, OPC_PREFIX(op) ? (OPC_PREFIX(op) - 1) & 3 : 0,
                   bits, bits >> 16 & 1);
}

/* The encoding of a row, with the rest as it is. */
static void make_row(struct judge *j, unsigned code, uint8_t bytes[BYTES])
{
    const struct row *row = &insn_rows[1 + below(j, insn_row_count - 1)];
    uint32_t op = row->opcode;
    unsigned at = 0, map = OPC_INDEX(op) >> 8;

    for (unsigned i = below(j, 8) ? 0 : 1 + below(j, 3); i; i--)
        bytes[at++] = prefixes[below(j, sizeof prefixes)];
    if (OPC_IS_VEX(op)) {
        at += put_row_vex(j, code, row, bytes + at);
    } else {
        if (OPC_PREFIX(op) == OPC_PREFIX(P66))
            bytes[at++] = 0x66;
        else if (OPC_PREFIX(op) == OPC_PREFIX(PF3) || OPC_PREFIX(op) == OPC_PREFIX(PF2))
            bytes[at++] = OPC_PREFIX(op) == OPC_PREFIX(PF3) ? 0xf3 : 0xf2;
        if (code == 2 && (OPC_W(op) == OPC_W(W1) || below(j, 2)))
            bytes[at++] = (uint8_t)(0x40 | below(j, 8) | (OPC_W(op) == OPC_W(W1) ? 8 : 0));
        if (map)
            bytes[at++] = 0x0f;
        if (map >= 2)
            bytes[at++] = map == 2 ? 0x38 : 0x3a;
    }
    bytes[at++] = (uint8_t)((OPC_INDEX(op) & 0xff) + (op & PLUS_R ? below(j, 8) : 0));
    if (!row_has_modrm(row))
        return;
    if (OPC_REG(op))
        bytes[at] = (uint8_t)((bytes[at] & ~0x38u) | (OPC_REG(op) - 1) << 3);
    if (OPC_RM(op))
        bytes[at] = (uint8_t)((bytes[at] & ~7u) | (OPC_RM(op) - 1));
    if (OPC_MOD(op) == OPC_MOD(REG_ONLY))
        bytes[at] |= 0xc0;
    for (unsigned i = 0; i < 4; i++) {
        if (OP_KIND(row->operands[i]) == K_VM)
            bytes[at] = (uint8_t)((bytes[at] & 0x38) | 4 | below(j, 3) << 6); /* with SIB */
    }
}

void make_string(struct judge *j, unsigned code, uint8_t bytes[BYTES])
{
    unsigned kind = below(j, 8), at = 0;

    for (unsigned i = 0; i < BYTES; i += 8) {
        uint64_t r = next_random(j);

        memcpy(bytes + i, &r, 8);
    }
    if (kind == 0)
        return;
    if (kind <= 2) {
        make_row(j, code, bytes);
        return;
    }
    if (kind <= 4 && j->kept_count[code]) {
        memcpy(bytes, j->kept[code][below(j, j->kept_count[code])], BYTES);
        if (below(j, 4) == 0) { /* a prefix more */
            memmove(bytes + 1, bytes, BYTES - 1);
            bytes[0] = prefixes[below(j, sizeof prefixes)];
        }
        for (unsigned i = below(j, 4) + 1; i; i--)
            bytes[below(j, BYTES / (i + 1))] ^= (uint8_t)(1 << below(j, 8));
        return;
    }
    for (unsigned i = below(j, 8) < 4 ? 0 : below(j, 4); i; i--)
        bytes[at++] = prefixes[below(j, sizeof prefixes)];
    if (code == 2 && below(j, 2))
        bytes[at++] = (uint8_t)(0x40 + below(j, 16));
    switch (below(j, 12)) {
    case 0:
    case 1:
    case 2:
        break; /* any one-byte opcode */
    case 3:
        bytes[at++] = 0x0f;
        bytes[at++] = 0x38;
        break;
    case 4:
        bytes[at++] = 0x0f;
        bytes[at++] = 0x3a;
        break;
    case 5:
    case 6:
    case 7:
        put_vex(bytes + at, 1 + below(j, 3), below(j, 4),
                (unsigned)next_random(j) | (below(j, 2) ? 0x7800 : 0), below(j, 2));
        break;
    case 8:
        bytes[at++] = 0x62;
        bytes[at++] &= 0xf7;
        bytes[at] |= 4;
        break;
    default:
        bytes[at++] = 0x0f;
        break;
    }
}

/* From the fastest to the slowest: ModRM, vvvv or REX.B, W, L (VEX only), pp, opcode, map. */
bool sweep_string(unsigned code, uint32_t *at, uint8_t bytes[BYTES])
{
    static const uint8_t pps[4] = { 0, 0x66, 0xf3, 0xf2 };
    uint32_t n = (*at)++;
    unsigned modrm, other, w, l, pp, opcode, map, start = 0;

    for (;; n = (*at)++) {
        modrm = n & 255;
        other = n >> 8 & 1;
        w = n >> 9 & 1;
        l = n >> 10 & 1;
        pp = n >> 11 & 3;
        opcode = n >> 13 & 255;
        map = n >> 21;
        if (map >= 7)
            return false;
        if (map >= 4 || (!l && (code == 2 || (!w && !other))))
            break;
    }
    memset(bytes, 0, BYTES);
    if (map >= 4) {
        start = put_vex(bytes, map - 3, pp,
                        0xe0 | w << 15 | l << 10 | (other ? 5u << 11 : 15u << 11), modrm & 1);
    } else {
        if (pp)
            bytes[start++] = pps[pp];
        if (code == 2 && (w || other))
            bytes[start++] = (uint8_t)(0x40 | w << 3 | other);
        if (map)
            bytes[start++] = 0x0f;
        if (map >= 2)
            bytes[start++] = map == 2 ? 0x38 : 0x3a;
    }
    bytes[start++] = (uint8_t)opcode;
    bytes[start++] = (uint8_t)modrm;
    bytes[start] = 0x99; /* as a SIB byte: both base and index */
    return true;
}
