/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/guest/tiny.c - the smallest program there is: its exit status is the first character
 * of its first argument. Without the C library, so that process creation is all that is measured.
 */

/* At the first instruction the stack holds argc, argv[0], argv[1]. */
__asm__(".globl _start\n"
        "_start:\n"
        "    mov 16(%rsp), %rax\n"
        "    movzbl (%rax), %edi\n"
        "    mov $231, %eax\n" /* exit_group */
        "    syscall\n"
        "    hlt\n");
