; SPDX-License-Identifier: GPL-3.0-or-later
;
; bios/tour/sector.asm - the boot sector of `vitrine image tour`: reads the tour from the diskette or
; disk that it came from to 0000:7C00 and enters it there, as the firmware does without a drive. From a
; CD the firmware reads the tour itself. Source: IBM PC/AT Technical Reference, INT 13h; INT 19h.

bits 16
cpu 386
org 0x600

SECTORS_HELD equ 0x1b0          ; the image's maker puts two words here: first sector, number of sectors

start:  cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x600
        cld
        mov     si, 0x7c00      ; out of the way of what is read
        mov     di, 0x600
        mov     cx, 256
        rep movsw
        jmp     0:moved
moved:  sti
        mov     [drive], dl
        mov     ah, 0x08        ; sectors of a track, heads
        xor     di, di
        int     0x13
        jc      failed
        xor     ax, ax
        mov     es, ax          ; a diskette's answer was a pointer
        and     cx, 0x3f
        mov     [sectors], cx
        movzx   ax, dh
        inc     ax
        mov     [heads], ax
        mov     bx, 0x7c00
        mov     si, [first]
.next:  call    read
        inc     si
        add     bx, 512
        dec     word [count]
        jnz     .next
        mov     dl, [drive]
        jmp     0:0x7c00

; Sector SI to ES:BX; a diskette may need its motor first.
read:   mov     byte [tries], 4
.again: mov     ax, si
        xor     dx, dx
        div     word [sectors]
        mov     cl, dl          ; sector, from 1
        inc     cl
        xor     dx, dx
        div     word [heads]
        mov     ch, al          ; cylinder
        shl     ah, 6
        or      cl, ah
        mov     dh, dl          ; head
        mov     dl, [drive]
        mov     ax, 0x0201
        int     0x13
        jnc     done
        xor     ax, ax
        int     0x13
        dec     byte [tries]
        jnz     .again
failed: mov     si, text
.say:   lodsb
        test    al, al
        jz      .stop
        mov     ah, 0x0e
        mov     bx, 7
        int     0x10
        jmp     .say
.stop:  hlt
        jmp     .stop
done:   ret

text:   db      "The tour cannot be read from this drive.", 13, 10, 0
        times   SECTORS_HELD - ($ - $$) db 0
first:  dw      0
count:  dw      0
        times   510 - ($ - $$) db 0
        dw      0xaa55

absolute 0x500
drive:  resb    1
tries:  resb    1
sectors: resw   1
heads:  resw    1
