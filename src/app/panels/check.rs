//! Texts of a person checked against the seed as they are typed.
//!
//! In: the seed's text, a dotted key and the value typed for it. Out: what is wrong with it, with the place in the
//! value. Invariant: a value that has no mistake here gives a seed with a model, so applying it cannot fail for its
//! text. Each value is checked once.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Model;
use crate::seed::{Seed, set};

/// Values remembered; more than there are fields to type into.
const REMEMBERED: usize = 32;

/// Something wrong with a typed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// What is wrong, and what to do about it.
    pub(super) message: String,
    /// Where in the value, in bytes; `None` if it is elsewhere or all of it.
    pub(super) place: Option<Range<usize>>,
}

/// What was checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    done: Vec<(String, String, Vec<Mistake>)>,
}

impl Checks {
    /// What is wrong with a value of the seed; empty if it can be applied.
    pub(super) fn value(&mut self, seed: &str, key: &str, value: &str) -> &[Mistake] {
        self.once(key, value, |value| check(seed, key, value))
    }

    /// What is wrong with an expression that is to be looked at, painted or held.
    pub(super) fn expression(&mut self, seed: &str, value: &str) -> &[Mistake] {
        const KEY: &str = "observe.images";
        let written = |before: &str, after: &str| {
            check(seed, KEY, &format!("[{}]", toml_string(&format!("{before}{value}{after}"))))
        };
        self.once(KEY, value, |_| {
            // Pictures are of real cell values: a complex, link or face value is made one before it is refused.
            let found = written("", "");
            let made_real = [("abs(", ")"), ("div(", ")"), ("abs(at_cells(", "))")];
            if found.is_empty() || made_real.into_iter().any(|(before, after)| written(before, after).is_empty()) {
                return vec![];
            }
            found.into_iter().map(|mistake| Mistake { place: None, ..mistake }).collect()
        })
    }

    fn once(&mut self, key: &str, value: &str, check: impl FnOnce(&str) -> Vec<Mistake>) -> &[Mistake] {
        let known = self.done.iter().position(|(k, v, _)| k == key && v == value);
        let place = known.unwrap_or_else(|| {
            if self.done.len() >= REMEMBERED {
                self.done.remove(0);
            }
            self.done.push((key.to_owned(), value.to_owned(), check(value)));
            self.done.len() - 1
        });
        &self.done[place].2
    }
}

/// Text between the quotes of TOML.
fn toml_string(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r', '\t'], " ");
    format!("\"{escaped}\"")
}

fn check(seed: &str, key: &str, value: &str) -> Vec<Mistake> {
    let edited = match set(seed, key, value) {
        Ok(edited) => edited,
        Err(diagnostic) => return vec![Mistake { message: sentence(&diagnostic), place: None }],
    };
    let found = Model::from_text(&edited).diagnostics;
    let found: Vec<&Diagnostic> = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    if found.is_empty() {
        return vec![];
    }
    let home = home(&edited, key);
    let mistake = |diagnostic: &&Diagnostic| {
        let place = diagnostic.span.zip(home.clone()).and_then(|(span, home)| {
            let inside = home.start <= span.start && span.end <= home.end;
            inside.then(|| span.start - home.start..span.end - home.start)
        });
        Mistake { message: sentence(diagnostic), place }
    };
    found.iter().map(mistake).collect()
}

/// Where the text of an equation or derived field stands in a seed, if it stands there as it is.
fn home(seed: &str, key: &str) -> Option<Range<usize>> {
    let (section, name) = key.split_once('.')?;
    let parsed = Seed::parse_recoverable(seed).0?;
    let entries = match section {
        "equations" => &parsed.equations,
        "derived" => &parsed.derived,
        _ => return None,
    };
    let text = &entries.iter().find(|entry| entry.name.value == name)?.text;
    (text.span.end - text.span.start == text.value.len()).then_some(text.span.start..text.span.end)
}

/// Message, label and notes as sentences.
fn sentence(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    for part in std::iter::once(diagnostic.label.as_ref()).chain(diagnostic.notes.iter().map(String::as_str)) {
        if !part.is_empty() {
            text.push_str("; ");
            text.push_str(part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "semafield = 1\n[domain]\nkind = \"grid\"\nshape = [8, 8]\nsize = [8.0, 8.0]\n\
        [fields]\nA = {type = \"complex\", initial = \"0\"}\n[equations]\nA = \"A - abs2(A)*A\"\n\
        [time]\ndt = 0.1\nstop = 1.0\n";

    #[test]
    fn a_mistake_has_its_place_in_the_value() {
        let mut checks = Checks::default();
        assert_eq!(checks.value(SEED, "equations.A", "A - A"), []);
        let found = checks.value(SEED, "equations.A", "A - lapacian(A)");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].place, Some(4..12));
        assert!(found[0].message.contains("laplacian"), "{}", found[0].message);
        assert!(!checks.value(SEED, "equations.A", "A - ").is_empty());
        assert!(!checks.value(SEED, "time.scheme", "hoin").is_empty());
    }

    #[test]
    fn expressions_to_look_at_are_checked() {
        let mut checks = Checks::default();
        for sound in ["abs(A)", "A", "1", "exp(i*x)", "grad(re(A))", "curl(grad(re(A)))"] {
            assert_eq!(checks.expression(SEED, sound), [], "{sound}");
        }
        for wrong in ["abs(B)", "x > 3", "A +"] {
            assert!(!checks.expression(SEED, wrong).is_empty(), "{wrong}");
        }
        assert!(!checks.expression(SEED, "a \" b").is_empty());
    }
}
