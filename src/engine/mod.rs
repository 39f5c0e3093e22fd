//! Engines run Programs. In: a Program and the values of its fields. Out: the values some steps later.
//!
//! Invariant: `advance(0, a)` then `advance(a, b)` leaves the same bits as `advance(0, a + b)`, for any number of
//! threads. Reductions have a fixed shape: the values of a row (x) are added pairwise, then the rows.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

pub use cpu::{available_memory, check_available};

use crate::field::Values;
use crate::math::arithmetic::Precision;
use crate::program::{BufferId, Program, UniformId};

/// Where a Program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Machine code generated for this processor; no driver needed.
    Cpu,
    /// WGSL through wgpu.
    Gpu,
}

impl Backend {
    /// The name used in manifests and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }
}

/// What an engine runs on, for the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The back end.
    pub backend: Backend,
    /// The adapter's name, or the processor's architecture.
    pub adapter: String,
    /// Driver name and version; empty on the CPU.
    pub driver: String,
    /// Threads; 1 on the GPU.
    pub threads: usize,
}

/// Why an engine can't do what was asked. None of these is the seed's fault but `TooLarge` and `Full`.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No GPU adapter that fits.
    #[error("no usable GPU adapter: {0}")]
    NoAdapter(String),
    /// The grid needs more memory than there is, or more than the adapter's limits allow.
    #[error("{what} needs {needed} bytes; {limit} are available{advice}")]
    TooLarge {
        /// Which allocation.
        what: String,
        /// Bytes asked for.
        needed: u128,
        /// Bytes there are.
        limit: u128,
        /// What to do, starting with a semicolon and a space, or empty.
        advice: String,
    },
    /// The device has no room left; drivers don't tell how much there is.
    #[error("{what} needs {needed} bytes, more than the device has free; use a smaller domain, or --backend cpu")]
    Full {
        /// Which allocation.
        what: String,
        /// Bytes asked for.
        needed: u128,
    },
    /// The back end can't run this precision.
    #[error("the {0} back end has no {1}; use --backend cpu")]
    Precision(&'static str, &'static str),
    /// The device went away.
    #[error("the GPU device was lost: {0}")]
    DeviceLost(String),
    /// The driver interface refused a command: a bug of semafield.
    #[error("internal error: the GPU refused a command: {0}")]
    Refused(String),
    /// The code generator or the shader compiler refused a kernel: a bug of semafield.
    #[error("internal error while compiling kernel `{kernel}`: {message}")]
    Compile {
        /// Which kernel.
        kernel: String,
        /// What the compiler said.
        message: String,
    },
}

/// Where time is counted from: 0 at step 0, until the length of a step changes during a life.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Origin {
    /// A step.
    pub step: u64,
    /// Its time.
    pub time: f64,
}

impl Origin {
    /// The time at a fraction of a step of length `dt`, exact at the origin.
    #[expect(clippy::cast_precision_loss, reason = "exact up to step 2^53")]
    pub fn time_of(self, step: u64, fraction: f64, dt: f64) -> f64 {
        self.time + (step.saturating_sub(self.step) as f64 + fraction) * dt
    }
}

/// A running Program. Buffers hold 0 at the start; parameters hold the Program's values.
pub trait Engine: Send {
    /// The Program that it runs.
    fn program(&self) -> &Program;

    /// What it runs on.
    fn place(&self) -> Place;

    /// Overwrites a buffer with values in the order of [`crate::field::Field`] (planar, x fastest, without ghosts),
    /// in the Program's precision.
    fn write(&mut self, buffer: BufferId, values: &Values) -> Result<(), EngineError>;

    /// The values of a buffer, in the same order. Waits for the device.
    fn read(&mut self, buffer: BufferId) -> Result<Values, EngineError>;

    /// The same into values of its precision and length, without an allocation where the back end can do that.
    fn read_into(&mut self, buffer: BufferId, values: &mut Values) -> Result<(), EngineError> {
        *values = self.read(buffer)?;
        Ok(())
    }

    /// Says which buffers will be read when the steps are done that were asked for: engines of one [`Batch`] then fetch
    /// them together. Changes no result.
    fn announce(&mut self, buffers: &[BufferId]) {
        let _ = buffers;
    }

    /// Sets a `Uniform::Parameter`; takes effect at the next `advance`, which then runs `prepare` again.
    fn set_parameter(&mut self, parameter: UniformId, value: f64);

    /// Says where time is counted from; takes effect at the next `advance`, which then runs `prepare` again.
    fn set_origin(&mut self, origin: Origin);

    /// Runs `steps` steps, the first of which has the number `first`. A `Held` uniform is reduced from the initial
    /// field when it is first needed (see [`Engine::held`]).
    fn advance(&mut self, first: u64, steps: u64) -> Result<(), EngineError>;

    /// How many steps it makes in one pass through memory, where that is right.
    fn steps_per_pass(&self) -> u64 {
        1
    }

    /// Bytes that its passes move per cell and step, several steps of a pass shared among them; `None` where caches decide.
    fn bytes_moved(&self) -> Option<usize> {
        None
    }

