//! Numbers as short text for people: four significant digits, grouped thousands, large counts with a prefix.

/// A number in at most about eight characters.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if !value.is_finite() {
        format!("{value}")
    } else if !(1e-3..1e5).contains(&size) {
        format!("{value:.2e}")
    } else {
        let decimals = if size >= 1000.0 {
            1
        } else if size >= 100.0 {
            2
        } else if size >= 1.0 {
            3
        } else {
            4
        };
        let text = format!("{value:.decimals$}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// A count with narrow gaps between thousands: `12 345`.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// A large amount with the prefix that keeps it below a thousand: `3.2 M`.
pub(super) fn amount(value: f64) -> String {
    let (scaled, prefix) = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")]
        .into_iter()
        .find(|(unit, _)| value >= *unit)
        .map_or((value, ""), |(unit, prefix)| (value / unit, prefix));
    let decimals = usize::from(scaled < 100.0);
    format!("{scaled:.decimals$}{prefix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [(0.0, "0"), (-1.2, "-1.2"), (0.02, "0.02"), (1234.56, "1234.6"), (1e-7, "1.00e-7"), (3.0, "3")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(count(12), "12");
        assert_eq!(amount(3_200_000.0), "3.2 M");
        assert_eq!(amount(12.0), "12.0");
    }
}
