//! Pace: whether a field still lives, has frozen, or goes round in a loop (the architectural stall).
//!
//! In comes a field at each observation, reduced to the means of at most 16 x 16 blocks. Frozen: no block has moved by
//! more than a hundredth of the field's span for ten observations or longer. Looping: two full periods agree to twice
//! that, and within a period some block moves by ten times as much. Of a strength this leaves out a common rotation
//! of phases: a field whose phases turn while nothing else changes is frozen.

use std::collections::VecDeque;

/// Blocks along an axis, at most.
const BLOCKS: usize = 16;
/// Share of the span that counts as no change.
const STILL: f64 = 0.01;
/// Share of the span to which two turns of a loop agree, and by which it moves within one.
const LOOP: [f64; 2] = [0.02, 0.1];
/// Observations without change that make a field frozen.
const FROZEN: usize = 10;
/// Observations that are kept to look for loops.
const KEPT: usize = 384;

/// How a field moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// It changes, and does not repeat itself.
    Living,
    /// It has not changed since a time.
    Frozen {
        /// Time of the first observation of the frozen state.
        since: f64,
    },
    /// It goes through the same states again and again.
    Looping {
        /// Time that one turn takes.
        period: f64,
    },
}

/// One observation: its time and the means of blocks.
type Sketch = (f64, Vec<f64>);

/// Watches a field.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    shape: [usize; 2],
    span: f64,
    /// The state that nothing has left since, and for how many observations.
    rest: Option<(Sketch, usize)>,
    kept: VecDeque<Sketch>,
}

impl Watch {
    pub(super) fn new(shape: [usize; 2]) -> Self {
        Self { shape, span: 0.0, rest: None, kept: VecDeque::new() }
    }

    pub(super) fn observe(&mut self, time: f64, values: &[f64], span: f64) {
        self.span = span;
        let sketch = (time, block_means(self.shape, values));
        match &mut self.rest {
            Some((rest, count)) if apart(&rest.1, &sketch.1) <= STILL * span => *count += 1,
            rest => *rest = Some((sketch.clone(), 1)),
        }
        self.kept.push_back(sketch);
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    pub(super) fn pace(&self) -> Pace {
        match &self.rest {
            Some((rest, count)) if *count > FROZEN => Pace::Frozen { since: rest.0 },
            _ => self.period().map_or(Pace::Living, |period| Pace::Looping { period }),
        }
    }

    /// The shortest period after which the last two turns repeat.
    fn period(&self) -> Option<f64> {
        let end = self.kept.len();
        let apart = |a: usize, b: usize| apart(&self.kept[a].1, &self.kept[b].1);
        (2..=end / 3)
            .find(|&lag| {
                let turn = end - lag..end;
                let repeats = (end - 2 * lag..end).rev().all(|at| apart(at, at - lag) <= LOOP[0] * self.span);
                repeats && turn.into_iter().any(|at| apart(at, end - 1) > LOOP[1] * self.span)
            })
            .map(|lag| self.kept[end - 1].0 - self.kept[end - 1 - lag].0)
    }
}

/// The largest difference of two blocks.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Means over blocks of cells that are finite; 0 where a block has none.
#[expect(clippy::cast_precision_loss, reason = "numbers of cells")]
fn block_means([nx, ny]: [usize; 2], values: &[f64]) -> Vec<f64> {
    let (columns, rows) = (BLOCKS.min(nx), BLOCKS.min(ny));
    let mut sums = vec![(0.0, 0usize); columns * rows];
    for (row, line) in values.chunks(nx).enumerate() {
        for (column, &value) in line.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            let block = &mut sums[row * rows / ny * columns + column * columns / nx];
            *block = (block.0 + value, block.1 + 1);
        }
    }
    sums.into_iter().map(|(sum, count)| sum / count.max(1) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace_of(state: impl Fn(f64) -> f64) -> Pace {
        let mut watch = Watch::new([4, 4]);
        for step in 0..100 {
            let at = state(f64::from(step));
            let values: Vec<f64> = (0..16).map(|cell| if cell < 8 { at } else { 1.0 - at }).collect();
            watch.observe(f64::from(step) * 0.5, &values, 1.0);
        }
        watch.pace()
    }

    #[test]
    fn frozen_looping_and_living_fields_are_told_apart() {
        let wave = |step: f64| crate::math::elementary::scalar64::sin(step * std::f64::consts::TAU / 12.0) * 0.5;
        assert_eq!(pace_of(|step| (step / 40.0).min(1.0)), Pace::Frozen { since: 20.0 });
        assert_eq!(pace_of(wave), Pace::Looping { period: 6.0 });
        assert_eq!(pace_of(|step| step / 100.0), Pace::Living);
        assert_eq!(pace_of(|step| (step * step * 0.37) % 1.0), Pace::Living);
        // Slow but steady: never far from the last state, always farther from an earlier one.
        assert_eq!(pace_of(|step| step * 0.004), Pace::Living);
    }
}
