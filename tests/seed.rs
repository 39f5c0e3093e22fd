//! The seed as a document: what is read, what is refused and how that looks to its author.

use proptest::prelude::*;
use semafield::diagnostic::{Diagnostic, Severity, Span, render};
use semafield::seed::{
    AxisBoundary, Condition, DomainKind, FieldKind, Initial, Layout, MAX_BYTES, Mask, Noise, Scheme, Seed, Side,
    Stencil, Text, TimeStep, set,
};

/// Every key of the format.
const FULL: &str = r##"semafield = 1                      # format version
title = "Spiral turbulence"
rng_seed = 18446744073709551615

[domain]
kind = "grid"
shape = [256, 256]
size = [192.0, 192]
boundary = {x = "periodic", y = {A = {bottom = "no-flux", top = {robin = ["1", "b", "0"]}}, B = {top = {flux = "sin(x)"}, bottom = "0"}}}
stencil = 9
mask = "(x-96)^2 + (y-96)^2 < 90^2"

[maps]
ground = "ground.png"

[soil]
source = "../vaults/demo"
encoder = "lsa"
neighbors = 15
layout = "neighbor"
columns = {vector = "emb", title = "name"}

[parameters]
zeta = 2
alpha = 2.0
beta = {value = -1.2, min = -3.0, max = 3.0, doc = "nonlinear detuning"}

[fields]
B = {type = "real", initial = '0'}
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
theta = {type = "link", initial = {x = "x", y = "1"}}

[equations]
B = "-B"
A = """
A - (1 + i*beta)*abs2(A)*A
  + (1 + i*alpha)*laplacian(A, theta)"""
theta = "0"

[derived]
strain = "tension(A, theta)"

[time]
scheme = "rk4"
dt = "auto"
stop = 200.0
noise = "stratonovich"

[observe]
every = 1.0
series = {mean_abs2 = "mean(abs2(A))", defects = "defects(A, theta)"}
images = ["abs(A)", "arg(A)", "strain"]
image_every = 20.0
arrays = ["A"]
"##;

/// The least that a seed can be.
const SMALL: &str = r#"semafield = 1
[domain]
kind = "grid"
shape = [64]
size = [64.0]
[parameters]
alpha = 1.0 # a comment
[fields]
u = {type = "real", initial = "0"}
[equations]
u = "alpha*laplacian(u)"
[time]
dt = 0.02
stop = 1
"#;

/// SMALL with one piece of text replaced.
fn with(old: &str, new: &str) -> String {
    assert_eq!(SMALL.matches(old).count(), 1, "{old:?} must stand once in the seed");
    SMALL.replacen(old, new, 1)
}

fn mistakes(text: &str) -> Vec<Diagnostic> {
    Seed::parse(text).expect_err("a mistake")
}

fn picture(text: &str) -> String {
    render(&mistakes(text), "a.toml", text)
}

fn written(text: &str, span: Span) -> &str {
    &text[span.start..span.end]
}

fn names<'a>(names: impl IntoIterator<Item = &'a Text>) -> Vec<&'a str> {
    names.into_iter().map(|name| name.value.as_str()).collect()
}

// What is read

