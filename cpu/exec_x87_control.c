/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_x87_control.c - x87 control and status words, and the state images: FSTENV/FLDENV,
 * FSAVE/FRSTOR, FXSAVE/FXRSTOR. Source: SDM Vol. 1, "x87 FPU State", "Saving the x87 FPU's State
 * with FSTENV/FNSTENV and FSAVE/FNSAVE"; SDM Vol. 2A, "FXSAVE - Save x87 FPU, MMX Technology, and
 * SSE State".
 */
#include "cpu/x87.h"

#define FCW_WRITABLE 0x1f3f /* the infinity control bit 12 has no effect, but is kept */
#define FCW_FIXED 0x0040

static void load_fcw(struct cpu *cpu, uint64_t value)
{
    cpu->fpu.fcw = (uint16_t)((value & FCW_WRITABLE) | FCW_FIXED);
}

/* FINIT: the registers keep their contents. */
static void fpu_init(struct cpu *cpu)
{
    cpu->fpu.fcw = FCW_INITIAL;
    cpu->fpu.fsw = 0;
    cpu->fpu.ftw = 0;
    cpu->fpu.fop = cpu->fpu.fcs = cpu->fpu.fds = 0;
    cpu->fpu.fip = cpu->fpu.fdp = 0;
}

X87_BODY(fninit)
{
    fpu_init(cpu);
    return true;
}
X87_NOT_WAITING(fninit)

X87_BODY(fnclex)
{
    cpu->fpu.fsw &= (uint16_t) ~(FP_ALL_EXCEPTIONS | FSW_SF | FSW_ES | FSW_B);
    return true;
}
X87_NOT_WAITING(fnclex)

/* FNENI, FNDISI of the 8087 and FNSETPM of the 80287: nothing since then. */
X87_BODY(fneni)
{
    return true;
}
X87_NOT_WAITING(fneni)

X87_BODY(fldcw)
{
    uint64_t value;

    if (!op_read(cpu, insn, 0, &value))
        return false;
    load_fcw(cpu, value);
    return true;
}
X87_WAITING(fldcw)

X87_BODY(fnstcw)
{
    return op_write(cpu, insn, 0, cpu->fpu.fcw);
}
X87_NOT_WAITING(fnstcw)

/* To memory or AX. */
X87_BODY(fnstsw)
{
    return op_write(cpu, insn, 0, cpu->fpu.fsw);
}
X87_NOT_WAITING(fnstsw)

/* ---- environment ---- */

/* As in the images: 0 valid, 1 zero, 2 special (NaN, infinity, denormal, unsupported), 3 empty. */
static unsigned full_tag(const struct cpu *cpu, unsigned n)
{
    if (!(cpu->fpu.ftw >> n & 1))
        return 3;
    switch (float80_classify(cpu->fpu.st[n])) {
    case FLOAT80_NORMAL:
        return 0;
    case FLOAT80_ZERO:
        return 1;
    default:
        return 2;
    }
}

static uint16_t full_tags(const struct cpu *cpu)
{
    unsigned tags = 0;

    for (unsigned n = 0; n < 8; n++)
        tags |= full_tag(cpu, n) << (2 * n);
    return (uint16_t)tags;
}

/* Back: what a register holds says all but whether it is empty. */
static void load_full_tags(struct cpu *cpu, unsigned tags)
{
    cpu->fpu.ftw = 0;
    for (unsigned n = 0; n < 8; n++)
        if ((tags >> (2 * n) & 3) != 3)
            cpu->fpu.ftw |= (uint8_t)(1 << n);
}

/* The seven fields, 16 or 32 bits wide; the upper half of those that hold 16 bits is ones. */
enum { ENV_FCW, ENV_FSW, ENV_FTW, ENV_FIP, ENV_FCS, ENV_FDP, ENV_FDS, ENV_FIELDS };

#define ENV_MAX 28 /* bytes */

static unsigned env_width(const struct insn *insn)
{
    return insn->opsize == OPSIZE_16 ? 2 : 4;
}

static void put_env(const struct cpu *cpu, uint8_t *image, unsigned width)
{
    const struct fpu *fpu = &cpu->fpu;
    uint32_t high = 0xffff0000;
    uint32_t field[ENV_FIELDS] = { high | fpu->fcw, high | fpu->fsw, high | full_tags(cpu) };

    if (cpu_protected(cpu)) {
        field[ENV_FIP] = (uint32_t)fpu->fip;
        field[ENV_FCS] = fpu->fcs | (width == 4 ? (uint32_t)(fpu->fop & 0x7ff) << 16 : 0);
        field[ENV_FDP] = (uint32_t)fpu->fdp;
        field[ENV_FDS] = high | fpu->fds;
    } else { /* linear addresses; the upper bits of the first share a word with the opcode */
        uint32_t ip = ((uint32_t)fpu->fcs << 4) + (uint32_t)fpu->fip;
        uint32_t dp = ((uint32_t)fpu->fds << 4) + (uint32_t)fpu->fdp;

        field[ENV_FIP] = high | ip;
        field[ENV_FCS] = (ip >> 16) << 12 | (fpu->fop & 0x7ff);
        field[ENV_FDP] = high | dp;
        field[ENV_FDS] = (dp >> 16) << 12;
        if (width == 4) {
            field[ENV_FIP] = high | (ip & 0xffff);
            field[ENV_FDP] = high | (dp & 0xffff);
        }
    }
    for (unsigned i = 0; i < ENV_FIELDS; i++)
        store_le(image + i * width, width, field[i]);
}

