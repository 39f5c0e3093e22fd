//! Eigenvalues and eigenvectors of small dense symmetric matrices.
//!
//! In: `n x n` numbers, or those of several matrices side by side. Out: eigenvalues, the largest first, each with its unit
//! eigenvector. Householder reduction to tridiagonal form, then QL with implicit shifts (Wilkinson & Reinsch, Handbook for
//! Automatic Computation II, 1971). A few eigenvectors of many are made one by one from the rotations and reflections, in
//! n^2 steps each; else all rows are turned together, in n^3. Only `+ - * /` and square roots in a fixed order, so the
//! bits are the same everywhere, and those of a matrix in company are those of the matrix alone: what one lane does not
//! take part in leaves it as it is.

use pulp::{Arch, Simd, WithSimd};

/// Eigenvalues in descending order, and eigenvectors one after the other in the same order.
pub fn eigenpairs(n: usize, matrix: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let (values, vectors) = leading_eigenpairs(n, n, matrix.into_iter().map(|x| [x]).collect());
    (values.into_flattened(), vectors.into_flattened())
}

/// The `count` largest eigenvalues and their eigenvectors of each of several matrices, of which each number has a lane.
pub fn leading_eigenpairs<const L: usize>(
    n: usize,
    count: usize,
    matrices: Vec<[f64; L]>,
) -> (Vec<[f64; L]>, Vec<[f64; L]>) {
    Arch::new().dispatch(Decomposition { n, count, matrices })
}

/// So many times more rows than vectors are wanted: then these are made one by one.
const FEW: usize = 8;

/// Matrices that are still to be decomposed.
struct Decomposition<const L: usize> {
    n: usize,
    count: usize,
    matrices: Vec<[f64; L]>,
}

impl<const L: usize> WithSimd for Decomposition<L> {
    /// The largest eigenvalues and their eigenvectors.
    type Output = (Vec<[f64; L]>, Vec<[f64; L]>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let Self { n, count, mut matrices } = self;
        let reflections = tridiagonalize(n, &mut matrices);
        let mut diagonal: Vec<[f64; L]> = (0..n).map(|i| matrices[i * n + i]).collect();
        let below = |i: usize| if i + 1 < n { matrices[(i + 1) * n + i] } else { [0.0; L] };
        let mut side: Vec<[f64; L]> = (0..n).map(below).collect();
        let mut vectors = vec![[0.0; L]; count * n];
        if FEW * count < n {
            let mut rotations = Rotations(Vec::new());
            diagonalize(&mut diagonal, &mut side, &mut rotations);
            let places = largest(&diagonal, count);
            for (place, vector) in places.iter().zip(vectors.chunks_exact_mut(n.max(1))) {
                (0..L).for_each(|lane| vector[place[lane]][lane] = 1.0);
                rotations.undo(vector);
                reflect(vector, &reflections);
            }
            (picked(&diagonal, &places), vectors)
        } else {
            let mut rows = Rows(transposed_product(n, &reflections));
            diagonalize(&mut diagonal, &mut side, &mut rows);
            let places = largest(&diagonal, count);
            for (place, vector) in places.iter().zip(vectors.chunks_exact_mut(n.max(1))) {
                for (k, number) in vector.iter_mut().enumerate() {
                    *number = each(|lane| rows.0[place[lane] * n + k][lane]);
                }
            }
            (picked(&diagonal, &places), vectors)
        }
    }
}

/// The places of the largest numbers in each lane, the first among equals.
fn largest<const L: usize>(diagonal: &[[f64; L]], count: usize) -> Vec<[usize; L]> {
    let mut ranks = vec![[0; L]; count];
    let mut order: Vec<usize> = Vec::with_capacity(diagonal.len());
    for lane in 0..L {
        order.clear();
        order.extend(0..diagonal.len());
        order.sort_by(|&i, &j| diagonal[j][lane].total_cmp(&diagonal[i][lane]).then(i.cmp(&j)));
        ranks.iter_mut().zip(&order).for_each(|(rank, &place)| rank[lane] = place);
    }
    ranks
}

fn picked<const L: usize>(diagonal: &[[f64; L]], places: &[[usize; L]]) -> Vec<[f64; L]> {
    places.iter().map(|place| each(|lane| diagonal[place[lane]][lane])).collect()
}

