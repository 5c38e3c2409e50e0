#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/debugger/doc.sh [--update] [FILE...] - what the documentation shows is what the debugger
# prints. In README.md and doc/*.md a block fenced as ```vitrine is a piece of a session: a prompt
# with a command, then the answer. The blocks of one document, in order, are one session with a fresh
# machine. One block is one case, compared exactly. The first block may begin with the line that the
# debugger prints when it starts.
#
# Beside the transcripts: the commands in doc/vitrine-debugger.7 are those of the command table, and
# doc/vitrine.1 has every option of `vitrine -help`.
#
# --update writes what the debugger prints now into the documents; look at the difference.
set -u
LC_ALL=C
export LC_ALL
unset NO_COLOR

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
vitrine=${VITRINE-./vitrine}
case $vitrine in
/*) ;;
*) vitrine=$PWD/$vitrine ;;
esac
[ -x "$vitrine" ] || {
    echo "doc.sh: $vitrine: not there; set VITRINE" >&2
    exit 2
}
# Addresses and ticks are those of the firmware and the tour as this compiler makes them.
compiler=12
here=$(${BIOS_CC:-gcc} -dumpversion 2>/dev/null | sed 's/\..*//')

update=0
if [ "${1-}" = --update ]; then
    update=1
    shift
fi
[ $# != 0 ] || set -- "$top"/README.md "$top"/doc/*.md

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

# blocks DOCUMENT: want.N, the commands, and how many prompts each block has
blocks()
{
    rm -f "$work"/want.* "$work"/got.* "$work/commands" "$work/counts"
    : >"$work/commands"
    : >"$work/counts"
    awk -v dir="$work" '
    /^```vitrine *$/ { n++; inside = 1; prompts = 0; head = 0; lines = 0
                       file = dir "/want." n; printf "" > file; next }
    /^```/ && inside { inside = 0; close(file); print prompts, head, FNR >> (dir "/counts"); next }
    inside {
        print > file
        if (match($0, /^<vitrine:[0-9]+> /)) {
            prompts++
            print substr($0, RLENGTH + 1) >> (dir "/commands")
        } else if (!prompts)
            head = 1
    }' "$1"
}

# One session; its output cut into got.N.
replay()
{
    (cd "$work" && timeout 120 "$vitrine" -dbg -color never -x commands -batch </dev/null \
        >output 2>&1)
    code=$?
    [ $code -lt 128 ] || echo "vitrine ended with $code" >>"$work/output"
    sed 's/^commands:[0-9]*: error: /error: /' "$work/output" | awk -v dir="$work" '
    BEGIN {
        while ((getline line < (dir "/counts")) > 0) {
            split(line, word, " ")
            last[++blocks] = last[blocks - 1] + word[1]
            if (blocks == 1)
                head = word[2]
            printf "" > (dir "/got." blocks)
        }
        block = 1
    }
    /^<vitrine:[0-9]+> / {
        prompts++
        while (prompts > last[block] && block < blocks)
            block++
    }
    prompts || head { print > (dir "/got." block) }'
}

rewrite()
{
    awk -v dir="$work" '
    /^```vitrine *$/ {
        print
        file = dir "/got." ++n
        while ((getline line < file) > 0)
            print line
        inside = 1
        next
    }
    /^```/ { inside = 0 }
    !inside { print }' "$1" >"$work/new" && cat "$work/new" >"$1"
}

# result NAME STATUS: one case
result()
{
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
    elif [ "$here" != $compiler ]; then
        echo "$1: differs, skipped: the transcripts show firmware made by gcc $compiler, this is ${here:-another compiler}"
        skipped=$((skipped + 1))
    else
        echo "$1: FAILED"
        failed=$((failed + 1))
    fi
}

translator=no
"$vitrine" -engine tb -version >/dev/null 2>&1 && translator=yes

document()
{
    blocks "$1"
    [ -s "$work/commands" ] || return 0
    if [ $translator = no ] && grep -q '^engine tb$' "$work/commands"; then
        echo "${1#"$top"/}: skipped: engine tb is not built in"
        skipped=$((skipped + 1))
        return 0
    fi
    replay
    if [ $update = 1 ]; then
        rewrite "$1"
        blocks "$1"
        replay # a transcript that differs from run to run shows here
    fi
    n=0
    while read -r prompts head line; do
        n=$((n + 1))
        name=${1#"$top"/}
        if diff -u "$work/want.$n" "$work/got.$n" >"$work/difference"; then
            result "$name" 0
        else
            sed -e 1,2d -e 's/^/    /' "$work/difference"
            result "$name, block $n, ends in line $line ($prompts commands)" 1
        fi
    done <"$work/counts"
}

for file; do
    [ -r "$file" ] || {
        echo "doc.sh: $file: cannot be read" >&2
        exit 2
    }
    document "$file"
done

# The part of the manual page that the command table writes.
page=$top/doc/vitrine-debugger.7
mark='^\.\\" ---- '
here=$compiler # no excuse from here on
"$vitrine" -manual | sed -e '1,/^\.SH DESCRIPTION/d' -e '/^\.SH SEE ALSO/,$d' |
    sed -n '/^\.SH/,$p' >"$work/commands.man"
if [ -s "$work/commands.man" ] && [ -r "$page" ]; then
    if [ $update = 1 ]; then
        awk -v part="$work/commands.man" '
        /^\.\\" ---- end/ { inside = 0 }
        !inside { print }
        /^\.\\" ---- begin/ { inside = 1; while ((getline line < part) > 0) print line }' \
            "$page" >"$work/new" && cat "$work/new" >"$page"
    fi
    sed -n "/${mark}begin/,/${mark}end/p" "$page" | sed "/$mark/d" >"$work/page"
    diff -u "$work/page" "$work/commands.man" >"$work/difference"
    status=$?
    sed -e 1,2d -e 's/^/    /' "$work/difference" | head -n 20
    result "doc/vitrine-debugger.7: the commands" $status
fi

# The instruction table for readers.
page=$top/doc/instructions.md
"$vitrine" -instructions >"$work/instructions"
[ $update = 0 ] || cp "$work/instructions" "$page"
[ -s "$work/instructions" ] && diff -u "$page" "$work/instructions" >"$work/difference"
status=$?
sed -e 1,2d -e 's/^/    /' "$work/difference" | head -n 20
result "doc/instructions.md: the instruction table" $status

# Every option that -help shows.
page=$top/doc/vitrine.1
# Each word of it that starts with a dash, but the dash of "-cpu help" in a text is one too.
status=0
options=$("$vitrine" -help | tr " ,:'" '\n\n\n\n' | sed -n 's/^-\([A-Za-z].*\)/\1/p' | sort -u)
[ "$(echo "$options" | wc -l)" -gt 30 ] || status=1
for option in $options; do
    if ! sed 's/\\-/-/g' "$page" | grep -qE "^\.(B|BR|BI|Fl|It Fl|Op Fl) \"?-?$option( |\"|\$)"; then
        echo "doc/vitrine.1: -$option is missing"
        status=1
    fi
done
result "doc/vitrine.1: the options" $status

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
