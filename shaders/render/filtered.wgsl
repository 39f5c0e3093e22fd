// The value between cells, as a sampler blends it: a third of the time of `loaded.wgsl` on a software driver. No entry
// point: it stands after `values.wgsl`.
//
// Where no cell is inert, cells are small on the screen and no contour is drawn, this is what `loaded.wgsl` computes.

@group(1) @binding(4) var smooth_values: sampler;

fn value_at(at: vec2<f32>) -> Value {
    let shown = textureSampleLevel(values, smooth_values, at / vec2<f32>(plane.cells), 0.0).xy;
    return Value(shown, shown, vec2<f32>(0.0), vec2<f32>(0.0), 1.0);
}
