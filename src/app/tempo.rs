//! How soon the window answers: the time between two pictures of a living field, the time to paint one, and from a touch
//! of pointer or key to the first presented picture that shows what it did to the field.
//!
//! In: moments of the window's loop. Out: [`Swiftness`] for the panel and, if asked for, a JSON file for scripts, written
//! anew about once a second. Invariant: measuring changes nothing that is measured but by the time of reading a clock.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use crate::app::frame::Frame;
use crate::run::Clock;

/// Samples that are kept of each kind.
const KEPT: usize = 4096;
/// Seconds between two writings of the file.
const WRITE_EVERY: f64 = 1.0;
/// Without a picture for so many seconds nobody waited for one.
const REST: f64 = 5.0;

/// How soon the window answers, for people, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Swiftness {
    /// Between two pictures of a field that plays: the median, and the longest, of the last while.
    pub between: [f64; 2],
    /// To lay out, paint and present a picture: the median.
    pub painting: f64,
    /// From a touch to the picture that shows its effect: the last one, the median and the longest of the last while.
    pub answer: Option<[f64; 3]>,
}

/// Milliseconds, the newest last.
#[derive(Debug, Default)]
struct Samples {
    newest: VecDeque<f64>,
    count: usize,
    longest: f64,
}

impl Samples {
    fn add(&mut self, seconds: f64) {
        let milliseconds = seconds * 1e3;
        if self.newest.len() == KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back(milliseconds);
        self.count += 1;
        self.longest = self.longest.max(milliseconds);
    }

    /// The quantiles of the last so many.
    fn quantiles<const N: usize>(&self, last: usize, shares: [f64; N]) -> [f64; N] {
        let skipped = self.newest.len().saturating_sub(last);
        let mut sorted: Vec<f64> = self.newest.iter().skip(skipped).copied().collect();
        sorted.sort_by(f64::total_cmp);
        shares.map(|share| quantile(&sorted, share))
    }

    fn to_json(&self) -> serde_json::Value {
        let [median, most] = self.quantiles(KEPT, [0.5, 0.95]);
        let round = |milliseconds: f64| (milliseconds * 100.0).round() / 100.0;
        serde_json::json!({
            "count": self.count,
            "median": round(median),
            "p95": round(most),
            "longest": round(self.longest),
        })
    }
}

/// The value below which a share of sorted values lies; 0 without any.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (share * sorted.len() as f64) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

/// Measures; owned by the window.
#[derive(Debug, Default)]
pub(super) struct Tempo {
    file: Option<PathBuf>,
    written: Option<Clock>,
    /// When the window heard of the first touch that no picture has followed yet.
    heard: Option<Clock>,
    /// Touches whose effect was not seen yet: number of the request, and when it was heard of.
    waiting: VecDeque<(u64, Clock)>,
    /// The newest picture of the living field: serial number, whether it plays, and when it was there.
    seen: Option<(u64, bool, Clock)>,
    between: Samples,
    painting: Samples,
    /// From a touch to the next picture, which shows what the window itself makes of it.
    echo: Samples,
    answer: Samples,
    latest: f64,
}

impl Tempo {
    /// Writes its figures to `file`, if there is one.
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file, ..Self::default() }
    }

    /// The window heard of a touch.
    pub(super) fn touched(&mut self) {
        self.heard.get_or_insert_with(Clock::start);
    }

    /// A picture is about to be laid out: when the oldest touch was heard of that it follows.
    pub(super) fn begin(&mut self) -> Option<Clock> {
        self.heard.take()
    }

    /// A touch became the request of that number.
    pub(super) fn asked(&mut self, request: u64, heard: Clock) {
        self.waiting.push_back((request, heard));
    }

    /// A picture was presented: of what, when it was begun, and the touch that it was the first to follow.
    pub(super) fn presented(&mut self, frame: Option<&Frame>, begun: Clock, heard: Option<Clock>) {
        self.painting.add(begun.seconds());
        if let Some(heard) = heard {
            self.echo.add(heard.seconds());
        }
        let Some(frame) = frame else { return };
        while let Some((_, heard)) = self.waiting.pop_front_if(|(request, _)| *request <= frame.answered) {
            self.latest = heard.seconds() * 1e3;
            self.answer.add(heard.seconds());
        }
        if let Some((serial, played, since)) = &self.seen {
            if *serial == frame.serial {
                return;
            }
            if *played && frame.regrowing.is_none() && since.seconds() < REST {
                self.between.add(since.seconds());
            }
        }
        self.seen = Some((frame.serial, frame.playing && frame.regrowing.is_none(), Clock::start()));
    }

    /// The figures now.
    pub(super) fn swiftness(&self) -> Swiftness {
        /// Samples of the last while: a few seconds.
        const LAST: usize = 120;
        let [median, longest] = self.between.quantiles(LAST, [0.5, 1.0]);
        let [answer, longest_answer] = self.answer.quantiles(LAST, [0.5, 1.0]);
        Swiftness {
            between: [median, longest],
            painting: self.painting.quantiles(LAST, [0.5])[0],
            answer: (self.answer.count > 0).then_some([self.latest, answer, longest_answer]),
        }
    }

    /// Writes the file, if it is time or the end.
    pub(super) fn write(&mut self, frame: Option<&Frame>, at_once: bool) {
        let Some(file) = &self.file else { return };
        if !at_once && self.written.as_ref().is_some_and(|written| written.seconds() < WRITE_EVERY) {
            return;
        }
        self.written = Some(Clock::start());
        let figures = serde_json::json!({
            "milliseconds": {
                "between_pictures": self.between.to_json(),
                "painting": self.painting.to_json(),
                "touch_to_picture": self.echo.to_json(),
                "touch_to_field": self.answer.to_json(),
            },
            "notes": frame.map(|frame| frame.subject.notes.len()),
            "cells": frame.map(|frame| frame.grid.cells()),
            "step": frame.map(|frame| frame.step),
            "steps_per_second": frame.map(|frame| frame.pace.steps_per_second),
            "milliseconds_per_step": frame.map(|frame| frame.pace.step_milliseconds),
            "place": frame.map(|frame| frame.subject.place.clone()),
        });
        replace(file, &format!("{figures:#}\n"));
    }
}

/// Replaces a file as a whole, so that who reads it never finds half of it; figures that can't be kept are not.
fn replace(file: &Path, text: &str) {
    let draft = file.with_extension("draft");
    if std::fs::write(&draft, text).is_ok() {
        let _ = std::fs::rename(&draft, file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_newest_samples() {
        let mut samples = Samples::default();
        assert_eq!(samples.quantiles(8, [0.5]), [0.0]);
        for seconds in [9.0, 0.004, 0.001, 0.003, 0.002] {
            samples.add(seconds);
        }
        assert_eq!(samples.quantiles(4, [0.0, 0.5, 1.0]), [1.0, 3.0, 4.0]);
        assert_eq!((samples.count, samples.longest), (5, 9000.0));
    }
}
