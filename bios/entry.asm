; SPDX-License-Identifier: GPL-3.0-or-later
;
; bios/entry.asm - reset vector, interrupt entry points, the way to 32-bit code and back.
;
; Segments of 16-bit code: CS = F000h (this ROM), DS = ES = SS = 9E00h (the EBDA, which holds our
; data and stack), so that C compiled as "small model" can point at its own locals.
; Source: SDM Vol. 3A, "Processor Management and Initialization" and "Switching Modes".

%define EBDA_SEG    0x9e00
%define EBDA_BASE   0x9e000
%define STACK_TOP   0x2000          ; end of the EBDA
%define STACK_LOW   0x1400          ; below this the next slice starts again at the top
%define STACK_SLICE 0x400           ; stack for one entry from a foreign stack

%define SEL_CODE32  0x08
%define SEL_DATA32  0x10
%define SEL_CODE16  0x18
%define SEL_DATA16  0x20

; Registers as int_common leaves them on the stack; bios.h describes them as struct regs.
%define FRAME_SIZE    44
%define FRAME_HANDLER 36

extern post_main, data16_load, data16_start, data16_dwords, stack_next
extern int08_timer, int09_keyboard, int10_video, int11_equipment, int12_memory, int13_disk
extern int14_serial, int15_system, int16_keyboard, int17_printer, int18_no_boot, int19_boot
extern int1a_clock, int70_rtc, int_exception

bits 16

; ---------------------------------------------------------------- FFFF:0000, where all begins
section .reset exec
global reset_vector
reset_vector:
        jmp     0xf000:post_entry
        db      "10/01/25"          ; F000:FFF5, date of the firmware
        db      0
        db      0xfc                ; F000:FFFE, model: AT
        db      0

; ---------------------------------------------------------------- F000:E05B, as on every PC
section .entry exec
global post_entry
post_entry:
        jmp     power_on

section .text16 exec

power_on:
        cli
        cld
        mov     al, 0x8f            ; CMOS 0Fh: why were we reset?
        out     0x70, al
        in      al, 0x71
        mov     ah, al
        mov     al, 0x8f
        out     0x70, al
        mov     al, 0
        out     0x71, al
        mov     al, 0x0d            ; NMI allowed again
        out     0x70, al
        cmp     ah, 0x05            ; a 286-style return to real mode, with and without EOI
        je      resume_with_eoi
        cmp     ah, 0x0a
        je      resume

        in      al, 0x92            ; A20 on
        and     al, 0xfe
        or      al, 0x02
        out     0x92, al

        mov     ax, EBDA_SEG        ; clean state in the EBDA, then our initialised data
        mov     es, ax
        mov     ss, ax
        mov     esp, STACK_TOP
        xor     eax, eax
        xor     di, di
        mov     cx, 0x500 / 4
        rep     stosd
        mov     ax, 0xf000
        mov     ds, ax
        mov     si, data16_load
        mov     di, data16_start
        mov     cx, data16_dwords
        rep     movsd
        mov     ax, EBDA_SEG
        mov     ds, ax
        mov     word [stack_next], STACK_TOP - STACK_SLICE
        call    dword post_main     ; does not return

resume_with_eoi:
        mov     al, 0x20
        out     0xa0, al
        out     0x20, al
resume:
        xor     ax, ax
        mov     ds, ax
        jmp     far [0x467]

; ---------------------------------------------------------------- interrupt entry points
; The C handler gets a pointer to struct regs and may change what the caller gets back.
%macro STUB 2
stub_%1:
        push    word %2
        jmp     int_common
%endmacro

        STUB    00, int_exception
        STUB    06, int_exception
        STUB    08, int08_timer
        STUB    09, int09_keyboard
        STUB    10, int10_video
        STUB    11, int11_equipment
        STUB    12, int12_memory
        STUB    13, int13_disk
        STUB    14, int14_serial
        STUB    15, int15_system
        STUB    16, int16_keyboard
        STUB    17, int17_printer
        STUB    18, int18_no_boot
        STUB    19, int19_boot
        STUB    1a, int1a_clock
        STUB    70, int70_rtc

int_common:
        push    ds
        push    es
        pushad
        cld
        mov     ax, ss
        cmp     ax, EBDA_SEG
        je      nested

        mov     dx, ax              ; entered from a foreign stack: copy the frame to a slice of ours
        mov     ebx, esp
        movzx   esi, sp
        mov     ds, ax
        mov     ax, EBDA_SEG
        mov     es, ax
        movzx   edi, word [es:stack_next]
        mov     ss, ax
        mov     esp, edi
        sub     di, STACK_SLICE
        cmp     di, STACK_LOW
        jae     .slice
        mov     di, STACK_TOP - STACK_SLICE ; callers that never returned: start again
