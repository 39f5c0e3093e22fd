//! The symbol of a field's linear terms, at many wavevectors.
//!
//! In: terms that [`crate::model::split()`] found linear, the parameters. Out: a function of the wavevector, given as the
//! *turns* `e^{i k_a h_a} - 1` from a cell to its upper neighbour along each axis. Invariant: it is the stencils' symbol,
//! the diagonal of [`super::Linearization::matrix`]; in the turns small wavenumbers lose no digit to cancellation.

use super::Base;
use super::evaluate::{Evaluator, order};
use crate::grid::{Axis, Grid};
use crate::math::complex::Complex;
use crate::math::elementary::scalar64;
use crate::math::fft::root_of_unity;
use crate::model::{Binary, Expr, FieldSplit, Model, Node, Number, Operator, Term, Unary};
use crate::seed::Stencil;

/// `e^{i k_a h_a} - 1` per axis; 0 along axes that the grid does not have.
pub type Turns = [Complex; 3];

/// What the linear terms multiply a Fourier mode by.
#[derive(Clone, Debug)]
pub struct Symbol {
    grid: Grid,
    nine: bool,
    terms: Vec<(bool, Part)>,
    real: bool,
}

impl FieldSplit {
    /// The sum of the linear terms' symbols: the field's coefficient of `e^{i k x}` is multiplied by it. Of a real
    /// field, even operators are real and odd ones imaginary.
    pub fn symbol(&self, model: &Model, parameters: &[f64]) -> Symbol {
        Symbol::new(model, &self.linear, parameters)
    }
}

/// An operator applied to the field.
#[derive(Clone, Debug)]
enum Part {
    Field,
    Scaled(Complex, Box<Part>),
    Sum(Box<Part>, Box<Part>),
    Laplacian(Box<Part>),
    Grad(Box<Part>),
    Div(Box<Part>),
    Derivative(Axis, Box<Part>),
    AtCells(Box<Part>),
}

/// A mode of a cell value (the first), or of a link value (one per axis).
type Mode = [Complex; 3];

impl Symbol {
    fn new(model: &Model, terms: &[Term], parameters: &[f64]) -> Self {
        let base = Base { parameters: parameters.to_vec(), ..Base::rest(model) };
        let order = order(model, terms.iter().map(|term| term.expr));
        let reader = Reader { model, constants: Evaluator::new(model, &base, [0.0; 3], &order) };
        Self {
            grid: model.grid.clone(),
            nine: model.stencil == Stencil::Nine && model.grid.axes() == 2,
            terms: terms.iter().map(|term| (term.negative, reader.part(term.expr))).collect(),
            real: terms.iter().all(|term| is_real(model, term.expr)),
        }
    }

    /// Whether it is real for all values of the parameters.
    pub fn is_real(&self) -> bool {
        self.real
    }

    /// At a wavevector in radians per unit of length.
    pub fn at(&self, k: [f64; 3]) -> Complex {
        let mut turns = [Complex::ZERO; 3];
        for &axis in self.grid.axis_list() {
            let (sin, cos) = scalar64::sin_cos(0.5 * k[axis.index()] * self.grid.spacing(axis));
            turns[axis.index()] = turn(sin, cos);
        }
        self.of(&turns)
    }

    /// At a wavevector given by its turns.
    pub fn of(&self, turns: &Turns) -> Complex {
        let wave = Wave { grid: &self.grid, laplacian: self.laplacian(turns), turns };
        self.terms.iter().fold(Complex::ZERO, |sum, (negative, part)| {
            let [mode, ..] = wave.mode(part);
            if *negative { sum - mode } else { sum + mode }
        })
    }

    /// With `C_a = cos(k_a h_a) - 1`: `sum 2 C_a / h_a^2`, with 9 points `(2 (C_x + C_y) + 2/3 C_x C_y) / h^2`.
    fn laplacian(&self, turns: &Turns) -> f64 {
        let inverse_square = |axis: Axis| 1.0 / (self.grid.spacing(axis) * self.grid.spacing(axis));
        let axes = self.grid.axis_list().iter();
        let sum: f64 = axes.map(|&axis| 2.0 * turns[axis.index()].re * inverse_square(axis)).sum();
        let corners = 2.0 / 3.0 * turns[0].re * turns[1].re * inverse_square(Axis::X);
        if self.nine { sum + corners } else { sum }
    }
}

/// The turns of the modes of a periodic axis of n cells, in the order of a Fourier transform: k = 0, 1, ..., -2, -1
/// times `2 pi / n h`. That of the shortest wave of an even number of cells is real.
pub fn mode_turns(n: usize) -> Vec<Complex> {
    let mode = |m: usize| {
        // Half of the angle 2 pi m / n.
        let [cos, minus_sin] = root_of_unity(m.min(n - m), 2 * n);
        turn(if 2 * m <= n { -minus_sin } else { minus_sin }, cos)
    };
    (0..n).map(mode).collect()
}

/// `e^{i angle} - 1` by sine and cosine of half the angle.
fn turn(sin: f64, cos: f64) -> Complex {
    Complex::new(-2.0 * sin * sin, 2.0 * sin * cos)
}

struct Reader<'m> {
    model: &'m Model,
    constants: Evaluator<'m>,
}

