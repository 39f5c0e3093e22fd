//! Fields on graphs: a grid written as a graph is the grid, and what is known exactly of graphs holds.

mod edges;
mod energy;
mod frames;
mod gpu;
mod operators;
mod refusals;
mod runs;

use semafield::field::Field;
use semafield::math::arithmetic::Precision;
use semafield::simulation::{Options, Simulation};

use super::common::grown::{field, grow, grow_in, options};
use edges::{Edges, periodic, random};

/// A seed on the edges of `edges.csv`.
fn on_edges(rest: &str) -> String {
    format!("semafield = 1\nrng_seed = 3\n[domain]\nkind = \"graph\"\nedges = \"edges.csv\"\n{rest}")
}

fn on_grid(nx: usize, ny: usize, h: f64, rest: &str) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a few cells")]
    let size = [nx, ny].map(|cells| cells as f64 * h);
    format!("semafield = 1\nrng_seed = 3\n[domain]\nkind = \"grid\"\nshape = [{nx}, {ny}]\nsize = {size:?}\n{rest}")
}

/// The largest difference of two fields' values, by their order.
fn difference(a: &Field, b: &Field) -> f64 {
    assert_eq!(a.values.len(), b.values.len(), "{} and {}", a.name, b.name);
    (0..a.values.len()).map(|at| (a.values.get(at) - b.values.get(at)).abs()).fold(0.0, f64::max)
}

/// The fields of a periodic grid and of the same grid as a graph, some steps later, agree to rounding: a grid adds up
/// in the order of directions, a graph in that of nodes. `angles` become those of the edges.
fn assert_same(h: f64, equations: &str, names: &[&str], steps: u64) {
    const SHAPE: [usize; 2] = [12, 9];
    let theta = "\ntheta = {type = \"link\", initial = {x = \"0.4*sin(y)\", y = \"0.3*cos(x)\"}}";
    let mut grid = grow(&on_grid(SHAPE[0], SHAPE[1], h, &equations.replace("THETA", theta)));
    let angles = equations.contains("THETA").then(|| field(&mut grid, "theta"));
    let edges = periodic(SHAPE, h, angles.as_ref());
    let folder = edges.written();
    let theta = "\ntheta = {type = \"link\", initial = \"soil.frame\"}";
    let mut graph = grow_in(&on_edges(&equations.replace("THETA", theta)), folder.path());
    grid.advance(steps).unwrap();
    graph.advance(steps).unwrap();
    for name in names {
        let (on_grid, on_graph) = (field(&mut grid, name), field(&mut graph, name));
        assert!(on_grid.values.to_f64().iter().any(|value| value.abs() > 1e-3), "{name} is not at rest");
        let off = difference(&on_grid, &edges.as_grid(&on_graph));
        assert!(off < 2e-13, "{name} differs by {off:e}");
    }
}

#[test]
fn heat_on_a_grid_as_a_graph() {
    assert_same(
        0.5,
        r#"
[fields]
u = {type = "real", initial = "normal()"}
[equations]
u = "div_grad(1 + 0.5*u^2, u) + 0.3*div(grad(u))"
[time]
scheme = "rk4"
dt = 0.01
stop = 1.0
"#,
        &["u"],
        50,
    );
}

#[test]
fn oscillators_with_frames_on_a_grid_as_a_graph() {
    // A node has the volume 1, so that its noise is that of a cell of this size.
    assert_same(
        1.0,
        r#"
[fields]
A = {type = "complex", initial = "0.5*(normal() + i*normal())"}THETA
[equations]
A = "A - (1 - 1.2*i)*abs2(A)*A + (1 + 2*i)*laplacian(A, theta) + 0.1*(noise() + i*noise())"
theta = "0"
[time]
dt = 0.005
stop = 1.0
"#,
        &["A"],
        50,
    );
}

#[test]
fn the_twin_on_a_grid_as_a_graph() {
    // Without its curvature: the square plaquettes of a grid are no triangles.
    assert_same(
        0.5,
        r#"
[parameters]
phi = 0.3
beta = -1.2
[fields]
A = {type = "complex", initial = "0.5*(normal() + i*normal())"}
M = {type = "complex", initial = "0"}
T = {type = "real", initial = "0"}THETA
[derived]
D = "0.5 + 0.5*abs2(M)/(1 + abs2(M))"
[equations]
A = "(1 - phi*T + i*beta)*A - (1 + i*beta)*abs2(A)*A + (1 + 2*i)*div_grad(D, A, theta) + 0.2*(M - A)"
M = "(A - M)/5"
theta = "-0.05*(current(A, theta, D) + 0.1*sin(theta))"
T = "(tension(A, theta, D) - T)/5 + 0.01*mean(abs2(A))"
[time]
dt = 0.005
stop = 1.0
"#,
        &["A", "M", "T", "theta"],
        50,
    );
}

