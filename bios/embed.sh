#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bios/embed.sh NAME IMAGE [SYMBOLS] - print C source that holds the files; images.h declares it.
set -eu

bytes()
{
    od -An -v -tu1 "$1" | sed -e 's/^ *//' -e 's/  */,/g' -e 's/$/,/'
}

size()
{
    wc -c < "$1" | tr -d ' '
}

cat <<END
/* Made by bios/embed.sh. */
#include "bios/images.h"

const unsigned char $1_image[] = {
$(bytes "$2")
};
const unsigned $1_image_size = $(size "$2");
END
[ $# = 3 ] || exit 0
cat <<END

const char $1_symbols[] = {
$(bytes "$3")
0,
};
const unsigned $1_symbols_size = $(size "$3");
END
