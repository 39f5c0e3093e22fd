//! Exponential, logarithm, powers and the hyperbolic functions.
//!
//! In: a real number. Out: as IEEE arithmetic would end: beyond the largest number `exp`, `sinh`, `cosh` and `pow`
//! overflow to infinity, below the smallest `exp` and `pow` underflow to zero, gradually where the machine has
//! subnormal numbers. `x = n ln 2 + r`, |r| <= ln 2 / 2, and `x = 2^n m`, 1/sqrt 2 <= m < sqrt 2, reduce the arguments.
//! Invariant: `power2` is only asked for exponents of normal numbers, whatever finite number comes in.

use super::{Arithmetic, by_precision, formula, polynomial, with_sign};
use std::f64::consts::{LOG2_E, SQRT_2};

/// ln 2 in two parts; the product of the first with an exponent is exact.
const LN_2_SINGLE: [f64; 2] = [0.693_359_375, -2.121_944_400_546_905_7e-4];
const LN_2_DOUBLE: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// Arguments between which exp, and half of it, is neither zero nor infinite, with room to spare.
const EXP_RANGE_SINGLE: [f64; 2] = [-106.0, 90.0];
const EXP_RANGE_DOUBLE: [f64; 2] = [-748.0, 711.0];

/// `(exp r - 1 - r) / r^2`.
const EXP_SINGLE: &[f64] = &[
    1.987_569_150_0e-4,
    1.398_199_950_7e-3,
    8.333_451_907_3e-3,
    4.166_579_589_4e-2,
    1.666_666_545_9e-1,
    5.000_000_120_1e-1,
];
/// `r - t R(t)` with `t = r^2`, where `exp r = 1 + r + r c / (2 - c)`: the polynomial of fdlibm.
const EXP_DOUBLE: &[f64] = &[
    4.138_136_797_057_238_5e-8,
    -1.653_390_220_546_525_2e-6,
    6.613_756_321_437_934e-5,
    -2.777_777_777_701_559_3e-3,
    1.666_666_666_666_660_2e-1,
];

/// `(log(1 + f) - f + f^2/2) / f^3`.
const LOG_SINGLE: &[f64] = &[
    7.037_683_629_2e-2,
    -1.151_461_031_0e-1,
    1.167_699_874_0e-1,
    -1.242_014_084_6e-1,
    1.424_932_278_7e-1,
    -1.666_805_766_5e-1,
    2.000_071_476_5e-1,
    -2.499_999_399_3e-1,
    3.333_333_117_4e-1,
];
/// `(log((1 + s)/(1 - s)) / s - 2) / s^2` as a polynomial in s^2; its first four terms suffice in binary32.
const LOG_RATIO: &[f64] = &[
    1.479_819_860_511_658_6e-1,
    1.531_383_769_920_937_3e-1,
    1.818_357_216_161_805e-1,
    2.222_219_843_214_978_4e-1,
    2.857_142_874_366_239e-1,
    3.999_999_999_940_942e-1,
    6.666_666_666_666_735e-1,
];

/// `(sinh x - x) / x^3` as a polynomial in x^2, for x up to 1.
const SINH_SINGLE: &[f64] = &[2.037_219_129_45e-4, 8.330_283_762_39e-3, 1.666_671_602_11e-1];
/// The Taylor series of the same: 1/19!, 1/17!, ... 1/3!.
const SINH_DOUBLE: &[f64] = &[
    8.220_635_246_624_33e-18,
    2.811_457_254_345_521e-15,
    7.647_163_731_819_816e-13,
    1.605_904_383_682_161_6e-10,
    2.505_210_838_544_172e-8,
    2.755_731_922_398_589_3e-6,
    1.984_126_984_126_984e-4,
    8.333_333_333_333_333e-3,
    1.666_666_666_666_666_6e-1,
];

/// `(tanh x - x) / x^3` as a polynomial in x^2, for x up to 0.625.
const TANH_SINGLE: &[f64] =
    &[-5.704_988_727_45e-3, 2.063_908_879_54e-2, -5.373_971_555_31e-2, 1.333_144_220_36e-1, -3.333_328_194_22e-1];
/// The same as a quotient of polynomials.
const TANH_DOUBLE: [&[f64]; 2] = [
    &[-9.643_991_794_250_523e-1, -9.928_772_310_019_185e1, -1.614_687_684_417_084_5e3],
    &[1.0, 1.128_116_784_916_329_3e2, 2.235_488_390_601_004_5e3, 4.844_063_053_251_255e3],
];

/// The coefficients of the binary32 logarithm, for the test of the shader that repeats them.
#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "literals of binary32")]
pub(crate) fn log_coefficients_f32() -> impl Iterator<Item = f32> {
    LOG_SINGLE.iter().map(|&coefficient| coefficient as f32)
}

/// `e^x`.
#[inline]
pub fn exp<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    let tail = a.constant(0.0);
    scaled_exp(a, x, tail, 0.0)
}

