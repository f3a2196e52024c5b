//! Everything that reached the store's files during a run, in order.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::strace::strace;
use crate::fixture::must;

/// A file that survives its processes. The index beside the log does not: the first connection
/// after a restart makes it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// The store.
    Store,
    /// Its write-ahead log.
    Log,
}

/// A call that changed a file or its folder, or made a change last, or let an answer out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Bytes at an offset.
    Write(File, usize, Vec<u8>),
    /// A new length.
    Resize(File, usize),
    /// A file that was not there.
    Create(File),
    /// A file that is no longer there.
    Unlink(File),
    /// Makes what came before the call of this number last.
    Sync {
        /// Of which file.
        file: File,
        /// Calls that had ended when it began.
        begun: usize,
        /// Whether its thread had appended to the log since its last one: the sync of a commit, which
        /// is the one that `synchronous=NORMAL` leaves out.
        of_commit: bool,
    },
    /// The same for the names in the folder.
    SyncFolder {
        /// Calls that had ended when it began.
        begun: usize,
    },
    /// An answer reached the file of this name.
    Said(String),
}

/// The tracer's word for each call that is recorded.
const TRACED: &str = "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat,openat,\
                      rename,renameat,renameat2,pwritev,pwritev2,writev,fallocate,truncate";

/// A log starts with a header of this size; what follows are frames.
const LOG_HEADER: usize = 32;

/// Runs a command and records its calls; `store` is the file, answers are files beside it that are
/// called `answer-…`.
pub fn record(command: &Command, store: &Path) -> Vec<Call> {
    let folder = must(store.parent().ok_or("no folder"));
    let output = folder.join("recording");
    let mut traced = strace();
    // Without the filter the tracer stops at every call, and takes twice the time.
    traced.args([
        "--seccomp-bpf",
        "-xx",
        "-s",
        "1000000",
        "-e",
        "signal=none",
        "-e",
        TRACED,
    ]);
    traced.arg("-o").arg(&output);
    traced.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        traced.env(name, value.unwrap_or_default());
    }
    traced.current_dir(folder);
    let status = must(traced.status());
    must(status.success().then_some(()).ok_or(status));
    let mut reader = Reader::new(store);
    for line in must(fs::read_to_string(&output)).lines() {
        reader.line(line);
    }
    reader.calls
}

struct Reader {
    folder: String,
    store: String,
    has_log: bool,
    calls: Vec<Call>,
    /// The beginning of a call that another thread's interrupted, and how many had ended then.
    begun: HashMap<String, (String, usize)>,
    /// Threads that appended to the log since they last made it last.
    appended: HashMap<String, bool>,
}

impl Reader {
    fn new(store: &Path) -> Self {
        let text = |path: &Path| path.display().to_string();
        Self {
            folder: text(must(store.parent().ok_or("no folder"))),
            store: text(store),
            has_log: log_of(store).exists(),
            calls: Vec::new(),
            begun: HashMap::new(),
            appended: HashMap::new(),
        }
    }

