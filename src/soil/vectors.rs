//! Unit vectors of all notes, row by row, and their one exact product.
//!
//! In: rows of finite numbers. Out: rows of unit length in f32. [`dot`] is the only product that decides anything:
//! products of two f32 are exact in f64, and they are added in a fixed order.

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

    /// All vectors, one after the other.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Cosine of the angle between two vectors.
    pub fn cosine(&self, i: usize, j: usize) -> f64 {
        dot(self.row(i), self.row(j))
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
    let mut sums = [0.0_f64; 8];
    let (a_lanes, a_rest) = a.as_chunks::<8>();
    let (b_lanes, b_rest) = b.as_chunks::<8>();
    for (x, y) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..8 {
            sums[lane] += f64::from(x[lane]) * f64::from(y[lane]);
        }
    }
    for (lane, (x, y)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] += f64::from(*x) * f64::from(*y);
    }
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}
