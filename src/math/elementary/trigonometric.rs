//! Sine, cosine, tangent and the angle of a vector.
//!
//! In: radians, or the two components of a vector. Out: values in [-1, 1], or an angle in [-pi, pi]. The argument
//! loses its multiple of pi/2 first: `r = x - n pi/2` with pi/2 in four parts, the first three so short that their
//! products with `n` are exact (Cody & Waite 1980). Invariant: `sin` and `cos` never leave [-1, 1]; beyond 1e5
//! (binary32) or 1e9 (binary64) they lose accuracy, and beyond 1e7 or 1e16 all of it.

use super::{Arithmetic, by_precision, formula, polynomial, with_sign};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_4};

/// pi/2 in parts that end at the bits 2^-7, 2^-19, 2^-24 and 2^-50: differences down to the third are exact, so the
/// reduced argument is rounded once.
const HALF_PI_SINGLE: [f64; 4] =
    [1.570_312_5, 4.825_592_041_015_625e-4, 1.251_697_540_283_203_1e-6, 1.589_325_471_229_585_7e-8];
/// pi/2 in parts that end at the bits 2^-22, 2^-46, 2^-53 and 2^-106.
const HALF_PI_DOUBLE: [f64; 4] =
    [1.570_796_251_296_997, 7.549_789_415_861_596e-8, 5.329_070_518_200_751e-15, 6.123_233_995_736_766e-17];
/// pi/4 in parts of 22 and 24 bits: four times the first is exact.
const QUARTER_PI_SINGLE: [f64; 2] = [0.785_398_006_439_209, 1.569_582_366_300_892_3e-7];
/// pi/4 in parts of 50 (the last bits of the constant are zero) and 53 bits.
const QUARTER_PI_DOUBLE: [f64; 2] = [FRAC_PI_4, 3.061_616_997_868_383e-17];

/// `(sin r - r) / r^3` as a polynomial in r^2, for r up to pi/4.
const SIN_SINGLE: &[f64] = &[-1.951_529_589_1e-4, 8.332_160_873_6e-3, -1.666_665_461_1e-1];
const SIN_DOUBLE: &[f64] = &[
    1.589_690_995_211_55e-10,
    -2.505_076_025_340_686_3e-8,
    2.755_731_370_707_006_8e-6,
    -1.984_126_982_985_795e-4,
    8.333_333_333_322_49e-3,
    -1.666_666_666_666_663_2e-1,
];
/// `(cos r - 1 + r^2/2) / r^4` as a polynomial in r^2, for r up to pi/4.
const COS_SINGLE: &[f64] = &[2.443_315_711_809_948e-5, -1.388_731_625_493_765e-3, 4.166_664_568_298_827e-2];
const COS_DOUBLE: &[f64] = &[
    -1.135_964_755_778_819_5e-11,
    2.087_572_321_298_175e-9,
    -2.755_731_435_139_066_3e-7,
    2.480_158_728_947_673e-5,
    -1.388_888_888_887_411e-3,
    4.166_666_666_666_66e-2,
];
/// `(atan u - u) / u^3` as a polynomial in u^2, for u up to tan(pi/8).
const ATAN_SINGLE: &[f64] = &[8.053_744_495_38e-2, -1.387_768_560_32e-1, 1.997_771_064_78e-1, -3.333_294_915_39e-1];
const ATAN_DOUBLE: &[f64] = &[
    -1.628_582_011_536_578_2e-2,
    3.653_157_274_421_691_6e-2,
    -4.976_877_994_615_932_4e-2,
    5.833_570_133_790_573_5e-2,
    -6.661_073_137_387_531e-2,
    7.691_876_205_044_83e-2,
    -9.090_887_133_436_507e-2,
    1.111_111_040_546_235_6e-1,
    -1.428_571_427_250_346_6e-1,
    1.999_999_999_987_648_3e-1,
    -3.333_333_333_333_293e-1,
];

