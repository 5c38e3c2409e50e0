# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/lib.sh - what the test scripts share: counting, a scratch folder, bytes from numbers.
# shellcheck shell=sh
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
VITRINE=${VITRINE-$PWD/vitrine}
NASM=${NASM:-nasm}
passed=0
failed=0
skipped=0
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

ok()
{
    passed=$((passed + 1))
    echo "ok $1"
}

# fail NAME WHY
fail()
{
    failed=$((failed + 1))
    echo "FAIL $1: $2"
}

skip()
{
    skipped=$((skipped + 1))
    echo "skipped $1: $2"
}

# check NAME COMMAND...: passes when the command succeeds
check()
{
    check_name=$1
    shift
    if "$@"; then
        ok "$check_name"
    else
        fail "$check_name" "$*"
    fi
}

# equal NAME GOT EXPECTED
equal()
{
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        fail "$1" "got '$2', expected '$3'"
    fi
}

finish()
{
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

# bytes HEX...: binary on stdout; le32 NUMBER: hex of its four bytes
bytes()
{
    # shellcheck disable=SC2046,SC2059 # the format is the data
    printf "$(printf '\\%03o' $(printf '0x%s ' "$@"))"
}

le32()
{
    printf '%02x %02x %02x %02x ' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) \
        $(($1 >> 24 & 255))
}

# assemble SOURCE OUTPUT [OPTION...]
assemble()
{
    source=$1
    output=$2
    shift 2
    "$NASM" -f bin -w+all "$@" -I "$(dirname "$source")/" -o "$output" "$source"
}

# A host that cannot assemble has nothing to run.
need_nasm()
{
    command -v "$NASM" >/dev/null || {
        skip all "nasm: not found"
        finish
    }
}
