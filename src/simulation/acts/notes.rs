//! Acts on notes: they move on the map, the map settles, and what lies between two of them couples more or less.
//!
//! In: ids of notes. Out: another layout or other links, and the soil's maps made anew from them. A note that is
//! pulled takes its nearest notes along by less than half of its way, the more similar the further; pinned notes stay.
//! Invariant: the maps follow from the layout and from who was linked, not from the order of pulls.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::brush::{Point, Profile, Region};
use super::{WIDEST, too_often, unknown};
use crate::error::Error;
use crate::graph::Graph;
use crate::grid::{Axis, Grid};
use crate::model::MapSource;
use crate::simulation::Simulation;
use crate::soil::{Soil, SoilMaps};

/// The share of the way that a note of the same direction follows.
const FOLLOWS: f64 = 0.45;
/// What linked and unlinked notes have between them: the limits of the soil's coupling.
const COUPLED: f64 = 1.0;
const PARTED: f64 = 0.05;
/// Half the width of a way between notes, in units of the mean distance of notes.
const WAY: f64 = 0.5;

/// The most iterations of the layout in one act.
const MOST_ITERATIONS: u32 = 1000;

/// What was done to notes.
#[derive(Clone, Debug, Default)]
pub(in crate::simulation) struct Relations {
    /// Notes that stay where they are, ascending.
    pinned: Vec<usize>,
    /// Pairs that were linked (true) or unlinked, in the order of the last word on each.
    ways: Vec<([usize; 2], bool)>,
    /// Layout and links as they were at the start; kept from the first change on.
    planted: Option<Arc<Arrangement>>,
}

/// The soil's maps as they were made last, without the ways between notes; what they were made of tells what has to be
/// made anew.
#[derive(Debug)]
pub(in crate::simulation) struct Medium {
    grid: Grid,
    layout: Vec<[f64; 2]>,
    maps: SoilMaps,
}

impl Medium {
    /// Cells beyond which it is not kept: it takes 40 bytes a cell.
    const MOST_CELLS: usize = 1 << 20;

    /// What was made of a soil on a grid, unless it is too large to be kept.
    pub(in crate::simulation) fn keep(soil: &Soil, grid: &Grid, maps: SoilMaps) -> Option<Arc<Self>> {
        let small = grid.graph().is_none() && grid.cells() <= Self::MOST_CELLS;
        small.then(|| Arc::new(Self { grid: grid.clone(), layout: soil.layout.clone(), maps }))
    }
}

/// What acts can change of a soil.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct Arrangement {
    layout: Vec<[f64; 2]>,
    links: Vec<Vec<usize>>,
}

impl Arrangement {
    fn of(soil: &Soil) -> Self {
        Self { layout: soil.layout.clone(), links: soil.notes.iter().map(|note| note.links.clone()).collect() }
    }

    /// Arranges the notes so.
    pub(in crate::simulation) fn put(&self, soil: &mut Soil) {
        soil.layout.clone_from(&self.layout);
        soil.notes.iter_mut().zip(&self.links).for_each(|(note, links)| note.links.clone_from(links));
    }

    pub(in crate::simulation) fn bytes(&self) -> usize {
        let links: usize = self.links.iter().map(|links| size_of_val(&links[..])).sum();
        links + size_of_val(&self.layout[..])
    }
}

impl Simulation {
    /// Whether each note is pinned to its place; empty without a soil.
    pub fn pinned_notes(&self) -> Vec<bool> {
        let count = self.soil.as_ref().map_or(0, |soil| soil.notes.len());
        (0..count).map(|note| self.relations.pinned.binary_search(&note).is_ok()).collect()
    }

    /// The soil as it was before any note was touched.
    pub(in crate::simulation) fn planted_soil(&self) -> Option<Soil> {
        let mut soil = self.soil.clone()?;
        if let Some(planted) = &self.relations.planted {
            planted.put(&mut soil);
        }
        Some(soil)
    }

    /// How the notes lie now, if any was touched.
    pub(in crate::simulation) fn arrangement(&self) -> Option<Arrangement> {
        self.relations.planted.as_ref().and(self.soil.as_ref()).map(Arrangement::of)
    }

    /// The places of notes on the grid.
    pub(super) fn note_points(&self, ids: &[String]) -> Result<Vec<Point>, Error> {
        let (grid, soil) = (&self.model.grid, self.soil_or_refuse()?);
        let places = soil.positions(grid);
        let index: BTreeMap<&str, usize> = match ids {
            [_] => BTreeMap::new(),
            _ => soil.notes.iter().enumerate().map(|(note, known)| (known.id.as_str(), note)).collect(),
        };
        let found = |id: &String| index.get(id.as_str()).map_or_else(|| self.note_named(id), |&note| Ok(note));
        ids.iter().map(|id| Ok(on_grid(grid, places[found(id)?]))).collect()
    }

