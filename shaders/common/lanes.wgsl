// The cells of an invocation: LANES neighbours of a row, from `cell` on. A `Real` holds a number of each. Needs Real,
// LANES, LANE (0 .. LANES), TILE_X, TILE_Y, TILE_Z and TILES of the generated header.

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

// Positions along the axes.

fn along_x(cell: Cell) -> Real {
    return Real(Bits(cell.at.x) + LANE);
}

fn along_y(cell: Cell) -> Real {
    return Real(f32(cell.at.y));
}

fn along_z(cell: Cell) -> Real {
    return Real(f32(cell.at.z));
}

// Positions in a wall's storage of the cells beside it: that axis is left out. `x` is that of every lane.

fn on_wall_x(at: vec3<u32>, x: Bits) -> Bits {
    return Bits(at.z * SHAPE.y + at.y);
}

fn on_wall_y(at: vec3<u32>, x: Bits) -> Bits {
    return at.z * SHAPE.x + x;
}

fn on_wall_z(at: vec3<u32>, x: Bits) -> Bits {
    return at.y * SHAPE.x + x;
}
