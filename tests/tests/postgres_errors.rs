//! What a user reads when the server does not do what was asked: who tried, where, and what to do.

use std::error::Error;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use artifact_resolver_f::port::AdmissionReader as _;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::handles;
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::tamper;
use holdfast_tests::place::Place;
use holdfast_tests::program::holdfast;
use holdfast_tests::server::proxy::{Proxy, Version};
use holdfast_tests::shell::{Said, run};
use postgres_lab::{Server, ServerOptions};
use registrar::port::RegistrarStore as _;
use serde_json::json;
use tempfile::TempDir;
use verifier::port::CommittedReader as _;

fn fixture() -> Fixture {
    Fixture::of(Kind::Postgres, 1)
}

fn login(fixture: &Fixture, role: &str) -> String {
    format!("{}_{role}", fixture.place.database().name())
}

fn gate(fixture: &Fixture) -> Said {
    run(&mut fixture.command(&["gate"]))
}

/// The program on a fixture's database at another address of it.
fn at(fixture: &Fixture, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(holdfast());
    command
        .current_dir(fixture.dir.path())
        .args(arguments)
        .args(["--store", url])
        .env(
            "HOLDFAST_CREDENTIALS",
            fixture.place.credentials().directory(),
        );
    command
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
    let login = login(&fixture, "reader");
    assert_says(
        run(&mut at(&fixture, &url, &["gate"])),
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
fn private_server_that_is_a_standby_is_told_from_its_primary() {
    let primary = must(Server::start(ServerOptions::new()));
    let dir = must(TempDir::new());
    let place = Place::on(&primary, dir.path());
    let fixture = Fixture::at(place, dir, 1, json!({}));
    std::fs::write(fixture.dir.path().join("request.json"), fixture.request(0)).unwrap();
    let standby = must(Server::start(ServerOptions::new().standby_of(&primary)));
    let url = standby.superuser_url(fixture.place.database().name());
    let reader = login(&fixture, "reader");
    for (arguments, role) in [
        (&["gate"][..], reader.as_str()),
        (&["register", "request.json"], &reader),
        (&["recover"], &reader),
        (&["init"], "postgres"),
    ] {
        let role = format!("role `{role}` at `{url}`");
        assert_says(
            run(&mut at(&fixture, &url, arguments)),
            &[&role, "read-only, as a standby is", "use the primary"],
        );
    }
    run(&mut fixture.command(&["init"])).exits(0);
    run(&mut fixture.command(&["register", "request.json"])).exits(0);
}

/// No older server can be had where these tests run, so a link says that this one is: in the answer
/// that every client gets who asks.
#[test]
fn server_that_is_too_old_is_named_with_its_version_and_the_one_it_takes() {
    let fixture = fixture();
    let mut session = fixture.place.database().connect().unwrap();
    let text = "SELECT current_setting('server_version_num')::integer, \
                current_setting('server_version')";
    let row = session.query_one(text, &[]).unwrap();
    let real = Version {
        number: row.get(0),
        text: row.get(1),
    };
    let told_as = |number: i32, text: &str, arguments: &[&str]| {
        let pretended = Version {
            number,
            text: text.to_owned(),
        };
        let database = fixture.place.database();
        let proxy = Proxy::pretending(database.server(), real.clone(), pretended);
        let url = proxy.url(database.server().superuser_name(), database.name());
        (run(&mut at(&fixture, &url, arguments)), url)
    };
    for arguments in [["gate"], ["init"]] {
        let (said, url) = told_as(140_019, "14.19", &arguments);
        assert_says(said, &[&url, "is PostgreSQL 14.19", "15 or newer"]);
    }
    let (said, _) = told_as(150_000, "15.0", &["gate"]);
    said.exits(0);
}

/// Takes a right from a role, and gives it back as its name in the error says.
fn without<T>(fixture: &Fixture, role: &str, right: &str, act: impl FnOnce(&str) -> T) -> T {
    let login = login(fixture, role);
    tamper(fixture, &format!("REVOKE {right} FROM {login}"));
    let done = act(&format!("role `{login}` at `{}`", fixture.url()));
    // The remedy that every error names is one.
    run(&mut fixture.command(&["init"])).exits(0);
    done
}

#[test]
fn right_that_is_missing_is_named_with_its_role_its_object_and_its_remedy() {
    let fixture = fixture();
    std::fs::write(fixture.dir.path().join("request.json"), fixture.request(0)).unwrap();
    let add = ["authority", "principal", "add", "principal/zoe"];
    for (role, right, lacking, arguments) in [
        (
            "reader",
            "SELECT ON holdfast.ownership",
            "lacks the right on `holdfast.ownership`, where it needs SELECT",
            &["gate"][..],
        ),
        (
            "authority",
            "INSERT ON holdfast.principal",
            "lacks the right on `holdfast.principal`, where it needs INSERT, SELECT",
            &add,
        ),
        (
            "registrar",
            "SELECT ON holdfast.attempt",
            "lacks the right on `holdfast.attempt`, where it needs INSERT, SELECT, UPDATE",
            &["register", "request.json"],
        ),
        (
            "authority",
            "USAGE ON SCHEMA holdfast",
            "lacks the right on the schema `holdfast`, where it needs USAGE",
            &add,
        ),
    ] {
        without(&fixture, role, right, |who| {
            let said = run(&mut fixture.command(arguments));
            assert_says(said, &[who, lacking, "holdfast init"]);
        });
    }
    gate(&fixture).exits(0);
    run(&mut fixture.command(&add)).exits(0);
}

/// What these roles lack is found by the gate, before any of them is asked for anything.
#[test]
fn right_that_a_registration_would_miss_holds_the_gate_which_names_the_grant() {
    let fixture = fixture();
    std::fs::write(fixture.dir.path().join("request.json"), fixture.request(0)).unwrap();
    let register = || run(&mut fixture.command(&["register", "request.json"]));
    let record_failure = "FUNCTION holdfast.record_failure(uuid, bytea, text, bytea, bytea, \
                          bytea, boolean, uuid, bigint, text, bytea)";
    for (role, right, object, grant) in [
        ("owner_resolver", "SELECT", "holdfast.ownership", "SELECT"),
        (
            "artifact_resolver",
            "SELECT",
            "holdfast.admission",
            "SELECT",
        ),
        ("registrar", "INSERT", "holdfast.decision", "INSERT (bytes)"),
        ("observer", "INSERT", "holdfast.snapshot", "INSERT (bytes)"),
        ("audit_writer", "EXECUTE", record_failure, "EXECUTE"),
        ("verifier", "SELECT", "holdfast.decision", "SELECT"),
    ] {
        let right = format!("{right} ON {object}");
        without(&fixture, role, &right, |_| {
            register().exits(4);
            let said = run(&mut fixture.command(&["gate", "--explain"])).exits(4);
            let said = said.text().split_whitespace().collect::<Vec<_>>().join(" ");
            let lacks = format!("it lacks `grant {grant} to {{{role}}}`");
            assert!(said.contains(&lacks), "no `{lacks}` in {said}");
        });
    }
    register().exits(0);
}

/// Without the catalogs nothing can be compared in the write either, so nothing is registered.
#[test]
fn catalog_that_is_hidden_is_named_with_what_lets_it_be_read() {
    let fixture = fixture();
    std::fs::write(fixture.dir.path().join("request.json"), fixture.request(0)).unwrap();
    let mut superuser = must(fixture.place.database().connect());
    let mut let_everybody = |statement: &str| must(superuser.batch_execute(statement));
    let_everybody("REVOKE SELECT ON pg_catalog.pg_trigger FROM PUBLIC");
    let lets = "GRANT SELECT ON pg_catalog.pg_trigger TO PUBLIC";
    for arguments in [&["gate"][..], &["register", "request.json"]] {
        let said = run(&mut fixture.command(arguments));
        assert_says(
            said,
            &[&login(&fixture, "reader"), "pg_catalog.pg_trigger", lets],
        );
    }
    let_everybody(lets);
    gate(&fixture).exits(0);
    run(&mut fixture.command(&["register", "request.json"])).exits(0);
}

/// Roles that are asked by whoever uses the store and not the gate.
#[test]
fn role_that_is_asked_without_its_right_names_itself_and_the_grant() {
    let fixture = fixture();
    let store = &fixture.store;
    let asked = |role: &str, right: &str, object: &str, needs: &str, ask: &dyn Fn() -> String| {
        without(&fixture, role, &format!("{right} ON {object}"), |who| {
            let said = ask();
            let lacking = format!("lacks the right on `{object}`, where it needs {needs}");
            for part in [who, &lacking, "holdfast init"] {
                assert!(said.contains(part), "no `{part}` in: {said}");
            }
        });
        ask()
    };
    let found = asked(
        "artifact_resolver",
        "SELECT",
        "holdfast.admission",
        "SELECT",
        &|| told(handles::admissions(store).admissions("adm-1")),
    );
    assert_eq!(found, "");
    let (attempt, needs) = ("holdfast.attempt", "INSERT, SELECT, UPDATE");
    let found = asked("registrar", "SELECT", attempt, needs, &|| {
        told(handles::attempts(store).open_attempts(embedded::edge::now(), 1))
    });
    assert_eq!(found, "");
    let found = asked(
        "verifier",
        "SELECT",
        "holdfast.dot_catalogue",
        "SELECT",
        &|| told(handles::committed(store).current_heads("DOT_0")),
    );
    assert_eq!(found, "");
}

/// An error with its causes; nothing where there is none.
fn told<T, E: Error>(answer: Result<T, E>) -> String {
    let Err(error) = answer else {
        return String::new();
    };
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push(error.to_string());
        cause = error.source();
    }
    said.join(": ")
}
