; SPDX-License-Identifier: GPL-3.0-or-later
; sse2.asm - scalar and packed double arithmetic: an orbit that stays bounded.
; per round: 10
%define MODE 64
%include "boot.inc"
        mov ecx, LOOPS
        movsd xmm0, [half]
        movapd xmm1, xmm0
        movsd xmm2, [almost]
        movapd xmm3, xmm2
        movapd xmm4, xmm2
round:  mulsd xmm0, xmm2
        addsd xmm0, xmm1
        subsd xmm3, xmm0
        mulsd xmm3, xmm1
        addpd xmm4, xmm3
        mulpd xmm4, xmm1
        movsd [DATA], xmm0
        comisd xmm0, [DATA]
        dec ecx
        jnz round
        jmp done
        align 8
half:   dq 0.5
almost: dq 0.999
done:   POWER_OFF
