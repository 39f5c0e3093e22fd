//! `semafield plant`

use std::path::{Path, PathBuf};

use semafield::error::Error;
use semafield::simulation::plant as grow;
use semafield::source::name_of;

use crate::cli;
use crate::progress::Bars;

pub(crate) fn plant(arguments: &cli::Plant) -> anyhow::Result<()> {
    let name = name_of(&arguments.source);
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    if out.exists() {
        let help = "give another name with --out";
        return Err(Error::Input(format!("{} exists and is not overwritten\n  = help: {help}", out.display())).into());
    }
    let bars = Bars::new(arguments.quiet);
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let planted = grow(&arguments.source, folder, &bars);
    bars.finish();
    let (seed, soil) = planted?;
    std::fs::write(&out, seed.text).map_err(|source| Error::file(&out, source))?;
    for warning in &soil.warnings {
        super::say(&format!("note: {warning}"));
    }
    let quality = &soil.quality;
    super::print(&format!(
        "{} notes, {} links, vectors of {} numbers\nlayout: trustworthiness {:.4}, neighbour recall {:.4} (k = {}, {} notes)\n\
         wrote {}\nnow: semafield run {}\n",
        soil.notes.len(),
        soil.notes.iter().map(|note| note.links.len()).sum::<usize>(),
        soil.vectors.dims(),
        quality.trustworthiness,
        quality.recall,
        quality.k,
        quality.sample,
        out.display(),
        out.display()
    ));
    Ok(())
}
