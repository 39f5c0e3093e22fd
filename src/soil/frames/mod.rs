//! Tangent frames of the embedding, cell by cell, and the angles between those of neighbouring cells.
//!
//! In: notes on a plane with their vectors. Out: per cell the similarity of the notes around it, per link the frame
//! angle. Cells are taken by tiles, which share the notes around them ([`known`]) and those notes' products ([`tangent`]).
//! After some notes have moved, only the cells that know one of them are done again. Invariant: a cell depends on the notes
//! that are nearest to it and on nothing else, so that neither tiles nor what was known before change a bit.

mod known;
mod tangent;

use rayon::prelude::*;

use super::Soil;
use super::maps::{Plane, SoilMaps};
use known::{Known, distance, middle, reach};
use tangent::Neighborhood;
pub(super) use tangent::Scale;

/// Notes around a cell.
const NEAREST: usize = 10;
/// Cells of a tile, a side: with those that its links lead to, 256.
const TILE: usize = 15;

/// What comes of one cell: its number, its similarity, and the angles to the next cells in x and y.
struct Grown {
    cell: usize,
    similarity: f64,
    angles: [f64; 2],
}

/// Similarity per cell in 0..1, and frame angles per link.
pub(super) fn grow(soil: &Soil, plane: &Plane, density: &[f64], scale: Scale) -> (Vec<f64>, Vec<f64>) {
    let cells = density.len();
    let (mut similarity, mut frame) = (vec![0.0; cells], vec![0.0; plane.axes * cells]);
    let corners = corners(plane);
    let grown = corners.par_iter().map(|&corner| {
        let tile = Tile::new(plane, corner);
        let all = vec![true; tile.halo.len()];
        grow_tile(soil, plane, density, scale, &tile, &all)
    });
    put(grown.collect(), &mut similarity, &mut frame);
    (similarity, frame)
}

/// The same where some notes have moved from one plane to the other: only the cells that they concern are made anew.
pub(super) fn regrow(
    soil: &Soil,
    [old, new]: [&Plane; 2],
    before: &SoilMaps,
    density: &[f64],
    moved: &[usize],
) -> (Vec<f64>, Vec<f64>) {
    let (mut similarity, mut frame) = (before.similarity.clone(), before.frame.clone());
    let corners = corners(new);
    let grown = corners.par_iter().map(|&corner| {
        let tile = Tile::new(new, corner);
        let concerned = tile.concerned([old, new], [&before.density, density], moved);
        if !concerned.contains(&true) {
            return Vec::new();
        }
        grow_tile(soil, new, density, Scale::from(before.scale), &tile, &concerned)
    });
    put(grown.collect(), &mut similarity, &mut frame);
    (similarity, frame)
}

/// The lowest cell of each tile.
fn corners(plane: &Plane) -> Vec<[usize; 2]> {
    let [nx, ny] = plane.shape;
    let tiles_x = nx.div_ceil(TILE);
    (0..tiles_x * ny.div_ceil(TILE)).map(|tile| [tile % tiles_x * TILE, tile / tiles_x * TILE]).collect()
}

fn put(grown: Vec<Vec<Grown>>, similarity: &mut [f64], frame: &mut [f64]) {
    let cells = similarity.len();
    for Grown { cell, similarity: similar, angles } in grown.into_iter().flatten() {
        similarity[cell] = similar;
        for (along, angle) in frame.chunks_mut(cells).zip(angles) {
            along[cell] = angle;
        }
    }
}

/// Cells that share their notes.
struct Tile {
    corner: [usize; 2],
    width: usize,
    height: usize,
    /// The tile's cells and one more row and column, for the links that leave it.
    halo: Vec<[usize; 2]>,
}

impl Tile {
    fn new(plane: &Plane, corner: [usize; 2]) -> Self {
        let [nx, ny] = plane.shape;
        let [width, height] = [(nx - corner[0]).min(TILE), (ny - corner[1]).min(TILE)];
        let halo = (0..=height).flat_map(|y| (0..=width).map(move |x| [x, y]));
        let halo = halo.map(|[x, y]| [(corner[0] + x) % nx, (corner[1] + y) % ny]).collect();
        Self { corner, width, height, halo }
    }

