//! Signs of a complex field, 64 cells to a word, and the faces that they leave in doubt.
//!
//! In comes a complex field, perhaps with links; out goes a bit per face. Four half-planes, their borders an eighth of
//! a turn apart, each hold a value or not. Corners of a face that agree on two neighbouring ones lie in a sector of
//! three eighths of a turn: no small link carries an edge beyond half a turn, and nothing winds round the face. Without
//! links it is enough to agree on the sign of the real or of the imaginary part.
//! Invariant: a face that is not in doubt has no winding; one that is may have none either.

use pulp::{Arch, Simd, WithSimd};

use super::lattice::Lattice;
use super::winding::{ComplexGrid, Component};

/// Cells of a word.
const WORD: usize = 64;

/// Where the values of a word lie, a bit for each cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Signs {
    /// `Re > 0`, `Re + Im > 0`, `Im < 0`, `Re - Im > 0`: each is next to the one before it, the first to the last.
    halves: [u64; 4],
    /// `Re = Im = 0`: there is no direction.
    zero: u64,
    /// A link from here along one of the axes is not small.
    far: u64,
}

/// One row of cells.
struct Row {
    /// Its number, if it is known.
    number: Option<usize>,
    signs: Vec<Signs>,
}

/// The signs of a row and of the rows beyond it along y, z and both.
pub(super) struct SignRows {
    rows: [Row; 4],
    nx: usize,
    periodic: bool,
    links: bool,
}

/// A face that may have a winding: its cells, the lowest, those beside it along each axis, the farthest.
pub(super) type Corners = [usize; 4];

impl SignRows {
    pub(super) fn new<T>(grid: &ComplexGrid<'_, T>, lattice: &Lattice) -> Self {
        let words = lattice.shape()[0].div_ceil(WORD);
        let row = || Row { number: None, signs: vec![Signs::default(); words] };
        let [nx, ..] = lattice.shape();
        Self { rows: [row(), row(), row(), row()], nx, periodic: lattice.periodic()[0], links: grid.theta.is_some() }
    }

    /// Goes to a row. Of the one before, what is still of use is kept.
    pub(super) fn go_to<T: Component>(&mut self, grid: &ComplexGrid<'_, T>, lattice: &Lattice, number: usize) {
        if self.rows[1].number == Some(number) {
            self.rows.swap(0, 1);
            self.rows.swap(2, 3);
        }
        let steps = [[0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]];
        for (row, step) in self.rows.iter_mut().zip(steps) {
            let needed = lattice.neighbor(number * self.nx, step).map(|(cell, _)| cell / self.nx);
            if row.number != needed {
                row.number = needed;
                needed.into_iter().for_each(|number| signs_of_row(grid, lattice.axes(), number, &mut row.signs));
            }
        }
    }

    /// Hands out the faces of the row in a plane of two axes that are in doubt, in the order of their lowest cells.
    pub(super) fn each_doubtful(&self, plane: [usize; 2], mut look: impl FnMut(Corners)) {
        // Which of the rows, and whether one cell along x: the lowest corner, beside, above, across.
        let step = |along: [bool; 2]| {
            let goes = |axis: usize| plane.into_iter().zip(along).any(|(own, along)| own == axis && along);
            (usize::from(goes(1)) + 2 * usize::from(goes(2)), goes(0))
        };
        let corners = [[false, false], [true, false], [false, true], [true, true]].map(step);
        let Some(starts) = self.starts(corners.map(|(row, _)| row)) else { return };
        for word in 0..self.nx.div_ceil(WORD) {
            let mut doubtful = self.doubtful(corners, word) & self.faces(plane, word);
            while doubtful != 0 {
                let x = word * WORD + doubtful.trailing_zeros() as usize;
                doubtful &= doubtful - 1;
                let beyond = if x + 1 == self.nx { 0 } else { x + 1 };
                look(std::array::from_fn(|k| starts[k] + if corners[k].1 { beyond } else { x }));
            }
        }
    }

    /// The first cells of some rows; none if one of them lies beyond a wall.
    fn starts(&self, rows: [usize; 4]) -> Option<Corners> {
        let mut starts = [0; 4];
        for (start, row) in starts.iter_mut().zip(rows) {
            *start = self.rows[row].number? * self.nx;
        }
        Some(starts)
    }

    /// Which cells of a word have a face.
    fn faces(&self, plane: [usize; 2], word: usize) -> u64 {
        let open = plane.contains(&0) && !self.periodic;
        let faces = self.nx - usize::from(open);
        lowest(faces.saturating_sub(word * WORD).min(WORD))
    }

