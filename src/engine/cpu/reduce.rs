//! Reductions of fixed shape. In: one component, and which cells count. Out: one f64.
//!
//! Invariant: the values of a row are added pairwise, then the rows: the result depends on the shape alone, not on the
//! number of threads. Everything is added in f64. Over no cell at all, every reduction is 0.

use rayon::prelude::*;

use super::memory::Layout;
use super::real::Real;
use crate::program::Reduction;

/// Terms that are added one after the other at the bottom of the pairwise sum.
const LEAF: usize = 8;

/// One component with its mask, both padded.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, T> {
    /// Where the cells are.
    pub layout: &'a Layout,
    /// What to combine.
    pub numbers: &'a [T],
    /// 0 where a cell does not count.
    pub mask: Option<&'a [T]>,
    /// Whether to use the threads of the current pool.
    pub parallel: bool,
}

impl<T: Real> Source<'_, T> {
    /// Combines all cells that count; `rows` is room for one number per row.
    pub(super) fn reduce(&self, reduction: Reduction, rows: &mut [f64]) -> f64 {
        let count = self.count(rows);
        if count == 0.0 {
            return 0.0;
        }
        let sum = |rows: &mut [f64]| self.combine(rows, |value| value, 0.0, |a, b| a + b);
        match reduction {
            Reduction::Sum => sum(rows),
            Reduction::Mean => sum(rows) / count,
            Reduction::Min => self.combine(rows, |value| value, f64::INFINITY, |a, b| if b < a { b } else { a }),
            Reduction::Max => self.combine(rows, |value| value, f64::NEG_INFINITY, |a, b| if a < b { b } else { a }),
            Reduction::Std => {
                let mean = sum(rows) / count;
                let squares = self.combine(rows, |value| (value - mean) * (value - mean), 0.0, |a, b| a + b);
                (squares / count).sqrt()
            }
        }
    }

    /// Number of cells that count.
    #[expect(clippy::cast_precision_loss, reason = "cells are far fewer than 2^52")]
    fn count(&self, rows: &mut [f64]) -> f64 {
        match self.mask {
            None => self.layout.shape.iter().product::<usize>() as f64,
            Some(_) => self.combine(rows, |_| 1.0, 0.0, |a, b| a + b),
        }
    }

    /// Whether every value is finite, masked or not.
    pub(super) fn all_finite(&self) -> bool {
        let row_finite = |row: usize| {
            let start = self.layout.row_start(row);
            self.numbers[start..start + self.layout.shape[0]].iter().all(|value| value.finite())
        };
        if self.parallel {
            (0..self.layout.rows()).into_par_iter().all(row_finite)
        } else {
            (0..self.layout.rows()).all(row_finite)
        }
    }

    fn combine(
        &self,
        rows: &mut [f64],
        term: impl Fn(f64) -> f64 + Sync,
        neutral: f64,
        join: impl Fn(f64, f64) -> f64 + Sync,
    ) -> f64 {
        let row = |row: usize| {
            let start = self.layout.row_start(row);
            let values = &self.numbers[start..start + self.layout.shape[0]];
            let mask = self.mask.map(|mask| &mask[start..start + self.layout.shape[0]]);
            let at = |x: usize| match mask {
                Some(mask) if mask[x] == T::ZERO => neutral,
                _ => term(values[x].widened()),
            };
            pairwise(0, values.len(), &at, &join)
        };
        let rows = &mut rows[..self.layout.rows()];
        if self.parallel {
            rows.par_iter_mut().enumerate().with_min_len(16).for_each(|(position, out)| *out = row(position));
        } else {
            rows.iter_mut().enumerate().for_each(|(position, out)| *out = row(position));
        }
        pairwise(0, rows.len(), &|position| rows[position], &join)
    }
}

/// Joins `count` terms from `first` on by halves.
fn pairwise(first: usize, count: usize, at: &impl Fn(usize) -> f64, join: &impl Fn(f64, f64) -> f64) -> f64 {
    if count <= LEAF {
        return (first + 1..first + count).fold(at(first), |sum, position| join(sum, at(position)));
    }
    let half = count / 2;
    join(pairwise(first, half, at, join), pairwise(first + half, count - half, at, join))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduce(values: &[f64], mask: Option<&[f64]>, reduction: Reduction) -> f64 {
        let shape = [values.len(), 1, 1];
        let layout =
            Layout { shape, ghosts: [false; 3], stride: [1, shape[0], shape[0]], component: 0, origin: 0, lanes: 2 };
        Source { layout: &layout, numbers: values, mask, parallel: false }.reduce(reduction, &mut [0.0])
    }

    #[test]
    fn reductions_of_known_values() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(reduce(&values, None, Reduction::Sum), 5050.0);
        assert_eq!(reduce(&values, None, Reduction::Mean), 50.5);
        assert_eq!(reduce(&values, None, Reduction::Min), 1.0);
        assert_eq!(reduce(&values, None, Reduction::Max), 100.0);
        assert_eq!(reduce(&values, None, Reduction::Std), 833.25_f64.sqrt());
    }

    #[test]
    fn masked_cells_do_not_count() {
        let values = [5.0, 1.0, 3.0, 7.0];
        let mask = [0.0, 1.0, 1.0, 0.0];
        assert_eq!(reduce(&values, Some(&mask), Reduction::Mean), 2.0);
        assert_eq!(reduce(&values, Some(&mask), Reduction::Max), 3.0);
        assert_eq!(reduce(&values, Some(&mask), Reduction::Min), 1.0);
        assert_eq!(reduce(&values, Some(&mask), Reduction::Std), 1.0);
        assert_eq!(reduce(&values, Some(&[0.0; 4]), Reduction::Min), 0.0);
    }
}
