#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/image/images.sh - the command vitrine image, images from and for other programs with qemu-img as
# the judge, and images whose writer is killed at any moment.
. "$(dirname "$0")/../tools/lib.sh"
writer=${WRITER-$PWD/tests/image/writer}
image="$VITRINE image"
command -v qemu-img >/dev/null && judge=1 || judge=
cd "$work" || exit 99

# refused NAME CODE PATTERN ARGUMENT...: exit code and one line on stderr
refused()
{
    name=$1 code=$2 pattern=$3
    shift 3
    timeout 20 "$VITRINE" image "$@" >out 2>err </dev/null
    status=$?
    if [ $status != "$code" ]; then
        fail "$name" "exit code $status, expected $code: $(cat err)"
    elif [ "$(wc -l <err)" != 1 ] || ! grep -q '^vitrine: [^ ].*: [^ ]\|^vitrine: .*, expected' err; then
        fail "$name" "not one line 'vitrine: object: fact': $(cat err)"
    elif ! grep -q -e "$pattern" err; then
        fail "$name" "'$pattern' is not in: $(cat err)"
    else
        ok "$name"
    fi
}

# Something to copy: zeros, noise, text; not a whole number of clusters.
{
    head -c 3000 /dev/zero
    head -c 300000 /dev/urandom
    head -c 2000000 /dev/zero
    yes 'a line of text that can be packed' | head -c 500000
    head -c 700000 /dev/zero
    head -c 1000 /dev/urandom
    head -c 120 /dev/zero
} >raw
size=$(wc -c <raw)
cp raw whole # filled up to whole sectors
head -c $(((512 - size % 512) % 512)) /dev/zero >>whole

# ---- the command ----
refused 'no command' 2 'no command, expected create'
refused 'nearest command' 2 "did you mean 'create'" creat
refused 'unknown option' 2 '-x is unknown, expected' info -x raw
refused 'no argument' 2 '-f has no argument' info -f
refused 'no name' 2 'a name is missing' info
refused 'too many names' 2 'one name too many' info raw raw
refused 'no size' 2 'no size, expected' create new
refused 'bad size' 2 "size '10X', expected" create new 10X
refused 'nearest format' 2 "did you mean 'qcow2'" create -f qcow new 1M
refused 'bad -o' 2 "did you mean 'cluster_size'" create -f qcow2 -o cluster_siz=1 new 1M
refused 'missing file' 4 'missing: No such file' info missing
refused 'missing backing file' 4 'missing: No such file' create -f qcow2 -b missing new
refused 'backing of raw' 2 'has no backing files' create -b raw new 1M
refused 'an existing file' 2 'raw: exists already' create raw 1M
refused 'onto itself' 2 'raw: exists already' convert raw raw
mkdir folder
refused 'folder' 2 'is a directory' info folder
: >empty
refused 'empty file' 2 'is empty, expected an image' info empty
head -c 60 /dev/zero | tr '\0' Q >short
check 'help' sh -c "$image -help | grep -q 'usage: vitrine image'"
check 'info of anything' sh -c "$image info short | grep -q 'file format: raw'"
check 'create raw' $image create new 1M
equal 'raw is as large as it was to be' "$(wc -c <new)" 1048576
equal 'and takes no room' "$(du -k new | cut -f 1)" 0
for format in raw qcow2 growing sparse; do
    check "$format: convert" $image convert -f raw -O $format raw to.$format
    check "$format: and back" $image convert -f $format -O raw to.$format back.$format
    if [ $format = raw ]; then
        check "$format: the same" cmp raw back.$format
    else
        check "$format: the same" cmp whole back.$format
    fi
    check "$format: recognised" sh -c "$image info to.$format | grep -q '^file format: $format\$'"
    check "$format: sound" $image check to.$format
    check "$format: zeros take no room" [ "$(du -k to.$format | cut -f 1)" -lt 1500 ]
