# options: -fda GUEST
ldsym guest.map
b start
c
lb add_one if "ax>=1"
ignore 2 1
c
r ax
blist
condition 2 ax==4
c
bpd 2
setmagicbps
c
clrmagicbps
bpe 2
d 1 2
watch counter
c
print-stack 4
bt
finish
finish
watch w buffer 16 if "val==0x55"
c
c 3
unwatch
tb divide
c
blist
d 9
