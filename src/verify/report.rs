//! What the checks found: one row per comparison, a table for people, JSON for scripts.
//!
//! In: numbers measured and expected. Out: rows that hold or fail. Invariant: a number that is not finite never holds,
//! and a check that could not run is a failed row that says why, not a missing one.

use serde::Serialize;

/// One number compared with what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was measured, in a few words.
    pub what: String,
    /// What it should be.
    pub expected: f64,
    /// What it is.
    pub measured: f64,
    /// Their distance, absolute or relative to what is expected.
    pub error: f64,
    /// The largest distance that holds.
    pub tolerance: f64,
    /// Whether distance is relative to what is expected.
    pub relative: bool,
}

impl Finding {
    /// A number whose distance from what is expected counts as it is.
    pub fn absolute(what: impl Into<String>, expected: f64, measured: f64, tolerance: f64) -> Self {
        let error = (measured - expected).abs();
        Self { what: what.into(), expected, measured, error, tolerance, relative: false }
    }

    /// A number whose distance counts in units of what is expected.
    pub fn relative(what: impl Into<String>, expected: f64, measured: f64, tolerance: f64) -> Self {
        let error = ((measured - expected) / expected).abs();
        Self { what: what.into(), expected, measured, error, tolerance, relative: true }
    }

    /// Whether measured and expected agree.
    pub fn holds(&self) -> bool {
        self.measured.is_finite() && self.error <= self.tolerance
    }
}

/// A finding with the check and the place it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The check: the number of its row in the list of exact results, or a word.
    pub id: &'static str,
    /// What was measured.
    pub what: String,
    /// Back end and precision, such as `cpu f64`.
    pub place: String,
    /// What it should be; absent where the check could not run.
    pub expected: Option<f64>,
    /// What it is.
    pub measured: Option<f64>,
    /// Their distance.
    pub error: Option<f64>,
    /// The largest distance that holds.
    pub tolerance: Option<f64>,
    /// Whether distance is relative to what is expected.
    pub relative: bool,
    /// Whether it holds.
    pub ok: bool,
    /// Why the check could not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Row {
    pub(super) fn new(id: &'static str, place: &str, finding: Finding) -> Self {
        Self {
            id,
            place: place.to_owned(),
            expected: Some(finding.expected),
            measured: Some(finding.measured),
            error: Some(finding.error),
            tolerance: Some(finding.tolerance),
            relative: finding.relative,
            ok: finding.holds(),
            failure: None,
            what: finding.what,
        }
    }

    pub(super) fn failed(id: &'static str, place: &str, what: &str, why: String) -> Self {
        Self {
            id,
            what: what.to_owned(),
            place: place.to_owned(),
            expected: None,
            measured: None,
            error: None,
            tolerance: None,
            relative: false,
            ok: false,
            failure: Some(why),
        }
    }
}

/// Everything that was found on this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Version of semafield.
    pub version: &'static str,
    /// Back ends, adapters and precisions that were looked at.
    pub places: Vec<String>,
    /// Rows in the order of the checks, place by place.
    pub rows: Vec<Row>,
    /// Rows that hold.
    pub held: usize,
    /// Rows that do not.
    pub failed: usize,
}

impl Report {
    pub(super) fn new(places: Vec<String>, rows: Vec<Row>) -> Self {
        let held = rows.iter().filter(|row| row.ok).count();
        Self { version: env!("CARGO_PKG_VERSION"), places, held, failed: rows.len() - held, rows }
    }

    /// Whether every row holds.
    pub fn holds(&self) -> bool {
        self.failed == 0
    }

    /// The rows as a table in plain text, with a last line that sums up.
    pub fn table(&self) -> String {
        let heading = ["check", "what", "place", "expected", "measured", "error", "tolerance", ""].map(str::to_owned);
        let mut lines = vec![heading];
        lines.extend(self.rows.iter().map(cells));
        let mut widths = [0; 8];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut text = String::new();
        for (line, row) in lines.iter().zip(std::iter::once(None).chain(self.rows.iter().map(Some))) {
            let padded: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            text.push_str(padded.join("  ").trim_end());
            text.push('\n');
            if let Some(why) = row.and_then(|row| row.failure.as_ref()) {
                text.push_str(&format!("       {}\n", why.replace('\n', "\n       ")));
            }
        }
        let places = self.places.join(", ");
        let verdict = if self.holds() { "all hold".to_owned() } else { format!("{} FAILED", self.failed) };
        text.push_str(&format!("\n{} rows on {places}: {verdict}\n", self.rows.len()));
        text
    }
}

fn cells(row: &Row) -> [String; 8] {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), significant);
    let small = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1e}"));
    let unit = if row.relative { " rel" } else { "" };
    [
        row.id.to_owned(),
        row.what.clone(),
        row.place.clone(),
        number(row.expected),
        number(row.measured),
        small(row.error) + unit,
        small(row.tolerance),
        if row.ok { "ok" } else { "FAILED" }.to_owned(),
    ]
}

/// Nine significant digits, without an exponent where the number is of an everyday size.
fn significant(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-3..1e6).contains(&size) {
        let decimals = (1..=9).rev().find(|&decimals| size < 10f64.powi(10 - decimals)).unwrap_or(1);
        let text = format!("{value:.*}", usize::try_from(decimals).unwrap_or(1));
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.8e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_never_holds() {
        assert!(!Finding::absolute("x", 0.0, f64::NAN, 1.0).holds());
        assert!(!Finding::relative("x", 1.0, f64::INFINITY, f64::INFINITY).holds());
        assert!(Finding::relative("x", 2.0, 2.1, 0.051).holds());
        assert!(!Finding::absolute("x", 2.0, 2.1, 0.05).holds());
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(significant(0.25), "0.25");
        assert_eq!(significant(-123.0), "-123");
        assert_eq!(significant(0.0), "0");
        assert_eq!(significant(1.5e-7), "1.50000000e-7");
    }

    #[test]
    fn a_check_that_could_not_run_says_why() {
        let rows = vec![Row::failed("V1", "cpu f64", "heat", "no such thing".into())];
        let report = Report::new(vec!["cpu f64".into()], rows);
        assert!(!report.holds());
        assert!(report.table().contains("FAILED\n       no such thing\n"));
    }
}
