//! The notes that a seed names, for the commands that answer about them.

use semafield::answers::known_links;
use semafield::error::Error;
use semafield::run::read_seed;
use semafield::simulation::grow_soil;
use semafield::soil::{Note, Soil};
use semafield::source::Source;

use crate::cli::Notes;
use crate::progress::Bars;

/// Grows the soil of a seed; also gives its seed of random numbers.
pub(super) fn grow(arguments: &Notes) -> anyhow::Result<(Soil, u64)> {
    let source = Source::open(arguments.seed.as_deref())?;
    let (seed, ..) = read_seed(&source.text, &source.file)?;
    let bars = Bars::new(arguments.form.json);
    let soil = grow_soil(&seed, &source.folder, &bars);
    bars.finish();
    let soil = soil?.ok_or_else(|| {
        let help = "add [soil] with source = \"folder or file\", or let `semafield plant` write a seed";
        Error::Input(format!("{} names no notes\n  = help: {help}", source.file))
    })?;
    for warning in &soil.warnings {
        super::say(&format!("note: {warning}"));
    }
    Ok((soil, seed.rng_seed))
}

/// Refuses notes without links, which say nothing about what a link is.
pub(super) fn need_links(soil: &Soil) -> Result<(), Error> {
    if known_links(soil).is_empty() {
        let help = "link notes by [[title]] in a vault, or give the table a column `links` (lists of ids)";
        return Err(Error::Input(format!("none of the {} notes links to another\n  = help: {help}", soil.notes.len())));
    }
    Ok(())
}

/// What a person calls a note: its title, with its id where that differs.
pub(super) fn name(note: &Note) -> String {
    if note.title == note.id { note.title.clone() } else { format!("{} [{}]", note.title, note.id) }
}
