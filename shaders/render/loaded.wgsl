// The value between cells, from its four neighbours. No entry point: it stands after `values.wgsl`.
//
// Between cell centres values are bilinear, complex ones in the complex plane, so that phases have no seam. Where cells
// are large on the screen, the weights sharpen until each cell has its own colour and sharp edges. Inert cells weigh
// nothing.

fn is_finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// A neighbouring cell along one axis: periodic axes wrap, bounded axes end.
fn inside(i: i32, n: i32, periodic: u32) -> i32 {
    if periodic == 0u {
        return clamp(i, 0, n - 1);
    }
    return select(select(i, i - n, i >= n), i + n, i < 0);
}

fn value_at(at: vec2<f32>) -> Value {
    let lower = floor(at - 0.5);
    let share = at - 0.5 - lower;
    let low = vec2<i32>(lower);
    let x0 = inside(low.x, plane.cells.x, plane.periodic.x);
    let x1 = inside(low.x + 1, plane.cells.x, plane.periodic.x);
    let y0 = inside(low.y, plane.cells.y, plane.periodic.y);
    let y1 = inside(low.y + 1, plane.cells.y, plane.periodic.y);
    var a = textureLoad(values, vec2<i32>(x0, y0), 0).xy;
    var b = textureLoad(values, vec2<i32>(x1, y0), 0).xy;
    var c = textureLoad(values, vec2<i32>(x0, y1), 0).xy;
    var d = textureLoad(values, vec2<i32>(x1, y1), 0).xy;
    let sharp = clamp((share - 0.5) * plane.sharpness + 0.5, vec2<f32>(0.0), vec2<f32>(1.0));
    var value: Value;
    value.alive = 1.0;
    if made_for_holes && plane.holes != 0u {
        let live = vec4<f32>(vec4<bool>(is_finite(a.x), is_finite(b.x), is_finite(c.x), is_finite(d.x)));
        let rows = mix(live.xz, live.yw, sharp.x);
        value.alive = mix(rows.x, rows.y, sharp.y);
        if value.alive < 4.0 && min(min(live.x, live.y), min(live.z, live.w)) < 1.0 {
            // Inert corners take the mean of the live ones, so that nothing flows in from where nothing is.
            a = select(vec2<f32>(0.0), a, live.x > 0.0);
            b = select(vec2<f32>(0.0), b, live.y > 0.0);
            c = select(vec2<f32>(0.0), c, live.z > 0.0);
            d = select(vec2<f32>(0.0), d, live.w > 0.0);
            let mean = (a + b + c + d) / max(live.x + live.y + live.z + live.w, 1.0);
            a = select(mean, a, live.x > 0.0);
            b = select(mean, b, live.y > 0.0);
            c = select(mean, c, live.z > 0.0);
            d = select(mean, d, live.w > 0.0);
        }
    }
    value.shown = mix(mix(a, b, sharp.x), mix(c, d, sharp.x), sharp.y);
    value.along_x = mix(b - a, d - c, share.y);
    value.along_y = mix(c - a, d - b, share.x);
    value.smooth_value = mix(mix(a, b, share.x), mix(c, d, share.x), share.y);
    return value;
}
