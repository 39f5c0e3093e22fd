//! One axis of a sweep: a key of the seed and the values that it takes.
//!
//! In: text such as `alpha=0:4:9`, `beta=-1,-.5,0` or `domain.shape=[64, 64],[128, 128]`. Out: an [`Axis`] whose values
//! are texts, as `seed::set` takes them. Invariant: a range `a:b:n` begins and ends exactly at a and b, and its values
//! are the doubles nearest to `(a (n - 1 - k) + b k)/(n - 1)` of the decimals as written, so that 0.1:0.9:9 holds 0.3 and
//! not its neighbour.

use crate::diagnostic::{Diagnostic, excerpt};

/// The most values of one axis: more is a slip of the keyboard.
pub(super) const MOST_VALUES: usize = 100_000;

/// A key and its values, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// A parameter's name, or a dotted key of the seed.
    pub key: String,
    /// The values as text: at least one, all different.
    pub values: Vec<String>,
}

impl Axis {
    /// Reads `KEY=VALUES`.
    pub fn parse(assignment: &str) -> Result<Self, Diagnostic> {
        let wrong = || {
            Diagnostic::error(format!("`{}` is not KEY=VALUES", excerpt(assignment)))
                .note("write a range such as alpha=0:4:9 (nine values from 0 to 4), or a list such as beta=-1,-.5,0")
        };
        let (key, values) = assignment.split_once('=').ok_or_else(wrong)?;
        if key.trim().is_empty() || values.trim().is_empty() {
            return Err(wrong());
        }
        Self::new(key.trim(), values.trim())
    }

    /// An axis from a key and its values as one text: a range or a list.
    pub fn new(key: &str, values: &str) -> Result<Self, Diagnostic> {
        let values = match range(key, values)? {
            Some(values) => values,
            None => list(values),
        };
        Self::of(key, values)
    }

    /// An axis of given values.
    pub fn of(key: &str, values: Vec<String>) -> Result<Self, Diagnostic> {
        if let Some(empty) = values.iter().position(|value| value.is_empty()) {
            return Err(Diagnostic::error(format!("value {} of `{}` is empty", empty + 1, excerpt(key)))
                .note("separate values by one comma"));
        }
        let mut sorted: Vec<String> = values.iter().map(|value| meaning(value)).collect();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Diagnostic::error(format!("`{}` has the value {} twice", excerpt(key), excerpt(&twice[0])))
                .note("more runs of the same values are repeats: --repeats N"));
        }
        Ok(Self { key: key.to_owned(), values })
    }

    /// The values as numbers, if all are.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        self.values.iter().map(|value| number(value)).collect()
    }
}

/// A finite number, as a seed would write it.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// What two texts have in common that mean the same value: `1` and `1.0`.
pub(super) fn meaning(value: &str) -> String {
    number(value).map_or_else(|| value.to_owned(), |number| if number == 0.0 { "0".into() } else { number.to_string() })
}

/// `a:b:n`; none for anything that is no attempt at it.
fn range(key: &str, text: &str) -> Result<Option<Vec<String>>, Diagnostic> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    if parts.len() < 2 || number(parts[0]).is_none() {
        return Ok(None);
    }
    let wrong = |why: &str| {
        Diagnostic::error(format!("`{}={}`: {why}", excerpt(key), excerpt(text)))
            .note("a range is FROM:TO:COUNT, such as 0:4:9 for nine values from 0 to 4")
    };
    let [from, to, count] = parts[..] else { return Err(wrong("a range has three parts")) };
    let scale = decimals(from).max(decimals(to));
    let (Some(from), Some(to)) = (number(from), number(to)) else { return Err(wrong("an end is not a number")) };
    let count: usize = count.parse().map_err(|_| wrong("the count is not a whole number"))?;
    match count {
        0 => Err(wrong("a range needs at least one value")),
        1 if from.to_bits() != to.to_bits() => Err(wrong("one value can't be at both ends")),
        2.. if from.to_bits() == to.to_bits() => Err(wrong("the ends are the same")),
        MOST_VALUES.. => Err(wrong("so many values are hardly meant")),
        _ => Ok(Some(spread(from, to, count, scale).iter().map(ToString::to_string).collect())),
    }
}

/// Ten to the number of digits behind the point.
fn decimals(number: &str) -> f64 {
    let digits = number.split_once('.').map_or(0, |(_, behind)| behind.bytes().take_while(u8::is_ascii_digit).count());
    (0..digits.min(15)).fold(1.0, |scale, _| scale * 10.0)
}

/// Values at equal distances, the ends exact; between them numerator and denominator are whole numbers where the ends
/// times `scale` are.
fn spread(from: f64, to: f64, count: usize, scale: f64) -> Vec<f64> {
    let last = (count - 1).max(1) as f64;
    // Digits behind the point say nothing of an end that is written with an exponent.
    let near = |scaled: f64| (scaled - scaled.round()).abs() < 1e-6 && scaled.abs() < 1e9;
    let whole = |end: f64| {
        if near(end * scale) && (end == 0.0 || (end * scale).abs() >= 1.0) {
            (end * scale).round()
        } else {
            end * scale
        }
    };
    let at = |k: usize| match k {
        0 => from,
        k if k + 1 == count => to,
        k => (whole(from) * (last - k as f64) + whole(to) * k as f64) / (last * scale),
    };
    (0..count).map(at).collect()
}

/// Values between commas that stand outside of brackets and quotes.
fn list(text: &str) -> Vec<String> {
    let (mut values, mut start, mut depth, mut quote) = (vec![], 0, 0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                values.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    values.push(text[start..].trim().to_owned());
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(assignment: &str) -> Vec<String> {
        Axis::parse(assignment).unwrap_or_else(|why| panic!("{assignment}: {}", why.message)).values
    }

    #[test]
    fn ranges_and_lists_are_read() {
        assert_eq!(values("alpha=0:4:9"), ["0", "0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4"]);
        assert_eq!(values("x=0:1:11")[3], "0.3");
        assert_eq!(values("x=0.1:0.9:9"), ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"]);
        assert_eq!(values("x=1e-3:3e-3:3")[1], "0.002");
        assert_eq!(values("x=-1:1:2"), ["-1", "1"]);
        assert_eq!(values("x=2:2:1"), ["2"]);
        assert_eq!(values("beta = -1, -.5,0"), ["-1", "-.5", "0"]);
        assert_eq!(values("domain.shape=[64, 64],[128,128]"), ["[64, 64]", "[128,128]"]);
        assert_eq!(values("equations.A=min(A, 1),\"A, A\""), ["min(A, 1)", "\"A, A\""]);
        assert_eq!(values("time.scheme=heun"), ["heun"]);
    }

    #[test]
    fn what_is_no_axis_is_said() {
        let cases = [
            ("alpha", "KEY=VALUES"),
            ("=1", "KEY=VALUES"),
            ("alpha=", "KEY=VALUES"),
            ("alpha=0:4", "three parts"),
            ("alpha=0:4:0", "at least one"),
            ("alpha=0:4:1", "both ends"),
            ("alpha=1:1:3", "the same"),
            ("alpha=0:x:3", "not a number"),
            ("alpha=0:4:2.5", "whole number"),
            ("alpha=0:4:99999999999", "hardly meant"),
            ("alpha=1,,2", "empty"),
            ("alpha=1,2,1.0", "twice"),
        ];
        for (text, due) in cases {
            let why = Axis::parse(text).expect_err(text);
            assert!(why.message.contains(due) && !why.notes.is_empty(), "{text}: {why:?}");
        }
    }
}
