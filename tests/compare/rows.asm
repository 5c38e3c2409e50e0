; SPDX-License-Identifier: GPL-3.0-or-later
; tests/compare/rows.asm - many rows of the instruction table, each at least once a round, for
; break_rows.sh, which reads their names from the comments. Real mode; what an instruction leaves is not looked at again,
; so that one that is wrong does not lead astray.
bits 16
org 0x7c00
    cli
    cld
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    mov eax, cr0
    and eax, ~12                ; EM, TS
    or eax, 2                   ; MP
    mov cr0, eax
    mov eax, cr4
    or eax, 0x600               ; OSFXSR, OSXMMEXCPT
    mov cr4, eax
    fninit
    mov bp, 40                  ; rounds
again:
    mov eax, 0x12345678         ; row mov_Zv_Iv
    mov ebx, 0x9abcdef1
    mov ecx, 0x01030507
    mov edx, 0x0badcafe
    mov esi, source
    mov edi, target
    add eax, ebx                ; row add_Ev_Gv
    add ax, [source]            ; row add_Gv_Ev
    add cl, 3                   ; row add_Eb_Ib
    adc edx, ecx                ; row adc_Ev_Gv
    sub eax, ecx                ; row sub_Ev_Gv
    sbb ebx, edx                ; row sbb_Ev_Gv
    and eax, 0x7fffffff         ; row and_rAX_Iz
    and ebx, edx                ; row and_Ev_Gv
    or ecx, ebx                 ; row or_Ev_Gv
    or dl, bl                   ; row or_Eb_Gb
    xor edx, eax                ; row xor_Ev_Gv
    xor bl, [source + 1]        ; row xor_Gb_Eb
    cmp eax, ebx                ; row cmp_Ev_Gv
    cmp al, 9                   ; row cmp_AL_Ib
    test ecx, edx               ; row test_Ev_Gv
    test al, 0x55               ; row test_AL_Ib
    inc word [target]           ; row inc_Ev
    dec byte [target + 2]       ; row dec_Eb
    inc bx                      ; row inc_Zv
    dec cx                      ; row dec_Zv
    neg edx                     ; row neg_Ev
    not ebx                     ; row not_Ev
    shl eax, 5                  ; row shl_Ev_Ib
    shr ebx, 1                  ; row shr_Ev_1
    sar edx, cl                 ; row sar_Ev_CL
    rol eax, 7                  ; row rol_Ev_Ib
    ror ebx, 3                  ; row ror_Ev_Ib
    rcl edx, 1                  ; row rcl_Ev_1
    rcr eax, 1                  ; row rcr_Ev_1
    shld eax, ebx, 4            ; row shld_Ev_Gv_Ib
    shrd ebx, edx, 6            ; row shrd_Ev_Gv_Ib
    mul bx                      ; row mul_Ev
    imul cx                     ; row imul_Ev
    imul eax, ebx               ; row imul_Gv_Ev
    imul ecx, ebx, 77           ; row imul_Gv_Ev_Iz
    imul ecx, ebx, 0x1234567
    xor dx, dx
    mov ax, 0x1234
    mov bx, 0x77
    div bx                      ; row div_Ev
    cwd                         ; row cwd
    mov bx, 0x77
    idiv bx                     ; row idiv_Ev
    cbw                         ; row cbw
    mov [target + 4], ecx       ; row mov_Ev_Gv
    mov ebx, [target + 4]       ; row mov_Gv_Ev
    mov [target + 8], dl        ; row mov_Eb_Gb
    mov dl, [target + 8]        ; row mov_Gb_Eb
    mov byte [target + 9], 7    ; row mov_Eb_Ib
    mov al, [target + 9]
    mov cl, 0x33                ; row mov_Zb_Ib
    movzx eax, bl               ; row movzx_Gv_Eb
    movsx ebx, word [source]    ; row movsx_Gv_Ew
    lea ecx, [ebx + eax * 4 + 9] ; row lea_Gv_M
    xchg eax, ebx               ; row xchg_Zv_rAX
    xchg [target + 12], ecx     ; row xchg_Ev_Gv
    xadd [target + 16], edx     ; row xadd_Ev_Gv
    cmpxchg [target + 20], ecx  ; row cmpxchg_Ev_Gv
    bswap edx                   ; row bswap_Zv
    bt eax, 3                   ; row bt_Ev_Ib
    bts eax, 4                  ; row bts_Ev_Ib
    btr eax, 5                  ; row btr_Ev_Ib
    btc eax, 6                  ; row btc_Ev_Ib
    or ebx, 0x100
    bsf ecx, ebx                ; row bsf_Gv_Ev
    bsr ecx, ebx                ; row bsr_Gv_Ev
    setc dl                     ; row setb_Eb
    cmovz eax, ecx              ; row cmovz_Gv_Ev
    push eax                    ; row push_Zv
    pop ecx                     ; row pop_Zv
    push word 0x1234            ; row push_Iz
    pop word [target + 24]      ; row pop_Ev
    pushfd                      ; row pushf_Fv
    popfd                       ; row popf_Fv
    lahf                        ; row lahf
    sahf                        ; row sahf
    stc                         ; row stc
    cmc                         ; row cmc
    clc                         ; row clc
    mov esi, source
    mov edi, target + 32
    lodsw                       ; row lodsv
    stosw                       ; row stosv
    movsd                       ; row movsv
    scasb                       ; row scasb
    cmpsb                       ; row cmpsb
    movdqu xmm0, [source]       ; row movdqu_Vx_Wx
    movdqu xmm1, [source + 16]
    paddd xmm0, xmm1            ; row paddd_Vx_Wx
    pxor xmm1, xmm0             ; row pxor_Vx_Wx
    movd eax, xmm0              ; row movd_Ed_Vd
    fld1                        ; row fld1
    fldpi                       ; row fldpi
    faddp                       ; row faddp_STi_ST0
    fstp dword [target + 48]    ; row fstp_Md
    nop                         ; row nop
    dec bp
    jnz near again              ; row jnz_Jz
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $
align 16
source:
    db 0x11, 0x82, 0x23, 0x94, 0x35, 0xa6, 0x47, 0xb8, 0x59, 0xca, 0x6b, 0xdc, 0x7d, 0xee, 0x8f, 0xf1
    dd 3, 0x70000001, 0x12345, 0xfffffff0
target equ 0x8800
