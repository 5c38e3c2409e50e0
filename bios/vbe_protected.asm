; SPDX-License-Identifier: GPL-3.0-or-later
;
; bios/vbe_protected.asm - what INT 10h, function 4F0Ah hands out: window, display start and palette
; for 32-bit code that copies it to where it likes. Source: VBE Core Functions Standard 3.0,
; "Return VBE Protected Mode Interface".

section .text16 exec
bits 32

%include "dispi.inc"
%define STATUS 0x3da
%define RETRACE 8
%define RETRACE_LOOKS 0x2000000     ; a frame takes a tenth of them

global vbe_protected, vbe_protected_end
vbe_protected:
        dw      set_window - vbe_protected
        dw      set_start - vbe_protected
        dw      set_palette - vbe_protected
        dw      ports - vbe_protected
ports:  dw      DISPI_PORT_INDEX, DISPI_PORT_DATA, 0x1d0, 0x3c6, 0x3c7, 0x3c8, 0x3c9, STATUS, 0xffff, 0xffff

; AX: index; returns its value in AX. Uses DX.
dispi_read:
        mov     dx, DISPI_PORT_INDEX
        out     dx, ax
        inc     edx
        in      ax, dx
        ret

; AX: index, CX: value. Uses DX.
dispi_write:
        mov     dx, DISPI_PORT_INDEX
        out     dx, ax
        inc     edx
        mov     ax, cx
        out     dx, ax
        ret

; BL bit 7: until the next vertical retrace begins, or for a while if none does. Uses EAX, ECX, EDX.
wait_retrace:
        test    bl, 0x80
        jz      .done
        mov     dx, STATUS
        mov     ecx, RETRACE_LOOKS
.shown: in      al, dx
        test    al, RETRACE
        loopnz  .shown
        mov     ecx, RETRACE_LOOKS
.next:  in      al, dx
        test    al, RETRACE
        loopz   .next
.done:  ret

; BH = 0: window A to bank DX.
set_window:
        pushad
        mov     ecx, edx
        test    bx, bx
        jnz     .done
        mov     eax, DISPI_BANK
        call    dispi_write
.done:  popad
        mov     ax, 0x004f
        ret

; DX:CX: the first byte shown, in units of four bytes. BL: 0, or 80h in the next vertical retrace.
set_start:
        pushad
        call    wait_retrace
        mov     ecx, [esp + 24]
        mov     edx, [esp + 20]
        movzx   ebx, cx
        shl     edx, 16
        or      ebx, edx
        shl     ebx, 2
        mov     eax, DISPI_BPP      ; bytes of a dot
        call    dispi_read
        movzx   esi, ax
        add     esi, 7
        shr     esi, 3
        mov     eax, DISPI_VIRT_WIDTH
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
        mov     eax, DISPI_X_OFFSET
        call    dispi_write
        mov     ecx, ebx
        mov     eax, DISPI_Y_OFFSET
        call    dispi_write
.done:  popad
        mov     ax, 0x004f
        ret

; CX colours from DX on at ES:EDI: blue, green, red, 0. BL: as above.
set_palette:
        pushad
        call    wait_retrace
        mov     ecx, [esp + 24]
        mov     edx, [esp + 20]
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
