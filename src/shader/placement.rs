//! Where the buffers of a Program lie: which arena, and from which element on.
//!
//! In: a Program. Out: for every buffer its arena and first element, for every arena its length. An arena is one GPU
//! buffer per role; buffers that are ever swapped share the arena of the earliest role among them, so that a swap only
//! exchanges first elements. Invariant: a pure function of the Program.

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
}

impl<'p> Placement<'p> {
    /// Places all buffers, in order.
    pub fn new(program: &'p Program) -> Self {
        let arenas = arenas(program);
        let mut elements = [0; 5];
        let mut bases = Vec::new();
        for (buffer, arena) in program.buffers.iter().zip(&arenas) {
            let end = &mut elements[*arena as usize];
            bases.push(*end);
            let length = program.extent_cells(buffer.extent) as u64 * u64::from(buffer.components);
            *end += length.next_multiple_of(ALIGNMENT);
        }
        Self { program, arenas, bases, elements }
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

    /// A slot for readers: `A.1`, on one line.
    pub(super) fn slot_name(&self, slot: Slot) -> String {
        one_line(&format!("{}.{}", self.program.buffer(slot.buffer).name, slot.component))
    }

    /// One element of a slot as WGSL: `state[base_of(0u) + 512u + index]`.
    pub(super) fn element(&self, slot: Slot, index: &str) -> String {
        let arena = arena_name(self.arena(slot.buffer));
        let cells = self.program.extent_cells(self.program.buffer(slot.buffer).extent);
        let plane = match u64::from(slot.component) * cells as u64 {
            0 => String::new(),
            elements => format!("{elements}u + "),
        };
        format!("{arena}[base_of({}u) + {plane}{index}]", slot.buffer.0)
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

fn arenas(program: &Program) -> Vec<Role> {
    let mut arenas: Vec<Role> = program.buffers.iter().map(|buffer| buffer.role).collect();
    loop {
        let before = arenas.clone();
        for pass in program.prepare.iter().chain(&program.step) {
            let Pass::Swap(a, b) = *pass else { continue };
            let earliest = arenas[a.0 as usize].min(arenas[b.0 as usize]);
            arenas[a.0 as usize] = earliest;
            arenas[b.0 as usize] = earliest;
        }
        if arenas == before {
            return arenas;
        }
    }
}
