#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/ide.sh - disk and CD at the IDE function: a program in real mode by PIO and DMA, Linux with its
# driver ata_piix; with each engine, and set back to checkpoints on the way, in the same ticks.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm
machine=$PWD/tests/tools/ide_machine

# boot NAME ENGINE CUT ARGUMENT...: leaves $work/NAME.out and $work/NAME.err
boot()
{
    name=$1 engine=$2 cut=$3
    shift 3
    timeout 900 "$machine" "$engine" "$cut" 4 "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null
}

assemble "$top/tests/boot/ide.asm" "$work/ide.bin"
boot first interp 0 "$work/ide.bin"
equal 'PIO, DMA, errors and a packet' "$(tr -d '\r' <"$work/first.out")" PFrwRWVEC
for engine in $(engines); do
    for cut in 0 997; do
        boot again "$engine" $cut "$work/ide.bin"
        check "the same under $engine, checkpoints $cut" cmp "$work/first.err" "$work/again.err"
    done
done

case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip linux 'a sanitizer build; tested in the other one'
    finish
    ;;
esac
drives_initrd linux-ide guest-ide-init "$work/initrd"

for engine in $(engines); do
    boot "$engine" "$engine" 0 "$guest/vmlinuz" "$work/initrd" "console=ttyS0"
    equal "Linux under $engine ends" $? 0
done
tr -d '\r' <"$work/interp.out" >"$work/out"
# has NAME LINE
has()
{
    check "$1" grep -q -x -e "$2" "$work/out"
}
has 'the disk as it is' 'vitrine-test: disk cfba5d64ae43205e56f71b9b87151a02  -'
has 'the disc as it is' 'vitrine-test: disc 7b1f43c536a9fa837183005fb423067f  -'
has 'what was written is read' "vitrine-test: written $(seq 1 200000 | md5sum)"
has 'the last line' 'vitrine-test: end'
for line in 'ata1.00: ATA-6: VITRINE HARDDISK' 'ata2.00: ATAPI: VITRINE CD-ROM' \
    'PCI: Interrupt link LNKA configured for IRQ 10' 'PCI: Interrupt link LNKD configured for IRQ 11' \
    'claimed by PIIX4 ACPI'; do
    check "the kernel says '$line'" grep -q -e "$line" "$work/out"
done
equal 'no complaint of the kernel' "$(grep -a -i -E \
    'ata[0-9.]*: .*(exception|failed|error|lost interrupt|timeout)|I/O error|BAR .*(no space|failed|conflict)|nobody cared|WARNING:|BUG:' \
    "$work/out")" ''
for engine in $(engines | sed 1d); do
    check "the same ticks and disk under $engine" cmp "$work/interp.err" "$work/$engine.err"
    check "the same output under $engine" cmp "$work/interp.out" "$work/$engine.out"
done
[ "$failed" = 0 ] || tail -n 60 "$work/out"
finish
