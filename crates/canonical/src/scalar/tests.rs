//! What each scalar takes and refuses, through text, serde and back.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::{Digest, INTEGER_MAX};

trait Scalar:
    FromStr<Err = ScalarError> + Display + Debug + PartialEq + Serialize + DeserializeOwned
{
}

impl<T> Scalar for T where
    T: FromStr<Err = ScalarError> + Display + Debug + PartialEq + Serialize + DeserializeOwned
{
}

#[track_caller]
fn takes<T: Scalar>(text: &str) {
    let value: T = text.parse().unwrap();
    assert_eq!(value.to_string(), text);
    assert_eq!(serde_json::to_value(&value).unwrap(), json!(text));
    assert_eq!(serde_json::from_value::<T>(json!(text)).unwrap(), value);
}

#[track_caller]
fn refuses<T: Scalar>(text: &str) {
    assert!(text.parse::<T>().is_err(), "`{text}`");
    assert!(
        serde_json::from_value::<T>(json!(text)).is_err(),
        "`{text}`"
    );
}

#[test]
fn identifiers_are_short_printable_and_start_with_a_letter_or_digit() {
    takes::<Identifier>("dot:agency/one@v1.2_x+y-z");
    takes::<Identifier>(&"a".repeat(200));
    for text in ["", " a", "a b", "-a", ".a", "a\n", "é", "a\0"] {
        refuses::<Identifier>(text);
    }
    refuses::<Identifier>(&"a".repeat(201));
}

#[test]
fn tags_are_lower_case_and_versions_are_digits() {
    takes::<Tag>("owner-attestation");
    takes::<Tag>(&"a".repeat(64));
    for text in ["", "A", "1a", "-a", "a_b", "a.b"] {
        refuses::<Tag>(text);
    }
    refuses::<Tag>(&"a".repeat(65));
    takes::<Version>("1");
    takes::<Version>("0042");
    for text in ["", "12345", "v1", "1.0", "-1", "٣"] {
        refuses::<Version>(text);
    }
}

#[test]
fn texts_are_counted_in_characters_and_carry_no_nul() {
    takes::<Text>("");
    takes::<Text>(&"é".repeat(2000));
    refuses::<Text>(&"é".repeat(2001));
    refuses::<Text>("a\0");
    takes::<PathText>("/srv/α");
    takes::<PathText>(&"😀".repeat(4096));
    refuses::<PathText>(&"a".repeat(4097));
    refuses::<PathText>("");
    refuses::<PathText>("\0");
    takes::<ProposedText>("");
    takes::<ProposedText>(&"~".repeat(400));
    refuses::<ProposedText>(&"~".repeat(401));
    refuses::<ProposedText>("a\u{7f}");
    refuses::<ProposedText>("é");
}

#[test]
fn uuids_and_digests_have_one_spelling() {
    takes::<Uuid>("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    for text in [
        "",
        "0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
        "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b",
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5",
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b-",
        "0190a1b2c-3d4-7e5f-8a9b-0c1d2e3f4a5b",
    ] {
        refuses::<Uuid>(text);
    }
    let digits = "0123456789abcdef".repeat(4);
    takes::<Digest>(&format!("sha256:{digits}"));
    refuses::<Digest>(&digits);
    refuses::<Digest>(&format!("sha256:{}", digits.to_uppercase()));
    refuses::<Digest>(&format!("sha256:{digits}0"));
    refuses::<Digest>(&format!("sha512:{digits}"));
}

#[test]
fn safe_integers_end_at_two_to_the_fifty_third() {
    let read = serde_json::from_value::<SafeUint>;
    assert_eq!(read(json!(INTEGER_MAX)).unwrap(), SafeUint::MAX);
    assert_eq!(read(json!(0)).unwrap().get(), 0);
    let seven = read(json!(7)).unwrap();
    assert_eq!((seven.get(), u64::from(seven)), (7, 7));
    assert_eq!(seven.to_string(), "7");
    let refused = read(json!("1")).unwrap_err().to_string();
    assert!(
        refused.ends_with("expected an integer from 0 to 9007199254740991"),
        "{refused}"
    );
    for value in [
        json!(INTEGER_MAX + 1),
        json!(-1),
        json!(1.0),
        json!("1"),
        Value::Null,
    ] {
        assert!(read(value).is_err());
    }
    assert_eq!(
        serde_json::to_value(SafeUint::from(7_u32)).unwrap(),
        json!(7)
    );
}

