//! The discrete differential operators on plane waves: the same sums over neighbours as `discretize::operators`, with
//! a neighbour's disturbance turned by `e^{i k d}`.
//!
//! In: linearised arguments. Out: linearised values. Invariant: exactly the stencil's symbol, so growth rates are
//! those of the grid (`(2 - 2 cos k h)/h^2` for `k^2`), and exact derivatives by the frames and coefficients too.

use super::dual::Dual;
use super::evaluate::Evaluator;
use super::number::Linearized;
use crate::grid::Axis;
use crate::model::{Expr, Operator, Place};
use crate::seed::Stencil;

type Cells = [i32; 3];

const HERE: Cells = [0; 3];

/// An edge that leaves the cell.
struct Edge {
    to: Cells,
    weight: f64,
    /// The edge's angle is the mean of those of these paths.
    paths: Vec<Vec<Step>>,
}

/// One step along an axis, from a cell.
struct Step {
    from: Cells,
    axis: Axis,
    sign: i32,
}

fn along(cells: Cells, axis: Axis, sign: i32) -> Cells {
    let mut moved = cells;
    moved[axis.index()] += sign;
    moved
}

fn other_axis(axis: Axis) -> Axis {
    if axis == Axis::X { Axis::Y } else { Axis::X }
}

impl Evaluator<'_> {
    pub(super) fn operator(&self, operator: Operator, all: &[Expr]) -> Vec<Linearized> {
        let axes = self.model.grid.axis_list();
        match operator {
            Operator::Laplacian => vec![self.laplacian(None, all[0], all[1])],
            Operator::DivGrad => vec![self.laplacian(Some(all[0]), all[1], all[2])],
            Operator::Tension => vec![self.tension(all[0], all[1], all[2])],
            Operator::Current => axes.iter().map(|&axis| self.current(all[0], all[1], all[2], axis)).collect(),
            Operator::Curvature => self.circulations(all[0], [1.0; 3]),
            Operator::Curl => self.circulations(all[0], axes_lengths(self)),
            Operator::Cocurl => axes.iter().map(|&axis| self.cocurl(all[0], axis)).collect(),
            Operator::Grad => axes.iter().map(|&axis| self.grad(all[0], axis)).collect(),
            Operator::Div => vec![self.div(all[0])],
            Operator::Derivative(axis) => vec![self.derivative(all[0], axis)],
            Operator::AtCells => vec![self.at_cells(all[0])],
            Operator::Winding => vec![Linearized::constant(0.0); self.model.grid.faces()],
        }
    }

    fn at(&self, expr: Expr, component: usize, cells: Cells) -> Linearized {
        self.component(expr, component).turned(self.phase(cells))
    }

    fn nine(&self) -> bool {
        self.model.stencil == Stencil::Nine && self.model.grid.axes() == 2
    }

    fn edges(&self) -> Vec<Edge> {
        let grid = &self.model.grid;
        let mut edges = Vec::new();
        for &axis in grid.axis_list() {
            let weight = grid.spacing(axis).powi(-2) * if self.nine() { 2.0 / 3.0 } else { 1.0 };
            edges.extend([1, -1].map(|sign| Edge {
                to: along(HERE, axis, sign),
                weight,
                paths: vec![vec![Step { from: HERE, axis, sign }]],
            }));
        }
        if self.nine() {
            let weight = grid.spacing(Axis::X).powi(-2) / 6.0;
            edges.extend([(1, 1), (-1, 1), (-1, -1), (1, -1)].map(|(sx, sy)| Edge {
                to: along(along(HERE, Axis::X, sx), Axis::Y, sy),
                weight,
                paths: vec![corner((Axis::X, sx), (Axis::Y, sy)), corner((Axis::Y, sy), (Axis::X, sx))],
            }));
        }
        edges
    }

    /// `theta_ij` of an edge: links are stored at the lower cell and count against their direction when walked down.
    fn angle(&self, theta: Expr, edge: &Edge) -> Dual {
        let mut sum = Dual::constant(0.0);
        for step in edge.paths.iter().flatten() {
            let lower = if step.sign > 0 { step.from } else { along(step.from, step.axis, -1) };
            let stored = self.at(theta, step.axis.index(), lower);
            sum = sum.add(&stored.real().scale(f64::from(step.sign)));
        }
        sum.scale(if edge.paths.len() == 2 { 0.5 } else { 1.0 })
    }

    /// `U_ij u_j`
    fn carried(&self, u: Expr, theta: Expr, edge: &Edge) -> Linearized {
        let there = self.at(u, 0, edge.to);
        if self.model.arena.is_zero(theta) { there } else { there.rotated(&self.angle(theta, edge)) }
    }

    /// `w_ij (D_i + D_j)/2`
    fn weight(&self, d: Expr, edge: &Edge) -> Dual {
        let (own, there) = (self.component(d, 0), self.at(d, 0, edge.to));
        own.real().add(there.real()).scale(0.5 * edge.weight)
    }

    /// `sum_j w_ij (D_i + D_j)/2 (U_ij u_j - u_i)`
    fn laplacian(&self, d: Option<Expr>, u: Expr, theta: Expr) -> Linearized {
        let own = self.component(u, 0);
        self.edges().iter().fold(Linearized::constant(0.0), |sum, edge| {
            let weight = d.map_or_else(|| Dual::constant(edge.weight), |d| self.weight(d, edge));
            let difference = self.carried(u, theta, edge).sub(own);
            sum.add(&Linearized::Real(weight).mul(&difference))
        })
    }

    /// `(1/4) sum_j w_ij |u_i - U_ij u_j|^2`
    fn tension(&self, u: Expr, theta: Expr, d: Expr) -> Linearized {
        let own = self.component(u, 0);
        let sum = self.edges().iter().fold(Dual::constant(0.0), |sum, edge| {
            let square = own.sub(&self.carried(u, theta, edge)).abs2();
            sum.add(&self.weight(d, edge).mul(&square))
        });
        Linearized::Real(sum.scale(0.25))
    }

    /// Of the edge itself and, with 9 points, half of each diagonal's whose angle it enters.
    fn current(&self, u: Expr, theta: Expr, d: Expr, axis: Axis) -> Linearized {
        let edges = self.edges();
        let flow = |to: Cells| {
            let edge = edges.iter().find(|edge| edge.to == to).expect("an edge to each neighbour of the stencil");
            Linearized::Real(self.edge_current(u, theta, d, edge))
        };
        let mut sum = flow(along(HERE, axis, 1));
        if self.nine() {
            for across in [1, -1] {
                let to = |sign| along(along(HERE, axis, sign), other_axis(axis), across);
                // The first leaves the lower end along the edge, the second leaves the upper end against it.
                let (with, against) = (flow(to(1)), flow(to(-1)).turned(self.phase(along(HERE, axis, 1))));
                sum = sum.add(&with.sub(&against).scale(0.5));
            }
        }
        sum
    }

    /// `w_ij Im(conj(u_i) U_ij u_j)`
    fn edge_current(&self, u: Expr, theta: Expr, d: Expr, edge: &Edge) -> Dual {
        let (re, im) = self.component(u, 0).parts();
        let (there_re, there_im) = self.carried(u, theta, edge).parts();
        self.weight(d, edge).mul(&re.mul(&there_im).sub(&im.mul(&there_re)))
    }

    /// Counter-clockwise sums of `v h` round each plaquette, over its area, with these lengths h of the edges.
    fn circulations(&self, v: Expr, lengths: [f64; 3]) -> Vec<Linearized> {
        let turn = |face: usize| {
            let (a, b) = self.plane(face);
            let (along_a, along_b) = (1.0 / lengths[b.index()], 1.0 / lengths[a.index()]);
            let sides = [
                (a, HERE, along_a),
                (b, along(HERE, a, 1), along_b),
                (a, along(HERE, b, 1), -along_a),
                (b, HERE, -along_b),
            ];
            sides.iter().fold(Linearized::constant(0.0), |sum, &(axis, cells, weight)| {
                sum.add(&self.at(v, axis.index(), cells).scale(weight))
            })
        };
        (0..self.model.grid.faces()).map(turn).collect()
    }

    /// The two axes of a plaquette in counter-clockwise order: faces are named by their normal.
    fn plane(&self, face: usize) -> (Axis, Axis) {
        match (self.model.grid.axes(), face) {
            (3, 0) => (Axis::Y, Axis::Z),
            (3, 1) => (Axis::Z, Axis::X),
            _ => (Axis::X, Axis::Y),
        }
    }

    /// The transpose of `curvature`.
    fn cocurl(&self, f: Expr, axis: Axis) -> Linearized {
        let mut sum = Linearized::constant(0.0);
        for face in 0..self.model.grid.faces() {
            let (a, b) = self.plane(face);
            let (other, sign) = match axis {
                _ if axis == a => (b, 1.0),
                _ if axis == b => (a, -1.0),
                _ => continue,
            };
            let difference = self.component(f, face).sub(&self.at(f, face, along(HERE, other, -1)));
            sum = sum.add(&difference.scale(sign));
        }
        sum
    }

    /// `(u[i+a] - u[i]) / h_a`
    fn grad(&self, u: Expr, axis: Axis) -> Linearized {
        let difference = self.at(u, 0, along(HERE, axis, 1)).sub(self.component(u, 0));
        difference.scale(1.0 / self.model.grid.spacing(axis))
    }

    /// `sum (v.a[i] - v.a[i-a]) / h_a`
    fn div(&self, v: Expr) -> Linearized {
        self.model.grid.axis_list().iter().fold(Linearized::constant(0.0), |sum, &axis| {
            let difference = self.component(v, axis.index()).sub(&self.at(v, axis.index(), along(HERE, axis, -1)));
            sum.add(&difference.scale(1.0 / self.model.grid.spacing(axis)))
        })
    }

    /// `(u[i+a] - u[i-a]) / 2h`
    fn derivative(&self, u: Expr, axis: Axis) -> Linearized {
        let difference = self.at(u, 0, along(HERE, axis, 1)).sub(&self.at(u, 0, along(HERE, axis, -1)));
        difference.scale(0.5 / self.model.grid.spacing(axis))
    }

    /// The mean of the links or faces round a cell.
    fn at_cells(&self, f: Expr) -> Linearized {
        let grid = &self.model.grid;
        let mut sites = Vec::new();
        if self.model.arena.ty(f).place == Place::Link {
            for &axis in grid.axis_list() {
                sites.extend([(axis.index(), HERE), (axis.index(), along(HERE, axis, -1))]);
            }
        } else {
            for face in 0..grid.faces() {
                let (a, b) = self.plane(face);
                let corners = [(0, 0), (-1, 0), (-1, -1), (0, -1)];
                sites.extend(corners.map(|(sa, sb)| (face, along(along(HERE, a, sa), b, sb))));
            }
        }
        if sites.is_empty() {
            return Linearized::constant(0.0);
        }
        let sum = sites
            .iter()
            .fold(Linearized::constant(0.0), |sum, &(component, cells)| sum.add(&self.at(f, component, cells)));
        #[expect(clippy::cast_precision_loss, reason = "at most twelve")]
        let count = sites.len() as f64;
        sum.scale(1.0 / count)
    }
}

fn corner((a, sa): (Axis, i32), (b, sb): (Axis, i32)) -> Vec<Step> {
    vec![Step { from: HERE, axis: a, sign: sa }, Step { from: along(HERE, a, sa), axis: b, sign: sb }]
}

fn axes_lengths(evaluator: &Evaluator<'_>) -> [f64; 3] {
    Axis::ALL.map(|axis| evaluator.model.grid.spacing(axis))
}
