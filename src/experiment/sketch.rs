//! A small likeness of a field at the end of a run, for the report's grid of pictures.
//!
//! In: the first picture that a seed names. Out: values on at most 64 x 64 cells, as numbers, so that all runs can be drawn
//! in one scale of colours. A phase is kept as the complex value that has it. Invariant: blocks of cells are averaged;
//! nothing else is lost.

use image::RgbaImage;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::field::Kind;
use crate::grid::Axis;
use crate::model::Expr;
use crate::output::colormap::Palette;
use crate::output::image::{Limits, Plane, Range, complex, curve, scalar};
use crate::output::node_map::NodeMap;
use crate::output::report::Key;
use crate::run::pictures::{PHASE_FROM, active, palette, phase_of};
use crate::simulation::Simulation;
use crate::simulation::evaluator::Evaluator;

/// Cells along the longer side of a likeness.
const LONGEST: usize = 64;

/// A field, made small.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sketch {
    /// What is shown.
    name: String,
    look: Look,
    /// Cells in a row; 0 rows for a grid of one axis.
    width: usize,
    height: usize,
    axes: usize,
    /// Width over height of the domain.
    aspect: f32,
    /// Real part (or the value), row by row from the bottom; none where no cell is alive.
    re: Vec<Option<f32>>,
    /// Imaginary part of a complex value.
    im: Vec<Option<f32>>,
}

/// How a field is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Look {
    Phase,
    Complex,
    Tide,
    Ember,
    Balance,
}

impl Sketch {
    /// Takes the likeness of the present state; none if the seed names no picture.
    pub(super) fn take(simulation: &mut Simulation, threads: usize) -> Result<Option<Self>, Error> {
        simulation.fields()?;
        let model = simulation.model();
        let Some(shown) = model.observe.images.first() else { return Ok(None) };
        let phase = phase_of(model, shown.expr);
        let expr: Expr = phase.unwrap_or(shown.expr);
        let mut evaluator = Evaluator::for_fields(model, &[expr], simulation.dt(), threads)?;
        let state = simulation.state();
        let field = evaluator.fields(&state)?.remove(0);
        let map = NodeMap::new(&field.grid);
        let alive = map.as_ref().map_or_else(|| active(state.mask), |map| Some(map.active()));
        let field = map.as_ref().map_or_else(|| field.clone(), |map| map.paint(&field));
        let [re, im] = match field.kind {
            Kind::Complex => [field.component(0), field.component(1)],
            // Of links and faces the first component.
            _ => [field.component(0), vec![]],
        };
        let look = match field.kind {
            Kind::Complex if phase.is_some() => Look::Phase,
            Kind::Complex => Look::Complex,
            _ => match palette(model, expr, &re) {
                Palette::Ember => Look::Ember,
                Palette::Balance => Look::Balance,
                Palette::Tide | Palette::Wheel => Look::Tide,
            },
        };
        let grid = &field.grid;
        let small = |values: &[f64]| -> Result<(usize, usize, Vec<Option<f32>>), Error> {
            let plane = Plane::of_grid(grid, values, alive.as_deref());
            Ok(shrunk(&plane.map_err(|why| Error::Input(why.to_string()))?))
        };
        let (width, height, re) = small(&re)?;
        let im = if im.is_empty() { vec![] } else { small(&im)?.2 };
        let aspect = if grid.axes() == 1 { 2.0 } else { single(grid.size_along(Axis::X) / grid.size_along(Axis::Y)) };
        Ok(Some(Self { name: shown.name.clone(), look, width, height, axes: grid.axes(), aspect, re, im }))
    }

    /// What is shown.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Width over height of the domain.
    pub(super) fn aspect(&self) -> f64 {
        f64::from(self.aspect)
    }

    /// Pictures of some sketches in one scale of colours, and what the colours mean.
    pub(super) fn draw(sketches: &[Option<&Self>]) -> (Vec<Option<RgbaImage>>, Option<Key>) {
        let Some(first) = sketches.iter().flatten().next() else { return (vec![None; sketches.len()], None) };
        let values: Vec<f64> = sketches.iter().flatten().flat_map(|sketch| sketch.strengths()).collect();
        let (key, limits, palette) = match first.look {
            Look::Phase | Look::Complex => {
                let limits = Limits::of(&values, Palette::Tide, Range::Auto);
                let key = if first.look == Look::Phase { Key::Phase } else { Key::Complex(limits.high) };
                (key, limits, Palette::Wheel)
            }
            look => {
                let both_signs = sketches.iter().flatten().any(|sketch| sketch.look == Look::Balance);
                let palette = match look {
                    _ if both_signs => Palette::Balance,
                    Look::Ember => Palette::Ember,
                    _ => Palette::Tide,
                };
                let limits = Limits::of(&values, palette, Range::Auto);
                let key = if first.axes == 1 { Key::Curve(limits) } else { Key::Scale(palette, limits) };
                (key, limits, palette)
            }
        };
        let draw = |sketch: &Self| match sketch.look {
            Look::Phase => complex(&sketch.plane(&sketch.re), &sketch.plane(&sketch.im), PHASE_FROM * limits.high),
            Look::Complex => complex(&sketch.plane(&sketch.re), &sketch.plane(&sketch.im), limits.high),
            _ if sketch.axes == 1 => curve(&sketch.plane(&sketch.re).values, limits),
            _ => scalar(&sketch.plane(&sketch.re), palette, limits),
        };
        (sketches.iter().map(|sketch| sketch.map(draw)).collect(), Some(key))
    }

    /// The values that colours are scaled by: magnitudes of complex values.
    fn strengths(&self) -> Vec<f64> {
        let wide = |value: &Option<f32>| value.map_or(f64::NAN, f64::from);
        if self.im.is_empty() {
            return self.re.iter().map(wide).collect();
        }
        self.re.iter().zip(&self.im).map(|(re, im)| (wide(re) * wide(re) + wide(im) * wide(im)).sqrt()).collect()
    }

    fn plane(&self, values: &[Option<f32>]) -> Plane {
        let values = values.iter().map(|value| value.map_or(f64::NAN, f64::from)).collect();
        Plane { width: self.width, height: self.height, values, spacing: [1.0, 1.0] }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a picture needs no more")]
fn single(value: f64) -> f32 {
    value as f32
}

/// Means of blocks; width, height and values.
fn shrunk(plane: &Plane) -> (usize, usize, Vec<Option<f32>>) {
    let block = plane.width.max(plane.height).div_ceil(LONGEST).max(1);
    let (width, height) = (plane.width.div_ceil(block), plane.height.div_ceil(block));
    let mean = |at: usize| {
        let (column, row) = (at % width * block, at / width * block);
        let rows = row..(row + block).min(plane.height);
        let cells = rows.flat_map(|y| (column..(column + block).min(plane.width)).map(move |x| y * plane.width + x));
        let values: Vec<f64> = cells.map(|cell| plane.values[cell]).filter(|value| value.is_finite()).collect();
        (!values.is_empty()).then(|| single(values.iter().sum::<f64>() / values.len() as f64))
    };
    (width, height, (0..width * height).map(mean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_averaged() {
        let values: Vec<f64> = (0..130 * 70).map(|cell| f64::from(cell % 130)).collect();
        let plane = Plane { width: 130, height: 70, values, spacing: [1.0, 1.0] };
        let (width, height, small) = shrunk(&plane);
        assert_eq!((width, height), (44, 24));
        assert_eq!((small[0], small[1], small[43]), (Some(1.0), Some(4.0), Some(129.0)));
    }
}
