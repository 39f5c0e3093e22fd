//! Typed access to tables of a seed (or of another document of this program): what is due, what is there, and what to
//! say where the two differ.
//!
//! In: a TOML tree. Out: values with spans; mistakes go to one list. Keys are taken out of a table one by one, and what
//! is left in the end is unknown. Invariant: a reader is *incomplete* exactly when a mistake left a name or type
//! uncertain; a number that is merely out of range gets a stand-in.

use std::fmt::Display;

use toml::de::{DeTable, DeValue};

use super::text::{Spanned, Text};
use crate::diagnostic::{Diagnostic, Span, excerpt, suggest_with};

/// Mistakes that are collected; a stranger's seed may have as many as it has bytes.
const MOST_MISTAKES: usize = 1000;

/// Collects what is wrong while a tree is read.
pub(crate) struct Reader<'a> {
    /// What is read, for messages: `the seed`.
    document: &'static str,
    text: &'a str,
    diagnostics: &'a mut Vec<Diagnostic>,
    complete: bool,
}

/// A value that has not been read yet.
#[derive(Clone)]
pub(crate) struct Value<'a> {
    /// Its dotted key.
    pub(crate) path: String,
    /// Its place; for a section its header.
    pub(crate) span: Span,
    tree: &'a DeValue<'a>,
}

