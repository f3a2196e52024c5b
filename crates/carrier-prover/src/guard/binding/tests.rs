use super::*;

mod said;

fn column(name: &str, type_name: &str) -> BindingColumn {
    BindingColumn {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        not_null: true,
        fixed_length: false,
    }
}

/// A table with one column of each interesting kind.
fn columns() -> Vec<BindingColumn> {
    let mut columns: Vec<BindingColumn> = [
        ("checksum", "text"),
        ("row_hash", "bytea"),
        ("payload", "text"),
        ("other", "text"),
        ("canonical", "text"),
        ("number", "bigint"),
        ("flag", "boolean"),
        ("id", "uuid"),
        ("bytes", "bytea"),
        ("at", "timestamp with time zone"),
        ("kind", "public.kind"),
        ("maybe", "text"),
        ("key", "bytea"),
        ("nonce", "bytea"),
    ]
    .map(|(name, type_name)| column(name, type_name))
    .into();
    for column in &mut columns {
        column.not_null = column.name != "maybe";
        column.fixed_length = column.name == "key" || column.name == "nonce";
    }
    columns
}

fn facts(definition: &str) -> BindingFacts {
    BindingFacts {
        source: BindingSource::Check(definition.to_owned()),
        validated: true,
        enforced: true,
        columns: columns(),
    }
}

#[track_caller]
fn binds(definition: &str, expected: &[&str]) -> Binding {
    let binding = judge_binding(&facts(definition)).unwrap();
    let found: Vec<&str> = binding.columns.iter().map(String::as_str).collect();
    assert_eq!(found, expected, "{definition}");
    binding
}

#[track_caller]
fn refused(definition: &str, code: BindingCode) {
    let refusal = judge_binding(&facts(definition)).unwrap_err();
    assert_eq!(refusal.code, code, "{definition}: {}", refusal.detail);
}

const CONTROL: &str =
    "CHECK ((checksum = encode(sha256(convert_to(payload, 'UTF8'::name)), 'hex'::text)))";

#[test]
fn the_shape_of_the_control_binds_its_payload() {
    let binding = binds(CONTROL, &["payload"]);
    assert_eq!(binding.checksum, "checksum");
    assert_eq!(binding.digest, "sha256");
    assert_eq!(binding.ambiguous, None);
}

#[test]
fn the_four_digests_of_the_server_bind_and_nothing_weaker() {
    for digest in ["sha224", "sha256", "sha384", "sha512"] {
        binds(&CONTROL.replace("sha256", digest), &["payload"]);
    }
    refused("CHECK ((checksum = md5(payload)))", BindingCode::WeakDigest);
    refused(
        "CHECK ((hashtext(payload) = number))",
        BindingCode::WeakDigest,
    );
    refused(
        "CHECK ((checksum = encode(public.digest(payload, 'sha256'::text), 'hex'::text)))",
        BindingCode::ForeignFunction,
    );
    refused(
        &CONTROL.replace("'hex'", "'base64'"),
        BindingCode::NotTheShape,
    );
}

#[test]
fn a_canonical_text_under_a_prefix_binds() {
    let printed = "CHECK ((row_hash = sha256(convert_to((('holdfast/row/v1'::text || chr(10)) \
                   || canonical), 'UTF8'::name))))";
    assert_eq!(binds(printed, &["canonical"]).ambiguous, None);
    let written = "CHECK (row_hash = sha256(convert_to((((('holdfast/row/v1' || chr(10)) || \
                   canonical))), 'UTF8')))";
    binds(written, &["canonical"]);
}

#[test]
fn fixed_lengths_then_texts_after_their_lengths_bind_without_doubt() {
    let printed = "CHECK ((row_hash = sha256((((key || nonce)) || \
         convert_to(((((((((id)::text || (octet_length(payload))::text) || ':'::text) || payload) \
         || (octet_length(other))::text) || ':'::text) || other) || canonical), 'UTF8'::name)))))";
    let bound = ["canonical", "id", "key", "nonce", "other", "payload"];
    assert_eq!(binds(printed, &bound).ambiguous, None);
    let between = printed.replace("(octet_length(other))::text", "'-'::text");
    let ambiguous = binds(&between, &bound).ambiguous;
    assert_eq!(
        ambiguous,
        Some(("other".to_owned(), "canonical".to_owned()))
    );
    let wrong = printed.replace("octet_length(other)", "octet_length(canonical)");
    assert!(binds(&wrong, &bound).ambiguous.is_some());
}

