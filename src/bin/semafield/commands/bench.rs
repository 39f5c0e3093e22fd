//! `semafield bench`

use semafield::bench::{Case, Options, bench as measure};
use semafield::error::Error;

use super::place::{asked, available};
use crate::cli;
use crate::progress::Bars;

/// Measures the cases and prints a table, or one JSON object.
pub(crate) fn bench(arguments: &cli::Bench) -> anyhow::Result<()> {
    let cases = match &arguments.case {
        None => Case::ALL.to_vec(),
        Some(name) => vec![case(name)?],
    };
    let options = Options {
        backend: asked(arguments.backend, arguments.adapter.as_deref())?,
        adapter: arguments.adapter.clone(),
        threads: arguments.threads.map_or_else(available, usize::from),
        size: arguments.size,
        steps: arguments.steps,
    };
    let bars = Bars::new(false);
    let report = measure(&cases, &options, &bars)?;
    bars.finish();
    super::answer(arguments.form, &report, || report.table())
}

fn case(name: &str) -> Result<Case, Error> {
    let names = Case::ALL.map(Case::name).join(", ");
    let found = Case::ALL.into_iter().find(|case| case.name() == name);
    found.ok_or_else(|| Error::Input(format!("there is no case `{name}`; there are {names}")))
}
