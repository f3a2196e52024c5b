//! Nothing that a caller can set turns a reject or a HOLD into a pass: every flag, every variable that
//! a source reads and every key of the file is found where it is defined, and tried on each scene by
//! a command in which it alone names what it names.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, dot_code};
use holdfast_tests::kind::Kind;
use holdfast_tests::place::Readable as _;
use holdfast_tests::raw::Raw;
use holdfast_tests::settings::{Flag, commands, flags, hidden, keys, variables};
use holdfast_tests::shell::{Said, codes, ended, holdfast, run, run_with};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What somebody would try, wherever a value may stand.
const NONSENSE: [&str; 4] = ["1", "none", "*", ""];

/// Every variable that a source of the crates names where it reads the environment.
const READ: [&str; 16] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_TARGET_DIR",
    "HOLDFAST_CHECKPOINT",
    "HOLDFAST_CRASH_AT",
    "HOLDFAST_CREDENTIALS",
    "HOLDFAST_POSTGRES_BIN",
    "HOLDFAST_POSTGRES_CACHE",
    "HOLDFAST_POSTGRES_VERSIONS",
    "HOLDFAST_STORE",
    "HOLDFAST_TEST_POSTGRES",
    "HOME",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "PGPASSFILE",
    "PGPASSWORD",
];

/// Those that name a thing which the gate uses.
const NAMING: [&str; 3] = [
    "HOLDFAST_CHECKPOINT",
    "HOLDFAST_CREDENTIALS",
    "HOLDFAST_STORE",
];

/// What libraries may read, and what somebody would hope for.
const HOPED_FOR: [&str; 12] = [
    "CI",
    "HOLDFAST_ASSURANCE",
    "HOLDFAST_CONFIG",
    "HOLDFAST_FORCE",
    "HOLDFAST_PLAN",
    "LOGNAME",
    "PGOPTIONS",
    "PGUSER",
    "RUST_LOG",
    "SQLITE_TMPDIR",
    "SUDO_UID",
    "USER",
];

/// Why a store registers nothing.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// Another artifact lies there than was admitted, and somebody else asks than is there.
    Rejected,
    /// The target is on hold.
    Held,
    /// The gate is closed: there is no manifest.
    Closed,
}

/// A store on which one thing is wrong, and a folder from which nothing but what is set leads to it.
struct Scene {
    wrong: Wrong,
    fixture: Fixture,
    folder: TempDir,
    reader: Raw,
}

impl Scene {
    /// One of each.
    fn all() -> [Self; 3] {
        [Wrong::Rejected, Wrong::Held, Wrong::Closed].map(Self::new)
    }

    fn new(wrong: Wrong) -> Self {
        let fixture = Fixture::new(1);
        let acts = Acts::on(&fixture);
        match wrong {
            Wrong::Rejected => write_artifact(&fixture, "another"),
            Wrong::Held => drop(acts.hold(&dot_code(0))),
            Wrong::Closed => drop(acts.revoke("manifest", &acts.one("manifest", &[]))),
        }
        let folder = TempDir::new().unwrap();
        let reader = fixture.read();
        let scene = Self {
            wrong,
            fixture,
            folder,
            reader,
        };
        scene.write_file("named.toml", None);
        let head = run(&mut scene.fixture.command(&["audit", "head"])).exits(0);
        std::fs::write(scene.checkpoint(), head.stdout).unwrap();
        scene
    }

    /// The checkpoint of the store, as it is when the scene begins.
    fn checkpoint(&self) -> PathBuf {
        self.folder.path().join("head.json")
    }

    /// Puts right what is wrong.
    fn put_right(&mut self) {
        let acts = Acts::on(&self.fixture);
        match self.wrong {
            Wrong::Rejected => write_artifact(&self.fixture, "artifact 0"),
            Wrong::Held => drop(acts.release(&dot_code(0))),
            Wrong::Closed => drop(acts.write(|draft| {
                let issuer = "principal/olga".parse().unwrap();
                draft.set_manifest(&authority::default_manifest(issuer).unwrap())
            })),
        }
    }

