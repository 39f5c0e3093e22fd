//! The built-in encoder: from texts to vectors, without a model file.
//!
//! In: notes. Out: one unit vector per note, of at most 256 numbers. Latent semantic analysis (Deerwester et al., 1990):
//! counts of hashed features, `(1 + ln tf) idf`, rows of unit length, then the leading left singular vectors times
//! their singular values, from the eigenpairs of `X X^T`. The same notes give the same bits on every machine.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::math::elementary::scalar64::log;
use crate::soil::note::Note;
use crate::soil::pca::{Block, LANES, largest_eigenpairs};
use crate::soil::vectors::Vectors;
use crate::soil::{Progress, tokens};

/// Numbers per vector, at most.
const DIMS: usize = 256;
/// Most distinct features that are kept: those in most notes.
const FEATURES: usize = 1 << 17;
/// A word of the title or a tag counts as this many words of the text.
const TITLE_WEIGHT: f64 = 3.0;
/// Rounds of subspace iteration.
const ROUNDS: usize = 4;

/// Encodes all notes.
pub(super) fn encode(notes: &[Note], rng_seed: u64, progress: &dyn Progress, warnings: &mut Vec<String>) -> Vectors {
    let Analysis { mut rows, dims, .. } = Analysis::of(notes, rng_seed, progress);
    give_directions(&mut rows, dims, notes, "share no word with any other", warnings);
    Vectors::normalized(dims, rows).expect("every row has been given a direction")
}

/// The latent semantic analysis of titles, tags and texts; sentences can be folded in.
#[derive(Debug)]
pub(in crate::soil) struct Analysis {
    weights: Weights,
    matrix: Sparse,
    /// Left singular vectors times singular values, row by row; a note without a shared feature has zeros.
    rows: Vec<f64>,
    dims: usize,
    /// Squares of the singular values.
    values: Vec<f64>,
}

impl Analysis {
    /// Analyses some notes.
    pub(in crate::soil) fn of(notes: &[Note], rng_seed: u64, progress: &dyn Progress) -> Self {
        progress.stage("encoding notes", notes.len() as u64);
        let counts: Vec<BTreeMap<u64, f64>> = notes
            .par_iter()
            .map(|note| {
                progress.advance(1);
                count(note)
            })
            .collect();
        let weights = Weights::of(&counts);
        let matrix = Sparse {
            rows: counts.par_iter().map(|counts| weights.row(counts)).collect(),
            columns: weights.features.len(),
        };
        let pairs = largest_eigenpairs(notes.len(), DIMS, ROUNDS, rng_seed, |block| matrix.gram(block));
        let dims = pairs.values.len().max(1);
        let mut rows = vec![0.0; notes.len() * dims];
        for (column, (value, vector)) in pairs.values.iter().zip(&pairs.vectors).enumerate() {
            let singular = value.sqrt();
            vector.iter().enumerate().for_each(|(row, x)| rows[row * dims + column] = singular * x);
        }
        Self { weights, matrix, rows, dims, values: pairs.values }
    }

    /// Whether notes have any feature in common.
    pub(in crate::soil) fn knows_words(&self) -> bool {
        !self.weights.features.is_empty()
    }

    /// The cosine of a sentence with every note; `None` if the notes know none of its features. The projection of
    /// the sentence's row q on the right singular vectors `V = X^T U / s` is `q X^T U / s`, with U s in `rows`.
    pub(in crate::soil) fn cosines(&self, sentence: &str) -> Option<Vec<f64>> {
        let mut counts = BTreeMap::new();
        tokens::features(sentence, |feature, weight| *counts.entry(feature).or_insert(0.0) += weight);
        let query = self.weights.row(&counts);
        if query.is_empty() {
            return None;
        }
        let shared: Vec<f64> = self.matrix.rows.iter().map(|row| sparse_dot(row, &query)).collect();
        let mut folded = vec![0.0; self.dims];
        for (share, row) in shared.iter().zip(self.rows.chunks_exact(self.dims)) {
            folded.iter_mut().zip(row).for_each(|(sum, x)| *sum += share * x);
        }
        folded.iter_mut().zip(&self.values).for_each(|(sum, value)| *sum /= value);
        let norm = |row: &[f64]| row.iter().fold(0.0, |sum, x| sum + x * x).sqrt();
        let length = norm(&folded);
        let cosine = |row: &[f64]| {
            let product = row.iter().zip(&folded).fold(0.0, |sum, (a, b)| sum + a * b);
            let lengths = length * norm(row);
            if lengths > 0.0 { product / lengths } else { 0.0 }
        };
        Some(self.rows.chunks_exact(self.dims).map(cosine).collect())
    }
}

/// The product of two sparse rows, both by ascending columns.
fn sparse_dot(a: &[(u32, f64)], b: &[(u32, f64)]) -> f64 {
    let value = |column: u32| a.binary_search_by_key(&column, |(own, _)| *own).map_or(0.0, |at| a[at].1);
    b.iter().fold(0.0, |sum, &(column, x)| sum + x * value(column))
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

/// What a feature counts: `(1 + ln tf) idf`.
#[derive(Debug)]
struct Weights {
    /// The features that are kept, ascending; their positions are columns.
    features: Vec<u64>,
    idf: Vec<f64>,
}

impl Weights {
    /// Weighs counts; features of a single note say nothing about similarity and are left out.
    fn of(counts: &[BTreeMap<u64, f64>]) -> Self {
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
        let idf = kept.iter().map(|&(_, notes)| log((1.0 + total) / (f64::from(notes)))).collect();
        Self { features: kept.into_iter().map(|(feature, _)| feature).collect(), idf }
    }

    /// The row of a text, of unit length; empty if none of its features is known.
    fn row(&self, counts: &BTreeMap<u64, f64>) -> Vec<(u32, f64)> {
        let mut row = Vec::new();
        for (feature, count) in counts {
            let Ok(column) = self.features.binary_search(feature) else { continue };
            let tf = if *count > 1.0 { 1.0 + log(*count) } else { *count };
            row.push((u32::try_from(column).expect("at most FEATURES columns"), tf * self.idf[column]));
        }
        let norm = row.iter().fold(0.0, |sum, (_, x)| sum + x * x).sqrt();
        row.iter_mut().for_each(|(_, x)| *x /= norm);
        row
    }
}

/// A sparse matrix, notes by features, by rows.
#[derive(Debug)]
struct Sparse {
    rows: Vec<Vec<(u32, f64)>>,
    columns: usize,
}

impl Sparse {
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

/// Notes without a direction get the mean one of all, so that they lie in the midst and together; `why` says of them what
/// they lack.
pub(super) fn give_directions(rows: &mut [f64], dims: usize, notes: &[Note], why: &str, warnings: &mut Vec<String>) {
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
        warnings.push(match count == notes.len() {
            true => {
                format!("all {count} notes {why}, so the map says nothing: bring notes with more words, or vectors")
            }
            false => format!("notes that {why}: {count}, such as `{first}`; they got the mean vector"),
        });
    }
}
