// Fills a buffer with independent normal numbers (mean 0, variance 1): component c from stream FIRST_STREAM + c.
// An invocation makes one block of Philox4x32-10 per component, counter (cell / 4, step low, step high, stream), and
// writes its four words as the normal numbers of four neighbouring cells. Twin of math/rng.rs.

#import cell
#import storage
#import clock
#import rng

@compute @workgroup_size(WORKGROUP)
fn normal(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let quad = linear_index(group, lane);
    if (4u * quad >= CELLS) {
        return;
    }
    for (var component = 0u; component < COMPONENTS; component++) {
        let counter = vec4<u32>(quad, numbers.step_low, numbers.step_high, FIRST_STREAM + component);
        let bits = philox4x32(counter, vec2<u32>(numbers.key_low, numbers.key_high));
        for (var i = 0u; i < min(4u, CELLS - 4u * quad); i++) {
            set_drawn(base_of(BUFFER) + component * CELLS, 4u * quad + i, normal_from_bits(bits[i]));
        }
    }
}
