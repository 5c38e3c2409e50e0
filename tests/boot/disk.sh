#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/disk.sh - Debian 12 on an IDE disk, as debootstrap makes it: our firmware, GRUB, the kernel and
# its initrd, systemd, a login on the serial line; files that are there at the next boot, and for the
# host's programs; a download through -nic user. VITRINE_LONG=1: making the disk takes two minutes of
# processor time and fetches 250 MB. Each engine prints the same up to the login.
. "$(dirname "$0")/../tools/lib.sh"

[ -n "${VITRINE_LONG-}" ] || {
    skip disk 'it takes minutes; VITRINE_LONG=1 runs it'
    finish
}
case $(nm "$VITRINE" 2>/dev/null | grep -c __asan_init) in
0) ;;
*)
    skip disk 'a sanitizer build; tested in the other one'
    finish
    ;;
esac
guest=$PWD/disk
sh "$top/tests/tools/debian-disk.sh" "$guest" || {
    skip disk 'the disk cannot be made here'
    finish
}
network='-nic user'
! "$VITRINE" -nic user -max-icount 1 -serial null 2>&1 | grep -q 'without libslirp' || network=

# await TEXT: until the session's output has it; new: what follows is looked at only
await()
{
    tries=0
    until tail -c +$((seen + 1)) "$work/out" | grep -a -q -e "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] && kill -0 $pid 2>/dev/null || {
            fail "$name: '$1'" "not in the output: $(tail -c 300 "$work/out")"
            return 1
        }
        sleep 0.2
    done
    seen=$(wc -c <"$work/out")
}

# session NAME ENGINE IMAGE COMMANDS: boots, logs in, types the commands, powers off. What the commands
# printed becomes $work/NAME.text, the ticks of the guest do not matter: people type in their own time.
session()
{
    name=$1
    mkfifo "$work/in"
    # shellcheck disable=SC2086 # no word, or two
    timeout 1200 "$VITRINE" -engine "$2" -m 512 -hda "$3" $network -display none -serial stdio \
        <"$work/in" >"$work/out" 2>"$work/err" &
    pid=$!
    exec 3>"$work/in"
    seen=0
    if await 'vitrine login:'; then
        ok "$name: a login on the serial line"
        head -c "$seen" "$work/out" | sed '/login:/q' >"$work/$name.boot"
        echo root >&3
        await 'Password:' && echo vitrine >&3 && await 'root@vitrine:' &&
            echo "stty -echo; echo BE''GIN; $4 echo E''ND; sync; systemctl poweroff" >&3 && await END
    fi
    wait $pid
    equal "$name: exit code after poweroff" $? 0
    exec 3>&-
    rm "$work/in"
    tr -d '\r' <"$work/out" | sed -n '/BEGIN$/,/^END/p' >"$work/$name.text"
}

# said NAME LINE: the commands of session NAME printed it
said()
{
    if grep -a -q -x -e "$2" "$work/$1.text"; then
        ok "$1: $2"
    else
        fail "$1: $2" "it said: $(cat "$work/$1.text")"
    fi
}

digest=$(seq 1 200000 | sha256sum)
first=
for engine in $(engines); do
    cp --sparse=always "$guest/disk.img" "$work/$engine.img"
    session "$engine" "$engine" "$work/$engine.img" 'apt-get --version | head -n 1;
        findmnt -n -o FSTYPE,SOURCE /; systemctl --failed --no-legend | wc -l;
        seq 1 200000 >/root/numbers; ln -s numbers /root/link;'
    said "$engine" 'apt [0-9.]* (amd64)'
    said "$engine" 'ext4 */dev/sda1'
    said "$engine" 0 # units that failed
    if [ -z "$first" ]; then
        first=$engine
    else
        check "$engine: the same serial output as $first up to the login" \
            cmp "$work/$first.boot" "$work/$engine.boot"
        check "$engine: the same answers" cmp "$work/$first.text" "$work/$engine.text"
    fi
done

disk=$work/$engine.img
PATH=$PATH:/sbin:/usr/sbin
check 'e2fsck: the file system is clean' e2fsck -f -n "$disk?offset=1048576"
debugfs -R "dump /root/numbers $work/numbers" "$disk?offset=1048576" 2>/dev/null
equal 'debugfs: the file is on the disk' "$(sha256sum <"$work/numbers")" "$digest"

# The second boot of that disk. A server on the host's loopback is its network.
mkdir "$work/www"
seq 1 1000000 >"$work/www/data"
port=$((20000 + $$ % 20000))
server=
if [ -n "$network" ] && command -v python3 >/dev/null; then
    python3 -m http.server -b 127.0.0.1 -d "$work/www" $port >/dev/null 2>&1 &
    server=$!
    trap 'kill $server; rm -rf "$work"' EXIT
fi
session again "$engine" "$disk" "sha256sum </root/link; ${server:+
    networkctl -q status >/dev/null; wget -q -O - http://10.0.2.2:$port/data | sha256sum;}"
said again "$digest"
if [ -n "$server" ]; then
    said again "$(sha256sum <"$work/www/data")"
else
    skip download 'no libslirp or no python3'
fi
finish
