#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/int13.sh - INT 13h of our firmware for a disk and a CD, asked by a program in real mode.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm
writer=$PWD/tests/image/writer

assemble "$top/tests/boot/int13.asm" "$work/program" || fail assemble int13.asm
for image in disk.img cd.iso; do
    "$VITRINE" image create "$work/$image" 4M >/dev/null && "$writer" numbers "$work/$image" 4
done
under_each INT13 "$work/e9" -flat "$work/program@0x7c00" -hda "$work/disk.img" -snapshot -cdrom "$work/cd.iso" \
    -serial null -debugcon "file:$work/e9"
equal 'exit code' "$status" 0
verdicts tests/boot/int13.asm
finish
