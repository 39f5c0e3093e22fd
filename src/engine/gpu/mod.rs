//! The GPU back end: Programs as WGSL, run through wgpu (Vulkan, Metal, DirectX 12).
//!
//! In: a Program in f32 and the values of its fields. Out: the values some steps later. Invariants: same adapter and
//! driver, same bits (gathers only, reductions of a fixed shape), alone or in a [`Batch`]; no error of the driver panics;
//! `advance` records steps and does not wait for them, [`Engine::read`] does. Reductions are in f32, pairwise.

mod adapter;
mod agreement;
mod batch;
mod buffers;
mod defects;
mod device;
mod finite;
mod forms;
mod leaps;
mod names;
mod pipeline;
mod readback;
mod schedule;
mod tables;
#[cfg(test)]
mod tests;
mod timing;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use adapter::{AdapterDescription, adapters, hardware_adapter_present};
pub use batch::{Batch, runs_at_once};
use buffers::{Arenas, NUMBER};
pub use defects::DefectSearch;
use device::Device;
use forms::Form;
use leaps::Leaper;
use names::Names;
use pipeline::Pipeline;
use readback::Range;
use schedule::{Action, Compiler, Recording, Schedule};
use tables::{Clock, MOST_STEPS, Tables};

use crate::engine::{Backend, DefectRecord, Engine, EngineError, Origin, Place};
use crate::field::Values;
use crate::math::arithmetic::Precision;
use crate::program::{BufferId, Program, Role, Uniform, UniformId};
use crate::shader::{Leap, Placement, Shape};

/// Cell updates in one submission: a fraction of a second even in software, far from any driver's patience.
const SUBMISSION_WORK: usize = 1 << 26;

/// What is the engine's to choose; no choice changes a result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choices {
    /// The shape of kernels over cells; with neither this nor a leap, what was measured.
    pub shape: Option<Shape>,
    /// Several steps in one pass; with a shape alone, one pass makes one step.
    pub leap: Option<Leap>,
    /// Bytes that one binding may hold; otherwise what the adapter allows. Larger arenas are bound in pieces.
    pub binding_bytes: Option<u64>,
}

/// What is known of the held values.
#[derive(Clone, Debug, PartialEq)]
enum Held {
    /// No step was made: they are those of the fields as they are.
    Initial,
    /// Put back from outside, not on the device yet: their place there depends on the step that comes.
    PutBack(Vec<(f64, f64)>),
    /// On the device; the next step is this one.
    Running(u64),
}

/// A Program on a GPU.
#[derive(Debug)]
pub struct GpuEngine {
    program: Program,
    batch: Batch,
    /// Its number in the batch.
    member: u64,
    device: Arc<Device>,
    arenas: Arenas,
    tables: Tables,
    names: Names,
    schedule: Schedule,
    /// The search for infinities, per arena, compiled when first asked for.
    searches: BTreeMap<Role, Pipeline>,
    /// The last search for phase defects: from picture to picture it is the same.
    defects: Option<DefectSearch>,
    /// By uniform; only those of `Uniform::Parameter` count.
    parameters: Vec<f64>,
    prepare_due: bool,
    origin: Origin,
    held: Held,
    /// Whether the next step is to be timed, and what the last one took.
    watched: bool,
    pass_times: Vec<(String, f64)>,
}

impl GpuEngine {
    /// Compiles a Program for the adapter whose name contains `adapter`, or else for the best one: hardware before
    /// software, discrete before integrated.
    pub fn new(program: Program, adapter: Option<&str>) -> Result<Self, EngineError> {
        refuse_f64(&program)?;
        Self::join(program, &Batch::of_one(adapter)?)
    }

    /// The same with some of the choices made that are the engine's.
    pub fn with(program: Program, adapter: Option<&str>, choices: Choices) -> Result<Self, EngineError> {
        refuse_f64(&program)?;
        let batch = Batch::within(adapter, choices.binding_bytes.unwrap_or(u64::MAX))?;
        let chosen = choices.shape.is_some() || choices.leap.is_some();
        let form = Form { shape: choices.shape.unwrap_or(Shape::DEFAULT), leap: choices.leap };
        Self::make(program, &batch, chosen.then_some(form))
    }

