//! Measured errors of the elementary functions: the table in the documentation of the module, as assertions.
//!
//! The reference is the platform's f64 library, itself within one ulp; against it a binary32 error is exact and a
//! binary64 error is known to one ulp. Arguments are deterministic and spread over every exponent of interest.

use super::{scalar32, scalar64};

const POINTS: u32 = 200_000;

/// `POINTS` numbers from `low` to `high`, irregularly spaced (golden-ratio sequence).
fn spread(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (0..POINTS).map(move |i| low + (high - low) * (f64::from(i) * 0.618_033_988_749_894_9).fract())
}

/// Numbers of both signs whose logarithms are spread.
fn spread_magnitudes(low: f64, high: f64) -> impl Iterator<Item = f64> {
    spread(low.ln(), high.ln()).enumerate().map(|(i, log)| if i % 2 == 0 { log.exp() } else { -log.exp() })
}

/// Spacing of binary32 numbers near a value, as f64.
fn spacing32(value: f64) -> f64 {
    2f64.powf((value.abs().max(f64::from(f32::MIN_POSITIVE))).log2().floor() - 23.0)
}

fn spacing64(value: f64) -> f64 {
    2f64.powf((value.abs().max(f64::MIN_POSITIVE)).log2().floor() - 52.0)
}

#[expect(clippy::cast_possible_truncation, reason = "arguments are rounded to binary32 on purpose")]
fn rounded(x: f64) -> f32 {
    x as f32
}

/// Largest errors in ulp over the arguments, in binary32 and binary64.
fn errors(
    arguments: impl Iterator<Item = f64>,
    single: impl Fn(f32) -> f32,
    double: impl Fn(f64) -> f64,
    reference: impl Fn(f64) -> f64,
) -> [f64; 2] {
    let mut worst = [0.0_f64; 2];
    for x in arguments {
        let x32 = rounded(x);
        let exact = reference(f64::from(x32));
        worst[0] = worst[0].max((f64::from(single(x32)) - exact).abs() / spacing32(exact));
        let exact = reference(x);
        worst[1] = worst[1].max((double(x) - exact).abs() / spacing64(exact));
    }
    worst
}

#[track_caller]
fn assert_within(name: &str, measured: [f64; 2], bounds: [f64; 2]) {
    eprint_measured(name, measured);
    assert!(measured[0] <= bounds[0], "{name} in binary32: {} ulp, allowed {}", measured[0], bounds[0]);
    assert!(measured[1] <= bounds[1], "{name} in binary64: {} ulp, allowed {}", measured[1], bounds[1]);
}

#[expect(clippy::print_stderr, reason = "shown on request: the figures of the documentation")]
fn eprint_measured(name: &str, measured: [f64; 2]) {
    eprintln!("{name}: {:.2} {:.2}", measured[0], measured[1]);
}

#[test]
fn sine_and_cosine() {
    let arguments = || spread(-100.0, 100.0).chain(spread_magnitudes(1e-6, 3.0));
    assert_within("sin", errors(arguments(), scalar32::sin, scalar64::sin, f64::sin), [1.5, 1.0]);
    assert_within("cos", errors(arguments(), scalar32::cos, scalar64::cos, f64::cos), [1.5, 1.0]);
    assert_within("tan", errors(arguments(), scalar32::tan, scalar64::tan, f64::tan), [2.8, 3.0]);
}

#[test]
fn sine_and_cosine_of_large_arguments() {
    let mut worst = [0.0_f64; 2];
    for (x, y) in spread(-1e5, 1e5).zip(spread(-1e9, 1e9)) {
        let x = rounded(x);
        let (sin, cos) = scalar32::sin_cos(x);
        let (exact_sin, exact_cos) = f64::from(x).sin_cos();
        let error = (f64::from(sin) - exact_sin).abs().max((f64::from(cos) - exact_cos).abs());
        worst[0] = worst[0].max(error / f64::from(f32::EPSILON));
        let (sin, cos) = scalar64::sin_cos(y);
        let error = (sin - y.sin()).abs().max((cos - y.cos()).abs());
        worst[1] = worst[1].max(error / f64::EPSILON);
    }
    assert_within("sin, cos, absolute", worst, [0.6, 0.5]);
    for x in spread_magnitudes(1e5, 1e300) {
        let (sin, cos) = scalar64::sin_cos(x);
        assert!(sin.abs() <= 1.0 && cos.abs() <= 1.0, "sin_cos({x}) = {sin}, {cos}");
        let (sin, cos) = scalar32::sin_cos(rounded(x.signum() * x.abs().powf(0.12)));
        assert!(sin.abs() <= 1.0 && cos.abs() <= 1.0, "sin_cos({x}) = {sin}, {cos}");
    }
}

#[test]
fn exponential() {
    let narrow = errors(spread(-87.0, 88.7), scalar32::exp, scalar64::exp, f64::exp);
    let wide = errors(spread(-708.0, 709.7), |_| 1.0, scalar64::exp, f64::exp)[1];
    assert_within("exp", [narrow[0], narrow[1].max(wide)], [1.0, 1.0]);
}

#[test]
fn exponential_ends_like_ieee() {
    assert_eq!(scalar32::exp(89.0).to_bits(), f32::INFINITY.to_bits());
    assert_eq!(scalar32::exp(f32::MAX).to_bits(), f32::INFINITY.to_bits());
    assert_eq!(scalar32::exp(-105.0).to_bits(), 0);
    assert_eq!(scalar32::exp(f32::MIN).to_bits(), 0);
    assert_eq!(scalar64::exp(710.0).to_bits(), f64::INFINITY.to_bits());
    assert_eq!(scalar64::exp(f64::MIN).to_bits(), 0);
    assert!((scalar64::exp(-740.0) / (-740.0_f64).exp() - 1.0).abs() < 0.1, "gradual underflow");
}

