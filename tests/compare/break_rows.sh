#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/compare/break_rows.sh [ROW:KIND...] - a comparison must find mistakes that were put in: one row
# after the other of rows.asm is made wrong in the second engine (VITRINE_BREAK_ROW), and each time the
# comparison must end with 122 and name that row, instruction by instruction and in slices of whole blocks.
# ENGINES=interp,tb.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm
engines=${ENGINES-interp,tb}
assemble "$top/tests/compare/rows.asm" "$work/rows" || exit 99

# compared ROW:KIND HOW: the status, and the row that was named
compared()
{
    rm -rf "$work"/divergence-*
    (cd "$work" && VITRINE_BREAK_ROW=$1 timeout 120 "$VITRINE" -m 64 -cpu max -quiet-bios \
        -flat "rows@0x7c00" -compare "$engines,from=$from,$2") >"$work/out" 2>"$work/err" </dev/null
    echo "$? $(sed -n 's/^vitrine: row //p' "$work/err")"
}

# The firmware before is not compared.
printf 'lb 0x7c00\nc\nptime\n' >"$work/enter"
from=$("$VITRINE" -m 64 -cpu max -quiet-bios -flat "$work/rows@0x7c00" -serial null -x "$work/enter" -batch \
    </dev/null | sed -n 's/^t=\([0-9]*\): .*/\1/p')
[ "$from" ] || {
    fail 'the program is reached' 'no tick'
    finish
}

if [ "$(compared '' every=4096)" = '2 ' ] && grep -q 'engine: ' "$work/err"; then
    skip "$engines" 'not in this build'
    finish
fi
case $(compared add_Ev_Gv every=1) in
'0 ')
    skip "$engines" 'the second engine does not honour VITRINE_BREAK_ROW'
    finish
    ;;
esac
equal 'nothing is broken: no difference' "$(unset VITRINE_BREAK_ROW && cd "$work" && timeout 120 "$VITRINE" \
    -m 64 -cpu max -quiet-bios -flat rows@0x7c00 -compare "$engines,from=$from,every=1" 2>&1 </dev/null
    echo $?)" 0

rows=$(sed -n 's/.*; row \([A-Za-z0-9_]*\)$/\1/p' "$top/tests/compare/rows.asm" | sort -u)
[ $# = 0 ] || rows=$*
count=0
for row in $rows; do
    # The kinds take turns; what a kind does not fit spoils the result.
    case $row:$((count % 4)) in
    *:*:*) broken=${row} ;;
    *:0) broken=$row:result ;;
    *:1) broken=$row:flag ;;
    *:2) broken=$row:memory ;;
    *:3) broken=$row:count ;;
    esac
    equal "$broken is found" "$(compared "$broken" every=1)" "122 ${row%%:*}"
    check "$broken: report and case" [ -s "$(echo "$work"/divergence-*)/report.txt" ]
    count=$((count + 1))
done
[ $# = 0 ] || finish
if [ $count -ge 50 ]; then
    ok "$count rows were broken"
else
    fail 'enough rows' "$count, expected 50"
fi
# The order of bytes is wrong where they differ; what they are is the program's choice.
for row in mov_Ev_Gv add_Ev_Gv xchg_Ev_Gv push_Zv; do
    equal "$row:order is found" "$(compared "$row:order" every=1)" "122 $row"
done

# Whole blocks; a mistake may be overwritten before the slice ends, and what of a slice is shorter than
# the next block is interpreted, so not all are seen.
seen=0
for row in $rows; do
    found=$(compared "$row" every=101)
    case $found in
    "122 $row") seen=$((seen + 1)) ;;
    '0 ') ;;
    *) fail "$row in slices" "got '$found'" ;;
    esac
done
if [ $seen -ge 20 ]; then
    ok "$seen rows are found in slices"
else
    fail 'rows in slices' "$seen of $count found"
fi
finish
