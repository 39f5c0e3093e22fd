//! Expressions of any size are read, or refused, in little time and memory.

use std::time::{Duration, Instant};

use crate::common::grown::{derived, field, findings, grow, model, series};

/// Generous: the machine may be busy. What is exponential takes years.
const SOON: Duration = Duration::from_secs(20);

fn seed(derived: &str, equation: &str, series: &str) -> String {
    format!(
        r#"semafield = 1
[domain]
kind = "grid"
shape = [4, 4]
size = [4.0, 4.0]
[parameters]
p = 0.0
[fields]
u = {{type = "real", initial = "x"}}
[derived]
{derived}
[equations]
u = "{equation}"
[time]
dt = 0.1
stop = 1
[observe.series]
{series}
"#
    )
}

/// d0 = `first`, and each next one made of the one before.
fn chain(first: &str, length: usize, next: impl Fn(&str) -> String) -> String {
    let mut text = format!("d0 = \"{first}\"\n");
    for n in 1..=length {
        text += &format!("d{n} = \"{}\"\n", next(&format!("d{}", n - 1)));
    }
    text
}

#[test]
fn doubling_sixty_times_costs_sixty_additions() {
    let start = Instant::now();
    let doubled = |d: &str| format!("{d} + {d}");
    let text = seed(&chain("u", 60, doubled), "d60*p*noise()*d60 - 1e-18*d60", "s = \"mean(d60)\"");
    let model = model(&text);
    assert!(model.show(model.fields[0].equation).len() < 30_000);
    let mut simulation = grow(&text);
    assert_eq!(series(&mut simulation), [2.0 * 2.0_f64.powi(60)]);
    simulation.advance(2).unwrap();
    // Uniform ones are folded; reductions of reductions are made one after the other.
    let text = seed(&chain("p + 1", 60, doubled), "d60*p", "s = \"d60\"");
    assert_eq!(series(&mut grow(&text)), [2.0_f64.powi(60)]);
    let text = seed(&chain("u", 30, |d| format!("mean({d} + {d} + u*0)")), "u*d30", "s = \"d30\"");
    assert_eq!(series(&mut grow(&text)), [2.0 * 2.0_f64.powi(30)]);
    // Factors of noise.
    let text = seed(&chain("p", 60, |d| format!("{d}*{d}")), "d60*noise()", "s = \"d60\"");
    let mut simulation = grow(&text);
    simulation.advance(1).unwrap();
    assert_eq!(field(&mut simulation, "u").component(0)[1], 1.5);
    // Operators.
    let text = seed(&chain("u", 40, |d| format!("laplacian({d}) + {d}")), "d40", "s = \"mean(d40)\"");
    assert!((series(&mut grow(&text))[0] - 2.0).abs() < 1e30);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn a_thousand_terms_and_deep_nesting_compile() {
    let start = Instant::now();
    let terms: Vec<String> = (1..=1000).map(|n| format!("sin({n}*u)/{n}")).collect();
    let nested = format!("{}u{}", "cos(".repeat(250), ")".repeat(250));
    let noises = vec!["p*noise()"; 100].join(" + ");
    let derived_text = format!("d0 = \"{}\"\nd1 = \"{nested}\"\n", terms.join(" + "));
    let mut simulation = grow(&seed(&derived_text, &format!("d0 + d1 + {noises}"), ""));
    let values = derived(&mut simulation);
    let u = 0.5_f64;
    let due: f64 = (1..=1000).map(|n| (f64::from(n) * u).sin() / f64::from(n)).sum();
    assert!((values["d0"].values.get(0) - due).abs() < 1e-12);
    assert!((values["d1"].values.get(0) - 0.739_085_133_215_160_6).abs() < 1e-15);
    simulation.advance(1).unwrap();
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn what_is_too_deep_is_refused() {
    let start = Instant::now();
    let told = |text: &str, words: &str| {
        let found = findings(text);
        assert!(found.iter().any(|found| found.message.contains(words)), "{words}: {found:?}");
        assert!(found.len() < 100, "{}", found.len());
    };
    told(&seed("", &format!("{}u{}", "(".repeat(10_000), ")".repeat(10_000)), ""), "nested");
    told(&seed("", &format!("{}u", "-".repeat(10_000)), ""), "nested");
    told(&seed("", &vec!["u"; 3000].join(" + "), ""), "inside one another");
    // Each call breaks the chain, and each chain is short: only the whole is deep.
    let mut deep = "u".to_owned();
    for _ in 0..200 {
        deep = format!("abs({deep}{})", " + 1".repeat(30));
    }
    told(&seed("", &deep, ""), "inside one another");
    // Derived fields in reverse order are read from the end: 10 000 of them, and chains of 1000 terms.
    let reversed: String =
        (0..10_000).map(|n| format!("d{n} = \"d{} + 1\"\n", n + 1)).chain(["d10000 = \"u\"\n".to_owned()]).collect();
    told(&seed(&reversed, "d0", ""), "nested more than");
    let long: String = (0..60)
        .map(|n| format!("d{n} = \"d{}{}\"\n", n + 1, " + 1".repeat(900)))
        .chain(["d60 = \"u\"\n".to_owned()])
        .collect();
    told(&seed(&long, "d0", ""), "nested more than");
    told(&seed(&chain("u", 5000, |d| format!("{d} + 1")), "d5000", ""), "nested more than");
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}
