# options: -fda USER -debugcon stdio
ldsym user.map
rla user
set eip = u_cli
explain next
set eip = u_hlt
explain next
set eip = u_cr
explain next
set eip = u_in
explain next
set eip = u_out
explain next
set eip = u_page
explain next
set eip = u_code
explain next
set eip = u_null
explain next
set eip = u_odd
explain next
set eip = u_sse
explain next
set eip = u_lock
explain next
set eip = u_jump
explain next
set eip = u_add
explain next
set eip = u_int
explain next
set eip = u_sreg
explain next
set eip = u_ud
explain next
set eip = u_push
explain next
set eip = u_rep
explain next
set eip = u_lea
explain next
r
info faults
set eflags.zf = 1
set eip = u_jump
explain next
s
