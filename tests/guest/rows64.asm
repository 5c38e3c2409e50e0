; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/rows64.asm - instructions and registers that only level 0 has, and what has no judge at
; level 3: caches, LMSW, MONITOR and MWAIT, ports, RDTSCP, RDPID, XSAVES with REX.W, direct stores,
; reserved bits of CR0, CR3, IA32_EFER, MTRRs and PAT. Each group names its section.
%include "guest64.inc"
IMAGE equ 0x30000
EFER equ 0xc0000080
TSC_AUX equ 0xc0000103

%macro level3_gp 2+             ; NAME, INSTRUCTION
    try {"#GP(0): ", %1, " at level 3"}
    level3
    %2
    fault 13, 0
%endmacro
%macro wrmsr_gp 4               ; NAME, REGISTER, LOW, HIGH
    try {"#GP(0): ", %1}
    mov ecx, %2
    mov eax, %3
    mov edx, %4
    wrmsr
    fault 13, 0
%endmacro
%macro wrmsr_good 4
    try {%1}
    mov ecx, %2
    mov eax, %3
    mov edx, %4
    wrmsr
    no_fault
    mov ecx, %2
    rdmsr
    expect eax, %3, {%1, ": it reads back"}
%endmacro

tests:
    set_page FRAME | 7, 0

    ; ---- SDM Vol. 2A, "INVD - Invalidate Internal Caches"; Vol. 2D, "WBINVD", "WBNOINVD" ----
    mov dword [abs SCRATCH], 0x12345678
    try "INVD, WBINVD, WBNOINVD at level 0"
    invd
    wbinvd
    db 0xf3, 0x0f, 0x09         ; wbnoinvd
    no_fault
    expect dword [abs SCRATCH], 0x12345678, "caches are not modelled: memory has what was written"
    level3_gp "INVD", invd
    level3_gp "WBNOINVD", db 0xf3, 0x0f, 0x09
    try "#UD: LOCK WBNOINVD"
    db 0xf0, 0xf3, 0x0f, 0x09
    fault 6, 0

    ; ---- SDM Vol. 2A, "LMSW - Load Machine Status Word" ----
    mov eax, 0xfff8             ; TS; what is above bit 3 is ignored, PE is not cleared
    lmsw ax
    mov rax, cr0
    mov ecx, 0x80010029         ; PG, WP, NE, TS, PE: as before, and TS
    and eax, 0x8001002f
    expect eax, ecx, "LMSW: TS is set, PE stays, the others are not its"
    xor eax, eax
    mov [abs SCRATCH], eax
    lmsw [abs SCRATCH]
    mov rax, cr0
    and eax, 0xf
    expect eax, 1, "LMSW: TS is cleared, PE is not"
    level3_gp "LMSW", lmsw ax

    ; ---- SDM Vol. 2B, "MONITOR - Set Up Monitor Address", "MWAIT - Monitor Wait" ----
    try "#GP(0): MONITOR with ECX"
    mov eax, SCRATCH
    mov ecx, 1
    xor edx, edx
    monitor
    fault 13, 0
    try "#GP(0): MONITOR of a non-canonical address"
    mov rax, 0x800000000000
    xor ecx, ecx
    monitor
    fault 13, 0
    try "#PF(0): MONITOR of a page that is not there"
    mov eax, 0x500000
    xor ecx, ecx
    monitor
    fault 14, 0
    try "#GP(0): MWAIT with a reserved bit of ECX"
    xor eax, eax
    mov ecx, 2
    mwait
    fault 13, 0
    try "#UD: MONITOR at level 3"
    level3
    xor ecx, ecx
    monitor
    fault 6, 0
    try "#UD: MWAIT at level 3"
    level3
    xor ecx, ecx
    mwait
    fault 6, 0
    set_page 0xfee00013, 0      ; the local APIC
    mov dword [abs PAGE + 0xf0], 0x1ff
    try "an interrupt ends MWAIT"
    mov eax, SCRATCH
    xor ecx, ecx
    xor edx, edx
    monitor
    mov dword [abs PAGE + 0x300], 0x4402a ; to itself
    sti
    mwait
