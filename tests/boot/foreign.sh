#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/foreign.sh - SeaBIOS and the BIOS of Bochs, each with its video BIOS, come up to their last
# word on the screen, and the picture is the same at the same tick on every engine. Skipped where they
# are not installed.
. "$(dirname "$0")/../tools/lib.sh"

seabios=/usr/share/seabios

# firmware NAME TICKS TEXT OPTION...: after that many ticks the text is on the screen
firmware()
{
    name=$1 ticks=$2 text=$3
    shift 3
    first=
    for engine in $(engines); do
        timeout 300 "$VITRINE" -engine "$engine" -m 64 -serial "file:$work/serial.$engine" \
            -max-icount "$ticks" -screenshot-at "$ticks=$work/$engine.png" "$@" \
            >"$work/out" 2>&1 </dev/null
        if ! cmp -s "$work/$engine.png" "$work/${first:=$engine}.png" ||
            ! cmp -s "$work/serial.$engine" "$work/serial.$first"; then
            fail "$name, $engine" "picture or serial output is not that of $first"
        elif ! [ -s "$work/$engine.png" ]; then
            fail "$name, $engine" "no picture: $(tail -n 2 "$work/out")"
        else
            ok "$name, $engine"
        fi
    done
    # What it says, read from video memory.
    cat >"$work/screen.cmd" <<END
sb $ticks
c
screen
quit
END
    timeout 300 "$VITRINE" -m 64 -serial null -x "$work/screen.cmd" -batch "$@" \
        >"$work/out" 2>&1 </dev/null
    check "$name: '$text' on the screen" grep -q -e "$text" "$work/out"
}

if [ -r $seabios/bios-256k.bin ] && [ -r $seabios/vgabios-stdvga.bin ]; then
    firmware SeaBIOS 1500000000 'No bootable device' -bios $seabios/bios-256k.bin \
        -vgabios $seabios/vgabios-stdvga.bin
else
    skip SeaBIOS 'package seabios is not installed'
fi
bochs=/usr/share/bochs
if [ -r $bochs/BIOS-bochs-latest ] && [ -r $bochs/VGABIOS-lgpl-latest ]; then
    firmware 'BIOS of Bochs' 2500000000 'Press F12 for boot menu' -bios $bochs/BIOS-bochs-latest \
        -vgabios $bochs/VGABIOS-lgpl-latest
else
    skip 'BIOS of Bochs' 'packages bochsbios and vgabios are not installed'
fi
head -c 4096 /dev/zero >"$work/zeros"
timeout 20 "$VITRINE" -bios "$seabios/bios-256k.bin" -vgabios "$work/zeros" >"$work/out" 2>&1
code=$?
if [ -r $seabios/bios-256k.bin ]; then
    equal 'not a video BIOS: exit code' $code 2
    equal 'not a video BIOS' "$(cat "$work/out")" \
        "vitrine: $work/zeros: does not begin with 55h AAh, expected a video BIOS"
fi
finish
