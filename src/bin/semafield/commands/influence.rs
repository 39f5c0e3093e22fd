//! `semafield influence`

use semafield::answers::{Answer, influence as answers_to};
use semafield::diagnostic::suggest;
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
    let line = |answer: &Answer| {
        let note = &soil.notes[answer.note];
        Line { id: &note.id, title: &note.title, share: answer.share, cosine: answer.cosine, linked: answer.linked }
    };
    let lines: Vec<Line<'_>> = found.iter().map(line).collect();
    let result = serde_json::json!({ "note": soil.notes[note].id, "answers": lines });
    super::answer(arguments.notes.form, &result, || table(&soil, note, &found))
}

fn table(soil: &Soil, note: usize, found: &[Answer]) -> String {
    let mut text = format!("   share  cosine  linked  who answers to a push at {}\n", notes::name(&soil.notes[note]));
    for answer in found {
        let linked = if answer.linked { "yes" } else { "" };
        let name = notes::name(&soil.notes[answer.note]);
        text.push_str(&format!("{:6.2} %  {:6.3}  {linked:<6}  {name}\n", 100.0 * answer.share, answer.cosine));
    }
    text
}

/// The note with this id, else the only one with this title, in whatever case.
fn find(soil: &Soil, wanted: &str) -> Result<usize, Error> {
    let notes = || soil.notes.iter().enumerate();
    if let Some((note, _)) = notes().find(|(_, note)| note.id == wanted) {
        return Ok(note);
    }
    let lower = wanted.to_lowercase();
    let exact: Vec<usize> = notes().filter(|(_, note)| note.title == wanted).map(|(at, _)| at).collect();
    let alike = || notes().filter(|(_, note)| note.title.to_lowercase() == lower).map(|(at, _)| at).collect();
    let titled: Vec<usize> = if exact.is_empty() { alike() } else { exact };
    if let [note] = titled[..] {
        return Ok(note);
    }
    if let Some(&first) = titled.first() {
        let (many, id) = (titled.len(), &soil.notes[first].id);
        return Err(Error::Input(format!("{many} notes have the title `{wanted}`; give an id, such as `{id}`")));
    }
    let names = soil.notes.iter().flat_map(|note| [note.id.as_str(), note.title.as_str()]);
    let help = match suggest(wanted, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("ids look like `{}`", soil.notes.first().map_or("", |note| note.id.as_str())),
    };
    Err(Error::Input(format!("no note has the id or title `{wanted}`\n  = help: {help}")))
}
