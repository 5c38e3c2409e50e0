#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/run.sh [NAME...] - what `make bench` runs, in the build folder. Millions of instructions
# a second for guest loops and the wall time of a Linux boot, from start to power-off; QEMU and Bochs
# beside it where they are installed. Medians of N runs (default 5). NAME: a loop, or "boot".
# Times on a machine that does other work mean little; the ratios are what to look at.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
vitrine=${VITRINE-./vitrine}
nasm=${NASM-nasm}
runs=${N-5}
seconds=${SECONDS_PER_LOOP-1}
work=bench
mkdir -p $work

loops='integer sketch memcopy call sse2 x87 repmovs'
[ $# = 0 ] || loops=$*

have()
{
    command -v "$1" >/dev/null 2>&1
}

machines=vitrine
! have qemu-system-x86_64 || machines="$machines qemu"
! have bochs || machines="$machines bochs"

# bochs_rc LINE...: a configuration without window, debugger prompt or delays
bochs_rc()
{
    bios=/usr/share/bochs
    cat <<TEXT
plugin_ctrl: unmapped=1, biosdev=1, speaker=0
config_interface: textconfig
display_library: rfb, options="timeout=0"
romimage: file=$bios/BIOS-bochs-latest, options=fastboot
vgaromimage: file=$bios/VGABIOS-lgpl-latest
cpu: model=corei7_haswell_4770, count=1, ips=200000000, reset_on_triple_fault=0
clock: sync=none
memory: guest=512, host=512
log: $work/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
speaker: enabled=0
sound: waveoutdrv=dummy
TEXT
    printf '%s\n' "$@"
}

# loop MACHINE IMAGE
loop()
{
    case $1 in
    vitrine) "$vitrine" -nographic -m 32 -fda "$2" ;;
    qemu)
        qemu-system-x86_64 -accel tcg,thread=single -cpu qemu64 -m 32 -display none -no-reboot \
            -drive "file=$2,format=raw,if=floppy"
        ;;
    bochs)
        bochs_rc "floppya: 1_44=$2, status=inserted" "boot: floppy" >$work/bochsrc
        echo c >$work/bochs.cmd
        bochs -q -f $work/bochsrc -rc $work/bochs.cmd
        ;;
    esac >"$work/output.$1" 2>&1 </dev/null
}

# boot MACHINE
boot()
{
    append='console=ttyS0 vitrine=test'
    case $1 in
    vitrine)
        "$vitrine" -kernel linux/vmlinuz -initrd linux/initrd.gz -append "$append" -m 512 -nographic
        ;;
    qemu)
        qemu-system-x86_64 -accel tcg,thread=single -cpu qemu64 -kernel linux/vmlinuz \
            -initrd linux/initrd.gz -append "$append" -m 512 -nographic -no-reboot
        ;;
    bochs)
        bochs_rc "ata0-master: type=cdrom, path=$work/linux.iso, status=inserted" "boot: cdrom" \
            "com1: enabled=1, mode=file, dev=$work/bochs.serial" >$work/bochsrc
        echo c >$work/bochs.cmd
        bochs -q -f $work/bochsrc -rc $work/bochs.cmd
        ;;
    esac >"$work/output.$1" 2>&1 </dev/null
}

# boot_reached MACHINE: did the guest get to its last line?
boot_reached()
{
    case $1 in
    bochs) grep -q 'vitrine-test: end' $work/bochs.serial ;;
    *) grep -q 'vitrine-test: end' "$work/output.$1" ;;
    esac
}

# The same kernel and initramfs on a CD, for Bochs, which has no -kernel.
make_iso()
{
    [ -f /usr/lib/ISOLINUX/isolinux.bin ] && have xorriso || return 1
    rm -rf $work/iso
    mkdir -p $work/iso
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 \
        linux/vmlinuz linux/initrd.gz $work/iso
    cat >$work/iso/isolinux.cfg <<'TEXT'
default linux
prompt 0
timeout 0
label linux
  kernel vmlinuz
  append initrd=initrd.gz console=ttyS0 vitrine=test
TEXT
    xorriso -as mkisofs -quiet -o $work/linux.iso -b isolinux.bin -c boot.cat -no-emul-boot \
        -boot-load-size 4 -boot-info-table $work/iso 2>/dev/null
}

now()
{
    date +%s.%N
}

