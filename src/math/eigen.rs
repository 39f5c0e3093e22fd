//! Eigenvalues of a small dense complex matrix.
//!
//! In: n x n numbers by rows, n at most 32 in our use (growth rates of a linearised equation). Out: n eigenvalues,
//! the largest real part first. Balanced by powers of two, reduced to Hessenberg form by Givens rotations, then
//! shifted QR sweeps with deflation (Golub & Van Loan, 7.4-7.5). Invariant: ends after at most `SWEEPS_PER_EIGENVALUE * n` sweeps; what has not split off by then (none of the matrices ever tried) is
//! estimated by the diagonal.

use super::complex::Complex;

const SWEEPS_PER_EIGENVALUE: usize = 60;
/// After so many sweeps without a deflation the shift is replaced by another, which breaks a cycle.
const SWEEPS_UNTIL_EXCEPTIONAL_SHIFT: usize = 10;

/// The eigenvalues, by descending real part, then descending imaginary part. Of a matrix with numbers that are not
/// finite, all are NaN.
///
/// # Panics
/// If `matrix` does not hold n x n numbers.
pub fn eigenvalues(matrix: &[Complex], n: usize) -> Vec<Complex> {
    assert_eq!(matrix.len(), n * n, "a square matrix by rows");
    if matrix.iter().any(|z| !(z.re.is_finite() && z.im.is_finite())) {
        return vec![Complex::new(f64::NAN, f64::NAN); n];
    }
    let mut work = Square { entries: matrix.to_vec(), n };
    work.balance();
    work.reduce_to_hessenberg();
    let mut found = work.diagonalise();
    found.sort_by(|a, b| b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im)));
    found
}

/// A rotation of two neighbouring rows: `(c, s; -conj s, c)`.
#[derive(Clone, Copy)]
struct Rotation {
    c: f64,
    s: Complex,
}

impl Rotation {
    /// Turns (a, b) into (r, 0).
    fn annihilating(a: Complex, b: Complex) -> Self {
        let (size_a, size_b) = (a.abs(), b.abs());
        if size_b == 0.0 {
            return Self { c: 1.0, s: Complex::ZERO };
        }
        if size_a == 0.0 {
            return Self { c: 0.0, s: b.conj().scale(1.0 / size_b) };
        }
        let size = Complex::new(size_a, size_b).abs();
        Self { c: size_a / size, s: a.scale(1.0 / size_a) * b.conj().scale(1.0 / size) }
    }
}

struct Square {
    entries: Vec<Complex>,
    n: usize,
}

impl Square {
    fn at(&self, row: usize, column: usize) -> Complex {
        self.entries[row * self.n + column]
    }

    fn at_mut(&mut self, row: usize, column: usize) -> &mut Complex {
        &mut self.entries[row * self.n + column]
    }

    /// Scales rows and columns by powers of two until their sums are alike (Parlett & Reinsch 1969).
    fn balance(&mut self) {
        const ROUNDS: usize = 16;
        for _ in 0..ROUNDS {
            let mut changed = false;
            for i in 0..self.n {
                let others = || (0..self.n).filter(|&j| j != i);
                let column: f64 = others().map(|j| self.at(j, i).abs()).sum();
                let row: f64 = others().map(|j| self.at(i, j).abs()).sum();
                let factor = balancing_factor(column, row);
                if factor == 1.0 {
                    continue;
                }
                changed = true;
                for j in 0..self.n {
                    *self.at_mut(i, j) = self.at(i, j).scale(1.0 / factor);
                }
                for j in 0..self.n {
                    *self.at_mut(j, i) = self.at(j, i).scale(factor);
                }
            }
            if !changed {
                break;
            }
        }
    }

