//! Fast products of vectors in f32, to propose candidates with: nothing is decided by them alone.
//!
//! In: unit vectors. Out: the products of some of them with all, each within [`margin`] of the exact one, in whatever
//! order of summation and with whatever fused operations the processor is fastest with.
#![allow(unsafe_code, reason = "the matrix product takes pointers and strides; see the call")]

use std::ops::Range;

use super::vectors::Vectors;

/// How far a fast product of unit vectors may be from the exact one: the bound for any order of summation (Higham,
/// Accuracy and Stability of Numerical Algorithms, 2002, section 3.1), twice over.
pub(super) fn margin(dims: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "an error bound")]
    let terms = dims as f32 + 8.0;
    terms * f32::EPSILON
}

/// Writes the products of some rows with all vectors, row by row, `vectors.len()` numbers each.
pub(super) fn products(vectors: &Vectors, rows: &Range<usize>, out: &mut Vec<f32>) {
    let (count, dims) = (vectors.len(), vectors.dims());
    let all = vectors.values();
    let own = &all[rows.start * dims..rows.end * dims];
    out.clear();
    out.resize(rows.len() * count, 0.0);
    let stride = |numbers: usize| isize::try_from(numbers).expect("memory has fewer than 2^63 bytes");
    // SAFETY: `out` has rows.len() x count numbers, row by row; `own` has rows.len() x dims and `all` count x dims
    // numbers, row by row, the latter read as its transpose; `out` is borrowed mutably, so nothing overlaps.
    unsafe {
        gemm::gemm(
            rows.len(),
            count,
            dims,
            out.as_mut_ptr(),
            1,
            stride(count),
            false,
            own.as_ptr(),
            1,
            stride(dims),
            all.as_ptr(),
            stride(dims),
            1,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soil::vectors::dot;

    #[test]
    fn products_are_within_the_margin() {
        for (count, dims) in [(1, 1), (7, 3), (65, 40), (33, 385)] {
            let numbers = (0..count * dims).map(|i| f64::from(u32::try_from(i * 7919 % 1013).unwrap()) - 506.0);
            let vectors = Vectors::normalized(dims, numbers.collect()).unwrap();
            let rows = count / 3..count;
            let mut products = vec![f32::NAN; 3];
            super::products(&vectors, &rows, &mut products);
            assert_eq!(products.len(), rows.len() * count);
            for (position, &product) in products.iter().enumerate() {
                let (row, other) = (rows.start + position / count, position % count);
                let exact = dot(vectors.row(row), vectors.row(other));
                assert!((f64::from(product) - exact).abs() <= f64::from(margin(dims)), "{row} {other} of {dims}");
            }
        }
    }
}
