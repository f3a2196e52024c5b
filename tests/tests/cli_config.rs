//! Configuration: flags, then environment, then the file, then defaults, and where each came from.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use holdfast_tests::shell::{Said, holdfast, run};
use serde_json::json;
use tempfile::TempDir;

const VARIABLE: &str = "HOLDFAST_STORE";

/// What `config show` says under this environment.
fn shown(folder: &Path, arguments: &[&str], environment: Option<&OsStr>) -> Said {
    let mut command = holdfast(folder, &[&["config", "show", "--json"], arguments].concat());
    if let Some(value) = environment {
        command.env(VARIABLE, value);
    }
    run(&mut command)
}

fn store(said: Said) -> (String, String) {
    let shown = said.exits(0).json();
    let text = |pointer: &str| shown.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    (text("/store/value"), text("/store/from"))
}

fn pair(value: &str, from: &str) -> (String, String) {
    (value.to_owned(), from.to_owned())
}

#[test]
fn flag_goes_before_environment_before_file_before_default() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let from_environment = Some(OsStr::new("sqlite:env.db"));
    let from_flag = ["--store", "sqlite:flag.db"];
    assert_eq!(
        store(shown(folder, &[], None)),
        pair("sqlite:holdfast.db", "default")
    );
    std::fs::write(folder.join("holdfast.toml"), "store = \"sqlite:file.db\"\n").unwrap();
    assert_eq!(
        store(shown(folder, &[], None)),
        pair("sqlite:file.db", "file holdfast.toml")
    );
    assert_eq!(
        store(shown(folder, &[], from_environment)),
        pair("sqlite:env.db", "environment HOLDFAST_STORE")
    );
    assert_eq!(
        store(shown(folder, &from_flag, from_environment)),
        pair("sqlite:flag.db", "flag --store")
    );
    let empty = Some(OsStr::new(""));
    assert_eq!(
        store(shown(folder, &[], empty)),
        pair("sqlite:file.db", "file holdfast.toml")
    );
}

#[test]
fn named_file_takes_the_place_of_the_usual_one() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("holdfast.toml"), "store = \"sqlite:file.db\"\n").unwrap();
    std::fs::write(folder.join("other.toml"), "store = \"sqlite:other.db\"\n").unwrap();
    std::fs::write(folder.join("empty.toml"), "").unwrap();
    let named = |name| store(shown(folder, &["--config", name], None));
    assert_eq!(
        named("other.toml"),
        pair("sqlite:other.db", "file other.toml")
    );
    assert_eq!(named("empty.toml"), pair("sqlite:holdfast.db", "default"));
}

#[test]
fn configuration_is_what_the_commands_use() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("holdfast.toml"), "store = \"sqlite:file.db\"\n").unwrap();
    let made = run(&mut holdfast(folder, &["init", "--json"])).exits(0);
    assert_eq!(made.json(), json!({"store": "sqlite:file.db"}));
    assert!(folder.join("file.db").exists());
    run(&mut holdfast(folder, &["gate"])).exits(4);
    run(holdfast(folder, &["gate"]).env(VARIABLE, "sqlite:env.db")).exits(6);
    run(&mut holdfast(
        folder,
        &["init", "--store", "sqlite:flag.db"],
    ))
    .exits(0);
    assert!(folder.join("flag.db").exists());
}

#[test]
fn shown_configuration_is_a_table_for_people() {
    let folder = TempDir::new().unwrap();
    let said = run(&mut holdfast(folder.path(), &["config", "show"])).exits(0);
    assert_eq!(
        said.text(),
        " key          value                 from\n store        sqlite:holdfast.db    default\n credentials  holdfast-credentials  default\n checkpoint   (none)                default\n"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn configuration_that_is_not_understood_is_refused_and_never_ignored() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("unknown.toml"), "stroe = \"sqlite:x.db\"\n").unwrap();
    std::fs::write(
        at("loosens.toml"),
        "assurance_accepted = \"single-principal\"\n",
    )
    .unwrap();
    std::fs::write(at("number.toml"), "store = 7\n").unwrap();
    std::fs::write(at("broken.toml"), "store = \n").unwrap();
    std::fs::write(at("binary.toml"), b"\xff\xfe").unwrap();
    std::fs::create_dir(at("folder.toml")).unwrap();
    for (name, tried, cause) in [
        ("unknown.toml", "understand", "unknown field `stroe`"),
        (
            "loosens.toml",
            "understand",
            "unknown field `assurance_accepted`",
        ),
        ("number.toml", "understand", "expected a string"),
        ("broken.toml", "understand", "line 1"),
        ("binary.toml", "read", "UTF-8"),
        ("folder.toml", "read", "directory"),
        ("nowhere.toml", "read", "No such file"),
    ] {
        let said = run(&mut holdfast(
            folder.path(),
            &["config", "show", "--config", name],
        ));
        let said = said.exits(2);
        assert_eq!(said.text(), "");
        assert!(
            said.stderr.starts_with(&format!(
                "error: could not {tried} the configuration `{name}`"
            )),
            "{}",
            said.stderr
        );
        assert!(said.stderr.contains(cause), "{}", said.stderr);
    }
    std::fs::rename(at("unknown.toml"), at("holdfast.toml")).unwrap();
    run(&mut holdfast(folder.path(), &["gate"])).exits(2);
    std::fs::remove_file(at("holdfast.toml")).unwrap();
    let binary = shown(
        folder.path(),
        &[],
        Some(OsStr::from_bytes(b"sqlite:\xff.db")),
    );
    let error = binary.exits(2).error();
    assert_eq!(error.tried, "read the variable HOLDFAST_STORE");
}
