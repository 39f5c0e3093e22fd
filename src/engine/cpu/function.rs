//! The function of one kernel: the loops, and what is computed outside of the vector loop.
//!
//! In: a kernel and its [`Plan`]. Out: cranelift IR of a function over a [`Segment`]:
//!
//! ```text
//! what is the same for all cells
//! for each row:  what is the same for the row
//!     for UNROLL vectors at a time:  operations, stores (see `vector`)
//! ```
//! Invariant: every vector of a row is computed by the same instructions (rows are padded to whole vectors), so that
//! a cell's value does not depend on its place in the row.

mod vector;

use std::collections::BTreeMap;
use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind, Value as Ir, types,
};
use cranelift_frontend::FunctionBuilder;

use super::emit::Lanes;
use super::memory::{Layout, VECTOR_BYTES};
use super::native::Segment;
use super::plan::{Plan, Rate};
use crate::grid::Axis;
use crate::program::{BufferId, Kernel, Op, Part, Program, Slot};

/// Vectors per turn of the main loop, for kernels of at most so many operations.
const UNROLL: [(usize, i64); 2] = [(96, 2), (usize::MAX, 1)];
/// Values from outside the loop that get a register; the others are operands in memory.
const HOISTED_REGISTERS: usize = 6;
/// Bytes of a vector; rows are whole turns of the loop.
const VECTOR: i64 = 16;
const _: () = assert!(VECTOR_BYTES.is_multiple_of(32), "a turn of the loop takes two vectors of 16 bytes");

/// Where the vector loop finds a value that is computed outside.
#[derive(Clone, Copy)]
enum Home {
    Register(Ir),
    /// At a byte offset in the frame.
    Frame(i32),
}

/// One kernel under construction.
pub(super) struct KernelCode<'a, 'b> {
    kernel: &'a Kernel,
    plan: Plan,
    layout: Layout,
    lanes: Lanes,
    number_bytes: i64,
    code: &'a mut FunctionBuilder<'b>,
    segment: Ir,
    program: &'a Program,
    /// Base addresses.
    pointers: BTreeMap<BufferId, Ir>,
    /// Addresses of the graph's tables.
    tables: BTreeMap<Part, Ir>,
    /// Values computed outside the vector loop.
    outer: Vec<Option<Ir>>,
    homes: Vec<Option<Home>>,
    frame: Option<StackSlot>,
}

impl<'a, 'b> KernelCode<'a, 'b> {
    /// A function whose entry block is open.
    pub(super) fn new(program: &'a Program, kernel: &'a Kernel, code: &'a mut FunctionBuilder<'b>) -> Self {
        let entry = code.create_block();
        code.append_block_params_for_function_params(entry);
        code.switch_to_block(entry);
        let segment = code.block_params(entry)[0];
        let operations = kernel.ops.len();
        Self {
            kernel,
            plan: Plan::new(kernel),
            layout: Layout::new(program, kernel.extent),
            lanes: Lanes::new(program.precision),
            number_bytes: signed(program.precision.bytes()),
            code,
            segment,
            program,
            pointers: BTreeMap::new(),
            tables: BTreeMap::new(),
            outer: vec![None; operations],
            homes: vec![None; operations],
            frame: None,
        }
    }

    /// Writes the function.
    pub(super) fn emit(mut self) {
        let unroll = UNROLL.iter().find(|(most, _)| self.kernel.ops.len() <= *most).map_or(1, |(_, unroll)| *unroll);
        self.load_pointers();
        self.make_frame();
        self.hoist(Rate::Call);
        let offset = self.parameter(offset_of!(Segment, offset));
        let bytes = self.parameter(offset_of!(Segment, bytes));
        let rows = self.parameter(offset_of!(Segment, rows));

        let row = self.block(2);
        let vectors = self.block(1);
        let next_row = self.block(0);
        let done = self.block(0);
        let zero = self.code.ins().iconst(types::I64, 0);
        self.jump(row, &[zero, offset]);

        self.code.switch_to_block(row);
        let [row_number, start] = [0, 1].map(|i| self.code.block_params(row)[i]);
        self.hoist_row(row_number);
        let end = self.code.ins().iadd(start, bytes);
        self.jump(vectors, &[start]);

        self.code.switch_to_block(vectors);
        let position = self.code.block_params(vectors)[0];
        for vector in 0..unroll {
            self.emit_vector(start, position, vector * VECTOR);
        }
        let next = self.code.ins().iadd_imm_s(position, unroll * VECTOR);
        self.branch_if_less(next, end, (vectors, &[next]), (next_row, &[]));

        self.code.switch_to_block(next_row);
        let next_number = self.code.ins().iadd_imm_s(row_number, 1);
        let next_start = self.code.ins().iadd_imm_s(start, signed(self.layout.stride[1]) * self.number_bytes);
        self.branch_if_less(next_number, rows, (row, &[next_number, next_start]), (done, &[]));

        self.code.switch_to_block(done);
        self.code.ins().return_(&[]);
    }

