use serde_json::json;

use super::*;
use crate::fixtures;

fn findings_after(path: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut texts = fixtures::texts();
    fixtures::edit(&mut texts, path, change);
    findings(&Store::from_texts(&texts).unwrap())
}

// The accept twin of every refusal is the unchanged fixture.
#[track_caller]
fn check_refused(path: &str, pointer: &str, value: Value, expected: &str) {
    assert_eq!(findings(&fixtures::store()), Vec::<String>::new());
    let found = findings_after(path, |document| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap();
        match parent.as_array_mut() {
            Some(list) => list[name.parse::<usize>().unwrap()] = value,
            None => {
                parent
                    .as_object_mut()
                    .unwrap()
                    .insert(name.to_owned(), value);
            }
        }
    });
    assert!(
        found.iter().any(|finding| finding.contains(expected)),
        "{expected} not in {found:#?}"
    );
}

const PING: &str = "ping.v1.schema.json";
const PONG: &str = "pong.v1.schema.json";
const MOODS: &str = "common/moods.schema.json";

#[test]
fn refused_keywords_are_named() {
    for keyword in [
        "if",
        "then",
        "else",
        "not",
        "anyOf",
        "allOf",
        "patternProperties",
        "prefixItems",
        "dependentRequired",
        "dependentSchemas",
        "unevaluatedProperties",
        "unevaluatedItems",
        "contains",
        "default",
        "propertyNames",
        "exclusiveMinimum",
        "neverHeardOf",
    ] {
        let expected = format!("keyword `{keyword}` is refused here");
        check_refused(PING, &format!("/{keyword}"), json!({}), &expected);
        check_refused(
            MOODS,
            &format!("/$defs/Mood/{keyword}"),
            json!({}),
            &expected,
        );
        check_refused(
            PING,
            &format!("/properties/hash/{keyword}"),
            json!({}),
            &expected,
        );
    }
}

#[test]
fn an_open_object_is_refused() {
    check_refused(
        PING,
        "/additionalProperties",
        json!(true),
        "an object is closed",
    );
    check_refused(
        PONG,
        "/$defs/Answer/oneOf/0/additionalProperties",
        json!({}),
        "is closed",
    );
}

#[test]
fn an_optional_member_is_refused() {
    check_refused(
        PONG,
        "/required",
        json!(["envelope_type"]),
        "every member is required",
    );
}

#[test]
fn a_required_member_that_is_not_described_is_refused() {
    check_refused(
        PONG,
        "/required",
        json!([
            "envelope_type",
            "envelope_version",
            "header",
            "answer",
            "mood"
        ]),
        "requires `mood`",
    );
}

#[test]
fn an_inline_scalar_list_or_object_is_refused() {
    for schema in [
        json!({"type":"string"}),
        json!({"type":"integer"}),
        json!({"type":"array"}),
        json!({"type":"object"}),
        json!({"type":["string","null"]}),
    ] {
        check_refused(PING, "/properties/note", schema, "must be a `$ref`");
    }
}

#[test]
fn an_inline_one_of_other_than_nullable_reference_is_refused() {
    let branches = json!({"oneOf":[{"type":"boolean"},{"type":"null"}]});
    check_refused(PING, "/properties/note", branches, "an inline `oneOf` is");
}

#[test]
fn a_number_is_refused() {
    check_refused(
        PING,
        "/$defs/AttemptNo/type",
        json!("number"),
        "`number` is refused",
    );
    check_refused(
        PING,
        "/properties/note",
        json!({"type":"number"}),
        "`number` is refused",
    );
}

#[test]
fn an_integer_without_safe_bounds_is_refused() {
    let maximum = json!(9_007_199_254_740_992_u64);
    check_refused(
        PING,
        "/$defs/AttemptNo/maximum",
        maximum,
        "needs `maximum` within",
    );
    check_refused(
        PING,
        "/$defs/AttemptNo/minimum",
        json!(null),
        "needs `minimum` within",
    );
}

#[test]
fn an_unbounded_list_or_text_is_refused() {
    check_refused(
        MOODS,
        "/$defs/Moods/maxItems",
        json!(null),
        "a list is bounded",
    );
    let note = json!({"type":"string","description":"d","examples":["x"]});
    check_refused(PING, "/$defs/Note", note, "a text is bounded");
}

#[test]
fn a_definition_without_description_or_example_is_refused() {
    check_refused(
        MOODS,
        "/$defs/Mood/description",
        json!(" "),
        "has no `description`",
    );
    check_refused(
        MOODS,
        "/$defs/Mood/examples",
        json!([]),
        "has no `examples`",
    );
    check_refused(PING, "/examples", json!([]), "has no `examples`");
}

#[test]
fn an_untagged_one_of_is_refused() {
    let open = json!({"type":"string"});
    check_refused(
        PONG,
        "/$defs/Answer/oneOf/0/properties/outcome",
        open,
        "a `oneOf` is tagged",
    );
    let reference = json!({"$ref":"common/moods.schema.json#/$defs/Mood"});
    check_refused(
        PONG,
        "/$defs/Answer/oneOf/1",
        reference,
        "must have `outcome` as its only tag",
    );
    let twice = json!({"type":"string","const":"heard"});
    check_refused(
        PONG,
        "/$defs/Answer/oneOf/1/properties/outcome",
        twice,
        "is used twice",
    );
}

#[test]
fn a_tag_may_also_be_a_single_value_enum() {
    let found = findings_after(PONG, |document| {
        let tag = document
            .pointer_mut("/$defs/Answer/oneOf/0/properties/outcome")
            .unwrap();
        *tag = json!({"type":"string","enum":["heard"]});
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn names_outside_the_ascii_conventions_are_refused() {
    check_refused(
        PING,
        "/properties/Größe",
        json!({"type":"null"}),
        "ASCII snake_case",
    );
    let mood = fixtures::store();
    let mood = mood.sources().find(|source| source.path == MOODS).unwrap();
    let mood = mood.document.pointer("/$defs/Mood").unwrap().clone();
    check_refused(MOODS, "/$defs/bad_mood", mood, "ASCII PascalCase");
}

#[test]
fn a_title_that_is_not_the_name_is_refused() {
    check_refused(
        PING,
        "/title",
        json!("Pong"),
        "the `title` of this envelope is `Ping`",
    );
    check_refused(
        MOODS,
        "/$defs/Mood/title",
        json!("Moods"),
        "is its name or is left out",
    );
}

#[test]
fn code_notes_and_codes_agree() {
    check_refused(
        MOODS,
        "/$defs/Mood/x-codes",
        json!({"BAD":{}}),
        "says nothing of `GOOD_ENOUGH`",
    );
    let notes = json!({"BAD":{},"GOOD_ENOUGH":{},"ODD":{}});
    check_refused(MOODS, "/$defs/Mood/x-codes", notes, "tells of `ODD`");
}

#[test]
fn another_dialect_is_refused() {
    let draft = json!("http://json-schema.org/draft-07/schema#");
    check_refused(PING, "/$schema", draft, "`$schema` must be");
}

#[test]
fn an_envelope_without_a_header_is_refused() {
    let found = findings_after(PONG, |document| {
        document
            .pointer_mut("/properties")
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove("header");
    });
    assert!(
        found
            .iter()
            .any(|finding| finding.contains("has a member `header`")),
        "{found:#?}"
    );
}
