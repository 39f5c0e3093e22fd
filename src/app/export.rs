//! Tables for other programs: the series, and notes with what they feel, as CSV (RFC 4180).
//!
//! In: a [`Frame`]. Out: a file. Invariants: a file that exists is never overwritten; numbers are written so that they
//! read back as the same bits.

use std::fmt::Write as _;
use std::path::Path;

use crate::app::frame::Frame;
use crate::error::Error;

/// Writes the series: `time` and one column each.
pub(super) fn series(frame: &Frame, path: &Path) -> Result<(), Error> {
    let series = &frame.series;
    let mut table = Table::new(["time"].into_iter().chain(series.columns.iter().map(|(name, _)| name.as_str())));
    for (row, time) in series.times.iter().enumerate() {
        let values = series.columns.iter().map(|(_, column)| column[row].to_string());
        table.row(std::iter::once(time.to_string()).chain(values));
    }
    table.write(path)
}

/// Writes some notes: `id, title, tags, x, y` and what they feel.
pub(super) fn notes(frame: &Frame, chosen: &[usize], path: &Path) -> Result<(), Error> {
    let felt = frame.felt.columns.iter().map(|(name, _)| name.as_str());
    let mut table = Table::new(["id", "title", "tags", "x", "y"].into_iter().chain(felt));
    for &index in chosen {
        let Some(note) = frame.subject.notes.get(index) else { continue };
        let place = frame.felt.positions.get(index).copied().unwrap_or_default();
        let words = [note.id.clone(), note.title.clone(), note.tags.join(";")];
        let place = place.map(|length| length.to_string());
        let felt = frame.felt.columns.iter().map(|(_, column)| column[index].to_string());
        table.row(words.into_iter().chain(place).chain(felt));
    }
    table.write(path)
}

/// Lines of a CSV file.
struct Table(String);

impl Table {
    fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut table = Self(String::new());
        table.row(names.map(str::to_owned));
        table
    }

    fn row(&mut self, cells: impl Iterator<Item = String>) {
        for (position, cell) in cells.enumerate() {
            let comma = if position == 0 { "" } else { "," };
            let quoted = cell.contains([',', '"', '\n', '\r']);
            let cell = if quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell };
            let _ = write!(self.0, "{comma}{cell}");
        }
        self.0.push_str("\r\n");
    }

    fn write(self, path: &Path) -> Result<(), Error> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
        }
        let created = std::fs::File::create_new(path).map_err(|source| Error::file(path, source))?;
        std::io::Write::write_all(&mut { created }, self.0.as_bytes()).map_err(|source| Error::file(path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        let mut table = Table::new(["a", "b"].into_iter());
        table.row(["one, two".to_owned(), "say \"hi\"".to_owned()].into_iter());
        assert_eq!(table.0, "a,b\r\n\"one, two\",\"say \"\"hi\"\"\"\r\n");
    }
}
