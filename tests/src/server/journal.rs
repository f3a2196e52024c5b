//! What callers were answered, written down durably by whoever was answered before it counts.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::fixture::must;

/// A file of answers, one on each line, in the order in which they were seen.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<File>,
    path: std::path::PathBuf,
}

impl Journal {
    /// An empty journal at this path.
    pub fn create(path: &Path) -> Self {
        let mut options = OpenOptions::new();
        let file = must(options.append(true).create_new(true).open(path));
        Self {
            file: Mutex::new(file),
            path: path.to_owned(),
        }
    }

    /// Writes an answer down; it is on the disk when this returns.
    pub fn add(&self, answer: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let line: Vec<u8> = answer.iter().copied().chain([b'\n']).collect();
        must(file.write_all(&line));
        must(file.sync_data());
    }

    /// Every answer that was seen.
    pub fn answers(&self) -> Vec<Vec<u8>> {
        let text = must(std::fs::read(&self.path));
        let lines = text.split(|byte| *byte == b'\n');
        lines
            .filter(|line| !line.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    }
}
