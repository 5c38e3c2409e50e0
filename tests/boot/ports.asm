; SPDX-License-Identifier: GPL-3.0-or-later
; tests/boot/ports.asm - writes its name to COM1 to COM4, and prints by interrupt on LPT1, beeps. Flat at 7C00h.
bits 16
org 0x7c00

start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    cli
    mov word [0x0f * 4], acknowledged
    mov word [0x0f * 4 + 2], 0
    in al, 0x21
    and al, 0x7f                ; IRQ 7
    out 0x21, al
    sti
    mov cx, 4
    mov di, ports
.next:
    mov dx, [di]
    mov si, text
    mov al, cl
    add al, '0'                 ; 4 ... 1
    mov [number], al
.character:
    lodsb
    test al, al
    jz .done
    out dx, al
    jmp .character
.done:
    add di, 2
    loop .next

    mov si, paper
.print:
    lodsb
    test al, al
    jz .off
    mov dx, 0x378
    out dx, al
    mov dx, 0x37a
    mov al, 0x1d                ; strobe, interrupt
    out dx, al
    dec al
    out dx, al
.wait:
    cmp byte [count], 0
    jne .taken
    hlt
    jmp .wait
.taken:
    mov byte [count], 0
    jmp .print
.off:
    mov al, 0xb6                ; 1000 Hz for five milliseconds
    out 0x43, al
    mov ax, 1193
    out 0x42, al
    mov al, ah
    out 0x42, al
    mov al, 3
    out 0x61, al
    mov ecx, 5000000            ; ticks
.play:
    a32 loop .play
    mov al, 0
    out 0x61, al
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $

acknowledged:
    push ax
    push dx
    mov dx, 0x379
    in al, dx                   ; ends the interrupt
    inc byte [count]
    mov al, 0x20
    out 0x20, al
    pop dx
    pop ax
    iret

ports: dw 0x3f8, 0x2f8, 0x3e8, 0x2e8
text: db "port "
number: db "0", 10, 0
paper: db "on paper", 10, 0
count: db 0
