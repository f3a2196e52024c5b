//! What a declaration may say, and in which two ways.

use super::Declarations;
use crate::error::ProverError;
use crate::usage::{Slot, Use};

const JSON: &str = r#"[{"carrier": "c", "relation": "s.t", "writers": ["w"],
  "facets": [{"use": "single_use_replay", "slots": {"value": "key", "target": "dot"}}]}]"#;

const TOML: &str = r#"
[[carrier]]
carrier = "c"
relation = "s.t"
writers = ["w"]

[[carrier.facets]]
use = "replay-surface"

[carrier.facets.slots]
value = "key"
subject = "dot"
"#;

fn refusal(text: &str) -> String {
    match Declarations::from_json(text) {
        Err(ProverError::Declaration(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_and_toml_say_the_same() {
    let json = Declarations::from_json(JSON).unwrap();
    assert_eq!(json, Declarations::from_toml(TOML).unwrap());
    let one = &json.0[0];
    assert_eq!(one.used_as, Use::ReplaySurface);
    assert_eq!(one.slots[&Slot::Subject], "dot");
}

#[test]
fn an_unknown_use_slot_or_member_is_refused_and_named() {
    let with = |from: &str, to: &str| JSON.replace(from, to);
    assert!(refusal(&with("single_use_replay", "mailbox")).contains("unknown variant `mailbox`"));
    assert!(refusal(&with("target", "colour")).contains("unknown variant `colour`"));
    assert!(refusal(&with("writers", "authors")).contains("unknown field `authors`"));
    assert!(Declarations::from_json(JSON).is_ok());
}

#[test]
fn a_relation_without_a_declaration_is_called_what_it_is_and_used_for_nothing() {
    let declared = Declarations::undeclared(["s.t", "u"]);
    let said: Vec<_> = declared
        .0
        .iter()
        .map(|one| (one.carrier.as_str(), one.relation.as_str(), one.used_as))
        .collect();
    let due = [("s.t", "s.t", Use::Undeclared), ("u", "u", Use::Undeclared)];
    assert_eq!(said, due);
    assert!(
        declared
            .0
            .iter()
            .all(|one| one.slots.is_empty() && one.writers.is_empty())
    );
}
