#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/flat.sh - images put at an address: entered in real mode below 1 MiB, in 32-bit mode above,
# with the registers that bios/README.md promises; several of them.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

# run NAME ADDRESS...: program from stdin; it prints on the debug port and powers off
run()
{
    name=$1 address=$2
    shift 2
    {
        cat
        cat <<'TEXT'
off:
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $
TEXT
    } >"$work/p.asm"
    assemble "$work/p.asm" "$work/p" || return
    under_each "$name" "$work/e9" -debugcon "file:$work/e9" -flat "$work/p@$address" "$@"
    equal "$name: exit code" "$status" 0
}
printf 'second image' >"$work/second"

run 'real mode' 0x7c00 -flat "$work/second@0x20000" <<'TEXT'
bits 16
org 0x7c00
    mov bx, cs
    mov cx, ds
    or bx, cx
    mov cx, es
    or bx, cx
    mov cx, ss
    or bx, cx
    jnz off
    cmp sp, 0x7c00
    jne off
    test dl, dl
    jnz off
    pushf
    pop ax
    test ah, 2                  ; interrupts are on
    jz off
    mov si, text
    mov cx, 3
    mov dx, 0xe9
    rep outsb
    mov ax, 0x2000
    mov ds, ax
    xor si, si
    mov cx, 12
    rep outsb
    xor ax, ax
    mov ds, ax
    jmp off
text: db 'ok '
TEXT
equal 'registers and the second image' "$(cat "$work/e9")" 'ok second image'

run 'real mode above 64 KiB' 0x30000 <<'TEXT'
bits 16
org 0
    mov ax, cs
    cmp ax, 0x3000
    jne off
    mov al, 'k'
    out 0xe9, al
TEXT
equal 'CS is the address / 16' "$(cat "$work/e9")" 'k'

run '32-bit mode from 1 MiB on' 0x200000 <<'TEXT'
bits 32
org 0x200000
    or eax, ebx
    jnz off
    pushf                       ; there is no stack yet to rely on: ESP is the loader's
    pop eax
    test ah, 2
    jnz off                     ; interrupts are off
    mov eax, cr0
    test al, 1
    jz off
    test eax, 0x80000000
    jnz off
    mov al, 'p'
    out 0xe9, al
TEXT
equal 'flat protected mode' "$(cat "$work/e9")" 'p'
finish
