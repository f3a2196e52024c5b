//! One process for one frame.

use std::io::{Read, Write};
use std::process::{Child, ChildStdout, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::program::{Program, complaints, end, heard, how};
use super::{ANSWER_MAX_BYTES, Trouble, Unanswered};

/// How much of an answer is read at a time, in bytes.
const CHUNK_BYTES: usize = 65_536;

/// Starts the program, gives it the frame and the end of the input, and reads its answer.
pub(super) fn once(program: &Program, frame: &[u8]) -> Result<Vec<u8>, Unanswered> {
    let began = Instant::now();
    let mut child = program.start()?;
    if let Some(mut stdin) = child.stdin.take() {
        let frame = frame.to_vec();
        // A program that answers before it has read everything closes the pipe: no error of ours.
        thread::spawn(move || stdin.write_all(&frame));
    }
    let complaints = complaints(child.stderr.take());
    let (sender, chunks) = sync_channel(1);
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || read(stdout, &sender));
    }
    let mut output = Vec::new();
    let end_of_output = collect(&chunks, program, began, &mut output);
    let status = end_of_output.and_then(|()| ended(&mut child, program, began));
    // Nothing that it started outlives its answer.
    end(&mut child);
    let trouble = match status {
        Ok(status) if status.success() && !output.is_empty() => return Ok(output),
        Ok(status) => unanswered(status, heard(&complaints)),
        Err(trouble) => trouble,
    };
    Err(Unanswered { trouble, output })
}

/// Takes what is written until the program closes its output.
fn collect(
    chunks: &Receiver<Vec<u8>>,
    program: &Program,
    began: Instant,
    output: &mut Vec<u8>,
) -> Result<(), Trouble> {
    loop {
        let left = program.patience.saturating_sub(began.elapsed());
        match chunks.recv_timeout(left) {
            Ok(chunk) => output.extend(chunk),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => return Err(Trouble::Late(program.patience)),
        }
        if output.len() > ANSWER_MAX_BYTES {
            return Err(Trouble::Flood);
        }
    }
}

/// Waits for the end of a program that closed its output: it may still have to end by itself.
fn ended(child: &mut Child, program: &Program, began: Instant) -> Result<ExitStatus, Trouble> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if began.elapsed() < program.patience => {
                thread::sleep(Duration::from_millis(1));
            }
            Ok(None) | Err(_) => return Err(Trouble::Late(program.patience)),
        }
    }
}

fn unanswered(status: ExitStatus, said: String) -> Trouble {
    let how = how(Some(status));
    if status.code() == Some(2) {
        Trouble::Refused { how, said }
    } else {
        Trouble::Ended { how, said }
    }
}

/// Hands on what the program writes, until it ends or nobody takes any more.
fn read(mut stdout: ChildStdout, sender: &SyncSender<Vec<u8>>) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(length @ 1..) = stdout.read(&mut chunk) {
        let read = chunk.get(..length).unwrap_or_default();
        if sender.send(read.to_vec()).is_err() {
            return;
        }
    }
}
