//! Where a buffer lies in memory: every component padded with ghosts, rows aligned to whole vectors.
//!
//! In: an extent of the grid and values without ghosts. Out: padded storage and back. Invariant: in a row of `nx`
//! cells the code may read from one cell before it to one cell behind the last whole vector, and write whole vectors,
//! without touching another row; hence no kernel needs a scalar tail. Between two rows lies one vector: the upper
//! ghost of the one at its beginning, the lower ghost of the other at its end.

use bytemuck::{Pod, Zeroable};

use super::pages::{LARGE_PAGE, prefer_large};
use super::real::Real;
use crate::engine::{EngineError, available_memory, check_available};
use crate::grid::Axis;
use crate::program::{Extent, Program};

/// Rows begin and end at multiples of this: a cache line, and the widest vector register.
pub(super) const VECTOR_BYTES: usize = 64;

/// Lines of a page, and the distance within a page from one buffer to the next.
const PAGE_LINES: usize = 64;
const LEAD_LINES: usize = 23;

/// A cache line, so that rows start at the same place of a vector in every buffer.
#[repr(C, align(64))]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Line([u8; 64]);

/// Strides of one extent, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Cells along x, y, z.
    pub shape: [usize; 3],
    /// Whether there is one ghost on either side, per axis.
    pub ghosts: [bool; 3],
    /// From a cell to its neighbour along x, y, z.
    pub stride: [usize; 3],
    /// From a component to the next.
    pub component: usize,
    /// Position of cell (0, 0, 0) in a component.
    pub origin: usize,
    /// Numbers in the widest vector.
    pub lanes: usize,
}

impl Layout {
    /// The layout of all buffers of an extent: ghosts along the axes of the grid for cells, none for walls.
    pub(super) fn new(program: &Program, extent: Extent) -> Self {
        let lanes = VECTOR_BYTES / program.precision.bytes();
        let shape = program.extent_shape(extent);
        let ghosts = match extent {
            Extent::Cells => Axis::ALL.map(|axis| axis.index() < program.grid.axes()),
            Extent::Wall(..) | Extent::Edges | Extent::Triangles => [false; 3],
        };
        let pad = ghosts.map(usize::from);
        let row = shape[0].next_multiple_of(lanes) + lanes * pad[0];
        let plane = row * (shape[1] + 2 * pad[1]);
        let component = plane * (shape[2] + 2 * pad[2]) + lanes * pad[0];
        let origin = lanes * pad[0] + row * pad[1] + plane * pad[2];
        Self { shape, ghosts, stride: [1, row, plane], component, origin, lanes }
    }

    /// Number of rows along x.
    pub(super) fn rows(&self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// Position of the first cell of a row, rows counted y first.
    pub(super) fn row_start(&self, row: usize) -> usize {
        self.origin + row % self.shape[1] * self.stride[1] + row / self.shape[1] * self.stride[2]
    }

    /// Vectors that cover `cells` cells of a row.
    pub(super) fn vectors(&self, cells: usize) -> usize {
        cells.div_ceil(self.lanes)
    }
}

/// The numbers of one buffer, all components, padded.
#[derive(Debug, Default)]
pub(super) struct Storage {
    lines: Vec<Line>,
    /// Lines before the first number.
    lead: usize,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Storage {
    /// Zeros for all components of a layout.
    ///
    /// Large allocations begin at the same place of a page. `number`, different for each buffer, puts them at different
    /// ones, else a store would seem to hit what is loaded next from another buffer (Intel: 4K aliasing).
    pub(super) fn zeros<T: Real>(
        name: &str,
        layout: &Layout,
        components: usize,
        number: usize,
    ) -> Result<Self, EngineError> {
        let bytes = layout.component * components * size_of::<T>();
        // Small buffers need no large pages.
        let spare = if bytes < LARGE_PAGE { 0 } else { LARGE_PAGE / 64 };
        let mut lines: Vec<Line> = Vec::new();
        lines.try_reserve_exact(spare + PAGE_LINES + bytes / 64).map_err(|_| EngineError::TooLarge {
            what: format!("field `{name}`"),
            needed: bytes as u128,
            limit: available_memory().unwrap_or(0),
            advice: "; use fewer cells or f32".into(),
        })?;
        prefer_large(lines.spare_capacity_mut());
        let to_page = if spare == 0 { 0 } else { lines.as_ptr().align_offset(LARGE_PAGE).min(spare) };
        let lead = to_page + number * LEAD_LINES % PAGE_LINES;
        lines.resize(lead + bytes / 64, Line::zeroed());
        Ok(Self { lines, lead })
    }

    /// All numbers.
    pub(super) fn numbers<T: Real>(&self) -> &[T] {
        bytemuck::cast_slice(&self.lines[self.lead..])
    }

    /// All numbers.
    pub(super) fn numbers_mut<T: Real>(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.lines[self.lead..])
    }

    /// The padded numbers of one component.
    pub(super) fn component<T: Real>(&self, layout: &Layout, component: usize) -> &[T] {
        &self.numbers()[component * layout.component..][..layout.component]
    }

    /// The padded numbers of one component.
    pub(super) fn component_mut<T: Real>(&mut self, layout: &Layout, component: usize) -> &mut [T] {
        &mut self.numbers_mut()[component * layout.component..][..layout.component]
    }

    /// Copies unpadded values (planar, x fastest) in.
    pub(super) fn pack<T: Real>(&mut self, layout: &Layout, values: &[T]) {
        let [nx, ..] = layout.shape;
        for (position, row) in values.chunks_exact(nx.max(1)).enumerate() {
            let start = layout.row_start(position % layout.rows());
            self.component_mut(layout, position / layout.rows())[start..start + nx].copy_from_slice(row);
        }
    }

    /// The unpadded values of all components.
    pub(super) fn unpack<T: Real>(&self, layout: &Layout, components: usize) -> Vec<T> {
        let mut values = vec![T::ZERO; components * layout.rows() * layout.shape[0]];
        self.unpack_into(layout, &mut values);
        values
    }

    /// The same into a slice of that length.
    pub(super) fn unpack_into<T: Real>(&self, layout: &Layout, values: &mut [T]) {
        let [nx, ..] = layout.shape;
        for (component, values) in values.chunks_exact_mut((layout.rows() * nx).max(1)).enumerate() {
            let numbers = self.component(layout, component);
            for (row, values) in values.chunks_exact_mut(nx).enumerate() {
                values.copy_from_slice(&numbers[layout.row_start(row)..][..nx]);
            }
        }
    }
}

/// Refuses a program whose padded buffers would not fit into the memory that is free now.
pub(super) fn check_memory(program: &Program) -> Result<(), EngineError> {
    let lanes = (VECTOR_BYTES / program.precision.bytes()) as u128;
    let cells = |extent| {
        // In u128: the shape alone may overflow usize arithmetic.
        let pad = |axis: Axis| match extent {
            Extent::Cells | Extent::Edges | Extent::Triangles if axis == Axis::X => 2 * lanes,
            Extent::Cells if axis.index() < program.grid.axes() => 2,
            _ => lanes * u128::from(axis == Axis::X),
        };
        let shape = program.extent_shape(extent);
        Axis::ALL.iter().map(|&axis| shape[axis.index()] as u128 + pad(axis)).product::<u128>()
    };
    let numbers: u128 = program.buffers.iter().map(|buffer| cells(buffer.extent) * u128::from(buffer.components)).sum();
    let needed = numbers * program.precision.bytes() as u128;
    check_available("the program", needed, "use fewer cells or f32")
}
