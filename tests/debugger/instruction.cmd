help imul
help CWDE
help insn set
help insn setb
help vpaddb
help imull
help jcxz
help add
