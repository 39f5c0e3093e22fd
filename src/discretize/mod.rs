//! From a Model to Programs: spacing and step enter here.
//!
//! In: a [`Model`] and a step. Out: [`step_program`], which advances the fields, and [`evaluation_program`], which
//! computes expressions of a given state (initial values, masks, pictures, what a series combines). Invariant: equal
//! models give equal Programs; a Program from here passes `Program::validate`.

mod alive;
mod assemble;
mod edges;
mod etd2;
mod evaluate;
mod graph;
mod lower;
mod materialize;
mod noise;
mod number;
mod operators;
mod scheme;
mod site;
mod walls;

pub use assemble::MASK;
pub use etd2::{Factors, factors};
pub use evaluate::{Evaluation, Given, constant, evaluation_program, reductions};
pub use graph::{PLACES, WEIGHTS, graph_maps, missing_of_graph};

use crate::math::arithmetic::Precision;
use crate::model::{Model, Node};
use crate::program::{Pass, Program, Role, Uniform};
use assemble::Assembly;
use scheme::Stages;

/// The Program of one time step of length `dt`. Its state buffers are named like the fields and stand first, in the
/// order of the seed.
pub fn step_program(model: &Model, dt: f64, precision: Precision) -> Program {
    let mut assembly = Assembly::new(model, precision, dt);
    let state = model.fields.iter().map(|field| assembly.cells(field.name.clone(), Role::State, field.kind)).collect();
    let roots: Vec<_> = model.fields.iter().map(|field| field.equation).collect();
    let mut bindings = assembly.common_bindings(&roots);
    bindings.fields = state;

    // Walls
    let (walls, ghosts) = assembly.walls();
    for (&buffer, &rules) in bindings.fields.iter().zip(&ghosts) {
        assembly.buffers[buffer.0 as usize].ghosts = rules;
    }
    assembly.prepare = assembly.fill_walls(&walls, &bindings, None, "prepare");

    // Reductions, held for the next step
    let start = assembly.time(0.0);
    bindings.time = Some(start);
    let first_walls =
        if reductions_need_walls(model) { assembly.fill_walls(&walls, &bindings, Some(0.0), "start") } else { vec![] };
    assembly.step.extend(first_walls);
    let (passes, reducing) = assembly.totals(&roots, &mut bindings, |name| Uniform::Held { name });
    assembly.step.extend(passes);
    for reducing in reducing {
        let mask = bindings.mask.filter(|_| reducing.masked);
        let (source, reduction, target) = (reducing.source, reducing.reduction, reducing.target);
        assembly.step.push(Pass::Reduce { source, reduction, mask, target });
    }

    // Noise
    let draws = assembly.noise(&mut bindings);
    assembly.step.extend(draws);

    // Stages
    Stages { assembly: &mut assembly, walls: &walls, ghosts: &ghosts, state: bindings }.schedule();
    assembly.finish()
}

/// Whether the walls must be right before the first stage.
fn reductions_need_walls(model: &Model) -> bool {
    model.fields.iter().any(|field| model.arena.any(field.equation, &|node| matches!(node, Node::Total(..))))
}
