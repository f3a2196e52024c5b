//! One registration by a process of its own, as from a shell.

use std::fs;
use std::process::{Command, Stdio};

use holdfast_tests::fixture::{Fixture, must};

use crate::Effort;
use crate::clock::ended_children_ns;
use crate::rounds::{median, ratio};
use crate::table::Table;

/// The kernel counts in hundredths of a second, so one sample is several processes.
const PROCESSES: u16 = 10;

pub(crate) fn measure(effort: &Effort, table: &mut Table) {
    let rounds = if effort.long_rounds > 1 { 11 } else { 3 };
    let fixture = Fixture::new(rounds * usize::from(PROCESSES));
    let (mut register, mut version) = (Vec::new(), Vec::new());
    let mut number = 0;
    for _ in 0..rounds {
        register.push(per_process(|| {
            let path = fixture.dir.path().join("request.json");
            must(fs::write(&path, fixture.request(number)));
            number += 1;
            let mut command = Command::new(&effort.program);
            command
                .arg("register")
                .arg(path)
                .arg("--store")
                .arg(fixture.url());
            command
        }));
        version.push(per_process(|| {
            let mut command = Command::new(&effort.program);
            command.arg("--version");
            command
        }));
    }
    table.time(
        "`register` as one process, with its observer",
        median(register),
        Some(25_000.0),
    );
    table.time("  `--version` for comparison", median(version), None);
}

/// Microseconds of CPU of one process with its own children.
fn per_process(mut command: impl FnMut() -> Command) -> f64 {
    let begin = ended_children_ns();
    for _ in 0..PROCESSES {
        let mut command = command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let output = must(command.output());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        must(if output.status.success() {
            Ok(())
        } else {
            Err(said)
        });
    }
    ratio(ended_children_ns().saturating_sub(begin), PROCESSES.into()) / 1000.0
}
