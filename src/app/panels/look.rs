//! What is drawn: the coloured expression, its style and range, contours, and all that lies above the field.

use egui::{DragValue, Slider, Ui, Vec2};

use super::desk::Desk;
use super::figures::number;
use super::pieces::{beside, choice, hint, mistake, palette_button, row, section, slider, swatch, text};
use crate::app::state::{ColorStyle, Look, Wish};
use crate::app::words::Word;
use crate::field::Kind;
use crate::output::colormap::{Palette, Rgb, domain_color};

/// Something that can be coloured, and the style that suits it.
struct Offer {
    expression: String,
    style: ColorStyle,
}

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    section(ui, desk.word(Word::Color));
    expression(ui, desk);
    styles(ui, desk);
    range(ui, desk);
    contours(ui, desk);
    section(ui, desk.word(Word::Above));
    above(ui, desk);
    section(ui, desk.word(Word::Notes));
    columns(ui, desk);
    section(ui, desk.word(Word::View));
    view(ui, desk);
}

fn offers(desk: &Desk<'_>) -> Vec<Offer> {
    let scalar = |expression: String| Offer { expression, style: ColorStyle::Scalar(Palette::Tide) };
    let mut offers = vec![];
    for (name, kind) in &desk.frame.subject.fields {
        match kind {
            Kind::Complex => {
                offers.push(Offer { expression: name.clone(), style: ColorStyle::Domain });
                offers.push(scalar(format!("abs({name})")));
                offers.push(Offer { expression: format!("arg({name})"), style: ColorStyle::Phase });
            }
            Kind::Real => offers.push(scalar(name.clone())),
            Kind::Link => offers.push(scalar(format!("curvature({name})"))),
            Kind::Face => {}
        }
    }
    offers.extend(desk.frame.subject.derived.iter().chain(&desk.frame.subject.maps).cloned().map(scalar));
    offers
}

fn expression(ui: &mut Ui, desk: &mut Desk<'_>) {
    let offers = offers(desk);
    let mut chosen = desk.state.look.colored(&desk.frame.subject).to_owned();
    let options: Vec<(String, String)> =
        offers.iter().map(|offer| (offer.expression.clone(), offer.expression.clone())).collect();
    if choice(ui, desk.word(Word::Quantity), &mut chosen, &options) {
        if let Some(offer) = offers.iter().find(|offer| offer.expression == chosen) {
            desk.state.look.style = offer.style;
            desk.state.look.range = None;
        }
        desk.state.look.color = chosen;
    }
    text(ui, Word::Expression.text(desk.state.language), &mut desk.state.look.color);
    let typed = desk.state.look.color.trim().to_owned();
    if !typed.is_empty() && !offers.iter().any(|offer| offer.expression == typed) {
        let seed = &desk.frame.subject.seed;
        if let Some(found) = desk.state.memory.checks.expression(seed, &typed).first() {
            mistake(ui, &found.message, desk.state.language);
        }
    }
}

fn styles(ui: &mut Ui, desk: &mut Desk<'_>) {
    let palettes = [(Palette::Tide, Word::Tide), (Palette::Ember, Word::Ember), (Palette::Balance, Word::Balance)];
    ui.add_space(2.0);
    let size = Vec2::new((ui.available_width() - 8.0) / 3.0, 36.0);
    ui.spacing_mut().item_spacing = Vec2::splat(4.0);
    ui.horizontal(|ui| {
        for (palette, word) in palettes {
            let style = ColorStyle::Scalar(palette);
            let chosen = desk.state.look.style == style;
            if palette_button(ui, palette, desk.word(word), chosen, size).clicked() {
                desk.state.look.style = style;
            }
        }
    });
    ui.horizontal(|ui| {
        let chosen = desk.state.look.style;
        if palette_button(ui, Palette::Wheel, desk.word(Word::Phase), chosen == ColorStyle::Phase, size).clicked() {
            desk.state.look.style = ColorStyle::Phase;
        }
        let size = Vec2::new(2.0 * size.x + 4.0, size.y);
        if swatch(ui, &domain_ramp(), desk.word(Word::Domain), chosen == ColorStyle::Domain, size).clicked() {
            desk.state.look.style = ColorStyle::Domain;
        }
    });
    ui.reset_style();
}

/// A turn of the phase with growing modulus.
fn domain_ramp() -> Vec<Rgb> {
    let wheel = Palette::Wheel.table();
    let faded = |k: usize| {
        let share = k.min(128) * 2;
        let ink = domain_color(0.0, 0.0, 1.0);
        let mix = |c: usize| {
            let blended = (usize::from(ink[c]) * (256 - share) + usize::from(wheel[(k * 2) % 256][c]) * share) / 256;
            u8::try_from(blended).unwrap_or(u8::MAX)
        };
        [mix(0), mix(1), mix(2)]
    };
    (0..192).map(faded).collect()
}

