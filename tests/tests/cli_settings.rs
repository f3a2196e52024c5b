//! Nothing that a caller can set turns a reject or a HOLD into a pass: every flag, every variable
//! that the program knows and every key of its file is found by asking the program, and tried.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeSet;
use std::process::Command;

use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, dot_code};
use holdfast_tests::program;
use holdfast_tests::shell::{Said, run, run_with};
use records::Records as _;
use serde_json::json;

/// What somebody would try, wherever a value may stand.
const VALUES: [&str; 5] = ["1", "true", "none", "*", ""];

/// These print and do nothing else.
const PRINTING: [&str; 3] = ["--help", "--version", "-h"];

/// A word that begins like a variable of ours.
const PREFIX: &str = "HOLDFAST_";

/// The long flags of a verb, and whether each takes a value, as its help shows them.
fn flags(verb: &[&str]) -> BTreeSet<(String, bool)> {
    let mut command = Command::new(program::holdfast());
    let help = run(command.args(verb).arg("--help")).exits(0).text();
    let lines = help.lines().map(str::trim_start);
    let options = lines.filter(|line| line.starts_with('-'));
    options
        .filter_map(|line| {
            let from = line.find("--")?;
            let words: Vec<&str> = line.get(from..)?.split_whitespace().collect();
            let takes_value = words.get(1).is_some_and(|word| word.starts_with('<'));
            Some(((*words.first()?).to_owned(), takes_value))
        })
        .collect()
}

/// Every variable of ours whose name stands in the program.
fn variables() -> BTreeSet<String> {
    let bytes = std::fs::read(program::holdfast()).unwrap();
    let starts = bytes
        .windows(PREFIX.len())
        .enumerate()
        .filter(|(_, window)| *window == PREFIX.as_bytes());
    starts
        .map(|(at, _)| {
            let name = bytes.iter().skip(at);
            name.take_while(|byte| byte.is_ascii_uppercase() || **byte == b'_')
                .map(|byte| char::from(*byte))
                .collect::<String>()
        })
        .filter(|name| name.len() > PREFIX.len())
        .collect()
}

/// Whether a name that was found is this one; another text may follow it in the program.
fn is(found: &str, name: &str) -> bool {
    found
        .strip_prefix(name)
        .is_some_and(|rest| !rest.starts_with('_'))
}

/// Every key of the configuration file, as the refusal of another one lists them.
fn keys(fixture: &Fixture) -> BTreeSet<String> {
    let file = fixture.dir.path().join("asking.toml");
    std::fs::write(&file, "no_such_key = 1\n").unwrap();
    let mut command = Command::new(program::holdfast());
    let said = run(command.arg("--config").arg(&file).args(["config", "show"])).exits(2);
    let (_, expected) = said.stderr.split_once("expected").unwrap();
    let quoted = expected.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// A request that must be rejected and one that must be held, on a store that registers others.
struct Scene {
    fixture: Fixture,
    rejected: Vec<u8>,
    held: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let fixture = Fixture::new(3);
        Acts::on(&fixture).hold(&dot_code(1));
        let rejected = fixture.request_with(0, |request| {
            request["request_proposed"]["actor"] = json!("olga");
        });
        let held = fixture.request(1);
        let scene = Self {
            fixture,
            rejected,
            held,
        };
        assert_eq!(scene.register(&scene.rejected, |_| {}).exit, Some(3));
        assert_eq!(scene.register(&scene.held, |_| {}).exit, Some(4));
        scene
    }

    fn register(&self, request: &[u8], set: impl Fn(&mut Command)) -> Said {
        let mut command = self.fixture.command(&["register", "-"]);
        set(&mut command);
        run_with(&mut command, request)
    }

    /// Neither is a pass with this set; the store they are asked of has no head of theirs.
    fn neither_passes(&self, what: &str, set: impl Fn(&mut Command)) {
        for request in [&self.rejected, &self.held] {
            let said = self.register(request, &set);
            assert_ne!(said.exit, Some(0), "{what}: {said:?}");
            assert!(!said.text().contains("REGISTERED"), "{what}: {said:?}");
        }
    }

    /// The accept twin: the same store registers what stands in nobody's way.
    fn ends_sound(&self) {
        let history = |number| self.fixture.records().history(&dot_code(number), 9);
        for number in [0, 1] {
            assert!(history(number).unwrap().heads.is_empty());
        }
        let good = self.fixture.request(2);
        assert_eq!(self.register(&good, |_| {}).exit, Some(0));
        assert_eq!(history(2).unwrap().heads.len(), 1);
    }
}

#[test]
fn no_flag_turns_a_reject_or_a_hold_into_a_pass() {
    let scene = Scene::new();
    let mut tried = BTreeSet::new();
    for (flag, takes_value) in flags(&["register"]) {
        if PRINTING.contains(&flag.as_str()) {
            continue;
        }
        let values: &[&str] = if takes_value { &VALUES } else { &[""] };
        for value in values {
            scene.neither_passes(&format!("{flag} {value:?}"), |command| {
                command.arg(&flag);
                if takes_value {
                    command.arg(value);
                }
            });
        }
        tried.insert(flag);
    }
    let expected = [
        "--checkpoint",
        "--config",
        "--credentials",
        "--json",
        "--plan",
        "--store",
    ];
    assert_eq!(tried, expected.map(str::to_owned).into());
    scene.ends_sound();
}

#[test]
fn no_variable_turns_a_reject_or_a_hold_into_a_pass() {
    let scene = Scene::new();
    let expected = [
        "HOLDFAST_CHECKPOINT",
        "HOLDFAST_CREDENTIALS",
        "HOLDFAST_STORE",
    ];
    let found = variables();
    for name in expected {
        assert!(found.iter().any(|found| is(found, name)), "{name}");
    }
    for name in &found {
        assert!(expected.iter().any(|known| is(name, known)), "{name}");
    }
    for name in expected {
        for value in VALUES {
            scene.neither_passes(&format!("{name}={value:?}"), |command| {
                // What is set as a flag or a file would hide the variable.
                command.env(name, value);
            });
        }
    }
    scene.ends_sound();
}

#[test]
fn no_key_of_the_file_turns_a_reject_or_a_hold_into_a_pass() {
    let scene = Scene::new();
    let known = keys(&scene.fixture);
    assert_eq!(
        known,
        ["checkpoint", "credentials", "store"]
            .map(str::to_owned)
            .into()
    );
    let file = scene.fixture.dir.path().join("trying.toml");
    for key in &known {
        for value in VALUES {
            std::fs::write(&file, format!("{key} = {value:?}\n")).unwrap();
            scene.neither_passes(&format!("{key} = {value:?}"), |command| {
                command.arg("--config").arg(&file);
            });
        }
    }
    scene.ends_sound();
}
