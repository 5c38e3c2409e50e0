#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/acpi.sh - the keyboard, the mouse, the serial and parallel ports of the DSDT, as Linux sees them in a
# machine with two serial ports and a printer, and in one with the first serial port alone.
. "$(dirname "$0")/../tools/lib.sh"

guest=$PWD/linux
if [ ! -s "$guest/vmlinuz" ] || [ ! -s "$guest/busybox" ]; then
    guest=$PWD/linux-acpi # not where another test fetches at the same time
    sh "$top/tests/tools/linux-guest.sh" "$guest" tests/tools/mkinitramfs || {
        skip linux "the kernel package cannot be fetched"
        finish
    }
fi
tests/tools/mkinitramfs dir bin dir dev dir proc dir sys node dev/console 5 1 file bin/busybox "$guest/busybox" 755 \
    file init "$top/tests/tools/guest-acpi-init" 755 >"$work/initrd"
fast=$(engines | tail -n 1)

# devices NAME EXPECTED OPTION...
devices()
{
    name=$1 expected=$2
    shift 2
    timeout 300 "$VITRINE" -engine "$fast" -kernel "$guest/vmlinuz" -initrd "$work/initrd" -m 128 \
        -append "console=ttyS0 quiet" -serial stdio "$@" >"$work/out" 2>"$work/err" </dev/null
    equal "$name: exit code" $? 0
    equal "$name" "$(tr -d '\r' <"$work/out" | sed -n 's/^vitrine-test: //p' | tr '\n' ',')" "$expected"
}
keys='PNP0303:00 always irq 1,'
mouse='PNP0F13:00 always irq 12,end,'
none='0 irq none,'
devices 'two serial ports and a printer' \
    "${keys}PNP0400:00 15 irq 7,PNP0501:00 15 irq 4,PNP0501:01 15 irq 3,PNP0501:02 ${none}PNP0501:03 ${none}$mouse" \
    -serial null -parallel null
devices 'one serial port' "${keys}PNP0400:00 ${none}PNP0501:00 15 irq 4,PNP0501:01 ${none}PNP0501:02 ${none}PNP0501:03 ${none}$mouse"
finish
