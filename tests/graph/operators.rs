//! Every operator on a random graph against its definition.

use semafield::field::Field;
use semafield::graph::Graph;
use semafield::math::complex::Complex;

use super::edges::random;
use super::on_edges;
use crate::common::grown::{derived, field, grow_in, series};

const SEED: &str = r#"
[fields]
u = {type = "complex", initial = "normal() + i*normal()"}
v = {type = "real", initial = "normal()"}
theta = {type = "link", initial = "soil.frame"}
[derived]
plain = "laplacian(v)"
same = "div(grad(v))"
twice = "laplacian(laplacian(v))"
carried = "laplacian(u, theta)"
weighted = "div_grad(1 + v^2, u, theta)"
strain = "tension(u, theta, 1 + v^2)"
flow = "current(u, theta, 1 + v^2)"
slope = "grad(v)"
out = "div(theta)"
flux = "curvature(theta)"
turned = "cocurl(sin(curvature(theta)))"
links = "at_cells(theta)"
faces = "at_cells(curvature(theta))"
round = "curvature(grad(v))"
[equations]
u = "0"
v = "0"
theta = "0"
[time]
dt = 0.1
stop = 1.0
[observe.series]
mean = "mean(theta)"
least = "min_of(theta)"
square = "sum(curvature(theta)^2)"
defects = "defects(u, theta)"
"#;

struct Known {
    u: Vec<Complex>,
    v: Vec<f64>,
    theta: Vec<f64>,
}

impl Known {
    fn weight(&self, node: usize) -> f64 {
        1.0 + self.v[node] * self.v[node]
    }
}

fn turn(angle: f64) -> Complex {
    Complex::new(angle.cos(), angle.sin())
}

/// Sums over edges at each node: of what an edge (number, whether the node is its lower end) gives.
fn at_nodes(graph: &Graph, give: impl Fn(usize, bool) -> Complex) -> Vec<Complex> {
    let [low, high] = graph.ends();
    let mut sums = vec![Complex::ZERO; graph.nodes()];
    for edge in 0..graph.edges() {
        sums[low.at(edge)] += give(edge, true);
        sums[high.at(edge)] += give(edge, false);
    }
    sums
}

fn assert_is(name: &str, found: &Field, expected: &[Complex]) {
    let sites = expected.len();
    for (site, expected) in expected.iter().enumerate() {
        let im = if found.values.len() > sites { found.values.get(sites + site) } else { 0.0 };
        let off = (Complex::new(found.values.get(site), im) - *expected).abs();
        assert!(off < 1e-11 * (1.0 + expected.abs()), "{name} at {site}: {:?} {expected:?}", found.values.get(site));
    }
}

