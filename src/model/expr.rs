//! Typed expressions, continuous: no spacing, no step. In: nodes from `check`. Out: an arena in which equal
//! expressions have one handle.
//!
//! Invariants: arguments precede the node that uses them; every node has a [`Type`]; derived fields are inlined.

use std::collections::HashMap;

use crate::field::Kind;
use crate::grid::Axis;

/// Position of an expression in its [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expr(pub u32);

/// Whether a value is real, complex or a truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Number {
    /// The outcome of a comparison.
    Truth,
    /// A real number.
    Real,
    /// A complex number.
    Complex,
}

/// Where a value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The same everywhere.
    Uniform,
    /// A function of position: evaluated where it is used (cell centre, edge midpoint or plaquette centre).
    Anywhere,
    /// One value per cell.
    Cell,
    /// One value per edge.
    Link,
    /// One value per plaquette.
    Face,
}

impl Place {
    /// Where a pointwise function of two values lives; `None` if they don't meet.
    pub fn meet(self, other: Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Self::Uniform, b) => Some(b),
            (a, Self::Uniform) => Some(a),
            (Self::Anywhere, b) => Some(b),
            (a, Self::Anywhere) => Some(a),
            _ => None,
        }
    }

    /// The word used in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "a number",
            Self::Anywhere => "a function of position",
            Self::Cell => "a cell value",
            Self::Link => "a link value",
            Self::Face => "a face value",
        }
    }
}

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    /// Real, complex or truth.
    pub number: Number,
    /// Cell, link, face, or the same everywhere.
    pub place: Place,
}

impl From<Kind> for Type {
    /// The type of a field or map of that kind.
    fn from(kind: Kind) -> Self {
        let number = if kind == Kind::Complex { Number::Complex } else { Number::Real };
        let place = match kind {
            Kind::Real | Kind::Complex => Place::Cell,
            Kind::Link => Place::Link,
            Kind::Face => Place::Face,
        };
        Self { number, place }
    }
}

/// A function of one argument that acts point by point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-a`
    Neg,
    /// `!a`
    Not,
    /// Real part.
    Re,
    /// Imaginary part.
    Im,
    /// Absolute value.
    Abs,
    /// Its square.
    Abs2,
    /// Argument in (-pi, pi].
    Arg,
    /// Complex conjugate.
    Conj,
    /// Exponential.
    Exp,
    /// Natural logarithm.
    Log,
    /// Square root (principal).
    Sqrt,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Tangent.
    Tan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// Largest integer not above.
    Floor,
    /// -1, 0 or 1.
    Sign,
    /// 1 for `a >= 0`, else 0.
    Step,
}

/// A function of two arguments that acts point by point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a^b`, a real and positive.
    Pow,
    /// The angle of (b, a).
    Atan2,
    /// Smaller of two.
    Min,
    /// Larger of two.
    Max,
    /// `a < b`
    Less,
    /// `a <= b`
    LessEqual,
    /// `a == b`
    Equal,
    /// `a && b`
    And,
    /// `a || b`
    Or,
}

/// A differential operator of design.md's table. Optional arguments that were left out are absent: `theta` as the
/// literal 0, `D` as the literal 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `laplacian(u, theta)`
    Laplacian,
    /// `div_grad(D, u, theta)`
    DivGrad,
    /// `tension(u, theta, D)`
    Tension,
    /// `current(u, theta, D)`
    Current,
    /// `curvature(theta)`
    Curvature,
    /// `cocurl(f)`
    Cocurl,
    /// `grad(u)`
    Grad,
    /// `div(v)`
    Div,
    /// `curl(v)`
    Curl,
    /// `dx(u)`, `dy(u)`, `dz(u)`
    Derivative(Axis),
    /// `at_cells(f)`
    AtCells,
    /// The integer winding of each plaquette, as a face value: `defects(u, theta)` counts where it is not 0.
    Winding,
}

/// How a value is combined over the whole domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Total {
    /// `mean(a)`
    Mean,
    /// `sum(a)`
    Sum,
    /// `min_of(a)`
    Min,
    /// `max_of(a)`
    Max,
    /// `std(a)`
    Std,
}

/// What a random number is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Draw {
    /// `normal()`: mean 0, variance 1.
    Normal,
    /// `uniform()`: in (0, 1).
    Uniform,
    /// `noise()`: white in space and time.
    Noise,
}

