#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/installer-guest.sh DIR [ARCH FORM] - puts the kernel and the initrd of Debian's network installer
# (package debian-installer-12-netboot-ARCH, 100 MB to fetch; by default i386 text) into DIR as vmlinuz and
# initrd.gz, and the package's version as version. What is there already is kept. Exit status 2: cannot be fetched.
dir=$1
arch=${2-i386}
form=${3-text}
here=$(cd "$(dirname "$0")" && pwd)
tool=installer-guest
. "$here/debian.sh"

package=debian-installer-12-netboot-$arch
mkdir -p "$dir"
if [ ! -s "$dir/vmlinuz" ] || [ ! -s "$dir/initrd.gz" ]; then
    say "fetching $package"
    fetch_package "$package"
    rm -rf "$dir/unpacked"
    mkdir -p "$dir/unpacked"
    dpkg -x "$dir/$package.deb" "$dir/unpacked"
    images=$dir/unpacked/usr/lib/debian-installer/images/12/$arch/$form/debian-installer/$arch
    cp "$images/initrd.gz" "$images/linux" "$dir/"
    dpkg-deb -f "$dir/$package.deb" Version >"$dir/version"
    rm -rf "$dir/unpacked" "$dir"/*.deb
    mv "$dir/linux" "$dir/vmlinuz"
fi