    /// Which faces of a word are in doubt.
    #[inline]
    fn doubtful(&self, corners: [(usize, bool); 4], word: usize) -> u64 {
        let low = self.at(corners[0], word);
        let beside = self.at(corners[1], word);
        let above = self.at(corners[2], word);
        let across = self.at(corners[3], word);
        let mixed = |half: usize| {
            let own = low.halves[half];
            (own ^ beside.halves[half]) | (own ^ above.halves[half]) | (own ^ across.halves[half])
        };
        let (right, below) = (mixed(0), mixed(2));
        if !self.links {
            return right & below;
        }
        let (rising, falling) = (mixed(1), mixed(3));
        let spread = (right | rising) & (rising | below) & (below | falling) & (falling | right);
        // Zeros have a phase of their own by definition; among themselves they turn nothing.
        let some = low.zero | beside.zero | above.zero | across.zero;
        let all = low.zero & beside.zero & above.zero & across.zero;
        spread | (some & !all) | low.far | above.far | beside.far
    }

    /// The signs of a word of a row, or of its neighbours along x.
    #[inline(always)]
    fn at(&self, (row, beyond): (usize, bool), word: usize) -> Signs {
        let signs = &self.rows[row].signs;
        let own = signs[word];
        if !beyond {
            return own;
        }
        // The neighbour of the last cell is the first.
        let (next, place) = signs.get(word + 1).map_or((signs[0], (self.nx - 1) % WORD), |&next| (next, WORD - 1));
        let shifted = |own: u64, next: u64| own >> 1 | (next & 1) << place;
        Signs {
            halves: std::array::from_fn(|half| shifted(own.halves[half], next.halves[half])),
            zero: shifted(own.zero, next.zero),
            far: shifted(own.far, next.far),
        }
    }
}

/// Tells the signs of a row, word by word, in the widest registers there are.
fn signs_of_row<T: Component>(grid: &ComplexGrid<'_, T>, axes: usize, row: usize, signs: &mut [Signs]) {
    Arch::new().dispatch(SignsOfRow { grid, axes, row, signs });
}

struct SignsOfRow<'g, 's, T> {
    grid: &'g ComplexGrid<'g, T>,
    axes: usize,
    row: usize,
    signs: &'s mut [Signs],
}

impl<T: Component> WithSimd for SignsOfRow<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        signs_of_words(self.grid, self.axes, self.row, self.signs);
    }
}

/// Inlined, so that the tests of a word become vector code for its caller's processor.
#[inline(always)]
fn signs_of_words<T: Component>(grid: &ComplexGrid<'_, T>, axes: usize, row: usize, signs: &mut [Signs]) {
    let nx = grid.shape[0];
    let filled = &mut [[T::default(); WORD]; 2];
    for (first, signs) in (0..nx).step_by(WORD).zip(signs) {
        let cells = row * nx + first..row * nx + nx.min(first + WORD);
        let [re, im] = filled.each_mut();
        let (re, im) = (word(&grid.re[cells.clone()], re), word(&grid.im[cells.clone()], im));
        let Some(theta) = grid.theta else {
            [signs.halves[0], signs.halves[2]] = [right(re), below(im)];
            continue;
        };
        signs.halves = [right(re), rising(re, im), below(im), falling(re, im)];
        // What fills the last word up is not there.
        signs.zero = zero(re, im) & lowest(cells.len());
        let mut small = u64::MAX;
        for theta in theta.chunks_exact(grid.re.len()).take(axes) {
            small &= small_of(word(&theta[cells.clone()], &mut filled[0]));
        }
        signs.far = !small & lowest(cells.len());
    }
}

/// A whole word of numbers; if there are fewer, with zeros behind them.
#[inline(always)]
fn word<'a, T: Component>(numbers: &'a [T], filled: &'a mut [T; WORD]) -> &'a [T; WORD] {
    if let Some(word) = numbers.first_chunk() {
        return word;
    }
    filled[..numbers.len()].copy_from_slice(numbers);
    filled[numbers.len()..].fill(T::default());
    filled
}

#[inline(always)]
fn right<T: Component>(re: &[T; WORD]) -> u64 {
    bits(|i| re[i] > T::default())
}

#[inline(always)]
fn rising<T: Component>(re: &[T; WORD], im: &[T; WORD]) -> u64 {
    bits(|i| re[i] + im[i] > T::default())
}

#[inline(always)]
fn below<T: Component>(im: &[T; WORD]) -> u64 {
    bits(|i| im[i] < T::default())
}

#[inline(always)]
fn falling<T: Component>(re: &[T; WORD], im: &[T; WORD]) -> u64 {
    bits(|i| re[i] - im[i] > T::default())
}

#[inline(always)]
fn zero<T: Component>(re: &[T; WORD], im: &[T; WORD]) -> u64 {
    bits(|i| (re[i] == T::default()) & (im[i] == T::default()))
}

/// Which links are small.
#[inline(always)]
fn small_of<T: Component>(theta: &[T; WORD]) -> u64 {
    bits(|i| theta[i].magnitude() <= T::SMALL_LINK)
}

/// So many bits, at most a word.
#[inline(always)]
fn lowest(count: usize) -> u64 {
    if count < WORD { (1 << count) - 1 } else { u64::MAX }
}

