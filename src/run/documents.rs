//! What the field says at each note: values at its place on the map, by linear interpolation between cell centres.
//!
//! In: the last state. Out: columns, one row per note in source order. `coherence` and `phase` are those of the first
//! complex field, `tension` that of the first field (or derived field) that is one.

use crate::answers::{Groups, groups};
use crate::error::Error;
use crate::field::Kind;
use crate::grid::{Axis, Grid};
use crate::model::{Expr, Model, Number, Place};
use crate::simulation::Simulation;
use crate::simulation::evaluator::Evaluator;

/// What was measured at the notes.
pub(super) struct Documents {
    /// Places in domain units.
    pub(super) positions: Vec<[f64; 2]>,
    /// Name and values of each column.
    pub(super) columns: Vec<(String, Vec<f64>)>,
    /// Notes that hold together.
    pub(super) groups: Groups,
}

impl Documents {
    pub(super) fn column(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find(|(own, _)| own == name).map(|(_, values)| values.as_slice())
    }
}

/// Measures at all notes; `None` without soil.
pub(super) fn measure(simulation: &mut Simulation, threads: usize) -> Result<Option<Documents>, Error> {
    simulation.fields()?;
    let model = simulation.model();
    let Some(soil) = simulation.soil() else { return Ok(None) };
    let positions = soil.positions(&model.grid);
    let groups = groups(soil, model.rng_seed);
    let wanted = wanted(model);
    let exprs: Vec<Expr> = wanted.iter().map(|(_, expr)| *expr).collect();
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    if !exprs.is_empty() {
        let fields = Evaluator::for_fields(model, &exprs, simulation.dt(), threads)?.fields(&simulation.state())?;
        for ((name, _), field) in wanted.iter().zip(&fields) {
            match field.kind {
                Kind::Complex => {
                    let (re, im) = (field.component(0), field.component(1));
                    let at: Vec<_> = positions
                        .iter()
                        .map(|&at| [sample(&model.grid, &re, at), sample(&model.grid, &im, at)])
                        .collect();
                    columns.push((name.clone(), at.iter().map(|[re, im]| (re * re + im * im).sqrt()).collect()));
                    if name == COHERENCE {
                        let phase = at.iter().map(|&[re, im]| crate::math::elementary::scalar64::atan2(im, re));
                        columns.push(("phase".into(), phase.collect()));
                    }
                }
                Kind::Real | Kind::Link | Kind::Face => {
                    let values = field.component(0);
                    columns
                        .push((name.clone(), positions.iter().map(|&at| sample(&model.grid, &values, at)).collect()));
                }
            }
        }
    }
    Ok(Some(Documents { positions, columns, groups }))
}

/// The column of the first complex field's strength.
pub(super) const COHERENCE: &str = "coherence";

/// The column of strain.
pub(super) const TENSION: &str = "tension";

/// Columns and what they measure; each name once.
fn wanted(model: &Model) -> Vec<(String, Expr)> {
    let mut wanted: Vec<(String, Expr)> = Vec::new();
    if let Some(field) = model.fields.iter().find(|field| field.kind == Kind::Complex) {
        wanted.push((COHERENCE.into(), field.expr));
    }
    let derived = model.derived.iter().map(|derived| (derived.name.clone(), derived.expr));
    let on_cells = |expr: Expr| {
        let ty = model.arena.ty(expr);
        ty.number == Number::Real && matches!(ty.place, Place::Cell | Place::Anywhere)
    };
    let real =
        model.fields.iter().filter(|field| field.kind == Kind::Real).map(|field| (field.name.clone(), field.expr));
    let all: Vec<(String, Expr)> = real.chain(derived).filter(|(_, expr)| on_cells(*expr)).collect();
    if let Some((_, expr)) = all.iter().find(|(_, expr)| super::pictures::is_strain(model, *expr)) {
        wanted.push((TENSION.into(), *expr));
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
