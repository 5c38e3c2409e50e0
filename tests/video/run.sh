#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/video/run.sh - modes.asm goes through the modes of the display; the checksum of every picture
# is one that was looked at (KEEP=FOLDER keeps the pictures), and both engines draw the same.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

assemble "$top/tests/video/modes.asm" "$work/modes" || { fail modes 'not assembled'; finish; }
# size, checksum, name
cat >"$work/expected" <<'TEXT'
720x400 95ed05b3 all characters and attributes
720x400 847284be bright backgrounds
640x400 558538f5 a second character map, 8 dots wide
720x400 9f972948 40 columns
720x400 d6550db8 50 rows
720x400 a3e22752 monochrome
720x400 50e33fb8 split screen and panning
720x400 41c071fe scrolling
640x400 11d45115 CGA in 4 colours
640x400 82975244 CGA, the other palette
640x400 476b97e8 CGA in 2 colours
640x400 1f9a905a mode 0Dh
640x400 7aadf77b mode 0Eh
640x350 8d8e7c6b mode 10h
640x480 f0fbadaa mode 11h
640x480 a0260e25 mode 12h
640x400 9ec05c01 mode 13h
640x400 7798d19b mode 13h, other colours
640x480 fc225ca3 mode X
640x480 cd492c53 mode X, another page
800x600 167fc9c2 VESA 800x600x16
800x600 7a1034e7 VESA 800x600x24
800x600 667fed9a VESA 800x600x8
800x600 f6cb19d3 VESA, a DAC of 8 bits
800x600 e0c427ff VESA 800x600x4
800x600 00f62711 VESA 800x600x32, linear, moved
800x600 9dae1656 VESA, two more dots
720x400 9f9e40c9 text again
TEXT

number=0
while read -r size sum name; do
    number=$((number + 1))
    printf 'c\nscreendump "%s.png"\n' "${KEEP-$work}/$number"
done <"$work/expected" >"$work/script"
echo c >>"$work/script"
under_each modes - -dbg -m 64 -serial null -magic -flat "$work/modes@0x7c00" -x "$work/script" -batch
equal 'modes: exit code' "$status" 0
sed -n 's/^wrote .*: \([0-9]*\) x \([0-9]*\) dots, checksum \([0-9a-f]*\)$/\1x\2 \3/p' "$work/out" \
    >"$work/seen"
number=0
while read -r size sum name; do
    number=$((number + 1))
    equal "$name" "$(sed -n "${number}p" "$work/seen")" "$size $sum"
done <"$work/expected"

# The same picture by the option, at a tick.
"$VITRINE" -serial null -m 64 -quiet-bios -screenshot-at "80000000=$work/b.png" \
    -screenshot-at "50000=$work/a.png" -max-icount 90000000 >/dev/null 2>&1
equal 'screenshots at two ticks' "$(ls "$work" | grep -c '^[ab].png$')" 2
check 'they differ' sh -c "! cmp -s '$work/a.png' '$work/b.png'"
check 'a PNG file begins as one' sh -c "head -c 8 '$work/a.png' | tail -c 7 | grep -q PNG"
"$VITRINE" -serial null -m 64 -quiet-bios -screenshot-at "100=$work/none/a.png" \
    -max-icount 1000 >/dev/null 2>"$work/err"
equal 'a picture that cannot be written: exit code' $? 4
check 'and it is said' grep -q "screenshot-at: $work/none/a.png: " "$work/err"

# Keys: by a text, by names, and the three that start again.
assemble "$top/tests/video/keys.asm" "$work/keys" || { fail keys 'not assembled'; finish; }
cat >"$work/script" <<'TEXT'
type "Typed: ~!aZ{0}|\\ \"x\"\n"
c
screen
sendkey shift-h i minus enter
c
screen
sendkey ctrl-alt-del
c
sendkey hyper
type "Grün"
TEXT
under_each keys - -dbg -m 64 -serial null -magic -no-reboot -quiet-bios -flat "$work/keys@0x7c00" \
    -x "$work/script"
check 'a text is typed' grep -qxF 'Typed: ~!aZ{0}|\ "x"' "$work/out"
check 'keys by their names' grep -qxF 'Hi-ed: ~!aZ{0}|\ "x"' "$work/out"
check 'Ctrl-Alt-Del starts again' grep -qi 'reset' "$work/out"
check 'a key that does not exist' grep -q "no key 'hyper'" "$work/out"
check 'a character without a key' grep -q 'byte c3 has no key' "$work/out"

# What no picture shows: the program looks itself.
assemble "$top/tests/video/vbe.asm" "$work/vbe" -I "$top/tests/boot/" || fail vbe 'not assembled'
under_each VBE "$work/e9" -flat "$work/vbe@0x7c00" -serial null -debugcon "file:$work/e9"
equal 'VBE: exit code' "$status" 0
verdicts tests/video/vbe.asm
finish
