//! What a seed means and costs, without growing it: the content of `semafield check`.
//!
//! In: a seed's text. Out: plain data to print. The initial state is evaluated (soil included), because the bound on
//! the step and the fate of small waves depend on it; a few steps are run to tell how long the whole will take.

use serde::Serialize;

use super::witness::observing_bytes;
use super::{Clock, read_seed, schedule::Schedule};
use crate::diagnostic::render;
use crate::error::Error;
use crate::field::Kind;
use crate::graph::{Graph, Triangles};
use crate::linear::{self, Base, Dispersion};
use crate::model::{Model, Wall};
use crate::simulation::{Options, Simulation, grow_soil};
use crate::soil::Progress;

/// A seed, examined.
#[derive(Clone, Debug, Serialize)]
pub struct Examination {
    /// The seed's title.
    pub title: String,
    /// Cells along x, y, z.
    pub shape: Vec<usize>,
    /// Distance of neighbouring cells along x, y, z; empty for a graph.
    pub spacing: Vec<f64>,
    /// Of a graph.
    pub graph: Option<GraphLine>,
    /// Notes of the soil, if there is one.
    pub notes: Option<usize>,
    /// The fields with their equations, derived fields put in.
    pub fields: Vec<FieldLine>,
    /// Field by side.
    pub walls: Vec<WallLine>,
    /// The field that is grown alongside, if there is one.
    pub donor: Option<DonorLine>,
    /// The integrator.
    pub scheme: String,
    /// Length of a step.
    pub dt: f64,
    /// Whether dt was found automatically.
    pub dt_auto: bool,
    /// Steps of the whole run.
    pub steps: u64,
    /// Whether the linearised equations were looked at: not where fields have more than 128 real components together.
    pub linearized: bool,
    /// The largest linearly stable step at the initial state; none if nothing limits it, or if they were not looked at.
    pub stability_bound: Option<f64>,
    /// Bytes of all buffers, and of what is in flight from a donor.
    pub memory_bytes: u64,
    /// Bytes that a run takes beside them, about, to look at its states.
    pub observing_bytes: u64,
    /// Bytes moved per cell and step.
    pub bytes_per_cell_step: usize,
    /// Back end that would run it.
    pub backend: String,
    /// Seconds that the steps of the whole run would take there, from a short measurement.
    pub seconds_to_grow: f64,
    /// Growth of small waves about the mean initial state, with maps at their largest values; a graph has no waves.
    pub small_waves: Waves,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// The size of a graph.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct GraphLine {
    /// Edges, each counted once.
    pub edges: usize,
    /// Triangles, where an expression asks for them.
    pub triangles: Option<usize>,
    /// The largest sum of weights round a node, which bounds the step.
    pub largest_degree: f64,
}

/// One field.
#[derive(Clone, Debug, Serialize)]
pub struct FieldLine {
    /// Its name.
    pub name: String,
    /// `real`, `complex` or `link`.
    pub kind: &'static str,
    /// Its right-hand side of d/dt.
    pub equation: String,
}

/// A field that is grown alongside, and how it is looked at.
#[derive(Clone, Debug, Serialize)]
pub struct DonorLine {
    /// Its seed; none for the same one.
    pub seed: Option<String>,
    /// Key of its random numbers.
    pub rng_seed: u64,
    /// Cells along x, y, z.
    pub shape: Vec<usize>,
    /// Side of a block along x, y, z, in lengths.
    pub block: Vec<f64>,
    /// Time between two looks.
    pub every: f64,
    /// Time between a look and its effect.
    pub delay: f64,
    /// Standard deviation of the noise on each real number that is seen.
    pub noise: f64,
    /// Whether it is nudged back.
    pub mutual: bool,
    /// What is nudged, as it is written.
    pub nudges: Vec<String>,
}

/// One field at one side.
#[derive(Clone, Debug, Serialize)]
pub struct WallLine {
    /// The field.
    pub field: String,
    /// `left`, `right`, `bottom`, `top`, `back`, `front`.
    pub side: &'static str,
    /// What holds there.
    pub condition: String,
}

