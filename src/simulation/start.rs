//! The state at t = 0: maps, mask and initial values.
//!
//! In: a Model, the soil, the seed's folder. Out: fields. Invariants: evaluated in f64 with the language's own
//! functions and then rounded; inert cells, edges and plaquettes hold 0.

use std::path::{Component, Path, PathBuf};

use super::evaluator::{Evaluator, State};
use crate::error::Error;
use crate::field::{Field, Kind, Values};
use crate::grid::{Axis, Grid};
use crate::math::arithmetic::Precision;
use crate::model::{Map, MapSource, Mask, Model, SoilMap};
use crate::soil::SoilMaps;

/// What does not change during a run.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// Values of the maps, by position; `None` where no expression uses one.
    pub maps: Vec<Option<Field>>,
    /// 1 in active cells, else 0; `None` if all are active.
    pub mask: Option<Field>,
}

impl Ground {
    /// Reads and evaluates the maps and the mask.
    pub fn new(model: &Model, soil: Option<&SoilMaps>, folder: &Path, threads: usize) -> Result<Self, Error> {
        let maps: Vec<_> =
            model.maps.iter().map(|map| read_map(map, &model.grid, soil, folder)).collect::<Result<_, _>>()?;
        let mut ground = Self { maps, mask: None };
        ground.mask = match &model.mask {
            None => None,
            Some(Mask::File(file)) => Some(raster(&file.value, &model.grid, folder)?),
            Some(Mask::Expression(expr)) => {
                let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
                let mut everywhere = model.clone();
                everywhere.mask = None;
                let state =
                    State { step: 0, dt: 1.0, fields: &[], maps: &ground.maps, mask: None, parameters: &parameters };
                Some(Evaluator::for_fields(&everywhere, &[*expr], 1.0, threads)?.fields(&state)?.remove(0))
            }
        }
        .map(|mask| binary(mask, &model.grid));
        if let Some(mask) = &ground.mask {
            if !mask.values.to_f64().contains(&1.0) {
                return Err(Error::Input("the mask leaves no cell alive: check [domain] mask".into()));
            }
            for map in ground.maps.iter_mut().flatten() {
                silence(map, Some(mask));
            }
        }
        for map in ground.maps.iter_mut().flatten().filter(|map| map.kind == Kind::Link) {
            silence(map, ground.mask.as_ref());
        }
        Ok(ground)
    }

    /// The initial values of all fields.
    pub fn initial(&self, model: &Model, precision: Precision, threads: usize) -> Result<Vec<Field>, Error> {
        let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
        let mask = self.mask.as_ref();
        let mut fields = Vec::new();
        for field in &model.fields {
            let state = State { step: 0, dt: 1.0, fields: &[], maps: &self.maps, mask, parameters: &parameters };
            let values = evaluate_initial(model, field, &state, threads)?;
            let values = Values::rounded(&values, precision);
            let mut field = Field { name: field.name.clone(), kind: field.kind, grid: model.grid.clone(), values };
            silence(&mut field, mask);
            if let Some(cell) = first_not_finite(&field) {
                return Err(Error::Input(format!(
                    "the initial value of `{}` is not finite at cell {:?}: check [fields] {}",
                    field.name,
                    position(&model.grid, cell),
                    field.name
                )));
            }
            fields.push(field);
        }
        Ok(fields)
    }
}

/// The components of a field's initial value, in f64: a number is spread, a real one completed by a zero imaginary
/// part, and a function of position is evaluated at cell centres or edge midpoints.
fn evaluate_initial(
    model: &Model,
    field: &crate::model::Field,
    state: &State<'_>,
    threads: usize,
) -> Result<Vec<f64>, Error> {
    let mut posed = model.clone();
    let expr = match field.kind {
        Kind::Link => posed.components(&field.initial),
        Kind::Real | Kind::Complex | Kind::Face => field.initial[0],
    };
    let mut values =
        Evaluator::for_fields(&posed, &[expr], state.dt, threads)?.fields(state)?.remove(0).values.to_f64();
    values.resize(field.kind.components(&model.grid) * model.grid.cells(), 0.0);
    Ok(values)
}

/// Cell position in the order x, y, z, only the grid's axes.
pub(super) fn position(grid: &Grid, index: usize) -> Vec<usize> {
    grid.position(index % grid.cells())[..grid.axes()].to_vec()
}

