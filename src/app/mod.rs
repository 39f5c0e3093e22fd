//! The window: a living field that can be touched.
//!
//! ```text
//! pointer, keys -> canvas, panels -> Request -> living thread (owns Life: simulation and trace) -> Frame -> view, panels
//! ```
//!
//! In: a seed, notes or a trace. Out: a trace of every touch. Invariants: the window changes the field by acts only;
//! the living thread never waits for the window, nor the window for it; frames and requests are plain data.

// Plain data

pub mod frame;

pub mod request;

pub mod words;

pub mod state;

// The living thread

mod witness;

mod observer;

mod subject;

mod export;

mod growth;

pub mod living;

mod mapped;

// The window

pub mod theme;

pub mod view;

pub mod panels;

pub mod keys;

pub mod tempo;

pub mod record;

mod pane;

mod studio;

mod canvas;

pub mod settings;

mod welcome;

pub mod shell;

mod window;

use std::path::PathBuf;

use crate::error::Error;
use crate::simulation::Options;
use crate::source;
pub use growth::Origin;
use living::Living;
use panels::Gallery;
use settings::Settings;
use shell::Shell;
use state::State;
use tempo::Tempo;
use window::Wake;
use words::Language;

/// Opens the window on `origin` and returns when it is closed. Traces, pictures and tables are kept below `out`; how soon
/// the window answers is written to `measure`, if there is one.
pub fn open(origin: Origin, options: Options, out: PathBuf, measure: Option<PathBuf>) -> Result<(), Error> {
    let settings = Settings::read();
    let language = settings.language().unwrap_or_else(Language::of_environment);
    let state = State::new(language, settings.dark.unwrap_or(true));
    let shell = Shell::new(&settings, state, gallery(), out.clone(), Tempo::new(measure));
    let living = |proxy: winit::event_loop::EventLoopProxy<Wake>| {
        Living::start(origin, options, out, move || {
            let _ = proxy.send_event(Wake::Frame);
        })
    };
    window::run(living, shell)
}

/// The bundled seeds.
fn gallery() -> Gallery {
    let seed = |seed: source::Bundled| panels::gallery::Bundled {
        name: seed.file,
        title: seed.title,
        description: seed.about,
    };
    Gallery { seeds: source::bundle().into_iter().map(seed).collect() }
}
