use std::cell::Cell;
use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::write::tests::documents;
use crate::{INTEGER_MAX, locate};

proptest! {
    #[test]
    fn bytes_are_those_of_the_tree(value in documents(), name in "[a-c]{0,2}") {
        let written = serialize(&value, &[&name]).unwrap();
        prop_assert_eq!(&written.bytes, &write(&value).unwrap());
        prop_assert_eq!(written.place, locate(&written.bytes, &[&name]));
    }
}

#[derive(Serialize)]
struct Declared {
    a: Option<u8>,
    b: Inner,
    h: Inner,
    kind: Kind,
    pair: (i64, ()),
    unit: (),
}

#[derive(Clone, Serialize)]
struct Inner {
    e: &'static str,
    h: u64,
}

#[derive(Serialize)]
enum Kind {
    #[serde(rename = "plain")]
    Plain,
}

#[derive(Serialize)]
struct Disordered {
    z: Inner,
    a: Named,
}

#[derive(Serialize)]
struct Named(String);

fn inner(e: &'static str) -> Inner {
    Inner { e, h: INTEGER_MAX }
}

#[test]
fn a_type_is_written_as_its_tree_is_and_its_member_is_found() {
    let value = Declared {
        a: None,
        b: inner("not\n\u{1}this"),
        h: inner("this"),
        kind: Kind::Plain,
        pair: (-7, ()),
        unit: (),
    };
    let tree = serde_json::to_value(&value).unwrap();
    let written = serialize(&value, &["h", "e"]).unwrap();
    assert_eq!(written.bytes, write(&tree).unwrap());
    assert_eq!(&written.bytes[written.place.unwrap()], br#""this""#);
    assert_eq!(serialize(&value, &["h", "x"]).unwrap().place, None);
    assert_eq!(serialize(&value, &[]).unwrap().place, None);
    let whole = serialize(&value, &["h"]).unwrap();
    assert_eq!(
        &whole.bytes[whole.place.unwrap()],
        br#"{"e":"this","h":9007199254740991}"#
    );
}

#[test]
fn members_declared_out_of_order_are_sorted() {
    let value = Disordered {
        z: inner("this"),
        a: Named("name".to_owned()),
    };
    let written = serialize(&value, &["z", "e"]).unwrap();
    let tree = serde_json::to_value(&value).unwrap();
    assert_eq!(written.bytes, write(&tree).unwrap());
    assert_eq!(&written.bytes[written.place.unwrap()], br#""this""#);
    let names = ["zz", "a", "m", "b", "k"];
    let map: HashMap<&str, u8> = names.into_iter().zip(0..).collect();
    let written = serialize(&map, &["k"]).unwrap();
    assert_eq!(
        written.bytes,
        write(&serde_json::to_value(&map).unwrap()).unwrap()
    );
    assert_eq!(&written.bytes[written.place.unwrap()], b"4");
}

#[test]
fn what_is_outside_the_profile_is_not_written_and_its_neighbour_is() {
    #[track_caller]
    fn refused(value: &impl Serialize, error: WriteError) {
        assert_eq!(serialize(value, &[]), Err(SerializeError::Write(error)));
    }
    refused(&0.5_f64, WriteError::Float);
    refused(&0.5_f32, WriteError::Float);
    refused(&(INTEGER_MAX + 1), WriteError::UnsafeInteger);
    refused(&i64::MIN, WriteError::UnsafeInteger);
    refused(&"\0", WriteError::Nul);
    refused(&json!({"é": 1}), WriteError::NonAsciiName);
    let nested = |depth: usize| (0..depth).fold(json!(1), |inside, _| json!([inside]));
    refused(&nested(17), WriteError::TooDeep);
    assert!(serialize(&nested(16), &[]).is_ok());
    refused(&"x".repeat(crate::SIZE_MAX_BYTES), WriteError::TooLarge);
    assert_eq!(
        serialize(&-INTEGER_MAX.cast_signed(), &[]).unwrap().bytes,
        b"-9007199254740991"
    );
    assert_eq!(serialize(&'"', &[]).unwrap().bytes, br#""\"""#);
    assert_eq!(
        serialize(&"\u{7f}é", &[]).unwrap().bytes,
        "\"\u{7f}é\"".as_bytes()
    );
}

#[test]
fn what_json_has_no_form_for_is_not_written() {
    #[derive(Serialize)]
    enum Sum {
        Of(u8),
        Pair(u8, u8),
        Named { a: u8 },
    }
    struct Bytes;
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"b")
        }
    }
    let refused = |result: Result<Written, SerializeError>| {
        assert!(matches!(result, Err(SerializeError::Type(_))));
    };
    refused(serialize(&Sum::Of(1), &[]));
    refused(serialize(&Sum::Pair(1, 2), &[]));
    refused(serialize(&Sum::Named { a: 1 }, &[]));
    refused(serialize(&Bytes, &[]));
}

#[test]
fn every_kind_of_value_is_written() {
    #[derive(Serialize)]
    struct Nothing;
    #[derive(Serialize)]
    struct Pair(u8, Nothing);
    #[track_caller]
    fn written(value: &impl Serialize, expected: &str) {
        assert_eq!(serialize(value, &[]).unwrap().bytes, expected.as_bytes());
    }
    written(&(-1_i8, -2_i16, -3_i32, -4_i64, 0_i64), "[-1,-2,-3,-4,0]");
    written(&(5_u8, 6_u16, 7_u32, 8_u64), "[5,6,7,8]");
    written(&[Some(true), Some(false), None], "[true,false,null]");
    written(&Named("name".to_owned()), r#""name""#);
    written(&Pair(9, Nothing), "[9,null]");
}

/// Writes these members, and counts how often it was asked to.
struct Members<'a> {
    names: &'a [&'static str],
    are_declared: bool,
    asked: Cell<u32>,
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.asked.set(self.asked.get() + 1);
        if self.are_declared {
            let mut members = serializer.serialize_struct("Members", self.names.len())?;
            for name in self.names {
                members.serialize_field(name, &1)?;
            }
            SerializeStruct::end(members)
        } else {
            let mut members = serializer.serialize_map(None)?;
            for name in self.names {
                members.serialize_entry(name, &1)?;
            }
            SerializeMap::end(members)
        }
    }
}

#[test]
fn a_tree_is_made_only_of_members_that_are_out_of_order_or_given_twice() {
    for are_declared in [true, false] {
        for (names, expected, asked) in [
            (["a", "b", "c"], r#"{"a":1,"b":1,"c":1}"#, 1),
            (["a", "c", "b"], r#"{"a":1,"b":1,"c":1}"#, 2),
            (["a", "b", "b"], r#"{"a":1,"b":1}"#, 2),
        ] {
            let members = Members {
                names: &names,
                are_declared,
                asked: Cell::new(0),
            };
            let written = serialize(&members, &[]).unwrap();
            assert_eq!(written.bytes, expected.as_bytes());
            assert_eq!(members.asked.get(), asked, "{names:?}");
        }
    }
}
