//! The parent's side against real child processes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where what it rests on does not hold"
)]

#[path = "support/frames.rs"]
mod frames;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use frames::{after, attempt, before};
use observer::{ObserverError, ObserverProcess, facts, own_facts};
use snapshot_provider::contract::snapshot;

/// The example binary, which `cargo test` builds beside this one.
fn child_path() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(|deps| deps.parent()).unwrap();
    let child = profile.join("examples").join("observer_child");
    assert!(
        child.exists(),
        "`{}` is not built: run all tests",
        child.display()
    );
    child
}

fn spawn(conduct: &str) -> ObserverProcess {
    let mut command = Command::new(child_path());
    command.arg(conduct).stderr(Stdio::null());
    ObserverProcess::spawn(command).unwrap()
}

fn is_running(pid: u32) -> bool {
    facts(pid).is_ok()
}

fn kill_9(pid: u32) {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.unwrap().success());
}

#[track_caller]
fn gone(error: ObserverError) -> String {
    match error {
        ObserverError::Gone { reason } => reason,
        other => panic!("not gone: {other:?}"),
    }
}

#[test]
fn a_child_captures_and_records_for_its_parent() {
    let observer = spawn("serve");
    let seen_before = observer.capture(&before(1)).unwrap();
    let seen_after = observer.capture(&after(1, &seen_before)).unwrap();
    let seen_after = snapshot().open(&seen_after).unwrap();
    let verdict = format!("{{\"judged\":\"{}\"}}", seen_after.header.evidence_hash);
    let report = b"{\"r\":1}";
    observer
        .record(&attempt(1), report, verdict.as_bytes())
        .unwrap();
    let capture = seen_after.capture.as_ref().unwrap();
    assert!(capture.same_observer_continuity);
    let facts = observer.facts().unwrap();
    assert_eq!(capture.observer.process.pid.get(), u64::from(facts.pid));
    assert_eq!(capture.observer.process.start_time.get(), facts.start_time);
    assert_eq!(
        capture.observer.process.executable_digest,
        facts.executable_digest
    );
}

#[test]
fn the_parent_learns_who_the_child_is_from_the_kernel() {
    let observer = spawn("mute");
    let child = observer.facts().unwrap();
    assert_eq!(*child, facts(child.pid).unwrap());
    assert_eq!(*observer.parent_facts(), own_facts().unwrap());
    assert_ne!(child.pid, observer.parent_facts().pid);
    assert_ne!(
        child.executable_digest,
        observer.parent_facts().executable_digest
    );
}

#[test]
fn many_threads_share_one_child() {
    let observer = spawn("serve");
    thread::scope(|scope| {
        for worker in 0..16 {
            let observer = observer.clone();
            scope.spawn(move || {
                for number in worker * 20..worker * 20 + 20 {
                    let envelope = observer.capture(&before(number)).unwrap();
                    let opened = snapshot().open(&envelope).unwrap();
                    assert_eq!(opened.header.attempt_id, Some(attempt(number)));
                }
            });
        }
    });
}

#[test]
fn what_the_child_refuses_is_an_error_and_the_next_request_is_answered() {
    let observer = spawn("serve");
    let error = observer.capture(b"{}").unwrap_err();
    assert!(matches!(error, ObserverError::Refused { reason } if reason.contains("attempt")));
    let error = observer.record(&attempt(1), b"{}", b"{}").unwrap_err();
    assert!(matches!(error, ObserverError::Refused { .. }));
    let error = observer.capture(b"{}\n{}").unwrap_err();
    assert!(matches!(error, ObserverError::Request(_)));
    observer.capture(&before(1)).unwrap();
}

#[test]
fn a_killed_child_fails_every_waiting_and_every_later_request() {
    let observer = spawn("mute");
    let pid = observer.facts().unwrap().pid;
    thread::scope(|scope| {
        let ask = || gone(observer.capture(b"{}").unwrap_err());
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        thread::sleep(Duration::from_millis(100));
        kill_9(pid);
        for request in waiting {
            assert_eq!(request.join().unwrap(), "it ended");
        }
    });
    assert_eq!(gone(observer.capture(b"{}").unwrap_err()), "it ended");
    assert!(observer.facts().is_err());
}

#[test]
fn a_child_that_ends_by_itself_fails_who_waits() {
    let observer = spawn("quit");
    assert_eq!(gone(observer.capture(b"{}").unwrap_err()), "it ended");
}

#[test]
fn a_child_that_breaks_the_protocol_is_ended() {
    for (conduct, reason) in [
        ("garbage", "it wrote what is no reply"),
        ("unasked", "it answered what nobody asked"),
        ("endless", "it broke off: line is longer than 266240 bytes"),
    ] {
        let observer = spawn(conduct);
        let pid = observer.facts().unwrap().pid;
        assert_eq!(gone(observer.capture(b"{}").unwrap_err()), reason);
        let patience = Instant::now() + Duration::from_secs(5);
        while is_running(pid) && Instant::now() < patience {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!is_running(pid), "{conduct}");
    }
}

#[test]
fn an_answer_of_another_kind_is_not_taken() {
    let error = spawn("null").capture(b"{}").unwrap_err();
    assert!(matches!(error, ObserverError::Mismatched));
}

#[test]
fn a_child_that_does_not_answer_is_waited_for_no_longer_than_allowed() {
    let observer = spawn("mute").with_timeout(Duration::from_millis(50));
    let began = Instant::now();
    let error = observer.capture(b"{}").unwrap_err();
    assert!(matches!(error, ObserverError::Timeout { millis: 50 }));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_child_that_does_not_read_holds_nobody_up() {
    let observer = spawn("mute").with_timeout(Duration::from_millis(50));
    let frame = format!("{{\"a\":\"{}\"}}", "x".repeat(1_000_000));
    for _ in 0..4 {
        let error = observer.capture(frame.as_bytes()).unwrap_err();
        assert!(matches!(error, ObserverError::Timeout { .. }));
    }
}

#[test]
fn an_answer_that_comes_late_reaches_nobody_else() {
    let observer = spawn("late");
    let hasty = observer.clone().with_timeout(Duration::from_millis(50));
    let error = hasty.capture(b"{}").unwrap_err();
    assert!(matches!(error, ObserverError::Timeout { .. }));
    assert_eq!(observer.capture(b"{}").unwrap(), b"{\"late\":1}");
}

#[test]
fn the_last_clone_ends_and_reaps_the_child() {
    for conduct in ["serve", "mute"] {
        let observer = spawn(conduct);
        let pid = observer.facts().unwrap().pid;
        let clone = observer.clone();
        drop(observer);
        assert!(is_running(pid));
        drop(clone);
        assert!(!PathBuf::from(format!("/proc/{pid}")).exists(), "{conduct}");
    }
}

#[test]
fn a_command_that_does_not_start_is_an_error() {
    let error = ObserverProcess::spawn(Command::new("/nonexistent/observer")).unwrap_err();
    assert!(matches!(error, ObserverError::Spawn(_)));
}
