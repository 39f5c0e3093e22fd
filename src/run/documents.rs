//! What the field says at each note: values at its place on the map, by linear interpolation between cell centres.
//!
//! In: the last state and the history. Out: columns, one row per note in source order. `coherence` and `phase` are
//! those of the first complex field, `tension` that of the first field (or derived field) that is one; `map_recall` is the
//! share of a note's nearest notes that are among its nearest on the map, 1 where the map tells no lie. What the notes
//! have lived through comes from the readings of the history:
//!
//! - `region`: id of the region that binds the note; `region_since`: since when; `drifts`: how often it changed sides;
//! - `bridge_to`: the region on the other side of the pass that the note stands at; `fault_to`: that on the other side
//!   of the most strained fault line within reach;
//! - `defects_passed`, `last_defect`: how many phase defects came within reach, and when one was last there;
//!   (on a graph: how many phase slips its edges had, and when; `defects`: how many triangles round it are wound now);
//! - `still_since`: since when the strength of the field at the note has been at rest.

use super::history::{History, signed};
use super::slips::GraphHistory;
use super::subject::{on_cells, tension};
use super::witness::Eyes;
use crate::answers::{Groups, groups};
use crate::error::Error;
use crate::field::Kind;
use crate::grid::{Axis, Grid};
use crate::model::{Expr, Model};
use crate::simulation::Simulation;
use crate::simulation::evaluator::{Evaluator, State};

/// What was measured at the notes.
pub(super) struct Documents {
    /// Places in domain units.
    pub(super) positions: Vec<[f64; 2]>,
    /// Name and values of each column.
    pub(super) columns: Vec<(String, Vec<f64>)>,
    /// Name and values of the columns of whole numbers; none where there is nothing to name.
    pub(super) whole: Vec<(String, Vec<Option<i64>>)>,
    /// Notes that hold together.
    pub(super) groups: Groups,
}

impl Documents {
    pub(super) fn column(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find(|(own, _)| own == name).map(|(_, values)| values.as_slice())
    }

    /// What the notes have lived through. A field of the seed keeps its name: the reading of that name is left out.
    fn add_readings(&mut self, history: &History) -> Result<(), Error> {
        let readings = &history.readings;
        let (notes, conflicts) = (readings.notes(), readings.conflicts());
        let mut bridge_to = vec![None; notes.len()];
        for bridge in readings.bridges() {
            bridge_to[bridge.note].get_or_insert(signed(bridge.groups[1]));
        }
        let mut fault_to = vec![None; notes.len()];
        for line in history.fault_lines()? {
            for (side, beside) in line.notes.iter().enumerate() {
                beside.iter().for_each(|&note| {
                    fault_to[note].get_or_insert(signed(line.groups[1 - side]));
                });
            }
        }
        let count = |count: usize| i64::try_from(count).ok();
        let mut whole = vec![
            ("region", notes.iter().map(|note| note.group.map(signed)).collect()),
            ("drifts", notes.iter().map(|note| count(note.drifts)).collect()),
            ("bridge_to", bridge_to),
            ("fault_to", fault_to),
        ];
        let mut times = vec![
            ("region_since", notes.iter().map(|note| note.group_since).collect::<Vec<f64>>()),
            ("still_since", notes.iter().map(|note| note.still_since).collect()),
        ];
        if history.has_defects() {
            whole.push(("defects_passed", conflicts.iter().map(|conflicts| count(conflicts.passed)).collect()));
            times.push(("last_defect", conflicts.iter().map(|c| c.last.unwrap_or(f64::NAN)).collect()));
        }
        self.add(whole, times);
        Ok(())
    }

    /// What the notes have lived through on a graph.
    fn add_slips(&mut self, history: &GraphHistory) {
        let nodes = history.nodes();
        let count = |count: usize| i64::try_from(count).ok();
        let whole = vec![
            ("defects", nodes.iter().map(|node| count(node.wound)).collect()),
            ("defects_passed", nodes.iter().map(|node| count(node.slips)).collect()),
        ];
        self.add(whole, vec![("last_defect", nodes.iter().map(|node| node.last.unwrap_or(f64::NAN)).collect())]);
    }

    /// Adds columns whose names are free.
    fn add(&mut self, whole: Vec<(&str, Vec<Option<i64>>)>, times: Vec<(&str, Vec<f64>)>) {
        let taken: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let free = |name: &str| !taken.iter().any(|taken| taken == name);
        self.whole.extend(whole.into_iter().filter(|(name, _)| free(name)).map(|(name, all)| (name.into(), all)));
        self.columns.extend(times.into_iter().filter(|(name, _)| free(name)).map(|(name, all)| (name.into(), all)));
    }
}

/// Measures at all notes; `None` without soil.
pub(super) fn measure(simulation: &mut Simulation, eyes: &Eyes, threads: usize) -> Result<Option<Documents>, Error> {
    simulation.fields()?;
    let Some(mut columns) = NoteColumns::new(simulation, threads)? else { return Ok(None) };
    let measured = columns.measure(&simulation.state())?;
    let soil = simulation.soil().expect("notes have a soil");
    let groups = groups(soil, simulation.model().rng_seed);
    let mut documents = Documents { positions: columns.positions, columns: measured, whole: vec![], groups };
    documents.add(vec![], vec![(MAP_RECALL, soil.map_recall())]);
    if let Some(history) = &eyes.history {
        documents.add_readings(history)?;
    }
    eyes.slips.iter().for_each(|slips| documents.add_slips(slips));
    Ok(Some(documents))
}

