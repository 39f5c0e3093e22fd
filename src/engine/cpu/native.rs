//! Calls the functions that [`super::compile`] generates.
//!
//! In: a compiled kernel and the storage of all buffers. Out: the storage after the kernel has run over its extent.
//! Why it is sound:
//! - the Program was validated before compilation: every slot exists, offsets are at most one cell, along axes that
//!   have ghosts, and a buffer that is written is read only at the very number about to be written;
//! - what is fetched has an index from a graph's table: the table has whole vectors, and its entries are numbers of
//!   nodes or edges ([`Graph`] holds both), of a buffer over just these;
//! - storage has the [`Layout`] that the code was compiled for ([`run`] checks its length): ghosts and whole vectors
//!   stay within their row, rows within their component;
//! - bands cover disjoint rows, or disjoint whole vectors of the only row, so no thread writes what another reads or
//!   writes; [`run`] borrows all storage exclusively, so nobody else does;
//! - tiles that run at the same time touch no number in common but to read it: see [`super::tiles`], whose tests hold
//!   the order of sweeps; a row of ghosts belongs to the tile that computes the row it repeats.
#![allow(unsafe_code, reason = "calls machine code generated at run time; see the module's header")]

use std::ops::Range;
use std::slice;
use std::sync::Mutex;

use cranelift_jit::JITModule;
use cranelift_module::FuncId;
use rayon::prelude::*;

use super::bands::{Band, Bands};
use super::ghosts::{self, Rule, Walls};
use super::memory::{Layout, Storage, VECTOR_BYTES};
use super::real::Real;
use super::subnormals;
use super::tiles::{Phase, Tiles};
use crate::graph::Graph;
use crate::grid::{Axis, Grid};
use crate::program::{Buffer, BufferId, Part, Side};

/// What a kernel is called with. The code knows the offsets of the members; numbers have the program's precision.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Segment {
    /// First number of every buffer, by `BufferId`; then the tables of the graph, by `Part`.
    pub buffers: *const *mut u8,
    /// Values of the uniforms, by `UniformId`.
    pub uniforms: *const u8,
    /// Bytes from the first number of a buffer to the first cell.
    pub offset: i64,
    /// Bytes per row: whole vectors of any width.
    pub bytes: i64,
    /// Rows, all of one z; at least one.
    pub rows: i64,
    /// Position of the first cell.
    pub x: i64,
    /// Position of the first cell.
    pub y: i64,
    /// Position of all cells.
    pub z: i64,
}

type Entry = unsafe extern "C" fn(*const Segment);

/// The machine code of all kernels of a program.
pub(super) struct Code {
    entries: Vec<Entry>,
    /// Owns the memory of the code; in a mutex only because it is not `Sync`.
    module: Mutex<Option<JITModule>>,
}

impl Code {
    /// Takes finished functions, in the order of the kernels, each compiled to the signature of [`Entry`].
    pub(super) fn new(module: JITModule, functions: &[FuncId]) -> Self {
        let entry = |&function: &FuncId| {
            let address = module.get_finalized_function(function);
            // SAFETY: `compile` gave every function one pointer parameter, no result and the C calling convention.
            unsafe { std::mem::transmute::<*const u8, Entry>(address) }
        };
        Self { entries: functions.iter().map(entry).collect(), module: Mutex::new(Some(module)) }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.entries.clear();
        let module = self.module.get_mut().ok().and_then(Option::take);
        if let Some(module) = module {
            // SAFETY: the entries, the only pointers into the module's memory, are gone.
            unsafe { module.free_memory() };
        }
    }
}

/// Addresses of all buffers, kept from run to run so that a step allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Addresses(Vec<*mut u8>);

// SAFETY: the addresses are only used by `run` and `run_tiles`, with the storage they are into borrowed exclusively.
unsafe impl Send for Addresses {}
// SAFETY: as above; bands use them for disjoint numbers.
unsafe impl Sync for Addresses {}