#[test]
fn every_key_is_read_in_the_order_of_the_text() {
    let seed = Seed::parse(FULL).unwrap();
    assert_eq!(seed.title.as_ref().unwrap().value, "Spiral turbulence");
    assert_eq!(seed.rng_seed, u64::MAX);
    assert_eq!(seed.domain.kind.value, DomainKind::Grid);
    assert_eq!(seed.domain.shape.iter().map(|cells| cells.value).collect::<Vec<_>>(), [256, 256]);
    assert_eq!(seed.domain.size.iter().map(|length| length.value).collect::<Vec<_>>(), [192.0, 192.0]);
    assert_eq!(seed.domain.stencil.value, Stencil::Nine);
    assert!(matches!(&seed.domain.mask, Some(Mask::Expression(text)) if text.value.ends_with("90^2")));
    assert_eq!(names(seed.maps.iter().map(|map| &map.name)), ["ground"]);
    let soil = seed.soil.as_ref().unwrap();
    assert_eq!(soil.source.value, "../vaults/demo");
    assert_eq!(soil.neighbors.unwrap().value, 15);
    assert_eq!(soil.layout.unwrap().value, Layout::Neighbor);
    assert_eq!(names(soil.columns.iter().map(|column| &column.text)), ["emb", "name"]);
    assert_eq!(names(seed.parameters.iter().map(|parameter| &parameter.name)), ["zeta", "alpha", "beta"]);
    assert_eq!(seed.parameters[0].value.value, 2.0);
    assert_eq!(seed.parameters[2].min.unwrap().value, -3.0);
    assert_eq!(names(seed.fields.iter().map(|field| &field.name)), ["B", "A", "theta"]);
    assert_eq!(
        seed.fields.iter().map(|field| field.kind.value).collect::<Vec<_>>(),
        [FieldKind::Real, FieldKind::Complex, FieldKind::Link]
    );
    let Initial::Components { axes: [Some(x), Some(_), None], .. } = &seed.fields[2].initial else {
        panic!("components expected: {:?}", seed.fields[2].initial)
    };
    assert_eq!(x.value, "x");
    assert_eq!(names(seed.equations.iter().map(|equation| &equation.name)), ["B", "A", "theta"]);
    assert_eq!(seed.time.scheme.value, Scheme::Rk4);
    assert_eq!(seed.time.noise.value, Noise::Stratonovich);
    assert!(matches!(seed.time.dt, TimeStep::Auto(span) if written(FULL, span) == "auto"));
    assert_eq!(names(seed.observe.series.iter().map(|series| &series.name)), ["mean_abs2", "defects"]);
    assert_eq!(names(&seed.observe.images), ["abs(A)", "arg(A)", "strain"]);
    assert_eq!(names(&seed.observe.arrays), ["A"]);
}

