//! Notes from lines of text: JSON Lines, and values separated by commas or tabs.
//!
//! In: a `.jsonl`, `.csv` or `.tsv` file. Out: one note per object or row. The first rows show what each column holds,
//! then the file is read row by row. In CSV a list is written as in JSON, `["a", "b"]` or `[0.1, 0.2]`, or as NumPy
//! prints it, `[0.1 0.2]`; tags and links may also be separated by semicolons.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::note::Note;
use super::roles::{Column, Kind, PARTS, Roles, VECTOR_NAMES};
use super::rows::Rows;
use super::{Harvest, SoilError};

/// Rows that show what columns hold.
const SHOWN: usize = 200;

type Record = Map<String, Value>;

/// Reads JSON Lines; empty lines are skipped.
pub(super) fn read_jsonl(path: &Path, chosen: &[(String, String)]) -> Result<Harvest, SoilError> {
    let parse = |(number, line): (usize, std::io::Result<String>)| {
        let line = match line {
            Ok(line) if line.trim().is_empty() => return None,
            Ok(line) => line,
            Err(error) => return Some(Err(unreadable_line(path, number + 1, &error.to_string()))),
        };
        let text = line.strip_prefix('\u{feff}').unwrap_or(&line);
        Some(
            serde_json::from_str(text).map_err(|error| unreadable_line(path, number + 1, &why_no_object(text, &error))),
        )
    };
    let open = || -> Result<_, SoilError> { Ok(BufReader::new(open(path)?).lines().enumerate().filter_map(parse)) };
    read(path, "JSON Lines", chosen, open)
}

/// What is wrong with a line that should be a JSON object.
fn why_no_object(line: &str, error: &serde_json::Error) -> String {
    // Each line is parsed by itself, so that it is always the first.
    let why = error.to_string().replace(" at line 1 column", " at column");
    match line.trim_start().chars().next() {
        Some('{') if ["NaN", "Infinity"].iter().any(|number| line.contains(number)) => {
            format!("{why}; JSON has no NaN or Infinity: write a number, or null")
        }
        Some('{') => format!("{why}; mend the line or take it out"),
        Some('[') => "this is a list; write one object {...} per line".into(),
        _ => "this is no object; write one {...} per line".into(),
    }
}

fn unreadable_line(path: &Path, line: usize, why: &str) -> SoilError {
    let why = if why.contains("UTF-8") { "it is not UTF-8; save the file in that encoding" } else { why };
    SoilError::Format { path: path.to_path_buf(), kind: "JSON Lines", message: format!("line {line}: {why}") }
}

/// Reads a table with a header line. In a `.csv` other separators than commas are found by the header.
pub(super) fn read_separated(path: &Path, separator: u8, chosen: &[(String, String)]) -> Result<Harvest, SoilError> {
    let kind = "a table of text";
    let separator = if separator == b',' { separator_of(path)? } else { separator };
    let open = || -> Result<_, SoilError> {
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(open(path)?);
        let damaged = |error: csv::Error| {
            let message = why_no_row(&error);
            SoilError::Format { path: path.to_path_buf(), kind, message }
        };
        let header = reader.headers().map_err(damaged)?.clone();
        let twice = header.iter().enumerate().find(|(at, name)| header.iter().take(*at).any(|other| other == *name));
        if let Some((_, name)) = twice {
            return Err(SoilError::SameName { path: path.to_path_buf(), column: name.to_owned() });
        }
        let record = move |row: Result<csv::StringRecord, csv::Error>| -> Result<Record, SoilError> {
            let row = row.map_err(damaged)?;
            Ok(header.iter().map(str::to_owned).zip(row.iter().map(cell)).collect())
        };
        Ok(reader.into_records().map(record))
    };
    let harvest = read(path, kind, chosen, open)?;
    let last = harvest.notes.last().filter(|note| note.text.contains('\n'));
    match last {
        Some(_) if has_open_quotes(path)? => {
            let row = harvest.notes.len() - 1;
            let message =
                format!("row {row}: its quotation marks are not closed, so that it takes in the rest of the file");
            Err(SoilError::Format { path: path.to_path_buf(), kind, message })
        }
        _ => Ok(harvest),
    }
}

