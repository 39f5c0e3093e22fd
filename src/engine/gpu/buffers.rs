//! The device's memory: one arena per role, and the small tables that all kernels read.
//!
//! In: the placement of a Program's buffers. Out: wgpu buffers, zero at the start. Invariant: what is too large for
//! the adapter is refused with numbers before anything is allocated.

use wgpu::{BufferDescriptor, BufferUsages};

use super::device::Device;
use crate::engine::EngineError;
use crate::program::Role;
use crate::shader::{ARENAS, Placement, arena_name};

/// Bytes of one number.
pub(super) const NUMBER: u64 = 4;

/// The arenas; none where a Program has no buffer.
#[derive(Debug)]
pub(super) struct Arenas([Option<wgpu::Buffer>; 5]);

impl Arenas {
    /// Allocates the arenas of a Program.
    pub(super) fn new(device: &Device, placement: &Placement<'_>) -> Result<Self, EngineError> {
        let mut arenas = [const { None }; 5];
        for (buffer, arena) in arenas.iter_mut().zip(ARENAS) {
            let elements = placement.elements(arena);
            if elements > 0 {
                *buffer = Some(allocate(device, &format!("the {} arena", arena_name(arena)), elements)?);
            }
        }
        Ok(Self(arenas))
    }

    /// The buffer behind an arena that holds something.
    pub(super) fn get(&self, arena: Role) -> &wgpu::Buffer {
        self.0[arena as usize].as_ref().expect("an arena exists if a buffer is placed in it")
    }

    /// Bytes of all arenas.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().flatten().map(wgpu::Buffer::size).sum()
    }
}

fn allocate(device: &Device, what: &str, elements: u64) -> Result<wgpu::Buffer, EngineError> {
    let limits = device.raw.limits();
    let limit = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
    let needed = u128::from(elements) * u128::from(NUMBER);
    let too_large = |limit: u64, place: &str| EngineError::TooLarge {
        what: what.to_owned(),
        needed,
        limit: u128::from(limit),
        advice: format!("{place}; use a smaller grid, or --backend cpu"),
    };
    // WGSL indexes elements with 32 bits.
    let limit = limit.min(u64::from(u32::MAX) * NUMBER);
    if needed > u128::from(limit) {
        return Err(too_large(limit, ""));
    }
    storage(device, what, elements * NUMBER).map_err(|error| match error {
        wgpu::Error::OutOfMemory { .. } => too_large(0, " in one piece on this device"),
        other => EngineError::Refused(other.to_string()),
    })
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
