/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/unit/test_disasm.c - struct insn -> Intel syntax. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/disasm.h"
#include "util/buf.h"

struct sample {
    unsigned mode;
    const char *hex;
    uint64_t rip;
    const char *text;
};

/* Knows 1000h-1fffh. */
static bool sample_symbol(void *context, lin_addr la, char *name, size_t size)
{
    if (la < 0x1000 || la > 0x1fff)
        return false;
    if (la == 0x1000)
        snprintf(name, size, "%s", (const char *)context);
    else
        snprintf(name, size, "%s+0x%x", (const char *)context, (unsigned)(la - 0x1000));
    return true;
}

static unsigned print(const struct sample *sample, bool symbols, struct buf *text)
{
    char name[] = "boot";
    struct disasm_options options = { sample_symbol, name };
    uint8_t bytes[32];
    unsigned count = 0;
    const char *hex = sample->hex;
    char *end;

    for (;;) {
        unsigned long value = strtoul(hex, &end, 16);

        if (end == hex)
            break;
        bytes[count++] = (uint8_t)value;
        hex = end;
    }
    return disasm_bytes(bytes, count, sample->mode, sample->rip, NULL, symbols ? &options : NULL,
                        text);
}

static void check(const struct sample *sample, bool symbols)
{
    struct buf text = { 0 };

    print(sample, symbols, &text);
    ck_assert_str_eq(buf_text(&text), sample->text);
    buf_free(&text);
}

#define M16 MODE_CODE16
#define M32 MODE_CODE32
#define M64 MODE_CODE64

/* clang-format off */
static const struct sample operands[] = {
    { M64, "8b 44 8b 10", 0,             "mov eax, dword ptr [rbx+rcx*4+0x10]" },
    { M64, "8b 44 8b f0", 0,             "mov eax, dword ptr [rbx+rcx*4-0x10]" },
    { M64, "8a 24 25 00 10 00 00", 0,    "mov ah, byte ptr [0x1000]" },
    { M64, "8b 04 25 00 00 00 80", 0,    "mov eax, dword ptr [0xffffffff80000000]" },
    { M64, "67 8b 04 25 00 00 00 80", 0, "mov eax, dword ptr [0x80000000]" },
    { M64, "42 8b 04 05 00 00 00 00", 0, "mov eax, dword ptr [r8]" },
    { M64, "8b 04 4d 00 00 00 00", 0,    "mov eax, dword ptr [rcx*2]" },
    { M64, "65 48 8b 04 25 28 00 00 00", 0, "mov rax, qword ptr gs:[0x28]" },
    { M16, "26 8b 40 ff", 0,             "mov ax, word ptr es:[bx+si-0x1]" },
    { M16, "3e 8b 07", 0,                "mov ax, word ptr ds:[bx]" },
    { M16, "67 66 8b 45 00", 0,          "mov eax, dword ptr [ebp]" },
    { M16, "a0 ff ff", 0,                "mov al, byte ptr [0xffff]" },
    { M64, "48 a3 01 02 03 04 05 06 07 08", 0, "mov qword ptr [0x807060504030201], rax" },
    { M64, "40 88 f7", 0,                "mov dil, sil" },
    { M64, "45 88 c8", 0,                "mov r8b, r9b" },
    { M64, "66 44 89 c0", 0,             "mov ax, r8w" },
    { M64, "44 89 c0", 0,                "mov eax, r8d" },
    { M32, "88 e7", 0,                   "mov bh, ah" },
    { M32, "8e d8", 0,                   "mov ds, ax" },
    { M32, "8c 1b", 0,                   "mov word ptr [ebx], ds" },
    { M64, "44 0f 22 c0", 0,             "mov cr8, rax" },
    { M32, "0f 23 fb", 0,                "mov dr7, ebx" },
    { M64, "66 45 0f 6f 0f", 0,          "movdqa xmm9, xmmword ptr [r15]" },
    { M32, "0f 6f c1", 0,                "movq mm0, mm1" },
    { M32, "66 0f 38 14 c1", 0,          "blendvps xmm0, xmm1, xmm0" },
    { M32, "66 0f 3a 14 03 05", 0,       "pextrb byte ptr [ebx], xmm0, 0x5" },
    { M32, "66 0f 3a 14 c3 05", 0,       "pextrb ebx, xmm0, 0x5" },
    { M32, "d8 c3", 0,                   "fadd st0, st3" },
    { M32, "db 28", 0,                   "fld tbyte ptr [eax]" },
    { M32, "0f a5 d8", 0,                "shld eax, ebx, cl" },
    { M32, "66 0f c8", 0,                "bswap ax" },
    { M16, "0f bf 07", 0,                "movsx ax, word ptr [bx]" },
    { M64, "48 63 07", 0,                "movsxd rax, dword ptr [rdi]" },
};

