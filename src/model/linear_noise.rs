//! Noise enters an equation linearly: `a(u) + b(u) * noise()`. In: a typed right-hand side. Out: whether it does;
//! if not, a diagnostic that says where it may stand.

use super::check::Checker;
use super::expr::{Binary, Expr, Node, Unary};
use crate::diagnostic::Diagnostic;
use crate::seed::{Noise, Scheme, Seed, Text};

/// Whether the noise in an equation is well posed; reports it if not.
pub(super) fn check(expr: Expr, text: &Text, seed: &Seed, checker: &mut Checker) -> bool {
    if !checker.arena.draws(expr) {
        return true;
    }
    let scheme = seed.time.scheme;
    let complaint = if !linear(expr, checker) {
        Some((
            "noise must enter linearly",
            "write it as a term `b*noise()`, outside of functions, powers, divisors, conditions and operators",
        ))
    } else if scheme.value == Scheme::Euler && seed.time.noise.value == Noise::Stratonovich {
        Some((
            "`noise = \"stratonovich\"` needs a second stage, which euler does not have",
            "use `scheme = \"heun\"`, or leave `noise` out (Ito)",
        ))
    } else if !matches!(scheme.value, Scheme::Euler | Scheme::Heun) {
        Some(("this scheme has no meaning with noise", "use `scheme = \"heun\"` or `\"euler\"`"))
    } else {
        None
    };
    if let Some((message, note)) = complaint {
        checker.diagnostics.push(Diagnostic::error(message).at(text.span, "").note(note));
    }
    complaint.is_none()
}

/// Whether an expression is a + b n with a, b free of the noise n, built pointwise.
fn linear(expr: Expr, checker: &Checker) -> bool {
    let arena = &checker.arena;
    let free = |e: Expr| !arena.draws(e);
    if free(expr) {
        return true; // and not followed further: derived fields can share parts without end
    }
    match *arena.node(expr) {
        Node::Draw(..) => true,
        Node::Binary(Binary::Add | Binary::Sub, a, b) => linear(a, checker) && linear(b, checker),
        Node::Binary(Binary::Mul, a, b) => (free(a) && linear(b, checker)) || (free(b) && linear(a, checker)),
        Node::Binary(Binary::Div, a, b) => linear(a, checker) && free(b),
        Node::Unary(Unary::Neg | Unary::Re | Unary::Im | Unary::Conj, a) => linear(a, checker),
        Node::Select(c, a, b) => free(c) && linear(a, checker) && linear(b, checker),
        Node::Components(ref all) => all.iter().all(|&component| linear(component, checker)),
        Node::Power(a, 1) => linear(a, checker),
        _ => false,
    }
}
