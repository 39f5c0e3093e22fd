//! Kernels to machine code with wide vectors: AVX2 or AVX-512, which cranelift does not have.
//!
//! In: a kernel of a validated Program. Out: the bytes of one function that runs it over a `Segment`, its constants
//! behind it; nothing in it needs relocation.
//! ```text
//! what is the same for all cells
//! for each row:  what is the same for the row
//!     for each vector:  operations, stores
//! ```
//! Invariant: every operation has the bits that `super::emit` gives it, lane by lane; rows are whole vectors.
//! [`instruction`] chooses instructions, [`registers`] gives values a place, [`encode`] and [`mnemonic`] write bytes.

mod body;
mod encode;
mod instruction;
mod mnemonic;
mod registers;

use std::mem::offset_of;

use body::Body;
use encode::{Assembler, General, Operand, RAX, RCX, RDI, RDX, RSI, RSP, SAVED, Vector};
use instruction::{Binary, Definition, Instructions, Name};

use super::memory::Layout;
use super::native::Segment;
use super::plan::Rate;
use super::width::Width;
use crate::grid::Axis;
use crate::math::arithmetic::Precision;
use crate::program::{BufferId, Kernel, Program};

/// Registers for base addresses; the buffers beyond have theirs in the frame.
const POINTERS: [General; 10] = [
    General(8),
    General(9),
    General(10),
    General(11),
    General(3),
    General(5),
    General(12),
    General(13),
    General(14),
    General(15),
];
/// Free for use within one instruction's code.
const SCRATCH: Vector = Vector(0);
/// Where the frame keeps the caller's stack pointer, the number of the row, and base addresses.
const CALLER: i32 = 0;
const ROW: i32 = 8;
const TABLE: i32 = 16;
/// A larger frame is left to cranelift, which touches the pages of the stack in order.
const LARGEST_FRAME: usize = 1 << 16;

/// The function for one kernel, or `None` if it needs more room on the stack than is safe.
pub(super) fn assemble(program: &Program, kernel: &Kernel, width: Width) -> Option<Vec<u8>> {
    let layout = Layout::new(program, kernel.extent);
    let instructions = Instructions::new(kernel, program.precision, layout.stride);
    let mut function = Function::new(program, kernel, width, &instructions);
    (function.frame_bytes(0) <= LARGEST_FRAME).then_some(())?;
    let reserve = function.enter();
    function.outside(Rate::Call);
    function.rows(&layout);
    let bytes = function.frame_bytes(function.spilled);
    function.leave();
    (bytes <= LARGEST_FRAME).then(|| {
        let mut code = function.assembler.finish();
        let bytes = -i32::try_from(bytes).expect("checked above");
        code[reserve..reserve + 4].copy_from_slice(&bytes.to_le_bytes());
        code
    })
}

/// One function under construction.
struct Function<'a> {
    instructions: &'a Instructions,
    assembler: Assembler,
    /// All buffers that the kernel touches, those of most loads first.
    buffers: Vec<BufferId>,
    /// Numbers from a component to the next.
    component: usize,
    /// Per value: which place of the frame it has.
    places: Vec<Option<usize>>,
    /// Values from outside that keep a register through the vector loop.
    bound: Vec<(Name, Vector)>,
    /// Places of the frame that the vector loop adds.
    spilled: usize,
}

impl<'a> Function<'a> {
    fn new(program: &Program, kernel: &Kernel, width: Width, instructions: &'a Instructions) -> Self {
        let mut places = vec![None; instructions.definitions.len()];
        for (place, &name) in instructions.outside.iter().enumerate() {
            places[name] = Some(place);
        }
        Self {
            assembler: Assembler::new(width, program.precision),
            buffers: body::buffers(instructions),
            component: Layout::new(program, kernel.extent).component,
            bound: body::bound(instructions, width),
            places,
            spilled: 0,
            instructions,
        }
    }

    fn number_bytes(&self) -> i32 {
        if self.assembler.precision == Precision::F64 { 8 } else { 4 }
    }

