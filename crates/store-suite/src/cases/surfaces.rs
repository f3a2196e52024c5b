//! The protected surfaces that are not write-sets, and those that there are not.

use serde_json::Value;
use snapshot_provider::port::{SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader as _};

use super::writing_authority::principal;
use crate::StoreUnderTest;
use crate::looking::{added, rows_of, surface};
use crate::material::{config, hold, new_id, superseding, vote};
use crate::setup::Setup;

/// A `state` surface is the rows that concern the target, in the order of their keys, and shows
/// every change of them; rows of another target do not show.
pub fn state_surface_shows_the_targets_rows_and_every_change_of_them<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.insert("dot_config", "config/b", config("DOT_A", "b", "closed"));
    setup.insert("dot_config", "config/x", config("DOT_B", "x", "closed"));
    let mut observer = store.observer();
    let mut rows = |carrier: &str| rows_of(&mut observer, carrier);
    let before = rows("dot_config");
    assert_eq!(keys(&before), ["config/b"]);
    setup.insert("dot_config", "config/y", config("DOT_B", "y", "closed"));
    assert_eq!(rows("dot_config"), before);
    setup.insert("dot_config", "config/a", config("DOT_A", "a", "closed"));
    assert_eq!(keys(&rows("dot_config")), ["config/a", "config/b"]);
    assert_eq!(rows("dot_config")[1], before[0]);
    let closing = superseding(config("DOT_A", "b", "closed"), "active", "config/b");
    setup.insert("dot_config", "config/c", closing);
    assert_eq!(
        keys(&rows("dot_config")),
        ["config/a", "config/b", "config/c"]
    );
}

/// Which rows of a carrier concern a target is the carrier's: by its code or for every code, by its
/// object, by the approval that it votes on, or all of them.
pub fn state_surface_knows_how_each_carrier_names_its_target<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    setup.authorise("DOT_B");
    for (carrier, row_key, columns) in [
        ("approval_vote", "vote/A", vote("app/DOT_A", "approve")),
        ("approval_vote", "vote/B", vote("app/DOT_B", "approve")),
        ("hold_event", "hold/A", hold("DOT_A", "release")),
        ("hold_event", "hold/B", hold("DOT_B", "release")),
        ("hold_event", "hold/all", hold("*", "release")),
        ("principal", "p/1", principal("principal/olga", "human")),
    ] {
        setup.insert(carrier, row_key, columns);
    }
    let mut observer = store.observer();
    for (carrier, expected) in [
        ("ownership", ["own/DOT_A"].as_slice()),
        ("approval", &["app/DOT_A"]),
        ("approval_vote", &["vote/A"]),
        ("hold_event", &["hold/A", "hold/all"]),
        ("principal", &["p/1"]),
        ("policy", &["policy/1"]),
        ("admission", &[]),
    ] {
        let rows = rows_of(&mut observer, carrier);
        assert_eq!(keys(&rows), expected, "{carrier}");
    }
}

fn keys(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["row_key"].as_str().unwrap())
        .collect()
}

/// What the store does not have, or not as this kind, is unknown: the database's own tables, the
/// ledger as state, an authority carrier as catalogue, text that is no name.
pub fn surfaces_that_the_store_does_not_have_are_unknown<S: StoreUnderTest>(store: &S) {
    let mut observer = store.observer();
    for (kind, carrier) in [
        (SurfaceKind::State, "ledger"),
        (SurfaceKind::State, "no_such_table"),
        (SurfaceKind::State, "sqlite_schema"),
        (SurfaceKind::State, "pg_authid"),
        (SurfaceKind::State, "ownership; DROP TABLE ownership"),
        (SurfaceKind::AppendOnly, "no_such_table"),
        (SurfaceKind::AppendOnly, "sqlite_schema"),
        (SurfaceKind::AppendOnly, "pg_class"),
        (SurfaceKind::Catalogue, "ledger"),
        (SurfaceKind::Catalogue, "ownership"),
    ] {
        let content = surface(&mut observer, kind, carrier, new_id());
        assert_eq!(content, SurfaceContent::Unknown, "{kind:?} {carrier}");
    }
    assert_eq!(rows_of(&mut observer, "ownership"), [] as [Value; 0]);
}

/// A table that tells not which attempt added a row has no write-set to offer, not even an empty
/// one that would look like one.
pub fn table_that_tells_not_who_added_a_row_offers_no_write_set<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    let mut observer = store.observer();
    let kind = SurfaceKind::AppendOnly;
    match surface(&mut observer, kind, "ownership", new_id()) {
        SurfaceContent::Rows(rows) => assert_eq!(rows, [] as [Value; 0]),
        other => panic!("{other:?}"),
    }
    assert_eq!(added(&mut observer, kind, "ledger", new_id()), []);
}

/// A `file` surface is the hash of a regular file's content; what is no such file is an error, and
/// is not waited for.
pub fn file_surface_is_the_hash_of_its_content<S: StoreUnderTest>(store: &S) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("protected.toml");
    let carrier = path.to_str().unwrap();
    let mut observer = store.observer();
    let mut content = |text: &str| {
        std::fs::write(&path, text).unwrap();
        surface(&mut observer, SurfaceKind::File, carrier, new_id())
    };
    let closed = content("closed = true");
    let mut hasher = canonical::ContentHasher::new();
    hasher.update(b"closed = true");
    assert_eq!(closed, SurfaceContent::File(hasher.finish()));
    assert_ne!(content("closed = false"), closed);
    assert_eq!(content("closed = true"), closed);
    for unreadable in ["/dev/zero", "/nowhere/at/all"] {
        let query = SurfaceQuery {
            name: "file",
            kind: SurfaceKind::File,
            carrier: unreadable,
            target: "dot:DOT_A",
            attempt_id: new_id(),
        };
        observer.surface(&query).unwrap_err();
    }
}
