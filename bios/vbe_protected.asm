; SPDX-License-Identifier: GPL-3.0-or-later
;
; bios/vbe_protected.asm - what INT 10h, function 4F0Ah hands out: window, display start and palette
; for 32-bit code that copies it to where it likes. Source: VBE Core Functions Standard 3.0,
; "Return VBE Protected Mode Interface".

section .text16 exec
bits 32

%define DISPI_INDEX 0x1ce

global vbe_protected, vbe_protected_end
vbe_protected:
        dw      set_window - vbe_protected
        dw      set_start - vbe_protected
        dw      set_palette - vbe_protected
        dw      ports - vbe_protected
ports:  dw      0x1ce, 0x1cf, 0x1d0, 0x3c6, 0x3c7, 0x3c8, 0x3c9, 0xffff, 0xffff

; AX: index; returns its value in AX. Uses DX.
dispi_read:
        mov     dx, DISPI_INDEX
        out     dx, ax
        inc     edx
        in      ax, dx
        ret

; AX: index, CX: value. Uses DX.
dispi_write:
        mov     dx, DISPI_INDEX
        out     dx, ax
        inc     edx
        mov     ax, cx
        out     dx, ax
        ret

; BH = 0: window A to bank DX.
set_window:
        pushad
        mov     ecx, edx
        test    bx, bx
        jnz     .done
        mov     eax, 5
        call    dispi_write
.done:  popad
        mov     ax, 0x004f
        ret

; DX:CX: the first byte shown, in units of four bytes.
set_start:
        pushad
        movzx   ebx, cx
        shl     edx, 16
        or      ebx, edx
        shl     ebx, 2
        mov     eax, 3              ; bytes of a dot
        call    dispi_read
        movzx   esi, ax
        add     esi, 7
        shr     esi, 3
        mov     eax, 6              ; dots of a line
        call    dispi_read
        movzx   ecx, ax
        imul    ecx, esi
        mov     eax, ebx
        xor     edx, edx
        test    ecx, ecx
        jz      .done
        div     ecx                 ; the line, and the byte in it
        mov     ebx, eax
        mov     eax, edx
        xor     edx, edx
        div     esi
        mov     ecx, eax
        mov     eax, 8
        call    dispi_write
        mov     ecx, ebx
        mov     eax, 9
        call    dispi_write
.done:  popad
        mov     ax, 0x004f
        ret

; CX colours from DX on at ES:EDI: blue, green, red, 0.
set_palette:
        pushad
        movzx   ecx, cx
        mov     ebx, edx
.next:  jecxz   .done
        mov     dx, 0x3c8
        mov     al, bl
        out     dx, al
        inc     edx
        mov     al, [es:edi + 2]
        out     dx, al
        mov     al, [es:edi + 1]
        out     dx, al
        mov     al, [es:edi]
        out     dx, al
        add     edi, 4
        inc     ebx
        dec     ecx
        jmp     .next
.done:  popad
        mov     ax, 0x004f
        ret
vbe_protected_end:

section .note.GNU-stack noalloc noexec nowrite progbits
