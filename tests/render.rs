//! The view, on whatever adapter is here (a software rasteriser will do): pictures against small references, and
//! against what geometry says.
//!
//! Without an adapter the tests print a line and pass; `SEMAFIELD_REQUIRE_GPU=1` makes that a failure.
//! `UPDATE_SNAPSHOTS=1` rewrites the references in `tests/data/render`.
#![cfg(feature = "app")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "pixels of small pictures"
)]

use std::path::Path;
use std::sync::Arc;

use image::RgbaImage;
use semafield::app::frame::{Felt, Frame, Layer, Mark, Subject};
use semafield::app::state::{Camera, ColorStyle, State};
use semafield::app::view::theme::Theme;
use semafield::app::view::{FILTER_VALUES, Scene, View, Viewport};
use semafield::app::words::Language;
use semafield::field::Kind;
use semafield::grid::{Grid, Topology};
use semafield::output::colormap::Palette;
use semafield::soil::Note;

const SIZE: [u32; 2] = [160, 120];

/// How far a picture may be from its reference: channels on average, and the share of channels that differ by more than
/// [`FAR`]. Rasterisers differ at edges only.
const MEAN: f64 = 0.6;
const FAR: u8 = 24;
const MOST_FAR: f64 = 0.004;

struct Studio {
    device: wgpu::Device,
    queue: wgpu::Queue,
    view: View,
}

/// A device and a view, or none and a line that says so.
fn studio() -> Option<Studio> {
    studio_with(wgpu::Features::empty())
}

/// The same on a device that is asked for those of the features that the adapter has.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn studio_with(features: wgpu::Features) -> Option<Studio> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()));
    let Ok(adapter) = adapter else {
        assert!(std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none(), "there is no adapter");
        eprintln!("skipped: this machine has no adapter");
        return None;
    };
    let required_features = adapter.features() & features;
    let wanted = wgpu::DeviceDescriptor { required_features, ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&wanted)).unwrap();
    let view = View::new(&device, wgpu::TextureFormat::Rgba8Unorm);
    Some(Studio { device, queue, view })
}

impl Studio {
    fn picture(&mut self, frame: &Frame, state: &State) -> RgbaImage {
        self.picture_of(&Scene::new(frame, state), SIZE, 1.0)
    }

    fn picture_of(&mut self, scene: &Scene<'_>, size: [u32; 2], scale: f32) -> RgbaImage {
        self.view.picture(&self.device, &self.queue, scene, size, scale).unwrap()
    }

    /// Lays out as for the window, without drawing.
    fn prepare(&mut self, scene: &Scene<'_>, size: [u32; 2]) {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        let viewport = Viewport { origin: [0, 0], size, scale: 1.0 };
        self.view.prepare(&self.device, &self.queue, &mut encoder, scene, viewport);
        self.queue.submit([encoder.finish()]);
    }
}

/// A frame with one layer over a domain of 8 x 6.
fn frame(cells: [usize; 2], kind: Kind, range: [f32; 2], value: impl Fn(f64, f64) -> Vec<f32>) -> Frame {
    let grid = Grid::new(&cells, &[8.0, 6.0], &[Topology::Bounded; 2]);
    let place = |i: usize, n: usize, length: f64| (i as f64 + 0.5) / n as f64 * length;
    let at = |cell: usize| (place(cell % cells[0], cells[0], 8.0), place(cell / cells[0], cells[1], 6.0));
    let all: Vec<Vec<f32>> = (0..grid.cells()).map(at).map(|(x, y)| value(x, y)).collect();
    let components = all[0].len();
    let values: Vec<f32> = (0..components).flat_map(|component| all.iter().map(move |own| own[component])).collect();
    frame_of(grid, vec![Layer { expression: "u".into(), kind, values: Arc::new(values), range }])
}

fn frame_of(grid: Grid, layers: Vec<Layer>) -> Frame {
    Frame {
        serial: 1,
        step: 1,
        time: 0.0,
        dt: 0.1,
        grid,
        layers,
        mask: None,
        defects: vec![],
        felt: Felt::default(),
        subject: Arc::default(),
        series: Arc::default(),
        acts: Arc::default(),
        events: Arc::default(),
        pace: Default::default(),
        passes: std::sync::Arc::default(),
        reading: std::sync::Arc::default(),
        playing: false,
        answered: 0,
        notice: None,
        regrowing: None,
        donor: None,
    }
}

