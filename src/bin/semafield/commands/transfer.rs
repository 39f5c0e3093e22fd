//! `semafield transfer`

use std::path::Path;

use semafield::experiment::transfer::{Holding, Transfer, TransferOptions, transfer as run};
use semafield::source::Source;

use super::place::available;
use super::run::{set, stem};
use crate::cli;
use crate::progress::Bars;

/// Runs the experiment and says what came out.
pub(crate) fn transfer(arguments: &cli::Transfer) -> anyhow::Result<()> {
    let mut source = match &arguments.seed {
        Some(path) => Source::open(Some(path))?,
        None => Source::bundled("regrowing.toml")?,
    };
    set(&mut source, &arguments.set)?;
    let named = || Path::new("out").join(format!("transfer-{}", stem(&source.file)));
    let options = TransferOptions {
        out: arguments.out.clone().unwrap_or_else(named),
        repeats: arguments.repeats,
        until: arguments.until,
        blocks: arguments.block.clone(),
        gains: arguments.gain.clone(),
        jobs: arguments.jobs.map_or_else(available, usize::from),
        command: command(arguments),
    };
    let bars = Bars::new(arguments.form.json);
    let outcome = run(&source, &options, &bars);
    bars.finish();
    let outcome = outcome?;
    if arguments.form.json {
        super::print(&format!("{}\n", serde_json::to_string(&outcome)?))
    } else {
        super::print(&summary(&outcome, &options.out))
    }
}

/// The command as it was given, to be given again.
fn command(arguments: &cli::Transfer) -> String {
    let mut words = vec!["semafield transfer".to_owned()];
    words.extend(arguments.seed.iter().map(|seed| seed.display().to_string()));
    words.extend(arguments.set.iter().map(|set| format!("--set '{set}'")));
    words.push(format!("--repeats {}", arguments.repeats));
    words.extend(arguments.until.iter().map(|until| format!("--until {until}")));
    let list = |numbers: &[f64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    words.extend((!arguments.block.is_empty()).then(|| format!("--block {}", list(&arguments.block))));
    words.extend((!arguments.gain.is_empty()).then(|| format!("--gain {}", list(&arguments.gain))));
    words.join(" ")
}

fn summary(transfer: &Transfer, out: &Path) -> String {
    let mut text = String::new();
    for test in &transfer.tests {
        let outcome = match test.outcome {
            Holding::Holds => "holds ",
            Holding::Fails => "FAILS ",
            Holding::Open => "      ",
        };
        let expected = if test.expected.is_nan() { String::new() } else { format!(", expected {:.4}", test.expected) };
        let measured = if test.measured.abs() < 1e-3 && test.measured != 0.0 {
            format!("{:.2e}", test.measured)
        } else {
            format!("{:.4}", test.measured)
        };
        text.push_str(&format!("{outcome} arm {}: {}: {measured}{expected} ({})\n", test.arm, test.what, test.rule));
    }
    text.push('\n');
    for line in &transfer.conclusion {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(&format!("\n{}\n", out.join("report.html").display()));
    text
}
