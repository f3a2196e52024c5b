//! What stands in the way of a store is told apart, and each says who tried what, where, and what
//! to do.

use std::error::Error;

use super::fixture::{Fixture, Place};
use crate::{Address, Credentials, Role, Store, StoreError, install};

/// An error as people read it: its own words and those of its causes.
fn told(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn open(fixture: &Fixture) -> Result<Store, StoreError> {
    let credentials = Credentials::new(fixture.directory.path());
    Store::open(fixture.store.address().clone(), credentials)
}

fn says(error: &StoreError, words: &[&str]) {
    let text = told(error);
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

fn set_secret(fixture: &Fixture, secret: &str) {
    std::fs::write(fixture.directory.path().join("reader"), secret).unwrap();
}

#[test]
fn a_wrong_password_a_missing_one_and_a_lost_role_are_told_apart() {
    let fixture = Fixture::fresh();
    let reader = Role::Reader.login(fixture.database.name());
    let secret = std::fs::read_to_string(fixture.directory.path().join("reader")).unwrap();
    open(&fixture).unwrap();

    set_secret(&fixture, "wrong");
    let refused = open(&fixture).unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    says(
        &refused,
        &[
            &reader,
            fixture.database.name(),
            "password authentication failed",
        ],
    );

    std::fs::remove_file(fixture.directory.path().join("reader")).unwrap();
    let refused = open(&fixture).unwrap_err();
    assert!(
        matches!(refused, StoreError::NoPassword { .. }),
        "{refused:?}"
    );
    says(&refused, &[&reader, "wants a password"]);

    let place = Place {
        database: fixture.database,
        directory: fixture.directory,
    };
    place.keep("reader", &secret);
    Store::open(place.address(), place.credentials()).unwrap();
}

#[test]
fn a_database_that_is_not_there_and_a_server_that_is_not_there_are_told_apart() {
    let place = Place::fresh();
    let server = place.database.server();
    let missing: Address = server.superuser_url("no_such_database").parse().unwrap();
    let refused = install(&missing, &place.credentials()).unwrap_err();
    assert!(
        matches!(refused, StoreError::MissingDatabase { .. }),
        "{refused:?}"
    );
    says(
        &refused,
        &["no_such_database", "CREATE DATABASE", "does not exist"],
    );

    // Port 1 is one that nobody listens on.
    let nowhere: Address = "postgres://127.0.0.1:1/store".parse().unwrap();
    let refused = install(&nowhere, &place.credentials()).unwrap_err();
    assert!(
        matches!(refused, StoreError::Unreachable { .. }),
        "{refused:?}"
    );
    says(&refused, &["postgres", "127.0.0.1:1", "refused"]);
}

#[test]
fn a_database_without_a_store_and_one_of_another_version_are_refused() {
    let fixture = Fixture::fresh();
    let mut superuser = fixture.superuser();
    superuser
        .batch_execute("INSERT INTO holdfast.schema_history VALUES (99, 'later', 'x', '1')")
        .unwrap();
    let refused = open(&fixture).unwrap_err();
    assert!(
        matches!(refused, StoreError::NotAStore { .. }),
        "{refused:?}"
    );
    says(&refused, &["version 99", fixture.database.name()]);

    superuser
        .batch_execute("DELETE FROM holdfast.schema_history WHERE version IN (4, 99)")
        .unwrap();
    let refused = open(&fixture).unwrap_err();
    says(&refused, &["lacks version 4", "holdfast init"]);

    superuser
        .batch_execute("DROP SCHEMA holdfast CASCADE")
        .unwrap();
    let refused = open(&fixture).unwrap_err();
    assert!(matches!(refused, StoreError::Missing { .. }), "{refused:?}");
    says(&refused, &["holdfast init", "does not exist"]);
}

#[test]
fn a_right_that_was_taken_away_is_named() {
    let fixture = Fixture::fresh();
    let reader = Role::Reader.login(fixture.database.name());
    let mut superuser = fixture.superuser();
    superuser
        .batch_execute(&format!(
            "REVOKE SELECT ON holdfast.schema_history FROM \"{reader}\""
        ))
        .unwrap();
    let refused = open(&fixture).unwrap_err();
    assert!(
        matches!(refused, StoreError::Privilege { .. }),
        "{refused:?}"
    );
    says(&refused, &[&reader, "holdfast init", "permission denied"]);

    superuser
        .batch_execute(&format!(
            "REVOKE CONNECT ON DATABASE \"{}\" FROM \"{reader}\"",
            fixture.database.name()
        ))
        .unwrap();
    let refused = open(&fixture).unwrap_err();
    assert!(
        matches!(refused, StoreError::Privilege { .. }),
        "{refused:?}"
    );
    says(&refused, &[&reader, "CONNECT"]);
}

#[test]
fn whoever_may_not_make_roles_is_told_so() {
    let fixture = Fixture::fresh();
    let place = Place::fresh();
    let address = place
        .database
        .url(&Role::Reader.login(fixture.database.name()));
    let secret = std::fs::read_to_string(fixture.directory.path().join("reader")).unwrap();
    place.keep("administrator", &secret);
    let refused = install(&address.parse().unwrap(), &place.credentials()).unwrap_err();
    assert!(
        matches!(refused, StoreError::Administrator { .. }),
        "{refused:?}"
    );
    says(&refused, &["CREATEROLE", "permission denied"]);
}

#[test]
fn a_database_of_another_encoding_is_refused() {
    let place = Place::fresh();
    let name = format!("{}_latin", place.database.name());
    let server = place.database.server();
    let mut superuser = server.connect("postgres").unwrap();
    superuser
        .batch_execute(&format!(
            "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'LATIN1' \
             LC_COLLATE 'C' LC_CTYPE 'C'"
        ))
        .unwrap();
    let address: Address = server.superuser_url(&name).parse().unwrap();
    let refused = install(&address, &place.credentials()).unwrap_err();
    superuser
        .batch_execute(&format!("DROP DATABASE \"{name}\""))
        .unwrap();
    assert!(
        matches!(refused, StoreError::Encoding { .. }),
        "{refused:?}"
    );
    says(&refused, &["LATIN1", &name]);
}

#[test]
fn an_address_with_a_password_or_without_a_database_is_refused() {
    assert!("postgres://localhost/store".parse::<Address>().is_ok());
    for text in [
        "postgres://me:secret@localhost/store",
        "postgres://localhost",
        "postgres://localhost/Store",
    ] {
        let refused = text.parse::<Address>().unwrap_err();
        assert!(matches!(refused, StoreError::Address { .. }), "{text}");
    }
}
