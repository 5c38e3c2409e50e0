#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/ovmf.sh - OVMF comes up to its shell, on the serial line and in the picture, as one file with
# -bios and in two flash memories, whose second keeps a variable from one run to the next; and it boots
# GRUB from a CD. Skipped where it is not installed.
. "$(dirname "$0")/../tools/lib.sh"

code=/usr/share/OVMF/OVMF_CODE_4M.fd
vars=/usr/share/OVMF/OVMF_VARS_4M.fd
both=/usr/share/ovmf/OVMF.fd
for file in $code $vars $both; do
    [ -r $file ] || { skip OVMF "$file: not found, expected package ovmf"; finish; }
done
fast=$(engines | tail -n 1)
guid=4d36e96e-e325-11ce-bfc1-08002be10318

# Code and variables in one file that cannot be written to.
timeout 120 "$VITRINE" -engine "$fast" -bios $both -m 64 -ips 100000000 -serial "file:$work/serial" \
    -expect 'Shell> ' -max-icount 3000000000 >"$work/out" 2>&1 </dev/null
equal '-bios: exit code at the prompt' $? 0

# shell COMMAND: typed at the prompt of a run with the variables of $work/vars
shell()
{
    cat >"$work/script" <<END
sb 1400000000
c
screendump "$work/prompt.png"
type "$1\\n"
sb 400000000
c
info device pflash1
quit
END
    timeout 120 "$VITRINE" -engine "$fast" -m 64 -ips 100000000 -serial "file:$work/serial" \
        -drive if=pflash,format=raw,unit=0,file=$code,readonly=on -pflash "$work/vars" \
        -dbg -x "$work/script" -batch >"$work/out" 2>&1 </dev/null
}

cp $vars "$work/vars"
shell "setvar Vitrine -guid $guid -bs -nv =0x12345678"
equal 'setvar: exit code' $? 0
check 'the prompt on the serial line' grep -q 'Shell> ' "$work/serial"
# One that was looked at; other versions are to be looked at (KEEP=FILE.png keeps it).
[ -z "${KEEP-}" ] || cp "$work/prompt.png" "$KEEP"
if [ "$(cksum <$code)" = '3902288378 3653632' ]; then
    equal 'the prompt in the picture' \
        "$(sed -n 's/^wrote .*: \(.*\)$/\1/p' "$work/out")" '1024 x 768 dots, checksum 8e923659'
else
    skip 'the prompt in the picture' "$code: of another version than 2022.11-6"
fi
check 'the flash gives its contents again' grep -q '^reads give contents; the next write is a command' \
    "$work/out"
tr -d '\0' <"$work/vars" >"$work/text" # names are of 16 bits a character
check 'the variable in the file' grep -aq Vitrine "$work/text"

shell "setvar Vitrine -guid $guid"
check 'the variable after the next start' grep -q '78 56 34 12' "$work/serial"

# GRUB's own kind of CD, on the serial line as OVMF gives it: to its prompt, where a variable is set and read.
grub=/usr/lib/grub/x86_64-efi
sanitized=$(nm "$VITRINE" 2>/dev/null | grep -c __asan_init)
if [ "$sanitized" != 0 ]; then
    skip GRUB 'a sanitizer build; tested in the other one'
elif command -v grub-mkrescue >/dev/null && command -v xorriso >/dev/null && command -v mformat >/dev/null &&
    [ -d $grub ]; then
    grub-mkrescue -d $grub -o "$work/grub.iso" --install-modules='normal iso9660 ls echo' --locales= --fonts= \
        --themes= >/dev/null 2>&1
    printf 'sba 900000000\nc\ntype "set a=vitrine; echo $a-$grub_platform\\n"\nsb 200000000\nc\nquit\n' >"$work/script"
    timeout 120 "$VITRINE" -engine "$fast" -bios $both -m 64 -ips 100000000 -serial "file:$work/serial" \
        -cdrom "$work/grub.iso" -dbg -x "$work/script" -batch >"$work/out" 2>&1 </dev/null
    equal 'GRUB: exit code' $? 0
    tr -d '\r' <"$work/serial" >"$work/text"
    check 'GRUB: its name' grep -aq 'GNU GRUB  version' "$work/text"
    check 'GRUB: its prompt' grep -aq '^grub> ' "$work/text"
    check 'GRUB: what it answers' grep -aqx 'vitrine-efi' "$work/text"
else
    skip GRUB 'grub-mkrescue, its x86_64-efi modules, xorriso or mformat: not found'
fi

# What cannot be flash memory.
head -c 5000 $vars >"$work/odd"
"$VITRINE" -pflash "$work/odd" >"$work/out" 2>&1
equal 'an odd size: exit code' $? 2
equal 'an odd size' "$(cat "$work/out")" \
    "vitrine: $work/odd: 5000 bytes, expected a multiple of 4096 up to 8 MiB"
finish
