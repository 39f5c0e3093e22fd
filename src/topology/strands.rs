//! Strands: the world lines of one interval between two observations.
//!
//! Charge is followed along the flow: a strand leaves a positive defect that stood before (or a negative one that
//! stands after, whose line runs backwards) and ends at a positive one after (or a negative one before). Hence four
//! kinds: survival of either sign, annihilation, birth; and through the OUTSIDE, what enters and leaves.
//! Rule where lines touch: a strand that can survive where it is does so; else it ends in a pair; else it goes on
//! by the first flow in the order of the edges. Invariant: every defect is the end of exactly one strand.

use super::currents::{Flow, OUTSIDE};
use std::collections::BTreeMap;

/// A defect that stood before the interval: one unit of charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) plaquette: usize,
    pub(super) positive: bool,
    pub(super) id: u64,
}

/// One end of a strand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At a defect that stood before, by id.
    Before(u64),
    /// At a defect that stands after, by plaquette.
    After(usize),
    /// Beyond a wall or a mask.
    Outside,
}

/// The line of one unit of charge within the interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Strand {
    pub(super) from: End,
    pub(super) into: End,
    /// Plaquettes passed, in order.
    pub(super) path: Vec<usize>,
}

/// What is left to follow at a plaquette.
#[derive(Default)]
struct Place {
    positive_before: Vec<u64>,
    negative_before: Vec<u64>,
    positive_after: u32,
    negative_after: u32,
    /// Flows out, the first edge last.
    flows: Vec<(usize, u32)>,
}

/// All strands: those from `before` first, then those from negative defects `after` (plaquette, charge), then those
/// from outside.
pub(super) fn strands(before: &[Standing], after: &[(usize, i32)], flows: &[Flow]) -> Vec<Strand> {
    let mut network = Network::new(before, after, flows);
    let mut strands = Vec::new();
    let places: Vec<usize> = network.places.keys().copied().filter(|&place| place != OUTSIDE).collect();
    for &place in &places {
        while let Some(id) = network.places.get_mut(&place).and_then(|place| place.positive_before.pop()) {
            strands.push(network.follow(End::Before(id), place));
        }
    }
    for &place in &places {
        while network.take_negative_after(place) {
            strands.push(network.follow(End::After(place), place));
        }
    }
    while let Some(first) = network.take_flow(OUTSIDE) {
        strands.push(network.follow(End::Outside, first));
    }
    strands.extend(network.unexplained());
    strands
}

struct Network {
    places: BTreeMap<usize, Place>,
}

impl Network {
    fn new(before: &[Standing], after: &[(usize, i32)], flows: &[Flow]) -> Self {
        let mut places: BTreeMap<usize, Place> = BTreeMap::new();
        for standing in before.iter().rev() {
            let place = places.entry(standing.plaquette).or_default();
            let list = if standing.positive { &mut place.positive_before } else { &mut place.negative_before };
            list.push(standing.id);
        }
        for &(plaquette, charge) in after {
            let place = places.entry(plaquette).or_default();
            let count = if charge > 0 { &mut place.positive_after } else { &mut place.negative_after };
            *count += charge.unsigned_abs();
        }
        for flow in flows.iter().rev() {
            places.entry(flow.from).or_default().flows.push((flow.into, flow.amount));
        }
        Self { places }
    }

    fn take_negative_after(&mut self, place: usize) -> bool {
        let Some(place) = self.places.get_mut(&place).filter(|place| place.negative_after > 0) else { return false };
        place.negative_after -= 1;
        true
    }

    /// One unit of the first flow out of a place: where it goes.
    fn take_flow(&mut self, place: usize) -> Option<usize> {
        let flows = &mut self.places.get_mut(&place)?.flows;
        let (into, amount) = flows.last_mut()?;
        let into = *into;
        *amount -= 1;
        if *amount == 0 {
            flows.pop();
        }
        Some(into)
    }

    /// Ends that no charge flowed to: those in plaquettes that ceased to be inert.
    fn unexplained(&self) -> Vec<Strand> {
        let mut strands = Vec::new();
        for (&plaquette, place) in &self.places {
            let after = (0..place.positive_after).map(|_| End::After(plaquette));
            let before = place.negative_before.iter().map(|&id| End::Before(id));
            strands.extend(after.chain(before).map(|into| Strand { from: End::Outside, into, path: vec![plaquette] }));
        }
        strands
    }

    fn follow(&mut self, from: End, first: usize) -> Strand {
        let mut path = vec![];
        let mut at = first;
        let into = loop {
            if at == OUTSIDE {
                break End::Outside;
            }
            path.push(at);
            if let Some(end) = self.end_at(from, at) {
                break end;
            }
            // Charge is conserved: only a plaquette that became inert has no way on.
            at = self.take_flow(at).unwrap_or(OUTSIDE);
        };
        Strand { from, into, path }
    }

    fn end_at(&mut self, from: End, at: usize) -> Option<End> {
        let place = self.places.get_mut(&at)?;
        let backwards = matches!(from, End::After(_));
        if backwards && let Some(id) = place.negative_before.pop() {
            return Some(End::Before(id));
        }
        if place.positive_after > 0 {
            place.positive_after -= 1;
            return Some(End::After(at));
        }
        place.negative_before.pop().map(End::Before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn flow(from: usize, into: usize) -> Flow {
        Flow { from, into, amount: 1 }
    }

    #[test]
    fn a_pair_dies_another_is_born_and_one_moves() {
        let before = [
            Standing { plaquette: 1, positive: true, id: 10 },
            Standing { plaquette: 3, positive: false, id: 11 },
            Standing { plaquette: 7, positive: true, id: 12 },
        ];
        let after = [(5, 1), (6, -1), (8, 1)];
        let found = strands(&before, &after, &[flow(1, 2), flow(2, 3), flow(6, 5), flow(7, 8)]);
        assert_eq!(found[0], Strand { from: End::Before(10), into: End::Before(11), path: vec![1, 2, 3] });
        assert_eq!(found[1], Strand { from: End::Before(12), into: End::After(8), path: vec![7, 8] });
        assert_eq!(found[2], Strand { from: End::After(6), into: End::After(5), path: vec![6, 5] });
    }

    #[test]
    fn charge_enters_and_leaves() {
        let before = [Standing { plaquette: 0, positive: true, id: 1 }];
        let found = strands(&before, &[(4, 1)], &[flow(0, OUTSIDE), flow(OUTSIDE, 4)]);
        assert_eq!((found[0].from, found[0].into), (End::Before(1), End::Outside));
        assert_eq!((found[1].from, found[1].into), (End::Outside, End::After(4)));
    }
}
