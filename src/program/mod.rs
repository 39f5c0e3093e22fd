//! The waist: what one time step does, as plain data.
//!
//! In: operations put together by `discretize`. Out: what both back ends run. Nothing above a [`Program`] knows a back
//! end, nothing below it knows an equation. Invariants, held by [`Program::validate`]: operands come before their use,
//! offsets reach at most one cell per axis, every slot exists, and a kernel reads a buffer it writes only at the very
//! cell (and component) it is about to write.

mod builder;
mod display;
mod graph;
mod idle;
mod kernel;
mod sweeps;
mod validate;

pub use builder::KernelBuilder;
pub use graph::{Part, Share, incidence};
pub use kernel::{Kernel, Op, Store, Value};

use crate::field::Kind;
use crate::grid::{Axis, Grid};
use crate::math::arithmetic::Precision;

/// Position of a buffer in [`Program::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub u32);

/// Position of a uniform in [`Program::uniforms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniformId(pub u32);

/// Position of a kernel in [`Program::kernels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KernelId(pub u32);

/// One component of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// The buffer.
    pub buffer: BufferId,
    /// The component, from 0.
    pub component: u32,
}

/// Which end of a bounded axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Left, bottom, back: below cell 0.
    Low,
    /// Right, top, front: beyond the last cell.
    High,
}

/// The cells that a buffer has, or that a kernel runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extent {
    /// All cells of the grid, or all nodes of the graph.
    Cells,
    /// The edges of a graph.
    Edges,
    /// The triangles of a graph.
    Triangles,
    /// One value per cell of a wall: the grid with that axis collapsed to one cell. Index order as in the grid.
    Wall(Axis, Side),
}

impl Extent {
    /// Where the values of a kind of field are.
    pub fn of(kind: Kind, grid: &Grid) -> Self {
        match kind {
            Kind::Link if grid.graph().is_some() => Self::Edges,
            Kind::Face if grid.graph().is_some() => Self::Triangles,
            Kind::Real | Kind::Complex | Kind::Link | Kind::Face => Self::Cells,
        }
    }
}

/// The value that a load finds one cell beyond a wall. `u` is the nearest cell inside (in that axis).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ghost {
    /// `u`: no flux.
    Mirror,
    /// 0: links and faces beyond a wall.
    Zero,
    /// `p * u + q` with p, q from a buffer of extent `Wall(axis, side)`: component 0 is p, component 1 + c is q for
    /// component c. Where two walls meet, the rule of the later axis is applied to the ghosts of the earlier one;
    /// p and q beyond an x wall that is itself `Affine` go on linearly (`2 c[0] - c[1]`), beyond others they stay.
    Affine(BufferId),
}

/// What a buffer is for. The arena of a role is one allocation on the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A field of the seed: its value now.
    State,
    /// A field at a stage of the scheme, or another buffer that the step overwrites before it reads.
    Work,
    /// Given from outside and constant through a step: maps, mask, factors of Fourier modes.
    Map,
    /// Wall coefficients (extent `Wall`).
    Wall,
    /// What an observation program writes.
    Output,
}

/// Storage for one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// Unique: the field's name, or one derived from it (`A.stage`).
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// What one value is; decides how the host reads it. The components are counted by `components`.
    pub kind: Kind,
    /// Real numbers per cell.
    pub components: u32,
    /// The cells that it has.
    pub extent: Extent,
    /// What lies beyond the walls: `ghosts[axis][side]`; unused where the axis is periodic.
    pub ghosts: [[Ghost; 2]; 3],
}

/// A number that is the same for all cells.
#[derive(Clone, Debug, PartialEq)]
pub enum Uniform {
    /// Set from outside between steps.
    Parameter {
        /// The name in the seed.
        name: String,
        /// The value at the start.
        value: f64,
    },
    /// `(step + fraction) * dt`, computed by the host in f64 and rounded.
    Time {
        /// Fraction of the step: 0, 0.5 or 1.
        fraction: f64,
    },
    /// A reduction held by the engine: at step n the value at the start of step n - 1 (of the initial field at
    /// steps 0 and 1). Written by [`Pass::Reduce`].
    Held {
        /// For display.
        name: String,
    },
}

/// How values are combined over all active cells. Fixed shape: see `engine::Engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Sum.
    Sum,
    /// Sum divided by the number of active cells.
    Mean,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Population standard deviation, in two passes.
    Std,
}

