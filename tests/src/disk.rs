//! Disks that are full and files that cannot be written, really so.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::must;

/// Says that a test runs in a namespace of its own, where it may mount.
const INSIDE: &str = "HOLDFAST_TEST_NAMESPACE";

/// A small file system in memory, until it is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// Mounts one at a folder, which is made.
    ///
    /// # Panics
    ///
    /// When it cannot be mounted, with what is missing: nothing else fills up as a disk does.
    #[expect(
        clippy::panic,
        reason = "without a small disk the test that asked has failed"
    )]
    pub fn mount(at: &Path, options: &str) -> Self {
        must(fs::create_dir_all(at));
        mount(at, options).unwrap_or_else(|reason| {
            panic!(
                "a small file system cannot be mounted, which takes the right to mount \
                 (CAP_SYS_ADMIN) or user namespaces: {reason}"
            )
        });
        Self { at: at.to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.at
    }

    /// A file that takes all the room there is.
    pub fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }

    /// Fills the disk to the last byte but for so many KiB.
    pub fn fill(&self, leave_kib: u64) {
        self.make_room();
        fill(&self.filler());
        let filler = must(File::options().write(true).open(self.filler()));
        let size = must(filler.metadata()).len();
        must(filler.set_len(size.saturating_sub(leave_kib.saturating_mul(1024))));
    }

    /// Takes the filler away.
    pub fn make_room(&self) {
        let filler = self.filler();
        if filler.exists() {
            must(fs::remove_file(filler));
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(&self.at).output();
    }
}

/// Writes a file until there is no room.
pub fn fill(filler: &Path) {
    let mut file = must(File::create(filler));
    for size in [4096, 1] {
        let block = vec![1; size];
        while file.write_all(&block).is_ok() {}
    }
}

/// Runs a test in a namespace of its own where this process may not mount, and says whether it did:
/// then the caller is done.
///
/// # Panics
///
/// When the test fails there.
pub fn ran_in_a_namespace(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() || may_mount() {
        return false;
    }
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount"])
        .arg(must(std::env::current_exe()))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1");
    let output = must(command.output());
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "a small file system takes the right to mount (CAP_SYS_ADMIN) or user namespaces: {said}"
    );
    true
}

fn may_mount() -> bool {
    let folder = must(tempfile::TempDir::new());
    mount(folder.path(), "size=64k").is_ok_and(|()| {
        let unmounted = Command::new("umount").arg(folder.path()).output();
        unmounted.is_ok_and(|output| output.status.success())
    })
}

fn mount(at: &Path, options: &str) -> Result<(), String> {
    let mut command = Command::new("mount");
    command
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(at);
    let output = command
        .output()
        .map_err(|error| format!("mount: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
