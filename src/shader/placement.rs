//! Where the buffers of a Program lie: which arena, and from which element on.
//!
//! In: a Program, and how much one binding holds. Out: for every buffer its arena and first element, for every arena its
//! length and its pieces. An arena is what the buffers of a role lie in, one after the other; buffers that are ever
//! swapped share the arena of the earliest role among them, so that a swap only exchanges first elements; so do those that
//! a leap exchanges, unless that arena would be too long. An arena that
//! one binding can't hold is cut into pieces, wherever that is. Invariant: a pure function of its inputs.

use super::header::whole;
use crate::program::{BufferId, Pass, Program, Role, Slot};

/// Buffers start at multiples of so many elements (256 bytes): whole cache lines.
const ALIGNMENT: u64 = 64;

/// The arenas, in the order of [`Role`].
pub const ARENAS: [Role; 5] = [Role::State, Role::Work, Role::Map, Role::Wall, Role::Output];

/// A Program and where its buffers lie.
#[derive(Debug)]
pub struct Placement<'p> {
    /// The Program.
    pub program: &'p Program,
    arenas: Vec<Role>,
    bases: Vec<u64>,
    elements: [u64; 5],
    piece_elements: u64,
}

impl<'p> Placement<'p> {
    /// Places all buffers, in order, where bindings are as large as need be.
    pub fn new(program: &'p Program) -> Self {
        Self::within(program, u64::MAX)
    }

    /// The same where a binding holds so many elements.
    pub fn within(program: &'p Program, binding_elements: u64) -> Self {
        let leaps = program.spares().unwrap_or_default();
        let mut arenas = arenas(program, &leaps);
        let (mut bases, mut elements) = laid_out(program, &arenas);
        if !leaps.is_empty() && elements.iter().any(|&length| length > u64::from(u32::MAX)) {
            arenas = self::arenas(program, &[]);
            (bases, elements) = laid_out(program, &arenas);
        }
        // A vector never lies in two pieces.
        let piece_elements = (binding_elements / ALIGNMENT * ALIGNMENT).max(ALIGNMENT);
        Self { program, arenas, bases, elements, piece_elements }
    }

    /// The arena of a buffer.
    pub fn arena(&self, buffer: BufferId) -> Role {
        self.arenas[buffer.0 as usize]
    }

    /// The first element of every buffer in its arena, before any swap.
    pub fn bases(&self) -> &[u64] {
        &self.bases
    }

    /// The length of an arena in elements; 0 if nothing lies there.
    pub fn elements(&self, arena: Role) -> u64 {
        self.elements[arena as usize]
    }

    /// How many bindings an arena takes.
    pub fn pieces(&self, arena: Role) -> u32 {
        whole(usize::try_from(self.elements(arena).div_ceil(self.piece_elements)).unwrap_or(usize::MAX)).max(1)
    }

    /// The length of the pieces of an arena, but for the last.
    pub fn piece_elements(&self) -> u64 {
        self.piece_elements
    }

    /// A slot for readers: `A.1`, on one line.
    pub(super) fn slot_name(&self, slot: Slot) -> String {
        one_line(&format!("{}.{}", self.program.buffer(slot.buffer).name, slot.component))
    }

    /// Where a slot begins in its arena as WGSL: `base_of(0u) + 512u`.
    fn base(&self, slot: Slot) -> String {
        let cells = self.program.extent_cells(self.program.buffer(slot.buffer).extent);
        let plane = match u64::from(slot.component) * cells as u64 {
            0 => String::new(),
            elements => format!(" + {elements}u"),
        };
        format!("base_of({}u){plane}", slot.buffer.0)
    }

    /// The element of a slot as WGSL, of all lanes of an invocation.
    pub(super) fn element(&self, slot: Slot, at: &str) -> String {
        format!("{}_at({}, {at})", arena_name(self.arena(slot.buffer)), self.base(slot))
    }

    /// The number of a slot in a lane of the vector round a cell as WGSL, where an element is a vector.
    pub(super) fn number(&self, slot: Slot, at: &str, lane: &str) -> String {
        format!("{}_one({}, {at}, {lane})", arena_name(self.arena(slot.buffer)), self.base(slot))
    }

    /// The statement that writes the element of a slot, of all lanes of an invocation.
    pub(super) fn store(&self, slot: Slot, at: &str, value: &str) -> String {
        format!("set_{}({}, {at}, {value});", arena_name(self.arena(slot.buffer)), self.base(slot))
    }
}

/// The name of an arena in WGSL.
pub const fn arena_name(arena: Role) -> &'static str {
    match arena {
        Role::State => "state",
        Role::Work => "work",
        Role::Map => "map",
        Role::Wall => "wall",
        Role::Output => "output",
    }
}

/// A text that can't end the comment that it is in: line breaks of any sort become spaces.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

/// The arena of every buffer; besides buffers that are swapped, some pairs share one.
fn arenas(program: &Program, pairs: &[(BufferId, BufferId)]) -> Vec<Role> {
    let mut arenas: Vec<Role> = program.buffers.iter().map(|buffer| buffer.role).collect();
    let swapped = |pass: &Pass| if let Pass::Swap(a, b) = *pass { Some((a, b)) } else { None };
    let swaps = program.prepare.iter().chain(&program.step).filter_map(swapped);
    let pairs: Vec<_> = swaps.chain(pairs.iter().copied()).collect();
    loop {
        let before = arenas.clone();
        for (a, b) in &pairs {
            let earliest = arenas[a.0 as usize].min(arenas[b.0 as usize]);
            arenas[a.0 as usize] = earliest;
            arenas[b.0 as usize] = earliest;
        }
        if arenas == before {
            return arenas;
        }
    }
}

/// The first element of every buffer in its arena, and the lengths of the arenas.
fn laid_out(program: &Program, arenas: &[Role]) -> (Vec<u64>, [u64; 5]) {
    let mut elements = [0; 5];
    let mut bases = Vec::new();
    for (buffer, arena) in program.buffers.iter().zip(arenas) {
        let end = &mut elements[*arena as usize];
        bases.push(*end);
        let length = program.extent_cells(buffer.extent) as u64 * u64::from(buffer.components);
        // A buffer over nothing has a place too: what reads it binds its arena.
        *end += length.max(1).next_multiple_of(ALIGNMENT);
    }
    (bases, elements)
}
