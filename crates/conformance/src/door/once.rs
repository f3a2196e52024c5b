//! One process for one frame.

use std::io::{Read, Write};
use std::process::{ChildStdout, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Instant;

use super::program::{Program, complaints, end, heard, how};
use super::{ANSWER_MAX_BYTES, Trouble};

/// Starts the program, gives it the frame and the end of the input, and reads its answer.
pub(super) fn once(program: &Program, frame: &[u8]) -> Result<Vec<u8>, Trouble> {
    let began = Instant::now();
    let mut child = program.start()?;
    if let Some(mut stdin) = child.stdin.take() {
        let frame = frame.to_vec();
        // A program that answers before it has read everything closes the pipe: no error of ours.
        thread::spawn(move || stdin.write_all(&frame));
    }
    let complaints = complaints(child.stderr.take());
    let (sender, receiver) = channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || read(stdout, &sender));
    }
    let left = program.patience.saturating_sub(began.elapsed());
    let output = match receiver.recv_timeout(left) {
        Ok(output) if output.len() > ANSWER_MAX_BYTES => {
            end(&mut child);
            return Err(Trouble::Flood);
        }
        Ok(output) => output,
        Err(RecvTimeoutError::Timeout) => {
            end(&mut child);
            return Err(Trouble::Late(program.patience));
        }
        Err(RecvTimeoutError::Disconnected) => Vec::new(),
    };
    // It closed its output; it may still have to end by itself.
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                end(&mut child);
                break Some(status);
            }
            Ok(None) if began.elapsed() < program.patience => {
                thread::sleep(std::time::Duration::from_millis(1));
            }
            Ok(None) | Err(_) => {
                end(&mut child);
                return Err(Trouble::Late(program.patience));
            }
        }
    };
    if status.is_some_and(|status| status.success()) && !output.is_empty() {
        return Ok(output);
    }
    Err(unanswered(status, heard(&complaints)))
}

fn unanswered(status: Option<ExitStatus>, said: String) -> Trouble {
    let refused = status.and_then(|status| status.code()) == Some(2);
    let how = how(status);
    if refused {
        Trouble::Refused { how, said }
    } else {
        Trouble::Ended { how, said }
    }
}

/// Everything up to the bound, and one byte more where there is more.
fn read(stdout: ChildStdout, sender: &Sender<Vec<u8>>) {
    let bound = u64::try_from(ANSWER_MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut output = Vec::new();
    if stdout.take(bound).read_to_end(&mut output).is_ok() {
        let _ = sender.send(output);
    }
}
