; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/int13.asm - INT 13h for disk 80h (4 MiB) and CD E0h, whose 32-bit words are their own numbers: by
; geometry, by packets, by PIO (a buffer at an odd address) and bus master, what is told of them, errors.
; Sources: Phoenix, "BIOS Enhanced Disk Drive Specification" 3.0; Ralf Brown's interrupt list.
bits 16
org 0x7c00
%include "verdict.inc"

BUFFER equ 0x1000               ; segment
WORDS equ 128                   ; of a sector

%macro packet 3                 ; count, offset in BUFFER, LBA
    mov word [dap + 2], %1
    mov word [dap + 4], %2
    mov dword [dap + 8], %3
    mov si, dap
%endmacro

    xor ax, ax
    mov ds, ax
    mov ax, BUFFER
    mov es, ax

    cmp byte [0x475], 1         ; how many there are
    expect ne, "one disk in the BIOS data area"
    mov dl, 0x80
    mov ah, 0x08
    push es
    int 0x13
    pop es
    cmp dl, 1
    expect ne, "08h one disk"
    cmp cx, 7 << 8 | 63         ; 8192 sectors: 8 cylinders of 16 x 63
    expect ne, "08h cylinders, sectors"
    cmp dh, 15
    expect ne, "08h heads"
    mov ah, 0x15
    mov dl, 0x80
    int 0x13
    cmp ah, 3
    expect ne, "15h a disk"
    cmp dx, 8 * 16 * 63
    expect ne, "15h sectors"
    mov ah, 0x15
    mov dl, 0x81
    int 0x13
    test ah, ah
    expect nz, "15h no second disk"
    les bx, [0x41 * 4]
    cmp word [es:bx], 8
    expect ne, "INT 41h: cylinders"
    mov ax, BUFFER
    mov es, ax

    mov ax, 0x0203              ; cylinder 1, head 2, sector 5: three sectors
    mov cx, 1 << 8 | 5
    mov dx, 2 << 8 | 0x80
    mov bx, 0
    int 0x13
    expect c, "02h"
    cmp ax, 3
    expect ne, "02h count"
    cmp dword [es:0], (1008 + 2 * 63 + 4) * WORDS
    expect ne, "02h first word"
    cmp dword [es:3 * 512 - 4], (1008 + 2 * 63 + 7) * WORDS - 1
    expect ne, "02h last word"
    mov ax, 0x0202              ; the same by PIO
    mov cx, 1 << 8 | 5
    mov dx, 2 << 8 | 0x80
    mov bx, 0x4001
    int 0x13
    expect c, "02h to an odd address"
    cmp dword [es:0x4001], (1008 + 2 * 63 + 4) * WORDS
    expect ne, "02h to an odd address: first word"
    cmp dword [es:0x4001 + 1024 - 4], (1008 + 2 * 63 + 6) * WORDS - 1
    expect ne, "02h to an odd address: last word"
    mov ax, 0x0201
    mov cx, 8 << 8 | 1
    mov dx, 0x0080
    int 0x13
    expect nc, "02h a cylinder too many"
    cmp ax, 0x0100
    expect ne, "02h a cylinder too many: code and count"
    mov ah, 0x01
    mov dl, 0x80
    int 0x13
    cmp ah, 0x01
    expect ne, "01h the same code"
    mov ax, 0x0201
    mov cx, 1
    mov dx, 0x0081
    int 0x13
    expect nc, "02h a disk that is not there"

    mov ah, 0x41
    mov bx, 0x55aa
    mov dl, 0x80
    int 0x13
    expect c, "41h"
    cmp bx, 0xaa55
    expect ne, "41h signature"
    cmp ah, 0x30
    expect ne, "41h version"
    packet 200, 0, 1000         ; over 64 KiB of memory: two commands, and regions that end at 64 KiB
    mov ah, 0x42
    mov dl, 0x80
    int 0x13
    expect c, "42h"
    cmp dword [es:0], 1000 * WORDS
    expect ne, "42h first word"
    cmp dword [es:127 * 512], 1127 * WORDS
    expect ne, "42h before 64 KiB"
    mov ax, BUFFER + 0x1000
    mov es, ax
    cmp dword [es:71 * 512 + 508], 1200 * WORDS - 1
    expect ne, "42h last word"
    mov ax, BUFFER
    mov es, ax
    packet 2, 0, 8191           ; one sector too many
    mov ah, 0x42
    mov dl, 0x80
    int 0x13
    expect nc, "42h behind the end"
    cmp word [dap + 2], 0
    expect ne, "42h behind the end: nothing was read"
    mov word [dap], 8           ; a short packet
    mov ah, 0x42
    mov dl, 0x80
    int 0x13
    expect nc, "42h a short packet"
    mov word [dap], 16

    mov dword [es:0], 0x600df00d
    mov dword [es:1020], 0x12345678
    packet 2, 0, 3000           ; written by the bus master, read by PIO
    mov ax, 0x4300
    mov dl, 0x80
    int 0x13
    expect c, "43h"
    packet 2, 0x2001, 3000
    mov ah, 0x42
    mov dl, 0x80
    int 0x13
    cmp dword [es:0x2001], 0x600df00d
    expect ne, "43h first word"
    cmp dword [es:0x2001 + 1020], 0x12345678
    expect ne, "43h last word"
    mov dword [es:0x2001], 0x0ddba11
    mov ax, 0x0302              ; written by PIO, read by the bus master: 3000 is 2, 15, 40
    mov cx, 2 << 8 | 40
    mov dx, 15 << 8 | 0x80
    mov bx, 0x2001
    int 0x13
    expect c, "03h"
    packet 1, 0, 3000
    mov ah, 0x42
    mov dl, 0x80
    int 0x13
    cmp dword [es:0], 0x0ddba11
    expect ne, "03h first word"
    packet 100, 0, 3000
    mov ah, 0x44
    mov dl, 0x80
    int 0x13
    expect c, "44h"
    mov ax, 0x0410
    mov cx, 1
    mov dx, 0x0080
    int 0x13
    expect c, "04h"
    mov ah, 0x47
    mov dl, 0x80
    int 0x13
    expect c, "47h"

    mov word [parameters], 74
    mov si, parameters
    mov ah, 0x48
    mov dl, 0x80
    int 0x13
    expect c, "48h"
    cmp word [parameters], 74
    expect ne, "48h length"
    cmp dword [parameters + 4], 8
    expect ne, "48h cylinders"
    cmp dword [parameters + 16], 8192
    expect ne, "48h sectors"
    cmp word [parameters + 24], 512
    expect ne, "48h bytes of a sector"
    cmp word [parameters + 30], 0xbedd
    expect ne, "48h device path"
    cmp dword [parameters + 36], 'PCI '
    expect ne, "48h bus"
    mov si, parameters + 30
    mov cx, 44
    mov bl, 0
