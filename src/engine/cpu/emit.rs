//! One operation on all lanes of a vector, as cranelift IR. In: an operation and its operands. Out: the vector value.
//!
//! Invariant: bit for bit what [`crate::math::arithmetic::Scalar`] does to each lane. A truth value is a mask of
//! ones or zeros per lane. Nothing is fused or reassociated.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{ConstantData, Endianness, InstBuilder, MemFlagsData, Type, Value as Ir, types};
use cranelift_frontend::FunctionBuilder;

use crate::math::arithmetic::Precision;
use crate::program::Op;

/// The vector types of a precision and the layout of its numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes {
    /// The format.
    pub precision: Precision,
    /// Vector of reals.
    pub float: Type,
    /// Vector of integers of the same width: masks and bits.
    pub integer: Type,
    /// One real.
    pub scalar: Type,
    /// Bits of the stored significand.
    significand_bits: i64,
    /// Bias of the exponent.
    bias: f64,
}

impl Lanes {
    /// The lanes of a precision.
    pub(super) fn new(precision: Precision) -> Self {
        let (float, integer, scalar, significand_bits, bias) = match precision {
            Precision::F32 => (types::F32X4, types::I32X4, types::F32, 23, 127.0),
            Precision::F64 => (types::F64X2, types::I64X2, types::F64, 52, 1023.0),
        };
        Self { precision, float, integer, scalar, significand_bits, bias }
    }

    /// A literal in all lanes.
    #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run is the purpose")]
    pub(super) fn literal(&self, code: &mut FunctionBuilder<'_>, value: f64) -> Ir {
        let bits = match self.precision {
            Precision::F32 => u64::from((value as f32).to_bits()),
            Precision::F64 => value.to_bits(),
        };
        self.vector(code, self.float, |_| bits)
    }

    /// 0, 1, 2, ... as integers (f32) or reals (f64): see [`Lanes::x_index`].
    fn ramp(&self, code: &mut FunctionBuilder<'_>) -> Ir {
        match self.precision {
            Precision::F32 => self.vector(code, self.integer, |lane| lane),
            Precision::F64 => self.vector(code, self.float, |lane| [0.0_f64, 1.0][usize::from(lane == 1)].to_bits()),
        }
    }

    fn vector(&self, code: &mut FunctionBuilder<'_>, kind: Type, bits: impl Fn(u64) -> u64) -> Ir {
        let width = self.precision.bytes();
        let bytes: Vec<u8> = (0..u64::from(self.float.lane_count()))
            .flat_map(|lane| bits(lane).to_le_bytes().into_iter().take(width))
            .collect();
        let constant = code.func.dfg.constants.insert(ConstantData::from(bytes));
        code.ins().vconst(kind, constant)
    }

    /// Positions of the cells of a vector whose first cell is `first` (an i64), rounded once.
    pub(super) fn x_index(&self, code: &mut FunctionBuilder<'_>, first: Ir) -> Ir {
        let ramp = self.ramp(code);
        match self.precision {
            Precision::F32 => {
                let first = code.ins().ireduce(types::I32, first);
                let splat = code.ins().splat(self.integer, first);
                let cells = code.ins().iadd(splat, ramp);
                code.ins().fcvt_from_sint(self.float, cells)
            }
            Precision::F64 => {
                let splat = self.row_index(code, first);
                code.ins().fadd(splat, ramp)
            }
        }
    }

    /// A position (an i64) in all lanes.
    pub(super) fn row_index(&self, code: &mut FunctionBuilder<'_>, position: Ir) -> Ir {
        let real = code.ins().fcvt_from_sint(self.scalar, position);
        code.ins().splat(self.float, real)
    }

