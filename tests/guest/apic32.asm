; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/apic32.asm - the local APIC as kernels see it: timer modes, masking, error status, x2APIC mode
; and its transitions. Source: SDM Vol. 3A, "Advanced Programmable Interrupt Controller (APIC)".
%include "guest32.inc"

APIC equ 0xfee00000
DEADLINE equ 0x6e0

%macro write_msr 2-3 0          ; number, low, high
    mov ecx, %1
    mov eax, %2
    mov edx, %3
    wrmsr
%endmacro
%macro refused_write 3-4 0      ; name, number, low, high
    try %1
    write_msr %2, %3, %4
    fault 13, 0
%endmacro
%macro refused_read 2
    try %1
    mov ecx, %2
    rdmsr
    fault 13, 0
%endmacro
%macro read_msr 1
    mov ecx, %1
    rdmsr
%endmacro

tests:
    mov al, 0xff
    out 0x21, al
    out 0xa1, al
    mov eax, 1
    cpuid
    bt ecx, 21
    setc al
    call verdict
    db "CPUID: x2APIC", 0
    mov dword [APIC + 0xf0], 0x1ff

    ; ---- "APIC Timer" ----
    mov dword [APIC + 0x3e0], 0xb
    mov dword [APIC + 0x320], 0x1002a ; one shot, masked
    mov dword [APIC + 0x380], 200
    try "timer: masked, it counts and nothing comes"
    sti
.spin:
    cmp dword [APIC + 0x390], 0
    jne .spin
    nop
    no_fault
    cli
    expect dword [APIC + 0x210], 0, "timer: nothing is requested either"
    mov dword [APIC + 0x320], 0x2002a ; periodic
    mov dword [APIC + 0x380], 500
    try "timer: periodic"
    sti
.wait1:
    hlt
    jmp .wait1
    fault 0x2a, 0
    mov dword [APIC + 0xb0], 0
    try "timer: and once more"
    sti
.wait2:
    hlt
    jmp .wait2
    fault 0x2a, 0
    mov dword [APIC + 0xb0], 0
    cmp dword [APIC + 0x390], 0
    setne al
    call verdict
    db "timer: the count begins again by itself", 0
    mov dword [APIC + 0x380], 0
    expect dword [APIC + 0x390], 0, "timer: an initial count of 0 stops it"

    ; ---- "TSC-Deadline Mode" ----
    write_msr DEADLINE, 0xffffffff, 0x7fffffff
    read_msr DEADLINE
    or eax, edx
    expect eax, 0, "deadline: a write in another mode is ignored"
    mov dword [APIC + 0x320], 0x4002b
    read_msr DEADLINE
    or eax, edx
    expect eax, 0, "deadline: the mode does not arm by itself"
    mov dword [APIC + 0x380], 100
    expect dword [APIC + 0x390], 0, "deadline: the initial count is ignored"
    rdtsc
    add eax, 2000
    adc edx, 0
    mov [SCRATCH], eax
    mov ecx, DEADLINE
    wrmsr
    read_msr DEADLINE
    expect eax, [SCRATCH], "deadline: it reads back while it is armed"
    try "deadline: the interrupt"
    sti
