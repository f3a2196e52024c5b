//! What the tokenizer refuses, each beside its nearest neighbour that it accepts.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Form, ParseError, parse};
use crate::{SIZE_MAX_BYTES, write};

/// The fault of a text in each form; every fault but the spelling itself is the same in both.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, code: &str) -> ParseError {
    let bytes = text.as_ref();
    let fault = parse(bytes, Form::Any).unwrap_err();
    assert_eq!(fault.code(), code, "{fault}");
    assert_eq!(parse(bytes, Form::Canonical), Err(fault));
    fault
}

#[track_caller]
fn accepted(text: &str, value: Value) {
    assert_eq!(parse(text.as_bytes(), Form::Any), Ok(value.clone()));
    assert_eq!(parse(text.as_bytes(), Form::Canonical), Ok(value));
}

/// Valid JSON of the profile, but not the canonical spelling of it.
#[track_caller]
fn only_any(text: &str, value: Value) {
    assert_eq!(parse(text.as_bytes(), Form::Any), Ok(value));
    let fault = parse(text.as_bytes(), Form::Canonical).unwrap_err();
    assert!(matches!(fault, ParseError::NotCanonical { .. }), "{fault}");
    assert_eq!(fault.code(), "CANONICALIZATION_UNSUPPORTED");
}

