#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/ports.sh - four serial ports, a printer and the speaker, each to its own file.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

assemble "$top/tests/boot/ports.asm" "$work/ports" || fail assemble ports.asm
under_each 'ports' "$work/paper" -flat "$work/ports@0x7c00" -quiet-bios -serial "file:$work/com1" \
    -serial "file:$work/com2" -serial "file:$work/com3" -serial "file:$work/com4" \
    -parallel "file:$work/paper" -speaker "$work/beep.wav"
equal 'exit code' "$status" 0
equal 'COM1' "$(cat "$work/com1")" 'port 4'
equal 'COM2' "$(cat "$work/com2")" 'port 3'
equal 'COM3' "$(cat "$work/com3")" 'port 2'
equal 'COM4' "$(cat "$work/com4")" 'port 1'
equal 'printer' "$(cat "$work/paper")" 'on paper'
# 220 or 221 samples: five milliseconds do not begin with one.
check 'length of the beep' test "$(($(wc -c <"$work/beep.wav") / 4))" -eq 121
equal 'it is a WAV file' "$(head -c 4 "$work/beep.wav")" RIFF
finish
