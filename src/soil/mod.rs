//! Soil: from a person's own notes or vectors to the medium that a field grows in.
//!
//! In: a folder of notes (Markdown or plain text), a table (`.parquet`, `.jsonl`, `.csv`, `.tsv`) of vectors or texts, or a
//! 2-D array (`.npy`, `.npz`, `.safetensors`). Out: [`Soil`]:
//! notes, unit vectors, their exact nearest neighbours, a 2-D layout with its quality, and (for a grid) [`SoilMaps`].
//!
//! Invariant: all of it is a function of the notes and the options alone, bit for bit, on every machine and for any
//! number of threads. Sums have a fixed order, random numbers are counted (Philox), nothing calls libm.

mod affinity;
mod archive;
mod cache;
mod columns;
pub mod connection;
mod encoders;
mod error;
mod frames;
mod front_matter;
mod graph;
mod layout;
mod links;
mod maps;
mod markdown;
mod nearby;
mod neighbors;
mod note;
mod npy;
mod pca;
mod place;
mod places;
mod product;
mod quality;
mod records;
mod repulsion;
mod roles;
mod room;
mod rows;
mod settle;
mod shortlist;
mod sources;
mod stem;
mod table;
mod tokens;
mod vault;
mod vectors;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub use crate::kept::cache_folder;
use connection::FrameKind;
pub use encoders::BUILT_IN;
pub use error::SoilError;
pub use layout::{LayoutKind, neighbor_layout};
pub use maps::SoilMaps;
pub use neighbors::NeighborGraph;
pub use note::Note;
pub use place::{Place, Reader, on_domain};
pub use places::{Places, Tally};
pub use quality::Quality;
pub use stem::stem;
pub use vectors::{Vectors, dot, dots};

/// Streams of random numbers, one per use; those of a run's own numbers are far below.
mod streams {
    pub(super) const SIGNS: u32 = 0x534F_0001;
    pub(super) const JITTER: u32 = 0x534F_0002;
    pub(super) const SAMPLES: u32 = 0x534F_0003;
    pub(super) const SHUFFLES: u32 = 0x534F_0004;
    pub(super) const ANGLES: u32 = 0x534F_0005;
    pub(super) const LANCZOS: u32 = 0x534F_0006;
    pub(super) const UNSTRUCTURED: u32 = 0x534F_0007;
}

/// What can be chosen about the soil; the `[soil]` section of a seed without its source.
#[derive(Clone, Debug, PartialEq)]
pub struct SoilOptions {
    /// Nearest neighbours per note.
    pub neighbors: usize,
    /// How the notes are laid out on the map.
    pub layout: LayoutKind,
    /// The text encoder: `lsa`, which is built in, or a folder.
    pub encoder: String,
    /// Roles of a table's columns, where not by name: role (`vector`, `id`, `title`, `text`, ...) and column.
    pub columns: Vec<(String, String)>,
    /// Places that notes keep; only others are laid out. No part of what `given` layouts do.
    pub places: Option<Places>,
    /// Where the rotations between frames come from; `None`: where it is natural to have them, from the data.
    pub frames: Option<FrameKind>,
    /// Seed of every random number.
    pub rng_seed: u64,
    /// Where to keep what is slow to make, and to look for it first; no part of the result. `None`: nowhere.
    pub cache: Option<PathBuf>,
}

impl Default for SoilOptions {
    fn default() -> Self {
        Self {
            neighbors: 15,
            layout: LayoutKind::Neighbor,
            encoder: BUILT_IN.into(),
            columns: Vec::new(),
            places: None,
            frames: None,
            rng_seed: 0,
            cache: None,
        }
    }
}

/// Hears how far a long computation has come; never part of a result.
pub trait Progress: Sync {
    /// A stage begins that will take `total` units of work.
    fn stage(&self, name: &str, total: u64);
    /// That many units more are done. May be called from several threads.
    fn advance(&self, amount: u64);
}

/// Progress that nobody listens to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: u64) {}
    fn advance(&self, _amount: u64) {}
}

/// An embedding space, read and laid out.
#[derive(Clone, Debug)]
pub struct Soil {
    /// The notes, in the order of the source (a vault: sorted by path).
    pub notes: Vec<Note>,
    /// One unit vector per note.
    pub vectors: Vectors,
    /// The nearest notes of every note by cosine.
    pub neighbors: NeighborGraph,
    /// Position of every note in the unit square, y up, with a margin.
    pub layout: Vec<[f64; 2]>,
    /// How well the layout keeps neighbours together.
    pub quality: Quality,
    /// Where the rotations between frames come from, if that was chosen.
    pub frames: Option<FrameKind>,
    /// Seed of the random numbers.
    pub rng_seed: u64,
    /// Whether the vectors are the source's own; else an encoder made them of the texts.
    pub given_vectors: bool,
    /// Whether the ids are whole numbers in the source: an integer column, or row numbers.
    pub numeric_ids: bool,
    /// What the person should know about their data; one sentence each.
    pub warnings: Vec<String>,
    /// BLAKE3 of notes, vectors and options, as 64 hexadecimal digits.
    pub hash: String,
    /// The neighbours that the layout looks at: some more than `neighbors`.
    wide: Arc<NeighborGraph>,
    /// What moves the notes, once it was asked for; a function of the layout as it was planted.
    forces: OnceLock<Arc<settle::Forces>>,
}

