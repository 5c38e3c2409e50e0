# options: -fda GUEST
# needs: no-tb
engine
engine tb
tb show
engine interp
tb
