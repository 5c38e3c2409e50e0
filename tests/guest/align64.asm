; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/align64.asm - alignment checks at level 3: every size of operand, and those that are #GP(0)
; instead. What is checked of vectors and x87 images is what processors do (measured at CPL 3).
; Source: SDM Vol. 3A, "Interrupt 17 - Alignment Check Exception (#AC)".
%include "guest64.inc"

AREA equ SCRATCH

; operand NAME, ALIGNMENT, INSTRUCTION on [rdi]: #AC(0) at half the alignment and at 1, none at it
%macro operand 3+
    try {"#AC(0): ", %1, ", misaligned by 1"}
    level3 0x40002
    mov edi, AREA + 1
    %3
    fault 17, 0
%if %2 > 2
    try {"#AC(0): ", %1, ", aligned to half of what is asked"}
    level3 0x40002
    mov edi, AREA + %2 / 2
    %3
    fault 17, 0
%endif
    try {%1, ", aligned to what is asked"}
    level3 0x40002
    mov edi, AREA + %2
    %3
    int3
    fault 3, 0
    try {%1, ", not asked for by EFLAGS.AC"}
    level3 0x2
    mov edi, AREA + 1
    %3
    int3
    fault 3, 0
%endmacro
; with_ac NAME, OFFSET, VECTOR, INSTRUCTION: with EFLAGS.AC set
%macro with_ac 4+
    try {%1}
    level3 0x40002
    mov edi, AREA + %2
    %4
    int3
    fault %3, 0
%endmacro

tests:
    mov rax, cr0
    or eax, 0x40000             ; AM
    mov cr0, rax
    fninit
    operand "word", 2, mov ax, [rdi]
    operand "doubleword", 4, mov [rdi], eax
    operand "quadword", 8, add [rdi], rax
    operand "MOVSD", 8, movsd xmm0, [rdi]
    operand "MOVSS", 4, movss [rdi], xmm0
    operand "MOVHPS", 8, movhps xmm0, [rdi]
    operand "MOVUPS load", 16, movups xmm0, [rdi]
    operand "MOVUPS store", 16, movups [rdi], xmm0
    operand "LDDQU", 16, lddqu xmm0, [rdi]
    operand "PCMPISTRI", 16, pcmpistri xmm0, [rdi], 0
    operand "80-bit real", 8, fstp tword [rdi]
    operand "64-bit real", 8, fst qword [rdi]
    operand "packed BCD", 8, fbld [rdi]
    operand "x87 environment", 4, fnstenv [rdi]
    operand "x87 environment, 16-bit", 2, o16 fnstenv [rdi]
    operand "x87 state", 4, fnsave [rdi]
    operand "CMPXCHG8B", 8, cmpxchg8b [rdi]
    operand "bit string", 4, bts dword [rdi], 3
    mov r15d, AREA + 0x400
    operand "MOVDIR64B's source", 16, movdir64b r15, [rdi]
    xor eax, eax                ; a null selector
    mov [abs AREA], rax
    mov [abs AREA + 8], rax
    operand "far pointer", 2, lfs ax, [rdi]
    operand "MXCSR", 4, stmxcsr [rdi]
    with_ac "#GP(0): MOVAPS", 1, 13, movaps xmm0, [rdi]
    with_ac "#GP(0): ADDPS", 8, 13, addps xmm0, [rdi]
    with_ac "#GP(0): CMPXCHG16B", 8, 13, cmpxchg16b [rdi]
    with_ac "#AC(0): FXSAVE at an odd address", 1, 17, fxsave [rdi]
    with_ac "#AC(0): FXSAVE at a word address", 2, 17, fxsave [rdi]
    with_ac "#GP(0): FXSAVE at a doubleword address", 4, 13, fxsave [rdi]
    with_ac "#GP(0): FXRSTOR at a quadword address", 8, 13, fxrstor [rdi]
    with_ac "FXSAVE, aligned", 16, 3, fxsave [rdi]
    with_ac "CLFLUSH is not checked", 1, 3, clflush [rdi]
    with_ac "PREFETCH is not checked", 1, 3, prefetcht0 [rdi]
    with_ac "byte strings are not checked", 1, 3, lodsb
    with_ac "SGDT: its base is the quadword", 6, 3, sgdt [rdi]
    with_ac "#AC(0): SGDT on a quadword", 8, 17, sgdt [rdi]
    try "#AC(0): PUSH on a misaligned stack"
    level3 0x40002
    sub rsp, 4
    push rax
    fault 17, 0
    try "#AC(0): RET from a misaligned stack"
    level3 0x40002
    sub rsp, 20
    ret
    fault 17, 0
    try "no #AC on what the processor does itself: an INT with a misaligned level 3 stack"
    level3 0x40002
    sub rsp, 3
    int3
    fault 3, 0
    try "#AC comes before #PF"
    level3 0x40002
    mov rax, [abs PAGE + 1]
    fault 17, 0
    ; "CMPS/CMPSB/CMPSW/CMPSD/CMPSQ": the first source operand is DS:rSI
    try "CMPS: of two operands that fault, DS:rSI's is reported: #AC"
    level3 0x40002
    mov esi, AREA + 1
    mov edi, PAGE
    cmpsq
    fault 17, 0
    try "CMPS: of two operands that fault, DS:rSI's is reported: #PF"
    level3 0x40002
    mov esi, PAGE
    mov edi, AREA + 1
    cmpsq
    fault 14, 4
    try "level 0: nothing is checked"
    pushf
    or dword [rsp], 0x40000
    popf
    mov rax, [abs AREA + 1]
    pushf
    and dword [rsp], ~0x40000
    popf
    no_fault
    ret

guest64_data
