// Where buffers lie in their arenas. `bases[i / 4][i % 4]` is the first element of program buffer i; a swap selects
// another table (by dynamic offset), so that pipelines never change. Needs BASE_BLOCKS of the generated header.

@group(0) @binding(0) var<uniform> bases: array<vec4<u32>, BASE_BLOCKS>;

fn base_of(buffer: u32) -> u32 {
    return bases[buffer / 4u][buffer % 4u];
}
