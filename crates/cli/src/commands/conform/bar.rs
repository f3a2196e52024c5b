//! The cases that are over, drawn on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Draws on standard error; hidden unless that is a terminal, gone when it is dropped.
#[derive(Debug)]
pub(super) struct CaseBar(ProgressBar);

impl CaseBar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("cases {bar:32} {pos} of {len}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(super) fn at(&self, over: usize, of: usize) {
        let count = |cases| u64::try_from(cases).unwrap_or(u64::MAX);
        self.0.set_length(count(of));
        self.0.set_position(count(over));
    }
}

impl Drop for CaseBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