mwait_behind:
    nop
    cli
    fault 0x2a, 0
    expect qword [fault_rip], mwait_behind, "MWAIT: the return address is behind it"
    mov dword [abs PAGE + 0xb0], 0
    mov dword [abs PAGE + 0xf0], 0xff
    set_page FRAME | 7, 0

    ; ---- SDM Vol. 2A, "INS/INSB/INSW/INSD - Input from Port to String"; Vol. 2B, "OUT", "OUTS" ----
    mov edi, SCRATCH
    mov qword [rdi], 0
    mov edx, 0x21               ; the mask of the first 8259A: FFh since the start
    cld
    insb
    expect dword [abs SCRATCH], 0xff, "INSB: a byte of the port"
    expect rdi, SCRATCH + 1, "INSB: RDI"
    mov edx, 0x80
    mov edi, SCRATCH
    insd
    expect rdi, SCRATCH + 4, "INSD: RDI"
    mov ecx, 3
    std
    rep insw
    cld
    expect rdi, SCRATCH - 2, "REP INSW with DF: RDI"
    expect rcx, 0, "REP INSW: RCX"
    mov esi, SCRATCH
    mov ecx, 2
    rep outsd
    expect rsi, SCRATCH + 8, "REP OUTSD: RSI"
    mov eax, 0x5a
    out 0x80, eax
    try "#PF(2): INSB to a page that is not there"
    mov edi, 0x500000
    insb
    fault 14, 2
    try "#PF(0): OUTSW from one"
    mov esi, 0x500000
    outsw
    fault 14, 0
    level3_gp "INSD, IOPL 0", insd
    level3_gp "OUTSW, IOPL 0", outsw
    level3_gp "OUT with an immediate, IOPL 0", out 0x80, eax
    try "IOPL 3: level 3 has the ports"
    level3 0x3002
    mov edi, SCRATCH
    mov esi, edi
    mov edx, 0x80
    insd
    outsw
    out 0x80, al
    int3
    fault 3, 0

    ; ---- SDM Vol. 2B, "RDTSCP", "RDPID"; Vol. 3A, "Control Registers": CR4.TSD ----
    mov ecx, TSC_AUX
    mov eax, 0x1234567
    xor edx, edx
    wrmsr
    xor ecx, ecx
    rdtscp
    mov r12d, eax
    expect ecx, 0x1234567, "RDTSCP: ECX is IA32_TSC_AUX"
    rdtsc
    sub eax, r12d
    dec eax
    cmp eax, 1000
    setb al
    call verdict
    db "RDTSCP: EDX:EAX is the time-stamp counter", 0
    mov rax, -1
    db 0xf3, 0x0f, 0xc7, 0xf8   ; rdpid rax
    expect rax, 0x1234567, "RDPID: the same, extended with zeros"
    mov rax, cr4
    or al, 4                    ; TSD
    mov cr4, rax
    level3_gp "RDTSCP with CR4.TSD", rdtscp
    try "RDTSCP with CR4.TSD at level 0, RDPID at level 3"
    rdtscp
    level3
    db 0xf3, 0x0f, 0xc7, 0xf8
    int3
    fault 3, 0
    mov rax, cr4
    and al, ~4
    mov cr4, rax
    wrmsr_gp "IA32_TSC_AUX, bit 32", TSC_AUX, 0, 1

    ; ---- SDM Vol. 2D, "XSAVES", "XRSTORS": with REX.W ----
    mov rax, cr4
    bts rax, 18                 ; OSXSAVE
    mov cr4, rax
    xor ecx, ecx
    xor edx, edx
    mov eax, 3
    xsetbv
    mov edi, IMAGE
    xor eax, eax
    mov ecx, 1024 / 8
    rep stosq
    mov rax, 0x1122334455667788
    movq xmm5, rax
    fld1
    fld1
    fstp qword [abs SCRATCH]    ; the last one with pointers
    lea rbx, [rel $ - 7 + 0]
    mov eax, 3
    xor edx, edx
    xsaves64 [abs IMAGE]
    expect qword [abs IMAGE + 8], rbx, "XSAVES64: FIP has 64 bits"
    expect qword [abs IMAGE + 16], SCRATCH, "XSAVES64: FDP has 64 bits"
    mov rax, 0x1122334455667788
    expect [abs IMAGE + 160 + 5 * 16], rax, "XSAVES64: XMM5"
    pxor xmm5, xmm5
    fninit
    mov eax, 3
    xrstors64 [abs IMAGE]
    movq rcx, xmm5
    mov rax, 0x1122334455667788
    expect rcx, rax, "XRSTORS64: XMM5"
    fnstsw ax
    and eax, 0x3800
    expect eax, 0x3800, "XRSTORS64: the x87 stack"
    fninit

    ; ---- SDM Vol. 2A, "CLFLUSHOPT", "CLWB" ----
    try "CLFLUSHOPT, CLWB of what can be read"
    clflushopt [abs SCRATCH + 5]
    clwb [abs SCRATCH + 5]
    no_fault
    try "#PF(0): CLFLUSHOPT of a page that is not there"
    clflushopt [abs 0x500000]
    fault 14, 0
    try "#PF(0): CLWB of a page that is not there"
    clwb [abs 0x500000]
    fault 14, 0
    try "#GP(0): CLWB of a non-canonical address"
    mov rdi, 0x800000000000
    clwb [rdi]
    fault 13, 0
    try "#UD: LOCK CLWB"
    db 0xf0, 0x66, 0x0f, 0xae, 0x37
    fault 6, 0

    ; ---- SDM Vol. 2B, "MOVDIRI", "MOVDIR64B", "SERIALIZE" ----
    mov rax, 0x8877665544332211
    mov edi, SCRATCH
    movdiri [rdi + 1], rax
    expect [rdi + 1], rax, "MOVDIRI: 8 bytes, at any address"
    mov esi, SCRATCH + 0x101
    mov ecx, 64
