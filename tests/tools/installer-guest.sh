#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/installer-guest.sh DIR - puts the kernel and the initrd of Debian's i386 network installer
# (package debian-installer-12-netboot-i386, 100 MB to fetch) into DIR as vmlinuz and initrd.gz. What is
# there already is kept. Exit status 2: cannot be fetched.
dir=$1
here=$(cd "$(dirname "$0")" && pwd)
tool=installer-guest
. "$here/debian.sh"

package=debian-installer-12-netboot-i386
mkdir -p "$dir"
if [ ! -s "$dir/vmlinuz" ] || [ ! -s "$dir/initrd.gz" ]; then
    say "fetching $package"
    fetch_package "$package"
    rm -rf "$dir/unpacked"
    mkdir -p "$dir/unpacked"
    dpkg -x "$dir/$package.deb" "$dir/unpacked"
    images=$dir/unpacked/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386
    cp "$images/initrd.gz" "$images/linux" "$dir/"
    rm -rf "$dir/unpacked" "$dir"/*.deb
    mv "$dir/linux" "$dir/vmlinuz"
fi
