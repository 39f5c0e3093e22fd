//! A folder of Markdown notes, the way Obsidian keeps them.
//!
//! In: a folder. Out: one note per `.md` or `.txt` file, sorted by id; the latter is read as it stands, without markup. Hidden files and folders (`.obsidian`, `.trash`) are
//! skipped and symbolic links are not followed, so that no loop is possible. What is odd is read as well as can be
//! and named in a warning.

use std::path::Path;

use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization;
use walkdir::{DirEntry, WalkDir};

use super::markdown::{self, Document};
use super::note::Note;
use super::{Harvest, Progress, SoilError};

/// Longer files are no notes: they are skipped with a warning.
const LARGEST_NOTE: u64 = 16 << 20;

/// Reads every note below a folder.
pub(super) fn read(folder: &Path, progress: &dyn Progress) -> Result<Harvest, SoilError> {
    let mut warnings = Vec::new();
    let files = list(folder, &mut warnings)?;
    progress.stage("reading notes", files.len() as u64);
    let read: Vec<_> = files
        .par_iter()
        .map(|(id, path)| {
            progress.advance(1);
            read_note(id, path)
        })
        .collect::<Result<_, _>>()?;
    let (notes, odd): (Vec<Note>, Vec<Vec<String>>) = read.into_iter().unzip();
    warnings.extend(odd.into_iter().flatten());
    if notes.is_empty() {
        return Err(SoilError::Empty { path: folder.to_path_buf() });
    }
    if let Some(second) = (1..notes.len()).find(|&row| notes[row].id == notes[row - 1].id) {
        let id = notes[second].id.clone();
        return Err(SoilError::DuplicateId { path: folder.to_path_buf(), id, first: second - 1, second });
    }
    Ok(Harvest { notes, vectors: None, numeric_ids: false, warnings })
}

/// Ids and paths of all notes, sorted by id.
fn list(folder: &Path, warnings: &mut Vec<String>) -> Result<Vec<(String, std::path::PathBuf)>, SoilError> {
    let hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).into_iter().filter_entry(|entry| !hidden(entry)) {
        let entry = entry.map_err(|error| SoilError::Read {
            path: error.path().unwrap_or(folder).to_path_buf(),
            source: error.into(),
        })?;
        if !(is(entry.path(), "md") || is(entry.path(), "txt")) || !entry.file_type().is_file() {
            continue;
        }
        let id = identify(folder, entry.path());
        if entry.metadata().is_ok_and(|metadata| metadata.len() > LARGEST_NOTE) {
            warnings.push(format!("`{id}` is larger than {} MiB and was skipped", LARGEST_NOTE >> 20));
            continue;
        }
        files.push((id, entry.into_path()));
    }
    files.sort();
    // `a.md` and `a.txt` are two notes.
    for file in 1..files.len() {
        if files[file].0 == files[file - 1].0 && is(&files[file].1, "txt") {
            files[file].0.push_str(".txt");
        }
    }
    files.sort();
    Ok(files)
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// The path below the folder without `.md`, with `/` between folders, composed (NFC) on every file system.
fn identify(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/").nfc().collect()
}

/// One note, and what is odd about it.
fn read_note(id: &str, path: &Path) -> Result<(Note, Vec<String>), SoilError> {
    let bytes = std::fs::read(path).map_err(|source| SoilError::Read { path: path.to_path_buf(), source })?;
    let mut warnings = Vec::new();
    let source = match String::from_utf8(bytes) {
        Ok(source) => source,
        Err(error) => {
            warnings.push(format!("`{id}` is not UTF-8; characters that can't be read were replaced"));
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    };
    let stem = id.rsplit('/').next().unwrap_or(id);
    if is(path, "txt") {
        return Ok((Note { id: id.to_owned(), title: stem.to_owned(), text: source, ..Note::default() }, warnings));
    }
    let Document { title, text, tags, aliases, targets, problem } = markdown::parse(&source);
    if let Some(problem) = problem {
        warnings.push(format!("the front matter of `{id}` was read as text: {problem}"));
    }
    let title = title.unwrap_or_else(|| stem.to_owned());
    Ok((Note { id: id.to_owned(), title, text, tags, aliases, targets, ..Note::default() }, warnings))
}
