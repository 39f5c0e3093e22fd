//! The sweeps of a Fourier transform: their headers, and the roots of unity that they share.
//!
//! In: a buffer, another for what comes between, and a direction. Out: one header per axis and radix (mixed radices,
//! Stockham's order: no permutation), and a table. Invariant: a pure function of the Program.

use super::Placement;
use super::arena::{Elements, Window, declare};
use super::header::{Groups, common, constant, dispatch, group_count, line, whole};
use crate::math::fft::{radices, root_of_unity};
use crate::program::{BufferId, Extent, Program};

/// Names, headers and workgroups of the sweeps of a Fourier transform, one per axis and radix, in the order in which they
/// run. They go from the buffer to the scratch buffer and back; if their number is odd, the last copies.
pub(super) fn headers(
    placement: &Placement<'_>,
    buffer: BufferId,
    scratch: BufferId,
    inverse: bool,
) -> Vec<(String, String, Groups)> {
    let program = placement.program;
    let mut sweeps = Vec::new();
    let mut inner = 1;
    let mut roots = 0;
    for &axis in program.grid.axis_list() {
        let points = program.grid.cells_along(axis);
        let (mut length, mut stride) = (points, inner);
        for radix in radices(points).expect("a valid program has available sizes") {
            sweeps.push(Sweep { points, radix, length, stride, roots });
            length /= radix;
            stride *= radix;
        }
        inner *= points;
        roots += points;
    }
    // Radix 1 copies.
    if sweeps.len() % 2 == 1 {
        sweeps.push(Sweep { points: 1, radix: 1, length: 1, stride: 1, roots: 0 });
    }
    let cells = program.grid.cells();
    let (last, direction) = (sweeps.len().saturating_sub(1), if inverse { "inverse_fourier" } else { "fourier" });
    let header = |(number, sweep): (usize, &Sweep)| {
        let mut header = common(program);
        let invocations = cells / sweep.radix;
        dispatch(&mut header, program, Extent::Cells, invocations);
        let ends = if number % 2 == 0 { [buffer, scratch] } else { [scratch, buffer] };
        constant(&mut header, "FROM", ends[0].0);
        constant(&mut header, "TO", ends[1].0);
        // Exchanging the parts of the input and of the output conjugates the kernel.
        constant(&mut header, "RE", if inverse { whole(cells) } else { 0 });
        constant(&mut header, "IM", if inverse { 0 } else { whole(cells) });
        constant(&mut header, "POINTS", whole(sweep.points));
        constant(&mut header, "RADIX", whole(sweep.radix));
        constant(&mut header, "LENGTH", whole(sweep.length));
        constant(&mut header, "STRIDE", whole(sweep.stride));
        constant(&mut header, "ROOTS", whole(sweep.roots));
        #[expect(clippy::cast_precision_loss, reason = "WGSL wants the number to be rounded")]
        let factor = if inverse && number == last { 1.0 / cells as f32 } else { 1.0 };
        line(&mut header, format_args!("const FACTOR = {factor:?}f;"));
        let arena = placement.arena(buffer);
        declare(
            &mut header,
            placement,
            &Window { arena, name: "transformed", number: 3, written: true, elements: Elements::Of("f32") },
        );
        (format!("{direction}_{}_{number}", buffer.0), header + "\n", group_count(invocations))
    };
    sweeps.iter().enumerate().map(header).collect()
}

/// One pass of one radix along one axis.
struct Sweep {
    points: usize,
    radix: usize,
    length: usize,
    stride: usize,
    /// Where the axis' roots of unity start.
    roots: usize,
}

/// `e^(-2 pi i j / n)` for all j, of every axis of the grid one after the other, as pairs re, im.
pub fn fourier_roots(program: &Program) -> Vec<[f64; 2]> {
    let points = program.grid.axis_list().iter().map(|&axis| program.grid.cells_along(axis));
    points.flat_map(|n| (0..n).map(move |j| root_of_unity(j, n))).collect()
}
