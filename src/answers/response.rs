//! Linear response: a push at some notes, spread along a graph and screened.
//!
//! In: a [`Web`] with weights `J`, strengths `d`, Laplacian `L = d - J`, and a screening `s`. Out: `s (s d + L)^-1 d` (or
//! its transpose) times a vector: the steady state of `d du/dt = -L u - s d (u - push)`. Row `i` of `R = s (s d + L)^-1 d`
//! says where a unit push at note i arrives; it sums to 1. (The same numbers are personalised PageRank with damping
//! `1 / (1 + s)`: one operator serves the answers and what they are compared with.) Solved by Chebyshev iteration (Saad,
//! Iterative Methods, alg. 12.1): `d^-1/2 (s d + L) d^-1/2` has its spectrum in `[s, 2 + s]`, so a fixed number of steps
//! reaches a known accuracy without a sum over notes, and no order of summation depends on threads. In f32, like the
//! vectors: what is asked for is an order, and half the numbers take half the time.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::web::Web;
use crate::math::elementary::scalar64::log;

/// Right-hand sides solved together, so that a pass over the graph serves all.
pub(super) const LANES: usize = 32;

/// One number of each of those.
type Lanes = [f32; LANES];

/// Error of a solution relative to that of zero.
const ACCURACY: f64 = 1e-6;

/// The response of a graph at one screening.
#[derive(Clone, Debug)]
pub struct Response {
    /// `J_ij / sqrt(d_i d_j)`, by rows.
    begin: Vec<usize>,
    edges: Vec<(u32, f32)>,
    /// `sqrt(d_i)`; 0 for a note that is joined to none.
    roots: Vec<f64>,
    screening: f64,
    steps: usize,
}

impl Response {
    /// Prepares the response of a web; `screening` > 0 is the share of a note's strength that leaks away.
    pub fn new(web: &Web, screening: f64) -> Self {
        let roots: Vec<f64> = (0..web.len()).map(|note| web.strength(note).sqrt()).collect();
        let mut begin = vec![0];
        let mut edges = Vec::new();
        for note in 0..web.len() {
            let row = web.of_note(note).map(|(other, weight)| (other, single(weight / (roots[note] * roots[other]))));
            edges.extend(row.map(|(other, weight)| (u32::try_from(other).expect("numbered by u32"), weight)));
            begin.push(edges.len());
        }
        Self { begin, edges, roots, screening, steps: steps(screening) }
    }

    /// Number of notes.
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Whether there are no notes.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// `R_ji / R_ij`, which is `d_i / d_j`: the response is reciprocal up to the notes' strengths.
    pub fn reciprocal(&self, i: usize, j: usize) -> f64 {
        let ratio = self.roots[i] / self.roots[j];
        if self.roots[j] > 0.0 { ratio * ratio } else { 0.0 }
    }

    /// Where unit pushes at some notes arrive, one row of `R` per note asked.
    pub fn rows(&self, notes: &[usize]) -> Vec<Vec<f64>> {
        notes.par_chunks(LANES).flat_map_iter(|asked| self.block_of_rows(asked)).collect()
    }

    fn block_of_rows(&self, asked: &[usize]) -> impl Iterator<Item = Vec<f64>> + use<> {
        let mut push: Vec<Lanes> = vec![[0.0; LANES]; self.len()];
        for (lane, &note) in asked.iter().enumerate() {
            push[note][lane] = single(self.screening);
        }
        let solved = self.solve(push);
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(asked.len());
        for (lane, &note) in asked.iter().enumerate() {
            let root = self.roots[note];
            let row = if root > 0.0 {
                solved.iter().zip(&self.roots).map(|(lanes, other)| f64::from(lanes[lane]) * other / root).collect()
            } else {
                (0..self.len()).map(|other| if other == note { 1.0 } else { 0.0 }).collect()
            };
            rows.push(row);
        }
        rows.into_iter()
    }

    /// `R` times each column of a matrix given by rows of `dims` numbers: every note moves towards those it is joined to.
    pub fn relaxed(&self, dims: usize, rows: &[f32]) -> Vec<f64> {
        let blocks: Vec<Vec<Lanes>> = (0..dims)
            .step_by(LANES)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|first| {
                let lanes = LANES.min(dims - first);
                let mut push: Vec<Lanes> = vec![[0.0; LANES]; self.len()];
                for (note, push) in push.iter_mut().enumerate() {
                    let values = &rows[note * dims + first..][..lanes];
                    let scale = single(self.screening * self.roots[note]);
                    push.iter_mut().zip(values).for_each(|(slot, &value)| *slot = scale * value);
                }
                self.solve(push)
            })
            .collect();
        let mut relaxed = Vec::with_capacity(rows.len());
        for (note, own) in rows.chunks_exact(dims).enumerate() {
            let root = self.roots[note];
            let value = |column: usize| match root > 0.0 {
                true => f64::from(blocks[column / LANES][note][column % LANES]) / root,
                false => f64::from(own[column]),
            };
            relaxed.extend((0..dims).map(value));
        }
        relaxed
    }

    fn solve(&self, push: Vec<Lanes>) -> Vec<Lanes> {
        Arch::new().dispatch(Solve { response: self, residual: push })
    }
}

