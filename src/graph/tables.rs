//! Index tables: from an edge to its ends, and back. In: lists of indices. Out: tables that machine code may read in
//! whole vectors. Invariant: what surrounds something is sorted, in the order in which sums are formed.

use std::ops::Range;

/// Indices are padded with 0 to a multiple of this: the lanes of the widest vector.
const LANES: usize = 16;

/// A table of indices, one per edge or triangle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indices {
    padded: Vec<u32>,
    count: usize,
}

impl Indices {
    /// A table of some indices.
    pub fn new(mut indices: Vec<u32>) -> Self {
        let count = indices.len();
        indices.resize(count.next_multiple_of(LANES), 0);
        Self { padded: indices, count }
    }

    /// The indices.
    pub fn as_slice(&self) -> &[u32] {
        &self.padded[..self.count]
    }

    /// The indices, then zeros up to a whole vector of any width.
    pub fn padded(&self) -> &[u32] {
        &self.padded
    }

    /// One index.
    pub fn at(&self, position: usize) -> usize {
        self.as_slice()[position] as usize
    }
}

/// What surrounds each of some targets: members with the part that the target plays in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incidence {
    starts: Vec<u32>,
    members: Vec<u32>,
    /// Bits of the part.
    bits: u32,
}

impl Incidence {
    /// The edges round nodes, sorted by the other node: those in which a node is the higher end come first.
    pub(super) fn of_ends(nodes: usize, ends: &[Indices; 2]) -> Self {
        Self::transposed(nodes, &[&ends[1], &ends[0]], [1, 0].to_vec(), 1)
    }

    /// The transpose of tables: member m has `targets[p][m]` in part p. Entries of the first table come first.
    pub(super) fn transposed(targets: usize, tables: &[&Indices], parts: Vec<u32>, bits: u32) -> Self {
        let mut starts = vec![0_u32; targets + 1];
        for &target in tables.iter().flat_map(|table| table.as_slice()) {
            starts[target as usize + 1] += 1;
        }
        for target in 0..targets {
            starts[target + 1] += starts[target];
        }
        let mut next = starts.clone();
        let mut members = vec![0; starts[targets] as usize];
        for (table, part) in tables.iter().zip(parts) {
            for (member, &target) in (0_u32..).zip(table.as_slice()) {
                let place = &mut next[target as usize];
                members[*place as usize] = member << bits | part;
                *place += 1;
            }
        }
        Self { starts, members, bits }
    }

    /// Orders the members of every target by their number.
    pub(super) fn sorted(mut self) -> Self {
        for target in 0..self.len() {
            let range = self.range(target);
            self.members[range].sort_unstable();
        }
        self
    }

    /// Number of targets.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is no target.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the members of each target start, and the end of the last.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// All members: number and part, the part in the lowest bits.
    pub fn members(&self) -> &[u32] {
        &self.members
    }

    /// How many of the lowest bits of a member are its part.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The members of a target: number and part.
    pub fn of(&self, target: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let part = (1_u32 << self.bits) - 1;
        self.members[self.range(target)].iter().map(move |&m| ((m >> self.bits) as usize, (m & part) as usize))
    }

    fn range(&self, target: usize) -> Range<usize> {
        self.starts[target] as usize..self.starts[target + 1] as usize
    }
}