/// Growth of small waves.
#[derive(Clone, Debug, Serialize)]
pub struct Waves {
    /// The fastest growing one, if any grows.
    pub fastest: Option<WaveLine>,
    /// Some from the longest to the shortest.
    pub sample: Vec<WaveLine>,
}

/// One wave.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WaveLine {
    /// Radians per unit of length, along x.
    pub wavenumber: f64,
    /// Growth per unit of time.
    pub rate: f64,
    /// Radians per unit of time.
    pub frequency: f64,
}

/// Examines a seed; `file` is its name in messages.
pub fn examine(text: &str, file: &str, place: &Options, progress: &dyn Progress) -> Result<Examination, Error> {
    let (seed, _, findings) = read_seed(text, file)?;
    let soil = grow_soil(&seed, &place.folder, progress)?;
    let mut simulation = Simulation::grow_text(text, file, soil, place)?;
    let fields = simulation.fields()?.to_vec();
    let model = simulation.model().clone();
    let maps = &simulation.ground().maps;
    let bound = linear::stability_bound(&model, &Base::largest(&model, maps, &fields), model.time.scheme);
    // Waves grow first where the coefficients allow most.
    let best = Base { maps: Base::largest(&model, maps, &[]).maps, ..Base::mean(&model, maps, &fields) };
    let waves = linear::small_waves(&model, &best);
    let schedule = Schedule::new(&model, simulation.dt(), simulation.origin(), None)?;
    let mut warnings: Vec<String> =
        findings.iter().map(|finding| render(std::slice::from_ref(finding), file, text)).collect();
    warnings.extend(super::step_warning(&simulation));
    warnings.extend(schedule.warnings.iter().cloned());
    warnings.extend(simulation.dialog_notes());
    if let Some(soil) = simulation.soil() {
        warnings.extend(soil.warnings.iter().cloned());
    }
    let axes = model.grid.axis_list();
    Ok(Examination {
        title: seed.title_or(file),
        shape: model.grid.shape()[..model.grid.axes().max(1)].to_vec(),
        spacing: axes.iter().map(|&axis| model.grid.spacing(axis)).collect(),
        graph: model.grid.graph().map(|graph| graph_line(graph)),
        notes: simulation.soil().map(|soil| soil.notes.len()),
        fields: model.fields.iter().map(|field| line(&model, field)).collect(),
        walls: walls(&model),
        donor: donor_line(&simulation),
        scheme: format!("{:?}", model.time.scheme).to_lowercase(),
        dt: simulation.dt(),
        dt_auto: model.time.dt.is_none(),
        steps: schedule.last,
        linearized: linear::is_looked_at(&model),
        stability_bound: bound,
        memory_bytes: u64::try_from(simulation.memory_bytes()).unwrap_or(u64::MAX),
        observing_bytes: observing_bytes(simulation.model()),
        bytes_per_cell_step: simulation.program().bytes_per_cell_step(),
        backend: simulation.place().backend.name().to_owned(),
        small_waves: if model.graph.is_some() { Waves { fastest: None, sample: vec![] } } else { sample(&waves) },
        seconds_to_grow: time(&mut simulation, schedule.last)?,
        warnings,
    })
}

fn donor_line(simulation: &Simulation) -> Option<DonorLine> {
    let (donor, model, dt) = (simulation.donor()?, simulation.model(), simulation.dt());
    let declared = model.donor.as_ref()?;
    let (ours, theirs) = (&model.grid, &donor.model().grid);
    let cells = declared.cells(ours, ours)?;
    #[expect(clippy::cast_precision_loss, reason = "cells of a block")]
    let side = |&axis: &crate::grid::Axis| cells[axis.index()] as f64 * ours.spacing(axis);
    let steps = |time: f64| (time / dt).round();
    Some(DonorLine {
        seed: declared.seed.as_ref().map(|seed| seed.value.clone()),
        rng_seed: donor.model().rng_seed,
        shape: theirs.shape()[..theirs.axes()].to_vec(),
        block: ours.axis_list().iter().map(side).collect(),
        every: declared.every.map_or(dt, |every| steps(every.value).max(1.0) * dt),
        delay: declared.delay.map_or(0.0, |delay| steps(delay.value) * dt),
        noise: declared.noise.map_or(0.0, |noise| noise.value),
        mutual: declared.mutual.is_some_and(|mutual| mutual.value),
        nudges: model.nudges().map(|(map, _)| model.maps[map].name.clone()).collect(),
    })
}

