//! `report.html`: one page, without anything outside it, that says what a run did. In: a [`ReportInput`]. Out: HTML.
//!
//! The page works without scripts, in light and dark, from 360 pixels up; every picture has a text beside it and one
//! in place of it. All texts are escaped: titles come from strangers. Pictures are shrunk until the page is below
//! about 8 MB; the full ones lie in `images/`.

pub mod essay;
mod figures;
mod frames;
mod html;
mod life;
mod map;
mod overlay;
mod plot;
mod readings;
mod run;
mod summary;
pub mod sweep;
mod tables;

use std::collections::BTreeMap;

use ::image::RgbaImage;

use super::colormap::Palette;
use super::image::Limits;
use super::manifest::Manifest;
use super::tables::SeriesTable;

pub use figures::LONGEST_FRAME;
pub use frames::{Frames, NullFrames};
pub use life::Life;
pub use readings::reading_of;

/// Everything the page shows. Parts that are empty are left out of it.
#[derive(Clone, Debug, Default)]
pub struct ReportInput {
    /// What was run, on what, how fast; its title, warnings and notices head the page.
    pub manifest: Manifest,
    /// What happened, in plain language; if empty, it is written from the series and the notes.
    pub summary: String,
    /// The last pictures of the run. The first one lies under the notes.
    pub pictures: Vec<Picture>,
    /// Pictures over time.
    pub films: Vec<Film>,
    /// Quantities over time.
    pub panels: Vec<Panel>,
    /// What [`NoteRow::values`] holds, in order. The first is what makes a note prominent on the map.
    pub measures: Vec<Measure>,
    /// The notes, in source order.
    pub notes: Vec<NoteRow>,
    /// Links between notes, by position in `notes`.
    pub links: Vec<[usize; 2]>,
    /// Notes by what their owner calls them: their first tags.
    pub groups: Vec<Group>,
    /// What the field makes of the notes.
    pub life: Option<Life>,
    /// The frames of a graph of notes.
    pub frames: Option<Frames>,
    /// What the parameters mean, where the seed says it.
    pub parameter_docs: BTreeMap<String, String>,
    /// The exact seed used.
    pub seed_text: String,
}

/// A picture of a field at one time.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What is shown: an expression or a field of the seed.
    pub name: String,
    /// Its name for a person; `name` stands beside it.
    pub caption: String,
    /// What it is and what to look for; see [`reading_of`].
    pub reading: String,
    /// One pixel per cell, the first row on top.
    pub image: RgbaImage,
    /// Width of the domain over its height.
    pub aspect: f64,
    /// What the colours mean.
    pub key: Key,
    /// Time shown.
    pub time: f64,
}

/// What colours mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Key {
    /// A bar with numbers at its ends.
    Scale(Palette, Limits),
    /// A curve: its lowest and highest level.
    Curve(Limits),
    /// A wheel of phases.
    Phase,
    /// A wheel of phases, dark inside; the number is the magnitude at its rim.
    Complex(f64),
    /// Nothing to explain.
    None,
}

/// One field at several times.
#[derive(Clone, Debug)]
pub struct Film {
    /// What is shown: an expression or a field of the seed.
    pub name: String,
    /// Its name for a person.
    pub caption: String,
    /// Time and picture, in order.
    pub frames: Vec<(f64, RgbaImage)>,
    /// Width of the domain over its height.
    pub aspect: f64,
}

/// One plot over time.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Heading.
    pub title: String,
    /// What it is and what to look for; may be empty.
    pub reading: String,
    /// Times of all lines.
    pub times: Vec<f64>,
    /// Name and values of each line, as many as there are times.
    pub lines: Vec<(String, Vec<f64>)>,
}

/// Something that was measured at each note.
#[derive(Clone, Debug, Default)]
pub struct Measure {
    /// One word for headings: `Coherence`.
    pub title: String,
    /// What it is and what a high or low value says about a note.
    pub reading: String,
}

/// One note.
#[derive(Clone, Debug, Default)]
pub struct NoteRow {
    /// Its id in the source.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Place on the map as a share of the domain, rightwards.
    pub x: f64,
    /// Place on the map as a share of the domain, upwards.
    pub y: f64,
    /// One number per measure.
    pub values: Vec<f64>,
    /// Its text, if the page may hold it.
    pub text: Option<String>,
}

/// Notes that belong together.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many notes.
    pub notes: usize,
    /// Mean of each measure.
    pub values: Vec<f64>,
    /// Titles of its most typical notes.
    pub examples: Vec<String>,
}

impl Panel {
    /// One panel per series.
    pub fn of_series(table: &SeriesTable) -> Vec<Self> {
        let panel = |(name, values): &(String, Vec<f64>)| Self {
            title: name.clone(),
            reading: readings::of_series(name).to_owned(),
            times: table.times.clone(),
            lines: vec![(name.clone(), values.clone())],
        };
        table.columns.iter().map(panel).collect()
    }
}

impl NoteRow {
    /// The title, or the id where there is none.
    fn name(&self) -> &str {
        if self.title.trim().is_empty() { &self.id } else { &self.title }
    }

    fn value(&self, measure: usize) -> f64 {
        self.values.get(measure).copied().unwrap_or(f64::NAN)
    }
}

/// The page.
pub fn render(input: &ReportInput) -> String {
    let album = figures::Album::encode(input);
    let title = html::escape(&run::title(&input.manifest));
    let sections = [
        run::header(input),
        map::section(input, &album),
        figures::gallery(input, &album),
        figures::films(&album),
        life::section(input),
        frames::section(input),
        plot::section(&input.panels),
        tables::notes(input),
        tables::groups(input),
        run::section(input),
    ];
    page(&title, "", &sections.concat(), &run::footer(&input.manifest))
}

/// A whole page around its sections; `style` is what it needs beside the style of all pages.
fn page(title: &str, style: &str, body: &str, footer: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{common}{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n{footer}\
         <script>\n{script}</script>\n</body>\n</html>\n",
        common = include_str!("style.css"),
        script = include_str!("script.js"),
    )
}
