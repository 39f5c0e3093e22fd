//! One value of a seed replaced in its text, for `--set name=value`.
//!
//! In: the text, a parameter's name or a dotted key, and the new value. Out: the text with that value and every other
//! byte as it was: comments and formatting stay, and the new text is read like any seed. Invariant: the edit is made
//! only if the new text is TOML that holds the value under that key.

use toml::de::{DeTable, DeValue};

use super::document::{find, read};
use crate::diagnostic::{Diagnostic, excerpt, suggest};

/// Keys that a seed may have and that have one name for all: these can be set even where the seed leaves them out.
const KEYS: [&str; 34] = [
    "title",
    "rng_seed",
    "domain.kind",
    "domain.shape",
    "domain.size",
    "domain.boundary",
    "domain.stencil",
    "domain.mask",
    "domain.edges",
    "domain.links",
    "soil.source",
    "soil.encoder",
    "soil.neighbors",
    "soil.layout",
    "soil.places",
    "soil.frames",
    "soil.columns",
    "soil.rng_seed",
    "donor.seed",
    "donor.rng_seed",
    "donor.block",
    "donor.every",
    "donor.delay",
    "donor.noise",
    "donor.mutual",
    "time.scheme",
    "time.dt",
    "time.stop",
    "time.noise",
    "observe.every",
    "observe.images",
    "observe.image_every",
    "observe.arrays",
    "observe.series",
];

/// The text of a seed with one value replaced: `key` is a parameter's name or a dotted key such as `time.dt`, `value` a
/// TOML value or plain text.
pub fn set(text: &str, key: &str, value: &str) -> Result<String, Diagnostic> {
    let (root, _) = read("seed", text).map_err(|mut mistakes| mistakes.swap_remove(0))?;
    let path = resolve(&root, key)?;
    let value = literal(&root, &path, value.trim());
    edit(text, &root, &path, &value).ok_or_else(|| {
        Diagnostic::error(format!("`{}` cannot be set to {}", excerpt(key), excerpt(&value)))
            .note("a section or a table is not a value: set one of its keys, or edit the seed")
    })
}

/// The text of a seed with one more series or derived field: `path` is its dotted key, `value` a TOML value. A name that
/// is taken is an error.
pub(crate) fn add(text: &str, path: &[&str], value: &str) -> Result<String, Diagnostic> {
    let (root, _) = read("seed", text).map_err(|mut mistakes| mistakes.swap_remove(0))?;
    if find(&root, path).is_some() {
        return Err(Diagnostic::error(format!("the seed has `{}` already", excerpt(&path.join("."))))
            .note("choose another name"));
    }
    edit(text, &root, path, value)
        .ok_or_else(|| Diagnostic::error(format!("the seed can't take `{}`", excerpt(&path.join(".")))))
}

/// The first edit after which the text is TOML that holds the value under that key.
fn edit(text: &str, root: &DeTable<'_>, path: &[&str], value: &str) -> Option<String> {
    let edits = match find(root, path) {
        Some(old) => vec![splice(text, old.span(), value)],
        None => insertions(text, root, path, value),
    };
    let holds = |edited: &String| {
        read("seed", edited).is_ok_and(|(root, mistakes)| {
            let found = find(&root, path).and_then(|found| edited.get(found.span()));
            mistakes.is_empty() && found == Some(value)
        })
    };
    edits.into_iter().find(holds)
}

/// The dotted key that `key` stands for.
fn resolve<'k>(root: &DeTable<'_>, key: &'k str) -> Result<Vec<&'k str>, Diagnostic> {
    let key = key.trim();
    if !key.contains('.') {
        let parameter = vec!["parameters", key];
        if let Some(old) = find(root, &parameter) {
            return Ok(with_value(parameter, old.get_ref()));
        }
        return if KEYS.contains(&key) { Ok(vec![key]) } else { Err(unknown(root, key)) };
    }
    let path: Vec<&str> = key.split('.').collect();
    match find(root, &path) {
        Some(old) if path.len() == 2 && path[0] == "parameters" => Ok(with_value(path, old.get_ref())),
        Some(_) => Ok(path),
        None if KEYS.contains(&key) => Ok(path),
        // Which parameters the donor has, its own seed says.
        None if path.len() == 3 && path[..2] == ["donor", "parameters"] => Ok(path),
        None => Err(unknown(root, key)),
    }
}