    /// Where the places for vectors begin.
    fn first_place(&self) -> usize {
        (16 + 8 * self.buffers.len().saturating_sub(POINTERS.len())).next_multiple_of(64)
    }

    fn frame_bytes(&self, spilled: usize) -> usize {
        self.first_place() + (self.instructions.outside.len() + spilled) * self.assembler.width.bytes() + 64
    }

    /// A place of the frame.
    fn place(&self, place: usize) -> Operand {
        let byte = self.first_place() + place * self.assembler.width.bytes();
        let byte = i32::try_from(byte).expect("the frame was measured");
        Operand::Memory { base: RSP, index: None, byte }
    }

    /// Makes the frame and loads the base addresses. Returns where the size of the frame is to be written.
    fn enter(&mut self) -> usize {
        let code = &mut self.assembler;
        SAVED.iter().for_each(|&register| code.push(register));
        code.copy(RAX, RSP);
        code.add_number(RSP, 0);
        let reserve = code.here() - 4;
        code.and_number(RSP, -64);
        code.store(RAX, RSP, CALLER);
        code.load(RSI, RDI, member(offset_of!(Segment, buffers)));
        for (position, buffer) in self.buffers.iter().enumerate() {
            let entry = i32::try_from(buffer.0).expect("few buffers") * 8;
            match POINTERS.get(position) {
                Some(&register) => code.load(register, RSI, entry),
                None => {
                    code.load(RAX, RSI, entry);
                    code.store(RAX, RSP, TABLE + 8 * i32::try_from(position - POINTERS.len()).expect("few buffers"));
                }
            }
        }
        code.load(RSI, RDI, member(offset_of!(Segment, offset)));
        reserve
    }

    fn rows(&mut self, layout: &Layout) {
        self.assembler.set(RAX, 0);
        self.assembler.store(RAX, RSP, ROW);
        let row = self.assembler.here();
        self.outside(Rate::Row);
        for (name, register) in self.bound.clone() {
            let place = self.place(self.places[name].expect("values from outside have places"));
            self.assembler.vector(self.assembler.move_in(), register, Vector(0), place);
        }
        self.assembler.copy(RCX, RSI);
        self.assembler.copy(RDX, RSI);
        self.assembler.add_from(RDX, RDI, member(offset_of!(Segment, bytes)));
        let vector = self.assembler.here();
        self.spilled = Body::new(self).emit();
        let code = &mut self.assembler;
        code.add_number(RCX, i32::try_from(code.width.bytes()).expect("at most 64"));
        code.back_if_less(RCX, RDX, vector);
        let stride = i64::try_from(layout.stride[1]).expect("memory has fewer than 2^63 bytes");
        code.set(RAX, stride * i64::from(if code.double() { 8 } else { 4 }));
        code.add(RSI, RAX);
        code.load(RAX, RSP, ROW);
        code.add_number(RAX, 1);
        code.store(RAX, RSP, ROW);
        code.back_if_less_than_memory(RAX, RDI, member(offset_of!(Segment, rows)), row);
    }

    fn leave(&mut self) {
        self.assembler.load(RSP, RSP, CALLER);
        SAVED.iter().rev().for_each(|&register| self.assembler.pop(register));
        self.assembler.leave();
    }

    /// Computes the values of a rate below that of cells into their places.
    fn outside(&mut self, rate: Rate) {
        for &name in &self.instructions.outside {
            if self.instructions.rates[name] == rate {
                self.outside_value(self.instructions.definitions[name]);
                let place = self.place(self.places[name].expect("values from outside have places"));
                self.assembler.vector(self.assembler.move_out(), SCRATCH, Vector(0), place);
            }
        }
    }

