//! Two fields side by side: what a seed may say of a donor, what is heard of it, and what survives acts, traces and
//! failures; the Lyapunov exponent by a copy.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use semafield::diagnostic::render;
use semafield::error::Error;
use semafield::math::arithmetic::Precision;
use semafield::simulation::act::{Act, Brush};
use semafield::simulation::life::Life;
use semafield::soil::Silent;

use crate::common::grown::{Options, Simulation, field, findings, grow, options, series};

const PAIR: &str = r#"semafield = 1
rng_seed = 1
[domain]
kind = "grid"
shape = [24, 24]
size = [15.0, 15.0]
[parameters]
gamma = 2.0
[donor]
rng_seed = 2
block = 2.5
[fields]
A = {type = "complex", initial = "0.3*(normal() + i*normal())"}
[equations]
A = "(1 - 1.2*i)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A) + gamma*nudge(A)"
[time]
scheme = "heun"
dt = 0.02
stop = 40.0
[observe]
series = {distance = "distance(A)"}
"#;

fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(PAIR.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn grown(text: &str, threads: usize) -> Simulation {
    let options = Options { threads, ..options(Precision::F64, Path::new(".")) };
    Simulation::grow_text(text, "seed.toml", None, &options).unwrap_or_else(|why| panic!("{why}"))
}

fn refusal(text: &str) -> String {
    let options = options(Precision::F64, Path::new("."));
    Simulation::grow_text(text, "seed.toml", None, &options).err().expect("refused").to_string()
}

#[test]
fn a_twin_becomes_its_donor_whatever_the_scheme() {
    for scheme in ["heun", "rk4", "etd2", "euler"] {
        let (dt, steps) = if scheme == "euler" { ("dt = 0.005", 8000) } else { ("dt = 0.02", 2000) };
        let mut twin = grow(&with(&[("heun", scheme), ("dt = 0.02", dt)]));
        assert!(series(&mut twin)[0] > 1.0, "they begin as strangers");
        twin.advance(steps).unwrap();
        let distance = series(&mut twin)[0];
        assert!(distance < 1e-12, "{scheme}: {distance}");
        assert_ne!(twin.digests().unwrap()["A"], grow(PAIR).digests().unwrap()["A"]);
    }
}

#[test]
fn equal_states_stay_equal_bit_for_bit() {
    let late = "block = 2.5\ndelay = 0.34\nevery = 0.1";
    for timing in ["block = 2.5", late] {
        for scheme in ["heun", "rk4", "etd2"] {
            let mut twin = grow(&with(&[("rng_seed = 2", "rng_seed = 1"), ("block = 2.5", timing), ("heun", scheme)]));
            twin.advance(500).unwrap();
            assert_eq!(series(&mut twin)[0], 0.0, "{scheme}, {timing}");
            let digests = twin.digests().unwrap();
            assert_eq!(digests["A"], digests["donor.A"]);
        }
    }
}

#[test]
fn the_bits_depend_neither_on_threads_nor_on_how_steps_are_batched() {
    let text = with(&[("block = 2.5", "block = 2.5\nevery = 0.14\ndelay = 0.2\nnoise = 0.05\nmutual = true")]);
    let digests = |threads: usize, batches: &[u64]| {
        let mut twin = grown(&text, threads);
        for &steps in batches {
            twin.advance(steps).unwrap();
            twin.fields().unwrap();
        }
        twin.digests().unwrap()
    };
    let whole = digests(1, &[100]);
    assert_eq!(whole.len(), 2);
    assert_eq!(whole, digests(2, &[100]));
    assert_eq!(whole, digests(1, &[3, 1, 9, 1, 7, 30, 49]));
    let silent = with(&[("block = 2.5", "block = 2.5\nevery = 0.14\ndelay = 0.2\nmutual = true")]);
    let mut quiet = grown(&silent, 1);
    quiet.advance(100).unwrap();
    assert_ne!(whole, quiet.digests().unwrap(), "noise is heard");
}

#[test]
fn a_delay_costs_what_is_sent_before_the_end() {
    let endless = |stop: &str| with(&[("block = 2.5", "block = 2.5\ndelay = 1e9"), ("stop = 40.0", stop)]);
    let bytes = |text: &str| grow(text).memory_bytes();
    assert!(bytes(&with(&[])) < bytes(&endless("stop = 1.0")));
    assert!(bytes(&endless("stop = 1.0")) < bytes(&endless("stop = 40.0")));
    let mut twin = grow(&endless("stop = 1.0"));
    twin.advance(50).unwrap();
    let alone = field(&mut twin, "A").values.to_f64();
    let mut deaf = grow(&with(&[("gamma = 2.0", "gamma = 0.0")]));
    deaf.advance(50).unwrap();
    assert_eq!(alone, field(&mut deaf, "A").values.to_f64(), "nothing has arrived yet");
    let why = refusal(&endless("stop = 1e12"));
    assert!(why.contains("in flight from the donor") && why.contains("needs"), "{why}");
    assert!(bytes(&endless("stop = 1.0").replace("1e9", "1e300")) < 1 << 20, "beyond all numbers of steps");
}

#[test]
fn a_donor_that_hears_comes_to_meet() {
    let mut apart = grow(&with(&[("block = 2.5", "block = 2.5\nmutual = true"), ("gamma = 2.0", "gamma = 1.0")]));
    let mut alone = grow(&with(&[("gamma = 2.0", "gamma = 1.0")]));
    for twin in [&mut apart, &mut alone] {
        twin.advance(500).unwrap();
    }
    let (both, one) = (series(&mut apart)[0], series(&mut alone)[0]);
    assert!(both < 0.1 * one, "{both} {one}: two that nudge each other meet twice as fast");
    assert_ne!(apart.digests().unwrap()["donor.A"], alone.digests().unwrap()["donor.A"]);
}

#[test]
fn a_donor_may_have_other_cells_and_other_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let fine = with(&[("[24, 24]", "[48, 48]"), ("dt = 0.02", "dt = \"auto\""), ("series", "images = []\n#")]);
    std::fs::write(folder.path().join("fine.toml"), fine).unwrap();
    let text = with(&[
        ("rng_seed = 2", "seed = \"fine\""),
        ("series = {distance = \"distance(A)\"}", ""),
        ("dt = 0.02", "dt = 0.005"), // the donor's cells are finer, and the step is this seed's
    ]);
    let options = options(Precision::F64, folder.path());
    let mut twin = Simulation::grow_text(&text, "seed.toml", None, &options).unwrap();
    twin.advance(6000).unwrap();
    let here = field(&mut twin, "A");
    let donor = twin.donor().unwrap();
    assert_eq!((donor.step(), donor.dt().to_bits()), (6000, twin.dt().to_bits()));
    // Means over blocks are what the twin follows, to the error of its coarser grid; strangers differ by 1.4.
    let there = field_of(donor);
    let means = |values: &[f64], side: usize, block: usize| -> Vec<f64> {
        let mean = |corner: usize| {
            let values = (0..block * block).map(|at| values[corner + at / block * side + at % block]);
            values.sum::<f64>() / (block * block) as f64
        };
        (0..36).map(|at| mean(at / 6 * block * side + at % 6 * block)).collect()
    };
    let (ours, theirs) = (means(&here.component(0), 24, 4), means(&there.component(0), 48, 8));
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let apart = squares(&mut ours.iter().zip(&theirs).map(|(a, b)| a - b)) / squares(&mut theirs.iter().copied());
    assert!(apart.sqrt() < 0.2, "{}", apart.sqrt());
    let message = Simulation::grow_text(&with(&[("rng_seed = 2", "seed = \"fine\"")]), "seed.toml", None, &options);
    assert!(message.err().unwrap().to_string().contains("their cells differ"));
}