/// A plane rotation of rows i and i + 1, in the lanes that take part.
#[derive(Clone, Copy)]
struct Rotation<const L: usize> {
    i: usize,
    turns: [bool; L],
    cosine: [f64; L],
    sine: [f64; L],
}

/// What becomes of the rotations that make a matrix diagonal.
trait Turned<const L: usize> {
    fn turn(&mut self, rotation: Rotation<L>, n: usize);
}

/// All rows of a matrix, turned at once.
struct Rows<const L: usize>(Vec<[f64; L]>);

impl<const L: usize> Turned<L> for Rows<L> {
    #[inline(always)]
    fn turn(&mut self, Rotation { i, turns, cosine, sine }: Rotation<L>, n: usize) {
        let (first, second) = self.0[i * n..(i + 2) * n].split_at_mut(n);
        for (x, y) in first.iter_mut().zip(second) {
            for l in 0..L {
                let (was_x, was_y) = (x[l], y[l]);
                x[l] = if turns[l] { cosine[l] * was_x - sine[l] * was_y } else { was_x };
                y[l] = if turns[l] { sine[l] * was_x + cosine[l] * was_y } else { was_y };
            }
        }
    }
}

/// The rotations themselves, in order.
struct Rotations<const L: usize>(Vec<Rotation<L>>);

impl<const L: usize> Turned<L> for Rotations<L> {
    #[inline(always)]
    fn turn(&mut self, rotation: Rotation<L>, _: usize) {
        self.0.push(rotation);
    }
}

impl<const L: usize> Rotations<L> {
    /// A row vector times the product of all rotations.
    #[inline(always)]
    fn undo(&self, row: &mut [[f64; L]]) {
        for &Rotation { i, turns, cosine, sine } in self.0.iter().rev() {
            let (x, y) = (row[i], row[i + 1]);
            row[i] = each(|l| if turns[l] { cosine[l] * x[l] + sine[l] * y[l] } else { x[l] });
            row[i + 1] = each(|l| if turns[l] { cosine[l] * y[l] - sine[l] * x[l] } else { y[l] });
        }
    }
}

/// One number per lane.
#[inline(always)]
fn each<T: Copy + Default, const L: usize>(of: impl Fn(usize) -> T) -> [T; L] {
    let mut lanes = [T::default(); L];
    lanes.iter_mut().enumerate().for_each(|(lane, number)| *number = of(lane));
    lanes
}

/// Reduces symmetric matrices in place; gives the reflections `1 - 2 v v^T`, the first acting on rows 1..n.
#[inline(always)]
fn tridiagonalize<const L: usize>(n: usize, a: &mut [[f64; L]]) -> Vec<Vec<[f64; L]>> {
    let mut reflections = Vec::with_capacity(n);
    for pivot in 0..n.saturating_sub(2) {
        let first = pivot + 1;
        let size = n - first;
        let mut v: Vec<[f64; L]> = (first..n).map(|row| a[row * n + pivot]).collect();
        let (square, below) = (dot(&v, &v), dot(&v[1..], &v[1..]));
        // A column that is reduced already is not reflected: v is 0 there.
        let image = each::<f64, L>(|l| if v[0][l] > 0.0 { -square[l].sqrt() } else { square[l].sqrt() });
        v[0] = each(|l| v[0][l] - image[l]);
        let length = each::<f64, L>(|l| (v[0][l] * v[0][l] + below[l]).sqrt());
        for v in &mut v {
            *v = each(|l| if below[l] == 0.0 { 0.0 } else { v[l] / length[l] });
        }
        // A - 2 v w^T - 2 w v^T with w = A v - (v^T A v) v
        let mut w: Vec<[f64; L]> = (0..size).map(|row| dot(&a[(first + row) * n + first..][..size], &v)).collect();
        let energy = dot(&v, &w);
        for (w, v) in w.iter_mut().zip(&v) {
            *w = each(|l| w[l] - energy[l] * v[l]);
        }
        for row in 0..size {
            let entries = &mut a[(first + row) * n + first..][..size];
            let (v_row, w_row) = (v[row], w[row]);
            for (entry, (v, w)) in entries.iter_mut().zip(v.iter().zip(&w)) {
                *entry = each(|l| entry[l] - 2.0 * (v_row[l] * w[l] + w_row[l] * v[l]));
            }
        }
        let under = &mut a[first * n + pivot];
        *under = each(|l| if below[l] == 0.0 { under[l] } else { image[l] });
        reflections.push(v);
    }
    reflections
}

