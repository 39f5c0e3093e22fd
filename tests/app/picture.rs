//! Pictures of the panels for the eye: `cargo test -- --ignored pictures_of_the_panels` writes them to the folder that
//! `SEMAFIELD_PICTURES` names.
//!
//! In: what egui wants drawn. Out: PNG files. Triangles are filled in software, pixel by pixel, so that no adapter is
//! needed; the same test finds that the panels can be drawn at all.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of small pictures")]

use std::collections::BTreeMap;
use std::path::Path;

use egui::epaint::{Primitive, Vertex};
use egui::{Color32, ColorImage, Pos2, Rect, TextureId, Vec2};
use semafield::app::frame::Notice;
use semafield::app::state::{Panel, Tool};
use semafield::app::words::Language;

use super::World;

/// Pixels, premultiplied.
struct Canvas {
    size: [usize; 2],
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn triangle(&mut self, corners: [&Vertex; 3], clip: Rect, texture: &ColorImage, scale: f32) {
        let [a, b, c] = corners.map(|corner| corner.pos * scale);
        let area = cross(b - a, c - a);
        if area == 0.0 {
            return;
        }
        let bounds = Rect::from_points(&[a, b, c]).intersect(clip * scale);
        let limit = |value: f32, most: usize| (value.max(0.0) as usize).min(most);
        for y in limit(bounds.top().floor(), self.size[1])..limit(bounds.bottom().ceil(), self.size[1]) {
            for x in limit(bounds.left().floor(), self.size[0])..limit(bounds.right().ceil(), self.size[0]) {
                let at = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                let weights = [cross(b - at, c - at), cross(c - at, a - at), cross(a - at, b - at)].map(|w| w / area);
                if weights.iter().all(|&weight| weight >= 0.0) {
                    self.blend(x, y, color(corners, weights, texture));
                }
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, color: [f32; 4]) {
        let pixel = &mut self.pixels[y * self.size[0] + x];
        for (under, over) in pixel.iter_mut().zip(color) {
            *under = over + *under * (1.0 - color[3]);
        }
    }
}

fn cross(a: Vec2, b: Vec2) -> f32 {
    a.x * b.y - a.y * b.x
}

fn color(corners: [&Vertex; 3], weights: [f32; 3], texture: &ColorImage) -> [f32; 4] {
    let mut uv = Vec2::ZERO;
    let mut tint = [0.0; 4];
    for (corner, weight) in corners.into_iter().zip(weights) {
        uv += corner.uv.to_vec2() * weight;
        for (sum, part) in tint.iter_mut().zip(corner.color.to_array()) {
            *sum += weight * f32::from(part) / 255.0;
        }
    }
    let texel = |u: f32, side: usize| ((u * side as f32).max(0.0) as usize).min(side - 1);
    let texel: Color32 = texture[(texel(uv.x, texture.width()), texel(uv.y, texture.height()))];
    let texel = texel.to_array();
    std::array::from_fn(|k| tint[k] * f32::from(texel[k]) / 255.0)
}

/// Shows a world for some frames and gives the last one as pixels.
fn draw(mut world: World, size: [f32; 2], scale: f32) -> image::RgbaImage {
    let ctx = egui::Context::default();
    ctx.set_pixels_per_point(scale);
    let mut textures: BTreeMap<TextureId, ColorImage> = BTreeMap::new();
    let mut shapes = vec![];
    for frame in 0..12_u32 {
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size.into())),
            time: Some(f64::from(frame) * 0.1),
            ..Default::default()
        };
        let mut output = ctx.run_ui(input, |ui| world.show(ui));
        let mut set: Vec<_> = output.textures_delta.set.drain().collect();
        set.sort_by_key(|(id, _)| *id);
        for (id, deltas) in set {
            for delta in deltas {
                let egui::ImageData::Color(image) = delta.image;
                match delta.pos {
                    None => drop(textures.insert(id, (*image).clone())),
                    Some([x, y]) => {
                        let texture = textures.get_mut(&id).expect("a texture is made before it is changed");
                        for row in 0..image.height() {
                            for column in 0..image.width() {
                                texture[(x + column, y + row)] = image[(column, row)];
                            }
                        }
                    }
                }
            }
        }
        shapes = output.shapes;
    }
    let pixels = size.map(|side| (side * scale) as usize);
    let mut canvas = Canvas { size: pixels, pixels: vec![[0.05, 0.06, 0.07, 1.0]; pixels[0] * pixels[1]] };
    for clipped in ctx.tessellate(shapes, scale) {
        let Primitive::Mesh(mesh) = clipped.primitive else { continue };
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|k| &mesh.vertices[corners[k] as usize]);
            canvas.triangle(corners, clipped.clip_rect, &textures[&mesh.texture_id], scale);
        }
    }
    let bytes = canvas.pixels.iter().flat_map(|pixel| pixel.map(|part| (part * 255.0).round() as u8)).collect();
    image::RgbaImage::from_raw(pixels[0] as u32, pixels[1] as u32, bytes).expect("as many bytes as pixels")
}

fn save(folder: &Path, name: &str, size: [f32; 2], scale: f32, change: impl FnOnce(&mut World)) {
    let mut world = World::new();
    change(&mut world);
    draw(world, size, scale).save(folder.join(format!("{name}.png"))).expect("the folder can be written");
}

#[test]
#[ignore = "for the eye"]
fn pictures_of_the_panels() {
    let folder = std::env::var_os("SEMAFIELD_PICTURES").map_or_else(std::env::temp_dir, Into::into);
    let large = [1280.0, 800.0];
    let panels = [
        ("look", Panel::Look),
        ("parameters", Panel::Parameters),
        ("equations", Panel::Equations),
        ("notes", Panel::Notes),
        ("series", Panel::Series),
        ("topology", Panel::Topology),
        ("performance", Panel::Performance),
        ("gallery", Panel::Gallery),
    ];
    for (place, (name, panel)) in panels.into_iter().enumerate() {
        save(&folder, name, large, 1.0, |world| {
            world.state.panel = panel;
            world.state.tool = Tool::ALL[place + 1];
            world.state.inspected = Some(3);
            world.state.selected = [3, 4].into();
            world.state.dark = place % 2 == 0;
            world.state.drafts = vec![("equations.T".into(), "(tensoin(A, theta) - T)/tau_T".into())];
        });
    }
    save(&folder, "small-russian", [900.0, 600.0], 1.0, |world| {
        world.state.language = Language::Russian;
        world.state.tool = Tool::Pin;
        world.frame.notice = Some((1, Notice::Refused("etd2 не знает стен".into())));
        world.frame.regrowing = Some((700, 1200));
    });
    save(&folder, "help-light", large, 1.0, |world| {
        world.state.dark = false;
        world.state.help_open = true;
    });
    save(&folder, "sharp", [900.0, 600.0], 2.0, |world| world.state.panel = Panel::Parameters);
}
