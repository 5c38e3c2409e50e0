#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/models.sh - each processor model boots a kernel that demands no more: Memtest86+ the
# 32-bit ones (see also installer.sh), the cloud kernel the 64-bit ones; and with less than x86-64 it
# says what is missing.
. "$(dirname "$0")/../tools/lib.sh"

sh "$top/tests/tools/memtest-guest.sh" "$PWD/memtest" || skip memtest "the package memtest86+ cannot be fetched"
guest=$PWD/linux
if [ ! -s "$guest/vmlinuz" ] || [ ! -s "$guest/initrd.gz" ]; then
    sh "$top/tests/tools/linux-guest.sh" "$guest" tests/tools/mkinitramfs ||
        skip linux "the kernel package cannot be fetched"
fi
sanitized=$(nm "$VITRINE" 2>/dev/null | grep -c __asan_init)
engines=$(engines)
[ "$sanitized" = 0 ] || engines=$(engines | tail -n 1) # where it takes minutes, once
translate=

# memtest MODEL TEXT...: what its screen shows after 16 seconds of guest time
memtest()
{
    model=$1
    shift
    {
        echo 's 500000000'
        for text in "Memtest86+ v6.10" "$@"; do
            echo "expect \"$text\""
        done
    } >"$work/memtest.dbg"
    for engine in $engines; do
        "$VITRINE" -engine "$engine" -dbg -batch -x "$work/memtest.dbg" -cpu "$model" -ips 30M -m 16 \
            -nographic -kernel memtest/memtest.bin -append nosmp -timeout 900s \
            >"$work/out" 2>&1 </dev/null
        status=$?
        equal "$model: Memtest86+ under $engine" "$status" 0
        [ "$status" = 0 ] || tail -n 5 "$work/out"
    done
}

# linux MODEL FLAG...: boots to power-off, and /proc/cpuinfo has the flags
linux()
{
    model=$1
    shift
    limit=900 under_each "$model" - -cpu "$model" -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" \
        -m 256 -append "console=ttyS0 vitrine=test"
    equal "$model: exit code after power-off" "$status" 0
    for line in 'vitrine-test: quotient 3.141592920354' 'vitrine-test: end'; do
        check "$model: $line" grep -q "^$line" "$work/out"
    done
    for flag in "$@"; do
        case $flag in
        -*) check "$model: no ${flag#-}" sh -c "! grep -q '^vitrine-test: flags .* ${flag#-} ' '$work/out'" ;;
        *) check "$model: $flag" grep -q "^vitrine-test: flags .* $flag " "$work/out" ;;
        esac
    done
    check "$model: no complaint of the kernel" test -z "$(
        tr -d '\r' <"$work/out" | grep -a -E 'BUG:|WARNING:|Oops|general protection|segfault'
    )"
}

if [ -s memtest/memtest.bin ]; then
    memtest 486 "Intel 486DX4" "Press <F1> to configure"
    memtest pentium "Testing" "Pattern"
    memtest pentium3 "Testing" "Pattern"
fi
if [ "$sanitized" != 0 ]; then
    skip linux 'a sanitizer build; tested in the other one'
    finish
fi
if [ -s "$guest/vmlinuz" ]; then
    linux x86-64-v1 sse2 -sse4_2 -avx
    linux x86-64-v2 sse4_2 -avx
    linux x86-64-v3 avx2 fma bmi2 xsave
    linux max avx2 vaes sha_ni gfni
    printf '%s\n' 's 1000000000' 'expect "This kernel requires an x86-64 CPU"' >"$work/linux.dbg"
    "$VITRINE" -dbg -batch -x "$work/linux.dbg" -cpu pentium3 -kernel "$guest/vmlinuz" -nographic \
        >"$work/out" 2>&1 </dev/null
    equal 'pentium3: the 64-bit kernel says what it misses' $? 0
fi
finish