/// A scalar that rises from 0 to 1 over x.
fn ramp() -> Frame {
    frame([64, 48], Kind::Real, [0.0, 1.0], |x, _| vec![(x / 8.0) as f32])
}

/// One vortex in the middle.
fn vortex() -> Frame {
    frame([64, 48], Kind::Complex, [0.0, 1.0], |x, y| {
        let (x, y) = (x - 4.0, y - 3.0);
        let size = (x * x + y * y).sqrt();
        vec![(x / size * size.tanh()) as f32, (y / size * size.tanh()) as f32]
    })
}

fn hills(x: f64, y: f64) -> f64 {
    (1.3 * x).sin() * (1.1 * y).cos() + 0.3 * (0.7 * x * y).sin()
}

/// Nothing but the field.
fn bare(style: ColorStyle) -> State {
    let mut state = State::new(Language::English, true);
    (state.look.style, state.look.minimap, state.look.labels) = (style, false, false);
    state.look.notes = false;
    state
}

/// Sixty notes on a spiral, linked in a ring, with names.
fn with_notes(mut frame: Frame) -> Frame {
    let count = 60;
    let place = |i: usize| {
        let t = i as f64 / count as f64;
        let (angle, radius) = (14.0 * t, 0.4 + 2.4 * t);
        [(4.0 + 1.2 * radius * angle.cos()) as f32, (3.0 + radius * angle.sin()) as f32]
    };
    let note = |i: usize| Note {
        id: i.to_string(),
        title: format!("note {i}"),
        text: String::new(),
        tags: vec![format!("tag {}", i % 4)],
        aliases: vec![],
        targets: vec![],
        links: if i.is_multiple_of(3) { vec![(i + 7) % count] } else { vec![] },
        position: None,
    };
    frame.felt.positions = Arc::new((0..count).map(place).collect());
    frame.felt.pinned = Arc::new((0..count).map(|i| i == 20).collect());
    frame.felt.columns = vec![("coherence".into(), Arc::new((0..count).map(|i| i as f32).collect()))];
    frame.subject = Arc::new(Subject { notes: Arc::new((0..count).map(note).collect()), ..Subject::default() });
    frame
}

fn assert_like(name: &str, picture: &RgbaImage) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/render").join(format!("{name}.png"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, semafield::output::image::png(picture).unwrap()).unwrap();
        return;
    }
    let reference = image::open(&path).unwrap_or_else(|why| panic!("{name}: {why}")).to_rgba8();
    assert_eq!(reference.dimensions(), picture.dimensions(), "{name}");
    let away: Vec<u8> = reference.iter().zip(picture.iter()).map(|(a, b)| a.abs_diff(*b)).collect();
    let mean = away.iter().map(|&d| f64::from(d)).sum::<f64>() / away.len() as f64;
    let far = away.iter().filter(|&&d| d > FAR).count() as f64 / away.len() as f64;
    if mean > MEAN || far > MOST_FAR {
        let found = std::env::temp_dir().join(format!("semafield-{name}.png"));
        picture.save(&found).unwrap();
        panic!(
            "{name}: channels differ by {mean:.3} on average, {far:.4} of them by more than {FAR}; see {}",
            found.display()
        );
    }
}

fn rgb(picture: &RgbaImage, x: u32, y: u32) -> [u8; 3] {
    let [r, g, b, _] = picture.get_pixel(x, y).0;
    [r, g, b]
}

fn near(a: [u8; 3], b: [u8; 3], tolerance: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= tolerance)
}

#[test]
fn views_look_like_their_references() {
    let Some(mut studio) = studio() else { return };
    let scalar = |holes: bool| {
        frame([64, 48], Kind::Real, [-1.2, 1.2], move |x, y| {
            let hole = holes && (x - 5.5).hypot(y - 3.5) < 1.2;
            vec![if hole { f32::NAN } else { hills(x, y) as f32 }]
        })
    };
    let tide = ColorStyle::Scalar(Palette::Tide);
    let mut contours = bare(tide);
    contours.look.contours = true;
    assert_like("contours", &studio.picture(&scalar(true), &contours));
    assert_like("balance", &studio.picture(&scalar(true), &bare(ColorStyle::Scalar(Palette::Balance))));
    assert_like("phase", &studio.picture(&vortex(), &bare(ColorStyle::Phase)));
    assert_like("domain", &studio.picture(&vortex(), &bare(ColorStyle::Domain)));
    let mut cells = contours.clone();
    cells.camera = Camera { center: [0.55, 0.55], zoom: 12.0, ..Camera::whole() };
    assert_like("cells", &studio.picture(&scalar(true), &cells));
    let mut height = contours.clone();
    height.look.height = true;
    assert_like("height", &studio.picture(&scalar(false), &height));
    let mut notes = bare(ColorStyle::Domain);
    (notes.look.notes, notes.look.links, notes.look.note_color) = (true, true, "tag".into());
    (notes.inspected, notes.selected) = (Some(40), [10, 30].into());
    let mut frame = with_notes(vortex());
    frame.defects =
        vec![Mark { at: [4.0, 3.0], charge: 1, strength: 1.0 }, Mark { at: [6.5, 1.0], charge: -1, strength: 1.0 }];
    assert_like("notes", &studio.picture(&frame, &notes));
    // Letters too, and the colour bar and the small map where they have room.
    (notes.look.labels, notes.look.minimap) = (true, true);
    notes.camera = Camera { center: [0.4, 0.5], zoom: 1.6, ..Camera::whole() };
    assert_like("labels", &studio.picture_of(&Scene::new(&frame, &notes), [400, 310], 1.0));
}

