; SPDX-License-Identifier: GPL-3.0-or-later
; tests/video/modes.asm - through the modes of the display by INT 10h and by registers. At each scene
; it stops (XCHG BX,BX, with -magic), and the picture is compared: run.sh has the names, in order.

bits 16
org 0x7c00
cpu 386

%macro scene 0
        xchg    bx, bx
%endmacro
%macro mode 1
        mov     ax, %1
        int     0x10
%endmacro
%macro reg 3                    ; port, index, value
        mov     dx, %1
        mov     ax, (%2) | (%3) << 8
        out     dx, ax
%endmacro
%macro say 3                    ; row, column, attribute; the text is at SI
        mov     dx, %1 << 8 | %2
        mov     bx, %3
        call    print
%endmacro

        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7c00
        cld
        jmp     start

; SI: text to 0, BL: attribute, DH, DL: where. By function 13h; no cursor movement.
print:
        push    es
        push    ds
        pop     es
        mov     bp, si
        xor     cx, cx
.count: lodsb
        inc     cx
        test    al, al
        jnz     .count
        dec     cx
        mov     ax, 0x1300
        int     0x10
        mov     si, bp
        pop     es
        ret

; A dot for each column and row by function 0Ch: CX right end, DX lower end, AL first colour.
diagonal:
        mov     bx, 0
.next:  mov     ah, 0x0c
        int     0x10
        inc     ax
        dec     cx
        dec     dx
        jns     .next
        ret

start:
; --- text: all characters, all attributes
        mode    0x0003
        mov     ax, 0xb800
        mov     es, ax
        xor     ax, ax
.cell:  mov     di, ax          ; character AL at row AL / 32, column AL % 32 * 2
        and     di, 31
        shl     di, 2
        mov     bx, ax
        shr     bx, 5
        imul    bx, 160
        mov     ah, 0x07
        mov     [es:di + bx], ax
        mov     byte [es:di + bx + 160 * 9], 'A'
        mov     [es:di + bx + 160 * 9 + 1], al
        xor     ah, ah
        inc     al
        jnz     .cell
        mov     si, hello
        say     18, 0, 0x1f
        say     19, 0, 0x9f     ; blinks
        mov     ax, 0x0200
        xor     bx, bx
        mov     dx, 20 << 8 | 3
        int     0x10
        mov     ax, 0x0100
        mov     cx, 0x0007      ; a block
        int     0x10
        scene
        mov     ax, 0x1003      ; bright backgrounds instead of blinking
        mov     bx, 0
        int     0x10
        scene

; --- 8-dot characters, and a second character map
        mov     ax, 0x1100      ; block 1: capital A upside down, as the only glyph
        mov     bx, 0x1001
        mov     cx, 1
        mov     dx, 'A'
        push    ds
        pop     es
        mov     bp, glyph
        int     0x10
        mov     ax, 0x1103
        mov     bx, 0x0004      ; map 0 for dark, map 1 for bright attributes
        int     0x10
        reg     0x3c4, 1, 0x01
        scene

; --- 40 columns
        mode    0x0001
        mov     si, hello
        say     0, 0, 0x0a
        say     24, 27, 0x4e
        scene

; --- 50 rows
        mode    0x0003
        mov     ax, 0x1112
        mov     bx, 0
        int     0x10
        mov     si, hello
        say     49, 60, 0x2f
        say     25, 10, 0x07
        scene

; --- monochrome: underline, bright, reverse
        mode    0x0007
        mov     si, hello
        say     1, 2, 0x01
        say     3, 2, 0x07
        say     5, 2, 0x09
        say     7, 2, 0x0f
        say     9, 2, 0x70
        scene

; --- split screen, panning, start address, presets
        mode    0x0003
        mov     si, hello
        say     0, 0, 0x1f
        say     5, 5, 0x2f
        say     7, 20, 0x4f
        reg     0x3d4, 0x0d, (80 * 4) & 0xff ; begins with row 4 ...
        reg     0x3d4, 0x0c, (80 * 4) >> 8
        reg     0x3d4, 0x08, 5          ; ... and its line 5
        reg     0x3d4, 0x18, 99         ; line 100 is memory 0 again
        reg     0x3d4, 0x07, 0x0f
        reg     0x3d4, 0x09, 0x0f
        mov     dx, 0x3da
        in      al, dx
        mov     dx, 0x3c0
        mov     al, 0x33
        out     dx, al
        mov     al, 3
        out     dx, al
        scene

; --- scrolling, teletype, cursor at the end
        mode    0x0003
        mov     cx, 60
