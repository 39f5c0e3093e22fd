//! Readings: what a field says about the notes that it grows over, in terms that need no mathematics.
//!
//! In come observations of a run, one after the other: the strength of the field, its defects. Out go
//! groups of notes (the regions that cohere), bridges (notes where two regions meet), fault lines (strained borders
//! with the notes on either side), drift (notes that change sides), microconflicts (defects that came by) and the pace
//! of the whole. Plain data: a run writes them down, a window shows them while the field lives.
//! Invariant: a function of the observations alone; ties go to the lower cell and to the earlier note.

mod pace;
mod passages;
mod places;
mod walls;

use super::TopologyError;
use super::lattice::Lattice;
use super::regions::Regions;
use super::track::BasinEvent;
use super::worldlines::{Event, Line};
use crate::grid::{Axis, Grid};
use std::collections::{BTreeMap, BTreeSet};

pub use pace::Pace;
pub use passages::Conflicts;
pub use walls::{STRAINED, strain};

use pace::Watch;
use passages::Passages;
use places::Places;

/// A place of a note is at rest while its strength moves by no more than this share of the field's span.
const STILL: f64 = 0.01;

/// The field at one time.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Steps so far.
    pub step: u64,
    /// Its time.
    pub time: f64,
    /// What holds a region together: the modulus of a complex field, or a real field. NaN at inert cells.
    pub strength: &'a [f64],
    /// Defects now.
    pub defects: &'a [Line],
    /// What happened to defects since the last observation.
    pub events: &'a [Event],
}

/// A note that went over from one group to another, while both lived on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Step of the observation that shows it.
    pub step: u64,
    /// Time of that observation.
    pub time: f64,
    /// The note.
    pub note: usize,
    /// Name of the group that it left.
    pub from: u64,
    /// Name of the group that it joined.
    pub into: u64,
}

/// What an observation brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Regions that appeared, vanished, merged or split.
    pub regions: Vec<BasinEvent>,
    /// Notes that changed sides.
    pub drifts: Vec<Drift>,
}

/// What is known of a note.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NoteReading {
    /// The cell it lies in.
    pub cell: usize,
    /// Name of its group; none where the field is too weak to bind.
    pub group: Option<u64>,
    /// Since when it has been in that group, or in none.
    pub group_since: f64,
    /// How often it changed sides.
    pub drifts: usize,
    /// Since when the strength at its place has been at rest.
    pub still_since: f64,
    /// The strength that it rests at.
    rest: f64,
}

/// Notes that a region binds together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The region's name for life.
    pub id: u64,
    /// Its peak, in units of length from the corner of the grid.
    pub peak: [f64; 2],
    /// Its cells.
    pub cells: usize,
    /// Time of the observation in which it was first seen.
    pub since: f64,
    /// Its notes, the ones at the strongest places first.
    pub notes: Vec<usize>,
    /// What defects have done inside.
    pub conflicts: Conflicts,
}

/// A note at the pass between two groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bridge {
    /// The note nearest to the pass.
    pub note: usize,
    /// Names of the two groups, its own first if it is in one of them.
    pub groups: [u64; 2],
    /// The pass: the strongest place of the border.
    pub place: [f64; 2],
    /// Strength at the pass.
    pub strength: f64,
}

/// A strained border between two groups.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultLine {
    /// Names of the two groups.
    pub groups: [u64; 2],
    /// Mean tension along it, as a multiple of the mean over the domain.
    pub strain: f64,
    /// Its length along the sides of cells.
    pub length: f64,
    /// The notes within reach on the first group's side and on the second's, nearest first.
    pub notes: [Vec<usize>; 2],
    /// The cells along it on either side, ascending.
    pub cells: [Vec<usize>; 2],
}

/// Reads a running field; grown by [`Readings::observe`].
#[derive(Clone, Debug)]
pub struct Readings {
    grid: Grid,
    lattice: Lattice,
    from_zero: bool,
    reach: f64,
    places: Places,
    regions: Regions,
    passages: Passages,
    watch: Watch,
    notes: Vec<NoteReading>,
    strength: Vec<f64>,
    alive: BTreeSet<u64>,
    started: bool,
}