#[test]
fn tracers_follow_the_frames() {
    let Some(mut studio) = studio() else { return };
    let round = frame([48, 36], Kind::Link, [0.0, 4.0], |x, y| vec![(3.0 - y) as f32, (x - 4.0) as f32]);
    let mut state = bare(ColorStyle::Scalar(Palette::Tide));
    state.look.tracers = "u".into();
    let first = studio.picture(&round, &state);
    assert_like("tracers", &first);
    assert_eq!(first, studio.picture(&round, &state), "the same frame is the same picture");
    let later = Frame { serial: 2, ..round };
    assert_ne!(first, studio.picture(&later, &state), "a new frame moves them");
}

#[test]
fn colours_are_those_of_the_palettes() {
    let Some(mut studio) = studio() else { return };
    let picture = studio.picture(&ramp(), &bare(ColorStyle::Scalar(Palette::Tide)));
    for x in [10, 60, 80, 130, 150] {
        let share = (f64::from(x) + 0.5) / 160.0;
        let due = Palette::Tide.color(share);
        assert!(near(rgb(&picture, x, 60), due, 2), "{x}: {:?} {due:?}", rgb(&picture, x, 60));
    }
}

#[test]
fn a_ramps_contours_lie_where_they_should() {
    let Some(mut studio) = studio() else { return };
    let mut state = bare(ColorStyle::Scalar(Palette::Tide));
    let plain = studio.picture(&ramp(), &state);
    (state.look.contours, state.look.contour_count) = (true, 4);
    let lined = studio.picture(&ramp(), &state);
    let differs =
        |x: u32| rgb(&plain, x, 60).iter().zip(rgb(&lined, x, 60)).map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>();
    let lines: Vec<u32> = (1..159).filter(|&x| differs(x) > 40).collect();
    // Levels (k + 1/2) / 4 of 160 pixels: at 20, 60, 100, 140, each between two pixels.
    assert_eq!(lines, [19, 20, 59, 60, 99, 100, 139, 140]);
    // Twelve times as near, a line is as thin as before.
    state.camera = Camera { center: [0.375, 0.5], zoom: 12.0, ..Camera::whole() };
    let zoomed = studio.picture(&ramp(), &state);
    state.look.contours = false;
    let plain = studio.picture(&ramp(), &state);
    let lines: Vec<u32> = (0..160).filter(|&x| rgb(&plain, x, 60)[1].abs_diff(rgb(&zoomed, x, 60)[1]) > 12).collect();
    assert_eq!(lines, [79, 80]);
}

#[test]
fn a_vortex_turns_once_through_all_hues() {
    let Some(mut studio) = studio() else { return };
    let picture = studio.picture(&vortex(), &bare(ColorStyle::Phase));
    for k in 0..64 {
        let angle = f64::from(k) / 64.0 * std::f64::consts::TAU;
        let (x, y) = (80.0 + 40.0 * angle.cos(), 60.0 - 40.0 * angle.sin());
        let found = rgb(&picture, x as u32, y as u32);
        // The middle of the pixel has an angle of its own.
        let (dx, dy) = (x.floor() + 0.5 - 80.0, 60.0 - (y.floor() + 0.5));
        let due = Palette::Wheel.color(dy.atan2(dx) / std::f64::consts::TAU);
        assert!(near(found, due, 6), "{angle}: {found:?} {due:?}");
    }
}

