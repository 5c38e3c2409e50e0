/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float80_trig.c - FSIN, FCOS, FSINCOS, FPTAN, FPATAN.
 * Source: SDM Vol. 1, "Transcendental Instruction Accuracy" and "Pi"; SDM Vol. 2A, the
 * instructions. The series are the ordinary Taylor series.
 */
#include "cpu/float80.h"
#include "cpu/float80_wide.h"

/*
 * The x87 reduces arguments with 66 bits of pi, so its sine of the pi it knows is exactly zero.
 * This is pi / 2 in units of 2^-65, as FIXED_UNIT says.
 */
#define HALF_PI_66 UINT128(0x3, 0x243f6a8885a308d3)
#define FIXED_UNIT (-65)

/* pi without its exponent; as a fraction, pi / 4. */
#define PI_SIGNIFICAND UINT128(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)

/* An argument without its multiples of pi / 2. */
struct reduced {
    unsigned quadrant; /* how many multiples, modulo 4 */
    struct wide angle; /* -pi / 4 to pi / 4, not zero */
};

static struct reduced reduce(const struct fp_number *x)
{
    struct reduced r = { 0, wide_of(x) };
    uint128 rest = x->significand;
    int32_t shift = x->exponent - 63 - FIXED_UNIT;
    bool negative = x->sign;

    if (shift < 0 || (shift <= 1 && rest << shift <= HALF_PI_66 / 2))
        return r;
    /* Long division, at most 60 bits at a time. */
    while (true) {
        int32_t step = shift < 60 ? shift : 60;
        uint128 quotient;

        rest <<= step;
        quotient = rest / HALF_PI_66;
        rest -= quotient * HALF_PI_66;
        r.quadrant = (r.quadrant << (step < 2 ? step : 2)) + (unsigned)quotient;
        shift -= step;
        if (shift == 0)
            break;
    }
    if (rest > HALF_PI_66 / 2) {
        rest = HALF_PI_66 - rest;
        negative = !negative;
        r.quadrant++;
    }
    if (x->sign)
        r.quadrant = 0 - r.quadrant;
    r.quadrant %= 4;
    r.angle = wide_normalize(negative, 127 + FIXED_UNIT, rest);
    return r;
}

/* 1 - t/(n(n+1)) + t^2/(n(n+1)(n+2)(n+3)) - ..., as what it is below 1. */
static uint128 factorial_series(uint128 t, int first)
{
    uint128 below = 0;

    for (int n = first + 32; n >= first; n -= 2) {
        uint128 term = t / (unsigned)(n * (n + 1));

        below = term - multiply_fractions(term, below);
    }
    return below ? below : 1; /* never exactly 1 */
}

static struct wide sine(struct wide angle)
{
    uint128 fraction = wide_fraction(angle);
    uint128 below = factorial_series(multiply_fractions(fraction, fraction), 2);

    return wide_multiply(angle, (struct wide){ false, -1, -below });
}

static struct wide cosine(struct wide angle)
{
    uint128 fraction = wide_fraction(angle);
    uint128 below = factorial_series(multiply_fractions(fraction, fraction), 1);

    return wide_normalize(false, -1, -below);
}

static struct wide sine_of(const struct reduced *r, unsigned quadrants_ahead)
{
    unsigned quadrant = (r->quadrant + quadrants_ahead) % 4;
    struct wide value = quadrant % 2 ? cosine(r->angle) : sine(r->angle);

    value.sign ^= quadrant / 2;
    return value;
}

/* What the trigonometric instructions do with operands that are not finite or too large. */
enum { OPERAND_FINITE, OPERAND_ZERO, OPERAND_TOO_LARGE, OPERAND_DONE };

static int trig_operand(struct float80 a, struct fp_number *x, struct float80 *result,
                        struct fp_env *env)
{
    *x = float80_unpack(a);
    env->c1 = false;
    if (float80_takes_nan(x, env, result))
        return OPERAND_DONE;
    if (x->kind == KIND_INFINITY) {
        *result = float80_invalid(env);
        return OPERAND_DONE;
    }
    if (x->kind == KIND_ZERO)
        return OPERAND_ZERO;
    if (float80_denormal_stops(x->denormal, env)) {
        *result = a;
        return OPERAND_DONE;
    }
    return x->exponent >= 63 ? OPERAND_TOO_LARGE : OPERAND_FINITE;
}

