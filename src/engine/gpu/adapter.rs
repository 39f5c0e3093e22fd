//! The GPU adapters of this machine, and the choice among them.
//!
//! In: a part of an adapter's name, or nothing. Out: an adapter. Hardware comes before software rasterisers, discrete
//! before integrated; among equals the order is the driver's. Invariant: nothing here creates a device.

use wgpu::{Adapter, DeviceType, Instance, InstanceDescriptor, InstanceFlags};

use crate::engine::EngineError;

/// An adapter, for the `devices` command and for manifests.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AdapterDescription {
    /// Name as the driver gives it.
    pub name: String,
    /// Interface: `vulkan`, `metal` or `dx12`.
    pub api: String,
    /// `discrete`, `integrated`, `virtual`, `other` or `software`.
    pub kind: &'static str,
    /// Whether it is more than a program that runs on the processor.
    pub hardware: bool,
    /// Driver name and version.
    pub driver: String,
    /// The limits that matter here, by name.
    pub limits: Vec<(&'static str, u64)>,
}

/// All adapters, best first.
pub fn adapters() -> Vec<AdapterDescription> {
    ranked().iter().map(describe).collect()
}

/// Whether there is a GPU that is not a software rasteriser: what `--backend auto` asks.
pub fn hardware_adapter_present() -> bool {
    ranked().iter().any(|adapter| is_hardware(adapter.get_info().device_type))
}

/// The best adapter, or the best of those whose name contains `name` (in any case of letters).
pub(super) fn choose(name: Option<&str>) -> Result<Adapter, EngineError> {
    let adapters = ranked();
    let names: Vec<String> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
    let wanted = name.unwrap_or_default().to_lowercase();
    adapters.into_iter().find(|adapter| adapter.get_info().name.to_lowercase().contains(&wanted)).ok_or_else(|| {
        EngineError::NoAdapter(match (names.is_empty(), name) {
            (true, _) => "this machine has none; use --backend cpu".to_owned(),
            (false, name) => {
                format!("none is named like `{}`; there are: {}", name.unwrap_or_default(), names.join(", "))
            }
        })
    })
}

/// What an adapter is.
pub(super) fn describe(adapter: &Adapter) -> AdapterDescription {
    let info = adapter.get_info();
    let limits = adapter.limits();
    AdapterDescription {
        name: info.name,
        api: info.backend.to_str().to_owned(),
        kind: match info.device_type {
            DeviceType::DiscreteGpu => "discrete",
            DeviceType::IntegratedGpu => "integrated",
            DeviceType::VirtualGpu => "virtual",
            DeviceType::Other => "other",
            DeviceType::Cpu => "software",
        },
        hardware: is_hardware(info.device_type),
        driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
        limits: vec![
            ("max_buffer_size", limits.max_buffer_size),
            ("max_storage_buffer_binding_size", limits.max_storage_buffer_binding_size),
            ("max_storage_buffers_per_shader_stage", u64::from(limits.max_storage_buffers_per_shader_stage)),
            ("max_compute_workgroups_per_dimension", u64::from(limits.max_compute_workgroups_per_dimension)),
            ("max_compute_invocations_per_workgroup", u64::from(limits.max_compute_invocations_per_workgroup)),
            ("max_compute_workgroup_storage_size", u64::from(limits.max_compute_workgroup_storage_size)),
        ],
    }
}

fn ranked() -> Vec<Adapter> {
    let backends = Instance::enabled_backend_features();
    if backends.is_empty() {
        return Vec::new();
    }
    let descriptor = InstanceDescriptor {
        backends,
        flags: InstanceFlags::empty(),
        ..InstanceDescriptor::new_without_display_handle()
    };
    let mut adapters = pollster::block_on(Instance::new(descriptor).enumerate_adapters(backends));
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
}

const fn rank(kind: DeviceType) -> u8 {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

const fn is_hardware(kind: DeviceType) -> bool {
    !matches!(kind, DeviceType::Cpu)
}
