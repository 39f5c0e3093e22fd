//! One turn of the vector loop: loads, operations and stores of a vector.
//!
//! In: a function whose outer values are computed, and where the vector is. Out: its instructions, in the order of the
//! plan. Invariant: what a store would overwrite has been loaded before.

use std::collections::BTreeMap;
use std::mem::offset_of;

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value as Ir, types};

use super::{Home, KernelCode, VECTOR, offset32, signed};
use crate::engine::cpu::memory::Layout;
use crate::engine::cpu::native::Segment;
use crate::grid::Axis;
use crate::program::{Op, Part, Slot, Value};

/// A loaded value is loaded again if its last use was more operations ago than this: a load is cheaper than a spill.
const KEEP_LOADED: usize = 6;

/// What holds while one vector is computed.
struct Vector {
    /// Bytes from the base address to the first cell, less `shift`.
    offset: Ir,
    /// Bytes, constant.
    shift: i64,
    /// Position along x of the first cell, if the kernel asks for it.
    x: Option<Ir>,
    /// Values so far, and for loads the number of operations emitted before the last use.
    values: BTreeMap<usize, (Ir, usize)>,
    emitted: usize,
    /// Bytes from the first number of a component to that of a part, lane by lane.
    parts: BTreeMap<Part, Vec<Ir>>,
}

impl KernelCode<'_, '_> {
    /// All operations and stores for the vector at `position + shift` bytes from the base.
    pub(super) fn emit_vector(&mut self, row_start: Ir, position: Ir, shift: i64) {
        let x = self.first_x(row_start, position, shift);
        let mut vector =
            Vector { offset: position, shift, x, values: BTreeMap::new(), emitted: 0, parts: BTreeMap::new() };
        let mut late = Vec::new();
        for (number, store) in self.kernel.stores.iter().enumerate() {
            for position in self.plan.demands[number].clone() {
                let op = self.kernel.ops[position];
                let value = match op {
                    Op::Index(_) => self.lanes.x_index(self.code, vector.x.expect("the kernel asks for x")),
                    Op::Fetch { slot, part } => self.fetch(&mut vector, slot, part),
                    _ => {
                        let operands: Vec<Ir> =
                            op.operands().iter().map(|&operand| self.operand(&mut vector, operand)).collect();
                        self.lanes.apply(self.code, &op, &operands)
                    }
                };
                vector.emitted += 1;
                vector.values.insert(position, (value, vector.emitted));
            }
            let value = self.operand(&mut vector, store.value);
            // What is still to be loaded must not be overwritten.
            if self.loads(store.slot) {
                late.push((store.slot, value));
            } else {
                self.store(&vector, store.slot, value);
            }
        }
        for (slot, value) in late {
            self.store(&vector, slot, value);
        }
    }

    /// Position along x of the first cell, if the kernel asks for it.
    fn first_x(&mut self, row_start: Ir, position: Ir, shift: i64) -> Option<Ir> {
        if !self.kernel.ops.contains(&Op::Index(Axis::X)) {
            return None;
        }
        let bytes = self.code.ins().isub(position, row_start);
        let bytes = self.code.ins().iadd_imm_s(bytes, shift);
        let cells = self.code.ins().ushr_imm_u(bytes, i64::from(self.number_bytes.trailing_zeros()));
        let first = self.parameter(offset_of!(Segment, x));
        Some(self.code.ins().iadd(first, cells))
    }

    /// Whether the kernel loads a slot.
    fn loads(&self, wanted: Slot) -> bool {
        self.kernel.ops.iter().any(|op| matches!(op, Op::Load { slot, .. } if *slot == wanted))
    }