    /// Leaves a value in [`SCRATCH`].
    fn outside_value(&mut self, definition: Definition) {
        let bytes = self.number_bytes();
        match definition {
            Definition::Splat(bits) => {
                let length = usize::from(bytes.unsigned_abs() == 8) * 4 + 4;
                let constant = self.assembler.constant(&bits.to_le_bytes()[..length]);
                self.assembler.vector(self.assembler.broadcast(), SCRATCH, Vector(0), constant);
            }
            Definition::Ramp => {
                let ramp = self.ramp();
                let constant = self.assembler.constant(&ramp);
                self.assembler.vector(self.assembler.move_in(), SCRATCH, Vector(0), constant);
            }
            Definition::Uniform(id) => {
                self.assembler.load(RAX, RDI, member(offset_of!(Segment, uniforms)));
                let byte = i32::try_from(id.0).expect("few uniforms") * bytes;
                let number = Operand::Memory { base: RAX, index: None, byte };
                self.assembler.spread(self.assembler.broadcast(), SCRATCH, number);
            }
            Definition::Row(axis) => self.row_index(axis),
            Definition::One(..)
            | Definition::Two(..)
            | Definition::Compare(..)
            | Definition::Select(..)
            | Definition::SelectIf(..) => self.outside_operation(definition),
            Definition::Column(_) | Definition::Load(..) => unreachable!("these change from cell to cell"),
        }
    }

    /// 0, 1, 2, ... in the lanes: integers (f32) or reals (f64).
    fn ramp(&self) -> Vec<u8> {
        let lanes = u8::try_from(self.assembler.width.bytes() / self.number_bytes().unsigned_abs() as usize);
        (0..lanes.expect("at most 16"))
            .flat_map(|lane| match self.assembler.precision {
                Precision::F32 => u32::from(lane).to_le_bytes().to_vec(),
                Precision::F64 => f64::from(lane).to_le_bytes().to_vec(),
            })
            .collect()
    }

    fn row_index(&mut self, axis: Axis) {
        let code = &mut self.assembler;
        if axis == Axis::Z {
            code.load(RAX, RDI, member(offset_of!(Segment, z)));
        } else {
            code.load(RAX, RSP, ROW);
            code.add_from(RAX, RDI, member(offset_of!(Segment, y)));
        }
        // The upper lanes come from `SCRATCH` and do not count.
        code.insert_general(code.integer_to_real(), SCRATCH, SCRATCH, RAX);
        code.vector(code.broadcast(), SCRATCH, Vector(0), Operand::Register(SCRATCH));
    }

    /// An operation on places of the frame.
    fn outside_operation(&mut self, definition: Definition) {
        let load = self.assembler.move_in();
        let mut operands = Vec::new();
        for (register, operand) in (SCRATCH.0 + 1..).map(Vector).zip(definition.operands()) {
            let place = self.place(self.places[operand].expect("operands are outside too, and come first"));
            self.assembler.vector(load, register, Vector(0), place);
            operands.push(Operand::Register(register));
        }
        self.assembler.operation(definition, SCRATCH, &operands);
    }

    /// Position along x of the vector under way.
    fn column(&mut self, destination: Vector, ramp: Operand) {
        let bytes = self.number_bytes().trailing_zeros();
        let code = &mut self.assembler;
        code.copy(RAX, RCX);
        code.subtract(RAX, RSI);
        code.shift_right(RAX, u8::try_from(bytes).expect("2 or 3"));
        code.add_from(RAX, RDI, member(offset_of!(Segment, x)));
        if code.double() {
            code.insert_general(code.integer_to_real(), SCRATCH, SCRATCH, RAX);
            code.vector(code.broadcast(), SCRATCH, Vector(0), Operand::Register(SCRATCH));
            code.vector(code.binary(Binary::Add), destination, SCRATCH, ramp);
        } else {
            code.insert_general(code.move_integer(), SCRATCH, Vector(0), RAX);
            code.vector(code.broadcast_integer(), SCRATCH, Vector(0), Operand::Register(SCRATCH));
            code.vector(code.add_integers(), SCRATCH, SCRATCH, ramp);
            code.vector(code.integers_to_reals(), destination, Vector(0), Operand::Register(SCRATCH));
        }
    }
}

/// A member of the segment.
fn member(byte: usize) -> i32 {
    i32::try_from(byte).expect("a small struct")
}
