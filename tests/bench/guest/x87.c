/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/bench/guest/x87.c - the Mandelbrot set in long double, which is the x87's 80 bits. */
#include "work.h"

enum { WIDTH = 64, HEIGHT = 48, MOST = 60 };

static unsigned iterations(long double cx, long double cy)
{
    long double x = 0, y = 0;
    unsigned count = 0;

    while (count < MOST) {
        long double xx = x * x, yy = y * y;

        if (xx + yy > 4)
            break;
        y = 2 * x * y + cy;
        x = xx - yy + cx;
        count++;
    }
    return count;
}

static uint64_t mandelbrot_run(long rounds)
{
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++) {
        long double zoom = 1 / (1 + 0.25L * (long double)round);

        for (int row = 0; row < HEIGHT; row++) {
            for (int column = 0; column < WIDTH; column++) {
                long double cx = -0.7436L + (column - WIDTH / 2) * zoom * 3 / WIDTH;
                long double cy = 0.1318L + (row - HEIGHT / 2) * zoom * 2 / HEIGHT;

                sum = mix(sum, iterations(cx, cy));
            }
        }
    }
    return sum;
}

const struct item mandelbrot_item = { .name = "mandelbrot", .rounds = 16, .run = mandelbrot_run };
