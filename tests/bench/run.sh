#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/run.sh [NAME...] - what `make bench` runs, in the build folder: speed of vitrine's two
# engines beside QEMU and Bochs, where they are installed. From the environment:
#
#   ITEMS="sha256 boot"   what to measure, as the NAMEs: an item of the Linux guest, boot (kernel start
#                         to power-off), loop-integer and its kin (bare loops), or the groups items
#                         and loops; default: everything
#   EMULATORS="tb qemu"   among interp, tb, qemu, bochs; default: all
#   N=3                   runs; the table has medians (Bochs takes minutes: one run, unless EMULATORS
#                         names it)
#   SCALE=0.1             part of the items' work
#   TIME=cpu              processor time of the emulator, where the machine has other work as well
#   TIMEOUT=1800          seconds after which a run is given up
#
# What an emulator wrote is in bench/work.EMULATOR.out; bench/work.EMULATOR.sh starts it by hand.
# Exit status 1: an item came out wrong, or not at all.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
all_items='integer sieve quicksort sha256 matmul nbody mandelbrot simd memcpy memset chase call bytecode
    smc smc-data smc-jit syscall pipe fault exec gzip sort awk'
all_loops='integer sketch memcopy call sse2 x87 repmovs'

among()
{
    # shellcheck disable=SC2086 # a list of words
    for word in $2; do
        [ "$word" != "$1" ] || return 0
    done
    return 1
}

# shellcheck disable=SC2046 # a list of words
[ $# != 0 ] || set -- $(echo "${ITEMS-items boot loops}" | tr ',' ' ')
items=
loops=
for name; do
    case $name in
    items) items="$items $all_items" ;;
    boot) items="$items boot" ;;
    loops) loops="$loops $all_loops" ;;
    *)
        if among "$name" "$all_items"; then
            items="$items $name"
        elif among "${name#loop-}" "$all_loops" && [ "$name" != "${name#loop-}" ]; then
            loops="$loops ${name#loop-}"
        else
            echo "bench: '$name', expected items, boot, loops, or some of:" $all_items \
                "$(printf "loop-%s " $all_loops)" >&2
            exit 2
        fi
        ;;
    esac
done

status=0
# shellcheck disable=SC2086 # lists of words
{
    [ -z "$items" ] || sh "$here/work.sh" $items || status=$?
    [ -z "$items" ] || [ -z "$loops" ] || echo
    [ -z "$loops" ] || sh "$here/loops.sh" $loops || status=$?
}
exit $status
