#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/guest/build.sh CC DIR - compiles the benchmark's guest programs into DIR: work, and tiny,
# which it starts. CC: a gcc that makes x86-64 Linux programs and has a static C library. The code is
# for the first x86-64 processors, so that every model runs the same, and vector instructions are where
# an item asks for them, not where a compiler's version sees a chance (SHA-256's message schedule).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
sources=
for name in calls float integer memory sha256 simd smc system tools work x87; do
    sources="$sources $name.c"
done
out=$(cd "$2" && pwd)
cd "$here"
# shellcheck disable=SC2086 # a list of files
"$1" -std=gnu11 -O2 -Wall -Wextra -march=x86-64 -mtune=generic -ffp-contract=off -fno-math-errno \
    -fno-tree-vectorize -static -o "$out/work" $sources
"$1" -nostdlib -static -no-pie -s -Wl,--build-id=none -o "$out/tiny" tiny.c
