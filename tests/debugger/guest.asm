; SPDX-License-Identifier: GPL-3.0-or-later
; tests/debugger/guest.asm - a small guest for the transcripts: real mode with calls and a loop, then
; protected mode with a write to look for, and at last a division by 0 without an IDT.
        bits 16
        org 0x7c00
start:
        cli
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 0x7c00
        mov cx, 5
sum:    call add_one
        loop sum
        mov [counter], ax
        xchg bx, bx
        mov dx, 0xe9
        mov al, '!'
        out dx, al
        lgdt [gdt_pointer]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp 0x08:flat
add_one:
        inc ax
        ret

        bits 32
flat:
        mov ax, 0x10
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 0x7000
        push dword 7
        call outer
        add esp, 4
        mov edi, buffer
        mov ecx, 16
        mov al, 0x55
        rep stosb
        xor edx, edx
        xor ecx, ecx
divide: div ecx
        jmp $
outer:
        push ebp
        mov ebp, esp
        push dword [ebp + 8]
        call inner
        leave
        ret
inner:
        push ebp
        mov ebp, esp
        mov eax, [ebp + 8]
        mov [counter], eax
        pop ebp
        ret 4

        align 8
gdt:    dq 0
        dq 0x00cf9a000000ffff
        dq 0x00cf92000000ffff
gdt_pointer:
        dw $ - gdt - 1
        dd gdt
text:   db "a string", 0
counter:
        dd 0
buffer: times 16 db 0
        times 510 - ($ - $$) db 0
        dw 0xaa55
