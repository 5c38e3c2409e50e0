# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/lib.sh - what the test scripts share: counting, a scratch folder, bytes from numbers.
# shellcheck shell=sh
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
VITRINE=${VITRINE-$PWD/vitrine}
NASM=${NASM:-nasm}
passed=0
failed=0
skipped=0
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

ok()
{
    passed=$((passed + 1))
    echo "ok $1"
}

# fail NAME WHY
fail()
{
    failed=$((failed + 1))
    echo "FAIL $1: $2"
}

skip()
{
    skipped=$((skipped + 1))
    echo "skipped $1: $2"
}

# check NAME COMMAND...: passes when the command succeeds
check()
{
    check_name=$1
    shift
    if "$@"; then
        ok "$check_name"
    else
        fail "$check_name" "$*"
    fi
}

# equal NAME GOT EXPECTED
equal()
{
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        fail "$1" "got '$2', expected '$3'"
    fi
}

# The engines of this build, the reference first.
engines()
{
    for name_of_engine in interp tb; do
        ! "$VITRINE" -engine $name_of_engine -version >/dev/null 2>&1 || echo $name_of_engine
    done
}

# The ticks and instructions that -stats told on standard error, here a file.
ticks_of()
{
    sed -n 's/^vitrine: \(.* instructions\).*/\1/p' "$1"
}

# under_each NAME FILE OPTION...: one run of vitrine for each engine, 60 seconds (limit) at most. FILE is
# written on behalf of an option, or '-'. What the first leaves stays as $status, FILE, $work/out and
# $work/err; the others have to do the same in the same ticks. `translate`: what the translator is told.
under_each()
{
    each_name=$1 each_file=$2
    shift 2
    each_first=
    for each_engine in $(engines); do
        each_words=$each_engine
        [ $each_engine = interp ] || each_words=$each_engine${translate-,hot=0}
        timeout "${limit-60}" "$VITRINE" -engine "$each_words" -stats "$@" >"$work/out" \
            2>"$work/err" </dev/null
        each_status=$?
        each_ticks=$(ticks_of "$work/err")
        if [ -z "$each_first" ]; then
            each_first=$each_engine status=$each_status
            ticks=$each_ticks
            cp "$work/out" "$work/first.out"
            cp "$work/err" "$work/first.err"
            [ "$each_file" = - ] || cp "$each_file" "$work/first.file"
            continue
        fi
        equal "$each_name: exit code under $each_engine" "$each_status" "$status"
        equal "$each_name: ticks under $each_engine" "$each_ticks" "$ticks"
        check "$each_name: output under $each_engine" cmp "$work/first.out" "$work/out"
        [ "$each_file" = - ] ||
            check "$each_name: device output under $each_engine" cmp "$work/first.file" "$each_file"
    done
    mv "$work/first.out" "$work/out"
    mv "$work/first.err" "$work/err"
    [ "$each_file" = - ] || mv "$work/first.file" "$each_file"
}

finish()
{
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

# bytes HEX...: binary on stdout; le32 NUMBER: hex of its four bytes
bytes()
{
    # shellcheck disable=SC2046,SC2059 # the format is the data
    printf "$(printf '\\%03o' $(printf '0x%s ' "$@"))"
}

le32()
{
    printf '%02x %02x %02x %02x ' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) \
        $(($1 >> 24 & 255))
}

# assemble SOURCE OUTPUT [OPTION...]
assemble()
{
    source=$1
    output=$2
    shift 2
    "$NASM" -f bin -w+all "$@" -I "$(dirname "$source")/" -o "$output" "$source"
}

# verdicts ASM: what a program with tests/boot/verdict.inc said on port E9h, in $work/e9: all of its checks
verdicts()
{
    while read -r verdict_word verdict_name; do
        case $verdict_word in
        ok) ok "$verdict_name" ;;
        *) fail "$verdict_name" 'in the guest' ;;
        esac
    done <"$work/e9"
    equal "checks made by $1" "$(wc -l <"$work/e9")" "$(grep -c '^ *expect ' "$top/$1")"
}

# drives_initrd FOLDER INIT FILE: the kernel of a Linux guest with drivers for disks and CDs, in $guest, fetched into
# build/FOLDER if no other test has fetched it, and its initramfs, which runs INIT of tests/tools. Where there can be none, this ends the script.
drives_initrd()
{
    for guest in "$PWD/linux" "$PWD"/linux-*; do
        # The kernel comes last.
        [ ! -s "$guest/modules/ata_piix.ko" ] || [ ! -s "$guest/vmlinuz" ] || break
    done
    if [ ! -s "$guest/modules/ata_piix.ko" ] || [ ! -s "$guest/vmlinuz" ]; then
        guest=$PWD/$1 # not where another test fetches at the same time
        sh "$top/tests/tools/linux-guest.sh" "$guest" tests/tools/mkinitramfs || {
            skip linux "the kernel package cannot be fetched"
            finish
        }
    fi
    drives_init=$2 drives_file=$3
    set --
    for module in scsi_common scsi_mod libata ata_piix cdrom sd_mod sr_mod; do
        set -- "$@" file lib/$module.ko "$guest/modules/$module.ko" 644
    done
    tests/tools/mkinitramfs dir bin dir dev dir etc dir lib dir proc dir root dir sbin dir sys dir tmp dir usr \
        dir usr/bin dir usr/sbin node dev/console 5 1 node dev/null 1 3 node dev/ttyS0 4 64 \
        file bin/busybox "$guest/busybox" 755 file init "$top/tests/tools/$drives_init" 755 "$@" >"$drives_file"
}

# A host that cannot assemble has nothing to run.
need_nasm()
{
    command -v "$NASM" >/dev/null || {
        skip all "nasm: not found"
        finish
    }
}