impl Addresses {
    /// Those of all storage, which is the layout's.
    fn take<T: Real>(&mut self, job: &Job<'_, T>, storage: &mut [Storage]) {
        self.0.clear();
        for ((storage, buffer), layout) in storage.iter_mut().zip(job.buffers).zip(job.layouts) {
            let numbers = storage.numbers_mut::<T>();
            assert_eq!(numbers.len(), layout.component * buffer.components as usize, "storage of {}", buffer.name);
            self.0.push(numbers.as_mut_ptr().cast());
        }
        // Behind the buffers, the tables of a graph; nobody writes through these.
        for part in job.graph.iter().flat_map(|_| Part::ALL) {
            let indices = job.graph.and_then(|graph| part.indices(graph));
            self.0.push(indices.map_or(std::ptr::null_mut(), |indices| indices.padded().as_ptr().cast_mut().cast()));
        }
    }
}

/// Several sweeps in tiles: see [`super::tiles`].
pub(super) struct Tiled<'a, J> {
    /// The grid.
    pub grid: &'a Grid,
    /// The tiles.
    pub tiles: &'a Tiles,
    /// The layouts of the walls.
    pub walls: &'a Walls,
    /// What a sweep does, by its number; `bands` and `parallel` are not used.
    pub job: J,
    /// Number of sweeps.
    pub sweeps: usize,
    /// Which storage each buffer has in each sweep, sweep by sweep: between two steps, buffers may be exchanged.
    pub order: &'a [usize],
    /// Whether to use the threads of the current pool.
    pub parallel: bool,
}

/// Runs all sweeps.
pub(super) fn run_tiles<'a, T: Real>(
    code: &Code,
    tiled: &Tiled<'_, impl Fn(usize) -> Job<'a, T> + Sync>,
    storage: &mut [Storage],
    addresses: &mut Addresses,
) {
    let buffers = storage.len();
    addresses.take(&(tiled.job)(0), storage);
    for &place in tiled.order {
        let address = addresses.0[place];
        addresses.0.push(address);
    }
    let addresses = &*addresses;
    for phase in [Phase::Shrink, Phase::Grow] {
        let one = |tile: usize| {
            tiled.tiles.wave(phase, tile, tiled.sweeps, |sweep, slabs| {
                let table = &addresses.0[(1 + sweep) * buffers..][..buffers];
                run_slabs(code, tiled, &(tiled.job)(sweep), table, slabs);
            });
        };
        if tiled.parallel {
            (0..tiled.tiles.count()).into_par_iter().for_each(one);
        } else {
            (0..tiled.tiles.count()).for_each(one);
        }
    }
}

/// Runs a kernel over some slabs, and fills the ghosts that repeat what it has written there.
fn run_slabs<T: Real>(
    code: &Code,
    tiled: &Tiled<'_, impl Sync>,
    job: &Job<'_, T>,
    addresses: &[*mut u8],
    slabs: Range<usize>,
) {
    let layout = job.layout;
    let rows = layout.rows() / tiled.tiles.slabs();
    let band = Band { rows: slabs.start * rows..slabs.end * rows, cells: 0..layout.shape[0] };
    run_band(code, job, addresses, &band);
    let last = if layout.ghosts[2] { Axis::Z } else { Axis::Y };
    let signed = |slab: usize| isize::try_from(slab).expect("memory has fewer than 2^63 bytes");
    for &buffer in job.fill_x {
        if last == Axis::Z {
            for side in [Side::Low, Side::High] {
                fill_slab_ghosts(
                    tiled,
                    job,
                    addresses,
                    buffer,
                    (Axis::Y, side),
                    signed(slabs.start)..signed(slabs.end),
                );
            }
        }
        let ends = [(Side::Low, 0), (Side::High, tiled.tiles.slabs() - 1)];
        for ((side, nearest), (_, opposite)) in ends.into_iter().zip(ends.into_iter().rev()) {
            let source = if tiled.grid.bounded(last) { nearest } else { opposite };
            if slabs.contains(&source) {
                let places = if last == Axis::Z { -1..signed(layout.shape[1]) + 1 } else { 0..1 };
                fill_slab_ghosts(tiled, job, addresses, buffer, (last, side), places);
            }
        }
    }
}

