#!/usr/bin/env python3
"""Derives the minimax polynomials of codegen/cpu/math/VectorMath*.cpp.

Usage: remez.py [name ...]      (needs `pip install mpmath gmpy2`)

Every fit asks for the polynomial P of a given degree that minimises
max |P(t) - f(t)| * w(t) over [lo, hi], by the second Remez algorithm on a dense
Chebyshev grid in 300-bit arithmetic. The coefficients are printed lowest power first,
rounded to the format they are used in, with the error reached before and after rounding
(as log2).
"""
import struct
import sys

from mpmath import mp, mpf, matrix, lu_solve, log, exp, expm1, log1p, sin, cos, asin, atan, \
    atanh, cbrt, erf, erfc, loggamma, digamma, polygamma, findroot, sqrt, pi

mp.prec = 300


def to_f32(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def to_f64(x):
    return mpf(float(x))


def evaluate(coefs, t):
    acc = mpf(0)
    for c in reversed(coefs):
        acc = acc * t + c
    return acc


def chebyshev_grid(lo, hi, points):
    return [(lo + hi) / 2 - (hi - lo) / 2 * cos(pi * (i + mpf(1) / 2) / points)
            for i in range(points)]


def remez(f, w, lo, hi, degree, points=500, rounds=12):
    """The minimax polynomial of f under the weight w, and the error it reaches."""
    n = degree + 1
    grid = chebyshev_grid(lo, hi, points)
    target = [f(t) for t in grid]
    weight = [w(t) for t in grid]
    table = [[t ** p for p in range(n)] for t in grid]
    ref = [int((points - 1) * (1 - cos(pi * i / n)) / 2) for i in range(n + 1)]
    for i in range(1, n + 1):
        ref[i] = max(ref[i], ref[i - 1] + 1)
    for i in range(n, -1, -1):
        ref[i] = min(ref[i], points - 1 - (n - i))
    coefs, worst = None, None
    for _ in range(rounds):
        a = matrix(n + 1, n + 1)
        b = matrix(n + 1, 1)
        for row, g in enumerate(ref):
            for col in range(n):
                a[row, col] = table[g][col] * weight[g]
            a[row, n] = mpf(-1) ** row
            b[row] = target[g] * weight[g]
        sol = lu_solve(a, b)
        coefs = [sol[i] for i in range(n)]
        err = [(sum(c * p for c, p in zip(coefs, row)) - y) * wt
               for row, y, wt in zip(table, target, weight)]
        # One extremum per run of equal sign, then the best n+1 consecutive ones.
        runs = []
        for i, e in enumerate(err):
            if runs and (err[runs[-1]] > 0) == (e > 0):
                if abs(e) > abs(err[runs[-1]]):
                    runs[-1] = i
            else:
                runs.append(i)
        worst = max(abs(e) for e in err)
        while len(runs) > n + 1:
            runs.pop(0 if abs(err[runs[0]]) < abs(err[runs[-1]]) else -1)
        if len(runs) < n + 1 or worst <= abs(sol[n]) * mpf("1.001"):
            break
        ref = runs
    return coefs, worst


def round_coefs(coefs, w, lo, hi, rnd):
    """Rounds lowest power first; each rounding error is spread over the powers above it
    by weighted least squares."""
    coefs = list(coefs)
    grid = chebyshev_grid(lo, hi, 150)
    weight = [w(t) for t in grid]
    for i in range(len(coefs)):
        lost = coefs[i] - rnd(coefs[i])
        coefs[i] = rnd(coefs[i])
        rest = len(coefs) - i - 1
        if rest == 0 or lost == 0:
            continue
        a = matrix(len(grid), rest)
        b = matrix(len(grid), 1)
        for row, (t, wt) in enumerate(zip(grid, weight)):
            b[row] = lost * t ** i * wt
            for col in range(rest):
                a[row, col] = t ** (i + 1 + col) * wt
        repair = lu_solve(a, b)
        for col in range(rest):
            coefs[i + 1 + col] += repair[col]
    return coefs


def fit(name, f, w, lo, hi, degree, fmt):
    lo, hi = mpf(lo), mpf(hi)
    rnd = to_f32 if fmt == "f32" else to_f64
    exact, best = remez(f, w, lo, hi, degree)
    pts = [lo + (hi - lo) * i / 1500 for i in range(1, 1500)]

    def error(coefs):
        return max(abs((evaluate(coefs, t) - f(t)) * w(t)) for t in pts)

    plain = [rnd(c) for c in exact]
    repaired = round_coefs(exact, w, lo, hi, rnd)
    done = min(plain, repaired, key=error)
    digits = 9 if fmt == "f32" else 17
    print(f"// {name}: degree {degree}, error 2^{float(log(best, 2)):.1f}, "
          f"rounded 2^{float(log(error(done), 2)):.1f}")
    print(", ".join(f"{float(c):.{digits}g}" for c in done) + "\n", flush=True)


def near(g, at0):
    """g with its limit at 0, where the formula divides 0 by 0."""
    return lambda t: at0 if abs(t) < mpf(10) ** -25 else g(t)


HALF_LN2 = log(mpf(2)) / 2 * mpf("1.0001")
ROOT = sqrt(mpf(2)) * mpf("1.0001")
T8 = sqrt(mpf(2)) - 1

# e^r = 1 + r + r^2 q(r); the weight makes r + r^2 q(r) relatively exact (expm1).
exp_q = near(lambda r: (exp(r) - 1 - r) / r**2, mpf(1) / 2)
exp_w = near(lambda r: abs(r**2 / expm1(r)), mpf(0))
# 2^r = 1 + r q(r)
exp2_q = near(lambda r: (mpf(2)**r - 1) / r, log(mpf(2)))
exp2_w = near(lambda r: abs(r / (mpf(2)**r)), mpf(0))
# log(1+f) = f - f^2/2 + f^3 p(f)
log_p = near(lambda f: (log1p(f) - f + f * f / 2) / f**3, mpf(1) / 3)
log_w = near(lambda f: abs(f**3 / log1p(f)), mpf(0))
# log2(1+f) = f p(f)
log2_p = near(lambda f: log1p(f) / f / log(mpf(2)), 1 / log(mpf(2)))
log2_w = near(lambda f: abs(f / log1p(f)), mpf(1))
# log((1+s)/(1-s)) = 2 s + s z g(z), z = s^2
log_g = near(lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z, mpf(2) / 3)
log_gw = lambda z: z
# the same with the s^3 term split off: 2 s + 2/3 s^3 + s^5 g2(z)
log_g2 = near(lambda z: ((2 * atanh(sqrt(z)) / sqrt(z) - 2) / z - mpf(2) / 3) / z, mpf(2) / 5)
log_g2w = lambda z: z * z
# (1 - h)^(-1/2) = 1 + h p(h)
rsqrt_p = near(lambda h: (1 / sqrt(1 - h) - 1) / h, mpf(1) / 2)
rsqrt_w = near(lambda h: abs(h * sqrt(1 - h)), mpf(0))
# sin r = r + r^3 s(z), cos r = 1 - z/2 + z^2 c(z), z = r^2
sin_s = near(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, mpf(-1) / 6)
sin_w = near(lambda z: z, mpf(0))
cos_c = near(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, mpf(1) / 24)
cos_w = lambda z: z * z
# atan a = a + a^3 p(z)
atan_p = near(lambda z: (atan(sqrt(z)) / sqrt(z) - 1) / z, mpf(-1) / 3)
atan_w = lambda z: z
# erf x = x + x p(z) below 1; erfc x = exp(p(x)) above, needed absolutely against erf ~ 1
erf_p = near(lambda z: erf(sqrt(z)) / sqrt(z) - 1, 2 / sqrt(pi) - 1)
erf_w = lambda z: mpf(1)
erfc_p = lambda x: log(erfc(x))
erfc_w = lambda x: erfc(x) / erf(x)
# asin a = a + a^3 p(z), z = a^2
asin_p = near(lambda z: (asin(sqrt(z)) / sqrt(z) - 1) / z, mpf(1) / 6)
asin_w = lambda z: z
# log gamma(2 + f) = f p(f)
lgamma_p = near(lambda f: loggamma(2 + f) / f, digamma(2))
# log gamma(x) = (x - 1/2) (log x - 1) + (log(2 pi) - 1) / 2 + p(z) / x, z = 1/x^2
stirling_p = near(lambda z: (loggamma(1 / sqrt(z)) - (1 / sqrt(z) - mpf(1) / 2) * (-log(z) / 2 - 1)
                             - (log(2 * pi) - 1) / 2) / sqrt(z), mpf(1) / 12)
# digamma(x) = (x - x0) p(x - x0), x0 its zero; and log x - 1/(2 x) - z p(z), z = 1/x^2
DIGAMMA_ZERO = findroot(digamma, mpf("1.4616321449683623"))
digamma_p = near(lambda d: digamma(DIGAMMA_ZERO + d) / d, polygamma(1, DIGAMMA_ZERO))
digamma_tail = near(lambda z: (-log(z) / 2 - sqrt(z) / 2 - digamma(1 / sqrt(z))) / z, mpf(1) / 12)
# trigamma(x) = 1/x + z/2 + z/x p(z), z = 1/x^2
trigamma_tail = near(lambda z: (polygamma(1, 1 / sqrt(z)) - sqrt(z) - z / 2) / (z * sqrt(z)), mpf(1) / 6)


def erfcx_fit(name, scale, hi, degree, fmt):
    """(1 + 2 x) e^(x^2) erfc(x) in t = (x - scale) / (x + scale), 0 <= x <= hi, after Shepherd &
    Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x" (1981)."""
    def f(t):
        x = scale * (1 + t) / (1 - t)
        return (1 + 2 * x) * exp(x * x) * erfc(x)
    fit(name, f, lambda t: 1 / f(t), -1, mpf(hi - scale) / (hi + scale), degree, fmt)


def erf_interval_fit(k):
    """erf(k/2 + t) for -1/8 <= t <= 3/8; erf(t)/t for t >= 0 where k = 0, as the first coefficient is 0 there."""
    if k == 0:
        fit("erf_f32, k = 0, from t on", near(lambda t: erf(t) / t, 2 / sqrt(pi)),
            near(lambda t: t / erf(t), sqrt(pi) / 2), 0, "0.375", 5, "f32")
    else:
        c = mpf(k) / 2
        fit(f"erf_f32, k = {k}", lambda t: erf(c + t), lambda t: 1 / erf(c + t), "-0.125", "0.375", 6, "f32")


def erfinv_ratio(w):
    """erfinv(x) / x at w = -log(1 - x^2), by Halley's iteration on erfc."""
    if w < mpf(10) ** -25:
        return sqrt(pi) / 2
    x = sqrt(-expm1(-w))
    tail = exp(-w) / (1 + x)  # 1 - x
    y = sqrt(w) * mpf("0.8") if w > 1 else x * mpf("0.9")
    for _ in range(40):
        step = (erfc(y) - tail) / (-2 / sqrt(pi) * exp(-y * y))
        step /= 1 + y * step
        y -= step
        if abs(step) < mpf(2) ** -280:
            break
    return y / x


def erfinv_fit(name, lo, hi, center, degree, fmt, root):
    """In t = w - center, or t = sqrt(w) - center."""
    known = {}

    def f(t):
        if t not in known:
            known[t] = erfinv_ratio((t + center) ** 2 if root else t + center)
        return known[t]

    lo, hi = (sqrt(mpf(lo)), sqrt(mpf(hi))) if root else (mpf(lo), mpf(hi))
    fit(name, f, lambda t: 1 / f(t), lo - center, hi - center, degree, fmt)


QUARTER = (pi / 4 * mpf("1.0001"))**2
S2 = ((ROOT - 1) / (ROOT + 1))**2
FITS = {
    "exp_f32": lambda: fit("exp_f32", exp_q, exp_w, -HALF_LN2, HALF_LN2, 4, "f32"),
    "exp_f64": lambda: fit("exp_f64", exp_q, exp_w, -HALF_LN2, HALF_LN2, 10, "f64"),
    "exp2_f32": lambda: fit("exp2_f32", exp2_q, exp2_w, -.5001, .5001, 5, "f32"),
    "exp2_f64": lambda: fit("exp2_f64", exp2_q, exp2_w, -.5001, .5001, 10, "f64"),
    "exp2_mid": lambda: fit("exp2_mid", exp2_q, exp2_w, -.5001, .5001, 6, "f64"),
    "log_f32": lambda: fit("log_f32", log_p, log_w, 1 / ROOT - 1, ROOT - 1, 7, "f32"),
    "log_f64": lambda: fit("log_f64", log_g, log_gw, 0, S2, 6, "f64"),
    "log_dd": lambda: fit("log_dd", log_g2, log_g2w, 0, S2, 7, "f64"),
    "log2_mid": lambda: fit("log2_mid", log2_p, log2_w, 1 / ROOT - 1, ROOT - 1, 12, "f64"),
    "sin_f32": lambda: fit("sin_f32", sin_s, sin_w, 0, QUARTER, 2, "f32"),
    "sin_f64": lambda: fit("sin_f64", sin_s, sin_w, 0, QUARTER, 5, "f64"),
    "cos_f32": lambda: fit("cos_f32", cos_c, cos_w, 0, QUARTER, 2, "f32"),
    "cos_f64": lambda: fit("cos_f64", cos_c, cos_w, 0, QUARTER, 5, "f64"),
    "atan_f32": lambda: fit("atan_f32", atan_p, atan_w, 0, T8**2 * mpf("1.0001"), 4, "f32"),
    "atan_f64": lambda: fit("atan_f64", atan_p, atan_w, 0, T8**2 * mpf("1.0001"), 10, "f64"),
    "asin_f32": lambda: fit("asin_f32", asin_p, asin_w, 0, .2501, 4, "f32"),
    "asin_f64": lambda: fit("asin_f64", asin_p, asin_w, 0, .2501, 11, "f64"),
    "erfcx_f32": lambda: erfcx_fit("erfcx_f32", 2, 11, 10, "f32"),
    "erfcx_f64": lambda: erfcx_fit("erfcx_f64", 4, 28, 23, "f64"),
    "lgamma_f64": lambda: fit("lgamma_f64", lgamma_p, lambda f: 1 / lgamma_p(f), -.7501, .5001, 23, "f64"),
    "stirling_f64": lambda: fit("stirling_f64", stirling_p, lambda z: mpf(1) / 8, 0, mpf(1) / 64, 6, "f64"),
    "digamma_f64": lambda: fit("digamma_f64", digamma_p, lambda d: 1 / digamma_p(d), 1 - DIGAMMA_ZERO,
                               mpf("2.2001") - DIGAMMA_ZERO, 25, "f64"),
    "digamma_tail": lambda: fit("digamma_tail", digamma_tail, lambda z: z, 0, 1 / mpf(7)**2, 7, "f64"),
    "trigamma_tail": lambda: fit("trigamma_tail", trigamma_tail, lambda z: z, 0, 1 / mpf(7)**2, 8, "f64"),
    "rsqrt_f32": lambda: fit("rsqrt_f32", rsqrt_p, rsqrt_w, mpf("-.0706"), mpf(".0706"), 4, "f32"),
    "cbrt_start": lambda: fit("cbrt_start", cbrt, lambda t: 1 / cbrt(t), 1 / ROOT, ROOT, 3,
                              "f32"),
    "erf_f32": lambda: [erf_interval_fit(k) for k in range(8)],
    "erf_near_f32": lambda: fit("erf_near_f32", erf_p, erf_w, 0, 1, 6, "f32"),
    "erf_f64": lambda: fit("erf_f64", erf_p, erf_w, 0, 1, 12, "f64"),
    "erfc_f64": lambda: fit("erfc_f64", erfc_p, erfc_w, 1, 6, 18, "f64"),
    "erfinv_low_f32": lambda: erfinv_fit("erfinv_low_f32", 0, 5, 2.5, 10, "f32", False),
    "erfinv_high_f32": lambda: erfinv_fit("erfinv_high_f32", 5, 17, 3, 10, "f32", True),
    "erfinv_low_f64": lambda: erfinv_fit("erfinv_low_f64", 0, 6.25, 3.125, 24, "f64", False),
    "erfinv_mid_f64": lambda: erfinv_fit("erfinv_mid_f64", 6.25, 16, 3.25, 20, "f64", True),
    "erfinv_high_f64": lambda: erfinv_fit("erfinv_high_f64", 16, 37, 5, 19, "f64", True),
}

if __name__ == "__main__":
    for which in sys.argv[1:] or FITS:
        FITS[which]()
