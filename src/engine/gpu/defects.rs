//! Phase defects on the GPU: the list of plaquettes that carry one, every frame, without reading the field back.
//!
//! In: a running engine and which of its buffers hold a complex field, its links and its mask. Out: a device buffer of
//! records in the order of cells, ready to be drawn, and the same list on the host. Invariant: no plaquette with a
//! winding is missing, and a record holds the corners' own bits: the host decides doubtful ones exactly, so that what
//! is left equals what the CPU finds, integer by integer and place by place.

use super::GpuEngine;
use super::buffers::{NUMBER, storage};
use super::pipeline::{Entries, Pipeline};
use super::{readback, schedule};
use crate::engine::{DefectRecord, EngineError};
use crate::program::BufferId;
use crate::shader::{self, Module, WORKGROUP, group_count, piece_of};

/// Words of a record.
const RECORD: usize = 16;

/// Records that there is room for at first.
const ROOM: usize = 4096;

/// A search for the defects of one field of one engine.
#[derive(Debug)]
pub struct DefectSearch {
    module: Module,
    u: BufferId,
    theta: Option<BufferId>,
    mask: Option<BufferId>,
    ranks: wgpu::Buffer,
    records: wgpu::Buffer,
    passes: [Pipeline; 3],
}

impl DefectSearch {
    /// Whether this is the search for the defects of a field, its links and its mask.
    pub(super) fn is_of(&self, u: BufferId, theta: Option<BufferId>, mask: Option<BufferId>) -> bool {
        (self.u, self.theta, self.mask) == (u, theta, mask)
    }

    /// For a complex field on a plane grid, the link field it is carried through and a mask that is 0 where inert.
    pub fn new(
        engine: &GpuEngine,
        u: BufferId,
        theta: Option<BufferId>,
        mask: Option<BufferId>,
    ) -> Result<Self, EngineError> {
        let program = &engine.program;
        let numbers = |buffer: BufferId| program.buffer(buffer).components;
        if program.grid.axes() != 2 || numbers(u) != 2 || theta.is_some_and(|theta| numbers(theta) != 2) {
            return Err(EngineError::Refused("phase defects are of complex fields on plane grids".to_owned()));
        }
        let module = shader::defects_module(&engine.placement(), u, theta, mask).map_err(schedule::refused)?;
        let groups = program.grid.cells().div_ceil(WORKGROUP as usize) as u64;
        let ranks = allocate(engine, "ranks of defects", (groups + 1) * NUMBER)?;
        let records = allocate(engine, "records of defects", (ROOM * RECORD) as u64 * NUMBER)?;
        let passes = compile(engine, &module, [u, theta.unwrap_or(u), mask.unwrap_or(u)], &ranks, &records)?;
        Ok(Self { module, u, theta, mask, ranks, records, passes })
    }

    /// Finds the defects of the field as it is, on the device.
    pub fn run(&self, engine: &GpuEngine) -> Result<(), EngineError> {
        let mut encoder = engine.device.raw.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            let entries = Entries { names: engine.names.current(), step: 0 };
            self.passes.iter().for_each(|own| own.dispatch(&mut pass, &engine.tables, entries));
        }
        engine.device.queue.submit([encoder.finish()]);
        engine.device.check()
    }

    /// The records of the last run on the device: see `shaders/compute/defects.wgsl`. Those beyond its end are lost
    /// until [`DefectSearch::find`] has made room.
    pub fn records(&self) -> &wgpu::Buffer {
        &self.records
    }

    /// How many records the last run listed, in the last word.
    pub fn ranks(&self) -> &wgpu::Buffer {
        &self.ranks
    }

    /// Finds the defects of the field as it is and reads the list, making room for as many as there are.
    pub fn find(&mut self, engine: &GpuEngine) -> Result<Vec<DefectRecord>, EngineError> {
        self.run(engine)?;
        let bytes = readback::read(&engine.device, &self.ranks, self.ranks.size() - NUMBER, NUMBER)?;
        let listed = bytemuck::pod_read_unaligned::<u32>(&bytes);
        let needed = u64::from(listed) * RECORD as u64 * NUMBER;
        if needed > self.records.size() {
            self.records = allocate(engine, "records of defects", needed.next_power_of_two())?;
            let fields = [self.u, self.theta.unwrap_or(self.u), self.mask.unwrap_or(self.u)];
            self.passes = compile(engine, &self.module, fields, &self.ranks, &self.records)?;
            self.run(engine)?;
        }
        let bytes = readback::read(&engine.device, &self.records, 0, needed)?;
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
        Ok(words.chunks_exact(RECORD).map(record).collect())
    }
}

fn record(words: &[u32]) -> DefectRecord {
    let number = |at: usize| f32::from_bits(words[at]);
    DefectRecord {
        cell: words[0] as usize,
        charge: words[1].cast_signed(),
        place: [number(2), number(3)],
        values: std::array::from_fn(|corner| [number(4 + 2 * corner), number(5 + 2 * corner)]),
        angles: std::array::from_fn(|edge| number(12 + edge)),
    }
}

fn allocate(engine: &GpuEngine, label: &str, bytes: u64) -> Result<wgpu::Buffer, EngineError> {
    let limit = engine.device.raw.limits().max_storage_buffer_binding_size;
    if bytes > limit {
        let advice = "; use a smaller grid, or --backend cpu".to_owned();
        let (needed, limit) = (u128::from(bytes), u128::from(limit));
        return Err(EngineError::TooLarge { what: label.to_owned(), needed, limit, advice });
    }
    storage(&engine.device, label, bytes).map_err(|error| EngineError::Refused(error.to_string()))
}

/// The passes in the order in which they run; `fields` are the field, its links and its mask.
fn compile(
    engine: &GpuEngine,
    module: &Module,
    fields: [BufferId; 3],
    ranks: &wgpu::Buffer,
    records: &wgpu::Buffer,
) -> Result<[Pipeline; 3], EngineError> {
    let [source, links, mask] = fields.map(|buffer| engine.placement().arena(buffer));
    let bound = |binding: &str| match piece_of(binding) {
        ("source", piece) => engine.arenas.piece(source, piece),
        ("links", piece) => engine.arenas.piece(links, piece),
        ("mask", piece) => engine.arenas.piece(mask, piece),
        ("ranks", _) => ranks,
        _ => records,
    };
    let all = group_count(engine.program.grid.cells());
    let pass = |entry: &str, groups| Pipeline::new(&engine.device, &engine.tables, module, entry, groups, &bound);
    Ok([pass("count", all)?, pass("scan", [1, 1])?, pass("write", all)?])
}
