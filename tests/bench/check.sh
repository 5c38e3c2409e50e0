#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/check.sh - the benchmark measures what it says: stamp takes times and exit codes, the
# table finds wrong results; and a hundredth of the guest's work comes out in a Linux guest, with each
# engine, as it does on this processor.
. "$(dirname "$0")/../tools/lib.sh"
bench=$top/tests/bench
stamp=$PWD/tests/bench/stamp
guest=$PWD/linux
mkinitramfs=$PWD/tests/tools/mkinitramfs

# ---- stamp ----
cat >"$work/items.sh" <<'TEXT'
printf 'noise\nitem one begin\r\n'
sleep 0.3
printf 'item one end\r\nitem one checksum 12ab\r\n'
echo 'item two begin'
echo 'item three end'
echo 'item three checksum 1'
echo 'item two checksum 2'
exit 3
TEXT
"$stamp" -o "$work/copy" sh "$work/items.sh" >"$work/stamped"
equal 'stamp: one item is whole' "$(awk '{ print $1 }' "$work/stamped" | tr '\n' ' ')" 'one total '
equal 'stamp: its time and checksum' "$(awk '$1 == "one" {
    print ($2 >= 0.29 && $2 < 5), ($3 < 0.25), $4 }' "$work/stamped")" '1 1 12ab'
equal 'stamp: exit code' "$(awk '$1 == "total" { print ($2 >= 0.29), $4 }' "$work/stamped")" '1 3'
equal 'stamp: the copy' "$(cat "$work/copy")" "$(sh "$work/items.sh")"
equal 'stamp: too long' "$("$stamp" -t 0.2 sleep 30 | awk '{ print $1, ($2 < 20), $4 }')" 'total 1 124'
equal 'stamp: no command' "$("$stamp" ./no-such-command 2>/dev/null | awk '{ print $4 }')" 127

# ---- the table ----
printf '%s\n' matmul smc boot gzip >"$work/names"
rows()
{
    printf '%s\n' 'host matmul 1 1 aa' 'host smc 1 1 bb' 'host gzip 1 1 cc' \
        'tb matmul 2 1 aa' 'tb matmul 9 1 aa' 'tb matmul 1 1 aa' 'tb smc 1 1 bb' 'tb gzip 1 1 cc' \
        'tb boot 2 2 end' 'tb total 9 9 0' 'qemu matmul 10 1 aa' "qemu smc 2 1 $1" \
        'qemu gzip 1 1 cc' 'qemu boot 3 3 end' 'qemu total 9 9 0'
}
# table CHECKSUM: the rows and the means, words only; exit status last
table()
{
    status=0
    rows "$1" | awk -v names="$work/names" -v emulators=' tb qemu' -v clock=wall \
        -f "$bench/table.awk" >"$work/table" 2>"$work/problems" || status=$?
    sed -n '2,6s/  */ /gp' "$work/table" | sed 's/ $//'
    echo $status
}
equal 'table: medians, ratios, targets' "$(table bb)" \
    'matmul - 2.000 10.000 - - 5.00 ok -
smc - 1.000 2.000 - - 2.00 (5) -
boot - 2.000 3.000 - - 1.50 ok -
gzip - 1.000 1.000 - - 1.00 ok -
mean - 2.15 ok -
0'
equal 'table: a wrong checksum' "$(table bd)" \
    'matmul - 2.000 10.000 - - 5.00 ok -
smc - 1.000 WRONG - - - -
boot - 2.000 3.000 - - 1.50 ok -
gzip - 1.000 1.000 - - 1.00 ok -
mean - 2.24 ok -
1'
check 'table: a mean of less than asked for says so' \
    grep -q '^qemu/tb: the mean is of 2 rows of 3$' "$work/table"
equal 'table: and what it was' "$(cat "$work/problems")" 'qemu: smc: checksum bd, expected bb'

# ---- the work ----
sh "$bench/guest/build.sh" "${BIOS_CC:-gcc}" "$work/bin" 2>"$work/cc.err" || {
    skip work "$(head -n 1 "$work/cc.err")"
    finish
}
[ -s "$guest/vmlinuz" ] && [ -s "$guest/busybox" ] ||
    sh "$top/tests/tools/linux-guest.sh" "$guest" "$mkinitramfs" || {
    skip work 'the kernel package cannot be fetched'
    finish
}
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip work 'a sanitizer build; tested in the other one'
    finish
    ;;
esac
cp "$guest/busybox" "$work/bin"
mkdir "$work/scratch"
scale=10
scale=$scale tools=$work/bin scratch=$work/scratch "$work/bin/work" >"$work/native" 2>&1 || {
    skip work "this host cannot run it: $(tail -n 1 "$work/native")"
    finish
}
sed -n 's/^\(item .* checksum .*\)/\1/p' "$work/native" >"$work/expected"
equal 'the items are those run.sh knows' \
    "$(awk '{ printf "%s ", $2 }' "$work/expected")" \
    "$(sed -n "/^all_items='/,/'\$/p" "$bench/run.sh" | tr -d "'\n" | sed 's/all_items=//; s/  */ /g') "
"$mkinitramfs" dir bin dir dev dir tmp node dev/console 5 1 node dev/null 1 3 node dev/zero 1 5 \
    file bin/busybox "$work/bin/busybox" 755 file bin/tiny "$work/bin/tiny" 755 \
    file init "$work/bin/work" 755 >"$work/work.cpio"
for engine in interp tb; do
    "$VITRINE" -engine $engine -version >/dev/null 2>&1 || {
        skip "work, $engine" 'not in this build'
        continue
    }
    timeout 900 "$VITRINE" -engine $engine -kernel "$guest/vmlinuz" -initrd "$work/work.cpio" -m 256 \
        -append "console=ttyS0 quiet panic=-1 scale=$scale" -nographic -no-reboot \
        </dev/null >"$work/$engine" 2>&1
    equal "work, $engine: exit code" $? 0
    tr -d '\r' <"$work/$engine" | grep '^item .* checksum ' >"$work/$engine.sums"
    equal "work, $engine: as on this processor" "$(cat "$work/$engine.sums")" "$(cat "$work/expected")"
done
finish
