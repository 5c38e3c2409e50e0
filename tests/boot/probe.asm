; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/probe.asm - boot sector of a diskette, a disk or an image on a CD, whose other 32-bit words are their
; numbers: says on port E9h which drive it came from, that drive's geometry (08h), the first word of its second
; sector, and what INT 13h, 4Bh tells of an image. Then the power goes off. GIVE_UP: INT 18h instead.
; Sources: Phoenix and IBM, "El Torito" 1.0; Phoenix and Compaq, "BIOS Boot Specification" 1.01.
bits 16
org 0x7c00

    jmp 0:start
start:
    xor ax, ax
    mov ds, ax
%ifdef GIVE_UP
    int 0x18
%endif
    mov [drive], dl
    mov al, dl
    call hex2
    mov dl, [drive]
    test dl, dl                 ; CDs have no geometry
    jns .geometry
    cmp dl, 0xe0
    jae .extended
.geometry:
    mov ah, 8
    int 0x13
    mov ax, cx
    call hex4
    mov al, dh
    call hex2
    xor ax, ax
    mov es, ax
    mov ax, 0x0201
    mov cx, 2
    mov dh, 0
    mov dl, [drive]
    mov bx, 0x8000
    int 0x13
    jmp .word
.extended:
    mov ah, 0x42
    mov si, packet
    int 0x13
.word:
    jc .bad
    mov ax, [0x8000]
    call hex4
    mov ax, 0x4b01
    mov dl, 0x7f
    mov si, 0x9000
    int 0x13
    jc .off
    mov al, [0x9001]
    call hex2
    mov ax, [0x900c]
    call hex4
.off:
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
.bad:
    mov al, '!'
    out 0xe9, al
    jmp .off

hex4:
    push ax
    mov al, ah
    call digits
    pop ax
hex2:
    call digits
    mov al, ' '
    out 0xe9, al
    ret
digits:
    push ax
    shr al, 4
    call digit
    pop ax
    and al, 15
digit:
    add al, '0'
    cmp al, '9'
    jbe .out
    add al, 'a' - '9' - 1
.out:
    out 0xe9, al
    ret

packet:
    db 16, 0
    dw 1, 0x8000, 0
    dq 1
drive: db 0
    times 0x1be - ($ - $$) db 0
    db 0x80, 1, 1, 0, 0x0c, 15, 63, 7 ; the partition: to cylinder 7, head 15, sector 63
    dd 63, 8 * 16 * 63 - 63
    times 510 - ($ - $$) db 0
    dw 0xaa55
