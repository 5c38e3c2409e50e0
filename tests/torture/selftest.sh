#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/torture/selftest.sh - the test of the random program test: wrong bits are found, a wrong
# instruction is named, a program repeats itself, bad options are told in one line.
. "$(dirname "$0")/../tools/lib.sh"
TORTURE=${TORTURE-$PWD/tests/torture/torture}

"$TORTURE" -selftest >"$work/out" 2>&1
equal "bits and rows" $? 0
grep -v passed "$work/out"

# refuses NAME PATTERN OPTION...: exit code 2, one line that says so
refuses()
{
    name=$1 pattern=$2
    shift 2
    "$TORTURE" "$@" >"$work/out" 2>"$work/err"
    equal "$name: exit code" $? 2
    equal "$name: lines" "$(wc -l <"$work/err" | tr -d ' ')" 1
    check "$name: what it says" grep -q -e "$pattern" "$work/err"
}

refuses "unknown option" "torture: -frogs: unknown, expected" -frogs
refuses "seed" "torture: -seed: 'x', expected a number" -seed x
refuses "no number" "torture: -programs: no argument" -programs
refuses "mode" "torture: -mode: expected 16, 32 or 64" -mode 8
refuses "engine" "torture: -engines: engine: 'frog', expected interp" -engines interp,frog
refuses "one engine" "torture: -engines: expected two names" -engines interp

"$TORTURE" -engines interp,interp -program 5 -list >"$work/first"
equal "one program" $? 0
"$TORTURE" -engines interp,interp -program 5 -list >"$work/second"
grep -v instructions "$work/first" >"$work/a"
grep -v instructions "$work/second" >"$work/b"
check "the same program again" cmp -s "$work/a" "$work/b"
"$TORTURE" -engines interp,interp -program 5 -seed 2 -list | grep -v instructions >"$work/b"
if cmp -s "$work/a" "$work/b"; then
    fail "another seed" "the program is the same"
else
    ok "another seed"
fi
finish
