#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# .ci/check-layers.sh - #include lines point one way:
#   util <- memory <- cpu, iodev (which never see each other) <- machine <- debugger, gui <- main.c
# The firmware in bios/ sees only itself; tests see everything. And a few words that have no place in
# the core (CONTRIBUTING.md, "Rules").
set -u
cd "$(dirname "$0")/.." || exit 2

# What a folder may include from.
may_see()
{
    case $1 in
    util) echo "util" ;;
    memory) echo "util memory" ;;
    cpu) echo "util memory cpu" ;;
    iodev) echo "util memory iodev" ;;
    bios) echo "bios" ;;
    machine) echo "util memory cpu iodev bios machine" ;;
    debugger) echo "util memory cpu iodev machine debugger" ;;
    gui) echo "util memory cpu iodev machine gui" ;;
    esac
}

status=0
complain()
{
    echo "layers: $*" >&2
    status=1
}

for folder in util memory cpu iodev bios machine debugger gui; do
    allowed=" $(may_see $folder) "
    # file:line:target of each include with quotes
    for row in $(find "$folder" -name '*.[ch]' -o -name '*.def' | sort |
        xargs -r grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' /dev/null |
        sed -E 's/^([^:]*):([0-9]+):[^"]*"([^"]*)".*/\1:\2:\3/'); do
        target=${row##*:}
        from=${row%:*}
        case $target in
        ../*/*) complain "$from: \"$target\": include paths start at the top folder" ;;
        ../*)
            # The firmware is compiled on its own; its parts may name the folder above.
            [ $folder = bios ] || complain "$from: \"$target\": include paths start at the top folder"
            ;;
        */*)
            case $allowed in
            *" ${target%%/*} "*) ;;
            *) complain "$from: \"$target\": $folder may include only from:$allowed" ;;
            esac
            ;;
        config.h) ;;
        # A bare name: a file of the same folder, in the firmware only.
        *) [ $folder = bios ] || complain "$from: \"$target\": include paths start at the top folder" ;;
        esac
    done
done

# Only tests and the engine switch know the translator.
for file in $(find cpu machine debugger gui main.c -name '*.[ch]' 2>/dev/null |
    grep -v '^cpu/tb/' | sort); do
    if grep -nE '#[[:space:]]*include[[:space:]]*"cpu/tb/' "$file" >/dev/null &&
        ! grep -q 'cpu/tb/engine_tb.h' "$file"; then
        complain "$file: only cpu/tb/engine_tb.h may be seen outside cpu/tb/"
    fi
done

# No host clock, random number, thread, printf or exit in the core; text goes to a struct out.
for file in $(find memory cpu iodev -name '*.[ch]' ! -name gen_index.c | sort); do
    found=$(grep -nE '(^|[^a-zA-Z0-9_.>"])(printf|puts|putchar|fopen|exit|abort|rand|random|time|gettimeofday|clock_gettime|setjmp|longjmp|pthread_[a-z]+)[[:space:]]*\(' "$file" |
        grep -vE '^[0-9]+:[[:space:]]*(\*|/\*|//)' | head -n 1)
    [ -z "$found" ] || complain "$file:$found"
done
[ $status != 0 ] || echo "layers: all includes point one way"
exit $status