/// `((1 + s) - S)^-1` times lanes, with `S = d^-1/2 J d^-1/2`, still to be computed.
struct Solve<'a> {
    response: &'a Response,
    residual: Vec<Lanes>,
}

impl WithSimd for Solve<'_> {
    type Output = Vec<Lanes>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Lanes> {
        let Self { response: &Response { ref begin, ref edges, screening, steps, .. }, mut residual } = self;
        // Centre and half width of the spectrum.
        let (theta, delta) = (1.0 + screening, 1.0);
        let sigma = theta / delta;
        let mut rho = 1.0 / sigma;
        let middle = single(theta);
        let mut solution: Vec<Lanes> = vec![[0.0; LANES]; residual.len()];
        let mut step: Vec<Lanes> = residual.iter().map(|r| r.map(|r| r / middle)).collect();
        for _ in 0..steps {
            for (note, residual) in residual.iter_mut().enumerate() {
                let mut spread = [0.0; LANES];
                for &(other, weight) in &edges[begin[note]..begin[note + 1]] {
                    let lanes = &step[other as usize];
                    for lane in 0..LANES {
                        spread[lane] += weight * lanes[lane];
                    }
                }
                let own = &step[note];
                for lane in 0..LANES {
                    residual[lane] -= middle * own[lane] - spread[lane];
                }
            }
            let next = 1.0 / (2.0 * sigma - rho);
            let (keep, add) = (single(next * rho), single(2.0 * next / delta));
            for ((solution, step), residual) in solution.iter_mut().zip(&mut step).zip(&residual) {
                for lane in 0..LANES {
                    solution[lane] += step[lane];
                    step[lane] = keep * step[lane] + add * residual[lane];
                }
            }
            rho = next;
        }
        solution
    }
}

#[expect(clippy::cast_possible_truncation, reason = "responses are computed in f32")]
fn single(number: f64) -> f32 {
    number as f32
}

/// Steps after which `2 q^n < ACCURACY`, with `q` the rate of Chebyshev iteration on `[s, 2 + s]`.
fn steps(screening: f64) -> usize {
    let root = (1.0 + 2.0 / screening).sqrt();
    let rate = (root - 1.0) / (root + 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let steps = (log(ACCURACY / 2.0) / log(rate)).ceil() as usize;
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 - 1 - 2, and 3 alone.
    fn chain() -> Web {
        Web::plain(None, 4, &[[0, 1], [1, 2]])
    }

    #[test]
    fn a_chain_of_three_answers_as_solved_by_hand() {
        // s = 1: (2d - J) G = 1 with d = 1, 2, 1 gives G d = [[7, 2, 1], [1, 4, 1], ...] / 12 by rows, times s.
        let rows = Response::new(&chain(), 1.0).rows(&[0, 1, 3]);
        let expected = [
            [7.0 / 12.0, 4.0 / 12.0, 1.0 / 12.0, 0.0],
            [2.0 / 12.0, 8.0 / 12.0, 2.0 / 12.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ];
        for (row, expected) in rows.iter().zip(expected) {
            for (found, expected) in row.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{rows:?}");
            }
        }
    }

    #[test]
    fn a_push_arrives_whole_and_is_answered_in_proportion() {
        let links: Vec<[usize; 2]> = (0..40).map(|i| [i, (i * 7 + 3) % 41]).filter(|[a, b]| a < b).collect();
        let web = Web::plain(None, 41, &links);
        let rows = Response::new(&web, 0.2).rows(&(0..41).collect::<Vec<_>>());
        for (i, row) in rows.iter().enumerate() {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{i}");
            for (j, other) in rows.iter().enumerate() {
                // Reciprocity: d_i R_ij = d_j R_ji.
                assert!((row[j] * web.strength(i) - other[i] * web.strength(j)).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn relaxing_keeps_what_is_equal_and_draws_the_joined_together() {
        let response = Response::new(&chain(), 0.5);
        let field = [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 5.0];
        let relaxed = response.relaxed(2, &field);
        for note in 0..3 {
            assert!((relaxed[2 * note] - 1.0).abs() < 1e-5);
        }
        assert!(relaxed[3] > 0.0 && relaxed[3] < 1.0);
        assert_eq!(relaxed[6..], [1.0, 5.0]);
    }
}