static const struct sample immediates[] = {
    { M64, "48 83 e4 f0", 0,       "and rsp, 0xfffffffffffffff0" },
    { M32, "83 e4 f0", 0,          "and esp, 0xfffffff0" },
    { M16, "83 e4 f0", 0,          "and sp, 0xfff0" },
    { M32, "80 c3 ff", 0,          "add bl, 0xff" },
    { M64, "48 81 c3 00 00 00 80", 0, "add rbx, 0xffffffff80000000" },
    { M64, "6a ff", 0,             "push 0xffffffffffffffff" },
    { M16, "68 34 12", 0,          "push 0x1234" },
    { M64, "48 b8 01 02 03 04 05 06 07 88", 0, "mov rax, 0x8807060504030201" },
    { M32, "c8 10 00 03", 0,       "enter 0x10, 0x3" },
    { M32, "d1 e0", 0,             "shl eax, 1" },
    { M32, "c1 e0 01", 0,          "shl eax, 0x1" },
    { M16, "cd 10", 0,             "int 0x10" },
    { M16, "e6 80", 0,             "out 0x80, al" },
    { M16, "66 ed", 0,             "in eax, dx" },
    { M32, "c2 fe ff", 0,          "ret 0xfffe" },
};

/* LEA, INVLPG, PREFETCHh, descriptor tables and images have no size; far pointers are "far". */
static const struct sample sizes[] = {
    { M64, "48 8d 47 01", 0,       "lea rax, [rdi+0x1]" },
    { M32, "0f 01 38", 0,          "invlpg [eax]" },
    { M32, "0f 18 08", 0,          "prefetcht0 [eax]" },
    { M64, "0f 01 10", 0,          "lgdt [rax]" },
    { M32, "0f ae 00", 0,          "fxsave [eax]" },
    { M32, "0f 1f 40 00", 0,       "nop dword ptr [eax]" },
    { M16, "ea 5b e0 00 f0", 0,    "jmp far 0xf000:0xe05b" },
    { M16, "ff 2f", 0,             "jmp far dword ptr [bx]" },
    { M32, "ff 18", 0,             "call far fword ptr [eax]" },
    { M64, "48 ff 28", 0,          "jmp far tbyte ptr [rax]" },
    { M32, "c4 18", 0,             "les ebx, fword ptr [eax]" },
    { M16, "62 07", 0,             "bound ax, dword ptr [bx]" },
    { M64, "48 0f c7 08", 0,       "cmpxchg16b xmmword ptr [rax]" },
    { M32, "ff 30", 0,             "push dword ptr [eax]" },
};

static const struct sample vectors[] = {
    { M64, "c5 71 fc eb", 0,                "vpaddb xmm13, xmm1, xmm3" },
    { M64, "c4 41 05 fc eb", 0,             "vpaddb ymm13, ymm15, ymm11" },
    { M64, "c5 fd fc 04 c8", 0,             "vpaddb ymm0, ymm0, ymmword ptr [rax+rcx*8]" },
    { M64, "c5 fa 6f 05 10 00 00 00", 0x20, "vmovdqu xmm0, xmmword ptr [rip+0x10] ; 0x38" },
    { M32, "c5 fe 6f c1", 0,                "vmovdqu ymm0, ymm1" },
    { M64, "c4 e2 69 90 0c 98", 0,          "vpgatherdd xmm1, dword ptr [rax+xmm3*4], xmm2" },
    { M64, "c4 e2 ed 90 0c 98", 0,          "vpgatherdq ymm1, qword ptr [rax+xmm3*4], ymm2" },
    { M64, "c4 e2 6d 91 0c 98", 0,          "vpgatherqd xmm1, dword ptr [rax+ymm3*4], xmm2" },
    { M64, "c4 63 71 4a cb 80", 0,          "vblendvps xmm9, xmm1, xmm3, xmm8" },
    { M32, "64 67 c5 fe 6f 07", 0,          "vmovdqu ymm0, ymmword ptr fs:[bx]" },
};

static const struct sample mnemonics[] = {
    { M16, "98", 0,    "cbw" },
    { M16, "66 98", 0, "cwde" },
    { M64, "48 98", 0, "cdqe" },
    { M16, "cf", 0,    "iret" },
    { M32, "cf", 0,    "iretd" },
    { M64, "48 cf", 0, "iretq" },
    { M64, "9c", 0,    "pushfq" },
    { M32, "9c", 0,    "pushfd" },
    { M16, "6d", 0,    "insw" },
    { M64, "48 6d", 0, "insd" },
    { M16, "e3 00", 0, "jcxz 0x2" },
    { M32, "e3 00", 0, "jecxz 0x2" },
    { M64, "67 e3 00", 0, "jecxz 0x3" },
    { M64, "e3 00", 0, "jrcxz 0x2" },
    { M64, "48 ab", 0, "stosq" },
};

static const struct sample prefixes[] = {
    { M32, "f3 a4", 0,       "rep movsb" },
    { M32, "f2 a4", 0,       "repne movsb" },
    { M32, "f3 a6", 0,       "repe cmpsb" },
    { M32, "f2 ae", 0,       "repne scasb" },
    { M64, "f3 48 a5", 0,    "rep movsq" },
    { M16, "64 67 f3 a4", 0, "a32 fs rep movsb" },
    { M32, "67 e2 fe", 5,    "a16 loop 0x6" },
    { M32, "2e 74 00", 0,    "cs jz 0x3" },
    { M32, "f0 ff 03", 0,    "lock inc dword ptr [ebx]" },
    { M32, "f0 01 c3", 0,    "lock add ebx, eax ; #UD: no lock here" },
    { M32, "f3 90", 0,       "pause" },
    { M32, "f3 c3", 0,       "ret" },
    { M64, "2e 90", 0,       "nop" },
};

