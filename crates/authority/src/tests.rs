//! The rules of authority, each with what they let through.

mod approvals;
mod artifacts;
mod files;
mod owners;
mod policies;
mod principals;

use std::collections::BTreeMap;

use canonical::{GovernedRow, Identifier, Timestamp, row};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{AuthorityError, AuthorityWriter, Draft, NewRow, PortError, Reason, RowStatus};
use crate::{StoredRow, carriers};

/// A store in memory that keeps the promises of the port.
pub(crate) struct World {
    rows: BTreeMap<String, Vec<GovernedRow>>,
    now: Timestamp,
    heads: Vec<String>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            rows: BTreeMap::new(),
            now: at("2026-06-21T09:00:00.000000Z"),
            heads: vec!["DOT_DAILY_REPORT".to_owned()],
        }
    }

    /// A world in which a low-risk registration is one vote away.
    pub(crate) fn ready() -> Self {
        let mut world = Self::new();
        let file = crate::AuthorityFile::from_toml(READY).unwrap();
        crate::import(&mut world, &file, &mut |_| Err("nothing to measure".into())).unwrap();
        world
    }

    /// One row made by one builder, committed.
    pub(crate) fn write(
        &mut self,
        build: impl FnOnce(&mut Draft<'_, Self>) -> Result<String, AuthorityError>,
    ) -> Result<String, AuthorityError> {
        let mut draft = Draft::begin(self)?;
        let row_key = build(&mut draft)?;
        draft.commit()?;
        Ok(row_key)
    }

    pub(crate) fn pass(&mut self, millis: u64) {
        self.now = self.now.checked_add_millis(millis).unwrap();
    }

    pub(crate) fn column(&mut self, carrier: &str, key: &str, column: &str) -> Value {
        let rows = self.rows(carrier).unwrap();
        let stored = rows.iter().find(|stored| stored.row.key() == key).unwrap();
        stored.row.columns()[column].clone()
    }

    pub(crate) fn status(&mut self, carrier: &str, key: &str) -> RowStatus {
        let rows = self.rows(carrier).unwrap();
        let stored = rows.iter().find(|stored| stored.row.key() == key);
        stored.unwrap().status
    }

    pub(crate) fn count(&self) -> usize {
        self.rows.values().map(Vec::len).sum()
    }

    fn store(&mut self, new: NewRow) -> Result<GovernedRow, PortError> {
        let carrier: Identifier = new.carrier.parse().unwrap();
        assert!(carriers::ALL.contains(&carrier.as_str()));
        let mut columns = new.columns;
        assert!(
            columns
                .insert("written_by".to_owned(), "uid:1000".into())
                .is_none()
        );
        let rows = self.rows.entry(new.carrier).or_default();
        if rows.iter().any(|row| row.key() == new.row_key) {
            return Err(PortError::new("insert row", "key is taken"));
        }
        let hash = row::row_hash(&carrier, &new.row_key, &columns).unwrap();
        let row = GovernedRow::reread(carrier, new.row_key, columns, hash).unwrap();
        rows.push(row.clone());
        Ok(row)
    }
}

impl AuthorityWriter for World {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        Ok(self.now)
    }

    fn insert(&mut self, rows: Vec<NewRow>) -> Result<Vec<GovernedRow>, PortError> {
        rows.into_iter().map(|row| self.store(row)).collect()
    }

    fn rows(&mut self, carrier: &str) -> Result<Vec<StoredRow>, PortError> {
        let rows = self.rows.get(carrier).cloned().unwrap_or_default();
        let stored = rows.iter().map(|row| {
            let newer = rows
                .iter()
                .find(|newer| newer.optional_text("supersedes").unwrap() == Some(row.key()));
            let own = row.text("lifecycle_status").unwrap();
            let status = match (
                own,
                newer.map(|newer| newer.text("lifecycle_status").unwrap()),
            ) {
                ("revoked", _) | (_, Some("revoked")) => RowStatus::Revoked,
                (_, Some(_)) => RowStatus::Superseded,
                _ => RowStatus::Active,
            };
            let row = row.clone();
            StoredRow { row, status }
        });
        Ok(stored.collect())
    }

    fn retire_head(&mut self, dot_code: &str, retirement: NewRow) -> Result<(), PortError> {
        let Some(place) = self.heads.iter().position(|head| head == dot_code) else {
            return Err(PortError::new("retire head", "no such head"));
        };
        self.heads.remove(place);
        self.store(retirement).map(|_| ())
    }
}