    /// The numbers at some addresses, lane by lane, each so many bytes further.
    pub(super) fn collect(&self, code: &mut FunctionBuilder<'_>, addresses: &[Ir], byte: i32) -> Ir {
        let load = |code: &mut FunctionBuilder<'_>, address: Ir| {
            code.ins().load(self.scalar, MemFlagsData::new().with_notrap(), address, byte)
        };
        let first = load(code, addresses[0]);
        let mut vector = code.ins().scalar_to_vector(self.float, first);
        for (lane, &address) in (1_u8..).zip(&addresses[1..]) {
            let number = load(code, address);
            vector = code.ins().insertlane(vector, number, lane);
        }
        vector
    }

    /// An operation that has operands.
    pub(super) fn apply(&self, code: &mut FunctionBuilder<'_>, op: &Op, operands: &[Ir]) -> Ir {
        match (op, operands) {
            (Op::Neg(_), &[a]) => code.ins().fneg(a),
            (Op::Abs(_), &[a]) => code.ins().fabs(a),
            (Op::Sqrt(_), &[a]) => code.ins().sqrt(a),
            (Op::Floor(_), &[a]) => code.ins().floor(a),
            (Op::Power2(_), &[n]) => self.power2(code, n),
            (Op::Exponent(_), &[a]) => self.exponent(code, a),
            (Op::Significand(_), &[a]) => self.significand(code, a),
            (Op::Add(..), &[a, b]) => code.ins().fadd(a, b),
            (Op::Sub(..), &[a, b]) => code.ins().fsub(a, b),
            (Op::Mul(..), &[a, b]) => code.ins().fmul(a, b),
            (Op::Div(..), &[a, b]) => code.ins().fdiv(a, b),
            // Both in the form that cranelift turns into one instruction of the same semantics (`minps`, `maxps`).
            (Op::Min(..), &[a, b]) => {
                let less = code.ins().fcmp(FloatCC::LessThan, b, a);
                self.select(code, less, b, a)
            }
            (Op::Max(..), &[a, b]) => {
                let less = code.ins().fcmp(FloatCC::LessThan, a, b);
                self.select(code, less, b, a)
            }
            (Op::Less(..), &[a, b]) => code.ins().fcmp(FloatCC::LessThan, a, b),
            (Op::LessEqual(..), &[a, b]) => code.ins().fcmp(FloatCC::LessThanOrEqual, a, b),
            (Op::Equal(..), &[a, b]) => code.ins().fcmp(FloatCC::Equal, a, b),
            (Op::And(..), &[a, b]) => code.ins().band(a, b),
            (Op::Or(..), &[a, b]) => code.ins().bor(a, b),
            (Op::Not(_), &[a]) => code.ins().bnot(a),
            (Op::Select(..), &[condition, a, b]) => self.select(code, condition, a, b),
            _ => unreachable!("an operation without operands, or with the wrong number of them"),
        }
    }

    fn select(&self, code: &mut FunctionBuilder<'_>, condition: Ir, a: Ir, b: Ir) -> Ir {
        let mask = self.as_float(code, condition);
        code.ins().bitselect(mask, a, b)
    }

    fn as_float(&self, code: &mut FunctionBuilder<'_>, bits: Ir) -> Ir {
        code.ins().bitcast(self.float, MemFlagsData::new().with_endianness(Endianness::Little), bits)
    }

    fn as_integer(&self, code: &mut FunctionBuilder<'_>, value: Ir) -> Ir {
        code.ins().bitcast(self.integer, MemFlagsData::new().with_endianness(Endianness::Little), value)
    }

    /// `2^s`, s the bits of the stored significand: above it, the last bits of a real are an integer.
    fn integer_threshold(&self) -> f64 {
        [8_388_608.0, 4_503_599_627_370_496.0][usize::from(self.precision == Precision::F64)]
    }

    /// `2^n`: adding `1.5 * 2^s + bias` leaves `n + bias` in the lowest bits, exactly; the shift discards the rest.
    fn power2(&self, code: &mut FunctionBuilder<'_>, n: Ir) -> Ir {
        let magic = self.literal(code, 1.5 * self.integer_threshold() + self.bias);
        let biased = code.ins().fadd(n, magic);
        let bits = self.as_integer(code, biased);
        let shifted = code.ins().ishl_imm_u(bits, self.significand_bits);
        self.as_float(code, shifted)
    }

    /// The biased exponent put into the lowest bits of `2^s`, less `2^s + bias`: exact.
    fn exponent(&self, code: &mut FunctionBuilder<'_>, a: Ir) -> Ir {
        let bits = self.as_integer(code, a);
        let shifted = code.ins().ushr_imm_u(bits, self.significand_bits);
        let threshold = self.literal(code, self.integer_threshold());
        let threshold = self.as_integer(code, threshold);
        let sum = code.ins().bor(shifted, threshold);
        let biased = self.as_float(code, sum);
        let offset = self.literal(code, self.integer_threshold() + self.bias);
        code.ins().fsub(biased, offset)
    }

    /// The stored significand under the exponent of 1.
    fn significand(&self, code: &mut FunctionBuilder<'_>, a: Ir) -> Ir {
        let bits = self.as_integer(code, a);
        let fraction = (1 << self.significand_bits) - 1;
        let fraction = self.vector(code, self.integer, |_| fraction);
        let kept = code.ins().band(bits, fraction);
        let one = self.literal(code, 1.0);
        let one = self.as_integer(code, one);
        let sum = code.ins().bor(kept, one);
        self.as_float(code, sum)
    }
}
