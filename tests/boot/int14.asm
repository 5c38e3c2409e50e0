; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/int14.asm - INT 14h and 17h of a machine with COM1, COM2 and LPT1: prints on COM2 and LPT1, and
; says on port E9h what it finds of lists, status and time-outs. Flat at 7C00h.
%include "verdict.inc"
verdict_program

; Function %1 of the interrupt that BP calls, for port DX, with each character at SI; BH: AH of all answers, ORed.
%macro put_text 1
    mov bh, 0
%%next:
    lodsb
    test al, al
    jz %%done
    mov ah, %1
    call bp
    or bh, ah
    jmp %%next
%%done:
%endmacro

serial:
    int 0x14
    ret
printer:
    int 0x17
    ret

start:
    cmp dword [0x400], 0x02f803f8
    expect ne, "COM1 and COM2 are listed"
    cmp dword [0x404], 0
    expect ne, "and no others"
    cmp dword [0x408], 0x00000378
    expect ne, "LPT1 is listed, LPT2 is not"
    cmp word [0x40c], 0
    expect ne, "nor is LPT3"
    int 0x11
    and ax, 0xce00
    cmp ax, 0x4400
    expect ne, "INT 11h: two serial ports, one printer"
    cmp dword [0x47c], 0x01010101
    expect ne, "time-outs of the serial ports"
    mov eax, [0x478]
    and eax, 0xffffff
    cmp eax, 0x141414
    expect ne, "time-outs of the printers"

; --- COM2
    mov ax, 0x00fa              ; 9600 baud, even parity, 7 bits
    mov dx, 1
    int 0x14
    test ah, 0x80
    expect nz, "14h/00h: COM2"
    mov dx, 0x2fb
    in al, dx
    cmp al, 0x1a
    expect ne, "14h/00h: line control"
    mov al, 0x9a
    out dx, al
    mov dx, 0x2f8
    in al, dx
    cmp al, 12
    expect ne, "14h/00h: divisor"
    mov dx, 0x2fb
    mov al, 0x03
    out dx, al
    mov dx, 1
    mov bp, serial
    mov si, on_com2
    put_text 1
    test bh, 0x80
    expect nz, "14h/01h: sends"
    mov ah, 3
    int 0x14
    and ah, 0x60
    cmp ah, 0x60
    expect ne, "14h/03h: line status"
    and al, 0x30
    cmp al, 0x30
    expect ne, "14h/03h: modem status"

    mov dx, 0x2fc
    mov al, 0x13                ; the line's end is connected to its beginning
    out dx, al
    mov dx, 1
    mov ax, 0x0100 | 'q'
    int 0x14
    mov ax, 0x0200
    int 0x14
    cmp ax, 'q'
    expect ne, "14h/02h: receives"
    mov ebx, [0x46c]
    mov byte [0x47d], 2
    mov ah, 2
    int 0x14
    test ah, 0x80
    expect z, "14h/02h: time-out"
    mov eax, [0x46c]
    sub eax, ebx
    sub eax, 36
    cmp eax, 4
    expect nb, "14h/02h: after two seconds"
    mov dx, 2
    mov ax, 0x0100 | 'q'
    int 0x14
    test ah, 0x80
    expect z, "14h/01h: no COM3"
    mov dx, 0xffff
    mov ah, 3
    int 0x14
    test ah, 0x80
    expect z, "14h/03h: no such number"

; --- LPT1
    mov dx, 0
    mov ah, 1
    int 0x17
    cmp ah, 0x90
    expect ne, "17h/01h: ready and selected"
    mov bp, printer
    mov si, on_paper
    put_text 0
    test bh, 0x29
    expect nz, "17h/00h: prints"
    mov ecx, 10000
    a32 loop $
    mov ah, 2
    int 0x17
    cmp ah, 0x90
    expect ne, "17h/02h: status"
    mov dx, 1
    mov ah, 2
    int 0x17
    test ah, 1
    expect z, "17h/02h: no LPT2"
    mov word [0x40a], 0x3f8     ; a printer whose status, COM1's interrupts, says busy
    mov byte [0x479], 1
    mov ebx, [0x46c]
    mov ax, 'b'
    int 0x17
    test ah, 1
    expect z, "17h/00h: time-out"
    test ah, 0x80
    expect nz, "17h/00h: busy"
    mov eax, [0x46c]
    sub eax, ebx
    sub eax, 18
    cmp eax, 4
    expect nb, "17h/00h: after a second"
    power_off

on_com2:
    db "by INT 14h", 10, 0
on_paper:
    db "by INT 17h", 10, 0
