//! Persistence pairs of scalar fields: when each component, loop and void of the growing level sets is born and dies.
//!
//! H0 is the merge forest of the sweep. In the plane H1 is that of the reversed sweep with the dual connectivity and
//! the outside as eldest component (Alexander duality); on periodic axes the loops that never die come from the
//! forward sweep, the moments when a cycle first goes round, and H2 of the torus is born with the last cell.
//! Edelsbrunner & Harer, Computational Topology, ch. VII. Invariant: the pairs equal those of the corresponding
//! filtered complex exactly; pairs of zero length are left out.

use super::forest::{Forest, Levels, Merge, Which};
use super::lattice::{Connectivity, Lattice};
use super::order::{Filtration, Key, Ordered};
use super::{ScalarGrid, TopologyError};
use rayon::prelude::*;
use serde::ser::{Serialize, Serializer};

/// Up to so many cells both sweeps run at the same time; beyond, one after the other takes half the memory.
const TOGETHER: usize = 1 << 24;

/// A class of homology: the level at which it appears and the one at which it is gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair<T> {
    /// Value at the cell that creates the class.
    pub birth: T,
    /// Value at the cell that destroys it; none if nothing in the domain does.
    pub death: Option<T>,
    /// The creating cell.
    pub birth_cell: usize,
    /// The destroying cell.
    pub death_cell: Option<usize>,
}

impl<T: Serialize> Serialize for Pair<T> {
    /// `[birth, death]`, `death` null for what never dies.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.birth, &self.death).serialize(serializer)
    }
}

/// All pairs of a field, by dimension; each list ordered by birth, then death, in the order of the sweep.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Diagram<T> {
    /// Components.
    #[serde(rename = "H0")]
    pub components: Vec<Pair<T>>,
    /// Loops.
    #[serde(rename = "H1")]
    pub loops: Vec<Pair<T>>,
    /// Voids: the one of the torus.
    #[serde(rename = "H2")]
    pub voids: Vec<Pair<T>>,
}

/// H0, H1 and H2 of a plane grid. Cells that are not finite are outside the domain.
pub fn diagram<T: Ordered>(
    grid: &ScalarGrid<'_, T>,
    connectivity: Connectivity,
    filtration: Filtration,
) -> Result<Diagram<T>, TopologyError> {
    let lattice = grid.lattice()?;
    let keys = keys(grid.values, filtration);
    let forward = || sweep(&Levels::<_, false>::new(&lattice, &keys, connectivity), false);
    let backward = || sweep(&Levels::<_, true>::new(&lattice, &keys, connectivity.dual()), true);
    let (forward, backward) =
        if lattice.cells() > TOGETHER { (forward(), backward()) } else { rayon::join(forward, backward) };
    let values = Cells { values: grid.values, keys: &keys };
    // Backwards, components are born at the death of the loop round them.
    let ends = |merge: &Merge| Some((merge.saddle, Some(backward.extremum(merge)?)));
    let enclosed = backward.forest.merges.iter().filter_map(ends);
    let round = forward.forest.cycles.iter().map(|&cell| (cell, None));
    let last = backward.survivors().filter(|_| grid.periodic == [true; 2]).map(|cell| (cell, None));
    Ok(Diagram {
        components: values.pairs(forward.components()),
        loops: values.pairs(round.chain(enclosed)),
        voids: values.pairs(last),
    })
}

/// H0 of a grid of one to three axes. Cells that are not finite are outside the domain.
pub fn components<T: Ordered>(
    shape: &[usize],
    periodic: &[bool],
    values: &[T],
    connectivity: Connectivity,
    filtration: Filtration,
) -> Result<Vec<Pair<T>>, TopologyError> {
    let lattice = Lattice::new(shape, periodic, values.len())?;
    let keys = keys(values, filtration);
    let values = Cells { values, keys: &keys };
    let swept = sweep(&Levels::<_, false>::new(&lattice, &keys, connectivity), false);
    Ok(values.pairs(swept.components()))
}

/// The keys of all values in the order of the sweep.
pub(super) fn keys<T: Ordered>(values: &[T], filtration: Filtration) -> Vec<T::Key> {
    values.par_iter().map(|value| value.key(filtration)).collect()
}

struct Swept {
    extrema: Vec<u32>,
    forest: Forest,
}

fn sweep<K: Key, const LATE_FIRST: bool>(levels: &Levels<'_, K, LATE_FIRST>, outside: bool) -> Swept {
    let basins = levels.basins();
    let edges = levels.edges(&basins, Which::Spanning, outside);
    let forest = levels.merge(&basins, &edges);
    Swept { extrema: basins.extrema, forest }
}

impl Swept {
    /// The oldest cell of the component that ends in a merge; none if it is the outside.
    fn extremum(&self, merge: &Merge) -> Option<u32> {
        self.extrema.get(merge.younger as usize).copied()
    }

    fn survivors(&self) -> impl Iterator<Item = u32> {
        self.forest.survivors.iter().map(|&basin| self.extrema[basin as usize])
    }

    /// Cells of birth and death.
    fn components(&self) -> impl Iterator<Item = (u32, Option<u32>)> {
        let finite = self.forest.merges.iter().filter_map(|merge| Some((self.extremum(merge)?, Some(merge.saddle))));
        finite.chain(self.survivors().map(|cell| (cell, None)))
    }
}

/// Values with their keys, to turn pairs of cells into pairs of values.
struct Cells<'a, T: Ordered> {
    values: &'a [T],
    keys: &'a [T::Key],
}

/// Keys of birth and death, whether there is no death, and the two cells: in the order of the output.
type Interval<K> = (K, bool, K, u32, u32);

impl<T: Ordered> Cells<'_, T> {
    /// Pairs of values, in order, without those of zero length or outside the domain.
    fn pairs(&self, cells: impl Iterator<Item = (u32, Option<u32>)>) -> Vec<Pair<T>> {
        let inside = |&cell: &u32| self.values[cell as usize].inside();
        let mut levels: Vec<Interval<T::Key>> = cells
            .filter(|(birth, _)| inside(birth))
            .map(|(birth, death)| {
                let (first, death) = (self.keys[birth as usize], death.filter(inside));
                let last = death.map_or(T::Key::LAST, |cell| self.keys[cell as usize]);
                (first, death.is_none(), last, birth, death.unwrap_or(birth))
            })
            .filter(|&(first, endless, last, ..)| endless || first != last)
            .collect();
        levels.par_sort_unstable();
        let pair = |(_, endless, _, birth, death): Interval<T::Key>| {
            let (birth_cell, death_cell) = (birth as usize, (!endless).then_some(death as usize));
            let death = death_cell.map(|cell| self.values[cell]);
            Pair { birth: self.values[birth_cell], death, birth_cell, death_cell }
        };
        levels.into_iter().map(pair).collect()
    }
}
