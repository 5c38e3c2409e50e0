; SPDX-License-Identifier: GPL-3.0-or-later
;
; bios/tour/boot.asm - stages 1 to 3 of the tour: real mode, protected mode, long mode.
; The firmware loads the image at 0000:7C00 and jumps to its first byte.
; Source: SDM Vol. 3A, "Switching to Protected Mode" and "Initializing IA-32e Mode".

%include "tour.inc"

extern tour_main, bss_start, bss_dwords
extern page_map, kernel_stack_top

; ================================================================ stage 1: real mode, 16 bits
section .boot exec
bits 16

global real_mode_start
real_mode_start:
        cli
        cld
        xor     ax, ax              ; one segment: DS = ES = SS = 0, so offset = address
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, real_mode_start ; grows down from 7C00h
        sti

        mov     ax, 0x0003          ; INT 10h, 00h: text, 80 x 25
        int     0x10
        mov     si, text_title
        mov     bl, WHITE
        call    print16

        mov     si, text_real
        mov     bl, WHITE
        call    print16
        mov     si, text_cs
        mov     bl, GREY
        call    print16
        mov     ax, cs
        call    print_hex16
        mov     si, text_cr0
        call    print16
        mov     eax, cr0
        ror     eax, 16             ; high half first
        call    print_hex16
        ror     eax, 16
        call    print_hex16
        mov     si, text_segment
        call    print16
        call    read_memory_map

        ; ------------------------------------------------ stage 2: the GDT, then CR0.PE
        mov     si, text_protected
        mov     bl, WHITE
        call    print16
        cli                         ; the IVT means nothing from here on; no IDT yet
        mov     ax, [0x450]         ; the BIOS keeps the cursor there: column, row
        mov     [screen_column], al
        mov     [screen_row], ah
        lgdt    [gdt_register]
        mov     eax, cr0
        or      al, 1               ; PE
        mov     cr0, eax
        jmp     dword SEL_CODE32:protected_mode_start

; INT 15h, E820: count the ranges and add up the RAM.
read_memory_map:
        xor     ebx, ebx
.next:  mov     eax, 0xe820
        mov     edx, 0x534d4150     ; "SMAP"
        mov     ecx, 20
        mov     di, memory_range
        int     0x15
        jc      .end
        inc     word [memory_ranges]
        cmp     dword [memory_range + 16], 1
        jne     .other
        mov     eax, [memory_range + 8]
        add     [memory_ram], eax
        mov     eax, [memory_range + 12]
        adc     [memory_ram + 4], eax
.other: test    ebx, ebx
        jnz     .next
.end:   ret

; DS:SI, ended by 0, with attribute BL: the screen through the BIOS, COM1 by hand.
print16:
        push    ax
.next:  lodsb
        test    al, al
        jz      .end
        call    putc16
        jmp     .next
.end:   pop     ax
        ret

putc16:
        pusha
        cmp     al, ' '
        jb      .control
        mov     ah, 0x09            ; the character with its colour, cursor stays
        mov     bh, 0
        mov     cx, 1
        int     0x10
.control:
        mov     ah, 0x0e            ; again, and the cursor moves on
        mov     bh, 0
        int     0x10
        call    serial16
        popa
        ret

print_hex16:                        ; AX as four digits, attribute BL
        push    eax
        push    cx
        mov     cx, 4
.next:  rol     ax, 4
        push    ax
        and     al, 0x0f
        cmp     al, 10
        sbb     al, 0x69            ; 0-9, A-F in three instructions: a classic
        das
        or      al, 0x20            ; small letters
        call    putc16
        pop     ax
        loop    .next
        pop     cx
        pop     eax
        ret

serial16:
        mov     ah, al
        mov     dx, COM1 + 5
.wait:  in      al, dx              ; transmitter empty?
        test    al, 0x20
        jz      .wait
        mov     al, ah
        mov     dx, COM1
        out     dx, al
        ret

