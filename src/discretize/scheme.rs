//! Time integrators as schedules over buffers.
//!
//! In: the state's bindings. Out: the passes of one step. With F(u) the right-hand side, dt the step and dW the noise:
//! - `euler`: u' = u + dt F(u) + b(u) dW
//! - `heun`: s = u + dt F(u) + b(u) dW, u' = (u + s + dt F(s) + b dW)/2 with b = b(u) (Ito) or b(s) (Stratonovich)
//! - `rk4`: the classical Runge-Kutta method (Kutta 1901), with three buffers beside the state
//! - `etd2`: see [`super::etd2`]
//!
//! Invariants: a stage reads neighbours only in buffers that it does not write; fields whose equation is 0 have no
//! stage buffers.

use super::assemble::Assembly;
use super::lower::{Bindings, Lowering};
use super::materialize::own_sites;
use super::noise::coefficient_reads_neighbors;
use super::number::{self, Lowered};
use super::site::{HERE, Site};
use super::walls::ActiveWall;
use crate::field::Kind;
use crate::model::{Expr, Field, Model};
use crate::program::{BufferId, Extent, Ghost, Pass, Role, Slot};
use crate::seed::{Noise, Scheme};

pub(super) struct Stages<'s, 'm> {
    pub(super) assembly: &'s mut Assembly<'m>,
    pub(super) walls: &'s [ActiveWall],
    pub(super) ghosts: &'s [[[Ghost; 2]; 3]],
    pub(super) state: Bindings,
}

/// One buffer per evolving field; fields that rest have their state.
pub(super) type Level = Vec<BufferId>;