/// The transpose of the product of all reflections, by rows.
#[inline(always)]
fn transposed_product<const L: usize>(n: usize, reflections: &[Vec<[f64; L]>]) -> Vec<[f64; L]> {
    // Row i of the transpose is the image of unit vector i: apply the reflections to it, the last first.
    let mut rows = vec![[0.0; L]; n * n];
    for i in 0..n {
        let row = &mut rows[i * n..(i + 1) * n];
        row[i] = [1.0; L];
        reflect(row, reflections);
    }
    rows
}

/// The image of a vector under all reflections, the last first.
#[inline(always)]
fn reflect<const L: usize>(vector: &mut [[f64; L]], reflections: &[Vec<[f64; L]>]) {
    let n = vector.len();
    for v in reflections.iter().rev() {
        let tail = &mut vector[n - v.len()..];
        let product = dot(v, tail);
        let share = each::<f64, L>(|l| 2.0 * product[l]);
        for (x, v) in tail.iter_mut().zip(v) {
            *x = each(|l| x[l] - share[l] * v[l]);
        }
    }
}

/// QL with implicit shifts; `turned` gets the rotations of rows.
#[inline(always)]
fn diagonalize<const L: usize>(diagonal: &mut [[f64; L]], side: &mut [[f64; L]], turned: &mut impl Turned<L>) {
    /// Two or three rounds per eigenvalue are usual.
    const MOST_ROUNDS: usize = 60;
    let n = diagonal.len();
    for low in 0..n {
        for _ in 0..MOST_ROUNDS {
            // Where the block that begins at `low` ends.
            let mut high = [n - 1; L];
            for i in (low..n - 1).rev() {
                let (here, next, side) = (&diagonal[i], &diagonal[i + 1], &side[i]);
                let negligible = |l: usize| side[l].abs() <= f64::EPSILON * (here[l].abs() + next[l].abs());
                high = each(|l| if negligible(l) { i } else { high[l] });
            }
            if high.iter().all(|&high| high == low) {
                break;
            }
            sweep(diagonal, side, turned, low, high);
        }
    }
}

/// One implicit QL step on the block `low..=high` of each lane; on none of a lane where they are the same.
#[inline(always)]
fn sweep<const L: usize>(
    diagonal: &mut [[f64; L]],
    side: &mut [[f64; L]],
    turned: &mut impl Turned<L>,
    low: usize,
    high: [usize; L],
) {
    let n = diagonal.len();
    let top = high.iter().fold(low, |top, &high| top.max(high));
    let mut open: [bool; L] = each(|l| high[l] > low);
    let mut g: [f64; L] = each(|l| {
        let ratio = (diagonal[low + 1][l] - diagonal[low][l]) / (2.0 * side[low][l]);
        let root = (ratio * ratio + 1.0).sqrt();
        let shift = side[low][l] / (ratio + if ratio < 0.0 { -root } else { root });
        diagonal[high[l]][l] - diagonal[low][l] + shift
    });
    let (mut sine, mut cosine, mut drop) = ([1.0; L], [1.0; L], [0.0; L]);
    for i in (low..top).rev() {
        let (below, here, beside) = (diagonal[i + 1], diagonal[i], side[i]);
        let f: [f64; L] = each(|l| sine[l] * beside[l]);
        let b: [f64; L] = each(|l| cosine[l] * beside[l]);
        let r: [f64; L] = each(|l| (f[l] * f[l] + g[l] * g[l]).sqrt());
        let inside: [bool; L] = each(|l| open[l] && i < high[l]);
        side[i + 1] = each(|l| if inside[l] { r[l] } else { side[i + 1][l] });
        // A lane that splits here has done its step.
        let split: [bool; L] = each(|l| inside[l] && r[l] == 0.0);
        for l in (0..L).filter(|&l| split[l]) {
            diagonal[i + 1][l] -= drop[l];
            side[high[l]][l] = 0.0;
            open[l] = false;
        }
        let turns: [bool; L] = each(|l| inside[l] && !split[l]);
        sine = each(|l| if turns[l] { f[l] / r[l] } else { sine[l] });
        cosine = each(|l| if turns[l] { g[l] / r[l] } else { cosine[l] });
        let rest: [f64; L] = each(|l| below[l] - drop[l]);
        let bent: [f64; L] = each(|l| (here[l] - rest[l]) * sine[l] + 2.0 * cosine[l] * b[l]);
        drop = each(|l| if turns[l] { sine[l] * bent[l] } else { drop[l] });
        diagonal[i + 1] = each(|l| if turns[l] { rest[l] + drop[l] } else { diagonal[i + 1][l] });
        g = each(|l| if turns[l] { cosine[l] * bent[l] - b[l] } else { g[l] });
        turned.turn(Rotation { i, turns, cosine, sine }, n);
    }
    for l in (0..L).filter(|&l| open[l]) {
        diagonal[low][l] -= drop[l];
        side[low][l] = g[l];
        side[high[l]][l] = 0.0;
    }
}

