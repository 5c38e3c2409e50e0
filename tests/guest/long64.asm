; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/long64.asm - 64-bit mode: exceptions, stacks of the TSS, 4-level paging, SYSCALL, SWAPGS,
; compatibility mode. Checks as in guest32.inc. Source: SDM Vol. 3A, "Interrupt and Exception Handling"
; (64-bit mode), "Paging"; Vol. 2, "SYSCALL", "SYSRET", "SWAPGS".
CODE0 equ 0x08
DATA0 equ 0x10
COMPAT3 equ 0x18 | 3            ; the order that SYSRET wants
DATA3 equ 0x20 | 3
CODE3 equ 0x28 | 3
TSS equ 0x30
COMPAT0 equ 0x40
BOOT equ 0x48                   ; 32-bit code for the way in
IDT equ 0x1000
STACK0 equ 0x7000
STACK3 equ 0x6000
STACK_LEVEL0 equ 0x5000
STACK_IST1 equ 0x4000
SCRATCH equ 0x20000
PML4 equ 0x100000
PAGE equ 0x40000000             ; linear; frame 200000h
FRAME equ 0x200000
TABLE equ 0x105000

bits 16
org 0x7c00
    cli
    lgdt [gdt_register]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp BOOT:start32
bits 32
start32:
    mov ax, DATA0
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, STACK0
    mov edi, PML4
    xor eax, eax
    mov ecx, 0x6000 / 4
    rep stosd
    mov dword [PML4], 0x101007
    mov dword [0x101000], 0x102007
    mov dword [0x102000], 0x87  ; 0-2 MiB, 2-4 MiB: user, writable
    mov dword [0x102008], 0x200087
    mov dword [0x101008], 0x104007 ; 1 GiB on: a table
    mov dword [0x104000], TABLE | 7
    mov eax, cr4
    or eax, 0x620               ; PAE, OSFXSR, OSXMMEXCPT
    mov cr4, eax
    mov eax, PML4
    mov cr3, eax
    mov ecx, 0xc0000080
    rdmsr
    or eax, 0x901               ; NXE, LME, SCE
    wrmsr
    mov eax, cr0
    or eax, 0x80010020          ; PG, WP, NE
    mov cr0, eax
    jmp CODE0:start64
bits 64
default rel
start64:
    xor ebx, ebx
.gate:
    lea eax, [rbx + rbx * 2]
    lea rax, [abs stubs + rax * 4]
    mov ecx, ebx
    shl ecx, 4
    mov [IDT + rcx], ax
    mov word [IDT + rcx + 2], CODE0
    mov word [IDT + rcx + 4], 0x8e00
    shr eax, 16
    mov [IDT + rcx + 6], ax
    mov qword [IDT + rcx + 8], 0
    inc ebx
    cmp ebx, 48
    jb .gate
    mov byte [abs IDT + 3 * 16 + 5], 0xee
    mov byte [abs IDT + 8 * 16 + 4], 1 ; #DF on its own stack
    lidt [idt_register]
    mov ax, TSS
    ltr ax
    mov al, 0xff                ; no interrupts from outside
    out 0x21, al
    call tests
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    cli
    hlt

%macro try 1
    %push attempt
    mov qword [check_name], %$name
    mov qword [resume], %$after
    mov [saved_rsp], rsp
    mov qword [vector], -1
    mov qword [error], 0
    jmp %$begin
%$name: db %1, 0
%$begin:
%endmacro
%macro fault 2
    cli
%$after:
    mov rax, %1
    mov rdx, %2
    call verdict_fault
    %pop
%endmacro
%macro no_fault 0
    mov qword [vector], -2
%$after:
    mov rax, -2
    xor edx, edx
    call verdict_fault
    %pop
%endmacro
%macro expect 3
    cmp %1, %2
    sete al
    call verdict
    db %3, 0
