//! What brushes do to values: where, how much, and nothing elsewhere.

use semafield::field::Kind;
use semafield::math::arithmetic::Precision;
use semafield::simulation::act::{Act, Brush, Paint};

use super::{BLOCK, DOMAINS, LINE, PLANE, brush, changed, distance, field_of, fields, grow, refusal, seed, strokes};

#[test]
fn strokes_change_what_lies_under_the_brush_and_nothing_else() {
    for (domain, precision) in DOMAINS.iter().zip([Precision::F32, Precision::F64, Precision::F32, Precision::F64]) {
        for name in ["A", "T", "theta"] {
            let mut simulation = grow(&seed(domain, "heun"), precision);
            simulation.advance(3).unwrap();
            let brush = brush(&simulation);
            let Brush::Gaussian { at, radius } = &brush else { unreachable!() };
            for act in strokes(name, &brush, 0.8, simulation.model().grid.axes()) {
                let before = fields(&mut simulation);
                simulation.apply(&act).unwrap_or_else(|why| panic!("{act:?}: {why}"));
                let mask = simulation.ground().mask.clone();
                let after = fields(&mut simulation);
                for (before, after) in before.iter().zip(&after) {
                    let differ = changed(before, after);
                    assert_eq!(differ.is_empty(), before.name != name, "{domain} {act:?} on {}", before.name);
                    for position in differ {
                        assert!(distance(after, position, at) <= 2.0 * radius * (1.0 + 1e-9), "{act:?} at {position}");
                        if let Some(mask) = mask.as_ref().filter(|_| after.kind != Kind::Link) {
                            assert_eq!(mask.values.get(position % mask.values.len()), 1.0, "{act:?} on an inert cell");
                        }
                    }
                }
                // What was read back is what the engine steps from.
                simulation.advance(1).unwrap();
            }
        }
    }
}

#[test]
fn without_strength_no_bit_changes() {
    for domain in DOMAINS {
        let mut simulation = grow(&seed(domain, "heun"), Precision::F32);
        simulation.advance(2).unwrap();
        let brush = brush(&simulation);
        let axes = simulation.model().grid.axes();
        for name in ["A", "T", "theta"] {
            let more = [
                Act::Warm { field: name.into(), brush: brush.clone(), strength: 0.0 },
                Act::Cool { field: name.into(), brush: brush.clone(), strength: 0.0 },
            ];
            for act in strokes(name, &brush, 0.0, axes).into_iter().chain(more) {
                let before = simulation.digests().unwrap();
                simulation.apply(&act).unwrap();
                assert_eq!(simulation.digests().unwrap(), before, "{act:?}");
            }
        }
        let mut untouched = grow(&seed(domain, "heun"), Precision::F32);
        untouched.advance(7).unwrap();
        simulation.advance(5).unwrap();
        assert_eq!(simulation.digests().unwrap(), untouched.digests().unwrap());
    }
}

#[test]
fn paint_is_what_it_says() {
    let mut simulation = grow(&seed(PLANE, "heun"), Precision::F64);
    let disc = Brush::Disc { at: vec![3.0, 4.0], radius: 1.2 };
    let paint = |field: &str, mode, value: &str, strength| Act::Paint {
        field: field.into(),
        mode,
        value: value.into(),
        brush: disc.clone(),
        strength,
    };
    let before = fields(&mut simulation);
    simulation.apply(&paint("A", Paint::Set, "(2 + i)*exp(i*y)*T", 0.5)).unwrap();
    simulation.apply(&paint("T", Paint::Add, "x", 2.0)).unwrap();
    let after = fields(&mut simulation);
    let [old_a, old_t] = ["A", "T"].map(|name| field_of(&before, name));
    let cells = old_t.grid.cells();
    for cell in 0..cells {
        let inside = distance(old_t, cell, &[3.0, 4.0]) <= 1.2;
        let [x, y, _] = old_t.grid.position(cell).map(|i| (i as f64 + 0.5) * 0.5);
        let (t, re, im) = (old_t.values.get(cell), old_a.values.get(cell), old_a.values.get(cells + cell));
        let value = [t * (2.0 * y.cos() - y.sin()), t * (2.0 * y.sin() + y.cos())];
        let w = if inside { 0.5 } else { 0.0 };
        let a = field_of(&after, "A");
        assert!((a.values.get(cell) - (re + w * (value[0] - re))).abs() < 1e-12);
        assert!((a.values.get(cells + cell) - (im + w * (value[1] - im))).abs() < 1e-12);
        let expected = t + if inside { 2.0 * x } else { 0.0 };
        assert!((field_of(&after, "T").values.get(cell) - expected).abs() < 1e-12);
    }
}

