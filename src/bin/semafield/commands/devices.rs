//! `semafield devices`

#[cfg(feature = "gpu")]
use semafield::engine::gpu::AdapterDescription as Adapter;
#[cfg(not(feature = "gpu"))]
use serde_json::Value as Adapter;

use super::place::available;
use crate::cli;

pub(crate) fn devices(arguments: &cli::Devices) -> anyhow::Result<()> {
    let adapters = adapters();
    let cpu = serde_json::json!({"architecture": std::env::consts::ARCH, "threads": available()});
    super::answer(arguments.form, &serde_json::json!({"cpu": cpu, "gpu": &adapters}), || table(&adapters))
}

fn table(adapters: &[Adapter]) -> String {
    let mut text = format!("cpu  {}, {} threads; f32 and f64\n", std::env::consts::ARCH, available());
    for adapter in adapters {
        text.push_str(&format!("gpu  {}\n", describe(adapter)));
    }
    if adapters.is_empty() {
        text.push_str("gpu  no adapter found (seeds run on the CPU back end)\n");
    }
    text
}

#[cfg(feature = "gpu")]
fn adapters() -> Vec<Adapter> {
    semafield::engine::gpu::adapters()
}

#[cfg(feature = "gpu")]
fn describe(adapter: &Adapter) -> String {
    let kind = if adapter.hardware { "hardware" } else { "software, not taken by auto" };
    let mut text =
        format!("{}, {} ({}, {kind}), driver {}; f32", adapter.name, adapter.api, adapter.kind, adapter.driver);
    for (name, limit) in &adapter.limits {
        text.push_str(&format!("\n       {name}: {limit}"));
    }
    text
}

#[cfg(not(feature = "gpu"))]
fn adapters() -> Vec<Adapter> {
    vec![]
}

#[cfg(not(feature = "gpu"))]
fn describe(_adapter: &Adapter) -> String {
    String::new()
}
