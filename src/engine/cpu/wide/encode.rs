//! x86-64 instructions as bytes: the few that kernels need, in their VEX (256 bits) and EVEX (512 bits) forms.
//!
//! In: an operation, registers and addresses. Out: machine code with its constants behind it. Reference: Intel SDM
//! volume 2, 2.3 (VEX) and 2.7 (EVEX). Invariant: displacements of more than a byte are written in four, so that the
//! length of an instruction depends on its operands alone.

use super::super::width::Width;
use crate::math::arithmetic::Precision;

/// A vector register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vector(pub u8);

/// A general register, by its number in the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct General(pub u8);

pub(super) const RAX: General = General(0);
pub(super) const RCX: General = General(1);
pub(super) const RDX: General = General(2);
pub(super) const RBX: General = General(3);
pub(super) const RSP: General = General(4);
pub(super) const RBP: General = General(5);
pub(super) const RSI: General = General(6);
pub(super) const RDI: General = General(7);
const R12: General = General(12);
const R13: General = General(13);
const R14: General = General(14);
const R15: General = General(15);
/// What a function must leave as it found it (System V ABI), the stack pointer apart.
pub(super) const SAVED: [General; 6] = [RBX, RBP, R12, R13, R14, R15];

/// The last operand of a vector instruction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand {
    Register(Vector),
    /// `base + index + byte`
    Memory {
        base: General,
        index: Option<General>,
        byte: i32,
    },
    /// A byte of the constants behind the code.
    Pool(usize),
}

/// Which opcode map an instruction is in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Map {
    M0f = 1,
    M0f38 = 2,
    M0f3a = 3,
}

/// The mandatory prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    None = 0,
    P66 = 1,
    Pf3 = 2,
    Pf2 = 3,
}

/// An instruction without its operands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code {
    pub map: Map,
    pub prefix: Prefix,
    pub byte: u8,
    /// The W bit.
    pub wide: bool,
}

impl Code {
    pub(super) const fn new(map: Map, prefix: Prefix, byte: u8) -> Self {
        Self { map, prefix, byte, wide: false }
    }

    pub(super) const fn w(self, wide: bool) -> Self {
        Self { wide, ..self }
    }
}

/// Machine code under construction.
pub(super) struct Assembler {
    pub(super) width: Width,
    pub(super) precision: Precision,
    code: Vec<u8>,
    pool: Vec<u8>,
    /// Where a displacement to a byte of the pool is to be written.
    fixups: Vec<(usize, usize)>,
}

impl Assembler {
    pub(super) fn new(width: Width, precision: Precision) -> Self {
        Self { width, precision, code: vec![], pool: vec![], fixups: vec![] }
    }

    pub(super) fn double(&self) -> bool {
        self.precision == Precision::F64
    }

    /// The present place, to jump back to.
    pub(super) fn here(&self) -> usize {
        self.code.len()
    }

    /// Adds bytes to the constants.
    pub(super) fn constant(&mut self, bytes: &[u8]) -> Operand {
        let place = self.pool.len();
        self.pool.extend_from_slice(bytes);
        Operand::Pool(place)
    }

