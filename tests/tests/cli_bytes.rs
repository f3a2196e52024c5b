//! Bytes that are no request: each is refused with its code, quickly, in bounded memory, and nothing
//! of it is stored.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::time::Duration;

use holdfast_tests::fixture::{Fixture, seal};
use holdfast_tests::shell::{Said, limited, run_with};
use records::Records as _;
use serde_json::{Value, json};

/// Address space, in KiB, that is enough for the program and its observer, and not for much more.
const MEMORY: &str = "-v 262144";
/// Far more than any of these takes.
const SOON: Duration = Duration::from_secs(20);

fn register(fixture: &Fixture, bytes: &[u8]) -> Said {
    let command = fixture.command(&["register", "-"]);
    let said = run_with(&mut limited(MEMORY, &command), bytes);
    assert!(said.took < SOON, "took {:?}", said.took);
    said
}

/// What is stored after a request that never opened.
fn nothing_stored(fixture: &Fixture) {
    let reader = fixture.records();
    assert_eq!(reader.audit_count().unwrap(), 0);
    let history = reader.history("DOT_0", 10).unwrap();
    assert!(history.attempts.is_empty() && history.heads.is_empty());
}

/// All of these are refused with this code; what they were made from is not.
fn refused(fixture: &Fixture, code: &str, spoiled: &[(&str, Vec<u8>)]) {
    for (name, bytes) in spoiled {
        let said = register(fixture, bytes);
        assert_eq!(said.exit, Some(3), "{name}: {}", said.stderr);
        let error = said.error();
        assert_eq!(error.code.as_deref(), Some(code), "{name}: {error:?}");
        assert_eq!(error.tried, "open the request", "{name}");
        assert!(error.cause.is_some(), "{name}: {error:?}");
        assert!(error.next.is_some(), "{name}: {error:?}");
    }
    nothing_stored(fixture);
}

/// A request that is accepted, with one part of its text replaced.
struct Good(String);

impl Good {
    fn of(fixture: &Fixture) -> Self {
        Self(String::from_utf8(fixture.request(0)).unwrap())
    }

    fn with(&self, from: &str, to: &str) -> Vec<u8> {
        let changed = self.0.replacen(from, to, 1);
        assert_ne!(changed, self.0, "{from}");
        changed.into_bytes()
    }

    /// With another attempt number.
    fn counting(&self, number: &str) -> Vec<u8> {
        self.with("\"attempt_no\":1", &format!("\"attempt_no\":{number}"))
    }

    /// With another name of its actor, as a JSON string.
    fn by(&self, actor: &str) -> Vec<u8> {
        self.with("\"alice\"", actor)
    }
}

