#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/cli/bad_input.sh - a mistake on the command line or in a file gives one clear line on
# stderr, "vitrine: object: fact, expectation", the right exit code, and no machine.
. "$(dirname "$0")/../tools/lib.sh"

# refused NAME CODE PATTERN OPTION...: exit code, and the one line matches the pattern
refused()
{
    name=$1 code=$2 pattern=$3
    shift 3
    timeout 20 "$VITRINE" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    if [ $status != "$code" ]; then
        fail "$name" "exit code $status, expected $code: $(cat "$work/err")"
    elif [ "$(wc -l <"$work/err")" != 1 ] || ! grep -q '^vitrine: [^ ].*: [^ ]' "$work/err"; then
        fail "$name" "not one line 'vitrine: object: fact': $(cat "$work/err")"
    elif ! grep -q -e "$pattern" "$work/err"; then
        fail "$name" "'$pattern' is not in: $(cat "$work/err")"
    elif [ -s "$work/out" ]; then
        fail "$name" "something on stdout: $(head -c 200 "$work/out")"
    else
        ok "$name"
    fi
}

: >"$work/empty"
mkdir "$work/folder"
head -c 5000 /dev/zero >"$work/zeros"
head -c 1000000 /dev/zero >"$work/million"

# ---- engines ----
refused 'engine: no such' 2 "engine: 'bochs', expected interp" -engine bochs
refused 'engine: nothing to tell it' 2 "engine: interp: 'hot=0', expected nothing" -engine interp,hot=0
if "$VITRINE" -engine tb -version >/dev/null 2>&1; then
    refused 'engine: unknown number' 2 "engine: tb: 'cold=1', expected hot=" -engine tb,hot=0,cold=1
    refused 'engine: too much' 2 "engine: tb: 'most=65', expected" -engine tb,most=65
    refused 'engine: no number' 2 "engine: tb: 'hot', expected" -engine tb,hot
    refused 'engine: an empty word' 2 "engine: tb: '', expected" -engine tb,
fi

# ---- comparisons ----
refused 'compare: one engine' 2 'one engine, interp; expected two' -compare interp
refused 'compare: no such engine' 2 "engine: 'bochs', expected interp" -compare interp,bochs
refused 'compare: empty slices' 2 "'every=0', expected every=TICKS" -compare interp,interp,every=0
refused 'compare: three engines' 2 'a third engine' -compare interp,interp,interp
refused 'compare: a word' 2 "'each=1', expected" -compare interp,interp,each=1
refused 'compare: a long word' 2 'is too long' -compare "$(printf '%0200d' 0)"
refused 'compare: gdb without a port' 2 'expected gdb:HOST:PORT or gdb:unix:PATH' -compare interp,gdb:localhost
refused 'compare: two of them' 2 'is a second foreign emulator' -compare gdb::1,gdb::2
refused 'compare: gdb and two engines' 2 'beside a foreign emulator, expected one engine' -compare interp,interp,gdb::1
refused 'compare: an unknown symbol' 2 "-compare: from=nowhere: no register or symbol 'nowhere'" -compare gdb::1,from=nowhere
refused 'compare: from a symbol, without gdb' 2 "'from=kmain', expected from=TICK" -compare interp,interp,from=kmain
refused 'compare: ignore without gdb' 2 'ignore= without gdb:HOST:PORT' -compare interp,interp,ignore=rax
refused 'compare: nobody listens' 4 'gdb:127.0.0.1:1: Connection refused' -compare gdb:127.0.0.1:1
refused 'compare-sample: too much' 2 "'101%', expected a part" -compare-sample 101%
refused 'compare-sample: nothing' 2 "'0', expected a part" -compare-sample 0
refused 'compare-sample alone' 2 'nothing is compared' -compare-sample 1%
VITRINE_BREAK_ROW=add_Ev_Gx
export VITRINE_BREAK_ROW
refused 'VITRINE_BREAK_ROW: a row' 2 "no row of the instruction table (did you mean 'add_" \
    -compare interp,interp
VITRINE_BREAK_ROW=add_Ev_Gv:all
refused 'VITRINE_BREAK_ROW: a kind' 2 "'all', expected flag, result" -compare interp,interp
unset VITRINE_BREAK_ROW

