; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/system64.asm - 64-bit mode: LOCK, the length of instructions, non-canonical addresses, ENTER,
; far transfers, call gates from compatibility mode, IRET to every mode, LAR and LSL of system descriptors.
; Source: SDM Vol. 2, the instructions' pages; Vol. 3A, "Protection", "Interrupt and Exception Handling".
%include "guest64.inc"

; A descriptor table of our own: that of guest64.inc and what is needed here.
TABLE2 equ 0x21000
TSS16 equ 0x60                  ; a type that IA-32e mode does not have
TASKGATE equ 0x68
GATE64 equ 0x70                 ; call gate to level 0, DPL 3; two slots
GATE_SAME equ 0x80              ; call gate to the same level
GATE_BAD equ 0x90               ; its upper half has a type
DATA16_3 equ 0xa0 | 3           ; 16-bit stack, DPL 3
LDT equ 0xa8                    ; two slots
LD equ 0xb8                     ; code with L and D
GATE_32 equ 0xc0                ; call gate to code that is not 64-bit
TABLE2_END equ 0xd0
SAW equ SCRATCH + 0x200

%macro descriptor 3             ; selector, low, high doubleword
    mov dword [abs TABLE2 + (%1)], %2
    mov dword [abs TABLE2 + (%1) + 4], %3
%endmacro
; compat3 LABEL: compatibility mode at level 3
%macro compat3 1
    push DATA3
    push STACK3
    push 2
    push COMPAT3
    push %1
    iretq
%endmacro

tests:
    mov rsi, gdt
    mov edi, TABLE2
    mov ecx, TABLE2_END / 4
    rep movsd
    descriptor TSS16, 0x0000ffff, 0x00008100
    descriptor TASKGATE, TSS << 16, 0x0000e500
    descriptor GATE64, (CODE0 << 16) + gate_target, 0x0000ec00
    descriptor GATE64 + 8, 0, 0
    descriptor GATE_SAME, (CODE0 << 16) + gate_same, 0x00008c00
    descriptor GATE_SAME + 8, 0, 0
    descriptor GATE_BAD, (CODE0 << 16) + gate_same, 0x00008c00
    descriptor GATE_BAD + 8, 0, 0x0100
    descriptor DATA16_3 & ~3, 0x0000ffff, 0x0000f300
    descriptor LDT, SCRATCH << 16 | 0x17, 0x00008200 | SCRATCH >> 16
    descriptor LDT + 8, 0, 0
    descriptor LD, 0x0000ffff, 0x00ef9b00
    descriptor GATE_32, (COMPAT0 << 16) + gate_same, 0x00008c00
    descriptor GATE_32 + 8, 0, 0
    lgdt [table2]

    ; ---- "LOCK - Assert LOCK# Signal Prefix" ----
%macro lock_bad 2+
    try {"#UD: LOCK ", %1}
    db %2
    fault 6, 0
