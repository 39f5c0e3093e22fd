//! The built-in encoder: from texts to vectors, without a model file.
//!
//! In: notes. Out: one unit vector per note, of at most 256 numbers. Latent semantic analysis (Deerwester et al., 1990):
//! counts of hashed features, `(1 + ln tf) idf`, rows of unit length, then the leading left singular vectors times
//! their singular values, from the eigenpairs of `X X^T`. The same notes give the same bits on every machine.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::note::Note;
use super::pca::{Block, LANES, largest_eigenpairs};
use super::tokens;
use super::vectors::Vectors;
use super::{Progress, SoilError, SoilOptions};
use crate::math::elementary::scalar64::log;

/// Numbers per vector, at most.
const DIMS: usize = 256;
/// Most distinct features that are kept: those in most notes.
const FEATURES: usize = 1 << 17;
/// A word of the title or a tag counts as this many words of the text.
const TITLE_WEIGHT: f64 = 3.0;
/// Rounds of subspace iteration.
const ROUNDS: usize = 4;

/// Encodes all notes.
pub(super) fn encode(
    notes: &[Note],
    options: &SoilOptions,
    progress: &dyn Progress,
    warnings: &mut Vec<String>,
) -> Result<Vectors, SoilError> {
    if options.encoder != "lsa" {
        return Err(SoilError::Encoder { name: options.encoder.clone() });
    }
    progress.stage("encoding notes", notes.len() as u64);
    let counts: Vec<BTreeMap<u64, f64>> = notes
        .par_iter()
        .map(|note| {
            progress.advance(1);
            count(note)
        })
        .collect();
    let weights = Sparse::tf_idf(&counts);
    let pairs = largest_eigenpairs(notes.len(), DIMS, ROUNDS, options.rng_seed, |block| weights.gram(block));
    let dims = pairs.values.len().max(1);
    let mut rows = vec![0.0; notes.len() * dims];
    for (column, (value, vector)) in pairs.values.iter().zip(&pairs.vectors).enumerate() {
        let singular = value.sqrt();
        vector.iter().enumerate().for_each(|(row, x)| rows[row * dims + column] = singular * x);
    }
    give_directions(&mut rows, dims, notes, warnings);
    Ok(Vectors::normalized(dims, rows).expect("every row has been given a direction"))
}

/// How often each feature occurs in a note, by weight.
fn count(note: &Note) -> BTreeMap<u64, f64> {
    let mut counts = BTreeMap::new();
    let mut add = |text: &str, times: f64| {
        tokens::features(text, |feature, weight| *counts.entry(feature).or_insert(0.0) += times * weight);
    };
    add(&note.title, TITLE_WEIGHT);
    note.tags.iter().for_each(|tag| add(tag, TITLE_WEIGHT));
    add(&note.text, 1.0);
    counts
}

/// A sparse matrix, notes by features, by rows.
struct Sparse {
    rows: Vec<Vec<(u32, f64)>>,
    columns: usize,
}

impl Sparse {
    /// Weighs counts; features of a single note say nothing about similarity and are left out.
    fn tf_idf(counts: &[BTreeMap<u64, f64>]) -> Self {
        let mut frequency: BTreeMap<u64, u32> = BTreeMap::new();
        for feature in counts.iter().flat_map(BTreeMap::keys) {
            *frequency.entry(*feature).or_insert(0) += 1;
        }
        let mut kept: Vec<(u64, u32)> = frequency.into_iter().filter(|(_, notes)| *notes > 1).collect();
        if kept.len() > FEATURES {
            kept.sort_by_key(|&(feature, notes)| (std::cmp::Reverse(notes), feature));
            kept.truncate(FEATURES);
            kept.sort_unstable();
        }
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let total = counts.len() as f64;
        let idf: Vec<f64> = kept.iter().map(|&(_, notes)| log((1.0 + total) / (f64::from(notes)))).collect();
        let row = |counts: &BTreeMap<u64, f64>| {
            let mut row = Vec::new();
            for (feature, count) in counts {
                let Ok(column) = kept.binary_search_by_key(feature, |&(feature, _)| feature) else { continue };
                let tf = if *count > 1.0 { 1.0 + log(*count) } else { *count };
                row.push((u32::try_from(column).expect("at most FEATURES columns"), tf * idf[column]));
            }
            let norm = row.iter().fold(0.0, |sum, (_, x)| sum + x * x).sqrt();
            row.iter_mut().for_each(|(_, x)| *x /= norm);
            row
        };
        Self { rows: counts.par_iter().map(row).collect(), columns: kept.len() }
    }

    /// `X X^T` times a block.
    fn gram(&self, block: &Block) -> Block {
        let mut features = vec![[0.0; LANES]; self.columns];
        for (row, lanes) in self.rows.iter().zip(block) {
            for (column, x) in row {
                let sums = &mut features[*column as usize];
                (0..LANES).for_each(|lane| sums[lane] += x * lanes[lane]);
            }
        }
        let product = |row: &Vec<(u32, f64)>| {
            let mut sums = [0.0; LANES];
            for (column, x) in row {
                let lanes = &features[*column as usize];
                (0..LANES).for_each(|lane| sums[lane] += x * lanes[lane]);
            }
            sums
        };
        self.rows.iter().map(product).collect()
    }
}

/// Notes that share no word with any other get the mean direction of all, so that they lie in the midst and together.
fn give_directions(rows: &mut [f64], dims: usize, notes: &[Note], warnings: &mut Vec<String>) {
    const SILENT: f64 = 1e-9;
    let mut mean = vec![0.0; dims];
    for row in rows.chunks_exact(dims) {
        mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    if mean.iter().all(|x| x.abs() < SILENT) {
        mean[0] = 1.0;
    }
    let mut silent = Vec::new();
    for (row, note) in rows.chunks_exact_mut(dims).zip(notes) {
        if row.iter().all(|x| x.abs() < SILENT) {
            row.copy_from_slice(&mean);
            silent.push(note.id.as_str());
        }
    }
    if let Some(first) = silent.first().filter(|_| notes.len() > 1) {
        let count = silent.len();
        warnings.push(format!(
            "notes that share no word with any other: {count}, such as `{first}`; they got the mean vector"
        ));
    }
}
