#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/network-guest.sh DIR MKINITRAMFS - the Linux guest that tests network cards, in DIR: the
# kernel of Debian's package linux-image-amd64, whose drivers for the cards go into initrd.gz beside
# busybox-static. Nothing is installed; what is there already is kept. Status 2: cannot be fetched.
dir=$1
mkinitramfs=$2
here=$(cd "$(dirname "$0")" && pwd)
tool=network-guest
. "$here/debian.sh"

fetch()
{
    command -v apt-get >/dev/null || give_up "apt-get: not found; the guest comes from Debian packages"
    kernel=$(apt-cache depends linux-image-amd64 2>/dev/null |
        awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9].*-amd64/ { print $2; exit }')
    [ -n "$kernel" ] || give_up "linux-image-amd64: not among the packages apt knows (Debian amd64)"
    say "fetching $kernel and busybox-static"
    for package in "$kernel" busybox-static; do
        fetch_package "$package"
    done
    rm -rf "$dir/unpacked"
    mkdir -p "$dir/unpacked"
    dpkg -x "$dir/$kernel.deb" "$dir/unpacked"
    dpkg -x "$dir/busybox-static.deb" "$dir/unpacked"
    cp "$dir/unpacked/bin/busybox" "$dir/busybox"
    for module in intel/e1000/e1000 8390/8390 8390/ne2k-pci; do
        cp "$dir"/unpacked/lib/modules/*/kernel/drivers/net/ethernet/$module.ko "$dir/"
    done
    cp "$dir"/unpacked/boot/vmlinuz-* "$dir/vmlinuz.new"
    rm -rf "$dir/unpacked" "$dir"/*.deb
    mv "$dir/vmlinuz.new" "$dir/vmlinuz"
}

mkdir -p "$dir"
if [ ! -s "$dir/vmlinuz" ] || [ ! -s "$dir/busybox" ]; then
    fetch
fi
if [ ! -s "$dir/initrd.gz" ] || [ -n "$(find "$here/net-init" -newer "$dir/initrd.gz")" ]; then
    "$mkinitramfs" dir bin dir dev dir etc dir lib dir proc dir root dir sbin dir sys dir tmp \
        dir usr dir usr/bin dir usr/sbin dir var \
        node dev/console 5 1 node dev/null 1 3 node dev/ttyS0 4 64 \
        file bin/busybox "$dir/busybox" 755 file init "$here/net-init" 755 \
        file lib/e1000.ko "$dir/e1000.ko" 644 file lib/8390.ko "$dir/8390.ko" 644 \
        file lib/ne2k-pci.ko "$dir/ne2k-pci.ko" 644 >"$dir/initrd"
    gzip -9 -n -c "$dir/initrd" >"$dir/initrd.gz.new"
    rm "$dir/initrd"
    mv "$dir/initrd.gz.new" "$dir/initrd.gz"
fi
