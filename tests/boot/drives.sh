#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/drives.sh - images in drives: what the guest writes is there in the next run, and in no run when
# it is -snapshot; each format, each engine, the same ticks; Linux from disk and CD.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm
writer=$PWD/tests/image/writer

# numbers IMAGE [OPTION...]: 4 MiB, each 32-bit word is its number
numbers()
{
    image=$1
    shift
    rm -f "$image"
    "$VITRINE" image create "$@" "$image" 4M >/dev/null && "$writer" numbers "$image" 4
}

# contents IMAGE: checksum of what the guest would see
contents()
{
    rm -f "$work/contents"
    "$VITRINE" image convert -O raw "$1" "$work/contents" >/dev/null 2>&1
    cksum <"$work/contents"
}

assemble "$top/tests/boot/ide.asm" "$work/ide.bin"
numbers "$work/cd.iso"
for format in raw qcow2 growing; do
    for engine in $(engines); do
        numbers "$work/disk" -f $format
        before=$(contents "$work/disk")
        cp "$work/disk" "$work/untouched"
        timeout 60 "$VITRINE" -engine "$engine" -flat "$work/ide.bin@0x7c00" -hda "$work/disk" -snapshot \
            -cdrom "$work/cd.iso" >"$work/out" 2>"$work/err" </dev/null
        equal "$format, $engine: -snapshot: the guest is content" "$(tr -d '\r' <"$work/out")$(cat "$work/err")" PFrwRWVEC
        check "$format, $engine: -snapshot leaves every byte of the file" cmp "$work/disk" "$work/untouched"
        timeout 60 "$VITRINE" -engine "$engine" -flat "$work/ide.bin@0x7c00" -drive "file=$work/disk,index=0" \
            -drive "file=$work/cd.iso,index=2,media=cdrom" -stats >"$work/out" 2>"$work/err" </dev/null
        equal "$format, $engine: the guest is content" "$(tr -d '\r' <"$work/out")" PFrwRWVEC
        after=$(contents "$work/disk")
        ticks=$(ticks_of "$work/err")
        if [ "$engine$format" = interpraw ]; then
            expected=$after expected_ticks=$ticks
            check "the guest wrote something" test "$before" != "$after"
        fi
        equal "$format, $engine: what it wrote" "$after" "$expected"
        equal "$format, $engine: ticks" "$ticks" "$expected_ticks"
    done
done

# Two machines at once: each writes to a disk of its own, and one image has it in the end.
last=$(engines | tail -n 1)
for every in 4096 100; do
    numbers "$work/disk"
    timeout 60 "$VITRINE" -compare interp,"$last",every=$every -flat "$work/ide.bin@0x7c00" -hda "$work/disk" \
        -cdrom "$work/cd.iso" >"$work/out" 2>"$work/err" </dev/null
    equal "compared, every=$every: exit code" $? 0
    equal "compared, every=$every: the guest is content" "$(tr -d '\r' <"$work/out")$(cat "$work/err")" PFrwRWVEC
    equal "compared, every=$every: what it wrote" "$(contents "$work/disk")" "$expected"
done
finish
