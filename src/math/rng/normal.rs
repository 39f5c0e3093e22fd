//! Normal numbers from 32 random bits: the inverse of the normal distribution at `(bits + 1/2) / 2^32`.
//!
//! In: bits. Out: a number of at most 6.34 in magnitude, antisymmetric under exchange of all bits. The probability
//! beyond the number, `q = (2 t + 1) / 2^32` on both sides together, is formed in integers, so the tails lose nothing
//! in f32. f64: Wichura, AS 241 (1988), to 1e-15. f32: polynomials of the form of Giles (2010) in
//! `w = -log(q (2 - q)) = -log(1 - (1 - q)^2)`, fitted to q >= 2^-32. Invariant: elementary operations of our own only.

use crate::math::elementary::{scalar32, scalar64};

/// Where the f32 formula changes from w to its square root.
const TAIL: f32 = 5.0;
/// `x / (1 - q)` as a polynomial in w - 2.5, for w below 5, the highest power first.
const CENTRAL_SINGLE: [f32; 9] = [
    4.035_465_4e-8,
    4.861_039_6e-7,
    -4.990_565_4e-6,
    -6.217_993e-6,
    3.091_502e-4,
    -1.773_010_1e-3,
    -5.908_171e-3,
    3.488_026_6e-1,
    2.123_313_6,
];
/// The same in sqrt w - 3.5, from w = 5 on.
const TAIL_SINGLE: [f32; 9] = [
    -3.022_945_3e-5,
    -2.777_738_4e-4,
    8.628_701e-4,
    -1.013_926_8e-3,
    1.375_012_5e-3,
    -2.899_218e-3,
    4.673_481_4e-3,
    1.424_633_2,
    4.717_087_7,
];

/// AS 241, |p - 1/2| <= 0.425: numerator and denominator, the highest power first.
const CENTRAL_DOUBLE: [[f64; 8]; 2] = [
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
];
/// AS 241, the tails as far as exp(-25).
const TAIL_DOUBLE: [[f64; 8]; 2] = [
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

/// Whether the number is positive, and `2 t + 1 = 2^32 q`, the smaller part of the interval in units of 2^-33.
#[inline(always)]
const fn side_and_tail(bits: u32) -> (bool, u32) {
    let positive = bits >> 31 == 1;
    let t = if positive { !bits } else { bits };
    (positive, 2 * t + 1)
}

/// A normal number in f32 arithmetic; within 1e-6 (relative) of [`normal_f64`].
#[inline(always)]
#[expect(clippy::cast_precision_loss, reason = "rounded once, relative to its own size")]
pub fn normal_f32(bits: u32) -> f32 {
    const UNIT: f32 = 1.0 / 4_294_967_296.0;
    let (positive, tail) = side_and_tail(bits);
    let q = tail as f32 * UNIT;
    let magnitude = tail.wrapping_neg() as f32 * UNIT;
    let w = -scalar32::log(q * (2.0 - q));
    let central = horner(&CENTRAL_SINGLE, w - 2.5);
    // Rounding may leave a w just below zero.
    let outer = horner(&TAIL_SINGLE, w.abs().sqrt() - 3.5);
    let x = magnitude * if w < TAIL { central } else { outer };
    if positive { x } else { -x }
}

/// A normal number, accurate to 1e-15.
#[inline(always)]
pub fn normal_f64(bits: u32) -> f64 {
    const UNIT: f64 = 1.0 / 4_294_967_296.0;
    let (positive, tail) = side_and_tail(bits);
    let distance = f64::from(tail.wrapping_neg()) * UNIT * 0.5;
    let r = 0.180_625 - distance * distance;
    let central = distance * quotient(&CENTRAL_DOUBLE, r);
    let r = (-scalar64::log(f64::from(tail) * UNIT * 0.5)).sqrt() - 1.6;
    let outer = quotient(&TAIL_DOUBLE, r);
    let x = if distance <= 0.425 { central } else { outer };
    if positive { x } else { -x }
}

#[inline(always)]
fn horner<const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    coefficients[1..].iter().fold(coefficients[0], |sum, coefficient| sum * x + coefficient)
}

#[inline(always)]
fn quotient(coefficients: &[[f64; 8]; 2], x: f64) -> f64 {
    let [numerator, denominator] =
        coefficients.each_ref().map(|c| c[1..].iter().fold(c[0], |sum, coefficient| sum * x + coefficient));
    numerator / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with 40 digits.
    const QUANTILES: [(u32, f64); 9] = [
        (0, -6.337_957_754_553_789_5),
        (1, -6.166_429_517_819_751),
        (1000, -5.039_851_125_968_711_5),
        (100_000, -4.072_224_009_854_168),
        (50_000_000, -2.268_757_700_244_472_5),
        (690_000_000, -0.991_777_064_045_992_8),
        (2_000_000_000, -0.086_180_949_004_489_7),
        (2_147_483_648, 2.918_099_372_916_623e-10),
        (3_000_000_000, 0.520_068_061_848_876_2),
    ];

    #[test]
    fn quantiles_of_the_normal_distribution() {
        for (bits, expected) in QUANTILES {
            let double = normal_f64(bits);
            assert!((double / expected - 1.0).abs() < 1e-14, "{bits}: {double}, expected {expected}");
            assert_eq!(normal_f64(!bits).to_bits(), (-double).to_bits());
            assert_eq!(normal_f32(!bits).to_bits(), (-normal_f32(bits)).to_bits());
        }
    }

    #[test]
    fn single_follows_double() {
        let worst = (0..2_000_000_u32)
            .map(|i| i.wrapping_mul(0x9E37_79B9))
            .chain((0..32).map(|shift| u32::MAX >> shift))
            .map(|bits| (f64::from(normal_f32(bits)) / normal_f64(bits) - 1.0).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-6, "relative difference {worst}");
    }

    /// Numbers in the text of the shader, as the f32 they stand for.
    fn literals(text: &str) -> Vec<f32> {
        text.lines()
            .map(|line| line.split("//").next().unwrap_or_default())
            .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c))))
            .filter_map(|word| word.strip_suffix('f')?.parse().ok())
            .collect()
    }

    #[test]
    fn the_shader_is_valid_and_has_the_same_coefficients() {
        let text = include_str!("../../../shaders/common/rng.wgsl");
        let module =
            naga::front::wgsl::parse_str(text).unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)));
        naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
            .validate(&module)
            .expect("rng.wgsl is valid");
        let in_shader = literals(text);
        let log = crate::math::elementary::log_coefficients_f32();
        let expected: Vec<f32> = log.chain(CENTRAL_SINGLE).chain(TAIL_SINGLE).collect();
        let found = in_shader.windows(expected.len()).any(|window| window == expected);
        assert!(found, "expected {expected:?} in sequence among {in_shader:?}");
    }
}