#[test]
fn json_text_shows_its_own_end() {
    let printed = "CHECK ((row_hash = sha256(convert_to(((((('{\"a\":'::text || \
         (to_json(payload))::text) || ',\"b\":'::text) || (to_json(number))::text) || ',\"c\":\"'::text) \
         || encode(bytes, 'hex'::text)), 'UTF8'::name))))";
    assert_eq!(
        binds(printed, &["bytes", "number", "payload"]).ambiguous,
        None
    );
    let second = printed.replace(
        "encode(bytes, 'hex'::text)",
        "encode(bytes, 'hex'::text) || other",
    );
    assert!(
        binds(&second, &["bytes", "number", "other", "payload"])
            .ambiguous
            .is_some()
    );
}

#[test]
fn digits_end_where_no_digit_follows() {
    let joined = |border: &str| {
        format!(
            "CHECK ((row_hash = sha256(convert_to((((number)::text{border}) || payload), \
             'UTF8'::name))))"
        )
    };
    let bound = ["number", "payload"];
    assert_eq!(binds(&joined(" || ':'::text"), &bound).ambiguous, None);
    assert!(binds(&joined(" || '1'::text"), &bound).ambiguous.is_some());
    assert!(binds(&joined(""), &bound).ambiguous.is_some());
}

#[test]
fn two_texts_side_by_side_bind_with_a_doubt() {
    let printed = CONTROL.replace("payload,", "((payload || ':'::text) || other),");
    let binding = binds(&printed, &["other", "payload"]);
    let pair = ("payload".to_owned(), "other".to_owned());
    assert_eq!(binding.ambiguous, Some(pair));
}

#[test]
fn a_piece_of_a_column_does_not_bind_it() {
    binds(
        "CHECK ((row_hash = sha256((substr(key, 7) || bytes))))",
        &["bytes"],
    );
    refused(
        "CHECK ((row_hash = sha256(substr(bytes, 7))))",
        BindingCode::NothingBound,
    );
}

#[test]
fn conditions_that_are_always_true_are_refused() {
    refused("CHECK ((checksum = checksum))", BindingCode::Tautology);
    refused(
        "CHECK (((checksum = encode(sha256(convert_to(payload, 'UTF8'::name)), 'hex'::text)) OR true))",
        BindingCode::NotTheShape,
    );
    refused(
        "CHECK (((checksum = encode(sha256(convert_to(payload, 'UTF8'::name)), 'hex'::text)) OR (number > 0)))",
        BindingCode::Tautology,
    );
    refused("CHECK ((checksum IS NOT NULL))", BindingCode::NotTheShape);
    refused(
        "CHECK (((checksum IS NOT NULL) AND (payload IS NOT NULL)))",
        BindingCode::NotTheShape,
    );
    refused(
        "CHECK (((checksum || payload) = (checksum || payload)))",
        BindingCode::Tautology,
    );
    refused("CHECK ((length(checksum) = 64))", BindingCode::NotTheShape);
}

#[test]
fn a_conjunction_binds_what_its_part_binds() {
    let printed = "CHECK (((length(checksum) = 64) AND (checksum = \
         encode(sha256(convert_to(payload, 'UTF8'::name)), 'hex'::text))))";
    binds(printed, &["payload"]);
}

#[test]
fn null_lets_a_check_pass_so_no_part_may_be_null() {
    refused(
        &CONTROL.replace("payload", "maybe"),
        BindingCode::NullablePart,
    );
    refused(
        &CONTROL.replace("checksum", "maybe"),
        BindingCode::NullableChecksum,
    );
    refused(
        "CHECK ((row_hash = sha256(convert_to(COALESCE(maybe, ''::text), 'UTF8'::name))))",
        BindingCode::NotTheShape,
    );
}

