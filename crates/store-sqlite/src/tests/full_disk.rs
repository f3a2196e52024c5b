//! A file system that runs out of room in the middle of a commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use registrar::port::{
    AttemptState, ConsumeAnswer, ConsumeError, FailureRecord, FailureSink as _, Fence,
    RecordAnswer, RegistrarStore as _,
};

use super::{digest, reservation};
use crate::{GroupOptions, Store, schema};

/// A small file system of its own, gone when this is dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Nothing where this user may not mount.
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "none"])
            .arg(directory.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut ballast = fs::File::create(path).unwrap();
    while ballast.write_all(&[0; 4096]).is_ok() {}
}

#[test]
fn consume_on_a_full_disk_is_settled_by_the_fence_once_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        println!("absent: this user may not mount a small file system");
        return;
    };
    let store = Store::create(disk.path().join("store.db")).unwrap();
    super::put_policy_in_force(&store);
    let writer = store.group_writer(GroupOptions::default()).unwrap();
    let mut registrar = store.registrar(&writer).unwrap();
    let open = reservation("DOT_A");
    registrar.reserve(vec![open.clone()]).unwrap();
    let raw = rusqlite::Connection::open(store.path()).unwrap();
    let fingerprint = schema::fingerprint(&raw).unwrap();
    let item = || {
        let mut item = super::item(&open, fingerprint);
        // More than the log has room for without asking for another page.
        item.decide = Box::new(|_| {
            Ok(registrar::port::SealedDecision {
                bytes: vec![b' '; 1_000_000],
                evidence_hash: digest("decision"),
            })
        });
        item
    };
    let ballast = disk.path().join("ballast");
    fill(&ballast);
    let refused = registrar.consume(vec![item()]).unwrap_err();
    let said = format!("{refused:?}");
    assert!(said.contains("Full"), "{said}");
    fs::remove_file(&ballast).unwrap();
    let attempt = registrar.attempt_by_id(&open.attempt_id).unwrap().unwrap();
    assert_eq!(attempt.state, AttemptState::Reserved);
    match refused {
        ConsumeError::Port(_) => {
            let answer = registrar.consume(vec![item()]).unwrap().remove(0);
            assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
        }
        ConsumeError::OutcomeUnknown(_) => {
            let record = FailureRecord {
                attempt_id: open.attempt_id,
                failure_digest: digest("failure"),
                audit: b"{}".to_vec(),
                answer: b"abandoned".to_vec(),
                evidence: None,
                abort: Some(Fence {
                    owner_token: None,
                    epoch: None,
                }),
                hold_target: None,
            };
            let mut sink = store.audit_writer().unwrap();
            let answers = sink.record(vec![record]).unwrap();
            assert_eq!(answers, [RecordAnswer::Recorded { position: 1 }]);
        }
    }
    let check: String = raw
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    // The writer goes on with the next attempt.
    let next = reservation("DOT_B");
    registrar.reserve(vec![next.clone()]).unwrap();
    let answer = registrar
        .consume(vec![super::item(&next, fingerprint)])
        .unwrap()
        .remove(0);
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}
