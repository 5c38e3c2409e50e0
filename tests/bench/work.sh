#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/work.sh ITEM... - the table of tests/bench/guest: seconds that each emulator takes for
# each item in a Linux guest, by the host's clock, and for "boot", from start to power-off. Called by
# run.sh, which says what can be set. Exit status 1: an item came out wrong, or not at all.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/emulators.sh"
guest=${GUEST-tests/bench/guest}
clock=${TIME-wall}
scale=$(awk -v s="${SCALE-1}" 'BEGIN { printf "%d", s * 1000 }')
[ "$scale" -ge 1 ] 2>/dev/null || give_up "SCALE: '$SCALE', expected a number, 0.001 or more"
case $clock in
wall | cpu) ;;
*) give_up "TIME: '$clock', expected wall or cpu" ;;
esac

boot=
items=
for name; do
    if [ "$name" = boot ]; then
        boot=boot
    else
        items="$items${items:+,}$name"
    fi
done
choose_emulators
need_kernel || give_up "linux/vmlinuz: not there and cannot be fetched"
rm -f $work/*.times $work/*.boot

# The guest's part of the work, and the checksums it has to have.
prepare_items()
{
    "${MKINITRAMFS-tests/tools/mkinitramfs}" dir bin dir dev dir tmp node dev/console 5 1 \
        node dev/null 1 3 node dev/zero 1 5 file bin/busybox linux/busybox 755 \
        file bin/tiny "$guest/tiny" 755 file init "$guest/work" 755 >$work/work.cpio
    # The kernel hands words with "=" that it does not know to the first process.
    append="console=ttyS0 quiet mitigations=off panic=-1 scale=$scale items=$items"
    for emulator in $emulators; do
        linux_script "$emulator" work plain $work/work.cpio "$append"
    done

    # This processor says what is right, where it can run the guest's program.
    rm -rf $work/tools $work/scratch
    mkdir -p $work/tools $work/scratch
    cp linux/busybox "$guest/tiny" $work/tools
    items=$items scale=$scale tools=$PWD/$work/tools scratch=$PWD/$work/scratch \
        "$stamp" -t "$limit" "$guest/work" >$work/host.times || true
    rm -rf $work/scratch
}

[ -z "$items" ] || prepare_items
[ -z "$boot" ] || for emulator in $emulators; do
    linux_script "$emulator" boot usual linux/initrd.gz 'console=ttyS0 vitrine=test'
done

# One round of all emulators after the other: what else the machine does hits all alike.
run=1
while [ $run -le "$runs" ]; do
    for emulator in $emulators; do
        [ $run -le "$(runs_of "$emulator")" ] || continue
        [ ! -t 2 ] || printf '\r%s, run %s of %s ...    ' "$emulator" $run "$(runs_of "$emulator")" >&2
        if [ -n "$items" ]; then
            "$stamp" -t "$limit" -o "$work/work.$emulator.out" sh "$work/work.$emulator.sh" \
                >>"$work/$emulator.times"
        fi
        if [ -n "$boot" ]; then
            "$stamp" -t "$limit" -o "$work/boot.$emulator.out" sh "$work/boot.$emulator.sh" |
                sed 's/^total/boot/' >$work/boot.one
            if grep -q 'vitrine-test: end' "$work/boot.$emulator.out"; then
                awk '{ print $1, $2, $3, "end" }' $work/boot.one >>"$work/$emulator.times"
            fi
        fi
    done
    run=$((run + 1))
done
[ ! -t 2 ] || printf '\r                               \r' >&2

# The names in the order in which they ran.
for name; do
    echo "$name"
done >$work/names
for emulator in host $emulators; do
    [ ! -f "$work/$emulator.times" ] || sed "s/^/$emulator /" "$work/$emulator.times"
done | awk -v names=$work/names -v emulators="$emulators" -v clock="$clock" -f "$here/table.awk"
