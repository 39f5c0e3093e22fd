//! What the author of a seed is told about expressions: message, place and advice.

use semafield::diagnostic::{Severity, render};
use semafield::math::arithmetic::Precision;

use crate::common::grown::{findings, grow, model};

const SEED: &str = r#"semafield = 1
[domain]
kind = "grid"
shape = [8, 6]
size = [8.0, 6.0]
boundary = {x = "periodic", y = {B = {top = "WALL", bottom = "no-flux"}}}
mask = "MASK"
[parameters]
alpha = 1.0
beta = 2.0
[fields]
A = {type = "complex", initial = "INITIAL"}
B = {type = "real", initial = "0"}
theta = {type = "link", initial = {x = "LINK", y = "0"}}
[derived]
d = "DERIVED"
[equations]
A = "COMPLEX"
B = "laplacian(B) + REAL"
theta = "THETA"
[time]
scheme = "SCHEME"
dt = 0.1
stop = 1
noise = "READING"
[observe]
series = {s = "SERIES"}
images = ["IMAGE"]
arrays = ["ARRAY"]
"#;

const DEFAULTS: &[(&str, &str)] = &[
    ("WALL", "sin(x)*t"),
    ("MASK", "x > -1"),
    ("INITIAL", "x"),
    ("LINK", "0"),
    ("DERIVED", "abs2(A)"),
    ("COMPLEX", "A"),
    ("REAL", "0"),
    ("THETA", "0"),
    ("SCHEME", "heun"),
    ("READING", "ito"),
    ("SERIES", "mean(d)"),
    ("IMAGE", "abs(A)"),
    ("ARRAY", "A"),
];

fn seed(changes: &[(&str, &str)]) -> String {
    let mut text = SEED.to_owned();
    for (place, value) in changes.iter().chain(DEFAULTS) {
        text = text.replace(place, value);
    }
    text
}

/// One mistake: where to put what, words of the message, what is underlined, words of the advice.
fn assert_told(changes: &[(&str, &str)], message: &str, underlined: &str, advice: &str) {
    let text = seed(changes);
    let found = findings(&text);
    let errors: Vec<_> = found.iter().filter(|found| found.severity == Severity::Error).collect();
    let picture = render(&found, "seed.toml", &text);
    assert_eq!(errors.len(), 1, "{changes:?} is one mistake:\n{picture}");
    let error = errors[0];
    assert!(error.message.contains(message), "{changes:?}: due {message:?}\n{picture}");
    let span = error.span.expect("a place");
    assert_eq!(&text[span.start..span.end], underlined, "{changes:?}\n{picture}");
    let notes = error.notes.join("; ");
    assert!(notes.contains(advice), "{changes:?}: due {advice:?}\n{picture}");
}

#[test]
fn the_seed_without_mistakes_grows() {
    assert!(findings(&seed(&[])).is_empty());
    grow(&seed(&[]));
}

#[test]
fn names_are_known_or_suggested() {
    assert_told(&[("COMPLEX", "bta*A")], "unknown name `bta`", "bta", "did you mean `beta`?");
    assert_told(&[("REAL", "lap(B)")], "`lap` is not a function", "lap", "`laplacian`");
    assert_told(&[("REAL", "ln(B)")], "`ln` is not a function", "ln", "`log`");
    assert_told(&[("REAL", "qqqqqqqq")], "unknown name", "qqqqqqqq", "`alpha`");
    assert_told(&[("REAL", "laplacian")], "`laplacian` is a function", "laplacian", "laplacian(u)");
    assert_told(&[("REAL", "alpha(B)")], "`alpha` is not a function", "alpha", "alpha*(...)");
    assert_told(&[("REAL", "z")], "there is no `z`", "z", "");
    assert_told(&[("REAL", "soil.gain")], "needs a soil", "soil.gain", "[soil]");
    assert_told(&[("DERIVED", "d + 1")], "defined by itself", "d", "");
}