fn range(ui: &mut Ui, desk: &mut Desk<'_>) {
    if desk.state.look.style == ColorStyle::Phase {
        return;
    }
    let language = desk.state.language;
    let shown = desk.frame.layers.first().map_or([0.0, 1.0], |layer| layer.range);
    let mut auto = desk.state.look.range.is_none();
    let auto_range = |ui: &mut Ui| {
        if ui.checkbox(&mut auto, Word::Auto.text(language)).changed() {
            desk.state.look.range = (!auto).then_some(shown);
        }
        if let Some([least, greatest]) = desk.state.look.range.as_mut() {
            let speed = f64::from((*greatest - *least).abs().max(1e-3)) / 200.0;
            for (value, word) in [(least, Word::Least), (greatest, Word::Greatest)] {
                let name = word.text(language);
                ui.add(DragValue::new(value).speed(speed).max_decimals(4)).on_hover_text(name).accessible_name(name);
            }
        } else {
            let [least, greatest] = shown.map(|end| number(f64::from(end)));
            // On a line of its own where it is too long to stand beside.
            ui.add(egui::Label::new(egui::RichText::new(format!("{least} … {greatest}")).weak()).extend());
        }
    };
    beside(ui, Word::Range.text(language), |ui| ui.horizontal_wrapped(auto_range));
}

fn contours(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.state.language;
    let look = &mut desk.state.look;
    beside(ui, Word::Contours.text(language), |ui| {
        ui.checkbox(&mut look.contours, "").accessible_name(Word::Contours.text(language));
        if look.contours {
            let name = Word::ContourCount.text(language);
            super::pieces::wide(ui, Slider::new(&mut look.contour_count, 1..=32)).accessible_name(name);
        }
    });
}

/// Switches for what lies above the field, in two columns.
fn above(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.state.language;
    let two_axes = desk.frame.grid.axes() == 2;
    let Look { defects, notes, labels, links, minimap, height, .. } = &mut desk.state.look;
    let switches = [
        (defects, Word::Defects),
        (notes, Word::Notes),
        (labels, Word::Labels),
        (links, Word::Links),
        (minimap, Word::Minimap),
        (height, Word::Height),
    ];
    ui.columns(2, |columns| {
        for (place, (on, word)) in switches.into_iter().enumerate() {
            let enabled = word != Word::Height || two_axes;
            columns[place % 2].add_enabled(enabled, egui::Checkbox::new(on, word.text(language)));
        }
    });
    let none = desk.word(Word::Nothing).to_owned();
    let mut tracers = vec![(String::new(), none)];
    let fields = desk.frame.subject.fields.iter().filter(|(_, kind)| *kind == Kind::Link);
    tracers.extend(fields.map(|(name, _)| (name.clone(), name.clone())));
    for (name, kind) in &desk.frame.subject.fields {
        if *kind == Kind::Complex {
            let current = format!("current({name}, 0)");
            tracers.push((current.clone(), format!("current({name})")));
        }
    }
    choice(ui, desk.word(Word::Tracers), &mut desk.state.look.tracers, &tracers);
}

fn columns(ui: &mut Ui, desk: &mut Desk<'_>) {
    if desk.frame.subject.notes.is_empty() {
        hint(ui, desk.word(Word::NoNotes));
        return;
    }
    let none = |word: Word| (String::new(), word.text(desk.state.language).to_owned());
    let named: Vec<(String, String)> =
        desk.frame.felt.columns.iter().map(|(name, _)| (name.clone(), name.clone())).collect();
    let with = |first| std::iter::once(first).chain(named.iter().cloned()).collect::<Vec<_>>();
    let (colors, sizes) = (with(none(Word::Ink)), with(none(Word::AllTheSame)));
    choice(ui, desk.word(Word::NoteColor), &mut desk.state.look.note_color, &colors);
    choice(ui, desk.word(Word::NoteSize), &mut desk.state.look.note_size, &sizes);
}

fn view(ui: &mut Ui, desk: &mut Desk<'_>) {
    if desk.frame.grid.axes() == 3 {
        let name = desk.word(Word::Slice);
        slider(ui, name, Slider::new(&mut desk.state.look.slice, 0.0..=1.0).max_decimals(3));
    }
    let name = desk.word(Word::Zoom);
    row(ui, name, |ui| {
        let zoom = DragValue::new(&mut desk.state.camera.zoom).range(0.2..=400.0).speed(0.02).prefix("× ");
        ui.add(zoom.max_decimals(2))
    });
    if ui.button(desk.word(Word::Fit)).clicked() {
        desk.wish(Wish::Fit);
    }
}