.wait3:
    hlt
    jmp .wait3
    fault 0x2b, 0
    rdtsc
    sub eax, [SCRATCH]
    cmp eax, 200
    setb al
    call verdict
    db "deadline: not before its time, and soon after", 0
    mov dword [APIC + 0xb0], 0
    read_msr DEADLINE
    or eax, edx
    expect eax, 0, "deadline: it reads 0 once it has fired"
    rdtsc
    mov ecx, DEADLINE
    mov eax, 1
    xor edx, edx
    try "deadline: one that has passed fires at once"
    sti
    wrmsr
    nop
    nop
    fault 0x2b, 0
    mov dword [APIC + 0xb0], 0
    write_msr DEADLINE, 0xffffffff, 0x7fffffff
    mov dword [APIC + 0x320], 0x2a
    mov dword [APIC + 0x320], 0x4002b
    read_msr DEADLINE
    or eax, edx
    expect eax, 0, "deadline: another mode disarms"
    mov dword [APIC + 0x320], 0x1002a

    ; ---- "Error Handling" ----
    mov dword [APIC + 0x300], 0x4000f ; self, vector 15
    mov dword [APIC + 0x280], 0
    expect dword [APIC + 0x280], 0x20, "ESR: send illegal vector"
    mov dword [APIC + 0x280], 0
    expect dword [APIC + 0x280], 0, "ESR: a write latches, and clears"

    ; ---- "Task and Processor Priorities" ----
    mov dword [APIC + 0x80], 0x57
    expect dword [APIC + 0xa0], 0x57, "PPR: the task priority"
    mov dword [APIC + 0x80], 0

    ; ---- "x2APIC State Transitions" ----
    refused_read "#GP(0): x2APIC registers in xAPIC mode", 0x803
    refused_write "#GP(0): EXTD without EN", 0x1b, 0xfee00500
    refused_write "#GP(0): a reserved bit of IA32_APIC_BASE", 0x1b, 0xfee00b00
    mov dword [APIC + 0x80], 0x20
    mov dword [APIC + 0xd0], 0x08000000
    write_msr 0x1b, 0xfee00d00
    read_msr 0x1b
    expect eax, 0xfee00d00, "x2APIC: on"
    expect dword [APIC + 0x30], -1, "x2APIC: the memory page is gone"
    read_msr 0x808
    expect eax, 0x20, "x2APIC: the task priority is kept"
    read_msr 0x80d
    expect eax, 1, "x2APIC: the logical ID follows from the ID"
    mov eax, 0xb
    mov ecx, 0
    cpuid
    expect ecx, 0x100, "CPUID leaf 0Bh: the first level is SMT"
    expect edx, 0, "CPUID leaf 0Bh: the x2APIC ID"
    refused_write "#GP(0): from x2APIC back to xAPIC", 0x1b, 0xfee00900

    ; ---- "x2APIC Register Address Space" ----
    refused_read "#GP(0): EOI is write-only", 0x80b
    refused_read "#GP(0): SELF IPI is write-only", 0x83f
    refused_read "#GP(0): DFR does not exist", 0x80e
    refused_read "#GP(0): ICR high does not exist", 0x831
    refused_read "#GP(0): a register that does not exist", 0x840
    refused_write "#GP(0): EOI of anything but 0", 0x80b, 1
    refused_write "#GP(0): ESR of anything but 0", 0x828, 1
    refused_write "#GP(0): the ID cannot be written", 0x802, 0
    refused_write "#GP(0): LDR cannot be written", 0x80d, 1
    refused_write "#GP(0): PPR cannot be written", 0x80a, 0
    refused_write "#GP(0): ISR cannot be written", 0x810, 0
    refused_write "#GP(0): the current count cannot be written", 0x839, 0
    refused_write "#GP(0): TPR, bit 8", 0x808, 0x100
    refused_write "#GP(0): TPR, bit 32", 0x808, 0, 1
    refused_write "#GP(0): SIVR, bit 9", 0x80f, 0x2ff
    refused_write "#GP(0): ICR, bit 12", 0x830, 0x1000
    refused_write "#GP(0): ICR, bit 20", 0x830, 0x100000
    refused_write "#GP(0): LVT timer, bit 19", 0x832, 0x80000
    refused_write "#GP(0): LVT LINT0, bit 17", 0x835, 0x20000
    refused_write "#GP(0): initial count, bit 32", 0x838, 0, 1
    refused_write "#GP(0): divide configuration, bit 2", 0x83e, 4
    refused_write "#GP(0): SELF IPI, bit 8", 0x83f, 0x100
    write_msr 0x808, 0
    try "x2APIC: SELF IPI"
    sti
    write_msr 0x83f, 0x2c
    nop
    nop
    fault 0x2c, 0
    read_msr 0x811
    expect eax, 1 << 12, "x2APIC: it is in service"
    write_msr 0x80b, 0
    read_msr 0x811
    expect eax, 0, "x2APIC: and is not after EOI"
    try "x2APIC: ICR, 64 bits in one write"
    sti
    write_msr 0x830, 0x2d, 0
    nop
    nop
    fault 0x2d, 0
    write_msr 0x80b, 0
    try "x2APIC: a logical destination"
    sti
    write_msr 0x830, 0x82d, 1
    nop
    nop
    fault 0x2d, 0
    write_msr 0x80b, 0
    try "x2APIC: another processor's"
    sti
    write_msr 0x830, 0x2d, 7
    nop
    nop
    cli
    no_fault
    try "x2APIC: NMI by ICR"
    write_msr 0x830, 0x400, 0
    nop
    fault 2, 0
    pushf
    push dword CODE0
    push dword .unblocked
    iret
.unblocked:
    write_msr 0x1b, 0xfee00100
    mov eax, 1
    cpuid
    bt edx, 9
    setnc al
    call verdict
    db "disabled: CPUID says that there is no APIC", 0
    refused_write "#GP(0): from disabled to x2APIC", 0x1b, 0xfee00d00
    write_msr 0x1b, 0xfee00900
    expect dword [APIC + 0xf0], 0xff, "enabled again: the registers are as after power-up"
    expect dword [APIC + 0x80], 0, "enabled again: the task priority too"
    ret
