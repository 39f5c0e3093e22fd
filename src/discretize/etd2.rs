//! Exponential time differencing with a second-order Runge-Kutta stage (ETD2RK: Cox & Matthews, J. Comput. Phys. 176,
//! 2002).
//!
//! With c(k) the symbol of a field's linear terms, N(u) all others, z = c dt and the functions phi1, phi2 of [`phi`]:
//! - `a  = u + F^-1[z phi1(z) F u + dt phi1(z) F N(u)]`, which is `e^z u + dt phi1 N`
//! - `u' = a + F^-1[dt phi2(z) F (N(a) - N(u))]`
//!
//! as increments, so that a mode that the step hardly changes takes no rounding from the transforms. A field without
//! linear terms has z = 0, where this is Heun's method. The factors depend on parameters: the host computes them
//! ([`factors`]) and writes them into buffers of role `Map` before the first step and when a parameter has changed.
//! Invariant: a real field's factors are those of a real operator (c(-k) is the conjugate of c(k)), so what is left of
//! the imaginary part after a round trip is rounding, and is dropped.

use super::number::{self, Lowered};
use super::scheme::{Component, Level, Stages, evolves, plus};
use super::site::HERE;
use crate::field::{Kind, Values};
use crate::linear::{Symbol, mode_turns, phi};
use crate::math::arithmetic::{Arithmetic, Precision};
use crate::math::complex::Complex;
use crate::model::{Expr, FieldSplit, Model, split};
use crate::program::{BufferId, Extent, KernelBuilder, Pass, Role, Slot};
use crate::seed::Scheme;

/// What the host has to write into a buffer of an `etd2` program.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// The buffer's name.
    pub buffer: String,
    /// Its values, in the order of [`crate::field::Field`]: per wavenumber `z phi1`, `dt phi1`, `dt phi2`, complex ones as
    /// re, im.
    pub values: Values,
}

/// The factors for these values of the parameters; none unless the scheme is `etd2`.
pub fn factors(model: &Model, parameters: &[f64], dt: f64, precision: Precision, threads: usize) -> Vec<Factors> {
    if model.time.scheme != Scheme::Etd2 {
        return vec![];
    }
    let parts = split(model);
    let exponential = parts.iter().filter(|part| is_exponential(model, part));
    exponential
        .map(|part| {
            let sampling = Sampling {
                symbol: &part.symbol(model, parameters),
                turns: [0, 1, 2].map(|axis| mode_turns(model.grid.shape()[axis])),
                weights: weights(part),
                dt,
            };
            let values = match precision {
                #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run")]
                Precision::F32 => Values::F32(sampling.all(threads, |value| value as f32)),
                Precision::F64 => Values::F64(sampling.all(threads, |value| value)),
            };
            Factors { buffer: factors_name(model, part), values }
        })
        .collect()
}

/// Whether a field is advanced in Fourier space.
fn is_exponential(model: &Model, part: &FieldSplit) -> bool {
    evolves(model, &model.fields[part.field]) && !part.linear.is_empty()
}

/// How many factors a mode has: without explicit terms the first alone.
fn weights(part: &FieldSplit) -> usize {
    if part.explicit.is_empty() { 1 } else { 3 }
}

fn factors_name(model: &Model, part: &FieldSplit) -> String {
    format!("{} factors", model.fields[part.field].name)
}

/// The factors of one field as functions of the wavevector.
struct Sampling<'s> {
    symbol: &'s Symbol,
    /// Per axis, by wavenumber.
    turns: [Vec<Complex>; 3],
    weights: usize,
    dt: f64,
}

