//! A few of many things that come one after the other, evenly spread, in little room.
//!
//! In: things, one by one. Out: those that were kept. Invariant: what is kept are every 2^n-th, between `most` and twice as
//! many once there were so many, and the last.

/// Things that are kept.
#[derive(Clone, Debug)]
pub(super) struct Reel<T> {
    most: usize,
    stride: usize,
    seen: usize,
    kept: Vec<T>,
    /// The last, if it is not among the kept.
    last: Option<T>,
}

impl<T> Reel<T> {
    /// An empty one.
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), stride: 1, seen: 0, kept: vec![], last: None }
    }

    /// Takes the next.
    pub(super) fn push(&mut self, next: T) {
        if self.seen.is_multiple_of(self.stride) {
            if self.kept.len() == 2 * self.most {
                let mut even = false;
                self.kept.retain(|_| {
                    even = !even;
                    even
                });
                self.stride *= 2;
            }
            self.kept.push(next);
            self.last = None;
        } else {
            self.last = Some(next);
        }
        self.seen += 1;
    }

    /// How many came.
    pub(super) fn seen(&self) -> usize {
        self.seen
    }

    /// What was kept, in order, the last included.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        let kept: Vec<&T> = self.kept.iter().chain(&self.last).collect();
        kept.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_even_and_ends_with_the_last() {
        for count in [0, 1, 5, 8, 9, 17, 1000] {
            let mut reel = Reel::new(4);
            (0..count).for_each(|number| reel.push(number));
            let kept: Vec<usize> = reel.iter().copied().collect();
            assert_eq!((reel.seen(), kept.last().copied(), kept.first().copied()), {
                (count, count.checked_sub(1), (count > 0).then_some(0))
            });
            assert!(kept.len() <= 9 && (count < 8 || kept.len() > 4), "{count}: {kept:?}");
            let steps: Vec<usize> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let even = &steps[..steps.len().saturating_sub(1)];
            assert!(even.iter().all(|step| *step == even[0]), "{kept:?}");
        }
    }
}
