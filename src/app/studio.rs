//! The studio: pictures and films of the view, as files.
//!
//! In: wishes of the panels, frames. Out: PNG, numbered PNGs, animated PNG or MP4 below `out/pictures`. Invariants: a
//! film has a picture for every frame of the field that was shown, no two for one; a file that exists is never replaced.

use std::path::PathBuf;

use crate::app::frame::{Frame, Notice};
use crate::app::record::{Film, PngFile, RecordError};
use crate::app::state::{Recording, RecordingKind, State};
use crate::app::view::{RenderDevice, Scene, View};

/// Pictures per second of a film.
const RATE: u16 = 30;
/// The height in pixels of a window whose letters have their natural size.
const HEIGHT: f32 = 800.0;

/// Makes pictures off the window.
pub(super) struct Studio {
    folder: PathBuf,
    view: Option<View>,
    film: Option<Film>,
    /// Serial number of the last frame in the film.
    last: u64,
    notice: Option<Notice>,
}

impl Studio {
    pub(super) fn new(out: PathBuf) -> Self {
        Self { folder: out.join("pictures"), view: None, film: None, last: 0, notice: None }
    }

    /// What there is to tell, once.
    pub(super) fn notice(&mut self) -> Option<Notice> {
        self.notice.take()
    }

    fn view(&mut self, device: &RenderDevice) -> &mut View {
        self.view.get_or_insert_with(|| View::new(&device.device, device.format))
    }

    /// A PNG of the view.
    pub(super) fn picture(&mut self, frame: &Frame, state: &State, size: [u32; 2], device: &RenderDevice) {
        let made = self.try_picture(frame, state, size, device);
        self.notice = Some(told(made.map_err(|why| why.to_string())));
    }

    fn try_picture(
        &mut self,
        frame: &Frame,
        state: &State,
        size: [u32; 2],
        device: &RenderDevice,
    ) -> Result<PathBuf, Box<dyn std::error::Error + Send + Sync>> {
        let folder = self.folder.clone();
        let mut file = PngFile::begin(&folder, &format!("{}-{}", file_name(frame), frame.step), size)?;
        let scene = Scene::new(frame, state);
        let view = self.view(device);
        view.bands(&device.device, &device.queue, &scene, size, scale(size), &mut |rows| Ok(file.append(rows)?))?;
        Ok(file.finish()?)
    }

    /// Begins a film.
    pub(super) fn record(&mut self, state: &mut State, kind: RecordingKind, size: [u32; 2]) {
        if self.film.is_some() {
            self.stop(state);
        }
        // The codecs of films want even sides.
        let size = if kind == RecordingKind::Mp4 { size.map(|side| side.max(2) & !1) } else { size };
        match Film::begin(kind, &self.folder, "film", size, RATE) {
            Ok(film) => {
                self.film = Some(film);
                state.recording = Some(Recording { kind, size, pictures: 0 });
            }
            Err(why) => self.notice = Some(Notice::Refused(why.to_string())),
        }
    }

    /// A film takes its picture of a frame that it does not have.
    pub(super) fn take(&mut self, frame: &Frame, state: &mut State, device: &RenderDevice) {
        let Some(mut film) = self.film.take().filter(|_| frame.serial != self.last) else { return };
        self.last = frame.serial;
        let size = film.size();
        let scene = Scene::new(frame, state);
        let drawn = self.view(device).picture(&device.device, &device.queue, &scene, size, scale(size));
        let taken = drawn.map_err(|why| why.to_string());
        let taken = taken.and_then(|picture| film.append(picture.as_raw()).map_err(|why| why.to_string()));
        if let Some(recording) = &mut state.recording {
            recording.pictures = film.pictures();
        }
        self.film = Some(film);
        if let Err(why) = taken {
            self.stop(state);
            self.notice = Some(Notice::Refused(why));
        }
    }

    /// Ends the film.
    pub(super) fn stop(&mut self, state: &mut State) {
        state.recording = None;
        if let Some(film) = self.film.take() {
            self.notice = Some(told(film.finish().map_err(|why: RecordError| why.to_string())));
        }
    }

    /// The device was lost: what was made with it is made anew.
    pub(super) fn forget(&mut self) {
        self.view = None;
    }
}

fn told(outcome: Result<PathBuf, String>) -> Notice {
    match outcome {
        Ok(path) => Notice::Done(path.display().to_string()),
        Err(why) => Notice::Refused(why),
    }
}

/// Pixels per point: letters keep their share of the picture.
#[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
fn scale(size: [u32; 2]) -> f32 {
    (size[1] as f32 / HEIGHT).max(0.5)
}

/// The title as a file's name.
fn file_name(frame: &Frame) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() { letter.to_lowercase().next().unwrap_or('-') } else { '-' };
    let name: String = frame.subject.title.chars().map(plain).take(40).collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() { "view".into() } else { name }
}
