//! The report of a run: what was measured, put into the words and order of the page.

use super::Run;
use super::documents::{COHERENCE, Documents, TENSION};
use super::history::History;
use super::pictures::Strip;
use super::witness::Eyes;
use crate::error::Error;
use crate::grid::Axis;
use crate::model::Model;
use crate::output::report::{Film, Group, Life, Measure, NoteRow, Panel, Picture, ReportInput, reading_of};
use crate::soil::Silent;

/// What the page shows.
pub(super) fn compose(run: &Run<'_>, eyes: &Eyes, notes: Option<&Documents>) -> Result<ReportInput, Error> {
    let model = run.life.simulation().model();
    let grid = &model.grid;
    let aspect = if grid.axes() == 1 { 2.0 } else { grid.size_along(Axis::X) / grid.size_along(Axis::Y) };
    let strips = eyes.gallery.as_ref().map_or(&[][..], |gallery| &gallery.strips);
    let (measures, rows) = notes.map(|notes| note_rows(run, notes)).unwrap_or_default();
    Ok(ReportInput {
        manifest: run.manifest.clone(),
        summary: String::new(),
        pictures: strips.iter().flat_map(|strip| [past(run, strip), picture(strip, aspect)]).flatten().collect(),
        films: strips.iter().filter(|strip| strip.frames.seen() > 2).map(|strip| film(strip, aspect)).collect(),
        panels: Panel::of_series(&run.series),
        links: notes.map(|_| links(run)).unwrap_or_default(),
        life: eyes.history.as_ref().map(|history| life(history, model)).transpose()?,
        frames: super::frames::measure(run.life.simulation(), &Silent),
        groups: notes.map(|notes| groups(notes, &rows)).unwrap_or_default(),
        measures,
        notes: rows,
        parameter_docs: model.parameters.iter().filter_map(|p| Some((p.name.clone(), p.doc.clone()?))).collect(),
        seed_text: run.text.to_owned(),
    })
}

/// What the field has made of the notes.
fn life(history: &History, model: &Model) -> Result<Life, Error> {
    let readings = &history.readings;
    Ok(Life {
        strength: history.strength_text(model),
        pace: readings.pace(),
        notes: readings.notes().to_vec(),
        conflicts: if history.has_defects() { readings.conflicts().to_vec() } else { vec![] },
        groups: readings.groups(),
        bridges: readings.bridges(),
        fault_lines: history.fault_lines()?,
        happened: history.happened().into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
        reach: readings.reach(),
    })
}

fn picture(strip: &Strip, aspect: f64) -> Option<Picture> {
    let last = strip.last.as_ref()?;
    Some(Picture {
        name: strip.text.clone(),
        caption: strip.caption.clone(),
        reading: reading_of(&strip.text, &last.key).to_owned(),
        image: last.image.clone(),
        aspect,
        key: last.key,
        time: last.time,
    })
}

/// The whole run of a field on one axis at once.
fn past(run: &Run<'_>, strip: &Strip) -> Option<Picture> {
    const READING: &str = "The whole run in one picture: position runs to the right, time upwards. A vertical line \
                           stands still, a slanted one travels, lines that meet are shapes that merge.";
    let (image, key) = strip.past(run.life.simulation().model())?;
    let time = strip.last.as_ref()?.time;
    let caption = format!("{} from the start to the end", strip.caption);
    Some(Picture { name: strip.text.clone(), caption, reading: READING.to_owned(), aspect: 2.0, image, key, time })
}

fn film(strip: &Strip, aspect: f64) -> Film {
    Film {
        name: strip.text.clone(),
        caption: strip.caption.clone(),
        frames: strip.frames.iter().cloned().collect(),
        aspect,
    }
}

fn note_rows(run: &Run<'_>, notes: &Documents) -> (Vec<Measure>, Vec<NoteRow>) {
    let Some(soil) = run.life.simulation().soil() else { return Default::default() };
    let known = [
        (
            COHERENCE,
            "Coherence",
            "How strongly the field holds together where the note lies. High: the note sits in a region that moves as \
             one. Low: it lies in open space, or where neighbours disagree.",
        ),
        (
            TENSION,
            "Tension",
            "The strain between the note's place and its surroundings. High: a border runs through here, between \
             regions that cohere but not with each other.",
        ),
    ];
    let present: Vec<_> =
        known.iter().filter_map(|&(name, title, reading)| Some((title, reading, notes.column(name)?))).collect();
    let grid = &run.life.simulation().model().grid;
    let share = |at: f64, axis: Axis| at / grid.size_along(axis);
    let rows = soil
        .notes
        .iter()
        .enumerate()
        .map(|(index, note)| NoteRow {
            id: note.id.clone(),
            title: note.title.clone(),
            x: share(notes.positions[index][0], Axis::X),
            y: if grid.axes() == 1 { 0.5 } else { share(notes.positions[index][1], Axis::Y) },
            values: present.iter().map(|(_, _, values)| values[index]).collect(),
            text: run.options.with_text.then(|| note.text.clone()),
        })
        .collect();
    let measures = present
        .iter()
        .map(|(title, reading, _)| Measure { title: (*title).to_owned(), reading: (*reading).to_owned() })
        .collect();
    (measures, rows)
}

/// Each link once.
fn links(run: &Run<'_>) -> Vec<[usize; 2]> {
    let Some(soil) = run.life.simulation().soil() else { return vec![] };
    let mut links: Vec<[usize; 2]> = Vec::new();
    for (from, note) in soil.notes.iter().enumerate() {
        links.extend(note.links.iter().filter(|&&to| to != from).map(|&to| [from.min(to), from.max(to)]));
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// The groups that notes lock into, the largest first.
fn groups(notes: &Documents, rows: &[NoteRow]) -> Vec<Group> {
    const MOST: usize = 12;
    const EXAMPLES: usize = 3;
    let describe = |group: &crate::answers::Group| {
        let measures = rows.first().map_or(0, |row| row.values.len());
        #[expect(clippy::cast_precision_loss, reason = "a number of notes")]
        let mean = |measure: usize| {
            group.notes.iter().map(|&note| rows[note].values[measure]).sum::<f64>() / group.notes.len() as f64
        };
        Group {
            name: group.name.clone(),
            notes: group.notes.len(),
            values: (0..measures).map(mean).collect(),
            examples: group.notes.iter().take(EXAMPLES).map(|&note| rows[note].title.clone()).collect(),
        }
    };
    notes.groups.groups.iter().filter(|group| group.notes.len() > 1).take(MOST).map(describe).collect()
}
