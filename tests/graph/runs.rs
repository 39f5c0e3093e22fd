//! What a run on a graph leaves behind: pictures, arrays, a trace that is lived again, notes with the values of nodes.

use std::path::{Path, PathBuf};

use semafield::math::arithmetic::Precision;
use semafield::run::{RunOptions, run};
use semafield::seed::set;
use semafield::simulation::act::{Act, Brush, Paint};
use semafield::simulation::{Simulation, grow_soil, read_seed};
use semafield::soil::Silent;

use super::edges::{Edges, random};
use super::{TWIN, on_edges};
use crate::common::grown::{field, grow_in, model, options, series};

fn run_options(out: &Path, folder: &Path) -> RunOptions {
    RunOptions {
        out: out.to_owned(),
        file: "seed.toml".into(),
        until: None,
        trace: None,
        anyway: false,
        with_text: false,
        place: options(Precision::F32, folder),
    }
}

#[test]
fn a_list_of_edges_is_run_with_all_that_belongs_to_a_run() {
    let folder = random(40, 80).written();
    let out = folder.path().join("out");
    let outcome = run(&on_edges(TWIN), &run_options(&out, folder.path()), &Silent).unwrap();
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    assert_eq!((outcome.manifest.cells, outcome.manifest.steps), (40, 50));
    for file in
        ["series.parquet", "events.parquet", "report.html", "trace.jsonl", "images/abs_A-0.png", "images/theta-0.png"]
    {
        assert!(out.join(file).exists(), "{file}");
    }
    let shape = |name: &str| {
        let bytes = std::fs::read(out.join("arrays").join(name)).unwrap();
        npyz::NpyFile::new(bytes.as_slice()).unwrap().shape().to_vec()
    };
    assert_eq!((shape("A.npy"), shape("theta.npy")), (vec![40], vec![119]));
}

#[test]
fn sums_over_the_triangles_of_a_path_are_zero() {
    let path = Edges(vec![([0, 1], 1.0, 0.0), ([1, 2], 1.0, 0.0)]);
    let mut grown = grow_in(
        &on_edges(
            r#"
[fields]
A = {type = "complex", initial = "1 + 0.1*normal()"}
theta = {type = "link", initial = "0.1"}
[equations]
A = "laplacian(A, theta) + defects(A, theta)"
theta = "-cocurl(sin(curvature(theta)))"
[time]
dt = 0.01
stop = 0.1
[observe]
series = {a = "defects(A, theta)", b = "mean(curvature(theta))", c = "max_of(curvature(theta))"}
"#,
        ),
        path.written().path(),
    );
    let links = field(&mut grown, "theta");
    grown.advance(10).unwrap();
    assert_eq!(series(&mut grown), [0.0; 3]);
    assert_eq!(field(&mut grown, "theta").values, links.values, "nothing turns a link that no triangle has");
}

fn seeds() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/seeds")
}

/// The demo's notes on their graph, in f64, with frames of a kind.
fn notes(frames: &str) -> (String, Simulation) {
    let text = std::fs::read_to_string(seeds().join("twin-graph.toml")).unwrap();
    let text = set(&text, "soil.frames", frames).unwrap();
    let (seed, ..) = read_seed(&text, "seed.toml").unwrap();
    let soil = grow_soil(&seed, &seeds(), &Silent).unwrap();
    let grown = Simulation::grow_text(&text, "seed.toml", soil, &options(Precision::F64, &seeds())).unwrap();
    (text, grown)
}

