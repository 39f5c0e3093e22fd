//! Notes and vectors while they are read, row by row.
//!
//! In: rows of a source in order. Out: a [`Harvest`]. Each vector is scaled and rounded as it comes, so that a source
//! never stands in memory twice. Invariant: ids differ, vectors are finite, of one length and have a direction.

use std::path::Path;

use super::note::Note;
use super::vectors::{Vectors, unit};
use super::{Harvest, SoilError, room};

/// What has been read so far.
pub(super) struct Rows<'a> {
    path: &'a Path,
    numeric_ids: bool,
    /// How many rows the source says it has.
    announced: usize,
    /// Length of the first vector.
    dims: Option<usize>,
    values: Vec<f32>,
    notes: Vec<Note>,
}

impl<'a> Rows<'a> {
    /// No rows yet; `numeric_ids` says whether ids are whole numbers in the source.
    pub(super) fn new(path: &'a Path, numeric_ids: bool) -> Self {
        Self { path, numeric_ids, announced: 0, dims: None, values: Vec::new(), notes: Vec::new() }
    }

    /// Says how many rows are to come: vectors that grow to an unknown number take up to twice the memory for a while.
    pub(super) fn announce(&mut self, rows: usize) {
        self.announced = rows;
    }

    /// The number of the next row.
    pub(super) fn next(&self) -> usize {
        self.notes.len()
    }

    /// Adds a note that is still to be encoded. A note without an id is called by its row, one without a title by its id.
    pub(super) fn add(&mut self, id: Option<String>, note: Note) {
        let id = id.unwrap_or_else(|| self.next().to_string());
        let title = if note.title.trim().is_empty() { id.clone() } else { note.title };
        self.notes.push(Note { id, title, ..note });
    }

    /// Adds a note with its vector.
    pub(super) fn add_with_vector(
        &mut self,
        id: Option<String>,
        note: Note,
        mut vector: Vec<f64>,
    ) -> Result<(), SoilError> {
        let (path, row, found) = (self.path.to_path_buf(), self.next(), vector.len());
        if found == 0 {
            return Err(SoilError::EmptyVector { path, row });
        }
        self.add(id, note);
        if self.dims.is_none() {
            self.values = room_for(self.announced, found)?;
        }
        let expected = *self.dims.get_or_insert(found);
        if found != expected {
            return Err(SoilError::UnequalLength { path, row, found, expected });
        }
        self.scale(row, &mut vector)?;
        self.values.extend(vector.iter().map(|&x| single(x)));
        Ok(())
    }

    /// Adds all vectors at once, row by row, to be scaled where they lie; their notes are called by their rows.
    pub(super) fn adopt(&mut self, dims: usize, mut values: Vec<f32>) -> Result<(), SoilError> {
        for (row, own) in values.chunks_exact_mut(dims).enumerate() {
            self.add(None, Note::default());
            let mut vector: Vec<f64> = own.iter().map(|&x| f64::from(x)).collect();
            self.scale(row, &mut vector)?;
            own.iter_mut().zip(&vector).for_each(|(own, &x)| *own = single(x));
        }
        (self.dims, self.values) = (Some(dims), values);
        Ok(())
    }

    /// Gives a row's vector unit length.
    fn scale(&self, row: usize, vector: &mut [f64]) -> Result<(), SoilError> {
        let path = || self.path.to_path_buf();
        if let Some(position) = vector.iter().position(|value| !value.is_finite()) {
            return Err(SoilError::NotFinite { path: path(), row, position, value: vector[position] });
        }
        if !unit(vector) {
            return Err(SoilError::ZeroVector { path: path(), row, id: self.notes[row].id.clone() });
        }
        Ok(())
    }

    /// The same rows, where only their ids show whether all are whole numbers.
    pub(super) fn with_numeric_ids(self, numeric_ids: bool) -> Self {
        Self { numeric_ids, ..self }
    }

    /// Closes the harvest.
    pub(super) fn finish(self) -> Result<Harvest, SoilError> {
        let Self { path, numeric_ids, dims, values, notes, .. } = self;
        if notes.is_empty() {
            return Err(SoilError::Empty { path: path.to_path_buf() });
        }
        refuse_duplicates(path, &notes)?;
        let vectors = dims.map(|dims| Vectors::of_units(dims, values));
        Ok(Harvest { notes, vectors, numeric_ids, warnings: Vec::new() })
    }
}

/// Room for so many vectors.
pub(super) fn room_for<T>(rows: usize, dims: usize) -> Result<Vec<T>, SoilError> {
    room::of(rows.saturating_mul(dims), || format!("{rows} vectors of {dims} numbers"))
}

#[expect(clippy::cast_possible_truncation, reason = "vectors are kept in f32")]
fn single(x: f64) -> f32 {
    x as f32
}

fn refuse_duplicates(path: &Path, notes: &[Note]) -> Result<(), SoilError> {
    let mut order: Vec<usize> = (0..notes.len()).collect();
    order.sort_by(|&a, &b| notes[a].id.cmp(&notes[b].id).then(a.cmp(&b)));
    let twice = order.windows(2).filter(|pair| notes[pair[0]].id == notes[pair[1]].id).min_by_key(|pair| pair[1]);
    match twice {
        None => Ok(()),
        Some(pair) => {
            let id = notes[pair[0]].id.clone();
            Err(SoilError::DuplicateId { path: path.to_path_buf(), id, first: pair[0], second: pair[1] })
        }
    }
}