.slice:
        mov     [es:stack_next], di
        push    ebx
        push    dx
        push    fs
        sub     esp, FRAME_SIZE
        mov     edi, esp
        mov     cx, FRAME_SIZE / 4
        rep     movsd
        mov     ds, ax
        mov     eax, esp
        push    eax
        movzx   ecx, word [eax + FRAME_HANDLER]
        call    ecx
        add     esp, 4

        lea     eax, [esp + FRAME_SIZE + 8]
        mov     [stack_next], ax
        mov     es, [esp + FRAME_SIZE + 2]
        mov     ebx, [esp + FRAME_SIZE + 4]
        mov     di, bx
        mov     si, sp
        mov     cx, FRAME_SIZE / 4
        rep     movsd               ; the frame, as the handler changed it, back to the caller
        mov     fs, [esp + FRAME_SIZE]
        mov     ax, es
        mov     ss, ax
        mov     esp, ebx
        jmp     leave_int

nested:                             ; our own stack already: use the frame where it is
        movzx   esp, sp
        mov     ds, ax
        mov     es, ax
        push    fs
        push    ax                  ; keeps the stack even
        lea     eax, [esp + 4]
        push    eax
        movzx   ecx, word [eax + FRAME_HANDLER]
        call    ecx
        add     esp, 4 + 2
        pop     fs
leave_int:
        popad
        pop     es
        pop     ds
        add     sp, 2               ; the handler's offset
        iret

diskette_interrupt:                 ; IRQ 6: who waits for it looks here
        push    ds
        push    word 0x40
        pop     ds
        or      byte [0x3e], 0x80
        pop     ds
        jmp     eoi_master

disk_interrupt:                     ; IRQ 14 and 15: who waits for it looks at the drive
        push    ds
        push    word 0x40
        pop     ds
        mov     byte [0x8e], 0xff
        pop     ds
eoi_slave:
        push    ax
        mov     al, 0x20
        out     0xa0, al
        jmp     eoi_both
eoi_master:
        push    ax
        mov     al, 0x20
eoi_both:
        out     0x20, al
        pop     ax
ignore:
        iret

; ---------------------------------------------------------------- 16-bit code calls 32-bit code
; uint32_t call32(uint32_t (*function)(uint32_t), uint32_t argument);
; Flat segments, interrupts off, the stack stays where it is.
global call32
call32:
        mov     ecx, [esp + 4]
        mov     edx, [esp + 8]
        pushfd
        cli
        o32 lgdt [cs:gdt_register]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     dword SEL_CODE32:call32_flat

call32_back:
        mov     ax, SEL_DATA16      ; limits of FFFFh again
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     eax, cr0
        and     al, 0xfe
        mov     cr0, eax
        jmp     0xf000:call32_real
call32_real:
        mov     ax, EBDA_SEG
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        popfd
        mov     eax, ecx
        o32 ret

section .text32 exec
bits 32
call32_flat:
        mov     ax, SEL_DATA32
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        add     esp, EBDA_BASE
        push    edx
        call    ecx
        pop     edx
        mov     ecx, eax
        sub     esp, EBDA_BASE
        jmp     SEL_CODE16:call32_back

; void enter_flat(uint32_t entry, uint32_t eax, uint32_t ebx);  32-bit payloads start here
global enter_flat
enter_flat:
        mov     ecx, [esp + 4]
        mov     eax, [esp + 8]
        mov     ebx, [esp + 12]
        mov     dx, SEL_DATA32
        mov     fs, dx
        mov     gs, dx
        mov     esp, 0x7c00         ; no promise to the payload, but better than our own stack
        xor     edx, edx
        xor     esi, esi
        xor     edi, edi
        xor     ebp, ebp
        jmp     ecx

section .text16 exec
bits 16
; void enter_real(const struct real_entry *entry);  bios.h has the layout; does not return
global enter_real
enter_real:
        cli
        mov     eax, [esp + 4]
        movzx   esp, word [eax + 8]
        mov     ss, [eax + 6]
        push    word [eax + 10]     ; flags
        push    word [eax + 2]      ; CS
        push    word [eax + 0]      ; IP
        movzx   edx, word [eax + 12]
        mov     ax, [eax + 4]
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        xor     eax, eax
        xor     ebx, ebx
        xor     ecx, ecx
        xor     esi, esi
        xor     edi, edi
        xor     ebp, ebp
        iret

; void call_rom(uint32_t entry, uint32_t ax);  interrupts on; what it leaves in registers does not matter
global call_rom
call_rom:
        mov     eax, [esp + 4]
        mov     edx, [esp + 8]
        pushad
        push    fs
        push    gs
        mov     ecx, esp
        xor     bx, bx
        mov     ss, bx
        mov     esp, 0x7c00
        push    ecx
        push    cs
        push    word .back
        push    eax
        mov     ax, dx
        mov     bx, 0xffff          ; no ISA Plug and Play: neither card number nor port
        mov     dx, bx
        mov     di, 0xf000
        mov     es, di
        mov     di, pnp_header
        sti
        retf
