//! What a refusal says, which one of two, and how deep an expression is read.

use super::*;

#[test]
fn a_refusal_says_what_stands_in_the_way() {
    let said = |definition: &str, detail: &str| {
        let refusal = judge_binding(&facts(definition)).unwrap_err();
        assert_eq!(refusal.code, BindingCode::NotTheShape, "{definition}");
        let (what, _) = refusal
            .detail
            .split_once(", before byte")
            .unwrap_or((&refusal.detail, ""));
        assert_eq!(what, detail, "{definition}");
    };
    let latin = CONTROL.replace("UTF8", "LATIN1");
    said(&latin, "`convert_to` in the payload");
    said(
        &CONTROL.replace("'UTF8'::name", "'UTF8'::bpchar"),
        "`convert_to` in the payload",
    );
    said(
        &of_bytes("(bytes)::text"),
        "bytes of another kind in the payload",
    );
    said(
        &of_bytes("(payload)::bytea"),
        "a cast to bytea of something not constant",
    );
    said(&of_bytes("int8send(7)"), "`int8send` in the payload");
    for piece in ["substr(key, number)", "substr(payload, 7)"] {
        said(&of_bytes(piece), "a piece of another kind in the payload");
    }
    said(
        &of_text("(number)::numeric"),
        "text of another kind in the payload",
    );
    said(
        &of_text("encode(bytes, 'base64'::text)"),
        "`encode` in the payload",
    );
    let not_a_column = "a cast to text of something not a column";
    said(&of_text("(upper(payload))::text"), not_a_column);
    said(
        &of_text("(to_json(7))::text"),
        "to_json of something not a column",
    );
    said(
        &of_text("(to_json((7)::text))::text"),
        "to_json of something not a column",
    );
    said(
        &of_text("(length(7))::text"),
        "the length of something not a column",
    );
    let cut = "a cast that may cut, or to a type with a schema";
    for cast in ["character varying(1)", "public.kind", "text[]"] {
        said(&of_text(&format!("(payload)::{cast}")), cut);
    }
    said("UNIQUE (checksum)", "not a CHECK");
    said("CHECK checksum", "not a CHECK");
    said("CHECK ((checksum IS NOT NULL))", "IS [NOT] NULL");
    let encoded = "encode(encode(sha256(bytes), 'hex'::text), 'hex'::text)";
    said(&format!("CHECK ((checksum = {encoded}))"), "encoded twice");
}

#[test]
fn of_two_refusals_the_one_that_is_no_other_shape_counts() {
    let (weak, other) = ("(checksum = md5(payload))", "(number > 0)");
    for both in [(weak, other), (other, weak)] {
        let definition = format!("CHECK (({} AND {}))", both.0, both.1);
        refused(&definition, BindingCode::WeakDigest);
    }
    let twice = format!("CHECK (({weak} AND (checksum = checksum)))");
    refused(&twice, BindingCode::WeakDigest);
}

#[test]
fn as_many_parentheses_are_read_as_may_be_nested_and_no_more() {
    let within = |depth: usize| {
        of_text(&format!(
            "{}payload{}",
            "(".repeat(depth),
            ")".repeat(depth)
        ))
    };
    // Six levels are the control's own.
    binds(&within(58), &["payload"]);
    refused(&within(59), BindingCode::NotTheShape);
}
