//! `semafield plant`

use std::path::{Path, PathBuf};

use semafield::error::Error;
use semafield::simulation::{Planted, keep_map, plant_in_place, update};
use semafield::soil::Tally;
use semafield::source::{Source, name_of};

use super::place;
use crate::cli;
use crate::progress::Bars;

pub(crate) fn plant(arguments: &cli::Plant) -> anyhow::Result<()> {
    match (&arguments.update, &arguments.source) {
        (Some(seed), source) => match &arguments.map {
            Some(trace) => keep(seed, trace, arguments.quiet),
            None => renew(seed, source.as_deref(), arguments.quiet),
        },
        (None, Some(source)) => begin(source, &arguments.columns, arguments.out.as_deref(), arguments.quiet),
        (None, None) => unreachable!("the command line needs one of them"),
    }
}

/// A new seed.
fn begin(source: &Path, columns: &[(String, String)], out: Option<&Path>, quiet: bool) -> anyhow::Result<()> {
    let out = out.map_or_else(|| PathBuf::from(format!("{}.toml", name_of(source))), Path::to_owned);
    let places = out.with_extension("places.csv");
    if let Some(taken) = [&out, &places].into_iter().find(|path| path.exists()) {
        let help = "give another name with --out, or take new notes into the seed with --update";
        return Err(Error::Input(format!("{} exists and is not overwritten\n  = help: {help}", taken.display())).into());
    }
    let bars = Bars::new(quiet);
    let planted = plant_in_place(source, columns, folder_of(&out), &stem(&out), &bars);
    bars.finish();
    let planted = planted?;
    write(&places, &planted.places.1)?;
    write(&out, &planted.seed.text)?;
    say(&planted)?;
    super::print(&format!("wrote {} and {}\nnow: semafield run {}\n", out.display(), places.display(), out.display()))
}

/// A seed whose notes have changed.
fn renew(seed: &Path, source: Option<&Path>, quiet: bool) -> anyhow::Result<()> {
    let old = Source::open(Some(seed))?;
    let bars = Bars::new(quiet);
    let planted = update(&old, source, &stem(seed), &bars);
    bars.finish();
    let planted = planted?;
    let places = put(seed, &old, &planted)?;
    say(&planted)?;
    super::print(&match planted.tally {
        Some(Tally { kept, new, changed, gone }) => {
            format!("{kept} notes keep their place; {new} new, {changed} changed, {gone} gone\n")
        }
        None => "the notes had no places yet: all are laid out, and from now on they stay\n".to_owned(),
    })?;
    super::print(&format!("wrote {}\n", places.display()))
}

/// A seed whose notes stay where a trace left them.
fn keep(seed: &Path, trace: &Path, quiet: bool) -> anyhow::Result<()> {
    let old = Source::open(Some(seed))?;
    let bars = Bars::new(quiet);
    let planted = keep_map(&old, trace, &stem(seed), place::available(), &bars);
    bars.finish();
    let planted = planted?;
    let places = put(seed, &old, &planted)?;
    super::print(&format!("wrote {}; {} takes the places of its notes from there\n", places.display(), seed.display()))
}

/// Writes the places, and the seed if it has changed; returns where the places are.
fn put(seed: &Path, old: &Source, planted: &Planted) -> anyhow::Result<PathBuf> {
    let (file, text) = &planted.places;
    let places = folder_of(seed).join(file);
    write(&places, text)?;
    if planted.seed.text != old.text {
        write(seed, &planted.seed.text)?;
    }
    Ok(places)
}

/// What was grown, and how well it is laid out.
fn say(planted: &Planted) -> anyhow::Result<()> {
    let soil = &planted.soil;
    for warning in &soil.warnings {
        super::say(&format!("note: {warning}"));
    }
    let quality = &soil.quality;
    super::print(&format!(
        "{}, {}, vectors of {} numbers\nlayout: trustworthiness {:.4}, neighbour recall {:.4} (k = {}, {} notes)\n",
        many(soil.notes.len(), "note"),
        many(soil.notes.iter().map(|note| note.links.len()).sum(), "link"),
        soil.vectors.dims(),
        quality.trustworthiness,
        quality.recall,
        quality.k,
        quality.sample,
    ))
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, path)).map_err(|source| {
        let _ = std::fs::remove_file(&draft);
        Error::output(path, source)
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "notes".into(), |stem| stem.to_string_lossy().into_owned())
}
