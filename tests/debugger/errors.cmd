# options: -fda GUEST
ldsym guest.map
foo
contineu
pr
b zz
b conter
x /zz 1
x
d 9
calc 1/0
calc 12zz
calc (1
b 0xffffffff80100000
vb 0x7c00
catch #XX
catch io
set cr3 = 1
set nothing = 1
set al = 0x1234
watch w 0x1000 0
ignore 1 2
ldsym missing.map
source missing.cmd
page
help foo
info pci
info device pik
trace sideways
sba 1
explain 3
assert eax == 1
