//! The Program under construction: buffers, uniforms, kernels, and the pieces that every schedule is made of.

use std::collections::BTreeMap;

use super::graph::{PLACES, WEIGHTS, uses_weights};
use super::lower::{Bindings, Lowering};
use super::materialize::{materialize, own_sites};
use super::number::Lowered;
use super::site::{At, HERE, Site};
use crate::field::Kind;
use crate::math::arithmetic::{Arithmetic, Precision};
use crate::model::{Expr, Model, Node, Number, Place, Total};
use crate::program::{
    Buffer, BufferId, Extent, Ghost, Kernel, KernelId, Pass, Program, Reduction, Role, Slot, Uniform, UniformId,
};

/// The name of the mask's buffer: not an identifier, since a map or a field may be called `mask`.
pub const MASK: &str = "active cells";

/// How a reduction is carried out: over which kernel's output, and what it combines.
pub(super) struct Reducing {
    pub(super) total: Expr,
    pub(super) source: Slot,
    pub(super) reduction: Reduction,
    pub(super) masked: bool,
    pub(super) target: UniformId,
}

pub(super) struct Assembly<'a> {
    pub(super) model: &'a Model,
    pub(super) precision: Precision,
    pub(super) dt: f64,
    pub(super) buffers: Vec<Buffer>,
    pub(super) uniforms: Vec<Uniform>,
    pub(super) kernels: Vec<Kernel>,
    pub(super) prepare: Vec<Pass>,
    pub(super) step: Vec<Pass>,
    times: BTreeMap<u64, UniformId>,
    buffers_of: BTreeMap<Expr, BufferId>,
    /// On a graph, what edges or triangles give to each sum.
    pub(super) givers: BTreeMap<Expr, BufferId>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(model: &'a Model, precision: Precision, dt: f64) -> Self {
        Self {
            model,
            precision,
            dt,
            buffers: vec![],
            uniforms: vec![],
            kernels: vec![],
            prepare: vec![],
            step: vec![],
            times: BTreeMap::new(),
            buffers_of: BTreeMap::new(),
            givers: BTreeMap::new(),
        }
    }

    pub(super) fn finish(self) -> Program {
        let program = Program {
            grid: self.model.grid.clone(),
            precision: self.precision,
            dt: self.dt,
            rng_seed: self.model.rng_seed,
            buffers: self.buffers,
            uniforms: self.uniforms,
            kernels: self.kernels,
            prepare: self.prepare,
            step: self.step,
        }
        .without_idle();
        if let Err(broken) = program.validate() {
            panic!("discretize made an invalid program: {broken}");
        }
        program
    }

    pub(super) fn add_buffer(&mut self, buffer: Buffer) -> BufferId {
        let id = BufferId(u32::try_from(self.buffers.len()).expect("fewer than 2^32 buffers"));
        self.buffers.push(buffer);
        id
    }

    /// A buffer over all cells. Beyond walls, cells mirror; links and faces are 0.
    pub(super) fn cells(&mut self, name: impl Into<String>, role: Role, kind: Kind) -> BufferId {
        let components = kind.components(&self.model.grid);
        self.cells_of(name, role, kind, components)
    }

    pub(super) fn cells_of(&mut self, name: impl Into<String>, role: Role, kind: Kind, components: usize) -> BufferId {
        self.over(Extent::of(kind, &self.model.grid), name, role, kind, components)
    }

    fn over(&mut self, extent: Extent, name: impl Into<String>, role: Role, kind: Kind, components: usize) -> BufferId {
        let ghost = if matches!(kind, Kind::Link | Kind::Face) { Ghost::Zero } else { Ghost::Mirror };
        self.add_buffer(Buffer {
            name: name.into(),
            role,
            kind,
            components: u32::try_from(components).expect("few components"),
            extent,
            ghosts: [[ghost; 2]; 3],
        })
    }

    pub(super) fn add_uniform(&mut self, uniform: Uniform) -> UniformId {
        let id = UniformId(u32::try_from(self.uniforms.len()).expect("fewer than 2^32 uniforms"));
        self.uniforms.push(uniform);
        id
    }

    /// The uniform of the time at a fraction of the step.
    pub(super) fn time(&mut self, fraction: f64) -> UniformId {
        if let Some(&known) = self.times.get(&fraction.to_bits()) {
            return known;
        }
        let id = self.add_uniform(Uniform::Time { fraction });
        self.times.insert(fraction.to_bits(), id);
        id
    }

    pub(super) fn add_kernel(&mut self, kernel: Kernel) -> KernelId {
        let id = KernelId(u32::try_from(self.kernels.len()).expect("fewer than 2^32 kernels"));
        self.kernels.push(kernel);
        id
    }

    /// A kernel under construction, over an extent.
    pub(super) fn lowering<'b>(&self, bindings: &'b Bindings, extent: Extent) -> Lowering<'b>
    where
        'a: 'b,
    {
        let noise_scale = 1.0 / (self.dt * self.model.grid.cell_volume()).sqrt();
        Lowering::new(self.model, bindings, self.precision, extent, noise_scale)
    }

    /// Parameters, maps in use and the mask: what every kernel may read.
    pub(super) fn common_bindings(&mut self, roots: &[Expr]) -> Bindings {
        let model = self.model;
        let parameters = model
            .parameters
            .iter()
            .map(|p| self.add_uniform(Uniform::Parameter { name: p.name.clone(), value: p.value }))
            .collect();
        let maps = (0..model.maps.len())
            .map(|index| {
                let used = roots.iter().any(|&root| {
                    model.arena.any(root, &|node| matches!(node, Node::Map(map) if *map as usize == index))
                });
                used.then(|| {
                    let map = &model.maps[index];
                    self.cells(map.name.clone(), Role::Map, map.kind)
                })
            })
            .collect();
        let mask = model.mask.is_some().then(|| {
            let buffer = self.cells(MASK, Role::Map, Kind::Real);
            Slot { buffer, component: 0 }
        });
        let (mut weights, mut places) = (None, None);
        if let Some(graph) = model.grid.graph() {
            let any = |asked: fn(&Node) -> bool| roots.iter().any(|&root| model.arena.any(root, &asked));
            weights = any(uses_weights).then(|| self.cells(WEIGHTS, Role::Map, Kind::Link));
            let asked = graph.positions().is_some() && any(|node| matches!(node, Node::Coordinate(_)));
            places = asked.then(|| self.cells_of(PLACES, Role::Map, Kind::Real, 2));
        }
        Bindings { parameters, maps, mask, weights, places, ..Bindings::default() }
    }

    /// Gives buffers to what reaches too far in `roots`, and the kernels that fill them; `bindings` then knows them.
    pub(super) fn materialize(&mut self, roots: &[Expr], bindings: &mut Bindings, stage: &str) -> Vec<Pass> {
        if self.model.grid.graph().is_some() {
            return self.gather(roots, bindings, stage);
        }
        let mut found = Vec::new();
        for &root in roots {
            materialize(self.model, root, &mut found);
        }
        bindings.materialized.clear();
        let mut passes = Vec::new();
        for (position, &expr) in found.iter().enumerate() {
            if bindings.materialized.contains_key(&expr) {
                continue;
            }
            let buffer = self.intermediate(expr);
            let mut lowering = self.lowering(bindings, Extent::Cells);
            store_all(&mut lowering, self.model, expr, buffer);
            let kernel = lowering.k.finish(format!("{stage}_part_{position}"));
            passes.push(Pass::Run(self.add_kernel(kernel)));
            bindings.materialized.insert(expr, buffer);
        }
        passes
    }

    /// One buffer per materialised expression, shared by all stages.
    pub(super) fn intermediate(&mut self, expr: Expr) -> BufferId {
        if let Some(&known) = self.buffers_of.get(&expr) {
            return known;
        }
        let (kind, components) = storage(self.model, expr);
        // Two expressions can have one label: the number keeps names apart.
        let name = format!("part {} {}", self.buffers_of.len(), self.model.label(expr));
        let buffer = self.cells_of(name, Role::Work, kind, components);
        self.buffers_of.insert(expr, buffer);
        buffer
    }

    /// The kernels that compute what reductions combine, innermost first; `bindings` then knows their uniforms.
    pub(super) fn totals(
        &mut self,
        roots: &[Expr],
        bindings: &mut Bindings,
        uniform: impl Fn(String) -> Uniform,
    ) -> (Vec<Pass>, Vec<Reducing>) {
        let (mut passes, mut reducing) = (Vec::new(), Vec::new());
        for (position, total) in reductions_in(self.model, roots).into_iter().enumerate() {
            let Node::Total(function, argument) = *self.model.arena.node(total) else { unreachable!("a reduction") };
            passes.extend(self.materialize(&[argument], bindings, &format!("total_{position}")));
            let shown = format!("{position} {}", self.model.label(total));
            let place = self.model.arena.ty(argument).place;
            // Of a grid, where several of them belong to a cell.
            let on_edges = matches!(place, Place::Link | Place::Face) && self.model.grid.graph().is_none();
            let extent = Extent::of(storage(self.model, argument).0, &self.model.grid);
            let complex = self.model.arena.ty(argument).number == Number::Complex;
            let components = if complex { 2 } else { 1 } + usize::from(on_edges && function == Total::Mean);
            let buffer = self.over(extent, format!("total {shown}"), Role::Work, Kind::Real, components);
            let mut lowering = self.lowering(bindings, extent);
            let values = if matches!(function, Total::Min | Total::Max) && on_edges {
                vec![extreme(&mut lowering, self.model, argument, function)]
            } else {
                combined(&mut lowering, self.model, argument, on_edges)
            };
            for (component, &value) in values[..components].iter().enumerate() {
                let component = u32::try_from(component).expect("few components");
                lowering.k.store(Slot { buffer, component }, value);
            }
            let kernel = lowering.k.finish(format!("total_{position}"));
            passes.push(Pass::Run(self.add_kernel(kernel)));
            let mut targets = Vec::new();
            for component in 0..components {
                let target = self.add_uniform(uniform(format!("{shown} {component}")));
                targets.push(target);
                reducing.push(Reducing {
                    total,
                    source: Slot { buffer, component: u32::try_from(component).expect("few components") },
                    reduction: reduction(function, on_edges),
                    masked: !on_edges,
                    target,
                });
            }
            let count = (on_edges && function == Total::Mean).then(|| targets[components - 1]);
            let im = complex.then(|| targets[1]);
            bindings.totals.insert(total, super::lower::TotalBinding { re: targets[0], im, count });
        }
        (passes, reducing)
    }
}

