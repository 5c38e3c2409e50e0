#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/seabios.sh - what other people's BIOS boots: SeaBIOS a CD (GRUB to its prompt), a disk, a
# diskette, in the order of -boot; a Linux kernel by it finds ACPI, the APICs and SMBIOS. The BIOS of Bochs
# boots the CD, with picture. Skipped where a package is not installed. See also foreign.sh.
. "$(dirname "$0")/../tools/lib.sh"

seabios=/usr/share/seabios bochs=/usr/share/bochs
if [ ! -r $seabios/bios.bin ] || [ ! -r $seabios/bios-256k.bin ] || [ ! -r $seabios/vgabios-stdvga.bin ]; then
    skip all 'package seabios is not installed'
    finish
fi
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip all 'a sanitizer build; tested in the other one'
    finish
    ;;
esac
fast=$(engines | tail -n 1)

# sea OPTION...: SeaBIOS with COM1 in $work/serial, at most two minutes
sea()
{
    timeout 120 "$VITRINE" -engine "$fast" -bios $seabios/bios-256k.bin -display none \
        -serial "file:$work/serial" "$@" >"$work/out" 2>&1 </dev/null
}

# says TEXT: COM1 did
says()
{
    tr -d '\r' <"$work/serial" | grep -q -F -e "$1"
}

# shows NAME TICKS TEXT OPTION...: after so many ticks the screen shows TEXT
shows()
{
    name=$1 text=$3
    printf 'sba %s\nc\nscreen\ninfo device fw_cfg\nq\n' "$2" >"$work/commands"
    shift 3
    timeout 120 "$VITRINE" -engine "$fast" -m 64 -serial null -x "$work/commands" -batch "$@" \
        >"$work/out" 2>&1 </dev/null
    check "$name: '$text' on the screen" grep -q -F -e "$text" "$work/out"
}

if command -v "$NASM" >/dev/null; then
    assemble "$top/tests/boot/where.asm" "$work/sector"
    cp "$work/sector" "$work/floppy.img"
    cp "$work/sector" "$work/disk.img"
    truncate -s 1474560 "$work/floppy.img"
    truncate -s 16M "$work/disk.img"
    for case in ca:80,0F ac:00,01 c:80,0F a:00,01; do
        order=${case%:*} drive=${case#*:}
        sea -m 32 -boot "order=$order" -fda "$work/floppy.img" \
            -drive "file=$work/disk.img,format=raw,if=ide,index=0"
        equal "-boot $order: exit code" $? 0
        check "-boot $order: SeaBIOS boots drive ${drive%,*}" \
            says "booted from drive ${drive%,*}, last head ${drive#*,}"
    done
else
    skip 'disk and diskette' 'nasm: not found'
fi

if ! command -v grub-mkrescue >/dev/null || ! command -v xorriso >/dev/null || ! command -v mformat >/dev/null ||
    [ ! -d /usr/lib/grub/i386-pc ]; then
    skip 'GRUB' 'grub-mkrescue, its i386-pc modules, xorriso or mformat: not found'
    finish
fi

# iso NAME FOLDER MODULES
iso()
{
    grub-mkrescue -d /usr/lib/grub/i386-pc -o "$work/$1" --install-modules="normal biosdisk iso9660 $3" \
        --locales= --fonts= --themes= "$2" >/dev/null 2>&1
}

mkdir -p "$work/tree/boot/grub"
iso grub.iso "$work/tree" 'ls echo'
shows 'SeaBIOS, GRUB' 400000000 'grub>' -bios $seabios/bios-256k.bin -boot d -cdrom "$work/grub.iso"
for file in bootorder etc/acpi/rsdp etc/acpi/tables etc/smbios/smbios-anchor etc/smbios/smbios-tables \
    etc/table-loader etc/e820; do
    check "fw_cfg has $file" grep -q "bytes  $file\$" "$work/out"
done
shows 'SeaBIOS of 128 KiB, boot menu' 400000000 'Press ESC for boot menu' -bios $seabios/bios.bin \
    -boot menu=on,splash-time=5000 -cdrom "$work/grub.iso"
if [ -r $bochs/BIOS-bochs-latest ] && [ -r $bochs/VGABIOS-lgpl-latest ]; then
    shows 'BIOS of Bochs, GRUB' 3150000000 'grub>' -bios $bochs/BIOS-bochs-latest \
        -vgabios $bochs/VGABIOS-lgpl-latest -boot d -cdrom "$work/grub.iso"
else
    skip 'BIOS of Bochs' 'packages bochsbios and vgabios are not installed'
fi

guest=$PWD/linux
if [ ! -s "$guest/vmlinuz" ]; then
    guest=$PWD/linux-seabios # not where another test fetches at the same time
    sh "$top/tests/tools/linux-guest.sh" "$guest" tests/tools/mkinitramfs || {
        skip Linux 'the kernel package cannot be fetched'
        finish
    }
fi
cp "$guest/vmlinuz" "$work/tree"
printf 'linux /vmlinuz console=ttyS0\nboot\n' >"$work/tree/boot/grub/grub.cfg"
iso linux.iso "$work/tree" linux
sea -m 128 -boot d -cdrom "$work/linux.iso" -expect 'Unable to mount root'
equal 'Linux by GRUB by SeaBIOS: exit code' $? 0
while read -r text; do
    check "Linux: $text" says "$text"
done <<'END'
SMBIOS 2.8 present.
DMI: vitrine vitrine PC, BIOS 1.
ACPI: RSDP
ACPI: FACP
(v03 VITRIN VITRINE  00000001 VTRN 00000001)
ACPI: DSDT
ACPI: FACS
ACPI: PM-Timer IO Port: 0x608
ACPI: HPET id: 0x8086a201 base: 0xfed00000
IOAPIC[0]: apic_id 0, version 17, address 0xfec00000, GSI 0-23
ACPI: Using ACPI (MADT) for SMP configuration information
ACPI: 1 ACPI AML tables successfully acquired and loaded
ACPI: PM: (supports S0 S5)
ACPI: PCI Root Bridge [PCI0] (domain 0000 [bus 00-ff])
END
check 'Linux complains of no table' sh -c "! grep -i -q 'ACPI.*\(error\|checksum.*incorrect\|invalid\)' '$work/serial'"
finish
