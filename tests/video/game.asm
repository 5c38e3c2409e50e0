; SPDX-License-Identifier: GPL-3.0-or-later
; tests/video/game.asm - a program as for DOS, on a diskette of its own: text and mode 13h (INT 10h), the
; diskette (INT 13h), keys (INT 16h), clock and calendar (INT 1Ah), COM1 (INT 14h), a timer hook (INT 08h,
; 1Ch) that moves a ball. It stops (XCHG BX,BX) where run.sh looks at the picture.
; Sources: IBM PC/AT Technical Reference, BIOS; Ralf Brown's interrupt list.
bits 16
cpu 386
%include "verdict.inc"

PROGRAM equ 0x1000              ; segment; the program is at offset 100h of it, as a .COM
SCORES equ 35                   ; sector of the diskette, behind the program: cylinder 0, head 1, sector 18
FRAMES equ 40

; --- the boot sector
section boot start=0 vstart=0x7c00
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7c00
        mov     ax, PROGRAM
        mov     es, ax
        mov     si, 1           ; sector from 0
        mov     bx, 0x100
.next:  mov     ax, si
        mov     cl, 18
        div     cl              ; AL: track, AH: sector
        mov     cl, ah
        inc     cl
        mov     dh, al
        and     dh, 1
        shr     al, 1
        mov     ch, al
        mov     dl, 0
        mov     ax, 0x0201
        int     0x13
        jc      .bad
        inc     si
        add     bx, 512
        cmp     si, 1 + (program_end - program + 511) / 512
        jb      .next
        mov     ax, PROGRAM
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0xfffe
        jmp     PROGRAM:0x100
.bad:   hlt
        jmp     .bad
        times   510 - ($ - $$) db 0
        dw      0xaa55

; --- the program
section code follows=boot vstart=0x100
program:
        cld
        sti
        mov     ax, 0x0003
        int     0x10
        push    ds
        pop     es
        mov     bp, title
        mov     cx, title_end - title
        mov     ax, 0x1301      ; the cursor goes along
        mov     bx, 0x001f
        mov     dx, 1 << 8 | 20
        int     0x10
        mov     ah, 0x03
        mov     bh, 0
        int     0x10
        cmp     dx, 1 << 8 | (20 + title_end - title)
        expect  ne, "INT 10h, 13h: the cursor is behind the text"
        mov     ax, 0x0200
        mov     dx, 1 << 8 | 20
        int     0x10
        mov     ah, 0x08
        int     0x10
        cmp     ax, 0x1f00 | 'B'
        expect  ne, "INT 10h, 08h: character and attribute"
        mov     ah, 0x0f
        int     0x10
        cmp     ax, 80 << 8 | 3
        expect  ne, "INT 10h, 0Fh: mode 3, 80 columns"

; the calendar: 2025-01-01, after midnight
        mov     ah, 0x04
        int     0x1a
        expect  c, "INT 1Ah, 04h"
        cmp     cx, 0x2025
        expect  ne, "INT 1Ah, 04h: the year"
        cmp     dx, 0x0101
        expect  ne, "INT 1Ah, 04h: month and day"
        mov     ah, 0x02
        int     0x1a
        test    cx, cx
        expect  nz, "INT 1Ah, 02h: hours and minutes"
        mov     ah, 0x00
        int     0x1a
        mov     [began], dx
        test    al, al
        expect  nz, "INT 1Ah, 00h: no midnight"

; keys: a word is typed
        mov     ah, 0x01
        int     0x16
        expect  nz, "INT 16h, 01h: nothing yet"
        mov     ax, 0x0200
        mov     bx, 0
        mov     dx, 4 << 8 | 20
        int     0x10
        mov     si, question
        call    print
        xchg    bx, bx
        mov     di, name
.key:   mov     ah, 0x00
        int     0x16
        cmp     al, 13
        je      .named
        stosb
        mov     ah, 0x0e
        mov     bx, 7
        int     0x10
        jmp     .key
.named: cmp     ah, 0x1c
        expect  ne, "INT 16h, 00h: Enter's scan code"
        cmp     dword [name], 'Ada!'
        expect  ne, "INT 16h, 00h: the word, with shift"
        mov     ah, 0x02
        int     0x16
        test    al, 3
        expect  nz, "INT 16h, 02h: shift is up again"
        xchg    bx, bx

; COM1
        mov     ax, 0x00e3      ; 9600 bits a second, 8N1
        mov     dx, 0
        int     0x14
        mov     si, name
        mov     cx, 4
.send:  lodsb
        mov     ah, 0x01
        mov     dx, 0
        int     0x14
        test    ah, 0x80
        jnz     .sent
        loop    .send
.sent:  test    cx, cx
        expect  nz, "INT 14h, 01h: four characters"

; the timer: a hook of INT 1Ch, and one of INT 08h that goes on to the old one
        xor     ax, ax
        mov     es, ax
        cli
        mov     eax, [es:0x1c * 4]
        mov     [old1c], eax
        mov     eax, [es:8 * 4]
        mov     [old8], eax
        mov     word [es:0x1c * 4], hook1c
        mov     [es:0x1c * 4 + 2], cs
        mov     word [es:8 * 4], hook8
        mov     [es:8 * 4 + 2], cs
        sti

; mode 13h: 64 colours from blue to red and 64 greys, a field of them, and a ball that the timer moves
        mov     ax, 0x0013
        int     0x10
        mov     di, colours
        xor     cx, cx
