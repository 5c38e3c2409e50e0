; SPDX-License-Identifier: GPL-3.0-or-later
; tests/gui/text.asm - a text screen with colours and characters beyond ASCII; the codes of keys go to
; port E9h: scan code, character. F10 shows a graphics mode.
bits 16
org 0x7c00
cpu 386
        mov     ax, 3
        int     0x10
        mov     ax, 0xb800
        mov     es, ax
        mov     si, cells
        xor     di, di
        mov     cx, (cells.end - cells) / 2
        rep     movsw
.key:   mov     ah, 0
        int     0x16
        mov     dx, 0xe9
        xchg    al, ah
        out     dx, al
        xchg    al, ah
        out     dx, al
        cmp     ah, 0x44
        jne     .key
        mov     ax, 0x13
        int     0x10
        jmp     .key
cells:  db      'R', 0x0c, 'g', 0x02, 0xc9, 0x1f, 0xcd, 0x1f, 0xbb, 0x1f, 0x9b, 0x70, 1, 7
.end:
