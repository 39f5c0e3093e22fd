//! The passes of a Program as actions: what is dispatched, in which order.
//!
//! In: a Program. Out: actions whose pipelines are compiled. Invariant: an action list has the order of the Program's
//! pass list, one action per pass.

use std::collections::BTreeSet;

use super::buffers::Arenas;
use super::device::Device;
use super::leaps::Leaper;
use super::names::Names;
use super::pipeline::{Entries, Pipeline};
use super::tables::Tables;
use crate::engine::EngineError;
use crate::program::{BufferId, Ghost, Kernel, KernelId, Op, Pass, Program, Role, UniformId};
use crate::shader::{
    self, ARENAS, Groups, Module, Placement, ShaderError, Shape, arena_name, group_count, piece_of, reduce_groups,
};

/// One pass, ready to run.
#[derive(Debug)]
pub(super) enum Action {
    /// Runs a kernel: its position among the kernels' pipelines.
    Run(KernelId),
    /// Exchanges two names.
    Swap(BufferId, BufferId),
    /// Fills a buffer with normal numbers, unless it is skipped.
    Draw {
        pipeline: Pipeline,
        buffer: BufferId,
        zero_when: Vec<UniformId>,
        /// Whether nothing else writes the buffer: only then may a skipped draw leave it as it is.
        sole: bool,
    },
    /// Runs the sweeps of a reduction.
    Reduce(Vec<Pipeline>),
    /// Runs the sweeps of a Fourier transform: its position among the transforms' pipelines.
    Fourier(usize),
    /// Adds up along a graph.
    Gather(Pipeline),
}

impl Action {
    /// Whether it has work for the device.
    pub(super) const fn is_work(&self) -> bool {
        match self {
            Self::Run(_) | Self::Draw { .. } | Self::Reduce(_) | Self::Fourier(_) | Self::Gather(_) => true,
            Self::Swap(..) => false,
        }
    }
}

/// All actions of a Program.
#[derive(Debug)]
pub(super) struct Schedule {
    kernels: Vec<Pipeline>,
    /// The sweeps of every different transform.
    transforms: Vec<Vec<Pipeline>>,
    pub(super) prepare: Vec<Action>,
    pub(super) step: Vec<Action>,
    /// Several steps at once.
    pub(super) leap: Option<Leaper>,
    /// Which actions of `step` give the held values of the initial field.
    initial: Vec<bool>,
}

/// What compiling needs.
pub(super) struct Compiler<'b> {
    pub(super) device: &'b Device,
    pub(super) placement: &'b Placement<'b>,
    pub(super) arenas: &'b Arenas,
    pub(super) tables: &'b Tables,
    pub(super) names: &'b Names,
}

impl Schedule {
    /// Compiles everything that a Program runs but a leap, its kernels in a shape.
    pub(super) fn new(compiler: &Compiler<'_>, shape: Shape) -> Result<Self, EngineError> {
        let program = compiler.placement.program;
        let kernels = program.kernels.iter().map(|kernel| compiler.kernel(kernel, shape));
        let transforms = transforms(program);
        let actions =
            |passes: &[Pass]| passes.iter().map(|pass| compiler.action(pass, &transforms)).collect::<Result<_, _>>();
        Ok(Self {
            kernels: kernels.collect::<Result<_, _>>()?,
            transforms: transforms.iter().map(|pass| compiler.transform(pass)).collect::<Result<_, _>>()?,
            prepare: actions(&program.prepare)?,
            step: actions(&program.step)?,
            leap: None,
            initial: initial_passes(program),
        })
    }

    /// Puts actions into a pass; `skipped` says which draws are left out.
    pub(super) fn record<'s>(
        &self,
        actions: impl IntoIterator<Item = &'s Action>,
        run: &mut Recording<'_, '_>,
        step: usize,
        skipped: &dyn Fn(&Action) -> bool,
    ) {
        for action in actions.into_iter().filter(|action| !skipped(action)) {
            self.record_one(action, run, step);
        }
    }

    /// Puts the next of `left` steps into a pass, or as many at once as a leap has if nothing is drawn. Returns how many.
    pub(super) fn record_next(
        &self,
        run: &mut Recording<'_, '_>,
        step: usize,
        left: usize,
        skipped: &dyn Fn(&Action) -> bool,
    ) -> usize {
        let draws = || self.step.iter().any(|action| matches!(action, Action::Draw { .. }) && !skipped(action));
        match self.leap.as_ref().filter(|leap| leap.steps <= left && !draws()) {
            Some(leap) => {
                leap.record(run, step);
                leap.steps
            }
            None => {
                self.record(&self.step, run, step, skipped);
                1
            }
        }
    }

    /// Number of dispatches in a step.
    pub(super) fn dispatches(&self) -> usize {
        let count = |action: &Action| match action {
            Action::Run(_) | Action::Draw { .. } | Action::Gather(_) => 1,
            Action::Swap(..) => 0,
            Action::Reduce(sweeps) => sweeps.len(),
            Action::Fourier(transform) => self.transforms[*transform].len(),
        };
        self.step.iter().map(count).sum()
    }

    /// What an action is called: its kernel, or what it does.
    pub(super) fn name(&self, action: &Action, program: &Program) -> String {
        match action {
            Action::Run(kernel) => program.kernels[kernel.0 as usize].name.clone(),
            Action::Draw { .. } => "draw".into(),
            Action::Reduce(_) => "reduce".into(),
            Action::Fourier(_) => "fourier".into(),
            Action::Gather(_) => "gather".into(),
            Action::Swap(..) => "swap".into(),
        }
    }

    /// The actions that reduce the initial field.
    pub(super) fn initial(&self) -> impl Iterator<Item = &Action> {
        self.step.iter().zip(&self.initial).filter(|(_, needed)| **needed).map(|(action, _)| action)
    }

    fn record_one(&self, action: &Action, run: &mut Recording<'_, '_>, step: usize) {
        let entries = Entries { names: run.names.current(), step };
        let mut dispatch = |pipeline: &Pipeline| pipeline.dispatch(run.pass, run.tables, entries);
        match action {
            Action::Run(kernel) => dispatch(&self.kernels[kernel.0 as usize]),
            Action::Swap(a, b) => run.names.swap(*a, *b),
            Action::Draw { pipeline, .. } | Action::Gather(pipeline) => dispatch(pipeline),
            Action::Reduce(sweeps) => sweeps.iter().for_each(dispatch),
            Action::Fourier(transform) => self.transforms[*transform].iter().for_each(dispatch),
        }
    }
}

/// Where actions are recorded.
pub(super) struct Recording<'a, 'e> {
    pub(super) pass: &'a mut wgpu::ComputePass<'e>,
    pub(super) tables: &'a Tables,
    pub(super) names: &'a mut Names,
}

impl Compiler<'_> {
    /// A kernel in the nearest shape that it can have.
    pub(super) fn kernel(&self, kernel: &Kernel, shape: Shape) -> Result<Pipeline, EngineError> {
        let module = shader::kernel_module(self.placement, kernel, shape).map_err(refused)?;
        self.pipeline(&module, "pointwise", shader::kernel_groups(self.placement, kernel, shape), None)
    }

    /// `transforms` are all that the Program has.
    fn action(&self, pass: &Pass, transforms: &[&Pass]) -> Result<Action, EngineError> {
        let program = self.placement.program;
        Ok(match *pass {
            Pass::Run(kernel) => Action::Run(kernel),
            Pass::Swap(a, b) => Action::Swap(a, b),
            Pass::Normal { buffer, first_stream, ref zero_when } => {
                let module = shader::normal_module(self.placement, buffer, first_stream).map_err(refused)?;
                let quads = program.extent_cells(program.buffer(buffer).extent).div_ceil(4);
                let arena = self.placement.arena(buffer);
                let pipeline = self.pipeline(&module, "normal", group_count(quads), Some([arena; 2]))?;
                Action::Draw { pipeline, buffer, zero_when: zero_when.clone(), sole: is_only_drawn(program, buffer) }
            }
            Pass::Reduce { source, reduction, mask, target } => {
                let cells = program.extent_cells(program.buffer(source.buffer).extent);
                let bound = [source, mask.unwrap_or(source)].map(|slot| self.placement.arena(slot.buffer));
                let mut sweeps = Vec::new();
                for module in
                    shader::reduce_modules(self.placement, source, reduction, mask, target).map_err(refused)?
                {
                    sweeps.push(self.pipeline(&module, "gather", [reduce_groups(cells), 1], Some(bound))?);
                    sweeps.push(self.pipeline(&module, "finish", [1, 1], Some(bound))?);
                }
                Action::Reduce(sweeps)
            }
            Pass::Gather { from, to, share } => {
                let module = shader::gather_module(self.placement, from, to, share).map_err(refused)?;
                let groups = group_count(program.extent_cells(program.buffer(to).extent));
                let arena = self.placement.arena(to);
                Action::Gather(self.pipeline(&module, "gather", groups, Some([arena; 2]))?)
            }
            Pass::Fourier { .. } => {
                Action::Fourier(transforms.iter().position(|known| *known == pass).expect("all transforms are known"))
            }
        })
    }

    /// The sweeps of a Fourier transform.
    fn transform(&self, pass: &Pass) -> Result<Vec<Pipeline>, EngineError> {
        let Pass::Fourier { buffer, scratch, inverse } = *pass else { unreachable!("a transform") };
        let bound = [buffer, scratch].map(|buffer| self.placement.arena(buffer));
        let modules = shader::fourier_modules(self.placement, buffer, scratch, inverse).map_err(refused)?;
        modules.iter().map(|(module, groups)| self.pipeline(module, "fourier", *groups, Some(bound))).collect()
    }

    /// Compiles an entry point; `bound` are the arenas behind `source` or `drawn`, and `mask`.
    pub(super) fn pipeline(
        &self,
        module: &Module,
        entry_point: &str,
        groups: Groups,
        bound: Option<[Role; 2]>,
    ) -> Result<Pipeline, EngineError> {
        let arena = |name: &str| {
            let [first, second] = bound.unwrap_or([Role::State; 2]);
            match name {
                "source" | "drawn" | "examined" | "transformed" | "gathered" => first,
                "mask" => second,
                name => ARENAS.into_iter().find(|arena| arena_name(*arena) == name).expect("templates name arenas"),
            }
        };
        let storage = |binding: &str| {
            let (name, piece) = piece_of(binding);
            self.arenas.piece(arena(name), piece)
        };
        Pipeline::new(self.device, self.tables, module, entry_point, groups, &storage)
    }
}

