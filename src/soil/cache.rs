//! What is slow to make of a source, kept between runs.
//!
//! In: a folder, a key. Out: what was [`Grown`] from the same notes and options, or the [`SoilMaps`] of the same soil on
//! the same grid, or the frames along the same edges, as the same program made it, bit for bit. The key is a hash of
//! everything that the result depends on, this build among it; see [`kept`] for what becomes of other files.

use std::io::Write as _;
use std::path::Path;

use blake3::Hasher;

use super::connection::{Connection, Edge, FrameKind};
use super::maps::SoilMaps;
use super::neighbors::NeighborGraph;
use super::note::Note;
use super::quality::Quality;
use super::vectors::Vectors;
use super::{Grown, Soil, SoilOptions, encoders};
use crate::grid::{Axis, Grid};
use crate::kept::{self, Out};

/// Cells beyond which maps are not kept: they would fill a disk.
const MOST_CELLS: usize = 1 << 20;

/// Where one soil, or its maps on one grid, are kept.
pub(super) struct Slot(kept::Slot);

impl Slot {
    /// The slot of a harvest under some options, whose layout depends on the notes' positions or not; `None` where nothing
    /// is to be kept.
    pub(super) fn new(
        notes: &[Note],
        vectors: Option<&Vectors>,
        options: &SoilOptions,
        positioned: bool,
    ) -> Option<Self> {
        let folder = options.cache.as_ref()?;
        let mut hasher = Hasher::new();
        let mut part = |bytes: &[u8]| add(&mut hasher, bytes);
        part(&build()?);
        part(options.encoder.as_bytes());
        if vectors.is_none() {
            part(encoders::identity(options).as_bytes());
        }
        part(options.layout.name().as_bytes());
        part(&[u8::from(positioned)]);
        part(&(options.neighbors as u64).to_le_bytes());
        part(&options.rng_seed.to_le_bytes());
        for note in notes {
            part(note.id.as_bytes());
            part(note.title.as_bytes());
            part(note.text.as_bytes());
            part(&(note.tags.len() as u64).to_le_bytes());
            note.tags.iter().for_each(|tag| part(tag.as_bytes()));
            note.position.iter().filter(|_| positioned).flatten().for_each(|x| part(&x.to_le_bytes()));
        }
        if let Some(vectors) = vectors {
            part(&(vectors.dims() as u64).to_le_bytes());
            part(bytemuck::cast_slice(vectors.values()));
        }
        Some(Self::of_key(folder, &hasher, "soil"))
    }

    /// The slot of the frames of a soil along some pairs of notes.
    pub(super) fn of_frames(soil: &Soil, pairs: &[[u32; 2]], folder: &Path) -> Option<Self> {
        let mut hasher = Hasher::new();
        let mut part = |bytes: &[u8]| add(&mut hasher, bytes);
        part(&build()?);
        add_neighborhoods(&mut part, soil);
        part(bytemuck::cast_slice(pairs));
        Some(Self::of_key(folder, &hasher, "frames"))
    }

    /// The slot of the maps of a soil on a grid; `None` where nothing is to be kept.
    pub(super) fn of_maps(soil: &Soil, grid: &Grid, folder: &Path) -> Option<Self> {
        if grid.cells() > MOST_CELLS {
            return None;
        }
        let mut hasher = Hasher::new();
        let mut part = |bytes: &[u8]| add(&mut hasher, bytes);
        part(&build()?);
        add_neighborhoods(&mut part, soil);
        part(soil.frames.map_or("", FrameKind::name).as_bytes());
        part(&soil.rng_seed.to_le_bytes());
        part(bytemuck::cast_slice(&soil.layout));
        part(&(grid.axes() as u64).to_le_bytes());
        for axis in Axis::ALL {
            part(&(grid.cells_along(axis) as u64).to_le_bytes());
            part(&grid.size_along(axis).to_le_bytes());
            part(&[u8::from(grid.bounded(axis))]);
        }
        Some(Self::of_key(folder, &hasher, "maps"))
    }

    fn of_key(folder: &Path, hasher: &Hasher, kind: &str) -> Self {
        Self(kept::Slot::new(folder, hasher.finalize(), kind))
    }

    /// The maps that were kept for a grid.
    pub(super) fn load_maps(&self, grid: &Grid) -> Option<SoilMaps> {
        let (body, cells) = (self.0.load()?, grid.cells());
        let mut reader = Reader { rest: &body };
        let mut numbers = |count: usize| reader.numbers(count, f64::from_le_bytes);
        Some(SoilMaps {
            density: numbers(cells)?,
            gain: numbers(cells)?,
            coupling: numbers(cells)?,
            frame: numbers(grid.axes() * cells)?,
            similarity: numbers(cells)?,
            scale: numbers(2)?.try_into().ok()?,
        })
    }

    /// Keeps maps; whole or not at all.
    pub(super) fn store_maps(&self, maps: &SoilMaps) {
        let all = [&maps.density, &maps.gain, &maps.coupling, &maps.frame, &maps.similarity];
        self.0.store(|out| numbers(out, all.into_iter().flatten().chain(&maps.scale), |x| x.to_le_bytes()));
    }

