#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/installer.sh - Debian's i386 installer, unchanged, boots to its first screen, the dialog
# "Select a language", on the serial line: a 32-bit kernel and its programs on a processor of their
# time, and on one with everything; with each engine, in the same ticks.
. "$(dirname "$0")/../tools/lib.sh"

# Each boot takes 13,000 million instructions: under the sanitizers that is most of an hour.
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip installer 'a sanitizer build; tested in the other one'
    finish
    ;;
esac

guest=$PWD/installer
sh "$top/tests/tools/installer-guest.sh" "$guest" || {
    skip installer "the package debian-installer-12-netboot-i386 cannot be fetched"
    finish
}

# boot MODEL ENGINE: leaves $work/out, and the ticks in $work/MODEL.ENGINE
boot()
{
    name="$1 under $2"
    "$VITRINE" -engine "$2" -cpu "$1" -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" -m 512 \
        -append "console=ttyS0 quiet" -expect "Select a language" -max-icount 20000000000 -stats \
        -timeout 1200s >"$work/out" 2>"$work/err" </dev/null
    status=$?
    equal "$name: the first screen" "$status" 0
    [ "$status" = 0 ] || {
        tr -d '\033' <"$work/out" | tail -n 20
        tail -n 20 "$work/err"
    }
    check "$name: no complaint of the kernel" test -z "$(
        tr -d '\r' <"$work/out" | grep -a -E 'BUG:|WARNING:|Oops|general protection|segfault'
    )"
    ticks_of "$work/err" >"$work/$1.$2"
}

for model in pentium3 max; do
    first=
    for engine in $(engines); do
        boot $model "$engine"
        if [ -z "$first" ]; then
            first=$engine
            cp "$work/out" "$work/first"
        else
            equal "$model: ticks under $engine" "$(cat "$work/$model.$engine")" \
                "$(cat "$work/$model.$first")"
            check "$model: serial output under $engine" cmp "$work/first" "$work/out"
        fi
    done
done
finish