/// What the field says at each note, compiled: to be measured again and again.
pub(crate) struct NoteColumns {
    grid: Grid,
    /// Where the notes lie, in domain units.
    pub(crate) positions: Vec<[f64; 2]>,
    names: Vec<String>,
    evaluator: Option<Evaluator>,
}

impl NoteColumns {
    /// Compiles; `None` without soil.
    pub(crate) fn new(simulation: &Simulation, threads: usize) -> Result<Option<Self>, Error> {
        let model = simulation.model();
        let Some(soil) = simulation.soil() else { return Ok(None) };
        let (names, exprs): (Vec<String>, Vec<Expr>) = wanted(model).into_iter().unzip();
        let evaluator = match exprs.is_empty() {
            true => None,
            false => Some(Evaluator::for_fields(model, &exprs, simulation.dt(), threads)?),
        };
        Ok(Some(Self { grid: model.grid.clone(), positions: soil.positions(&model.grid), names, evaluator }))
    }

    /// Name and values of each column.
    pub(crate) fn measure(&mut self, state: &State<'_>) -> Result<Vec<(String, Vec<f64>)>, Error> {
        let Some(evaluator) = &mut self.evaluator else { return Ok(vec![]) };
        let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
        for (name, field) in self.names.iter().zip(evaluator.fields(state)?) {
            let at_notes = |component: usize| -> Vec<f64> {
                let values = field.component(component);
                match self.grid.graph() {
                    Some(_) => values, // the notes are the nodes
                    None => self.positions.iter().map(|&at| sample(&self.grid, &values, at)).collect(),
                }
            };
            let first = at_notes(0);
            if field.kind != Kind::Complex {
                columns.push((name.clone(), first));
                continue;
            }
            let second = at_notes(1);
            let both = || first.iter().zip(&second);
            columns.push((name.clone(), both().map(|(re, im)| (re * re + im * im).sqrt()).collect()));
            if name == COHERENCE {
                let phase = both().map(|(&re, &im)| crate::math::elementary::scalar64::atan2(im, re));
                columns.push(("phase".into(), phase.collect()));
            }
        }
        Ok(columns)
    }
}

/// The column of the first complex field's strength.
pub(super) const COHERENCE: &str = "coherence";

/// The column of how well the map keeps a note's neighbours.
pub(crate) const MAP_RECALL: &str = "map_recall";

/// The column of strain.
pub(super) const TENSION: &str = "tension";

/// Columns and what they measure; each name once.
fn wanted(model: &Model) -> Vec<(String, Expr)> {
    let mut wanted: Vec<(String, Expr)> = Vec::new();
    if let Some(field) = model.fields.iter().find(|field| field.kind == Kind::Complex) {
        wanted.push((COHERENCE.into(), field.expr));
    }
    let derived = model.derived.iter().map(|derived| (derived.name.clone(), derived.expr));
    let real =
        model.fields.iter().filter(|field| field.kind == Kind::Real).map(|field| (field.name.clone(), field.expr));
    let all: Vec<(String, Expr)> = real.chain(derived).filter(|(_, expr)| on_cells(model, *expr)).collect();
    if let Some((_, expr)) = tension(model) {
        wanted.push((TENSION.into(), expr));
    }
    for (name, expr) in all {
        if wanted.iter().all(|(taken, _)| *taken != name) && name != "phase" {
            wanted.push((name, expr));
        }
    }
    wanted
}

/// The value between cell centres; beyond the outermost centres of a bounded axis that of the centre.
fn sample(grid: &Grid, values: &[f64], at: [f64; 2]) -> f64 {
    let (x0, x1, fx) = between(grid, Axis::X, at[0]);
    if grid.axes() == 1 {
        return values[x0] * (1.0 - fx) + values[x1] * fx;
    }
    let (y0, y1, fy) = between(grid, Axis::Y, at[1]);
    let value = |x, y| values[grid.index([x, y, 0])];
    let lower = value(x0, y0) * (1.0 - fx) + value(x1, y0) * fx;
    let upper = value(x0, y1) * (1.0 - fx) + value(x1, y1) * fx;
    lower * (1.0 - fy) + upper * fy
}

/// The two nearest centres and the share of the second.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cell counts")]
fn between(grid: &Grid, axis: Axis, at: f64) -> (usize, usize, f64) {
    let count = grid.cells_along(axis);
    let share = at / grid.spacing(axis) - 0.5;
    let share = if grid.bounded(axis) { share.clamp(0.0, (count - 1) as f64) } else { share };
    let below = share.floor();
    let first = (below.rem_euclid(count as f64)) as usize % count;
    let second = if grid.bounded(axis) { (first + 1).min(count - 1) } else { (first + 1) % count };
    (first, second, share - below)
}