impl Sampling<'_> {
    /// All factors, planar; each thread takes a range of wavenumbers.
    fn all<T: Copy + Default + Send>(&self, threads: usize, round: impl Fn(f64) -> T + Copy + Sync + Send) -> Vec<T> {
        let cells: usize = self.turns.iter().map(Vec::len).product();
        let planes = self.weights * if self.symbol.is_real() { 1 } else { 2 };
        let mut values = vec![T::default(); planes * cells];
        let range = cells.div_ceil(threads.max(1));
        let mut ranges: Vec<Vec<&mut [T]>> = (0..cells.div_ceil(range)).map(|_| vec![]).collect();
        for plane in values.chunks_mut(cells) {
            for (planes, piece) in ranges.iter_mut().zip(plane.chunks_mut(range)) {
                planes.push(piece);
            }
        }
        std::thread::scope(|scope| {
            for (number, mut planes) in ranges.into_iter().enumerate() {
                scope.spawn(move || self.fill(number * range, &mut planes, round));
            }
        });
        values
    }

    fn fill<T>(&self, first: usize, planes: &mut [&mut [T]], round: impl Fn(f64) -> T) {
        for position in 0..planes[0].len() {
            let all = self.at(first + position);
            let parts = all.into_iter().flat_map(|z| if self.symbol.is_real() { vec![z.re] } else { vec![z.re, z.im] });
            for (plane, part) in planes.iter_mut().zip(parts) {
                plane[position] = round(part);
            }
        }
    }

    fn at(&self, mode: usize) -> [Complex; 3] {
        let [nx, ny, _] = self.turns.each_ref().map(Vec::len);
        let turns = [self.turns[0][mode % nx], self.turns[1][mode / nx % ny], self.turns[2][mode / nx / ny]];
        let z = self.symbol.of(&turns).scale(self.dt);
        let [_, phi1, phi2] = phi(z);
        [z * phi1, phi1.scale(self.dt), phi2.scale(self.dt)]
    }
}

/// A field that is advanced in Fourier space.
struct Mode {
    part: FieldSplit,
    /// F u, later F N(u).
    wave: BufferId,
    /// N, later the increment.
    change: BufferId,
    factors: BufferId,
    real_factors: bool,
}

impl Mode {
    fn has_explicit(&self) -> bool {
        weights(&self.part) > 1
    }

    /// One of the factors at the wavevector at hand.
    fn factor(&self, k: &mut KernelBuilder, number: u32) -> Lowered {
        if self.real_factors {
            return Lowered::Real(k.load(Slot { buffer: self.factors, component: number }, HERE));
        }
        complex_load(k, self.factors, 2 * number)
    }
}

impl Stages<'_, '_> {
    pub(super) fn etd2(&mut self) {
        let dt = self.assembly.dt;
        let state = self.state.fields.clone();
        let stage = self.level("stage");
        let modes = self.modes();
        let scratch = self.spectrum("fourier scratch".into());
        let mode_of = |index: usize| modes.iter().find(|mode| mode.part.field == index);
        let roots = self.explicit_roots(&modes);

        let first = self.stage_of(&roots, &state, 0.0, "etd_first");
        self.kernel("etd_first", &first, |lowering, component| {
            let u = component.value(lowering, &state);
            let Some(mode) = mode_of(component.index) else {
                let f = component.tendency(lowering);
                return vec![(component.slot(&stage), plus(lowering, u, dt, f))];
            };
            complex_store(&mut lowering.k, mode.wave, u);
            if mode.has_explicit() {
                let n = explicit(lowering, mode, component);
                complex_store(&mut lowering.k, mode.change, n);
            }
            vec![]
        });
        for mode in &modes {
            self.transform(mode.wave, scratch, false);
            if mode.has_explicit() {
                self.transform(mode.change, scratch, false);
            }
        }
        self.pointwise("etd_first_modes", &modes, |k, mode| {
            let u = complex_load(k, mode.wave, 0);
            let factor = mode.factor(k, 0);
            let mut change = number::mul(k, factor, u);
            if mode.has_explicit() {
                let n = complex_load(k, mode.change, 0);
                let factor = mode.factor(k, 1);
                let term = number::mul(k, factor, n);
                change = number::add(k, change, term);
                complex_store(k, mode.wave, n);
            }
            complex_store(k, mode.change, change);
        });
        self.add_changes("etd_stage", &modes, scratch, &state, &stage);

        let second = self.stage_of(&roots, &stage, 1.0, "etd_second");
        self.kernel("etd_second", &second, |lowering, component| {
            let Some(mode) = mode_of(component.index) else {
                let (u, s) = (component.value(lowering, &state), component.value(lowering, &stage));
                let f = component.tendency(lowering);
                let sum = number::add(&mut lowering.k, u, s);
                let twice = plus(lowering, sum, dt, f);
                return vec![(component.slot(&state), number::scale(&mut lowering.k, 0.5, twice))];
            };
            if !mode.has_explicit() {
                return vec![(component.slot(&state), component.value(lowering, &stage))];
            }
            let n = explicit(lowering, mode, component);
            complex_store(&mut lowering.k, mode.change, n);
            vec![]
        });
        let curved: Vec<Mode> = modes.into_iter().filter(Mode::has_explicit).collect();
        for mode in &curved {
            self.transform(mode.change, scratch, false);
        }
        self.pointwise("etd_second_modes", &curved, |k, mode| {
            let (after, before) = (complex_load(k, mode.change, 0), complex_load(k, mode.wave, 0));
            let (difference, factor) = (number::sub(k, after, before), mode.factor(k, 2));
            let change = number::mul(k, factor, difference);
            complex_store(k, mode.change, change);
        });
        self.add_changes("etd_end", &curved, scratch, &stage, &state);
    }

