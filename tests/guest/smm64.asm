; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/smm64.asm - system-management mode out of 64-bit mode: SMI by port B2h, the save map of Intel
; 64, the state at entry, what RSM brings back, SMBASE relocation into SMRAM.
; Source: SDM Vol. 3C, "System Management Mode".
%include "guest64.inc"

SMBASE equ 0x30000
MAP equ SMBASE + 0x8000         ; the manual's offsets are from here
SEEN equ SCRATCH + 0x100        ; what the handler saw
COMMAND equ 0xb2

%macro smi 1                    ; command
    mov al, %1
    out COMMAND, al
%endmacro

; Real mode, CS base SMBASE, other bases 0. Command 1: note the state; 2: RAX and RIP of the map;
; 3: move to A0000h; 4: one more SMI while this one is served.
bits 16
handler:
    mov esp, 0x3000
    pushfd
    pop dword [dword SEEN + 0xc]
    inc dword [dword SEEN + 0x20]
    in al, COMMAND
    cmp al, 1
    je .note
    cmp al, 2
    je .change
    cmp al, 3
    je .move
    cmp al, 4
    je .again
    rsm
.note:
    mov eax, cr0
    mov [dword SEEN], eax
    mov eax, cr4
    mov [dword SEEN + 4], eax
    mov ecx, 0xc0000080
    rdmsr
    mov [dword SEEN + 8], eax
    mov ax, cs
    mov [dword SEEN + 0x10], ax
    mov ax, ds
    mov [dword SEEN + 0x12], ax
    mov eax, dr7
    mov [dword SEEN + 0x14], eax
    mov eax, [dword 0xb8000]
    mov [dword SEEN + 0x18], eax
    xor eax, eax                ; what RSM has to bring back
    mov ebx, eax
    mov esi, eax
    mov ebp, eax
    mov cr3, eax
    mov fs, ax
    rsm
.change:
    mov dword [dword MAP + 0x7f5c], 0x55667788
    mov dword [dword MAP + 0x7f5c + 4], 0x11223344
    mov dword [dword MAP + 0x7fd8], changed_rip
    rsm
.move:
    mov esi, SMBASE + 0x8000    ; into SMRAM, which only this mode sees
    mov edi, 0xa8000
    mov ecx, (handler_end - handler + 3) / 4
    cld
    a32 rep movsd
    mov dword [dword MAP + 0x7ef8], 0xa0000
    rsm
.again:
    mov al, 0
    out COMMAND, al             ; latched until RSM
    nop
    nop
    mov eax, [dword SEEN + 0x20]
    mov [dword SEEN + 0x24], eax
    rsm
handler_end:
bits 64

tests:
    try "#UD: RSM outside system-management mode"
    rsm
    fault 6, 0
    smi 1
    cmp qword [abs SEEN], 0
    sete al
    call verdict
    db "port B2h: no SMI while it is not enabled", 0
    mov dx, 0x630
    mov al, 0x21                ; SMI_EN: global, APM
    out dx, al
    mov rsi, handler
    mov edi, SMBASE + 0x8000
    mov ecx, handler_end - handler
    rep movsb
    mov dword [abs SEEN + 0x20], 0
    mov word [abs 0xb8000], 0x0741

    ; ---- "SMRAM State Save Map for Intel 64 Architecture" ----
    mov rbx, 0x1122334455667788
    mov rsi, 0x8877665544332211
    mov rbp, 0x5555666677778888
    mov r8, 0x0808080808080808
    mov r15, 0x0f0f0f0f0f0f0f0f
    mov [saved_rsp], rsp
    mov eax, 0x2f
    mov dr7, rax                ; L0-L3 of execution breakpoints at 0, where nothing is executed
    std
    stc
    smi 1