/// Fills the ghosts beyond one end of the y or z axis in all components of a buffer.
fn fill_slab_ghosts<T: Real>(
    tiled: &Tiled<'_, impl Sync>,
    job: &Job<'_, T>,
    addresses: &[*mut u8],
    buffer: BufferId,
    (axis, side): (Axis, Side),
    places: Range<isize>,
) {
    let declared = &job.buffers[buffer.0 as usize];
    let layout = job.layout;
    let ghost = declared.ghosts[axis.index()][usize::from(side == Side::High)];
    let length = layout.shape[0] + 2;
    for component in 0..declared.components as usize {
        let wall = |wall, component| wall_component(job, addresses, wall, component);
        let rule = Rule::new(ghost, !tiled.grid.bounded(axis), component, wall);
        let start = addresses[buffer.0 as usize].cast::<T>();
        for row in ghosts::ghost_rows(tiled.grid, axis, side, layout, tiled.walls.along(axis), places.clone()) {
            let first = |row: usize| component * layout.component + row - 1;
            // SAFETY: a row of ghosts within the component, which only the tile that has computed its source touches.
            let ghost = unsafe { slice::from_raw_parts_mut(start.add(first(row.ghost)), length) };
            // SAFETY: another row, which this tile has just computed.
            let source = unsafe { slice::from_raw_parts(start.add(first(row.source)), length) };
            ghosts::fill_row(ghost, source, tiled.grid, row.wall, rule, ghosts::straight(declared, layout));
        }
    }
}

/// One kernel, its extent and what to do with what it has written.
pub(super) struct Job<'a, T> {
    /// Position of the kernel in the program.
    pub kernel: usize,
    /// Layout of the kernel's extent.
    pub layout: &'a Layout,
    /// Pieces of the extent.
    pub bands: &'a Bands,
    /// Whether to use the threads of the current pool.
    pub parallel: bool,
    /// The program's buffers and their layouts.
    pub buffers: &'a [Buffer],
    /// The layouts of the buffers.
    pub layouts: &'a [Layout],
    /// Values of all uniforms.
    pub uniforms: &'a [T],
    /// Buffers written by this kernel whose x ghosts are to be filled while their rows are in cache.
    pub fill_x: &'a [BufferId],
    /// Whether x is periodic.
    pub periodic_x: bool,
    /// Layout of the walls along x.
    pub wall_x: &'a Layout,
    /// The graph that kernels fetch along.
    pub graph: Option<&'a Graph>,
}

/// Runs a kernel over its extent.
pub(super) fn run<T: Real>(code: &Code, job: &Job<'_, T>, storage: &mut [Storage], addresses: &mut Addresses) {
    addresses.take(job, storage);
    let addresses = &*addresses;
    let one = |band: usize| run_band(code, job, &addresses.0, &job.bands.get(band));
    if job.parallel {
        (0..job.bands.len()).into_par_iter().for_each(one);
    } else {
        (0..job.bands.len()).for_each(one);
    }
}

fn run_band<T: Real>(code: &Code, job: &Job<'_, T>, addresses: &[*mut u8], band: &Band) {
    let layout = job.layout;
    let [_, ny, _] = layout.shape;
    let mut row = band.rows.start;
    while row < band.rows.end {
        let rows = (ny - row % ny).min(band.rows.end - row);
        let first = layout.row_start(row) + band.cells.start;
        let segment = Segment {
            buffers: addresses.as_ptr(),
            uniforms: job.uniforms.as_ptr().cast(),
            offset: signed(first * size_of::<T>()),
            bytes: signed(layout.vectors(band.cells.len()) * VECTOR_BYTES),
            rows: signed(rows),
            x: signed(band.cells.start),
            y: signed(row % ny),
            z: signed(row / ny),
        };
        let entry = code.entries[job.kernel];
        // SAFETY: see the module's header.
        subnormals::flushed(|| unsafe { entry(&raw const segment) });
        row += rows;
    }
    for &buffer in job.fill_x {
        fill_x_ghosts(job, addresses, buffer, band);
    }
}

