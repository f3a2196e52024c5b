//! What the program says of itself: help, manuals, completions, codes, schemas; in which words it
//! refuses a command line; JSON where it was asked for; and colour only on a terminal.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;
use std::process::Command;

use holdfast_tests::fixture::Fixture;
use holdfast_tests::settings::commands;
use holdfast_tests::shell::{Said, holdfast, run, run_with};
use serde_json::{Value, json};

fn say(arguments: &[&str]) -> Said {
    run(&mut holdfast(Path::new("/"), arguments))
}

#[test]
fn every_command_has_help_and_a_manual() {
    let paths = commands();
    assert!(paths.len() > 35, "{paths:?}");
    assert!(paths.contains(&["authority", "owner", "add"].map(str::to_owned).to_vec()));
    for path in paths {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let manual = say(&[&["man"], &path[..]].concat()).exits(0);
        let name = [&["holdfast"], &path[..]].concat().join("-");
        let text = manual.text();
        let title = text.lines().find(|line| line.starts_with(".TH ")).unwrap();
        assert!(title.starts_with(&format!(".TH {name} 1")), "{title}");
        assert!(
            text.contains(".SH SYNOPSIS") && text.contains(".SH DESCRIPTION"),
            "{name}"
        );
        assert_eq!(manual.stderr, "");
    }
    assert!(
        say(&["man"]).text().contains("verification failed"),
        "exit codes are told"
    );
    let error = say(&["man", "owner"]).exits(2).error();
    assert_eq!(error.tried, "print the manual of `holdfast owner`");
    say(&["man", "observe"]).exits(2);
}

#[test]
fn completions_are_scripts_that_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let said = say(&["completions", shell]).exits(0);
        assert_eq!(said.stderr, "");
        let script = said.text();
        for word in ["quickstart", "register", "supersede", "plan"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let script = say(&["completions", "bash"]).stdout;
    run_with(Command::new("bash").arg("-n"), &script).exits(0);
    say(&["completions", "tcsh"]).exits(2);
}

#[test]
fn command_line_that_is_not_understood_exits_2_on_standard_error_alone() {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["register"],
        &["register", "a", "b"],
        &["gate", "--wrong"],
        &["block", "no-such-block"],
        &["recover", "--older-than", "1"],
        &["approval"],
        &["authority", "approval", "add", "DOT", "--proposer", "p"],
        &["audit", "list", "--limit", "many"],
    ] {
        let said = say(arguments).exits(2);
        assert_eq!(said.text(), "", "{arguments:?}");
        assert!(
            said.stderr.contains("--help") || said.stderr.contains("Usage: holdfast"),
            "{arguments:?}: {}",
            said.stderr
        );
    }
    for arguments in [
        &["--help"][..],
        &["help"],
        &["--version"],
        &["help", "authority", "owner"],
    ] {
        let said = say(arguments).exits(0);
        assert_eq!(said.stderr, "", "{arguments:?}");
        assert!(said.text().contains("holdfast"), "{arguments:?}");
    }
    for code in ["0", "2", "3", "4", "5", "6", "70"] {
        let help = say(&["--help"]).text();
        let told = help
            .lines()
            .any(|line| line.split_whitespace().next() == Some(code));
        assert!(told, "exit code {code} is told");
    }
}

/// The codes that the schema lists.
fn schema_codes() -> Vec<String> {
    let schema = say(&["schema", "common/codes"]).exits(0).json();
    let codes = schema.pointer("/$defs/RejectCode/enum").unwrap();
    serde_json::from_value(codes.clone()).unwrap()
}

#[test]
fn every_code_of_the_schema_is_explained() {
    let codes = schema_codes();
    assert!(codes.len() > 100);
    let list = say(&["explain"]).exits(0).text();
    assert_eq!(list.lines().count(), codes.len() + 1);
    for code in &codes {
        let said = say(&["explain", code]).exits(0);
        let text = said.text();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(code.as_str()));
        assert!(
            lines.next().unwrap().trim().len() > 10,
            "{code} has a meaning"
        );
        assert!(text.contains("What to do\n"), "{code}");
        assert!(
            list.lines()
                .any(|line| line.split_whitespace().next() == Some(code))
        );
    }
    let typed = say(&["explain", "artifact-drift"]).exits(0).text();
    assert_eq!(typed, say(&["explain", "ARTIFACT_DRIFT"]).text());
    let error = say(&["explain", "NO_SUCH_CODE"]).exits(2).error();
    assert_eq!(error.tried, "explain `NO_SUCH_CODE`");
    assert!(error.next.unwrap().contains("holdfast explain"));
}

#[test]
fn every_schema_is_printed_as_it_is_kept() {
    let list = say(&["schema"]).exits(0).text();
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    assert!(list.lines().count() > 15);
    for name in list.lines() {
        let printed = say(&["schema", name]).exits(0);
        let version = if name.starts_with("common/") {
            ""
        } else {
            ".v1"
        };
        let kept = schemas.join(format!("{name}{version}.schema.json"));
        let kept: Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
        assert_eq!(printed.json(), kept, "{name}");
        if !version.is_empty() {
            let versioned = say(&["schema", &format!("{name}{version}")]).exits(0);
            assert_eq!(versioned.stdout, printed.stdout);
        }
    }
    for unknown in ["verdict.v2", "verdicts", "../Cargo.toml", ""] {
        let error = say(&["schema", unknown]).exits(2).error();
        assert_eq!(error.tried, format!("print the schema `{unknown}`"));
    }
    let sql = say(&["init", "--print-sql"]).exits(0).text();
    assert!(sql.contains("CREATE TABLE dot_catalogue"));
}

