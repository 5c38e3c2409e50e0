# code: compiled
b real_mode_start
c
catch #PF
lb long_mode_start
c
info mode
c
page 0xffffc00000001008 w
s
finish
c
explain
catch #GP
c
explain
s
catch int 0x80
c
assert cpl >= 0
expect ring 3
