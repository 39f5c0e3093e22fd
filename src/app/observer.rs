//! Looks at a living field for the window: layers, defects, what notes feel, series, events.
//!
//! In: a [`Simulation`] at a step. Out: the parts of a [`Frame`](super::frame::Frame). Invariants: looking changes no
//! bit of the field; fields are copied as they are stored, expressions evaluated as the headless run evaluates them.

use std::sync::Arc;

use crate::app::frame::{Felt, Happening, Layer, Mark, Reading, Series};
use crate::app::mapped::Mapped;
use crate::app::witness::{Witness, watch};
use crate::error::Error;
use crate::field::{Field, Kind, Values};
use crate::grid::{Axis, Grid};
use crate::model::Expr;
use crate::output::node_map::NodeMap;
use crate::run::documents::{MAP_RECALL, NoteColumns};
use crate::run::subject::{Subject, subject};
use crate::run::witness::Due;
use crate::simulation::Simulation;
use crate::simulation::evaluator::Evaluator;
use crate::topology::ComplexGrid;
use crate::topology::defects::{Defect, defects};
use crate::topology::winding::Component;

/// Looks at one simulation.
pub(super) struct Observer {
    revision: u64,
    threads: usize,
    wanted: Vec<String>,
    layers: Vec<Shown>,
    /// Why an expression that was asked for is not shown.
    pub(super) refused: Option<String>,
    witness: Witness,
    /// Time of the last state that the witness was shown.
    observed: Option<f64>,
    readings: Option<NoteColumns>,
    mapped: Mapped,
    vortices: Option<Vortices>,
    /// How a graph is shown.
    map: Option<NodeMap>,
    /// Where its nodes are.
    places: Option<Vec<[f64; 2]>>,
    mask: Option<Arc<Vec<f32>>>,
    pub(super) series: Arc<Series>,
    pub(super) events: Arc<Vec<Happening>>,
    pub(super) reading: Arc<Reading>,
    /// The phase defects of a graph when it was observed last.
    wound: Vec<Mark>,
}

/// The column of the groups' numbers, the largest group first.
const GROUP: &str = "group";

/// Where the values of a layer come from.
enum Shown {
    /// A field, by its place in the seed.
    Field(String, usize),
    /// An expression.
    Expression(String, Box<Evaluator>),
}

/// The complex field whose defects are shown, and the frames that it is carried through.
struct Vortices {
    field: usize,
    frames: Option<usize>,
    active: Option<Vec<bool>>,
}

impl Observer {
    pub(super) fn new(simulation: &mut Simulation, threads: usize, wanted: Vec<String>) -> Result<Self, Error> {
        let model = simulation.model();
        let columns = model.observe.series.iter().map(|series| (series.name.clone(), vec![])).collect();
        let series = Series { times: vec![], columns };
        let (map, places) = (NodeMap::new(&model.grid), model.grid.node_positions());
        let mut observer = Self {
            revision: simulation.revision(),
            threads,
            wanted,
            layers: vec![],
            refused: None,
            witness: watch(simulation, threads)?,
            observed: None,
            readings: NoteColumns::new(simulation, threads)?,
            mapped: Mapped::default(),
            vortices: vortices(simulation),
            mask: mask(simulation, map.as_ref()),
            map,
            places,
            series: Arc::new(series),
            events: Arc::default(),
            reading: Arc::default(),
            wound: vec![],
        };
        observer.compile(simulation);
        Ok(observer)
    }

    /// What the window wants to see.
    pub(super) fn show(&mut self, wanted: Vec<String>, simulation: &mut Simulation) {
        if self.wanted != wanted {
            self.wanted = wanted;
            self.compile(simulation);
        }
    }

    /// After an act that may have changed the model: compiles anew what depends on it. The series goes on.
    pub(super) fn renew(&mut self, simulation: &mut Simulation) -> Result<(), Error> {
        let grid = &simulation.model().grid;
        let places = grid.node_positions();
        if self.places != places {
            (self.map, self.places) = (NodeMap::new(grid), places);
        }
        self.mask = mask(simulation, self.map.as_ref());
        self.vortices = vortices(simulation);
        if self.revision == simulation.revision() {
            self.follow_notes(simulation);
            return Ok(());
        }
        self.revision = simulation.revision();
        self.collect(true)?;
        self.witness = watch(simulation, self.threads)?;
        self.readings = NoteColumns::new(simulation, self.threads)?;
        self.compile(simulation);
        Ok(())
    }

