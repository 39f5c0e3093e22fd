//! Acts that change the equations, the ground or time: walls, warmth, pins, rewriting, reseeding.

use semafield::math::arithmetic::Precision;
use semafield::simulation::act::{Act, Brush, Paint};

use super::{PLANE, brush, changed, distance, field_of, fields, grow, refusal, seed};

#[test]
fn a_pin_holds_for_its_steps_with_every_scheme() {
    for scheme in ["euler", "heun", "rk4", "etd2"] {
        let mut simulation = grow(&seed(PLANE, scheme), Precision::F32);
        simulation.advance(2).unwrap();
        let center = vec![0.2, 5.0];
        let disc = Brush::Disc { at: center.clone(), radius: 1.5 };
        let pin = Act::Pin { field: "A".into(), brush: disc.clone(), value: "0.75 + 0.5*i".into(), steps: 5 };
        simulation.apply(&pin).unwrap();
        for step in 0..8 {
            let now = fields(&mut simulation);
            let a = field_of(&now, "A");
            let held = |at: usize| a.values.get(at) == if at < a.grid.cells() { 0.75 } else { 0.5 };
            for at in 0..a.values.len() {
                let inside = distance(a, at, &center) <= 1.5;
                if step <= 5 {
                    assert_eq!(held(at), inside, "{scheme}, {step} steps later, at {at}");
                } else {
                    assert!(!held(at), "{scheme}, {step} steps later, at {at}");
                }
            }
            simulation.advance(1).unwrap();
        }
        // Let go before its time.
        simulation.apply(&Act::Pin { field: "A".into(), brush: disc, value: String::new(), steps: 1000 }).unwrap();
        let elsewhere = Brush::Disc { at: vec![6.0, 5.0], radius: 1.0 };
        simulation.apply(&Act::Release { brush: elsewhere }).unwrap();
        let before = fields(&mut simulation);
        simulation.advance(2).unwrap();
        let cell = before[0].grid.index([0, 10, 0]);
        assert_eq!(fields(&mut simulation)[0].values.get(cell), before[0].values.get(cell));
        simulation.apply(&Act::Release { brush: Brush::Disc { at: center, radius: 0.5 } }).unwrap();
        simulation.advance(1).unwrap();
        assert_ne!(fields(&mut simulation)[0].values.get(cell), before[0].values.get(cell));
    }
}

#[test]
fn steps_in_one_go_are_steps_one_by_one_while_something_is_held() {
    let lived = |batches: &[u64]| {
        let mut simulation = grow(&seed(PLANE, "heun"), Precision::F32);
        let pin = Act::Pin { field: "T".into(), brush: brush(&simulation), value: "2".into(), steps: 9 };
        simulation.apply(&pin).unwrap();
        batches.iter().for_each(|&steps| simulation.advance(steps).unwrap());
        simulation.digests().unwrap()
    };
    assert_eq!(lived(&[20]), lived(&[1, 3, 9, 7]));
}

#[test]
fn what_is_walled_up_is_inert_and_comes_back() {
    for domain in super::DOMAINS {
        let mut simulation = grow(&seed(domain, "heun"), Precision::F32);
        simulation.advance(2).unwrap();
        let brush = brush(&simulation);
        let Brush::Gaussian { at, .. } = &brush else { unreachable!() };
        let before = fields(&mut simulation);
        simulation.apply(&Act::Cut { brush: brush.clone() }).unwrap();
        let mask = simulation.ground().mask.clone().expect("there are walls now");
        let cut = fields(&mut simulation);
        for (before, cut) in before.iter().zip(&cut) {
            let cells = cut.grid.cells();
            let differ = changed(before, cut);
            assert!(!differ.is_empty());
            assert!(differ.iter().all(|&position| cut.values.get(position) == 0.0));
            if cut.name != "theta" {
                assert!(differ.iter().all(|&position| mask.values.get(position % cells) == 0.0));
            }
        }
        simulation.advance(3).unwrap();
        let later = fields(&mut simulation);
        let temperature = field_of(&later, "T");
        for cell in 0..temperature.grid.cells() {
            let walled = mask.values.get(cell) == 0.0;
            assert_eq!(temperature.values.get(cell) == 0.0, walled, "{domain}, cell {cell}");
        }
        // A second wall needs no new program, and both go.
        let other = Brush::Disc { at: at.iter().map(|x| x + 1.0).collect(), radius: 0.6 };
        let revision = simulation.revision();
        simulation.apply(&Act::Cut { brush: other.clone() }).unwrap();
        assert_eq!(simulation.revision(), revision);
        simulation.apply(&Act::Heal { brush: other }).unwrap();
        simulation.apply(&Act::Heal { brush }).unwrap();
        let seeded = domain.contains("mask");
        let mask = simulation.ground().mask.clone().unwrap();
        assert_eq!(mask.values.to_f64().contains(&0.0), seeded);
        let healed = fields(&mut simulation);
        let born = changed(&later[1], &healed[1]);
        assert!(!born.is_empty());
        simulation.advance(3).unwrap();
        let strength = |field: &semafield::field::Field| born.iter().filter(|&&at| field.values.get(at) != 0.0).count();
        assert_eq!(strength(&fields(&mut simulation)[1]), born.len());
    }
    let mut spectral = grow(&seed(PLANE, "etd2"), Precision::F32);
    assert!(refusal(spectral.apply(&Act::Cut { brush: brush(&spectral) })).contains("heun"));
}