    fn block(&mut self, parameters: usize) -> Block {
        let block = self.code.create_block();
        for _ in 0..parameters {
            self.code.append_block_param(block, types::I64);
        }
        block
    }

    fn jump(&mut self, block: Block, values: &[Ir]) {
        let values: Vec<BlockArg> = values.iter().map(|&value| value.into()).collect();
        self.code.ins().jump(block, &values);
    }

    fn branch_if_less(&mut self, a: Ir, b: Ir, then: (Block, &[Ir]), otherwise: (Block, &[Ir])) {
        let arguments = |values: &[Ir]| -> Vec<BlockArg> { values.iter().map(|&value| value.into()).collect() };
        let less = self.code.ins().icmp(IntCC::SignedLessThan, a, b);
        self.code.ins().brif(less, then.0, &arguments(then.1), otherwise.0, &arguments(otherwise.1));
    }

    /// A member of the segment.
    fn parameter(&mut self, byte: usize) -> Ir {
        self.code.ins().load(types::I64, MemFlagsData::trusted(), self.segment, offset32(signed(byte)))
    }

    fn load_pointers(&mut self) {
        let table = self.parameter(offset_of!(Segment, buffers));
        let slots: Vec<Slot> = self
            .kernel
            .ops
            .iter()
            .filter_map(Op::slot)
            .chain(self.kernel.stores.iter().map(|store| store.slot))
            .collect();
        for buffer in slots.into_iter().map(|slot| slot.buffer) {
            if !self.pointers.contains_key(&buffer) {
                let entry = offset32(i64::from(buffer.0) * 8);
                let pointer = self.code.ins().load(types::I64, MemFlagsData::trusted(), table, entry);
                self.pointers.insert(buffer, pointer);
            }
        }
        for op in &self.kernel.ops {
            if let Op::Fetch { part, .. } = op
                && !self.tables.contains_key(part)
            {
                let entry = offset32(signed(self.program.buffers.len() + part.table()) * 8);
                let pointer = self.code.ins().load(types::I64, MemFlagsData::trusted(), table, entry);
                self.tables.insert(*part, pointer);
            }
        }
    }

    /// Room in the frame for the hoisted values that get no register.
    fn make_frame(&mut self) {
        let framed = self.plan.hoisted.len().saturating_sub(HOISTED_REGISTERS);
        if framed > 0 {
            let bytes = u32::try_from(framed * VECTOR_BYTES).expect("fewer than 2^28 operations");
            self.frame =
                Some(self.code.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4)));
        }
    }

    /// Computes the values of a rate that are not `Rate::Cell`.
    fn hoist(&mut self, rate: Rate) {
        self.hoist_with(rate, None);
    }

    fn hoist_row(&mut self, row_number: Ir) {
        self.hoist_with(Rate::Row, Some(row_number));
    }

    fn hoist_with(&mut self, rate: Rate, row_number: Option<Ir>) {
        let uniforms = self.parameter(offset_of!(Segment, uniforms));
        for position in 0..self.kernel.ops.len() {
            if self.plan.rates[position] == rate {
                let value = self.outer_value(position, uniforms, row_number);
                self.outer[position] = Some(value);
            }
        }
        for (rank, position) in self.plan.hoisted.clone().into_iter().enumerate() {
            if self.plan.rates[position] == rate {
                let value = self.outer[position].expect("just computed");
                self.homes[position] = Some(self.house(rank, value));
            }
        }
    }

    fn house(&mut self, rank: usize, value: Ir) -> Home {
        match (rank.checked_sub(HOISTED_REGISTERS), self.frame) {
            (Some(place), Some(frame)) => {
                let byte = offset32(signed(place * VECTOR_BYTES));
                self.code.ins().stack_store(types::I64, value, frame, byte);
                Home::Frame(byte)
            }
            _ => Home::Register(value),
        }
    }

    fn outer_value(&mut self, position: usize, uniforms: Ir, row_number: Option<Ir>) -> Ir {
        let op = self.kernel.ops[position];
        match op {
            Op::Const(literal) => self.lanes.literal(self.code, literal),
            Op::Uniform(id) => {
                let byte = offset32(i64::from(id.0) * self.number_bytes);
                let scalar = self.code.ins().load(self.lanes.scalar, MemFlagsData::trusted(), uniforms, byte);
                self.code.ins().splat(self.lanes.float, scalar)
            }
            Op::Index(axis) => {
                let cell = match axis {
                    Axis::Z => self.parameter(offset_of!(Segment, z)),
                    _ => {
                        let first = self.parameter(offset_of!(Segment, y));
                        self.code.ins().iadd(first, row_number.expect("y is known per row"))
                    }
                };
                self.lanes.row_index(self.code, cell)
            }
            _ => {
                let operands: Vec<Ir> =
                    op.operands().iter().map(|operand| self.outer[operand.0 as usize].expect("slower rate")).collect();
                self.lanes.apply(self.code, &op, &operands)
            }
        }
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("memory has fewer than 2^63 bytes")
}

fn offset32(byte: i64) -> i32 {
    i32::try_from(byte).expect("tables are smaller than 2 GiB")
}
