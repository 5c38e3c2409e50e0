#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/tour.sh - the built-in teaching kernel: all its stages, then a power-off; each time the same.
. "$(dirname "$0")/../tools/lib.sh"

tour()
{
    timeout 60 "$VITRINE" -stats "$@" >"$work/out" 2>"$work/err" </dev/null
    echo $? >"$work/status"
    sed -n 's/^vitrine: \(.* instructions\).*/\1/p' "$work/err"
}

first=$(tour)
cp "$work/out" "$work/first"
equal 'exit code' "$(cat "$work/status")" 0
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
equal 'the same ticks again' "$(tour)" "$first"
check 'the same output again' cmp "$work/first" "$work/out"
tour -m 3 >"$work/small"
equal 'exit code in 3 MiB' "$(cat "$work/status")" 0
tour -m 5G >"$work/large"
equal 'exit code in 5 GiB' "$(cat "$work/status")" 0
tour -cpu max >"$work/max"
equal 'exit code on -cpu max' "$(cat "$work/status")" 0
finish
