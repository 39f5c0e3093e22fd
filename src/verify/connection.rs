//! The connection of a cloud of points: frames, their flux, and the spectrum of the connection Laplacian (V15, V17, V18,
//! V19).
//!
//! V15: a ring of N notes that turns by P once round has the eigenvalues `2 - 2 cos((2 pi m + P)/N)`. V17: on a sphere
//! the connection Laplacian of tangent vectors has the eigenvalues `l (l + 1) - 1`, each `2 l + 1` times for complex
//! numbers; frames and weights come from the points alone (Singer & Wu, CPAM 2012). V18, Gauss and Bonnet: fluxes add up to
//! `2 pi chi`, and each is the spherical area of its triangle's normals. V19: whatever the frames, a small field grows
//! with `mu - lambda_min`.

use std::f64::consts::{PI, TAU};

use super::{Finding, Lab};
use crate::error::Error;
use crate::grid::Axis;
use crate::math::elementary::scalar64::{atan2, cos, sin_cos};
use crate::soil::connection::{Connection, ConnectionLaplacian, Edge, TangentPlanes};
use crate::soil::{NeighborGraph, Silent, Vectors};

type Point = [f64; 3];

/// V15.
pub(super) fn ring(_: &Lab) -> Result<Vec<Finding>, Error> {
    let finding = |turn: f64| {
        let edge = |i: u32| {
            // The edge between the last and the first is stored from the first.
            let (ends, angle) = if i + 1 < 12 { ([i, i + 1], turn / 12.0) } else { ([0, i], -turn / 12.0) };
            Edge { ends, angle, confidence: 1.0, weight: 1.0 }
        };
        let edges: Vec<Edge> = (0..12).map(edge).collect();
        let least = ConnectionLaplacian::new(12, &edges).lowest(1, 1e-12, 0).values[0];
        Finding::absolute(format!("ring of 12 notes, turn {turn:.2}"), 2.0 - 2.0 * cos(turn / 12.0), least, 1e-13)
    };
    Ok([PI, 1.0].map(finding).into())
}

/// V17.
pub(super) fn sphere(_: &Lab) -> Result<Vec<Finding>, Error> {
    let points = fibonacci(2000);
    let vectors = unit_vectors(&points);
    let neighbors = NeighborGraph::nearest(&vectors, 30, &Silent);
    let connection = Connection::of(&TangentPlanes::of(&vectors, &neighbors), &neighbors);
    let found = ConnectionLaplacian::normalized(connection.count, &connection.edges).lowest(15, 1e-9, 0).values;
    let mean = |range: std::ops::Range<usize>| {
        let count = range.len() as f64;
        found[range].iter().fold(0.0, |sum, value| sum + value) / count
    };
    // The unit is free: the kernel's width sets it.
    let unit = mean(0..3);
    let width = (found[2] - found[0]) / unit;
    Ok(vec![
        Finding::absolute("sphere, edges that can't be oriented", 0.0, connection.unsatisfied as f64, 0.0),
        Finding::absolute("sphere, spread of the first three eigenvalues", 0.0, width, 0.03),
        Finding::relative("sphere, eigenvalues 4 to 8 in units of the first", 5.0, mean(3..8) / unit, 0.03),
        Finding::relative("sphere, eigenvalues 9 to 15 in units of the first", 11.0, mean(8..15) / unit, 0.03),
    ])
}

