//! World lines: phase defects followed through time, without matching points by distance.
//!
//! In come the states of a complex field on a plane grid, one after the other; out go events, from the exact
//! space-time currents of charge. A defect keeps its id for life. Nothing here has a tolerance: on a torus the number
//! of defects changes by twice births minus annihilations, always. What the observations can decide is limited by
//! time alone: between two of them the phase of a cell must move by less than pi; [`WorldLines::far_steps`] warns.

use super::TopologyError;
use super::currents::{Frame, currents};
use super::defects::{Defect, defects_on};
use super::lattice::Lattice;
use super::strands::{End, Standing, Strand, strands};
use super::winding::{ComplexGrid, Component};
use crate::grid::{Axis, Grid};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What happened to one or two defects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// Two of opposite charge appeared together: the ids are the positive one's, then the negative one's.
    Birth,
    /// Two of opposite charge ended together: the positive one's id, then the negative one's.
    Annihilation,
    /// Lines met in one plaquette within one interval: which went where is decided by rule.
    Exchange,
    /// One came through a wall or out of a masked region.
    Enter,
    /// One left through a wall or into a masked region.
    Exit,
}

/// One event in the history of defects.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Step of the observation that shows it.
    pub step: u64,
    /// Time of that observation.
    pub time: f64,
    /// What happened.
    pub kind: EventKind,
    /// The defects concerned.
    pub ids: Vec<u64>,
    /// Charge that entered or left; 0 for all other kinds.
    pub charge: i32,
    /// Place, in units of length from the corner of the grid.
    pub x: f64,
    /// Place, in units of length from the corner of the grid.
    pub y: f64,
}

/// A defect with its line: one unit of charge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Its name for life, from 0 in the order of birth.
    pub id: u64,
    /// The plaquette it is in, by its lowest cell.
    pub plaquette: usize,
    /// Whether its charge is +1; else it is -1.
    pub positive: bool,
    /// Place, in units of length from the corner of the grid.
    pub place: [f64; 2],
    /// Time of the observation in which it was first seen.
    pub since: f64,
}

/// Follows the defects of one field.
pub struct WorldLines {
    lattice: Lattice,
    extent: [f64; 2],
    spacing: [f64; 2],
    mask: Option<Vec<bool>>,
    earlier: Option<Frame>,
    lines: Vec<Line>,
    next_id: u64,
    far_steps: usize,
}

impl WorldLines {
    /// For a plane grid; `mask` is false for inert cells.
    pub fn new(grid: &Grid, mask: Option<&[bool]>) -> Result<Self, TopologyError> {
        if grid.axes() != 2 {
            return Err(TopologyError::Plane { what: "world lines", axes: grid.axes() });
        }
        let periodic = [Axis::X, Axis::Y].map(|axis| !grid.bounded(axis));
        let lattice = Lattice::new(&grid.shape()[..2], &periodic, grid.cells())?;
        Ok(Self {
            lattice,
            extent: [grid.size_along(Axis::X), grid.size_along(Axis::Y)],
            spacing: [grid.spacing(Axis::X), grid.spacing(Axis::Y)],
            mask: mask.map(<[bool]>::to_vec),
            earlier: None,
            lines: Vec::new(),
            next_id: 0,
            far_steps: 0,
        })
    }

    /// The defects of the last observation, ordered by plaquette, then id.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Cells away from any defect whose phase moved by more than 0.9 pi in the last interval. Where there are many,
    /// observe more often or in a frame that rotates with the field: the lines may be wrong.
    pub fn far_steps(&self) -> usize {
        self.far_steps
    }

    /// Takes in the field at a later time and returns what happened since the last observation.
    ///
    /// `theta` holds the links' angles, all of x, then all of y, and moves continuously in time.
    pub fn observe<T: Component>(
        &mut self,
        step: u64,
        time: f64,
        re: &[T],
        im: &[T],
        theta: Option<&[T]>,
    ) -> Result<Vec<Event>, TopologyError> {
        let lattice = self.lattice;
        let (shape, periodic) = (lattice.shape(), lattice.periodic());
        let mask = self.mask.take();
        let grid = ComplexGrid { shape: &shape[..2], periodic: &periodic[..2], re, im, theta, mask: mask.as_deref() };
        let events = grid.lattice().map(|_| {
            let later = Frame::new(&grid, &lattice);
            let found = defects_on(&grid, &lattice);
            let events = self.advance(step, time, &grid, &later, &found);
            self.earlier = Some(later);
            events
        });
        self.mask = mask;
        events
    }

