//! The identities of science.md 1.4 on a random graph with triangles: I1, energy falls as it is dissipated; I2, gauge.

use std::path::Path;
use std::sync::Arc;

use semafield::field::{Field, Kind, Values};
use semafield::graph::Graph;
use semafield::grid::Grid;
use semafield::output::npy;

use super::edges::{Edges, random};
use super::on_edges;
use crate::common::grown::{grow_in, series};

/// The twin without what is no gradient (alpha, beta, felt tension, noise), and its energy.
fn audit(scheme: &str, dt: f64) -> String {
    on_edges(&format!(
        r#"
[parameters]
mu = 0.9
kappa = 0.3
tau = 2.0
eps = 0.4
k_F = 0.2
lam = 0.3
[fields]
A = {{type = "complex", initial = "0.8*(normal() + i*normal())"}}
M = {{type = "complex", initial = "0.5*normal()"}}
theta = {{type = "link", initial = "soil.frame + 0.7*normal()"}}
[derived]
dA = "mu*A - abs2(A)*A + laplacian(A, theta) + kappa*(M - A)"
dM = "(A - M)/tau"
slope = "current(A, theta) + k_F*sin(theta - soil.frame) + lam*cocurl(sin(curvature(theta)))"
nodes = "-mu*abs2(A)/2 + abs2(A)^2/4 + tension(A, theta) + kappa*abs2(A - M)/2"
[equations]
A = "dA"
M = "dM"
theta = "-eps*slope"
[time]
scheme = "{scheme}"
dt = {dt}
stop = 10.0
[observe.series]
energy = "sum(nodes) + k_F*sum(1 - cos(theta - soil.frame)) + lam*sum(1 - cos(curvature(theta)))"
lost = "sum(abs2(dA)) + kappa*tau*sum(abs2(dM)) + eps*sum(slope^2)"
faces = "sum(abs(sin(curvature(theta))))"
"#
    ))
}

#[test]
fn energy_falls_as_it_is_dissipated() {
    let folder = random(30, 90).written();
    let dt = 0.0002;
    let mut simulation = grow_in(&audit("rk4", dt), folder.path());
    let mut energies = Vec::new();
    let mut lost = 0.0;
    for step in 0..5 {
        let [energy, rate, faces] = series(&mut simulation)[..] else { unreachable!("three series") };
        assert!(faces > 1.0, "there are triangles: {faces}");
        energies.push(energy);
        lost = if step == 2 { rate } else { lost };
        simulation.advance(1).unwrap();
    }
    let rate = (energies[0] - 8.0 * energies[1] + 8.0 * energies[3] - energies[4]) / (12.0 * dt);
    assert!((rate + lost).abs() < 1e-8 * lost, "{rate} {lost}");
}

#[test]
fn energy_never_rises() {
    let folder = random(30, 90).written();
    let mut simulation = grow_in(&audit("euler", 0.05), folder.path());
    let mut before = f64::INFINITY;
    for _ in 0..200 {
        let energy = series(&mut simulation)[0];
        assert!(energy <= before, "{before} {energy}");
        before = energy;
        simulation.advance(1).unwrap();
    }
}

const GAUGED: &str = r#"
[maps]
c = "c.npy"
[fields]
A = {type = "complex", initial = "exp(i*c)*(0.8*normal() + i*0.8*normal())"}
M = {type = "complex", initial = "exp(i*c)*0.5*normal()"}
theta = {type = "link", initial = "soil.frame"}
[equations]
A = "0.9*A - (1 - 1.2*i)*abs2(A)*A + (1 + 2*i)*laplacian(A, theta) + 0.2*(M - A)"
M = "(A - M)/3"
theta = "-0.3*(current(A, theta) + 0.2*sin(theta - soil.frame) + 0.3*cocurl(sin(curvature(theta))))"
[time]
dt = 0.01
stop = 10.0
[observe.series]
strength = "mean(abs2(A))"
spread = "std(abs(A))"
strain = "std(tension(A, theta))"
flux = "sum(curvature(theta)^2)"
defects = "defects(A, theta)"
"#;

/// theta_ij -> theta_ij + c_i - c_j and A_i -> e^{i c_i} A_i change nothing that can be seen.
#[test]
fn a_gauge_changes_nothing() {
    let edges = random(30, 90);
    let turns: Vec<f64> = (0..30).map(|node| 2.9 * f64::from(node * node % 11) - 7.0).collect();
    let turned =
        edges.0.iter().map(|&([i, j], weight, angle)| ([i, j], weight, angle + turns[i as usize] - turns[j as usize]));
    let measure = |edges: &Edges, turns: Vec<f64>| {
        let folder = edges.written();
        write_map(&folder.path().join("c.npy"), turns);
        let mut simulation = grow_in(&on_edges(GAUGED), folder.path());
        simulation.advance(100).unwrap();
        series(&mut simulation)
    };
    let plain = measure(&edges, vec![0.0; 30]);
    let gauged = measure(&Edges(turned.collect()), turns.clone());
    assert!(plain.iter().all(|value| *value > 1e-3), "{plain:?}");
    for (a, b) in plain.iter().zip(&gauged) {
        assert!((a - b).abs() < 1e-10 * a, "{plain:?} {gauged:?}");
    }
}

fn write_map(path: &Path, values: Vec<f64>) {
    let graph = Graph::new(values.len(), []).unwrap();
    let grid = Grid::of_graph(Arc::new(graph), [1.0; 2]);
    let field = Field { name: "c".into(), kind: Kind::Real, grid, values: Values::F64(values) };
    npy::write(path, &field, None).unwrap();
}
