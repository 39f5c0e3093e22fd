//! How an extent is cut into pieces of work. In: a layout. Out: bands of rows, or of cells where there is one row.
//!
//! Invariant: the cut depends on the shape alone, never on the number of threads.

use std::ops::Range;

use super::memory::Layout;

/// Cells of one piece, about: small enough for a balanced load, large enough to be worth a task.
const BAND_CELLS: usize = 8192;
/// Fewer cells than this are not worth waking a thread.
const PARALLEL_CELLS: usize = 16384;

/// One piece of an extent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Band {
    /// Rows, counted y first.
    pub rows: Range<usize>,
    /// Cells of each row; starts at a whole vector.
    pub cells: Range<usize>,
}

/// All pieces of an extent.
#[derive(Clone, Debug)]
pub(super) struct Bands {
    rows: usize,
    cells: usize,
    rows_per_band: usize,
    cells_per_band: usize,
}

impl Bands {
    /// Cuts an extent.
    pub(super) fn new(layout: &Layout) -> Self {
        let [cells, ..] = layout.shape;
        let rows = layout.rows();
        if rows == 1 {
            Self { rows, cells, rows_per_band: 1, cells_per_band: BAND_CELLS }
        } else {
            Self { rows, cells, rows_per_band: (BAND_CELLS / cells).clamp(1, rows), cells_per_band: cells }
        }
    }

    /// Number of pieces.
    pub(super) fn len(&self) -> usize {
        self.rows.div_ceil(self.rows_per_band) * self.cells.div_ceil(self.cells_per_band)
    }

    /// One piece.
    pub(super) fn get(&self, band: usize) -> Band {
        let (row, cell) = if self.rows == 1 { (0, band) } else { (band, 0) };
        let cut = |band: usize, size: usize, all: usize| band * size..((band + 1) * size).min(all);
        Band { rows: cut(row, self.rows_per_band, self.rows), cells: cut(cell, self.cells_per_band, self.cells) }
    }

    /// Whether every piece has whole rows.
    pub(super) fn whole_rows(&self) -> bool {
        self.cells_per_band >= self.cells
    }

    /// Whether there is work for several threads.
    pub(super) fn worth_sharing(&self) -> bool {
        self.rows * self.cells >= PARALLEL_CELLS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_cover_every_cell_once() {
        for shape in [[1, 1, 1], [70_001, 1, 1], [3, 5000, 7], [100_000, 3, 1], [17, 33, 65]] {
            let layout = Layout { shape, ghosts: [false; 3], stride: [1, 0, 0], component: 0, origin: 0, lanes: 4 };
            let bands = Bands::new(&layout);
            let mut seen = vec![0_u8; shape.iter().product()];
            for band in (0..bands.len()).map(|band| bands.get(band)) {
                assert_eq!(band.cells.start % layout.lanes, 0);
                for row in band.rows {
                    seen[row * shape[0]..][band.cells.clone()].iter_mut().for_each(|count| *count += 1);
                }
            }
            assert!(seen.iter().all(|&count| count == 1), "{shape:?}");
        }
    }
}