    pub(super) fn pull(&mut self, note: &str, to: [f64; 2]) -> Result<(), Error> {
        let note = self.note_named(note)?;
        let grid = self.model.grid.clone();
        on_map(&grid, to)?;
        if self.relations.pinned.binary_search(&note).is_ok() {
            let id = &self.soil_or_refuse()?.notes[note].id;
            return Err(Error::Input(format!("note `{id}` is pinned to its place: let it go first")));
        }
        let soil = self.soil_or_refuse()?;
        let to = in_unit_square(&grid, to);
        let way = way(&grid, soil.layout[note], to);
        let mut layout = soil.layout.clone();
        layout[note] = to;
        for (other, distance) in soil.neighbors.of(note) {
            if self.relations.pinned.binary_search(&other).is_err() {
                let share = FOLLOWS * (1.0 - distance).clamp(0.0, 1.0);
                layout[other] = settled(&grid, [0, 1].map(|axis| layout[other][axis] + share * way[axis]));
            }
        }
        self.change_soil(|soil| std::mem::swap(&mut soil.layout, &mut layout))
    }

    pub(super) fn pin_note(&mut self, note: &str, pinned: bool) -> Result<(), Error> {
        let note = self.note_named(note)?;
        if pinned {
            insert(&mut self.relations.pinned, note);
        } else {
            self.relations.pinned.retain(|&own| own != note);
        }
        Ok(())
    }

    pub(super) fn settle(&mut self, iterations: u32) -> Result<(), Error> {
        if !(1..=MOST_ITERATIONS).contains(&iterations) {
            return Err(Error::Input(format!("a map settles by 1 to {MOST_ITERATIONS} iterations, not {iterations}")));
        }
        let pinned = self.pinned_notes();
        let soil = self.soil_or_refuse()?;
        let planted = self.relations.planted.as_ref().map_or(&soil.layout, |planted| &planted.layout);
        let mut layout = soil.settled(planted, pinned, iterations as usize);
        self.change_soil(|soil| std::mem::swap(&mut soil.layout, &mut layout))
    }

    pub(super) fn link(&mut self, from: &str, to: &str, linked: bool) -> Result<(), Error> {
        let pair = [self.note_named(from)?, self.note_named(to)?];
        let [from, to] = pair;
        if from == to {
            return Err(Error::Input("a note can't be linked to itself: name two".into()));
        }
        let before = self.relations.ways.clone();
        self.relations.ways.retain(|(old, _)| *old != pair && *old != [to, from]);
        self.relations.ways.push((pair, linked));
        let notes = &self.soil_or_refuse()?.notes;
        let mut links = [(from, notes[from].links.clone()), (to, notes[to].links.clone())];
        if linked {
            insert(&mut links[0].1, to);
        } else {
            links[0].1.retain(|&other| other != to);
            links[1].1.retain(|&other| other != from);
        }
        let changed = self.change_soil(|soil| {
            links.iter_mut().for_each(|(note, links)| std::mem::swap(&mut soil.notes[*note].links, links));
        });
        if changed.is_err() {
            self.relations.ways = before;
        }
        changed
    }

    /// Changes the soil, and the maps that the field lives on. The exchange, made twice, must leave all as it was.
    fn change_soil(&mut self, mut exchange: impl FnMut(&mut Soil)) -> Result<(), Error> {
        let Some(soil) = &mut self.soil else { return Err(no_soil()) };
        if self.relations.planted.is_none() {
            self.relations.planted = Some(Arc::new(Arrangement::of(soil)));
        }
        exchange(soil);
        let changed = if self.has_soil_maps() { self.regrow_soil_maps() } else { Ok(()) };
        if let (Err(_), Some(soil)) = (&changed, &mut self.soil) {
            exchange(soil);
        }
        self.follow_notes();
        changed
    }

    /// On a graph the notes are the nodes: its map is theirs.
    fn follow_notes(&mut self) {
        let (Some(graph), Some(soil)) = (self.model.grid.graph(), &self.soil) else { return };
        if graph.positions() != Some(&soil.layout[..]) {
            let graph = Graph::clone(graph).with_positions(soil.layout.clone());
            let size = [Axis::X, Axis::Y].map(|axis| self.model.grid.size_along(axis));
            self.model.ground(Arc::new(graph), size);
        }
    }

    fn has_soil_maps(&self) -> bool {
        let of_soil = |index: usize| matches!(self.model.maps[index].source, MapSource::Soil(_));
        (0..self.model.maps.len()).any(|map| of_soil(map) && self.ground.has(map))
    }

    /// Makes the soil's maps, and gives the engine those that it uses.
    pub(super) fn regrow_soil_maps(&mut self) -> Result<(), Error> {
        let Some(bare) = self.bare_soil_maps(&self.model.grid)? else { return Err(no_soil()) };
        let maps = self.with_ways(bare.clone(), &self.model.grid)?;
        self.medium = self.soil.as_ref().and_then(|soil| Medium::keep(soil, &self.model.grid, bare));
        self.ground.set_soil(&self.model, &maps);
        for (map, declared) in self.model.maps.clone().iter().enumerate() {
            if matches!(declared.source, MapSource::Soil(_)) {
                self.write_map(map)?;
            }
        }
        Ok(())
    }

