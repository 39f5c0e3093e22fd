//! The microconflict history of notes and of regions: how often a phase defect came by, and when the last one did.
//!
//! In come the defects of one observation after the other, with names for life. A note counts a defect when it comes
//! within reach; one that stays is counted once, one that leaves and comes back is counted again. A region counts the
//! defects that come into it and the births and annihilations inside. Invariant: memory is bounded by the defects of
//! one observation and the regions that live.

use super::places::Places;
use crate::topology::regions::Regions;
use crate::topology::worldlines::{Event, EventKind, Line};
use std::collections::{BTreeMap, BTreeSet};

/// What defects have done at a note or in a region.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conflicts {
    /// Defects that came by.
    pub passed: usize,
    /// Time of the last observation with one there.
    pub last: Option<f64>,
    /// Pairs that were born inside; of regions only.
    pub births: usize,
    /// Pairs that annihilated inside; of regions only.
    pub annihilations: usize,
}

/// Counts passages.
#[derive(Clone, Debug)]
pub(super) struct Passages {
    reach: f64,
    pub(super) of_notes: Vec<Conflicts>,
    /// By the region's name.
    pub(super) of_regions: BTreeMap<u64, Conflicts>,
    /// Where each defect was at the last observation.
    before: BTreeMap<u64, [f64; 2]>,
    /// The region of each defect at the last observation.
    inside: BTreeMap<u64, u64>,
}

impl Passages {
    pub(super) fn new(notes: usize, reach: f64) -> Self {
        Self {
            reach,
            of_notes: vec![Conflicts::default(); notes],
            of_regions: BTreeMap::new(),
            before: BTreeMap::new(),
            inside: BTreeMap::new(),
        }
    }

    pub(super) fn observe(&mut self, time: f64, places: &Places, regions: &Regions, lines: &[Line], events: &[Event]) {
        let mut inside = BTreeMap::new();
        let region = |place: [f64; 2]| regions.of_cell(places.cell(place)).map(|basin| basin.id);
        for line in lines {
            let before = self.before.get(&line.id);
            places.see(line.place, self.reach, |note, _| {
                let stays = before.is_some_and(|&place| places.apart(note, place) <= self.reach);
                let known = &mut self.of_notes[note];
                (known.last, known.passed) = (Some(time), known.passed + usize::from(!stays));
            });
            let Some(region) = region(line.place) else { continue };
            let known = self.of_regions.entry(region).or_default();
            known.last = Some(time);
            known.passed += usize::from(self.inside.get(&line.id) != Some(&region));
            inside.insert(line.id, region);
        }
        for event in events {
            let Some(region) = region([event.x, event.y]) else { continue };
            let known = self.of_regions.entry(region).or_default();
            known.births += usize::from(event.kind == EventKind::Birth);
            known.annihilations += usize::from(event.kind == EventKind::Annihilation);
        }
        let alive: BTreeSet<u64> = regions.basins().iter().map(|basin| basin.id).collect();
        self.of_regions.retain(|region, _| alive.contains(region));
        self.before = lines.iter().map(|line| (line.id, line.place)).collect();
        self.inside = inside;
    }
}