#[test]
fn notes_are_the_nodes_and_links_are_edges() {
    let (_, simulation) = notes("none");
    let soil = simulation.soil().unwrap();
    let graph = simulation.model().grid.graph().unwrap().clone();
    assert_eq!(graph.nodes(), soil.notes.len());
    let [low, high] = graph.ends();
    let edge =
        |i: usize, j: usize| (0..graph.edges()).find(|&edge| [low.at(edge), high.at(edge)] == [i.min(j), i.max(j)]);
    for note in 0..graph.nodes() {
        assert!(soil.neighbors.of(note).all(|(other, _)| edge(note, other).is_some()));
        assert!(soil.notes[note].links.iter().all(|&other| edge(note, other).is_some()));
    }
    // Nearer is heavier, where no frame takes from it and no link adds to it.
    let linked = |i: usize, j: usize| soil.notes[i].links.contains(&j) || soil.notes[j].links.contains(&i);
    let mut weights: Vec<(f64, f64)> = (0..graph.nodes())
        .flat_map(|note| soil.neighbors.of(note).map(move |(other, distance)| (note, other, distance)))
        .filter(|&(note, other, _)| !linked(note, other))
        .map(|(note, other, distance)| (distance, graph.weights()[edge(note, other).unwrap()]))
        .collect();
    weights.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(weights.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{weights:?}");
}

#[test]
fn acts_touch_the_notes_under_the_brush() {
    let (_, mut simulation) = notes("data");
    let places = simulation.model().grid.node_positions().unwrap();
    let brush = Brush::Disc { at: places[3].to_vec(), radius: 3.0 };
    let paint = |field: &str, value: &str, brush: &Brush| Act::Paint {
        field: field.into(),
        mode: Paint::Set,
        value: value.into(),
        brush: brush.clone(),
        strength: 1.0,
    };
    let before = field(&mut simulation, "T");
    simulation.apply(&paint("T", "2 + x", &brush)).unwrap();
    let after = field(&mut simulation, "T");
    for (node, place) in places.iter().enumerate() {
        let away = ((place[0] - places[3][0]).powi(2) + (place[1] - places[3][1]).powi(2)).sqrt();
        let expected = if away <= 3.0 { 2.0 + place[0] } else { before.values.get(node) };
        assert!((after.values.get(node) - expected).abs() < 1e-12, "{node}");
    }
    simulation.apply(&paint("theta", "0.5", &brush)).unwrap();
    assert!(field(&mut simulation, "theta").values.to_f64().contains(&0.5), "edges inside have their value");
    for (act, why) in [
        (Act::Stir { field: "A".into(), brush: brush.clone(), strength: 1.0 }, "can't be stirred"),
        (Act::Cut { brush: brush.clone() }, "has no walls"),
        (Act::Link { from: "a".into(), to: "b".into() }, "the edges of a living graph are fixed"),
    ] {
        let refused = simulation.apply(&act).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    // The map is a picture: notes move on it, and no field feels it.
    let id = simulation.soil().unwrap().notes[3].id.clone();
    let (before, to) = (simulation.digests().unwrap(), [places[9][0], places[9][1] + 0.1]);
    simulation.apply(&Act::Pull { note: id.clone(), to }).unwrap();
    let moved = simulation.model().grid.node_positions().unwrap();
    assert!((0..2).all(|axis| (moved[3][axis] - to[axis]).abs() < 1e-9), "{:?} {to:?}", moved[3]);
    simulation.apply(&Act::PinNote { note: id, pinned: true }).unwrap();
    simulation.apply(&Act::Settle { iterations: 20 }).unwrap();
    let settled = simulation.model().grid.node_positions().unwrap();
    assert!(settled[3] == moved[3] && settled[9] != moved[9]);
    assert_eq!(simulation.digests().unwrap(), before);
    simulation.apply(&paint("T", "7", &Brush::Disc { at: settled[3].to_vec(), radius: 0.01 })).unwrap();
    assert!((field(&mut simulation, "T").values.get(3) - 7.0).abs() < 1e-12, "a brush finds notes where they are");
    simulation.apply(&Act::Rewrite { key: "equations.T".into(), value: "laplacian(T)".into() }).unwrap();
    simulation.advance(3).unwrap();
    assert!(simulation.apply(&Act::Rewrite { key: "domain.links".into(), value: "3".into() }).is_err());
}

#[test]
fn a_bad_number_names_its_node() {
    let folder = random(6, 3).written();
    let text = on_edges(
        "[fields]\nu = {type = \"real\", initial = \"1\"}\n[equations]\nu = \"u^9\"\n[time]\ndt = 0.5\nstop = 100.0\n",
    );
    let mut simulation = Simulation::grow(model(&text), None, &options(Precision::F32, folder.path())).unwrap();
    let why = simulation.advance(200).unwrap_err().to_string();
    assert!(why.contains("`u`") && why.contains("[0]"), "{why}");
}

/// `dt = "auto"` from the largest weighted degree: just below the bound a star stays, above it blows up.
#[test]
fn the_bound_on_the_step_is_that_of_the_largest_degree() {
    let star = (1..=9).map(|node| ([0, node], 2.0, 0.0));
    let folder = super::Edges(star.collect()).written();
    let text = on_edges(
        "[fields]\nu = {type = \"real\", initial = \"normal()\"}\n[equations]\nu = \"laplacian(u)\"\n[time]\n\
         scheme = \"euler\"\ndt = \"auto\"\nstop = 10.0\n",
    );
    let simulation = Simulation::grow(model(&text), None, &options(Precision::F64, folder.path())).unwrap();
    // The largest eigenvalue lies below 2 * 18; Euler bears 2 / 36, of which 0.8 is taken.
    assert!((simulation.dt() - 0.8 * 2.0 / 36.0).abs() < 1e-6, "{}", simulation.dt());
}
