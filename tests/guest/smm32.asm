; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/smm32.asm - SMI by the local APIC's ICR and LVT; auto HALT restart; NMI in system-management
; mode; interrupts that the handler enables. Source: SDM Vol. 3C, "System Management Mode"; Vol. 3A,
; "Local APIC".
; models: pentium3 max
%include "guest32.inc"

APIC equ 0xfee00000
MAP equ 0x38000
COUNT equ SCRATCH + 0x100       ; SMIs
TASK equ SCRATCH + 0x104        ; what the handler is to do
SAW equ SCRATCH + 0x108

bits 16
handler:
    mov esp, 0x3000
    inc dword [dword COUNT]
    mov eax, [dword TASK]
    cmp eax, 1
    je .leave_halt
    cmp eax, 2
    je .nmi
    cmp eax, 3
    je .iret
    rsm
.leave_halt:
    movzx eax, word [dword MAP + 0x7f02]
    mov [dword SAW], eax
    cmp dword [dword COUNT], 2
    jb .stay
    mov word [dword MAP + 0x7f02], 0
.stay:
    mov al, 0x0c                ; poll: the request that came as SMI is taken
    out 0x20, al
    in al, 0x20
    mov al, 0x30                ; and comes once more
    out 0x43, al
    mov al, 100
    out 0x40, al
    mov al, 0
    out 0x40, al
    rsm
.nmi:
    mov dword [dword APIC + 0x300], 0x44400
    nop
    nop
    inc dword [dword SAW]       ; still here: it waits
    rsm
.iret:
    mov dword [dword 2 * 4], 0x30000000 + (.nmi_handler - handler + 0x8000) ; real mode's table
    mov dword [dword APIC + 0x300], 0x44400
    pushf
    push cs
    call .next
.next:
    pop ax
    add ax, .unblocked - .next
    push ax
    lidt [cs:.idt - handler + 0x8000]
    iret
.unblocked:
    nop
    mov eax, 0x10000
    add [dword SAW], eax
    rsm
.nmi_handler:
    inc dword [dword SAW]
    iret
.idt:
    dw 0x3ff
    dd 0
handler_end:
bits 32

tests:
    mov esi, handler
    mov edi, MAP
    mov ecx, handler_end - handler
    rep movsb
    mov dword [COUNT], 0
    mov dword [TASK], 0
    mov dword [APIC + 0xf0], 0x1ff

    mov ecx, 0x1234
    mov dword [APIC + 0x300], 0x44200 ; self, SMI
    expect dword [COUNT], 1, "ICR: SMI"
    expect ecx, 0x1234, "registers are as before"
    try "protected mode goes on"
    mov ax, 0x1f8
    mov ds, ax
    fault 13, 0x1f8
    try "SMI out of level 3"
    level3
    mov dword [APIC + 0x300], 0x44200
    mov ax, cs
    mov [SAW], ax
    int3
    fault 3, 0
    expect word [SAW], CODE3, "and back to it"
    expect dword [COUNT], 2, "level 3: one SMI"
    mov word [tss_a + 0x66], 0x48 ; an I/O bitmap in the TSS: port B2h is free in its zeros
    try "SMI out of virtual-8086 mode"
    push dword 0
    push dword 0
    push dword 0
    push dword 0x2000
    push dword 0
    push dword 0x8000
    push dword 0x23002
    push dword 0
    push dword .v86
    mov dx, 0x630
    mov al, 0x21
    out dx, al
    iret
bits 16
.v86:
    mov al, 0
    out 0xb2, al
    mov word [es:8], 0x77
    int3
bits 32
    fault 3, 0
    expect word [SCRATCH + 8], 0x77, "and back to it, with its segments"
    test byte [fault_eflags + 2], 2
    setnz al
    call verdict
    db "and EFLAGS.VM", 0
    expect dword [COUNT], 3, "virtual 8086: one SMI"

    ; ---- "Auto HALT Restart": the 8259A's request as SMI through LINT0 ----
    mov al, 0x11
    out 0x20, al
    mov al, 0x20
    out 0x21, al
    mov al, 4
    out 0x21, al
    mov al, 3                   ; automatic end of interrupt
    out 0x21, al
    mov al, 0xff
    out 0xa1, al
    mov dword [COUNT], 0
    mov dword [TASK], 1
    mov dword [APIC + 0x350], 0x200 ; LINT0: SMI
    mov al, 0x30                ; channel 0: once
    out 0x43, al
    mov al, 100
    out 0x40, al
    mov al, 0
    out 0x40, al
    mov al, 0xfe
    out 0x21, al
.wait:
    cmp dword [COUNT], 1
    jb .wait
    expect dword [SAW], 0, "LVT: SMI through LINT0; not halted"
.second:
    cmp dword [COUNT], 2
    jb .second
    mov dword [COUNT], 0
    hlt                         ; interrupts are off: only the SMI that clears the field ends it
    expect dword [COUNT], 2, "HLT: the first SMI returns to it, the second behind it"
    expect dword [SAW], 1, "HLT: the field says so"
    mov al, 0xff
    out 0x21, al
    mov dword [APIC + 0x350], 0x10700
    mov dword [TASK], 2

    ; ---- "NMI Handling While in SMM" ----
    mov dword [SAW], 0
    try "an NMI in the mode comes after RSM"
    mov dword [APIC + 0x300], 0x44200
    nop
    nop
    fault 2, 0
    expect dword [SAW], 1, "it waited for RSM"
    pushf
    push dword CODE0
    push dword .unblocked
    iret
.unblocked:
    mov dword [TASK], 3
    mov dword [SAW], 0
    mov dword [APIC + 0x300], 0x44200
    nop
    expect dword [SAW], 0x10001, "an IRET in the mode lets it come there"
    ret
