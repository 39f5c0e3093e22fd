//! Can a living field be carried over? The five arms of science.md, E1, on any seed with a complex field.
//!
//! ```text
//! seed ─ subject ─→ texts of all arms ─ scales (lambda1, xi) ─→ predictions, written down
//!                          └ arms, dialogue ─→ runs ─ verdict ─→ tests ─ page, files ─→ DIR
//! ```
//!
//! Arm 0 is a copy of the bits where it is; 1 the same bits in another environment (one ulp, f32, a GPU); 2 the same
//! seed with other random numbers; 3 of several such the one that answers probes most as the donor does; 4 one that is
//! nudged by the donor's block averages. Invariants: predictions depend on the seed and on growths that no arm uses,
//! and lie on the disk before the first arm is run; all is grown by the public means of a seed's text but for the
//! copies of arms 0 and 1, which exist only here, in memory.

mod arms;
mod chronicle;
mod dialogue;
mod equality;
mod files;
mod page;
mod prediction;
mod probes;
mod scales;
mod subject;
mod verdict;

use std::path::PathBuf;

use serde::Serialize;

use crate::error::Error;
use crate::soil::Progress;
use crate::source::Source;
pub use prediction::{Prediction, Predictions};
pub use scales::Scales;
use subject::Subject;
pub use verdict::{Holding, Test};

/// What may be changed about the experiment.
#[derive(Clone, Debug)]
pub struct TransferOptions {
    /// The folder to write.
    pub out: PathBuf,
    /// Donors, each with a twin in every arm.
    pub repeats: u32,
    /// Time for which each pair is followed; long enough for an f64 copy to be lost unless given.
    pub until: Option<f64>,
    /// Sides of blocks, as lengths; chosen about pi xi unless given.
    pub blocks: Vec<f64>,
    /// Gains of nudging; chosen about the growth rates unless given.
    pub gains: Vec<f64>,
    /// Growths at a time.
    pub jobs: usize,
    /// The command that does all of this again.
    pub command: String,
}

/// One pair of donor and twin.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Run {
    /// The arm: 0 to 4.
    pub arm: u8,
    /// What was done to the twin, in a word or two.
    pub variant: String,
    /// Which donor.
    pub repeat: u32,
    /// Random numbers of the donor.
    pub donor_rng_seed: u64,
    /// Random numbers of the twin; those of the donor for copies.
    pub rng_seed: u64,
    /// Side of a block (arm 4).
    pub block: Option<f64>,
    /// Gain of nudging (arm 4).
    pub gain: Option<f64>,
    /// Growth rate of the logarithm of the distance (arm 1), or its decay as a positive number (arm 4).
    pub rate: Option<f64>,
    /// The distance from which the horizon is counted (arm 1).
    pub start_distance: Option<f64>,
    /// When the distance passed one half, after the copy (arm 1).
    pub horizon: Option<f64>,
    /// Distance of the event logs of twin and donor over the last eighth of the time, 0 to 1; none without defects.
    pub log_distance: Option<f64>,
    /// Distance of the answers to probes from the donor's, relative (arm 3 and its candidates).
    pub mismatch: Option<f64>,
    /// Mean distance over the last quarter.
    pub late_distance: f64,
    /// The last distance.
    pub last_distance: f64,
    /// The largest distance.
    pub largest_distance: f64,
    /// Times after the copy.
    #[serde(skip)]
    pub times: Vec<f64>,
    /// Distances up to a global phase.
    #[serde(skip)]
    pub distances: Vec<f64>,
    /// Statistics of the twin at these times, in the order of [`Subject`]'s names.
    #[serde(skip)]
    statistics: Vec<Vec<f64>>,
    /// Those of the donor.
    #[serde(skip)]
    donor_statistics: Vec<Vec<f64>>,
}

impl Run {
    /// Completes what follows from the distances.
    fn finished(mut self) -> Self {
        let count = self.distances.len();
        let late = &self.distances[count - count.div_ceil(4)..];
        #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
        let mean = late.iter().sum::<f64>() / late.len() as f64;
        self.late_distance = mean;
        self.last_distance = self.distances[count - 1];
        self.largest_distance = self.distances.iter().copied().fold(0.0, f64::max);
        self
    }
}

/// Everything that came out.
#[derive(Clone, Debug, Serialize)]
pub struct Transfer {
    /// Version of semafield.
    pub version: &'static str,
    /// The seed's title.
    pub title: String,
    /// BLAKE3 of the seed's text.
    pub seed_hash: String,
    /// The complex field that is followed.
    pub field: String,
    /// What was measured beforehand.
    pub scales: Scales,
    /// What was predicted, in the order of the arms.
    pub predictions: Vec<Prediction>,
    /// What the stated tests found; empty until the arms have run.
    pub tests: Vec<Test>,
    /// All pairs; empty until the arms have run.
    pub runs: Vec<Run>,
    /// What follows, in plain words; empty until the arms have run.
    pub conclusion: Vec<String>,
    /// The command that does all of this again.
    pub command: String,
}

/// Runs the experiment and writes its folder: `report.html`, `transfer.json`, `runs.parquet`, `distances.parquet`.
pub fn transfer(source: &Source, options: &TransferOptions, progress: &dyn Progress) -> Result<Transfer, Error> {
    let subject = Subject::read(source, progress)?;
    std::fs::create_dir_all(&options.out).map_err(|source| Error::output(&options.out, source))?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs.max(1))
        .build()
        .map_err(|why| Error::Input(format!("{} jobs can't be started: {why}", options.jobs)))?;
    pool.install(|| {
        let scales = scales::measure(&subject, options.repeats, progress)?;
        let plan = Predictions::of(&subject, &scales, options)?;
        let mut transfer = Transfer {
            version: env!("CARGO_PKG_VERSION"),
            title: subject.title.clone(),
            seed_hash: crate::simulation::trace::hash(&source.text),
            field: subject.field.clone(),
            predictions: plan.list.clone(),
            scales,
            tests: vec![],
            runs: vec![],
            conclusion: vec![],
            command: options.command.clone(),
        };
        // Before anything that they are about is run.
        files::write(&transfer, &subject, options)?;
        transfer.runs = arms::run(&subject, &plan, options, progress)?;
        transfer.runs.extend(dialogue::run(&subject, &plan, options, progress)?);
        transfer.tests = verdict::tests(&subject, &transfer.scales, &plan, &transfer.runs);
        transfer.conclusion = verdict::conclusion(&plan, &transfer.tests, &transfer.runs);
        files::write(&transfer, &subject, options)?;
        Ok(transfer)
    })
}
