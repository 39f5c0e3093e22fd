//! Our own elementary functions, written once over [`Arithmetic`].
//!
//! In: a real number of either precision (a plain one, or one of a kernel under construction). Out: the function's
//! value, by IEEE additions, multiplications, divisions and square roots only, without a branch, so the same formula
//! is Rust, machine code and WGSL. Invariant: the result depends on the argument alone, bit for bit, on every
//! machine; a NaN argument never gives a number.
//!
//! Kernels: fdlibm (Sun, 1993) for binary64; Cephes (Moshier) for binary32; argument reduction after Cody & Waite
//! with products that are exact without fma. Largest errors found by the tests in `accuracy.rs`, which assert the
//! bounds (units in the last place of the result; binary64 against the platform's own functions, so known to one ulp):
//!
//! | function | arguments tested | binary32 | binary64 |
//! |---|---|---|---|
//! | `sin`, `cos` | at most 100 in magnitude | 1.5 | 1 |
//! | `sin`, `cos`, absolute error in ulp of 1 | at most 1e5 (binary32), 1e9 (binary64) | 0.6 | 0.5 |
//! | `tan` | at most 100 | 2.8 | 3 |
//! | `exp` | where the result is a normal number | 1.0 | 1 |
//! | `log` | all positive normal numbers | 0.8 | 1 |
//! | `sinh`, `cosh` | where the result is finite | 1.5 | 2 |
//! | `tanh` | all | 1.3 | 2 |
//! | `atan2` | all quadrants, ratios 1e-6 to 1e6 | 1.8 | 2 |
//! | `pow` | base 1e-9 to 1e9, result 1e-34 to 1e34 (binary32), 1e-298 to 1e298 (binary64) | 1.0 | 1 |
//!
//! `powi` costs at most `2 log2 n` multiplications and loses about half an ulp in each factor.

#[cfg(test)]
mod accuracy;
mod exponential;
mod scalar;
mod trigonometric;

#[cfg(test)]
pub(crate) use exponential::log_coefficients_f32;
pub use exponential::{cosh, exp, log, pow, sinh, tanh};
pub use scalar::{scalar32, scalar64};
use trigonometric::sin_cos_reduced;
pub use trigonometric::{atan2, cos, sin, sin_cos, tan};

use super::arithmetic::{Arithmetic, Precision};

/// Writes a formula as calls on an [`Arithmetic`]: every operation in its own parentheses, numbers as literals or, if
/// named, in braces.
macro_rules! formula {
    ($a:ident, ($left:tt + $right:tt)) => { formula!(@ $a, add, $left, $right) };
    ($a:ident, ($left:tt - $right:tt)) => { formula!(@ $a, sub, $left, $right) };
    ($a:ident, ($left:tt * $right:tt)) => { formula!(@ $a, mul, $left, $right) };
    ($a:ident, ($left:tt / $right:tt)) => { formula!(@ $a, div, $left, $right) };
    ($a:ident, ($left:tt < $right:tt)) => { formula!(@ $a, less, $left, $right) };
    ($a:ident, ($left:tt <= $right:tt)) => { formula!(@ $a, less_equal, $left, $right) };
    ($a:ident, ($operation:ident $argument:tt)) => {{
        let argument = formula!($a, $argument);
        $a.$operation(argument)
    }};
    ($a:ident, ($operation:ident $left:tt $right:tt)) => { formula!(@ $a, $operation, $left, $right) };
    ($a:ident, (select $condition:tt $left:tt $right:tt)) => {{
        let condition = formula!($a, $condition);
        let left = formula!($a, $left);
        let right = formula!($a, $right);
        $a.select(condition, left, right)
    }};
    ($a:ident, $value:ident) => { $value };
    ($a:ident, $literal:literal) => { $a.constant($literal) };
    ($a:ident, {$constant:expr}) => { $a.constant($constant) };
    (@ $a:ident, $operation:ident, $left:tt, $right:tt) => {{
        let left = formula!($a, $left);
        let right = formula!($a, $right);
        $a.$operation(left, right)
    }};
}
use formula;

/// A constant of an algorithm that differs between the two precisions.
#[inline(always)]
fn by_precision<T>(precision: Precision, single: T, double: T) -> T {
    match precision {
        Precision::F32 => single,
        Precision::F64 => double,
    }
}

/// The polynomial with these coefficients, the highest power first, by Horner's rule.
#[inline(always)]
fn polynomial<A: Arithmetic>(a: &mut A, x: A::Real, coefficients: &[f64]) -> A::Real {
    let mut sum = a.constant(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = formula!(a, ((sum * x) + { coefficient }));
    }
    sum
}

/// `magnitude`, negated where `sign` is below zero.
#[inline]
fn with_sign<A: Arithmetic>(a: &mut A, magnitude: A::Real, sign: A::Real) -> A::Real {
    formula!(a, (select (sign < 0.0) (neg magnitude) magnitude))
}

/// -1, 0 or 1.
#[inline]
pub fn sign<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    // The last case is x itself: zero, or a NaN that must stay one.
    formula!(a, (select (0.0 < x) 1.0 (select (x < 0.0) (neg 1.0) x)))
}

/// The nearest integer, halves upwards: `floor(x + 1/2)` as rounded.
#[inline]
pub fn round<A: Arithmetic>(a: &mut A, x: A::Real) -> A::Real {
    formula!(a, (floor(x + 0.5)))
}

/// `x` to a fixed integer power by repeated squaring; a negative power is the reciprocal of the positive one.
#[inline]
pub fn powi<A: Arithmetic>(a: &mut A, x: A::Real, n: i32) -> A::Real {
    let mut remaining = n.unsigned_abs();
    let mut square = x;
    let mut product = None;
    while remaining > 0 {
        if remaining & 1 == 1 {
            product = Some(product.map_or(square, |product| a.mul(product, square)));
        }
        remaining >>= 1;
        if remaining > 0 {
            square = a.mul(square, square);
        }
    }
    let Some(product) = product else { return a.constant(1.0) };
    if n < 0 { formula!(a, (1.0 / product)) } else { product }
}
