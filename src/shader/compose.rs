//! Puts a module together from the files of `shaders/`.
//!
//! In: the name of a file and the generated text that it needs. Out: one WGSL text. The rules: `#import name` alone on
//! a line is replaced by the file of that name, the first time only; nothing else is looked at. Invariant: the same
//! inputs give the same text.

use super::ShaderError;

/// The files of `shaders/`, by name (the file's name without its ending).
pub const SOURCES: &[(&str, &str)] = &[
    ("cell", include_str!("../../shaders/common/cell.wgsl")),
    ("clock", include_str!("../../shaders/common/clock.wgsl")),
    ("finite", include_str!("../../shaders/common/finite.wgsl")),
    ("lanes", include_str!("../../shaders/common/lanes.wgsl")),
    ("neighbors", include_str!("../../shaders/common/neighbors.wgsl")),
    ("numbers", include_str!("../../shaders/common/numbers.wgsl")),
    ("numeric", include_str!("../../shaders/common/numeric.wgsl")),
    ("rng", include_str!("../../shaders/common/rng.wgsl")),
    ("storage", include_str!("../../shaders/common/storage.wgsl")),
    ("compute/defects", include_str!("../../shaders/compute/defects.wgsl")),
    ("compute/finite", include_str!("../../shaders/compute/finite.wgsl")),
    ("compute/fourier", include_str!("../../shaders/compute/fourier.wgsl")),
    ("compute/gather", include_str!("../../shaders/compute/gather.wgsl")),
    ("compute/leap", include_str!("../../shaders/compute/leap.wgsl")),
    ("compute/normal", include_str!("../../shaders/compute/normal.wgsl")),
    ("compute/pointwise", include_str!("../../shaders/compute/pointwise.wgsl")),
    ("compute/reduce", include_str!("../../shaders/compute/reduce.wgsl")),
];

/// A header of constants, then a file with its imports, then generated functions.
pub(super) fn compose(header: &str, root: &str, functions: &str) -> Result<String, ShaderError> {
    let mut composed = String::from(header);
    let mut included = Vec::new();
    include(root, &mut included, &mut composed)?;
    composed.push_str(functions);
    Ok(composed)
}

fn include<'a>(name: &'a str, included: &mut Vec<&'a str>, composed: &mut String) -> Result<(), ShaderError> {
    if included.contains(&name) {
        return Ok(());
    }
    included.push(name);
    let (_, text) = SOURCES.iter().find(|(own, _)| *own == name).ok_or_else(|| ShaderError {
        module: name.to_owned(),
        message: "there is no shader file of this name".to_owned(),
    })?;
    for line in text.lines() {
        match line.strip_prefix("#import ") {
            Some(imported) => include(imported.trim(), included, composed)?,
            None => {
                composed.push_str(line);
                composed.push('\n');
            }
        }
    }
    composed.push('\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_included_once_and_no_import_remains() {
        let composed = compose("// head\n", "compute/pointwise", "// tail\n").unwrap();
        assert!(composed.starts_with("// head\n") && composed.ends_with("// tail\n"));
        assert_eq!(composed.matches("struct Cell").count(), 1);
        assert!(!composed.contains("#import"));
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(compose("", "nowhere", "").is_err());
    }
}
