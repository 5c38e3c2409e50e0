# options: -fda GUEST
ldsym guest.map
b start
c
u
s
s 3
r
n
n
n
r ax sp
n
u /3
calc counter
x /1hx counter
