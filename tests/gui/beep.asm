; SPDX-License-Identifier: GPL-3.0-or-later
; tests/gui/beep.asm - 440 Hz for 22 ticks of the BIOS' clock (1.2 s), silence for 10, then the processor's
; count of ticks at port E9h: the same, whoever listens.
bits 16
org 0x7c00
cpu 586
        sti
        mov     al, 0xb6
        out     0x43, al
        mov     ax, 2712
        out     0x42, al
        mov     al, ah
        out     0x42, al
        in      al, 0x61
        or      al, 3
        out     0x61, al
        mov     cx, 22
        call    wait_ticks
        in      al, 0x61
        and     al, 0xfc
        out     0x61, al
        mov     cx, 10
        call    wait_ticks
        rdtsc
        mov     cx, 4
.next:  out     0xe9, al
        shr     eax, 8
        loop    .next
        mov     al, 0x10
        out     0xf4, al
wait_ticks:
        hlt
        mov     bx, [0x46c]
        cmp     bx, [last]
        je      wait_ticks
        mov     [last], bx
        loop    wait_ticks
        ret
last:   dw      0
