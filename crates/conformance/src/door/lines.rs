//! One process for many frames: a line in, a line out.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::thread;

use super::program::{Program, complaints, end, heard, how};
use super::{ANSWER_MAX_BYTES, Trouble, Unanswered};

/// How much is read at a time, in bytes: as much as a pipe holds.
const READ_BYTES: usize = 65_536;

/// The program while it lives; after any trouble the next frame starts it anew.
#[derive(Debug, Default)]
pub(super) struct Lines(Option<Alive>);

#[derive(Debug)]
struct Alive {
    child: Child,
    frames: Sender<Vec<u8>>,
    answers: Receiver<Vec<u8>>,
    complaints: Receiver<String>,
}

impl Lines {
    pub(super) fn ask(&mut self, program: &Program, frame: &[u8]) -> Result<Vec<u8>, Unanswered> {
        let alive = match self.0.take() {
            Some(alive) => alive,
            None => Alive::start(program)?,
        };
        // What was said before the question is no answer to it, and not the one before it either.
        let mut output = alive.answers.try_recv().unwrap_or_default();
        let mut line = frame.to_vec();
        line.push(b'\n');
        // Where the program is gone, its missing answer says so.
        let _ = alive.frames.send(line);
        match alive.answers.recv_timeout(program.patience) {
            Ok(answer) => output.extend(answer),
            Err(RecvTimeoutError::Timeout) => {
                let trouble = Trouble::Late(program.patience);
                return Err(Unanswered { trouble, output });
            }
            Err(RecvTimeoutError::Disconnected) => {
                let trouble = alive.ended();
                return Err(Unanswered { trouble, output });
            }
        }
        if output.len() > ANSWER_MAX_BYTES {
            let trouble = Trouble::Flood;
            return Err(Unanswered { trouble, output });
        }
        self.0 = Some(alive);
        Ok(refused(output)?)
    }
}

/// A line that is one member `error` refuses the frame.
fn refused(answer: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    let error = serde_json::from_slice::<serde_json::Value>(&answer).ok();
    let error = error.filter(|answer| answer.as_object().is_some_and(|members| members.len() == 1));
    match error
        .as_ref()
        .and_then(|answer| answer.get("error")?.as_str())
    {
        Some(error) => Err(Trouble::Refused {
            how: "error line".to_owned(),
            said: format!(": {error}"),
        }),
        None => Ok(answer),
    }
}

impl Alive {
    fn start(program: &Program) -> Result<Self, Trouble> {
        let mut child = program.start()?;
        let (frames, written) = channel();
        let (sender, answers) = sync_channel(0);
        if let Some(stdin) = child.stdin.take() {
            thread::spawn(move || write(stdin, &written));
        }
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || read(stdout, |answer| sender.send(answer).is_ok()));
        }
        let complaints = complaints(child.stderr.take());
        Ok(Self {
            child,
            frames,
            answers,
            complaints,
        })
    }

    fn ended(mut self) -> Trouble {
        Trouble::Ended {
            how: how(end(&mut self.child)),
            said: heard(&self.complaints),
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn write(mut stdin: ChildStdin, frames: &Receiver<Vec<u8>>) {
    for frame in frames {
        if stdin
            .write_all(&frame)
            .and_then(|()| stdin.flush())
            .is_err()
        {
            return;
        }
    }
}

/// Gives one line after another, each with what came along with it, until the program ends or nobody
/// takes any more.
fn read(stdout: ChildStdout, give: impl Fn(Vec<u8>) -> bool) {
    let bound = u64::try_from(ANSWER_MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(2);
    let mut stdout = BufReader::with_capacity(READ_BYTES, stdout);
    loop {
        let mut line = Vec::new();
        let read = stdout.by_ref().take(bound).read_until(b'\n', &mut line);
        // Nobody asked for more than the line, so whatever stands behind it is part of the answer.
        let beside = stdout.buffer().len();
        line.extend(stdout.buffer());
        stdout.consume(beside);
        if !matches!(read, Ok(1..)) || !give(line) {
            return;
        }
    }
}
