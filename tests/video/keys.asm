; SPDX-License-Identifier: GPL-3.0-or-later
; tests/video/keys.asm - every key that is typed appears on the screen; Enter stops (XCHG BX,BX).
bits 16
org 0x7c00
cpu 386
next:   mov     ah, 0
        int     0x16
        mov     ah, 0x0e
        int     0x10
        cmp     al, 13
        jne     next
        xchg    bx, bx
        jmp     next