#[test]
fn a_push_by_a_cell_moves_values_by_a_cell() {
    let mut simulation = grow(&seed(PLANE, "heun"), Precision::F64);
    let before = fields(&mut simulation);
    let brush = Brush::Disc { at: vec![6.0, 5.0], radius: 30.0 };
    simulation.apply(&Act::Push { field: "T".into(), brush, by: vec![0.5, -1.0] }).unwrap();
    let after = fields(&mut simulation);
    let (old, new) = (field_of(&before, "T"), field_of(&after, "T"));
    for cell in 0..old.grid.cells() {
        let [x, y, _] = old.grid.position(cell);
        let from = old.grid.index([(x + 23) % 24, (y + 2) % 20, 0]);
        assert_eq!(new.values.get(cell), old.values.get(from));
    }
}

#[test]
fn a_quarter_turn_stirs_x_into_y() {
    let text = seed("shape = [21, 21]\nsize = [21.0, 21.0]\nboundary = \"no-flux\"", "heun")
        .replace("0.2*normal()", "x - 10.5");
    let mut simulation = grow(&text, Precision::F64);
    let brush = Brush::Disc { at: vec![10.5, 10.5], radius: 6.0 };
    let act = Act::Stir { field: "T".into(), brush, strength: std::f64::consts::FRAC_PI_2 };
    simulation.apply(&act).unwrap();
    let after = fields(&mut simulation);
    let tension = field_of(&after, "T");
    for cell in 0..tension.grid.cells() {
        if distance(tension, cell, &[10.5, 10.5]) <= 6.0 {
            // What pointed along x points along y: counter-clockwise.
            let y = tension.grid.position(cell)[1] as f64 - 10.0;
            assert!((tension.values.get(cell) - y).abs() < 1e-9, "{cell}");
        }
    }
}

#[test]
fn a_sentence_is_said_in_phase_or_against_it() {
    for (against, expected) in [(false, 1.5), (true, 0.5)] {
        let text = seed(PLANE, "heun").replace("0.3*(normal() + i*normal())", "exp(2*i)").replace("0.2*normal()", "-1");
        let mut simulation = grow(&text, Precision::F64);
        let say = |field: &str| Act::Say {
            text: "a word".into(),
            field: field.into(),
            at: [6.25, 5.25],
            radius: 2.0,
            strength: 0.5,
            against,
        };
        simulation.apply(&say("A")).unwrap();
        simulation.apply(&say("T")).unwrap();
        let after = fields(&mut simulation);
        let (a, t) = (field_of(&after, "A"), field_of(&after, "T"));
        let cells = a.grid.cells();
        let cell = a.grid.index([12, 10, 0]);
        let (re, im) = (a.values.get(cell), a.values.get(cells + cell));
        assert!(((re * re + im * im).sqrt() - expected).abs() < 1e-12);
        assert!((im.atan2(re) - 2.0).abs() < 1e-12);
        assert!((t.values.get(cell) + expected).abs() < 1e-12);
        assert!(refusal(simulation.apply(&say("theta"))).contains("links"));
    }
}

