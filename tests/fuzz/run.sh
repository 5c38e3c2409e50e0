#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/fuzz/run.sh - each fuzzer on the inputs that are kept in corpus/: none of them ends it.
# To look for new ones: tests/fuzz/README.md.
. "$(dirname "$0")/../tools/lib.sh"

for fuzzer in qcow2 growing sparse drive bochsrc nic; do
    for input in "$top/tests/fuzz/corpus/$fuzzer"/*; do
        if timeout 60 "$PWD/tests/fuzz/fuzz_$fuzzer" "$input" >"$work/out" 2>&1; then
            ok "$fuzzer: ${input##*/}"
        else
            fail "$fuzzer: ${input##*/}" "$(tail -n 3 "$work/out")"
        fi
    done
done
finish
