#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/cli/perfmap.sh - -perfmap: the map file that perf reads, and what gdb is told.
. "$(dirname "$0")/../tools/lib.sh"

if ! "$VITRINE" -engine tb -version >/dev/null 2>&1; then
    skip all 'the translator is not built'
    finish
fi

"$VITRINE" -engine tb -perfmap -max-icount 3000000 >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait $pid
equal 'it runs to its limit' $? 124
map=/tmp/perf-$pid.map
if [ ! -f "$map" ]; then
    fail 'the map file' "no $map"
    finish
fi
cp "$map" "$work/map"
equal 'the map is nobody else'\''s' "$(stat -c %a "$map")" 600
rm -f "$map"
equal 'its lines are START SIZE NAME' "$(grep -cvE '^[0-9a-f]+ [0-9a-f]+ tb_[^ ]+$' "$work/map")" 0
equal 'the thunks come first' "$(sed -n '1s/.* //p' "$work/map")" tb_thunks
check 'blocks follow' test "$(wc -l <"$work/map")" -gt 5

# What another user put there is not written to, nor what a link leads to.
cat >"$work/link.sh" <<END
ln -s "$work/victim" /tmp/perf-\$\$.map
exec "$VITRINE" -engine tb -perfmap -max-icount 1000
END
sh "$work/link.sh" >/dev/null 2>&1 </dev/null &
pid=$!
wait $pid
check 'a link is replaced, not followed' test ! -e "$work/victim" -a -f /tmp/perf-$pid.map \
    -a ! -L /tmp/perf-$pid.map
rm -f /tmp/perf-$pid.map

# Without the option there is no file.
"$VITRINE" -engine tb -max-icount 1000 >/dev/null 2>&1 </dev/null &
pid=$!
wait $pid
check 'no file unless it is asked for' test ! -e /tmp/perf-$pid.map

if ! command -v gdb >/dev/null || ! command -v python3 >/dev/null; then
    skip 'gdb knows the blocks' 'gdb: not found'
    finish
fi
cat >"$work/commands" <<'END'
set pagination off
set confirm off
set debuginfod enabled off
break machine_destroy
python
import os
gdb.execute('run -engine tb -perfmap -max-icount 3000000 >/dev/null 2>&1 </dev/null')
path = '/tmp/perf-%d.map' % gdb.selected_inferior().pid
first = open(path).readline().split()
os.unlink(path)
print('gdb says:', gdb.execute('info symbol 0x' + first[0], to_string=True))
end
kill
END
timeout 100 gdb -q -nx -batch -x "$work/commands" "$VITRINE" >"$work/out" 2>&1 </dev/null
if grep -q 'ptrace\|not being run\|personality' "$work/out"; then
    skip 'gdb knows the blocks' "it cannot run a program here"
else
    check 'gdb knows the blocks' grep -q 'gdb says: tb_thunks in section .text of <in-memory' "$work/out"
fi
finish
