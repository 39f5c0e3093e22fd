//! Lloyd's iteration, about means (k-means) or about directions (spherical k-means).
//!
//! In: unit vectors, a number of clusters, a seed. Out: a cluster per vector, each cluster non-empty, and how well they
//! fit. Seeds are spread by k-means++ (Arthur & Vassilvitskii, SODA 2007); the best of several starts wins. About
//! directions the fit is `sum over clusters |sum of members|`, the total order parameter (Dhillon & Modha, Machine
//! Learning 42, 2001); about means it is minus half the squared distances, up to a constant. Sums run in index order.

use rayon::prelude::*;

use crate::math::rng::{Draw, uniform01};
use crate::math::sum::pairwise;
use crate::soil::{Vectors, dot, dots};

/// What a cluster is drawn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Center {
    /// The mean of its members.
    Mean,
    /// The direction of their sum.
    Direction,
}

/// Starts, of which the best is kept.
const STARTS: u64 = 4;
/// Vectors that one thread takes at once.
const GRAIN: usize = 64;
/// Rounds after which an iteration stops, settled or not.
const ROUNDS: usize = 50;

/// A partition.
pub(super) struct Clusters {
    /// The cluster of each vector, from 0.
    pub(super) of: Vec<usize>,
    /// Cosine of each vector with the direction of its cluster.
    pub(super) cosines: Vec<f64>,
    /// The larger the better.
    pub(super) fit: f64,
}

/// The best partition of the vectors into at most `count` clusters.
pub(super) fn cluster(vectors: &Vectors, count: usize, center: Center, draw: Draw) -> Clusters {
    let count = count.clamp(1, vectors.len());
    let start = |start| settle(vectors, &spread(vectors, count, Draw { step: start, ..draw }), center);
    let starts = (0..STARTS).map(start);
    starts.reduce(|best, next| if next.fit > best.fit { next } else { best }).expect("there is a first start")
}

/// Indices of vectors far from each other: each is drawn with a chance that grows with the squared distance to those
/// before it. Fewer if there are not so many different vectors.
fn spread(vectors: &Vectors, count: usize, draw: Draw) -> Vec<usize> {
    let random = |k: usize| uniform01(draw.bits(k as u64));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the number of vectors")]
    let first = (random(0) * vectors.len() as f64) as usize;
    let mut chosen = vec![first];
    let mut distances = vec![f64::INFINITY; vectors.len()];
    while chosen.len() < count {
        let last = chosen[chosen.len() - 1];
        distances.par_chunks_mut(GRAIN).enumerate().for_each(|(chunk, distances)| {
            let cosines = vectors.cosines(last, chunk * GRAIN..chunk * GRAIN + distances.len());
            for (distance, cosine) in distances.iter_mut().zip(cosines) {
                *distance = distance.min((2.0 - 2.0 * cosine).max(0.0));
            }
        });
        distances[last] = 0.0;
        let total = pairwise(&distances);
        if total <= f64::EPSILON * vectors.len() as f64 {
            break;
        }
        let mut left = random(chosen.len()) * total;
        let positive = distances.iter().enumerate().filter(|(_, distance)| **distance > 0.0);
        let mut next = 0;
        for (i, distance) in positive {
            next = i;
            left -= distance;
            if left < 0.0 {
                break;
            }
        }
        chosen.push(next);
    }
    chosen
}

/// Moves centres until no vector changes its cluster.
fn settle(vectors: &Vectors, seeds: &[usize], center: Center) -> Clusters {
    let dims = vectors.dims();
    let mut centers: Vec<f32> = seeds.iter().flat_map(|&seed| vectors.row(seed)).copied().collect();
    let mut of = vec![usize::MAX; vectors.len()];
    for _ in 0..ROUNDS {
        let next = assign(vectors, &centers, center);
        if next == of {
            break;
        }
        of = next;
        centers = centers_of(vectors, &of, &centers, center);
    }
    finish(vectors, of, dims, center)
}

/// The nearest centre of each vector; the first among equals.
fn assign(vectors: &Vectors, centers: &[f32], center: Center) -> Vec<usize> {
    let dims = vectors.dims();
    let rows: Vec<&[f32]> = centers.chunks_exact(dims).collect();
    // |x - c|^2 = 1 - 2 (x c - |c|^2 / 2); directions are all of one length.
    let offset = |row: &&[f32]| if center == Center::Mean { dot(row, row) / 2.0 } else { 0.0 };
    let offsets: Vec<f64> = rows.iter().map(offset).collect();
    let nearest = |i: usize| {
        let scores = dots(vectors.row(i), &rows).into_iter().zip(&offsets).map(|(product, offset)| product - offset);
        let best = |best: (usize, f64), (c, score): (usize, f64)| if score > best.1 { (c, score) } else { best };
        scores.enumerate().fold((0, f64::NEG_INFINITY), best).0
    };
    (0..vectors.len()).into_par_iter().with_min_len(GRAIN).map(nearest).collect()
}

