//! `semafield links`

use semafield::answers::{MissingLink, MissingLinks, missing_links};
use semafield::soil::Soil;
use serde::Serialize;

use super::notes;
use crate::cli;

/// One pair of notes.
#[derive(Serialize)]
struct Line<'a> {
    a: &'a str,
    b: &'a str,
    title_a: &'a str,
    title_b: &'a str,
    strength: f64,
    cosine: f64,
}

pub(crate) fn links(arguments: &cli::Links) -> anyhow::Result<()> {
    let (soil, rng_seed) = notes::grow(&arguments.notes)?;
    notes::need_links(&soil)?;
    let found = missing_links(&soil, arguments.top, rng_seed);
    if let Some([response, cosine]) = found.recalls.filter(|_| found.by_cosine) {
        super::say(&format!(
            "note: of links that you have, the cosine of the vectors finds {cosine:.3} and the response {response:.3}, so \
             pairs are ranked by cosine"
        ));
    }
    let ranked_by = if found.by_cosine { "cosine" } else { "response" };
    let line = |link: &MissingLink| {
        let [a, b] = link.notes.map(|note| &soil.notes[note]);
        let (strength, cosine) = (link.strength, link.cosine);
        Line { a: &a.id, b: &b.id, title_a: &a.title, title_b: &b.title, strength, cosine }
    };
    let lines: Vec<Line<'_>> = found.pairs.iter().map(line).collect();
    let result = serde_json::json!({ "ranked_by": ranked_by, "links": lines });
    super::answer(arguments.notes.form, &result, || table(&soil, &found))
}

fn table(soil: &Soil, found: &MissingLinks) -> String {
    // Where the cosine ranks, it is the strength.
    let mut text = String::from(match found.by_cosine {
        true => "cosine  notes that are alike and are not linked\n",
        false => "strength  cosine  notes that answer each other and are not linked\n",
    });
    for link in &found.pairs {
        let [a, b] = link.notes.map(|note| notes::name(&soil.notes[note]));
        let strength = if found.by_cosine { String::new() } else { format!("{:8.4}  ", link.strength) };
        text.push_str(&format!("{strength}{:6.3}  {a} - {b}\n", link.cosine));
    }
    text
}
