#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/memtest-guest.sh DIR - puts Memtest86+ for 32-bit processors (of the package memtest86+)
# into DIR as memtest.bin, a kernel that asks for nothing beyond an i486. What is there already is
# kept. Exit status 2: cannot be fetched.
dir=$1
here=$(cd "$(dirname "$0")" && pwd)
tool=memtest-guest
. "$here/debian.sh"

mkdir -p "$dir"
if [ ! -s "$dir/memtest.bin" ]; then
    say "fetching memtest86+"
    fetch_package memtest86+
    rm -rf "$dir/unpacked"
    mkdir -p "$dir/unpacked"
    dpkg -x "$dir/memtest86+.deb" "$dir/unpacked"
    mv "$dir/unpacked/boot/memtest86+ia32.bin" "$dir/memtest.bin"
    rm -rf "$dir/unpacked" "$dir"/*.deb
fi