static void get_env(struct cpu *cpu, const uint8_t *image, unsigned width)
{
    struct fpu *fpu = &cpu->fpu;
    uint32_t field[ENV_FIELDS];

    for (unsigned i = 0; i < ENV_FIELDS; i++)
        field[i] = (uint32_t)load_le(image + i * width, width);
    load_fcw(cpu, field[ENV_FCW]);
    fpu->fsw = (uint16_t)field[ENV_FSW];
    load_full_tags(cpu, field[ENV_FTW]);
    if (cpu_protected(cpu)) {
        fpu->fip = field[ENV_FIP];
        fpu->fcs = (uint16_t)field[ENV_FCS];
        fpu->fop = width == 4 ? field[ENV_FCS] >> 16 & 0x7ff : 0;
        fpu->fdp = field[ENV_FDP];
        fpu->fds = (uint16_t)field[ENV_FDS];
    } else {
        uint32_t upper = width == 4 ? 0xffff : 0xf;

        fpu->fip = (field[ENV_FIP] & 0xffff) | (field[ENV_FCS] >> 12 & upper) << 16;
        fpu->fop = field[ENV_FCS] & 0x7ff;
        fpu->fdp = (field[ENV_FDP] & 0xffff) | (field[ENV_FDS] >> 12 & upper) << 16;
        fpu->fcs = fpu->fds = 0;
    }
}

/* FNSTENV masks all exceptions once the environment is stored. */
X87_BODY(fnstenv)
{
    unsigned width = env_width(insn);
    uint8_t image[ENV_MAX];

    put_env(cpu, image, width);
    if (!cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), image, ENV_FIELDS * width, 1))
        return false;
    cpu->fpu.fcw |= FP_ALL_EXCEPTIONS;
    return true;
}
X87_NOT_WAITING(fnstenv)

X87_BODY(fldenv)
{
    unsigned width = env_width(insn);
    uint8_t image[ENV_MAX];

    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), image, ENV_FIELDS * width, 1))
        return false;
    get_env(cpu, image, width);
    return true;
}
X87_WAITING(fldenv)

/* FNSAVE, FRSTOR: the environment, then ST0-ST7, 10 bytes each. */
X87_BODY(fnsave)
{
    unsigned width = env_width(insn), bytes = ENV_FIELDS * width;
    uint8_t image[ENV_MAX + 80];

    put_env(cpu, image, width);
    for (unsigned i = 0; i < 8; i++, bytes += 10) {
        struct float80 value = fpu_read(cpu, i);

        store_le64(image + bytes, value.mantissa);
        store_le16(image + bytes + 8, value.sign_exponent);
    }
    if (!cpu_write_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), image, bytes, 1))
        return false;
    fpu_init(cpu);
    return true;
}
X87_NOT_WAITING(fnsave)

X87_BODY(frstor)
{
    unsigned width = env_width(insn), at = ENV_FIELDS * width;
    uint8_t image[ENV_MAX + 80];

    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), image, at + 80, 1))
        return false;
    get_env(cpu, image, width);
    for (unsigned i = 0; i < 8; i++, at += 10)
        cpu->fpu.st[fpu_physical(cpu, i)] =
            (struct float80){ load_le64(image + at), load_le16(image + at + 8) };
    return true;
}
X87_WAITING(frstor)

/* ---- FXSAVE, FXRSTOR ---- */

enum {
    FX_FCW = 0,
    FX_FSW = 2,
    FX_FTW = 4,
    FX_FOP = 6,
    FX_FIP = 8,
    FX_FCS = 12, /* upper half of FIP with REX.W */
    FX_FDP = 16,
    FX_FDS = 20, /* likewise */
    FX_MXCSR = 24,
    FX_MXCSR_MASK = 28,
    FX_ST = 32,   /* 16 bytes each */
    FX_XMM = 160, /* the same */
    FX_BYTES = 512,
};