fn field_of(simulation: &Simulation) -> semafield::field::Field {
    simulation.state().fields[0].clone()
}

#[test]
fn an_innovation_is_the_difference_of_block_means() {
    let text =
        with(&[("gamma*nudge(A)", "0*nudge(A)"), ("stop = 40.0", "stop = 40.0\n[derived]\nheard = \"nudge(A)\"")]);
    let mut twin = grow(&text);
    twin.advance(7).unwrap();
    let heard = crate::common::grown::derived(&mut twin)["heard"].clone();
    let (own, donor) = (field(&mut twin, "A"), field_of(twin.donor().unwrap()));
    for part in 0..2 {
        let (own, donor, heard) = (own.component(part), donor.component(part), heard.component(part));
        for cell in [0, 5, 100, 575] {
            let corner = cell / 24 / 4 * 4 * 24 + cell % 24 / 4 * 4;
            let mean = |values: &[f64]| (0..16).map(|at| values[corner + at / 4 * 24 + at % 4]).sum::<f64>() / 16.0;
            assert!((heard[cell] - (mean(&donor) - mean(&own))).abs() < 1e-14);
        }
    }
}

#[test]
fn frames_carry_what_is_heard() {
    // The same pair in another gauge: A turns by chi, theta by its differences; the distance must be the same.
    let gauged = |chi: &str| {
        let phase = format!("exp(i*({chi}))");
        format!(
            r#"semafield = 1
[domain]
kind = "grid"
shape = [12, 12]
size = [12.0, 12.0]
[donor]
block = 3.0
[donor.parameters]
which = 1.0
[parameters]
which = 0.0
[fields]
A = {{type = "complex", initial = "{phase}*(cos(2*pi*x/12 + which) + 0.5*i*sin(2*pi*(y + which)/12))"}}
theta = {{type = "link", initial = {{x = "0.3*sin(2*pi*y/12) + CHIX", y = "CHIY"}}}}
[equations]
A = "A - abs2(A)*A + laplacian(A, theta) + 0.7*nudge(A, theta)"
theta = "0"
[time]
dt = 0.05
stop = 1.0
[observe]
series = {{distance = "distance(A)", size = "mean(abs2(nudge(A, theta)))"}}
"#
        )
    };
    let plain = gauged("0").replace("CHIX", "0").replace("CHIY", "0");
    // chi(x, y) = 0.4 x (12 - x) on cell centres is periodic to the lattice: its link differences at the midpoint.
    let chi = "0.9*sin(2*pi*x/12) + 0.5*cos(2*pi*y/12)";
    let turned = gauged(chi)
        .replace("CHIX", "0.9*(sin(2*pi*(x - 0.5)/12) - sin(2*pi*(x + 0.5)/12))")
        .replace("CHIY", "0.5*(cos(2*pi*(y - 0.5)/12) - cos(2*pi*(y + 0.5)/12))");
    let measured = [plain, turned].map(|text| {
        let mut twin = grow(&text);
        twin.advance(10).unwrap();
        series(&mut twin)
    });
    for (plain, turned) in measured[0].iter().zip(&measured[1]) {
        assert!(*plain > 1e-3 && (plain - turned).abs() < 1e-12 * plain, "{measured:?}");
    }
}

