//! Cases that do not step fields: topology and soil, on the processor.
//!
//! In: a case and a size. Out: its calls. Invariant: the input depends on the size alone.

use super::{Case, Options, Workload};
use crate::error::Error;
use crate::math::rng::{Draw, fill_normal_f32, fill_normal_f64};
use crate::soil::{NeighborGraph, Silent, Vectors, neighbor_layout};
use crate::topology::defects::defects;
use crate::topology::persistence::diagram;
use crate::topology::{ComplexGrid, Connectivity, Filtration, ScalarGrid, TopologyError};

/// Numbers of a note's vector: what small text encoders give.
const DIMS: usize = 384;
/// Neighbours of a note.
const NEIGHBORS: usize = 15;
/// Groups that the notes gather in.
const GROUPS: usize = 50;

/// The calls of a case, on threads of its own.
pub(super) fn workload(case: Case, size: usize, options: &Options) -> Result<Workload, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build();
    let pool = pool.map_err(|error| Error::Input(format!("{} threads can't be started: {error}", options.threads)))?;
    let prepare = || -> Result<(usize, Call), Error> {
        Ok(match case {
            Case::Defects => (size * size, of_defects(size)),
            Case::Persistence => (size * size, of_persistence(size)),
            Case::Neighbors => (size, of_neighbors(vectors(size)?)),
            _ => (size, of_layout(vectors(size)?)),
        })
    };
    let (items, call) = pool.install(prepare)?;
    // Called where the threads are, as steps are: waking them up is no part of a call.
    let run = move |count| {
        pool.install(|| {
            (0..count).try_for_each(|_| {
                // Looked at, so that none is left out.
                std::hint::black_box(call()?);
                Ok(())
            })
        })
    };
    Ok(Workload { items, traffic: None, run: Box::new(run) })
}

/// One call, and how much it has found.
type Call = Box<dyn Fn() -> Result<usize, Error> + Send + Sync>;

fn of_defects(size: usize) -> Call {
    // Smooth enough for the density of defects of a turbulent field: about .003 to a cell.
    let [re, im] = [0, 1].map(|stream| smooth(size, stream, 4));
    // Sums that spread by 2.4 million become links as turbulence has them, of about .2 radians.
    let angles = [4, 5].into_iter().flat_map(|stream| smooth(size, stream, 4));
    let theta: Vec<f32> = angles.map(|angle| 7.7e-8 * angle).collect();
    Box::new(move || {
        let (shape, periodic) = (&[size, size], &[true; 2]);
        let grid = ComplexGrid { shape, periodic, re: &re, im: &im, theta: Some(&theta), mask: None };
        defects(&grid).map(|found| found.len()).map_err(internal)
    })
}

fn of_persistence(size: usize) -> Call {
    let values = smooth(size, 2, 1);
    Box::new(move || {
        let grid = ScalarGrid { shape: [size; 2], periodic: [true; 2], values: &values };
        let found = diagram(&grid, Connectivity::Six, Filtration::Sublevel).map_err(internal)?;
        Ok(found.components.len())
    })
}

fn of_neighbors(vectors: Vectors) -> Call {
    Box::new(move || Ok(NeighborGraph::nearest(&vectors, NEIGHBORS, &Silent).indices.len()))
}

fn of_layout(vectors: Vectors) -> Call {
    let graph = NeighborGraph::nearest(&vectors, NEIGHBORS, &Silent);
    Box::new(move || Ok(neighbor_layout(&vectors, &graph, 0, &Silent).len()))
}

fn internal(error: TopologyError) -> Error {
    Error::Input(format!("the made-up field was refused: {error}"))
}

/// Normal numbers averaged over blocks of 9 x 9 cells, periodic, in some rounds: extrema and defects as a field has them.
fn smooth(size: usize, stream: u32, rounds: usize) -> Vec<f32> {
    let mut values = vec![0.0_f32; size * size];
    fill_normal_f32(&mut values, 0, Draw { rng_seed: 1, stream, step: 0 });
    for stride in [1, size].repeat(rounds) {
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