    /// The same on the device of a batch, whose members share what they can.
    pub fn join(program: Program, batch: &Batch) -> Result<Self, EngineError> {
        refuse_f64(&program)?;
        Self::make(program, batch, None)
    }

    fn make(program: Program, batch: &Batch, form: Option<Form>) -> Result<Self, EngineError> {
        let device = Arc::clone(&batch.device);
        let placement = placed(&program, &device);
        let names = Names::new(&program, &leaps::exchanges(&placement))?;
        let arenas = Arenas::new(&device, &placement)?;
        let tables = Tables::new(&device, &placement, &names)?;
        let compiler =
            Compiler { device: &device, placement: &placement, arenas: &arenas, tables: &tables, names: &names };
        let parameters = program.uniforms.iter().map(|uniform| match uniform {
            Uniform::Parameter { value, .. } => *value,
            Uniform::Time { .. } | Uniform::Held { .. } => 0.0,
        });
        let parameters: Vec<f64> = parameters.collect();
        let (asked, form) = (form.is_some(), form.unwrap_or_else(|| forms::of(&compiler)));
        let mut schedule = Schedule::new(&compiler, form.shape)?;
        schedule.leap = match form.leap {
            Some(leap) if asked => Some(Leaper::new(&compiler, leap)?),
            Some(leap) => agreement::agreeing(&compiler, &schedule, leap, &parameters)?,
            None => None,
        };
        Ok(Self {
            parameters,
            searches: BTreeMap::new(),
            defects: None,
            prepare_due: true,
            origin: Origin::default(),
            held: Held::Initial,
            watched: false,
            pass_times: vec![],
            member: batch.join(),
            batch: batch.clone(),
            program,
            device,
            arenas,
            tables,
            names,
            schedule,
        })
    }

    /// Bytes of device memory that the Program's buffers take.
    pub fn allocated_bytes(&self) -> u64 {
        self.arenas.bytes()
    }

    /// Where a Program buffer is now on the device.
    fn ranges(&self, buffer: BufferId) -> Vec<Range> {
        let (arena, offset, length) = self.range(buffer);
        self.arenas.ranges(arena, offset, length)
    }

    /// The device buffer of all held values.
    fn readable_held(&self) -> Range {
        Range { source: self.tables.held.clone(), offset: 0, length: self.tables.held.size() }
    }

    /// The arena of a Program buffer, its first byte there and its length in bytes.
    fn range(&self, buffer: BufferId) -> (Role, u64, u64) {
        let shape = self.program.buffer(buffer);
        let numbers = self.program.extent_cells(shape.extent) as u64 * u64::from(shape.components);
        let (arena, base) = self.arenas.place(self.names.place(buffer));
        (arena, base * NUMBER, numbers * NUMBER)
    }

