//! What a user reads when the server does not do what was asked: who tried, where, and what to do.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use holdfast_tests::fixture::Fixture;
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::tamper;
use holdfast_tests::shell::{Said, run};

fn fixture() -> Fixture {
    Fixture::of(Kind::Postgres, 1)
}

fn login(fixture: &Fixture, role: &str) -> String {
    format!("{}_{role}", fixture.place.database().name())
}

fn gate(fixture: &Fixture) -> Said {
    run(&mut fixture.command(&["gate"]))
}

/// Ends with six, and says everything of this on standard error; what is right beside it works.
#[track_caller]
fn assert_says(said: Said, parts: &[&str]) {
    let said = said.exits(6);
    assert_eq!(said.text(), "");
    for part in parts {
        assert!(
            said.stderr.contains(part),
            "no `{part}` in:\n{}",
            said.stderr
        );
    }
}

#[test]
fn wrong_password_names_the_role_the_place_and_where_the_right_one_belongs() {
    let fixture = fixture();
    let secret = fixture.place.credentials().directory().join("reader");
    let right = std::fs::read(&secret).unwrap();
    std::fs::write(&secret, "wrong-password-of-ours").unwrap();
    let said = gate(&fixture);
    assert!(!said.stderr.contains("wrong-password-of-ours"));
    let (login, url) = (login(&fixture, "reader"), fixture.url());
    assert_says(
        said,
        &[&login, &url, "cannot log in", "credentials directory"],
    );
    std::fs::write(&secret, right).unwrap();
    gate(&fixture).exits(0);
}

#[test]
fn password_that_is_missing_or_open_to_others_names_its_file() {
    let fixture = fixture();
    let secret = fixture.place.credentials().directory().join("reader");
    let path = secret.to_string_lossy().into_owned();
    let mode = |mode| std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode));
    mode(0o644).unwrap();
    assert_says(gate(&fixture), &[&path, "0600"]);
    mode(0o600).unwrap();
    gate(&fixture).exits(0);
    std::fs::remove_file(&secret).unwrap();
    let login = login(&fixture, "reader");
    assert_says(gate(&fixture), &[&path, &login, "wants a password"]);
}

#[test]
fn missing_role_is_named_with_what_makes_it() {
    let fixture = fixture();
    let login = login(&fixture, "reader");
    tamper(
        &fixture,
        &format!("ALTER ROLE {login} RENAME TO {login}_gone"),
    );
    let url = fixture.url();
    assert_says(
        gate(&fixture),
        &[&login, &url, "no such role", "holdfast init"],
    );
}

#[test]
fn host_that_cannot_be_reached_is_named_with_what_to_check() {
    let fixture = fixture();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let name = fixture.place.database().name();
    let url = format!("postgres://postgres@{free}/{name}");
    let mut command = Command::new(holdfast_tests::program::holdfast());
    command.args(["gate", "--store", &url]).env(
        "HOLDFAST_CREDENTIALS",
        fixture.place.credentials().directory(),
    );
    let login = login(&fixture, "reader");
    assert_says(
        run(&mut command),
        &[&login, &url, "cannot reach the server", "host and port"],
    );
}

#[test]
fn sessions_that_are_read_only_are_told_from_a_store_that_fails() {
    let fixture = fixture();
    let name = fixture.place.database().name().to_owned();
    let set = |on: &str| {
        let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {on}");
        tamper(&fixture, &set);
    };
    set("on");
    assert_says(gate(&fixture), &["read-only", "use the primary", &name]);
    let mut session = fixture.place.database().connect().unwrap();
    let set = "SET default_transaction_read_only = off";
    session.batch_execute(set).unwrap();
    let reset = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
    session.batch_execute(&reset).unwrap();
    gate(&fixture).exits(0);
}

#[test]
fn right_that_is_missing_is_named_with_its_role_and_its_remedy() {
    let fixture = fixture();
    let login = login(&fixture, "reader");
    tamper(
        &fixture,
        &format!("REVOKE SELECT ON holdfast.ownership FROM {login}"),
    );
    let url = fixture.url();
    assert_says(
        gate(&fixture),
        &[
            &login,
            &url,
            "lacks the right",
            "ownership",
            "holdfast init",
        ],
    );
    // The remedy that it names is one.
    run(&mut fixture.command(&["init"])).exits(0);
    gate(&fixture).exits(0);
}
