; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/exceptions32.asm - exceptions of 32-bit protected mode with their error codes, levels,
; gates, tasks and virtual-8086 mode. Source: SDM Vol. 3A, "Interrupt and Exception Handling",
; "Protection", "Task Management"; Vol. 3B, "8086 Emulation".
%include "guest32.inc"

tests:
    ; ---- SDM Vol. 3A, "Exception and Interrupt Reference" ----
    try "#DE: division by zero"
    xor ecx, ecx
    div ecx
    fault 0, 0
    try "#DE: the quotient does not fit"
    mov edx, 1
    xor eax, eax
    mov ecx, 1
    div ecx
    fault 0, 0
    try "#BP: INT3"
    int3
bp_behind:
    fault 3, 0
    expect dword [fault_eip], bp_behind, "#BP: the return address is behind INT3"
    try "#OF: INTO with OF"
    mov al, 0x7f
    inc al
    into
    fault 4, 0
    try "INTO without OF"
    xor eax, eax
    into
    no_fault
    try "#BR: BOUND"
    mov dword [SCRATCH], 5
    mov dword [SCRATCH + 4], 9
    mov eax, 10
    bound eax, [SCRATCH]
    fault 5, 0
    try "BOUND at the upper limit"
    mov eax, 9
    bound eax, [SCRATCH]
    no_fault
    try "#UD: UD2"
ud_at:
    ud2
    fault 6, 0
    expect dword [fault_eip], ud_at, "#UD: the return address is of UD2"
    test byte [fault_eflags + 2], 1
    setnz al
    call verdict
    db "#UD: a fault pushes RF set", 0
    try "#UD: LOCK on a register"
    db 0xf0, 0x01, 0xc0
    fault 6, 0
    try "#GP(0): an instruction of 16 bytes"
    times 15 db 0x66
    nop
    fault 13, 0
    try "#NM: x87 with CR0.TS"
    mov eax, cr0
    or al, 8
    mov cr0, eax
    fnop
    fault 7, 0
    clts
    try "#MF: an unmasked x87 exception with CR0.NE"
    mov eax, cr0
    or al, 0x22
    mov cr0, eax
    fninit
    push dword 0x37b            ; zero divide unmasked
    fldcw [esp]
    fld1
    fldz
    fdivp
    fwait
    fault 16, 0
    fninit

    ; ---- Segments: SDM Vol. 3A, "Protection" ----
    try "#GP(selector): beyond the GDT limit"
    mov ax, 0x1f8
    mov ds, ax
    fault 13, 0x1f8
    try "#GP(selector): LDT selector without an LDT"
    mov ax, 0x0c
    mov es, ax
    fault 13, 0x0c
    try "#NP(selector): data segment not present"
    mov ax, ABSENT
    mov ds, ax
    fault 11, ABSENT
    try "#SS(selector): stack segment not present"
    mov ax, ABSENT
    mov ss, ax
    fault 12, ABSENT
    try "#GP(0): null selector into SS"
    xor eax, eax
    mov ss, ax
    fault 13, 0
    try "#GP(selector): read-only segment into SS"
    mov ax, READ_ONLY
    mov ss, ax
    fault 13, READ_ONLY
    try "#GP(selector): RPL 3 into SS at level 0"
    mov ax, DATA0 | 3
    mov ss, ax
    fault 13, DATA0
    try "#GP(0): a write to a read-only segment"
    mov ax, READ_ONLY
    mov es, ax
    mov [es:SCRATCH], eax
    fault 13, 0
    try "#GP(0): a write to the code segment"
    mov [cs:SCRATCH], eax
    fault 13, 0
    try "#GP(0): use of a null segment"
    xor eax, eax
    mov es, ax
    mov eax, [es:SCRATCH]
    fault 13, 0
    try "#SS(0): beyond the stack limit"
    mov ax, SMALL_STACK
    mov ss, ax
    mov esp, 0xffd              ; delivery has room below
    pop eax
    fault 12, 0
    try "#SS(0): an EBP operand beyond the stack limit"
    mov ax, SMALL_STACK
    mov ss, ax
    mov esp, 0xf00
    mov ebp, 0xffd
    mov eax, [ebp]
    fault 12, 0
    try "a doubleword that ends at the stack limit"
    mov ax, SMALL_STACK
    mov ss, ax
    mov ebp, 0xffc
    mov eax, [ebp]
    mov ax, DATA0
    mov ss, ax
    mov esp, [saved_esp]
    no_fault
    try "#GP(selector): far jump to data"
    jmp DATA0:0
    fault 13, DATA0
    try "#NP(selector): far jump to absent code"
    jmp CODE_ABSENT:0
    fault 11, CODE_ABSENT
    try "#GP(0): far jump to the null selector"
    jmp 0:0
    fault 13, 0
    try "#GP(vector * 8 + 2): INT beyond the IDT limit"
    int 0x40
    fault 13, 0x40 * 8 + 2
    try "#NP(vector * 8 + 2): gate not present"
    mov byte [IDT + 0x28 * 8 + 5], 0x0e
    int 0x28
    fault 11, 0x28 * 8 + 2
    try "#GP(vector * 8 + 2): not a gate"
    mov byte [IDT + 0x28 * 8 + 5], 0x80
    int 0x28
    fault 13, 0x28 * 8 + 2
    try "#DF(0): #NP while delivering #GP"
    mov byte [IDT + 13 * 8 + 5], 0x0e
    mov ax, 0x1f8
    mov ds, ax
    fault 8, 0
    mov byte [IDT + 13 * 8 + 5], 0x8e
    try "#GP(0): reserved bits of CR4"
    mov eax, 0x80000000
    mov cr4, eax
    fault 13, 0
    try "#GP(0): CR0.PG without PE"
    mov eax, 0x80000000
    mov cr0, eax
    fault 13, 0
    try "#GP(0): an MSR that does not exist"
    mov ecx, 0x12345678
    rdmsr
    fault 13, 0

    ; ---- Level 3: SDM Vol. 3A, "Privilege Levels", "Privileged Instructions" ----