    /// Asks for the passes of the next step to be timed; of no effect where the back end has no time stamps.
    fn watch(&mut self) {}

    /// What the passes of the last timed step took, in milliseconds, by name.
    fn pass_times(&self) -> &[(String, f64)] {
        &[]
    }

    /// The values of all `Held` uniforms, as pairs (for step n, for step n + 1), to keep with a snapshot of the state.
    fn held(&mut self) -> Result<Vec<(f64, f64)>, EngineError>;

    /// Puts back what [`Engine::held`] gave.
    fn set_held(&mut self, held: &[(f64, f64)]);

    /// Whether every value of a buffer is finite.
    fn is_finite(&mut self, buffer: BufferId) -> Result<bool, EngineError>;

    /// The plaquettes of a complex field on a plane grid that may carry a phase defect, ordered by cell, given the link
    /// field it is carried through and a mask that is 0 where inert. `None` from a back end whose buffers are the host's:
    /// it has no need of a search of its own.
    fn search_defects(
        &mut self,
        field: BufferId,
        links: Option<BufferId>,
        mask: Option<BufferId>,
    ) -> Result<Option<Vec<DefectRecord>>, EngineError> {
        let _ = (field, links, mask);
        Ok(None)
    }

    /// Takes the device away, as drivers do.
    #[cfg(test)]
    fn lose_device(&mut self) {}
}

/// A plaquette that has a winding, or may have one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DefectRecord {
    /// Its lowest cell.
    pub cell: usize,
    /// Its charge as the device sees it; 0 where that is in doubt.
    pub charge: i32,
    /// The zero inside in cells from the corner of the grid, to single precision.
    pub place: [f32; 2],
    /// The field at the lowest corner, beside it along x, above it along y, and across.
    pub values: [[f32; 2]; 4],
    /// The links along x and y from the lowest corner, along x from the one above, along y from the one beside.
    pub angles: [f32; 4],
}

/// What engines have in common that step together: on a GPU the device, its pipelines and its submissions; on the CPU
/// nothing, nor by default.
#[derive(Clone, Debug, Default)]
pub struct Batch(#[cfg(feature = "gpu")] Option<gpu::Batch>);

#[cfg(feature = "gpu")]
impl Batch {
    /// For engines of a back end.
    pub fn open(backend: Backend, adapter: Option<&str>) -> Result<Self, EngineError> {
        Ok(match backend {
            Backend::Cpu => Self(None),
            Backend::Gpu => Self(Some(gpu::Batch::open(adapter)?)),
        })
    }

    /// How many runs of a Program step together on a back end, for so many steps at a time.
    pub fn runs(backend: Backend, program: &Program, steps: usize) -> usize {
        match backend {
            Backend::Cpu => 1,
            Backend::Gpu => gpu::runs_at_once(program, steps),
        }
    }
}

#[cfg(not(feature = "gpu"))]
impl Batch {
    /// For engines of a back end.
    pub fn open(_backend: Backend, _adapter: Option<&str>) -> Result<Self, EngineError> {
        Ok(Self())
    }

    /// How many runs of a Program step together on a back end, for so many steps at a time.
    pub fn runs(_backend: Backend, _program: &Program, _steps: usize) -> usize {
        1
    }
}

/// Starts an engine. `None` for the back end is `auto`: a hardware GPU if there is one and the precision allows it,
/// else the CPU; never a software rasteriser, which is slower than the CPU back end. On a GPU it joins `batch`, if that is
/// one, whose adapter then counts.
pub fn start(
    program: Program,
    backend: Option<Backend>,
    adapter: Option<&str>,
    threads: usize,
    batch: &Batch,
) -> Result<Box<dyn Engine>, EngineError> {
    match backend.unwrap_or_else(|| automatic(program.precision)) {
        Backend::Cpu => Ok(Box::new(cpu::CpuEngine::new(program, threads)?)),
        Backend::Gpu => start_gpu(program, adapter, batch),
    }
}

/// The back end that `auto` stands for.
#[cfg(feature = "gpu")]
pub fn automatic(precision: Precision) -> Backend {
    if precision == Precision::F32 && gpu::hardware_adapter_present() { Backend::Gpu } else { Backend::Cpu }
}

/// The back end that `auto` stands for: this build has one only.
#[cfg(not(feature = "gpu"))]
pub fn automatic(_precision: Precision) -> Backend {
    Backend::Cpu
}

#[cfg(feature = "gpu")]
fn start_gpu(program: Program, adapter: Option<&str>, batch: &Batch) -> Result<Box<dyn Engine>, EngineError> {
    Ok(Box::new(match &batch.0 {
        Some(batch) => gpu::GpuEngine::join(program, batch)?,
        None => gpu::GpuEngine::new(program, adapter)?,
    }))
}

#[cfg(not(feature = "gpu"))]
fn start_gpu(_program: Program, _adapter: Option<&str>, _batch: &Batch) -> Result<Box<dyn Engine>, EngineError> {
    Err(EngineError::NoAdapter("this build has no GPU back end (feature `gpu`)".into()))
}
