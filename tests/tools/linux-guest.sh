#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/linux-guest.sh DIR MKINITRAMFS - puts a stock Linux guest into DIR: vmlinuz, the kernel
# of Debian's package linux-image-cloud-amd64, initrd.gz, an initramfs of its busybox-static, and in
# modules/ the kernel's drivers for disks and CDs.
# Nothing is installed; what is there already is kept. Exit status 2: cannot be fetched.
dir=$1
mkinitramfs=$2
here=$(cd "$(dirname "$0")" && pwd)
tool=linux-guest
. "$here/debian.sh"

# The real package behind a meta package, or the name itself.
real_kernel_package()
{
    apt-cache depends linux-image-cloud-amd64 2>/dev/null |
        awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9].*-cloud-amd64/ { print $2; exit }'
}

fetch()
{
    command -v apt-get >/dev/null || give_up "apt-get: not found; the guest comes from Debian packages"
    kernel=$(real_kernel_package)
    if [ -z "$kernel" ]; then
        update_lists || give_up "no package lists; run 'apt-get update' as root"
        kernel=$(real_kernel_package)
    fi
    [ -n "$kernel" ] || give_up "linux-image-cloud-amd64: not among the packages apt knows (Debian amd64)"

    say "fetching $kernel and busybox-static"
    for package in "$kernel" busybox-static; do
        fetch_package "$package"
    done

    rm -rf "$dir/unpacked"
    mkdir -p "$dir/unpacked"
    dpkg -x "$dir/$kernel.deb" "$dir/unpacked"
    dpkg -x "$dir/busybox-static.deb" "$dir/unpacked"
    cp "$dir/unpacked/bin/busybox" "$dir/busybox"
    cp "$dir"/unpacked/boot/vmlinuz-* "$dir/vmlinuz.new"
    mkdir -p "$dir/modules"
    for module in scsi/scsi_common scsi/scsi_mod ata/libata ata/ata_piix cdrom/cdrom scsi/sd_mod scsi/sr_mod; do
        cp "$dir"/unpacked/lib/modules/*/kernel/drivers/$module.ko "$dir/modules/"
    done
    rm -rf "$dir/unpacked" "$dir"/*.deb
    mv "$dir/vmlinuz.new" "$dir/vmlinuz"
}

mkdir -p "$dir"
if [ ! -s "$dir/vmlinuz" ] || [ ! -s "$dir/busybox" ]; then
    fetch
fi

if [ ! -s "$dir/initrd.gz" ] || [ -n "$(find "$here/guest-init" -newer "$dir/initrd.gz")" ]; then
    "$mkinitramfs" dir bin dir dev dir etc dir lib dir proc dir root dir sbin dir sys dir tmp \
        dir usr dir usr/bin dir usr/sbin dir var \
        node dev/console 5 1 node dev/null 1 3 node dev/ttyS0 4 64 \
        file bin/busybox "$dir/busybox" 755 file init "$here/guest-init" 755 >"$dir/initrd"
    gzip -9 -n -c "$dir/initrd" >"$dir/initrd.gz.new"
    rm "$dir/initrd"
    mv "$dir/initrd.gz.new" "$dir/initrd.gz"
fi