# wall COMMAND...: seconds, on standard output; how the emulator ended, in $work/status. (Bochs ends
# with 1 when the guest powers off.)
wall()
{
    start=$(now)
    status=0
    "$@" || status=$?
    echo $status >$work/status
    now | awk -v start="$start" '{ printf "%.3f\n", $1 - start }'
}

# median of the numbers on standard input, one a line
median()
{
    sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# median_time COUNT COMMAND...
median_time()
{
    count=$1
    shift
    i=0
    while [ $i -lt "$count" ]; do
        wall "$@"
        i=$((i + 1))
    done | median
}

image()
{
    "$nasm" -f bin -I "$here/" -DLOOPS="$2" -o "$3" "$here/$1.asm"
    truncate -s 1474560 "$3" 2>/dev/null || dd if=/dev/zero of="$3" bs=1 count=0 seek=1474560 2>/dev/null
}

# mips MACHINE LOOP: what start and firmware cost is measured with one round and taken off
mips()
{
    per_round=$(sed -n 's/^; per round: *//p' "$here/$2.asm")
    image "$2" 1 $work/one.img
    idle=$(median_time 3 loop "$1" $work/one.img)
    if [ "$1" = bochs ]; then
        ! grep -q 'no resolution' $work/output.bochs || return 1
    elif [ "$(cat $work/status)" != 0 ]; then
        return 1
    fi
    # Enough rounds for the time wanted, found by growing.
    rounds=$((20000000 / per_round))
    while :; do
        image "$2" "$rounds" $work/many.img
        once=$(wall loop "$1" $work/many.img)
        next=$(awk -v t="$once" -v idle="$idle" -v want="$seconds" -v n="$rounds" 'BEGIN {
            t -= idle
            if (t > want * 0.6 || n > 2e8) print 0
            else printf "%.0f\n", n * (t > want / 20 ? want / t : 10) }')
        [ "$next" != 0 ] || break
        rounds=$next
    done
    busy=$(median_time "$runs" loop "$1" $work/many.img)
    awk -v busy="$busy" -v idle="$idle" -v n="$rounds" -v per="$per_round" \
        'BEGIN { printf "%.0f\n", n * per / (busy - idle) / 1e6 }'
}

ratio()
{
    awk -v a="$1" -v b="$2" 'BEGIN { if (a > 0 && b > 0) printf "%.2f", a / b; else printf "-" }'
}

# row NAME UNIT COMMAND...: one line of the table; COMMAND gets the machine as its first argument
row()
{
    printf '%-10s %-5s' "$1" "$2"

    command=$3
    shift 3
    ours=
    for machine in vitrine qemu bochs; do
        case " $machines " in
        *" $machine "*) value=$($command $machine "$@") || value=- ;;
        *) value=- ;;
        esac
        [ $machine != vitrine ] || ours=$value
        printf ' %9s' "$value"
        [ $machine = vitrine ] || printf ' %6s' "$(ratio "$ours" "$value")"
    done
    printf '\n'
}

boot_time()
{
    [ "$1" != bochs ] || make_iso || return 1
    seconds_taken=$(median_time "$runs" boot "$1")
    boot_reached "$1" || return 1
    echo "$seconds_taken"
}

printf '%-10s %-5s %9s %9s %6s %9s %6s\n' guest unit vitrine qemu ratio bochs ratio
for name in $loops; do
    [ "$name" != boot ] || continue
    row "$name" MIPS mips "$name"
    # What a bare chain of handlers reaches on the same loop: the ceiling of any interpreter.
    if [ "$name" = sketch ] && [ -x "${DISPATCH-}" ]; then
        ceiling=$(for i in $(seq "$runs"); do "$DISPATCH"; done | sort -n |
            awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
        printf '  dispatch alone: %s MIPS; sketch reaches %s of it\n' "$ceiling" \
            "$(ratio "$ours" "$ceiling")"
    fi
done
case " $* " in
'  ' | *' boot '*)
    if [ -s linux/vmlinuz ]; then
        row boot s boot_time
        "$vitrine" -kernel linux/vmlinuz -initrd linux/initrd.gz -append 'console=ttyS0 vitrine=test' \
            -m 512 -nographic -stats </dev/null 2>&1 >/dev/null |
            sed -n 's/^vitrine: \(.*MIPS\)$/  vitrine: \1/p'
    else
        echo "boot: no kernel in $(pwd)/linux; './bootstrap check' or './bootstrap run linux' fetches it"
    fi
    ;;
esac
