//! Why a line of a trace can't be read, in words that help to write it.
//!
//! In: a line that is neither an act nor digests. Out: the key or word that is wrong, and what would do. Invariant: what
//! stands here of acts is what [`super::act`] reads (a test holds both against each other); nothing is decided here, a
//! line that is read never comes by.

use serde_json::{Map, Value};

use super::act::Act;
use crate::diagnostic::{excerpt, suggest};
use crate::seed::MAX_STEPS;

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Text,
    Number,
    Whole,
    Truth,
    Point,
    Points,
    Texts,
    Mode,
    Brush,
}

use Shape::{Brush, Mode, Number, Point, Points, Text, Texts, Truth, Whole};

/// A key, what its value has to be, and whether it may be left out.
type Key = (&'static str, Shape, bool);

const fn key(name: &'static str, shape: Shape) -> Key {
    (name, shape, false)
}

const fn optional(name: &'static str, shape: Shape) -> Key {
    (name, shape, true)
}

const FIELD: Key = key("field", Text);
const BRUSH: Key = key("brush", Brush);
const STRENGTH: Key = key("strength", Number);
const AT: Key = key("at", Point);
const RADIUS: Key = key("radius", Number);

/// Kinds of acts and their keys beside `step` and `kind`.
const ACTS: [(&str, &[Key]); 20] = [
    ("retune", &[key("name", Text), key("value", Number)]),
    ("rewrite", &[key("key", Text), key("value", Text)]),
    ("reseed", &[key("rng_seed", Whole)]),
    ("paint", &[FIELD, key("mode", Mode), optional("value", Text), BRUSH, STRENGTH]),
    ("erase", &[FIELD, BRUSH, STRENGTH]),
    ("stir", &[FIELD, BRUSH, STRENGTH]),
    ("push", &[FIELD, BRUSH, key("by", Point)]),
    ("pulse", &[FIELD, BRUSH, STRENGTH, optional("phase", Number)]),
    ("pin", &[FIELD, BRUSH, optional("value", Text), key("steps", Whole)]),
    ("release", &[BRUSH]),
    ("cut", &[BRUSH]),
    ("heal", &[BRUSH]),
    ("cool", &[FIELD, BRUSH, STRENGTH]),
    ("warm", &[FIELD, BRUSH, STRENGTH]),
    ("pull", &[key("note", Text), key("to", Point)]),
    ("pin-note", &[key("note", Text), key("pinned", Truth)]),
    ("settle", &[key("iterations", Whole)]),
    ("link", &[key("from", Text), key("to", Text)]),
    ("unlink", &[key("from", Text), key("to", Text)]),
    ("say", &[key("text", Text), FIELD, AT, RADIUS, STRENGTH, key("against", Truth)]),
];

/// Shapes of brushes and their keys beside `shape`.
const BRUSHES: [(&str, &[Key]); 4] = [
    ("disc", &[AT, RADIUS]),
    ("gaussian", &[AT, RADIUS]),
    ("line", &[key("points", Points), RADIUS]),
    ("notes", &[key("ids", Texts), RADIUS]),
];

const MODES: [&str; 3] = ["set", "add", "smooth"];

/// What is wrong with a line that could not be read.
pub(super) fn explain(line: &str) -> String {
    let object = match serde_json::from_str(line) {
        Ok(Value::Object(object)) => object,
        Ok(other) => return format!("a line is an object such as {EXAMPLE}, not {}", shown(&other)),
        Err(why) => return format!("this is not JSON: {why}\n  = help: a line is an object such as {EXAMPLE}"),
    };
    why_no_step(&object).or_else(|| why_no_line(&object)).unwrap_or_else(|| {
        // What only a reader of numbers and pairs can tell, such as a value that is too large for its key.
        let act = object.into_iter().filter(|(name, _)| name != "step").collect();
        let why = serde_json::from_value::<Act>(Value::Object(act)).err();
        why.map_or_else(|| "this is neither an act nor digests".into(), |why| format!("this is no act: {why}"))
    })
}

const EXAMPLE: &str = r#"{"step": 100, "kind": "retune", "name": "beta", "value": 0.5}"#;

fn why_no_step(object: &Map<String, Value>) -> Option<String> {
    match object.get("step") {
        None => Some(format!("the line has no `step`\n  = help: a line is an object such as {EXAMPLE}")),
        Some(step) if step.as_u64().is_none() => {
            Some(format!("`step` is a whole number from 0 to {MAX_STEPS}, not {}", shown(step)))
        }
        Some(_) => None,
    }
}

fn why_no_line(object: &Map<String, Value>) -> Option<String> {
    if object.contains_key("digests") && !object.contains_key("kind") {
        return Some("`digests` is an object with a text for each field".into());
    }
    why_not_one_of(object, "act", "kind", &ACTS, &["step"])
}

/// What keeps an object from being one of those that `tag` tells apart.
fn why_not_one_of(
    object: &Map<String, Value>,
    what: &str,
    tag: &str,
    kinds: &[(&str, &[Key])],
    besides: &[&str],
) -> Option<String> {
    let names = || kinds.iter().map(|(name, _)| *name);
    let all = names().collect::<Vec<_>>().join(", ");
    let Some(value) = object.get(tag) else {
        return Some(format!("the {what} has no `{tag}`\n  = help: `{tag}` is one of {all}"));
    };
    let Some(&(name, keys)) = kinds.iter().find(|(name, _)| value == name) else {
        let help = format!("`{tag}` is one of {all}");
        return Some(unknown(format!("{} is no {tag} of {what}", shown(value)), value.as_str(), names(), &help));
    };
    let known = || keys.iter().map(|(key, ..)| *key);
    let listed = || known().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    if let Some(key) =
        object.keys().find(|key| *key != tag && !besides.contains(&&***key) && !known().any(|own| own == **key))
    {
        let left = known().filter(|known| !object.contains_key(*known));
        let help = format!("beside `{tag}`, `{name}` has {}", listed());
        return Some(unknown(format!("`{name}` has no key `{}`", excerpt(key)), Some(key), left, &help));
    }
    keys.iter().find_map(|&(key, shape, optional)| match object.get(key) {
        None if optional => None,
        None => Some(format!("`{name}` has no `{key}`\n  = help: `{key}` is {}", shape.words())),
        Some(value) => shape.why_not(key, value),
    })
}

/// A message with the word that was probably meant, and with all that there are.
fn unknown<'a>(what: String, word: Option<&str>, candidates: impl Iterator<Item = &'a str>, all: &str) -> String {
    let near = word.and_then(|word| suggest(word, candidates));
    let near = near.map_or_else(String::new, |near| format!("\n  = help: did you mean `{near}`?"));
    format!("{what}{near}\n  = help: {all}")
}

