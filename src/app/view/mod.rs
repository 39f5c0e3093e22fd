//! The view: one frame as a picture, in the window or off it.
//!
//! In: a [`Frame`], the window's [`State`], a rectangle of pixels. Out: what a render pass draws, bottom to top: the field
//! as colour with contours (or as a landscape), links, tracers, notes, defects, rings, the small map. Letters are laid out
//! here ([`labels`], [`legend`]) and drawn by egui ([`overlay`]). Invariant: nothing here changes the field or the state.
//!
//! ```text
//! prepare (upload what changed, lay out) -> draw (into any pass of the format) -> overlay::paint (egui)
//! ```

pub mod camera;
mod eye;
mod glyph;
mod gpu;
pub mod ink;
pub mod labels;
mod landscape;
pub mod legend;
mod letters;
mod minimap;
pub mod notes;
pub mod overlay;
pub mod picture;
mod pipelines;
mod plane;
mod shaders;
pub mod show;
pub mod theme;
mod tracers;
mod uniform;
mod values;

use camera::{Projection, plane_size};
use eye::{Eye, Sight};
use glyph::{Glyph, Line};
use gpu::{Block, Elements};
use labels::LabelLayout;
use landscape::{Landscape, Orbit, Shot};
use legend::Legend;
use letters::Letters;
use notes::{Body, Shown};
use overlay::Overlay;
use pipelines::{Layouts, Pipelines};
pub use plane::FILTER_VALUES;
use plane::{Aim, PlaneLayer};
use theme::Theme;
use tracers::Tracers;
use uniform::Screen;
pub use values::layer;

use crate::app::frame::Frame;
use crate::app::state::{Camera, State};

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The field and its notes.
    pub frame: &'a Frame,
    /// What the person wants to see; its camera is where the view goes, not where it is.
    pub state: &'a State,
    /// Where the camera is now.
    pub camera: Camera,
    /// The note under the pointer.
    pub hover: Option<usize>,
}

impl<'a> Scene<'a> {
    /// A scene seen by the state's camera, with nothing under the pointer.
    pub const fn new(frame: &'a Frame, state: &'a State) -> Self {
        Self { frame, state, camera: state.camera, hover: None }
    }

    /// The map between the domain and a picture of so many pixels.
    pub fn projection(&self, pixels: [f64; 2]) -> Projection {
        Projection::new(&self.camera, plane_size(&self.frame.grid), pixels)
    }
}

/// A rectangle of a render target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// The target's first pixel that is drawn.
    pub origin: [u32; 2],
    /// Pixels drawn.
    pub size: [u32; 2],
    /// Pixels per point.
    pub scale: f32,
}

/// A part of a picture that is drawn at once: its first pixel and its size.
pub type Tile = [[u32; 2]; 2];

/// A device that pictures are drawn on, and the format that they are drawn in.
#[derive(Clone, Debug)]
pub struct RenderDevice {
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// The format of the targets.
    pub format: wgpu::TextureFormat,
}

/// The renderer.
pub struct View {
    format: wgpu::TextureFormat,
    screen: Block,
    pipelines: Pipelines,
    plane: PlaneLayer,
    landscape: Option<Landscape>,
    lines: Elements<Line>,
    glyphs: Elements<Glyph>,
    body: Body,
    tracers: Tracers,
    /// Names in the window, and in pictures off it.
    labels: [LabelLayout; 2],
    letters: Option<Letters>,
    ready: Option<Ready>,
    longest_tile: u32,
    layouts: Layouts,
}

/// What was prepared last.
struct Ready {
    viewport: Viewport,
    tile: Tile,
    eye: Eye,
    shown: Shown,
    minimap: Option<Tile>,
    theme: Theme,
}