    /// The value of an operand, from where it is kept; a load is repeated if its last use was long ago.
    fn operand(&mut self, vector: &mut Vector, operand: Value) -> Ir {
        let position = operand.0 as usize;
        match (self.homes[position], self.kernel.ops[position]) {
            (Some(Home::Register(value)), _) => value,
            (Some(Home::Frame(byte)), _) => {
                let value = self.outer[position].expect("computed outside");
                let kind = self.code.func.dfg.value_type(value);
                let frame = self.frame.expect("a value lives there");
                self.code.ins().stack_load(types::I64, kind, frame, byte)
            }
            (None, Op::Load { slot, offset }) => {
                let value = match vector.values.get(&position) {
                    Some(&(value, last)) if vector.emitted - last <= KEEP_LOADED => value,
                    _ => self.load(vector, slot, offset),
                };
                vector.values.insert(position, (value, vector.emitted));
                value
            }
            (None, _) => vector.values[&position].0,
        }
    }

    fn load(&mut self, vector: &Vector, slot: Slot, offset: [i8; 3]) -> Ir {
        let cells: i64 =
            offset.iter().zip(self.layout.stride).map(|(&cells, stride)| i64::from(cells) * signed(stride)).sum();
        let (address, byte) = self.address(vector, slot, cells);
        self.code.ins().load(self.lanes.float, MemFlagsData::new().with_notrap(), address, byte)
    }

    /// A slot at a part of each lane's edge or triangle.
    fn fetch(&mut self, vector: &mut Vector, slot: Slot, part: Part) -> Ir {
        if !vector.parts.contains_key(&part) {
            let bytes = self.part_bytes(vector, part);
            vector.parts.insert(part, bytes);
        }
        let base = self.pointers[&slot.buffer];
        let addresses: Vec<Ir> = vector.parts[&part].iter().map(|&byte| self.code.ins().iadd(base, byte)).collect();
        let layout = Layout::new(self.program, self.program.buffer(slot.buffer).extent);
        let component = i64::from(slot.component) * signed(layout.component) * self.number_bytes;
        match i32::try_from(component) {
            Ok(byte) => self.lanes.collect(self.code, &addresses, byte),
            Err(_) => {
                let further: Vec<Ir> =
                    addresses.iter().map(|&address| self.code.ins().iadd_imm_s(address, component)).collect();
                self.lanes.collect(self.code, &further, 0)
            }
        }
    }

    /// Where the parts of the vector's edges or triangles are, in bytes. Such extents have no ghosts: bytes from the base
    /// to a number and from the table to its index differ by the ratio of their sizes.
    fn part_bytes(&mut self, vector: &Vector, part: Part) -> Vec<Ir> {
        const INDEX: i64 = 4;
        let ratio = (self.number_bytes / INDEX).trailing_zeros();
        let at = self.code.ins().iadd_imm_s(vector.offset, vector.shift);
        let at = self.code.ins().ushr_imm_u(at, i64::from(ratio));
        let entry = self.code.ins().iadd(self.tables[&part], at);
        let lanes = VECTOR / self.number_bytes;
        let size = i64::from(self.number_bytes.trailing_zeros());
        (0..lanes)
            .map(|lane| {
                let index = self.code.ins().uload32(MemFlagsData::new().with_notrap(), entry, offset32(lane * INDEX));
                self.code.ins().ishl_imm_u(index, size)
            })
            .collect()
    }

    fn store(&mut self, vector: &Vector, slot: Slot, value: Ir) {
        let (address, byte) = self.address(vector, slot, 0);
        self.code.ins().store(MemFlagsData::new().with_notrap(), value, address, byte);
    }

    /// Address and constant offset of a slot, displaced by a number of cells.
    fn address(&mut self, vector: &Vector, slot: Slot, cells: i64) -> (Ir, i32) {
        let address = self.code.ins().iadd(self.pointers[&slot.buffer], vector.offset);
        let component = i64::from(slot.component) * signed(self.layout.component);
        let bytes = (component + cells) * self.number_bytes + vector.shift;
        match i32::try_from(bytes) {
            Ok(bytes) => (address, bytes),
            Err(_) => (self.code.ins().iadd_imm_s(address, bytes), 0),
        }
    }
}
