//! The history of a run: its phase defects and its regions, followed through all observations.
//!
//! In: states. Out: rows of `events.parquet` and the readings of the notes. Kinds of rows: of defects `birth`,
//! `annihilation`, `exchange`, `enter`, `exit` (ids are the defects'); of regions `appear`, `vanish`, `merge` (the
//! first into the second), `split` (the second from the first), with the regions' ids; and `drift`, when a note goes
//! over from the first region to the second. Each names the notes nearest to its place.

use std::collections::BTreeMap;

use super::subject::{Subject, subject, tension};
use crate::error::Error;
use crate::field::Field;
use crate::grid::{Axis, Grid};
use crate::model::Model;
use crate::output::tables::Event;
use crate::simulation::Simulation;
use crate::simulation::evaluator::{Evaluator, State};
use crate::topology::readings::{Drift, FaultLine, Observation, Readings, strain};
use crate::topology::track::{BasinEvent, BasinEventKind};
use crate::topology::worldlines::{self, EventKind, WorldLines};
use crate::topology::{ComplexGrid, TopologyError};

/// How many notes an event names.
pub(super) const NEAREST: usize = 3;

/// Follows one field.
pub(crate) struct History {
    grid: Grid,
    subject: Subject,
    evaluator: Evaluator,
    has_frames: bool,
    has_tension: bool,
    seen: Option<Seen>,
    active: Option<Vec<bool>>,
    /// Of a complex field on a plane grid.
    lines: Option<WorldLines>,
    pub(crate) readings: Readings,
    places: Vec<([f64; 2], String)>,
    pub(crate) events: Vec<Event>,
    /// Observations in which phases moved too far for certainty.
    pub(super) uncertain: usize,
}

/// What was measured of the state seen last.
struct Seen {
    /// The subject.
    value: Field,
    /// The frames that it is carried through.
    theta: Option<Field>,
    /// The tension that the model names.
    tension: Option<Field>,
}

impl History {
    /// Starts a history; `None` where there is nothing to follow: three axes, a graph, or a model of links only.
    pub(crate) fn new(simulation: &Simulation, threads: usize) -> Result<Option<Self>, Error> {
        let model = simulation.model();
        let Some(subject) = subject(model).filter(|_| (1..3).contains(&model.grid.axes())) else { return Ok(None) };
        let (value, theta) = match subject {
            Subject::Complex { u, theta } => (u, theta),
            Subject::Real(expr) => (expr, None),
        };
        let frames = theta.filter(|&theta| !model.arena.is_zero(theta));
        let tension = tension(model).map(|(_, expr)| expr);
        let exprs: Vec<_> = [Some(value), frames, tension].into_iter().flatten().collect();
        let active = super::pictures::active(simulation.ground().mask.as_ref());
        let places: Vec<([f64; 2], String)> = simulation.soil().map_or_else(Vec::new, |soil| {
            let ids = soil.notes.iter().map(|note| note.id.clone());
            soil.positions(&model.grid).into_iter().zip(ids).collect()
        });
        let positions: Vec<[f64; 2]> = places.iter().map(|(place, _)| *place).collect();
        let has_lines = theta.is_some() && model.grid.axes() == 2;
        Ok(Some(Self {
            lines: has_lines.then(|| WorldLines::new(&model.grid, active.as_deref())).transpose().map_err(refused)?,
            readings: Readings::new(&model.grid, &positions, matches!(subject, Subject::Complex { .. }))
                .map_err(refused)?,
            evaluator: Evaluator::for_fields(model, &exprs, simulation.dt(), threads)?,
            grid: model.grid.clone(),
            subject,
            has_frames: frames.is_some(),
            has_tension: tension.is_some(),
            seen: None,
            active,
            places,
            events: vec![],
            uncertain: 0,
        }))
    }

    /// The notes lie elsewhere from now on.
    #[cfg(feature = "app")]
    pub(crate) fn rearrange(&mut self, places: &[[f64; 2]]) {
        self.places.iter_mut().zip(places).for_each(|((known, _), &place)| *known = place);
        self.readings.rearrange(places);
    }

    /// Looks at a state.
    pub(crate) fn observe(&mut self, state: &State<'_>) -> Result<(), Error> {
        let mut measured = self.evaluator.fields(state)?.into_iter();
        let value = measured.next().expect("the subject is always measured");
        let frames = self.has_frames.then(|| measured.next()).flatten();
        let tension = self.has_tension.then(|| measured.next()).flatten();
        let theta = frames.as_ref().map(|field| field.values.to_f64());
        let (re, im) = self.parts(&value);
        let found = match &mut self.lines {
            Some(lines) => lines.observe(state.step, state.time(), &re, &im, theta.as_deref()).map_err(refused)?,
            None => vec![],
        };
        let defects = self.lines.as_ref().map_or(&[][..], WorldLines::lines);
        self.uncertain += usize::from(self.lines.as_ref().is_some_and(|lines| lines.far_steps() > 0) && state.step > 0);
        let strength = self.strength(&re, &im);
        let seen = Observation { step: state.step, time: state.time(), strength: &strength, defects, events: &found };
        let changes = self.readings.observe(&seen).map_err(refused)?;
        let rows = changes.regions.iter().map(|event| self.row_of_region(event));
        let rows = rows.chain(found.iter().map(|event| self.row_of_defects(event)));
        let rows: Vec<Event> = rows.chain(changes.drifts.iter().map(|drift| self.row_of_drift(drift))).collect();
        self.events.extend(rows);
        self.seen = Some(Seen { value, theta: frames, tension });
        Ok(())
    }