impl View {
    /// A renderer into targets of a format.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let layouts = Layouts::new(device);
        let plane = PlaneLayer::new(device);
        Self {
            format,
            screen: Block::new::<Screen>(device, &layouts.screen),
            pipelines: Pipelines::new(device, format, &layouts),
            plane,
            landscape: None,
            lines: Elements::none(wgpu::BufferUsages::VERTEX),
            glyphs: Elements::none(wgpu::BufferUsages::VERTEX),
            body: Body::default(),
            tracers: Tracers::default(),
            labels: Default::default(),
            letters: None,
            ready: None,
            longest_tile: device.limits().max_texture_dimension_2d,
            layouts,
        }
    }

    /// Draws pictures in tiles of at most so many pixels a side; at first as large as the device allows.
    pub fn limit_tiles(&mut self, longest: u32) {
        self.longest_tile = self.longest_tile.min(longest.max(1));
    }

    /// The format that it draws into.
    pub const fn format(&self) -> wgpu::TextureFormat {
        self.format
    }

    /// Uploads what changed and lays out what is drawn; the encoder must be submitted before the pass of
    /// [`View::draw`].
    pub fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        scene: &Scene<'_>,
        viewport: Viewport,
    ) {
        self.compose(device, queue, scene, viewport);
        self.turn_to(device, queue, encoder, [[0, 0], viewport.size]);
    }

    /// Uploads what changed and lays out a picture, of which no part is chosen yet.
    fn compose(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, scene: &Scene<'_>, viewport: Viewport) {
        self.plane.upload(device, queue, scene.frame, &scene.state.look);
        self.body.follow(&scene.frame.subject.notes);
        self.tracers.follow(scene.frame, &scene.state.look.tracers, scene.state.look.slice);
        let theme = Theme::STAGE;
        let pixels = viewport.size.map(f64::from);
        let projection = scene.projection(pixels);
        let eye = if scene.state.look.height {
            let orbit = Orbit::new(scene.frame, &scene.state.look, &scene.camera, &projection);
            Eye::Round(projection, Box::new(orbit))
        } else {
            Eye::Above(projection)
        };
        let aim = Aim { corner: [0.0; 2], scale: viewport.scale, contours: true, theme: &theme };
        self.plane.aim(queue, 0, scene.frame, &scene.state.look, &projection, aim);
        let minimap = self.aim_minimap(queue, scene, viewport, &theme);
        for trim in [0, 1].map(|which| self.plane.trim(which)).into_iter().flatten() {
            self.pipelines.trimmed(device, self.format, trim, [&self.layouts.screen, &self.plane.layout]);
        }
        let shown = self.lay_out(device, queue, scene, &eye, viewport.scale, &theme);
        self.ready = Some(Ready { viewport, tile: [[0, 0], viewport.size], eye, shown, minimap, theme });
    }

    /// Chooses the part of the prepared picture that [`View::draw`] draws into the viewport.
    fn turn_to(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, encoder: &mut wgpu::CommandEncoder, tile: Tile) {
        let Some(ready) = &mut self.ready else { return };
        ready.tile = tile;
        let [origin, size] = tile.map(|pixels| pixels.map(as_f32));
        let encodes = u32::from(self.format.is_srgb());
        self.screen.write(queue, &Screen { origin, size, encodes, scale: ready.viewport.scale });
        let (Eye::Round(_, orbit), Some(group)) = (&ready.eye, self.plane.group(0)) else { return };
        let landscape = self.landscape.get_or_insert_with(|| {
            let copy = self.layouts.copy.clone();
            Landscape::new(device, &self.layouts.screen, &self.plane.layout, copy, self.format)
        });
        let groups = [&self.screen.group, group];
        let background = clear_color(ready.theme.background, self.format.is_srgb());
        let shot = Shot { orbit, cells: self.plane.cells(), tile, groups, background };
        landscape.draw(device, queue, encoder, &shot);
    }

    /// Draws what was prepared. Leaves the pass' viewport and scissor rectangle at the view's.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        let Some(ready) = &self.ready else { return };
        let [x, y] = ready.viewport.origin;
        let [width, height] = ready.tile[1];
        pass.set_viewport(as_f32(x), as_f32(y), as_f32(width), as_f32(height), 0.0, 1.0);
        pass.set_bind_group(0, &self.screen.group, &[]);
        self.draw_field(pass, &ready.eye);
        self.lines.draw(pass, &self.pipelines.lines);
        self.glyphs.draw(pass, &self.pipelines.glyphs);
        if let Some(part) = ready.minimap.and_then(|minimap| common(minimap, ready.tile)) {
            let corner = [0, 1].map(|axis| part[0][axis] - ready.tile[0][axis] + ready.viewport.origin[axis]);
            pass.set_scissor_rect(corner[0], corner[1], part[1][0], part[1][1]);
            self.draw_plane(pass, 1);
            pass.set_scissor_rect(x, y, width, height);
        }
    }

    fn draw_field(&self, pass: &mut wgpu::RenderPass<'_>, eye: &Eye) {
        let drawn = self.landscape.as_ref().and_then(Landscape::copy_group);
        match (eye, drawn) {
            (Eye::Round(..), Some(group)) => {
                pass.set_pipeline(&self.pipelines.copy);
                pass.set_bind_group(1, group, &[]);
                pass.draw(0..3, 0..1);
            }
            _ => self.draw_plane(pass, 0),
        }
    }

    fn draw_plane(&self, pass: &mut wgpu::RenderPass<'_>, which: usize) {
        let pipeline = self.plane.trim(which).and_then(|trim| self.pipelines.plane.get(&trim));
        if let Some((group, pipeline)) = self.plane.group(which).zip(pipeline) {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(1, group, &[]);
            pass.draw(0..3, 0..1);
        }
    }

    /// Lines and marks, in pixels of the picture.
    fn lay_out(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        scene: &Scene<'_>,
        eye: &Eye,
        scale: f32,
        theme: &Theme,
    ) -> Shown {
        let Scene { frame, state, hover, .. } = *scene;
        let sight = Sight { frame, state, hover, body: &self.body, eye, theme, scale };
        let (mut lines, mut glyphs) = (Vec::new(), Vec::new());
        self.tracers.lines(&frame.grid, eye, theme, scale, &mut lines);
        let shown = notes::shown(&sight);
        if state.look.notes {
            notes::links(&sight, &mut lines);
            notes::discs(&sight, &shown, &mut glyphs);
            notes::rings(&sight, shown.radius, &mut glyphs);
        }
        if state.look.defects {
            glyph::defects(&sight, &mut glyphs);
        }
        self.lines.write(device, queue, &lines);
        self.glyphs.write(device, queue, &glyphs);
        shown
    }

    /// Letters and frames over what was prepared last, `dt` seconds after the last call; `width` measures a text in
    /// points. Draw it with [`overlay::paint`].
    pub fn overlay(&mut self, scene: &Scene<'_>, dt: f32, width: &mut dyn FnMut(&str) -> f32) -> Overlay {
        self.overlay_of(0, scene, dt, width)
    }

    /// The same for a picture off the window, where nothing fades.
    fn still_overlay(&mut self, scene: &Scene<'_>, width: &mut dyn FnMut(&str) -> f32) -> Overlay {
        self.overlay_of(1, scene, 1.0, width)
    }

    fn overlay_of(&mut self, which: usize, scene: &Scene<'_>, dt: f32, width: &mut dyn FnMut(&str) -> f32) -> Overlay {
        let Some(ready) = &self.ready else { return Overlay::default() };
        let Scene { frame, state, hover, .. } = *scene;
        let scale = ready.viewport.scale;
        let sight = Sight { frame, state, hover, body: &self.body, eye: &ready.eye, theme: &ready.theme, scale };
        let named = state.look.notes && state.look.labels;
        let minimap = ready.minimap.map(|map| minimap::frames(map, ready.eye.projection(), scale));
        let mut overlay = Overlay { labels: vec![], legend: Legend::of(frame, &state.look), minimap };
        if named {
            let taken = overlay.taken(ready.viewport.size.map(|side| as_f32(side) / scale));
            overlay.labels = self.labels[which].place(&sight, &ready.shown, &taken, dt, width);
        }
        overlay
    }

    /// The note nearest to a pixel of what was prepared last, within `reach` pixels.
    pub fn note_at(&self, frame: &Frame, pixel: [f64; 2], reach: f64) -> Option<usize> {
        notes::nearest(&frame.felt.positions, &self.ready.as_ref()?.eye, pixel, reach)
    }

    /// The small map: the whole domain in the lower left corner, when not all of it is seen.
    fn aim_minimap(
        &mut self,
        queue: &wgpu::Queue,
        scene: &Scene<'_>,
        viewport: Viewport,
        theme: &Theme,
    ) -> Option<Tile> {
        let tile = minimap::place(scene, viewport)?;
        let whole = Projection::new(&Camera::whole(), plane_size(&scene.frame.grid), tile[1].map(f64::from));
        let aim = Aim { corner: tile[0].map(f64::from), scale: viewport.scale, contours: false, theme };
        self.plane.aim(queue, 1, scene.frame, &scene.state.look, &whole, aim);
        Some(tile)
    }
}

/// The part that two rectangles share.
fn common(a: Tile, b: Tile) -> Option<Tile> {
    let low = [0, 1].map(|axis| a[0][axis].max(b[0][axis]));
    let high = [0, 1].map(|axis| (a[0][axis] + a[1][axis]).min(b[0][axis] + b[1][axis]));
    let size = [0, 1].map(|axis| high[axis].saturating_sub(low[axis]));
    (size[0] > 0 && size[1] > 0).then_some([low, size])
}

/// An opaque colour as a target is cleared with it: in the light of a target that encodes, or as bytes.
fn clear_color([r, g, b, _]: [u8; 4], encodes: bool) -> wgpu::Color {
    let [r, g, b] = [r, g, b].map(|channel| {
        let v = f64::from(channel) / 255.0;
        if !encodes {
            v
        } else if v <= 0.040_45 {
            v / 12.92
        } else {
            crate::math::elementary::scalar64::pow((v + 0.055) / 1.055, 2.4)
        }
    });
    wgpu::Color { r, g, b, a: 1.0 }
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
const fn as_f32(pixels: u32) -> f32 {
    pixels as f32
}