    /// Notes may lie elsewhere.
    fn follow_notes(&mut self, simulation: &Simulation) {
        let Some((readings, soil)) = self.readings.as_mut().zip(simulation.soil()) else { return };
        let places = soil.positions(&simulation.model().grid);
        if readings.positions != places {
            self.witness.rearrange(places.clone());
            readings.positions = places;
        }
    }

    /// The field was grown again to an earlier step: what was measured up to there stays, the history begins anew.
    pub(super) fn rewind(&mut self, simulation: &mut Simulation) -> Result<(), Error> {
        let (step, time) = (simulation.step(), simulation.time());
        self.collect(true)?;
        let series = Arc::make_mut(&mut self.series);
        let kept = series.times.partition_point(|&measured| measured <= time);
        series.times.truncate(kept);
        series.columns.iter_mut().for_each(|(_, column)| column.truncate(kept));
        Arc::make_mut(&mut self.events).retain(|event| event.step <= step);
        self.observed = self.series.times.last().copied();
        self.witness = watch(simulation, self.threads)?;
        self.renew(simulation)
    }

    fn compile(&mut self, simulation: &mut Simulation) {
        self.layers.clear();
        self.refused = None;
        for text in &self.wanted {
            let name = text.trim();
            if let Some(index) = simulation.model().fields.iter().position(|field| field.name == name) {
                self.layers.push(Shown::Field(text.clone(), index));
                continue;
            }
            let dt = simulation.dt();
            let compiled = simulation
                .expression(name)
                .and_then(|(model, expr)| Evaluator::for_fields(&model, &[expr], dt, self.threads));
            match compiled {
                Ok(evaluator) => self.layers.push(Shown::Expression(text.clone(), Box::new(evaluator))),
                Err(why) => self.refused = Some(why.to_string()),
            }
        }
    }

    /// Has the present state observed: a row of the series, and what happened since the last one.
    pub(super) fn observe(&mut self, simulation: &mut Simulation) -> Result<(), Error> {
        simulation.fields()?;
        let time = simulation.time();
        if self.observed.is_some_and(|last| last >= time) {
            return Ok(()); // seen before, as after a branch
        }
        self.observed = Some(time);
        self.witness.look(simulation, Due { series: true, pictures: false });
        self.collect(false)
    }

    /// Takes in what the witness has seen until now, or all that it was shown.
    pub(super) fn collect(&mut self, all: bool) -> Result<(), Error> {
        while let Some(report) = self.witness.report(all) {
            let report = report?;
            let series = Arc::make_mut(&mut self.series);
            series.times.push(report.time);
            for ((_, column), value) in series.columns.iter_mut().zip(report.values) {
                column.push(value);
            }
            if !report.events.is_empty() {
                Arc::make_mut(&mut self.events).extend(report.events);
            }
            self.reading = Arc::new(report.reading);
            self.wound = report.defects;
        }
        Ok(())
    }

    /// The layers now. [`Simulation::fields`] has been called.
    pub(super) fn layers(&mut self, simulation: &Simulation) -> Result<Vec<Layer>, Error> {
        let state = simulation.state();
        let mut layers = Vec::new();
        let painted = |text: &str, field: &Field| match &self.map {
            Some(map) => layer(text, &map.paint(field), self.mask.as_deref()),
            None => layer(text, field, self.mask.as_deref()),
        };
        for shown in &mut self.layers {
            layers.push(match shown {
                Shown::Field(text, index) => painted(text, &state.fields[*index]),
                Shown::Expression(text, evaluator) => painted(text, &evaluator.fields(&state)?.remove(0)),
            });
        }
        Ok(layers)
    }

    /// The cells that are shown: those of the grid, or the pixels of a graph's map.
    pub(super) fn canvas<'a>(&'a self, grid: &'a Grid) -> &'a Grid {
        self.map.as_ref().map_or(grid, NodeMap::canvas)
    }