impl<'m> Stages<'_, 'm> {
    pub(super) fn schedule(&mut self) {
        match self.assembly.model.time.scheme {
            Scheme::Euler => self.euler(),
            Scheme::Heun => self.heun(),
            Scheme::Rk4 => self.rk4(),
            Scheme::Etd2 => self.etd2(),
        }
    }

    pub(super) fn level(&mut self, name: &str) -> Level {
        let model = self.assembly.model;
        let mut level = self.state.fields.clone();
        for (index, field) in model.fields.iter().enumerate().filter(|(_, field)| evolves(model, field)) {
            let buffer = self.assembly.cells(format!("{} {name}", field.name), Role::Work, field.kind);
            self.assembly.buffers[buffer.0 as usize].ghosts = self.ghosts[index];
            level[index] = buffer;
        }
        level
    }

    /// Bindings of a stage that reads `level` at `fraction` of the step, after the passes that it needs.
    fn stage(&mut self, level: &Level, fraction: f64, name: &str) -> Bindings {
        let roots: Vec<Expr> = self.assembly.model.fields.iter().map(|field| field.equation).collect();
        self.stage_of(&roots, level, fraction, name)
    }

    /// The same for other expressions than the equations.
    pub(super) fn stage_of(&mut self, roots: &[Expr], level: &Level, fraction: f64, name: &str) -> Bindings {
        let mut bindings = self.state.clone();
        bindings.fields.clone_from(level);
        bindings.time = Some(self.assembly.time(fraction));
        let walls = self.assembly.fill_walls(self.walls, &bindings, Some(fraction), name);
        self.assembly.step.extend(walls);
        let parts = self.assembly.materialize(roots, &mut bindings, name);
        self.assembly.step.extend(parts);
        bindings
    }

    /// A kernel that stores, for each component of each evolving field, what `update` makes of it; on a graph one for
    /// the fields on nodes and one for those on edges.
    pub(super) fn kernel<'b>(
        &mut self,
        name: &str,
        bindings: &'b Bindings,
        mut update: impl FnMut(&mut Lowering<'b>, &Component<'_>) -> Vec<(Slot, Lowered)>,
    ) where
        'm: 'b,
    {
        for (extent, suffix) in [(Extent::Cells, ""), (Extent::Edges, "_edges")] {
            self.kernel_over(extent, &format!("{name}{suffix}"), bindings, &mut update);
        }
    }

    fn kernel_over<'b>(
        &mut self,
        extent: Extent,
        name: &str,
        bindings: &'b Bindings,
        update: &mut impl FnMut(&mut Lowering<'b>, &Component<'_>) -> Vec<(Slot, Lowered)>,
    ) where
        'm: 'b,
    {
        let model = self.assembly.model;
        let mut lowering = self.assembly.lowering(bindings, extent);
        let here = |field: &Field| evolves(model, field) && Extent::of(field.kind, &model.grid) == extent;
        for (index, field) in model.fields.iter().enumerate().filter(|(_, field)| here(field)) {
            for (position, at) in own_sites_of(model, field).into_iter().enumerate() {
                let component = Component { index, field, site: Site { at, offset: HERE }, position };
                for (slot, value) in update(&mut lowering, &component) {
                    let (re, im) = value.complex(&mut lowering.k);
                    lowering.k.store(slot, re);
                    if field.kind == Kind::Complex {
                        lowering.k.store(Slot { component: slot.component + 1, ..slot }, im);
                    }
                }
            }
        }
        if lowering.k.is_empty() {
            return;
        }
        let kernel = lowering.k.finish(name);
        let id = self.assembly.add_kernel(kernel);
        self.assembly.step.push(Pass::Run(id));
    }

    fn euler(&mut self) {
        let dt = self.assembly.dt;
        let state = self.state.fields.clone();
        let next = self.level("next");
        let bindings = self.stage(&state, 0.0, "euler");
        self.kernel("euler", &bindings, |lowering, component| {
            let u = component.value(lowering, &state);
            let f = component.tendency(lowering);
            let mut value = plus(lowering, u, dt, f);
            if let Some(noise) = component.noise(lowering) {
                value = plus(lowering, value, dt, noise);
            }
            vec![(component.slot(&next), value)]
        });
        for (&a, &b) in state.iter().zip(&next).filter(|(a, b)| a != b) {
            self.assembly.step.push(Pass::Swap(a, b));
        }
    }

    fn heun(&mut self) {
        let dt = self.assembly.dt;
        let model = self.assembly.model;
        let ito = model.time.noise == Noise::Ito;
        let state = self.state.fields.clone();
        let stage = self.level("stage");
        // The state is overwritten in the second stage, where only its own cell may still be read.
        let kept: Vec<Option<BufferId>> = model
            .fields
            .iter()
            .map(|field| {
                let keep = ito && coefficient_reads_neighbors(model, field.equation);
                keep.then(|| self.assembly.cells(format!("{} increment", field.name), Role::Work, field.kind))
            })
            .collect();

        let first = self.stage(&state, 0.0, "predict");
        self.kernel("predict", &first, |lowering, component| {
            let u = component.value(lowering, &state);
            let f = component.tendency(lowering);
            let mut value = plus(lowering, u, dt, f);
            let mut stores = Vec::new();
            if let Some(noise) = component.noise(lowering) {
                value = plus(lowering, value, dt, noise);
                if let Some(buffer) = kept[component.index] {
                    stores.push((component.slot_in(buffer), noise));
                }
            }
            stores.push((component.slot(&stage), value));
            stores
        });

        let second = self.stage(&stage, 1.0, "correct");
        let mut start = first.clone();
        start.materialized.clear();
        self.kernel("correct", &second, |lowering, component| {
            let (u, s) = (component.value(lowering, &state), component.value(lowering, &stage));
            let f = component.tendency(lowering);
            let sum = number::add(&mut lowering.k, u, s);
            let mut twice = plus(lowering, sum, dt, f);
            let noise = match kept[component.index] {
                Some(buffer) => Some(component.load(lowering, buffer)),
                None if ito => {
                    lowering.rebind(&start);
                    let noise = component.noise(lowering);
                    lowering.rebind(&second);
                    noise
                }
                None => component.noise(lowering),
            };
            if let Some(noise) = noise {
                twice = plus(lowering, twice, dt, noise);
            }
            vec![(component.slot(&state), number::scale(&mut lowering.k, 0.5, twice))]
        });
    }

    fn rk4(&mut self) {
        let dt = self.assembly.dt;
        let state = self.state.fields.clone();
        let (sum, one, two) = (self.level("sum"), self.level("stage 1"), self.level("stage 2"));
        // (reads, fraction, next stage and its dt, weight of this slope)
        let stages = [
            (&state, 0.0, Some((&one, dt / 2.0)), dt / 6.0),
            (&one, 0.5, Some((&two, dt / 2.0)), dt / 3.0),
            (&two, 0.5, Some((&one, dt)), dt / 3.0),
            (&one, 1.0, None, dt / 6.0),
        ];
        for (number, (reads, fraction, next, weight)) in stages.into_iter().enumerate() {
            let name = format!("rk4_{}", number + 1);
            let bindings = self.stage(reads, fraction, &name);
            self.kernel(&name, &bindings, |lowering, component| {
                let u = component.value(lowering, &state);
                let f = component.tendency(lowering);
                let before = if number == 0 { u } else { component.value(lowering, &sum) };
                let after = plus(lowering, before, weight, f);
                match next {
                    None => vec![(component.slot(&state), after)],
                    Some((next, length)) => {
                        let stage = plus(lowering, u, length, f);
                        vec![(component.slot(&sum), after), (component.slot(next), stage)]
                    }
                }
            });
        }
    }
}

