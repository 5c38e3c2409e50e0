; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/state64.asm - at CPL 0: XSAVE and extended control registers, protection keys, PCIDs,
; UMIP, what CR3, CR4 and MSRs refuse. Each group names its section.
%include "guest64.inc"
%define CR4_UMIP 11
%define CR4_LA57 12
%define CR4_PCIDE 17
%define CR4_OSXSAVE 18
%define CR4_PKE 22
PML4_B equ 0x108000             ; another context: PAGE is FRAME_B
FRAME_B equ 0x201000
AREA equ 0x30000
KEY5 equ 5 << 27                ; bits 62-59, in the upper half of an entry

%macro cr4_set 1
    mov rax, cr4
    bts rax, %1
    mov cr4, rax
%endmacro
%macro cr4_clear 1
    mov rax, cr4
    btr rax, %1
    mov cr4, rax
%endmacro
%macro pkru 1
    mov eax, %1
    xor ecx, ecx
    xor edx, edx
    wrpkru
%endmacro

tests:
    ; SDM Vol. 1, "Enabling the XSAVE Feature Set and XSAVE-Enabled Features".
    xor ecx, ecx
    try "#UD: XGETBV without CR4.OSXSAVE"
    xgetbv
    fault 6, 0
    try "#UD: XSAVE without CR4.OSXSAVE"
    xsave [abs AREA]
    fault 6, 0
    cr4_set CR4_OSXSAVE
    mov eax, 1
    cpuid
    and ecx, 1 << 27
    expect ecx, 1 << 27, "CPUID.1:ECX.OSXSAVE follows CR4"
    ; SDM Vol. 2D, "XSETBV - Set Extended Control Register".
    xor edx, edx
    try "#GP(0): XCR0 without x87"
    xor ecx, ecx
    mov eax, 2
    xsetbv
    fault 13, 0
    try "#GP(0): XCR0 with AVX and without SSE"
    xor ecx, ecx
    mov eax, 5
    xsetbv
    fault 13, 0
    try "#GP(0): XCR0 with a reserved bit"
    xor ecx, ecx
    mov eax, 1 << 8 | 3
    xsetbv
    fault 13, 0
    try "#GP(0): XCR1"
    mov ecx, 1
    mov eax, 3
    xsetbv
    fault 13, 0
    try "XCR0: x87, SSE, PKRU"
    xor ecx, ecx
    mov eax, 0x203
    xsetbv
    no_fault
    mov eax, 0xd
    xor ecx, ecx
    cpuid
    expect ebx, 2696, "CPUID.0Dh.0:EBX is the size for XCR0"
    try "#GP(0): XSETBV at level 3"
    xor ecx, ecx
    mov eax, 3
    level3
    xor edx, edx
    xsetbv
    fault 13, 0
    try "XGETBV at level 3"
    level3
    xor ecx, ecx
    xgetbv
    cmp eax, 0x203
    je .same
    ud2
