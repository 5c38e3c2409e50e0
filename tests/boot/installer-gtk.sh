#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/installer-gtk.sh - Debian's amd64 installer in its graphical form, unchanged, boots to its first
# picture, the dialog "Select a language", in the linear frame buffer of a VESA mode that the kernel sets by our
# video BIOS (vga=788). The picture stands still, and its checksum is that of one that was looked at.
# VITRINE_LONG=1: with each engine, and once with the kernel's own driver for the display.
. "$(dirname "$0")/../tools/lib.sh"

# Each boot takes 16,000 million instructions: under the sanitizers that is more than an hour.
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip installer-gtk 'a sanitizer build; tested in the other one'
    finish
    ;;
esac

guest=$PWD/installer-gtk
sh "$top/tests/tools/installer-guest.sh" "$guest" amd64 gtk || {
    skip installer-gtk 'the package debian-installer-12-netboot-amd64 cannot be fetched'
    finish
}
last=$(engines | tail -n 1)

# boot NAME ENGINE WORDS TICKS: leaves $work/NAME.png, and its size and checksum as $picture
boot()
{
    printf 'sb %s000000000\nc\nscreendump "%s"\nsb 500000000\nc\nscreendump "%s"\nq\n' "$4" "$work/$1.png" \
        "$work/later.png" >"$work/script"
    timeout 1500 "$VITRINE" -engine "$2" -m 1024 -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" \
        -append "vga=788 quiet $3" -display none -serial null -dbg -x "$work/script" -batch >"$work/out" \
        2>"$work/err" </dev/null
    equal "$1: exit code" $? 0
    check "$1: the picture stands still" cmp "$work/$1.png" "$work/later.png"
    picture=$(sed -n 's/^wrote .*: \([0-9]*\) x \([0-9]*\) dots, checksum \([0-9a-f]*\)$/\1x\2 \3/p' \
        "$work/out" | head -n 1)
}

# looked_at NAME PICTURE
looked_at()
{
    if [ "$(cat "$guest/version")" = 20230607+deb12u15 ]; then
        equal "$1: the dialog" "$picture" "$2"
    else
        equal "$1: the size" "${picture% *}" "${2% *}"
        skip "$1: the dialog" "no one has looked at version $(cat "$guest/version"): $picture"
    fi
}

boot vesa "$last" modprobe.blacklist=bochs 17
looked_at vesa '800x600 e35c4728'
if [ -n "${VITRINE_LONG-}" ]; then
    if [ "$last" != interp ]; then
        boot interp interp modprobe.blacklist=bochs 17
        check 'both engines draw the same' cmp "$work/vesa.png" "$work/interp.png"
    fi
    boot driver "$last" '' 20
    looked_at driver '1024x768 32da91b5'
fi
finish
