//! Basins through time: a group of cells keeps its name while most of it stays together.
//!
//! In come segmentations of one grid, one after the other; out go events. Two basins of consecutive frames are the
//! same if each shares more cells with the other than with any third (Sohn & Bajaj 2006). Of the rest, a new one that
//! holds a good share of an old one split from it, an old one that is a good share of a new one merged into it, and
//! others appear and vanish. Invariant: names are never used twice; ties go to the lower name.

use super::merge::Segmentation;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What happened to a basin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BasinEventKind {
    /// It is new.
    Appear,
    /// It is gone.
    Vanish,
    /// The first joined the second.
    Merge,
    /// From the first came the second.
    Split,
}

/// One event in the history of basins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BasinEvent {
    /// Step of the observation that shows it.
    pub step: u64,
    /// Time of that observation.
    pub time: f64,
    /// What happened.
    pub kind: BasinEventKind,
    /// Names of the basins concerned.
    pub ids: Vec<u64>,
    /// The extremum of the basin that appears, vanishes, merges or splits off.
    pub cell: usize,
}

/// A basin of the last observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackedBasin {
    /// Its name for life.
    pub id: u64,
    /// The cell of its extremum.
    pub extremum: usize,
    /// How many cells it has.
    pub cells: usize,
    /// Time of the observation in which it was first seen.
    pub since: f64,
}

/// Follows the basins of one field.
#[derive(Clone, Debug)]
pub struct BasinTracker {
    share: f64,
    earlier: Vec<u32>,
    basins: Vec<TrackedBasin>,
    next_id: u64,
    started: bool,
}

impl BasinTracker {
    /// `share`, from 0 to 1: the part of a basin from which on it counts as split or merged. A quarter is a fair choice.
    pub fn new(share: f64) -> Self {
        Self { share, earlier: Vec::new(), basins: Vec::new(), next_id: 0, started: false }
    }

    /// The basins of the last observation, in the order of its branches.
    pub fn basins(&self) -> &[TrackedBasin] {
        &self.basins
    }

    /// Takes in the field's basins at a later time and returns what happened since the last observation.
    pub fn observe<T>(&mut self, step: u64, time: f64, later: &Segmentation<T>) -> Vec<BasinEvent> {
        let overlaps = Overlaps::new(&self.earlier, &later.basin_of_cell);
        let mut cells = vec![0; later.branches.len()];
        for &basin in later.basin_of_cell.iter().filter(|&&basin| basin != Segmentation::<T>::NONE) {
            cells[basin as usize] += 1;
        }
        let mut events = Vec::new();
        let mut record = |kind, ids, cell| events.push(BasinEvent { step, time, kind, ids, cell });
        let mut basins: Vec<TrackedBasin> = Vec::with_capacity(cells.len());
        for ((new, branch), &cells) in (0..).zip(&later.branches).zip(&cells) {
            let best = overlaps.best_old(new);
            let same = best.filter(|&(old, _)| overlaps.best_new(old).is_some_and(|(back, _)| back == new));
            if let Some((old, _)) = same {
                let old = self.basins[old as usize];
                basins.push(TrackedBasin { extremum: branch.extremum, cells, ..old });
                continue;
            }
            let id = self.next_id;
            self.next_id += 1;
            basins.push(TrackedBasin { id, extremum: branch.extremum, cells, since: time });
            match best.map(|(old, common)| (self.basins[old as usize], common)) {
                Some((old, common)) if at_least(common, self.share, old.cells) => {
                    record(BasinEventKind::Split, vec![old.id, id], branch.extremum);
                }
                _ if self.started => record(BasinEventKind::Appear, vec![id], branch.extremum),
                _ => {}
            }
        }
        let kept: BTreeSet<u64> = basins.iter().map(|basin| basin.id).collect();
        for (old, basin) in (0..).zip(&self.basins) {
            if kept.contains(&basin.id) {
                continue;
            }
            match overlaps.best_new(old).map(|(new, common)| (basins[new as usize], common)) {
                Some((new, common)) if at_least(common, self.share, new.cells) => {
                    record(BasinEventKind::Merge, vec![basin.id, new.id], basin.extremum);
                }
                _ => record(BasinEventKind::Vanish, vec![basin.id], basin.extremum),
            }
        }
        self.earlier.clone_from(&later.basin_of_cell);
        self.basins = basins;
        self.started = true;
        events
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are below 2^32")]
fn at_least(part: usize, share: f64, whole: usize) -> bool {
    part as f64 >= share * whole as f64
}

/// How many cells each old basin has in common with each new one.
struct Overlaps {
    of_old: BTreeMap<u32, Vec<(u32, usize)>>,
    of_new: BTreeMap<u32, Vec<(u32, usize)>>,
}

impl Overlaps {
    fn new(old: &[u32], new: &[u32]) -> Self {
        let none = Segmentation::<()>::NONE;
        let pairs = old.iter().copied().zip(new.iter().copied());
        // Most cells are of the same two basins as the cell before.
        let mut runs: Vec<((u32, u32), usize)> = Vec::new();
        for pair in pairs.filter(|&(old, new)| old != none && new != none) {
            match runs.last_mut() {
                Some((last, cells)) if *last == pair => *cells += 1,
                _ => runs.push((pair, 1)),
            }
        }
        runs.sort_unstable();
        let mut overlaps = Self { of_old: BTreeMap::new(), of_new: BTreeMap::new() };
        for shared in runs.chunk_by(|(a, _), (b, _)| a == b) {
            let ((old, new), cells) = (shared[0].0, shared.iter().map(|(_, cells)| cells).sum());
            overlaps.of_old.entry(old).or_default().push((new, cells));
            overlaps.of_new.entry(new).or_default().push((old, cells));
        }
        overlaps
    }

    fn best_new(&self, old: u32) -> Option<(u32, usize)> {
        largest(self.of_old.get(&old)?)
    }

    fn best_old(&self, new: u32) -> Option<(u32, usize)> {
        largest(self.of_new.get(&new)?)
    }
}

/// The largest overlap; of equal ones the first.
fn largest(overlaps: &[(u32, usize)]) -> Option<(u32, usize)> {
    overlaps.iter().copied().max_by_key(|&(basin, cells)| (cells, std::cmp::Reverse(basin)))
}