    fn placement(&self) -> Placement<'_> {
        placed(&self.program, &self.device)
    }

    fn steps_per_submission(&self) -> usize {
        let largest = self.program.kernels.iter().map(|kernel| self.program.extent_cells(kernel.extent)).max();
        let work = largest.unwrap_or(1).max(1) * self.schedule.dispatches().max(1);
        // Whole leaps, at least one.
        let leap = self.schedule.leap.as_ref().map_or(1, |leap| leap.steps);
        (SUBMISSION_WORK / work / leap).clamp(1, MOST_STEPS / leap) * leap
    }

    /// Records what is due before step `first` (`prepare`, and the reductions of the initial field), then some steps.
    fn record(&mut self, first: u64, steps: usize) -> Result<(), EngineError> {
        // Two rounds fill both places of a pair; a reduction of what uses another reduction takes two more.
        let reductions = self.schedule.initial().filter(|action| matches!(action, Action::Reduce(_))).count();
        let rounds = if self.held == Held::Initial { 2 * reductions } else { 0 };
        let prepare = std::mem::take(&mut self.prepare_due);
        let put_back = matches!(self.held, Held::PutBack(_));
        if !prepare && !put_back && rounds == 0 && steps == 0 {
            return Ok(());
        }
        let batch = self.batch.clone();
        batch.make_way(self.member)?;
        if let Held::PutBack(pairs) = &self.held {
            self.tables.write_held(&self.device, &self.program, pairs, first);
            self.held = Held::Running(first);
        }
        let before = [0, 1].map(|round| Clock { step: first + round, time_of: first });
        let clocks = Clock::steps(first, steps).chain(before);
        self.tables.upload_numbers(&self.device, &self.program, (&self.parameters, self.origin), clocks);
        batch.record(self.member, |encoder| {
            if prepare {
                self.clear_skipped(encoder);
            }
            let (schedule, parameters) = (&self.schedule, &self.parameters);
            let skipped = |action: &Action| is_skipped(action, parameters);
            let mut pass = encoder.begin_compute_pass(&Default::default());
            let mut run = Recording { pass: &mut pass, tables: &self.tables, names: &mut self.names };
            if prepare {
                schedule.record(&schedule.prepare, &mut run, steps, &skipped);
            }
            for round in 0..rounds {
                schedule.record(schedule.initial(), &mut run, steps + round % 2, &skipped);
            }
            let mut step = 0;
            while step < steps {
                step += schedule.record_next(&mut run, step, steps - step, &skipped);
            }
        })
    }

    /// Sets the buffers to 0 that skipped draws would fill.
    fn clear_skipped(&self, encoder: &mut wgpu::CommandEncoder) {
        for action in self.schedule.prepare.iter().chain(&self.schedule.step) {
            if let Action::Draw { buffer, .. } = action
                && is_skipped(action, &self.parameters)
            {
                for range in self.ranges(*buffer) {
                    encoder.clear_buffer(&range.source, range.offset, Some(range.length));
                }
            }
        }
    }

    /// The held values on the device, if the Program has any.
    fn holds(&self) -> bool {
        self.program.uniforms.iter().any(|uniform| matches!(uniform, Uniform::Held { .. }))
    }
}

impl Drop for GpuEngine {
    fn drop(&mut self) {
        self.batch.leave(self.member);
    }
}

/// Where the buffers of a Program lie on a device.
fn placed<'p>(program: &'p Program, device: &Device) -> Placement<'p> {
    Placement::within(program, device.binding_bytes / NUMBER)
}

fn refuse_f64(program: &Program) -> Result<(), EngineError> {
    match program.precision {
        Precision::F32 => Ok(()),
        Precision::F64 => Err(EngineError::Precision(Backend::Gpu.name(), program.precision.name())),
    }
}

/// Whether a draw is left out: one of the factors of all that it gives is exactly 0.
fn is_skipped(action: &Action, parameters: &[f64]) -> bool {
    match action {
        Action::Draw { zero_when, sole: true, .. } => {
            zero_when.iter().any(|factor| parameters[factor.0 as usize] == 0.0)
        }
        _ => false,
    }
}

impl Engine for GpuEngine {
    fn program(&self) -> &Program {
        &self.program
    }

    #[cfg(test)]
    fn lose_device(&mut self) {
        self.device.raw.destroy();
    }

    fn place(&self) -> Place {
        let AdapterDescription { name, driver, .. } = self.device.description.clone();
        Place { backend: Backend::Gpu, adapter: name, driver, threads: 1 }
    }

    fn write(&mut self, buffer: BufferId, values: &Values) -> Result<(), EngineError> {
        let Values::F32(numbers) = values else {
            return Err(EngineError::Precision(Backend::Gpu.name(), values.precision().name()));
        };
        self.batch.make_way(self.member)?;
        let (.., length) = self.range(buffer);
        if numbers.len() as u64 * NUMBER != length {
            let name = &self.program.buffer(buffer).name;
            let message = format!("`{name}` holds {} numbers, not {}", length / NUMBER, numbers.len());
            return Err(EngineError::Refused(message));
        }
        let mut rest: &[u8] = bytemuck::cast_slice(numbers);
        for range in self.ranges(buffer) {
            let (own, later) = rest.split_at(usize::try_from(range.length).expect("it is in memory"));
            self.device.queue.write_buffer(&range.source, range.offset, own);
            rest = later;
        }
        self.prepare_due |= self.program.buffer(buffer).role == Role::Map;
        self.device.check()
    }