#[test]
fn what_a_seed_says_of_a_donor_is_checked() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("block = 2.5", "block = 2.6")], "the nearest side that fits both grids is 2.5"),
        (&[("block = 2.5", "blok = 2.5")], "did you mean `block`?"),
        (&[("block = 2.5", "mutual = 1")], "`donor.mutual` must be true or false"),
        (&[("block = 2.5", "[donor.parameters]\ngama = 1")], "did you mean `gamma`?"),
        (&[("nudge(A)", "nudge(A*A)")], "`nudge` is about a field"),
        (&[("nudge(A)", "nudge(A, 2)")], "these frames have no name"),
        (&[("nudge(A)", "donor.A")], "`donor.A` can't stand in an equation"),
        (&[("nudge(A)", "distance(A)")], "`distance` can't stand in an equation"),
        (&[("nudge(A)", "lyapunov()")], "`lyapunov` can't stand in an equation"),
        (&[("0.3*(normal() + i*normal())", "nudge(A)")], "can't stand in an initial value"),
        (&[("rng_seed = 2\nblock = 2.5\n", ""), ("[donor]\n", "")], "this seed has no [donor]"),
        (&[("rng_seed = 2", "seed = \"nobody\"")], "none of that name is bundled"),
        (&[("rng_seed = 2", "seed = \"../secret\"")], "none of that name is bundled"),
        (&[("rng_seed = 2", "seed = \"heat\"")], "the donor has no complex field `A`"),
        (&[("rng_seed = 2", "seed = \"regrowing\"")], "lives on another domain"),
    ];
    for (changes, expected) in cases {
        let text = with(changes);
        let said = refusal(&text);
        assert!(said.contains(expected), "{changes:?}: {said}");
    }
    let idle = with(&[("+ gamma*nudge(A)", ""), ("distance(A)", "mean(abs2(A))")]);
    let said = render(&findings(&idle), "seed.toml", &idle);
    assert!(said.contains("warning") && said.contains("nothing looks at it"), "{said}");
}

