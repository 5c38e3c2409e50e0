; SPDX-License-Identifier: GPL-3.0-or-later
; tests/guest/smm_shutdown.asm - RSM with a reserved bit of CR4 in the map shuts the processor down.
; triple-fault expected. Source: SDM Vol. 3C, "Exiting From SMM".
%include "guest32.inc"

bits 16
handler:
    mov esp, 0x3000
    or dword [dword 0x30000 + 0x8000 + 0x7e40], 0x80000000
    rsm
handler_end:
bits 32
tests:
    mov esi, handler
    mov edi, 0x38000
    mov ecx, handler_end - handler
    rep movsb
    mov dword [0xfee00300], 0x40200
    nop
    expect eax, eax, "RSM came back"
    ret
