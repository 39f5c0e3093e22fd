//! Arenas as a module sees them: bindings, and functions that read and write one element by its place in the arena.
//!
//! In: an arena, the name that a template has for it, what its elements are. Out: WGSL text. A place is told in two parts,
//! `base + at`: where a component begins, which is the same for all cells, and the cell in it. An arena that is larger than
//! one binding may be is bound in pieces `state`, `state_1`, ...; only the functions know. Invariant: a place is the same
//! number whether the arena is in pieces or not, and whatever the lanes are.

use std::fmt::Write as _;

use super::Placement;
use crate::program::Role;

/// Pieces of all arenas together, at most: a group has 1000 bindings on every adapter.
pub const MOST_PIECES: u32 = 60;

/// What a module binds of an arena.
pub(super) struct Window<'n> {
    /// The arena.
    pub arena: Role,
    /// What the text calls it.
    pub name: &'n str,
    /// Number of the first binding.
    pub number: u32,
    /// Whether it is written, too.
    pub written: bool,
    /// How it is read.
    pub elements: Elements,
}

/// How a module reads an arena, and writes it.
#[derive(Clone, Copy)]
pub(super) enum Elements {
    /// Numbers of a type, by `NAME_at(base, at)` and `set_NAME(base, at, value)`.
    Of(&'static str),
    /// Vectors of four neighbouring numbers, by the same; a number of the vector round a place by
    /// `NAME_one(base, at, lane)`.
    Quads,
    /// Numbers beside vectors in other arenas: `NAME_at(base, at)` finds one for every lane.
    Single,
}

/// Numbers below are those of first pieces and of tables.
const LATER_PIECES: u32 = 16;
/// Bindings of first pieces: how far later pieces of two arenas are apart.
const MOST_WINDOWS: u32 = 16;

/// Declares the bindings of an arena and the functions of its elements.
pub(super) fn declare(header: &mut String, placement: &Placement<'_>, window: &Window<'_>) {
    let Window { name, elements, .. } = *window;
    let pieces = placement.pieces(window.arena);
    let access = if window.written { "read_write" } else { "read" };
    let element = match elements {
        Elements::Of(element) => element,
        Elements::Quads => "Real",
        Elements::Single => "f32",
    };
    for piece in 0..pieces {
        let number = if piece == 0 { window.number } else { LATER_PIECES + MOST_WINDOWS * (piece - 1) + window.number };
        let piece = piece_name(name, piece);
        line(header, format_args!("@group(0) @binding({number}) var<storage, {access}> {piece}: array<{element}>;"));
    }
    let function = |signature: String, statement: &dyn Fn(&str, &str) -> String| {
        let body = in_pieces(placement, pieces, elements, |piece, index| statement(&piece_name(name, piece), index));
        format!("fn {signature} {{\n{body}}}\n")
    };
    let read = |piece: &str, index: &str| format!("return {piece}[{index}];");
    let all = || function(format!("{name}_at(base: u32, at: u32) -> {element}"), &read);
    *header += &match elements {
        Elements::Of(_) => all(),
        Elements::Quads => {
            let lane = |piece: &str, index: &str| format!("return {piece}[{index}][lane];");
            all() + &function(format!("{name}_one(base: u32, at: u32, lane: u32) -> f32"), &lane)
        }
        Elements::Single => {
            let each = ["x", "y", "z", "w"].map(|lane| format!("{name}_one(base, at.{lane})")).join(", ");
            function(format!("{name}_one(base: u32, at: u32) -> f32"), &read)
                + &format!("fn {name}_at(base: u32, at: Bits) -> Real {{\n    return Real({each});\n}}\n")
        }
    };
    if window.written {
        let write = |piece: &str, index: &str| format!("{piece}[{index}] = value;");
        *header += &function(format!("set_{name}(base: u32, at: u32, value: {element})"), &write);
    }
}

/// The piece of an arena behind the name of a binding, and the name without it: `state_2` is piece 2 of `state`.
pub fn piece_of(binding: &str) -> (&str, usize) {
    let numbered = binding.rsplit_once('_').and_then(|(name, piece)| Some((name, piece.parse().ok()?)));
    numbered.unwrap_or((binding, 0))
}

fn piece_name(name: &str, piece: u32) -> String {
    if piece == 0 { name.to_owned() } else { format!("{name}_{piece}") }
}

/// The statement for the piece that a place is in, and the index there.
fn in_pieces(
    placement: &Placement<'_>,
    pieces: u32,
    elements: Elements,
    statement: impl Fn(u32, &str) -> String,
) -> String {
    let quads = matches!(elements, Elements::Quads);
    if pieces == 1 {
        // Vectors are counted in each part, for they begin with one: so most is worked out once for many components.
        return format!("    {}\n", statement(0, if quads { "base / LANES + at / LANES" } else { "base + at" }));
    }
    let length = placement.piece_elements();
    let mut text = format!("    let place = base + at;\n    switch place / {length}u {{\n");
    for piece in 1..pieces {
        let from_start = format!("place - {}u", u64::from(piece) * length);
        let index = if quads { format!("({from_start}) / LANES") } else { from_start };
        line(&mut text, format_args!("        case {piece}u: {{ {} }}", statement(piece, &index)));
    }
    let index = if quads { "place / LANES" } else { "place" };
    line(&mut text, format_args!("        default: {{ {} }}", statement(0, index)));
    text + "    }\n"
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string succeeds");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_by_its_name() {
        for (name, piece) in [("state", 0), ("work", 1), ("output", 31)] {
            assert_eq!(piece_of(&piece_name(name, piece)), (name, piece as usize));
        }
    }
}