    /// The code, its constants behind it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let start = self.code.len().next_multiple_of(64);
        for (at, place) in self.fixups {
            // Relative to the end of the instruction, which the displacement is the last part of.
            let distance = i32::try_from(start + place - (at + 4)).expect("a kernel's code is smaller than 2 GiB");
            self.code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        }
        self.code.resize(start, 0);
        self.code.extend_from_slice(&self.pool);
        self.code
    }

    // Vector instructions

    /// `code destination, first, last`; pass register 0 as `first` to instructions that have none.
    pub(super) fn vector(&mut self, code: Code, destination: Vector, first: Vector, last: Operand) {
        self.masked(code, destination, first, last, 0);
    }

    /// The same with a byte of its own behind the operands.
    pub(super) fn vector_imm(&mut self, code: Code, destination: Vector, first: Vector, last: Operand, byte: u8) {
        debug_assert!(!matches!(last, Operand::Pool(_)), "a displacement to the pool must come last");
        self.vector(code, destination, first, last);
        self.code.push(byte);
    }

    /// An EVEX instruction under a mask register (0: none).
    pub(super) fn masked(&mut self, code: Code, destination: Vector, first: Vector, last: Operand, mask: u8) {
        match self.width {
            Width::Bits512 => self.evex(code, destination, first, last, mask, Some(64)),
            _ => self.vex(code, destination, first, last, true),
        }
    }

    /// An instruction that reads one number from memory for all lanes.
    pub(super) fn spread(&mut self, code: Code, destination: Vector, number: Operand) {
        match self.width {
            Width::Bits512 => self.evex(code, destination, Vector(0), number, 0, None),
            _ => self.vex(code, destination, Vector(0), number, true),
        }
    }

    /// An instruction on the lowest lane whose last operand is a general register.
    pub(super) fn insert_general(&mut self, code: Code, destination: Vector, first: Vector, last: General) {
        self.vex(code, destination, first, Operand::Register(Vector(last.0)), false);
    }

    fn vex(&mut self, code: Code, destination: Vector, first: Vector, last: Operand, wide: bool) {
        let (index, base) = extensions(last);
        debug_assert!(destination.0 < 16 && first.0 < 16, "VEX has 16 registers");
        let inverted = |bit: u8| 1 - bit;
        self.code.push(0xc4);
        self.code.push(
            inverted(destination.0 >> 3) << 7 | inverted(index & 1) << 6 | inverted(base & 1) << 5 | code.map as u8,
        );
        self.code.push(u8::from(code.wide) << 7 | (!first.0 & 15) << 3 | u8::from(wide) << 2 | code.prefix as u8);
        self.code.push(code.byte);
        self.address(destination.0, last, None);
    }

    fn evex(&mut self, code: Code, destination: Vector, first: Vector, last: Operand, mask: u8, scale: Option<i32>) {
        let (index, base) = extensions(last);
        let bit = |value: u8, position: u8| 1 - (value >> position & 1);
        self.code.push(0x62);
        self.code.push(
            bit(destination.0, 3) << 7
                | (1 - (index & 1)) << 6
                | (1 - (base & 1)) << 5
                | bit(destination.0, 4) << 4
                | code.map as u8,
        );
        self.code.push(u8::from(code.wide) << 7 | (!first.0 & 15) << 3 | 1 << 2 | code.prefix as u8);
        self.code.push(0b10 << 5 | bit(first.0, 4) << 3 | mask);
        self.code.push(code.byte);
        self.address(destination.0, last, scale);
    }

    /// ModRM, SIB and displacement. `scale`: what EVEX multiplies a displacement of one byte by, for whole vectors.
    fn address(&mut self, register: u8, last: Operand, scale: Option<i32>) {
        let field = (register & 7) << 3;
        match last {
            Operand::Register(Vector(number)) => self.code.push(0b11 << 6 | field | number & 7),
            Operand::Pool(place) => {
                self.code.push(field | 0b101);
                self.fixups.push((self.code.len(), place));
                self.code.extend_from_slice(&[0; 4]);
            }
            Operand::Memory { base, index, byte } => {
                let short = scale.filter(|scale| byte % scale == 0).and_then(|scale| i8::try_from(byte / scale).ok());
                let mode = if short.is_some() { 0b01 } else { 0b10 };
                if index.is_some() || base.0 & 7 == RSP.0 {
                    self.code.push(mode << 6 | field | RSP.0);
                    self.code.push((index.unwrap_or(RSP).0 & 7) << 3 | base.0 & 7);
                } else {
                    self.code.push(mode << 6 | field | base.0 & 7);
                }
                match short {
                    Some(short) => self.code.extend_from_slice(&short.to_le_bytes()),
                    None => self.code.extend_from_slice(&byte.to_le_bytes()),
                }
            }
        }
    }

    // General instructions, all of 64 bits

    fn rex(&mut self, register: General, base: General) {
        self.code.push(0x48 | register.0 >> 3 << 2 | base.0 >> 3);
    }

    fn with_memory(&mut self, opcode: u8, register: General, base: General, byte: i32) {
        self.rex(register, base);
        self.code.push(opcode);
        self.address(register.0, Operand::Memory { base, index: None, byte }, None);
    }

    fn with_register(&mut self, opcode: u8, register: General, rm: General) {
        self.rex(register, rm);
        self.code.push(opcode);
        self.address(register.0, Operand::Register(Vector(rm.0)), None);
    }

    /// `to = [base + byte]`
    pub(super) fn load(&mut self, to: General, base: General, byte: i32) {
        self.with_memory(0x8b, to, base, byte);
    }

    /// `[base + byte] = from`
    pub(super) fn store(&mut self, from: General, base: General, byte: i32) {
        self.with_memory(0x89, from, base, byte);
    }

    /// `to = from`
    pub(super) fn copy(&mut self, to: General, from: General) {
        self.with_register(0x89, from, to);
    }

    /// `to += from`
    pub(super) fn add(&mut self, to: General, from: General) {
        self.with_register(0x01, from, to);
    }

    /// `to -= from`
    pub(super) fn subtract(&mut self, to: General, from: General) {
        self.with_register(0x29, from, to);
    }

    /// `to += [base + byte]`
    pub(super) fn add_from(&mut self, to: General, base: General, byte: i32) {
        self.with_memory(0x03, to, base, byte);
    }

    /// `to += number`
    pub(super) fn add_number(&mut self, to: General, number: i32) {
        self.with_number(0, to, number);
    }

    /// `to &= number`
    pub(super) fn and_number(&mut self, to: General, number: i32) {
        self.with_number(4, to, number);
    }

    fn with_number(&mut self, operation: u8, to: General, number: i32) {
        self.rex(General(0), to);
        self.code.extend_from_slice(&[0x81, 0b11 << 6 | operation << 3 | to.0 & 7]);
        self.code.extend_from_slice(&number.to_le_bytes());
    }

    /// `to = number`
    pub(super) fn set(&mut self, to: General, number: i64) {
        self.rex(General(0), to);
        self.code.push(0xb8 | to.0 & 7);
        self.code.extend_from_slice(&number.to_le_bytes());
    }

    /// `to >>= bits`, unsigned.
    pub(super) fn shift_right(&mut self, to: General, bits: u8) {
        self.rex(General(0), to);
        self.code.extend_from_slice(&[0xc1, 0b11 << 6 | 5 << 3 | to.0 & 7, bits]);
    }

    pub(super) fn push(&mut self, register: General) {
        self.code.extend_from_slice(&[0x40 | register.0 >> 3, 0x50 | register.0 & 7]);
    }

    pub(super) fn pop(&mut self, register: General) {
        self.code.extend_from_slice(&[0x40 | register.0 >> 3, 0x58 | register.0 & 7]);
    }

    /// Jumps back to `target` if `a < b`, signed.
    pub(super) fn back_if_less(&mut self, a: General, b: General, target: usize) {
        self.with_register(0x39, b, a);
        self.jump_if_less(target);
    }

    /// Jumps back to `target` if `a < [base + byte]`, signed.
    pub(super) fn back_if_less_than_memory(&mut self, a: General, base: General, byte: i32, target: usize) {
        self.with_memory(0x3b, a, base, byte);
        self.jump_if_less(target);
    }

    fn jump_if_less(&mut self, target: usize) {
        let end = self.code.len() + 6;
        let distance = i32::try_from(end - target).expect("a kernel's code is smaller than 2 GiB");
        self.code.extend_from_slice(&[0x0f, 0x8c]);
        self.code.extend_from_slice(&(-distance).to_le_bytes());
    }

    /// Leaves the wide halves of the registers clean, and the function.
    pub(super) fn leave(&mut self) {
        self.code.extend_from_slice(&[0xc5, 0xf8, 0x77, 0xc3]);
    }
}

/// The bits that extend the index (or bit 4 of a register) and the base (or bit 3 of a register).
fn extensions(last: Operand) -> (u8, u8) {
    match last {
        Operand::Register(Vector(number)) => (number >> 4, number >> 3),
        Operand::Memory { base, index, .. } => (index.map_or(0, |index| index.0 >> 3), base.0 >> 3),
        Operand::Pool(_) => (0, 0),
    }
}
