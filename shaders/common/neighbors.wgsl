// Neighbouring positions along one axis of n cells: periodic axes wrap, bounded axes stay at the wall's own cell, whose
// value the generated load then turns into the ghost.

fn wrap_low(i: u32, n: u32) -> u32 {
    return select(i, n, i == 0u) - 1u;
}

fn wrap_high(i: u32, n: u32) -> u32 {
    return select(i + 1u, 0u, i + 1u == n);
}

fn clamp_low(i: u32) -> u32 {
    return max(i, 1u) - 1u;
}

fn clamp_high(i: u32, n: u32) -> u32 {
    return min(i + 1u, n - 1u);
}

// How many cells away the neighbour is in a tile that ends at the walls: 1, or 0 where the cell is the wall's own.

fn cells_below(i: u32) -> u32 {
    return min(i, 1u);
}

fn cells_above(i: u32, n: u32) -> u32 {
    return min(n - 1u - i, 1u);
}
