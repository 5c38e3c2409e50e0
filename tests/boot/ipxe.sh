#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/ipxe.sh - option ROMs in our firmware: iPXE in the ROM of either network card gets an
# address by DHCP from the user network and boots a program by TFTP, which turns the power off.
# Without a ROM the firmware says so; a file that is no ROM is refused.
. "$(dirname "$0")/../tools/lib.sh"

need_nasm
if "$VITRINE" -nic user -max-icount 1 -serial null 2>&1 | grep -q 'without libslirp'; then
    skip all 'built without libslirp'
    finish
fi
fast=$(engines | tail -n 1)
head -c 4096 /dev/zero >"$work/zeros"
for option in "-nic user,romfile=$work/zeros" "-option-rom $work/zeros"; do
    # shellcheck disable=SC2086 # an option and its value
    timeout 20 "$VITRINE" $option >"$work/out" 2>&1
    equal "no ROM: exit code of ${option%% *}" $? 2
    check "no ROM: message of ${option%% *}" grep -q 'zeros: does not begin with 55h AAh, expected' "$work/out"
done

# screen_at TICKS OPTION...: what the screen shows then, in $work/out
screen_at()
{
    printf 'sba %s\nc\nscreen\nq\n' "$1" >"$work/commands"
    shift
    timeout 120 "$VITRINE" -engine "$fast" -ips 50M -m 64 -serial null -x "$work/commands" -batch "$@" \
        >"$work/out" 2>&1 </dev/null
}

screen_at 10000000 -nic user -boot n
check 'a card without a ROM' grep -q 'network: no card has a ROM that boots' "$work/out"

# An option ROM of no card: it writes a word to the screen and returns; it has nothing to boot.
cat >"$work/rom.asm" <<'END'
bits 16
org 0
    dw 0xaa55
    db 1
    mov si, text
next:
    cs lodsb
    test al, al
    jz done
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    jmp next
done:
    retf
text: db "vitrine-test: the option ROM runs", 13, 10, 0
    times 512 - ($ - $$) db 0
END
assemble "$work/rom.asm" "$work/rom.bin"
sum=$(od -An -v -tu1 "$work/rom.bin" | awk '{ for (i = 1; i <= NF; i++) s += $i } END { print (256 - s % 256) % 256 }')
head -c 511 "$work/rom.bin" >"$work/good.rom"
bytes "$(printf %x "$sum")" >>"$work/good.rom"
screen_at 10000000 -option-rom "$work/good.rom" -boot n
check '-option-rom is run' grep -q 'vitrine-test: the option ROM runs' "$work/out"
screen_at 10000000 -option-rom "$work/rom.bin" -boot n
check 'a ROM with a wrong sum is not' sh -c "! grep -q 'the option ROM runs' '$work/out'"
check 'and said to be left out' grep -q 'an option ROM was left out' "$work/out"

assemble "$top/tests/boot/where.asm" "$work/program"
for model in e1000 ne2k_pci; do
    rom=/usr/lib/ipxe/qemu/pxe-$model.rom
    if [ ! -r "$rom" ]; then
        skip "iPXE, $model" 'package ipxe-qemu is not installed'
        continue
    fi
    timeout 300 "$VITRINE" -engine "$fast" -ips 50M -m 64 -boot n -display none -serial "file:$work/serial" \
        -nic "user,model=$model,romfile=$rom,tftp=$work,bootfile=program" \
        -timeout 250s >"$work/out" 2>&1 </dev/null
    equal "iPXE, $model: exit code" $? 0
    check "iPXE, $model: boots by TFTP" grep -q 'booted from drive' "$work/serial"
done
finish