#[test]
fn operators_are_what_the_table_says() {
    let folder = random(20, 50).written();
    let mut simulation = grow_in(&on_edges(SEED), folder.path());
    let found = derived(&mut simulation);
    let [u, v, theta] = ["u", "v", "theta"].map(|name| field(&mut simulation, name));
    let graph = u.grid.graph().unwrap().clone();
    let u = u.component(0).into_iter().zip(u.component(1)).map(|(re, im)| Complex::new(re, im)).collect();
    let known = Known { u, v: v.component(0), theta: theta.component(0) };
    let [low, high] = graph.ends().clone();
    let w = graph.weights();
    let real = Complex::from;
    let reals = |values: Vec<f64>| values.into_iter().map(real).collect::<Vec<_>>();
    let ends = |edge: usize, lower: bool| {
        let (i, j) = (low.at(edge), high.at(edge));
        if lower { (i, j, known.theta[edge]) } else { (j, i, -known.theta[edge]) }
    };
    let of_edges = |give: &dyn Fn(usize) -> f64| reals((0..graph.edges()).map(give).collect());
    let laplacian = |v: &[f64]| -> Vec<f64> {
        let flows = at_nodes(&graph, |edge, lower| {
            let (i, j, _) = ends(edge, lower);
            real(w[edge] * (v[j] - v[i]))
        });
        flows.into_iter().map(|sum| sum.re).collect()
    };
    let once = laplacian(&known.v);
    assert_is("plain", &found["plain"], &reals(once.clone()));
    assert_is("same", &found["same"], &reals(once.clone()));
    assert_is("twice", &found["twice"], &reals(laplacian(&once)));
    let mean = |i: usize, j: usize| 0.5 * (known.weight(i) + known.weight(j));
    let flow = |edge: usize, lower: bool, weight: f64| {
        let (i, j, angle) = ends(edge, lower);
        (turn(angle) * known.u[j] - known.u[i]).scale(weight)
    };
    assert_is("carried", &found["carried"], &at_nodes(&graph, |edge, lower| flow(edge, lower, w[edge])));
    let heavy = |edge: usize| w[edge] * mean(low.at(edge), high.at(edge));
    assert_is("weighted", &found["weighted"], &at_nodes(&graph, |edge, lower| flow(edge, lower, heavy(edge))));
    let energy = |edge: usize, lower: bool| real(0.25 * heavy(edge) * flow(edge, lower, 1.0).abs2());
    assert_is("strain", &found["strain"], &at_nodes(&graph, energy));
    let current = |edge: usize| {
        let (i, j, angle) = ends(edge, true);
        heavy(edge) * (known.u[i].conj() * turn(angle) * known.u[j]).im
    };
    assert_is("flow", &found["flow"], &of_edges(&current));
    let slope = |edge: usize| w[edge].sqrt() * (known.v[high.at(edge)] - known.v[low.at(edge)]);
    assert_is("slope", &found["slope"], &of_edges(&slope));
    let out = |edge: usize, lower: bool| real(w[edge].sqrt() * known.theta[edge] * if lower { 1.0 } else { -1.0 });
    assert_is("out", &found["out"], &at_nodes(&graph, out));

    // Triangles
    let triangles = graph.triangles().unwrap();
    assert!(triangles.len() > 10, "{}", triangles.len());
    let round = |value: &dyn Fn(usize) -> f64, t: usize| {
        let [ab, bc, ac] = triangles.sides().each_ref().map(|side| side.at(t));
        value(ab) + value(bc) - value(ac)
    };
    let flux: Vec<f64> = (0..triangles.len()).map(|t| round(&|edge| known.theta[edge], t)).collect();
    assert_is("flux", &found["flux"], &reals(flux.clone()));
    assert_is("round", &found["round"], &reals((0..triangles.len()).map(|t| round(&slope, t)).collect()));
    let mut turned = vec![0.0; graph.edges()];
    let (mut around, mut count) = (vec![0.0; graph.nodes()], vec![0.0; graph.nodes()]);
    for (t, flux) in flux.iter().enumerate() {
        for (side, sign) in triangles.sides().iter().zip([1.0, 1.0, -1.0]) {
            turned[side.at(t)] += sign * flux.sin();
        }
        for corner in triangles.corners() {
            around[corner.at(t)] += flux;
            count[corner.at(t)] += 1.0;
        }
    }
    assert_is("turned", &found["turned"], &reals(turned));
    let means = around.iter().zip(&count).map(|(sum, count)| sum / f64::max(*count, 1.0)).collect();
    assert_is("faces", &found["faces"], &reals(means));
    let sums = at_nodes(&graph, |edge, _| Complex::new(known.theta[edge], 1.0));
    assert_is("links", &found["links"], &reals(sums.iter().map(|sum| sum.re / sum.im).collect()));

    // Totals
    #[expect(clippy::cast_precision_loss, reason = "few edges")]
    let mean = known.theta.iter().sum::<f64>() / graph.edges() as f64;
    let least = known.theta.iter().copied().fold(f64::INFINITY, f64::min);
    let winding = |t: usize| {
        let [ab, bc, ac] = triangles.sides().each_ref().map(|side| {
            let (i, j, angle) = ends(side.at(t), true);
            let arg = |z: Complex| z.im.atan2(z.re);
            ((arg(known.u[j]) - arg(known.u[i]) + angle) / std::f64::consts::TAU).round()
        });
        (ab + bc - ac) != 0.0
    };
    #[expect(clippy::cast_precision_loss, reason = "few triangles")]
    let defects = (0..triangles.len()).filter(|&t| winding(t)).count() as f64;
    let square: f64 = flux.iter().map(|flux| flux * flux).sum();
    assert!(defects > 0.0);
    for (found, expected) in series(&mut simulation).into_iter().zip([mean, least, square, defects]) {
        assert!((found - expected).abs() < 1e-11 * (1.0 + expected.abs()), "{found} {expected}");
    }
}
