; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/faults32.asm - faults while events are delivered: which pairs become #DF, EXT and IDT bits of
; error codes, faults of a new task, VERR, VERW, ARPL, ENTER. Source: SDM Vol. 3A, "Interrupt 8 - Double
; Fault Exception (#DF)", "Error Code", "Interrupt 10 - Invalid TSS Exception (#TS)", "Task Switching".
%include "guest32.inc"

APIC equ 0xfee00000
DIRECTORY equ 0x100000
TABLE equ 0x101000
PAGE equ 0x400000
PRESENT equ 0x8e
NOT_PRESENT equ 0x0e

%macro gate 2                   ; vector, access byte
    mov byte [IDT + (%1) * 8 + 5], %2
%endmacro
; second NAME, VECTOR OF THE FIRST, EXPECTED VECTOR, ERROR, INSTRUCTIONS: the first one's gate is absent
%macro second 5-*
    gate %2, NOT_PRESENT
    try {%1}
    %assign first_vector %2
    %assign then_vector %3
    %assign then_error %4
    %rotate 4
    %rep %0 - 4
        %1
        %rotate 1
    %endrep
    fault then_vector, then_error
    gate first_vector, PRESENT
%endmacro

tests:
    ; ---- Contributory first: table "Conditions for Generating a Double Fault" ----
    second "#DE, then #NP: #DF", 0, 8, 0, {xor ecx, ecx}, {div ecx}
    second "#NP, then #NP: #DF", 11, 8, 0, {mov ax, ABSENT}, {mov ds, ax}
    second "#SS, then #NP: #DF", 12, 8, 0, {mov ax, ABSENT}, {mov ss, ax}
    second "#GP, then #NP: #DF", 13, 8, 0, {mov ax, 0x1f8}, {mov ds, ax}
    second "#TS, then #NP: #DF", 10, 8, 0, {jmp TSS_SHORT:0}
    ; ---- Benign first: the second is delivered, with EXT ----
    second "#UD, then #NP(UD, EXT)", 6, 11, 6 * 8 + 3, {ud2}
    second "#BR, then #NP(BR, EXT)", 5, 11, 5 * 8 + 3, {mov dword [SCRATCH], 1}, {mov dword [SCRATCH + 4], 2}, {xor eax, eax}, {bound eax, [SCRATCH]}
    second "#NM, then #NP(NM, EXT)", 7, 11, 7 * 8 + 3, {mov eax, cr0}, {or al, 8}, {mov cr0, eax}, {fnop}
    clts
    second "#DB, then #NP(DB, EXT)", 1, 11, 1 * 8 + 3, {pushf}, {or dword [esp], 0x100}, {popf}, {nop}
    xor eax, eax
    mov dr6, eax
    second "INT1, then #NP(DB, EXT)", 1, 11, 1 * 8 + 3, {db 0xf1}
    ; ---- INT instructions: EXT is clear ----
    second "INT3, then #NP(BP)", 3, 11, 3 * 8 + 2, {int3}
    gate 3, 0xee
    second "INTO, then #NP(OF)", 4, 11, 4 * 8 + 2, {mov al, 0x7f}, {inc al}, {into}
    gate 4, 0xee
    second "INT 28h, then #NP(28h)", 0x28, 11, 0x28 * 8 + 2, {int 0x28}
    ; ---- Events from outside: EXT is set ----
    mov dword [APIC + 0xf0], 0x1ff
    second "an interrupt, then #NP(28h, EXT)", 0x28, 11, 0x28 * 8 + 3, {sti}, {mov dword [APIC + 0x300], 0x44028}, {nop}, {nop}
    mov dword [APIC + 0xb0], 0
    second "NMI, then #NP(NMI, EXT)", 2, 11, 2 * 8 + 3, {mov dword [APIC + 0x300], 0x44400}, {nop}, {nop}
    push dword 2
    push dword CODE0
    push dword .unblocked
    iret                        ; NMI again
.unblocked:
    ; ---- Where the error code points: IDT, GDT, LDT ----
    mov word [IDT + 0x28 * 8 + 2], 0x1f8
    try "#GP(selector): the gate's code segment is beyond the GDT"
    int 0x28
    fault 13, 0x1f8
    mov word [IDT + 6 * 8 + 2], 0x1fc
    try "#GP(selector, TI, EXT): in the LDT, for an exception"
    ud2
    fault 13, 0x1fd
    mov word [IDT + 6 * 8 + 2], 0
    try "#GP(EXT): the gate's selector is null"
    ud2
    fault 13, 1
    mov word [IDT + 6 * 8 + 2], CODE_ABSENT
    try "#NP(selector, EXT): its code segment is not present"
    ud2
    fault 11, CODE_ABSENT + 1
    mov word [IDT + 6 * 8 + 2], CODE3 & ~3
    try "#GP(selector, EXT): code of an outer level"
    ud2
    fault 13, (CODE3 & ~3) + 1
    mov word [IDT + 6 * 8 + 2], DATA0
    try "#GP(selector, EXT): not code"
    ud2
    fault 13, DATA0 + 1
    mov word [IDT + 6 * 8 + 2], CODE0

    ; ---- Faults of the new task: its CS:EIP is pushed, on its own stack ----
    mov dword [tss_b + 0x20], task_b
    mov dword [tss_b + 0x24], 2
    mov dword [tss_b + 0x38], 0x4000
    mov dword [tss_b + 0x48], DATA0
    mov dword [tss_b + 0x4c], CODE0
    mov dword [tss_b + 0x50], DATA0
    mov dword [tss_b + 0x54], DATA0
%macro bad_task 5               ; name, offset in the TSS, value, vector, error
    push dword [tss_b + %2]
    mov dword [tss_b + %2], %3
    try %1
    jmp TSS_B:0
    fault %4, %5
    pop dword [tss_b + %2]
    call leave_task
%endmacro
    bad_task "new task: #TS(DS): beyond the GDT", 0x54, 0x1f8, 10, 0x1f8
    expect dword [fault_eip], task_b, "new task: EIP is its own"
    expect dword [seen_tr], TSS_B, "new task: TR is its own"
    bad_task "new task: #NP(ES): not present", 0x48, ABSENT, 11, ABSENT
    bad_task "new task: #TS(FS): a TSS", 0x58, TSS_SHORT, 10, TSS_SHORT
    bad_task "new task: #TS(GS): in an LDT that is not there", 0x5c, 0x0c, 10, 0x0c
    mov dword [tss_b + 0x20], 0x20000
    bad_task "new task: #GP(0): EIP beyond the limit of CS", 0x4c, CODE16, 13, 0
    expect dword [fault_eip], 0x20000, "new task: this EIP"

    ; ---- "VERR/VERW", "ARPL" ----
%macro zf 3                     ; 1 or 0, name, instruction with AX
    %3
    setz al
    cmp al, %1
    sete al
    call verdict
    db %2, 0
%endmacro
    mov eax, DATA0
    zf 1, "VERR: data", verr ax
    mov eax, READ_ONLY
    zf 1, "VERR: read-only data", verr ax
    mov eax, READ_ONLY
    zf 0, "VERW: read-only data", verw ax
    mov eax, CODE0
    zf 1, "VERR: readable code", verr ax
    mov eax, CODE0
    zf 0, "VERW: code", verw ax
    mov eax, DATA0 | 3
    zf 0, "VERR: RPL above DPL", verr ax
    mov eax, ABSENT
    zf 1, "VERW: whether it is present does not matter", verw ax
    mov eax, TSS_A
    zf 0, "VERR: a system segment", verr ax
    xor eax, eax
    zf 0, "VERR: the null selector", verr ax
    mov eax, 0x10
    mov ecx, 3
    zf 1, "ARPL raises RPL", {arpl ax, cx}
    mov eax, 0x13
    mov ecx, 1
    zf 0, "ARPL does not lower it", {arpl ax, cx}

    ; ---- "ENTER": levels 0-31, 16-bit operands ----
    mov edi, esp
    mov ebp, 0x25000
    mov ecx, 31
.fill:
    mov eax, ecx
    neg eax
    mov [ebp + eax * 4], ecx
    loop .fill
    enter 0x10, 31
    mov esi, ebp
    mov edx, esp
    mov esp, edi
    lea eax, [edi - 4]
    expect esi, eax, "ENTER 16, 31: EBP"
    lea eax, [edi - 4 - 31 * 4 - 0x10]
    expect edx, eax, "ENTER 16, 31: ESP"
    ret

task_b:
    int3
leave_task:                     ; from the broken task back to the first
    str ax
    movzx eax, ax
    mov [seen_tr], eax
    mov byte [gdt + TSS_A + 5], 0x89
    mov byte [gdt + TSS_B + 5], 0x89
    mov ax, TSS_A
    ltr ax
    clts
    ret
align 4, db 0
seen_tr: dd 0