/// A bit for each number that passes.
#[inline(always)]
fn bits(passes: impl Fn(usize) -> bool) -> u64 {
    let mut bytes = [0_u8; WORD];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from(passes(i));
    }
    // The product brings the lowest bits of eight bytes together in the highest byte.
    let gathered = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    bytes.as_chunks().0.iter().rev().fold(0, |bits, bytes| bits << 8 | gathered(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_in_the_order_of_their_numbers() {
        for i in 0..WORD {
            assert_eq!(bits(|k| k == i), 1 << i);
        }
        assert_eq!(bits(|i| i % 3 == 0), (0..WORD).step_by(3).fold(0, |bits, i| bits | 1 << i));
    }

    /// Cells of the doubtful faces of a plane with one value and one angle everywhere but at one cell.
    fn doubtful(
        shape: [usize; 2],
        periodic: [bool; 2],
        odd: usize,
        value: [f32; 2],
        angles: Option<[f32; 2]>,
    ) -> Vec<usize> {
        let cells = shape[0] * shape[1];
        let (mut re, mut im, mut theta) = (vec![1.0; cells], vec![0.5; cells], vec![0.1; 2 * cells]);
        [re[odd], im[odd]] = value;
        let angles = angles.map(|[x, y]| (theta[odd], theta[cells + odd]) = (x, y));
        let theta = angles.map(|()| &theta[..]);
        let grid = ComplexGrid { shape: &shape, periodic: &periodic, re: &re, im: &im, theta, mask: None };
        let lattice = grid.lattice().unwrap();
        let (mut found, mut signs) = (vec![], SignRows::new(&grid, &lattice));
        for row in 0..shape[1] {
            signs.go_to(&grid, &lattice, row);
            signs.each_doubtful([0, 1], |corners| found.push(corners));
        }
        for &[low, beside, above, across] in &found {
            let beyond = |cell: usize| if (cell + 1).is_multiple_of(shape[0]) { cell + 1 - shape[0] } else { cell + 1 };
            let (to_x, to_y) = (beyond(low), (low + shape[0]) % cells);
            assert_eq!([beside, above, across], [to_x, to_y, beyond(to_y)]);
        }
        found.into_iter().map(|[low, ..]| low).collect()
    }

    #[test]
    fn doubt_is_round_a_value_on_the_other_side() {
        let far = [-1.0, -0.5];
        for nx in [3, 64, 65, 130] {
            // In the middle of a row, and at both ends.
            assert_eq!(doubtful([nx, 4], [true; 2], 2 * nx + 1, far, None), [nx, nx + 1, 2 * nx, 2 * nx + 1]);
            let (low, high) = (nx, 2 * nx);
            assert_eq!(doubtful([nx, 4], [true; 2], high, far, None), [low, low + nx - 1, high, high + nx - 1]);
            assert_eq!(doubtful([nx, 4], [false; 2], high, far, None), [low, high]);
            assert_eq!(doubtful([nx, 3], [false; 2], high + nx - 1, far, None), [low + nx - 2]);
        }
    }

    #[test]
    fn nothing_winds_where_nothing_is() {
        let (shape, empty) = ([70, 3], vec![0.0; 210]);
        let mut theta = vec![0.3; 420];
        theta[75] = 2.0;
        let grid = ComplexGrid {
            shape: &shape,
            periodic: &[true; 2],
            re: &empty,
            im: &empty,
            theta: Some(&theta),
            mask: None,
        };
        let lattice = grid.lattice().unwrap();
        let (mut found, mut signs) = (vec![], SignRows::new(&grid, &lattice));
        for row in 0..3 {
            signs.go_to(&grid, &lattice, row);
            signs.each_doubtful([0, 1], |[low, ..]| found.push(low));
        }
        assert_eq!(found, [5, 74, 75], "the faces that a large link bounds");
    }

    #[test]
    fn a_sector_is_enough() {
        let none: [usize; 0] = [];
        // Agreement on neighbouring half-planes, on none, on one alone.
        assert_eq!(doubtful([8, 4], [true; 2], 17, [-0.5, 1.0], Some([0.1; 2])), none);
        assert_eq!(doubtful([8, 4], [true; 2], 17, [-1.0, -0.3], Some([0.1; 2])), [8, 9, 16, 17]);
        assert_eq!(doubtful([8, 4], [true; 2], 17, [-1.0, 0.3], Some([0.1; 2])), [8, 9, 16, 17]);
        assert_eq!(doubtful([8, 4], [true; 2], 17, [-1.0, 0.3], None), none, "imaginary parts of one sign");
        assert_eq!(doubtful([8, 4], [true; 2], 17, [0.0, 0.0], Some([0.1; 2])), [8, 9, 16, 17], "no phase");
        // The links from a cell belong to the faces above it, below it and at its sides.
        assert_eq!(doubtful([8, 4], [true; 2], 17, [1.0, 0.5], Some([-0.8, 0.1])), [9, 16, 17]);
        assert_eq!(doubtful([8, 4], [true; 2], 17, [1.0, 0.5], Some([0.1, f32::NAN])), [9, 16, 17]);
    }
}
