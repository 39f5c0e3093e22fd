//! Cases that do not step fields: topology and soil, on the processor.
//!
//! In: a case and a size. Out: seconds per call. Invariant: the input depends on the size alone.

use super::report::Measurement;
use super::stopwatch::measure as time;
use super::{Case, Options};
use crate::error::Error;
use crate::math::rng::{Draw, fill_normal_f32, fill_normal_f64};
use crate::soil::{NeighborGraph, Silent, Vectors, neighbor_layout};
use crate::topology::{ComplexGrid, Connectivity, Filtration, ScalarGrid, TopologyError, defects, diagram};

/// Numbers of a note's vector: what small text encoders give.
const DIMS: usize = 384;
/// Neighbours of a note.
const NEIGHBORS: usize = 15;
/// Groups that the notes gather in.
const GROUPS: usize = 50;

/// Seconds per call of a case.
pub(super) fn measure(case: Case, size: usize, options: &Options) -> Result<Measurement, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build();
    let pool = pool.map_err(|error| Error::Input(format!("{} threads can't be started: {error}", options.threads)))?;
    pool.install(|| match case {
        Case::Defects => of_defects(size, options.steps),
        Case::Persistence => of_persistence(size, options.steps),
        Case::Neighbors => of_neighbors(size, options.steps),
        _ => of_layout(size, options.steps),
    })
}

fn of_defects(size: usize, calls: Option<u64>) -> Result<Measurement, Error> {
    let [re, im] = [0, 1].map(|stream| smooth(size, stream));
    let grid =
        ComplexGrid { shape: &[size, size], periodic: &[true; 2], re: &re, im: &im, theta: None, mask: None };
    repeat(size, size * size, calls, || defects(&grid).map(|found| found.len()).map_err(internal))
}

fn of_persistence(size: usize, calls: Option<u64>) -> Result<Measurement, Error> {
    let values = smooth(size, 2);
    let grid = ScalarGrid { shape: [size; 2], periodic: [true; 2], values: &values };
    let pairs = || diagram(&grid, Connectivity::Six, Filtration::Sublevel).map(|found| found.components.len());
    repeat(size, size * size, calls, || pairs().map_err(internal))
}

fn of_neighbors(size: usize, calls: Option<u64>) -> Result<Measurement, Error> {
    let vectors = vectors(size)?;
    repeat(size, size, calls, || Ok(NeighborGraph::nearest(&vectors, NEIGHBORS, &Silent).indices.len()))
}

fn of_layout(size: usize, calls: Option<u64>) -> Result<Measurement, Error> {
    let vectors = vectors(size)?;
    let graph = NeighborGraph::nearest(&vectors, NEIGHBORS, &Silent);
    repeat(size, size, calls, || Ok(neighbor_layout(&vectors, &graph, 0, &Silent).len()))
}

/// Times calls whose outcome is looked at, so that none is left out.
fn repeat(
    size: usize,
    items: usize,
    calls: Option<u64>,
    mut call: impl FnMut() -> Result<usize, Error>,
) -> Result<Measurement, Error> {
    let (times, count) = time(calls, |count| {
        for _ in 0..count {
            std::hint::black_box(call()?);
        }
        Ok(())
    })?;
    Ok(Measurement::of_items(size, items, count, &times))
}

fn internal(error: TopologyError) -> Error {
    Error::Input(format!("the made-up field was refused: {error}"))
}

/// Normal numbers averaged over blocks of 9 x 9 cells, periodic: extrema and defects as a field has them.
fn smooth(size: usize, stream: u32) -> Vec<f32> {
    let mut values = vec![0.0_f32; size * size];
    fill_normal_f32(&mut values, 0, Draw { rng_seed: 1, stream, step: 0 });
    for stride in [1, size] {
        let before = values.clone();
        for (cell, value) in values.iter_mut().enumerate() {
            let position = cell / stride % size;
            let start = cell - position * stride;
            *value = (0..9).map(|shift| before[start + (position + shift) % size * stride]).sum();
        }
    }
    values
}

/// Unit vectors in groups.
fn vectors(count: usize) -> Result<Vectors, Error> {
    let mut numbers = vec![0.0; (GROUPS + count) * DIMS];
    fill_normal_f64(&mut numbers, 0, Draw { rng_seed: 1, stream: 3, step: 0 });
    let (centres, notes) = numbers.split_at_mut(GROUPS * DIMS);
    for (note, vector) in notes.chunks_exact_mut(DIMS).enumerate() {
        let centre = &centres[note % GROUPS * DIMS..][..DIMS];
        vector.iter_mut().zip(centre).for_each(|(x, c)| *x += c);
    }
    Vectors::normalized(DIMS, notes.to_vec())
        .map_err(|note| Error::Input(format!("made-up vector {note} has no direction")))
}
