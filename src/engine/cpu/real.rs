//! The two formats a run can be computed in, as Rust types. In: a precision. Out: conversions that round once.

use bytemuck::Pod;

use crate::field::Values;

/// `f32` or `f64`.
pub(super) trait Real: Pod + Send + Sync + PartialEq + std::fmt::Debug {
    /// Zero.
    const ZERO: Self;
    /// The nearest number of this format.
    fn rounded(value: f64) -> Self;
    /// The same number as f64.
    fn widened(self) -> f64;
    /// Neither infinite nor NaN.
    fn finite(self) -> bool;
    /// `p * u + q`, two roundings.
    fn affine(p: Self, u: Self, q: Self) -> Self;
    /// The numbers, if they have this format.
    fn slice(values: &Values) -> Option<&[Self]>;
    /// The numbers, tagged with their format.
    fn values(numbers: Vec<Self>) -> Values;
    /// Independent normal numbers for consecutive cells.
    fn fill_normal(out: &mut [Self], first_cell: u64, rng_seed: u64, stream: u32, step: u64);
}

macro_rules! real {
    ($real:ty, $variant:ident, $fill_normal:path) => {
        impl Real for $real {
            const ZERO: Self = 0.0;
            #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run is the purpose")]
            #[allow(trivial_numeric_casts, reason = "the same body serves f64")]
            fn rounded(value: f64) -> Self {
                value as $real
            }
            fn widened(self) -> f64 {
                f64::from(self)
            }
            fn finite(self) -> bool {
                self.is_finite()
            }
            fn affine(p: Self, u: Self, q: Self) -> Self {
                p * u + q
            }
            fn slice(values: &Values) -> Option<&[Self]> {
                if let Values::$variant(numbers) = values { Some(numbers) } else { None }
            }
            fn values(numbers: Vec<Self>) -> Values {
                Values::$variant(numbers)
            }
            fn fill_normal(out: &mut [Self], first_cell: u64, rng_seed: u64, stream: u32, step: u64) {
                $fill_normal(out, first_cell, rng_seed, stream, step);
            }
        }
    };
}

real!(f32, F32, stand_in::fill_normal_f32);
real!(f64, F64, stand_in::fill_normal_f64);

/// Until `crate::math::rng` is there.
mod stand_in {
    macro_rules! fill {
        ($name:ident, $real:ty) => {
            pub(super) fn $name(out: &mut [$real], first_cell: u64, rng_seed: u64, stream: u32, step: u64) {
                for (cell, value) in (first_cell..).zip(out) {
                    let mut key = cell ^ rng_seed.rotate_left(17) ^ (u64::from(stream) << 40) ^ step.rotate_left(33);
                    for _ in 0..3 {
                        key = (key ^ (key >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    }
                    #[expect(clippy::cast_precision_loss, reason = "a stand-in")]
                    let unit = (key >> 40) as $real / 16_777_216.0;
                    *value = unit - 0.5;
                }
            }
        };
    }
    fill!(fill_normal_f32, f32);
    fill!(fill_normal_f64, f64);
}
