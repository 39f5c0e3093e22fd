//! What the names of buffers stand for after swaps.
//!
//! In: a Program, and what its leaps exchange. Out: every assignment of names to places that this can lead to, numbered; a
//! kernel is told the number (as a dynamic offset into a table of first elements), so a swap costs nothing on the device.
//! Invariant: assignment 0 is the one without swaps.

use crate::engine::EngineError;
use crate::program::{BufferId, Pass, Program};

/// More assignments than any scheme has.
const MOST: usize = 256;

/// The assignments of a Program: `places[b]` is the buffer whose place the name b stands for.
#[derive(Clone, Debug)]
pub(super) struct Names {
    assignments: Vec<Vec<u32>>,
    current: usize,
}

impl Names {
    /// Follows the swaps of a Program through all steps and leaps.
    pub(super) fn new(program: &Program, leap: &[(BufferId, BufferId)]) -> Result<Self, EngineError> {
        let count = u32::try_from(program.buffers.len()).expect("fewer than 2^32 buffers");
        let mut names = Self { assignments: vec![(0..count).collect()], current: 0 };
        // Assignments that a step may start with.
        let mut starts = vec![0];
        let mut followed = 0;
        while let Some(&start) = starts.get(followed) {
            followed += 1;
            for swaps in [swaps(&program.prepare), swaps(&program.step), leap.to_vec()] {
                names.current = start;
                swaps.iter().for_each(|&(a, b)| names.swap(a, b));
                if !starts.contains(&names.current) {
                    starts.push(names.current);
                }
            }
            if names.assignments.len() > MOST {
                let message = format!("the swaps of a step lead to more than {MOST} assignments");
                return Err(EngineError::Compile { kernel: "(schedule)".to_owned(), message });
            }
        }
        names.current = 0;
        Ok(names)
    }

    /// All assignments, by number.
    pub(super) fn assignments(&self) -> &[Vec<u32>] {
        &self.assignments
    }

    /// The number of the assignment now.
    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// The buffer whose place a name stands for now.
    pub(super) fn place(&self, buffer: BufferId) -> usize {
        self.assignments[self.current][buffer.0 as usize] as usize
    }

    /// Exchanges two names.
    pub(super) fn swap(&mut self, a: BufferId, b: BufferId) {
        let mut places = self.assignments[self.current].clone();
        places.swap(a.0 as usize, b.0 as usize);
        self.current = self.assignments.iter().position(|known| *known == places).unwrap_or_else(|| {
            self.assignments.push(places);
            self.assignments.len() - 1
        });
    }
}

fn swaps(passes: &[Pass]) -> Vec<(BufferId, BufferId)> {
    passes.iter().filter_map(|pass| if let Pass::Swap(a, b) = *pass { Some((a, b)) } else { None }).collect()
}