/* Without CR4.OSFXSR the XMM registers are neither saved nor restored. */
static unsigned fx_xmm_count(const struct cpu *cpu)
{
    return !(cpu->cr4 & CR4_OSFXSR) ? 0 : cpu_code64(cpu) ? 16 : 8;
}

void fpu_put_image(const struct cpu *cpu, bool wide, uint8_t *image)
{
    const struct fpu *fpu = &cpu->fpu;

    store_le16(image + FX_FCW, fpu->fcw);
    store_le16(image + FX_FSW, fpu->fsw);
    store_le16(image + FX_FTW, fpu->ftw);
    store_le16(image + FX_FOP, fpu->fop);
    if (wide) {
        store_le64(image + FX_FIP, fpu->fip);
        store_le64(image + FX_FDP, fpu->fdp);
    } else {
        store_le32(image + FX_FIP, (uint32_t)fpu->fip);
        store_le32(image + FX_FCS, fpu->fcs);
        store_le32(image + FX_FDP, (uint32_t)fpu->fdp);
        store_le32(image + FX_FDS, fpu->fds);
    }
    for (unsigned i = 0; i < 8; i++) {
        struct float80 value = fpu_read(cpu, i);

        store_le64(image + FX_ST + 16 * i, value.mantissa);
        store_le64(image + FX_ST + 16 * i + 8, value.sign_exponent);
    }
}

/* Neither waits. FXSAVE writes only what it defines, but all 512 bytes must be there. */
X87_BODY(fxsave)
{
    uint64_t offset = insn_offset(cpu, insn);
    unsigned xmm_count = fx_xmm_count(cpu);
    uint8_t image[FX_BYTES] = { 0 };

    fpu_put_image(cpu, insn->opsize == OPSIZE_64, image);
    if (cpu_has(cpu, F_SSE)) {
        store_le32(image + FX_MXCSR, cpu->mxcsr);
        store_le32(image + FX_MXCSR_MASK, MXCSR_MASK);
    }
    for (unsigned i = 0; i < xmm_count; i++) {
        store_le64(image + FX_XMM + 16 * i, cpu->vec[i].q[0]);
        store_le64(image + FX_XMM + 16 * i + 8, cpu->vec[i].q[1]);
    }
    if (!(offset & 15) && !cpu_probe_write(cpu, MEM_SEG(insn), offset, FX_BYTES))
        return false;
    return cpu_write_bytes(cpu, MEM_SEG(insn), offset, image, FX_XMM + 16 * xmm_count, 16);
}
X87_NOT_WAITING(fxsave)

bool mxcsr_legal(struct cpu *cpu, uint32_t value)
{
    if (likely(!(value & ~MXCSR_MASK)))
        return true;
    return RAISE(cpu, VEC_GP, 0, MXCSR_RESERVED, { EV_VALUE, value }, { EV_ALLOWED, MXCSR_MASK });
}

void fpu_get_image(struct cpu *cpu, bool wide, const uint8_t *image)
{
    struct fpu *fpu = &cpu->fpu;

    load_fcw(cpu, load_le16(image + FX_FCW));
    fpu->fsw = load_le16(image + FX_FSW);
    fpu->ftw = image[FX_FTW];
    fpu->fop = load_le16(image + FX_FOP) & 0x7ff;
    if (wide) {
        fpu->fip = load_le64(image + FX_FIP);
        fpu->fdp = load_le64(image + FX_FDP);
        fpu->fcs = fpu->fds = 0;
    } else {
        fpu->fip = load_le32(image + FX_FIP);
        fpu->fcs = load_le16(image + FX_FCS);
        fpu->fdp = load_le32(image + FX_FDP);
        fpu->fds = load_le16(image + FX_FDS);
    }
    for (unsigned i = 0; i < 8; i++)
        fpu->st[fpu_physical(cpu, i)] = (struct float80){ load_le64(image + FX_ST + 16 * i),
                                                          load_le16(image + FX_ST + 16 * i + 8) };
}

X87_BODY(fxrstor)
{
    unsigned xmm_count = fx_xmm_count(cpu);
    uint8_t image[FX_BYTES];

    if (!cpu_read_bytes(cpu, MEM_SEG(insn), insn_offset(cpu, insn), image, FX_BYTES, 16))
        return false;
    if (cpu_has(cpu, F_SSE)) {
        if (!mxcsr_legal(cpu, load_le32(image + FX_MXCSR)))
            return false;
        cpu->mxcsr = load_le32(image + FX_MXCSR);
    }
    fpu_get_image(cpu, insn->opsize == OPSIZE_64, image);
    for (unsigned i = 0; i < xmm_count; i++) {
        cpu->vec[i].q[0] = load_le64(image + FX_XMM + 16 * i);
        cpu->vec[i].q[1] = load_le64(image + FX_XMM + 16 * i + 8);
    }
    return true;
}
X87_NOT_WAITING(fxrstor)
