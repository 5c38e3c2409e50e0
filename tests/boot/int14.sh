#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/int14.sh - serial ports and printers of our firmware: INT 14h and 17h, asked by a program in real
# mode that prints with them; and what is listed of machines with fewer and more ports.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

assemble "$top/tests/boot/int14.asm" "$work/program" || fail assemble int14.asm
under_each INT14 "$work/paper" -flat "$work/program@0x7c00" -quiet-bios -serial "file:$work/com1" -serial "file:$work/com2" \
    -parallel "file:$work/paper" -debugcon "file:$work/e9"
equal 'exit code' "$status" 0
verdicts tests/boot/int14.asm
equal 'COM1' "$(cat "$work/com1")" b
equal 'COM2' "$(cat "$work/com2")" 'by INT 14h'
equal 'LPT1' "$(cat "$work/paper")" 'by INT 17h'

# listed NAME EXPECTED OPTION...: words 400h-40Dh and the count of ports in the equipment word
listed()
{
    name=$1 expected=$2
    shift 2
    printf 'pb 0x7c00\nc\nxp /7hx 0x400\nxp /hx 0x410\n' >"$work/commands"
    "$VITRINE" -dbg -flat "$work/program@0x7c00" "$@" -x "$work/commands" -batch >"$work/out" 2>&1 </dev/null
    equal "$name" "$(sed -n 's/^[^:]*004[01]0[^:]*: *//p' "$work/out" | tr -s ' \t\n' ' ')" "$expected "
}
listed 'COM1 alone' '0x03f8 0x0000 0x0000 0x0000 0x0000 0x0000 0x0000 0x0222' -serial null
listed 'four serial ports and a printer' '0x03f8 0x02f8 0x03e8 0x02e8 0x0378 0x0000 0x0000 0x4822' \
    -serial null -serial null -serial null -serial null -parallel null
finish
