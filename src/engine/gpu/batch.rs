//! Runs that share a device: one set of pipelines, one submission for what all of them have to do.
//!
//! In: the commands of engines, and what will be read after them. Out: bytes. Each engine has its own buffers. What
//! several record goes into one command encoder, submitted when somebody has to know a result, or to change what recorded
//! commands use; all that was announced until then comes back in one mapping, with one wait. An engine by itself is a
//! batch of one, whose commands are submitted at once. Invariant: an engine's commands run in its own order on its own
//! buffers, so its bits are those of a run by itself.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wgpu::{CommandEncoder, SubmissionIndex};

use super::device::Device;
use super::readback::{self, Range};
use super::{SUBMISSION_WORK, adapter};
use crate::engine::EngineError;
use crate::program::{Pass, Program};

/// Submissions that may be under way while the next is recorded.
const IN_FLIGHT: usize = 2;

/// The most runs of a batch, however small: a sweep that is killed loses those that were under way.
const MOST_RUNS: usize = 64;

/// How many runs of a Program one submission holds, each for so many steps: as many as together are the work of one
/// submission of a large run, `2^26` cell updates, at least 1 and at most 64. So a grid that fills a submission by
/// itself (512 x 512 and larger, for stretches of 64 steps) goes alone; and what a batch takes in memory is bounded by what
/// a run of 2^20 cells takes.
pub fn runs_at_once(program: &Program, steps: usize) -> usize {
    let largest = program.buffers.iter().map(|buffer| program.extent_cells(buffer.extent)).max().unwrap_or(1);
    let passes = program.step.iter().filter(|pass| !matches!(pass, Pass::Swap(..))).count();
    let work = largest.max(1) * passes.max(1) * steps.max(1);
    (SUBMISSION_WORK / work).clamp(1, MOST_RUNS)
}

/// An open device and those that share it; a clone is the same batch.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(super) device: Arc<Device>,
    line: Arc<Mutex<Line>>,
    /// Whether commands wait for those of others.
    gathers: bool,
}

/// What is recorded and not submitted, and what came back.
#[derive(Debug, Default)]
struct Line {
    members: u64,
    encoder: Option<CommandEncoder>,
    /// Members whose commands are in the encoder.
    busy: BTreeSet<u64>,
    announced: Vec<(u64, Range)>,
    arrived: Vec<(u64, Range, Vec<u8>)>,
    in_flight: VecDeque<SubmissionIndex>,
}

impl Batch {
    /// Opens the adapter whose name contains `adapter`, or else the best one, for engines that step together.
    pub fn open(adapter: Option<&str>) -> Result<Self, EngineError> {
        Ok(Self { gathers: true, ..Self::of_one(adapter)? })
    }

    /// The same for a single engine.
    pub(super) fn of_one(name: Option<&str>) -> Result<Self, EngineError> {
        Self::within(name, u64::MAX)
    }

    /// The same with bindings of so many bytes at most.
    pub(super) fn within(name: Option<&str>, binding_bytes: u64) -> Result<Self, EngineError> {
        let device = Arc::new(Device::open(&adapter::choose(name)?, binding_bytes)?);
        Ok(Self { device, line: Arc::default(), gathers: false })
    }

    /// A number for a new member.
    pub(super) fn join(&self) -> u64 {
        let mut line = self.line();
        line.members += 1;
        line.members
    }

    /// What is still to come for a member that is gone is of no use.
    pub(super) fn leave(&self, member: u64) {
        let mut line = self.line();
        line.announced.retain(|(own, _)| *own != member);
        line.arrived.retain(|(own, ..)| *own != member);
    }

    /// Records commands of a member behind all that it has recorded before.
    pub(super) fn record(&self, member: u64, commands: impl FnOnce(&mut CommandEncoder)) -> Result<(), EngineError> {
        let mut line = self.line();
        line.arrived.retain(|(own, ..)| *own != member);
        let encoder = line.encoder.get_or_insert_with(|| self.device.raw.create_command_encoder(&Default::default()));
        commands(encoder);
        line.busy.insert(member);
        if self.gathers { Ok(()) } else { self.submit(&mut line) }
    }

    /// Makes it safe to write to the buffers of a member: its recorded commands see them as they were.
    pub(super) fn make_way(&self, member: u64) -> Result<(), EngineError> {
        let mut line = self.line();
        line.arrived.retain(|(own, ..)| *own != member);
        if line.busy.contains(&member) { self.submit(&mut line) } else { Ok(()) }
    }

    /// Says what will be read after the commands that are recorded; an engine by itself fetches what it reads.
    pub(super) fn announce(&self, member: u64, range: Range) {
        let mut line = self.line();
        if self.gathers && !line.has(member, &range) {
            line.announced.push((member, range));
        }
    }

    /// The bytes of some ranges, end to end, after all that is recorded; with them comes all that was announced.
    pub(super) fn read(&self, member: u64, wanted: &[Range]) -> Result<Vec<u8>, EngineError> {
        if let Some(bytes) = self.arrived(member, wanted) {
            return Ok(bytes);
        }
        let mut line = self.line();
        for range in wanted {
            if !line.has(member, range) {
                line.announced.push((member, range.clone()));
            }
        }
        let announced = std::mem::take(&mut line.announced);
        let ranges: Vec<Range> = announced.iter().map(|(_, range)| range.clone()).collect();
        let encoder = line.encoder.take();
        let encoder = encoder.unwrap_or_else(|| self.device.raw.create_command_encoder(&Default::default()));
        line.busy.clear();
        let bytes = readback::read_after(&self.device, encoder, &ranges)?;
        if !self.gathers {
            return Ok(joined(bytes));
        }
        let arrived = announced.into_iter().zip(bytes).map(|((member, range), bytes)| (member, range, bytes));
        line.arrived.extend(arrived);
        drop(line);
        Ok(self.arrived(member, wanted).expect("they were fetched just now"))
    }

    /// The bytes of some ranges, end to end, if they came with others and are still what the device has.
    pub(super) fn arrived(&self, member: u64, wanted: &[Range]) -> Option<Vec<u8>> {
        let line = self.line();
        let find = |range| line.arrived.iter().find(|(own, at, _)| *own == member && at == range);
        wanted.iter().map(|range| find(range).map(|(.., bytes)| bytes.clone())).collect::<Option<_>>().map(joined)
    }

    /// Lets the device begin with what is recorded, once fewer than [`IN_FLIGHT`] submissions are under way.
    fn submit(&self, line: &mut Line) -> Result<(), EngineError> {
        let Some(encoder) = line.encoder.take() else { return Ok(()) };
        line.busy.clear();
        while line.in_flight.len() >= IN_FLIGHT {
            let oldest = line.in_flight.pop_front().expect("it is not empty");
            self.device.wait(oldest)?;
        }
        line.in_flight.push_back(self.device.queue.submit([encoder.finish()]));
        self.device.check()
    }

    /// Members with commands that are not submitted, and ranges that were announced.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> (usize, usize) {
        let line = self.line();
        (line.busy.len(), line.announced.len())
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn joined(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    if parts.len() == 1 { parts.remove(0) } else { parts.concat() }
}

impl Line {
    /// Whether a range of a member was announced, or has come.
    fn has(&self, member: u64, range: &Range) -> bool {
        let announced = self.announced.iter().any(|(own, at)| *own == member && at == range);
        announced || self.arrived.iter().any(|(own, at, _)| *own == member && at == range)
    }
}