#[test]
fn marks_notes_and_holes_lie_in_their_places() {
    let Some(mut studio) = studio() else { return };
    let mut state = bare(ColorStyle::Domain);
    let mut frame = vortex();
    frame.defects =
        vec![Mark { at: [2.0, 3.0], charge: 1, strength: 1.0 }, Mark { at: [6.0, 1.5], charge: -1, strength: 1.0 }];
    let picture = studio.picture_of(&Scene::new(&frame, &state), [320, 240], 1.0);
    // The bars are dark, the disc is light; the minus has no upright bar.
    assert!(near(rgb(&picture, 80, 120), [16, 20, 27], 40), "{:?}", rgb(&picture, 80, 120));
    assert!(near(rgb(&picture, 83, 123), [255, 196, 106], 12), "{:?}", rgb(&picture, 83, 123));
    assert!(near(rgb(&picture, 240, 180), [132, 204, 255], 40), "{:?}", rgb(&picture, 240, 180));
    assert!(near(rgb(&picture, 240, 183), [16, 20, 27], 50), "{:?}", rgb(&picture, 240, 183));
    frame.defects.clear();
    let hole = self::frame([64, 48], Kind::Real, [0.0, 1.0], |x, _| vec![if x < 4.0 { f32::NAN } else { 1.0 }]);
    state.look.style = ColorStyle::Scalar(Palette::Tide);
    let picture = studio.picture(&hole, &state);
    let [r, g, b, _] = Theme::STAGE.background;
    assert_eq!(rgb(&picture, 70, 60), [r, g, b]);
    assert!(near(rgb(&picture, 90, 60), Palette::Tide.color(1.0), 1));
}

/// A sampler's weights between texels have eight bits at least: colours are off by a few levels at most. Colour wheel and
/// range end at different levels of different hues, so values that were read elsewhere would show.
#[test]
fn a_sampler_blends_values_as_loads_do() {
    let (Some(mut loaded), Some(mut filtered)) = (studio(), studio_with(FILTER_VALUES)) else { return };
    let topologies = [[Topology::Bounded; 2], [Topology::Periodic; 2], [Topology::Bounded, Topology::Periodic]];
    for (topology, style) in topologies.into_iter().zip([ColorStyle::Domain, ColorStyle::Phase, ColorStyle::Domain]) {
        let mut frame = vortex();
        frame.grid = Grid::new(&[64, 48], &[8.0, 6.0], &topology);
        let state = bare(style);
        let [a, b] = [&mut loaded, &mut filtered].map(|studio| studio.picture(&frame, &state));
        let levels = |(a, b): (&u8, &u8)| a.abs_diff(*b);
        let off = a.as_raw().iter().zip(b.as_raw()).map(levels).filter(|&levels| levels > 3).count();
        // Around the zero of the field a pixel's phase may be any.
        assert!(off <= 40, "{off} bytes differ over {topology:?}");
    }
}

#[test]
fn many_tiles_make_the_picture_of_one() {
    let Some(mut studio) = studio() else { return };
    let mut frame = with_notes(vortex());
    frame.defects = vec![Mark { at: [4.0, 3.0], charge: 1, strength: 1.0 }];
    let mut state = bare(ColorStyle::Domain);
    (state.look.notes, state.look.labels, state.look.contours) = (true, true, true);
    state.camera = Camera { center: [0.45, 0.5], zoom: 1.5, ..Camera::whole() };
    state.look.minimap = true;
    for height in [false, true] {
        state.look.height = height;
        let mut studio = self::studio().unwrap();
        let whole = studio.picture_of(&Scene::new(&frame, &state), [640, 480], 1.0);
        studio.view.limit_tiles(200);
        let tiled = studio.picture_of(&Scene::new(&frame, &state), [640, 480], 1.0);
        let most = whole.iter().zip(tiled.iter()).filter(|(a, b)| a.abs_diff(**b) > 8).count();
        assert!(most < 600, "{most} of {} channels differ", 4 * 640 * 480);
    }
    let refused = studio.view.picture(&studio.device, &studio.queue, &Scene::new(&frame, &state), [0, 5], 1.0);
    assert!(refused.unwrap_err().to_string().contains("choose a smaller one"));
    let huge = [90_000, 90_000];
    assert!(studio.view.picture(&studio.device, &studio.queue, &Scene::new(&frame, &state), huge, 1.0).is_err());
}

