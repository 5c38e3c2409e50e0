; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/multiboot.asm - a Multiboot 1 kernel that prints what the loader gave it. One of ELF32,
; ELF64, KLUDGE is defined. The file is laid out by hand: headers, then code at 1 MiB.
; Source: Multiboot Specification 0.6.96, "Machine state", "Boot information format".
bits 32
BASE equ 0x100000
BSS_BYTES equ 0x3000

%ifdef ELF32
HEADERS equ 96                  ; bytes of them: what the code stands behind in the file
org BASE - HEADERS
file:
    db 0x7f, "ELF", 1, 1, 1, 0
    dq 0
    dw 2, 3
    dd 1, entry, program_headers - file, 0, 0
    dw 52, 32, 1, 0, 0, 0
program_headers:
    dd 1, start_of_image - file, BASE, BASE, image_end - start_of_image
    dd image_end - start_of_image + BSS_BYTES, 7, 4096
%elifdef ELF64
HEADERS equ 128
org BASE - HEADERS
file:
    db 0x7f, "ELF", 2, 1, 1, 0
    dq 0
    dw 2, 62
    dd 1
    dq entry, program_headers - file, 0
    dd 0
    dw 64, 56, 1, 0, 0, 0
program_headers:
    dd 1, 7
    dq start_of_image - file, BASE, BASE, image_end - start_of_image
    dq image_end - start_of_image + BSS_BYTES, 4096
%else
HEADERS equ 0
org BASE
file:
%endif
    times HEADERS - ($ - file) db 0
start_of_image:
    align 4, db 0
header:
%ifdef KLUDGE
FLAGS equ 0x10003
%else
FLAGS equ 3
%endif
    dd 0x1badb002, FLAGS, -(0x1badb002 + FLAGS)
%ifdef KLUDGE
    dd header, start_of_image, image_end, image_end + BSS_BYTES, entry
%endif

entry:
    mov esp, image_end + BSS_BYTES
    mov ebp, ebx
    mov esi, t_magic
    call say_number
    call newline
    mov ax, cs                  ; flat segments: the base is 0, or nothing here would work
    test ax, ax
    jz bad
    mov esi, t_flat
    call say
    mov edi, image_end          ; bss
    mov ecx, BSS_BYTES - 0x100
    xor eax, eax
    repe scasb
    jne bad
    mov esi, t_bss
    call say
    cmp dword [data], 0x12345678
    jne bad
    mov esi, t_data
    call say

    mov esi, t_cmdline
    call say
    test byte [ebp], 4
    jz bad
    mov esi, [ebp + 16]
    call say
    call newline

    mov eax, [ebp + 20]
    mov esi, t_mods
    call say_number
    call newline
    mov edi, [ebp + 24]
    mov ecx, [ebp + 20]
    jecxz no_modules
module:
    push ecx
    mov esi, t_mod
    call say
    mov esi, [edi + 8]
    call say
    mov esi, t_colon
    call say
    mov esi, [edi]
    test esi, 0xfff
    jz .aligned
    mov byte [misaligned], 1
.aligned:
    mov ecx, [edi + 4]
    sub ecx, esi
    mov dx, 0xe9
    rep outsb
    call newline
    add edi, 16
    pop ecx
    loop module
no_modules:
    mov eax, [ebp + 4]
    mov esi, t_lower
    call say_number
    call newline
    mov eax, [ebp + 8]
    mov esi, t_upper
    call say_number
    call newline
    ; The memory map has a free range from 1 MiB on, as long as "upper" says.
    mov esi, [ebp + 48]
    mov ecx, [ebp + 44]
    add ecx, esi
range:
    cmp esi, ecx
    jae bad
    cmp dword [esi + 4], BASE
    je found
    add esi, [esi]
    add esi, 4
    jmp range
found:
    mov eax, [esi + 12]
    shr eax, 10
    cmp eax, [ebp + 8]
    jne bad
    cmp dword [esi + 20], 1
    jne bad
    mov esi, t_map
    call say
    cmp byte [misaligned], 0
    jne bad
    mov esi, t_aligned
    call say
off:
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    cli
    hlt

bad:
    mov esi, t_bad
    call say
    jmp off

newline:
    mov al, 10
    out 0xe9, al
    ret

say:                            ; text at ESI
    lodsb
    test al, al
    jz .done
    out 0xe9, al
    jmp say
.done:
    ret

say_number:                     ; text at ESI, then EAX
    push eax
    call say
    pop edx
    mov ecx, 8
.digit:
    rol edx, 4
    mov al, dl
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    or al, 0x20                 ; lower case; digits have that bit already
    out 0xe9, al
    loop .digit
    ret

t_magic: db "magic ", 0
t_flat: db "cs flat ok", 10, 0
t_bss: db "bss zero ok", 10, 0
t_data: db "data ok", 10, 0
t_cmdline: db "cmdline ", 0
t_mods: db "mods ", 0
t_mod: db "mod ", 0
t_colon: db ": ", 0
t_lower: db "lower ", 0
t_upper: db "upper ", 0
t_map: db "map top ok", 10, 0
t_aligned: db "aligned ok", 10, 0
t_bad: db "bad", 10, 0
misaligned: db 0
    align 4, db 0
data: dd 0x12345678
image_end:
