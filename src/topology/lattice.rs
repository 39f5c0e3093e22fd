//! The lattice: which cells of a grid are neighbours, and which of those steps go round a periodic axis.
//!
//! Index order is that of `grid`: x fastest. Cells along an axis that the grid does not have count one, bounded.
//! A step is an offset in {-1, 0, 1}^3; a neighbourhood is closed under negation, so half of it, the forward steps,
//! describes every edge once.

use super::TopologyError;

/// Which cells touch, named by the number of neighbours on a plane grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Connectivity {
    /// Across faces: the cubical complex whose vertices carry the values.
    Four,
    /// Freudenthal's (Kuhn's) triangulation: steps in {0, 1}^d and their opposites. Its own dual.
    Six,
    /// Across faces, edges and corners: the cubical complex whose top cells carry the values.
    Eight,
}

impl Connectivity {
    /// The connectivity that separates: that of the complement's components in the plane.
    pub const fn dual(self) -> Self {
        match self {
            Self::Four => Self::Eight,
            Self::Six => Self::Six,
            Self::Eight => Self::Four,
        }
    }

    /// From the number of neighbours on the command line.
    pub const fn from_neighbors(count: u32) -> Option<Self> {
        match count {
            4 => Some(Self::Four),
            6 => Some(Self::Six),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    fn allows(self, step: [i8; 3]) -> bool {
        match self {
            Self::Four => step.iter().map(|s| s.unsigned_abs()).sum::<u8>() == 1,
            Self::Six => step.iter().all(|&s| s >= 0) || step.iter().all(|&s| s <= 0),
            Self::Eight => true,
        }
    }
}

/// Extents of a grid and what lies beyond its axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lattice {
    axes: usize,
    shape: [usize; 3],
    periodic: [bool; 3],
}

/// Neighbours of the cells of one row as index differences: of the first cell, of those between, and of the last.
#[derive(Default)]
pub(super) struct RowSteps {
    pub(super) first: Vec<isize>,
    pub(super) between: Vec<isize>,
    pub(super) last: Vec<isize>,
}

impl RowSteps {
    /// The steps of the cell at `x` in a row of `nx`; `nx` of 1 keeps steps that leave the row out.
    pub(super) fn at(&self, x: usize, nx: usize) -> &[isize] {
        if x == 0 {
            &self.first
        } else if x + 1 == nx {
            &self.last
        } else {
            &self.between
        }
    }
}

impl Lattice {
    /// A lattice of one to three axes for `cells` values.
    pub fn new(shape: &[usize], periodic: &[bool], cells: usize) -> Result<Self, TopologyError> {
        let axes = shape.len();
        if !(1..=3).contains(&axes) || periodic.len() != axes {
            return Err(TopologyError::Axes { axes });
        }
        let product = shape.iter().try_fold(1usize, |product, &n| product.checked_mul(n));
        if product != Some(cells) || cells == 0 {
            return Err(TopologyError::Shape { shape: shape.to_vec(), values: cells });
        }
        if u32::try_from(cells).is_err() {
            return Err(TopologyError::TooLarge { cells });
        }
        let mut lattice = Self { axes, shape: [1; 3], periodic: [false; 3] };
        lattice.shape[..axes].copy_from_slice(shape);
        lattice.periodic[..axes].copy_from_slice(periodic);
        Ok(lattice)
    }

    /// Number of axes, 1 to 3.
    pub fn axes(&self) -> usize {
        self.axes
    }

    /// Cells along x, y, z.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Whether x, y, z close on themselves.
    pub fn periodic(&self) -> [bool; 3] {
        self.periodic
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.shape.iter().product()
    }

    /// Position of a cell along x, y, z.
    pub fn position(&self, cell: usize) -> [usize; 3] {
        let [nx, ny, _] = self.shape;
        [cell % nx, cell / nx % ny, cell / (nx * ny)]
    }

    /// The cell one step away, and how often the step went round each axis; none beyond a wall.
    pub fn neighbor(&self, cell: usize, step: [i8; 3]) -> Option<(usize, [i8; 3])> {
        let mut position = self.position(cell);
        let mut turns = [0; 3];
        for axis in 0..3 {
            (position[axis], turns[axis]) = match (step[axis], position[axis]) {
                (0, p) => (p, 0),
                (1, p) if p + 1 < self.shape[axis] => (p + 1, 0),
                (-1, p) if p > 0 => (p - 1, 0),
                _ if !self.periodic[axis] => return None,
                (1, _) => (0, 1),
                _ => (self.shape[axis] - 1, -1),
            };
        }
        let [nx, ny, _] = self.shape;
        Some(((position[2] * ny + position[1]) * nx + position[0], turns))
    }

