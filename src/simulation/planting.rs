//! Seeds for people's own notes, and the places that the notes keep on the map.
//!
//! In: notes, a seed whose notes have changed, or a trace in which they were moved. Out: texts to write (a seed, a file of places) and the soil as that seed
//! grows it. Invariants: nothing is written here; of a person's seed only `soil.places` and, if asked, `soil.source` are set,
//! every other byte stays; a note that has a place and says what it said keeps it bit for bit.

use std::path::Path;

use super::act::Act;
use super::trace::{Line, Trace};
use super::{Options, Simulation, read_seed, start};
use crate::engine::{Backend, Batch};
use crate::error::Error;
use crate::math::arithmetic::Precision;
use crate::seed::{self, Frames, Layout, Seed};
use crate::soil::connection::FrameKind;
use crate::soil::{BUILT_IN, LayoutKind, Places, Progress, Soil, SoilOptions, Tally, cache_folder};
use crate::source::{Source, relative};

/// What planting gives to write.
#[derive(Debug)]
pub struct Planted {
    /// The seed.
    pub seed: Source,
    /// Name of the file of places in the seed's folder, and its text.
    pub places: (String, String),
    /// The soil as the seed grows it.
    pub soil: Soil,
    /// What became of notes that had places; `None` where there were no places yet.
    pub tally: Option<Tally>,
}

/// The twin over someone's own notes or vectors: a seed for a folder, and the soil as that seed grows it. `columns` are
/// roles and the columns of a table that play them, where not by name.
pub fn plant(
    source: &Path,
    columns: &[(String, String)],
    folder: &Path,
    progress: &dyn Progress,
) -> Result<(Source, Soil), Error> {
    let of_notes = |notes: usize| -> Result<Source, Error> {
        let mut seed = Source::of_notes(source, folder, notes)?;
        if !columns.is_empty() {
            let chosen: Vec<String> = columns.iter().map(|(role, name)| format!("{role} = {}", quoted(name))).collect();
            seed.text = set(&seed, "soil.columns", &format!("{{{}}}", chosen.join(", ")))?;
        }
        Ok(seed)
    };
    let draft = of_notes(0)?;
    let (seed, ..) = read_seed(&draft.text, &draft.file)?;
    let soil = grow_soil(&seed, folder, progress)?.expect("the template names a soil");
    Ok((of_notes(soil.notes.len())?, soil))
}

/// [`plant`] with a file in which the notes keep their places, for a seed that will be called `name`.toml.
pub fn plant_in_place(
    source: &Path,
    columns: &[(String, String)],
    folder: &Path,
    name: &str,
    progress: &dyn Progress,
) -> Result<Planted, Error> {
    let (mut seed, soil) = plant(source, columns, folder, progress)?;
    let file = places_file(name, 1);
    seed.text = set(&seed, "soil.places", &quoted(&file))?;
    Ok(Planted { seed, places: (file, Places::text_of(&soil)), soil, tally: None })
}

/// Takes new and changed notes into a seed: they are placed among their neighbours, the others stay where they are.
/// `source` replaces the seed's own, where the notes have moved.
pub fn update(old: &Source, source: Option<&Path>, name: &str, progress: &dyn Progress) -> Result<Planted, Error> {
    let mut new = old.clone();
    if let Some(source) = source {
        new.text = set(&new, "soil.source", &quoted(&relative(source, &new.folder)?))?;
    }
    let (seed, ..) = read_seed(&new.text, &new.file)?;
    let declared = named_soil(&new, &seed)?;
    let (file, old_places) = match &declared.places {
        Some(file) if new.folder.join(&file.value).exists() => {
            let places = Places::read(&start::inside(&file.value, &new.folder)?)?;
            (file.value.clone(), Some(places.renewing()))
        }
        Some(file) => (file.value.clone(), None),
        None => (places_file(name, 1), None),
    };
    let places = Some(old_places.clone().unwrap_or_default());
    let soil = Soil::grow(
        &new.folder.join(&declared.source.value),
        &SoilOptions { places, ..options_of(&seed, declared, &new.folder) },
        progress,
    )?;
    if declared.places.is_none() {
        new.text = set(&new, "soil.places", &quoted(&file))?;
    }
    let tally = old_places.map(|places| places.tally(&soil));
    Ok(Planted { seed: new, places: (file, Places::text_of(&soil)), soil, tally })
}

