//! Small plane waves along x: how fast they grow, and which wins.
//!
//! In: a model and a uniform state. Out: the fastest growing mode of each wavenumber that fits on the grid (at most
//! [`MOST`] of them, evenly spread from 0 to the shortest wave). Growth is that of the discrete equations, walls and
//! noise left out, seen in the frame of a state that turns uniformly.

use super::stability::wavenumbers;
use super::{Base, Linearization, is_looked_at, on_grid};
use crate::grid::Axis;
use crate::model::Model;

/// The most wavenumbers looked at.
const MOST: usize = 1025;

/// The fastest growing mode at one wavenumber.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave {
    /// Wavenumber, in radians per unit of length.
    pub wavenumber: f64,
    /// Growth rate per unit of time; negative if the mode decays.
    pub rate: f64,
    /// Angular frequency per unit of time, without its sign.
    pub frequency: f64,
}

impl Wave {
    /// Wavelength in units of length; infinite for the uniform mode.
    pub fn wavelength(&self) -> f64 {
        std::f64::consts::TAU / self.wavenumber
    }
}

/// Growth rate as a function of the wavenumber.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispersion {
    /// By wavenumber, from 0 upwards.
    pub waves: Vec<Wave>,
}

impl Dispersion {
    /// The wave that grows fastest, the longest of equals; `None` if none grows, up to rounding.
    pub fn fastest(&self) -> Option<Wave> {
        let largest = self.waves.iter().map(|wave| wave.rate.abs()).fold(0.0, f64::max);
        let growing = self.waves.iter().filter(|wave| wave.rate > 1e-12 * largest);
        growing.copied().reduce(|best, wave| if wave.rate > best.rate { wave } else { best })
    }
}

/// Linearises about a state and follows waves along x. Waves without a growth rate (equations without a derivative at
/// this state) are left out, all of them where there are too many equations ([`is_looked_at`]).
pub fn small_waves(model: &Model, base: &Base) -> Dispersion {
    if !is_looked_at(model) {
        return Dispersion { waves: vec![] };
    }
    let model = &*on_grid(model);
    let linearization = Linearization::new(model, base);
    let spacing = model.grid.spacing(Axis::X);
    let wave = |angle: f64| {
        let wavenumber = angle / spacing;
        let mode = linearization.growth([wavenumber, 0.0, 0.0])[0];
        Wave { wavenumber, rate: mode.re, frequency: mode.im.abs() }
    };
    let waves = wavenumbers(&model.grid, Axis::X, MOST).into_iter().map(wave);
    Dispersion { waves: waves.filter(|wave| wave.rate.is_finite()).collect() }
}