    fn advance<T: Component>(
        &mut self,
        step: u64,
        time: f64,
        grid: &ComplexGrid<'_, T>,
        later: &Frame,
        found: &[Defect],
    ) -> Vec<Event> {
        let place = |defect: &Defect| [0, 1].map(|axis| defect.position[axis] * self.spacing[axis]);
        let places: Vec<(usize, [f64; 2])> = found.iter().map(|defect| (defect.cell, place(defect))).collect();
        let Some(earlier) = &self.earlier else {
            for (defect, (plaquette, place)) in found.iter().zip(places) {
                for _ in 0..defect.charge.unsigned_abs() {
                    self.begin(plaquette, defect.charge > 0, place, time);
                }
            }
            return Vec::new();
        };
        let lattice = self.lattice;
        let real = |plaquette: usize| {
            let corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]];
            corners.iter().all(|&step| lattice.neighbor(plaquette, step).is_some_and(|(cell, _)| grid.active(cell)))
        };
        let currents = currents(&lattice, earlier, later, real);
        let before: Vec<Standing> = self
            .lines
            .iter()
            .map(|line| Standing { plaquette: line.plaquette, positive: line.positive, id: line.id })
            .collect();
        let after: Vec<(usize, i32)> = found.iter().map(|defect| (defect.cell, defect.charge)).collect();
        let strands = strands(&before, &after, &currents.flows);
        self.far_steps = far_from_strands(&lattice, &currents.far_steps, &strands);
        let mut history = History { step, time, places, ended: BTreeMap::new(), events: Vec::new() };
        history.ended.extend(self.lines.drain(..).map(|line| (line.id, line)));
        let ids: Vec<Vec<u64>> = strands.iter().map(|strand| self.carry(strand, &mut history)).collect();
        self.exchanges(&strands, &ids, &mut history);
        self.lines.sort_unstable_by_key(|line| (line.plaquette, line.id));
        history.events
    }

    fn begin(&mut self, plaquette: usize, positive: bool, place: [f64; 2], since: f64) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.lines.push(Line { id, plaquette, positive, place, since });
        id
    }

    /// Continues, begins or ends the lines of a strand, and returns their ids.
    fn carry(&mut self, strand: &Strand, history: &mut History) -> Vec<u64> {
        let (time, place_of) = (history.time, |plaquette: usize| history.place(plaquette));
        let (kind, ids, charge, place) = match (strand.from, strand.into) {
            (End::Before(id), End::After(plaquette)) | (End::After(plaquette), End::Before(id)) => {
                self.lines.push(Line { plaquette, place: place_of(plaquette), ..history.ended[&id] });
                return vec![id];
            }
            (End::Outside, End::Outside) => return vec![],
            (End::After(negative), End::After(positive)) => {
                let places = [place_of(positive), place_of(negative)];
                let ids =
                    vec![self.begin(positive, true, places[0], time), self.begin(negative, false, places[1], time)];
                (EventKind::Birth, ids, 0, self.middle(places))
            }
            (End::Before(positive), End::Before(negative)) => {
                let places = [history.ended[&positive].place, history.ended[&negative].place];
                (EventKind::Annihilation, vec![positive, negative], 0, self.middle(places))
            }
            (End::Outside, End::After(plaquette)) => {
                let place = place_of(plaquette);
                (EventKind::Enter, vec![self.begin(plaquette, true, place, time)], 1, place)
            }
            (End::After(plaquette), End::Outside) => {
                let place = place_of(plaquette);
                (EventKind::Enter, vec![self.begin(plaquette, false, place, time)], -1, place)
            }
            (End::Before(id), End::Outside) => (EventKind::Exit, vec![id], 1, history.ended[&id].place),
            (End::Outside, End::Before(id)) => (EventKind::Exit, vec![id], -1, history.ended[&id].place),
        };
        history.record(kind, ids.clone(), charge, place);
        ids
    }

    /// Notes once every two strands that passed the same plaquette.
    fn exchanges(&self, strands: &[Strand], ids: &[Vec<u64>], history: &mut History) {
        let mut passing: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (index, strand) in strands.iter().enumerate().filter(|&(index, _)| !ids[index].is_empty()) {
            strand.path.iter().for_each(|&plaquette| {
                passing.entry(plaquette).or_default().insert(index);
            });
        }
        let mut noted = BTreeSet::new();
        for (plaquette, passing) in passing {
            for &second in &passing {
                for &first in passing.range(..second) {
                    if noted.insert((first, second)) {
                        let [x, y, _] = self.lattice.position(plaquette);
                        let place = [self.corner(0, x), self.corner(1, y)];
                        history.record(EventKind::Exchange, [&ids[first][..], &ids[second]].concat(), 0, place);
                    }
                }
            }
        }
    }

    /// The middle of a plaquette along an axis.
    #[expect(clippy::cast_precision_loss, reason = "indices are below 2^32")]
    fn corner(&self, axis: usize, index: usize) -> f64 {
        ((index + 1) % self.lattice.shape()[axis]) as f64 * self.spacing[axis]
    }

    /// The point half-way between two, the short way round.
    fn middle(&self, [a, b]: [[f64; 2]; 2]) -> [f64; 2] {
        std::array::from_fn(|axis| {
            let extent = self.extent[axis];
            let apart = (b[axis] - a[axis]).abs() > extent / 2.0 && self.lattice.periodic()[axis];
            let middle = (a[axis] + b[axis] + if apart { extent } else { 0.0 }) / 2.0;
            if middle >= extent { middle - extent } else { middle }
        })
    }
}

/// What is known while the strands of one interval are read.
struct History {
    step: u64,
    time: f64,
    /// Of the defects that stand after, by plaquette.
    places: Vec<(usize, [f64; 2])>,
    /// The lines before, by id.
    ended: BTreeMap<u64, Line>,
    events: Vec<Event>,
}

impl History {
    /// Where the defect of a plaquette stands after.
    fn place(&self, plaquette: usize) -> [f64; 2] {
        let at = self.places.binary_search_by_key(&plaquette, |&(known, _)| known);
        self.places[at.expect("strands end at defects that were found")].1
    }

    fn record(&mut self, kind: EventKind, ids: Vec<u64>, charge: i32, [x, y]: [f64; 2]) {
        self.events.push(Event { step: self.step, time: self.time, kind, ids, charge, x, y });
    }
}

/// How many of the cells are corners of no plaquette on a strand.
fn far_from_strands(lattice: &Lattice, cells: &[usize], strands: &[Strand]) -> usize {
    let passed: BTreeSet<usize> = strands.iter().flat_map(|strand| strand.path.iter().copied()).collect();
    let touched = |cell: usize| {
        [[0, 0, 0], [-1, 0, 0], [0, -1, 0], [-1, -1, 0]]
            .iter()
            .filter_map(|&step| lattice.neighbor(cell, step))
            .any(|(plaquette, _)| passed.contains(&plaquette))
    };
    cells.iter().filter(|&&cell| !touched(cell)).count()
}
