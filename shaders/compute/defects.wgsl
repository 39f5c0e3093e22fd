// Which plaquettes of a plane grid carry phase defects, in the order of their lowest cells.
//
// `count`: an invocation per plaquette; each workgroup counts its own. `scan`: one workgroup turns the counts into the
// rank of each workgroup's first, and their sum. `write`: each found plaquette is written at its rank. No atomics:
// the list is the same on every run.
//
// A face of four calm edges has no winding. Of the others the integers on edges are rounded from arc tangents in f32;
// where one of them is in doubt (nearer to a half than the error, or a value too small or too large), the plaquette is
// listed even if its charge seems to be 0: a record holds the corners' own bits, from which the host decides exactly.
//
// A record is RECORD words: the lowest cell, the charge, x and y of the zero in cells, the values (re, im) at the
// lowest corner, beside it along x, above it along y, and across, and the links along x and y from the lowest, along
// x from the one above and along y from the one beside.

#import storage
#import cell
#import finite

// Of every workgroup, then the total.
@group(0) @binding(4) var<storage, read_write> ranks: array<u32>;
@group(0) @binding(5) var<storage, read_write> records: array<u32>;

const RECORD = 16u;
const PI = 3.14159265f;
const TURN = 6.28318531f;
// Share of a turn within which a rounded angle is in doubt, and its growth with the link.
const DOUBT = 1e-4f;
const DOUBT_PER_ANGLE = 1e-6f;
const LARGEST_LINK = 1e4f;
const SMALL_LINK = 1.5f;

var<workgroup> shared_counts: array<u32, WORKGROUP>;

struct Plaquette {
    listed: bool,
    charge: i32,
    values: array<vec2<u32>, 4>,
    angles: array<u32, 4>,
}

// A turn of the phase along an edge, and whether it is certain.
struct Turn {
    count: i32,
    certain: bool,
}

fn value_at(index: u32) -> vec2<u32> {
    let base = base_of(U_BUFFER);
    return vec2<u32>(source_at(base, index), source_at(base + CELLS, index));
}

fn link_at(axis: u32, index: u32) -> u32 {
    if (LINKED) {
        return links_at(base_of(THETA_BUFFER) + axis * CELLS, index);
    }
    return 0u;
}

fn is_active(index: u32, value: vec2<u32>) -> bool {
    var alive = is_finite(bitcast<f32>(value.x)) && is_finite(bitcast<f32>(value.y));
    if (MASKED) {
        alive = alive && mask_at(base_of(MASK_BUFFER), index) != 0.0;
    }
    return alive;
}

fn is_zero(value: vec2<u32>) -> bool {
    return ((value.x | value.y) & 0x7fffffffu) == 0u;
}

// A value made about 1 by a power of two, which keeps its direction; of those that can be, see `has_phase`.
fn direction(value: vec2<u32>) -> vec2<f32> {
    let larger = max(value.x & 0x7fffffffu, value.y & 0x7fffffffu);
    let scale = bitcast<f32>((254u - clamp(larger >> 23u, 1u, 253u)) << 23u);
    return bitcast<vec2<f32>>(value) * scale;
}

// Whether a value is neither zero nor subnormal, and finite.
fn has_phase(value: vec2<u32>) -> bool {
    let larger = max(value.x & 0x7fffffffu, value.y & 0x7fffffffu);
    return larger >= 0x00800000u && larger < 0x7f000000u;
}

// The twin of `calm` and `void` on the CPU.
fn is_calm(a: vec2<u32>, b: vec2<u32>, angle: u32) -> bool {
    if (!(abs(bitcast<f32>(angle)) <= SMALL_LINK) || !is_finite(bitcast<f32>(angle))) {
        return false;
    }
    if (!has_phase(a) || !has_phase(b)) {
        return is_zero(a) && is_zero(b);
    }
    let products = direction(a) * direction(b);
    return products.x + products.y > 2e-6 * (abs(products.x) + abs(products.y)) + 1e-30;
}

