//! The steps of a run: a fingerprint always, words where somebody reads them.

use crate::call::{Call, Fault};

/// Takes note of steps.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    lines: Option<Vec<String>>,
    fingerprint: u64,
}

impl Trace {
    /// A trace that keeps words.
    pub fn in_words() -> Self {
        Self {
            lines: Some(Vec::new()),
            fingerprint: 0,
        }
    }

    /// The same for the same steps.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The words that were kept.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }

    pub(crate) fn step(&mut self, step: u64, micros: i64, seat: usize, call: Call, fault: Fault) {
        for part in [
            step,
            micros.unsigned_abs(),
            u64::try_from(seat).unwrap_or(0),
            u64::from(call as u8),
            u64::from(fault as u8),
        ] {
            // FNV-1a over numbers: enough to tell two runs apart.
            self.fingerprint = (self.fingerprint ^ part).wrapping_mul(0x0100_0000_01b3);
        }
        self.line(step, micros, || {
            if fault == Fault::None {
                format!("process {seat}: {call:?}")
            } else {
                format!("process {seat}: {call:?} {fault:?}")
            }
        });
    }

    pub(crate) fn line(&mut self, step: u64, micros: i64, words: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            let seconds = micros.rem_euclid(1_000_000_000_000).div_euclid(1_000_000);
            let rest = micros.rem_euclid(1_000_000);
            lines.push(format!("{step:>6} {seconds:>7}.{rest:06} {}", words()));
        }
    }
}
