# options: -hda GUEST -snapshot -drive media=cdrom,index=2 -drive file=USER,media=cdrom,index=3
info block
change hdc guest.bin
info block
eject hdc
eject hdc
change hdd missing.iso
change hdd guest.bin qcow2
eject hdd
eject -f hdd
info block
change -f hdd user.bin raw
info device hdd
eject hda
eject hdx
change hdc
