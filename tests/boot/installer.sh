#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/installer.sh - Debian's i386 installer, unchanged, boots to its first screen, the dialog
# "Select a language", on the serial line: a 32-bit kernel and its programs on a processor of their
# time with each engine, in the same ticks; and on one with everything, in samples with both side by side
# (VITRINE_LONG=1: with each engine, too).
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

# boot MODEL ENGINE [OPTION...]: leaves $work/out, and the ticks in $work/MODEL.ENGINE
boot()
{
    model=$1 engine=$2
    shift 2
    name="$model under $engine"
    (cd "$work" && "$VITRINE" -engine "$engine" -cpu "$model" -kernel "$guest/vmlinuz" \
        -initrd "$guest/initrd.gz" -m 512 -append "console=ttyS0 quiet" -expect "Select a language" \
        -max-icount 20000000000 -stats -timeout 1200s "$@") >"$work/out" 2>"$work/err" </dev/null
    status=$?
    equal "$name: the first screen" "$status" 0
    [ "$status" = 0 ] || {
        tr -d '\033' <"$work/out" | tail -n 20
        tail -n 20 "$work/err"
        cat "$work"/divergence-*/report.txt 2>/dev/null
    }
    check "$name: no complaint of the kernel" test -z "$(
        tr -d '\r' <"$work/out" | grep -a -E 'BUG:|WARNING:|Oops|general protection|segfault'
    )"
    ticks_of "$work/err" >"$work/$model.$engine"
}

# each MODEL: with each engine
each()
{
    first=
    for engine in $(engines); do
        boot "$1" "$engine"
        if [ -z "$first" ]; then
            first=$engine
            cp "$work/out" "$work/first"
        else
            equal "$1: ticks under $engine" "$(cat "$work/$1.$engine")" "$(cat "$work/$1.$first")"
            check "$1: serial output under $engine" cmp "$work/first" "$work/out"
        fi
    done
}

each pentium3
last=$(engines | tail -n 1)
if [ -n "${VITRINE_LONG-}" ] || [ "$last" = interp ]; then
    each max
fi
if [ "$last" = tb ]; then
    boot max tb -compare interp,tb -compare-sample 1%
    check 'max: samples on both engines do not differ' grep -q 'no difference' "$work/err"
    grep -a '^vitrine: interp and tb' "$work/err"
fi
finish