/// One entry of the schedule.
#[derive(Clone, Debug, PartialEq)]
pub enum Pass {
    /// Runs a kernel over its extent.
    Run(KernelId),
    /// Exchanges the contents of two buffers of one shape (by exchanging what the names stand for).
    Swap(BufferId, BufferId),
    /// Fills a buffer with independent normal numbers (mean 0, variance 1): component c from stream
    /// `first_stream + c`, counters (cell, step). If one of `zero_when` is exactly 0, the pass may be skipped and the
    /// buffer holds 0.
    Normal {
        /// Where to.
        buffer: BufferId,
        /// Stream of component 0.
        first_stream: u32,
        /// Parameters that multiply all that is drawn here.
        zero_when: Vec<UniformId>,
    },
    /// Combines one component of a buffer over all active cells into a held uniform. With a mask, `mask` is the slot
    /// that is 1 in active cells and 0 elsewhere.
    Reduce {
        /// What to combine.
        source: Slot,
        /// How.
        reduction: Reduction,
        /// Which cells count.
        mask: Option<Slot>,
        /// Where to: a `Uniform::Held`.
        target: UniformId,
    },
    /// Transforms a buffer over cells, component 0 the real and 1 the imaginary part, along all axes of the grid:
    /// `X_k = sum_j x_j e^(-2 pi i j k / n)` along each, or its inverse with the factor 1/n. The mode of wavenumber k
    /// is where cell k was; wavenumbers above n/2 stand for k - n.
    Fourier {
        /// What to transform: of role `Work`.
        buffer: BufferId,
        /// Another buffer of the same shape and role for intermediate results; its contents are lost.
        scratch: BufferId,
        /// Whether to transform back.
        inverse: bool,
    },
    /// Adds up what the edges or triangles round every node or edge of a graph give to it, in the order of the graph's
    /// tables: component c of `to` from component c of `from`.
    Gather {
        /// What gives, over edges or triangles.
        from: BufferId,
        /// What is given to: over what these surround.
        to: BufferId,
        /// What each part gets.
        share: Share,
    },
}

/// Everything an engine needs, closed and executable.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Where the fields live.
    pub grid: Grid,
    /// The format of all numbers.
    pub precision: Precision,
    /// Length of a step, in the seed's unit of time.
    pub dt: f64,
    /// Key of all random numbers.
    pub rng_seed: u64,
    /// Storage.
    pub buffers: Vec<Buffer>,
    /// Numbers that are the same for all cells.
    pub uniforms: Vec<Uniform>,
    /// Straight-line code.
    pub kernels: Vec<Kernel>,
    /// Run once before the first step, and again after a parameter or a map has changed: walls constant in time.
    pub prepare: Vec<Pass>,
    /// Run in this order for every step.
    pub step: Vec<Pass>,
}

impl Program {
    /// A buffer by its id.
    pub fn buffer(&self, id: BufferId) -> &Buffer {
        &self.buffers[id.0 as usize]
    }

    /// A kernel by its id.
    pub fn kernel(&self, id: KernelId) -> &Kernel {
        &self.kernels[id.0 as usize]
    }

    /// A buffer by its name.
    pub fn buffer_named(&self, name: &str) -> Option<BufferId> {
        let position = self.buffers.iter().position(|buffer| buffer.name == name)?;
        Some(BufferId(u32::try_from(position).expect("fewer than 2^32 buffers")))
    }

    /// A parameter by its name.
    pub fn parameter_named(&self, name: &str) -> Option<UniformId> {
        let position = self
            .uniforms
            .iter()
            .position(|uniform| matches!(uniform, Uniform::Parameter { name: own, .. } if own == name))?;
        Some(UniformId(u32::try_from(position).expect("fewer than 2^32 uniforms")))
    }

    /// Shape of a buffer's extent.
    pub fn extent_shape(&self, extent: Extent) -> [usize; 3] {
        let mut shape = self.grid.shape();
        match extent {
            Extent::Cells => {}
            Extent::Wall(axis, _) => shape[axis.index()] = 1,
            Extent::Edges => shape = [Kind::Link.sites(&self.grid), 1, 1],
            Extent::Triangles => shape = [Kind::Face.sites(&self.grid), 1, 1],
        }
        shape
    }

    /// Number of cells of an extent.
    pub fn extent_cells(&self, extent: Extent) -> usize {
        self.extent_shape(extent).iter().product()
    }

    /// Bytes held for all buffers, without ghosts, and for the tables of a graph.
    pub fn memory_bytes(&self) -> u128 {
        let numbers: u128 = self
            .buffers
            .iter()
            .map(|buffer| self.extent_cells(buffer.extent) as u128 * u128::from(buffer.components))
            .sum();
        numbers * self.precision.bytes() as u128 + self.grid.graph().map_or(0, |graph| graph.table_bytes())
    }

    /// Bytes moved per cell in one step if each kernel reads every slot it needs once and writes each store once.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few thousand bytes, as a mean over cells"
    )]
    pub fn bytes_per_cell_step(&self) -> usize {
        let cells = self.grid.cells().max(1);
        let per_cell = |extent| self.extent_cells(extent) as f64 / cells as f64;
        let numbers: f64 = self
            .step
            .iter()
            .map(|pass| match pass {
                Pass::Run(kernel) => {
                    let kernel = self.kernel(*kernel);
                    kernel.slots_moved() as f64 * per_cell(kernel.extent)
                }
                Pass::Swap(..) => 0.0,
                Pass::Normal { buffer, .. } => {
                    let buffer = self.buffer(*buffer);
                    f64::from(buffer.components) * per_cell(buffer.extent)
                }
                Pass::Reduce { source, mask, .. } => {
                    (1 + usize::from(mask.is_some())) as f64 * per_cell(self.buffer(source.buffer).extent)
                }
                // One sweep per axis, two components read and written.
                Pass::Fourier { .. } => (4 * self.grid.axes()) as f64,
                Pass::Gather { from, to, .. } => [from, to]
                    .map(|id| self.buffer(*id))
                    .iter()
                    .fold(0.0, |sum, buffer| sum + f64::from(buffer.components) * per_cell(buffer.extent)),
            })
            .sum();
        (numbers * self.precision.bytes() as f64).round() as usize
    }
}
