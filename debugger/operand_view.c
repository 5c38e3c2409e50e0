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

/* The segment's own checks outside 64-bit mode. SDM Vol. 3A, "Limit Checking", "Type Checking". */
static const char *segment_refuses(const struct cpu *cpu, const struct memory_operand *m)
{
    const struct segment *seg = &cpu->seg[m->seg];
    uint64_t last = m->offset + m->size - 1;
    bool write = m->access & ACCESS_WRITE;
    unsigned type = seg->attr & ATTR_TYPE;

    if (cpu_protected(cpu)) {
        if (!(seg->attr & ATTR_P))
            return "the segment register holds a null selector";
        if (write && (type & TYPE_CODE || !(type & TYPE_WRITABLE)))
            return "the segment is not writable";
        if (!write && type & TYPE_CODE && !(type & TYPE_READABLE))
            return "the code segment is execute-only";
    }
    if (!(type & TYPE_CODE) && type & TYPE_EXPAND_DOWN) {
        if (m->offset <= seg->limit || last > (seg->attr & ATTR_DB ? 0xffffffff : 0xffff))
            return "the access reaches outside the expand-down segment";
        return NULL;
    }
    return last > seg->limit ? "the access reaches beyond the segment limit" : NULL;
}

bool operand_would_fault(const struct cpu *cpu, const struct memory_operand *m, bool align,
                         struct buf *text)
{
    bool stack = m->seg == SEG_SS || m->seg == SEG_FLAT_SS;
    unsigned view = cpu->cpl == 3                    ? VIEW_USER
                    : cpu_eflags(cpu) & (uint32_t)AC ? VIEW_SUPERVISOR_AC
                                                     : VIEW_SUPERVISOR;
    uint64_t pages[2] = { m->la, m->la + m->size - 1 };

    if (!m->size)
        return false;
    if (cpu_code64(cpu)) {
        if (!is_canonical(cpu, m->la) || !is_canonical(cpu, pages[1])) {
            buf_printf(text, "%s(0): the address 0x%llx is not canonical", stack ? "#SS" : "#GP",
                       (unsigned long long)m->la);
            return true;
        }
    } else {
        const char *why = segment_refuses(cpu, m);

        if (why) {
            buf_printf(text, "%s(0): %s (%s limit 0x%x, offset 0x%llx, %u bytes)",
                       stack ? "#SS" : "#GP", why, seg_names[m->seg], cpu->seg[m->seg].limit,
                       (unsigned long long)m->offset, m->size);
            return true;
        }
    }
    if (align && m->la & (m->size - 1)) {
        buf_printf(text, "#GP(0): the operand must be aligned to %u bytes", m->size);
        return true;
    }
    for (unsigned i = 0; i < 2; i++) {
        struct walk walk;
        uint32_t error;
        enum reason reason;

        if (i && (pages[0] ^ pages[1]) < PAGE_SIZE)
            break;
        paging_walk(cpu, pages[i], &walk);
        if (!paging_allows(cpu, &walk, m->access, view, &error, &reason)) {
            buf_printf(text, "#PF(0x%04x) for 0x%llx: %s", error, (unsigned long long)pages[i],
                       reason_text(reason));
            return true;
        }
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
            if (kind == K_Y) { /* the second of a string instruction */
                m.seg = SEG_ES;
                m.offset = cut(cpu->gpr[RDI], insn->asize);
                m.la = linear_of(cpu, SEG_ES, m.offset);
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
        buf_add_text(text, "x87 or MMX register");
        return true;
    }
}
