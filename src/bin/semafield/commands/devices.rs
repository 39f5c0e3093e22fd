//! `semafield devices`

use super::place::available;
use crate::cli;

pub(crate) fn devices(arguments: &cli::Devices) -> anyhow::Result<()> {
    let adapters = adapters();
    if arguments.json {
        let cpu = serde_json::json!({"architecture": std::env::consts::ARCH, "threads": available()});
        let all: Vec<_> = adapters.iter().map(|adapter| serde_json::json!(adapter)).collect();
        super::print(&format!("{}\n", serde_json::json!({"cpu": cpu, "gpu": all})));
        return Ok(());
    }
    let mut text = format!("cpu  {}, {} threads; f32 and f64\n", std::env::consts::ARCH, available());
    for adapter in &adapters {
        text.push_str(&format!("gpu  {}\n", describe(adapter)));
    }
    if adapters.is_empty() {
        text.push_str("gpu  no adapter found (seeds run on the CPU back end)\n");
    }
    super::print(&text);
    Ok(())
}

#[cfg(feature = "gpu")]
fn adapters() -> Vec<semafield::engine::gpu::AdapterDescription> {
    semafield::engine::gpu::adapters()
}

#[cfg(feature = "gpu")]
fn describe(adapter: &semafield::engine::gpu::AdapterDescription) -> String {
    let kind = if adapter.hardware { "hardware" } else { "software, not taken by auto" };
    let mut text =
        format!("{}, {} ({}, {kind}), driver {}; f32", adapter.name, adapter.api, adapter.kind, adapter.driver);
    for (name, limit) in &adapter.limits {
        text.push_str(&format!("\n       {name}: {limit}"));
    }
    text
}

#[cfg(not(feature = "gpu"))]
fn adapters() -> Vec<serde_json::Value> {
    vec![]
}

#[cfg(not(feature = "gpu"))]
fn describe(_adapter: &serde_json::Value) -> String {
    String::new()
}
