# options: -fda GUEST
# needs: tb
help compare
compare status
compare
compare begin
compare start every=0
compare start interp
compare start interp,bochs
compare start stop=1 from=2
ldsym guest.map
b start
c
lb add_one if "ax>=3"
compare start interp,interp
compare status
lb outer
compare start interp,interp
catch #DE
compare start interp,interp sample=100%
s
compare start interp,interp every=1
