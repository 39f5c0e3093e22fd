//! How far apart two event logs are: an edit distance on binned events.
//!
//! In: the events of defects of two runs. Out: a number in [0, 1]. Definition: time is cut into bins, the domain into
//! squares; an event becomes the symbol (kind, square), and a log the sequence of its symbols ordered by time bin, within a
//! bin by symbol. The distance is Levenshtein's (insertions, deletions, substitutions, each 1; Levenshtein 1966, by the
//! algorithm of Wagner and Fischer 1974) over the length of the longer sequence: 0 for the same history, 1 where no event
//! of one is in order in the other. Two histories without events are the same.

use serde::{Deserialize, Serialize};

use crate::output::tables::Event;

/// Kinds of events that count, in the order of symbols.
const KINDS: [&str; 5] = ["birth", "annihilation", "exchange", "enter", "exit"];

/// How events are binned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    /// Width of a time bin.
    pub time: f64,
    /// Squares along each axis.
    pub squares: usize,
    /// Lengths of the domain along x and y.
    pub size: [f64; 2],
}

/// A log as symbols, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log(pub Vec<u32>);

impl Bins {
    /// The symbols of some events.
    pub fn log(&self, events: &[Event]) -> Log {
        let mut binned: Vec<(u64, u32)> = events.iter().filter_map(|event| self.symbol(event)).collect();
        binned.sort_unstable();
        Log(binned.into_iter().map(|(_, symbol)| symbol).collect())
    }

    /// Time bin and symbol.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bins are small whole numbers")]
    fn symbol(&self, event: &Event) -> Option<(u64, u32)> {
        let kind = KINDS.iter().position(|kind| *kind == event.kind)?;
        let square = |at: f64, size: f64| ((at / size * self.squares as f64) as usize).min(self.squares - 1);
        let place = square(event.y?, self.size[1]) * self.squares + square(event.x?, self.size[0]);
        let symbol = u32::try_from(kind * self.squares * self.squares + place).ok()?;
        Some(((event.time / self.time) as u64, symbol))
    }
}

/// The distance of two logs, in [0, 1]; time and memory grow with the product and the length of their events.
pub fn distance(a: &Log, b: &Log) -> f64 {
    let longer = a.0.len().max(b.0.len());
    if longer == 0 { 0.0 } else { levenshtein(&a.0, &b.0) as f64 / longer as f64 }
}

/// Fewest insertions, deletions and substitutions.
fn levenshtein(a: &[u32], b: &[u32]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: f64, kind: &str, x: f64, y: f64) -> Event {
        Event { time, kind: kind.into(), x: Some(x), y: Some(y), ..Event::default() }
    }

    #[test]
    fn edits_are_counted() {
        let codes = |text: &str| text.bytes().map(u32::from).collect::<Vec<u32>>();
        assert_eq!(levenshtein(&codes("kitten"), &codes("sitting")), 3);
        assert_eq!(levenshtein(&codes("saturday"), &codes("sunday")), 3);
        assert_eq!(levenshtein(&codes(""), &codes("abc")), 3);
    }

    #[test]
    fn bins_forgive_what_is_smaller_than_they_are() {
        let bins = Bins { time: 2.0, squares: 4, size: [8.0, 4.0] };
        let one = [event(0.1, "birth", 1.0, 0.5), event(1.9, "annihilation", 7.0, 3.5), event(5.0, "drift", 1.0, 1.0)];
        let other = [event(0.3, "annihilation", 7.9, 3.9), event(1.0, "birth", 1.5, 0.1)];
        assert_eq!(distance(&bins.log(&one), &bins.log(&other)), 0.0);
        let elsewhere = [event(0.1, "birth", 3.0, 0.5), event(1.9, "annihilation", 7.0, 3.5)];
        assert_eq!(distance(&bins.log(&one), &bins.log(&elsewhere)), 0.5);
        assert_eq!(distance(&bins.log(&one), &bins.log(&[])), 1.0);
        assert_eq!(distance(&bins.log(&[]), &bins.log(&[])), 0.0);
        // On the far edge still inside.
        assert_eq!(bins.log(&[event(0.0, "birth", 8.0, 4.0)]).0, [15]);
    }
}
