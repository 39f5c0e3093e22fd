//! Edges from a table of text. In: CSV with the columns `source`, `target` and, if wanted, `weight` (else 1) and `angle`
//! (else 0). Out: rows, one by one, the ends as they are written. Invariant: an error names the line.

use std::io::Read;

/// One row of an edge file.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeRow {
    /// The line of the file, from 1.
    pub line: u64,
    /// Source and target, as written.
    pub ends: [String; 2],
    /// The weight.
    pub weight: f64,
    /// The angle theta from source to target, in radians.
    pub angle: f64,
}

/// The rows of a file, or what is wrong with its header.
pub fn read<R: Read>(file: R) -> Result<impl Iterator<Item = Result<EdgeRow, String>>, String> {
    let mut reader = ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(file);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| header.iter().position(|own| own.eq_ignore_ascii_case(name));
    let listed = || header.iter().collect::<Vec<_>>().join(", ");
    let missing = |name| {
        format!("there is no column `{name}` among {}; due are source, target and, if wanted, weight, angle", listed())
    };
    let ends = [column("source").ok_or_else(|| missing("source"))?, column("target").ok_or_else(|| missing("target"))?];
    let (weight, angle) = (column("weight"), column("angle"));
    let row = move |record: Result<::csv::StringRecord, ::csv::Error>| {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, ::csv::Position::line);
        let number = |column: Option<usize>, otherwise: f64, name: &str| match column.and_then(|at| record.get(at)) {
            None | Some("") => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| format!("line {line}: the {name} `{text}` is not a number")),
        };
        Ok(EdgeRow {
            line,
            ends: ends.map(|at| record.get(at).unwrap_or_default().to_owned()),
            weight: number(weight, 1.0, "weight")?,
            angle: number(angle, 0.0, "angle")?,
        })
    };
    Ok(reader.into_records().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<EdgeRow>, String> {
        read(text.as_bytes())?.collect()
    }

    #[test]
    fn columns_come_in_any_order_and_may_be_left_out() {
        let rows = rows("angle, target ,source\n0.5,b,a\n,c,a\n").unwrap();
        assert_eq!(rows[0], EdgeRow { line: 2, ends: ["a".into(), "b".into()], weight: 1.0, angle: 0.5 });
        assert_eq!(rows[1].angle, 0.0);
    }

    #[test]
    fn mistakes_are_placed() {
        assert_eq!(rows("source,target,weight\n0,1,x\n").unwrap_err(), "line 2: the weight `x` is not a number");
        assert!(rows("from,to\n0,1\n").unwrap_err().contains("no column `source` among from, to"));
    }
}