/// V18.
pub(super) fn gauss_bonnet(_: &Lab) -> Result<Vec<Finding>, Error> {
    let (points, triangles) = icosphere(2);
    let exact = Connection::of_normals(&points, &triangles);
    let worst = triangles
        .iter()
        .map(|&[a, b, c]| {
            let excess = spherical_area([a, b, c].map(|corner| points[corner as usize]));
            (flux(&exact, [a, b, c]).abs() - excess.abs()).abs()
        })
        .fold(0.0, f64::max);
    let vectors = unit_vectors(&points);
    let neighbors = NeighborGraph::nearest(&vectors, 12, &Silent);
    let planes = TangentPlanes::of(&vectors, &neighbors);
    let measured = Connection::along(points.len(), &triangles, |i, j| planes.overlap(i, j));
    let (normals, torus) = torus(24, 16);
    let torus_frames = Connection::of_normals(&normals, &torus);
    let total = |frames: &Connection, triangles: &[[u32; 3]]| {
        triangles.iter().fold(0.0, |sum, &triangle| sum + flux(frames, triangle))
    };
    let absolute = torus.iter().fold(0.0, |sum, &triangle| sum + flux(&torus_frames, triangle).abs());
    Ok(vec![
        Finding::absolute("sphere, total flux", 4.0 * PI, total(&exact, &triangles).abs(), 1e-12),
        Finding::absolute("sphere, flux of a triangle and its area", 0.0, worst, 1e-12),
        Finding::absolute("sphere, total flux of frames by PCA", 4.0 * PI, total(&measured, &triangles).abs(), 1e-12),
        Finding::absolute("torus, total flux", 0.0, total(&torus_frames, &torus), 1e-11),
        Finding::absolute("torus, total of |flux|", 8.0 * PI, absolute, 1e-11),
    ])
}

const FRUSTRATED: &str = r#"
semafield = 1
rng_seed = 5
[domain]
kind = "grid"
shape = [6, 6]
size = [6.0, 6.0]
[parameters]
mu = 1.0
a = 0.0
[fields]
A = {type = "complex", initial = "1e-8*(normal() + i*normal())"}
theta = {type = "link", initial = "normal()"}
[equations]
A = "mu*A - abs2(A)*A + (1 + i*a)*laplacian(A, theta)"
theta = "0"
[time]
scheme = "rk4"
dt = 0.02
stop = 100.0
[observe]
series = {size = "log(mean(abs2(A)))/2"}
"#;

/// V19.
pub(super) fn growth(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut field = lab.grow(FRUSTRATED, &[])?;
    let theta = field.field("theta")?;
    let (cells, grid) = (theta.grid.cells(), theta.grid.clone());
    let side = grid.shape()[0];
    let spacing = grid.spacing(Axis::X);
    let edges: Vec<Edge> = (0..2 * cells)
        .map(|link| {
            let (axis, cell) = (link / cells, link % cells);
            let (x, y) = (cell % side, cell / side);
            let next = if axis == 0 { y * side + (x + 1) % side } else { (y + 1) % side * side + x };
            let number = |cell: usize| u32::try_from(cell).expect("a small grid");
            let angle = theta.values.get(link);
            let (ends, angle) = if cell < next { ([cell, next], angle) } else { ([next, cell], -angle) };
            Edge { ends: ends.map(number), angle, confidence: 1.0, weight: 1.0 / (spacing * spacing) }
        })
        .collect();
    let least = ConnectionLaplacian::new(cells, &edges).lowest(1, 1e-12, 0).values[0];
    let mut findings = Vec::new();
    for (a, rate) in [(0.0, 0.05), (0.0, -0.05), (2.0, 0.05)] {
        let mut field = lab.grow(FRUSTRATED, &[("mu", &(least + rate)), ("a", &a)])?;
        field.until(80.0)?;
        let measured = field.rate_until("size", 100.0)?;
        let what = format!("random frames, alpha = {a}, mu - lambda_min");
        findings.push(Finding::absolute(what, rate, measured, 1e-5));
    }
    Ok(findings)
}

impl Connection {
    /// The frames along the sides of triangles, from overlaps.
    fn along(count: usize, triangles: &[[u32; 3]], overlap: impl Fn(usize, usize) -> [[f64; 2]; 2] + Sync) -> Self {
        let sides = |&[a, b, c]: &[u32; 3]| [[a, b], [b, c], [c, a]].map(|[i, j]| [i.min(j), i.max(j)]);
        let mut pairs: Vec<[u32; 2]> = triangles.iter().flat_map(sides).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self::from_overlaps(count, &pairs, &vec![1.0; pairs.len()], overlap)
    }

    /// The frames of a triangulated surface with known unit normals.
    fn of_normals(normals: &[Point], triangles: &[[u32; 3]]) -> Self {
        let bases: Vec<[Point; 2]> = normals.iter().map(|&normal| basis(normal)).collect();
        Self::along(normals.len(), triangles, |i, j| [0, 1].map(|k| [0, 1].map(|l| product(bases[i][k], bases[j][l]))))
    }
}