/// The different Fourier transforms of a Program.
fn transforms(program: &Program) -> Vec<&Pass> {
    let mut transforms: Vec<&Pass> = vec![];
    for pass in program.step.iter().filter(|pass| matches!(pass, Pass::Fourier { .. })) {
        if !transforms.contains(&pass) {
            transforms.push(pass);
        }
    }
    transforms
}

/// A shader that isn't valid, as the engine's error.
pub(super) fn refused(error: ShaderError) -> EngineError {
    EngineError::Compile { kernel: error.module, message: error.message }
}

/// Whether a buffer is written by passes of normal numbers only, one per step.
fn is_only_drawn(program: &Program, buffer: BufferId) -> bool {
    let passes = || program.prepare.iter().chain(&program.step);
    let stored = |kernel: KernelId| program.kernel(kernel).stores.iter().any(|store| store.slot.buffer == buffer);
    let elsewhere = passes().any(|pass| match *pass {
        Pass::Run(kernel) => stored(kernel),
        Pass::Swap(a, b) => a == buffer || b == buffer,
        Pass::Fourier { buffer: own, scratch, .. } => own == buffer || scratch == buffer,
        Pass::Gather { to, .. } => to == buffer,
        Pass::Normal { .. } | Pass::Reduce { .. } => false,
    });
    let draws = passes().filter(|pass| matches!(pass, Pass::Normal { buffer: own, .. } if *own == buffer)).count();
    !elsewhere && draws == 1
}

/// The passes of a step that its reductions need, except those that change the state: run on the initial field, they
/// give the held values of steps 0 and 1.
fn initial_passes(program: &Program) -> Vec<bool> {
    let mut needed = BTreeSet::new();
    let mut chosen = vec![false; program.step.len()];
    for (position, pass) in program.step.iter().enumerate().rev() {
        chosen[position] = match pass {
            Pass::Reduce { source, mask, .. } => {
                needed.insert(source.buffer);
                needed.extend(mask.map(|slot| slot.buffer));
                true
            }
            Pass::Run(kernel) => {
                let kernel = program.kernel(*kernel);
                let mut stored = kernel.stores.iter().map(|store| store.slot.buffer);
                let runs = stored.clone().any(|buffer| needed.contains(&buffer))
                    && stored.all(|buffer| program.buffer(buffer).role != Role::State);
                if runs {
                    needed.extend(kernel.ops.iter().flat_map(|op| sources(program, op)));
                }
                runs
            }
            Pass::Normal { buffer, .. } => needed.contains(buffer),
            Pass::Gather { from, to, .. } => {
                let runs = needed.contains(to);
                needed.extend(runs.then_some(*from));
                runs
            }
            Pass::Swap(..) | Pass::Fourier { .. } => false,
        };
    }
    chosen
}

/// The buffers that an operation reads: what it loads, and the walls that its ghosts come from.
fn sources(program: &Program, op: &Op) -> Vec<BufferId> {
    let Some(slot) = op.slot() else { return vec![] };
    let walls = program.buffer(slot.buffer).ghosts.into_iter().flatten().filter_map(|ghost| match ghost {
        Ghost::Affine(wall) => Some(wall),
        Ghost::Mirror | Ghost::Zero => None,
    });
    walls.chain([slot.buffer]).collect()
}
