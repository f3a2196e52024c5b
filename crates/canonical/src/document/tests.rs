//! Documents against the trees that they stand for.

use proptest::prelude::*;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer as _};
use serde_json::{Value, json};

use super::{Document, Kind};
use crate::write::tests::documents;
use crate::{Form, locate, write};

fn read(bytes: &[u8]) -> Document<'_> {
    Document::read(bytes, Form::Canonical).unwrap()
}

proptest! {
    #[test]
    fn a_document_stands_for_the_value_that_it_was_written_from(value in documents()) {
        let bytes = write(&value).unwrap();
        let document = read(&bytes);
        prop_assert_eq!(document.root().to_value(), value.clone());
        prop_assert_eq!(Value::deserialize(document.root()).unwrap(), value);
    }
}

#[test]
fn members_and_items_are_walked_in_their_order() {
    let bytes = br#"{"a":[1,[2,3],{"x":null}],"b":true,"c":"d"}"#;
    let document = read(bytes);
    let Kind::Object(members) = document.root().kind() else {
        panic!("no object");
    };
    assert_eq!(members.len(), 3);
    let names: Vec<&str> = members.clone().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let Some(Kind::Array(items)) = members.named("a").map(super::View::kind) else {
        panic!("no list");
    };
    assert_eq!(items.len(), 3);
    let items: Vec<Value> = items.map(super::View::to_value).collect();
    assert_eq!(json!(items), json!([1, [2, 3], {"x": null}]));
    let text = document.root().member("c").unwrap();
    assert_eq!(text.as_text(), Some("d"));
    assert!(text.member("c").is_none() && document.root().member("d").is_none());
}

#[test]
fn a_text_is_found_where_it_stands_in_the_bytes() {
    let bytes = br#"{"a":"b","h":{"e":"sha","i":"a\nb","n":1}}"#;
    let document = read(bytes);
    let header = document.root().member("h").unwrap();
    let place = document.place(header.member("e").unwrap()).unwrap();
    assert_eq!(&bytes[place.clone()], br#""sha""#);
    assert_eq!(locate(bytes, &["h", "e"]), Some(place));
    assert_eq!(document.place(header.member("i").unwrap()), None);
    assert_eq!(document.place(header.member("n").unwrap()), None);
    assert_eq!(document.place(header), None);
    let other = br#"{"a":"b"}"#.to_vec();
    let other = read(&other);
    assert_eq!(document.place(other.root().member("a").unwrap()), None);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    colour: Colour,
    count: Option<u32>,
    pair: (i64, bool),
    unit: (),
    name: Name,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Name(String);

#[derive(Debug, PartialEq, Deserialize)]
enum Colour {
    #[serde(rename = "red")]
    Red,
}

#[test]
fn types_are_read_as_they_are_from_a_tree() {
    for value in [
        json!({"colour": "red", "count": 3, "name": "n", "pair": [-1, true], "unit": null}),
        json!({"colour": "red", "count": null, "name": "n", "pair": [-1, true], "unit": null}),
        json!({"colour": "blue", "count": 3, "name": "n", "pair": [-1, true], "unit": null}),
        json!({"colour": 1, "count": 3, "name": "n", "pair": [-1, true], "unit": null}),
        json!({"colour": "red", "count": -3, "name": "n", "pair": [-1, true], "unit": null}),
        json!({"colour": "red", "count": 3, "name": null, "pair": [-1, true], "unit": null}),
        json!({"colour": "red", "count": 3, "name": "n", "pair": [-1, true, 3], "unit": null}),
        json!({"colour": "red", "count": 3, "name": "n", "pair": [-1], "unit": null}),
        json!({"colour": "red", "count": 3, "name": "n", "pair": [-1, true], "unit": 0}),
        json!({"colour": "red", "count": 3, "name": "n", "pair": [-1, true]}),
        json!({"colour": "red", "count": 3, "more": 1, "name": "n", "pair": [-1, true], "unit": null}),
        json!([]),
        json!(null),
    ] {
        let bytes = write(&value).unwrap();
        let from_document = Thing::deserialize(read(&bytes).root());
        let from_tree = Thing::deserialize(&value);
        assert_eq!(from_document.ok(), from_tree.ok(), "{value}");
    }
}

#[test]
fn a_text_of_its_own_is_a_document() {
    let document = Document::from("as it is".to_owned());
    assert_eq!(document.root().as_text(), Some("as it is"));
}

#[test]
fn no_two_values_of_a_document_lie_at_one_address() {
    let document = read(br#"{"a":[1],"b":[1]}"#);
    let root = document.root();
    let (one, other) = (root.member("a").unwrap(), root.member("b").unwrap());
    assert_eq!(one.address(), root.member("a").unwrap().address());
    assert_ne!(one.address(), other.address());
}

/// Answers with how much it was told to expect.
struct Expecting;

impl<'de> Visitor<'de> for Expecting {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let told = items.size_hint();
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(told)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let told = members.size_hint();
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(told)
    }
}

#[test]
fn a_reader_is_told_how_many_items_and_members_follow() {
    let document = read(br#"{"a":[1,[2],3],"b":{}}"#);
    let items = document.root().member("a").unwrap();
    assert_eq!(items.deserialize_any(Expecting), Ok(Some(3)));
    assert_eq!(document.root().deserialize_any(Expecting), Ok(Some(2)));
}
