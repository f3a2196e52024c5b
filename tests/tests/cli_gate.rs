//! `gate` through the real program: what is missing, what it rests on and how old that is, and what
//! changes while somebody watches.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use gate::contract::gate_report;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::texts;
use holdfast_tests::fixture::Fixture;
use holdfast_tests::shell::run;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The program while it watches.
struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn on(fixture: &Fixture, arguments: &[&str]) -> Self {
        let watch = ["gate", "--watch", "--every", "1"];
        let mut command = fixture.command(&[&watch[..], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line, waited for.
    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// The next line, which is one envelope.
    fn report(&mut self) -> Value {
        let line = self.line();
        gate_report().open(line.as_bytes()).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Lines up to the one that begins like this, and that one.
    fn up_to(&mut self, beginning: &str) -> String {
        let mut seen = String::new();
        loop {
            let line = self.line();
            seen.push_str(&line);
            seen.push('\n');
            if line.trim_start().starts_with(beginning) {
                return seen;
            }
        }
    }

    /// Asks it to end as a terminal does; gives its exit code and what else it had said.
    fn interrupted(mut self) -> (Option<i32>, Vec<String>) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).unwrap();
        let rest = self.lines.map(Result::unwrap).collect();
        (self.child.wait().unwrap().code(), rest)
    }
}

#[test]
fn explained_gate_shows_what_each_prerequisite_rests_on_and_how_old_it_is() {
    let fixture = Fixture::new(1);
    let plain = run(&mut fixture.command(&["gate"])).exits(0).text();
    let explained = run(&mut fixture.command(&["gate", "--explain"]))
        .exits(0)
        .text();
    assert!(
        !plain.contains("ms old") && !plain.contains("hash-carrier"),
        "{plain}"
    );
    let aged = explained.lines().filter(|line| line.contains(", checked "));
    let aged: Vec<&str> = aged.collect();
    assert_eq!(aged.len(), 13, "{explained}");
    for line in aged {
        let is_aged = line.ends_with("ms old") || line.ends_with(" s old");
        assert!(is_aged, "{line}");
    }
    assert!(
        explained.contains("a unique index leaves `dot_catalogue`"),
        "{explained}"
    );
}

#[test]
fn closed_gate_says_what_is_missing_without_being_asked_to_explain() {
    let fixture = Fixture::new(1);
    Acts::on(&fixture).revoke_owner("DOT_0");
    let said = run(&mut fixture.command(&["gate"])).exits(4).text();
    assert!(said.contains("OWNER_OF_RECORD_ABSENT"), "{said}");
    assert!(said.contains("missing: accountable owners"), "{said}");
}

#[test]
fn watched_gate_gives_one_envelope_for_each_change_and_ends_when_interrupted() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let mut watching = Watching::on(&fixture, &["--json"]);
    let first = watching.report();
    assert_eq!(first["state"], "OPEN", "{first}");
    acts.revoke_owner("DOT_0");
    let held = watching.report();
    assert_eq!(held["state"], "HOLD");
    assert_eq!(
        texts(&held, "/reject_codes"),
        ["REGISTRATION_HOLD", "OWNER_OF_RECORD_ABSENT"]
    );
    acts.own("DOT_0", "catalogue");
    assert_eq!(watching.report()["state"], "OPEN");
    assert_eq!(watching.interrupted(), (Some(0), vec![]));
}

#[test]
fn watched_gate_says_when_it_closed_and_why_and_ends_as_it_last_said() {
    let fixture = Fixture::new(1);
    let mut watching = Watching::on(&fixture, &[]);
    let first = watching.up_to("held     nobody but the declared roles");
    assert!(first.starts_with("OPEN  assurance"), "{first}");
    Acts::on(&fixture).revoke_owner("DOT_0");
    let changed = watching.up_to("missing:");
    let lines: Vec<&str> = changed.lines().collect();
    let (at, what) = lines[0].split_once("  ").unwrap();
    at.parse::<canonical::Timestamp>().unwrap();
    assert_eq!(what, "OPEN -> HOLD");
    assert_eq!(
        lines[1].trim(),
        "MISSING  registration-authority  OWNER_OF_RECORD_ABSENT"
    );
    assert_eq!(watching.interrupted(), (Some(4), vec![]));
}

#[test]
fn interval_without_a_watch_and_a_watch_without_pause_are_usage() {
    let fixture = Fixture::new(0);
    run(&mut fixture.command(&["gate", "--every", "3"])).exits(2);
    run(&mut fixture.command(&["gate", "--watch", "--every", "0"])).exits(2);
}

#[test]
fn embedded_store_has_no_catalogs_that_carriers_could_be_declared_in() {
    let fixture = Fixture::of(holdfast_tests::kind::Kind::Sqlite, 0);
    let file = fixture.dir.path().join("carriers.toml");
    let declared = "[[carrier]]\ncarrier = \"t\"\nrelation = \"public.t\"\n\
                    [[carrier.facets]]\nuse = \"head_store\"\n";
    std::fs::write(&file, declared).unwrap();
    let said = run(&mut fixture.command(&["gate", "--carriers", "carriers.toml"])).exits(2);
    assert!(
        said.stderr.contains("a file has no catalogs"),
        "{}",
        said.stderr
    );
}