%endmacro
    mov edi, SCRATCH
    lock_bad "MOV", 0xf0, 0x89, 0x07
    lock_bad "CMP", 0xf0, 0x39, 0x07
    lock_bad "TEST", 0xf0, 0x85, 0x07
    lock_bad "BT", 0xf0, 0x0f, 0xa3, 0x07
    lock_bad "ADD to a register", 0xf0, 0x01, 0xc0
    lock_bad "ADD from memory", 0xf0, 0x03, 0x07
    lock_bad "XCHG of registers", 0xf0, 0x87, 0xc0
    lock_bad "SHL", 0xf0, 0xd1, 0x27
    lock_bad "MUL", 0xf0, 0xf7, 0x27
    lock_bad "NOP", 0xf0, 0x90
    lock_bad "CALL", 0xf0, 0xff, 0x17
    try "LOCK where it is legal"
    mov edi, SCRATCH
    xor eax, eax
    lock add [rdi], eax
    lock inc dword [rdi]
    lock not dword [rdi]
    lock neg dword [rdi]
    lock bts dword [rdi], 1
    lock xadd [rdi], eax
    lock cmpxchg [rdi], eax
    lock xchg [rdi], eax
    lock cmpxchg8b [rdi]
    lock cmpxchg16b [rdi]
    no_fault

    ; ---- "Interrupt 13 - General Protection Exception (#GP)": 15 bytes ----
    set_page FRAME | 7, 0
    mov edi, PAGE
    mov ecx, 4096
    mov al, 0x66
    rep stosb
    mov byte [abs PAGE + 0xfff], 0x90
    try "an instruction of 15 bytes at the end of a page"
    mov byte [abs PAGE + 0xffe], 0xc3
    mov byte [abs PAGE + 0xffd], 0x90
    mov eax, PAGE + 0xfef
    call rax
    no_fault
    mov byte [abs PAGE + 0xffd], 0x66
    mov byte [abs PAGE + 0xffe], 0x66
    mov byte [abs PAGE + 0xfff], 0x66
    try "#PF: 14 prefixes, then a page that is not there"
    mov eax, PAGE + 0x1000 - 14
    jmp rax
    fault 14, 0x10
    expect qword [fault_cr2], PAGE + 0x1000, "CR2 is the page"
    expect qword [fault_rip], PAGE + 0x1000 - 14, "RIP is the instruction"
    try "#GP(0): 15 prefixes, and nothing of the next page is asked for"
    mov eax, PAGE + 0x1000 - 15
    jmp rax
    fault 13, 0

    ; ---- "Canonical Addressing" ----
    mov rbp, 0x800000000000
    mov rbx, rbp
    try "#GP(0): RBX"
    mov eax, [rbx]
    fault 13, 0
    try "#SS(0): RBP"
    mov eax, [rbp]
    fault 12, 0
    try "#SS(0): RBP with DS: the prefix is ignored"
    mov eax, [ds:rbp]
    fault 12, 0
    try "#GP(0): RBP with FS"
    mov eax, [fs:rbp]
    fault 13, 0
    try "#GP(0): RBX with SS: likewise"
    mov eax, [ss:rbx]
    fault 13, 0
    try "#DF(0): the stack is not canonical, and the handler's would be the same"
    mov rsp, 0x900000000000
    push rax
    fault 8, 0
    try "#SS(0): PUSH on such a stack at level 3"
    level3
    mov rsp, 0x900000000000
    push rax
    fault 12, 0
    try "#SS(0): CALL"
    level3
    mov rsp, 0x900000000000
    call .call
.call:
    fault 12, 0
    try "#GP(0): IRETQ to a non-canonical address"
    push DATA0
    push STACK0
    push 2
    push CODE0
    mov rax, 0x800000000000
    push rax
iret_here:
    iretq
    fault 13, 0
    expect qword [fault_rip], iret_here, "the fault is IRETQ's"

    ; ---- "ENTER - Make Stack Frame for Procedure Parameters" ----
    mov r12, rsp
    mov rbp, rsp
    sub rsp, 64
    mov qword [rbp - 8], 0x1111
    mov qword [rbp - 16], 0x2222
    mov r13, rsp
    mov r14, rbp
    enter 32, 3
    mov rax, r13
    sub rax, 8
    expect rbp, rax, "ENTER 32, 3: RBP"
    lea rax, [r13 - 8 - 3 * 8 - 32]
    expect rsp, rax, "ENTER 32, 3: RSP"
    expect [rbp], r14, "ENTER 32, 3: the old RBP"
    expect qword [rbp - 8], 0x1111, "ENTER 32, 3: first outer frame"
    expect qword [rbp - 16], 0x2222, "ENTER 32, 3: second outer frame"
    expect [rbp - 24], rbp, "ENTER 32, 3: the new frame"
    leave
    expect rsp, r13, "LEAVE: RSP"
    expect rbp, r14, "LEAVE: RBP"
    mov rsp, r13
    o16 enter 0, 0
    mov rax, r13
    sub rax, 2
    expect rsp, rax, "ENTER with a 16-bit operand: RSP moves by 2"
    mov rsp, r12

    ; ---- "LAR - Load Access Rights", "LSL - Load Segment Limit": tables for 64-bit mode ----
