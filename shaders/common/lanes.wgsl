// The cells of an invocation: LANES neighbours of a row, from `cell` on. A `Real` holds a number of each. Needs Real, Bits,
// LANES and LANE (0 .. LANES) of the generated header.

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
