#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/gui/curses.sh - the screen in a terminal (tmux): characters, colours, keys, the way to the
# debugger and back, and what happens without a terminal.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

assemble "$top/tests/gui/text.asm" "$work/text" || { fail text 'not assembled'; finish; }
"$VITRINE" -display curses -version >/dev/null 2>&1 || { skip curses 'not in this build'; finish; }
"$VITRINE" -display curses >"$work/out" 2>&1 </dev/null
equal 'no terminal: exit code' $? 4
equal 'and one line says so' "$(cat "$work/out")" \
    'vitrine: -display curses: no terminal, expected one for input and output'
"$VITRINE" -display curses -serial stdio >"$work/out" 2>&1
equal 'two for one terminal: exit code' $? 2
command -v tmux >/dev/null || { skip 'a terminal' 'tmux is not installed'; finish; }
LC_ALL=C.UTF-8 locale charmap 2>/dev/null | grep -qx UTF-8 || { skip 'a terminal' 'no C.UTF-8'; finish; }

tmux()
{
    TMUX='' LC_ALL=C.UTF-8 command tmux -f /dev/null -S "$work/socket" "$@"
}
trap 'tmux kill-server 2>/dev/null; rm -rf "$work"' EXIT
# wait_for COMMAND...: for twenty seconds
wait_for()
{
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        "$@" >/dev/null 2>&1 && return 0
        sleep 1
    done
    return 1
}
shown()
{
    tmux capture-pane -p | grep -F -e "$1"
}
coloured()
{
    tmux capture-pane -p -e | head -n 1 | grep -F -e "$(printf '\033[%sm%s' "$1" "$2")"
}
sent()
{
    [ "$(od -An -v -tx1 "$work/sent" | tr -d ' \n')" = "$1" ]
}
run="TERM=screen-256color '$VITRINE' -display curses -m 16 -quiet-bios -debugcon 'file:$work/sent' \
-flat '$work/text@0x7c00'; echo left with \$?; sleep 60"
tmux new-session -d -x 90 -y 30 "$run" || { skip 'a terminal' 'tmux does not start'; finish; }
check 'code page 437' wait_for shown 'Rg╔═╗¢☺'
check 'bright red on black' coloured '91' "$(printf '\033[40mR')"
check 'green' coloured '32' g
tmux send-keys q F5 Up M-x Escape
check 'keys: a letter, a function key, an arrow, Alt, Esc' wait_for sent 10713f0048002d00011b
tmux send-keys C-c C-a C-a Enter
check 'Ctrl-C and Ctrl-A are the guest'"'"'s' wait_for sent 10713f0048002d00011b2e031e011c0d
tmux send-keys F10
check 'graphics modes say so' wait_for shown 'Graphics of 640 x 400 dots'
tmux send-keys C-a c
check 'Ctrl-A c: the prompt' wait_for shown '<vitrine:1>'
tmux send-keys c Enter
check 'and back' wait_for sh -c "! LC_ALL=C.UTF-8 tmux -S '$work/socket' capture-pane -p | grep -q 'vitrine:1'"
check 'to the screen' wait_for shown 'Graphics of'
tmux send-keys C-a c
check 'the prompt again' wait_for shown '<vitrine:2>'
tmux send-keys q Enter
check 'the end' wait_for shown 'left with 0'
tmux respawn-pane -k "$run"
wait_for shown 'Rg'
tmux send-keys C-a x
check 'Ctrl-A x ends the run' wait_for shown 'left with 0'
finish