fn pulse() -> Act {
    let brush = Brush::Gaussian { at: vec![5.0, 6.0], radius: 2.0 };
    Act::Pulse { field: "A".into(), brush, strength: 0.7, phase: 0.3 }
}

#[test]
fn a_trace_regrows_both() {
    let folder = tempfile::tempdir().unwrap();
    let text = with(&[
        ("block = 2.5", "block = 2.5\nevery = 0.06\ndelay = 0.1\nnoise = 0.01"),
        ("distance = \"distance(A)\"", "distance = \"distance(A)\", lyapunov = \"lyapunov()\""),
    ]);
    let options = options(Precision::F64, folder.path());
    let path = folder.path().join("life.jsonl");
    let mut life = Life::begin(&text, "seed.toml", &options, &Silent, &path).unwrap();
    let rewrite = |key: &str, value: &str| Act::Rewrite { key: key.into(), value: value.into() };
    let acts = [
        pulse(),
        rewrite("equations.A", "(1 - 1.2*i)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A) + 0.5*gamma*nudge(A)"),
        rewrite("donor.block", "1.25"),
        Act::Retune { name: "gamma".into(), value: 3.0 },
        Act::Cut { brush: Brush::Disc { at: vec![7.0, 7.0], radius: 1.5 } },
        Act::Pin {
            field: "A".into(),
            brush: Brush::Disc { at: vec![2.0, 2.0], radius: 1.0 },
            value: "1".into(),
            steps: 9,
        },
        rewrite("time.dt", "0.01"),
        rewrite("donor.every", "0.02"),
    ];
    for act in acts {
        life.advance(13).unwrap();
        life.act(act).unwrap();
    }
    life.advance(60).unwrap();
    life.finish().unwrap();
    let (digests, exponent) = (life.simulation_mut().digests().unwrap(), life.simulation().lyapunov().unwrap());
    assert!(digests.contains_key("donor.A") && exponent.is_finite());
    let again = Life::open(&path, &options, false, &Silent, &AtomicBool::new(false)).unwrap().unwrap();
    let mut again = again;
    assert_eq!(again.simulation_mut().digests().unwrap(), digests);
    // What was looked at on the way does not change what is.
    let values = series(again.simulation_mut());
    assert!(values[0] > 0.0 && values[1].is_finite());
    // Back and forth through states that are kept in memory.
    let (end, never) = (life.simulation().step(), AtomicBool::new(false));
    for step in [end - 7, 101, 150] {
        assert!(life.regrow(step, &Silent, &never).unwrap());
        life.advance(end - step).unwrap();
        assert_eq!(life.simulation_mut().digests().unwrap(), digests, "from {step}");
        assert_eq!(life.simulation().lyapunov().unwrap().to_bits(), exponent.to_bits());
    }
    for refused in [rewrite("donor.seed", "heat"), rewrite("donor.rng_seed", "5"), rewrite("donor.block", "2.6")] {
        assert!(life.act(refused).is_err());
    }
    let mut single = grown(
        &with(&[
            ("+ gamma*nudge(A)", ""),
            ("rng_seed = 2\nblock = 2.5\n", ""),
            ("[donor]\n", ""),
            ("distance(A)", "mean(abs2(A))"),
        ]),
        1,
    );
    let joined = single.apply(&rewrite("donor.rng_seed", "3"));
    assert!(joined.is_err());
}