done
check 'overlay' $image create -f qcow2 -b to.qcow2 -F qcow2 top.qcow2
check 'overlay: backing file' sh -c "$image info top.qcow2 | grep -q '^backing file: to.qcow2\$'"
check 'overlay: contents' sh -c "$image convert top.qcow2 top.raw && cmp top.raw whole"
mv to.qcow2 away.qcow2
check 'info without the backing file' sh -c "$image info top.qcow2 | grep -q '^backing file: to.qcow2\$'"
refused 'contents without the backing file' 4 'to.qcow2: No such file' convert top.qcow2 x.raw
mv away.qcow2 to.qcow2

# A disk that is full.
(
    ulimit -f 1000 # of 512 bytes
    timeout 20 "$VITRINE" image convert -O qcow2 raw full.qcow2 2>err
    echo $? >status
)
equal 'full disk: exit code' "$(cat status)" 4
check 'full disk: one line' [ "$(wc -l <err)" = 1 ]
check 'full disk: says so' grep -q '^vitrine: full.qcow2: cannot be written at byte .*: File too large' err
check 'full disk: nothing is left' [ ! -e full.qcow2 ]

# A machine whose disk cannot take what the guest writes: the guest is told at once; or, when a state of
# the machine was held, which keeps writes away from the file, the exit code tells it at the end.
cat >late.asm <<'TEXT'
bits 16
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov dl, 0x80
    mov si, packet
    mov ah, 0x43
    int 0x13
    mov al, ah
    out 0xe9, al
    mov dx, 0x604
    mov ax, 0x2000
    out dx, ax
    jmp $
packet: db 16, 0
    dw 8, 0x7c00, 0
    dq 4000
TEXT

late_blocks=80 # of 512 bytes
[ -z "${BASH_VERSION-}" ] || late_blocks=40 # of 1024

# late OPTION...: late.bin with a disk of this format whose file may not grow, nor be written far behind
late()
{
    rm -f late.disk
    $image create -f "$format" late.disk 8M
    (
        ulimit -f $late_blocks
        timeout 60 "$VITRINE" -flat late.bin@0x7c00 -hda late.disk -debugcon file:e9 "$@" >out 2>err </dev/null
        echo $? >status
    )
}

if command -v "$NASM" >/dev/null; then
    assemble late.asm late.bin
    for format in raw qcow2 growing sparse; do
        late
        equal "late, $format: the guest is told, and goes on" "$(cat status)$(od -An -tx1 e9)" '0 10'
        equal "late, $format: one line" "$(sed 's/ at byte.*:\| [0-9]* bytes long:/:/' err)" \
            "late.disk: cannot be $(grep -o 'written\|made' err): File too large"
        late -compare interp,interp
        equal "late, $format: at the end, exit code" "$(cat status)$(od -An -tx1 e9)" '4 00'
        equal "late, $format: at the end, one line" "$(cat err)" \
            'late.disk: what the guest wrote is not all in the file (File too large), expected a host that can write it'
        check "late, $format: the image is sound" $image check late.disk
    done
    late -compare interp,interp -D log
    equal 'late: with a log, exit code' "$(cat status)" 4
    check 'late: with a log, on standard error all the same' grep -q '^late.disk: what the guest wrote' err
    late -compare interp,interp -snapshot
    equal 'late: what goes at the end anyway is no loss' "$(cat status)$(cat err)" 0
else
    skip 'a disk that is full at the end' 'nasm: not found'
fi

# What may only be read. root may write anywhere but there.
locked=locked
if [ "$(id -u)" = 0 ]; then
    locked=$(find /sys/kernel -maxdepth 1 -type f -perm 0444 2>/dev/null | head -n 1)
else
    cp raw locked
    chmod 444 locked
fi
if [ -n "$locked" ] && [ -s "$locked" ]; then
    "$writer" write "$locked" notes 1 1 2>err
    equal 'read-only file: exit code' $? 4
    check 'read-only file: says what to do' grep -q 'readonly=on or snapshot=on' err
else
    skip 'read-only file' 'there is none that root may not write'
