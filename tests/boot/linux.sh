#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/linux.sh - a stock Linux kernel boots to its initrd's last line and powers off, twice with
# the same ticks and the same serial bytes, once with each engine if there are two; then its shell echoes
# 100 KiB pasted into the serial line.
. "$(dirname "$0")/../tools/lib.sh"

guest=$PWD/linux
if [ ! -s "$guest/vmlinuz" ] || [ ! -s "$guest/initrd.gz" ]; then
    sh "$top/tests/tools/linux-guest.sh" "$guest" tests/tools/mkinitramfs || {
        skip linux "the kernel package cannot be fetched"
        finish
    }
fi

# boot RUN ENGINE: the fixed commands of guest-init
boot()
{
    timeout 900 "$VITRINE" -engine "$2" -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" -m 256 -stats \
        -append "console=ttyS0 vitrine=test" >"$work/$1.out" 2>"$work/$1.err" </dev/null
    echo $? >"$work/$1.status"
    ticks_of "$work/$1.err" >"$work/$1.ticks"
}

has()
{
    if tr -d '\r' <"$work/1.out" | grep -q -x -e "$2"; then
        ok "$1"
    else
        fail "$1" "no line '$2' in the output"
    fi
}

sanitized=$(nm "$VITRINE" 2>/dev/null | grep -c __asan_init)
last=$(engines | tail -n 1) # where there is a translator, that
# Under the sanitizers a boot takes minutes: one is enough.
[ "$sanitized" = 0 ] && boot 1 interp || boot 1 "$last"
equal 'exit code after power-off' "$(cat "$work/1.status")" 0
has 'the first process starts' 'vitrine-test: begin'
has 'kernel and machine' 'vitrine-test: Linux x86_64'
has 'arithmetic of the shell' 'vitrine-test: product 42'
has 'a pipe of programs' 'vitrine-test: sum 2001000'
has 'floating point' 'vitrine-test: quotient 3.141592920354'
has 'SHA-256' "vitrine-test: digest $(seq 1 20000 | sha256sum)"
has 'sort' 'vitrine-test: sorted 1'
has 'the last line' 'vitrine-test: end'
[ "$failed" = 0 ] || {
    echo "the end of the output:"
    tail -n 30 "$work/1.out"
    cat "$work/1.err"
    finish
}

if [ "$sanitized" != 0 ]; then
    skip determinism 'a sanitizer build; tested in the other one'
    skip paste 'a sanitizer build; tested in the other one'
    finish
fi

boot 2 "$last"
equal "the same ticks and instructions again, under $last" "$(cat "$work/2.ticks")" \
    "$(cat "$work/1.ticks")"
check "the same serial output again, under $last" cmp "$work/1.out" "$work/2.out"

# ---- a paste ----
# Digits and commas: nothing in it looks like the marks around it.
seq -s , 1 30000 | head -c 102400 >"$work/paste"
mkfifo "$work/in"
timeout 300 "$VITRINE" -engine "$last" -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" -m 256 \
    -append "console=ttyS0 quiet" <"$work/in" >"$work/shell" 2>"$work/shell.err" &
pid=$!
exec 3>"$work/in"
# await TEXT: until the shell's output has it
await()
{
    tries=0
    until grep -q -e "$1" "$work/shell"; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] && kill -0 $pid 2>/dev/null || return 1
        sleep 0.1
    done
}
if await 'exit powers off' && sleep 0.5 &&
    echo 'stty raw -echo; echo BE"GIN"; head -c 102400; stty sane; echo; echo E"ND"; exit' >&3 &&
    await BEGIN; then
    cat "$work/paste" >&3
    await END || fail 'paste' "the shell did not come back: $(tail -c 200 "$work/shell")"
else
    fail 'paste' "no shell: $(tail -c 300 "$work/shell")"
fi
exec 3>&-
wait $pid
equal 'exit code after the shell' $? 0
sed -n '/^BEGIN/,/END/p' "$work/shell" | tr -d '\r\n' | sed 's/^BEGIN//; s/END.*//' >"$work/back"
check '100 KiB in and out without loss' cmp "$work/paste" "$work/back"
finish