%endmacro
%macro level3 0-1 0x2
    push DATA3
    push STACK3
    push %1
    push CODE3
    push %%there
    iretq
%%there:
%endmacro

verdict_fault:
    mov rsi, t_ok
    cmp [vector], rax
    jne .bad
    cmp [error], rdx
    je .say
.bad:
    mov rsi, t_fail
.say:
    push rsi
    call say
    mov rsi, [check_name]
    call say
    pop rsi
    cmp rsi, t_ok
    je newline
    mov rsi, t_vector
    call say
    mov rax, [vector]
    call say_number
    mov rsi, t_error
    call say
    mov rax, [error]
    call say_number
    jmp newline
verdict:
    pop rbx
    mov rsi, t_ok
    test al, al
    jnz .say
    mov rsi, t_fail
.say:
    call say
    mov rsi, rbx
    call say
    push rsi
newline:
    mov al, 10
    out 0xe9, al
    ret
say:
    lodsb
    test al, al
    jz .done
    out 0xe9, al
    jmp say
.done:
    ret
say_number:
    mov rdx, rax
    mov ecx, 16
.digit:
    rol rdx, 4
    mov eax, edx
    and eax, 15
    mov al, [digits + rax]
    out 0xe9, al
    loop .digit
    ret
digits: db "0123456789ABCDEF"

stubs:
%assign i 0
%rep 48
    %if i = 8 || (i >= 10 && i <= 14) || i = 17
        nop
        nop
    %else
        push byte 0
    %endif
        push byte i
        jmp near taken
    times ((i + 1) * 12) - ($ - stubs) nop
%assign i i + 1
%endrep
taken:
    cld
    pop qword [vector]
    pop qword [error]
    pop qword [fault_rip]
    pop qword [fault_cs]
    pop qword [fault_rflags]
    mov [fault_rsp], rsp        ; of the frame: behind RFLAGS
    mov rax, cr2
    mov [fault_cr2], rax
    mov rsp, [saved_rsp]
    xor eax, eax
    mov ss, ax
    jmp [resume]

t_ok: db "ok ", 0
t_fail: db "FAIL ", 0
t_vector: db ": vector ", 0
t_error: db " error ", 0

%macro set_page 2
    mov dword [abs TABLE], %1
    mov dword [abs TABLE + 4], %2
    invlpg [abs PAGE]
%endmacro

