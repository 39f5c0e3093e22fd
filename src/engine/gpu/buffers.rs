//! The device's memory: one arena per role, and the small tables that all kernels read.
//!
//! In: the placement of a Program's buffers. Out: wgpu buffers, zero at the start, several for an arena that one binding
//! can't hold. Invariant: what is too large for the adapter is refused with numbers before anything is allocated.

use wgpu::{BufferDescriptor, BufferUsages};

use super::device::Device;
use super::readback::Range;
use crate::engine::{EngineError, available_memory};
use crate::program::{BufferId, Role};
use crate::shader::{ARENAS, MOST_PIECES, Placement, arena_name};

/// Bytes of one number.
pub(super) const NUMBER: u64 = 4;
/// Storage buffers that a kernel may bind besides arenas: held values and the parts of a graph, or what a template has.
const TABLES: u32 = 2;

/// The arenas, each in as many buffers as bindings need; none where a Program has no buffer.
#[derive(Debug)]
pub(super) struct Arenas {
    pieces: [Vec<wgpu::Buffer>; 5],
    piece_bytes: u64,
    /// The arena of every Program buffer, and its first element there.
    places: Vec<(Role, u64)>,
}

impl Arenas {
    /// Allocates the arenas of a Program.
    pub(super) fn new(device: &Device, placement: &Placement<'_>) -> Result<Self, EngineError> {
        check_arenas(device, placement)?;
        let mut pieces = [const { vec![] }; 5];
        for (own, arena) in pieces.iter_mut().zip(ARENAS) {
            let what = format!("the {} arena", arena_name(arena));
            let mut left = placement.elements(arena);
            while left > 0 {
                let elements = left.min(placement.piece_elements());
                own.push(allocate(device, &what, elements)?);
                left -= elements;
            }
        }
        let places = placement.bases().iter().zip(0..).map(|(&base, id)| (placement.arena(BufferId(id)), base));
        Ok(Self { pieces, piece_bytes: placement.piece_elements().saturating_mul(NUMBER), places: places.collect() })
    }

    /// The arena of a Program buffer and its first element there, before any swap.
    pub(super) fn place(&self, buffer: usize) -> (Role, u64) {
        self.places[buffer]
    }

    /// A piece of an arena that holds something.
    pub(super) fn piece(&self, arena: Role, piece: usize) -> &wgpu::Buffer {
        self.pieces[arena as usize].get(piece).expect("an arena exists if a buffer is placed in it")
    }

    /// Some bytes of an arena, piece by piece.
    pub(super) fn ranges(&self, arena: Role, offset: u64, length: u64) -> Vec<Range> {
        let end = offset + length;
        let of_piece = |(start, source): (u64, &wgpu::Buffer)| {
            let (from, to) = (offset.max(start), end.min(start + source.size()));
            (from < to).then(|| Range { source: source.clone(), offset: from - start, length: to - from })
        };
        let starts = (0..).map(|piece: u64| piece.saturating_mul(self.piece_bytes));
        starts.zip(&self.pieces[arena as usize]).filter_map(of_piece).collect()
    }

    /// All pieces of all arenas.
    pub(super) fn all(&self) -> impl Iterator<Item = &wgpu::Buffer> {
        self.pieces.iter().flatten()
    }

    /// Sets all numbers to 0, once what was submitted before is done.
    pub(super) fn clear(&self, device: &Device) {
        let mut encoder = device.raw.create_command_encoder(&Default::default());
        self.all().for_each(|buffer| encoder.clear_buffer(buffer, 0, None));
        device.queue.submit([encoder.finish()]);
    }

    /// Bytes of all arenas.
    pub(super) fn bytes(&self) -> u64 {
        self.all().map(wgpu::Buffer::size).sum()
    }
}

/// Refuses arenas whose elements can't be counted, that need more bindings than a kernel may have, or, on a software
/// driver, more memory than is free.
fn check_arenas(device: &Device, placement: &Placement<'_>) -> Result<(), EngineError> {
    for arena in ARENAS {
        let (what, elements) = (format!("the {} arena", arena_name(arena)), placement.elements(arena));
        // WGSL counts elements in 32 bits.
        if elements > u64::from(u32::MAX) {
            return Err(too_large(&what, elements, u64::from(u32::MAX) * NUMBER, ""));
        }
    }
    let elements = ARENAS.into_iter().map(|arena| placement.elements(arena)).sum();
    let pieces: u32 = ARENAS.into_iter().map(|arena| placement.pieces(arena)).sum();
    let most = device.raw.limits().max_storage_buffers_per_shader_stage.saturating_sub(TABLES).min(MOST_PIECES);
    if pieces > most {
        let limit = u64::from(most) * placement.piece_elements() * NUMBER;
        return Err(too_large("all fields together", elements, limit, " to one kernel on this adapter"));
    }
    let free = available_memory().filter(|_| !device.description.hardware);
    match free.and_then(|free| u64::try_from(free).ok()).filter(|free| elements * NUMBER > *free) {
        Some(free) => Err(too_large("all fields together", elements, free, "")),
        None => Ok(()),
    }
}

fn allocate(device: &Device, what: &str, elements: u64) -> Result<wgpu::Buffer, EngineError> {
    storage(device, what, elements * NUMBER).map_err(|error| match error {
        wgpu::Error::OutOfMemory { .. } => {
            EngineError::Full { what: what.to_owned(), needed: u128::from(elements) * u128::from(NUMBER) }
        }
        other => EngineError::Refused(other.to_string()),
    })
}

/// Refuses a table that one storage buffer can't hold.
pub(super) fn check_size(device: &Device, what: &str, elements: u64) -> Result<(), EngineError> {
    // WGSL indexes elements with 32 bits.
    let limit = device.binding_bytes.min(u64::from(u32::MAX) * NUMBER);
    let fits = u128::from(elements) * u128::from(NUMBER) <= u128::from(limit);
    if fits { Ok(()) } else { Err(too_large(what, elements, limit, "")) }
}

fn too_large(what: &str, elements: u64, limit: u64, place: &str) -> EngineError {
    EngineError::TooLarge {
        what: what.to_owned(),
        needed: u128::from(elements) * u128::from(NUMBER),
        limit: u128::from(limit),
        advice: format!("{place}; use a smaller domain, or --backend cpu"),
    }
}

/// A storage buffer that can be copied from and to.
pub(super) fn storage(device: &Device, label: &str, bytes: u64) -> Result<wgpu::Buffer, wgpu::Error> {
    make(device, label, bytes, BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC)
}

/// A uniform buffer.
pub(super) fn uniform(device: &Device, label: &str, bytes: u64) -> Result<wgpu::Buffer, wgpu::Error> {
    make(device, label, bytes, BufferUsages::UNIFORM | BufferUsages::COPY_DST)
}

fn make(device: &Device, label: &str, size: u64, usage: BufferUsages) -> Result<wgpu::Buffer, wgpu::Error> {
    device.guarded(|| {
        device.raw.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
    })
}
