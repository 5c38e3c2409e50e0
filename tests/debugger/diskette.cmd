# options: -fda GUEST -snapshot
info block
eject fda
info block
change fda guest.bin
info block
change fda missing.img
change fdb guest.bin
info device fdc
q
