// One kernel of the program: runs the generated `update` once for every cell of the kernel's extent.
// In: bases, numbers, held values and the arenas that `update` reads. Out: the arenas that it writes.
// All reads are gathers and each cell is written by one invocation only, so the outcome depends on no order.

#import cell
#import neighbors
#import numeric
#import storage
#import clock

@compute @workgroup_size(WORKGROUP)
fn pointwise(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = linear_index(group, lane);
    if (index < CELLS) {
        update(cell_at(index));
    }
}
