#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/cli/clock.sh - `-clock real`: guest time goes with the host's and never ahead of it, an idle guest
# costs next to nothing, and what the guest sees is what it sees without.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm
engine=$(engines | tail -n 1)

# 18.2 interrupts a second; each 16th is told on port E9h.
cat >"$work/idle.asm" <<'TEXT'
bits 16
org 0x7c00
next:   sti
        hlt
        mov ax, [0x46c]
        test al, 15
        jnz next
        shr ax, 4
        add al, 'a'
        out 0xe9, al
        jmp next
TEXT
cat >"$work/busy.asm" <<'TEXT'
bits 16
org 0x7c00
        jmp $
TEXT
# Says what comes on COM1 and the time of day at which it did; ends with 'q'.
cat >"$work/echo.asm" <<'TEXT'
bits 16
org 0x7c00
        mov dx, 0x3f9
        mov al, 1
        out dx, al              ; received data interrupts
        mov al, 0x0b
        mov dx, 0x3fc
        out dx, al
        mov word [0x30], irq
        mov word [0x32], 0
        in al, 0x21
        and al, ~0x10
        out 0x21, al
next:   sti
        hlt
        jmp next
irq:    mov dx, 0x3f8
        in al, dx
        out dx, al
        cmp al, 'q'
        je .end
        mov ax, [0x46c]
        out 0xe9, al
        mov al, 0x20
        out 0x20, al
        iret
.end:   mov dx, 0x604
        mov ax, 0x2000
        out dx, ax
        jmp $
TEXT
for name in idle busy echo; do
    assemble "$work/$name.asm" "$work/$name" || fail "$name" 'not assembled'
done

now()
{
    date +%s%N
}

# guest_ms TICKS_PER_SECOND: guest time of the last run in milliseconds
guest_ms()
{
    ticks_of "$work/err" | sed 's/ ticks.*//; s/,//g' | awk -v ips="$1" '{ printf "%d", $1 * 1000 / ips }'
}

# cpu PID: hundredths of a second that it has used
cpu()
{
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# run IPS OPTION...: two seconds; sets host_ms
run()
{
    ips=$1
    shift
    begun=$(now)
    timeout 60 "$VITRINE" -engine "$engine" -m 16 -serial null -quiet-bios -ips "$ips" -timeout 2s -stats "$@" \
        >"$work/out" 2>"$work/err" </dev/null
    host_ms=$((($(now) - begun) / 1000000))
}

run 1000000000 -flat "$work/idle@0x7c00" -clock real
ms=$(guest_ms 1000000000)
check "idle: $ms ms of guest time in $host_ms ms, not ahead" test "$ms" -le $((host_ms + 5))
check 'idle: and not far behind' test "$ms" -ge 1000
run 10000000 -flat "$work/busy@0x7c00" -clock real
ms=$(guest_ms 10000000)
check "busy: $ms ms of guest time in $host_ms ms, not ahead" test "$ms" -le $((host_ms + 25))
check 'busy: and not far behind' test "$ms" -ge 1000
run 1000000 -flat "$work/busy@0x7c00" -clock ticks
ms=$(guest_ms 1000000)
check "-clock ticks: $ms ms in $host_ms ms, as fast as can be" test "$ms" -ge $((host_ms + 1000))

# The guest is the same with both.
for clock in real ticks; do
    timeout 60 "$VITRINE" -engine "$engine" -m 16 -serial null -quiet-bios -flat "$work/idle@0x7c00" \
        -clock $clock -debugcon "file:$work/$clock" -max-icount 3000000000 -stats >/dev/null \
        2>"$work/$clock.err" </dev/null
done
equal 'idle: three seconds are three letters' "$(cat "$work/ticks")" 'abcd'
check 'idle: the same with both clocks' cmp "$work/real" "$work/ticks"
equal 'idle: the same ticks with both' "$(ticks_of "$work/real.err")" "$(ticks_of "$work/ticks.err")"

# Input that came at any time is recorded with its tick: a second machine gets it at the same.
[ "$(engines | wc -l)" = 1 ] || {
    (for byte in x y z q; do sleep 0.3; printf $byte; done) | timeout 60 "$VITRINE" -compare interp,tb \
        -m 16 -serial stdio -quiet-bios -flat "$work/echo@0x7c00" -clock real \
        -debugcon "file:$work/log" >"$work/out" 2>"$work/err"
    equal 'input under -clock real: both engines agree' "$?" 0
    equal 'input under -clock real: the echo' "$(tr -cd 'xyzq' <"$work/out")" xyzq
    equal 'input under -clock real: three are told with their time' "$(($(wc -c <"$work/log")))" 3
}

# idle_cost NAME SECONDS OPTION...: the part of a processor that an idle guest takes after so long
idle_cost()
{
    name=$1 settle=$2
    shift 2
    (sleep 40 & echo $! >"$work/sleep"; wait) | "$VITRINE" -engine "$engine" -clock real "$@" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep "$settle"
    before=$(cpu $pid)
    sleep 3
    spent=$(($(cpu $pid) - before))
    kill $pid
    kill "$(cat "$work/sleep")"
    wait $pid 2>/dev/null
    check "$name: $spent hundredths of a second in 3 s, below 3 %" test "$spent" -lt 9
}

# A sanitizer build is ten times slower.
if nm "$VITRINE" 2>/dev/null | grep -q __asan_init; then
    skip 'cost of an idle guest' 'a sanitizer build; tested in the other one'
    finish
fi
idle_cost 'an idle program' 1 -m 16 -flat "$work/idle@0x7c00"
guest=$PWD/linux
if [ -s "$guest/vmlinuz" ] && [ -s "$guest/initrd.gz" ]; then
    idle_cost 'Linux at its prompt' 12 -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" -m 256 \
        -append "console=ttyS0"
    check 'Linux at its prompt: it was there' grep -q '^# ' "$work/out"
else
    skip 'Linux at its prompt' 'tests/boot/linux.sh has not fetched it'
fi
finish
