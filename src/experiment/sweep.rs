//! The flow of a sweep: plan, plant once, look what is finished, grow the rest side by side, write the tables and the page.
//!
//! In: an [`Experiment`] and a place. Out: a folder. Invariants: the tables are a function of the records on disk, in the
//! order of the plan, so they are the same for any number of jobs and for any number of interruptions (but for wall times);
//! a run is kept the moment it is finished; jobs times threads never exceed the processors that were given. On a GPU runs
//! of one size step together in batches, each batch one submission to the device.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::growth::{Cost, Job, cost, grow};
use super::plan::{Experiment, Plan, Planned};
use super::record::{FORMAT, Record, Shelf, Status};
use super::report;
use crate::engine::cpu::available_memory;
use crate::engine::{Backend, Batch, automatic};
use crate::error::Error;
use crate::run::Clock;
use crate::seed::{Mask, Seed};
use crate::simulation::{Options, grow_soil};
use crate::soil::{Progress, Soil};

/// How a sweep is run.
pub struct SweepOptions {
    /// The folder to write.
    pub out: PathBuf,
    /// Where runs are grown; the threads are those of one run, the folder is the seed's.
    pub place: Options,
    /// Runs at the same time on the CPU; on a GPU one batch has all threads.
    pub jobs: usize,
    /// Runs of a batch on a GPU; by the size of the grid ([`Batch::runs`]) unless given.
    pub batch: Option<usize>,
}

/// A sweep that is planned and ready to go.
pub struct Sweep {
    pub(super) experiment: Experiment,
    pub(super) plan: Plan,
    options: SweepOptions,
    backend: Backend,
    /// Threads of the pools on which runs are grown.
    pool_threads: usize,
    soils: BTreeMap<String, Soil>,
    shelf: Shelf,
    /// Key of each run, in the order of the plan.
    keys: Vec<String>,
    /// Positions of the runs that are not finished yet.
    pending: Vec<usize>,
    estimate: Estimate,
}

/// What a sweep will cost, as far as can be told before.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    /// Runs in all.
    pub runs: usize,
    /// Of these, finished before.
    pub kept: usize,
    /// Runs, or batches of runs, at the same time.
    pub jobs: usize,
    /// Runs of a batch: more than 1 on a GPU, where they share each submission.
    pub together: usize,
    /// Threads of each.
    pub threads: usize,
    /// Bytes that the runs at work hold together, about; 0 if nothing is left to run.
    pub bytes: u128,
    /// Seconds that the rest will take, about.
    pub seconds: f64,
    /// What was changed about the request, and why.
    pub notices: Vec<String>,
    /// Work that is left, in cell updates: what progress counts.
    work: u64,
}

/// What a sweep left.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Runs grown now.
    pub grown: usize,
    /// Runs that were finished before.
    pub kept: usize,
    /// Runs, of all, that diverged.
    pub diverged: usize,
    /// Runs that could not be run, each with its reason; they are tried again next time.
    pub failed: Vec<String>,
    /// The results, as `--json` prints them.
    pub results: serde_json::Value,
    /// The verdict in a sentence; empty if nothing was tested.
    pub verdict: String,
}

impl Sweep {
    /// Plans a sweep: reads every combination, makes the soils, finds what is finished, and estimates the rest by growing
    /// one run for a moment.
    pub fn prepare(experiment: Experiment, options: SweepOptions, progress: &dyn Progress) -> Result<Self, Error> {
        let plan = Plan::new(&experiment)?;
        let backend = options.place.backend.unwrap_or_else(|| automatic(options.place.precision));
        let soils = plant(&plan, &options.place, progress)?;
        let shelf = Shelf::open(&options.out)?;
        // On a GPU what is done on the processors is done for many runs at once, each on one thread.
        let (jobs, threads, pool_threads) = match backend {
            Backend::Cpu => (options.jobs.max(1), options.place.threads, options.place.threads),
            Backend::Gpu => (1, 1, options.jobs.max(1) * options.place.threads),
        };
        let batch = Batch::open(backend, options.place.adapter.as_deref())?;
        let place = Options { backend: Some(backend), threads, batch, ..options.place.clone() };
        let mut sweep = Self {
            estimate: Estimate { runs: plan.runs.len(), threads: place.threads, together: 1, ..Estimate::default() },
            options: SweepOptions { place, jobs, ..options },
            keys: vec![],
            pending: vec![],
            experiment,
            plan,
            backend,
            pool_threads,
            soils,
            shelf,
        };
        let files = sweep.files();
        sweep.keys = sweep.plan.runs.iter().map(|run| sweep.key(run, &files[run.combination])).collect();
        sweep.pending = (0..sweep.keys.len()).filter(|&at| sweep.shelf.get(&sweep.keys[at]).is_none()).collect();
        sweep.estimate()?;
        Ok(sweep)
    }

    /// What it will cost.
    pub fn expected(&self) -> &Estimate {
        &self.estimate
    }