%macro visible 4                ; instruction, selector, 1 or 0, value
    mov ecx, %2
    mov eax, 0x77777777
    %1 eax, ecx
    setz dl
    cmp dl, %3
    jne %%bad
%if %3
    cmp eax, %4
%else
    cmp eax, 0x77777777
%endif
    jne %%bad
    mov al, 1
    jmp %%say
%%bad:
    xor eax, eax
%%say:
    call verdict
%endmacro
    visible lar, TSS, 1, 0x8b00
    db "LAR: busy 64-bit TSS", 0
    visible lar, TSS16, 0, 0
    db "LAR: 16-bit TSS", 0
    visible lar, TASKGATE, 0, 0
    db "LAR: task gate", 0
    visible lar, GATE64, 1, 0xec00
    db "LAR: 64-bit call gate", 0
    visible lar, LDT, 1, 0x8200
    db "LAR: LDT", 0
    visible lar, 0, 0, 0
    db "LAR: null selector", 0
    visible lar, 0x1000, 0, 0
    db "LAR: beyond the table", 0
    visible lar, DATA0 | 3, 0, 0
    db "LAR: RPL above DPL", 0
    visible lsl, TSS, 1, 0x67
    db "LSL: busy 64-bit TSS", 0
    visible lsl, GATE64, 0, 0
    db "LSL: call gate", 0
    visible lsl, LDT, 1, 0x17
    db "LSL: LDT", 0
    visible lsl, DATA0, 1, 0xffffffff
    db "LSL: in bytes, with G", 0

    ; ---- Far transfers: "JMP", "CALL", "RET" ----
    try "far JMP m16:64 to 64-bit code"
    mov qword [abs SAW], .far64
    mov word [abs SAW + 8], CODE0
    o64 jmp far [abs SAW]
.far64:
    no_fault
    try "far JMP to compatibility mode, and back"
    mov dword [abs SAW], .compat
    mov word [abs SAW + 4], COMPAT0
    jmp dword far [abs SAW]
bits 32
.compat:
    jmp CODE0:.back
bits 64
.back:
    no_fault
    try "#GP(selector): code with L and D"
    mov dword [abs SAW], 0
    mov word [abs SAW + 4], LD
    jmp dword far [abs SAW]
    fault 13, LD
    try "#GP(selector): a TSS is no target in IA-32e mode"
    mov word [abs SAW + 4], TSS
    jmp dword far [abs SAW]
    fault 13, TSS
    try "#GP(selector): nor a task gate"
    mov word [abs SAW + 4], TASKGATE
    call dword far [abs SAW]
    fault 13, TASKGATE
    try "#GP(selector): the gate's upper half has a type"
    mov word [abs SAW + 4], GATE_BAD
    call dword far [abs SAW]
    fault 13, GATE_BAD
    try "#GP(selector of the code): the gate leads to code that is not 64-bit"
    mov word [abs SAW + 4], GATE_32
    call dword far [abs SAW]
    fault 13, COMPAT0
    try "CALL through a gate of the same level, and RETFQ"
    mov word [abs SAW + 4], GATE_SAME
    mov r13, rsp
    call dword far [abs SAW]
    cmp rsp, r13
    je .same
    ud2
.same:
    no_fault
    mov rax, r13
    sub rax, 16
    expect rax, [abs SAW + 0x10], "the gate's frame has slots of 8 bytes"
    try "CALL through a gate from compatibility mode at level 3, and back"
    compat3 .compat3
bits 32
.compat3:
    mov ax, DATA3
    mov ds, ax
    call GATE64:0
    mov [SAW + 0x40], esp
    mov eax, cs
    mov [SAW + 0x48], eax
    int3
bits 64
    fault 3, 0
    expect qword [abs SAW + 0x18], STACK_LEVEL0 - 32, "gate: RSP0, four quadwords"
    expect qword [abs SAW + 0x20], CODE0, "gate: CS"
    expect qword [abs SAW + 0x28], 0, "gate: SS is null"
    expect qword [abs SAW + 0x30], COMPAT3, "gate: the CS to return to"
    expect qword [abs SAW + 0x38], STACK3, "gate: the RSP to return to"
    expect dword [abs SAW + 0x40], STACK3, "RETFQ: ESP"
    expect dword [abs SAW + 0x48], COMPAT3, "RETFQ: CS"

    ; ---- "IRET/IRETD/IRETQ - Interrupt Return" ----
    try "IRETQ at level 0 with a null SS"
    mov rax, rsp
    push 0
    push rax
    push 2
    push CODE0
    push .null_ss
    iretq
