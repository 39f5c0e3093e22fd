//! Where a kernel finds the numbers of its cells: in the arenas, but for the buffers that its workgroup holds.
//!
//! In: a slot and a displacement. Out: WGSL text that reads or writes the numbers there. A workgroup holds a component of
//! a buffer as one plane of its `tile`, with a number for every cell of a box; exchanged buffers exchange planes.
//! Invariant: the text of a kernel differs in nothing else, whoever holds its numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::Placement;
use super::load::{near_name, outer_lane, position_name};
use crate::program::{BufferId, Pass, Program, Slot};

/// The planes of the buffers that a workgroup holds.
#[derive(Debug)]
pub(super) struct Planes {
    /// By buffer: the plane of its component 0.
    first: BTreeMap<BufferId, u32>,
    /// Buffers that are exchanged.
    moving: BTreeSet<BufferId>,
    count: u32,
}

impl Planes {
    /// A plane for every component of the buffers that steps change.
    pub(super) fn new(program: &Program) -> Self {
        let mut count = 0;
        let mut plane = |id: BufferId| {
            let first = count;
            count += program.buffer(id).components;
            (id, first)
        };
        let first = program.swept().into_iter().map(&mut plane).collect();
        let exchanged = |pass: &Pass| if let Pass::Swap(a, b) = *pass { vec![a, b] } else { vec![] };
        Self { first, moving: program.step.iter().flat_map(exchanged).collect(), count }
    }

    /// Their number.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Whether a buffer has planes.
    pub(super) fn hold(&self, buffer: BufferId) -> bool {
        self.first.contains_key(&buffer)
    }

    /// Buffers that are exchanged, and their planes at the start.
    pub(super) fn moving(&self) -> impl Iterator<Item = (BufferId, u32)> {
        self.first.iter().filter(|(id, _)| self.moving.contains(id)).map(|(&id, &plane)| (id, plane))
    }

    /// Where the plane of a slot begins, as WGSL.
    fn of(&self, slot: Slot) -> Option<String> {
        let first = *self.first.get(&slot.buffer)?;
        Some(match (self.moving.contains(&slot.buffer), slot.component) {
            (true, 0) => plane_name(slot.buffer),
            (true, component) => format!("{} + {component}u * PLANE", plane_name(slot.buffer)),
            (false, component) => format!("{}u * PLANE", first + component),
        })
    }
}

/// The variable that says where the planes of an exchanged buffer are.
pub(super) fn plane_name(buffer: BufferId) -> String {
    format!("plane_{}", buffer.0)
}

/// Where a kernel's numbers are.
#[derive(Clone, Copy)]
pub(super) struct Memory<'k> {
    /// The arenas.
    pub(super) placement: &'k Placement<'k>,
    /// What the workgroup holds.
    pub(super) planes: Option<&'k Planes>,
}

impl Memory<'_> {
    /// Whether the workgroup holds a buffer.
    pub(super) fn holds(self, buffer: BufferId) -> bool {
        self.planes.is_some_and(|planes| planes.hold(buffer))
    }

    /// The numbers of a slot for all lanes, displaced across rows at most.
    pub(super) fn element(self, slot: Slot, offset: [i8; 3]) -> String {
        match self.plane(slot) {
            Some(plane) => format!("tile_at({plane}, {})", place(offset)),
            None => self.placement.element(slot, &index(offset)),
        }
    }

    /// The number of a slot beside the outermost lane, where an element is a vector.
    pub(super) fn number(self, slot: Slot, offset: [i8; 3]) -> String {
        let lane = |at: &str| outer_lane(self.placement.program, offset[0], at);
        match (self.plane(slot), place(offset), index(offset)) {
            (Some(plane), near, _) => format!("tile_one({plane}, {near}, {})", lane(&near)),
            (None, _, at) => self.placement.number(slot, &at, &lane(&at)),
        }
    }

    /// The statement that writes the numbers of a slot for all lanes.
    pub(super) fn store(self, slot: Slot, value: &str) -> String {
        match self.plane(slot) {
            Some(plane) => format!("set_tile({plane}, place, {value});"),
            None => self.placement.store(slot, "cell.index", value),
        }
    }

    /// The parameters and times of the step that is made.
    pub(super) fn uniform(self, number: u32) -> String {
        let step = if self.planes.is_some() { "clocks[now]" } else { "numbers" };
        format!("{step}.values[{}].{}", number / 4, ["x", "y", "z", "w"][number as usize % 4])
    }

    fn plane(self, slot: Slot) -> Option<String> {
        self.planes.and_then(|planes| planes.of(slot))
    }
}

/// Where a displaced number is in its component.
fn index(offset: [i8; 3]) -> String {
    if offset == [0; 3] { "cell.index".to_owned() } else { position_name(offset) }
}

/// Where a displaced number is in its plane.
fn place(offset: [i8; 3]) -> String {
    if offset == [0; 3] { "place".to_owned() } else { near_name(offset) }
}