.back:
        cli
        cld
        pop     ecx
        mov     ax, EBDA_SEG
        mov     ss, ax
        mov     esp, ecx
        mov     ds, ax
        mov     es, ax
        pop     gs
        pop     fs
        popad
        o32 ret

; Function 60h, version of the BIOS Boot Specification, is all that there is of Plug and Play: option ROMs ask
; whether they have to take INT 19h, or are booted by their entry.
pnp_call:
        push    bp
        mov     bp, sp
        mov     ax, 0x0082          ; not supported
        cmp     word [bp + 6], 0x60
        jne     .done
        push    ds
        push    bx
        lds     bx, [bp + 8]
        mov     word [bx], 0x0101
        pop     bx
        pop     ds
        xor     ax, ax
.done:
        pop     bp
        retf

; The Plug and Play entry, at a place that is known here, for its checksum.
%define PNP_PLACE 0xe030            ; as bios.ld has it
%define PNP_ENTRY PNP_PLACE + 0x21
%define SUM2(n) (((n) & 0xff) + ((n) >> 8))
section .pnp exec
pnp_header:
        db      "$PnP", 0x10, 0x21
        dw      0                   ; no events
        db      -('$' + 'P' + 'n' + 'P' + 0x10 + 0x21 + SUM2(PNP_ENTRY) + 0xf0 + 0x0f + SUM2(EBDA_SEG) + 0xe0 + 0x09) & 0xff
        dd      0
        dw      PNP_ENTRY, 0xf000   ; real mode
        dw      0                   ; protected mode: not offered
        dd      0xf0000
        dd      0
        dw      EBDA_SEG
        dd      EBDA_BASE
        jmp     pnp_call

section .text16 exec
align 8
gdt:    dq      0                   ; accessed bits are set: this table is in ROM
        dq      0x00cf9b000000ffff  ; 08h code, 32-bit, flat
        dq      0x00cf93000000ffff  ; 10h data, flat
        dq      0x00009b0f0000ffff  ; 18h code, 16-bit, base F0000h
        dq      0x000093000000ffff  ; 20h data, 16-bit limit
gdt_register:
        dw      gdt_register - gdt - 1
        dd      0xf0000 + gdt

; ---------------------------------------------------------------- tables in the F000h segment
; Diskette parameters (INT 1Eh points here): 1.44 MB, then what INT 13h, 08h and 18h give for others.
global diskette_table
diskette_table:
        db      0xdf, 0x02, 0x25, 2, 18, 0x1b, 0xff, 0x6c, 0xf6, 0x0f, 0x08
        db      0xdf, 0x02, 0x25, 2,  9, 0x2a, 0xff, 0x50, 0xf6, 0x0f, 0x08 ; 360K, 720K
        db      0xdf, 0x02, 0x25, 2, 15, 0x1b, 0xff, 0x54, 0xf6, 0x0f, 0x08 ; 1.2M
        db      0xdf, 0x02, 0x25, 2, 36, 0x1b, 0xff, 0x54, 0xf6, 0x0f, 0x08 ; 2.88M
        db      0xdf, 0x02, 0x25, 2, 21, 0x0c, 0xff, 0x1c, 0xf6, 0x0f, 0x08 ; 1.68M

; INT 15h, C0h: model AT, second 8259A, RTC, INT 15h/4Fh called, EBDA allocated.
global config_table
config_table:
        dw      8
        db      0xfc, 0, 1, 0x74, 0x40, 0, 0, 0

; ---------------------------------------------------------------- tables for 32-bit code
section .rodata32
; Vectors that are not `ignore`, ended by FFFFh: vector, offset in F000h.
global ivt_table, ivt_ignore
ivt_ignore: dw  ignore
ivt_table:
        dw      0x00, stub_00, 0x06, stub_06
        dw      0x08, stub_08, 0x09, stub_09, 0x0a, eoi_master, 0x0b, eoi_master
        dw      0x0c, eoi_master, 0x0d, eoi_master, 0x0e, diskette_interrupt, 0x0f, eoi_master
        dw      0x10, stub_10, 0x11, stub_11, 0x12, stub_12, 0x13, stub_13
        dw      0x14, stub_14, 0x15, stub_15, 0x16, stub_16, 0x17, stub_17
        dw      0x18, stub_18, 0x19, stub_19, 0x1a, stub_1a, 0x1e, diskette_table
        dw      0x70, stub_70, 0x71, eoi_slave, 0x72, eoi_slave, 0x73, eoi_slave
        dw      0x74, eoi_slave, 0x75, eoi_slave, 0x76, disk_interrupt, 0x77, disk_interrupt
        dw      0xffff

global dsdt_aml, dsdt_aml_end
align 4
dsdt_aml:
        incbin  "dsdt.aml"
dsdt_aml_end:

section .note.GNU-stack noalloc noexec nowrite progbits