#[test]
fn warmth_raises_the_rate_by_what_it_says() {
    for scheme in ["euler", "heun", "rk4", "etd2"] {
        let still = seed(PLANE, scheme)
            .replace("A - (1 + i*beta)*abs2(A)*A + 0.3*laplacian(A) + 0.01*mean(T)*A", "-0.5*A")
            .replace("0.1*laplacian(T) - T + abs2(A) + 0.1*cos(t)", "0");
        let mut simulation = grow(&still, Precision::F64);
        simulation.advance(1).unwrap();
        let disc = Brush::Disc { at: vec![6.0, 5.0], radius: 2.0 };
        let warm = |field: &str, strength| Act::Warm { field: field.into(), brush: disc.clone(), strength };
        simulation.apply(&warm("T", 0.9)).unwrap();
        let revision = simulation.revision();
        // Cooled by as much as a second warming adds: later acts rewrite the map only.
        simulation.apply(&warm("T", 0.4)).unwrap();
        simulation.apply(&Act::Cool { field: "T".into(), brush: disc.clone(), strength: 0.6 }).unwrap();
        assert_eq!(simulation.revision(), revision);
        simulation.apply(&warm("A", 0.5)).unwrap();
        simulation.apply(&warm("theta", 0.1)).unwrap();
        let before = fields(&mut simulation);
        simulation.advance(1).unwrap();
        let after = fields(&mut simulation);
        let dt: f64 = 0.05;
        for (name, base, warmth) in [("T", 0.0, 0.7), ("A", -0.5, 0.5), ("theta", -0.1, 0.1)] {
            let (before, after) = (field_of(&before, name), field_of(&after, name));
            for at in 0..before.values.len() {
                let inside = distance(before, at, &[6.0, 5.0]) <= 2.0;
                let rate = base + if inside { warmth } else { 0.0 };
                let expected = before.values.get(at) * (rate * dt).exp();
                let tolerance = if scheme == "euler" { 1e-3 } else { 2e-5 };
                assert!((after.values.get(at) - expected).abs() < tolerance, "{scheme} {name} {at}");
            }
        }
        let count = changed(&before[1], &after[1]).len();
        assert!(count > 20 && count < 80, "{scheme}: only what is warm changes, not {count} cells");
    }
}

