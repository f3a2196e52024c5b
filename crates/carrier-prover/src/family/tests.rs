//! How letters and bits of the catalogs become the guard analysis's words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::family;
use crate::catalog::Catalog;
use crate::facts::Facts;
use crate::guard::facts::{Operation, RelationFacts, RelationKind, Timing};
use crate::port::{CatalogSource, SourceError};

const CONTROL: &str = include_str!("../../tests/told/control.catalogs.json");

/// What each catalog answered.
struct Rows(BTreeMap<String, Vec<Value>>);

impl Rows {
    fn of_the_control() -> Self {
        let read: BTreeMap<String, Result<Vec<String>, String>> =
            serde_json::from_str(CONTROL).unwrap();
        let all = read.into_iter().map(|(catalog, rows)| {
            let rows = rows.unwrap().into_iter();
            let rows = rows.map(|row| serde_json::from_str(&row).unwrap());
            (catalog, rows.collect())
        });
        Self(all.collect())
    }

    fn with(mut self, catalog: &str, member: &str, value: &Value) -> Self {
        for row in self.0.get_mut(catalog).unwrap() {
            *row.get_mut(member).unwrap() = value.clone();
        }
        self
    }

    /// The table itself, as the guard analysis is told of it.
    fn table(mut self) -> RelationFacts {
        let facts = Facts::read(&mut self).unwrap();
        let relation = facts.relation_named("carrier.signoff").unwrap();
        let family = family(&facts, relation, &BTreeSet::new(), &[]);
        family.members.into_iter().next().unwrap()
    }
}

impl CatalogSource for Rows {
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError> {
        let rows = self.0.get(catalog.name()).unwrap();
        for one in rows {
            row(&one.to_string());
        }
        Ok(())
    }
}

#[test]
fn each_kind_of_relation_is_told_as_what_it_is() {
    for (letter, kind) in [
        ("r", RelationKind::Ordinary),
        ("p", RelationKind::Partitioned),
        ("f", RelationKind::Foreign),
        ("v", RelationKind::Other),
    ] {
        let rows = Rows::of_the_control().with("pg_class", "kind", &json!(letter));
        assert_eq!(rows.table().kind, kind, "{letter}");
    }
}

#[test]
fn each_timing_of_a_trigger_is_told_as_what_it_is() {
    // Rows, and an update: 1 and 16; before is 2, instead of is 64.
    for (bits, timing) in [
        (17, Timing::After),
        (19, Timing::Before),
        (81, Timing::InsteadOf),
    ] {
        let rows = Rows::of_the_control().with("pg_trigger", "type_bits", &json!(bits));
        let triggers = rows.table().triggers;
        assert!(!triggers.is_empty());
        for trigger in triggers {
            assert_eq!(trigger.timing, timing, "{bits}");
        }
    }
}

#[test]
fn each_rule_that_is_enabled_is_told_by_its_event() {
    let rules = |enabled: &str| {
        let mut rows = Rows::of_the_control();
        let all = ["1", "2", "3", "4"].map(|event| {
            json!({"oid": 1, "name": "r", "relation": 16395, "event": event, "enabled": enabled,
                   "instead": false, "definition": "", "xmin": "1"})
        });
        rows.0.insert("pg_rewrite".to_owned(), all.into());
        rows.table().rules
    };
    let all = [Operation::Update, Operation::Insert, Operation::Delete];
    assert_eq!(rules("O"), BTreeSet::from(all));
    assert!(rules("D").is_empty());
}
