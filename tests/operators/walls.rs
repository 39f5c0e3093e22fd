//! Walls: a load beyond one finds what the condition says, half a cell beyond the last centre.

use semafield::field::Field;
use semafield::grid::{Axis, Grid};

use crate::common::grown::{derived, field, grow};

/// A condition at both walls of an axis, solved for the ghost: a u_w + b du/dn = c with u_w = (u + g)/2 and
/// du/dn = (g - u)/h.
#[derive(Clone, Copy)]
struct Condition {
    a: f64,
    b: f64,
    c: fn([f64; 3]) -> f64,
}

impl Condition {
    /// p and q of ghost = p u + q.
    fn coefficients(self, h: f64, at: [f64; 3]) -> [f64; 2] {
        let below = self.a / 2.0 + self.b / h;
        [(self.b / h - self.a / 2.0) / below, (self.c)(at) / below]
    }

    fn is_no_flux(self) -> bool {
        self.coefficients(1.0, [0.3; 3]) == [1.0, 0.0]
    }
}

const NO_FLUX: Condition = Condition { a: 0.0, b: 1.0, c: |_| 0.0 };

/// The value at a position that may lie one cell beyond walls: the rule of the later axis is applied last.
fn beyond(u: &[f64], grid: &Grid, walls: &[[Condition; 2]; 3], at: [isize; 3]) -> f64 {
    for axis in [Axis::Z, Axis::Y, Axis::X] {
        let n = grid.cells_along(axis).cast_signed();
        let along = at[axis.index()];
        if (0..n).contains(&along) {
            continue;
        }
        let mut inside = at;
        inside[axis.index()] = if grid.bounded(axis) { along.clamp(0, n - 1) } else { along.rem_euclid(n) };
        let value = beyond(u, grid, walls, inside);
        if !grid.bounded(axis) {
            return value;
        }
        let [low, high] = walls[0];
        let (nx, x) = (grid.cells_along(Axis::X).cast_signed(), inside[0]);
        let coefficients = |x: isize| {
            let mut place = [0.0; 3];
            for other in Axis::ALL {
                let n = grid.cells_along(other).cast_signed();
                let cell = if other == Axis::X { x } else { inside[other.index()] };
                let cell = if grid.bounded(other) { cell.clamp(0, n - 1) } else { cell.rem_euclid(n) };
                place[other.index()] = (cell as f64 + 0.5) * grid.spacing(other);
            }
            place[axis.index()] = if along < 0 { 0.0 } else { grid.size_along(axis) };
            walls[axis.index()][usize::from(along >= n)].coefficients(grid.spacing(axis), place)
        };
        // In a corner, beyond an x wall with a condition of its own, the coefficients go on linearly.
        let straight = |a: isize, b: isize| {
            let ([pa, qa], [pb, qb]) = (coefficients(a), coefficients(b));
            [2.0 * pa - pb, 2.0 * qa - qb]
        };
        let [p, q] = match x {
            _ if axis == Axis::X || !grid.bounded(Axis::X) => coefficients(x),
            -1 if !low.is_no_flux() => straight(0, 1),
            _ if x == nx && !high.is_no_flux() => straight(nx - 1, nx - 2),
            _ => coefficients(x),
        };
        return p * value + q;
    }
    u[grid.index(at.map(isize::cast_unsigned))]
}

fn laplacian(u: &[f64], grid: &Grid, walls: &[[Condition; 2]; 3], nine: bool) -> Vec<f64> {
    (0..u.len())
        .map(|cell| {
            let at = grid.position(cell).map(usize::cast_signed);
            let shifted =
                |dx: isize, dy: isize, dz: isize| beyond(u, grid, walls, [at[0] + dx, at[1] + dy, at[2] + dz]);
            if nine {
                let sides = shifted(1, 0, 0) + shifted(-1, 0, 0) + shifted(0, 1, 0) + shifted(0, -1, 0);
                let corners = shifted(1, 1, 0) + shifted(-1, 1, 0) + shifted(-1, -1, 0) + shifted(1, -1, 0);
                return (4.0 * sides + corners - 20.0 * u[cell]) / (6.0 * grid.spacing(Axis::X).powi(2));
            }
            let along = |axis: &Axis| {
                let step = |sign| {
                    let mut by = [0; 3];
                    by[axis.index()] = sign;
                    shifted(by[0], by[1], by[2])
                };
                (step(1) + step(-1) - 2.0 * u[cell]) / grid.spacing(*axis).powi(2)
            };
            grid.axis_list().iter().map(along).sum()
        })
        .collect()
}

fn assert_near(what: &str, found: &Field, expected: &[f64]) {
    for (cell, b) in expected.iter().enumerate() {
        let a = found.values.get(cell);
        assert!((a - b).abs() < 1e-11, "{what}: {a} at {cell}, by definition {b}");
    }
}

fn seed(domain: &str) -> String {
    format!(
        r#"semafield = 1
[domain]
kind = "grid"
{domain}
[parameters]
p = 2.0
[fields]
u = {{type = "real", initial = "normal()"}}
A = {{type = "complex", initial = "normal() + i*normal()"}}
[equations]
u = "0"
A = "0"
[derived]
curved = "laplacian(u)"
re_part = "re(laplacian(A))"
im_part = "im(laplacian(A))"
divergence = "div(grad(u))"
weighted = "div_grad(1 + x*x, u)"
weighted_flux = "div(link_weight*grad(u))"
link_weight = "DX"
slope = "dx(u)"
inside = "laplacian(u^2)"
[time]
dt = 1.0
stop = 1
"#
    )
}

