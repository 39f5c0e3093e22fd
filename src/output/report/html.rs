//! Text for the page: escaping, numbers as people write them, data URIs.
//!
//! Everything that is not written in this crate passes through [`escape`] before it reaches the page.

use std::fmt::Write as _;

pub(super) use crate::output::labels::shorten;

/// Text as it may stand between tags and in quoted attributes; control characters are dropped.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A number with four significant digits: `0.7214`, `262 144`, `3.2×10⁻⁷`.
pub(super) fn number(value: f64) -> String {
    significant(value, 4)
}

/// A number with the given significant digits at most; trailing zeros go.
pub(super) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("the format writes an e");
    let exponent: i32 = exponent.parse().expect("the format writes an integer");
    let text = if (-4..7).contains(&exponent) {
        let decimals = usize::try_from(i32::try_from(digits).unwrap_or(4) - 1 - exponent).unwrap_or(0);
        grouped(&trimmed(&format!("{value:.decimals$}")))
    } else {
        format!("{}×10{}", trimmed(mantissa), superscript(exponent))
    };
    text.replace('-', "−")
}

/// A number for a column whose largest magnitude is given: all with the same decimals, so that they can be compared at
/// a glance.
pub(super) fn aligned(value: f64, largest: f64) -> String {
    if !value.is_finite() || !(1e-3..1e7).contains(&largest) {
        return number(value);
    }
    let decimals = [1e3, 1e2, 1e1, 1.0, 1e-1].iter().filter(|&&power| largest < power).count().max(1);
    let decimals = if largest >= 1e3 { 0 } else { decimals };
    grouped(&format!("{value:.decimals$}")).replace('-', "−")
}

/// A count with its thousands apart.
pub(super) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A rate or size with a prefix: `1.25 G`, `340 M`, `12.5 k`.
pub(super) fn prefixed(value: f64) -> String {
    for (unit, prefix) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if value >= unit {
            return format!("{} {prefix}", significant(value / unit, 3));
        }
    }
    format!("{} ", significant(value, 3))
}

/// Seconds as a person says them: `850 ms`, `12.4 s`, `3 min 20 s`.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        "–".to_owned()
    } else if seconds < 1.0 {
        format!("{} ms", significant(seconds * 1e3, 2))
    } else if seconds < 60.0 {
        format!("{} s", significant(seconds, 3))
    } else {
        let (minutes, rest) = ((seconds / 60.0).floor(), (seconds % 60.0).floor());
        format!("{minutes:.0} min {rest:.0} s")
    }
}

fn trimmed(decimal: &str) -> String {
    if decimal.contains('.') {
        decimal.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        decimal.to_owned()
    }
}

/// Narrow spaces between the thousands of numbers of five digits and more.
fn grouped(decimal: &str) -> String {
    let (whole, rest) = decimal.split_at(decimal.find('.').unwrap_or(decimal.len()));
    let digits = whole.trim_start_matches('-').len();
    if digits < 5 {
        return decimal.to_owned();
    }
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        let left = whole.len() - i;
        if i > 0 && left % 3 == 0 && c.is_ascii_digit() && !out.ends_with('-') {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out + rest
}

fn superscript(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let glyph = |c: char| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize]);
    exponent.to_string().chars().map(glyph).collect()
}

/// A PNG as a data URI.
pub(super) fn data_uri(png: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut uri = String::with_capacity(png.len() * 4 / 3 + 32);
    uri.push_str("data:image/png;base64,");
    for chunk in png.chunks(3) {
        let word = chunk.iter().fold(0_usize, |word, &byte| word << 8 | usize::from(byte)) << (8 * (3 - chunk.len()));
        for k in 0..4 {
            let sextet = word >> (18 - 6 * k) & 63;
            uri.push(if k <= chunk.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    uri
}

/// A coordinate in a drawing: a tenth of a pixel is enough.
pub(super) fn coordinate(value: f64) -> String {
    trimmed(&format!("{value:.1}"))
}

/// Paragraphs of a text, empty lines between them.
pub(super) fn paragraphs(text: &str, class: &str) -> String {
    let mut out = String::new();
    for part in text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()) {
        let _ = writeln!(out, "<p class=\"{class}\" dir=\"auto\">{}</p>", escape(part));
    }
    out
}

/// A text of this crate in the plural, where the count asks for it.
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", self::count(count as u64), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let cases = [
            (0.72136, "0.7214"),
            (-12.0, "−12"),
            (262_144.0, "262\u{202f}144"),
            (3.2e-7, "3.2×10⁻⁷"),
            (f64::NAN, "–"),
            (1234.5, "1234"),
            (0.1, "0.1"),
            (-123_456.0, "−123\u{202f}456"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(
            [aligned(0.99, 1.0), aligned(0.5, 0.99), aligned(12.0, 40.0), aligned(7.0, 2e4)],
            ["0.990", "0.5000", "12.00", "7"]
        );
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(prefixed(1.254e9), "1.25 G");
        assert_eq!(duration(200.4), "3 min 20 s");
    }

    #[test]
    fn base64_pads() {
        for (bytes, text) in [(&b"f"[..], "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"foobar", "Zm9vYmFy")] {
            assert_eq!(data_uri(bytes), format!("data:image/png;base64,{text}"));
        }
    }

    #[test]
    fn long_titles_are_cut_at_graphemes() {
        assert_eq!(shorten("  a\n b ", 5), "a b");
        assert_eq!(shorten("дневник наблюдений", 9), "дневник…");
        assert_eq!(shorten("👩‍🌾👩‍🌾👩‍🌾", 2), "👩‍🌾…");
    }
}