/// `2^-halvings e^(x + tail)` for a tail that is small where the result is finite.
#[inline(always)]
fn scaled_exp<A: Arithmetic>(a: &mut A, x: A::Real, tail: A::Real, halvings: f64) -> A::Real {
    let precision = a.precision();
    let [lowest, highest] = by_precision(precision, EXP_RANGE_SINGLE, EXP_RANGE_DOUBLE);
    let x = formula!(a, (min (max x {lowest}) {highest}));
    let n = formula!(a, (floor((x * { LOG2_E }) + 0.5)));
    let [leading, trailing] = by_precision(precision, LN_2_SINGLE, LN_2_DOUBLE);
    let high = formula!(a, (x - (n * { leading })));
    let low = formula!(a, ((n * { trailing }) - tail));
    let r = a.sub(high, low);
    let t = a.mul(r, r);
    let exp_r = match precision {
        super::Precision::F32 => {
            let p = polynomial(a, r, EXP_SINGLE);
            formula!(a, (1.0 + (r + (t * p))))
        }
        super::Precision::F64 => {
            let p = polynomial(a, t, EXP_DOUBLE);
            let c = formula!(a, (r - (t * p)));
            formula!(a, (1.0 - ((low - ((r * c) / (2.0 - c))) - high)))
        }
    };
    // Two factors reach the subnormal numbers and infinity with normal powers of two.
    let first = formula!(a, (floor(n * 0.5)));
    let second = formula!(a, ((n - first) - { halvings }));
    formula!(a, ((exp_r * (power2 first)) * (power2 second)))
}

/// Exponent and significand of a positive normal number, the latter between 1/sqrt 2 and sqrt 2.
#[inline(always)]
fn balanced_parts<A: Arithmetic>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    let exponent = a.exponent(x);
    let significand = a.significand(x);
    let above = formula!(a, ({ SQRT_2 } < significand));
    let n = formula!(a, (select above (exponent + 1.0) exponent));
    let m = formula!(a, (select above (significand * 0.5) significand));
    (n, m)
}

/// Natural logarithm. Zero (and subnormal numbers, which count as zero) and negative numbers give minus infinity, by
/// an overflowing product: the finiteness guard of a run reports it.
#[inline]
pub fn log<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    let precision = a.precision();
    let (n, m) = balanced_parts(a, x);
    let f = formula!(a, (m - 1.0));
    let half_square = formula!(a, (0.5 * (f * f)));
    let [leading, trailing] = by_precision(precision, LN_2_SINGLE, LN_2_DOUBLE);
    let value = match precision {
        super::Precision::F32 => {
            let p = polynomial(a, f, LOG_SINGLE);
            let small = formula!(a, ((((f * f) * f) * p) + (n * { trailing })));
            formula!(a, ((n * { leading }) + (f + (small - half_square))))
        }
        super::Precision::F64 => {
            let s = formula!(a, (f / (2.0 + f)));
            let z = a.mul(s, s);
            let p = polynomial(a, z, LOG_RATIO);
            let small = formula!(a, ((s * (half_square + (z * p))) + (n * { trailing })));
            formula!(a, ((n * { leading }) - ((half_square - small) - f)))
        }
    };
    guard_logarithm(a, x, value)
}

/// `value` where x is positive, normal and finite; else what the logarithm is there: infinity of infinity, a NaN of
/// a NaN, minus infinity of all other numbers.
#[inline(always)]
fn guard_logarithm<A: Arithmetic>(a: &mut A, x: A::Real, value: A::Real) -> A::Real {
    let precision = a.precision();
    let smallest = by_precision(precision, f64::from(f32::MIN_POSITIVE), f64::MIN_POSITIVE);
    let largest = precision.largest();
    let positive = formula!(a, ({ smallest } <= x));
    let finite = formula!(a, (x <= { largest }));
    let outside = formula!(a, (select positive x ({-largest} * (2.0 + (abs x)))));
    formula!(a, (select (and positive finite) value outside))
}

/// `base^exponent` for a positive base: `exp(exponent log base)` with the logarithm and the product in two words.
/// Zero (and subnormal numbers) to a positive power is 0; otherwise a base that is not positive gives minus infinity,
/// as in [`log`].
#[inline]
pub fn pow<A: Arithmetic>(a: &mut A, base: A::Real, exponent: A::Real) -> A::Real {
    // 2^80 times the logarithm nearest to zero is beyond the range of exp already, and no product overflows.
    const ENOUGH: f64 = 1.208_925_819_614_629_2e+24;
    let (log, log_tail) = two_word_log(a, base);
    let exponent = formula!(a, (min (max exponent {-ENOUGH}) {ENOUGH}));
    let (product, error) = two_word_product(a, exponent, log);
    let tail = formula!(a, (error + (exponent * log_tail)));
    let tail = formula!(a, (min (max tail (neg 1.0)) 1.0));
    let power = scaled_exp(a, product, tail, 0.0);
    let precision = a.precision();
    let smallest = by_precision(precision, f64::from(f32::MIN_POSITIVE), f64::MIN_POSITIVE);
    let is_zero = formula!(a, ((abs base) < {smallest}));
    let vanishes = formula!(a, (and is_zero (0.0 < exponent)));
    let guarded = guard_logarithm(a, base, power);
    formula!(a, (select vanishes 0.0 guarded))
}

