; SPDX-License-Identifier: GPL-3.0-or-later
; tests/video/vbe.asm - functions of VBE that no picture shows: dot clocks, timings, the wait for the vertical
; retrace, by INT 10h and by the code for protected mode. Says on port E9h what it finds. Flat at 7C00h.
%include "verdict.inc"
verdict_program

; Z: the beam is in the vertical retrace.
in_retrace:
    push ax
    push dx
    mov dx, 0x3da
    in al, dx
    not al
    test al, 8
    pop dx
    pop ax
    ret

start:
    mov ax, 0x4f02              ; with timings: 800 x 600, 40 MHz, 60 Hz
    mov bx, 0x4943
    mov di, timings
    int 0x10
    cmp ax, 0x004f
    expect ne, "02h: mode with timings"
    mov ax, 0x4f03
    int 0x10
    cmp bx, 0x4143
    expect ne, "03h: is set"
    mov word [timings + 6], 600
    mov ax, 0x4f02
    mov bx, 0x0943
    int 0x10
    cmp ax, 0x014f
    expect ne, "02h: a frame without room for the retrace"
    mov word [timings + 6], 628
    mov dword [timings + 13], 400000001
    mov ax, 0x4f02
    mov bx, 0x0943
    int 0x10
    cmp ax, 0x014f
    expect ne, "02h: a clock beyond the highest"
    mov ax, 0x4f03
    int 0x10
    cmp bx, 0x4143
    expect ne, "03h: the mode before is left"

    mov ax, 0x4f0b
    mov bx, 0
    mov ecx, 40000123
    mov dx, 0x143
    int 0x10
    cmp ax, 0x004f
    expect ne, "0Bh: dot clock"
    cmp ecx, 40000123
    expect ne, "0Bh: the same"
    mov ax, 0x4f0b
    mov ecx, 500000000
    int 0x10
    cmp ecx, 400000000
    expect ne, "0Bh: the highest"
    mov ax, 0x4f0b
    mov dx, 0x1ff
    int 0x10
    cmp ax, 0x014f
    expect ne, "0Bh: no such mode"
    mov ax, 0x4f0b
    mov dx, 0x143
    mov bl, 1
    int 0x10
    cmp ax, 0x014f
    expect ne, "0Bh: no such subfunction"

    cli                         ; no interrupt between the retrace and the look at it
    mov ax, 0x4f07
    mov bx, 0x80
    mov cx, 4
    mov dx, 2
    int 0x10
    call in_retrace
    expect nz, "07h/80h: in the vertical retrace"
    call frame_ticks
    mov ax, 0x4f07
    mov bx, 0x80
    mov cx, 8
    int 0x10
    call frame_ticks            ; since the other
    sub eax, 13000000           ; 14.3 million ticks a frame
    cmp eax, 3000000
    expect nb, "07h/80h: one a frame"
    mov ax, 0x4f07
    mov bx, 1
    int 0x10
    cmp cx, 8
    expect ne, "07h/01h: where it is"
    mov ax, 0x4f09
    mov bx, 0x80
    mov cx, 1
    mov dx, 0
    mov di, timings
    int 0x10
    call in_retrace
    expect nz, "09h/80h: in the vertical retrace"
    call frame_ticks
    mov ax, 0x4f07
    mov bx, 0
    int 0x10
    call frame_ticks
    cmp eax, 100000
    expect nb, "07h/00h: at once"

    mov ax, 0x4f0a              ; the same by the code for 32 bits, where it is
    mov bx, 0
    int 0x10
    cmp ax, 0x004f
    expect ne, "0Ah: code for protected mode"
    mov ax, es
    movzx eax, ax
    shl eax, 4
    movzx edi, di
    add eax, edi
    movzx ecx, word [es:di + 2]
    add eax, ecx
    mov [entry], eax
    xor ax, ax
    mov es, ax
    lgdt [gdt_register]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:protected
bits 32
protected:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7c00
    mov ebx, 0x80
    mov ecx, 820                ; 4 * 820 bytes: a line of 800 dots, and 20 dots
    mov edx, 0
    call [entry]
    mov bx, ax
    mov dx, 0x3da
    in al, dx
    mov [status], al
    jmp 24:leave
bits 16
leave:
    mov eax, cr0
    and al, 0xfe
    mov cr0, eax
    jmp 0:real
real:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    test byte [status], 8
    expect z, "0Ah: start of the display in the vertical retrace"
    mov ax, 0x4f07
    mov bx, 1
    int 0x10
    cmp cx, 20
    expect ne, "0Ah: column"
    cmp dx, 1
    expect ne, "0Ah: line"
    power_off

; EAX: ticks since the last call.
frame_ticks:
    push edx
    push ecx
    rdtsc
    mov ecx, eax
    sub eax, [last]
    mov [last], ecx
    pop ecx
    pop edx
    ret

align 4
last:   dd 0
entry:  dd 0
status: db 0
timings:
    dw 1056, 840, 968           ; total, sync
    dw 628, 601, 605
    db 0
    dd 40000000
    dw 6000                     ; in units of 0.01 Hz
align 8
gdt:
    dq 0
    dq 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x00009a000000ffff
gdt_register:
    dw $ - gdt - 1
    dd gdt
