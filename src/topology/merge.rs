//! Basins and merge trees: who belongs to which peak, and the saddles between them.
//!
//! The merge forest of a sweep gives every cell a basin and every basin but the eldest a branch: from its extremum to
//! the saddle where an older component takes over. Simplification gives a basin of too short a branch to the basin
//! on the other side of that saddle (Carr, Snoeyink & van de Panne 2004).
//! Invariant: what is left are exactly the branches of at least the wanted persistence, one basin each.

use super::forest::{Basins, Edge, Forest, Levels, Which, narrow, representative};
use super::lattice::Connectivity;
use super::order::{Filtration, Key, Ordered};
use super::persistence::keys;
use super::{ScalarGrid, TopologyError};
use serde::Serialize;

/// A branch of the merge tree, and the basin that is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Branch<T> {
    /// The cell of its extremum: a minimum of a sublevel sweep, a peak of a superlevel one.
    pub extremum: usize,
    /// The value there.
    pub value: T,
    /// The cell where an older branch takes over; none for the last of its connected domain.
    pub saddle: Option<usize>,
    /// The older branch, as a position in the list.
    pub parent: Option<usize>,
    /// Difference of the two values.
    pub persistence: Option<f64>,
}

/// The earliest saddle between two basins that touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pass {
    /// Basins by position in the list, the smaller first.
    pub basins: [usize; 2],
    /// The cell.
    pub saddle: usize,
}

/// A field cut into basins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segmentation<T> {
    /// The branches that were kept, ordered by the cell of the extremum.
    pub branches: Vec<Branch<T>>,
    /// The basin of each cell, as a position in `branches`; [`Segmentation::NONE`] outside the domain.
    pub basin_of_cell: Vec<u32>,
    /// Ordered by the basins.
    pub passes: Vec<Pass>,
}

impl<T> Segmentation<T> {
    /// The basin of what is outside the domain.
    pub const NONE: u32 = u32::MAX;
}

/// Cuts a field into the basins of the extrema of at least the given persistence, which is in the field's unit.
///
/// With `Superlevel` the extrema are peaks. Zero keeps every extremum but plateaus' doubles.
pub fn segmentation<T: Ordered>(
    grid: &ScalarGrid<'_, T>,
    connectivity: Connectivity,
    filtration: Filtration,
    min_persistence: f64,
) -> Result<Segmentation<T>, TopologyError> {
    let lattice = grid.lattice()?;
    let keys = keys(grid.values, filtration);
    let levels = Levels::<_, false>::new(&lattice, &keys, connectivity);
    let basins = levels.basins();
    let edges = levels.edges(&basins, Which::All, false);
    let forest = levels.merge(&basins, &edges);

    let value = |cell: u32| grid.values[cell as usize];
    let persistence = |extremum: u32, saddle: u32| (value(extremum).approximate() - value(saddle).approximate()).abs();
    let too_short = |extremum: u32, saddle: u32| {
        keys[extremum as usize] == keys[saddle as usize] || persistence(extremum, saddle) < min_persistence
    };
    let kept_of_basin = contract(&basins, &forest, too_short);
    let kept: Vec<u32> = (0..narrow(basins.extrema.len()))
        .filter(|&basin| kept_of_basin[basin as usize] == basin && value(basins.extrema[basin as usize]).inside())
        .collect();
    let mut number = vec![Segmentation::<T>::NONE; basins.extrema.len()];
    kept.iter().zip(0..).for_each(|(&basin, own)| number[basin as usize] = own);
    // Beside the basins there is the outside.
    let number = |basin: u32| number.get(basin as usize).copied().filter(|&own| own != Segmentation::<T>::NONE);

    let mut branches: Vec<Branch<T>> = kept.iter().map(|&basin| root(&basins, basin, value)).collect();
    for merge in &forest.merges {
        let Some(branch) = number(merge.younger).map(|branch| &mut branches[branch as usize]) else { continue };
        if value(merge.saddle).inside() {
            branch.saddle = Some(merge.saddle as usize);
            branch.parent = number(merge.elder).map(|parent| parent as usize);
            branch.persistence = Some(persistence(basins.extrema[merge.younger as usize], merge.saddle));
        }
    }
    let basin = |basin: u32| number(kept_of_basin[basin as usize]);
    let passes = passes(&levels, &edges, basin, |saddle| value(saddle).inside());
    let of_basin: Vec<u32> =
        (0..narrow(basins.extrema.len())).map(|old| basin(old).unwrap_or(Segmentation::<T>::NONE)).collect();
    let of_cell = basins.of_cell.iter().zip(grid.values);
    let basin_of_cell = of_cell
        .map(|(&old, value)| if value.inside() { of_basin[old as usize] } else { Segmentation::<T>::NONE })
        .collect();
    Ok(Segmentation { branches, basin_of_cell, passes })
}

fn root<T>(basins: &Basins, basin: u32, value: impl Fn(u32) -> T) -> Branch<T> {
    let extremum = basins.extrema[basin as usize];
    Branch { extremum: extremum as usize, value: value(extremum), saddle: None, parent: None, persistence: None }
}

/// The basin that each basin ends up in when those of too short a branch join what is across their saddle.
fn contract(basins: &Basins, forest: &Forest, too_short: impl Fn(u32, u32) -> bool) -> Vec<u32> {
    let mut kept: Vec<u32> = (0..narrow(basins.extrema.len())).collect();
    for merge in &forest.merges {
        if too_short(basins.extrema[merge.younger as usize], merge.saddle) {
            kept[merge.younger as usize] = representative(&mut kept, merge.into);
        }
    }
    for basin in 0..narrow(kept.len()) {
        kept[basin as usize] = representative(&mut kept, basin);
    }
    kept
}

/// The first edge of the sweep between every two basins that touch.
fn passes<K: Key>(
    levels: &Levels<'_, K, false>,
    edges: &[Edge<K::Packed>],
    basin: impl Fn(u32) -> Option<u32>,
    inside: impl Fn(u32) -> bool,
) -> Vec<Pass> {
    let between = |edge: &Edge<K::Packed>| {
        let (a, b, saddle) = (basin(edge.from)?, basin(edge.into)?, levels.cell(edge));
        (a != b && inside(saddle)).then(|| ([a.min(b), a.max(b)], saddle))
    };
    let mut first: Vec<([u32; 2], u32)> = edges.iter().filter_map(between).collect();
    // A stable sort: of the edges between two basins the first of the sweep stays first.
    first.sort_by_key(|(basins, _)| *basins);
    first.dedup_by_key(|(basins, _)| *basins);
    let pass = |(basins, saddle): ([u32; 2], u32)| Pass { basins: basins.map(|b| b as usize), saddle: saddle as usize };
    first.into_iter().map(pass).collect()
}