    /// Makes the entries below the first subdiagonal 0 by similarity.
    fn reduce_to_hessenberg(&mut self) {
        let n = self.n;
        for column in 0..n.saturating_sub(2) {
            for row in column + 2..n {
                let rotation = Rotation::annihilating(self.at(column + 1, column), self.at(row, column));
                self.rotate_rows(rotation, column + 1, row, column..n);
                self.rotate_columns(rotation, column + 1, row, 0..n);
                *self.at_mut(row, column) = Complex::ZERO;
            }
        }
    }

    /// The eigenvalues of a Hessenberg matrix: QR sweeps on the trailing block, which shrinks as they converge.
    fn diagonalise(&mut self) -> Vec<Complex> {
        let n = self.n;
        let mut budget = SWEEPS_PER_EIGENVALUE * n;
        let mut end = n;
        let mut sweeps = 0;
        while end > 1 && budget > 0 {
            let start = self.start_of_block(end);
            if start + 1 == end {
                end -= 1;
                sweeps = 0;
                continue;
            }
            sweeps += 1;
            budget -= 1;
            let shift = if sweeps % SWEEPS_UNTIL_EXCEPTIONAL_SHIFT == 0 {
                self.at(end - 1, end - 1) + Complex::from(self.at(end - 1, end - 2).abs())
            } else {
                self.wilkinson_shift(end)
            };
            self.sweep(start, end, shift);
        }
        (0..n).map(|i| self.at(i, i)).collect()
    }

    /// The first row of the last block that does not split, of the rows before `end`. Negligible subdiagonals become 0.
    fn start_of_block(&mut self, end: usize) -> usize {
        for row in (1..end).rev() {
            let size = self.at(row - 1, row - 1).abs() + self.at(row, row).abs();
            let size = if size == 0.0 { self.largest() } else { size };
            if self.at(row, row - 1).abs() <= f64::EPSILON * size {
                *self.at_mut(row, row - 1) = Complex::ZERO;
                return row;
            }
        }
        0
    }

    fn largest(&self) -> f64 {
        self.entries.iter().map(|z| z.abs()).fold(0.0, f64::max)
    }

    /// The eigenvalue of the last 2 x 2 block that is nearer to its last entry.
    fn wilkinson_shift(&self, end: usize) -> Complex {
        let (a, b) = (self.at(end - 2, end - 2), self.at(end - 2, end - 1));
        let (c, d) = (self.at(end - 1, end - 2), self.at(end - 1, end - 1));
        let half = (a - d).scale(0.5);
        let root = (half * half + b * c).sqrt();
        // d - b c / (half +- root), with the sign that avoids cancellation.
        let (plus, minus) = (half + root, half - root);
        let larger = if plus.abs() < minus.abs() { minus } else { plus };
        if larger.abs() == 0.0 { d } else { d - b * (c / larger) }
    }

    /// H := R Q + shift, where Q R = H - shift, on rows and columns start..end.
    fn sweep(&mut self, start: usize, end: usize, shift: Complex) {
        for i in start..end {
            *self.at_mut(i, i) -= shift;
        }
        let mut rotations = Vec::with_capacity(end - start);
        for i in start..end - 1 {
            let rotation = Rotation::annihilating(self.at(i, i), self.at(i + 1, i));
            self.rotate_rows(rotation, i, i + 1, i..end);
            rotations.push(rotation);
        }
        for (i, rotation) in (start..end - 1).zip(rotations) {
            self.rotate_columns(rotation, i, i + 1, start..(i + 2).min(end));
        }
        for i in start..end {
            *self.at_mut(i, i) += shift;
        }
    }

    fn rotate_rows(&mut self, rotation: Rotation, upper: usize, lower: usize, columns: std::ops::Range<usize>) {
        let Rotation { c, s } = rotation;
        for column in columns {
            let (a, b) = (self.at(upper, column), self.at(lower, column));
            *self.at_mut(upper, column) = a.scale(c) + s * b;
            *self.at_mut(lower, column) = b.scale(c) - s.conj() * a;
        }
    }