    /// The maps of the soil as it is, with the ways between notes.
    pub(super) fn soil_maps(&self, grid: &Grid) -> Result<Option<SoilMaps>, Error> {
        self.bare_soil_maps(grid)?.map(|maps| self.with_ways(maps, grid)).transpose()
    }

    /// The maps of the soil as it is, made from those of before where there are such.
    fn bare_soil_maps(&self, grid: &Grid) -> Result<Option<SoilMaps>, Error> {
        if let Some(graph) = grid.graph() {
            return Ok(Some(SoilMaps::of_graph(graph)));
        }
        let Some(soil) = &self.soil else { return Ok(None) };
        Ok(Some(match self.medium.as_deref().filter(|medium| medium.grid == *grid) {
            Some(medium) => soil.maps_after(grid, &medium.layout, &medium.maps)?,
            None => soil.maps(grid)?,
        }))
    }

    /// What linked and unlinked notes have between them.
    fn with_ways(&self, mut maps: SoilMaps, grid: &Grid) -> Result<SoilMaps, Error> {
        let Some(soil) = self.soil.as_ref().filter(|_| grid.graph().is_none()) else { return Ok(maps) };
        let places = soil.positions(grid);
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let share = WAY / (places.len() as f64).sqrt();
        let axes = grid.axis_list();
        let width =
            axes.iter().map(|&axis| (share * grid.size_along(axis)).max(grid.spacing(axis))).fold(0.0, f64::max);
        for &([from, to], linked) in &self.relations.ways {
            let ends = [from, to].map(|note| on_grid(grid, places[note]));
            // The Gaussian profile has half the radius as its width.
            let region = Region::new(grid, &ends, 2.0 * width, Profile::Gaussian);
            let goal = if linked { COUPLED } else { PARTED };
            for (cell, weight) in region.footprint(None).ok_or_else(too_often)? {
                let coupling = &mut maps.coupling[cell];
                *coupling += weight * (goal - *coupling);
            }
        }
        Ok(maps)
    }

    fn soil_or_refuse(&self) -> Result<&Soil, Error> {
        self.soil.as_ref().ok_or_else(no_soil)
    }

    fn note_named(&self, id: &str) -> Result<usize, Error> {
        let notes = &self.soil_or_refuse()?.notes;
        let ids = || notes.iter().map(|note| note.id.as_str());
        ids().position(|own| own == id).ok_or_else(|| unknown("note", id, ids()))
    }
}

/// Adds a note to some in ascending order.
fn insert(notes: &mut Vec<usize>, note: usize) {
    if let Err(at) = notes.binary_search(&note) {
        notes.insert(at, note);
    }
}

fn no_soil() -> Error {
    Error::Input("this seed has no notes: acts on notes need a [soil]".into())
}

/// A place of the map as a position on the grid: on a line, its x.
fn on_grid(grid: &Grid, [x, y]: [f64; 2]) -> Point {
    [x, if grid.place_axes().len() > 1 { y } else { 0.0 }, 0.0]
}

/// Refuses what is no place on the map or near it.
pub(super) fn on_map(grid: &Grid, at: [f64; 2]) -> Result<(), Error> {
    match at.iter().enumerate().find(|&(axis, &x)| x.is_nan() || x.abs() > WIDEST * map_axis(grid, axis).0) {
        None => Ok(()),
        Some((axis, x)) => Err(Error::Input(format!("{} = {x} is not a place on the map", ["x", "y"][axis]))),
    }
}

/// The axis of the grid along an axis of the map; the map over a line is as high as it is wide, and does not wrap.
fn map_axis(grid: &Grid, axis: usize) -> (f64, bool) {
    let own = Axis::ALL[axis];
    if axis < grid.place_axes().len() {
        (grid.size_along(own), grid.graph().is_none() && !grid.bounded(own))
    } else {
        (grid.size_along(Axis::X), false)
    }
}

fn in_unit_square(grid: &Grid, at: [f64; 2]) -> [f64; 2] {
    settled(grid, [0, 1].map(|axis| at[axis] / map_axis(grid, axis).0))
}

/// A place of the unit square: once round where the map wraps, drawn back to the rim elsewhere.
fn settled(grid: &Grid, at: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|axis| if map_axis(grid, axis).1 { at[axis] - at[axis].floor() } else { at[axis].clamp(0.0, 1.0) })
}

/// The way from one place of the unit square to another, the short way round.
fn way(grid: &Grid, from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|axis| {
        let along = to[axis] - from[axis];
        if map_axis(grid, axis).1 { along - (along + 0.5).floor() } else { along }
    })
}
