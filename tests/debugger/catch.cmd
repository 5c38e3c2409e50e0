# options: -fda GUEST
ldsym guest.map
rla start
catch io 0xe9 w if "val==0x21"
catch mode
catch cr0
c
c
c
s
catch
info mode
page flat
info idt 0 3
d all
effects on
s
s
s
s
s
s
trace on
s 4
trace off
effects off
trace to trace.txt
n 2
n 2
trace off
