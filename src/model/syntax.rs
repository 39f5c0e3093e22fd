//! The syntax tree of an expression: what was written, before any name has a meaning.

use std::ops::Range;

/// A node of the tree and where it stands in the expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Syntax {
    pub(super) form: Form,
    pub(super) range: Range<usize>,
    /// Height of the tree: 1 for a leaf.
    pub(super) height: u32,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Number(f64),
    Name(String),
    Unary(UnarySign, Box<Syntax>),
    Binary(BinarySign, Box<Syntax>, Box<Syntax>),
    Call { name: String, name_range: Range<usize>, arguments: Vec<Syntax> },
}

/// A sign before an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnarySign {
    Minus,
    Plus,
    Not,
}

/// A sign between operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BinarySign {
    Add,
    Sub,
    Mul,
    Div,
    Power,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl BinarySign {
    /// The sign, how tightly it binds, and whether to the right.
    pub(super) fn of(sign: &str) -> Option<(Self, u8)> {
        Some(match sign {
            "||" => (Self::Or, 1),
            "&&" => (Self::And, 2),
            "<" => (Self::Less, 3),
            "<=" => (Self::LessEqual, 3),
            ">" => (Self::Greater, 3),
            ">=" => (Self::GreaterEqual, 3),
            "==" => (Self::Equal, 3),
            "!=" => (Self::NotEqual, 3),
            "+" => (Self::Add, 4),
            "-" => (Self::Sub, 4),
            "*" => (Self::Mul, 5),
            "/" => (Self::Div, 5),
            "^" => (Self::Power, 7),
            _ => return None,
        })
    }

    pub(super) fn is_comparison(self) -> bool {
        matches!(self, Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual | Self::Equal | Self::NotEqual)
    }
}
