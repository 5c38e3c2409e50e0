#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/debugger/run.sh [NAME...] - replay the transcripts: NAME.cmd through `vitrine -dbg`, compared
# with NAME.out. A first line "# options: ..." gives more options; GUEST and USER in it are the
# assembled guest.asm and user.asm; "# needs: tb" or "# needs: no-tb" in the second: that the translator
# is built, or is not; "# code: compiled" leaves addresses and instructions out. Virtual
# time is left out of the comparison, because the firmware's compiler decides how long power-on takes. UPDATE=1 writes the .out files anew; look at the difference before you keep it.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
: "${VITRINE:=vitrine}" "${NASM:=nasm}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

for guest in guest user; do
    if ! "$NASM" -f bin -o "$work/$guest.bin" "$here/$guest.asm"; then
        echo "nasm: cannot assemble $guest.asm"
        exit 1
    fi
    # Symbols as NASM's map says, without the lines that are not symbols.
    printf '[map symbols %s]\n' "$work/$guest.map" | cat - "$here/$guest.asm" > "$work/mapped.asm"
    "$NASM" -f bin -o "$work/again.bin" "$work/mapped.asm" || exit 1
done

normalise()
{
    sed -E -e 's/t=[0-9]+ \(\+[0-9,]+\)/t=T (+N)/' -e 's/\(t=[0-9]+\)/(t=T)/' \
        -e 's/^when: t=[0-9]+/when: t=T/' -e 's/^t=[0-9]+  #/t=T  #/' \
        -e 's/t=[0-9]+, ([0-9]+) tick/t=T, \1 tick/' -e "s|$work|WORK|g" -e 's/ +$//'
}

# Code that a compiler made: addresses and instructions differ from one to the next.
without_code()
{
    sed -E -e 's/\[0x[0-9a-f]{12}\]/[ADDRESS]/' -e 's/([0-9a-f]{4}):[0-9a-f]{8,16}/\1:RIP/g' \
        -e 's/\+0x[0-9a-f]+/+N/g' -e 's/^(\(0\) .*\)): .*/\1: .../'
}

translator=no-tb
"$VITRINE" -engine tb -version >/dev/null 2>&1 && translator=tb

[ $# -gt 0 ] || set -- "$here"/*.cmd
for script; do
    name=$(basename "$script" .cmd)
    script=$here/$name.cmd
    needs=$(sed -n 's/^# needs: //p' "$script")
    if [ "${needs:-$translator}" != $translator ]; then
        echo "skipped $name: it needs $needs"
        skipped=$((skipped + 1))
        continue
    fi
    options=$(sed -n -e "1s|^# options:||p" "$script" | sed -e "s|GUEST|$work/guest.bin|g" \
        -e "s|USER|$work/user.bin|g")
    # The commands run from the work directory, so that files have short names.
    grep -v -e '^# options:' -e '^# code:' -e '^# needs:' "$script" > "$work/$name.cmd"
    code=0
    # shellcheck disable=SC2086
    (cd "$work" && timeout 120 "$VITRINE" -dbg $options -x "$name.cmd" -batch) \
        > "$work/out" 2>&1 < /dev/null || code=$?
    echo "exit $code" >> "$work/out"
    if grep -q '^# code: compiled' "$script"; then
        normalise < "$work/out" | without_code > "$work/is"
    else
        normalise < "$work/out" > "$work/is"
    fi
    if [ "${UPDATE-}" ]; then
        cp "$work/is" "$here/$name.out"
    fi
    if diff -u "$here/$name.out" "$work/is"; then
        passed=$((passed + 1))
    else
        echo "failed: $name"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
