; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/ide.asm - real mode: finds the IDE function by the PCI BIOS, reads and writes the disk by PIO and by
; DMA with interrupts, and the CD by a packet. A letter on COM1 for each thing that went well; after another one '!'
; and the end. The disk's 32-bit words are their own numbers.
bits 16
org 0x7c00

BUFFER equ 0x9000
PRD equ 0x8800

        mov     si, irq14           ; vector 76h, IRQ 14 open
        mov     word [0x76 * 4], si
        mov     word [0x76 * 4 + 2], 0
        in      al, 0x21
        and     al, 0xfb
        out     0x21, al
        in      al, 0xa1
        and     al, 0xbf
        out     0xa1, al
        sti

        mov     ax, 0xb101          ; there is a PCI BIOS
        int     0x1a
        jc      bad
        cmp     edx, 'PCI '
        jne     bad
        mov     al, 'P'
        call    put

        mov     ax, 0xb103          ; class 010180h, the first
        mov     ecx, 0x010180
        xor     si, si
        int     0x1a
        jc      bad
        mov     [function], bx
        mov     ax, 0xb103          ; there is no second
        mov     si, 1
        int     0x1a
        jnc     bad
        cmp     ah, 0x86
        jne     bad
        mov     ax, 0xb102          ; the same by its number
        mov     cx, 0x7010
        mov     dx, 0x8086
        xor     si, si
        int     0x1a
        jc      bad
        cmp     bx, [function]
        jne     bad
        mov     ax, 0xb10a          ; bus master: BAR 4
        mov     di, 0x20
        int     0x1a
        jc      bad
        and     cl, 0xf0
        mov     [master], cx
        mov     ax, 0xb10a          ; not at an odd register
        mov     di, 0x21
        int     0x1a
        jnc     bad
        cmp     ah, 0x87
        jne     bad
        mov     ax, 0xb109          ; its command register has I/O and bus master
        mov     di, 0x04
        int     0x1a
        and     cx, 5
        cmp     cx, 5
        jne     bad
        mov     al, 'F'
        call    put

        mov     ebx, 9              ; sector 9 by PIO
        mov     al, 0x20
        call    command
        call    ready
        jc      bad
        mov     di, BUFFER
        mov     dx, 0x1f0
        mov     cx, 256
        rep     insw
        mov     eax, 9 * 128
        call    compare
        jne     bad
        cmp     byte [interrupts], 1
        jne     bad
        mov     al, 'r'
        call    put

        mov     ebx, 20             ; and to sector 20 by PIO
        mov     al, 0x30
        call    command
        call    ready
        jc      bad
        mov     si, BUFFER
        mov     dx, 0x1f0
        mov     cx, 256
        rep     outsw
        call    ready
        jc      bad
        cmp     byte [interrupts], 2
        jne     bad
        mov     al, 'w'
        call    put

        mov     ebx, 20             ; what is there now, by DMA, behind it
        mov     al, 0xc8
        mov     ah, 9
        mov     dword [address], BUFFER + 512
        call    dma
        jc      bad
        mov     si, BUFFER + 512
        mov     eax, 9 * 128
        call    compare_si
        jne     bad
        cmp     byte [interrupts], 3
        jne     bad
        mov     al, 'R'
        call    put

        mov     dword [BUFFER + 508], 0x12345678
        mov     ebx, 21             ; changed, to sector 21 by DMA
        mov     al, 0xca
        mov     ah, 1
        mov     dword [address], BUFFER
        call    dma
        jc      bad
        mov     al, 'W'
        call    put
        mov     ebx, 21
        mov     al, 0xc8
        mov     ah, 9
        mov     dword [address], BUFFER + 1024
        call    dma
        jc      bad
        mov     si, BUFFER
        mov     di, BUFFER + 1024
        mov     cx, 128
        repe    cmpsd
        jne     bad
        mov     al, 'V'
        call    put

        mov     ebx, 0x0fffffff     ; a sector that is not there
        mov     al, 0x20
        call    command
        call    ready
        jnc     bad
        mov     dx, 0x1f1
        in      al, dx
        cmp     al, 0x10
        jne     bad
        mov     al, 'E'
        call    put

        mov     dx, 0x177           ; sector 3 of the CD
        mov     al, 0xa1
        call    secondary
        jz      bad                 ; IDENTIFY PACKET DEVICE has data
        mov     dx, 0x170
        mov     di, BUFFER
        mov     cx, 256
        rep     insw
        mov     dx, 0x175
        mov     al, 0x08
        out     dx, al
        mov     dx, 0x177
        mov     al, 0xa0
        call    secondary
        jz      bad
        mov     si, packet
        mov     dx, 0x170
        mov     cx, 6
        rep     outsw
        call    secondary.wait
        jz      bad
        mov     di, BUFFER
        mov     dx, 0x170
        mov     cx, 1024
        rep     insw
        mov     eax, 3 * 512
        call    compare
        jne     bad
        call    secondary.wait
        jnz     bad
        mov     al, 'C'
        call    put

        mov     al, 13
        call    put
        mov     al, 10
        call    put
