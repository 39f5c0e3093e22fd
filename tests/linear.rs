//! Linearised equations against hand-derived matrices, exact dispersion relations and known limits on the step.

use semafield::linear::{Base, Linearization, small_waves, split, stability_bound};
use semafield::math::complex::Complex;
use semafield::model::Model;
use semafield::seed::Scheme;

const TAU: f64 = std::f64::consts::TAU;

fn model(text: &str) -> Model {
    let reading = Model::from_text(text);
    reading.model.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// A seed of `shape` with spacing `h`, and lines for [parameters], [fields] and [equations].
fn grid(shape: &[usize], h: f64, stencil: u32, parameters: &str, fields: &str, equations: &str) -> Model {
    let size: Vec<f64> = shape.iter().map(|&cells| h * f64::from(u32::try_from(cells).expect("small"))).collect();
    model(&format!(
        "semafield = 1\n[domain]\nkind = \"grid\"\nshape = {shape:?}\nsize = {size:?}\nstencil = {stencil}\n\
         [parameters]\n{parameters}\n[fields]\n{fields}\n[equations]\n{equations}\n[time]\ndt = 0.01\nstop = 1.0\n"
    ))
}

const REAL_U: &str = "u = {type = \"real\", initial = \"0\"}";
const COMPLEX_A: &str = "A = {type = \"complex\", initial = \"0\"}";
const FRAMES: &str = "theta = {type = \"link\", initial = \"0\"}";

fn base(model: &Model, fields: &[f64]) -> Base {
    Base { fields: fields.to_vec(), ..Base::rest(model) }
}

fn assert_near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

fn assert_matrix(found: &[Complex], expected: &[Complex]) {
    assert_eq!(found.len(), expected.len());
    for (index, (&a, &b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() < 1e-13, "entry {index}: {a:?} instead of {b:?}");
    }
}

fn turn(angle: f64) -> Complex {
    Complex::new(angle.cos(), angle.sin())
}

/// `(2 - 2 cos k h) / h^2`
fn square(k: f64, h: f64) -> f64 {
    (2.0 - 2.0 * (k * h).cos()) / (h * h)
}

#[test]
fn laplacians_have_the_symbols_of_their_stencils() {
    let h = 0.5_f64;
    let k = [0.7, -1.9, 2.3];
    let [x, y, z] = k.map(|k| square(k, h));
    let (cx, cy) = ((k[0] * h).cos(), (k[1] * h).cos());
    let nine = (20.0 - 8.0 * cx - 8.0 * cy - 4.0 * cx * cy) / (6.0 * h * h);
    for (shape, stencil, expected) in
        [(&[64][..], 5, x), (&[64, 64], 5, x + y), (&[64, 64], 9, nine), (&[8, 8, 8], 5, x + y + z)]
    {
        for equation in ["laplacian(u)", "div_grad(1, u)", "0.5*div_grad(D, u)"] {
            let model = grid(shape, h, stencil, "D = 2.0", REAL_U, &format!("u = \"{equation}\""));
            let matrix = Linearization::new(&model, &base(&model, &[1.3])).matrix(k);
            assert_matrix(&matrix, &[Complex::from(-expected)]);
        }
    }
    let model = grid(&[64, 64], h, 9, "", REAL_U, "u = \"div(grad(u))\"");
    assert_matrix(&Linearization::new(&model, &base(&model, &[1.3])).matrix(k), &[Complex::from(-x - y)]);
}

#[test]
fn first_derivatives_and_chains() {
    let h = 0.5_f64;
    let k = [0.7, -1.9, 0.0];
    let [dx, dy] = [0, 1].map(|axis| Complex::new(0.0, (k[axis] * h).sin() / h));
    for (equation, expected) in [
        ("dx(u) - 2*dy(u)", dx - dy.scale(2.0)),
        ("at_cells(grad(u))", (dx + dy).scale(0.5)),
        ("dx(u)^2 + u", Complex::ONE),
        ("div_grad(u, u)", Complex::from(-1.5 * (square(k[0], h) + square(k[1], h)))),
        ("at_cells(curl(grad(u)))", Complex::ZERO),
        ("u*mean(u) + sum(u) - max_of(u)", Complex::from(1.5)),
        ("abs(u) + max(u, 3) + min(u, 3) + select(u > 1, 2*u, u^2)", Complex::from(4.0)),
    ] {
        let model = grid(&[64, 64], h, 5, "", REAL_U, &format!("u = \"{equation}\""));
        assert_matrix(&Linearization::new(&model, &base(&model, &[1.5])).matrix(k), &[expected]);
    }
    // The uniform mode moves the means.
    let model = grid(&[64, 64], h, 5, "", REAL_U, "u = \"u*mean(u)\"");
    assert_matrix(&Linearization::new(&model, &base(&model, &[1.5])).matrix([0.0; 3]), &[Complex::from(3.0)]);
}

#[test]
fn covariant_laplacian_by_field_and_frames() {
    let (h, angle) = (0.5_f64, 0.4_f64);
    let k = [0.7, 0.0, 0.0];
    let model = grid(
        &[64],
        h,
        5,
        "",
        &format!("{COMPLEX_A}\n{FRAMES}"),
        "A = \"laplacian(A, theta)\"\ntheta = \"-current(A, theta)\"",
    );
    let (re, im) = (0.6, -0.8);
    let matrix = Linearization::new(&model, &base(&model, &[re, im, angle])).matrix(k);
    let w = 1.0 / (h * h);
    let (there, back) = (turn(k[0] * h), turn(-k[0] * h));
    let (cos, sin) = (angle.cos(), angle.sin());
    // e^{i theta} u_+ + e^{-i theta_-} u_- - 2 u
    let same = ((there + back).scale(cos) - Complex::from(2.0)).scale(w);
    let other = (there - back).scale(sin * w);
    // d/d theta: i e^{i theta} u here, -i e^{-i theta} u of the link below
    let up = Complex::I * turn(angle) * Complex::new(re, im);
    let down = -Complex::I * turn(-angle) * Complex::new(re, im);
    let by_theta = |up: f64, down: f64| (Complex::from(up) + back.scale(down)).scale(w);
    // Im(conj(u) e^{i theta} u_+) = (re re_+ + im im_+) sin + (re im_+ - im re_+) cos
    let (x, y) = (Complex::from(re), Complex::from(im));
    let by_re = (there.scale(re * sin - im * cos) + x.scale(sin) + y.scale(cos)).scale(-w);
    let by_im = (there.scale(im * sin + re * cos) + y.scale(sin) - x.scale(cos)).scale(-w);
    let expected = [
        same,
        -other,
        by_theta(up.re, down.re),
        other,
        same,
        by_theta(up.im, down.im),
        by_re,
        by_im,
        Complex::from(-w * cos),
    ];
    assert_matrix(&matrix, &expected);
}

#[test]
fn frames_relax_by_curvature_and_anchor() {
    let (h, eps, k_f, lam) = (0.75_f64, 0.05, 0.1, 0.3);
    let k = [1.1, -0.6, 0.0];
    let model = grid(
        &[32, 32],
        h,
        5,
        "eps = 0.05\nk_F = 0.1\nlam = 0.3",
        FRAMES,
        "theta = \"-eps*(k_F*sin(theta) + lam*cocurl(sin(curvature(theta))))\"",
    );
    let matrix = Linearization::new(&model, &Base::rest(&model)).matrix(k);
    let (x, y) = (turn(k[0] * h), turn(k[1] * h));
    let one = Complex::ONE;
    let loops = [
        (one - y) * (one - y.conj()),
        (x - one) * (one - y.conj()),
        (y - one) * (one - x.conj()),
        (x - one) * (x.conj() - one),
    ];
    let mut expected = loops.map(|z| z.scale(-eps * lam));
    expected[0] -= Complex::from(eps * k_f);
    expected[3] -= Complex::from(eps * k_f);
    assert_matrix(&matrix, &expected);
}

/// At alpha = beta = 0 field and frames descend one energy (science.md, I1): the matrix is that of second derivatives.
#[test]
fn gradient_flow_is_hermitian_and_blind_to_gauge() {
    for (shape, stencil) in [(&[32, 32][..], 5), (&[32, 32], 9), (&[8, 8, 8], 5)] {
        let model = grid(
            shape,
            0.75,
            stencil,
            "D = 0.7\nlam = 0.3",
            &format!("{COMPLEX_A}\n{FRAMES}\nT = {{type = \"real\", initial = \"0\"}}"),
            "A = \"A - abs2(A)*A + div_grad(D, A, theta)\"\n\
             theta = \"-current(A, theta, D) - lam*cocurl(sin(curvature(theta)))\"\n\
             T = \"tension(A, theta, D)\"",
        );
        let axes = shape.len();
        let state: Vec<f64> =
            [0.6, -0.5].into_iter().chain((0..axes).map(|a| [0.3, -0.2, 0.5][a])).chain([0.0]).collect();
        let linearization = Linearization::new(&model, &base(&model, &state));
        let (n, k) = (linearization.components(), [1.1, -0.6, 0.4]);
        let matrix = linearization.matrix(k);
        let flow = 2 + axes;
        for row in 0..flow {
            for column in 0..flow {
                let (a, b) = (matrix[row * n + column], matrix[column * n + row].conj());
                assert!((a - b).abs() < 1e-13, "({row}, {column}) {a:?} {b:?}");
            }
        }
        // A -> A + i c A, theta_ij -> theta_ij + c_i - c_j turns dA/dt likewise, and nothing else.
        let mut gauge = vec![Complex::ZERO; n];
        (gauge[0], gauge[1]) = (Complex::from(-state[1]), Complex::from(state[0]));
        for axis in 0..axes {
            gauge[2 + axis] = Complex::ONE - turn(k[axis] * 0.75);
        }
        let rate = linearization.rate();
        for row in 0..n {
            let answer = (0..n).fold(Complex::ZERO, |sum, c| sum + matrix[row * n + c] * gauge[c]);
            let due = [-rate[1], rate[0]].get(row).copied().unwrap_or(0.0);
            assert!((answer - Complex::from(due)).abs() < 1e-13, "row {row}: {answer:?} instead of {due}");
        }
    }
}

const GINZBURG_LANDAU: &str = "A = \"A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*laplacian(A, theta)\"";

/// V3, in the laboratory and in the co-rotating frame; V2's frequency on the way.
#[test]
fn benjamin_feir_growth() {
    let (h, alpha, beta) = (0.5_f64, 2.0, -1.2);
    for equation in [
        "A = \"A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*laplacian(A)\"",
        "A = \"(1 + i*beta)*A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*laplacian(A)\"",
    ] {
        let model = grid(&[128], h, 5, "alpha = 2.0\nbeta = -1.2", COMPLEX_A, equation);
        let dispersion = small_waves(&model, &base(&model, &[0.8, 0.6]));
        assert_eq!(dispersion.waves.len(), 65);
        for wave in &dispersion.waves {
            let q = square(wave.wavenumber, h);
            let root = 1.0 - 2.0 * alpha * beta * q - alpha * alpha * q * q;
            let expected = -1.0 - q + root.max(0.0).sqrt();
            assert_near(wave.rate, expected, 1e-7, "growth");
        }
        assert_near(dispersion.waves[6].rate, 0.131_609_616_9, 1e-9, "V3");
        let fastest = dispersion.fastest().expect("1 + alpha beta < 0");
        assert!(dispersion.waves.iter().all(|wave| wave.rate <= fastest.rate) && fastest.rate > 0.13);
        assert_near(fastest.wavelength(), TAU / fastest.wavenumber, 0.0, "wavelength");
    }
}

/// V2 and V4: in frames of constant angle q h, the uniform state is the plane wave of wavenumber q.
#[test]
fn plane_waves_turn_and_eckhaus_waves_grow() {
    let h = 0.5_f64;
    let fields = format!("{COMPLEX_A}\n{FRAMES}");
    let equations = format!("{GINZBURG_LANDAU}\ntheta = \"0\"");
    let wave = |cells: usize, mode: f64, parameters: &str| {
        let model = grid(&[cells], h, 5, parameters, &fields, &equations);
        let length = model.grid.size_along(semafield::grid::Axis::X);
        let q = TAU * mode / length;
        let base = base(&model, &[(1.0 - square(q, h)).sqrt(), 0.0, q * h]);
        (model, base)
    };
    let (model, state) = wave(128, 4.0, "alpha = 1.0\nbeta = -0.5");
    assert_near(Linearization::new(&model, &state).rotation(), 0.269_423_364_839, 1e-12, "V2");
    for (mode, growth) in [(11.0, None), (12.0, Some(0.001_531_9)), (13.0, Some(0.030_246_1))] {
        let (model, state) = wave(256, mode, "alpha = 0.0\nbeta = 0.0");
        let linearization = Linearization::new(&model, &state);
        let rates = (1..=128).map(|m| linearization.growth([TAU * f64::from(m) / 128.0, 0.0, 0.0])[0].re);
        // The frozen frames contribute a mode of rate 0.
        let fastest = rates.fold(0.0, f64::max);
        match growth {
            None => assert!(fastest < 1e-12, "mode {mode} grows at {fastest}"),
            Some(growth) => assert_near(fastest, growth, 1e-4 * growth, "V4"),
        }
    }
}

#[test]
fn only_symmetric_equations_are_seen_in_a_turning_frame() {
    let turning = |equation: &str| {
        let model = grid(&[16], 1.0, 5, "", COMPLEX_A, equation);
        Linearization::new(&model, &base(&model, &[1.0, 0.0])).rotation()
    };
    assert_near(turning("A = \"3*i*A\""), 3.0, 1e-15, "a turning field");
    assert_near(turning("A = \"3*i*A + abs2(A)*A - A + conj(A) - re(A)\""), 0.0, 0.0, "not symmetric");
    assert_near(turning("A = \"3*i*A + 0.1*A\""), 0.0, 0.0, "it grows, too");
}

#[test]
fn trace_about_nothing() {
    let model = grid(
        &[16, 16],
        0.5,
        9,
        "mu = 1.0\nkappa = 0.5\ntau = 4.0",
        &format!("{COMPLEX_A}\nM = {{type = \"complex\", initial = \"0\"}}"),
        "A = \"mu*A - abs2(A)*A + laplacian(A) + kappa*(M - A) + 0.1*noise()\"\nM = \"(A - M)/tau\"",
    );
    let growth = Linearization::new(&model, &Base::rest(&model)).growth([0.0; 3]);
    for (mode, expected) in growth.iter().zip([0.640_388, 0.640_388, -0.390_388, -0.390_388]) {
        assert_near(mode.re, expected, 1e-6, "V22");
        assert_near(mode.im, 0.0, 1e-7, "V22");
    }
}

/// V13's homogeneous state and its matrix, by hand.
#[test]
fn gray_scott() {
    let (f, k) = (0.06_f64, 0.03_f64);
    let model = grid(
        &[128, 128],
        1.0,
        5,
        "F = 0.06\nk = 0.03",
        "u = {type = \"real\", initial = \"1\"}\nv = {type = \"real\", initial = \"0\"}",
        "u = \"0.2*laplacian(u) - u*v^2 + F*(1 - u)\"\nv = \"0.1*laplacian(v) + u*v^2 - (F + k)*v\"",
    );
    // v (u v - F - k) = 0 and u (F + v^2) = F
    let v = (f / (f + k) + ((f / (f + k)) * (f / (f + k)) - 4.0 * f).sqrt()) / 2.0;
    let u = (f + k) / v;
    assert_near(v, 0.559_411, 1e-6, "V13");
    let linearization = Linearization::new(&model, &base(&model, &[u, v]));
    assert!(linearization.rate().iter().all(|rate| rate.abs() < 1e-16));
    let l = square(0.4, 1.0) + square(1.3, 1.0);
    let expected = [-0.2 * l - v * v - f, -2.0 * u * v, v * v, -0.1 * l + 2.0 * u * v - f - k].map(Complex::from);
    assert_matrix(&linearization.matrix([0.4, 1.3, 0.0]), &expected);
}

#[test]
fn step_limits_of_the_heat_equation() {
    let h = 0.5_f64;
    for (shape, stencil, largest) in [
        (&[64][..], 5, 4.0 / (h * h)),
        (&[64, 48], 5, 8.0 / (h * h)),
        (&[48, 64], 9, 16.0 / (3.0 * h * h)),
        (&[8, 8, 8], 5, 12.0 / (h * h)),
    ] {
        let model = grid(shape, h, stencil, "", REAL_U, "u = \"laplacian(u)\"");
        for (scheme, limit) in [(Scheme::Euler, 2.0), (Scheme::Heun, 2.0), (Scheme::Rk4, 2.785_293_563_405_282)] {
            let bound = stability_bound(&model, &Base::rest(&model), scheme).expect("diffusion limits the step");
            assert_near(bound * largest / limit, 1.0, 1e-10, "dt lambda_max");
        }
        assert_eq!(stability_bound(&model, &Base::rest(&model), Scheme::Etd2), None, "exact");
    }
}

/// The table of science.md 1.1.
#[test]
fn step_limits_of_complex_diffusion() {
    let alphas = [0.0, 0.5, 1.0, 2.0, 3.5];
    for (scheme, limits) in [
        (Scheme::Euler, [2.0, 1.6, 1.0, 0.4, 0.15]),
        (Scheme::Heun, [2.0, 1.92, 1.54, 0.86, 0.44]),
        (Scheme::Rk4, [2.79, 2.55, 1.91, 1.19, 0.79]),
    ] {
        for (alpha, limit) in alphas.into_iter().zip(limits) {
            let equation = "A = \"(1 + i*alpha)*laplacian(A)\"";
            let model = grid(&[32, 32], 1.0, 5, &format!("alpha = {alpha:?}"), COMPLEX_A, equation);
            let bound = stability_bound(&model, &Base::rest(&model), scheme).expect("diffusion limits the step");
            assert_near(8.0 * bound, limit, 0.0051, &format!("{scheme:?} at alpha = {alpha}"));
        }
    }
}

/// An undamped wave: Euler and Heun amplify it at every step, by |R| = 1 + (w dt)^2/2 and 1 + (w dt)^4/8.
#[test]
fn step_limits_of_waves() {
    let fields = format!("{REAL_U}\nv = {{type = \"real\", initial = \"0\"}}");
    let model = grid(&[64], 1.0, 5, "", &fields, "u = \"v\"\nv = \"laplacian(u)\"");
    let bound = |scheme| 2.0 * stability_bound(&model, &Base::rest(&model), scheme).expect("the shortest wave limits");
    assert_near(bound(Scheme::Euler), 2e-3, 1e-8, "Euler");
    assert_near(bound(Scheme::Heun), 0.2, 2e-3, "Heun");
    assert_near(bound(Scheme::Rk4), 8.0_f64.sqrt(), 2e-2, "RK4");
}

/// Modes at the edge of instability oscillate undamped; the fast ones still set the step.
#[test]
fn growth_alone_does_not_make_the_step_vanish() {
    let model = grid(
        &[64, 64],
        0.75,
        9,
        "alpha = 2.0\nbeta = -1.2",
        COMPLEX_A,
        "A = \"(1 + i*beta)*A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*laplacian(A)\"",
    );
    let largest = 16.0 / (3.0 * 0.75 * 0.75);
    let bound = stability_bound(&model, &Base::rest(&model), Scheme::Heun).expect("diffusion limits the step");
    assert!((0.8..1.2).contains(&(bound * largest / 0.86)), "{bound}");
    let exponential = stability_bound(&model, &Base::rest(&model), Scheme::Etd2);
    assert!(exponential.is_none_or(|dt| dt > 5.0 * bound), "{exponential:?}");
    let still = grid(&[64], 1.0, 5, "", REAL_U, "u = \"0\"");
    assert_eq!(stability_bound(&still, &Base::rest(&still), Scheme::Heun), None);
}

#[test]
fn linear_parts() {
    let model = grid(
        &[64, 64],
        0.5,
        9,
        "alpha = 2.0\nD = 0.3",
        &format!("{COMPLEX_A}\n{FRAMES}\n{REAL_U}"),
        "A = \"A - abs2(A)*A + (1 + i*alpha)*laplacian(A) + laplacian(A, theta) - conj(A) + x*A + t*A + u*A + mean(u)*A\"\n\
         theta = \"-2*theta - cocurl(curvature(theta)) + grad(u)\"\n\
         u = \"-(laplacian(laplacian(u)) - dx(u)/2) + div_grad(D, u) + (u - 1)*3 - div(theta) + at_cells(grad(u))\"",
    );
    let parts = split(&model);
    let show = |field: usize| {
        let text = |terms: &[semafield::linear::Term]| -> Vec<String> {
            terms.iter().map(|t| format!("{}{}", if t.negative { "-" } else { "" }, model.show(t.expr))).collect()
        };
        (text(&parts[field].linear), text(&parts[field].explicit))
    };
    let (linear, explicit) = show(0);
    assert_eq!(linear, ["A", "(1 + i*alpha)*laplacian(A)"]);
    assert_eq!(explicit.len(), 7);
    let (linear, explicit) = show(1);
    assert!(linear.is_empty(), "links are explicit");
    assert_eq!(explicit, ["-2*theta", "-cocurl(curvature(theta))", "grad(u)"]);
    let (linear, explicit) = show(2);
    assert_eq!(linear, ["-laplacian(laplacian(u))", "dx(u)/2", "div_grad(D, u)", "at_cells(grad(u))"]);
    assert_eq!(explicit, ["(u - 1)*3", "-div(theta)"]);

    let k = [1.1, -2.3, 0.0];
    let parameters = [2.0, 0.3];
    let (cx, cy) = ((k[0] * 0.5_f64).cos(), (k[1] * 0.5_f64).cos());
    let nine = -(20.0 - 8.0 * cx - 8.0 * cy - 4.0 * cx * cy) / 1.5;
    let [dx, dy] = [0, 1].map(|axis| Complex::new(0.0, (0.5_f64 * k[axis]).sin() / 0.5));
    let expected = [
        Complex::ONE + Complex::new(1.0, 2.0).scale(nine),
        Complex::ZERO,
        dx.scale(0.5) + Complex::from(0.3 * nine - nine * nine) + (dx + dy).scale(0.5),
    ];
    for (part, expected) in parts.iter().zip(expected) {
        let symbol = part.symbol(&model, &parameters).at(k);
        assert!((symbol - expected).abs() < 1e-12, "{symbol:?} instead of {expected:?}");
    }
}
