//! Names: what each word of a seed's own stands for in its expressions.
//!
//! In: a seed. Out: its parameters, fields, derived fields and maps by name, each with its position among its kind and,
//! where it is known before anything is read, its type.

use super::domain::is_graph;
use super::expr::Type;
use super::{fields, maps};
use crate::seed::Seed;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Parameter(u32),
    Field(u32, Type),
    Map(u32, Type),
    /// 1 everywhere.
    One,
    Derived(usize),
}

/// All names of a seed with their meanings.
pub(super) fn of(seed: &Seed) -> Vec<(String, Meaning)> {
    let parameters = seed.parameters.iter().enumerate().map(|(i, p)| (&p.name, Meaning::Parameter(position(i))));
    let fields = seed
        .fields
        .iter()
        .enumerate()
        .map(|(i, f)| (&f.name, Meaning::Field(position(i), Type::from(fields::kind(f)))));
    let derived = seed.derived.iter().enumerate().map(|(i, d)| (&d.name, Meaning::Derived(i)));
    let own = parameters.chain(fields).chain(derived).map(|(name, meaning)| (name.value.clone(), meaning));
    let given = maps::of(seed).into_iter().enumerate();
    let given = given.map(|(i, map)| (map.name, Meaning::Map(position(i), Type::from(map.kind))));
    // What couples the nodes of a graph are the weights of its edges.
    let coupling = is_graph(seed).then(|| ("soil.coupling".to_owned(), Meaning::One));
    own.chain(given).chain(coupling).collect()
}

/// A position among the names of one kind.
pub(super) fn position(index: usize) -> u32 {
    u32::try_from(index).expect("a seed has fewer than 2^32 names")
}