    /// Cells that are alive.
    pub(super) fn mask(&self) -> Option<Arc<Vec<f32>>> {
        self.mask.clone()
    }

    /// The phase defects now, or on a graph when it was observed last. [`Simulation::fields`] has been called.
    pub(super) fn defects(&self, simulation: &mut Simulation) -> Result<Vec<Mark>, Error> {
        let Some(vortices) = &self.vortices else { return Ok(self.wound.clone()) };
        let listed = simulation.defects_on_device(vortices.field, vortices.frames)?;
        Ok(vortices.among(simulation, listed))
    }

    /// What there is to see of the donor now: the fields that both have, and its defects.
    pub(super) fn donor(&self, simulation: &Simulation) -> Option<(Grid, Vec<Layer>, Vec<Mark>)> {
        let donor = simulation.donor()?;
        let (fields, mask) = (donor.state().fields, mask(donor, None));
        let shown = self.wanted.iter().filter_map(|text| fields.iter().find(|field| field.name == text.trim()));
        let mut shown: Vec<&Field> = shown.collect();
        if shown.is_empty() {
            shown.extend(fields.first());
        }
        let layers = shown.into_iter().map(|field| layer(&field.name, field, mask.as_deref()));
        let defects = vortices(donor).map_or_else(Vec::new, |vortices| vortices.among(donor, None));
        Some((donor.model().grid.clone(), layers.collect(), defects))
    }

    /// What each note feels now.
    pub(super) fn felt(&mut self, simulation: &Simulation) -> Result<Felt, Error> {
        let (Some(readings), Some(soil)) = (&mut self.readings, simulation.soil()) else { return Ok(Felt::default()) };
        #[expect(clippy::cast_possible_truncation, reason = "positions and colours on a screen")]
        let narrow = |value: f64| value as f32;
        let columns = readings.measure(&simulation.state())?;
        let positions = soil.positions(&simulation.model().grid);
        let mut columns = columns;
        let quality = Some(self.mapped.follow(soil));
        columns.push((MAP_RECALL.into(), self.mapped.recall.clone()));
        if !self.reading.groups.is_empty() && columns.iter().all(|(name, _)| name != GROUP) {
            let mut group = vec![f64::NAN; positions.len()];
            for (number, notes) in self.reading.groups.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "a number of a group")]
                notes.iter().for_each(|&note| group[note] = number as f64);
            }
            columns.push((GROUP.into(), group));
        }
        Ok(Felt {
            positions: Arc::new(positions.iter().map(|at| at.map(narrow)).collect()),
            pinned: Arc::new(simulation.pinned_notes()),
            quality,
            columns: columns
                .into_iter()
                .map(|(name, values)| (name, Arc::new(values.into_iter().map(narrow).collect())))
                .collect(),
        })
    }
}

fn mask(simulation: &Simulation, map: Option<&NodeMap>) -> Option<Arc<Vec<f32>>> {
    if let Some(map) = map {
        return Some(Arc::new(map.active().into_iter().map(|shown| f32::from(u8::from(shown))).collect()));
    }
    let mask = simulation.ground().mask.as_ref()?;
    let alive = |cell: usize| if mask.values.get(cell) > 0.5 { 1.0 } else { 0.0 };
    Some(Arc::new((0..mask.values.len()).map(alive).collect()))
}

/// A field as it is drawn.
#[expect(clippy::cast_possible_truncation, reason = "colours on a screen")]
fn layer(text: &str, field: &Field, mask: Option<&Vec<f32>>) -> Layer {
    let mut values = match &field.values {
        Values::F32(values) => values.clone(),
        Values::F64(values) => values.iter().map(|&value| value as f32).collect(),
    };
    let cells = field.grid.cells();
    if let Some(mask) = mask {
        for component in values.chunks_mut(cells) {
            for (value, &alive) in component.iter_mut().zip(mask) {
                *value = if alive > 0.5 { *value } else { f32::NAN };
            }
        }
    }
    let range = match field.kind {
        Kind::Real => limits(values.iter().copied()),
        Kind::Complex | Kind::Link | Kind::Face => limits((0..cells).map(|cell| {
            let squares = (cell..values.len()).step_by(cells).map(|at| values[at] * values[at]);
            squares.fold(0.0, |sum, square| sum + square).sqrt()
        })),
    };
    Layer { expression: text.to_owned(), kind: field.kind, values: Arc::new(values), range }
}

