; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/paging32.asm - 32-bit and PAE paging: error codes, accessed and dirty bits, WP, large pages,
; NX, SMEP, SMAP. Source: SDM Vol. 3A, "Paging".
%include "guest32.inc"

DIRECTORY equ 0x100000          ; 32-bit: one large page for 0-4 MiB, one table for 4-8 MiB
TABLE equ 0x101000
POINTERS equ 0x102000           ; PAE
PAE_DIRECTORY equ 0x103000
PAE_TABLE equ 0x104000
PAGE equ 0x400000               ; linear; physical 200000h
FRAME equ 0x200000
USER equ 4
WRITE equ 2
P equ 1

%macro set_pte 1                ; 32-bit paging
    mov dword [TABLE], %1
    invlpg [PAGE]
%endmacro
%macro set_pae 2
    mov dword [PAE_TABLE + 4], %2
    mov dword [PAE_TABLE], %1
    invlpg [PAGE]
%endmacro

tests:
    ; ---- "32-Bit Paging" ----
    mov edi, DIRECTORY
    xor eax, eax
    mov ecx, 0x5000 / 4
    rep stosd
    mov dword [DIRECTORY], 0x87 | 0 ; 4 MiB, user, writable
    mov dword [DIRECTORY + 4], TABLE | 7
    mov eax, cr4
    or eax, 0x10                ; PSE
    mov cr4, eax
    mov eax, DIRECTORY
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp .on
.on:
    mov dword [FRAME], 0x11223344

    try "#PF(0): read, not present"
    mov eax, [PAGE + 0x123]
    fault 14, 0
    expect dword [fault_cr2], PAGE + 0x123, "#PF: CR2 has the address"
    try "#PF(2): write, not present"
    mov [PAGE], eax
    fault 14, 2
    try "#PF(4): level 3, not present"
    level3
    mov eax, [PAGE]
    fault 14, 4
    set_pte FRAME | P | WRITE
    try "#PF(5): level 3 reads a supervisor page"
    level3
    mov eax, [PAGE]
    fault 14, 5
    try "level 0 reads it"
    mov eax, [PAGE]
    cmp eax, 0x11223344
    je .read
    ud2
.read:
    no_fault
    expect dword [TABLE], FRAME | P | WRITE | 0x20, "a read sets the accessed bit only"
    mov [PAGE + 8], eax
    expect dword [TABLE], FRAME | P | WRITE | 0x60, "a write sets the dirty bit"
    set_pte FRAME | P | USER
    try "#PF(7): level 3 writes a read-only page"
    level3
    mov [PAGE], eax
    fault 14, 7
    expect dword [TABLE], FRAME | P | USER, "a refused access sets no bit"
    try "CR0.WP clear: level 0 writes a read-only page"
    mov [PAGE + 12], eax
    no_fault
    mov eax, cr0
    or eax, 0x10000
    mov cr0, eax
    set_pte FRAME | P | USER
    try "#PF(3): CR0.WP set: it does not"
    mov [PAGE + 12], eax
    fault 14, 3
    set_pte 0
    try "#PF: an access across a page border names the second page"
    mov eax, [PAGE - 2]
    fault 14, 0
    expect dword [fault_cr2], PAGE, "#PF: CR2 is the second page"
    mov dword [PAGE - 4], 0x55555555
    try "#PF: a write across a page border"
    mov dword [PAGE - 2], 0xaaaaaaaa
    fault 14, 2
    expect dword [PAGE - 4], 0x55555555, "nothing of it was written"
    try "#PF(0): a fetch is a read without NX"
    jmp PAGE
    fault 14, 0
    expect dword [fault_eip], PAGE, "#PF: the fetch faults at its target"
    set_pte FRAME | P | WRITE
    mov eax, [PAGE]
    mov dword [TABLE], 0
    try "a stale entry stays in the TLB until INVLPG"
    invlpg [PAGE]
    mov eax, [PAGE]
    fault 14, 0
    mov dword [DIRECTORY + 8], 0x00200087 ; bit 21 is reserved; PSE-36 has those below
    try "#PF(9): reserved bit in a large page"
    mov eax, [0x800000]
    fault 14, 9
    mov dword [DIRECTORY + 8], 0x87
    try "a large page maps 4 MiB"
    mov eax, cr3
    mov cr3, eax
    mov eax, [0x800000 + FRAME]
    cmp eax, [FRAME]
    je .same
    ud2
