//! The page of a sweep: what was asked, what was predicted, what came out, and how to run it again.
//!
//! In: a [`SweepPage`] of plain texts, charts and pictures. Out: HTML, self-contained like every report. The order is
//! that of a reader who knows nothing yet: question, null hypothesis and test in words, the verdict, the measurements
//! with their errors, the fields themselves, the numbers, the commands. Parts that are empty are left out.

mod charts;
mod markdown;

use std::fmt::Write as _;

use ::image::RgbaImage;

use super::html::{data_uri, duration, escape, number, paragraphs, significant};
use super::{Key, figures, page};
use crate::output::image::{png, shrink};
pub use charts::{Bars, Heat};
pub use markdown::markdown;

/// Rows of the table of combinations that are shown; all are in `summary.parquet`.
const MOST_ROWS: usize = 400;
/// Pictures that are shown, and their longest side in pixels.
const MOST_PICTURES: usize = 100;
const SIDE: u32 = 160;

/// Everything the page shows.
#[derive(Clone, Debug, Default)]
pub struct SweepPage {
    /// The title.
    pub title: String,
    /// What was done, in a few sentences.
    pub lead: String,
    /// The main figures: name and value.
    pub figures: Vec<(String, String)>,
    /// What was asked: heading and text (question, null hypothesis, prediction, test).
    pub asked: Vec<(String, String)>,
    /// What came out of each test.
    pub verdicts: Vec<Verdict>,
    /// The verdict on the whole, in a sentence; empty if nothing was tested.
    pub verdict: String,
    /// What may have gone wrong.
    pub warnings: Vec<String>,
    /// Measurements over one axis.
    pub bars: Vec<Bars>,
    /// Measurements over two axes.
    pub heats: Vec<Heat>,
    /// The fields at the end.
    pub album: Album,
    /// Headings of the table of combinations.
    pub headings: Vec<String>,
    /// Its cells, row by row.
    pub rows: Vec<Vec<String>>,
    /// What columns mean: name and text.
    pub readings: Vec<(String, String)>,
    /// The command that runs it again.
    pub again: String,
    /// Texts to read behind a fold: name and text.
    pub texts: Vec<(String, String)>,
    /// Version of semafield.
    pub version: String,
}

/// What came out of one test.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What was tested, in words.
    pub claim: String,
    /// One or two words: `differs`, `no difference`, `undecided`.
    pub outcome: String,
    /// The numbers behind it.
    pub detail: String,
    /// Whether it contradicts the null hypothesis.
    pub against: bool,
}

/// Small pictures in the grid of values, all in one scale of colours.
#[derive(Clone, Debug, Default)]
pub struct Album {
    /// What is shown: an expression of the seed.
    pub name: String,
    /// What the colours mean.
    pub key: Option<Key>,
    /// Pictures in a row of the grid.
    pub columns: usize,
    /// Width of the domain over its height.
    pub aspect: f64,
    /// Caption and picture; none where there is nothing to show, with the reason in the caption.
    pub pictures: Vec<(String, Option<RgbaImage>)>,
}

/// A number as the pages write it, four significant digits.
pub fn written(value: f64) -> String {
    number(value)
}

/// A mean with its standard error.
pub fn with_error(mean: f64, error: f64) -> String {
    if error.is_finite() { format!("{} ± {}", number(mean), significant(error, 2)) } else { number(mean) }
}

/// Seconds as a person says them.
pub fn time_span(seconds: f64) -> String {
    duration(seconds)
}

/// The page.
pub fn render(input: &SweepPage) -> String {
    let sections =
        [header(input), asked(input), verdicts(input), charts(input), album(&input.album), table(input), again(input)];
    let footer = format!(
        "<footer><p>Made by semafield {}. The tables beside this page hold every run: <code>runs.parquet</code>, \
         <code>summary.parquet</code>.</p></footer>\n",
        escape(&input.version)
    );
    page(&escape(&input.title), include_str!("sweep.css"), &sections.concat(), &footer)
}

fn header(input: &SweepPage) -> String {
    let figure =
        |(name, value): &(String, String)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    format!(
        "<header>\n<p class=\"kicker\">semafield <span>report of a sweep</span></p>\n<h1 dir=\"auto\">{}</h1>\n{}\
         <dl class=\"figures\">{}</dl>\n{}</header>\n",
        escape(&input.title),
        paragraphs(&input.lead, "lead"),
        input.figures.iter().map(figure).collect::<String>(),
        warnings(&input.warnings)
    )
}

fn warnings(texts: &[String]) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let items: String = texts.iter().map(|text| format!("<li dir=\"auto\">{}</li>\n", escape(text))).collect();
    format!("<details class=\"remarks warning\" open><summary>Warnings</summary><ul>\n{items}</ul></details>\n")
}

fn asked(input: &SweepPage) -> String {
    if input.asked.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<section id=\"asked\">\n<h2>What was asked</h2>\n<p class=\"reading\">Written down in the experiment's file \
         before any run.</p>\n<dl class=\"asked\">\n",
    );
    for (heading, text) in &input.asked {
        let _ = writeln!(out, "<div><dt>{}</dt><dd dir=\"auto\">{}</dd></div>", escape(heading), escape(text));
    }
    out + "</dl>\n</section>\n"
}

