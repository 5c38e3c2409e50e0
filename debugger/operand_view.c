/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debugger/operand_view.c - operands of the next instruction, looked at only. */
#include "debugger/operand_view.h"

#include <string.h>

#include "cpu/disasm.h"
#include "cpu/paging.h"

unsigned operand_size(const struct insn *insn, unsigned i)
{
    unsigned operand = insn_row(insn)->operands[i], opsize = 1u << insn->opsize;

    switch (OP_SIZE(operand)) {
    case SZ_b:
    case SZ_rd_mb:
        return 1;
    case SZ_w:
    case SZ_rv:
    case SZ_rd_mw:
        return 2;
    case SZ_d:
        return 4;
    case SZ_q:
        return 8;
    case SZ_v:
        return opsize;
    case SZ_z:
        return opsize == 2 ? 2 : 4;
    case SZ_y:
        return opsize == 8 ? 8 : 4;
    case SZ_p:
        return opsize + 2;
    case SZ_s:
        return insn->asize == ASIZE_64 || opsize == 8 ? 10 : 6;
    case SZ_a:
        return opsize * 2;
    case SZ_dq:
        return 16;
    case SZ_x:
        return 16u << insn->vlen;
    case SZ_qq:
        return 32;
    case SZ_t:
        return 10;
    case SZ_fxsave:
        return 512;
    case SZ_zz:
        return 64;
    case SZ_adr:
        return 2u << insn->asize;
    default:
        return 0;
    }
}

static uint64_t cut(uint64_t value, unsigned asize)
{
    return asize == ASIZE_16 ? (uint16_t)value : asize == ASIZE_32 ? (uint32_t)value : value;
}

static lin_addr linear_of(const struct cpu *cpu, enum seg seg, uint64_t offset)
{
    if (cpu_code64(cpu))
        return seg == SEG_FS || seg == SEG_GS ? cpu->seg[seg].base + offset : offset;
    return (uint32_t)(cpu->seg[seg].base + offset);
}

static enum access access_of(unsigned operand)
{
    switch (OP_ACCESS(operand)) {
    case ACC_W:
        return ACCESS_WRITE;
    case ACC_RW:
        return ACCESS_RMW;
    default:
        return ACCESS_READ;
    }
}

bool operand_memory(const struct cpu *cpu, const struct insn *insn, uint64_t rip,
                    struct memory_operand *memory)
{
    const struct row *row = insn_row(insn);

    for (unsigned i = 0; i < 4; i++) {
        unsigned operand = row->operands[i], kind = OP_KIND(operand);
        bool modrm = insn->mem && (kind == K_E || kind == K_M || kind == K_W || kind == K_Q);

        if (!modrm && kind != K_X && kind != K_Y && kind != K_O)
            continue;
        memory->seg = kind == K_Y ? SEG_ES : (enum seg)insn->seg;
        if ((kind == K_X || kind == K_O) && !insn->seg_override)
            memory->seg = SEG_DS;
        memory->access = access_of(operand);
        memory->size = OP_ACCESS(operand) == ACC_ADDR ? 0 : operand_size(insn, i);
        if (kind == K_X || kind == K_Y) {
            memory->offset = cut(cpu->gpr[kind == K_X ? RSI : RDI], insn->asize);
        } else if (kind == K_O) {
            memory->offset = cut(insn->imm, insn->asize);
        } else {
            uint64_t base = insn->base == REG_TRACE_IP ? rip + insn->length
                            : insn->base == REG_ZERO   ? 0
                                                       : cpu->gpr[insn->base];
            uint64_t index = insn->index == REG_ZERO ? 0 : cpu->gpr[insn->index];

            memory->offset =
                cut(base + (index << insn->scale) + (uint64_t)(int64_t)insn->disp, insn->asize);
        }
        memory->la = linear_of(cpu, memory->seg, memory->offset);
        return true;
    }
    return false;
}

static uint64_t register_value(const struct cpu *cpu, unsigned n, unsigned size)
{
    if (size == 1)
        return cpu->gpr[n / 8] >> (n % 8 * 8) & 0xff;
    return zero_extend(cpu->gpr[n & 15], size);
}

static void describe_memory(const struct cpu *cpu, const struct memory_operand *m, struct buf *text)
{
    const char *seg = m->seg < 6 ? seg_names[m->seg] : NULL;
    uint8_t raw[32];

    if (seg && !cpu_code64(cpu))
        buf_printf(text, "memory %s:0x%llx, linear 0x%llx", seg, (unsigned long long)m->offset,
                   (unsigned long long)m->la);
    else
        buf_printf(text, "memory at linear 0x%llx", (unsigned long long)m->la);
    if (!m->size) {
        buf_add_text(text, " (only the address is used)");
        return;
    }
    buf_printf(text, ", %u byte%s", m->size, m->size == 1 ? "" : "s");
    if (m->size <= sizeof raw && cpu_peek(cpu, m->la, raw, m->size)) {
        buf_add_text(text, " = 0x");
        for (unsigned i = m->size; i-- > 0;)
            buf_printf(text, "%02x", raw[i]);
    }
}