const READY: &str = r#"
[[principals]]
principal = "principal/olga"
kind = "human"
side = "owner"
display_name = "Olga Owner"

[[principals]]
principal = "principal/alice"
kind = "human"
display_name = "Alice"

[[principals]]
principal = "principal/ops"
kind = "operator"
display_name = "Operations"

[[bindings]]
channel = "alias"
value = "olga"
principal = "principal/olga"

[[bindings]]
channel = "os_uid"
value = "4001"
principal = "principal/olga"

[[bindings]]
channel = "os_uid"
value = "4002"
principal = "principal/alice"

[policy]

[[verifiers]]
verifier_ref = "verifier/head"
description = "rereads the head"

[[action_types]]
operation = "register_dot"
object_type = "dot"
implemented = true
risk_tier = "low"
required_scope = "dot"
postcondition_verifier_ref = "verifier/head"

[[action_types]]
operation = "retire_dot"
object_type = "dot"
implemented = true
risk_tier = "medium"
required_scope = "dot"
postcondition_verifier_ref = "verifier/head"
"#;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> Identifier {
    text.parse().unwrap()
}

/// An entry as a file would state it.
pub(crate) fn entry<T: DeserializeOwned>(toml: &str) -> T {
    toml::from_str(toml).unwrap()
}

/// The rule that a refusal names.
pub(crate) fn reason(refused: Result<String, AuthorityError>) -> Reason {
    match refused {
        Err(AuthorityError::Refused { reason, .. }) => *reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_row_has_the_common_columns_and_not_who_wrote_it() {
    let mut world = World::ready();
    let mut draft = Draft::begin(&mut world).unwrap();
    let vote = r#"
        principal = "principal/bob"
        kind = "human"
        display_name = "Bob""#;
    draft.add_principal(&entry(vote)).unwrap();
    let [row] = draft.pending() else {
        panic!("one row was made")
    };
    assert_eq!(
        (row.carrier.as_str(), row.row_key.as_str()),
        ("principal", "prin-4")
    );
    let expected: Map<String, Value> = serde_json::from_str(
        r#"{"display_name":"Bob","issued_at":"2026-06-21T09:00:00.000000Z","kind":"human",
            "lifecycle_status":"active","principal":"principal/bob","side":"none","supersedes":null}"#,
    )
    .unwrap();
    assert_eq!(row.columns, expected);
}

#[test]
fn an_uncommitted_draft_writes_nothing() {
    let mut world = World::ready();
    let before = world.count();
    let mut draft = Draft::begin(&mut world).unwrap();
    draft.revoke("principal", "prin-1").unwrap();
    drop(draft);
    assert_eq!(world.count(), before);
}

#[test]
fn a_revocation_is_a_row_that_repeats_and_withdraws() {
    let mut world = World::ready();
    let key = world
        .write(|draft| draft.revoke("principal", "prin-2"))
        .unwrap();
    assert_eq!(world.status("principal", "prin-2"), RowStatus::Revoked);
    assert_eq!(
        world.column("principal", &key, "principal"),
        "principal/alice"
    );
    assert_eq!(world.column("principal", &key, "supersedes"), "prin-2");
    let again = world.write(|draft| draft.revoke("principal", "prin-2"));
    let row_key = "prin-2".to_owned();
    assert_eq!(reason(again), Reason::NotActive { row_key });
}

#[test]
fn what_happened_cannot_be_revoked() {
    let mut world = World::ready();
    let hold = crate::HoldEntry {
        dot_code: None,
        reason: "stop".parse().unwrap(),
    };
    let key = world.write(|draft| draft.hold(&hold)).unwrap();
    let refused = world.write(|draft| draft.revoke("hold_event", &key));
    let carrier = "hold_event".to_owned();
    assert_eq!(reason(refused), Reason::NotRevocable { carrier });
    let nowhere = world.write(|draft| draft.revoke("nowhere", &key));
    let carrier = "nowhere".to_owned();
    assert_eq!(reason(nowhere), Reason::NotRevocable { carrier });
}

#[test]
fn a_refusal_says_what_on_what_why_and_what_next() {
    let mut world = World::ready();
    let refused = world.write(|draft| draft.revoke("ownership", "own-9"));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "cannot revoke `own-9`: carrier `ownership` has no row `own-9`; \
         list the rows with `holdfast authority show`"
    );
}
