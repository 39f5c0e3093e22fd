//! Copies from the device to the host, in pieces of bounded size.
//!
//! In: a range of a storage buffer. Out: its bytes. Invariant: waits for the device, and leaves nothing mapped.

use std::sync::mpsc;

use wgpu::{BufferDescriptor, BufferUsages, MapMode};

use super::device::Device;
use crate::engine::EngineError;

/// Bytes copied at a time.
const PIECE: u64 = 64 << 20;

/// The bytes of a range; offset and length are multiples of 4.
pub(super) fn read(device: &Device, source: &wgpu::Buffer, offset: u64, length: u64) -> Result<Vec<u8>, EngineError> {
    let refused = |error: &dyn std::fmt::Display| EngineError::Refused(error.to_string());
    let staging = device
        .guarded(|| {
            device.raw.create_buffer(&BufferDescriptor {
                label: Some("read back"),
                size: length.clamp(4, PIECE),
                usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })
        .map_err(|error| refused(&error))?;
    let mut bytes = Vec::new();
    let mut done = 0;
    while done < length {
        let piece = (length - done).min(PIECE);
        let mut encoder = device.raw.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(source, offset + done, &staging, 0, piece);
        let submission = device.queue.submit([encoder.finish()]);
        let (sender, receiver) = mpsc::channel();
        // The receiver outlives the wait below, so the message always arrives.
        staging.map_async(MapMode::Read, ..piece, move |outcome| drop(sender.send(outcome)));
        device.wait(submission)?;
        receiver.recv().map_err(|error| refused(&error))?.map_err(|error| refused(&error))?;
        bytes.extend_from_slice(&staging.get_mapped_range(..piece).map_err(|error| refused(&error))?);
        staging.unmap();
        done += piece;
    }
    device.check()?;
    Ok(bytes)
}