fi

# ---- a writer that is killed ----
# sound NAME FILE: no contradictions, whoever is asked
sound()
{
    $image check "$2" >out 2>&1
    status=$?
    if [ $status != 0 ] && [ $status != 3 ]; then
        fail "$1" "$(head -n 3 out)"
        return 1
    fi
    case $2 in
    *.qcow2)
        [ -n "$judge" ] || return 0
        qemu-img check -q "$2" >out 2>&1
        status=$?
        if [ $status != 0 ] && [ $status != 3 ]; then
            fail "$1" "qemu-img check: $(head -n 3 out)"
            return 1
        fi
        ;;
    esac
}

# killed NAME FILE
killed()
{
    rm -f notes
    round=0
    while [ $round -lt "${KILLS-12}" ]; do
        round=$((round + 1))
        timeout -s KILL 0.0$((2 + round * 7 % 8)) "$writer" write "$2" notes $round >/dev/null 2>&1
        sound "$1" "$2" || return
        if ! "$writer" verify "$2" notes 2>err; then
            fail "$1" "$(cat err)"
            return
        fi
    done
    if [ "$(wc -c <notes)" = 0 ]; then
        fail "$1" 'nothing was written'
    else
        ok "$1"
    fi
}

$image create -f qcow2 k1.qcow2 40M
killed 'killed: qcow2' k1.qcow2
$image create -f qcow2 -o cluster_size=512 k2.qcow2 20M
killed 'killed: qcow2 with small clusters' k2.qcow2
$image create -f qcow2 -o cluster_size=1024,refcount_bits=64 k3.qcow2 20M
killed 'killed: qcow2 with large refcounts' k3.qcow2
head -c 20000000 /dev/zero >base
$image create -f qcow2 -b base -F raw -o cluster_size=4096 k4.qcow2
killed 'killed: qcow2 with a backing file' k4.qcow2
$image create -f growing k.growing 40M
killed 'killed: growing' k.growing
$image create -f sparse k.sparse 40M
killed 'killed: sparse' k.sparse

# Two at once.
"$writer" write k1.qcow2 notes 1 >/dev/null 2>&1 &
other=$!
while ! [ -s notes ]; do sleep 0.1; done
refused 'in use: a reader' 4 'k1.qcow2: is being written by another user' info k1.qcow2
"$writer" write k1.qcow2 notes 1 1 2>err
equal 'in use: a writer' $? 4
check 'in use: says so' grep -q 'k1.qcow2: is in use' err
kill -9 $other
wait $other 2>/dev/null

# ---- contradictions ----
cp to.qcow2 bad.qcow2
# the first block of refcounts is the third cluster
dd if=/dev/zero of=bad.qcow2 bs=1 seek=131078 count=2 conv=notrunc 2>/dev/null
refused 'check: a refcount of zero' 2 'contradictions, expected none' check bad.qcow2
check 'check: says where' grep -q 'has refcount 0, but 1 references' out
cp to.qcow2 leak.qcow2
printf '\0\1' | dd of=leak.qcow2 bs=1 seek=131472 conv=notrunc 2>/dev/null
$image check leak.qcow2 >out 2>&1
equal 'check: leaks' $? 3
check 'check: how many' grep -q '1 leaked clusters' out
head -c 100000 to.qcow2 >cut.qcow2
refused 'truncated' 2 'cut.qcow2: .*expected' check cut.qcow2

if [ -z "$judge" ]; then
    skip 'qemu-img as a judge' 'not found (qemu-utils)'
    finish
fi

