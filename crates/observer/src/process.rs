//! What the kernel reports about a process.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::process;

use canonical::{ContentHasher, Digest};

/// How much of an executable is hashed at a time, in bytes.
const CHUNK_BYTES: usize = 65_536;

/// Where `starttime` stands in `/proc/PID/stat`, counted from the field after the command's name.
const START_TIME_FIELD: usize = 19;

/// A process as the kernel reports it, never as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessFacts {
    /// Its process id.
    pub pid: u32,
    /// When it started, in clock ticks since boot: tells it from a later process of the same id.
    pub start_time: u64,
    /// The user that it acts as (effective).
    pub uid: u32,
    /// SHA-256 of the executable that it runs.
    pub executable_digest: Digest,
}

/// Why the kernel's facts about a process are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The kernel did not give a fact: the process is gone, or belongs to someone else.
    #[error("cannot read `/proc/{pid}/{entry}`")]
    Unreadable {
        /// The process.
        pid: u32,
        /// The entry of its directory under `/proc`.
        entry: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// A fact is not where it has to stand.
    #[error("cannot understand `/proc/{pid}/{entry}`")]
    Unknown {
        /// The process.
        pid: u32,
        /// The entry of its directory under `/proc`.
        entry: &'static str,
    },
    /// Another process took its place while its facts were read.
    #[error("process `{pid}` is not the one that it was")]
    Replaced {
        /// The process id that changed hands.
        pid: u32,
    },
}

/// The facts about one process, its executable hashed anew.
pub fn facts(pid: u32) -> Result<ProcessFacts, ProcessError> {
    Executables::default().facts(pid)
}

/// The facts about this process, as the kernel reports them.
pub fn own_facts() -> Result<ProcessFacts, ProcessError> {
    facts(process::id())
}

/// Digests of executables that were hashed before, so that parent and child, which run the same
/// file, cost one pass over it.
#[derive(Debug, Default)]
pub struct Executables(BTreeMap<Inode, Digest>);

/// One state of one file: any write to it changes the times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Inode {
    device: u64,
    number: u64,
    size_bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Executables {
    /// The facts about one process; its executable is hashed unless this file was hashed before.
    pub fn facts(&mut self, pid: u32) -> Result<ProcessFacts, ProcessError> {
        let started = start_time(pid)?;
        let facts = ProcessFacts {
            pid,
            start_time: started,
            uid: uid(pid)?,
            executable_digest: self.executable_digest(pid)?,
        };
        // INVARIANT: all facts are of one process, the one that had this id from first to last.
        if start_time(pid)? != started {
            return Err(ProcessError::Replaced { pid });
        }
        Ok(facts)
    }

    fn executable_digest(&mut self, pid: u32) -> Result<Digest, ProcessError> {
        let unreadable = |source| unreadable(pid, "exe", source);
        // The link opens the very inode that runs, even when its path names another file by now.
        let mut file = File::open(format!("/proc/{pid}/exe")).map_err(unreadable)?;
        let inode = Inode::of(&file.metadata().map_err(unreadable)?);
        if let Some(digest) = self.0.get(&inode) {
            return Ok(*digest);
        }
        let digest = content_digest(&mut file).map_err(unreadable)?;
        self.0.insert(inode, digest);
        Ok(digest)
    }
}

impl Inode {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            number: metadata.ino(),
            size_bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// When a process started, in clock ticks since boot.
pub(crate) fn start_time(pid: u32) -> Result<u64, ProcessError> {
    let stat = entry(pid, "stat")?;
    // The command's name is in parentheses and may hold any character, these included.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
    fields
        .and_then(|fields| fields.split_ascii_whitespace().nth(START_TIME_FIELD))
        .and_then(|ticks| ticks.parse().ok())
        .ok_or(ProcessError::Unknown { pid, entry: "stat" })
}

/// The effective user of a process: the second of `Uid:` real, effective, saved, file system.
fn uid(pid: u32) -> Result<u32, ProcessError> {
    let status = entry(pid, "status")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .and_then(|ids| ids.split_ascii_whitespace().nth(1))
        .and_then(|id| id.parse().ok())
        .ok_or(ProcessError::Unknown {
            pid,
            entry: "status",
        })
}

fn entry(pid: u32, name: &'static str) -> Result<String, ProcessError> {
    // A command's name need not be UTF-8; the fields that matter are ASCII.
    let bytes = fs::read(format!("/proc/{pid}/{name}"));
    let bytes = bytes.map_err(|source| unreadable(pid, name, source))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn content_digest(file: &mut File) -> io::Result<Digest> {
    let mut hasher = ContentHasher::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk)?;
        match chunk.get(..read) {
            Some([]) | None => return Ok(hasher.finish()),
            Some(bytes) => hasher.update(bytes),
        }
    }
}

fn unreadable(pid: u32, entry: &'static str, source: io::Error) -> ProcessError {
    ProcessError::Unreadable { pid, entry, source }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_kernel_tells_a_child_from_its_parent() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let of_child = facts(child.id()).unwrap();
        let own = own_facts().unwrap();
        assert_eq!((of_child.pid, own.pid), (child.id(), process::id()));
        assert!(of_child.start_time >= own.start_time && own.start_time > 0);
        assert_eq!(of_child.uid, own.uid);
        assert_ne!(of_child.executable_digest, own.executable_digest);
        child.kill().unwrap();
        child.wait().unwrap();
        let error = facts(of_child.pid).unwrap_err();
        assert!(matches!(
            error,
            ProcessError::Unreadable { entry: "stat", .. }
        ));
    }

    #[test]
    fn the_executable_digest_is_the_content_hash_of_the_file() {
        let content = fs::read("/proc/self/exe").unwrap();
        let mut hasher = ContentHasher::new();
        hasher.update(&content);
        assert_eq!(own_facts().unwrap().executable_digest, hasher.finish());
    }

    #[test]
    fn an_executable_is_hashed_once_while_its_file_is_the_same() {
        let mut executables = Executables::default();
        let first = executables.facts(process::id()).unwrap();
        let second = executables.facts(process::id()).unwrap();
        assert_eq!((first, executables.0.len()), (second, 1));
    }

    #[test]
    fn a_name_with_parentheses_and_spaces_hides_no_field() {
        let directory = tempfile::tempdir().unwrap();
        let odd = directory.path().join("a) R 1 (b");
        fs::copy("/bin/sleep", &odd).unwrap();
        let mut child = Command::new(&odd).arg("30").spawn().unwrap();
        let odd_start = start_time(child.id()).unwrap();
        let own_start = start_time(process::id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(odd_start >= own_start && odd_start - own_start < 100_000);
    }
}
