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
found=$(mktemp) || exit 2
trap 'rm -f "$found"' EXIT
sources=$(files -name '*.c' -o -name '*.h')
if [ -z "$formatter" ]; then
    echo "format: clang-format 14 not found, layout not checked"
elif [ $fix = 1 ]; then
    # shellcheck disable=SC2086 # a list of files
    $formatter -i $sources
else
    # shellcheck disable=SC2086
    for place in $($formatter --dry-run -Werror $sources 2>&1 | sed -n 's/: error:.*//p' | sort -u -t : -k 1,1); do
        complain "$place: not in the layout of .clang-format"
    done
fi

code=$(files -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.inc' -o -name '*.asm' \
    -o -name '*.asl' -o -name '*.ld' -o -name '*.sh' -o -name 'sources.am' -o -name Makefile.am \
    -o -name configure.ac -o -name bootstrap)
# shellcheck disable=SC2086
awk '
    function done_with(file) {
        if (!spdx)
            print file ": no SPDX line among the first three"
        if (lines > 800 && file !~ /\.def$/)
            print file ": " lines " lines, at most 800"
    }
    FNR == 1 {
        if (file)
            done_with(file)
        file = FILENAME
        spdx = 0
    }
    FNR <= 3 && /SPDX-License-Identifier: GPL-3.0-or-later/ { spdx = 1 }
    { lines = FNR }
    END { done_with(file) }' $code >"$found"

# Folders outside the source tree have no names here.
words='\.\./sh''ared|/wo''rk/'
texts=$(files -name '*.md' -o -name '*.[1-8]' -o -path './.ci/*' -o -name '*.cmd')
# shellcheck disable=SC2086
{
    grep -nHE '[[:space:]]+$' $code $texts | sed 's/^\([^:]*:[^:]*\):.*/\1: white space at the end of a line/'
    grep -nHE "$words" $code $texts | sed 's/$/: names a place outside the source tree/'
} >>"$found"
while read -r line; do
    complain "$line"
done <"$found"
[ $status != 0 ] || echo "format: all files as they should be"
exit $status