/// What a source holds before anything is computed from it.
struct Harvest {
    notes: Vec<Note>,
    /// Absent: the texts are to be encoded.
    vectors: Option<Vectors>,
    /// Whether the ids are whole numbers in the source.
    numeric_ids: bool,
    warnings: Vec<String>,
}

/// What is computed from a harvest.
struct Grown {
    /// The encoder's vectors; absent where the source has its own.
    vectors: Option<Vectors>,
    /// Those that the layout looks at.
    wide: NeighborGraph,
    layout: Vec<[f64; 2]>,
    quality: Quality,
    warnings: Vec<String>,
}

impl Grown {
    fn new(
        notes: &[Note],
        own: Option<&Vectors>,
        options: &SoilOptions,
        progress: &dyn Progress,
    ) -> Result<Self, SoilError> {
        let mut warnings = Vec::new();
        let encoded = match own {
            Some(_) => None,
            None => Some(encoders::encode(notes, options, progress, &mut warnings)?),
        };
        let vectors = own.or(encoded.as_ref()).expect("what has no vectors is encoded");
        // The layout looks further than the graph.
        let reach = layout::reach(options.neighbors);
        let count = vectors.len();
        room::for_bytes(growth(count, reach), || format!("the neighbours and the map of {count} notes"))?;
        let wide = NeighborGraph::nearest(vectors, reach, progress);
        let layout = layout::lay_out(options, notes, vectors, &wide, progress)?;
        let quality = Quality::measure(vectors, &layout, options.rng_seed, progress);
        Ok(Self { wide, vectors: encoded, layout, quality, warnings })
    }
}

/// The most bytes that neighbours and map take beside the vectors while they are made.
fn growth(notes: usize, neighbors: usize) -> usize {
    /// Of a neighbour: index and distance; and the attraction in both directions.
    const NEIGHBOR: usize = size_of::<u32>() + size_of::<f64>() + 2 * size_of::<(u32, f32)>();
    /// Of a note on its way to its place: place, velocity, gain, gradient, and the potential that it feels.
    const NOTE: usize = 15 * size_of::<f64>();
    notes.saturating_mul(neighbors.min(notes) * NEIGHBOR + NOTE)
}

impl Soil {
    /// Reads a source and grows everything that does not depend on a grid.
    pub fn grow(source: &Path, options: &SoilOptions, progress: &dyn Progress) -> Result<Self, SoilError> {
        let Harvest { mut notes, vectors, numeric_ids, mut warnings } = read(source, &options.columns, progress)?;
        links::resolve(&mut notes, &mut warnings);
        if let Some(places) = options.places.as_ref().filter(|_| options.layout != LayoutKind::Given) {
            places.assign(&mut notes, vectors.as_ref());
        }
        warnings.extend(too_few(notes.len(), options.neighbors));
        let grown = kept_or_grown(&notes, vectors.as_ref(), options, progress)?;
        let Grown { vectors: encoded, wide, layout, quality, warnings: of_growth } = grown;
        warnings.extend(of_growth);
        let given_vectors = encoded.is_none();
        let vectors = encoded.or(vectors).expect("what has no vectors is encoded");
        let hash = hash(&notes, &vectors, options);
        let SoilOptions { frames, rng_seed, .. } = *options;
        Ok(Self {
            neighbors: wide.truncated(options.neighbors),
            notes,
            vectors,
            layout,
            quality,
            frames,
            rng_seed,
            given_vectors,
            numeric_ids,
            warnings,
            hash,
            wide: Arc::new(wide),
            forces: OnceLock::new(),
        })
    }

    /// Where the notes are after some more iterations of the layout's forces from where they are; those that are pinned
    /// stay. `planted` is the layout before anyone touched it.
    pub fn settled(&self, planted: &[[f64; 2]], pinned: Vec<bool>, iterations: usize) -> Vec<[f64; 2]> {
        let forces = self.forces.get_or_init(|| Arc::new(settle::Forces::new(planted, &self.wide)));
        forces.settled(&self.layout, pinned, iterations)
    }

    /// How well the map keeps neighbours together as the notes lie now, by so many of them that it takes a moment.
    pub fn glance(&self) -> Quality {
        Quality::glance(&self.vectors, &self.layout, self.rng_seed)
    }

    /// For every note the share of its nearest notes that are among the nearest on the map too, 0 to 1.
    pub fn map_recall(&self) -> Vec<f64> {
        nearby::recall(&self.neighbors, &self.layout)
    }

    /// Positions of the notes in the units of a grid's domain; of a 1-D grid, x is along the grid.
    pub fn positions(&self, grid: &crate::grid::Grid) -> Vec<[f64; 2]> {
        maps::positions(&self.layout, grid)
    }

    /// The medium on a grid of one or two axes; three are refused.
    pub fn maps(&self, grid: &crate::grid::Grid) -> Result<SoilMaps, SoilError> {
        let mut maps = maps::grow(self, grid)?;
        self.frames.unwrap_or(FrameKind::Data).replace_present(&mut maps.frame, self.rng_seed);
        Ok(maps)
    }