.sum:
    lodsb
    add bl, al
    loop .sum
    test bl, bl
    expect nz, "48h checksum of the path"
    les bx, [parameters + 26]
    cmp word [es:bx], 0x1f0
    expect ne, "48h extension: port"
    cmp byte [es:bx + 6], 14
    expect ne, "48h extension: interrupt"
    mov ax, BUFFER
    mov es, ax
    mov word [parameters], 25
    mov si, parameters
    mov ah, 0x48
    mov dl, 0x80
    int 0x13
    expect nc, "48h no room"
    mov ax, 0x4500
    mov dl, 0x80
    int 0x13
    expect nc, "45h a disk cannot be locked"
    mov ah, 0x66
    mov dl, 0x80
    int 0x13
    expect nc, "66h no such function"

    mov ah, 0x41                ; the CD
    mov bx, 0x55aa
    mov dl, 0xe0
    int 0x13
    cmp bx, 0xaa55
    expect ne, "CD: 41h signature"
    packet 40, 0, 100           ; two commands
    mov ah, 0x42
    mov dl, 0xe0
    int 0x13
    expect c, "CD: 42h"
    cmp dword [es:0], 100 * 512
    expect ne, "CD: 42h first word"
    mov ax, BUFFER + 0x1000
    mov es, ax
    cmp dword [es:8 * 2048 - 4], 140 * 512 - 1
    expect ne, "CD: 42h last word"
    mov ax, BUFFER
    mov es, ax
    packet 2, 0x1001, 7
    mov ah, 0x42
    mov dl, 0xe0
    int 0x13
    cmp dword [es:0x1001], 7 * 512
    expect ne, "CD: 42h to an odd address"
    cmp dword [es:0x1001 + 4092], 9 * 512 - 1
    expect ne, "CD: 42h to an odd address: last word"
    packet 1, 0, 0x7fffffff
    mov ah, 0x42
    mov dl, 0xe0
    int 0x13
    expect nc, "CD: 42h behind the end"
    cmp ah, 0x04
    expect ne, "CD: 42h behind the end: code"
    packet 1, 0, 5
    mov ax, 0x4300
    mov dl, 0xe0
    int 0x13
    cmp ah, 0x03
    expect ne, "CD: 43h write protected"
    mov word [parameters], 30
    mov si, parameters
    mov ah, 0x48
    mov dl, 0xe0
    int 0x13
    cmp word [parameters + 24], 2048
    expect ne, "CD: 48h bytes of a sector"
    mov ax, 0x4500
    mov dl, 0xe0
    int 0x13
    expect c, "CD: 45h locked"
    mov ax, 0x4600
    mov dl, 0xe0
    int 0x13
    cmp ah, 0xb1
    expect ne, "CD: 46h not while it is locked"
    mov ax, 0x4501
    mov dl, 0xe0
    int 0x13
    cmp ax, 0
    expect ne, "CD: 45h unlocked"
    mov ax, 0x4600
    mov dl, 0xe0
    int 0x13
    expect c, "CD: 46h ejected"
    packet 1, 0, 5
    mov ah, 0x42
    mov dl, 0xe0
    int 0x13
    cmp ah, 0x31
    expect ne, "CD: 42h no disc"
    mov ax, 0x4b01
    mov si, parameters
    mov dl, 0x7f
    int 0x13
    expect nc, "4Bh nothing is emulated"
    power_off

    verdict_code

align 4
dap:
    db 16, 0
    dw 0, 0, BUFFER
    dq 0
parameters: times 80 db 0
