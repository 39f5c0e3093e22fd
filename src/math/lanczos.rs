//! The lowest eigenpairs of a large Hermitian operator.
//!
//! In: an operator on n complex numbers, given by its action. Out: eigenvalues, the lowest first, with unit eigenvectors
//! and the norms of their residuals. Lanczos' method with full reorthogonalisation and thick restarts (Wu & Simon, SIAM J.
//! Matrix Anal. Appl. 22, 2000), from a start of counted random numbers. Invariants: the projected matrix is real; every
//! sum has a fixed order, so threads can't change a bit; an exhausted Krylov space goes on in a fresh direction. Limit: of an
//! eigenvalue that occurs several times exactly, a space that is not exhausted holds one vector.

use rayon::prelude::*;

use super::complex::Complex;
use super::rng::{Draw, normal_f64};
use super::symmetric::eigenpairs;

/// Vectors of the Krylov space beyond those asked for.
const ROOM: usize = 40;
/// Restarts after which what there is is given, with its residuals.
const MOST_RESTARTS: usize = 400;
/// What remains of a vector after projection, as a share of the operator's size, that is rounding only.
const EXHAUSTED: f64 = 1e-13;
/// Components that one thread combines at once.
const CHUNK: usize = 1024;

/// Eigenvalues, the lowest first, and what belongs to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowest {
    /// The eigenvalues.
    pub values: Vec<f64>,
    /// One unit vector per value.
    pub vectors: Vec<Vec<Complex>>,
    /// `|A v - value v|` per value, in exact arithmetic.
    pub residuals: Vec<f64>,
}

/// The `count` lowest eigenpairs of a Hermitian operator on `size` numbers, to residuals of `accuracy` times the
/// operator's size, or as near as 400 restarts come.
pub fn lowest(
    size: usize,
    count: usize,
    accuracy: f64,
    draw: Draw,
    apply: impl Fn(&[Complex]) -> Vec<Complex>,
) -> Lowest {
    let count = count.min(size);
    if count == 0 {
        return Lowest { values: Vec::new(), vectors: Vec::new(), residuals: Vec::new() };
    }
    let mut krylov = Krylov::new(size, (2 * count + ROOM).min(size), draw);
    for restart in 0.. {
        krylov.grow(&apply);
        let ritz = krylov.ritz();
        let settled = ritz.residuals[..count].iter().all(|residual| *residual <= accuracy * krylov.scale);
        if settled || restart == MOST_RESTARTS {
            return krylov.finish(&ritz, count);
        }
        krylov.restart(&ritz, count + (krylov.room - count) / 2);
    }
    unreachable!("the restarts are counted")
}

/// An orthonormal basis, and the operator projected on it.
struct Krylov {
    size: usize,
    /// Dimension of the full space.
    room: usize,
    /// At most `room` vectors and the next one.
    basis: Vec<Vec<Complex>>,
    /// The projected operator, `room` x `room`, by rows; real, since phases of the basis absorb what is not.
    projected: Vec<f64>,
    /// Norm of what the last product had beyond the basis.
    beyond: f64,
    /// Largest norm of a product so far: an estimate of the operator's size.
    scale: f64,
    /// Counts random vectors through its step.
    draw: Draw,
}

/// Eigenpairs of the projected operator, the lowest first.
struct Ritz {
    values: Vec<f64>,
    /// Coefficients over the basis, one row per value.
    rotations: Vec<f64>,
    residuals: Vec<f64>,
}

impl Krylov {
    fn new(size: usize, room: usize, draw: Draw) -> Self {
        let projected = vec![0.0; room * room];
        let mut krylov = Self { size, room, basis: Vec::new(), projected, beyond: 0.0, scale: 0.0, draw };
        let start = krylov.fresh();
        krylov.basis.push(start);
        krylov
    }

    /// Extends the basis until it fills its room and has one vector more.
    fn grow(&mut self, apply: &impl Fn(&[Complex]) -> Vec<Complex>) {
        for column in self.basis.len() - 1..self.room {
            let mut image = apply(&self.basis[column]);
            self.scale = self.scale.max(norm(&image));
            let shares = project_out(&self.basis, &mut image);
            self.projected[column * self.room + column] = shares[column].re;
            self.beyond = norm(&image);
            if self.beyond > EXHAUSTED * self.scale {
                scale(&mut image, 1.0 / self.beyond);
            } else {
                self.beyond = 0.0;
                image = if self.basis.len() < self.size { self.fresh() } else { vec![Complex::ZERO; self.size] };
            }
            if column + 1 < self.room {
                self.projected[column * self.room + column + 1] = self.beyond;
                self.projected[(column + 1) * self.room + column] = self.beyond;
            }
            self.basis.push(image);
        }
    }

    /// A random unit vector orthogonal to the basis.
    fn fresh(&mut self) -> Vec<Complex> {
        loop {
            let number = |cell: usize| normal_f64(self.draw.bits(cell as u64));
            let mut vector: Vec<Complex> =
                (0..self.size).map(|row| Complex::new(number(2 * row), number(2 * row + 1))).collect();
            self.draw.step += 1;
            let before = norm(&vector);
            project_out(&self.basis, &mut vector);
            let after = norm(&vector);
            if after > 1e-6 * before {
                scale(&mut vector, 1.0 / after);
                return vector;
            }
        }
    }

    fn ritz(&self) -> Ritz {
        let room = self.room;
        let (mut values, rotations) = eigenpairs(room, self.projected.clone());
        values.reverse();
        let rotations: Vec<f64> = rotations.chunks_exact(room).rev().flatten().copied().collect();
        let residuals = rotations.chunks_exact(room).map(|row| self.beyond * row[room - 1].abs()).collect();
        Ritz { values, rotations, residuals }
    }