#[test]
fn text_that_can_change_by_itself_is_refused() {
    for name in ["at", "kind"] {
        refused(
            &CONTROL.replace("payload", &format!("({name})::text")),
            BindingCode::UnstablePart,
        );
    }
}

#[test]
fn somebody_elses_functions_and_operators_are_refused() {
    refused(
        &CONTROL.replace("sha256", "public.sha256"),
        BindingCode::ForeignFunction,
    );
    refused(
        &CONTROL.replace("checksum = ", "checksum OPERATOR(public.=) "),
        BindingCode::ForeignFunction,
    );
    refused(
        &CONTROL.replace("sha256", "\"pg_catalog\".sha256"),
        BindingCode::ForeignFunction,
    );
    binds(
        &CONTROL.replace("sha256", "pg_catalog.sha256"),
        &["payload"],
    );
}

#[test]
fn what_is_no_digest_of_the_table_is_refused() {
    refused(
        &CONTROL.replace("payload", "checksum"),
        BindingCode::SelfReference,
    );
    refused(
        &CONTROL.replace("payload", "'x'::text"),
        BindingCode::NothingBound,
    );
    refused(
        &CONTROL.replace("payload", "absent"),
        BindingCode::UnknownColumn,
    );
    refused(
        &CONTROL.replace("payload", "CURRENT_USER"),
        BindingCode::NotTheShape,
    );
    refused(
        &CONTROL.replace("payload", "(payload)::character varying(1)"),
        BindingCode::NotTheShape,
    );
    refused("UNIQUE (checksum)", BindingCode::NotTheShape);
    refused("CHECK (('a", BindingCode::Unreadable);
}

#[test]
fn a_check_that_was_not_or_is_not_enforced_is_refused() {
    refused(&format!("{CONTROL} NOT VALID"), BindingCode::NotValidated);
    refused(&format!("{CONTROL} NOT ENFORCED"), BindingCode::NotEnforced);
    let mut told = facts(CONTROL);
    told.validated = false;
    assert_eq!(
        judge_binding(&told).unwrap_err().code,
        BindingCode::NotValidated
    );
    told.enforced = false;
    assert_eq!(
        judge_binding(&told).unwrap_err().code,
        BindingCode::NotEnforced
    );
    assert!(binds(&format!("{CONTROL} NO INHERIT"), &["payload"]).no_inherit);
    assert!(!binds(CONTROL, &["payload"]).no_inherit);
}

#[test]
fn a_generated_column_binds_what_it_is_generated_from() {
    let generated = |expression: &str| {
        judge_binding(&BindingFacts {
            source: BindingSource::Generated {
                column: "row_hash".to_owned(),
                expression: expression.to_owned(),
            },
            validated: true,
            enforced: true,
            columns: columns(),
        })
    };
    let binding = generated("sha256(((key || nonce) || bytes))").unwrap();
    assert_eq!(binding.checksum, "row_hash");
    assert_eq!(binding.columns.len(), 3);
    assert_eq!(binding.ambiguous, None);
    let refusal = generated("(row_hash = sha256(bytes))").unwrap_err();
    assert_eq!(refusal.code, BindingCode::NotTheShape);
}

#[test]
fn a_check_that_fixes_a_length_is_recognised() {
    let fixed = |text: &str| fixed_length(text);
    assert_eq!(
        fixed("CHECK ((length(nonce) = 48))"),
        Some("nonce".to_owned())
    );
    assert_eq!(
        fixed("CHECK ((octet_length(key) = 6))"),
        Some("key".to_owned())
    );
    assert_eq!(fixed("CHECK ((length(nonce) >= 48))"), None);
    assert_eq!(fixed("CHECK ((length(nonce) = 48)) NOT VALID"), None);
    assert_eq!(fixed("CHECK ((length(nonce) = number))"), None);
    assert_eq!(fixed("CHECK ((bit_length(nonce) = 48))"), None);
}

