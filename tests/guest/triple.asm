; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/triple.asm - an empty IDT in protected mode: triple-fault expected. Source: SDM Vol. 3A,
; "Interrupt 8 - Double Fault Exception (#DF)".
%include "guest32.inc"
tests:
    expect eax, eax, "up to here"
    lidt [.none]
    ud2
.none:
    dw 0
    dd 0
