#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/boot/network.sh - a stock Linux kernel with both network cards: an address by DHCP, the same
# tick and the same frames each time, ping, a download from and an upload to a server on the host, a
# forwarded port. BIG=N in the environment: a download of N MiB is timed with each engine as well, in
# processor time.
. "$(dirname "$0")/../tools/lib.sh"

guest=$PWD/network
sanitized=$(nm "$VITRINE" 2>/dev/null | grep -c __asan_init)
if "$VITRINE" -nic user -max-icount 1 -serial null 2>&1 | grep -q 'without libslirp'; then
    skip network "built without libslirp"
    finish
fi
if [ "$sanitized" != 0 ]; then
    skip network "a sanitizer build; tested in the other one"
    finish
fi
sh "$top/tests/tools/network-guest.sh" "$guest" tests/tools/mkinitramfs || { # keeps what is there
    skip network "the kernel package cannot be fetched"
    finish
}

# boot RUN ENGINE WORDS OPTION...
boot()
{
    run=$1
    engine=$2
    words=$3
    shift 3
    timeout 900 "$VITRINE" -engine "$engine" -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" -m 256 \
        -stats -display none -append "console=ttyS0 $words" -serial "file:$work/$run.out" "$@" \
        2>"$work/$run.err" </dev/null
    ticks_of "$work/$run.err" >"$work/$run.ticks"
}

has()
{
    if tr -d '\r' <"$work/$1.out" | grep -q -x -e "net-test: $2"; then
        ok "$1: ${3-$2}"
    else
        fail "$1: ${3-$2}" "no line 'net-test: $2' in the output"
        grep net-test "$work/$1.out"
    fi
}

lease='lease 10.0.2.15 router 10.0.2.2 dns 10.0.2.3 time 86400'
last=$(engines | tail -n 1)

# Without a socket of the host all is a function of the configuration.
boot 1 "$last" driver=e1000 -nic "user,mac=02:00:00:00:00:07,pcap=$work/1.pcap"
boot 2 "$last" driver=e1000 -nic "user,mac=02:00:00:00:00:07,pcap=$work/2.pcap"
has 1 'address 02:00:00:00:00:07'
has 1 "$lease"
has 1 end
equal 'a second run has the same ticks' "$(cat "$work/2.ticks")" "$(cat "$work/1.ticks")"
check 'and the same frames at the same times' cmp "$work/1.pcap" "$work/2.pcap"
equal 'the dump is one' "$(od -An -tx1 -N4 "$work/1.pcap" | tr -d ' ')" 4d3cb2a1

# A server on the host's loopback: busybox again.
mkdir -p "$work/www/cgi-bin"
seq 1 150000 >"$work/www/data"
printf '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"; head -c "$CONTENT_LENGTH" | sha256sum\n' \
    >"$work/www/cgi-bin/post"
chmod 755 "$work/www/cgi-bin/post"
[ -z "${BIG-}" ] || head -c "${BIG}M" /dev/zero >"$work/www/big"
port=$((20000 + $$ % 20000))
"$guest/busybox" httpd -f -p "127.0.0.1:$port" -h "$work/www" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for card in e1000:e1000 ne2k_pci:ne2k-pci; do
    model=${card%:*}
    boot "$model" "$last" "driver=${card#*:} port=$port" -nic "user,model=$model"
    has "$model" "$lease"
    has "$model" 'ping 3 packets transmitted, 3 packets received'
    has "$model" "digest $(sha256sum <"$work/www/data")" download
    has "$model" "post $(printf %s "$(seq 1 15000)" | sha256sum)" upload
done

# From the host to the guest.
boot forward "$last" "driver=e1000 serve=1" -nic "user,hostfwd=tcp:127.0.0.1:$((port + 1))-:80" &
boot_job=$!
answer=
for try in $(seq 1 200); do
    if grep -q 'net-test: serving' "$work/forward.out" 2>/dev/null; then
        sleep 1
        answer=$(: | timeout 20 "$guest/busybox" nc 127.0.0.1 $((port + 1)))
        [ -n "$answer" ] && break
    fi
    kill -0 $boot_job 2>/dev/null || break
    sleep 1
done
wait $boot_job
equal 'a forwarded port leads to the guest' "$answer" 'hello from the guest'

# cpu_at RUN PID LINE: waits for the guest's line; clock ticks of processor time that it has used then
cpu_at()
{
    until grep -q "net-test: $3" "$work/$1.out" 2>/dev/null; do
        kill -0 "$2" 2>/dev/null || break
        sleep 0.02
    done
    sed 's/.*) //' "/proc/$2/stat" 2>/dev/null | awk '{ print $12 + $13 }' # behind the name
}

# Processor time of the download alone: a boot takes longer, and its time varies by more.
if [ -n "${BIG-}" ]; then
    for engine in $(engines); do
        "$VITRINE" -engine "$engine" -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" -m 256 -display none \
            -append "console=ttyS0 driver=e1000 port=$port big=1" -serial "file:$work/big-$engine.out" -nic user \
            -timeout 900s 2>"$work/big-$engine.err" </dev/null &
        job=$!
        first=$(cpu_at "big-$engine" $job fetching)
        last=$(cpu_at "big-$engine" $job fetched)
        wait $job
        has "big-$engine" fetched
        echo "$engine $BIG ${first:-0} ${last:-0} $(getconf CLK_TCK)" | awk '$4 > $3 {
            s = ($4 - $3) / $5
            printf "%s: %d MiB in %.2f s of processor time, %.0f MB/s\n", $1, $2, s, $2 * 1.048576 / s
        }'
    done
fi
finish
