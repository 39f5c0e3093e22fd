//! What the panels remember from frame to frame. Plain data.
//!
//! In: frames. Out: the state of searches, checks, plots and notices. Invariant: nothing here is needed to understand
//! the field; forgetting it all costs a moment's work.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::check::Checks;
use super::layout::Settling;
use crate::app::frame::{Frame, Parameter, Subject};
use crate::seed::Seed;
use crate::soil::Note;

/// Points kept of what a note feels; with twice as many, every second is dropped.
const KEPT: usize = 1024;

/// What the panels remember.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The theme that the context wears.
    pub(super) dressed: Option<bool>,
    /// The layers asked for last.
    pub(super) wanted: Option<Vec<String>>,
    /// The subject that was seen last.
    subject: Option<u64>,
    /// The seed's text that was read, and checked against.
    text: String,
    /// The notes that were searched.
    notes: Arc<Vec<Note>>,
    /// The seed's text, read.
    pub(super) seed: Option<Arc<Seed>>,
    /// Parameters that were asked to change and have not been seen to: name, value, when.
    pub(super) tuned: Vec<(String, f64, f64)>,
    /// Texts checked against the seed.
    pub(super) checks: Checks,
    /// The search through the notes.
    pub(super) search: Search,
    /// What the inspected note felt.
    pub(super) felt: History,
    /// Whether the map settles.
    pub(super) settling: Settling,
    /// Series that are not drawn.
    pub(super) hidden: BTreeSet<String>,
    /// Of the last notice: its number, when it was first seen, whether it was put away.
    pub(super) notice: Option<(u64, f64, bool)>,
    /// The step that the pointer drags the timeline to.
    pub(super) scrub: Option<u64>,
    /// The end of this life so far, in steps.
    pub(super) end: u64,
    /// Pixels of pictures and recordings, if chosen.
    pub(super) picture: Option<[u32; 2]>,
    /// The number typed for the random streams.
    pub(super) rng_seed: u64,
}

/// A search through the notes, done a little each frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// What is looked for, folded.
    pub(super) query: String,
    /// Notes read so far.
    pub(super) read: usize,
    /// Notes that have it in their title or tags.
    pub(super) named: Vec<usize>,
    /// Notes that have it in their text only.
    pub(super) within: Vec<usize>,
}

/// What a note felt over time.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    note: Option<usize>,
    last: Option<u64>,
    /// Frames between two points.
    stride: u64,
    seen: u64,
    /// Times of the points.
    pub(super) times: Vec<f64>,
    /// Named columns of the same length.
    pub(super) columns: Vec<(String, Vec<f64>)>,
}

impl Memory {
    /// Takes in a frame; `true` if it is the first one with this text of the seed.
    pub(super) fn begin(&mut self, frame: &Frame, inspected: Option<usize>, now: f64) -> bool {
        let rewritten = self.subject != Some(frame.subject.serial) && self.meet(&frame.subject);
        self.tuned.retain(|(name, value, when)| {
            let is = |parameter: &Parameter| parameter.name == *name && parameter.value != *value;
            now - when < 1.0 && frame.subject.parameters.iter().any(is)
        });
        let acted = frame.acts.last().map_or(0, |(step, _)| *step);
        if frame.step < self.end && frame.step == 0 && frame.acts.is_empty() && frame.regrowing.is_none() {
            self.end = 0;
        }
        self.end = self.end.max(frame.step).max(acted);
        self.felt.take(frame, inspected);
        rewritten
    }

    /// Meets another subject: what was remembered of another seed or of other notes is forgotten. `true` if the seed's
    /// text is another one.
    fn meet(&mut self, subject: &Subject) -> bool {
        self.subject = Some(subject.serial);
        self.wanted = None;
        if !Arc::ptr_eq(&self.notes, &subject.notes) {
            self.notes = Arc::clone(&subject.notes);
            self.search = Search::default();
            self.settling = Settling::default();
            self.felt = History::default();
        }
        if self.text == subject.seed {
            return false;
        }
        self.text.clone_from(&subject.seed);
        self.seed = Seed::parse_recoverable(&subject.seed).0.map(Arc::new);
        self.checks = Checks::default();
        true
    }

    /// Whether the seed has a value under a dotted key that panels edit.
    pub(super) fn has(&self, key: &str) -> bool {
        let Some((seed, (section, name))) = self.seed.as_ref().zip(key.split_once('.')) else { return false };
        let entries = match section {
            "equations" => &seed.equations,
            "derived" => &seed.derived,
            _ => return section == "time",
        };
        entries.iter().any(|entry| entry.name.value == name)
    }

    /// The value of a parameter as the person last set it.
    pub(super) fn tuned(&self, parameter: &Parameter) -> f64 {
        self.tuned.iter().find(|(name, ..)| *name == parameter.name).map_or(parameter.value, |(_, value, _)| *value)
    }

    /// The value of a parameter in the seed.
    pub(super) fn planted(&self, name: &str) -> Option<f64> {
        let parameter = self.seed.as_ref()?.parameters.iter().find(|parameter| parameter.name.value == name)?;
        Some(parameter.value.value)
    }

    /// Remembers that a parameter was asked to change.
    pub(super) fn tune(&mut self, name: &str, value: f64, now: f64) {
        self.tuned.retain(|(tuned, ..)| tuned != name);
        self.tuned.push((name.to_owned(), value, now));
    }
}

impl History {
    fn take(&mut self, frame: &Frame, inspected: Option<usize>) {
        let went_back = self.times.last().is_some_and(|&time| time > frame.time);
        if self.note != inspected || went_back {
            *self = Self { note: inspected, stride: 1, ..Self::default() };
        }
        let Some(note) = inspected else { return };
        if self.last == Some(frame.step) {
            return;
        }
        self.last = Some(frame.step);
        self.seen += 1;
        if !self.seen.is_multiple_of(self.stride) {
            return;
        }
        let felt = &frame.felt.columns;
        if !felt.iter().map(|(name, _)| name).eq(self.columns.iter().map(|(name, _)| name)) {
            self.times.clear();
            self.columns = felt.iter().map(|(name, _)| (name.clone(), vec![])).collect();
        }
        self.times.push(frame.time);
        for ((_, kept), (_, values)) in self.columns.iter_mut().zip(felt) {
            kept.push(values.get(note).map_or(f64::NAN, |&value| f64::from(value)));
        }
        if self.times.len() >= 2 * KEPT {
            self.stride *= 2;
            halve(&mut self.times);
            self.columns.iter_mut().for_each(|(_, values)| halve(values));
        }
    }
}

/// Drops every second value.
fn halve(values: &mut Vec<f64>) {
    let mut keep = false;
    values.retain(|_| {
        keep = !keep;
        keep
    });
}
