//! `semafield influence`

use semafield::answers::{Answer, influence as answers_to};
use semafield::error::Error;
use semafield::soil::Soil;
use serde::Serialize;

use super::notes;
use crate::cli;

/// One note that answers.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    share: f64,
    cosine: f64,
    linked: bool,
}

pub(crate) fn influence(arguments: &cli::Influence) -> anyhow::Result<()> {
    let (soil, rng_seed) = notes::grow(&arguments.notes)?;
    let note = find(&soil, &arguments.note)?;
    let found = answers_to(&soil, note, arguments.top, rng_seed);
    if arguments.notes.json {
        let line = |answer: &Answer| {
            let note = &soil.notes[answer.note];
            Line { id: &note.id, title: &note.title, share: answer.share, cosine: answer.cosine, linked: answer.linked }
        };
        let lines: Vec<Line<'_>> = found.iter().map(line).collect();
        super::print(&format!("{}\n", serde_json::json!({ "note": soil.notes[note].id, "answers": lines })));
        return Ok(());
    }
    super::print(&format!("   share  cosine  linked  who answers to a push at {}\n", notes::name(&soil.notes[note])));
    for answer in &found {
        let linked = if answer.linked { "yes" } else { "" };
        let name = notes::name(&soil.notes[answer.note]);
        super::print(&format!("{:6.2} %  {:6.3}  {linked:<6}  {name}\n", 100.0 * answer.share, answer.cosine));
    }
    Ok(())
}

/// The note with this id, else the only one with this title.
fn find(soil: &Soil, wanted: &str) -> Result<usize, Error> {
    if let Some(note) = soil.notes.iter().position(|note| note.id == wanted) {
        return Ok(note);
    }
    let titled: Vec<usize> = (0..soil.notes.len()).filter(|&note| soil.notes[note].title == wanted).collect();
    if let [note] = titled[..] {
        return Ok(note);
    }
    let example = soil.notes.first().map_or("", |note| note.id.as_str());
    Err(Error::Input(match titled.len() {
        0 => format!("no note has the id or title `{wanted}`; ids look like `{example}`"),
        many => format!("{many} notes have the title `{wanted}`; give an id, such as `{}`", soil.notes[titled[0]].id),
    }))
}