.same:
    no_fault
    expect dword [DIRECTORY + 8], 0xa7, "accessed bit of a large page"

    ; ---- SMEP and SMAP ----
    mov dword [DIRECTORY], 0x83 ; our own page is the supervisor's now
    mov eax, cr3
    mov cr3, eax
    mov eax, cr4
    or eax, 0x300000
    mov cr4, eax
    mov dword [FRAME], 0xc3c3c3c3
    set_pte FRAME | P | WRITE | USER
    try "#PF(1): SMAP: level 0 reads a user page"
    mov eax, [PAGE]
    fault 14, 1
    try "#PF(3): SMAP: level 0 writes a user page"
    mov [PAGE], eax
    fault 14, 3
    try "SMAP: STAC lets it"
    stac
    mov eax, [PAGE]
    clac
    no_fault
    try "#PF(17): SMEP: level 0 fetches from a user page"
    call PAGE
    fault 14, 0x11
    mov eax, cr4
    and eax, ~0x300000
    mov cr4, eax
    mov dword [DIRECTORY], 0x87
    mov eax, cr3
    mov cr3, eax
    try "without SMEP it may"
    call PAGE
    no_fault

    ; ---- "PAE Paging" ----
    mov eax, cr0
    and eax, 0x7fffffff
    mov cr0, eax
    mov dword [POINTERS], PAE_DIRECTORY | P
    mov dword [PAE_DIRECTORY], 0x87
    mov dword [PAE_DIRECTORY + 8], 0x200087
    mov dword [PAE_DIRECTORY + 16], PAE_TABLE | 7
    mov eax, cr4
    or eax, 0x20
    mov cr4, eax
    mov ecx, 0xc0000080         ; EFER.NXE
    rdmsr
    or eax, 0x800
    wrmsr
    mov eax, POINTERS
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp .pae
.pae:
    try "PAE: #PF(0)"
    mov eax, [PAGE]
    fault 14, 0
    try "PAE: a pointer that is not present"
    mov eax, [0x40000000]
    fault 14, 0
    set_pae FRAME | 7, 0x80000000
    try "PAE: #PF(17): fetch from an NX page"
    call PAGE
    fault 14, 0x11
    try "PAE: #PF(21): the same at level 3"
    level3
    jmp PAGE
    fault 14, 0x15
    try "PAE: an NX page may be read"
    mov eax, [PAGE]
    cmp eax, 0xc3c3c3c3
    je .nx
    ud2
.nx:
    no_fault
    set_pae FRAME | 7, 0
    try "PAE: without NX it runs"
    call PAGE
    no_fault
    set_pae FRAME | 7, 0x00100000
    try "PAE: #PF(9): reserved address bit"
    mov eax, [PAGE]
    fault 14, 9
    mov dword [PAE_DIRECTORY + 24], 0x00003087 ; bit 13 of a 2 MiB page
    try "PAE: #PF(9): reserved bit of a large page"
    mov eax, [0x600000]
    fault 14, 9
    try "PAE: #GP(0): reserved bits of a pointer when CR3 is loaded"
    mov dword [POINTERS + 8], 0x3 ; writable: reserved here
    mov eax, POINTERS
    mov cr3, eax
    fault 13, 0
    mov dword [POINTERS + 8], 0

    ; ---- "Self-Modifying Code" ----
    set_pae FRAME | 7, 0
    mov dword [FRAME], 0xc3c031 ; xor eax, eax; ret
    mov eax, 5
    call PAGE
    expect eax, 0, "code through one mapping"
    mov word [FRAME], 0x9090
    mov eax, 5
    call PAGE
    expect eax, 5, "is changed through another"
    mov byte [.patched], 0x43   ; inc ebx
    xor eax, eax
    xor ebx, ebx
.patched:
    inc eax
    expect ebx, 1, "the code just ahead is changed"
    ret
