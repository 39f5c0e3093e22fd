//! Link fields as moving tracers: particles that drift with the field and leave fading streaks.
//!
//! In: a link field, averaged to cells. Out: [`Line`]s. Each particle goes with the field (midpoint rule), lives for a
//! while and is born again elsewhere; where and when is drawn by Philox from its number and its rebirths, so the same
//! frames give the same picture. Speeds are relative to the field's typical speed: weak fields move as visibly as strong
//! ones.

use super::eye::Eye;
use super::glyph::Line;
use super::theme::{Rgba, Theme};
use super::values::{currents, is_whole};
use crate::app::frame::{Frame, Layer};
use crate::field::Kind;
use crate::grid::{Axis, Grid};
use crate::math::rng::{Draw, uniform01};

/// Particles.
const COUNT: usize = 1800;
/// Places that a particle remembers.
const TRAIL: usize = 12;
/// Moves that a particle lives: at least, and beyond that at most.
const LIFE: [u32; 2] = [40, 120];
/// Cells that a particle of typical speed goes per move, as a share of the longer side.
const STRIDE: f32 = 1.0 / 420.0;

/// The particles over one link field.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracers {
    expression: String,
    serial: Option<u64>,
    particles: Vec<Particle>,
}

#[derive(Clone, Debug)]
struct Particle {
    /// Places in cells, the newest first.
    trail: [[f32; 2]; TRAIL],
    /// How many of them count.
    length: usize,
    /// Moves left.
    left: u32,
    /// Rebirths.
    births: u64,
}

/// A field of velocities on cells, in cells per move.
struct Wind {
    cells: [usize; 2],
    periodic: [bool; 2],
    velocities: Vec<[f32; 2]>,
}

impl Tracers {
    /// Moves once for each new frame.
    pub(super) fn follow(&mut self, frame: &Frame, expression: &str, slice: f32) {
        let wanted = |layer: &&Layer| layer.expression == expression && layer.kind == Kind::Link;
        let Some(layer) = frame.layers.iter().find(wanted).filter(|layer| is_whole(layer, &frame.grid)) else {
            *self = Self::default();
            return;
        };
        if self.expression != expression {
            *self = Self { expression: expression.into(), ..Self::default() };
        }
        if self.serial == Some(frame.serial) {
            return;
        }
        let wind = Wind::new(layer, &frame.grid, slice);
        if self.particles.is_empty() {
            self.particles = (0..COUNT).map(|number| Particle::new(number as u64, wind.cells)).collect();
            // Begun in the middle of their lives, so that they do not all end at once and streaks are there from the start.
            (0..TRAIL).for_each(|_| self.advance(&wind));
        }
        self.advance(&wind);
        self.serial = Some(frame.serial);
    }

    fn advance(&mut self, wind: &Wind) {
        for (number, particle) in (0_u64..).zip(&mut self.particles) {
            particle.advance(number, wind);
        }
    }

    /// The streaks, brightest at the head.
    pub(super) fn lines(&self, grid: &Grid, eye: &Eye, theme: &Theme, scale: f32, lines: &mut Vec<Line>) {
        let cell = [grid.spacing(Axis::X), grid.spacing(Axis::Y)].map(narrow);
        let place = |at: [f32; 2]| eye.pixel([at[0] * cell[0], at[1] * cell[1]]);
        for particle in &self.particles {
            // A particle fades in and out with its life.
            let youth = ratio(particle.length, TRAIL);
            let age = (ratio(particle.left as usize, 10)).min(1.0);
            for (k, pair) in particle.trail[..particle.length].windows(2).enumerate() {
                let (Some(from), Some(to)) = (place(pair[0]), place(pair[1])) else { continue };
                if eye.sees(from, 2.0) || eye.sees(to, 2.0) {
                    let shade = |k: usize| streak(theme, youth * age * (1.0 - ratio(k, TRAIL - 1)));
                    let (from_color, to_color) = (shade(k), shade(k + 1));
                    lines.push(Line { from, to, from_color, to_color, width: 1.5 * scale });
                }
            }
        }
    }
}

fn streak(theme: &Theme, share: f32) -> Rgba {
    Theme::faded(theme.ink, 0.85 * share)
}

impl Particle {
    fn new(number: u64, cells: [usize; 2]) -> Self {
        let mut particle = Self { trail: [[0.0; 2]; TRAIL], length: 1, left: 0, births: 0 };
        particle.be_born(number, cells);
        // The first lives end at different times.
        particle.left = 1 + particle.left * u32::try_from(number % 97).unwrap_or(0) / 97;
        particle
    }

    /// A new life at a place drawn from the particle's number and its rebirths.
    #[expect(clippy::cast_precision_loss, reason = "cells along an axis")]
    fn be_born(&mut self, number: u64, cells: [usize; 2]) {
        let draw = |stream| Draw { rng_seed: 0x7ace, stream, step: self.births }.bits(number);
        self.trail[0] = [0, 1].map(|axis| narrow(uniform01(draw(u32::from(axis == 1)))) * cells[axis] as f32);
        self.left = LIFE[0] + draw(2) % LIFE[1];
        self.length = 1;
        self.births += 1;
    }

