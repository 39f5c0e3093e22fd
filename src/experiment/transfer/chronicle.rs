//! What happens to the defects of a field, as a story that can be set beside another's.
//!
//! In: a field, looked at sample by sample. Out: the distance of its event log from another's (science.md, E1): an edit
//! distance of events in bins of time and space. Compared is the last eighth of the time that was followed, in
//! which copies that are lost have been lost. Invariant: nothing is told of fields without defects to follow.

use crate::error::Error;
use crate::experiment::measures::events::{Bins, Log, distance};
use crate::grid::Axis;
use crate::run::history::History;
use crate::simulation::Simulation;

/// Squares along each axis.
pub(super) const SQUARES: usize = 8;
/// Time bins in the whole time that is followed.
pub(super) const BINS: f64 = 40.0;
/// Which part of the time is compared, at the end.
const PART: f64 = 1.0 / 8.0;

/// The events of one field so far.
pub(super) struct Chronicle {
    history: History,
    size: [f64; 2],
}

impl Chronicle {
    /// Begins one; none where there are no defects to follow.
    pub(super) fn begin(simulation: &Simulation) -> Result<Option<Self>, Error> {
        let grid = &simulation.model().grid;
        if grid.axes() != 2 {
            return Ok(None);
        }
        let size = [Axis::X, Axis::Y].map(|axis| grid.size_along(axis));
        let history = History::new(simulation, 1)?.filter(History::has_defects);
        Ok(history.map(|history| Self { history, size }))
    }

    /// Looks at the present state; [`Simulation::fields`] has been called.
    pub(super) fn observe(&mut self, simulation: &Simulation) -> Result<(), Error> {
        self.history.observe(&simulation.state())
    }

    /// The distance of the last events from another's, in [0, 1]; both were followed from one time to another.
    pub(super) fn distance(&self, other: &Self, [start, end]: [f64; 2], until: f64) -> f64 {
        let from = end - PART * (end - start);
        let log = |chronicle: &Self| -> Log {
            let bins = Bins { time: until / BINS, squares: SQUARES, size: chronicle.size };
            let late = chronicle.history.events.iter().filter(|event| event.time > from);
            bins.log(&late.cloned().collect::<Vec<_>>())
        };
        distance(&log(self), &log(other))
    }
}
