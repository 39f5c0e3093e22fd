//! What has no meaning on a graph is refused, with its place and what to do.

use semafield::diagnostic::render;
use semafield::math::arithmetic::Precision;
use semafield::model::Model;
use semafield::simulation::Simulation;

use super::edges::random;
use super::on_edges;
use crate::common::grown::{findings, model, options};

fn equation(text: &str) -> String {
    on_edges(&format!(
        "[fields]\nu = {{type = \"complex\", initial = \"1\"}}\n[equations]\nu = \"{text}\"\n[time]\ndt = 0.1\nstop = 1.0\n"
    ))
}

/// What is said about a seed, as its author sees it.
fn said(text: &str) -> String {
    render(&findings(text), "seed.toml", text)
}

#[test]
fn what_needs_axes_has_a_place_and_advice() {
    for (expression, message, advice) in [
        ("dx(u)", "`dx` has no meaning on a graph", "`grad(u)` is that along each edge"),
        ("at_cells(curl(grad(u)))", "`curl` has no meaning on a graph", "`curvature(v)` is the sum round it"),
        ("div(link(x, y))", "the edges of a graph have no axes", "evaluated in the middle of each edge"),
        ("z*u", "there is no `z`: the map of a graph is flat", ""),
    ] {
        let said = said(&equation(expression));
        assert!(said.contains(message) && said.contains(advice) && said.contains("seed.toml:"), "{said}");
    }
}

#[test]
fn keys_of_the_other_kind_are_refused() {
    let plain = equation("laplacian(u)");
    for (key, message) in [
        ("mask = \"x > 1\"", "a graph has no `mask`"),
        ("boundary = \"periodic\"", "a graph has no `boundary`"),
        ("stencil = 9", "a graph has no `stencil`"),
        ("shape = [3, 4]", "a graph has no `shape`"),
        ("links = 0.5", "`links` are those of notes"),
        ("size = [3.0]", "the size of a graph is the width and height of its map"),
    ] {
        let said = said(&plain.replace("edges = ", &format!("{key}\nedges = ")));
        assert!(said.contains(message), "{said}");
    }
    let grid = plain.replace("kind = \"graph\"", "kind = \"grid\"\nshape = [8]\nsize = [8.0]");
    assert!(said(&grid).contains("a grid has no `edges`"), "{}", said(&grid));
    let nothing = plain.replace("edges = \"edges.csv\"\n", "");
    assert!(said(&nothing).contains("a graph of what?"), "{}", said(&nothing));
    let etd2 = plain.replace("dt = 0.1", "dt = 0.1\nscheme = \"etd2\"");
    assert!(said(&etd2).contains("`etd2` has no meaning on a graph"), "{}", said(&etd2));
}

#[test]
fn a_bad_list_of_edges_names_its_line() {
    let seed = equation("laplacian(u)");
    for (list, message) in [
        ("source,target\n0,1\n1,one\n", "line 3: `one` is not a whole number"),
        ("source,target\n0,0\n", "joins node 0 to itself"),
        ("source,target,weight\n0,1,-2\n", "weight"),
        ("source,target\n", "has no edges"),
        ("source,target,weight\n0,1,1\n1,0,2\n", "joined twice"),
        ("from,to\n0,1\n", "no column `source`"),
        ("source,target\n0,5000000000\n", "node 5000000000 is beyond 2^32"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("edges.csv"), list).unwrap();
        let grown = Simulation::grow(model(&seed), None, &options(Precision::F64, folder.path()));
        let why = grown.err().expect(list).to_string();
        assert!(why.contains(message), "{why}");
    }
    let folder = tempfile::tempdir().unwrap();
    let grown = Simulation::grow(model(&seed), None, &options(Precision::F64, folder.path()));
    assert!(grown.err().unwrap().to_string().contains("edges.csv"));
}

#[test]
fn a_list_of_edges_alone_has_no_map() {
    let folder = random(5, 2).written();
    let grown = Simulation::grow(model(&equation("x*u")), None, &options(Precision::F64, folder.path()));
    let why = grown.err().unwrap().to_string();
    assert!(why.contains("x and y are places on the map of the notes"), "{why}");
}

#[test]
fn the_names_of_the_soil_are_those_of_the_edges() {
    let text = equation("soil.gain*u + div_grad(soil.coupling, u, soil.frame)");
    assert!(Model::from_text(&text).model.is_some(), "{}", said(&text));
}
