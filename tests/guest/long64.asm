; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/long64.asm - 64-bit mode: exceptions, stacks of the TSS, 4-level paging, SYSCALL, SWAPGS,
; compatibility mode. Checks as in guest32.inc. Source: SDM Vol. 3A, "Interrupt and Exception Handling"
; (64-bit mode), "Paging"; Vol. 2, "SYSCALL", "SYSRET", "SWAPGS".
%include "guest64.inc"

tests:
    try "#DE"
    xor ecx, ecx
    div rcx
    fault 0, 0
    try "#BP"
    int3
    fault 3, 0
    try "#UD: PUSHA"
    db 0x60
    fault 6, 0
    try "#UD: far CALL ptr"
    db 0x9a
    fault 6, 0
    try "#UD: POP DS"
    db 0x1f
    fault 6, 0
    try "#UD: DAA"
    db 0x27
    fault 6, 0
    try "#UD: INTO"
    db 0xce
    fault 6, 0
    try "#GP(0): a non-canonical address"
    mov rax, 0x800000000000
    mov rax, [rax]
    fault 13, 0
    try "#SS(0): a non-canonical stack address"
    mov rbp, 0x800000000000
    mov rax, [rbp]
    fault 12, 0
    try "#GP(0): an access that ends beyond the canonical range"
    mov rax, 0x7fffffffffff
    mov rax, [rax]
    fault 13, 0
    try "#GP(0): a jump to a non-canonical address"
    mov rax, 0x900000000000
    jmp rax
    fault 13, 0
    try "#GP(0): RET to a non-canonical address"
    mov rax, 0x900000000000
    push rax
    ret
    fault 13, 0
    try "#GP(0): WRMSR of a non-canonical base"
    mov ecx, 0xc0000100
    xor eax, eax
    mov edx, 0x01000000         ; bit 56: too much with 57-bit addresses, too
    wrmsr
    fault 13, 0
    try "#GP(selector): beyond the GDT"
    mov ax, 0x1f8
    mov ds, ax
    fault 13, 0x1f8
    try "a null selector may be loaded"
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov rax, [abs SCRATCH]
    no_fault
    try "#XM: an unmasked SSE exception"
    push 0x1d80                 ; zero divide unmasked
    ldmxcsr [rsp]
    mov eax, 1
    cvtsi2sd xmm0, eax
    xorpd xmm1, xmm1
    divsd xmm0, xmm1
    fault 19, 0
    try "#GP(0): misaligned MOVAPS"
    movaps xmm0, [abs SCRATCH + 8]
    fault 13, 0

    ; Frames.
    try "the frame"
    and rsp, -16
    sub rsp, 5                  ; RSP is aligned before the frame is pushed
    mov r12, rsp
    int3
    fault 3, 0
    mov rax, r12
    and rax, -16
    sub rax, 16
    expect rax, [fault_rsp], "the frame is pushed from a multiple of 16"
    try "#DF switches to its IST stack"
    mov rsp, 0x50000000         ; nothing is mapped there: #PF, and again while it is delivered
    push rax
    fault 8, 0
    expect qword [fault_rsp], STACK_IST1 - 16, "IST: the stack of the TSS"
    expect qword [fault_cr2], 0x4ffffff8, "CR2 of the second #PF"

    ; Paging.
    mov dword [abs FRAME], 0xc3c3c3c3
    try "#PF(0)"
    mov rax, [abs PAGE]
    fault 14, 0
    try "#PF(4)"
    level3
    mov rax, [abs PAGE]
    fault 14, 4
    set_page FRAME | 5, 0
    try "#PF(7): level 3"
    level3
    mov [abs PAGE], rax
    fault 14, 7
    try "#PF(3): WP"
    mov [abs PAGE], rax
    fault 14, 3
    set_page FRAME | 7, 0x80000000
    try "#PF(17): NX"
    mov eax, PAGE
    call rax
    fault 14, 0x11
    set_page FRAME | 7, 0x00080000
    try "#PF(9): reserved bit of the entry"
    mov rax, [abs PAGE]
    fault 14, 9
    mov dword [abs PML4 + 8], 0x87 ; PS is reserved in the highest level
    try "#PF(9): PS in a PML4 entry"
    mov rax, 0x8000000000
    mov rax, [rax]
    fault 14, 9
    set_page FRAME | 7, 0
    try "rights of all levels count"
    mov dword [abs 0x104000], TABLE | 5
    invlpg [abs PAGE]
    mov [abs PAGE], rax
    fault 14, 3
    mov dword [abs 0x104000], TABLE | 7
    invlpg [abs PAGE]
    mov dword [abs 0x101010], 0x87 ; 1 GiB page
    try "a page of 1 GiB"
    mov eax, 0x80000000 + FRAME
    cmp dword [rax], 0xc3c3c3c3
    je .gib
    ud2