impl Readings {
    /// For a grid of one or two axes and notes at places in units of length; `from_zero` says that the strength is a
    /// modulus: zero is nothing, and a note where it is below a tenth of its span is in no group.
    pub fn new(grid: &Grid, notes: &[[f64; 2]], from_zero: bool) -> Result<Self, TopologyError> {
        let regions = Regions::new(grid, from_zero)?;
        let shape = [grid.cells_along(Axis::X), grid.cells_along(Axis::Y)];
        let periodic = [Axis::X, Axis::Y].map(|axis| axis.index() < grid.axes() && !grid.bounded(axis));
        let reach = reach(grid);
        let places = Places::new(grid, notes);
        let readings = places.cells().into_iter().map(|cell| NoteReading { cell, ..NoteReading::default() }).collect();
        Ok(Self {
            grid: grid.clone(),
            lattice: Lattice::new(&shape, &periodic, grid.cells())?,
            from_zero,
            reach,
            regions,
            passages: Passages::new(notes.len(), reach),
            watch: Watch::new(shape),
            notes: readings,
            places,
            strength: vec![],
            alive: BTreeSet::new(),
            started: false,
        })
    }

    /// The notes lie elsewhere from the next observation on.
    pub fn rearrange(&mut self, notes: &[[f64; 2]]) {
        self.places = Places::new(&self.grid, notes);
        self.notes.iter_mut().zip(self.places.cells()).for_each(|(note, cell)| note.cell = cell);
    }

    /// Takes in the field at a later time.
    pub fn observe(&mut self, seen: &Observation<'_>) -> Result<Changes, TopologyError> {
        self.check("strength", seen.strength)?;
        let regions = self.regions.observe(seen.step, seen.time, seen.strength)?;
        self.passages.observe(seen.time, &self.places, &self.regions, seen.defects, seen.events);
        self.watch.observe(seen.time, seen.strength, self.regions.span());
        let drifts = self.follow_notes(seen);
        self.strength = seen.strength.to_vec();
        self.started = true;
        Ok(Changes { regions, drifts })
    }

    /// Whether there is a number for every cell.
    fn check(&self, what: &'static str, numbers: &[f64]) -> Result<(), TopologyError> {
        let (needed, found) = (self.lattice.cells(), numbers.len());
        if found == needed { Ok(()) } else { Err(TopologyError::Length { what, needed, found }) }
    }

    /// Brings membership and rest of every note up to date.
    fn follow_notes(&mut self, seen: &Observation<'_>) -> Vec<Drift> {
        let alive: BTreeSet<u64> = self.regions.basins().iter().map(|basin| basin.id).collect();
        let mut drifts = Vec::new();
        let still = STILL * self.regions.span();
        for (index, note) in self.notes.iter_mut().enumerate() {
            let strength = seen.strength[note.cell];
            let bound = !self.from_zero || strength >= self.regions.threshold();
            let group = self.regions.of_cell(note.cell).filter(|_| bound).map(|basin| basin.id);
            // A group that merged takes its notes along: only between two that stood before and stand now is there drift.
            if let (Some(from), Some(into)) = (note.group, group)
                && from != into
                && alive.contains(&from)
                && self.alive.contains(&into)
            {
                note.drifts += 1;
                drifts.push(Drift { step: seen.step, time: seen.time, note: index, from, into });
            }
            if !self.started || group != note.group {
                (note.group, note.group_since) = (group, seen.time);
            }
            let rests = (strength - note.rest).abs() <= still || strength.is_nan();
            if !self.started || !rests {
                (note.rest, note.still_since) = (strength, seen.time);
            }
        }
        self.alive = alive;
        drifts
    }

    /// Whether a strength is enough to hold a note.
    fn binds(&self, strength: f64) -> bool {
        !self.from_zero || strength >= self.regions.threshold()
    }

    /// Every note, in order.
    pub fn notes(&self) -> &[NoteReading] {
        &self.notes
    }

    /// What defects have done near every note, in order.
    pub fn conflicts(&self) -> &[Conflicts] {
        &self.passages.of_notes
    }

    /// How near a defect, a pass or a border must be to a note to concern it, in units of length.
    pub fn reach(&self) -> f64 {
        self.reach
    }

    /// The middle of a cell, in units of length.
    pub fn middle(&self, cell: usize) -> [f64; 2] {
        self.places.middle(cell)
    }

    /// The notes nearest to a place, nearest first.
    pub fn nearest(&self, place: [f64; 2], count: usize) -> Vec<usize> {
        self.places.nearest(place, count)
    }

    /// The regions that groups are made of.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// Whether the field lives, has frozen or goes round in a loop.
    pub fn pace(&self) -> Pace {
        self.watch.pace()
    }