#[test]
fn walls_are_read_by_axis_field_and_side() {
    let seed = Seed::parse(FULL).unwrap();
    let [AxisBoundary::Periodic(_), AxisBoundary::Walls(_, walls)] = &seed.domain.boundary[..] else {
        panic!("periodic, then walls expected: {:?}", seed.domain.boundary)
    };
    assert_eq!(names(walls.iter().map(|wall| &wall.field)), ["A", "B"]);
    let sides: Vec<Side> = walls[1].sides.iter().map(|wall| wall.side.value).collect();
    assert_eq!(sides, [Side::Low, Side::High]);
    assert!(matches!(&walls[0].sides[0].condition, Condition::NoFlux));
    assert!(matches!(&walls[0].sides[1].condition, Condition::Robin([_, b, _]) if b.value == "b"));
    assert!(matches!(&walls[1].sides[0].condition, Condition::Value(text) if text.value == "0"));
    assert!(matches!(&walls[1].sides[1].condition, Condition::Flux(text) if written(FULL, text.span) == "sin(x)"));
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_contract() {
    let seed = Seed::parse(SMALL).unwrap();
    assert_eq!((seed.title, seed.rng_seed, seed.soil), (None, 0, None));
    assert!(matches!(seed.domain.boundary[..], [AxisBoundary::Periodic(_)]));
    assert_eq!(seed.domain.stencil.value, Stencil::Five);
    assert_eq!(seed.time.scheme.value, Scheme::Heun);
    assert_eq!(seed.time.noise.value, Noise::Ito);
    assert!(seed.observe.every.is_none() && seed.observe.series.is_empty());
}

#[test]
fn a_place_in_an_expression_is_a_place_in_the_seed() {
    for (literal, exact) in [
        ("\"alpha + betta\"", true),
        ("'alpha + betta'", true),
        ("\"\"\"alpha + betta\"\"\"", true),
        ("\"\"\"\nalpha + betta\"\"\"", true),
        ("'''\r\nalpha + betta'''", true),
        ("\"alpha +\\u0020betta\"", false),
        ("\"\"\"alpha + \\\n   betta\"\"\"", false),
    ] {
        let text = with("\"alpha*laplacian(u)\"", literal);
        let seed = Seed::parse(&text).unwrap();
        let equation = &seed.equations[0].text;
        assert_eq!(equation.value, "alpha + betta");
        assert_eq!(written(&text, equation.locate(8..13)), if exact { "betta" } else { literal });
        assert_eq!(equation.locate(99..200).end, if exact { equation.span.end } else { equation.locate(0..1).end });
    }
}

#[test]
fn sections_may_be_written_in_any_way_that_toml_has() {
    let text = r#"semafield = 1
time.dt = 0.5
time.stop = 1
fields.A.type = "real"
fields.A.initial = "0"
equations = {A = "0"}
[parameters.beta]
value = 0x10
[domain]
kind = "grid"
shape = [
  4, # along x
  4,
]
size = [1_0.0, 1e1]
"#;
    let seed = Seed::parse(text).unwrap();
    assert_eq!(seed.parameters[0].value.value, 16.0);
    assert_eq!(seed.domain.size[0].value, 10.0);
    assert_eq!(seed.fields[0].name.value, "A");
    let crlf = SMALL.replace('\n', "\r\n");
    assert!(Seed::parse(&crlf).is_ok());
    assert!(Seed::parse(&format!("\u{feff}{SMALL}")).is_ok());
}

#[test]
fn a_graph_needs_no_shape() {
    let text = with("kind = \"grid\"\nshape = [64]\nsize = [64.0]", "kind = \"graph\"\nedges = \"edges.csv\"");
    let seed = Seed::parse(&text).unwrap();
    assert_eq!(seed.domain.kind.value, DomainKind::Graph);
    assert_eq!(seed.domain.edges.unwrap().value, "edges.csv");
}

// What is refused, as its author sees it

#[test]
fn an_unknown_key_has_a_suggestion() {
    let expected = "\
error: unknown key `shap` in `[domain]`
 --> a.toml:4:1
  |
4 | shap = [64]
  | ^^^^ not a key that is used here
  |
  = help: did you mean `shape`?
";
    assert_eq!(picture(&with("shape = [64]", "shap = [64]")), expected);
}

#[test]
fn a_name_given_twice_shows_both_places() {
    let expected = "\
error: the name `alpha` is given twice
 --> a.toml:9:1
  |
7 | alpha = 1.0 # a comment
  | ----- already a parameter
...
9 | alpha = {type = \"real\", initial = \"0\"}
  | ^^^^^ a field
  |
  = help: expressions use maps, parameters, fields and derived fields by name: rename one of them
";
    assert_eq!(picture(&with("u = {type", "alpha = {type")), expected);
    let expected = "\
error: the key `alpha` is given twice
 --> a.toml:8:1
  |
7 | alpha = 1.0
  | ----- first given here
8 | alpha = 2.0
  | ^^^^^ given again here
";
    assert_eq!(picture(&with("alpha = 1.0 # a comment", "alpha = 1.0\nalpha = 2.0")), expected);
}

#[test]
fn a_missing_section_has_an_example() {
    let expected = "\
error: the section `[time]` is missing
 --> a.toml
  = help: add [time] with dt = 0.02 and stop = 100.0
";
    assert_eq!(picture(&with("[time]\ndt = 0.02\nstop = 1\n", "")), expected);
}

#[test]
fn text_that_is_not_toml_is_refused_where_it_stops_being_toml() {
    let expected = "\
error: this is not TOML: invalid basic string, expected `\"`
  --> a.toml:11:24
   |
11 | u = \"alpha*laplacian(u)
   |                        ^
";
    assert_eq!(picture(&with("u = \"alpha*laplacian(u)\"", "u = \"alpha*laplacian(u)")), expected);
}

/// One mistake each: what is replaced, by what, what the message says, and the text it points at.
#[rustfmt::skip]
const ONE_MISTAKE: &[[&str; 4]] = &[
    ["semafield = 1", "semafield = 2", "format version 2 is not known", "2"],
    ["semafield = 1", "semafield = \"1\"", "`semafield` must be a whole number, not text", "\"1\""],
    ["semafield = 1", "rng_seed = 1", "the key `semafield` is missing", ""],
    ["semafield = 1", "semafield = 1\nrng_seed = -1", "`rng_seed` is out of range", "-1"],
    ["semafield = 1", "semafield = 1\nseed = 1", "unknown key `seed` in the seed", "seed"],
    ["semafield = 1", "semafield = 1\ntitle = 1979-05-27", "`title` must be text, not a date", "1979-05-27"],
    ["\"grid\"", "\"gird\"", "`gird` is no value for `domain.kind`", "gird"],
    ["shape = [64]", "", "the key `shape` is missing in `[domain]`", "[domain]"],
    ["shape = [64]", "shape = [0]", "`domain.shape[0]` is out of range", "0"],
    ["shape = [64]", "shape = [-5]", "`domain.shape[0]` is out of range", "-5"],
    ["shape = [64]", "shape = [64.0]", "`domain.shape[0]` must be a whole number, not a number with a point", "64.0"],
    ["shape = [64]", "shape = 64", "`domain.shape` must be a list of whole numbers, as in [...], not a whole number", "64"],
    ["shape = [64]", "shape = []", "`domain.shape` has 0 numbers", "[]"],
    ["shape = [64]", "shape = [8, 8, 8, 8]", "`domain.shape` has 4 numbers", "[8, 8, 8, 8]"],
    ["shape = [64]", "shape = [64, 64]", "`shape` and `size` have different numbers of axes", "[64.0]"],
    ["shape = [64]", "shape = [18446744073709551615]", "the grid has too many cells", "[18446744073709551615]"],
    ["shape = [64]", "shape = [99999999999999999999999]", "`domain.shape[0]` is out of range", "99999999999999999999999"],
    ["size = [64.0]", "size = [0]", "`domain.size[0]` is out of range", "0"],
    ["size = [64.0]", "size = [inf]", "`domain.size[0]` is not a finite number", "inf"],
    ["size = [64.0]", "size = [64.0]\nstencil = 9", "the 9-point stencil needs two axes with equal spacings", "9"],
    ["size = [64.0]", "size = [nan]\nstencil = 9", "`domain.size[0]` is not a finite number", "nan"],
    ["size = [64.0]", "size = [64.0]\nstencil = 7", "unknown stencil", "7"],
    ["size = [64.0]", "size = [64.0]\nboundary = \"open\"", "`open` is no value for `domain.boundary`", "open"],
    ["size = [64.0]", "size = [64.0]\nboundary = {y = \"periodic\"}", "unknown key `y` in `domain.boundary`", "y"],
    ["size = [64.0]", "size = [64.0]\nboundary = {x = {u = \"0\"}}", "`domain.boundary.x.u` must be a table of sides, not text", "\"0\""],
    ["size = [64.0]", "size = [64.0]\nboundary = {x = {u = {top = \"0\"}}}", "unknown key `top` in `domain.boundary.x.u`", "top"],
    ["size = [64.0]", "size = [64.0]\nboundary = {x = {u = {left = \"noflux\"}}}", "not a condition that a wall can have", "noflux"],
    ["size = [64.0]", "size = [64.0]\nboundary = {x = {u = {left = {robin = [\"1\"]}}}}", "`robin` has three expressions", "[\"1\"]"],
    ["size = [64.0]", "size = [64.0]\nboundary = {x = {u = {left = {}}}}", "a wall has one condition", "{}"],
    ["alpha = 1.0", "alpha = nan", "`parameters.alpha` is not a finite number", "nan"],
    ["alpha = 1.0", "alpha = 1e999", "`parameters.alpha` is not a finite number", "1e999"],
    ["alpha = 1.0", "alpha = \"1\"", "`parameters.alpha` must be a number, not text", "\"1\""],
    ["alpha = 1.0", "alpha = {min = 1}", "the key `value` is missing in `parameters.alpha`", "{min = 1}"],
    ["alpha = 1.0", "alpha = {value = 1, min = 3, max = 2}", "the range of `alpha` is empty", "2"],
    ["alpha = 1.0", "pi = 1.0", "`pi` cannot be the name of a parameter", "pi"],
    ["alpha = 1.0", "\"al pha\" = 1.0", "`al pha` cannot be the name of a parameter", "al pha"],
    ["u = {type = \"real\", initial = \"0\"}", "", "there is no field", "[fields]"],
    ["\"real\"", "\"reel\"", "`reel` is no value for `fields.u.type`", "reel"],
    ["initial = \"0\"", "initial = 0", "`fields.u.initial` must be text, not a whole number", "0"],
    ["initial = \"0\"", "initial = {x = \"0\"}", "`u` has one initial value per axis", "{x = \"0\"}"],
    [", initial = \"0\"", "", "the key `initial` is missing in `fields.u`", "{type = \"real\"}"],
    ["u = \"alpha*laplacian(u)\"", "u = [1]", "`equations.u` must be text, not a list", "[1]"],
    ["dt = 0.02", "dt = -0.02", "`time.dt` is out of range", "-0.02"],
    ["dt = 0.02", "dt = 1e-999", "`time.dt` is out of range", "1e-999"],
    ["dt = 0.02", "dt = \"automatic\"", "`automatic` is no value for `time.dt`", "automatic"],
    ["dt = 0.02", "dt = 1e-300", "the run would take more steps than can be counted", "1e-300"],
    ["stop = 1", "stop = -1", "`time.stop` is out of range", "-1"],
    ["stop = 1", "end = 1", "unknown key `end` in `[time]`", "end"],
    ["stop = 1", "stop = 1\n[observe]\nevery = 0", "`observe.every` is out of range", "0"],
    ["stop = 1", "stop = 1\n[observe]\nseries = {time = \"t\"}", "`time` cannot be the name of a series", "time"],
    ["stop = 1", "stop = 1\n[observe]\nimages = [1]", "`observe.images[0]` must be text, not a whole number", "1"],
    ["stop = 1", "stop = 1\n[soil]\nsource = \"a\"\nneighbors = 0", "`soil.neighbors` is out of range", "0"],
    ["stop = 1", "stop = 1\n[maps]\nground = \"ground.jpg\"", "the map `ground` is neither .npy nor .png", "ground.jpg"],
    ["[time]", "[[time]]", "`time` must be a table, not a list", "[[time]]"],
];

#[test]
fn one_mistake_has_one_message_at_its_place() {
    let mut wrong = Vec::new();
    for [old, new, message, place] in ONE_MISTAKE {
        let text = with(old, new);
        let found = mistakes(&text);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|found| (found.message.as_str(), found.span.map_or("", |span| written(&text, span))))
            .collect();
        if found != [(*message, *place)] {
            wrong.push(format!("{new:?}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_text() {
    let text = SMALL
        .replace("kind = \"grid\"", "kind = \"gird\"\nwidth = 3")
        .replace("alpha = 1.0", "alpha = true\nx = 1\nx = 2")
        .replace("dt = 0.02", "dt = 0")
        .replace("stop = 1\n", "");
    let found = mistakes(&text);
    let messages: Vec<&str> = found.iter().map(|mistake| mistake.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`gird` is no value for `domain.kind`",
            "unknown key `width` in `[domain]`",
            "`parameters.alpha` must be a number, not true or false",
            "`x` cannot be the name of a parameter",
            "the key `x` is given twice",
            "the key `stop` is missing in `[time]`",
            "`time.dt` is out of range",
        ]
    );
}

#[test]
fn a_seed_with_certain_names_is_read_in_spite_of_mistakes() {
    let (seed, found) = Seed::parse_recoverable(&with("dt = 0.02", "dt = -1\nwidth = 2"));
    assert_eq!((seed.is_some(), found.len()), (true, 2));
    let (seed, found) = Seed::parse_recoverable(&with("alpha = 1.0", "alpha = \"a\""));
    assert_eq!((seed.is_some(), found.len()), (false, 1));
    let text = with("alpha = 1.0", "alpha = {value = 5, max = 3}");
    let (seed, found) = Seed::parse_recoverable(&text);
    assert_eq!((seed.is_some(), found[0].severity), (true, Severity::Warning));
    assert!(Seed::parse(&text).is_ok(), "a warning alone refuses nothing");
}

// What a picture looks like

#[test]
fn carets_stand_under_what_a_terminal_shows() {
    let text = "a\tb = \"память 記憶 🙂\" # c\r\nd";
    let at = |word: &str| {
        let start = text.find(word).unwrap();
        render(&[Diagnostic::error("m").at(start..start + word.len(), "here")], "f", text)
    };
    let row = |word: &str| at(word).lines().nth(4).unwrap().to_owned();
    let shown = "1 | a    b = \"память 記憶 🙂\" # c";
    assert_eq!(at("c").lines().nth(3).unwrap(), shown);
    assert_eq!(row("b"), "  |      ^ here");
    assert_eq!(row("記憶"), "  |                  ^^^^ here");
    assert_eq!(row("c"), "  |                             ^ here");
    assert!(at("c").contains("--> f:1:23"), "{}", at("c"));
    // A span over several lines is marked on its first; one beyond the text marks its end.
    assert_eq!(row("# c\r\nd"), "  |                           ^^^ here");
    assert!(render(&[Diagnostic::error("m").at(900..1000, "")], "f", text).ends_with("2 | d\n  |  ^\n"));
}

#[test]
fn long_lines_are_cut_around_the_span() {
    let text = format!("{}wrong{}", "long ".repeat(50_000), " line".repeat(50_000));
    let start = text.find("wrong").unwrap();
    let shown = render(&[Diagnostic::error("m").at(start..start + 5, "")], "f", &text);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() < 120), "{shown}");
    let column = lines[4].find('^').unwrap() - "  | ".len();
    let source: Vec<char> = lines[3]["1 | ".len()..].chars().collect();
    assert_eq!(source[column..column + 5].iter().collect::<String>(), "wrong");
}

#[test]
fn nothing_that_a_terminal_obeys_comes_through() {
    let text = "a = \"\u{202e}x\" # \u{1b}[2J";
    let shown = render(&[Diagnostic::error("bad \u{1b}[31m word").at(0..1, "\u{7}")], "f\u{1b}", text);
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{shown:?}");
}

// Limits: a seed may come from a stranger

/// Reads a text as the program does, with the picture of its mistakes; true if it is a seed.
fn survives(text: &str) -> bool {
    match Seed::parse(text) {
        Ok(_) => true,
        Err(found) => {
            assert!(!found.is_empty(), "refused without a reason");
            let shown = render(&found, "a.toml", text);
            assert!(shown.starts_with("error: ") || shown.starts_with("warning: "));
            false
        }
    }
}

#[test]
fn hostile_texts_are_refused_and_cost_little() {
    let pairs =
        [("[", "]"), ("{a=", "}"), ("(", ")"), ("{", ""), ("a.", "b=1"), ("[[", "]]"), ("\"", ""), ("\n[a]", "")];
    for (open, close) in pairs {
        let nested = format!("{}{}", open.repeat(10_000), close.repeat(10_000));
        assert!(!survives(&nested));
        assert!(!survives(&format!("semafield = {nested}")));
        assert!(!survives(&with("shape = [64]", &format!("shape = {nested}"))));
    }
    let deep = Seed::parse(&with("\"alpha*laplacian(u)\"", &format!("\"{}\"", "(".repeat(10_000)))).unwrap();
    assert_eq!(deep.equations[0].text.value.len(), 10_000, "expressions are for the model to judge");

    let many: String = (0..9_000).map(|n| format!("key{n} = 1\n")).collect();
    assert!(!survives(&many));
    assert!(!survives(&format!("{many}{many}")));
    assert!(!survives(&format!("{} = 1", "k".repeat(200_000))));
    assert!(!survives(&"=".repeat(MAX_BYTES)));
    assert!(!survives(&"[".repeat(MAX_BYTES)));
    assert!(!survives(&" ".repeat(MAX_BYTES + 1)));
    assert!(!survives(&"\0".repeat(1000)));
}

#[test]
fn huge_numbers_are_out_of_range() {
    let huge = "9".repeat(100_000);
    let hex = format!("0x{huge}");
    for number in [huge.clone(), format!("-{huge}"), format!("{huge}.0"), format!("1e{huge}"), hex] {
        let keys =
            [("semafield = 1", "semafield"), ("dt = 0.02", "dt"), ("alpha = 1.0", "alpha"), ("stop = 1", "stop")];
        for (old, key) in keys {
            assert!(!survives(&with(old, &format!("{key} = {number}"))), "{key} = {}...", &number[..5]);
        }
        assert!(!survives(&with("shape = [64]", &format!("shape = [{number}]"))));
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_toml_pieces_never_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "[", "]", "{", "}", "=", ".", ",", "\n", "\"", "'", "\"\"\"", "'''", "\\", "#", " ", "a", "domain", "fields", "x",
        "1", "1e9", "nan", "-", "[[", "]]", "\r", "\u{feff}", "記", "\0", "1979-05-27", "true", "semafield",
    ]), 0..80)) {
        survives(&pieces.concat());
    }

    #[test]
    fn damaged_seeds_never_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..30, "[ -~\\n\u{e9}\u{1f642}]{0,6}"), 1..4),
    ) {
        let mut text: Vec<char> = FULL.chars().collect();
        for (at, length, with) in cuts {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, with.chars());
        }
        survives(&text.into_iter().collect::<String>());
    }

    #[test]
    fn set_never_panics(key in "[a-z.]{0,12}|time\\.dt|alpha|observe\\.every", value in "\\PC{0,20}") {
        for text in [FULL, SMALL] {
            if let Ok(edited) = set(text, &key, &value) {
                survives(&edited);
            }
        }
    }
}

