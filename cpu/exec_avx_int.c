/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_avx_int.c - packed integers in VEX encoding, on 128 or 256 bits.
 * Source: SDM Vol. 2, instruction reference; the arithmetic is in packed.h.
 */
#include "cpu/avx.h"

AVX_BINARY(paddb)
AVX_BINARY(paddw)
AVX_BINARY(paddd)
AVX_BINARY(paddq)
