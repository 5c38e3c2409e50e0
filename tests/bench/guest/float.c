/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/bench/guest/float.c - double precision in SSE2 registers: matrix product, n-body. */
#include "work.h"

enum { SIDE = 96 };
static double left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];

static uint64_t matmul_run(long rounds)
{
    uint64_t sum = 0;

    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            left[i][j] = (i * 7 + j * 3) % 101 / 37.0 - 1;
            right[i][j] = (i * 5 + j * 11) % 103 / 41.0 - 1;
        }
    }
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < SIDE; i++) {
            for (int j = 0; j < SIDE; j++) {
                double total = 0;

                for (int l = 0; l < SIDE; l++)
                    total += left[i][l] * right[l][j];
                product[i][j] = total;
            }
        }
        sum = mix_double(sum, product[round % SIDE][round * 7 % SIDE]);
        left[round % SIDE][round * 3 % SIDE] += 0.125;
    }
    return sum;
}

const struct item matmul_item = { .name = "matmul", .rounds = 64, .run = matmul_run };

/* ---- n-body ------------------------------------------------------------------------------------- */
enum { BODIES = 5 };
struct body {
    double x, y, z, vx, vy, vz, mass;
};

static void advance(struct body *bodies, double dt)
{
    for (int i = 0; i < BODIES; i++) {
        struct body *a = &bodies[i];

        for (int j = i + 1; j < BODIES; j++) {
            struct body *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double square = dx * dx + dy * dy + dz * dz;
            double magnitude = dt / (square * __builtin_sqrt(square));

            a->vx -= dx * b->mass * magnitude;
            a->vy -= dy * b->mass * magnitude;
            a->vz -= dz * b->mass * magnitude;
            b->vx += dx * a->mass * magnitude;
            b->vy += dy * a->mass * magnitude;
            b->vz += dz * a->mass * magnitude;
        }
    }
    for (int i = 0; i < BODIES; i++) {
        bodies[i].x += dt * bodies[i].vx;
        bodies[i].y += dt * bodies[i].vy;
        bodies[i].z += dt * bodies[i].vz;
    }
}

/* The sun and four planets far out, roughly: lengths in astronomical units, times in years. */
static uint64_t nbody_run(long rounds)
{
    struct body bodies[BODIES] = {
        { 0, 0, 0, 0, 0, 0, 39.478 },
        { 4.841, -1.160, -0.103, 0.606, 2.811, -0.025, 0.03769 },
        { 8.343, 4.125, -0.403, -1.010, 1.825, 0.0084, 0.01128 },
        { 12.894, -15.111, -0.223, 1.082, 0.868, -0.0108, 0.00172 },
        { 15.379, -25.919, 0.179, 0.979, 0.594, -0.0347, 0.00203 },
    };
    uint64_t sum = 0;

    for (long round = 0; round < rounds; round++)
        advance(bodies, 0.01);
    for (int i = 0; i < BODIES; i++) {
        sum = mix_double(sum, bodies[i].x);
        sum = mix_double(sum, bodies[i].vy);
        sum = mix_double(sum, bodies[i].z);
    }
    return sum;
}

const struct item nbody_item = { .name = "nbody", .rounds = 240000, .run = nbody_run };