    /// Grows what is not finished, and writes the folder.
    pub fn run(self, progress: &dyn Progress) -> Result<Outcome, Error> {
        let clock = Clock::start();
        let failed = self.grow_pending(progress)?;
        let records: Vec<Record> = (self.keys.iter().enumerate())
            .map(|(at, key)| {
                let missing = || Record::failed(failed.get(&at).cloned().unwrap_or_default());
                self.shelf.get(key).unwrap_or_else(missing)
            })
            .collect();
        let grown = self.pending.len() - failed.len();
        let written = report::write(&self.report(&records, grown, clock.seconds()))?;
        Ok(Outcome {
            grown,
            kept: self.estimate.kept,
            diverged: records.iter().filter(|record| record.status == Status::Diverged).count(),
            failed: failed.into_values().collect(),
            results: written.json,
            verdict: written.verdict,
        })
    }

    fn report<'a>(&'a self, records: &'a [Record], grown: usize, wall_seconds: f64) -> report::Input<'a> {
        report::Input {
            experiment: &self.experiment,
            plan: &self.plan,
            records,
            out: &self.options.out,
            soils: self.soils.values().map(|soil| soil.hash.as_str()).collect(),
            place: &self.options.place,
            jobs: self.estimate.jobs * self.estimate.together,
            grown,
            wall_seconds,
        }
    }

    /// Hashes of the files that each combination's seed reads, each file read once.
    fn files(&self) -> Vec<String> {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut hash = |name: &str| {
            let read = || std::fs::read(self.options.place.folder.join(name)).unwrap_or_default();
            known.entry(name.to_owned()).or_insert_with(|| blake3::hash(&read()).to_hex().to_string()).clone()
        };
        let combinations = self.plan.combinations.iter();
        combinations.map(|combination| files(&combination.seed).into_iter().map(&mut hash).collect()).collect()
    }

    fn soil(&self, combination: usize) -> Option<&Soil> {
        self.soils.get(&soil_name(&self.plan.combinations[combination].seed)?)
    }

