//! Every control has a name, in every panel and both languages, at a small size and a large one.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use semafield::app::state::{Panel, State, Tool};
use semafield::app::words::Language;

use super::{Window, World, open_sized};

const PANELS: [Panel; 8] = [
    Panel::Look,
    Panel::Parameters,
    Panel::Equations,
    Panel::Notes,
    Panel::Series,
    Panel::Topology,
    Panel::Performance,
    Panel::Gallery,
];

fn worlds() -> impl Iterator<Item = World> {
    Language::ALL.into_iter().flat_map(|language| {
        PANELS.into_iter().zip(Tool::ALL.into_iter().cycle().skip(1)).map(move |(panel, tool)| {
            let mut world = World::new();
            world.state =
                State { panel, tool, inspected: Some(3), ..State::new(language, language == Language::English) };
            world.state.recent = vec!["/home/me/spirals.toml".into()];
            world
        })
    })
}

/// Controls that can be pressed or changed, with their names and places.
fn controls(window: &Window) -> Vec<(Role, Option<String>, egui::Rect)> {
    let root = window.root();
    let nodes = root.children_recursive();
    nodes
        .filter(|node| egui::accessibility::is_input(node.accesskit_node().role()))
        .map(|node| (node.accesskit_node().role(), node.accesskit_node().label(), node.rect()))
        .collect()
}

#[test]
fn no_control_is_without_a_name() {
    for world in worlds() {
        let panel = (world.state.panel, world.state.language);
        let window = open_sized(world, [1280.0, 800.0]);
        let controls = controls(&window);
        assert!(controls.len() > 25, "{panel:?}: {controls:?}");
        for (role, name, rect) in controls {
            assert!(name.is_some_and(|name| !name.trim().is_empty()), "{panel:?}: {role:?} at {rect:?}");
        }
    }
}

/// Where the panel on the right begins.
fn edge(window: &Window) -> f32 {
    window.get_by_role(Role::Splitter).rect().center().x
}

#[test]
fn panels_keep_their_width() {
    let mut edges = vec![];
    for world in worlds() {
        let panel = (world.state.panel, world.state.language);
        let mut window = open_sized(world, [1280.0, 800.0]);
        let before = edge(&window);
        window.run_steps(30);
        edges.push((panel, before, edge(&window)));
    }
    let first = edges[0].1;
    assert!(edges.iter().all(|&(_, before, after)| before == first && after == first), "{edges:?}");
}

#[test]
fn everything_fits_into_a_small_window() {
    for world in worlds() {
        let panel = (world.state.panel, world.state.language);
        let window = open_sized(world, [900.0, 600.0]);
        for (role, name, rect) in controls(&window) {
            assert!(rect.right() <= 900.5 && rect.left() >= -0.5, "{panel:?}: {role:?} {name:?} at {rect:?}");
        }
    }
}
