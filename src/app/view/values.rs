//! What of a layer becomes the picture's plane: numbers on a rectangle of cells, ready for a texture.
//!
//! In: a [`Layer`] and how it is coloured. Out: a [`Planar`], one or two numbers per cell, x fastest. A grid of three axes
//! gives a slice; links their mean length at cells; angles their cosine and sine, so that they have no seam between
//! cells. Invariant: no side is longer than the device allows; longer ones keep every n-th cell.

use std::borrow::Cow;

use super::uniform::Form;
use crate::app::frame::{Frame, Layer};
use crate::app::state::{ColorStyle, Look};
use crate::field::Kind;
use crate::grid::{Axis, Grid, Topology};
use crate::math::elementary::scalar32;
use crate::output::colormap::Palette;

/// Numbers on a rectangle of cells.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planar<'a> {
    /// Cells along x and y.
    pub(super) cells: [usize; 2],
    /// One or two numbers per cell.
    pub(super) components: usize,
    /// The numbers, cell by cell.
    pub(super) values: Cow<'a, [f32]>,
    /// Which axes close on themselves.
    pub(super) periodic: [bool; 2],
    /// Where values lie, in cells from the cells' centres: plaquettes lie half a cell further.
    pub(super) offset: f32,
    /// Whether some cells have no value.
    pub(super) holes: bool,
}

/// The layer that a look asks for; the first where it asks for none that is there.
pub fn layer<'f>(frame: &'f Frame, look: &Look) -> Option<&'f Layer> {
    let mut drawable = frame.layers.iter().filter(|layer| is_whole(layer, &frame.grid));
    drawable.clone().find(|layer| layer.expression == look.color).or_else(|| drawable.next())
}

/// Whether a layer has a value for each place of its kind.
pub(super) fn is_whole(layer: &Layer, grid: &Grid) -> bool {
    !layer.values.is_empty() && layer.values.len() == layer.kind.components(grid) * grid.cells()
}

/// How values of a kind become colour in a style.
pub(super) fn form(style: ColorStyle, kind: Kind) -> Form {
    match (style, kind) {
        (ColorStyle::Phase | ColorStyle::Scalar(Palette::Wheel), Kind::Real | Kind::Complex) => Form::Phase,
        (ColorStyle::Domain, Kind::Complex) => Form::Domain,
        (_, Kind::Complex) => Form::Modulus,
        (_, Kind::Real | Kind::Link | Kind::Face) => Form::Scalar,
    }
}

/// The plane of a layer. `slice` is a share of the depth of a grid of three axes, `longest` the longest side of a texture.
pub(super) fn planar<'a>(layer: &'a Layer, grid: &Grid, form: Form, slice: f32, longest: usize) -> Planar<'a> {
    let [nx, ny, nz] = grid.shape();
    let cells = grid.cells();
    let start = slice_of(slice, nz) * nx * ny;
    let plane = |component: usize| &layer.values[component * cells + start..component * cells + start + nx * ny];
    let (components, values): (usize, Cow<'a, [f32]>) = match (layer.kind, form) {
        (Kind::Complex, _) => (2, plane(0).iter().zip(plane(1)).flat_map(|(&re, &im)| [re, im]).collect()),
        (Kind::Real, Form::Phase) => (2, plane(0).iter().flat_map(|&angle| direction(angle)).collect()),
        (Kind::Real, _) => (1, plane(0).into()),
        // The plaquette whose normal is z is the last of three, or the only one.
        (Kind::Face, _) => (1, plane(grid.faces().saturating_sub(1)).into()),
        (Kind::Link, _) => (1, lengths(&currents(layer, grid, slice)).into()),
    };
    let holes = values.iter().any(|value| !value.is_finite());
    let periodic =
        [Axis::X, Axis::Y].map(|axis| grid.axes() > axis.index() && grid.topology(axis) == Topology::Periodic);
    let offset = if layer.kind == Kind::Face { 0.5 } else { 0.0 };
    thinned(Planar { cells: [nx, ny], components, values, periodic, offset, holes }, longest)
}

/// A link field at cells: the mean of the two links of each axis that meet there. Zero where a link is not finite.
pub(super) fn currents(layer: &Layer, grid: &Grid, slice: f32) -> Vec<[f32; 2]> {
    let [nx, ny, nz] = grid.shape();
    let z = slice_of(slice, nz);
    let link = |axis: usize, at: [usize; 3]| {
        let value = layer.values[axis * grid.cells() + grid.index(at)];
        if value.is_finite() { value } else { 0.0 }
    };
    let mean = |axis: Axis, at: [usize; 3]| {
        if axis.index() >= grid.axes() {
            return 0.0;
        }
        let (i, n) = (at[axis.index()], grid.cells_along(axis));
        let mut below = at;
        below[axis.index()] = (i + n - 1) % n;
        // What lies below the first cell of a bounded axis is a wall.
        let lower = if i == 0 && grid.bounded(axis) { 0.0 } else { link(axis.index(), below) };
        0.5 * (lower + link(axis.index(), at))
    };
    (0..nx * ny).map(|cell| [cell % nx, cell / nx, z]).map(|at| [mean(Axis::X, at), mean(Axis::Y, at)]).collect()
}

fn lengths(currents: &[[f32; 2]]) -> Vec<f32> {
    currents.iter().map(|[x, y]| (x * x + y * y).sqrt()).collect()
}

