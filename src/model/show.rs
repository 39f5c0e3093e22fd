//! Typed expressions back to text of the equation language, with derived fields put in: for `check`, for labels in
//! emitted code and for tests. Reading the text again gives the same expression. Derived fields of derived fields can
//! double the text each time, so it is cut off at a length, with an ellipsis.

use super::Model;
use super::expr::{Binary, Draw, Expr, Node, Operator, Total, Unary};

/// Bytes after which a text is cut off.
const LONGEST: usize = 20_000;
/// The same for labels and names.
const LABEL: usize = 100;

/// Binding strength of what never needs parentheses.
const ATOM: u8 = 9;
/// That of a sign before its operand.
const SIGN: u8 = 6;

impl Model {
    /// An expression as text.
    pub fn show(&self, expr: Expr) -> String {
        self.shortened(expr, LONGEST)
    }

    /// An expression as text that fits on a line.
    pub fn label(&self, expr: Expr) -> String {
        self.shortened(expr, LABEL)
    }

    fn shortened(&self, expr: Expr, limit: usize) -> String {
        let mut writer = Writer { model: self, text: String::new(), limit };
        writer.bound(expr, 0);
        let Writer { mut text, .. } = writer;
        if text.len() > limit {
            text.truncate(text.floor_char_boundary(limit));
            text.push('\u{2026}');
        }
        text
    }
}

/// Writes one expression until the limit is passed.
struct Writer<'a> {
    model: &'a Model,
    text: String,
    limit: usize,
}

impl Writer<'_> {
    /// `weakest` is the binding strength below which parentheses are needed.
    fn bound(&mut self, expr: Expr, weakest: u8) {
        if self.text.len() > self.limit {
            return;
        }
        let parentheses = strength(self.model.arena.node(expr)) < weakest;
        if parentheses {
            self.text.push('(');
        }
        self.write(expr);
        if parentheses {
            self.text.push(')');
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) {
        self.text.push_str(name);
        self.text.push('(');
        for (position, &argument) in arguments.iter().enumerate() {
            self.text.push_str(if position > 0 { ", " } else { "" });
            self.bound(argument, 0);
        }
        self.text.push(')');
    }

    fn infix(&mut self, a: (Expr, u8), sign: &str, b: (Expr, u8)) {
        self.bound(a.0, a.1);
        self.text.push_str(sign);
        self.bound(b.0, b.1);
    }

    fn write(&mut self, expr: Expr) {
        let model = self.model;
        let name: &str = match model.arena.node(expr) {
            Node::Literal(value) if *value == std::f64::consts::PI => "pi",
            Node::Literal(value) => &number(*value),
            Node::ImaginaryUnit => "i",
            Node::Parameter(index) => &model.parameters[*index as usize].name,
            Node::Time => "t",
            Node::Coordinate(axis) => axis.name(),
            Node::Field(index) => &model.fields[*index as usize].name,
            Node::Map(index) => &model.maps[*index as usize].name,
            Node::Unary(unary @ (Unary::Neg | Unary::Not), a) => {
                self.text.push_str(unary_name(*unary));
                return self.bound(*a, SIGN);
            }
            Node::Unary(unary, a) => return self.call(unary_name(*unary), &[*a]),
            Node::Binary(binary, a, b) => return self.binary(*binary, *a, *b),
            Node::Power(a, exponent) => {
                self.bound(*a, 8);
                &format!("^{exponent}")
            }
            Node::Select(c, a, b) => return self.call("select", &[*c, *a, *b]),
            Node::Components(all) => return self.call("link", all),
            Node::Operator(operator, all) => return self.call(operator_name(*operator), model.written(*operator, all)),
            Node::Total(total, a) => {
                return match model.counted(*total, *a) {
                    Some((u, theta)) if model.arena.is_zero(theta) => self.call("defects", &[u]),
                    Some((u, theta)) => self.call("defects", &[u, theta]),
                    None => self.call(total_name(*total), &[*a]),
                };
            }
            Node::Draw(draw, _) => return self.call(draw_name(*draw), &[]),
            Node::Lyapunov => "lyapunov()",
        };
        self.text.push_str(name);
    }

    fn binary(&mut self, binary: Binary, a: Expr, b: Expr) {
        match binary {
            Binary::Add => self.infix((a, 4), " + ", (b, 5)),
            Binary::Sub => self.infix((a, 4), " - ", (b, 5)),
            Binary::Mul => self.infix((a, 5), "*", (b, 6)),
            Binary::Div => self.infix((a, 5), "/", (b, 6)),
            Binary::Less => self.infix((a, 4), " < ", (b, 4)),
            Binary::LessEqual => self.infix((a, 4), " <= ", (b, 4)),
            Binary::Equal => self.infix((a, 4), " == ", (b, 4)),
            Binary::And => self.infix((a, 2), " && ", (b, 3)),
            Binary::Or => self.infix((a, 1), " || ", (b, 2)),
            Binary::Pow => self.call("pow", &[a, b]),
            Binary::Atan2 => self.call("atan2", &[a, b]),
            Binary::Min => self.call("min", &[a, b]),
            Binary::Max => self.call("max", &[a, b]),
        }
    }
}

