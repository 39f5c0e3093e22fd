//! Eigenvalues and eigenvectors of a small dense symmetric matrix.
//!
//! In: `n x n` numbers. Out: eigenvalues, the largest first, each with its unit eigenvector. Householder reduction to
//! tridiagonal form, then QL with implicit shifts (Wilkinson & Reinsch, Handbook for Automatic Computation II, 1971).
//! Only `+ - * /` and square roots in a fixed order, so the bits are the same everywhere.

/// Eigenvalues in descending order, and eigenvectors one after the other in the same order.
pub fn eigenpairs(n: usize, mut matrix: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let reflections = tridiagonalize(n, &mut matrix);
    let mut diagonal: Vec<f64> = (0..n).map(|i| matrix[i * n + i]).collect();
    let mut side: Vec<f64> = (0..n).map(|i| if i + 1 < n { matrix[(i + 1) * n + i] } else { 0.0 }).collect();
    let mut vectors = transposed_product(n, &reflections);
    diagonalize(&mut diagonal, &mut side, &mut vectors);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| diagonal[j].total_cmp(&diagonal[i]).then(i.cmp(&j)));
    let values = order.iter().map(|&i| diagonal[i]).collect();
    (values, order.iter().flat_map(|&i| &vectors[i * n..(i + 1) * n]).copied().collect())
}

/// Reduces a symmetric matrix in place; gives the reflections `1 - 2 v v^T`, the first acting on rows 1..n.
fn tridiagonalize(n: usize, a: &mut [f64]) -> Vec<Vec<f64>> {
    let mut reflections = Vec::new();
    for pivot in 0..n.saturating_sub(2) {
        let first = pivot + 1;
        let size = n - first;
        let mut v: Vec<f64> = (first..n).map(|row| a[row * n + pivot]).collect();
        let norm = dot(&v, &v).sqrt();
        let below = dot(&v[1..], &v[1..]);
        if below == 0.0 {
            reflections.push(vec![0.0; size]);
            continue;
        }
        let image = if v[0] > 0.0 { -norm } else { norm };
        v[0] -= image;
        let length = (v[0] * v[0] + below).sqrt();
        v.iter_mut().for_each(|x| *x /= length);
        // A - 2 v w^T - 2 w v^T with w = A v - (v^T A v) v
        let mut w: Vec<f64> = (0..size).map(|row| dot(&a[(first + row) * n + first..][..size], &v)).collect();
        let energy = dot(&v, &w);
        w.iter_mut().zip(&v).for_each(|(w, v)| *w -= energy * v);
        for row in 0..size {
            let entries = &mut a[(first + row) * n + first..][..size];
            for (entry, (v_column, w_column)) in entries.iter_mut().zip(v.iter().zip(&w)) {
                *entry -= 2.0 * (v[row] * w_column + w[row] * v_column);
            }
        }
        a[first * n + pivot] = image;
        reflections.push(v);
    }
    reflections
}

/// The transpose of the product of all reflections, by rows.
fn transposed_product(n: usize, reflections: &[Vec<f64>]) -> Vec<f64> {
    // Row i of the transpose is the image of unit vector i: apply the reflections to it, the last first.
    let mut rows = vec![0.0; n * n];
    for i in 0..n {
        let row = &mut rows[i * n..(i + 1) * n];
        row[i] = 1.0;
        for v in reflections.iter().rev() {
            let tail = &mut row[n - v.len()..];
            let share = 2.0 * dot(v, tail);
            tail.iter_mut().zip(v).for_each(|(x, v)| *x -= share * v);
        }
    }
    rows
}

/// QL with implicit shifts; rotations are applied to the rows of `vectors`.
fn diagonalize(diagonal: &mut [f64], side: &mut [f64], vectors: &mut [f64]) {
    /// Two or three rounds per eigenvalue are usual.
    const MOST_ROUNDS: usize = 60;
    let n = diagonal.len();
    for low in 0..n {
        for _ in 0..MOST_ROUNDS {
            let negligible = |i: usize| side[i].abs() <= f64::EPSILON * (diagonal[i].abs() + diagonal[i + 1].abs());
            let high = (low..n - 1).find(|&i| negligible(i)).unwrap_or(n - 1);
            if high == low {
                break;
            }
            sweep(diagonal, side, vectors, low, high);
        }
    }
}

/// One implicit QL step on the block `low..=high`.
fn sweep(diagonal: &mut [f64], side: &mut [f64], vectors: &mut [f64], low: usize, high: usize) {
    let n = diagonal.len();
    let ratio = (diagonal[low + 1] - diagonal[low]) / (2.0 * side[low]);
    let root = (ratio * ratio + 1.0).sqrt();
    let shift = side[low] / (ratio + if ratio < 0.0 { -root } else { root });
    let mut g = diagonal[high] - diagonal[low] + shift;
    let (mut sine, mut cosine, mut drop) = (1.0, 1.0, 0.0);
    for i in (low..high).rev() {
        let (f, b) = (sine * side[i], cosine * side[i]);
        let r = (f * f + g * g).sqrt();
        side[i + 1] = r;
        if r == 0.0 {
            diagonal[i + 1] -= drop;
            side[high] = 0.0;
            return;
        }
        sine = f / r;
        cosine = g / r;
        g = diagonal[i + 1] - drop;
        let turned = (diagonal[i] - g) * sine + 2.0 * cosine * b;
        drop = sine * turned;
        diagonal[i + 1] = g + drop;
        g = cosine * turned - b;
        let (first, second) = vectors[i * n..(i + 2) * n].split_at_mut(n);
        for (x, y) in first.iter_mut().zip(second) {
            (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
        }
    }
    diagonal[low] -= drop;
    side[low] = g;
    side[high] = 0.0;
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn degenerate_matrices() {
        assert_eq!(eigenpairs(3, vec![0.0; 9]).0, [0.0; 3]);
        let ones = eigenpairs(4, vec![1.0; 16]).0;
        assert!((ones[0] - 4.0).abs() < 1e-14 && ones[1..].iter().all(|x| x.abs() < 1e-14));
        assert_eq!(eigenpairs(0, Vec::new()).0.len(), 0);
    }
}
