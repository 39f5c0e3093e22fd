//! Pieces of the seed that remember where they were written.
//!
//! In: a string literal (or a key) of the document and its decoded value. Out: the value with the span of the text
//! inside the quotes, so that a mistake at byte n of an expression has a place in the seed. Invariant: [`Text::locate`]
//! is exact unless the literal holds escapes, where it covers the whole literal rather than guess.

use std::ops::Range;

use crate::diagnostic::Span;

/// A value and where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place in the seed; empty, at the end of its section's header, where a default stands in for it.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value written at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// Text of a string literal or of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text without quotes, escapes resolved.
    pub value: String,
    /// The text inside the quotes; the literal with its quotes where it holds escapes.
    pub span: Span,
    verbatim: bool,
}

impl Text {
    /// The text `value` decoded from `literal`, which stands at byte `start` of the seed.
    pub(crate) fn from_literal(value: String, literal: &str, start: usize) -> Self {
        let (before, inside) = unquote(literal);
        if inside == value {
            let start = start + before;
            return Self { span: Span::new(start, start + value.len()), value, verbatim: true };
        }
        Self { value, span: Span::new(start, start + literal.len()), verbatim: false }
    }

    /// The place in the seed of a byte range of `value`; all of the literal where escapes make that uncertain.
    pub fn locate(&self, range: Range<usize>) -> Span {
        if !self.verbatim {
            return self.span;
        }
        let place = |offset: usize| self.span.start + offset.min(self.value.len());
        Span::new(place(range.start), place(range.end.max(range.start)))
    }
}

/// The bytes before the content of a TOML string and the content; a bare key is its own content. A multi-line string
/// drops the line break that follows its opening quotes.
fn unquote(literal: &str) -> (usize, &str) {
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(inside) = literal.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            let line_break = match quote.len() {
                3 if inside.starts_with("\r\n") => 2,
                3 if inside.starts_with('\n') => 1,
                _ => 0,
            };
            return (quote.len() + line_break, &inside[line_break..]);
        }
    }
    (0, literal)
}