#[test]
fn rewriting_keeps_fields_parameters_walls_and_time() {
    let mut simulation = grow(&seed(PLANE, "heun"), Precision::F64);
    simulation.advance(4).unwrap();
    let (warm, wall) = (brush(&simulation), Brush::Disc { at: vec![6.0, 5.0], radius: 1.0 });
    for act in [
        Act::Retune { name: "beta".into(), value: 0.25 },
        Act::Warm { field: "A".into(), brush: warm, strength: 0.5 },
        Act::Cut { brush: wall },
        Act::Pin {
            field: "T".into(),
            brush: Brush::Disc { at: vec![9.0, 2.0], radius: 1.0 },
            value: "1".into(),
            steps: 50,
        },
    ] {
        simulation.apply(&act).unwrap();
    }
    let before = fields(&mut simulation);
    let time = simulation.time();
    let rewrite = |key: &str, value: &str| Act::Rewrite { key: key.into(), value: value.into() };
    simulation.apply(&rewrite("equations.T", "0.2*laplacian(T) - T + abs2(A)")).unwrap();
    simulation.apply(&rewrite("time.dt", "0.02")).unwrap();
    simulation.apply(&rewrite("time.scheme", "rk4")).unwrap();
    simulation.apply(&rewrite("observe.series", "{calm = \"std(T)\"}")).unwrap();
    assert_eq!(fields(&mut simulation), before);
    assert_eq!((simulation.step(), simulation.time(), simulation.dt()), (4, time, 0.02));
    assert_eq!(simulation.parameters(), [0.25]);
    assert!(simulation.seed_text().unwrap().contains("0.2*laplacian(T)"));
    assert_eq!(simulation.model().observe.series[0].name, "calm");
    assert!(simulation.model().maps.iter().any(|map| map.name == "warmth of A"));
    assert!(simulation.ground().mask.is_some());
    simulation.advance(10).unwrap();
    assert!((simulation.time() - (time + 0.2)).abs() < 1e-15);
    assert_eq!(fields(&mut simulation)[1].values.get(before[1].grid.index([18, 4, 0])), 1.0);
    // The value itself rewritten wins over what it was retuned to.
    simulation.apply(&rewrite("beta", "0.5")).unwrap();
    assert_eq!(simulation.parameters(), [0.5]);
    simulation.apply(&rewrite("domain.boundary", "no-flux")).unwrap();
    simulation.advance(5).unwrap();
}

#[test]
fn an_equation_of_time_goes_on_where_it_was() {
    // d/dt T = cos(t): whatever becomes of dt, T follows sin(t).
    let text = seed(PLANE, "rk4")
        .replace("0.1*laplacian(T) - T + abs2(A) + 0.1*cos(t)", "cos(t)")
        .replace("0.2*normal()", "0");
    let mut simulation = grow(&text, Precision::F64);
    for dt in ["0.05", "0.01", "0.125", "0.03"] {
        simulation.apply(&Act::Rewrite { key: "time.dt".into(), value: dt.into() }).unwrap();
        simulation.advance(7).unwrap();
        let value = fields(&mut simulation)[1].values.get(3);
        assert!((value - simulation.time().sin()).abs() < 1e-6, "{value} at {}", simulation.time());
    }
    assert!((simulation.time() - 7.0 * (0.05 + 0.01 + 0.125 + 0.03)).abs() < 1e-14);
}

#[test]
fn a_field_reseeded_is_one_of_another_seed() {
    let mut simulation = grow(&seed(PLANE, "heun"), Precision::F32);
    simulation.advance(3).unwrap();
    simulation.apply(&Act::Reseed { rng_seed: 11 }).unwrap();
    let mut other = grow(&seed(PLANE, "heun").replace("rng_seed = 5", "rng_seed = 11"), Precision::F32);
    assert_eq!(simulation.digests().unwrap(), other.digests().unwrap());
    assert_eq!(simulation.step(), 3);
    assert!(simulation.seed_text().unwrap().contains("rng_seed = 11"));
}

#[test]
fn a_run_that_fails_after_an_act_falls_back_behind_it() {
    let text = seed(PLANE, "euler").replace("- T + abs2(A)", "+ T^3 + abs2(A)");
    let mut simulation = grow(&text, Precision::F32);
    simulation.advance(2).unwrap();
    let brush = brush(&simulation);
    let act =
        Act::Paint { field: "T".into(), mode: Paint::Set, value: "90".into(), brush: brush.clone(), strength: 1.0 };
    simulation.apply(&act).unwrap();
    simulation.apply(&Act::Pin { field: "A".into(), brush, value: "0.1".into(), steps: 100 }).unwrap();
    let before = simulation.digests().unwrap();
    let error = simulation.advance(50).expect_err("it blows up");
    assert_eq!(error.exit_code(), 1, "{error}");
    assert_eq!(simulation.step(), 2);
    assert_eq!(simulation.digests().unwrap(), before);
}
