; SPDX-License-Identifier: GPL-3.0-or-later
;
; bios/tour/interrupts.asm - where the processor enters the kernel, and how it leaves to ring 3.
; Source: SDM Vol. 3A, "64-Bit Mode Stack Frame"; Vol. 2, "SYSCALL", "SYSRET", "IRET".

%include "tour.inc"
%define SEL_USER_DATA 0x23
%define SEL_USER_CODE 0x2b

extern trap, system_call

bits 64
section .text

; Vectors 8, 10-14, 17, 21, 29 and 30 come with an error code; the others get a 0, so that every
; frame looks the same.
%macro TRAP 1
trap_%1:
%if %1 != 8 && (%1 < 10 || %1 > 14) && %1 != 17 && %1 != 21 && %1 != 29 && %1 != 30
        push    0
%endif
        push    %1
        jmp     trap_common
%endmacro

%assign vector 0
%rep 33
        TRAP    vector
%assign vector vector + 1
%endrep
        TRAP    128

trap_common:
        push    rax
        push    rbx
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        push    rbp
        push    r8
        push    r9
        push    r10
        push    r11
        push    r12
        push    r13
        push    r14
        push    r15
        cld
        mov     rdi, rsp            ; struct trap_frame *
        call    trap
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rbp
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rbx
        pop     rax
        add     rsp, 16             ; vector, error code
        iretq

; SYSCALL: RCX holds the RIP to return to, R11 the RFLAGS; the stack is still the user's.
global syscall_entry
syscall_entry:
        mov     [user_rsp], rsp
        mov     rsp, syscall_stack_top
        push    rcx
        push    r11
        mov     rsi, rdi            ; argument
        mov     rdi, rax            ; number
        call    system_call
        pop     r11
        pop     rcx
        mov     rsp, [user_rsp]
        o64 sysret

; void enter_user(uint64_t rip, uint64_t rsp): an IRET to a larger CPL loads a stack as well.
; Returns when leave_user() is called.
global enter_user
enter_user:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        mov     [saved_rsp], rsp
        push    SEL_USER_DATA       ; SS
        push    rsi                 ; RSP
        push    0x202               ; RFLAGS: IF, IOPL 0
        push    SEL_USER_CODE       ; CS
        push    rdi                 ; RIP
        iretq

global leave_user
leave_user:
        mov     rsp, [saved_rsp]
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

section .rodata
global trap_stubs
trap_stubs:
%assign vector 0
%rep 33
        dq      trap_%+vector
%assign vector vector + 1
%endrep
        dq      trap_128

section .bss
alignb 16
global page_map, trap_stack_top, fault_stack_top, kernel_stack_top
user_rsp:       resq 1
saved_rsp:      resq 1
                resb 0x1000
kernel_stack_top:
                resb 0x1000
syscall_stack_top:
                resb 0x1000
trap_stack_top: resb 0x1000
fault_stack_top:

section .page_map nobits alloc write align=4096
page_map:       resb 4 * 4096

section .note.GNU-stack noalloc noexec nowrite progbits