static struct float80 one(void)
{
    return (struct float80){ FP_TOP_BIT, FLOAT80_BIAS };
}

bool float80_sincos(struct float80 a, struct float80 *sine_result, struct float80 *cosine_result,
                    struct fp_env *env)
{
    struct fp_number x;
    struct reduced r;

    switch (trig_operand(a, &x, sine_result, env)) {
    case OPERAND_DONE:
        *cosine_result = *sine_result;
        return true;
    case OPERAND_TOO_LARGE:
        return false;
    case OPERAND_ZERO:
        *sine_result = a;
        *cosine_result = one();
        return true;
    default:
        r = reduce(&x);
        *cosine_result = wide_pack(sine_of(&r, 1), env);
        *sine_result = wide_pack(sine_of(&r, 0), env); /* C1 tells about the sine */
        return true;
    }
}

bool float80_sin(struct float80 a, struct float80 *result, struct fp_env *env)
{
    struct fp_number x;
    struct reduced r;

    switch (trig_operand(a, &x, result, env)) {
    case OPERAND_DONE:
        return true;
    case OPERAND_TOO_LARGE:
        return false;
    case OPERAND_ZERO:
        *result = a;
        return true;
    default:
        r = reduce(&x);
        *result = wide_pack(sine_of(&r, 0), env);
        return true;
    }
}

bool float80_cos(struct float80 a, struct float80 *result, struct fp_env *env)
{
    struct fp_number x;
    struct reduced r;

    switch (trig_operand(a, &x, result, env)) {
    case OPERAND_DONE:
        return true;
    case OPERAND_TOO_LARGE:
        return false;
    case OPERAND_ZERO:
        *result = one();
        return true;
    default:
        r = reduce(&x);
        *result = wide_pack(sine_of(&r, 1), env);
        return true;
    }
}

/* -cot(angle) for a small angle: the magnitude is below that of -1 / angle by less than 2^-120. */
static struct wide minus_reciprocal(struct wide angle)
{
    const struct wide minus_1 = { true, 0, (uint128)1 << 127 };

    if (angle.significand == minus_1.significand)
        return (struct wide){ !angle.sign, -angle.exponent - 1, ~(uint128)0 };
    return wide_divide(minus_1, angle);
}

bool float80_tan(struct float80 a, struct float80 *result, struct fp_env *env)
{
    struct fp_number x;
    struct reduced r;

    switch (trig_operand(a, &x, result, env)) {
    case OPERAND_DONE:
        return true;
    case OPERAND_TOO_LARGE:
        return false;
    case OPERAND_ZERO:
        *result = a;
        return true;
    default:
        r = reduce(&x);
        if (r.quadrant % 2 == 0 && r.angle.exponent < -60)
            *result = wide_pack(r.angle, env); /* the tangent is larger by less than 2^-120 */
        else if (r.angle.exponent < -60)
            *result = wide_pack(minus_reciprocal(r.angle), env);
        else
            *result = wide_pack(wide_divide(sine_of(&r, 0), sine_of(&r, 1)), env);
        return true;
    }
}

/* atan(index / 8) in units of 2^-125. */
/* clang-format off */
static const struct { uint64_t high, low; } arctangents[] = {
    { 0x0000000000000000, 0x0000000000000000 },
    { 0x03fab7535585edb8, 0xcb225e627cfa223b },
    { 0x07d6dd7e4b203758, 0xab6e3cf7afbd10bf },
    { 0x0b7b0ca0f26f7847, 0x38aa32122dcfe448 },
    { 0x0ed63382b0dda7b4, 0x56fe445ecbc3a8d0 },
    { 0x11e00babdefeb3f3, 0x6b906bc2ccb886e8 },
    { 0x14978fa3269ee124, 0x83350fe548afb593 },
    { 0x1700a7c5784633ce, 0x7965b4aa42148887 },
    { 0x1921fb54442d1846, 0x9898cc51701b839a },
};
/* clang-format on */

/* atan(r) for 0 < |r| <= 1/16: r - r^3/3 + r^5/5 - ... */
static struct wide small_arctangent(struct wide r)
{
    uint128 fraction = wide_fraction(r);
    uint128 square = multiply_fractions(fraction, fraction);
    uint128 sum = 0, below;

