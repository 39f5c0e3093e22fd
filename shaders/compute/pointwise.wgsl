// One kernel of the program: runs the generated `update` once for every cell of the kernel's extent, or for four
// neighbours of a row at once. In: bases, numbers, held values and the arenas that `update` reads. Out: the arenas that
// it writes. All reads are gathers and each cell is written by one invocation only, so the outcome depends on no order.
// Needs TILE_X, TILE_Y, TILE_Z and TILES of the generated header, too.

#import cell
#import lanes
#import neighbors
#import numeric
#import storage
#import clock

const TILE = vec3<u32>(TILE_X, TILE_Y, TILE_Z);

// The cells of an invocation, in tiles or, where a tile is one row, in the order of storage. Those beyond the end are
// outside of SHAPE.
fn first_cell(group: vec3<u32>, local: vec3<u32>) -> Cell {
    if (TILE_Y * TILE_Z == 1u) {
        return cell_at(LANES * linear_index(group, local.x));
    }
    let tile = group.y * GROUPS_X + group.x;
    let at = vec3<u32>(tile % TILES.x, tile / TILES.x % TILES.y, tile / (TILES.x * TILES.y)) * TILE + local;
    let first = at * vec3<u32>(LANES, 1u, 1u);
    return Cell(index_of(first), first);
}

@compute @workgroup_size(TILE_X, TILE_Y, TILE_Z)
fn pointwise(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let cell = first_cell(group, local);
    if (all(cell.at < SHAPE)) {
        update(cell);
    }
}