    /// The strained borders between regions in the state seen last.
    pub(crate) fn fault_lines(&self) -> Result<Vec<FaultLine>, Error> {
        let Some(seen) = &self.seen else { return Ok(vec![]) };
        let tension = seen.tension.as_ref().map_or_else(|| self.strain(seen), |named| Ok(named.component(0)))?;
        self.readings.fault_lines(&tension).map_err(refused)
    }

    /// Real and imaginary part of the subject.
    fn parts(&self, value: &Field) -> (Vec<f64>, Vec<f64>) {
        match self.subject {
            Subject::Complex { .. } => (value.component(0), value.component(1)),
            Subject::Real(_) => (value.component(0), vec![0.0; self.grid.cells()]),
        }
    }

    /// What regions are made of; NaN at inert cells.
    fn strength(&self, re: &[f64], im: &[f64]) -> Vec<f64> {
        let is_active = |cell: usize| self.active.as_ref().is_none_or(|active| active[cell]);
        let strength = |cell: usize| match self.subject {
            _ if !is_active(cell) => f64::NAN,
            Subject::Complex { .. } => (re[cell] * re[cell] + im[cell] * im[cell]).sqrt(),
            Subject::Real(_) => re[cell],
        };
        (0..re.len()).map(strength).collect()
    }

    /// The tension of a model that does not name one.
    fn strain(&self, seen: &Seen) -> Result<Vec<f64>, Error> {
        let (re, im) = self.parts(&seen.value);
        let theta = seen.theta.as_ref().map(|field| field.values.to_f64());
        let axes = self.grid.axes();
        let periodic = [Axis::X, Axis::Y].map(|axis| !self.grid.bounded(axis));
        let spacing = [Axis::X, Axis::Y].map(|axis| self.grid.spacing(axis));
        let shape = self.grid.shape();
        let (shape, periodic, mask) = (&shape[..axes], &periodic[..axes], self.active.as_deref());
        let grid = ComplexGrid { shape, periodic, re: &re, im: &im, theta: theta.as_deref(), mask };
        strain(&grid, spacing).map_err(refused)
    }

    fn row_of_defects(&self, event: &worldlines::Event) -> Event {
        let charge = Some(i64::from(event.charge));
        let row = self.row(event.step, event.time, word(event.kind), &event.ids, [event.x, event.y]);
        Event { charge, ..row }
    }

    fn row_of_region(&self, event: &BasinEvent) -> Event {
        let kind = match event.kind {
            BasinEventKind::Appear => "appear",
            BasinEventKind::Vanish => "vanish",
            BasinEventKind::Merge => "merge",
            BasinEventKind::Split => "split",
        };
        self.row(event.step, event.time, kind, &event.ids, self.readings.middle(event.cell))
    }

    fn row_of_drift(&self, drift: &Drift) -> Event {
        let (place, id) = &self.places[drift.note];
        let row = self.row(drift.step, drift.time, "drift", &[drift.from, drift.into], *place);
        Event { notes: vec![id.clone()], ..row }
    }

    fn row(&self, step: u64, time: f64, kind: &str, ids: &[u64], place: [f64; 2]) -> Event {
        let [x, y] = place;
        Event {
            step: signed(step),
            time,
            kind: kind.to_owned(),
            ids: ids.iter().map(|&id| signed(id)).collect(),
            charge: None,
            x: Some(x),
            y: Some(y),
            notes: self.readings.nearest(place, NEAREST).into_iter().map(|note| self.places[note].1.clone()).collect(),
        }
    }

    /// Births and annihilations so far.
    pub(super) fn tally(&self) -> (usize, usize) {
        let happened = self.happened();
        let count = |kind: EventKind| happened.get(word(kind)).copied().unwrap_or(0);
        (count(EventKind::Birth), count(EventKind::Annihilation))
    }

    /// How many rows there are of each kind.
    pub(super) fn happened(&self) -> BTreeMap<&str, usize> {
        let mut happened = BTreeMap::new();
        for event in &self.events {
            *happened.entry(event.kind.as_str()).or_default() += 1;
        }
        happened
    }

    /// What regions are made of, as the seed writes it.
    pub(super) fn strength_text(&self, model: &Model) -> String {
        match self.subject {
            Subject::Complex { u, .. } => format!("abs({})", model.show(u)),
            Subject::Real(expr) => model.show(expr),
        }
    }

    /// Defects that stand at the last observation, each unit of charge counted.
    pub(crate) fn defects(&self) -> usize {
        self.lines.as_ref().map_or(0, |lines| lines.lines().len())
    }

    /// Whether defects are followed.
    pub(crate) fn has_defects(&self) -> bool {
        self.lines.is_some()
    }
}

fn refused(why: TopologyError) -> Error {
    Error::Input(why.to_string())
}

/// Numbers of tables are signed.
pub(super) fn signed(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

/// The word for what happened to defects.
pub(super) const fn word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Birth => "birth",
        EventKind::Annihilation => "annihilation",
        EventKind::Exchange => "exchange",
        EventKind::Enter => "enter",
        EventKind::Exit => "exit",
    }
}
