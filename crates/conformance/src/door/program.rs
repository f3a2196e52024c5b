//! A program as a block.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::lines::Lines;
use super::once::once;
use super::{Door, Trouble, Unanswered};

/// The most of a program's complaints that is shown, in bytes.
const SAID_MAX_BYTES: u64 = 400;

/// A program that speaks the protocol of `docs/conformance.md`.
#[derive(Debug)]
pub struct Program {
    pub(super) path: PathBuf,
    pub(super) arguments: Vec<OsString>,
    pub(super) patience: Duration,
    lines: Option<Lines>,
}

impl Program {
    /// A program that is started for each frame, reads it to the end, and answers one line.
    pub fn new(path: PathBuf, arguments: Vec<OsString>, patience: Duration) -> Self {
        Self {
            path,
            arguments,
            patience,
            lines: None,
        }
    }

    /// The same program, started once: one frame a line in, one answer a line out.
    #[must_use]
    pub fn line_by_line(mut self) -> Self {
        self.lines = Some(Lines::default());
        self
    }

    /// Starts it in a process group of its own, so that nothing that it starts outlives it.
    pub(super) fn start(&self) -> Result<Child, Trouble> {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        command.spawn().map_err(|source| Trouble::Start {
            program: self.path.display().to_string(),
            source,
        })
    }
}

impl Door for Program {
    fn ask(&mut self, frame: &[u8]) -> Result<Vec<u8>, Unanswered> {
        match self.lines.take() {
            None => once(self, frame),
            Some(mut lines) => {
                let answer = lines.ask(self, frame);
                self.lines = Some(lines);
                answer
            }
        }
    }
}

/// Ends a program with all that it started, and collects it.
pub(super) fn end(child: &mut Child) -> Option<ExitStatus> {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // One that is gone already needs no killing.
        let _ = kill_process_group(group, Signal::KILL);
    }
    child.wait().ok()
}

/// How a program ended, in words.
pub(super) fn how(status: Option<ExitStatus>) -> String {
    match status.map(|status| (status.code(), status.signal())) {
        Some((Some(code), _)) => format!("exit code {code}"),
        Some((None, Some(signal))) => format!("signal {signal}"),
        Some((None, None)) | None => "unknown end".to_owned(),
    }
}

/// Reads what a program complains of until it ends; only the beginning is kept.
pub(super) fn complaints(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.by_ref().take(SAID_MAX_BYTES).read_to_end(&mut text);
            let _ = sender.send(shown(&text));
            let _ = io::copy(&mut stream, &mut io::sink());
        } else {
            let _ = sender.send(String::new());
        }
    });
    receiver
}

/// What was said, or nothing where the program is gone and left its pipe to somebody else.
pub(super) fn heard(complaints: &Receiver<String>) -> String {
    let patience = Duration::from_millis(200);
    complaints.recv_timeout(patience).unwrap_or_default()
}

fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return String::new();
    }
    format!(": {}", words.join(" "))
}