pub(super) fn first_not_finite(field: &Field) -> Option<usize> {
    match &field.values {
        Values::F32(values) => values.iter().position(|value| !value.is_finite()),
        Values::F64(values) => values.iter().position(|value| !value.is_finite()),
    }
}

fn binary(mask: Field, grid: &Grid) -> Field {
    let values = mask.values.to_f64().iter().map(|&value| if value > 0.5 { 1.0 } else { 0.0 }).collect();
    Field { name: "mask".into(), kind: Kind::Real, grid: grid.clone(), values: Values::F64(values) }
}

/// Sets what is inert to 0: cells outside of the mask, links and faces that leave it or cross a wall.
fn silence(field: &mut Field, mask: Option<&Field>) {
    let grid = field.grid.clone();
    let cells = grid.cells();
    let alive = |index: usize| mask.is_none_or(|mask| mask.values.get(index) > 0.5);
    let component_axis = |component: usize| match field.kind {
        Kind::Link => Some(Axis::ALL[component]),
        Kind::Real | Kind::Complex | Kind::Face => None,
    };
    let components = field.values.len() / cells;
    let dead: Vec<usize> = (0..components * cells)
        .filter(|&at| {
            let (component, cell) = (at / cells, at % cells);
            match component_axis(component) {
                None => !alive(cell),
                Some(axis) => upper(&grid, cell, axis).is_none_or(|next| !alive(cell) || !alive(next)),
            }
        })
        .collect();
    match &mut field.values {
        Values::F32(values) => dead.into_iter().for_each(|at| values[at] = 0.0),
        Values::F64(values) => dead.into_iter().for_each(|at| values[at] = 0.0),
    }
}

/// The next cell along an axis; `None` beyond a wall.
fn upper(grid: &Grid, cell: usize, axis: Axis) -> Option<usize> {
    let mut position = grid.position(cell);
    let along = &mut position[axis.index()];
    *along += 1;
    if *along == grid.cells_along(axis) {
        if grid.bounded(axis) {
            return None;
        }
        *along = 0;
    }
    Some(grid.index(position))
}

fn read_map(map: &Map, grid: &Grid, soil: Option<&SoilMaps>, folder: &Path) -> Result<Option<Field>, Error> {
    let named = |values: Vec<f64>| {
        Some(Field { name: map.name.clone(), kind: map.kind, grid: grid.clone(), values: Values::F64(values) })
    };
    match &map.source {
        MapSource::File(file) => Ok(named(raster(&file.value, grid, folder)?.values.to_f64())),
        MapSource::Soil(which) => Ok(soil.and_then(|soil| {
            named(match which {
                SoilMap::Density => soil.density.clone(),
                SoilMap::Gain => soil.gain.clone(),
                SoilMap::Coupling => soil.coupling.clone(),
                SoilMap::Frame => soil.frame.clone(),
            })
        })),
    }
}

/// A `.npy` or `.png` file of the grid's shape as a real field.
fn raster(file: &str, grid: &Grid, folder: &Path) -> Result<Field, Error> {
    let path = inside(file, folder)?;
    let bytes = std::fs::read(&path).map_err(|source| Error::Input(format!("{}: {source}", path.display())))?;
    let values =
        crate::raster::read(&path, &bytes, grid).map_err(|why| Error::Input(format!("{}: {why}", path.display())))?;
    let field = Field { name: file.to_owned(), kind: Kind::Real, grid: grid.clone(), values: Values::F64(values) };
    match first_not_finite(&field) {
        Some(cell) => Err(Error::Input(format!("{}: not finite at cell {:?}", path.display(), position(grid, cell)))),
        None => Ok(field),
    }
}

/// A path that stays inside the seed's folder: a seed may come from a stranger.
fn inside(file: &str, folder: &Path) -> Result<PathBuf, Error> {
    let path = Path::new(file);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let full = folder.join(path);
    let escapes = || {
        Error::Input(format!(
            "`{file}` lies outside of the seed's folder: copy it there, a seed reads only its own maps"
        ))
    };
    if !plain {
        return Err(escapes());
    }
    let real = full
        .canonicalize()
        .map_err(|source| Error::Input(format!("{}: {source}; maps lie beside the seed", full.display())))?;
    let home = folder.canonicalize().map_err(|source| Error::Input(format!("{}: {source}", folder.display())))?;
    if real.starts_with(home) { Ok(full) } else { Err(escapes()) }
}
