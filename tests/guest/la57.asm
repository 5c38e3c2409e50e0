; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/la57.asm - 5-level paging and 57-bit linear addresses. The first and the 256th entry of
; the PML5 lead to the same PML4: HIGH_BASE is the same memory as 0.
; Source: SDM Vol. 3A, "4-Level Paging and 5-Level Paging", "Linear-Address Translation with 5-Level
; Paging"; Vol. 1, "Canonical Addressing".
%define FIVE_LEVELS
%include "guest64.inc"

tests:
    mov r15, HIGH_BASE
    mov dword [abs SCRATCH], 0x12345678
    try "memory beyond 48 bits"
    cmp dword [r15 + SCRATCH], 0x12345678
    je .same
    ud2
.same:
    mov dword [r15 + SCRATCH], 0x5678
    no_fault
    expect dword [abs SCRATCH], 0x5678, "a write beyond 48 bits"
    mov rcx, 1 << 47
    try "bit 47 is canonical now"
    mov rax, [rcx]
    fault 14, 0
    expect qword [fault_cr2], rcx, "CR2"
    mov rcx, 1 << 48
    try "bit 48 counts: no entry"
    mov rax, [rcx + SCRATCH]
    fault 14, 0
    mov rcx, 1 << 56
    try "#GP(0): bits 63-56 are not equal"
    mov rax, [rcx]
    fault 13, 0
    mov rbp, 1 << 56
    try "#SS(0): bits 63-56 are not equal"
    mov rax, [rbp]
    fault 12, 0
    mov rcx, 0x00fffffffffffff9
    try "#GP(0): an access that ends beyond the canonical range"
    mov rax, [rcx]
    fault 13, 0
    try "code beyond 48 bits"
    lea rax, [r15 + .there]
    jmp rax
.there:
    lea rcx, [rel .there]
    int3
.behind:
    fault 3, 0
    lea rax, [r15 + .there]
    expect rax, rcx, "RIP has 57 bits"
    lea rax, [r15 + .behind]
    expect qword [fault_rip], rax, "and is pushed with all of them"
    try "#GP(0): a jump to bit 56"
    mov rax, 1 << 56
    jmp rax
    fault 13, 0
    try "a stack beyond 48 bits"
    lea rsp, [r15 + SCRATCH + 0x800]
    push 0x4321
    int3
    fault 3, 0
    expect qword [abs SCRATCH + 0x7f8], 0x4321, "PUSH beyond 48 bits"
    try "#GP(0): CR4.LA57 cannot be cleared in IA-32e mode"
    mov rax, cr4
    btr rax, 12
    mov cr4, rax
    fault 13, 0
    try "level 3 beyond 48 bits"
    push DATA3
    lea rax, [r15 + STACK3]
    push rax
    push 2
    push CODE3
    lea rax, [r15 + .level3]
    push rax
    iretq
.level3:
    push rax
    int3
    fault 3, 0
    mov ecx, 0xc0000100         ; IA32_FS_BASE
    try "a base of 57 bits"
    mov rdx, r15
    shr rdx, 32
    xor eax, eax
    wrmsr
    no_fault
    expect dword [fs:SCRATCH], 0x5678, "memory through it"
    try "#GP(0): a base with bit 56 alone"
    mov ecx, 0xc0000100
    mov edx, 1 << 24
    xor eax, eax
    wrmsr
    fault 13, 0
    mov dword [abs PML5 + 8], PML4 | 0x87
    try "#PF(9): PS in a PML5 entry"
    mov rcx, 1 << 48
    mov rax, [rcx]
    fault 14, 9
    mov dword [abs PML5 + 8], PML4 | 5
    mov rcx, 1 << 48
    mov rax, cr3
    mov cr3, rax
    try "#PF(3): rights of the PML5 entry count"
    mov [rcx + SCRATCH], eax
    fault 14, 3
    try "accessed bit of the PML5 entry"
    mov eax, [rcx + SCRATCH]
    test byte [abs PML5 + 8], 0x20
    jnz .accessed
    ud2
.accessed:
    no_fault
    ret

guest64_data
