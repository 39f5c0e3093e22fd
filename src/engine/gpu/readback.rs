//! Copies from the device to the host, in pieces of bounded size.
//!
//! In: ranges of storage buffers, and commands that come before the copies. Out: their bytes. Invariants: one wait for each
//! piece, so one for all ranges that fit into one; nothing is left mapped.

use std::sync::mpsc;

use wgpu::{BufferDescriptor, BufferUsages, CommandEncoder, MapMode};

use super::device::Device;
use crate::engine::EngineError;

/// Bytes copied at a time.
const PIECE: u64 = 64 << 20;

/// A range of a buffer; offset and length are multiples of 4.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) source: wgpu::Buffer,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// The bytes of a range; offset and length are multiples of 4.
pub(super) fn read(device: &Device, source: &wgpu::Buffer, offset: u64, length: u64) -> Result<Vec<u8>, EngineError> {
    let encoder = device.raw.create_command_encoder(&Default::default());
    Ok(read_after(device, encoder, &[Range { source: source.clone(), offset, length }])?.remove(0))
}

/// Submits commands and reads some ranges as they leave them.
pub(super) fn read_after(
    device: &Device,
    encoder: CommandEncoder,
    ranges: &[Range],
) -> Result<Vec<Vec<u8>>, EngineError> {
    let refused = |error: &dyn std::fmt::Display| EngineError::Refused(error.to_string());
    let total = ranges.iter().map(|range| range.length).sum::<u64>();
    if total == 0 {
        device.queue.submit([encoder.finish()]);
        return Ok(vec![vec![]; ranges.len()]);
    }
    let staging = device
        .guarded(|| {
            device.raw.create_buffer(&BufferDescriptor {
                label: Some("read back"),
                size: total.clamp(4, PIECE),
                usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })
        .map_err(|error| refused(&error))?;
    let mut bytes = Vec::new();
    let mut encoder = Some(encoder);
    let mut done = 0;
    while done < total {
        let piece = (total - done).min(PIECE);
        let mut encoder = encoder.take().unwrap_or_else(|| device.raw.create_command_encoder(&Default::default()));
        copy(&mut encoder, ranges, &staging, done..done + piece);
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
    let mut rest = bytes.as_slice();
    let mut cut = |range: &Range| {
        let (own, later) = rest.split_at(usize::try_from(range.length).expect("it was read into memory"));
        rest = later;
        own.to_vec()
    };
    Ok(ranges.iter().map(&mut cut).collect())
}

/// Copies a piece of all ranges, laid end to end, to the beginning of the staging buffer.
fn copy(encoder: &mut CommandEncoder, ranges: &[Range], staging: &wgpu::Buffer, piece: std::ops::Range<u64>) {
    let mut start = 0;
    for range in ranges {
        let end = start + range.length;
        let (from, to) = (start.max(piece.start), end.min(piece.end));
        if from < to {
            let offset = range.offset + (from - start);
            encoder.copy_buffer_to_buffer(&range.source, offset, staging, from - piece.start, to - from);
        }
        start = end;
    }
}
