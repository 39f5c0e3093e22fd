//! Regions: the basins of a field's peaks through a run, without what noise makes of them.
//!
//! In come the values of one field at each observation, out go its basins with names for life and the events among
//! them. Two rules keep noise out: a peak counts from a persistence of a tenth of the field's span on (the largest
//! seen so far, from zero for a strength, from the least value else), and an event is told once the region it is
//! about has been seen in two observations. Invariant: regions told to have begun, less those told to have ended, is
//! the change in the number of regions that were seen twice.

use super::merge::{Segmentation, segmentation};
use super::track::{BasinEvent, BasinEventKind, BasinTracker, TrackedBasin};
use super::{Connectivity, Filtration, ScalarGrid, TopologyError};
use crate::grid::{Axis, Grid};
use std::collections::BTreeSet;

/// A peak counts if it stands out by this share of the field's span.
pub const PERSISTENCE: f64 = 0.1;

/// A region splits or merges where it shares this part of its cells with another.
const SHARE: f64 = 0.25;

/// Follows the regions of one field on a grid of one or two axes.
#[derive(Clone, Debug)]
pub struct Regions {
    shape: [usize; 2],
    periodic: [bool; 2],
    from_zero: bool,
    span: f64,
    tracker: BasinTracker,
    segmentation: Segmentation<f64>,
    /// Names seen in two observations or more.
    seen_twice: BTreeSet<u64>,
    /// Beginnings that the next observation will confirm or not.
    unconfirmed: Vec<BasinEvent>,
}

impl Regions {
    /// For the fields on a grid; `from_zero` for a strength, whose span is counted from zero.
    pub fn new(grid: &Grid, from_zero: bool) -> Result<Self, TopologyError> {
        if grid.axes() > 2 {
            return Err(TopologyError::Plane { what: "regions", axes: grid.axes() });
        }
        Ok(Self {
            shape: [grid.cells_along(Axis::X), grid.cells_along(Axis::Y)],
            periodic: [Axis::X, Axis::Y].map(|axis| axis.index() < grid.axes() && !grid.bounded(axis)),
            from_zero,
            span: 0.0,
            tracker: BasinTracker::new(SHARE),
            segmentation: Segmentation { branches: vec![], basin_of_cell: vec![], passes: vec![] },
            seen_twice: BTreeSet::new(),
            unconfirmed: vec![],
        })
    }

    /// Takes in the field at a later time (cells that are not finite are outside) and returns what is now certain.
    pub fn observe(&mut self, step: u64, time: f64, values: &[f64]) -> Result<Vec<BasinEvent>, TopologyError> {
        self.span = self.span.max(span(values, self.from_zero));
        let grid = ScalarGrid { shape: self.shape, periodic: self.periodic, values };
        self.segmentation = segmentation(&grid, Connectivity::Six, Filtration::Superlevel, self.threshold())?;
        let before: BTreeSet<u64> = self.basins().iter().map(|basin| basin.id).collect();
        let found = self.tracker.observe(step, time, &self.segmentation);
        let now: BTreeSet<u64> = self.basins().iter().map(|basin| basin.id).collect();
        let known = std::mem::replace(&mut self.seen_twice, &before & &now);
        let mut events: Vec<BasinEvent> = std::mem::take(&mut self.unconfirmed);
        events.retain_mut(|event| {
            // What split from a region that was a flicker itself, appeared.
            if event.kind == BasinEventKind::Split && !known.contains(&event.ids[0]) && !now.contains(&event.ids[0]) {
                *event = BasinEvent { kind: BasinEventKind::Appear, ids: vec![event.ids[1]], ..event.clone() };
            }
            event.ids.last().is_some_and(|id| now.contains(id))
        });
        for event in found {
            match event.kind {
                BasinEventKind::Appear | BasinEventKind::Split => self.unconfirmed.push(event),
                BasinEventKind::Vanish | BasinEventKind::Merge if known.contains(&event.ids[0]) => events.push(event),
                BasinEventKind::Vanish | BasinEventKind::Merge => {}
            }
        }
        Ok(events)
    }

    /// The persistence below which peaks are left out now, in the field's unit.
    pub fn threshold(&self) -> f64 {
        PERSISTENCE * self.span
    }

    /// The regions of the last observation, in the order of the segmentation's branches.
    pub fn basins(&self) -> &[TrackedBasin] {
        self.tracker.basins()
    }

    /// The last observation, cut into regions.
    pub fn segmentation(&self) -> &Segmentation<f64> {
        &self.segmentation
    }

    /// The region of a cell in the last observation.
    pub fn of_cell(&self, cell: usize) -> Option<&TrackedBasin> {
        let basin = *self.segmentation.basin_of_cell.get(cell)?;
        self.basins().get(usize::try_from(basin).ok()?)
    }

    /// The largest span of the field so far.
    pub fn span(&self) -> f64 {
        self.span
    }
}

/// Largest less least value, or less zero.
pub(super) fn span(values: &[f64], from_zero: bool) -> f64 {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let start = if from_zero { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
    let (least, most) = finite.fold(start, |(least, most), value| (value.min(least), value.max(most)));
    if most > least { most - least } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Topology;

    /// Two hills, the second of some height, over a floor of noise.
    fn hills(height: f64, noise: f64) -> Vec<f64> {
        let hill = |x: f64, at: f64, height: f64| (height - (x - at).abs()).max(0.0);
        (0..64)
            .map(|cell| {
                let x = f64::from(cell);
                let ripple = if cell % 2 == 0 { noise } else { 0.0 };
                hill(x, 16.0, 10.0).max(hill(x, 48.0, height)) + ripple
            })
            .collect()
    }

    #[test]
    fn noise_and_flicker_make_no_events() {
        let grid = Grid::new(&[64], &[64.0], &[Topology::Bounded]);
        let mut regions = Regions::new(&grid, true).unwrap();
        let mut told = Vec::new();
        let heights = [0.0, 0.0, 8.0, 0.0, 0.0, 8.0, 8.0, 8.0, 0.0, 0.0];
        for (step, height) in (0..).zip(heights) {
            let noise = if step % 2 == 0 { 0.0 } else { 0.4 };
            for event in regions.observe(step, step as f64, &hills(height, noise)).unwrap() {
                told.push((event.step, event.kind, event.ids.clone()));
            }
        }
        assert_eq!(told, [(5, BasinEventKind::Split, vec![0, 2]), (8, BasinEventKind::Merge, vec![2, 0])]);
        assert_eq!(regions.basins().len(), 1);
        assert!((regions.threshold() - 0.1 * regions.span()).abs() < 1e-12);
    }
}
