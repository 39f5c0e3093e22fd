//! `semafield sweep`

use semafield::engine::{Backend, automatic};
use semafield::error::Error;
use semafield::experiment::{Axis, Estimate, Experiment, Outcome, Sweep, SweepOptions, from_file, is_experiment};
use semafield::run::examine::bytes;
use semafield::source::Source;
use std::path::{Path, PathBuf};

use super::place::{available, place};
use super::run::{once, stem};
use crate::cli;
use crate::progress::Bars;

pub(crate) fn sweep(arguments: &cli::Sweep) -> anyhow::Result<()> {
    let source = Source::open(Some(&arguments.seed))?;
    let mut experiment = read(arguments, source)?;
    experiment.command = command(std::env::args().skip(1));
    let folder = experiment.seed.folder.clone();
    let options = SweepOptions { out: out(arguments), ..side_by_side(arguments, &folder)? };
    let out = options.out.clone();
    let bars = Bars::new(arguments.form.json || arguments.quiet);
    let prepared = Sweep::prepare(experiment, options, &bars);
    bars.finish();
    let prepared = prepared?;
    if !arguments.quiet {
        super::say(&expected(prepared.expected(), &out));
    }
    let outcome = prepared.run(&bars);
    bars.finish();
    let outcome = outcome?;
    if arguments.form.json {
        super::print(&format!("{}\n", outcome.results))?;
    } else if !arguments.quiet {
        super::print(&summary(&outcome, &out))?;
    }
    match &outcome.failed[..] {
        [] => Ok(()),
        failed => Err(anyhow::anyhow!(
            "{} runs could not be run; they are tried again next time. The first: {}",
            failed.len(),
            failed[0]
        )),
    }
}

/// The experiment in the file, or the sweep of the seed in it, with what the flags change.
fn read(arguments: &cli::Sweep, source: Source) -> Result<Experiment, Error> {
    let mut experiment = if is_experiment(&source.text) {
        from_file(&source, arguments.size.as_deref())?
    } else if arguments.size.is_some() {
        let help = "sizes are named in an experiment's file: [sizes.NAME]";
        return Err(Error::Input(format!("--size: {} is a seed, not an experiment\n  = help: {help}", source.file)));
    } else {
        Experiment::of_seed(source)
    };
    let mut names = Vec::new();
    for assignment in &arguments.set {
        let axis = Axis::parse(assignment).map_err(|why| {
            let notes: String = why.notes.iter().map(|note| format!("\n  = help: {note}")).collect();
            Error::Input(format!("--set: {}{notes}", why.message))
        })?;
        once(&mut names, &axis.key, "list its values in one --set, such as beta=1,2")?;
        experiment.vary(axis);
    }
    experiment.repeats = arguments.repeats.unwrap_or(experiment.repeats);
    experiment.until = arguments.until.or(experiment.until);
    Ok(experiment)
}

fn out(arguments: &cli::Sweep) -> PathBuf {
    let name = stem(&arguments.seed.display().to_string());
    let name = match &arguments.size {
        Some(size) => format!("{name}-{size}"),
        None => format!("{name}-sweep"),
    };
    arguments.out.clone().unwrap_or_else(|| Path::new("out").join(name))
}

/// Jobs times threads do not exceed the processors; what is asked for beyond that is said and cut.
fn side_by_side(arguments: &cli::Sweep, folder: &Path) -> Result<SweepOptions, Error> {
    let mut place = place(&arguments.place, folder, None)?;
    let processors = available();
    if place.backend.unwrap_or_else(|| automatic(place.precision)) == Backend::Gpu {
        // One batch at a time, and all processors for what is done beside it.
        return Ok(SweepOptions { out: PathBuf::new(), place, jobs: 1, batch: arguments.jobs.map(usize::from) });
    }
    let threads = arguments.place.threads.map(usize::from);
    let wanted = arguments.jobs.map_or_else(|| (processors / threads.unwrap_or(1)).max(1), usize::from);
    let jobs = wanted.min((processors / threads.unwrap_or(1)).max(1));
    if jobs < wanted {
        let each = threads.map_or_else(String::new, |threads| format!(" of {threads} threads"));
        super::warn(&format!(
            "{wanted} jobs{each} are more than the {processors} processors of this machine: {jobs} at a time are run"
        ));
    }
    place.threads = threads.unwrap_or((processors / jobs).max(1));
    Ok(SweepOptions { out: PathBuf::new(), place, jobs, batch: None })
}

/// What is about to happen.
fn expected(estimate: &Estimate, out: &Path) -> String {
    let mut lines: Vec<String> = estimate.notices.clone();
    let left = estimate.runs - estimate.kept;
    if estimate.kept > 0 {
        let kept = format!("{} of {} runs were finished before and are kept", estimate.kept, estimate.runs);
        lines.push(format!("{kept} ({})", out.join("runs").display()));
    }
    if left > 0 {
        let threads = match (estimate.together, estimate.threads) {
            (2.., _) => " in one submission".into(),
            (_, 2..) => format!(" on {} threads each", estimate.threads),
            _ => String::new(),
        };
        lines.push(format!(
            "{left} runs, {} at a time{threads}: about {} of memory, {}",
            estimate.jobs * estimate.together,
            bytes(u64::try_from(estimate.bytes).unwrap_or(u64::MAX)),
            match super::check::duration(estimate.seconds) {
                time if time.starts_with("less") => time,
                time => format!("about {time}"),
            }
        ));
    }
    lines.join("\n")
}

fn summary(outcome: &Outcome, out: &Path) -> String {
    let mut lines = vec![format!("{} runs grown, {} kept, {} diverged", outcome.grown, outcome.kept, outcome.diverged)];
    if !outcome.verdict.is_empty() {
        for test in outcome.results["tests"].as_array().into_iter().flatten() {
            let text = |key: &str| test[key].as_str().unwrap_or_default().to_owned();
            lines.push(format!("{}: {} ({})", text("claim"), text("outcome"), text("detail")));
        }
        lines.push(outcome.verdict.clone());
    }
    lines.push(format!("report: {}", out.join("report.html").display()));
    lines.join("\n") + "\n"
}

/// The command line as a shell takes it.
fn command(words: impl Iterator<Item = String>) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=.,:/+@%".contains(c);
    let quoted = |word: String| match word.chars().all(plain) && !word.is_empty() {
        true => word,
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    std::iter::once("semafield".to_owned()).chain(words.map(quoted)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn commands_survive_a_shell() {
        let words = ["sweep", "my seed.toml", "--set", "equations.A='x'", ""].map(str::to_owned);
        assert_eq!(command(words.into_iter()), "semafield sweep 'my seed.toml' --set 'equations.A='\\''x'\\''' ''");
    }
}
