//! The program as a shell sees it: what it said, where, and with which exit code.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use canonical::{Form, parse};
use envelope::Contract;
use serde::Deserialize;
use serde_json::Value;

use crate::fixture::must;
use crate::program;

/// What one run of the program came to.
#[derive(Debug)]
pub struct Said {
    /// The exit code; `None` when a signal ended it.
    pub exit: Option<i32>,
    /// Standard output, byte for byte.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

/// Runs a command with nothing on its standard input.
pub fn run(command: &mut Command) -> Said {
    run_with(command, b"")
}

/// Runs a command with these bytes on its standard input.
pub fn run_with(command: &mut Command, input: &[u8]) -> Said {
    let began = Instant::now();
    let mut child = must(
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn(),
    );
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // A program that answers before it has read everything closes the pipe: no error of ours.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        must(child.wait_with_output())
    });
    Said {
        exit: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: began.elapsed(),
    }
}

/// The program in a folder.
pub fn holdfast(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program::holdfast());
    command
        .current_dir(folder)
        .env_remove("HOLDFAST_STORE")
        .env_remove("HOLDFAST_CREDENTIALS")
        .env_remove("HOLDFAST_CHECKPOINT")
        .args(arguments);
    command
}

/// The same command under a limit of the shell's own `ulimit`, such as `-v 400000` (KiB).
pub fn limited(limit: &str, command: &Command) -> Command {
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    started_by(&["sh", "-c", &script], command)
}

/// The same command, which is told to end after a second.
pub fn ended(command: &Command) -> Command {
    started_by(&["timeout", "1"], command)
}

/// The same command, which writes nothing that its user's modes do not let it write, root's neither.
pub fn bound_by_modes(command: &Command) -> Command {
    const RIGHTS: &str = "-dac_override,-dac_read_search,-fowner";
    if embedded::caller_uid() != 0 {
        return started_by(&["env"], command);
    }
    started_by(&["setpriv", "--bounding-set", RIGHTS], command)
}

/// The same command as the last words of another one.
fn started_by(words: &[&str], command: &Command) -> Command {
    let (program, arguments) = must(words.split_first().ok_or("no program"));
    let mut other = Command::new(program);
    other
        .args(arguments)
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        other.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other
}

impl Said {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// This run, when it ended with this exit code.
    ///
    /// # Panics
    ///
    /// When it ended otherwise, with everything that it said.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "it asserts; what was said is for whoever wants it"
    )]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.exit,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.text(),
            self.stderr
        );
        self
    }

    /// The one envelope on standard output, which opens with its contract; nothing else is there.
    ///
    /// # Panics
    ///
    /// When anything else is there, or something is on standard error.
    pub fn envelope<T: for<'de> Deserialize<'de>>(&self, contract: &Contract<T>) -> Value {
        assert_eq!(self.stderr, "", "an answer leaves standard error alone");
        let bytes = must(self.stdout.strip_suffix(b"\n").ok_or("no line"));
        must(contract.open(bytes));
        must(parse(bytes, Form::Canonical))
    }

    /// The one JSON document on standard output.
    ///
    /// # Panics
    ///
    /// When anything else is there.
    pub fn json(&self) -> Value {
        must(serde_json::from_slice(&self.stdout))
    }

    /// The parts of an error as people meet it.
    ///
    /// # Panics
    ///
    /// When it is not one error on standard error alone that says what was tried and, next, what to
    /// do.
    pub fn error(&self) -> Complaint {
        assert_eq!(self.text(), "", "an error leaves standard output alone");
        let mut lines = self.stderr.lines();
        let tried = lines.next().unwrap_or_default();
        let tried = tried.strip_prefix("error: could not ");
        let part = |name: &str| {
            let start = format!("  {name}");
            self.stderr
                .lines()
                .find_map(|line| line.strip_prefix(start.as_str()))
                .map(|text| text.trim_start().to_owned())
        };
        Complaint {
            tried: must(tried.ok_or(&self.stderr)).to_owned(),
            code: part("code:"),
            cause: part("cause:"),
            next: part("next:"),
        }
    }
}

/// An error, split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What could not be done, on what.
    pub tried: String,
    /// The reject code, where one applies.
    pub code: Option<String>,
    /// Why not.
    pub cause: Option<String>,
    /// What to do next.
    pub next: Option<String>,
}

/// The codes of an envelope, in order.
pub fn codes(envelope: &Value) -> Vec<String> {
    let codes = envelope.get("reject_codes").and_then(Value::as_array);
    codes
        .into_iter()
        .flatten()
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect()
}

/// Text with everything that differs from run to run replaced by names of the same length or none:
/// identifiers, digests, instants, nonces, and the folder.
pub fn tidy(text: &str, folder: &Path) -> String {
    const UUID: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    const INSTANT: &str = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    let digest = format!("sha256:{}", "x".repeat(64));
    let nonce = format!("n1.{UUID}.{}", "x".repeat(64));
    let patterns = [
        (nonce.as_str(), "<nonce>"),
        (digest.as_str(), "<digest>"),
        (UUID, "<id>"),
        (INSTANT, "<instant>"),
    ];
    let folder = folder.to_string_lossy();
    let text = text.replace(&*folder, "<folder>");
    let mut tidied = String::new();
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        let found = patterns.iter().find(|(pattern, _)| {
            rest.get(..pattern.len())
                .is_some_and(|at| fits(at, pattern))
        });
        if let Some((pattern, name)) = found {
            tidied.push_str(name);
            rest = rest.get(pattern.len()..).unwrap_or_default();
        } else {
            tidied.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    tidied
}

/// Whether a text has the shape of a pattern: `x` is a hex digit, `d` a decimal one, all else itself.
fn fits(text: &str, pattern: &str) -> bool {
    text.bytes()
        .zip(pattern.bytes())
        .all(|(byte, shape)| match shape {
            b'x' => byte.is_ascii_hexdigit(),
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn tidied_text_keeps_its_words_and_loses_what_differs() {
        let text =
            "row 01a1fc05-0336-7217-ae19-8f9ae999a39b at 2026-11-21T02:52:29.937373Z in /x/y: ok";
        assert_eq!(
            tidy(text, Path::new("/x")),
            "row <id> at <instant> in <folder>/y: ok"
        );
        let digest = format!("sha256:{}!", "a".repeat(64));
        assert_eq!(tidy(&digest, Path::new("/x")), "<digest>!");
    }

    #[test]
    fn command_bound_by_modes_does_not_write_past_them() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
        let mut writes = Command::new("sh");
        writes.args(["-c", "echo >\"$0\""]).arg(&file);
        mode(0o444).unwrap();
        assert_ne!(run(&mut bound_by_modes(&writes)).exit, Some(0));
        mode(0o644).unwrap();
        run(&mut bound_by_modes(&writes)).exits(0);
    }

    #[test]
    fn limited_command_runs_under_the_limit() {
        let mut plain = Command::new("sh");
        plain.args(["-c", "ulimit -f; exit 3"]);
        let said = run(&mut limited("-f 7", &plain)).exits(3);
        assert_eq!(said.text(), "7\n");
    }
}
