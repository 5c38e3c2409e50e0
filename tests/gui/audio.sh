#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/gui/audio.sh - the PC speaker through SDL's audio: SDL's disk driver keeps what would be heard,
# and the guest's time is the same whether anybody listens.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

"$VITRINE" -audio alsa >"$work/out" 2>&1
equal 'an unknown sound: exit code' $? 2
check 'and it is said' grep -q "^vitrine: -audio: 'alsa', expected sdl, none or wav:FILE$" \
    "$work/out"
assemble "$top/tests/gui/beep.asm" "$work/beep" || { fail beep 'not assembled'; finish; }
# beep OPTION...: 33 is the guest's own exit code
beep()
{
    "$VITRINE" -m 16 -quiet-bios -serial null -debugcon "file:$work/ticks" \
        -device isa-debug-exit,iobase=0xf4,iosize=4 -flat "$work/beep@0x7c00" "$@" \
        >"$work/out" 2>&1
}
# periods FILE: samples of 16 bits. How many times from one rise to the next are 100 samples (440
# Hz at 44.1 kHz, one more or less), and how many are not
periods()
{
    od -An -v -w2 -td2 "$1" | awk '
        $1 > 1000 && low { if (rise) { n = NR - rise; if (n >= 99 && n <= 102) right++; else wrong++ }
                           rise = NR; low = 0 }
        $1 < -1000 { low = 1 }
        END { print right + 0, wrong + 0 }'
}
# holds FILE: most of the beep is there; a busy host may leave gaps, but no other tone
holds()
{
    set -- $(periods "$1")
    echo "$1 periods of 440 Hz, $2 others"
    [ "$1" -ge 200 ] && [ "$2" -le $(($1 / 10)) ]
}

beep -audio "wav:$work/beep.wav"
equal 'a file: exit code' $? 33
check 'a file has 440 Hz' holds "$work/beep.wav"
cp "$work/ticks" "$work/expected"
beep -audio sdl
equal 'no window: exit code' $? 33
equal 'no window: one line' "$(cat "$work/out")" \
    'vitrine: -audio sdl: no window, expected -display sdl; going on without sound'
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
"$VITRINE" -display sdl -version >/dev/null 2>&1 || { skip sdl 'this build has no SDL2'; finish; }

# SDL's dummy video driver: a window that nobody sees.
SDL_VIDEODRIVER=dummy
SDL_DISKAUDIOFILE=$work/heard
export SDL_VIDEODRIVER SDL_DISKAUDIOFILE
SDL_AUDIODRIVER=disk beep -display sdl
equal 'window: exit code' $? 33
check '440 Hz are heard' holds "$work/heard"
check 'the ticks are the same' cmp "$work/ticks" "$work/expected"
rm -f "$work/heard"
SDL_AUDIODRIVER=disk beep -display sdl -clock ticks
equal 'faster than the host: exit code' $? 33
rm -f "$work/heard"
SDL_AUDIODRIVER=disk beep -display sdl -clock ticks -audio none
equal 'turned off: exit code' $? 33
check 'turned off: nobody is asked' test ! -e "$work/heard"
SDL_AUDIODRIVER=dummy beep -display sdl -clock ticks -speaker "$work/both.wav"
equal 'dummy driver: exit code' $? 33
check 'dummy driver: not a word' test ! -s "$work/out"
check 'a file beside it has the same as alone' cmp "$work/both.wav" "$work/beep.wav"
SDL_AUDIODRIVER=nosuch beep -display sdl -clock ticks
equal 'no device: exit code' $? 33
check 'no device: one line' sh -c \
    "grep -c '^vitrine: -audio sdl: .*; going on without sound$' '$work/out' | grep -qx 1"
finish
