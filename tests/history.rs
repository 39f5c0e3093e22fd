//! What a run writes about its defects, regions and notes: exact balances, columns, and nothing that depends on threads.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use semafield::engine::{Backend, Batch};
use semafield::math::arithmetic::Precision;
use semafield::run::{RunOptions, run};
use semafield::simulation::Options;
use semafield::soil::Silent;
use semafield::topology::worldlines::{EventKind, WorldLines};

use crate::common::grown::grow;

const TURBULENCE: &str = r#"
semafield = 1
rng_seed = 11
[domain]
kind = "grid"
shape = [72, 64]
size = [54.0, 48.0]
[parameters]
alpha = 2.0
beta = -1.2
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
theta = {type = "link", initial = "0.3*normal()"}
[equations]
A = "(1 + i*beta)*(1 - abs2(A))*A + (1 + i*alpha)*laplacian(A, theta)"
theta = "-0.05*(current(A, theta) + 0.1*sin(theta))"
[time]
dt = 0.02
stop = 40.0
"#;

/// Births less annihilations is the change in number, at every observation, far and near.
#[test]
fn turbulence_balances_at_every_observation() {
    for every in [10, 40] {
        let mut simulation = grow(TURBULENCE);
        let grid = simulation.model().grid.clone();
        let mut lines = WorldLines::new(&grid, None).unwrap();
        let (mut births, mut deaths, mut first) = (0, 0, 0);
        for observation in 0..1200 / every {
            let (step, time) = (simulation.step(), simulation.time());
            let before = lines.lines().len();
            let fields = simulation.fields().unwrap();
            let theta = fields[1].values.to_f64();
            let (re, im) = (fields[0].component(0), fields[0].component(1));
            let events = lines.observe(step, time, &re, &im, Some(&theta)).unwrap();
            let count = |kind: EventKind| events.iter().filter(|event| event.kind == kind).count();
            let (born, died) = (count(EventKind::Birth), count(EventKind::Annihilation));
            assert_eq!(count(EventKind::Enter) + count(EventKind::Exit), 0, "a torus has no outside");
            let after = lines.lines().len();
            assert_eq!(2 * lines.lines().iter().filter(|line| line.positive).count(), after);
            if observation == 0 {
                first = after;
            } else {
                assert_eq!(after + 2 * died, before + 2 * born, "at step {step}");
            }
            (births, deaths) = (births + born, deaths + died);
            simulation.advance(every).unwrap();
        }
        assert_eq!(lines.lines().len() + 2 * deaths, first + 2 * births);
        assert!(births > 5 && deaths > births && !lines.lines().is_empty(), "{births} births, {deaths} deaths");
    }
}

/// Three subjects in a vault, laid out and grown over.
const GARDEN: &str = r#"
semafield = 1
title = "A garden"
rng_seed = 5
[domain]
kind = "grid"
shape = [64, 64]
size = [48.0, 48.0]
boundary = "no-flux"
[soil]
source = "vault"
[parameters]
alpha = 2.0
beta = -1.2
[fields]
A = {type = "complex", initial = "0.3*(normal() + i*normal())"}
T = {type = "real", initial = "0"}
[equations]
A = "(1 + 0.3*soil.gain)*A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*div_grad(soil.coupling, A, soil.frame)"
T = "(tension(A, soil.frame, soil.coupling) - T)/2"
[time]
dt = 0.02
stop = 12.0
[observe]
every = 0.4
"#;

fn vault(folder: &Path) {
    let subjects = [
        ("bread", "flour water yeast dough oven crust loaf baking kneading sourdough rye wheat"),
        ("stars", "galaxy telescope orbit planet nebula comet light gravity moon supernova cluster dust"),
        ("boats", "sail mast rudder harbour wind knot hull keel anchor rope tide lighthouse"),
    ];
    std::fs::create_dir_all(folder.join("vault")).unwrap();
    for (subject, words) in subjects {
        let words: Vec<&str> = words.split(' ').collect();
        for number in 0..9 {
            let chosen: Vec<&str> = (0..8).map(|k| words[(number * 5 + k * (number + 1)) % words.len()]).collect();
            let text = format!("# {subject} {number}\n\nAbout {subject}: {}.\n", chosen.join(" "));
            std::fs::write(folder.join(format!("vault/{subject}-{number}.md")), text).unwrap();
        }
    }
}

