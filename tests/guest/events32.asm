; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/events32.asm - single step, debug registers, interrupts of PIC, PIT and local APIC, NMI,
; the shadows of STI and MOV SS, SYSENTER. Source: SDM Vol. 3A, "Interrupt and Exception Handling",
; "Advanced Programmable Interrupt Controller"; Vol. 3B, "Debug".
%include "guest32.inc"

APIC equ 0xfee00000
TARGET equ 0x20100

; DR6 into EAX, and cleared
%macro take_dr6 0
    mov eax, dr6
    xor edx, edx
    mov dr6, edx
%endmacro

tests:
    ; ---- "Debug Exception Conditions" ----
    xor eax, eax
    mov dr6, eax
    try "#DB: single step"
    pushf
    or dword [esp], 0x100
    popf
    nop
step_behind:
    nop
    fault 1, 0
    expect dword [fault_eip], step_behind, "TF: the trap is behind the instruction after POPF"
    take_dr6
    and eax, 0xe00f
    expect eax, 0x4000, "TF: DR6.BS"
    try "#DB: MOV SS holds the single-step trap"
    mov ax, ss
    pushf
    or dword [esp], 0x100
    popf
    mov ss, ax
    nop
shadow_behind:
    nop
    fault 1, 0
    expect dword [fault_eip], shadow_behind, "TF: the trap is behind the shadowed instruction"
    take_dr6
    try "#DB: instruction breakpoint"
    mov eax, bp_here
    mov dr0, eax
    mov eax, 0x2
    mov dr7, eax
    xor ecx, ecx
bp_here:
    inc ecx
    inc ecx
    fault 1, 0
    expect ecx, 0, "DR0: the fault is before the instruction"
    take_dr6
    and eax, 0xe00f
    expect eax, 1, "DR0: DR6.B0"
    test byte [fault_eflags + 2], 1
    setz al
    call verdict
    db "DR0: RF is clear in the pushed EFLAGS: the handler sets it to go on", 0
    try "#DB: data write"
    mov eax, TARGET
    mov dr1, eax
    mov eax, 0x00d00008         ; DR1, global: 4 bytes, writes
    mov dr7, eax
    mov eax, [TARGET]           ; a read does not count
    mov byte [TARGET + 3], 0x5a
write_behind:
    nop
    fault 1, 0
    expect dword [fault_eip], write_behind, "DR1: the trap is behind the write"
    expect byte [TARGET + 3], 0x5a, "DR1: the write is done"
    take_dr6
    and eax, 0xe00f
    expect eax, 2, "DR1: DR6.B1"
    try "#DB: a read by a string instruction"
    mov eax, 0x00f00008         ; reads and writes
    mov dr7, eax
    mov esi, TARGET - 8
    mov ecx, 20
    rep lodsb
    nop
    fault 1, 0
    expect ecx, 11, "DR1: REP stops behind the iteration"
    xor eax, eax
    mov dr7, eax
    take_dr6
    try "#DB: INT1"
    db 0xf1
    fault 1, 0

    ; ---- 8259A and 8254: the firmware's tick goes to vector 20h ----
    mov al, 0x11
    out 0x20, al
    out 0xa0, al
    mov al, 0x20
    out 0x21, al
    mov al, 0x28
    out 0xa1, al
    mov al, 4
    out 0x21, al
    mov al, 2
    out 0xa1, al
    mov al, 1
    out 0x21, al
    out 0xa1, al
    mov al, 0xfe                ; only IRQ 0
    out 0x21, al
    mov al, 0xff
    out 0xa1, al
    mov al, 0x34                ; channel 0: mode 2, 1000 counts
    out 0x43, al
    mov al, 1000 & 255
    out 0x40, al
    mov al, 1000 >> 8
    out 0x40, al
    try "PIT: IRQ 0 ends HLT"
    sti
halted:
    hlt