#[test]
fn truncated_seeds_never_panic() {
    let last_required = FULL.find("stop = 200").unwrap();
    for (end, _) in FULL.char_indices() {
        assert!(!survives(&FULL[..end]) || end > last_required);
    }
}

// --set

#[test]
fn set_changes_one_value_and_nothing_else() {
    let cases = [
        (SMALL, "alpha", "2.5", "alpha = 1.0 # a comment", "alpha = 2.5 # a comment"),
        (SMALL, "parameters.alpha", "-1e-3", "alpha = 1.0 #", "alpha = -1e-3 #"),
        (FULL, "beta", "0", "{value = -1.2,", "{value = 0,"),
        (FULL, "parameters.beta.max", "9", "max = 3.0", "max = 9"),
        (SMALL, "time.dt", "auto", "dt = 0.02", "dt = \"auto\""),
        (FULL, "time.dt", "0.5", "dt = \"auto\"", "dt = 0.5"),
        (SMALL, "domain.shape", "[128]", "shape = [64]", "shape = [128]"),
        (SMALL, "equations.u", "0", "u = \"alpha*laplacian(u)\"", "u = \"0\""),
        (SMALL, "fields.u.initial", "sin(x)", "initial = \"0\"", "initial = \"sin(x)\""),
        (FULL, "rng_seed", "3", "rng_seed = 18446744073709551615", "rng_seed = 3"),
        (SMALL, "rng_seed", "3", "semafield = 1\n", "rng_seed = 3\nsemafield = 1\n"),
        (SMALL, "time.scheme", "rk4", "[time]\n", "[time]\nscheme = \"rk4\"\n"),
        (SMALL, "observe.every", "0.1", "semafield", "observe.every = 0.1\nsemafield"),
    ];
    for (text, key, value, old, new) in cases {
        let edited = set(text, key, value).unwrap();
        assert_eq!(edited, text.replacen(old, new, 1), "{key} = {value}");
        Seed::parse(&edited).unwrap();
    }
}