/// Gives the notes of a seed the places at which a trace left them: where they were pulled to, and where the map settled.
/// The places get a file of their own, so that traces of before still find theirs.
pub fn keep_map(
    old: &Source,
    trace: &Path,
    name: &str,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Planted, Error> {
    let mut new = old.clone();
    let (seed, ..) = read_seed(&new.text, &new.file)?;
    named_soil(&new, &seed)?;
    let lived = Trace::read(trace)?;
    let options = Options {
        backend: Some(Backend::Cpu),
        adapter: None,
        threads,
        precision: Precision::F64,
        folder: new.folder.clone(),
        batch: Batch::default(),
    };
    let soil = soil_after(&lived, trace, &options, progress)?;
    let free = |number: &u32| !new.folder.join(places_file(name, *number)).exists();
    let file = (1..).map(|number| (number, places_file(name, number))).find(|(number, _)| free(number));
    let (_, file) = file.expect("a folder has fewer than 2^32 files");
    new.text = set(&new, "soil.places", &quoted(&file))?;
    Ok(Planted { seed: new, places: (file, Places::text_of(&soil)), soil, tally: None })
}

/// The soil of a trace with its notes where the last act left them. What else was done moves no note.
fn soil_after(lived: &Trace, path: &Path, options: &Options, progress: &dyn Progress) -> Result<Soil, Error> {
    let (text, file) = (&lived.header.seed, path.display().to_string());
    let (seed, ..) = read_seed(text, &file)?;
    let soil = grow_soil(&seed, &options.folder, progress)?;
    if soil.as_ref().map(|soil| &soil.hash) != lived.header.soil_hash.as_ref() {
        let help = "take the map from it before notes or places change, or pull the notes anew";
        return Err(Error::Input(format!(
            "{file} was lived on other notes, or on another map of them\n  = help: {help}"
        )));
    }
    let mut simulation = Simulation::grow_text(text, &file, soil, options)?;
    for line in &lived.lines {
        if let Line::Act { act: act @ (Act::Pull { .. } | Act::PinNote { .. } | Act::Settle { .. }), .. } = line {
            simulation.apply(act)?;
        }
    }
    simulation.soil().cloned().ok_or_else(|| Error::Input(format!("{file} has no notes, and so no map to keep")))
}

/// The file of places of a seed, or the next one after so many.
fn places_file(name: &str, number: u32) -> String {
    if number == 1 { format!("{name}.places.csv") } else { format!("{name}.places-{number}.csv") }
}

/// The soil of a seed: it must name notes, and may not give each its place.
fn named_soil<'a>(source: &Source, seed: &'a Seed) -> Result<&'a seed::Soil, Error> {
    let Some(declared) = &seed.soil else {
        let help = "add [soil] with source = \"folder or file\", or let `semafield plant` write a seed";
        return Err(Error::Input(format!("{} names no notes to update\n  = help: {help}", source.file)));
    };
    if declared.layout.is_some_and(|layout| layout.value == Layout::Given) {
        let why = "takes the places of its notes from their columns x and y: change them there";
        return Err(Error::Input(format!("{} {why}", source.file)));
    }
    Ok(declared)
}

/// Makes the soil that a seed names; paths are relative to its folder.
pub fn grow_soil(seed: &Seed, folder: &Path, progress: &dyn Progress) -> Result<Option<Soil>, Error> {
    let Some(declared) = &seed.soil else { return Ok(None) };
    let mut options = options_of(seed, declared, folder);
    if let Some(file) = &declared.places {
        options.places = Some(Places::read(&start::inside(&file.value, folder)?)?);
    }
    Ok(Some(Soil::grow(&folder.join(&declared.source.value), &options, progress)?))
}

/// What a seed chooses about its soil, but for places.
fn options_of(seed: &Seed, declared: &seed::Soil, folder: &Path) -> SoilOptions {
    let default = SoilOptions::default();
    let encoder = declared.encoder.as_ref().map(|encoder| match encoder.value.as_str() {
        BUILT_IN => BUILT_IN.to_owned(),
        path => folder.join(path).to_string_lossy().into_owned(),
    });
    SoilOptions {
        neighbors: declared.neighbors.map_or(default.neighbors, |neighbors| neighbors.value),
        layout: match declared.layout.map(|layout| layout.value) {
            None | Some(Layout::Neighbor) => LayoutKind::Neighbor,
            Some(Layout::Pca) => LayoutKind::Pca,
            Some(Layout::Given) => LayoutKind::Given,
        },
        encoder: encoder.unwrap_or(default.encoder),
        columns: declared.columns.iter().map(|entry| (entry.name.value.clone(), entry.text.value.clone())).collect(),
        places: None,
        frames: declared.frames.map(|frames| match frames.value {
            Frames::Data => FrameKind::Data,
            Frames::Shuffled => FrameKind::Shuffled,
            Frames::Random => FrameKind::Random,
            Frames::None => FrameKind::None,
        }),
        rng_seed: declared.rng_seed.map_or(seed.rng_seed, |given| given.value),
        cache: cache_folder(),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn set(source: &Source, key: &str, value: &str) -> Result<String, Error> {
    seed::set(&source.text, key, value)
        .map_err(|why| Error::Input(format!("{} can't take {key} = {value}: {}", source.file, why.message)))
}