after_hlt:
    nop
    fault 0x20, 0
    expect dword [fault_eip], after_hlt, "PIT: the return address is behind HLT"
    call wait_irr
    try "the 8259A gives nothing while IRQ 0 is in service"
    sti
    nop
    nop
    cli
    no_fault
    mov al, 0x20
    out 0x20, al
    try "end of interrupt lets the next one through"
    sti
    nop
    nop
    fault 0x20, 0
    mov al, 0x20
    out 0x20, al
    call wait_irr
    try "STI, CLI: nothing comes between"
    sti
    cli
    no_fault
    try "STI: one more instruction"
    xor ecx, ecx
    sti
    inc ecx
    inc ecx
    inc ecx
    fault 0x20, 0
    expect ecx, 1, "STI: exactly one"
    mov al, 0x20
    out 0x20, al
    call wait_irr
    try "MOV SS: one more instruction"
    xor ecx, ecx
    mov ax, ss
    sti
    mov ss, ax                  ; in the shadow of STI
    inc ecx                     ; in its own
    inc ecx
    fault 0x20, 0
    expect ecx, 1, "MOV SS: exactly one"
    mov al, 0xff
    out 0x21, al
    mov al, 0x20
    out 0x20, al

    ; ---- Local APIC ----
    mov dword [APIC + 0xf0], 0x1ff
    mov dword [APIC + 0x3e0], 0xb ; divide by 1
    mov dword [APIC + 0x320], 0x2a ; one shot
    mov dword [APIC + 0x380], 1000
    try "APIC timer: one shot"
    sti
.spin:
    hlt
    jmp .spin
    fault 0x2a, 0
    expect dword [APIC + 0x390], 0, "APIC timer: the count is 0"
    expect dword [APIC + 0x110], 1 << 10, "APIC: vector 2Ah is in service"
    mov dword [APIC + 0xb0], 0
    expect dword [APIC + 0x110], 0, "APIC: and is not after EOI"
    try "APIC: an interrupt to itself"
    sti
    mov dword [APIC + 0x300], 0x4402b ; self, fixed, vector 2Bh
    nop
    nop
    fault 0x2b, 0
    mov dword [APIC + 0xb0], 0
    mov dword [APIC + 0x80], 0x30 ; task priority above 2xh
    try "APIC: the task priority holds it"
    sti
    mov dword [APIC + 0x300], 0x4402b
    nop
    nop
    cli
    no_fault
    try "APIC: until it is lowered"
    sti
    mov dword [APIC + 0x80], 0
    nop
    nop
    fault 0x2b, 0
    mov dword [APIC + 0xb0], 0
    try "NMI, with interrupts off"
    mov eax, [APIC + 0x20]
    and eax, 0xff000000
    mov [APIC + 0x310], eax
    mov dword [APIC + 0x300], 0x4400
    nop
    nop
    fault 2, 0
    try "NMI is blocked until IRET"
    mov dword [APIC + 0x300], 0x4400
    nop
    nop
    no_fault
    try "and comes then"
    pushf
    push dword CODE0
    push dword nmi_there
    iret
nmi_there:
    nop
    nop
    fault 2, 0
    pushf                       ; unblock for good
    push dword CODE0
    push dword .unblocked
    iret
.unblocked:

    ; ---- "SYSENTER" ----
    mov ecx, 0x174
    mov eax, CODE0
    xor edx, edx
    wrmsr
    inc ecx
    mov eax, 0x4f00
    wrmsr
    inc ecx
    mov eax, entry
    wrmsr
    try "SYSENTER and SYSEXIT"
    level3 0x202
    mov ecx, esp
    mov edx, sys_back
    sysenter
    ud2
entry:
    mov [TARGET], esp
    pushf
    pop dword [TARGET + 4]
    sysexit
sys_back:
    mov ax, cs
    mov [TARGET + 8], ax
    int3
    fault 3, 0
    expect dword [TARGET], 0x4f00, "SYSENTER: ESP"
    and dword [TARGET + 4], 0x200
    expect dword [TARGET + 4], 0, "SYSENTER: IF is clear"
    expect word [TARGET + 8], CODE3, "SYSEXIT: CS is the third descriptor, RPL 3"
    mov ecx, 0x174
    xor eax, eax
    xor edx, edx
    wrmsr
    try "SYSENTER with a null CS"
    sysenter
    fault 13, 0
    ret

; Until IRQ 0 is requested (read through OCW3).
wait_irr:
    mov al, 0x0a
    out 0x20, al
    in al, 0x20
    test al, 1
    jz wait_irr
    ret
