; SPDX-License-Identifier: GPL-3.0-or-later
; sketch.asm - sum of an array, 32-bit code: a load, an add, a compare and a branch.
; per round: 5123
%define MODE 32
%include "boot.inc"
        mov ebp, LOOPS
        mov ebx, DATA
        mov edi, 1024
        xor edx, edx
round:  xor ecx, ecx
next:   mov eax, [ebx + ecx * 4]
        add edx, eax
        inc ecx
        cmp ecx, edi
        jl next
        dec ebp
        jnz round
        POWER_OFF
