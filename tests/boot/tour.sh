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
finish
