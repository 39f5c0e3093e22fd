//! Leading eigenpairs of a large symmetric operator, and the principal components of vectors.
//!
//! In: a positive semidefinite operator as a function of a block of vectors. Out: its largest eigenvalues with unit
//! eigenvectors. Randomised subspace iteration with a Rayleigh-Ritz step (Halko, Martinsson, Tropp, SIAM Review 53,
//! 2011), seeded; the subspace is the whole space, and the answer that of a dense solver, when the operator is small.
//! Every sum has a fixed order; columns are independent, so threads can't change a bit.

use rayon::prelude::*;

use super::streams::SIGNS;
use super::vectors::Vectors;
use crate::math::rng::Draw;
use crate::math::symmetric::eigenpairs;

/// Columns that an operator is applied to at once.
pub(super) const LANES: usize = 8;
/// A few columns side by side: one row of them per coordinate.
pub(super) type Block = Vec<[f64; LANES]>;

/// Columns beyond those asked for; they take up what is left of the tail of the spectrum.
const OVERSAMPLING: usize = 16;
/// Eigenvalues below this share of the largest are rounding errors of a matrix of lower rank.
const RANK_TOLERANCE: f64 = 1e-12;

/// Eigenvalues, largest first, and their eigenvectors.
pub(super) struct Eigenpairs {
    /// At most as many as asked for: those that are not zero.
    pub(super) values: Vec<f64>,
    /// Unit vectors, one per value; the largest component is positive.
    pub(super) vectors: Vec<Vec<f64>>,
}

/// The `count` largest eigenpairs of a positive semidefinite operator on `size` coordinates, after `rounds` rounds.
pub(super) fn largest_eigenpairs(
    size: usize,
    count: usize,
    rounds: usize,
    rng_seed: u64,
    apply: impl Fn(&Block) -> Block + Sync,
) -> Eigenpairs {
    let width = (count + OVERSAMPLING).min(size);
    let whole = width == size;
    let mut basis = if whole { identity(size) } else { random_signs(size, width, rng_seed) };
    if !whole {
        orthonormalize(&mut basis);
        for _ in 0..rounds {
            basis = apply_to_columns(&basis, &apply);
            orthonormalize(&mut basis);
        }
    }
    let image = apply_to_columns(&basis, &apply);
    rayleigh_ritz(&basis, &image, count)
}

/// The first `count` principal components of vectors, as unit directions.
pub(super) fn principal_directions(vectors: &Vectors, count: usize, rng_seed: u64) -> Vec<Vec<f64>> {
    let mean = mean(vectors);
    // Covariance times a block, without ever forming the covariance.
    let apply = |block: &Block| {
        let shift = accumulate(&mean, block);
        let mut image = vec![[0.0; LANES]; vectors.dims()];
        for row in 0..vectors.len() {
            let mut product = [0.0; LANES];
            for (x, lanes) in vectors.row(row).iter().zip(block) {
                (0..LANES).for_each(|lane| product[lane] += f64::from(*x) * lanes[lane]);
            }
            (0..LANES).for_each(|lane| product[lane] -= shift[lane]);
            for ((x, m), lanes) in vectors.row(row).iter().zip(&mean).zip(&mut image) {
                (0..LANES).for_each(|lane| lanes[lane] += (f64::from(*x) - m) * product[lane]);
            }
        }
        image
    };
    largest_eigenpairs(vectors.dims(), count, 12, rng_seed, apply).vectors
}

/// The mean vector.
pub(super) fn mean(vectors: &Vectors) -> Vec<f64> {
    let mut mean = vec![0.0; vectors.dims()];
    for row in 0..vectors.len() {
        mean.iter_mut().zip(vectors.row(row)).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
    let count = vectors.len() as f64;
    mean.iter_mut().for_each(|sum| *sum /= count);
    mean
}

/// `weights^T block`.
fn accumulate(weights: &[f64], block: &Block) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (weight, lanes) in weights.iter().zip(block) {
        (0..LANES).for_each(|lane| sums[lane] += weight * lanes[lane]);
    }
    sums
}

fn identity(size: usize) -> Vec<Vec<f64>> {
    (0..size).map(|column| (0..size).map(|row| f64::from(u8::from(row == column))).collect()).collect()
}

/// Columns of +1 and -1: as good a start as Gaussian numbers, and exact.
fn random_signs(size: usize, width: usize, rng_seed: u64) -> Vec<Vec<f64>> {
    let sign = |column: usize, row: usize| {
        let draw = Draw { rng_seed, stream: SIGNS, step: column as u64 };
        if draw.bits(row as u64) & 1 == 1 { 1.0 } else { -1.0 }
    };
    (0..width).into_par_iter().map(|column| (0..size).map(|row| sign(column, row)).collect()).collect()
}

