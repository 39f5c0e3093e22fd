//! Typed expressions back to text of the equation language, with derived fields put in: for `check`, for labels in
//! emitted code and for tests. Reading the text again gives the same expression.

use super::Model;
use super::expr::{Binary, Draw, Expr, Node, Operator, Total, Unary};

impl Model {
    /// An expression as text.
    pub fn show(&self, expr: Expr) -> String {
        self.bound(expr, 0)
    }

    /// The name of the field, map or parameter behind an expression is looked up in the model. `weakest` is the
    /// binding strength below which parentheses are needed.
    fn bound(&self, expr: Expr, weakest: u8) -> String {
        let (text, strength) = self.text(expr);
        if strength < weakest { format!("({text})") } else { text }
    }

    fn text(&self, expr: Expr) -> (String, u8) {
        const ATOM: u8 = 9;
        let call = |name: &str, arguments: &[Expr]| {
            let arguments: Vec<_> = arguments.iter().map(|&argument| self.show(argument)).collect();
            (format!("{name}({})", arguments.join(", ")), ATOM)
        };
        let infix = |a: Expr, sign: &str, b: Expr, strength: u8| {
            (format!("{} {sign} {}", self.bound(a, strength), self.bound(b, strength + 1)), strength)
        };
        match self.arena.node(expr) {
            Node::Literal(value) if *value == std::f64::consts::PI => ("pi".into(), ATOM),
            Node::Literal(value) if *value < 0.0 => (number(*value), 6),
            Node::Literal(value) => (number(*value), ATOM),
            Node::ImaginaryUnit => ("i".into(), ATOM),
            Node::Parameter(index) => (self.parameters[*index as usize].name.clone(), ATOM),
            Node::Time => ("t".into(), ATOM),
            Node::Coordinate(axis) => (axis.name().into(), ATOM),
            Node::Field(index) => (self.fields[*index as usize].name.clone(), ATOM),
            Node::Map(index) => (self.maps[*index as usize].name.clone(), ATOM),
            Node::Unary(Unary::Neg, a) => (format!("-{}", self.bound(*a, 6)), 6),
            Node::Unary(Unary::Not, a) => (format!("!{}", self.bound(*a, 6)), 6),
            Node::Unary(unary, a) => call(unary_name(*unary), &[*a]),
            Node::Binary(Binary::Add, a, b) => infix(*a, "+", *b, 4),
            Node::Binary(Binary::Sub, a, b) => infix(*a, "-", *b, 4),
            Node::Binary(Binary::Mul, a, b) => (format!("{}*{}", self.bound(*a, 5), self.bound(*b, 6)), 5),
            Node::Binary(Binary::Div, a, b) => (format!("{}/{}", self.bound(*a, 5), self.bound(*b, 6)), 5),
            Node::Binary(Binary::Less, a, b) => (format!("{} < {}", self.bound(*a, 4), self.bound(*b, 4)), 3),
            Node::Binary(Binary::LessEqual, a, b) => (format!("{} <= {}", self.bound(*a, 4), self.bound(*b, 4)), 3),
            Node::Binary(Binary::Equal, a, b) => (format!("{} == {}", self.bound(*a, 4), self.bound(*b, 4)), 3),
            Node::Binary(Binary::And, a, b) => infix(*a, "&&", *b, 2),
            Node::Binary(Binary::Or, a, b) => infix(*a, "||", *b, 1),
            Node::Binary(Binary::Pow, a, b) => call("pow", &[*a, *b]),
            Node::Binary(Binary::Atan2, a, b) => call("atan2", &[*a, *b]),
            Node::Binary(Binary::Min, a, b) => call("min", &[*a, *b]),
            Node::Binary(Binary::Max, a, b) => call("max", &[*a, *b]),
            Node::Power(a, exponent) => (format!("{}^{exponent}", self.bound(*a, 8)), 7),
            Node::Select(c, a, b) => call("select", &[*c, *a, *b]),
            Node::Components(all) => call("link", all),
            Node::Operator(operator, all) => call(operator_name(*operator), self.written(*operator, all)),
            Node::Total(total, a) => match self.counted(*total, *a) {
                Some((u, theta)) if self.arena.is_zero(theta) => call("defects", &[u]),
                Some((u, theta)) => call("defects", &[u, theta]),
                None => call(total_name(*total), &[*a]),
            },
            Node::Draw(draw, _) => call(draw_name(*draw), &[]),
        }
    }

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