fn shown(value: &Value) -> String {
    excerpt(&value.to_string()).to_string()
}

impl Shape {
    fn words(self) -> &'static str {
        match self {
            Text => "a text",
            Number => "a number",
            Whole => "a whole number, at least 0",
            Truth => "true or false",
            Point => "a list of numbers, one per axis, such as [9, 7.5]",
            Points => "a list of points, such as [[9, 7.5], [12, 3]]",
            Texts => "a list of texts, such as [\"a\", \"b\"]",
            Mode => "one of set, add, smooth",
            Brush => r#"an object such as {"shape": "disc", "at": [9, 7.5], "radius": 2}"#,
        }
    }

    fn why_not(self, key: &str, value: &Value) -> Option<String> {
        if let (Brush, Value::Object(brush)) = (self, value) {
            return why_not_one_of(brush, "brush", "shape", &BRUSHES, &[]);
        }
        if let (Mode, Value::String(word)) = (self, value) {
            let what = format!("`{key}` can't be {}", shown(value));
            let known = MODES.contains(&word.as_str());
            return (!known)
                .then(|| unknown(what, Some(word), MODES.into_iter(), &format!("`{key}` is {}", self.words())));
        }
        let wrong = || format!("`{key}` is {}, not {}", self.words(), shown(value));
        (!self.holds(value)).then(wrong)
    }

    fn holds(self, value: &Value) -> bool {
        let each = |shape: Self| value.as_array().is_some_and(|list| list.iter().all(|item| shape.holds(item)));
        match self {
            Text => value.is_string(),
            Number => value.is_number(),
            Whole => value.is_u64(),
            Truth => value.is_boolean(),
            Point => each(Number),
            Points => each(Point),
            Texts => each(Text),
            Mode | Brush => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(shape: Shape) -> Value {
        match shape {
            Text => json!("A"),
            Number => json!(0.5),
            Whole => json!(3),
            Truth => json!(true),
            Point => json!([1.0, 2.0]),
            Points => json!([[1.0, 2.0]]),
            Texts => json!(["a"]),
            Mode => json!("add"),
            Brush => json!({"shape": "disc", "at": [1.0, 2.0], "radius": 0.5}),
        }
    }

    fn object(tag: &str, name: &str, keys: &[Key]) -> Map<String, Value> {
        let own = keys.iter().map(|&(key, shape, _)| (key.to_owned(), sample(shape)));
        own.chain([(tag.to_owned(), json!(name))]).collect()
    }

    #[test]
    fn what_is_said_of_acts_is_what_is_read() {
        let reads = |act: &Map<String, Value>| serde_json::from_value::<Act>(Value::Object(act.clone())).is_ok();
        let in_act = |brush| object("kind", "cut", &[]).into_iter().chain([("brush".into(), Value::Object(brush))]);
        let acts = ACTS.iter().map(|&(name, keys)| (object("kind", name, keys), keys, None));
        let brushes = BRUSHES.iter().map(|&(name, keys)| (object("shape", name, keys), keys, Some(())));
        for (whole, keys, brush) in acts.chain(brushes) {
            let reads = |own: Map<String, Value>| match brush {
                Some(()) => reads(&in_act(own).collect()),
                None => reads(&own),
            };
            assert!(reads(whole.clone()), "{whole:?}");
            for &(key, _, optional) in keys {
                let mut without = whole.clone();
                without.remove(key);
                assert_eq!(reads(without), optional, "{whole:?} without {key}");
            }
        }
        // All kinds, as serde lists them.
        let why = serde_json::from_value::<Act>(json!({"kind": "?"})).unwrap_err().to_string();
        assert_eq!(why.matches('`').count(), 2 * (ACTS.len() + 1), "{why}");
    }

    #[test]
    fn a_line_that_is_none_is_explained() {
        let brush = r#""brush": {"shape": "disc", "at": [1, 2], "radius": 1}"#;
        let stir = |rest: &str| format!(r#"{{"step": 1, "kind": "stir", "field": "A", {rest}}}"#);
        let cases = [
            (r#"{"step": 1, "kind": "stirr"}"#.into(), "\"stirr\" is no kind of act", "did you mean `stir`?"),
            (r#"{"step": 1, "kind": "zap"}"#.into(), "\"zap\" is no kind of act", "retune, rewrite, reseed"),
            (r#"{"step": 1}"#.into(), "the act has no `kind`", "retune, rewrite"),
            (r#"{"kind": "stir"}"#.into(), "the line has no `step`", "\"retune\""),
            (r#"{"step": -1, "kind": "stir"}"#.into(), "`step` is a whole number from 0", "not -1"),
            (r#"{"step": 1, "digests": 3}"#.into(), "`digests`", "each field"),
            (stir(r#""strength": 1"#), "`stir` has no `brush`", "\"disc\""),
            (stir(&format!(r#"{brush}, "strength": "1""#)), "`strength` is a number", "not \"1\""),
            (stir(&format!(r#"{brush}, "strenght": 1"#)), "no key `strenght`", "did you mean `strength`?"),
            (
                stir(r#""brush": {"shape": "disk"}, "strength": 1"#),
                "\"disk\" is no shape of brush",
                "did you mean `disc`?",
            ),
            (stir(r#""brush": {"shape": "disc", "at": [1]}, "strength": 1"#), "`disc` has no `radius`", "a number"),
            (stir(r#""brush": {"shape": "disc", "at": 1, "radius": 1}, "strength": 1"#), "`at`", "list of numbers"),
            (r#"{"step": 1, "kind": "settle", "iterations": 5000000000}"#.into(), "5000000000", ""),
            ("[1]".into(), "an object", "not [1]"),
            ("{\"step\"".into(), "not JSON", "\"retune\""),
        ];
        for (line, what, help) in cases {
            let why = explain(&line);
            assert!(why.contains(what) && why.contains(help), "{line}: {why}");
        }
    }
}