.line:  mov     ax, 0x0e0d
        int     0x10
        mov     al, 10
        int     0x10
        mov     al, cl
        and     al, 31
        add     al, 'A'
        int     0x10
        loop    .line
        mov     ax, 0x0705
        mov     bh, 0x30
        mov     cx, 0x0205
        mov     dx, 0x1430
        int     0x10
        mov     ax, 0x0603
        mov     bh, 0x50
        mov     cx, 0x0010
        mov     dx, 0x1018
        int     0x10
        scene

; --- CGA: 4 colours, then the other palette
        mode    0x0004
        mov     cx, 300
        mov     dx, 199
        mov     al, 1
        call    diagonal
        mov     si, hello
        say     2, 1, 1
        say     4, 3, 2
        say     6, 5, 3
        say     6, 6, 0x83      ; exclusive or
        mov     ax, 0x0602      ; two rows up
        mov     bh, 2
        mov     cx, 0x0a00
        mov     dx, 0x140f
        int     0x10
        scene
        mov     ax, 0x0b00
        mov     bx, 0x0100
        int     0x10
        mov     ax, 0x0b00
        mov     bx, 0x0009
        int     0x10
        scene
        mode    0x0006
        mov     cx, 639
        mov     dx, 199
        mov     al, 1
        call    diagonal
        mov     si, hello
        say     10, 30, 1
        scene

; --- planes
        mode    0x000d
        mov     cx, 319
        mov     dx, 199
        mov     al, 0
        call    diagonal
        mov     si, hello
        say     12, 3, 14
        scene
        mode    0x000e
        mov     si, hello
        say     12, 3, 11
        scene
        mode    0x0010
        mov     si, hello
        say     12, 3, 12
        scene
        mode    0x0011
        mov     si, hello
        say     29, 3, 15
        scene
        mode    0x0012
        mov     ax, 0xa000
        mov     es, ax
        xor     bx, bx
.bar:   mov     ax, bx          ; colour BX: five bytes in each line, by set/reset
        mov     ah, al
        mov     al, 0
        mov     dx, 0x3ce
        out     dx, ax
        mov     ax, 0x0f01
        out     dx, ax
        imul    di, bx, 5
        mov     cx, 400
.row:   mov     si, 5
.byte:  mov     byte [es:di], 0
        inc     di
        dec     si
        jnz     .byte
        add     di, 75
        loop    .row
        inc     bx
        cmp     bx, 16
        jb      .bar
        reg     0x3ce, 1, 0
        mov     cx, 479
        mov     dx, 479
        mov     al, 0x80 | 15   ; exclusive or
        call    diagonal
        mov     si, hello
        say     27, 3, 14
        mov     ax, 0x0601      ; all up by a row
        mov     bh, 1
        mov     cx, 0
        mov     dx, 0x1d4f
        int     0x10
        mov     ax, 0x0a41      ; what is written is read again
        mov     bx, 13
        mov     cx, 3
        int     0x10
        mov     ah, 0x08
        mov     bh, 0
        int     0x10
        mov     bx, 11
        mov     ah, 0x0e
        int     0x10
        scene

; --- a byte a dot
        mode    0x0013
        mov     ax, 0xa000
        mov     es, ax
        xor     di, di
        mov     cx, 64000
.dot:   mov     ax, di
        xor     dx, dx
        mov     bx, 320
        div     bx              ; AX line, DX column
        add     al, dl
        mov     [es:di], al
        inc     di
        loop    .dot
        mov     si, hello
        say     5, 5, 15
        scene
        mov     ax, 0x1010      ; another colour 15, and grey sums of the first 64
        mov     bx, 15
        mov     dh, 63
        mov     cx, 0x0020
        int     0x10
        mov     ax, 0x101b
        mov     bx, 16
        mov     cx, 64
        int     0x10
        scene

; --- mode X: 320 x 240, four planes
        mode    0x0013
        reg     0x3c4, 4, 0x06
        reg     0x3c4, 2, 0x0f
        mov     ax, 0xa000
        mov     es, ax
        xor     di, di
        xor     ax, ax
        mov     cx, 0x8000
        rep stosw
        mov     dx, 0x3c2
        mov     al, 0xe3
        out     dx, al
        reg     0x3d4, 0x11, 0x2c
        reg     0x3d4, 0x06, 0x0d
        reg     0x3d4, 0x07, 0x3e
        reg     0x3d4, 0x09, 0x41
        reg     0x3d4, 0x10, 0xea
        reg     0x3d4, 0x11, 0xac
        reg     0x3d4, 0x12, 0xdf
        reg     0x3d4, 0x14, 0x00
        reg     0x3d4, 0x15, 0xe7
        reg     0x3d4, 0x16, 0x06
        reg     0x3d4, 0x17, 0xe3
        mov     bl, 1           ; a triangle in each plane
