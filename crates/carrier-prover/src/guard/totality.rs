//! Every text gets an answer, and no answer rests on what is quoted.

use proptest::prelude::*;

use super::facts::{FunctionFacts, Level, Operation, Timing};
use super::{BindingFacts, BindingSource, BodyOutcome, BodyVerdict, judge_binding, judge_body};

fn function(body: &str) -> FunctionFacts {
    FunctionFacts {
        name: "app.deny()".to_owned(),
        language: "plpgsql".to_owned(),
        owner: "custodian".to_owned(),
        body: body.to_owned(),
        search_path: Some("pg_catalog, pg_temp".to_owned()),
        security_definer: false,
        strict: false,
    }
}

fn judged(text: &str) -> BodyVerdict {
    judge_body(
        &function(text),
        Timing::Before,
        Level::Row,
        Operation::Update,
    )
}

/// Pieces of bodies, in any order.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = [
        "BEGIN",
        "END",
        "END IF",
        "END CASE",
        ";",
        "RAISE",
        "EXCEPTION",
        "WARNING",
        "'x'",
        "'",
        "\"",
        "$$",
        "$a$",
        "$1",
        "E'\\'",
        "U&'",
        "/*",
        "*/",
        "--",
        "\n",
        "RETURN",
        "NEW",
        "OLD",
        "NULL",
        "IF",
        "THEN",
        "ELSE",
        "ELSIF",
        "CASE",
        "WHEN",
        "TG_OP",
        "=",
        "<>",
        "IN",
        "(",
        ")",
        ",",
        "'UPDATE'",
        "AND",
        "OR",
        "NOT",
        "DECLARE",
        ":=",
        "<<",
        ">>",
        "l",
        "::",
        "text",
        "1x",
        "\\",
        "é",
        "\u{0}",
        "USING",
        "SQLSTATE",
        "'22012'",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..60)
        .prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_gets_an_answer(text in any::<String>()) {
        for operation in Operation::REWRITING {
            judge_body(&function(&text), Timing::Before, Level::Row, operation);
        }
    }

    #[test]
    fn every_text_of_fragments_gets_an_answer_that_explains_itself(text in fragments()) {
        let verdict = judged(&text);
        prop_assert_eq!(
            verdict.reasons.is_empty(),
            verdict.outcome == BodyOutcome::AlwaysRaises
        );
        prop_assert!(!verdict.lets_through || verdict.outcome == BodyOutcome::NeverRaises);
    }

    /// A text in which the word RAISE does not occur can never be proven to raise.
    #[test]
    fn nothing_raises_without_a_raise(text in fragments()) {
        let silent = text.replace("RAISE", "RETURN");
        prop_assert_ne!(judged(&silent).outcome, BodyOutcome::AlwaysRaises);
    }

    /// Whatever is put into a comment or a literal changes nothing.
    #[test]
    fn what_is_quoted_is_not_read(text in fragments()) {
        let inert = text.replace(['*', '$', '\u{0}'], " ");
        let body = format!("BEGIN /* {inert} */ RAISE EXCEPTION $quote$ {inert} $quote$; END");
        prop_assert_eq!(judged(&body).outcome, BodyOutcome::AlwaysRaises);
        let commented = format!("BEGIN /* RAISE EXCEPTION 'x'; {inert} */ RETURN NEW; END");
        prop_assert!(judged(&commented).lets_through);
    }

    #[test]
    fn every_definition_gets_an_answer(text in any::<String>(), pieces in fragments()) {
        for text in [text, pieces.clone(), format!("CHECK ({pieces})")] {
            let refused = judge_binding(&BindingFacts {
                source: BindingSource::Check(text),
                validated: true,
                enforced: true,
                columns: Vec::new(),
            });
            prop_assert!(refused.is_err());
        }
    }
}