/// Whether the file ends within quotation marks, if it has none but those round fields.
fn has_open_quotes(path: &Path) -> Result<bool, SoilError> {
    let unreadable = |source| SoilError::Read { path: path.to_path_buf(), source };
    let (mut reader, mut open) = (BufReader::new(open(path)?), false);
    loop {
        let bytes = reader.fill_buf().map_err(unreadable)?;
        if bytes.is_empty() {
            return Ok(open);
        }
        open ^= bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1;
        let length = bytes.len();
        reader.consume(length);
    }
}

/// What stands most often between the words of the first line: a comma, unless there are more semicolons or tabs.
fn separator_of(path: &Path) -> Result<u8, SoilError> {
    /// A header is shorter.
    const LONGEST: u64 = 1 << 16;
    let mut line = Vec::new();
    let unreadable = |source| SoilError::Read { path: path.to_path_buf(), source };
    BufReader::new(open(path)?.take(LONGEST)).read_until(b'\n', &mut line).map_err(unreadable)?;
    let mut quoted = false;
    line.retain(|&byte| {
        quoted ^= byte == b'"';
        !quoted
    });
    let count = |separator: u8| line.iter().filter(|&&byte| byte == separator).count();
    let most = [b';', b'\t'].into_iter().max_by_key(|&separator| count(separator)).expect("there are two");
    Ok(if count(most) > count(b',') { most } else { b',' })
}

/// What is wrong with a row of a table of text.
fn why_no_row(error: &csv::Error) -> String {
    let line = |position: &Option<csv::Position>| position.as_ref().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("line {} is not UTF-8; save the file in that encoding", line(pos))
        }
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => format!(
            "line {} has {len} fields and the header {expected_len}; a field that holds a separator needs quotation marks",
            line(pos)
        ),
        _ => error.to_string(),
    }
}

fn open(path: &Path) -> Result<File, SoilError> {
    File::open(path).map_err(|source| SoilError::Read { path: path.to_path_buf(), source })
}

fn wrong(path: &Path, kind: &'static str, row: usize, why: &str) -> SoilError {
    SoilError::Format { path: path.to_path_buf(), kind, message: format!("row {row}: {why} (rows count from 0)") }
}

/// What a cell of CSV says: nothing, a list, or itself.
fn cell(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    let Some(inside) = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Value::String(text.to_owned());
    };
    if let Ok(list @ Value::Array(_)) = serde_json::from_str(text) {
        return list;
    }
    let words = inside.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|word| !word.is_empty());
    let numbers: Result<Vec<f64>, _> = words.map(str::parse::<f64>).collect();
    // A number that JSON does not know, such as nan, becomes null and is refused as not finite.
    numbers.map_or_else(|_| Value::String(text.to_owned()), |numbers| numbers.into_iter().map(Value::from).collect())
}

