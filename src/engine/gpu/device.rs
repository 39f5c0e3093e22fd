//! A device, its queue, what was compiled for it, and what went wrong on it.
//!
//! In: an adapter. Out: an open [`Device`] with all of the adapter's limits and its time stamps. Invariant: an error
//! of the driver interface never panics: it is kept, and the next [`Device::check`] returns it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{Adapter, DeviceDescriptor, ErrorFilter, Features, PollType, SubmissionIndex};

use super::adapter::{AdapterDescription, describe};
use super::forms::Form;
use super::pipeline::Compiled;
use crate::engine::EngineError;

/// An open device.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) raw: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) description: AdapterDescription,
    /// What one storage binding can hold.
    pub(super) binding_bytes: u64,
    /// By text and entry point.
    pub(super) pipelines: Mutex<BTreeMap<(String, String), Arc<Compiled>>>,
    /// Forms that were measured or read, by class of Programs.
    pub(super) forms: Mutex<BTreeMap<String, Form>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

#[derive(Clone, Debug)]
enum Fault {
    Lost(String),
    Refused(String),
}

impl Device {
    /// Opens an adapter, of whose bindings so many bytes are used at most.
    pub(super) fn open(adapter: &Adapter, most_bytes: u64) -> Result<Self, EngineError> {
        let descriptor = DeviceDescriptor {
            label: Some("semafield"),
            required_limits: adapter.limits(),
            required_features: adapter.features() & Features::TIMESTAMP_QUERY,
            ..Default::default()
        };
        let (raw, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| EngineError::NoAdapter(error.to_string()))?;
        let limits = raw.limits();
        let binding_bytes = most_bytes.min(limits.max_storage_buffer_binding_size).min(limits.max_buffer_size);
        let fault = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&fault);
        raw.on_uncaptured_error(Arc::new(move |error: wgpu::Error| keep(&kept, Fault::Refused(error.to_string()))));
        let kept = Arc::clone(&fault);
        raw.set_device_lost_callback(move |_, message| keep(&kept, Fault::Lost(message)));
        Ok(Self {
            raw,
            queue,
            description: describe(adapter),
            binding_bytes,
            pipelines: Mutex::default(),
            forms: Mutex::default(),
            fault,
        })
    }

    /// Whether passes can be timed.
    pub(super) fn has_time_stamps(&self) -> bool {
        self.raw.features().contains(Features::TIMESTAMP_QUERY)
    }

    /// What went wrong so far, if anything did.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        match self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            None => Ok(()),
            Some(Fault::Lost(message)) => Err(EngineError::DeviceLost(message)),
            Some(Fault::Refused(message)) => Err(EngineError::Refused(message)),
        }
    }

    /// Makes something, or says why the device refuses.
    pub(super) fn guarded<T>(&self, make: impl FnOnce() -> T) -> Result<T, wgpu::Error> {
        let scopes = [ErrorFilter::OutOfMemory, ErrorFilter::Internal, ErrorFilter::Validation]
            .map(|filter| self.raw.push_error_scope(filter));
        let made = make();
        let errors = scopes.into_iter().rev().filter_map(|scope| pollster::block_on(scope.pop()));
        errors.last().map_or(Ok(made), Err)
    }

    /// Waits until a submission is done.
    pub(super) fn wait(&self, submission: SubmissionIndex) -> Result<(), EngineError> {
        self.raw
            .poll(PollType::Wait { submission_index: Some(submission), timeout: None })
            .map_err(|error| EngineError::DeviceLost(error.to_string()))?;
        self.check()
    }
}

/// The first fault is the cause of the others.
fn keep(slot: &Mutex<Option<Fault>>, fault: Fault) {
    slot.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
}
