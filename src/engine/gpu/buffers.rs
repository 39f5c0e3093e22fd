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
    check_size(device, what, elements)?;
    storage(device, what, elements * NUMBER).map_err(|error| match error {
        wgpu::Error::OutOfMemory { .. } => too_large(what, elements, 0, " in one piece on this device"),
        other => EngineError::Refused(other.to_string()),
    })
}

/// Refuses what one storage buffer can't hold.
pub(super) fn check_size(device: &Device, what: &str, elements: u64) -> Result<(), EngineError> {
    let limits = device.raw.limits();
    let limit = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
    // WGSL indexes elements with 32 bits.
    let limit = limit.min(u64::from(u32::MAX) * NUMBER);
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
