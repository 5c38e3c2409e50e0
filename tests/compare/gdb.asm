; SPDX-License-Identifier: GPL-3.0-or-later
; tests/compare/gdb.asm - a boot sector that asks nothing of the firmware: arithmetic with all flags, those
; that the manual leaves undefined among them, decimal instructions, shifts, products and quotients, strings
; in both directions, the stack, a divide error, far calls, x87. It does so with new numbers each round,
; then turns the power off (PIIX4 as our firmware sets it up).
;   nasm -f bin -DROUNDS=60 -o gdb.img gdb.asm

%ifndef ROUNDS
%define ROUNDS 60
%endif

        bits 16
        org 0x7c00
start:
        jmp 0:.here
.here:  cli
        cld
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov word [0 * 4], divide_error
        mov [0 * 4 + 2], ax
        mov word [0x20 * 4], service
        mov [0x20 * 4 + 2], ax
        mov dword [seed], 0x12345678
        mov dword [check], eax
        mov word [rounds], ROUNDS
        fninit
        fldz

round:  mov eax, [seed]                 ; new numbers
        imul eax, eax, 1664525
        add eax, 1013904223
        mov [seed], eax
        mov ebx, eax
        ror ebx, 13
        mov ecx, ebx
        xor ecx, eax
        mov edx, ecx

        add al, bl                      ; sums, with carries into the next
        adc ah, bh
        sbb dx, cx
        adc edx, eax
        sub ecx, edx
        cmp bl, cl
        inc bx
        dec cx
        neg edx
        not eax
        call fold

        and eax, ebx                    ; AF is undefined after these
        or edx, ecx
        xor bh, dl
        test eax, edx
        pushf
        pop word [0x600]

        mov cl, al                      ; CF and OF are undefined for many counts
        shl ebx, cl
        sar dx, cl
        shr al, 3
        rcl edx, cl
        rcr bl, 5
        rol ax, cl
        ror bh, 1
        shld eax, edx, cl
        shrd dx, bx, 7
        call fold

        mul ebx                         ; SF ZF AF PF are undefined, and all after a quotient
        imul cx, dx, -77
        imul bl
        movzx ecx, dl
        or cl, 1
        xor edx, edx
        div ecx
        cdq
        idiv ecx
        mov dl, 0
        div dl                          ; #DE: the handler passes over it
        call fold

        daa
        das
        aaa
        aas
        aam
        aad
        bt eax, ebx
        bts edx, 9
        btr dx, ax
        btc eax, edx
        bsf ecx, eax
        bsr edx, ebx
        xor ebp, ebp
        bsf esi, ebp                    ; undefined: the source is 0
        bswap eax
        setc bl
        cmovle edx, eax
        xlatb
        call fold

        mov si, start                   ; strings
        mov di, 0x8000
        mov cx, 9
        rep movsd
        mov al, [di - 3]
        mov di, 0x8000
        mov cx, 40
        repne scasb
        std
        mov si, 0x8010
        mov di, 0x8021
        mov cx, 5
        rep stosw
        repe cmpsb
        lodsd
        cld
        mov cx, 0
        rep movsb
        call fold

        pushad                          ; the stack
        push es
        push word [si]
        enter 8, 1
        mov [bp - 2], ax
        leave
        pop dx
        pop es
        popad
        int 0x20
        call 0:.far
        jmp .x87
.far:   retf
.x87:   mov [0x610], eax
        fild dword [0x610]
        fadd st1, st0
        fld1
        fpatan
        fstp qword [0x618]
        fnstsw ax
        fist word [0x620]
        call fold

        dec word [rounds]
        jnz round
        mov dx, 0x604                   ; the power
        mov ax, 0x2000
        out dx, ax
        hlt

fold:   pushf                           ; what was computed goes into memory
        add [check], eax
        rol dword [check], 3
        xor [check], edx
        popf
        ret

divide_error:
        push bp
        mov bp, sp
        add word [bp + 2], 2
        pop bp
        iret
service:
        iret

        times 510 - ($ - $$) db 0
        dw 0xaa55

seed:   equ 0x700
check:  equ 0x704
rounds: equ 0x708
