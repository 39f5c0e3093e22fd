// The cell that an invocation works on. In: the linear index of an invocation. Out: index and position of its cell.
// Needs SHAPE, CELLS, WORKGROUP and GROUPS_X of the generated header. Invocations are numbered linearly through the
// workgroups of a two-dimensional dispatch, because one dimension holds only 65 535 of them.

struct Cell {
    // Position in storage: x fastest, then y, then z.
    index: u32,
    // Position along x, y, z.
    at: vec3<u32>,
}

fn linear_index(group: vec3<u32>, lane: u32) -> u32 {
    return (group.y * GROUPS_X + group.x) * WORKGROUP + lane;
}

fn index_of(at: vec3<u32>) -> u32 {
    return (at.z * SHAPE.y + at.y) * SHAPE.x + at.x;
}

fn cell_at(index: u32) -> Cell {
    // SHAPE is known when the pipeline is made, so these divisions become multiplications.
    let row = index / SHAPE.x;
    return Cell(index, vec3<u32>(index % SHAPE.x, row % SHAPE.y, row / SHAPE.y));
}