// The argument, to about 1e-5. Signs are told by their bits, subnormal as a part may be.
fn phase(value: vec2<u32>) -> f32 {
    let size = abs(direction(value));
    let t = min(size.x, size.y) / max(size.x, size.y);
    let s = t * t;
    let odd = ((((-0.01172120 * s + 0.05265332) * s - 0.11643287) * s + 0.19354346) * s - 0.33262347) * s + 0.99997726;
    var angle = odd * t;
    if (size.y > size.x) {
        angle = 0.5 * PI - angle;
    }
    if ((value.x >> 31u) == 1u) {
        angle = PI - angle;
    }
    if ((value.y >> 31u) == 1u && (value.y & 0x7fffffffu) != 0u) {
        angle = -angle;
    }
    return angle;
}

fn turn(a: vec2<u32>, b: vec2<u32>, angle: u32) -> Turn {
    let theta = bitcast<f32>(angle);
    var difference = theta;
    var certain = is_finite(theta) && abs(theta) < LARGEST_LINK;
    // Between two zeros the phase is the same, namely none.
    if (!(is_zero(a) && is_zero(b))) {
        certain = certain && has_phase(a) && has_phase(b);
        if (certain) {
            difference += phase(b) - phase(a);
        }
    }
    if (!certain) {
        return Turn(0, false);
    }
    let turns = difference / TURN;
    let whole = round(turns);
    return Turn(i32(whole), abs(turns - whole) < 0.5 - DOUBT - DOUBT_PER_ANGLE * abs(theta));
}

fn beyond(at: u32, count: u32) -> u32 {
    return select(at + 1u, 0u, at + 1u == count);
}

fn plaquette_at(index: u32) -> Plaquette {
    var found: Plaquette;
    found.listed = false;
    if (index >= CELLS) {
        return found;
    }
    let at = cell_at(index).at;
    if ((at.x + 1u == SHAPE.x && !PERIODIC_X) || (at.y + 1u == SHAPE.y && !PERIODIC_Y)) {
        return found;
    }
    let right = beyond(at.x, SHAPE.x);
    let up = beyond(at.y, SHAPE.y);
    let beside = index_of(vec3<u32>(right, at.y, 0u));
    let above = index_of(vec3<u32>(at.x, up, 0u));
    let across = index_of(vec3<u32>(right, up, 0u));
    let a = value_at(index);
    let b = value_at(beside);
    let c = value_at(above);
    let d = value_at(across);
    let ab = link_at(0u, index);
    let ac = link_at(1u, index);
    let cd = link_at(0u, above);
    let bd = link_at(1u, beside);
    if (is_calm(a, b, ab) && is_calm(a, c, ac) && is_calm(c, d, cd) && is_calm(b, d, bd)) {
        return found;
    }
    if (!(is_active(index, a) && is_active(beside, b) && is_active(above, c) && is_active(across, d))) {
        return found;
    }
    let below_turn = turn(a, b, ab);
    let left_turn = turn(a, c, ac);
    let above_turn = turn(c, d, cd);
    let right_turn = turn(b, d, bd);
    found.charge = above_turn.count - below_turn.count + left_turn.count - right_turn.count;
    let certain = below_turn.certain && left_turn.certain && above_turn.certain && right_turn.certain;
    found.listed = found.charge != 0 || !certain;
    found.values = array<vec2<u32>, 4>(a, b, c, d);
    found.angles = array<u32, 4>(ab, ac, cd, bd);
    return found;
}

// The sum of the counts of lower lanes; the total is in the last lane's sum and its own count.
fn lower_sum(lane: u32, own: u32) -> u32 {
    shared_counts[lane] = own;
    workgroupBarrier();
    for (var reach = 1u; reach < WORKGROUP; reach *= 2u) {
        var lower = 0u;
        if (lane >= reach) {
            lower = shared_counts[lane - reach];
        }
        workgroupBarrier();
        shared_counts[lane] += lower;
        workgroupBarrier();
    }
    return shared_counts[lane] - own;
}

