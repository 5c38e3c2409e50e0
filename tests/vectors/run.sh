#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The vectors that come with the source. VECTORS: other folders of MOO files, instead.
if [ ! -x tests/vectors/run_vectors ]; then
    echo "vectors: the runner was not built (zlib is missing)"
    exit 77
fi
status=0
for folder in ${VECTORS-"$srcdir/tests/vectors/80286-real"}; do
    tests/vectors/run_vectors "$folder" || status=$?
done
exit $status
