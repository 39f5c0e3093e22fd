//! What was sent and has not come to an end yet: the delay line of a listener.
//!
//! In: samples, by their number, in order. Out: the one that takes effect. Invariants: only what is in flight is kept,
//! so that a delay beyond the end of a run costs what the run sends and no more; a sample never changes once it was
//! sent (sending a number again replaces it), hence copies of a line share their samples.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{EngineError, check_available};

/// Samples in flight, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct DelayLine {
    /// Number of the oldest sample.
    first: u64,
    samples: VecDeque<Arc<[f64]>>,
}

impl DelayLine {
    /// Sends a sample. A number that does not follow on what is in flight begins a new line.
    pub(super) fn send(&mut self, number: u64, sample: Arc<[f64]>) -> Result<(), EngineError> {
        match number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok()) {
            Some(place) if place < self.samples.len() => self.samples[place] = sample,
            Some(place) if place == self.samples.len() => self.append(sample)?,
            _ => *self = Self { first: number, samples: VecDeque::from([sample]) },
        }
        Ok(())
    }

    /// The sample of a number, which ends the flight of all before it; none if it was never sent.
    pub(super) fn receive(&mut self, number: u64) -> Option<&[f64]> {
        while self.first < number && self.samples.pop_front().is_some() {
            self.first += 1;
        }
        if self.first == number { self.samples.front().map(|sample| &**sample) } else { None }
    }

    /// Bytes of what is in flight.
    pub(super) fn bytes(&self) -> u128 {
        self.samples.front().map_or(0, |sample| line_bytes(self.samples.len() as u64, sample.len()))
    }

    /// Whether its samples have so many numbers.
    pub(super) fn carries(&self, numbers: usize) -> bool {
        self.samples.front().is_none_or(|sample| sample.len() == numbers)
    }

    /// Asks for room whenever the line is as long again as when it asked last.
    fn append(&mut self, sample: Arc<[f64]>) -> Result<(), EngineError> {
        if self.samples.len().is_power_of_two() {
            check_memory(line_bytes(self.samples.len() as u64, sample.len()))?;
        }
        self.samples.push_back(sample);
        Ok(())
    }
}

/// Bytes of a line of so many samples: their numbers, their counts of owners, and the line itself.
pub(super) fn line_bytes(samples: u64, numbers: usize) -> u128 {
    let each = size_of::<f64>() as u128 * numbers as u128 + 2 * size_of::<Arc<[f64]>>() as u128;
    u128::from(samples).saturating_mul(each)
}

/// Refuses delay lines that would not fit into the memory that is free now.
pub(super) fn check_memory(needed: u128) -> Result<(), EngineError> {
    check_available(
        "what is in flight from the donor",
        needed,
        "use a shorter [donor] delay, or a longer `every` or `block`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(value: f64) -> Arc<[f64]> {
        Arc::from([value])
    }

    #[test]
    fn what_has_arrived_is_not_kept() {
        let mut line = DelayLine::default();
        for number in 0..100u32 {
            line.send(number.into(), sample(number.into())).unwrap();
            if number >= 7 {
                assert_eq!(line.receive(u64::from(number) - 7), Some(&[f64::from(number) - 7.0][..]));
            }
        }
        assert_eq!(line.samples.len(), 8, "seven in flight, and the one that holds");
        line.send(99, sample(-1.0)).unwrap();
        assert_eq!(line.samples.len(), 8, "a sample that is sent again replaces itself");
        assert_eq!(line.receive(99), Some(&[-1.0][..]));
        assert_eq!(line.receive(100), None);
    }

    #[test]
    fn a_line_that_begins_late_has_nothing_of_before() {
        let mut line = DelayLine::default();
        line.send(40, sample(4.0)).unwrap();
        assert_eq!(line.receive(3), None);
        assert_eq!(line.receive(40), Some(&[4.0][..]));
        line.send(60, sample(6.0)).unwrap();
        assert_eq!(line.receive(41), None);
        assert_eq!(line.receive(60), Some(&[6.0][..]));
    }
}
