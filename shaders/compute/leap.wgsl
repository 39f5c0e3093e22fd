// Several steps in one pass: a workgroup copies a tile of the grid and a halo round it into its own memory, makes all the
// steps there, and writes the tile to where nobody reads. In: bases, the numbers of every step, the arenas of what is
// carried from step to step and of what the steps only read. Out: the carried buffers some steps later, in their spares.
// A sweep computes what the sweeps after it need: the tile and less and less of its halo, which several workgroups compute,
// by the same operations. Within a sweep nothing is read displaced that it writes, and a barrier separates it from the
// next, so the outcome depends on no order.
// Generated: `carry_in` and `carry_out` copy the numbers of a cell, `make_step` makes the sweeps of a step. Needs STEPS,
// TILE, HALO, SPAN (both together), REACH (of a step), BOUNDED, TILES, COLUMNS, ROWS, LAYERS and HELD of the generated
// header.

#import cell
#import lanes
#import neighbors
#import numbers
#import numeric
#import storage

@group(0) @binding(1) var<uniform> clocks: array<Numbers, STEPS>;

// What the workgroup holds: planes of PLANE numbers, one after the other, x fastest. A vector more at each end is there to
// be read beside what nobody needs.
var<workgroup> tile: array<Real, HELD>;

const ROW = SPAN.x;
const LAYER = SPAN.x * SPAN.y;
const PLANE = LAYER * SPAN.z;
// Whole grids, so that positions in the halo do not fall below 0.
const AROUND = (HALO / SHAPE + 1u) * SHAPE;

// The first cell of the tile, and the invocation's place in its workgroup.
var<private> start: vec3<u32>;
var<private> own: vec3<u32>;

fn tile_at(base: u32, at: u32) -> Real {
    return tile[base / LANES + at / LANES];
}

fn set_tile(base: u32, at: u32, value: Real) {
    tile[base / LANES + at / LANES] = value;
}

// Positions in the tile's memory, from `low` to below `high`.
struct Box {
    low: vec3<u32>,
    high: vec3<u32>,
}

// The tile with so many cells round it, without those beyond walls and beyond what the last tile needs.
fn tile_with(more: vec3<u32>) -> Box {
    let low = HALO - more;
    let high = HALO + min(TILE, SHAPE - start) + more;
    let walls = Box(HALO - min(start, HALO), HALO + SHAPE - start);
    return Box(select(low, max(low, walls.low), BOUNDED), select(high, min(high, walls.high), BOUNDED));
}

// The positions of a box that the invocation has, one after the other: of a column of vectors every ROWS-th row in every
// LAYERS-th layer. After the last, z is not below that of `high`.
fn first_in(within: Box) -> vec3<u32> {
    let at = within.low + vec3<u32>(0u, own.y, own.z);
    let x = own.x * LANES;
    let none = x + LANES <= within.low.x || x >= within.high.x || at.y >= within.high.y;
    return vec3<u32>(x, at.y, select(at.z, within.high.z, none));
}

fn next_in(within: Box, at: vec3<u32>) -> vec3<u32> {
    let up = at.y + ROWS;
    if (up < within.high.y) {
        return vec3<u32>(at.x, up, at.z);
    }
    return vec3<u32>(at.x, within.low.y + own.y, at.z + LAYERS);
}

fn place_in_tile(at: vec3<u32>) -> u32 {
    return LANES + at.z * LAYER + at.y * ROW + at.x;
}

fn cell_in_tile(at: vec3<u32>) -> Cell {
    let cell = (start + at + (AROUND - HALO)) % SHAPE;
    return Cell(index_of(cell), cell);
}

@compute @workgroup_size(COLUMNS, ROWS, LAYERS)
fn leap(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let number = group.y * GROUPS_X + group.x;
    if (number >= TILES.x * TILES.y * TILES.z) {
        return;
    }
    start = vec3<u32>(number % TILES.x, number / TILES.x % TILES.y, number / (TILES.x * TILES.y)) * TILE;
    own = local;
    let needed = tile_with(STEPS * REACH);
    for (var at = first_in(needed); at.z < needed.high.z; at = next_in(needed, at)) {
        carry_in(cell_in_tile(at), place_in_tile(at));
    }
    workgroupBarrier();
    for (var now = 0u; now < STEPS; now++) {
        make_step(now, (STEPS - 1u - now) * REACH);
    }
    let made = tile_with(vec3<u32>(0u));
    for (var at = first_in(made); at.z < made.high.z; at = next_in(made, at)) {
        carry_out(cell_in_tile(at), place_in_tile(at));
    }
}
