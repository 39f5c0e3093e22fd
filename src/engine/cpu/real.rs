//! The two formats a run can be computed in, as Rust types. In: a precision. Out: conversions that round once.

use bytemuck::Pod;

use crate::field::Values;
use crate::math::fft;
use crate::math::rng::{self, Draw};

/// `f32` or `f64`.
pub(super) trait Real: Pod + Send + Sync + PartialEq + std::fmt::Debug + fft::Real {
    /// Zero.
    const ZERO: Self;
    /// The same number as f64.
    fn widened(self) -> f64;
    /// Neither infinite nor NaN.
    fn finite(self) -> bool;
    /// `p * u + q`, two roundings.
    fn affine(p: Self, u: Self, q: Self) -> Self;
    /// `a / b`
    fn quotient(a: Self, b: Self) -> Self;
    /// `2 a - b`: what comes after b, a on a straight line.
    fn beyond(a: Self, b: Self) -> Self;
    /// The numbers, if they have this format.
    fn slice(values: &Values) -> Option<&[Self]>;
    /// The same, to be overwritten.
    fn slice_mut(values: &mut Values) -> Option<&mut [Self]>;
    /// The numbers, tagged with their format.
    fn values(numbers: Vec<Self>) -> Values;
    /// Independent normal numbers for consecutive cells.
    fn fill_normal(out: &mut [Self], first_cell: u64, draw: Draw);
}

macro_rules! real {
    ($real:ty, $variant:ident, $fill_normal:path) => {
        impl Real for $real {
            const ZERO: Self = 0.0;
            fn widened(self) -> f64 {
                f64::from(self)
            }
            fn finite(self) -> bool {
                self.is_finite()
            }
            fn affine(p: Self, u: Self, q: Self) -> Self {
                p * u + q
            }
            fn quotient(a: Self, b: Self) -> Self {
                a / b
            }
            fn beyond(a: Self, b: Self) -> Self {
                2.0 * a - b
            }
            fn slice(values: &Values) -> Option<&[Self]> {
                if let Values::$variant(numbers) = values { Some(numbers) } else { None }
            }
            fn slice_mut(values: &mut Values) -> Option<&mut [Self]> {
                if let Values::$variant(numbers) = values { Some(numbers) } else { None }
            }
            fn values(numbers: Vec<Self>) -> Values {
                Values::$variant(numbers)
            }
            fn fill_normal(out: &mut [Self], first_cell: u64, draw: Draw) {
                $fill_normal(out, first_cell, draw);
            }
        }
    };
}

real!(f32, F32, rng::fill_normal_f32);
real!(f64, F64, rng::fill_normal_f64);
