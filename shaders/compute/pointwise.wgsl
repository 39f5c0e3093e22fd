// One kernel of the program: runs the generated `update` once for every cell of the kernel's extent, or for four
// neighbours of a row at once. In: bases, numbers, held values and the arenas that `update` reads. Out: the arenas that
// it writes. All reads are gathers and each cell is written by one invocation only, so the outcome depends on no order.

#import cell
#import lanes
#import neighbors
#import numeric
#import storage
#import clock

@compute @workgroup_size(TILE_X, TILE_Y, TILE_Z)
fn pointwise(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let cell = first_cell(group, local);
    if (all(cell.at < SHAPE)) {
        update(cell);
    }
}
