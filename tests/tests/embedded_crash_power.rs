//! Power that goes: what was answered is in the file and its log, and a log cut anywhere leaves a
//! whole store.

use std::fs;
use std::path::{Path, PathBuf};

use holdfast_tests::answered::bytes;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::invariants::{broken, count, is_stored_answer};
use pipeline::Outcome;
use tempfile::TempDir;

/// The log starts with a header of this size, each of its frames with one of the other.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// A store's file and its log at one moment, as a disk would have them.
struct Image {
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Image {
    fn of(store: &Path) -> Self {
        Self {
            file: must(fs::read(store)),
            log: must(fs::read(log_of(store))),
        }
    }

    /// The lengths at which the log may be cut: after each frame, and in the middle of each.
    fn cuts(&self) -> Vec<usize> {
        let page = self.file.get(16..18).map_or(0, |size| {
            usize::from(u16::from_be_bytes(must(size.try_into())))
        });
        // A page of 64 KiB is written as 1.
        let page = if page == 1 { 65_536 } else { page };
        let frame = FRAME_HEADER + page;
        let frames = (self.log.len() - LOG_HEADER) / frame;
        let ends = (0..=frames).map(|number| LOG_HEADER + number * frame);
        ends.flat_map(|end| [end, end + frame / 2])
            .filter(|cut| *cut <= self.log.len())
            .collect()
    }

    /// What a machine finds whose log ended there.
    fn cut_at(&self, length: usize) -> (TempDir, PathBuf) {
        let folder = must(TempDir::new());
        let store = folder.path().join("holdfast.db");
        must(fs::write(&store, &self.file));
        let log = must(self.log.get(..length).ok_or("past the end"));
        must(fs::write(log_of(&store), log));
        (folder, store)
    }
}

fn log_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

#[test]
fn answered_decision_is_in_the_file_and_its_log_as_they_are_at_that_moment() {
    let fixture = Fixture::new(2);
    // The pipelines stay open: closing the last connection would move the log into the file.
    let mut pipeline = fixture.pipeline();
    let mut answers = Vec::new();
    for number in 0..2 {
        let answer = must(pipeline.register(&fixture.request(number)));
        let image = Image::of(fixture.embedded().path());
        assert_eq!(answer.outcome, Outcome::Registered);
        answers.push(bytes(&answer));
        let (_folder, store) = image.cut_at(image.log.len());
        assert_eq!(broken(&store), Vec::<String>::new());
        for answer in &answers {
            assert!(is_stored_answer(&store, answer));
        }
    }
}

#[test]
fn log_cut_anywhere_leaves_a_whole_store() {
    let fixture = Fixture::new(1);
    let mut pipeline = fixture.pipeline();
    let answer = must(pipeline.register(&fixture.request(0)));
    let image = Image::of(fixture.embedded().path());
    let cuts = image.cuts();
    let (mut without, mut with) = (0, 0);
    for cut in cuts {
        let (_folder, store) = image.cut_at(cut);
        assert_eq!(broken(&store), Vec::<String>::new(), "cut at {cut}");
        if is_stored_answer(&store, &bytes(&answer)) {
            with += 1;
            assert_eq!(count(&store, "dot_catalogue"), 1);
        } else {
            without += 1;
            assert_eq!(count(&store, "dot_catalogue"), 0);
            assert_eq!(count(&store, "ledger"), 0);
        }
    }
    println!("{without} cuts before the commit, {with} after it");
    assert!(without > 10, "{without}");
    assert!(with > 1, "{with}");
}
