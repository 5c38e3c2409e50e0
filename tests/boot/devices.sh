#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/devices.sh - our firmware boots diskettes, disks, CDs (El Torito: no emulation, diskettes, a disk), in
# the order that is asked for, and says what it tried when nothing can be booted.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm
writer=$PWD/tests/image/writer

assemble "$top/tests/boot/probe.asm" "$work/probe"
assemble "$top/tests/boot/probe.asm" "$work/give_up" -DGIVE_UP
"$VITRINE" image create "$work/numbers" 4M >/dev/null && "$writer" numbers "$work/numbers" 4
tail -c +513 "$work/numbers" >"$work/tail"
# bootable NAME SECTOR BYTES: an image that begins with SECTOR
bootable()
{
    cat "$2" "$work/tail" | head -c "$3" >"$work/$1"
}
bootable disk.img "$work/probe" 4194304
bootable gives_up.img "$work/give_up" 4194304

# says NAME EXPECTED OPTION...: what the probe says
says()
{
    says_name=$1 says_expected=$2
    shift 2
    : >"$work/e9"
    under_each "$says_name" "$work/e9" -quiet-bios -serial null -debugcon "file:$work/e9" -max-icount 20000000 "$@"
    equal "$says_name" "$(cat "$work/e9")" "$says_expected"
}
# shows NAME EXPECTED OPTION...: what is on the screen in the end, all blanks and lines made one blank
shows()
{
    shows_name=$1 shows_text=$2
    shift 2
    under_each "$shows_name" - -serial null -x "$work/commands" -batch "$@"
    equal "$shows_name" "$(sed -n -e 's/^\(vitrine BIOS\) [^,]*/\1/' -e '/^vitrine BIOS/,/^halted/p' "$work/out" | tr -s ' \n' ' ')" "$shows_text "
}
printf 'sba 20000000\nc\nscreen\nq\n' >"$work/commands"

says 'a disk' '80 073f 0f 0080 ' -hda "$work/disk.img" -snapshot
for drive in hdb hdc hdd; do
    says "a disk, $drive alone" '80 073f 0f 0080 ' -$drive "$work/disk.img" -snapshot
done
for format in 1228800:4f0f 1474560:4f12 2949120:4f24; do
    bootable diskette "$work/probe" "${format%:*}"
    says "a diskette of ${format%:*} bytes" "00 ${format#*:} 01 0080 " -fda "$work/diskette"
done

timeout 100 "$VITRINE" -hda "$work/numbers" -snapshot -serial stdio -display none \
    -expect 'hda: its sector 0 does not end in 55 aa' -max-icount 900000000 >"$work/out" 2>&1 </dev/null
equal 'without a screen it is told on the serial line' $? 0

if command -v xorriso >/dev/null; then
    mkdir "$work/tree"
    # disc NAME IMAGE OPTION...: a disc that is booted by IMAGE
    disc()
    {
        disc_name=$1
        cp "$2" "$work/tree/boot.img"
        shift 2
        xorriso -as mkisofs -quiet -o "$work/$disc_name" -b boot.img "$@" "$work/tree" 2>/dev/null
    }
    disc cd.iso "$work/probe" -no-emul-boot
    says 'a CD without emulation' "e0 0000 00 07c0 " -cdrom "$work/cd.iso"
    for format in 1228800:4f0f:01 1474560:4f12:02 2949120:4f24:03; do
        geometry=${format#*:}
        bootable diskette "$work/probe" "${format%%:*}"
        disc emulated.iso "$work/diskette"
        says "a CD with a diskette of ${format%%:*} bytes" \
            "00 ${geometry%:*} 01 0080 ${geometry#*:} 07c0 " -cdrom "$work/emulated.iso"
    done
    disc emulated.iso "$work/disk.img" -hard-disk-boot
    says 'a CD with a disk' '80 073f 0f 0080 04 07c0 ' -cdrom "$work/emulated.iso"
    says 'a disk comes before a CD' '80 073f 0f 0080 ' -hda "$work/disk.img" -snapshot -cdrom "$work/cd.iso"
    says 'a disk gives up, then the CD' 'e0 0000 00 07c0 ' -hda "$work/gives_up.img" -snapshot -cdrom "$work/cd.iso"
    shows 'nothing can be booted' 'vitrine BIOS, 512 MiB of memory hda: VITRINE HARDDISK, 4 MiB hdc: VITRINE CD-ROM, CD no bootable device hda: its sector 0 does not end in 55 aa, so it cannot be booted diskette: there is none hdc: its disc has no boot record (El Torito) halted' \
        -hda "$work/numbers" -snapshot -cdrom "$work/numbers"
    says 'the order is asked for' 'e0 0000 00 07c0 ' -boot dc -hda "$work/disk.img" -snapshot -cdrom "$work/cd.iso"
    says 'once' 'e0 0000 00 07c0 ' -boot order=c,once=d -hda "$work/disk.img" -snapshot -cdrom "$work/cd.iso"
    : >"$work/e9"
    printf 'sba 1000000000\nsendkey f12\nc\nsba 2000000000\ntype "2"\nc\nq\n' >"$work/menu"
    under_each 'the menu' "$work/e9" -serial null -x "$work/menu" -batch -boot menu=on,splash-time=3000 \
        -hda "$work/disk.img" -snapshot -cdrom "$work/cd.iso" -debugcon "file:$work/e9"
    equal 'the menu' "$(cat "$work/e9")" 'e0 0000 00 07c0 '
    : >"$work/e9"
    says 'the menu lets time pass, then the order counts' '80 073f 0f 0080 ' -max-icount 4000000000 \
        -boot menu=on,splash-time=3000 -hda "$work/disk.img" -snapshot -cdrom "$work/cd.iso"
else
    skip CD 'xorriso: not found'
fi
finish