#[test]
fn types_meet_or_clash() {
    assert_told(&[("REAL", "A")], "a real cell value is due here, this is a complex", "laplacian(B) + A", "re(...)");
    assert_told(&[("THETA", "B")], "a real link value is due", "B", "grad");
    assert_told(&[("THETA", "i")], "a real link value is due here, this is a complex number", "i", "im(...)");
    assert_told(&[("COMPLEX", "theta*A")], "don't meet", "A", "");
    assert_told(&[("COMPLEX", "A*theta")], "don't meet", "theta", "at_cells");
    assert_told(&[("REAL", "div(B)")], "due is a link value", "B", "grad");
    assert_told(&[("REAL", "laplacian(theta)")], "due is a cell value", "theta", "at_cells");
    assert_told(&[("REAL", "div_grad(abs2(A)*i, B)")], "needs a real number", "abs2(A)*i", "re(...)");
    assert_told(&[("REAL", "re(laplacian(A, B))")], "due is a link value", "B", "");
    assert_told(&[("REAL", "at_cells(B)")], "takes a link or face value", "B", "");
    assert_told(&[("REAL", "(B > 0)")], "number is due here, this is a comparison", "(B > 0)", "select(");
    assert_told(&[("REAL", "select(B, 1, 0)")], "a condition is due", "B", "a > 0");
    assert_told(&[("REAL", "B && B")], "condition is due", "laplacian(B) + B", "");
    assert_told(&[("REAL", "select(A > 0, 1, 0)")], "a comparison needs a real number", "A", "abs");
    assert_told(&[("REAL", "max(abs(A), A)")], "needs a real number", "A", "abs");
    assert_told(&[("REAL", "re(A^0.5)")], "constant integer", "A", "");
    assert_told(&[("REAL", "re(2^A)")], "exponent", "A", "");
    assert_told(&[("REAL", "B^2000")], "beyond 1024", "2000", "exp(");
    assert_told(&[("REAL", "defects(B)")], "complex field", "B", "");
    assert_told(&[("REAL", "at_cells(link(1, B))")], "`link` takes", "B", "");
    assert_told(&[("REAL", "at_cells(link(1))")], "one expression per axis", "link(1)", "");
    assert_told(&[("REAL", "dz(B)")], "needs 3 axes", "dz(B)", "");
    assert_told(&[("REAL", "min(B)")], "takes 2 arguments, not 1", "min(B)", "min(a, b)");
    assert_told(&[("SERIES", "B")], "a real number is due here, this is a real cell value", "B", "mean(");
    assert_told(&[("SERIES", "mean(A)")], "a real number is due", "mean(A)", "re(");
    assert_told(&[("SERIES", "std(theta)")], "`std`", "theta", "sqrt(mean(");
    assert_told(&[("IMAGE", "B > 0")], "a comparison", "B > 0", "select(");
    assert_told(&[("ARRAY", "alpha")], "not a field", "alpha", "arrays: ");
    assert_told(&[("MASK", "i*x")], "a mask is a condition", "i*x", "");
    assert_told(&[("DERIVED", "grad(A)"), ("SERIES", "0"), ("ARRAY", "d")], "does not hold", "d", "re(");
}

#[test]
fn syntax_is_explained() {
    assert_told(&[("REAL", "2B")], "`2B` is not a number", "2B", "2 * B");
    assert_told(&[("REAL", "B**2")], "`**`", "**", "a^b");
    assert_told(&[("REAL", "(B")], "never closed", "(", "");
    assert_told(&[("REAL", "B)")], "closes nothing", ")", "");
    assert_told(&[("REAL", "B +")], "", "+", "");
    assert_told(&[("REAL", "select(0 < B < 1, 1, 0)")], "can't be chained", "<", "&&");
    assert_told(&[("REAL", "select(B = 1, 1, 0)")], "unexpected character `=`", "=", "==");
    assert_told(&[("REAL", "1e999")], "too large", "1e999", "");
    assert_told(&[("REAL", "alpha B")], "operator is missing", "B", "a*b");
}

