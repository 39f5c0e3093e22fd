//! The CPU back end: machine code for this processor, generated when the Program arrives.
//!
//! In: a Program and a number of threads. Out: an [`Engine`]. Invariant: each operation of the Program is one IEEE 754
//! operation on each cell, whatever the vector width or the number of threads: the same bits on every machine.
//!
//! [`memory`] lays the buffers out, [`plan`] orders a kernel's operations, [`compile`] turns them into code by [`wide`],
//! or by [`function`] and [`emit`], [`native`] calls it, [`tiles`] makes several sweeps one, [`ghosts`] keeps what lies
//! beyond the walls, [`fourier`] transforms, [`gather`] adds up over the edges of a graph, [`machine`] runs the schedule.

mod available;
mod bands;
mod compile;
mod emit;
mod fourier;
mod function;
mod gather;
mod ghosts;
mod held;
mod machine;
mod memory;
mod native;
mod pages;
mod plan;
mod real;
mod reduce;
mod subnormals;
mod tiles;
mod wide;
mod width;

pub use available::{available_memory, check_available};
pub use width::Width;

use std::sync::Arc;

use machine::Machine;
use real::Real;

use super::{Backend, Engine, EngineError, Origin, Place};
use crate::field::Values;
use crate::math::arithmetic::Precision;
use crate::program::{BufferId, Program, UniformId};

/// A Program running on this processor.
pub struct CpuEngine {
    program: Arc<Program>,
    threads: usize,
    /// Absent with one thread.
    pool: Option<rayon::ThreadPool>,
    machine: Either,
}

enum Either {
    F32(Box<Machine<f32>>),
    F64(Box<Machine<f64>>),
}

/// Runs the same expression on the machine of either precision.
macro_rules! on_machine {
    ($engine:expr, $machine:ident => $result:expr) => {
        match &mut $engine {
            Either::F32($machine) => $result,
            Either::F64($machine) => $result,
        }
    };
}

impl CpuEngine {
    /// Compiles a program, and allocates its buffers once it is known that they fit. `threads` is at least 1.
    pub fn new(program: Program, threads: usize) -> Result<Self, EngineError> {
        Self::with_width(program, threads, Width::widest())
    }

    /// The same with vectors of a given width, one of [`Width::available`]: the same bits, another speed.
    pub fn with_width(program: Program, threads: usize, width: Width) -> Result<Self, EngineError> {
        program.validate().map_err(|message| EngineError::Compile { kernel: "(all)".into(), message })?;
        memory::check_memory(&program)?;
        let threads = threads.max(1);
        let program = Arc::new(program);
        let code = compile::compile(&program, width)?;
        let shared = Arc::clone(&program);
        let machine = match program.precision {
            Precision::F32 => Either::F32(Box::new(Machine::new(shared, code, threads > 1)?)),
            Precision::F64 => Either::F64(Box::new(Machine::new(shared, code, threads > 1)?)),
        };
        Ok(Self { program, threads, pool: pool(threads)?, machine })
    }

    /// Runs a task where its parallel parts find the engine's own threads.
    fn on_threads<R: Send>(&mut self, task: impl FnOnce(&mut Either) -> R + Send) -> R {
        let machine = &mut self.machine;
        match &self.pool {
            Some(pool) => pool.install(|| task(machine)),
            None => task(machine),
        }
    }
}

fn pool(threads: usize) -> Result<Option<rayon::ThreadPool>, EngineError> {
    if threads == 1 {
        return Ok(None);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("field {i}")).build();
    pool.map(Some).map_err(|error| EngineError::TooLarge {
        what: format!("starting {threads} threads"),
        needed: threads as u128,
        limit: 1,
        advice: format!(" ({error}); use --threads with a smaller number"),
    })
}

impl Engine for CpuEngine {
    fn program(&self) -> &Program {
        &self.program
    }

    fn place(&self) -> Place {
        let adapter = std::env::consts::ARCH.to_owned();
        Place { backend: Backend::Cpu, adapter, driver: String::new(), threads: self.threads }
    }

    fn write(&mut self, buffer: BufferId, values: &Values) -> Result<(), EngineError> {
        let declared = self.program.buffer(buffer);
        let wanted = self.program.extent_cells(declared.extent) * declared.components as usize;
        assert_eq!(values.len(), wanted, "values for buffer `{}`", declared.name);
        on_machine!(self.machine, machine => {
            machine.write(buffer, Real::slice(values).expect("values have the precision of the program"));
        });
        Ok(())
    }

    fn read(&mut self, buffer: BufferId) -> Result<Values, EngineError> {
        Ok(on_machine!(self.machine, machine => Real::values(machine.read(buffer))))
    }

    fn read_into(&mut self, buffer: BufferId, values: &mut Values) -> Result<(), EngineError> {
        on_machine!(self.machine, machine => {
            machine.read_into(buffer, Real::slice_mut(values).expect("values have the precision of the program"));
        });
        Ok(())
    }

    fn set_parameter(&mut self, parameter: UniformId, value: f64) {
        on_machine!(self.machine, machine => machine.set_parameter(parameter, value));
    }

    fn set_origin(&mut self, origin: Origin) {
        on_machine!(self.machine, machine => machine.set_origin(origin));
    }

    fn advance(&mut self, first: u64, steps: u64) -> Result<(), EngineError> {
        self.on_threads(|either| on_machine!(*either, machine => machine.advance(first, steps)));
        Ok(())
    }

    fn steps_per_pass(&self) -> u64 {
        match &self.machine {
            Either::F32(machine) => machine.steps_per_pass(),
            Either::F64(machine) => machine.steps_per_pass(),
        }
    }

    fn held(&mut self) -> Result<Vec<(f64, f64)>, EngineError> {
        Ok(self.on_threads(|either| on_machine!(*either, machine => machine.held())))
    }

    fn set_held(&mut self, held: &[(f64, f64)]) {
        on_machine!(self.machine, machine => machine.set_held(held));
    }

    fn is_finite(&mut self, buffer: BufferId) -> Result<bool, EngineError> {
        Ok(self.on_threads(|either| on_machine!(*either, machine => machine.is_finite(buffer))))
    }
}
