; SPDX-License-Identifier: GPL-3.0-or-later
; repmovs.asm - REP MOVSQ over 64 KiB.
; per round: 8197
%define MODE 64
%include "boot.inc"
        mov ebp, LOOPS
        cld
round:  mov esi, DATA
        mov edi, DATA + 0x40000
        mov ecx, 8192
        rep movsq
        dec ebp
        jnz round
        POWER_OFF