#[test]
fn the_nearest_note_is_found() {
    let Some(mut studio) = studio() else { return };
    let frame = with_notes(vortex());
    let mut state = bare(ColorStyle::Domain);
    state.look.notes = true;
    let scene = Scene::new(&frame, &state);
    studio.prepare(&scene, [640, 480]);
    let projection = scene.projection([640.0, 480.0]);
    for note in [0, 17, 59] {
        let [x, y] = projection.pixel(frame.felt.positions[note].map(f64::from));
        assert_eq!(studio.view.note_at(&frame, [x + 2.0, y - 1.0], 8.0), Some(note));
    }
    assert_eq!(studio.view.note_at(&frame, [3.0, 3.0], 8.0), None);
}

#[test]
fn labels_never_overlap_and_grow_in_number_as_one_zooms_in() {
    let Some(mut studio) = studio() else { return };
    let frame = with_notes(vortex());
    let mut state = bare(ColorStyle::Domain);
    (state.look.notes, state.look.labels) = (true, true);
    let width = |text: &str| 7.5 * text.chars().count() as f32;
    let mut shares = vec![];
    for zoom in [1.0, 2.0, 3.0, 4.0] {
        state.camera = Camera { center: [0.5, 0.5], zoom, ..Camera::whole() };
        let scene = Scene::new(&frame, &state);
        studio.prepare(&scene, [640, 480]);
        let labels = studio.view.overlay(&scene, 1.0, &mut { width }).labels;
        for (i, a) in labels.iter().enumerate() {
            assert!(labels[i + 1..].iter().all(|b| !a.rect.overlaps(&b.rect)), "{zoom}: {a:?}");
        }
        let projection = scene.projection([640.0, 480.0]);
        let inside = |at: &&[f32; 2]| {
            let [x, y] = projection.pixel(at.map(f64::from));
            (40.0..600.0).contains(&x) && (40.0..440.0).contains(&y)
        };
        shares.push(labels.len() as f64 / frame.felt.positions.iter().filter(inside).count() as f64);
    }
    assert!(shares[0] < shares[1] && shares[3] >= 0.8, "{shares:?}");
    // A step to the side changes nothing but what enters and leaves.
    state.camera = Camera { center: [0.5, 0.5], zoom: 2.0, ..Camera::whole() };
    let before = {
        let scene = Scene::new(&frame, &state);
        studio.prepare(&scene, [640, 480]);
        studio.view.overlay(&scene, 1.0, &mut { width }).labels
    };
    state.camera.center[0] += 0.01;
    let scene = Scene::new(&frame, &state);
    studio.prepare(&scene, [640, 480]);
    let after = studio.view.overlay(&scene, 1.0, &mut { width }).labels;
    let kept = before.iter().filter(|old| after.iter().any(|new| new.note == old.note)).count();
    assert!(kept + 3 >= before.len(), "{kept} of {}", before.len());
}

#[test]
fn one_axis_is_shown_over_time_and_three_by_a_slice() {
    let Some(mut studio) = studio() else { return };
    let line = |step: u32| {
        let grid = Grid::new(&[32], &[8.0], &[Topology::Periodic]);
        let values = Arc::new(vec![step as f32 / 400.0; 32]);
        let layers = vec![Layer { expression: "u".into(), kind: Kind::Real, values, range: [0.0, 1.0] }];
        Frame { step: step.into(), serial: step.into(), ..frame_of(grid, layers) }
    };
    let mut state = bare(ColorStyle::Scalar(Palette::Tide));
    state.look.range = Some([0.0, 1.0]);
    for step in 1..400 {
        studio.prepare(&Scene::new(&line(step), &state), [160, 80]);
    }
    let picture = studio.picture_of(&Scene::new(&line(400), &state), [160, 80], 1.0);
    assert!(near(rgb(&picture, 20, 0), Palette::Tide.color(1.0), 8), "the newest row is on top");
    assert!(near(rgb(&picture, 20, 79), Palette::Tide.color(0.04), 8), "the oldest is at the bottom");
    let grid = Grid::new(&[8, 6, 4], &[8.0, 6.0, 4.0], &[Topology::Periodic; 3]);
    let values = (0..4).flat_map(|z| vec![z as f32 / 3.0; 48]).collect();
    let layers = vec![Layer { expression: "u".into(), kind: Kind::Real, values: Arc::new(values), range: [0.0, 1.0] }];
    let cube = frame_of(grid, layers);
    for (slice, share) in [(0.0, 0.0), (0.3, 1.0 / 3.0), (1.0, 1.0)] {
        state.look.slice = slice;
        assert!(near(rgb(&studio.picture(&cube, &state), 80, 20), Palette::Tide.color(share), 2), "{slice}");
    }
}
