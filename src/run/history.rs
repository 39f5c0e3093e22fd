//! The microconflict history: the phase defects of a run, followed through its observations.
//!
//! In: states. Out: rows of `events.parquet` — births, annihilations, exchanges, with the notes nearest to each. The
//! field followed is that of the first `defects(...)` of the series, else the first complex field with the frames it
//! is carried through.

use crate::error::Error;
use crate::model::{Expr, Model, Node, Number, Operator};
use crate::output::tables::Event;
use crate::simulation::Simulation;
use crate::simulation::evaluator::{Evaluator, State};
use crate::topology::worldlines::{EventKind, WorldLines};

/// How many notes an event names.
const NEAREST: usize = 3;

/// Follows the defects of one field.
pub(super) struct History {
    lines: WorldLines,
    evaluator: Evaluator,
    frames: bool,
    places: Vec<([f64; 2], String)>,
    pub(super) events: Vec<Event>,
    /// Observations in which phases moved too far for certainty.
    pub(super) uncertain: usize,
}

impl History {
    /// Starts a history; `None` if the seed has nothing with a phase on a plane grid.
    pub(super) fn new(simulation: &Simulation, threads: usize) -> Result<Option<Self>, Error> {
        let model = simulation.model();
        let Some((u, theta)) = subject(model).filter(|_| model.grid.axes() == 2) else { return Ok(None) };
        let frames = !model.arena.is_zero(theta);
        let exprs = if frames { vec![u, theta] } else { vec![u] };
        let active = super::pictures::active(simulation.ground().mask.as_ref());
        let places = simulation.soil().map_or_else(Vec::new, |soil| {
            let ids = soil.notes.iter().map(|note| note.id.clone());
            soil.positions(&model.grid).into_iter().zip(ids).collect()
        });
        let lines = WorldLines::new(&model.grid, active.as_deref()).map_err(|why| Error::Input(why.to_string()))?;
        let evaluator = Evaluator::for_fields(model, &exprs, simulation.dt(), threads)?;
        Ok(Some(Self { lines, evaluator, frames, places, events: vec![], uncertain: 0 }))
    }

    /// Looks at a state.
    pub(super) fn observe(&mut self, state: &State<'_>) -> Result<(), Error> {
        let measured = self.evaluator.fields(state)?;
        let (re, im) = (measured[0].component(0), measured[0].component(1));
        let theta = self.frames.then(|| measured[1].values.to_f64());
        let found = self
            .lines
            .observe(state.step, state.time(), &re, &im, theta.as_deref())
            .map_err(|why| Error::Input(why.to_string()))?;
        self.uncertain += usize::from(self.lines.far_steps() > 0 && state.step > 0);
        for event in found {
            let signed = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
            self.events.push(Event {
                step: signed(event.step),
                time: event.time,
                kind: name(event.kind).to_owned(),
                ids: event.ids.iter().map(|&id| signed(id)).collect(),
                charge: Some(i64::from(event.charge)),
                x: Some(event.x),
                y: Some(event.y),
                notes: nearest(&self.places, [event.x, event.y]),
            });
        }
        Ok(())
    }

    /// Births and annihilations so far.
    pub(super) fn tally(&self) -> (usize, usize) {
        let count = |kind: EventKind| self.events.iter().filter(|event| event.kind == name(kind)).count();
        (count(EventKind::Birth), count(EventKind::Annihilation))
    }
}

fn name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Birth => "birth",
        EventKind::Annihilation => "annihilation",
        EventKind::Exchange => "exchange",
        EventKind::Enter => "enter",
        EventKind::Exit => "exit",
    }
}

/// The complex value to follow and its frames.
fn subject(model: &Model) -> Option<(Expr, Expr)> {
    let complex = |u: Expr| model.arena.ty(u).number == Number::Complex;
    let series: Vec<Expr> = model.observe.series.iter().map(|named| named.expr).collect();
    let counted = operators(model, &series)
        .into_iter()
        .find_map(|(operator, all)| (operator == Operator::Winding && complex(all[0])).then(|| (all[0], all[1])));
    counted.or_else(|| {
        let field = model.fields.iter().find(|field| complex(field.expr))?;
        let carried = operators(model, &[field.equation]).into_iter().find_map(|(operator, all)| match operator {
            Operator::Laplacian if all[0] == field.expr => Some(all[1]),
            Operator::DivGrad if all[1] == field.expr => Some(all[2]),
            _ => None,
        });
        carried.map(|theta| (field.expr, theta))
    })
}

/// The operators in some expressions, in the order of the arena.
fn operators(model: &Model, roots: &[Expr]) -> Vec<(Operator, Vec<Expr>)> {
    let mut seen = std::collections::BTreeSet::new();
    let mut open = roots.to_vec();
    while let Some(expr) = open.pop() {
        if seen.insert(expr) {
            open.extend(model.arena.arguments(expr));
        }
    }
    let operators = seen.into_iter().filter_map(|expr| match model.arena.node(expr) {
        Node::Operator(operator, all) => Some((*operator, all.clone())),
        _ => None,
    });
    operators.collect()
}

/// Ids of the notes nearest to a place, nearest first, ties in source order.
fn nearest(places: &[([f64; 2], String)], at: [f64; 2]) -> Vec<String> {
    let distance = |place: &[f64; 2]| (place[0] - at[0]).powi(2) + (place[1] - at[1]).powi(2);
    let mut best: Vec<(f64, usize)> = Vec::with_capacity(NEAREST + 1);
    for (index, (place, _)) in places.iter().enumerate() {
        let candidate = (distance(place), index);
        if best.len() < NEAREST || candidate.0 < best[best.len() - 1].0 {
            let position = best.partition_point(|known| known.0 <= candidate.0);
            best.insert(position, candidate);
            best.truncate(NEAREST);
        }
    }
    best.into_iter().map(|(_, index)| places[index].1.clone()).collect()
}