#[inline(always)]
fn dot<const L: usize>(a: &[[f64; L]], b: &[[f64; L]]) -> [f64; L] {
    let mut sum = [0.0; L];
    for (x, y) in a.iter().zip(b) {
        sum = each(|l| sum[l] + x[l] * y[l]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
    }

    #[test]
    fn pairs_satisfy_their_equation_and_are_orthonormal() {
        for n in [1, 2, 3, 7, 40] {
            let entry = |i: usize, j: usize| f64::from(u32::try_from((i + 1) * (j + 1) * 7919 % 101).unwrap()) - 50.0;
            let matrix: Vec<f64> = (0..n * n).map(|at| entry(at / n, at % n)).collect();
            let (values, vectors) = eigenpairs(n, matrix.clone());
            assert!(values.is_sorted_by(|a, b| a >= b));
            for i in 0..n {
                let vector = &vectors[i * n..(i + 1) * n];
                for row in 0..n {
                    let image = dot(&matrix[row * n..(row + 1) * n], vector);
                    assert!((image - values[i] * vector[row]).abs() < 1e-11, "{n} {i}");
                }
                for j in 0..n {
                    let expected = f64::from(u8::from(i == j));
                    assert!((dot(vector, &vectors[j * n..(j + 1) * n]) - expected).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn a_matrix_has_the_same_bits_in_company_and_alone() {
        // Full, of low rank, diagonal, of blocks, and none.
        for n in [1, 2, 3, 10] {
            let entry = |lane: usize, i: usize, j: usize| {
                let wave = |i: usize| ((i * 37 + lane * 11) % 23) as f64 - 7.0;
                match lane {
                    0 => 0.0,
                    1 => f64::from(u8::from(i == j)) * wave(i),
                    2 => wave(i) * wave(j),
                    3 if i / 2 != j / 2 => 0.0,
                    _ => wave(i) * wave(j) + wave(i + j) + f64::from(u8::from(i == j)) * wave(i * i),
                }
            };
            let matrices = (0..n * n).map(|at| std::array::from_fn(|lane| entry(lane, at / n, at % n))).collect();
            let (values, vectors) = leading_eigenpairs::<8>(n, n, matrices);
            for lane in 0..8 {
                let alone = eigenpairs(n, (0..n * n).map(|at| entry(lane, at / n, at % n)).collect());
                let alone: Vec<u64> = alone.0.iter().chain(&alone.1).map(|x| x.to_bits()).collect();
                let together: Vec<u64> = values.iter().chain(&vectors).map(|x| x[lane].to_bits()).collect();
                assert_eq!(together, alone, "{n} {lane}");
            }
        }
    }

    #[test]
    fn a_few_of_many_are_those_of_all() {
        let n = 60;
        let entry = |i: usize, j: usize| ((i * 37 + j * 37 + i * j * 11) % 101) as f64 - 50.0;
        let matrix: Vec<f64> = (0..n * n).map(|at| entry(at / n, at % n)).collect();
        let (values, vectors) = eigenpairs(n, matrix.clone());
        let (few, their) = leading_eigenpairs(n, 3, matrix.into_iter().map(|x| [x]).collect());
        assert_eq!(few.into_flattened(), values[..3]);
        for (x, y) in their.into_flattened().into_iter().zip(vectors) {
            assert!((x - y).abs() < 1e-12, "{x} {y}");
        }
    }

    #[test]
    fn degenerate_matrices() {
        assert_eq!(eigenpairs(3, vec![0.0; 9]).0, [0.0; 3]);
        let ones = eigenpairs(4, vec![1.0; 16]).0;
        assert!((ones[0] - 4.0).abs() < 1e-14 && ones[1..].iter().all(|x| x.abs() < 1e-14));
        assert_eq!(eigenpairs(0, Vec::new()).0.len(), 0);
    }
}
