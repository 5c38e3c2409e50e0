#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/loops.sh NAME... - millions of instructions a second in bare guest loops, which start from
# a diskette: tests/bench/NAME.asm. Called by run.sh, which says what can be set.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/emulators.sh"
nasm=${NASM-nasm}
seconds=${SECONDS_PER_LOOP-1}
choose_emulators

# loop EMULATOR IMAGE
loop()
{
    case $1 in
    interp | tb) "$vitrine" -engine "$1" -nographic -m 32 -fda "$2" ;;
    qemu)
        qemu-system-x86_64 -accel tcg,thread=single -cpu qemu64 -m 32 -display none -no-reboot \
            -drive "file=$2,format=raw,if=floppy"
        ;;
    bochs)
        bochs_rc corei7_haswell_4770 "floppya: 1_44=$2, status=inserted" "boot: floppy" \
            >$work/loop.bochsrc
        echo c >$work/bochs.cmd
        bochs -q -f $work/loop.bochsrc -rc $work/bochs.cmd
        ;;
    esac >"$work/output.$1" 2>&1 </dev/null
}

now()
{
    date +%s.%N
}

# wall COMMAND...: seconds, on standard output; how the emulator ended, in $work/status. (Bochs ends
# with 1 when the guest powers off.)
wall()
{
    start=$(now)
    status=0
    "$@" || status=$?
    echo $status >$work/status
    now | awk -v start="$start" '{ printf "%.3f\n", $1 - start }'
}

# median_time COUNT COMMAND...
median_time()
{
    count=$1
    shift
    i=0
    while [ $i -lt "$count" ]; do
        wall "$@"
        i=$((i + 1))
    done | median
}

image()
{
    "$nasm" -f bin -I "$here/" -DLOOPS="$2" -o "$3" "$here/$1.asm"
    truncate -s 1474560 "$3" 2>/dev/null || dd if=/dev/zero of="$3" bs=1 count=0 seek=1474560 2>/dev/null
}

# mips MACHINE LOOP: what start and firmware cost is measured with one round and taken off
mips()
{
    per_round=$(sed -n 's/^; per round: *//p' "$here/$2.asm")
    image "$2" 1 $work/one.img
    idle=$(median_time 3 loop "$1" $work/one.img)
    if [ "$1" = bochs ]; then
        ! grep -q 'no resolution' $work/output.bochs || return 1
    elif [ "$(cat $work/status)" != 0 ]; then
        return 1
    fi
    # Enough rounds for the time wanted, found by growing.
    rounds=$((20000000 / per_round))
    while :; do
        image "$2" "$rounds" $work/many.img
        once=$(wall loop "$1" $work/many.img)
        next=$(awk -v t="$once" -v idle="$idle" -v want="$seconds" -v n="$rounds" 'BEGIN {
            t -= idle
            if (t > want * 0.6 || n > 2e8) print 0
            else printf "%.0f\n", n * (t > want / 20 ? want / t : 10) }')
        [ "$next" != 0 ] || break
        rounds=$next
    done
    busy=$(median_time "$(runs_of "$1")" loop "$1" $work/many.img)
    awk -v busy="$busy" -v idle="$idle" -v n="$rounds" -v per="$per_round" \
        'BEGIN { printf "%.0f\n", n * per / (busy - idle) / 1e6 }'
}

ratio()
{
    awk -v a="$1" -v b="$2" 'BEGIN { if (a > 0 && b > 0) printf "%.2f", a / b; else printf "-" }'
}

# row NAME: one line of the table
row()
{
    interp=- tb=- qemu=- bochs=-
    for emulator in $emulators; do
        value=$(mips "$emulator" "$1") || value=-
        eval "$emulator=\$value"
    done
    printf '%-12s %8s %8s %8s %8s  %8s     %8s     %8s\n' "$1" "$interp" "$tb" "$qemu" "$bochs" \
        "$(ratio "$tb" "$interp")" "$(ratio "$tb" "$qemu")" "$(ratio "$interp" "$bochs")"
}

printf '%-12s %8s %8s %8s %8s  %12s %12s %12s\n' 'loop, MIPS' interp tb qemu bochs 'interp/tb   ' \
    'qemu/tb   ' 'bochs/interp'
for name; do
    row "$name"
    # What a bare chain of handlers reaches on the same loop: the ceiling of any interpreter.
    if [ "$name" = sketch ] && [ -x "${DISPATCH-}" ] && [ "$interp" != - ]; then
        ceiling=$(for i in $(seq "$runs"); do "$DISPATCH"; done | median)
        printf '  dispatch alone: %s MIPS; sketch reaches %s of it\n' "$ceiling" \
            "$(ratio "$interp" "$ceiling")"
    fi
done