#[test]
fn possible_dates_are_taken_and_impossible_ones_are_refused() {
    for date in [
        "2024-02-29",
        "2000-02-29",
        "2026-12-31",
        "1970-01-01",
        "9999-12-31",
        "2100-02-28",
    ] {
        takes::<Timestamp>(&format!("{date}T23:59:59.999999Z"));
    }
    for date in [
        "2026-02-29",
        "2100-02-29",
        "2026-04-31",
        "2026-00-01",
        "2026-13-01",
        "2026-01-00",
        "2026-01-32",
        "1969-12-31",
        "0000-01-01",
    ] {
        refuses::<Timestamp>(&format!("{date}T00:00:00.000000Z"));
    }
    for time in [
        "24:00:00.000000Z",
        "23:60:00.000000Z",
        "23:59:60.000000Z",
        "00:00:00.00000Z",
        "00:00:00.0000000Z",
        "00:00:00.000000",
        "00:00:00.000000z",
        "00:00:00Z",
        "00:00:00,000000Z",
    ] {
        refuses::<Timestamp>(&format!("2026-01-01T{time}"));
    }
}

#[test]
fn known_instants_have_their_known_numbers() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap().micros();
    assert_eq!(at("1970-01-01T00:00:00.000000Z"), 0);
    assert_eq!(at("2000-03-01T00:00:00.000001Z"), 951_868_800_000_001);
    assert_eq!(at("2038-01-19T03:14:08.000000Z"), 2_147_483_648_000_000);
    assert_eq!(at("9999-12-31T23:59:59.999999Z"), 253_402_300_799_999_999);
    assert!(Timestamp::from_micros(253_402_300_800_000_000).is_err());
    assert!(Timestamp::from_micros(-1).is_err());
}

#[test]
fn every_day_to_the_last_year_follows_the_day_before() {
    let mut previous = String::new();
    for day in 0..2_932_897_i64 {
        let instant = Timestamp::from_micros(day * 86_400_000_000).unwrap();
        let text = instant.to_string();
        assert_eq!(text.parse::<Timestamp>().unwrap(), instant);
        assert!(previous < text);
        previous = text;
    }
    assert_eq!(previous, "9999-12-31T00:00:00.000000Z");
}

#[test]
fn arithmetic_on_instants_stops_at_the_ends() {
    let instant = Timestamp::from_micros(1_500_001).unwrap();
    assert_eq!(instant.checked_add_millis(1).unwrap().micros(), 1_501_001);
    assert_eq!(instant.checked_sub_millis(1500).unwrap().micros(), 1);
    assert_eq!(instant.checked_sub_millis(1501), None);
    assert_eq!(instant.checked_add_millis(u64::MAX), None);
    let earlier = Timestamp::from_micros(500_000).unwrap();
    assert_eq!(instant.saturating_millis_since(earlier), 1001);
    assert_eq!(earlier.saturating_millis_since(instant), 0);
}

#[test]
fn a_refusal_shows_little_and_nothing_that_a_terminal_acts_on() {
    let offered = format!("\u{1b}[31m{}", "x".repeat(5000));
    let shown = offered.parse::<Identifier>().unwrap_err().to_string();
    assert!(shown.len() < 150, "{shown}");
    assert!(
        shown
            .chars()
            .all(|character| (' '..='~').contains(&character))
    );
}

proptest! {
    #[test]
    fn instants_and_texts_stand_for_each_other(micros in 0..=253_402_300_799_999_999_i64) {
        let instant = Timestamp::from_micros(micros).unwrap();
        let text = instant.to_string();
        prop_assert_eq!(text.len(), 27);
        prop_assert_eq!(text.parse::<Timestamp>().unwrap(), instant);
    }

    #[test]
    fn order_of_instants_is_order_of_their_texts(
        one in 0..=253_402_300_799_999_999_i64,
        other in 0..=253_402_300_799_999_999_i64,
    ) {
        let (one, other) = (Timestamp::from_micros(one).unwrap(), Timestamp::from_micros(other).unwrap());
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
    }

    #[test]
    fn bytes_of_uuids_and_digests_survive_their_texts(bytes in any::<[u8; 32]>(), half in any::<[u8; 16]>()) {
        let digest = Digest::from_bytes(bytes);
        prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        let uuid = Uuid::from_bytes(half);
        prop_assert_eq!(uuid.to_string().parse::<Uuid>().unwrap(), uuid);
    }
}
