#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/cli/bochsrc.sh - configuration files of Bochs: where they are found, what -dump-config makes
# of them, and that its line is the same machine; the completion of the shell.
. "$(dirname "$0")/../tools/lib.sh"
cd "$work" || exit 99

# dump OPTION...: the line, notes in file notes
dump()
{
    timeout 20 "$VITRINE" "$@" -dump-config 2>"$work/notes"
}

cat >rc <<'TEXT'
# as in many a hobby system
megs: 32
cpu: count=1, ips=50000000
floppya: 1_44="it's a disk.img", status=inserted
log: "bochs out.txt"
clock: sync=none, time0=946684800
magic_break: enabled=1
com1: enabled=1, mode=file, dev=serial.txt
foo_bar: 1
foo_bar: 2
TEXT
line="vitrine -m 32M -ips 50000000 -fda 'it'\\''s a disk.img' -log 'bochs out.txt' -rtc base=946684800 -magic -serial file:serial.txt"
equal 'a file as a command line' "$(dump -f rc)" "$line"
equal 'one note, once' "$(cat notes)" 'vitrine: rc:9: foo_bar: unknown directive, left out'
equal '-qf is -f' "$(dump -qf rc)" "$line"

printf 'e1000: enabled=1, ethmod=slirp\ncom2: enabled=1, mode=file, dev=b\n' >cards
equal 'cards and lines' "$(dump -f cards)" 'vitrine -nic user,model=e1000 -serial null -serial file:b'

# The line, read by a shell again, gives the line.
dump -f rc >line
vitrine()
{
    timeout 20 "$VITRINE" "$@" -dump-config
}
equal 'the line stands for itself' "$(eval "$(cat line)")" "$line"
equal 'the last one counts' "$(dump -f rc -m 64 -rtc base=5)" \
    "vitrine -ips 50000000 -fda 'it'\\''s a disk.img' -log 'bochs out.txt' -magic -serial file:serial.txt -m 64 -rtc base=5"
equal 'what may be there twice stays twice' "$(dump -flat a@1 -m 1 -m 2 -flat b@2)" \
    'vitrine -flat a@1 -m 2 -flat b@2'
equal 'every character' "$(eval "$(dump -append "$(printf 'a b"c$d\\e\nf;g*h~i#j')" -kernel x)")" \
    "$(dump -append "$(printf 'a b"c$d\\e\nf;g*h~i#j')" -kernel x)"
equal 'lines on the command line' "$(dump 'megs: 12' -q)" 'vitrine -m 12M'

# In the current directory, as Bochs looks for it.
equal 'nothing here' "$(dump)" 'vitrine'
echo 'megs: 7' >bochsrc.txt
equal 'bochsrc.txt' "$(dump)" 'vitrine -m 7M'
check 'says that it was read' grep -q '^vitrine: bochsrc.txt: read' notes
echo 'megs: 8' >bochsrc
equal 'bochsrc before it' "$(dump)" 'vitrine -m 8M'
echo 'megs: 9' >.bochsrc
equal '.bochsrc before both' "$(dump)" 'vitrine -m 9M'
equal '-n leaves it alone' "$(dump -n)" 'vitrine'
equal 'so does something to boot' "$(dump -kernel x)" 'vitrine -kernel x'
equal 'so does -f' "$(dump -f bochsrc)" 'vitrine -m 8M'
rm -f .bochsrc bochsrc bochsrc.txt

# The environment.
echo 'romimage: file=$BXSHARE/x.bin' >env
equal '$BXSHARE' "$(BXSHARE=/a/b dump -f env)" 'vitrine -bios /a/b/x.bin'
echo 'romimage: file=$BXSHARE/BIOS-bochs-latest' >env
BXSHARE=$work dump -f env >line
check 'no Bochs BIOS: another one' grep -q 'BIOS-bochs-latest: is not there, .* is used' notes

# refused NAME CODE LINE OPTION...
refused()
{
    name=$1 code=$2 expected=$3
    shift 3
    timeout 20 "$VITRINE" "$@" >out 2>err </dev/null
    equal "$name: exit code" $? "$code"
    equal "$name" "$(cat err)" "$expected"
}
refused '-strict-config' 2 'vitrine: rc:9: foo_bar: unknown directive' -f rc -strict-config
refused 'a missing file' 4 'vitrine: nowhere: No such file or directory' -f nowhere
echo 'megs: x' >bad
refused 'a bad value' 2 "vitrine: bad:1: megs: 'x', expected megabytes" -f bad
echo 'memory: guest=999999' >bad
equal 'too much memory is told as with -m' "$(timeout 20 "$VITRINE" -f bad 2>&1)" \
    "$(timeout 20 "$VITRINE" -m 999999M 2>&1)"

# It runs: the tour with a file's memory and log.
printf 'megs: 16\nlog: log.txt\ncom1: enabled=1, mode=file, dev=serial.txt\n' >tour
timeout 60 "$VITRINE" -f tour -max-icount 60000000 >out 2>err </dev/null
check 'a machine from a file' grep -q '[a-z]' serial.txt
check 'its log' test -f log.txt

# The shell's completion is a program that it understands, and knows every option of -help.
if command -v bash >/dev/null; then
    "$VITRINE" -completion bash >completion
    check 'completion: bash reads it' bash -n completion
    equal 'completion: an option' "$(bash -c '. ./completion; COMP_WORDS=(vitrine -ker)
        COMP_CWORD=1; _vitrine; echo "${COMPREPLY[@]}"')" '-kernel'
    equal 'completion: a value' "$(bash -c '. ./completion; COMP_WORDS=(vitrine -engine i)
        COMP_CWORD=2; _vitrine; echo "${COMPREPLY[@]}"')" 'interp'
    missing=
    for word in $("$VITRINE" -help | grep -o -e ' -[a-z][a-z-]*' | sort -u); do
        grep -q -e "[' ]$word[' ]" completion || missing="$missing $word"
    done
    equal 'completion: every option' "$missing" ''
else
    skip completion 'bash is not installed'
fi
refused 'completion of another shell' 2 "vitrine: -completion: 'fish', expected bash" -completion fish
finish