/// Sine and cosine of an angle in radians, sharing the reduction of the argument.
#[inline]
pub fn sin_cos<A: Arithmetic>(a: &mut A, x: A::Real) -> (A::Real, A::Real) {
    let n = formula!(a, (floor((x * { FRAC_2_PI }) + 0.5)));
    let mut r = x;
    for part in by_precision(a.precision(), HALF_PI_SINGLE, HALF_PI_DOUBLE) {
        r = formula!(a, (r - (n * { part })));
    }
    // Only an argument far beyond the range of the reduction leaves this interval.
    let r = formula!(a, (max (min r 0.8) (neg 0.8)));
    let (sin_r, cos_r) = sin_cos_reduced(a, r);
    let quarter = formula!(a, (n - (4.0 * (floor(n * 0.25)))));
    let half = formula!(a, (n * 0.5));
    let odd = formula!(a, ((floor half) < half));
    let sin_magnitude = a.select(odd, cos_r, sin_r);
    let cos_magnitude = a.select(odd, sin_r, cos_r);
    let sin = formula!(a, (select (quarter < 2.0) sin_magnitude (neg sin_magnitude)));
    // The cosine is negative in quarters 1 and 2: between 0.5 and 2.5.
    let cos = formula!(a, (select ((abs (quarter - 1.5)) < 1.0) (neg cos_magnitude) cos_magnitude));
    (sin, cos)
}

/// Sine and cosine of at most pi/4 in magnitude.
#[inline(always)]
pub(super) fn sin_cos_reduced<A: Arithmetic>(a: &mut A, r: A::Real) -> (A::Real, A::Real) {
    let precision = a.precision();
    let z = formula!(a, (r * r));
    let p = polynomial(a, z, by_precision(precision, SIN_SINGLE, SIN_DOUBLE));
    let sin = formula!(a, (r + ((r * z) * p)));
    let q = polynomial(a, z, by_precision(precision, COS_SINGLE, COS_DOUBLE));
    let half_z = formula!(a, (0.5 * z));
    let leading = formula!(a, (1.0 - half_z));
    // What rounding took from 1 - z/2 returns with the small terms.
    let cos = formula!(a, (leading + (((1.0 - leading) - half_z) + ((z * z) * q))));
    (sin, cos)
}

/// Sine of an angle in radians.
#[inline]
pub fn sin<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    sin_cos(a, x).0
}

/// Cosine of an angle in radians.
#[inline]
pub fn cos<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    sin_cos(a, x).1
}

/// Tangent of an angle in radians.
#[inline]
pub fn tan<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    let (sin, cos) = sin_cos(a, x);
    a.div(sin, cos)
}

/// The angle of the vector (x, y) in radians, in [-pi, pi]; 0 for the null vector. The sign of a zero does not count:
/// the angle of (-1, -0) is pi. `|x| + |y|` must not overflow.
#[inline]
pub fn atan2<A: Arithmetic>(a: &mut A, y: A::Real, x: A::Real) -> A::Real {
    let precision = a.precision();
    let (width, height) = (a.abs(x), a.abs(y));
    // First octant: the angle of (long, short) is at most pi/4. Selections, not min and max, carry a NaN through.
    let steep = a.less(width, height);
    let long = a.select(steep, height, width);
    let short = a.select(steep, width, height);
    // Above pi/8, the angle is pi/4 plus that of the vector turned back by pi/4.
    let turned = formula!(a, ((long * 0.414_213_562_373_095_03) < short));
    let numerator = formula!(a, (select turned (short - long) short));
    let denominator = formula!(a, (select turned (short + long) long));
    let is_null = formula!(a, (equal denominator 0.0));
    let u = formula!(a, (numerator / (select is_null 1.0 denominator)));
    let z = formula!(a, (u * u));
    let p = polynomial(a, z, by_precision(precision, ATAN_SINGLE, ATAN_DOUBLE));
    let angle = formula!(a, (u + ((u * z) * p)));
    // The octants: angle := k pi/4 +- angle, reflected at the diagonal (steep) and at the vertical (x < 0).
    let k = formula!(a, (select turned 1.0 0.0));
    let k = formula!(a, (select steep (2.0 - k) k));
    let angle = formula!(a, (select steep (neg angle) angle));
    let k = formula!(a, (select (x < 0.0) (4.0 - k) k));
    let angle = formula!(a, (select (x < 0.0) (neg angle) angle));
    let [leading, trailing] = by_precision(precision, QUARTER_PI_SINGLE, QUARTER_PI_DOUBLE);
    let magnitude = formula!(a, ((k * { leading }) + (angle + (k * { trailing }))));
    with_sign(a, magnitude, y)
}
