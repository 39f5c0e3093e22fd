//! Every function name of the equation language, with its number of arguments and its meaning in a few words.

use super::expr::{Binary, Draw, Operator, Total, Unary};
use crate::grid::Axis;

/// What a name followed by parentheses stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Unary(Unary),
    Binary(Binary),
    Clamp,
    Select,
    Link,
    Operator(Operator),
    Defects,
    Total(Total),
    Draw(Draw),
    Nudge,
    Distance,
    Lyapunov,
}

/// One row of the table: name, meaning, smallest and largest number of arguments, usage.
pub(super) type Row = (&'static str, Function, usize, usize, &'static str);

/// The table of functions.
pub(super) const FUNCTIONS: &[Row] = &[
    ("re", Function::Unary(Unary::Re), 1, 1, "re(a)"),
    ("im", Function::Unary(Unary::Im), 1, 1, "im(a)"),
    ("abs", Function::Unary(Unary::Abs), 1, 1, "abs(a)"),
    ("abs2", Function::Unary(Unary::Abs2), 1, 1, "abs2(a)"),
    ("arg", Function::Unary(Unary::Arg), 1, 1, "arg(a)"),
    ("conj", Function::Unary(Unary::Conj), 1, 1, "conj(a)"),
    ("exp", Function::Unary(Unary::Exp), 1, 1, "exp(a)"),
    ("log", Function::Unary(Unary::Log), 1, 1, "log(a)"),
    ("sqrt", Function::Unary(Unary::Sqrt), 1, 1, "sqrt(a)"),
    ("sin", Function::Unary(Unary::Sin), 1, 1, "sin(a)"),
    ("cos", Function::Unary(Unary::Cos), 1, 1, "cos(a)"),
    ("tan", Function::Unary(Unary::Tan), 1, 1, "tan(a)"),
    ("sinh", Function::Unary(Unary::Sinh), 1, 1, "sinh(a)"),
    ("cosh", Function::Unary(Unary::Cosh), 1, 1, "cosh(a)"),
    ("tanh", Function::Unary(Unary::Tanh), 1, 1, "tanh(a)"),
    ("floor", Function::Unary(Unary::Floor), 1, 1, "floor(a)"),
    ("sign", Function::Unary(Unary::Sign), 1, 1, "sign(a)"),
    ("step", Function::Unary(Unary::Step), 1, 1, "step(a)"),
    ("atan2", Function::Binary(Binary::Atan2), 2, 2, "atan2(y, x)"),
    ("min", Function::Binary(Binary::Min), 2, 2, "min(a, b)"),
    ("max", Function::Binary(Binary::Max), 2, 2, "max(a, b)"),
    ("pow", Function::Binary(Binary::Pow), 2, 2, "pow(base, exponent)"),
    ("clamp", Function::Clamp, 3, 3, "clamp(x, lo, hi)"),
    ("select", Function::Select, 3, 3, "select(condition, if_true, if_false)"),
    ("link", Function::Link, 1, 3, "link(a, b), one expression per axis"),
    ("laplacian", Function::Operator(Operator::Laplacian), 1, 2, "laplacian(u) or laplacian(u, theta)"),
    ("div_grad", Function::Operator(Operator::DivGrad), 2, 3, "div_grad(D, u) or div_grad(D, u, theta)"),
    ("tension", Function::Operator(Operator::Tension), 1, 3, "tension(u, theta) or tension(u, theta, D)"),
    ("current", Function::Operator(Operator::Current), 1, 3, "current(u, theta) or current(u, theta, D)"),
    ("curvature", Function::Operator(Operator::Curvature), 1, 1, "curvature(theta)"),
    ("cocurl", Function::Operator(Operator::Cocurl), 1, 1, "cocurl(f)"),
    ("grad", Function::Operator(Operator::Grad), 1, 1, "grad(u)"),
    ("div", Function::Operator(Operator::Div), 1, 1, "div(v)"),
    ("curl", Function::Operator(Operator::Curl), 1, 1, "curl(v)"),
    ("dx", Function::Operator(Operator::Derivative(Axis::X)), 1, 1, "dx(u)"),
    ("dy", Function::Operator(Operator::Derivative(Axis::Y)), 1, 1, "dy(u)"),
    ("dz", Function::Operator(Operator::Derivative(Axis::Z)), 1, 1, "dz(u)"),
    ("at_cells", Function::Operator(Operator::AtCells), 1, 1, "at_cells(f)"),
    ("defects", Function::Defects, 1, 2, "defects(u, theta)"),
    ("mean", Function::Total(Total::Mean), 1, 1, "mean(a)"),
    ("sum", Function::Total(Total::Sum), 1, 1, "sum(a)"),
    ("min_of", Function::Total(Total::Min), 1, 1, "min_of(a)"),
    ("max_of", Function::Total(Total::Max), 1, 1, "max_of(a)"),
    ("std", Function::Total(Total::Std), 1, 1, "std(a)"),
    ("normal", Function::Draw(Draw::Normal), 0, 0, "normal()"),
    ("uniform", Function::Draw(Draw::Uniform), 0, 0, "uniform()"),
    ("noise", Function::Draw(Draw::Noise), 0, 0, "noise()"),
    ("nudge", Function::Nudge, 1, 2, "nudge(A) or nudge(A, theta)"),
    ("distance", Function::Distance, 1, 1, "distance(A)"),
    ("lyapunov", Function::Lyapunov, 0, 0, "lyapunov()"),
];

/// The row of a function name.
pub(super) fn function(name: &str) -> Option<&'static Row> {
    FUNCTIONS.iter().find(|(own, ..)| *own == name)
}

/// Words from other languages, and what they are called here.
pub(super) const SYNONYMS: &[(&str, &str)] = &[
    ("ln", "log"),
    ("lap", "laplacian"),
    ("laplace", "laplacian"),
    ("del2", "laplacian"),
    ("nabla2", "laplacian"),
    ("gradient", "grad"),
    ("divergence", "div"),
    ("rot", "curl"),
    ("average", "mean"),
    ("integral", "sum"),
    ("maximum", "max"),
    ("minimum", "min"),
    ("where", "select"),
    ("if", "select"),
    ("real", "re"),
    ("imag", "im"),
    ("phase", "arg"),
    ("angle", "arg"),
    ("norm", "abs"),
    ("randn", "normal"),
    ("rand", "uniform"),
    ("random", "uniform"),
    ("heaviside", "step"),
    ("conjugate", "conj"),
    ("d_dx", "dx"),
    ("j", "i"),
    ("I", "i"),
    ("time", "t"),
    ("nudging", "nudge"),
    ("lyapunov_exponent", "lyapunov"),
];