    /// One step of each pair of opposite ones that a connectivity allows on this lattice.
    pub fn forward_steps(&self, connectivity: Connectivity) -> Vec<[i8; 3]> {
        let reach = |axis: usize| if self.shape[axis] > 1 || self.periodic[axis] { -1..=1 } else { 0..=0 };
        let mut steps = Vec::new();
        for z in reach(2) {
            for y in reach(1) {
                for x in reach(0) {
                    let forward = (z, y, x) > (0, 0, 0);
                    if forward && connectivity.allows([x, y, z]) {
                        steps.push([x, y, z]);
                    }
                }
            }
        }
        steps
    }

    /// The edges along an axis from the cells of a row, as runs `(from, into, count)` of consecutive cells.
    pub(super) fn runs(&self, row: usize, axis: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let nx = self.shape[0];
        let (first, last) = (row * nx, row * nx + nx - 1);
        let mut step = [0; 3];
        step[axis] = 1;
        // Along x only the last cell of a row has its neighbour elsewhere.
        let regular = if axis == 0 { nx - 1 } else { nx };
        let run = (regular > 0).then(|| self.neighbor(first, step)).flatten().map(|(into, _)| (first, into, regular));
        let turning = (axis == 0).then(|| self.neighbor(last, step)).flatten().map(|(into, _)| (last, into, 1));
        run.into_iter().chain(turning)
    }

    /// Rows of the storage: runs of cells that differ in x only.
    pub(super) fn rows(&self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// Steps and their opposites that stay inside the box from a row, and land in rows `within`.
    pub(super) fn row_steps(&self, row: usize, forward: &[[i8; 3]], within: std::ops::Range<usize>) -> RowSteps {
        let [nx, ny, nz] = self.shape;
        let (y, z) = (row % ny, row / ny);
        let mut steps = RowSteps::default();
        for step in forward.iter().flat_map(|&[x, y, z]| [[x, y, z], [-x, -y, -z]]) {
            let [dx, dy, dz] = step.map(isize::from);
            let Some(to_y) = y.checked_add_signed(dy).filter(|&y| y < ny) else { continue };
            let Some(to_z) = z.checked_add_signed(dz).filter(|&z| z < nz) else { continue };
            if !within.contains(&(to_z * ny + to_y)) {
                continue;
            }
            let difference = ((dz * ny.cast_signed()) + dy) * nx.cast_signed() + dx;
            if nx > 1 || dx == 0 {
                steps.between.push(difference);
                if dx >= 0 {
                    steps.first.push(difference);
                }
                if dx <= 0 {
                    steps.last.push(difference);
                }
            }
        }
        steps
    }

    /// Cells at the two ends of an axis: the lower end, then the upper.
    pub(super) fn ends(&self, axis: usize) -> [Vec<usize>; 2] {
        let stride: usize = self.shape[..axis].iter().product();
        let block = stride * self.shape[axis];
        let side = |from: usize| {
            (0..self.cells()).step_by(block).flat_map(move |base| base + from..base + from + stride).collect()
        };
        [side(0), side(block - stride)]
    }

    /// Every edge that goes round a periodic axis, once: its two cells and its turns.
    pub(super) fn seams(&self, forward: &[[i8; 3]]) -> Vec<(usize, usize, [i8; 3])> {
        let mut border: Vec<usize> =
            (0..3).filter(|&axis| self.periodic[axis]).flat_map(|axis| self.ends(axis)).flatten().collect();
        border.sort_unstable();
        border.dedup();
        let mut seams = Vec::new();
        for cell in border {
            for &step in forward {
                match self.neighbor(cell, step) {
                    Some((to, turns)) if turns != [0; 3] => seams.push((cell, to, turns)),
                    _ => {}
                }
            }
        }
        seams
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbourhoods_have_their_sizes() {
        let plane = Lattice::new(&[5, 4], &[true, true], 20).unwrap();
        let space = Lattice::new(&[3, 3, 3], &[true; 3], 27).unwrap();
        let sizes = |l: &Lattice| {
            [Connectivity::Four, Connectivity::Six, Connectivity::Eight].map(|c| 2 * l.forward_steps(c).len())
        };
        assert_eq!(sizes(&plane), [4, 6, 8]);
        assert_eq!(sizes(&space), [6, 14, 26]);
    }

    #[test]
    fn steps_turn_round_periodic_axes_only() {
        let cylinder = Lattice::new(&[3, 2], &[true, false], 6).unwrap();
        assert_eq!(cylinder.neighbor(2, [1, 1, 0]), Some((3, [1, 0, 0])));
        assert_eq!(cylinder.neighbor(0, [-1, 0, 0]), Some((2, [-1, 0, 0])));
        assert_eq!(cylinder.neighbor(3, [0, 1, 0]), None);
        assert_eq!(cylinder.seams(&cylinder.forward_steps(Connectivity::Six)).len(), 3);
    }
}