@compute @workgroup_size(WORKGROUP)
fn count(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let found = plaquette_at(linear_index(group, lane));
    let own = select(0u, 1u, found.listed);
    let before = lower_sum(lane, own);
    let number = group.y * GROUPS_X + group.x;
    if (lane == WORKGROUP - 1u && number < GROUP_COUNT) {
        ranks[number] = before + own;
    }
}

@compute @workgroup_size(WORKGROUP)
fn scan(@builtin(local_invocation_index) lane: u32) {
    let share = (GROUP_COUNT + WORKGROUP - 1u) / WORKGROUP;
    let first = lane * share;
    let end = min(first + share, GROUP_COUNT);
    var own = 0u;
    for (var i = first; i < end; i++) {
        own += ranks[i];
    }
    var rank = lower_sum(lane, own);
    for (var i = first; i < end; i++) {
        let counted = ranks[i];
        ranks[i] = rank;
        rank += counted;
    }
    if (lane == WORKGROUP - 1u) {
        ranks[GROUP_COUNT] = rank;
    }
}

fn turned(value: vec2<f32>, angle: f32) -> vec2<f32> {
    let c = cos(angle);
    let s = sin(angle);
    return vec2<f32>(value.x * c - value.y * s, value.x * s + value.y * c);
}

// The zero of the bilinear interpolant in the unit square, all corners read in the frame of the lowest: the twin of
// `bilinear_zero`, to the precision of a picture.
fn zero_inside(found: Plaquette) -> vec2<f32> {
    let ab = bitcast<f32>(found.angles[0]);
    let ac = bitcast<f32>(found.angles[1]);
    let cd = bitcast<f32>(found.angles[2]);
    let bd = bitcast<f32>(found.angles[3]);
    var corners: array<vec2<f32>, 4>;
    var size = 0.0;
    for (var corner = 0; corner < 4; corner++) {
        corners[corner] = bitcast<vec2<f32>>(found.values[corner]);
        size = max(size, max(abs(corners[corner].x), abs(corners[corner].y)));
    }
    let unit = 1.0 / clamp(size, 1e-37, 1e37);
    let a = corners[0] * unit;
    let p = turned(corners[1] * unit, ab) - a;
    let q = turned(corners[2] * unit, ac) - a;
    let mixed = turned(corners[3] * unit, 0.5 * (ab + bd + ac + cd)) - a - p - q;
    // Newton's method from the middle: the plaquette has a simple zero.
    var at = vec2<f32>(0.5, 0.5);
    for (var i = 0; i < 8; i++) {
        let value = a + p * at.x + q * at.y + mixed * (at.x * at.y);
        let along_x = p + mixed * at.y;
        let along_y = q + mixed * at.x;
        let determinant = along_x.x * along_y.y - along_y.x * along_x.y;
        if (abs(determinant) > 1e-30) {
            let step = vec2<f32>(along_y.x * value.y - along_y.y * value.x, along_x.y * value.x - along_x.x * value.y);
            at = clamp(at + step / determinant, vec2<f32>(0.0), vec2<f32>(1.0));
        }
    }
    return at;
}

@compute @workgroup_size(WORKGROUP)
fn write(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = linear_index(group, lane);
    let found = plaquette_at(index);
    let before = lower_sum(lane, select(0u, 1u, found.listed));
    let number = group.y * GROUPS_X + group.x;
    if (!found.listed || number >= GROUP_COUNT) {
        return;
    }
    let place = (ranks[number] + before) * RECORD;
    if (place + RECORD > arrayLength(&records)) {
        return;
    }
    let at = cell_at(index).at;
    let zero = vec2<f32>(at.xy) + 0.5 + zero_inside(found);
    let extent = vec2<f32>(SHAPE.xy);
    let inside = select(zero, zero - extent, zero >= extent);
    records[place] = index;
    records[place + 1u] = bitcast<u32>(found.charge);
    records[place + 2u] = bitcast<u32>(inside.x);
    records[place + 3u] = bitcast<u32>(inside.y);
    for (var corner = 0u; corner < 4u; corner++) {
        records[place + 4u + 2u * corner] = found.values[corner].x;
        records[place + 5u + 2u * corner] = found.values[corner].y;
        records[place + 12u + corner] = found.angles[corner];
    }
}