/// V15: on a ring of N nodes with holonomy Phi, the connection Laplacian has the eigenvalues
/// 2 - 2 cos((2 pi m + Phi)/N).
#[test]
fn a_ring_with_holonomy_decays_as_its_spectrum_says() {
    let (nodes, least) = (12_u32, 0.068_148_347_4);
    let angle = std::f64::consts::PI / f64::from(nodes);
    let ring = (0..nodes).map(|node| ([node, (node + 1) % nodes], 1.0, angle));
    let folder = Edges(ring.collect()).written();
    let seed = |initial: &str, scheme: &str, dt: f64| {
        on_edges(&format!(
            "[fields]\nA = {{type = \"complex\", initial = \"{initial}\"}}\n[equations]\nA = \"laplacian(A, soil.frame)\"\n\
             [time]\nscheme = \"{scheme}\"\ndt = {dt}\nstop = 100.0\n"
        ))
    };
    // The uniform state is the mode m = 0: Euler's factor per step is exact.
    let mut uniform = grow_in(&seed("1", "euler", 0.1), folder.path());
    uniform.advance(200).unwrap();
    let expected = (1.0 - 0.1 * (2.0 - 2.0 * angle.cos())).powi(200);
    let a = field(&mut uniform, "A");
    assert!(a.component(0).iter().all(|re| (re - expected).abs() < 1e-13), "{expected} {:?}", a.values);
    assert!(a.component(1).iter().all(|im| im.abs() < 1e-13));
    // From any state, what decays slowest remains: modes 0 and -1 have the same rate.
    let mut random = grow_in(&seed("normal() + i*normal()", "rk4", 0.1), folder.path());
    random.advance(600).unwrap();
    let before = norm(&mut random);
    random.advance(100).unwrap();
    let rate = (before / norm(&mut random)).ln() / 10.0;
    assert!((rate - least).abs() < 1e-9, "{rate}");
}

fn norm(simulation: &mut Simulation) -> f64 {
    field(simulation, "A").values.to_f64().iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// V19: coherence dies where mu < lambda_min of the connection Laplacian, and grows with the difference.
#[test]
fn coherence_dies_below_the_lowest_eigenvalue() {
    use semafield::math::complex::Complex;
    let edges = random(24, 60);
    let folder = edges.written();
    let n = 24;
    let mut matrix = vec![Complex::ZERO; n * n];
    for &([i, j], weight, angle) in &edges.0 {
        let (i, j) = (i as usize, j as usize);
        matrix[i * n + i] += Complex::from(weight);
        matrix[j * n + j] += Complex::from(weight);
        matrix[i * n + j] -= Complex::new(weight * angle.cos(), weight * angle.sin());
        matrix[j * n + i] -= Complex::new(weight * angle.cos(), -weight * angle.sin());
    }
    let least = semafield::math::eigen::eigenvalues(&matrix, n).iter().map(|l| l.re).fold(f64::INFINITY, f64::min);
    assert!(least > 0.05, "frustrated: {least}");
    for (difference, dies) in [(0.1, false), (-0.1, true)] {
        let mu = least + difference;
        let text = on_edges(&format!(
            "[fields]\nA = {{type = \"complex\", initial = \"1e-6*(normal() + i*normal())\"}}\n[equations]\n\
             A = \"{mu}*A - (1 - 1.2*i)*abs2(A)*A + laplacian(A, soil.frame)\"\n\
             [time]\nscheme = \"rk4\"\ndt = 0.02\nstop = 100.0\n"
        ));
        let mut simulation = grow_in(&text, folder.path());
        simulation.advance(2500).unwrap();
        let before = norm(&mut simulation);
        simulation.advance(500).unwrap();
        let rate = (norm(&mut simulation) / before).ln() / 10.0;
        assert!((rate - difference).abs() < 1e-5, "{rate} {difference}");
        assert_eq!(norm(&mut simulation) < before, dies);
    }
}

/// Any number of threads gives the same bits.
#[test]
fn threads_do_not_change_a_bit() {
    let nodes = 20_000_u32;
    let ring =
        |reach: u32| (0..nodes).map(move |node| ([node, (node + reach) % nodes], 0.4, 0.01 * f64::from(node % 7)));
    let folder = Edges([1, 2, 17].into_iter().flat_map(ring).collect()).written();
    let text = on_edges(TWIN);
    let run = |threads: usize| {
        let options = Options { threads, ..options(Precision::F32, folder.path()) };
        let mut simulation = Simulation::grow(super::common::grown::model(&text), None, &options).unwrap();
        simulation.advance(4).unwrap();
        simulation.digests().unwrap()
    };
    assert_eq!(run(1), run(3));
}

/// The twin of design.md, on the edges of a file.
const TWIN: &str = r#"
[parameters]
alpha = 2.0
beta = -1.2
kappa = 0.2
tau_M = 5.0
eps = 0.05
k_F = 0.1
lam = 0.1
phi = 0.3
tau_T = 5.0
sigma = 0.05
[fields]
A = {type = "complex", initial = "0.1*step(soil.gain)*(normal() + i*normal())"}
M = {type = "complex", initial = "0"}
theta = {type = "link", initial = "soil.frame"}
T = {type = "real", initial = "0"}
[equations]
A = "(soil.gain - phi*T + i*beta)*A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*div_grad(soil.coupling, A, theta) + kappa*(M - A) + sigma*(noise() + i*noise())"
M = "(A - M)/tau_M"
theta = "-eps*(current(A, theta, soil.coupling) + k_F*sin(theta - soil.frame) + lam*cocurl(sin(curvature(theta))))"
T = "(tension(A, theta, soil.coupling) - T)/tau_T"
[time]
dt = 0.02
stop = 1.0
[observe]
series = {coherence = "mean(abs2(A))", strain = "mean(tension(A, theta))", defects = "defects(A, theta)"}
images = ["abs(A)", "arg(A)", "theta"]
arrays = ["A", "theta"]
"#;
