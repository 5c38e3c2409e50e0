# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/emulators.sh - what the benchmarks' scripts share: which emulators there are, how each is
# started, medians. An emulator is interp or tb, vitrine's two engines, or qemu or bochs. The scripts
# that read this set $here, the folder of this file; what is made goes to $work.
# shellcheck shell=sh
vitrine=${VITRINE-./vitrine}
stamp=${STAMP-tests/bench/stamp}
runs=${N-3}
limit=${TIMEOUT-1800}
work=bench
kernel=linux/vmlinuz
mkdir -p $work

have()
{
    command -v "$1" >/dev/null 2>&1
}

# give_up WHAT
give_up()
{
    echo "bench: $*" >&2
    exit 2
}

# why_not EMULATOR: nothing, or why it takes no part
why_not()
{
    case $1 in
    interp | tb)
        error=$("$vitrine" -engine "$1" -version 2>&1 >/dev/null) || echo "$error"
        ;;
    qemu) have qemu-system-x86_64 || echo "not found (package qemu-system-x86)" ;;
    bochs)
        if ! have bochs || [ ! -f /usr/share/bochs/VGABIOS-lgpl-latest ]; then
            echo "not found (packages bochs, bochsbios, vgabios)"
        elif ! have xorriso || [ ! -f /usr/lib/ISOLINUX/isolinux.bin ]; then
            echo "needs a CD to boot from (packages xorriso, isolinux, syslinux-common)"
        elif [ -z "${EMULATORS-}" ] && [ "$runs" != 1 ]; then
            echo "takes minutes: when asked for by EMULATORS, or with N=1"
        fi
        ;;
    *) give_up "EMULATORS: '$1', expected some of interp tb qemu bochs" ;;
    esac
}

# Sets $emulators to those that take part, and says which do not.
choose_emulators()
{
    emulators=
    for emulator in ${EMULATORS-interp tb qemu bochs}; do
        why=$(why_not "$emulator")
        if [ -z "$why" ]; then
            emulators="$emulators $emulator"
        else
            echo "$emulator: $why"
        fi
    done
    [ -n "$emulators" ] || give_up "no emulator to measure"
}

# runs_of EMULATOR: how often it runs. Bochs takes minutes: once, unless it is asked for by name.
runs_of()
{
    if [ "$1" = bochs ] && [ -z "${EMULATORS+x}" ]; then echo 1; else echo "$runs"; fi
}

# command_line WORD...: quoted for a shell
command_line()
{
    for word; do
        case $word in
        *[!A-Za-z0-9_./:=,@%+-]* | '') printf "'%s' " "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")" ;;
        *) printf '%s ' "$word" ;;
        esac
    done
}

# bochs_rc MODEL LINE...: a configuration without window, debugger prompt or delays
bochs_rc()
{
    model=$1
    shift
    bios=/usr/share/bochs
    cat <<TEXT
plugin_ctrl: unmapped=1, biosdev=1, speaker=0
config_interface: textconfig
display_library: rfb, options="timeout=0"
romimage: file=$bios/BIOS-bochs-latest, options=fastboot
vgaromimage: file=$bios/VGABIOS-lgpl-latest
cpu: model=$model, count=1, ips=200000000, reset_on_triple_fault=0
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

# make_iso NAME INITRD APPEND: the same kernel and initramfs on a CD, for Bochs, which has no -kernel
make_iso()
{
    rm -rf $work/iso
    mkdir -p $work/iso
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 $work/iso
    cp $kernel $work/iso/vmlinuz
    cp "$2" $work/iso/initrd
    printf '%s\n' 'default linux' 'prompt 0' 'timeout 0' 'label linux' '  kernel vmlinuz' \
        "  append initrd=initrd $3" >$work/iso/isolinux.cfg
    xorriso -as mkisofs -quiet -o "$work/$1.iso" -b isolinux.bin -c boot.cat -no-emul-boot \
        -boot-load-size 4 -boot-info-table $work/iso 2>/dev/null
}

# linux_script EMULATOR NAME CPU INITRD APPEND: writes $work/NAME.EMULATOR.sh, which boots the kernel
# with INITRD, its serial line on standard output. CPU: "plain", a model that is about the same in
# all emulators, or "usual".
linux_script()
{
    script=$work/$2.$1.sh
    case $1 in
    interp | tb)
        set -- "$3" -kernel $kernel -initrd "$4" -append "$5" -m 512 -nographic -no-reboot \
            -engine "$1"
        model=$1
        shift
        [ "$model" != plain ] || set -- -cpu x86-64-v1 "$@"
        set -- "$vitrine" "$@"
        ;;
    qemu)
        set -- qemu-system-x86_64 -accel tcg,thread=single -cpu qemu64 -kernel $kernel -initrd "$4" \
            -append "$5" -m 512 -nographic -no-reboot
        ;;
    bochs)
        make_iso "$2" "$4" "$5"
        model=corei7_haswell_4770
        [ "$3" != plain ] || model=athlon64_venice
        bochs_rc $model "ata0-master: type=cdrom, path=$work/$2.iso, status=inserted" "boot: cdrom" \
            "com1: enabled=1, mode=file, dev=/dev/fd/3" >"$work/$2.bochsrc"
        echo c >$work/bochs.cmd
        echo 'exec 3>&1 >/dev/null 2>&1' >"$script"
        command_line exec bochs -q -f "$work/$2.bochsrc" -rc $work/bochs.cmd >>"$script"
        echo '</dev/null' >>"$script"
        return
        ;;
    esac
    {
        command_line exec "$@"
        echo '</dev/null'
    } >"$script"
}

# The kernel is here, or can be fetched.
need_kernel()
{
    [ -s $kernel ] && [ -s linux/busybox ] && [ -s linux/initrd.gz ] ||
        sh "$here/../tools/linux-guest.sh" linux tests/tools/mkinitramfs
}

# median of the numbers on standard input, one a line
median()
{
    sort -n | awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