/// The control with something else in the place of its payload.
fn of_text(text: &str) -> String {
    CONTROL.replace("payload,", &format!("{text},"))
}

fn of_bytes(bytes: &str) -> String {
    format!("CHECK ((row_hash = sha256({bytes})))")
}

#[test]
fn bytes_of_each_kind_bind() {
    let binding = binds(
        &of_bytes("(('\\x00'::bytea || int8send(number)) || bytes)"),
        &["bytes", "number"],
    );
    assert_eq!(binding.ambiguous, None);
    let twice = binds(&of_bytes("(bytes || bytes)"), &["bytes"]);
    assert!(twice.ambiguous.is_some());
}

#[test]
fn text_of_each_kind_binds() {
    let told = "((((length(payload))::text || ':'::text) || payload) || other)";
    assert_eq!(binds(&of_text(told), &["other", "payload"]).ambiguous, None);
    for cast in ["text", "character varying"] {
        let json = format!("((to_json((payload)::{cast}))::text || other)");
        assert_eq!(
            binds(&of_text(&json), &["other", "payload"]).ambiguous,
            None
        );
    }
}

/// What a row of the project's own ledger and catalogue is bound by, as the server prints it.
const LEDGER: &str = "CHECK ((checksum = sha256(((((((ledger_key || nonce) || effect_identity) || \
    authorization_binding_digest) || owner_binding_digest) || artifact_hash) || \
    convert_to((((((((((((attempt_id)::text || (octet_length(target))::text) || ':'::text) || target) || \
    (octet_length(operation))::text) || ':'::text) || operation) || (octet_length(run_id))::text) || \
    ':'::text) || run_id) || head_key), 'UTF8'::name)))))";
const CATALOGUE: &str = "CHECK ((row_hash = sha256(convert_to(((((((((((((('holdfast/row/v1'::text || \
    chr(10)) || '{\"columns\":{\"artifact_hash\":\"sha256:'::text) || encode(artifact_hash, 'hex'::text)) || \
    '\",\"attempt_id\":'::text) || (to_json(attempt_id))::text) || ',\"replay_key\":\"sha256:'::text) || \
    encode(substr(ledger_key, 7), 'hex'::text)) || '\",\"size_bytes\":'::text) || \
    (to_json(size_bytes))::text) || ',\"status\":'::text) || (to_json(status))::text) || '}}'::text)), \
    'UTF8'::name))))";

fn own_store(definition: &str) -> Binding {
    let bytes = [
        ("ledger_key", "bytea"),
        ("nonce", "bytea"),
        ("effect_identity", "bytea"),
        ("authorization_binding_digest", "bytea"),
        ("owner_binding_digest", "bytea"),
        ("artifact_hash", "bytea"),
        ("checksum", "bytea"),
        ("row_hash", "bytea"),
    ];
    let others = [
        ("attempt_id", "uuid"),
        ("size_bytes", "bigint"),
        ("target", "text"),
        ("operation", "text"),
        ("run_id", "text"),
        ("head_key", "text"),
        ("status", "text"),
    ];
    let mut columns: Vec<BindingColumn> = Vec::new();
    for (name, type_name) in bytes.into_iter().chain(others) {
        columns.push(BindingColumn {
            fixed_length: type_name == "bytea",
            ..column(name, type_name)
        });
    }
    let facts = BindingFacts {
        columns,
        ..facts(definition)
    };
    judge_binding(&facts).unwrap()
}

#[test]
fn the_ledger_and_the_catalogue_are_bound_without_doubt() {
    let ledger = own_store(LEDGER);
    assert_eq!(ledger.columns.len(), 11);
    assert_eq!(ledger.ambiguous, None);
    let catalogue = own_store(CATALOGUE);
    let bound: Vec<&str> = catalogue.columns.iter().map(String::as_str).collect();
    assert_eq!(
        bound,
        ["artifact_hash", "attempt_id", "size_bytes", "status"]
    );
    assert_eq!(catalogue.ambiguous, None);
}