behind_smi:
    pushfq
    pop r14
    cld
    mov r13, rbx                ; verdict uses RBX, say uses RSI
    mov r12, rsi
    mov rcx, dr7
    push rcx
    xor ecx, ecx
    mov dr7, rcx
    expect r8, [abs MAP + 0x7f54], "map: R8"
    expect r15, [abs MAP + 0x7f1c], "map: R15"
    mov rax, 0x1122334455667788
    expect rax, [abs MAP + 0x7f74], "map: RBX"
    expect qword [abs MAP + 0x7fd8], behind_smi, "map: RIP is behind the OUT"
    mov rax, [saved_rsp]
    expect rax, [abs MAP + 0x7f7c], "map: RSP"
    mov rax, cr0
    expect rax, [abs MAP + 0x7ff8], "map: CR0"
    mov rax, cr3
    expect rax, [abs MAP + 0x7ff0], "map: CR3"
    mov rax, cr4
    expect rax, [abs MAP + 0x7e40], "map: CR4"
    mov ecx, 0xc0000080
    rdmsr
    expect eax, [abs MAP + 0x7fe0], "map: IA32_EFER"
    expect dword [abs MAP + 0x7fac], CODE0, "map: CS"
    expect dword [abs MAP + 0x7fc4], TSS, "map: TR"
    expect dword [abs MAP + 0x7e8c], gdt, "map: lower half of the GDT's base"
    expect dword [abs MAP + 0x7e94], IDT, "map: lower half of the IDT's base"
    expect dword [abs MAP + 0x7ef8], SMBASE, "map: SMBASE"
    expect dword [abs MAP + 0x7efc], 0x20100, "map: revision: Intel 64, SMBASE relocation"
    expect word [abs MAP + 0x7f02], 0, "map: not halted"
    and dword [abs MAP + 0x7fe8], 0x401
    expect dword [abs MAP + 0x7fe8], 0x401, "map: RFLAGS"
    pop rcx
    expect ecx, [abs MAP + 0x7fc8], "RSM: DR7"
    expect ecx, 0x42f, "RSM: DR7 is what it was"

    ; ---- "Initial SMM Execution Environment" ----
    test dword [abs SEEN], 0x8000000d
    setz al
    call verdict
    db "entry: PE, EM, TS and PG of CR0 are clear", 0
    test dword [abs SEEN], 0x10020
    setnz al
    call verdict
    db "entry: the rest of CR0 is kept", 0
    expect dword [abs SEEN + 4], 0, "entry: CR4"
    expect dword [abs SEEN + 8], 0, "entry: IA32_EFER"
    expect dword [abs SEEN + 0xc], 2, "entry: EFLAGS"
    expect word [abs SEEN + 0x10], SMBASE >> 4, "entry: CS"
    expect word [abs SEEN + 0x12], 0, "entry: DS"
    expect dword [abs SEEN + 0x14], 0x400, "entry: DR7"
    expect dword [abs SEEN + 0x20], 1, "one SMI"
    cmp word [abs SEEN + 0x18], 0x0741
    setne al
    call verdict
    db "SMRAM is there instead of the VGA", 0
    expect word [abs 0xb8000], 0x0741, "and the VGA again afterwards"

    ; ---- "Exiting From SMM" ----
    and r14d, 0x401
    expect r14d, 0x401, "RSM: RFLAGS"
    mov rax, 0x1122334455667788
    expect r13, rax, "RSM: RBX"
    mov rax, 0x8877665544332211
    expect r12, rax, "RSM: RSI"
    mov rax, 0x5555666677778888
    expect rbp, rax, "RSM: RBP"
    try "RSM: 64-bit mode, paging and the tables work on"
    mov rax, [abs PAGE]
    fault 14, 0
    smi 2
    ud2
changed_rip:
    mov [abs SCRATCH], rax
    mov rax, 0x1122334455667788
    cmp rax, [abs SCRATCH]
    sete al
    call verdict
    db "RSM: RAX and RIP as the handler changed them", 0

    ; ---- SMI while in the mode: "SMI Handler Execution Environment" ----
    mov dword [abs SEEN + 0x20], 0
    smi 4
    expect dword [abs SEEN + 0x24], 1, "an SMI waits while one is served"
    expect dword [abs SEEN + 0x20], 2, "and is taken after RSM"

    ; ---- "SMBASE Relocation" ----
    smi 3
    mov dword [abs SMBASE + 0x8000], 0xffffffff ; the old handler is gone
    mov dword [abs MAP + 0x7ef8], 0
    smi 1
    expect word [abs SEEN + 0x10], 0xa000, "relocation: CS of the next SMI"
    expect dword [abs MAP + 0x7ef8], 0, "relocation: the map is there, too"
    expect dword [abs 0xa8000], -1, "SMRAM is not seen outside of the mode"
    mov dword [abs 0xa8000], 0
    smi 1
    expect dword [abs SEEN + 0x20], 5, "nor written"
    try "nor executed"
    mov eax, 0xa8000
    call rax
    fault 6, 0
    ret

guest64_data
