//! Which value is in which register. In: the order of uses, known in advance since the code is straight. Out: a
//! register for each value, and what has to leave it.
//!
//! Invariant: the value that leaves is the one whose next use is furthest away (Belady 1966).

use std::collections::VecDeque;

use super::encode::Vector;
use super::instruction::Name;

/// The registers of the vector loop that are not bound to values from outside.
pub(super) struct Registers {
    contents: Vec<(Vector, Option<Name>)>,
    /// Per value: where it is used from now on.
    uses: Vec<VecDeque<usize>>,
}

impl Registers {
    /// All registers free; `uses` lists, per value, positions in ascending order.
    pub(super) fn new(registers: impl Iterator<Item = Vector>, uses: Vec<VecDeque<usize>>) -> Self {
        Self { contents: registers.map(|register| (register, None)).collect(), uses }
    }

    /// Number of registers.
    pub(super) fn len(&self) -> usize {
        self.contents.len()
    }

    /// Where a value is.
    pub(super) fn find(&self, name: Name) -> Option<Vector> {
        self.contents.iter().find(|(_, content)| *content == Some(name)).map(|(register, _)| *register)
    }

    /// The next use after `now`.
    pub(super) fn next_use(&self, name: Name, now: usize) -> Option<usize> {
        self.uses[name].iter().copied().find(|&position| position > now)
    }

    /// Forgets what is not used after `now`.
    pub(super) fn release(&mut self, names: &[Name], now: usize) {
        for &name in names {
            while self.uses[name].front().is_some_and(|&position| position <= now) {
                self.uses[name].pop_front();
            }
            if self.uses[name].is_empty() {
                self.contents.iter_mut().filter(|(_, content)| *content == Some(name)).for_each(|slot| slot.1 = None);
            }
        }
    }

    /// Gives a register to a value. Returns it with the value that had to leave it, if that one is still needed.
    pub(super) fn take(&mut self, name: Name, now: usize, locked: &[Name]) -> (Vector, Option<Name>) {
        let distance = |content: Option<Name>| match content {
            None => usize::MAX,
            Some(name) => self.next_use(name, now).unwrap_or(usize::MAX - 1),
        };
        let place = (0..self.contents.len())
            .filter(|&place| self.contents[place].1.is_none_or(|content| !locked.contains(&content)))
            .max_by_key(|&place| (distance(self.contents[place].1), std::cmp::Reverse(place)))
            .expect("more registers than operands");
        let (register, left) = self.contents[place];
        self.contents[place].1 = Some(name);
        (register, left.filter(|&left| self.next_use(left, now).is_some()))
    }
}
