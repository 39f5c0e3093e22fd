//! Orders of accuracy, fitted to errors against manufactured solutions.
//!
//! In time: `u = sin(x - t)` on a ring with the grid's own symbol in the source, so that only the scheme errs. In
//! space: `u = X(x) Y(y) (1 + sin(t)/2)` between walls of each kind, steps so small that only the stencil errs; the
//! error is the largest of any cell. Expected: Euler 1, Heun 2, Runge-Kutta 4, etd2 2; in space 2 for every kind of wall.

use super::chaos::slope;
use super::{Finding, Lab};
use crate::error::Error;
use crate::math::elementary::scalar64::log;

const IN_TIME: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [16]
size = [6.283185307179586]
[fields]
u = {type = "real", initial = "sin(x)"}
[equations]
u = "laplacian(u) + u - u^3 - cos(x - t) + ((2 - 2*cos(pi/8))/(pi/8)^2 - 1)*sin(x - t) + sin(x - t)^3"
[time]
scheme = "euler"
dt = 0.04
stop = 2.0
[observe]
series = {error = "max_of(abs(u - sin(x - t)))"}
"#;

/// The order of each scheme.
pub(super) fn in_time(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (scheme, order) in [("euler", 1.0), ("heun", 2.0), ("rk4", 4.0), ("etd2", 2.0)] {
        let mut points = Vec::new();
        for halvings in 0..4 {
            let dt = 0.04 / f64::from(1 << halvings);
            let mut ring = lab.grow(IN_TIME, &[("time.scheme", &scheme), ("time.dt", &dt)])?;
            ring.until(2.0)?;
            points.push((log(dt), log(ring.measure("error")?)));
        }
        findings.push(Finding::absolute(format!("order in time, {scheme}"), order, slope(&points), 0.1));
    }
    Ok(findings)
}

/// EXACT stands for the solution, RATE for its time derivative, K2 for the negative of its Laplacian by itself.
const IN_SPACE: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [12, 12]
size = [2.0, 2.0]
boundary = "periodic"
stencil = 5
[fields]
u = {type = "complex", initial = "EXACT"}
[equations]
u = "(1 + 0.5*i)*(laplacian(u) + K2*EXACT) - abs2(u)*u + abs2(EXACT)*EXACT + RATE"
[time]
scheme = "rk4"
dt = 0.01
stop = 0.1
[observe]
series = {error = "max_of(abs(u - (EXACT)))"}
"#;

/// A kind of wall with a solution that meets it: X(x), its derivative, Y(y), its derivative, K2, what a wall (left,
/// right, bottom, top) wants of a value u with the outward derivative d.
struct Walls {
    kind: &'static str,
    x: [&'static str; 2],
    y: [&'static str; 2],
    k2: &'static str,
    wall: fn(side: usize, u: &str, d: &str) -> String,
}

const GENERIC: [[&str; 2]; 2] =
    [["cos(1.3*x + 0.4)", "-1.3*sin(1.3*x + 0.4)"], ["sin(1.7*y - 0.3)", "1.7*cos(1.7*y - 0.3)"]];
const GENERIC_K2: &str = "(1.3^2 + 1.7^2)";

const KINDS: [Walls; 6] = [
    Walls {
        kind: "periodic",
        x: ["sin(pi*x + 0.3)", "0"],
        y: ["cos(pi*y)", "0"],
        k2: "(2*pi^2)",
        wall: |_, _, _| String::new(),
    },
    Walls {
        kind: "no-flux",
        x: ["cos(pi*x/2)", "0"],
        y: ["cos(pi*y)", "0"],
        k2: "(1.25*pi^2)",
        wall: |_, _, _| "\"no-flux\"".into(),
    },
    Walls { kind: "value", x: GENERIC[0], y: GENERIC[1], k2: GENERIC_K2, wall: |_, u, _| format!("\"{u}\"") },
    Walls { kind: "flux", x: GENERIC[0], y: GENERIC[1], k2: GENERIC_K2, wall: |_, _, d| format!("{{flux = \"{d}\"}}") },
    Walls {
        kind: "robin",
        x: GENERIC[0],
        y: GENERIC[1],
        k2: GENERIC_K2,
        wall: |_, u, d| format!("{{robin = [\"2\", \"0.5\", \"2*({u}) + 0.5*({d})\"]}}"),
    },
    Walls {
        kind: "mixed walls",
        x: GENERIC[0],
        y: GENERIC[1],
        k2: GENERIC_K2,
        wall: |side, u, d| match side {
            0 => format!("\"{u}\""),
            1 => format!("{{robin = [\"1\", \"2\", \"{u} + 2*({d})\"]}}"),
            2 => format!("{{flux = \"{d}\"}}"),
            _ => format!("\"{u}\""),
        },
    },
];

impl Walls {
    fn exact(&self) -> String {
        self.with(self.x[0], self.y[0])
    }

    /// A product of a function of x, one of y, and the solution's amplitude.
    fn with(&self, x: &str, y: &str) -> String {
        format!("(1 + 0.5*i)*({x})*({y})*(1 + 0.5*sin(t))")
    }

    /// The seed's boundary.
    fn boundary(&self) -> String {
        if self.kind == "periodic" {
            return "\"periodic\"".into();
        }
        let u = self.exact();
        let (right, top) = (self.with(self.x[1], self.y[0]), self.with(self.x[0], self.y[1]));
        let wall = |side: usize, outward: &str, d: &str| (self.wall)(side, &u, &format!("{outward}({d})"));
        format!(
            "{{x = {{u = {{left = {}, right = {}}}}}, y = {{u = {{bottom = {}, top = {}}}}}}}",
            wall(0, "-", &right),
            wall(1, "", &right),
            wall(2, "-", &top),
            wall(3, "", &top)
        )
    }

    fn seed(&self) -> String {
        let rate = format!("(1 + 0.5*i)*({})*({})*0.5*cos(t)", self.x[0], self.y[0]);
        let exact = format!("({})", self.exact());
        IN_SPACE
            .replace("\"periodic\"", &self.boundary())
            .replace("initial = \"EXACT\"", &format!("initial = \"{}\"", exact.replace("sin(t)", "0")))
            .replace("EXACT", &exact)
            .replace("RATE", &rate)
            .replace("K2", self.k2)
    }
}

/// The order between walls of each kind, for 5 and for 9 points.
pub(super) fn in_space(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for walls in KINDS {
        for stencil in [5, 9] {
            let mut points = Vec::new();
            for cells in [24, 48, 96] {
                let h = 2.0 / f64::from(cells);
                let steps = (0.1 / (0.15 * h * h)).ceil();
                let mut field = lab.grow(
                    &walls.seed(),
                    &[
                        ("domain.shape", &format!("[{cells}, {cells}]")),
                        ("domain.stencil", &stencil),
                        ("time.dt", &(0.1 / steps)),
                    ],
                )?;
                field.until(0.1)?;
                points.push((log(h), log(field.measure("error")?)));
            }
            let what = format!("order in space, {}, {stencil} points", walls.kind);
            findings.push(Finding::absolute(what, 2.0, slope(&points), 0.15));
        }
    }
    Ok(findings)
}
