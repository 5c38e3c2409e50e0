#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/cli/exit_codes.sh - how a run ends: power-off, the guest's own code, a triple fault, limits of
# time, -expect; and that a reader who goes away does not end it.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

# program NAME: real-mode source from stdin, loaded at 7C00h
program()
{
    {
        echo 'bits 16'
        echo 'org 0x7c00'
        cat
    } >"$work/$1.asm"
    assemble "$work/$1.asm" "$work/$1"
}

# ends NAME CODE OPTION...
ends()
{
    name=$1 code=$2
    shift 2
    timeout 60 "$VITRINE" "$@" >"$work/out" 2>"$work/err" </dev/null
    equal "$name" $? "$code"
}

# says NAME PATTERN: in what the last run wrote on stderr
says()
{
    if grep -q -e "$2" "$work/err"; then
        ok "$1"
    else
        fail "$1" "'$2' is not in: $(head -c 400 "$work/err")"
    fi
}

program exit <<'TEXT'
    mov al, 0x10
    out 0xf4, al
    jmp $
TEXT
program off <<'TEXT'
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $
TEXT
program spin <<'TEXT'
    jmp $
TEXT
program stop <<'TEXT'
    cli
    hlt
TEXT
program triple <<'TEXT'
    lidt [none]
    ud2
none: dw 0, 0, 0
TEXT
program reset <<'TEXT'
    mov dx, 0xcf9
    mov al, 6
    out dx, al
    jmp $
TEXT
program hello <<'TEXT'
    mov dx, 0x3f8
    mov si, text
next:
    lodsb
    out dx, al
    test al, al
    jnz next
    jmp $
text: db 'aaab: hello', 0
TEXT
program chatter <<'TEXT'
    mov cx, 60000
    mov dx, 0x3f8
    mov al, 'x'
next:
    out dx, al
    loop next
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $
TEXT
program copy <<'TEXT'
    mov si, text
    mov cx, 5
    mov dx, 0xe9
    rep outsb
    in al, 0xe9
    out 0xe9, al
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $
text: db 'debug'
TEXT

ends 'power-off' 0 -flat "$work/off@0x7c00"
equal 'nothing is said about it' "$(cat "$work/err")" ''
ends 'isa-debug-exit 10h is 33' 33 -device isa-debug-exit -flat "$work/exit@0x7c00"
ends 'no isa-debug-exit, no exit' 124 -max-icount 1000000 -flat "$work/exit@0x7c00"
ends 'isa-debug-exit elsewhere' 124 -max-icount 1000000 -device isa-debug-exit,iobase=0x501 \
    -flat "$work/exit@0x7c00"
ends 'triple fault' 126 -flat "$work/triple@0x7c00"
says 'the first fault is named' '#UD'
says 'and the last' 'shutdown (triple fault)'
ends 'a reset with -no-reboot' 0 -no-reboot -flat "$work/reset@0x7c00"
ends 'a reset without it goes on' 124 -max-icount 1000000 -flat "$work/reset@0x7c00"
ends 'halted for ever' 124 -flat "$work/stop@0x7c00"
ends 'max-icount' 124 -max-icount 12345678 -stats -flat "$work/spin@0x7c00"
says 'max-icount is exact' '^vitrine: 12,345,678 ticks'
ends 'timeout' 124 -timeout 300ms -flat "$work/spin@0x7c00"
if [ -e /dev/pts/ptmx ]; then
    ends 'timeout while halted' 124 -timeout 300ms -flat "$work/stop@0x7c00" -serial pty
else
    skip 'timeout while halted' 'no /dev/pts here, so no pty'
fi
ends 'expect, seen' 0 -expect 'aab: hello' -timeout 20s -flat "$work/hello@0x7c00"
ends 'expect, not seen in time' 124 -expect 'hallo' -max-icount 1000000 -flat "$work/hello@0x7c00"
says 'what was expected is said' "'hallo' was not seen"
ends 'expect, power-off first' 120 -expect 'hallo' -flat "$work/off@0x7c00"
ends 'debugcon to a file' 0 -debugcon "file:$work/e9" -flat "$work/copy@0x7c00"
equal 'the debug port is read as E9h' "$(od -An -c "$work/e9" | tr -d ' \n')" 'debug351'

# `explain next` tries the instruction in a copy of the program: what is typed is not for the copy.
program typed <<'TEXT'
    mov cx, 3
next:
    mov dx, 0x3fd
empty:
    in al, dx
    test al, 1
    jz empty
    mov dx, 0x3f8
    in al, dx
    out 0xe9, al
    loop next
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
TEXT
printf 'explain next\nc\n' >"$work/try"
printf abc | timeout 60 "$VITRINE" -serial stdio -debugcon "file:$work/e9" -x "$work/try" -batch \
    -max-icount 3000000 -flat "$work/typed@0x7c00" >"$work/out" 2>"$work/err"
equal 'a dry run takes no input' "$(cat "$work/e9")" abc

# A reader that goes away after one byte.
{
    timeout 60 "$VITRINE" -flat "$work/chatter@0x7c00" 2>"$work/err"
    echo $? >"$work/status"
} </dev/null | head -c 1 >/dev/null
equal 'serial line to a closed pipe' "$(cat "$work/status")" 0
timeout 60 "$VITRINE" -flat "$work/chatter@0x7c00" </dev/null >/dev/full 2>"$work/err"
equal 'serial line to a full disk' $? 0
timeout 60 "$VITRINE" -flat "$work/chatter@0x7c00" </dev/null >&- 2>"$work/err"
equal 'serial line to nothing' $? 0
timeout 60 "$VITRINE" -flat "$work/chatter@0x7c00" </dev/null >"$work/out" 2>"$work/err"
equal 'nothing of it is lost' "$(tail -c 60000 "$work/out" | tr -d x | wc -c)" 0

# Help and version on stdout.
"$VITRINE" -help >"$work/out" 2>"$work/err"
equal 'help' "$?$(cat "$work/err")" 0
check 'help fits a screen of 80 columns' awk 'length > 80 { exit 1 }' "$work/out"
check 'help fits a screen of 24 lines' awk 'END { exit NR > 24 }' "$work/out"
check 'help has no blanks at the end of a line' awk '/ $/ { exit 1 }' "$work/out"
"$VITRINE" --version >"$work/out"
check 'version' grep -q '^vitrine [0-9]' "$work/out"
"$VITRINE" -cpu help >"$work/out"
check 'list of processors' grep -q 'x86-64-v2' "$work/out"
finish
