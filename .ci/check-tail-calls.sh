#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# .ci/check-tail-calls.sh LIBCPU.A - a handler must leave for the next instruction by a jump. A call
# instead would use host stack for every guest instruction of a loop. Looks at the machine code of
# x86-64 builds: no call through insn[1].exec, and in objects with handlers no direct call of a
# function that leaves by an indirect jump.
set -eu

library=$1
found=$(objdump -d --no-show-raw-insn "$library" | awk '
    / file format / { object = $1 }
    /^[0-9a-f]+ <.*>:/ { name = $2; gsub(/[<>:]/, "", name); loaded = ""; stepped = 0; next }
    /[ \t]jmp +\*/ { leaves[object, name] = 1 }
    /[ \t]mov +0x20\(%r[a-z0-9]+\),%r/ { register = $NF; sub(/.*,/, "", register); loaded = register }
    /[ \t](lea +0x20\(%r[a-z0-9]+\)|add +\$0x20),%rsi/ { stepped = 1 }
    stepped && /[ \t]call +\*0x20\(%r/ { print object " " name ": calls the next handler" }
    /[ \t]call +\*/ && object ~ /exec_branch|fuse|trace/ {
        print object " " name ": calls the next handler"
    }
    stepped && /[ \t]call +\*%r/ {
        target = $NF
        sub(/\*/, "", target)
        if (target == loaded && object ~ /exec_|fuse/)
            print object " " name ": calls the next handler"
    }
    /[ \t]call +[0-9a-f]+ </ {
        target = $0
        sub(/.*</, "", target)
        sub(/>.*/, "", target)
        if (target !~ /\+0x/) calls[++count] = object SUBSEP name SUBSEP target
    }
    END {
        for (i = 1; i <= count; i++) {
            split(calls[i], part, SUBSEP)
            if ((part[1], part[3]) in leaves && part[1] ~ /exec_|fuse/)
                print part[1] " " part[2] ": calls " part[3] ", which leaves by a jump"
        }
    }')
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
echo "1 passed, 0 failed, 0 skipped"
