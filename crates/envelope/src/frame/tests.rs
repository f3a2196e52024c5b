//! Splitting frames: slots come out in the bytes they came in, and nothing ambiguous gets through.

use super::{FRAME_MAX_BYTES, Frame, FrameError};

#[test]
fn slots_keep_the_bytes_that_they_came_in() {
    let text = br#" { "request" : {"b": 1.0,"a":[ ]} , "now":"2026", "none": null } "#;
    let frame = Frame::parse(text).unwrap();
    assert_eq!(
        frame.slot("request"),
        Some(br#"{"b": 1.0,"a":[ ]}"#.as_slice())
    );
    assert_eq!(frame.slot("now"), Some(br#""2026""#.as_slice()));
    assert_eq!(frame.slot("absent"), None);
    assert_eq!(
        frame.slots().collect::<Vec<_>>(),
        ["none", "now", "request"]
    );
}

#[test]
fn lists_are_split_into_the_bytes_of_their_items() {
    let frame = Frame::parse(br#"{"snapshots":[{"a":1}, {"b":2}],"empty":[],"one":{}}"#).unwrap();
    let items = frame.list("snapshots").unwrap();
    assert_eq!(items, [br#"{"a":1}"#, br#"{"b":2}"#]);
    assert!(frame.list("empty").unwrap().is_empty());
    assert!(frame.list("absent").unwrap().is_empty());
    assert!(matches!(
        frame.list("one"),
        Err(FrameError::NotAList { .. })
    ));
}

#[test]
fn text_is_read_from_text_alone() {
    let frame = Frame::parse(br#"{"now":"2026\n","none":null,"number":1}"#).unwrap();
    assert_eq!(frame.text("now").unwrap().as_deref(), Some("2026\n"));
    assert_eq!(frame.text("none").unwrap(), None);
    assert_eq!(frame.text("absent").unwrap(), None);
    assert!(matches!(
        frame.text("number"),
        Err(FrameError::NotText { .. })
    ));
}

#[test]
fn duplicate_slots_are_refused_also_through_an_escape() {
    let malformed = |text: &[u8]| matches!(Frame::parse(text), Err(FrameError::Malformed(_)));
    assert!(malformed(br#"{"a":1,"a":1}"#));
    assert!(malformed(br#"{"a":1,"\u0061":1}"#));
    assert!(!malformed(br#"{"a":1,"b":{"a":1,"a":1}}"#));
}

#[test]
fn what_is_not_one_object_is_refused() {
    for text in [
        "",
        "[]",
        "1",
        "{}{}",
        "{",
        "\u{feff}{}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{} x",
    ] {
        assert!(
            matches!(Frame::parse(text.as_bytes()), Err(FrameError::Malformed(_))),
            "{text}"
        );
    }
    assert!(Frame::parse(b"{}").is_ok());
}

#[test]
fn frames_are_read_to_the_cap_and_no_further() {
    let frame = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    assert!(Frame::parse(frame(FRAME_MAX_BYTES).as_bytes()).is_ok());
    let larger = frame(FRAME_MAX_BYTES + 1);
    assert!(matches!(
        Frame::parse(larger.as_bytes()),
        Err(FrameError::TooLarge)
    ));
}

#[test]
fn deep_nesting_in_a_slot_costs_no_stack() {
    let text = format!(
        "{{\"a\":{}{}}}",
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    assert!(Frame::parse(text.as_bytes()).is_ok());
}