#[test]
fn every_condition_on_one_axis() {
    let walls: [(&str, Condition); 4] = [
        (r#""no-flux""#, NO_FLUX),
        (r#""1 + p*t - 0.5*x""#, Condition { a: 1.0, b: 0.0, c: |at| 1.0 - 0.5 * at[0] }),
        (r#"{flux = "p + x"}"#, Condition { a: 0.0, b: 1.0, c: |at| 2.0 + at[0] }),
        (r#"{robin = ["p", "0.3", "1 - x"]}"#, Condition { a: 2.0, b: 0.3, c: |at| 1.0 - at[0] }),
    ];
    for (left_text, left) in walls {
        for (right_text, right) in walls {
            let domain = format!(
                "shape = [6]\nsize = [3.0]\nboundary = {{x = {{u = {{left = {left_text}, right = {right_text}}}}}}}"
            );
            // x at the edge midpoints: the harmonic weight of div_grad is a mean of cells instead.
            let text = seed(&domain).replace("\"DX\"", "\"link(1 + x*x)\"");
            let mut simulation = grow(&text);
            let u = field(&mut simulation, "u").values.to_f64();
            let values = derived(&mut simulation);
            let grid = &simulation.model().grid;
            let h = grid.spacing(Axis::X);
            let mut walls = [[NO_FLUX; 2]; 3];
            walls[0] = [left, right];
            let about = format!("{left_text} and {right_text}");
            let expected = laplacian(&u, grid, &walls, false);
            assert_near(&about, &values["curved"], &expected);
            assert_near(&about, &values["divergence"], &expected);
            let at = |cell: isize| beyond(&u, grid, &walls, [cell, 0, 0]);
            let slope: Vec<f64> = (0..6).map(|i| (at(i + 1) - at(i - 1)) / (2.0 * h)).collect();
            assert_near(&about, &values["slope"], &slope);
            let d = |cell: isize| 1.0 + ((cell as f64 + 0.5) * h).powi(2);
            let weighted: Vec<f64> = (0..6)
                .map(|i| {
                    let side = |j: isize| (d(i) + d(j)) / 2.0 * (at(j) - at(i));
                    (side(i + 1) + side(i - 1)) / (h * h)
                })
                .collect();
            assert_near(&about, &values["weighted"], &weighted);
            let flux: Vec<f64> = (0..6)
                .map(|i| {
                    let edge = |i: isize| (1.0 + ((i as f64 + 1.0) * h).powi(2)) * (at(i + 1) - at(i)) / h;
                    (edge(i) - edge(i - 1)) / h
                })
                .collect();
            assert_near(&about, &values["weighted_flux"], &flux);
            let square = |i: isize| at(i).powi(2);
            let inside: Vec<f64> =
                (0..6).map(|i| (square(i + 1) + square(i - 1) - 2.0 * square(i)) / (h * h)).collect();
            assert_near(&about, &values["inside"], &inside);
        }
    }
}

#[test]
fn walls_of_two_and_three_axes() {
    let value = Condition { a: 1.0, b: 0.0, c: |at| at[0] - at[1] };
    let flux = Condition { a: 0.0, b: 1.0, c: |at| at[0].sin() + at[1] };
    let robin = Condition { a: 1.0, b: 2.0, c: |at| at[0] * at[1] };
    let y = r#"y = {u = {bottom = {flux = "sin(x) + y"}, top = {robin = ["1", "p", "x*y"]}}}"#;
    let x = r#"x = {u = {left = "x - y", right = {flux = "sin(x) + y"}}, A = {right = "i*y"}}"#;
    let cases = [
        (format!("shape = [5, 4]\nsize = [2.5, 3.0]\nboundary = {{{x}, {y}}}"), false, true),
        (format!("shape = [5, 6]\nsize = [2.5, 3.0]\nstencil = 9\nboundary = {{{x}, {y}}}"), true, true),
        (format!("shape = [5, 6]\nsize = [2.5, 3.0]\nstencil = 9\nboundary = {{{y}}}"), true, false),
        (format!("shape = [5, 4, 3]\nsize = [2.5, 3.0, 1.0]\nboundary = {{{x}, {y}, z = \"no-flux\"}}"), false, true),
    ];
    for (domain, nine, x_walls) in cases {
        let mut simulation = grow(&seed(&domain).replace("\"DX\"", "\"grad(u)\""));
        let (u, a) = (field(&mut simulation, "u"), field(&mut simulation, "A"));
        let values = derived(&mut simulation);
        let grid = &simulation.model().grid;
        let mut walls = [[NO_FLUX; 2]; 3];
        walls[1] = [flux, robin];
        if x_walls {
            walls[0] = [value, flux];
        }
        let expected = laplacian(&u.values.to_f64(), grid, &walls, nine);
        assert_near(&domain, &values["curved"], &expected);
        if !nine {
            assert_near(&domain, &values["divergence"], &expected);
        }
        let mut walls = [[NO_FLUX; 2]; 3];
        if x_walls {
            walls[0][1] = Condition { a: 1.0, b: 0.0, c: |_| 0.0 };
        }
        assert_near(&domain, &values["re_part"], &laplacian(&a.component(0), grid, &walls, nine));
        if x_walls {
            walls[0][1] = Condition { a: 1.0, b: 0.0, c: |at| at[1] };
        }
        assert_near(&domain, &values["im_part"], &laplacian(&a.component(1), grid, &walls, nine));
    }
}
