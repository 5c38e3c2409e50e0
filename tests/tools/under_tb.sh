#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/tools/under_tb.sh TEST.tb - a test of this build once more, its processors on the translator.
# tests/tb/unit/test_sse.tb stands for tests/unit/test_sse (make writes it: it holds that name).
set -eu
VITRINE_ENGINE=tb
export VITRINE_ENGINE
test=$(cat "$1")
case $test in
*.sh) exec "${SHELL:-/bin/sh}" "$srcdir/$test" ;;
*) exec "./$test" ;;
esac