    /// Keeps the lowest Ritz vectors and the next basis vector.
    fn restart(&mut self, ritz: &Ritz, keep: usize) {
        let room = self.room;
        let next = self.basis.pop().expect("a grown basis has one vector more");
        self.basis = self.combined(ritz, keep);
        self.basis.push(next);
        self.projected.fill(0.0);
        for kept in 0..keep {
            let arm = self.beyond * ritz.rotations[kept * room + room - 1];
            self.projected[kept * room + kept] = ritz.values[kept];
            self.projected[kept * room + keep] = arm;
            self.projected[keep * room + kept] = arm;
        }
    }

    fn finish(&self, ritz: &Ritz, count: usize) -> Lowest {
        Lowest {
            values: ritz.values[..count].to_vec(),
            vectors: self.combined(ritz, count),
            residuals: ritz.residuals[..count].to_vec(),
        }
    }

    /// The first Ritz vectors.
    fn combined(&self, ritz: &Ritz, count: usize) -> Vec<Vec<Complex>> {
        let combine = |weights: &[f64]| {
            let mut sum = vec![Complex::ZERO; self.size];
            for (vector, &weight) in self.basis.iter().zip(weights) {
                sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x.scale(weight));
            }
            sum
        };
        ritz.rotations.par_chunks_exact(self.room).take(count).map(combine).collect()
    }
}

/// Takes a vector's parts along a basis away, twice for orthogonality to rounding; gives the parts.
fn project_out(basis: &[Vec<Complex>], vector: &mut [Complex]) -> Vec<Complex> {
    let mut total = vec![Complex::ZERO; basis.len()];
    for _ in 0..2 {
        let shares: Vec<Complex> = basis.par_iter().map(|direction| inner(direction, vector)).collect();
        vector.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, part)| {
            for (direction, &share) in basis.iter().zip(&shares) {
                let along = &direction[chunk * CHUNK..][..part.len()];
                part.iter_mut().zip(along).for_each(|(x, &d)| *x -= share * d);
            }
        });
        total.iter_mut().zip(shares).for_each(|(total, share)| *total += share);
    }
    total
}

/// `sum conj(a) b`: four interleaved sums, then `(s0 + s2) + (s1 + s3)`.
fn inner(a: &[Complex], b: &[Complex]) -> Complex {
    let mut sums = [Complex::ZERO; 4];
    let (a_lanes, a_rest) = a.as_chunks::<4>();
    let (b_lanes, b_rest) = b.as_chunks::<4>();
    for (x, y) in a_lanes.iter().zip(b_lanes) {
        (0..4).for_each(|lane| sums[lane] += x[lane].conj() * y[lane]);
    }
    a_rest.iter().zip(b_rest).enumerate().for_each(|(lane, (x, y))| sums[lane] += x.conj() * *y);
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

fn norm(vector: &[Complex]) -> f64 {
    inner(vector, vector).re.sqrt()
}

fn scale(vector: &mut [Complex], factor: f64) {
    vector.iter_mut().for_each(|x| *x = x.scale(factor));
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAW: Draw = Draw { rng_seed: 3, stream: 1, step: 0 };

    fn diagonal(values: &[f64]) -> impl Fn(&[Complex]) -> Vec<Complex> + '_ {
        move |vector| vector.iter().zip(values).map(|(x, &value)| x.scale(value)).collect()
    }

    #[test]
    fn the_low_end_of_a_wide_spectrum() {
        let values: Vec<f64> = (0..3000_u32).map(|i| 0.1 * f64::from(i) + 0.25).collect();
        let found = lowest(3000, 7, 1e-10, DRAW, diagonal(&values));
        for (value, expected) in found.values.iter().zip(&values) {
            assert!((value - expected).abs() < 1e-9, "{:?}", found.values);
        }
        assert!(found.residuals.iter().all(|residual| *residual < 1e-10 * 301.0));
        for (i, a) in found.vectors.iter().enumerate() {
            for (j, b) in found.vectors.iter().enumerate() {
                let expected = Complex::new(f64::from(u8::from(i == j)), 0.0);
                assert!((inner(a, b) - expected).abs() < 1e-12, "{i} {j}");
            }
        }
    }

    #[test]
    fn small_operators_are_solved_whole() {
        // [[2, i], [-i, 2]] has the eigenvalues 1 and 3.
        let apply = |v: &[Complex]| vec![v[0].scale(2.0) + Complex::I * v[1], v[1].scale(2.0) - Complex::I * v[0]];
        let found = lowest(2, 2, 1e-12, DRAW, apply);
        assert!((found.values[0] - 1.0).abs() < 1e-14 && (found.values[1] - 3.0).abs() < 1e-14, "{found:?}");
        let image = apply(&found.vectors[0]);
        assert!(image.iter().zip(&found.vectors[0]).all(|(&image, &x)| (image - x).abs() < 1e-14));
        assert_eq!(lowest(1, 5, 1e-9, DRAW, diagonal(&[4.0])).values.len(), 1);
        assert_eq!(lowest(4, 2, 1e-9, DRAW, diagonal(&[0.0; 4])).values, [0.0, 0.0]);
        let twice = lowest(6, 4, 1e-9, DRAW, diagonal(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0])).values;
        assert!(twice.iter().zip([1.0, 1.0, 2.0, 2.0]).all(|(a, b)| (a - b).abs() < 1e-13), "{twice:?}");
        assert!(lowest(0, 1, 1e-9, DRAW, diagonal(&[])).values.is_empty());
    }
}