.same:
    int3
    fault 3, 0
    ; SDM Vol. 2D, "XSAVE", "XSAVES", "XRSTORS".
    try "#GP(0): XSAVE to an address that is no multiple of 64"
    xsave [abs AREA + 32]
    fault 13, 0
    mov rax, cr0
    bts rax, 3
    mov cr0, rax
    try "#NM: XSAVE with CR0.TS"
    xsave [abs AREA]
    fault 7, 0
    clts
    try "#GP(0): XSAVES at level 3"
    level3
    xsaves [abs AREA]
    fault 13, 0
    try "#GP(0): XRSTORS at level 3"
    level3
    xrstors [abs AREA]
    fault 13, 0
    try "#GP(0): XRSTORS of an image in the standard format"
    mov eax, 0x203
    xor edx, edx
    xsave [abs AREA]
    xrstors [abs AREA]
    fault 13, 0
    ; SDM Vol. 4, "IA32_XSS".
    try "#GP(0): IA32_XSS has no bit here"
    mov ecx, 0xda0
    mov eax, 1 << 8
    xor edx, edx
    wrmsr
    fault 13, 0
    try "IA32_XSS is 0"
    mov ecx, 0xda0
    rdmsr
    or eax, edx
    xor edx, edx
    wrmsr
    no_fault

    ; SDM Vol. 3A, "Protection Keys"; Vol. 2, "RDPKRU", "WRPKRU".
    try "#UD: RDPKRU without CR4.PKE"
    xor ecx, ecx
    rdpkru
    fault 6, 0
    cr4_set CR4_PKE
    mov eax, 7
    xor ecx, ecx
    cpuid
    and ecx, 1 << 4
    expect ecx, 1 << 4, "CPUID.7:ECX.OSPKE follows CR4"
    try "#GP(0): WRPKRU with EDX"
    xor ecx, ecx
    mov edx, 1
    wrpkru
    fault 13, 0
    mov dword [abs FRAME], 0xc3c3c3c3
    set_page FRAME | 7, KEY5
    pkru 0
    try "a key that PKRU allows"
    mov rax, [abs PAGE]
    mov [abs PAGE], rax
    no_fault
    try "#PF(21h): access disabled, supervisor read"
    pkru 1 << 10
    mov rax, [abs PAGE]
    fault 14, 0x21
    try "#PF(25h): access disabled, user read"
    pkru 1 << 10
    level3
    mov rax, [abs PAGE]
    fault 14, 0x25
    try "fetches do not ask the key"
    pkru 1 << 10
    mov eax, PAGE
    call rax
    no_fault
    try "write disabled: reads pass"
    pkru 2 << 10
    mov rax, [abs PAGE]
    no_fault
    try "#PF(23h): write disabled, supervisor, CR0.WP"
    pkru 2 << 10
    mov [abs PAGE], rax
    fault 14, 0x23
    try "#PF(27h): write disabled, WRPKRU at level 3"
    pkru 0
    level3
    mov rax, [abs PAGE]
    mov [abs PAGE], rax
    pkru 2 << 10
    mov [abs PAGE], rax
    fault 14, 0x27
    mov rax, cr0
    btr rax, 16
    mov cr0, rax
    try "write disabled does not bind supervisors without CR0.WP"
    pkru 2 << 10
    mov rax, [abs PAGE]
    mov [abs PAGE], rax
    no_fault
    mov rax, cr0
    bts rax, 16
    mov cr0, rax
    ; "Operation of XSAVES", "Operation of XRSTORS": PKRU comes and goes with its component.
    pkru 1 << 10
    mov eax, 0x203
    xor edx, edx
    xsaves [abs AREA]
    pkru 0
    mov rax, [abs PAGE]
    try "#PF(21h): XRSTORS brings PKRU back"
    mov eax, 0x203
    xor edx, edx
    xrstors [abs AREA]
    mov rax, [abs PAGE]
    fault 14, 0x21
    mov rax, [abs AREA + 520]
    bt rax, 63
    setc al
    call verdict
    db "XSAVES: XCOMP_BV has bit 63", 0
    pkru 0
    cr4_clear CR4_PKE

    ; SDM Vol. 3A, "Process-Context Identifiers (PCIDs)", "Enabling Process-Context Identifiers".
    try "#GP(0): CR3 bit 63 without CR4.PCIDE"
    mov rax, cr3
    bts rax, 63
    mov cr3, rax
    fault 13, 0
    try "#GP(0): CR4.PCIDE while CR3 bits 11-0 are not 0"
    mov eax, PML4 | 8
    mov cr3, rax
    cr4_set CR4_PCIDE
    fault 13, 0
    mov eax, PML4
    mov cr3, rax
    try "CR4.PCIDE"
    cr4_set CR4_PCIDE
    no_fault
    ; The other context: the same but for PAGE.
    mov esi, PML4
    mov edi, PML4_B
    mov ecx, 0x6000 / 8
    rep movsq
    mov dword [abs PML4_B], PML4_B + 0x1007
    mov dword [abs PML4_B + 0x1000], PML4_B + 0x2007
    mov dword [abs PML4_B + 0x1008], PML4_B + 0x4007
    mov dword [abs PML4_B + 0x4000], PML4_B + 0x5007
    mov dword [abs PML4_B + 0x5000], FRAME_B | 7
    set_page FRAME | 7, 0
    mov dword [abs FRAME], 0x1111
    mov dword [abs FRAME_B], 0x2222