    /// The medium, given what it was while the same notes lay elsewhere: quick where few have moved, and bit for bit what
    /// [`Soil::maps`] makes.
    pub fn maps_after(
        &self,
        grid: &crate::grid::Grid,
        layout: &[[f64; 2]],
        before: &SoilMaps,
    ) -> Result<SoilMaps, SoilError> {
        match self.frames {
            // Of other rotations than the data's, no part can be made anew alone.
            Some(kind) if kind != FrameKind::Data => self.maps(grid),
            _ => maps::regrow(self, grid, layout, before),
        }
    }

    /// The same, kept in a folder from one run to the next.
    pub fn kept_maps(&self, grid: &crate::grid::Grid, folder: Option<&Path>) -> Result<SoilMaps, SoilError> {
        let slot = folder.and_then(|folder| cache::Slot::of_maps(self, grid, folder));
        if let Some(maps) = slot.as_ref().and_then(|slot| slot.load_maps(grid)) {
            return Ok(maps);
        }
        let maps = self.maps(grid)?;
        slot.iter().for_each(|slot| slot.store_maps(&maps));
        Ok(maps)
    }
}

/// What was made of the same notes before, or what is made of them now.
fn kept_or_grown(
    notes: &[Note],
    vectors: Option<&Vectors>,
    options: &SoilOptions,
    progress: &dyn Progress,
) -> Result<Grown, SoilError> {
    let placed = settle::placed(options, notes);
    let slot = |positioned: bool| cache::Slot::new(notes, vectors, options, positioned);
    let own = slot(placed.is_some() || options.layout == LayoutKind::Given);
    // Notes that all lie where a layout of their own would put them: what was made without places is the same.
    let as_laid_out = |grown: &Grown| {
        let placed = placed.as_deref().unwrap_or_default();
        placed.len() == notes.len() && placed.iter().zip(&grown.layout).all(|(own, found)| own.as_ref() == Some(found))
    };
    let kept = own.as_ref().and_then(|slot| slot.load(notes.len()));
    let kept = kept.or_else(|| slot(false).filter(|_| placed.is_some())?.load(notes.len()).filter(as_laid_out));
    if let Some(grown) = kept {
        return Ok(grown);
    }
    let grown = Grown::new(notes, vectors, options, progress)?;
    own.iter().for_each(|slot| slot.store(&grown));
    Ok(grown)
}

/// Says so when a map can't mean much.
fn too_few(notes: usize, neighbors: usize) -> Option<String> {
    match notes {
        1 => Some("there is only one note, so the map is one island; add notes to see how they relate".to_owned()),
        _ if notes <= neighbors => Some(format!(
            "there are only {notes} notes, so each is a neighbour of all others; add notes, or set `neighbors` below {notes}"
        )),
        _ => None,
    }
}

/// Chooses the reader by what the source is.
fn read(source: &Path, columns: &[(String, String)], progress: &dyn Progress) -> Result<Harvest, SoilError> {
    let missing = || SoilError::Missing { path: source.to_path_buf() };
    let metadata = std::fs::metadata(source).map_err(|_| missing())?;
    if metadata.is_dir() {
        return vault::read(source, progress);
    }
    if metadata.len() == 0 {
        return Err(SoilError::Empty { path: source.to_path_buf() });
    }
    match source.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("parquet") => table::read(source, columns),
        Some("jsonl" | "ndjson") => records::read_jsonl(source, columns),
        Some("csv") => records::read_separated(source, b',', columns),
        Some("tsv") => records::read_separated(source, b'\t', columns),
        Some("npy") => npy::read(source),
        Some("npz") => archive::read_npz(source, columns),
        Some("safetensors") => archive::read_safetensors(source, columns),
        _ => Err(SoilError::Unsupported { path: source.to_path_buf() }),
    }
}

/// Identifies a soil: the same hash means the same vectors, neighbours, layout and maps.
fn hash(notes: &[Note], vectors: &Vectors, options: &SoilOptions) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut text = |part: &str| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    text("semafield soil 1");
    // A folder is told by its vectors, not by where it lies.
    text(if options.encoder == BUILT_IN { BUILT_IN } else { "folder" });
    text(options.layout.name());
    text(if options.places.is_some() { "placed" } else { "" });
    options.frames.iter().for_each(|kind| text(kind.name()));
    for note in notes {
        text(&note.id);
        text(&note.title);
        text(&note.text);
    }
    hasher.update(&(options.neighbors as u64).to_le_bytes());
    hasher.update(&options.rng_seed.to_le_bytes());
    for x in notes.iter().filter_map(|note| note.position).flatten() {
        hasher.update(&x.to_le_bytes());
    }
    let mut bytes = [0; 4 << 10];
    for values in vectors.values().chunks(bytes.len() / 4) {
        let bytes = &mut bytes[..4 * values.len()];
        bytes.as_chunks_mut().0.iter_mut().zip(values).for_each(|(bytes, value)| *bytes = value.to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().to_hex().to_string()
}
