//! The YAML between two lines of `---` at the top of a note.
//!
//! In: the text of a file. Out: title, tags, aliases and links; or, in words, why it is no YAML mapping. Only small and
//! shallow front matter is parsed, so that a note from a stranger can't exhaust stack or memory.

use saphyr::{LoadableYamlNode, Yaml};

/// What the front matter says about its note.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FrontMatter {
    /// `title`.
    pub(super) title: Option<String>,
    /// `tags` or `tag`, as written.
    pub(super) tags: Vec<String>,
    /// `aliases` or `alias`.
    pub(super) aliases: Vec<String>,
    /// `links`, and every `[[target]]` in any other value.
    pub(super) targets: Vec<String>,
}

/// More bytes than this are no front matter.
const LARGEST: usize = 64 << 10;
/// Deeper nesting within one line is refused.
const DEEPEST: usize = 32;
/// More references to anchors than this are refused: each may double the size.
const MOST_ALIASES: usize = 8;

/// The YAML and the body, if the text starts with a line `---` and has a second one (or `...`).
pub(super) fn split(source: &str) -> Option<(&str, &str)> {
    let mut lines = source.split_inclusive('\n');
    let first = lines.next()?;
    if first.trim_end() != "---" || !first.ends_with('\n') {
        return None;
    }
    let mut end = first.len();
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((&source[first.len()..end], &source[end + line.len()..]));
        }
        end += line.len();
    }
    None
}

/// Reads the YAML.
pub(super) fn parse(yaml: &str) -> Result<FrontMatter, String> {
    refuse_hostile(yaml)?;
    let documents = Yaml::load_from_str(yaml).map_err(|error| error.to_string())?;
    let mut front = FrontMatter::default();
    let entries = match documents.first() {
        None => return Ok(front),
        Some(document) if document.is_null() => return Ok(front),
        Some(document) => document.as_mapping().ok_or("it is not a list of `key: value` lines")?,
    };
    for (key, value) in entries {
        let words = words_of(value);
        match key.as_str().unwrap_or_default().to_lowercase().as_str() {
            "title" => front.title = words.into_iter().next().filter(|title| !title.is_empty()),
            "tags" | "tag" => front.tags.extend(words.iter().flat_map(|tags| split_tags(tags, value))),
            "aliases" | "alias" => front.aliases.extend(words),
            "links" => front.targets.extend(words.iter().map(|word| unbracket(word).to_owned())),
            _ if is_bare_link(value) => front.targets.extend(words),
            _ => words.iter().for_each(|word| front.targets.extend(bracketed(word))),
        }
    }
    Ok(front)
}

fn refuse_hostile(yaml: &str) -> Result<(), String> {
    if yaml.len() > LARGEST {
        return Err(format!("it is longer than {} KiB", LARGEST >> 10));
    }
    let marks = |line: &str| line.split_whitespace().take_while(|word| matches!(*word, "-" | "?" | ":")).count();
    if yaml.lines().any(|line| marks(line) > DEEPEST || line.matches(['[', '{']).count() > 8 * DEEPEST) {
        return Err("it nests too deeply".to_owned());
    }
    let starts = |sign: char| {
        yaml.split_whitespace().filter(|word| word.trim_start_matches(['[', '-', ',']).starts_with(sign)).count()
    };
    if starts('&') > 0 && yaml.matches('*').count() > MOST_ALIASES {
        return Err("it refers to its own parts too often".to_owned());
    }
    Ok(())
}

/// The scalars in a value, as strings, in order.
fn words_of(value: &Yaml<'_>) -> Vec<String> {
    match value {
        Yaml::Sequence(items) => items.iter().flat_map(words_of).collect(),
        Yaml::Mapping(entries) => entries.iter().flat_map(|(_, value)| words_of(value)).collect(),
        Yaml::Tagged(_, value) => words_of(value),
        _ => value
            .as_str()
            .map(|text| text.trim().to_owned())
            .or_else(|| value.as_integer().map(|number| number.to_string()))
            .or_else(|| value.as_floating_point().map(|number| number.to_string()))
            .or_else(|| value.as_bool().map(|truth| truth.to_string()))
            .into_iter()
            .collect(),
    }
}

/// A list has one tag an item; one string has tags between commas, or between spaces if it has no comma.
fn split_tags(tags: &str, value: &Yaml<'_>) -> Vec<String> {
    let parts: Vec<&str> = match value {
        Yaml::Sequence(_) => vec![tags],
        _ if tags.contains(',') => tags.split(',').collect(),
        _ => tags.split_whitespace().collect(),
    };
    parts.into_iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

/// `[[Target]]` without quotes, which YAML takes for a list within a list.
fn is_bare_link(value: &Yaml<'_>) -> bool {
    let Yaml::Sequence(items) = value else { return false };
    matches!(items.as_slice(), [Yaml::Sequence(inner)] if inner.len() == 1)
}

/// The targets of `[[...]]` in a string.
fn bracketed(text: &str) -> Vec<String> {
    let parts = text.split("[[").skip(1);
    parts.filter_map(|part| part.split_once("]]")).map(|(target, _)| target.to_owned()).collect()
}

fn unbracket(word: &str) -> &str {
    word.strip_prefix("[[").and_then(|word| word.strip_suffix("]]")).unwrap_or(word)
}