impl Reader<'_> {
    /// Of an expression that `split` has found to be linear.
    fn part(&self, expr: Expr) -> Part {
        let inner = |expr: Expr| Box::new(self.part(expr));
        let scaled = |factor: Complex, expr: Expr| Part::Scaled(factor, inner(expr));
        match *self.model.arena.node(expr) {
            Node::Field(_) => Part::Field,
            Node::Unary(Unary::Neg, a) => scaled(Complex::from(-1.0), a),
            Node::Binary(Binary::Add, a, b) => Part::Sum(inner(a), inner(b)),
            Node::Binary(Binary::Sub, a, b) => {
                Part::Sum(inner(a), Box::new(Part::Scaled(Complex::from(-1.0), inner(b))))
            }
            Node::Binary(Binary::Mul, a, b) if self.has_field(a) => scaled(self.constant(b), a),
            Node::Binary(Binary::Mul, a, b) => scaled(self.constant(a), b),
            Node::Binary(Binary::Div, a, b) => scaled(Complex::ONE / self.constant(b), a),
            Node::Power(a, 1) => self.part(a),
            Node::Operator(operator, ref all) => match operator {
                Operator::Laplacian => Part::Laplacian(inner(all[0])),
                Operator::DivGrad => Part::Scaled(self.constant(all[0]), Box::new(Part::Laplacian(inner(all[1])))),
                Operator::Grad => Part::Grad(inner(all[0])),
                Operator::Div => Part::Div(inner(all[0])),
                Operator::Derivative(axis) => Part::Derivative(axis, inner(all[0])),
                Operator::AtCells => Part::AtCells(inner(all[0])),
                _ => unreachable!("not a linear term"),
            },
            _ => unreachable!("not a linear term"),
        }
    }

    fn has_field(&self, expr: Expr) -> bool {
        self.model.arena.any(expr, &|node| matches!(node, Node::Field(_)))
    }

    fn constant(&self, expr: Expr) -> Complex {
        let (re, im) = self.constants.component(expr, 0).parts();
        Complex::new(re.value, im.value)
    }
}

/// Neither a complex number nor an odd operator in it.
fn is_real(model: &Model, expr: Expr) -> bool {
    let odd = |node: &Node| match node {
        Node::ImaginaryUnit => true,
        Node::Operator(operator, _) => !matches!(operator, Operator::Laplacian | Operator::DivGrad),
        _ => false,
    };
    let complex_constant = |node: &Node| match *node {
        Node::Binary(_, a, b) => [a, b].into_iter().any(|side| {
            let constant = !model.arena.any(side, &|node| matches!(node, Node::Field(_)));
            constant && model.arena.ty(side).number == Number::Complex
        }),
        _ => false,
    };
    !model.arena.any(expr, &|node| odd(node) || complex_constant(node))
}

/// One wavevector.
struct Wave<'w> {
    grid: &'w Grid,
    turns: &'w Turns,
    laplacian: f64,
}

impl Wave<'_> {
    /// What an operator makes of the field's mode 1.
    fn mode(&self, part: &Part) -> Mode {
        match part {
            Part::Field => [Complex::ONE; 3],
            Part::Scaled(factor, u) => self.mode(u).map(|mode| *factor * mode),
            Part::Sum(a, b) => {
                let (a, b) = (self.mode(a), self.mode(b));
                std::array::from_fn(|axis| a[axis] + b[axis])
            }
            Part::Laplacian(u) => cell(self.mode(u)[0].scale(self.laplacian)),
            // (u[i+a] - u[i]) / h_a
            Part::Grad(u) => {
                let [mode, ..] = self.mode(u);
                let mut link = [Complex::ZERO; 3];
                for &axis in self.grid.axis_list() {
                    link[axis.index()] = (mode * self.turns[axis.index()]).scale(1.0 / self.grid.spacing(axis));
                }
                link
            }
            // sum (v.a[i] - v.a[i-a]) / h_a
            Part::Div(v) => {
                let link = self.mode(v);
                cell(self.sum(|axis| {
                    let back = self.turns[axis.index()].conj();
                    (link[axis.index()] * back).scale(-1.0 / self.grid.spacing(axis))
                }))
            }
            // (u[i+a] - u[i-a]) / 2 h_a
            Part::Derivative(axis, u) => {
                let sin = self.turns[axis.index()].im;
                cell(self.mode(u)[0] * Complex::new(0.0, sin / self.grid.spacing(*axis)))
            }
            // The mean of v.a[i] and v.a[i-a] over all a.
            Part::AtCells(v) => {
                let link = self.mode(v);
                let sum = self.sum(|axis| link[axis.index()] * (Complex::from(2.0) + self.turns[axis.index()].conj()));
                #[expect(clippy::cast_precision_loss, reason = "at most six")]
                let count = (2 * self.grid.axes()) as f64;
                cell(sum.scale(1.0 / count))
            }
        }
    }

    fn sum(&self, term: impl Fn(Axis) -> Complex) -> Complex {
        self.grid.axis_list().iter().fold(Complex::ZERO, |sum, &axis| sum + term(axis))
    }
}

fn cell(mode: Complex) -> Mode {
    [mode; 3]
}
