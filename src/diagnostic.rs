//! Messages for the author of a seed: what is wrong, where, and what to do.
//!
//! In: mistakes with byte spans, found by `seed`, `model` and `discretize`. Out: the same as text in the manner of
//! rustc, with file, line, column and carets. Invariant: the picture is a pure function of the list and the seed text,
//! ordered by place, and no line of it grows with the length of the seed's lines.

mod render;
mod suggest;

pub use render::{excerpt, render};
pub use suggest::{suggest, suggest_with};

/// A range of bytes in the seed text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// It runs, but perhaps not as meant.
    Warning,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; none for what concerns the seed as a whole.
    pub span: Option<Span>,
    /// What to write beside the carets; may be empty. Boxed, which keeps a `Result` with a diagnostic small.
    pub label: Box<str>,
    /// Other places that belong to it, each with what to write there.
    pub related: Vec<(Span, String)>,
    /// What to do about it.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// A mistake, not yet placed.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// A warning, not yet placed.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self { severity, message, span: None, label: Box::default(), related: Vec::new(), notes: Vec::new() }
    }

    /// Says where, and what to write beside the carets.
    #[must_use]
    pub fn at(mut self, span: impl Into<Span>, label: impl Into<String>) -> Self {
        self.span = Some(span.into());
        self.label = label.into().into_boxed_str();
        self
    }

    /// Points at another place too.
    #[must_use]
    pub fn and(mut self, span: impl Into<Span>, label: impl Into<String>) -> Self {
        self.related.push((span.into(), label.into()));
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do about it, if that is known.
    #[must_use]
    pub fn maybe_note(self, note: Option<String>) -> Self {
        match note {
            Some(note) => self.note(note),
            None => self,
        }
    }
}