# ---- cases ----
refused 'case: missing file' 4 'No such file' -case "$work/missing" -batch
refused 'case: directory' 2 'irectory' -case "$work/folder" -batch
refused 'case: empty file' 2 'no mode, expected' -case "$work/empty" -batch
refused 'case: zeros' 2 ':1: a line of more than' -case "$work/zeros" -batch
refused 'case: too big' 2 'more than 65536 bytes' -case "$work/million" -batch
# case NAME PATTERN LINES: the file is refused with the pattern
bad_case()
{
    printf "$3" >"$work/bad.case"
    refused "case: $1" 2 "$2" -case "$work/bad.case" -batch
}
bad_case 'mode' "bad.case:1: mode = '48', expected 16, 32 or 64" 'mode = 48\ncode = 90\n'
bad_case 'zero byte' ':2: a zero byte' 'mode = 64\ncode\000 = 90\n'
bad_case 'second mode' ':2: a second mode' 'mode = 64\nmode = 64\n'
bad_case 'no code' 'no code' 'mode = 64\n'
bad_case 'mode first' ':1: rax, expected mode' 'rax = 1\n'
bad_case 'odd digits' ":2: code = '9', expected" 'mode = 64\ncode = 9\n'
bad_case 'too long' ':2: code = ' 'mode = 64\ncode = 0 1 2 3 4 5 6 7 8 9 a b c d e f\n'
bad_case 'register' ':2: rxx, expected' 'mode = 64\nrxx = 1\n'
bad_case 'too large' ":2: mxcsr = '0x100000000', expected a number" 'mode = 64\nmxcsr = 0x100000000\n'
bad_case 'memory outside' ':2: memory 0x1000, expected an address within' 'mode = 64\nmemory 0x1000 = 11\n'
bad_case 'memory bytes' ':2: memory 0x20004000' 'mode = 64\nmemory 0x20004000 = xyz\n'
bad_case 'x87 register' ':2: st.r3 = ' 'mode = 64\nst.r3 = 3fff\n'
bad_case 'x87 number' ':2: st.r8, expected' 'mode = 64\nst.r8 = 3fff:8000000000000000\n'
bad_case 'no value' ":2: rax, expected 'key = value'" 'mode = 64\nrax\n'
bad_case 'rip' 'rip is outside the window' 'mode = 64\ncode = 90\nrip = 0\n'
bad_case 'rip wraps' 'rip is outside the window' 'mode = 64\ncode = 90 90\nrip = 0x2000ffff\n'

# ---- files ----
for option in kernel fda bios symbols x rc; do
    refused "$option: missing file" 4 'No such file' -"$option" "$work/missing" -batch
    refused "$option: directory" 2 'is a directory' -"$option" "$work/folder" -batch
done
for option in kernel fda bios; do
    refused "$option: empty file" 2 'is empty' -"$option" "$work/empty"
done
refused 'flat: missing file' 4 'No such file' -flat "$work/missing@0x7c00"
refused 'flat: directory' 2 'is a directory' -flat "$work/folder@0x7c00"
refused 'flat: empty file' 2 'is empty' -flat "$work/empty@0x7c00"
refused 'kernel: wrong format' 2 'expected a bzImage' -kernel "$work/zeros"
refused 'bios: not a multiple of 64 KiB' 2 'multiple of 64 KiB' -bios "$work/zeros"
refused 'fda: shorter than a sector' 2 'boot sector' -fda "$top/.editorconfig"
head -c 2949632 /dev/zero >"$work/long"
refused 'fda: longer than a diskette' 2 'at most 2949120' -fda "$work/long"
refused 'flat: beyond the RAM' 2 'RAM' -m 1 -flat "$work/million@0xff000"
refused 'flat: no address' 2 'FILE@ADDRESS' -flat "$work/zeros"
refused 'flat: bad address' 2 'FILE@ADDRESS' -flat "$work/zeros@zzz"
refused 'flat: wrapping address' 2 'RAM' -flat "$work/zeros@0xfffffffffffffff0"
refused 'log: cannot be written' 4 'cannot be written\|No such file' -log "$work/missing/log"
refused 'serial: file cannot be made' 4 'No such file' -serial "file:$work/missing/x"
refused 'debugcon: file cannot be made' 4 'No such file' -debugcon "file:$work/missing/x"
refused 'serial: unknown kind' 2 'expected stdio' -serial foo
refused 'serial: port nobody listens at' 4 'refused' -serial tcp:127.0.0.1:1
if [ "$(id -u)" != 0 ]; then
    cp "$work/zeros" "$work/unreadable"
    chmod 0 "$work/unreadable"
    for option in kernel fda bios x rc; do
        refused "$option: unreadable" 4 'Permission denied' -"$option" "$work/unreadable" -batch
    done
