//! A progress bar on a terminal for long hashing; nothing where nobody watches.

use std::time::Duration;

use artifact_resolver_f::port::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bytes below which no bar is worth drawing.
const SMALL: u64 = 32 * 1024 * 1024;

/// Draws bytes hashed on standard error; hidden unless that is a terminal.
#[derive(Debug)]
pub(crate) struct HashBar {
    bar: Option<ProgressBar>,
}

impl HashBar {
    /// A bar that appears with the first large artifact.
    pub(crate) fn new() -> Self {
        Self { bar: None }
    }
}

impl Progress for HashBar {
    fn advanced(&mut self, bytes: u64, total: u64) {
        if total < SMALL {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(total), target);
            let style = ProgressStyle::with_template(
                "hashing {bar:32} {bytes} of {total_bytes} ({bytes_per_sec}, {eta} left)",
            );
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        bar.set_position(bytes);
        if bytes >= total {
            bar.finish_and_clear();
        }
    }
}