%macro refused3 2+
    try %1
    level3
    %2
    fault 13, 0
%endmacro
    refused3 "level 3: CLI", cli
    refused3 "level 3: STI", sti
    refused3 "level 3: HLT", hlt
    refused3 "level 3: IN", in al, 0x60
    refused3 "level 3: OUTSB", outsb
    refused3 "level 3: MOV CR0", mov eax, cr0
    refused3 "level 3: MOV DR7", mov eax, dr7
    refused3 "level 3: LGDT", lgdt [gdt_register]
    refused3 "level 3: LTR", ltr ax
    refused3 "level 3: RDMSR", rdmsr
    refused3 "level 3: INVLPG", invlpg [0]
    refused3 "level 3: WBINVD", wbinvd
    expect dword [fault_cs], CODE3, "level 3: the handler sees CS of level 3"
    expect dword [fault_esp], STACK_LEVEL0 - 8, "level 3: the frame stands on the inner stack"
    try "level 3: DPL 0 data"
    level3
    mov ax, DATA0
    mov ds, ax
    fault 13, DATA0
    try "level 3: INT through a gate of DPL 0"
    level3
    int 0x20
    fault 13, 0x20 * 8 + 2
    try "level 3: INT3 through a gate of DPL 3"
    level3
    int3
    fault 3, 0
    try "level 3: call gate of DPL 0"
    level3
    call GATE0:0
    fault 13, GATE0
    try "level 3: far call to level 0 code"
    level3
    call CODE0:gate_target
    fault 13, CODE0
    try "level 3: call gate copies two parameters and switches stacks"
    level3
    push dword 0x11112222
    push dword 0x33334444
    call GATE3:0xdeadbeef       ; the offset is ignored
    cmp esp, STACK3             ; RETF 8 released the parameters on both stacks
    jne .wrong
    cmp dword [gate_saw], 0x33334444
    jne .wrong
    cmp dword [gate_saw + 4], 0x11112222
    jne .wrong
    int3
