#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/video/game.sh - game.asm, a program as for DOS on a diskette: what it checks itself, what is typed,
# drawn, sent and saved; the checksum of every picture is one that was looked at (KEEP=FOLDER keeps them),
# and both engines do the same in the same ticks.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

assemble "$top/tests/video/game.asm" "$work/game" -I "$top/tests/boot/" || { fail game 'not assembled'; finish; }
cp "$work/game" "$work/disk"
check 'the program leaves room for scores' test "$(wc -c <"$work/disk")" -le $((35 * 512))
head -c $((1474560 - $(wc -c <"$work/disk"))) /dev/zero >>"$work/disk"
{
    echo 'c'
    echo 'screen'
    printf '%s\n' 'type "Ada!\n"'
    for number in 1 2 3; do
        printf 'c\nscreendump "%s.png"\n' "${KEEP-$work}/game$number"
    done
    echo 'c'
} >"$work/script"
under_each game "$work/e9" -dbg -m 4 -ips 20M -fda "$work/disk" -serial "file:$work/serial" -debugcon "file:$work/e9" -magic \
    -x "$work/script" -batch
equal 'exit code' "$status" 0
verdicts tests/video/game.asm
check 'the screen before the keys' grep -q '^ *Your name?' "$work/out"
check 'COM1 has the name' grep -q 'Ada!' "$work/serial"
equal 'the scores are in the image' "$(tail -c +$((35 * 512 + 1)) "$work/disk" | head -c 4)" HiHi
sed -n 's/^wrote .*: \([0-9]*\) x \([0-9]*\) dots, checksum \([0-9a-f]*\)$/\1x\2 \3/p' "$work/out" >"$work/seen"
number=0
while read -r size sum name; do
    number=$((number + 1))
    equal "picture: $name" "$(sed -n "${number}p" "$work/seen")" "$size $sum"
done <<'TEXT'
720x400 6abc086d a name was typed
640x400 9c5f3375 the ball in mode 13h
720x400 2bbf211d text again
TEXT
finish
