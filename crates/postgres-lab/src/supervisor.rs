//! A server that cannot outlive the process that started it.
//!
//! `supervisor.sh` runs the server and waits for orders on its standard input: names of signals. The
//! end of that pipe means that this process is gone, however it went, and the server goes too.
//! (A death signal from the kernel would follow the *thread* that started the server.)
//!
//! The shell's standard output is held by the shell and by every process of the server, and by
//! nobody else, so its end means that all of them are gone.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::Error;
use crate::tools::Tools;

const SCRIPT: &str = include_str!("supervisor.sh");
/// `-c`, the script, its name, the directory and the log.
const OWN_ARGUMENTS: usize = 5;
/// How long the shell may take to name the server's process.
const PID_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an abandoned server may take to end.
const DROP_TIMEOUT: Duration = Duration::from_secs(30);

/// A server process and the shell above it.
#[derive(Debug)]
pub(crate) struct Supervised {
    shell: Child,
    orders: Option<ChildStdin>,
    ended: Receiver<u32>,
    process_id: u32,
}

impl Supervised {
    /// Starts the server; it is not ready yet.
    pub(crate) fn start(
        tools: &Tools,
        home: &Path,
        log: &Path,
        arguments: &[String],
    ) -> Result<Self, Error> {
        let mut command = shell(tools, home, log);
        command
            .arg(tools.binaries.program("postgres")?)
            .args(arguments);
        let spawn = |source| Error::Spawn {
            program: "sh".to_owned(),
            source,
        };
        let mut shell = command.spawn().map_err(spawn)?;
        let orders = shell.stdin.take();
        let ended = listen(shell.stdout.take());
        let process_id = ended.recv_timeout(PID_TIMEOUT);
        let mut supervised = Self {
            shell,
            orders,
            ended,
            process_id: 0,
        };
        match process_id {
            Ok(process_id) => supervised.process_id = process_id,
            Err(_) => return Err(spawn(std::io::ErrorKind::BrokenPipe.into())),
        }
        Ok(supervised)
    }

    /// The first process of the server.
    pub(crate) const fn process_id(&self) -> u32 {
        self.process_id
    }

    /// Sends the server's first process a signal, by its name as in `INT`.
    pub(crate) fn signal(&mut self, name: &str) -> Result<(), Error> {
        let orders = self.orders.as_mut();
        let sent = orders.map_or(Ok(()), |orders| writeln!(orders, "{name}"));
        match sent {
            // It is gone already, and then nobody reads.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            sent => sent.map_err(|source| Error::Spawn {
                program: format!("kill -{name}"),
                source,
            }),
        }
    }

    /// Waits until every process of the server is gone, and says how the first one ended; `None`
    /// when the time is over.
    pub(crate) fn wait(&mut self, timeout: Duration) -> Result<Option<ExitStatus>, Error> {
        match self.ended.recv_timeout(timeout) {
            Ok(_) | Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                let ended = self.shell.wait();
                ended.map(Some).map_err(|source| Error::Spawn {
                    program: "wait".to_owned(),
                    source,
                })
            }
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Nothing is left to say to anybody if it does not end in time: the shell goes on trying.
        drop(self.wait(DROP_TIMEOUT));
    }
}

/// The shell, without the program that it is to run.
pub(crate) fn shell(tools: &Tools, home: &Path, log: &Path) -> Command {
    let mut command = tools.bare(Path::new("sh"));
    command
        .args(["-c", SCRIPT, "holdfast-postgres"])
        .args([home, log])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // What a terminal or a test runner sends to this process's group must not reach it.
        .process_group(0);
    command
}

/// What the shell runs, as one would type it.
pub(crate) fn shown(shell: &Command) -> String {
    let words = shell.get_args().skip(OWN_ARGUMENTS);
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

// The first line is the process id; after it, silence until the end.
fn listen(output: Option<ChildStdout>) -> Receiver<u32> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in output
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines)
        {
            let Ok(line) = line else { return };
            if let Ok(process_id) = line.parse() {
                let _ = sender.send(process_id);
            }
        }
    });
    receiver
}
