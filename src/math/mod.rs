//! Shared numerics without domain words: nothing here knows a grid, a field or an equation.
//!
//! Invariant: every result is a function of the arguments alone, bit for bit, on every machine: fixed operation
//! order, no fused multiply-add, no libm.

pub mod arithmetic;
pub mod complex;
pub mod eigen;
pub mod elementary;
pub mod fft;
pub mod lanczos;
pub mod rng;
pub mod sets;
pub mod squares;
pub mod sum;
pub mod symmetric;
