//! The history of a run on a graph: phase defects on its triangles, followed through all observations.
//!
//! In: states. Out: rows of `events.parquet`, of the kinds `birth`, `annihilation` (a defect ends) and `exchange` (defects
//! meet or part), with the defects' ids, their signs as seen on the map and the notes they wind about; columns of `documents.parquet`. Invariant: a graph
//! without triangles, which are there where the seed asks for them (`curvature`, `cocurl`, `defects`), has no history.

use super::history::{NEAREST, signed, word};
use super::subject::{Subject, subject};
use crate::error::Error;
use crate::grid::Grid;
use crate::output::tables::Event;
use crate::simulation::Simulation;
use crate::simulation::evaluator::{Evaluator, State};
use crate::topology::slips::{GraphEvent, SlippedNode, Slips};

/// Follows the defects of one field on a graph.
pub(crate) struct GraphHistory {
    grid: Grid,
    evaluator: Evaluator,
    slips: Slips,
    /// Where the nodes are on the map, if there is one.
    places: Option<Vec<[f64; 2]>>,
    /// Ids of the notes; empty where nodes are no notes.
    ids: Vec<String>,
    pub(crate) events: Vec<Event>,
    /// Observations in which phases moved too far for certainty.
    pub(super) uncertain: usize,
}

impl GraphHistory {
    /// Starts a history; `None` on a grid, without triangles, or where no complex field is carried through frames.
    pub(crate) fn new(simulation: &Simulation, threads: usize) -> Result<Option<Self>, Error> {
        let model = simulation.model();
        let (Some(graph), Some(Subject::Complex { u, theta: Some(theta) })) = (model.grid.graph(), subject(model))
        else {
            return Ok(None);
        };
        let Some(slips) = Slips::new(graph) else { return Ok(None) };
        let exprs = if model.arena.is_zero(theta) { vec![u] } else { vec![u, theta] };
        let notes = simulation.soil().map_or(&[][..], |soil| &soil.notes);
        Ok(Some(Self {
            places: model.grid.node_positions(),
            grid: model.grid.clone(),
            evaluator: Evaluator::for_fields(model, &exprs, simulation.dt(), threads)?,
            slips,
            ids: notes.iter().map(|note| note.id.clone()).collect(),
            events: vec![],
            uncertain: 0,
        }))
    }

    /// Looks at a state.
    pub(crate) fn observe(&mut self, state: &State<'_>) -> Result<(), Error> {
        let mut measured = self.evaluator.fields(state)?.into_iter();
        let value = measured.next().expect("the subject is always measured");
        let theta = measured.next().map(|field| field.values.to_f64());
        let values = value.component(0).into_iter().zip(value.component(1)).map(|(re, im)| [re, im]).collect();
        let graph = self.grid.graph().expect("it is one").clone();
        let place = |node| place(self.places.as_deref(), node);
        let found = self.slips.observe((state.step, state.time()), &graph, values, theta.as_deref(), place);
        self.uncertain += usize::from(self.slips.far_steps() > 0 && state.step > 0);
        let rows: Vec<Event> = found.iter().map(|event| self.row(event)).collect();
        self.events.extend(rows);
        Ok(())
    }

    fn row(&self, GraphEvent { event, signs, nodes }: &GraphEvent) -> Event {
        let place = |x: f64| x.is_finite().then_some(x);
        Event {
            step: signed(event.step),
            time: event.time,
            kind: word(event.kind).to_owned(),
            ids: event.ids.iter().map(|&id| signed(id)).collect(),
            charge: signs.map(i64::from),
            x: place(event.x),
            y: place(event.y),
            notes: nodes.iter().take(NEAREST).filter_map(|&node| self.ids.get(node).cloned()).collect(),
        }
    }

    /// The nodes lie elsewhere from now on.
    #[cfg(feature = "app")]
    pub(crate) fn rearrange(&mut self, places: &[[f64; 2]]) {
        self.places.iter_mut().for_each(|known| known.copy_from_slice(places));
    }

    /// Where defects are now, and their signs as seen on the map.
    #[cfg(feature = "app")]
    pub(crate) fn standing(&self) -> impl Iterator<Item = ([f64; 2], Option<i32>)> + '_ {
        self.slips.defects().iter().map(|defect| (place(self.places.as_deref(), defect.nodes[0]), defect.sign))
    }

    /// What each note has lived through.
    pub(super) fn nodes(&self) -> &[SlippedNode] {
        self.slips.nodes()
    }

    /// What to say about the defects, in a sentence.
    pub(super) fn summary(&self) -> String {
        let count = |kind: &str| self.events.iter().filter(|event| event.kind == kind).count();
        let wound = self.slips.windings().iter().filter(|&&winding| winding != 0).count();
        let signed = |sign: i32| self.slips.defects().iter().filter(|defect| defect.sign == Some(sign)).count();
        let signs = match [1, -1].map(signed) {
            [0, 0] => String::new(),
            [positive, negative] => format!(" ({positive} positive and {negative} negative as seen on the map)"),
        };
        format!(
            "phase defects: {} born, {} ended, {} meetings and partings; at the end {} of them{signs}, on {wound} of {} \
             triangles",
            count("birth"),
            count("annihilation"),
            count("exchange"),
            self.slips.defects().len(),
            self.slips.windings().len()
        )
    }
}

/// Where a node is; nowhere without a map.
fn place(places: Option<&[[f64; 2]]>, node: usize) -> [f64; 2] {
    places.map_or([f64::NAN; 2], |places| places[node])
}