#[test]
fn duplicate_members_are_refused_and_equal_names_in_other_objects_are_not() {
    refused(r#"{"a":1,"a":1}"#, "DUPLICATE_MEMBER");
    refused(r#"{"a":1,"b":2,"a":1}"#, "DUPLICATE_MEMBER");
    refused(r#"{"x":{"a":1,"a":2}}"#, "DUPLICATE_MEMBER");
    accepted(
        r#"{"a":{"a":1},"b":{"a":1}}"#,
        json!({"a": {"a": 1}, "b": {"a": 1}}),
    );
}

#[test]
fn a_name_repeated_through_an_escape_is_a_duplicate() {
    let fault = parse(br#"{"a":1,"\u0061":2}"#, Form::Any).unwrap_err();
    assert_eq!(fault, ParseError::DuplicateMember { at: 7 });
}

#[test]
fn numbers_that_parsers_read_differently_are_refused() {
    for text in ["1.0", "1.5", "1e3", "1E+3", "1e-3", "-0", "-0.0", "0e0"] {
        refused(text, "CANONICALIZATION_UNSUPPORTED");
    }
    for text in [
        "9007199254740992",
        "9007199254740993",
        "-9007199254740992",
        &"9".repeat(400),
    ] {
        refused(text, "CANONICALIZATION_UNSUPPORTED");
    }
    accepted("0", json!(0));
    accepted("-1", json!(-1));
    accepted("9007199254740991", json!(9_007_199_254_740_991_u64));
    accepted("-9007199254740991", json!(-9_007_199_254_740_991_i64));
}

#[test]
fn what_is_no_number_at_all_is_malformed() {
    for text in [
        "01", "-", "-a", "1.", "1.e3", "1e", "1e+", "+1", ".5", "NaN", "Infinity", "0x1",
    ] {
        refused(text, "ENVELOPE_MALFORMED");
    }
}

#[test]
fn nul_is_refused_raw_and_escaped() {
    let code = "ENVELOPE_MALFORMED";
    assert_eq!(refused("\"a\0\"", code), ParseError::Nul { at: 2 });
    assert_eq!(refused(r#""\u0000""#, code), ParseError::Nul { at: 1 });
    assert_eq!(refused("\0", code), ParseError::Nul { at: 0 });
    assert_eq!(refused("1\0", code), ParseError::Nul { at: 1 });
    assert_eq!(refused("[1\0]", code), ParseError::Nul { at: 2 });
    accepted(r#""\u0001""#, json!("\u{1}"));
}

#[test]
fn lone_surrogates_are_refused_and_pairs_are_read() {
    for text in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\ud800""#,
        r#""\ud800\u0041""#,
    ] {
        refused(text, "CANONICALIZATION_UNSUPPORTED");
    }
    refused(r#""\ud800\n""#, "CANONICALIZATION_UNSUPPORTED");
    only_any(r#""\ud83d\ude00""#, json!("😀"));
    accepted("\"😀\"", json!("😀"));
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    refused(b"\"\xff\"", "ENVELOPE_MALFORMED");
    refused(b"\"\xed\xa0\x80\"", "ENVELOPE_MALFORMED");
    refused(b"\"\xc0\x80\"", "ENVELOPE_MALFORMED");
}

#[test]
fn byte_order_mark_is_refused_before_a_document_and_kept_inside_a_string() {
    assert_eq!(
        refused("\u{feff}{}", "ENVELOPE_MALFORMED"),
        ParseError::ByteOrderMark { at: 0 }
    );
    accepted("\"\u{feff}\"", json!("\u{feff}"));
}

#[test]
fn nesting_is_accepted_to_sixteen_and_no_further() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(16).as_bytes(), Form::Canonical).is_ok());
    assert_eq!(
        refused(nested(17), "ENVELOPE_MALFORMED"),
        ParseError::TooDeep { at: 16 }
    );
    refused(nested(10_000), "ENVELOPE_MALFORMED");
    refused("{\"a\":".repeat(10_000), "ENVELOPE_MALFORMED");
}

#[test]
fn member_names_outside_ascii_are_refused_and_values_are_not() {
    refused("{\"é\":1}", "ENVELOPE_MALFORMED");
    refused(
        r#"{"\u00e9":1}"#.replace("\\u00e9", "é"),
        "ENVELOPE_MALFORMED",
    );
    accepted("{\"e\":\"é\"}", json!({"e": "é"}));
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    for text in ["{}{}", "{}x", "1,", "[]]", "nullnull"] {
        refused(text, "ENVELOPE_MALFORMED");
    }
    for text in [
        "", "{", "[", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "\"a", "\"\\", "tru",
    ] {
        refused(text, "ENVELOPE_MALFORMED");
    }
    for text in [
        "[1,]",
        "{\"a\":1,}",
        "{,}",
        "[,1]",
        "{a:1}",
        "{1:1}",
        "'a'",
        "truE",
        "{\"a\" 1}",
    ] {
        let fault = parse(text.as_bytes(), Form::Any).unwrap_err();
        assert_eq!(fault.code(), "ENVELOPE_MALFORMED", "{text}");
    }
}

#[test]
fn escapes_that_json_lacks_are_refused() {
    for text in [
        r#""\x41""#,
        r#""\a""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\u+123""#,
        r#""\'""#,
    ] {
        refused(text, "ENVELOPE_MALFORMED");
    }
    for byte in 1..0x20_u8 {
        let fault = refused([b'"', byte, b'"'], "ENVELOPE_MALFORMED");
        assert_eq!(fault, ParseError::ControlCharacter { at: 1 });
    }
    accepted("\"\u{7f}\"", json!("\u{7f}"));
}

#[test]
fn other_spellings_of_the_same_document_are_read_only_as_a_request() {
    only_any(" {}", json!({}));
    only_any("{}\n", json!({}));
    only_any("{ }", json!({}));
    only_any("[ ]", json!([]));
    only_any("[1, 2]", json!([1, 2]));
    only_any("[1 ,2]", json!([1, 2]));
    only_any("[1\t]", json!([1]));
    only_any("{\"a\" :1}", json!({"a": 1}));
    only_any("{\"a\": 1}", json!({"a": 1}));
    only_any("{\"a\":1\r}", json!({"a": 1}));
    only_any("{\"a\":1, \"b\":2}", json!({"a": 1, "b": 2}));
    only_any("{\"b\":1,\"a\":2}", json!({"a": 2, "b": 1}));
    only_any(r#""\/""#, json!("/"));
    only_any(r#""\u0020""#, json!(" "));
    only_any(r#""\u0041""#, json!("A"));
    only_any(r#""\u001F""#, json!("\u{1f}"));
    only_any(r#""\u000a""#, json!("\n"));
    only_any(r#""\u00e9""#, json!("é"));
    only_any(r#""\u007f""#, json!("\u{7f}"));
    accepted(
        r#""\u001f\b\t\n\f\r\"\\/""#,
        json!("\u{1f}\u{8}\t\n\u{c}\r\"\\/"),
    );
}

#[test]
fn hostile_bulk_is_refused_quickly() {
    let started = Instant::now();
    assert_eq!(
        refused(vec![b'['; 10_000_000], "ENVELOPE_MALFORMED"),
        ParseError::TooLarge { at: SIZE_MAX_BYTES }
    );
    refused(vec![b'1'; SIZE_MAX_BYTES], "CANONICALIZATION_UNSUPPORTED");
    refused(
        "\"".to_owned() + &"\\\\".repeat(SIZE_MAX_BYTES / 2 - 1),
        "ENVELOPE_MALFORMED",
    );
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_document_of_exactly_the_cap_is_read_and_one_byte_more_is_not() {
    let text = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    assert!(parse(text(SIZE_MAX_BYTES).as_bytes(), Form::Canonical).is_ok());
    assert_eq!(
        refused(text(SIZE_MAX_BYTES + 1), "ENVELOPE_MALFORMED"),
        ParseError::TooLarge { at: SIZE_MAX_BYTES }
    );
}

proptest! {
    #[test]
    fn canonical_bytes_are_exactly_those_that_the_writer_gives_back(text in "[\\[\\]{}:,\"\\\\a-cu0-9 \\-.]{0,24}") {
        if let Ok(value) = parse(text.as_bytes(), Form::Any) {
            let canonical = write(&value).unwrap();
            prop_assert_eq!(parse(text.as_bytes(), Form::Canonical).is_ok(), canonical == text.as_bytes());
            prop_assert_eq!(parse(&canonical, Form::Canonical), Ok(value));
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, Form::Any);
        let _ = parse(&bytes, Form::Canonical);
    }

    #[test]
    fn what_is_read_is_what_another_parser_reads(text in "[\\[\\]{}:,\"\\\\a-cnu0-9 \\-.]{0,24}") {
        if let Ok(value) = parse(text.as_bytes(), Form::Any) {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
