//! `semafield open`

use std::path::{Path, PathBuf};

use semafield::app::{Origin, open as open_window};

use super::place::{available, place};
use crate::cli;

pub(crate) fn open(arguments: &cli::Open) -> anyhow::Result<()> {
    let origin = match &arguments.seed {
        Some(path) => Origin::Path(path.clone()),
        None => Origin::Bundled("twin.toml".into()),
    };
    let mut options = place(&arguments.place, Path::new("."), None)?;
    if arguments.place.threads.is_none() {
        // One processor is left to the window.
        options.threads = available().saturating_sub(1).max(1);
    }
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from("out"));
    Ok(open_window(origin, options, out, arguments.measure.clone())?)
}
