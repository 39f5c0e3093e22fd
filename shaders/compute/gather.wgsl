// Adds up what the edges or triangles of a graph give to what they surround: one invocation per node or edge, which goes
// through its list in order. Gathers only, so the outcome depends on no order of invocations. Twin of
// engine/cpu/gather.rs.
// `members` holds for every graph table where each list starts, then all lists; an entry is the number of an edge or
// triangle and, in its lowest BITS bits, which part of it the target is.

#import cell
#import storage

@group(0) @binding(2) var<storage, read> members: array<u32>;

// What SHARE says: every part gets the same; the last part gets the negative; the second end of an edge has components
// of its own; the sum becomes a mean.
const SAME = 0u;
const SIGNED = 1u;
const OWN = 2u;
const MEAN = 3u;

@compute @workgroup_size(WORKGROUP)
fn gather(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let index = linear_index(group, lane);
    if (index >= CELLS) {
        return;
    }
    let first = members[STARTS + index];
    let end = members[STARTS + index + 1u];
    var sums: array<f32, COMPONENTS>;
    for (var i = first; i < end; i++) {
        let entry = members[MEMBERS + i];
        let part = entry & ((1u << BITS) - 1u);
        let own = select(0u, part * COMPONENTS, SHARE == OWN);
        for (var component = 0u; component < COMPONENTS; component++) {
            let term = gathered_at(base_of(FROM) + (own + component) * GIVERS, entry >> BITS);
            sums[component] = select(sums[component] + term, sums[component] - term, SHARE == SIGNED && part == BITS);
        }
    }
    for (var component = 0u; component < COMPONENTS; component++) {
        var sum = sums[component];
        if (SHARE == MEAN) {
            sum /= f32(max(end - first, 1u));
        }
        set_gathered(base_of(TO) + component * CELLS, index, sum);
    }
}
