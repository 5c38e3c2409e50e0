#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/compare/gdb.sh - an opinion from outside: QEMU, stepped through its gdb stub, beside our engines. A
# boot sector and parts of the tour are equal, instruction by instruction, and a mistake that is put
# into an engine is named. A step takes a millisecond, so only some thousand are made. QEMU=...
. "$(dirname "$0")/../tools/lib.sh"
QEMU=${QEMU:-qemu-system-x86_64}
command -v "$QEMU" >/dev/null || {
    skip all "$QEMU: not found"
    finish
}
need_nasm
bios=${BIOS-$PWD/bios/bios.bin}
tour=${TOUR-$PWD/bios/tour/tour.bin}

foreign=
stop_foreign()
{
    [ -z "$foreign" ] || {
        kill "$foreign" 2>/dev/null
        wait "$foreign" 2>/dev/null
    }
    foreign=
}
trap 'stop_foreign; rm -rf "$work"' EXIT

# start_foreign OPTION...: QEMU, stopped at its reset vector, with its stub on $work/gdb
start_foreign()
{
    stop_foreign
    rm -f "$work/gdb"
    "$QEMU" -S -gdb "unix:$work/gdb,server=on,wait=off" -m 64 -display none -monitor none -serial null \
        -parallel none -net none "$@" >"$work/foreign" 2>&1 </dev/null &
    foreign=$!
    tries=0
    while [ ! -S "$work/gdb" ] && [ $tries -lt 100 ] && kill -0 "$foreign" 2>/dev/null; do
        sleep 0.1
        tries=$((tries + 1))
    done
    [ -S "$work/gdb" ] || fail 'QEMU starts' "$(head -c 300 "$work/foreign")"
}

# compared ENGINE,HOW OPTION...: what vitrine tells is in $work/err
compared()
{
    compared_how=$1
    shift
    rm -rf "$work"/divergence-*
    (cd "$work" && timeout 100 "$VITRINE" -m 64 -quiet-bios -serial null -stats "$@" \
        -compare "${compared_how%%,*},gdb:unix:$work/gdb,${compared_how#*,}") \
        >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# agrees NAME STEPS: the last comparison was equal for so many steps at least
agrees()
{
    equal "$1: exit code" $status 0
    [ $status = 0 ] || cat "$work/err" "$work"/divergence-*/report.txt 2>/dev/null
    steps=$(sed -n 's/^vitrine: .*: \([0-9,]*\) steps compared, no difference$/\1/p' "$work/err" | tr -d ,)
    check "$1: ${steps:-no} steps are equal" [ "${steps:-0}" -ge "$2" ]
}

# differs NAME WHAT ROW: the last comparison ended with a difference of WHAT, in an instruction of ROW
differs()
{
    equal "$1: exit code" $status 122
    first=$(sed -n 's/^vitrine: .* differ at tick [0-9]*: \(.*\)$/\1/p' "$work/err")
    equal "$1: what" "${first#*: }" "$2"
    equal "$1: where" "$(sed -n 's/^vitrine: row //p' "$work/err")" "$3"
    check "$1: a report" grep -q '^known differences' "$work"/divergence-*/report.txt
    check "$1: a case" grep -q "^row = $3\$" "$work"/divergence-*/repro.case
}

# ---- a boot sector, which QEMU's own firmware loads there and ours here ----

assemble "$top/tests/compare/gdb.asm" "$work/sector.img" -DROUNDS=20 || exit 99
sector()
{
    start_foreign -drive "file=$work/sector.img,format=raw,if=floppy,readonly=on"
    compared "$1,from=0x7c00" -fda "$work/sector.img" -snapshot
}
sector interp
agrees 'boot sector, interp' 3500
check 'flags that are undefined differ' grep -q 'undefined flags [0-9]' "$work/err"
check 'what the firmware left is copied' grep -q 'pages that were copied at the start: [0-9]' "$work/err"

# ---- a Multiboot kernel, in protected mode, each with its own firmware ----

assemble "$top/tests/boot/multiboot.asm" "$work/multiboot" -DELF32 || exit 99
entry=$(od -An -tu4 -j24 -N4 "$work/multiboot" | tr -d ' ')
start_foreign -kernel "$work/multiboot"
compared "interp,from=$entry,stop=+1500" -kernel "$work/multiboot"
agrees 'Multiboot, interp' 1500
check 'registers were set equal' grep -q 'start [0-9]' "$work/err"

# ---- the tour: QEMU has our firmware, which is told of it through fw_cfg as our emulator does ----

# A kernel of QEMU's old kind: five sectors that nobody looks at, then the image as fw_cfg item 11h.
tour_bytes=$(wc -c <"$tour")
{
    head -c 2560 /dev/zero
    cat "$tour"
} >"$work/kernel"
# bios/README.md: kind 3, entered at 7C00h; one segment, loaded there
# shellcheck disable=SC2046
bytes 56 42 4f 4f $(le32 1; le32 3; le32 1; le32 31744; le32 0; le32 0; le32 0; le32 1; le32 0
    le32 31744; le32 0; le32 "$tour_bytes"; le32 0; le32 "$tour_bytes"; le32 0; le32 17; le32 0) >"$work/boot"
tour()
{
    start_foreign -bios "$bios" -kernel "$work/kernel" \
        -fw_cfg "name=opt/org.vitrine/boot,file=$work/boot"
    compared "$@"
}
engine=interp
[ "$(engines | wc -l)" = 1 ] || engine=tb
tour "$engine,stop=2000"
agrees "from the reset vector, $engine" 2000
tour "$engine,from=long_mode_start,stop=+2000"
agrees "from long mode on, $engine" 2000
tour "interp,from=user_privileged,stop=+3000"
agrees 'from ring 3 on, interp' 3000
check 'frames of faults are known to differ' grep -q 'RF in a frame [0-9]' "$work/err"
tour "$engine,from=long_mode_start,stop=+1000,every=50"
agrees "every 50 steps, $engine" 1000

# ---- a mistake in our engine ----

if [ $engine = tb ]; then
    VITRINE_BREAK_ROW=mul_Ev:result
    export VITRINE_BREAK_ROW
    sector tb
    differs 'a wrong product' rax mul_Ev
    VITRINE_BREAK_ROW=stosv:memory
    sector tb
    differs 'a wrong byte' 'memory 0x8019' stosv
    VITRINE_BREAK_ROW=shl_Ev_CL:flag
    sector tb
    differs 'a wrong flag' CF shl_Ev_CL
    sector 'tb,ignore=eflags.cf'
    check 'an ignored flag is not told' [ "$(sed -n 's/.* differ at tick [0-9]*: .*: \(.*\)/\1/p' "$work/err")" != CF ]
    check 'that it was ignored is told' grep -q 'ignored [0-9]' "$work/err"
    unset VITRINE_BREAK_ROW
else
    skip 'mistakes' 'tb is not in this build'
fi

# ---- what is no comparison ----

# refused NAME CODE TEXT
refused()
{
    equal "$1: exit code" $status "$2"
    check "$1: one line" [ "$(grep -c '^vitrine: ' "$work/err")" = 1 ]
    check "$1: '$3'" grep -q -F -e "$3" "$work/err"
}
start_foreign
compared interp,every=1 -bios "$bios"
check 'other firmware is noticed' [ $status = 122 ]
start_foreign
compared interp,ignore=no_such_register
refused 'an unknown register' 4 "describes no 'no_such_register'"
stop_foreign
rm -f "$work/gdb"
compared interp,every=1
refused 'nobody there' 4 "gdb:unix:$work/gdb: "
finish
