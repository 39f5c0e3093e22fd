//! Unit vectors of all notes, row by row, and their one exact product.
//!
//! In: rows of finite numbers. Out: rows of unit length in f32. [`dot`] is the only product that decides anything:
//! products of two f32 are exact in f64, and they are added in a fixed order.

use pulp::{Arch, Simd, WithSimd};

/// `len` x `dims` numbers; every row has unit length (to f32 rounding).
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    dims: usize,
    values: Vec<f32>,
}

impl Vectors {
    /// Scales every row to unit length. The error is the first row without a direction.
    pub fn normalized(dims: usize, mut rows: Vec<f64>) -> Result<Self, usize> {
        for (row, vector) in rows.chunks_exact_mut(dims).enumerate() {
            if !unit(vector) {
                return Err(row);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "vectors are kept in f32")]
        let values = rows.into_iter().map(|x| x as f32).collect();
        Ok(Self { dims, values })
    }

    /// Rows of unit length, as [`unit()`] makes them.
    pub(super) fn of_units(dims: usize, values: Vec<f32>) -> Self {
        Self { dims, values }
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.values.len() / self.dims
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers per vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// One vector.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dims..(index + 1) * self.dims]
    }

    /// Some vectors, one after the other.
    pub(super) fn rows(&self, range: &std::ops::Range<usize>) -> &[f32] {
        &self.values[range.start * self.dims..range.end * self.dims]
    }

    /// All vectors, one after the other.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Cosine of the angle between two vectors.
    pub fn cosine(&self, i: usize, j: usize) -> f64 {
        dot(self.row(i), self.row(j))
    }

    /// Cosines of the angles between a vector and some others.
    pub fn cosines(&self, i: usize, others: impl IntoIterator<Item = usize>) -> Vec<f64> {
        dots(self.row(i), &others.into_iter().map(|other| self.row(other)).collect::<Vec<_>>())
    }
}

/// Scales a vector to unit length; false if it has no direction.
pub(super) fn unit(vector: &mut [f64]) -> bool {
    // Two scalings, so that neither huge nor tiny numbers leave the range of f64 when squared.
    let largest = vector.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    if largest < f64::MIN_POSITIVE {
        return false;
    }
    vector.iter_mut().for_each(|x| *x /= largest);
    let norm = vector.iter().fold(0.0, |sum, x| sum + x * x).sqrt();
    vector.iter_mut().for_each(|x| *x /= norm);
    true
}

/// The product of two vectors: eight interleaved sums in f64, then `((s0+s4)+(s2+s6)) + ((s1+s5)+(s3+s7))`.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    let [product] = Arch::new().dispatch(Products { a, others: [b] });
    product
}

/// The products of a vector with others of its length, each as [`dot`] has it: a few at a time, which is much faster.
pub fn dots(a: &[f32], others: &[&[f32]]) -> Vec<f64> {
    /// As many sums as the processor has room for.
    const AT_ONCE: usize = 4;
    let (some, rest) = others.as_chunks::<AT_ONCE>();
    let arch = Arch::new();
    let products = some.iter().flat_map(|&others| arch.dispatch(Products { a, others }));
    products.chain(rest.iter().map(|b| dot(a, b))).collect()
}

/// Products that are still to be made.
struct Products<'a, const N: usize> {
    a: &'a [f32],
    others: [&'a [f32]; N],
}

impl<const N: usize> WithSimd for Products<'_, N> {
    type Output = [f64; N];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f64; N] {
        self.sums()
    }
}

impl<const N: usize> Products<'_, N> {
    /// Inlined, so that it becomes vector code for its caller's processor.
    #[inline(always)]
    fn sums(self) -> [f64; N] {
        let mut sums = [[0.0_f64; 8]; N];
        let (lanes, rest) = self.a.as_chunks::<8>();
        let others = self.others.map(|b| &b[..self.a.len()]);
        for (at, x) in lanes.iter().enumerate() {
            for (sums, b) in sums.iter_mut().zip(&others) {
                let y = &b.as_chunks::<8>().0[at];
                for lane in 0..8 {
                    sums[lane] += f64::from(x[lane]) * f64::from(y[lane]);
                }
            }
        }
        for (sums, b) in sums.iter_mut().zip(&others) {
            for ((sum, x), y) in sums.iter_mut().zip(rest).zip(&b[8 * lanes.len()..]) {
                *sum += f64::from(*x) * f64::from(*y);
            }
        }
        sums.map(|s| ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_the_same_bits_in_company_and_alone() {
        for dims in [1, 7, 8, 20, 385] {
            let number = |i: usize| (i * 7919 % 1013) as f32 / 77.0 - 6.5;
            let rows: Vec<Vec<f32>> = (0..7).map(|row| (0..dims).map(|k| number(row * dims + k)).collect()).collect();
            let others: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
            let plain = |a: &[f32], b: &[f32]| Products { a, others: [b] }.sums()[0];
            for (product, other) in dots(&rows[2], &others).into_iter().zip(&others) {
                assert_eq!(product.to_bits(), dot(&rows[2], other).to_bits());
                assert_eq!(product.to_bits(), plain(&rows[2], other).to_bits());
            }
        }
    }
}
