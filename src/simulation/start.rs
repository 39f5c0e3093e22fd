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

/// What lies under the fields: it changes by acts only.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// Values of the maps, by position; `None` where no expression uses one. 0 where they are inert.
    pub maps: Vec<Option<Field>>,
    /// 1 in active cells, else 0; `None` if all are active.
    pub mask: Option<Field>,
    /// The maps as they would be without a mask.
    bare: Vec<Option<Field>>,
    /// The seed's own mask.
    own_mask: Option<Field>,
    /// Cells that a person walled up; empty while there is none.
    walls: Vec<bool>,
}

impl Ground {
    /// Reads and evaluates the maps and the mask.
    pub fn new(model: &Model, soil: Option<&SoilMaps>, folder: &Path, threads: usize) -> Result<Self, Error> {
        Self::default().renewed(&[], model, soil, folder, threads)
    }

    /// Refuses files with numbers that a precision can't hold.
    pub(super) fn check_numbers(&self, model: &Model, precision: Precision) -> Result<(), Error> {
        for (map, field) in model.maps.iter().zip(&self.bare) {
            let (MapSource::File(file), Some(field)) = (&map.source, field) else { continue };
            let beyond = (0..field.values.len()).find(|&at| field.values.get(at).abs() > precision.largest());
            if let Some(at) = beyond {
                return Err(Error::Input(format!(
                    "{}: {:e} at cell {:?} is not finite in {}, the precision of the run; the largest is {:.1e}\n  = \
                     help: `--precision f64` holds it, on the CPU back end",
                    file.value,
                    field.values.get(at),
                    position(Kind::Real, &model.grid, at),
                    precision.name(),
                    precision.largest()
                )));
            }
        }
        Ok(())
    }

    /// Bytes of all maps.
    pub(super) fn bytes(&self) -> usize {
        let maps = self.maps.iter().chain(&self.bare).chain([&self.mask, &self.own_mask]).flatten();
        maps.map(|map| map.values.len() * size_of::<f64>()).sum()
    }

    /// The ground of a changed model: maps that it had are kept, and so are walls.
    pub(super) fn renewed(
        &self,
        before: &[Map],
        model: &Model,
        soil: Option<&SoilMaps>,
        folder: &Path,
        threads: usize,
    ) -> Result<Self, Error> {
        let mut bare = Vec::new();
        for map in &model.maps {
            let known = before.iter().zip(&self.bare).find(|(old, _)| is_same(old, map));
            let of_soil = matches!(map.source, MapSource::Soil(_)) && soil.is_some();
            bare.push(match known {
                Some((_, Some(field))) if !of_soil => Some(Field { grid: model.grid.clone(), ..field.clone() }),
                _ => read_map(map, &model.grid, soil, folder)?,
            });
        }
        let own_mask = own_mask(model, &bare, folder, threads)?;
        let mut ground = Self { maps: vec![], mask: None, bare, own_mask, walls: self.walls.clone() };
        ground.settle(&model.grid)?;
        Ok(ground)
    }

    /// Walls cells up, or takes their walls away; says whether that changes anything. Refused, with nothing changed, if
    /// no cell would be left alive.
    pub(super) fn set_walls(&mut self, cells: &[usize], grid: &Grid, wall: bool) -> Result<bool, Error> {
        let mut walls = self.walls.clone();
        walls.resize(grid.cells(), false);
        let mut changed = false;
        for &cell in cells {
            let alive = self.own_mask.as_ref().is_none_or(|mask| mask.values.get(cell) > 0.5);
            changed |= alive && std::mem::replace(&mut walls[cell], wall) != wall;
        }
        if !changed {
            return Ok(false);
        }
        let before = std::mem::replace(&mut self.walls, walls);
        if let Err(why) = self.settle(grid) {
            self.walls = before;
            return Err(why);
        }
        Ok(true)
    }

    /// The values of a map without its mask.
    pub(super) fn bare(&self, map: usize) -> Option<&Field> {
        self.bare[map].as_ref()
    }

    /// Gives a map other values at some positions.
    pub(super) fn edit_map(&mut self, map: usize, edits: &[(usize, f64)]) {
        let bare = self.bare[map].as_mut().expect("an edited map has values");
        let Values::F64(values) = &mut bare.values else { unreachable!("maps are kept in f64") };
        edits.iter().for_each(|&(at, value)| values[at] = value);
        self.maps[map] = Some(masked(bare, self.mask.as_ref()));
    }

    /// Gives a map all of its values, which are 0 where it is inert.
    pub(super) fn set_map(&mut self, map: usize, values: &Values) {
        for field in [&mut self.bare[map], &mut self.maps[map]].into_iter().flatten() {
            field.values = Values::F64(values.to_f64());
        }
    }

    /// Whether a map has values.
    pub(super) fn has(&self, map: usize) -> bool {
        self.bare[map].is_some()
    }

