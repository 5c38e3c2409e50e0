; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/where.asm - boot sector that says on COM1 and on the screen which drive it came from ("booted
; from drive 80"), and what INT 13h says of it, and turns the power off.
bits 16
org 0x7c00

    jmp 0:start
start:
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov [drive], dl
    mov si, text
    call print
    mov al, [drive]
    call hex
    mov si, heads
    call print
    mov ah, 8
    mov dl, [drive]
    int 0x13
    mov al, dh
    jc failed
    call hex
failed:
    mov al, 10
    call put
    mov dx, 0x604               ; the power goes off
    mov ax, 0x2000
    out dx, ax
stop:
    hlt
    jmp stop

print:
    lodsb
    test al, al
    jz .done
    call put
    jmp print
.done:
    ret

hex:
    push ax
    shr al, 4
    call .digit
    pop ax
    and al, 15
.digit:
    cmp al, 10
    sbb al, 0x69
    das
put:
    pusha
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    popa
    push dx
    mov dx, 0x3f8
    out dx, al
    pop dx
    ret

text:   db "booted from drive ", 0
heads:  db ", last head ", 0
drive:  db 0
    times 510 - ($ - $$) db 0
    dw 0xaa55