else
    # root may read anything; a name that is no name for anybody
    refused 'kernel: a file in a file' 4 'Not a directory' -kernel "$work/zeros/x"
    refused 'x: a file in a file' 4 'Not a directory' -x "$work/zeros/x" -batch
fi

# ---- drives ----
for option in hda hdb hdc hdd cdrom; do
    refused "$option: missing file" 4 'No such file' -$option "$work/missing"
    refused "$option: directory" 2 'is a directory' -$option "$work/folder"
    refused "$option: empty file" 2 'is empty' -$option "$work/empty"
done
refused 'drive: missing file' 4 'No such file' -drive "file=$work/missing"
refused 'drive: no file' 2 '-drive: no file, expected' -drive format=raw
refused 'drive: a word' 2 "-drive: '[^ ]*zeros' has no value" -drive "$work/zeros"
refused 'drive: an unknown key' 2 "did you mean 'file'" -drive fiel=x
refused 'drive: a format' 2 "format='vmdk', expected raw" -drive "file=$work/million,format=vmdk"
refused 'drive: not of that format' 2 'qcow2' -drive "file=$work/million,format=qcow2"
refused 'drive: an index' 2 "index='4', expected 0 to 3" -drive "file=$work/million,index=4"
refused 'drive: hda is taken' 2 'would be hda, which is' -hda "$work/million" -drive "file=$work/zeros,index=0"
refused 'drive: hda is given twice' 2 'would be hda, which is' -hda "$work/million" -hda "$work/zeros"
refused 'drive: cdrom is hdc' 2 'would be hdc, which is' -cdrom "$work/million" -hdc "$work/zeros"
refused 'drive: a fifth' 2 'fifth IDE drive' -cdrom a -hda b -hdb c -hdd d -drive file=e
refused 'drive: a second diskette in fda' 2 'would be fda' -fda "$work/million" -drive "if=floppy,index=0,file=$work/zeros"
refused 'drive: the same image twice' 4 'is in use as a disk already' -hda "$work/million" -hdb "$work/million"
if [ "$(id -u)" != 0 ]; then
    cp "$work/million" "$work/protected"
    chmod 444 "$work/protected"
    refused 'drive: a file that cannot be written' 4 'cannot be written .*readonly=on' -hda "$work/protected"
fi

# ---- a Linux kernel: a header and nothing behind it ----
# linux SETUP_SECTORS VERSION(hex, low high) BYTES
linux()
{
    head -c 497 /dev/zero
    bytes "$1"
    head -c 12 /dev/zero
    bytes 55 aa eb 66 48 64 72 53 "$2" "$3" # "HdrS"
    head -c $(($4 - 520)) /dev/zero
}
linux 1f 0f 02 4000 >"$work/bz-truncated"
refused 'kernel: truncated bzImage' 2 'truncated' -kernel "$work/bz-truncated"
linux 01 00 01 20000 >"$work/bz-old"
refused 'kernel: old boot protocol' 2 'boot protocol' -kernel "$work/bz-old"
linux 01 0f 02 20000 >"$work/bz"
{
    head -c 529 "$work/bz"
    bytes 01 # LOADED_HIGH
    head -c 26 /dev/zero
    bytes ff ff ff 37 # at 22ch: initrd_addr_max
    tail -c $((20000 - 560)) "$work/bz"
} >"$work/bz-high"
refused 'initrd: missing' 4 'No such file' -kernel "$work/bz-high" -initrd "$work/missing"
refused 'initrd: directory' 2 'is a directory' -kernel "$work/bz-high" -initrd "$work/folder"
refused 'initrd: empty' 2 'is empty' -kernel "$work/bz-high" -initrd "$work/empty"
refused 'initrd: does not fit' 2 'not fit' -m 2 -kernel "$work/bz-high" -initrd "$work/million"
refused 'initrd: without a kernel' 2 'needs a kernel' -initrd "$work/million"
refused 'append: without a kernel' 2 'needs a kernel' -append quiet
refused 'append: too long' 2 'characters' -kernel "$work/bz-high" \
    -append "$(head -c 5000 /dev/zero | tr '\0' x)"