    /// Adds a map behind the others.
    pub(super) fn add_map(&mut self, field: Field) {
        self.maps.push(Some(masked(&field, self.mask.as_ref())));
        self.bare.push(Some(field));
    }

    /// Takes the soil's maps anew.
    pub(super) fn set_soil(&mut self, model: &Model, soil: &SoilMaps) {
        for (index, map) in model.maps.iter().enumerate() {
            if let MapSource::Soil(which) = map.source {
                let bare = soil_field(map, which, &model.grid, soil);
                self.maps[index] = Some(masked(&bare, self.mask.as_ref()));
                self.bare[index] = Some(bare);
            }
        }
    }

    /// Mask and maps from what they are made of; refused, with nothing changed, if no cell would be left alive.
    fn settle(&mut self, grid: &Grid) -> Result<(), Error> {
        let own = |cell: usize| self.own_mask.as_ref().is_none_or(|mask| mask.values.get(cell) > 0.5);
        let mask = if self.walls.is_empty() {
            self.own_mask.clone()
        } else {
            let alive = self.walls.iter().enumerate().map(|(cell, &wall)| f64::from(!wall && own(cell)));
            Some(mask_field(alive.collect(), grid))
        };
        if mask.as_ref().is_some_and(|mask| !mask.values.to_f64().contains(&1.0)) {
            let help = if self.walls.is_empty() { "check [domain] mask" } else { "leave some without a wall" };
            return Err(Error::Input(format!("the mask leaves no cell alive: {help}")));
        }
        self.mask = mask;
        self.maps = self.bare.iter().map(|map| map.as_ref().map(|map| masked(map, self.mask.as_ref()))).collect();
        Ok(())
    }

    /// The initial values of all fields, with parameters as the model has them.
    pub fn initial(&self, model: &Model, precision: Precision, threads: usize) -> Result<Vec<Field>, Error> {
        model.fields.iter().map(|field| self.initial_of(field, model, precision, threads)).collect()
    }

    /// The initial value of one field.
    pub(super) fn initial_of(
        &self,
        field: &crate::model::Field,
        model: &Model,
        precision: Precision,
        threads: usize,
    ) -> Result<Field, Error> {
        let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
        let mask = self.mask.as_ref();
        let state = State { mask, ..State::initial(&self.maps, &parameters) };
        let values = Values::rounded(&evaluate_initial(model, field, &state, threads)?, precision);
        let mut field = Field { name: field.name.clone(), kind: field.kind, grid: model.grid.clone(), values };
        silence(&mut field, mask);
        match first_not_finite(&field) {
            None => Ok(field),
            Some(cell) => Err(Error::Input(format!(
                "the initial value of `{}` is not finite at cell {:?}: check [fields] {}",
                field.name,
                position(field.kind, &model.grid, cell),
                field.name
            ))),
        }
    }
}

/// Whether two maps of two versions of a seed have the same values.
fn is_same(old: &Map, new: &Map) -> bool {
    let same_source = match (&old.source, &new.source) {
        (MapSource::File(old), MapSource::File(new)) => old.value == new.value,
        (MapSource::Soil(old), MapSource::Soil(new)) => old == new,
        (MapSource::Warmth, MapSource::Warmth)
        | (MapSource::Nudge(_), MapSource::Nudge(_))
        | (MapSource::Donor(_), MapSource::Donor(_)) => old.kind == new.kind,
        _ => false,
    };
    old.name == new.name && same_source
}

/// The mask that a seed gives.
fn own_mask(model: &Model, maps: &[Option<Field>], folder: &Path, threads: usize) -> Result<Option<Field>, Error> {
    let mask = match &model.mask {
        None => return Ok(None),
        Some(Mask::File(file)) => raster(&file.value, &model.grid, folder)?,
        Some(Mask::Expression(expr)) => {
            let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
            let mut everywhere = model.clone();
            everywhere.mask = None;
            let state = State::initial(maps, &parameters);
            Evaluator::for_fields(&everywhere, &[*expr], 1.0, threads)?.fields(&state)?.remove(0)
        }
    };
    let alive = mask.values.to_f64().iter().map(|&value| f64::from(value > 0.5)).collect();
    Ok(Some(mask_field(alive, &model.grid)))
}

fn mask_field(alive: Vec<f64>, grid: &Grid) -> Field {
    Field { name: "mask".into(), kind: Kind::Real, grid: grid.clone(), values: Values::F64(alive) }
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
    values.resize(field.kind.numbers(&model.grid), 0.0);
    Ok(values)
}

/// Cell position in the order x, y, z, only the grid's axes; on a graph the number of the node, edge or triangle.
pub(super) fn position(kind: Kind, grid: &Grid, index: usize) -> Vec<usize> {
    if grid.graph().is_some() {
        return vec![index % kind.sites(grid)];
    }
    grid.position(index % grid.cells())[..grid.axes()].to_vec()
}

