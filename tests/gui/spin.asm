; SPDX-License-Identifier: GPL-3.0-or-later
; tests/gui/spin.asm - a picture in 256 colours that stays as it is: the window can be compared with it.
; Keys change its first dots: each adds its scan code's dot.
bits 16
org 0x7c00
cpu 386
        mov     ax, 0x13
        int     0x10
        mov     ax, 0xa000
        mov     es, ax
        xor     di, di
.next:  mov     ax, di
        shr     ax, 3
        xor     ax, di
        stosb
        cmp     di, 64000
        jb      .next
        xor     di, di
.key:   mov     ah, 0
        int     0x16
        mov     al, ah
        stosb
        mov     dx, 0xe9
        out     dx, al
        jmp     .key