refused 'kernel: larger than the memory' 2 'at most\|not fit' -m 1 -kernel "$VITRINE"
refused 'serial: a fifth' 2 'at most four' -serial null -serial null -serial null -serial null -serial null
refused 'parallel: not a file' 2 'file:PATH' -parallel stdio
refused 'kernel and flat' 2 'both given' -kernel "$work/bz-high" -flat "$work/million@0x7c00"

# ---- ELF: elf COUNT then for each: OFFSET ADDRESS FILESZ MEMSZ ----
elf()
{
    count=$1
    shift
    # shellcheck disable=SC2046 # words
    bytes 7f 45 4c 46 01 01 01 00 00 00 00 00 00 00 00 00 02 00 03 00 01 00 00 00 \
        $(le32 0x100000) $(le32 52) $(le32 0) $(le32 0) 34 00 20 00 "$(printf %02x "$count")" \
        00 00 00 00 00 00 00
    size=52
    while [ $# -ge 4 ]; do
        # shellcheck disable=SC2046
        bytes $(le32 1) $(le32 "$1") $(le32 "$2") $(le32 "$2") $(le32 "$3") $(le32 "$4") \
            $(le32 7) $(le32 4096)
        size=$((size + 32))
        shift 4
    done
    # the Multiboot header, on a multiple of four
    # shellcheck disable=SC2046
    bytes $(le32 0x1badb002) $(le32 0) $(le32 $((-0x1badb002)))
    head -c 8000 /dev/zero
}
elf 2 0 0x100000 100 0x2000 0 0x101000 100 0x1000 >"$work/overlap"
refused 'ELF: overlapping segments' 2 'overlap' -kernel "$work/overlap"
elf 1 0 0xfffff000 100 0x2000 >"$work/wrap"
refused 'ELF: wrapping segment' 2 'outside the RAM' -kernel "$work/wrap"
elf 1 0 0x100000 100 0xffffffff >"$work/huge"
refused 'ELF: segment as large as everything' 2 'outside the RAM' -kernel "$work/huge"
elf 1 0 0xa0000 100 0x1000 >"$work/video"
refused 'ELF: segment over the video memory' 2 'outside the RAM' -kernel "$work/video"
elf 1 0 0x100000 0x1800 0x1000 >"$work/more"
refused 'ELF: more bytes than memory' 2 'in memory' -kernel "$work/more"
elf 1 0x100 0x100000 0x4000 0x4000 >"$work/beyond"
refused 'ELF: segment beyond the end of the file' 2 'truncated' -kernel "$work/beyond"
elf 1 0xffffff00 0x100000 0x200 0x200 >"$work/wraps-file"
refused 'ELF: file offset that wraps' 2 'truncated' -kernel "$work/wraps-file"
elf 200 0 0x100000 1 1 | head -c 200 >"$work/headers"
refused 'ELF: program headers beyond the end' 2 'truncated' -kernel "$work/headers"
elf 0 >"$work/none"
refused 'ELF: no segments' 2 'no loadable segment' -kernel "$work/none"
elf 1 0 0x100000 0x100 0x100 >"$work/good"
refused 'module: missing' 4 'No such file' -kernel "$work/good" -initrd "$work/missing arg"
refused 'module: does not fit' 2 'outside the RAM\|at most' -m 2 -kernel "$work/good" \
    -initrd "$work/million,$work/million"

# ---- options ----
refused 'm: 0' 2 'expected' -m 0
refused 'm: 1T' 2 'expected' -m 1T
refused 'm: words' 2 'expected' -m lots
refused 'm: negative' 2 'expected' -m -5
refused 'm: 2^64 and more' 2 'expected' -m 99999999999999999999G
refused 'no argument' 2 'expected' -kernel
refused 'not an option' 2 'not an option' kernel
refused 'unknown option, nearest name' 2 "did you mean '-kernel'" -kernle x
refused 'unknown option with two dashes' 2 "did you mean '-timeout'" --timeuot 3
refused 'unknown option, nothing near' 2 'unknown option' -qqqqqqqqqq
for option in blockdev gdb s enable-kvm accel machine monitor vga usb soundhw \
    chardev virtfs icount loadvm replay singlestep daemonize nodefaults watchdog; do
    refused "of QEMU or Bochs: -$option" 2 "^vitrine: -$option: [^,]*, expected" -$option
done
refused 'a value behind it changes nothing' 2 'USB is not emulated' --usb "$work/zeros"
refused 'unknown CPU model, nearest name' 2 "did you mean 'pentium'" -cpu pentium9
refused 'unknown CPU flag, nearest name' 2 'sse2' -cpu x86-64-v2,+sse22
refused 'CPU flag without a sign' 2 'neither +flag nor -flag' -cpu x86-64-v2,sse2
refused 'timeout: words' 2 'expected' -timeout soon
refused 'timeout: negative' 2 'expected' -timeout -3
for order in x aa acdn '' order= once=xy menu menu=maybe a,c splash-time=-1 splash-time=999999 cad,fast=1; do
    refused "boot: '$order'" 2 "^vitrine: -boot: '.*', expected" -boot "$order"
done
refused 'max-icount: 0' 2 'expected' -max-icount 0
refused 'ips: 0' 2 'expected' -ips 0
refused 'rtc: 30 February' 2 'expected' -rtc base=2025-02-30
refused 'rtc: words' 2 'expected' -rtc base=yesterday
refused 'device: unknown' 2 'expected isa-debug-exit' -device rtl8139
refused 'device: port out of range' 2 'iobase' -device isa-debug-exit,iobase=0x10000
refused 'display: vnc' 2 'expected' -display vnc
refused 'smp: 2' 2 'expected' -smp 2
refused 'color: pink' 2 'expected' -color pink

# ---- engines ----
refused 'engine: unknown' 2 "'qemu', expected interp" -engine qemu
refused 'tb-size: no size' 2 "'much', expected a size such as" -tb-size much
refused 'tb-size: too small' 2 'tb-size: .* bytes of host code, expected 4M to 512M' -tb-size 3M
refused 'tb-size: too large' 2 'tb-size: .* bytes of host code, expected 4M to 512M' -tb-size 513M
refused 'tb-size: zero' 2 'tb-size: .* bytes of host code, expected 4M to 512M' -tb-size 0
if "$VITRINE" -engine tb -version >/dev/null 2>&1; then
    for size in 4M 512M; do
        timeout 60 "$VITRINE" -engine tb -tb-size $size -max-icount 1000 >"$work/out" 2>"$work/err" \
            </dev/null
        equal "tb-size: $size" $? 124
    done
else
    refused 'engine: tb is not built in' 2 "'tb', expected interp" -engine tb
    skip 'tb-size: 4M 512M' 'the translator is not built'
fi

# ---- the judges' own input ----
# bad NAME PATTERN COMMAND...: exit code 2 and one line on stderr, where the program was built
bad()
{
    name=$1 pattern=$2
    shift 2
    [ -x "$1" ] || {
        skip "$name" "$1 was not built"
        return
    }
    timeout 20 "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    check "$name" test "$status/$(wc -l <"$work/err")/$(grep -c -e "$pattern" "$work/err")" = 2/1/1
}
silicon=tests/silicon/silicon
vectors=tests/vectors/run_vectors
echo garbage >"$work/damaged"
mkdir "$work/moo"
cp "$top/tests/vectors/80286-real/metadata.json" "$work/moo"
bad 'silicon: seed' 'expected a number' $silicon -seed zz
bad 'silicon: number of cases' 'expected a number' $silicon -cases many
bad 'silicon: case file' "damaged:1: garbage, expected 'key = value'" $silicon -replay "$work/damaged"
echo garbage >"$work/moo/00.MOO"
bad 'vectors: not a vector file' 'not a MOO file' $vectors "$work/moo"
printf 'MOO \014\000\000\000junkjunkjunk' >"$work/moo/00.MOO"
bad 'vectors: no test in it' 'no test' $vectors "$work/moo"
echo '{' >"$work/moo/metadata.json"
bad 'vectors: damaged metadata' 'not JSON' $vectors "$work/moo"
finish
