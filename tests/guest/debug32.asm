; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/debug32.asm - debug registers: RF, GD, lengths and alignment of data breakpoints, I/O
; breakpoints, the trap of a task switch, what MOV SS holds off. Source: SDM Vol. 3B, "Debug Registers",
; "Debug Exceptions", "RF (resume) flag" of Vol. 3A, "System Flags and Fields in the EFLAGS Register".
; models: pentium3 max
%include "guest32.inc"

TARGET equ 0x20100
B0 equ 1
B1 equ 2
DR6_BD equ 0x2000
DR6_BS equ 0x4000
DR6_BT equ 0x8000
DR7_GD equ 0x2000

; DR6 into EAX without the bits that read as 1, and cleared
%macro take_dr6 0
    mov eax, dr6
    xor edx, edx
    mov dr6, edx
    and eax, 0xe00f
%endmacro
; set_break REGISTER, ADDRESS; enable VALUE for DR7
%macro set_break 2
    mov eax, %2
    mov %1, eax
%endmacro
%macro enable 1
    mov eax, %1
    mov dr7, eax
%endmacro
; iret_to LABEL, EFLAGS
%macro iret_to 2
    push dword %2
    push dword CODE0
    push dword %1
    iret
%endmacro
%macro rf_pushed 2              ; 0 or 1, name
    mov eax, [fault_eflags]
    shr eax, 16
    and eax, 1
    cmp eax, %1
    sete al
    call verdict
    db %2, 0
%endmacro
; touches NAME, INSTRUCTION...: the data breakpoint of DR0 is hit; misses: it is not
%macro touches 2+
    try %1
    %2
    nop
    fault 1, 0
    take_dr6
    expect eax, B0, {%1, ": DR6.B0"}
%endmacro
%macro misses 2+
    try %1
    %2
    nop
    no_fault
    take_dr6
    expect eax, 0, {%1, ": DR6"}
%endmacro

tests:
    take_dr6
    ; ---- TF and REP ----
    try "TF: a trap behind each iteration"
    mov ecx, 3
    mov edi, TARGET
    pushf
    or dword [esp], 0x100
    popf
rep_here:
    rep stosb
    nop
    fault 1, 0
    expect ecx, 2, "TF: one iteration is done"
    expect dword [fault_eip], rep_here, "TF: the return address is REP's own"
    rf_pushed 1, "TF: RF is pushed set between iterations"
    take_dr6
    expect eax, DR6_BS, "TF: DR6.BS"
    try "TF: behind the last one"
    mov ecx, 1
    mov edi, TARGET
    pushf
    or dword [esp], 0x100
    popf
    rep stosb
rep_behind:
    nop
    fault 1, 0
    expect dword [fault_eip], rep_behind, "TF: the return address is behind REP"
    rf_pushed 0, "TF: RF is clear behind the last iteration"
    take_dr6

    ; ---- RF ----
    try "RF: the breakpoint of one instruction is passed, the next is not"
    set_break dr0, .first
    set_break dr1, .second
    enable 0x0a
    iret_to .first, 0x10002
.first:
    nop
.second:
    nop
    fault 1, 0
    take_dr6
    expect eax, B1, "RF: it was the second"
    rf_pushed 0, "an instruction breakpoint pushes RF clear"
    try "RF: a breakpoint at a REP hits before its first iteration"
    set_break dr0, .rep
    enable 2
    mov ecx, 5
    mov edi, TARGET
.rep:
    rep stosb
    nop
    fault 1, 0
    expect ecx, 5, "REP: nothing is done"
    take_dr6
    try "RF: and not before the others"
    set_break dr0, .rep2
    enable 2
    mov ecx, 5
    mov edi, TARGET
    iret_to .rep2, 0x10002
.rep2:
    rep stosb
    no_fault
    expect ecx, 0, "REP: all is done"
    try "RF: a fault pushes it set"
    enable 0
    ud2
    fault 6, 0
    rf_pushed 1, "RF: set by #UD"
    try "RF: INT n pushes it clear"
    iret_to .int, 0x10002
.int:
    int 0x28
    fault 0x28, 0
    rf_pushed 0, "RF: clear in the image of INT n"
    try "MOV SS: an instruction breakpoint just behind it is passed"
    set_break dr0, .shadow
    enable 2
    mov ax, ss
    mov ss, ax