#[test]
fn nothing_but_json_is_on_standard_output_where_json_was_asked_for() {
    let fixture = Fixture::new(2);
    let rows = json!({"principals": [{"principal": "principal/zoe", "kind": "human",
        "display_name": "Zoe"}]});
    std::fs::write(fixture.dir.path().join("rows.json"), rows.to_string()).unwrap();
    std::fs::write(fixture.dir.path().join("request.json"), fixture.request(0)).unwrap();
    for (exit, arguments) in [
        (0, &["init"][..]),
        (0, &["gate"]),
        (0, &["register", "request.json", "--plan"]),
        (0, &["register", "request.json"]),
        (0, &["status", "DOT_0"]),
        (0, &["history", "DOT_0"]),
        (0, &["audit", "list"]),
        (0, &["audit", "verify"]),
        (0, &["audit", "head"]),
        (0, &["recover"]),
        (0, &["config", "show"]),
        (0, &["explain"]),
        (0, &["explain", "HASH_MISMATCH"]),
        (0, &["schema"]),
        (0, &["schema", "verdict"]),
        (0, &["authority", "show"]),
        (0, &["authority", "import", "rows.json"]),
        (
            0,
            &[
                "authority",
                "principal",
                "add",
                "principal/yan",
                "--alias",
                "yan",
            ],
        ),
        (
            0,
            &[
                "authority",
                "owner",
                "add",
                "DOT_9",
                "--owner",
                "principal/zoe",
            ],
        ),
        (
            0,
            &["authority", "admit", "dots/1.sh", "--dot-code", "DOT_9"],
        ),
        (0, &["authority", "approval", "list"]),
        (0, &["authority", "approval", "list", "--pending"]),
        (2, &["authority", "release", "DOT_9", "--reason", "none"]),
        (2, &["status", "DOT_8"]),
        (2, &["explain", "NOTHING"]),
    ] {
        let said = run(fixture.command(arguments).arg("--json")).exits(exit);
        for line in serde_json::Deserializer::from_slice(&said.stdout).into_iter::<Value>() {
            assert!(line.is_ok(), "{arguments:?}: {}", said.text());
        }
        assert_eq!(
            said.stdout.is_empty(),
            exit != 0 || arguments == ["audit", "list"] || arguments.contains(&"--pending"),
            "{arguments:?}: {}",
            said.text()
        );
        assert_eq!(
            said.stderr.is_empty(),
            exit == 0,
            "{arguments:?}: {}",
            said.stderr
        );
    }
}

const ESCAPE: char = '\u{1b}';

#[test]
fn piped_output_has_no_colour_and_a_terminal_has_unless_it_is_not_wanted() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let piped = run_with(&mut fixture.command(&["register", "-"]), &request).exits(0);
    let gate = run(&mut fixture.command(&["gate"])).exits(0);
    let wrong = run(&mut fixture.command(&["wrong"])).exits(2);
    let error = run(&mut fixture.command(&["status", "NOBODY"])).exits(2);
    for text in [piped.text(), gate.text(), wrong.stderr, error.stderr] {
        assert!(!text.contains(ESCAPE), "{text:?}");
    }
    let on_a_terminal = |no_colour: Option<&str>| {
        let plain = fixture.command(&["gate"]);
        let words = [plain.get_program()].into_iter().chain(plain.get_args());
        let line: Vec<String> = words.map(|word| format!("'{}'", word.display())).collect();
        let mut terminal = Command::new("script");
        terminal.args([
            "--quiet",
            "--return",
            "--command",
            &line.join(" "),
            "/dev/null",
        ]);
        for (name, value) in plain.get_envs() {
            if let Some(value) = value {
                terminal.env(name, value);
            }
        }
        terminal
            .current_dir(fixture.dir.path())
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR");
        if let Some(value) = no_colour {
            terminal.env("NO_COLOR", value);
        }
        run(&mut terminal).exits(0).text()
    };
    let script = Command::new("script").arg("--version").output();
    assert!(
        script.is_ok(),
        "no program `script` makes a terminal: {script:?}"
    );
    assert!(on_a_terminal(None).contains(ESCAPE));
    assert!(!on_a_terminal(Some("1")).contains(ESCAPE));
}

#[test]
fn reader_that_goes_away_early_is_no_error() {
    let mut shell = Command::new("bash");
    let program = holdfast_tests::program::holdfast();
    let script = "set -o pipefail; \"$0\" schema common/codes | head -c 1 >/dev/null; \
                  \"$0\" completions bash | head -c 1 >/dev/null; \"$0\" explain | head -n 1";
    let said = run(shell.args(["-c", script]).arg(program)).exits(0);
    assert_eq!(said.stderr, "");
}
