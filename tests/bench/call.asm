; SPDX-License-Identifier: GPL-3.0-or-later
; call.asm - calls three deep with frames, direct and through a register.
; per round: 19
%define MODE 64
%include "boot.inc"
        mov ecx, LOOPS
        mov esi, leaf
        xor eax, eax
round:  call outer
        call rsi
        dec ecx
        jnz round
        jmp done
outer:  push rbp
        mov rbp, rsp
        push rax
        call middle
        pop rdx
        pop rbp
        ret
middle: push rbx
        call leaf
        pop rbx
        ret
leaf:   add eax, 1
        ret
done:   POWER_OFF