/// Reads records twice: the first ones for their columns, then all.
fn read<I: Iterator<Item = Result<Record, SoilError>>>(
    path: &Path,
    kind: &'static str,
    chosen: &[(String, String)],
    open: impl Fn() -> Result<I, SoilError>,
) -> Result<Harvest, SoilError> {
    let shown: Vec<Record> = open()?.take(SHOWN).collect::<Result<_, _>>()?;
    if shown.is_empty() {
        return Err(SoilError::Empty { path: path.to_path_buf() });
    }
    let roles = Roles::assign(path, &describe(&shown), chosen)?;
    let mut numeric = true;
    let mut rows = Rows::new(path, true);
    for record in open()? {
        let record = record?;
        let value = |part: &str| roles.column(part).and_then(|name| record.get(name)).unwrap_or(&Value::Null);
        let column = |part: &str| roles.column(part).unwrap_or(part).to_owned();
        let row = rows.next();
        let wrong = |part: &str, due: &str| wrong(path, kind, row, &format!("`{}` should be {due}", column(part)));
        let word = |part: &str| word(value(part)).ok_or_else(|| wrong(part, "text or a number"));
        let list = |part: &str| words(value(part)).ok_or_else(|| wrong(part, "a list of texts, or one text"));
        let number = |part: &str| number(value(part)).ok_or_else(|| wrong(part, "a number"));
        let id = word("id")?;
        numeric &= id.as_deref().is_none_or(is_whole);
        let position = match (roles.column("x"), roles.column("y")) {
            (Some(_), Some(_)) => Some([number("x")?, number("y")?]),
            _ => None,
        };
        let note = Note {
            title: word("title")?.unwrap_or_default(),
            text: word("text")?.unwrap_or_default(),
            tags: list("tags")?,
            targets: list("links")?,
            position,
            ..Note::default()
        };
        let Some(name) = &roles.vector else {
            rows.add(id, note);
            continue;
        };
        match record.get(name) {
            None | Some(Value::Null) => return Err(SoilError::NullVector { path: path.to_path_buf(), row }),
            Some(Value::Array(items)) if items.iter().all(|item| item.is_number() || item.is_null()) => {
                // A null is no number: NaN, and refused as such.
                let vector = items.iter().map(|item| item.as_f64().unwrap_or(f64::NAN)).collect();
                rows.add_with_vector(id, note, vector)?;
            }
            Some(_) => {
                return Err(self::wrong(path, kind, row, &format!("`{name}` should be a list of numbers")));
            }
        }
    }
    rows.with_numeric_ids(numeric).finish()
}

/// Names and kinds of all columns that the records have.
fn describe(records: &[Record]) -> Vec<Column> {
    let mut names: Vec<&String> = Vec::new();
    for name in records.iter().flat_map(Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let column = |name: &String| {
        let values: Vec<&Value> =
            records.iter().filter_map(|record| record.get(name)).filter(|value| !value.is_null()).collect();
        let all = |fits: fn(&Value) -> bool| !values.is_empty() && values.iter().all(|value| fits(value));
        let (kind, described) = match () {
            () if all(is_vector) && !PARTS.contains(&name.as_str()) => (Kind::Vectors, "lists of numbers"),
            // Who says vectors hears which row is none.
            () if VECTOR_NAMES.contains(&name.as_str()) && values.iter().any(|value| value.is_array()) => {
                (Kind::Vectors, "lists")
            }
            // Numbers in CSV are no texts.
            () if all(|value| value.as_str().is_some_and(|text| text.parse::<f64>().is_err())) => (Kind::Words, "text"),
            () if all(Value::is_array) => (Kind::Other, "lists"),
            () if all(|value| value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok())) => {
                (Kind::Other, "numbers")
            }
            () if values.is_empty() => (Kind::Other, "nothing"),
            () => (Kind::Other, "mixed"),
        };
        Column { name: name.clone(), kind, described: described.to_owned() }
    };
    names.into_iter().map(column).collect()
}

fn is_vector(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_number))
}

/// A whole number as a computer writes it.
fn is_whole(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

/// Text, or a number in digits; `None` of anything else.
fn word(value: &Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(text.clone())),
        Value::Number(number) => Some(Some(number.to_string())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Several words: a list, or one text, which semicolons may divide.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => {
            let words: Option<Vec<Option<String>>> = items.iter().map(word).collect();
            Some(words?.into_iter().flatten().collect())
        }
        Value::String(text) => {
            Some(text.split(';').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect())
        }
        other => Some(word(other)?.into_iter().collect()),
    }
}

/// A number, or text that is one; nothing is NaN.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(f64::NAN),
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}
