#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/tour.sh - the built-in teaching kernel: all its stages, then a power-off; each time
# and with each engine the same.
. "$(dirname "$0")/../tools/lib.sh"

under_each tour -
first=$ticks
cp "$work/out" "$work/first"
equal 'exit code' "$status" 0
for stage in 1 2 3 4 5 6 7 8; do
    if grep -q "$stage" "$work/first"; then
        ok "stage $stage is announced"
    else
        fail "stage $stage is announced" "not in $(head -c 600 "$work/first")"
    fi
done
for word in 'protected' 'long mode' '#PF' '#GP'; do
    check "'$word' is shown" grep -q -i -e "$word" "$work/first"
done
under_each 'again' -
equal 'the same ticks again' "$ticks" "$first"
check 'the same output again' cmp "$work/first" "$work/out"
under_each '3 MiB' - -m 3
equal 'exit code in 3 MiB' "$status" 0
under_each '5 GiB' - -m 5G
equal 'exit code in 5 GiB' "$status" 0
under_each 'max' - -cpu max
equal 'exit code on -cpu max' "$status" 0
translate=
under_each 'hot code' -
equal 'exit code with hot code translated' "$status" 0
translate=,hot=0,most=1
under_each 'blocks of one instruction' -
equal 'exit code with blocks of one instruction' "$status" 0

# From a drive of each kind the stages are the same; one file is all three.
check 'vitrine image tour' "$VITRINE" image tour "$work/tour.img"
stages()
{
    tr -d '\r' <"$1" | sed -n 's/^\(\[[0-9]\] [^:]*\):.*/\1/p'
}
stages "$work/first" >"$work/stages"
equal 'stages are announced' "$(wc -l <"$work/stages" | tr -d ' ')" 8
translate=
for drive in fda hda cdrom; do
    under_each "-$drive" - -quiet-bios -$drive "$work/tour.img" -snapshot
    equal "-$drive: exit code" "$status" 0
    stages "$work/out" >"$work/drive"
    check "-$drive: the same stages" cmp "$work/stages" "$work/drive"
done
"$VITRINE" image tour "$work/none/tour.img" 2>"$work/err"
equal 'image tour: no such folder' $? 4
check 'image tour: and it is said' grep -q "^vitrine: $work/none/tour.img: cannot be written: No such" "$work/err"
"$VITRINE" image tour "$work/tour.img" 2>"$work/err"
equal 'image tour: a file that is there stays' $? 2
check 'image tour: and it is said' grep -qx "vitrine: $work/tour.img: exists already, expected a new name" "$work/err"
# Others read it, too.
if command -v xorriso >/dev/null; then
    xorriso -indev "stdio:$work/tour.img" -osirrox on -extract /TOUR.BIN "$work/tour.bin" >"$work/xorriso" 2>&1
    check 'xorriso: TOUR.BIN is there' test -s "$work/tour.bin"
    check 'xorriso: it can be booted' grep -q 'Boot record.*El Torito' "$work/xorriso"
else
    skip xorriso 'not installed'
fi
if command -v qemu-system-x86_64 >/dev/null; then
    for drive in fda cdrom hda; do
        timeout 60 qemu-system-x86_64 -accel tcg -m 32 -display none -net none -serial stdio -no-reboot \
            -drive "file=$work/tour.img,format=raw,snapshot=on,$(case $drive in
                fda) echo if=floppy ;; cdrom) echo media=cdrom ;; hda) echo media=disk ;; esac)" \
            </dev/null >"$work/qemu" 2>&1
        stages "$work/qemu" >"$work/drive"
        check "QEMU -$drive: the same stages" cmp "$work/stages" "$work/drive"
    done
else
    skip QEMU 'not installed'
fi
finish