# ---- from qemu-img ----
made=0
while read -r options; do
    made=$((made + 1))
    # shellcheck disable=SC2086 # options
    qemu-img convert -q -f raw -O qcow2 $options raw q$made.qcow2 2>err || {
        skip "from qemu-img: $options" "$(head -n 1 err)"
        continue
    }
    check "from qemu-img: $options: sound" $image check q$made.qcow2
    check "from qemu-img: $options" $image convert -O raw q$made.qcow2 q$made.raw
    check "from qemu-img: $options: contents" cmp whole q$made.raw
    # Written by us, it is sound for both; with all that was in it.
    rm -f notes
    "$writer" write q$made.qcow2 notes 5 300
    check "from qemu-img: $options: written" sound "from qemu-img: $options: written" q$made.qcow2
    qemu-img convert -q -O raw q$made.qcow2 q$made.theirs
    $image convert -O raw q$made.qcow2 q$made.ours
    check "from qemu-img: $options: read by both" cmp q$made.theirs q$made.ours
    rm -f q$made.raw q$made.theirs q$made.ours
done <<'TEXT'
-o cluster_size=65536
-o cluster_size=512
-o cluster_size=2M
-o compat=0.10,cluster_size=4096
-o refcount_bits=1
-o refcount_bits=64,cluster_size=512
-o lazy_refcounts=on
-o preallocation=metadata,cluster_size=4096
-c
-c -o cluster_size=4096
-c -o compression_type=zstd
-c -o compression_type=zstd,cluster_size=2M
TEXT
qemu-img create -q -f qcow2 -o extended_l2=on ext.qcow2 1M 2>/dev/null &&
    refused 'from qemu-img: extended L2' 2 'has extended L2 entries' info ext.qcow2
qemu-img create -q -f qcow2 -o data_file=ext.data ext2.qcow2 1M 2>/dev/null &&
    refused 'from qemu-img: external data' 2 'external data file' info ext2.qcow2
qemu-img create -q -f qcow2 --object secret,id=s,data=x -o encrypt.format=luks,encrypt.key-secret=s \
    luks.qcow2 1M 2>/dev/null &&
    refused 'from qemu-img: encrypted' 2 'is encrypted (LUKS)' info luks.qcow2

# Internal snapshots, and dirty bitmaps, stay what they are.
cp q1.qcow2 snap.qcow2
qemu-img snapshot -c before snap.qcow2
qemu-img convert -q -l before -O raw snap.qcow2 snap.before
check 'snapshots: listed' sh -c "$image info snap.qcow2 | grep -q 'before\$'"
rm -f notes
"$writer" write snap.qcow2 notes 9 200
check 'snapshots: sound' sound 'snapshots: sound' snap.qcow2
qemu-img snapshot -c after snap.qcow2
timeout -s KILL 0.05 "$writer" write snap.qcow2 notes 10 >/dev/null 2>&1
check 'snapshots: killed' sound 'snapshots: killed' snap.qcow2
qemu-img convert -q -l before -O raw snap.qcow2 snap.again
check 'snapshots: the old contents are there' cmp snap.before snap.again
qemu-img snapshot -a before snap.qcow2
$image convert -O raw snap.qcow2 snap.applied
check 'snapshots: and can be gone back to' cmp snap.before snap.applied
qemu-img convert -q -O qcow2 raw bitmap.qcow2
if qemu-img bitmap --add bitmap.qcow2 b0 2>/dev/null; then
    check 'bitmaps: sound' $image check bitmap.qcow2
    "$writer" write bitmap.qcow2 notes.b 3 20
    check 'bitmaps: sound after writing' sound 'bitmaps: sound after writing' bitmap.qcow2
    check 'bitmaps: no longer said to be kept up' sh -c '! qemu-img info bitmap.qcow2 | grep -q b0'
fi

# ---- for qemu-img ----
for file in to.qcow2 top.qcow2 k1.qcow2 k2.qcow2 k3.qcow2 k4.qcow2; do
    $image convert -O raw $file ours.raw
    check "for qemu-img: $file" sh -c "qemu-img compare -q -f raw -F qcow2 ours.raw $file"
    rm -f ours.raw
done
for file in to.growing k.growing; do
    $image convert -O raw $file ours.raw
    check "for qemu-img: $file" sh -c "qemu-img compare -q -f raw -F bochs ours.raw $file"
    rm -f ours.raw
done
finish