/// The logarithm of a positive normal number as a sum of two words, about 2^-6 of an ulp accurate.
#[inline(always)]
fn two_word_log<A: Arithmetic>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    let precision = a.precision();
    let (n, m) = balanced_parts(a, x);
    // s = (m - 1) / (m + 1) in two words; the numerator is exact.
    let numerator = formula!(a, (m - 1.0));
    let denominator = formula!(a, (m + 1.0));
    let denominator_tail = formula!(a, (m - (denominator - 1.0)));
    let s = a.div(numerator, denominator);
    let (product, error) = two_word_product(a, s, denominator);
    let s_tail = formula!(a, ((((numerator - product) - error) - (s * denominator_tail)) / denominator));
    // log m = 2 s + s^3 p(s^2)
    let z = a.mul(s, s);
    let p = polynomial(a, z, by_precision(precision, &LOG_RATIO[3..], LOG_RATIO));
    let [leading, trailing] = by_precision(precision, LN_2_SINGLE, LN_2_DOUBLE);
    let cubic = formula!(a, ((s * z) * p));
    let small = formula!(a, (((n * { trailing }) + (2.0 * s_tail)) + cubic));
    let whole = formula!(a, (n * { leading }));
    let twice_s = a.add(s, s);
    // Either n is 0 or |n leading| exceeds |2 s|: the error of the sum is exact.
    let sum = a.add(whole, twice_s);
    let sum_error = formula!(a, ((whole - sum) + twice_s));
    let rest = a.add(sum_error, small);
    let high = a.add(sum, rest);
    let low = formula!(a, ((sum - high) + rest));
    (high, low)
}

/// A product as rounded and its error, exactly (Dekker 1971).
#[inline(always)]
fn two_word_product<A: Arithmetic>(a: &mut A, x: A::Real, y: A::Real) -> (A::Real, A::Real) {
    let (x_high, x_low) = halves(a, x);
    let (y_high, y_low) = halves(a, y);
    let product = a.mul(x, y);
    let error =
        formula!(a, ((((x_high * y_high) - product) + ((x_high * y_low) + (x_low * y_high))) + (x_low * y_low)));
    (product, error)
}

/// A number as a sum of two with half as many significant bits (Veltkamp 1968).
#[inline(always)]
fn halves<A: Arithmetic>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    let splitter = by_precision(a.precision(), 4097.0, 134_217_729.0);
    let scaled = formula!(a, (x * { splitter }));
    let high = formula!(a, (scaled - (scaled - x)));
    let low = a.sub(x, high);
    (high, low)
}

/// `e^|x| / 2`.
#[inline(always)]
fn half_exp_of_magnitude<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    let magnitude = a.abs(x);
    let tail = a.constant(0.0);
    scaled_exp(a, magnitude, tail, 1.0)
}

/// Hyperbolic sine.
#[inline]
pub fn sinh<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    let half_exp = half_exp_of_magnitude(a, x);
    let large = formula!(a, (half_exp - (0.25 / half_exp)));
    let large = with_sign(a, large, x);
    let z = formula!(a, (min (x * x) 1.0));
    let p = polynomial(a, z, by_precision(a.precision(), SINH_SINGLE, SINH_DOUBLE));
    let small = formula!(a, (x + ((x * z) * p)));
    formula!(a, (select ((abs x) < 1.0) small large))
}

/// Hyperbolic cosine.
#[inline]
pub fn cosh<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    let half_exp = half_exp_of_magnitude(a, x);
    formula!(a, (half_exp + (0.25 / half_exp)))
}

/// Hyperbolic tangent.
#[inline]
pub fn tanh<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    // From 22 on, 1 is the nearest number in either precision.
    let magnitude = formula!(a, (min (abs x) 22.0));
    let exp_twice = {
        let twice = a.add(magnitude, magnitude);
        exp(a, twice)
    };
    let large = formula!(a, (1.0 - (2.0 / (exp_twice + 1.0))));
    let large = with_sign(a, large, x);
    let z = formula!(a, (min (x * x) 1.0));
    let p = match a.precision() {
        super::Precision::F32 => polynomial(a, z, TANH_SINGLE),
        super::Precision::F64 => {
            let numerator = polynomial(a, z, TANH_DOUBLE[0]);
            let denominator = polynomial(a, z, TANH_DOUBLE[1]);
            a.div(numerator, denominator)
        }
    };
    let small = formula!(a, (x + ((x * z) * p)));
    formula!(a, (select (magnitude < 0.625) small large))
}
