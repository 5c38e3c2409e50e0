# options: -fda GUEST
# needs: tb
ldsym guest.map
engine
tb show
tb list hot
engine tb
engine qemu
tb show last
tb
blist
d all
b start
c
d all
tb show
tb show flat
tb show 0x100000000
tb show nonsense
tb list cold
tb count perhaps
tb count on
tb time on
tb time off
tb check on
engine interp
tb show
lb flat
engine tb
c
s 3
engine
d all
c