.plane: mov     dx, 0x3c4
        mov     al, 2
        mov     ah, bl
        out     dx, ax
        xor     si, si
.xrow:  imul    di, si, 80
        mov     cx, si
        shr     cx, 2
        inc     cx
        mov     ax, si
        or      al, bl
        rep stosb
        inc     si
        cmp     si, 240
        jb      .xrow
        shl     bl, 1
        cmp     bl, 16
        jb      .plane
        reg     0x3c4, 2, 0x0f  ; the upper rows copied to the second page through the latches
        reg     0x3ce, 5, 0x41
        push    ds
        push    es
        pop     ds
        xor     si, si
        mov     di, 80 * 240
        mov     cx, 80 * 100
        rep movsb
        pop     ds
        scene
        reg     0x3d4, 0x0c, (80 * 200) >> 8
        reg     0x3d4, 0x0d, (80 * 200) & 0xff
        scene

; --- VESA: through the window
        mov     cx, 0x114       ; 800 x 600 x 16
        call    banked
        scene
        mov     cx, 0x115       ; x 24
        call    banked
        scene
        mov     cx, 0x103       ; x 8
        call    banked
        scene
        mov     ax, 0x4f08      ; a DAC of 8 bits, and the first 16 colours as greys
        mov     bx, 0x0800
        int     0x10
        xor     bx, bx
        mov     cx, 16
.grey:  mov     dx, 0x3c8
        mov     al, bl
        out     dx, al
        inc     dx
        shl     al, 4
        out     dx, al
        out     dx, al
        out     dx, al
        inc     bx
        loop    .grey
        scene
        mov     ax, 0x4f02      ; 4 bits: planes in a window
        mov     bx, 0x102
        int     0x10
        mov     ax, 0xa000
        mov     es, ax
        reg     0x3c4, 2, 0x05
        xor     di, di
        mov     cx, 30000
        mov     al, 0xcc
        rep stosb
        reg     0x3c4, 2, 0x08
        mov     di, 200 * 100
        mov     cx, 10000
        mov     al, 0xff
        rep stosb
        scene

; --- VESA: the linear frame buffer, a wider line, display start
        mov     ax, 0x4f02
        mov     bx, 0x4143      ; 800 x 600 x 32
        int     0x10
        mov     ax, 0x4f06
        mov     bx, 0
        mov     cx, 1024
        int     0x10
        mov     ax, 0x4f07
        mov     bx, 0
        mov     cx, 100
        mov     dx, 50
        int     0x10
        cli
        lgdt    [gdt_register]  ; FS reaches 4 GiB
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     bx, 8
        mov     fs, bx
        and     al, 0xfe
        mov     cr0, eax
        xor     ax, ax
        mov     fs, ax
        sti
        mov     edi, 0xe0000000
        xor     edx, edx
.lrow:  xor     ecx, ecx
.ldot:  mov     eax, ecx        ; red by column, green by line, blue by both
        shr     eax, 2
        shl     eax, 16
        mov     ah, dl
        mov     al, cl
        xor     al, dl
        mov     [fs:edi], eax
        add     edi, 4
        inc     ecx
        cmp     ecx, 1024
        jb      .ldot
        inc     edx
        cmp     edx, 700
        jb      .lrow
        scene
        mov     dword [fs:dword 0xe0000000 + (50 * 1024 + 100) * 4], 0xffffff
        mov     dword [fs:dword 0xe0000000 + (649 * 1024 + 899) * 4], 0xffffff
        scene

; --- back in text
        mode    0x0003
        mov     si, hello
        say     0, 0, 0x07
        scene
        mov     dx, 0x604
        mov     ax, 0x2000
        out     dx, ax
        jmp     $

; Mode CX: byte n of the screen is n / 256 + n, written bank after bank.
banked:
        mov     ax, 0x4f02
        mov     bx, cx
        int     0x10
        xor     dx, dx
.bank:  mov     ax, 0x4f05
        xor     bx, bx
        int     0x10
        mov     ax, 0xa000
        mov     es, ax
        xor     di, di
.next:  mov     ax, di
        add     al, ah
        add     al, dl
        stosb
        test    di, di
        jnz     .next
        inc     dx
        cmp     dx, 22
        jb      .bank
        ret

hello:  db      "Hello, VGA!", 0
glyph:  db      0, 0, 0xc6, 0xc6, 0xc6, 0xc6, 0xfe, 0xc6, 0xc6, 0x6c, 0x38, 0x10, 0, 0, 0, 0

align 8
gdt:    dq      0
        dq      0x00cf92000000ffff
gdt_register:
        dw      15
        dd      gdt