fn verdicts(input: &SweepPage) -> String {
    if input.verdict.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<section id=\"verdict\">\n<h2>What came out</h2>\n<p class=\"lead verdict\">{}</p>\n<div class=\"scroll\">\
         <table class=\"tests\"><thead><tr><th scope=\"col\">Tested</th><th scope=\"col\">Outcome</th>\
         <th scope=\"col\">Numbers</th></tr></thead><tbody>\n",
        escape(&input.verdict)
    );
    for verdict in &input.verdicts {
        let class = if verdict.against { " class=\"against\"" } else { "" };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td{class}><strong>{}</strong></td><td>{}</td></tr>",
            escape(&verdict.claim),
            escape(&verdict.outcome),
            escape(&verdict.detail)
        );
    }
    out + "</tbody></table></div>\n</section>\n"
}

fn charts(input: &SweepPage) -> String {
    if input.bars.is_empty() && input.heats.is_empty() {
        return String::new();
    }
    let mut out = String::from("<section id=\"measurements\">\n<h2>What was measured</h2>\n");
    if !input.bars.is_empty() {
        out += "<p class=\"reading\">Each point is the mean over the repeats, each bar its standard error on either \
                side. Where the bars of two points are far apart, the difference is unlikely to be chance.</p>\n";
        let _ =
            writeln!(out, "<div class=\"panels\">\n{}</div>", input.bars.iter().map(charts::bars).collect::<String>());
    }
    if !input.heats.is_empty() {
        out += "<p class=\"reading\">Each square is the mean over the repeats of one combination; its number, with the \
                standard error, shows when it is pointed at. Empty squares have no finished run.</p>\n";
        let _ =
            writeln!(out, "<div class=\"panels\">\n{}</div>", input.heats.iter().map(charts::heat).collect::<String>());
    }
    out + "</section>\n"
}

fn album(album: &Album) -> String {
    if album.pictures.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<section id=\"fields\">\n<h2>The fields at the end</h2>\n<p class=\"reading\"><code>{}</code> at the end of the \
         first repeat of each combination, all in one scale of colours.</p>\n{}<ol class=\"album\" \
         style=\"--columns:{}\">\n",
        escape(&album.name),
        album.key.as_ref().map(figures::key).unwrap_or_default(),
        album.columns.max(1)
    );
    let aspect = figures::sane(album.aspect);
    for (caption, picture) in album.pictures.iter().take(MOST_PICTURES) {
        let caption = escape(caption);
        let shown = match picture.as_ref().and_then(|picture| png(&shrink(picture, SIDE)).ok()) {
            Some(bytes) => format!(
                "<img class=\"crisp\" src=\"{}\" alt=\"{caption}\" style=\"aspect-ratio:{aspect:.4}\">",
                data_uri(&bytes)
            ),
            None => format!("<div class=\"blank\" style=\"aspect-ratio:{aspect:.4}\"></div>"),
        };
        let _ = writeln!(out, "<li>{shown}<span>{caption}</span></li>");
    }
    out += "</ol>\n";
    if album.pictures.len() > MOST_PICTURES {
        let _ = writeln!(out, "<p class=\"note\">The first {MOST_PICTURES} of {}.</p>", album.pictures.len());
    }
    out + "</section>\n"
}

fn table(input: &SweepPage) -> String {
    if input.rows.is_empty() {
        return String::new();
    }
    let headings: String =
        input.headings.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).collect();
    let mut out = format!(
        "<section id=\"numbers\">\n<h2>The numbers</h2>\n<p class=\"reading\">Means over the repeats with their standard \
         errors. <code>_mean</code> is a series' mean over the second half of a run, <code>_final</code> its last value, \
         <code>_rate</code> its slope over the second half.</p>\n<div class=\"scroll\"><table class=\"combinations\">\
         <thead><tr>{headings}</tr></thead><tbody>\n"
    );
    for row in input.rows.iter().take(MOST_ROWS) {
        let cells: String = row.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        let _ = writeln!(out, "<tr>{cells}</tr>");
    }
    out += "</tbody></table></div>\n";
    if input.rows.len() > MOST_ROWS {
        let _ = writeln!(out, "<p class=\"note\">The first {MOST_ROWS} of {} combinations.</p>", input.rows.len());
    }
    out + "</section>\n"
}

fn again(input: &SweepPage) -> String {
    let mut out = format!(
        "<section id=\"again\">\n<h2>How to run it again</h2>\n<p class=\"reading\">The same command gives the same \
         numbers, whatever the number of jobs; runs that are finished are kept, so it costs nothing twice. Change a \
         value, and only what it changes is run.</p>\n<pre tabindex=\"0\"><code>{}</code></pre>\n",
        escape(&input.again)
    );
    for (name, text) in &input.texts {
        let _ = writeln!(
            out,
            "<details><summary>{}</summary>\n<pre tabindex=\"0\"><code>{}</code></pre></details>",
            escape(name),
            escape(text)
        );
    }
    out + "</section>\n"
}