    /// By the inverse of the rotation that [`Self::rotate_rows`] applies.
    fn rotate_columns(&mut self, rotation: Rotation, left: usize, right: usize, rows: std::ops::Range<usize>) {
        let Rotation { c, s } = rotation;
        for row in rows {
            let (a, b) = (self.at(row, left), self.at(row, right));
            *self.at_mut(row, left) = a.scale(c) + s.conj() * b;
            *self.at_mut(row, right) = b.scale(c) - s * a;
        }
    }
}

/// The power of two by which a column grows (and its row shrinks) to make their sums alike; 1 if they nearly are.
fn balancing_factor(column: f64, row: f64) -> f64 {
    const LIMIT: f64 = 1.2676506002282294e30;
    if column == 0.0 || row == 0.0 {
        return 1.0;
    }
    let mut factor = 1.0;
    while column * factor < 0.5 * row / factor && factor < LIMIT {
        factor *= 2.0;
    }
    while column * factor > 2.0 * row / factor && factor > 1.0 / LIMIT {
        factor *= 0.5;
    }
    if column * factor + row / factor < 0.95 * (column + row) { factor } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::{Complex, eigenvalues};
    use crate::math::rng::{Draw, fill_uniform_f64};

    fn random(count: usize, stream: u32) -> Vec<Complex> {
        let mut numbers = vec![0.0; 2 * count];
        fill_uniform_f64(&mut numbers, 0, Draw { rng_seed: 1, stream, step: 0 });
        numbers.chunks_exact(2).map(|pair| Complex::new(pair[0] - 0.5, pair[1] - 0.5)).collect()
    }

    fn product(a: &[Complex], b: &[Complex], n: usize) -> Vec<Complex> {
        let entry =
            |row: usize, column: usize| (0..n).fold(Complex::ZERO, |sum, k| sum + a[row * n + k] * b[k * n + column]);
        (0..n * n).map(|i| entry(i / n, i % n)).collect()
    }

    /// The inverse and the determinant, by Gauss-Jordan elimination with pivoting.
    fn inverse(matrix: &[Complex], n: usize) -> (Vec<Complex>, Complex) {
        let mut a = matrix.to_vec();
        let mut inverse: Vec<Complex> = (0..n * n).map(|i| Complex::from(f64::from(i / n == i % n))).collect();
        let mut determinant = Complex::ONE;
        for k in 0..n {
            let pivot = (k..n).max_by(|&i, &j| a[i * n + k].abs2().total_cmp(&a[j * n + k].abs2())).expect("rows left");
            if pivot != k {
                determinant = -determinant;
            }
            for j in 0..n {
                a.swap(k * n + j, pivot * n + j);
                inverse.swap(k * n + j, pivot * n + j);
            }
            let diagonal = a[k * n + k];
            determinant *= diagonal;
            for j in 0..n {
                a[k * n + j] = a[k * n + j] / diagonal;
                inverse[k * n + j] = inverse[k * n + j] / diagonal;
            }
            for i in (0..n).filter(|&i| i != k) {
                let factor = a[i * n + k];
                for j in 0..n {
                    let (above, above_inverse) = (a[k * n + j], inverse[k * n + j]);
                    a[i * n + j] -= factor * above;
                    inverse[i * n + j] -= factor * above_inverse;
                }
            }
        }
        (inverse, determinant)
    }

    /// The companion matrix of the monic polynomial with these roots.
    fn companion(roots: &[Complex]) -> Vec<Complex> {
        let n = roots.len();
        let mut coefficients = vec![Complex::ONE];
        for &root in roots {
            coefficients.push(Complex::ZERO);
            for k in (1..coefficients.len()).rev() {
                let higher = coefficients[k - 1];
                coefficients[k] -= root * higher;
            }
        }
        let mut matrix = vec![Complex::ZERO; n * n];
        for j in 0..n {
            matrix[j] = -coefficients[j + 1];
            if j + 1 < n {
                matrix[(j + 1) * n + j] = Complex::ONE;
            }
        }
        matrix
    }

    #[track_caller]
    fn assert_close(found: &[Complex], expected: &[Complex], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((*a - *b).abs() <= tolerance, "{found:?}, expected {expected:?}");
        }
    }

    #[test]
    fn companion_matrices_have_the_roots() {
        let real: Vec<Complex> = (0..6).map(|k| Complex::from(f64::from(6 - k))).collect();
        assert_close(&eigenvalues(&companion(&real), 6), &real, 1e-9);
        let mixed = [Complex::new(2.0, 1.0), Complex::new(2.0, -1.0), Complex::new(0.0, 3.0), Complex::new(-1.0, 0.0)];
        assert_close(&eigenvalues(&companion(&mixed), 4), &mixed, 1e-12);
    }

    #[test]
    fn roots_of_unity_defeat_unshifted_sweeps() {
        for n in 2..=32_u32 {
            let size = n as usize;
            let mut cyclic = vec![Complex::ZERO; size * size];
            for row in 0..size {
                cyclic[row * size + (row + 1) % size] = Complex::ONE;
            }
            for value in eigenvalues(&cyclic, size) {
                let power = (0..n).fold(Complex::ONE, |power, _| power * value);
                assert!((power - Complex::ONE).abs() < 1e-11, "{n}: {value:?}");
            }
        }
    }

    #[test]
    fn defective_matrices_lose_half_the_digits_only() {
        let (l, one, zero) = (Complex::new(0.5, -2.0), Complex::ONE, Complex::ZERO);
        let jordan = [l, one, zero, zero, l, one, zero, zero, l];
        assert_close(&eigenvalues(&jordan, 3), &[l; 3], 1e-14);
        let basis = random(9, 7);
        let (inverse, _) = inverse(&basis, 3);
        let turned = product(&product(&basis, &jordan, 3), &inverse, 3);
        assert_close(&eigenvalues(&turned, 3), &[l; 3], 1e-4);
    }

    #[test]
    fn similar_matrices_have_the_same_eigenvalues() {
        for n in [1, 2, 5, 12, 32] {
            let mut expected = random(n, 11);
            expected.sort_by(|a, b| b.re.total_cmp(&a.re));
            let mut diagonal = vec![Complex::ZERO; n * n];
            for (i, &value) in expected.iter().enumerate() {
                diagonal[i * n + i] = value;
            }
            let basis = random(n * n, 12);
            let (inverse, _) = inverse(&basis, n);
            let matrix = product(&product(&basis, &diagonal, n), &inverse, n);
            assert_close(&eigenvalues(&matrix, n), &expected, 1e-10);
        }
    }

    #[test]
    fn trace_and_determinant_are_sum_and_product() {
        for n in [2, 3, 8, 20] {
            let matrix = random(n * n, 21);
            let found = eigenvalues(&matrix, n);
            let trace = (0..n).fold(Complex::ZERO, |sum, i| sum + matrix[i * n + i]);
            assert!((found.iter().fold(Complex::ZERO, |sum, &z| sum + z) - trace).abs() < 1e-12);
            let determinant = inverse(&matrix, n).1;
            let measured = found.iter().fold(Complex::ONE, |product, &z| product * z);
            assert!((measured - determinant).abs() < 1e-11 * determinant.abs().max(1.0));
        }
    }

    #[test]
    fn badly_scaled_and_extreme_matrices() {
        let matrix = [1.0, 1e12, 1e-12, 1.0].map(Complex::from);
        assert_close(&eigenvalues(&matrix, 2), &[Complex::from(2.0), Complex::ZERO], 1e-12);
        assert!(eigenvalues(&[], 0).is_empty());
        assert_close(&eigenvalues(&[Complex::ZERO; 16], 4), &[Complex::ZERO; 4], 0.0);
        assert!(eigenvalues(&[Complex::from(f64::NAN); 4], 2).iter().all(|z| z.re.is_nan()));
    }
}
