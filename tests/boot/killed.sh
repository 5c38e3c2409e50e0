#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/killed.sh - the process of the emulator is killed while Linux writes to a qcow2 image and to a
# growing one: afterwards both are sound, and have every block of which the guest knew that it was flushed.
. "$(dirname "$0")/../tools/lib.sh"
writer=$PWD/tests/image/writer
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip killed 'a sanitizer build; tested in the other one'
    finish
    ;;
esac
drives_initrd linux-killed guest-drives-init "$work/initrd"
engine=$(engines | tail -n 1)
"$VITRINE" image create -f qcow2 "$work/qcow2" 80M >/dev/null
"$VITRINE" image create -f growing "$work/growing" 80M >/dev/null
: >"$work/synced"

# lines: how many blocks the guest has told of in this round
lines()
{
    grep -c '^vitrine-test: synced .*i[0-9]*' "$work/serial"
}

round=0
for after in 2 12 25 37 60; do
    : >"$work/serial"
    "$VITRINE" -engine "$engine" -kernel "$guest/vmlinuz" -initrd "$work/initrd" -m 128 -nographic \
        -append "console=ttyS0 quiet vitrine=steady round=$round" -hda "$work/qcow2" -hdb "$work/growing" \
        -timeout 300s >"$work/serial" 2>"$work/err" </dev/null &
    process=$!
    until [ "$(lines)" -ge $after ] || ! kill -0 $process 2>/dev/null; do
        sleep 0.2
    done
    sleep 0.0$((1 + round * 3))
    kill -9 $process
    wait $process 2>/dev/null
    equal "killed after block $after: by that, and nothing else" "$?$(cat "$work/err")" 137
    # The last line may have been cut short.
    tr -d '\r' <"$work/serial" | sed -n 's/^vitrine-test: synced \([0-9]* r.. i..........\)$/\1/p' >"$work/new"
    check "killed after block $after: amidst the writing" test "$(wc -l <"$work/new")" -lt 256
    cat "$work/new" >>"$work/synced"
    sort "$work/synced" >"$work/expected"
    for format in qcow2 growing; do
        "$VITRINE" image check "$work/$format" >"$work/out" 2>&1
        status=$?
        check "killed after block $after: $format is sound ($(tail -n 1 "$work/out" | sed 's/.*: //'))" \
            test $status = 0 -o $status = 3
        "$writer" lines "$work/$format" 65536 | sort >"$work/there"
        equal "killed after block $after: what $format has not of $(wc -l <"$work/expected") blocks" \
            "$(comm -23 "$work/expected" "$work/there" | head -n 3)" ''
    done
    round=$((round + 1))
done
if command -v qemu-img >/dev/null; then
    qemu-img check -q "$work/qcow2" >"$work/out" 2>&1
    status=$?
    check 'killed: sound for qemu-img, too' test $status = 0 -o $status = 3
fi
finish
