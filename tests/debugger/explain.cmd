# options: -fda GUEST
ldsym guest.map
rla divide
info gdt
sreg
explain next
catch #DE
c
explain
s
explain
explain 2
info faults
c