/// How the cells' values are combined; a mean over edges or plaquettes is a sum and a count.
fn reduction(total: Total, on_edges: bool) -> Reduction {
    match total {
        Total::Mean if on_edges => Reduction::Sum,
        Total::Mean => Reduction::Mean,
        Total::Sum => Reduction::Sum,
        Total::Min => Reduction::Min,
        Total::Max => Reduction::Max,
        Total::Std => Reduction::Std,
    }
}

/// The reductions in expressions, inner ones first.
pub(super) fn reductions_in(model: &Model, roots: &[Expr]) -> Vec<Expr> {
    // An expression comes after its arguments in the arena, so the order of handles is one of dependency.
    let mut found: Vec<Expr> = Vec::new();
    let mut open: Vec<Expr> = roots.to_vec();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(expr) = open.pop() {
        if seen.insert(expr) {
            if matches!(model.arena.node(expr), Node::Total(..)) {
                found.push(expr);
            }
            open.extend(model.arena.arguments(expr));
        }
    }
    found.sort_unstable();
    found
}

/// What is added up for one cell: real part, imaginary part or count, count.
fn combined(lowering: &mut Lowering<'_>, model: &Model, argument: Expr, on_edges: bool) -> Vec<crate::program::Value> {
    let complex = model.arena.ty(argument).number == Number::Complex;
    let mut sums = vec![lowering.k.constant(0.0); 3];
    for at in own_sites(model, argument) {
        let site = Site { at, offset: HERE };
        let mut value = lowering.drift(argument, site);
        let mut one = Lowered::Real(lowering.k.constant(1.0));
        if on_edges {
            let alive = lowering.alive(site);
            value = lowering.gated(alive, value);
            one = lowering.gated(alive, one);
        }
        let (re, im) = value.complex(&mut lowering.k);
        let parts = if complex { vec![re, im, one.real()] } else { vec![re, one.real()] };
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum = lowering.k.add(*sum, part);
        }
    }
    sums
}

