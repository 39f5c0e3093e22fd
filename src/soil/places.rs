//! Where notes lie on the map: a file beside a seed that keeps their places between runs.
//!
//! In and out: CSV with the columns `id`, `x`, `y` (in the unit square, y up) and `content`, one line per note in the order
//! of the source. `content` is a digest of what the note says; a note whose digest has changed may be placed anew, if that
//! is asked for. Invariant: numbers are written so that they are read back bit for bit.

use std::collections::BTreeMap;
use std::path::Path;

use super::note::Note;
use super::vectors::Vectors;
use super::{Soil, SoilError};

/// Hexadecimal digits of a digest.
const DIGITS: usize = 16;

/// Places of notes by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    places: BTreeMap<String, Place>,
    /// Whether notes whose content has changed give up their place.
    renew: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Place {
    at: [f64; 2],
    content: String,
}

/// What became of the notes of a places file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Notes that keep their place.
    pub kept: usize,
    /// Notes that had none.
    pub new: usize,
    /// Notes that had one and say something else now.
    pub changed: usize,
    /// Places whose notes are gone.
    pub gone: usize,
}

impl Places {
    /// Reads a file of places.
    pub fn read(path: &Path) -> Result<Self, SoilError> {
        let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "places", message };
        let bytes = std::fs::read(path).map_err(|source| SoilError::Read { path: path.to_path_buf(), source })?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
        let header = reader.headers().map_err(|why| damaged(why.to_string()))?.clone();
        let column = |name: &str| header.iter().position(|own| own == name);
        let due =
            |name: &str| column(name).ok_or_else(|| damaged(format!("there is no column `{name}`; due are id, x, y")));
        let columns = [due("id")?, due("x")?, due("y")?];
        let content = column("content");
        let mut places = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|why| damaged(why.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let text = |column: usize| record.get(column).unwrap_or_default();
            let number = |column: usize| {
                let value: Option<f64> = text(column).parse().ok().filter(|x: &f64| x.is_finite());
                value.ok_or_else(|| damaged(format!("line {line}: `{}` is not a finite number", text(column))))
            };
            let at = [number(columns[1])?, number(columns[2])?];
            let id = text(columns[0]).to_owned();
            let place = Place { at, content: content.map_or_else(String::new, |column| text(column).to_owned()) };
            if places.insert(id, place).is_some() {
                let id = text(columns[0]);
                return Err(damaged(format!("line {line}: note `{id}` has a place already; keep one of its lines")));
            }
        }
        Ok(Self { places, renew: false })
    }

    /// The same places, of which notes whose content has changed give up theirs.
    #[must_use]
    pub fn renewing(self) -> Self {
        Self { renew: true, ..self }
    }

    /// The places of a grown soil, as a file's text.
    pub fn text_of(soil: &Soil) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut line = |fields: [&str; 4]| writer.write_record(fields).expect("memory takes any text");
        line(["id", "x", "y", "content"]);
        let own = soil.given_vectors.then_some(&soil.vectors);
        for (index, (note, [x, y])) in soil.notes.iter().zip(&soil.layout).enumerate() {
            line([&note.id, &x.to_string(), &y.to_string(), &digest(note, own, index)]);
        }
        let bytes = writer.into_inner().expect("memory takes any text");
        String::from_utf8(bytes).expect("written from text")
    }

    /// Gives notes the places they keep, and none to others; vectors are those that the source itself has.
    pub(super) fn assign(&self, notes: &mut [Note], vectors: Option<&Vectors>) {
        for (index, note) in notes.iter_mut().enumerate() {
            let place = self.places.get(&note.id);
            note.position =
                place.filter(|place| !(self.renew && place.changed(note, vectors, index))).map(|place| place.at);
        }
    }

    /// How a grown soil differs from what these places were written of.
    pub fn tally(&self, soil: &Soil) -> Tally {
        let own = soil.given_vectors.then_some(&soil.vectors);
        let mut tally = Tally::default();
        for (index, note) in soil.notes.iter().enumerate() {
            match self.places.get(&note.id) {
                None => tally.new += 1,
                Some(place) if place.changed(note, own, index) => tally.changed += 1,
                Some(_) => tally.kept += 1,
            }
        }
        tally.gone = self.places.len() - tally.changed - tally.kept;
        tally
    }
}

impl Place {
    /// Whether a note says something else than when it was placed. A place written by hand has no digest and is kept.
    fn changed(&self, note: &Note, vectors: Option<&Vectors>, index: usize) -> bool {
        !self.content.is_empty() && self.content != digest(note, vectors, index)
    }
}

/// Digest of what a note says: title, tags, text, and its vector where that is the source's own.
fn digest(note: &Note, vectors: Option<&Vectors>, index: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [&note.title, &note.text].into_iter().chain(&note.tags) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    for x in vectors.into_iter().flat_map(|vectors| vectors.row(index)) {
        hasher.update(&x.to_le_bytes());
    }
    hasher.finalize().to_hex()[..DIGITS].to_owned()
}