    /// Buffers for the fields that are advanced in Fourier space.
    fn modes(&mut self) -> Vec<Mode> {
        let model = self.assembly.model;
        let parts = split(model).into_iter().filter(|part| is_exponential(model, part));
        let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
        parts
            .map(|part| {
                let name = &model.fields[part.field].name;
                let real_factors = part.symbol(model, &parameters).is_real();
                let (kind, width) = if real_factors { (Kind::Real, 1) } else { (Kind::Complex, 2) };
                let components = weights(&part) * width;
                Mode {
                    wave: self.spectrum(format!("{name} wave")),
                    change: self.spectrum(format!("{name} change")),
                    factors: self.assembly.cells_of(factors_name(model, &part), Role::Map, kind, components),
                    real_factors,
                    part,
                }
            })
            .collect()
    }

    fn spectrum(&mut self, name: String) -> BufferId {
        self.assembly.cells(name, Role::Work, Kind::Complex)
    }

    /// What the stages evaluate: explicit terms, whole equations of the other fields.
    fn explicit_roots(&self, modes: &[Mode]) -> Vec<Expr> {
        let fields = self.assembly.model.fields.iter().enumerate();
        fields
            .flat_map(|(index, field)| match modes.iter().find(|mode| mode.part.field == index) {
                Some(mode) => mode.part.explicit.iter().map(|term| term.expr).collect(),
                None => vec![field.equation],
            })
            .collect()
    }

    fn transform(&mut self, buffer: BufferId, scratch: BufferId, inverse: bool) {
        self.assembly.step.push(Pass::Fourier { buffer, scratch, inverse });
    }

    /// A kernel over wavenumbers, or over cells.
    fn pointwise(&mut self, name: &str, modes: &[Mode], update: impl Fn(&mut KernelBuilder, &Mode)) {
        if modes.is_empty() {
            return;
        }
        let mut k = KernelBuilder::new(self.assembly.precision, Extent::Cells);
        for mode in modes {
            update(&mut k, mode);
        }
        let kernel = self.assembly.add_kernel(k.finish(name));
        self.assembly.step.push(Pass::Run(kernel));
    }

    /// `to = from + F^-1 change`
    fn add_changes(&mut self, name: &str, modes: &[Mode], scratch: BufferId, from: &Level, to: &Level) {
        for mode in modes {
            self.transform(mode.change, scratch, true);
        }
        let model = self.assembly.model;
        self.pointwise(name, modes, |k, mode| {
            let index = mode.part.field;
            let components = if model.fields[index].kind == Kind::Complex { 2 } else { 1 };
            for component in 0..components {
                let before = k.load(Slot { buffer: from[index], component }, HERE);
                let change = k.load(Slot { buffer: mode.change, component }, HERE);
                let after = k.add(before, change);
                k.store(Slot { buffer: to[index], component }, after);
            }
        });
    }
}

/// N(u): the sum of a field's explicit terms.
fn explicit(lowering: &mut super::lower::Lowering<'_>, mode: &Mode, component: &Component<'_>) -> Lowered {
    let mut sum = lowering.zero();
    for term in &mode.part.explicit {
        let value = lowering.drift(term.expr, component.site);
        let add = if term.negative { number::sub } else { number::add };
        sum = add(&mut lowering.k, sum, value);
    }
    sum
}

fn complex_load(k: &mut KernelBuilder, buffer: BufferId, component: u32) -> Lowered {
    let re = k.load(Slot { buffer, component }, HERE);
    Lowered::Complex(re, k.load(Slot { buffer, component: component + 1 }, HERE))
}

fn complex_store(k: &mut KernelBuilder, buffer: BufferId, value: Lowered) {
    let (re, im) = value.complex(k);
    k.store(Slot { buffer, component: 0 }, re);
    k.store(Slot { buffer, component: 1 }, im);
}
