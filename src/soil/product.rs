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

/// Writes the products of some vectors (rows) with others (columns), row by row, `columns.len()` numbers each.
pub(super) fn products(vectors: &Vectors, rows: &Range<usize>, columns: &Range<usize>, out: &mut Vec<f32>) {
    products_between(vectors.dims(), vectors.rows(rows), vectors.rows(columns), out);
}

/// The same of vectors of `dims` numbers, one after the other.
pub(super) fn products_between(dims: usize, own: &[f32], others: &[f32], out: &mut Vec<f32>) {
    let (rows, columns) = (own.len() / dims, others.len() / dims);
    out.clear();
    out.resize(rows * columns, 0.0);
    let stride = |numbers: usize| isize::try_from(numbers).expect("memory has fewer than 2^63 bytes");
    // SAFETY: `out` has rows x columns numbers, row by row; `own` has rows x dims and `others` columns x dims numbers,
    // row by row, the latter read as its transpose; `out` is borrowed mutably, so nothing overlaps.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            dims,
            out.as_mut_ptr(),
            1,
            stride(columns),
            false,
            own.as_ptr(),
            1,
            stride(dims),
            others.as_ptr(),
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
            let (rows, columns) = (count / 3..count, 0..count.div_ceil(2));
            let mut products = vec![f32::NAN; 3];
            super::products(&vectors, &rows, &columns, &mut products);
            assert_eq!(products.len(), rows.len() * columns.len());
            for (position, &product) in products.iter().enumerate() {
                let (row, other) = (rows.start + position / columns.len(), position % columns.len());
                let exact = dot(vectors.row(row), vectors.row(other));
                assert!((f64::from(product) - exact).abs() <= f64::from(margin(dims)), "{row} {other} of {dims}");
            }
        }
    }
}