#[test]
fn bytes_that_are_no_document_are_malformed() {
    let fixture = Fixture::new(1);
    let good = Good::of(&fixture);
    let text = good.0.as_str();
    let deep = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    let string = [vec![b'"'], vec![b'a'; 10_000_000], vec![b'"']].concat();
    let cases = [
        ("10 MB of a string", string),
        ("10 MB of spaces", vec![b' '; 10_000_000]),
        ("10 000 arrays", deep(10_000)),
        ("10 000 objects", b"{\"a\":".repeat(10_000)),
        ("NaN", good.counting("NaN")),
        ("raw NUL", good.by("\"ali\0ce\"")),
        ("escaped NUL", good.by("\"ali\\u0000ce\"")),
        ("byte order mark", format!("\u{feff}{text}").into_bytes()),
        ("trailing bytes", format!("{text}\n{{}}").into_bytes()),
        ("trailing NUL", format!("{text}\0").into_bytes()),
        ("cut short", text.as_bytes()[..text.len() - 1].to_vec()),
        ("not UTF-8", [text.as_bytes(), b"\xff"].concat()),
        (
            "UTF-16",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        ("nothing", Vec::new()),
    ];
    refused(&fixture, "ENVELOPE_MALFORMED", &cases);
    register(&fixture, text.as_bytes()).exits(0);
}

#[test]
fn document_that_parsers_read_differently_is_refused() {
    let fixture = Fixture::new(1);
    let good = Good::of(&fixture);
    let twice = [
        ("a member twice", good.counting("1,\"attempt_no\":1")),
        (
            "a member twice, escaped",
            good.counting("1,\"\\u0061ttempt_no\":1"),
        ),
    ];
    refused(&fixture, "DUPLICATE_MEMBER", &twice);
    let unfaithful = [
        ("lone high surrogate", good.by("\"\\ud800\"")),
        ("lone low surrogate", good.by("\"\\udc00\"")),
        (
            "surrogates in the wrong order",
            good.by("\"\\udc00\\ud800\""),
        ),
        ("2^53", good.counting("9007199254740992")),
        ("2^53+1", good.counting("9007199254740993")),
        ("-2^53-1", good.counting("-9007199254740993")),
        ("a fraction", good.counting("1.0")),
        ("an exponent", good.counting("1e999999")),
        ("minus zero", good.counting("-0")),
    ];
    refused(&fixture, "CANONICALIZATION_UNSUPPORTED", &unfaithful);
}

#[test]
fn largest_integer_and_a_pair_of_surrogates_are_read() {
    let fixture = Fixture::new(2);
    let largest = fixture.request_with(0, |request| {
        request["attempt_no"] = json!(9_007_199_254_740_991_u64);
    });
    register(&fixture, &largest).exits(0);
    let paired = fixture.request_with(1, |request| {
        request["request_proposed"]["artifact_path"] = json!("/nowhere/\u{1f600}.sh");
    });
    let spelled = String::from_utf8(paired).unwrap();
    let spelled = spelled.replace('\u{1f600}', "\\ud83d\\ude00");
    let said = register(&fixture, spelled.as_bytes()).exits(3);
    assert!(
        said.text().starts_with("REJECTED\n"),
        "it opens, and is judged"
    );
}

#[test]
fn document_that_is_no_request_is_refused_by_what_it_is() {
    let fixture = Fixture::new(1);
    let good = Good::of(&fixture);
    for (code, name, bytes) in [
        ("SCHEMA_VIOLATION", "no object", b"[]".to_vec()),
        (
            "SCHEMA_VIOLATION",
            "a member too many",
            good.counting("1,\"colour\":\"red\""),
        ),
        (
            "ENVELOPE_TYPE_MISMATCH",
            "another envelope",
            good.with("\"registration-request\"", "\"policy\""),
        ),
        (
            "ENVELOPE_VERSION_UNSUPPORTED",
            "another version",
            good.with("\"envelope_version\":\"1\"", "\"envelope_version\":\"2\""),
        ),
        (
            "EVIDENCE_HASH_MISMATCH",
            "a changed byte",
            good.by("\"alicf\""),
        ),
        (
            "CALLER_SUPPLIED_ATTESTATION",
            "an attestation of its own",
            good.with("{", "{\"trusted_attested\":{},"),
        ),
    ] {
        refused(&fixture, code, &[(name, bytes)]);
    }
}

#[test]
fn sealed_request_with_values_out_of_bounds_is_a_schema_violation() {
    let fixture = Fixture::new(1);
    for (pointer, value) in [
        ("/attempt_no", json!(0)),
        ("/attempt_no", json!("1")),
        ("/request_proposed/dot_code", json!("x".repeat(100_000))),
        ("/header/issued_at", json!("yesterday")),
        ("/header/source_refs", json!([{}])),
        ("/request_proposed", Value::Null),
    ] {
        let mut request: Value = serde_json::from_slice(&fixture.request(0)).unwrap();
        *request.pointer_mut(pointer).unwrap() = value;
        let error = register(&fixture, &seal(request)).exits(3).error();
        assert_eq!(error.code.as_deref(), Some("SCHEMA_VIOLATION"), "{pointer}");
        assert!(
            error
                .cause
                .clone()
                .unwrap()
                .contains(pointer.split('/').nth(1).unwrap()),
            "{error:?}"
        );
        assert!(error.cause.unwrap().len() < 400, "{pointer}");
    }
    nothing_stored(&fixture);
}
