#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/loaders.sh - other people's boot programs by our firmware, from CDs that are made here: GRUB to its
# prompt, ISOLINUX to its prompt, Memtest86+ to its first screen; under each engine the same screen at the same tick.
# Memtest86+ then goes through all of its tests.
. "$(dirname "$0")/../tools/lib.sh"

case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip all 'a sanitizer build; tested in the other one'
    finish
    ;;
esac

# shows NAME TICKS TEXT OPTION...: after so many ticks the screen shows TEXT
shows()
{
    shows_name=$1 shows_text=$3
    printf 'sba %s\nc\nscreen\nq\n' "$2" >"$work/commands"
    shift 3
    under_each "$shows_name" - -m 64 -serial null -x "$work/commands" -batch "$@"
    check "$shows_name" grep -q -F -e "$shows_text" "$work/out"
}

if command -v grub-mkrescue >/dev/null && command -v xorriso >/dev/null && command -v mformat >/dev/null &&
    [ -d /usr/lib/grub/i386-pc ]; then
    grub-mkrescue -d /usr/lib/grub/i386-pc -o "$work/grub.iso" --install-modules='normal biosdisk iso9660 ls echo' \
        --locales= --fonts= --themes= >/dev/null 2>&1
    shows GRUB 110000000 'grub>' -cdrom "$work/grub.iso"
else
    skip GRUB 'grub-mkrescue, its i386-pc modules, xorriso or mformat: not found'
fi

isolinux=/usr/lib/ISOLINUX/isolinux.bin ldlinux=/usr/lib/syslinux/modules/bios/ldlinux.c32
if [ -f $isolinux ] && [ -f $ldlinux ] && command -v xorriso >/dev/null; then
    mkdir "$work/tree"
    cp $isolinux $ldlinux "$work/tree"
    printf 'PROMPT 1\nDEFAULT none\nSAY vitrine-test: the configuration is read\n' >"$work/tree/isolinux.cfg"
    xorriso -as mkisofs -quiet -o "$work/isolinux.iso" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 \
        -boot-info-table "$work/tree" 2>/dev/null
    shows ISOLINUX 60000000 'boot:' -cdrom "$work/isolinux.iso"
    check 'ISOLINUX reads its configuration' grep -q 'vitrine-test: the configuration is read' "$work/out"
else
    skip ISOLINUX 'isolinux.bin, ldlinux.c32 or xorriso: not found'
fi

memtest=/usr/lib/memtest86+/memtest86+x64.iso
if [ -f $memtest ]; then
    shows Memtest86+ 400000000 'Memtest86+ v' -cdrom $memtest
    # memory NAME COMMANDS: what its screen shows of 8 MiB in a machine so slow that it need not wait long
    fast=$(engines | tail -n 1)
    memory()
    {
        printf "$2\nscreen\nq\n" >"$work/commands"
        timeout 300 "$VITRINE" -engine "$fast" -dbg -batch -x "$work/commands" -ips 4M -m 8 -serial null \
            -cdrom $memtest >"$work/out" 2>&1 </dev/null
        equal "$1: exit code" $? 0
        tr -s ' ' <"$work/out" | sed -n 's/.*\(Memory : [^ ]*\) .*/\1/p; s/.*\(Pass: .*\)/\1/p' |
            sed 's/ *$//' >"$work/told"
    }
    if [ "$fast" = tb ]; then
        memory 'Memtest86+, one pass' 's 9000000000'
        equal 'Memtest86+: all tests of all memory, none fails' "$(cat "$work/told")" 'Memory : 8MB
Pass: 1 Errors: 0'
    else
        skip 'Memtest86+, one pass' 'takes minutes without the translator'
    fi
    memory 'Memtest86+, a byte that changes' 's 1000000000\nsetpmem 0x200000 1 0x5a\ns 10000000'
    equal 'Memtest86+ finds it' "$(cat "$work/told")" 'Memory : 8MB
Pass: 0 Errors: 1'
else
    skip Memtest86+ "$memtest: not found"
fi
finish
