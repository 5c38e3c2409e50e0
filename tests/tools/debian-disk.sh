#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/debian-disk.sh DIR - installs Debian 12 on a raw disk image, DIR/disk.img: MBR, GRUB, one
# ext4 partition, the kernel of linux-image-amd64 with an initrd for an IDE disk, systemd, apt, wget, a
# login on the first serial line as root, password vitrine. No loop device, no mount of the image:
# debootstrap fills a folder (as root), mke2fs makes the file system from it, grub-mkimage the loader.
# What is there already is kept; about 1 GB while it is made. Status 2: it cannot be made here.
dir=$1
tool=debian-disk
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"

mirror=${DEBIAN_MIRROR-http://deb.debian.org/debian}
uuid=5f3c1a52-3d1f-4d6e-9d64-7669747269ee
size_mib=1280 # of the partition
grub=/usr/lib/grub/i386-pc

[ ! -s "$dir/disk.img" ] || exit 0
PATH=$PATH:/usr/sbin:/sbin
for program in debootstrap mke2fs grub-mkimage chroot; do
    command -v "$program" >/dev/null || give_up "$program: not found; a disk of Debian is made with it"
done
[ -s $grub/boot.img ] || give_up "$grub: no boot.img; package grub-pc-bin has it"
[ "$(id -u)" = 0 ] || give_up "debootstrap: only root can make a system"

# The table: one entry, active, type 83h, LBA only; the signature.
table()
{
    # shellcheck disable=SC2059 # the format is the data
    printf "\\200\\376\\377\\377\\203\\376\\377\\377\\0\\010\\0\\0$(printf '\\%03o\\%03o\\%03o\\0' \
        $((size_mib * 2048 & 255)) $((size_mib * 2048 >> 8 & 255)) $((size_mib * 2048 >> 16)))"
    head -c 48 /dev/zero
    printf '\125\252'
}

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
root=$dir/root
rm -rf "$root"

# What the packages find when they are configured. The initrd gets the modules for this machine alone,
# as an installer's choice "targeted" does.
mkdir -p "$root/etc/dpkg/dpkg.cfg.d" "$root/etc/initramfs-tools/conf.d" \
    "$root/usr/share/initramfs-tools/modules.d"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
printf 'path-exclude=/usr/share/%s/*\n' doc man locale >"$root/etc/dpkg/dpkg.cfg.d/small"
printf 'MODULES=list\nCOMPRESS=gzip\n' >"$root/etc/initramfs-tools/conf.d/disk"
printf '%s\n' ata_piix sd_mod ext4 >"$root/usr/share/initramfs-tools/modules.d/disk"

say "installing Debian 12 from $mirror (some minutes)"
include=systemd-sysv,udev,linux-image-amd64,initramfs-tools,iproute2,wget
debootstrap --variant=minbase --include=$include bookworm "$root" "$mirror" >"$dir/log" 2>&1 || {
    tail -n 5 "$dir/log" "$root/debootstrap/debootstrap.log" >&2 || :
    rm -rf "$root"
    give_up "debootstrap: failed"
}

echo root:vitrine | chroot "$root" chpasswd
echo vitrine >"$root/etc/hostname"
printf '127.0.0.1 localhost vitrine\n' >"$root/etc/hosts"
echo 5f3c1a523d1f4d6e9d647669747269ee >"$root/etc/machine-id"
echo "UUID=$uuid / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
printf '[Match]\nType=ether\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n' \
    >"$root/etc/systemd/network/wired.network"
chroot "$root" systemctl -q enable systemd-networkd
rm -f "$root/etc/resolv.conf" "$root/var/cache/apt/archives/"*.deb
echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
mkdir -p "$root/boot/grub"
cat >"$root/boot/grub/grub.cfg" <<TEXT
set timeout=0
menuentry 'Debian GNU/Linux' {
    search --no-floppy --fs-uuid --set=root $uuid
    linux /vmlinuz root=UUID=$uuid ro console=ttyS0 quiet
    initrd /initrd.img
}
TEXT

# Sector 0 is GRUB's boot.img and the table of partitions, core.img follows in the gap before the first.
new=$dir/disk.new
rm -f "$new"
truncate -s $((size_mib + 1))M "$new"
mke2fs -q -F -t ext4 -m 0 -U $uuid -L debian -E hash_seed=$uuid,offset=1048576 -d "$root" "$new" \
    ${size_mib}m >&2
printf 'set root=(hd0,msdos1)\nset prefix=(hd0,msdos1)/boot/grub\nnormal\n' >"$dir/early.cfg"
grub-mkimage -O i386-pc -d $grub -o "$dir/core.img" -p '(hd0,msdos1)/boot/grub' -c "$dir/early.cfg" \
    biosdisk part_msdos ext2 search search_fs_uuid linux normal minicmd ls cat echo
dd if=$grub/boot.img of="$new" bs=440 count=1 conv=notrunc status=none
table | dd of="$new" bs=1 seek=446 conv=notrunc status=none
dd if="$dir/core.img" of="$new" bs=512 seek=1 conv=notrunc status=none
rm -rf "$root" "$dir/core.img" "$dir/early.cfg" "$dir/log"
mv "$new" "$dir/disk.img"