/// Sums of the members of each cluster, in index order, and their number.
fn sums(vectors: &Vectors, of: &[usize], count: usize) -> (Vec<Vec<f64>>, Vec<usize>) {
    let mut members = vec![Vec::new(); count];
    of.iter().enumerate().for_each(|(i, &cluster)| members[cluster].push(i));
    let sum = |members: &Vec<usize>| {
        let mut sum = vec![0.0; vectors.dims()];
        for &i in members {
            sum.iter_mut().zip(vectors.row(i)).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        sum
    };
    (members.par_iter().map(sum).collect(), members.iter().map(Vec::len).collect())
}

/// New centres; a cluster that lost all members keeps its own.
fn centers_of(vectors: &Vectors, of: &[usize], old: &[f32], center: Center) -> Vec<f32> {
    let dims = vectors.dims();
    let (sums, sizes) = sums(vectors, of, old.len() / dims);
    let mut centers = Vec::with_capacity(old.len());
    for ((sum, size), old) in sums.iter().zip(sizes).zip(old.chunks_exact(dims)) {
        let scale = match center {
            Center::Mean => size as f64,
            Center::Direction => length(sum),
        };
        if size == 0 || scale == 0.0 {
            centers.extend_from_slice(old);
        } else {
            #[expect(clippy::cast_possible_truncation, reason = "centres are kept as vectors are")]
            centers.extend(sum.iter().map(|x| (x / scale) as f32));
        }
    }
    centers
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().fold(0.0, |sum, x| sum + x * x).sqrt()
}

/// Numbers the clusters that have members anew, the largest first, and measures the fit.
fn finish(vectors: &Vectors, of: Vec<usize>, dims: usize, center: Center) -> Clusters {
    let count = of.iter().max().map_or(0, |last| last + 1);
    let (all, sizes) = sums(vectors, &of, count);
    let mut order: Vec<usize> = (0..count).filter(|&cluster| sizes[cluster] > 0).collect();
    order.sort_by_key(|&cluster| (std::cmp::Reverse(sizes[cluster]), cluster));
    let mut number = vec![0; count];
    order.iter().enumerate().for_each(|(new, &old)| number[old] = new);
    // sum |x - mean|^2 = n - sum over clusters |sum of members|^2 / size
    let fit_of = |&cluster: &usize| match center {
        Center::Direction => length(&all[cluster]),
        Center::Mean => length(&all[cluster]) * length(&all[cluster]) / sizes[cluster] as f64 / 2.0,
    };
    let fit = order.iter().map(fit_of).fold(0.0, |sum, fit| sum + fit);
    let cosines = of.par_iter().enumerate().map(|(i, &cluster)| {
        let direction = &all[cluster];
        let product = (0..dims).fold(0.0, |sum, k| sum + f64::from(vectors.row(i)[k]) * direction[k]);
        let norm = length(direction);
        if norm > 0.0 { product / norm } else { 0.0 }
    });
    Clusters { cosines: cosines.collect(), of: of.iter().map(|&cluster| number[cluster]).collect(), fit }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three bundles of 30, 20 and 10 vectors about the axes.
    fn bundles() -> Vectors {
        let mut rows = Vec::new();
        for (axis, size) in [(0, 30), (1, 20), (2, 10)] {
            for i in 0..size {
                let mut row = [0.1 * f64::from(i % 5), 0.07 * f64::from(i % 3), 0.05 * f64::from(i % 7)];
                row[axis] += 2.0;
                rows.extend(row);
            }
        }
        Vectors::normalized(3, rows).unwrap()
    }

    #[test]
    fn bundles_are_found_and_numbered_by_size() {
        let draw = Draw { rng_seed: 3, stream: 1, step: 0 };
        for center in [Center::Mean, Center::Direction] {
            let clusters = cluster(&bundles(), 3, center, draw);
            let expected: Vec<usize> = [vec![0; 30], vec![1; 20], vec![2; 10]].concat();
            assert_eq!(clusters.of, expected, "{center:?}");
            assert!(clusters.cosines.iter().all(|&cosine| cosine > 0.9));
        }
    }

    #[test]
    fn fewer_different_vectors_than_clusters() {
        let vectors = Vectors::normalized(2, [1.0, 0.0, 0.0, 1.0].repeat(5)).unwrap();
        let clusters = cluster(&vectors, 7, Center::Direction, Draw { rng_seed: 0, stream: 1, step: 0 });
        assert_eq!(clusters.of, [0, 1].repeat(5).iter().map(|&c| c ^ clusters.of[0]).collect::<Vec<usize>>());
        assert!((clusters.fit - 10.0).abs() < 1e-9);
    }
}
