//! From text to a tree of TOML values with spans.
//!
//! In: the seed's text, from anyone. Out: the tree and what is wrong with it as TOML. Invariant: nothing is read that
//! exceeds [`MAX_BYTES`], and nesting is bounded by the TOML parser's own limit, so neither memory nor stack depends on
//! the author's goodwill.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::MAX_BYTES;
use crate::diagnostic::{Diagnostic, Span, excerpt};

/// Reads TOML; `what` it is said to be in messages. Keys given twice leave the tree whole and are returned beside it;
/// all other mistakes mean no tree.
pub(crate) fn read<'i>(what: &str, text: &'i str) -> Result<(DeTable<'i>, Vec<Diagnostic>), Vec<Diagnostic>> {
    if text.len() > MAX_BYTES {
        return Err(vec![
            Diagnostic::error(format!("the {what} has {} bytes; the limit is {MAX_BYTES}", text.len()))
                .note("a seed holds equations and settings: put data into files and name them in [maps] or [soil]"),
        ]);
    }
    let (root, mistakes) = DeTable::parse_recoverable(text);
    let root = root.into_inner();
    let whole = mistakes.iter().all(|mistake| mistake.message() == DUPLICATE);
    let first = mistakes.iter().take(MOST_MISTAKES);
    let mut diagnostics: Vec<Diagnostic> = first.map(|mistake| describe(mistake, &root, text)).collect();
    // One slip makes the parser stumble several times over the same spot: its first word there says it best.
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    diagnostics.dedup_by_key(|diagnostic| diagnostic.span);
    if whole { Ok((root, diagnostics)) } else { Err(diagnostics) }
}

/// Mistakes in the TOML that are described; a text with more of them is no seed.
const MOST_MISTAKES: usize = 200;

/// What the parser says of a key that was given before.
const DUPLICATE: &str = "duplicate key";

fn describe(mistake: &toml::de::Error, root: &DeTable<'_>, text: &str) -> Diagnostic {
    let span = mistake.span().map(Span::from);
    let word = span.and_then(|span| text.get(span.start..span.end)).unwrap_or_default();
    if mistake.message() == DUPLICATE {
        let word = word.trim_matches(['"', '\'']);
        let again = Diagnostic::error(format!("the key `{}` is given twice", excerpt(word)));
        let again = span.into_iter().fold(again, |again, span| again.at(span, "given again here"));
        let first = span.and_then(|span| last_before(root, word, span.start));
        return first.into_iter().fold(again, |again, first| again.and(first, "first given here"));
    }
    let message = match mistake.message() {
        message if message.contains("recursion limit") => "nested too deeply for a seed".to_owned(),
        message => format!("this is not TOML: {message}"),
    };
    let diagnostic = Diagnostic::error(message);
    span.into_iter().fold(diagnostic, |diagnostic, span| diagnostic.at(span, ""))
}

/// The last key named `word` that begins before byte `limit`.
fn last_before(table: &DeTable<'_>, word: &str, limit: usize) -> Option<Span> {
    let mut last = None;
    for (key, value) in table {
        let here = (key.get_ref() == word && key.span().start < limit).then(|| Span::from(key.span()));
        let below = value.get_ref().as_table().and_then(|table| last_before(table, word, limit));
        last = last.max(here).max(below);
    }
    last
}

/// Follows keys from table to table.
pub(crate) fn find<'a, 'i>(table: &'a DeTable<'i>, path: &[&str]) -> Option<&'a Spanned<DeValue<'i>>> {
    let (first, rest) = path.split_first()?;
    // `Map::get` wants a key with a span; tables are small.
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == first)?;
    if rest.is_empty() { Some(value) } else { find(value.get_ref().as_table()?, rest) }
}
