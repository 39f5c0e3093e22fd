//! Frames of the data on the graph of the notes: what grows there, and what stands for them in comparisons.

use std::fmt::Write as _;
use std::path::Path;

use semafield::graph::Graph;
use semafield::math::arithmetic::Precision;
use semafield::simulation::{Simulation, grow_soil, read_seed};
use semafield::soil::Silent;
use semafield::soil::connection::{Connection, ConnectionLaplacian};

use crate::common::grown::{options, series};

/// Notes on a bumpy surface in four dimensions, with some links.
fn notes(count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = String::new();
    for i in 0..count {
        let [u, v] =
            [f64::from(i * 37 % count) / f64::from(count), f64::from(i * i % 53) / 53.0].map(|x| 2.0 * x - 1.0);
        let bump = 0.8 * (3.0 * u).sin() * (2.0 * v).cos();
        let link = if i.is_multiple_of(5) { (i * 7 + 3) % count } else { (i + 1) % count };
        writeln!(lines, r#"{{"id": "{i}", "vector": [{u}, {v}, {bump}, 1.0], "links": ["{link}"]}}"#).unwrap();
    }
    std::fs::write(folder.path().join("notes.jsonl"), lines).unwrap();
    folder
}

fn seed(domain: &str, soil: &str) -> String {
    format!(
        r#"semafield = 1
[domain]
kind = "graph"
{domain}
[soil]
source = "notes.jsonl"
neighbors = 8
{soil}
[fields]
A = {{type = "complex", initial = "1 + i*normal()"}}
[equations]
A = "laplacian(A, soil.frame)"
[time]
scheme = "euler"
dt = 0.5
stop = 1000.0
[observe]
series = {{size = "sqrt(mean(abs2(A)))"}}
"#
    )
}

fn grown(text: &str, folder: &Path) -> Simulation {
    let (seed, model, _) = read_seed(text, "seed.toml").unwrap();
    let soil = grow_soil(&seed, folder, &Silent).unwrap();
    Simulation::grow(model, soil, &options(Precision::F64, folder)).unwrap()
}

fn graph(domain: &str, soil: &str, folder: &Path) -> Graph {
    let simulation = grown(&seed(domain, soil), folder);
    Graph::clone(simulation.model().grid.graph().unwrap())
}

/// The lowest eigenvalue of the covariant Laplacian of a graph.
fn least(graph: &Graph) -> f64 {
    ConnectionLaplacian::new(graph.nodes(), &Connection::of_graph(graph).edges).lowest(1, 1e-12, 1).values[0]
}

#[test]
fn what_grows_on_the_graph_decays_by_the_least_eigenvalue_of_its_frames() {
    let folder = notes(120);
    let mut simulation = grown(&seed("", ""), folder.path());
    let graph = Graph::clone(simulation.model().grid.graph().unwrap());
    let least = least(&graph);
    assert!(least > 1e-4 && graph.angles().iter().any(|angle| angle.abs() > 0.05), "the frames turn: {least}");
    // Long enough for the slowest to be left alone; Euler's factor of a step is 1 - dt least.
    simulation.advance(60_000).unwrap();
    let before = series(&mut simulation)[0];
    simulation.advance(100).unwrap();
    let factor = (series(&mut simulation)[0] / before).powf(0.01);
    assert!(((1.0 - factor) / (0.5 * least) - 1.0).abs() < 1e-6, "{} and {}", (1.0 - factor) / 0.5, least);
    // The command `frames` tells the same gain, in units of its own: all weights in one proportion.
    let soil = simulation.soil().unwrap();
    let connection = soil.connection();
    let ratio = graph.weights().iter().sum::<f64>() / connection.edges.iter().map(|edge| edge.weight).sum::<f64>();
    let told = soil.frustration(&connection, 2, 0, &Silent).unwrap();
    assert_eq!(told.notes, graph.nodes(), "the graph is in one piece");
    assert!((told.onset * ratio / least - 1.0).abs() < 1e-6, "{} and {least}", told.onset * ratio);
}

#[test]
fn one_note_is_a_graph_without_edges_and_two_close_no_triangle() {
    let links =
        "theta = {type = \"link\", initial = \"soil.frame\"}\n[equations]\ntheta = \"-cocurl(curvature(theta))\"";
    for count in [1, 2] {
        let text =
            seed("", "").replace("[equations]", links).replace("sqrt(mean(abs2(A)))", "mean(abs(curvature(theta)))");
        let folder = notes(count);
        let line = std::fs::read_to_string(folder.path().join("notes.jsonl")).unwrap();
        std::fs::write(folder.path().join("notes.jsonl"), line.replace("\"links\": [\"0\"]", "\"links\": []")).unwrap();
        let mut simulation = grown(&text, folder.path());
        simulation.advance(3).unwrap();
        assert_eq!(series(&mut simulation), [0.0]);
        assert_eq!(simulation.model().grid.graph().unwrap().edges(), count as usize - 1);
    }
}

#[test]
fn frames_are_those_of_the_data_or_others_for_comparison() {
    let folder = notes(90);
    let of = |soil: &str| graph("", soil, folder.path());
    let data = of("");
    assert_eq!(of("frames = \"data\""), data);
    let straight = of("frames = \"none\"");
    assert!(straight.angles().iter().all(|angle| *angle == 0.0));
    assert!(least(&straight).abs() < 1e-12);
    for kind in ["shuffled", "random"] {
        let other = of(&format!("frames = \"{kind}\""));
        assert_eq!(other.weights(), data.weights(), "only rotations change");
        assert!(least(&other) > 3.0 * least(&data), "{kind}: {} {}", least(&other), least(&data));
        assert_eq!(other, of(&format!("frames = \"{kind}\"")));
        assert_ne!(other.angles(), of(&format!("frames = \"{kind}\"\nrng_seed = 9")).angles());
    }
    // Sums of weights round a node are those of a square grid, with frames and without: 4 / 4^2 by default.
    for graph in [&data, &straight] {
        let mean = graph.degrees().iter().sum::<f64>() / graph.nodes() as f64;
        assert!((mean - 0.25).abs() < 1e-12, "{mean}");
    }
}

#[test]
fn links_have_frames_and_keep_their_weight() {
    let folder = notes(90);
    let [bare, linked] = ["", "links = 2.0"].map(|domain| graph(domain, "", folder.path()));
    assert!(linked.edges() > bare.edges());
    let mean = bare.weights().iter().sum::<f64>() / bare.edges() as f64;
    let own = |graph: &Graph, ends: [usize; 2]| {
        let [low, high] = graph.ends();
        (0..graph.edges()).find(|&edge| [low.at(edge), high.at(edge)] == ends)
    };
    let mut turned = 0;
    for edge in 0..linked.edges() {
        let ends = [0, 1].map(|end| linked.ends()[end].at(edge));
        if own(&bare, ends).is_none() {
            assert!((linked.weights()[edge] / (2.0 * mean) - 1.0).abs() < 1e-12);
            turned += usize::from(linked.angles()[edge].abs() > 0.01);
        }
    }
    assert!(turned > 5, "links carry values from frame to frame too");
}

#[test]
fn a_seed_says_which_frames_and_only_those() {
    let text = seed("", "frames = \"shuffeld\"");
    let Err(why) = read_seed(&text, "seed.toml") else { panic!("it is misspelt") };
    let why = why.to_string();
    assert!(
        why.contains("`data`, `shuffled`, `random` or `none`") && why.contains("did you mean `shuffled`?"),
        "{why}"
    );
}