/// Fills the x ghosts of a band's rows in all components of a buffer of the extent `Cells`.
fn fill_x_ghosts<T: Real>(job: &Job<'_, T>, addresses: &[*mut u8], buffer: BufferId, band: &Band) {
    let declared = &job.buffers[buffer.0 as usize];
    let layout = job.layout;
    let region = layout.row_start(band.rows.start) - 1;
    let length = layout.row_start(band.rows.end - 1) + layout.stride[1] - 1 - region;
    for component in 0..declared.components as usize {
        let rules = declared.ghosts[0].map(|ghost| {
            Rule::new(ghost, job.periodic_x, component, |wall, component| {
                wall_component(job, addresses, wall, component)
            })
        });
        let start = addresses[buffer.0 as usize].cast::<T>();
        // SAFETY: the padded rows of this band, which no other band touches, within the component.
        let numbers = unsafe { slice::from_raw_parts_mut(start.add(component * layout.component + region), length) };
        ghosts::fill_x(numbers, region, band.rows.clone(), layout, job.wall_x, rules);
    }
}

/// A component of a wall's coefficients.
fn wall_component<'a, T: Real>(job: &Job<'a, T>, addresses: &[*mut u8], wall: BufferId, component: usize) -> &'a [T] {
    let size = job.layouts[wall.0 as usize].component;
    let start = addresses[wall.0 as usize].cast::<T>();
    // SAFETY: a component of a wall, within its storage by validation; kernels over cells write no wall.
    unsafe { slice::from_raw_parts(start.add(component * size), size) }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("memory has fewer than 2^63 bytes")
}

#[cfg(test)]
mod tests {
    use super::super::compile::compile;
    use super::super::width::Width;
    use super::*;
    use crate::field::Kind;
    use crate::grid::Topology;
    use crate::math::arithmetic::Precision;
    use crate::program::{Extent, Ghost, KernelBuilder, Program, Role, Slot};

    /// Cells get what they should, and nothing outside a band's rows (but their padding) is touched.
    #[test]
    fn a_band_writes_its_own_rows_only() {
        let slot = |id| Slot { buffer: BufferId(id), component: 0 };
        let mut copy = KernelBuilder::new(Precision::F32, Extent::Cells);
        let right = copy.load(slot(0), [1, 0, 0]);
        copy.store(slot(1), right);
        let ghosts = [[Ghost::Mirror; 2]; 3];
        let buffer = |name: &str| Buffer {
            name: name.into(),
            role: Role::Work,
            kind: Kind::Real,
            components: 1,
            extent: Extent::Cells,
            ghosts,
        };
        let program = Program {
            grid: Grid::new(&[5, 3], &[1.0; 2], &[Topology::Periodic; 2]),
            precision: Precision::F32,
            dt: 1.0,
            rng_seed: 0,
            buffers: vec![buffer("u"), buffer("v")],
            uniforms: vec![],
            kernels: vec![copy.finish("copy")],
            prepare: vec![],
            step: vec![],
        };
        program.validate().expect("a valid program");
        let code = compile(&program, Width::widest()).expect("compiles");
        let layout = Layout::new(&program, Extent::Cells);
        let layouts = [layout.clone(), layout.clone()];
        let mut storage = [1, 2].map(|_| Storage::zeros::<f32>("test", &layout, 1, 0).expect("small"));
        storage[0].pack(&layout, &(0_u8..15).map(f32::from).collect::<Vec<_>>());
        storage[1].numbers_mut::<f32>().fill(-1.0);
        let job: Job<'_, f32> = Job {
            graph: None,
            kernel: 0,
            layout: &layout,
            bands: &Bands::new(&layout),
            parallel: false,
            buffers: &program.buffers,
            layouts: &layouts,
            uniforms: &[],
            fill_x: &[BufferId(1)],
            periodic_x: true,
            wall_x: &layout,
        };
        let mut addresses = Addresses::default();
        for storage in &mut storage {
            addresses.0.push(storage.numbers_mut::<f32>().as_mut_ptr().cast());
        }
        run_band(&code, &job, &addresses.0, &Band { rows: 1..2, cells: 0..5 });
        let written = storage[1].numbers::<f32>();
        let start = layout.row_start(1);
        // The x ghost of u holds 0 here; those of v are periodic.
        assert_eq!(written[start - 1..start + 6], [0.0, 6.0, 7.0, 8.0, 9.0, 0.0, 6.0]);
        let row = start - 1..start - 1 + layout.stride[1];
        let outside = written.iter().enumerate().filter(|(position, _)| !row.contains(position));
        assert!(outside.into_iter().all(|(_, &value)| value.to_bits() == (-1.0_f32).to_bits()));
    }
}