#[test]
fn set_finds_a_place_in_any_style_of_section() {
    for section in ["[time]\ndt = 0.02\nstop = 1", "time = {dt = 0.02, stop = 1}", "time.dt = 0.02\ntime.stop = 1"] {
        let rest = with("[time]\ndt = 0.02\nstop = 1\n", "");
        let text = if section.starts_with('[') { format!("{rest}{section}") } else { format!("{section}\n{rest}") };
        let edited = set(&text, "time.scheme", "euler").unwrap();
        assert_eq!(Seed::parse(&edited).unwrap().time.scheme.value, Scheme::Euler, "{edited}");
    }
    let text = format!("{SMALL}[observe.series]\na = \"mean(u)\"\n");
    let seed = Seed::parse(&set(&text, "observe.every", "0.5").unwrap()).unwrap();
    assert_eq!((seed.observe.every.unwrap().value, seed.observe.series.len()), (0.5, 1));
}

#[test]
fn set_gives_a_donor_parameters_that_its_seed_does_not_name_yet() {
    for donor in
        ["[donor]\nblock = 2.0\n", "[donor]\nparameters = {beta = 1.0}\n", "[donor.parameters]\nbeta = 1.0\n", ""]
    {
        let text = format!("{SMALL}\n{donor}");
        let seed = Seed::parse(&set(&text, "donor.parameters.alpha", "1.5").unwrap()).unwrap();
        let parameters = seed.donor.unwrap().parameters;
        let alpha = parameters.iter().find(|(name, _)| name.value == "alpha").expect(donor);
        assert_eq!(alpha.1.value, 1.5, "{donor}");
        assert_eq!(parameters.len(), 1 + usize::from(donor.contains("beta")));
    }
}

#[test]
fn set_refuses_what_is_not_there_and_says_what_is() {
    let refusal = |key: &str, value: &str| set(SMALL, key, value).unwrap_err().notes.join("; ");
    assert!(refusal("alhpa", "1").starts_with("did you mean `alpha`?; its parameters are `alpha`"));
    assert!(refusal("dt", "1").contains("did you mean `time.dt`?"));
    assert!(refusal("time.dtt", "1").contains("did you mean `time.dt`?"));
    assert!(refusal("equations.v", "1").contains("did you mean `equations.u`?"));
    assert!(refusal("time", "1").contains("dotted keys"));
    assert!(set(SMALL, "", "").is_err());
    // A value cannot smuggle in other keys: it becomes one text.
    let edited = set(SMALL, "alpha", "1\nstop = 5").unwrap();
    assert_eq!(mistakes(&edited)[0].message, "`parameters.alpha` must be a number, not text");
    assert_eq!(set("a = [", "alpha", "1").unwrap_err().message.split(':').next(), Some("this is not TOML"));
}
