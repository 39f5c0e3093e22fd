//! Disjoint sets (union-find): which of some numbered members hang together.
//!
//! In: the number of members, then pairs of them. Out: the member that stands for a set. Invariant: as long as sets are
//! only joined, their lowest members stand for them, in whatever order that happened.

/// Sets of the members 0, 1, 2, ...
#[derive(Clone, Debug)]
pub struct Sets {
    /// Another member of the same set, or the member itself if it stands for the set.
    parents: Vec<usize>,
}

impl Sets {
    /// Each member by itself.
    pub fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    /// The member that stands for the set of this one; halves the way there.
    pub fn root(&mut self, mut member: usize) -> usize {
        while self.parents[member] != member {
            self.parents[member] = self.parents[self.parents[member]];
            member = self.parents[member];
        }
        member
    }

    /// Makes one set of those of two members.
    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.hang(a.max(b), a.min(b));
    }

    /// Puts the set for which `root` stands below another member.
    pub fn hang(&mut self, root: usize, above: usize) {
        self.parents[root] = above;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_member_stands_for_a_set() {
        let mut sets = Sets::new(6);
        [(4, 5), (5, 2), (2, 4), (0, 3)].into_iter().for_each(|(a, b)| sets.join(a, b));
        assert_eq!([0, 1, 2, 3, 4, 5].map(|member| sets.root(member)), [0, 1, 2, 0, 2, 2]);
    }

    #[test]
    fn a_set_may_hang_below_a_member_of_its_own() {
        let mut sets = Sets::new(5);
        [0, 1].into_iter().for_each(|leaf| sets.hang(leaf, 3));
        [3, 2].into_iter().for_each(|child| sets.hang(child, 4));
        assert_eq!([0, 1, 2, 3, 4].map(|member| sets.root(member)), [4; 5]);
    }
}