fn graph_line(graph: &Graph) -> GraphLine {
    GraphLine {
        edges: graph.edges(),
        triangles: graph.triangles().map(Triangles::len),
        largest_degree: graph.degrees().into_iter().fold(0.0, f64::max),
    }
}

fn line(model: &Model, field: &crate::model::Field) -> FieldLine {
    let kind = match field.kind {
        Kind::Real => "real",
        Kind::Complex => "complex",
        Kind::Link => "link",
        Kind::Face => "face",
    };
    FieldLine { name: field.name.clone(), kind, equation: model.show(field.equation) }
}

fn walls(model: &Model) -> Vec<WallLine> {
    const SIDES: [[&str; 2]; 3] = [["left", "right"], ["bottom", "top"], ["back", "front"]];
    let mut lines = Vec::new();
    for field in &model.fields {
        for &axis in model.grid.axis_list() {
            for (side, name) in SIDES[axis.index()].into_iter().enumerate() {
                let condition = if model.grid.bounded(axis) {
                    condition(model, field.walls[axis.index()][side], field.kind)
                } else {
                    "periodic".to_owned()
                };
                lines.push(WallLine { field: field.name.clone(), side: name, condition });
            }
        }
    }
    lines
}

fn condition(model: &Model, wall: Wall, kind: Kind) -> String {
    match wall {
        Wall::NoFlux if kind == Kind::Link => "the wall's link is 0".into(),
        Wall::NoFlux => "no-flux".into(),
        Wall::Value(value) => format!("u = {}", model.show(value)),
        Wall::Flux(flux) => format!("du/dn = {}", model.show(flux)),
        Wall::Robin(a, b, c) => {
            format!("({})*u + ({})*du/dn = {}", model.show(a), model.show(b), model.show(c))
        }
    }
}

fn sample(dispersion: &Dispersion) -> Waves {
    const LINES: usize = 9;
    let line =
        |wave: linear::Wave| WaveLine { wavenumber: wave.wavenumber, rate: wave.rate, frequency: wave.frequency };
    let count = dispersion.waves.len();
    let lines = LINES.min(count);
    let chosen = (0..lines).map(|at| dispersion.waves[if lines > 1 { at * (count - 1) / (lines - 1) } else { 0 }]);
    Waves { fastest: dispersion.fastest().map(line), sample: chosen.map(line).collect() }
}

/// Runs for a moment; the state is thrown away.
pub(crate) fn time(simulation: &mut Simulation, steps: u64) -> Result<f64, Error> {
    const LONG_ENOUGH: f64 = 0.2;
    let (mut run, mut batch) = (0u64, 1u64);
    let clock = Clock::start();
    while clock.seconds() < LONG_ENOUGH && run < steps {
        batch = batch.min(steps - run);
        match simulation.advance(batch) {
            Ok(()) => {}
            Err(Error::NotFinite { .. }) => break,
            Err(other) => return Err(other),
        }
        run += batch;
        batch *= 2;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let share = if run == 0 { 0.0 } else { steps as f64 / run as f64 };
    Ok(clock.seconds() * share)
}

/// For display: how large something is in bytes.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// The resolved grid in a few words: `512 x 512 cells of 0.75 x 0.75`.
pub fn extent(grid_shape: &[usize], spacing: &[f64]) -> String {
    let join = |parts: Vec<String>| parts.join(" x ");
    format!(
        "{} cells of {}",
        join(grid_shape.iter().map(ToString::to_string).collect()),
        join(spacing.iter().map(|h| format!("{}", (h * 1e6).round() / 1e6)).collect())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(3 << 30), "3.0 GiB");
        assert_eq!(extent(&[512, 256], &[0.75, 0.5]), "512 x 256 cells of 0.75 x 0.5");
    }
}