.fill:
    mov [rsi + rcx - 1], cl
    loop .fill
    mov edi, SCRATCH + 0x200
    movdir64b rdi, [rsi]
    mov ecx, 64
    repe cmpsb
    expect ecx, 0, "MOVDIR64B: 64 bytes"
    try "#GP(0): MOVDIR64B, the destination is no multiple of 64"
    mov esi, SCRATCH
    mov edi, SCRATCH + 0x220
    movdir64b rdi, [rsi]
    fault 13, 0
    set_page FRAME | 5, 0
    try "#PF(3): MOVDIR64B to a page that cannot be written"
    mov edi, PAGE
    movdir64b rdi, [abs SCRATCH]
    fault 14, 3
    try "#PF(0): the source is asked for first"
    mov edi, PAGE
    movdir64b rdi, [abs 0x500000]
    fault 14, 0
    try "#PF(3): MOVDIRI likewise"
    mov edi, PAGE
    movdiri [rdi], eax
    fault 14, 3
    set_page FRAME | 7, 0
    mov r12, 0x5a5a5a5a5a
    mov r13, r12
    stc
    db 0x0f, 0x01, 0xe8         ; serialize
    setc dl
    movzx edx, dl
    expect edx, 1, "SERIALIZE changes no flag"
    expect r12, r13, "nor register"

    ; ---- SDM Vol. 3A, "Control Registers" ----
    try "#GP(0): CR0.NW without CR0.CD"
    mov rax, cr0
    bts rax, 29
    btr rax, 30
    mov cr0, rax
    fault 13, 0
    mov rax, cr0
    bts rax, 6
    mov cr0, rax
    mov rax, cr0
    and eax, 0x7f
    expect eax, 0x31, "CR0: a reserved bit is ignored, ET is 1"
    mov eax, 0x80000008
    cpuid
    movzx ecx, al               ; MAXPHYADDR
    try "#GP(0): CR3 beyond MAXPHYADDR"
    mov rax, cr3
    bts rax, rcx
    mov cr3, rax
    fault 13, 0
    try "#UD: MOV from CR1"
    mov rax, cr1
    fault 6, 0
    try "#UD: MOV to CR15"
    db 0x44, 0x0f, 0x22, 0xf8
    fault 6, 0

    ; ---- SDM Vol. 4, "IA32_EFER"; Vol. 3A, "Initializing IA-32e Mode" ----
    wrmsr_gp "IA32_EFER, bit 1", EFER, 0xd03, 0
    wrmsr_gp "IA32_EFER, bit 9", EFER, 0xf01, 0
    wrmsr_gp "IA32_EFER, bit 12", EFER, 0x1d01, 0
    wrmsr_gp "IA32_EFER, bit 63", EFER, 0xd01, 0x80000000
    wrmsr_gp "IA32_EFER.LME while paging is on", EFER, 0xc01, 0
    mov ecx, EFER
    mov eax, 0x901              ; without LMA
    xor edx, edx
    wrmsr
    rdmsr
    expect eax, 0xd01, "IA32_EFER.LMA is the processor's"
    level3_gp "WRMSR", wrmsr

    ; ---- SDM Vol. 3A, "Memory Type Range Registers (MTRRs)" ----
    mov eax, 0x80000008
    cpuid
    movzx ecx, al
    xor ebx, ebx
    sub ecx, 32
    bts ebx, ecx                ; the first bit beyond MAXPHYADDR, in the upper half
    wrmsr_gp "IA32_MTRR_PHYSBASE0 beyond MAXPHYADDR", 0x200, 6, ebx
    wrmsr_gp "IA32_MTRR_PHYSBASE0, type 2", 0x200, 2, 0
    wrmsr_gp "IA32_MTRR_PHYSBASE0, type 7: UC- is PAT's", 0x200, 7, 0
    wrmsr_gp "IA32_MTRR_PHYSMASK0, bit 10", 0x201, 0x400, 0
    wrmsr_gp "IA32_MTRR_PHYSMASK0, bit 0", 0x201, 0x801, 0
    wrmsr_gp "IA32_MTRR_PHYSMASK0 beyond MAXPHYADDR", 0x201, 0x800, ebx
    wrmsr_gp "IA32_MTRR_FIX64K_00000, a type of 3", 0x250, 0x06060306, 0x06060606
    wrmsr_gp "IA32_MTRR_FIX4K_F8000, a type of 8", 0x26f, 0x06060606, 0x08060606
    wrmsr_gp "IA32_MTRR_DEF_TYPE, bit 9", 0x2ff, 0x206, 0
    wrmsr_gp "IA32_MTRR_DEF_TYPE, bit 12", 0x2ff, 0x1006, 0
    wrmsr_gp "IA32_MTRRCAP is read-only", 0xfe, 0x508, 0
    wrmsr_good "IA32_MTRR_PHYSBASE7", 0x20e, 0x12345006, 0
    wrmsr_good "IA32_MTRR_PHYSMASK7", 0x20f, 0xfffff800, 0
    wrmsr_good "IA32_MTRR_FIX16K_A0000", 0x259, 0x00010405, 0x06050401
    wrmsr_good "IA32_MTRR_DEF_TYPE", 0x2ff, 0xc06, 0

    ; ---- SDM Vol. 3A, "Page Attribute Table (PAT)": "IA32_PAT MSR" ----
%assign field 0
%rep 4
    wrmsr_gp {"IA32_PAT: 3 in a field of the lower half"}, 0x277, 3 << field, 0
    wrmsr_gp {"IA32_PAT: 8 in a field of the upper half"}, 0x277, 0, 8 << field
%assign field field + 8
%endrep
    wrmsr_good "IA32_PAT: every type, UC- too", 0x277, 0x00070406, 0x05010706
    ret

guest64_data
