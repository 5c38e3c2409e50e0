; SPDX-License-Identifier: GPL-3.0-or-later
; integer.asm - register arithmetic: a linear congruential generator with some mixing.
; per round: 10
%define MODE 64
%include "boot.inc"
        mov ecx, LOOPS
        mov eax, 1
        xor ebx, ebx
round:  imul rax, rax, 1103515245
        add rax, 12345
        mov rdx, rax
        shr rdx, 16
        xor rbx, rdx
        lea rdi, [rbx + rbx * 4]
        rol rbx, 7
        sub rbx, rdi
        dec ecx
        jnz round
        POWER_OFF