%assign keep 0
%rep 2
    mov rbp, keep << 63
    mov eax, PML4 | 1
    or rax, rbp
    mov cr3, rax
    expect dword [abs PAGE], 0x1111, "PCID 1 sees its page"
    mov eax, PML4_B | 2
    or rax, rbp
    mov cr3, rax
    expect dword [abs PAGE], 0x2222, "PCID 2 sees its own"
    mov rax, cr3
    expect rax, PML4_B | 2, "CR3 does not keep bit 63"
    mov eax, PML4 | 1
    or rax, rbp
    mov cr3, rax
    expect dword [abs PAGE], 0x1111, "PCID 1 again"
%assign keep 1
%endrep
    ; SDM Vol. 2A, "INVPCID - Invalidate Process-Context Identifier".
%assign type 0
%rep 4
    mov dword [abs TABLE], FRAME | 7
    invlpg [abs PAGE]
    mov eax, [abs PAGE]
    mov dword [abs TABLE], FRAME_B | 7
    mov qword [abs AREA], 1
    mov qword [abs AREA + 8], PAGE
    mov eax, type
    invpcid rax, [abs AREA]
    expect dword [abs PAGE], 0x2222, "INVPCID invalidates"
%assign type type + 1
%endrep
    try "#GP(0): INVPCID type 4"
    mov eax, 4
    invpcid rax, [abs AREA]
    fault 13, 0
    try "#GP(0): INVPCID, reserved bits of the descriptor"
    mov eax, 2
    mov qword [abs AREA], 0x1001
    invpcid rax, [abs AREA]
    fault 13, 0
    try "#GP(0): INVPCID of a non-canonical address"
    xor eax, eax
    mov qword [abs AREA], 1
    bts rbx, 63
    mov [abs AREA + 8], rbx
    invpcid rax, [abs AREA]
    fault 13, 0
    try "#GP(0): INVPCID at level 3"
    level3
    invpcid rax, [abs AREA]
    fault 13, 0
    cr4_clear CR4_PCIDE
    mov eax, PML4
    mov cr3, rax
    try "#GP(0): INVPCID of a PCID without CR4.PCIDE"
    mov qword [abs AREA], 1
    mov eax, 1
    invpcid rax, [abs AREA]
    fault 13, 0

    ; SDM Vol. 3A, "Control Registers": CR4.UMIP.
    cr4_set CR4_UMIP
    try "#GP(0): SGDT at level 3"
    level3
    sgdt [abs SCRATCH]
    fault 13, 0
    try "#GP(0): SIDT at level 3"
    level3
    sidt [abs SCRATCH]
    fault 13, 0
    try "#GP(0): SLDT at level 3"
    level3
    sldt ax
    fault 13, 0
    try "#GP(0): STR at level 3"
    level3
    str ax
    fault 13, 0
    try "#GP(0): SMSW at level 3"
    level3
    smsw ax
    fault 13, 0
    try "level 0 reads them"
    sgdt [abs SCRATCH]
    sidt [abs SCRATCH]
    sldt ax
    str ax
    smsw ax
    no_fault
    cr4_clear CR4_UMIP
    try "UMIP clear: level 3 reads them"
    level3
    smsw ax
    str ax
    int3
    fault 3, 0

    ; SDM Vol. 3A, "Control Registers": CR4.LA57.
    try "#GP(0): CR4.LA57 in IA-32e mode"
    cr4_set CR4_LA57
    fault 13, 0
    try "#GP(0): a reserved bit of CR4"
    cr4_set 31
    fault 13, 0
    try "#GP(0): a reserved bit of CR8"
    mov eax, 16
    mov cr8, rax
    fault 13, 0
    try "#GP(0): the upper half of DR7"
    mov rax, dr7
    bts rax, 32
    mov dr7, rax
    fault 13, 0
    ; SDM Vol. 3A, "Memory Type Range Registers", "Page Attribute Table".
    try "#GP(0): IA32_PAT, type 2"
    mov ecx, 0x277
    xor edx, edx
    mov eax, 2
    wrmsr
    fault 13, 0
    try "#GP(0): IA32_MTRR_PHYSBASE0, bit 8"
    mov ecx, 0x200
    xor edx, edx
    mov eax, 0x106
    wrmsr
    fault 13, 0
    try "#GP(0): IA32_MTRR_DEF_TYPE, type 7"
    mov ecx, 0x2ff
    xor edx, edx
    mov eax, 7
    wrmsr
    fault 13, 0
    ret

guest64_data
