#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/compare/tour.sh - the tour on two engines in lockstep, instruction by instruction, slice by slice
# and in samples: they agree, and nothing of the run is changed. ENGINES=interp,interp compares others.
. "$(dirname "$0")/../tools/lib.sh"
engines=${ENGINES-interp,tb}

run()
{
    (cd "$work" && timeout 300 "$VITRINE" -stats "$@") >"$work/out" 2>"$work/err" </dev/null
    echo $? >"$work/status"
    sed -n 's/^vitrine: \(.* instructions\).*/\1/p' "$work/err"
}

if ! "$VITRINE" -compare "$engines" -max-icount 1 >"$work/out" 2>"$work/err" </dev/null &&
    grep -q 'engine: ' "$work/err"; then
    skip "$engines" 'not in this build'
    finish
fi
plain=$(run)
cp "$work/out" "$work/plain"
for how in every=1 every=7 every=64 every=4096 every=1000000 sample=10%; do
    equal "$engines, $how: the same ticks" "$(run -compare "$engines,$how")" "$plain"
    equal "$engines, $how: exit code" "$(cat "$work/status")" 0
    [ "$(cat "$work/status")" = 0 ] || cat "$work/err" "$work"/divergence-*/report.txt
    check "$engines, $how: no difference" grep -q 'no difference$' "$work/err"
    check "$engines, $how: the same output" cmp -s "$work/out" "$work/plain"
done
check 'each instruction is compared' run -compare "$engines,every=1"
slices=$(sed -n 's/.* ticks in \([0-9,]*\) slices of 1 .*/\1/p' "$work/err" | tr -d ,)
retired=$(sed -n 's/.* ticks, \([0-9,]*\) instructions.*/\1/p' "$work/err" | tr -d ,)
check "$slices slices for $retired instructions" [ "$slices" -ge "$retired" ]
run -compare "$engines" -cpu max -m 5G >"$work/max"
equal 'the largest processor, memory above 4 GiB' "$(cat "$work/status")" 0
finish