static const struct sample targets[] = {
    { M16, "eb 04", 0xfff0,                "jmp 0xfff6" },
    { M16, "eb 7e", 0xfff0,                "jmp 0x70" },
    { M32, "e8 fb ff ff ff", 0x1000,       "call 0x1000 <boot>" },
    { M32, "74 03", 0x1000,                "jz 0x1005 <boot+0x5>" },
    { M32, "e9 00 00 00 80", 0x90000000,   "jmp 0x10000005" },
    { M32, "66 e9 00 00", 0x12341000,      "jmp 0x1004 <boot+0x4>" },
    { M64, "66 e9 00 00 00 00", 0x4000000000, "jmp 0x4000000006" },
    { M64, "eb 00", 0xffffffff80000000,    "jmp 0xffffffff80000002" },
    { M64, "8b 05 20 00 00 00", 0x2000,    "mov eax, dword ptr [rip+0x20] ; 0x2026" },
    { M64, "48 8d 35 fa ff ff ff", 0x1001, "lea rsi, [rip-0x6] ; 0x1002 <boot+0x2>" },
    { M64, "48 8d 35 00 00 00 00", 0x1001, "lea rsi, [rip] ; 0x1008 <boot+0x8>" },
    { M64, "67 8b 05 20 00 00 00", 0xfffffff0, "mov eax, dword ptr [eip+0x20] ; 0x17" },
    { M64, "81 3d 00 00 00 00 78 56 34 12", 0x1006, "cmp dword ptr [rip], 0x12345678 ; 0x1010 <boot+0x10>" },
};
/* clang-format on */

START_TEST(operands_are_named)
{
    check(&operands[_i], false);
}
END_TEST

START_TEST(immediates_show_all_bits_of_the_operand)
{
    check(&immediates[_i], false);
}
END_TEST

START_TEST(memory_operands_show_their_size)
{
    check(&sizes[_i], false);
}
END_TEST

START_TEST(vector_registers_have_the_length_of_the_operand)
{
    check(&vectors[_i], false);
}
END_TEST

START_TEST(mnemonics_follow_operand_and_address_size)
{
    check(&mnemonics[_i], false);
}
END_TEST

START_TEST(prefixes_that_nothing_else_shows_are_printed)
{
    check(&prefixes[_i], false);
}
END_TEST

START_TEST(targets_are_absolute_and_have_symbols)
{
    check(&targets[_i], true);
}
END_TEST

START_TEST(what_is_no_instruction_is_bad)
{
    static const struct {
        struct sample sample;
        unsigned length;
    } bad[] = {
        { { M64, "66 0f 04", 0, "(bad)" }, 3 },
        { { M64, "27 90", 0, "(bad)" }, 1 },
        { { M32, "8e c8 90", 0, "(bad)" }, 2 },
        { { M32, "b8 01 02", 0, "(bad)" }, 3 }, /* cut off */
        { { M32, "", 0, "(bad)" }, 1 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        struct buf text = { 0 };

        ck_assert_uint_eq(print(&bad[i].sample, false, &text), bad[i].length);
        ck_assert_str_eq(buf_text(&text), bad[i].sample.text);
        buf_free(&text);
    }
}
END_TEST

START_TEST(registers_have_names_for_each_size)
{
    ck_assert_str_eq(gpr_name(RAX, 8), "rax");
    ck_assert_str_eq(gpr_name(RSP, 4), "esp");
    ck_assert_str_eq(gpr_name(R15, 2), "r15w");
    ck_assert_str_eq(gpr_name(RSI * 8, 1), "sil");
    ck_assert_str_eq(gpr_name(RBX * 8 + 1, 1), "bh");
    ck_assert_str_eq(seg_names[SEG_GS], "gs");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disasm");
    TCase *tc = tcase_create("disasm");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tc, operands_are_named, 0, ARRAY_SIZE(operands));
    tcase_add_loop_test(tc, immediates_show_all_bits_of_the_operand, 0, ARRAY_SIZE(immediates));
    tcase_add_loop_test(tc, memory_operands_show_their_size, 0, ARRAY_SIZE(sizes));
    tcase_add_loop_test(tc, vector_registers_have_the_length_of_the_operand, 0,
                        ARRAY_SIZE(vectors));
    tcase_add_loop_test(tc, mnemonics_follow_operand_and_address_size, 0, ARRAY_SIZE(mnemonics));
    tcase_add_loop_test(tc, prefixes_that_nothing_else_shows_are_printed, 0, ARRAY_SIZE(prefixes));
    tcase_add_loop_test(tc, targets_are_absolute_and_have_symbols, 0, ARRAY_SIZE(targets));
    tcase_add_test(tc, what_is_no_instruction_is_bad);
    tcase_add_test(tc, registers_have_names_for_each_size);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