/// The extreme over the edges or plaquettes of one cell; if all are inert, the number that no other is beyond.
fn extreme(lowering: &mut Lowering<'_>, model: &Model, argument: Expr, function: Total) -> crate::program::Value {
    let beyond = lowering.k.precision().largest() * if function == Total::Min { 1.0 } else { -1.0 };
    let mut most = lowering.k.constant(beyond);
    for at in own_sites(model, argument) {
        let site = Site { at, offset: HERE };
        let value = lowering.drift(argument, site).real();
        let further = if function == Total::Min { lowering.k.min(most, value) } else { lowering.k.max(most, value) };
        most = match lowering.alive(site) {
            Some(alive) => lowering.k.select(alive, further, most),
            None => further,
        };
    }
    most
}

/// How an expression is stored: its kind for the host, and its components.
pub(super) fn storage(model: &Model, expr: Expr) -> (Kind, usize) {
    let ty = model.arena.ty(expr);
    let kind = match ty.place {
        Place::Link => Kind::Link,
        Place::Face => Kind::Face,
        Place::Uniform | Place::Anywhere | Place::Cell if ty.number == Number::Complex => Kind::Complex,
        Place::Uniform | Place::Anywhere | Place::Cell => Kind::Real,
    };
    let complex_edges = ty.number == Number::Complex && matches!(kind, Kind::Link | Kind::Face);
    (kind, kind.components(&model.grid) * if complex_edges { 2 } else { 1 })
}

/// Stores all components of an expression; inert edges and plaquettes hold 0.
pub(super) fn store_all(lowering: &mut Lowering<'_>, model: &Model, expr: Expr, buffer: BufferId) {
    let complex = model.arena.ty(expr).number == Number::Complex;
    for (position, at) in own_sites(model, expr).into_iter().enumerate() {
        let site = Site { at, offset: HERE };
        let mut value = lowering.drift(expr, site);
        if at != At::Cell {
            let alive = lowering.alive(site);
            value = lowering.gated(alive, value);
        }
        let width = if complex { 2 } else { 1 };
        for part in 0..width {
            let component = u32::try_from(position * width + part).expect("few components");
            let number = match value {
                Lowered::Truth(condition) => {
                    let (one, zero) = (lowering.k.constant(1.0), lowering.k.constant(0.0));
                    lowering.k.select(condition, one, zero)
                }
                Lowered::Real(_) | Lowered::Complex(..) => value.component(part, &mut lowering.k),
            };
            lowering.k.store(Slot { buffer, component }, number);
        }
    }
}
