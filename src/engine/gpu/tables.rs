//! The small tables that kernels read: first elements, the numbers of a step, held values.
//!
//! In: assignments of names, parameters, step numbers. Out: buffers on the device. A kernel sees one entry of a table,
//! chosen by dynamic offset, so many steps are one upload and one submission. Times are computed in f64 here.

use super::buffers::{NUMBER, check_size, storage, uniform};
use super::device::Device;
use super::names::Names;
use crate::engine::{EngineError, Origin};
use crate::graph::Graph;
use crate::program::{Pass, Program, Uniform, UniformId};
use crate::shader::{
    CLOCK_BYTES, Placement, fourier_roots, member_words, part_words, reduce_groups, steps_served_after,
};

/// Steps in one submission of a run, at most.
pub(super) const MOST_STEPS: usize = 128;
/// Entries of the table of numbers: those of the steps, then two for what is due before the first of them.
const ENTRIES: usize = MOST_STEPS + 2;

/// The tables of a Program.
#[derive(Debug)]
pub(super) struct Tables {
    /// One entry per assignment of names: the first element of every buffer.
    pub(super) bases: Table,
    /// One entry per step of a submission: the step's number, the random seed, parameters and times.
    pub(super) numbers: Table,
    /// One pair per uniform: what step n sees is in place n % 2.
    pub(super) held: wgpu::Buffer,
    /// Partial results of a reduction: pairs (value, count), and the mean.
    pub(super) partial: wgpu::Buffer,
    /// Whether `finite` has found an infinity or a NaN.
    pub(super) verdict: wgpu::Buffer,
    /// The range that `finite` looks at.
    pub(super) range: wgpu::Buffer,
    /// Roots of unity for Fourier transforms.
    pub(super) roots: wgpu::Buffer,
    /// The tables of a graph: parts of its edges and triangles, and what surrounds its nodes and edges.
    pub(super) parts: wgpu::Buffer,
    pub(super) members: wgpu::Buffer,
}

/// A uniform buffer of equal entries.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) buffer: wgpu::Buffer,
    /// Bytes from one entry to the next.
    pub(super) stride: u64,
}

impl Table {
    fn new(device: &Device, label: &str, entry: u64, entries: usize) -> Result<Self, wgpu::Error> {
        let stride = entry.next_multiple_of(CLOCK_BYTES as u64);
        Ok(Self { buffer: uniform(device, label, stride * entries as u64)?, stride })
    }

    /// The dynamic offset of an entry.
    pub(super) fn offset(&self, entry: usize) -> u32 {
        u32::try_from(self.stride * entry as u64).expect("a table has few entries")
    }

    fn upload(&self, device: &Device, entries: impl Iterator<Item = Vec<u8>>) {
        let mut bytes = Vec::new();
        for entry in entries {
            let end = bytes.len() + usize::try_from(self.stride).expect("a small table");
            bytes.extend(entry);
            bytes.resize(end, 0);
        }
        device.queue.write_buffer(&self.buffer, 0, &bytes);
    }
}

impl Tables {
    /// Allocates the tables and fills that of first elements.
    pub(super) fn new(device: &Device, placement: &Placement<'_>, names: &Names) -> Result<Self, EngineError> {
        let program = placement.program;
        let blocks = |count: usize| 16 * count.div_ceil(4).max(1) as u64;
        let partials = u64::from(reduce_groups(usize::MAX)) + 1;
        let transforms = program.step.iter().any(|pass| matches!(pass, Pass::Fourier { .. }));
        let roots = if transforms { fourier_roots(program) } else { vec![[1.0, 0.0]] };
        let roots: Vec<[f32; 2]> = roots.into_iter().map(|root| root.map(rounded)).collect();
        let of_graph = |words: fn(&Graph) -> Vec<u32>| program.grid.graph().map_or(vec![], |graph| words(graph));
        let (parts, members) = (of_graph(part_words), of_graph(member_words));
        for (what, words) in [("the parts of edges", &parts), ("the neighbours", &members)] {
            check_size(device, what, words.len() as u64)?;
        }
        let tables = || -> Result<Self, wgpu::Error> {
            let uniforms = program.uniforms.len();
            Ok(Self {
                bases: Table::new(device, "bases", blocks(placement.bases().len()), names.assignments().len())?,
                numbers: Table::new(device, "numbers", 16 + blocks(uniforms), ENTRIES)?,
                held: storage(device, "held", 2 * NUMBER * uniforms.max(1) as u64)?,
                partial: storage(device, "partial", 2 * NUMBER * partials)?,
                verdict: storage(device, "verdict", NUMBER)?,
                range: uniform(device, "range", 2 * NUMBER)?,
                roots: storage(device, "roots", 2 * NUMBER * roots.len() as u64)?,
                parts: storage(device, "parts", NUMBER * parts.len().max(1) as u64)?,
                members: storage(device, "members", NUMBER * members.len().max(1) as u64)?,
            })
        };
        let tables = tables().map_err(|error| EngineError::Refused(error.to_string()))?;
        let element = |place: &u32| {
            u32::try_from(placement.bases()[*place as usize])
                .expect("arenas have fewer than 2^32 elements")
                .to_le_bytes()
        };
        let entries = names.assignments().iter().map(|places| places.iter().flat_map(element).collect());
        tables.bases.upload(device, entries);
        device.queue.write_buffer(&tables.parts, 0, bytemuck::cast_slice(&parts));
        device.queue.write_buffer(&tables.members, 0, bytemuck::cast_slice(&members));
        device.queue.write_buffer(&tables.roots, 0, bytemuck::cast_slice(&roots));
        Ok(tables)
    }

