//! Progress bars on a terminal for long work; nothing where nobody watches.

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

/// Draws the catalogs that were read, then that their rows are judged; hidden as above.
#[derive(Debug)]
pub(crate) struct CatalogBar {
    bar: ProgressBar,
}

impl CatalogBar {
    /// A bar for this many catalogs.
    pub(crate) fn new(catalogs: usize) -> Self {
        let target = ProgressDrawTarget::stderr();
        let total = u64::try_from(catalogs).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:32} {pos} of {len}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// One catalog is being read.
    pub(crate) fn reading(&self, catalog: &'static str) {
        self.bar.set_message(format!("reading {catalog}"));
        self.bar.inc(1);
    }

    /// Everything was read, and this many tables are judged.
    pub(crate) fn judging(&self, tables: usize) {
        self.bar.set_message(format!("judging {tables} tables"));
    }
}

impl Drop for CatalogBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Draws how many of something are over; hidden as above, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct CountBar {
    bar: ProgressBar,
}

impl CountBar {
    /// A bar that is told how many there are with the first of them.
    pub(crate) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:32} {pos} of {len}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// So many are over, of so many.
    pub(crate) fn at(&self, over: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(over);
    }
}

impl Drop for CountBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
