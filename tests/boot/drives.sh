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

# A disk of the host that is full: the guest has an I/O error, the image is sound, one line tells it.
numbers "$work/below"
rm -f "$work/disk"
"$VITRINE" image create -f qcow2 -b below -F raw "$work/disk" >/dev/null
# By sh, whose blocks are of 512 bytes; bash's are of 1024.
sh -c 'ulimit -f "$1" && shift && exec timeout 60 "$@"' sh $(($(wc -c <"$work/disk") / 512)) \
    "$VITRINE" -flat "$work/ide.bin@0x7c00" -hda "$work/disk" -cdrom "$work/cd.iso" 2>"$work/err" </dev/null |
    tr -d '\r' >"$work/out"
equal 'no room: the guest is told' "$(cat "$work/out")" 'PFr!'
equal 'no room: one line' "$(grep -c 'disk: cannot be written at byte .*: File too large' "$work/err")$(wc -l <"$work/err")" 11
"$VITRINE" image check "$work/disk" >/dev/null
equal 'no room: the image is sound' $? 0
equal 'no room: and as it was' "$(contents "$work/disk")" "$before"

# Media of odd sizes, or that shrink meanwhile: the guest fails, and nothing else does.
for size in 1 511 513 2047 70000; do
    head -c $size "$work/cd.iso" >"$work/odd"
    timeout 60 "$VITRINE" -flat "$work/ide.bin@0x7c00" -hda "$work/odd" -drive "file=$work/odd,media=cdrom,snapshot=on" \
        >"$work/out" 2>"$work/err" </dev/null
    equal "a file of $size bytes for two drives" $? 4
    timeout 60 "$VITRINE" -flat "$work/ide.bin@0x7c00" -drive "file=$work/odd,readonly=on" -cdrom "$work/odd" \
        >"$work/out" 2>"$work/err" </dev/null
    status=$?
    check "media of $size bytes: the run ends by itself" test $status -lt 124
    equal "media of $size bytes: what the guest said ends in" "$(tr -d '\r' <"$work/out" | tail -c 1)" '!'
done
numbers "$work/disk"
(
    echo 'pb 0x7c00'
    echo 'c'
    sleep 1
    : >"$work/disk"
    echo 'c'
) | timeout 60 "$VITRINE" -dbg -flat "$work/ide.bin@0x7c00" -hda "$work/disk" -cdrom "$work/cd.iso" >"$work/out" 2>&1
status=$?
check 'a file cut off during the run: the run ends by itself' test $status -lt 124

# Linux: what it writes in one boot it finds in the next, under each engine in the same ticks.
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip linux 'a sanitizer build; tested in the other one'
    finish
    ;;
esac
drives_initrd linux-drives guest-drives-init "$work/initrd"

# linux NAME ENGINE WORD [OPTION...]
linux()
{
    name=$1 engine=$2 word=$3
    shift 3
    timeout 900 "$VITRINE" -engine "$engine" -kernel "$guest/vmlinuz" -initrd "$work/initrd" -m 256 -stats \
        -append "console=ttyS0 quiet vitrine=$word" -cdrom "$work/cd.iso" "$@" >"$work/$name.out" \
        2>"$work/$name.err" </dev/null
    equal "Linux, $name under $engine: exit code" $? 0
    ticks_of "$work/$name.err" >"$work/$name.ticks"
    tr -d '\r' <"$work/$name.out" | grep '^vitrine-test: ' >"$work/$name.lines"
}

for engine in $(engines); do
    rm -f "$work/linux.qcow2"
    "$VITRINE" image create -f qcow2 "$work/linux.qcow2" 64M >/dev/null
    linux write-$engine "$engine" write -hda "$work/linux.qcow2"
    cp "$work/linux.qcow2" "$work/untouched"
    if [ "$engine" = interp ]; then
        equal 'Linux: the disc' "$(grep -c "disc $(md5sum <"$work/cd.iso")" "$work/write-interp.lines")" 1
        linux snapshot interp write -hda "$work/linux.qcow2" -snapshot
        check 'Linux: -snapshot leaves every byte' cmp "$work/linux.qcow2" "$work/untouched"
        check 'Linux: a snapshot is no slower in guest time' cmp "$work/write-interp.ticks" "$work/snapshot.ticks"
        linux read-interp interp read -hda "$work/linux.qcow2"
        equal 'Linux: two files, a disc, the end' "$(wc -l <"$work/write-interp.lines")" 4
        check 'Linux: the next boot finds the files' cmp "$work/write-interp.lines" "$work/read-interp.lines"
    else
        check "Linux: ticks under $engine" cmp "$work/write-interp.ticks" "$work/write-$engine.ticks"
        equal "Linux: the disk under $engine" "$(contents "$work/linux.qcow2")" "$written"
        linux read-$engine "$engine" read -drive "file=$work/linux.qcow2,readonly=on"
        check "Linux: the files under $engine" cmp "$work/write-interp.lines" "$work/read-$engine.lines"
    fi
    "$VITRINE" image check "$work/linux.qcow2" >/dev/null
    equal "Linux: the image is sound after $engine" $? 0
    written=$(contents "$work/linux.qcow2")
done
finish
