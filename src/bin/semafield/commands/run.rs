//! `semafield run`

use std::path::{Path, PathBuf};

use semafield::error::Error;
use semafield::output::manifest::Manifest;
use semafield::run::{RunOptions, run as grow};
use semafield::seed;
use semafield::simulation::trace::Trace;
use semafield::source::Source;

use super::place::place;
use crate::cli;
use crate::progress::Bars;

pub(crate) fn run(arguments: &cli::Run) -> anyhow::Result<()> {
    let trace = arguments.trace.as_deref().map(Trace::read).transpose()?;
    let mut source = open(arguments, trace.as_ref())?;
    for assignment in &arguments.set {
        source.text = set(&source, assignment)?;
    }
    if let Some(trace) = &trace
        && trace.header.seed != source.text
    {
        let help = "leave SEED and --set out: the trace holds its seed";
        return Err(Error::Input(format!("the seed is not the trace's\n  = help: {help}")).into());
    }
    let named = match (&arguments.seed, &arguments.trace) {
        (None, Some(trace)) => trace.display().to_string(),
        _ => source.file.clone(),
    };
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("out").join(stem(&named)));
    if let Some(trace) = &arguments.trace {
        keep(trace, &out.join("trace.jsonl"), "replay")?;
    }
    // What --set changed would stand in the place of what somebody wrote.
    if let Some(seed) = arguments.seed.as_ref().filter(|_| !arguments.set.is_empty()) {
        keep(Path::new(seed), &out.join("seed.toml"), "run")?;
    }
    let options = RunOptions {
        out,
        file: source.file.clone(),
        until: arguments.until,
        trace,
        anyway: arguments.anyway,
        with_text: arguments.with_text,
        place: place(&arguments.place, &source.folder)?,
    };
    let bars = Bars::new(arguments.quiet);
    let outcome = grow(&source.text, &options, &bars);
    bars.finish();
    let outcome = outcome?;
    if !arguments.quiet {
        summarise(&outcome.manifest, &options.out);
    }
    match outcome.failure {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

/// A run writes its own seed and trace: what it reads must not be among them, or somebody's words and acts would be lost.
fn keep(read: &Path, written: &Path, by: &str) -> Result<(), Error> {
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| Some(a) == b.canonicalize().ok());
    if !same(read, written) {
        return Ok(());
    }
    let help = "give another folder with --out";
    Err(Error::Input(format!("{} would be overwritten by the {by}\n  = help: {help}", read.display())))
}

/// The seed named on the command line, else the trace's, else the demo.
fn open(arguments: &cli::Run, trace: Option<&Trace>) -> Result<Source, Error> {
    match (&arguments.seed, trace) {
        (None, Some(trace)) => {
            let here = PathBuf::from(".");
            let folder = trace.header.folder.clone().filter(|folder| folder.is_dir()).unwrap_or(here);
            let file = trace.header.file.clone().unwrap_or_else(|| "trace".into());
            Ok(Source { text: trace.header.seed.clone(), file, folder })
        }
        (seed, _) => Source::open(seed.as_deref()),
    }
}

/// The seed's text with an assignment of `--set`.
pub(super) fn set(source: &Source, assignment: &str) -> Result<String, Error> {
    let (name, value) = assignment.split_once('=').ok_or_else(|| {
        Error::Input(format!("--set {assignment}: write NAME=VALUE, such as alpha=1.5 or time.dt=0.01"))
    })?;
    seed::set(&source.text, name.trim(), value.trim()).map_err(|diagnostic| Error::Seed {
        file: source.file.clone(),
        text: source.text.clone(),
        diagnostics: vec![diagnostic],
    })
}

/// A file's name without its ending.
pub(super) fn stem(file: &str) -> String {
    Path::new(file).file_stem().map_or_else(|| "run".into(), |stem| stem.to_string_lossy().into_owned())
}

fn summarise(manifest: &Manifest, out: &Path) {
    for warning in &manifest.warnings {
        super::warn(warning);
    }
    for notice in &manifest.notices {
        super::say(&format!("note: {notice}"));
    }
    let mut text = format!(
        "{}: {} steps to t = {} on {} ({}), {:.1} s, {:.1} million cell updates per second\n",
        manifest.title,
        manifest.steps,
        manifest.time,
        manifest.backend,
        manifest.adapter,
        manifest.wall_seconds,
        manifest.cell_updates_per_second / 1e6,
    );
    if let Some(layout) = &manifest.layout {
        text.push_str(&format!(
            "layout: trustworthiness {:.3}, neighbour recall {:.3} (k = {})\n",
            layout.trustworthiness, layout.neighbor_recall, layout.neighbors
        ));
    }
    text.push_str(&format!("report: {}\n", out.join("report.html").display()));
    super::print(&text);
}
