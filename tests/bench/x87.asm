; SPDX-License-Identifier: GPL-3.0-or-later
; x87.asm - 80-bit arithmetic: multiply, add, divide, load, store.
; per round: 10
%define MODE 64
%include "boot.inc"
        mov ecx, LOOPS
        fld qword [half]
        fld qword [almost]
round:  fld st0
        fmul st0, st2
        fadd st0, st1
        fdiv st0, st1
        fsub qword [half]
        fstp qword [DATA]
        fld st0
        fstp st0
        dec ecx
        jnz round
        jmp done
        align 8
half:   dq 0.5
almost: dq 0.999
done:   POWER_OFF
