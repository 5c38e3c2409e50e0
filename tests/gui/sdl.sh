#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/gui/sdl.sh - a window on a display of its own (Xvfb): what is seen in it is the picture, dot by
# dot, what is typed into it arrives in the guest, and without a display nothing of SDL is touched.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

# Without a window first: no display is needed, and none is looked for.
assemble "$top/tests/gui/spin.asm" "$work/spin" || { fail spin 'not assembled'; finish; }
env -u DISPLAY -u WAYLAND_DISPLAY "$VITRINE" -max-icount 1000 -serial null >"$work/out" 2>&1
equal 'no display: exit code' $? 124
env -u DISPLAY -u WAYLAND_DISPLAY "$VITRINE" -display none -max-icount 1000 -serial null \
    >"$work/out" 2>&1
equal 'no window: exit code' $? 124
DISPLAY=:nowhere "$VITRINE" -max-icount 1000 -serial null >"$work/out" 2>&1
equal 'a pipe opens no window: exit code' $? 124
check 'and nothing is said about it' sh -c "! grep -qi 'display\|SDL' '$work/out'"
"$VITRINE" -display vnc >"$work/out" 2>&1
equal 'an unknown display: exit code' $? 2
check 'and it is said' grep -q "^vitrine: -display: 'vnc', expected .*none$" "$work/out"

# What X11's libraries keep cannot be suppressed by name: they are gone when leaks are looked for.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS

if "$VITRINE" -display sdl -version >/dev/null 2>&1; then
    env -u DISPLAY -u WAYLAND_DISPLAY SDL_VIDEODRIVER=x11 "$VITRINE" -display sdl >"$work/out" 2>&1
    equal 'no display for a window: exit code' $? 4
    check 'one line says so' sh -c "grep -c '^vitrine: -display sdl: ' '$work/out' | grep -qx 1"
else
    skip window 'this build has no SDL2'
    finish
fi
for tool in Xvfb xdotool import compare; do
    command -v $tool >/dev/null || { skip window "$tool is not installed"; finish; }
done

number=60
while [ -e /tmp/.X11-unix/X$number ] || [ -e /tmp/.X$number-lock ]; do
    number=$((number + 1))
done
Xvfb :$number -screen 0 1280x1024x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
DISPLAY=:$number
export DISPLAY
unset WAYLAND_DISPLAY
# wait_for COMMAND...: for ten seconds
wait_for()
{
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.5
    done
    return 1
}
window_of()
{
    xdotool search --onlyvisible --name "$1" 2>/dev/null | head -n 1 | grep .
}
sent()
{
    [ "$(od -An -v -tx1 "$work/sent" | tr -d ' \n')" = "$1" ]
}
wait_for xdotool getdisplaygeometry || { skip window 'Xvfb does not start'; finish; }

cd "$work" || exit 99
mkfifo commands
exec 3<>commands
"$VITRINE" -display sdl -dbg -m 16 -quiet-bios -serial null -debugcon file:sent -flat spin@0x7c00 \
    <commands >out 2>&1 &
machine=$!
check 'the window says that the machine stands' wait_for window_of 'paused by debugger'
window=$(window_of spin)
echo c >&3
check 'and then that it runs' wait_for window_of 'spin - .* MIPS'
xdotool windowfocus "$window"
sleep 1.5
xdotool key --window 0 a Return F5
check 'keys arrive in the guest' wait_for sent 1e1c3f
xdotool keydown shift key b keyup shift
check 'with shift' wait_for sent 1e1c3f30
sleep 0.5
import -window "$window" window.png
xdotool key ctrl+alt+s
check 'the screenshot key writes a picture' wait_for sh -c "test -s vitrine-*.png"
picture=$(ls vitrine-*.png 2>/dev/null)
size=$(identify -format %wx%h "$picture" 2>/dev/null)
equal 'its size' "$size" 640x400
convert window.png -crop "${size:-1x1}+0+0" +repage cropped.png
equal 'the window shows the picture, dot by dot' \
    "$(compare -metric AE cropped.png "$picture" null: 2>&1)" 0
xdotool windowmove "$window" 0 0 windowsize "$window" 1280 820
sleep 1
import -window "$window" large.png
convert "$picture" -filter point -resize 200% twice.png
convert large.png -crop 1280x800+0+0 +repage large.png
equal 'twice as large, every dot is four' "$(compare -metric AE large.png twice.png null: 2>&1)" 0
xdotool key ctrl+alt+d
check 'the debugger key stops the machine' wait_for window_of 'paused by debugger'
echo q >&3
check 'the debugger ends it' wait_for sh -c "! kill -0 $machine"
kill $machine 2>/dev/null
wait $machine
equal 'exit code' $? 0
exec 3>&-
[ $failed = 0 ] || cat out
[ -z "${KEEP-}" ] || cp ./*.png "$KEEP"
finish