/// The cell value of a field, or one component of a link field.
pub(super) struct Component<'f> {
    pub(super) index: usize,
    pub(super) field: &'f Field,
    pub(super) site: Site,
    position: usize,
}

impl Component<'_> {
    pub(super) fn slot(&self, level: &Level) -> Slot {
        self.slot_in(level[self.index])
    }

    pub(super) fn slot_in(&self, buffer: BufferId) -> Slot {
        Slot { buffer, component: u32::try_from(self.position).expect("few components") }
    }

    pub(super) fn load(&self, lowering: &mut Lowering<'_>, buffer: BufferId) -> Lowered {
        let slot = self.slot_in(buffer);
        let re = lowering.k.load(slot, HERE);
        if self.field.kind == Kind::Complex {
            let im = lowering.k.load(Slot { component: slot.component + 1, ..slot }, HERE);
            return Lowered::Complex(re, im);
        }
        Lowered::Real(re)
    }

    pub(super) fn value(&self, lowering: &mut Lowering<'_>, level: &Level) -> Lowered {
        self.load(lowering, level[self.index])
    }

    /// F(u) without noise; 0 where the site is inert.
    pub(super) fn tendency(&self, lowering: &mut Lowering<'_>) -> Lowered {
        let f = lowering.drift(self.field.equation, self.site);
        self.gate(lowering, f)
    }

    /// b(u) dW / dt, if the equation has noise.
    fn noise(&self, lowering: &mut Lowering<'_>) -> Option<Lowered> {
        let noise = lowering.noise_part(self.field.equation, self.site)?;
        Some(self.gate(lowering, noise))
    }

    fn gate(&self, lowering: &mut Lowering<'_>, value: Lowered) -> Lowered {
        let alive = lowering.alive(self.site);
        lowering.gated(alive, value)
    }
}

fn own_sites_of(model: &Model, field: &Field) -> Vec<super::site::At> {
    match field.kind {
        Kind::Link if model.grid.graph().is_some() => vec![super::site::At::Edge],
        Kind::Link => model.grid.axis_list().iter().map(|&axis| super::site::At::Link(axis)).collect(),
        Kind::Real | Kind::Complex | Kind::Face => {
            debug_assert!(own_sites(model, field.equation).len() <= 1, "cell fields have cell equations");
            vec![super::site::At::Cell]
        }
    }
}

pub(super) fn evolves(model: &Model, field: &Field) -> bool {
    !model.arena.is_zero(field.equation)
}

/// `a + factor b`
pub(super) fn plus(lowering: &mut Lowering<'_>, a: Lowered, factor: f64, b: Lowered) -> Lowered {
    let term = number::scale(&mut lowering.k, factor, b);
    number::add(&mut lowering.k, a, term)
}