    /// The exit code and the codes that a request has to end with.
    fn refusal(&self) -> (i32, &'static [&'static str]) {
        match self.wrong {
            Wrong::Rejected => (3, &["ACTOR_MISMATCH", "ARTIFACT_DRIFT"]),
            Wrong::Held => (4, &["REGISTRATION_HOLD"]),
            Wrong::Closed => (
                4,
                &["REGISTRATION_HOLD", "SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"],
            ),
        }
    }

    /// A fresh request that is refused.
    fn request(&self) -> Vec<u8> {
        match self.wrong {
            Wrong::Rejected => self.fixture.request_with(0, |request| {
                *request.pointer_mut("/request_proposed/actor").unwrap() = json!("olga");
            }),
            Wrong::Held | Wrong::Closed => self.fixture.request(0),
        }
    }

    /// What names the store and its passwords.
    fn names(&self) -> [(&'static str, String); 2] {
        let credentials = self.fixture.place.credentials().directory();
        [
            ("store", self.fixture.url()),
            ("credentials", credentials.display().to_string()),
        ]
    }

    /// Writes a configuration file that names all but what is being tried.
    fn write_file(&self, file: &str, tried: Option<&str>) {
        let names = self.names().into_iter();
        let lines = names.filter(|(name, _)| Some(*name) != tried);
        let lines: Vec<_> = lines
            .map(|(name, value)| format!("{name} = {value:?}\n"))
            .collect();
        std::fs::write(self.folder.path().join(file), lines.concat()).unwrap();
    }

    /// Values of a setting that lead to this very store, and some that come near.
    fn values(&self, name: &str) -> Vec<(String, bool)> {
        let [(_, store), (_, credentials)] = self.names();
        let leads = |value: &str| (value.to_owned(), true);
        let near = |value: &str| (value.to_owned(), false);
        let mut values: Vec<_> = NONSENSE.into_iter().map(near).collect();
        match (name, self.fixture.kind()) {
            ("store", Kind::Sqlite) => {
                let path = store.strip_prefix("sqlite:").unwrap();
                values.extend([leads(&store), leads(&format!("sqlite:/.{path}"))]);
                values.extend([near(&format!("{store}?mode=memory")), near(path)]);
                values.push(near("sqlite::memory:"));
            }
            ("store", Kind::Postgres) => {
                let rest = store.strip_prefix("postgres").unwrap();
                values.extend([leads(&store), leads(&format!("postgresql{rest}"))]);
                let options = "options=-csession_replication_role%3Dreplica";
                values.push(near(&format!("{store}?{options}")));
            }
            ("credentials", _) => {
                values.extend([leads(&credentials), leads(&format!("{credentials}/."))]);
            }
            ("config", _) => values.push(leads("named.toml")),
            ("checkpoint", _) => {
                values.push(leads(&self.checkpoint().display().to_string()));
                values.push(near("named.toml"));
            }
            _ => {}
        }
        values
    }

    /// The program in the folder, with nothing of ours in its environment.
    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = holdfast(self.folder.path(), arguments);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HOLDFAST_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Registers where a file names all but what is tried, and this sets that; it is no pass, and it is
    /// this scene's own refusal where the setting leads to its store.
    fn stands(&mut self, what: &str, tried: &str, leads: bool, set: impl Fn(&mut Command)) {
        self.write_file("holdfast.toml", Some(tried));
        if tried == "config" {
            std::fs::remove_file(self.folder.path().join("holdfast.toml")).unwrap();
        }
        let mut command = self.bare(&["register", "-"]);
        set(&mut command);
        let said = run_with(&mut command, &self.request());
        self.is_refused(what, &said, leads);
    }

    fn is_refused(&mut self, what: &str, said: &Said, leads: bool) {
        let (exit, codes) = self.refusal();
        let refused = said.exit == Some(exit) && told(said) == codes;
        let unanswered = matches!(said.exit, Some(2 | 6)) && said.stdout.is_empty();
        let wrong = self.wrong;
        assert!(
            refused || (unanswered && !leads),
            "{what}, {wrong:?}: {said:?}"
        );
        assert_eq!(self.rows(), 0, "{what}, {wrong:?}");
    }

    /// Runs a command that could lead to a registration, perhaps with one flag more; what it makes is
    /// registered, and the catalogue stays empty.
    fn leads_nowhere(&mut self, command: &[&str], tried: Option<(&Flag, &str)>) {
        let mut program = self.bare(command);
        if command == ["request", "new"] {
            let tried = tried.map(|(flag, _)| flag.name.as_str());
            let given = self.proposal().into_iter();
            for (name, value) in given.filter(|(name, _)| Some(*name) != tried) {
                program.args([name, &value]);
            }
        }
        if let Some((flag, value)) = tried {
            give(&mut program, flag, value);
            if flag.name == "--watch" {
                program = ended(&program);
            }
        }
        let said = run_with(&mut program, &self.request());
        let (what, wrong) = (format!("{command:?} {tried:?}"), self.wrong);
        let closed = matches!(wrong, Wrong::Closed) && command == ["gate"];
        assert!(!closed || said.exit != Some(0), "{what}: {said:?}");
        if command == ["request", "new"] && !said.stdout.is_empty() {
            let said = run_with(&mut self.bare(&["register", "-"]), &said.stdout);
            assert!(
                matches!(said.exit, Some(3 | 4)),
                "{what}, {wrong:?}: {said:?}"
            );
        }
        assert_eq!(self.rows(), 0, "{what}, {wrong:?}");
    }

    /// What `request new` has to be given.
    fn proposal(&self) -> [(&'static str, String); 4] {
        let artifact = self.fixture.dir.path().join("dots/0.sh");
        let target = self.fixture.targets.first().unwrap();
        [
            ("--dot-code", target.dot_code.clone()),
            ("--artifact", artifact.display().to_string()),
            ("--actor", "alice".to_owned()),
            ("--admission-ref", target.admission_ref.clone()),
        ]
    }

    fn rows(&mut self) -> u64 {
        let question = "SELECT count(*) FROM dot_catalogue";
        self.reader.one(question, &[]).count()
    }

    /// The accept twin: the same command registers once nothing is wrong any more.
    fn ends_sound(mut self, set: impl Fn(&Self, &mut Command)) {
        self.put_right();
        let request = self.fixture.request(0);
        let mut command = self.bare(&["register", "-"]);
        set(&self, &mut command);
        let said = run_with(&mut command, &request).exits(0);
        assert!(said.text().starts_with("REGISTERED\n"), "{said:?}");
        assert_eq!(self.rows(), 1);
    }
}

fn write_artifact(fixture: &Fixture, words: &str) {
    let file = fixture.dir.path().join("dots/0.sh");
    std::fs::write(file, format!("#!/bin/sh\necho {words}\n")).unwrap();
}

/// The codes of an answer, as JSON or for people: there a code has a line of its own.
fn told(said: &Said) -> Vec<String> {
    if let Ok(answer) = serde_json::from_slice::<Value>(&said.stdout) {
        return codes(&answer);
    }
    let is_code = |word: &&str| {
        word.chars()
            .all(|one| one.is_ascii_uppercase() || one == '_')
    };
    let text = said.text();
    let lines = text.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter(is_code).map(str::to_owned).collect()
}

/// The name that all ways of setting one thing share.
fn plain(name: &str) -> String {
    let name = name.strip_prefix("--").unwrap_or(name);
    let name = name.strip_prefix("HOLDFAST_").unwrap_or(name);
    name.to_lowercase()
}

fn give(command: &mut Command, flag: &Flag, value: &str) {
    command.arg(&flag.name);
    if flag.takes_value {
        command.arg(value);
    }
}

#[test]
fn no_flag_turns_a_reject_or_a_hold_into_a_pass() {
    let found = flags(&["register"]);
    for name in [
        "checkpoint",
        "config",
        "credentials",
        "json",
        "plan",
        "store",
    ] {
        assert!(found.iter().any(|flag| plain(&flag.name) == name), "{name}");
    }
    for mut scene in Scene::all() {
        for flag in &found {
            let name = plain(&flag.name);
            let values = if flag.takes_value {
                scene.values(&name)
            } else {
                vec![(String::new(), true)]
            };
            for (value, leads) in values {
                let what = format!("{} {value:?}", flag.name);
                scene.stands(&what, &name, leads, |command| give(command, flag, &value));
            }
        }
        std::fs::remove_file(scene.folder.path().join("holdfast.toml")).unwrap();
        scene.ends_sound(|scene, command| {
            for (name, value) in scene.names() {
                command.arg(format!("--{name}")).arg(value);
            }
        });
    }
}

#[test]
fn no_variable_turns_a_reject_or_a_hold_into_a_pass() {
    let found = variables();
    assert_eq!(found, READ.map(str::to_owned).into());
    let (naming, others): (Vec<_>, Vec<_>) = found
        .iter()
        .map(String::as_str)
        .chain(HOPED_FOR)
        .partition(|name| NAMING.contains(name));
    assert_eq!(naming.len(), NAMING.len());
    for mut scene in Scene::all() {
        for name in &naming {
            for (value, leads) in scene.values(&plain(name)) {
                let what = format!("{name}={value:?}");
                scene.stands(&what, &plain(name), leads, |command| {
                    command.env(name, &value);
                });
            }
        }
        // What names nothing is tried all at once: the answer is the same with all of it.
        for value in NONSENSE {
            scene.stands(&format!("all={value:?}"), "", true, |command| {
                command.envs(others.iter().map(|name| (name, value)));
            });
        }
        std::fs::remove_file(scene.folder.path().join("holdfast.toml")).unwrap();
        scene.ends_sound(|scene, command| {
            for (name, value) in scene.names() {
                command.env(format!("HOLDFAST_{}", name.to_uppercase()), value);
            }
        });
    }
}

#[test]
fn no_key_of_the_file_turns_a_reject_or_a_hold_into_a_pass() {
    let found = keys();
    for name in ["checkpoint", "credentials", "store"] {
        assert!(found.contains(name), "{name}");
    }
    for mut scene in Scene::all() {
        let [(_, store), (_, credentials)] = scene.names();
        for key in &found {
            for (value, leads) in scene.values(key) {
                let what = format!("{key} = {value:?}");
                let file = scene.folder.path().join("tried.toml");
                let others = match key.as_str() {
                    "store" => format!("credentials = {credentials:?}\n"),
                    "credentials" => format!("store = {store:?}\n"),
                    _ => format!("store = {store:?}\ncredentials = {credentials:?}\n"),
                };
                std::fs::write(file, format!("{others}{key} = {value:?}\n")).unwrap();
                scene.stands(&what, "config", leads, |command| {
                    command.args(["--config", "tried.toml"]);
                });
            }
        }
        scene.write_file("holdfast.toml", None);
        scene.ends_sound(|_, _| {});
    }
}

/// The commands beside `register` from which a registration could come: they make the request, settle
/// what is open, make the store, look for it, or say whether the gate is open.
const LEADING: [&str; 5] = ["gate", "init", "observe", "recover", "request new"];

/// Those that only read, print, or judge what they are given.
const READING: [&str; 15] = [
    "audit head",
    "audit list",
    "audit verify",
    "block",
    "bundle",
    "completions",
    "config show",
    "conform",
    "explain",
    "history",
    "man",
    "prove",
    "schema",
    "status",
    "verify-bundle",
];

/// These register, or change what a registration rests on: the first is tried above, the second works
/// on a new store of its own, and the acts of the third are the authority's, under its own credential.
const OTHERS: [&str; 3] = ["register", "quickstart", "authority "];

/// The commands with nothing below them, and the one that help hides.
fn leaves() -> BTreeSet<String> {
    let paths: Vec<String> = commands().iter().map(|path| path.join(" ")).collect();
    let is_leaf = |path: &&String| {
        let above = format!("{path} ");
        !path.is_empty() && !paths.iter().any(|other| other.starts_with(&above))
    };
    let shown = paths.iter().filter(is_leaf).cloned();
    shown.chain(["observe".to_owned()]).collect()
}

#[test]
fn no_command_beside_register_leads_to_a_pass() {
    let shared = flags(&["config", "show"]);
    for mut scene in Scene::all() {
        scene.write_file("holdfast.toml", None);
        for leading in LEADING {
            let command: Vec<&str> = leading.split(' ').collect();
            scene.leads_nowhere(&command, None);
            for flag in flags(&command).difference(&shared) {
                let values: &[&str] = if flag.takes_value { &["1", ""] } else { &[""] };
                for value in values {
                    scene.leads_nowhere(&command, Some((flag, value)));
                }
            }
            scene.stands(leading, "", true, |_| {});
        }
        let mut quickstart = scene.bare(&["quickstart", "--dir"]);
        run(quickstart.arg(scene.fixture.dir.path())).exits(2);
        assert_eq!(scene.rows(), 0);
        let mut maker = scene.bare(&["request", "new"]);
        for (name, value) in scene.proposal() {
            maker.args([name, &value]);
        }
        scene.put_right();
        let made = run(&mut maker).exits(0).stdout;
        run_with(&mut scene.bare(&["register", "-"]), &made).exits(0);
        assert_eq!(scene.rows(), 1);
    }
}

#[test]
fn every_command_is_known_to_lead_to_a_registration_or_not_to() {
    for leaf in leaves() {
        let known = LEADING.contains(&&*leaf) || READING.contains(&&*leaf);
        let other = OTHERS.iter().any(|other| leaf.starts_with(other));
        assert!(
            known || other,
            "`{leaf}` is new: try it where it could lead to a registration"
        );
    }
    assert_eq!(hidden(), 1);
}
