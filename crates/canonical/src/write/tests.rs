//! The writer against an independent one, and against the published vectors.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{WriteError, write};
use crate::{Form, INTEGER_MAX, SIZE_MAX_BYTES, locate, parse};

fn oracle(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).unwrap()
}

/// Documents of the profile, four levels deep.
pub(crate) fn documents() -> impl Strategy<Value = Value> {
    let bound = i64::try_from(INTEGER_MAX).unwrap();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-bound..=bound).prop_map(Value::from),
        (-20_i64..20).prop_map(Value::from),
        "[^\0]{0,12}".prop_map(Value::from),
        "[\u{1}-\u{1f}\"\\\\/é\u{2028}😀]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let members = prop::collection::btree_map("[\u{1}-\u{7f}]{0,6}", inner.clone(), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn bytes_are_those_of_an_independent_writer(value in documents()) {
        prop_assert_eq!(write(&value).unwrap(), oracle(&value));
    }

    #[test]
    fn what_was_written_is_read_back_and_written_the_same(value in documents()) {
        let bytes = write(&value).unwrap();
        let read = parse(&bytes, Form::Canonical).unwrap();
        prop_assert_eq!(write(&read).unwrap(), bytes);
        prop_assert_eq!(read, value);
    }

    #[test]
    fn any_spelling_is_written_as_the_independent_writer_does(value in documents()) {
        let spelling = serde_json::to_string_pretty(&value).unwrap();
        let read = parse(spelling.as_bytes(), Form::Any).unwrap();
        prop_assert_eq!(write(&read).unwrap(), oracle(&value));
    }

    #[test]
    fn every_member_is_located(value in documents()) {
        let bytes = write(&value).unwrap();
        for (name, member) in value.as_object().into_iter().flatten() {
            if name.chars().any(|character| character < ' ' || character == '"' || character == '\\') {
                continue;
            }
            let place = locate(&bytes, &[name]).unwrap();
            prop_assert_eq!(&bytes[place], write(member).unwrap());
        }
        prop_assert_eq!(locate(&bytes, &[]), Some(0..bytes.len()));
    }

    #[test]
    fn locating_in_any_bytes_is_answered(bytes in "[\\[\\]{}:,\"\\\\ab0 ]{0,24}") {
        let place = locate(bytes.as_bytes(), &["a", "b"]);
        prop_assert!(place.is_none_or(|place| bytes.as_bytes().get(place).is_some()));
    }
}

#[test]
fn members_are_sorted_whatever_order_they_came_in() {
    let mut members = Map::new();
    for name in ["b", "a", "B", "_", "aa", ""] {
        members.insert(name.to_owned(), json!(0));
    }
    let bytes = write(&Value::Object(members)).unwrap();
    assert_eq!(bytes, br#"{"":0,"B":0,"_":0,"a":0,"aa":0,"b":0}"#);
}

#[test]
fn a_nested_member_is_located_past_strings_that_look_like_structure() {
    let value = json!({"a": "}\"header\":{", "header": {"a": [{"b": "\\\""}], "h": "x"}, "z": 1});
    let bytes = write(&value).unwrap();
    let place = locate(&bytes, &["header", "h"]).unwrap();
    assert_eq!(&bytes[place], b"\"x\"");
    assert_eq!(locate(&bytes, &["header", "b"]), None);
    assert_eq!(locate(&bytes, &["a", "h"]), None);
}

#[test]
fn what_the_reader_would_refuse_is_not_written() {
    assert_eq!(write(&json!(0.5)), Err(WriteError::Float));
    assert_eq!(write(&json!(1.0)), Err(WriteError::Float));
    assert_eq!(
        write(&json!(INTEGER_MAX + 1)),
        Err(WriteError::UnsafeInteger)
    );
    assert_eq!(write(&json!(u64::MAX)), Err(WriteError::UnsafeInteger));
    assert_eq!(write(&json!(i64::MIN)), Err(WriteError::UnsafeInteger));
    assert_eq!(write(&json!(["\0"])), Err(WriteError::Nul));
    assert_eq!(write(&json!({"\0": 1})), Err(WriteError::Nul));
    assert_eq!(write(&json!({"é": 1})), Err(WriteError::NonAsciiName));
    assert_eq!(
        write(&json!("a".repeat(SIZE_MAX_BYTES - 1))),
        Err(WriteError::TooLarge)
    );
    assert!(write(&json!("a".repeat(SIZE_MAX_BYTES - 2))).is_ok());
    assert_eq!(WriteError::Float.code(), "CANONICALIZATION_UNSUPPORTED");
    assert_eq!(WriteError::TooDeep.code(), "ENVELOPE_MALFORMED");
}

#[test]
fn nesting_is_written_to_sixteen_and_no_further() {
    let nested = |depth: usize| (1..depth).fold(json!([]), |inner, _| json!([inner]));
    assert!(write(&nested(16)).is_ok());
    assert_eq!(write(&nested(17)), Err(WriteError::TooDeep));
    let object = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({"a": inner}));
    assert!(write(&object(16)).is_ok());
    assert_eq!(write(&object(17)), Err(WriteError::TooDeep));
}

fn vectors() -> PathBuf {
    let data = std::env::var_os("HOLDFAST_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    data.join("rfc8785-jcs/testdata")
}

/// Published vectors whose names or numbers the profile does not carry, and the code for each.
const OUTSIDE_THE_PROFILE: [(&str, &str); 4] = [
    ("french.json", "ENVELOPE_MALFORMED"),
    ("structures.json", "CANONICALIZATION_UNSUPPORTED"),
    ("values.json", "CANONICALIZATION_UNSUPPORTED"),
    ("weird.json", "ENVELOPE_MALFORMED"),
];

#[test]
fn published_vectors_are_written_exactly_or_refused() {
    let Ok(inputs) = fs::read_dir(vectors().join("input")) else {
        println!(
            "RFC 8785 vectors are absent; set HOLDFAST_VECTORS to the folder with rfc8785-jcs"
        );
        return;
    };
    let mut refused = Vec::new();
    let mut written = 0;
    for input in inputs {
        let input = input.unwrap();
        let name = input.file_name().into_string().unwrap();
        let expected = fs::read(vectors().join("output").join(&name)).unwrap();
        match parse(&fs::read(input.path()).unwrap(), Form::Any) {
            Ok(value) => {
                assert_eq!(write(&value).unwrap(), expected, "{name}");
                assert_eq!(parse(&expected, Form::Canonical), Ok(value), "{name}");
                written += 1;
            }
            Err(fault) => refused.push((name, fault.code())),
        }
    }
    refused.sort();
    let refused: Vec<_> = refused
        .iter()
        .map(|(name, code)| (name.as_str(), *code))
        .collect();
    assert_eq!(refused, OUTSIDE_THE_PROFILE);
    assert_eq!(written, 2);
}