    fn read(&mut self, buffer: BufferId) -> Result<Values, EngineError> {
        let bytes = self.batch.read(self.member, &self.ranges(buffer))?;
        Ok(Values::F32(bytemuck::pod_collect_to_vec(&bytes)))
    }

    fn announce(&mut self, buffers: &[BufferId]) {
        let held = self.holds().then(|| self.readable_held());
        let ranges = buffers.iter().flat_map(|&buffer| self.ranges(buffer)).chain(held);
        ranges.for_each(|range| self.batch.announce(self.member, range));
    }

    fn set_parameter(&mut self, parameter: UniformId, value: f64) {
        self.parameters[parameter.0 as usize] = value;
        self.prepare_due = true;
    }

    fn set_origin(&mut self, origin: Origin) {
        self.origin = origin;
        self.prepare_due = true;
    }

    fn steps_per_pass(&self) -> u64 {
        self.schedule.leap.as_ref().map_or(1, |leap| leap.steps as u64)
    }

    fn bytes_moved(&self) -> Option<usize> {
        let of_leap = self.schedule.leap.as_ref().map(|leap| leap.bytes_moved);
        Some(of_leap.unwrap_or_else(|| self.program.bytes_per_cell_step()))
    }

    fn watch(&mut self) {
        self.watched = true;
    }

    fn pass_times(&self) -> &[(String, f64)] {
        &self.pass_times
    }

    fn advance(&mut self, first: u64, steps: u64) -> Result<(), EngineError> {
        let mut done = 0;
        if steps > 0 && std::mem::take(&mut self.watched) && self.device.has_time_stamps() {
            self.record(first, 0)?;
            self.advance_timed(first)?;
            done = 1;
            self.held = Held::Running(first + done);
        }
        loop {
            let most = self.steps_per_submission();
            let stretch = usize::try_from(steps - done).map_or(most, |left| left.min(most));
            self.record(first + done, stretch)?;
            done += stretch as u64;
            if done > 0 {
                self.held = Held::Running(first + done);
            }
            if done == steps {
                return Ok(());
            }
        }
    }

    fn held(&mut self) -> Result<Vec<(f64, f64)>, EngineError> {
        let step = match &self.held {
            Held::PutBack(pairs) => return Ok(pairs.clone()),
            Held::Initial => 0,
            Held::Running(step) => *step,
        };
        if !self.holds() {
            return Ok(vec![]);
        }
        self.record(step, 0)?;
        let bytes = self.batch.read(self.member, &[self.readable_held()])?;
        Ok(tables::held_pairs(&self.program, &bytes, step))
    }

    fn set_held(&mut self, held: &[(f64, f64)]) {
        self.held = Held::PutBack(held.to_vec());
    }

    fn is_finite(&mut self, buffer: BufferId) -> Result<bool, EngineError> {
        if let Some(bytes) = self.batch.arrived(self.member, &self.ranges(buffer)) {
            return Ok(bytemuck::pod_collect_to_vec::<u8, f32>(&bytes).iter().all(|value| value.is_finite()));
        }
        self.search_infinities(buffer).map(|found| !found)
    }

    fn search_defects(
        &mut self,
        field: BufferId,
        links: Option<BufferId>,
        mask: Option<BufferId>,
    ) -> Result<Option<Vec<DefectRecord>>, EngineError> {
        self.batch.make_way(self.member)?;
        let mut search = match self.defects.take().filter(|known| known.is_of(field, links, mask)) {
            Some(known) => known,
            None => DefectSearch::new(self, field, links, mask)?,
        };
        let found = search.find(self)?;
        self.defects = Some(search);
        Ok(Some(found))
    }
}