tests:
    try "#DE"
    xor ecx, ecx
    div rcx
    fault 0, 0
    try "#BP"
    int3
    fault 3, 0
    try "#UD: PUSHA"
    db 0x60
    fault 6, 0
    try "#UD: far CALL ptr"
    db 0x9a
    fault 6, 0
    try "#UD: POP DS"
    db 0x1f
    fault 6, 0
    try "#UD: DAA"
    db 0x27
    fault 6, 0
    try "#UD: INTO"
    db 0xce
    fault 6, 0
    try "#GP(0): a non-canonical address"
    mov rax, 0x800000000000
    mov rax, [rax]
    fault 13, 0
    try "#SS(0): a non-canonical stack address"
    mov rbp, 0x800000000000
    mov rax, [rbp]
    fault 12, 0
    try "#GP(0): an access that ends beyond the canonical range"
    mov rax, 0x7fffffffffff
    mov rax, [rax]
    fault 13, 0
    try "#GP(0): a jump to a non-canonical address"
    mov rax, 0x900000000000
    jmp rax
    fault 13, 0
    try "#GP(0): RET to a non-canonical address"
    mov rax, 0x900000000000
    push rax
    ret
    fault 13, 0
    try "#GP(0): WRMSR of a non-canonical base"
    mov ecx, 0xc0000100
    xor eax, eax
    mov edx, 0x8000
    wrmsr
    fault 13, 0
    try "#GP(selector): beyond the GDT"
    mov ax, 0x1f8
    mov ds, ax
    fault 13, 0x1f8
    try "a null selector may be loaded"
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov rax, [abs SCRATCH]
    no_fault
    try "#XM: an unmasked SSE exception"
    push 0x1d80                 ; zero divide unmasked
    ldmxcsr [rsp]
    mov eax, 1
    cvtsi2sd xmm0, eax
    xorpd xmm1, xmm1
    divsd xmm0, xmm1
    fault 19, 0
    try "#GP(0): misaligned MOVAPS"
    movaps xmm0, [abs SCRATCH + 8]
    fault 13, 0

    ; Frames.
    try "the frame"
    and rsp, -16
    sub rsp, 5                  ; RSP is aligned before the frame is pushed
    mov r12, rsp
    int3
    fault 3, 0
    mov rax, r12
    and rax, -16
    sub rax, 16
    expect rax, [fault_rsp], "the frame is pushed from a multiple of 16"
    try "#DF switches to its IST stack"
    mov rsp, 0x50000000         ; nothing is mapped there: #PF, and again while it is delivered
    push rax
    fault 8, 0
    expect qword [fault_rsp], STACK_IST1 - 16, "IST: the stack of the TSS"
    expect qword [fault_cr2], 0x4ffffff8, "CR2 of the second #PF"

    ; Paging.
    mov dword [abs FRAME], 0xc3c3c3c3
    try "#PF(0)"
    mov rax, [abs PAGE]
    fault 14, 0
    try "#PF(4)"
    level3
    mov rax, [abs PAGE]
    fault 14, 4
    set_page FRAME | 5, 0
    try "#PF(7): level 3"
    level3
    mov [abs PAGE], rax
    fault 14, 7
    try "#PF(3): WP"
    mov [abs PAGE], rax
    fault 14, 3
    set_page FRAME | 7, 0x80000000
    try "#PF(17): NX"
    mov eax, PAGE
    call rax
    fault 14, 0x11
    set_page FRAME | 7, 0x00080000
    try "#PF(9): reserved bit of the entry"
    mov rax, [abs PAGE]
    fault 14, 9
    mov dword [abs PML4 + 8], 0x87 ; PS is reserved in the highest level
    try "#PF(9): PS in a PML4 entry"
    mov rax, 0x8000000000
    mov rax, [rax]
    fault 14, 9
    set_page FRAME | 7, 0
    try "rights of all levels count"
    mov dword [abs 0x104000], TABLE | 5
    invlpg [abs PAGE]
    mov [abs PAGE], rax
    fault 14, 3
    mov dword [abs 0x104000], TABLE | 7
    invlpg [abs PAGE]
    mov dword [abs 0x101010], 0x87 ; 1 GiB page
    try "a page of 1 GiB"
    mov eax, 0x80000000 + FRAME
    cmp dword [rax], 0xc3c3c3c3
    je .gib
    ud2
.gib:
    no_fault

    ; SYSCALL.
    mov ecx, 0xc0000081         ; STAR
    xor eax, eax
    mov edx, 0x00180008         ; SYSRET from 18h on, SYSCALL from 08h
    wrmsr
    inc ecx                     ; LSTAR
    mov eax, entry
    xor edx, edx
    wrmsr
    mov ecx, 0xc0000084         ; FMASK: IF, DF
    mov eax, 0x600
    wrmsr
    mov ecx, 0xc0000102         ; the kernel's GS base
    mov eax, SCRATCH
    wrmsr
    mov ecx, 0xc0000101
    mov eax, 0x1234
    wrmsr
    try "SYSCALL and SYSRET"
    level3 0x602
    syscall