    fn line(&mut self, line: &str) {
        let (thread, rest) = must(line.split_once(' ').ok_or(line));
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            let start = (start.to_owned(), self.calls.len());
            self.begun.insert(thread.to_owned(), start);
            return;
        }
        let (whole, begun) = match rest.split_once(" resumed>") {
            Some((_, end)) if rest.starts_with("<... ") => {
                let (start, begun) = must(self.begun.remove(thread).ok_or(line));
                (start + end, begun)
            }
            _ => (rest.to_owned(), self.calls.len()),
        };
        if whole.starts_with("+++") || whole.starts_with("---") {
            return;
        }
        let (call, result) = must(whole.rsplit_once(" = ").ok_or(line));
        if !result.starts_with('-') && !result.starts_with('?') {
            self.call(thread, call, result, begun);
        }
    }

    fn call(&mut self, thread: &str, call: &str, result: &str, begun: usize) {
        let (name, arguments) = must(call.split_once('(').ok_or(call));
        let arguments = arguments.trim_end().trim_end_matches(')');
        // A call that was interrupted has a space more.
        let arguments: Vec<&str> = arguments.split(", ").map(str::trim).collect();
        let argument = |place: usize| *must(arguments.get(place).ok_or(call));
        match name {
            "openat" => {
                let path = text(argument(1));
                let made = argument(2).contains("O_CREAT") && self.is_log(&path) && !self.has_log;
                if made {
                    self.has_log = true;
                    self.calls.push(Call::Create(File::Log));
                }
            }
            "unlink" => {
                if let Some(file) = self.file(&text(argument(0))) {
                    must((file == File::Log).then_some(()).ok_or(call));
                    self.has_log = false;
                    self.calls.push(Call::Unlink(file));
                }
            }
            "write" => self.wrote(&path_of(argument(0))),
            "pwrite64" => {
                if let Some(file) = self.file(&path_of(argument(0))) {
                    let data = bytes(argument(1));
                    must((number(result) == data.len()).then_some(()).ok_or(result));
                    let offset = number(argument(3));
                    if file == File::Log && offset >= LOG_HEADER {
                        self.appended.insert(thread.to_owned(), true);
                    }
                    self.calls.push(Call::Write(file, offset, data));
                }
            }
            "ftruncate" => {
                if let Some(file) = self.file(&path_of(argument(0))) {
                    self.calls.push(Call::Resize(file, number(argument(1))));
                }
            }
            "fsync" | "fdatasync" => self.synced(thread, &path_of(argument(0)), begun),
            // Nothing else may reach the store's files: a disk rebuilt without it would be wrong.
            _ => must(
                (!call.contains(&hex(&self.store)))
                    .then_some(())
                    .ok_or(call),
            ),
        }
    }

    fn wrote(&mut self, path: &str) {
        must(
            self.file(path)
                .is_none()
                .then_some(())
                .ok_or("a plain write"),
        );
        let name = path.strip_prefix(&self.folder);
        let name = name.and_then(|name| name.strip_prefix('/'));
        let is_answer = |name: &&str| name.starts_with("answer-");
        if let Some(name) = name.filter(is_answer) {
            self.calls.push(Call::Said(name.to_owned()));
        }
    }

    fn synced(&mut self, thread: &str, path: &str, begun: usize) {
        if path == self.folder {
            self.calls.push(Call::SyncFolder { begun });
        } else if let Some(file) = self.file(path) {
            let of_commit = file == File::Log && self.appended.remove(thread).is_some();
            self.calls.push(Call::Sync {
                file,
                begun,
                of_commit,
            });
        }
    }

    fn is_log(&self, path: &str) -> bool {
        path.strip_prefix(&self.store) == Some("-wal")
    }

    fn file(&self, path: &str) -> Option<File> {
        match path.strip_prefix(&self.store)? {
            "" => Some(File::Store),
            "-wal" => Some(File::Log),
            "-shm" => None,
            other => must(Err(format!("an unknown file of the store: `{other}`"))),
        }
    }
}

/// Where the log of a store is.
pub fn log_of(store: &Path) -> std::path::PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// The path that the tracer writes behind a descriptor: `5<…>`.
fn path_of(descriptor: &str) -> String {
    match descriptor.split_once('<') {
        // What is written to a file without a name is gone with its processes.
        Some((_, rest)) if rest.contains("deleted") => String::new(),
        Some((_, rest)) => text_of(rest.trim_end_matches('>')),
        None => String::new(),
    }
}

fn text(quoted: &str) -> String {
    text_of(quoted.trim_matches('"'))
}

fn text_of(escaped: &str) -> String {
    String::from_utf8_lossy(&bytes(escaped)).into_owned()
}

/// Bytes that the tracer writes as `\x2f\x74`.
fn bytes(escaped: &str) -> Vec<u8> {
    let digits = escaped.trim_matches('"').split("\\x").skip(1);
    digits
        .map(|digits| must(u8::from_str_radix(digits, 16)))
        .collect()
}

fn hex(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        must(write!(escaped, "\\x{byte:02x}"));
    }
    escaped
}

fn number(text: &str) -> usize {
    must(text.trim().parse())
}
