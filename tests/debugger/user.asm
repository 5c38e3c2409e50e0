; SPDX-License-Identifier: GPL-3.0-or-later
; tests/debugger/user.asm - ring 3 with paging and an I/O bitmap, for `explain next`: instructions that
; would be refused there, each for another reason. The transcript jumps from one to the next.
        bits 16
        org 0x7c00
start:
        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov di, 0x8000          ; TSS, all 0
        mov cx, 0x1000
        rep stosb
        mov word [0x8000 + 8], 0x10             ; SS0
        mov word [0x8000 + 4], 0x7000           ; ESP0
        mov word [0x8000 + 102], 104            ; I/O bitmap
        mov byte [0x8000 + 104 + 0x60 / 8], 1   ; port 60h is forbidden
        mov dword [0x9000], 0x83 | 4            ; 0-3fffff, 4 MiB page, user
        lgdt [gdt_pointer]
        mov eax, 0x9000
        mov cr3, eax
        mov eax, 0x10           ; CR4.PSE
        mov cr4, eax
        mov eax, cr0
        or eax, 0x80040001      ; PG, AM, PE
        mov cr0, eax
        jmp 0x08:flat
        bits 32
flat:
        mov ax, 0x10
        mov ss, ax
        mov esp, 0x7000
        mov ax, 0x28
        ltr ax
        mov ax, 0x23
        mov ds, ax
        push dword 0x23
        push dword 0x6000
        push dword 0x40202      ; AC, IF
        push dword 0x1b
        push dword user
        iret
user:   nop
u_cli:  cli
u_hlt:  hlt
u_cr:   mov eax, cr0
u_in:   in al, 0x60
u_out:  out 0xe9, al
u_page: mov eax, [0x800000]
u_code: mov [0x400000], al
u_null: mov eax, [gs:0]
u_odd:  mov eax, [0x7c01]
u_sse:  addps xmm0, xmm1
u_lock: lock inc dword [0x7c00]
u_jump: jz user
u_add:  add dword [0x7000], 5
u_int:  int 0x30
u_sreg: mov ss, ax
u_ud:   ud2
u_push: push eax
u_rep:  rep movsb
u_lea:  lea eax, [ebx + ecx * 4 + 5]
        align 4
gdt:    dq 0
        dq 0x00cf9a000000ffff
        dq 0x00cf92000000ffff
        dq 0x00cffa000000ffff
        dq 0x00cff2000000ffff
        dq 0x0000890080002068
gdt_pointer:
        dw $ - gdt - 1
        dd gdt
        times 510 - ($ - $$) db 0
        dw 0xaa55
