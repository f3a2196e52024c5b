//! Texts that tell the kinds of text apart, and the edges of each kind.

use serde_json::{Value, json};

use super::super::shape::Shape;
use super::{Difference, Mutation};

/// Enough to tell any two kinds of text apart; tried wherever a text stands.
pub(super) fn telling() -> Vec<Mutation> {
    let mut texts: Vec<String> = [
        "",
        "1",
        "12345",
        "a-b",
        "A_1",
        "a b",
        " ",
        "~",
        "é",
        "a\n",
        "\u{0}",
        "2026-06-21T09:00:00.000000Z",
        "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60",
    ]
    .map(str::to_owned)
    .into();
    texts.push(format!("sha256:{}", "3f".repeat(32)));
    texts.extend([65, 201, 401, 2001, 4097].map(|length| "a".repeat(length)));
    as_mutations(texts)
}

/// The edges of lengths and alphabets, and damage to the value that stands there.
pub(super) fn thorough(shape: &Shape<'_>, original: &Value) -> Vec<Mutation> {
    let mut texts: Vec<String> = Vec::new();
    for length in [64, 65, 200, 201, 400, 401] {
        texts.extend(["a", "~"].map(|unit| unit.repeat(length)));
    }
    // Counted in characters, not in bytes.
    for length in [2000, 2001, 4096, 4097] {
        texts.extend(["a", "é"].map(|unit| unit.repeat(length)));
    }
    for odd in [
        "\u{7f}", "\u{1f}", "\t", "\r\n", "\u{a0}", "\u{2028}", "\u{feff}", "٣", "e\u{301}", "-a",
        ".a", "_a", "/a", "@", "a,b", "a\\b", "a\"b", "a%b", "a#", "a=b", "a*b",
    ] {
        texts.push(odd.to_owned());
        texts.push(format!("a{odd}"));
        texts.push(format!("{odd}a"));
    }
    if let Some(text) = original.as_str() {
        texts.extend(damaged(text));
    }
    let examples = shape.examples().filter_map(Value::as_str);
    texts.extend(examples.map(str::to_owned));
    as_mutations(texts)
}

fn damaged(text: &str) -> Vec<String> {
    let mut texts = vec![
        text.to_uppercase(),
        text.to_lowercase(),
        format!("{text}\n"),
        format!(" {text}"),
        format!("{text}0"),
        format!("0{text}"),
        format!("{text}{text}"),
        format!("{{{text}}}"),
        format!("urn:uuid:{text}"),
    ];
    for (place, character) in text.char_indices() {
        let (before, after) = text.split_at(place);
        let after = after.get(character.len_utf8()..).unwrap_or_default();
        texts.push(format!("{before}{after}"));
        texts.extend(["0", "F", "-"].map(|unit| format!("{before}{unit}{after}")));
    }
    // What a calendar decides is listed apart.
    texts.retain(|changed| !looks_like_instant(changed));
    texts
}

/// Instants of the right form that no calendar of the system has.
pub(super) fn impossible_instants(is_first: bool) -> Vec<Mutation> {
    let instants = [
        "2026-02-30T09:00:00.000000Z",
        "2026-02-29T09:00:00.000000Z",
        "2026-06-31T09:00:00.000000Z",
        "2026-13-01T09:00:00.000000Z",
        "2026-00-01T09:00:00.000000Z",
        "2026-01-00T09:00:00.000000Z",
        "2026-01-32T09:00:00.000000Z",
        "2100-02-29T09:00:00.000000Z",
        "2026-06-21T24:00:00.000000Z",
        "2026-06-21T09:60:00.000000Z",
        "2026-06-21T09:00:60.000000Z",
        "2016-12-31T23:59:60.000000Z",
        "1969-12-31T23:59:59.999999Z",
        "0000-01-01T00:00:00.000000Z",
    ];
    let count = if is_first { instants.len() } else { 1 };
    let listed = instants.iter().take(count);
    let listed = listed.map(|text| Mutation::listed(Difference::ImpossibleInstant, json!(text)));
    let possible = [
        "2024-02-29T09:00:00.000000Z",
        "2000-02-29T09:00:00.000000Z",
        "1970-01-01T00:00:00.000000Z",
        "9999-12-31T23:59:59.999999Z",
        "2026-06-21T09:00:00Z",
        "2026-06-21T09:00:00.000Z",
        "2026-06-21T09:00:00.0000000Z",
        "2026-06-21T09:00:00.000000+00:00",
        "2026-06-21t09:00:00.000000z",
        "2026-06-21 09:00:00.000000Z",
    ];
    let possible = possible.map(str::to_owned).into_iter().take(count);
    listed.chain(as_mutations(possible)).collect()
}

fn looks_like_instant(text: &str) -> bool {
    let digits = |character: char| {
        if character.is_ascii_digit() {
            '0'
        } else {
            character
        }
    };
    text.chars()
        .map(digits)
        .eq("0000-00-00T00:00:00.000000Z".chars())
}

/// The members of an enum, and texts that are nearly one.
pub(super) fn members(schema: &Value, is_first: bool) -> Vec<Mutation> {
    let members = schema.get("enum").and_then(Value::as_array);
    let members: Vec<&str> = members
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let count = if is_first { members.len() } else { 3 };
    let first = members.first().copied().unwrap_or_default();
    let mut texts: Vec<String> = members
        .iter()
        .take(count)
        .map(|text| (*text).to_owned())
        .collect();
    texts.extend([
        String::new(),
        "unknown".to_owned(),
        swapped_case(first),
        format!("{first} "),
        format!("{first}\u{0}"),
        first.replace('_', "-"),
        first.chars().skip(1).collect(),
    ]);
    let mut found = as_mutations(texts);
    found.push(Mutation::new("with content", json!({ first: {} })));
    found.push(Mutation::new(
        "unknown as object",
        json!({ "unknown": null }),
    ));
    found.push(Mutation::listed(
        Difference::EnumAsObject,
        json!({ first: null }),
    ));
    found
}

fn swapped_case(text: &str) -> String {
    let swap = |character: char| {
        if character.is_ascii_lowercase() {
            character.to_ascii_uppercase()
        } else {
            character.to_ascii_lowercase()
        }
    };
    text.chars().map(swap).collect()
}

fn as_mutations(texts: impl IntoIterator<Item = String>) -> Vec<Mutation> {
    let texts = texts.into_iter();
    texts
        .map(|text| Mutation::new("as text", json!(text)))
        .collect()
}