.shadow:
    nop
    no_fault
    enable 0
    take_dr6
    expect eax, 0, "MOV SS: DR6"
    try "MOV SS: a data breakpoint of its own waits for one instruction"
    mov word [TARGET], DATA0
    set_break dr0, TARGET
    enable 0x00030002           ; 1 byte, reads and writes
    xor ecx, ecx
    mov ss, [TARGET]
    inc ecx
    inc ecx
    fault 1, 0
    expect ecx, 1, "MOV SS: exactly one"
    take_dr6
    expect eax, B0, "MOV SS: DR6.B0"

    ; ---- "Debug Registers": R/Wn and LENn ----
    set_break dr0, TARGET + 1
    enable 0x00010002           ; 1 byte, writes
    touches "1 byte: it", mov byte [TARGET + 1], 1
    misses "1 byte: the one before", mov byte [TARGET], 1
    misses "1 byte: the one behind", mov byte [TARGET + 2], 1
    misses "1 byte: a read", mov al, [TARGET + 1]
    touches "1 byte: a doubleword over it", mov dword [TARGET - 2], 1
    set_break dr0, TARGET + 3   ; bit 0 does not count: 2-3
    enable 0x00050002           ; 2 bytes
    touches "2 bytes: the address is aligned down", mov byte [TARGET + 2], 1
    misses "2 bytes: behind", mov byte [TARGET + 4], 1
    set_break dr0, TARGET + 6   ; 4-7
    enable 0x000f0002           ; 4 bytes, reads and writes
    touches "4 bytes: a read of the first", mov al, [TARGET + 4]
    touches "4 bytes: a word at the end", mov ax, [TARGET + 7]
    misses "4 bytes: a doubleword just before", mov eax, [TARGET]
    set_break dr0, TARGET + 5   ; 0-7
    enable 0x000b0002           ; 8 bytes
    touches "8 bytes: the first", mov al, [TARGET]
    touches "8 bytes: the last", mov al, [TARGET + 7]
    misses "8 bytes: the one behind", mov al, [TARGET + 8]
    enable 0x000b0000
    misses "not enabled", mov al, [TARGET]
    enable 0x000b0001
    touches "enabled locally", mov al, [TARGET]
    enable 0x000b0002
    try "an instruction that reads the place and then faults"
    xor eax, eax
    mov es, ax
    mov esi, TARGET
    movsb                       ; the null segment refuses the write
    fault 13, 0
    take_dr6
    expect eax, 0, "it is not through: no breakpoint"
    enable 0

    ; ---- "Debug Status Register": the bits stay until software clears them ----
    try "single step"
    pushf
    or dword [esp], 0x100
    popf
    nop
    fault 1, 0
    set_break dr1, TARGET
    enable 0x00300008
    try "then a data breakpoint"
    mov al, [TARGET]
    nop
    fault 1, 0
    enable 0
    take_dr6
    expect eax, DR6_BS | B1, "DR6: BS is still there"

    ; ---- I/O breakpoints, CR4.DE ----
    set_break dr0, 0x80
    enable 0x00020002           ; I/O, 1 byte
    misses "I/O breakpoint without CR4.DE", out 0x80, al
    mov eax, cr4
    or al, 8
    mov cr4, eax
    try "I/O breakpoint: OUT"
    out 0x80, al
out_behind:
    nop
    fault 1, 0
    expect dword [fault_eip], out_behind, "I/O breakpoint: the trap is behind"
    take_dr6
    expect eax, B0, "I/O breakpoint: DR6.B0"
    touches "I/O breakpoint: a word that begins before it", in ax, 0x7f
    misses "I/O breakpoint: the port behind", in al, 0x81
    misses "I/O breakpoint: memory of that address", mov al, [0x80]
    try "I/O breakpoint: REP OUTSB, behind the first"
    mov dx, 0x80
    mov ecx, 3
    mov esi, TARGET
    rep outsb
    fault 1, 0
    expect ecx, 2, "I/O breakpoint: one iteration"
    rf_pushed 1, "I/O breakpoint: RF is pushed set between iterations"
    take_dr6
    enable 0
    try "#UD: DR4 with CR4.DE"
    mov eax, dr4
    fault 6, 0
    try "#UD: DR5 with CR4.DE"
    mov dr5, eax
    fault 6, 0
    mov eax, cr4
    and al, ~8
    mov cr4, eax
    mov eax, dr5
    expect eax, 0x400, "DR5 is DR7 without it"

    ; ---- DR7.GD ----
    try "GD: #DB before a MOV of a debug register"
    enable DR7_GD
gd_here:
    mov eax, dr0
    nop
    fault 1, 0
    expect dword [fault_eip], gd_here, "GD: it is a fault"
    rf_pushed 1, "GD: RF is pushed set"
    mov eax, dr7
    expect eax, 0x400, "GD: cleared, so that the handler may"
    take_dr6
    expect eax, DR6_BD, "GD: DR6.BD"
    try "level 3: #GP(0), not #DB"
    enable DR7_GD
    level3
    mov eax, dr0
    fault 13, 0
    try "INT1 is a #DB"
    db 0xf1
int1_behind:
    fault 1, 0
    expect dword [fault_eip], int1_behind, "INT1: behind it"
    mov eax, dr7
    expect eax, 0x400, "INT1: GD is cleared"
    take_dr6
    expect eax, 0, "INT1: DR6 stays"

    ; ---- "Task-Switch Exception Condition" ----
    mov dword [tss_b + 0x20], task_b
    mov dword [tss_b + 0x24], 2
    mov dword [tss_b + 0x38], 0x4000
    mov dword [tss_b + 0x48], DATA0
    mov dword [tss_b + 0x4c], CODE0
    mov dword [tss_b + 0x50], DATA0
    mov dword [tss_b + 0x54], DATA0
    mov dword [tss_b + 0x64], 1 ; T
    set_break dr2, TARGET + 0x40
    enable 0x00000030           ; L2 and G2
    try "T: #DB before the new task's first instruction"
    call TSS_B:0
    fault 1, 0
    expect dword [fault_eip], task_b, "T: the return address is there"
    take_dr6
    expect eax, DR6_BT, "T: DR6.BT"
    mov eax, dr7
    expect eax, 0x420, "a task switch clears the local enable bits"
    ret

task_b:
    iret
    jmp task_b
