//! The experiment of the five arms, small: what it writes, in which order, and which seeds it refuses.

use std::path::Path;

use semafield::experiment::transfer::{Holding, Run, TransferOptions, transfer};
use semafield::soil::Silent;
use semafield::source::Source;

const SMALL: &str = r#"semafield = 1
title = "Small <turbulence>"
[domain]
kind = "grid"
shape = [24, 24]
size = [15.0, 15.0]
[fields]
A = {type = "complex", initial = "0.3*(normal() + i*normal())"}
theta = {type = "link", initial = "0.1*sin(y)"}
[equations]
A = "(1 - 1.2*i)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A, theta)"
theta = "0"
[time]
dt = 0.02
stop = 10.0
"#;

fn source(text: &str) -> Source {
    Source { text: text.into(), file: "small.toml".into(), folder: ".".into() }
}

fn options(out: &Path) -> TransferOptions {
    TransferOptions {
        out: out.to_owned(),
        repeats: 2,
        until: Some(30.0),
        blocks: vec![1.25],
        gains: vec![3.0],
        jobs: 2,
        command: "semafield transfer small.toml".into(),
    }
}

#[test]
fn all_arms_are_run_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = transfer(&source(SMALL), &options(folder.path()), &Silent).unwrap();
    assert_eq!(outcome.field, "A");
    assert!((outcome.scales.mu - 1.0).abs() < 1e-6 && (outcome.scales.xi.unwrap() - 1.0).abs() < 0.05);
    let arm = |arm: u8| outcome.runs.iter().filter(move |run| run.arm == arm);
    assert!(arm(0).all(|run| run.largest_distance == 0.0), "a copy of the bits is the donor");
    assert!(arm(1).all(|run| run.distances[0] > 0.0 && run.distances[0] < 1e-6));
    assert!(arm(0).all(|run| run.log_distance == Some(0.0)), "and has the donor's story");
    assert!(arm(2).all(|run| run.log_distance.is_some_and(|apart| (0.0..=1.0).contains(&apart))));
    assert!(arm(4).all(|run| run.log_distance == Some(0.0)), "one field, one story");
    assert!(arm(2).count() == 2 && arm(2).all(|run| run.late_distance > 0.5), "strangers");
    assert!(arm(3).all(|run| run.mismatch.unwrap() > 0.0));
    assert!(arm(4).all(|run| run.last_distance < 1e-10), "those that listen become the donor");
    assert!(outcome.tests.iter().any(|test| test.arm == 2 && test.what.starts_with("persistence of |A|")));
    copies_on_a_gpu(arm(1).filter(|run| run.variant.starts_with("GPU for CPU")).collect());
    assert!(outcome.tests.iter().filter(|test| test.arm == 4).all(|test| test.outcome == Holding::Holds));
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("transfer.json")).unwrap()).unwrap();
    assert_eq!(json["predictions"].as_array().unwrap().len(), 5);
    assert_eq!(json["runs"].as_array().unwrap().len(), outcome.runs.len());
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    for words in ["What was asked", "What was predicted", "What came out", "How to run it again", "nudge(A, theta)"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("Small <turbulence>") && page.contains("semafield transfer small.toml"));
    assert!(["runs.parquet", "distances.parquet"].iter().all(|name| folder.path().join(name).is_file()));
    let again = transfer(&source(SMALL), &TransferOptions { jobs: 1, ..options(folder.path()) }, &Silent).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&outcome).unwrap(), "any number of jobs");
}

/// Where there is an adapter, an arm runs on it: each copy parts from its donor at once, and not at all far.
#[cfg(feature = "gpu")]
fn copies_on_a_gpu(copies: Vec<&Run>) {
    let adapters = semafield::engine::gpu::adapters();
    assert!(!adapters.is_empty() || std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none(), "there is no adapter");
    assert_eq!(copies.len(), if adapters.is_empty() { 0 } else { 2 });
    for copy in copies {
        assert!(copy.variant.contains(adapters[0].name.split(" (").next().unwrap()), "{}", copy.variant);
        assert!(
            copy.distances[0] < 1e-6 && copy.distances[1] > 0.0 && copy.distances[1] < 1e-3,
            "{:?}",
            copy.distances
        );
    }
}

#[cfg(not(feature = "gpu"))]
fn copies_on_a_gpu(copies: Vec<&Run>) {
    assert!(copies.is_empty());
}

#[test]
fn a_seed_without_a_complex_field_or_with_a_donor_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let said = |text: String| transfer(&source(&text), &options(folder.path()), &Silent).unwrap_err().to_string();
    let real = SMALL
        .replace("\"complex\"", "\"real\"")
        .replace("i*normal()", "1")
        .replace("(1 - 1.2*i)*", "")
        .replace("(1 + 2*i)*laplacian(A, theta)", "laplacian(A)");
    assert!(said(real).contains("this seed has none that evolves"));
    assert!(said(SMALL.replace("[fields]", "[donor]\n[fields]")).contains("this seed has one"));
    let wide = TransferOptions { blocks: vec![2.0], ..options(folder.path()) };
    let why = transfer(&source(SMALL), &wide, &Silent).unwrap_err().to_string();
    assert!(why.contains("the nearest side that fits both grids is 1.875"), "{why}");
    assert!(!folder.path().join("transfer.json").exists());
}