    /// The frames that were kept along some pairs of so many notes.
    pub(super) fn load_frames(&self, notes: usize, pairs: &[[u32; 2]]) -> Option<Connection> {
        let body = self.0.load()?;
        let mut reader = Reader { rest: &body };
        let unsatisfied = reader.count()?;
        let angles = reader.numbers(pairs.len(), f64::from_le_bytes)?;
        let confidences = reader.numbers(pairs.len(), f64::from_le_bytes)?;
        let edge = |((&ends, angle), confidence)| Edge { ends, angle, confidence, weight: confidence };
        Some(Connection {
            count: notes,
            edges: pairs.iter().zip(angles).zip(confidences).map(edge).collect(),
            unsatisfied,
        })
    }

    /// Keeps frames whose edges weigh as much as they are certain; whole or not at all.
    pub(super) fn store_frames(&self, connection: &Connection) {
        self.0.store(|out| {
            out.write_all(&(connection.unsatisfied as u64).to_le_bytes())?;
            numbers(out, &connection.edges, |edge| edge.angle.to_le_bytes())?;
            numbers(out, &connection.edges, |edge| edge.confidence.to_le_bytes())
        });
    }

    /// What was kept for so many notes.
    pub(super) fn load(&self, notes: usize) -> Option<Grown> {
        let body = self.0.load()?;
        let mut reader = Reader { rest: &body };
        let dims = reader.count()?;
        let vectors = match dims {
            0 => None,
            dims => Some(Vectors::of_units(dims, reader.numbers(notes.checked_mul(dims)?, f32::from_le_bytes)?)),
        };
        let k = reader.count()?;
        let edges = notes.checked_mul(k)?;
        let indices = reader.numbers(edges, u32::from_le_bytes)?;
        let wide = NeighborGraph { k, indices, distances: reader.numbers(edges, f64::from_le_bytes)? };
        let places = reader.numbers(2 * notes, f64::from_le_bytes)?;
        let [trustworthiness, recall] = reader.numbers(2, f64::from_le_bytes)?.try_into().ok()?;
        let quality = Quality { trustworthiness, recall, k: reader.count()?, sample: reader.count()? };
        let warnings = (0..reader.count()?).map(|_| reader.text()).collect::<Option<_>>()?;
        let layout = places.as_chunks().0.to_vec();
        Some(Grown { vectors, wide, layout, quality, warnings })
    }

    /// Keeps what was made; whole or not at all.
    pub(super) fn store(&self, grown: &Grown) {
        self.0.store(|out| write(out, grown));
    }
}

/// Adds a part to a key, with its length.
fn add(hasher: &mut Hasher, part: &[u8]) {
    hasher.update(&(part.len() as u64).to_le_bytes());
    hasher.update(part);
}

/// Adds vectors and neighbours to a key.
fn add_neighborhoods(part: &mut impl FnMut(&[u8]), soil: &Soil) {
    part(&(soil.vectors.dims() as u64).to_le_bytes());
    part(bytemuck::cast_slice(soil.vectors.values()));
    part(&(soil.neighbors.k as u64).to_le_bytes());
    part(bytemuck::cast_slice(&soil.neighbors.indices));
    part(bytemuck::cast_slice(&soil.neighbors.distances));
}

/// What tells this build from any other: version, size and time of the program's file.
fn build() -> Option<Vec<u8>> {
    let program = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    let age = program.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), program.len(), age.as_nanos()).into_bytes())
}

fn write(out: &mut Out<'_>, grown: &Grown) -> std::io::Result<()> {
    let count = |out: &mut Out<'_>, count: usize| out.write_all(&(count as u64).to_le_bytes());
    count(out, grown.vectors.as_ref().map_or(0, Vectors::dims))?;
    numbers(out, grown.vectors.iter().flat_map(Vectors::values), |x| x.to_le_bytes())?;
    count(out, grown.wide.k)?;
    numbers(out, &grown.wide.indices, |x| x.to_le_bytes())?;
    numbers(out, &grown.wide.distances, |x| x.to_le_bytes())?;
    numbers(out, grown.layout.as_flattened(), |x| x.to_le_bytes())?;
    numbers(out, &[grown.quality.trustworthiness, grown.quality.recall], |x| x.to_le_bytes())?;
    count(out, grown.quality.k)?;
    count(out, grown.quality.sample)?;
    count(out, grown.warnings.len())?;
    for warning in &grown.warnings {
        count(out, warning.len())?;
        out.write_all(warning.as_bytes())?;
    }
    Ok(())
}

/// Writes numbers, the lowest byte of each first.
fn numbers<'a, T: 'a, const SIZE: usize>(
    out: &mut Out<'_>,
    numbers: impl IntoIterator<Item = &'a T>,
    bytes: fn(&T) -> [u8; SIZE],
) -> std::io::Result<()> {
    numbers.into_iter().try_for_each(|number| out.write_all(&bytes(number)))
}

/// Takes numbers off the front; `None` where there are too few bytes.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.numbers(1, u64::from_le_bytes)?[0]).ok()
    }

    fn numbers<T, const SIZE: usize>(&mut self, count: usize, read: fn([u8; SIZE]) -> T) -> Option<Vec<T>> {
        let (bytes, rest) = self.rest.split_at_checked(count.checked_mul(SIZE)?)?;
        self.rest = rest;
        Some(bytes.as_chunks::<SIZE>().0.iter().map(|bytes| read(*bytes)).collect())
    }

    fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        String::from_utf8(bytes.to_vec()).ok()
    }
}