; ================================================================ stage 2: protected mode, 32 bits
bits 32
protected_mode_start:
        mov     ax, SEL_DATA
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     esp, real_mode_start
        cld
        mov     edi, bss_start      ; variables that the image does not hold start as zero
        mov     ecx, bss_dwords
        xor     eax, eax
        rep     stosd
        mov     ah, GREY
        mov     esi, text_gdt
        call    print32
        mov     ah, WHITE
        mov     esi, text_long
        call    print32

        ; -------------------------------------------- stage 3: paging, EFER.LME, then CR0.PG
        call    build_page_map
        mov     eax, cr4
        or      eax, 1 << 5         ; PAE: entries of 64 bits
        mov     cr4, eax
        mov     eax, page_map
        mov     cr3, eax
        mov     ecx, 0xc0000080     ; EFER
        rdmsr
        or      eax, (1 << 8) | 1   ; LME, SCE (SYSCALL)
        wrmsr
        mov     eax, cr0
        or      eax, (1 << 31) | (1 << 16) ; PG, WP: now EFER.LMA is set, but CS is still 32-bit
        mov     cr0, eax
        jmp     SEL_CODE64:long_mode_start

; Linear 0 to 2 MiB is physical 0 to 2 MiB, in pages of 4 KiB. PML4[0] and PML4[256] share what is
; below them. Page 0 stays out: a null pointer faults.
build_page_map:
        mov     edi, page_map       ; PML4, PDPT, PD, PT, one page each
        lea     eax, [edi + 0x1000 + PTE_P + PTE_W + PTE_U]
        mov     [edi], eax
        lea     eax, [edi + 0x1000 + PTE_P + PTE_W]
        mov     [edi + 256 * 8], eax
        lea     eax, [edi + 0x2000 + PTE_P + PTE_W + PTE_U]
        mov     [edi + 0x1000], eax
        lea     eax, [edi + 0x3000 + PTE_P + PTE_W]
        mov     [edi + 0x2000], eax
        mov     eax, 0x1000 + PTE_P + PTE_W
        mov     ecx, 1
.next:  mov     [edi + 0x3000 + ecx * 8], eax
        add     eax, 0x1000
        inc     ecx
        cmp     ecx, 512
        jb      .next
        ret

; ESI, ended by 0, with attribute AH: video memory and COM1 by hand, no BIOS any more.
print32:
        lodsb
        test    al, al
        jz      .end
        cmp     al, 13
        je      .return
        cmp     al, 10
        je      .line
        movzx   edi, byte [screen_row]
        imul    edi, edi, 80
        movzx   ebx, byte [screen_column]
        add     edi, ebx
        mov     [0xb8000 + edi * 2], ax
        inc     byte [screen_column]
        jmp     .serial
.line:  inc     byte [screen_row]
        jmp     .serial
.return:
        mov     byte [screen_column], 0
.serial:
        mov     bl, al
        mov     dx, COM1 + 5
.wait:  in      al, dx
        test    al, 0x20
        jz      .wait
        mov     al, bl
        mov     dx, COM1
        out     dx, al
        jmp     print32
.end:   ret

; ================================================================ stage 3: long mode, 64 bits
bits 64
long_mode_start:
        mov     ax, SEL_DATA        ; base and limit of DS, ES, SS no longer matter
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        xor     eax, eax
        mov     fs, ax
        mov     gs, ax
        mov     rsp, kernel_stack_top
        call    tour_main           ; does not return
.halt:  hlt
        jmp     .halt

; ================================================================ data
section .boot_data
%define LINE 13, 10
text_title:     db "The tour: from the BIOS to ring 3, stage by stage.", LINE, 0
text_real:      db "[1] real mode: ", 0
text_cs:        db "CS=", 0
text_cr0:       db " CR0=", 0
text_segment:   db " PE=0; address = segment * 16 + offset", LINE, 0
text_protected: db "[2] protected mode: ", 0
text_gdt:       db "CR0.PE=1, CS=0018 selects GDT entry 3: base 0, limit 4 GiB", LINE, 0
text_long:      db "[3] long mode: ", 0

align 8
global gdt, gdt_tss
gdt:
        dq      0
        dq      0x00af9b000000ffff  ; 08h kernel code, 64-bit (L=1)
        dq      0x00cf93000000ffff  ; 10h kernel data
        dq      0x00cf9b000000ffff  ; 18h code, 32-bit: stage 2
        dq      0x00cff3000000ffff  ; 20h user data (DPL 3)
        dq      0x00affb000000ffff  ; 28h user code, 64-bit (DPL 3)
gdt_tss:                            ; 30h TSS: 16 bytes in long mode, filled by interrupts.c
        dq      0, 0
gdt_register:
        dw      gdt_register - gdt - 1
        dd      gdt

memory_range:   times 20 db 0
global memory_ranges, memory_ram, screen_row, screen_column
align 8
memory_ram:     dq 0                ; bytes
memory_ranges:  dw 0
screen_row:     db 0
screen_column:  db 0

section .note.GNU-stack noalloc noexec nowrite progbits
