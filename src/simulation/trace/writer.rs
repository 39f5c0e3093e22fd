//! Writes a trace as it happens. In: a header, then lines. Out: a file that grows.
//!
//! Invariant: whatever ends the process, at most the last line is torn, and less than a second of life is lost.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{Header, Line, text_of, whole_lines};
use crate::error::Error;

/// Writes a trace as it happens.
pub struct TraceWriter {
    path: PathBuf,
    file: File,
    /// When the disk had all of it; later lines may be with the system only.
    durable: Instant,
    dirty: bool,
    /// When the last line was written.
    last_line: Instant,
}

/// Who is killed loses less than a second of what was lived.
const SILENT_FOR: Duration = Duration::from_millis(900);
/// A line is on the disk at the latest after this long.
const DURABLE_AFTER: Duration = Duration::from_millis(500);

impl TraceWriter {
    /// Starts a trace with its header: in a file, which is replaced, or in a folder, under the next free number.
    pub fn create(path: &Path, header: &Header) -> Result<Self, Error> {
        let (path, file) = if path.is_dir() {
            next_free(path)?
        } else {
            (path.to_owned(), File::create(path).map_err(|source| Error::file(path, source))?)
        };
        let mut writer = Self::over(path, file);
        writer.put(header)?;
        writer.sync()?;
        Ok(writer)
    }

    /// Goes on with a trace behind its last whole line.
    pub fn resume(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::file(path, source);
        let whole = whole_lines(&std::fs::read(path).map_err(failed)?).len();
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        file.set_len(whole as u64).map_err(failed)?;
        Ok(Self::over(path.to_owned(), file))
    }

    fn over(path: PathBuf, file: File) -> Self {
        Self { path, file, durable: now(), dirty: false, last_line: now() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line: the system has it when this returns, and the disk within a second if [`TraceWriter::keep`] is
    /// called on the way.
    pub fn append(&mut self, line: &Line) -> Result<(), Error> {
        self.put(line)?;
        self.keep()
    }

    /// Lets the disk have what was appended, if it has waited for long.
    pub fn keep(&mut self) -> Result<(), Error> {
        if self.dirty && now().duration_since(self.durable) >= DURABLE_AFTER { self.sync() } else { Ok(()) }
    }

    /// Whether no line was written for so long that how far the field has come should be.
    pub fn is_silent(&self) -> bool {
        now().duration_since(self.last_line) >= SILENT_FOR
    }

    /// Lets the disk have all of it.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file.sync_data().map_err(|source| Error::file(&self.path, source))?;
        (self.durable, self.dirty) = (now(), false);
        Ok(())
    }

    /// One line in one write: a process that dies leaves at most one torn line.
    fn put<T: Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let line = text_of(value);
        self.file.write_all(line.as_bytes()).map_err(|source| Error::file(&self.path, source))?;
        (self.dirty, self.last_line) = (true, now());
        Ok(())
    }
}

/// Makes the first of `0001.jsonl`, `0002.jsonl`, ... that is not there.
fn next_free(folder: &Path) -> Result<(PathBuf, File), Error> {
    let taken = std::fs::read_dir(folder).map_err(|source| Error::file(folder, source))?;
    let number = |entry: std::fs::DirEntry| Path::new(&entry.file_name()).file_stem()?.to_str()?.parse::<u32>().ok();
    let last = taken.filter_map(Result::ok).filter_map(number).max().unwrap_or(0);
    for number in last.saturating_add(1).. {
        let path = folder.join(format!("{number:04}.jsonl"));
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => {} // another window was faster
            Err(source) => return Err(Error::file(path, source)),
        }
    }
    Err(Error::Input(format!("{} has no free number left for a trace", folder.display())))
}

#[expect(clippy::disallowed_methods, reason = "when a line reaches the disk, never what it says")]
fn now() -> Instant {
    Instant::now()
}