/// Cosine and sine; NaN stays NaN.
fn direction(angle: f32) -> [f32; 2] {
    if !angle.is_finite() {
        return [f32::NAN; 2];
    }
    let (sine, cosine) = scalar32::sin_cos(angle);
    [cosine, sine]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of the depth"
)]
fn slice_of(share: f32, depth: usize) -> usize {
    ((share.clamp(0.0, 1.0) * depth as f32) as usize).min(depth - 1)
}

/// Every n-th cell, so that no side is longer than allowed.
fn thinned(plane: Planar<'_>, longest: usize) -> Planar<'_> {
    let [nx, ny] = plane.cells;
    let every = nx.max(ny).div_ceil(longest.max(1)).max(1);
    if every == 1 {
        return plane;
    }
    let kept = plane.components;
    let values: Vec<f32> = (0..ny)
        .step_by(every)
        .flat_map(|y| (0..nx).step_by(every).map(move |x| (y * nx + x) * kept))
        .flat_map(|at| plane.values[at..at + kept].to_vec())
        .collect();
    Planar { cells: [nx.div_ceil(every), ny.div_ceil(every)], values: values.into(), ..plane }
}

/// The rows of a grid of one axis, as they came, the newest on top.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    expression: String,
    form: Option<Form>,
    width: usize,
    components: usize,
    /// The step of the newest row.
    step: u64,
    rows: Vec<f32>,
}

impl History {
    /// Rows that are kept.
    pub(super) const ROWS: usize = 384;

    /// Adds the plane of a later step; begins anew if it is another quantity or an earlier step. Says whether it changed.
    pub(super) fn push(&mut self, expression: &str, form: Form, step: u64, plane: &Planar<'_>) -> bool {
        let (width, components) = (plane.cells[0], plane.components);
        let goes_on = self.expression == expression
            && self.form == Some(form)
            && [self.width, self.components] == [width, components]
            && step >= self.step;
        if goes_on && step == self.step {
            return false;
        }
        if !goes_on {
            let rows = vec![f32::NAN; width * components * Self::ROWS];
            *self = Self { expression: expression.into(), form: Some(form), width, components, step, rows };
        }
        self.step = step;
        self.rows.drain(..width * components);
        self.rows.extend_from_slice(&plane.values);
        true
    }

    /// All rows as a plane.
    pub(super) fn plane(&self, periodic: bool) -> Planar<'_> {
        Planar {
            cells: [self.width, Self::ROWS],
            components: self.components,
            values: Cow::Borrowed(&self.rows),
            periodic: [periodic, false],
            offset: 0.0,
            holes: true,
        }
    }

    /// Least and greatest value that is kept; of complex numbers the modulus.
    pub(super) fn range(&self) -> [f32; 2] {
        let size =
            |cell: &[f32]| if cell.len() == 2 { (cell[0] * cell[0] + cell[1] * cell[1]).sqrt() } else { cell[0] };
        let finite = self.rows.chunks_exact(self.components.max(1)).map(size).filter(|value| value.is_finite());
        finite.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn grid(shape: &[usize], topology: Topology) -> Grid {
        let size: Vec<f64> = shape.iter().map(|&cells| f64::from(u32::try_from(cells).unwrap())).collect();
        Grid::new(shape, &size, &vec![topology; shape.len()])
    }

    fn layer(kind: Kind, values: Vec<f32>) -> Layer {
        Layer { expression: "u".into(), kind, values: Arc::new(values), range: [0.0, 1.0] }
    }

    #[test]
    fn links_are_averaged_to_cells_and_end_at_walls() {
        let layer = layer(Kind::Link, vec![2.0, 4.0, 6.0, 1.0, 1.0, 1.0]);
        let periodic = currents(&layer, &grid(&[3, 1], Topology::Periodic), 0.0);
        assert_eq!(periodic, [[4.0, 1.0], [3.0, 1.0], [5.0, 1.0]]);
        let bounded = currents(&layer, &grid(&[3, 1], Topology::Bounded), 0.0);
        assert_eq!(bounded, [[1.0, 0.5], [3.0, 0.5], [5.0, 0.5]]);
    }

    #[test]
    fn a_slice_is_taken_and_long_sides_are_thinned() {
        let cube = layer(Kind::Real, (0..27_u8).map(f32::from).collect());
        let middle = planar(&cube, &grid(&[3, 3, 3], Topology::Periodic), Form::Scalar, 0.5, 64);
        assert_eq!((middle.cells, middle.values[0], middle.values[8]), ([3, 3], 9.0, 17.0));
        let thin = planar(&cube, &grid(&[3, 3, 3], Topology::Periodic), Form::Scalar, 1.0, 2);
        assert_eq!((thin.cells, thin.values.to_vec()), ([2, 2], vec![18.0, 20.0, 24.0, 26.0]));
    }

    #[test]
    fn history_scrolls_and_begins_anew() {
        let grid = grid(&[2], Topology::Periodic);
        let mut history = History::default();
        for (step, value) in [(1, 1.0), (2, 2.0), (2, 9.0)] {
            let layer = layer(Kind::Real, vec![value, value + 0.5]);
            history.push("u", Form::Scalar, step, &planar(&layer, &grid, Form::Scalar, 0.0, 64));
        }
        assert_eq!(history.rows[history.rows.len() - 4..], [1.0, 1.5, 2.0, 2.5]);
        assert_eq!(history.range(), [1.0, 2.5]);
        let earlier = layer(Kind::Real, vec![5.0, 5.0]);
        assert!(history.push("u", Form::Scalar, 1, &planar(&earlier, &grid, Form::Scalar, 0.0, 64)));
        assert_eq!(history.range(), [5.0, 5.0]);
    }
}