.null_ss:
    no_fault
    try "#GP(0): IRETQ to level 3 with a null SS"
    push 0
    push STACK3
    push 2
    push CODE3
    push .null_ss
    iretq
    fault 13, 0
    try "#GP(0): IRETQ to compatibility mode with a null SS"
    push 0
    push STACK0
    push 2
    push COMPAT0
    push .null_ss
    iretq
    fault 13, 0
    try "#GP(selector): IRETQ with an SS of the wrong RPL"
    push DATA3
    push STACK0
    push 2
    push CODE0
    push .null_ss
    iretq
    fault 13, DATA3 & ~3
    try "IRETQ to a 16-bit stack: only SP is loaded"
    push DATA16_3
    push 0x12346000
    push 2
    push COMPAT3
    push .sp16
    iretq
bits 32
.sp16:
    mov eax, esp
    mov cx, DATA3
    mov ss, cx
    mov ds, cx
    and eax, 0xffff
    mov [SAW], eax
    int3
bits 64
    fault 3, 0
    expect dword [abs SAW], 0x6000, "its lower half"
    try "IRETD: 32-bit slots, also in 64-bit mode"
    mov r13, rsp
    sub rsp, 20
    mov dword [rsp], .iretd
    mov dword [rsp + 4], CODE0
    mov dword [rsp + 8], 2
    mov [rsp + 12], r13d
    mov dword [rsp + 16], DATA0
    iretd
.iretd:
    cmp rsp, r13
    je .iretd_good
    ud2
.iretd_good:
    no_fault
    try "#GP(vector * 8 + 2): a 16-bit gate in IA-32e mode"
    mov byte [abs IDT + 0x28 * 16 + 5], 0x86
    int 0x28
    fault 13, 0x28 * 8 + 2
    try "#GP(vector * 8 + 2): a task gate"
    mov byte [abs IDT + 0x28 * 16 + 5], 0x85
    int 0x28
    fault 13, 0x28 * 8 + 2

    ; ---- The LDT ----
    try "LLDT and a segment of it"
    mov rax, [abs TABLE2 + DATA0]
    mov [abs SCRATCH + 8], rax
    mov ax, LDT
    lldt ax
    mov ax, 0x0c
    mov gs, ax
    no_fault
    try "#GP(selector): beyond the LDT's limit, with TI"
    mov ax, 0x1c
    mov gs, ax
    fault 13, 0x1c
    try "#GP(selector): LLDT with an LDT selector"
    mov ax, 0x0c
    lldt ax
    fault 13, 0x0c
    try "#GP(selector): LTR of a type that is no TSS here"
    mov ax, TSS16
    ltr ax
    fault 13, TSS16
    try "#TS(TR): the IST's stack is beyond the TSS's limit"
    mov byte [abs TABLE2 + TSS], 0x53 ; IST7 is 54h-5Bh
    mov byte [abs TABLE2 + TSS + 5], 0x89
    mov ax, TSS
    ltr ax
    mov byte [abs IDT + 3 * 16 + 4], 7
    level3
    int3
    fault 10, TSS
    mov byte [abs IDT + 3 * 16 + 4], 0
    ret

bits 64
gate_same:
    mov [abs SAW + 0x10], rsp
    o64 retf
gate_target:
    mov [abs SAW + 0x18], rsp
    mov rax, cs
    mov [abs SAW + 0x20], rax
    mov rax, ss
    mov [abs SAW + 0x28], rax
    mov rax, [rsp + 8]
    mov [abs SAW + 0x30], rax
    mov rax, [rsp + 16]
    mov [abs SAW + 0x38], rax
    o64 retf
table2:
    dw TABLE2_END - 1
    dq TABLE2

guest64_data
