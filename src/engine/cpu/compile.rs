//! Kernels to machine code. In: a validated Program. Out: one function per kernel that runs it over a [`Segment`]; by
//! [`wide`] where the processor has wide vectors and nothing is fetched along a graph, else by cranelift, whose vectors
//! have 128 bits:
//!
//! ```text
//! what is the same for all cells
//! for each row:  what is the same for the row
//!     for UNROLL vectors at a time:  operations, stores
//! ```
//! Invariant: every vector of a row is computed by the same instructions (rows are padded to whole vectors), so that
//! a cell's value does not depend on its place in the row. Instructions are emitted in the order of [`Plan`] and
//! cranelift's mid-end is off: it would move all loads to the front and spill them.

use std::collections::BTreeMap;
use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind, Value as Ir, types,
};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Linkage, Module, default_libcall_names};

use super::emit::Lanes;
use super::memory::{Layout, VECTOR_BYTES};
use super::native::{Code, Segment};
use super::plan::{Plan, Rate};
use super::wide;
use super::width::Width;
use crate::engine::EngineError;
use crate::grid::Axis;
use crate::program::{BufferId, Kernel, Op, Part, Program, Slot, Value};

/// Vectors per turn of the main loop, for kernels of at most so many operations.
const UNROLL: [(usize, i64); 2] = [(96, 2), (usize::MAX, 1)];
/// Values from outside the loop that get a register; the others are operands in memory.
const HOISTED_REGISTERS: usize = 6;
/// A loaded value is loaded again if its last use was more operations ago than this: a load is cheaper than a spill.
const KEEP_LOADED: usize = 6;
/// Bytes of a vector; rows are whole turns of the loop.
const VECTOR: i64 = 16;
const _: () = assert!(VECTOR_BYTES.is_multiple_of(32), "a turn of the loop takes two vectors of 16 bytes");
/// Where a function begins, and its constants with it.
const ALIGNMENT: u64 = 64;

/// Compiles all kernels of a program.
pub(super) fn compile(program: &Program, width: Width) -> Result<Code, EngineError> {
    let refuse = |kernel: &str, message: String| EngineError::Compile { kernel: kernel.into(), message };
    let isa = host_isa().map_err(|message| refuse("(all)", message))?;
    let mut module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
    let mut context = module.make_context();
    let mut builder_context = FunctionBuilderContext::new();
    let mut functions = Vec::with_capacity(program.kernels.len());
    for (position, kernel) in program.kernels.iter().enumerate() {
        let mut signature = module.make_signature();
        signature.params.push(AbiParam::new(types::I64));
        let function = module
            .declare_function(&format!("kernel{position}"), Linkage::Local, &signature)
            .map_err(|error| refuse(&kernel.name, error.to_string()))?;
        functions.push(function);
        let wide = width != Width::Bits128 && !kernel.ops.iter().any(|op| matches!(op, Op::Fetch { .. }));
        let bytes = wide.then(|| wide::assemble(program, kernel, width)).flatten();
        if let Some(bytes) = bytes {
            let defined = module.define_function_bytes(function, ALIGNMENT, &bytes, &[]);
            defined.map_err(|error| refuse(&kernel.name, error.to_string()))?;
            continue;
        }
        context.func.signature = signature;
        let mut code = FunctionBuilder::new(&mut context.func, &mut builder_context);
        KernelCode::new(program, kernel, &mut code).emit();
        code.seal_all_blocks();
        code.finalize(module.target_config());
        module.define_function(function, &mut context).map_err(|error| refuse(&kernel.name, format!("{error:?}")))?;
        module.clear_context(&mut context);
    }
    module.finalize_definitions().map_err(|error| refuse("(all)", error.to_string()))?;
    Ok(Code::new(module, &functions))
}

/// This processor, with all its extensions.
fn host_isa() -> Result<OwnedTargetIsa, String> {
    if cfg!(target_pointer_width = "32") || cfg!(target_endian = "big") {
        return Err("the CPU back end needs a 64-bit little-endian processor".into());
    }
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("sse4.1") {
        return Err("the CPU back end needs a processor with SSE4.1".into());
    }
    let mut flags = settings::builder();
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", "none"),
        ("regalloc_algorithm", "backtracking"),
        ("enable_verifier", verify),
        ("is_pic", "false"),
    ] {
        flags.set(name, value).map_err(|error| error.to_string())?;
    }
    let builder = cranelift_native::builder()?;
    builder.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
}

/// Where the vector loop finds a value that is computed outside.
#[derive(Clone, Copy)]
enum Home {
    Register(Ir),
    /// At a byte offset in the frame.
    Frame(i32),
}

/// One kernel under construction.
struct KernelCode<'a, 'b> {
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

impl<'a, 'b> KernelCode<'a, 'b> {
    fn new(program: &'a Program, kernel: &'a Kernel, code: &'a mut FunctionBuilder<'b>) -> Self {
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

    fn emit(mut self) {
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

    /// All operations and stores for the vector at `position + shift` bytes from the base.
    fn emit_vector(&mut self, row_start: Ir, position: Ir, shift: i64) {
        let wants_x = self.kernel.ops.contains(&Op::Index(Axis::X));
        let x = wants_x.then(|| {
            let bytes = self.code.ins().isub(position, row_start);
            let bytes = self.code.ins().iadd_imm_s(bytes, shift);
            let cells = self.code.ins().ushr_imm_u(bytes, i64::from(self.number_bytes.trailing_zeros()));
            let first = self.parameter(offset_of!(Segment, x));
            self.code.ins().iadd(first, cells)
        });
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

    fn loads(&self, wanted: Slot) -> bool {
        self.kernel.ops.iter().any(|op| matches!(op, Op::Load { slot, .. } if *slot == wanted))
    }

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

fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("memory has fewer than 2^63 bytes")
}

fn offset32(byte: i64) -> i32 {
    i32::try_from(byte).expect("tables are smaller than 2 GiB")
}