/// Least and greatest finite value; [0, 0] if there is none.
fn limits(values: impl Iterator<Item = f32>) -> [f32; 2] {
    let found = values
        .filter(|value| value.is_finite())
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)]);
    if found[0] <= found[1] { found } else { [0.0, 0.0] }
}

/// The complex field on a plane whose defects are shown, if it is a field of its own, and its frames.
fn vortices(simulation: &Simulation) -> Option<Vortices> {
    let model = simulation.model();
    let place = |expr: Expr| model.fields.iter().position(|field| field.expr == expr);
    match subject(model).filter(|_| model.grid.axes() == 2)? {
        Subject::Real(_) => None,
        Subject::Complex { u, theta } => Some(Vortices {
            field: place(u)?,
            frames: theta.and_then(place),
            active: crate::run::pictures::active(simulation.ground().mask.as_ref()),
        }),
    }
}

/// Cells a few cells round a plaquette, where a vortex has its full strength.
fn round(grid: &Grid, cell: usize) -> [usize; 4] {
    const FAR: usize = 3;
    let [x, y, _] = grid.position(cell);
    let [nx, ny, _] = grid.shape();
    [[x + FAR, y], [x + nx - FAR.min(nx), y], [x, y + FAR], [x, y + ny - FAR.min(ny)]]
        .map(|[x, y]| grid.index([x % nx, y % ny, 0]))
}

impl Vortices {
    /// The phase defects of a simulation now: those that its device has listed, or else those of the fields at hand.
    fn among(&self, simulation: &Simulation, listed: Option<Vec<Defect>>) -> Vec<Mark> {
        let fields = simulation.state().fields;
        let grid = &simulation.model().grid;
        match (&fields[self.field].values, self.frames.map(|frames| &fields[frames].values)) {
            (Values::F32(u), None) => self.marks(grid, u, None, listed),
            (Values::F64(u), None) => self.marks(grid, u, None, listed),
            (Values::F32(u), Some(Values::F32(theta))) => self.marks(grid, u, Some(theta), listed),
            (Values::F64(u), Some(Values::F64(theta))) => self.marks(grid, u, Some(theta), listed),
            (Values::F32(_), Some(Values::F64(_))) | (Values::F64(_), Some(Values::F32(_))) => vec![],
        }
    }

    fn marks<T: Component>(&self, grid: &Grid, u: &[T], theta: Option<&[T]>, listed: Option<Vec<Defect>>) -> Vec<Mark> {
        let cells = grid.cells();
        let shape: Vec<usize> = grid.axis_list().iter().map(|&axis| grid.cells_along(axis)).collect();
        let periodic: Vec<bool> = grid.axis_list().iter().map(|&axis| !grid.bounded(axis)).collect();
        let complex = ComplexGrid {
            shape: &shape,
            periodic: &periodic,
            re: &u[..cells],
            im: &u[cells..],
            theta,
            mask: self.active.as_deref(),
        };
        let square = |cell: usize| {
            let [re, im]: [f64; 2] = [cell, cell + cells].map(|at| u[at].into());
            re * re + im * im
        };
        let largest = (0..cells).map(square).filter(|square| square.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
        #[expect(clippy::cast_possible_truncation, reason = "a position on a screen; charges are a few units")]
        let mark = |defect: Defect| Mark {
            strength: (round(grid, defect.cell).into_iter().map(square).fold(0.0, f64::max) / largest).sqrt() as f32,
            at: [
                (defect.position[0] * grid.spacing(Axis::X)) as f32,
                (defect.position[1] * grid.spacing(Axis::Y)) as f32,
            ],
            charge: defect.charge.clamp(-127, 127) as i8,
        };
        let found = listed.unwrap_or_else(|| defects(&complex).unwrap_or_default());
        found.into_iter().map(mark).collect()
    }
}
