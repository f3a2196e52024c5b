//! A server whose owner is killed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot do its setup has failed"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

const TIMEOUT: Timespec = Timespec {
    tv_sec: 60,
    tv_nsec: 0,
};

struct Held {
    holder: Child,
    server: i32,
    data: String,
}

fn hold() -> Held {
    let mut holder = Command::new(env!("CARGO_BIN_EXE_lab-holder"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(3).map(Result::unwrap).collect();
    let [_, server, data] = lines.try_into().unwrap();
    Held {
        holder,
        server: server.parse().unwrap(),
        data,
    }
}

fn watch(process_id: i32) -> OwnedFd {
    let process = Pid::from_raw(process_id).unwrap();
    pidfd_open(process, PidfdFlags::empty()).unwrap()
}

/// The process that started a process: the second field after the name in parentheses.
fn parent(process_id: i32) -> i32 {
    let text = std::fs::read_to_string(format!("/proc/{process_id}/stat")).unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    fields.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn is_over(process: &OwnedFd) -> bool {
    let mut one = [PollFd::new(process, PollFlags::IN)];
    poll(&mut one, Some(&TIMEOUT)).unwrap() == 1
}

#[test]
fn a_killed_holder_leaves_neither_server_nor_supervisor_nor_files() {
    let mut held = hold();
    let server = watch(held.server);
    let supervisor = watch(parent(held.server));
    assert!(Path::new(&held.data).exists());
    held.holder.kill().unwrap();
    assert!(is_over(&server));
    assert!(is_over(&supervisor));
    assert!(!Path::new(&held.data).exists());
    held.holder.wait().unwrap();
}

#[test]
fn a_holder_that_ends_takes_its_server_along() {
    let mut held = hold();
    let server = watch(held.server);
    drop(held.holder.stdin.take());
    assert!(held.holder.wait().unwrap().success());
    assert!(is_over(&server));
    assert!(!Path::new(&held.data).exists());
}