/// One expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A real literal.
    Literal(f64),
    /// The imaginary unit.
    ImaginaryUnit,
    /// A parameter, by position.
    Parameter(u32),
    /// Time.
    Time,
    /// A coordinate.
    Coordinate(Axis),
    /// A field, by position.
    Field(u32),
    /// A map, by position.
    Map(u32),
    /// A function of one argument.
    Unary(Unary, Expr),
    /// A function of two arguments.
    Binary(Binary, Expr, Expr),
    /// A constant integer power: repeated multiplication.
    Power(Expr, i32),
    /// `select(condition, if_true, if_false)`
    Select(Expr, Expr, Expr),
    /// `link(a, b[, c])`: one expression per axis.
    Components(Vec<Expr>),
    /// A differential operator.
    Operator(Operator, Vec<Expr>),
    /// A reduction.
    Total(Total, Expr),
    /// A random number; each one written has its own stream.
    Draw(Draw, u32),
    /// The largest Lyapunov exponent as far as it is known, given from outside.
    Lyapunov,
}

/// A node and what is known of it.
#[derive(Clone, Debug)]
struct Entry {
    node: Node,
    ty: Type,
    depth: u32,
    draws: bool,
}

/// All expressions of a model.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    nodes: Vec<Entry>,
    /// Look-up only: never iterated.
    known: HashMap<String, Expr>,
}

impl Arena {
    /// The handle of a node; equal nodes share one.
    pub fn add(&mut self, node: Node, ty: Type) -> Expr {
        let key = match &node {
            // Debug prints a float so that it can be read back, but not the sign of a zero apart from it.
            Node::Literal(value) => format!("{:x}", value.to_bits()),
            other => format!("{other:?}"),
        };
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let arguments = self.arguments_of(&node);
        let depth = 1 + arguments.iter().map(|&argument| self.depth(argument)).max().unwrap_or(0);
        let draws = matches!(node, Node::Draw(..)) || arguments.iter().any(|&argument| self.draws(argument));
        let expr = Expr(u32::try_from(self.nodes.len()).expect("fewer than 2^32 expressions"));
        self.nodes.push(Entry { node, ty, depth, draws });
        self.known.insert(key, expr);
        expr
    }

    /// A real literal.
    pub fn literal(&mut self, value: f64) -> Expr {
        self.add(Node::Literal(value), Type { number: Number::Real, place: Place::Uniform })
    }

    /// The node behind a handle.
    pub fn node(&self, expr: Expr) -> &Node {
        &self.nodes[expr.0 as usize].node
    }

    /// The type of an expression.
    pub fn ty(&self, expr: Expr) -> Type {
        self.nodes[expr.0 as usize].ty
    }

    /// Nesting depth.
    pub fn depth(&self, expr: Expr) -> u32 {
        self.nodes[expr.0 as usize].depth
    }

    /// Number of expressions.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether an expression is the literal 0: an absent `theta`, or an equation that does nothing.
    pub fn is_zero(&self, expr: Expr) -> bool {
        matches!(self.node(expr), Node::Literal(value) if *value == 0.0)
    }

    /// Whether an expression is the literal 1: an absent `D`.
    pub fn is_one(&self, expr: Expr) -> bool {
        matches!(self.node(expr), Node::Literal(1.0))
    }

    /// The direct arguments.
    pub fn arguments(&self, expr: Expr) -> Vec<Expr> {
        self.arguments_of(self.node(expr))
    }

    fn arguments_of(&self, node: &Node) -> Vec<Expr> {
        match node {
            Node::Literal(_)
            | Node::ImaginaryUnit
            | Node::Parameter(_)
            | Node::Time
            | Node::Coordinate(_)
            | Node::Field(_)
            | Node::Map(_)
            | Node::Draw(..)
            | Node::Lyapunov => vec![],
            Node::Unary(_, a) | Node::Power(a, _) | Node::Total(_, a) => vec![*a],
            Node::Binary(_, a, b) => vec![*a, *b],
            Node::Select(c, a, b) => vec![*c, *a, *b],
            Node::Components(all) | Node::Operator(_, all) => all.clone(),
        }
    }

    /// Whether a predicate holds for an expression or anything inside it.
    pub fn any(&self, expr: Expr, predicate: &dyn Fn(&Node) -> bool) -> bool {
        let mut seen = vec![false; expr.0 as usize + 1];
        let mut open = vec![expr];
        while let Some(next) = open.pop() {
            if std::mem::replace(&mut seen[next.0 as usize], true) {
                continue;
            }
            if predicate(self.node(next)) {
                return true;
            }
            open.extend(self.arguments(next));
        }
        false
    }

    /// Whether an expression has a random number inside.
    pub fn draws(&self, expr: Expr) -> bool {
        self.nodes[expr.0 as usize].draws
    }

    /// Whether an expression changes with time, through `t` alone.
    pub fn uses_time(&self, expr: Expr) -> bool {
        self.any(expr, &|node| matches!(node, Node::Time))
    }
}
