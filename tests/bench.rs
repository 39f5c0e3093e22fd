//! `semafield bench`: what is counted, and what is refused. Speed itself is not tested.

use semafield::bench::{Case, Options, bench};
use semafield::engine::Backend;
use semafield::soil::Silent;

fn options(size: usize) -> Options {
    Options { backend: Some(Backend::Cpu), adapter: None, threads: 2, size: Some(size), steps: Some(2) }
}

#[test]
fn every_case_is_measured() {
    let report = bench(&Case::ALL, &options(24), &Silent).unwrap();
    let found: Vec<(&str, usize)> = report.cases.iter().map(|case| (case.case, case.sizes[0].items)).collect();
    let wanted = [
        ("cgle", 576),
        ("gray-scott", 576),
        ("twin", 576),
        ("heat3d", 13824),
        ("defects", 576),
        ("persistence", 576),
        ("neighbors", 24),
        ("layout", 24),
    ];
    assert_eq!(found, wanted);
    // A complex number, or two real ones, read and written.
    let bytes = |case: usize| report.cases[case].sizes[0].traffic.map(|traffic| traffic.bytes_per_cell_step);
    assert_eq!([bytes(0), bytes(1), bytes(3), bytes(4)], [Some(16), Some(16), Some(8), None]);
    // 24 rows are enough for 4 sweeps.
    assert_eq!(report.cases[0].sizes[0].traffic.map(|traffic| traffic.steps_per_pass), Some(4));
    let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert!(json["copy_bytes_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(json["cases"][0]["sizes"][0]["repetitions"], 2);
    assert_eq!(json["cases"][0]["sizes"][0]["bytes_per_cell_step"], 16);
    let table = report.table();
    assert!(Case::ALL.iter().all(|case| table.contains(case.name())), "{table}");
}

#[test]
fn sizes_out_of_range_are_refused() {
    for size in [7, 1_000_001] {
        let refusal = bench(&[Case::Neighbors], &options(size), &Silent).unwrap_err();
        assert!(refusal.to_string().contains("from 8 to 1000000"), "{refusal}");
        assert_eq!(refusal.exit_code(), 2);
    }
}
