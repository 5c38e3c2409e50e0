#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/multiboot.sh - Multiboot 1 kernels as ELF32, ELF64 and a.out kludge, with modules, memory
# map and command line.
. "$(dirname "$0")/../tools/lib.sh"
need_nasm

# The kernel prints on the debug port what it was given.
build()
{
    assemble "$top/tests/boot/multiboot.asm" "$work/$1" -D"$2" || fail "$1" 'not assembled'
}
build elf32 ELF32
build elf64 ELF64
build kludge KLUDGE
printf 'first module' >"$work/mod1"
printf 'second' >"$work/mod2"

# boot KERNEL OPTION...
boot()
{
    kernel=$1
    shift
    under_each "$kernel" "$work/$kernel.e9" -kernel "$work/$kernel" \
        -debugcon "file:$work/$kernel.e9" "$@"
}
# line KERNEL TEXT: one line of what it printed
line()
{
    if grep -q -x -e "$2" "$work/$1.e9"; then
        ok "$1: $2"
    else
        fail "$1: $2" "got: $(cat "$work/$1.e9")"
    fi
}

for kernel in elf32 elf64 kludge; do
    boot $kernel -m 64 -append 'one two' -initrd "$work/mod1 arg,$work/mod2"
    equal "$kernel: exit code" "$status" 0
    line $kernel 'magic 2badb002'
    line $kernel 'cs flat ok'
    line $kernel 'bss zero ok'
    line $kernel 'data ok'
    line $kernel "cmdline $work/$kernel one two"
    line $kernel 'mods 00000002'
    line $kernel "mod $work/mod1 arg: first module"
    line $kernel "mod $work/mod2: second"
    line $kernel 'lower 00000278' # 632 KiB
    line $kernel 'upper 0000fb80' # 63 MiB less the firmware's tables
    line $kernel 'map top ok'
    line $kernel 'aligned ok'
done
boot elf32
equal 'without modules' "$status" 0
line elf32 'mods 00000000'
finish