#[test]
fn each_place_sees_what_it_may() {
    assert_told(&[("INITIAL", "A")], "can't stand in an initial value", "A", "no value yet");
    assert_told(&[("INITIAL", "noise()")], "can't stand in an initial value", "noise()", "equation");
    assert_told(&[("INITIAL", "sum(x)")], "can't be combined in an initial value", "sum(x)", "");
    assert_told(&[("WALL", "B")], "can't stand in a wall", "B", "x, y, z, t");
    assert_told(&[("MASK", "t < 1")], "can't stand in a mask", "t", "parameters and the maps");
    assert_told(&[("MASK", "B > 0")], "can't stand in a mask", "B", "");
    assert_told(&[("REAL", "normal()")], "can't stand in an equation", "normal()", "noise()");
    assert_told(&[("DERIVED", "noise()")], "can't stand in a derived field", "noise()", "term of an equation");
    assert_told(&[("SERIES", "mean(noise())")], "can't stand in a series", "noise()", "");
}

#[test]
fn noise_is_linear_and_has_a_scheme() {
    let whole = |real: &str| format!("laplacian(B) + {real}");
    for real in ["noise()^2", "sin(noise())", "noise()*noise()", "1/noise()", "laplacian(noise())", "abs(noise())"] {
        assert_told(&[("REAL", real)], "noise must enter linearly", &whole(real), "b*noise()");
    }
    let stepped = "min(noise(), 0)";
    assert_told(&[("REAL", stepped)], "linearly", &whole(stepped), "");
    assert_told(&[("REAL", "noise()"), ("SCHEME", "rk4")], "no meaning with noise", &whole("noise()"), "heun");
    let euler = [("REAL", "noise()"), ("SCHEME", "euler"), ("READING", "stratonovich")];
    assert_told(&euler, "needs a second stage", &whole("noise()"), "heun");
    for fine in
        ["B*noise()", "-(alpha*noise() - B)/2", "select(B > 0, noise(), 2*noise())", "re(i*noise())", "noise()^1"]
    {
        assert!(findings(&seed(&[("REAL", fine)])).is_empty(), "{fine}");
        let text = seed(&[("REAL", fine), ("READING", "stratonovich")]);
        assert!(findings(&text).is_empty(), "{fine}");
    }
}

#[test]
fn walls_that_nothing_feels_are_mistakes() {
    let text = seed(&[]).replace("laplacian(B) + 0", "-B");
    let found = findings(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("never used"), "{found:?}");
    let text = seed(&[]).replace("{B = {top", "{C = {top");
    assert!(findings(&text)[0].message.contains("not a field"));
    let text = seed(&[]).replace("{B = {top", "{theta = {top");
    assert!(findings(&text)[0].message.contains("the wall's link is 0"));
    for (wrong, words) in
        [("left = \"0\"", "left"), ("top = \"0\", top = \"1\"", "top"), ("top = \"periodic\"", "wall")]
    {
        let text = seed(&[]).replace("top = \"sin(x)*t\"", wrong);
        let found = findings(&text);
        assert!(found.iter().any(|found| found.severity == Severity::Error), "{wrong}");
        assert!(render(&found, "seed.toml", &text).contains(words), "{wrong}");
    }
}

#[test]
fn numbers_beyond_single_precision_are_mistakes_in_it() {
    for (place, value) in [("REAL", "1e39*B"), ("WALL", "4e38"), ("INITIAL", "3.5e38*x")] {
        let text = seed(&[(place, value)]);
        let model = model(&text);
        assert!(model.not_finite_in(Precision::F64).is_empty());
        let found = model.not_finite_in(Precision::F32);
        assert_eq!(found.len(), 1, "{value}");
        let span = found[0].span.unwrap();
        assert!(value.contains(&text[span.start..span.end]) && found[0].notes[0].contains("f64"));
    }
    let text = seed(&[]).replace("beta = 2.0", "beta = 1e300");
    assert_eq!(model(&text).not_finite_in(Precision::F32).len(), 1);
    assert!(model(&seed(&[("REAL", "3.4e38*B")])).not_finite_in(Precision::F32).is_empty());
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = seed(&[("REAL", "bta + gmma*theta"), ("SERIES", "mean(C)"), ("IMAGE", "sin()"), ("WALL", "q")]);
    assert_eq!(findings(&text).len(), 5, "{}", render(&findings(&text), "seed.toml", &text));
}
