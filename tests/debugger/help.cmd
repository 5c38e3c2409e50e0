help
help x
help #GP
help #PF
help expressions
help info idt
apropos stack
info
alias zz = "calc 1 + 1; echo twice"
zz