fn apply_to_columns(columns: &[Vec<f64>], apply: &(impl Fn(&Block) -> Block + Sync)) -> Vec<Vec<f64>> {
    let size = columns[0].len();
    let images: Vec<Vec<Vec<f64>>> = columns
        .par_chunks(LANES)
        .map(|chunk| {
            let block: Block = (0..size)
                .map(|row| std::array::from_fn(|lane| chunk.get(lane).map_or(0.0, |column| column[row])))
                .collect();
            let image = apply(&block);
            (0..chunk.len()).map(|lane| image.iter().map(|lanes| lanes[lane]).collect()).collect()
        })
        .collect();
    images.into_iter().flatten().collect()
}

/// Modified Gram-Schmidt, twice; a column that depends on earlier ones becomes zero.
fn orthonormalize(columns: &mut [Vec<f64>]) {
    for _ in 0..2 {
        for pivot in 0..columns.len() {
            let (done, rest) = columns.split_at_mut(pivot + 1);
            let pivot = &mut done[pivot];
            let norm = product(pivot, pivot).sqrt();
            let scale = if norm > 1e-150 { 1.0 / norm } else { 0.0 };
            pivot.iter_mut().for_each(|x| *x *= scale);
            rest.par_iter_mut().with_min_len(8).for_each(|column| {
                let share = product(pivot, column);
                column.iter_mut().zip(pivot.iter()).for_each(|(x, p)| *x -= share * p);
            });
        }
    }
}

/// The best eigenpairs that a subspace holds: diagonalises `Q^T (A Q)`.
fn rayleigh_ritz(basis: &[Vec<f64>], image: &[Vec<f64>], count: usize) -> Eigenpairs {
    let width = basis.len();
    let mut projected: Vec<f64> =
        (0..width * width).into_par_iter().map(|at| product(&basis[at / width], &image[at % width])).collect();
    for i in 0..width {
        for j in 0..i {
            let mean = (projected[i * width + j] + projected[j * width + i]) / 2.0;
            projected[i * width + j] = mean;
            projected[j * width + i] = mean;
        }
    }
    let (mut values, rotations) = eigenpairs(width, projected);
    let floor = RANK_TOLERANCE * values.first().copied().unwrap_or(0.0).max(0.0);
    let rank = values.iter().take(count).take_while(|value| **value > floor).count();
    values.truncate(rank);
    let vectors = (0..rank).into_par_iter().map(|pair| combine(basis, &rotations[pair * width..][..width])).collect();
    Eigenpairs { values, vectors }
}

/// The sum of columns with weights, with its largest component made positive.
fn combine(columns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; columns[0].len()];
    for (column, weight) in columns.iter().zip(weights) {
        sum.iter_mut().zip(column).for_each(|(sum, x)| *sum += weight * x);
    }
    let largest = sum.iter().fold(0.0_f64, |largest, x| if x.abs() > largest.abs() { *x } else { largest });
    if largest < 0.0 {
        sum.iter_mut().for_each(|x| *x = -*x);
    }
    sum
}

/// The product of two columns: four interleaved sums, then `(s0 + s2) + (s1 + s3)`.
fn product(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a_lanes, a_rest) = a.as_chunks::<4>();
    let (b_lanes, b_rest) = b.as_chunks::<4>();
    for (x, y) in a_lanes.iter().zip(b_lanes) {
        (0..4).for_each(|lane| sums[lane] += x[lane] * y[lane]);
    }
    a_rest.iter().zip(b_rest).enumerate().for_each(|(lane, (x, y))| sums[lane] += x * y);
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A diagonal operator with eigenvalues 1/(1+i)^2, on 200 coordinates.
    #[test]
    fn leading_eigenvalues_of_a_diagonal() {
        let value = |row: usize| 1.0 / f64::from(u32::try_from(row + 1).unwrap()).powi(2);
        let apply = |block: &Block| block.iter().enumerate().map(|(row, x)| x.map(|x| x * value(row))).collect();
        let pairs = largest_eigenpairs(200, 5, 12, 3, apply);
        for (i, (found, vector)) in pairs.values.iter().zip(&pairs.vectors).enumerate() {
            assert!((found - value(i)).abs() < 1e-12, "{i}: {found}");
            assert!((vector[i] - 1.0).abs() < 1e-10, "{i}: {}", vector[i]);
        }
    }

    #[test]
    fn a_small_operator_is_solved_exactly_and_rank_is_found() {
        let apply = |block: &Block| {
            let sum = accumulate(&[1.0, 2.0, 2.0], block);
            [1.0, 2.0, 2.0].iter().map(|c| sum.map(|s| s * c)).collect()
        };
        let pairs = largest_eigenpairs(3, 3, 0, 0, apply);
        assert_eq!(pairs.values.len(), 1);
        assert!((pairs.values[0] - 9.0).abs() < 1e-13);
    }
}