sys_back:
    mov [abs SCRATCH + 40], rcx
    mov ax, cs
    mov [abs SCRATCH + 48], ax
    mov ax, ss
    mov [abs SCRATCH + 50], ax
    pushf
    pop qword [abs SCRATCH + 56]
    int3
    fault 3, 0
    expect qword [abs SCRATCH], sys_back, "SYSCALL: RCX has the return address"
    expect qword [abs SCRATCH + 8], 0x602, "SYSCALL: R11 has RFLAGS"
    expect word [abs SCRATCH + 16], CODE0, "SYSCALL: CS"
    expect qword [abs SCRATCH + 24], 2, "SYSCALL: FMASK is applied"
    expect qword [abs SCRATCH + 32], 0x1234, "SWAPGS: the other base is kept"
    expect word [abs SCRATCH + 48], CODE3, "SYSRET: CS"
    expect word [abs SCRATCH + 50], DATA3, "SYSRET: SS"
    expect qword [abs SCRATCH + 56], 0x602, "SYSRET: RFLAGS"
    try "#UD: SYSCALL without SCE"
    mov ecx, 0xc0000080
    rdmsr
    btr eax, 0
    wrmsr
    syscall
    fault 6, 0
    try "level 3: SWAPGS"
    level3
    swapgs
    fault 13, 0
    try "level 3: HLT"
    level3
    hlt
    fault 13, 0
    expect qword [fault_rsp], STACK_LEVEL0 - 16, "the handler runs on RSP0"
    expect qword [fault_cs], CODE3, "CS of level 3 is pushed"

    ; Compatibility mode.
    try "compatibility mode: 32-bit code at level 3"
    push DATA3
    push STACK3
    push 2
    push COMPAT3
    push .compat
    iretq
bits 32
.compat:
    mov eax, 0x7fffffff
    inc eax                     ; 40h: a REX prefix in 64-bit mode
    int3
bits 64
    fault 3, 0
    expect qword [fault_cs], COMPAT3, "compatibility mode: CS"
    try "#GP(0): IRET with NT"
    pushf
    or qword [rsp], 0x4000
    popf
    iretq
    fault 13, 0
    pushf
    and qword [rsp], ~0x4000
    popf
    try "#GP(selector): the TSS is busy"
    mov ax, TSS
    ltr ax
    fault 13, TSS
    try "#GP(0): clearing PAE in long mode"
    mov rax, cr4
    btr rax, 5
    mov cr4, rax
    fault 13, 0
    try "#GP(0): upper half of CR0"
    mov rax, cr0
    bts rax, 32
    mov cr0, rax
    fault 13, 0
    try "#GP(0): clearing PG in 64-bit code"
    mov rax, cr0
    btr rax, 31
    mov cr0, rax
    fault 13, 0
    ret

entry:
    swapgs
    mov [gs:0], rcx
    mov [gs:8], r11
    mov ax, cs
    mov [gs:16], ax
    pushf
    pop qword [gs:24]
    mov r8, rcx
    mov r9, r11
    mov ecx, 0xc0000102
    rdmsr
    mov [gs:32], rax
    mov rcx, r8
    mov r11, r9
    swapgs
    o64 sysret

align 8, db 0
gdt:
    dq 0
    dq 0x00af9b000000ffff       ; CODE0
    dq 0x00cf93000000ffff       ; DATA0
    dq 0x00cffb000000ffff       ; COMPAT3
    dq 0x00cff3000000ffff       ; DATA3
    dq 0x00affb000000ffff       ; CODE3
    dw 0x67, tss, 0x8900, 0     ; TSS
    dq 0
    dq 0x00cf9b000000ffff       ; COMPAT0
    dq 0x00cf9b000000ffff       ; BOOT
gdt_end:
gdt_register:
    dw gdt_end - gdt - 1
    dq gdt
idt_register:
    dw 48 * 16 - 1
    dq IDT
align 8, db 0
check_name: dq 0
resume: dq 0
saved_rsp: dq 0
vector: dq 0
error: dq 0
fault_rip: dq 0
fault_cs: dq 0
fault_rflags: dq 0
fault_rsp: dq 0
fault_cr2: dq 0
tss:
    dd 0
    dq STACK_LEVEL0, 0, 0, 0, STACK_IST1
    times 14 dd 0
    dd 0x68 << 16
