//! Pictures of the view at any size, and recordings.

use egui::{DragValue, Popup, RichText, Ui};

use super::desk::Desk;
use super::icons::Icon;
use super::pieces::{icon_button, tones_of};
use crate::app::state::{RecordingKind, State, Wish};
use crate::app::words::{Counted, Word, counted};

/// Pixels of a picture unless others are chosen.
const SIZE: [u32; 2] = [1920, 1080];
/// The largest side of a picture, the limit of adapters.
const LARGEST: u32 = 8192;

/// Pixels of the next picture.
pub(in crate::app) fn size(state: &State) -> [u32; 2] {
    state.memory.picture.unwrap_or(SIZE)
}

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    if let Some(recording) = desk.state.recording.clone() {
        let stop = icon_button(ui, Icon::Stop, desk.word(Word::StopRecording), true);
        if stop.clicked() {
            desk.wish(Wish::StopRecording);
        }
        let pictures = counted(recording.pictures as usize, Counted::Pictures, desk.state.language);
        ui.label(RichText::new(pictures).color(tones_of(ui).wrong));
        return;
    }
    let button = icon_button(ui, Icon::Picture, desk.word(Word::Pictures), false);
    Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| menu(ui, desk));
}

fn menu(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.state.language;
    let mut pixels = size(desk.state);
    ui.set_min_width(220.0);
    ui.horizontal(|ui| {
        for (place, word) in [(0, Word::Width), (1, Word::HeightOfPicture)] {
            let name = word.text(language);
            let drag = DragValue::new(&mut pixels[place]).range(16..=LARGEST).speed(8.0);
            ui.add(drag).on_hover_text(name).accessible_name(name);
        }
        ui.weak(Word::Pixels.text(language));
    });
    ui.horizontal(|ui| {
        for known in [[1280, 720], [1920, 1080], [3840, 2160]] {
            if ui.small_button(format!("{} × {}", known[0], known[1])).clicked() {
                pixels = known;
            }
        }
    });
    desk.state.memory.picture = Some(pixels);
    ui.separator();
    if ui.button(desk.word(Word::TakePicture)).clicked() {
        desk.wish(Wish::Picture(pixels));
        ui.close();
    }
    let kinds = [
        (RecordingKind::Sequence, Word::RecordSequence),
        (RecordingKind::Apng, Word::RecordApng),
        (RecordingKind::Mp4, Word::RecordMp4),
    ];
    for (kind, word) in kinds {
        if ui.button(desk.word(word)).clicked() {
            desk.wish(Wish::Record(kind, pixels));
            ui.close();
        }
    }
}