#[test]
fn a_donor_that_diverges_is_named_and_both_go_back() {
    let text = with(&[
        ("gamma = 2.0", "gamma = 2.0\npush = 0.0"),
        ("[fields]", "[donor.parameters]\npush = 1.0\n[fields]"),
        ("+ gamma*nudge(A)", "+ gamma*nudge(A) + push*abs2(A)*A*step(t - 1)*9"),
    ]);
    let mut twin = grown(&text, 1);
    twin.advance(30).unwrap();
    let before = twin.digests().unwrap();
    match twin.advance(400).unwrap_err() {
        Error::NotFinite { field, step, .. } => assert!(field == "donor.A" && step > 50, "{field} {step}"),
        other => panic!("{other}"),
    }
    assert_eq!((twin.step(), twin.digests().unwrap()), (30, before));
}

const LINE: &str = r#"semafield = 1
[domain]
kind = "grid"
shape = [16]
size = [16.0]
[parameters]
rate = 0.3
[fields]
u = {type = "real", initial = "1e-30"}
v = {type = "real", initial = "normal()"}
[equations]
u = "rate*u"
v = "-v"
[time]
scheme = "rk4"
dt = 0.01
stop = 20.0
[observe]
series = {lyapunov = "lyapunov()", twice = "mean(2*lyapunov() + 0*u)"}
"#;

#[test]
fn the_exponent_of_a_linear_field_is_its_rate() {
    for (rate, largest) in [("0.3", 0.3), ("-0.2", -0.2)] {
        for precision in [Precision::F64, Precision::F32] {
            let text = LINE.replace("rate = 0.3", &format!("rate = {rate}"));
            let options = options(precision, Path::new("."));
            let mut field = Simulation::grow_text(&text, "seed.toml", None, &options).unwrap();
            assert!(series(&mut field)[0].is_nan());
            field.advance(2000).unwrap();
            let before = field.digests().unwrap();
            let measured = series(&mut field);
            let tolerance = if precision == Precision::F64 { 1e-4 } else { 1e-2 };
            assert!((measured[0] - largest).abs() < tolerance, "{measured:?}");
            assert!((measured[1] - 2.0 * measured[0]).abs() < 1e-12);
            // The copy leaves the field alone.
            let mut bare =
                Simulation::grow_text(&text.replace("lyapunov()", "mean(u)"), "seed.toml", None, &options).unwrap();
            bare.advance(2000).unwrap();
            assert_eq!(bare.digests().unwrap(), before);
        }
    }
}

#[test]
fn the_exponent_survives_acts() {
    let mut field = grown(LINE, 1);
    let brush = Brush::Disc { at: vec![5.0], radius: 2.0 };
    field.advance(733).unwrap();
    field.apply(&Act::Pulse { field: "v".into(), brush: brush.clone(), strength: 2.0, phase: 0.0 }).unwrap();
    field.advance(333).unwrap();
    field.apply(&Act::Cut { brush }).unwrap();
    field.advance(934).unwrap();
    let measured = field.lyapunov().unwrap();
    assert!((measured - 0.3).abs() < 1e-3, "{measured}");
    field.apply(&Act::Retune { name: "rate".into(), value: 0.1 }).unwrap();
    field.advance(2000).unwrap();
    let measured = field.lyapunov().unwrap();
    assert!((measured - 0.1).abs() < 1e-3, "the second half alone counts: {measured}");
}