/// How tightly a node binds as text; see `parse`.
fn strength(node: &Node) -> u8 {
    match node {
        Node::Literal(value) if value.is_sign_negative() => SIGN,
        Node::Unary(Unary::Neg | Unary::Not, _) => SIGN,
        Node::Binary(Binary::Or, ..) => 1,
        Node::Binary(Binary::And, ..) => 2,
        Node::Binary(Binary::Less | Binary::LessEqual | Binary::Equal, ..) => 3,
        Node::Binary(Binary::Add | Binary::Sub, ..) => 4,
        Node::Binary(Binary::Mul | Binary::Div, ..) => 5,
        Node::Power(..) => 7,
        _ => ATOM,
    }
}

impl Model {
    /// The arguments that were written: absent frames are the literal 0, an absent D the literal 1.
    fn written<'a>(&self, operator: Operator, all: &'a [Expr]) -> &'a [Expr] {
        let absent = match operator {
            Operator::Laplacian | Operator::DivGrad | Operator::Winding => {
                usize::from(self.arena.is_zero(all[all.len() - 1]))
            }
            Operator::Tension | Operator::Current => match (self.arena.is_zero(all[1]), self.arena.is_one(all[2])) {
                (true, true) => 2,
                (false, true) => 1,
                _ => 0,
            },
            Operator::Curvature
            | Operator::Cocurl
            | Operator::Grad
            | Operator::Div
            | Operator::Curl
            | Operator::Derivative(_)
            | Operator::AtCells => 0,
        };
        &all[..all.len() - absent]
    }

    /// The arguments of `defects(u, theta)`, if a sum is one.
    fn counted(&self, total: Total, a: Expr) -> Option<(Expr, Expr)> {
        let Node::Select(condition, ..) = self.arena.node(a) else { return None };
        let Node::Binary(Binary::Equal, winding, _) = self.arena.node(*condition) else { return None };
        match self.arena.node(*winding) {
            Node::Operator(Operator::Winding, all) if total == Total::Sum => Some((all[0], all[1])),
            _ => None,
        }
    }
}

fn number(value: f64) -> String {
    let plain = value.to_string();
    let scientific = format!("{value:e}");
    if scientific.len() < plain.len() { scientific } else { plain }
}

fn unary_name(unary: Unary) -> &'static str {
    match unary {
        Unary::Neg => "-",
        Unary::Not => "!",
        Unary::Re => "re",
        Unary::Im => "im",
        Unary::Abs => "abs",
        Unary::Abs2 => "abs2",
        Unary::Arg => "arg",
        Unary::Conj => "conj",
        Unary::Exp => "exp",
        Unary::Log => "log",
        Unary::Sqrt => "sqrt",
        Unary::Sin => "sin",
        Unary::Cos => "cos",
        Unary::Tan => "tan",
        Unary::Sinh => "sinh",
        Unary::Cosh => "cosh",
        Unary::Tanh => "tanh",
        Unary::Floor => "floor",
        Unary::Sign => "sign",
        Unary::Step => "step",
    }
}

fn operator_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Laplacian => "laplacian",
        Operator::DivGrad => "div_grad",
        Operator::Tension => "tension",
        Operator::Current => "current",
        Operator::Curvature => "curvature",
        Operator::Cocurl => "cocurl",
        Operator::Grad => "grad",
        Operator::Div => "div",
        Operator::Curl => "curl",
        Operator::Derivative(axis) => ["dx", "dy", "dz"][axis.index()],
        Operator::AtCells => "at_cells",
        Operator::Winding => "winding",
    }
}

fn total_name(total: Total) -> &'static str {
    match total {
        Total::Mean => "mean",
        Total::Sum => "sum",
        Total::Min => "min_of",
        Total::Max => "max_of",
        Total::Std => "std",
    }
}

fn draw_name(draw: Draw) -> &'static str {
    match draw {
        Draw::Normal => "normal",
        Draw::Uniform => "uniform",
        Draw::Noise => "noise",
    }
}