/// A parameter with a range has its number one level deeper.
fn with_value<'k>(mut path: Vec<&'k str>, parameter: &DeValue<'_>) -> Vec<&'k str> {
    if parameter.as_table().is_some() {
        path.push("value");
    }
    path
}

fn unknown(root: &DeTable<'_>, key: &str) -> Diagnostic {
    let table = |name| find(root, &[name]).and_then(|value| value.get_ref().as_table());
    let names = |name| table(name).into_iter().flatten().map(|(key, _)| key.get_ref().as_ref());
    let parameters: Vec<&str> = names("parameters").collect();
    let dotted: Vec<String> = ["maps", "parameters", "fields", "equations", "derived"]
        .into_iter()
        .flat_map(|section| names(section).map(move |name| format!("{section}.{name}")))
        .collect();
    // `dt` alone most likely means `time.dt`.
    let same_ending = KEYS.iter().find(|known| known.rsplit('.').next() == Some(key)).map(|known| (*known).to_owned());
    let meant = same_ending
        .or_else(|| suggest(key, parameters.iter().copied().chain(KEYS).chain(dotted.iter().map(String::as_str))));
    let shown: Vec<String> = parameters.iter().take(20).map(|name| format!("`{}`", excerpt(name))).collect();
    Diagnostic::error(format!("the seed has nothing named `{}` that could be set", excerpt(key)))
        .maybe_note(meant.map(|meant| format!("did you mean `{}`?", excerpt(&meant))))
        .maybe_note((!shown.is_empty()).then(|| format!("its parameters are {}", shown.join(", "))))
        .note("other values are set by dotted keys such as `time.dt`")
}

/// The value as TOML: as it is where it is TOML, between quotes where it is not or where text is due.
fn literal(root: &DeTable<'_>, path: &[&str], value: &str) -> String {
    let quoted = || toml::Value::String(value.to_owned()).to_string();
    // `--set equations.A=0` means the expression "0", but `dt = "auto"` gives way to a number.
    let was_text = find(root, path).is_some_and(|old| old.get_ref().is_str());
    let takes_text = was_text && path != ["time", "dt"];
    let Ok(parsed) = DeValue::parse(value) else {
        // `.5` and `2.` are numbers to a person, if not to TOML.
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite() && !takes_text);
        return number.map_or_else(quoted, |number| number.to_string());
    };
    if parsed.span() != (0..value.len()) {
        return quoted(); // a comment hangs on: it would swallow what follows
    }
    let is_scalar = !matches!(parsed.get_ref(), DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_));
    if takes_text && is_scalar { quoted() } else { value.to_owned() }
}

/// Where a key that is not there could be written, best place first.
fn insertions(text: &str, root: &DeTable<'_>, path: &[&str], value: &str) -> Vec<String> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let at_top = splice(text, start..start, &format!("{} = {value}\n", path.join(".")));
    if path.len() < 2 {
        return vec![at_top];
    }
    let mut places = Vec::new();
    // Into the table that holds it, or the innermost of those that will.
    let inner = (1..path.len()).rev().find_map(|depth| Some((find(root, &path[..depth])?, path[depth..].join("."))));
    if let Some((table, key)) = inner {
        let header = table.span();
        let below = text[header.end..].find('\n').map(|line_break| header.end + line_break + 1);
        places.push(match below {
            Some(below) => splice(text, below..below, &format!("{key} = {value}\n")),
            None => format!("{text}\n{key} = {value}\n"),
        });
        // An inline table begins with its brace.
        let inside = header.start + 1;
        let more = if table.get_ref().as_table().is_some_and(|table| !table.is_empty()) { ", " } else { "" };
        places.push(splice(text, inside..inside, &format!("{key} = {value}{more}")));
    }
    places.push(at_top);
    let (key, parents) = path.split_last().expect("it has two parts at least");
    places.push(format!("{text}\n[{}]\n{key} = {value}\n", parents.join(".")));
    places
}

fn splice(text: &str, range: std::ops::Range<usize>, with: &str) -> String {
    let mut edited = text.to_owned();
    edited.replace_range(range, with);
    edited
}