pub(super) fn first_not_finite(field: &Field) -> Option<usize> {
    match &field.values {
        Values::F32(values) => values.iter().position(|value| !value.is_finite()),
        Values::F64(values) => values.iter().position(|value| !value.is_finite()),
    }
}

/// A map with 0 where it is inert.
fn masked(map: &Field, mask: Option<&Field>) -> Field {
    let mut map = map.clone();
    if mask.is_some() || map.kind == Kind::Link {
        silence(&mut map, mask);
    }
    map
}

/// Sets what is inert to 0: cells outside of the mask, links and faces that leave it or cross a wall.
pub(super) fn silence(field: &mut Field, mask: Option<&Field>) {
    let grid = field.grid.clone();
    if grid.graph().is_some() {
        return; // neither mask nor walls
    }
    let cells = grid.cells();
    let dead: Vec<usize> = (0..field.values.len())
        .filter(|&at| !is_active(&grid, mask, link_axis(field.kind, at / cells), at % cells))
        .collect();
    match &mut field.values {
        Values::F32(values) => dead.into_iter().for_each(|at| values[at] = 0.0),
        Values::F64(values) => dead.into_iter().for_each(|at| values[at] = 0.0),
    }
}

/// The axis along which the links of a component lie; none for what is not a link.
pub(super) fn link_axis(kind: Kind, component: usize) -> Option<Axis> {
    match kind {
        Kind::Link => Some(Axis::ALL[component]),
        Kind::Real | Kind::Complex | Kind::Face => None,
    }
}

/// Whether a cell, or the link from it along an axis, is active.
pub(super) fn is_active(grid: &Grid, mask: Option<&Field>, link: Option<Axis>, cell: usize) -> bool {
    if grid.graph().is_some() {
        return true;
    }
    let alive = |cell: usize| mask.is_none_or(|mask| mask.values.get(cell) > 0.5);
    match link {
        None => alive(cell),
        Some(axis) => upper(grid, cell, axis).is_some_and(|next| alive(cell) && alive(next)),
    }
}

/// The next cell along an axis; `None` beyond a wall.
pub(super) fn upper(grid: &Grid, cell: usize, axis: Axis) -> Option<usize> {
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
    match &map.source {
        MapSource::File(file) => {
            let values = raster(&file.value, grid, folder)?.values;
            Ok(Some(Field { name: map.name.clone(), kind: map.kind, grid: grid.clone(), values }))
        }
        MapSource::Soil(which) => Ok(soil.map(|soil| soil_field(map, *which, grid, soil))),
        MapSource::Warmth => Ok(None),
        // Nothing was seen yet.
        MapSource::Nudge(_) | MapSource::Donor(_) => {
            let values = Values::F64(vec![0.0; map.kind.components(grid) * grid.cells()]);
            Ok(Some(Field { name: map.name.clone(), kind: map.kind, grid: grid.clone(), values }))
        }
    }
}

fn soil_field(map: &Map, which: SoilMap, grid: &Grid, soil: &SoilMaps) -> Field {
    let values = match which {
        SoilMap::Density => &soil.density,
        SoilMap::Gain => &soil.gain,
        SoilMap::Coupling => &soil.coupling,
        SoilMap::Frame => &soil.frame,
    };
    Field { name: map.name.clone(), kind: map.kind, grid: grid.clone(), values: Values::F64(values.clone()) }
}

/// A `.npy` or `.png` file of the grid's shape as a real field.
fn raster(file: &str, grid: &Grid, folder: &Path) -> Result<Field, Error> {
    let path = inside(file, folder)?;
    let bytes = std::fs::read(&path).map_err(|source| Error::Input(format!("{}: {source}", path.display())))?;
    let values =
        crate::raster::read(&path, &bytes, grid).map_err(|why| Error::Input(format!("{}: {why}", path.display())))?;
    let field = Field { name: file.to_owned(), kind: Kind::Real, grid: grid.clone(), values: Values::F64(values) };
    match first_not_finite(&field) {
        Some(cell) => {
            Err(Error::Input(format!("{}: not finite at cell {:?}", path.display(), position(Kind::Real, grid, cell))))
        }
        None => Ok(field),
    }
}

/// A path that stays inside the seed's folder: a seed may come from a stranger.
pub(super) fn inside(file: &str, folder: &Path) -> Result<PathBuf, Error> {
    let path = Path::new(file);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let full = folder.join(path);
    let escapes = || {
        Error::Input(format!(
            "`{file}` lies outside of the seed's folder: copy it there, a seed reads only its own maps, places and edges"
        ))
    };
    if !plain {
        return Err(escapes());
    }
    let real = full.canonicalize().map_err(|source| {
        Error::Input(format!("{}: {source}; maps, places and edges lie beside the seed", full.display()))
    })?;
    let home = folder.canonicalize().map_err(|source| Error::Input(format!("{}: {source}", folder.display())))?;
    if real.starts_with(home) { Ok(full) } else { Err(escapes()) }
}
