//! What happens in the field: defects now, births and annihilations over time, the latest events.

use egui::{RichText, Ui};
use egui_plot::{Line, PlotPoints};

use super::desk::Desk;
use super::figures::count;
use super::layout;
use super::pieces::{beside, fact, hint, section, tones_of};
use super::series::{frame_of, line_color};
use crate::app::frame::{Happening, Motion};
use crate::app::state::Wish;
use crate::app::words::{self, Counted, Word, counted};

/// Groups, bridges and fault lines that are listed, of each.
const GROUPS: usize = 8;
/// Notes of a group that are named.
const NAMED: usize = 3;
/// Events that are listed.
const LATEST: usize = 100;
/// Events that are counted, in the order of their colours.
const KINDS: [&str; 2] = ["birth", "annihilation"];
/// Bins of the plot.
const BINS: u64 = 60;

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    section(ui, desk.word(Word::DefectsNow));
    let with = |sign: i8| desk.frame.defects.iter().filter(|mark| mark.charge.signum() == sign).count();
    fact(ui, desk.word(Word::Positive), &with(1).to_string());
    fact(ui, desk.word(Word::Negative), &with(-1).to_string());
    if with(0) > 0 {
        fact(ui, desk.word(Word::OfNoSign), &with(0).to_string());
    }
    layout::show(ui, desk);
    reading(ui, desk);
    section(ui, desk.word(Word::Events));
    let events = std::sync::Arc::clone(&desk.frame.events);
    if events.is_empty() {
        hint(ui, desk.word(Word::NoEvents));
        return;
    }
    ui.spacing_mut().interact_size.y = 18.0;
    for (place, kind) in KINDS.into_iter().enumerate() {
        let all = events.iter().filter(|event| event.kind == kind).count();
        let many = RichText::new(all.to_string()).color(line_color(ui, place)).strong();
        beside(ui, words::event(kind, desk.state.language), |ui| ui.label(many));
    }
    plot(ui, desk, &events);
    ui.label(RichText::new(counted(events.len(), Counted::Events, desk.state.language)).small().weak());
    ui.spacing_mut().interact_size.y = 18.0;
    for event in events.iter().rev().take(LATEST) {
        let name = words::event(event.kind, desk.state.language);
        ui.horizontal(|ui| {
            ui.label(RichText::new(count(event.step)).monospace().color(tones_of(ui).faint));
            let ([x, y], sign) = (event.at, sign_of(event.charge));
            let link = ui.link(format!("{name}{sign} ({x:.0}, {y:.0})")).on_hover_text(desk.word(Word::VisitEvent));
            if link.clicked() {
                desk.wish(Wish::VisitPoint(event.at));
            }
        });
    }
}

/// A charge as it stands behind a name: nothing where there is none, or none is left.
fn sign_of(charge: Option<i8>) -> String {
    match charge.unwrap_or(0) {
        0 => String::new(),
        1 => " +".into(),
        -1 => " \u{2212}".into(),
        many if many > 0 => format!(" +{many}"),
        many => format!(" \u{2212}{}", many.unsigned_abs()),
    }
}

/// Groups, bridges and fault lines: a click selects their notes.
fn reading(ui: &mut Ui, desk: &mut Desk<'_>) {
    let reading = std::sync::Arc::clone(&desk.frame.reading);
    if reading.groups.is_empty() {
        return;
    }
    section(ui, desk.word(Word::FieldGroups));
    match reading.motion {
        Motion::Living => {}
        Motion::Frozen(since) => hint(ui, &format!("{} t = {since:.1}", desk.word(Word::FrozenSince))),
        Motion::Looping(period) => hint(ui, &format!("{} {period:.2}", desk.word(Word::LoopingWith))),
    }
    for group in reading.groups.iter().take(GROUPS) {
        select(ui, desk, group, group);
    }
    if !reading.bridges.is_empty() {
        section(ui, desk.word(Word::Bridges));
        for &note in reading.bridges.iter().take(GROUPS) {
            select(ui, desk, &[note], &[note]);
        }
    }
    if !reading.fault_lines.is_empty() {
        section(ui, desk.word(Word::FaultLines));
        for sides in reading.fault_lines.iter().take(GROUPS) {
            let both: Vec<usize> = sides.iter().flatten().copied().collect();
            select(ui, desk, &[sides[0][0], sides[1][0]], &both);
        }
    }
}

/// A line that names some notes; a click selects all that are meant.
fn select(ui: &mut Ui, desk: &mut Desk<'_>, named: &[usize], meant: &[usize]) {
    let notes = &desk.frame.subject.notes;
    let titles: Vec<&str> =
        named.iter().take(NAMED).filter_map(|&note| Some(notes.get(note)?.title.as_str())).collect();
    let more = if named.len() > titles.len() { format!(" +{}", named.len() - titles.len()) } else { String::new() };
    if ui.link(titles.join(", ") + &more).clicked() {
        desk.state.selected = meant.iter().copied().collect();
        if let Some(&first) = meant.first() {
            desk.wish(Wish::Visit(first));
        }
    }
}

/// How many per stretch of time.
fn plot(ui: &mut Ui, desk: &Desk<'_>, events: &[Happening]) {
    let end = desk.state.memory.end.max(1);
    let lines: Vec<Line<'_>> = KINDS
        .into_iter()
        .enumerate()
        .map(|(place, kind)| {
            let points = PlotPoints::new(rate(events, kind, end, desk.frame.dt));
            Line::new(words::event(kind, desk.state.language), points).color(line_color(ui, place)).width(1.5)
        })
        .collect();
    frame_of(ui, "events").show(ui, |plot| {
        for line in lines {
            plot.line(line);
        }
    });
}

/// Events of a kind per bin, at the bin's time.
#[expect(clippy::cast_precision_loss, reason = "counts and times of a plot")]
#[expect(clippy::cast_possible_truncation, reason = "a bin is below 60")]
fn rate(events: &[Happening], kind: &str, end: u64, dt: f64) -> Vec<[f64; 2]> {
    let mut bins = vec![0_u32; BINS as usize];
    let bin = |step: u64| (u128::from(step.min(end)) * u128::from(BINS - 1) / u128::from(end)) as usize;
    for event in events.iter().filter(|event| event.kind == kind) {
        bins[bin(event.step)] += 1;
    }
    let time = |bin: usize| bin as f64 / (BINS - 1) as f64 * end as f64 * dt;
    bins.iter().enumerate().map(|(bin, &many)| [time(bin), f64::from(many)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_is_told_where_there_is_one() {
        let told = [None, Some(0), Some(1), Some(-1), Some(2), Some(-3)].map(sign_of);
        assert_eq!(told, ["", "", " +", " \u{2212}", " +2", " \u{2212}3"]);
    }

    #[test]
    fn every_event_is_in_a_bin() {
        let event = |step| Happening { step, kind: "birth", charge: None, at: [0.0; 2] };
        let bins = rate(&[event(0), event(500), event(1000), event(2000)], "birth", 1000, 0.1);
        assert_eq!(bins.iter().map(|bin| bin[1]).sum::<f64>(), 4.0);
        assert_eq!(bins[59], [100.0, 2.0]);
    }
}