fn flux(frames: &Connection, triangle: [u32; 3]) -> f64 {
    frames.flux(triangle).expect("sides of triangles are edges")
}

/// Two unit vectors that make a right-handed frame with a normal.
fn basis(normal: Point) -> [Point; 2] {
    let axis = if normal[0].abs() < 0.6 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let first = unit(cross(axis, normal));
    [first, cross(normal, first)]
}

fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn product(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(a: Point) -> Point {
    let length = product(a, a).sqrt();
    a.map(|x| x / length)
}

/// Area of the spherical triangle (Van Oosterom & Strackee, 1983), signed.
fn spherical_area([a, b, c]: [Point; 3]) -> f64 {
    2.0 * atan2(product(a, cross(b, c)), 1.0 + product(a, b) + product(b, c) + product(c, a))
}

fn unit_vectors(points: &[Point]) -> Vectors {
    Vectors::normalized(3, points.iter().flatten().copied().collect()).expect("points of a sphere")
}

/// Points of the unit sphere along a spiral, one per equal area.
fn fibonacci(count: u32) -> Vec<Point> {
    let golden = PI * (3.0 - 5.0_f64.sqrt());
    let point = |i: u32| {
        let height = 1.0 - (2.0 * f64::from(i) + 1.0) / f64::from(count);
        let (sin, cos) = sin_cos(golden * f64::from(i));
        let radius = (1.0 - height * height).sqrt();
        [radius * cos, radius * sin, height]
    };
    (0..count).map(point).collect()
}

/// An icosahedron whose sides are halved some times, on the unit sphere; triangles turn one way.
fn icosphere(halvings: usize) -> (Vec<Point>, Vec<[u32; 3]>) {
    let golden = (1.0 + 5.0_f64.sqrt()) / 2.0;
    let mut points: Vec<Point> = Vec::new();
    for axis in 0..3 {
        for (s, t) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
            let mut corner = [0.0; 3];
            corner[(axis + 1) % 3] = s;
            corner[(axis + 2) % 3] = t * golden;
            points.push(unit(corner));
        }
    }
    let near = |a: Point, b: Point| product(a, b) > 0.4;
    let mut triangles = Vec::new();
    for a in 0..12_u32 {
        for b in a + 1..12 {
            for c in b + 1..12 {
                let [p, q, r] = [a, b, c].map(|corner| points[corner as usize]);
                if near(p, q) && near(q, r) && near(r, p) {
                    triangles.push(if product(p, cross(q, r)) > 0.0 { [a, b, c] } else { [a, c, b] });
                }
            }
        }
    }
    for _ in 0..halvings {
        let mut middles = std::collections::BTreeMap::new();
        let mut middle = |a: u32, b: u32, points: &mut Vec<Point>| {
            *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                let (p, q) = (points[a as usize], points[b as usize]);
                points.push(unit([p[0] + q[0], p[1] + q[1], p[2] + q[2]]));
                u32::try_from(points.len() - 1).expect("a small sphere")
            })
        };
        let split = |&[a, b, c]: &[u32; 3]| {
            let [ab, bc, ca] = [middle(a, b, &mut points), middle(b, c, &mut points), middle(c, a, &mut points)];
            [[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]
        };
        triangles = triangles.iter().flat_map(split).collect();
    }
    (points, triangles)
}

/// Normals of a torus of revolution on a grid of angles, and its triangles. Top and bottom circles are rows of the grid,
/// so no triangle has curvature of both signs.
fn torus(around: u32, across: u32) -> (Vec<Point>, Vec<[u32; 3]>) {
    let angle = |position: u32, count: u32| TAU * f64::from(position) / f64::from(count);
    let mut normals = Vec::new();
    for v in 0..across {
        for u in 0..around {
            let ((sin_u, cos_u), (sin_v, cos_v)) = (sin_cos(angle(u, around)), sin_cos(angle(v, across)));
            normals.push([cos_v * cos_u, cos_v * sin_u, sin_v]);
        }
    }
    let at = |u: u32, v: u32| v % across * around + u % around;
    let mut triangles = Vec::new();
    for v in 0..across {
        for u in 0..around {
            let [a, b, c, d] = [at(u, v), at(u + 1, v), at(u + 1, v + 1), at(u, v + 1)];
            triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    (normals, triangles)
}