    /// The tile's own cells by their places in the halo, with those ahead of each in x and in y.
    fn own(&self) -> impl Iterator<Item = [usize; 3]> + '_ {
        let at = |x: usize, y: usize| y * (self.width + 1) + x;
        (0..self.height).flat_map(move |y| (0..self.width).map(move |x| [at(x, y), at(x + 1, y), at(x, y + 1)]))
    }

    /// The cells of the halo whose frames are needed because notes have moved that they, or the cells ahead of them, know:
    /// notes that are among the nearest now or were so before.
    fn concerned(&self, [old, new]: [&Plane; 2], density: [&[f64]; 2], moved: &[usize]) -> Vec<bool> {
        let nx = new.shape[0];
        let present = |&[x, y]: &[usize; 2]| density.map(|density| density[y * nx + x] > 0.0);
        let present: Vec<[bool; 2]> = self.halo.iter().map(present).collect();
        let mut changed: Vec<bool> = present.iter().map(|[before, now]| before != now).collect();
        let middle = middle(old, self.corner);
        let come_within = |reach: f64| {
            let near =
                move |&note: &usize| [old, new].iter().any(|plane| distance(plane, middle, plane.notes[note]) <= reach);
            moved.iter().copied().filter(near)
        };
        // First by a bound that is quick to find.
        let farthest = reach(old, old.reach_of(middle, NEAREST + 1));
        if present.iter().any(|[before, _]| *before) && come_within(farthest).next().is_some() {
            let known = Known::around(old, self.corner);
            let near: Vec<usize> = come_within(reach(old, known.outermost)).collect();
            for (at, &[x, y]) in self.halo.iter().enumerate().filter(|_| !near.is_empty()) {
                if present[at] != [true; 2] || changed[at] {
                    continue;
                }
                let center = new.center(x, y);
                let away = |plane: &Plane, note: usize| distance(plane, center, plane.notes[note]);
                let end = known.next_nearest(old, center);
                changed[at] = near.iter().any(|&note| away(old, note) <= end || away(new, note) <= end);
            }
        }
        let mut needed = vec![false; changed.len()];
        for around in self.own().filter(|around| around.iter().any(|&at| changed[at])) {
            around.iter().for_each(|&at| needed[at] = true);
        }
        needed
    }
}

/// The cells of a tile that, with those ahead of them, are needed.
fn grow_tile(soil: &Soil, plane: &Plane, density: &[f64], scale: Scale, tile: &Tile, needed: &[bool]) -> Vec<Grown> {
    let [nx, ny] = plane.shape;
    let Tile { corner, width, ref halo, .. } = *tile;
    // Where there are no notes there is no frame, and nothing to compute.
    let present = |&(at, &[x, y]): &(usize, &[usize; 2])| needed[at] && density[y * nx + x] > 0.0;
    let known = halo.iter().enumerate().any(|cell| present(&cell)).then(|| Known::around(plane, corner));
    let of_cell = |cell: (usize, &[usize; 2])| match &known {
        Some(known) if present(&cell) => known.weighted(plane, plane.center(cell.1[0], cell.1[1])),
        _ => Vec::new(),
    };
    let nearest: Vec<Vec<(usize, f64)>> = halo.iter().enumerate().map(of_cell).collect();
    let neighborhood = Neighborhood::of(soil, &nearest);
    let centers: Vec<[f64; 2]> = halo.iter().map(|&[x, y]| plane.center(x, y)).collect();
    let frames = neighborhood.frames(plane, scale, &centers, nearest);
    let angle = |from: usize, to: usize| neighborhood.angle(&frames[from], &frames[to]);
    let grow_cell = |[at, right, above]: [usize; 3]| {
        let [x, y] = [corner[0] + at % (width + 1), corner[1] + at / (width + 1)];
        let beyond = [x + 1 == nx, y + 1 == ny];
        // No link leads through a wall, nor from a cell to itself.
        let linked = [0, 1].map(|axis| plane.shape[axis] > 1 && (!beyond[axis] || plane.periodic(axis)));
        let angle_x = if linked[0] { angle(at, right) } else { 0.0 };
        let angle_y = if linked[1] { angle(at, above) } else { 0.0 };
        Grown { cell: y * nx + x, similarity: frames[at].similarity, angles: [angle_x, angle_y] }
    };
    tile.own().filter(|around| around.iter().all(|&at| needed[at])).map(grow_cell).collect()
}
