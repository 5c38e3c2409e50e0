# options: -fda GUEST
ldsym guest.map
rla flat
x /8bx start
x/8xb start
x /2wx gdt+8
x /4hd gdt
xp /1gx gdt+8
x /s text
x /9c text
x /2i outer
x /32bm start
print-string text
x /4bx 0xfee00000
setpmem counter 4 0x12345678
x /1wx counter
set dword [counter] = counter
deref counter 3
set eax = 5
set eflags.if = 1
r eax eflags.if cs.base
info eflags
? eax*2+1
calc word [gdt_pointer]
p al == 5
crc start start+16