static void describe_register(const char *name, uint64_t value, struct buf *text)
{
    buf_printf(text, "%s = 0x%llx", name, (unsigned long long)value);
}

static void describe_vector(const struct cpu *cpu, unsigned n, unsigned size, struct buf *text)
{
    buf_printf(text, "%s%u = ", size == 32 ? "ymm" : "xmm", n & 31);
    for (unsigned i = size == 32 ? 4 : 2; i-- > 0;)
        buf_printf(text, "%016llx%s", (unsigned long long)cpu->vec[n & 31].q[i], i ? "_" : "");
}

bool operand_describe(const struct cpu *cpu, const struct insn *insn, uint64_t rip, unsigned i,
                      struct buf *text)
{
    unsigned operand = insn_row(insn)->operands[i], kind = OP_KIND(operand);
    unsigned size = operand_size(insn, i), n = insn_register(insn, i);
    struct memory_operand m;

    if (insn->mem && (kind == K_E || kind == K_M || kind == K_W || kind == K_Q)) {
        if (operand_memory(cpu, insn, rip, &m))
            describe_memory(cpu, &m, text);
        return true;
    }
    switch (kind) {
    case K_NONE:
        return false;
    case K_REG:
        n = OP_VALUE(operand);
        if (size == 1)
            n = n >= 4 ? (n - 4) * 8 + 1 : n * 8;
        /* fall through */
    case K_E:
    case K_G:
    case K_R:
    case K_B:
    case K_Z:
        if (kind == K_E && OP_SIZE(operand) >= SZ_rv && size < 4)
            size = 4; /* the register form is wider than the memory form */
        if (size && size <= 8)
            describe_register(gpr_name(n, size), register_value(cpu, n, size), text);
        return true;
    case K_X:
    case K_Y:
    case K_O:
        if (operand_memory(cpu, insn, rip, &m)) {
            if (kind != K_O) { /* MOVS and CMPS have two; each speaks for itself */
                m.seg = kind == K_Y ? SEG_ES : insn->seg_override ? (enum seg)insn->seg : SEG_DS;
                m.offset = cut(cpu->gpr[kind == K_Y ? RDI : RSI], insn->asize);
                m.la = linear_of(cpu, m.seg, m.offset);
                m.size = size;
            }
            describe_memory(cpu, &m, text);
        }
        return true;
    case K_I:
    case K_IS:
        buf_printf(text, "immediate 0x%llx", (unsigned long long)zero_extend(insn->imm, 8));
        return true;
    case K_CONST:
        buf_printf(text, "constant %u", OP_VALUE(operand));
        return true;
    case K_J:
        buf_printf(text, "target 0x%llx",
                   (unsigned long long)cut(rip + insn->length + (uint64_t)(int64_t)insn->disp,
                                           cpu_code64(cpu) ? ASIZE_64 : ASIZE_32));
        return true;
    case K_S:
    case K_SREG:
        n = kind == K_SREG ? OP_VALUE(operand) : n;
        if (n < 6)
            describe_register(seg_names[n], cpu->seg[n].selector, text);
        return true;
    case K_C:
        describe_register(n == 0   ? "cr0"
                          : n == 2 ? "cr2"
                          : n == 3 ? "cr3"
                          : n == 4 ? "cr4"
                                   : "cr8",
                          n == 0   ? cpu->cr0
                          : n == 2 ? cpu->cr2
                          : n == 3 ? cpu->cr3
                          : n == 4 ? cpu->cr4
                                   : cpu->cr8,
                          text);
        return true;
    case K_D:
        buf_printf(text, "dr%u = 0x%llx", n & 7, (unsigned long long)cpu->dr[n & 7]);
        return true;
    case K_V:
    case K_W:
    case K_U:
    case K_H:
    case K_L:
        describe_vector(cpu, n, size, text);
        return true;
    case K_XMM0:
        describe_vector(cpu, 0, 16, text);
        return true;
    case K_VM: /* each index of a vector register, where its mask is set */
        buf_printf(text, "memory, elements of %u bytes, index times %u from ", size,
                   1u << insn->scale);
        describe_vector(cpu, insn->index, 16u << insn->vlen, text);
        return true;
    case K_A:
        buf_printf(text, "far pointer %04x:%llx", (unsigned)(insn->imm >> 32 & 0xffff),
                   (unsigned long long)(insn->imm & 0xffffffff));
        return true;
    case K_F:
        describe_register("eflags", cpu_eflags(cpu), text);
        return true;
    default:
        disasm_operand(insn, cpu->mode, rip, i, text);
        return true;
    }
}
