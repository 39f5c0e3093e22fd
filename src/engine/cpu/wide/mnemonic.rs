//! The encodings of the vector instructions in use. In: an operation and the precision. Out: its opcode.
//!
//! Reference: Intel SDM volume 2. The W bit tells the lanes' size in EVEX; VEX ignores it, or wants it to be 0.

use super::super::width::Width;
use super::SCRATCH;
use super::encode::Map::{M0f, M0f3a, M0f38};
use super::encode::Prefix::{P66, Pf2, Pf3};
use super::encode::{Assembler, Code, Operand, Prefix, Vector};
use super::instruction::{Binary, Definition, Relation, Unary};

/// The mask register in use, by its number.
const MASK: Vector = Vector(1);

impl Assembler {
    /// An instruction whose prefix tells the lanes' size: `ps` or `pd`.
    fn packed(&self, byte: u8) -> Code {
        let prefix = if self.double() { P66 } else { Prefix::None };
        Code::new(M0f, prefix, byte).w(self.double())
    }

    fn evex_wide(&self) -> bool {
        self.double() && self.width == Width::Bits512
    }

    /// `vmovups`, from memory.
    pub(super) fn move_in(&self) -> Code {
        self.packed(0x10)
    }

    /// `vmovups`, to memory.
    pub(super) fn move_out(&self) -> Code {
        self.packed(0x11)
    }

    pub(super) fn binary(&self, operation: Binary) -> Code {
        self.packed(match operation {
            Binary::And => 0x54,
            Binary::Or => 0x56,
            Binary::Xor => 0x57,
            Binary::Add => 0x58,
            Binary::Mul => 0x59,
            Binary::Sub => 0x5c,
            Binary::Min => 0x5d,
            Binary::Div => 0x5e,
            Binary::Max => 0x5f,
        })
    }

    /// The opcode, what stands in the register field instead of the destination, and the byte behind.
    pub(super) fn unary(&self, operation: Unary) -> (Code, Option<u8>, Option<u8>) {
        let significand_bits = if self.double() { 52 } else { 23 };
        let shift = Code::new(M0f, P66, if self.double() { 0x73 } else { 0x72 }).w(self.double());
        match operation {
            Unary::SquareRoot => (self.packed(0x51), None, None),
            // `vroundps`, or `vrndscaleps` with no scale: downwards, without an exception.
            Unary::Floor => {
                let byte = if self.double() { 0x09 } else { 0x08 };
                (Code::new(M0f3a, P66, byte).w(self.double()), None, Some(0b1001))
            }
            Unary::ShiftLeft => (shift, Some(6), Some(significand_bits)),
            Unary::ShiftRight => (shift, Some(2), Some(significand_bits)),
        }
    }

    /// `vcmpps`
    pub(super) fn compare(&self) -> Code {
        self.packed(0xc2)
    }

    /// `vblendvps`, by a mask in a register.
    pub(super) fn blend_by_register(&self) -> Code {
        Code::new(M0f3a, P66, if self.double() { 0x4b } else { 0x4a })
    }

    /// `vblendmps`, by a mask register.
    pub(super) fn blend_by_mask(&self) -> Code {
        Code::new(M0f38, P66, 0x65).w(self.double())
    }

    /// `vpmovm2d`
    pub(super) fn mask_to_vector(&self) -> Code {
        Code::new(M0f38, Pf3, 0x38).w(self.double())
    }

    /// `vpmovd2m`
    pub(super) fn vector_to_mask(&self) -> Code {
        Code::new(M0f38, Pf3, 0x39).w(self.double())
    }

    /// `vbroadcastss`
    pub(super) fn broadcast(&self) -> Code {
        let byte = if self.double() { 0x19 } else { 0x18 };
        Code::new(M0f38, P66, byte).w(self.evex_wide())
    }

    /// `vpbroadcastd`
    pub(super) fn broadcast_integer(&self) -> Code {
        Code::new(M0f38, P66, 0x58)
    }

    /// `vpaddd`
    pub(super) fn add_integers(&self) -> Code {
        Code::new(M0f, P66, 0xfe)
    }

    /// `vcvtdq2ps`
    pub(super) fn integers_to_reals(&self) -> Code {
        Code::new(M0f, Prefix::None, 0x5b)
    }

    /// `vmovd`, from a general register.
    pub(super) fn move_integer(&self) -> Code {
        Code::new(M0f, P66, 0x6e)
    }

    /// `vcvtsi2ss`, from a general register of 64 bits.
    pub(super) fn integer_to_real(&self) -> Code {
        Code::new(M0f, if self.double() { Pf2 } else { Pf3 }, 0x2a).w(true)
    }

    /// An operation on operands in registers, of which the second may be in memory.
    pub(super) fn operation(&mut self, definition: Definition, destination: Vector, operands: &[Operand]) {
        match (definition, operands) {
            (Definition::One(unary, _), &[a]) => {
                let (code, field, byte) = self.unary(unary);
                match (field, byte) {
                    (Some(field), Some(byte)) => self.vector_imm(code, Vector(field), destination, a, byte),
                    (_, Some(byte)) => self.vector_imm(code, destination, Vector(0), a, byte),
                    (_, None) => self.vector(code, destination, Vector(0), a),
                }
            }
            (Definition::Two(binary, ..), &[Operand::Register(a), b]) => {
                self.vector(self.binary(binary), destination, a, b);
            }
            (Definition::Compare(relation, ..), &[Operand::Register(a), b]) => match self.width {
                Width::Bits512 => {
                    self.vector_imm(self.compare(), MASK, a, b, relation as u8);
                    self.vector(self.mask_to_vector(), destination, Vector(0), Operand::Register(MASK));
                }
                _ => self.vector_imm(self.compare(), destination, a, b, relation as u8),
            },
            (Definition::Select(..), &[Operand::Register(c), a, Operand::Register(b)]) => match self.width {
                Width::Bits512 => {
                    self.vector(self.vector_to_mask(), MASK, Vector(0), Operand::Register(c));
                    self.masked(self.blend_by_mask(), destination, b, a, MASK.0);
                }
                _ => self.vector_imm(self.blend_by_register(), destination, b, a, c.0 << 4),
            },
            (Definition::SelectIf(relation, ..), &[Operand::Register(left), right, a, Operand::Register(b)]) => {
                self.select_if(relation, destination, (left, right), (a, b));
            }
            _ => unreachable!("an operation without operands, or with too many in memory"),
        }
    }

    fn select_if(
        &mut self,
        relation: Relation,
        destination: Vector,
        (left, right): (Vector, Operand),
        (a, b): (Operand, Vector),
    ) {
        match self.width {
            Width::Bits512 => {
                self.vector_imm(self.compare(), MASK, left, right, relation as u8);
                self.masked(self.blend_by_mask(), destination, b, a, MASK.0);
            }
            _ => {
                self.vector_imm(self.compare(), SCRATCH, left, right, relation as u8);
                self.vector_imm(self.blend_by_register(), destination, b, a, SCRATCH.0 << 4);
            }
        }
    }
}
