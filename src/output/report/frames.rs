//! Whether the frames of the notes' graph carry meaning, in words for someone who knows the notes and not the equations.
//!
//! In: the least frustration of the frames beside that of frames that mean nothing. Out: a section of the page.

use std::fmt::Write as _;

use super::ReportInput;
use super::html::{count, escape, number};

/// The least eigenvalue of a kind of frames that mean nothing: the mean of several draws, and how they spread.
#[derive(Clone, Debug, PartialEq)]
pub struct NullFrames {
    /// What they are.
    pub name: String,
    /// Mean over draws.
    pub mean: f64,
    /// Standard deviation over draws.
    pub deviation: f64,
}

/// The frames under a field on a graph of notes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frames {
    /// Where the rotations of this run come from: `data`, `shuffled`, `random`.
    pub kind: String,
    /// Notes of the graph.
    pub notes: usize,
    /// The lowest eigenvalue of the covariant Laplacian that the field grows on, in its largest part: the gain at which a
    /// small field begins to cohere.
    pub onset: f64,
    /// The lowest normalised eigenvalue of the data's frames, 0 (parallel) to 1; `None` where it was not measured.
    pub least: Option<f64>,
    /// The same of frames that mean nothing.
    pub nulls: Vec<NullFrames>,
    /// Whether the frames agree better than all of these.
    pub meaningful: bool,
}

/// The section; empty for a run without frames.
pub(super) fn section(input: &ReportInput) -> String {
    let Some(frames) = &input.frames else { return String::new() };
    let mut out = String::from("<section id=\"frames\">\n<h2>Do the frames mean anything?</h2>\n");
    let _ = writeln!(
        out,
        "<p class=\"reading\">Each note has a frame: the two directions in which its nearest notes differ most. A value that \
         goes from note to note is turned from frame to frame; where no choice of frames avoids turning in circles, the \
         field is frustrated, and coheres only where its gain is above {}.{}</p>",
        number(frames.onset),
        match frames.kind.as_str() {
            "data" => String::new(),
            other =>
                format!(" The rotations of this run are not those of the notes: they are <em>{}</em>.", escape(other)),
        }
    );
    out += &match frames.least {
        Some(least) => table(frames, least),
        None => format!(
            "<p class=\"reading\">With {} notes the comparison takes minutes and was left out; <code>semafield frames</code> \
             makes it.</p>\n",
            count(frames.notes as u64)
        ),
    };
    out + "</section>\n"
}

fn table(frames: &Frames, least: f64) -> String {
    let verdict = if frames.meaningful {
        "They turn against each other less than frames that mean nothing: how the notes differ from place to place is \
         itself in order, and what the field makes of it can be read."
    } else {
        "They turn against each other no less than some frames that mean nothing. Groups and tension of this run are \
         still those of the notes, but read nothing into which way a phase turns."
    };
    let mut rows = format!("<tr><td>the notes' own frames</td><td>{}</td></tr>\n", number(least));
    for null in &frames.nulls {
        let _ = writeln!(
            rows,
            "<tr><td>{}</td><td>{} ± {}</td></tr>",
            escape(&null.name),
            number(null.mean),
            number(null.deviation)
        );
    }
    format!(
        "<p class=\"reading\">{verdict}</p>\n<table>\n<thead><tr><th>Frames</th><th>Least frustration, 0 to \
         1</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_in_words_and_beside_its_nulls() {
        let null = NullFrames { name: "random vectors".into(), mean: 0.5, deviation: 0.01 };
        let frames = Frames {
            kind: "data".into(),
            notes: 800,
            onset: 0.07,
            least: Some(0.25),
            nulls: vec![null],
            meaningful: true,
        };
        let page = |frames: Frames| section(&ReportInput { frames: Some(frames), ..ReportInput::default() });
        let said = page(frames.clone());
        assert!(said.contains("0.25") && said.contains("0.5 ± 0.01") && said.contains("is itself in order"), "{said}");
        assert!(page(Frames { meaningful: false, ..frames.clone() }).contains("no less than"));
        let other = page(Frames { kind: "shuffled".into(), least: None, ..frames });
        assert!(other.contains("<em>shuffled</em>") && other.contains("semafield frames"), "{other}");
        assert_eq!(section(&ReportInput::default()), "");
    }
}