    /// A hash of all that the outcome of a run depends on; `files` are hashes of what its seed reads.
    fn key(&self, run: &Planned, files: &str) -> String {
        let place = &self.options.place;
        let soil = self.soil(run.combination).map_or("", |soil| soil.hash.as_str());
        let (version, precision) = (env!("CARGO_PKG_VERSION"), place.precision.name());
        let marks: Vec<String> = self
            .experiment
            .measures
            .iter()
            .filter_map(|measure| Some(format!("{} {}", measure.name, Some(measure.mark()).filter(|m| !m.is_empty())?)))
            .collect();
        let parts = [
            FORMAT.to_string(),
            version.into(),
            soil.into(),
            files.into(),
            self.backend.name().into(),
            place.adapter.clone().unwrap_or_default(),
            precision.into(),
            format!("{:?}", self.experiment.until),
            marks.join("\n"),
            (run.repeat == 0).to_string(),
            self.plan.combinations[run.combination].run_text(run.repeat),
        ];
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    fn job<'a>(&'a self, run: &Planned, text: &'a str) -> Job<'a> {
        Job {
            text,
            file: &self.experiment.seed.file,
            soil: self.soil(run.combination),
            until: self.experiment.until,
            measures: &self.experiment.measures,
            sketch: run.repeat == 0,
        }
    }

    /// Grows the costliest of the runs that are left for a moment, and settles how many run at the same time.
    fn estimate(&mut self) -> Result<(), Error> {
        self.estimate.kept = self.keys.len() - self.pending.len();
        self.estimate.jobs = self.options.jobs;
        let Some(&costliest) = self.pending.iter().max_by_key(|&&at| self.weight(at)) else { return Ok(()) };
        let run = self.plan.runs[costliest];
        let text = self.plan.combinations[run.combination].run_text(run.repeat);
        let Cost { start, live, bytes, dt, steps, together } = cost(&self.job(&run, &text), &self.options.place)?;
        let work = |at: usize| {
            let combination = &self.plan.combinations[self.plan.runs[at].combination];
            combination.cells.saturating_mul(combination.steps(dt).max(1))
        };
        let whole = self.pending.iter().map(|&at| work(at)).fold(0, u64::saturating_add);
        let per_update = live / (work(costliest).max(steps) as f64);
        let pending = self.pending.len();
        if let Some(free) = available_memory().filter(|_| bytes > 0) {
            let fits = usize::try_from(free / bytes).unwrap_or(usize::MAX).max(1);
            if fits < self.estimate.jobs.min(pending) {
                self.estimate.notices.push(format!("memory is enough for {fits} runs at the same time"));
                self.estimate.jobs = fits;
            }
        }
        self.estimate.jobs = self.estimate.jobs.min(pending);
        if self.backend == Backend::Gpu {
            self.estimate.together = self.options.batch.unwrap_or(together).clamp(1, pending);
        }
        let jobs = self.estimate.jobs;
        self.estimate.seconds = (start * pending as f64 + per_update * whole as f64) / jobs as f64;
        self.estimate.bytes = bytes * (jobs * self.estimate.together) as u128;
        self.estimate.work = whole;
        Ok(())
    }

    /// What a run's length goes by: cells, and steps if a step is a unit of time where it is not known yet.
    fn weight(&self, at: usize) -> (u64, u64) {
        let combination = &self.plan.combinations[self.plan.runs[at].combination];
        (combination.cells, combination.steps(1.0))
    }

    /// The runs that are left, in batches of runs of one length.
    fn batches(&self) -> Vec<&[usize]> {
        let alike = self.pending.chunk_by(|&a, &b| self.weight(a) == self.weight(b));
        alike.flat_map(|runs| runs.chunks(self.estimate.together)).collect()
    }

    /// Grows the runs that are left; those that could not be run, with their reasons.
    fn grow_pending(&self, progress: &dyn Progress) -> Result<BTreeMap<usize, String>, Error> {
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (failed, broken) = (Mutex::new(BTreeMap::new()), Mutex::new(None));
        let batches = self.batches();
        if !batches.is_empty() {
            progress.stage("growing", self.estimate.work);
        }
        let work_through = || {
            while !stop.load(Ordering::Relaxed) {
                let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                match self.grow_batch(batch, progress) {
                    Ok(reasons) => failed.lock().expect("no job panics with it").extend(reasons),
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        broken.lock().expect("no job panics with it").get_or_insert(error);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.estimate.jobs.min(batches.len()) {
                // Parallel parts of a run find the threads of its own job.
                let pool = rayon::ThreadPoolBuilder::new().num_threads(self.pool_threads).build();
                scope.spawn(|| match pool {
                    Ok(pool) => pool.install(work_through),
                    Err(_) => work_through(),
                });
            }
        });
        match broken.into_inner().expect("no job panics with it") {
            Some(error) => Err(error),
            None => Ok(failed.into_inner().expect("no job panics with it")),
        }
    }

    /// Grows some runs together and keeps them; those that could not be run, with their reasons. An error ends the sweep.
    fn grow_batch(&self, batch: &[usize], progress: &dyn Progress) -> Result<Vec<(usize, String)>, Error> {
        let runs: Vec<Planned> = batch.iter().map(|&at| self.plan.runs[at]).collect();
        let texts: Vec<String> =
            runs.iter().map(|run| self.plan.combinations[run.combination].run_text(run.repeat)).collect();
        let jobs: Vec<Job<'_>> = runs.iter().zip(&texts).map(|(run, text)| self.job(run, text)).collect();
        let stepped = |position: usize, steps: u64| {
            progress.advance(steps.saturating_mul(self.plan.combinations[runs[position].combination].cells));
        };
        let mut failed = Vec::new();
        for (&at, outcome) in batch.iter().zip(grow(&jobs, &self.options.place, &stepped)) {
            match outcome {
                Ok(record) => self.shelf.put(&self.keys[at], &record)?,
                Err(why) => failed.push((at, why.to_string())),
            }
        }
        Ok(failed)
    }
}

/// What distinguishes one soil from another; none without soil.
fn soil_name(seed: &Seed) -> Option<String> {
    let soil = seed.soil.as_ref()?;
    let columns: Vec<_> = soil.columns.iter().map(|entry| (&entry.name.value, &entry.text.value)).collect();
    Some(format!(
        "{:?}",
        (
            &soil.source.value,
            soil.encoder.as_ref().map(|encoder| &encoder.value),
            soil.neighbors.map(|neighbors| neighbors.value),
            soil.layout.map(|layout| layout.value),
            soil.frames.map(|frames| frames.value),
            soil.places.as_ref().map(|places| &places.value),
            columns,
            soil.rng_seed.map_or(seed.rng_seed, |rng_seed| rng_seed.value),
        )
    ))
}

/// Names of the files that a seed reads beside its soil.
fn files(seed: &Seed) -> Vec<&str> {
    let maps = seed.maps.iter().map(|map| map.text.value.as_str());
    let mask = seed.domain.mask.iter().filter_map(|mask| match mask {
        Mask::File(name) => Some(name.value.as_str()),
        Mask::Expression(_) => None,
    });
    let edges = seed.domain.edges.iter().map(|edges| edges.value.as_str());
    let places = seed.soil.iter().filter_map(|soil| Some(soil.places.as_ref()?.value.as_str()));
    let donor = seed.donor.iter().filter_map(|donor| Some(donor.seed.as_ref()?.value.as_str()));
    maps.chain(mask).chain(edges).chain(places).chain(donor).collect()
}

/// Makes every soil that is named, once.
fn plant(plan: &Plan, place: &Options, progress: &dyn Progress) -> Result<BTreeMap<String, Soil>, Error> {
    let mut soils = BTreeMap::new();
    for combination in &plan.combinations {
        let Some(name) = soil_name(&combination.seed) else { continue };
        if !soils.contains_key(&name)
            && let Some(soil) = grow_soil(&combination.seed, &place.folder, progress)?
        {
            soils.insert(name, soil);
        }
    }
    Ok(soils)
}
