//! What is shown while one waits for a field: how far the planting has come, or growing again.
//!
//! In: stages and steps, as the work reports them. Out: sights for the window.

use std::sync::{Arc, Mutex, PoisonError};

use crate::app::frame::Frame;
use crate::app::living::{Show, Sight};
use crate::soil::Progress;

/// Shows how far the planting has come.
pub(super) struct Planting {
    show: Show,
    stage: Mutex<(String, u64, u64)>,
}

impl Planting {
    pub(super) fn new(show: &Show) -> Self {
        Self { show: show.clone(), stage: Mutex::default() }
    }

    fn update(&self, change: impl FnOnce(&mut (String, u64, u64))) {
        let mut now = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let before = now.1 * 50 / now.2.max(1);
        let stage = now.0.clone();
        change(&mut now);
        if now.0 != stage || now.1 * 50 / now.2.max(1) != before {
            self.show.put(Sight::Planting { stage: now.0.clone(), done: now.1, total: now.2 });
        }
    }
}

impl Progress for Planting {
    fn stage(&self, name: &str, total: u64) {
        self.update(|now| *now = (name.to_owned(), 0, total));
    }

    fn advance(&self, amount: u64) {
        self.update(|now| now.1 += amount);
    }
}

/// Shows how far growing again has come: the last frame, with a bar over it.
pub(super) struct Regrowing {
    show: Show,
    frame: Option<Arc<Frame>>,
    steps: Mutex<(u64, u64)>,
}

impl Regrowing {
    pub(super) fn new(show: &Show, frame: Option<Arc<Frame>>) -> Self {
        Self { show: show.clone(), frame, steps: Mutex::default() }
    }
}

impl Progress for Regrowing {
    fn stage(&self, _name: &str, total: u64) {
        *self.steps.lock().unwrap_or_else(PoisonError::into_inner) = (0, total);
    }

    fn advance(&self, amount: u64) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.0 += amount;
        if let Some(frame) = &self.frame {
            self.show.put(Sight::Alive(Arc::new(Frame { regrowing: Some(*steps), ..Frame::clone(frame) })));
        }
    }
}
