//! `semafield plant`

use std::path::{Path, PathBuf};

use semafield::error::Error;
use semafield::soil::{Soil, SoilOptions};

use crate::cli;
use crate::progress::Bars;

/// The twin, whose soil and title are replaced.
const TEMPLATE: &str = include_str!("../../../../assets/seeds/twin.toml");

/// Up to this many notes the map of the template is large enough; above, it has twice the cells along each axis.
const FEW: usize = 300;

pub(crate) fn plant(arguments: &cli::Plant) -> anyhow::Result<()> {
    let name = name_of(&arguments.source);
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    if out.exists() {
        let help = "give another name with --out";
        return Err(Error::Input(format!("{} exists and is not overwritten\n  = help: {help}", out.display())).into());
    }
    let bars = Bars::new(arguments.quiet);
    let soil = Soil::grow(&arguments.source, &SoilOptions::default(), &bars);
    bars.finish();
    let soil = soil.map_err(Error::from)?;
    let text = write(&arguments.source, &out, &name, soil.notes.len())?;
    std::fs::write(&out, text).map_err(|source| Error::file(&out, source))?;
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

fn name_of(source: &Path) -> String {
    let full = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    let stem = if full.is_dir() { full.file_name() } else { full.file_stem() };
    stem.map_or_else(|| "notes".into(), |stem| stem.to_string_lossy().into_owned())
}

/// The template with another title, source, title and size.
fn write(source: &Path, out: &Path, name: &str, notes: usize) -> Result<String, Error> {
    let mut text = TEMPLATE.to_owned();
    let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
    let mut edits = vec![("title", quoted(name)), ("soil.source", quoted(&relative(source, out)?))];
    if notes > FEW {
        edits.push(("domain.shape", "[512, 512]".into()));
        edits.push(("domain.size", "[384.0, 384.0]".into()));
    }
    for (key, value) in edits {
        text = semafield::seed::set(&text, key, &value)
            .map_err(|why| Error::Input(format!("the template can't take {key} = {value}: {}", why.message)))?;
    }
    Ok(text)
}

/// The source as seen from the seed's folder, if it lies below it; else its full path.
fn relative(source: &Path, out: &Path) -> Result<String, Error> {
    let full = |path: &Path| path.canonicalize().map_err(|why| Error::Input(format!("{}: {why}", path.display())));
    let source = full(source)?;
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = full(folder)?;
    let shown = source.strip_prefix(&folder).unwrap_or(&source);
    shown
        .to_str()
        .map(|path| path.replace('\\', "/"))
        .ok_or_else(|| Error::Input(format!("{}: the path is not UTF-8 and can't stand in a seed", source.display())))
}
