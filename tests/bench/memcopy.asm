; SPDX-License-Identifier: GPL-3.0-or-later
; memcopy.asm - copies 64 KiB by loads and stores of eight bytes.
; per round: 36869
%define MODE 64
%include "boot.inc"
        mov ebp, LOOPS
round:  mov esi, DATA
        mov edi, DATA + 0x40000
        mov ecx, 4096
next:   mov rax, [rsi]
        mov rdx, [rsi + 8]
        mov [rdi], rax
        mov [rdi + 8], rdx
        add rsi, 16
        add rdi, 16
        cmp ecx, 1
        dec ecx
        jnz next
        dec ebp
        jnz round
        POWER_OFF
