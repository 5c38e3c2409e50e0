#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/compare/linux.sh - a Linux kernel from the reset vector to its shell and power-off, completely on
# two machines in lockstep, the interpreter's and the translator's: no state differs after any slice.
. "$(dirname "$0")/../tools/lib.sh"

[ "$(engines | tail -n 1)" = tb ] || {
    skip linux 'no translator in this build'
    finish
}
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip linux 'a sanitizer build, where it takes many minutes; tested in the other one'
    finish
    ;;
esac
guest=$PWD/linux
if [ ! -s "$guest/vmlinuz" ] || [ ! -s "$guest/initrd.gz" ]; then
    sh "$top/tests/tools/linux-guest.sh" "$guest" tests/tools/mkinitramfs || {
        skip linux 'the kernel package cannot be fetched'
        finish
    }
fi

(cd "$work" && timeout 900 "$VITRINE" -stats -compare interp,tb -kernel "$guest/vmlinuz" \
    -initrd "$guest/initrd.gz" -m 256 -append "console=ttyS0 vitrine=test") \
    >"$work/out" 2>"$work/err" </dev/null
equal 'exit code after power-off' $? 0
grep -a '^vitrine:' "$work/err"
cat "$work"/divergence-*/report.txt 2>/dev/null
check 'no difference' grep -q 'no difference$' "$work/err"
check 'the shell ran its commands' grep -a -q '^vitrine-test: end' "$work/out"
slices=$(sed -n 's/.* ticks in \([0-9,]*\) slices of .*/\1/p' "$work/err" | tr -d ,)
check "$slices slices" [ "${slices:-0}" -gt 200000 ]
finish
