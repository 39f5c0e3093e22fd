//! What the window is told of the life of a field that is watched beside it.
//!
//! In: what the eyes of a run have seen in a state. Out: a [`Report`]. Invariant: what is reported is what a headless run
//! measures in the same states.

use crate::app::frame::{Happening, Mark, Motion, Reading};
use crate::error::Error;
use crate::output::tables::Event;
use crate::run::history::History;
use crate::run::witness::{self, Eyes, MOST_WAITING};
use crate::simulation::Simulation;
use crate::simulation::evaluator::State;
use crate::topology::readings::Pace;

/// Watches for the window.
pub(super) type Witness = witness::Witness<Report>;

/// What was seen in one state.
#[derive(Default)]
pub(super) struct Report {
    /// Its time.
    pub(super) time: f64,
    /// A number for each series.
    pub(super) values: Vec<f64>,
    /// What happened since the report before.
    pub(super) events: Vec<Happening>,
    /// What the field makes of the notes.
    pub(super) reading: Reading,
    /// The phase defects of a graph; those of a grid are seen in every frame.
    pub(super) defects: Vec<Mark>,
}

/// Begins to watch a field.
pub(super) fn watch(simulation: &Simulation, threads: usize) -> Result<Witness, Error> {
    let mut told = 0;
    let tell = move |eyes: &Eyes, state: &State<'_>, values: Option<Vec<f64>>| {
        report(eyes, &mut told, state.time(), values.unwrap_or_default())
    };
    Ok(Witness::new(Eyes::new(simulation, threads)?, MOST_WAITING, tell))
}

/// Reports what was seen; `told` events were reported before.
fn report(eyes: &Eyes, told: &mut usize, time: f64, values: Vec<f64>) -> Result<Report, Error> {
    let mut report = Report { time, values, ..Report::default() };
    if let Some(history) = &eyes.history {
        report.events = happenings(&history.events[*told..]);
        *told = history.events.len();
        report.reading = reading(history)?;
    }
    if let Some(slips) = &eyes.slips {
        report.events = happenings(&slips.events[*told..]);
        *told = slips.events.len();
        report.defects = slips.standing().map(mark).collect();
    }
    Ok(report)
}

/// What the window shows of rows of `events.parquet`.
fn happenings(events: &[Event]) -> Vec<Happening> {
    let happening = |event: &Event| {
        #[expect(clippy::cast_possible_truncation, reason = "a position on a screen; charges are a few units")]
        let (at, charge) = (
            [event.x.unwrap_or(0.0) as f32, event.y.unwrap_or(0.0) as f32],
            event.charge.map(|charge| charge.clamp(-127, 127) as i8),
        );
        Happening { step: u64::try_from(event.step).unwrap_or(0), kind: word(&event.kind), charge, at }
    };
    events.iter().map(happening).collect()
}

/// A defect of a graph; how strong the field is about it is not asked.
fn mark((at, sign): ([f64; 2], Option<i32>)) -> Mark {
    #[expect(clippy::cast_possible_truncation, reason = "a position on a screen; a sign is a unit")]
    let (at, charge) = (at.map(|x| x as f32), sign.unwrap_or(0) as i8);
    Mark { at, charge, strength: 1.0 }
}

/// What the window shows of the readings.
fn reading(history: &History) -> Result<Reading, Error> {
    let readings = &history.readings;
    let mut bridges: Vec<usize> = readings.bridges().iter().map(|bridge| bridge.note).collect();
    let mut seen = std::collections::BTreeSet::new();
    bridges.retain(|&note| seen.insert(note));
    let sides = history.fault_lines()?.into_iter().map(|line| line.notes);
    Ok(Reading {
        groups: readings.groups().into_iter().map(|group| group.notes).collect(),
        bridges,
        fault_lines: sides.filter(|sides| sides.iter().all(|side| !side.is_empty())).collect(),
        motion: match readings.pace() {
            Pace::Living => Motion::Living,
            Pace::Frozen { since } => Motion::Frozen(since),
            Pace::Looping { period } => Motion::Looping(period),
        },
    })
}

/// The words of `events.parquet`.
fn word(kind: &str) -> &'static str {
    const WORDS: [&str; 10] =
        ["birth", "annihilation", "exchange", "enter", "exit", "appear", "vanish", "merge", "split", "drift"];
    WORDS.into_iter().find(|&word| word == kind).unwrap_or("event")
}
