#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/guest/run.sh [PROGRAM...] - bare-metal programs. Each line "ok NAME" or "FAIL NAME" on the debug
# port is a test case; a program ends by power-off. One that shall end by a triple fault says so with
# its line "triple-fault expected" in the first comment; one that is to run on other processors than
# max has a line "; models: NAME...". Each runs with each engine.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

[ $# -gt 0 ] || set -- "$top"/tests/guest/*.asm
for source in "$@"; do
    program=$(basename "$source" .asm)
    if ! assemble "$source" "$work/$program" 2>"$work/asm.err"; then
        fail "$program" "not assembled: $(head -n 5 "$work/asm.err")"
        continue
    fi
    expected=0
    ! head -n 8 "$source" | grep -q 'triple-fault expected' || expected=126
    models=$(sed -n 's/^; models: //p' "$source")
    for model in ${models:-max}; do
        label=$program${models:+ on $model}
        limit=120 under_each "$label" "$work/e9" -m 64 -cpu "$model" -no-reboot \
            -flat "$work/$program@0x7c00" -max-icount 20000000 -debugcon "file:$work/e9"
        head -c 20000 "$work/e9" | tr -d "\000\200-\377" >"$work/lines"
        while read -r verdict name; do
            case $verdict in
            ok) ok "$label: $name" ;;
            FAIL) fail "$label: $name" 'in the guest' ;;
            skip) skip "$label: $name" 'not on this processor' ;;
            *) fail "$label" "what does '$verdict $name' mean?" ;;
            esac
        done <"$work/lines"
        equal "$label: exit code" "$status" "$expected"
        [ "$status" = "$expected" ] || tail -n 12 "$work/err"
    done
    if [ -n "${VITRINE_COVERAGE-}" ] && [ -x tests/tools/guest_rows ] && [ "$status" = "$expected" ]; then
        tests/tools/guest_rows "$work/$program" 0x7c00 20000000 >/dev/null
    fi
done
finish
