//! Diagnostics as text in the manner of rustc.
//!
//! In: diagnostics, the file's name and its text. Out: for each, in the order of places, the message, the place as
//! file:line:column (both from 1, columns in characters), the line with carets under the span, and what to do about it.
//! A span over several lines is marked on its first. Nothing that a terminal would obey is passed through.

use std::fmt::Write;

use super::{Diagnostic, Severity, Span};

/// Columns of a source line that are shown; longer lines are cut around the span.
const SHOWN: usize = 100;
/// Columns shown before the span where a line is cut.
const BEFORE: usize = 30;
/// Diagnostics that are written out; the others are counted.
const MOST: usize = 100;
/// Characters of a message, label or note that are shown.
const LONGEST: usize = 600;
/// Columns that a tab stands for.
const TAB: &str = "    ";

/// The messages as text in the manner of rustc.
pub fn render(diagnostics: &[Diagnostic], file_name: &str, text: &str) -> String {
    let source = Source::new(file_name, text);
    let mut ordered: Vec<&Diagnostic> = diagnostics.iter().collect();
    ordered.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.severity));
    let mut out = String::new();
    for diagnostic in ordered.iter().take(MOST) {
        if !out.is_empty() {
            out.push('\n');
        }
        source.write(diagnostic, &mut out);
    }
    if ordered.len() > MOST {
        let _ = writeln!(out, "\n... and {} more", ordered.len() - MOST);
    }
    out
}

/// At most 60 characters of a word of the author's, fit to be quoted in a message.
pub fn excerpt(word: &str) -> String {
    clip(word, 60)
}

/// At most `longest` characters, none of them a control character.
fn clip(text: &str, longest: usize) -> String {
    let mut shown: String = text.chars().take(longest).map(printable).collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

struct Source<'a> {
    file_name: &'a str,
    text: &'a str,
    line_starts: Vec<usize>,
}

/// A span within its first line.
struct Mark<'a> {
    /// Line, from 0.
    line: usize,
    /// Bytes of that line.
    bytes: Span,
    caret: char,
    label: &'a str,
}

impl<'a> Source<'a> {
    fn new(file_name: &'a str, text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { file_name, text, line_starts: std::iter::once(0).chain(breaks).collect() }
    }

    fn write(&self, diagnostic: &Diagnostic, out: &mut String) {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(out, "{severity}: {}", clip(&diagnostic.message, LONGEST));
        let file_name = clip(self.file_name, LONGEST);
        let mut marks: Vec<Mark<'_>> = Vec::new();
        if let Some(span) = diagnostic.span {
            marks.push(self.mark(span, '^', &diagnostic.label));
        }
        marks.extend(diagnostic.related.iter().map(|(span, label)| self.mark(*span, '-', label)));
        let gutter = marks.iter().map(|mark| (mark.line + 1).to_string().len()).max().unwrap_or(1);

        match marks.first() {
            Some(first) => {
                let column = self.line(first.line)[..first.bytes.start].chars().count() + 1;
                let _ = writeln!(out, "{:gutter$}--> {file_name}:{}:{column}", "", first.line + 1);
                let _ = writeln!(out, "{:gutter$} |", "");
            }
            None => {
                let _ = writeln!(out, "{:gutter$}--> {file_name}", "");
            }
        }
        marks.sort_by_key(|mark| (mark.line, mark.bytes.start));
        for (index, mark) in marks.iter().enumerate() {
            let previous = index.checked_sub(1).map(|previous| &marks[previous]);
            self.write_mark(mark, previous, gutter, out);
        }
        if !marks.is_empty() && !diagnostic.notes.is_empty() {
            let _ = writeln!(out, "{:gutter$} |", "");
        }
        for note in &diagnostic.notes {
            let _ = writeln!(out, "{:gutter$} = help: {}", "", clip(note, LONGEST));
        }
    }

    fn write_mark(&self, mark: &Mark<'_>, previous: Option<&Mark<'_>>, gutter: usize, out: &mut String) {
        let picture = Picture::new(self.line(mark.line), mark.bytes);
        if previous.is_some_and(|previous| previous.line + 1 < mark.line) {
            let _ = writeln!(out, "{:.<1$}", "", gutter.max(3));
        }
        // A line that was cut around another span has to be shown again.
        if picture.cut || previous.is_none_or(|previous| previous.line != mark.line) {
            let _ = writeln!(out, "{:>gutter$} | {}", mark.line + 1, picture.line);
        }
        let carets: String = std::iter::repeat_n(mark.caret, picture.width).collect();
        let indent = " ".repeat(picture.before);
        let row = format!("{:gutter$} | {indent}{carets} {}", "", clip(mark.label, LONGEST));
        let _ = writeln!(out, "{}", row.trim_end());
    }

    /// The first line of a span; a span beyond the text marks its end.
    fn mark<'b>(&self, span: Span, caret: char, label: &'b str) -> Mark<'b> {
        let boundary = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (start, end) = (boundary(span.start), boundary(span.end));
        let line = self.line_starts.partition_point(|line_start| *line_start <= start) - 1;
        let line_start = self.line_starts[line];
        let length = self.line(line).len();
        let first = (start - line_start).min(length);
        let last = end.saturating_sub(line_start).clamp(first, length);
        Mark { line, bytes: Span::new(first, last), caret, label }
    }

    /// A line without its line break.
    fn line(&self, line: usize) -> &'a str {
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let line = &self.text[self.line_starts[line]..end];
        line.strip_suffix('\r').unwrap_or(line)
    }
}

/// A source line as it is shown.
struct Picture {
    line: String,
    /// Columns before the carets.
    before: usize,
    /// Carets, at least one.
    width: usize,
    /// True when the line is shown in part.
    cut: bool,
}

impl Picture {
    fn new(line: &str, bytes: Span) -> Self {
        let before = columns(&line[..bytes.start]);
        let cut = before + columns(&line[bytes.start..]) > SHOWN;
        let skipped = if cut && before > 2 * BEFORE { before - BEFORE } else { 0 };

        let mut picture = Self { line: String::new(), before: 0, width: 0, cut };
        if skipped > 0 {
            picture.line.push('…');
            picture.before = 1;
        }
        let mut column = 0;
        let mut shown = picture.before;
        for (at, character) in line.char_indices() {
            let width = width(character);
            column += width;
            if column <= skipped {
                continue;
            }
            if shown + width > SHOWN {
                picture.line.push('…');
                break;
            }
            shown += width;
            if at < bytes.start {
                picture.before += width;
            } else if at < bytes.end {
                picture.width += width;
            }
            if character == '\t' { picture.line.push_str(TAB) } else { picture.line.push(printable(character)) }
        }
        picture.width = picture.width.max(1);
        picture
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Columns that a character takes in a terminal, nearly: East Asian wide letters and emoji take two, combining marks
/// none.
fn width(character: char) -> usize {
    match character {
        '\t' => TAB.len(),
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{200d}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// The character, or a sign in place of one that would move the cursor or turn the direction of writing.
fn printable(character: char) -> char {
    match character {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        control if control.is_control() => '\u{fffd}',
        character => character,
    }
}
