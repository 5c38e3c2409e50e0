#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# .ci/check-format.sh [--fix] - clang-format (14) on all C files, an SPDX line on top, no trailing
# white space, no file over 800 lines, no forbidden word. --fix lets clang-format rewrite the files.
set -u
cd "$(dirname "$0")/.." || exit 2

fix=0
[ "${1-}" != --fix ] || fix=1
status=0
complain()
{
    echo "format: $*" >&2
    status=1
}

# Everything that is written by hand.
files()
{
    find . \( -path './.git' -o -path './build*' -o -path './autom4te.cache' -o -name 'config.h.in*' \
        -o -path './tests/vectors/*.MOO.gz' -o -name metadata.json \) -prune \
        -o -type f \( "$@" \) -print | sed 's|^\./||' | sort
}

formatter=
for candidate in clang-format-14 clang-format; do
    if command -v $candidate >/dev/null && $candidate --version | grep -q 'version 14\.'; then
        formatter=$candidate
        break
    fi
done
sources=$(files -name '*.c' -o -name '*.h')
if [ -z "$formatter" ]; then
    echo "format: clang-format 14 not found, layout not checked"
elif [ $fix = 1 ]; then
    # shellcheck disable=SC2086 # a list of files
    $formatter -i $sources
else
    for file in $sources; do
        first=$($formatter --dry-run -Werror "$file" 2>&1 | head -n 1)
        [ -z "$first" ] || complain "${first%%: error:*}: not in the layout of .clang-format"
    done
fi

code=$(files -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.inc' -o -name '*.asm' \
    -o -name '*.asl' -o -name '*.ld' -o -name '*.sh' -o -name 'sources.am' -o -name Makefile.am \
    -o -name configure.ac -o -name bootstrap)
for file in $code; do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
        complain "$file: no SPDX line among the first three"
    lines=$(wc -l <"$file")
    case $file in
    *.def) ;;
    *) [ "$lines" -le 800 ] || complain "$file: $lines lines, at most 800" ;;
    esac
done

# Folders outside the source tree have no names here.
words='\.\./sh''ared|/wo''rk/'
for file in $code $(files -name '*.md' -o -name '*.[1-8]' -o -path './.ci/*' -o -name '*.cmd'); do
    found=$(grep -nE '[[:space:]]+$' "$file" | head -n 1)
    [ -z "$found" ] || complain "$file:${found%%:*}: white space at the end of a line"
    found=$(grep -nE "$words" "$file" | head -n 1)
    [ -z "$found" ] || complain "$file:$found: names a place outside the source tree"
done
[ $status != 0 ] || echo "format: all files as they should be"
exit $status
