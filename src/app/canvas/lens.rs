//! The view in the window: hands frames to the renderer inside egui's picture, and paints letters over it.
//!
//! In: a frame and where to show it. Out: a paint callback. Invariant: frames are shared, never copied.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Rect, Ui};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use crate::app::frame::Frame;
use crate::app::state::{Camera, State};
use crate::app::view::{Scene, View, Viewport, overlay};

/// The renderer of the window, made when it is first needed.
#[derive(Default)]
pub(super) struct Lens {
    overlay: overlay::Overlay,
}

/// What egui hands to the renderer.
struct Picture {
    frame: Arc<Frame>,
    state: Arc<State>,
    camera: Camera,
    hover: Option<usize>,
    rect: Rect,
}
