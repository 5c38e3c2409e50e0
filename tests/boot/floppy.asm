; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/floppy.asm - boot sector that asks INT 13h for its diskette (80 x 2 x 18 sectors; sector n
; is filled with n & FFh; the first four hold this program). Prints "ok NAME" or "FAIL NAME". Source: Phoenix "System BIOS for IBM PCs".
bits 16
org 0x7c00

%macro expect 2                 ; condition under which it fails, name
    j%1 %%bad
    mov bx, %%name
    call passed
    jmp %%done
%%name: db %2, 10, 0
%%bad:
    mov bx, %%name
    call failed
%%done:
%endmacro

    jmp 0:start

read:
    mov bx, 0x9000
read_at:
    push bx
    mov bx, 0
    mov es, bx                  ; 08h left it at the diskette's parameters
    pop bx
    mov dl, [drive]
    int 0x13
    ret

start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov [drive], dl
    mov bx, 0x7e00              ; the rest of this program
    mov cx, 0x0002
    mov dx, 0
    mov ax, 0x0203
    call read_at
    mov dl, [drive]
    jmp checks
    times 510 - ($ - $$) db 0
    dw 0xaa55
checks:
    test dl, dl
    expect nz, "drive 0 in DL"
    mov ah, 0                   ; reset
    int 0x13
    expect c, "00h reset"
    mov ah, 8                   ; parameters
    mov dl, [drive]
    int 0x13
    cmp cx, 79 << 8 | 18
    expect ne, "08h cylinders, sectors"
    mov ah, 8
    mov dl, [drive]
    int 0x13
    cmp dx, 1 << 8 | 1
    expect ne, "08h heads, drives"
    mov cx, 0x0005              ; LBA 4 .. 7
    mov dx, 0
    mov ax, 0x0204
    call read
    cmp ax, 0x0004
    expect ne, "02h count"
    mov al, [0x9000 + 3 * 512 + 511]
    cmp al, 7
    expect ne, "02h data"
    mov cx, 5 << 8 | 7          ; cylinder 5, head 1, sector 7: 204
    mov dx, 0x0100
    mov ax, 0x0201
    call read
    cmp byte [0x9000], 204
    expect ne, "02h geometry"
    mov cx, 0x0013              ; sector 19
    mov dx, 0
    mov ax, 0x0201
    call read
    expect nc, "02h sector out of range"
    mov cx, 0x4f12              ; the last sector: 2879
    mov dx, 0x0100
    mov word [0x9000], 0xabcd
    mov ax, 0x0301
    call read
    expect c, "03h write"
    mov word [0x9000], 0
    mov cx, 0x4f12
    mov dx, 0x0100
    mov ax, 0x0201
    call read
    cmp word [0x9000], 0xabcd
    expect ne, "03h data"
    mov cx, 0x4e12              ; 2843 ... over the end of a track and of a cylinder
    mov dx, 0x0100
    mov ax, 0x0414
    call read
    expect c, "04h verify across tracks"
    mov ax, 0x0202
    mov cx, 0x0001
    mov dx, 0
    mov bx, 0xff00              ; 64 KiB end within the first sector
    call read_at
    cmp ah, 9
    expect ne, "02h DMA boundary"
    mov ah, 0x16
    mov dl, [drive]
    int 0x13
    expect c, "16h not changed"
    mov ah, 1
    mov dl, [drive]
    int 0x13
    test ah, ah
    expect nz, "01h status"
    mov ah, 0x15
    mov dl, [drive]
    int 0x13
    cmp ah, 2
    expect ne, "15h drive type"
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $

failed:
    mov si, t_fail
    jmp print
passed:
    mov si, t_ok
print:
    call say
    mov si, bx
say:
    lodsb
    test al, al
    jz .done
    out 0xe9, al
    jmp say
.done:
    ret

t_ok: db "ok ", 0
t_fail: db "FAIL ", 0
drive: db 0
    times 2048 - ($ - $$) db 0