.wrong:
    ud2
    fault 3, 0
    expect dword [gate_saw + 8], CODE0, "call gate: CPL is 0 in the target"
    try "level 3: IN with IOPL 3"
    level3 0x3002
    in al, 0x80
    int3
    fault 3, 0
    try "#AC(0): a misaligned access at level 3"
    mov eax, cr0
    or eax, 0x40000
    mov cr0, eax
    level3 0x40002
    mov eax, [SCRATCH + 1]
    fault 17, 0
    try "no #AC at level 0"
    pushf
    or dword [esp], 0x40000
    popf
    mov eax, [SCRATCH + 1]
    pushf
    and dword [esp], ~0x40000
    popf
    no_fault

    ; ---- Tasks: SDM Vol. 3A, "Task Management" ----
    try "#TS(selector): the limit of the new TSS is too small"
    jmp TSS_SHORT:0
    fault 10, TSS_SHORT
    try "#GP(selector): the new TSS is busy"
    jmp TSS_A:0
    fault 13, TSS_A
    try "CALL to a TSS"
    mov dword [tss_b + 0x1c], 0
    mov dword [tss_b + 0x20], task_b
    mov dword [tss_b + 0x24], 2
    mov dword [tss_b + 0x28], 0xaaaa
    mov dword [tss_b + 0x38], 0x4000
    mov dword [tss_b + 0x48], DATA0
    mov dword [tss_b + 0x4c], CODE0
    mov dword [tss_b + 0x50], DATA0
    mov dword [tss_b + 0x54], DATA0
    mov ecx, 0x1234
    call TSS_B:0
    cmp ecx, 0x1234
    je .back
    ud2
.back:
    no_fault
    expect dword [SCRATCH + 0x10], 0xaaaa, "task: registers come from the new TSS"
    expect dword [SCRATCH + 0x14], TSS_A, "task: back link"
    expect dword [SCRATCH + 0x18], 0x4000, "task: NT is set"
    expect byte [gdt + TSS_B + 5], 0x89, "task: IRET leaves it available"
    expect byte [gdt + TSS_A + 5], 0x8b, "task: the outer one stays busy"
    mov eax, cr0
    test al, 8
    setnz al
    call verdict
    db "task: CR0.TS is set by a switch", 0
    clts

    ; ---- Virtual-8086 mode: SDM Vol. 3B, "8086 Emulation" ----
%macro v86 2                    ; name, EFLAGS
    try %1
    push dword 0
    push dword 0
    push dword 0
    push dword 0x2000           ; ES
    push dword 0
    push dword 0x8000
    push dword %2
    push dword 0
    push dword %%there
    iret
bits 16
%%there:
%endmacro
    v86 "virtual 8086: STI with IOPL 0", 0x20002
    sti
    nop
bits 32
    fault 13, 0
    v86 "virtual 8086: INT n with IOPL 0", 0x20002
    int 0x21
    nop
bits 32
    fault 13, 0
    v86 "virtual 8086: segments are selector * 16", 0x20002
    mov dword [es:4], 0xcafe1234
    int3
    nop
bits 32
    fault 3, 0                  ; INT3 asks the gate only
    v86 "virtual 8086: UD2", 0x20002
    ud2
    nop
bits 32
    fault 6, 0
    expect dword [SCRATCH + 4], 0xcafe1234, "virtual 8086: the write went to 20004h"
    test byte [fault_eflags + 2], 2
    setnz al
    call verdict
    db "virtual 8086: VM is in the pushed EFLAGS", 0
    v86 "virtual 8086: protected-mode instructions", 0x20002
    lldt ax
    nop
bits 32
    fault 6, 0
    v86 "virtual 8086: MOV CR0", 0x20002
    mov eax, cr0
    nop
bits 32
    fault 13, 0
    ret

task_b:
    mov [SCRATCH + 0x10], eax
    movzx eax, word [tss_b]
    mov [SCRATCH + 0x14], eax
    pushf
    pop eax
    and eax, 0x4000
    mov [SCRATCH + 0x18], eax
    iret
    jmp task_b
