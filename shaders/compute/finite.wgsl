// Whether a part of an arena is finite. In: `examined_at` and the range to look at. Out: `verdict` becomes 1 if any number
// is infinite or NaN. An invocation looks at every STRIDE-th number; the integer store is the same whoever makes it.

#import finite

struct Range {
    base: u32,
    count: u32,
}

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(2) var<storage, read_write> verdict: atomic<u32>;

@compute @workgroup_size(WORKGROUP)
fn finite(@builtin(global_invocation_id) id: vec3<u32>) {
    var found = false;
    for (var i = id.x; i < range.count; i += STRIDE) {
        found = found || !is_finite(examined_at(range.base, i));
    }
    if (found) {
        atomicStore(&verdict, 1u);
    }
}
