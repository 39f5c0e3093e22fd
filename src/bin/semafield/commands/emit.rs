//! `semafield emit`

use semafield::discretize::step_program;
use semafield::math::arithmetic::Precision;
use semafield::run::{check_numbers, read_seed};
use semafield::shader::emit_wgsl;
use semafield::simulation::graph::ground;
use semafield::simulation::grow_soil;
use semafield::soil::Silent;
use semafield::source::Source;

use crate::cli;

pub(crate) fn emit(arguments: &cli::Emit) -> anyhow::Result<()> {
    let source = Source::open(arguments.seed.as_deref())?;
    let (seed, mut model, _) = read_seed(&source.text, &source.file)?;
    check_numbers(&model, Precision::F32, (&source.text, &source.file))?;
    if model.graph.is_some() {
        let soil = grow_soil(&seed, &source.folder, &Silent)?;
        ground(&mut model, soil.as_ref(), &source.folder)?;
    }
    // With dt = "auto" the step follows from the initial state; any step gives the same code but for its value.
    let program = step_program(&model, model.time.dt.unwrap_or(1.0), Precision::F32);
    let text = if arguments.program { program.to_string() } else { emit_wgsl(&program)? };
    super::print(&text)
}