fn grown(folder: &Path, name: &str, threads: usize) -> std::path::PathBuf {
    let out = folder.join(name);
    let place = Options {
        backend: Some(Backend::Cpu),
        adapter: None,
        threads,
        precision: Precision::F32,
        folder: folder.to_owned(),
        batch: Batch::default(),
    };
    let (file, out_folder) = ("garden.toml".to_owned(), out.clone());
    let options =
        RunOptions { out: out_folder, file, until: None, trace: None, anyway: false, with_text: false, place };
    let outcome = run(GARDEN, &options, &Silent).unwrap();
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    out
}

fn table(path: &Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().next().unwrap().unwrap()
}

#[test]
fn a_run_tells_what_became_of_notes_and_regions() {
    let folder = tempfile::tempdir().unwrap();
    vault(folder.path());
    let one = grown(folder.path(), "one", 1);
    let three = grown(folder.path(), "three", 3);
    for file in ["events.parquet", "documents.parquet"] {
        assert!(std::fs::read(one.join(file)).unwrap() == std::fs::read(three.join(file)).unwrap(), "{file}");
    }

    let notes = table(&one.join("documents.parquet"));
    assert_eq!(notes.num_rows(), 27);
    let whole = |name: &str| notes.column_by_name(name).unwrap_or_else(|| panic!("{name}")).as_primitive::<Int64Type>();
    let (group, passed) = (whole("region"), whole("defects_passed"));
    assert!(group.null_count() < 27 && whole("drifts").null_count() == 0);
    assert!(passed.iter().flatten().any(|count| count > 0), "turbulence passes some note");
    let last = notes.column_by_name("last_defect").unwrap().as_primitive::<Float64Type>();
    for row in 0..27 {
        assert_eq!(passed.value(row) == 0, last.is_null(row), "only who met a defect has a last one");
        assert!(whole("bridge_to").is_null(row) || whole("bridge_to").value(row) != group.value(row));
    }
    for name in ["region_since", "still_since", "fault_to", "coherence", "tension"] {
        assert!(notes.column_by_name(name).is_some(), "{name}");
    }

    // Regions: whoever ends was there before, and no name is given twice.
    let events = table(&one.join("events.parquet"));
    let kinds = events.column_by_name("kind").unwrap().as_string::<i32>();
    let ids = events.column_by_name("ids").unwrap().as_list::<i32>();
    let steps = events.column_by_name("step").unwrap().as_primitive::<Int64Type>();
    assert!(steps.values().is_sorted(), "events come in the order of time");
    let mut began: BTreeMap<i64, i64> = BTreeMap::new();
    let mut ended: BTreeMap<i64, i64> = BTreeMap::new();
    for row in 0..events.num_rows() {
        let named = ids.value(row).as_primitive::<Int64Type>().values().to_vec();
        match kinds.value(row) {
            "appear" => assert!(began.insert(named[0], steps.value(row)).is_none()),
            "split" => assert!(began.insert(named[1], steps.value(row)).is_none()),
            "vanish" | "merge" => assert!(ended.insert(named[0], steps.value(row)).is_none()),
            _ => {}
        }
    }
    assert!(!ended.is_empty(), "a turbulent field has regions that end");
    assert!(ended.iter().all(|(id, step)| began.get(id).is_none_or(|begin| begin < step)));

    let page = std::fs::read_to_string(one.join("report.html")).unwrap();
    assert!(page.contains("What the field makes of it") && page.contains("<h3>Groups</h3>"));
    assert!(page.contains("bread") && page.contains("<h3>Microconflicts</h3>"));
}