    /// Uploads the numbers of some steps, one entry each.
    pub(super) fn upload_numbers(
        &self,
        device: &Device,
        program: &Program,
        (parameters, origin): (&[f64], Origin),
        steps: impl Iterator<Item = Clock>,
    ) {
        let entry = |clock: Clock| {
            let mut bytes = [clock.step.to_le_bytes(), program.rng_seed.to_le_bytes()].concat();
            for (uniform, parameter) in program.uniforms.iter().zip(parameters) {
                let value = match uniform {
                    Uniform::Parameter { .. } => *parameter,
                    Uniform::Time { fraction } => origin.time_of(clock.time_of, *fraction, program.dt),
                    Uniform::Held { .. } => 0.0,
                };
                bytes.extend(rounded(value).to_le_bytes());
            }
            bytes
        };
        self.numbers.upload(device, steps.map(entry));
    }

    /// Overwrites the held values with pairs (for step `step`, for the next one).
    pub(super) fn write_held(&self, device: &Device, program: &Program, pairs: &[(f64, f64)], step: u64) {
        for ((position, _), pair) in held(program).zip(pairs) {
            let mut places = [rounded(pair.0), rounded(pair.1)];
            if !step.is_multiple_of(2) {
                places.swap(0, 1);
            }
            device.queue.write_buffer(&self.held, 2 * NUMBER * position as u64, bytemuck::cast_slice(&places));
        }
    }
}

/// The pairs (for step `step`, for the next one) of all held values, in the order of uniforms, from the bytes of their
/// buffer.
pub(super) fn held_pairs(program: &Program, bytes: &[u8], step: u64) -> Vec<(f64, f64)> {
    let places: Vec<[f32; 2]> = bytemuck::pod_collect_to_vec(bytes);
    let pair = |position: usize, id: UniformId| {
        let mut pair = places[position];
        if !step.is_multiple_of(2) {
            pair.swap(0, 1);
        }
        // A reduction early in a step has not yet made the value for the step after: it will see this field.
        let next = if steps_served_after(program, id) == 1 { pair[0] } else { pair[1] };
        (f64::from(pair[0]), f64::from(next))
    };
    held(program).map(|(position, id)| pair(position, id)).collect()
}

/// Which step an entry is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Its number: decides what is drawn, and which place of a held pair is seen.
    pub(super) step: u64,
    /// The step that times are those of; the same, but when the initial field is reduced.
    pub(super) time_of: u64,
}

impl Clock {
    /// Consecutive steps.
    pub(super) fn steps(first: u64, count: usize) -> impl Iterator<Item = Self> {
        (first..).take(count).map(|step| Self { step, time_of: step })
    }
}

/// Positions and ids of `Uniform::Held`.
fn held(program: &Program) -> impl Iterator<Item = (usize, UniformId)> {
    let ids = (0..).map(UniformId);
    let entries = program.uniforms.iter().enumerate().zip(ids);
    entries
        .filter(|((_, uniform), _)| matches!(uniform, Uniform::Held { .. }))
        .map(|((position, _), id)| (position, id))
}

#[expect(clippy::cast_possible_truncation, reason = "the GPU computes in f32")]
fn rounded(value: f64) -> f32 {
    value as f32
}