/// The keys of a table that have not been read yet, in the order of the text.
pub(crate) struct Table<'a> {
    document: &'static str,
    path: String,
    /// The table, or its header.
    pub(crate) span: Span,
    entries: Vec<(Text, Value<'a>)>,
    /// Keys that were asked for.
    known: Vec<&'static str>,
    /// Those of them that must be there and are not, with an example of each.
    missing: Vec<(&'static str, String)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(document: &'static str, text: &'a str, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        Self { document, text, diagnostics, complete: true }
    }

    /// False when a name or a type is uncertain.
    pub(crate) fn complete(&self) -> bool {
        self.complete
    }

    /// How many mistakes there are so far.
    pub(crate) fn mistakes(&self) -> usize {
        self.diagnostics.len()
    }

    /// Notes a mistake that leaves names and types certain.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST_MISTAKES {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Notes a mistake after which nothing more can be made of the seed.
    pub(crate) fn refuse(&mut self, diagnostic: Diagnostic) {
        self.complete = false;
        self.report(diagnostic);
    }

    // Tables

    /// The document as a table.
    pub(crate) fn top(&self, root: &'a DeTable<'a>) -> Table<'a> {
        self.open(String::new(), Span::default(), root)
    }

    /// A value as a table.
    pub(crate) fn table(&mut self, value: &Value<'a>) -> Option<Table<'a>> {
        match value.tree {
            DeValue::Table(table) => Some(self.open(value.path.clone(), value.span, table)),
            _ => self.mismatch(value, "a table", None),
        }
    }

    fn open(&self, path: String, span: Span, table: &'a DeTable<'a>) -> Table<'a> {
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, tree)| {
                let name = self.text_at(key.get_ref(), key.span().into());
                let path = if path.is_empty() { name.value.clone() } else { format!("{path}.{}", name.value) };
                (name, Value { path, span: tree.span().into(), tree: tree.get_ref() })
            })
            .collect();
        entries.sort_by_key(|(name, _)| name.span);
        Table { document: self.document, path, span, entries, known: Vec::new(), missing: Vec::new() }
    }

    /// A key that must be there; `example` is a line that would do.
    pub(crate) fn required(&mut self, table: &mut Table<'a>, key: &'static str, example: &str) -> Option<Value<'a>> {
        let value = table.optional(key);
        if value.is_none() {
            self.complete = false;
            table.missing.push((key, example.to_owned()));
        }
        value
    }

    /// Reports the keys that nobody asked for, and those that are missing. `synonyms` are words that people use instead
    /// of the right ones. A missing key that was only misspelt is one mistake, not two.
    pub(crate) fn finish(&mut self, mut table: Table<'a>, synonyms: &[(&str, &str)]) {
        let name_of_table = table.name();
        for (name, _) in &table.entries {
            let meant = suggest_with(&name.value, table.known.iter().copied(), synonyms);
            table.missing.retain(|(key, _)| meant.as_deref() != Some(key));
            let advice = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys of {name_of_table} are {}", list(&table.known, "and")),
            };
            self.report(
                Diagnostic::error(format!("unknown key `{}` in {name_of_table}", excerpt(&name.value)))
                    .at(name.span, "not a key that is used here")
                    .note(advice),
            );
        }
        for (key, example) in &table.missing {
            let what = if example.starts_with('[') { format!("section `[{key}]`") } else { format!("key `{key}`") };
            let missing = match table.path.as_str() {
                "" => Diagnostic::error(format!("the {what} is missing")),
                _ => Diagnostic::error(format!("the {what} is missing in {name_of_table}"))
                    .at(table.span, format!("needs a key `{key}`")),
            };
            self.refuse(missing.note(format!("add {example}")));
        }
    }

    // Values

    /// A value as text.
    pub(crate) fn text(&mut self, value: &Value<'a>) -> Option<Text> {
        match value.tree {
            DeValue::String(text) => Some(self.text_at(text, value.span)),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
                let written = self.text.get(value.span.start..value.span.end).unwrap_or_default();
                self.mismatch(value, "text", Some(format!("put it between quotes: \"{}\"", excerpt(written))))
            }
            _ => self.mismatch(value, "text", None),
        }
    }

    fn text_at(&self, decoded: &str, span: Span) -> Text {
        Text::from_literal(decoded.to_owned(), self.text.get(span.start..span.end).unwrap_or_default(), span.start)
    }

    /// A value as `true` or `false`.
    pub(super) fn truth(&mut self, value: &Value<'a>) -> Option<Spanned<bool>> {
        match value.tree {
            DeValue::Boolean(truth) => Some(Spanned::new(*truth, value.span)),
            _ => self.mismatch(value, "true or false", None),
        }
    }

    /// A value as one of a few words.
    pub(crate) fn word<T: Copy>(&mut self, value: &Value<'a>, words: &[(&str, T)]) -> Option<Spanned<T>> {
        let text = self.text(value)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Spanned::new(*meaning, text.span));
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let advice = match suggest_with(&text.value, known.iter().copied(), &[]) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it can be {}", list(&known, "or")),
        };
        self.refuse(
            Diagnostic::error(format!("`{}` is no value for `{}`", excerpt(&text.value), excerpt(&value.path)))
                .at(text.span, format!("must be {}", list(&known, "or")))
                .note(advice),
        );
        None
    }

    /// A value as a list.
    pub(crate) fn list(&mut self, value: &Value<'a>, of: &str) -> Option<Vec<Value<'a>>> {
        match value.tree {
            DeValue::Array(array) => {
                let item = |(index, tree): (usize, &'a toml::Spanned<DeValue<'a>>)| Value {
                    path: format!("{}[{index}]", value.path),
                    span: tree.span().into(),
                    tree: tree.get_ref(),
                };
                Some(array.iter().enumerate().map(item).collect())
            }
            _ => self.mismatch(value, format!("a list of {of}, as in [...]"), None),
        }
    }

    /// A value as a finite number.
    pub(crate) fn number(&mut self, value: &Value<'a>) -> Option<Spanned<f64>> {
        let number = match value.tree {
            DeValue::Float(float) => float.as_str().parse().unwrap_or(f64::NAN),
            DeValue::Integer(integer) => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a number written without a point is rounded like others"
                )]
                let rounded = i128::from_str_radix(integer.as_str(), integer.radix()).map(|exact| exact as f64);
                // Longer than 128 bits: in decimal it still has a value.
                rounded.unwrap_or_else(|_| integer.as_str().parse().unwrap_or(f64::INFINITY))
            }
            _ => return self.mismatch(value, "a number", None),
        };
        if number.is_finite() {
            return Some(Spanned::new(number, value.span));
        }
        self.report(
            Diagnostic::error(format!("`{}` is not a finite number", excerpt(&value.path)))
                .at(value.span, "not finite")
                .note("write a plain number: not nan, not inf, and of a size below 1.8e308"),
        );
        Some(Spanned::new(1.0, value.span))
    }

    /// A value as a finite number greater than 0.
    pub(crate) fn positive(&mut self, value: &Value<'a>) -> Option<Spanned<f64>> {
        let number = self.number(value)?;
        Some(self.within(value, number, number.value > 0.0, "greater than 0", 1.0))
    }

    /// A value as a finite number that is not below 0.
    pub(crate) fn not_negative(&mut self, value: &Value<'a>) -> Option<Spanned<f64>> {
        let number = self.number(value)?;
        Some(self.within(value, number, number.value >= 0.0, "0 or greater", 1.0))
    }

    /// A value as a whole number of at least 0.
    pub(crate) fn whole(&mut self, value: &Value<'a>) -> Option<Spanned<u64>> {
        match value.tree {
            DeValue::Integer(integer) => {
                let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
                let place = Spanned::new(number.unwrap_or_default(), value.span);
                Some(self.within(value, place, number.is_some(), &format!("from 0 to {}", u64::MAX), 1))
            }
            _ => self.mismatch(value, "a whole number", None),
        }
    }

    /// A value as a whole number of at least 1.
    pub(crate) fn count(&mut self, value: &Value<'a>) -> Option<Spanned<usize>> {
        let DeValue::Integer(integer) = value.tree else {
            return self.mismatch(value, "a whole number", None);
        };
        let number = usize::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|number| *number > 0);
        let place = Spanned::new(number.unwrap_or(1), value.span);
        Some(self.within(value, place, number.is_some(), &format!("from 1 to {}", usize::MAX), 1))
    }

    fn within<T>(
        &mut self,
        value: &Value<'a>,
        number: Spanned<T>,
        holds: bool,
        range: &str,
        stand_in: T,
    ) -> Spanned<T> {
        if holds {
            return number;
        }
        let path = excerpt(&value.path);
        self.report(Diagnostic::error(format!("`{path}` is out of range")).at(value.span, format!("must be {range}")));
        Spanned::new(stand_in, value.span)
    }

    /// Says that a value has another type than the one that is due.
    pub(crate) fn mismatch<T>(&mut self, value: &Value<'a>, due: impl Display, advice: Option<String>) -> Option<T> {
        let is = value.type_name();
        self.refuse(
            Diagnostic::error(format!("`{}` must be {due}, not {is}", excerpt(&value.path)))
                .at(value.span, format!("this is {is}"))
                .maybe_note(advice),
        );
        None
    }
}

impl Value<'_> {
    /// True for a string.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.tree, DeValue::String(_))
    }

    /// True for a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.tree, DeValue::Array(_))
    }

    /// True for a table.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.tree, DeValue::Table(_))
    }

    fn type_name(&self) -> &'static str {
        match self.tree {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

impl<'a> Table<'a> {
    /// Takes out a key that may be there.
    pub(crate) fn optional(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.named(key).map(|(_, value)| value)
    }

    /// The same, with the key as it was written.
    pub(crate) fn named(&mut self, key: &'static str) -> Option<(Text, Value<'a>)> {
        self.known.push(key);
        let position = self.entries.iter().position(|(name, _)| name.value == key)?;
        Some(self.entries.remove(position))
    }

    /// All keys, for tables whose keys are names of the author's choice.
    pub(crate) fn into_entries(self) -> Vec<(Text, Value<'a>)> {
        self.entries
    }

    /// True when no key is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn name(&self) -> String {
        match self.path.as_str() {
            "" => self.document.to_owned(),
            path if path.contains('.') => format!("`{}`", excerpt(path)),
            path => format!("`[{}]`", excerpt(path)),
        }
    }
}

/// `a`, `b` or `c`.
fn list(words: &[&str], conjunction: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
    }
}