#[test]
fn wrong_acts_are_refused_and_nothing_changes() {
    let at = |at: Vec<f64>, radius| Brush::Disc { at, radius };
    let fine = at(vec![3.0, 3.0], 1.0);
    let paint = |field: &str, value: &str, brush: &Brush, strength| Act::Paint {
        field: field.into(),
        mode: Paint::Set,
        value: value.into(),
        brush: brush.clone(),
        strength,
    };
    let wrong = [
        (paint("B", "1", &fine, 1.0), "no field `B`"),
        (paint("A", "1", &fine, f64::NAN), "strength"),
        (paint("A", "1", &fine, 1e300), "strength"),
        (paint("A", "1", &at(vec![3.0], 1.0), 1.0), "2 axes"),
        (paint("A", "1", &at(vec![3.0, f64::INFINITY], 1.0), 1.0), "place"),
        (paint("A", "1", &at(vec![3.0, 3.0], 0.0), 1.0), "radius"),
        (paint("A", "1", &at(vec![3.0, 3.0], 1e9), 1.0), "radius"),
        (paint("A", "bta", &fine, 1.0), "did you mean `beta`"),
        (paint("A", "1 +", &fine, 1.0), "the expression"),
        (paint("T", "A", &fine, 1.0), "complex"),
        (paint("A", "theta", &fine, 1.0), "link"),
        (paint("A", "normal()", &fine, 1.0), "normal"),
        (paint("A", "1e39", &fine, 1.0), "smaller"),
        (paint("T", "1/(x - x)", &fine, 1.0), "smaller"),
        (paint("A", &"x".repeat(5000), &fine, 1.0), "at most"),
        (paint("A", "1", &Brush::Line { points: vec![], radius: 1.0 }, 1.0), "line"),
        (paint("A", "1", &Brush::Line { points: vec![vec![0.0; 2]; 5000], radius: 1.0 }, 1.0), "line"),
        (paint("A", "1", &Brush::Line { points: vec![vec![1.0; 2]; 4000], radius: 9.0 }, 1.0), "many times over"),
        (paint("A", "1", &Brush::Notes { ids: vec!["a".into()], radius: 1.0 }, 1.0), "[soil]"),
        (Act::Push { field: "A".into(), brush: fine.clone(), by: vec![1.0] }, "one per axis"),
        (Act::Retune { name: "bet".into(), value: 1.0 }, "did you mean `beta`"),
        (Act::Retune { name: "beta".into(), value: f64::NAN }, "finite"),
        (Act::Retune { name: "beta".into(), value: 1e200 }, "finite"),
        (Act::Warm { field: "A".into(), brush: fine.clone(), strength: f64::INFINITY }, "strength"),
        (Act::Pull { note: "a".into(), to: [1.0, 1.0] }, "[soil]"),
        (Act::Rewrite { key: "equations.A".into(), value: "A - B".into() }, "unknown name `B`"),
        (Act::Rewrite { key: "domain.shape".into(), value: "[4, 4]".into() }, "can't be rewritten"),
        (Act::Rewrite { key: "soil.source".into(), value: "x".into() }, "can't be rewritten"),
        (Act::Rewrite { key: "time.dt".into(), value: "-1".into() }, "dt"),
        (Act::Rewrite { key: "nothing".into(), value: "-1".into() }, "nothing"),
        (Act::Cut { brush: at(vec![3.0, 3.0], 40.0) }, "alive"),
    ];
    let mut simulation = grow(&seed(PLANE, "heun"), Precision::F32);
    simulation.advance(2).unwrap();
    let (before, text) = (simulation.digests().unwrap(), simulation.seed_text().unwrap().to_owned());
    for (act, what) in wrong {
        let result = simulation.apply(&act);
        assert!(result.is_err(), "{act:?} was applied");
        let message = refusal(result);
        assert!(message.contains(what), "{act:?} should say `{what}`: {message}");
        assert_eq!(simulation.digests().unwrap(), before, "{act:?}");
        assert_eq!(simulation.seed_text().unwrap(), text);
    }
    let mut untouched = grow(&seed(PLANE, "heun"), Precision::F32);
    untouched.advance(6).unwrap();
    simulation.advance(4).unwrap();
    assert_eq!(simulation.digests().unwrap(), untouched.digests().unwrap());
    let mut line = grow(&seed(LINE, "heun"), Precision::F32);
    let brush = Brush::Disc { at: vec![3.0], radius: 1.0 };
    assert!(refusal(line.apply(&Act::Stir { field: "A".into(), brush, strength: 1.0 })).contains("push"));
    let mut block = grow(&seed(BLOCK, "heun"), Precision::F32);
    let say =
        Act::Say { text: "x".into(), field: "A".into(), at: [1.0; 2], radius: 1.0, strength: 1.0, against: false };
    assert!(refusal(block.apply(&say)).contains("three axes"));
}