    fn advance(&mut self, number: u64, wind: &Wind) {
        let here = self.trail[0];
        let v = wind.at(here);
        let middle = wind.at([here[0] + 0.5 * v[0], here[1] + 0.5 * v[1]]);
        let next = [here[0] + middle[0], here[1] + middle[1]];
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || !wind.inside(next) {
            self.be_born(number, wind.cells);
            return;
        }
        self.trail.copy_within(..TRAIL - 1, 1);
        self.trail[0] = next;
        self.length = (self.length + 1).min(TRAIL);
    }
}

impl Wind {
    #[expect(clippy::cast_precision_loss, reason = "cells along an axis")]
    fn new(layer: &Layer, grid: &Grid, slice: f32) -> Self {
        let [nx, ny, _] = grid.shape();
        let mut velocities = currents(layer, grid, slice);
        let squares: f32 = velocities.iter().map(|[x, y]| x * x + y * y).sum();
        let typical = (squares / velocities.len().max(1) as f32).sqrt().max(f32::MIN_POSITIVE);
        let stride = STRIDE * nx.max(ny) as f32 / typical;
        for velocity in &mut velocities {
            // The fastest go at most four strides, so that streaks stay lines.
            let speed = (velocity[0] * velocity[0] + velocity[1] * velocity[1]).sqrt();
            let limit = (4.0 * typical / speed.max(f32::MIN_POSITIVE)).min(1.0);
            *velocity = velocity.map(|v| v * stride * limit);
        }
        let periodic = [Axis::X, Axis::Y].map(|axis| !grid.bounded(axis) && axis.index() < grid.axes());
        Self { cells: [nx, ny], periodic, velocities }
    }

    /// Bilinear between cell centres.
    #[expect(clippy::cast_possible_truncation, reason = "cells along an axis")]
    fn at(&self, at: [f32; 2]) -> [f32; 2] {
        let lower = at.map(|x| (x - 0.5).floor());
        let share = [at[0] - 0.5 - lower[0], at[1] - 0.5 - lower[1]];
        let corner = |dx: i64, dy: i64| {
            let x = self.cell(0, lower[0] as i64 + dx);
            let y = self.cell(1, lower[1] as i64 + dy);
            self.velocities[y * self.cells[0] + x]
        };
        let (a, b, c, d) = (corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1));
        [0, 1].map(|axis| {
            let low = a[axis] + share[0] * (b[axis] - a[axis]);
            let high = c[axis] + share[0] * (d[axis] - c[axis]);
            low + share[1] * (high - low)
        })
    }

    fn cell(&self, axis: usize, i: i64) -> usize {
        let count = i64::try_from(self.cells[axis]).unwrap_or(i64::MAX);
        let inside = if self.periodic[axis] { i.rem_euclid(count) } else { i.clamp(0, count - 1) };
        usize::try_from(inside).unwrap_or(0)
    }

    #[expect(clippy::cast_precision_loss, reason = "cells along an axis")]
    fn inside(&self, at: [f32; 2]) -> bool {
        (0..2).all(|axis| at[axis] >= 0.0 && at[axis] <= self.cells[axis] as f32)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "f32 is enough for a picture")]
const fn narrow(x: f64) -> f32 {
    x as f32
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Topology;

    fn uniform_wind(velocity: [f32; 2]) -> Wind {
        Wind { cells: [64, 64], periodic: [true, true], velocities: vec![velocity; 64 * 64] }
    }

    #[test]
    fn a_particle_goes_with_the_wind_and_remembers_its_way() {
        let mut particle = Particle::new(3, [64, 64]);
        (particle.trail[0], particle.left) = ([10.0, 20.0], 50);
        for _ in 0..3 {
            particle.advance(3, &uniform_wind([0.5, -0.25]));
        }
        assert_eq!((particle.length, particle.trail[0], particle.trail[3]), (4, [11.5, 19.25], [10.0, 20.0]));
    }

    #[test]
    fn one_that_leaves_is_born_again_inside() {
        let mut particle = Particle::new(5, [64, 64]);
        (particle.trail[0], particle.left) = ([63.9, 20.0], 50);
        particle.advance(5, &uniform_wind([1.0, 0.0]));
        assert_eq!(particle.length, 1);
        assert!(uniform_wind([0.0; 2]).inside(particle.trail[0]));
    }

    #[test]
    fn speeds_are_relative_to_the_typical_one() {
        let grid = Grid::new(&[8, 8], &[8.0, 8.0], &[Topology::Periodic; 2]);
        let layer = |scale: f32| Layer {
            expression: "j".into(),
            kind: Kind::Link,
            values: std::sync::Arc::new((0_u8..128).map(|k| scale * f32::from(k % 5)).collect()),
            range: [0.0, 1.0],
        };
        let (weak, strong) = (Wind::new(&layer(1.0), &grid, 0.0), Wind::new(&layer(1024.0), &grid, 0.0));
        assert_eq!(weak.velocities, strong.velocities);
    }
}
