//! Which defects of two times have to do with each other, and who bears whose name.
//!
//! In: the triangles of the defects before and after, and the edges that slipped in between. Out: classes of defects
//! tied by common triangles and chains of slipped edges, and the heirs in each. Invariants: each defect is in one
//! class; no name has two heirs; ties go to the earlier in both lists.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Triangles;
use crate::math::sets::Sets;
use crate::topology::worldlines::EventKind;

/// Defects of two times that have to do with each other, by position.
#[derive(Default)]
pub(super) struct Class {
    pub(super) before: Vec<usize>,
    pub(super) after: Vec<usize>,
}

impl Class {
    /// What happened, unless one went on as one.
    pub(super) fn kind(&self) -> Option<EventKind> {
        match (self.before.len(), self.after.len()) {
            (1, 1) => None,
            (0, _) => Some(EventKind::Birth),
            (_, 0) => Some(EventKind::Annihilation),
            _ => Some(EventKind::Exchange),
        }
    }

    /// The triangles of all its defects, ascending.
    pub(super) fn triangles(&self, before: &[&[usize]], after: &[&[usize]]) -> Vec<usize> {
        let old = self.before.iter().flat_map(|&at| before[at]);
        let new = self.after.iter().flat_map(|&at| after[at]);
        old.chain(new).copied().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The sum of the signs of those that ended; of those that are there after, less before. `None` where one has none.
    pub(super) fn signs(
        &self,
        before: impl Fn(usize) -> Option<i32>,
        after: impl Fn(usize) -> Option<i32>,
    ) -> Option<i32> {
        let ended: Option<i32> = self.before.iter().map(|&at| before(at)).sum();
        let came: Option<i32> = self.after.iter().map(|&at| after(at)).sum();
        if self.after.is_empty() { ended } else { came.zip(ended).map(|(came, ended)| came - ended) }
    }

    /// Which defect after bears the name of which before: the two with most triangles in common first.
    pub(super) fn heirs(&self, before: &[&[usize]], after: &[&[usize]]) -> BTreeMap<usize, usize> {
        let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
        for &from in &self.before {
            for &into in &self.after {
                let common = |triangle: &&usize| after[into].binary_search(triangle).is_ok();
                pairs.push((before[from].iter().filter(common).count(), from, into));
            }
        }
        pairs.sort_by_key(|&(common, from, into)| (Reverse(common), from, into));
        let mut heirs = BTreeMap::new();
        let mut given = BTreeSet::new();
        for (_, from, into) in pairs {
            if !heirs.contains_key(&into) && given.insert(from) {
                heirs.insert(into, from);
            }
        }
        heirs
    }
}

/// All defects before and after in classes tied by common triangles and slipped edges.
pub(super) fn classes(triangles: &Triangles, before: &[&[usize]], after: &[&[usize]], slipped: &[usize]) -> Vec<Class> {
    let (old, new) = (places(before), places(after));
    let defects = before.len() + after.len();
    let mut ties = Sets::new(defects + slipped.len());
    for (triangle, &at) in &old {
        new.get(triangle).iter().for_each(|&&later| ties.join(at, before.len() + later));
    }
    // Charge may pass several edges between two observations, and triangles that are wound in neither.
    let mut passed: BTreeMap<usize, usize> = BTreeMap::new();
    for (slip, &edge) in (defects..).zip(slipped) {
        for (triangle, _) in triangles.around_edges().of(edge) {
            let wound = [old.get(&triangle).copied(), new.get(&triangle).map(|at| before.len() + at)];
            let other = passed.insert(triangle, slip);
            wound.into_iter().chain([other]).flatten().for_each(|other| ties.join(slip, other));
        }
    }
    let mut classes: BTreeMap<usize, Class> = BTreeMap::new();
    for at in 0..defects {
        let class = classes.entry(ties.root(at)).or_default();
        match at.checked_sub(before.len()) {
            None => class.before.push(at),
            Some(later) => class.after.push(later),
        }
    }
    classes.into_values().collect()
}

/// Which defect each triangle belongs to.
fn places(defects: &[&[usize]]) -> BTreeMap<usize, usize> {
    let all = defects.iter().enumerate().flat_map(|(at, set)| set.iter().map(move |&triangle| (triangle, at)));
    all.collect()
}
