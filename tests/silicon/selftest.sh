#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/silicon/selftest.sh - the test of the test against the host processor: an instruction that is
# wrong is found, its case is made small, and the file opens in the debugger before the instruction.
. "$(dirname "$0")/../tools/lib.sh"
SILICON=${SILICON-$PWD/tests/silicon/silicon}

# refuses NAME PATTERN OPTION...: exit code 2, one line that says so
refuses()
{
    name=$1 pattern=$2
    shift 2
    "$SILICON" "$@" >"$work/out" 2>"$work/err"
    equal "$name: exit code" $? 2
    equal "$name: lines" "$(wc -l <"$work/err" | tr -d ' ')" 1
    check "$name: what it says" grep -q -e "$pattern" "$work/err"
}

refuses "unknown option" "silicon: -frogs: unknown, expected" -frogs
refuses "seed" "silicon: -seed: '-1', expected a number" -seed -1
refuses "number of cases" "silicon: -cases: '1e9', expected a number" -cases 1e9
refuses "no argument" "silicon: -row: no argument" -row
refuses "mode" "silicon: -mode: expected 16, 32 or 64" -mode 8

if "$SILICON" -cases 1 -row nop | grep -q 'not run: .*\(host\|built\)' &&
    "$SILICON" -cases 1 -row nop | grep -q '^0 passed'; then
    skip "the judge" "it does not run here"
    finish
fi
refuses "row to select" "silicon: frog: no row" -row frog
refuses "row to break" "silicon: -break: 'frog' is no row" -break frog

"$SILICON" -cases 50 -row imul_Gv_Ev -mode 64 >"$work/first"
equal "nothing is broken" $? 0
"$SILICON" -cases 50 -row imul_Gv_Ev -mode 64 >"$work/second"
grep -v '^seed' "$work/first" >"$work/a"
grep -v '^seed' "$work/second" >"$work/b"
check "the same seed again" cmp -s "$work/a" "$work/b"
# broken ROW[:KIND] PATTERN: found, shown with both states, made small, written, and opened
broken()
{
    row=${1%:*}
    rm -f "$work/case"
    "$SILICON" -cases 50 -mode 64 -row "$row" -break "$1" -write "$work/case" >"$work/out" 2>&1
    equal "$1: exit code" $? 1
    check "$1: named" grep -q "^$row, 64-bit code, seed [0-9a-f]*: [0-9]* of 50 differ" "$work/out"
    check "$1: both states" grep -q "$2 *host .*interpreter" "$work/out"
    check "$1: the case is small" [ "$(wc -l <"$work/case")" -le 12 ]
    "$SILICON" -replay "$work/case" >"$work/out" 2>&1
    equal "$1: the interpreter is right" $? 0
    printf 'r rip\nq\n' | timeout 20 "$VITRINE" -case "$work/case" -plain >"$work/out" 2>"$work/err"
    equal "$1: vitrine -case" $? 0
    check "$1: stopped before it" grep -q "$(sed -n 's/^rip = 0x/0*/p' "$work/case")" "$work/out"
}
broken imul_Gv_Ev 'r[a-z0-9]*'
broken imul_Gv_Ev:flag rflags
broken add_Ev_Gv:memory '\[[0-9a-f]*\]'
broken movaps_Vx_Wx "ymm[0-9]*.q0"
finish