    /// The groups now, those of most notes first; regions without notes are left out.
    pub fn groups(&self) -> Vec<Group> {
        let mut members: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (index, note) in self.notes.iter().enumerate() {
            members.entry(note.group.unwrap_or(u64::MAX)).or_default().push(index);
        }
        let mut groups: Vec<Group> = Vec::new();
        for basin in self.regions.basins() {
            let Some(mut notes) = members.remove(&basin.id) else { continue };
            let strength = |note: usize| self.strength[self.notes[note].cell];
            notes.sort_by(|&a, &b| strength(b).total_cmp(&strength(a)).then(a.cmp(&b)));
            groups.push(Group {
                id: basin.id,
                peak: self.places.middle(basin.extremum),
                cells: basin.cells,
                since: basin.since,
                notes,
                conflicts: self.passages.of_regions.get(&basin.id).copied().unwrap_or_default(),
            });
        }
        groups.sort_by(|a, b| b.notes.len().cmp(&a.notes.len()).then(a.id.cmp(&b.id)));
        groups
    }

    /// The notes at passes between two groups that both have notes, strongest pass first.
    pub fn bridges(&self) -> Vec<Bridge> {
        let inhabited: BTreeSet<u64> = self.notes.iter().filter_map(|note| note.group).collect();
        let basins = self.regions.basins();
        let mut bridges: Vec<Bridge> = Vec::new();
        for pass in &self.regions.segmentation().passes {
            let mut groups = pass.basins.map(|basin| basins[basin].id);
            let (place, strength) = (self.places.middle(pass.saddle), self.strength[pass.saddle]);
            if !self.binds(strength) || groups.iter().any(|group| !inhabited.contains(group)) {
                continue;
            }
            let nearest = self.places.nearest(place, 1);
            let near = |&note: &usize| self.places.apart(note, place) <= 2.0 * self.reach;
            let Some(note) = nearest.first().copied().filter(near) else { continue };
            if self.notes[note].group == Some(groups[1]) {
                groups.swap(0, 1);
            }
            bridges.push(Bridge { note, groups, place, strength });
        }
        bridges.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.note.cmp(&b.note)));
        bridges
    }

    /// The strained borders between groups, the most strained first, given the tension of every cell in the state that
    /// was observed last.
    pub fn fault_lines(&self, tension: &[f64]) -> Result<Vec<FaultLine>, TopologyError> {
        if !self.started {
            return Ok(vec![]);
        }
        self.check("tension", tension)?;
        let (borders, mean) =
            walls::strained_borders(&self.lattice, &self.regions, tension, |cell| self.binds(self.strength[cell]));
        let spacing = [self.grid.spacing(Axis::X), self.grid.spacing(Axis::Y)];
        let mut away = vec![f64::INFINITY; self.notes.len()];
        let mut lines: Vec<FaultLine> = borders
            .into_iter()
            .map(|(pair, border)| {
                let groups = pair.map(|basin| self.regions.basins()[basin as usize].id);
                let notes = [0, 1].map(|side| self.beside(&border.cells[side], groups[side], &mut away));
                let (strain, length) = (border.tension() / mean, border.length(spacing));
                FaultLine { groups, strain, length, notes, cells: border.cells }
            })
            .collect();
        lines.sort_by(|a, b| b.strain.total_cmp(&a.strain).then(a.groups.cmp(&b.groups)));
        Ok(lines)
    }

    /// The notes of a group within reach of some cells, nearest first. `away` is infinite for every note, and will be again.
    fn beside(&self, cells: &[usize], group: u64, away: &mut [f64]) -> Vec<usize> {
        let mut notes: Vec<usize> = Vec::new();
        for &cell in cells {
            let place = self.places.middle(cell);
            self.places.see(place, self.reach, |note, _| {
                if self.notes[note].group == Some(group) {
                    let apart = self.places.distance(place, self.places.middle(self.notes[note].cell));
                    if away[note] == f64::INFINITY {
                        notes.push(note);
                    }
                    away[note] = away[note].min(apart);
                }
            });
        }
        notes.sort_by(|&a, &b| away[a].total_cmp(&away[b]).then(a.cmp(&b)));
        notes.iter().for_each(|&note| away[note] = f64::INFINITY);
        notes
    }
}

/// A thirty-second of the shorter side, but at least two cells.
fn reach(grid: &Grid) -> f64 {
    let sides = || grid.axis_list().iter().map(|&axis| (grid.size_along(axis), grid.spacing(axis)));
    let shortest = sides().map(|(size, _)| size).fold(f64::INFINITY, f64::min);
    let spacing = sides().map(|(_, spacing)| spacing).fold(0.0, f64::max);
    (shortest / 32.0).max(2.0 * spacing)
}
