//! How long the passes of a step take on the device, by its own time stamps.
//!
//! In: a step to be run. Out: milliseconds per pass, of passes of one name the sum. Invariant: the step that is timed
//! is the step that would have run, in the same order: timing changes no bit.

use super::buffers::NUMBER;
use super::schedule::{Action, Recording};
use super::tables::Clock;
use super::{GpuEngine, is_skipped, readback};
use crate::engine::EngineError;

/// Bytes of a time stamp.
const STAMP: u64 = 2 * NUMBER;
/// Most passes that are timed; the others run untimed.
const MOST: usize = 1024;

impl GpuEngine {
    /// Runs one step, each pass between two time stamps. The caller has begun the step.
    pub(super) fn advance_timed(&mut self, step: u64) -> Result<(), EngineError> {
        self.batch.make_way(self.member)?;
        let clocks = Clock::steps(step, 1);
        self.tables.upload_numbers(&self.device, &self.program, (&self.parameters, self.origin), clocks);
        let device = &self.device;
        let due = |action: &&Action| !is_skipped(action, &self.parameters);
        let actions: Vec<&Action> = self.schedule.step.iter().filter(due).collect();
        let timed = actions.iter().filter(|action| action.is_work()).count().min(MOST);
        let count = u32::try_from(2 * timed.max(1)).expect("few passes");
        let stamps = device.raw.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("passes"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let resolved = device.raw.create_buffer(&wgpu::BufferDescriptor {
            label: Some("time stamps"),
            size: u64::from(count) * STAMP,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let mut encoder = device.raw.create_command_encoder(&Default::default());
        let mut names: Vec<String> = Vec::new();
        for action in actions {
            let index = u32::try_from(2 * names.len()).expect("few passes");
            let writes = (action.is_work() && names.len() < timed).then(|| {
                names.push(self.schedule.name(action, &self.program));
                wgpu::ComputePassTimestampWrites {
                    query_set: &stamps,
                    beginning_of_pass_write_index: Some(index),
                    end_of_pass_write_index: Some(index + 1),
                }
            });
            let descriptor = wgpu::ComputePassDescriptor { label: None, timestamp_writes: writes };
            let mut pass = encoder.begin_compute_pass(&descriptor);
            let mut run = Recording { pass: &mut pass, tables: &self.tables, names: &mut self.names };
            self.schedule.record([action], &mut run, 0, &|_| false);
        }
        encoder.resolve_query_set(&stamps, 0..2 * u32::try_from(names.len()).expect("few passes"), &resolved, 0);
        let submission = device.queue.submit([encoder.finish()]);
        device.wait(submission)?;
        let bytes = readback::read(device, &resolved, 0, u64::from(count) * STAMP)?;
        let ticks: Vec<u64> = bytemuck::pod_collect_to_vec(&bytes);
        #[expect(clippy::cast_precision_loss, reason = "a duration")]
        let milliseconds =
            |pair: &[u64]| pair[1].wrapping_sub(pair[0]) as f64 * f64::from(device.queue.get_timestamp_period()) * 1e-6;
        let mut times: Vec<(String, f64)> = Vec::new();
        for (name, time) in names.into_iter().zip(ticks.chunks_exact(2).map(milliseconds)) {
            match times.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += time,
                None => times.push((name, time)),
            }
        }
        self.pass_times = times;
        device.check()
    }
}
