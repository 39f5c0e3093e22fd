// Combines one component of a buffer over all active cells into a held value, in a tree whose shape depends on the
// number of cells only: same bits on every run.
// `gather`: GROUPS workgroups; an invocation takes every (GROUPS * WORKGROUP)-th cell, in blocks of BLOCK, and the
// workgroup combines pairwise. `finish`: one workgroup combines the partial results, likewise, and writes the outcome.
// All in f32: the longest chain of additions is about 2 * BLOCK + 20, hence errors of a few units in the last place.
// A partial result is (value, number of active cells).

#import storage
#import clock

// GROUPS partial results, then the mean that the second pass of a standard deviation needs.
@group(0) @binding(4) var<storage, read_write> partial: array<vec2<f32>>;
// One pair per uniform of the program: the value that step n sees is in place n % 2.
@group(0) @binding(5) var<storage, read_write> held: array<vec2<f32>>;

// What COMBINE says.
const SUM = 0u;
const MIN = 1u;
const MAX = 2u;
// Sum of squared distances from the mean.
const SQUARES = 3u;
// The largest finite number: never write an infinity in WGSL.
const LARGEST = 0x1.fffffep+127f;
const BLOCK = 16u;

var<workgroup> shared_partial: array<vec2<f32>, WORKGROUP>;

fn nothing() -> vec2<f32> {
    return vec2<f32>(select(select(0.0, LARGEST, COMBINE == MIN), -LARGEST, COMBINE == MAX), 0.0);
}

fn combined(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let count = a.y + b.y;
    switch COMBINE {
        case MIN: { return vec2<f32>(select(a.x, b.x, b.x < a.x), count); }
        case MAX: { return vec2<f32>(select(a.x, b.x, a.x < b.x), count); }
        default: { return vec2<f32>(a.x + b.x, count); }
    }
}

fn of_cell(index: u32) -> vec2<f32> {
    if (MASKED) {
        if (mask_at(base_of(MASK_BUFFER) + MASK_OFFSET, index) == 0.0) {
            return nothing();
        }
    }
    let value = source_at(base_of(SOURCE_BUFFER) + SOURCE_OFFSET, index);
    let distance = value - partial[GROUPS].x;
    return vec2<f32>(select(value, distance * distance, COMBINE == SQUARES), 1.0);
}

// Pairwise over the workgroup; the outcome is in shared_partial[0].
fn combine_workgroup(lane: u32, own: vec2<f32>) {
    shared_partial[lane] = own;
    workgroupBarrier();
    for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
        if (lane < width) {
            shared_partial[lane] = combined(shared_partial[lane], shared_partial[lane + width]);
        }
        workgroupBarrier();
    }
}

@compute @workgroup_size(WORKGROUP)
fn gather(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let stride = GROUPS * WORKGROUP;
    var total = nothing();
    var index = group.x * WORKGROUP + lane;
    while (index < CELLS) {
        var block = nothing();
        for (var i = 0u; i < BLOCK && index < CELLS; i++) {
            block = combined(block, of_cell(index));
            index += stride;
        }
        total = combined(total, block);
    }
    combine_workgroup(lane, total);
    if (lane == 0u) {
        partial[group.x] = shared_partial[0];
    }
}

@compute @workgroup_size(WORKGROUP)
fn finish(@builtin(local_invocation_index) lane: u32) {
    var total = nothing();
    for (var i = lane; i < GROUPS; i += WORKGROUP) {
        total = combined(total, partial[i]);
    }
    combine_workgroup(lane, total);
    if (lane == 0u) {
        var outcome = shared_partial[0].x;
        if (DIVIDED) {
            outcome /= max(shared_partial[0].y, 1.0);
        }
        if (COMBINE == SQUARES) {
            outcome = sqrt(outcome);
        }
        // Over no cell at all, every reduction is 0.
        outcome = select(outcome, 0.0, shared_partial[0].y == 0.0);
        if (TO_MEAN) {
            partial[GROUPS].x = outcome;
        } else {
            // The step that will see it; until then its place still holds what no later kernel of this step reads.
            held[HELD][(numbers.step_low + SERVES) % 2u] = outcome;
        }
    }
}
