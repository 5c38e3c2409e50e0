; SPDX-License-Identifier: GPL-3.0-or-later
;
; bios/tour/user.asm - the program of ring 3. It knows the kernel only by its system calls.

%include "tour.inc"

bits 64
section .user exec

global user_start
user_start:
        lea     rdi, [rel text_hello]
        mov     eax, SYS_WRITE
        syscall

        mov     edi, 3              ; the old way in: a gate in the IDT with DPL 3
        mov     eax, SYS_SLEEP
        int     0x80
        add     al, '0'
        mov     [rel text_ticks], al ; the page is writable for this
        lea     rdi, [rel text_slept]
        mov     eax, SYS_WRITE
        int     0x80

        mov     rbx, 0x500008       ; not mapped yet
        mov     dword [rbx], 0x2a
        mov     eax, [rbx]
        cmp     eax, 0x2a
        lea     rdi, [rel text_demand]
        je      user_say_demand
        lea     rdi, [rel text_lost]
user_say_demand:
        mov     eax, SYS_WRITE
        syscall

user_privileged:
        cli                         ; not in ring 3

        lea     rdi, [rel text_after]
        mov     eax, SYS_WRITE
        syscall
        mov     eax, SYS_EXIT
        syscall

text_hello:  db "hello from CPL 3, through SYSCALL", 0
text_slept:  db "INT 80h: the kernel let "
text_ticks:  db "? ticks pass", 0
text_demand: db "the write to 500008h was done after all", 0
text_lost:   db "the write to 500008h was lost", 0
text_after:  db "still running, one byte after CLI", 0

section .note.GNU-stack noalloc noexec nowrite progbits