#[test]
fn logarithm() {
    let magnitudes = || spread_magnitudes(1.2e-38, 3.4e38).map(f64::abs).chain(spread(0.5, 2.0));
    let measured = errors(magnitudes(), scalar32::log, scalar64::log, f64::ln);
    let wide = errors(spread_magnitudes(3e-308, 1e308).map(f64::abs), |_| 1.0, scalar64::log, f64::ln)[1];
    assert_within("log", [measured[0], measured[1].max(wide)], [1.0, 1.0]);
    for x in [0.0, -0.0, -1.0, -f64::MAX, 1e-310] {
        assert_eq!(scalar64::log(x).to_bits(), f64::NEG_INFINITY.to_bits(), "log({x})");
        assert_eq!(scalar32::log(rounded(x)).to_bits(), f32::NEG_INFINITY.to_bits(), "log({x})");
    }
    assert_eq!(scalar64::log(f64::INFINITY).to_bits(), f64::INFINITY.to_bits());
    assert_eq!(scalar64::log(1.0).to_bits(), 0);
}

#[test]
fn hyperbolic() {
    let arguments = || spread(-89.3, 89.3).chain(spread_magnitudes(1e-6, 3.0));
    assert_within("sinh", errors(arguments(), scalar32::sinh, scalar64::sinh, f64::sinh), [1.5, 2.0]);
    assert_within("cosh", errors(arguments(), scalar32::cosh, scalar64::cosh, f64::cosh), [1.5, 2.0]);
    assert_within("tanh", errors(arguments(), scalar32::tanh, scalar64::tanh, f64::tanh), [1.3, 2.0]);
    assert_eq!(scalar64::sinh(-711.0).to_bits(), f64::NEG_INFINITY.to_bits());
    assert!(scalar64::cosh(710.4).is_finite(), "as far as the result is finite");
}

#[test]
fn angles() {
    let mut worst = [0.0_f64; 2];
    for (ratio, turn) in spread_magnitudes(1e-6, 1e6).zip(spread(0.5, 2.0)) {
        for (y, x) in [(ratio * turn, turn), (-ratio * turn, turn), (ratio * turn, -turn), (-ratio * turn, -turn)] {
            let exact = y.atan2(x);
            worst[1] = worst[1].max((scalar64::atan2(y, x) - exact).abs() / spacing64(exact));
            let (y, x) = (rounded(y), rounded(x));
            let exact = f64::from(y).atan2(f64::from(x));
            worst[0] = worst[0].max((f64::from(scalar32::atan2(y, x)) - exact).abs() / spacing32(exact));
        }
    }
    assert_within("atan2", worst, [1.8, 2.0]);
    assert_eq!(scalar64::atan2(0.0, 0.0).to_bits(), 0);
    assert_eq!(scalar64::atan2(0.0, -1.0).to_bits(), std::f64::consts::PI.to_bits());
    assert_eq!(scalar64::atan2(-1.0, 0.0).to_bits(), (-std::f64::consts::FRAC_PI_2).to_bits());
    assert_eq!(scalar32::atan2(1.0, 1.0).to_bits(), std::f32::consts::FRAC_PI_4.to_bits());
}

#[test]
fn powers() {
    let mut worst = [0.0_f64; 2];
    for (base, log) in spread_magnitudes(1e-9, 1e9).map(f64::abs).zip(spread(-80.0, 80.0)) {
        let exponent = log / base.ln();
        let (base32, exponent32) = (rounded(base), rounded(exponent));
        let exact = f64::from(base32).powf(f64::from(exponent32));
        worst[0] = worst[0].max((f64::from(scalar32::pow(base32, exponent32)) - exact).abs() / spacing32(exact));
        let exponent = exponent * 8.6;
        let exact = base.powf(exponent);
        worst[1] = worst[1].max((scalar64::pow(base, exponent) - exact).abs() / spacing64(exact));
    }
    assert_within("pow", worst, [1.0, 1.0]);
    assert_eq!(scalar64::pow(0.0, 0.5).to_bits(), 0);
    assert_eq!(scalar64::pow(1.0, 1e300).to_bits(), 1.0_f64.to_bits());
    assert_eq!(scalar64::pow(2.0, 1e300).to_bits(), f64::INFINITY.to_bits());
    assert_eq!(scalar32::pow(0.5, 1e30).to_bits(), 0);
    assert_eq!(scalar64::pow(-1.0, 0.5).to_bits(), f64::NEG_INFINITY.to_bits());
}

#[test]
fn integer_powers() {
    assert_eq!(scalar64::powi(3.0, 0).to_bits(), 1.0_f64.to_bits());
    assert_eq!(scalar64::powi(-3.0, 5).to_bits(), (-243.0_f64).to_bits());
    assert_eq!(scalar64::powi(2.0, -10).to_bits(), (1.0 / 1024.0_f64).to_bits());
    assert_eq!(scalar64::powi(1.0, i32::MIN).to_bits(), 1.0_f64.to_bits());
}

#[test]
fn a_nan_stays_one() {
    let functions =
        [scalar64::sin, scalar64::cos, scalar64::tan, scalar64::exp, scalar64::log, scalar64::sinh, scalar64::cosh];
    assert!(functions.iter().all(|function| function(f64::NAN).is_nan()));
    assert!(scalar64::tanh(f64::NAN).is_nan() && scalar32::log(f32::NAN).is_nan());
    assert!(scalar64::atan2(f64::NAN, 1.0).is_nan() && scalar64::atan2(1.0, f64::NAN).is_nan());
    assert!(scalar64::pow(f64::NAN, 2.0).is_nan() && scalar64::pow(2.0, f64::NAN).is_nan());
}