off:    mov     dx, 0x604           ; the end
        mov     ax, 0x2000
        out     dx, ax
        jmp     $

bad:    mov     al, '!'
        call    put
        jmp     off

put:    push    dx
        mov     dx, 0x3f8
        out     dx, al
        pop     dx
        ret

; AL: command for one sector, EBX
command:
        push    ax
        mov     dx, 0x1f6
        mov     eax, ebx
        shr     eax, 24
        or      al, 0xe0
        out     dx, al
        mov     dx, 0x1f2
        mov     al, 1
        out     dx, al
        mov     eax, ebx
        inc     dx
        out     dx, al
        shr     eax, 8
        inc     dx
        out     dx, al
        shr     eax, 8
        inc     dx
        out     dx, al
        pop     ax
        mov     dx, 0x1f7
        out     dx, al
        ret

; Until the disk is not busy any more; carry: an error
ready:  mov     dx, 0x3f6
        in      al, dx
        test    al, 0x80
        jnz     ready
        mov     dx, 0x1f7
        in      al, dx
        shr     al, 1
        ret

; AL: command, AH: of the bus master, EBX: sector, [address]
dma:    push    ax
        mov     eax, [address]
        mov     [PRD], eax
        mov     dword [PRD + 4], 0x80000200
        mov     dx, [master]
        add     dx, 4
        mov     eax, PRD
        out     dx, eax
        pop     ax
        push    ax
        call    command
        pop     ax
        mov     al, ah
        mov     dx, [master]
        out     dx, al
        add     dx, 2
.wait:  hlt                         ; the interrupt, or the timer's
        in      al, dx
        test    al, 4
        jz      .wait
        and     al, 3               ; neither active nor an error
        jnz     .bad
        mov     al, 4
        out     dx, al
        sub     dx, 2
        mov     al, 0
        out     dx, al
        jmp     ready
.bad:   stc
        ret

; 128 words from EAX up, at BUFFER or SI
compare:
        mov     si, BUFFER
compare_si:
        mov     cx, 128
.next:  cmp     [si], eax
        jne     .end
        add     si, 4
        inc     eax
        loop    .next
        cmp     ax, ax              ; all are equal
.end:   ret

; A command for the CD drive; NZ: it has, or wants, data
secondary:
        out     dx, al
.wait:  mov     dx, 0x376
        in      al, dx
        test    al, 0x80
        jnz     .wait
        mov     dx, 0x177
        in      al, dx
        test    al, 0x08
        ret

irq14:  push    ax
        inc     byte [cs:interrupts]
        mov     al, 0x20
        out     0xa0, al
        out     0x20, al
        pop     ax
        iret

align 4
packet: db      0x28, 0, 0, 0, 0, 3, 0, 0, 1, 0, 0, 0
address: dd     0
function: dw    0
master: dw      0
interrupts: db  0