    for (unsigned n = 17; n >= 1; n--)
        sum = ~(uint128)0 / (2 * n + 1) - multiply_fractions(square, sum);
    below = multiply_fractions(square, sum);
    return wide_multiply(r, (struct wide){ false, -1, below ? -below : ~(uint128)0 });
}

/*
 * atan(y / x) for |y| <= |x|, signs ignored. With c = k/8 near y / x,
 * atan(y / x) = atan(c) + atan((y / x - c) / (1 + c * y / x))
 *             = atan(c) + atan((8y - kx) / (8x + ky)).
 */
static struct wide arctangent(const struct fp_number *y, const struct fp_number *x)
{
    uint32_t distance = (uint32_t)(x->exponent - y->exponent);
    struct wide wide_y = wide_of(y), wide_x = wide_of(x);
    struct wide r, base;
    uint128 n, d, left, right;
    unsigned k;

    wide_y.sign = false;
    wide_x.sign = false;
    if (distance > 5)
        return small_arctangent(wide_divide(wide_y, wide_x));
    n = y->significand;
    d = (uint128)x->significand << distance;
    k = (unsigned)((16 * n + d) / (2 * d)); /* y / x in eighths, to nearest */
    if (k == 0)
        return small_arctangent(wide_divide(wide_y, wide_x));
    base = wide_normalize(false, 2, UINT128(arctangents[k].high, arctangents[k].low));
    left = 8 * n;
    right = k * d;
    if (left == right)
        return base;
    r = wide_divide(wide_normalize(left < right, 127, left < right ? right - left : left - right),
                    wide_normalize(false, 127, 8 * d + k * n));
    return wide_add(base, small_arctangent(r));
}

/*
 * atan(y / x) for |y| < |x| * 2^-66: below y / x by less than a part of 2^-133. Quotients of 64-bit
 * numbers are farther than that from any place where rounding changes, unless they are on it.
 */
static struct float80 tiny_arctangent(const struct fp_number *y, const struct fp_number *x,
                                      struct fp_env *env)
{
    struct fp_exact q = fp_divide_finite(y, x);

    if (q.low == 0 || q.low == FP_TOP_BIT)
        q = fp_normalize(q.sign, q.exponent, UINT128(q.high, q.low) - 1);
    q.low |= 1;
    return float80_pack(&q, 64, env);
}

/* `quarters` * pi / 4. */
static struct float80 pi_quarters(unsigned quarters, bool sign, struct fp_env *env)
{
    return wide_pack(wide_normalize(sign, 1, (PI_SIGNIFICAND >> 2) * quarters), env);
}

struct float80 float80_atan2(struct float80 y, struct float80 x, struct fp_env *env)
{
    struct fp_number ny = float80_unpack(y), nx = float80_unpack(x);
    const struct wide half_pi = { false, 0, PI_SIGNIFICAND };
    const struct wide pi = { false, 1, PI_SIGNIFICAND };
    struct float80 nan;
    struct wide angle;

    env->c1 = false;
    if (float80_takes_nans(&ny, &nx, env, &nan))
        return nan;
    if (float80_denormal_stops(nx.denormal || ny.denormal, env))
        return y;
    if (ny.kind == KIND_INFINITY && nx.kind == KIND_INFINITY)
        return pi_quarters(nx.sign ? 3 : 1, ny.sign, env);
    if (ny.kind == KIND_ZERO || nx.kind == KIND_INFINITY)
        return nx.sign ? pi_quarters(4, ny.sign, env) : float80_zero(ny.sign);
    if (nx.kind == KIND_ZERO || ny.kind == KIND_INFINITY)
        return pi_quarters(2, ny.sign, env);
    if (!nx.sign && nx.exponent - ny.exponent > 67)
        return tiny_arctangent(&ny, &nx, env);
    if (fp_magnitude_less(&nx, &ny)) {
        angle = arctangent(&nx, &ny);
        angle.sign = !nx.sign;
        angle = wide_add(half_pi, angle);
    } else {
        angle = arctangent(&ny, &nx);
        if (nx.sign) {
            angle.sign = true;
            angle = wide_add(pi, angle);
        }
    }
    angle.sign = ny.sign;
    return wide_pack(angle, env);
}