.colour: mov    al, cl
        mov     [di], al
        shr     al, 1
        mov     [di + 1], al
        mov     al, 63
        sub     al, cl
        mov     [di + 2], al
        mov     [di + 192], cl
        mov     [di + 193], cl
        mov     [di + 194], cl
        add     di, 3
        inc     cx
        cmp     cx, 64
        jb      .colour
        push    ds
        pop     es
        mov     ax, 0x1012
        mov     bx, 64
        mov     cx, 128
        mov     dx, colours
        int     0x10
        mov     ax, 0xa000
        mov     es, ax
        xor     di, di
        xor     dx, dx          ; line
.line:  xor     cx, cx
.dot:   mov     ax, cx
        add     ax, dx
        shr     ax, 3
        mov     bx, cx
        sub     bx, dx
        xor     al, bl
        and     al, 63
        add     al, 64
        stosb
        inc     cx
        cmp     cx, 320
        jb      .dot
        inc     dx
        cmp     dx, 200
        jb      .line
        mov     word [ticks], 0
        mov     word [ticks8], 0
.frame: mov     ax, [ticks]
.wait:  hlt
        cmp     ax, [ticks]
        je      .wait
        mov     dx, 0x3da       ; in a retrace
.shown: in      al, dx
        test    al, 8
        jz      .shown
        call    ball
        cmp     word [ticks], FRAMES
        jb      .frame
        mov     ax, 0x0200
        mov     bx, 0
        mov     dx, 12 << 8 | 15
        int     0x10
        mov     si, name
        call    print
        cli
        mov     ax, [ticks8]
        cmp     ax, [ticks]
        expect  ne, "INT 08h and 1Ch: as many of both"
        cmp     ax, FRAMES
        expect  ne, "INT 1Ch: a frame for each"
        sti
        mov     ah, 0x0d        ; read by the BIOS, beside the ball
        mov     bh, 0
        mov     cx, 8
        mov     dx, 0
        int     0x10
        cmp     al, 64 + ((8 >> 3 ^ 8) & 63)
        expect  ne, "INT 10h, 0Dh: a dot of mode 13h"
        xchg    bx, bx

; the vectors as they were; time went on meanwhile
        xor     ax, ax
        mov     es, ax
        cli
        mov     eax, [old1c]
        mov     [es:0x1c * 4], eax
        mov     eax, [old8]
        mov     [es:8 * 4], eax
        sti
        mov     ah, 0x00
        int     0x1a
        sub     dx, [began]
        cmp     dx, FRAMES
        expect  b, "INT 1Ah, 00h: the clock went on under the hooks"

; scores: written to the diskette, verified, read again
        push    ds
        pop     es
        mov     di, buffer
        mov     cx, 256
        mov     ax, 'Hi'
        rep stosw
        mov     ax, 0x0301
        mov     cx, 18
        mov     dx, 1 << 8
        mov     bx, buffer
        int     0x13
        expect  c, "INT 13h, 03h"
        mov     ax, 0x0401
        mov     cx, 18
        mov     dx, 1 << 8
        int     0x13
        expect  c, "INT 13h, 04h"
        mov     di, buffer
        mov     cx, 256
        xor     ax, ax
        rep stosw
        mov     ax, 0x0201
        mov     cx, 18
        mov     dx, 1 << 8
        mov     bx, buffer
        int     0x13
        cmp     dword [buffer + 508], 'HiHi'
        expect  ne, "INT 13h, 02h: what was written"
        mov     ah, 0x08
        mov     dl, 0
        push    es
        int     0x13
        pop     es
        cmp     cx, 79 << 8 | 18
        expect  ne, "INT 13h, 08h: cylinders and sectors"
        mov     ax, 0x0201
        mov     cx, 19          ; no such sector
        mov     dx, 0
        mov     bx, buffer
        int     0x13
        expect  nc, "INT 13h, 02h: sector 19 is an error"
        mov     ax, 0x0003
        int     0x10
        mov     si, bye
        call    print
        xchg    bx, bx
        power_off

hook1c: inc     word [cs:ticks]
        iret
hook8:  inc     word [cs:ticks8]
        jmp     far [cs:old8]

; A ball of 17 x 17 greys where the tick puts it; the field stays seen around it. ES: A000h.
ball:   mov     bx, [ticks]
        imul    ax, bx, 7
        imul    bx, bx, 4
        imul    di, bx, 320
        add     di, ax
        mov     dx, -8
.line:  mov     cx, -8
.dot:   mov     ax, cx
        imul    ax, ax
        mov     si, dx
        imul    si, si
        add     ax, si
        cmp     ax, 68
        ja      .out
        mov     bx, 191
        sub     bx, ax
        mov     [es:di], bl
.out:   inc     di
        inc     cx
        cmp     cx, 8
        jle     .dot
        add     di, 320 - 17
        inc     dx
        cmp     dx, 8
        jle     .line
        ret

print:  lodsb
        test    al, al
        jz      .end
        mov     ah, 0x0e
        mov     bx, 15
        int     0x10
        jmp     print
.end:   ret

        verdict_code

title:  db      "Ball - a program with interrupts"
title_end:
question: db    "Your name? ", 0
bye:    db      "Saved. Good bye.", 13, 10, 0
old1c:  dd      0
old8:   dd      0
ticks:  dw      0
ticks8: dw      0
began:  dw      0
name:   times 17 db 0
program_end:
buffer  equ     0x2000
colours equ     0x2400