.gib:
    no_fault

    ; SYSCALL.
    mov ecx, 0xc0000081         ; STAR
    xor eax, eax
    mov edx, 0x00180008         ; SYSRET from 18h on, SYSCALL from 08h
    wrmsr
    inc ecx                     ; LSTAR
    mov eax, entry
    xor edx, edx
    wrmsr
    mov ecx, 0xc0000084         ; FMASK: IF, DF
    mov eax, 0x600
    wrmsr
    mov ecx, 0xc0000102         ; the kernel's GS base
    mov eax, SCRATCH
    wrmsr
    mov ecx, 0xc0000101
    mov eax, 0x1234
    wrmsr
    try "SYSCALL and SYSRET"
    level3 0x602
    syscall
sys_back:
    mov [abs SCRATCH + 40], rcx
    mov ax, cs
    mov [abs SCRATCH + 48], ax
    mov ax, ss
    mov [abs SCRATCH + 50], ax
    pushf
    pop qword [abs SCRATCH + 56]
    int3
    fault 3, 0
    expect qword [abs SCRATCH], sys_back, "SYSCALL: RCX has the return address"
    expect qword [abs SCRATCH + 8], 0x602, "SYSCALL: R11 has RFLAGS"
    expect word [abs SCRATCH + 16], CODE0, "SYSCALL: CS"
    expect qword [abs SCRATCH + 24], 2, "SYSCALL: FMASK is applied"
    expect qword [abs SCRATCH + 32], 0x1234, "SWAPGS: the other base is kept"
    expect word [abs SCRATCH + 48], CODE3, "SYSRET: CS"
    expect word [abs SCRATCH + 50], DATA3, "SYSRET: SS"
    expect qword [abs SCRATCH + 56], 0x602, "SYSRET: RFLAGS"
    try "#UD: SYSCALL without SCE"
    mov ecx, 0xc0000080
    rdmsr
    btr eax, 0
    wrmsr
    syscall
    fault 6, 0
    try "level 3: SWAPGS"
    level3
    swapgs
    fault 13, 0
    try "level 3: HLT"
    level3
    hlt
    fault 13, 0
    expect qword [fault_rsp], STACK_LEVEL0 - 16, "the handler runs on RSP0"
    expect qword [fault_cs], CODE3, "CS of level 3 is pushed"

    ; Compatibility mode.
    try "compatibility mode: 32-bit code at level 3"
    push DATA3
    push STACK3
    push 2
    push COMPAT3
    push .compat
    iretq
bits 32
.compat:
    mov eax, 0x7fffffff
    inc eax                     ; 40h: a REX prefix in 64-bit mode
    int3
bits 64
    fault 3, 0
    expect qword [fault_cs], COMPAT3, "compatibility mode: CS"
    try "#GP(0): IRET with NT"
    pushf
    or qword [rsp], 0x4000
    popf
    iretq
    fault 13, 0
    pushf
    and qword [rsp], ~0x4000
    popf
    try "#GP(selector): the TSS is busy"
    mov ax, TSS
    ltr ax
    fault 13, TSS
    try "#GP(0): clearing PAE in long mode"
    mov rax, cr4
    btr rax, 5
    mov cr4, rax
    fault 13, 0
    try "#GP(0): upper half of CR0"
    mov rax, cr0
    bts rax, 32
    mov cr0, rax
    fault 13, 0
    try "#GP(0): clearing PG in 64-bit code"
    mov rax, cr0
    btr rax, 31
    mov cr0, rax
    fault 13, 0
    ret

entry:
    swapgs
    mov [gs:0], rcx
    mov [gs:8], r11
    mov ax, cs
    mov [gs:16], ax
    pushf
    pop qword [gs:24]
    mov r8, rcx
    mov r9, r11
    mov ecx, 0xc0000102
    rdmsr
    mov [gs:32], rax
    mov rcx, r8
    mov r11, r9
    swapgs
    o64 sysret

guest64_data
