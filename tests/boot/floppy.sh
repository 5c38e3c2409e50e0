#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/floppy.sh - a boot sector is loaded and reads its diskette through INT 13h.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

assemble "$top/tests/boot/floppy.asm" "$work/boot" || fail assemble floppy.asm
# Sector n holds the byte n & FFh, 512 times: 1.44 MB.
{
    cat "$work/boot"
    i=4
    while [ $i -lt 256 ]; do
        head -c 512 /dev/zero | tr '\0' "\\$(printf %03o $i)"
        i=$((i + 1))
    done
} >"$work/first"
{
    cat "$work/first"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        head -c 512 /dev/zero
        tail -c +513 "$work/first"
    done
} | head -c 1474560 >"$work/disk"
[ "$(wc -c <"$work/disk")" -eq 1441792 ] && head -c 32768 /dev/zero >>"$work/disk"
equal 'size of the diskette' "$(wc -c <"$work/disk")" 1474560

under_each 'diskette' "$work/e9" -fda "$work/disk" -debugcon "file:$work/e9"
equal 'exit code' "$status" 0
equal 'what was written is in the image' "$(tail -c 512 "$work/disk" | od -An -tx1 -N2)" ' cd ab'
head -c 1474048 "$work/disk" >"$work/before"
head -c 512 /dev/zero >>"$work/before"
cp "$work/before" "$work/disk"
"$VITRINE" -snapshot -fda "$work/disk" -quiet-bios >"$work/out" 2>"$work/err" </dev/null
equal 'exit code with -snapshot' $? 0
check '-snapshot leaves the image as it was' cmp "$work/before" "$work/disk"
while read -r verdict name; do
    case $verdict in
    ok) ok "$name" ;;
    *) fail "$name" 'in the guest' ;;
    esac
done <"$work/e9"
equal 'checks made by the boot sector' "$(wc -l <"$work/e9")" 15
finish
