//! How far results may be apart, in one place. All are relative to the larger magnitude, or to 1 if that is larger.

/// One operation on a GPU against IEEE f32: WGSL grants division 2.5 units in the last place and sqrt a little more.
pub(crate) const GPU_OPERATION: f64 = 5e-7;

/// A kernel of some dozen operations on a GPU against IEEE f32: contraction to fma and the above, added up.
pub(crate) const GPU_KERNEL: f64 = 5e-6;

/// A normal number on a GPU against the same polynomials in IEEE f32.
pub(crate) const GPU_NORMAL: f64 = 3e-6;

/// A reduction in f32, pairwise, against f64.
pub(crate) const GPU_REDUCTION: f64 = 3e-6;

/// Fields of a seed after a dozen steps, GPU against CPU, both in f32.
pub(crate) const GPU_SEED: f64 = 5e-6;

/// Whether two numbers are as near as a tolerance says.
pub(crate) fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}
